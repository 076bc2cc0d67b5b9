//! The connections that run on this node, and how orders reach them.

use std::{collections::HashMap, sync::Arc};

use domain::{
    ConnectionId, SessionId,
    session::{Life, Session},
    stop::Stop,
};
use parking_lot::Mutex;
use tokio::{sync::watch, time::Instant};

use crate::traffic::Traffic;

/// A connection that runs here.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) session: Session,
    pub(crate) connection: ConnectionId,
    /// What the session's life has come to; orders are published here.
    pub(crate) life: watch::Sender<Life>,
    pub(crate) traffic: Arc<Traffic>,
    /// Ends the connection and not its session: when the store cannot say so, or the session goes on without it.
    cut: watch::Sender<Option<Stop>>,
}

impl Running {
    pub(crate) fn new(session: Session, connection: ConnectionId, life: Life) -> Self {
        Self {
            session,
            connection,
            life: watch::Sender::new(life),
            traffic: Arc::default(),
            cut: watch::Sender::new(None),
        }
    }

    /// Ends the connection at once. The first reason stays.
    pub(crate) fn cut(&self, stop: Stop) {
        self.cut.send_if_modified(|cut| {
            let first = cut.is_none();
            if first {
                *cut = Some(stop);
            }
            first
        });
    }

    /// Waits until the connection is to end at once. Cancel-safe.
    pub(crate) async fn cut_off(&self) -> Stop {
        let mut cut = self.cut.subscribe();
        // The sender lives as long as `self`.
        match cut.wait_for(Option::is_some).await.map(|stop| stop.clone()) {
            Ok(Some(stop)) => stop,
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }

    /// Hands a life on, unless a newer one is known.
    fn publish(&self, life: &Life) {
        self.life.send_if_modified(|known| {
            let newer = life.version > known.version;
            if newer {
                life.clone_into(known);
            }
            newer
        });
    }
}

/// All connections of the node. Locked for moments only.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    running: Mutex<HashMap<SessionId, Vec<Arc<Running>>>>,
}

/// A place in the roster: the connection is taken off when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    roster: Arc<Roster>,
    running: Arc<Running>,
}

impl Roster {
    /// Puts a connection on the roster.
    pub(crate) fn seat(self: &Arc<Self>, running: Running) -> Seat {
        let running = Arc::new(running);
        let mut all = self.running.lock();
        all.entry(running.session.id)
            .or_default()
            .push(Arc::clone(&running));
        drop(all);
        Seat {
            roster: Arc::clone(self),
            running,
        }
    }

    /// Hands a session's life to its connections here; tells whether there are any.
    pub(crate) fn publish(&self, session: SessionId, life: &Life) -> bool {
        let running = self.of(session);
        for one in &running {
            one.publish(life);
        }
        !running.is_empty()
    }

    /// Gives the connections of a session here.
    pub(crate) fn of(&self, session: SessionId) -> Vec<Arc<Running>> {
        self.running.lock().get(&session).cloned().unwrap_or_default()
    }

    /// Tells whether a connection runs here.
    pub(crate) fn has(&self, session: SessionId, connection: ConnectionId) -> bool {
        let all = self.running.lock();
        all.get(&session)
            .is_some_and(|some| some.iter().any(|one| one.connection == connection))
    }

    /// Gives every connection.
    pub(crate) fn all(&self) -> Vec<Arc<Running>> {
        self.running.lock().values().flatten().cloned().collect()
    }

    /// Counts the connections, and those of one user.
    pub(crate) fn count(&self, user: domain::ObjectId) -> (usize, usize) {
        let all = self.running.lock();
        let mut counts = (0, 0);
        for one in all.values().flatten() {
            counts.0 += 1;
            counts.1 += usize::from(one.session.user.id == user);
        }
        counts
    }

    /// Gives when any connection of a session here was last alive.
    pub(crate) fn last_seen(&self, session: SessionId) -> Option<Instant> {
        let all = self.running.lock();
        all.get(&session)?.iter().map(|one| one.traffic.last_seen()).max()
    }
}

impl Seat {
    /// Gives the connection.
    pub(crate) fn running(&self) -> &Arc<Running> {
        &self.running
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut all = self.roster.running.lock();
        let session = self.running.session.id;
        if let Some(some) = all.get_mut(&session) {
            some.retain(|one| one.connection != self.running.connection);
            if some.is_empty() {
                all.remove(&session);
            }
        }
    }
}
