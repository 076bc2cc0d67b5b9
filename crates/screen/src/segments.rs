//! Recordings cut for the player: an index and segments that each start with a picture.
//!
//! The shapes are those of asciinema-player 3.17 `{format: 'segmented'}`, which checks them strictly: starts rise,
//! the first is 0, the last is before the end; a segment's first event is at its start; the very last event is at the
//! end of the recording.
//!
//! Three passes that need not follow each other: a [`SegmentPlan`] finds where segments begin without drawing anything, a
//! [`crate::Terminal`] draws the pictures in the background, and a [`SegmentWriter`] writes the one segment that is asked for.

use serde::{Serialize, Serializer};

use crate::terminal::Terminal;
use crate::time_map::TimeMap;
use crate::utf8::Utf8Stream;

/// Bytes of output after which a segment ends early: what a player loads and draws within a tenth of a second.
const SEGMENT_BYTES: usize = 512 * 1024;
/// A pause counts as this much of a segment's length at most, in microseconds: idle hours need no segments.
const PAUSE_COUNTS_US: u64 = 2_000_000;
/// Shortest pause that is remembered, in microseconds; clocks cannot be asked to cut shorter ones.
pub const SHORTEST_PAUSE_US: u64 = 100_000;

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

/// What a decoder still holds where a segment begins: halves of characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carry {
    output: Utf8Stream,
    input: Utf8Stream,
}

impl Carry {
    /// Gives the bytes of output that are held: the beginning of a character.
    pub fn held(&self) -> &[u8] {
        self.output.held()
    }

    /// Turns an event into what the player calls it and its text; empty text of bytes is no event yet.
    fn decode(&mut self, event: SegmentEvent<'_>) -> (&'static str, String) {
        match event {
            SegmentEvent::Output(bytes) => ("o", self.output.decode(bytes)),
            SegmentEvent::Input(bytes) => ("i", self.input.decode(bytes)),
            SegmentEvent::Resize { cols, rows } => {
                let cols = cols.clamp(1, crate::MAX_COLS);
                let rows = rows.clamp(1, crate::MAX_ROWS);
                ("r", format!("{cols}x{rows}"))
            }
            SegmentEvent::Marker(label) => ("m", label.to_owned()),
        }
    }
}

/// Finds where the segments of a recording begin. Draws nothing: a recording of 50 MB takes a few milliseconds.
///
/// Times are real ones; [`SegmentPlan::time_map`] gives the player's clock. The plan of a longer recording begins as the plan of
/// its beginning does, so that a recording can be planned while it grows.
#[derive(Debug, Clone)]
pub struct SegmentPlan {
    length_us: u64,
    carry: Carry,
    starts: Vec<u64>,
    markers: Vec<(u64, String)>,
    pauses: Vec<(u64, u64)>,
    open_bytes: usize,
    open_us: u64,
    /// The last event of the open segment.
    open_last: Option<u64>,
    last: u64,
}

impl SegmentPlan {
    /// Starts a plan; a segment covers about `length_us` microseconds in which something happens (30 s are good).
    pub fn new(length_us: u64) -> Self {
        Self {
            length_us: length_us.max(1),
            carry: Carry::default(),
            starts: vec![0],
            markers: Vec::new(),
            pauses: Vec::new(),
            open_bytes: 0,
            open_us: 0,
            open_last: None,
            last: 0,
        }
    }

    /// Takes the next event. When a segment begins with it, gives what the decoder held before. Times that go back count as the
    /// last one.
    pub fn push(&mut self, at_us: u64, event: SegmentEvent<'_>) -> Option<Carry> {
        let at = at_us.max(self.last);
        let pause = at - self.last;
        if pause >= SHORTEST_PAUSE_US {
            self.pauses.push((at, pause));
        }
        self.last = at;
        self.open_us += pause.min(PAUSE_COUNTS_US);
        let due = self.open_us >= self.length_us || self.open_bytes >= SEGMENT_BYTES;
        // A segment starts later than the one before, and no event of that one may be as late.
        let begins = due && self.open_last.is_some_and(|last| last < at);
        let before = begins.then(|| self.carry.clone());
        let (code, data) = self.carry.decode(event);
        if data.is_empty() && code != "m" {
            return None;
        }
        if begins {
            self.starts.push(at);
            self.open_bytes = 0;
            self.open_us = 0;
        }
        self.open_bytes += data.len();
        self.open_last = Some(at);
        if code == "m" {
            self.markers.push((at, data));
        }
        before
    }

    /// Gives the real times at which segments begin, in microseconds; the first is 0.
    pub fn starts(&self) -> &[u64] {
        &self.starts
    }

    /// Gives the player's clock for a recording that ends at `end_us`; no pause lasts longer on it than `limit_us`.
    pub fn time_map(&self, limit_us: Option<u64>, end_us: u64) -> TimeMap {
        let inside = self.pauses.partition_point(|(until, _)| *until <= end_us);
        let tail = end_us.saturating_sub(self.last);
        let tail = (tail >= SHORTEST_PAUSE_US).then_some((end_us, tail));
        let pauses = self.pauses.iter().take(inside).copied().chain(tail);
        TimeMap::of_pauses(limit_us.map(|limit| limit.max(SHORTEST_PAUSE_US)), pauses)
    }

    /// Tells about how much memory it takes, in bytes.
    pub fn weight(&self) -> usize {
        let markers: usize = self.markers.iter().map(|(_, label)| label.len() + 32).sum();
        markers + self.starts.len() * 8 + self.pauses.len() * 16
    }

    /// Tells how many segments there are up to `end_us`.
    pub fn count(&self, end_us: u64) -> usize {
        self.starts.partition_point(|start| *start <= end_us).max(1)
    }

    /// Gives the length on the player's clock: it has to end later than its last segment begins.
    pub fn duration(&self, map: &TimeMap, end_us: u64) -> u64 {
        let start = self.starts.get(self.count(end_us) - 1).copied().unwrap_or(0);
        let (start, end) = (map.player(start), map.player(end_us));
        if start > 0 { end.max(start + 1) } else { end }
    }

    /// Writes the index of what happened up to `end_us`, with addresses from `url`, which gets segment numbers from 0.
    pub fn index(
        &self,
        size: Size,
        map: &TimeMap,
        end_us: u64,
        url: impl Fn(usize) -> String,
    ) -> SegmentIndex {
        let starts = self.starts.iter().take(self.count(end_us)).enumerate();
        let markers = self.markers.iter().take_while(|(at, _)| *at <= end_us);
        SegmentIndex {
            version: 1,
            duration: Seconds(self.duration(map, end_us)),
            term: size,
            markers: markers
                .map(|(at, label)| (Seconds(map.player(*at)), label.clone()))
                .collect(),
            segments: starts
                .map(|(number, start)| SegmentRef {
                    start: Seconds(map.player(*start)),
                    url: url(number),
                })
                .collect(),
        }
    }
}

impl Snapshot {
    /// Takes a picture of a terminal.
    pub fn of(terminal: &Terminal) -> Self {
        let (cols, rows) = terminal.size();
        Self {
            cols,
            rows,
            init: terminal.dump(),
        }
    }

    /// The picture before anything was shown.
    pub fn empty(size: Size) -> Self {
        Self {
            cols: size.cols,
            rows: size.rows,
            init: String::new(),
        }
    }
}

/// Writes one segment. Times are the player's.
#[derive(Debug)]
pub struct SegmentWriter {
    carry: Carry,
    segment: Segment,
}

impl SegmentWriter {
    /// Begins with a picture and what the decoder held before the first event.
    pub fn new(snapshot: Snapshot, carry: Carry) -> Self {
        Self {
            carry,
            segment: Segment {
                snapshot,
                events: Vec::new(),
            },
        }
    }

    /// Takes the next event.
    pub fn push(&mut self, at_us: u64, event: SegmentEvent<'_>) {
        let last = self.segment.events.last().map_or(Seconds(0), |(time, ..)| *time);
        let at = Seconds(at_us).max(last);
        let (code, data) = self.carry.decode(event);
        // An event that has nothing to show yet (half a character) is no event.
        if data.is_empty() && code != "m" {
            return;
        }
        // Neighbours of the same time are one event: fewer objects for the player.
        match self.segment.events.last_mut() {
            Some((time, kind, text)) if *time == at && *kind == code && matches!(code, "o" | "i") => {
                text.push_str(&data);
            }
            _ => self.segment.events.push((at, code, data)),
        }
    }

    /// Ends a segment that another one follows.
    pub fn finish(self) -> Segment {
        self.segment
    }

    /// Ends the last segment: the player wants an event at the very end.
    pub fn finish_last(mut self, duration_us: u64) -> Segment {
        let duration = Seconds(duration_us);
        let rest = self.carry.output.finish();
        let events = &mut self.segment.events;
        if !rest.is_empty() || events.last().is_none_or(|(time, ..)| *time < duration) {
            events.push((duration, "o", rest.to_owned()));
        }
        self.segment
    }
}

#[cfg(test)]
mod tests;
