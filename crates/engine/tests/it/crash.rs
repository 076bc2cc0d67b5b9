//! A process that is killed, and the next one.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{recording::RecordingState, session::State, stop::EndReason};
use engine::Direction;
use testkit::{House, script::Script};

use crate::{ana, call, house};

/// Runs a house in a runtime of its own and drops that runtime in the middle: no task gets to its end.
fn killed_in_the_middle(script: &Script) -> tempfile::TempDir {
    let script = script.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let dir = runtime.block_on(async move {
            let house = house(&script).await;
            let _served = call(&house, &script);
            house.in_state(State::Active).await;
            let connection = house.sessions().await[0].session.id;
            let row = house.session(connection).await;
            let file = house
                .path()
                .join("spool")
                .join(format!("{}.tape.part", row.connections[0].connection.id));
            // Until what passed is durable.
            let until = Instant::now() + Duration::from_secs(5);
            while std::fs::metadata(&file).unwrap().len() < 1_200 && Instant::now() < until {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            house.into_dir()
        });
        runtime.shutdown_background();
        dir
    })
    .join()
    .unwrap()
}

#[tokio::test]
async fn after_a_kill_every_session_is_ended_and_its_tape_sealed_to_the_last_durable_record() {
    let script = Script {
        passes: vec![(Direction::FromTarget, "the last thing seen")],
        ..ana()
    };
    let dir = killed_in_the_middle(&script);
    let restarted = Instant::now();
    let house = House::at(dir, vec![Arc::new(script)]).await;
    let row = house
        .newest("a lost session", |row| row.life.state.is_terminal())
        .await;
    assert!(
        restarted.elapsed() < Duration::from_secs(10),
        "{:?}",
        restarted.elapsed()
    );
    assert_eq!(
        (row.life.state, row.life.end_reason),
        (State::Failed, Some(EndReason::GatewayLost))
    );
    let row = house.ended().await;
    let connection = &row.connections[0].connection;
    assert_eq!(connection.recording, RecordingState::Available);
    assert_eq!(connection.close_reason, Some(EndReason::GatewayLost));
    let recording = house.recording(&row).await;
    assert!(!recording.finished, "it says that it is unfinished");
    assert!(recording.has(false, "the last thing seen"));
}
