//! Counters of a running connection: read by limits, heartbeats and lists, written by its strands.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

/// Bytes each way and the time of the last sign of life.
#[derive(Debug)]
pub struct Traffic {
    up: AtomicU64,
    down: AtomicU64,
    born: Instant,
    /// Milliseconds since `born`.
    last: AtomicU64,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            born: Instant::now(),
            last: AtomicU64::new(0),
        }
    }
}

impl Traffic {
    /// Counts bytes that passed, and that there is life.
    pub(crate) fn count(&self, direction: tape::Direction, bytes: usize) {
        let counter = match direction {
            tape::Direction::ToTarget => &self.up,
            tape::Direction::FromTarget | tape::Direction::FromTargetErr => &self.down,
        };
        counter.fetch_add(bytes as u64, Ordering::Relaxed);
        self.touch();
    }

    /// Notes a sign of life.
    pub(crate) fn touch(&self) {
        let since = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(since, Ordering::Relaxed);
    }

    /// Gives the bytes from the caller to the resource.
    #[must_use]
    pub fn up(&self) -> u64 {
        self.up.load(Ordering::Relaxed)
    }

    /// Gives the bytes from the resource to the caller.
    #[must_use]
    pub fn down(&self) -> u64 {
        self.down.load(Ordering::Relaxed)
    }

    /// Gives the time of the last sign of life.
    #[must_use]
    pub fn last_seen(&self) -> Instant {
        self.born + std::time::Duration::from_millis(self.last.load(Ordering::Relaxed))
    }
}
