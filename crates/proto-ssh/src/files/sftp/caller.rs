//! Requests: read, judged, noted, passed on or refused.

use bytes::Bytes;

use super::super::op::text;
use super::super::{Class, FileOp, FileOpKind, FileProtocol, FileResult, Scan};
use super::ledger::{Asked, Serial, Unfollowed, opened_for};
use super::wire::{self, Head, Request};
use super::{Body, Fate, Greeted, SftpFault, SftpObserver};

/// Our own answers that may wait for the end of a packet of the target.
const MAX_REPLIES: usize = 64 << 10;
/// The version that is observed here.
const VERSION: u32 = 3;

/// What becomes of a request.
enum Judgement {
    Pass {
        content: Option<(Serial, u64)>,
    },
    /// INIT goes on with the version that is understood here.
    Greet,
    Refuse {
        code: u32,
        why: &'static str,
    },
}

const PASS: Judgement = Judgement::Pass { content: None };

impl SftpObserver {
    pub(super) fn scan_caller(&mut self, chunk: &[u8], now_us: u64, scan: &mut Scan) {
        let mut at = 0;
        while let Some(rest) = chunk.get(at..).filter(|rest| !rest.is_empty()) {
            at += if self.fault.is_some() {
                self.pass_unread(at, rest.len(), scan)
            } else if let Some((body, take)) = self.caller.advance(rest.len()) {
                self.body_of_caller(body, at, rest.get(..take).unwrap_or_default(), scan);
                take
            } else {
                self.head_of_caller(at, rest, now_us, scan)
            };
        }
    }

    /// After a fault: nothing is understood any more, so it passes only if everything may.
    fn pass_unread(&mut self, at: usize, len: usize, scan: &mut Scan) -> usize {
        if self.rules.restrict() {
            scan.refuse(len + std::mem::take(&mut self.caller.head).len());
            scan.hold(at..at + len);
        } else {
            scan.insert(std::mem::take(&mut self.caller.head).into());
            scan.pass(at..at + len, Class::Meta);
        }
        len
    }

    fn body_of_caller(&mut self, body: Body, at: usize, data: &[u8], scan: &mut Scan) {
        let range = at..at + data.len();
        if body.fate == Fate::Refuse {
            scan.refuse(data.len());
            return scan.hold(range);
        }
        if let Some((handle, offset)) = body.content {
            self.ledger.written(handle, offset, data);
        }
        scan.pass(range, body.class);
    }

    /// Reads the head of a packet, straight from the chunk where it is whole; returns how much of the chunk it took.
    fn head_of_caller(&mut self, at: usize, rest: &[u8], now_us: u64, scan: &mut Scan) -> usize {
        if self.caller.head.is_empty() {
            match wire::request(rest) {
                Ok(Head::Ready {
                    id,
                    head,
                    rest: left,
                    what,
                }) => {
                    let judgement = self.judge(id, &what, now_us, scan);
                    self.start(id, &judgement, left, HeadAt::Chunk { at, head }, scan);
                    return head;
                }
                Ok(Head::Needs(_)) => {}
                Err(fault) => return self.fail_caller(fault),
            }
        }
        let mut held = std::mem::take(&mut self.caller.head);
        let mut taken = 0;
        loop {
            match wire::request(&held) {
                Ok(Head::Needs(needs)) => {
                    let want = needs.saturating_sub(held.len()).max(1);
                    let more = rest.get(taken..rest.len().min(taken + want)).unwrap_or_default();
                    if more.is_empty() {
                        self.caller.head = held;
                        scan.hold(at..at + taken);
                        return taken;
                    }
                    held.extend_from_slice(more);
                    taken += more.len();
                }
                Ok(Head::Ready {
                    id, rest: left, what, ..
                }) => {
                    let judgement = self.judge(id, &what, now_us, scan);
                    scan.hold(at..at + taken);
                    self.start(id, &judgement, left, HeadAt::Held(held), scan);
                    return taken;
                }
                Err(fault) => {
                    scan.hold(at..at + taken);
                    self.caller.head = held;
                    self.fail_caller(fault);
                    return taken;
                }
            }
        }
    }

    fn fail_caller(&mut self, fault: SftpFault) -> usize {
        self.fault = Some(fault);
        0
    }

    /// Passes the head on or refuses it, and sets out what becomes of the body.
    fn start(&mut self, id: u32, judgement: &Judgement, left: usize, head: HeadAt, scan: &mut Scan) {
        let (fate, content) = match judgement {
            Judgement::Pass { content } => {
                head.pass(scan);
                (Fate::Pass, *content)
            }
            Judgement::Greet => {
                let length = 5 + left as u32;
                let greeting = [&length.to_be_bytes()[..], &[1], &VERSION.to_be_bytes()].concat();
                head.drop(scan);
                scan.insert(Bytes::from(greeting));
                (Fate::Pass, None)
            }
            Judgement::Refuse { code, why } => {
                let kept_back = head.drop(scan);
                scan.refuse(kept_back);
                self.reply(&wire::status(id, *code, why), scan);
                (Fate::Refuse, None)
            }
        };
        let class = if content.is_some() {
            Class::Bulk
        } else {
            Class::Meta
        };
        self.caller.enter(Body {
            left,
            fate,
            content,
            class,
        });
    }

    /// Sends an answer of our own, between two packets of the target.
    fn reply(&mut self, status: &[u8], scan: &mut Scan) {
        if self.target.between_packets() && self.greeted == Greeted::Answered {
            scan.answer(status);
        } else if self.replies.len() + status.len() > MAX_REPLIES {
            self.fault = Some(SftpFault::Replies);
        } else {
            self.replies.extend_from_slice(status);
        }
    }

    fn judge(&mut self, id: u32, request: &Request<'_>, now_us: u64, scan: &mut Scan) -> Judgement {
        if matches!(request, Request::Init) != (self.greeted == Greeted::No) {
            self.fault = Some(SftpFault::Greeting);
            return if self.rules.restrict() {
                Judgement::Refuse {
                    code: wire::FX_BAD_MESSAGE,
                    why: "",
                }
            } else {
                PASS
            };
        }
        let asked = match self.note(request, now_us) {
            Ok(Some(asked)) => asked,
            Ok(None) => {
                self.greeted = Greeted::Asked;
                // The id of INIT is its version.
                return if id > VERSION { Judgement::Greet } else { PASS };
            }
            Err(refusal) => return self.refused(request, refusal, now_us, scan),
        };
        let content = match (&asked, request) {
            (Asked::Write { handle }, Request::Write { offset, .. }) => Some((*handle, *offset)),
            _ => None,
        };
        match self.ledger.ask(id, asked) {
            Ok(()) => Judgement::Pass { content },
            Err(Unfollowed::SameId) => Judgement::Refuse {
                code: wire::FX_BAD_MESSAGE,
                why: "the request id is still in use",
            },
            Err(Unfollowed::TooMany) => Judgement::Refuse {
                code: wire::FX_FAILURE,
                why: "too many requests in flight",
            },
        }
    }

    /// Turns a request into what is noted of it; `None` for the greeting. The error is a status code and its text.
    fn note(&self, request: &Request<'_>, now_us: u64) -> Result<Option<Asked>, (u32, &'static str)> {
        let change = |kind, path: &[u8], to: Option<&[u8]>| {
            self.allow(kind)?;
            let mut op = FileOp::new(FileProtocol::Sftp, kind, text(path), now_us);
            op.to = to.map(text);
            Ok(Asked::Change {
                op: Box::new(op),
                cut: None,
            })
        };
        // A handle that no answer gave: the target will say so.
        let on = |handle: &[u8], asked: fn(Serial) -> Asked| {
            self.ledger.serial(handle).map_or(Asked::Quiet, asked)
        };
        Ok(Some(match *request {
            Request::Init => return Ok(None),
            Request::Open { path, flags } => {
                for kind in open_wishes(flags) {
                    self.allow(kind)?;
                }
                Asked::Open {
                    path: text(path),
                    flags,
                    at_us: now_us,
                }
            }
            Request::OpenDir { path } => {
                self.allow(FileOpKind::List)?;
                Asked::OpenDir {
                    path: text(path),
                    at_us: now_us,
                }
            }
            Request::Close { handle } => on(handle, |handle| Asked::Close { handle }),
            Request::Write { handle, .. } => on(handle, |handle| Asked::Write { handle }),
            Request::ReadDir { handle } => on(handle, |handle| Asked::ReadDir { handle }),
            Request::Fstat { handle } => on(handle, |handle| Asked::Fstat { handle }),
            Request::Read { handle, offset, .. } => match self.ledger.serial(handle) {
                Some(handle) => Asked::Read { handle, offset },
                None => Asked::Quiet,
            },
            Request::Stat { path } => Asked::Stat { path: text(path) },
            Request::SetStat { path } => change(FileOpKind::SetAttributes, path, None)?,
            Request::FsetStat { handle, size } => return self.note_fsetstat(handle, size, now_us).map(Some),
            Request::Remove { path } => change(FileOpKind::Delete, path, None)?,
            Request::Mkdir { path } => change(FileOpKind::Mkdir, path, None)?,
            Request::Rmdir { path } => change(FileOpKind::Rmdir, path, None)?,
            Request::Rename { from, to } => change(FileOpKind::Rename, from, Some(to))?,
            Request::Symlink { link, points_at } => change(FileOpKind::Symlink, link, Some(points_at))?,
            Request::Hardlink { link, existing } => change(FileOpKind::Hardlink, link, Some(existing))?,
            Request::CopyData { from, to, len } => return self.note_copy(from, to, len, now_us).map(Some),
            Request::Unknown if self.rules.restrict() => {
                return Err((
                    wire::FX_OP_UNSUPPORTED,
                    "this request is not known to the gateway",
                ));
            }
            Request::Quiet | Request::Unknown => Asked::Quiet,
            Request::Malformed => return Err((wire::FX_BAD_MESSAGE, "the request is malformed or too long")),
        }))
    }

    /// Attributes of a file that is open for writing belong to its upload: who may write it may set its mode and times.
    fn note_fsetstat(
        &self,
        handle: &[u8],
        size: Option<u64>,
        now_us: u64,
    ) -> Result<Asked, (u32, &'static str)> {
        let serial = self.ledger.serial(handle);
        if !serial.is_some_and(|serial| self.ledger.writable(serial)) {
            self.allow(FileOpKind::SetAttributes)?;
        }
        let Some(serial) = serial else {
            return Ok(Asked::Quiet);
        };
        let path = self.ledger.path_of(serial);
        let op = FileOp::new(FileProtocol::Sftp, FileOpKind::SetAttributes, path, now_us);
        Ok(Asked::Change {
            op: Box::new(op),
            cut: size.map(|size| (serial, size)),
        })
    }

    fn note_copy(&self, from: &[u8], to: &[u8], len: u64, now_us: u64) -> Result<Asked, (u32, &'static str)> {
        self.allow(FileOpKind::Copy)?;
        let (Some(from), Some(to)) = (self.ledger.serial(from), self.ledger.serial(to)) else {
            return Ok(Asked::Quiet);
        };
        let mut op = FileOp::new(
            FileProtocol::Sftp,
            FileOpKind::Copy,
            self.ledger.path_of(from),
            now_us,
        );
        op.to = Some(self.ledger.path_of(to));
        op.bytes = len;
        Ok(Asked::Copy { op: Box::new(op), to })
    }

    fn allow(&self, kind: FileOpKind) -> Result<(), (u32, &'static str)> {
        self.rules
            .refusal(kind)
            .map_or(Ok(()), |why| Err((wire::FX_PERMISSION_DENIED, why)))
    }

    /// Logs what a rule refused.
    fn refused(
        &self,
        request: &Request<'_>,
        (code, why): (u32, &'static str),
        now_us: u64,
        scan: &mut Scan,
    ) -> Judgement {
        let of = |handle: &[u8]| {
            self.ledger
                .serial(handle)
                .map(|serial| self.ledger.path_of(serial))
                .unwrap_or_default()
        };
        let (kind, path, to) = match *request {
            Request::Open { path, flags } => {
                let refused = open_wishes(flags).find(|kind| self.rules.refusal(*kind).is_some());
                (refused.unwrap_or_else(|| opened_for(flags)), text(path), None)
            }
            Request::SetStat { path } => (FileOpKind::SetAttributes, text(path), None),
            Request::FsetStat { handle, .. } => (FileOpKind::SetAttributes, of(handle), None),
            Request::Remove { path } => (FileOpKind::Delete, text(path), None),
            Request::Mkdir { path } => (FileOpKind::Mkdir, text(path), None),
            Request::Rmdir { path } => (FileOpKind::Rmdir, text(path), None),
            Request::Rename { from, to } => (FileOpKind::Rename, text(from), Some(text(to))),
            Request::Symlink { link, points_at } => (FileOpKind::Symlink, text(link), Some(text(points_at))),
            Request::Hardlink { link, existing } => (FileOpKind::Hardlink, text(link), Some(text(existing))),
            Request::CopyData { from, to, .. } => (FileOpKind::Copy, of(from), Some(of(to))),
            _ => return Judgement::Refuse { code, why },
        };
        let mut op = FileOp::new(FileProtocol::Sftp, kind, path, now_us);
        op.to = to;
        op.result = FileResult::Refused(why.to_owned());
        scan.op(op);
        Judgement::Refuse { code, why }
    }
}

/// What opening a file with these flags allows its holder to do.
fn open_wishes(flags: u32) -> impl Iterator<Item = FileOpKind> {
    const WRITES: u32 = wire::FXF_WRITE | wire::FXF_APPEND | wire::FXF_CREAT | wire::FXF_TRUNC;
    let upload = (flags & WRITES != 0).then_some(FileOpKind::Upload);
    // Whatever does not write is taken to read.
    let download = (flags & wire::FXF_READ != 0 || upload.is_none()).then_some(FileOpKind::Download);
    upload.into_iter().chain(download)
}

/// Where the head of a packet is.
enum HeadAt {
    Chunk { at: usize, head: usize },
    Held(Vec<u8>),
}

impl HeadAt {
    fn pass(self, scan: &mut Scan) {
        match self {
            Self::Chunk { at, head } => scan.pass(at..at + head, Class::Meta),
            Self::Held(bytes) => scan.insert(bytes.into()),
        }
    }

    /// Keeps the head back and says how long it was.
    fn drop(self, scan: &mut Scan) -> usize {
        match self {
            Self::Chunk { at, head } => {
                scan.hold(at..at + head);
                head
            }
            // Kept back already, with the chunks that brought it.
            Self::Held(bytes) => bytes.len(),
        }
    }
}
