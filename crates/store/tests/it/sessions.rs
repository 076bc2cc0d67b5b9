//! Making and stepping sessions.

use domain::{
    Micros, Span,
    audit::Actor,
    recording::RecordingState,
    session::{Event, LockOrder, Refusal, State},
    stop::EndReason,
};
use store::{AuditQuery, Cause, Closing, RecordingMeta, StepError};

use crate::{
    db::{Db, on_both},
    make::{NOON, cause, connection, lease, life, secs, session},
};

on_both!(
    a_session_is_read_as_it_was_stored,
    a_step_writes_one_audit_event_with_old_and_new,
    a_step_that_changes_nothing_writes_nothing,
    a_step_is_taken_back_when_its_audit_event_fails,
    a_refused_step_leaves_the_others_of_its_group_alone,
    a_stale_version_is_refused,
    a_prefix_finds_the_session,
    terminate_beats_cancel_beats_expiry,
    the_first_terminal_write_wins,
    a_session_adds_up_its_connections,
    a_change_survives_reopening,
    a_closed_store_says_so
);

async fn a_session_is_read_as_it_was_stored(db: Db) {
    let mut session = session(1);
    session.client_ip = "2001:db8::7".parse().unwrap();
    session.ticket = "CHG-7".into();
    session.correlation_id = "job".into();
    session.rerun_of = Some(crate::make::session(0).id);
    let life = life(&session);
    db.store
        .create_session(
            session.clone(),
            life.clone(),
            Some(lease(1, secs(60))),
            cause(NOON),
        )
        .await
        .unwrap();
    let row = db.store.session(session.id, secs(11)).await.unwrap().unwrap();
    assert_eq!((&row.session, &row.life), (&session, &life));
    assert_eq!(
        (row.duration, row.recording),
        (Span::secs(10), RecordingState::None)
    );
    assert_eq!(row.nodes, ["gw-1"]);
    let lock = LockOrder {
        title: "look".into(),
        message: "wait".into(),
        ..LockOrder::default()
    };
    let stepped = db
        .store
        .step(session.id, Event::Lock(lock), cause(secs(2)), None)
        .await
        .unwrap();
    assert_eq!(stepped.session, session);
    let row = db.store.session(session.id, secs(3)).await.unwrap().unwrap();
    assert_eq!(row.life, stepped.after);
    assert_eq!(row.life.lock.unwrap().message, "wait");
    assert_eq!(
        db.store.session(crate::make::session(2).id, NOON).await.unwrap(),
        None
    );
}

async fn a_step_writes_one_audit_event_with_old_and_new(db: Db) {
    let session = session(1);
    let first = db
        .store
        .create_session(session.clone(), life(&session), None, cause(NOON))
        .await
        .unwrap();
    let mut changed = db.store.audit_changed();
    changed.borrow_and_update();
    let detail = serde_json::json!({"reason": "maintenance"});
    let why = cause(secs(5)).with_detail(detail.clone());
    let event = Event::Terminate(EndReason::AdminTerminate, "bye".into());
    let stepped = db.store.step(session.id, event, why, None).await.unwrap();
    assert_eq!(stepped.audit_seq, Some(first + 1));
    changed.changed().await.unwrap();
    assert_eq!(*changed.borrow(), first + 1);
    let page = db
        .store
        .audit(&AuditQuery {
            session: Some(session.id),
            ..AuditQuery::default()
        })
        .await
        .unwrap();
    assert_eq!(page.rows.len(), 2);
    let event = &page.rows[0].event;
    assert_eq!(
        (event.kind.as_str(), event.session_id),
        ("session.terminated", Some(session.id))
    );
    assert_eq!(
        (&event.actor, event.client_ip.as_str()),
        (&Actor::user("root"), "192.0.2.9")
    );
    assert_eq!(event.detail, detail);
    let state = event
        .changes
        .iter()
        .find(|change| change.field == "state")
        .unwrap();
    assert_eq!(
        (state.old.as_str(), state.new.as_str()),
        (Some("connecting"), Some("terminated"))
    );
    assert_eq!(page.rows[1].event.kind, "session.created");
}

async fn a_step_that_changes_nothing_writes_nothing(db: Db) {
    let session = session(1);
    db.store
        .create_session(session.clone(), life(&session), None, cause(NOON))
        .await
        .unwrap();
    let terminate = |by: &str| {
        let event = Event::Terminate(EndReason::AdminTerminate, String::new());
        db.store
            .step(session.id, event, Cause::new(secs(1), Actor::user(by)), None)
    };
    let first = terminate("anna").await.unwrap();
    let second = terminate("bert").await.unwrap();
    assert_eq!((second.audit_seq, &second.before), (None, &first.after));
    assert_eq!(
        (&second.after, second.after.ended_by.as_str()),
        (&first.after, "anna")
    );
    assert_eq!(db.store.audit_since(0, 10).await.unwrap().len(), 2);
}

async fn a_step_is_taken_back_when_its_audit_event_fails(db: Db) {
    let session = session(1);
    db.store
        .create_session(session.clone(), life(&session), None, cause(NOON))
        .await
        .unwrap();
    db.tamper(
        "CREATE TRIGGER no BEFORE INSERT ON audit_events WHEN NEW.kind = 'session.locked' \
         BEGIN SELECT RAISE(ABORT, 'no'); END",
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$; \
         CREATE TRIGGER no BEFORE INSERT ON audit_events FOR EACH ROW WHEN (NEW.kind = 'session.locked') \
         EXECUTE FUNCTION no()",
    )
    .await
    .unwrap();
    let step = db
        .store
        .step(
            session.id,
            Event::Lock(LockOrder::default()),
            cause(secs(1)),
            None,
        )
        .await;
    assert!(matches!(step, Err(StepError::Db(_))), "{step:?}");
    let row = db.store.session(session.id, secs(1)).await.unwrap().unwrap();
    assert_eq!((row.life.state, row.life.version), (State::Connecting, 1));
    assert_eq!(*db.store.audit_changed().borrow(), 1);
    db.store
        .step(session.id, Event::LoggedIn, cause(secs(2)), None)
        .await
        .unwrap();
    assert_eq!(db.store.audit_since(0, 10).await.unwrap().len(), 2);
}

async fn a_refused_step_leaves_the_others_of_its_group_alone(db: Db) {
    let sessions: Vec<_> = (0..40).map(session).collect();
    for session in &sessions {
        db.store
            .create_session(session.clone(), life(session), None, cause(NOON))
            .await
            .unwrap();
    }
    // Unlocking a session that is not locked is refused; logging in is not.
    let steps = sessions.iter().enumerate().map(|(number, session)| {
        let (store, id) = (db.store.clone(), session.id);
        let event = if number % 2 == 0 {
            Event::LoggedIn
        } else {
            Event::Unlock
        };
        tokio::spawn(async move { store.step(id, event, cause(secs(100)), None).await })
    });
    for (number, step) in steps.collect::<Vec<_>>().into_iter().enumerate() {
        match step.await.unwrap() {
            Ok(stepped) => assert!(number % 2 == 0 && stepped.after.state == State::Active),
            Err(StepError::Refused(Refusal::Illegal { .. })) => assert!(number % 2 == 1),
            Err(other) => panic!("{other}"),
        }
    }
    let events = db.store.audit_since(40, 1000).await.unwrap();
    assert_eq!(events.len(), 20);
    assert!(events.iter().all(|row| row.event.kind == "session.logged_in"));
}

async fn a_stale_version_is_refused(db: Db) {
    let session = session(1);
    db.store
        .create_session(session.clone(), life(&session), None, cause(NOON))
        .await
        .unwrap();
    db.store
        .step(session.id, Event::LoggedIn, cause(secs(1)), Some(1))
        .await
        .unwrap();
    let extend = Event::Extend {
        by: Span::secs(60),
        owner_limit: None,
        closes: None,
    };
    let step = db
        .store
        .step(session.id, extend.clone(), cause(secs(2)), Some(1))
        .await;
    assert!(
        matches!(
            step,
            Err(StepError::Stale {
                expected: 1,
                found: 2
            })
        ),
        "{step:?}"
    );
    db.store
        .step(session.id, extend, cause(secs(2)), Some(2))
        .await
        .unwrap();
    let none = db
        .store
        .step(crate::make::session(9).id, Event::LoggedIn, cause(NOON), None)
        .await;
    assert!(matches!(none, Err(StepError::NotFound)));
}

async fn a_prefix_finds_the_session(db: Db) {
    for number in [1, 2, 200] {
        let session = session(number);
        db.store
            .create_session(session.clone(), life(&session), None, cause(NOON))
            .await
            .unwrap();
    }
    let text = session(2).id.to_string();
    let found = async |prefix: &str| {
        let rows = db
            .store
            .find_by_prefix(prefix, &store::Scope::All, NOON)
            .await
            .unwrap();
        rows.into_iter().map(|row| row.session.id).collect::<Vec<_>>()
    };
    assert_eq!(found(&text).await, [session(2).id]);
    assert_eq!(found(&text.to_uppercase()).await, [session(2).id]);
    assert_eq!(found(&text.replace('-', "")[..20]).await, [session(2).id]);
    // The first 8 digits are those of 65 seconds.
    assert_eq!(found(&text[..8]).await, [session(2).id, session(1).id]);
    assert_eq!(found(&text[..7]).await, []);
    assert_eq!(found("zzzzzzzz").await, []);
}

async fn terminate_beats_cancel_beats_expiry(db: Db) {
    for round in 0..20 {
        let session = session(round);
        db.store
            .create_session(session.clone(), life(&session), None, cause(NOON))
            .await
            .unwrap();
        db.store
            .step(session.id, Event::LoggedIn, cause(secs(30)), None)
            .await
            .unwrap();
        let orders = [
            Event::Expire(EndReason::MaxDuration, String::new()),
            Event::Cancel(EndReason::AdminCancel, String::new()),
            Event::Terminate(EndReason::AdminTerminate, String::new()),
        ];
        let strongest = usize::from(round % 2) + 1;
        let tasks: Vec<_> = orders[..=strongest]
            .iter()
            .cloned()
            .map(|order| {
                let (store, id) = (db.store.clone(), session.id);
                tokio::spawn(async move { store.step(id, order, cause(secs(40)), None).await.unwrap() })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let life = db
            .store
            .session(session.id, secs(50))
            .await
            .unwrap()
            .unwrap()
            .life;
        let expected = [
            (State::Ending, EndReason::AdminCancel),
            (State::Terminated, EndReason::AdminTerminate),
        ];
        assert_eq!((life.state, life.end_reason.unwrap()), expected[strongest - 1]);
    }
}

async fn the_first_terminal_write_wins(db: Db) {
    let session = session(1);
    db.store
        .create_session(session.clone(), life(&session), None, cause(NOON))
        .await
        .unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let (store, id) = (db.store.clone(), session.id);
            let event = Event::Terminate(EndReason::AdminTerminate, String::new());
            let why = Cause::new(secs(number), Actor::user(format!("admin-{number}")));
            tokio::spawn(async move { store.step(id, event, why, None).await.unwrap() })
        })
        .collect();
    let mut winners = Vec::new();
    for task in tasks {
        let stepped = task.await.unwrap();
        winners.extend(stepped.audit_seq.map(|_| stepped.after));
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(
        db.store.session(session.id, NOON).await.unwrap().unwrap().life,
        winners[0]
    );
}

async fn a_session_adds_up_its_connections(db: Db) {
    let session = session(1);
    db.store
        .create_session(session.clone(), life(&session), None, cause(NOON))
        .await
        .unwrap();
    let (one, two) = (connection(&session), connection(&session));
    for connection in [&one, &two] {
        db.store
            .open_connection(connection.clone(), lease(1, secs(60)))
            .await
            .unwrap();
    }
    let row = db.store.session(session.id, NOON).await.unwrap().unwrap();
    assert_eq!(row.recording, RecordingState::Recording);
    assert_eq!(
        row.connections
            .iter()
            .map(|row| row.connection.id)
            .collect::<Vec<_>>(),
        {
            let mut ids = vec![one.id, two.id];
            ids.sort();
            ids
        }
    );
    let closing = |up, down| Closing {
        at: secs(20),
        bytes_up: up,
        bytes_down: down,
        reason: EndReason::UserDisconnect,
        recording: RecordingState::Finalising,
    };
    db.store.close_connection(one.id, closing(10, 100)).await.unwrap();
    db.store.close_connection(one.id, closing(99, 999)).await.unwrap();
    db.store.close_connection(two.id, closing(5, 50)).await.unwrap();
    let meta = RecordingMeta {
        file: "a.tape".into(),
        size: 77,
        hash: vec![1, 2],
        duration: Span::secs(9),
    };
    db.store
        .set_recording(one.id, RecordingState::Available, Some(meta.clone()))
        .await
        .unwrap();
    let row = db.store.session(session.id, NOON).await.unwrap().unwrap();
    assert_eq!(
        (row.bytes_up, row.bytes_down, row.recording),
        (15, 150, RecordingState::Finalising)
    );
    db.store
        .set_recording(two.id, RecordingState::Failed, None)
        .await
        .unwrap();
    let stored = db.store.connection(one.id).await.unwrap().unwrap();
    assert_eq!(stored.recording, meta);
    assert_eq!(stored.connection.close_reason, Some(EndReason::UserDisconnect));
    assert_eq!(
        (stored.connection.bytes_up, stored.connection.closed_at),
        (10, secs(20))
    );
    assert_eq!(
        db.store
            .session(session.id, NOON)
            .await
            .unwrap()
            .unwrap()
            .recording,
        RecordingState::Failed
    );
}

async fn a_change_survives_reopening(db: Db) {
    let session = session(1);
    db.store
        .create_session(session.clone(), life(&session), None, cause(NOON))
        .await
        .unwrap();
    db.store.close().await;
    let again = db.again().await;
    assert_eq!(
        again.session(session.id, NOON).await.unwrap().unwrap().session,
        session
    );
    assert_eq!(*again.audit_changed().borrow(), 1);
}

async fn a_closed_store_says_so(db: Db) {
    db.store.close().await;
    let session = session(1);
    let made = db
        .store
        .create_session(session.clone(), life(&session), None, cause(Micros(1)))
        .await;
    assert!(matches!(made, Err(store::Error::Closed)), "{made:?}");
    let read = db.store.session(session.id, NOON).await;
    assert!(matches!(read, Err(store::Error::Closed)), "{read:?}");
}
