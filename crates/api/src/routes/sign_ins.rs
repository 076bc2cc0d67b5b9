//! The viewer's own sign-ins: who sees one that was not theirs can do something about it.

use axum::{Json, extract::State};
use serde::Serialize;
use store::AuditQuery;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Halfway,
    problem::{Answer, Problem},
    view::time::time,
};

/// How many are listed; the audit log has the others.
const MOST: u32 = 50;

/// The newest sign-ins of the viewer.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignIns {
    /// Newest first.
    pub sign_ins: Vec<SignIn>,
}

/// Somebody came in under the viewer's name, or tried to.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignIn {
    /// When.
    pub at: Option<String>,
    /// They came in.
    pub succeeded: bool,
    /// From where.
    pub client_ip: String,
    /// By what: `password`, `key`, `passkey` …; of a failure what was wrong.
    pub method: String,
    /// By what second factor; empty for none.
    pub second_factor: String,
}

/// Lists the viewer's newest sign-ins, in the browser and by every protocol, and what failed under their name.
#[utoipa::path(get, path = "/v1/sign-ins", tag = "login", responses((status = 200, body = SignIns)))]
pub async fn list(State(api): State<Api>, Halfway(viewer): Halfway) -> Answer<Json<SignIns>> {
    let query = AuditQuery {
        kinds: vec!["login.succeeded".to_owned(), "login.failed".to_owned()],
        actors: vec![viewer.person.name],
        limit: MOST,
        ..AuditQuery::default()
    };
    let page = api.store().audit(&query).await.map_err(Problem::of_store)?;
    let sign_ins = page.rows.into_iter().map(|row| {
        let word = |name: &str| {
            let said = row.event.detail.get(name).and_then(|said| said.as_str());
            said.unwrap_or_default().to_owned()
        };
        SignIn {
            at: time(row.event.at),
            succeeded: row.event.kind == "login.succeeded",
            client_ip: row.event.client_ip.clone(),
            method: word("method"),
            second_factor: word("second_factor"),
        }
    });
    Ok(Json(SignIns {
        sign_ins: sign_ins.collect(),
    }))
}
