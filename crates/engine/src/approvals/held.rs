//! Something inside a running session that waits for reviewers, such as a statement.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    ApprovalId, Micros,
    approval::{Approval, ApprovalKind, ApprovalState, Review},
    audit::Actor,
    session::Session,
};
use parking_lot::Mutex;
use store::{Cause, Error};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::deadline;
use crate::engine::Engine;

/// How long the store is given to take down that a time is over.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is to be sent, and who has to agree.
#[derive(Debug, Clone, PartialEq)]
pub struct ToHold {
    /// The rule that holds it, by name.
    pub rule: String,
    /// Who has to agree.
    pub review: Review,
    /// What is to be sent; kept encrypted.
    pub content: String,
    /// More about it, such as its plan; kept encrypted. Null for nothing.
    pub detail: serde_json::Value,
}

/// What has become of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Where it stands; never [`ApprovalState::Pending`].
    pub state: ApprovalState,
    /// Who decided, by login name; empty when nobody did.
    pub by: String,
    /// What they wrote; may be empty.
    pub comment: String,
}

impl Decision {
    fn of(approval: &Approval) -> Option<Self> {
        if approval.state == ApprovalState::Pending {
            return None;
        }
        let last = approval.votes.last();
        Some(Self {
            state: approval.state,
            by: last.map(|vote| vote.by.name.clone()).unwrap_or_default(),
            comment: last.map(|vote| vote.comment.clone()).unwrap_or_default(),
        })
    }

    /// Tells whether it may be sent.
    #[must_use]
    pub fn is_yes(&self) -> bool {
        self.state == ApprovalState::Approved
    }

    /// Says it to the caller in one line.
    #[must_use]
    pub fn to_caller(&self) -> String {
        let said = match self.state {
            ApprovalState::Approved => format!("approved by {}", self.by),
            ApprovalState::Rejected => format!("denied by {}", self.by),
            ApprovalState::Expired => "no reviewer answered in time".to_owned(),
            ApprovalState::Pending | ApprovalState::Revoked => "the request was withdrawn".to_owned(),
            ApprovalState::Error => "nobody can decide the request".to_owned(),
        };
        if self.comment.is_empty() {
            said
        } else {
            format!("{said}: {}", self.comment)
        }
    }
}

/// Where decisions are waited for on this node.
#[derive(Debug, Default)]
pub(crate) struct Desk(Mutex<HashMap<ApprovalId, watch::Sender<Option<Decision>>>>);

impl Desk {
    fn wait_for(&self, id: ApprovalId) -> watch::Receiver<Option<Decision>> {
        let mut all = self.0.lock();
        all.entry(id)
            .or_insert_with(|| watch::Sender::new(None))
            .subscribe()
    }

    fn forget(&self, id: ApprovalId) {
        self.0.lock().remove(&id);
    }

    fn awaits(&self, id: ApprovalId) -> bool {
        self.0.lock().contains_key(&id)
    }

    /// Hands a decision to whoever waits for it here.
    pub(crate) fn decided(&self, approval: &Approval) {
        let decision = Decision::of(approval);
        if decision.is_none() {
            return;
        }
        if let Some(waiting) = self.0.lock().get(&approval.id) {
            waiting.send_if_modified(|known| {
                let first = known.is_none();
                if first {
                    *known = decision;
                }
                first
            });
        }
    }
}

/// Something that is held until it is decided. Dropped undecided, it stays open for reviewers until its session ends or its time is
/// over: whoever gives it up calls [`Held::withdraw`].
#[derive(Debug)]
pub struct Held {
    engine: Arc<Engine>,
    approval: Approval,
    decision: watch::Receiver<Option<Decision>>,
}

impl Held {
    /// Gives the request as it was made.
    #[must_use]
    pub fn approval(&self) -> &Approval {
        &self.approval
    }

    /// Gives the address at which it is decided; may be empty.
    #[must_use]
    pub fn link(&self) -> String {
        self.engine.approval_link(self.approval.id)
    }

    /// Waits for the decision; at the deadline it is closed as expired. Cancel-safe.
    pub async fn decided(&mut self) -> Decision {
        let left = self.approval.deadline.since(Micros::now()).0.max(0);
        let left = Duration::from_micros(left.unsigned_abs());
        tokio::select! {
            decision = known(&mut self.decision) => return decision,
            () = sleep(left) => {}
        }
        self.close(ApprovalState::Expired, Actor::system("limits")).await
    }

    /// Takes it back. Gives the decision when there was one already.
    pub async fn withdraw(self, by: Actor) -> Decision {
        self.close(ApprovalState::Revoked, by).await
    }

    async fn close(&self, state: ApprovalState, by: Actor) -> Decision {
        let id = self.approval.id;
        let cause = Cause::new(Micros::now(), by);
        let closed = timeout(PATIENCE, self.engine.store.close_approval(id, state, cause)).await;
        match closed {
            Ok(Ok(false)) => {
                self.engine.learn_approval(id).await;
                if let Some(decision) = self.decision.borrow().clone() {
                    return decision;
                }
            }
            Ok(Ok(true)) => {}
            Ok(Err(error)) => tracing::error!(approval = %id, %error, "an approval could not be closed"),
            Err(_elapsed) => tracing::error!(approval = %id, "an approval could not be closed in time"),
        }
        Decision {
            state,
            by: String::new(),
            comment: String::new(),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.engine.desk.forget(self.approval.id);
    }
}

async fn known(decision: &mut watch::Receiver<Option<Decision>>) -> Decision {
    match decision
        .wait_for(Option::is_some)
        .await
        .map(|known| known.clone())
    {
        Ok(Some(decision)) => decision,
        // The sender is on the desk for as long as this is held.
        Ok(None) | Err(_) => std::future::pending().await,
    }
}

impl Engine {
    /// Asks reviewers whether something may be sent inside a session that runs here.
    pub async fn hold(
        self: &Arc<Self>,
        session: &Session,
        to_hold: ToHold,
        cause: Cause,
    ) -> Result<Held, Error> {
        let now = cause.at;
        let mut approval = Approval {
            id: ApprovalId::fresh(),
            kind: ApprovalKind::Statement,
            session_id: session.id,
            requester: session.user.clone(),
            resource: session.resource.clone(),
            account: session.account.clone(),
            rule: to_hold.rule,
            deadline: deadline(&to_hold.review, now),
            review: to_hold.review,
            reason: String::new(),
            ticket: session.ticket.clone(),
            starts_at: Micros::NEVER,
            lasts: domain::Span(0),
            content: to_hold.content,
            detail: to_hold.detail,
            created_at: now,
            state: ApprovalState::Pending,
            decided_at: Micros::NEVER,
            break_glass: false,
            votes: Vec::new(),
        };
        if self.nobody_to_ask(&approval.review, session.user.id).is_some() {
            (approval.state, approval.decided_at) = (ApprovalState::Error, now);
        }
        // At the desk before it is stored: a decision that comes as soon as it can be seen must find it.
        let decision = self.desk.wait_for(approval.id);
        let held = Held {
            engine: Arc::clone(self),
            approval,
            decision,
        };
        self.store.request_approval(held.approval.clone(), cause).await?;
        self.desk.decided(&held.approval);
        Ok(held)
    }

    /// Reads a request that is waited for here, and hands on what became of it.
    pub(crate) async fn learn_approval(&self, id: ApprovalId) {
        if !self.desk.awaits(id) {
            return;
        }
        match self.store.approval(id).await {
            Ok(Some(approval)) => self.desk.decided(&approval),
            Ok(None) => {}
            Err(error) => tracing::error!(approval = %id, %error, "an approval could not be read"),
        }
    }
}
