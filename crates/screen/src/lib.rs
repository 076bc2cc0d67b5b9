//! Pictures of sessions.
mod asciicast;
mod commands;
mod echo;
mod keys;
mod secret;
mod segments;
mod terminal;
mod time_map;
mod utf8;

pub use asciicast::{CastEvent, CastHeader, CastVersion, CastWriter};
pub use commands::{
    Command, CommandEvent, CommandExtractor, CommandLimits, SleepingExtractor, TerminalEvent,
};
pub use echo::{EchoMask, InputId, InputSegment, Reveal};
pub use segments::{Seconds, Segment, SegmentCutter, SegmentEvent, SegmentIndex, SegmentRef, Size, Snapshot};
pub use terminal::{Cursor, MAX_COLS, MAX_ROWS, Terminal};
pub use time_map::{Cut, TimeMap};
pub use utf8::Utf8Stream;
