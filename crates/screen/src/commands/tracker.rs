//! The state beside the terminal: prompt, line under way, command under way.

use std::collections::VecDeque;

use avt::parser::{DecMode, EdScope, Function};
use serde::{Deserialize, Serialize};

use super::edit::{Edit, before, logical};
use super::output::OutputText;
use super::typed::Typed;
use super::{CommandEvent, CommandLimits, Draft};
use crate::keys::{Key, Keys};
use crate::terminal::{Core, Mark, Row, Signal, Terminal, Watch};

mod ends;
mod lines;

/// Longest command kept, in bytes.
const TEXT_LIMIT: usize = 64 * 1024;
/// Most line ends that may wait for their echo.
const SENT_LIMIT: usize = 256;
/// How long after the last key a full-screen program's end counts as the answer to it, in microseconds.
const SEEN_US: u64 = 2_000_000;

/// What ended a line that was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Sent {
    Enter,
    Interrupt,
}

/// A command that was sent and has no end yet.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Running {
    number: u64,
    started_us: u64,
    text: String,
    output: OutputText,
    /// Rows at the top of the screen that came before the output.
    skip: i32,
    /// Blanked out of the first row: the prompt, where the row holds it.
    after: usize,
    /// What full-screen programs left behind.
    full_screen: Vec<String>,
    exit: Option<i32>,
}

/// Where a prompt may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Candidate {
    row: i32,
    col: usize,
    at_us: u64,
    /// Told by a mark: nothing to guess.
    marked: bool,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tracker {
    limits: CommandLimits,
    now_us: u64,
    last_output_us: u64,
    keys: Keys,
    /// Line ends that were typed and whose effect was not seen yet.
    sent: VecDeque<Sent>,
    /// Text typed while no prompt waited, line by line; the last one is under way.
    ahead: VecDeque<Typed>,
    edit: Option<Edit>,
    running: Option<Running>,
    candidate: Option<Candidate>,
    /// Row that was cleared from its first column to the end of the screen: zsh does so before it prints a prompt.
    cleared: Option<i32>,
    /// Row of the last line feed, if nothing was printed since.
    fed: Option<i32>,
    /// The prompt of the last command.
    first_prompt: String,
    /// What stood right of the cursor there.
    right_prompt: String,
    /// The last line was read by an editor that announces itself.
    announced: bool,
    /// A mark said that the next prompt asks for more.
    more: bool,
    /// The screen is being cleared: rows that leave it are no scrolling.
    #[serde(skip)]
    clearing: bool,
    /// What a full-screen program showed when the caller last pressed a key, and when that was.
    seen: Option<(u64, String)>,
    next: u64,
    #[serde(skip)]
    events: Vec<CommandEvent>,
}

impl Tracker {
    pub(super) fn new(limits: CommandLimits) -> Self {
        Self {
            limits,
            now_us: 0,
            last_output_us: 0,
            keys: Keys::default(),
            sent: VecDeque::new(),
            ahead: VecDeque::from([Typed::default()]),
            edit: None,
            running: None,
            candidate: None,
            cleared: None,
            fed: None,
            first_prompt: String::new(),
            right_prompt: String::new(),
            announced: false,
            more: false,
            clearing: false,
            seen: None,
            next: 0,
            events: Vec::new(),
        }
    }

    pub(super) fn at(&mut self, at_us: u64) {
        self.now_us = self.now_us.max(at_us);
    }

    pub(super) fn take_events(&mut self) -> Vec<CommandEvent> {
        std::mem::take(&mut self.events)
    }

    pub(super) fn masked_input(&mut self, core: &Core, id: u64, len: usize) {
        if len == 0 {
            return;
        }
        if core.is_alternate() {
            self.look(core);
            return;
        }
        self.find_line(core);
        self.each_typed(|typed| typed.push_masked(id, len));
    }

    pub(super) fn revealed(&mut self, id: u64, offset: usize, bytes: &[u8]) {
        self.ahead
            .iter_mut()
            .for_each(|typed| typed.reveal(id, offset, bytes));
        if let Some(edit) = &mut self.edit {
            edit.typed.reveal(id, offset, bytes);
        }
    }

    /// The text under way: of the line being edited, and of the line that may be typed ahead.
    fn each_typed(&mut self, mut each: impl FnMut(&mut Typed)) {
        if let Some(edit) = &mut self.edit {
            each(&mut edit.typed);
        }
        if let Some(typed) = self.ahead.back_mut() {
            each(typed);
        }
    }

    pub(super) fn input(&mut self, core: &Core, bytes: &[u8]) {
        if core.is_alternate() {
            self.look(core);
        }
        for byte in bytes {
            let key = self.keys.take(*byte);
            if !core.is_alternate() {
                self.key(core, key, *byte);
            }
        }
    }

    fn key(&mut self, core: &Core, key: Key, byte: u8) {
        let of_paste = self.keys.is_paste_mark();
        self.find_line(core);
        match key {
            Key::Text => self.each_typed(|typed| typed.push(byte)),
            Key::PastedLine => {
                if let Some(edit) = &mut self.edit {
                    edit.pasted = true;
                }
                self.each_typed(|typed| typed.push(b'\n'));
            }
            Key::Control if of_paste => {}
            Key::Control => self.each_typed(Typed::spoil),
            Key::Enter | Key::Interrupt if self.sent.len() >= SENT_LIMIT => {}
            Key::Enter => self.send(Sent::Enter),
            Key::Interrupt => self.send(Sent::Interrupt),
        }
    }

    fn send(&mut self, sent: Sent) {
        self.sent.push_back(sent);
        self.ahead.push_back(Typed::default());
    }

    /// The line that a key belongs to: the one under way, or a new one.
    fn find_line(&mut self, core: &Core) {
        let left = |edit: &Edit| !edit.announced && self.sent.is_empty() && moved_on(core, edit);
        if self.edit.as_ref().is_some_and(left) {
            self.edit = None;
        }
        if self.edit.is_none() {
            self.open_edit(core);
        }
    }

    fn mark(&mut self, core: &Core, mark: &Mark) {
        let cursor = core.cursor();
        let here = Candidate {
            row: cursor.row as i32,
            col: cursor.col,
            at_us: self.now_us,
            marked: true,
        };
        match mark {
            Mark::PromptStart { continuation } => {
                self.edit = None;
                self.more = *continuation;
                if !continuation {
                    self.end_running(core, here);
                    self.candidate = Some(here);
                }
            }
            Mark::CommandStart => {
                if self.edit.is_none() {
                    let edit = Edit::at_cursor(core, true);
                    self.begin(core, edit);
                }
            }
            Mark::OutputStart => {
                if let Some(edit) = &self.edit {
                    let row = if cursor.col == 0 { self.fed } else { None }.unwrap_or(here.row);
                    let row = row.max(edit.row);
                    self.submit(core, row);
                }
                if self.no_output_yet(core, here.row)
                    && let Some(running) = &mut self.running
                {
                    running.skip = here.row;
                }
            }
            Mark::Done(exit) => {
                self.edit = None;
                if let Some(running) = &mut self.running {
                    running.exit = *exit;
                }
                self.end_running(core, here);
            }
            Mark::CommandLine(text) => {
                let text = text.trim_end();
                if let Some(edit) = self
                    .edit
                    .as_mut()
                    .filter(|edit| !edit.continues && !text.is_empty())
                {
                    edit.exact = Some(text.to_owned());
                } else if let Some(running) = self
                    .running
                    .as_mut()
                    .filter(|running| running.text != text && !text.is_empty())
                {
                    text.clone_into(&mut running.text);
                    cut(&mut running.text);
                    self.events.push(CommandEvent::Changed {
                        number: running.number,
                        text: running.text.clone(),
                    });
                }
            }
        }
    }

    pub(super) fn line_end(&self, bytes: &[u8]) -> Option<usize> {
        let mut keys = self.keys.clone();
        bytes.iter().position(|byte| keys.take(*byte) == Key::Enter)
    }

    pub(super) fn draft(&mut self, core: &Core) -> Option<Draft> {
        if core.is_alternate() {
            return None;
        }
        self.find_line(core);
        let cursor = core.cursor();
        let mut draft = Draft {
            before: before(core, cursor.row, cursor.col),
            ..Draft::default()
        };
        let Some(edit) = &self.edit else {
            draft.typed = self.ahead.back().and_then(Typed::text);
            return Some(draft);
        };
        // The cursor may stand above the end of the line.
        let last = core.primary().enumerate().filter(|(_, row)| row.end() > 0).last();
        let last = last.map_or(cursor.row, |(row, _)| row.max(cursor.row));
        draft.shown = edit
            .exact
            .clone()
            .or_else(|| edit.read(core, last))
            .unwrap_or_default();
        if let Some(running) = self.running.as_ref().filter(|_| edit.continues) {
            draft.shown = [running.text.as_str(), "\n", &draft.shown].concat();
        }
        draft.typed = edit.typed.text();
        draft.at_prompt = true;
        draft.is_redrawn = edit.row == cursor.row as i32 && !draft.before.starts_with(&edit.prompt);
        if draft.is_redrawn {
            draft.shown = logical(core, cursor.row).0;
        }
        Some(draft)
    }

    pub(super) fn resize(&mut self, terminal: &mut Terminal, cols: u16, rows: u16) {
        let places: Vec<Option<avt::Anchor>> = self
            .rows()
            .map(|row| {
                usize::try_from(*row)
                    .ok()
                    .and_then(|row| terminal.core_mut().anchor(row))
            })
            .collect();
        terminal.resize_with(cols, rows, self);
        for (row, place) in self.rows().zip(&places) {
            if let Some(found) = place.as_ref().and_then(|place| terminal.core().find(place)) {
                *row = found as i32;
            }
        }
    }

    /// All rows of the screen that are remembered, in a fixed order.
    fn rows(&mut self) -> impl Iterator<Item = &mut i32> {
        let Self {
            edit,
            running,
            candidate,
            cleared,
            fed,
            ..
        } = self;
        edit.as_mut()
            .map(|edit| &mut edit.row)
            .into_iter()
            .chain(running.as_mut().map(|running| &mut running.skip))
            .chain(candidate.as_mut().map(|candidate| &mut candidate.row))
            .chain(cleared)
            .chain(fed)
    }
}

impl Watch for Tracker {
    const AFTER: bool = true;

    #[inline]
    fn before(&mut self, core: &Core, function: &Function) {
        match function {
            Function::Print(_) => self.fed = None,
            Function::Lf | Function::Nel if !core.is_alternate() => {
                let row = core.cursor().row;
                let sent = !self.sent.is_empty();
                match &self.edit {
                    Some(edit) if edit.leaving || (!edit.announced && sent && nothing_below(core, row)) => {
                        self.submit(core, row as i32);
                    }
                    None if sent => self.fed_unexpectedly(core, row),
                    _ => {}
                }
                self.fed = Some(row as i32);
            }
            Function::Ed(EdScope::Below) if core.cursor().col == 0 && !core.is_alternate() => {
                self.cleared = Some(core.cursor().row as i32);
            }
            Function::Ed(EdScope::All) | Function::Ris if !core.is_alternate() => {
                // Line editors draw the line again (Ctrl-L).
                self.clearing = true;
                if let Some(edit) = &mut self.edit {
                    edit.forget_above();
                }
            }
            Function::Decrst(modes)
                if core.is_alternate()
                    && modes.as_slice().iter().any(|mode| {
                        matches!(
                            mode,
                            DecMode::AltScreenBuffer | DecMode::SaveCursorAltScreenBuffer
                        )
                    }) =>
            {
                self.leave_alternate(core);
            }
            _ => {}
        }
    }

    #[inline]
    fn after(&mut self, core: &Core, function: &Function) {
        if self.clearing && matches!(function, Function::Ed(EdScope::All) | Function::Ris) {
            self.clearing = false;
            if let Some(edit) = &mut self.edit {
                edit.row = core.cursor().row as i32;
            }
        }
    }

    fn signal(&mut self, core: &Core, signal: &Signal) {
        if core.is_alternate() {
            return;
        }
        match signal {
            Signal::EditorOn => {
                // bash answers Ctrl-C with off, on, off: the line is still the same one.
                if self.edit.as_ref().is_none_or(|edit| !edit.leaving) {
                    if !self.candidate.is_some_and(|candidate| candidate.marked) {
                        let cursor = core.cursor();
                        let (row, col) = (cursor.row as i32, cursor.col);
                        self.candidate = Some(Candidate {
                            row,
                            col,
                            at_us: self.now_us,
                            marked: false,
                        });
                    }
                    if self.edit.as_ref().is_some_and(|edit| !edit.announced) {
                        self.edit = None;
                    }
                }
            }
            Signal::EditorOff => self.leave_editor(core),
            Signal::Mark(mark) => self.mark(core, mark),
        }
    }

    fn evicted(&mut self, row: Row<'_>) {
        if let Some(edit) = &mut self.edit {
            if !self.clearing {
                edit.keep(row);
            }
        } else if let Some(running) = &mut self.running
            && running.skip <= 0
        {
            let from = if running.skip == 0 { running.after } else { 0 };
            running.output.push_row(row, from, row.width());
        }
        for row in self.rows() {
            *row = row.saturating_sub(1);
        }
    }
}

impl Tracker {
    /// Remembers what a full-screen program shows: many clear it before they leave.
    fn look(&mut self, core: &Core) {
        if self.running.is_some() {
            self.seen = Some((self.now_us, self.screen_text(core)));
        }
    }

    fn leave_alternate(&mut self, core: &Core) {
        let shown = self.screen_text(core);
        let seen = self
            .seen
            .take()
            .filter(|(at, text)| at + SEEN_US >= self.now_us && !text.is_empty());
        let text = seen.map_or(shown, |(_, text)| text);
        let limit = self.limits.output_bytes;
        if let Some(running) = &mut self.running {
            let kept: usize = running.full_screen.iter().map(String::len).sum();
            if !text.is_empty() && kept < limit {
                running.full_screen.push(text);
            }
        }
    }

    fn screen_text(&self, core: &Core) -> String {
        let mut text = String::new();
        for row in core.screen() {
            if text.len() < self.limits.output_bytes {
                text.push_str(&row.trimmed());
                text.push('\n');
            }
        }
        text.truncate(text.trim_end().len());
        text
    }
}

/// Whether the cursor is no longer in the line that was being edited.
fn moved_on(core: &Core, edit: &Edit) -> bool {
    let cursor = core.cursor();
    cursor.row as i32 != edit.row && !before(core, cursor.row, cursor.col).starts_with(edit.prompt.as_str())
}

fn nothing_below(core: &Core, row: usize) -> bool {
    core.primary().skip(row + 1).all(|row| row.end() == 0)
}

fn cut(text: &mut String) {
    let end = text.floor_char_boundary(TEXT_LIMIT);
    text.truncate(end);
}
