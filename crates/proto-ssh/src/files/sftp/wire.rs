//! Packets of the SSH File Transfer Protocol, version 3, read from their first bytes.
//!
//! draft-ietf-secsh-filexfer-02, and OpenSSH's `PROTOCOL` file for the extensions. A packet is
//! `uint32 length, byte type, uint32 request id, …`; INIT and VERSION have a version in place of the id.

use super::SftpFault;

/// Longest packet that is taken for one. OpenSSH uses at most 256 KiB; what is longer is most likely text that a login
/// script printed.
const MAX_PACKET: u32 = 16 << 20;
/// The most that is read of a packet to understand it; two paths of 4096 bytes and attributes fit well.
pub(super) const MAX_HEAD: usize = 16 << 10;
/// Longest handle (draft §6.2).
const MAX_HANDLE: usize = 256;

pub(super) const FXF_READ: u32 = 0x01;
pub(super) const FXF_WRITE: u32 = 0x02;
pub(super) const FXF_APPEND: u32 = 0x04;
pub(super) const FXF_CREAT: u32 = 0x08;
pub(super) const FXF_TRUNC: u32 = 0x10;
pub(super) const FXF_EXCL: u32 = 0x20;

pub(super) const FX_OK: u32 = 0;
pub(super) const FX_EOF: u32 = 1;
pub(super) const FX_PERMISSION_DENIED: u32 = 3;
pub(super) const FX_FAILURE: u32 = 4;
pub(super) const FX_BAD_MESSAGE: u32 = 5;
pub(super) const FX_OP_UNSUPPORTED: u32 = 8;

const ATTR_SIZE: u32 = 0x01;

/// What reading the head of a packet gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Head<T> {
    /// This many bytes from the start of the packet are needed, more than there are.
    Needs(usize),
    /// Understood. `head` bytes were enough; `rest` bytes of the packet follow them.
    Ready {
        id: u32,
        head: usize,
        rest: usize,
        what: T,
    },
}

/// A request of the client.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
    /// The id in [`Head::Ready`] is the version.
    Init,
    Open {
        path: &'a [u8],
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
    },
    Stat {
        path: &'a [u8],
    },
    Fstat {
        handle: &'a [u8],
    },
    SetStat {
        path: &'a [u8],
    },
    FsetStat {
        handle: &'a [u8],
        size: Option<u64>,
    },
    OpenDir {
        path: &'a [u8],
    },
    ReadDir {
        handle: &'a [u8],
    },
    Remove {
        path: &'a [u8],
    },
    Mkdir {
        path: &'a [u8],
    },
    Rmdir {
        path: &'a [u8],
    },
    Rename {
        from: &'a [u8],
        to: &'a [u8],
    },
    Symlink {
        link: &'a [u8],
        points_at: &'a [u8],
    },
    Hardlink {
        link: &'a [u8],
        existing: &'a [u8],
    },
    CopyData {
        from: &'a [u8],
        to: &'a [u8],
        len: u64,
    },
    /// Asks for something that changes nothing and moves no content.
    Quiet,
    /// Neither version 3 nor an extension known here.
    Unknown,
    /// Does not hold the fields that its type needs, or not within [`MAX_HEAD`].
    Malformed,
}

/// An answer of the server.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer<'a> {
    /// The id in [`Head::Ready`] is the version.
    Version,
    Status {
        code: u32,
        text: &'a [u8],
    },
    Handle {
        handle: &'a [u8],
    },
    /// The rest of the packet is content.
    Data,
    Names {
        count: u32,
    },
    Attributes {
        size: Option<u64>,
    },
    Other,
}

/// Reads the head of a request from `bytes`, which start at a packet and may go past it.
pub(super) fn request(bytes: &[u8]) -> Result<Head<Request<'_>>, SftpFault> {
    let frame = match Frame::read(bytes)? {
        Ok(frame) => frame,
        Err(needs) => return Ok(Head::Needs(needs)),
    };
    if frame.kind == 6 {
        return Ok(write(bytes, &frame));
    }
    let head = if frame.kind == 1 {
        9
    } else {
        frame.total.min(MAX_HEAD)
    };
    let Some(body) = bytes.get(9..head) else {
        return Ok(Head::Needs(head));
    };
    let what = body_of_request(frame.kind, Fields(body)).unwrap_or(Request::Malformed);
    Ok(frame.ready(head, what))
}

/// WRITE: `string handle, uint64 offset, string data`; the content is not part of the head.
fn write<'a>(bytes: &'a [u8], frame: &Frame) -> Head<Request<'a>> {
    let Some(fixed) = bytes.get(..13) else {
        return if frame.total < 13 {
            frame.ready(9, Request::Malformed)
        } else {
            Head::Needs(13)
        };
    };
    let handle_len = Fields(fixed.get(9..).unwrap_or_default()).u32().unwrap_or(0) as usize;
    let head = 13 + handle_len.min(MAX_HANDLE) + 8 + 4;
    if handle_len > MAX_HANDLE || head > frame.total {
        return frame.ready(13, Request::Malformed);
    }
    let Some(body) = bytes.get(9..head) else {
        return Head::Needs(head);
    };
    let mut fields = Fields(body);
    let what = match (fields.string(), fields.u64(), fields.u32()) {
        (Some(handle), Some(offset), Some(len)) if len as usize == frame.total - head => {
            Request::Write { handle, offset }
        }
        _ => Request::Malformed,
    };
    frame.ready(head, what)
}

fn body_of_request(kind: u8, mut f: Fields<'_>) -> Option<Request<'_>> {
    Some(match kind {
        1 => Request::Init,
        3 => Request::Open {
            path: f.string()?,
            flags: f.u32()?,
        },
        4 => Request::Close { handle: f.handle()? },
        5 => Request::Read {
            handle: f.handle()?,
            offset: f.u64()?,
            len: f.u32()?,
        },
        7 | 17 => Request::Stat { path: f.string()? },
        8 => Request::Fstat { handle: f.handle()? },
        9 => Request::SetStat { path: f.string()? },
        10 => Request::FsetStat {
            handle: f.handle()?,
            size: f.attributes_size(),
        },
        11 => Request::OpenDir { path: f.string()? },
        12 => Request::ReadDir { handle: f.handle()? },
        13 => Request::Remove { path: f.string()? },
        14 => Request::Mkdir { path: f.string()? },
        15 => Request::Rmdir { path: f.string()? },
        // REALPATH, READLINK
        16 | 19 => Request::Quiet,
        18 => Request::Rename {
            from: f.string()?,
            to: f.string()?,
        },
        // The draft has the link first; OpenSSH sends what it points at first, and everybody followed.
        20 => Request::Symlink {
            points_at: f.string()?,
            link: f.string()?,
        },
        200 => extension(f.string()?, f)?,
        _ => Request::Unknown,
    })
}

fn extension<'a>(name: &[u8], mut f: Fields<'a>) -> Option<Request<'a>> {
    Some(match name {
        b"posix-rename@openssh.com" => Request::Rename {
            from: f.string()?,
            to: f.string()?,
        },
        b"hardlink@openssh.com" => Request::Hardlink {
            existing: f.string()?,
            link: f.string()?,
        },
        b"lsetstat@openssh.com" => Request::SetStat { path: f.string()? },
        b"copy-data" => {
            let from = f.handle()?;
            let _from_offset = f.u64()?;
            let len = f.u64()?;
            Request::CopyData {
                from,
                to: f.handle()?,
                len,
            }
        }
        b"fsync@openssh.com"
        | b"statvfs@openssh.com"
        | b"fstatvfs@openssh.com"
        | b"limits@openssh.com"
        | b"expand-path@openssh.com"
        | b"home-directory"
        | b"users-groups-by-id@openssh.com" => Request::Quiet,
        _ => Request::Unknown,
    })
}

/// Reads the head of an answer from `bytes`, which start at a packet and may go past it.
pub(super) fn answer(bytes: &[u8]) -> Result<Head<Answer<'_>>, SftpFault> {
    /// Enough of a status for its code and a sentence.
    const STATUS_HEAD: usize = 1024;

    let frame = match Frame::read(bytes)? {
        Ok(frame) => frame,
        Err(needs) => return Ok(Head::Needs(needs)),
    };
    let head = frame.total.min(match frame.kind {
        103 | 104 => 13,
        105 => 21,
        102 => 13 + MAX_HANDLE,
        101 => STATUS_HEAD,
        _ => 9,
    });
    let Some(body) = bytes.get(9..head) else {
        return Ok(Head::Needs(head));
    };
    let what = body_of_answer(frame.kind, Fields(body)).unwrap_or(Answer::Other);
    Ok(frame.ready(head, what))
}

fn body_of_answer(kind: u8, mut f: Fields<'_>) -> Option<Answer<'_>> {
    Some(match kind {
        2 => Answer::Version,
        101 => Answer::Status {
            code: f.u32()?,
            text: f.string().unwrap_or_default(),
        },
        102 => Answer::Handle { handle: f.handle()? },
        103 => f.u32().map(|_| Answer::Data)?,
        104 => Answer::Names { count: f.u32()? },
        105 => Answer::Attributes {
            size: f.attributes_size(),
        },
        _ => Answer::Other,
    })
}

/// Builds a STATUS answer: `uint32 id, uint32 code, string message, string language`.
pub(super) fn status(id: u32, code: u32, message: &str) -> Vec<u8> {
    let length = 1 + 4 + 4 + 4 + message.len() + 4;
    let mut out = Vec::with_capacity(4 + length);
    out.extend_from_slice(&(length as u32).to_be_bytes());
    out.push(101);
    out.extend_from_slice(&id.to_be_bytes());
    out.extend_from_slice(&code.to_be_bytes());
    out.extend_from_slice(&(message.len() as u32).to_be_bytes());
    out.extend_from_slice(message.as_bytes());
    out.extend_from_slice(&0_u32.to_be_bytes());
    out
}

/// Says in words what a status code means, for servers that send no text.
pub(super) fn status_name(code: u32) -> &'static str {
    match code {
        0 => "done",
        1 => "end of file",
        2 => "no such file",
        3 => "permission denied",
        4 => "failure",
        5 => "bad message",
        6 => "no connection",
        7 => "connection lost",
        8 => "operation not supported",
        _ => "unknown error",
    }
}

/// The fields that all packets begin with.
struct Frame {
    /// Bytes of the packet with its length field.
    total: usize,
    kind: u8,
    /// The request id or version.
    id: u32,
}

impl Frame {
    /// Reads `uint32 length, byte type, uint32 id`; the inner error is how many bytes it takes.
    fn read(bytes: &[u8]) -> Result<Result<Self, usize>, SftpFault> {
        let Some(length) = Fields(bytes).u32() else {
            return Ok(Err(4));
        };
        if !(5..=MAX_PACKET).contains(&length) {
            return Err(SftpFault::Length(length));
        }
        let mut fields = Fields(bytes.get(4..).unwrap_or_default());
        Ok(match (fields.u8(), fields.u32()) {
            (Some(kind), Some(id)) => Ok(Self {
                total: 4 + length as usize,
                kind,
                id,
            }),
            _ => Err(9),
        })
    }

    fn ready<T>(&self, head: usize, what: T) -> Head<T> {
        Head::Ready {
            id: self.id,
            head,
            rest: self.total.saturating_sub(head),
            what,
        }
    }
}

/// A cursor over the fields of a packet.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (value, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*value)
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        let len = self.u32()? as usize;
        let (value, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(value)
    }

    fn handle(&mut self) -> Option<&'a [u8]> {
        self.string().filter(|handle| handle.len() <= MAX_HANDLE)
    }

    /// Reads the start of ATTRS: `uint32 flags, uint64 size if flagged, …`.
    fn attributes_size(&mut self) -> Option<u64> {
        let flags = self.u32()?;
        (flags & ATTR_SIZE != 0).then(|| self.u64()).flatten()
    }
}
