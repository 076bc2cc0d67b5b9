//! Programs that a test starts: what they say is kept, every wait has a limit, and all of them end with the test.

use std::{
    io::{Read, Write},
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

/// Longer than anything takes on a busy machine; only a defect waits for so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// Tells whether tests of large amounts run in the size that is promised, and not in one for every day (`DOORWARD_FULL_SIZE=1`).
pub(crate) fn is_full_size() -> bool {
    std::env::var_os("DOORWARD_FULL_SIZE").is_some()
}

/// Lets a lock last as long as people's do, in tests of full size.
pub(crate) fn lock_lasts() {
    if is_full_size() {
        std::thread::sleep(Duration::from_mins(2));
    }
}

/// Lets reviewers take as long over a hold as people do, in tests of full size.
pub(crate) fn hold_lasts() {
    if is_full_size() {
        std::thread::sleep(Duration::from_mins(5));
    }
}

/// What a program has written so far.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<(Mutex<Said>, Condvar)>);

#[derive(Default)]
struct Said {
    bytes: Vec<u8>,
    /// When each piece came, and where it ended.
    pieces: Vec<(Instant, usize)>,
    closed: Option<Instant>,
}

impl Heard {
    fn listen(mut stream: impl Read + Send + 'static) -> Self {
        let heard = Self::default();
        let own = heard.clone();
        thread::spawn(move || {
            let mut buffer = [0; 16 << 10];
            loop {
                let count = stream.read(&mut buffer).unwrap_or(0);
                let (said, news) = &*own.0;
                let mut said = said.lock().unwrap();
                if count == 0 {
                    said.closed = Some(Instant::now());
                    news.notify_all();
                    return;
                }
                said.bytes.extend_from_slice(&buffer[..count]);
                let end = said.bytes.len();
                said.pieces.push((Instant::now(), end));
                news.notify_all();
            }
        });
        heard
    }

    /// Gives everything that was said so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.0.lock().unwrap().bytes.clone()
    }

    /// Gives everything that was said so far, as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// Waits until a condition on what was said gives something; [`None`] when the program closed its side or time is up.
    fn wait<T>(&self, limit: Duration, mut look: impl FnMut(&[u8], bool) -> Option<T>) -> Option<T> {
        let end = Instant::now() + limit;
        let (said, news) = &*self.0;
        let mut said = said.lock().unwrap();
        loop {
            if let Some(found) = look(&said.bytes, said.closed.is_some()) {
                return Some(found);
            }
            let left = end.checked_duration_since(Instant::now())?;
            if said.closed.is_some() {
                return None;
            }
            said = news.wait_timeout(said, left).unwrap().0;
        }
    }

    /// Waits for a text; gives when the piece came that completed it.
    pub(crate) fn wait_for(&self, text: &str) -> Instant {
        self.wait_from(0, text).0
    }

    /// Waits for a text behind a place; gives when it came and where it ends.
    pub(crate) fn wait_from(&self, from: usize, text: &str) -> (Instant, usize) {
        let needle = text.as_bytes();
        let end = self.wait(PATIENCE, |bytes, _| {
            let behind = bytes.get(from..)?;
            let at = behind.windows(needle.len()).position(|window| window == needle)?;
            Some(from + at + needle.len())
        });
        let end = end.unwrap_or_else(|| panic!("`{text}` was not said; this was:\n{}", self.text()));
        let said = self.0.0.lock().unwrap();
        let piece = said.pieces.iter().find(|(_, reached)| *reached >= end);
        (piece.expect("the piece that ends there").0, end)
    }

    /// Gives what had been said at a moment.
    pub(crate) fn until(&self, moment: Instant) -> String {
        let said = self.0.0.lock().unwrap();
        let before = said.pieces.iter().take_while(|(at, _)| *at <= moment).last();
        let end = before.map_or(0, |(_, end)| *end);
        String::from_utf8_lossy(&said.bytes[..end]).into_owned()
    }

    /// Gives where the next byte will be.
    pub(crate) fn here(&self) -> usize {
        self.0.0.lock().unwrap().bytes.len()
    }

    /// Waits until the program closes its side; gives when that was.
    pub(crate) fn wait_closed(&self) -> Instant {
        let closed = self.wait(PATIENCE, |_, closed| closed.then_some(()));
        assert!(
            closed.is_some(),
            "it does not end; this was said:\n{}",
            self.text()
        );
        self.0.0.lock().unwrap().closed.expect("closed")
    }
}

/// A program that runs; killed and waited for when this is dropped.
pub(crate) struct Program {
    child: Child,
    input: Option<ChildStdin>,
    pub(crate) out: Heard,
    pub(crate) err: Heard,
}

impl Program {
    pub(crate) fn start(command: &mut Command) -> Self {
        let spawned = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        let out = Heard::listen(child.stdout.take().unwrap());
        let err = Heard::listen(child.stderr.take().unwrap());
        Self {
            input: child.stdin.take(),
            child,
            out,
            err,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Writes to its input. A program that is gone does not hear it.
    pub(crate) fn say(&mut self, text: &str) {
        let input = self.input.as_mut().expect("its input is open");
        let _gone = input.write_all(text.as_bytes()).and_then(|()| input.flush());
    }

    pub(crate) fn close_input(&mut self) {
        self.input = None;
    }

    /// Waits until it has ended.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        self.out.wait_closed();
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            thread::sleep(Duration::from_millis(2));
        }
        panic!("it has closed its output and does not end: {}", self.err.text());
    }

    /// Sends `SIGKILL`, and nothing before it.
    pub(crate) fn kill(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What became of a program that has ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a program to its end, with an input.
pub(crate) fn run(command: &mut Command, input: &str) -> Outcome {
    let mut program = Program::start(command);
    program.say(input);
    program.close_input();
    let code = program.ended().code().unwrap_or(-1);
    program.err.wait_closed();
    Outcome {
        code,
        out: program.out.text(),
        err: program.err.text(),
    }
}

/// Asks again and again, up to a limit, until there is an answer.
pub(crate) fn until<T>(limit: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "not within {limit:?}: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
