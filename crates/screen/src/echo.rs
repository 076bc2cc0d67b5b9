//! Which typed bytes may be recorded in clear.
//!
//! Nobody tells a gateway whether the terminal at the other end echoes. So every printable byte is recorded as masked
//! (its length only) and *revealed* later, when output proves that it was shown where it was typed. Keys that are no
//! text (Enter, Ctrl-C, arrows) are recorded at once.
//!
//! The proof, for a run of text up to the next Enter:
//! - its characters are printed one after the other from the very place where the cursor stood when it was typed, and
//!   the cursor comes to rest right behind them; once Enter was typed too, the whole run must be there before the
//!   cursor leaves (so that "Welcome" proves nothing about "Wel…");
//! - or, typed ahead: the line on the screen that Enter ends closes with the whole run, of six characters or more;
//! - on a line that is proven to echo, the rest of the line is looked for less strictly (in-flight editing);
//! - on the alternate screen, or while a program has switched the cursor keys to its use: a single key that made the
//!   cursor move (vim's `j`).
//!
//! Nothing typed while the line on the screen asks for a secret is ever revealed, whatever is echoed. Doubt keeps the
//! mask: what is harmless may stay masked, a password must not be shown.

use std::fmt;
use std::ops::Range;

use crate::terminal::Terminal;

mod held;
mod lexer;

use held::{Held, Item};
use lexer::{Lexer, Token};

/// Names a piece of input that was masked; unique within one [`EchoMask`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputId(pub u64);

/// What to do with a part of the bytes that were typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputSegment {
    /// These bytes are keys, not text: record them as they are.
    Clear(Range<usize>),
    /// Record only how many bytes these are, under this name.
    Masked(InputId, Range<usize>),
}

/// Bytes of a masked piece that turned out to be harmless.
#[derive(Clone, PartialEq, Eq)]
pub struct Reveal {
    /// The masked piece.
    pub id: InputId,
    /// Where in the piece these bytes start.
    pub offset: usize,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Reveal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reveal")
            .field("id", &self.id)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

/// Decides which typed bytes may be recorded in clear; see the module's page for the rules.
///
/// Times are microseconds of any clock that does not go back. Memory: one terminal, and 8192 characters at most.
pub struct EchoMask {
    terminal: Terminal,
    lexer: Lexer,
    held: Held,
    next: u64,
}

impl fmt::Debug for EchoMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EchoMask")
            .field("held", &self.held.items.len())
            .finish_non_exhaustive()
    }
}

impl EchoMask {
    /// Starts with an empty terminal.
    pub fn new(cols: u16, rows: u16) -> Self {
        Self {
            terminal: Terminal::new(cols, rows),
            lexer: Lexer::default(),
            held: Held::default(),
            next: 0,
        }
    }

    /// Takes bytes that the caller typed; returns how to record them: segments that cover all bytes, in order.
    pub fn typed(&mut self, at_us: u64, bytes: &[u8]) -> Vec<InputSegment> {
        let core = self.terminal.core();
        self.held.prepare(core, at_us);
        let id = InputId(self.next);
        let mut segments: Vec<InputSegment> = Vec::new();
        let mut masked_from = 0;
        for (token, range) in self.lexer.split(bytes) {
            let clear = !matches!(token, Token::Char(_) | Token::Opaque);
            match (clear, segments.last_mut()) {
                (true, Some(InputSegment::Clear(last))) | (false, Some(InputSegment::Masked(_, last))) => {
                    last.end = range.end;
                }
                (true, _) => segments.push(InputSegment::Clear(range.clone())),
                (false, _) => {
                    masked_from = range.start;
                    segments.push(InputSegment::Masked(InputId(self.next), range.clone()));
                    self.next += 1;
                }
            }
            match token {
                Token::Char(ch) => {
                    let id = InputId(self.next.max(1) - 1);
                    self.held.push(core, at_us, ch, id, range.start - masked_from);
                }
                Token::Enter => self.held.barrier(Item::Enter),
                Token::PastedLine => self.held.barrier(Item::PastedLine),
                Token::Key { editing } => {
                    if !editing && !core.bracketed_paste() {
                        self.held.proven = None;
                    }
                    self.held.barrier(Item::Key);
                }
                Token::PasteMark => {}
                Token::Opaque => self.held.barrier(Item::Key),
            }
        }
        self.held.single &= self.next == id.0 + 1 && self.held.items.len() == 1;
        segments
    }

    /// Takes output of the target; returns what it proves harmless.
    pub fn shown(&mut self, at_us: u64, bytes: &[u8]) -> Vec<Reveal> {
        self.held.expire(at_us);
        self.held.answers = self.held.answers.saturating_add(u32::from(!bytes.is_empty()));
        self.terminal.feed_with(bytes, &mut self.held);
        self.held.settle(self.terminal.core(), at_us);
        std::mem::take(&mut self.held.reveals)
    }

    /// Changes the size of the window.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        self.held.forget();
        self.terminal.resize(cols, rows);
    }

    /// Forgets all bytes that wait for their echo: they stay masked. To be called when the input ends.
    pub fn flush(&mut self) {
        self.held.forget();
    }

    /// The terminal as it is now, for viewers who come late.
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }
}

#[cfg(test)]
mod tests;
