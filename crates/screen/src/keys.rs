//! What a caller's bytes mean as keys.

use serde::{Deserialize, Serialize};

/// Longest escape sequence a key may be, in bytes; longer ones end there.
const LONGEST: usize = 32;

/// One key, or a run of the same kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// Part of a printable text, typed or pasted.
    Text,
    /// A line feed or carriage return within a bracketed paste.
    PastedLine,
    /// Enter, Ctrl-J or Ctrl-O: the line is done.
    Enter,
    /// Ctrl-C.
    Interrupt,
    /// Anything else: arrows, Tab, Backspace, Ctrl and Alt combinations, marks of a paste.
    Control,
}

/// Splits input into keys, in any chunking.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Keys {
    /// The escape sequence under way, ESC excluded.
    sequence: Option<Vec<u8>>,
    pasting: bool,
    /// The last byte belongs to the marks around a paste, or to what may become one.
    mark: bool,
}

impl Keys {
    /// Whether the last byte may belong to the marks around a paste.
    pub(crate) fn is_paste_mark(&self) -> bool {
        self.mark
    }

    /// The key that this byte belongs to; an escape sequence is told byte by byte as one control key.
    pub(crate) fn take(&mut self, byte: u8) -> Key {
        if let Some(sequence) = &mut self.sequence {
            sequence.push(byte);
            self.mark = b"[200~".starts_with(sequence) || b"[201~".starts_with(sequence);
            let done = match sequence.as_slice() {
                [b'[' | b'O'] => false,
                [b'[', .., last] => matches!(last, 0x40..=0x7e) || sequence.len() > LONGEST,
                _ => true,
            };
            if done {
                match sequence.as_slice() {
                    b"[200~" => self.pasting = true,
                    b"[201~" => self.pasting = false,
                    _ => {}
                }
                self.sequence = None;
            }
            return Key::Control;
        }
        match byte {
            0x1b => {
                self.sequence = Some(Vec::new());
                self.mark = true;
                Key::Control
            }
            b'\r' | b'\n' if self.pasting => Key::PastedLine,
            _ if self.pasting => Key::Text,
            b'\r' | b'\n' | 0x0f => Key::Enter,
            0x03 => Key::Interrupt,
            0x00..=0x1f | 0x7f => Key::Control,
            _ => Key::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut keys = Keys::default();
        bytes.iter().map(|byte| keys.take(*byte)).collect()
    }

    #[test]
    fn a_pasted_line_end_is_no_enter() {
        use Key::{Control, Enter, PastedLine, Text};
        let told = keys(b"a\x1b[200~b\rc\x1b[201~\r");
        let controls: Vec<Key> = vec![Control; 6];
        let expected = [
            &[Text],
            &controls[..],
            &[Text, PastedLine, Text],
            &controls[..],
            &[Enter],
        ]
        .concat();
        assert_eq!(told, expected);
    }

    #[test]
    fn arrows_and_alt_keys_are_controls() {
        use Key::{Control, Enter, Interrupt, Text};
        assert_eq!(keys(b"\x1b[Ax"), [Control, Control, Control, Text]);
        assert_eq!(keys(b"\x1bOAx"), [Control, Control, Control, Text]);
        assert_eq!(keys(b"\x1bbx\x03\r"), [Control, Control, Text, Interrupt, Enter]);
        assert_eq!(
            keys(b"\x1b[1;5Cx"),
            [Control, Control, Control, Control, Control, Control, Text]
        );
    }
}
