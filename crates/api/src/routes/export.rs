//! Session content as a file. Every road here passes the gate of [`crate::egress`].

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::ConnectionId;
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use screen::{CastEvent, CastHeader, CastVersion, CastWriter, Terminal};
use store::{SessionEntries, SessionRow};

use crate::{
    Api,
    auth::Viewer,
    bundle,
    egress::Permit,
    problem::{Answer, Problem, ProblemDocument},
    query::Params,
    replay::{Shown, Track, read_through},
    routes::{player::open_tape, sessions::find, work::ActivityView},
};

/// The forms in which a session can be taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Asciicast(CastVersion),
    Text,
    Json,
    Csv,
    Tape,
    Bundle,
}

impl Form {
    fn parse(word: &str) -> Answer<Self> {
        Ok(match word {
            "asciicast" => Self::Asciicast(CastVersion::V3),
            "asciicast2" => Self::Asciicast(CastVersion::V2),
            "txt" => Self::Text,
            "json" => Self::Json,
            "csv" => Self::Csv,
            "tape" => Self::Tape,
            "bundle" => Self::Bundle,
            other => {
                return Err(Problem::invalid(format!(
                    "`{other}` is not a form; valid are: asciicast, asciicast2, txt, json, csv, tape, bundle"
                )));
            }
        })
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Asciicast(_) => "cast",
            Self::Text => "txt",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Tape => "tape",
            Self::Bundle => "tar",
        }
    }

    fn mime(self) -> &'static str {
        match self {
            Self::Asciicast(_) => "application/x-asciicast",
            Self::Text => "text/plain; charset=utf-8",
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Tape => "application/octet-stream",
            Self::Bundle => "application/x-tar",
        }
    }
}

/// Hands out a session as a file: the terminal as asciicast (v3, or v2) or text, the activity as JSON or CSV, the sealed tape
/// itself, or everything about it as a bundle; `doorward verify` checks both of these. Closed by `DISABLE_SESSIONS_DOWNLOAD=true`.
#[utoipa::path(get, path = "/v1/sessions/{id}/export", tag = "recording",
    params(("id" = String, Path), ("as" = String, Query, description = "asciicast, asciicast2, txt, json, csv, tape or bundle"), ("connection" = Option<String>, Query), ("strand" = Option<u32>, Query)),
    responses((status = 200, description = "a file"), (status = 403, body = ProblemDocument)))]
pub async fn export(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["as", "connection", "strand"])?;
    let word = params.one("as").unwrap_or("asciicast");
    let form = Form::parse(word)?;
    let row = find(&api, &viewer, &id).await?;
    let permit = api
        .egress()
        .permit(api.engine(), &viewer, &row.session, word)
        .await?;
    let body = match form {
        Form::Asciicast(version) => cast(&api, &row, &params, version, permit).await?,
        Form::Text => text(&api, &row, &params, permit).await?,
        Form::Json => activity_json(&api, &viewer, &row, permit).await?,
        Form::Csv => activity_csv(&api, &row, permit).await?,
        Form::Tape => tape(&api, &row, &params, permit).await?,
        Form::Bundle => bundle::body(&api, &viewer, row.clone(), permit).await?,
    };
    let name = format!("attachment; filename=\"{}.{}\"", row.session.id, form.ending());
    Ok((
        [
            (header::CONTENT_TYPE, form.mime().to_owned()),
            (header::CONTENT_DISPOSITION, name),
        ],
        body,
    )
        .into_response())
}

async fn cast(api: &Api, row: &SessionRow, params: &Params, version: CastVersion, _: Permit) -> Answer<Body> {
    let (connection, strand) = (params.parse("connection")?, params.parse("strand")?);
    Ok(Body::from_stream(
        cast_lines(api, row, connection, strand, version).await?,
    ))
}

/// Gives a terminal as asciicast, piece by piece.
pub(crate) async fn cast_lines(
    api: &Api,
    row: &SessionRow,
    connection: Option<ConnectionId>,
    strand: Option<u32>,
    version: CastVersion,
) -> Answer<BoxStream<'static, std::io::Result<Bytes>>> {
    let (_, mut reader) = open_tape(api, row, connection).await?;
    let started = reader.started_at();
    let timestamp = u64::try_from(started.0 / 1_000_000).ok();
    // The header names the size, which the tape tells when the strand begins: look ahead once.
    let mut ahead = Track::new(started, strand);
    read_through(&mut reader, &mut ahead, |_, _| {}).await?;
    let (cols, rows) = ahead.size();
    let title = format!("{}@{}", row.session.account, row.session.resource.name);
    let header = CastHeader {
        cols,
        rows,
        timestamp,
        title: Some(&title),
        term_type: None,
    };
    let (writer, head) = CastWriter::new(version, &header);
    let (_, reader) = open_tape(api, row, connection).await?;
    let state = (reader, Track::new(started, strand), writer, Some(head), false);
    let lines = stream::unfold(
        state,
        |(mut reader, mut track, mut writer, head, over)| async move {
            if over {
                return None;
            }
            let mut out = head.unwrap_or_default();
            let over = match reader.next().await {
                Ok(engine::Played::Records(records)) => {
                    for (at, shown) in records.into_iter().filter_map(|record| track.take(record)) {
                        out.push_str(&writer.event(at, cast_event(&shown)));
                    }
                    false
                }
                // A running session is taken out as far as it goes.
                Ok(engine::Played::CaughtUp | engine::Played::End(_)) => {
                    out.push_str(&writer.finish(track.elapsed_us()));
                    true
                }
                Err(error) => {
                    return Some((
                        Err(std::io::Error::other(error)),
                        (reader, track, writer, None, true),
                    ));
                }
            };
            Some((Ok(Bytes::from(out)), (reader, track, writer, None, over)))
        },
    );
    Ok(lines.boxed())
}

fn cast_event(shown: &Shown) -> CastEvent<'_> {
    match shown {
        Shown::Output(bytes) => CastEvent::Output(bytes),
        Shown::Input(bytes) => CastEvent::Input(bytes),
        Shown::Resize(cols, rows) => CastEvent::Resize {
            cols: *cols,
            rows: *rows,
        },
        Shown::Marker(text) => CastEvent::Marker(text),
        Shown::Exit(code) => CastEvent::Exit(code.and_then(|code| i32::try_from(code).ok()).unwrap_or(-1)),
    }
}

/// The session as text: each command with its output where commands are known, else what the screen showed.
async fn text(api: &Api, row: &SessionRow, params: &Params, permit: Permit) -> Answer<Body> {
    let entries = all_entries(api, row, &permit).await?;
    let commands: Vec<_> = entries.iter().filter(|entry| entry.kind == "command").collect();
    let mut out = String::new();
    for entry in &commands {
        let output = entry
            .output
            .as_ref()
            .map(|output| output.preview.as_str())
            .unwrap_or_default();
        let at = entry.at.as_deref().unwrap_or_default();
        out.extend(["[", at, "] $ ", entry.text.as_str(), "\n", output]);
        if !output.is_empty() && !output.ends_with('\n') {
            out.push('\n');
        }
    }
    if commands.is_empty() {
        let (_, mut reader) = open_tape(api, row, params.parse("connection")?).await?;
        let mut track = Track::new(reader.started_at(), params.parse("strand")?);
        let mut terminal = Terminal::new(crate::replay::DEFAULT_SIZE.0, crate::replay::DEFAULT_SIZE.1);
        read_through(&mut reader, &mut track, |_, shown| match shown {
            Shown::Output(bytes) => terminal.feed(&bytes),
            Shown::Resize(cols, rows) => terminal.resize(cols, rows),
            _ => {}
        })
        .await?;
        out = terminal.text();
    }
    Ok(Body::from(out))
}

/// The session with all of its times, and what was done in it.
async fn activity_json(api: &Api, viewer: &Viewer, row: &SessionRow, permit: Permit) -> Answer<Body> {
    let entries = all_entries(api, row, &permit).await?;
    let session = api.draw(row, viewer, domain::Micros::now());
    let body = serde_json::json!({ "session_id": row.session.id, "session": session, "entries": entries });
    Ok(Body::from(body.to_string()))
}

async fn activity_csv(api: &Api, row: &SessionRow, permit: Permit) -> Answer<Body> {
    let entries = all_entries(api, row, &permit).await?;
    let mut out = String::from("seq,at,t_ms,kind,text,outcome,exit_code,duration_ms,rows,bytes,output\r\n");
    for entry in entries {
        let cells = [
            entry.seq.to_string(),
            entry.at.unwrap_or_default(),
            entry.t_ms.to_string(),
            entry.kind.to_owned(),
            entry.text,
            entry.outcome.unwrap_or_default().to_owned(),
            entry.exit_code.map(|code| code.to_string()).unwrap_or_default(),
            entry.duration_ms.to_string(),
            entry.rows.to_string(),
            entry.bytes.to_string(),
            entry.output.map(|output| output.preview).unwrap_or_default(),
        ];
        let cells: Vec<_> = cells.iter().map(|cell| csv_cell(cell)).collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    Ok(Body::from(out))
}

/// Quotes a cell (RFC 4180) and keeps spreadsheets from running it as a formula.
pub(crate) fn csv_cell(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err();
    let guard = if formula { "'" } else { "" };
    if formula || cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{guard}{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

async fn all_entries(api: &Api, row: &SessionRow, _: &Permit) -> Answer<Vec<ActivityView>> {
    let mut all = Vec::new();
    let mut query = SessionEntries {
        limit: 1000,
        ..SessionEntries::default()
    };
    loop {
        let entries = api
            .store()
            .entries(row.session.id, &query)
            .await
            .map_err(Problem::of_store)?;
        let Some(last) = entries.last() else {
            return Ok(all);
        };
        query.after = last.key.seq;
        all.extend(entries.into_iter().map(ActivityView::new));
    }
}

async fn tape(api: &Api, row: &SessionRow, params: &Params, _: Permit) -> Answer<Body> {
    let wish = params.parse("connection")?;
    let mut connections = row
        .connections
        .iter()
        .filter(|one| !one.recording.file.is_empty());
    let one = connections
        .find(|one| wish.is_none_or(|id| one.connection.id == id))
        .ok_or_else(|| {
            Problem::new(
                axum::http::StatusCode::CONFLICT,
                "not_finished",
                "the tape is not sealed yet",
            )
            .hint("try again when the recording is available")
        })?;
    let file = api
        .engine()
        .playback()
        .raw(&one.recording.file)
        .await
        .map_err(Problem::of_playback)?;
    Ok(Body::from_stream(tokio_util::io::ReaderStream::new(file)))
}
