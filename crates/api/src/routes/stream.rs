//! Streams that go on: changes of the list, and the text of one session.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, HeaderValue, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use domain::{
    Micros,
    approval::ApprovalKind,
    audit::{Actor, AuditEvent},
};
use engine::Played;
use futures_util::{Stream, StreamExt, stream};
use screen::Terminal;
use store::AuditRow;

use crate::{
    Api,
    auth::Viewer,
    problem::{Answer, Problem},
    query::Params,
    replay::{Shown, Track},
    routes::{live::Present, player::open_tape, sessions::find},
    view::approval::ApprovalView,
};

/// How many audit events a browser may have missed before it is told to read the list anew.
const FURTHEST: i64 = 5_000;

/// How many events are read at once.
const BATCH: u32 = 200;

/// Tells what changes in the sessions and the approvals that the viewer may see. Continues after `Last-Event-ID`.
#[utoipa::path(get, path = "/v1/sessions/stream", tag = "sessions",
    responses((status = 200, description = "server-sent events `session`, `approval` and `resync`; ids are audit sequence numbers", content_type = "text/event-stream")))]
pub async fn changes(State(api): State<Api>, viewer: Viewer, headers: HeaderMap) -> Answer<Response> {
    let newest = *api.store().audit_changed().borrow();
    let asked = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
    let behind = asked.is_some_and(|id| newest - id > FURTHEST || id > newest);
    let from = if behind { newest } else { asked.unwrap_or(newest) };
    let resync = stream::iter((behind || asked.is_none()).then(|| {
        // The first event carries the place to continue from, so that nothing between two connections is lost.
        Ok(Event::default()
            .id(from.to_string())
            .event(if behind { "resync" } else { "hello" })
            .data("{}"))
    }));
    let stop = api.engine().stopping();
    let events = resync
        .chain(follow(api, viewer, from))
        .take_until(stop.cancelled_owned());
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(10));
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn follow(api: Api, viewer: Viewer, from: i64) -> impl Stream<Item = Result<Event, Infallible>> {
    let watch = api.store().audit_changed();
    stream::unfold(
        (api, viewer, from, watch),
        |(api, mut viewer, from, mut watch)| async move {
            loop {
                match api.store().audit_since(from, BATCH).await {
                    Ok(rows) if !rows.is_empty() => {
                        let next = rows.last().map_or(from, |row| row.seq);
                        let mut events = Vec::new();
                        for row in rows {
                            events.extend(told(&api, &viewer, row).await);
                        }
                        return Some((
                            stream::iter(events.into_iter().map(Ok)),
                            (api, viewer, next, watch),
                        ));
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "a stream of changes ends");
                        return None;
                    }
                }
                watch.changed().await.ok()?;
                // The person may have lost the right to look meanwhile.
                viewer.look_again(&api)?;
            }
        },
    )
    .flatten()
}

/// Makes events of an audit line, as far as it is about what the viewer may see.
async fn told(api: &Api, viewer: &Viewer, row: AuditRow) -> Vec<Event> {
    let mut events = Vec::new();
    if row.event.kind.starts_with("approval.") || ends_a_wait(&row.event) {
        events.extend(of_approvals(api, viewer, &row).await);
    }
    if row.event.kind.starts_with("session.") {
        events.extend(of_session(api, viewer, &row).await);
    }
    events
}

/// Tells whether a step of a session decides a request without a vote.
fn ends_a_wait(event: &AuditEvent) -> bool {
    let state = event.changes.iter().find(|change| change.field == "state");
    state.is_some_and(|change| change.old == "awaiting_approval")
}

async fn of_approvals(api: &Api, viewer: &Viewer, row: &AuditRow) -> Option<Event> {
    let named = row.event.object.strip_prefix("approval/");
    let approval = if let Some(id) = named.and_then(|id| id.parse().ok()) {
        api.store().approval(id).await.ok().flatten()?
    } else {
        let of = api.store().approvals_of(row.event.session_id?).await.ok()?;
        of.into_iter()
            .find(|approval| approval.kind == ApprovalKind::Session)?
    };
    if !approval.is_visible_to(&viewer.person) {
        return None;
    }
    let view = ApprovalView::new(&approval, &viewer.person, Micros::now());
    let data = serde_json::json!({ "kind": row.event.kind, "approval": view });
    Event::default()
        .id(row.seq.to_string())
        .event("approval")
        .json_data(data)
        .ok()
}

async fn of_session(api: &Api, viewer: &Viewer, row: &AuditRow) -> Option<Event> {
    let id = row.event.session_id?;
    let session = api.store().session(id, Micros::now()).await.ok().flatten()?;
    if !viewer.sight.may_list(&session.session) {
        return None;
    }
    let view = api.draw(&session, viewer, Micros::now());
    let data = serde_json::json!({ "kind": row.event.kind, "session": view });
    Event::default()
        .id(row.seq.to_string())
        .event("session")
        .json_data(data)
        .ok()
}

/// Streams what a session shows as lines of JSON `{t_ms, code, data}` with the codes of asciicast (`o`, `i`, `r`, `m`, `x`);
/// follows while it runs. From `now`, it begins with the size and with output that draws the present screen.
#[utoipa::path(get, path = "/v1/sessions/{id}/stream", tag = "recording",
    params(("id" = String, Path), ("connection" = Option<String>, Query), ("strand" = Option<u32>, Query),
        ("from" = Option<String>, Query, description = "`start` (default) or `now`"),
        ("since_ms" = Option<u64>, Query), ("follow" = Option<bool>, Query)),
    responses((status = 200, description = "lines of JSON", content_type = "application/x-ndjson")))]
pub async fn text(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["connection", "strand", "from", "since_ms", "follow"])?;
    let now = match params.one("from") {
        None | Some("start") => false,
        Some("now") => true,
        Some(other) => {
            return Err(Problem::invalid(format!(
                "`{other}` is not a valid `from`: start or now"
            )));
        }
    };
    let row = find(&api, &viewer, &id).await?;
    viewer.must_play(&row)?;
    let (connection, mut reader) = open_tape(&api, &row, params.parse("connection")?).await?;
    let kind = if row.life.state.is_terminal() {
        "recording.played"
    } else {
        "session.watched"
    };
    let event = AuditEvent::new(Micros::now(), kind, Actor::user(&viewer.person.name))
        .on(row.session.id)
        .from_ip(viewer.client_ip())
        .with_detail(serde_json::json!({ "connection_id": connection }));
    api.store().audit_append(event).await.map_err(Problem::of_store)?;
    let since_us = params.parse::<u64>("since_ms")?.unwrap_or(0).saturating_mul(1000);
    let follow = params.flag("follow")?.unwrap_or(true);
    let mut track = Track::new(reader.started_at(), params.parse("strand")?);
    let mut text = LineText::default();
    let mut head = Vec::new();
    let over = now && {
        let present = Present::read(&mut reader, &mut track).await?;
        text.screen(&mut head, track.elapsed_us(), &present.terminal);
        present.ended
    };
    let head = stream::iter((!head.is_empty()).then(|| Ok(bytes::Bytes::from(head))));
    let state = (reader, track, text, over);
    let lines = stream::unfold(state, move |(mut reader, mut track, mut text, over)| async move {
        if over {
            return None;
        }
        let mut out = Vec::new();
        let over = loop {
            match reader.next().await {
                Ok(Played::Records(records)) => {
                    let shown = records.into_iter().filter_map(|record| track.take(record));
                    for (at, shown) in shown.filter(|(at, _)| *at >= since_us) {
                        text.line(&mut out, at, &shown);
                    }
                    if !out.is_empty() {
                        break false;
                    }
                }
                Ok(Played::CaughtUp) if follow => {
                    if !out.is_empty() {
                        break false;
                    }
                }
                Ok(Played::CaughtUp | Played::End(_)) => break true,
                Err(error) => return Some((Err(std::io::Error::other(error)), (reader, track, text, true))),
            }
        };
        Some((Ok(bytes::Bytes::from(out)), (reader, track, text, over)))
    });
    let lines = head
        .chain(lines)
        .take_until(api.engine().stopping().cancelled_owned())
        .take_until(Box::pin(viewer.loses(api, row.session)));
    Ok((
        [(header::CONTENT_TYPE, "application/x-ndjson")],
        Body::from_stream(lines),
    )
        .into_response())
}

/// Writes what is shown as lines of JSON; characters that are cut between records are put together.
#[derive(Debug, Default)]
struct LineText {
    output: screen::Utf8Stream,
    input: screen::Utf8Stream,
}

impl LineText {
    /// Writes the size of a terminal, and what draws its screen on an empty one of this size.
    fn screen(&mut self, out: &mut Vec<u8>, at: u64, terminal: &Terminal) {
        let (cols, rows) = terminal.size();
        self.line(out, at, &Shown::Resize(cols, rows));
        self.line(out, at, &Shown::Output(terminal.dump().into()));
        // The beginning of a character whose end is still to come.
        self.output.decode(terminal.held());
    }

    fn line(&mut self, out: &mut Vec<u8>, at: u64, shown: &Shown) {
        let (code, data) = match shown {
            Shown::Output(bytes) => ("o", self.output.decode(bytes)),
            Shown::Input(bytes) => ("i", self.input.decode(bytes)),
            Shown::Resize(cols, rows) => ("r", format!("{cols}x{rows}")),
            Shown::Marker(text) => ("m", text.clone()),
            Shown::Exit(code) => ("x", code.map(|code| code.to_string()).unwrap_or_default()),
        };
        let line = serde_json::json!({ "t_ms": at / 1000, "code": code, "data": data });
        out.extend_from_slice(line.to_string().as_bytes());
        out.push(b'\n');
    }
}
