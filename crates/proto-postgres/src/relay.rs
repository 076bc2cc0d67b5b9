//! Two directions: chunks are read, looked at, recorded and sent on as they are.

use std::cell::RefCell;

use bytes::{Bytes, BytesMut};
use domain::{
    object::RecordingMode,
    stop::{EndReason, FailureStage, Stop},
};
use engine::{Direction, Pass, Passed, Strand, StrandKind, StrandOpen, StrandOutcome, Stream, Tap};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::{
    ledger::{Entry, Ledger},
    link::Link,
    wire::{Broken, Scanner, backend},
};

/// What is read at once: little while it is quiet, more while it flows.
const LEAST: usize = 8 << 10;
const MOST: usize = 128 << 10;

/// A connection of which both ends are logged in.
pub(crate) struct Relay {
    caller: Link,
    target: Link,
    ledger: Mutex<Ledger>,
    /// Where the server's messages begin and end: the gateway's own go in between.
    answers: Scanner,
}

/// How a direction came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Caller,
    Target,
}

impl Relay {
    pub(crate) fn new(caller: Link, target: Link) -> Self {
        Self {
            caller,
            target,
            ledger: Mutex::default(),
            answers: Scanner::default(),
        }
    }

    /// Tells whether the server still works on something.
    pub(crate) fn is_busy(&self) -> bool {
        self.ledger.lock().is_busy()
    }

    /// Gives the caller's stream when the gateway can speak on it: between two messages of the server.
    pub(crate) fn caller(&mut self) -> Option<&mut Link> {
        self.answers.is_between().then_some(&mut self.caller)
    }

    /// Gives both streams, to be closed.
    pub(crate) fn streams(&mut self) -> [&mut Stream; 2] {
        [&mut self.caller.stream, &mut self.target.stream]
    }

    /// Carries messages until either side ends.
    pub(crate) async fn run(&mut self, tap: &Tap, database: &str) -> Stop {
        let strand = match tap
            .strand(StrandOpen::new(StrandKind::Statements, database))
            .await
        {
            Ok(strand) => tokio::sync::Mutex::new(strand),
            Err(stop) => return stop,
        };
        let (from_caller, to_caller) = tokio::io::split(&mut self.caller.stream);
        let (from_target, to_target) = tokio::io::split(&mut self.target.stream);
        let asking = Asking {
            tap,
            strand: &strand,
            ledger: &self.ledger,
            scanner: Scanner::default(),
        };
        let answering = Answering {
            tap,
            strand: &strand,
            ledger: &self.ledger,
            scanner: &mut self.answers,
        };
        let stop = tokio::select! {
            ended = asking.run(from_caller, to_target, std::mem::take(&mut self.caller.read)) => ended,
            ended = answering.run(from_target, to_caller, std::mem::take(&mut self.target.read)) => ended,
        };
        let stop = match stop {
            Ok(Ended::Caller) => Stop::new(EndReason::UserDisconnect),
            Ok(Ended::Target) => Stop::new(EndReason::TargetClosed),
            Err(stop) => stop,
        };
        let outcome = StrandOutcome {
            error: stop.detail.clone(),
            ..StrandOutcome::default()
        };
        match strand.into_inner().close(outcome).await {
            Ok(()) => stop,
            Err(unrecorded) => unrecorded,
        }
    }
}

/// From the caller to the server.
struct Asking<'a> {
    tap: &'a Tap,
    strand: &'a tokio::sync::Mutex<Strand>,
    ledger: &'a Mutex<Ledger>,
    scanner: Scanner,
}

impl Asking<'_> {
    async fn run(
        mut self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        mut read: BytesMut,
    ) -> Result<Ended, Stop> {
        let mut at_once = LEAST;
        loop {
            if read.is_empty() && !fill(&mut from, &mut read, &mut at_once).await {
                return Ok(Ended::Caller);
            }
            let mut chunk = read.split().freeze();
            // What is asked during a lock is asked when it is lifted, and is on record with that time.
            self.tap.gate().opened().await;
            let (entries, runs) = self.look(&chunk).map_err(|broken| not_read("client", broken))?;
            record(self.strand, entries).await?;
            let full = self.tap.grant().profile.recording == RecordingMode::Full;
            for run in runs {
                let bytes = chunk.split_to(run.len.min(chunk.len()));
                let content = full && run.content;
                let passed = pass(self.strand, self.tap, Direction::ToTarget, bytes, content).await?;
                if send(&mut to, passed).await.is_err() {
                    return Ok(Ended::Target);
                }
            }
        }
    }

    fn look(&mut self, chunk: &[u8]) -> Result<(Vec<Entry>, Vec<Run>), Broken> {
        look(&mut self.scanner, &mut self.ledger.lock(), chunk)
    }
}

/// Finds the statements of a client's chunk, and which of its bytes are content.
fn look(scanner: &mut Scanner, ledger: &mut Ledger, chunk: &[u8]) -> Result<(Vec<Entry>, Vec<Run>), Broken> {
    let mut entries = Vec::new();
    let mut runs = Vec::new();
    let mut from = 0;
    scanner.scan(chunk, Ledger::wanted_of_client, |frame| {
        grow(
            &mut runs,
            frame.end - from,
            Ledger::is_content(frame.tag, frame.len),
        );
        from = frame.end;
        ledger.ask(frame, &mut entries);
    })?;
    // A head that is not whole says nothing yet, and holds nothing.
    let content = scanner
        .begun()
        .is_some_and(|(tag, len)| Ledger::is_content(tag, len));
    grow(&mut runs, chunk.len() - from, content);
    Ok((entries, runs))
}

/// Bytes of a chunk that are all content, or all not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    len: usize,
    content: bool,
}

/// Adds bytes to the last run, or as a new one.
fn grow(runs: &mut Vec<Run>, len: usize, content: bool) {
    match runs.last_mut() {
        _ if len == 0 => {}
        Some(last) if last.content == content => last.len += len,
        _ => runs.push(Run { len, content }),
    }
}

/// From the server to the caller.
struct Answering<'a> {
    tap: &'a Tap,
    strand: &'a tokio::sync::Mutex<Strand>,
    ledger: &'a Mutex<Ledger>,
    scanner: &'a mut Scanner,
}

impl Answering<'_> {
    async fn run(
        mut self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        mut read: BytesMut,
    ) -> Result<Ended, Stop> {
        let mut at_once = LEAST;
        loop {
            if read.is_empty() {
                tokio::select! {
                    biased;
                    notice = self.tap.notice(), if self.scanner.is_between() => {
                        let mut out = BytesMut::new();
                        backend::notice(&mut out, &format!("doorward: {}", notice.text()));
                        if to.write_all(&out).await.is_err() || to.flush().await.is_err() {
                            return Ok(Ended::Caller);
                        }
                        continue;
                    }
                    filled = fill(&mut from, &mut read, &mut at_once) => if !filled {
                        return Ok(Ended::Target);
                    },
                }
            }
            let chunk = read.split().freeze();
            let entries = self.look(&chunk).map_err(|broken| not_read("server", broken))?;
            let content = self.tap.grant().profile.recording == RecordingMode::Full;
            let passed = pass(self.strand, self.tap, Direction::FromTarget, chunk, content).await?;
            record(self.strand, entries).await?;
            if send(&mut to, passed).await.is_err() {
                return Ok(Ended::Caller);
            }
        }
    }

    fn look(&mut self, chunk: &[u8]) -> Result<Vec<Entry>, Broken> {
        let mut entries = Vec::new();
        let mut ledger = self.ledger.lock();
        let ledger = RefCell::new(&mut *ledger);
        self.scanner.scan(
            chunk,
            |tag| ledger.borrow().wanted_of_server(tag),
            |frame| ledger.borrow_mut().answer(frame, &mut entries),
        )?;
        Ok(entries)
    }
}

/// Reads what there is; tells whether there was anything. Cancel-safe.
async fn fill(from: &mut (impl AsyncRead + Unpin), read: &mut BytesMut, at_once: &mut usize) -> bool {
    read.reserve(*at_once);
    match from.read_buf(read).await {
        Ok(0) | Err(_) => false,
        Ok(count) => {
            *at_once = if count >= *at_once {
                (*at_once * 2).min(MOST)
            } else {
                LEAST.max(*at_once / 2)
            };
            true
        }
    }
}

async fn record(strand: &tokio::sync::Mutex<Strand>, entries: Vec<Entry>) -> Result<(), Stop> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut strand = strand.lock().await;
    for entry in entries {
        match entry {
            Entry::Statement { id, body } => strand.statement(id, body).await?,
            Entry::Outcome { id, body } => strand.outcome(id, body).await?,
        }
    }
    Ok(())
}

/// Waits until bytes may pass; their content is recorded, or only counted.
async fn pass(
    strand: &tokio::sync::Mutex<Strand>,
    tap: &Tap,
    direction: Direction,
    mut bytes: Bytes,
    content: bool,
) -> Result<Passed, Stop> {
    loop {
        let offered = {
            let mut strand = strand.lock().await;
            if content {
                strand.pass(direction, bytes).await?
            } else {
                strand.carry(direction, bytes).await?
            }
        };
        match offered {
            Pass::On(passed) => return Ok(passed),
            Pass::Held(held) => {
                tap.gate().opened().await;
                bytes = held;
            }
            // Statements are held; this would be a strand of another kind.
            Pass::Discarded(_) => bytes = Bytes::new(),
        }
    }
}

async fn send(to: &mut (impl AsyncWrite + Unpin), passed: Passed) -> std::io::Result<()> {
    to.write_all(passed.bytes()).await?;
    to.flush().await
}

fn not_read(side: &str, broken: Broken) -> Stop {
    Stop::failed(
        EndReason::ProtocolError,
        FailureStage::Runtime,
        format!("from the {side}: {broken}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(tag: u8, body: &[u8]) -> Vec<u8> {
        let len = (body.len() as u32 + 4).to_be_bytes();
        [&[tag][..], &len, body].concat()
    }

    /// Gives the bytes that are recorded as content, however the stream is cut.
    fn content(bytes: &[u8], at_once: usize) -> Vec<u8> {
        let (mut scanner, mut ledger) = (Scanner::default(), Ledger::default());
        let mut content = Vec::new();
        for mut chunk in bytes.chunks(at_once) {
            let (_, runs) = look(&mut scanner, &mut ledger, chunk).expect("valid");
            assert_eq!(runs.iter().map(|run| run.len).sum::<usize>(), chunk.len());
            for run in runs {
                let (here, rest) = chunk.split_at(run.len);
                chunk = rest;
                if run.content {
                    content.extend_from_slice(here);
                }
            }
        }
        content
    }

    #[test]
    fn rows_are_content_also_between_statements_and_statements_are_not() {
        let stream = [
            message(b'Q', b"alter role a password 'geheim'\0"),
            message(b'Q', b"copy t from stdin\0"),
            message(b'd', b"first row\n"),
            message(b'd', b"second row\n"),
            message(b'c', b""),
            message(b'Q', b"alter role b password 'geheim'\0"),
            message(b'F', b"\0\0\x03\xbblarge object"),
        ]
        .concat();
        for at_once in [1, 2, 3, 7, 40, stream.len()] {
            let content = content(&stream, at_once);
            let holds = |words: &[u8]| content.windows(words.len()).any(|window| window == words);
            assert!(
                holds(b"first row") && holds(b"second row") && holds(b"large object"),
                "{at_once}"
            );
            assert!(!holds(b"geheim"), "{at_once}");
        }
    }

    #[test]
    fn what_is_too_long_for_its_entry_is_content() {
        let long = [&b"select 1 -- "[..], &vec![b'x'; 1 << 20], b"\n; drop table t\0"].concat();
        let stream = message(b'Q', &long);
        let content = content(&stream, 64 << 10);
        assert!(content.windows(12).any(|window| window == b"drop table t"));
    }
}
