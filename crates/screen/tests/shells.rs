//! Commands out of real shells: live where they are installed, and from recordings of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::{Event, Recording, Session, Step, fixture, installed};
use screen::{Command, CommandEvent, CommandExtractor, CommandLimits, TerminalEvent};
use Step::{Blind, Keys, Resize, Type, Until};

struct Scenario {
    name: &'static str,
    argv: &'static [&'static str],
    env: &'static [(&'static str, &'static str)],
    size: (u16, u16),
    steps: &'static [Step],
    /// Command and output; an output that starts with `~` need only contain the rest.
    expected: &'static [(&'static str, &'static str)],
}

const P: Step = Until("me@host:~$ ");

fn scenarios() -> Vec<Scenario> {
    let bash: &[&str] = &["bash", "--norc", "--noprofile"];
    let old: &[&str] = &["bash", "--norc", "--noprofile", "-c", "bind 'set enable-bracketed-paste off'; exec bash --norc --noprofile"];
    let _ = old;
    vec![
        Scenario {
            name: "bash-plain",
            argv: bash,
            env: &[],
            size: (80, 24),
            steps: &[
                P, Keys("echo hello"), Type("\r"), P, Type("printf 'no newline'\r"), P, Type("cat alpha.txt beta.txt\r"), P,
                Type("\r"), P, Type("never run\x03"), P, Type("true\r"), P, Type("seq 3; exit\r"),
            ],
            expected: &[
                ("echo hello", "hello"),
                ("printf 'no newline'", "no newline"),
                ("cat alpha.txt beta.txt", "alpha.txt\nbeta.txt"),
                ("true", ""),
                ("seq 3; exit", "1\n2\n3\nexit"),
            ],
        },
        Scenario {
            name: "bash-editing",
            argv: bash,
            env: &[],
            size: (80, 24),
            steps: &[
                P, Type("cho one"), Type("\x01"), Type("e"), Type("\r"), P, // Ctrl-A
                Type("echo wrong two"), Type("\x1b[D\x1b[D\x1b[D"), Type("\x17"), Type("\r"), P, // arrows, Ctrl-W
                Type("\x1b[A"), Type("\r"), P, // history
                Type("\x12one"), Type("\r"), P, // Ctrl-R
                Type("cat al\t"), Type("\r"), P, // completion
                Type("ls alpha.txt b"), Type("\t"), Type("\t"), Type("\x15"), Type("echo x\x7fy\r"), P,
                Type("cat \t\t"), Type("b\t\r"), P, // a list of candidates
                Type("ech"), Type("\x0c"), Type("o cleared\r"), P, // Ctrl-L
            ],
            expected: &[
                ("echo one", "one"),
                ("echo two", "two"),
                ("echo two", "two"),
                ("echo one", "one"),
                ("cat alpha.txt", "alpha.txt"),
                ("echo y", "y"),
                ("cat beta.txt", "beta.txt"),
                ("echo cleared", "cleared"),
            ],
        },
        Scenario {
            name: "bash-multiline",
            argv: bash,
            env: &[],
            size: (80, 24),
            steps: &[
                P, Type("cat <<END\r"), Until("> "), Type("first\r"), Until("> "), Type("second line\r"), Until("> "), Type("END\r"), P,
                Type("echo \"a\r"), Until("> "), Type("b\"\r"), P,
                Type("for i in 1 2\r"), Until("> "), Type("do echo $i\r"), Until("> "), Type("\x03"), P,
                Type("\x1b[200~echo one\recho two\x1b[201~"), Type("\r"), P,
                Type("\x1b[A"), Type("\r"), P,
                Type("echo a\recho b\recho c\r"), Until("c\r\n"),
            ],
            expected: &[
                ("cat <<END\nfirst\nsecond line\nEND", "first\nsecond line"),
                ("echo \"a\nb\"", "a\nb"),
                ("echo one\necho two", "one\ntwo"),
                // bash keeps the pasted lines as two in its history.
                ("echo two", "two"),
                ("echo a", "a"),
                ("echo b", "b"),
                ("echo c", "c"),
            ],
        },
        Scenario {
            name: "bash-long",
            argv: bash,
            env: &[],
            size: (40, 10),
            steps: &[
                P,
                Type("echo the quick brown fox jumps over the lazy dog and then again over the other one"), Type("\x01"), Type("X"), Type("\x1b[3~"), Type("\x7f"), Type("e"), Type("\r"), P,
                Type("echo 日本語の長い行です、日本語の長い行です、日本語の長い行です\r"), P,
                Type("for n in $(seq 30); do echo line $n; done\r"), P,
                Type("printf '%s\\r' 10% 50% 100%; echo\r"), P,
                Type("echo wide"), Resize(60, 12), Type(" again\r"), P,
                Type("echo narrow"), Resize(30, 8), Type(" again\r"), P,
            ],
            expected: &[
                ("echo the quick brown fox jumps over the lazy dog and then again over the other one", "the quick brown fox jumps over the lazy dog and then again over the other one"),
                ("echo 日本語の長い行です、日本語の長い行です、日本語の長い行です", "日本語の長い行です、日本語の長い行です、日本語の長い行です"),
                ("for n in $(seq 30); do echo line $n; done", "~line 1\nline 2\nline 3\nline 4\nline 5\nline 6\nline 7\nline 8\nline 9\nline 10\nline 11\nline 12\nline 13\nline 14\nline 15\nline 16\nline 17\nline 18\nline 19\nline 20\nline 21\nline 22\nline 23\nline 24\nline 25\nline 26\nline 27\nline 28\nline 29\nline 30"),
                ("printf '%s\\r' 10% 50% 100%; echo", "100%"),
                ("echo wide again", "wide again"),
                ("echo narrow again", "narrow again"),
            ],
        },
        Scenario {
            name: "bash-long-paste",
            argv: bash,
            env: &[],
            size: (80, 8),
            steps: &[
                P, Type("\x1b[200~cat <<X\r1\r2\r3\r4\r5\r6\r7\r8\r9\r10\r11\r12\rX\x1b[201~"), Type("\r"), P, Type("echo after\r"), P,
            ],
            expected: &[("cat <<X\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\nX", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12"), ("echo after", "after")],
        },
        Scenario {
            name: "bash-secrets",
            argv: bash,
            env: &[],
            size: (80, 24),
            steps: &[
                P, Type("read -s -p 'Password: ' x\r"), Until("Password: "), Blind("hunter2\r"), P,
                Type("read -s -p 'tok> ' x; echo\r"), Until("tok> "), Blind("sesame\r"), P,
                Type("read -p 'Go on? [y/N] ' y\r"), Until("[y/N] "), Type("yes\r"), P, Type("echo done\r"), P,
            ],
            expected: &[
                ("read -s -p 'Password: ' x", "Password:"),
                ("read -s -p 'tok> ' x; echo", ""),
                ("read -p 'Go on? [y/N] ' y", "Go on? [y/N] yes"),
                ("echo done", "done"),
            ],
        },
        Scenario {
            name: "bash-full-screen",
            argv: bash,
            env: &[],
            size: (80, 24),
            steps: &[
                P, Type("vim -u NONE -i NONE new.txt\r"), Until("New"), Type("iwritten in vim\x1b"), Type(":wq\r"), P,
                Type("cat new.txt\r"), P, Type("less new.txt\r"), Type("q"), P, Type("echo back\r"), P,
            ],
            expected: &[
                ("vim -u NONE -i NONE new.txt", "~written in vim"),
                ("cat new.txt", "written in vim"),
                ("less new.txt", "~written in vim"),
                ("echo back", "back"),
            ],
        },
        Scenario {
            name: "bash-tmux",
            argv: bash,
            env: &[],
            size: (80, 24),
            steps: &[
                P, Type("tmux -f /dev/null -S $HOME/s new-session 'sh -c \"PS1=in\\>; export PS1; exec sh\"'\r"), Until("in>"), Type("echo inside\r"), Type("exit\r"), P, Type("echo outside\r"), P,
            ],
            expected: &[("tmux -f /dev/null -S $HOME/s new-session 'sh -c \"PS1=in\\>; export PS1; exec sh\"'", "~echo inside"), ("echo outside", "outside")],
        },
        Scenario {
            name: "bash-marks",
            argv: bash,
            env: &[
                ("PS1", "\\[\\e]133;A\\a\\]me@host:~$ \\[\\e]133;B\\a\\]"),
                ("PS0", "\\[\\e]133;C\\a\\]"),
                ("PROMPT_COMMAND", "printf '\\e]133;D;%s\\a' $?"),
            ],
            size: (80, 24),
            steps: &[
                P, Type("true\r"), P, Type("false\r"), P, Type("(exit 42)\r"), P, Type("cat <<E\r"), Until("> "), Type("text\r"), Until("> "), Type("E\r"), P, Type("gone\x03"), P,
                Type("printf x; false\r"), P, Type("vim -u NONE -i NONE -c q\r"), P, Type("echo é日本\r"), P,
            ],
            expected: &[
                ("true", "=0"),
                ("false", "=1"),
                ("(exit 42)", "=42"),
                ("cat <<E\ntext\nE", "text=0"),
                ("printf x; false", "x=1"),
                ("vim -u NONE -i NONE -c q", "~"),
                ("echo é日本", "é日本=0"),
            ],
        },
        Scenario {
            name: "bash-nested",
            argv: bash,
            env: &[("PYTHON_BASIC_REPL", "1"), ("PYTHONSTARTUP", "")],
            size: (80, 24),
            steps: &[
                P, Type("python3 -q\r"), Until(">>> "), Type("1 + 1\r"), Until(">>> "), Type("for i in range(2):\r"), Until("... "), Type("  print(i)\r"), Until("... "), Type("\r"), Until(">>> "), Type("exit()\r"), P,
                Type("PS1='in$ ' dash\r"), Until("in$ "), Type("echo nested\r"), Until("in$ "), Type("exit\r"), P, Type("echo out\r"), P,
            ],
            expected: &[
                ("python3 -q", ""),
                ("1 + 1", "2"),
                ("for i in range(2):\n  print(i)\n", "0\n1"),
                ("exit()", ""),
                ("PS1='in$ ' dash", ""),
                ("echo nested", "nested"),
                ("exit", ""),
                ("echo out", "out"),
            ],
        },
        Scenario {
            name: "dash",
            argv: &["dash"],
            env: &[],
            size: (80, 24),
            steps: &[
                P, Type("echo hello\r"), P, Type("wrong"), Type("\x15"), Type("cat alpa\x7fha.txt\r"), P, Type("gone\x03"), P, Type("cat <<E\r"), Until("> "), Type("a\r"), Until("> "), Type("E\r"), P,
                Type("true\r"), P, Type("read x\r"), Until("read x\r\n"), Type("answer\r"), P, Type("stty -echo; printf 'Password: '; read y; stty echo\r"), Until("Password: "), Blind("hunter2\r"), P,
                Type("vim -u NONE -i NONE\r"), Until("~"), Type(":q\r"), P,
                Type("sleep 0.5\recho ahead\r"), Until("$ ahead\r\n"), P, Type("echo last\r"), P,
            ],
            expected: &[
                ("echo hello", "hello"),
                ("cat alpha.txt", "alpha.txt"),
                ("cat <<E\na\nE", "a"),
                ("true", ""),
                ("read x", "answer"),
                ("stty -echo; printf 'Password: '; read y; stty echo", "Password:"),
                ("vim -u NONE -i NONE", "~"),
                ("sleep 0.5", "~"),
                ("echo ahead", "ahead"),
                ("echo last", "last"),
            ],
        },
        Scenario {
            name: "zsh",
            argv: &["zsh", "-f"],
            env: &[("RPS1", "right"), ("PS1", "two%1(l..) rows\nme@host:~$ ")],
            size: (60, 16),
            steps: &[
                P, Keys("echo hello"), Type("\r"), P, Type("printf x\r"), P, Type("gone\x03"), P, Type("cat <<E\r"), Until("heredoc> "), Type("a\r"), Until("heredoc> "), Type("E\r"), P,
                Type("echo the quick brown fox jumps over the lazy dog and then again over the other one"), Type("\x01"), Type("\r"), P,
                Type("\x1b[A"), Type("\x1b[A"), Type("\x1b[A"), Type("\r"), P,
                Type("cat \t"), Type("a\t"), Type("\r"), P,
                Type("\x1b[200~echo one\recho two\x1b[201~"), Type("\r"), P,
                Type("echo a\recho b\r"), Until("b\r\n"), P, Type("echo 日本語\r"), P,
            ],
            expected: &[
                ("echo hello", "hello"),
                ("printf x", "x"),
                ("cat <<E\na\nE", "a"),
                ("echo the quick brown fox jumps over the lazy dog and then again over the other one", "the quick brown fox jumps over the lazy dog and then again over the other one"),
                ("cat <<E\na\nE", "a"),
                ("cat alpha.txt", "alpha.txt"),
                ("echo one\necho two", "one\ntwo"),
                ("echo a", "a"),
                ("echo b", "b"),
                ("echo 日本語", "日本語"),
            ],
        },
        Scenario {
            name: "fish",
            argv: &["fish", "-N", "-C", "function fish_prompt; echo 'me@host:~$ '; end; function fish_greeting; end"],
            env: &[],
            size: (80, 24),
            steps: &[
                P, Type("echo hello\r"), Until("hello\r\n"), P, Type("gone"), Type("\x03"), P, Type("echo \"a\r"), Type("b\"\r"), P, Type("echo hi\x01"), Type("\r"), P, Type("cat al\t"), Type("\r"), P,
            ],
            expected: &[("echo hello", "hello"), ("echo \"a\nb\"", "a\nb"), ("echo hi", "hi"), ("cat alpha.txt", "alpha.txt")],
        },
    ]
}

/// Runs a recording through an extractor that sleeps and wakes between events as `sleeps` says.
fn extract(recording: &Recording, sleeps: bool) -> (Vec<Command>, Vec<CommandEvent>) {
    let mut extractor = CommandExtractor::new(recording.cols, recording.rows, CommandLimits::default());
    let mut events = Vec::new();
    for (at, event) in &recording.events {
        events.extend(extractor.push(*at, match event {
            Event::Input(bytes) => TerminalEvent::Input(bytes),
            Event::Output(bytes) => TerminalEvent::Output(bytes),
            Event::Resize(cols, rows) => TerminalEvent::Resize { cols: *cols, rows: *rows },
        }));
        if sleeps {
            let written = serde_json::to_string(&extractor.sleep()).unwrap();
            extractor = CommandExtractor::wake(serde_json::from_str(&written).unwrap());
        }
    }
    events.extend(extractor.finish());
    let commands = events.iter().filter_map(|event| if let CommandEvent::Ended(command) = event { Some(command.clone()) } else { None }).collect();
    (commands, events)
}

fn check(scenario: &Scenario, recording: &Recording, how: &str) -> Result<(), String> {
    let (commands, events) = extract(recording, false);
    let mut wrong = String::new();
    for number in 0..commands.len().max(scenario.expected.len()) {
        let (found, expected) = (commands.get(number), scenario.expected.get(number));
        let same = found.zip(expected).is_some_and(|(found, (text, output))| {
            found.text == *text && match (output.strip_prefix('~'), output.split_once('=')) {
                (Some(part), _) => found.output.contains(part),
                (None, Some((output, exit))) => found.output == output && found.exit == exit.parse().ok(),
                _ => found.output == *output,
            }
        });
        if !same {
            wrong += &format!("{} {how} #{number}\n  found    {:?}\n  expected {expected:?}\n", scenario.name, found.map(|found| (&found.text, &found.output, found.exit)));
        }
    }
    if extract(recording, true) != (commands.clone(), events.clone()) {
        wrong += &format!("{} {how}: sleeping changes what is found\n", scenario.name);
    }
    for size in [1, 7] {
        let mut pieces = recording.clone();
        pieces.events = recording.events.iter().flat_map(|(at, event)| match event {
            Event::Output(bytes) => bytes.chunks(size).map(|piece| (*at, Event::Output(piece.to_vec()))).collect(),
            other => vec![(*at, other.clone())],
        }).collect();
        let (found, _) = extract(&pieces, false);
        let same = |a: &Command, b: &Command| a.text == b.text && a.output == b.output && a.exit == b.exit;
        if found.len() != commands.len() || !found.iter().zip(&commands).all(|(a, b)| same(a, b)) {
            wrong += &format!("{} {how}: chunks of {size} change what is found: {:?}\n", scenario.name, found.iter().map(|c| (&c.text, &c.output)).collect::<Vec<_>>());
        }
    }
    // Every command is started once, before it ends, and ends after it started.
    for command in &commands {
        let started = events.iter().position(|event| matches!(event, CommandEvent::Started { number, at_us, .. } if *number == command.number && *at_us == command.started_us));
        let ended = events.iter().position(|event| matches!(event, CommandEvent::Ended(ended) if ended.number == command.number));
        if started.is_none_or(|started| Some(started) >= ended) || command.ended_us.is_some_and(|ended| ended < command.started_us) {
            wrong += &format!("{} {how}: command {} out of order\n", scenario.name, command.number);
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn report(results: impl IntoIterator<Item = Result<(), String>>) {
    let wrong: String = results.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn recorded_shells_give_their_commands() {
    report(scenarios().iter().map(|scenario| {
        check(scenario, &Recording::load(&fixture(&format!("{}.cast", scenario.name))), "recorded")
    }));
}

/// With `RECORD` set, what is recorded replaces the fixtures.
#[test]
fn live_shells_give_their_commands() {
    let only = std::env::var("ONLY").unwrap_or_default();
    let record = std::env::var_os("RECORD").is_some();
    report(scenarios().iter().filter(|scenario| scenario.name.contains(&only) && installed(scenario.argv[0])).map(|scenario| {
        if ["vim", "tmux", "less", "python3"].iter().any(|program| format!("{:?}", scenario.steps).contains(program) && !installed(program)) {
            return Ok(());
        }
        let session = Session::start(scenario.argv, scenario.env, scenario.size.0, scenario.size.1);
        let recording = session.run(scenario.steps);
        if record {
            recording.save(&fixture(&format!("{}.cast", scenario.name)));
        }
        check(scenario, &recording, "live")
    }));
}
