//! Activity: what was done inside sessions, and the search over it.

use domain::{ConnectionId, Micros, ObjectId, SessionId, Span};

use crate::{Error, Scope, Store};

/// Encrypts what was typed and blinds its search index: 256 random bits from the vault.
#[derive(Clone)]
pub struct ContentKey([u8; 32]);

impl ContentKey {
    /// Takes 256 random bits.
    #[must_use]
    pub fn new(bits: [u8; 32]) -> Self {
        Self(bits)
    }
}

impl std::fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// Names an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntryKey {
    /// The session.
    pub session: SessionId,
    /// Its place in the session: given by the caller, unique in the session, growing.
    pub seq: i64,
    /// When it began; the entry is stored in the month of this time.
    pub at: Micros,
}

/// Something that was done in a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its name.
    pub key: EntryKey,
    /// The connection, which is also the name of the tape.
    pub connection: ConnectionId,
    /// What sort of thing.
    pub kind: EntryKind,
    /// What came of it.
    pub outcome: Outcome,
    /// Rows returned or changed, where that has a meaning.
    pub rows: i64,
    /// Bytes moved or returned.
    pub bytes: i64,
    /// How long it took.
    pub duration: Span,
    /// Whose session: for search within what one may see.
    pub user: ObjectId,
    /// On which resource.
    pub resource: ObjectId,
    /// Over which gateway, by name.
    pub gateway: String,
    /// Of which protocol.
    pub resource_type: String,
    /// The command, the statement, the path, the note. Stored encrypted; searchable.
    pub body: String,
    /// More to show: output preview, file operation … Stored encrypted; not searchable.
    pub detail: serde_json::Value,
    /// More to find, such as output; kept as blinded words only, never shown.
    pub indexed: String,
    /// Where on the tape.
    pub place: TapePlace,
}

/// A place on a tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TapePlace {
    /// Number of the record.
    pub record: i64,
    /// Time from the beginning of the tape.
    pub time: Span,
}

/// What sort of thing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A command in a shell, or a command without one.
    Command,
    /// A statement to a database.
    Statement,
    /// An operation on a file.
    File,
    /// A forwarded connection.
    Forward,
    /// A request, such as HTTP.
    Request,
    /// Something that the gateway notes: a lock, a warning, a participant.
    Note,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Not known yet, or never.
    Unknown,
    /// It succeeded.
    Ok,
    /// It failed.
    Failed,
    /// It was not allowed.
    Refused,
}

/// What is learnt when something is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// What came of it.
    pub outcome: Outcome,
    /// Rows returned or changed.
    pub rows: i64,
    /// Bytes moved or returned.
    pub bytes: i64,
    /// How long it took.
    pub duration: Span,
    /// Replaces the detail; [`None`] leaves it.
    pub detail: Option<serde_json::Value>,
    /// Added to what search finds; may be empty.
    pub indexed: String,
}

/// Which entries of one session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionEntries {
    /// After this place; 0 from the beginning.
    pub after: i64,
    /// Of these sorts; empty for all.
    pub kinds: Vec<EntryKind>,
    /// That hold this text in body or detail, in any case.
    pub text: Option<String>,
    /// At most so many; 0 stands for 200, at most 1000.
    pub limit: u32,
}

/// Which entries of all sessions, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryQuery {
    /// Words that must all occur, in any case; words in double quotes must follow each other. Empty finds everything.
    pub text: String,
    /// Of these sorts; empty for all.
    pub kinds: Vec<EntryKind>,
    /// Of these users.
    pub users: Vec<ObjectId>,
    /// On these resources.
    pub resources: Vec<ObjectId>,
    /// Of these protocols.
    pub types: Vec<String>,
    /// Over these gateways.
    pub gateways: Vec<String>,
    /// Of this session.
    pub session: Option<SessionId>,
    /// Not earlier than.
    pub since: Option<Micros>,
    /// Earlier than.
    pub until: Option<Micros>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Hits of a page: 1 to 1000; 0 stands for 50.
    pub limit: u32,
}

/// An entry that was found; `indexed` is empty.
pub type Hit = Entry;

/// A page of hits.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryPage {
    /// The hits, newest first.
    pub hits: Vec<Hit>,
    /// Where the next page starts; [`None`] at the end.
    pub next_cursor: Option<String>,
}

impl Store {
    /// Appends entries and waits until they are durable: a full writer slows the caller. An entry that is there already is left as it is.
    pub async fn append_entries(&self, entries: Vec<Entry>) -> Result<(), Error> {
        todo!()
    }

    /// Notes what came of an entry; tells whether there was one.
    pub async fn complete_entry(&self, key: EntryKey, completion: Completion) -> Result<bool, Error> {
        todo!()
    }

    /// Lists the entries of a session in their order.
    pub async fn entries(&self, session: SessionId, query: &SessionEntries) -> Result<Vec<Entry>, Error> {
        todo!()
    }

    /// Finds entries in all sessions of the scope, newest first. File operations of all sessions are those of [`EntryKind::File`].
    pub async fn search(&self, query: &EntryQuery, scope: &Scope) -> Result<EntryPage, Error> {
        todo!()
    }
}
