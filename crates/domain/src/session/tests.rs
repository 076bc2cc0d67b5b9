//! The rules of the life of a session, each with its test.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;

use super::{Event, Life, LockOrder, Refusal, State, Terms};
use crate::{
    Micros, Span,
    audit::Actor,
    stop::{EndReason, FailureStage},
};

const START: Micros = Micros(1_800_000_000_000_000);
const HOUR: Span = Span::secs(3600);

/// The edges of the diagram in `docs/sessions.md`, written down apart from the code: what a life may become in one step.
/// Every state may stay as it is.
fn edges(from: State) -> &'static [State] {
    use State as S;
    match from {
        S::Scheduled => &[S::Provisioning, S::Ending, S::Canceled, S::Terminated, S::Failed],
        S::AwaitingApproval => &[
            S::Scheduled,
            S::Provisioning,
            S::Denied,
            S::Failed,
            S::Ending,
            S::Canceled,
            S::Terminated,
        ],
        S::Provisioning => &[S::Available, S::Failed, S::Ending, S::Terminated],
        S::Available => &[S::Connecting, S::Locked, S::Ending, S::Terminated, S::Failed],
        S::Connecting => &[
            S::Active,
            S::Available,
            S::Locked,
            S::Failed,
            S::Ending,
            S::Terminated,
        ],
        S::Active => &[S::Available, S::Locked, S::Failed, S::Ending, S::Terminated],
        S::Locked => &[
            S::Available,
            S::Connecting,
            S::Active,
            S::Failed,
            S::Ending,
            S::Terminated,
        ],
        S::Ending => &[S::Completed, S::Canceled, S::Terminated],
        S::Completed | S::Canceled | S::Terminated | S::Denied | S::Failed => &[],
    }
}

fn admin() -> Actor {
    Actor::user("root")
}

fn gateway() -> Actor {
    Actor::system("gateway")
}

/// Applies an event that must be taken.
fn take(life: &Life, event: &Event) -> Life {
    at(life, event, START)
}

fn at(life: &Life, event: &Event, now: Micros) -> Life {
    life.apply(event, &admin(), now)
        .unwrap_or_else(|refusal| panic!("{event:?}: {refusal}"))
        .life
}

fn refusal(life: &Life, event: &Event, now: Micros) -> Refusal {
    life.apply(event, &admin(), now).unwrap_err()
}

fn lock(title: &str) -> Event {
    Event::Lock(LockOrder {
        title: title.to_owned(),
        ..LockOrder::default()
    })
}

fn cancel() -> Event {
    Event::Cancel(EndReason::AdminCancel, "maintenance".to_owned())
}

fn terminate() -> Event {
    Event::Terminate(EndReason::AdminTerminate, "enough".to_owned())
}

fn expire() -> Event {
    Event::Expire(EndReason::MaxDuration, String::new())
}

fn closed() -> Event {
    Event::ConnectionClosed(EndReason::UserDisconnect, None, String::new())
}

fn by(secs: i64, owner_limit: Option<i64>) -> Event {
    Event::Extend {
        by: Span::secs(secs),
        owner_limit: owner_limit.map(Span::secs),
        closes: None,
    }
}

fn direct() -> Life {
    Life::direct(START, HOUR)
}

fn active() -> Life {
    take(&direct(), &Event::LoggedIn)
}

fn entitlement() -> Life {
    let requested = Life::requested(State::AwaitingApproval, START.plus(HOUR));
    take(&take(&requested, &Event::Approved), &Event::Provisioned)
}

fn reason() -> impl Strategy<Value = EndReason> {
    prop::sample::select(EndReason::ALL.as_slice())
}

fn event() -> impl Strategy<Value = Event> {
    let stage = prop::option::of(prop::sample::select(vec![
        FailureStage::Runtime,
        FailureStage::Recorder,
    ]));
    prop_oneof![
        1 => Just(Event::StartTimeReached),
        1 => Just(Event::Approved),
        1 => Just(Event::ReviewRefused(EndReason::ReviewDenied, "not today".to_owned())),
        1 => Just(Event::ApprovalFailed("broken".to_owned())),
        1 => Just(Event::Provisioned),
        1 => Just(Event::ProvisionFailed("broken".to_owned())),
        4 => Just(Event::ConnectionOpened),
        4 => Just(Event::LoggedIn),
        2 => reason().prop_map(|reason| Event::ConnectFailed(reason, "why".to_owned())),
        3 => (reason(), stage).prop_map(|(reason, stage)| Event::ConnectionClosed(reason, stage, "why".to_owned())),
        2 => "[a-c]{0,2}".prop_map(|title| lock(&title)),
        2 => Just(Event::Unlock),
        1 => (-10_i64..10_000, prop::option::of(0_i64..5_000)).prop_map(|(secs, limit)| by(secs, limit)),
        1 => prop::sample::select(vec![EndReason::AdminCancel, EndReason::RequesterCancel, EndReason::AccessRevoked])
            .prop_map(|reason| Event::Cancel(reason, String::new())),
        1 => Just(expire()),
        1 => Just(Event::Expire(EndReason::IdleTimeout, String::new())),
        1 => Just(terminate()),
        2 => prop::option::of(Just("left behind".to_owned())).prop_map(Event::CleanedUp),
        1 => Just(Event::Lost),
        1 => Just(Event::Tidied),
        1 => any::<bool>().prop_map(Event::DirectSeen),
    ]
}

fn beginning() -> impl Strategy<Value = Life> {
    prop_oneof![
        3 => Just(direct()),
        1 => Just(Life::requested(State::Scheduled, START.plus(HOUR))),
        2 => Just(Life::requested(State::AwaitingApproval, START.plus(HOUR))),
        2 => (prop::option::of(0_i64..7200), any::<bool>(), any::<bool>()).prop_map(|(ahead, entitlement, asked)| {
            let starts_at = ahead.map_or(Micros::NEVER, |secs| START.plus(Span::secs(secs)));
            let terms = Terms { starts_at, lasts: HOUR, entitlement };
            Life::on_terms(START, terms, asked.then(|| START.plus(HOUR)))
        }),
        1 => Just(Life::requested(State::Provisioning, START.plus(HOUR))),
    ]
}

fn steps() -> impl Strategy<Value = Vec<(Event, i64)>> {
    prop::collection::vec((event(), 0_i64..900), 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_edge_is_taken_that_the_diagram_lacks(begin in beginning(), steps in steps()) {
        let (mut life, mut now) = (begin, START);
        for (event, secs) in steps {
            now = now.plus(Span::secs(secs));
            let Ok(step) = life.apply(&event, &admin(), now) else { continue };
            let (from, to) = (life.state, step.life.state);
            prop_assert!(
                from == to || edges(from).contains(&to),
                "{event:?} led from {from:?} to {to:?}"
            );
            // Scheduled and available sessions have nobody to lose: only a lost gateway fails them.
            if to == State::Failed && matches!(from, State::Scheduled | State::Available) {
                prop_assert_eq!(&event, &Event::Lost);
            }
            prop_assert!(step.life.up_connections <= step.life.open_connections);
            prop_assert_eq!(step.life.state == State::Locked, step.life.lock.is_some());
            prop_assert_eq!(step.life.state == State::Locked, step.life.resume.is_some());
            prop_assert_eq!(step.life.state.is_terminal(), step.life.ended_at.is_set());
            prop_assert_eq!(step.life.is_over(), step.life.end_reason.is_some());
            prop_assert_eq!(step.life.state == State::Failed, step.life.failure_stage.is_some());
            prop_assert_eq!(step.changes.is_empty(), step.life.version == life.version);
            life = step.life;
        }
    }

    #[test]
    fn a_terminal_state_never_changes(begin in beginning(), steps in steps(), after in steps()) {
        let mut life = begin;
        for (event, _) in steps {
            if let Ok(step) = life.apply(&event, &admin(), START) {
                life = step.life;
            }
        }
        let ended = take(&life, &terminate());
        prop_assert!(ended.state.is_terminal());
        let mut later = ended.clone();
        for (event, secs) in after {
            if let Ok(step) = later.apply(&event, &Actor::user("late"), START.plus(Span::secs(secs))) {
                later = step.life;
            }
        }
        // Clean-up goes on behind, and connections close; nothing else moves.
        prop_assert_eq!(
            (later.state, later.end_reason, &later.ended_by, &later.end_message, later.ended_at, later.expires_at),
            (ended.state, ended.end_reason, &ended.ended_by, &ended.end_message, ended.ended_at, ended.expires_at)
        );
    }

    #[test]
    fn an_order_that_is_repeated_changes_nothing(begin in beginning(), steps in steps()) {
        let mut life = begin;
        for (event, _) in steps {
            let Ok(step) = life.apply(&event, &admin(), START) else { continue };
            life = step.life;
            let repeats = matches!(event, Event::Lock(_) | Event::Cancel(..) | Event::Expire(..) | Event::Terminate(..));
            if repeats {
                let again = life.apply(&event, &admin(), START).unwrap();
                prop_assert!(again.changes.is_empty(), "{event:?} twice changed {:?}", again.changes);
                prop_assert_eq!(&again.life, &life);
            }
        }
    }

    #[test]
    fn an_owner_never_extends_beyond_the_limit(extensions in prop::collection::vec(-500_i64..2_000, 1..20)) {
        let (mut life, limit) = (active(), 3_000);
        for secs in extensions {
            if let Ok(step) = life.apply(&by(secs, Some(limit)), &admin(), START) {
                life = step.life;
            }
        }
        let moved = life.expires_at.since(START.plus(HOUR));
        prop_assert!(moved >= Span(0) && moved <= Span::secs(limit), "moved by {moved:?}");
    }

    #[test]
    fn every_life_can_be_ended(begin in beginning(), steps in steps()) {
        let mut life = begin;
        for (event, _) in steps {
            if let Ok(step) = life.apply(&event, &admin(), START) {
                life = step.life;
            }
        }
        let canceled = take(&life, &cancel());
        prop_assert!(canceled.is_over());
        let mut closing = canceled;
        while closing.open_connections > 0 {
            closing = take(&closing, &closed());
        }
        prop_assert!(take(&closing, &Event::CleanedUp(None)).state.is_terminal());
    }
}

#[test]
fn a_direct_session_lives_and_completes() {
    let life = active();
    assert_eq!((life.state, life.first_logon_at), (State::Active, START));
    let life = take(&life, &closed());
    assert_eq!(
        (life.state, life.end_reason),
        (State::Ending, Some(EndReason::UserDisconnect))
    );
    assert_eq!(take(&life, &Event::CleanedUp(None)).state, State::Completed);
}

#[test]
fn an_entitlement_goes_on_after_its_last_connection() {
    let life = take(&entitlement(), &Event::ConnectionOpened);
    assert_eq!(life.state, State::Connecting);
    let life = take(&take(&life, &Event::LoggedIn), &closed());
    assert_eq!((life.state, life.open_connections), (State::Available, 0));
    let failed = Event::ConnectFailed(EndReason::TargetUnreachable, "refused".to_owned());
    let life = take(&take(&life, &Event::ConnectionOpened), &failed);
    assert_eq!(
        life.state,
        State::Available,
        "a failed connection does not end it"
    );
}

#[test]
fn terminate_beats_cancel_beats_expiry() {
    let expired = take(&active(), &expire());
    assert_eq!(expired.end_reason, Some(EndReason::MaxDuration));
    let canceled = take(&expired, &cancel());
    assert_eq!(
        (canceled.state, canceled.end_reason),
        (State::Ending, Some(EndReason::AdminCancel))
    );
    let terminated = take(&canceled, &terminate());
    assert_eq!(
        (terminated.state, terminated.end_reason),
        (State::Terminated, Some(EndReason::AdminTerminate))
    );
}

#[test]
fn a_weaker_order_does_not_replace_a_stronger_one() {
    let canceled = take(&active(), &cancel());
    assert_eq!(take(&canceled, &expire()), canceled);
    let terminated = take(&active(), &terminate());
    assert_eq!(take(&terminated, &cancel()), terminated);
    assert_eq!(take(&terminated, &expire()), terminated);
}

#[test]
fn the_first_actor_is_kept() {
    let first = active()
        .apply(&terminate(), &Actor::user("ana"), START)
        .unwrap()
        .life;
    let second = first
        .apply(&terminate(), &Actor::user("bob"), START.plus(HOUR))
        .unwrap();
    assert!(second.changes.is_empty());
    assert_eq!(second.life.ended_by, "ana");
}

#[test]
fn approve_after_terminate_is_refused() {
    let life = take(
        &Life::requested(State::AwaitingApproval, START.plus(HOUR)),
        &terminate(),
    );
    assert!(matches!(
        refusal(&life, &Event::Approved, START),
        Refusal::Illegal { .. }
    ));
}

#[test]
fn a_lock_remembers_where_it_was() {
    for life in [entitlement(), direct(), active()] {
        let locked = take(&life, &lock("hold on"));
        assert_eq!((locked.state, locked.resume), (State::Locked, Some(life.state)));
        let unlocked = take(&locked, &Event::Unlock);
        assert_eq!((unlocked.state, unlocked.lock), (life.state, None));
    }
}

#[test]
fn a_session_that_is_locked_while_it_connects_becomes_active_when_unlocked() {
    let locked = take(&take(&direct(), &lock("")), &Event::LoggedIn);
    assert_eq!(
        locked.state,
        State::Locked,
        "the lock holds although the resource has accepted"
    );
    assert_eq!(take(&locked, &Event::Unlock).state, State::Active);
}

#[test]
fn a_repeated_lock_updates_its_words() {
    let locked = take(&take(&active(), &lock("one")), &lock("two"));
    assert_eq!(locked.lock.map(|lock| lock.title), Some("two".to_owned()));
    assert_eq!(locked.resume, Some(State::Active));
}

#[test]
fn nobody_connects_to_a_locked_session() {
    let locked = take(&entitlement(), &lock(""));
    assert_eq!(refusal(&locked, &Event::ConnectionOpened, START), Refusal::Locked);
}

#[test]
fn a_lock_does_not_stop_the_clock() {
    let locked = take(&active(), &lock(""));
    assert_eq!(
        refusal(&locked, &Event::Unlock, START.plus(HOUR)),
        Refusal::Expired
    );
    let ending = at(&locked, &expire(), START.plus(HOUR));
    assert_eq!((ending.state, ending.lock), (State::Ending, None));
}

#[test]
fn nobody_connects_or_extends_after_the_end() {
    let late = START.plus(HOUR);
    assert_eq!(
        refusal(&entitlement(), &Event::ConnectionOpened, late),
        Refusal::Expired
    );
    assert_eq!(refusal(&active(), &by(60, None), late), Refusal::Expired);
}

#[test]
fn an_extension_counts_against_the_owners_limit_and_not_against_an_administrators() {
    let life = take(&active(), &by(1_000, Some(1_500)));
    assert_eq!(
        refusal(&life, &by(600, Some(1_500)), START),
        Refusal::BeyondLimit { left_secs: 500 }
    );
    let life = take(&life, &by(86_400, None));
    assert_eq!(life.expires_at, START.plus(HOUR).plus(Span::secs(87_400)));
    assert_eq!(
        take(&life, &by(500, Some(1_500))).owner_extended,
        Span::secs(1_500)
    );
}

#[test]
fn nobody_extends_past_the_hours_of_the_profile() {
    let by = |secs| Event::Extend {
        by: Span::secs(secs),
        owner_limit: None,
        closes: Some(START.plus(HOUR).plus(Span::secs(600))),
    };
    assert_eq!(
        refusal(&active(), &by(601), START),
        Refusal::PastHours { left_secs: 4200 }
    );
    let life = take(&active(), &by(600));
    assert_eq!(life.expires_at, START.plus(HOUR).plus(Span::secs(600)));
    assert!(matches!(refusal(&life, &by(1), START), Refusal::PastHours { .. }));
    // An approval that is good for days is; its connections end with the hours.
    let days = take(&entitlement(), &by(86_400));
    assert_eq!(days.expires_at, START.plus(HOUR).plus(Span::secs(86_400)));
}

#[test]
fn a_request_that_is_withdrawn_needs_no_clean_up() {
    let withdraw = Event::Cancel(EndReason::RequesterCancel, String::new());
    let life = take(&Life::requested(State::Scheduled, START.plus(HOUR)), &withdraw);
    assert_eq!(
        (life.state, life.end_reason),
        (State::Canceled, Some(EndReason::Withdrawn))
    );
    let life = take(&Life::requested(State::Provisioning, START.plus(HOUR)), &withdraw);
    assert_eq!(
        (life.state, life.end_reason),
        (State::Ending, Some(EndReason::Withdrawn))
    );
    assert_eq!(take(&life, &Event::CleanedUp(None)).state, State::Canceled);
}

#[test]
fn the_owner_who_ends_early_completes_and_the_administrator_cancels() {
    let close = |life: &Life| take(&take(life, &closed()), &Event::CleanedUp(None)).state;
    let by_owner = take(
        &active(),
        &Event::Cancel(EndReason::RequesterCancel, String::new()),
    );
    assert_eq!(close(&by_owner), State::Completed);
    assert_eq!(close(&take(&active(), &cancel())), State::Canceled);
}

#[test]
fn a_clean_up_that_fails_is_kept_and_ends_it_all_the_same() {
    let life = take(
        &take(&active(), &closed()),
        &Event::CleanedUp(Some("account left".to_owned())),
    );
    assert_eq!(
        (life.state, life.cleanup_error.as_str()),
        (State::Completed, "account left")
    );
}

#[test]
fn clean_up_waits_for_the_last_connection() {
    let life = take(&active(), &cancel());
    assert_eq!(take(&life, &Event::CleanedUp(None)).state, State::Ending);
}

#[test]
fn a_lost_gateway_fails_what_runs_and_finishes_what_was_ending() {
    let life = active().apply(&Event::Lost, &gateway(), START).unwrap().life;
    assert_eq!(
        (life.state, life.end_reason),
        (State::Failed, Some(EndReason::GatewayLost))
    );
    assert_eq!((life.open_connections, life.up_connections), (0, 0));
    let life = take(&take(&active(), &cancel()), &Event::Lost);
    assert_eq!(
        (life.state, life.end_reason),
        (State::Canceled, Some(EndReason::AdminCancel))
    );
    assert!(!life.cleanup_error.is_empty());
}

#[test]
fn a_broken_recorder_fails_the_session_in_every_state_in_which_it_runs() {
    let broken = Event::ConnectionClosed(
        EndReason::RecorderFailed,
        Some(FailureStage::Recorder),
        "disk".to_owned(),
    );
    for life in [direct(), active(), take(&active(), &lock(""))] {
        let life = take(&life, &broken);
        assert_eq!(
            (life.state, life.failure_stage),
            (State::Failed, Some(FailureStage::Recorder))
        );
    }
}

#[test]
fn an_approval_fixes_the_time_from_when_it_is_given() {
    let terms = |starts_at| Terms {
        starts_at,
        lasts: HOUR,
        entitlement: true,
    };
    let deadline = START.plus(Span::secs(900));
    let later = START.plus(Span::secs(600));
    let at_once = Life::on_terms(START, terms(Micros::NEVER), Some(deadline));
    assert_eq!(
        (at_once.state, at_once.expires_at),
        (State::AwaitingApproval, deadline)
    );
    let approved = at(&at_once, &Event::Approved, later);
    assert_eq!(
        (approved.state, approved.expires_at),
        (State::Provisioning, later.plus(HOUR))
    );

    let ahead = Life::on_terms(START, terms(START.plus(HOUR)), Some(deadline));
    let approved = at(&ahead, &Event::Approved, later);
    let ends = START.plus(HOUR).plus(HOUR);
    assert_eq!((approved.state, approved.expires_at), (State::Scheduled, ends));
    let started = at(&approved, &Event::StartTimeReached, START.plus(HOUR));
    assert_eq!((started.state, started.expires_at), (State::Provisioning, ends));
}

#[test]
fn a_denial_keeps_the_reviewers_words() {
    let asked = Life::requested(State::AwaitingApproval, START.plus(HOUR));
    let refused = Event::ReviewRefused(EndReason::ReviewDenied, "use the staging host".to_owned());
    let denied = take(&asked, &refused);
    assert_eq!(
        (denied.state, denied.end_reason),
        (State::Denied, Some(EndReason::ReviewDenied))
    );
    assert_eq!(
        (denied.end_message.as_str(), denied.ended_by.as_str()),
        ("use the staging host", "root")
    );
}
