//! Writes the tape of one connection: one task owns it, records come in bounded by bytes, blocks go out durable within 250 ms.
//!
//! `Tap` and `Strand` hold an [`Intake`]; the life of the session holds the [`Recorder`]. Room on the disk is set aside before a record is
//! accepted, so that everything that has passed can still be written when the disk is full.

mod bell;
mod book;
mod commit;
mod deck;
mod disk;
mod intake;
mod owner;
mod queue;
mod space;
pub(crate) mod spool;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use domain::{
    ConnectionId, SessionId, Span,
    object::{Durability, Profile},
    stop::Stop,
};
use tape::{Seal, SealState};
use tokio::{
    sync::{Semaphore, oneshot, watch},
    task::JoinHandle,
};

pub(crate) use book::SHOWN;
pub(crate) use deck::{Ended, salvage};
pub(crate) use intake::{Intake, Slot};
pub(crate) use spool::Spool;

use crate::playback::Growth;
use bell::Bell;
use book::Book;
use commit::{BUDGET_MIN, Flow};
use owner::Owner;

/// The last words of a tape.
#[derive(Debug)]
pub(crate) struct Finish {
    /// Why it ends.
    pub(crate) reason: String,
    /// The last note.
    pub(crate) note: Option<Bytes>,
}

impl Default for Finish {
    fn default() -> Self {
        Self {
            reason: "the recorder was dropped".to_owned(),
            note: None,
        }
    }
}

/// What a recording has become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recorded {
    /// Sealed by its recorder, sealed by somebody else at its last whole block, or not at all.
    pub(crate) state: RecordedState,
    /// Bytes of the file.
    pub(crate) size: u64,
    /// The hash that seals it.
    pub(crate) hash: Vec<u8>,
    /// From the first record to the last.
    pub(crate) duration: Span,
}

/// See [`Recorded::state`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordedState {
    Finished,
    Unfinished,
    Broken,
}

impl Recorded {
    pub(crate) fn sealed(seal: &Seal, size: u64) -> Self {
        let state = match seal.state {
            SealState::Finished => RecordedState::Finished,
            SealState::Unfinished => RecordedState::Unfinished,
        };
        Self {
            state,
            size,
            hash: seal.chain.to_vec(),
            duration: seal.last_time.since(seal.first_time),
        }
    }

    pub(crate) fn broken() -> Self {
        Self {
            state: RecordedState::Broken,
            size: 0,
            hash: Vec::new(),
            duration: Span(0),
        }
    }
}

/// A recording that runs.
#[derive(Debug)]
pub(crate) struct Recorder {
    intake: Intake,
    failure: Arc<OnceLock<Stop>>,
    failed: watch::Receiver<bool>,
    growth: watch::Receiver<Growth>,
    finish: oneshot::Sender<Finish>,
    task: JoinHandle<Recorded>,
}

/// What the head of a new tape says.
#[derive(Debug, Clone)]
pub(crate) struct Title {
    pub(crate) tape: ConnectionId,
    pub(crate) session: SessionId,
    pub(crate) node: String,
    pub(crate) protocol: String,
}

impl Recorder {
    /// Begins a tape. Nothing may pass before [`Recorder::begun`] says that its head is durable.
    pub(crate) fn start(spool: &Arc<Spool>, title: Title, profile: &Profile) -> Self {
        let (inlet, outlet) = queue::queue();
        let budget = Arc::new(Semaphore::new(BUDGET_MIN as usize));
        let bell = Arc::<Bell>::default();
        let failure = Arc::<OnceLock<Stop>>::default();
        let (failed, failed_receiver) = watch::channel(false);
        let (growth, growth_receiver) = watch::channel(Growth::default());
        let (finish, mut finish_receiver) = oneshot::channel();
        let strict = profile.durability == Durability::Strict;
        let mut owner = Owner {
            claimed: spool.claim(title.tape),
            title,
            queue: outlet,
            budget: Arc::clone(&budget),
            bell: Arc::clone(&bell),
            rest_until: None,
            failure: Arc::clone(&failure),
            failed,
            growth,
            spool: Arc::clone(spool),
            strict,
            deck: None,
            disk: None,
            flow: Flow::new(),
            book: Book::new(profile.mask_hidden_input),
            doze_at: None,
        };
        Self {
            intake: Intake::new(inlet, budget, bell, Arc::clone(&failure), strict),
            failure,
            failed: failed_receiver,
            growth: growth_receiver,
            finish,
            task: tokio::spawn(async move { owner.run(&mut finish_receiver).await }),
        }
    }

    /// Waits until the head of the tape is durable. Cancel-safe.
    pub(crate) async fn begun(&self) -> Result<(), Stop> {
        let mut growth = self.growth.clone();
        tokio::select! {
            biased;
            stop = self.failed() => Err(stop),
            begun = growth.wait_for(|growth| growth.durable > 0) => begun.map(drop).map_err(|_| deck::Fault::Lost.stop()),
        }
    }

    /// Gives the way in.
    pub(crate) fn intake(&self) -> Intake {
        self.intake.clone()
    }

    /// Gives how far it has come, as it goes.
    pub(crate) fn growth(&self) -> watch::Receiver<Growth> {
        self.growth.clone()
    }

    /// Waits until it fails; for ever when it does not. Cancel-safe.
    pub(crate) async fn failed(&self) -> Stop {
        let mut failed = self.failed.clone();
        let lost = failed.wait_for(|failed| *failed).await.is_err();
        match self.failure.get() {
            Some(stop) => stop.clone(),
            // The task ended without a word: it panicked.
            None if lost => deck::Fault::Lost.stop(),
            None => std::future::pending().await,
        }
    }

    /// Ends the tape; the task that is given seals it.
    pub(crate) fn finish(self, last: Finish) -> JoinHandle<Recorded> {
        // The task is gone only when it panicked; joining it says so.
        drop(self.finish.send(last));
        self.task
    }
}
