//! What is done for sessions, where several of them share an account.

use domain::{
    SessionId,
    activity::{Deed, DeedState, Plan},
    audit::{Actor, AuditEvent},
    session::Named,
};
use serde_json::json;
use store::{FoundSo, LeftTo, LetGo};

use crate::{
    db::{Db, on_both},
    make::{NOON, lease, object, secs, session},
};

on_both!(
    a_step_is_left_to_whoever_needs_it_and_taken_back_by_the_last,
    of_many_that_leave_a_step_at_once_one_takes_it_back,
    what_is_left_in_the_last_moment_keeps_the_work_open,
);

fn deed() -> Deed {
    serde_json::from_value(json!({ "do": "grant", "privileges": ["select"], "on": "tables public" })).unwrap()
}

fn plan(account: &str) -> Plan {
    let named = |number, name: &str| Named {
        id: object(number),
        name: name.to_owned(),
    };
    Plan {
        activity: named(1, "reads"),
        resource: named(2, "db"),
        target: serde_json::from_value(json!({ "type": "postgres", "host": "db" })).unwrap(),
        administrator: "app".to_owned(),
        administrator_secret: None,
        account: account.to_owned(),
        secret: None,
        user: "ann".to_owned(),
        before: vec![deed()],
        after: Vec::new(),
    }
}

/// Notes a plan for the session of a number, on which the node's start of the same number works.
async fn planned(db: &Db, number: u16, account: &str) -> SessionId {
    let id = session(number).id;
    db.store.plan_preparation(id, &plan(account), None).await.unwrap();
    let claimed = db
        .store
        .claim_preparation(id, lease(u128::from(number), secs(60)), NOON)
        .await;
    assert!(claimed.unwrap().is_some());
    id
}

async fn note(db: &Db, number: u16, state: DeedState) {
    let lease = lease(u128::from(number), secs(60));
    let noted = db
        .store
        .note_deed(session(number).id, 0, state, lease, NOON, None)
        .await;
    assert!(noted.unwrap());
}

async fn find(db: &Db, number: u16) -> FoundSo {
    let lease = lease(u128::from(number), secs(60));
    db.store
        .find_deed_so(session(number).id, 0, lease, NOON)
        .await
        .unwrap()
}

async fn leave(db: &Db, number: u16) -> LeftTo {
    let id = session(number).id;
    let event = AuditEvent::new(NOON, "step.left", Actor::system("activities"))
        .on(id)
        .with_detail(json!({}));
    let lease = lease(u128::from(number), secs(60));
    db.store.leave_deed(id, 0, lease, NOON, event).await.unwrap()
}

async fn state(db: &Db, number: u16) -> DeedState {
    let preparation = db.store.preparation(session(number).id).await.unwrap().unwrap();
    preparation.deeds[&0].state
}

async fn a_step_is_left_to_whoever_needs_it_and_taken_back_by_the_last(db: Db) {
    for (number, account) in [(1, "shared"), (2, "shared"), (3, "shared"), (4, "other")] {
        planned(&db, number, account).await;
    }
    note(&db, 1, DeedState::Begun).await;
    assert_eq!(find(&db, 2).await, FoundSo::Busy, "the first is just at it");
    assert_eq!(
        find(&db, 4).await,
        FoundSo::Noted,
        "another account is another step"
    );
    note(&db, 1, DeedState::Done).await;
    assert_eq!(find(&db, 2).await, FoundSo::Noted);
    assert_eq!(find(&db, 3).await, FoundSo::Noted);
    assert_eq!(leave(&db, 1).await, LeftTo::Other(session(2).id));
    assert_eq!(state(&db, 1).await, DeedState::Undone);
    assert_eq!(state(&db, 2).await, DeedState::Done);
    assert_eq!(leave(&db, 2).await, LeftTo::Other(session(3).id));
    assert_eq!(leave(&db, 3).await, LeftTo::Nobody);
    assert_eq!(state(&db, 3).await, DeedState::Begun, "it is being taken back");
    let stranger = lease(9, secs(60));
    let taken = db
        .store
        .find_deed_so(session(4).id, 0, stranger, NOON)
        .await
        .unwrap();
    assert_eq!(taken, FoundSo::Lost, "who has no claim notes nothing");
}

async fn of_many_that_leave_a_step_at_once_one_takes_it_back(db: Db) {
    for number in 1..=8 {
        planned(&db, number, "shared").await;
    }
    note(&db, 1, DeedState::Done).await;
    for number in 2..=8 {
        assert_eq!(find(&db, number).await, FoundSo::Noted);
    }
    // Each goes as sessions do: what it need not take back it does not touch, and then it is done.
    let go = async |number: u16| {
        let mut last = false;
        let claim = lease(u128::from(number), secs(60));
        loop {
            if state(&db, number).await == DeedState::Done {
                last |= leave(&db, number).await == LeftTo::Nobody;
                if last {
                    note(&db, number, DeedState::Undone).await;
                }
            }
            db.store
                .let_preparation_go(session(number).id, claim.clone(), LetGo::Done)
                .await
                .unwrap();
            let preparation = db.store.preparation(session(number).id).await.unwrap().unwrap();
            if preparation.done {
                return last;
            }
        }
    };
    let ended = tokio::join!(go(1), go(2), go(3), go(4), go(5), go(6), go(7), go(8));
    let ended: [bool; 8] = ended.into();
    assert_eq!(ended.into_iter().filter(|last| *last).count(), 1, "{ended:?}");
}

async fn what_is_left_in_the_last_moment_keeps_the_work_open(db: Db) {
    let (first, second) = (planned(&db, 1, "shared").await, planned(&db, 2, "shared").await);
    note(&db, 1, DeedState::Done).await;
    assert_eq!(find(&db, 2).await, FoundSo::Noted);
    assert_eq!(leave(&db, 1).await, LeftTo::Other(second));
    for (id, number, done) in [(first, 1, true), (second, 2, false)] {
        db.store
            .let_preparation_go(id, lease(number, secs(60)), LetGo::Done)
            .await
            .unwrap();
        let preparation = db.store.preparation(id).await.unwrap().unwrap();
        assert_eq!(preparation.done, done);
        assert_eq!(preparation.to_take_back().count(), usize::from(!done));
    }
}
