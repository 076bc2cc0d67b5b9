//! What the indexer keeps of one strand.

use std::collections::{HashMap, VecDeque};

use domain::{Micros, Span};
use screen::{
    Command, CommandEvent, CommandExtractor, CommandLimits, SleepingExtractor, Terminal, TerminalEvent,
};
use serde_json::json;
use store::{Completion, EntryKey, EntryKind, Outcome};
use tape::{Direction, Kind};

use crate::{
    marks::{CloseMark, OpenMark},
    recorder::SHOWN,
    tap::StrandKind,
};

/// How much of a command's output is kept beside it; the tape has all of it.
const PREVIEW: usize = 16 << 10;

/// How much of the output is searched. What comes after it is passed over, see [`crate::playback::Growth::bulk_from`].
const SEARCHED: usize = SHOWN as usize;

/// How many masked pieces are remembered; the mask itself holds no more characters than this.
const MASKED: usize = 8192;

/// The size of a terminal when nobody said one.
const SIZE: (u16, u16) = (80, 24);

/// One strand.
pub(super) struct StrandIndex {
    kind: StrandKind,
    titled: bool,
    started: Micros,
    shell: Shell,
    /// Masked pieces that may still be revealed: number and length.
    masked: VecDeque<(u64, u32)>,
    output: Vec<u8>,
    output_bytes: u64,
    /// The entry of the strand as a whole: a command, a forward.
    pub(super) whole: Option<EntryKey>,
    /// Entries of commands that were typed and still run, by the extractor's numbers.
    pub(super) typed: HashMap<u64, EntryKey>,
    /// Entries of statements that are not answered yet, with their details, by the protocol's numbers.
    pub(super) statements: HashMap<u64, (EntryKey, serde_json::Value)>,
}

/// The emulator of a terminal: awake while there is something to see.
enum Shell {
    None,
    Awake(Box<CommandExtractor>),
    Asleep(Box<SleepingExtractor>),
}

impl StrandIndex {
    pub(super) fn new(mark: &OpenMark, started: Micros) -> Self {
        let shell = if mark.kind == StrandKind::Terminal {
            let size = |asked: u32, default| match u16::try_from(asked) {
                Ok(0) | Err(_) => default,
                Ok(size) => size,
            };
            let (cols, rows) = (size(mark.cols, SIZE.0), size(mark.rows, SIZE.1));
            Shell::Awake(Box::new(CommandExtractor::new(
                cols,
                rows,
                CommandLimits {
                    output_bytes: SEARCHED,
                },
            )))
        } else {
            Shell::None
        };
        Self {
            kind: mark.kind,
            titled: !mark.title.is_empty(),
            started,
            shell,
            masked: VecDeque::new(),
            output: Vec::new(),
            output_bytes: 0,
            whole: None,
            typed: HashMap::new(),
            statements: HashMap::new(),
        }
    }

    /// Tells which entry the strand as a whole is; [`None`] when it is only what happens in it.
    pub(super) fn whole_kind(&self) -> Option<EntryKind> {
        match self.kind {
            StrandKind::Terminal if self.titled => Some(EntryKind::Command),
            StrandKind::Command => Some(EntryKind::Command),
            StrandKind::Forward => Some(EntryKind::Forward),
            _ => None,
        }
    }

    /// Takes a record; gives what was typed.
    pub(super) fn take(&mut self, at: u64, kind: &Kind) -> Vec<CommandEvent> {
        if let Kind::Data(Direction::FromTarget | Direction::FromTargetErr, bytes) = kind {
            self.output_bytes += bytes.len() as u64;
            let room = SEARCHED.saturating_sub(self.output.len());
            if self.whole.is_some() {
                self.output
                    .extend_from_slice(bytes.get(..room.min(bytes.len())).unwrap_or_default());
            }
        }
        let event = match kind {
            Kind::Data(Direction::ToTarget, bytes) => TerminalEvent::Input(bytes),
            Kind::Reveal { id: byte, bytes } => match self.piece(*byte) {
                Some((id, offset)) => TerminalEvent::Revealed { id, offset, bytes },
                None => return Vec::new(),
            },
            Kind::Data(_, bytes) => TerminalEvent::Output(bytes),
            Kind::MaskedInput { id, len } => {
                if self.masked.len() >= MASKED {
                    self.masked.pop_front();
                }
                self.masked.push_back((*id, *len));
                TerminalEvent::MaskedInput {
                    id: *id,
                    len: usize::try_from(*len).unwrap_or(usize::MAX),
                }
            }
            Kind::Resize { cols, rows } => TerminalEvent::Resize {
                cols: u16::try_from(*cols).unwrap_or(u16::MAX),
                rows: u16::try_from(*rows).unwrap_or(u16::MAX),
            },
            _ => return Vec::new(),
        };
        // A command with a terminal may be a shell itself, such as `sudo -i`: what is typed there counts as well.
        self.shell()
            .map(|shell| shell.push(at, event))
            .unwrap_or_default()
    }

    /// Finds the masked piece that a byte belongs to, and where in it the byte is.
    fn piece(&self, byte: u64) -> Option<(u64, usize)> {
        let (id, len) = self.masked.iter().rev().find(|(id, _)| *id <= byte)?;
        let offset = byte - id;
        (offset < u64::from(*len)).then(|| (*id, usize::try_from(offset).unwrap_or(0)))
    }

    fn shell(&mut self) -> Option<&mut CommandExtractor> {
        if let Shell::Asleep(_) = self.shell
            && let Shell::Asleep(asleep) = std::mem::replace(&mut self.shell, Shell::None)
        {
            self.shell = Shell::Awake(Box::new(CommandExtractor::wake(*asleep)));
        }
        match &mut self.shell {
            Shell::Awake(shell) => Some(shell),
            _ => None,
        }
    }

    /// Packs the emulator up.
    pub(super) fn doze(&mut self) {
        self.shell = match std::mem::replace(&mut self.shell, Shell::None) {
            Shell::Awake(shell) => Shell::Asleep(Box::new(shell.sleep())),
            other => other,
        };
        self.output.shrink_to_fit();
    }

    /// Ends what was typed and still runs.
    pub(super) fn finish(&mut self) -> Vec<CommandEvent> {
        self.shell().map(CommandExtractor::finish).unwrap_or_default()
    }

    /// Says what came of the strand as a whole.
    pub(super) fn completion(&self, strand: u32, mark: &CloseMark, now: Micros) -> Completion {
        let text = shown(&self.output);
        let outcome = match (mark.exit_code, &mark.signal, mark.error.is_empty()) {
            _ if mark.cut => Outcome::Unknown,
            (Some(0), None, true) => Outcome::Ok,
            (None, None, true) if self.kind == StrandKind::Forward => Outcome::Ok,
            (None, None, true) => Outcome::Unknown,
            _ => Outcome::Failed,
        };
        let mut detail = json!({
            "strand": strand,
            "kind": self.kind,
            "exit_code": mark.exit_code,
            "signal": mark.signal,
            "error": mark.error,
            "cut": mark.cut,
            "bytes_up": mark.bytes_up,
            "bytes_down": mark.bytes_down,
        });
        if self.kind != StrandKind::Forward
            && let Some(fields) = detail.as_object_mut()
        {
            // What was passed over is not counted here.
            let total = if self.output_bytes < SHOWN {
                self.output_bytes
            } else {
                self.output_bytes.max(mark.bytes_down)
            };
            fields.insert("output".to_owned(), output(&text, total));
        }
        Completion {
            outcome,
            rows: 0,
            bytes: i64::try_from(mark.bytes_up.saturating_add(mark.bytes_down)).unwrap_or(i64::MAX),
            duration: now.since(self.started),
            detail: Some(detail),
            indexed: text,
        }
    }
}

/// Says what came of a typed command.
pub(super) fn completed(command: &Command, now_us: u64) -> Completion {
    let ended = command.ended_us.unwrap_or(now_us);
    let mut detail =
        json!({ "exit_code": command.exit, "text": command.text, "cut": command.ended_us.is_none() });
    if let Some(fields) = detail.as_object_mut() {
        fields.insert("output".to_owned(), output(&command.output, command.output_bytes));
    }
    Completion {
        outcome: match command.exit {
            Some(0) => Outcome::Ok,
            Some(_) => Outcome::Failed,
            None => Outcome::Unknown,
        },
        rows: 0,
        bytes: i64::try_from(command.output_bytes).unwrap_or(i64::MAX),
        duration: Span(i64::try_from(ended.saturating_sub(command.started_us)).unwrap_or(i64::MAX)),
        detail: Some(detail),
        indexed: format!("{}\n{}", command.text, command.output),
    }
}

/// Says that a command turned out longer than it first was.
pub(super) fn grown(text: String) -> Completion {
    Completion {
        outcome: Outcome::Unknown,
        rows: 0,
        bytes: 0,
        duration: Span(0),
        detail: Some(json!({ "text": text })),
        indexed: text,
    }
}

/// Says that a command of several lines was given up before it ran.
pub(super) fn withdrawn() -> Completion {
    Completion {
        outcome: Outcome::Unknown,
        rows: 0,
        bytes: 0,
        duration: Span(0),
        detail: Some(json!({ "withdrawn": true })),
        indexed: String::new(),
    }
}

/// Reads the body of a statement: JSON with a `text` and what else the protocol knows of it, or the text itself.
pub(super) fn statement(body: &[u8]) -> (String, serde_json::Value) {
    if let Ok(serde_json::Value::Object(mut fields)) = serde_json::from_slice(body)
        && let Some(serde_json::Value::String(text)) = fields.remove("text")
    {
        let detail = if fields.is_empty() {
            serde_json::Value::Null
        } else {
            fields.into()
        };
        return (text, detail);
    }
    (
        String::from_utf8_lossy(body).into_owned(),
        serde_json::Value::Null,
    )
}

/// The part of an output that is shown beside a command.
fn output(text: &str, total: u64) -> serde_json::Value {
    let cut = text.floor_char_boundary(PREVIEW);
    let preview = text.get(..cut).unwrap_or_default();
    json!({ "preview": preview, "truncated": total > text.len() as u64 || cut < text.len(), "total_bytes": total })
}

/// Renders output that was written for a terminal as text; plain output stays as it is.
fn shown(bytes: &[u8]) -> String {
    if !bytes.iter().any(|byte| matches!(byte, 0x1b | b'\r' | 0x08)) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut text = String::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        // A line drawn over itself shows what was drawn last.
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut terminal = Terminal::new(512, 1);
        terminal.feed(line);
        let drawn = terminal.text();
        text.push_str(drawn.lines().next().unwrap_or_default().trim_end());
        text.push('\n');
    }
    text
}
