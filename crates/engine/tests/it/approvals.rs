//! Reviews: who waits for them, what they cover, and what is asked for ahead.

use std::{net::IpAddr, sync::Arc, time::Duration};

use domain::{
    Micros, SessionId, Span,
    approval::{Approval, ApprovalRule, ApprovalState, Ballot, Review, Tier},
    audit::Actor,
    object::{Group, Profile, Spec},
    person::Person,
    session::{ClientInterface, State},
    stop::{EndReason, FailureStage},
};
use engine::{Config, Declined, Engine, ToHold, Wish};
use store::{Cause, Put, SessionRow};
use testkit::{House, script::Script};
use tokio::time::timeout;

use crate::{ana, call, house};

/// Asks one of `leads`; `bob` is one.
fn rule() -> ApprovalRule {
    ApprovalRule {
        review: Review {
            tiers: vec![Tier {
                groups: vec!["leads".to_owned()],
                ..Tier::default()
            }],
            ..Review::default()
        },
        ..ApprovalRule::default()
    }
}

fn group(members: &[&str]) -> Spec {
    Spec::Group(Group {
        members: members.iter().map(|name| (*name).to_owned()).collect(),
        ..Group::default()
    })
}

/// A house in which the target needs approval.
async fn reviewed(script: &Script, rule: ApprovalRule) -> House {
    let house = house(script).await;
    house.user("bob").await;
    let profile = Profile {
        approval: Some(rule),
        ..Profile::default()
    };
    house
        .apply(vec![
            Put::new("leads", group(&["bob"])),
            Put::new("oncall", group(&["ana"])),
            Put::new("short", Spec::Profile(profile)),
        ])
        .await;
    house
}

fn person(house: &House, name: &str) -> Person {
    house.engine.directory().person(name).unwrap()
}

fn cause(name: &str) -> Cause {
    Cause::new(Micros::now(), Actor::user(name))
}

async fn approval_of(house: &House, session: SessionId) -> Approval {
    let mut all = house.store.approvals_of(session).await.unwrap();
    all.pop().unwrap()
}

async fn vote(house: &House, session: SessionId, ballot: Ballot) {
    let approval = approval_of(house, session).await;
    let bob = person(house, "bob");
    let voted = house
        .engine
        .vote(approval.id, bob, ballot, "fine".to_owned(), cause("bob"));
    voted.await.unwrap();
}

fn wish() -> Wish {
    Wish {
        resource: "target".to_owned(),
        reason: "disk full".to_owned(),
        ..Wish::default()
    }
}

async fn request(house: &House, wish: Wish) -> Result<SessionRow, Declined> {
    let ana = person(house, "ana");
    let ip = IpAddr::from([192, 0, 2, 7]);
    house
        .engine
        .request(&ana, wish, ClientInterface::Web, ip, cause("ana"))
        .await
}

/// Waits until a session is in a state.
async fn state(house: &House, id: SessionId, state: State) -> SessionRow {
    let mut changed = house.store.audit_changed();
    let reached = async {
        loop {
            changed.borrow_and_update();
            let row = house.session(id).await;
            if row.life.state == state {
                return row;
            }
            changed.changed().await.unwrap();
        }
    };
    let Ok(row) = timeout(Duration::from_secs(15), reached).await else {
        panic!("never {}: {:?}", state.word(), house.session(id).await.life)
    };
    row
}

#[tokio::test]
async fn an_approval_that_covers_a_window_is_not_asked_for_again() {
    let (first, second, third) = (ana(), ana(), ana());
    let covering = ApprovalRule {
        covers_secs: 600,
        ..rule()
    };
    let house = reviewed(&first, covering).await;
    let served = call(&house, &first);
    let id = house.in_state(State::AwaitingApproval).await.session.id;
    assert!(first.has("waiting for approval by group leads"));
    vote(&house, id, Ballot::Approve).await;
    let row = state(&house, id, State::Active).await;
    assert!(row.life.expires_at.since(Micros::now()) > Span::secs(590));
    // Beside the first connection, and after it.
    let beside = call(&house, &second);
    house
        .newest("two connections", |row| row.life.up_connections == 2)
        .await;
    house.engine.cut(id, cause("root")).await.unwrap();
    served.await.unwrap();
    beside.await.unwrap();
    state(&house, id, State::Available).await;
    let again = call(&house, &third);
    assert_eq!(state(&house, id, State::Active).await.connections.len(), 3);
    assert_eq!(house.sessions().await.len(), 1);
    house.terminate(id).await;
    again.await.unwrap();
}

#[tokio::test]
async fn an_approval_of_one_connection_is_asked_for_again() {
    let (first, second) = (ana(), ana());
    let house = reviewed(&first, rule()).await;
    let served = call(&house, &first);
    let id = house.in_state(State::AwaitingApproval).await.session.id;
    vote(&house, id, Ballot::Approve).await;
    state(&house, id, State::Active).await;
    let waiting = call(&house, &second);
    let other = house.in_state(State::AwaitingApproval).await.session.id;
    assert_ne!(other, id);
    house.terminate(other).await;
    house.terminate(id).await;
    served.await.unwrap();
    waiting.await.unwrap();
}

#[tokio::test]
async fn a_decision_on_another_node_lets_the_caller_go_on() {
    let script = ana();
    let house = reviewed(&script, rule()).await;
    let dir = tempfile::tempdir().unwrap();
    let config = Config {
        limits: House::limits(),
        ..Config::new("gate-2", dir.path())
    };
    let vault = Arc::clone(&house.vault);
    let other = Engine::start(config, house.store.clone(), vault, Vec::new())
        .await
        .unwrap();
    let served = call(&house, &script);
    let id = house.in_state(State::AwaitingApproval).await.session.id;
    let approval = approval_of(&house, id).await;
    let bob = person(&house, "bob");
    let voted = other.vote(approval.id, bob, Ballot::Approve, String::new(), cause("bob"));
    voted.await.unwrap();
    let began = timeout(Duration::from_secs(1), state(&house, id, State::Active)).await;
    began.expect("within a second");
    house.terminate(id).await;
    served.await.unwrap();
    other.shutdown(Duration::from_secs(1)).await;
}

#[tokio::test]
async fn a_request_that_nobody_can_decide_fails_by_its_approval() {
    let script = ana();
    let nobody = ApprovalRule {
        review: Review::default(),
        ..rule()
    };
    let house = reviewed(&script, nobody).await;
    call(&house, &script).await.unwrap();
    let row = house.in_state(State::Failed).await;
    assert_eq!(row.life.failure_stage, Some(FailureStage::Approval));
    assert_eq!(row.review, Some(ApprovalState::Error));
    assert!(script.has("there is nobody who can approve the request"));
    let row = request(&house, wish()).await.unwrap();
    assert_eq!(
        (row.life.state, row.life.failure_stage),
        (State::Failed, Some(FailureStage::Approval))
    );
}

#[tokio::test]
async fn access_is_asked_for_ahead_and_then_used_more_than_once() {
    let script = ana();
    let house = reviewed(
        &script,
        ApprovalRule {
            reason: true,
            ticket: Some("OPS-#".to_owned()),
            ..rule()
        },
    )
    .await;
    // A client has no place for a reason, and is told where there is one.
    call(&house, &script).await.unwrap();
    assert_eq!(house.in_state(State::Denied).await.review, None);
    assert!(script.has("ask with `doorward request target --reason ...`"));
    let missing = request(&house, wish()).await;
    assert!(matches!(missing, Err(Declined::Incomplete(_))), "{missing:?}");
    let wish = Wish {
        ticket: "OPS-7".to_owned(),
        lasts: Some(Span::secs(300)),
        ..wish()
    };
    let row = request(&house, wish.clone()).await.unwrap();
    let id = row.session.id;
    assert_eq!(
        (row.life.state, row.session.ticket.as_str()),
        (State::AwaitingApproval, "OPS-7")
    );
    assert_eq!(approval_of(&house, id).await.reason, "disk full");
    // Whoever connects meanwhile waits for the same decision.
    let waiting = ana();
    let served = call(&house, &waiting);
    let told = async {
        while !waiting.has("waiting for approval by group leads") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(15), told).await.unwrap();
    vote(&house, id, Ballot::Approve).await;
    state(&house, id, State::Active).await;
    house.engine.cut(id, cause("root")).await.unwrap();
    served.await.unwrap();
    state(&house, id, State::Available).await;
    let again = ana();
    let served = call(&house, &again);
    let row = state(&house, id, State::Active).await;
    assert!(row.life.expires_at.since(Micros::now()) <= Span::secs(300));
    house.terminate(id).await;
    served.await.unwrap();
    let too_long = Wish {
        lasts: Some(Span::secs(9 * 3600)),
        ..wish
    };
    assert!(matches!(request(&house, too_long).await, Err(Declined::Time(_))));
}

#[tokio::test]
async fn what_is_asked_for_later_becomes_available_when_its_time_has_come() {
    let script = ana();
    let house = reviewed(&script, rule()).await;
    let later = Wish {
        starts_at: Micros::now().plus(Span::secs(2)),
        ..wish()
    };
    let id = request(&house, later).await.unwrap().session.id;
    vote(&house, id, Ballot::Approve).await;
    assert_eq!(house.session(id).await.life.state, State::Scheduled);
    let row = state(&house, id, State::Available).await;
    assert!(row.life.started_at >= row.life.starts_at);
    house.terminate(id).await;
}

#[tokio::test]
async fn a_review_is_over_at_its_deadline_without_anybody_connected() {
    let script = ana();
    let mut hurried = rule();
    hurried.review.timeout_secs = 1;
    let house = reviewed(&script, hurried).await;
    let id = request(&house, wish()).await.unwrap().session.id;
    let row = state(&house, id, State::Denied).await;
    assert_eq!(
        (row.life.end_reason, row.review),
        (Some(EndReason::ReviewTimeout), Some(ApprovalState::Expired))
    );
}

#[tokio::test]
async fn a_broken_glass_lets_in_at_once_and_is_on_record() {
    let script = ana();
    let house = reviewed(&script, rule()).await;
    let glass = Wish {
        break_glass: true,
        ..wish()
    };
    let refused = request(&house, glass.clone()).await;
    assert!(matches!(refused, Err(Declined::Glass { .. })), "{refused:?}");
    let profile = Profile {
        approval: Some(ApprovalRule {
            break_glass: vec!["oncall".to_owned()],
            ..rule()
        }),
        ..Profile::default()
    };
    house.apply(vec![Put::new("short", Spec::Profile(profile))]).await;
    let silent = Wish {
        reason: String::new(),
        ..glass.clone()
    };
    assert!(matches!(
        request(&house, silent).await,
        Err(Declined::Incomplete(_))
    ));
    let row = request(&house, glass).await.unwrap();
    assert_eq!(
        (row.life.state, row.review),
        (State::Available, Some(ApprovalState::Approved))
    );
    let alarms = house.audited("approval.glass_broken").await;
    assert_eq!(alarms.len(), 1);
    assert_eq!(alarms[0].detail["reason"], "disk full");
    house.terminate(row.session.id).await;
}

#[tokio::test]
async fn a_held_statement_waits_for_its_decision() {
    let script = ana();
    let house = house(&script).await;
    house.user("bob").await;
    house.apply(vec![Put::new("leads", group(&["bob"]))]).await;
    let served = call(&house, &script);
    let session = house.in_state(State::Active).await.session;
    let ask = async |review: Review| {
        let to_hold = ToHold {
            rule: "no deletes".to_owned(),
            review,
            content: "DELETE FROM wages".to_owned(),
            detail: serde_json::Value::Null,
        };
        house.engine.hold(&session, to_hold, cause("ana")).await.unwrap()
    };
    for ballot in [Ballot::Approve, Ballot::Deny] {
        let mut held = ask(rule().review).await;
        // On another node.
        let bob = person(&house, "bob");
        let voted = house.store.vote(
            held.approval().id,
            bob,
            ballot,
            "mind the backup".to_owned(),
            cause("bob"),
        );
        voted.await.unwrap();
        let decision = timeout(Duration::from_secs(1), held.decided())
            .await
            .expect("within a second");
        assert_eq!(decision.is_yes(), ballot == Ballot::Approve);
        assert!(decision.to_caller().ends_with("by bob: mind the backup"));
    }
    let withdrawn = ask(rule().review).await;
    let id = withdrawn.approval().id;
    assert_eq!(
        withdrawn.withdraw(Actor::user("ana")).await.state,
        ApprovalState::Revoked
    );
    assert_eq!(
        house.store.approval(id).await.unwrap().unwrap().state,
        ApprovalState::Revoked
    );
    let hurried = Review {
        timeout_secs: 1,
        ..rule().review
    };
    assert_eq!(ask(hurried).await.decided().await.state, ApprovalState::Expired);
    assert_eq!(
        ask(Review::default()).await.decided().await.state,
        ApprovalState::Error
    );
    house.terminate(session.id).await;
    served.await.unwrap();
}
