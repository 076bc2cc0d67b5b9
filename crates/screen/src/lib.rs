//! Pictures of sessions: what a terminal showed, which commands were typed, what of the typed text may be kept.
//!
//! No I/O, no async, no clock: bytes and times go in, text and events come out. Start reading at [`Terminal`]. Must never
//! import anything of the other rooms.
//!
//! - [`Terminal`]: an emulator that can be dumped, restored and read as text.
//! - [`CommandExtractor`]: commands of interactive shells with their output and exit status.
//! - [`EchoMask`]: which typed bytes may be recorded in clear.
//! - [`CastWriter`]: asciicast v3 and v2. [`SegmentPlan`], [`SegmentWriter`], [`TimeMap`]: recordings cut for the player.
//!
//! # Where the picture differs from tmux
//!
//! `tests/against_tmux.rs` compares rows and cursor with tmux 3.3 for the same bytes. What is known to differ:
//!
//! - There is no scrollback. Rows that a narrower or lower window pushes out at the top do not come back when it grows;
//!   tmux takes them back from its history.
//! - The primary screen is reflowed at every change of the window also while the alternate one is shown; tmux does it once,
//!   on the way back. (The player in the browser has an emulator of its own, whose cursor comes back in the row it left even if the
//!   text has moved meanwhile.)
//! - Backspace while the wrap at the last column is pending moves to the last but one column, as in xterm; tmux moves
//!   to the last. At column 0 of a wrapped row it stays there; tmux goes back to the row above.
//! - Line drawing characters (`ESC ( 0`) are text as drawn (`┌─┐`); `tmux capture-pane -p` prints the letters (`lqk`).
//! - U+0080 to U+009F are the C1 controls they are in ECMA-48; tmux ignores them.
//! - `ESC [ n b` repeats the character left of the cursor; tmux repeats the last one printed.
//! - In insert mode a character of two columns moves the rest of its row by one column only.
//! - Emoji sequences (joiners, skin tones, flags, variation selector 16) keep the width of their first character; newer
//!   versions of tmux and other terminals draw some of them as one wide character. A cluster holds 32 bytes, a screen
//!   2048 different ones of each width; further marks are dropped.
//! - Sizes end at 640 columns and 240 rows.

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
    Command, CommandEvent, CommandExtractor, CommandLimits, Draft, SleepingExtractor, TerminalEvent,
};
pub use echo::{EchoMask, InputId, InputSegment, Reveal};
pub use segments::{
    Carry, SHORTEST_PAUSE_US, Seconds, Segment, SegmentEvent, SegmentIndex, SegmentPlan, SegmentRef,
    SegmentWriter, Size, Snapshot,
};
pub use terminal::{Cursor, MAX_COLS, MAX_ROWS, Terminal};
pub use time_map::{Cut, TimeMap};
pub use utf8::Utf8Stream;
