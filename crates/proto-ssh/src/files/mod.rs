//! File transfers seen inside an SSH channel.
//!
//! The relay shows every chunk of a channel to an observer before it sends it on. The observer answers with a
//! [`Scan`]: which bytes go on, which are bulk file content (so that the recording may leave them out), what must be
//! refused, and which [`FileOp`]s came to an end. Nothing here does I/O, reads a clock or buffers file content beyond a
//! small bound; the bytes of files are only hashed as they pass.
//!
//! Start reading with [`recognise`], which says what an `exec` request starts, then [`SftpObserver`] and
//! [`ScpObserver`].

mod content;
mod exec;
mod op;
mod rules;
mod scan;
mod scp;
mod sftp;

pub use exec::{ExecKind, recognise};
pub use op::{FileOp, FileOpKind, FileProtocol, FileResult, Sha256};
pub(crate) use rules::refuses;
pub use rules::{FileRules, Hashing, Permission};
pub use scan::{Class, Piece, Scan};
pub use scp::{ScpCommand, ScpFault, ScpObserver};
pub use sftp::{SftpFault, SftpObserver};

/// Which way the content of a file travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the caller to the target.
    Upload,
    /// From the target to the caller.
    Download,
}

#[cfg(test)]
mod tests;
