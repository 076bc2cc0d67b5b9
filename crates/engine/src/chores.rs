//! What an engine does by itself, from its start to its end.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    Micros, SessionId, Span,
    audit::Actor,
    session::Event,
    stop::{EndReason, FailureStage, Stop},
};
use store::{Beat, Cause, Error, StepError};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::engine::Engine;

/// What callers get after the grace, at a shutdown, to take their leave.
const LEAVE: Duration = Duration::from_secs(5);

impl Engine {
    pub(crate) fn begin_chores(self: &Arc<Self>) {
        self.chores.spawn(Arc::clone(self).follow_directory());
        self.chores.spawn(Arc::clone(self).follow_orders());
        self.chores.spawn(Arc::clone(self).beat());
        self.chores.spawn(Arc::clone(self).reap());
        self.chores.spawn(Arc::clone(self).prepare_sessions());
        self.chores.spawn(Arc::clone(self).look_for_direct_logins());
        self.chores.spawn(Arc::clone(self).keep_no_longer());
        self.chores.spawn(Arc::clone(self).sign_audit_log());
        self.chores.spawn(Arc::clone(self).sweep());
    }

    /// Does something beside the sessions; it is given up when the engine closes.
    pub fn beside(&self, work: impl Future<Output = ()> + Send + 'static) {
        let closing = self.closing.clone();
        self.chores.spawn(async move {
            let _given_up = closing.run_until_cancelled(work).await;
        });
    }

    /// Removes what has ended of tokens, logins and links, until the engine closes.
    async fn sweep(self: Arc<Self>) {
        let mut turns = interval(self.limits.sweep);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let memory = Span(i64::try_from(self.limits.failure_memory.as_micros()).unwrap_or(i64::MAX));
        while self.closing.run_until_cancelled(turns.tick()).await.is_some() {
            if let Err(error) = self.store.sweep_credentials(Micros::now(), memory).await {
                tracing::error!(%error, "credentials that have ended could not be removed");
            }
        }
    }

    /// Renews leases, stores counters and gives back what a burst has left, until the engine closes.
    async fn beat(self: Arc<Self>) {
        let mut turns = interval(self.limits.heartbeat);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.closing.run_until_cancelled(turns.tick()).await.is_some() {
            self.spool.tidy();
            if let Err(error) = self.beat_once().await {
                tracing::error!(%error, "the node's leases could not be renewed");
            }
        }
    }

    async fn beat_once(&self) -> Result<(), Error> {
        let mut beats = HashMap::<SessionId, Beat>::new();
        let mut grown = Vec::new();
        for running in self.roster.all() {
            let durable = self.playback.durable(running.connection);
            grown.extend(durable.map(|bytes| (running.connection, i64::try_from(bytes).unwrap_or(i64::MAX))));
            let session = running.session.id;
            let beat = beats.entry(session).or_insert(Beat {
                session,
                bytes_up: 0,
                bytes_down: 0,
            });
            beat.bytes_up += i64::try_from(running.traffic.up()).unwrap_or(i64::MAX);
            beat.bytes_down += i64::try_from(running.traffic.down()).unwrap_or(i64::MAX);
        }
        let beats = beats.into_values().collect();
        for session in self.store.heartbeat(self.lease(), Micros::now(), beats).await? {
            self.let_go(session).await;
        }
        self.store.recordings_grew(grown).await
    }

    /// Cuts a session that is no longer this node's: it has ended, or another node has buried it.
    async fn let_go(&self, session: SessionId) {
        self.learn(session).await;
        for running in self.roster.of(session) {
            let life = running.life.borrow().clone();
            // A session that is just being stored, or is ending in order, needs no push; nor does one that was just approved, whose
            // caller is about to open their connection.
            if !life.is_over() && life.open_connections > 0 {
                tracing::error!(%session, "the node has lost its lease on a session; cut");
                let why = "the node lost its lease on the session";
                running.cut(Stop::failed(EndReason::GatewayLost, FailureStage::Runtime, why));
            }
        }
    }

    /// Ends everything in order: nobody new, a notice and a grace for whoever is here, then the cut; recordings are sealed and shelved.
    ///
    /// `patience` bounds the wait for callers to leave before they are cut.
    pub async fn shutdown(&self, patience: Duration) {
        self.draining.cancel();
        for running in self.roster.all() {
            let cause = Cause::new(Micros::now(), Actor::system("gateway"));
            let event = Event::Cancel(EndReason::GatewayShutdown, String::new());
            match self.step(running.session.id, event, cause, None).await {
                Ok(_) | Err(StepError::Refused(_)) => {}
                Err(error) => {
                    tracing::error!(session = %running.session.id, %error, "a session could not be canceled; cut");
                    running.cut(Stop::new(EndReason::GatewayShutdown));
                }
            }
        }
        self.visits.close();
        if timeout(patience, self.visits.wait()).await.is_err() {
            self.cutting.cancel();
            if timeout(self.limits.seal + LEAVE, self.visits.wait())
                .await
                .is_err()
            {
                tracing::error!("some callers did not leave; their sessions are ended at the next start");
            }
        }
        self.closing.cancel();
        self.chores.close();
        if timeout(self.limits.shelf, self.chores.wait()).await.is_err() {
            tracing::error!("some recordings did not reach the shelf; they are put there at the next start");
        }
    }
}
