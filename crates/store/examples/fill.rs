//! Fills a database with sessions of the last 30 days, to see how lists behave that are long.
//!
//! `cargo run -p store --example fill -- sqlite://path/to/meta.db 100000`, while no gateway uses it. The console's `npm run perf` calls it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "for measurements, not a part of the product"
)]

use std::net::IpAddr;

use domain::{
    Micros, ObjectId, SessionId, Span,
    audit::Actor,
    recording::RecordingState,
    session::{ClientInterface, Life, Named, ResourceRef, Session, SessionVerb, State},
    stop::EndReason,
};
use store::{Cause, ContentKey, Imported, Options, Store};
use uuid::Uuid;

const WINDOW_SECS: i64 = 30 * 24 * 3600;
const TYPES: [&str; 8] = ["ssh", "ssh", "ssh", "tcp", "rdp", "postgres", "mysql", "vnc"];
/// Ends as they are spread in practice: most are ordinary.
const ENDS: [(State, EndReason); 6] = [
    (State::Completed, EndReason::UserDisconnect),
    (State::Completed, EndReason::UserDisconnect),
    (State::Completed, EndReason::MaxDuration),
    (State::Terminated, EndReason::AdminTerminate),
    (State::Failed, EndReason::TargetUnreachable),
    (State::Canceled, EndReason::AdminCancel),
];

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }
}

fn some(dice: &mut Dice, now: Micros, number: i64, rows: i64) -> Imported {
    let before = (rows - number) * (WINDOW_SECS * 1_000_000 / rows);
    let created = now.plus(Span(-before));
    let (user, resource) = (dice.roll(500), dice.roll(1000));
    let named = |name: String, id: u64| Named {
        id: ObjectId(Uuid::from_u128(id.into())),
        name,
    };
    let session = Session {
        id: SessionId::new(created, (number & 0xfff) as u16, dice.roll(1 << 50)),
        created_at: created,
        user: named(format!("user-{user:04}"), user),
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
        ticket: String::new(),
        correlation_id: String::new(),
        rerun_of: None,
    };
    let mut life = Life::direct(created, Span::secs(8 * 3600));
    life.first_logon_at = created.plus(Span::secs(1));
    let (state, reason) = ENDS[dice.roll(ENDS.len() as u64) as usize];
    life.state = state;
    life.end_reason = Some(reason);
    life.ended_at = created.plus(Span::secs(dice.roll(7200) as i64)).min(now);
    Imported {
        session,
        life,
        bytes_up: dice.roll(1 << 16) as i64,
        bytes_down: dice.roll(1 << 26) as i64,
        recording: RecordingState::None,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut words = std::env::args().skip(1);
    let url = words.next().expect("the database's address");
    let rows: i64 = words
        .next()
        .map_or(100_000, |word| word.parse().expect("a number"));
    // Nothing that is typed is written, so any key will do.
    let store = Store::open(&url, Options::new(ContentKey::new([7; 32])))
        .await
        .unwrap();
    let now = Micros::now();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut number = 0;
    while number < rows {
        let end = rows.min(number + 1000);
        let some = (number..end)
            .map(|number| some(&mut dice, now, number, rows))
            .collect();
        store
            .import_sessions(some, Cause::new(now, Actor::system("fill")))
            .await
            .unwrap();
        number = end;
    }
    store.close().await;
    println!("{rows} sessions stored");
}
