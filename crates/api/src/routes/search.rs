//! Search over what was done in all sessions.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use domain::{
    Micros,
    audit::{Actor, AuditEvent},
};
use serde::Serialize;
use store::{EntryQuery, Hit};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    classes,
    problem::{Answer, Problem},
    query::Params,
    routes::work::{kind_word, kinds, over_all, over_sessions},
    view::time::time,
};

/// What a search found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchList {
    /// Newest first.
    pub hits: Vec<SearchHit>,
    /// Where the next page starts; null at the end.
    pub next_cursor: Option<String>,
}

/// A place where the words were found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchHit {
    /// The session.
    pub session_id: String,
    /// Its place in the session.
    pub seq: i64,
    /// When.
    pub at: Option<String>,
    /// Milliseconds since the recording began.
    pub t_ms: i64,
    /// The sort of entry.
    pub kind: &'static str,
    /// The entry's text, cut at 500 characters.
    pub snippet: String,
    /// Where the console shows this very moment.
    pub link: String,
}

/// Finds what was done: all words must occur, words in double quotes must follow each other. The search itself is audited.
#[utoipa::path(get, path = "/v1/search", tag = "activity",
    params(("q" = String, Query), ("kind" = Option<Vec<String>>, Query), ("type" = Option<Vec<String>>, Query), ("gateway" = Option<Vec<String>>, Query),
        ("session" = Option<String>, Query), ("since" = Option<String>, Query), ("until" = Option<String>, Query), ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query)),
    responses((status = 200, body = SearchList)))]
pub async fn search(
    State(api): State<Api>,
    viewer: Viewer,
    RawQuery(query): RawQuery,
) -> Answer<Json<SearchList>> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&[
        "q", "kind", "type", "gateway", "session", "since", "until", "cursor", "limit",
    ])?;
    let text = params
        .one("q")
        .ok_or_else(|| Problem::invalid("`q` holds the words to be found"))?
        .to_owned();
    let query = EntryQuery {
        text,
        kinds: kinds(&params)?,
        types: classes::types(&api, &params.all("type"))?,
        gateways: params.all("gateway"),
        session: params.parse("session")?,
        ..over_all(&params)?
    };
    let (hits, next_cursor) = over_sessions(&api, &viewer, query, |hit| Some(SearchHit::new(&hit))).await?;
    // The words may themselves be sensitive: the log says that and how much was searched, not what for.
    let event = AuditEvent::new(
        Micros::now(),
        "activity.searched",
        Actor::user(&viewer.person.name),
    )
    .from_ip(viewer.client_ip())
    .with_detail(serde_json::json!({ "hits": hits.len() }));
    api.store().audit_append(event).await.map_err(Problem::of_store)?;
    Ok(Json(SearchList { hits, next_cursor }))
}

impl SearchHit {
    fn new(hit: &Hit) -> Self {
        let t_ms = hit.place.time.millis();
        Self {
            session_id: hit.key.session.to_string(),
            seq: hit.key.seq,
            at: time(hit.key.at),
            t_ms,
            kind: kind_word(hit.kind),
            snippet: hit.body.chars().take(500).collect(),
            link: format!("/sessions/{}/replay?t={t_ms}ms", hit.key.session),
        }
    }
}
