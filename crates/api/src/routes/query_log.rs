//! The log of statements as a file, of one session or of all. It passes the gate of [`crate::egress`].

use std::collections::HashMap;

use axum::{
    body::Body,
    extract::{RawQuery, State},
    http::header,
    response::{IntoResponse, Response},
};
use domain::ObjectId;
use futures_util::stream;
use serde_json::json;
use store::{Entry, EntryKind, EntryQuery, Outcome, SessionEntries};

use crate::{
    Api,
    auth::Viewer,
    classes,
    problem::{Answer, Problem, ProblemDocument},
    query::Params,
    routes::{export::csv_cell, sessions::find, work::over_all},
    view::time::time,
};

/// Entries that are read at once.
const AT_ONCE: u32 = 500;

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Csv,
    JsonLines,
}

/// What is still to be read.
enum Left {
    Session(domain::SessionId, SessionEntries),
    All(EntryQuery),
    Nothing,
}

/// Hands out the log of statements as a file: JSON with an object on each line, or CSV. Of one session oldest first; of all that the
/// viewer may see newest first. Closed by `DISABLE_SESSIONS_DOWNLOAD=true`.
#[utoipa::path(get, path = "/v1/query-log", tag = "activity",
    params(("as" = Option<String>, Query, description = "jsonl (default) or csv"), ("session" = Option<String>, Query), ("user" = Option<Vec<String>>, Query), ("resource" = Option<Vec<String>>, Query),
        ("type" = Option<Vec<String>>, Query), ("since" = Option<String>, Query), ("until" = Option<String>, Query)),
    responses((status = 200, description = "a file"), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument)))]
pub async fn export(State(api): State<Api>, viewer: Viewer, RawQuery(query): RawQuery) -> Answer<Response> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["as", "session", "user", "resource", "type", "since", "until"])?;
    let (form, ending, mime) = match params.one("as").unwrap_or("jsonl") {
        "jsonl" => (Form::JsonLines, "jsonl", "application/x-ndjson"),
        "csv" => (Form::Csv, "csv", "text/csv; charset=utf-8"),
        other => {
            return Err(Problem::invalid(format!(
                "`{other}` is not a form; valid are: jsonl, csv"
            )));
        }
    };
    let what = format!("query log as {ending}");
    let left = if let Some(id) = params.one("session") {
        let row = find(&api, &viewer, id).await?;
        let permit = api
            .egress()
            .permit(api.engine(), &viewer, &row.session, &what)
            .await?;
        drop(permit);
        let query = SessionEntries {
            kinds: vec![EntryKind::Statement],
            limit: AT_ONCE,
            ..SessionEntries::default()
        };
        Left::Session(row.session.id, query)
    } else {
        let query = EntryQuery {
            kinds: vec![EntryKind::Statement],
            types: classes::types(&api, &params.all("type"))?,
            users: users(&api, &viewer, &params.all("user"))?,
            resources: resources(&api, &viewer, &params.all("resource"))?,
            limit: AT_ONCE,
            ..over_all(&params)?
        };
        let permit = api.egress().permit_many(api.engine(), &viewer, &what).await?;
        drop(permit);
        Left::All(query)
    };
    let names = names(&api);
    let head = match form {
        Form::Csv => {
            "session_id,seq,at,user,resource,type,statement,parameters,outcome,rows,bytes,duration_ms,error_code,error\r\n"
        }
        Form::JsonLines => "",
    };
    let state = (api, viewer, left, Some(head.to_owned()));
    let body = stream::unfold(state, move |(api, viewer, mut left, head)| {
        let names = names.clone();
        async move {
            if let Some(head) = head.filter(|head| !head.is_empty()) {
                return Some((Ok::<_, std::io::Error>(head), (api, viewer, left, None)));
            }
            let entries = match next(&api, &viewer, &mut left).await {
                Ok(entries) if entries.is_empty() => return None,
                Ok(entries) => entries,
                Err(problem) => {
                    // Half a log must not look like a whole one.
                    let error = std::io::Error::other(problem.detail);
                    return Some((Err(error), (api, viewer, Left::Nothing, None)));
                }
            };
            let lines: String = entries.iter().map(|entry| line(form, entry, &names)).collect();
            Some((Ok(lines), (api, viewer, left, None)))
        }
    });
    let name = format!("attachment; filename=\"query-log.{ending}\"");
    Ok((
        [
            (header::CONTENT_TYPE, mime.to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ],
        Body::from_stream(body),
    )
        .into_response())
}

async fn next(api: &Api, viewer: &Viewer, left: &mut Left) -> Answer<Vec<Entry>> {
    match left {
        Left::Nothing => Ok(Vec::new()),
        Left::Session(id, query) => {
            let entries = api.store().entries(*id, query).await.map_err(Problem::of_store)?;
            query.after = entries.last().map_or(query.after, |last| last.key.seq);
            Ok(entries)
        }
        Left::All(query) => loop {
            let page = api
                .store()
                .search(query, &viewer.sight.played())
                .await
                .map_err(Problem::of_store)?;
            let over = page.next_cursor.is_none();
            query.cursor = page.next_cursor;
            if over {
                *left = Left::Nothing;
                return Ok(page.hits);
            }
            if !page.hits.is_empty() {
                return Ok(page.hits);
            }
        },
    }
}

/// The names of users and resources, by their ids.
type Names = std::sync::Arc<HashMap<ObjectId, String>>;

fn names(api: &Api) -> Names {
    let directory = api.engine().directory();
    let users = directory.users.iter().map(|(name, user)| (user.id, name.clone()));
    let resources = directory
        .resources
        .iter()
        .map(|(name, one)| (one.id, name.clone()));
    std::sync::Arc::new(users.chain(resources).collect())
}

fn users(api: &Api, viewer: &Viewer, names: &[String]) -> Answer<Vec<ObjectId>> {
    let directory = api.engine().directory();
    let find = |name: &String| {
        let found = directory.users.get(name).map(|user| user.id);
        found.map_or_else(|| unknown(viewer, "user", name), Ok)
    };
    names.iter().map(find).collect()
}

fn resources(api: &Api, viewer: &Viewer, names: &[String]) -> Answer<Vec<ObjectId>> {
    let directory = api.engine().directory();
    let find = |name: &String| {
        let found = directory.resources.get(name).map(|one| one.id);
        found.map_or_else(|| unknown(viewer, "resource", name), Ok)
    };
    names.iter().map(find).collect()
}

/// Says that nothing has a name, to whoever may know; to others it is a name that nothing they see has.
fn unknown(viewer: &Viewer, what: &str, name: &str) -> Answer<ObjectId> {
    if viewer.sight.is_wide() {
        return Err(Problem::invalid(format!("there is no {what} `{name}`")));
    }
    Ok(ObjectId(uuid::Uuid::nil()))
}

fn line(form: Form, entry: &Entry, names: &Names) -> String {
    let name = |id: ObjectId| names.get(&id).cloned().unwrap_or_else(|| id.to_string());
    let outcome = match entry.outcome {
        Outcome::Unknown => "",
        Outcome::Ok => "ok",
        Outcome::Failed => "failed",
        Outcome::Refused => "refused",
    };
    let null = serde_json::Value::Null;
    let error = entry.detail.get("error").unwrap_or(&null);
    let of_error = |key: &str| {
        error
            .get(key)
            .and_then(|value| value.as_str())
            .unwrap_or_default()
    };
    let parameters = entry.detail.get("parameters").unwrap_or(&null);
    match form {
        Form::JsonLines => {
            let document = json!({
                "session_id": entry.key.session,
                "seq": entry.key.seq,
                "connection_id": entry.connection,
                "at": time(entry.key.at),
                "user": name(entry.user),
                "resource": name(entry.resource),
                "type": entry.resource_type,
                "statement": entry.body,
                "parameters": parameters,
                "outcome": if outcome.is_empty() { null.clone() } else { outcome.into() },
                "rows": entry.rows,
                "bytes": entry.bytes,
                "duration_ms": entry.duration.millis(),
                "error": error,
            });
            format!("{document}\n")
        }
        Form::Csv => {
            let cells = [
                entry.key.session.to_string(),
                entry.key.seq.to_string(),
                time(entry.key.at).unwrap_or_default(),
                name(entry.user),
                name(entry.resource),
                entry.resource_type.clone(),
                entry.body.clone(),
                if parameters.is_null() {
                    String::new()
                } else {
                    parameters.to_string()
                },
                outcome.to_owned(),
                entry.rows.to_string(),
                entry.bytes.to_string(),
                entry.duration.millis().to_string(),
                of_error("code").to_owned(),
                of_error("message").to_owned(),
            ];
            let cells: Vec<_> = cells.iter().map(|cell| csv_cell(cell)).collect();
            format!("{}\r\n", cells.join(","))
        }
    }
}
