//! Watches the copy protocol of `scp -O`.
//!
//! One side sends records (`T` times, `C` file, `D` folder, `E` end of folder, each a line) and the content of files, the
//! other answers each of them with a byte: 0 for yes, 1 or 2 and a line for an error. There is no framing besides, so
//! what the bytes after a `C` line are depends on the answer to it: content, or after an error the next record. Content
//! is therefore taken for [`Class::Bulk`] only after the answer was yes. A sender that does not wait stays recorded.
//!
//! Nothing is ever refused inside the stream: whether uploads or downloads are allowed is known from the command line.

mod record;
mod sender;

use std::collections::VecDeque;

use super::{Class, Direction, FileOp, FileResult, Hashing, Scan};
use sender::Sender;

/// Answers that may be awaited at a time; the protocol has one or two.
const MAX_AWAITED: usize = 64;
/// Bytes kept of an error text.
const MAX_TEXT: usize = 1024;

/// What an `scp -t` or `scp -f` command line on the target says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScpCommand {
    /// `Upload` for `-t`, `Download` for `-f`.
    pub direction: Direction,
    /// The path, or the paths of `-f` joined by spaces; patterns are not expanded.
    pub path: String,
    /// `-r`
    pub recursive: bool,
    /// `-p`
    pub preserve: bool,
    /// `-d`: the path must be a folder.
    pub into_folder: bool,
}

/// Watches one SCP channel. Memory: one line of at most 8 KiB, the names of 512 folders of at most 64 KiB together, and 64
/// answers awaited.
pub struct ScpObserver {
    sender: Sender,
    awaited: VecDeque<Awaited>,
    /// Answers of the receiver that came before their question; all of them are yes.
    early: u32,
    answer: Option<Vec<u8>>,
    fault: Option<ScpFault>,
}

/// Why a channel could not be read as SCP any further. From then on all bytes are [`Class::Meta`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScpFault {
    /// A line that is no record, or too long.
    #[error("the stream is not one of scp")]
    Record,
    /// Folders deeper, or names longer, than are followed.
    #[error("the folders are nested too deep")]
    Depth,
    /// More was sent before an answer than can be followed, or on top of an error.
    #[error("the sender does not wait for answers")]
    Order,
}

/// What the receiver will answer next.
enum Awaited {
    /// It is ready.
    Ready,
    /// A `T` or `E` record.
    Plain,
    /// A `D` record; for an upload with the operation to log.
    Folder(Option<Box<FileOp>>),
    /// A `C` record.
    File,
    /// Content and the sender's own verdict on it.
    Content(Box<FileOp>),
}

impl ScpObserver {
    /// Starts with the first byte of the channel.
    pub fn new(command: ScpCommand, hashing: Hashing) -> Self {
        Self {
            sender: Sender::new(command, hashing),
            awaited: VecDeque::from([Awaited::Ready]),
            early: 0,
            answer: None,
            fault: None,
        }
    }

    /// Looks at bytes from the caller; `now_us` is the session's clock.
    pub fn from_caller(&mut self, chunk: &[u8], now_us: u64, scan: &mut Scan) {
        self.look(chunk, Direction::Upload, now_us, scan);
    }

    /// Looks at bytes from the target; `now_us` is the session's clock.
    pub fn from_target(&mut self, chunk: &[u8], now_us: u64, scan: &mut Scan) {
        self.look(chunk, Direction::Download, now_us, scan);
    }

    /// Ends the channel: what was not answered is logged as unfinished.
    pub fn end(&mut self, now_us: u64, scan: &mut Scan) {
        scan.clear();
        for awaited in std::mem::take(&mut self.awaited) {
            if let Awaited::Content(op) | Awaited::Folder(Some(op)) = awaited {
                log(*op, FileResult::Unfinished, now_us, scan);
            }
        }
        if let Some(op) = self.sender.stop() {
            log(op, FileResult::Unfinished, now_us, scan);
        }
    }

    /// Says why the channel is not followed any further, if so.
    pub fn fault(&self) -> Option<ScpFault> {
        self.fault
    }

    fn look(&mut self, chunk: &[u8], from: Direction, now_us: u64, scan: &mut Scan) {
        scan.clear();
        if self.fault.is_some() {
            scan.pass(0..chunk.len(), Class::Meta);
        } else if from == self.sender.direction() {
            self.sent(chunk, now_us, scan);
        } else {
            scan.pass(0..chunk.len(), Class::Meta);
            self.answered(chunk, now_us, scan);
        }
    }

    /// Reads bytes of the side that has the files.
    fn sent(&mut self, chunk: &[u8], now_us: u64, scan: &mut Scan) {
        let mut at = 0;
        while let Some(rest) = chunk.get(at..).filter(|rest| !rest.is_empty()) {
            if self.fault.is_some() {
                return scan.pass(at..chunk.len(), Class::Meta);
            }
            let step = self.sender.step(rest, now_us);
            scan.pass(at..at + step.taken, step.class);
            at += step.taken;
            match step.outcome {
                Ok(None) => {}
                Ok(Some(sender::Event::Awaits(awaited))) => self.awaits(awaited, now_us, scan),
                Ok(Some(sender::Event::Failed(op, text))) => log(op, FileResult::Failed(text), now_us, scan),
                Err(fault) => self.fault = Some(fault),
            }
        }
    }

    fn awaits(&mut self, awaited: Awaited, now_us: u64, scan: &mut Scan) {
        if self.early > 0 {
            self.early -= 1;
            self.accepted(awaited, now_us, scan);
        } else if self.awaited.len() < MAX_AWAITED {
            self.awaited.push_back(awaited);
        } else {
            self.fault = Some(ScpFault::Order);
            if let Awaited::Content(op) | Awaited::Folder(Some(op)) = awaited {
                log(*op, FileResult::Unfinished, now_us, scan);
            }
        }
    }

    /// Reads bytes of the side that answers.
    fn answered(&mut self, chunk: &[u8], now_us: u64, scan: &mut Scan) {
        for &byte in chunk {
            if self.fault.is_some() {
                return;
            }
            match (&mut self.answer, byte) {
                (None, 0) => match self.awaited.pop_front() {
                    Some(awaited) => self.accepted(awaited, now_us, scan),
                    None => self.early = self.early.saturating_add(1),
                },
                // Anything else starts an error text; 1 and 2 are not part of it.
                (None, 1 | 2) => self.answer = Some(Vec::new()),
                (None, byte) => self.answer = Some(vec![byte]),
                (Some(text), b'\n') => {
                    let text = super::op::text(&std::mem::take(text));
                    self.answer = None;
                    match self.awaited.pop_front() {
                        Some(awaited) => self.rejected(awaited, text, now_us, scan),
                        None => self.fault = Some(ScpFault::Order),
                    }
                }
                (Some(text), byte) if text.len() < MAX_TEXT => text.push(byte),
                (Some(_), _) => {}
            }
        }
    }

    fn accepted(&mut self, awaited: Awaited, now_us: u64, scan: &mut Scan) {
        match awaited {
            Awaited::Ready | Awaited::Plain | Awaited::Folder(None) => {}
            Awaited::Folder(Some(op)) => log(*op, FileResult::Done, now_us, scan),
            Awaited::File => self.sender.file_accepted(),
            Awaited::Content(mut op) => {
                let result = std::mem::replace(&mut op.result, FileResult::Unfinished);
                log(*op, result, now_us, scan);
            }
        }
    }

    /// After an error the sender goes on with the next record. If it has sent anything already, nobody can tell what the
    /// receiver takes that for.
    fn rejected(&mut self, awaited: Awaited, text: String, now_us: u64, scan: &mut Scan) {
        let ahead = !self.awaited.is_empty() || !self.sender.waits();
        let op = match awaited {
            Awaited::Ready | Awaited::Plain => None,
            Awaited::Folder(op) => {
                self.sender.leave_folder();
                op.map(|op| *op)
            }
            Awaited::File => self.sender.stop(),
            // The receiver read the content all the same, so the next record may be under way.
            Awaited::Content(op) => return log(*op, FileResult::Failed(text), now_us, scan),
        };
        if ahead {
            self.fault = Some(ScpFault::Order);
        }
        if let Some(op) = op {
            log(op, FileResult::Failed(text), now_us, scan);
        }
    }
}

fn log(mut op: FileOp, result: FileResult, now_us: u64, scan: &mut Scan) {
    op.complete = result == FileResult::Done;
    if !op.complete {
        op.sha256 = None;
    }
    op.result = result;
    op.ended_us = now_us;
    scan.op(op);
}
