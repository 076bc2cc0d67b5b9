//! Wakes a recorder that rests.
//!
//! Taking every record as it comes would wake a task for each packet. A recorder takes what has come, and then rests for some
//! milliseconds, unless so much comes that it fills a block.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, Semaphore};

/// Shared by a recorder and those who hand records to it.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    notify: Notify,
    /// It rings when less budget than this is left.
    below: AtomicUsize,
}

impl Bell {
    /// Sets how little budget must be left.
    pub(super) fn set(&self, below: u32) {
        self.below.store(below as usize, Ordering::Relaxed);
    }

    /// Tells whether it is time to ring.
    pub(super) fn is_due(&self, budget: &Semaphore) -> bool {
        budget.available_permits() < self.below.load(Ordering::Relaxed)
    }

    /// Rings when it is time.
    pub(super) fn ring(&self, budget: &Semaphore) {
        if self.is_due(budget) {
            self.notify.notify_one();
        }
    }

    /// Waits for it. Cancel-safe.
    pub(super) async fn rung(&self) {
        self.notify.notified().await;
    }
}
