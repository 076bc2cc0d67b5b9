//! The task that owns a tape: takes records from the queue, and sees the tape to its end whatever happens.
//!
//! An idle tape waits for its queue and for nothing else. How records get onto the disk is [`super::commit`].

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use domain::{Micros, stop::Stop};
use tape::{Kind, Record, Seal, SealState};
use tokio::{
    sync::{Semaphore, oneshot, watch},
    time::{Instant, sleep_until},
};

use super::{
    Finish, Recorded, Title,
    bell::Bell,
    book::{Book, Sorted, Worth},
    commit::{Flow, Sync},
    deck::{self, Deck, Fault},
    disk::Disk,
    intake::Entry,
    queue::Outlet,
    spool::{Claimed, Spool},
};
use crate::playback::Growth;

/// How long a terminal is quiet before its emulator is packed up.
const DOZE: Duration = Duration::from_secs(10);

/// Records that are taken from the queue at once.
const BATCH: usize = 128;

/// How long records may lie in the queue.
const REST: Duration = Duration::from_millis(10);

/// See the module.
pub(super) struct Owner {
    pub(super) title: Title,
    /// Keeps others from tidying the file away.
    pub(super) claimed: Option<Claimed>,
    pub(super) queue: Outlet,
    pub(super) budget: Arc<Semaphore>,
    pub(super) bell: Arc<Bell>,
    /// When the queue is looked at again, unless the bell rings before; [`None`] for at once.
    pub(super) rest_until: Option<Instant>,
    pub(super) failure: Arc<OnceLock<Stop>>,
    pub(super) failed: watch::Sender<bool>,
    pub(super) growth: watch::Sender<Growth>,
    pub(super) spool: Arc<Spool>,
    pub(super) strict: bool,
    /// [`None`] before it begins, while a job has it, and after a job was lost.
    pub(super) deck: Option<Box<Deck>>,
    pub(super) disk: Option<Arc<dyn Disk>>,
    pub(super) flow: Flow,
    pub(super) book: Book,
    /// When emulators are packed up; [`None`] when they are.
    pub(super) doze_at: Option<Instant>,
}

impl Owner {
    /// Carries a tape from its head to its seal. All but the wait for records is boxed: it takes room only while it is done.
    pub(super) async fn run(&mut self, finish: &mut oneshot::Receiver<Finish>) -> Recorded {
        let begun = Box::pin(self.begin()).await;
        let outcome = match begun {
            Ok(()) => self.record(finish).await,
            Err(fault) => Err(fault),
        };
        let recorded = Box::pin(self.end(outcome, finish)).await;
        drop(self.claimed.take());
        recorded
    }

    async fn end(
        &mut self,
        outcome: Result<Finish, Fault>,
        finish: &mut oneshot::Receiver<Finish>,
    ) -> Recorded {
        let outcome = match outcome {
            Ok(last) => Ok(Some(last)),
            Err(Fault::Full) => self.drain().await.map(|()| None),
            Err(fault) => Err(fault),
        };
        let ended = match outcome {
            Ok(last) => {
                let last = match last {
                    Some(last) => last,
                    None => Self::ending(finish).await,
                };
                self.seal(last).await
            }
            Err(fault) => Err(fault),
        };
        match ended {
            Ok((seal, size)) => Recorded::sealed(&seal, size),
            Err(fault) => {
                tracing::error!(fault = %fault, "recording failed");
                self.fail(&fault);
                let last = Self::ending(finish).await;
                self.salvage(&fault, &last).await
            }
        }
    }

    async fn begin(&mut self) -> Result<(), Fault> {
        let (spool, title) = (Arc::clone(&self.spool), self.title.clone());
        let busy = spool.busy().await;
        let job = tokio::task::spawn_blocking(move || {
            let deck = spool.begin(title);
            drop(busy);
            deck
        });
        let deck = job.await.map_err(|_| Fault::Lost)??;
        self.disk = Some(Arc::clone(&deck.disk));
        self.begun(deck);
        Ok(())
    }

    /// Waits for the order to end, unless it was given already and what it asked for then failed.
    async fn ending(finish: &mut oneshot::Receiver<Finish>) -> Finish {
        if finish.is_terminated() {
            Finish::default()
        } else {
            finish.await.unwrap_or_default()
        }
    }

    /// Tells everybody, once and for ever, that nothing more is recorded.
    pub(super) fn fail(&mut self, fault: &Fault) {
        // The first fault is the one that is told.
        self.failure.get_or_init(|| fault.stop());
        self.budget.close();
        self.queue.close();
        self.failed.send_replace(true);
        if !matches!(fault, Fault::Full) {
            // Whoever waits for the disk learns that it failed.
            self.flow.give_up();
        }
    }

    async fn record(&mut self, finish: &mut oneshot::Receiver<Finish>) -> Result<Finish, Fault> {
        let mut batch = Vec::new();
        loop {
            let due = self.flow.due();
            tokio::select! {
                biased;
                last = &mut *finish => {
                    self.budget.close();
                    self.queue.close();
                    Box::pin(self.drain()).await?;
                    return Ok(last.unwrap_or_default());
                }
                synced = self.flow.synced() => self.synced(synced)?,
                () = until(due) => self.do_due().await?,
                () = until(self.doze_at) => self.doze(),
                () = self.bell.rung(), if self.rest_until.is_some() => self.rest_until = None,
                () = until(self.rest_until), if self.rest_until.is_some() => self.rest_until = None,
                () = self.queue.take(&mut batch, BATCH), if self.rest_until.is_none() => {
                    self.take(&mut batch).await?;
                    if batch.capacity() > 16 {
                        batch = Vec::new();
                    }
                    // Whoever waits for the disk is not kept waiting, and a whole block is not left lying.
                    let rests = !self.strict && !self.bell.is_due(&self.budget);
                    self.rest_until = rests.then(|| Instant::now() + REST);
                }
            }
            if self.flow.is_full() {
                return Err(Fault::Full);
            }
        }
    }

    /// Takes what is still in the queue after it was closed, and makes it durable.
    async fn drain(&mut self) -> Result<(), Fault> {
        let mut batch = Vec::new();
        while self.queue.take_now(&mut batch, BATCH) > 0 {
            self.take(&mut batch).await?;
        }
        self.flush(Sync::Now).await
    }

    async fn take(&mut self, batch: &mut Vec<Entry>) -> Result<(), Fault> {
        for entry in batch.drain(..) {
            self.sort(entry.record).await?;
            if self.flow.charge(entry.cost, entry.done) {
                Box::pin(self.flush(Sync::Later)).await?;
            }
        }
        if self.strict {
            Box::pin(self.flush(Sync::Now)).await?;
        }
        Ok(())
    }

    /// Keeps book of the strands, withholds what was typed unseen, and pushes what is left.
    async fn sort(&mut self, record: Record) -> Result<(), Fault> {
        match self.book.sort(&record) {
            Sorted::Whole(worth) => self.push(&record, worth).await,
            Sorted::Masked(kinds) => {
                self.doze_at = Some(Instant::now() + DOZE);
                for kind in kinds {
                    let record = Record::new(record.at, record.strand, kind);
                    self.push(&record, Worth::Reading).await?;
                }
                // An emulator takes its time: others on this thread come between.
                tokio::task::consume_budget().await;
                Ok(())
            }
        }
    }

    /// Packs up what a quiet terminal does not need.
    fn doze(&mut self) {
        self.doze_at = None;
        self.book.doze();
    }

    async fn seal(&mut self, last: Finish) -> Result<(Seal, u64), Fault> {
        let now = Micros::now();
        for cut in self.book.cut(now) {
            self.push(&cut, Worth::Reading).await?;
        }
        if let Some(note) = last.note {
            self.push(&Record::new(now, 0, Kind::Note(note)), Worth::Reading)
                .await?;
        }
        self.sync_over().await?;
        let deck = self.deck.take().ok_or(Fault::Lost)?;
        let spool = Arc::clone(&self.spool);
        let ending = tape::Ending {
            state: SealState::Finished,
            at: Micros::now(),
            reason: last.reason,
        };
        let job =
            tokio::task::spawn_blocking(move || spool.with_scratch(|scratch| deck.seal(ending, scratch)));
        let (seal, size) = job.await.map_err(|_| Fault::Lost)??;
        self.growth.send_replace(Growth {
            durable: size,
            finished: true,
            bulk_from: None,
        });
        Ok((seal, size))
    }

    /// Ends a tape that could not be written on: at its last whole block, as unfinished.
    async fn salvage(&mut self, fault: &Fault, last: &Finish) -> Recorded {
        // Whatever the writer still holds must not be written any more.
        self.deck = None;
        let Some(disk) = self.disk.clone() else {
            return Recorded::broken();
        };
        let signer = self.spool.signer();
        let reason = format!("{} ({fault})", last.reason);
        let job = tokio::task::spawn_blocking(move || deck::salvage(disk.file(), &signer, &reason, 0));
        let recorded = match job.await {
            Ok(Ok(ended)) => Recorded::sealed(&ended.seal, ended.size),
            Ok(Err(error)) => {
                tracing::error!(%error, "recording could not be sealed");
                Recorded::broken()
            }
            Err(_) => Recorded::broken(),
        };
        self.growth.send_modify(|growth| {
            growth.durable = growth.durable.max(recorded.size);
            growth.finished = true;
            growth.bulk_from = None;
        });
        recorded
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
