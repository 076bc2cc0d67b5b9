#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod skim;
mod slow_disk;

use std::{path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use domain::{
    ConnectionId, Micros, SessionId,
    object::{Durability, Profile},
    stop::EndReason,
};
use tape::{Direction, Kind, Record};
use tokio::{sync::oneshot, time::Instant};
use vault::{HostKeys, MasterSource, Vault};

use super::{Finish, Intake, Owner, Recorded, RecordedState, Recorder, Spool, Title};
use crate::{keys::Keys, marks::CloseMark};

struct Studio {
    dir: tempfile::TempDir,
    keys: Arc<Keys>,
    vault: Arc<Vault>,
    spool: Arc<Spool>,
}

impl Studio {
    fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let spool = dir.path().join("spool");
        Self::at(dir, &spool)
    }

    fn at(dir: tempfile::TempDir, spool: &Path) -> Self {
        Self::with(dir, spool, |spool| spool)
    }

    fn with(dir: tempfile::TempDir, spool: &Path, change: impl FnOnce(Spool) -> Spool) -> Self {
        let vault = Vault::open(&dir.path().join("keys"), &MasterSource::Own, HostKeys::Ed25519).unwrap();
        let vault = Arc::new(vault);
        let keys = Arc::new(Keys::new(Arc::clone(&vault)).unwrap());
        let spool = Arc::new(change(Spool::open(spool.to_owned(), Arc::clone(&keys)).unwrap()));
        Self {
            dir,
            keys,
            vault,
            spool,
        }
    }

    async fn record(&self, durability: Durability) -> (Recorder, ConnectionId) {
        let tape = ConnectionId::fresh();
        let title = Title {
            tape,
            session: SessionId::new(Micros::now(), 1, 1),
            node: "gate-1".to_owned(),
            protocol: "lines".to_owned(),
        };
        let profile = Profile {
            durability,
            ..Profile::default()
        };
        let recorder = Recorder::start(&self.spool, title, &profile);
        recorder.begun().await.unwrap();
        (recorder, tape)
    }

    /// Reads every record that is in the file now, and whether it verifies as intact.
    fn play(&self, tape: ConnectionId) -> (Vec<Record>, bool) {
        let file = std::fs::File::open(self.spool.path(tape)).unwrap();
        let public = self.keys.signer().public();
        let intact = tape::verify(&file, &[public]).unwrap().verdict == tape::Verdict::Intact;
        let mut reader = tape::Reader::open(&file).unwrap();
        let label = &reader.head().label;
        let key = self
            .vault
            .keyring()
            .open_data_key(&label.data_key, label.tape)
            .unwrap();
        reader.unlock(tape::DataKey::new(key.expose()).unwrap());
        let mut records = Vec::new();
        while let tape::Next::Block(block) = reader.next_block().unwrap() {
            records.extend(block.records().map(Result::unwrap));
        }
        (records, intact)
    }
}

fn data(text: impl Into<Bytes>) -> Kind {
    Kind::Data(Direction::FromTarget, text.into())
}

fn last(reason: &str) -> Finish {
    Finish {
        reason: reason.to_owned(),
        note: Some(Bytes::from_static(b"{}")),
    }
}

async fn seal(recorder: Recorder) -> Recorded {
    recorder.finish(last("over")).await.unwrap()
}

/// What never comes is a failure, not a test that hangs.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_mins(1), work).await.unwrap()
}

fn bytes_of(records: &[Record]) -> usize {
    let bytes = records.iter().map(|record| {
        if let Kind::Data(_, bytes) = &record.kind {
            bytes.len()
        } else {
            0
        }
    });
    bytes.sum()
}

#[tokio::test]
async fn everything_that_is_put_is_on_the_tape_in_order() {
    let studio = Studio::open();
    let (recorder, tape) = studio.record(Durability::Group).await;
    let intake = recorder.intake();
    for number in 0..5_000_u32 {
        intake
            .put(number % 3, data(format!("line {number}")))
            .await
            .unwrap();
    }
    let sealed = seal(recorder).await;
    assert_eq!(sealed.state, RecordedState::Finished);
    let (records, intact) = studio.play(tape);
    assert!(intact);
    for (number, record) in records.iter().take(5_000).enumerate() {
        assert_eq!(
            (record.strand, &record.kind),
            (number as u32 % 3, &data(format!("line {number}")))
        );
    }
    assert!(
        matches!(records.last().unwrap().kind, Kind::Note(_)),
        "the last words come last"
    );
    assert_eq!(
        sealed.size,
        std::fs::metadata(studio.spool.path(tape)).unwrap().len()
    );
}

#[tokio::test(start_paused = true)]
async fn a_record_is_durable_within_250_ms() {
    let studio = Studio::open();
    let (recorder, tape) = studio.record(Durability::Group).await;
    let mut growth = recorder.growth();
    growth.borrow_and_update();
    tokio::time::sleep(Duration::from_hours(1)).await;
    assert!(!growth.has_changed().unwrap(), "an idle tape writes nothing");
    for round in 0..3_u32 {
        let put = Instant::now();
        recorder
            .intake()
            .put(1, data(format!("key {round}")))
            .await
            .unwrap();
        growth.changed().await.unwrap();
        growth.borrow_and_update();
        assert!(put.elapsed() <= Duration::from_millis(250), "{:?}", put.elapsed());
        assert_eq!(studio.play(tape).0.len(), round as usize + 1);
    }
    seal(recorder).await;
}

#[tokio::test]
async fn a_busy_tape_is_durable_soon_too() {
    let studio = Studio::open();
    let (recorder, _) = studio.record(Durability::Group).await;
    let mut growth = recorder.growth();
    let intake = recorder.intake();
    let busy = tokio::spawn(async move {
        let chunk = Bytes::from(vec![b'x'; 32 << 10]);
        let until = Instant::now() + Duration::from_secs(2);
        while Instant::now() < until {
            intake.put(1, data(chunk.clone())).await.unwrap();
        }
    });
    let begun = Instant::now();
    let mut syncs = 0;
    while begun.elapsed() < Duration::from_millis(1_800) {
        growth.changed().await.unwrap();
        syncs += 1;
    }
    assert!(syncs >= 4, "only {syncs} syncs in two seconds of traffic");
    busy.await.unwrap();
    seal(recorder).await;
}

#[tokio::test]
async fn a_strict_record_is_on_disk_when_put_returns() {
    let studio = Studio::open();
    let (recorder, tape) = studio.record(Durability::Strict).await;
    for number in 0..20_usize {
        recorder
            .intake()
            .put(1, data(format!("line {number}")))
            .await
            .unwrap();
        assert_eq!(studio.play(tape).0.len(), number + 1);
    }
    seal(recorder).await;
}

#[tokio::test]
async fn a_disk_that_hangs_holds_callers_at_the_budget_and_loses_nothing() {
    let studio = Studio::open();
    let (recorder, tape) = studio.record(Durability::Group).await;
    let intake = recorder.intake();
    let held = studio.spool.hold().await;
    let chunk = Bytes::from(vec![7; 8 << 10]);
    let mut accepted = 0;
    while accepted < 16 << 20 {
        let put = tokio::time::timeout(Duration::from_millis(400), intake.put(1, data(chunk.clone())));
        match put.await {
            Ok(put) => put.unwrap(),
            Err(_elapsed) => break,
        }
        accepted += chunk.len();
    }
    assert!(
        accepted <= 1 << 20,
        "{accepted} bytes were accepted and none was written"
    );
    drop(held);
    intake.put(1, data("after")).await.unwrap();
    seal(recorder).await;
    assert_eq!(bytes_of(&studio.play(tape).0), accepted + 5);
}

#[tokio::test]
async fn a_recorder_without_a_folder_fails_and_lets_nothing_pass() {
    let studio = Studio::open();
    std::fs::remove_dir_all(studio.dir.path().join("spool")).unwrap();
    let title = Title {
        tape: ConnectionId::fresh(),
        session: SessionId::new(Micros::now(), 1, 1),
        node: String::new(),
        protocol: String::new(),
    };
    let recorder = Recorder::start(&studio.spool, title, &Profile::default());
    assert_eq!(
        recorder.begun().await.unwrap_err().reason,
        EndReason::RecorderFailed
    );
    assert_eq!(recorder.failed().await.reason, EndReason::RecorderFailed);
    let intake = recorder.intake();
    assert_eq!(
        intake.put(1, data("x")).await.unwrap_err().reason,
        EndReason::RecorderFailed
    );
    assert!(intake.check().is_err());
    assert_eq!(seal(recorder).await.state, RecordedState::Broken);
}

#[tokio::test]
async fn a_strand_that_nobody_closes_is_closed_as_cut() {
    let studio = Studio::open();
    let (recorder, tape) = studio.record(Durability::Group).await;
    recorder
        .intake()
        .put(4, Kind::Open(Bytes::from_static(b"{}")))
        .await
        .unwrap();
    seal(recorder).await;
    let (records, _) = studio.play(tape);
    let closed = records.iter().find_map(|record| match &record.kind {
        Kind::Close(body) if record.strand == 4 => Some(body.clone()),
        _ => None,
    });
    assert!(serde_json::from_slice::<CloseMark>(&closed.unwrap()).unwrap().cut);
}

#[tokio::test]
async fn a_recorder_that_is_dropped_seals_its_tape() {
    let studio = Studio::open();
    let (recorder, tape) = studio.record(Durability::Group).await;
    recorder.intake().put(1, data("kept")).await.unwrap();
    let mut growth = recorder.growth();
    drop(recorder);
    growth.wait_for(|growth| growth.finished).await.unwrap();
    let (records, intact) = studio.play(tape);
    assert!(intact && bytes_of(&records) == 4);
}

/// A small file system of its own; [`None`] where none can be mounted.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(bytes: usize) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let size = format!("size={bytes}");
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "tmpfs"])
            .arg(dir.path())
            .output();
        mount.is_ok_and(|mount| mount.status.success()).then(|| Self(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _unmounted = std::process::Command::new("umount")
            .arg("-l")
            .arg(self.0.path())
            .status();
    }
}

async fn fill(intake: &Intake) -> (usize, EndReason) {
    let mut accepted = 0;
    // What does not compress, so that the disk is really full.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    loop {
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as u8
        })
        .take(16 << 10)
        .collect();
        match intake.put(1, data(noise)).await {
            Ok(()) => accepted += 16 << 10,
            Err(stop) => return (accepted, stop.reason),
        }
        assert!(accepted < 64 << 20, "the disk never got full");
    }
}

#[tokio::test]
async fn a_full_disk_ends_the_tape_with_everything_that_was_accepted() {
    for durability in [Durability::Group, Durability::Strict] {
        let Some(disk) = SmallDisk::mount(3 << 20) else {
            eprintln!("no tmpfs can be mounted here: not checked");
            return;
        };
        let studio = Studio::at(tempfile::tempdir().unwrap(), &disk.0.path().join("spool"));
        let (recorder, tape) = studio.record(durability).await;
        let (accepted, reason) = fill(&recorder.intake()).await;
        assert_eq!(reason, EndReason::StorageFull);
        assert_eq!(recorder.failed().await.reason, EndReason::StorageFull);
        assert!(accepted >= 1 << 20, "it was given up after {accepted} bytes");
        let sealed = seal(recorder).await;
        assert_eq!(
            sealed.state,
            RecordedState::Finished,
            "there was room for the seal"
        );
        let (records, intact) = studio.play(tape);
        assert!(intact);
        assert_eq!(
            bytes_of(&records),
            accepted,
            "what was accepted is there, and nothing else"
        );
    }
}

#[tokio::test]
async fn a_tape_cannot_begin_on_a_full_disk() {
    let Some(disk) = SmallDisk::mount(64 << 10) else {
        eprintln!("no tmpfs can be mounted here: not checked");
        return;
    };
    let studio = Studio::at(tempfile::tempdir().unwrap(), &disk.0.path().join("spool"));
    let title = Title {
        tape: ConnectionId::fresh(),
        session: SessionId::new(Micros::now(), 1, 1),
        node: String::new(),
        protocol: String::new(),
    };
    let recorder = Recorder::start(&studio.spool, title, &Profile::default());
    assert_eq!(recorder.begun().await.unwrap_err().reason, EndReason::StorageFull);
}

#[tokio::test]
async fn a_second_process_does_not_get_the_spool() {
    let studio = Studio::open();
    let again = Spool::open(studio.dir.path().join("spool"), Arc::clone(&studio.keys));
    assert_eq!(again.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_recorder_that_rests_keeps_no_room_for_its_work() {
    fn size<A, B, F>(_: impl Fn(A, B) -> F) -> usize {
        size_of::<F>()
    }
    let run =
        size(|owner: &'static mut Owner, finish: &'static mut oneshot::Receiver<Finish>| owner.run(finish));
    let owner = size_of::<Owner>();
    assert!(
        run + owner <= 3 << 9,
        "{run} bytes for the wait, {owner} for what it knows"
    );
}

#[tokio::test(start_paused = true)]
async fn the_working_memory_of_a_burst_is_given_back() {
    let studio = Studio::open();
    studio.spool.with_scratch(|_| Ok(())).unwrap();
    studio.spool.tidy();
    assert_eq!(studio.spool.spare(), 1, "kept for the next block");
    tokio::time::advance(Duration::from_secs(5)).await;
    studio.spool.tidy();
    assert_eq!(studio.spool.spare(), 0);
}
