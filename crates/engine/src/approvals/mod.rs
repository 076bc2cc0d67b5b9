//! Requests that reviewers decide: drawn up here, decided on any node, waited for where they were asked.
//!
//! A decision is a step in the store like any order; see `crate::follow`. There are two kinds: that a session may begin
//! (`approvals::request` ahead, `approvals::door` by connecting), and that something may be sent inside one ([`Held`]).

mod door;
mod held;
mod request;

use domain::{
    ApprovalId, Micros, Span,
    approval::{Approval, ApprovalKind, ApprovalRule, ApprovalState, Ballot, Review},
    person::Person,
    policy::Grant,
    session::Session,
};
use store::{Cause, VoteError, Voted};

pub(crate) use held::Desk;
pub use held::{Decision, Held, ToHold};
pub use request::{Declined, Wish};

use crate::engine::Engine;

impl Engine {
    /// Takes a reviewer's vote, and lets whoever waits for it go on.
    pub async fn vote(
        &self,
        id: ApprovalId,
        voter: Person,
        ballot: Ballot,
        comment: String,
        cause: Cause,
    ) -> Result<Voted, VoteError> {
        let outcome = self.store.vote(id, voter, ballot, comment, cause).await?;
        if let Some(stepped) = &outcome.stepped {
            self.publish(stepped.session.id, &stepped.after);
            if stepped.session.activity.is_some() {
                self.preparing.notify_one();
            }
        }
        self.desk.decided(&outcome.approval);
        Ok(outcome)
    }

    /// Gives the address at which a request is decided; empty when the console has none.
    #[must_use]
    pub fn approval_link(&self, id: ApprovalId) -> String {
        if self.console_url.is_empty() {
            String::new()
        } else {
            format!("{}/approvals/{id}", self.console_url)
        }
    }

    /// Says which tier of a review can never agree, as too few people could vote in it; counted from 1.
    fn nobody_to_ask(&self, review: &Review, requester: domain::ObjectId) -> Option<String> {
        let directory = self.directory();
        let people: Vec<_> = directory
            .users
            .keys()
            .filter_map(|name| directory.person(name))
            .collect();
        let tier = review.tier_without_reviewers(&people, requester)?;
        let asked = review.asked();
        let who = asked
            .get(tier)
            .map(|tier| review.describe(tier))
            .unwrap_or_default();
        Some(if who.is_empty() {
            "the profile names no reviewers".to_owned()
        } else {
            format!("there are too few reviewers who could decide: {who}")
        })
    }
}

/// Draws up the request of a session.
fn draw_up(session: &Session, grant: &Grant, rule: &ApprovalRule, wish: &Wish, now: Micros) -> Approval {
    Approval {
        id: ApprovalId::fresh(),
        kind: ApprovalKind::Session,
        session_id: session.id,
        requester: session.user.clone(),
        resource: session.resource.clone(),
        account: session.account.clone(),
        rule: grant.rule.clone(),
        review: rule.review.clone(),
        reason: wish.reason.clone(),
        ticket: wish.ticket.clone(),
        starts_at: wish.starts_at,
        lasts: wish.lasts.unwrap_or_else(|| covers(grant, rule)),
        content: String::new(),
        detail: serde_json::Value::Null,
        created_at: now,
        deadline: deadline(&rule.review, now),
        state: ApprovalState::Pending,
        decided_at: Micros::NEVER,
        break_glass: false,
        votes: Vec::new(),
    }
}

/// For how long an approval is good.
fn covers(grant: &Grant, rule: &ApprovalRule) -> Span {
    if rule.covers_secs > 0 {
        Span::secs(i64::from(rule.covers_secs))
    } else {
        grant.max_duration()
    }
}

fn deadline(review: &Review, now: Micros) -> Micros {
    now.plus(Span::secs(i64::from(review.timeout_secs.max(1))))
}
