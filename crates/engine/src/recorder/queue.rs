//! What lies between a tap and its recorder: a queue that takes no room while it is empty.
//!
//! Who waits, waits for the budget of bytes and not here. A record costs the budget at least [`super::intake::OVERHEAD`], so that the budget
//! bounds the queue as well; what comes without budget is bounded by its makers: one end for each open strand, and notes up to [`NOTES`].

use std::{collections::VecDeque, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::intake::Entry;

/// Notes are refused when so many entries wait.
const NOTES: usize = 16 << 10;

/// An empty queue keeps room for so many entries.
const KEPT: usize = 8;

/// The queue is closed: nobody will write the entry.
#[derive(Debug)]
pub(super) struct Closed;

#[derive(Debug, Default)]
struct Queue {
    state: Mutex<State>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct State {
    entries: VecDeque<Entry>,
    closed: bool,
}

/// The end of the tap. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Inlet(Arc<Queue>);

/// The end of the recorder; closes the queue when it is dropped.
#[derive(Debug)]
pub(super) struct Outlet(Arc<Queue>);

/// Makes an empty queue.
pub(super) fn queue() -> (Inlet, Outlet) {
    let queue = Arc::<Queue>::default();
    (Inlet(Arc::clone(&queue)), Outlet(queue))
}

impl Inlet {
    /// Adds an entry whose budget is taken, or that ends a strand.
    pub(super) fn put(&self, entry: Entry) -> Result<(), Closed> {
        self.put_below(usize::MAX, entry)
    }

    /// Adds an entry without budget; refused as well when too many wait.
    pub(super) fn put_note(&self, entry: Entry) -> Result<(), Closed> {
        self.put_below(NOTES, entry)
    }

    fn put_below(&self, most: usize, entry: Entry) -> Result<(), Closed> {
        let mut state = self.0.state.lock();
        if state.closed || state.entries.len() >= most {
            return Err(Closed);
        }
        state.entries.push_back(entry);
        drop(state);
        self.0.filled.notify_one();
        Ok(())
    }
}

impl Outlet {
    /// Waits for entries and takes at most so many. Cancel-safe.
    pub(super) async fn take(&self, batch: &mut Vec<Entry>, most: usize) {
        while self.take_now(batch, most) == 0 {
            self.0.filled.notified().await;
        }
    }

    /// Takes at most so many entries of those that are there; gives how many.
    pub(super) fn take_now(&self, batch: &mut Vec<Entry>, most: usize) -> usize {
        let mut state = self.0.state.lock();
        let count = state.entries.len().min(most);
        batch.extend(state.entries.drain(..count));
        if state.entries.is_empty() && state.entries.capacity() > KEPT {
            state.entries = VecDeque::new();
        }
        count
    }

    /// Takes no more in; what is there can still be taken.
    pub(super) fn close(&self) {
        self.0.state.lock().closed = true;
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.close();
    }
}
