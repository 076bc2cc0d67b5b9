//! Recordings cut for the player: an index and segments that each start with a picture.
//!
//! The shapes are those of asciinema-player 3.17 `{format: 'segmented'}`, which checks them strictly: starts rise,
//! the first is 0, the last is before the end; a segment's first event is at its start; the very last event is at the
//! end of the recording.

use serde::{Serialize, Serializer};

use crate::terminal::Terminal;
use crate::utf8::Utf8Stream;

/// Bytes of output after which a segment ends early.
const SEGMENT_BYTES: usize = 4 * 1024 * 1024;

/// A point in time, in microseconds since the start; written as seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub u64);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 1e6)
    }
}

/// What the player loads first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentIndex {
    /// Always 1.
    pub version: u8,
    /// Length of the recording.
    pub duration: Seconds,
    /// Size at the start.
    pub term: Size,
    /// Places to jump to.
    pub markers: Vec<(Seconds, String)>,
    /// Where the segments are.
    pub segments: Vec<SegmentRef>,
}

/// Columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
}

/// One line of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentRef {
    /// Time of the segment's first event.
    pub start: Seconds,
    /// Address, absolute or relative to the index.
    pub url: String,
}

/// One segment: a picture and what happened after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// Time of the first event.
    #[serde(skip)]
    pub start: Seconds,
    /// The terminal before the first event.
    pub snapshot: Snapshot,
    /// `[time, code, data]`, codes as in asciicast: `o`, `i`, `r`, `m`.
    pub events: Vec<(Seconds, &'static str, String)>,
}

/// A terminal as escape sequences for an empty one of this size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Snapshot {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
    /// What draws it.
    pub init: String,
}

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentEvent<'a> {
    /// Bytes that the target wrote, in any chunking.
    Output(&'a [u8]),
    /// Bytes that the caller typed and that may be shown.
    Input(&'a [u8]),
    /// The window has a new size.
    Resize {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// A place worth jumping to.
    Marker(&'a str),
}

/// Cuts a recording while it is read: whoever reads the tape pushes events and keeps or serves finished segments.
///
/// Memory: one terminal and the events of one segment (about 4 MiB of output at most, unless all of it bears the same
/// time). Times are player times, see [`crate::TimeMap`].
#[derive(Debug)]
pub struct SegmentCutter {
    terminal: Terminal,
    output: Utf8Stream,
    input: Utf8Stream,
    length_us: u64,
    size: Size,
    starts: Vec<Seconds>,
    markers: Vec<(Seconds, String)>,
    open: Segment,
    open_bytes: usize,
    last: Seconds,
}

impl SegmentCutter {
    /// Starts with an empty terminal; a segment covers about `length_us` microseconds (30 s are good).
    pub fn new(cols: u16, rows: u16, length_us: u64) -> Self {
        let terminal = Terminal::new(cols, rows);
        let (cols, rows) = terminal.size();
        Self {
            output: Utf8Stream::new(),
            input: Utf8Stream::new(),
            length_us: length_us.max(1),
            size: Size { cols, rows },
            starts: vec![Seconds(0)],
            markers: Vec::new(),
            open: Segment {
                start: Seconds(0),
                snapshot: Snapshot {
                    cols,
                    rows,
                    init: String::new(),
                },
                events: Vec::new(),
            },
            open_bytes: 0,
            last: Seconds(0),
            terminal,
        }
    }

    /// Takes the next event and returns the segment that it closed, if it did. Times that go back count as the last one.
    pub fn push(&mut self, at_us: u64, event: SegmentEvent<'_>) -> Option<Segment> {
        let at = Seconds(at_us).max(self.last);
        // An event that has nothing to show yet (half a character) is no event.
        let (code, data) = match event {
            SegmentEvent::Output(bytes) => ("o", self.output.decode(bytes)),
            SegmentEvent::Input(bytes) => ("i", self.input.decode(bytes)),
            SegmentEvent::Resize { cols, rows } => {
                let cols = cols.clamp(1, crate::MAX_COLS);
                let rows = rows.clamp(1, crate::MAX_ROWS);
                ("r", format!("{cols}x{rows}"))
            }
            SegmentEvent::Marker(label) => ("m", label.to_owned()),
        };
        if data.is_empty() && code != "m" {
            return None;
        }
        self.last = at;
        let due = at.0 - self.open.start.0 >= self.length_us || self.open_bytes >= SEGMENT_BYTES;
        // A segment starts later than the one before, and no event of that one may be as late.
        let apart = self.open.events.last().is_some_and(|(time, ..)| *time < at);
        let closed = (due && apart).then(|| self.cut(at));
        self.open_bytes += data.len();
        match event {
            SegmentEvent::Output(_) => self.terminal.feed(data.as_bytes()),
            SegmentEvent::Resize { cols, rows } => self.terminal.resize(cols, rows),
            SegmentEvent::Marker(_) => self.markers.push((at, data.clone())),
            SegmentEvent::Input(_) => {}
        }
        // Neighbours of the same time are one event: fewer objects for the player.
        match self.open.events.last_mut() {
            Some((time, kind, text)) if *time == at && *kind == code && matches!(code, "o" | "i") => {
                text.push_str(&data);
            }
            _ => self.open.events.push((at, code, data)),
        }
        closed
    }

    fn cut(&mut self, start: Seconds) -> Segment {
        let (cols, rows) = self.terminal.size();
        let snapshot = Snapshot {
            cols,
            rows,
            init: self.terminal.dump(),
        };
        self.starts.push(start);
        self.open_bytes = 0;
        std::mem::replace(
            &mut self.open,
            Segment {
                start,
                snapshot,
                events: Vec::new(),
            },
        )
    }

    /// Ends the recording `duration_us` after its start (or at its last event, if that is later); returns the last
    /// segment and the index, with addresses from `url`, which gets segment numbers from 0.
    pub fn finish(mut self, duration_us: u64, url: impl Fn(usize) -> String) -> (Segment, SegmentIndex) {
        let duration = Seconds(duration_us).max(self.last);
        let rest = self.output.finish();
        // The player wants an event at the very end, and at least one event in all.
        if !rest.is_empty() || self.open.events.last().is_none_or(|(time, ..)| *time < duration) {
            self.open.events.push((duration, "o", rest.to_owned()));
        }
        // A segment may not start at the very end: the next to last event was earlier, so this could be only if
        // nothing followed the cut. The player then wants some time to pass.
        let mut duration = duration;
        if self.open.start == duration && self.open.start.0 > 0 {
            duration = Seconds(duration.0 + 1);
            self.open.events.push((duration, "o", String::new()));
        }
        let segments = self
            .starts
            .iter()
            .enumerate()
            .map(|(number, start)| SegmentRef {
                start: *start,
                url: url(number),
            })
            .collect();
        let index = SegmentIndex {
            version: 1,
            duration,
            term: self.size,
            markers: self.markers,
            segments,
        };
        (self.open, index)
    }
}

#[cfg(test)]
mod tests;
