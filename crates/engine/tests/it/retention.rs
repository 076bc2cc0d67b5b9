//! Recordings go when no rule keeps them any longer; what is on record of them stays.

use domain::{
    Micros, Span,
    audit::Actor,
    object::{Retention, Selector, Spec},
    recording::RecordingState,
    session::{Refusal, State},
};
use store::{Cause, Put, SessionRow, StepError};
use testkit::House;

use crate::{ana, call, house};

/// Keeps what every resource's recordings hold for 10 s.
fn ten_seconds(types: &[&str]) -> Put {
    let rule = Retention {
        keep_secs: 10,
        types: types.iter().map(|&one| one.to_owned()).collect(),
        resources: Selector {
            names: vec!["*".to_owned()],
            ..Selector::default()
        },
        description: String::new(),
    };
    Put::new("briefly", Spec::Retention(rule))
}

fn root(reason: &str) -> Cause {
    Cause::new(Micros::now(), Actor::user("root")).with_detail(serde_json::json!({ "reason": reason }))
}

fn later(secs: i64) -> Micros {
    Micros::now().plus(Span::secs(secs))
}

/// A house with one session that has ended.
async fn after_a_session() -> (House, SessionRow) {
    let script = ana();
    let house = house(&script).await;
    let served = call(&house, &script);
    let row = house.in_state(State::Active).await;
    let running = house
        .store
        .hold_recordings(row.session.id, true, root("too early"))
        .await;
    assert!(matches!(
        running,
        Err(StepError::Refused(Refusal::Illegal { done: "held", .. }))
    ));
    house.terminate(row.session.id).await;
    served.await.unwrap();
    let row = house.ended().await;
    (house, row)
}

fn files(house: &House) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
        entries
            .map(|entry| {
                if entry.path().is_dir() {
                    count(&entry.path())
                } else {
                    1
                }
            })
            .sum()
    }
    count(&house.path().join("recordings"))
}

#[tokio::test]
async fn a_recording_is_removed_when_its_rule_says_so_and_not_before() {
    let (house, row) = after_a_session().await;
    let tape = row.connections[0].connection.id;
    assert_eq!(house.engine.purge(later(100)).await.unwrap(), 0, "no rule");
    house.apply(vec![ten_seconds(&["another"])]).await;
    assert_eq!(
        house.engine.purge(later(100)).await.unwrap(),
        0,
        "of another type"
    );
    house.apply(vec![ten_seconds(&[])]).await;
    assert_eq!(house.engine.purge(Micros::now()).await.unwrap(), 0, "too young");
    assert_eq!(files(&house), 1);

    assert_eq!(house.engine.purge(later(100)).await.unwrap(), 1);
    assert_eq!(files(&house), 0);
    let after = house.session(row.session.id).await;
    assert_eq!(
        (after.recording, after.life.state),
        (RecordingState::Expired, State::Terminated)
    );
    let file = &after.connections[0].recording.file;
    assert!(file.is_empty() && house.engine.playback().open(tape, file).await.is_err());
    let told = house.audited("recording.expired").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].session_id, Some(row.session.id));
    assert_eq!(
        (&told[0].detail["rule"], &told[0].detail["keep_secs"]),
        (&"briefly".into(), &10.into())
    );
    assert_eq!(house.engine.purge(later(100)).await.unwrap(), 0, "twice");
}

#[tokio::test]
async fn what_is_held_stays_until_it_is_released() {
    let (house, row) = after_a_session().await;
    house.apply(vec![ten_seconds(&[])]).await;
    let hold = |hold| house.store.hold_recordings(row.session.id, hold, root("case 17"));
    assert_eq!(hold(true).await.unwrap(), RecordingState::Held);
    assert_eq!(hold(true).await.unwrap(), RecordingState::Held);
    assert_eq!(house.engine.purge(later(100)).await.unwrap(), 0);
    assert!(
        house
            .recording(&house.session(row.session.id).await)
            .await
            .finished,
        "still plays"
    );
    assert_eq!(hold(false).await.unwrap(), RecordingState::Available);
    assert_eq!(house.engine.purge(later(100)).await.unwrap(), 1);
    let kinds = ["recording.held", "recording.released"];
    for kind in kinds {
        let told = house.audited(kind).await;
        assert_eq!(
            (told.len(), &told[0].detail["reason"]),
            (1, &"case 17".into()),
            "{kind}"
        );
    }
    assert!(matches!(
        hold(true).await,
        Err(StepError::Refused(Refusal::NothingToHold))
    ));
}

#[tokio::test]
async fn a_file_that_a_crash_left_behind_is_removed_by_the_next_turn() {
    let (house, row) = after_a_session().await;
    let tape = row.connections[0].connection.id;
    // The rule that it went by is gone meanwhile, too.
    assert!(house.store.expire_recording(tape, root("")).await.unwrap());
    assert_eq!(files(&house), 1, "the crash comes before the file is removed");
    assert_eq!(house.engine.purge(Micros::now()).await.unwrap(), 1);
    assert_eq!(files(&house), 0);
    assert_eq!(house.audited("recording.expired").await.len(), 1);
}
