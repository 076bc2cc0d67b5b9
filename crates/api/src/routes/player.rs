//! Recordings for the player in the console: an index and segments that begin with a picture.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::{
    ConnectionId, Micros,
    audit::{Actor, AuditEvent},
};
use engine::TapeReader;
use screen::{SegmentCutter, SegmentEvent, TimeMap};
use serde::Serialize;
use store::SessionRow;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    problem::{Answer, Problem},
    query::Params,
    replay::{Shown, StrandView, Track, read_through},
    routes::sessions::find,
};

/// How much time one segment covers.
const SEGMENT_US: u64 = 30_000_000;

/// What a recording can be played as.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlayerView {
    /// The connection whose tape this is.
    pub connection_id: String,
    /// When the recording began.
    pub started_at: Option<String>,
    /// How long it is so far.
    pub duration_ms: u64,
    /// It goes on.
    pub growing: bool,
    /// Its strands.
    pub strands: Vec<StrandView>,
}

/// How the player's clock runs when long pauses are shortened.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimeMapView {
    /// The length on the player's clock.
    pub duration_ms: u64,
    /// The length in real time.
    pub real_duration_ms: u64,
    /// The pauses that were shortened, in order.
    pub gaps: Vec<Gap>,
}

/// A pause that was shortened.
#[derive(Debug, Serialize, ToSchema)]
pub struct Gap {
    /// When it ended in real time.
    pub real_ms: u64,
    /// When it ended on the player's clock.
    pub play_ms: u64,
    /// How much was taken out.
    pub cut_ms: u64,
}

/// A recording cut for the player; kept for a while, because a player asks for one segment after another.
#[derive(Debug)]
pub(crate) struct Cut {
    index: Bytes,
    segments: Vec<Bytes>,
    map: TimeMap,
    real_us: u64,
    play_us: u64,
}

impl Cut {
    /// Tells how much memory it takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.index.len() + self.segments.iter().map(Bytes::len).sum::<usize>()
    }
}

/// Which recording, and how.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Wish {
    pub(crate) connection: ConnectionId,
    pub(crate) strand: Option<u32>,
    pub(crate) idle_ms: Option<u64>,
}

const PARAMS: [&str; 3] = ["connection", "strand", "idle_ms"];

/// Opens the tape that a viewer asks for: of the named connection, or of the first one that has a tape.
pub(crate) async fn open_tape(
    api: &Api,
    row: &SessionRow,
    connection: Option<ConnectionId>,
) -> Answer<(ConnectionId, TapeReader)> {
    let mut connections = row.connections.iter();
    let found = match connection {
        Some(id) => connections.find(|one| one.connection.id == id),
        None => connections.next(),
    };
    let one = found.ok_or_else(Problem::not_found)?;
    let reader = api
        .engine()
        .playback()
        .open(one.connection.id, &one.recording.file)
        .await;
    Ok((one.connection.id, reader.map_err(Problem::of_playback)?))
}

fn read_params(query: Option<&str>) -> Answer<(Option<ConnectionId>, Option<u32>, Option<u64>)> {
    let params = Params::read(query.unwrap_or_default());
    params.only(&PARAMS)?;
    Ok((
        params.parse("connection")?,
        params.parse("strand")?,
        params.parse("idle_ms")?,
    ))
}

/// Says what there is to play, and notes in the audit log that somebody is about to.
#[utoipa::path(get, path = "/v1/sessions/{id}/player", tag = "recording",
    params(("id" = String, Path), ("connection" = Option<String>, Query)), responses((status = 200, body = PlayerView)))]
pub async fn about(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Json<PlayerView>> {
    let (connection, ..) = read_params(query.as_deref())?;
    let row = find(&api, &viewer, &id).await?;
    viewer.must_play(&row)?;
    let (connection, mut reader) = open_tape(&api, &row, connection).await?;
    let event = AuditEvent::new(
        Micros::now(),
        "recording.played",
        Actor::user(&viewer.person.name),
    )
    .on(row.session.id)
    .from_ip(viewer.client_ip())
    .with_detail(serde_json::json!({ "connection_id": connection }));
    api.store().audit_append(event).await.map_err(Problem::of_store)?;
    let mut track = Track::new(reader.started_at(), None);
    let ended = read_through(&mut reader, &mut track, |_, _| {}).await?;
    Ok(Json(PlayerView {
        connection_id: connection.to_string(),
        started_at: crate::view::time::time(reader.started_at()),
        duration_ms: track.elapsed_us() / 1000,
        growing: !ended,
        strands: track.strands().to_vec(),
    }))
}

/// Gives the index of a recording: its segments with their start times.
#[utoipa::path(get, path = "/v1/sessions/{id}/player/index.json", tag = "recording",
    params(("id" = String, Path), ("connection" = Option<String>, Query), ("strand" = Option<u32>, Query), ("idle_ms" = Option<u64>, Query)),
    responses((status = 200, description = "asciinema-player's segmented index", body = Object)))]
pub async fn index(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    let cut = cut_for(&api, &viewer, &id, query.as_deref()).await?;
    Ok(json(cut.index.clone()))
}

/// Gives one segment: a picture of the terminal and what happened after it.
#[utoipa::path(get, path = "/v1/sessions/{id}/player/segments/{number}", tag = "recording",
    params(("id" = String, Path), ("number" = String, Path, description = "0.json, 1.json …"), ("connection" = Option<String>, Query),
        ("strand" = Option<u32>, Query), ("idle_ms" = Option<u64>, Query)),
    responses((status = 200, description = "one segment", body = Object)))]
pub async fn segment(
    State(api): State<Api>,
    viewer: Viewer,
    Path((id, number)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    let number: usize = number
        .trim_end_matches(".json")
        .parse()
        .map_err(|_| Problem::not_found())?;
    let cut = cut_for(&api, &viewer, &id, query.as_deref()).await?;
    cut.segments
        .get(number)
        .cloned()
        .map(json)
        .ok_or_else(Problem::not_found)
}

/// Says how the player's clock and the real one relate, so that the log beside the player never drifts.
#[utoipa::path(get, path = "/v1/sessions/{id}/player/timemap", tag = "recording",
    params(("id" = String, Path), ("connection" = Option<String>, Query), ("strand" = Option<u32>, Query), ("idle_ms" = Option<u64>, Query)),
    responses((status = 200, body = TimeMapView)))]
pub async fn timemap(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Json<TimeMapView>> {
    let cut = cut_for(&api, &viewer, &id, query.as_deref()).await?;
    let gaps = cut.map.cuts().iter().map(|gap| Gap {
        real_ms: gap.until_us / 1000,
        play_ms: (gap.until_us - gap.total_us) / 1000,
        cut_ms: gap.removed_us / 1000,
    });
    Ok(Json(TimeMapView {
        duration_ms: cut.play_us / 1000,
        real_duration_ms: cut.real_us / 1000,
        gaps: gaps.collect(),
    }))
}

fn json(body: Bytes) -> Response {
    (
        [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        body,
    )
        .into_response()
}

async fn cut_for(api: &Api, viewer: &Viewer, id: &str, query: Option<&str>) -> Answer<Arc<Cut>> {
    let (connection, strand, idle_ms) = read_params(query)?;
    let row = find(api, viewer, id).await?;
    viewer.must_play(&row)?;
    let (connection, mut reader) = open_tape(api, &row, connection).await?;
    let wish = Wish {
        connection,
        strand,
        idle_ms,
    };
    if let Some(cut) = api.cuts().get(&wish) {
        return Ok(cut);
    }
    let title = query.map(|query| format!("?{query}")).unwrap_or_default();
    let (cut, ended) = make_cut(&mut reader, &wish, &title).await?;
    let cut = Arc::new(cut);
    // A recording that still grows is cut anew each time.
    if ended {
        api.cuts().put(wish, Arc::clone(&cut));
    }
    Ok(cut)
}

async fn make_cut(reader: &mut TapeReader, wish: &Wish, query: &str) -> Answer<(Cut, bool)> {
    let started = reader.started_at();
    let mut track = Track::new(started, wish.strand);
    let mut map = TimeMap::new(wish.idle_ms.map(|ms| ms.saturating_mul(1000)));
    let mut events = Vec::new();
    let ended = read_through(reader, &mut track, |at, shown| events.push((at, shown))).await?;
    let size = track.size();
    let mut cutter = SegmentCutter::new(size.0, size.1, SEGMENT_US);
    let mut segments = Vec::new();
    let mut body = |segment: &screen::Segment| {
        serde_json::to_vec(segment)
            .map(Bytes::from)
            .map(|bytes| segments.push(bytes))
            .map_err(Problem::internal)
    };
    for (at, shown) in &events {
        let event = match shown {
            Shown::Output(bytes) => SegmentEvent::Output(bytes),
            Shown::Input(_) | Shown::Exit(_) => continue,
            Shown::Resize(cols, rows) => SegmentEvent::Resize {
                cols: *cols,
                rows: *rows,
            },
            Shown::Marker(text) => SegmentEvent::Marker(text),
        };
        if let Some(segment) = cutter.push(map.push(*at), event) {
            body(&segment)?;
        }
    }
    let real_us = track.elapsed_us();
    let play_us = map.push(real_us);
    let (last, index) = cutter.finish(play_us, |number| format!("segments/{number}.json{query}"));
    body(&last)?;
    let index = serde_json::to_vec(&index).map_err(Problem::internal)?.into();
    Ok((
        Cut {
            index,
            segments,
            map,
            real_us,
            play_us,
        },
        ended,
    ))
}
