//! A request that reviewers decide, as lists and the detail page read it.

use domain::{
    Micros,
    approval::{Approval, ApprovalKind, ApprovalState, Ballot, Standing},
    person::Person,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    session::{NamedView, ResourceView},
    time::time,
};

/// A request that reviewers decide. Keys are never removed; new ones may be added.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApprovalView {
    /// Its name.
    pub id: String,
    /// What is asked for: `session`, or `statement` for something inside one.
    #[schema(value_type = String, example = "session")]
    pub kind: ApprovalKind,
    /// `pending`, `approved`, `rejected`, `expired`, `revoked` or `error`.
    #[schema(value_type = String, example = "pending")]
    pub state: ApprovalState,
    /// The session that waits, or in which something waits.
    pub session_id: String,
    /// Who asks.
    pub requester: NamedView,
    /// For what.
    pub resource: ResourceView,
    /// As which account.
    pub account: String,
    /// The rule that asks for it.
    pub rule: String,
    /// Why it is asked for; may be empty.
    pub reason: String,
    /// A ticket number; may be empty.
    pub ticket: String,
    /// When the access is to begin; null for at once.
    pub starts_at: Option<String>,
    /// For how long it is asked, or may be used after the approval.
    pub lasts_secs: i64,
    /// What is to be sent, when it is a statement; empty else.
    pub content: String,
    /// More about it, such as a statement's plan; null for nothing.
    #[schema(value_type = Option<Object>)]
    pub detail: serde_json::Value,
    /// When it was asked.
    pub created_at: Option<String>,
    /// When it counts as denied.
    pub deadline: Option<String>,
    /// When it was decided; null while it is not.
    pub decided_at: Option<String>,
    /// The glass was broken: nobody was asked.
    pub break_glass: bool,
    /// Who is waited for, in words; empty when nobody is.
    pub waits_for: String,
    /// The reviewers, who are asked one tier after the other.
    pub tiers: Vec<TierView>,
    /// What was said so far, in order.
    pub votes: Vec<VoteView>,
    /// What the viewer may do now: `approve`, `deny`, `withdraw`.
    pub authorized_actions: Vec<&'static str>,
}

/// Reviewers of whom some have to agree.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TierView {
    /// Who, in words.
    pub who: String,
    /// How many of them have to agree.
    pub needed: u32,
    /// How many have.
    pub have: u32,
    /// It is the one that is asked now.
    pub asked: bool,
}

/// A vote that was cast.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VoteView {
    /// By whom.
    pub by: String,
    /// In which tier, from 1.
    pub tier: u32,
    /// `approve` or `deny`.
    #[schema(value_type = String)]
    pub ballot: Ballot,
    /// What they wrote; may be empty.
    pub comment: String,
    /// When.
    pub at: Option<String>,
}

impl ApprovalView {
    /// Draws a request for a viewer at a moment.
    #[must_use]
    pub fn new(approval: &Approval, viewer: &Person, now: Micros) -> Self {
        let mut actions: Vec<_> = approval
            .ballots(viewer, now)
            .into_iter()
            .map(Ballot::word)
            .collect();
        let open = approval.state == ApprovalState::Pending;
        if open && approval.kind == ApprovalKind::Session && approval.requester.id == viewer.id {
            actions.push("withdraw");
        }
        let waiting = match approval.standing() {
            Standing::Waiting { tier, .. } if open => Some(tier),
            _ => None,
        };
        let tiers = (0..).zip(approval.review.asked()).map(|(at, tier)| TierView {
            who: approval.review.describe(&tier),
            needed: tier.needed.max(1),
            have: approval.agreed(at),
            asked: waiting == Some(at),
        });
        let votes = approval.votes.iter().map(|vote| VoteView {
            by: vote.by.name.clone(),
            tier: vote.tier + 1,
            ballot: vote.ballot,
            comment: vote.comment.clone(),
            at: time(vote.at),
        });
        Self {
            id: approval.id.to_string(),
            kind: approval.kind,
            state: approval.state,
            session_id: approval.session_id.to_string(),
            requester: NamedView {
                id: approval.requester.id.to_string(),
                name: approval.requester.name.clone(),
            },
            resource: ResourceView {
                id: approval.resource.id.to_string(),
                name: approval.resource.name.clone(),
                protocol: approval.resource.protocol.clone(),
                engine: None,
                host: approval.resource.host.clone(),
            },
            account: approval.account.clone(),
            rule: approval.rule.clone(),
            reason: approval.reason.clone(),
            ticket: approval.ticket.clone(),
            starts_at: time(approval.starts_at),
            lasts_secs: approval.lasts.0 / 1_000_000,
            content: approval.content.clone(),
            detail: approval.detail.clone(),
            created_at: time(approval.created_at),
            deadline: time(approval.deadline),
            decided_at: time(approval.decided_at),
            break_glass: approval.break_glass,
            waits_for: approval.waits_for(),
            tiers: tiers.collect(),
            votes: votes.collect(),
            authorized_actions: actions,
        }
    }
}

/// Where the approval of a session stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReviewView {
    /// `pending`, `approved`, `rejected`, `expired`, `revoked` or `error`.
    #[schema(value_type = String, example = "approved")]
    pub state: ApprovalState,
    /// The requests of the session, oldest first: that it begins, and what was held in it. Empty in lists.
    pub approvals: Vec<ApprovalView>,
}
