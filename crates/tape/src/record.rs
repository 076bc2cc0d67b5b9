//! What happened on a connection: one record per event, with its time and its strand.

use bytes::Bytes;
use domain::Micros;

/// One event of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When it happened. Within a tape times never run backwards: the writer lifts an earlier time to the one before it.
    pub at: Micros,
    /// Which strand of the connection it belongs to (a channel, a query stream, a display). Zero is the connection itself.
    pub strand: u32,
    /// What happened.
    pub kind: Kind,
}

/// Which way bytes went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the caller to the target: keys, requests, uploads.
    ToTarget,
    /// From the target to the caller: screen output, answers, downloads.
    FromTarget,
    /// From the target to the caller on the error stream (SSH extended data 1).
    FromTargetErr,
}

/// What a record says. JSON bodies are the protocols' own: this crate never looks into them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A strand begins; JSON: what it is (shell, exec and its command, subsystem, forward …), its medium, its size.
    Open(Bytes),
    /// A strand has ended; JSON: exit status or signal, bytes each way.
    Close(Bytes),
    /// Bytes passed.
    Data(Direction, Bytes),
    /// Input whose bytes are withheld, because nothing has echoed it yet.
    MaskedInput {
        /// The number of its first byte, which a later [`Kind::Reveal`] refers to; masked bytes of a strand are numbered one by one.
        id: u64,
        /// How many bytes were withheld.
        len: u32,
    },
    /// Bytes of an earlier [`Kind::MaskedInput`]: their echo has shown that they are no secret.
    Reveal {
        /// The number of the first byte that is revealed; a piece may be revealed in parts, or in part only.
        id: u64,
        /// Its bytes.
        bytes: Bytes,
    },
    /// The terminal or display has a new size.
    Resize {
        /// Columns of a terminal, pixels of a display.
        cols: u32,
        /// Rows of a terminal, pixels of a display.
        rows: u32,
    },
    /// A statement was sent: a query, a request, a command.
    Statement {
        /// The number an [`Kind::Outcome`] refers to; unique within the strand.
        id: u64,
        /// The protocol's JSON or text.
        body: Bytes,
    },
    /// How a statement ended.
    Outcome {
        /// The number of the statement.
        id: u64,
        /// The protocol's JSON.
        body: Bytes,
    },
    /// A change of a display: compressed rectangles, in the medium's own coding.
    Picture(Bytes),
    /// The whole state of a medium, from which replay can start. Blocks that hold one are marked in the index.
    Keyframe(Bytes),
    /// A file operation; JSON: what, path, size, hash, result.
    File(Bytes),
    /// Something about the connection that is no traffic; JSON: lock, unlock, watcher joined, warning, stop.
    Note(Bytes),
}

impl Record {
    /// Makes a record.
    #[must_use]
    pub fn new(at: Micros, strand: u32, kind: Kind) -> Self {
        Self { at, strand, kind }
    }
}

impl Kind {
    /// Gives the bytes of traffic that the record stands for, by direction; masked input counts, its reveal does not again.
    #[must_use]
    pub fn traffic(&self) -> (u64, u64) {
        match self {
            Self::Data(Direction::ToTarget, bytes) => (bytes.len() as u64, 0),
            Self::Data(_, bytes) => (0, bytes.len() as u64),
            Self::MaskedInput { len, .. } => (u64::from(*len), 0),
            _ => (0, 0),
        }
    }
}
