//! Commands out of a terminal: what was typed at a prompt, and what came of it.
//!
//! The stream of one terminal goes in, in the order of the tape; commands come out while it is read. An emulator runs
//! over the output. Where the cursor stands at the first key of a line, the prompt ends. When the line is sent, the
//! logical line from there (wrapped rows joined) is the command, whatever editing, history or completion made it.
//! Rows from there to the next prompt are its output.
//!
//! That a line is sent is known, in this order, from shell integration marks (OSC 133 and 633), from the line editor's
//! end (bracketed paste mode off: bash, zsh, Python, psql, …), or from the line feed that answers Enter at something that
//! looks like a prompt (dash, old shells, network devices).
//!
//! No commands: lines without echo, answers to questions that do not look like a prompt, lines ended by Ctrl-C, all that
//! is typed on the alternate screen.

use serde::{Deserialize, Serialize};

use crate::secret::asks_for_secret;
use crate::terminal::Terminal;

mod edit;
mod output;
mod prompt;
mod tracker;
mod typed;

pub(crate) use edit::before;
use tracker::Tracker;

/// A command and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Number within the session, from 0; the same in all events about it.
    pub number: u64,
    /// When it was sent, in microseconds since the session's start.
    pub started_us: u64,
    /// When the next prompt showed; `None` if the session ended before.
    pub ended_us: Option<u64>,
    /// As it stood on the screen, several lines joined by line feeds. At most 64 KiB.
    pub text: String,
    /// What the screen showed until the next prompt: no escape sequences, progress bars in their last state; last of all
    /// what a full-screen program left on the alternate screen. The head, if it was cut.
    pub output: String,
    /// Length of the whole output in bytes.
    pub output_bytes: u64,
    /// Whether `output` was cut.
    pub truncated: bool,
    /// Exit status, where the shell tells (OSC 133).
    pub exit: Option<i32>,
}

/// What the extractor found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommandEvent {
    /// A line was sent.
    Started {
        /// Number of the command.
        number: u64,
        /// When, in microseconds since the session's start.
        at_us: u64,
        /// The line.
        text: String,
    },
    /// More of the command was typed (at `> `), or the shell told its exact text.
    Changed {
        /// Number of the command.
        number: u64,
        /// The whole text so far.
        text: String,
    },
    /// Ctrl-C ended a command of several lines before it was whole: it never ran.
    Withdrawn {
        /// Number of the command.
        number: u64,
    },
    /// The next prompt showed, or the session ended.
    Ended(Command),
}

/// One thing on the tape.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TerminalEvent<'a> {
    /// Bytes that the caller typed.
    Input(&'a [u8]),
    /// Text that the caller typed and that was masked.
    MaskedInput {
        /// Its name, for the case that it is revealed.
        id: u64,
        /// Bytes.
        len: usize,
    },
    /// Masked bytes that turned out to be harmless.
    Revealed {
        /// The masked piece.
        id: u64,
        /// Where in the piece they are.
        offset: usize,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// Bytes that the target wrote.
    Output(&'a [u8]),
    /// The window has a new size.
    Resize {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandLimits {
    /// Bytes of output kept of one command.
    pub output_bytes: usize,
}

impl Default for CommandLimits {
    fn default() -> Self {
        Self {
            output_bytes: 64 * 1024,
        }
    }
}

/// A line that is being typed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// As it stands on the screen behind its prompt, with what came before it when it goes on; the whole line of the screen where
    /// the prompt is another one by now, and empty where none waits.
    pub shown: String,
    /// As it was typed, as long as only text was typed.
    pub typed: Option<String>,
    /// What stands on the screen up to the cursor.
    pub before: String,
    /// A prompt waits for it.
    pub at_prompt: bool,
    /// The prompt is not what it was when the line began, as in a search through the history: where it begins is not known.
    pub is_redrawn: bool,
}

impl Draft {
    /// Tells whether what was typed can be seen.
    #[must_use]
    pub fn is_echoed(&self) -> bool {
        let seen =
            |typed: &String| self.before.ends_with(typed.as_str()) || self.shown.ends_with(typed.as_str());
        self.typed.as_ref().is_none_or(seen)
    }

    /// Tells whether it is the answer to a question for a secret: not echoed, behind words that ask for one.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        !self.is_echoed() && asks_for_secret(&self.before)
    }
}

/// Finds the commands of one terminal.
///
/// Memory: one terminal, one command's output up to its limit, 64 KiB of a line under way. A session that is idle can
/// [`CommandExtractor::sleep`].
pub struct CommandExtractor {
    terminal: Terminal,
    tracker: Tracker,
}

/// An extractor that sleeps: a few kilobytes, to be written down or kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SleepingExtractor {
    cols: u16,
    rows: u16,
    screen: String,
    held: Vec<u8>,
    tracker: Tracker,
}

impl CommandExtractor {
    /// Starts with an empty terminal.
    pub fn new(cols: u16, rows: u16, limits: CommandLimits) -> Self {
        Self {
            terminal: Terminal::new(cols, rows),
            tracker: Tracker::new(limits),
        }
    }

    /// Takes the next event and returns what it showed; times are microseconds since the session's start.
    pub fn push(&mut self, at_us: u64, event: TerminalEvent<'_>) -> Vec<CommandEvent> {
        let Self { terminal, tracker } = self;
        tracker.at(at_us);
        match event {
            TerminalEvent::Input(bytes) => tracker.input(terminal.core(), bytes),
            TerminalEvent::MaskedInput { id, len } => tracker.masked_input(terminal.core(), id, len),
            TerminalEvent::Revealed { id, offset, bytes } => tracker.revealed(id, offset, bytes),
            TerminalEvent::Output(bytes) => {
                terminal.feed_with(bytes, tracker);
                tracker.settle(terminal.core());
            }
            TerminalEvent::Resize { cols, rows } => tracker.resize(terminal, cols, rows),
        }
        tracker.take_events()
    }

    /// Gives the line that Enter would send now; [`None`] while a full-screen program reads the keys.
    pub fn draft(&mut self) -> Option<Draft> {
        self.tracker.draft(self.terminal.core())
    }

    /// Finds the first byte of input to come that would send a line.
    #[must_use]
    pub fn line_end(&self, bytes: &[u8]) -> Option<usize> {
        self.tracker.line_end(bytes)
    }

    /// Ends the session: the command that still runs is ended without a time.
    pub fn finish(&mut self) -> Vec<CommandEvent> {
        self.tracker.finish(self.terminal.core());
        self.tracker.take_events()
    }

    /// The terminal as it is now.
    pub fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    /// Packs everything up.
    pub fn sleep(self) -> SleepingExtractor {
        let (cols, rows) = self.terminal.size();
        let (screen, held) = (self.terminal.dump(), self.terminal.held().to_vec());
        SleepingExtractor {
            cols,
            rows,
            screen,
            held,
            tracker: self.tracker,
        }
    }

    /// Goes on where [`CommandExtractor::sleep`] stopped.
    pub fn wake(sleeping: SleepingExtractor) -> Self {
        let SleepingExtractor {
            cols,
            rows,
            screen,
            held,
            tracker,
        } = sleeping;
        let mut terminal = Terminal::restore(cols, rows, &screen);
        terminal.feed(&held);
        Self { terminal, tracker }
    }
}

// Screens and lines under way may hold what does not belong in a log.
impl std::fmt::Debug for CommandExtractor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommandExtractor")
            .field("terminal", &self.terminal)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("at_prompt", &self.at_prompt)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SleepingExtractor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SleepingExtractor")
            .field("cols", &self.cols)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for TerminalEvent<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // Input may be a secret.
            Self::Input(bytes) => write!(f, "Input({} bytes)", bytes.len()),
            Self::MaskedInput { len, .. } => write!(f, "MaskedInput({len} bytes)"),
            Self::Revealed { bytes, .. } => write!(f, "Revealed({} bytes)", bytes.len()),
            Self::Output(bytes) => write!(f, "Output({} bytes)", bytes.len()),
            Self::Resize { cols, rows } => write!(f, "Resize({cols}x{rows})"),
        }
    }
}

#[cfg(test)]
mod tests;
