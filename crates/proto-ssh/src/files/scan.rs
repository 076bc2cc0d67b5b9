//! What an observer says about one chunk.

use std::ops::Range;

use bytes::Bytes;

use super::{FileOp, FileProtocol};

/// What bytes of a channel are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Requests, answers, names: always recorded.
    Meta,
    /// The content of files: hashed, and left out of the recording where the profile says so.
    Bulk,
}

/// One step of forwarding a chunk, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These bytes of the chunk go on.
    Pass {
        /// Where in the chunk.
        range: Range<usize>,
        /// What they are.
        class: Class,
    },
    /// These bytes of the chunk do not go on here: they are refused, or the head of a request whose rest has not come
    /// yet, which then appears in an `Insert`.
    Drop {
        /// Where in the chunk.
        range: Range<usize>,
    },
    /// These bytes go on although they are not in the chunk; always [`Class::Meta`].
    Insert(Bytes),
}

/// The answer of an observer to one chunk. Keep one per channel: it reuses its memory.
#[derive(Debug, Default)]
pub struct Scan {
    pieces: Vec<Piece>,
    reply: Vec<u8>,
    ops: Vec<FileOp>,
    refused: usize,
    /// What operations are said to be carried by, if not by the protocol that was seen.
    carrier: Option<FileProtocol>,
}

impl Scan {
    /// Makes an empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes one whose operations name another protocol: the one that people see of what is SFTP underneath.
    pub fn carried_by(protocol: FileProtocol) -> Self {
        Self {
            carrier: Some(protocol),
            ..Self::default()
        }
    }

    /// Lists what to do with the chunk. `Pass` and `Drop` ranges cover it exactly once, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Gives the bytes to send back to where the chunk came from, behind everything that was given for that direction
    /// before. Only chunks of the caller have some. They use up window of the caller that the target still believes
    /// to own, so the relay takes as much from the next window adjustment.
    pub fn reply(&self) -> &[u8] {
        &self.reply
    }

    /// Counts the bytes that were refused for good with this chunk, those of earlier chunks that had been held included.
    /// The target never sees them, so the relay returns this much window to the caller itself.
    pub fn refused_bytes(&self) -> usize {
        self.refused
    }

    /// Hands out the operations that ended with this chunk.
    pub fn take_ops(&mut self) -> impl Iterator<Item = FileOp> {
        self.ops.drain(..)
    }

    /// Whether the chunk goes on exactly as it came.
    pub fn is_unchanged(&self) -> bool {
        self.pieces
            .iter()
            .all(|piece| matches!(piece, Piece::Pass { .. }))
    }

    /// Yields what goes on instead of `chunk`, which must be the one that was scanned, without copying content.
    pub fn forwarded<'a>(&'a self, chunk: &'a Bytes) -> impl Iterator<Item = (Class, Bytes)> + 'a {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Pass { range, class } if range.end <= chunk.len() => {
                Some((*class, chunk.slice(range.clone())))
            }
            Piece::Insert(bytes) => Some((Class::Meta, bytes.clone())),
            Piece::Pass { .. } | Piece::Drop { .. } => None,
        })
    }

    pub(super) fn clear(&mut self) {
        self.pieces.clear();
        self.reply.clear();
        self.ops.clear();
        self.refused = 0;
    }

    /// Lets bytes go on; neighbours of one class become one piece.
    pub(super) fn pass(&mut self, range: Range<usize>, class: Class) {
        if range.is_empty() {
            return;
        }
        if let Some(Piece::Pass {
            range: last,
            class: same,
        }) = self.pieces.last_mut()
            && last.end == range.start
            && *same == class
        {
            last.end = range.end;
            return;
        }
        self.pieces.push(Piece::Pass { range, class });
    }

    /// Keeps bytes back; [`Scan::refuse`] counts those that stay back.
    pub(super) fn hold(&mut self, range: Range<usize>) {
        if range.is_empty() {
            return;
        }
        if let Some(Piece::Drop { range: last }) = self.pieces.last_mut()
            && last.end == range.start
        {
            last.end = range.end;
            return;
        }
        self.pieces.push(Piece::Drop { range });
    }

    pub(super) fn insert(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.pieces.push(Piece::Insert(bytes));
        }
    }

    pub(super) fn refuse(&mut self, bytes: usize) {
        self.refused += bytes;
    }

    pub(super) fn answer(&mut self, bytes: &[u8]) {
        self.reply.extend_from_slice(bytes);
    }

    pub(super) fn op(&mut self, mut op: FileOp) {
        op.protocol = self.carrier.unwrap_or(op.protocol);
        self.ops.push(op);
    }
}
