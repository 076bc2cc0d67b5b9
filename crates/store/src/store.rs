//! Opening the store, and what every call shares.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    Micros,
    audit::{Actor, AuditEvent},
};
use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
};

use crate::{
    ContentKey, Error,
    db::{Board, BoxFuture, Dialect, Pool, Row, Sql, Tx, Writer, follow},
};

/// The store. Cheap to clone; all clones share the same pools and the same writer.
///
/// A write is durable when its call returns. Once a write was accepted it runs to its end even when the caller goes away.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    pool: Pool,
    writer: Writer,
    board: Arc<Board>,
    follower: Option<JoinHandle<()>>,
    content_key: ContentKey,
    /// The number of all sessions, and when it was counted.
    sessions_known: Mutex<Option<(Instant, f64)>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(follower) = &self.follower {
            follower.abort();
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

/// How the store is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Encrypts what was typed in sessions and blinds its search index; kept by the vault.
    pub content_key: ContentKey,
    /// Connections for reading (SQLite) or altogether (PostgreSQL).
    pub connections: u32,
    /// How long a call waits for a connection.
    pub patience: Duration,
}

impl Options {
    /// Gives the defaults: 8 connections, 10 s of patience.
    #[must_use]
    pub fn new(content_key: ContentKey) -> Self {
        Self {
            content_key,
            connections: 8,
            patience: Duration::from_secs(10),
        }
    }
}

/// Who makes a change, when, from where and with what words: what its audit event says.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// When.
    pub at: Micros,
    /// Who.
    pub actor: Actor,
    /// From where, when a person did it; may be empty.
    pub client_ip: String,
    /// More for the audit log, such as a reason that a person gave; holds no secret. Null for nothing.
    pub detail: serde_json::Value,
}

impl Cause {
    /// Names who and when.
    pub fn new(at: Micros, actor: Actor) -> Self {
        Self {
            at,
            actor,
            client_ip: String::new(),
            detail: serde_json::Value::Null,
        }
    }

    /// Says from where it was done.
    #[must_use]
    pub fn from_ip(mut self, ip: impl Into<String>) -> Self {
        self.client_ip = ip.into();
        self
    }

    /// Adds more for the audit log.
    #[must_use]
    pub fn with_detail(mut self, detail: serde_json::Value) -> Self {
        self.detail = detail;
        self
    }

    /// Begins the audit event of a change.
    pub(crate) fn event(&self, kind: impl Into<String>) -> AuditEvent {
        AuditEvent::new(self.at, kind, self.actor.clone())
            .from_ip(self.client_ip.clone())
            .with_detail(self.detail.clone())
    }
}

impl Store {
    /// Opens `sqlite://path/to/meta.db` (made when missing) or `postgres://…`, brings its tables up to date and starts the writer.
    pub async fn open(url: &str, options: Options) -> Result<Self, Error> {
        let (pool, sqlite_writer) = Pool::open(url, &options).await?;
        let board = Board::read(&pool).await?;
        let follower = follow(&pool, board.clone());
        let writer = Writer::start(&pool, sqlite_writer, board.clone());
        let content_key = options.content_key;
        Ok(Self {
            inner: Arc::new(Inner {
                pool,
                writer,
                board,
                follower,
                content_key,
                sessions_known: Mutex::new(None),
            }),
        })
    }

    /// Commits what was accepted, stops the writer and closes every connection. Later calls fail with [`Error::Closed`].
    pub async fn close(&self) {
        if let Some(follower) = &self.inner.follower {
            follower.abort();
        }
        self.inner.writer.close().await;
        self.inner.pool.close().await;
    }

    /// Watches the sequence number of the newest committed audit event, of this node and (on `PostgreSQL`, within a second) of others.
    pub fn audit_changed(&self) -> watch::Receiver<i64> {
        self.inner.board.audit.subscribe()
    }

    /// Watches the version of the declared objects and standing locks; rebuild the directory when it grows.
    pub fn directory_changed(&self) -> watch::Receiver<i64> {
        self.inner.board.directory.subscribe()
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.inner.pool.dialect()
    }

    pub(crate) fn content_key(&self) -> &ContentKey {
        &self.inner.content_key
    }

    pub(crate) fn sessions_known(&self) -> &Mutex<Option<(Instant, f64)>> {
        &self.inner.sessions_known
    }

    pub(crate) async fn rows(&self, sql: Sql) -> Result<Vec<Row>, Error> {
        self.inner.pool.rows(sql).await
    }

    pub(crate) async fn row(&self, sql: Sql) -> Result<Option<Row>, Error> {
        self.inner.pool.row(sql).await
    }

    /// Runs a job in a transaction; see [`Writer::run`].
    pub(crate) async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'c> FnOnce(&'c mut Tx) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.inner.writer.run(job).await
    }
}
