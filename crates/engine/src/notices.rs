//! What the caller is to be told while the relay runs: a short queue from the engine to the visit.

use std::collections::VecDeque;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::protocol::Notice;

/// More notices than this wait only when the visit has stopped to read them; the oldest are then dropped.
const MOST: usize = 32;

/// A queue of notices, read by one task.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    queue: Mutex<VecDeque<Notice>>,
    arrived: Notify,
}

impl Notices {
    /// Adds a notice. Never waits: an administrator's order must not hang on a caller that does not read.
    pub(crate) fn push(&self, notice: Notice) {
        let mut queue = self.queue.lock();
        if queue.len() >= MOST {
            queue.pop_front();
        }
        queue.push_back(notice);
        drop(queue);
        self.arrived.notify_one();
    }

    /// Waits for the next notice. Cancel-safe: a notice is taken only when it is returned.
    pub(crate) async fn next(&self) -> Notice {
        loop {
            let arrived = self.arrived.notified();
            let first = self.queue.lock().pop_front();
            if let Some(notice) = first {
                return notice;
            }
            arrived.await;
        }
    }
}
