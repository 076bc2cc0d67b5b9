//! Measures writing: steps of sessions (each with its audit event, durable when it returns) and activity entries.
//!
//! `cargo run --release -p store --example write_bench`. PostgreSQL is started by the program itself, without waiting for the disk
//! (`fsync = off`), so that its numbers are those of the statements alone; SQLite waits for the disk.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement, not a part of the product"
)]

#[path = "../tests/it/cluster.rs"]
mod cluster;
#[path = "../tests/it/make.rs"]
#[expect(dead_code, reason = "shared with the tests")]
mod make;

use std::time::{Duration, Instant};

use domain::{
    ConnectionId, Span,
    session::{Event, Session},
};
use make::{NOON, cause, life, object, secs, session};
use store::{ContentKey, Entry, EntryKey, EntryKind, Options, Outcome, Store, TapePlace};

const SESSIONS: u16 = 2000;

/// Lets many callers make a session and log in; gives how long each call took.
async fn steps(store: &Store, callers: u16, first: u16) -> Vec<Duration> {
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut took = Vec::new();
                for number in (first + caller..first + SESSIONS / 4).step_by(callers.into()) {
                    let session = session(number);
                    let begun = Instant::now();
                    store
                        .create_session(session.clone(), life(&session), None, cause(NOON))
                        .await
                        .unwrap();
                    took.push(begun.elapsed());
                    let begun = Instant::now();
                    store
                        .step(session.id, Event::LoggedIn, cause(secs(1)), None)
                        .await
                        .unwrap();
                    took.push(begun.elapsed());
                }
                took
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.unwrap());
    }
    all
}

fn entry(session: &Session, seq: i64) -> Entry {
    Entry {
        key: EntryKey {
            session: session.id,
            seq,
            at: secs(seq / 1000),
        },
        connection: ConnectionId(object(1).0),
        kind: EntryKind::Command,
        outcome: Outcome::Ok,
        rows: 0,
        bytes: 120,
        duration: Span(500),
        user: object(1),
        resource: object(2),
        gateway: "gw-1".into(),
        resource_type: "ssh".into(),
        body: format!("sudo systemctl restart service-{} --now", seq % 977),
        detail: serde_json::Value::Null,
        indexed: "warning unit file changed on disk run daemon reload".into(),
        place: TapePlace::default(),
    }
}

fn report(what: &str, done: usize, whole: Duration, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |part: f64| {
        took.get(((took.len() - 1) as f64 * part) as usize)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{what}: {:.0}/s; a call p50 {:.1?}, p95 {:.1?}, p99 {:.1?}",
        done as f64 / whole.as_secs_f64(),
        at(0.5),
        at(0.95),
        at(0.99)
    );
}

#[tokio::main]
async fn main() {
    for database in ["sqlite", "postgres"] {
        let dir = tempfile::tempdir().unwrap();
        let url = match database {
            "sqlite" => format!("sqlite://{}/meta.db", dir.path().display()),
            _ => cluster::database().await,
        };
        let store = Store::open(&url, Options::new(ContentKey::new([7; 32])))
            .await
            .unwrap();
        for (round, callers) in [1, 8, 64].into_iter().enumerate() {
            let begun = Instant::now();
            let took = steps(&store, callers, round as u16 * SESSIONS).await;
            report(
                &format!("{database}: changes by {callers} callers"),
                took.len(),
                begun.elapsed(),
                took,
            );
        }
        let session = session(1);
        let begun = Instant::now();
        let mut took = Vec::new();
        for batch in 0..20 {
            let entries = (0..1000)
                .map(|number| entry(&session, batch * 1000 + number))
                .collect();
            let begun = Instant::now();
            store.append_entries(entries).await.unwrap();
            took.push(begun.elapsed());
        }
        report(
            &format!("{database}: entries, 1000 at once"),
            20_000,
            begun.elapsed(),
            took,
        );
        store.close().await;
    }
}
