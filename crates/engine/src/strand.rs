//! One stream of a connection: a channel, a query stream, a display. Every byte of it passes here.

use std::sync::Arc;

use bytes::Bytes;
use domain::{object::RecordingMode, stop::Stop};
use tape::{Direction, Kind};

use crate::{
    marks::{self, CloseMark, OpenMark},
    recorder::Slot,
    tap::{Pass, Passed, StrandKind, StrandOpen, StrandOutcome, TapCore},
};

/// A single record carries at most this much; more is split without being copied.
const MOST_AT_ONCE: usize = 64 << 10;

/// One stream, used by one task.
///
/// A strand that is dropped without [`Strand::close`] is recorded as cut.
#[derive(Debug)]
pub struct Strand {
    id: u32,
    kind: StrandKind,
    counted: bool,
    core: Arc<TapCore>,
    mark: CloseMark,
    /// Puts the end of the strand on the tape, also when it is dropped.
    last: Option<Slot>,
}

impl Strand {
    pub(crate) async fn open(core: Arc<TapCore>, id: u32, open: StrandOpen) -> Result<Self, Stop> {
        let bulk = matches!(open.kind, StrandKind::Command | StrandKind::Forward);
        let counted = bulk && core.grant.profile.recording == RecordingMode::Interactive;
        let last = core.intake.slot()?;
        let opening = OpenMark {
            kind: open.kind,
            title: open.title,
            cols: open.cols,
            rows: open.rows,
            counted,
            detail: open.detail,
        };
        core.intake.put(id, Kind::Open(marks::body(&opening))).await?;
        Ok(Self {
            id,
            kind: open.kind,
            counted,
            core,
            mark: CloseMark::default(),
            last: Some(last),
        })
    }

    /// Gives the number of the strand on the tape.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Offers bytes on their way. Waits only for the recorder's byte budget (and, where the profile is strict, until the record is
    /// on disk). Fails when the recording failed; then nothing may be sent any more.
    ///
    /// Cancelling this may leave bytes on the tape that were not sent; it never leaves bytes sent that are not on the tape.
    pub async fn pass(&mut self, direction: Direction, bytes: Bytes) -> Result<Pass, Stop> {
        if self.counted {
            return self.carry(direction, bytes).await;
        }
        let mut rest = bytes.clone();
        let first = rest.split_to(rest.len().min(MOST_AT_ONCE));
        let room = self.core.intake.room(first.len()).await?;
        // Looked at after the wait for room: a lock that came meanwhile holds these bytes.
        if self.core.gate.is_locked()
            && let Some(held) = hold(self.kind, direction, &bytes)
        {
            self.mark.discarded += discarded(&held);
            return Ok(held);
        }
        room.put(self.id, Kind::Data(direction, first)).await?;
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(MOST_AT_ONCE));
            self.core
                .intake
                .put(self.id, Kind::Data(direction, piece))
                .await?;
        }
        self.count(direction, bytes.len());
        Ok(Pass::On(Passed(bytes)))
    }

    /// Offers bytes whose content is only counted, such as that of files. Locks and failures of the recorder hold them as
    /// [`Strand::pass`] does.
    #[expect(
        clippy::unused_async,
        reason = "the same shape as `pass`; a recorder of another kind may wait here"
    )]
    pub async fn carry(&mut self, direction: Direction, bytes: Bytes) -> Result<Pass, Stop> {
        self.core.intake.check()?;
        if self.core.gate.is_locked()
            && let Some(held) = hold(self.kind, direction, &bytes)
        {
            self.mark.discarded += discarded(&held);
            return Ok(held);
        }
        self.count(direction, bytes.len());
        Ok(Pass::On(Passed(bytes)))
    }

    /// Records a new size.
    pub async fn resize(&mut self, cols: u32, rows: u32) -> Result<(), Stop> {
        self.core.intake.put(self.id, Kind::Resize { cols, rows }).await
    }

    /// Records one operation on a file: what, path, size, hash, result.
    pub async fn file(&mut self, operation: serde_json::Value) -> Result<(), Stop> {
        self.core
            .intake
            .put(self.id, Kind::File(marks::body(&operation)))
            .await
    }

    /// Records a statement; `id` is unique within the strand.
    pub async fn statement(&mut self, id: u64, body: Bytes) -> Result<(), Stop> {
        self.core.intake.put(self.id, Kind::Statement { id, body }).await
    }

    /// Records how a statement ended.
    pub async fn outcome(&mut self, id: u64, body: Bytes) -> Result<(), Stop> {
        self.core.intake.put(self.id, Kind::Outcome { id, body }).await
    }

    /// Ends the strand.
    pub async fn close(mut self, outcome: StrandOutcome) -> Result<(), Stop> {
        self.mark.exit_code = outcome.exit_code;
        self.mark.signal = outcome.signal;
        self.mark.error = outcome.error;
        self.mark.detail = outcome.detail;
        let body = marks::body(&self.mark);
        match self.last.take() {
            Some(slot) => slot.put(self.id, Kind::Close(body)).await,
            None => Ok(()),
        }
    }

    fn count(&mut self, direction: Direction, bytes: usize) {
        self.core.traffic.count(direction, bytes);
        match direction {
            Direction::ToTarget => self.mark.bytes_up += bytes as u64,
            Direction::FromTarget | Direction::FromTargetErr => self.mark.bytes_down += bytes as u64,
        }
    }
}

impl Drop for Strand {
    fn drop(&mut self) {
        if let Some(slot) = self.last.take() {
            self.mark.cut = true;
            slot.put_now(self.id, Kind::Close(marks::body(&self.mark)));
        }
    }
}

/// Tells what a lock does to bytes of a strand; [`None`] when they pass.
fn hold(kind: StrandKind, direction: Direction, bytes: &Bytes) -> Option<Pass> {
    let input = direction == Direction::ToTarget;
    match kind {
        StrandKind::Terminal | StrandKind::Display if input => Some(Pass::Discarded(bytes.len())),
        StrandKind::Terminal | StrandKind::Display => None,
        StrandKind::Statements if !input => None,
        StrandKind::Statements | StrandKind::Command | StrandKind::Files | StrandKind::Forward => {
            Some(Pass::Held(bytes.clone()))
        }
    }
}

fn discarded(pass: &Pass) -> u64 {
    match pass {
        Pass::Discarded(bytes) => *bytes as u64,
        Pass::On(_) | Pass::Held(_) => 0,
    }
}
