//! The SQL console: statements on a resource from a browser, through the gateway's own client of the resource's protocol.
//!
//! What is shown is the person's own work on the resource, by the rules of its profile and in its activity log, cut to what a page can
//! hold. In full it leaves through [`super::results`] and the gate only, from the recording.

use std::{pin::pin, sync::Arc, time::Duration};

use axum::{
    Json,
    body::Body as Raw,
    extract::{Path, RawQuery, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::{
    SessionId,
    object::SecretText,
    session::{ClientInterface, SessionVerb},
};
use engine::{
    Entrance, News, Purpose,
    statements::{Analyze, GaveUp, Message, Names, Part, Share, Statements, Transaction},
};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep},
};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::Viewer,
    body::Body,
    portals::{Ended, StatementSession, Using},
    problem::{Answer, Problem, ProblemDocument},
    query::Params,
    routes::{
        portal::{FilesLock, OneSecret, enter, going_on, gone, last_words, unlocked, why_not},
        results::{PAGE, ResultView, SHOWN, draw},
    },
};

/// The longest text that is run.
const LONGEST: usize = 1 << 20;

/// How much of a plan is shown.
const PLAN: usize = 512 << 10;

/// How long a result stays open that nobody reads on.
const OPEN: Duration = Duration::from_mins(2);

/// How often it is looked whether one does.
const LOOK: Duration = Duration::from_secs(15);

/// How long nothing is sent at most, while a statement runs.
const QUIET: Duration = Duration::from_secs(10);

/// Lines that wait for a browser.
const WAITING: usize = 2;

/// A wish for a session for statements.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlWish {
    /// The resource's name.
    pub resource: String,
    /// The account; the rule's first one when absent.
    pub account: Option<String>,
    /// The database; the resource's own default when absent.
    pub database: Option<String>,
    /// What to answer when the resource asks for the account's password, where the gateway has none for it.
    #[schema(value_type = Option<String>)]
    pub secret: Option<SecretText>,
    /// It is for one text only, as that of `doorward exec`: the session's verb is `exec`.
    #[serde(default)]
    pub exec: bool,
}

/// A session for statements that is open.
#[derive(Debug, Serialize, ToSchema)]
pub struct SqlOpened {
    /// The session's id.
    pub session: String,
    /// The database that it is in.
    pub database: String,
}

/// How a session for statements is.
#[derive(Debug, Serialize, ToSchema)]
pub struct SqlState {
    /// The session's id.
    pub session: String,
    /// The database that it is in.
    pub database: String,
    /// `none`, `open` or `failed`.
    pub transaction: &'static str,
    /// Why nothing can be done now; null when it can.
    pub lock: Option<FilesLock>,
}

/// What to run.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlText {
    /// One or several statements. They are run one after the other, up to the first that fails; each commits by itself, unless there is
    /// a transaction.
    pub text: String,
    /// `plan` shows how they would be run, `analyze` runs them and shows how they were.
    pub explain: Option<String>,
}

/// What is said while a text is run: one document on each line. Empty lines mean nothing, and are sent while nothing else is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = SqlSays)]
pub enum Say {
    /// A statement begins.
    Statement {
        /// Where it begins in the text, and where it ends, in UTF-16 units.
        from: usize,
        /// See `from`.
        to: usize,
    },
    /// What came of it.
    Result(Box<SqlPart>),
    /// It is over.
    End {
        /// How the transaction stands: `none`, `open` or `failed`.
        transaction: &'static str,
        /// Why the session has ended, when it has.
        ended: Option<String>,
    },
}

/// A part of what came of a statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct SqlPart {
    /// Names the result for `/v1/sessions/{id}/results/{which}`.
    pub which: String,
    /// Rows, cut to what a page can hold.
    #[serde(flatten)]
    pub result: ResultView,
    /// Rows so far.
    pub rows_so_far: u64,
    /// What the resource says was done; null while it goes on, and after an error.
    pub tag: Option<String>,
    /// What the resource says besides.
    pub notices: Vec<SqlMessage>,
    /// Why it failed; null when it did not.
    pub error: Option<SqlMessage>,
    /// How long this part took, in milliseconds.
    pub took_ms: u64,
}

/// An error or a notice of the resource.
#[derive(Debug, Serialize, ToSchema)]
pub struct SqlMessage {
    /// `ERROR`, `NOTICE` …
    pub severity: String,
    /// The protocol's code, such as an SQLSTATE.
    pub code: String,
    /// What it says.
    pub message: String,
    /// More of it; may be empty.
    pub detail: String,
    /// What can be done; may be empty.
    pub hint: String,
    /// Where in the statement it is, in characters from 1.
    pub position: Option<u32>,
}

/// The names that an editor completes.
#[derive(Debug, Serialize, ToSchema)]
pub struct SqlNames {
    /// Tables and views.
    pub tables: Vec<SqlTable>,
    /// Functions, as `schema` and `name`.
    pub functions: Vec<SqlFunction>,
    /// There are more than are listed.
    pub more: bool,
}

/// A table or a view.
#[derive(Debug, Serialize, ToSchema)]
pub struct SqlTable {
    /// The schema's name.
    pub schema: String,
    /// The name.
    pub name: String,
    /// `table`, `view` …
    pub kind: String,
    /// The names of the columns.
    pub columns: Vec<String>,
}

/// A function.
#[derive(Debug, Serialize, ToSchema)]
pub struct SqlFunction {
    /// The schema's name.
    pub schema: String,
    /// The name.
    pub name: String,
}

/// A session of somebody that runs statements.
type Running = Using<Statements>;

/// Opens a session for statements on a resource: a session like any other, whose interface is `web`.
///
/// It ends five minutes after its last request, by `DELETE`, and as every session does. Only who opened it, with the same sign-in, can use it.
#[utoipa::path(post, path = "/v1/portal/sql", tag = "portal", request_body = SqlWish,
    responses((status = 201, body = SqlOpened), (status = 403, body = ProblemDocument), (status = 404, body = ProblemDocument),
        (status = 422, body = ProblemDocument), (status = 423, body = ProblemDocument), (status = 502, body = ProblemDocument)))]
pub async fn open(
    State(api): State<Api>,
    viewer: Viewer,
    Body(wish): Body<SqlWish>,
) -> Answer<(StatusCode, Json<SqlOpened>)> {
    let verb = if wish.exec {
        SessionVerb::Exec
    } else {
        SessionVerb::Connect
    };
    let purpose = Purpose { verb, rerun_of: None };
    let (session, client, news) = begin(&api, &viewer, &wish, purpose).await?;
    let database = client.database();
    let opened = Arc::new(StatementSession::new(session, &viewer, client, news));
    api.statements().insert(Arc::clone(&opened));
    api.engine().look_after(look_after(opened));
    let opened = SqlOpened {
        session: session.to_string(),
        database,
    };
    Ok((StatusCode::CREATED, Json(opened)))
}

/// Enters a resource as the viewer, by the rules that hold for them.
pub(crate) async fn begin(
    api: &Api,
    viewer: &Viewer,
    wish: &SqlWish,
    purpose: Purpose,
) -> Answer<(SessionId, Statements, watch::Receiver<News>)> {
    // Who runs one text does so from the command line.
    let interface = if wish.exec {
        ClientInterface::Cli
    } else {
        ClientInterface::Web
    };
    let entrance = enter(api, viewer, &wish.resource, interface, purpose)?;
    let Entrance { portal, stream, news } = entrance;
    let mut face = OneSecret::new(wish.secret.clone());
    let account = wish.account.as_deref().filter(|account| !account.is_empty());
    let database = wish.database.as_deref().filter(|database| !database.is_empty());
    let client = match portal.statements(stream, account, database, &mut face).await {
        Ok(client) => client,
        Err(error) => {
            return Err(why_not(api, viewer, (&wish.resource, account), &face, error, news).await);
        }
    };
    let session = news.borrow().session;
    let session = session.ok_or_else(|| Problem::internal("a portal without a session"))?;
    Ok((session, client, news))
}

/// Keeps a session until it ends, and its results open no longer than they are read.
async fn look_after(opened: Arc<StatementSession>) {
    let mut news = opened.news.clone();
    let letting_go = async {
        loop {
            sleep(LOOK).await;
            opened.client.let_go(OPEN).await;
        }
    };
    let ended = tokio::select! {
        // Fails when the visit is gone, which is the same.
        _over = news.wait_for(|news| news.stop.is_some()) => Ended::Session,
        () = opened.close.cancelled() => Ended::Session,
        () = opened.unused() => Ended::Unused,
        () = letting_go => Ended::Session,
    };
    opened.end(ended);
    opened.client.close().await;
}

/// Says how a session for statements is, and keeps it open. It sends nothing to the resource, so that the profile's idle limit goes on.
#[utoipa::path(get, path = "/v1/portal/sql/{session}", tag = "portal", params(("session" = String, Path)),
    responses((status = 200, body = SqlState), (status = 404, body = ProblemDocument), (status = 410, body = ProblemDocument)))]
pub async fn state(
    State(api): State<Api>,
    viewer: Viewer,
    Path(session): Path<String>,
) -> Answer<Json<SqlState>> {
    let using = going_on(known(&api, &viewer, &session)?)?;
    let lock = using.news.borrow().lock();
    Ok(Json(SqlState {
        session: using.id.to_string(),
        database: using.client.database(),
        transaction: word(using.client.transaction()),
        lock: lock.map(|lock| FilesLock {
            by: lock.by,
            title: lock.title,
            message: lock.message,
        }),
    }))
}

/// Runs a text. The answer comes as it happens, a document on each line; of each result it holds the first part. A request that is
/// given up cancels what runs.
#[utoipa::path(post, path = "/v1/portal/sql/{session}/run", tag = "portal", params(("session" = String, Path)), request_body = SqlText,
    responses((status = 200, body = Say, content_type = "application/x-ndjson"), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument),
        (status = 410, body = ProblemDocument), (status = 422, body = ProblemDocument), (status = 423, body = ProblemDocument)))]
pub async fn run(
    State(api): State<Api>,
    viewer: Viewer,
    Path(session): Path<String>,
    Body(wish): Body<SqlText>,
) -> Answer<Response> {
    let using = unlocked(going_on(known(&api, &viewer, &session)?)?)?;
    if wish.text.len() > LONGEST {
        return Err(Problem::invalid(format!(
            "a text has {LONGEST} bytes at most; use a native client for longer ones"
        )));
    }
    let explain = match wish.explain.as_deref() {
        None | Some("") => None,
        Some("plan") => Some(Analyze::No),
        Some("analyze") => Some(Analyze::Yes),
        Some(other) => {
            return Err(Problem::invalid(format!(
                "`{other}` is not a way to explain; valid are: plan, analyze"
            )));
        }
    };
    if using.client.split(&wish.text).is_empty() {
        return Err(Problem::invalid("there is no statement in the text"));
    }
    let (say, said) = mpsc::channel(WAITING);
    api.engine().look_after(run_all(using, wish.text, explain, say));
    let body = Raw::from_stream(stream::unfold(said, |mut said| async move {
        let line: Bytes = said.recv().await?;
        Some((Ok::<_, std::convert::Infallible>(line), said))
    }));
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}

/// Runs the statements of a text one after the other, up to the first that fails.
async fn run_all(using: Running, text: String, explain: Option<Analyze>, say: mpsc::Sender<Bytes>) {
    let mut share = share(PAGE.0);
    if explain.is_some() {
        share.value = PLAN;
    }
    let mut ended = None;
    for range in using.client.split(&text) {
        let units = |end: usize| text.get(..end).unwrap_or_default().encode_utf16().count();
        let (from, to) = (units(range.start), units(range.end));
        tell(&say, &Say::Statement { from, to }).await;
        let statement = text.get(range).unwrap_or_default();
        let explained = explain.map(|analyze| using.client.explain(statement, analyze));
        let statement = explained.as_deref().unwrap_or(statement);
        let began = Instant::now();
        let ran = follow(&using, using.client.run(statement, &[], share), &say).await;
        match ran {
            Ok(part) => {
                let failed = part.error.is_some();
                tell(&say, &Say::Result(Box::new(drawn(part, began)))).await;
                if failed || say.is_closed() {
                    break;
                }
            }
            Err(GaveUp::Ended) => {
                ended = Some(over(&using).await);
                break;
            }
            Err(why) => {
                ended = Some(why.to_string());
                break;
            }
        }
    }
    let transaction = word(using.client.transaction());
    tell(&say, &Say::End { transaction, ended }).await;
}

/// Awaits an operation. When nobody listens any more it is cancelled on the resource; when the session is closed it is dropped.
async fn follow<T>(
    using: &Running,
    work: impl Future<Output = Result<T, GaveUp>>,
    say: &mpsc::Sender<Bytes>,
) -> Result<T, GaveUp> {
    let mut work = pin!(work);
    let mut listens = true;
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = using.close.cancelled() => return Err(GaveUp::Ended),
            () = say.closed(), if listens => {
                listens = false;
                using.client.cancel().await;
            }
            () = sleep(QUIET) => {
                // Whoever is gone is noticed above.
                let _quiet = say.try_send(Bytes::from_static(b"\n"));
            }
        }
    }
}

async fn tell(say: &mpsc::Sender<Bytes>, what: &Say) {
    if let Ok(mut line) = serde_json::to_vec(what) {
        line.push(b'\n');
        // A browser that is gone hears nothing.
        let _gone = say.send(line.into()).await;
    }
}

/// Reads the next rows of the result that is open. 409 `nothing_open` when it was given up.
#[utoipa::path(post, path = "/v1/portal/sql/{session}/more", tag = "portal",
    params(("session" = String, Path), ("rows" = Option<usize>, Query, description = "500 unless told, 1000 at most")),
    responses((status = 200, body = SqlPart), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument),
        (status = 410, body = ProblemDocument), (status = 423, body = ProblemDocument)))]
pub async fn more(
    State(api): State<Api>,
    viewer: Viewer,
    Path(session): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Json<SqlPart>> {
    let params = Params::read(query.as_deref().unwrap_or_default());
    params.only(&["rows"])?;
    let using = unlocked(going_on(known(&api, &viewer, &session)?)?)?;
    let rows = params.parse("rows")?.unwrap_or(PAGE.0).clamp(1, PAGE.1);
    read_on(&api, using, share(rows)).await
}

/// Reads the open result to its end without showing it, so that the recording has all of it; then it can leave as a file.
#[utoipa::path(post, path = "/v1/portal/sql/{session}/rest", tag = "portal", params(("session" = String, Path)),
    responses((status = 200, body = SqlPart), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument),
        (status = 410, body = ProblemDocument), (status = 423, body = ProblemDocument)))]
pub async fn rest(
    State(api): State<Api>,
    viewer: Viewer,
    Path(session): Path<String>,
) -> Answer<Json<SqlPart>> {
    let using = unlocked(going_on(known(&api, &viewer, &session)?)?)?;
    read_on(&api, using, Share::NOTHING).await
}

async fn read_on(api: &Api, using: Running, share: Share) -> Answer<Json<SqlPart>> {
    let began = Instant::now();
    let (answer, answered) = oneshot::channel();
    let (listening, heard) = mpsc::channel(1);
    // A task of its own: a request that is given up must not leave the connection in the middle of an answer.
    api.engine().look_after(async move {
        let part = follow(&using, using.client.more(share), &listening).await;
        let part = match part {
            Ok(part) => Ok(part),
            Err(GaveUp::Ended) => Err(gone(&over(&using).await)),
            Err(why) => Err(conflict(&why)),
        };
        // The request may have been given up.
        let _gone = answer.send(part);
    });
    let part = answered.await.map_err(Problem::internal)?;
    drop(heard);
    Ok(Json(drawn(part?, began)))
}

/// Asks the resource to stop what runs.
#[utoipa::path(post, path = "/v1/portal/sql/{session}/cancel", tag = "portal", params(("session" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument), (status = 410, body = ProblemDocument)))]
pub async fn cancel(
    State(api): State<Api>,
    viewer: Viewer,
    Path(session): Path<String>,
) -> Answer<StatusCode> {
    let using = going_on(known(&api, &viewer, &session)?)?;
    using.client.cancel().await;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the names of the database that an editor completes.
#[utoipa::path(get, path = "/v1/portal/sql/{session}/names", tag = "portal", params(("session" = String, Path)),
    responses((status = 200, body = SqlNames), (status = 404, body = ProblemDocument), (status = 409, body = ProblemDocument),
        (status = 410, body = ProblemDocument), (status = 423, body = ProblemDocument)))]
pub async fn names(
    State(api): State<Api>,
    viewer: Viewer,
    Path(session): Path<String>,
) -> Answer<Json<SqlNames>> {
    let using = unlocked(going_on(known(&api, &viewer, &session)?)?)?;
    let (answer, answered) = oneshot::channel();
    api.engine().look_after(async move {
        let names = using.client.names().await;
        // The request may have been given up.
        let _gone = answer.send(names.map_err(|why| conflict(&why)));
    });
    let names: Names = answered.await.map_err(Problem::internal)??;
    Ok(Json(SqlNames {
        tables: names
            .tables
            .into_iter()
            .map(|table| SqlTable {
                schema: table.schema,
                name: table.name,
                kind: table.kind,
                columns: table.columns,
            })
            .collect(),
        functions: names
            .functions
            .into_iter()
            .map(|(schema, name)| SqlFunction { schema, name })
            .collect(),
        more: names.more,
    }))
}

/// Ends a session for statements.
#[utoipa::path(delete, path = "/v1/portal/sql/{session}", tag = "portal", params(("session" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDocument)))]
pub async fn close(
    State(api): State<Api>,
    viewer: Viewer,
    Path(session): Path<String>,
) -> Answer<StatusCode> {
    let using = known(&api, &viewer, &session)?;
    using.close.cancel();
    api.statements().remove(using.id);
    Ok(StatusCode::NO_CONTENT)
}

fn known(api: &Api, viewer: &Viewer, session: &str) -> Answer<Running> {
    let id: SessionId = session.parse().map_err(|_| Problem::not_found())?;
    api.statements().find(id, viewer).ok_or_else(Problem::not_found)
}

fn share(rows: usize) -> Share {
    Share {
        rows,
        value: SHOWN.0,
        bytes: SHOWN.1,
    }
}

fn conflict(why: &GaveUp) -> Problem {
    let code = match why {
        GaveUp::Busy => "busy",
        GaveUp::NothingOpen => "nothing_open",
        GaveUp::Ended => return gone("its connection is closed"),
    };
    Problem::new(StatusCode::CONFLICT, code, why.to_string())
}

/// Says why a session has ended whose connection has.
async fn over(using: &Running) -> String {
    let mut news = using.news.clone();
    // The news come just before the end of the stream, and may be read just after it.
    let told = tokio::time::timeout(QUIET, news.wait_for(|news| news.stop.is_some())).await;
    drop(told);
    last_words(using, using.ended().unwrap_or(Ended::Session))
}

fn drawn(part: Part, began: Instant) -> SqlPart {
    let mut part = part;
    let notices = std::mem::take(&mut part.notices);
    SqlPart {
        which: format!("n{}", part.number),
        rows_so_far: part.rows_so_far,
        tag: part.tag.take(),
        error: part.error.take().map(message),
        notices: notices.into_iter().map(message).collect(),
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        result: draw(part),
    }
}

pub(crate) fn message(message: Message) -> SqlMessage {
    SqlMessage {
        severity: message.severity,
        code: message.code,
        message: message.message,
        detail: message.detail,
        hint: message.hint,
        position: message.position,
    }
}

fn word(transaction: Transaction) -> &'static str {
    match transaction {
        Transaction::None => "none",
        Transaction::Open => "open",
        Transaction::Failed => "failed",
    }
}
