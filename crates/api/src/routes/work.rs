//! What was done inside sessions: activity and files.

use axum::{
    Json,
    extract::{Path, RawQuery, State},
};
use domain::{Micros, SessionId};
use serde::Serialize;
use store::{Entry, EntryKind, EntryQuery, Hit, Outcome, SessionEntries};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    problem::{Answer, Problem},
    query::Params,
    routes::sessions::{find, limit},
    view::time::time,
};

/// How often the store is asked for one page whose entries few of those that it finds belong to.
const LOOKS: usize = 20;

/// What was done in a session, in order.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityList {
    /// Oldest first.
    pub entries: Vec<ActivityView>,
    /// Where the next page starts; null at the end.
    pub next_cursor: Option<String>,
}

/// Something that was done in a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityView {
    /// Names it within its session.
    pub id: String,
    /// Its place in the session.
    pub seq: i64,
    /// When it began.
    pub at: Option<String>,
    /// Milliseconds since the recording began: where to seek.
    pub t_ms: i64,
    /// `command`, `statement`, `file`, `forward`, `request` or `note`.
    pub kind: &'static str,
    /// The command, the statement, the path, the note.
    pub text: String,
    /// `ok`, `failed`, `refused`; null while it runs or when nobody knows.
    pub outcome: Option<&'static str>,
    /// The exit status; null when not known.
    pub exit_code: Option<i64>,
    /// How long it took.
    pub duration_ms: i64,
    /// Rows returned or changed.
    pub rows: i64,
    /// Bytes moved or returned.
    pub bytes: i64,
    /// What it printed; null when it prints nothing.
    pub output: Option<OutputView>,
    /// More.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// The connection, which is also the name of the tape.
    pub connection_id: String,
}

/// What a command printed, as far as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutputView {
    /// The beginning of it, as it looked.
    pub preview: String,
    /// There was more than is shown.
    pub truncated: bool,
    /// How much there was.
    pub total_bytes: i64,
}

/// The word of a sort of entry.
pub(crate) fn kind_word(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Command => "command",
        EntryKind::Statement => "statement",
        EntryKind::File => "file",
        EntryKind::Forward => "forward",
        EntryKind::Request => "request",
        EntryKind::Note => "note",
    }
}

pub(crate) fn parse_kind(word: &str) -> Answer<EntryKind> {
    Ok(match word {
        "command" | "exec" => EntryKind::Command,
        "statement" => EntryKind::Statement,
        "file" => EntryKind::File,
        "forward" => EntryKind::Forward,
        "request" => EntryKind::Request,
        "note" => EntryKind::Note,
        other => {
            return Err(Problem::invalid(format!(
                "`{other}` is not a kind; valid are: command, statement, file, forward, request, note"
            )));
        }
    })
}

impl ActivityView {
    pub(crate) fn new(entry: Entry) -> Self {
        let output = entry.detail.get("output").and_then(|output| {
            Some(OutputView {
                preview: output.get("preview")?.as_str()?.to_owned(),
                truncated: output
                    .get("truncated")
                    .and_then(serde_json::Value::as_bool)
                    .unwrap_or_default(),
                total_bytes: output
                    .get("total_bytes")
                    .and_then(serde_json::Value::as_i64)
                    .unwrap_or_default(),
            })
        });
        // A command of several lines may have grown after it was first written down.
        let text = entry
            .detail
            .get("text")
            .and_then(|text| text.as_str())
            .map(str::to_owned);
        Self {
            id: format!("{}/{}", entry.key.session, entry.key.seq),
            seq: entry.key.seq,
            at: time(entry.key.at),
            t_ms: entry.place.time.millis(),
            kind: kind_word(entry.kind),
            text: text.unwrap_or(entry.body),
            outcome: match entry.outcome {
                Outcome::Unknown => None,
                Outcome::Ok => Some("ok"),
                Outcome::Failed => Some("failed"),
                Outcome::Refused => Some("refused"),
            },
            exit_code: entry.detail.get("exit_code").and_then(serde_json::Value::as_i64),
            duration_ms: entry.duration.millis(),
            rows: entry.rows,
            bytes: entry.bytes,
            output,
            detail: entry.detail,
            connection_id: entry.connection.to_string(),
        }
    }
}

/// Lists what was done in a session, oldest first.
#[utoipa::path(get, path = "/v1/sessions/{id}/activity", tag = "activity",
    params(("id" = String, Path), ("kind" = Option<Vec<String>>, Query), ("text" = Option<String>, Query), ("cursor" = Option<i64>, Query), ("limit" = Option<u32>, Query)),
    responses((status = 200, body = ActivityList)))]
pub async fn activity(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Json<ActivityList>> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["kind", "text", "cursor", "limit"])?;
    let row = find(&api, &viewer, &id).await?;
    viewer.must_play(&row)?;
    let query = SessionEntries {
        after: params.parse("cursor")?.unwrap_or(0),
        kinds: kinds(&params)?,
        text: params.one("text").map(str::to_owned),
        limit: limit(&params)?,
    };
    let (entries, next_cursor) = in_session(&api, row.session.id, query, Some).await?;
    Ok(Json(ActivityList {
        entries: entries.into_iter().map(ActivityView::new).collect(),
        next_cursor,
    }))
}

/// File operations.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileList {
    /// In one session oldest first, over all sessions newest first.
    pub files: Vec<FileView>,
    /// Where the next page starts; null at the end.
    pub next_cursor: Option<String>,
}

/// One operation on a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileView {
    /// The session.
    pub session_id: String,
    /// When it began.
    pub at: Option<String>,
    /// Milliseconds since the recording began.
    pub t_ms: i64,
    /// `upload`, `download`, `delete`, `rename`, `mkdir`, `rmdir`, `list` …
    pub op: String,
    /// `sftp`, `scp`, `rsync`, `web` …
    pub protocol: String,
    /// On what.
    pub path: String,
    /// The new name of a rename; null otherwise.
    pub to: Option<String>,
    /// Bytes of content that moved.
    pub bytes: i64,
    /// SHA-256 of the content in hexadecimal; null when it did not pass whole.
    pub sha256: Option<String>,
    /// It succeeded.
    pub ok: bool,
    /// What went wrong.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: i64,
    /// All of the file passed.
    pub complete: bool,
}

impl FileView {
    pub(crate) fn new(entry: &Entry) -> Self {
        let text = |key: &str| {
            entry
                .detail
                .get(key)
                .and_then(|value| value.as_str())
                .map(str::to_owned)
        };
        let flag = |key: &str| entry.detail.get(key).and_then(serde_json::Value::as_bool);
        Self {
            session_id: entry.key.session.to_string(),
            at: time(entry.key.at),
            t_ms: entry.place.time.millis(),
            op: text("op").or_else(|| text("kind")).unwrap_or_default(),
            protocol: text("protocol").unwrap_or_default(),
            path: text("path").unwrap_or_else(|| entry.body.clone()),
            to: text("to"),
            bytes: entry.bytes,
            sha256: text("sha256"),
            ok: entry.outcome == Outcome::Ok,
            error: text("error"),
            duration_ms: entry.duration.millis(),
            complete: flag("complete").unwrap_or(true),
        }
    }
}

const FILE_FILTERS: [&str; 8] = [
    "op", "protocol", "path", "ok", "since", "until", "cursor", "limit",
];

/// What is asked of a list of file operations, beyond what the store filters by.
struct FileFilter {
    ops: Vec<String>,
    protocols: Vec<String>,
    path: Option<String>,
    ok: Option<bool>,
    since: Option<Micros>,
    until: Option<Micros>,
}

impl FileFilter {
    fn read(params: &Params) -> Answer<Self> {
        params.only(&FILE_FILTERS)?;
        let now = Micros::now();
        Ok(Self {
            ops: params.all("op"),
            protocols: params.all("protocol"),
            path: params.one("path").map(str::to_lowercase),
            ok: params.flag("ok")?,
            since: params.time("since", now)?,
            until: params.time("until", now)?,
        })
    }

    /// Draws an operation, if it is asked for.
    fn draw(&self, entry: &Entry) -> Option<FileView> {
        let at = entry.key.at;
        let in_time = self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until);
        let file = FileView::new(entry);
        (in_time && self.takes(&file)).then_some(file)
    }

    fn takes(&self, file: &FileView) -> bool {
        let named = |want: &Vec<String>, is: &str| {
            want.is_empty() || want.iter().any(|one| one.eq_ignore_ascii_case(is))
        };
        let on = |want: &String| {
            file.path.to_lowercase().contains(want)
                || file
                    .to
                    .as_ref()
                    .is_some_and(|to| to.to_lowercase().contains(want))
        };
        named(&self.ops, &file.op)
            && named(&self.protocols, &file.protocol)
            && self.path.as_ref().is_none_or(on)
            && self.ok.is_none_or(|ok| ok == file.ok)
    }
}

/// Lists the file operations of a session, oldest first.
#[utoipa::path(get, path = "/v1/sessions/{id}/files", tag = "activity",
    params(("id" = String, Path), ("op" = Option<Vec<String>>, Query), ("protocol" = Option<Vec<String>>, Query), ("path" = Option<String>, Query, description = "text in the path, or in the new one of a rename"),
        ("ok" = Option<bool>, Query), ("since" = Option<String>, Query), ("until" = Option<String>, Query), ("cursor" = Option<i64>, Query), ("limit" = Option<u32>, Query)),
    responses((status = 200, body = FileList)))]
pub async fn files(
    State(api): State<Api>,
    viewer: Viewer,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Json<FileList>> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    let filter = FileFilter::read(&params)?;
    let row = find(&api, &viewer, &id).await?;
    viewer.must_play(&row)?;
    let query = SessionEntries {
        after: params.parse("cursor")?.unwrap_or(0),
        kinds: vec![EntryKind::File],
        text: None,
        limit: limit(&params)?,
    };
    let (files, next_cursor) = in_session(&api, row.session.id, query, |entry| filter.draw(&entry)).await?;
    Ok(Json(FileList { files, next_cursor }))
}

/// Lists the file operations of all sessions that the viewer may play, newest first.
#[utoipa::path(get, path = "/v1/files", tag = "activity",
    params(("op" = Option<Vec<String>>, Query), ("protocol" = Option<Vec<String>>, Query), ("path" = Option<String>, Query, description = "text in the path, or in the new one of a rename"), ("ok" = Option<bool>, Query),
        ("since" = Option<String>, Query), ("until" = Option<String>, Query), ("cursor" = Option<String>, Query), ("limit" = Option<u32>, Query)),
    responses((status = 200, body = FileList)))]
pub async fn all_files(
    State(api): State<Api>,
    viewer: Viewer,
    RawQuery(query): RawQuery,
) -> Answer<Json<FileList>> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    let filter = FileFilter::read(&params)?;
    let query = EntryQuery {
        kinds: vec![EntryKind::File],
        ..over_all(&params)?
    };
    let (files, next_cursor) = over_sessions(&api, &viewer, query, |hit| filter.draw(&hit)).await?;
    Ok(Json(FileList { files, next_cursor }))
}

/// Reads the sorts of entries that are asked for.
pub(crate) fn kinds(params: &Params) -> Answer<Vec<EntryKind>> {
    params.all("kind").iter().map(|word| parse_kind(word)).collect()
}

/// Reads what every list over all sessions takes: time, page, and how long a page is.
pub(crate) fn over_all(params: &Params) -> Answer<EntryQuery> {
    let now = Micros::now();
    Ok(EntryQuery {
        since: params.time("since", now)?,
        until: params.time("until", now)?,
        cursor: params.one("cursor").map(str::to_owned),
        limit: limit(params)?,
        ..EntryQuery::default()
    })
}

/// Collects a page of what was done in a session, oldest first: of the entries that the store finds those that `draw` takes. Gives
/// where the next page starts.
async fn in_session<T>(
    api: &Api,
    session: SessionId,
    query: SessionEntries,
    draw: impl Fn(Entry) -> Option<T>,
) -> Answer<(Vec<T>, Option<String>)> {
    let mut query = query;
    let wanted = query.limit as usize;
    let mut found = Vec::new();
    for _ in 0..LOOKS {
        query.limit = u32::try_from(wanted - found.len()).unwrap_or(1);
        let entries = api
            .store()
            .entries(session, &query)
            .await
            .map_err(Problem::of_store)?;
        let full = entries.len() >= query.limit as usize;
        query.after = entries.last().map_or(query.after, |last| last.key.seq);
        found.extend(entries.into_iter().filter_map(&draw));
        if !full {
            return Ok((found, None));
        }
        if found.len() >= wanted {
            break;
        }
    }
    Ok((found, Some(query.after.to_string())))
}

/// Collects a page of what was done in all sessions that the viewer may play, newest first; as [`in_session`] does.
pub(crate) async fn over_sessions<T>(
    api: &Api,
    viewer: &Viewer,
    query: EntryQuery,
    draw: impl Fn(Hit) -> Option<T>,
) -> Answer<(Vec<T>, Option<String>)> {
    let mut query = query;
    let wanted = query.limit as usize;
    let mut found = Vec::new();
    for _ in 0..LOOKS {
        query.limit = u32::try_from(wanted - found.len()).unwrap_or(1);
        let page = api
            .store()
            .search(&query, &viewer.sight.played())
            .await
            .map_err(Problem::of_store)?;
        found.extend(page.hits.into_iter().filter_map(&draw));
        query.cursor = page.next_cursor;
        if query.cursor.is_none() || found.len() >= wanted {
            break;
        }
    }
    Ok((found, query.cursor))
}
