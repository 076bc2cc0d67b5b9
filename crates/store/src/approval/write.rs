//! Asking, voting, and what follows from the end of what was asked for.

use domain::{
    ApprovalId, Micros,
    approval::{Approval, ApprovalKind, ApprovalState, Ballot, Barred, Standing, Vote},
    audit::Change,
    person::Person,
    session::{Event, Life, Named, Session, State},
    stop::EndReason,
};
use serde_json::json;

use super::{COLUMNS, add_votes, object, read, reviewers, sealed, votes_of};
use crate::{
    Cause, ContentKey, Error, StepError, Stepped, Store,
    audit::append,
    db::{Tx, sql},
    session,
};

/// What a vote has brought about.
#[derive(Debug, Clone, PartialEq)]
pub struct Voted {
    /// The request after it.
    pub approval: Approval,
    /// The session's last step, when the vote has decided whether it begins.
    pub stepped: Option<Stepped>,
}

/// Why a vote was not taken.
#[derive(Debug, thiserror::Error)]
pub enum VoteError {
    /// There is no such request.
    #[error("there is no such approval")]
    NotFound,
    /// The person may not vote, or not any more.
    #[error(transparent)]
    Barred(Barred),
    /// The session did not take the step that follows.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The database.
    #[error(transparent)]
    Db(#[from] Error),
}

impl Store {
    /// Stores a request about something in a session that runs. Writes `approval.requested`; gives its number. Fails when there is no
    /// such session or it is over.
    pub async fn request_approval(&self, approval: Approval, cause: Cause) -> Result<i64, Error> {
        let key = self.content_key().clone();
        self.write(move |tx| {
            Box::pin(async move {
                let session = session::lock(tx, approval.session_id).await?;
                let over = session.is_none_or(|session| session.life.state.is_terminal());
                if over {
                    return Err(Error::NotFound("running session"));
                }
                insert(tx, &key, &approval).await?;
                tell_requested(tx, &cause, &approval).await
            })
        })
        .await
    }

    /// Takes a vote, and decides the request when it was the last one needed: a session is stepped in the same transaction. Writes
    /// `approval.approved` or `approval.denied` for the vote, before the event of the session.
    pub async fn vote(
        &self,
        id: ApprovalId,
        voter: Person,
        ballot: Ballot,
        comment: String,
        cause: Cause,
    ) -> Result<Voted, VoteError> {
        let key = self.content_key().clone();
        self.write(move |tx| {
            Box::pin(async move {
                let mut approval = locked(tx, &key, id).await?.ok_or(VoteError::NotFound)?;
                let tier = approval.may_vote(&voter, ballot, cause.at)?;
                cast(tx, &mut approval, &voter, tier, ballot, &comment, cause.at).await?;
                let old = approval.state;
                settle(tx, &mut approval, cause.at).await?;
                let said = match ballot {
                    Ballot::Approve => "approval.approved",
                    Ballot::Deny => "approval.denied",
                };
                let mut event = cause
                    .event(said)
                    .on(approval.session_id)
                    .about(object(id))
                    .with_changes(Change::between("state", &old, &approval.state));
                event.detail = json!({
                    "user": approval.requester.name,
                    "resource": approval.resource.name,
                    "kind": approval.kind,
                    "tier": tier + 1,
                    "comment": comment,
                });
                append(tx, &event).await?;
                let stepped = match approval.kind {
                    ApprovalKind::Session => carry_out(tx, &approval, &comment, &cause).await?,
                    ApprovalKind::Statement => None,
                };
                Ok(Voted { approval, stepped })
            })
        })
        .await
    }

    /// Closes a request about something in a session without a vote: it is taken back, or its time is over. Tells whether it was open.
    /// Writes `approval.closed`.
    pub async fn close_approval(
        &self,
        id: ApprovalId,
        state: ApprovalState,
        cause: Cause,
    ) -> Result<bool, Error> {
        let key = self.content_key().clone();
        self.write(move |tx| {
            Box::pin(async move {
                let Some(approval) = locked(tx, &key, id).await? else {
                    return Err(Error::NotFound("approval"));
                };
                if approval.state != ApprovalState::Pending {
                    return Ok(false);
                }
                tx.exec(sql!(
                    "UPDATE approvals SET state = ?, decided_at = ? WHERE id = ?",
                    state.word(),
                    cause.at.0,
                    id.0
                ))
                .await?;
                let mut event = cause
                    .event("approval.closed")
                    .on(approval.session_id)
                    .about(object(id))
                    .with_changes(Change::between("state", &approval.state, &state));
                event.detail = json!({
                    "user": approval.requester.name,
                    "resource": approval.resource.name,
                    "kind": approval.kind,
                });
                append(tx, &event).await?;
                Ok(true)
            })
        })
        .await
    }
}

/// Reads a request and keeps others from changing it until the transaction ends, by the row of its session.
async fn locked(tx: &mut Tx, key: &ContentKey, id: ApprovalId) -> Result<Option<Approval>, Error> {
    let found = tx
        .row(sql!("SELECT session_id FROM approvals WHERE id = ?", id.0))
        .await?;
    let Some(mut found) = found else {
        return Ok(None);
    };
    let session = domain::SessionId::from_uuid(found.uuid()?);
    session::lock(tx, session).await?;
    let query = format!("SELECT {COLUMNS} FROM approvals WHERE id = ?");
    let Some(mut row) = tx.row(sql!(query, id.0)).await? else {
        return Ok(None);
    };
    let mut approval = [read(&mut row, key)?];
    let votes = tx.rows(votes_of(&approval)).await?;
    add_votes(&mut approval, votes)?;
    let [approval] = approval;
    Ok(Some(approval))
}

async fn cast(
    tx: &mut Tx,
    approval: &mut Approval,
    voter: &Person,
    tier: u32,
    ballot: Ballot,
    comment: &str,
    at: Micros,
) -> Result<(), Error> {
    tx.exec(sql!(
        "INSERT INTO approval_votes(approval_id, voter_id, voter_name, tier, ballot, comment, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        approval.id.0,
        voter.id.0,
        &voter.name,
        i64::from(tier),
        ballot.word(),
        comment,
        at.0,
    ))
    .await?;
    approval.votes.push(Vote {
        by: Named {
            id: voter.id,
            name: voter.name.clone(),
        },
        tier,
        ballot,
        comment: comment.to_owned(),
        at,
    });
    Ok(())
}

/// Lets the state follow from the votes.
async fn settle(tx: &mut Tx, approval: &mut Approval, at: Micros) -> Result<(), Error> {
    let (state, tier) = match approval.standing() {
        Standing::Waiting { tier, .. } => (ApprovalState::Pending, tier),
        Standing::Approved => (ApprovalState::Approved, 0),
        Standing::Rejected => (ApprovalState::Rejected, 0),
    };
    approval.state = state;
    if state != ApprovalState::Pending {
        approval.decided_at = at;
    }
    tx.exec(sql!(
        "UPDATE approvals SET state = ?, tier = ?, decided_at = ? WHERE id = ?",
        state.word(),
        i64::from(tier),
        approval.decided_at.0,
        approval.id.0,
    ))
    .await?;
    Ok(())
}

/// Steps the session of a request that is decided.
async fn carry_out(
    tx: &mut Tx,
    approval: &Approval,
    comment: &str,
    cause: &Cause,
) -> Result<Option<Stepped>, StepError> {
    let id = approval.session_id;
    let cause = Cause {
        detail: serde_json::Value::Null,
        ..cause.clone()
    };
    match approval.state {
        ApprovalState::Approved => {
            let approved = session::step(tx, id, Event::Approved, cause.clone(), None).await?;
            if approved.after.state != State::Provisioning || approved.session.activity.is_some() {
                return Ok(Some(approved));
            }
            // Nothing has to be prepared: it is ready in the same breath.
            session::step(tx, id, Event::Provisioned, cause, None)
                .await
                .map(Some)
        }
        ApprovalState::Rejected => {
            let refused = Event::ReviewRefused(EndReason::ReviewDenied, comment.to_owned());
            session::step(tx, id, refused, cause, None).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// Stores a request.
pub(crate) async fn insert(tx: &mut Tx, key: &ContentKey, approval: &Approval) -> Result<(), Error> {
    let review = serde_json::to_string(&approval.review).map_err(|_| Error::Invalid("the review"))?;
    let session = approval.session_id;
    tx.exec(sql!(
        "INSERT INTO approvals(id, kind, sid, session_id, state, tier, requester_id, requester_name, resource_id, resource_name, \
         resource_type, host, account, rule, review, reason, ticket, starts_at, lasts, break_glass, created_at, deadline, \
         decided_at, sealed) \
         VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        approval.id.0,
        approval.kind.word(),
        session.sid(),
        session.uuid(),
        approval.state.word(),
        approval.requester.id.0,
        &approval.requester.name,
        approval.resource.id.0,
        &approval.resource.name,
        &approval.resource.protocol,
        &approval.resource.host,
        &approval.account,
        &approval.rule,
        review,
        &approval.reason,
        &approval.ticket,
        approval.starts_at.0,
        approval.lasts.0,
        i64::from(approval.break_glass),
        approval.created_at.0,
        approval.deadline.0,
        approval.decided_at.0,
        sealed(key, approval)?,
    ))
    .await?;
    for (tier, who) in reviewers(&approval.review) {
        tx.exec(sql!(
            "INSERT INTO approval_reviewers(approval_id, tier, who) VALUES (?, ?, ?)",
            approval.id.0,
            tier,
            who
        ))
        .await?;
    }
    Ok(())
}

/// Puts a new request on record; a glass that was broken under a name of its own, which alarms look for.
pub(crate) async fn tell_requested(tx: &mut Tx, cause: &Cause, approval: &Approval) -> Result<i64, Error> {
    let kind = if approval.break_glass {
        "approval.glass_broken"
    } else {
        "approval.requested"
    };
    let mut event = cause
        .event(kind)
        .on(approval.session_id)
        .about(object(approval.id));
    event.detail = json!({
        "user": approval.requester.name,
        "resource": approval.resource.name,
        "account": approval.account,
        "kind": approval.kind,
        "rule": approval.rule,
        "reason": approval.reason,
        "ticket": approval.ticket,
        "reviewers": approval.waits_for(),
    });
    append(tx, &event).await
}

/// Lets the requests of a session follow from its step: what was waited for was decided otherwise, or is over.
pub(crate) async fn follow(
    tx: &mut Tx,
    session: &Session,
    before: &Life,
    after: &Life,
    at: Micros,
) -> Result<(), Error> {
    let waited = before.state == State::AwaitingApproval && after.state != State::AwaitingApproval;
    if !waited && !after.state.is_terminal() {
        return Ok(());
    }
    let state = match (after.state, after.end_reason) {
        (State::Denied, Some(EndReason::ReviewTimeout)) => ApprovalState::Expired,
        (State::Denied, _) => ApprovalState::Rejected,
        (State::Failed, _) => ApprovalState::Error,
        (state, _) if state.is_terminal() => ApprovalState::Revoked,
        _ => ApprovalState::Approved,
    };
    let kind = if waited {
        ApprovalKind::Session
    } else {
        ApprovalKind::Statement
    };
    let state = if waited { state } else { ApprovalState::Revoked };
    tx.exec(sql!(
        "UPDATE approvals SET state = ?, decided_at = ? WHERE sid = ? AND kind = ? AND state = ?",
        state.word(),
        at.0,
        session.id.sid(),
        kind.word(),
        ApprovalState::Pending.word(),
    ))
    .await?;
    Ok(())
}
