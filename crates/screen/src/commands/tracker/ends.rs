//! The ends of commands: where the next prompt starts, and what was shown until then.

use super::super::edit::{Edit, logical};
use super::super::prompt::{asks_for_more, looks_like_prompt};
use super::{Candidate, Running, Tracker};
use crate::commands::{Command, CommandEvent};
use crate::terminal::Core;

impl Tracker {
    /// Where the prompt of this line starts, and when it showed.
    pub(super) fn prompt_start(&self, core: &Core, edit: &Edit) -> Candidate {
        let (_, start) = logical(core, usize::try_from(edit.row).unwrap_or(0));
        let col = self
            .own_prompt(&edit.prompt)
            .map_or(0, |left| left.chars().count());
        let line = Candidate {
            row: start as i32,
            col,
            at_us: self.last_output_us,
            marked: false,
        };
        let Some(candidate) = self.candidate else {
            return line;
        };
        if candidate.marked {
            return candidate;
        }
        let at_us = candidate.at_us;
        if (candidate.row, candidate.col) != (edit.row, edit.col) {
            return candidate; // The editor came first, the prompt after it (readline).
        }
        // The prompt came first (zsh), after clearing the rest of the screen.
        let cleared = self
            .cleared
            .filter(|row| *row <= candidate.row && *row + 8 > candidate.row);
        Candidate {
            row: cleared.unwrap_or(start as i32),
            col: 0,
            at_us,
            marked: false,
        }
    }

    /// Ends the running command where a prompt starts.
    pub(super) fn end_running(&mut self, core: &Core, prompt: Candidate) {
        self.end(core, prompt.row, prompt.col, Some(prompt.at_us));
    }

    pub(super) fn end(&mut self, core: &Core, to_row: i32, to_col: usize, ended_us: Option<u64>) {
        let Some(mut running) = self.running.take() else {
            return;
        };
        for (number, row) in core.primary().enumerate() {
            let number = number as i32;
            let from = if number == running.skip { running.after } else { 0 };
            if number >= running.skip && number < to_row {
                running.output.push_row(row, from, row.width());
            } else if number == to_row && number >= running.skip && to_col > from {
                running.output.push_row(row, from, to_col);
            }
        }
        if to_col == 0 && prompt_marked(core, to_row) {
            running.output.drop_mark();
        }
        for screen in &running.full_screen {
            screen.lines().for_each(|line| running.output.push_line(line));
        }
        let ended_us = ended_us.map(|at| at.max(running.started_us));
        let (output, output_bytes, truncated) = running.output.finish();
        let Running {
            number,
            started_us,
            text,
            exit,
            ..
        } = running;
        let command = Command {
            number,
            started_us,
            ended_us,
            text,
            output,
            output_bytes,
            truncated,
            exit,
        };
        self.events.push(CommandEvent::Ended(command));
    }

    /// After a chunk of output: a prompt that is surely one ends the command without waiting for a key.
    pub(in crate::commands) fn settle(&mut self, core: &Core) {
        self.last_output_us = self.now_us;
        let cursor = core.cursor();
        // fish draws the sent line once more; the next prompt is below it.
        let below = self
            .running
            .as_ref()
            .is_some_and(|running| cursor.row as i32 >= running.skip);
        if !below || self.edit.is_some() || core.is_alternate() {
            return;
        }
        let edit = Edit::at_cursor(core, false);
        let row = cursor.row as i32;
        if let Some(candidate) = self.candidate.filter(|_| core.bracketed_paste()) {
            let shown = if (candidate.row, candidate.col) == (row, cursor.col) {
                edit.prompt.as_str()
            } else if candidate.row == row {
                edit.prompt
                    .get(
                        edit.prompt
                            .len()
                            .saturating_sub(cursor.col - candidate.col.min(cursor.col))..,
                    )
                    .unwrap_or_default()
            } else {
                edit.prompt.as_str()
            };
            // What does not look like a prompt may be half of one: the first key will tell.
            let whole = looks_like_prompt(shown) || self.own_prompt(shown).is_some();
            let more = asks_for_more(shown, &self.first_prompt) && self.no_output_yet(core, row);
            if whole && !more {
                let start = self.prompt_start(core, &edit);
                self.end_running(core, start);
            }
        } else if !self.announced && self.own_prompt(&edit.prompt).is_some() && self.sent.is_empty() {
            let start = Candidate {
                at_us: self.now_us,
                ..self.prompt_start(core, &edit)
            };
            self.end_running(core, start);
        }
    }

    pub(in crate::commands) fn finish(&mut self, core: &Core) {
        let edit = Edit::at_cursor(core, false);
        let below = self
            .running
            .as_ref()
            .is_some_and(|running| edit.row >= running.skip);
        if below && !core.is_alternate() && self.own_prompt(&edit.prompt).is_some() {
            // A prompt waits; nobody pressed a key to tell so.
            let start = self.prompt_start(core, &edit);
            self.end_running(core, start);
        }
        let rows = core.size().1 as i32;
        self.end(core, rows, 0, None);
        self.edit = None;
    }
}

/// Whether the row above a prompt was filled with blanks up to its end: zsh does so after its mark for output without a
/// line feed.
fn prompt_marked(core: &Core, row: i32) -> bool {
    let above = usize::try_from(row - 1)
        .ok()
        .and_then(|row| core.primary().nth(row));
    above.is_some_and(|above| above.is_wrapped() && above.end() < above.width())
}
