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
use store::EntryQuery;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    problem::{Answer, Problem},
    query::Params,
    routes::{
        sessions::{limit, scope},
        work::{kind_word, parse_kind},
    },
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
    let now = Micros::now();
    let query = EntryQuery {
        text,
        kinds: params
            .all("kind")
            .iter()
            .map(|word| parse_kind(word))
            .collect::<Answer<_>>()?,
        types: params.all("type"),
        gateways: params.all("gateway"),
        session: params.parse("session")?,
        since: params.time("since", now)?,
        until: params.time("until", now)?,
        cursor: params.one("cursor").map(str::to_owned),
        limit: limit(&params)?,
        ..EntryQuery::default()
    };
    let page = api
        .store()
        .search(&query, &scope(&viewer))
        .await
        .map_err(Problem::of_store)?;
    // The words may themselves be sensitive: the log says that and how much was searched, not what for.
    let event = AuditEvent::new(now, "activity.searched", Actor::user(&viewer.person.name))
        .from_ip(viewer.client_ip())
        .with_detail(serde_json::json!({ "hits": page.hits.len() }));
    api.store().audit_append(event).await.map_err(Problem::of_store)?;
    let hits = page.hits.into_iter().map(|hit| SearchHit {
        session_id: hit.key.session.to_string(),
        seq: hit.key.seq,
        at: time(hit.key.at),
        t_ms: hit.place.time.millis(),
        kind: kind_word(hit.kind),
        snippet: hit.body.chars().take(500).collect(),
        link: format!(
            "/sessions/{}/replay?t={}ms",
            hit.key.session,
            hit.place.time.millis()
        ),
    });
    Ok(Json(SearchList {
        hits: hits.collect(),
        next_cursor: page.next_cursor,
    }))
}
