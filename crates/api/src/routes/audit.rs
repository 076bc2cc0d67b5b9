//! The audit log.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use domain::Micros;
use serde::Serialize;
use store::{AuditQuery, Verification};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    problem::{Answer, Problem, ProblemDocument},
    query::Params,
    routes::sessions::limit,
    view::{change::ChangeView, time::time},
};

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditList {
    /// Newest first.
    pub events: Vec<AuditLine>,
    /// Where the next page starts; null at the end.
    pub next_cursor: Option<String>,
}

/// A line of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLine {
    /// Its place: 1, 2, 3 … without gaps.
    pub seq: i64,
    /// When.
    pub at: Option<String>,
    /// What, as `noun.verb`.
    pub kind: String,
    /// Who.
    pub actor: String,
    /// `user`, `system` or `unknown`.
    pub actor_type: &'static str,
    /// The session that it is about.
    pub session_id: Option<String>,
    /// The object that it is about, as `kind/name`.
    pub object: String,
    /// From where.
    pub client_ip: String,
    /// What changed, with old and new values.
    pub changes: Vec<ChangeView>,
    /// More.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// SHA-256 over the line before and this one, in hexadecimal.
    pub hash: String,
}

/// Lists the audit log, newest first. For administrators and auditors.
#[utoipa::path(get, path = "/v1/audit", tag = "audit",
    params(("session" = Option<String>, Query), ("kind" = Option<Vec<String>>, Query, description = "a kind, or a noun with a dot such as `session.`"),
        ("actor" = Option<Vec<String>>, Query), ("object" = Option<String>, Query), ("since" = Option<String>, Query), ("until" = Option<String>, Query),
        ("text" = Option<String>, Query), ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query)),
    responses((status = 200, body = AuditList), (status = 403, body = ProblemDocument)))]
pub async fn list(
    State(api): State<Api>,
    viewer: Viewer,
    RawQuery(query): RawQuery,
) -> Answer<Json<AuditList>> {
    viewer.must_list_all()?;
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&[
        "session", "kind", "actor", "object", "since", "until", "text", "cursor", "limit",
    ])?;
    let now = Micros::now();
    let query = AuditQuery {
        session: params.parse("session")?,
        kinds: params.all("kind"),
        actors: params.all("actor"),
        object: params.one("object").map(str::to_owned),
        since: params.time("since", now)?,
        until: params.time("until", now)?,
        text: params.one("text").map(str::to_owned),
        cursor: params.one("cursor").map(str::to_owned),
        limit: limit(&params)?,
    };
    let page = api.store().audit(&query).await.map_err(Problem::of_store)?;
    let events = page.rows.into_iter().map(|row| AuditLine {
        seq: row.seq,
        at: time(row.event.at),
        actor: row.event.actor.name().to_owned(),
        actor_type: match row.event.actor {
            domain::audit::Actor::User { .. } => "user",
            domain::audit::Actor::System { .. } => "system",
            domain::audit::Actor::Unknown { .. } => "unknown",
        },
        kind: row.event.kind,
        session_id: row.event.session_id.map(|id| id.to_string()),
        object: row.event.object,
        client_ip: row.event.client_ip,
        changes: ChangeView::all(row.event.changes),
        detail: row.event.detail,
        hash: hex(&row.hash),
    });
    Ok(Json(AuditList {
        events: events.collect(),
        next_cursor: page.next_cursor,
    }))
}

/// What checking the chain found.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditVerdict {
    /// Every line is there and unchanged.
    pub intact: bool,
    /// How many lines were checked.
    pub lines: i64,
    /// The first line that is not as it was written; null when all are.
    pub broken_at: Option<i64>,
    /// What is wrong with it.
    pub fault: Option<&'static str>,
}

/// Checks the chain of the whole audit log.
#[utoipa::path(get, path = "/v1/audit/verify", tag = "audit", responses((status = 200, body = AuditVerdict)))]
pub async fn verify(State(api): State<Api>, viewer: Viewer) -> Answer<Json<AuditVerdict>> {
    viewer.must_list_all()?;
    Ok(Json(
        match api
            .store()
            .audit_verify(1, i64::MAX)
            .await
            .map_err(Problem::of_store)?
        {
            Verification::Intact { lines, .. } => AuditVerdict {
                intact: true,
                lines,
                broken_at: None,
                fault: None,
            },
            Verification::Broken { seq, what } => AuditVerdict {
                intact: false,
                lines: seq - 1,
                broken_at: Some(seq),
                fault: Some(match what {
                    store::Break::Missing => "missing",
                    store::Break::Altered => "altered",
                    store::Break::Unchained => "unchained",
                }),
            },
        },
    ))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
