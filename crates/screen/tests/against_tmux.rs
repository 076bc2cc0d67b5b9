//! The emulator's picture equals that of tmux for the same bytes. Skipped where tmux is not installed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod common;

use std::process::Command;
use std::time::{Duration, Instant};

use common::{Event, Recording, Session, fixture, installed};
use screen::Terminal;

/// A tmux server of its own with one pane that shows files as they are.
struct Tmux {
    dir: tempfile::TempDir,
    step: usize,
}

impl Tmux {
    fn start(cols: u16, rows: u16) -> Option<Self> {
        if !installed("tmux") {
            return None;
        }
        let tmux = Self {
            dir: tempfile::tempdir().unwrap(),
            step: 0,
        };
        let config = tmux.dir.path().join("conf");
        std::fs::write(&config, "set -g status off\nset -g history-limit 0\nset -g default-terminal tmux-256color\nset -g remain-on-exit on\nset -s exit-empty off\n").unwrap();
        let program = format!(
            "stty raw -echo; cd {}; n=1; while :; do until [ -e go$n ]; do sleep 0.02; done; cat file$n; touch done$n; n=$((n+1)); done",
            tmux.dir.path().display()
        );
        tmux.run(&[
            "-f",
            config.to_str().unwrap(),
            "new-session",
            "-d",
            "-x",
            &cols.to_string(),
            "-y",
            &rows.to_string(),
            "sh",
            "-c",
            &program,
        ]);
        Some(tmux)
    }

    fn command(&self, args: &[&str]) -> std::process::Output {
        let mut tmux = Command::new("tmux");
        tmux.env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .env_remove("TMUX");
        tmux.arg("-u")
            .arg("-S")
            .arg(self.dir.path().join("socket"))
            .args(args)
            .output()
            .unwrap()
    }

    fn run(&self, args: &[&str]) -> String {
        let output = self.command(args);
        assert!(
            output.status.success(),
            "tmux {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    fn show(&mut self, bytes: &[u8]) {
        self.step += 1;
        let path = |name: &str| self.dir.path().join(format!("{name}{}", self.step));
        std::fs::write(path("file"), bytes).unwrap();
        std::fs::write(path("go"), "").unwrap();
        let start = Instant::now();
        while !path("done").exists() {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "the pane did not take the bytes"
            );
            std::thread::yield_now();
        }
    }

    fn resize(&self, cols: u16, rows: u16) {
        self.run(&["resize-window", "-x", &cols.to_string(), "-y", &rows.to_string()]);
    }

    fn lines(&self) -> Vec<String> {
        self.run(&["capture-pane", "-p"])
            .lines()
            .map(str::to_owned)
            .collect()
    }

    fn cursor(&self) -> String {
        self.run(&["display-message", "-p", "#{cursor_x},#{cursor_y},#{alternate_on}"])
            .trim()
            .to_owned()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.command(&["kill-server"]);
    }
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Show(&'a [u8]),
    Resize(u16, u16),
}
use Step::{Resize, Show};

/// Feeds both and compares after every step; the emulator gets the bytes in small odd pieces and sleeps in between.
fn compare(name: &str, cols: u16, rows: u16, steps: &[Step]) {
    let Some(mut tmux) = Tmux::start(cols, rows) else {
        return;
    };
    let mut terminal = Terminal::new(cols, rows);
    for (number, step) in steps.iter().enumerate() {
        match step {
            Show(bytes) => {
                tmux.show(bytes);
                for piece in bytes.chunks(7) {
                    terminal.feed(piece);
                }
            }
            Resize(cols, rows) => {
                tmux.resize(*cols, *rows);
                terminal.resize(*cols, *rows);
            }
        }
        let (cols, rows) = terminal.size();
        let woken = Terminal::restore(cols, rows, &terminal.dump());
        assert_eq!(
            woken.lines(),
            terminal.lines(),
            "{name}, step {number}: awake and woken differ"
        );
        assert_eq!(
            woken.dump(),
            terminal.dump(),
            "{name}, step {number}: dumps differ"
        );
        assert_eq!(
            woken.cursor(),
            terminal.cursor(),
            "{name}, step {number}: cursors differ"
        );
        terminal = woken;
        // tmux may still be reading its pane: its picture is awaited.
        let start = Instant::now();
        let cursor = terminal.cursor();
        let place = format!(
            "{},{},{}",
            cursor.col,
            cursor.row,
            u8::from(terminal.is_alternate())
        );
        loop {
            let (theirs, their_place) = (tmux.lines(), tmux.cursor());
            let ours = terminal.lines();
            if ours == theirs && place == their_place {
                break;
            }
            if start.elapsed() > Duration::from_secs(3) {
                for (row, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
                    if ours != theirs {
                        println!("{name}, step {number}, row {row}\n  ours {ours:?}\n  tmux {theirs:?}");
                    }
                }
                panic!(
                    "{name}, step {number}: cursor ours {place}, tmux {their_place}; rows {} and {}",
                    ours.len(),
                    theirs.len()
                );
            }
        }
    }
}

#[test]
fn text_wraps_and_scrolls() {
    let mut long = String::new();
    for n in 0..60 {
        long.push_str(&["line ", &"x".repeat(n * 3), "\r\n"].concat());
    }
    compare(
        "text",
        80,
        24,
        &[
            Show(b"hello\r\nworld\tx\x08y"),
            Show(long.as_bytes()),
            Show(b"\r\x1b[31mred\x1b[0m end"),
        ],
    );
}

#[test]
fn wide_characters_and_marks() {
    compare(
        "wide",
        20,
        6,
        &[
            Show("日本語 한국어 中文字 wide wrap 日本語\r\n".as_bytes()),
            Show("e\u{301}a\u{308} nai\u{308}ve \u{915}\u{94d}\u{937} x\u{300}\u{301}\r\n".as_bytes()),
            Show("\u{1f600} \u{1f680}ok\u{1f3f3}\r\n".as_bytes()),
            Show("12345678901234567日本\r\n".as_bytes()),
            Show("0123456789012345678e\u{301}z\r\n".as_bytes()),
        ],
    );
}

#[test]
fn scroll_regions_insert_and_delete() {
    compare(
        "regions",
        40,
        12,
        &[
            Show(b"1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n9\r\n10\r\n11\r\n12"),
            Show(b"\x1b[3;8r\x1b[8;1Hscrolled\r\nonce\r\ntwice"),
            Show(b"\x1b[3;1H\x1bMback"),
            Show(b"\x1b[5;1H\x1b[2Lnew\x1b[6;2H\x1b[Mx"),
            Show(b"\x1b[r\x1b[12;1Hlast\nnext\x1b[2S\x1b[T"),
            Show(b"\x1b[4;3H\x1b[2@ab\x1b[3P\x1b[4;10H\x1b[K\x1b[2X"),
            Show(b"\x1b[?6h\x1b[2;5r\x1b[1;1Horigin\x1b[?6l\x1b[r"),
            Show(b"\x1b[2;2Hab\x1b[5b\x1b[4hins\x1b[4l\x1b[9;9H\x1b[1J\x1b[11;3H\x1b[1K"),
        ],
    );
}

#[test]
fn the_alternate_screen_and_back() {
    compare(
        "alternate",
        30,
        8,
        &[
            Show(b"shell$ vim\r\n"),
            Show(b"\x1b[?1049h\x1b[2J\x1b[Hfull screen\x1b[8;1Hstatus"),
            Show(b"\x1b[?1049l$ after"),
            Show(b"\x1b[?1049h\x1b[Hagain"),
            Resize(40, 10),
            Show(b"\x1b[?1049l more"),
        ],
    );
}

#[test]
fn charsets_tabs_and_saved_cursors() {
    compare(
        "charsets",
        40,
        8,
        &[
            Show(b"a\tb\tc\r\n\x1b[3g\x1b[5G\x1bH\rx\ty\r\n"),
            Show(b"\x1b7\x1b[1;31mA\x1b[2;2HB\x1b8C\x1b[s\x1b[5;5HD\x1b[uE"),
            Show(b"\x1b#8"),
            Show(b"\x1bcfresh"),
            Show(b"\x1b]0;title\x07t\x1bk screen title \x1b\\u\x1bP1;2;data\x1b\\v\x1b_apc\x1b\\w\x7fx"),
        ],
    );
}

#[test]
fn resizing_reflows() {
    let line = "the quick brown fox jumps over the lazy dog ".repeat(3);
    compare(
        "reflow",
        50,
        12,
        &[
            Show(line.as_bytes()),
            Show(b"\r\nshort\r\n$ "),
            Resize(70, 12),
            Resize(30, 12),
            Show(b"ls\r\n"),
            Resize(30, 6),
            Show("日本語\r\n$ ".as_bytes()),
        ],
    );
}

/// Compares after every tenth of a recording.
fn compare_recording(name: &str, recording: &Recording) {
    let mut pieces: Vec<Result<Vec<u8>, (u16, u16)>> = Vec::new();
    let tenth = recording.events.len().div_ceil(10).max(1);
    for part in recording.events.chunks(tenth) {
        pieces.push(Ok(Vec::new()));
        for (_, event) in part {
            match (event, pieces.last_mut()) {
                (Event::Output(bytes), Some(Ok(piece))) => piece.extend_from_slice(bytes),
                (Event::Output(bytes), _) => pieces.push(Ok(bytes.clone())),
                (Event::Resize(cols, rows), _) => pieces.push(Err((*cols, *rows))),
                (Event::Input(_), _) => {}
            }
        }
    }
    let steps: Vec<Step<'_>> = pieces
        .iter()
        .map(|piece| match piece {
            Ok(bytes) => Show(bytes),
            Err((cols, rows)) => Resize(*cols, *rows),
        })
        .collect();
    compare(name, recording.cols, recording.rows, &steps);
}

#[test]
fn recorded_programs_look_the_same() {
    // bash-long narrows its window: what that pushes out is not the same, see the crate's page.
    for name in [
        "bash-editing",
        "bash-full-screen",
        "bash-marks",
        "bash-multiline",
        "bash-tmux",
        "dash",
        "fish",
        "zsh",
    ] {
        compare_recording(name, &Recording::load(&fixture(&format!("{name}.cast"))));
    }
}

#[test]
fn vim_looks_the_same() {
    use common::Step::{Keys, Type, Until};
    if !installed("vim") {
        return;
    }
    let lines: Vec<String> = (1..60)
        .map(|n| {
            format!(
                "{n} int main() {{ return \"日本語 e\u{301} {n}\"; }} // {}\n",
                "x".repeat(n)
            )
        })
        .collect();
    let text = lines.concat();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file.c");
    std::fs::write(&file, text).unwrap();
    let argv = [
        "vim",
        "-u",
        "NONE",
        "-i",
        "NONE",
        "-c",
        "set nocp nu hls | syntax on | set bg=dark",
        file.to_str().unwrap(),
    ];
    let steps = [
        Until("main"),
        Keys("jjjj\x06\x06\x02"),
        Type("10G"),
        Type("oinserted line\x1b"),
        Type("dd"),
        Type("5dd"),
        Type("u"),
        Type(":split\r"),
        Keys("jjj\x05\x05\x05\x19"),
        Type("/main\r"),
        Type("nnn"),
        Type(":set wrap! | set list\r"),
        Type("V5>"),
        Type("ggOüber\u{301}schrift 日本\x1b"),
        Type(":%s/return/RETURN/g\r"),
        Type("G"),
    ];
    compare_recording("vim", &Session::start(&argv, &[], 80, 24).run(&steps));
}

#[test]
fn a_window_that_changes_behind_the_alternate_screen() {
    let short: Vec<String> = (1..12).map(|n| format!("row {n}\r\n")).collect();
    let long = [&short[..6].concat(), &"x".repeat(170), "\r\n"].concat();
    let changes = [
        (short.concat(), &[(110, 32)][..]),
        (short.concat(), &[(110, 32), (61, 17)]),
        (short.concat(), &[(80, 14)]),
        (short.concat(), &[(80, 10)]),
        // The cursor moves with the rows that wrap in another way.
        (long.clone(), &[(110, 32)]),
        (long.clone(), &[(200, 24)]),
        (long, &[(61, 20)]),
    ];
    for (text, sizes) in changes {
        let text = [&text, "% vim\r\n"].concat();
        let mut steps = vec![
            Show(text.as_bytes()),
            Show(b"\x1b[?1049h\x1b[2J\x1b[Hfull screen\x1b[20;1Hstatus"),
        ];
        steps.extend(sizes.iter().map(|(cols, rows)| Resize(*cols, *rows)));
        steps.extend([
            Show(b"\x1b[H\x1b[2J redrawn \x1b[15;1Hx"),
            Show(b"\x1b[?1049l% "),
            Show(b"more\r\n% "),
        ]);
        compare(&format!("behind {sizes:?}"), 80, 24, &steps);
    }
}
