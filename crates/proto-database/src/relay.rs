//! Two directions: chunks are read, looked at, recorded and sent on.

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use domain::{
    object::RecordingMode,
    stop::{EndReason, FailureStage, Stop},
};
use engine::{Direction, Pass, Passed, Strand, StrandKind, StrandOpen, StrandOutcome, Tap};
use parking_lot::Mutex;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    sync::Notify,
    time::{sleep, timeout},
};

use crate::{Broken, Content, Dialogue, Entry, Flow, Hold, Interrupt, Link, Refused, Verdict};

/// What is read at once: little while it is quiet, more while it flows.
const LEAST: usize = 8 << 10;
const MOST: usize = 128 << 10;

/// What a client may send behind a statement that is held; the rest stays in its socket.
const AHEAD: usize = 64 << 10;

/// How often a connection of which a statement is held shows that it is not idle.
const ALIVE: Duration = Duration::from_secs(5);

/// How long last words may take.
pub const LAST_WORDS: Duration = Duration::from_millis(300);

/// A connection of which both ends are logged in.
pub struct Relay<D> {
    caller: Link,
    target: Link,
    dialogue: Mutex<D>,
    /// The dialogue has something to say by itself.
    words: Notify,
    /// A line for the person at the client.
    line: Mutex<Option<String>>,
    interrupt: Arc<Interrupt>,
    /// Everything that was to be sent to the caller has been sent whole.
    told_whole: bool,
}

/// How a direction came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Caller,
    Target,
}

impl<D: Dialogue> Relay<D> {
    /// Puts both ends together. What was read of them too early is looked at first.
    pub fn new(caller: Link, target: Link, dialogue: D) -> Self {
        Self {
            caller,
            target,
            dialogue: Mutex::new(dialogue),
            words: Notify::new(),
            line: Mutex::default(),
            interrupt: Arc::default(),
            told_whole: true,
        }
    }

    /// Lets others give up what is held.
    #[must_use]
    pub fn interrupted_by(self, interrupt: Arc<Interrupt>) -> Self {
        Self { interrupt, ..self }
    }

    /// Tells whether the server still works on something.
    pub fn is_busy(&self) -> bool {
        self.dialogue.lock().is_busy()
    }

    /// Carries messages until either side ends. `title` is that of the strand: the database.
    pub async fn run(&mut self, tap: &Tap, title: &str) -> Stop {
        let strand = match tap.strand(StrandOpen::new(StrandKind::Statements, title)).await {
            Ok(strand) => tokio::sync::Mutex::new(strand),
            Err(stop) => return stop,
        };
        let (from_caller, to_caller) = tokio::io::split(&mut self.caller.stream);
        let (from_target, to_target) = tokio::io::split(&mut self.target.stream);
        let way = Way {
            tap,
            strand: &strand,
            dialogue: &self.dialogue,
            words: &self.words,
            line: &self.line,
            interrupt: &self.interrupt,
        };
        let answering = Answering {
            way,
            told_whole: &mut self.told_whole,
        };
        let stop = tokio::select! {
            ended = ask(way, from_caller, to_target, std::mem::take(&mut self.caller.read)) => ended,
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

    /// Closes both sides: the caller hears why, where a message can be put between two of the server's, and the server a goodbye.
    pub async fn leave(&mut self, stop: &Stop) {
        let (words, goodbye) = self.parting(stop);
        let Self { caller, target, .. } = self;
        let hear = async {
            if let Some(words) = words {
                let _heard = timeout(LAST_WORDS, caller.write(&words)).await;
            }
            let _closed = timeout(LAST_WORDS, caller.stream.shutdown()).await;
        };
        let leave = timeout(LAST_WORDS, async {
            let _left = target.write(&goodbye).await;
            let _closed = target.stream.shutdown().await;
        });
        let _closed = tokio::join!(hear, leave);
    }

    fn parting(&self, stop: &Stop) -> (Option<Bytes>, Bytes) {
        let dialogue = self.dialogue.lock();
        let may_speak = self.told_whole && dialogue.is_between() && !is_over(stop);
        (may_speak.then(|| dialogue.last_words(stop)), dialogue.goodbye())
    }
}

/// Tells whether one of the sides ended it, so that nobody is left to hear why.
#[must_use]
pub fn is_over(stop: &Stop) -> bool {
    matches!(stop.reason, EndReason::UserDisconnect | EndReason::TargetClosed)
}

/// What both directions share.
struct Way<'a, D> {
    tap: &'a Tap,
    strand: &'a tokio::sync::Mutex<Strand>,
    dialogue: &'a Mutex<D>,
    words: &'a Notify,
    line: &'a Mutex<Option<String>>,
    interrupt: &'a Interrupt,
}

impl<D> Clone for Way<'_, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Way<'_, D> {}

/// From the caller to the server.
async fn ask<D: Dialogue>(
    way: Way<'_, D>,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut read: BytesMut,
) -> Result<Ended, Stop> {
    let mut at_once = LEAST;
    loop {
        if read.is_empty() && !fill(&mut from, &mut read, &mut at_once).await {
            return Ok(Ended::Caller);
        }
        let chunk = read.split().freeze();
        // What is asked during a lock is asked when it is lifted, and is on record with that time.
        way.tap.gate().opened().await;
        let mut flow = Flow::default();
        let looked = way.dialogue.lock().ask(chunk, &mut flow);
        if let Some(ended) = way.deliver(&mut to, looked, &mut flow).await? {
            return Ok(ended);
        }
        while let Some(hold) = flow.take_hold() {
            let Some(verdict) = Box::pin(way.decide(&hold, &mut from, &mut read)).await? else {
                return Ok(Ended::Caller);
            };
            let looked = way.dialogue.lock().decided(verdict, &mut flow);
            if let Some(ended) = way.deliver(&mut to, looked, &mut flow).await? {
                return Ok(ended);
            }
        }
    }
}

/// From the server to the caller.
struct Answering<'a, D> {
    way: Way<'a, D>,
    told_whole: &'a mut bool,
}

impl<D: Dialogue> Answering<'_, D> {
    async fn run(
        mut self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        mut read: BytesMut,
    ) -> Result<Ended, Stop> {
        let mut at_once = LEAST;
        let mut between = true;
        loop {
            let mut flow = Flow::default();
            if read.is_empty() {
                tokio::select! {
                    biased;
                    () = self.way.words.notified(), if between => {
                        let mut dialogue = self.way.dialogue.lock();
                        dialogue.speak(&mut flow);
                        let line = self.way.line.lock().take();
                        let line = line.and_then(|line| dialogue.notice(&format!("doorward: {line}")));
                        flow.send(line.unwrap_or_default(), Content::Counted);
                    }
                    notice = self.way.tap.notice(), if between => {
                        let words = format!("doorward: {}", notice.text());
                        let line = self.way.dialogue.lock().notice(&words);
                        flow.send(line.unwrap_or_default(), Content::Counted);
                    }
                    filled = fill(&mut from, &mut read, &mut at_once) => if !filled {
                        return Ok(Ended::Target);
                    },
                }
            }
            if !read.is_empty() {
                let mut dialogue = self.way.dialogue.lock();
                let looked = dialogue.answer(read.split().freeze(), &mut flow);
                looked.map_err(|broken| not_read("server", &broken))?;
                between = dialogue.is_between();
            }
            if !self.send(&mut to, flow).await? {
                return Ok(Ended::Caller);
            }
        }
    }

    /// Records and sends; tells whether the caller still listens.
    async fn send(&mut self, to: &mut (impl AsyncWrite + Unpin), mut flow: Flow) -> Result<bool, Stop> {
        if flow.wants_to_speak() {
            self.way.words.notify_one();
        }
        let mut passed = Vec::with_capacity(1);
        for (bytes, content) in flow.take_pieces() {
            passed.push(self.way.pass(Direction::FromTarget, bytes, content).await?);
        }
        self.way.record(std::mem::take(&mut flow.entries)).await?;
        *self.told_whole = false;
        for passed in passed {
            if send(to, passed).await.is_err() {
                return Ok(false);
            }
        }
        *self.told_whole = true;
        Ok(true)
    }
}

impl<D: Dialogue> Way<'_, D> {
    /// Records and sends what the dialogue made of bytes of the client; tells whether the server is gone.
    async fn deliver(
        &self,
        to: &mut (impl AsyncWrite + Unpin),
        looked: Result<(), Broken>,
        flow: &mut Flow,
    ) -> Result<Option<Ended>, Stop> {
        self.record(std::mem::take(&mut flow.entries)).await?;
        looked.map_err(|broken| not_read("client", &broken))?;
        if flow.wants_to_speak() {
            self.words.notify_one();
        }
        for (bytes, content) in flow.take_pieces() {
            let passed = self.pass(Direction::ToTarget, bytes, content).await?;
            if send(to, passed).await.is_err() {
                return Ok(Some(Ended::Target));
            }
        }
        Ok(None)
    }

    /// Waits for the reviewers. Meanwhile the connection is not idle, what the client sends on waits, and it may take the statement
    /// back; [`None`] when it has left.
    async fn decide(
        &self,
        hold: &Hold,
        from: &mut (impl AsyncRead + Unpin),
        read: &mut BytesMut,
    ) -> Result<Option<Verdict>, Stop> {
        let interruptible = self.interrupt.begin();
        let mut pending = self.tap.hold(hold.ask()).await?;
        *self.line.lock() = Some(pending.to_caller());
        self.words.notify_one();
        loop {
            tokio::select! {
                biased;
                decision = pending.decided() => {
                    // What was approved during a lock is sent when it is lifted.
                    self.tap.gate().opened().await;
                    return Ok(Some(Verdict::of(hold, &decision)));
                }
                () = interruptible.interrupted() => {
                    pending.withdraw().await;
                    return Ok(Some(Verdict::Refuse(Refused::cancelled(&hold.rule))));
                }
                there = ahead(from, read), if read.len() < AHEAD => if !there {
                    pending.withdraw().await;
                    return Ok(None);
                },
                () = sleep(ALIVE) => self.tap.stay(),
            }
        }
    }
}

impl<D> Way<'_, D> {
    async fn record(&self, entries: Vec<Entry>) -> Result<(), Stop> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut strand = self.strand.lock().await;
        for entry in entries {
            match entry {
                Entry::Statement { id, body } => strand.statement(id, body).await?,
                Entry::Outcome { id, body } => strand.outcome(id, body).await?,
            }
        }
        Ok(())
    }

    /// Waits until bytes may pass; their content is recorded, or only counted.
    async fn pass(&self, direction: Direction, mut bytes: Bytes, content: Content) -> Result<Passed, Stop> {
        let full = self.tap.grant().profile.recording == RecordingMode::Full;
        loop {
            let offered = {
                let mut strand = self.strand.lock().await;
                if full && content == Content::Recorded {
                    strand.pass(direction, bytes).await?
                } else {
                    strand.carry(direction, bytes).await?
                }
            };
            match offered {
                Pass::On(passed) => return Ok(passed),
                Pass::Held(held) => {
                    self.tap.gate().opened().await;
                    bytes = held;
                }
                // Statements are held; this would be a strand of another kind.
                Pass::Discarded(_) => bytes = Bytes::new(),
            }
        }
    }
}

/// Reads on while something is held; tells whether there was anything. Cancel-safe.
async fn ahead(from: &mut (impl AsyncRead + Unpin), read: &mut BytesMut) -> bool {
    fill(from, read, &mut LEAST.clone()).await
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

async fn send(to: &mut (impl AsyncWrite + Unpin), passed: Passed) -> std::io::Result<()> {
    to.write_all(passed.bytes()).await?;
    to.flush().await
}

fn not_read(side: &str, broken: &Broken) -> Stop {
    Stop::failed(
        EndReason::ProtocolError,
        FailureStage::Runtime,
        format!("from the {side}: {broken}"),
    )
}
