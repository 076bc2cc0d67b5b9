//! The rules that every protocol keeps, as tests.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use domain::{
    object::{Durability, Profile},
    session::{ClientInterface, Event, State},
    stop::EndReason,
};
use engine::{Arrival, Played, Protocol, marks::Mark};

mod approvals;

pub use approvals::{
    a_caller_waits_for_approval_and_goes_on, a_caller_who_leaves_withdraws_the_request,
    a_denied_caller_is_told_and_reaches_no_target, a_review_that_times_out_sends_the_caller_away,
    terminate_ends_a_caller_who_waits_for_approval_at_once,
};

use crate::{
    caller::{Caller, StreamCaller},
    house::{House, Login},
    target::{Manner, Target},
};

/// What a protocol can and cannot.
#[expect(clippy::struct_excessive_bools, reason = "four questions, four answers")]
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// What passes is on the tape, and not only counted.
    pub content: bool,
    /// It can tell its caller something.
    pub words: bool,
    /// What comes while locked is held, and not discarded.
    pub holds: bool,
    /// The target takes part in the handshake, so that it can be waited for.
    pub handshake: bool,
}

/// A protocol, as the suite uses it.
#[async_trait]
pub trait Subject: Send + Sync {
    /// Gives the protocol.
    fn protocol(&self) -> Arc<dyn Protocol>;

    /// Says what to expect.
    fn habits(&self) -> Habits;

    /// Starts a target that sends back what it gets (or one that is mute).
    async fn target(&self, manner: Manner) -> Target;

    /// Calls the house and offers the password. Does not wait for the answer.
    async fn call(&self, house: &House, login: &Login<'_>) -> Box<dyn Caller>;
}

/// Serves one end of a stream and gives the other.
pub fn welcome(house: &House, protocol: Arc<dyn Protocol>) -> StreamCaller<tokio::io::DuplexStream> {
    let (ours, theirs) = tokio::io::duplex(16 << 10);
    let engine = Arc::clone(&house.engine);
    let arrival = Arrival {
        peer: peer(),
        interface: ClientInterface::Cli,
        carried: None,
    };
    tokio::spawn(async move { engine.welcome(Box::new(theirs), arrival, protocol).await });
    StreamCaller::new(ours)
}

/// The address that callers of the suite come from.
pub fn peer() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], 50_000))
}

/// Declares the suite's tests for a subject.
#[macro_export]
macro_rules! conformance {
    ($subject:expr) => {
        $crate::conformance!(
            $subject;
            what_passes_is_recorded,
            what_passes_in_strict_mode_is_recorded,
            a_wrong_password_reaches_no_target,
            a_lock_holds_and_lets_go,
            terminate_ends_an_idle_session_at_once,
            terminate_ends_a_locked_session_at_once,
            terminate_ends_a_waiting_session_at_once,
            cancel_gives_a_grace,
            no_recording_no_session,
            no_target_is_dialled_before_the_tape_has_begun,
            a_slow_recorder_slows_the_session_and_loses_nothing,
            a_viewer_joins_in_the_middle,
            the_caller_is_told_why,
            the_maximum_duration_ends_it_after_a_warning,
            silence_ends_it_after_a_warning,
            an_unreachable_target_fails_the_session,
            a_refusal_is_on_record,
            a_disabled_user_loses_the_session,
            a_caller_waits_for_approval_and_goes_on,
            a_denied_caller_is_told_and_reaches_no_target,
            a_review_that_times_out_sends_the_caller_away,
            a_caller_who_leaves_withdraws_the_request,
            terminate_ends_a_caller_who_waits_for_approval_at_once,
        );
    };
    ($subject:expr; $($name:ident),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            $crate::conformance::$name(&$subject).await;
        }
    )*};
}

struct Stage {
    house: House,
    target: Target,
}

async fn stage(subject: &dyn Subject, manner: Manner, profile: Profile) -> Stage {
    let house = House::open(vec![subject.protocol()]).await;
    let target = subject.target(manner).await;
    house
        .target(subject.protocol().spec().id, target.address, profile)
        .await;
    Stage { house, target }
}

async fn running(subject: &dyn Subject, profile: Profile) -> (Stage, Box<dyn Caller>) {
    let stage = stage(subject, Manner::Echo, profile).await;
    let mut caller = subject.call(&stage.house, &Login::ANA).await;
    caller.send("first").await;
    caller.expect("first").await;
    stage.house.in_state(State::Active).await;
    (stage, caller)
}

/// What passes is on the tape, the tape verifies, and the session is ended in order.
pub async fn what_passes_is_recorded(subject: &dyn Subject) {
    passes(subject, Profile::default()).await;
}

/// The same where nothing passes before it is on disk.
pub async fn what_passes_in_strict_mode_is_recorded(subject: &dyn Subject) {
    passes(
        subject,
        Profile {
            durability: Durability::Strict,
            ..Profile::default()
        },
    )
    .await;
}

async fn passes(subject: &dyn Subject, profile: Profile) {
    let (stage, mut caller) = running(subject, profile).await;
    caller.send("alpha").await;
    caller.expect("alpha").await;
    caller.hang_up().await;
    let row = stage.house.ended().await;
    assert_eq!(row.life.state, State::Completed);
    assert_eq!(row.life.end_reason, Some(EndReason::UserDisconnect));
    assert!(row.bytes_up >= 10 && row.bytes_down >= 10, "{row:#?}");
    let recording = stage.house.recording(&row).await;
    assert!(recording.finished);
    if subject.habits().content {
        assert!(recording.has(true, "alpha") && recording.has(false, "alpha"));
    }
    assert_eq!(
        recording.opened().len(),
        recording.closed().len(),
        "every strand is closed"
    );
    assert!(
        recording
            .closed()
            .iter()
            .any(|mark| mark.bytes_up >= 10 && !mark.cut),
        "and not cut"
    );
    let stopped = recording
        .notes()
        .into_iter()
        .any(|mark| matches!(mark, Mark::Stopped { .. }));
    assert!(stopped, "the tape says why it ends");
}

/// Whoever does not prove who they are gets nowhere, and it is written down.
pub async fn a_wrong_password_reaches_no_target(subject: &dyn Subject) {
    let stage = stage(subject, Manner::Echo, Profile::default()).await;
    for login in [
        Login {
            password: "wrong",
            ..Login::ANA
        },
        Login {
            user: "nobody",
            ..Login::ANA
        },
    ] {
        let caller = subject.call(&stage.house, &login).await;
        caller.hang_up().await;
        let mut changed = stage.house.store.audit_changed();
        while !stage
            .house
            .audited("login.failed")
            .await
            .iter()
            .any(|event| event.actor.name() == login.user)
        {
            changed.changed().await.unwrap();
        }
    }
    assert_eq!(stage.target.callers(), 0);
    assert!(stage.house.sessions().await.is_empty());
}

/// While locked nothing of the caller's passes; afterwards it goes on.
pub async fn a_lock_holds_and_lets_go(subject: &dyn Subject) {
    let (stage, mut caller) = running(subject, Profile::default()).await;
    let session = stage.house.in_state(State::Active).await.session.id;
    stage.house.lock(session).await;
    caller.send("whilelocked").await;
    stage
        .target
        .never("whilelocked", Duration::from_millis(400))
        .await;
    assert_eq!(stage.house.session(session).await.life.state, State::Locked);
    if subject.habits().words {
        caller.expect("hold on").await;
    }
    stage.house.order(session, Event::Unlock).await;
    if subject.habits().holds {
        stage.target.expect("whilelocked").await;
    }
    caller.send("afterwards").await;
    caller.expect("afterwards").await;
    if !subject.habits().holds {
        stage.target.never("whilelocked", Duration::from_millis(1)).await;
    }
    caller.hang_up().await;
    let row = stage.house.ended().await;
    let notes = stage.house.recording(&row).await.notes();
    assert!(notes.iter().any(|mark| matches!(mark, Mark::Locked { .. })));
    assert!(notes.contains(&Mark::Unlocked));
}

async fn terminated(stage: &Stage, caller: &mut Box<dyn Caller>, words: bool) {
    let row = stage.house.newest("a session", |_| true).await;
    let ordered = Instant::now();
    stage.house.terminate(row.session.id).await;
    let last_words = caller.closed().await;
    assert!(
        ordered.elapsed() < Duration::from_secs(1),
        "it took {:?}",
        ordered.elapsed()
    );
    if words {
        assert!(last_words.contains("enough"), "{last_words:?}");
    }
    let row = stage.house.ended().await;
    assert_eq!(row.life.state, State::Terminated);
    assert_eq!(row.life.ended_by, "root");
    assert_eq!(
        row.connections[0].connection.close_reason,
        Some(EndReason::AdminTerminate)
    );
}

/// A session in which nothing happens.
pub async fn terminate_ends_an_idle_session_at_once(subject: &dyn Subject) {
    let (stage, mut caller) = running(subject, Profile::default()).await;
    terminated(&stage, &mut caller, subject.habits().words).await;
}

/// A session whose caller waits for the lock to go.
pub async fn terminate_ends_a_locked_session_at_once(subject: &dyn Subject) {
    let (stage, mut caller) = running(subject, Profile::default()).await;
    let session = stage.house.in_state(State::Active).await.session.id;
    stage.house.lock(session).await;
    caller.send("held").await;
    stage.target.never("held", Duration::from_millis(100)).await;
    terminated(&stage, &mut caller, subject.habits().words).await;
}

/// A session that waits for its target.
pub async fn terminate_ends_a_waiting_session_at_once(subject: &dyn Subject) {
    if !subject.habits().handshake {
        return;
    }
    let stage = stage(subject, Manner::Mute, Profile::default()).await;
    let mut caller = subject.call(&stage.house, &Login::ANA).await;
    stage
        .house
        .newest("a connection", |row| !row.connections.is_empty())
        .await;
    terminated(&stage, &mut caller, false).await;
}

/// A soft end is announced, and cuts only after the grace.
pub async fn cancel_gives_a_grace(subject: &dyn Subject) {
    let (stage, mut caller) = running(subject, Profile::default()).await;
    let session = stage.house.in_state(State::Active).await.session.id;
    stage
        .house
        .order(
            session,
            Event::Cancel(EndReason::AdminCancel, "maintenance".to_owned()),
        )
        .await;
    if subject.habits().words {
        caller.expect("maintenance").await;
    }
    caller.closed().await;
    let row = stage.house.ended().await;
    assert_eq!(
        (row.life.state, row.life.end_reason),
        (State::Canceled, Some(EndReason::AdminCancel))
    );
}

/// When no tape can be begun, the target is not dialled.
pub async fn no_recording_no_session(subject: &dyn Subject) {
    let stage = stage(subject, Manner::Echo, Profile::default()).await;
    std::fs::remove_dir_all(stage.house.path().join("spool")).unwrap();
    let mut caller = subject.call(&stage.house, &Login::ANA).await;
    caller.closed().await;
    let row = stage
        .house
        .newest("a failed session", |row| row.life.state == State::Failed)
        .await;
    assert_eq!(row.life.end_reason, Some(EndReason::RecorderFailed));
    assert_eq!(stage.target.callers(), 0);
}

/// While the head of the tape is on its way to the disk, the target hears nothing.
pub async fn no_target_is_dialled_before_the_tape_has_begun(subject: &dyn Subject) {
    let stage = stage(subject, Manner::Echo, Profile::default()).await;
    let held = stage.house.engine.hold_recorders().await;
    let mut caller = subject.call(&stage.house, &Login::ANA).await;
    stage
        .house
        .newest("a connection", |row| !row.connections.is_empty())
        .await;
    caller.send("early").await;
    stage.target.never("early", Duration::from_millis(300)).await;
    assert_eq!(stage.target.callers(), 0);
    drop(held);
    stage.target.expect("early").await;
    caller.hang_up().await;
    stage.house.ended().await;
}

/// A disk that does not keep up holds the caller back; when it goes on, everything is there.
pub async fn a_slow_recorder_slows_the_session_and_loses_nothing(subject: &dyn Subject) {
    if !subject.habits().content {
        return;
    }
    let (stage, mut caller) = running(subject, Profile::default()).await;
    let held = stage.house.engine.hold_recorders().await;
    let line = "x".repeat(8 << 10);
    let mut total = 0_usize;
    // More than any budget: the caller's own stream fills up at last.
    while total < 64 << 20 {
        let sending = tokio::time::timeout(Duration::from_millis(500), caller.send(&line));
        if sending.await.is_err() {
            break;
        }
        total += line.len() + 1;
    }
    assert!(total < 64 << 20, "nothing held the caller back");
    let reached = stage.target.got().len();
    assert!(reached <= 4 << 20, "{reached} bytes passed unwritten");
    drop(held);
    // The line that was cut short by the timeout is ended.
    caller.send("the last line").await;
    caller.expect("the last line").await;
    caller.hang_up().await;
    let row = stage.house.ended().await;
    let recording = stage.house.recording(&row).await;
    assert_eq!(
        recording.bytes(true),
        stage.target.got(),
        "what reached the target is what is on the tape"
    );
}

/// A viewer who comes late sees what was, and then what comes, within a second.
pub async fn a_viewer_joins_in_the_middle(subject: &dyn Subject) {
    let (stage, mut caller) = running(subject, Profile::default()).await;
    caller.send("before").await;
    caller.expect("before").await;
    let row = stage.house.in_state(State::Active).await;
    let connection = row.connections[0].connection.id;
    let mut viewer = stage.house.engine.playback().open(connection, "").await.unwrap();
    let mut seen = Vec::new();
    let mut opened = 0;
    let mut look = async |until: &str| {
        let limit = Duration::from_secs(10);
        tokio::time::timeout(limit, async {
            loop {
                match viewer.next().await.unwrap() {
                    Played::Records(records) => {
                        for record in records {
                            opened += usize::from(matches!(record.kind, tape::Kind::Open(_)));
                            if let tape::Kind::Data(_, bytes) = record.kind {
                                seen.extend_from_slice(&bytes);
                            }
                        }
                    }
                    Played::CaughtUp => {}
                    Played::End(_) => return true,
                }
                if until != "the end" && seen.windows(until.len()).any(|window| window == until.as_bytes()) {
                    return false;
                }
            }
        })
        .await
        .unwrap_or_else(|_| panic!("the viewer did not see {until:?}"))
    };
    if subject.habits().content {
        look("before").await;
        caller.send("meanwhile").await;
        let sent = Instant::now();
        look("meanwhile").await;
        assert!(
            sent.elapsed() < Duration::from_secs(2),
            "it took {:?}",
            sent.elapsed()
        );
    }
    caller.hang_up().await;
    assert!(look("the end").await, "the viewer sees the end");
    assert!(opened > 0);
}

/// The reason of an end, and what a person wrote, reach the caller.
pub async fn the_caller_is_told_why(subject: &dyn Subject) {
    if !subject.habits().words {
        return;
    }
    let (stage, mut caller) = running(subject, Profile::default()).await;
    let session = stage.house.in_state(State::Active).await.session.id;
    stage.house.terminate(session).await;
    let words = caller.closed().await;
    assert!(
        words.contains(EndReason::AdminTerminate.to_caller()) && words.contains("enough"),
        "{words:?}"
    );
}

/// The longest that a session may last.
pub async fn the_maximum_duration_ends_it_after_a_warning(subject: &dyn Subject) {
    let profile = Profile {
        max_duration_secs: 3,
        warning_secs: 1,
        ..Profile::default()
    };
    expires(subject, profile, EndReason::MaxDuration).await;
}

/// The longest that both sides may be silent.
pub async fn silence_ends_it_after_a_warning(subject: &dyn Subject) {
    let profile = Profile {
        idle_timeout_secs: 3,
        warning_secs: 1,
        ..Profile::default()
    };
    expires(subject, profile, EndReason::IdleTimeout).await;
}

async fn expires(subject: &dyn Subject, profile: Profile, reason: EndReason) {
    let (stage, mut caller) = running(subject, profile).await;
    if subject.habits().words {
        caller
            .expect(&format!("this session ends in 1 seconds: {}", reason.to_caller()))
            .await;
    }
    caller.closed().await;
    let row = stage.house.ended().await;
    assert_eq!(
        (row.life.state, row.life.end_reason),
        (State::Completed, Some(reason))
    );
    let lasted = row.life.ended_at.since(row.life.started_at).duration();
    assert!(
        lasted >= Duration::from_secs(3) && lasted < Duration::from_secs(6),
        "{lasted:?}"
    );
    let notes = stage.house.recording(&row).await.notes();
    assert!(
        notes
            .iter()
            .any(|mark| matches!(mark, Mark::Warned { why, .. } if *why == reason)),
        "{notes:?}"
    );
}

/// A target that is not there.
pub async fn an_unreachable_target_fails_the_session(subject: &dyn Subject) {
    let house = House::open(vec![subject.protocol()]).await;
    // Bound and dropped: nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    house
        .target(subject.protocol().spec().id, free, Profile::default())
        .await;
    let mut caller = subject.call(&house, &Login::ANA).await;
    let words = caller.closed().await;
    let row = house
        .newest("a failed session", |row| row.life.state == State::Failed)
        .await;
    assert_eq!(row.life.end_reason, Some(EndReason::TargetUnreachable));
    assert!(!row.life.error.is_empty(), "the console says more");
    if subject.habits().words {
        assert!(words.contains("could not be reached"), "{words:?}");
        assert!(
            !words.contains(&row.life.error),
            "and the caller reads nothing internal: {words:?}"
        );
    }
}

/// Whoever may not use a resource is refused, and the refusal is a session that can be found.
pub async fn a_refusal_is_on_record(subject: &dyn Subject) {
    let stage = stage(subject, Manner::Echo, Profile::default()).await;
    let mut deny = domain::object::AccessRule {
        effect: domain::object::Effect::Deny,
        users: vec!["ana".to_owned()],
        ..domain::object::AccessRule::default()
    };
    deny.resources.names.push("target".to_owned());
    stage
        .house
        .apply(vec![store::Put::new(
            "not-ana",
            domain::object::Spec::AccessRule(deny),
        )])
        .await;
    let mut caller = subject.call(&stage.house, &Login::ANA).await;
    let words = caller.closed().await;
    let row = stage
        .house
        .newest("a denied session", |row| row.life.state == State::Denied)
        .await;
    assert_eq!(row.session.access_rule, "not-ana");
    assert!(row.life.error.contains("not-ana"));
    assert_eq!(stage.target.callers(), 0);
    if subject.habits().words {
        assert!(words.contains("denies"), "{words:?}");
    }
}

/// A user who is disabled loses what runs.
pub async fn a_disabled_user_loses_the_session(subject: &dyn Subject) {
    let (stage, mut caller) = running(subject, Profile::default()).await;
    let disabled = domain::object::User {
        disabled: true,
        ..domain::object::User::default()
    };
    stage
        .house
        .apply(vec![store::Put::new("ana", domain::object::Spec::User(disabled))])
        .await;
    caller.closed().await;
    let row = stage.house.ended().await;
    assert_eq!(
        (row.life.state, row.life.end_reason),
        (State::Canceled, Some(EndReason::AccessRevoked))
    );
}
