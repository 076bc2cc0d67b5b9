//! The audit log.

use axum::{
    Json,
    body::Body,
    extract::{RawQuery, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use domain::{
    Micros,
    audit::{Actor, AuditEvent},
};
use engine::CheckpointError;
use futures_util::{StreamExt, stream};
use serde::Serialize;
use store::{AuditQuery, RawLine, Verification};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    problem::{Answer, Problem, ProblemDocument},
    query::Params,
    routes::{export::csv_cell, sessions::limit},
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
    let query = AuditQuery {
        cursor: params.one("cursor").map(str::to_owned),
        limit: limit(&params)?,
        ..filters(&params)?
    };
    let page = api.store().audit(&query).await.map_err(Problem::of_store)?;
    let events = page.rows.into_iter().map(|row| AuditLine {
        seq: row.seq,
        at: time(row.event.at),
        actor: row.event.actor.name().to_owned(),
        actor_type: actor_type(&row.event.actor),
        kind: row.event.kind,
        session_id: row.event.session_id.map(|id| id.to_string()),
        object: row.event.object,
        client_ip: row.event.client_ip,
        changes: ChangeView::all(row.event.changes),
        detail: row.event.detail,
        hash: HEXLOWER.encode(&row.hash),
    });
    Ok(Json(AuditList {
        events: events.collect(),
        next_cursor: page.next_cursor,
    }))
}

/// What checking the log found.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditVerdict {
    /// Every line is there and unchanged, and all signatures agree.
    pub intact: bool,
    /// How many lines were checked.
    pub lines: i64,
    /// The first line that is not as it was written; null when all are.
    pub broken_at: Option<i64>,
    /// What is wrong with it: `missing`, `altered`, `unchained`, `forged` (it is not what was signed) or `cut` (signed lines from here on
    /// are gone); null when nothing is.
    pub fault: Option<&'static str>,
    /// The last line that a signature covers; 0 for none.
    pub signed_to: i64,
    /// When it was signed.
    pub signed_at: Option<String>,
    /// How many signatures were checked.
    pub checkpoints: u64,
}

/// Checks the chain of the whole audit log, with its signatures. For administrators and auditors.
#[utoipa::path(get, path = "/v1/audit/verify", tag = "audit", responses((status = 200, body = AuditVerdict), (status = 403, body = ProblemDocument)))]
pub async fn verify(State(api): State<Api>, viewer: Viewer) -> Answer<Json<AuditVerdict>> {
    viewer.must_list_all()?;
    let report = api.engine().verify_audit_log().await.map_err(Problem::of_store)?;
    let (lines, broken) = match report.found {
        Verification::Intact { lines, .. } => (lines, None),
        Verification::Broken { seq, what } => (seq - 1, Some((seq, what.word()))),
    };
    Ok(Json(AuditVerdict {
        intact: broken.is_none(),
        lines,
        broken_at: broken.map(|(seq, _)| seq),
        fault: broken.map(|(_, word)| word),
        signed_to: report.signed,
        signed_at: time(report.signed_at),
        checkpoints: report.checkpoints,
    }))
}

/// Signs the audit log as it is now, and gives the signature: kept elsewhere, it shows later that nothing before it was changed or cut. For
/// administrators and auditors.
#[utoipa::path(get, path = "/v1/audit/checkpoint", tag = "audit",
    responses((status = 200, description = "a line of JSON; see docs/formats/audit.md", content_type = "application/json", body = Object), (status = 403, body = ProblemDocument), (status = 409, body = ProblemDocument)))]
pub async fn checkpoint(State(api): State<Api>, viewer: Viewer) -> Answer<Response> {
    viewer.must_list_all()?;
    let checkpoint = api.engine().checkpoint().await.map_err(of_checkpoint)?;
    let line = checkpoint.map(|checkpoint| checkpoint.write());
    let line = line.ok_or_else(Problem::not_found)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], line).into_response())
}

/// What is still to be written of an export.
struct Left {
    api: Api,
    query: AuditQuery,
    after: i64,
    /// The last line of the file.
    last: i64,
    form: Form,
    over: bool,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Lines with signatures between them: what `doorward audit verify` checks.
    Whole,
    /// Chosen lines.
    Lines,
    Csv,
}

/// Hands out the audit log as a file, oldest first: JSON with an object on each line, or CSV. The whole log as JSON has the signatures between
/// the lines and ends with one, so that `doorward audit verify FILE` checks it offline. The export itself is audited. For administrators
/// and auditors.
#[utoipa::path(get, path = "/v1/audit/export", tag = "audit",
    params(("as" = Option<String>, Query, description = "jsonl (default) or csv"), ("session" = Option<String>, Query), ("kind" = Option<Vec<String>>, Query),
        ("actor" = Option<Vec<String>>, Query), ("object" = Option<String>, Query), ("since" = Option<String>, Query), ("until" = Option<String>, Query),
        ("text" = Option<String>, Query)),
    responses((status = 200, description = "a file"), (status = 403, body = ProblemDocument), (status = 409, body = ProblemDocument)))]
pub async fn export(State(api): State<Api>, viewer: Viewer, RawQuery(query): RawQuery) -> Answer<Response> {
    viewer.must_list_all()?;
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&[
        "as", "session", "kind", "actor", "object", "since", "until", "text",
    ])?;
    let query = filters(&params)?;
    let (form, ending, mime) = match params.one("as").unwrap_or("jsonl") {
        "jsonl" if query == AuditQuery::default() => (Form::Whole, "jsonl", "application/x-ndjson"),
        "jsonl" => (Form::Lines, "jsonl", "application/x-ndjson"),
        "csv" => (Form::Csv, "csv", "text/csv; charset=utf-8"),
        other => {
            return Err(Problem::invalid(format!(
                "`{other}` is not a form; valid are: jsonl, csv"
            )));
        }
    };
    let event = viewer
        .event("audit.exported")
        .with_detail(serde_json::json!({ "as": ending, "whole": form == Form::Whole }));
    let last = api.store().audit_append(event).await.map_err(Problem::of_store)?;
    // The last line of a whole file is a signature.
    let last = match api.engine().checkpoint().await {
        Ok(Some(checkpoint)) => checkpoint.seq,
        Ok(None) => last,
        Err(error) => return Err(of_checkpoint(error)),
    };
    let left = Left {
        api,
        query,
        after: 0,
        last,
        form,
        over: false,
    };
    let head = (form == Form::Csv).then(|| Ok(CSV_HEAD.to_owned()));
    let lines = stream::unfold(left, |mut left| async move {
        if left.over {
            return None;
        }
        let written = next(&mut left).await.unwrap_or_else(|error| {
            left.over = true;
            // Half a log must not look like a whole one.
            Some(Err(std::io::Error::other(error.to_string())))
        });
        Some((written?, left))
    });
    let name = format!("attachment; filename=\"audit.{ending}\"");
    let headers = [
        (header::CONTENT_TYPE, mime.to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    let body = Body::from_stream(stream::iter(head).chain(lines));
    Ok((headers, body).into_response())
}

const CSV_HEAD: &str = "seq,at,kind,actor,actor_type,session_id,object,client_ip,changes,detail,hash\r\n";

/// Writes the next lines, each with the signature that stands behind it.
async fn next(left: &mut Left) -> Result<Option<std::io::Result<String>>, store::Error> {
    let store = left.api.store();
    let mut lines = store.audit_lines(&left.query, left.after).await?;
    lines.retain(|line| line.seq <= left.last);
    let Some(end) = lines.last().map(|line| line.seq) else {
        return Ok(None);
    };
    let mut signed = Vec::new();
    if left.form == Form::Whole {
        signed = store.checkpoints(left.after + 1, end).await?;
    }
    left.after = end;
    let mut signed = signed.into_iter().peekable();
    let mut out = String::new();
    for line in lines {
        match left.form {
            Form::Csv => out.push_str(&csv(&line)?),
            Form::Whole | Form::Lines => out.push_str(&line.write()),
        }
        while let Some(checkpoint) = signed.next_if(|checkpoint| checkpoint.seq <= line.seq) {
            out.push_str(&checkpoint.write());
        }
    }
    Ok(Some(Ok(out)))
}

fn csv(line: &RawLine) -> Result<String, store::Error> {
    let event: AuditEvent =
        serde_json::from_str(&line.payload).map_err(|_| store::Error::Corrupt("audit event"))?;
    let cells = [
        line.seq.to_string(),
        time(event.at).unwrap_or_default(),
        event.kind,
        event.actor.name().to_owned(),
        actor_type(&event.actor).to_owned(),
        event.session_id.map(|id| id.to_string()).unwrap_or_default(),
        event.object,
        event.client_ip,
        serde_json::to_string(&event.changes).unwrap_or_default(),
        if event.detail.is_null() {
            String::new()
        } else {
            event.detail.to_string()
        },
        HEXLOWER.encode(&line.hash),
    ];
    let cells: Vec<_> = cells.iter().map(|cell| csv_cell(cell)).collect();
    Ok(cells.join(",") + "\r\n")
}

fn of_checkpoint(error: CheckpointError) -> Problem {
    match error {
        CheckpointError::Store(error) => Problem::of_store(error),
        CheckpointError::Broken { .. } => {
            Problem::new(StatusCode::CONFLICT, "audit_broken", error.to_string())
                .hint("GET /v1/audit/verify says more; restore the log from a backup, and keep what is there as evidence")
        }
        error => Problem::internal(error),
    }
}

fn actor_type(actor: &Actor) -> &'static str {
    match actor {
        Actor::User { .. } => "user",
        Actor::System { .. } => "system",
        Actor::Unknown { .. } => "unknown",
    }
}

/// Reads which lines are asked for.
fn filters(params: &Params) -> Answer<AuditQuery> {
    let now = Micros::now();
    Ok(AuditQuery {
        session: params.parse("session")?,
        kinds: params.all("kind"),
        actors: params.all("actor"),
        object: params.one("object").map(str::to_owned),
        since: params.time("since", now)?,
        until: params.time("until", now)?,
        text: params.one("text").map(str::to_owned),
        ..AuditQuery::default()
    })
}
