//! Text as it was typed, part of it perhaps masked until later.

use serde::{Deserialize, Serialize};

/// Most bytes kept.
const LIMIT: usize = 64 * 1024;

/// What was typed of one line, as long as only text was typed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Typed {
    /// Zero where a byte is masked.
    bytes: Vec<u8>,
    /// Name, place and length of what was masked.
    masked: Vec<(u64, usize, usize)>,
    /// Keys that are no text were pressed too, or it is too long: the bytes are not the line.
    spoilt: bool,
}

impl Typed {
    /// A byte of text.
    pub(super) fn push(&mut self, byte: u8) {
        if self.bytes.len() < LIMIT {
            self.bytes.push(byte);
        } else {
            self.spoil();
        }
    }

    /// Text that was masked.
    pub(super) fn push_masked(&mut self, id: u64, len: usize) {
        if self.bytes.len() + len > LIMIT || self.masked.len() >= LIMIT / 16 {
            self.spoil();
        } else if !self.spoilt {
            self.masked.push((id, self.bytes.len(), len));
            self.bytes.resize(self.bytes.len() + len, 0);
        }
    }

    /// Bytes that were masked and proved harmless.
    pub(super) fn reveal(&mut self, id: u64, offset: usize, bytes: &[u8]) {
        let found = self
            .masked
            .iter()
            .rfind(|(masked, _, len)| *masked == id && offset + bytes.len() <= *len);
        if let Some((_, start, _)) = found {
            let from = start + offset;
            if let Some(place) = self.bytes.get_mut(from..from + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        }
    }

    /// Something else than text was typed.
    pub(super) fn spoil(&mut self) {
        *self = Self {
            spoilt: true,
            ..Self::default()
        };
    }

    /// The text, if all of it is known.
    pub(super) fn text(&self) -> Option<String> {
        if self.spoilt || self.bytes.contains(&0) {
            return None;
        }
        let text = std::str::from_utf8(&self.bytes).ok()?.trim_end();
        (!text.is_empty()).then(|| text.to_owned())
    }
}
