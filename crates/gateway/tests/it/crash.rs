//! A gateway that is killed: nothing that was delivered is missing from the recordings, but for the last moments.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, text},
    program::{Program, until},
    sshd::Sshd,
};

/// What a crash may take by default: records that are younger are allowed to be on their way to the disk still.
const GROUP: Duration = Duration::from_millis(250);

/// When bytes may pass on, as a profile says it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    Group,
    Strict,
}

impl Durability {
    pub(crate) fn profile(self) -> Value {
        match self {
            Self::Group => json!({ "durability": "group" }),
            Self::Strict => json!({ "durability": "strict" }),
        }
    }
}

/// Gives a command that says a numbered line every few milliseconds, without starting a program for each.
fn teller(name: &str) -> String {
    format!(
        "exec bash -c 'exec 9<> <(:); i=0; while :; do i=$((i+1)); echo \"{name} $i.\"; read -t 0.004 -u 9; done'"
    )
}

/// The sessions of one round.
struct Load {
    /// Commands that speak, by name: their output is recorded.
    tellers: Vec<(&'static str, Program)>,
    /// A command that is spoken to, and the log that it keeps of what it got.
    typist: Program,
}

impl Load {
    fn start(gateway: &Gateway, log: &Path) -> Self {
        let start = |name: &'static str, options: &[&str]| {
            let program = Program::start(gateway.ssh(options, "box").arg(teller(name)));
            program.out.wait_for(&format!("{name} 5."));
            (name, program)
        };
        let tellers = thread::scope(|scope| {
            let terminal = scope.spawn(|| start("terminal", &["-tt"]));
            vec![start("plain", &[]), terminal.join().unwrap()]
        });
        // The log is kept by the target; what it echoes tells that it is there.
        let logger = format!("exec tee -a {}", log.display());
        let typist = Program::start(gateway.ssh(&[], "box").arg(logger));
        Self { tellers, typist }
    }

    /// Types until it is told to stop.
    fn type_on(typist: &mut Program, stop: &AtomicBool) {
        let mut number = 0;
        while !stop.load(Ordering::Relaxed) {
            number += 1;
            typist.say(&format!("typed {number}.\n"));
            thread::sleep(Duration::from_millis(4));
        }
    }
}

/// Numbers that are others in each run; the first is printed, so that a failure can be told.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let seed = u64::from(std::process::id()) ^ (jiff::Timestamp::now().as_nanosecond() as u64 | 1);
        println!("seed {seed}");
        Self(seed)
    }

    fn millis(&mut self, from: u64, to: u64) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(from + self.0 % (to - from))
    }
}

/// What a round has measured.
#[derive(Debug, Default)]
struct Worst {
    /// From the last proven record to the kill.
    age: Duration,
    /// From the restart to the end of the last session.
    end: Duration,
}

/// Runs one round: load, `kill -9` at some moment, restart, and a look at everything that is left.
fn crash_once(
    gateway: &mut Gateway,
    server: &Sshd,
    durability: Durability,
    moment: Duration,
    worst: &mut Worst,
) {
    let log = server.folder().join("typed.log");
    std::fs::write(&log, "").unwrap();
    let mut load = Load::start(gateway, &log);
    let ids = gateway.active(3);
    let stop = AtomicBool::new(false);
    let (killed, wall) = thread::scope(|scope| {
        let typist = &mut load.typist;
        let heard = typist.out.clone();
        scope.spawn(|| Load::type_on(typist, &stop));
        // Everybody has been heard for longer than the promise allows a record to be late.
        for (name, teller) in &load.tellers {
            teller.out.wait_for(name);
        }
        heard.wait_for("typed 5.");
        thread::sleep(GROUP);
        thread::sleep(moment);
        let killed = Instant::now();
        let wall = gateway.kill();
        stop.store(true, Ordering::Relaxed);
        (killed, wall)
    });
    let restarted = Instant::now();
    gateway.restart();
    until(Duration::from_mins(1), "every session is over", || {
        let left = gateway.sessions("status=connecting,active,locked,ending");
        left.is_empty().then_some(())
    });
    worst.end = worst.end.max(restarted.elapsed());

    // What must be there: all that clients had heard and the target had got by then.
    let due = match durability {
        Durability::Group => killed.checked_sub(GROUP).unwrap(),
        Durability::Strict => Instant::now(),
    };
    for id in &ids {
        let session = gateway.ended(id);
        assert_eq!(session["end_reason"], "gateway_lost", "{session:#}");
        let tape = gateway.tape(id);
        let verified = gateway.run(&["verify", tape.to_str().unwrap(), "-o", "json"]);
        assert_eq!(verified.code, 0, "{verified:?}");
        let report: Value = serde_json::from_str(&verified.out).unwrap();
        assert!(
            text(&report["verdict"]).starts_with("unfinished: intact up to "),
            "{report}"
        );
        let last: jiff::Timestamp = text(&report["last_time"]).parse().unwrap();
        let age = Duration::try_from(wall.duration_since(last)).unwrap_or_default();
        worst.age = worst.age.max(age);
        assert!(age <= GROUP, "a recording ends {age:?} before the kill: {report}");
        let recorded = gateway.recorded(id);
        // A terminal's line ends are its own; of a command without one they are drawn as a terminal would.
        let output = recorded.output.replace('\r', "");
        let heard = |client: &Program| client.out.until(due).replace('\r', "");
        if let Some((name, client)) = load.tellers.iter().find(|(name, _)| output.starts_with(name)) {
            assert!(
                output.starts_with(&heard(client)),
                "the client of `{name}` has heard more than is recorded"
            );
            continue;
        }
        assert!(
            output.starts_with(&heard(&load.typist)),
            "the typist has heard more than is recorded"
        );
        assert!(
            recorded.input.starts_with(&heard(&load.typist)),
            "the target has sent back more than is recorded"
        );
        let typed = std::fs::read_to_string(&log).unwrap();
        let common = typed.len().min(recorded.input.len());
        assert_eq!(
            recorded.input[..common],
            typed[..common],
            "what is recorded is what the target got"
        );
        if durability == Durability::Strict {
            assert!(
                typed.len() <= recorded.input.len(),
                "the target got more than is recorded"
            );
        }
    }
}

/// Kills a gateway again and again.
pub(crate) fn crash(gateway: &mut Gateway, durability: Durability, rounds: usize) {
    let server = Sshd::start();
    gateway.furnish(&server, &durability.profile());
    let (mut dice, mut worst) = (Dice::new(), Worst::default());
    for round in 0..rounds {
        let moment = dice.millis(50, 700);
        crash_once(gateway, &server, durability, moment, &mut worst);
        println!("round {round}: killed after {moment:?}; so far {worst:?}");
    }
    let audit = gateway.get("/v1/audit/verify");
    assert_eq!(audit["intact"], true, "the audit log is whole: {audit}");
    println!(
        "worst of {rounds} rounds: a recording ends {:?} before the kill, sessions are over {:?} after the restart",
        worst.age, worst.end
    );
}

#[test]
fn a_killed_gateway_ends_its_sessions_and_loses_at_most_250_ms_of_what_was_delivered() {
    crash(&mut Gateway::start(), Durability::Group, 20);
}

#[test]
fn under_strict_durability_a_killed_gateway_has_delivered_nothing_that_is_not_recorded() {
    crash(&mut Gateway::start(), Durability::Strict, 8);
}
