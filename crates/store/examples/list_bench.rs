//! Measures the list of sessions: every filter with every order, first and deep pages, on both databases.
//!
//! `cargo run --release -p store --example list_bench -- [ROWS] [sqlite] [postgres] [fresh] [WORD=…]`; 100 000 rows and both by
//! default; `fresh` measures before the databases have looked at how values are spread; `only=week` measures the filters whose name
//! holds the word. PostgreSQL is started by the program itself, in a folder that it removes.
//!
//! A shape is one filter in every order, both ways, first and deep pages; or one filter counted. Of each shape it prints p50 and
//! p95, and it fails when a p95 is above 100 ms. Each query is run four times, and the best of the last three counts: the machine may
//! be busy with other things, and that is not the query's.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::too_many_lines,
    missing_docs,
    reason = "a measurement, not a part of the product"
)]

#[path = "../tests/it/cluster.rs"]
mod cluster;

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use domain::{
    Micros, ObjectId, SessionId, Span,
    audit::Actor,
    recording::RecordingState,
    session::{ClientInterface, Life, Lock, LockScope, Named, ResourceRef, Session, SessionVerb, State},
    stop::EndReason,
};
use store::{
    Cause, ContentKey, Count, Direction, Imported, Options, Page, Scope, SessionQuery, Sort, SortColumn,
    Store,
};
use uuid::Uuid;

/// 2026-11-21T12:00:00Z.
const NOON: Micros = Micros(1_795_262_400_000_000);
const DAY: i64 = 24 * 3600;
/// What a page may take.
const BOUND: Duration = Duration::from_millis(100);
const USERS: u64 = 500;
const RESOURCES: u64 = 1000;
const TYPES: [&str; 8] = ["ssh", "ssh", "ssh", "tcp", "rdp", "postgres", "mysql", "vnc"];

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    /// One in ten is the first; the others are spread evenly.
    fn skewed(&mut self, sides: u64) -> u64 {
        if self.roll(10) == 0 { 0 } else { self.roll(sides) }
    }
}

fn user(number: u64) -> Named {
    Named {
        id: ObjectId(Uuid::from_u128(number.into())),
        name: format!("user-{number:04}"),
    }
}

fn some(dice: &mut Dice, number: u64, rows: u64) -> Imported {
    // Evenly over a year, in the order of their numbers.
    let created = NOON.plus(Span(
        -((rows - number) as i64) * (365 * DAY * 1_000_000 / rows as i64),
    ));
    let resource = dice.skewed(RESOURCES);
    let session = Session {
        id: SessionId::new(created, (number & 0xfff) as u16, dice.roll(1 << 50)),
        created_at: created,
        user: user(dice.skewed(USERS)),
        account: format!("account-{}", dice.roll(40)),
        resource: ResourceRef {
            id: ObjectId(Uuid::from_u128(u128::from(resource) + 10_000)),
            name: format!("host-{resource:05}"),
            protocol: TYPES[(resource % 8) as usize].into(),
            host: format!("10.0.{}.{}:22", resource / 256, resource % 256),
        },
        access_rule: format!("rule-{}", dice.roll(30)),
        profile: "default".into(),
        gateway: format!("gw-{:02}", dice.roll(20)),
        client_interface: ClientInterface::ALL[dice.roll(4) as usize],
        client_ip: IpAddr::from([10, dice.roll(4) as u8, dice.roll(256) as u8, dice.roll(256) as u8]),
        activity: None,
        secret_name: format!("vault/prod/{}", dice.roll(300)),
        verb: SessionVerb::Connect,
        ticket: if dice.roll(20) == 0 {
            format!("CHG-{}", dice.roll(100_000))
        } else {
            String::new()
        },
        correlation_id: if dice.roll(50) == 0 {
            format!("job-{}", dice.roll(500))
        } else {
            String::new()
        },
        rerun_of: None,
    };
    let mut life = Life::direct(created, Span::secs(8 * 3600));
    life.first_logon_at = created.plus(Span::secs(1));
    if number + 500 > rows {
        life.state = State::Active;
        if dice.roll(50) == 0 {
            life.state = State::Locked;
            let (by, title, message) = ("root".to_owned(), String::new(), String::new());
            life.lock = Some(Lock {
                by,
                at: created,
                title,
                message,
                scope: LockScope::Session,
            });
        }
    } else {
        let lasted = if dice.roll(1000) == 0 {
            2 * DAY as u64 + dice.roll(DAY as u64)
        } else {
            dice.roll(7200)
        };
        life.state = [
            State::Completed,
            State::Completed,
            State::Terminated,
            State::Failed,
        ][dice.roll(4) as usize];
        life.end_reason = Some(EndReason::ALL[dice.roll(20) as usize]);
        life.ended_at = created.plus(Span::secs(lasted as i64));
    }
    let recording = if dice.roll(10) == 0 {
        RecordingState::Failed
    } else {
        RecordingState::Available
    };
    Imported {
        session,
        life,
        bytes_up: dice.roll(1 << 20) as i64,
        bytes_down: dice.roll(1 << 30) as i64,
        recording,
    }
}

/// Every filter by itself, and pairs that do not go together.
fn filters(rows: u64) -> Vec<(&'static str, SessionQuery, Scope)> {
    let ago = |days: i64| Some(NOON.plus(Span::secs(-days * DAY)));
    let all = SessionQuery {
        now: NOON,
        limit: 50,
        ..SessionQuery::default()
    };
    let with = |change: &dyn Fn(&mut SessionQuery)| {
        let mut query = all.clone();
        change(&mut query);
        query
    };
    let one = |text: &str| vec![text.to_owned()];
    let middle = some(&mut Dice(1), rows / 2, rows).session.id;
    let me = user(0).id;
    let mut list: Vec<(&'static str, SessionQuery, Scope)> = vec![
        ("none", all.clone(), Scope::All),
        (
            "running",
            with(&|q| q.states = State::RUNNING.to_vec()),
            Scope::All,
        ),
        (
            "completed",
            with(&|q| q.states = vec![State::Completed]),
            Scope::All,
        ),
        (
            "denied (empty)",
            with(&|q| q.states = vec![State::Denied]),
            Scope::All,
        ),
        ("user 10 %", with(&|q| q.users = one("user-0000")), Scope::All),
        ("user 0.2 %", with(&|q| q.users = one("user-0400")), Scope::All),
        (
            "user by id",
            with(&|q| q.users = vec![user(400).id.to_string()]),
            Scope::All,
        ),
        (
            "group of 40",
            with(&|q| q.members = Some((100..140).map(|number| user(number).name).collect())),
            Scope::All,
        ),
        ("profile", with(&|q| q.profiles = one("default")), Scope::All),
        ("resource", with(&|q| q.resources = one("host-00500")), Scope::All),
        ("type ssh", with(&|q| q.types = one("ssh")), Scope::All),
        ("type vnc", with(&|q| q.types = one("vnc")), Scope::All),
        ("gateway", with(&|q| q.gateways = one("gw-07")), Scope::All),
        (
            "two gateways",
            with(&|q| q.gateways = vec!["gw-07".into(), "gw-08".into()]),
            Scope::All,
        ),
        (
            "interface",
            with(&|q| q.client_interfaces = vec![ClientInterface::Web]),
            Scope::All,
        ),
        (
            "client /16",
            with(&|q| q.client_ips = vec!["10.2.0.0/16".parse().unwrap()]),
            Scope::All,
        ),
        (
            "client /32",
            with(&|q| q.client_ips = vec!["10.2.3.4/32".parse().unwrap()]),
            Scope::All,
        ),
        ("account", with(&|q| q.accounts = one("account-7")), Scope::All),
        ("secret", with(&|q| q.secrets = one("vault/prod/77")), Scope::All),
        (
            "access rule",
            with(&|q| q.access_rules = one("rule-7")),
            Scope::All,
        ),
        (
            "end reason",
            with(&|q| q.end_reasons = vec![EndReason::MaxDuration]),
            Scope::All,
        ),
        (
            "last hour",
            with(&|q| q.since = Some(NOON.plus(Span::secs(-3600)))),
            Scope::All,
        ),
        ("last day", with(&|q| q.since = ago(1)), Scope::All),
        ("last week", with(&|q| q.since = ago(7)), Scope::All),
        ("last 30 days", with(&|q| q.since = ago(30)), Scope::All),
        (
            "a day in spring",
            with(&|q| (q.since, q.until) = (ago(200), ago(199))),
            Scope::All,
        ),
        ("before spring", with(&|q| q.until = ago(200)), Scope::All),
        ("locked", with(&|q| q.locked = Some(true)), Scope::All),
        ("not locked", with(&|q| q.locked = Some(false)), Scope::All),
        ("recording", with(&|q| q.has_recording = Some(true)), Scope::All),
        (
            "no recording",
            with(&|q| q.has_recording = Some(false)),
            Scope::All,
        ),
        ("ticket", with(&|q| q.tickets = one("CHG-777")), Scope::All),
        (
            "correlation",
            with(&|q| q.correlation_ids = one("job-7")),
            Scope::All,
        ),
        (
            "rerun of (empty)",
            with(&|q| q.rerun_of = Some(middle)),
            Scope::All,
        ),
    ];
    for text in [
        "user-04",
        "user-0400",
        "a",
        "prod/77",
        "host-0009",
        "CHG-77",
        "10.1.2",
        "terminated",
        "zzz",
        "Portal",
    ] {
        list.push(("search", with(&|q| q.search = Some(text.to_owned())), Scope::All));
    }
    list.push((
        "search id",
        with(&|q| q.search = Some(middle.to_string())),
        Scope::All,
    ));
    list.push(("own 10 %", all.clone(), Scope::Own(me)));
    list.push(("own 0.2 %", all.clone(), Scope::Own(user(400).id)));
    let gateways = Scope::OwnOr(
        user(400).id,
        domain::sight::Among {
            gateways: ["gw-07".to_owned(), "gw-08".to_owned()].into(),
            ..domain::sight::Among::default()
        },
    );
    list.push(("own or 2 gateways", all.clone(), gateways.clone()));
    list.push((
        "own, ssh, last week",
        with(&|q| (q.types, q.since) = (one("ssh"), ago(7))),
        Scope::Own(me),
    ));
    list.push((
        "own or 2 gateways, ssh",
        with(&|q| q.types = one("ssh")),
        gateways,
    ));
    list.push((
        "user and resource",
        with(&|q| (q.users, q.resources) = (one("user-0000"), one("host-00000"))),
        Scope::All,
    ));
    let empty = with(&|q| (q.states, q.locked) = (vec![State::Completed], Some(true)));
    list.push(("completed and locked (empty)", empty, Scope::All));
    list
}

struct Took {
    time: Duration,
    shape: String,
}

/// Runs a query four times, once to warm up; gives the page and the shortest time of the others.
async fn best(store: &Store, query: &SessionQuery, scope: &Scope) -> (Page, Duration) {
    let mut found = store.list(query, scope).await.unwrap();
    let mut time = Duration::MAX;
    for _ in 0..3 {
        let begun = Instant::now();
        found = store.list(query, scope).await.unwrap();
        time = time.min(begun.elapsed());
    }
    (found, time)
}

async fn measure(store: &Store, rows: u64, only: &str) -> Vec<Took> {
    let mut all = Vec::new();
    for (name, query, scope) in filters(rows).into_iter().filter(|(name, ..)| name.contains(only)) {
        for column in SortColumn::ALL {
            for direction in [Direction::Descending, Direction::Ascending] {
                let mut query = query.clone();
                query.sort = Sort { column, direction };
                let way = if direction == Direction::Ascending {
                    "asc"
                } else {
                    "desc"
                };
                let mut page = 0;
                loop {
                    let (found, time) = best(store, &query, &scope).await;
                    let search = query.search.clone().unwrap_or_default();
                    let shape = format!("{name} {search} by {} {way}, page {page}", column.word());
                    all.push(Took { time, shape });
                    page += 1;
                    query.cursor = found.next_cursor;
                    if query.cursor.is_none() || page == 3 {
                        break;
                    }
                }
            }
        }
        for count in [Count::Capped, Count::Exact] {
            let query = SessionQuery {
                count,
                limit: 1,
                ..query.clone()
            };
            for _ in 0..5 {
                let (_, time) = best(store, &query, &scope).await;
                let search = query.search.clone().unwrap_or_default();
                let shape = format!("{name} {search} counted {count:?}");
                all.push(Took { time, shape });
            }
        }
    }
    all
}

/// Prints what was measured; tells whether every shape is quick enough.
fn report(database: &str, mut all: Vec<Took>) -> bool {
    all.sort_by_key(|took| took.time);
    let at = |part: f64| all[((all.len() - 1) as f64 * part) as usize].time;
    println!(
        "{database}: {} queries, p50 {:.1?}, p90 {:.1?}, p95 {:.1?}, p99 {:.1?}, max {:.1?}; over 100 ms: {}",
        all.len(),
        at(0.5),
        at(0.9),
        at(0.95),
        at(0.99),
        at(1.0),
        all.iter()
            .filter(|took| took.time > Duration::from_millis(100))
            .count()
    );
    for took in all.iter().rev().take(25) {
        println!("  {:>8.1?}  {}", took.time, took.shape);
    }
    // Per shape of filter, so that no filter hides behind the others.
    let mut names: Vec<_> = all
        .iter()
        .map(|took| took.shape.split(" by ").next().unwrap_or_default())
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut quick = true;
    for name in names {
        let of: Vec<_> = all
            .iter()
            .filter(|took| took.shape.split(" by ").next() == Some(name))
            .collect();
        let at = |part: f64| of[((of.len() - 1) as f64 * part) as usize].time;
        let slow = at(0.95) > BOUND;
        quick &= !slow;
        let mark = if slow { "  TOO SLOW" } else { "" };
        println!("  p50 {:>8.1?}  p95 {:>8.1?}  {name}{mark}", at(0.5), at(0.95));
    }
    quick
}

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let rows = words.iter().find_map(|word| word.parse().ok()).unwrap_or(100_000);
    let named = |name: &str| words.iter().any(|word| word == name);
    let all = !named("sqlite") && !named("postgres");
    let only = words
        .iter()
        .find_map(|word| word.strip_prefix("only="))
        .unwrap_or_default();
    let mut quick = true;
    for database in ["sqlite", "postgres"]
        .into_iter()
        .filter(|name| all || named(name))
    {
        let dir = tempfile::tempdir().unwrap();
        let url = match database {
            "sqlite" => format!("sqlite://{}/meta.db", dir.path().display()),
            _ => cluster::database().await,
        };
        let options = Options::new(ContentKey::new([7; 32]));
        let store = Store::open(&url, options.clone()).await.unwrap();
        let begun = Instant::now();
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
        let mut number = 0;
        while number < rows {
            let end = rows.min(number + 1000);
            let some = (number..end)
                .map(|number| some(&mut dice, number, rows))
                .collect();
            let cause = Cause::new(NOON, Actor::system("bench"));
            store.import_sessions(some, cause).await.unwrap();
            number = end;
        }
        println!("{database}: {rows} rows stored in {:.1?}", begun.elapsed());
        if words.iter().any(|word| word == "fresh") {
            quick &= report(database, measure(&store, rows, only).await);
            continue;
        }
        // As after a night: the database has looked at how values are spread. SQLite does so when it is opened.
        store.close().await;
        if database == "postgres" {
            use sqlx::Connection;
            let mut conn = sqlx::PgConnection::connect(&url).await.unwrap();
            sqlx::query("VACUUM ANALYZE").execute(&mut conn).await.unwrap();
        }
        let store = Store::open(&url, options).await.unwrap();
        quick &= report(database, measure(&store, rows, only).await);
        store.close().await;
    }
    assert!(quick, "some shapes are too slow");
}
