//! Recordings for the player in the console: an index and segments that begin with a picture.

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
use serde::Serialize;
use store::SessionRow;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    film::film_of,
    problem::{Answer, Problem},
    query::Params,
    replay::StrandView,
    routes::sessions::find,
};

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

const PARAMS: [&str; 4] = ["connection", "strand", "idle_ms", "end_us"];

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

/// Which recording, and how.
struct Wish {
    connection: Option<ConnectionId>,
    strand: Option<u32>,
    idle_ms: Option<u64>,
    /// Where the index that was given ends, while the recording goes on.
    end_us: Option<u64>,
}

fn read_params(query: Option<&str>) -> Answer<Wish> {
    let params = Params::read(query.unwrap_or_default());
    params.only(&PARAMS)?;
    Ok(Wish {
        connection: params.parse("connection")?,
        strand: params.parse("strand")?,
        idle_ms: params.parse("idle_ms")?,
        end_us: params.parse("end_us")?,
    })
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
    let wish = read_params(query.as_deref())?;
    let row = find(&api, &viewer, &id).await?;
    viewer.must_play(&row)?;
    let (connection, _, film) = film_of(&api, &row, wish.connection, None, None).await?;
    let event = AuditEvent::new(
        Micros::now(),
        "recording.played",
        Actor::user(&viewer.person.name),
    )
    .on(row.session.id)
    .from_ip(viewer.client_ip())
    .with_detail(serde_json::json!({ "connection_id": connection }));
    api.store().audit_append(event).await.map_err(Problem::of_store)?;
    Ok(Json(PlayerView {
        connection_id: connection.to_string(),
        started_at: crate::view::time::time(film.started),
        duration_ms: film.elapsed_us / 1000,
        growing: !film.ended,
        strands: film.strands.clone(),
    }))
}

/// Gives the index of a recording: its segments with their start times.
#[utoipa::path(get, path = "/v1/sessions/{id}/player/index.json", tag = "recording",
    params(("id" = String, Path), ("connection" = Option<String>, Query), ("strand" = Option<u32>, Query), ("idle_ms" = Option<u64>, Query), ("end_us" = Option<u64>, Query)),
    responses((status = 200, description = "asciinema-player's segmented index", body = Object)))]
pub async fn index(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    let wish = read_params(query.as_deref())?;
    let row = find(&api, &viewer, &id).await?;
    viewer.must_play(&row)?;
    let (_, _, film) = film_of(&api, &row, wish.connection, wish.strand, wish.end_us).await?;
    let end = wish.end_us.unwrap_or(film.elapsed_us).min(film.elapsed_us);
    let map = film.time_map(wish.idle_ms, end);
    // Segments of a recording that grows end where this index does.
    let end_us = (!film.ended && wish.end_us.is_none()).then(|| format!("end_us={end}"));
    let words = query.into_iter().chain(end_us).filter(|word| !word.is_empty());
    let words = words.collect::<Vec<_>>().join("&");
    let query = if words.is_empty() {
        words
    } else {
        format!("?{words}")
    };
    let index = film.plan.index(film.size, &map, end, |number| {
        format!("segments/{number}.json{query}")
    });
    let body = serde_json::to_vec(&index).map_err(Problem::internal)?;
    Ok(json(body.into()))
}

/// Gives one segment: a picture of the terminal and what happened after it.
#[utoipa::path(get, path = "/v1/sessions/{id}/player/segments/{number}", tag = "recording",
    params(("id" = String, Path), ("number" = String, Path, description = "0.json, 1.json …"), ("connection" = Option<String>, Query),
        ("strand" = Option<u32>, Query), ("idle_ms" = Option<u64>, Query), ("end_us" = Option<u64>, Query)),
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
    let wish = read_params(query.as_deref())?;
    let row = find(&api, &viewer, &id).await?;
    viewer.must_play(&row)?;
    let (_, reader, film) = film_of(&api, &row, wish.connection, wish.strand, wish.end_us).await?;
    let end = wish.end_us.unwrap_or(film.elapsed_us).min(film.elapsed_us);
    let segment = film.segment(reader, number, wish.idle_ms, end).await?;
    segment.map(json).ok_or_else(Problem::not_found)
}

/// Says how the player's clock and the real one relate, so that the log beside the player never drifts.
#[utoipa::path(get, path = "/v1/sessions/{id}/player/timemap", tag = "recording",
    params(("id" = String, Path), ("connection" = Option<String>, Query), ("strand" = Option<u32>, Query), ("idle_ms" = Option<u64>, Query), ("end_us" = Option<u64>, Query)),
    responses((status = 200, body = TimeMapView)))]
pub async fn timemap(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Json<TimeMapView>> {
    let wish = read_params(query.as_deref())?;
    let row = find(&api, &viewer, &id).await?;
    viewer.must_play(&row)?;
    let (_, _, film) = film_of(&api, &row, wish.connection, wish.strand, wish.end_us).await?;
    let end = wish.end_us.unwrap_or(film.elapsed_us).min(film.elapsed_us);
    let map = film.time_map(wish.idle_ms, end);
    let gaps = map.cuts().iter().map(|gap| Gap {
        real_ms: gap.until_us / 1000,
        play_ms: (gap.until_us - gap.total_us) / 1000,
        cut_ms: gap.removed_us / 1000,
    });
    Ok(Json(TimeMapView {
        duration_ms: film.plan.duration(&map, end) / 1000,
        real_duration_ms: end / 1000,
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
