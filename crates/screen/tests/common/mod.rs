//! Real programs under a real pseudo-terminal, and recordings of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
#![allow(dead_code, unreachable_pub, reason = "not every test uses all of it")]

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use screen::{CastEvent, CastHeader, CastVersion, CastWriter};

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Input(Vec<u8>),
    Output(Vec<u8>),
    Resize(u16, u16),
}

/// What passed through a terminal, with microseconds.
#[derive(Debug, Clone)]
pub struct Recording {
    pub cols: u16,
    pub rows: u16,
    pub events: Vec<(u64, Event)>,
}

impl Recording {
    pub fn save(&self, path: &Path) {
        let header = CastHeader {
            cols: self.cols,
            rows: self.rows,
            timestamp: None,
            title: None,
            term_type: Some("xterm-256color"),
        };
        let (mut writer, mut file) = CastWriter::new(CastVersion::V3, &header);
        for (at, event) in &self.events {
            file += &match event {
                Event::Input(bytes) => writer.event(*at, CastEvent::Input(bytes)),
                Event::Output(bytes) => writer.event(*at, CastEvent::Output(bytes)),
                Event::Resize(cols, rows) => writer.event(
                    *at,
                    CastEvent::Resize {
                        cols: *cols,
                        rows: *rows,
                    },
                ),
            };
        }
        std::fs::write(path, file).unwrap();
    }

    pub fn load(path: &Path) -> Self {
        let text =
            std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut lines = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let header = lines.next().unwrap();
        let size = |name: &str| header["term"][name].as_u64().unwrap() as u16;
        let mut recording = Self {
            cols: size("cols"),
            rows: size("rows"),
            events: Vec::new(),
        };
        let mut at = 0;
        for event in lines {
            at += (event[0].as_f64().unwrap() * 1e6).round() as u64;
            let data = event[2].as_str().unwrap();
            let event = match event[1].as_str().unwrap() {
                "i" => Event::Input(data.into()),
                "o" => Event::Output(data.into()),
                _ => {
                    let (cols, rows) = data.split_once('x').unwrap();
                    Event::Resize(cols.parse().unwrap(), rows.parse().unwrap())
                }
            };
            recording.events.push((at, event));
        }
        recording
    }

    pub fn output(&self) -> Vec<u8> {
        self.events
            .iter()
            .flat_map(|(_, event)| {
                if let Event::Output(bytes) = event {
                    bytes.as_slice()
                } else {
                    &[]
                }
            })
            .copied()
            .collect()
    }
}

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// One step of a script.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Types all at once, waits until the program has answered and is quiet.
    Type(&'static str),
    /// Types key by key, waiting for each echo.
    Keys(&'static str),
    /// Types key by key without waiting for anything.
    Blind(&'static str),
    /// Waits until the output since the last input contains this.
    Until(&'static str),
    Resize(u16, u16),
}

pub fn installed(program: &str) -> bool {
    testkit::tools::have(&[program])
}

/// Runs a program under a pseudo-terminal through a script.
pub struct Session {
    pty: Arc<pty_process::blocking::Pty>,
    child: std::process::Child,
    output: Receiver<Vec<u8>>,
    start: Instant,
    home: tempfile::TempDir,
    pub recording: Recording,
}

impl Session {
    pub fn start(argv: &[&str], env: &[(&str, &str)], cols: u16, rows: u16) -> Self {
        let home = tempfile::tempdir().unwrap();
        for file in ["alpha.txt", "beta.txt"] {
            std::fs::write(home.path().join(file), format!("{file}\n")).unwrap();
        }
        let (pty, pts) = pty_process::blocking::open().unwrap();
        pty.resize(pty_process::Size::new(rows, cols)).unwrap();
        // Who was started in the background may ignore Ctrl-C, and so would every shell that it starts.
        let mut command = pty_process::blocking::Command::new("env")
            .arg("--default-signal=INT,QUIT")
            .args(argv)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", home.path())
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .env("LC_ALL", "C.UTF-8")
            .env("PS1", "me@host:~$ ")
            .current_dir(home.path());
        for (name, value) in env {
            command = command.env(name, value);
        }
        let child = command.spawn(pts).unwrap();
        let pty = Arc::new(pty);
        let (sender, output) = channel();
        let reader = Arc::clone(&pty);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = (&*reader).read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        let recording = Recording {
            cols,
            rows,
            events: Vec::new(),
        };
        Self {
            pty,
            child,
            output,
            start: Instant::now(),
            home,
            recording,
        }
    }

    fn now(&self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    /// Takes output until `done` says so or `limit` passes; returns whether it was done.
    fn drain(&mut self, limit: Duration, quiet: Duration, done: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        let end = Instant::now() + limit;
        loop {
            let wait = quiet.min(end.saturating_duration_since(Instant::now()));
            match self.output.recv_timeout(wait) {
                Ok(bytes) => {
                    let finished = done(&bytes);
                    self.recording.events.push((self.now(), Event::Output(bytes)));
                    if finished {
                        return true;
                    }
                }
                Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => return false,
            }
        }
    }

    pub fn quiet(&mut self) {
        let mut any = false;
        self.drain(
            Duration::from_millis(700),
            Duration::from_millis(700),
            &mut |_| {
                any = true;
                true
            },
        );
        if any {
            self.drain(Duration::from_secs(5), Duration::from_millis(80), &mut |_| false);
        }
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.recording
            .events
            .push((self.now(), Event::Input(bytes.to_vec())));
        (&*self.pty).write_all(bytes).unwrap();
    }

    /// Tells whether Ctrl-C is what was typed last.
    fn has_interrupted(&self) -> bool {
        let typed = self.recording.events.iter().rev();
        let mut typed = typed.filter_map(|(_, event)| match event {
            Event::Input(bytes) => Some(bytes.as_slice()),
            _ => None,
        });
        typed.next().is_some_and(|bytes| bytes.ends_with(b"\x03"))
    }

    pub fn until(&mut self, text: &str) {
        let last = self
            .recording
            .events
            .iter()
            .rposition(|(_, event)| !matches!(event, Event::Output(_)))
            .unwrap_or(0);
        let mut seen: Vec<u8> = self.recording.events[last..]
            .iter()
            .flat_map(|(_, event)| {
                if let Event::Output(bytes) = event {
                    bytes.clone()
                } else {
                    Vec::new()
                }
            })
            .collect();
        let found = |seen: &[u8]| String::from_utf8_lossy(seen).contains(text);
        if !found(&seen) {
            let mut wait = |shell: &mut Self, limit: Duration| {
                shell.drain(limit, limit, &mut |bytes| {
                    seen.extend_from_slice(bytes);
                    found(&seen)
                })
            };
            let mut ok = wait(self, Duration::from_secs(5));
            if !ok && self.has_interrupted() {
                // Some shells lose one that comes while they get ready to read; a person presses it again.
                self.write(b"\x03");
                ok = wait(self, Duration::from_secs(5));
            }
            if !ok {
                let mut screen = screen::Terminal::new(self.recording.cols, self.recording.rows);
                screen.feed(&self.recording.output());
                panic!(
                    "no {text:?} in {:?}, the screen is\n{}",
                    String::from_utf8_lossy(&seen),
                    screen.text()
                );
            }
        }
        // A shell that has drawn its prompt does not read at once; a key that comes between, such as Ctrl-C, can be lost.
        self.drain(Duration::from_secs(2), Duration::from_millis(80), &mut |_| false);
    }

    pub fn run(mut self, steps: &[Step]) -> Recording {
        for step in steps {
            match step {
                Step::Type(text) => {
                    self.write(text.as_bytes());
                    self.quiet();
                }
                Step::Keys(text) => {
                    for ch in text.chars() {
                        self.write(ch.encode_utf8(&mut [0; 4]).as_bytes());
                        self.drain(
                            Duration::from_millis(300),
                            Duration::from_millis(300),
                            &mut |_| true,
                        );
                        self.drain(Duration::from_millis(300), Duration::from_millis(10), &mut |_| {
                            false
                        });
                    }
                    self.drain(Duration::from_secs(1), Duration::from_millis(50), &mut |_| false);
                }
                Step::Blind(text) => {
                    for ch in text.chars() {
                        self.write(ch.encode_utf8(&mut [0; 4]).as_bytes());
                        self.drain(Duration::from_millis(30), Duration::from_millis(30), &mut |_| {
                            false
                        });
                    }
                }
                Step::Until(text) => self.until(text),
                Step::Resize(cols, rows) => {
                    self.pty.resize(pty_process::Size::new(*rows, *cols)).unwrap();
                    self.recording
                        .events
                        .push((self.now(), Event::Resize(*cols, *rows)));
                    self.quiet();
                }
            }
        }
        let nothing = Recording {
            cols: 1,
            rows: 1,
            events: Vec::new(),
        };
        std::mem::replace(&mut self.recording, nothing)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Nothing to do about a child that is already gone.
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}
