//! From records to the disk: closes blocks, writes them, makes them durable, and only then says so.
//!
//! Two clocks run only while something is on its way: a block is closed 150 ms after its first record at the latest, and what is
//! written is synced 150 ms after its first record at the latest.

use std::{io, sync::Arc, time::Duration};

use tape::{BLOCK_TARGET, Pace, Record};
use tokio::{sync::oneshot, task::JoinHandle, time::Instant};

use super::{
    book::Worth,
    deck::{Deck, Fault},
    owner::Owner,
    space::is_full,
};

/// How long a record may wait before its block is closed and synced; with what it lay in the queue 150 ms, and with the disk's own time
/// below 250.
const GROUP: Duration = Duration::from_millis(140);

/// The byte budget of a tape that is quiet, and of one that is busy.
pub(super) const BUDGET_MIN: u32 = 128 << 10;
const BUDGET_MAX: u32 = 1 << 20;

/// More than this is never written and not yet synced: a slow disk slows the session.
const UNSYNCED_MAX: u64 = 32 << 20;

/// Room that is set aside at once for a tape that is busy, so that asking for it stays rare.
const SLACK: u64 = 4 << 20;

/// What is on its way.
#[derive(Debug)]
pub(super) struct Flow {
    /// Budget of the records in the open block.
    charged: u32,
    /// Budget that exists.
    granted: u32,
    /// When the open block's first record came.
    first_pending: Option<Instant>,
    /// When the first record came that is written and not yet synced.
    first_unsynced: Option<Instant>,
    /// Bytes that are in the file.
    written: u64,
    /// Bytes that are durable.
    durable: u64,
    /// The open block holds more than bulk.
    worth_reading: bool,
    /// See [`crate::playback::Growth::bulk_from`].
    bulk_from: u64,
    /// Those who wait for the open block to be durable.
    waiting: Vec<oneshot::Sender<()>>,
    /// There was no room for more.
    full: bool,
    /// A sync that runs beside, and what it will have covered.
    sync: Option<(JoinHandle<io::Result<()>>, u64)>,
}

impl Flow {
    pub(super) fn new() -> Self {
        Self {
            charged: 0,
            granted: BUDGET_MIN,
            first_pending: None,
            first_unsynced: None,
            written: 0,
            durable: 0,
            worth_reading: false,
            bulk_from: 0,
            waiting: Vec::new(),
            full: false,
            sync: None,
        }
    }

    /// Tells when something has to be done at the latest; [`None`] when nothing is on its way.
    pub(super) fn due(&self) -> Option<Instant> {
        let sync = self.first_unsynced.filter(|_| self.sync.is_none());
        let first = match (self.first_pending, sync) {
            (Some(pending), Some(unsynced)) => pending.min(unsynced),
            (one, other) => one.or(other)?,
        };
        Some(first + GROUP)
    }

    /// Takes down what a record costs and who waits for it; tells whether the block is to be closed.
    pub(super) fn charge(&mut self, cost: u32, done: Option<oneshot::Sender<()>>) -> bool {
        self.charged = self.charged.saturating_add(cost);
        self.waiting.extend(done);
        self.charged >= self.whole()
    }

    /// Gives what the records of a full block cost.
    fn whole(&self) -> u32 {
        (self.granted / 2).min(BLOCK_TARGET as u32)
    }

    /// Lets go of those who wait for the disk: they learn that it failed.
    pub(super) fn give_up(&mut self) {
        self.waiting.clear();
    }

    /// Tells whether the disk has no room for more.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Waits for a sync that runs beside; for ever when none does. Cancel-safe.
    pub(super) async fn synced(&mut self) -> Option<(io::Result<()>, u64)> {
        let Some((job, covered)) = &mut self.sync else {
            return std::future::pending().await;
        };
        let covered = *covered;
        let result = job.await.ok().map(|result| (result, covered));
        self.sync = None;
        result
    }
}

/// Whether what is written is also synced in the same job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sync {
    Now,
    Later,
}

impl Owner {
    /// Takes a tape whose head is durable.
    pub(super) fn begun(&mut self, deck: Box<Deck>) {
        self.flow.written = deck.written;
        self.flow.bulk_from = deck.written;
        self.deck = Some(deck);
        self.bell.set(self.flow.granted - self.flow.whole());
        self.durable(self.flow.written);
    }

    /// Adds a record to the open block.
    pub(super) async fn push(&mut self, record: &Record, worth: Worth) -> Result<(), Fault> {
        self.flow.first_pending.get_or_insert_with(Instant::now);
        let pushed = self.deck()?.writer.push(record);
        match pushed {
            Ok(_) => {}
            Err(tape::WriteError::Full) => {
                Box::pin(self.flush(Sync::Later)).await?;
                self.flow.first_pending.get_or_insert_with(Instant::now);
                self.deck()?.writer.push(record)?;
            }
            Err(error) => return Err(error.into()),
        }
        self.flow.worth_reading |= worth == Worth::Reading;
        Ok(())
    }

    fn deck(&mut self) -> Result<&mut Deck, Fault> {
        self.deck.as_deref_mut().ok_or(Fault::Lost)
    }

    /// Does what the clocks ask for.
    pub(super) async fn do_due(&mut self) -> Result<(), Fault> {
        let now = Instant::now();
        if self.flow.first_pending.is_some_and(|first| first + GROUP <= now) {
            return Box::pin(self.flush(Sync::Now)).await;
        }
        self.start_sync();
        Ok(())
    }

    fn start_sync(&mut self) {
        if self.flow.sync.is_some() || self.flow.durable == self.flow.written {
            return;
        }
        let Some(disk) = self.disk.clone() else { return };
        let job = tokio::task::spawn_blocking(move || disk.sync());
        self.flow.sync = Some((job, self.flow.written));
        self.flow.first_unsynced = None;
    }

    /// Takes the result of a sync that ran beside.
    pub(super) fn synced(&mut self, result: Option<(io::Result<()>, u64)>) -> Result<(), Fault> {
        let (result, covered) = result.ok_or(Fault::Lost)?;
        result?;
        self.durable(covered);
        Ok(())
    }

    /// Waits for the sync that runs beside, if there is one.
    pub(super) async fn sync_over(&mut self) -> Result<(), Fault> {
        if self.flow.sync.is_none() {
            return Ok(());
        }
        let result = self.flow.synced().await;
        self.synced(result)
    }

    fn durable(&mut self, covered: u64) {
        // A sync that ran beside may come back after a later one.
        let durable = self.flow.durable.max(covered);
        self.flow.durable = durable;
        let bulk_from = self.flow.bulk_from;
        self.growth.send_modify(|growth| {
            growth.durable = durable;
            growth.bulk_from = Some(bulk_from);
        });
    }

    /// Writes what is open, gives its budget back and asks for more room.
    pub(super) async fn flush(&mut self, sync: Sync) -> Result<(), Fault> {
        // Those who wait are told below: in strict mode the disk has it by then, whatever asked for the flush.
        let sync = if self.strict { Sync::Now } else { sync };
        if self.flow.written - self.flow.durable > UNSYNCED_MAX {
            self.sync_over().await?;
        }
        let by_size = self.flow.charged >= self.flow.granted / 2;
        let granted = if by_size && self.flow.granted < BUDGET_MAX {
            self.flow.granted * 2
        } else {
            self.flow.granted
        };
        let room = self.flush_job(sync, granted).await?;
        if std::mem::take(&mut self.flow.worth_reading) {
            self.flow.bulk_from = self.flow.written;
        }
        if let Some(first) = self.flow.first_pending.take() {
            self.flow.first_unsynced.get_or_insert(first);
        }
        if sync == Sync::Now {
            self.flow.first_unsynced = None;
            self.durable(self.flow.written);
        }
        for waiting in self.flow.waiting.drain(..) {
            // Whoever waited may be gone; the record is there all the same.
            let _gone = waiting.send(());
        }
        if !room && !self.flow.full {
            // From now on nothing is accepted; what was has its room and is still taken.
            self.fail(&Fault::Full);
            self.flow.full = true;
        }
        let more = granted - self.flow.granted;
        self.flow.granted = granted;
        self.bell.set(granted - self.flow.whole());
        self.budget.add_permits((self.flow.charged + more) as usize);
        self.flow.charged = 0;
        Ok(())
    }

    /// Runs the blocking half of [`Owner::flush`]; tells whether there is room for `granted` more bytes.
    async fn flush_job(&mut self, sync: Sync, granted: u32) -> Result<bool, Fault> {
        let mut deck = self.deck.take().ok_or(Fault::Lost)?;
        let spool = Arc::clone(&self.spool);
        let open = !self.budget.is_closed();
        let job: JoinHandle<(Box<Deck>, Result<bool, Fault>)> = {
            let busy = spool.busy().await;
            tokio::task::spawn_blocking(move || {
                let result =
                    spool.with_scratch(|scratch| flush_blocking(&mut deck, scratch, sync, open, granted));
                drop(busy);
                (deck, result)
            })
        };
        let (deck, result) = job.await.map_err(|_| Fault::Lost)?;
        self.flow.written = deck.written;
        self.deck = Some(deck);
        result
    }
}

fn flush_blocking(
    deck: &mut Deck,
    scratch: &mut tape::Scratch,
    sync: Sync,
    open: bool,
    granted: u32,
) -> Result<bool, Fault> {
    // A tape whose budget has grown is busy: what it carries is bulk, and its sender waits for us.
    let pace = if granted > BUDGET_MIN && deck.writer.pending_bytes() >= BLOCK_TARGET / 2 {
        Pace::Brisk
    } else {
        Pace::Calm
    };
    deck.flush(scratch, pace)?;
    // After the intake was closed nothing more is accepted, and no more room is needed.
    let room = !open || {
        let slack = if granted > BUDGET_MIN { SLACK } else { 0 };
        match deck
            .space
            .ensure(&*deck.disk, deck.written, u64::from(granted), slack)
        {
            Ok(()) => true,
            Err(error) if is_full(&error) => false,
            Err(error) => return Err(error.into()),
        }
    };
    if sync == Sync::Now {
        deck.disk.sync()?;
    }
    Ok(room)
}
