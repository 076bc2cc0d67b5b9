//! Callers who wait for reviewers: no protocol lets a byte through before they agree.

use std::time::{Duration, Instant};

use domain::{
    Micros,
    approval::{Approval, ApprovalRule, ApprovalState, Ballot, Review, Tier},
    audit::Actor,
    object::Profile,
    session::State,
    stop::EndReason,
};
use store::Cause;

use super::{Stage, Subject, stage};
use crate::{
    caller::Caller,
    house::{House, Login},
    target::Manner,
};

/// A profile under which `rev` has to agree.
fn reviewed(timeout_secs: u32) -> Profile {
    let tier = Tier {
        users: vec!["rev".to_owned()],
        ..Tier::default()
    };
    let approval = ApprovalRule {
        review: Review {
            tiers: vec![tier],
            timeout_secs,
            ..Review::default()
        },
        ..ApprovalRule::default()
    };
    Profile {
        approval: Some(approval),
        ..Profile::default()
    }
}

/// A caller who waits. Nothing of theirs has reached the target.
async fn waiting(subject: &dyn Subject, timeout_secs: u32) -> (Stage, Box<dyn Caller>, Approval) {
    let stage = stage(subject, Manner::Echo, Profile::default()).await;
    stage.house.user("rev").await;
    let profile = domain::object::Spec::Profile(reviewed(timeout_secs));
    stage.house.apply(vec![store::Put::new("short", profile)]).await;
    let caller = subject.call(&stage.house, &Login::ANA).await;
    let row = stage.house.in_state(State::AwaitingApproval).await;
    assert_eq!(stage.target.callers(), 0);
    assert!(row.connections.is_empty());
    let approvals = stage.house.store.approvals_of(row.session.id).await.unwrap();
    let [approval] = <[Approval; 1]>::try_from(approvals).unwrap();
    (stage, caller, approval)
}

async fn vote(house: &House, approval: &Approval, ballot: Ballot) {
    let rev = house.engine.directory().person("rev").unwrap();
    let cause = Cause::new(Micros::now(), Actor::user("rev"));
    let voted = house
        .engine
        .vote(approval.id, rev, ballot, "by all means".to_owned(), cause);
    voted.await.unwrap();
}

async fn review_of(house: &House, approval: &Approval) -> ApprovalState {
    house.store.approval(approval.id).await.unwrap().unwrap().state
}

/// Approval lets a caller go on by themselves, within a second.
pub async fn a_caller_waits_for_approval_and_goes_on(subject: &dyn Subject) {
    let (stage, mut caller, approval) = waiting(subject, 600).await;
    stage.target.never("early", Duration::from_millis(200)).await;
    assert_eq!(stage.target.callers(), 0);
    let decided = Instant::now();
    vote(&stage.house, &approval, Ballot::Approve).await;
    caller.send("early").await;
    caller.expect("early").await;
    assert!(
        decided.elapsed() < Duration::from_secs(1),
        "it took {:?}",
        decided.elapsed()
    );
    let row = stage.house.in_state(State::Active).await;
    assert_eq!(row.session.id, approval.session_id);
    caller.hang_up().await;
    let row = stage.house.ended().await;
    assert_eq!(row.life.state, State::Completed);
    assert_eq!(row.review, Some(ApprovalState::Approved));
    assert_eq!(row.connections.len(), 1);
}

/// A denial ends it in the reviewer's words.
pub async fn a_denied_caller_is_told_and_reaches_no_target(subject: &dyn Subject) {
    let (stage, mut caller, approval) = waiting(subject, 600).await;
    vote(&stage.house, &approval, Ballot::Deny).await;
    let words = caller.closed().await;
    let row = stage.house.in_state(State::Denied).await;
    assert_eq!(row.life.end_reason, Some(EndReason::ReviewDenied));
    assert_eq!(stage.target.callers(), 0);
    if subject.habits().words {
        assert!(
            words.contains("a reviewer denied the request: by all means"),
            "{words:?}"
        );
    }
}

/// Nobody answers: the caller does not wait for ever.
pub async fn a_review_that_times_out_sends_the_caller_away(subject: &dyn Subject) {
    let (stage, mut caller, approval) = waiting(subject, 1).await;
    let words = caller.closed().await;
    let row = stage.house.in_state(State::Denied).await;
    assert_eq!(row.life.end_reason, Some(EndReason::ReviewTimeout));
    assert_eq!(review_of(&stage.house, &approval).await, ApprovalState::Expired);
    assert_eq!(stage.target.callers(), 0);
    if subject.habits().words {
        assert!(words.contains("no reviewer answered in time"), "{words:?}");
    }
}

/// Reviewers are not asked about somebody who has left.
pub async fn a_caller_who_leaves_withdraws_the_request(subject: &dyn Subject) {
    let (stage, caller, approval) = waiting(subject, 600).await;
    caller.hang_up().await;
    let row = stage.house.in_state(State::Canceled).await;
    assert_eq!(row.life.end_reason, Some(EndReason::Withdrawn));
    assert_eq!(review_of(&stage.house, &approval).await, ApprovalState::Revoked);
    assert_eq!(stage.target.callers(), 0);
}

/// An administrator ends the wait.
pub async fn terminate_ends_a_caller_who_waits_for_approval_at_once(subject: &dyn Subject) {
    let (stage, mut caller, approval) = waiting(subject, 600).await;
    let ordered = Instant::now();
    stage.house.terminate(approval.session_id).await;
    let words = caller.closed().await;
    assert!(
        ordered.elapsed() < Duration::from_secs(1),
        "it took {:?}",
        ordered.elapsed()
    );
    stage.house.in_state(State::Terminated).await;
    assert_eq!(review_of(&stage.house, &approval).await, ApprovalState::Revoked);
    assert_eq!(stage.target.callers(), 0);
    if subject.habits().words {
        assert!(words.contains("enough"), "{words:?}");
    }
}
