//! Lines: where one starts, when it is sent, what it said.

use std::collections::VecDeque;

use super::super::edit::{Edit, before, logical};
use super::super::output::OutputText;
use super::super::prompt::{asks_for_more, looks_like_prompt};
use super::super::typed::Typed;
use super::{Candidate, Running, Sent, Tracker, cut};
use crate::commands::CommandEvent;
use crate::terminal::Core;

impl Tracker {
    /// At the first key of a line: if a prompt waits, the line starts here.
    pub(super) fn open_edit(&mut self, core: &Core) {
        let editor = core.bracketed_paste();
        let edit = Edit::at_cursor(core, editor);
        let more = asks_for_more(&edit.prompt, &self.first_prompt) && self.no_output_yet(core, edit.row);
        let waits =
            editor || more || self.own_prompt(&edit.prompt).is_some() || looks_like_prompt(&edit.prompt);
        if !waits && !self.indented(core, &edit) {
            return;
        }
        // Whatever was typed before went elsewhere.
        self.sent.clear();
        self.ahead = VecDeque::from([Typed::default()]);
        self.begin(core, edit);
    }

    /// fish lets a command go on in the next row, below its start, without a prompt.
    pub(super) fn indented(&self, core: &Core, edit: &Edit) -> bool {
        let first = self.first_prompt.chars().count();
        edit.prompt.trim().is_empty() && first > 0 && edit.col >= first && self.no_output_yet(core, edit.row)
    }

    /// If the text ends with the known prompt: what stands before it, left there by output without a line feed.
    pub(super) fn own_prompt<'a>(&self, before: &'a str) -> Option<&'a str> {
        before
            .strip_suffix(self.first_prompt.as_str())
            .filter(|_| !self.first_prompt.trim().is_empty())
    }

    pub(super) fn begin(&mut self, core: &Core, mut edit: Edit) {
        let more = self.more
            || asks_for_more(&edit.prompt, &self.first_prompt)
            || (edit.prompt.trim().is_empty() && self.indented(core, &edit));
        edit.continues = self.running.is_some() && more && self.no_output_yet(core, edit.row);
        self.more = false;
        if !edit.continues {
            let end = self.prompt_start(core, &edit);
            self.end_running(core, end);
            if self.own_prompt(&edit.prompt).is_none() {
                let (row, col) = (end.row, end.col);
                let before = if row == edit.row { col } else { 0 };
                self.first_prompt = edit.prompt.chars().skip(before).collect();
            }
            self.right_prompt.clone_from(&edit.right);
            self.announced = edit.announced;
        }
        self.candidate = None;
        self.edit = Some(edit);
    }

    /// Whether the running command showed nothing before `row`.
    pub(super) fn no_output_yet(&self, core: &Core, row: i32) -> bool {
        self.running.as_ref().is_some_and(|running| {
            running.output.is_empty()
                && running.full_screen.is_empty()
                && core.primary().enumerate().all(|(number, line)| {
                    let number = number as i32;
                    number < running.skip || number >= row || line.end() == 0
                })
        })
    }

    /// The line that ends in `row` is sent.
    pub(super) fn submit(&mut self, core: &Core, row: i32) {
        let Some(edit) = self.edit.take() else { return };
        let sent = self.sent.pop_front().unwrap_or(Sent::Enter);
        self.ahead.pop_front();
        if self.ahead.is_empty() {
            self.ahead.push_back(Typed::default());
        }
        if sent == Sent::Interrupt {
            if let Some(running) = self.running.take_if(|_| edit.continues) {
                self.events.push(CommandEvent::Withdrawn {
                    number: running.number,
                });
            }
            return;
        }
        let shown = || usize::try_from(row).ok().and_then(|row| edit.read(core, row));
        let text = edit.exact.clone().or_else(shown).unwrap_or_default();
        if edit.continues {
            self.extend(&text, row + 1);
        } else if !text.is_empty() {
            self.start(text, row + 1, 0);
        }
    }

    pub(super) fn start(&mut self, mut text: String, skip: i32, after: usize) {
        cut(&mut text);
        let number = self.next;
        self.next += 1;
        self.events.push(CommandEvent::Started {
            number,
            at_us: self.now_us,
            text: text.clone(),
        });
        self.running = Some(Running {
            number,
            started_us: self.now_us,
            text,
            output: OutputText::new(self.limits.output_bytes),
            skip,
            after,
            full_screen: Vec::new(),
            exit: None,
        });
        self.cleared = None;
    }

    /// One more line of the command.
    pub(super) fn extend(&mut self, line: &str, skip: i32) {
        let Some(running) = &mut self.running else { return };
        running.text.push('\n');
        running.text.push_str(line);
        cut(&mut running.text);
        running.skip = skip;
        running.output = OutputText::new(self.limits.output_bytes);
        self.events.push(CommandEvent::Changed {
            number: running.number,
            text: running.text.clone(),
        });
    }

    /// A line feed while no line is under way: perhaps what was typed ahead, at a prompt nobody waited for.
    pub(super) fn fed_unexpectedly(&mut self, core: &Core, row: usize) {
        if self.sent.front() != Some(&Sent::Enter)
            || self.first_prompt.trim().is_empty()
            || core.bracketed_paste()
        {
            return;
        }
        let (line, start) = logical(core, row);
        let Some(rest) = line
            .strip_prefix(self.first_prompt.as_str())
            .map(str::trim_end)
            .filter(|rest| !rest.is_empty())
        else {
            return;
        };
        let rest = rest.to_owned();
        self.sent.pop_front();
        let typed = self.ahead.pop_front().and_then(|typed| typed.text());
        let at_us = self.now_us;
        self.end_running(
            core,
            Candidate {
                row: start as i32,
                col: 0,
                at_us,
                marked: false,
            },
        );
        match typed {
            // The terminal echoed the line when it was typed; what follows the prompt is already output.
            Some(typed) if typed.trim_end() != rest => {
                self.start(
                    typed.trim_end().to_owned(),
                    start as i32,
                    self.first_prompt.chars().count(),
                );
            }
            _ => self.start(rest, row as i32 + 1, 0),
        }
    }

    /// The line editor ended although no key was seen at its prompt: the line was typed ahead.
    pub(super) fn recover(&mut self, core: &Core) {
        let Some(candidate) = self.candidate.filter(|_| !self.sent.is_empty()) else {
            return;
        };
        let cursor = core.cursor();
        let mut edit = Edit::at_cursor(core, true);
        edit.row = candidate.row;
        let Ok(row) = usize::try_from(candidate.row) else {
            return;
        };
        let (line, _) = logical(core, row);
        let from = before(core, row, candidate.col);
        let line = line.get(from.len()..).unwrap_or_default();
        let prefix = from.len();
        let first = self.first_prompt.as_str();
        let typed = self.ahead.front().and_then(Typed::text);
        if !first.trim().is_empty() && line.starts_with(first) {
            edit.prompt = from + first;
        } else if let Some(prompt) =
            typed.and_then(|typed| line.trim_end().strip_suffix(typed.trim_end()).map(str::to_owned))
        {
            edit.prompt = from + &prompt;
        } else if let Some((prompt, _)) = line
            .match_indices(' ')
            .map(|(at, _)| line.split_at(at + 1))
            .find(|(prompt, _)| looks_like_prompt(prompt))
        {
            edit.prompt = from + prompt;
        } else {
            edit.prompt = from;
        }
        edit.right.clone_from(&self.right_prompt);
        edit.col = if edit.prompt.len() == prefix {
            candidate.col
        } else {
            cursor.col
        };
        self.begin(core, edit);
    }

    pub(super) fn leave_editor(&mut self, core: &Core) {
        if self.edit.is_none() {
            self.recover(core);
        }
        let cursor = core.cursor();
        match (self.fed, &mut self.edit) {
            // readline ends the row, then says so.
            (Some(row), Some(_)) if cursor.col == 0 => self.submit(core, row),
            // zsh says so, then ends the row.
            (_, Some(edit)) => edit.leaving = true,
            _ => {}
        }
    }
}
