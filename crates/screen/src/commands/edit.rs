//! A line being edited: where it starts, and what it says once it is sent.

use serde::{Deserialize, Serialize};

use super::prompt::looks_like_prompt;
use super::typed::Typed;
use crate::terminal::{Core, Row};

/// Most bytes kept of rows that scrolled away while a line was edited.
const ABOVE_LIMIT: usize = 64 * 1024;

/// A line being edited.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four facts about a line, each on its own"
)]
pub(super) struct Edit {
    /// What stands before the line, from the start of its logical line.
    pub(super) prompt: String,
    /// What stands to the right of the cursor before the first key (zsh's RPROMPT).
    pub(super) right: String,
    /// Row of the cursor before the first key; negative once it has left the screen.
    pub(super) row: i32,
    /// Its column.
    pub(super) col: usize,
    /// A line editor (bracketed paste mode) or shell integration says when the line is sent; else a line feed does.
    pub(super) announced: bool,
    /// More of the command that came before.
    pub(super) continues: bool,
    /// A paste brought line ends.
    pub(super) pasted: bool,
    /// The line in the shell's own words.
    pub(super) exact: Option<String>,
    /// What was typed or pasted.
    pub(super) typed: Typed,
    /// The line editor is done; the line feed that ends the line is still to come.
    pub(super) leaving: bool,
    /// Rows of the line that left the screen at the top.
    above: Vec<Kept>,
    above_bytes: usize,
}

impl Edit {
    /// Starts at the cursor.
    pub(super) fn at_cursor(core: &Core, announced: bool) -> Self {
        let cursor = core.cursor();
        let mut right = String::new();
        if let Some(row) = core.primary().nth(cursor.row) {
            row.push(&mut right, cursor.col, row.end());
        }
        Self {
            prompt: before(core, cursor.row, cursor.col),
            right: right.trim().to_owned(),
            row: cursor.row as i32,
            col: cursor.col,
            announced,
            continues: false,
            pasted: false,
            exact: None,
            typed: Typed::default(),
            leaving: false,
            above: Vec::new(),
            above_bytes: 0,
        }
    }

    /// The line is drawn anew: what scrolled away no longer belongs to it.
    pub(super) fn forget_above(&mut self) {
        self.above.clear();
        self.above_bytes = 0;
    }

    /// The first row of the screen is about to leave it.
    pub(super) fn keep(&mut self, row: Row<'_>) {
        if self.row <= 0 && self.above_bytes < ABOVE_LIMIT {
            let row = Kept::new(row);
            self.above_bytes += row.text.len();
            self.above.push(row);
        }
    }

    /// What the line says, its last row being `end`; `None` if it cannot be found any more.
    pub(super) fn read(&self, core: &Core, end: usize) -> Option<String> {
        // A paste higher than the screen cannot be drawn in whole: line editors then leave out or garble rows.
        if let Some(text) = self.typed.text().filter(|_| self.pasted && self.row < 0) {
            return Some(text);
        }
        let mut lines = Lines::default();
        self.above.iter().for_each(|row| lines.push(row));
        // Above the edited line nothing belongs to it, but its prompt may have moved up (a cleared screen): all rows are read.
        let mut start = None;
        for (number, row) in core.primary().enumerate().take(end + 1) {
            if self.row == number as i32 {
                start = Some(lines.current());
            }
            lines.push(&Kept::new(row));
        }
        let all = lines.finish();
        let starts = |line: &Line| line.text.starts_with(self.prompt.as_str());
        let given = if self.above.is_empty() { start } else { Some(0) };
        let given = given.filter(|at| all.get(*at).is_some_and(starts));
        // Completion lists redraw the line below; a pasted text may look like a prompt.
        let at = if self.pasted || !self.above.is_empty() {
            given
        } else {
            None
        };
        let at = at.or_else(|| {
            if self.prompt.is_empty() {
                given
            } else {
                all.iter().rposition(starts)
            }
        });
        let mut text = String::new();
        if let Some(at) = at {
            let mut joined = true;
            for (number, line) in all.iter().enumerate().skip(at) {
                let from = if number == at { self.prompt.len() } else { 0 };
                let rest = line.text.get(from..)?;
                if !joined {
                    text.push('\n');
                }
                text.push_str(if number == at && !line.full {
                    self.without_right(rest)
                } else {
                    rest.trim_end()
                });
                joined = line.full;
            }
        } else {
            text = self.redrawn(core, &all)?;
        }
        text.truncate(text.trim_end().len());
        Some(text)
    }

    /// The prompt was redrawn as something else when the line was sent (transient prompts).
    fn redrawn(&self, core: &Core, all: &[Line]) -> Option<String> {
        let last = self.without_right(&all.last()?.text);
        if let Some(typed) = self.typed.text().filter(|typed| last.ends_with(typed.as_str())) {
            return Some(typed);
        }
        let prompts = last.match_indices(' ').map(|(at, _)| last.split_at(at + 1));
        if let Some((_, text)) = prompts.into_iter().find(|(prompt, _)| looks_like_prompt(prompt)) {
            return Some(text.to_owned());
        }
        // The columns are all there is to go by.
        let row = core.primary().nth(usize::try_from(self.row).ok()?)?;
        let mut text = String::new();
        row.push(&mut text, self.col, row.width());
        Some(self.without_right(&text).to_owned())
    }

    fn without_right<'a>(&self, line: &'a str) -> &'a str {
        let line = line.trim_end();
        if self.right.is_empty() {
            return line;
        }
        match line.strip_suffix(self.right.as_str()) {
            Some(rest) if rest.is_empty() || rest.ends_with(' ') => rest.trim_end(),
            _ => line,
        }
    }
}

/// What stands before a place of the primary screen, from the start of its logical line.
pub(crate) fn before(core: &Core, row: usize, col: usize) -> String {
    upto(core, row, col).0
}

/// The logical line that ends at `row`, and the row it starts in.
pub(super) fn logical(core: &Core, row: usize) -> (String, usize) {
    upto(core, row, usize::MAX)
}

fn upto(core: &Core, row: usize, col: usize) -> (String, usize) {
    let wraps = |row: usize| core.row(row).is_some_and(|row| row.is_wrapped());
    let mut start = row;
    while start.checked_sub(1).is_some_and(wraps) {
        start -= 1;
    }
    let mut lines = Lines::default();
    (start..row)
        .filter_map(|row| core.row(row))
        .for_each(|row| lines.push(&Kept::new(row)));
    if let Some(row) = core.row(row) {
        row.push(&mut lines.open, 0, col);
    }
    (lines.open, start)
}

/// Joins rows that wrap to logical lines.
#[derive(Default)]
struct Lines {
    done: Vec<Line>,
    open: String,
}

struct Line {
    text: String,
    /// The last row is in use up to its last column: an editor that moves the cursor itself may continue it below.
    full: bool,
}

/// One row of the screen as text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    text: String,
    wrapped: bool,
    full: bool,
    starts_wide: bool,
}

impl Kept {
    fn new(row: Row<'_>) -> Self {
        let mut text = String::new();
        row.push(&mut text, 0, row.width());
        let full = row.end() == row.width();
        Self {
            text,
            wrapped: row.is_wrapped(),
            full,
            starts_wide: row.starts_wide(),
        }
    }
}

impl Lines {
    /// Number of the line that the next row belongs to.
    fn current(&self) -> usize {
        self.done.len()
    }

    fn push(&mut self, row: &Kept) {
        // A character of two columns that did not fit left one blank at the end of its row.
        if row.starts_wide && self.open.ends_with(' ') {
            self.open.pop();
        }
        self.open.push_str(&row.text);
        if !row.wrapped {
            self.done.push(Line {
                text: std::mem::take(&mut self.open),
                full: row.full,
            });
        }
    }

    fn finish(mut self) -> Vec<Line> {
        if !self.open.is_empty() {
            self.done.push(Line {
                text: self.open,
                full: true,
            });
        }
        self.done
    }
}
