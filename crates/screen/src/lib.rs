//! Pictures of sessions.
#![allow(dead_code)]
mod terminal;
mod utf8;

pub use terminal::{Cursor, MAX_COLS, MAX_ROWS, Terminal};
pub use utf8::Utf8Stream;
