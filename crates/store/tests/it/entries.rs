//! Activity and the search over it.

use domain::{ConnectionId, Micros, Span};
use serde_json::json;
use store::{Completion, Entry, EntryKey, EntryKind, EntryQuery, Outcome, Scope, SessionEntries, TapePlace};
use uuid::Uuid;

use crate::{
    db::{Db, on_both},
    make::{NOON, beside, object, secs, session_at},
};

on_both!(
    entries_are_read_as_they_were_written,
    an_entry_is_stored_once,
    what_came_of_an_entry_is_found_too,
    the_list_of_a_session_goes_on_over_months,
    search_finds_words_and_phrases,
    search_stays_within_scope_and_filters,
    search_pages_from_new_to_old_over_months,
    nothing_typed_is_stored_in_the_clear,
);

/// 2026-11-30T23:59:50Z: ten seconds before a new month.
const END_OF_MONTH: Micros = Micros(1_796_083_190_000_000);

/// The entry of a session with a number; each session has its own user, resource and gateway.
fn entry(number: u16, seq: i64, at: Micros, body: &str) -> Entry {
    Entry {
        key: EntryKey {
            session: session_at(NOON, number).id,
            seq,
            at,
        },
        connection: ConnectionId(Uuid::from_u128(u128::from(number))),
        kind: EntryKind::Command,
        outcome: Outcome::Unknown,
        rows: 0,
        bytes: 0,
        duration: Span(0),
        user: object(u128::from(number)),
        resource: object(100 + u128::from(number)),
        gateway: format!("gw {number}"),
        resource_type: "ssh".into(),
        body: body.into(),
        detail: serde_json::Value::Null,
        indexed: String::new(),
        place: TapePlace {
            record: 7,
            time: Span::secs(3),
        },
    }
}

async fn list(db: &Db, number: u16, query: SessionEntries) -> Vec<Entry> {
    db.store
        .entries(session_at(NOON, number).id, &query)
        .await
        .unwrap()
}

async fn found(db: &Db, text: &str) -> Vec<String> {
    let query = EntryQuery {
        text: text.into(),
        ..EntryQuery::default()
    };
    let page = db.store.search(&query, &Scope::All).await.unwrap();
    page.hits.into_iter().map(|hit| hit.body).collect()
}

async fn entries_are_read_as_they_were_written(db: Db) {
    let mut one = entry(1, 1, NOON, "SELECT 'ä' FROM \"t\"; -- 100 %");
    one.kind = EntryKind::Statement;
    one.outcome = Outcome::Failed;
    (one.rows, one.bytes, one.duration) = (1, 2, Span(3));
    one.detail = json!({"output": ["x", null]});
    let two = entry(1, 2, secs(1), "");
    db.store.append_entries(vec![]).await.unwrap();
    db.store
        .append_entries(vec![two.clone(), entry(2, 1, NOON, "other"), one.clone()])
        .await
        .unwrap();
    assert_eq!(
        list(&db, 1, SessionEntries::default()).await,
        [one.clone(), two.clone()]
    );
    assert_eq!(
        list(
            &db,
            1,
            SessionEntries {
                after: 1,
                ..SessionEntries::default()
            }
        )
        .await,
        std::slice::from_ref(&two)
    );
    let kinds = vec![EntryKind::Command];
    assert_eq!(
        list(
            &db,
            1,
            SessionEntries {
                kinds,
                ..SessionEntries::default()
            }
        )
        .await,
        [two]
    );
    for text in ["from \"T\"", "100 %", "Ä", "output"] {
        let query = SessionEntries {
            text: Some(text.into()),
            ..SessionEntries::default()
        };
        assert_eq!(list(&db, 1, query).await, std::slice::from_ref(&one), "{text}");
    }
    assert_eq!(list(&db, 3, SessionEntries::default()).await, []);
    let long = entry(1, 3, NOON, &"x".repeat((1 << 20) + 1));
    assert!(matches!(
        db.store.append_entries(vec![long]).await,
        Err(store::Error::Invalid(_))
    ));
}

async fn an_entry_is_stored_once(db: Db) {
    db.store
        .append_entries(vec![entry(1, 1, NOON, "first")])
        .await
        .unwrap();
    let again = vec![entry(1, 1, NOON, "second"), entry(1, 2, NOON, "third")];
    let there = db.store.append_entries(again.clone()).await.unwrap();
    assert_eq!(there, [again[0].key]);
    assert_eq!(db.store.append_entries(again).await.unwrap().len(), 2);
    let bodies: Vec<_> = list(&db, 1, SessionEntries::default())
        .await
        .into_iter()
        .map(|one| one.body)
        .collect();
    assert_eq!(bodies, ["first", "third"]);
    assert_eq!(found(&db, "second").await, Vec::<String>::new());
    assert_eq!(found(&db, "third").await, ["third"]);
}

async fn what_came_of_an_entry_is_found_too(db: Db) {
    let mut one = entry(1, 1, NOON, "cat /etc/motd");
    one.indexed = "before".into();
    one.detail = json!({"a": 1});
    db.store
        .append_entries(vec![one.clone(), entry(1, 2, NOON, "ls")])
        .await
        .unwrap();
    let mut done = Completion {
        outcome: Outcome::Ok,
        rows: 4,
        bytes: 5,
        duration: Span(6),
        detail: None,
        indexed: "Welcome to Production".into(),
    };
    assert!(db.store.complete_entry(one.key, done.clone()).await.unwrap());
    assert_eq!(found(&db, "welcome motd").await, ["cat /etc/motd"]);
    assert_eq!(found(&db, "before").await, Vec::<String>::new());
    let read = &list(&db, 1, SessionEntries::default()).await[0];
    assert_eq!(
        (read.outcome, read.rows, read.bytes, read.duration),
        (Outcome::Ok, 4, 5, Span(6))
    );
    assert_eq!(
        (&read.detail, read.body.as_str()),
        (&json!({"a": 1}), "cat /etc/motd")
    );
    done.detail = Some(json!({"b": 2}));
    assert!(db.store.complete_entry(one.key, done.clone()).await.unwrap());
    assert_eq!(
        list(&db, 1, SessionEntries::default()).await[0].detail,
        json!({"b": 2})
    );
    let other_month = EntryKey {
        at: Micros(1),
        ..one.key
    };
    assert!(!db.store.complete_entry(other_month, done.clone()).await.unwrap());
    assert!(
        !db.store
            .complete_entry(EntryKey { seq: 9, ..one.key }, done)
            .await
            .unwrap()
    );
}

async fn the_list_of_a_session_goes_on_over_months(db: Db) {
    let entries: Vec<_> = (1..=20)
        .map(|seq| {
            entry(
                1,
                seq,
                END_OF_MONTH.plus(Span::secs(seq)),
                &format!("step {}", seq % 2),
            )
        })
        .collect();
    db.store.append_entries(entries.clone()).await.unwrap();
    assert_eq!(list(&db, 1, SessionEntries::default()).await, entries);
    let page = list(
        &db,
        1,
        SessionEntries {
            after: 7,
            limit: 5,
            ..SessionEntries::default()
        },
    )
    .await;
    assert_eq!(page, entries[7..12]);
    let text = Some("STEP 1".to_owned());
    let page = list(
        &db,
        1,
        SessionEntries {
            text,
            after: 3,
            limit: 4,
            ..SessionEntries::default()
        },
    )
    .await;
    assert_eq!(
        page.iter().map(|one| one.key.seq).collect::<Vec<_>>(),
        [5, 7, 9, 11]
    );
}

async fn search_finds_words_and_phrases(db: Db) {
    let bodies = [
        "sudo cat /etc/Shadow-123.conf",
        "cat etc",
        "SELECT * FROM order_items",
        "Größe d'été",
        "rm -rf /",
    ];
    for (at, body) in bodies.iter().enumerate() {
        db.store
            .append_entries(vec![entry(1, at as i64 + 1, NOON, body)])
            .await
            .unwrap();
    }
    assert_eq!(found(&db, "shadow").await, [bodies[0]]);
    assert_eq!(found(&db, "/etc/shadow-123.conf").await, [bodies[0]]);
    assert_eq!(found(&db, "ETC cat").await, [bodies[1], bodies[0]]);
    assert_eq!(found(&db, "\"cat etc\"").await, [bodies[1], bodies[0]]);
    assert_eq!(found(&db, "\"etc cat\"").await, Vec::<String>::new());
    assert_eq!(found(&db, "sudo \"123 conf\"").await, [bodies[0]]);
    assert_eq!(found(&db, "order_items").await, [bodies[2]]);
    assert_eq!(found(&db, "order").await, Vec::<String>::new());
    assert_eq!(found(&db, "GRÖSSE").await, Vec::<String>::new());
    assert_eq!(found(&db, "GRÖßE Été").await, [bodies[3]]);
    assert_eq!(found(&db, "' OR 1=1 --").await, Vec::<String>::new());
    assert_eq!(found(&db, "***").await, Vec::<String>::new());
    assert_eq!(found(&db, "  ").await.len(), 5);
}

async fn search_stays_within_scope_and_filters(db: Db) {
    let mut entries: Vec<_> = (1..=4)
        .map(|number| entry(number, 1, secs(number.into()), "whoami"))
        .collect();
    entries[2].kind = EntryKind::File;
    entries[3].resource_type = "post gres".into();
    db.store.append_entries(entries).await.unwrap();
    let search = async |query: EntryQuery, scope: Scope| {
        let page = db.store.search(&query, &scope).await.unwrap();
        page.hits
            .into_iter()
            .map(|hit| hit.user.0.as_u128())
            .collect::<Vec<_>>()
    };
    for text in ["whoami", ""] {
        let all = || EntryQuery {
            text: text.into(),
            ..EntryQuery::default()
        };
        let admin = || Scope::All;
        assert_eq!(search(all(), admin()).await, [4, 3, 2, 1]);
        assert_eq!(search(all(), Scope::Own(object(2))).await, [2]);
        assert_eq!(search(all(), beside(2, &["gw 4"], &[])).await, [4, 2]);
        assert_eq!(search(all(), beside(2, &[], &[101])).await, [2, 1]);
        // So many that they are not looked up by words.
        let many: Vec<u128> = (103..203).collect();
        assert_eq!(search(all(), beside(1, &["gw 2"], &many)).await, [4, 3, 2, 1]);
        assert_eq!(search(all(), beside(1, &[], &many)).await, [4, 3, 1]);
        let users = vec![object(1), object(3)];
        assert_eq!(search(EntryQuery { users, ..all() }, admin()).await, [3, 1]);
        let resources = vec![object(104)];
        assert_eq!(
            search(
                EntryQuery {
                    resources: resources.clone(),
                    ..all()
                },
                admin()
            )
            .await,
            [4]
        );
        assert_eq!(
            search(EntryQuery { resources, ..all() }, Scope::Own(object(1))).await,
            Vec::<u128>::new()
        );
        assert_eq!(
            search(
                EntryQuery {
                    kinds: vec![EntryKind::File],
                    ..all()
                },
                admin()
            )
            .await,
            [3]
        );
        assert_eq!(
            search(
                EntryQuery {
                    types: vec!["post gres".into()],
                    ..all()
                },
                admin()
            )
            .await,
            [4]
        );
        assert_eq!(
            search(
                EntryQuery {
                    gateways: vec!["gw 1".into(), "gw 2".into()],
                    ..all()
                },
                admin()
            )
            .await,
            [2, 1]
        );
        let session = Some(session_at(NOON, 2).id);
        assert_eq!(search(EntryQuery { session, ..all() }, admin()).await, [2]);
        let (since, until) = (Some(secs(2)), Some(secs(4)));
        assert_eq!(
            search(
                EntryQuery {
                    since,
                    until,
                    ..all()
                },
                admin()
            )
            .await,
            [3, 2]
        );
    }
}

async fn search_pages_from_new_to_old_over_months(db: Db) {
    let mut entries: Vec<_> = (1..=20)
        .map(|seq| entry(1, seq, END_OF_MONTH.plus(Span::secs(seq)), "step"))
        .collect();
    entries.push(entry(1, 21, END_OF_MONTH.plus(Span::secs(21)), "other"));
    for entry in &entries {
        db.store.append_entries(vec![entry.clone()]).await.unwrap();
    }
    for limit in [3, 10, 20] {
        let mut query = EntryQuery {
            text: "step".into(),
            limit,
            ..EntryQuery::default()
        };
        let mut seen = Vec::new();
        loop {
            let page = db.store.search(&query, &Scope::All).await.unwrap();
            assert!(!page.hits.is_empty() && page.hits.len() <= limit as usize);
            seen.extend(page.hits.iter().map(|hit| hit.key.seq));
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, (1..=20).rev().collect::<Vec<_>>(), "{limit}");
    }
    let query = EntryQuery {
        since: Some(END_OF_MONTH.plus(Span::secs(15))),
        ..EntryQuery::default()
    };
    assert_eq!(db.store.search(&query, &Scope::All).await.unwrap().hits.len(), 7);
    let bad = EntryQuery {
        cursor: Some("x".into()),
        ..EntryQuery::default()
    };
    assert!(matches!(
        db.store.search(&bad, &Scope::All).await,
        Err(store::Error::Cursor)
    ));
}

async fn nothing_typed_is_stored_in_the_clear(db: Db) {
    let mut one = entry(1, 1, NOON, "echo MARKERBODY");
    one.detail = json!({"output": "MARKERDETAIL"});
    one.indexed = "MARKERWORD".into();
    db.store.append_entries(vec![one.clone()]).await.unwrap();
    let done = Completion {
        outcome: Outcome::Ok,
        rows: 0,
        bytes: 0,
        duration: Span(0),
        detail: Some(json!("MARKERDONE")),
        indexed: "MARKERMORE".into(),
    };
    db.store.complete_entry(one.key, done).await.unwrap();
    assert_eq!(found(&db, "markermore").await.len(), 1);
    let table = "entries_202611";
    let all = if db.is_sqlite() {
        let path = db.url.trim_start_matches("sqlite://").to_owned();
        [path.clone(), format!("{path}-wal")]
            .iter()
            .flat_map(|path| std::fs::read(path).unwrap())
            .collect()
    } else {
        let mut conn = <sqlx::PgConnection as sqlx::Connection>::connect(&db.url)
            .await
            .unwrap();
        let query = format!("SELECT string_agg(e::text, ' ') FROM {table} e");
        let text: String = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .fetch_one(&mut conn)
            .await
            .unwrap();
        // Bytes are shown in hexadecimal.
        let hex = "4d41524b4552";
        assert!(!text.contains(hex));
        text.into_bytes()
    };
    let lower = all.to_ascii_lowercase();
    assert!(!lower.windows(6).any(|window| window == b"marker"));
}
