//! One line of a session's file log.

use std::fmt;

/// Something that was done, or tried, with a file on the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOp {
    /// The protocol that carried it.
    pub protocol: FileProtocol,
    /// What was asked for.
    pub kind: FileOpKind,
    /// The path as the caller named it; bytes that are not UTF-8 are written `\xNN`. It may hold control characters.
    pub path: String,
    /// The second path: the new name of a rename, what a link points at, the destination of a copy.
    pub to: Option<String>,
    /// The name the sender gave the file, when `path` alone does not tell whether it is the file or the folder that the
    /// file was put in (SCP only).
    pub name: Option<String>,
    /// Content bytes that passed, repeated ranges counted each time.
    pub bytes: u64,
    /// Names listed (for [`FileOpKind::List`]).
    pub entries: u64,
    /// SHA-256 of the content, when it passed as one run from offset 0 and nothing of it failed.
    pub sha256: Option<Sha256>,
    /// Whether the whole file is known to have passed. For operations without content: whether it was done.
    pub complete: bool,
    /// Separate ranges of the file that were touched; 1 for a sequential transfer, at most 64.
    pub ranges: u32,
    /// How it ended.
    pub result: FileResult,
    /// When it was asked for, in the observer's microseconds.
    pub started_us: u64,
    /// When it ended, in the observer's microseconds.
    pub ended_us: u64,
}

impl FileOp {
    /// Starts the description of an operation that is not done yet.
    pub(super) fn new(protocol: FileProtocol, kind: FileOpKind, path: String, now_us: u64) -> Self {
        Self {
            protocol,
            kind,
            path,
            to: None,
            name: None,
            bytes: 0,
            entries: 0,
            sha256: None,
            complete: false,
            ranges: 0,
            result: FileResult::Unfinished,
            started_us: now_us,
            ended_us: now_us,
        }
    }

    /// Whether it succeeded.
    pub fn ok(&self) -> bool {
        self.result == FileResult::Done
    }

    /// Why it did not succeed.
    pub fn error(&self) -> Option<&str> {
        match &self.result {
            FileResult::Done => None,
            FileResult::Failed(text) | FileResult::Refused(text) => Some(text),
            FileResult::Unfinished => Some("the channel ended before the operation did"),
        }
    }
}

/// The protocol that a file operation used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileProtocol {
    /// SSH File Transfer Protocol, version 3.
    Sftp,
    /// The copy protocol of `rcp`, as `scp -O` speaks it.
    Scp,
    /// The file manager of the console; SFTP underneath.
    Web,
}

impl FileProtocol {
    /// Names the protocol as logs do.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sftp => "sftp",
            Self::Scp => "scp",
            Self::Web => "web",
        }
    }
}

/// What a file operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileOpKind {
    /// Content sent to the target.
    Upload,
    /// Content fetched from the target.
    Download,
    /// A file removed.
    Delete,
    /// A file or folder given another name.
    Rename,
    /// A folder made (with SCP: made, or entered if it was there).
    Mkdir,
    /// A folder removed.
    Rmdir,
    /// The names in a folder read.
    List,
    /// A symbolic link made; `to` is what it points at.
    Symlink,
    /// A second name for a file made; `path` is the new name and `to` the existing file.
    Hardlink,
    /// Size, owner, mode or times changed.
    SetAttributes,
    /// Content copied on the target itself (`copy-data`).
    Copy,
}

impl FileOpKind {
    /// Names the kind as logs do.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Delete => "delete",
            Self::Rename => "rename",
            Self::Mkdir => "mkdir",
            Self::Rmdir => "rmdir",
            Self::List => "list",
            Self::Symlink => "symlink",
            Self::Hardlink => "hardlink",
            Self::SetAttributes => "set_attributes",
            Self::Copy => "copy",
        }
    }
}

/// How a file operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileResult {
    /// The target (or, for an SCP download, the caller) confirmed it.
    Done,
    /// It was answered with an error; the text is the peer's.
    Failed(String),
    /// A rule of the gateway refused it; it never reached the target.
    Refused(String),
    /// The channel ended first.
    Unfinished,
}

/// A SHA-256 sum; prints as hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256(pub [u8; 32]);

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Writes bytes from the wire as text: UTF-8 stays as it is, every other byte becomes `\xNN`.
pub(super) fn text(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            out.push_str("\\x");
            for nibble in [byte >> 4, byte & 15] {
                out.extend(char::from_digit(u32::from(nibble), 16));
            }
        }
    }
    out
}
