//! What real programs echo, and what they do not: live where they are installed, and from recordings of shells.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod common;

use std::collections::HashMap;

use Step::{Blind, Keys, Resize, Type, Until};
use common::{Event, Recording, Session, Step, fixture, installed};
use screen::{EchoMask, InputId, InputSegment};

const P: Step = Until("me@host:~$ ");
const SECRET: &str = "Tr0ub4dor&3";

struct Outcome {
    /// Printable bytes in the order in which they were typed, `\0` for those that stay masked.
    known: Vec<u8>,
}

impl Outcome {
    fn of(recording: &Recording) -> Self {
        let mut mask = EchoMask::new(recording.cols, recording.rows);
        let mut known: Vec<u8> = Vec::new();
        let mut places: HashMap<InputId, usize> = HashMap::new();
        for (at, event) in &recording.events {
            match event {
                Event::Input(bytes) => {
                    for segment in mask.typed(*at, bytes) {
                        if let InputSegment::Masked(id, range) = segment {
                            places.insert(id, known.len());
                            known.resize(known.len() + range.len(), 0);
                        }
                    }
                }
                Event::Output(bytes) => {
                    for reveal in mask.shown(*at, bytes) {
                        let from = places[&reveal.id] + reveal.offset;
                        known[from..from + reveal.bytes.len()].copy_from_slice(&reveal.bytes);
                    }
                }
                Event::Resize(cols, rows) => mask.resize(*cols, *rows),
            }
        }
        Self { known }
    }

    /// Share of the typed bytes that is revealed.
    fn share(&self) -> f64 {
        let masked = self.text().matches('*').count();
        1.0 - masked as f64 / self.known.len().max(1) as f64
    }

    fn leaks(&self, secret: &str) -> bool {
        secret
            .as_bytes()
            .windows(4)
            .any(|part| self.known.windows(4).any(|known| known == part))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.known).replace('\0', "*")
    }
}

fn run(argv: &[&str], env: &[(&str, &str)], steps: &[Step]) -> Outcome {
    Outcome::of(&Session::start(argv, env, 80, 24).run(steps))
}

#[test]
fn typing_in_shells_is_revealed() {
    let steps = [
        P,
        Keys("echo the quick brown fox jumps over the lazy dog"),
        Type("\r"),
        P,
        Blind("ls -la /etc/hostname"),
        Type("\r"),
        P,
        Type("cat alpha.txt | sort | uniq -c\r"),
        P,
        Keys("echo wrong"),
        Keys("\x7f\x7f\x7f\x7f\x7f"),
        Keys("right and a long line that goes on and on until it wraps at the end of the row of the screen"),
        Type("\r"),
        P,
        Keys("cat al\t"),
        Type("\r"),
        P,
    ];
    for argv in [&["bash", "--norc", "--noprofile"][..], &["dash"], &["zsh", "-f"]] {
        if installed(argv[0]) {
            let outcome = run(argv, &[], &steps);
            assert!(
                outcome.share() >= 0.95,
                "{argv:?}: {:.3}\n{}",
                outcome.share(),
                outcome.text()
            );
        }
    }
}

#[test]
fn typing_in_vim_is_revealed() {
    if !installed("vim") {
        return;
    }
    let steps = [
        Until("~"),
        Keys("ihello world, this is a line\r"),
        Keys("and this is the second line"),
        Blind(" typed faster than before"),
        Type("\x1b"),
        Keys("kjhl"),
        Keys("ofoo bar"),
    ];
    let outcome = run(
        &["vim", "-u", "NONE", "-i", "NONE", "-c", "set nocp"],
        &[],
        &steps,
    );
    assert!(
        outcome.share() >= 0.95,
        "{:.3}\n{}",
        outcome.share(),
        outcome.text()
    );
}

#[test]
fn secrets_typed_into_real_programs_stay_masked() {
    let bash: &[&str] = &["bash", "--norc", "--noprofile"];
    // The question, not its place in the echo of the command: a carriage return comes before it.
    let programs: &[(&str, &str, &str)] = &[
        ("bash", "read -s -p 'Password: ' x; echo\r", "\rPassword: "),
        (
            "bash",
            "read -s -p 'speak friend and enter> ' x; echo; echo Tr0\r",
            "\rspeak friend and enter> ",
        ),
        (
            "stty",
            "stty -echo; printf '[sudo] password for me: '; read x; stty echo; echo; echo Hi\r",
            "\r[sudo] password for me: ",
        ),
        (
            "stty",
            "stty -echo; printf 'tell me? '; read x; stty echo; echo; echo Tr0\r",
            "\rtell me? ",
        ),
        (
            "ssh-keygen",
            "ssh-keygen -q -t ed25519 -f key1\r",
            "passphrase): ",
        ),
        ("openssl", "openssl passwd -6\r", "\rPassword: "),
        (
            "python3",
            "python3 -c 'import getpass; getpass.getpass(\"Key of the house> \")'\r",
            "\rKey of the house> ",
        ),
        (
            "bash",
            "printf 'say> '; while IFS= read -r -s -n1 c && [ \"$c\" ]; do printf '*'; done; echo\r",
            "\rsay> ",
        ),
    ];
    for (program, command, question) in programs {
        if !installed(program) {
            continue;
        }
        for answer in [
            Step::Type("Tr0ub4dor&3\r"),
            Blind("Tr0ub4dor&3\r"),
            Keys("Tr0ub4dor&3\r"),
        ] {
            let mut steps = vec![P, Type(command), Until(question), answer];
            if matches!(*program, "ssh-keygen" | "openssl") {
                steps.push(answer);
            }
            steps.extend([P, Type("echo next\r")]);
            let outcome = run(bash, &[], &steps);
            assert!(
                !outcome.leaks(SECRET),
                "{command:?}, {answer:?}: {}",
                outcome.text()
            );
            assert!(
                outcome.text().contains("echo next"),
                "{command:?}, {answer:?}: {}",
                outcome.text()
            );
        }
    }
}

#[test]
fn secrets_typed_within_tmux_stay_masked() {
    if !installed("tmux") {
        return;
    }
    for question in ["Password: ", "tell me? "] {
        let command: &'static str = Box::leak(
            format!("stty -echo; printf \"{question}\"; read x; stty echo; echo; echo Welcome\r")
                .into_boxed_str(),
        );
        let question: &'static str = question;
        let steps = [
            Until("in>"),
            Type(command),
            Until(question.trim_end()),
            Blind("Tr0ub4dor&3"),
            Type("\r"),
            Resize(81, 24),
            Type("exit\r"),
        ];
        let inner = "exec tmux -f /dev/null -S $HOME/s new-session 'PS1=\"in>\" exec sh'";
        let argv = ["sh", "-c", inner];
        let outcome = run(&argv, &[], &steps);
        assert!(!outcome.leaks(SECRET), "{}", outcome.text());
    }
}

#[test]
fn recorded_shells_reveal_what_they_echo() {
    for (name, least) in [
        ("bash-plain", 0.85),
        ("bash-editing", 0.7),
        ("bash-multiline", 0.8),
        ("zsh", 0.7),
        ("dash", 0.45),
    ] {
        let outcome = Outcome::of(&Recording::load(&fixture(&format!("{name}.cast"))));
        assert!(
            outcome.share() >= least,
            "{name}: {:.3}\n{}",
            outcome.share(),
            outcome.text()
        );
    }
    for name in ["bash-secrets", "dash"] {
        let outcome = Outcome::of(&Recording::load(&fixture(&format!("{name}.cast"))));
        assert!(
            !outcome.leaks("hunter2") && !outcome.leaks("sesame"),
            "{name}: {}",
            outcome.text()
        );
    }
}
