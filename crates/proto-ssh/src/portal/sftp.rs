//! SFTP version 3 in the client role, over one channel: `draft-ietf-secsh-filexfer-02`.
//!
//! The codec is pure; [`Sftp`] moves its packets. Requests may be asked ahead of their answers, which may come in any order.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use engine::portal::{FileError, FileKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::files::refuses;
use crate::pipe::Pipe;
use crate::wire::Malformed;
use crate::wire::codec::{Put as _, Reader};

/// The longest answer that is taken. Names of a folder come in packets of at most 256 KiB.
const LONGEST: u32 = 1 << 20;
/// The longest text of a resource that is shown.
const LONGEST_TEXT: usize = 300;

/// Flags of [`Request::Open`], §6.3.
pub(super) const READ: u32 = 0x01;
pub(super) const WRITE: u32 = 0x02;
pub(super) const CREATE: u32 = 0x08;
pub(super) const TRUNCATE: u32 = 0x10;
pub(super) const EXCLUSIVE: u32 = 0x20;

/// A request, §6.
#[derive(Debug, Clone, Copy)]
pub(super) enum Request<'a> {
    Open {
        path: &'a str,
        flags: u32,
    },
    Close {
        handle: &'a [u8],
    },
    Read {
        handle: &'a [u8],
        offset: u64,
        len: u32,
    },
    Write {
        handle: &'a [u8],
        offset: u64,
        data: &'a [u8],
    },
    Lstat {
        path: &'a str,
    },
    Stat {
        path: &'a str,
    },
    Fstat {
        handle: &'a [u8],
    },
    OpenDir {
        path: &'a str,
    },
    ReadDir {
        handle: &'a [u8],
    },
    Remove {
        path: &'a str,
    },
    Mkdir {
        path: &'a str,
    },
    Rmdir {
        path: &'a str,
    },
    RealPath {
        path: &'a str,
    },
    ReadLink {
        path: &'a str,
    },
    Rename {
        from: &'a str,
        to: &'a str,
    },
}

/// An answer, §7.
#[derive(Debug)]
pub(super) enum Answer {
    Status { code: u32, text: String },
    Handle(Bytes),
    Data(Bytes),
    Names(Vec<Name>),
    Attributes(Attributes),
}

/// A line of a folder, or the answer to [`Request::RealPath`] and [`Request::ReadLink`].
#[derive(Debug)]
pub(super) struct Name {
    pub(super) text: String,
    /// As `ls -l` writes it.
    long: String,
    pub(super) attributes: Attributes,
}

/// Attributes, §5, as far as they are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) size: Option<u64>,
    pub(super) permissions: Option<u32>,
    pub(super) modified: Option<u32>,
}

impl Request<'_> {
    fn encode(&self, id: u32, out: &mut BytesMut) {
        let start = out.len();
        out.put_u32(0);
        out.put_u8(self.kind());
        out.put_u32(id);
        match *self {
            Self::Open { path, flags } => {
                out.put_string(path);
                out.put_u32(flags);
                out.put_u32(0);
            }
            Self::Close { handle } | Self::Fstat { handle } | Self::ReadDir { handle } => {
                out.put_string(handle);
            }
            Self::Read { handle, offset, len } => {
                out.put_string(handle);
                out.put_u64(offset);
                out.put_u32(len);
            }
            Self::Write { handle, offset, data } => {
                out.put_string(handle);
                out.put_u64(offset);
                out.put_string(data);
            }
            Self::Mkdir { path } => {
                out.put_string(path);
                out.put_u32(0);
            }
            Self::Lstat { path }
            | Self::Stat { path }
            | Self::OpenDir { path }
            | Self::Remove { path }
            | Self::Rmdir { path }
            | Self::RealPath { path }
            | Self::ReadLink { path } => out.put_string(path),
            Self::Rename { from, to } => {
                out.put_string(from);
                out.put_string(to);
            }
        }
        let length = (out.len() - start - 4) as u32;
        if let Some(prefix) = out.get_mut(start..start + 4) {
            prefix.copy_from_slice(&length.to_be_bytes());
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Open { .. } => 3,
            Self::Close { .. } => 4,
            Self::Read { .. } => 5,
            Self::Write { .. } => 6,
            Self::Lstat { .. } => 7,
            Self::Fstat { .. } => 8,
            Self::OpenDir { .. } => 11,
            Self::ReadDir { .. } => 12,
            Self::Remove { .. } => 13,
            Self::Mkdir { .. } => 14,
            Self::Rmdir { .. } => 15,
            Self::RealPath { .. } => 16,
            Self::Stat { .. } => 17,
            Self::Rename { .. } => 18,
            Self::ReadLink { .. } => 19,
        }
    }
}

impl Answer {
    /// Reads a packet behind its length.
    fn parse(packet: &Bytes) -> Result<(u32, Self), Malformed> {
        let mut reader = Reader::new(packet, "sftp answer");
        let kind = reader.byte()?;
        let id = reader.u32()?;
        let answer = match kind {
            101 => Self::Status {
                code: reader.u32()?,
                // Old servers send no text.
                text: reader.prose().map(printable).unwrap_or_default(),
            },
            102 => Self::Handle(packet.slice_ref(reader.string()?)),
            103 => Self::Data(packet.slice_ref(reader.string()?)),
            104 => {
                let count = reader.u32()? as usize;
                // Each takes twelve bytes at least, so the packet bounds what is reserved.
                let mut names = Vec::with_capacity(count.min(reader.remaining() / 12));
                for _ in 0..count {
                    names.push(Name {
                        text: String::from_utf8_lossy(reader.string()?).into_owned(),
                        long: String::from_utf8_lossy(reader.string()?).into_owned(),
                        attributes: Attributes::read(&mut reader)?,
                    });
                }
                Self::Names(names)
            }
            105 => Self::Attributes(Attributes::read(&mut reader)?),
            _ => return Err(reader.malformed()),
        };
        Ok((id, answer))
    }

    /// Makes an error of an answer that is not the one that was hoped for.
    pub(super) fn error(self) -> FileError {
        match self {
            Self::Status { text, .. } if refuses(&text) => FileError::Refused(text),
            Self::Status { code: 2, .. } => FileError::NotFound,
            Self::Status { code: 3, .. } => FileError::Denied,
            Self::Status { text, .. } if !text.is_empty() => FileError::Failed(text),
            Self::Status { code, .. } => FileError::Failed(format!("error {code}")),
            _ => nonsense(),
        }
    }

    /// Tells whether it is a plain yes.
    pub(super) fn done(self) -> Result<(), FileError> {
        match self {
            Self::Status { code: 0, .. } => Ok(()),
            other => Err(other.error()),
        }
    }

    /// Tells whether there is no more to read.
    pub(super) fn is_end(&self) -> bool {
        matches!(self, Self::Status { code: 1, .. })
    }
}

impl Attributes {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let flags = reader.u32()?;
        let has = |flag: u32| flags & flag != 0;
        let size = if has(1) { Some(reader.u64()?) } else { None };
        if has(2) {
            reader.u64()?;
        }
        let permissions = if has(4) { Some(reader.u32()?) } else { None };
        let modified = if has(8) {
            reader.u32()?;
            Some(reader.u32()?)
        } else {
            None
        };
        if has(0x8000_0000) {
            for _ in 0..reader.u32()? {
                reader.string()?;
                reader.string()?;
            }
        }
        Ok(Self {
            size,
            permissions,
            modified,
        })
    }

    /// Says what it is, by the file type of POSIX in the permissions.
    pub(super) fn kind(&self) -> Option<FileKind> {
        Some(match self.permissions? & 0o170_000 {
            0o040_000 => FileKind::Folder,
            0o100_000 => FileKind::File,
            0o120_000 => FileKind::Link,
            0 => return None,
            _ => FileKind::Other,
        })
    }
}

impl Name {
    /// Says what it is, by its attributes, or else by how `ls -l` writes it.
    pub(super) fn kind(&self) -> FileKind {
        self.attributes
            .kind()
            .unwrap_or_else(|| match self.long.bytes().next() {
                Some(b'd') => FileKind::Folder,
                Some(b'-') => FileKind::File,
                Some(b'l') => FileKind::Link,
                _ => FileKind::Other,
            })
    }
}

/// An SFTP conversation on a channel of its own. Dropped, the channel is closed, and whatever was open there is given up.
pub(super) struct Sftp {
    pipe: Pipe,
    inbound: BytesMut,
    outbound: BytesMut,
    next_id: u32,
    /// Requests that are not answered.
    owed: usize,
    /// Handles that are open.
    handles: usize,
    /// The server has gone, or what it says makes no sense.
    lost: bool,
}

impl Sftp {
    /// Greets the server.
    pub(super) async fn greet(pipe: Pipe) -> Result<Self, FileError> {
        let mut sftp = Self {
            pipe,
            inbound: BytesMut::new(),
            outbound: BytesMut::new(),
            next_id: 0,
            owed: 0,
            handles: 0,
            lost: false,
        };
        // INIT, §4: length, type, version.
        sftp.outbound.put_slice(&[0, 0, 0, 5, 1, 0, 0, 0, 3]);
        sftp.flush().await?;
        let packet = sftp.packet().await?;
        match packet.first() {
            // VERSION; extensions that it lists are not used.
            Some(2) => Ok(sftp),
            _ => Err(FileError::Failed("it does not speak SFTP".to_owned())),
        }
    }

    /// Writes a request into the buffer, to be sent with the next [`Sftp::flush`]; gives its number.
    pub(super) fn ask(&mut self, request: &Request<'_>) -> u32 {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        self.owed += 1;
        if matches!(request, Request::Close { .. }) {
            self.handles = self.handles.saturating_sub(1);
        }
        request.encode(id, &mut self.outbound);
        id
    }

    /// Sends what was asked.
    pub(super) async fn flush(&mut self) -> Result<(), FileError> {
        let sent = self.pipe.write_all_buf(&mut self.outbound).await;
        sent.map_err(|_| self.lose(FileError::Ended))
    }

    /// Waits for the next answer, to whichever request.
    pub(super) async fn answer(&mut self) -> Result<(u32, Answer), FileError> {
        let packet = self.packet().await?;
        let (id, answer) = Answer::parse(&packet).map_err(|_| self.lose(nonsense()))?;
        self.owed = self.owed.saturating_sub(1);
        self.handles += usize::from(matches!(answer, Answer::Handle(_)));
        Ok((id, answer))
    }

    /// Tells whether nothing is under way and nothing is open: another operation may use it.
    pub(super) fn is_free(&self) -> bool {
        self.owed == 0 && self.handles == 0 && !self.lost
    }

    fn lose(&mut self, error: FileError) -> FileError {
        self.lost = true;
        error
    }

    /// Asks one thing and waits for its answer; nothing else may be under way.
    pub(super) async fn call(&mut self, request: &Request<'_>) -> Result<Answer, FileError> {
        let id = self.ask(request);
        self.flush().await?;
        match self.answer().await? {
            (answered, answer) if answered == id => Ok(answer),
            _ => Err(self.lose(nonsense())),
        }
    }

    /// Opens a file or a folder.
    pub(super) async fn open(&mut self, request: &Request<'_>) -> Result<Bytes, FileError> {
        match self.call(request).await? {
            Answer::Handle(handle) => Ok(handle),
            other => Err(other.error()),
        }
    }

    /// Looks at a file or a folder.
    pub(super) async fn look(&mut self, request: &Request<'_>) -> Result<Attributes, FileError> {
        match self.call(request).await? {
            Answer::Attributes(attributes) => Ok(attributes),
            other => Err(other.error()),
        }
    }

    /// Asks for one name: a path without detours, or what a link points at.
    pub(super) async fn name(&mut self, request: &Request<'_>) -> Result<String, FileError> {
        match self.call(request).await? {
            Answer::Names(names) => names
                .into_iter()
                .next()
                .map(|name| name.text)
                .ok_or(FileError::NotFound),
            other => Err(other.error()),
        }
    }

    /// Does something that is answered with yes or no.
    pub(super) async fn change(&mut self, request: &Request<'_>) -> Result<(), FileError> {
        self.call(request).await?.done()
    }

    async fn packet(&mut self) -> Result<Bytes, FileError> {
        let length = loop {
            if let Some(length) = self.inbound.first_chunk::<4>() {
                break u32::from_be_bytes(*length);
            }
            self.read().await?;
        };
        if !(5..=LONGEST).contains(&length) {
            return Err(self.lose(FileError::Failed("it does not speak SFTP".to_owned())));
        }
        let length = length as usize;
        while self.inbound.len() < 4 + length {
            self.inbound.reserve(4 + length - self.inbound.len());
            self.read().await?;
        }
        self.inbound.advance(4);
        Ok(self.inbound.split_to(length).freeze())
    }

    async fn read(&mut self) -> Result<(), FileError> {
        match self.pipe.read_buf(&mut self.inbound).await {
            Ok(1..) => Ok(()),
            Ok(0) | Err(_) => Err(self.lose(FileError::Ended)),
        }
    }
}

/// Says that a server answers what nobody has asked, or cannot be understood.
pub(super) fn nonsense() -> FileError {
    FileError::Failed("an answer that makes no sense".to_owned())
}

/// Takes what a server wrote into a text of ours.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_TEXT)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_answer_is_survived(kind in 100_u8..107, rest in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut packet = vec![kind];
            packet.extend(rest);
            drop(Answer::parse(&Bytes::from(packet)));
        }
    }
}
