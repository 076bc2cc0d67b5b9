//! Characters that wait for their echo, and what counts as one.

use std::collections::VecDeque;

use avt::parser::Function;
use unicode_width::UnicodeWidthChar as _;

use super::{InputId, Reveal};
use crate::commands::before;
use crate::secret::asks_for_secret;
use crate::terminal::{Core, Row, Signal, Watch};

/// Most characters that wait for their echo; what is typed beyond stays masked for ever.
pub(super) const HELD_LIMIT: usize = 8192;
/// An echo that takes longer is none, in microseconds.
pub(super) const ECHO_US: u64 = 5_000_000;
/// A program's answer to a single key takes no longer, in microseconds.
const ANSWER_US: u64 = 500_000;
/// Shortest run that is believed when it was typed ahead, in characters.
const AHEAD_LENGTH: usize = 6;
/// How far ahead a line that is proven to echo is searched for a printed character.
const SKIP_LIMIT: usize = 32;

/// A character that waits for its echo.
#[derive(Debug)]
pub(super) struct Waiting {
    ch: char,
    id: InputId,
    offset: usize,
    at_us: u64,
    /// The line was proven to echo before this was typed.
    proven: bool,
}

#[derive(Debug)]
pub(super) enum Item {
    Char(Waiting),
    /// The line ends here.
    Enter,
    /// A line of a paste ends here.
    PastedLine,
    /// A key that may move the cursor.
    Key,
}

impl Item {
    fn ends_line(&self) -> bool {
        matches!(self, Self::Enter | Self::PastedLine)
    }
}

/// A place on the screen; rows above the screen are negative.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    row: i32,
    col: usize,
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "four facts, each on its own")]
pub(super) struct Held {
    pub(super) items: VecDeque<Item>,
    /// How many characters at the front were printed where they belong and wait for the cursor to confirm it.
    matched: usize,
    /// Where the next character must be printed; `None` if keys or lines came between.
    place: Option<Place>,
    /// The place is the start of a row: the next line of a paste is shown there or, after line feeds, further down.
    fresh: bool,
    /// Something else was printed there.
    conflict: bool,
    /// Row of the line that is proven to echo.
    pub(super) proven: Option<i32>,
    /// All that waits is one key pressed alone, at this place.
    pub(super) single: bool,
    /// Chunks of output since the last key.
    pub(super) answers: u32,
    alternate: bool,
    typed_at: Option<Place>,
    pub(super) reveals: Vec<Reveal>,
}

impl Held {
    pub(super) fn forget(&mut self) {
        self.items.clear();
        self.matched = 0;
        self.place = None;
        self.conflict = false;
        self.proven = None;
        self.single = false;
        self.fresh = false;
    }

    /// Echoes come soon or never.
    pub(super) fn expire(&mut self, at_us: u64) {
        let oldest = self.items.iter().find_map(|item| {
            if let Item::Char(waiting) = item {
                Some(waiting.at_us)
            } else {
                None
            }
        });
        if oldest.is_some_and(|oldest| at_us > oldest + ECHO_US) {
            self.forget();
        }
    }

    /// Before new input: what waits in vain is given up, so that it does not stand in the way.
    pub(super) fn prepare(&mut self, core: &Core, at_us: u64) {
        self.expire(at_us);
        let elsewhere = self
            .place
            .map(|place| normal(core, place, 1) != normal(core, cursor(core), 1));
        let sent = self.items.iter().any(|item| matches!(item, Item::Enter));
        // On the alternate screen no line feed tells that a line is over.
        let vain = if core.is_alternate() {
            elsewhere.unwrap_or(true)
        } else if self.proven.is_some() {
            self.answers >= 3
        } else {
            elsewhere.map_or(self.answers > 0, |elsewhere| elsewhere && !sent)
        };
        self.answers = 0;
        if vain {
            self.items.clear();
            self.matched = 0;
        }
        if self.items.iter().all(|item| !matches!(item, Item::Char(_))) {
            self.items.clear();
        }
        if self.items.is_empty() {
            self.matched = 0;
            self.conflict = false;
            self.fresh = false;
            self.place = Some(cursor(core));
            self.typed_at = self.place;
            self.single = true;
        } else {
            self.single = false;
        }
    }

    pub(super) fn push(&mut self, core: &Core, at_us: u64, ch: char, id: InputId, offset: usize) {
        // Marks share the cell of their base: their echo cannot be told.
        if self.items.len() >= HELD_LIMIT || ch.width() == Some(0) || secret_at(core, cursor(core)) {
            self.barrier(Item::Key);
            return;
        }
        let proven = self.proven.is_some();
        self.items.push_back(Item::Char(Waiting {
            ch,
            id,
            offset,
            at_us,
            proven,
        }));
    }

    pub(super) fn barrier(&mut self, item: Item) {
        if matches!(item, Item::Enter) {
            self.proven = None;
        }
        self.single = false;
        match item {
            Item::Key if self.items.is_empty() => self.place = None,
            Item::Enter if self.items.is_empty() => {
                self.place = None;
                self.items.push_back(Item::Enter);
            }
            _ if self.items.len() < HELD_LIMIT * 2 => self.items.push_back(item),
            _ => {}
        }
    }

    /// How many characters stand before the first key that is no text, and whether there is such a key.
    fn run(&self) -> (usize, bool) {
        let length = self
            .items
            .iter()
            .take_while(|item| matches!(item, Item::Char(_)))
            .count();
        (length, self.items.get(length).is_some())
    }

    fn waiting(&self, number: usize) -> Option<&Waiting> {
        match self.items.get(number) {
            Some(Item::Char(waiting)) => Some(waiting),
            _ => None,
        }
    }

    /// A character is about to be printed.
    fn printing(&mut self, core: &Core, ch: char) {
        let width = ch.width().unwrap_or(1).max(1);
        let here = normal(core, cursor(core), width);
        if let (Some(place), Some(next)) = (self.place, self.waiting(self.matched)) {
            let expected = normal(core, place, next.ch.width().unwrap_or(1).max(1));
            if next.ch == ch && expected == here {
                self.matched += 1;
                self.fresh = false;
                self.place = Some(Place {
                    row: here.row,
                    col: here.col + width,
                });
                return;
            }
            if expected == here {
                self.conflict = true;
                if self.run().1 {
                    // The line was sent, and what came is not its echo.
                    self.give_up_run(here.row);
                }
            }
        }
        self.search(core, ch, here);
    }

    /// On a line that is proven to echo, characters are looked for among what was typed after the proof.
    fn search(&mut self, core: &Core, ch: char, here: Place) {
        let Some(row) = self.proven else { return };
        if self.matched > 0 || (here.row - row).abs() > 2 {
            return;
        }
        let mut found = None;
        for (number, item) in self.items.iter().enumerate().take(SKIP_LIMIT) {
            match item {
                Item::Char(waiting) if !waiting.proven => return,
                Item::Char(waiting) if waiting.ch == ch => {
                    found = Some(number);
                    break;
                }
                Item::Char(_) | Item::Key => {}
                Item::Enter | Item::PastedLine => return,
            }
        }
        let Some(number) = found.filter(|_| !secret_at(core, here)) else {
            return;
        };
        self.items.drain(..number);
        self.reveal(1);
        let width = ch.width().unwrap_or(1).max(1);
        self.place = Some(Place {
            row: here.row,
            col: here.col + width,
        });
        self.proven = Some(here.row);
    }

    /// Reveals that many characters at the front.
    fn reveal(&mut self, count: usize) {
        for _ in 0..count {
            let Some(Item::Char(Waiting { ch, id, offset, .. })) = self.items.pop_front() else {
                return;
            };
            let mut buffer = [0; 4];
            let bytes = ch.encode_utf8(&mut buffer).as_bytes();
            match self.reveals.last_mut() {
                Some(last) if last.id == id && last.offset + last.bytes.len() == offset => {
                    last.bytes.extend_from_slice(bytes);
                }
                _ => self.reveals.push(Reveal {
                    id,
                    offset,
                    bytes: bytes.to_vec(),
                }),
            }
        }
        self.matched = 0;
    }

    /// The cursor is about to leave its place, or output pauses: is what was printed an echo?
    fn confirm(&mut self, core: &Core, pause: bool) {
        if self.matched == 0 {
            return;
        }
        let (length, ended) = self.run();
        let Some(place) = self.place else { return };
        let there = normal(core, place, 1) == normal(core, cursor(core), 1);
        // Once the line was sent, output may follow without an echo: only the whole run counts, and not a pause within.
        let whole = self.matched == length && !pause;
        if there && (whole || !ended) {
            if secret_at(core, place) {
                self.forget();
                return;
            }
            self.reveal(self.matched);
            self.conflict = false;
            if !core.is_alternate() {
                self.proven = Some(place.row);
            }
            if ended && whole {
                // The key behind the run; whatever comes after it has another place.
                self.place = None;
                if !self.items.front().is_some_and(Item::ends_line) {
                    self.items.pop_front();
                }
            }
        }
    }

    /// The row is about to end.
    fn line_feed(&mut self, core: &Core) {
        self.proven = None;
        if self.items.is_empty() {
            return;
        }
        let next_row = core.cursor().row as i32 + 1;
        if self.fresh && self.matched == 0 {
            if let Some(place) = &mut self.place {
                place.row = next_row;
            }
            return;
        }
        let (length, ended) = self.run();
        if ended && self.matched == 0 && length >= AHEAD_LENGTH && self.shown_ahead(core, length) {
            self.reveal(length);
        }
        // What was not shown in the line where it was typed was not echoed. What was typed ahead may still be.
        if self.place.is_some() || self.run().0 == 0 {
            self.give_up_run(next_row);
        }
    }

    /// The run at the front stays masked. The next one was typed ahead, or is shown from `next_row` on if it was pasted.
    fn give_up_run(&mut self, next_row: i32) {
        let (length, _) = self.run();
        let pasted = matches!(self.items.get(length), Some(Item::PastedLine));
        self.fresh = pasted;
        if self.items.get(length).is_some_and(Item::ends_line) {
            self.items.drain(..=length);
        } else {
            self.items.clear();
        }
        self.matched = 0;
        self.conflict = false;
        self.place = None;
        if pasted {
            self.place = Some(Place {
                row: next_row,
                col: 0,
            });
        }
    }

    /// Whether the line on the screen ends with the whole run: typed ahead, and shown by the line editor later.
    fn shown_ahead(&self, core: &Core, length: usize) -> bool {
        // Text whose place was known and who is not there was not echoed, whatever else the line says.
        if self.place.is_some() {
            return false;
        }
        let cursor = core.cursor();
        let Some(row) = core.row(cursor.row) else {
            return false;
        };
        // Most lines of output are told apart by their last character.
        let last = (0..length).rev().find_map(|number| {
            self.waiting(number)
                .map(|waiting| waiting.ch)
                .filter(|ch| *ch != ' ')
        });
        if last.is_none() || last != row.last() {
            return false;
        }
        let line = before(core, cursor.row, row.end().max(cursor.col));
        let run: String = (0..length)
            .filter_map(|number| self.waiting(number).map(|waiting| waiting.ch))
            .collect();
        let (line, run) = (line.trim_end(), run.trim_end());
        line.ends_with(run) && run.chars().count() >= AHEAD_LENGTH && !asks_for_secret(line)
    }

    /// After a chunk of output.
    pub(super) fn settle(&mut self, core: &Core, at_us: u64) {
        if self.items.is_empty() {
            return;
        }
        let here = cursor(core);
        if secret_at(core, here) {
            // A question for a secret came up: whatever waits may be its answer.
            self.forget();
            return;
        }
        self.confirm(core, true);
        let answers = core.is_alternate() || core.cursor_keys_app_mode();
        if self.single
            && answers
            && self.items.len() == 1
            && core.cursor().visible
            && Some(here) != self.typed_at
        {
            if self
                .waiting(0)
                .is_some_and(|waiting| at_us <= waiting.at_us + ANSWER_US)
            {
                self.reveal(1);
            } else {
                self.items.clear();
            }
        } else if self.conflict
            && self
                .place
                .is_none_or(|place| normal(core, place, 1) != normal(core, here, 1))
        {
            self.items.clear();
            self.matched = 0;
            self.conflict = false;
        }
    }
}

impl Watch for Held {
    const AFTER: bool = true;

    #[inline]
    fn before(&mut self, core: &Core, function: &Function) {
        if self.items.is_empty() {
            return;
        }
        match function {
            Function::Print(ch) => self.printing(core, *ch),
            Function::Sgr(_)
            | Function::Osc(_)
            | Function::Si
            | Function::So
            | Function::Gzd4(_)
            | Function::G1d4(_) => {}
            Function::Lf | Function::Nel if !core.is_alternate() => {
                self.confirm(core, false);
                self.line_feed(core);
            }
            Function::Cr => {
                self.confirm(core, false);
                // readline shows long pastes in one row, at the bottom of the screen.
                if matches!(self.items.front(), Some(Item::PastedLine)) {
                    self.give_up_run(core.cursor().row as i32);
                }
            }
            Function::Decset(_) | Function::Decrst(_) => {
                self.confirm(core, false);
            }
            _ => self.confirm(core, false),
        }
    }

    #[inline]
    fn after(&mut self, core: &Core, function: &Function) {
        match function {
            // Scrolling is told for the primary screen only.
            Function::Print(_) if core.is_alternate() => {
                if let Some(place) = &mut self.place {
                    place.row = place.row.min(core.size().1 as i32 - 1);
                }
            }
            Function::Decset(_) | Function::Decrst(_) if core.is_alternate() != self.alternate => {
                // A screen that was just entered or left proves nothing about keys pressed before.
                self.alternate = core.is_alternate();
                self.forget();
            }
            _ => {}
        }
    }

    fn signal(&mut self, core: &Core, signal: &Signal) {
        if matches!(signal, Signal::EditorOff) {
            self.confirm(core, false);
        }
    }

    fn evicted(&mut self, _: Row<'_>) {
        for place in [&mut self.place, &mut self.typed_at].into_iter().flatten() {
            place.row -= 1;
        }
        if let Some(row) = &mut self.proven {
            *row -= 1;
        }
    }
}

fn cursor(core: &Core) -> Place {
    let cursor = core.cursor();
    Place {
        row: cursor.row as i32,
        col: cursor.col,
    }
}

/// Where a character of this width is printed if the cursor is at `place`.
fn normal(core: &Core, place: Place, width: usize) -> Place {
    if place.col + width > core.size().0 {
        Place {
            row: place.row + 1,
            col: 0,
        }
    } else {
        place
    }
}

/// Whether the screen asks for a secret at this place.
fn secret_at(core: &Core, place: Place) -> bool {
    let row = usize::try_from(place.row).unwrap_or(0);
    if core.is_alternate() {
        // Forms write the question above, below or in another pane of the same rows.
        return core.screen().enumerate().any(|(number, line)| {
            number + 5 > row && number <= row + 1 && line.end() > 0 && asks_for_secret(&line.trimmed())
        });
    }
    let line = before(core, row, place.col);
    if asks_for_secret(&line) {
        return true;
    }
    // "Enter the password:" and then a line of its own for the answer.
    if line.trim().chars().count() > 3 {
        return false;
    }
    let mut above = String::new();
    for line in core
        .primary()
        .take(row)
        .skip(row.saturating_sub(3))
        .filter(|line| line.end() > 0)
    {
        line.push(&mut above, 0, line.end());
        above.push(' ');
    }
    above.trim_end().ends_with([':', '?', '：', '？']) && asks_for_secret(&above)
}
