//! Ends what a dead process has left: sessions whose node is gone, connections nobody carries, tapes nobody seals.

use std::{collections::HashMap, sync::Arc};

use domain::{
    ConnectionId, Micros, Span,
    audit::Actor,
    recording::RecordingState,
    session::{Event, Session, State},
    stop::{EndReason, FailureStage},
};
use store::{Cause, Closing, ConnectionRow, Error, Orphan, RecordingMeta, SessionQuery, StepError};

use crate::{engine::Engine, sessions::is_clean};

/// How long a session for which nothing is to be done may be about to be made available.
const LEFT: Span = Span::secs(10);

impl Engine {
    /// Reaps at once and then every few seconds, until the engine closes.
    pub(crate) async fn reap(self: Arc<Self>) {
        let mut turns = tokio::time::interval(self.limits.reap);
        turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while self.closing.run_until_cancelled(turns.tick()).await.is_some() {
            if let Err(error) = self.reap_once().await {
                tracing::error!(%error, "left sessions could not be looked for");
            }
        }
    }

    async fn reap_once(self: &Arc<Self>) -> Result<(), Error> {
        for orphan in self.store.orphans(Micros::now()).await? {
            self.bury(&orphan).await;
        }
        self.rest().await?;
        let mut known = HashMap::new();
        for row in self.store.unfinished_connections(&self.node).await? {
            let connection = &row.connection;
            if self.roster.has(connection.session_id, connection.id) {
                continue;
            }
            if !connection.closed_at.is_set() {
                self.close_left(&row).await?;
            }
            known.insert(connection.id, row.recording);
        }
        let spooled = self.spooled().await;
        for tape in spooled
            .into_iter()
            .filter(|tape| !known.contains_key(tape))
            .collect::<Vec<_>>()
        {
            // The store knows of no such recording or takes it for finished; the file says otherwise.
            if let Some(row) = self.store.connection(tape).await?
                && !self.roster.has(row.connection.session_id, tape)
            {
                known.insert(tape, row.recording);
            }
        }
        for (tape, meta) in known {
            self.tidy_if_left(tape, &meta).await;
        }
        Ok(())
    }

    /// Ends what nobody is connected to: sessions whose time is over, and those of this node whose last step was not stored.
    async fn rest(&self) -> Result<(), Error> {
        let now = Micros::now();
        let states = [
            State::Scheduled,
            State::AwaitingApproval,
            State::Provisioning,
            State::Available,
            State::Locked,
            State::Ending,
        ];
        let query = SessionQuery {
            states: states.to_vec(),
            ..SessionQuery::default()
        };
        for row in self.every(query).await? {
            let (session, life) = (row.session.id, &row.life);
            if life.state == State::AwaitingApproval {
                if life.expires_at <= now
                    && let Err(error) = self.expire_review(session).await
                {
                    tracing::error!(%session, %error, "a review that is over could not be ended");
                }
            } else if life.state == State::Scheduled {
                if life.starts_at <= now {
                    self.begin(&row.session).await;
                }
            } else if life.state == State::Ending {
                if row.session.gateway == self.node && is_clean(life) && self.roster.of(session).is_empty() {
                    self.finish(&row.session).await;
                }
            } else if life.state == State::Provisioning && life.expires_at > now {
                // Whoever has begun it ends it within moments, unless they were lost.
                if now.since(row.session.created_at.max(life.starts_at)) > LEFT {
                    self.get_ready(&row.session).await;
                }
            } else if life.state == State::Available && !life.entitlement && self.is_left(&row.session) {
                self.insist(session, &Event::Lost).await;
            } else if life.open_connections == 0 && life.expires_at <= now {
                let ended = self
                    .insist(session, &Event::Expire(EndReason::MaxDuration, String::new()))
                    .await;
                if ended.is_some_and(|ended| is_clean(&ended.after)) {
                    self.finish(&row.session).await;
                }
            }
        }
        Ok(())
    }

    /// Tells whether a caller of this node, for whom alone a session was made ready, was lost before their connection was open.
    fn is_left(&self, session: &Session) -> bool {
        session.gateway == self.node && self.roster.of(session.id).is_empty()
    }

    /// Makes a session available whose time has come. Another node may do the same: whoever is second finds it done.
    async fn begin(&self, session: &Session) {
        let cause = Cause::new(Micros::now(), Actor::system("gateway"));
        match self.step(session.id, Event::StartTimeReached, cause, None).await {
            Ok(_) => self.get_ready(session).await,
            Err(StepError::Refused(_)) => {}
            Err(error) => {
                tracing::error!(session = %session.id, %error, "a session whose time has come could not begin");
            }
        }
    }

    async fn get_ready(&self, session: &Session) {
        let cause = Cause::new(Micros::now(), Actor::system("gateway"));
        if let Err(error) = self.make_ready(session, cause).await {
            tracing::error!(session = %session.id, %error, "a session could not be made available");
        }
    }

    async fn tidy_if_left(self: &Arc<Self>, tape: ConnectionId, meta: &RecordingMeta) {
        if !self.spool.is_claimed(tape) {
            self.tidy(tape, meta).await;
        }
    }

    async fn spooled(&self) -> Vec<ConnectionId> {
        let spool = Arc::clone(&self.spool);
        let listed = tokio::task::spawn_blocking(move || spool.list()).await;
        match listed.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
            Ok(tapes) => tapes,
            Err(error) => {
                tracing::error!(%error, "the spool folder could not be listed");
                Vec::new()
            }
        }
    }

    /// Ends a session whose node is gone, and its connections. Tapes of another node wait for that node's return.
    async fn bury(&self, orphan: &Orphan) {
        tracing::warn!(session = %orphan.session, node = orphan.node, why = ?orphan.why, "a session lost its gateway");
        let cause = Cause::new(Micros::now(), Actor::system("reaper"));
        if let Err(error) = self.step(orphan.session, Event::Lost, cause, None).await {
            tracing::error!(session = %orphan.session, %error, "a lost session could not be ended");
            return;
        }
        for row in &orphan.connections {
            if let Err(error) = self.store.close_connection(row.connection.id, lost(row)).await {
                tracing::error!(session = %orphan.session, %error, "a lost connection could not be closed");
            }
        }
    }

    /// Closes a connection of this node that nobody carries: its session was over, or its end could not be stored.
    async fn close_left(&self, row: &ConnectionRow) -> Result<(), Error> {
        let session = row.connection.session_id;
        let why = "its end could not be stored".to_owned();
        let event = Event::ConnectionClosed(EndReason::GatewayLost, Some(FailureStage::Runtime), why);
        if let Some(stepped) = self.insist(session, &event).await
            && is_clean(&stepped.after)
        {
            self.finish(&stepped.session).await;
        }
        self.store.close_connection(row.connection.id, lost(row)).await
    }
}

fn lost(row: &ConnectionRow) -> Closing {
    Closing {
        at: Micros::now(),
        bytes_up: row.connection.bytes_up,
        bytes_down: row.connection.bytes_down,
        reason: EndReason::GatewayLost,
        recording: match row.connection.recording {
            RecordingState::Recording => RecordingState::Finalising,
            state => state,
        },
    }
}
