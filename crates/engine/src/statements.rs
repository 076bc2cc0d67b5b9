//! Statements and their results: the client that the gateway runs for people who have only a browser, and what reads results out of
//! recordings.
//!
//! Both are pieces that a database's protocol brings. Neither ever holds a whole result, nor a whole value.

mod gathered;

use std::{ops::Range, sync::Arc, time::Duration};

use async_trait::async_trait;

pub use gathered::Gathered;

/// A client for statements that is in. The connection lasts until it is closed, or dropped.
pub type Statements = Arc<dyn StatementClient>;

/// Runs statements on one connection to a resource, one at a time.
///
/// An operation that is dropped before it has answered closes the connection, as nobody could tell what of it was done.
#[async_trait]
pub trait StatementClient: Send + Sync {
    /// Names the database that the connection is in.
    fn database(&self) -> String;

    /// Tells the statements of a text apart: where each of them is.
    fn split(&self, text: &str) -> Vec<Range<usize>>;

    /// Writes the statement that shows how another one would be run, or with `analyze` was run, as one JSON value.
    fn explain(&self, statement: &str, analyze: Analyze) -> String;

    /// Runs one statement and reads the first part of its result. A result that was still open is given up.
    async fn run(&self, statement: &str, parameters: &[Option<String>], most: Share) -> Result<Part, GaveUp>;

    /// Reads the next part of the result that is open.
    async fn more(&self, most: Share) -> Result<Part, GaveUp>;

    /// Gives the open result up when nobody has asked for more of it for so long: what it holds on the resource is held no longer.
    async fn let_go(&self, after: Duration);

    /// Asks the resource to stop what runs. Does nothing when nothing does.
    async fn cancel(&self);

    /// Reads the names that an editor can complete.
    async fn names(&self) -> Result<Names, GaveUp>;

    /// Tells how the transaction stands.
    fn transaction(&self) -> Transaction;

    /// Closes the connection in the protocol's own way. Bounded to a second.
    async fn close(&self);
}

/// Whether a statement is run to see how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Analyze {
    /// It is planned only.
    No,
    /// It is run, with all that it does.
    Yes,
}

/// How much of a result is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Rows at most.
    pub rows: usize,
    /// Bytes of one value that are shown at most.
    pub value: usize,
    /// Bytes of all values together, after which values are cut to [`Share::STUB`] and no further rows are asked for.
    pub bytes: usize,
}

impl Share {
    /// What is still shown of a value when the share is used up, in bytes.
    pub const STUB: usize = 32;

    /// Wants to have it all counted, and nothing shown.
    pub const NOTHING: Self = Self {
        rows: usize::MAX,
        value: 0,
        bytes: 0,
    };
}

/// A part of what came of a statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The statement's number within the connection, by which its result is found in the recording.
    pub number: u64,
    /// What the rows have; empty when there are none to have it.
    pub columns: Vec<Column>,
    /// Rows, of which values may be cut.
    pub rows: Vec<Vec<Option<Cell>>>,
    /// Rows that have come of the statement so far, this part included.
    pub rows_so_far: u64,
    /// The statement goes on: ask for more.
    pub more: bool,
    /// What the resource says was done, such as `INSERT 0 3`; [`None`] while it goes on and after an error.
    pub tag: Option<String>,
    /// What the resource says besides.
    pub notices: Vec<Message>,
    /// Why it failed.
    pub error: Option<Message>,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The type's name; empty when the protocol does not know it.
    pub kind: String,
    /// How values are best drawn.
    pub nature: Nature,
}

/// What values of a column are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Whole numbers.
    Whole,
    /// Other numbers.
    Number,
    /// True and false.
    Truth,
    /// All else.
    Text,
}

/// A value, as far as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The beginning of it, or all.
    pub text: String,
    /// Its length in bytes.
    pub total: u64,
    /// Why there is more than is shown; [`None`] when there is not.
    pub cut: Option<Cut>,
}

/// Why a value is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It is longer than one value may be.
    Value,
    /// The values before it have used the part's share up.
    Share,
}

/// An error or a notice of the resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// `ERROR`, `NOTICE` …
    pub severity: String,
    /// The protocol's code, such as an SQLSTATE.
    pub code: String,
    /// What it says.
    pub message: String,
    /// More of it.
    pub detail: String,
    /// What can be done.
    pub hint: String,
    /// Where in the statement it is, in characters from 1.
    pub position: Option<u32>,
}

/// How a transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transaction {
    /// There is none.
    None,
    /// It is open.
    Open,
    /// A statement in it has failed: it can only be rolled back.
    Failed,
}

/// The names of a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Tables and views.
    pub tables: Vec<Table>,
    /// Functions: schema and name.
    pub functions: Vec<(String, String)>,
    /// There are more than are listed.
    pub more: bool,
}

/// A table or a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The schema's name.
    pub schema: String,
    /// The name.
    pub name: String,
    /// `table`, `view` …
    pub kind: String,
    /// The names of the columns.
    pub columns: Vec<String>,
}

/// Why a client did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GaveUp {
    /// The session has ended.
    #[error("the session has ended")]
    Ended,
    /// Another statement is running.
    #[error("a statement is running already")]
    Busy,
    /// No result is open: it was read to its end, or given up.
    #[error("no result is open; what was left of it was given up after two minutes, or by another statement")]
    NothingOpen,
}

/// Reads results of statements out of the bytes that a resource sent, as a recording has them. Pure.
pub trait ResultReader: Send {
    /// Learns what is on record of the statement whose result is fed next.
    fn about(&mut self, _statement: &serde_json::Value) {}

    /// Takes bytes as they were recorded, in pieces of any size, from the beginning of a message on.
    fn feed(&mut self, bytes: &[u8], each: &mut dyn FnMut(Piece<'_>)) -> Result<(), Unreadable>;

    /// Tells whether the next byte begins a message.
    fn is_between(&self) -> bool;
}

/// A piece of a result.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// What the rows have that follow.
    Columns(Vec<Column>),
    /// A row begins.
    Row,
    /// A value begins: its length in bytes; [`None`] when it is null.
    Value(Option<u64>),
    /// Bytes of the value.
    Bytes(&'a [u8]),
    /// The row is whole.
    RowEnd,
}

/// How values are given that were recorded in another form than people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// As they were recorded, byte by byte.
    AsRecorded,
    /// As text.
    Readable,
}

/// What a resource sent makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the recorded result cannot be read")]
pub struct Unreadable;
