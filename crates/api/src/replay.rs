//! What a tape shows of a terminal: its strands, and the events of one of them.

use bytes::Bytes;
use domain::Micros;
use engine::{
    Played, StrandKind, TapeReader,
    marks::{CloseMark, Mark, OpenMark},
};
use serde::Serialize;
use tape::{Direction, Kind, Record};
use utoipa::ToSchema;

use crate::problem::{Answer, Problem};

/// The size drawn when nobody said one.
pub(crate) const DEFAULT_SIZE: (u16, u16) = (80, 24);

/// A strand of a recording.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StrandView {
    /// Its number on the tape.
    pub strand: u32,
    /// `terminal`, `command`, `files`, `forward`, `statements` or `display`.
    #[schema(value_type = String)]
    pub kind: StrandKind,
    /// The command line, the subsystem, or `host:port`; empty for a login shell.
    pub title: String,
    /// Columns at the start; 0 when it has no size.
    pub cols: u32,
    /// Rows at the start; 0 when it has no size.
    pub rows: u32,
    /// When it began, in milliseconds since the recording began.
    pub started_ms: i64,
    /// When it ended; null while it runs.
    pub ended_ms: Option<i64>,
    /// The exit status; null when there is none.
    pub exit_code: Option<u32>,
    /// Bytes from the caller to the resource.
    pub bytes_up: u64,
    /// Bytes from the resource to the caller.
    pub bytes_down: u64,
}

/// One thing that a viewer sees.
#[derive(Debug, Clone)]
pub(crate) enum Shown {
    Output(Bytes),
    Input(Bytes),
    Resize(u16, u16),
    Marker(String),
    Exit(Option<u32>),
}

/// What a track must know to go on in the middle of a tape.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seat {
    chosen: Option<(u32, StrandKind)>,
    after_cr: bool,
}

/// Turns the records of a tape into what a viewer sees of one strand.
///
/// Without a wish it follows the first terminal, or the first command when no terminal has begun by then.
#[derive(Debug)]
pub(crate) struct Track {
    started: Micros,
    wish: Option<u32>,
    chosen: Option<(u32, StrandKind)>,
    size: (u16, u16),
    strands: Vec<StrandView>,
    last: Micros,
    after_cr: bool,
}

impl Track {
    pub(crate) fn new(started: Micros, wish: Option<u32>) -> Self {
        Self {
            started,
            wish,
            chosen: None,
            size: DEFAULT_SIZE,
            strands: Vec::new(),
            last: started,
            after_cr: false,
        }
    }

    /// Goes on where another track of the same tape stood.
    pub(crate) fn resume(started: Micros, wish: Option<u32>, seat: Seat) -> Self {
        Self {
            chosen: seat.chosen,
            after_cr: seat.after_cr,
            ..Self::new(started, wish)
        }
    }

    /// Tells where it stands.
    pub(crate) fn seat(&self) -> Seat {
        Seat {
            chosen: self.chosen,
            after_cr: self.after_cr,
        }
    }

    /// Gives the strands that have begun so far.
    pub(crate) fn strands(&self) -> &[StrandView] {
        &self.strands
    }

    /// Gives the size at the start of the chosen strand.
    pub(crate) fn size(&self) -> (u16, u16) {
        self.size
    }

    /// Gives the time of the last record, in microseconds since the recording began.
    pub(crate) fn elapsed_us(&self) -> u64 {
        self.micros(self.last)
    }

    fn micros(&self, at: Micros) -> u64 {
        u64::try_from(at.since(self.started).0).unwrap_or(0)
    }

    /// Takes the next record; gives what it shows and when, in microseconds since the recording began.
    pub(crate) fn take(&mut self, record: Record) -> Option<(u64, Shown)> {
        self.last = self.last.max(record.at);
        let at = self.micros(record.at);
        let shown = match record.kind {
            Kind::Open(body) => {
                return self
                    .open(record.strand, &body, record.at)
                    .map(|shown| (at, shown));
            }
            Kind::Close(body) => self.close(record.strand, &body, record.at),
            Kind::Note(body) => note(&body).map(Shown::Marker),
            _ if self.chosen.is_none_or(|(strand, _)| strand != record.strand) => None,
            Kind::Data(Direction::ToTarget, bytes) | Kind::Reveal { bytes, .. } => Some(Shown::Input(bytes)),
            Kind::Data(_, bytes) => Some(Shown::Output(self.cooked(bytes))),
            Kind::Resize { cols, rows } => Some(Shown::Resize(clamp(cols), clamp(rows))),
            _ => None,
        };
        shown.map(|shown| (at, shown))
    }

    fn open(&mut self, strand: u32, body: &[u8], at: Micros) -> Option<Shown> {
        let mark: OpenMark = serde_json::from_slice(body).ok()?;
        let view = StrandView {
            strand,
            kind: mark.kind,
            title: mark.title,
            cols: mark.cols,
            rows: mark.rows,
            started_ms: at.since(self.started).millis(),
            ended_ms: None,
            exit_code: None,
            bytes_up: 0,
            bytes_down: 0,
        };
        let drawn = matches!(view.kind, StrandKind::Terminal | StrandKind::Command);
        let better = match self.chosen {
            None => drawn,
            Some((_, StrandKind::Command)) => view.kind == StrandKind::Terminal && self.wish.is_none(),
            Some(_) => false,
        };
        let wished = self.wish.is_none_or(|wish| wish == strand);
        self.strands.push(view);
        if !better || !wished {
            return None;
        }
        self.chosen = Some((strand, mark.kind));
        if mark.cols == 0 || mark.rows == 0 {
            return None;
        }
        self.size = (clamp(mark.cols), clamp(mark.rows));
        Some(Shown::Resize(self.size.0, self.size.1))
    }

    fn close(&mut self, strand: u32, body: &[u8], at: Micros) -> Option<Shown> {
        let mark: CloseMark = serde_json::from_slice(body).ok()?;
        let ended = at.since(self.started).millis();
        if let Some(view) = self.strands.iter_mut().find(|view| view.strand == strand) {
            view.ended_ms = Some(ended);
            view.exit_code = mark.exit_code;
            view.bytes_up = mark.bytes_up;
            view.bytes_down = mark.bytes_down;
        }
        (self.chosen.is_some_and(|(chosen, _)| chosen == strand)).then_some(Shown::Exit(mark.exit_code))
    }

    /// Adds the carriage returns that a terminal driver would have added to the output of a command without a terminal.
    fn cooked(&mut self, bytes: Bytes) -> Bytes {
        let raw = matches!(self.chosen, Some((_, StrandKind::Command)));
        if !raw || !bytes.contains(&b'\n') {
            self.after_cr = bytes.last() == Some(&b'\r');
            return bytes;
        }
        let mut cooked = Vec::with_capacity(bytes.len() + bytes.len() / 16);
        for byte in bytes {
            if byte == b'\n' && !self.after_cr {
                cooked.push(b'\r');
            }
            self.after_cr = byte == b'\r';
            cooked.push(byte);
        }
        cooked.into()
    }
}

fn clamp(size: u32) -> u16 {
    u16::try_from(size).unwrap_or(u16::MAX).max(1)
}

/// Puts a note into a few words for the timeline.
fn note(body: &[u8]) -> Option<String> {
    Some(match serde_json::from_slice(body).ok()? {
        Mark::Locked { lock } => format!("locked by {}", lock.by),
        Mark::Unlocked => "unlocked".to_owned(),
        Mark::Extended { .. } => "extended".to_owned(),
        Mark::Warned { why, .. } => format!("warned: {}", why.to_caller()),
        Mark::Stopped { reason, .. } => reason.to_caller().to_owned(),
        Mark::Protocol { .. } => return None,
    })
}

/// Reads a tape up to what is there now; `each` gets what it shows. Gives whether the tape has ended.
pub(crate) async fn read_through(
    reader: &mut TapeReader,
    track: &mut Track,
    mut each: impl FnMut(u64, Shown),
) -> Answer<bool> {
    loop {
        match reader.next().await.map_err(Problem::of_playback)? {
            Played::Records(records) => {
                for record in records {
                    if let Some((at, shown)) = track.take(record) {
                        each(at, shown);
                    }
                }
            }
            Played::CaughtUp => return Ok(false),
            Played::End(_) => return Ok(true),
        }
    }
}
