//! A protocol's own client, run by the gateway for a person who has only a browser.
//!
//! It sits on the caller's side of an ordinary visit, at the other end of a stream within the process: recording, rules, locks, limits
//! and endings are those of every caller, because they are the same code. What runs here has no more rights than a native client.

use std::{pin::Pin, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use domain::{
    SessionId,
    object::SecretText,
    person::Person,
    session::{ClientInterface, Life, Lock, SessionVerb},
    stop::Stop,
};
use futures_util::Stream as Sequence;
use tokio::sync::{oneshot, watch};

use crate::{
    engine::Engine,
    protocol::{Arrival, Carried, Stream},
    statements::Statements,
};

/// Bytes that wait between the client and the visit, each way.
const BETWEEN: usize = 64 << 10;

/// A protocol's own client. A protocol that people cannot use with a browser has none.
#[async_trait]
pub trait Portal: Send + Sync {
    /// Signs in over the stream and opens a terminal. Dropping the future or what it gives ends the visit.
    async fn terminal(
        &self,
        stream: Stream,
        account: Option<&str>,
        size: Size,
        person: &mut dyn Face,
    ) -> Result<Terminal, PortalError> {
        drop((stream, account, size, person));
        Err(PortalError::Refused("this resource has no terminal".to_owned()))
    }

    /// Signs in over the stream and gets ready to move files. Dropping the future or what it gives ends the visit.
    async fn files(
        &self,
        stream: Stream,
        account: Option<&str>,
        person: &mut dyn Face,
    ) -> Result<Files, PortalError> {
        drop((stream, account, person));
        Err(PortalError::Refused("this resource has no files".to_owned()))
    }

    /// Signs in over the stream and gets ready to run statements, in a database or the resource's own default. Dropping the future or
    /// what it gives ends the visit.
    async fn statements(
        &self,
        stream: Stream,
        account: Option<&str>,
        database: Option<&str>,
        person: &mut dyn Face,
    ) -> Result<Statements, PortalError> {
        drop((stream, account, database, person));
        Err(PortalError::Refused(
            "this resource takes no statements".to_owned(),
        ))
    }
}

/// The person while the client signs in: what is asked of them, and what they are told.
#[async_trait]
pub trait Face: Send {
    /// Asks for something such as the password of an account that the gateway has none for; [`None`] when there is no answer.
    async fn ask(&mut self, prompt: &str, echo: Echo) -> Option<SecretText>;

    /// Shows a text from the gateway or the resource.
    async fn tell(&mut self, text: &str);
}

/// Whether an answer may be seen while it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// It may.
    Shown,
    /// It is a secret.
    Hidden,
}

/// Why a client did not get in, or not as far as it was to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortalError {
    /// The visit has ended; [`News`] says why.
    #[error("the session has ended")]
    Ended,
    /// The session is there, and a terminal or the transfer of files is not allowed in it, or the resource has none.
    #[error("{0}")]
    Refused(String),
}

/// The size of a terminal in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
}

/// A terminal that is open.
pub struct Terminal {
    /// Its bytes, both ways; reading ends when the program has.
    pub stream: Stream,
    /// Takes new sizes.
    pub size: watch::Sender<Size>,
    /// How the program ended; dropped unanswered when the visit was cut.
    pub exit: oneshot::Receiver<Exit>,
    /// What moves the bytes; must be awaited beside the use of the stream, and ends soon after it.
    pub run: Running,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// The exit status; [`None`] after a signal.
    pub code: Option<u32>,
    /// The signal, without `SIG`.
    pub signal: Option<String>,
}

/// A client for files that is in.
pub struct Files {
    /// What it can do.
    pub client: Arc<dyn FileClient>,
    /// What moves the bytes; must be awaited beside the use of the client. Ends with the visit, or when the client is dropped.
    pub run: Running,
}

/// The part of a client that moves bytes.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The content of a file on its way, in pieces.
pub type Content = Pin<Box<dyn Sequence<Item = Result<Bytes, FileError>> + Send>>;

/// The content of a file that comes from its sender, in pieces.
pub type Incoming = dyn Sequence<Item = Result<Bytes, FileError>> + Send;

/// Moves files on a resource. Each operation may be dropped at any time: what it was doing is given up there too.
///
/// Paths are those of the resource, with `/`.
#[async_trait]
pub trait FileClient: Send + Sync {
    /// Gives the folder that the account begins in.
    async fn home(&self) -> Result<String, FileError>;

    /// Reads a folder: at most `most` entries that come after `after`, folders first, then by name.
    async fn list(&self, path: &str, after: Option<&str>, most: usize) -> Result<Listing, FileError>;

    /// Opens a file for reading.
    async fn read(&self, path: &str) -> Result<Download, FileError>;

    /// Writes a file. A `content` that breaks off leaves what had come, and is no success.
    async fn write(
        &self,
        path: &str,
        existing: Existing,
        content: Pin<&mut Incoming>,
    ) -> Result<Written, FileError>;

    /// Makes a folder.
    async fn mkdir(&self, path: &str) -> Result<(), FileError>;

    /// Gives a file or a folder another name; refuses to replace what is there.
    async fn rename(&self, path: &str, to: &str) -> Result<(), FileError>;

    /// Removes a file, a link or a folder.
    async fn remove(&self, path: &str, depth: Depth) -> Result<(), FileError>;
}

/// What is done with a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the operation fails.
    Keep,
    /// Its content is replaced.
    Replace,
}

/// What is removed of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Only an empty one.
    Empty,
    /// All that is in it too.
    All,
}

/// A part of a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The folder, as the resource writes its path.
    pub path: String,
    /// What is in it, in order.
    pub entries: Vec<FileEntry>,
    /// Where the next part begins; [`None`] at the end.
    pub next: Option<String>,
}

/// A line of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// The name within the folder.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Bytes.
    pub size: Option<u64>,
    /// The mode's bits, without those of the kind.
    pub mode: Option<u32>,
    /// Seconds since 1970.
    pub modified: Option<u32>,
    /// What a link points at.
    pub link_to: Option<String>,
}

/// What an entry of a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// A folder.
    Folder,
    /// A file with content.
    File,
    /// A symbolic link.
    Link,
    /// A device, a socket, a pipe, or something that the resource does not name.
    Other,
}

/// A file that is being read.
pub struct Download {
    /// Its size when it was opened, and how many bytes `content` then gives; [`None`] when the resource does not say or the file has
    /// no size of its own.
    pub size: Option<u64>,
    /// The bytes; not read ahead of whoever takes them by more than a few hundred KiB.
    pub content: Content,
}

/// A file that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Bytes.
    pub size: u64,
    /// SHA-256 of what was sent.
    pub sha256: [u8; 32],
}

/// Why an operation on files was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is no such file or folder.
    #[error("there is no such file or folder on the resource")]
    NotFound,
    /// Something of that name is there.
    #[error("there is a file or a folder of that name already")]
    Exists,
    /// The resource does not let the account do it.
    #[error("the resource does not let this account do that")]
    Denied,
    /// The session's profile does not allow it; says what.
    #[error("{0}")]
    Refused(String),
    /// The path cannot be one, or is not of the kind that is needed; says why.
    #[error("{0}")]
    Invalid(String),
    /// The resource could not do it; what it says.
    #[error("the resource says: {0}")]
    Failed(String),
    /// The content that was to be written broke off.
    #[error("the upload broke off")]
    Cut,
    /// The session has ended.
    #[error("the session has ended")]
    Ended,
}

impl From<FileError> for PortalError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Ended => Self::Ended,
            other => Self::Refused(other.to_string()),
        }
    }
}

/// How the visit behind a stream goes.
#[derive(Debug, Clone, Default)]
pub struct News {
    /// The session, as soon as there is one.
    pub session: Option<SessionId>,
    /// What the session's life has come to.
    life: Option<watch::Receiver<Life>>,
    /// Why the visit ended, just before its stream does.
    pub stop: Option<Stop>,
}

impl News {
    /// Gives the lock that is in force.
    #[must_use]
    pub fn lock(&self) -> Option<Lock> {
        let life = self.life.as_ref()?.borrow();
        life.is_locked().then(|| life.lock.clone()).flatten()
    }
}

/// Where the engine writes the [`News`] of a visit.
#[derive(Debug, Clone)]
pub(crate) struct Reporter(watch::Sender<News>);

impl Reporter {
    pub(crate) fn admitted(&self, session: SessionId, life: watch::Receiver<Life>) {
        self.0.send_modify(|news| {
            news.session = Some(session);
            news.life = Some(life);
        });
    }

    pub(crate) fn stopped(&self, stop: &Stop) {
        self.0.send_modify(|news| {
            news.stop.get_or_insert_with(|| stop.clone());
        });
    }
}

/// What a session is for; noted on it and in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purpose {
    /// One command or statement, or a conversation.
    pub verb: SessionVerb,
    /// The session of which a statement is run again.
    pub rerun_of: Option<SessionId>,
}

impl Default for Purpose {
    fn default() -> Self {
        Self {
            verb: SessionVerb::Connect,
            rerun_of: None,
        }
    }
}

/// The caller's end of a visit that has begun.
pub struct Entrance {
    /// The protocol's client.
    pub portal: Arc<dyn Portal>,
    /// The caller's end of the stream.
    pub stream: Stream,
    /// How the visit goes.
    pub news: watch::Receiver<News>,
}

impl Engine {
    /// Begins a visit to a resource for somebody who is signed in and has only a browser; [`None`] when the resource is unknown or its
    /// protocol has no client for that. The visit ends with the stream.
    pub fn enter(
        self: &Arc<Self>,
        person: Person,
        resource: &str,
        peer: std::net::SocketAddr,
        interface: ClientInterface,
        purpose: Purpose,
    ) -> Option<Entrance> {
        let protocol = self.protocol_of(resource)?;
        let portal = protocol.portal()?;
        let (reporter, news) = watch::channel(News::default());
        let (ours, theirs) = tokio::io::duplex(BETWEEN);
        let arrival = Arrival {
            peer,
            interface,
            carried: Some(Carried {
                person,
                resource: resource.to_owned(),
                reporter: Some(Reporter(reporter)),
                rerun_of: purpose.rerun_of,
                verb: Some(purpose.verb),
            }),
        };
        let engine = Arc::clone(self);
        self.visits
            .spawn(async move { engine.welcome(Box::new(theirs), arrival, protocol).await });
        Some(Entrance {
            portal,
            stream: Box::new(ours),
            news,
        })
    }

    /// Runs what belongs to a visit until it ends; a stop of the node waits for it as it does for visits.
    pub fn look_after(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.visits.spawn(work);
    }
}
