//! Typed bytes as text and keys, as far as keys can be told from text with certainty.

use std::ops::Range;

/// What a piece of input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// A character that a program may echo.
    Char(char),
    /// Enter, Ctrl-J, Ctrl-O, Ctrl-C, Ctrl-D, Ctrl-Z, Ctrl-\: the line is over.
    Enter,
    /// The end of a line within a bracketed paste.
    PastedLine,
    /// The start or end of a bracketed paste.
    PasteMark,
    /// A key that is no text.
    Key {
        /// It only edits the line: arrows, Backspace, Ctrl-A, …
        editing: bool,
    },
    /// Anything else: perhaps text in disguise (Alt keys, key codes of newer protocols), so it stays masked.
    Opaque,
}

/// Longest escape sequence taken for a key, in bytes.
const LONGEST: usize = 16;

/// Splits input into tokens. An escape sequence that a chunk boundary cuts is opaque.
#[derive(Debug, Default)]
pub(super) struct Lexer {
    /// ESC and perhaps more came at the end of the last chunk.
    inside: Inside,
    /// Between the marks of a bracketed paste.
    pasting: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Inside {
    #[default]
    Nothing,
    /// After ESC: the Escape key, or the start of a sequence.
    Escape,
    /// After `ESC [` or `ESC O`.
    Sequence,
}

impl Lexer {
    /// The tokens of one chunk and where they are.
    pub(super) fn split(&mut self, bytes: &[u8]) -> Vec<(Token, Range<usize>)> {
        let mut tokens = Vec::new();
        let mut at = self.resume(bytes, &mut tokens);
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let (token, length) = self.next(rest);
            tokens.push((token, at..at + length));
            at += length;
        }
        tokens
    }

    /// The rest of a sequence that the last chunk began.
    fn resume(&mut self, bytes: &[u8], tokens: &mut Vec<(Token, Range<usize>)>) -> usize {
        let inside = std::mem::take(&mut self.inside);
        let start = match (inside, bytes.first()) {
            (Inside::Escape, Some(b'[' | b'O')) => 1,
            (Inside::Sequence, Some(_)) => 0,
            _ => {
                if bytes.is_empty() {
                    self.inside = inside;
                }
                return 0;
            }
        };
        let rest = bytes.get(start..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|byte| (0x40..=0x7e).contains(byte))
            .map_or(rest.len(), |last| last + 1);
        if rest.last().is_none_or(|_| {
            length == rest.len() && !rest.last().is_some_and(|last| (0x40..=0x7e).contains(last))
        }) {
            self.inside = Inside::Sequence;
        }
        tokens.push((Token::Opaque, 0..start + length));
        start + length
    }

    fn next(&mut self, rest: &[u8]) -> (Token, usize) {
        match rest {
            [0x1b] => {
                self.inside = Inside::Escape;
                (Token::Key { editing: false }, 1)
            }
            [0x1b, b'[' | b'O', sequence @ ..] => {
                let Some(last) = sequence.iter().position(|byte| (0x40..=0x7e).contains(byte)) else {
                    self.inside = Inside::Sequence;
                    return (Token::Opaque, rest.len());
                };
                let length = last + 3;
                let body = sequence.get(..=last).unwrap_or_default();
                match body {
                    b"200~" => self.pasting = true,
                    b"201~" => self.pasting = false,
                    _ => {}
                }
                (
                    if length > LONGEST {
                        Token::Opaque
                    } else {
                        key(body)
                    },
                    length,
                )
            }
            [b'\r' | b'\n', ..] if self.pasting => (Token::PastedLine, 1),
            [b'\r' | b'\n' | 0x03 | 0x04 | 0x0f | 0x1a | 0x1c, ..] => (Token::Enter, 1),
            // Backspace, Ctrl-A B E F H K N P R T U W Y, Ctrl-_
            [
                0x7f | 0x01 | 0x02 | 0x05 | 0x06 | 0x08 | 0x0b | 0x0e | 0x10 | 0x12 | 0x14 | 0x15 | 0x17
                | 0x19 | 0x1f,
                ..,
            ] => (Token::Key { editing: true }, 1),
            // Also ESC before a character, which may be Alt or the Escape key: only the program knows.
            [0x00..=0x1f, ..] => (Token::Key { editing: false }, 1),
            _ => character(rest),
        }
    }
}

/// A sequence behind `ESC [` or `ESC O`, its last byte included.
fn key(body: &[u8]) -> Token {
    let (last, parameters) = match body.split_last() {
        Some((last, parameters)) => (*last, parameters),
        None => return Token::Opaque,
    };
    let mouse = parameters.first() == Some(&b'<') && matches!(last, b'M' | b'm');
    let numbers = parameters.strip_prefix(b"<").unwrap_or(parameters);
    let plain = numbers.iter().all(|byte| byte.is_ascii_digit() || *byte == b';');
    // Codes of characters: `27;modifiers;code ~` (xterm) and `code;modifiers u` (kitty).
    let coded = last == b'u' || last == b'_' || (last == b'~' && numbers.starts_with(b"27;"));
    if !plain || coded {
        return Token::Opaque;
    }
    match last {
        b'A'..=b'D' | b'F' | b'H' => Token::Key { editing: true },
        b'~' if matches!(numbers, b"200" | b"201") => Token::PasteMark,
        b'~' => Token::Key {
            editing: matches!(numbers, b"1" | b"3" | b"4" | b"7" | b"8"),
        },
        b'E' | b'I' | b'O' | b'P'..=b'S' | b'Z' | b'j'..=b'y' if numbers.len() <= 5 => {
            Token::Key { editing: false }
        }
        _ if mouse => Token::Key { editing: false },
        _ => Token::Opaque,
    }
}

fn character(rest: &[u8]) -> (Token, usize) {
    let length = match rest.first() {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        _ => 1,
    };
    let ch = rest
        .get(..length)
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .and_then(|text| text.chars().next());
    match ch {
        Some(ch) if !ch.is_control() => (Token::Char(ch), length),
        _ => (Token::Opaque, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(chunks: &[&[u8]]) -> Vec<Token> {
        let mut lexer = Lexer::default();
        chunks
            .iter()
            .flat_map(|chunk| {
                let tokens = lexer.split(chunk);
                let covered: usize = tokens.iter().map(|(_, range)| range.len()).sum();
                assert_eq!(covered, chunk.len(), "every byte belongs to one token");
                tokens
            })
            .map(|(token, _)| token)
            .collect()
    }

    #[test]
    fn keys_are_told_from_text() {
        use Token::{Char, Enter, Key, Opaque};
        let editing = Key { editing: true };
        assert_eq!(
            tokens(&[b"a\x1b[A\x1bOB\r"]),
            [Char('a'), editing, editing, Enter]
        );
        assert_eq!(tokens(&["é\u{7f}".as_bytes()]), [Char('é'), editing]);
        assert_eq!(
            tokens(&[b"\x1b[200~x\x1b[201~"]),
            [Token::PasteMark, Char('x'), Token::PasteMark]
        );
        assert_eq!(
            tokens(&[b"\x1b[200~a\r\x1b[201~\r"]),
            [
                Token::PasteMark,
                Char('a'),
                Token::PastedLine,
                Token::PasteMark,
                Enter
            ]
        );
        assert_eq!(tokens(&[b"\x1b[<0;10;20M"]), [Key { editing: false }]);
        assert_eq!(tokens(&[b"\x1bx"]), [Key { editing: false }, Char('x')]);
        assert_eq!(
            tokens(&[b"\x1b[97;5u", b"\x1b[27;5;97~"]),
            [Opaque, Opaque],
            "key codes may spell a password"
        );
        assert_eq!(
            tokens(&[b"\x1b[9", b"7;5", b"ux"]),
            [Opaque, Opaque, Opaque, Char('x')]
        );
        assert_eq!(
            tokens(&[b"\x1b", b"[Ax"]),
            [Key { editing: false }, Opaque, Char('x')]
        );
        assert_eq!(tokens(&[&[0xff, 0xc3]]), [Opaque, Opaque]);
    }
}
