//! The way into a recorder: bounded by bytes, failing for ever once the recorder has failed.

use std::sync::{Arc, OnceLock};

use domain::{
    Micros,
    stop::{EndReason, FailureStage, Stop},
};
use tape::{Kind, Record};
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

use super::{
    bell::Bell,
    queue::{Closed, Inlet},
};

/// What a record costs of the budget besides its payload: more than its header takes on disk and its slot takes in memory.
pub(super) const OVERHEAD: usize = 96;

/// The most that one record may cost: what is bigger waits for this much and then passes.
pub(crate) const DEAREST: u32 = 96 << 10;

/// A record on its way to the recorder.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) record: Record,
    /// Permits to give back when it is written.
    pub(crate) cost: u32,
    /// Told when it is on disk.
    pub(crate) done: Option<oneshot::Sender<()>>,
}

/// The sending side of a recorder. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Intake {
    queue: Inlet,
    budget: Arc<Semaphore>,
    bell: Arc<Bell>,
    failure: Arc<OnceLock<Stop>>,
    strict: bool,
}

/// What a strand keeps for its end, which has to get onto the tape also when nobody can wait.
#[derive(Debug)]
pub(crate) struct Slot(Intake);

impl Intake {
    pub(super) fn new(
        queue: Inlet,
        budget: Arc<Semaphore>,
        bell: Arc<Bell>,
        failure: Arc<OnceLock<Stop>>,
        strict: bool,
    ) -> Self {
        Self {
            queue,
            budget,
            bell,
            failure,
            strict,
        }
    }

    /// Hands a record to the recorder: waits for the budget, and in strict mode for the disk.
    pub(crate) async fn put(&self, strand: u32, kind: Kind) -> Result<(), Stop> {
        let room = self.room(size(&kind)).await?;
        room.put(strand, kind).await
    }

    /// Waits for the budget of a record of so many bytes. Given back when the answer is dropped unused.
    pub(crate) async fn room(&self, bytes: usize) -> Result<Room<'_>, Stop> {
        match self.budget.acquire_many(cost(bytes)).await {
            Ok(permit) => Ok(Room { intake: self, permit }),
            Err(_closed) => Err(self.failed()),
        }
    }

    /// Hands over a small record at once, without budget; for what the engine itself notes, which must not hang on a slow disk.
    pub(crate) fn put_now(&self, strand: u32, kind: Kind) {
        let record = Record::new(Micros::now(), strand, kind);
        let entry = Entry {
            record,
            cost: 0,
            done: None,
        };
        if self.queue.put_note(entry).is_err() {
            tracing::warn!("a note found no room on the tape");
        }
    }

    /// Gives what puts the end of a strand on the tape. Fails when the recorder has failed.
    pub(crate) fn slot(&self) -> Result<Slot, Stop> {
        self.check()?;
        Ok(Slot(self.clone()))
    }

    /// Fails when the recorder has failed.
    pub(crate) fn check(&self) -> Result<(), Stop> {
        if self.budget.is_closed() {
            Err(self.failed())
        } else {
            Ok(())
        }
    }

    fn entry(&self, strand: u32, kind: Kind) -> (Entry, Option<oneshot::Receiver<()>>) {
        let cost = cost(size(&kind));
        let (done, wait) = if self.strict {
            let (done, wait) = oneshot::channel();
            (Some(done), Some(wait))
        } else {
            (None, None)
        };
        let record = Record::new(Micros::now(), strand, kind);
        (Entry { record, cost, done }, wait)
    }

    async fn durable(&self, wait: Option<oneshot::Receiver<()>>) -> Result<(), Stop> {
        match wait {
            None => Ok(()),
            Some(wait) => wait.await.map_err(|_| self.failed()),
        }
    }

    fn failed(&self) -> Stop {
        self.failure.get().cloned().unwrap_or_else(|| {
            Stop::failed(
                EndReason::RecorderFailed,
                FailureStage::Recorder,
                "the recorder has stopped",
            )
        })
    }
}

/// Budget for one record.
#[derive(Debug)]
pub(crate) struct Room<'a> {
    intake: &'a Intake,
    permit: SemaphorePermit<'a>,
}

impl Room<'_> {
    /// Uses it. `kind` carries no more bytes than were asked for.
    pub(crate) async fn put(self, strand: u32, kind: Kind) -> Result<(), Stop> {
        let Self { intake, permit } = self;
        let (entry, done) = intake.entry(strand, kind);
        intake.queue.put(entry).map_err(|Closed| intake.failed())?;
        // From here the recorder gives it back, once the record is written.
        permit.forget();
        intake.bell.ring(&intake.budget);
        intake.durable(done).await
    }
}

impl Slot {
    /// Puts it there as [`Intake::put`] does.
    pub(crate) async fn put(self, strand: u32, kind: Kind) -> Result<(), Stop> {
        self.0.put(strand, kind).await
    }

    /// Puts it there without waiting for anything; for a strand that was dropped. It is small and costs no budget.
    pub(crate) fn put_now(self, strand: u32, kind: Kind) {
        let record = Record::new(Micros::now(), strand, kind);
        let entry = Entry {
            record,
            cost: 0,
            done: None,
        };
        if self.0.queue.put(entry).is_err() {
            tracing::debug!("a strand was cut after its recorder had stopped");
        }
    }
}

/// Gives the bytes that a record carries.
fn size(kind: &Kind) -> usize {
    match kind {
        Kind::Open(bytes)
        | Kind::Close(bytes)
        | Kind::Data(_, bytes)
        | Kind::Reveal { bytes, .. }
        | Kind::Statement { body: bytes, .. }
        | Kind::Outcome { body: bytes, .. }
        | Kind::Picture(bytes)
        | Kind::Keyframe(bytes)
        | Kind::File(bytes)
        | Kind::Note(bytes) => bytes.len(),
        Kind::MaskedInput { .. } | Kind::Resize { .. } => 0,
    }
}

/// Gives what a record costs: at least what it takes in memory while it waits, and on disk when it does not compress.
fn cost(bytes: usize) -> u32 {
    u32::try_from(bytes.saturating_add(OVERHEAD))
        .unwrap_or(DEAREST)
        .min(DEAREST)
}
