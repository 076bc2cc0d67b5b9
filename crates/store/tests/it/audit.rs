//! The audit log.

use domain::{
    Micros,
    audit::{Actor, AuditEvent, Change},
};
use store::{AuditQuery, Break, Store, Verification};

use crate::{
    db::{Db, on_both},
    make::{NOON, cause, life, secs, session},
};

on_both!(
    events_are_read_as_they_were_written,
    a_query_narrows_by_every_field,
    pages_go_back_to_the_first_event,
    the_log_cannot_be_changed_or_cut,
    verification_names_an_edited_row,
    verification_names_an_edited_column,
    verification_names_a_missing_row,
    verification_names_a_swapped_pair,
    verification_names_a_cut_tail,
    verification_names_a_forged_chain,
    many_writers_make_one_chain,
);

fn event(at: Micros, kind: &str, actor: &str) -> AuditEvent {
    AuditEvent::new(at, kind, Actor::user(actor))
}

async fn write(store: &Store, count: i64) {
    for number in 0..count {
        store
            .audit_append(event(secs(number), "recording.played", "anna"))
            .await
            .unwrap();
    }
}

/// Takes the guard away that keeps the log from being changed: what an attacker with the right to do so would do first.
async fn unguard(db: &Db) {
    db.tamper(
        "DROP TRIGGER audit_events_keep_update; DROP TRIGGER audit_events_keep_delete",
        "DROP TRIGGER audit_events_keep ON audit_events",
    )
    .await
    .unwrap();
}

async fn tamper(db: &Db, statement: &str) {
    unguard(db).await;
    assert!(db.tamper(statement, statement).await.unwrap() > 0);
}

async fn verify(db: &Db) -> Verification {
    db.store.audit_verify(1, i64::MAX).await.unwrap()
}

async fn events_are_read_as_they_were_written(db: Db) {
    let session = session(1);
    db.store
        .create_session(session.clone(), life(&session), None, cause(NOON))
        .await
        .unwrap();
    let change = Change {
        field: "email".into(),
        old: "ä\"\\".into(),
        new: serde_json::Value::Null,
    };
    let one = event(NOON, "user.changed", "anna")
        .on(session.id)
        .about("user/bert")
        .from_ip("::1")
        .with_changes([change])
        .with_detail(serde_json::json!({"why": "🦀", "n": 1.5, "list": [1, null]}));
    let two = AuditEvent::new(
        NOON,
        "login.failed",
        Actor::Unknown {
            claimed: "r'oot".into(),
        },
    );
    assert_eq!(db.store.audit_append(one.clone()).await.unwrap(), 2);
    assert_eq!(db.store.audit_append(two.clone()).await.unwrap(), 3);
    let rows = db.store.audit_since(1, 10).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| (row.seq, &row.event)).collect::<Vec<_>>(),
        [(2, &one), (3, &two)]
    );
    assert_ne!(rows[0].hash, rows[1].hash);
    assert_eq!(db.store.audit_since(3, 10).await.unwrap(), []);
    assert_eq!(verify(&db).await, Verification::Intact { lines: 3, last: 3 });
}

async fn a_query_narrows_by_every_field(db: Db) {
    let session = session(1);
    db.store
        .create_session(session.clone(), life(&session), None, cause(NOON))
        .await
        .unwrap();
    db.store
        .audit_append(event(secs(10), "sessions.exported", "anna"))
        .await
        .unwrap();
    db.store
        .audit_append(event(secs(20), "user.changed", "bert").about("user/x"))
        .await
        .unwrap();
    let odd =
        event(secs(30), "login.failed", "b%rt").with_detail(serde_json::json!({"why": "Say \"no_way\""}));
    db.store.audit_append(odd).await.unwrap();
    let found = async |query: AuditQuery| {
        let page = db.store.audit(&query).await.unwrap();
        page.rows.into_iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    let all = AuditQuery::default;
    let words = |word: &str| vec![word.to_owned()];
    assert_eq!(found(all()).await, [4, 3, 2, 1]);
    assert_eq!(
        found(AuditQuery {
            session: Some(session.id),
            ..all()
        })
        .await,
        [1]
    );
    assert_eq!(
        found(AuditQuery {
            kinds: words("session."),
            ..all()
        })
        .await,
        [1]
    );
    assert_eq!(
        found(AuditQuery {
            kinds: vec!["user.changed".into(), "login.".into()],
            ..all()
        })
        .await,
        [4, 3]
    );
    assert_eq!(
        found(AuditQuery {
            actors: words("bert"),
            ..all()
        })
        .await,
        [3]
    );
    assert_eq!(
        found(AuditQuery {
            object: Some("user/x".into()),
            ..all()
        })
        .await,
        [3]
    );
    assert_eq!(
        found(AuditQuery {
            since: Some(secs(10)),
            until: Some(secs(30)),
            ..all()
        })
        .await,
        [3, 2]
    );
    assert_eq!(
        found(AuditQuery {
            text: Some("say \"NO_W".into()),
            ..all()
        })
        .await,
        [4]
    );
    assert_eq!(
        found(AuditQuery {
            text: Some("b%r".into()),
            ..all()
        })
        .await,
        [4]
    );
    assert_eq!(
        found(AuditQuery {
            text: Some("xyzzy".into()),
            ..all()
        })
        .await,
        Vec::<i64>::new()
    );
}

async fn pages_go_back_to_the_first_event(db: Db) {
    write(&db.store, 25).await;
    let mut query = AuditQuery {
        limit: 10,
        ..AuditQuery::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = db.store.audit(&query).await.unwrap();
        seen.push(page.rows.iter().map(|row| row.seq).collect::<Vec<_>>());
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(
        seen,
        [
            (16..=25).rev().collect::<Vec<_>>(),
            (6..=15).rev().collect(),
            (1..=5).rev().collect()
        ]
    );
    query.cursor = Some("x".into());
    assert!(matches!(db.store.audit(&query).await, Err(store::Error::Cursor)));
}

async fn the_log_cannot_be_changed_or_cut(db: Db) {
    write(&db.store, 3).await;
    for statement in [
        "UPDATE audit_events SET actor = 'bert' WHERE seq = 2",
        "DELETE FROM audit_events WHERE seq = 3",
        "DELETE FROM audit_events",
    ] {
        let error = db.tamper(statement, statement).await.unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
    if !db.is_sqlite() {
        assert!(db.tamper("", "TRUNCATE audit_events").await.is_err());
    }
    assert_eq!(verify(&db).await, Verification::Intact { lines: 3, last: 3 });
}

async fn verification_names_an_edited_row(db: Db) {
    write(&db.store, 5).await;
    tamper(
        &db,
        "UPDATE audit_events SET payload = replace(payload, 'anna', 'bert') WHERE seq = 3",
    )
    .await;
    assert_eq!(
        verify(&db).await,
        Verification::Broken {
            seq: 3,
            what: Break::Altered
        }
    );
    assert_eq!(
        db.store.audit_verify(4, 5).await.unwrap(),
        Verification::Intact { lines: 2, last: 5 }
    );
}

async fn verification_names_an_edited_column(db: Db) {
    write(&db.store, 5).await;
    tamper(
        &db,
        "UPDATE audit_events SET kind = 'login.succeeded' WHERE seq = 4",
    )
    .await;
    assert_eq!(
        verify(&db).await,
        Verification::Broken {
            seq: 4,
            what: Break::Altered
        }
    );
}

async fn verification_names_a_missing_row(db: Db) {
    write(&db.store, 5).await;
    tamper(&db, "DELETE FROM audit_events WHERE seq = 2").await;
    assert_eq!(
        verify(&db).await,
        Verification::Broken {
            seq: 2,
            what: Break::Missing
        }
    );
    assert_eq!(
        db.store.audit_verify(3, 5).await.unwrap(),
        Verification::Broken {
            seq: 2,
            what: Break::Missing
        }
    );
}

async fn verification_names_a_swapped_pair(db: Db) {
    write(&db.store, 5).await;
    tamper(
        &db,
        "UPDATE audit_events SET seq = CASE seq WHEN 2 THEN 30 ELSE 20 END WHERE seq IN (2, 3)",
    )
    .await;
    let back = "UPDATE audit_events SET seq = CASE seq WHEN 30 THEN 3 ELSE 2 END WHERE seq IN (20, 30)";
    db.tamper(back, back).await.unwrap();
    assert_eq!(
        verify(&db).await,
        Verification::Broken {
            seq: 2,
            what: Break::Unchained
        }
    );
}

async fn verification_names_a_cut_tail(db: Db) {
    write(&db.store, 5).await;
    tamper(&db, "DELETE FROM audit_events WHERE seq >= 4").await;
    assert_eq!(
        verify(&db).await,
        Verification::Broken {
            seq: 4,
            what: Break::Missing
        }
    );
}

async fn verification_names_a_forged_chain(db: Db) {
    write(&db.store, 3).await;
    // Whoever rewrites the last line and its hash must also rewrite the head.
    let statement = "UPDATE audit_heads SET hash = (SELECT prev_hash FROM audit_events WHERE seq = 3)";
    db.tamper(statement, statement).await.unwrap();
    assert_eq!(
        verify(&db).await,
        Verification::Broken {
            seq: 3,
            what: Break::Unchained
        }
    );
}

async fn many_writers_make_one_chain(db: Db) {
    let other = if db.is_sqlite() {
        db.store.clone()
    } else {
        db.again().await
    };
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let store = if number % 2 == 0 {
                db.store.clone()
            } else {
                other.clone()
            };
            tokio::spawn(async move { write(&store, 20).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(
        verify(&db).await,
        Verification::Intact {
            lines: 160,
            last: 160
        }
    );
    let mut changed = db.store.audit_changed();
    changed.wait_for(|seq| *seq == 160).await.unwrap();
}
