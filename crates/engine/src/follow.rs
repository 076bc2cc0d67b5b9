//! What this node learns from the store: changed objects, and orders that other nodes gave.
//!
//! This is the seam between nodes. Today each node follows the audit feed of the shared database; a message bus would call
//! [`Engine::publish`] sooner, and nothing else would change.

use std::sync::Arc;

use domain::{
    Micros,
    audit::Actor,
    policy::{self, Refused},
    session::Event,
    stop::{EndReason, Stop},
};
use store::{Cause, StepError};

use crate::engine::Engine;

/// The audit event of an order that cuts connections and leaves the session.
pub(crate) const CUT: &str = "session.cut";

/// Lines of the feed that are read at once.
const PAGE: u32 = 500;

impl Engine {
    /// Reads the declared objects anew. The engine does so by itself when they change; whoever has just changed them calls this to see it
    /// at once.
    pub async fn refresh_directory(&self) -> Result<(), store::Error> {
        self.snapshot.refresh(&self.store).await
    }

    /// Follows changes of the declared objects until the engine closes.
    pub(crate) async fn follow_directory(self: Arc<Self>) {
        let mut changed = self.store.directory_changed();
        while let Some(Ok(())) = self.closing.run_until_cancelled(changed.changed()).await {
            match self.refresh_directory().await {
                Ok(()) => self.revoke().await,
                Err(error) => {
                    tracing::error!(%error, "the declared objects could not be read");
                    // Tried again, for what was changed may be a right that was taken away.
                    changed.mark_changed();
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
            }
        }
    }

    /// Ends the sessions on this node whose users or rules have lost the right to them.
    async fn revoke(&self) {
        let directory = self.directory();
        for running in self.roster.all() {
            let session = &running.session;
            let allowed = directory.person_by_id(session.user.id).is_some_and(|person| {
                let name = directory
                    .resources
                    .iter()
                    .find(|(_, resource)| resource.id == session.resource.id)
                    .map_or(session.resource.name.as_str(), |(name, _)| name);
                // An account that was made for the session is known by its activity.
                let made = session.activity.as_ref().and_then(|activity| {
                    let known = directory.activities.get(&activity.name)?;
                    known.spec.makes_account().then_some(&activity.name)
                });
                let account = made.unwrap_or(&session.account);
                match policy::decide(&directory, &person, name, Some(account)) {
                    // A lock freezes sessions, it does not end them.
                    Ok(_) | Err(Refused::Locked { .. }) => true,
                    Err(Refused::NoAccess { .. } | Refused::Denied { .. } | Refused::NoAccount { .. }) => {
                        false
                    }
                }
            });
            if allowed {
                continue;
            }
            let cause = Cause::new(Micros::now(), Actor::system("policy"));
            let event = Event::Cancel(EndReason::AccessRevoked, String::new());
            match self.step(session.id, event, cause, None).await {
                Ok(_) | Err(StepError::Refused(_)) => {}
                Err(error) => {
                    tracing::error!(session = %session.id, %error, "access could not be withdrawn in the store; cut");
                    running.cut(Stop::new(EndReason::AccessRevoked));
                }
            }
        }
    }

    /// Follows the audit feed until the engine closes, and publishes what others did to sessions that run here.
    pub(crate) async fn follow_orders(self: Arc<Self>) {
        let mut changed = self.store.audit_changed();
        let mut seen = *changed.borrow_and_update();
        while let Some(Ok(())) = self.closing.run_until_cancelled(changed.changed()).await {
            changed.borrow_and_update();
            loop {
                let rows = match self.store.audit_since(seen, PAGE).await {
                    Ok(rows) => rows,
                    Err(error) => {
                        tracing::error!(%error, "the orders of other nodes could not be read");
                        changed.mark_changed();
                        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                        break;
                    }
                };
                let Some(last) = rows.last() else { break };
                seen = last.seq;
                for row in rows.iter().filter(|row| row.event.kind == CUT) {
                    self.cut_here(row.event.session_id);
                }
                let approvals = rows
                    .iter()
                    .filter_map(|row| row.event.object.strip_prefix("approval/"));
                for approval in approvals.filter_map(|id| id.parse().ok()) {
                    self.learn_approval(approval).await;
                }
                let mut sessions: Vec<_> = rows.iter().filter_map(|row| row.event.session_id).collect();
                sessions.sort_unstable();
                sessions.dedup();
                for session in sessions {
                    self.learn(session).await;
                }
            }
        }
    }

    /// Cuts the connections of a session on this node; the session itself may go on.
    pub(crate) fn cut_here(&self, session: Option<domain::SessionId>) {
        for running in session.map(|session| self.roster.of(session)).unwrap_or_default() {
            running.cut(Stop::new(EndReason::AdminTerminate));
        }
    }

    /// Reads a session that runs here, and publishes its life.
    pub(crate) async fn learn(&self, session: domain::SessionId) {
        if self.roster.of(session).is_empty() {
            return;
        }
        match self.store.session(session, Micros::now()).await {
            Ok(Some(row)) => self.publish(session, &row.life),
            Ok(None) => {}
            Err(error) => tracing::error!(%session, %error, "a session could not be read"),
        }
    }
}
