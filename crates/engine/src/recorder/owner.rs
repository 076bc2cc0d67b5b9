//! The task that owns a tape: takes records, closes blocks, writes them, makes them durable.
//!
//! Two clocks run only while something is on its way: a block is closed 150 ms after its first record at the latest, and what is
//! written is synced 150 ms after its first record at the latest. An idle tape waits for its queue and for nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io,
    sync::{Arc, OnceLock},
    time::Duration,
};

use domain::{Micros, stop::Stop};
use tape::{BLOCK_TARGET, Kind, Record, Seal, SealState};
use tokio::{
    sync::{Semaphore, mpsc, oneshot, watch},
    task::JoinHandle,
    time::{Instant, sleep_until},
};

use super::{
    Finish, Recorded, Title,
    deck::{self, Deck, Fault},
    intake::Entry,
    spool::{Claimed, Spool},
};
use crate::{
    marks::{self, CloseMark, OpenMark},
    mask::Mask,
    playback::Growth,
    tap::StrandKind,
};

/// How long a record may wait before its block is closed and synced; with the disk's own time below 250 ms.
const GROUP: Duration = Duration::from_millis(150);

/// The byte budget of a tape that is quiet, and of one that is busy.
pub(super) const BUDGET_MIN: u32 = 128 << 10;
const BUDGET_MAX: u32 = 1 << 20;

/// How long a terminal is quiet before its emulator is packed up.
const DOZE: Duration = Duration::from_secs(10);

/// More than this is never written and not yet synced: a slow disk slows the session.
const UNSYNCED_MAX: u64 = 32 << 20;

/// Room that is set aside at once for a tape that is busy, so that asking for it stays rare.
const SLACK: u64 = 4 << 20;

/// See the module.
pub(super) struct Owner {
    pub(super) title: Title,
    /// Keeps others from tidying the file away.
    pub(super) claimed: Option<Claimed>,
    pub(super) queue: mpsc::Receiver<Entry>,
    pub(super) budget: Arc<Semaphore>,
    pub(super) failure: Arc<OnceLock<Stop>>,
    pub(super) failed: watch::Sender<bool>,
    pub(super) growth: watch::Sender<Growth>,
    pub(super) spool: Arc<Spool>,
    pub(super) strict: bool,
    /// [`None`] before it begins, while a job has it, and after a job was lost.
    pub(super) deck: Option<Deck>,
    pub(super) file: Option<Arc<File>>,
    pub(super) state: Flow,
    /// Terminals are masked.
    pub(super) masking: bool,
    pub(super) masks: BTreeMap<u32, Mask>,
    /// When the masks are packed up; [`None`] when they are.
    pub(super) doze_at: Option<Instant>,
}

/// What is on its way.
#[derive(Debug)]
pub(super) struct Flow {
    /// Strands that are open.
    strands: BTreeSet<u32>,
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
            strands: BTreeSet::new(),
            charged: 0,
            granted: BUDGET_MIN,
            first_pending: None,
            first_unsynced: None,
            written: 0,
            durable: 0,
            waiting: Vec::new(),
            full: false,
            sync: None,
        }
    }

    /// Tells when something has to be done at the latest; [`None`] when nothing is on its way.
    fn due(&self) -> Option<Instant> {
        let sync = self.first_unsynced.filter(|_| self.sync.is_none());
        let first = match (self.first_pending, sync) {
            (Some(pending), Some(unsynced)) => pending.min(unsynced),
            (one, other) => one.or(other)?,
        };
        Some(first + GROUP)
    }
}

impl Owner {
    pub(super) async fn run(mut self, mut finish: oneshot::Receiver<Finish>) -> Recorded {
        let recorded = self.whole(&mut finish).await;
        drop(self.claimed);
        recorded
    }

    async fn whole(&mut self, finish: &mut oneshot::Receiver<Finish>) -> Recorded {
        let outcome = match self.begin().await {
            Ok(()) => self.record(finish).await,
            Err(fault) => Err(fault),
        };
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
        self.file = Some(Arc::clone(&deck.file));
        self.state.written = deck.written;
        self.deck = Some(deck);
        self.durable(self.state.written);
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
    fn fail(&mut self, fault: &Fault) {
        // The first fault is the one that is told.
        self.failure.get_or_init(|| fault.stop());
        self.budget.close();
        self.queue.close();
        self.failed.send_replace(true);
        if !matches!(fault, Fault::Full) {
            // Whoever waits for the disk learns that it failed.
            self.state.waiting.clear();
        }
    }

    async fn record(&mut self, finish: &mut oneshot::Receiver<Finish>) -> Result<Finish, Fault> {
        let mut batch = Vec::new();
        loop {
            let due = self.state.due();
            tokio::select! {
                biased;
                last = &mut *finish => {
                    self.budget.close();
                    self.queue.close();
                    self.drain().await?;
                    return Ok(last.unwrap_or_default());
                }
                synced = synced(&mut self.state.sync) => self.synced(synced)?,
                () = until(due) => self.do_due().await?,
                () = until(self.doze_at) => self.doze(),
                _ = self.queue.recv_many(&mut batch, 128) => {
                    self.take(&mut batch).await?;
                    if batch.capacity() > 16 {
                        batch = Vec::new();
                    }
                }
            }
            if self.state.full {
                return Err(Fault::Full);
            }
        }
    }

    /// Takes what is still in the queue after it was closed, and makes it durable.
    async fn drain(&mut self) -> Result<(), Fault> {
        let mut batch = Vec::new();
        while let Ok(entry) = self.queue.try_recv() {
            batch.push(entry);
            if batch.len() >= 128 {
                self.take(&mut batch).await?;
            }
        }
        self.take(&mut batch).await?;
        self.flush(Sync::Now).await
    }

    async fn take(&mut self, batch: &mut Vec<Entry>) -> Result<(), Fault> {
        for entry in batch.drain(..) {
            self.sort(entry.record).await?;
            self.state.charged = self.state.charged.saturating_add(entry.cost);
            self.state.waiting.extend(entry.done);
            let full = (self.state.granted / 2).min(BLOCK_TARGET as u32);
            if self.state.charged >= full {
                self.flush(Sync::Later).await?;
            }
        }
        if self.strict {
            self.flush(Sync::Now).await?;
        }
        Ok(())
    }

    /// Keeps book of the strands, withholds what was typed unseen, and pushes what is left.
    async fn sort(&mut self, record: Record) -> Result<(), Fault> {
        let Record { at, strand, kind } = &record;
        match kind {
            Kind::Open(body) => {
                self.state.strands.insert(*strand);
                if self.masking
                    && let Ok(mark) = serde_json::from_slice::<OpenMark>(body)
                    && mark.kind == StrandKind::Terminal
                {
                    self.masks.insert(*strand, Mask::new(mark.cols, mark.rows));
                }
            }
            Kind::Close(_) => {
                self.state.strands.remove(strand);
                self.masks.remove(strand);
            }
            Kind::Resize { cols, rows } => {
                if let Some(mask) = self.masks.get_mut(strand) {
                    mask.resize(*cols, *rows);
                }
            }
            Kind::Data(direction, bytes) => {
                if let Some(mask) = self.masks.get_mut(strand) {
                    self.doze_at = Some(Instant::now() + DOZE);
                    for kind in mask.records(*at, *direction, bytes) {
                        self.push(&Record::new(*at, *strand, kind)).await?;
                    }
                    // An emulator takes its time: others on this thread come between.
                    tokio::task::consume_budget().await;
                    return Ok(());
                }
            }
            _ => {}
        }
        self.push(&record).await
    }

    async fn push(&mut self, record: &Record) -> Result<(), Fault> {
        self.state.first_pending.get_or_insert_with(Instant::now);
        let pushed = self.deck()?.writer.push(record);
        match pushed {
            Ok(_) => Ok(()),
            Err(tape::WriteError::Full) => {
                self.flush(Sync::Later).await?;
                self.deck()?.writer.push(record)?;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn deck(&mut self) -> Result<&mut Deck, Fault> {
        self.deck.as_mut().ok_or(Fault::Lost)
    }

    async fn do_due(&mut self) -> Result<(), Fault> {
        let now = Instant::now();
        if self.state.first_pending.is_some_and(|first| first + GROUP <= now) {
            return self.flush(Sync::Now).await;
        }
        self.start_sync();
        Ok(())
    }

    /// Packs up what a quiet terminal does not need.
    fn doze(&mut self) {
        self.doze_at = None;
        for mask in self.masks.values_mut() {
            mask.doze();
        }
    }

    fn start_sync(&mut self) {
        if self.state.sync.is_some() || self.state.durable == self.state.written {
            return;
        }
        let Some(file) = self.file.clone() else { return };
        let job = tokio::task::spawn_blocking(move || file.sync_data());
        self.state.sync = Some((job, self.state.written));
        self.state.first_unsynced = None;
    }

    fn synced(&mut self, result: Option<(io::Result<()>, u64)>) -> Result<(), Fault> {
        let (result, covered) = result.ok_or(Fault::Lost)?;
        result?;
        self.durable(covered);
        Ok(())
    }

    fn durable(&mut self, covered: u64) {
        // A sync that ran beside may come back after a later one.
        let durable = self.state.durable.max(covered);
        self.state.durable = durable;
        self.growth.send_modify(|growth| growth.durable = durable);
    }

    /// Writes what is open, gives its budget back and asks for more room.
    async fn flush(&mut self, sync: Sync) -> Result<(), Fault> {
        // Those who wait are told below: in strict mode the disk has it by then, whatever asked for the flush.
        let sync = if self.strict { Sync::Now } else { sync };
        if self.state.written - self.state.durable > UNSYNCED_MAX
            && let Some((job, covered)) = self.state.sync.take()
        {
            let result = job.await.map_err(|_| Fault::Lost)?;
            self.synced(Some((result, covered)))?;
        }
        let by_size = self.state.charged >= self.state.granted / 2;
        let granted = if by_size && self.state.granted < BUDGET_MAX {
            self.state.granted * 2
        } else {
            self.state.granted
        };
        let room = self.flush_job(sync, granted).await?;
        if let Some(first) = self.state.first_pending.take() {
            self.state.first_unsynced.get_or_insert(first);
        }
        if sync == Sync::Now {
            self.state.first_unsynced = None;
            self.durable(self.state.written);
        }
        for waiting in self.state.waiting.drain(..) {
            // Whoever waited may be gone; the record is there all the same.
            let _gone = waiting.send(());
        }
        if !room && !self.state.full {
            // From now on nothing is accepted; what was has its room and is still taken.
            self.fail(&Fault::Full);
            self.state.full = true;
        }
        let more = granted - self.state.granted;
        self.state.granted = granted;
        self.budget.add_permits((self.state.charged + more) as usize);
        self.state.charged = 0;
        Ok(())
    }

    /// Runs the blocking half of [`Owner::flush`]; tells whether there is room for `granted` more bytes.
    async fn flush_job(&mut self, sync: Sync, granted: u32) -> Result<bool, Fault> {
        let mut deck = self.deck.take().ok_or(Fault::Lost)?;
        let spool = Arc::clone(&self.spool);
        let open = !self.budget.is_closed();
        let job: JoinHandle<(Deck, Result<bool, Fault>)> = {
            let busy = spool.busy().await;
            tokio::task::spawn_blocking(move || {
                let result =
                    spool.with_scratch(|scratch| flush_blocking(&mut deck, scratch, sync, open, granted));
                drop(busy);
                (deck, result)
            })
        };
        let (deck, result) = job.await.map_err(|_| Fault::Lost)?;
        self.state.written = deck.written;
        self.deck = Some(deck);
        result
    }

    async fn seal(&mut self, last: Finish) -> Result<(Seal, u64), Fault> {
        let now = Micros::now();
        for strand in std::mem::take(&mut self.state.strands) {
            let cut = CloseMark {
                cut: true,
                ..CloseMark::default()
            };
            self.push(&Record::new(now, strand, Kind::Close(marks::body(&cut))))
                .await?;
        }
        if let Some(note) = last.note {
            self.push(&Record::new(now, 0, Kind::Note(note))).await?;
        }
        if let Some((job, _)) = self.state.sync.take() {
            job.await.map_err(|_| Fault::Lost)??;
        }
        let deck = self.deck.take().ok_or(Fault::Lost)?;
        let spool = Arc::clone(&self.spool);
        let ending = tape::Ending {
            state: SealState::Finished,
            at: Micros::now(),
            reason: last.reason,
        };
        let job = tokio::task::spawn_blocking(move || {
            let file = Arc::clone(&deck.file);
            let seal = spool.with_scratch(|scratch| deck.seal(ending, scratch))?;
            Ok::<_, Fault>((seal, file.metadata()?.len()))
        });
        let (seal, size) = job.await.map_err(|_| Fault::Lost)??;
        self.growth.send_replace(Growth {
            durable: size,
            finished: true,
        });
        Ok((seal, size))
    }

    /// Ends a tape that could not be written on: at its last whole block, as unfinished.
    async fn salvage(&mut self, fault: &Fault, last: &Finish) -> Recorded {
        // Whatever the writer still holds must not be written any more.
        self.deck = None;
        let Some(file) = self.file.clone() else {
            return Recorded::broken();
        };
        let signer = self.spool.signer();
        let reason = format!("{} ({fault})", last.reason);
        let job = tokio::task::spawn_blocking(move || deck::salvage(&file, &signer, &reason, 0));
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
        });
        recorded
    }
}

/// Whether what is written is also synced in the same job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sync {
    Now,
    Later,
}

fn flush_blocking(
    deck: &mut Deck,
    scratch: &mut tape::Scratch,
    sync: Sync,
    open: bool,
    granted: u32,
) -> Result<bool, Fault> {
    deck.flush(scratch)?;
    // After the intake was closed nothing more is accepted, and no more room is needed.
    let room = !open || {
        let slack = if granted > BUDGET_MIN { SLACK } else { 0 };
        match deck
            .space
            .ensure(&deck.file, deck.written, u64::from(granted), slack)
        {
            Ok(()) => true,
            Err(error) if super::space::is_full(&error) => false,
            Err(error) => return Err(error.into()),
        }
    };
    if sync == Sync::Now {
        deck.file.sync_data()?;
    }
    Ok(room)
}

/// Waits for a sync that runs beside; for ever when none does. Cancel-safe.
async fn synced(sync: &mut Option<(JoinHandle<io::Result<()>>, u64)>) -> Option<(io::Result<()>, u64)> {
    let Some((job, covered)) = sync else {
        return std::future::pending().await;
    };
    let covered = *covered;
    let result = job.await.ok().map(|result| (result, covered));
    *sync = None;
    result
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
