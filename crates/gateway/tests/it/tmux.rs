//! A window of tmux with a client in it: what people at a real terminal see, cell by cell.

use std::process::Command;

use screen::Terminal;
use unicode_width::UnicodeWidthChar as _;

use crate::program::run;

/// A tmux server of its own with one window; both end with this.
pub(crate) struct Tmux {
    dir: tempfile::TempDir,
}

/// What a terminal shows: text, the look of every cell, the cursor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Picture {
    pub(crate) size: (u16, u16),
    /// Rows, blanks at the end cut.
    pub(crate) lines: Vec<String>,
    /// Each cell's first character and its colours and attributes; tmux gives none of the blanks after the last character that was
    /// written to a row.
    cells: Vec<Vec<avt::Cell>>,
    cursor: (usize, usize),
    alternate: bool,
}

impl Tmux {
    /// Runs a shell line in a window of this size.
    pub(crate) fn start(cols: u16, rows: u16, line: &str) -> Self {
        let tmux = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        let config = tmux.dir.path().join("conf");
        // Rows that leave at the top are gone, as they are for the emulator.
        let settings = "set -g status off\nset -g history-limit 0\nset -g default-terminal tmux-256color\n\
                        set -g remain-on-exit on\n";
        std::fs::write(&config, settings).unwrap();
        let (cols, rows) = (cols.to_string(), rows.to_string());
        let config = config.to_str().unwrap();
        tmux.control(&[
            "-f",
            config,
            "new-session",
            "-d",
            "-x",
            &cols,
            "-y",
            &rows,
            "sh",
            "-c",
            line,
        ]);
        tmux
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut tmux = Command::new("tmux");
        tmux.arg("-u")
            .arg("-S")
            .arg(self.dir.path().join("socket"))
            .args(words);
        tmux.env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .env_remove("TMUX");
        tmux
    }

    fn control(&self, words: &[&str]) -> String {
        let done = run(&mut self.command(words), "");
        assert_eq!(done.code, 0, "tmux {words:?}: {done:?}");
        done.out
    }

    /// Types a text as it stands.
    pub(crate) fn type_text(&self, text: &str) {
        self.control(&["send-keys", "-l", text]);
    }

    /// Presses keys by their names in tmux, such as `Enter` and `C-f`.
    pub(crate) fn press(&self, keys: &[&str]) {
        self.control(&[&["send-keys"], keys].concat());
    }

    /// Gives the window another size.
    pub(crate) fn resize(&self, cols: u16, rows: u16) {
        self.control(&["resize-window", "-x", &cols.to_string(), "-y", &rows.to_string()]);
    }

    /// Gives what the window shows.
    pub(crate) fn picture(&self) -> Picture {
        // One call of the program: nothing is drawn between its parts.
        let format = "#{pane_width} #{pane_height} #{cursor_x} #{cursor_y} #{alternate_on}";
        let said = self.control(&[
            "display-message",
            "-p",
            format,
            ";",
            "capture-pane",
            "-p",
            ";",
            "display-message",
            "-p",
            "end of rows",
            ";",
            "capture-pane",
            "-p",
            "-e",
            "-N",
        ]);
        let (head, rest) = said.split_once('\n').unwrap();
        let numbers: Vec<u16> = head.split(' ').map(|number| number.parse().unwrap()).collect();
        let (plain, styled) = rest.split_once("end of rows\n").unwrap();
        let size = (numbers[0], numbers[1]);
        Picture {
            size,
            lines: plain.lines().map(str::to_owned).collect(),
            cells: given(size, styled),
            cursor: (numbers[2].into(), numbers[3].into()),
            alternate: numbers[4] == 1,
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // It ended by itself when nothing was left in its windows.
        let _gone = self.command(&["kill-server"]).output();
    }
}

/// Leaves out marks that join the character before them: the comparison of lines has them.
fn without_marks(text: &str) -> String {
    text.chars().filter(|ch| ch.width() != Some(0)).collect()
}

/// Reads the cells out of rows as `capture-pane -e` writes them.
fn given((cols, rows): (u16, u16), styled: &str) -> Vec<Vec<avt::Cell>> {
    let mut terminal = avt::Terminal::new(cols.into(), rows.into()).unwrap();
    // Line drawing comes in the second set of characters.
    terminal.feed("\x1b)0");
    let mut widths = Vec::new();
    for (number, row) in styled.lines().enumerate() {
        if number > 0 {
            terminal.feed("\r\n");
        }
        terminal.feed(without_marks(row).as_str());
        widths.push(terminal.cursor().col);
    }
    let lines = terminal.screen().visible_lines().zip(widths);
    lines
        .map(|(line, width)| line.cells()[..width].to_vec())
        .collect()
}

impl Picture {
    /// Gives what an emulator shows.
    pub(crate) fn of(terminal: &Terminal) -> Self {
        let (cursor, size) = (terminal.cursor(), terminal.size());
        let mut plain = avt::Terminal::new(size.0.into(), size.1.into()).unwrap();
        plain.feed(without_marks(&terminal.dump()).as_str());
        let lines = plain.screen().visible_lines();
        Self {
            size,
            lines: terminal.lines(),
            cells: lines.map(|line| line.cells().to_vec()).collect(),
            cursor: (cursor.col, cursor.row),
            alternate: terminal.is_alternate(),
        }
    }

    pub(crate) fn says(&self, text: &str) -> bool {
        self.lines.iter().any(|line| line.contains(text))
    }

    /// Says where two pictures differ, for people; nothing when they are the same.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let place = |one: &Self| (one.size, one.cursor, one.alternate);
        if place(self) != place(other) {
            found.push(format!(
                "size, cursor, alternate: {:?} and {:?}",
                place(self),
                place(other)
            ));
        }
        for (row, (ours, theirs)) in self.lines.iter().zip(&other.lines).enumerate() {
            if ours != theirs {
                found.push(format!("row {row}:\n  {ours:?}\n  {theirs:?}"));
            }
        }
        for (row, (ours, theirs)) in self.cells.iter().zip(&other.cells).enumerate() {
            let differs = ours.iter().zip(theirs).position(|(ours, theirs)| ours != theirs);
            if let Some(col) = differs {
                found.push(format!(
                    "row {row}, column {col}:\n  {:?}\n  {:?}",
                    ours[col], theirs[col]
                ));
            }
        }
        if self.lines.len() != other.lines.len() {
            found.push(format!("{} and {} rows", self.lines.len(), other.lines.len()));
        }
        found
    }
}
