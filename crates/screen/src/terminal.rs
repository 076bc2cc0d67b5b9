//! A terminal without a window: bytes in, picture out.

use std::fmt;

use avt::parser::{DecMode, Function, State};
use avt::{Line, ScreenKind};
use unicode_width::UnicodeWidthChar as _;

use crate::utf8::Utf8Stream;

mod cluster;
mod modes;

use cluster::Clusters;
use modes::Modes;
pub(crate) use modes::{Mark, Signal};

/// Widest terminal, in columns; wider wishes are cut.
pub const MAX_COLS: u16 = 640;
/// Highest terminal, in rows; higher wishes are cut.
pub const MAX_ROWS: u16 = 240;

/// Longest unfinished escape sequence kept for a dump, in bytes; the emulator ignores what is beyond.
const PENDING_LIMIT: usize = 4096;

/// An emulator of one terminal: both screens, cursor, colours, modes; no scrollback.
///
/// The picture equals what tmux shows for the same bytes, except for the corners named in the crate's page.
/// Memory: about 20 bytes a cell. Idle terminals are better kept as their [`Terminal::dump`].
pub struct Terminal {
    core: Core,
    parser: avt::Parser,
    utf8: Utf8Stream,
    /// The escape sequence under way, as it came.
    pending: String,
}

/// The cursor's place, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Column. Equals the width while the last column is written and the wrap is still to come.
    pub col: usize,
    /// Row of the screen.
    pub row: usize,
    /// Whether it is shown.
    pub visible: bool,
}

impl Terminal {
    /// Starts with an empty screen; sizes are cut to 1 to [`MAX_COLS`] and 1 to [`MAX_ROWS`].
    pub fn new(cols: u16, rows: u16) -> Self {
        Self {
            core: Core::new(cols, rows),
            parser: avt::Parser::new(),
            utf8: Utf8Stream::new(),
            pending: String::new(),
        }
    }

    /// Rebuilds the terminal that wrote `dump`; its further life is the same as if it had never slept.
    pub fn restore(cols: u16, rows: u16, dump: &str) -> Self {
        let mut terminal = Self::new(cols, rows);
        terminal.feed_str(dump, &mut ());
        terminal
    }

    /// Takes output of the target, in any chunking.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.feed_with(bytes, &mut ());
    }

    /// Takes output and tells `watch` every step.
    pub(crate) fn feed_with<W: Watch>(&mut self, bytes: &[u8], watch: &mut W) {
        let mut utf8 = std::mem::take(&mut self.utf8);
        utf8.push(bytes, |text| self.feed_str(text, watch));
        self.utf8 = utf8;
    }

    fn feed_str<W: Watch>(&mut self, text: &str, watch: &mut W) {
        for ch in text.chars() {
            let plain = matches!(ch, ' '..='~') || ch >= '\u{a0}';
            if plain && self.parser.state == State::Ground {
                self.core.print(ch, watch);
            } else {
                self.control(ch, watch);
            }
        }
    }

    /// One character of an escape sequence, or a control character.
    fn control<W: Watch>(&mut self, ch: char, watch: &mut W) {
        let before = self.parser.state;
        if before == State::Ground && ch == '\x7f' {
            return; // DEL is padding (ECMA-48 has it ignored); the emulator would print it.
        }
        // `ESC k title ST` is the title of screen and tmux; the emulator knows the same shape as APC and skips it.
        let title = before == State::Escape && ch == 'k' && self.pending == "\x1b";
        let function = self.parser.feed(if title { '_' } else { ch });
        if before == State::OscString
            && self.parser.state != State::OscString
            && matches!(ch, '\x07' | '\x1b' | '\u{9c}')
        {
            self.sequence_done(watch);
        }
        if ch == '\x1b' || matches!(ch, '\u{80}'..='\u{9f}') {
            self.pending.clear();
        }
        if self.parser.state == State::Ground && before == State::Ground {
            self.pending.clear();
        } else if self.pending.len() < PENDING_LIMIT {
            self.pending.push(ch);
        }
        if self.parser.state == State::Ground {
            if before != State::Ground && before != State::OscString {
                self.sequence_done(watch);
            }
            self.pending.clear();
        }
        if let Some(function) = function {
            self.core.execute(function, watch);
        }
    }

    fn sequence_done<W: Watch>(&mut self, watch: &mut W) {
        if let Some(signal) = self.core.modes.take(&self.pending) {
            watch.signal(&self.core, &signal);
        }
    }

    /// Changes the size; the primary screen is reflowed as a terminal window would.
    pub fn resize(&mut self, cols: u16, rows: u16) {
        self.resize_with(cols, rows, &mut ());
    }

    pub(crate) fn resize_with<W: Watch>(&mut self, cols: u16, rows: u16, watch: &mut W) {
        let (cols, rows) = clamp(cols, rows);
        self.core.emulator.resize_with(
            cols,
            rows,
            Tap {
                watch,
                clusters: &self.core.clusters,
            },
        );
    }

    /// Escape sequences that draw this terminal on a fresh one of the same size: both screens, cursor, colours, modes,
    /// title, and a sequence that is still under way. For late viewers, player snapshots and sleep.
    ///
    /// Bytes of a character that was cut in the middle are not part of it: see [`Terminal::held`].
    pub fn dump(&self) -> String {
        let plain = self.core.emulator.dump();
        let mut dump = if self.core.clusters.is_empty() {
            plain
        } else {
            let mut text = String::with_capacity(plain.len() + 64);
            plain
                .chars()
                .for_each(|ch| self.core.clusters.push(&mut text, ch));
            text
        };
        self.core.modes.dump(&mut dump);
        dump.push_str(&self.pending);
        dump
    }

    /// The bytes of a character that a chunk boundary cut; feed them after [`Terminal::restore`].
    pub fn held(&self) -> &[u8] {
        self.utf8.held()
    }

    /// The screen as text, one string a row, blanks at the end cut: what `tmux capture-pane -p` prints.
    pub fn lines(&self) -> Vec<String> {
        self.core.screen().map(|row| row.trimmed()).collect()
    }

    /// The screen as text: rows joined, blank rows at the end left out.
    pub fn text(&self) -> String {
        let lines = self.lines();
        let last = lines
            .iter()
            .rposition(|line| !line.is_empty())
            .map_or(0, |at| at + 1);
        lines.get(..last).unwrap_or_default().join("\n")
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        let (cols, rows) = self.core.emulator.size();
        (cols as u16, rows as u16)
    }

    /// Where the cursor is.
    pub fn cursor(&self) -> Cursor {
        self.core.cursor()
    }

    /// Whether the alternate screen (vim, less, tmux) is shown.
    pub fn is_alternate(&self) -> bool {
        self.core.is_alternate()
    }

    /// Whether pastes are bracketed (mode 2004), which line editors switch on while they read a line.
    pub fn is_bracketed_paste(&self) -> bool {
        self.core.modes.bracketed_paste()
    }

    /// The window's title as the application set it (OSC 0 and 2), controls removed, at most 256 bytes.
    pub fn title(&self) -> &str {
        self.core.modes.title()
    }

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    pub(crate) fn core_mut(&mut self) -> &mut Core {
        &mut self.core
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal")
            .field("size", &self.size())
            .field("cursor", &self.cursor())
            .finish_non_exhaustive()
    }
}

fn clamp(cols: u16, rows: u16) -> (usize, usize) {
    (
        usize::from(cols.clamp(1, MAX_COLS)),
        usize::from(rows.clamp(1, MAX_ROWS)),
    )
}

/// Looks on while a terminal takes output.
pub(crate) trait Watch {
    /// Whether [`Watch::after`] is wanted.
    const AFTER: bool = false;

    /// About to execute `function`.
    fn before(&mut self, _screen: &Core, _function: &Function) {}
    /// Executed `function`.
    fn after(&mut self, _screen: &Core, _function: &Function) {}
    /// A sequence that does not change the picture ended.
    fn signal(&mut self, _screen: &Core, _signal: &Signal) {}
    /// A row of the primary screen left at the top.
    fn evicted(&mut self, _row: Row<'_>) {}
}

impl Watch for () {}

/// The emulator behind the parser: what watchers see.
pub(crate) struct Core {
    emulator: avt::Terminal,
    clusters: Clusters,
    modes: Modes,
    insert: bool,
    /// Where the cursor was when the alternate screen was entered.
    entry: Option<avt::Anchor>,
    /// Marks until clusters that left the screen are looked for again.
    patience: usize,
}

impl Core {
    #[expect(
        clippy::expect_used,
        reason = "the emulator refuses only sizes of zero, which clamp excludes"
    )]
    fn new(cols: u16, rows: u16) -> Self {
        let (cols, rows) = clamp(cols, rows);
        Self {
            emulator: avt::Terminal::new(cols, rows).expect("at least one by one"),
            clusters: Clusters::default(),
            modes: Modes::default(),
            insert: false,
            entry: None,
            patience: 0,
        }
    }

    #[inline]
    fn print<W: Watch>(&mut self, ch: char, watch: &mut W) {
        if (ch as u32) < 0x300 {
            self.run(Function::Print(ch), watch);
        } else if ch.width() == Some(0) {
            self.combine(ch, watch);
        } else {
            let ch = if cluster::reserved(ch) { '\u{fffd}' } else { ch };
            self.run(Function::Print(ch), watch);
        }
    }

    /// Adds a mark to the character before the cursor, as terminals do; at the start of a row it is dropped.
    fn combine<W: Watch>(&mut self, mark: char, watch: &mut W) {
        if self.clusters.is_full() {
            // Rebuilding costs a screen: a screen that is full of clusters must not pay it for every mark.
            if self.patience == 0 {
                self.forget_clusters();
                self.patience = cluster::LIMIT;
            }
            self.patience -= 1;
        }
        let cursor = self.emulator.cursor();
        let Some(line) = self.emulator.screen().line(cursor.row) else {
            return;
        };
        let cells = line.cells();
        let Some((col, cell)) = cells
            .iter()
            .enumerate()
            .take(cursor.col)
            .rev()
            .take(2)
            .find(|(_, cell)| cell.width() > 0)
        else {
            return;
        };
        let (base, width) = (cell.char(), cell.width());
        if let Some(stand_in) = self.clusters.combine(base, width, mark) {
            let insert = self.insert;
            if insert {
                self.run(Function::Rm(vec![avt::parser::AnsiMode::Insert].into()), &mut ());
            }
            self.run(Function::Cha(col as u16 + 1), &mut ());
            self.run(Function::Print(stand_in), watch);
            if insert {
                self.run(Function::Sm(vec![avt::parser::AnsiMode::Insert].into()), &mut ());
            }
        }
    }

    /// Keeps only the clusters that are still on a screen.
    fn forget_clusters(&mut self) {
        let (cols, rows) = self.emulator.size();
        let mut text = String::new();
        self.emulator
            .dump()
            .chars()
            .for_each(|ch| self.clusters.push(&mut text, ch));
        let mut fresh = Terminal::new(cols as u16, rows as u16);
        // What does not fit loses its marks, as it did before.
        fresh.core.patience = usize::MAX;
        fresh.feed_str(&text, &mut ());
        self.entry = fresh.core.entry;
        self.emulator = fresh.core.emulator;
        self.clusters = fresh.core.clusters;
    }

    fn execute<W: Watch>(&mut self, function: Function, watch: &mut W) {
        let function = match function {
            // As tmux: never past the end of the row. Else eight bytes could print 65535 times.
            Function::Rep(n) => {
                let (cols, _) = self.emulator.size();
                let room = cols.saturating_sub(self.emulator.cursor().col);
                match (n.max(1) as usize).min(room) {
                    0 => return,
                    n => Function::Rep(n as u16),
                }
            }
            Function::Sm(ref modes) => {
                self.insert |= modes.as_slice().contains(&avt::parser::AnsiMode::Insert);
                function
            }
            Function::Rm(ref modes) => {
                self.insert &= !modes.as_slice().contains(&avt::parser::AnsiMode::Insert);
                function
            }
            Function::Ris | Function::Decstr => {
                self.insert = false;
                function
            }
            other => other,
        };
        let alignment = matches!(function, Function::Decaln);
        let entry = self.cross_over(&function);
        self.run(function, watch);
        if alignment {
            // DECALN also resets the margins and sends the cursor home (xterm, tmux).
            self.run(Function::Decstbm(0, 0), watch);
        }
        if let Some(at) = entry.and_then(|anchor| self.emulator.resolve(&anchor)) {
            let row = u16::try_from(at.row).unwrap_or(0).saturating_add(1);
            self.run(Function::Cup(row, at.col as u16 + 1), watch);
        }
    }

    /// Marks where the cursor is when `function` is about to leave the primary screen, and gives the mark when it is about to come back
    /// and restore the cursor (mode 1049). The emulator restores the place as it was in the window of that time; as in tmux it is
    /// where the text went that it stood on.
    fn cross_over(&mut self, function: &Function) -> Option<avt::Anchor> {
        let (Function::Decset(modes) | Function::Decrst(modes)) = function else {
            return None;
        };
        let restores = modes.as_slice().contains(&DecMode::SaveCursorAltScreenBuffer);
        if !restores && !modes.as_slice().contains(&DecMode::AltScreenBuffer) {
            return None;
        }
        match (function, self.is_alternate()) {
            (Function::Decset(_), false) => {
                let cursor = self.cursor();
                let col = cursor.col.min(self.emulator.size().0.saturating_sub(1));
                self.entry = self.emulator.anchor_at(avt::Position {
                    screen: ScreenKind::Primary,
                    col,
                    row: cursor.row as isize,
                });
                None
            }
            (Function::Decrst(_), true) => self.entry.take().filter(|_| restores),
            _ => None,
        }
    }

    #[inline]
    fn run<W: Watch>(&mut self, function: Function, watch: &mut W) {
        watch.before(self, &function);
        // Most functions are characters, which are cheap to copy.
        let copy = W::AFTER.then(|| function.clone());
        let tap = Tap {
            watch,
            clusters: &self.clusters,
        };
        self.emulator.execute_with(function, tap);
        if let Some(copy) = copy {
            watch.after(self, &copy);
        }
    }

    pub(crate) fn cursor(&self) -> Cursor {
        let avt::Cursor { col, row, visible } = self.emulator.cursor();
        Cursor { col, row, visible }
    }

    pub(crate) fn size(&self) -> (usize, usize) {
        self.emulator.size()
    }

    pub(crate) fn is_alternate(&self) -> bool {
        self.emulator.active_screen_kind() == ScreenKind::Alternate
    }

    pub(crate) fn cursor_keys_app_mode(&self) -> bool {
        self.emulator.cursor_key_app_mode()
    }

    pub(crate) fn bracketed_paste(&self) -> bool {
        self.modes.bracketed_paste()
    }

    /// The rows of the active screen.
    pub(crate) fn screen(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.emulator.screen().visible_lines().map(|line| Row {
            line,
            clusters: &self.clusters,
        })
    }

    /// The rows of the primary screen.
    pub(crate) fn primary(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.emulator.primary_screen().visible_lines().map(|line| Row {
            line,
            clusters: &self.clusters,
        })
    }

    /// One row of the primary screen.
    pub(crate) fn row(&self, row: usize) -> Option<Row<'_>> {
        let line = self.emulator.primary_screen().line(row)?;
        Some(Row {
            line,
            clusters: &self.clusters,
        })
    }

    /// Marks a place of the primary screen, so that it is found again after a reflow.
    pub(crate) fn anchor(&mut self, row: usize) -> Option<avt::Anchor> {
        self.emulator.anchor_at(avt::Position {
            screen: ScreenKind::Primary,
            col: 0,
            row: row as isize,
        })
    }

    /// The row where a marked place is now; `None` if it left the screen.
    pub(crate) fn find(&self, anchor: &avt::Anchor) -> Option<usize> {
        self.emulator
            .resolve(anchor)
            .and_then(|position| usize::try_from(position.row).ok())
    }
}

/// One row of a screen.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    line: &'a Line,
    clusters: &'a Clusters,
}

impl Row<'_> {
    /// The text of all columns from `from` up to `to`.
    pub(crate) fn push(&self, into: &mut String, from: usize, to: usize) {
        for cell in self
            .line
            .cells()
            .iter()
            .take(to)
            .skip(from)
            .filter(|cell| cell.width() > 0)
        {
            self.clusters.push(into, cell.char());
        }
    }

    /// The text, blanks at the end cut.
    pub(crate) fn trimmed(&self) -> String {
        let mut text = String::new();
        self.push(&mut text, 0, self.width());
        text.truncate(text.trim_end_matches(' ').len());
        text
    }

    /// The column after the last character that is no blank.
    pub(crate) fn end(&self) -> usize {
        self.line
            .cells()
            .iter()
            .rposition(|cell| cell.char() != ' ' || cell.width() == 0)
            .map_or(0, |at| at + 1)
    }

    /// The last character that is no blank.
    pub(crate) fn last(&self) -> Option<char> {
        self.line
            .cells()
            .iter()
            .map(avt::Cell::char)
            .rfind(|ch| *ch != ' ')
    }

    /// Columns.
    pub(crate) fn width(&self) -> usize {
        self.line.cells().len()
    }

    /// Whether the next row continues this one.
    pub(crate) fn is_wrapped(&self) -> bool {
        self.line.is_wrapped()
    }

    /// Whether the row starts with a character of two columns.
    pub(crate) fn starts_wide(&self) -> bool {
        self.line.cells().first().is_some_and(|cell| cell.width() == 2)
    }
}

/// Hands the emulator's evicted rows to a watcher.
struct Tap<'a, W> {
    watch: &'a mut W,
    clusters: &'a Clusters,
}

impl<W: Watch> avt::Observer for Tap<'_, W> {
    type Output = ();

    fn evicted(&mut self, _: &mut avt::Observation<'_>, line: &Line) {
        self.watch.evicted(Row {
            line,
            clusters: self.clusters,
        });
    }

    fn end(&mut self, _: &mut avt::Observation<'_>) {}
}

#[cfg(test)]
mod tests;
