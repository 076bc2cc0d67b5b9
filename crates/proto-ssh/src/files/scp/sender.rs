//! The side that has the files.

use aws_lc_rs::digest;

use super::super::op::text;
use super::super::{Class, Direction, FileOp, FileOpKind, FileProtocol, FileResult, Hashing, Sha256};
use super::record::{self, Record};
use super::{Awaited, ScpCommand, ScpFault};

const MAX_LINE: usize = 8 << 10;
const MAX_FOLDERS: usize = 512;
const MAX_FOLDER_NAMES: usize = 64 << 10;

/// Follows records and content.
pub(super) struct Sender {
    command: ScpCommand,
    hashing: Hashing,
    folders: Vec<String>,
    at: At,
}

enum At {
    /// In or before a line.
    Line(Vec<u8>),
    /// After a `C` line, until the sender's verdict is complete.
    File(Box<File>),
}

struct File {
    op: FileOp,
    size: u64,
    left: u64,
    hash: Option<digest::Context>,
    /// Whether the receiver said yes to the `C` line.
    accepted: bool,
    /// Whether anything came after the `C` line.
    begun: bool,
    /// The verdict: a zero byte, or an error line.
    verdict: Option<Vec<u8>>,
}

/// What came of some bytes.
pub(super) struct Step {
    pub(super) taken: usize,
    pub(super) class: Class,
    pub(super) outcome: Result<Option<Event>, ScpFault>,
}

/// Something that the other direction or the log must know.
pub(super) enum Event {
    Awaits(Awaited),
    Failed(FileOp, String),
}

impl Sender {
    pub(super) fn new(command: ScpCommand, hashing: Hashing) -> Self {
        Self {
            command,
            hashing,
            folders: Vec::new(),
            at: At::Line(Vec::new()),
        }
    }

    pub(super) fn direction(&self) -> Direction {
        self.command.direction
    }

    /// Takes at least one of `bytes`, which are not none.
    pub(super) fn step(&mut self, bytes: &[u8], now_us: u64) -> Step {
        match &mut self.at {
            At::File(file) if file.left > 0 => {
                let taken = usize::try_from(file.left).unwrap_or(usize::MAX).min(bytes.len());
                file.take(bytes.get(..taken).unwrap_or_default());
                let class = if file.accepted { Class::Bulk } else { Class::Meta };
                Step {
                    taken,
                    class,
                    outcome: Ok(None),
                }
            }
            At::File(file) => {
                let (taken, done) = file.judge(bytes);
                let outcome = Ok(done.then(|| self.finish()).flatten());
                Step {
                    taken,
                    class: Class::Meta,
                    outcome,
                }
            }
            At::Line(line) => {
                if line.is_empty() && bytes.first() == Some(&0) {
                    // Older senders confirm with a zero where a record could be.
                    return Step {
                        taken: 1,
                        class: Class::Meta,
                        outcome: Ok(None),
                    };
                }
                let end = bytes.iter().position(|byte| *byte == b'\n');
                let taken = end.map_or(bytes.len(), |end| end + 1);
                let more = bytes.get(..end.unwrap_or(taken)).unwrap_or_default();
                if line.len() + more.len() > MAX_LINE {
                    return Step {
                        taken,
                        class: Class::Meta,
                        outcome: Err(ScpFault::Record),
                    };
                }
                line.extend_from_slice(more);
                let outcome = match end {
                    Some(_) => {
                        let line = std::mem::take(line);
                        self.record(&line, now_us).map(Some)
                    }
                    None => Ok(None),
                };
                Step {
                    taken,
                    class: Class::Meta,
                    outcome,
                }
            }
        }
    }

    /// The receiver said yes to the `C` line.
    pub(super) fn file_accepted(&mut self) {
        if let At::File(file) = &mut self.at {
            file.accepted = true;
        }
    }

    /// Whether nothing came after the last record that has an answer.
    pub(super) fn waits(&self) -> bool {
        match &self.at {
            At::Line(line) => line.is_empty(),
            At::File(file) => !file.begun,
        }
    }

    /// Gives up the file that is being sent.
    pub(super) fn stop(&mut self) -> Option<FileOp> {
        match std::mem::replace(&mut self.at, At::Line(Vec::new())) {
            At::File(file) => {
                let mut op = file.op;
                op.bytes = file.size - file.left;
                op.ranges = u32::from(op.bytes > 0);
                Some(op)
            }
            At::Line(_) => None,
        }
    }

    pub(super) fn leave_folder(&mut self) {
        self.folders.pop();
    }

    fn record(&mut self, line: &[u8], now_us: u64) -> Result<Event, ScpFault> {
        Ok(Event::Awaits(
            match record::read(line).ok_or(ScpFault::Record)? {
                Record::Times => Awaited::Plain,
                Record::Leave => {
                    self.leave_folder();
                    Awaited::Plain
                }
                Record::Error { text: why } => {
                    let op = FileOp::new(FileProtocol::Scp, self.kind(), self.path(None), now_us);
                    return Ok(Event::Failed(op, text(why)));
                }
                Record::Folder { name } => {
                    let op = self.named(FileOpKind::Mkdir, name, now_us);
                    let names: usize = self.folders.iter().map(String::len).sum();
                    if self.folders.len() >= MAX_FOLDERS || names + op.path.len() > MAX_FOLDER_NAMES {
                        return Err(ScpFault::Depth);
                    }
                    self.folders.push(op.path.clone());
                    Awaited::Folder((self.command.direction == Direction::Upload).then(|| Box::new(op)))
                }
                Record::File { size, name } => {
                    let op = self.named(self.kind(), name, now_us);
                    let hash = (self.hashing == Hashing::On).then(|| digest::Context::new(&digest::SHA256));
                    let file = File {
                        op,
                        size,
                        left: size,
                        hash,
                        accepted: false,
                        begun: false,
                        verdict: None,
                    };
                    self.at = At::File(Box::new(file));
                    Awaited::File
                }
            },
        ))
    }

    /// The sender's verdict is there; what remains is the receiver's.
    fn finish(&mut self) -> Option<Event> {
        let At::File(file) = std::mem::replace(&mut self.at, At::Line(Vec::new())) else {
            return None;
        };
        let mut op = file.op;
        op.bytes = file.size;
        op.ranges = u32::from(op.bytes > 0);
        let why = file.verdict.unwrap_or_default();
        op.result = if why.is_empty() {
            FileResult::Done
        } else {
            FileResult::Failed(text(&why))
        };
        op.sha256 = file
            .hash
            .and_then(|hash| hash.finish().as_ref().try_into().ok())
            .map(Sha256);
        Some(Event::Awaits(Awaited::Content(Box::new(op))))
    }

    fn kind(&self) -> FileOpKind {
        match self.command.direction {
            Direction::Upload => FileOpKind::Upload,
            Direction::Download => FileOpKind::Download,
        }
    }

    /// Describes something that the sender named.
    fn named(&self, kind: FileOpKind, name: &[u8], now_us: u64) -> FileOp {
        let name = text(name);
        let mut op = FileOp::new(FileProtocol::Scp, kind, self.path(Some(&name)), now_us);
        if self.folders.is_empty() && self.command.direction == Direction::Upload && !op.path.ends_with(&name)
        {
            // `scp name host:path`: only the target knows whether `path` is the folder or the new name.
            op.name = Some(name);
        }
        op
    }

    /// Finds the path on the target of something that the sender named.
    fn path(&self, name: Option<&str>) -> String {
        let asked = self.command.path.as_str();
        match (self.folders.last(), name) {
            (Some(folder), Some(name)) => join(folder, name),
            (Some(folder), None) => folder.clone(),
            (None, None) => asked.to_owned(),
            (None, Some(name)) if asked.rsplit('/').next() == Some(name) => asked.to_owned(),
            (None, Some(name)) if self.command.direction == Direction::Download => {
                // A pattern, or several paths: the name comes from the folder that was asked for.
                asked
                    .rsplit_once('/')
                    .map_or_else(|| name.to_owned(), |(folder, _)| join(folder, name))
            }
            (None, Some(name)) => {
                let folder =
                    self.command.into_folder || asked.ends_with('/') || matches!(asked, "." | ".." | "~");
                if folder {
                    join(asked, name)
                } else {
                    asked.to_owned()
                }
            }
        }
    }
}

impl File {
    fn take(&mut self, content: &[u8]) {
        self.begun = true;
        self.left -= content.len() as u64;
        if let Some(hash) = &mut self.hash {
            hash.update(content);
        }
    }

    /// Reads the verdict; says how many bytes it took and whether it is complete.
    fn judge(&mut self, bytes: &[u8]) -> (usize, bool) {
        self.begun = true;
        match (&mut self.verdict, bytes.first()) {
            (None, Some(0)) => (1, true),
            (None, _) => {
                self.verdict = Some(Vec::new());
                (1, false)
            }
            (Some(why), _) => {
                let end = bytes.iter().position(|byte| *byte == b'\n');
                let line = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
                why.extend(line.iter().take(super::MAX_TEXT.saturating_sub(why.len())));
                if end.is_some() && why.is_empty() {
                    why.extend_from_slice(b"the sender could not read all of it");
                }
                (end.map_or(bytes.len(), |end| end + 1), end.is_some())
            }
        }
    }
}

fn join(folder: &str, name: &str) -> String {
    match folder {
        "." | "" => name.to_owned(),
        folder => format!("{}/{name}", folder.trim_end_matches('/')),
    }
}
