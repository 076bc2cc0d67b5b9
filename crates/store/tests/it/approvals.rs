//! Requests: who finds them, what votes bring about, and what ends them.

use domain::{
    ApprovalId, Micros, ObjectId, Span,
    approval::{Approval, ApprovalKind, ApprovalState, Ballot, Barred, Review, Tier},
    audit::Actor,
    person::{Person, Role},
    session::{Event, Life, Named, Session, State, Terms},
    stop::EndReason,
};
use store::{ApprovalQuery, ApprovalScope, AuditQuery, Cause, VoteError};

use crate::{
    db::{Db, on_both},
    make::{NOON, cause, object, secs, session},
};

on_both!(
    the_last_vote_that_is_needed_steps_the_session,
    a_denial_ends_the_session_with_the_reviewers_words,
    votes_of_two_reviewers_at_once_make_one_decision,
    a_vote_after_the_end_is_refused,
    requests_are_found_by_those_whom_they_concern,
    a_statement_is_decided_without_a_step_and_kept_encrypted,
);

fn person(number: u128, name: &str, groups: &[&str]) -> Person {
    Person {
        id: object(number),
        name: name.into(),
        roles: vec![Role::User],
        groups: groups.iter().map(|group| (*group).into()).collect(),
        factors: domain::person::Factors::One,
    }
}

fn lead(number: u128, name: &str) -> Person {
    person(number, name, &["leads"])
}

fn tier(group: &str, needed: u32) -> Tier {
    Tier {
        groups: vec![group.into()],
        needed,
        ..Tier::default()
    }
}

fn request(of: &Session, tiers: Vec<Tier>) -> Approval {
    Approval {
        id: ApprovalId::fresh(),
        kind: ApprovalKind::Session,
        session_id: of.id,
        requester: of.user.clone(),
        resource: of.resource.clone(),
        account: of.account.clone(),
        rule: of.access_rule.clone(),
        review: Review {
            tiers,
            ..Review::default()
        },
        reason: "disk full".into(),
        ticket: "OPS-1".into(),
        starts_at: Micros::NEVER,
        lasts: Span::secs(3600),
        content: String::new(),
        detail: serde_json::Value::Null,
        created_at: of.created_at,
        deadline: of.created_at.plus(Span::secs(900)),
        state: ApprovalState::Pending,
        decided_at: Micros::NEVER,
        break_glass: false,
        votes: Vec::new(),
    }
}

/// Stores a session that waits.
async fn ask(db: &Db, number: u16, tiers: Vec<Tier>) -> (Session, Approval) {
    let session = session(number);
    let approval = request(&session, tiers);
    let terms = Terms {
        starts_at: Micros::NEVER,
        lasts: Span::secs(3600),
        entitlement: true,
    };
    let life = Life::on_terms(session.created_at, terms, Some(approval.deadline));
    let made = db
        .store
        .create_session_to_approve(session.clone(), life, approval.clone(), None, cause(NOON));
    made.await.unwrap();
    (session, approval)
}

fn by(person: &Person) -> Cause {
    Cause::new(secs(60), Actor::user(&person.name))
}

async fn vote(db: &Db, id: ApprovalId, voter: &Person, ballot: Ballot) -> Result<store::Voted, VoteError> {
    db.store
        .vote(id, voter.clone(), ballot, "as agreed".into(), by(voter))
        .await
}

async fn kinds(db: &Db, of: &Session) -> Vec<String> {
    let query = AuditQuery {
        session: Some(of.id),
        ..AuditQuery::default()
    };
    let mut rows = db.store.audit(&query).await.unwrap().rows;
    rows.reverse();
    rows.into_iter().map(|row| row.event.kind).collect()
}

async fn the_last_vote_that_is_needed_steps_the_session(db: Db) {
    let (session, approval) = ask(&db, 1, vec![tier("leads", 1), tier("security", 1)]).await;
    let stored = db.store.approval(approval.id).await.unwrap().unwrap();
    assert_eq!(stored, approval);
    let (bob, sec) = (lead(2, "bob"), person(3, "sec", &["security"]));
    let first = vote(&db, approval.id, &bob, Ballot::Approve).await.unwrap();
    assert_eq!(
        (first.approval.state, first.stepped),
        (ApprovalState::Pending, None)
    );
    let again = vote(&db, approval.id, &bob, Ballot::Approve).await;
    assert!(matches!(again, Err(VoteError::Barred(Barred::Voted))));
    let last = vote(&db, approval.id, &sec, Ballot::Approve).await.unwrap();
    let stepped = last.stepped.unwrap();
    assert_eq!(stepped.after.state, State::Available);
    assert_eq!(stepped.after.expires_at, secs(60).plus(Span::secs(3600)));
    let row = db.store.session(session.id, secs(61)).await.unwrap().unwrap();
    assert_eq!(
        (row.life, row.review),
        (stepped.after, Some(ApprovalState::Approved))
    );
    let votes = db.store.approval(approval.id).await.unwrap().unwrap().votes;
    let said: Vec<_> = votes
        .iter()
        .map(|vote| (vote.by.name.as_str(), vote.tier))
        .collect();
    assert_eq!(said, [("bob", 0), ("sec", 1)]);
    assert_eq!(
        kinds(&db, &session).await,
        [
            "session.created",
            "approval.requested",
            "approval.approved",
            "approval.approved",
            "session.approved",
            "session.provisioned"
        ]
    );
}

async fn a_denial_ends_the_session_with_the_reviewers_words(db: Db) {
    let (session, approval) = ask(&db, 1, vec![tier("leads", 2)]).await;
    let denied = vote(&db, approval.id, &lead(2, "bob"), Ballot::Deny)
        .await
        .unwrap();
    let life = denied.stepped.unwrap().after;
    assert_eq!(
        (life.state, life.end_reason),
        (State::Denied, Some(EndReason::ReviewDenied))
    );
    assert_eq!(
        (life.end_message.as_str(), life.ended_by.as_str()),
        ("as agreed", "bob")
    );
    let row = db.store.session(session.id, secs(61)).await.unwrap().unwrap();
    assert_eq!(row.review, Some(ApprovalState::Rejected));
    let late = vote(&db, approval.id, &lead(3, "cat"), Ballot::Approve).await;
    assert!(matches!(
        late,
        Err(VoteError::Barred(Barred::Over(ApprovalState::Rejected)))
    ));
}

async fn votes_of_two_reviewers_at_once_make_one_decision(db: Db) {
    for number in 1..=5 {
        let (session, approval) = ask(&db, number, vec![tier("leads", 2)]).await;
        let (other, me) = (db.again().await, db.store.clone());
        let (bob, cat) = (lead(2, "bob"), lead(3, "cat"));
        let ballot = |store: store::Store, voter: Person| async move {
            store
                .vote(
                    approval.id,
                    voter.clone(),
                    Ballot::Approve,
                    String::new(),
                    by(&voter),
                )
                .await
        };
        let (one, two) = tokio::join!(ballot(me, bob), ballot(other, cat));
        let stepped = [one, two].map(|voted| voted.unwrap().stepped.is_some());
        assert!(stepped[0] != stepped[1], "{stepped:?}");
        let row = db.store.session(session.id, secs(61)).await.unwrap().unwrap();
        assert_eq!(row.life.state, State::Available);
    }
}

async fn a_vote_after_the_end_is_refused(db: Db) {
    let bob = lead(2, "bob");
    let ends = [
        (
            Event::Terminate(EndReason::AdminTerminate, String::new()),
            ApprovalState::Revoked,
        ),
        (
            Event::Cancel(EndReason::RequesterCancel, String::new()),
            ApprovalState::Revoked,
        ),
        (
            Event::ReviewRefused(EndReason::ReviewTimeout, String::new()),
            ApprovalState::Expired,
        ),
        (Event::ApprovalFailed("nobody".into()), ApprovalState::Error),
        (Event::Lost, ApprovalState::Error),
    ];
    for (number, (event, state)) in (1..).zip(ends) {
        let (session, approval) = ask(&db, number, vec![tier("leads", 1)]).await;
        db.store
            .step(session.id, event, cause(secs(30)), None)
            .await
            .unwrap();
        let late = vote(&db, approval.id, &bob, Ballot::Approve).await;
        assert!(
            matches!(late, Err(VoteError::Barred(Barred::Over(found))) if found == state),
            "{late:?}"
        );
        let row = db.store.session(session.id, secs(61)).await.unwrap().unwrap();
        assert!(row.life.state.is_terminal() && row.review == Some(state));
    }
    let (_, approval) = ask(&db, 9, vec![tier("leads", 1)]).await;
    let late = Cause::new(approval.deadline, Actor::user("bob"));
    let late = db
        .store
        .vote(approval.id, bob.clone(), Ballot::Approve, String::new(), late)
        .await;
    assert!(matches!(
        late,
        Err(VoteError::Barred(Barred::Over(ApprovalState::Expired)))
    ));
    let unknown = vote(&db, ApprovalId::fresh(), &bob, Ballot::Approve).await;
    assert!(matches!(unknown, Err(VoteError::NotFound)));
}

async fn requests_are_found_by_those_whom_they_concern(db: Db) {
    let (_, first) = ask(&db, 1, vec![tier("leads", 1), tier("security", 1)]).await;
    let (_, second) = ask(&db, 2, vec![tier("security", 1)]).await;
    let (bob, sec, eve) = (
        lead(2, "bob"),
        person(3, "sec", &["security"]),
        person(4, "eve", &["staff"]),
    );
    let anna = Person {
        id: ObjectId(object(1).0),
        ..person(1, "anna", &[])
    };
    let find = async |query: ApprovalQuery, scope: &ApprovalScope| {
        let query = ApprovalQuery {
            now: secs(60),
            ..query
        };
        let page = db.store.approvals(&query, scope).await.unwrap();
        assert_eq!(page.total, page.rows.len() as i64);
        page.rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let all = ApprovalQuery::default;
    assert_eq!(find(all(), &ApprovalScope::All).await, [second.id, first.id]);
    let of = |person: &Person| ApprovalScope::Of(person.clone());
    assert_eq!(find(all(), &of(&anna)).await, [second.id, first.id]);
    assert_eq!(find(all(), &of(&bob)).await, [first.id]);
    assert_eq!(find(all(), &of(&sec)).await, [second.id, first.id]);
    assert!(find(all(), &of(&eve)).await.is_empty());
    // What somebody can decide now: not their own, not what waits for others, not twice.
    let decidable = |person: &Person| ApprovalQuery {
        decidable_by: Some(person.clone()),
        ..all()
    };
    let both = ApprovalScope::All;
    assert!(find(decidable(&anna), &both).await.is_empty());
    assert_eq!(find(decidable(&bob), &both).await, [first.id]);
    assert_eq!(find(decidable(&sec), &both).await, [second.id]);
    vote(&db, first.id, &bob, Ballot::Approve).await.unwrap();
    assert!(find(decidable(&bob), &both).await.is_empty());
    assert_eq!(find(decidable(&sec), &both).await, [second.id, first.id]);
    let pending = ApprovalQuery {
        states: vec![ApprovalState::Pending],
        requesters: vec!["anna".into()],
        resources: vec!["web-1".into()],
        kinds: vec![ApprovalKind::Session],
        ..all()
    };
    assert_eq!(find(pending, &both).await.len(), 2);
    // Pages.
    let query = ApprovalQuery { limit: 1, ..all() };
    let page = db.store.approvals(&query, &both).await.unwrap();
    assert_eq!((page.rows[0].id, page.total), (second.id, 2));
    let next = ApprovalQuery {
        cursor: page.next_cursor,
        ..query
    };
    let page = db.store.approvals(&next, &both).await.unwrap();
    assert_eq!((page.rows[0].id, page.next_cursor), (first.id, None));
}

async fn a_statement_is_decided_without_a_step_and_kept_encrypted(db: Db) {
    let session = session(1);
    let life = crate::make::life(&session);
    db.store
        .create_session(session.clone(), life.clone(), None, cause(NOON))
        .await
        .unwrap();
    let held = |detail| Approval {
        id: ApprovalId::fresh(),
        kind: ApprovalKind::Statement,
        content: "DELETE FROM wages".into(),
        detail,
        ..request(&session, vec![tier("leads", 1)])
    };
    let (one, two) = (
        held(serde_json::json!({"plan": "Seq Scan"})),
        held(serde_json::Value::Null),
    );
    for approval in [&one, &two] {
        db.store
            .request_approval(approval.clone(), cause(NOON))
            .await
            .unwrap();
    }
    assert_eq!(db.store.approval(one.id).await.unwrap().unwrap(), one);
    let found = db.store.approvals_of(session.id).await.unwrap();
    assert_eq!(
        found.iter().map(|row| row.id).collect::<Vec<_>>(),
        [one.id, two.id]
    );
    let voted = vote(&db, one.id, &lead(2, "bob"), Ballot::Approve).await.unwrap();
    assert_eq!(
        (voted.approval.state, voted.stepped),
        (ApprovalState::Approved, None)
    );
    let row = db.store.session(session.id, secs(61)).await.unwrap().unwrap();
    assert_eq!((row.life, row.review), (life, None));
    assert!(
        db.store
            .close_approval(two.id, ApprovalState::Revoked, cause(NOON))
            .await
            .unwrap()
    );
    assert!(
        !db.store
            .close_approval(two.id, ApprovalState::Expired, cause(NOON))
            .await
            .unwrap()
    );
    // What is still open ends with the session.
    let three = held(serde_json::Value::Null);
    db.store
        .request_approval(three.clone(), cause(NOON))
        .await
        .unwrap();
    let cut = Event::Terminate(EndReason::AdminTerminate, String::new());
    db.store
        .step(session.id, cut, cause(secs(70)), None)
        .await
        .unwrap();
    let closed = db.store.approval(three.id).await.unwrap().unwrap();
    assert_eq!(
        (closed.state, closed.decided_at),
        (ApprovalState::Revoked, secs(70))
    );
    assert!(
        db.store
            .request_approval(held(serde_json::Value::Null), cause(NOON))
            .await
            .is_err()
    );
    let named = Named {
        id: object(2),
        name: "bob".into(),
    };
    assert_eq!(voted.approval.votes[0].by, named);
    if let Some(path) = db.url.strip_prefix("sqlite://") {
        db.store.close().await;
        let raw = std::fs::read(path).unwrap();
        for secret in ["wages", "Seq Scan"] {
            assert!(
                !raw.windows(secret.len())
                    .any(|window| window == secret.as_bytes())
            );
        }
    }
}
