//! Ends that go wrong: panics, hangs, shelves that do not answer, and the end of the gateway.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use domain::{ConnectionId, recording::RecordingState, session::State, stop::EndReason};
use engine::{Folder, Limits, Shelf, marks::Mark};
use testkit::{
    House,
    script::{Act, Script},
};
use tokio::io::AsyncRead;

use crate::{ana, call, house, stage};

#[tokio::test]
async fn a_panic_ends_its_own_session_and_is_sealed_like_any_other() {
    for script in [
        Script {
            relay: Act::Panic,
            ..ana()
        },
        Script {
            connect: Act::Panic,
            ..ana()
        },
    ] {
        let house = house(&script).await;
        let other = ana();
        let bystander = call(&house, &other);
        let bystanding = house.in_state(State::Active).await;
        call(&house, &script).await.unwrap();
        let row = house.ended().await;
        assert_eq!(
            (row.life.state, row.life.end_reason),
            (State::Failed, Some(EndReason::ProtocolError))
        );
        assert!(house.recording(&row).await.finished);
        assert_eq!(
            house.session(bystanding.session.id).await.life.state,
            State::Active
        );
        house.terminate(bystanding.session.id).await;
        bystander.await.unwrap();
    }
}

#[tokio::test]
async fn a_target_that_never_answers_is_given_up() {
    let script = Script {
        connect: Act::Hang,
        ..ana()
    };
    let limits = Limits {
        connect: Duration::from_millis(300),
        ..House::limits()
    };
    let house = House::with(vec![Arc::new(script.clone())], limits).await;
    stage(&house).await;
    call(&house, &script).await.unwrap();
    let row = house.ended().await;
    assert_eq!(
        (row.life.state, row.life.end_reason),
        (State::Failed, Some(EndReason::TargetUnreachable))
    );
}

#[tokio::test]
async fn a_farewell_that_hangs_does_not_keep_the_socket() {
    let script = Script {
        farewell: Act::Hang,
        ..ana()
    };
    let house = house(&script).await;
    let served = call(&house, &script);
    let row = house.in_state(State::Active).await;
    let ordered = Instant::now();
    house.terminate(row.session.id).await;
    served.await.unwrap();
    assert!(
        ordered.elapsed() < Duration::from_secs(2),
        "{:?}",
        ordered.elapsed()
    );
}

/// A shelf that hangs until it is let go.
#[derive(Debug)]
struct StuckShelf {
    folder: Folder,
    stuck: AtomicBool,
}

#[async_trait]
impl Shelf for StuckShelf {
    async fn put(&self, tape: ConnectionId, file: &Path) -> io::Result<String> {
        if self.stuck.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        self.folder.put(tape, file).await
    }

    async fn open(&self, name: &str) -> io::Result<Box<dyn AsyncRead + Send + Unpin>> {
        self.folder.open(name).await
    }

    async fn find(&self, tape: ConnectionId) -> io::Result<Option<String>> {
        self.folder.find(tape).await
    }

    async fn remove(&self, name: &str) -> io::Result<bool> {
        self.folder.remove(name).await
    }

    async fn list(&self, after: Option<&str>, most: usize) -> io::Result<Vec<String>> {
        self.folder.list(after, most).await
    }
}

#[tokio::test]
async fn a_shelf_that_hangs_does_not_hang_the_end_and_gets_the_tape_later() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::open(dir.path().join("recordings")).unwrap();
    let shelf = Arc::new(StuckShelf {
        folder,
        stuck: AtomicBool::new(true),
    });
    let limits = Limits {
        shelf: Duration::from_millis(200),
        ..House::limits()
    };
    let script = ana();
    let house = House::with_shelf(
        dir,
        vec![Arc::new(script.clone())],
        limits,
        Arc::clone(&shelf) as _,
    )
    .await;
    stage(&house).await;
    let served = call(&house, &script);
    let row = house.in_state(State::Active).await;
    house.terminate(row.session.id).await;
    served.await.unwrap();
    let row = house.in_state(State::Terminated).await;
    assert_eq!(
        row.connections[0].connection.recording,
        RecordingState::Finalising
    );
    shelf.stuck.store(false, Ordering::SeqCst);
    let row = house.ended().await;
    assert_eq!(row.connections[0].connection.recording, RecordingState::Available);
    assert!(house.recording(&row).await.finished);
}

#[tokio::test]
async fn a_shutdown_tells_waits_cuts_and_seals() {
    let script = ana();
    let house = house(&script).await;
    let served = call(&house, &script);
    house.in_state(State::Active).await;
    house.engine.shutdown(Duration::from_secs(10)).await;
    served.await.unwrap();
    assert!(
        script.has("noticed: session is ending: the gateway is shutting down"),
        "{:?}",
        script.log
    );
    let row = house.ended().await;
    assert_eq!(
        (row.life.state, row.life.end_reason),
        (State::Canceled, Some(EndReason::GatewayShutdown))
    );
    let recording = house.recording(&row).await;
    assert!(recording.finished);
    let stopped = recording.notes().into_iter().any(|mark| {
        matches!(
            mark,
            Mark::Stopped {
                reason: EndReason::GatewayShutdown,
                ..
            }
        )
    });
    assert!(stopped);

    let late = ana();
    call(&house, &late).await.unwrap();
    assert!(late.has("farewell: the gateway is shutting down"));
}

#[tokio::test]
async fn a_user_gets_so_many_connections_and_no_more() {
    let script = ana();
    let limits = Limits {
        connections_per_user: 1,
        ..House::limits()
    };
    let house = House::with(vec![Arc::new(script.clone())], limits).await;
    stage(&house).await;
    let served = call(&house, &script);
    let row = house.in_state(State::Active).await;
    let second = ana();
    call(&house, &second).await.unwrap();
    assert!(second.has("no connection is free"), "{:?}", second.log);
    assert_eq!(house.sessions().await[0].life.state, State::Denied);
    house.terminate(row.session.id).await;
    served.await.unwrap();
    house.ended().await;
    let third = call(&house, &script);
    let row = house.in_state(State::Active).await;
    house.terminate(row.session.id).await;
    third.await.unwrap();
}
