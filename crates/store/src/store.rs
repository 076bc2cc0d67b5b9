//! Opening the store, and what every call shares.

use std::{sync::Arc, time::Duration};

use domain::{Micros, audit::Actor};
use tokio::sync::watch;

use crate::{ContentKey, Error};

/// The store. Cheap to clone; all clones share the same pools and the same writer.
///
/// A write is durable when its call returns. Once a write was accepted it runs to its end even when the caller goes away.
#[derive(Clone)]
pub struct Store {
    inner: Arc<()>,
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
}

impl Store {
    /// Opens `sqlite://path/to/meta.db` (made when missing) or `postgres://…`, brings its tables up to date and starts the writer.
    pub async fn open(url: &str, options: Options) -> Result<Self, Error> {
        todo!()
    }

    /// Commits what was accepted, stops the writer and closes every connection. Later calls fail with [`Error::Closed`].
    pub async fn close(&self) {
        todo!()
    }

    /// Watches the sequence number of the newest committed audit event, of this node and (on PostgreSQL, within a second) of others.
    pub fn audit_changed(&self) -> watch::Receiver<i64> {
        todo!()
    }

    /// Watches the version of the declared objects and standing locks; rebuild the directory when it grows.
    pub fn directory_changed(&self) -> watch::Receiver<i64> {
        todo!()
    }
}
