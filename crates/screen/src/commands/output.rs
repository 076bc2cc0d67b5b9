//! The text a command left behind, head kept.

use serde::{Deserialize, Serialize};

use crate::terminal::Row;

/// Rows joined to lines, up to a limit.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OutputText {
    text: String,
    total: u64,
    limit: usize,
    truncated: bool,
    /// The last row goes on in the next one.
    open: bool,
    /// Line feeds that count only if something follows: blank rows at the end are no output.
    feeds: usize,
}

impl OutputText {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    /// Adds one row of the screen, from column `from` to `to`.
    pub(super) fn push_row(&mut self, row: Row<'_>, from: usize, to: usize) {
        if row.is_wrapped() && to >= row.width() {
            let mut text = String::new();
            row.push(&mut text, from, to);
            self.push(&text);
            self.open = true;
        } else {
            let mut text = String::new();
            row.push(&mut text, from, to.min(row.end()));
            self.push(text.trim_end_matches(' '));
            self.open = false;
            self.feeds += 1;
        }
    }

    /// Adds a line of its own.
    pub(super) fn push_line(&mut self, line: &str) {
        if self.open {
            self.open = false;
            self.feeds += 1;
        }
        self.push(line);
        self.feeds += 1;
    }

    fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.total > 0 {
            self.total += self.feeds as u64;
            let room = if self.truncated {
                0
            } else {
                self.limit.saturating_sub(self.text.len())
            };
            self.text.extend(std::iter::repeat_n('\n', self.feeds.min(room)));
        }
        self.feeds = 0;
        self.total += text.len() as u64;
        let room = self.limit.saturating_sub(self.text.len());
        if text.len() <= room && !self.truncated {
            self.text.push_str(text);
        } else {
            if !self.truncated {
                self.text
                    .push_str(text.get(..text.floor_char_boundary(room)).unwrap_or_default());
            }
            self.truncated = true;
        }
    }

    /// Takes back zsh's mark for a missing line feed at the end: `%`, or `#` for root, and blanks.
    pub(super) fn drop_mark(&mut self) {
        let text = self.text.trim_end_matches(' ');
        if let Some(rest) = text.strip_suffix(['%', '#']).filter(|_| !self.truncated) {
            self.total -= (self.text.len() - rest.len()) as u64;
            self.text.truncate(rest.len());
        }
    }

    /// Whether nothing but blanks was shown.
    pub(super) fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The text, its full length in bytes and whether it was cut.
    pub(super) fn finish(self) -> (String, u64, bool) {
        (self.text, self.total, self.truncated)
    }
}
