//! Characters with their combining marks, kept in one cell.
//!
//! The emulator's cells hold one `char`. A base with marks ("e" + U+0301) is therefore interned: a stand-in from
//! a range nobody uses takes its cell, and text and dumps put the cluster back.

use std::collections::HashMap;

/// First stand-in for clusters one column wide: plane 16 is private use and, unlike planes 0 and 15, free of icon fonts.
const NARROW: u32 = 0x10_0000;
/// First stand-in for clusters two columns wide: the unassigned end of plane 3, wide by Unicode 16, UAX #11.
const WIDE: u32 = 0x3_F000;
/// How many clusters of each width a screen may hold.
pub(super) const LIMIT: usize = 2048;
/// Longest cluster in bytes; further marks are dropped.
const LONGEST: usize = 32;

/// The clusters that cells of one terminal stand for.
#[derive(Debug, Default)]
pub(super) struct Clusters {
    narrow: Vec<Box<str>>,
    wide: Vec<Box<str>>,
    index: HashMap<Box<str>, char>,
}

impl Clusters {
    /// Returns the stand-in for `base` (itself perhaps a stand-in) with `mark` added; `None` if nothing can be added.
    pub(super) fn combine(&mut self, base: char, width: u8, mark: char) -> Option<char> {
        let mut text = self.text(base).map_or_else(|| base.to_string(), str::to_owned);
        text.push(mark);
        if text.len() > LONGEST {
            return None;
        }
        if let Some(stand_in) = self.index.get(text.as_str()) {
            return Some(*stand_in);
        }
        let (list, first) = if width == 2 {
            (&mut self.wide, WIDE)
        } else {
            (&mut self.narrow, NARROW)
        };
        if list.len() >= LIMIT {
            return None;
        }
        let stand_in = char::from_u32(first + list.len() as u32)?;
        let text: Box<str> = text.into();
        list.push(text.clone());
        self.index.insert(text, stand_in);
        Some(stand_in)
    }

    /// The cluster behind a stand-in.
    pub(super) fn text(&self, ch: char) -> Option<&str> {
        let code = ch as u32;
        let (list, first) = if code >= NARROW {
            (&self.narrow, NARROW)
        } else if reserved(ch) {
            (&self.wide, WIDE)
        } else {
            return None;
        };
        list.get((code - first) as usize).map(AsRef::as_ref)
    }

    /// Appends the character, or the cluster it stands for.
    #[inline]
    pub(super) fn push(&self, into: &mut String, ch: char) {
        if (ch as u32) < WIDE {
            into.push(ch);
        } else if let Some(text) = self.text(ch) {
            into.push_str(text);
        } else {
            into.push(ch);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.narrow.len() >= LIMIT || self.wide.len() >= LIMIT
    }
}

/// Whether the character belongs to the stand-ins and so may not come from outside.
pub(super) fn reserved(ch: char) -> bool {
    let code = ch as u32;
    code >= NARROW || (WIDE..WIDE + LIMIT as u32).contains(&code)
}
