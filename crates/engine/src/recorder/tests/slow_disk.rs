//! What is promised while the disk has not answered yet.

use std::{fs::File, io, pin::pin, sync::Arc, task::Poll};

use domain::object::Durability;
use futures_util::poll;
use tokio::{runtime::Handle, sync::watch};

use super::{Studio, bytes_of, data, seal, soon};
use crate::recorder::{
    commit::BUDGET_MIN,
    disk::{Disk, Disks},
    intake::OVERHEAD,
    spool::Spool,
};

/// What a disk is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Append,
    Sync,
}

/// A disk that does one kind of work only when it is let.
#[derive(Debug)]
struct SlowDisk {
    file: File,
    slow: Work,
    brake: Arc<Brake>,
}

#[derive(Debug)]
struct Brake {
    held: watch::Sender<bool>,
    /// How often somebody has come to a brake that was held.
    came: watch::Sender<u32>,
}

impl Brake {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            held: watch::Sender::new(false),
            came: watch::Sender::new(0),
        })
    }

    fn hold(&self) {
        self.held.send_replace(true);
    }

    fn release(&self) {
        self.held.send_replace(false);
    }

    /// Waits until somebody waits here.
    async fn reached(&self) {
        let mut came = self.came.subscribe();
        soon(came.wait_for(|came| *came > 0)).await.unwrap();
    }

    fn pass(&self) {
        let mut held = self.held.subscribe();
        if *held.borrow_and_update() {
            self.came.send_modify(|came| *came += 1);
            Handle::current().block_on(held.wait_for(|held| !held)).unwrap();
        }
    }
}

/// The test's hand on the brake; lets go when the test fails, so that nobody waits for ever.
struct Hand(Arc<Brake>);

impl std::ops::Deref for Hand {
    type Target = Brake;

    fn deref(&self) -> &Brake {
        &self.0
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.release();
    }
}

impl Disk for SlowDisk {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        if self.slow == Work::Append {
            self.brake.pass();
        }
        self.file.append(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        if self.slow == Work::Sync {
            self.brake.pass();
        }
        self.file.sync()
    }

    fn reserve(&self, from: u64, bytes: u64) -> io::Result<()> {
        self.file.reserve(from, bytes)
    }

    fn file(&self) -> &File {
        &self.file
    }
}

fn studio(slow: Work) -> (Studio, Hand) {
    let brake = Brake::new();
    let own = Arc::clone(&brake);
    let disks = move |file| -> Arc<dyn Disk> {
        let brake = Arc::clone(&own);
        Arc::new(SlowDisk { file, slow, brake })
    };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("spool");
    let change = |mut spool: Spool| {
        spool.disks = Disks(Box::new(disks));
        spool
    };
    (Studio::with(dir, &path, change), Hand(brake))
}

#[tokio::test]
async fn in_strict_mode_nobody_is_told_before_the_disk_has_synced() {
    let (studio, hand) = studio(Work::Sync);
    let (recorder, tape) = studio.record(Durability::Strict).await;
    hand.hold();
    let intake = recorder.intake();
    let mut put = pin!(intake.put(1, data("typed")));
    tokio::select! {
        biased;
        told = &mut put => panic!("told without a sync: {told:?}"),
        () = hand.reached() => {}
    }
    assert!(poll!(&mut put).is_pending(), "told before the sync has returned");
    assert_eq!(bytes_of(&studio.play(tape).0), 5, "it is written, and not synced");
    hand.release();
    put.await.unwrap();
    seal(recorder).await;
}

#[tokio::test]
async fn a_tape_is_not_called_durable_before_the_disk_has_synced() {
    let (studio, hand) = studio(Work::Sync);
    let (recorder, tape) = studio.record(Durability::Group).await;
    hand.hold();
    let mut growth = recorder.growth();
    let head = growth.borrow_and_update().durable;
    recorder.intake().put(1, data("typed")).await.unwrap();
    hand.reached().await;
    assert_eq!(bytes_of(&studio.play(tape).0), 5, "it is written, and not synced");
    assert_eq!(growth.borrow().durable, head);
    hand.release();
    growth.wait_for(|growth| growth.durable > head).await.unwrap();
    seal(recorder).await;
}

#[tokio::test]
async fn the_budget_of_records_comes_back_only_when_they_are_written() {
    let (studio, hand) = studio(Work::Append);
    let (recorder, tape) = studio.record(Durability::Group).await;
    hand.hold();
    let intake = recorder.intake();
    let chunk = vec![7; 8 << 10];
    let (mut accepted, mut stuck) = (0, false);
    loop {
        let mut put = Box::pin(intake.put(1, data(chunk.clone())));
        match poll!(&mut put) {
            Poll::Ready(put) => {
                put.unwrap();
                accepted += 1;
            }
            // Once more after the recorder has come as far as it can.
            Poll::Pending if !stuck => {
                hand.reached().await;
                stuck = true;
            }
            Poll::Pending => break,
        }
    }
    assert!(
        accepted * (chunk.len() + OVERHEAD) <= BUDGET_MIN as usize,
        "{accepted} records were accepted and none was written"
    );
    hand.release();
    intake.put(1, data("after")).await.unwrap();
    seal(recorder).await;
    assert_eq!(bytes_of(&studio.play(tape).0), accepted * chunk.len() + 5);
}
