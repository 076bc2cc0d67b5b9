//! What was asked and what is open.

use std::collections::{HashMap, VecDeque};

use super::super::content::REORDER_BYTES;
use super::super::op::text;
use super::super::{FileOp, FileOpKind, FileProtocol, FileResult, Hashing};
use super::handle::Handle;
use super::wire::{self, Answer};

/// Memory for questions and handles, by estimate. A caller that has more in flight gets an error for the next one.
const MAX_COST: usize = 8 << 20;
/// The part of it that outstanding reads may take; reads past it go on without being followed.
const MAX_READ_COST: usize = 6 << 20;
/// Estimate for one entry without its texts.
const ENTRY_COST: usize = 128;
/// Estimate for a handle without its texts: hash state, ranges.
const HANDLE_COST: usize = 2048;
/// Sizes that STAT told and that an OPEN may follow up.
const MAX_SIZES: usize = 16;

/// Names an open handle for as long as it is open; servers use their own names again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Serial(u64);

/// A request that was passed on and waits for its answer.
pub(super) enum Asked {
    Open {
        path: String,
        flags: u32,
        at_us: u64,
    },
    OpenDir {
        path: String,
        at_us: u64,
    },
    Close {
        handle: Serial,
    },
    Read {
        handle: Serial,
        offset: u64,
    },
    Write {
        handle: Serial,
    },
    ReadDir {
        handle: Serial,
    },
    Stat {
        path: String,
    },
    Fstat {
        handle: Serial,
    },
    /// Changes something at once; the size is what a file is cut to.
    Change {
        op: Box<FileOp>,
        cut: Option<(Serial, u64)>,
    },
    Copy {
        op: Box<FileOp>,
        to: Serial,
    },
    Quiet,
}

impl Asked {
    fn cost(&self) -> usize {
        ENTRY_COST
            + match self {
                Self::Open { path, .. } | Self::OpenDir { path, .. } | Self::Stat { path } => path.len(),
                Self::Change { op, .. } | Self::Copy { op, .. } => {
                    size_of::<FileOp>() + op.path.len() + op.to.as_ref().map_or(0, String::len)
                }
                _ => 0,
            }
    }
}

/// Why a request cannot be followed, and so must not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfollowed {
    /// Its id belongs to a request that is not answered yet.
    SameId,
    /// There are too many.
    TooMany,
}

/// The book of an SFTP channel. Bounded: see the constants above.
pub(super) struct Ledger {
    hashing: Hashing,
    asked: HashMap<u32, Asked>,
    open: HashMap<Serial, Handle>,
    names: HashMap<Box<[u8]>, Serial>,
    next: u64,
    cost: usize,
    read_cost: usize,
    sizes: VecDeque<(String, u64)>,
    room: usize,
}

impl Ledger {
    pub(super) fn new(hashing: Hashing) -> Self {
        Self {
            hashing,
            asked: HashMap::new(),
            open: HashMap::new(),
            names: HashMap::new(),
            next: 0,
            cost: 0,
            read_cost: 0,
            sizes: VecDeque::new(),
            room: REORDER_BYTES,
        }
    }

    pub(super) fn serial(&self, handle: &[u8]) -> Option<Serial> {
        self.names.get(handle).copied()
    }

    pub(super) fn path_of(&self, handle: Serial) -> String {
        self.open
            .get(&handle)
            .map(|open| open.path.clone())
            .unwrap_or_default()
    }

    pub(super) fn writable(&self, handle: Serial) -> bool {
        self.open.get(&handle).is_some_and(Handle::is_writable)
    }

    /// Notes a request before it passes.
    pub(super) fn ask(&mut self, id: u32, asked: Asked) -> Result<(), Unfollowed> {
        if self.asked.contains_key(&id) {
            return Err(Unfollowed::SameId);
        }
        let cost = asked.cost();
        match &asked {
            Asked::Read { handle, .. }
                if self.read_cost + cost > MAX_READ_COST || self.cost + cost > MAX_COST =>
            {
                if let Some(open) = self.open.get_mut(handle) {
                    open.unseen(&mut self.room);
                }
                return Ok(());
            }
            Asked::Read { .. } => self.read_cost += cost,
            _ if self.cost + cost > MAX_COST => return Err(Unfollowed::TooMany),
            Asked::Write { handle } => {
                if let Some(open) = self.open.get_mut(handle) {
                    open.write_asked();
                }
            }
            _ => {}
        }
        self.cost += cost;
        self.asked.insert(id, asked);
        Ok(())
    }

    /// Takes content of a WRITE that passes.
    pub(super) fn written(&mut self, handle: Serial, offset: u64, data: &[u8]) {
        if let Some(open) = self.open.get_mut(&handle) {
            open.written(offset, data, &mut self.room);
        }
    }

    /// Takes content of the answer to a READ.
    pub(super) fn read(&mut self, handle: Serial, offset: u64, data: &[u8]) {
        if let Some(open) = self.open.get_mut(&handle) {
            open.read(offset, data, &mut self.room);
        }
    }

    /// Takes the head of an answer. For content it says whose it is and where it belongs.
    pub(super) fn answer(
        &mut self,
        id: u32,
        answer: &Answer<'_>,
        now_us: u64,
        log: &mut impl FnMut(FileOp),
    ) -> Option<(Serial, u64)> {
        let asked = self.asked.remove(&id)?;
        let cost = asked.cost();
        self.cost = self.cost.saturating_sub(cost);
        match asked {
            Asked::Read { handle, offset } => {
                self.read_cost = self.read_cost.saturating_sub(cost);
                return self.answer_read(handle, offset, answer);
            }
            Asked::Open { path, flags, at_us } => {
                self.answer_open(path, Some(flags), at_us, answer, now_us, log);
            }
            Asked::OpenDir { path, at_us } => self.answer_open(path, None, at_us, answer, now_us, log),
            Asked::Close { handle } => self.close(handle, &result(answer), now_us, log),
            Asked::Write { handle } => {
                if let Some(open) = self.open.get_mut(&handle) {
                    open.write_answered();
                    fail(open, answer);
                }
            }
            Asked::ReadDir { handle } => {
                if let Some(open) = self.open.get_mut(&handle) {
                    match answer {
                        Answer::Names { count } => open.listed(*count),
                        Answer::Status {
                            code: wire::FX_EOF, ..
                        } => {}
                        _ => fail(open, answer),
                    }
                }
            }
            Asked::Stat { path } => {
                if let Answer::Attributes { size: Some(size) } = answer {
                    self.remember_size(path, *size);
                }
            }
            Asked::Fstat { handle } => {
                if let (Answer::Attributes { size: Some(size) }, Some(open)) =
                    (answer, self.open.get_mut(&handle))
                {
                    open.has_size(*size);
                }
            }
            Asked::Change { op, cut } => {
                let op = ended(*op, answer, now_us);
                if let (true, Some((handle, size))) = (op.ok(), cut)
                    && let Some(open) = self.open.get_mut(&handle)
                {
                    open.cut_to(size);
                }
                log(op);
            }
            Asked::Copy { op, to } => {
                if let Some(open) = self.open.get_mut(&to) {
                    open.unseen(&mut self.room);
                }
                log(ended(*op, answer, now_us));
            }
            Asked::Quiet => {}
        }
        None
    }

    /// Ends everything that is still open or unanswered.
    pub(super) fn end(&mut self, now_us: u64, log: &mut impl FnMut(FileOp)) {
        let mut left: Vec<FileOp> = Vec::new();
        for (_, asked) in self.asked.drain() {
            match asked {
                Asked::Open { path, flags, at_us } => {
                    left.push(FileOp::new(FileProtocol::Sftp, opened_for(flags), path, at_us));
                }
                Asked::OpenDir { path, at_us } => {
                    left.push(FileOp::new(FileProtocol::Sftp, FileOpKind::List, path, at_us));
                }
                Asked::Change { op, .. } | Asked::Copy { op, .. } => left.push(*op),
                _ => {}
            }
        }
        for (_, handle) in self.open.drain() {
            handle.close(&FileResult::Unfinished, now_us, &mut self.room, |op| {
                left.push(op);
            });
        }
        left.sort_by_key(|op| op.started_us);
        self.names.clear();
        for mut op in left {
            op.ended_us = now_us;
            log(op);
        }
    }

    fn answer_read(&mut self, handle: Serial, offset: u64, answer: &Answer<'_>) -> Option<(Serial, u64)> {
        let open = self.open.get_mut(&handle)?;
        match answer {
            Answer::Data => return Some((handle, offset)),
            Answer::Status {
                code: wire::FX_EOF, ..
            } => open.ends_at(offset),
            _ => fail(open, answer),
        }
        None
    }

    fn answer_open(
        &mut self,
        path: String,
        flags: Option<u32>,
        at_us: u64,
        answer: &Answer<'_>,
        now_us: u64,
        log: &mut impl FnMut(FileOp),
    ) {
        let Answer::Handle { handle: name } = answer else {
            let kind = flags.map_or(FileOpKind::List, opened_for);
            return log(ended(
                FileOp::new(FileProtocol::Sftp, kind, path, at_us),
                answer,
                now_us,
            ));
        };
        let size = self
            .sizes
            .iter()
            .rev()
            .find(|(known, _)| *known == path)
            .map(|(_, size)| *size);
        let handle = match flags {
            Some(flags) => Handle::file(name, path, at_us, flags, size, self.hashing),
            None => Handle::folder(name, path, at_us),
        };
        if self.cost + handle_cost(&handle) > MAX_COST {
            // It is open all the same, so the log at least says so.
            return handle.close(&FileResult::Unfinished, now_us, &mut self.room, log);
        }
        if let Some(stale) = self.serial(name) {
            self.close(stale, &FileResult::Unfinished, now_us, log);
        }
        self.cost += handle_cost(&handle);
        let serial = Serial(self.next);
        self.next += 1;
        self.names.insert((*name).into(), serial);
        self.open.insert(serial, handle);
    }

    fn close(&mut self, serial: Serial, closed: &FileResult, now_us: u64, log: &mut impl FnMut(FileOp)) {
        let Some(handle) = self.open.remove(&serial) else {
            return;
        };
        self.cost = self.cost.saturating_sub(handle_cost(&handle));
        self.names.remove(&handle.name);
        handle.close(closed, now_us, &mut self.room, log);
    }

    fn remember_size(&mut self, path: String, size: u64) {
        if path.len() > 4096 {
            return;
        }
        if self.sizes.len() >= MAX_SIZES {
            self.sizes.pop_front();
        }
        self.sizes.push_back((path, size));
    }
}

/// What a file was opened for, judged by the flags alone.
pub(super) fn opened_for(flags: u32) -> FileOpKind {
    if flags & wire::FXF_WRITE != 0 {
        FileOpKind::Upload
    } else {
        FileOpKind::Download
    }
}

fn handle_cost(handle: &Handle) -> usize {
    HANDLE_COST + handle.path.len() + 2 * handle.name.len()
}

fn fail(open: &mut Handle, answer: &Answer<'_>) {
    if let FileResult::Failed(text) = result(answer) {
        open.fail(text);
    }
}

fn ended(mut op: FileOp, answer: &Answer<'_>, now_us: u64) -> FileOp {
    op.result = result(answer);
    op.complete = op.ok();
    op.ended_us = now_us;
    op
}

/// Reads a STATUS that says how a request ended.
fn result(answer: &Answer<'_>) -> FileResult {
    match answer {
        Answer::Status {
            code: wire::FX_OK, ..
        } => FileResult::Done,
        Answer::Status { code, text: [] } => FileResult::Failed(wire::status_name(*code).to_owned()),
        Answer::Status { text: message, .. } => FileResult::Failed(text(message)),
        _ => FileResult::Failed("the target gave an answer that does not belong to the request".to_owned()),
    }
}
