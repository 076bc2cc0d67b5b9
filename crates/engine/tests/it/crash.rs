//! A process that is killed, and the next one.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{recording::RecordingState, session::State, stop::EndReason};
use engine::{Direction, Played};
use testkit::{House, script::Script};

use crate::{ana, call, house};

/// What a caller sees in these sessions.
const PASSED: &[u8] = b"the last thing seen";

/// Runs a house in a runtime of its own and drops that runtime in the middle: no task gets to its end.
///
/// Gives its folder, and how many bytes of the tape the store knew to be on disk.
fn killed_in_the_middle(script: &Script) -> (tempfile::TempDir, u64) {
    let script = script.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let left = runtime.block_on(async move {
            let house = house(&script).await;
            let _served = call(&house, &script);
            house.in_state(State::Active).await;
            let connection = house.sessions().await[0].session.id;
            let row = house.session(connection).await;
            let tape = row.connections[0].connection.id;
            // Until what passed is durable, and the store knows it.
            let mut reader = house.engine.playback().open(tape, "").await.unwrap();
            let seen =
                |record: &tape::Record| matches!(&record.kind, tape::Kind::Data(_, bytes) if bytes == PASSED);
            loop {
                match reader.next().await.unwrap() {
                    Played::Records(records) if records.iter().any(seen) => break,
                    Played::End(_) => panic!("the tape ended"),
                    _ => {}
                }
            }
            let file = house.path().join("spool").join(format!("{tape}.tape.part"));
            let durable = i64::try_from(std::fs::metadata(file).unwrap().len()).unwrap();
            let known = async |house: &House| house.session(connection).await.connections[0].recording.size;
            let until = Instant::now() + Duration::from_secs(30);
            while known(&house).await < durable && Instant::now() < until {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let known = known(&house).await;
            (house.into_dir(), u64::try_from(known).unwrap())
        });
        runtime.shutdown_background();
        left
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
    let (dir, _) = killed_in_the_middle(&script);
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

#[tokio::test]
async fn a_tape_that_was_cut_before_it_was_sealed_is_told_from_a_crash() {
    let script = Script {
        passes: vec![(Direction::FromTarget, "the last thing seen")],
        ..ana()
    };
    let (dir, known) = killed_in_the_middle(&script);
    let spool = dir.path().join("spool");
    let mut tapes = std::fs::read_dir(&spool)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let tape = tapes
        .find(|path| path.to_string_lossy().ends_with(".tape.part"))
        .unwrap();
    // Somebody takes the end away before the gateway is back.
    let file = std::fs::File::options().write(true).open(&tape).unwrap();
    file.set_len(known - 1).unwrap();
    drop(file);
    let house = House::at(dir, vec![Arc::new(script)]).await;
    let row = house.ended().await;
    let path = house
        .path()
        .join("recordings")
        .join(&row.connections[0].recording.file);
    let keys: Vec<_> = house
        .vault
        .recording_publics()
        .map(|key| tape::PublicKey(*key))
        .collect();
    let report = tape::verify(std::fs::File::open(path).unwrap(), &keys).unwrap();
    assert!(
        matches!(report.verdict, tape::Verdict::Cut { .. }),
        "{}",
        report.verdict
    );
    let told = house.audited("recording.cut").await;
    assert_eq!((told.len(), told[0].session_id), (1, Some(row.session.id)));
    assert!(told[0].detail["bytes_known"].as_u64() >= Some(known));
}
