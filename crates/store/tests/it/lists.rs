//! The list of sessions, against the same query over a plain vector.

use std::{cmp::Ordering, net::IpAddr};

use domain::{
    Micros, SessionId, Span,
    recording::RecordingState,
    session::{ClientInterface, Life, Lock, LockScope, Named, Session, State},
    stop::EndReason,
};
use proptest::{prelude::*, test_runner::TestRunner};
use store::{
    Beat, Count, Direction, Facet, FacetQuery, Group, Imported, Scope, SessionQuery, Sort, SortColumn, Store,
};

use crate::{
    db::{Db, on_both},
    make::{NOON, beside, cause, lease, object, session_at},
};

on_both!(
    pages_by_every_column_give_each_row_once_and_in_order,
    filters_agree_with_a_plain_vector,
    a_search_that_many_names_hold_agrees_with_a_plain_vector,
    a_window_selects_by_overlap,
    running_sessions_are_listed_with_live_counters,
    totals_are_exact_or_capped,
    a_cursor_of_another_order_is_refused,
    facets_offer_what_the_scope_sees,
    choices_are_counted_among_the_newest,
    the_list_of_a_window_agrees_with_the_audit_log,
    statistics_add_up,
);

const DAY: i64 = 24 * 3600;
const USERS: [&str; 6] = ["anna", "Bert", "carla", "dörte", "emil_x", "f%n"];
const RESOURCES: [&str; 5] = ["web-1", "web-2", "db_prod", "Win", "kube"];
const TYPES: [&str; 3] = ["ssh", "tcp", "rdp"];
const GATEWAYS: [&str; 3] = ["gw-1", "gw-2", "fra"];
const REASONS: [EndReason; 4] = [
    EndReason::UserDisconnect,
    EndReason::MaxDuration,
    EndReason::AdminTerminate,
    EndReason::TargetClosed,
];

/// A source of numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len() as u64) as usize]
    }
}

/// Makes a session in the 60 days before noon; one in twenty still runs.
fn some(dice: &mut Dice, number: u16) -> Imported {
    let created = NOON.plus(Span::secs(-(dice.roll(60 * DAY as u64) as i64)));
    let mut session = session_at(Micros(created.0 + i64::from(number % 7)), number);
    let user = dice.roll(USERS.len() as u64);
    session.user = Named {
        id: object(user.into()),
        name: USERS[user as usize].into(),
    };
    let resource = dice.roll(RESOURCES.len() as u64);
    session.resource.id = object(100 + u128::from(resource));
    session.resource.name = RESOURCES[resource as usize].into();
    session.resource.protocol = dice.pick(&TYPES).into();
    session.gateway = dice.pick(&GATEWAYS).into();
    session.account = dice.pick(&["root", "deploy", ""]).into();
    session.client_interface = dice.pick(&ClientInterface::ALL);
    session.client_ip = match dice.roll(3) {
        0 => IpAddr::from([10, dice.roll(3) as u8, 2, dice.roll(256) as u8]),
        1 => IpAddr::from([192, 168, 0, dice.roll(256) as u8]),
        _ => format!("2001:db8:{}::1", dice.roll(3)).parse().unwrap(),
    };
    session.secret_name = dice.pick(&["", "deploy-key"]).into();
    session.ticket = dice.pick(&["", "", "CHG-1", "CHG-12", "INC-3"]).into();
    session.correlation_id = dice.pick(&["", "", "job-1"]).into();
    session.access_rule = dice.pick(&["ops", "dev"]).into();
    session.rerun_of = (dice.roll(20) == 0).then(|| session_at(NOON, 9).id);
    let life = some_life(dice, &session);
    let recording = dice.pick(&[
        RecordingState::None,
        RecordingState::Available,
        RecordingState::Failed,
    ]);
    Imported {
        session,
        life,
        bytes_up: dice.roll(50) as i64,
        bytes_down: dice.roll(1 << 40) as i64,
        recording,
    }
}

fn some_life(dice: &mut Dice, session: &Session) -> Life {
    let start = session.created_at;
    let mut life = Life::direct(start, Span::secs(3600));
    life.first_logon_at = if dice.roll(3) == 0 {
        Micros::NEVER
    } else {
        start.plus(Span::secs(1))
    };
    if dice.roll(20) == 0 {
        life.state = State::Active;
        if dice.roll(2) == 0 {
            life.state = State::Locked;
            let (by, title) = ("root".to_owned(), String::new());
            life.lock = Some(Lock {
                by,
                at: start,
                title,
                message: String::new(),
                scope: LockScope::Session,
            });
        }
        return life;
    }
    // One in fifty lasts for days.
    let lasted = if dice.roll(50) == 0 {
        dice.roll(9 * DAY as u64)
    } else {
        dice.roll(100) * 60
    };
    life.state = dice.pick(&[State::Completed, State::Terminated, State::Failed]);
    life.end_reason = Some(dice.pick(&REASONS));
    life.ended_at = start.plus(Span::secs(lasted as i64)).min(NOON);
    life
}

async fn fill(store: &Store, count: u16) -> Vec<Imported> {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut all: Vec<_> = (0..count).map(|number| some(&mut dice, number)).collect();
    all.sort_by_key(|one| one.session.id.sid());
    all.dedup_by_key(|one| one.session.id.sid());
    for some in all.chunks(1000) {
        store.import_sessions(some.to_vec(), cause(NOON)).await.unwrap();
    }
    all
}

fn duration(one: &Imported, now: Micros) -> Span {
    let until = if one.life.state.is_terminal() {
        one.life.ended_at
    } else {
        now
    };
    Span(until.since(one.life.started_at).0.max(0))
}

/// Compares by one column, as a person would.
fn compare(a: &Imported, b: &Imported, column: SortColumn) -> Ordering {
    let ended = |one: &Imported| {
        if one.life.state.is_terminal() {
            one.life.ended_at.0
        } else {
            i64::MAX
        }
    };
    let reason = |one: &Imported| one.life.end_reason.map_or("", EndReason::word);
    let ip = |one: &Imported| match one.session.client_ip {
        IpAddr::V4(four) => u128::from(four.to_ipv6_mapped()),
        IpAddr::V6(six) => u128::from(six),
    };
    let recording = |one: &Imported| match one.recording {
        RecordingState::None => 0,
        RecordingState::Available => 3,
        _ => 4,
    };
    let (s, t) = (&a.session, &b.session);
    match column {
        SortColumn::Created => s.id.sid().cmp(&t.id.sid()),
        SortColumn::Started => a.life.started_at.cmp(&b.life.started_at),
        SortColumn::FirstLogon => a.life.first_logon_at.cmp(&b.life.first_logon_at),
        SortColumn::Expires => a.life.expires_at.cmp(&b.life.expires_at),
        SortColumn::Ended => ended(a).cmp(&ended(b)),
        SortColumn::Duration => duration(a, NOON).cmp(&duration(b, NOON)),
        SortColumn::BytesUp => a.bytes_up.cmp(&b.bytes_up),
        SortColumn::BytesDown => a.bytes_down.cmp(&b.bytes_down),
        SortColumn::State => a.life.state.cmp(&b.life.state),
        SortColumn::EndReason => reason(a).cmp(reason(b)),
        SortColumn::User => s.user.name.cmp(&t.user.name),
        SortColumn::Account => s.account.cmp(&t.account),
        SortColumn::Resource => s.resource.name.cmp(&t.resource.name),
        SortColumn::ResourceType => s.resource.protocol.cmp(&t.resource.protocol),
        SortColumn::Gateway => s.gateway.cmp(&t.gateway),
        SortColumn::ClientInterface => s.client_interface.code().cmp(&t.client_interface.code()),
        SortColumn::ClientIp => ip(a).cmp(&ip(b)),
        SortColumn::Secret => s.secret_name.cmp(&t.secret_name),
        SortColumn::AccessRule => s.access_rule.cmp(&t.access_rule),
        SortColumn::Profile => s.profile.cmp(&t.profile),
        SortColumn::Ticket => s.ticket.cmp(&t.ticket),
        SortColumn::Recording => recording(a).cmp(&recording(b)),
    }
}

fn sorted(all: &[Imported], sort: Sort) -> Vec<SessionId> {
    let mut all: Vec<_> = all.iter().collect();
    all.sort_by(|a, b| {
        let order = compare(a, b, sort.column).then(a.session.id.sid().cmp(&b.session.id.sid()));
        if sort.direction == Direction::Descending {
            order.reverse()
        } else {
            order
        }
    });
    all.iter().map(|one| one.session.id).collect()
}

/// Reads every page.
async fn pages(store: &Store, query: &SessionQuery, scope: &Scope) -> Vec<SessionId> {
    let mut query = SessionQuery {
        now: NOON,
        ..query.clone()
    };
    let mut found = Vec::new();
    loop {
        let page = store.list(&query, scope).await.unwrap();
        assert!(page.rows.len() <= query.limit as usize);
        found.extend(page.rows.iter().map(|row| row.session.id));
        let Some(cursor) = page.next_cursor else {
            return found;
        };
        query.cursor = Some(cursor);
        // A later look must not move rows that are ordered by how long they run.
        query.now = query.now.plus(Span::secs(60));
    }
}

async fn pages_by_every_column_give_each_row_once_and_in_order(db: Db) {
    let all = fill(&db.store, 5000).await;
    assert!(all.len() > 4900);
    for column in SortColumn::ALL {
        for direction in [Direction::Ascending, Direction::Descending] {
            let sort = Sort { column, direction };
            let query = SessionQuery {
                sort,
                limit: 777,
                ..SessionQuery::default()
            };
            let found = pages(&db.store, &query, &Scope::All).await;
            assert_eq!(found, sorted(&all, sort), "{sort:?}");
        }
    }
}

/// The meaning of the filters, in plain words.
fn selects(query: &SessionQuery, scope: &Scope, one: &Imported) -> bool {
    fn any<T: PartialEq>(wanted: &[T], value: &T) -> bool {
        wanted.is_empty() || wanted.contains(value)
    }
    let (session, life) = (&one.session, &one.life);
    let ended = if life.state.is_terminal() {
        life.ended_at.0
    } else {
        i64::MAX
    };
    let kept = [
        RecordingState::Available,
        RecordingState::Recording,
        RecordingState::Held,
    ];
    let seen = match scope {
        Scope::All => true,
        Scope::Own(user) => session.user.id == *user,
        Scope::OwnOr(user, among) => {
            session.user.id == *user
                || among.gateways.contains(&session.gateway)
                || among.resources.contains(&session.resource.id)
        }
    };
    seen && any(&query.states, &life.state)
        && (query.users.is_empty()
            || query.users.contains(&session.user.name)
            || query.users.contains(&session.user.id.to_string()))
        && (query.resources.is_empty()
            || query.resources.contains(&session.resource.name)
            || query.resources.contains(&session.resource.id.to_string()))
        && any(&query.types, &session.resource.protocol)
        && any(&query.gateways, &session.gateway)
        && any(&query.client_interfaces, &session.client_interface)
        && (query.client_ips.is_empty()
            || query
                .client_ips
                .iter()
                .any(|net| net.contains(&session.client_ip)))
        && any(&query.accounts, &session.account)
        && any(&query.secrets, &session.secret_name)
        && any(&query.access_rules, &session.access_rule)
        && any(&query.profiles, &session.profile)
        && query
            .members
            .as_ref()
            .is_none_or(|names| names.contains(&session.user.name))
        && (query.end_reasons.is_empty()
            || life
                .end_reason
                .is_some_and(|reason| query.end_reasons.contains(&reason)))
        && query.since.is_none_or(|since| ended >= since.0)
        && query.until.is_none_or(|until| session.created_at < until)
        && query.locked.is_none_or(|locked| life.lock.is_some() == locked)
        && query
            .has_recording
            .is_none_or(|has| kept.contains(&one.recording) == has)
        && any(&query.tickets, &session.ticket)
        && any(&query.correlation_ids, &session.correlation_id)
        && query.rerun_of.is_none_or(|of| session.rerun_of == Some(of))
        && query
            .search
            .as_ref()
            .is_none_or(|text| mentions(text.trim(), one))
}

fn mentions(text: &str, one: &Imported) -> bool {
    let (session, life) = (&one.session, &one.life);
    let folded = text.to_lowercase();
    let names = [
        &session.user.name,
        &session.account,
        &session.resource.name,
        &session.resource.protocol,
        &session.gateway,
        &session.secret_name,
        &session.access_rule,
        &session.profile,
    ];
    let ip = session.client_ip.to_string();
    text.is_empty()
        || names.iter().any(|name| name.to_lowercase().contains(&folded))
        || life
            .end_reason
            .is_some_and(|reason| reason.word().contains(&folded))
        || life.state.word().contains(&folded)
        || session.client_interface.word().contains(&folded)
        || session.client_interface.title().to_lowercase().contains(&folded)
        || session.ticket.starts_with(text)
        || session.correlation_id.starts_with(text)
        || (text.len() >= 8 && session.id.to_string().starts_with(&folded))
        || ip == text
        || (text.contains('.')
            && ip.contains('.')
            && ip.starts_with(&format!("{}.", text.trim_end_matches('.'))))
}

fn queries() -> impl Strategy<Value = SessionQuery> {
    fn some<T: Clone + std::fmt::Debug + 'static>(from: Vec<T>) -> impl Strategy<Value = Vec<T>> {
        let most = from.len().min(3);
        prop_oneof![3 => Just(Vec::new()), 1 => prop::sample::subsequence(from, 1..=most)]
    }
    fn words(from: &[&str]) -> impl Strategy<Value = Vec<String>> {
        some(from.iter().map(|word| (*word).to_owned()).collect())
    }
    fn maybe<T: Clone + std::fmt::Debug + 'static>(from: Vec<T>) -> impl Strategy<Value = Option<T>> {
        prop_oneof![3 => Just(None), 1 => prop::sample::select(from).prop_map(Some)]
    }
    let nets = [
        "10.0.0.0/8",
        "10.1.2.0/24",
        "192.168.0.7/32",
        "2001:db8::/32",
        "2001:db8:1::/48",
    ];
    let who = (
        some(State::ALL.to_vec()),
        words(&[
            USERS[0],
            USERS[1],
            USERS[3],
            "nobody",
            "00000000-0000-0000-0000-000000000002",
        ]),
        words(&[RESOURCES[0], RESOURCES[2], "00000000-0000-0000-0000-000000000064"]),
        words(&TYPES),
        words(&GATEWAYS),
        some(ClientInterface::ALL.to_vec()),
        some(nets.iter().map(|net| net.parse().unwrap()).collect()),
        words(&["root", "deploy", ""]),
        words(&["", "deploy-key"]),
        words(&["ops", "none"]),
    );
    let times: Vec<_> = [0, 1, 2, 10, 30, 61]
        .into_iter()
        .map(|days| NOON.plus(Span::secs(-days * DAY)))
        .collect();
    let texts = [
        "ann",
        "B",
        "ö",
        "_",
        "%",
        "f%n",
        "web-",
        "CHG",
        "chg",
        "10.1",
        "10.1.2.",
        "192.168",
        "2001:db8:1::1",
        "terminated",
        "Portal",
        "max_",
        "job",
        "xyzzy",
        " ops ",
        "!",
    ];
    let what = (
        some(REASONS.to_vec()),
        maybe(times.clone()),
        maybe(times),
        maybe(vec![true, false]),
        maybe(vec![true, false]),
        words(&["CHG-1", "INC-3", ""]),
        words(&["job-1"]),
        maybe(vec![session_at(NOON, 9).id]),
        maybe(texts.iter().map(|text| (*text).to_owned()).collect()),
    );
    let members = [vec![], vec!["nobody"], vec!["anna", "Bert", "nobody"]];
    let members = members.map(|names| names.into_iter().map(str::to_owned).collect());
    let how = (
        prop::sample::select(SortColumn::ALL.to_vec()),
        prop::sample::select(vec![Direction::Ascending, Direction::Descending]),
        maybe(members.to_vec()),
        words(&["default", "none"]),
    );
    (who, what, how).prop_map(
        |(who, what, (column, direction, members, profiles))| SessionQuery {
            reviews: Vec::new(),
            members,
            profiles,
            states: who.0,
            users: who.1,
            resources: who.2,
            types: who.3,
            gateways: who.4,
            client_interfaces: who.5,
            client_ips: who.6,
            accounts: who.7,
            secrets: who.8,
            access_rules: who.9,
            end_reasons: what.0,
            since: what.1,
            until: what.2,
            locked: what.3,
            has_recording: what.4,
            tickets: what.5,
            correlation_ids: what.6,
            rerun_of: what.7,
            search: what.8,
            sort: Sort { column, direction },
            cursor: None,
            limit: 200,
            count: Count::Exact,
            now: NOON,
        },
    )
}

async fn filters_agree_with_a_plain_vector(db: Db) {
    let all = fill(&db.store, 1500).await;
    let scopes = [
        Scope::All,
        Scope::Own(object(1)),
        beside(2, &[], &[]),
        beside(2, &["fra", "gw-2"], &[]),
        beside(2, &[], &[101, 103]),
        beside(1, &["fra"], &[103]),
    ];
    let handle = tokio::runtime::Handle::current();
    let mut kept = Vec::new();
    let mut runner = TestRunner::deterministic();
    // Full ids too: they are not known to the strategy.
    let ids: Vec<_> = all
        .iter()
        .step_by(400)
        .map(|one| one.session.id.to_string())
        .collect();
    tokio::task::block_in_place(|| {
        runner
            .run(
                &(queries(), prop::sample::select(scopes.to_vec()), 0..40_usize),
                |(mut query, scope, id)| {
                    if let Some(id) = ids.get(id) {
                        query.search = Some(id[..8 + id.len() / 2].to_owned());
                    }
                    let selected: Vec<_> = all
                        .iter()
                        .filter(|one| selects(&query, &scope, one))
                        .cloned()
                        .collect();
                    let found = handle.block_on(pages(&db.store, &query, &scope));
                    prop_assert_eq!(&found, &sorted(&selected, query.sort));
                    let page = handle.block_on(db.store.list(&query, &scope)).unwrap();
                    prop_assert_eq!(page.total, Some(selected.len() as u64));
                    Ok(())
                },
            )
            .unwrap();
    });
    // The oracle must have been asked for something.
    for text in ["ann", "10.1", "CHG", "Portal"] {
        kept.push(all.iter().filter(|one| mentions(text, one)).count());
    }
    assert!(kept.iter().all(|count| *count > 20), "{kept:?}");
}

async fn a_search_that_many_names_hold_agrees_with_a_plain_vector(db: Db) {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut all: Vec<_> = (0..240).map(|number| some(&mut dice, number)).collect();
    for (number, one) in all.iter_mut().enumerate() {
        let session = &mut one.session;
        session.user.name = format!("{}-{number:03}", if number < 120 { "many" } else { "others" });
        // One has none: that every account holds a text does not mean that every session does.
        session.account = if number == 7 {
            String::new()
        } else {
            format!("login-{number}")
        };
        session.secret_name = format!("everywhere/{number}");
    }
    all.sort_by_key(|one| one.session.id.sid());
    all.dedup_by_key(|one| one.session.id.sid());
    db.store.import_sessions(all.clone(), cause(NOON)).await.unwrap();
    for text in ["many-", "OTHERS-", "login-", "everywhere", "-1", "nowhere"] {
        let query = SessionQuery {
            limit: 100,
            now: NOON,
            search: Some(text.to_owned()),
            count: Count::Exact,
            ..SessionQuery::default()
        };
        let expected: Vec<_> = all.iter().filter(|one| mentions(text, one)).cloned().collect();
        let total = db.store.list(&query, &Scope::All).await.unwrap().total;
        assert_eq!(total, Some(expected.len() as u64), "{text}");
        assert_eq!(
            pages(&db.store, &query, &Scope::All).await,
            sorted(&expected, query.sort),
            "{text}"
        );
    }
}

async fn a_window_selects_by_overlap(db: Db) {
    let hour = |hours: i64| NOON.plus(Span::secs(hours * 3600));
    let mut all = Vec::new();
    // From, until; None runs on. The second and the third last for more than a day.
    let lives = [
        (-1, Some(1)),
        (-40, Some(2)),
        (-24 * 31, None),
        (-5, Some(-1)),
        (3, Some(4)),
        (-1, Some(0)),
    ];
    for (number, (from, until)) in lives.into_iter().enumerate() {
        let session = session_at(hour(from), number as u16);
        let mut life = Life::direct(hour(from), Span::secs(3600));
        if let Some(until) = until {
            life.state = State::Completed;
            life.ended_at = hour(until);
        }
        all.push(session.id);
        let one = Imported {
            session,
            life,
            bytes_up: 0,
            bytes_down: 0,
            recording: RecordingState::None,
        };
        db.store.import_sessions(vec![one], cause(NOON)).await.unwrap();
    }
    let found = async |since: Option<i64>, until: Option<i64>| {
        let query = SessionQuery {
            since: since.map(hour),
            until: until.map(hour),
            limit: 100,
            ..SessionQuery::default()
        };
        let mut found: Vec<_> = pages(&db.store, &query, &Scope::All)
            .await
            .into_iter()
            .map(|id| all.iter().position(|one| *one == id).unwrap())
            .collect();
        found.sort_unstable();
        found
    };
    assert_eq!(found(Some(0), Some(2)).await, [0, 1, 2, 5]);
    assert_eq!(found(Some(3), None).await, [2, 4]);
    assert_eq!(found(None, Some(-5)).await, [1, 2]);
    assert_eq!(found(Some(-100), Some(-90)).await, [2]);
    assert_eq!(found(None, None).await, [0, 1, 2, 3, 4, 5]);
}

async fn running_sessions_are_listed_with_live_counters(db: Db) {
    let mut ids = Vec::new();
    let mut beats = Vec::new();
    for number in 0..6 {
        let session = session_at(NOON.plus(Span::secs(i64::from(number))), number);
        let life = Life::direct(session.created_at, Span::secs(3600));
        let lease = lease(1, NOON.plus(Span::secs(60)));
        db.store
            .create_session(session.clone(), life, Some(lease), cause(NOON))
            .await
            .unwrap();
        beats.push(Beat {
            session: session.id,
            bytes_up: i64::from(number * 10),
            bytes_down: 7,
        });
        ids.push(session.id);
    }
    let until = NOON.plus(Span::secs(90));
    assert_eq!(
        db.store.heartbeat(lease(1, until), NOON, beats).await.unwrap(),
        []
    );
    let sort = Sort {
        column: SortColumn::BytesUp,
        direction: Direction::Descending,
    };
    let mut query = SessionQuery {
        sort,
        limit: 2,
        now: NOON.plus(Span::secs(100)),
        ..SessionQuery::default()
    };
    let page = db.store.list(&query, &Scope::All).await.unwrap();
    let seen: Vec<_> = page
        .rows
        .iter()
        .map(|row| (row.session.id, row.bytes_up, row.duration))
        .collect();
    assert_eq!(seen, [(ids[5], 50, Span::secs(95)), (ids[4], 40, Span::secs(96))]);
    assert_eq!(page.rows[0].nodes, ["gw-1"]);
    query.limit = 4;
    assert_eq!(
        pages(&db.store, &query, &Scope::All).await,
        ids.into_iter().rev().collect::<Vec<_>>()
    );
}

async fn totals_are_exact_or_capped(db: Db) {
    let all = fill(&db.store, 300).await;
    let mut query = SessionQuery {
        limit: 10,
        now: NOON,
        ..SessionQuery::default()
    };
    assert_eq!(db.store.list(&query, &Scope::All).await.unwrap().total, None);
    for count in [Count::Exact, Count::Capped] {
        query.count = count;
        let page = db.store.list(&query, &Scope::All).await.unwrap();
        assert_eq!(
            (page.total, page.total_is_capped),
            (Some(all.len() as u64), false)
        );
    }
}

async fn a_cursor_of_another_order_is_refused(db: Db) {
    fill(&db.store, 30).await;
    let mut query = SessionQuery {
        limit: 10,
        now: NOON,
        ..SessionQuery::default()
    };
    query.cursor = db.store.list(&query, &Scope::All).await.unwrap().next_cursor;
    assert!(query.cursor.is_some());
    db.store.list(&query, &Scope::All).await.unwrap();
    query.sort.column = SortColumn::User;
    let refused = db.store.list(&query, &Scope::All).await;
    assert!(matches!(refused, Err(store::Error::Cursor)), "{refused:?}");
}

async fn facets_offer_what_the_scope_sees(db: Db) {
    let all = fill(&db.store, 400).await;
    let facets = async |facet, prefix: &str, scope: &Scope| {
        db.store
            .facets(
                &FacetQuery {
                    facet,
                    prefix: prefix.into(),
                    limit: 0,
                },
                scope,
            )
            .await
            .unwrap()
    };
    assert_eq!(
        facets(Facet::User, "", &Scope::All).await,
        ["Bert", "anna", "carla", "dörte", "emil_x", "f%n"]
    );
    assert_eq!(facets(Facet::User, "b", &Scope::All).await, ["Bert"]);
    assert_eq!(facets(Facet::User, "DÖ", &Scope::All).await, ["dörte"]);
    assert_eq!(facets(Facet::User, "f%", &Scope::All).await, ["f%n"]);
    assert_eq!(facets(Facet::User, "_", &Scope::All).await, Vec::<String>::new());
    assert_eq!(facets(Facet::User, "", &Scope::Own(object(0))).await, ["anna"]);
    let mut gateways: Vec<_> = all
        .iter()
        .filter(|one| one.session.user.id == object(0) || one.session.gateway == "fra")
        .map(|one| one.session.resource.name.clone())
        .collect();
    gateways.sort();
    gateways.dedup();
    assert_eq!(
        facets(Facet::Resource, "", &beside(0, &["fra"], &[])).await,
        gateways
    );
}

async fn statistics_add_up(db: Db) {
    let all = fill(&db.store, 300).await;
    let query = SessionQuery {
        types: vec!["ssh".into()],
        ..SessionQuery::default()
    };
    for group in [
        Group::State,
        Group::EndReason,
        Group::User,
        Group::Gateway,
        Group::ClientInterface,
        Group::Day,
    ] {
        let rows = db.store.stats(group, &query, &Scope::All).await.unwrap();
        let ssh = || all.iter().filter(|one| one.session.resource.protocol == "ssh");
        assert_eq!(
            rows.iter().map(|row| row.sessions).sum::<u64>(),
            ssh().count() as u64
        );
        assert_eq!(
            rows.iter().map(|row| row.bytes_down).sum::<i64>(),
            ssh().map(|one| one.bytes_down).sum::<i64>()
        );
        assert!(rows.is_sorted_by(|a, b| a.sessions >= b.sessions));
    }
    let days = db
        .store
        .stats(Group::Day, &SessionQuery::default(), &Scope::All)
        .await
        .unwrap();
    assert!(
        days.iter()
            .all(|row| row.key.len() == 10 && row.key.starts_with("2026-")),
        "{days:?}"
    );
}

async fn choices_are_counted_among_the_newest(db: Db) {
    let all = fill(&db.store, 400).await;
    let query = SessionQuery {
        states: vec![State::Completed],
        gateways: vec!["fra".into()],
        now: NOON,
        ..SessionQuery::default()
    };
    let scope = beside(2, &["fra"], &[]);
    for (group, value) in [
        (
            Group::User,
            (|one: &Imported| one.session.user.name.clone()) as fn(&Imported) -> String,
        ),
        (Group::Account, |one| one.session.account.clone()),
        (Group::State, |one| one.life.state.word().to_owned()),
        (Group::EndReason, |one| {
            one.life.end_reason.map_or("", |reason| reason.word()).to_owned()
        }),
    ] {
        let mut counts = std::collections::BTreeMap::<String, u64>::new();
        for one in all.iter().filter(|one| selects(&query, &scope, one)) {
            *counts.entry(value(one)).or_default() += 1;
        }
        let counted = counts.values().sum::<u64>();
        counts.remove("");
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let found = db.store.facet_counts(group, &query, &scope).await.unwrap();
        assert_eq!(
            (found.values, found.counted, found.is_capped),
            (counts, counted, false)
        );
        assert!(counted > 3);
    }
}

/// For a window, the list holds those that the audit log saw begin in it, and those that still ran when it began.
async fn the_list_of_a_window_agrees_with_the_audit_log(db: Db) {
    let minutes = |minutes: i64| NOON.plus(Span::secs(60 * minutes));
    for number in 0..30_u16 {
        let session = session_at(minutes(i64::from(number)), number);
        let life = Life::direct(session.created_at, Span::secs(3600));
        let (id, from) = (session.id, session.created_at);
        db.store
            .create_session(session, life, None, cause(from))
            .await
            .unwrap();
        // Each third runs on; the others end after 150 seconds.
        if number % 3 != 0 {
            let end = domain::session::Event::Terminate(EndReason::AdminTerminate, String::new());
            let at = from.plus(Span::secs(150));
            db.store.step(id, end, cause(at), None).await.unwrap();
        }
    }
    let (since, until) = (minutes(10), minutes(20));
    let query = SessionQuery {
        since: Some(since),
        until: Some(until),
        count: Count::Exact,
        now: minutes(60),
        ..SessionQuery::default()
    };
    let listed = db.store.list(&query, &Scope::All).await.unwrap().total.unwrap();
    let told = async |kinds: &[&str], since, until| {
        let query = store::AuditQuery {
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            since,
            until,
            limit: 1000,
            ..store::AuditQuery::default()
        };
        db.store.audit(&query).await.unwrap().rows.len() as u64
    };
    let begun = ["session.created", "session.denied"];
    let before =
        told(&begun, None, Some(since)).await - told(&["session.terminated"], None, Some(since)).await;
    assert_eq!(listed, told(&begun, Some(since), Some(until)).await + before);
    // Four of them run on, and the last one that ended had half a minute left.
    assert_eq!((listed, before), (15, 5));
}
