//! The files of a resource in a browser: a session whose client is the gateway's own.
//!
//! What goes through here is the user's own transfer to and from the resource, by the rules of its profile and in its file log. It is
//! no content of a recorded session, so the gate for that ([`crate::egress`]) has no say.

use std::{
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Json,
    body::Body as Raw,
    extract::{Path, RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use data_encoding::HEXLOWER;
use domain::{
    SessionId,
    object::SecretText,
    policy,
    session::{ClientInterface, Lock},
    stop::{EndReason, Stop},
};
use engine::{
    Entrance, News, Purpose,
    portal::{Depth, Echo, Existing, Face, FileEntry, FileError, FileKind, Incoming, Listing, PortalError},
};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    body::Body,
    portals::{Browsing, Ended, FileSession, Opened, Using},
    problem::{Answer, Problem, ProblemDocument},
    query::Params,
};

/// Entries in one answer, at most.
const PAGE: usize = 1000;

/// The longest path.
const LONGEST_PATH: usize = 4096;

/// How much of a refused upload is read and thrown away, and for how long.
const DRAINED: usize = 32 << 20;
const DRAINING: Duration = Duration::from_secs(2);

/// How long the news of an end may come after the end of the stream.
const NEWS: Duration = Duration::from_secs(5);

/// A wish for a file session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilesWish {
    /// The resource's name.
    pub resource: String,
    /// The account; the rule's first one when absent.
    pub account: Option<String>,
    /// What to answer when the resource asks for the account's password, where the gateway has none for it.
    #[schema(value_type = Option<String>)]
    pub secret: Option<SecretText>,
}

/// A file session that is open.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilesOpened {
    /// The session's id.
    pub session: String,
    /// The folder that the account begins in.
    pub home: String,
}

/// How a file session is.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilesState {
    /// The session's id.
    pub session: String,
    /// The folder that the account begins in.
    pub home: String,
    /// Why nothing can be done now; null when it can.
    pub lock: Option<FilesLock>,
}

/// A lock on a file session.
#[derive(Debug, Serialize, ToSchema)]
pub struct FilesLock {
    /// Who locked it.
    pub by: String,
    /// A short title; may be empty.
    pub title: String,
    /// What the user is told; may be empty.
    pub message: String,
}

/// A part of a folder.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileListing {
    /// The folder.
    pub path: String,
    /// What is in it: folders first, then by name.
    pub entries: Vec<FileLine>,
    /// What to send as `after` for the next part; null at the end.
    pub next: Option<String>,
}

/// A line of a folder.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileLine {
    /// The name within the folder.
    pub name: String,
    /// `file`, `folder`, `link` or `other`.
    pub kind: &'static str,
    /// Bytes; null when the resource does not say.
    pub size: Option<u64>,
    /// The permission bits, such as 0o644 as a number.
    pub mode: Option<u32>,
    /// When its content last changed.
    pub modified: Option<String>,
    /// What a link points at.
    pub link_to: Option<String>,
}

/// A file that was written.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileWritten {
    /// Bytes.
    pub size: u64,
    /// SHA-256 of what was sent, in hexadecimal.
    pub sha256: String,
}

/// What to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileChange {
    /// The file or folder.
    pub path: String,
    /// `rename`: the new path.
    pub to: Option<String>,
    /// `remove`: also all that is in a folder.
    #[serde(default)]
    pub recursive: bool,
}

/// Opens a file session on a resource: a session like any other, whose interface is `web`.
///
/// It ends five minutes after its last request, by `DELETE`, and as every session does. Only who opened it, with the same sign-in, can use it.
#[utoipa::path(post, path = "/v1/portal/files", tag = "portal", request_body = FilesWish,
    responses((status = 201, body = FilesOpened), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument), (status = 423, body = ProblemDocument), (status = 502, body = ProblemDocument)))]
pub async fn open(
    State(api): State<Api>,
    viewer: Viewer,
    Body(wish): Body<FilesWish>,
) -> Answer<(StatusCode, Json<FilesOpened>)> {
    let entrance = enter(
        &api,
        &viewer,
        &wish.resource,
        ClientInterface::Web,
        Purpose::default(),
    )?;
    let Entrance { portal, stream, news } = entrance;
    let mut face = OneSecret::new(wish.secret.clone());
    let account = wish.account.as_deref().filter(|account| !account.is_empty());
    let asked = (wish.resource.as_str(), account);
    let files = match portal.files(stream, account, &mut face).await {
        Ok(files) => files,
        Err(error) => return Err(why_not(&api, &viewer, asked, &face, error, news).await),
    };
    let session = news
        .borrow()
        .session
        .ok_or_else(|| Problem::internal("a portal without a session"))?;
    // The client asks for its home through the session, so what moves its bytes has to run meanwhile.
    let mut run = files.run;
    let client = files.client;
    let home = tokio::select! {
        home = client.home() => home,
        () = &mut run => Err(FileError::Ended),
    };
    let home = match home {
        Ok(home) => home,
        Err(error) => return Err(why_not(&api, &viewer, asked, &face, error.into(), news).await),
    };
    let opened = Arc::new(FileSession::new(
        session,
        &viewer,
        Browsing {
            files: client,
            home: home.clone(),
        },
        news,
    ));
    api.portals().insert(Arc::clone(&opened));
    api.engine().look_after(async move {
        let ended = tokio::select! {
            () = run => Ended::Session,
            () = opened.close.cancelled() => Ended::Session,
            () = opened.unused() => Ended::Unused,
        };
        opened.end(ended);
    });
    let opened = FilesOpened {
        session: session.to_string(),
        home,
    };
    Ok((StatusCode::CREATED, Json(opened)))
}

/// Reads a folder. `after` is the `next` of the part before.
#[utoipa::path(get, path = "/v1/portal/files/{session}", tag = "portal",
    params(("session" = String, Path), ("path" = Option<String>, Query, description = "the folder; the account's own when absent"), ("after" = Option<String>, Query)),
    responses((status = 200, body = FileListing), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument), (status = 410, body = ProblemDocument), (status = 423, body = ProblemDocument)))]
pub async fn list(
    State(api): State<Api>,
    viewer: Viewer,
    Path(session): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Json<FileListing>> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["path", "after"])?;
    let using = usable(&api, &viewer, &session)?;
    let path = params
        .one("path")
        .map_or_else(|| Ok(using.client.home.clone()), checked)?;
    let after = params.one("after");
    let listing = using.client.files.list(&path, after, PAGE).await;
    Ok(Json(draw(listing.map_err(|error| problem(&using, &error))?)))
}

/// Says how a file session is, and keeps it open. It sends nothing to the resource, so that the profile's idle limit goes on.
#[utoipa::path(get, path = "/v1/portal/files/{session}/state", tag = "portal", params(("session" = String, Path)),
    responses((status = 200, body = FilesState), (status = 404, body = ProblemDocument), (status = 410, body = ProblemDocument)))]
pub async fn state(
    State(api): State<Api>,
    viewer: Viewer,
    Path(session): Path<String>,
) -> Answer<Json<FilesState>> {
    let using = running(&api, &viewer, &session)?;
    let lock = using.news.borrow().lock();
    Ok(Json(FilesState {
        session: using.id.to_string(),
        home: using.client.home.clone(),
        lock: lock.map(|lock| FilesLock {
            by: lock.by,
            title: lock.title,
            message: lock.message,
        }),
    }))
}

/// Fetches a file.
#[utoipa::path(get, path = "/v1/portal/files/{session}/content", tag = "portal",
    params(("session" = String, Path), ("path" = String, Query)),
    responses((status = 200, description = "the file's content", content_type = "application/octet-stream"),
        (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument), (status = 410, body = ProblemDocument), (status = 423, body = ProblemDocument)))]
pub async fn download(
    State(api): State<Api>,
    viewer: Viewer,
    Path(session): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["path"])?;
    let using = usable(&api, &viewer, &session)?;
    let path = named(&params)?;
    let file = using.client.files.read(&path).await;
    let file = file.map_err(|error| problem(&using, &error))?;
    // The use of the session lasts as long as the body does.
    let content = file.content.map(move |piece| {
        let _in_use = &using;
        piece
    });
    let mut response = Response::new(Raw::from_stream(content));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(header::CONTENT_DISPOSITION, attachment(&path));
    if let Some(size) = file.size {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    }
    Ok(response)
}

/// Writes a file from the body, as it comes. 409 when there is one of that name, unless `overwrite` is true.
#[utoipa::path(put, path = "/v1/portal/files/{session}/content", tag = "portal",
    params(("session" = String, Path), ("path" = String, Query), ("overwrite" = Option<bool>, Query)),
    request_body(content_type = "application/octet-stream", description = "the file's content"),
    responses((status = 200, body = FileWritten), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument), (status = 410, body = ProblemDocument), (status = 423, body = ProblemDocument)))]
pub async fn upload(
    State(api): State<Api>,
    viewer: Viewer,
    Path(session): Path<String>,
    RawQuery(query): RawQuery,
    body: Raw,
) -> Answer<Json<FileWritten>> {
    let query = query.unwrap_or_default();
    let mut content = pin!(
        body.into_data_stream()
            .map(|piece| piece.map_err(|_| FileError::Cut))
    );
    let written = write(&api, &viewer, &session, &query, content.as_mut()).await;
    if written.is_err() {
        // A browser that still sends may otherwise lose the answer with the connection.
        let rest = async {
            let mut left = DRAINED;
            while let (true, Some(Ok(piece))) = (left > 0, content.next().await) {
                left = left.saturating_sub(piece.len());
            }
        };
        let drained = tokio::time::timeout(DRAINING, rest).await;
        tracing::trace!(?drained, "the rest of a refused upload");
    }
    written
}

async fn write(
    api: &Api,
    viewer: &Viewer,
    session: &str,
    query: &str,
    content: Pin<&mut Incoming>,
) -> Answer<Json<FileWritten>> {
    let params = Params::read(query);
    params.only(&["path", "overwrite"])?;
    let using = usable(api, viewer, session)?;
    let path = named(&params)?;
    let existing = match params.flag("overwrite")? {
        Some(true) => Existing::Replace,
        _ => Existing::Keep,
    };
    let written = using.client.files.write(&path, existing, content).await;
    let written = written.map_err(|error| problem(&using, &error))?;
    Ok(Json(FileWritten {
        size: written.size,
        sha256: HEXLOWER.encode(&written.sha256),
    }))
}

/// Makes a folder, renames, or removes.
#[utoipa::path(post, path = "/v1/portal/files/{session}/{verb}", tag = "portal", request_body = FileChange,
    params(("session" = String, Path), ("verb" = String, Path, description = "`mkdir`, `rename` or `remove`")),
    responses((status = 204), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 409, body = ProblemDocument), (status = 410, body = ProblemDocument), (status = 423, body = ProblemDocument)))]
pub async fn change(
    State(api): State<Api>,
    viewer: Viewer,
    Path((session, verb)): Path<(String, String)>,
    Body(change): Body<FileChange>,
) -> Answer<StatusCode> {
    let using = usable(&api, &viewer, &session)?;
    let path = checked(&change.path)?;
    let client = &using.client.files;
    let done = match (verb.as_str(), &change.to) {
        ("mkdir", None) => client.mkdir(&path).await,
        ("rename", Some(to)) => client.rename(&path, &checked(to)?).await,
        ("rename", None) => return Err(Problem::invalid("`to` is missing: the new path")),
        ("remove", None) if change.recursive => client.remove(&path, Depth::All).await,
        ("remove", None) => client.remove(&path, Depth::Empty).await,
        ("mkdir" | "remove", Some(_)) => return Err(Problem::invalid("`to` is only for `rename`")),
        _ => return Err(Problem::not_found()),
    };
    done.map_err(|error| problem(&using, &error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a file session.
#[utoipa::path(delete, path = "/v1/portal/files/{session}", tag = "portal", params(("session" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub async fn close(
    State(api): State<Api>,
    viewer: Viewer,
    Path(session): Path<String>,
) -> Answer<StatusCode> {
    let using = known(&api, &viewer, &session)?;
    using.close.cancel();
    api.portals().remove(using.id);
    Ok(StatusCode::NO_CONTENT)
}

/// Begins a visit for the viewer. Whether they may use the resource is decided inside, and put on record there.
pub(crate) fn enter(
    api: &Api,
    viewer: &Viewer,
    resource: &str,
    interface: ClientInterface,
    purpose: Purpose,
) -> Answer<Entrance> {
    let peer = SocketAddr::new(viewer.address, 0);
    let entrance = api
        .engine()
        .enter(viewer.person.clone(), resource, peer, interface, purpose);
    entrance.ok_or_else(|| {
        let may_use = policy::decide(&api.engine().directory(), &viewer.person, resource, None).is_ok();
        if may_use {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "no_web_client",
                format!("`{resource}` cannot be used with a browser"),
            )
            .hint("use a native client; `doorward connect` carries its connection")
        } else {
            Problem::not_found()
        }
    })
}

/// Waits for the reason why a visit has ended; its stream has.
pub(crate) async fn stopped(mut news: watch::Receiver<News>) -> Stop {
    let told = tokio::time::timeout(NEWS, news.wait_for(|news| news.stop.is_some())).await;
    let stop = told.ok().and_then(Result::ok).and_then(|news| news.stop.clone());
    stop.unwrap_or_else(|| Stop::new(EndReason::UserDisconnect))
}

/// Answers the one question that a resource may ask with the one secret that there is.
pub(crate) struct OneSecret {
    secret: Option<SecretText>,
    answered: bool,
    unanswered: Option<String>,
}

impl OneSecret {
    pub(crate) fn new(secret: Option<SecretText>) -> Self {
        Self {
            secret,
            answered: false,
            unanswered: None,
        }
    }
}

#[async_trait]
impl Face for OneSecret {
    async fn ask(&mut self, prompt: &str, _echo: Echo) -> Option<SecretText> {
        let secret = self.secret.take();
        self.answered |= secret.is_some();
        if secret.is_none() {
            self.unanswered = Some(prompt.trim().chars().take(200).collect());
        }
        secret
    }

    async fn tell(&mut self, _text: &str) {}
}

/// Says why a session could not be opened on a resource with an account.
pub(crate) async fn why_not(
    api: &Api,
    viewer: &Viewer,
    (resource, account): (&str, Option<&str>),
    face: &OneSecret,
    error: PortalError,
    news: watch::Receiver<News>,
) -> Problem {
    if let PortalError::Refused(why) = error {
        return Problem::new(StatusCode::FORBIDDEN, "files_refused", why);
    }
    match &face.unanswered {
        Some(prompt) if !face.answered => {
            return Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "secret_needed", prompt)
                .hint("send the account's password as `secret`");
        }
        Some(_) => return wrong_secret(),
        None => {}
    }
    let decided = policy::decide(&api.engine().directory(), &viewer.person, resource, account);
    match decided {
        Err(policy::Refused::NoAccess { .. } | policy::Refused::Denied { .. }) => {
            return Problem::not_found();
        }
        Err(refused @ policy::Refused::NoAccount { .. }) => return Problem::forbidden(refused.to_string()),
        Err(refused @ policy::Refused::Locked { .. }) => return locked(refused.to_string()),
        Ok(_) => {}
    }
    let stop = stopped(news).await;
    match stop.reason {
        EndReason::TargetUnreachable => {
            Problem::new(StatusCode::BAD_GATEWAY, "resource_unreachable", stop.to_caller())
        }
        // Some hosts ask once only.
        EndReason::AuthFailed if face.answered => wrong_secret(),
        EndReason::AuthFailed => {
            Problem::new(StatusCode::BAD_GATEWAY, "resource_login_failed", stop.to_caller())
        }
        EndReason::PolicyViolation => Problem::forbidden(stop.to_caller()),
        _ => gone(&stop.to_caller()),
    }
}

fn wrong_secret() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "wrong_secret",
        "the resource did not accept the secret",
    )
}

/// Finds a file session of the viewer's that runs and that no lock holds.
///
/// What begins while a lock is in force is answered with the lock, as nobody should wait in front of a page for an hour. What was under
/// way when it came waits, as for every client, and goes on after it.
fn usable(api: &Api, viewer: &Viewer, session: &str) -> Answer<Using<Browsing>> {
    unlocked(running(api, viewer, session)?)
}

pub(crate) fn unlocked<C>(using: Using<C>) -> Answer<Using<C>> {
    let lock = using.news.borrow().lock();
    match lock {
        Some(lock) => Err(locked(words(&lock))),
        None => Ok(using),
    }
}

fn running(api: &Api, viewer: &Viewer, session: &str) -> Answer<Using<Browsing>> {
    going_on(known(api, viewer, session)?)
}

pub(crate) fn going_on<C>(using: Using<C>) -> Answer<Using<C>> {
    match using.ended() {
        None => Ok(using),
        Some(ended) => Err(gone(&last_words(&using, ended))),
    }
}

fn known(api: &Api, viewer: &Viewer, session: &str) -> Answer<Using<Browsing>> {
    let id: SessionId = session.parse().map_err(|_| Problem::not_found())?;
    api.portals().find(id, viewer).ok_or_else(Problem::not_found)
}

pub(crate) fn last_words<C>(session: &Opened<C>, ended: Ended) -> String {
    let stop = session.news.borrow().stop.clone();
    match (ended, stop) {
        (Ended::Unused, _) => "nobody used it for five minutes".to_owned(),
        (Ended::Session, Some(stop)) => stop.to_caller(),
        (Ended::Session, None) => "it is being closed".to_owned(),
    }
}

pub(crate) fn gone(why: &str) -> Problem {
    Problem::new(
        StatusCode::GONE,
        "session_ended",
        format!("the session has ended: {why}"),
    )
    .hint("open a new one")
}

fn locked(text: String) -> Problem {
    Problem::new(StatusCode::LOCKED, "locked", text).hint("it goes on when the lock is lifted")
}

fn words(lock: &Lock) -> String {
    engine::Notice::Locked(lock.clone()).text()
}

/// Says why an operation was not done.
fn problem(session: &FileSession, error: &FileError) -> Problem {
    let text = error.to_string();
    match error {
        FileError::NotFound => Problem::new(StatusCode::NOT_FOUND, "no_such_file", text),
        FileError::Exists => Problem::new(StatusCode::CONFLICT, "exists", text),
        FileError::Denied => Problem::new(StatusCode::FORBIDDEN, "denied_by_resource", text)
            .hint("the account's permissions on the resource decide this"),
        FileError::Refused(_) => Problem::new(StatusCode::FORBIDDEN, "refused_by_profile", text)
            .hint("the profile of your access rule decides this; ask an administrator"),
        FileError::Invalid(_) => Problem::invalid(text),
        FileError::Failed(_) => Problem::new(StatusCode::BAD_GATEWAY, "resource_failed", text),
        FileError::Cut => Problem::new(StatusCode::BAD_REQUEST, "cut", text),
        FileError::Ended => gone(&last_words(session, session.ended().unwrap_or(Ended::Session))),
    }
}

fn named(params: &Params) -> Answer<String> {
    let path = params.one("path");
    checked(path.ok_or_else(|| Problem::invalid("`path` is missing"))?)
}

fn checked(path: &str) -> Answer<String> {
    if path.is_empty() || path.len() > LONGEST_PATH || path.contains('\0') {
        return Err(Problem::invalid(format!(
            "a path has 1 to {LONGEST_PATH} bytes, and none of them is zero"
        )));
    }
    Ok(path.to_owned())
}

/// Writes the header that makes a browser save the answer: RFC 6266 §4.3, with the name in the form of RFC 8187.
fn attachment(path: &str) -> HeaderValue {
    let name = path.rsplit('/').next().unwrap_or_default();
    let name: String = name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    let value = format!("attachment; filename*=UTF-8''{name}");
    HeaderValue::from_str(&value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

fn draw(listing: Listing) -> FileListing {
    FileListing {
        path: listing.path,
        entries: listing.entries.into_iter().map(line).collect(),
        next: listing.next,
    }
}

fn line(entry: FileEntry) -> FileLine {
    FileLine {
        name: entry.name,
        kind: match entry.kind {
            FileKind::File => "file",
            FileKind::Folder => "folder",
            FileKind::Link => "link",
            FileKind::Other => "other",
        },
        size: entry.size,
        mode: entry.mode,
        modified: entry
            .modified
            .and_then(|secs| crate::view::time::time(domain::Micros(i64::from(secs) * 1_000_000))),
        link_to: entry.link_to,
    }
}
