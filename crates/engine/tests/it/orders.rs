//! Locks with a wider scope, entitlements, and what a caller notices.

use domain::{
    Micros, SessionId, Span,
    audit::Actor,
    session::{Event, Life, LockOrder, LockScope, Named, Session, State},
    stop::EndReason,
};
use engine::Direction;
use store::Cause;
use testkit::{House, script::Script};
use tokio::task::JoinHandle;

use crate::{ana, call, house, password};

fn root() -> Cause {
    Cause::new(Micros::now(), Actor::user("root"))
}

fn lock(scope: LockScope) -> LockOrder {
    LockOrder {
        title: "incident".to_owned(),
        scope,
        ..LockOrder::default()
    }
}

async fn wait(what: &str, condition: impl AsyncFn() -> bool) {
    let wait = async {
        while !condition().await {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(10), wait).await;
    assert!(waited.is_ok(), "waited in vain until {what}");
}

/// Two sessions of `ana` and one of `bob`.
async fn three(house: &House) -> Vec<(SessionId, Script, JoinHandle<()>)> {
    house.user("bob").await;
    let mut all = Vec::new();
    for (count, user) in ["ana", "ana", "bob"].into_iter().enumerate() {
        let script = Script::new(user, vec![password()]);
        let served = call(house, &script);
        wait("it runs", async || {
            let rows = house.sessions().await;
            rows.len() == count + 1 && rows[0].life.state == State::Active
        })
        .await;
        all.push((house.sessions().await[0].session.id, script, served));
    }
    all
}

async fn states(house: &House, all: &[(SessionId, Script, JoinHandle<()>)]) -> Vec<State> {
    let mut states = Vec::new();
    for (id, ..) in all {
        states.push(house.session(*id).await.life.state);
    }
    states
}

async fn finish(house: &House, all: Vec<(SessionId, Script, JoinHandle<()>)>) {
    for (id, _, served) in all {
        house.terminate(id).await;
        served.await.unwrap();
    }
}

#[tokio::test]
async fn a_lock_of_a_user_covers_all_of_their_sessions_and_keeps_new_ones_out() {
    let house = house(&ana()).await;
    let all = three(&house).await;
    house.order(all[0].0, Event::Lock(lock(LockScope::User))).await;
    assert_eq!(
        states(&house, &all).await,
        [State::Locked, State::Locked, State::Active]
    );
    wait("the other caller is told", async || {
        all[1].1.has("locked by root: incident")
    })
    .await;

    let late = ana();
    call(&house, &late).await.unwrap();
    assert!(late.has("locked by root"), "{:?}", late.log);
    assert_eq!(house.sessions().await[0].life.state, State::Denied);

    house
        .engine
        .unlock(all[1].0, LockScope::User, root(), None)
        .await
        .unwrap();
    assert_eq!(states(&house, &all).await, [State::Active; 3]);
    finish(&house, all).await;
}

#[tokio::test]
async fn a_lock_of_a_resource_covers_everybody_and_the_user_lock_remains() {
    let house = house(&ana()).await;
    let all = three(&house).await;
    let session = house.session(all[0].0).await.session;
    let resource = Named {
        id: session.resource.id,
        name: session.resource.name,
    };
    let locked = house
        .engine
        .lock_all(session.user.clone(), lock(LockScope::User), root())
        .await
        .unwrap();
    assert_eq!(locked, 2);
    let locked = house
        .engine
        .lock_all(resource.clone(), lock(LockScope::Resource), root())
        .await
        .unwrap();
    assert_eq!(locked, 3);
    house
        .engine
        .unlock_all(LockScope::Resource, resource, root())
        .await
        .unwrap();
    assert_eq!(
        states(&house, &all).await,
        [State::Locked, State::Locked, State::Active],
        "the user's lock still stands"
    );
    house
        .engine
        .unlock_all(LockScope::User, session.user, root())
        .await
        .unwrap();
    assert_eq!(states(&house, &all).await, [State::Active; 3]);
    finish(&house, all).await;
}

#[tokio::test]
async fn an_entitlement_is_used_and_used_again() {
    let script = ana();
    let house = house(&script).await;
    let id = available(&house, &script, Span::secs(600)).await;
    for round in 1..=2 {
        let served = call(&house, &script);
        let row = house.in_state(State::Active).await;
        assert_eq!(row.session.id, id, "no session was made beside it");
        assert_eq!(row.connections.len(), round);
        house.engine.cut(id, root()).await.unwrap();
        served.await.unwrap();
        assert_eq!(
            house.session(id).await.life.state,
            State::Available,
            "cut, and not ended"
        );
    }
    house.terminate(id).await;
}

#[tokio::test]
async fn an_extension_is_told_and_moves_the_end() {
    let script = ana();
    let house = house(&script).await;
    let served = call(&house, &script);
    let row = house.in_state(State::Active).await;
    house
        .order(
            row.session.id,
            Event::Extend {
                by: Span::secs(7200),
                owner_limit: None,
                closes: None,
            },
        )
        .await;
    wait("the caller is told", async || {
        script.has("extended; it ends in 600 min") || script.has("it ends in 599 min")
    })
    .await;
    house.terminate(row.session.id).await;
    served.await.unwrap();
}

#[tokio::test]
async fn what_a_prompt_does_not_echo_is_not_on_the_tape() {
    let (to, from) = (Direction::ToTarget, Direction::FromTarget);
    let passes = vec![
        (from, "$ "),
        (to, "sudo true\r"),
        (from, "sudo true\r\nPassword: "),
        (to, "tr0ub4dor"),
        (to, "\r"),
        (from, "\r\n$ "),
    ];
    let script = Script { passes, ..ana() };
    let house = house(&script).await;
    let served = call(&house, &script);
    let row = house.in_state(State::Active).await;
    wait("it has passed", async || script.has("relaying")).await;
    house.terminate(row.session.id).await;
    served.await.unwrap();
    let row = house.ended().await;
    let recording = house.recording(&row).await;
    assert!(recording.has(true, "sudo true"), "what was echoed is there");
    assert!(!recording.has(true, "tr0ub4dor"), "what was not is not");
    let masked = recording
        .records
        .iter()
        .any(|record| matches!(record.kind, tape::Kind::MaskedInput { len: 9, .. }));
    assert!(masked, "but its length is");
}

#[tokio::test]
async fn an_order_of_another_node_reaches_the_session() {
    // The other node is a step in the shared store that this engine was not asked for.
    let script = ana();
    let house = house(&script).await;
    let served = call(&house, &script);
    let row = house.in_state(State::Active).await;
    let order = Event::Lock(lock(LockScope::Session));
    house
        .store
        .step(row.session.id, order, root(), None)
        .await
        .unwrap();
    wait("the caller is told", async || {
        script.has("session locked by root: incident")
    })
    .await;
    let end = Event::Terminate(EndReason::AdminTerminate, String::new());
    house.store.step(row.session.id, end, root(), None).await.unwrap();
    served.await.unwrap();
}

/// A session that waits for its user until then.
async fn available(house: &House, script: &Script, until: Span) -> SessionId {
    let served = call(house, script);
    let model = house.in_state(State::Active).await;
    house.terminate(model.session.id).await;
    served.await.unwrap();
    let now = Micros::now();
    let session = Session {
        id: SessionId::new(now, 7, 7),
        created_at: now,
        ..model.session
    };
    let life = Life::requested(State::Provisioning, now.plus(until));
    house
        .store
        .create_session(session.clone(), life, None, root())
        .await
        .unwrap();
    house.order(session.id, Event::Provisioned).await;
    session.id
}

#[tokio::test]
async fn a_session_that_nobody_is_connected_to_ends_at_once_when_it_is_canceled() {
    let script = ana();
    let house = house(&script).await;
    let id = available(&house, &script, Span::secs(600)).await;
    house
        .order(id, Event::Cancel(EndReason::AdminCancel, String::new()))
        .await;
    assert_eq!(house.session(id).await.life.state, State::Canceled);
}

#[tokio::test]
async fn a_session_that_nobody_is_connected_to_ends_when_its_time_is_over() {
    let script = ana();
    let house = house(&script).await;
    let id = available(&house, &script, Span::secs(1)).await;
    let row = house.in_state(State::Completed).await;
    assert_eq!(
        (row.session.id, row.life.end_reason),
        (id, Some(EndReason::MaxDuration))
    );
}

#[tokio::test]
async fn a_session_that_its_gateway_left_before_it_was_available_is_made_so() {
    let script = ana();
    let house = house(&script).await;
    let served = call(&house, &script);
    let model = house.in_state(State::Active).await;
    house.terminate(model.session.id).await;
    served.await.unwrap();
    // As it is when a gateway dies between the start of its time and the next step.
    let asked = Micros(Micros::now().0 - 60_000_000);
    let session = Session {
        id: SessionId::new(asked, 7, 7),
        created_at: asked,
        ..model.session
    };
    let life = Life::requested(State::Provisioning, Micros::now().plus(Span::secs(600)));
    let created = house.store.create_session(session.clone(), life, None, root());
    created.await.unwrap();
    wait("it is available", async || {
        house.session(session.id).await.life.state == State::Available
    })
    .await;
}
