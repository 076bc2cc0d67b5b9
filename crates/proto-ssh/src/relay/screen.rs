//! Whether a line of ours may stand between two bytes of a terminal's output.

/// How much of the output's end is kept: escape sequences and characters are shorter, but for strings such as titles.
const TAIL: usize = 64;

/// The end of a terminal's output so far.
#[derive(Debug, Default)]
pub(super) struct Tail(Vec<u8>);

impl Tail {
    /// Takes what the terminal is sent.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let Some(start) = bytes.len().checked_sub(TAIL) else {
            self.0.extend_from_slice(bytes);
            let over = self.0.len().saturating_sub(TAIL);
            self.0.drain(..over);
            return;
        };
        self.0.clear();
        self.0.extend_from_slice(bytes.get(start..).unwrap_or_default());
    }

    /// Tells whether the output stands between characters and between escape sequences (ECMA-48 §5.4, §8.3.89).
    pub(super) fn is_between(&self) -> bool {
        let sequence = self
            .0
            .iter()
            .rposition(|byte| *byte == 0x1b)
            .and_then(|at| self.0.get(at + 1..));
        !sequence.is_some_and(is_open) && !cuts_a_character(&self.0)
    }
}

/// Tells whether what follows an ESC lacks its end.
fn is_open(sequence: &[u8]) -> bool {
    match sequence.split_first() {
        None => true,
        Some((b'[', rest)) => !rest.iter().any(|byte| matches!(byte, 0x40..=0x7e)),
        // Strings end with BEL or with ESC \, whose ESC would be the last one.
        Some((b']' | b'P' | b'X' | b'^' | b'_', rest)) => !rest.contains(&0x07),
        Some((0x20..=0x2f, rest)) => !rest.iter().any(|byte| matches!(byte, 0x30..=0x7e)),
        Some(_) => false,
    }
}

/// Tells whether the last character of UTF-8 is not complete.
fn cuts_a_character(bytes: &[u8]) -> bool {
    let continuing = bytes
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, 0x80..=0xbf))
        .count();
    let lead = bytes.iter().rev().nth(continuing).copied().unwrap_or(0);
    let wanted = match lead {
        0xc2..=0xdf => 1,
        0xe0..=0xef => 2,
        0xf0..=0xf4 => 3,
        _ => 0,
    };
    continuing < wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(chunks: &[&[u8]]) -> bool {
        let mut tail = Tail::default();
        for chunk in chunks {
            tail.feed(chunk);
        }
        tail.is_between()
    }

    #[test]
    fn nothing_of_ours_stands_inside_a_sequence_or_a_character() {
        // Each with the length at which it is complete.
        for (text, complete) in [
            ("\x1b[31mred", 5),
            ("\x1b[0m", 4),
            ("\x1b]0;title\x07", 10),
            ("\x1b]0;title\x1b\\", 11),
            ("\x1bP1$r0m\x1b\\x", 9),
            ("\x1b(B", 3),
            ("\x1b7", 2),
            ("\u{1f980}", 4),
            ("\u{e9}", 2),
        ] {
            for cut in 1..text.len() {
                let (head, rest) = text.as_bytes().split_at(cut);
                assert_eq!(between(&[head]), cut >= complete, "{text:?} cut at {cut}");
                assert!(between(&[head, rest]), "{text:?} in two parts");
            }
        }
    }

    #[test]
    fn long_output_is_judged_by_its_end() {
        let long = vec![b'x'; 10_000];
        assert!(between(&[&long]));
        assert!(!between(&[&long, b"\x1b["]));
        assert!(between(&[b"\x1b[", &long]));
        assert!(
            between(&[b"\xff\xfe\x80"]),
            "bytes that are no UTF-8 hold nothing up"
        );
    }
}
