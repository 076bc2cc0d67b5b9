//! A process that is killed in the middle of its writes.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use domain::{
    audit::{Actor, AuditEvent},
    session::Event,
};
use store::{Store, Verification};

use crate::{
    db::{Db, on_both, options},
    make::{NOON, cause, life, secs, session},
};

on_both!(a_killed_process_loses_nothing_that_was_acknowledged);

/// Tells the child which database to write to.
const URL: &str = "STORE_TEST_CRASH_URL";

async fn a_killed_process_loses_nothing_that_was_acknowledged(db: Db) {
    db.store.close().await;
    for _ in 0..3 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child", "--ignored", "--nocapture"])
            .env(URL, &db.url)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let acknowledged = lines
            .filter_map(|line| line.strip_prefix("acknowledged ")?.parse::<i64>().ok())
            .take(300)
            .max();
        child.kill().unwrap();
        child.wait().unwrap();
        let again = db.again().await;
        let found = again.audit_verify(1, i64::MAX).await.unwrap();
        let Verification::Intact { last, .. } = found else {
            panic!("{found:?}");
        };
        assert!(last >= acknowledged.unwrap(), "{last} {acknowledged:?}");
        // No session without its event, and no event without its change.
        let rows = again.audit_since(0, 1000).await.unwrap();
        for row in rows.iter().filter(|row| row.event.kind == "session.logged_in") {
            let session = again
                .session(row.event.session_id.unwrap(), NOON)
                .await
                .unwrap()
                .unwrap();
            assert!(session.life.first_logon_at.is_set());
        }
        again.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the process that is killed; its parent starts it"]
async fn child() {
    let Ok(url) = std::env::var(URL) else {
        return;
    };
    let store = Store::open(&url, options()).await.unwrap();
    let begin = u16::try_from(*store.audit_changed().borrow()).unwrap();
    for task in 0..4 {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0..1000 {
                let session = session(begin + task * 1000 + number);
                let made = store
                    .create_session(session.clone(), life(&session), None, cause(NOON))
                    .await
                    .unwrap();
                println!("acknowledged {made}");
                let step = store
                    .step(session.id, Event::LoggedIn, cause(secs(1)), None)
                    .await
                    .unwrap();
                println!("acknowledged {}", step.audit_seq.unwrap());
            }
        });
    }
    loop {
        let event = AuditEvent::new(NOON, "sessions.exported", Actor::user("anna"));
        println!("acknowledged {}", store.audit_append(event).await.unwrap());
    }
}
