//! Whether input may pass: what a lock closes.

use std::sync::Arc;

use tokio::sync::watch;

/// Tells whether a lock holds the input of a session. Reading it is one load of a shared cache line.
#[derive(Debug, Clone)]
pub struct Gate {
    locked: watch::Receiver<bool>,
    flag: Arc<std::sync::atomic::AtomicBool>,
}

/// The engine's side of a [`Gate`].
#[derive(Debug)]
pub(crate) struct GateKeeper {
    locked: watch::Sender<bool>,
    flag: Arc<std::sync::atomic::AtomicBool>,
}

impl GateKeeper {
    /// Makes a gate that stands open.
    pub(crate) fn new() -> (Self, Gate) {
        let (locked, receiver) = watch::channel(false);
        let flag = Arc::<std::sync::atomic::AtomicBool>::default();
        let gate = Gate {
            locked: receiver,
            flag: Arc::clone(&flag),
        };
        (Self { locked, flag }, gate)
    }

    /// Closes or opens the gate; takes effect with the next message.
    pub(crate) fn set_locked(&self, locked: bool) {
        self.flag.store(locked, std::sync::atomic::Ordering::Release);
        self.locked.send_replace(locked);
    }
}

impl Gate {
    /// Tells whether a lock is in force.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.flag.load(std::sync::atomic::Ordering::Acquire)
    }

    /// Waits until no lock is in force. Cancel-safe. Returns at once when none is.
    pub async fn opened(&self) {
        let mut locked = self.locked.clone();
        // The keeper is dropped only when the session is over; then nothing is to be waited for.
        if locked.wait_for(|locked| !locked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
