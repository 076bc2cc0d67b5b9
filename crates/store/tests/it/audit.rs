//! The audit log.

use aws_lc_rs::{
    digest,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use domain::{
    Micros,
    audit::{Actor, AuditEvent, Change},
};
use store::{AuditQuery, Break, Checkpoint, RawLine, SignedVerification, Store, Verification, verify_export};

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
    signatures_name_a_rewritten_chain_and_a_cut_tail,
    a_thousand_runs_over_an_untouched_log_give_no_alarm,
    a_file_says_what_was_changed_removed_inserted_and_cut,
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

/// Somebody who signs the log.
struct Signer(Ed25519KeyPair);

impl Signer {
    fn new(seed: u8) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap())
    }

    fn keys(&self) -> [[u8; 32]; 1] {
        [self.0.public_key().as_ref().try_into().unwrap()]
    }

    /// Signs what is there now.
    async fn sign(&self, store: &Store, at: Micros) -> Checkpoint {
        let (seq, hash) = store.audit_follow((0, [0; 32])).await.unwrap().unwrap();
        let [key] = self.keys();
        let signature = self
            .0
            .sign(&Checkpoint::message(seq, at, &hash))
            .as_ref()
            .to_vec();
        let checkpoint = Checkpoint {
            seq,
            at,
            hash,
            key,
            signature,
        };
        store.add_checkpoint(checkpoint.clone()).await.unwrap();
        checkpoint
    }

    async fn verify(&self, db: &Db, pinned: Option<&Checkpoint>) -> SignedVerification {
        db.store.audit_verify_signed(&self.keys(), pinned).await.unwrap()
    }
}

/// Hashes a line as the format says: what anybody can do who knows it.
fn hash_of(before: &[u8], seq: i64, payload: &str) -> [u8; 32] {
    let text = [
        b"doorward audit 1\0".as_slice(),
        before,
        &seq.to_be_bytes(),
        payload.as_bytes(),
    ];
    let hash = digest::digest(&digest::SHA256, &text.concat());
    hash.as_ref().try_into().unwrap()
}

/// Numbers lines anew and makes them one chain, as somebody would who has changed one.
fn chained(lines: Vec<RawLine>) -> Vec<RawLine> {
    let mut before = [0; 32];
    let again = lines.into_iter().zip(1..).map(|(line, seq)| {
        before = hash_of(&before, seq, &line.payload);
        RawLine {
            seq,
            hash: before,
            ..line
        }
    });
    again.collect()
}

async fn signatures_name_a_rewritten_chain_and_a_cut_tail(db: Db) {
    let signer = Signer::new(1);
    write(&db.store, 3).await;
    let first = signer.sign(&db.store, secs(10)).await;
    write(&db.store, 2).await;
    let second = signer.sign(&db.store, secs(20)).await;
    write(&db.store, 1).await;
    let report = signer.verify(&db, Some(&first)).await;
    assert_eq!(report.found, Verification::Intact { lines: 6, last: 6 });
    assert_eq!(
        (report.signed, report.signed_at, report.checkpoints),
        (5, secs(20), 2)
    );
    // A key that nobody knows proves nothing.
    let stranger = Signer::new(2).verify(&db, None).await;
    assert_eq!(
        stranger.found,
        Verification::Broken {
            seq: 3,
            what: Break::Forged
        }
    );
    // The fourth line says something else, and the chain is made to fit.
    let mut lines = db.store.audit_lines(&AuditQuery::default(), 0).await.unwrap();
    lines[3].payload = lines[3].payload.replace("anna", "bert");
    let lines = chained(lines);
    unguard(&db).await;
    let hex = |bytes: &[u8]| {
        let digits = bytes
            .iter()
            .fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
        if db.is_sqlite() {
            format!("X'{digits}'")
        } else {
            format!("decode('{digits}', 'hex')")
        }
    };
    let mut before = [0; 32];
    for line in &lines {
        let actor = if line.payload.contains("bert") {
            "bert"
        } else {
            "anna"
        };
        let statement = format!(
            "UPDATE audit_events SET payload = '{}', actor = '{actor}', prev_hash = {}, hash = {} WHERE seq = {}",
            line.payload,
            hex(&before),
            hex(&line.hash),
            line.seq
        );
        db.tamper(&statement, &statement).await.unwrap();
        before = line.hash;
    }
    let head = format!("UPDATE audit_heads SET hash = {}", hex(&before));
    db.tamper(&head, &head).await.unwrap();
    // The chain alone is whole again.
    assert_eq!(verify(&db).await, Verification::Intact { lines: 6, last: 6 });
    assert_eq!(
        signer.verify(&db, None).await.found,
        Verification::Broken {
            seq: 5,
            what: Break::Forged
        }
    );
    // Back to the third line, with a head that fits: the signature of the fifth misses it.
    let cut = format!(
        "DELETE FROM audit_events WHERE seq > 3; UPDATE audit_heads SET seq = 3, hash = {}",
        hex(&lines[2].hash)
    );
    db.tamper(&cut, &cut).await.unwrap();
    assert_eq!(verify(&db).await, Verification::Intact { lines: 3, last: 3 });
    let missing = Verification::Broken {
        seq: 4,
        what: Break::Cut,
    };
    assert_eq!(signer.verify(&db, None).await.found, missing);
    // The signatures went with it: the one that was kept elsewhere misses it still.
    let unsigned = "DELETE FROM audit_checkpoints WHERE seq > 3";
    assert!(
        db.tamper(unsigned, unsigned).await.is_err(),
        "signatures are added to only"
    );
    db.tamper(
        "DROP TRIGGER audit_checkpoints_keep_delete",
        "DROP TRIGGER audit_checkpoints_keep ON audit_checkpoints",
    )
    .await
    .unwrap();
    db.tamper(unsigned, unsigned).await.unwrap();
    assert_eq!(
        signer.verify(&db, None).await.found,
        Verification::Intact { lines: 3, last: 3 }
    );
    assert_eq!(signer.verify(&db, Some(&second)).await.found, missing);
}

async fn a_thousand_runs_over_an_untouched_log_give_no_alarm(db: Db) {
    let signer = Signer::new(1);
    let mut pinned = None;
    let mut lines = 0;
    for run in 0..1000 {
        if run % 9 == 0 {
            write(&db.store, 1 + run % 2).await;
            lines += 1 + run % 2;
        }
        if run % 23 == 0 {
            pinned = Some(signer.sign(&db.store, secs(run)).await);
        }
        let report = signer.verify(&db, pinned.as_ref()).await;
        assert_eq!(
            report.found,
            Verification::Intact { lines, last: lines },
            "run {run}"
        );
        assert_eq!(Some(report.signed), pinned.as_ref().map(|one| one.seq));
    }
}

/// The file of an export, line by line.
async fn file(store: &Store) -> Vec<String> {
    let signed = store.checkpoints(1, i64::MAX).await.unwrap();
    let mut file = Vec::new();
    for line in store.audit_lines(&AuditQuery::default(), 0).await.unwrap() {
        file.push(line.write());
        let behind = signed.iter().filter(|checkpoint| checkpoint.seq == line.seq);
        file.extend(behind.map(Checkpoint::write));
    }
    file
}

async fn a_file_says_what_was_changed_removed_inserted_and_cut(db: Db) {
    let gateway = Signer::new(1);
    for round in 0..3 {
        write(&db.store, 4).await;
        gateway.sign(&db.store, secs(round)).await;
    }
    let whole = file(&db.store).await;
    let check = |file: &[String], newer: Option<&Checkpoint>| {
        verify_export(file.concat().as_bytes(), &gateway.keys(), newer)
            .unwrap()
            .found
    };
    let intact = Verification::Intact { lines: 12, last: 12 };
    assert_eq!(check(&whole, None), intact);
    let broken = |seq, what| Verification::Broken { seq, what };
    let is_line = |at: &usize| whole[*at].starts_with("{\"seq\"");
    let mut seq = 0;
    for at in (0..whole.len()).filter(is_line) {
        seq += 1;
        let mut changed = whole.clone();
        changed[at] = changed[at].replace("anna", "bert");
        assert_eq!(
            check(&changed, None),
            broken(seq, Break::Altered),
            "changed {seq}"
        );
        let mut removed = whole.clone();
        removed.remove(at);
        let found = check(&removed, None);
        assert_eq!(found, broken(seq, Break::Missing), "removed {seq}");
        let mut inserted = whole.clone();
        inserted.insert(at, whole[at].clone());
        let found = check(&inserted, None);
        assert_eq!(found, broken(seq + 1, Break::Unchained), "inserted {seq}");
    }
    // Made to fit: the next signature says that it was another log.
    let lines = db.store.audit_lines(&AuditQuery::default(), 0).await.unwrap();
    let forge = |work: &dyn Fn(&mut Vec<RawLine>)| {
        let mut lines = lines.clone();
        work(&mut lines);
        let checkpoints: Vec<_> = whole.iter().filter_map(|line| Checkpoint::read(line)).collect();
        let mut file = Vec::new();
        for line in chained(lines) {
            file.push(line.write());
            let behind = checkpoints.iter().filter(|checkpoint| checkpoint.seq == line.seq);
            file.extend(behind.map(Checkpoint::write));
        }
        file
    };
    let changed = forge(&|lines| lines[5].payload = lines[5].payload.replace("anna", "bert"));
    assert_eq!(check(&changed, None), broken(8, Break::Forged));
    let inserted = forge(&|lines| lines.insert(5, lines[0].clone()));
    assert_eq!(check(&inserted, None), broken(8, Break::Forged));
    let removed = forge(&|lines| drop(lines.remove(9)));
    assert_eq!(check(&removed, None), broken(12, Break::Cut));
    // Cut: anywhere but behind a signature it shows by itself, there by a newer signature.
    for keep in 0..whole.len() {
        let cut = &whole[..keep];
        let signed = cut.last().and_then(|line| Checkpoint::read(line));
        let newest = whole.last().and_then(|line| Checkpoint::read(line)).unwrap();
        let last = cut.iter().filter(|line| line.starts_with("{\"seq\"")).count() as i64;
        match signed {
            Some(signed) => {
                assert_eq!(
                    check(cut, None),
                    Verification::Intact {
                        lines: signed.seq,
                        last: signed.seq
                    }
                );
                assert_eq!(check(cut, Some(&newest)), broken(last + 1, Break::Cut));
            }
            None => assert_eq!(check(cut, None), broken(last + 1, Break::Cut), "{keep}"),
        }
    }
}
