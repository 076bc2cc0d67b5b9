//! Activity: what was done inside sessions, and the search over it.

//!
//! Entries lie in one table a month, made when its first entry comes; a month is found by an entry's time. What was typed is
//! encrypted ([`seal`]); search looks for blinded words ([`words`]), which both databases index like any others.

mod month;
mod read;
pub(crate) mod seal;
mod search;
mod words;
mod write;

use domain::{ConnectionId, Micros, ObjectId, SessionId, Span};

pub use seal::ContentKey;

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
    /// More to find from now on, in place of what was given with the entry; may be empty.
    pub indexed: String,
}

impl Completion {
    /// Completes an entry that is not stored yet, as [`crate::Store::complete_entry`] does with one that is.
    pub fn apply(&self, entry: &mut Entry) {
        entry.outcome = self.outcome;
        entry.rows = self.rows;
        entry.bytes = self.bytes;
        entry.duration = self.duration;
        entry.indexed.clone_from(&self.indexed);
        if let Some(detail) = &self.detail {
            entry.detail = detail.clone();
        }
    }
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

impl EntryKind {
    /// Every sort, by the number that is stored; never reordered.
    pub const ALL: [Self; 6] = [
        Self::Command,
        Self::Statement,
        Self::File,
        Self::Forward,
        Self::Request,
        Self::Note,
    ];

    /// Gives the word of the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Statement => "statement",
            Self::File => "file",
            Self::Forward => "forward",
            Self::Request => "request",
            Self::Note => "note",
        }
    }

    /// Reads the word of the API.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    fn code(self) -> i64 {
        self as i64
    }

    fn from_code(code: i64) -> Option<Self> {
        usize::try_from(code)
            .ok()
            .and_then(|at| Self::ALL.get(at).copied())
    }
}

impl Outcome {
    /// Every outcome, by the number that is stored; never reordered.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Ok, Self::Failed, Self::Refused];

    /// Gives the word of the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }

    fn code(self) -> i64 {
        self as i64
    }

    fn from_code(code: i64) -> Option<Self> {
        usize::try_from(code)
            .ok()
            .and_then(|at| Self::ALL.get(at).copied())
    }
}
