#![allow(clippy::indexing_slicing, reason = "tests")]

use domain::{ObjectId, SessionId};
use serde_json::json;

use super::*;

fn entry(session: SessionId, seq: i64) -> Entry {
    let key = EntryKey {
        session,
        seq,
        at: Micros(seq),
    };
    Entry {
        key,
        connection: ConnectionId(uuid::Uuid::nil()),
        kind: EntryKind::Statement,
        outcome: Outcome::Unknown,
        rows: 0,
        bytes: 0,
        duration: Span(0),
        user: ObjectId::fresh(),
        resource: ObjectId::fresh(),
        gateway: "gate-1".to_owned(),
        resource_type: "lines".to_owned(),
        body: format!("statement {seq}"),
        detail: json!({ "asked": seq }),
        indexed: String::new(),
        place: TapePlace::default(),
    }
}

fn done(rows: i64) -> Completion {
    Completion {
        outcome: Outcome::Ok,
        rows,
        bytes: 0,
        duration: Span(5),
        detail: Some(json!({ "rows": rows })),
        indexed: String::new(),
    }
}

#[test]
fn what_is_answered_in_the_same_batch_is_written_once() {
    let session = SessionId::new(Micros(1), 1, 1);
    let mut entries = vec![entry(session, 7), entry(session, 8), entry(session, 9)];
    let key = |seq| EntryKey {
        session,
        seq,
        at: Micros(seq),
    };
    let completions = vec![(key(3), done(3)), (key(8), done(8)), (key(9), done(9))];
    let (settled, later) = settle(&mut entries, completions);
    let seqs = |completions: &Completions| completions.iter().map(|(key, _)| key.seq).collect::<Vec<_>>();
    assert_eq!((seqs(&settled), seqs(&later)), (vec![8, 9], vec![3]));
    let rows: Vec<_> = entries.iter().map(|entry| (entry.outcome, entry.rows)).collect();
    assert_eq!(rows, [(Outcome::Unknown, 0), (Outcome::Ok, 8), (Outcome::Ok, 9)]);
    assert_eq!(entries[1].detail, json!({ "rows": 8 }));
    assert_eq!(settle(&mut [], vec![(key(3), done(3))]).1.len(), 1);
}

fn size<A, B, C, F>(_: impl Fn(A, B, C) -> F) -> usize {
    size_of::<F>()
}

#[test]
fn a_tape_that_rests_keeps_no_room_for_the_store() {
    let following = size(
        |engine: &'static Engine, reader: &'static mut TapeReader, indexer: &'static mut Indexer| {
            follow(engine, reader, indexer)
        },
    );
    assert!(following <= 1 << 10, "{following} bytes");
    let (reader, indexer) = (size_of::<TapeReader>(), size_of::<Indexer>());
    assert!(reader + indexer <= 1 << 10, "{reader} and {indexer} bytes");
}
