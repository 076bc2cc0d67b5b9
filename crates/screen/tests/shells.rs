//! Commands out of real shells: live where they are installed, and from recordings of them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod common;
mod scenarios;

use common::{Event, Recording, Session, fixture, installed};
use scenarios::{SCENARIOS, Scenario};
use screen::{Command, CommandEvent, CommandExtractor, CommandLimits, EchoMask, InputSegment, TerminalEvent};

/// Runs a recording through an extractor that sleeps and wakes between events as `sleeps` says.
fn extract(recording: &Recording, sleeps: bool) -> (Vec<Command>, Vec<CommandEvent>) {
    let mut extractor = CommandExtractor::new(recording.cols, recording.rows, CommandLimits::default());
    let mut events = Vec::new();
    for (at, event) in &recording.events {
        events.extend(extractor.push(
            *at,
            match event {
                Event::Input(bytes) => TerminalEvent::Input(bytes),
                Event::Output(bytes) => TerminalEvent::Output(bytes),
                Event::Resize(cols, rows) => TerminalEvent::Resize {
                    cols: *cols,
                    rows: *rows,
                },
            },
        ));
        if sleeps {
            let written = serde_json::to_string(&extractor.sleep()).unwrap();
            extractor = CommandExtractor::wake(serde_json::from_str(&written).unwrap());
        }
    }
    events.extend(extractor.finish());
    let commands = events
        .iter()
        .filter_map(|event| {
            if let CommandEvent::Ended(command) = event {
                Some(command.clone())
            } else {
                None
            }
        })
        .collect();
    (commands, events)
}

/// The same as the tape holds it: typed text masked, and revealed once its echo was seen.
fn masked(recording: &Recording) -> Vec<Command> {
    let mut mask = EchoMask::new(recording.cols, recording.rows);
    let mut extractor = CommandExtractor::new(recording.cols, recording.rows, CommandLimits::default());
    let mut events = Vec::new();
    for (at, event) in &recording.events {
        match event {
            Event::Input(bytes) => {
                for segment in mask.typed(*at, bytes) {
                    events.extend(match segment {
                        InputSegment::Clear(range) => {
                            extractor.push(*at, TerminalEvent::Input(&bytes[range]))
                        }
                        InputSegment::Masked(id, range) => extractor.push(
                            *at,
                            TerminalEvent::MaskedInput {
                                id: id.0,
                                len: range.len(),
                            },
                        ),
                    });
                }
            }
            Event::Output(bytes) => {
                events.extend(extractor.push(*at, TerminalEvent::Output(bytes)));
                for reveal in mask.shown(*at, bytes) {
                    let (id, offset, bytes) = (reveal.id.0, reveal.offset, reveal.bytes.as_slice());
                    events.extend(extractor.push(*at, TerminalEvent::Revealed { id, offset, bytes }));
                }
            }
            Event::Resize(cols, rows) => {
                mask.resize(*cols, *rows);
                events.extend(extractor.push(
                    *at,
                    TerminalEvent::Resize {
                        cols: *cols,
                        rows: *rows,
                    },
                ));
            }
        }
    }
    events.extend(extractor.finish());
    let ended = |event| {
        if let CommandEvent::Ended(command) = event {
            Some(command)
        } else {
            None
        }
    };
    events.into_iter().filter_map(ended).collect()
}

fn check(scenario: &Scenario, recording: &Recording, how: &str) -> Result<(), String> {
    let (commands, events) = extract(recording, false);
    let mut wrong = Vec::new();
    for number in 0..commands.len().max(scenario.expected.len()) {
        let (found, expected) = (commands.get(number), scenario.expected.get(number));
        let same = found.zip(expected).is_some_and(|(found, (text, output))| {
            found.text == *text
                && match (output.strip_prefix('~'), output.split_once('=')) {
                    (Some(part), _) => found.output.contains(part),
                    (None, Some((output, exit))) => found.output == output && found.exit == exit.parse().ok(),
                    _ => found.output == *output,
                }
        });
        if !same {
            wrong.push(format!(
                "{} {how} #{number}\n  found    {:?}\n  expected {expected:?}\n",
                scenario.name,
                found.map(|found| (&found.text, &found.output, found.exit))
            ));
        }
    }
    if extract(recording, true) != (commands.clone(), events.clone()) {
        wrong.push(format!(
            "{} {how}: sleeping changes what is found\n",
            scenario.name
        ));
    }
    let hidden = masked(recording);
    if hidden != commands {
        wrong.push(format!(
            "{} {how}: masking changes what is found: {:?}\n",
            scenario.name,
            hidden.iter().map(|c| (&c.text, &c.output)).collect::<Vec<_>>()
        ));
    }
    for size in [1, 7] {
        let mut pieces = recording.clone();
        pieces.events = recording
            .events
            .iter()
            .flat_map(|(at, event)| match event {
                Event::Output(bytes) => bytes
                    .chunks(size)
                    .map(|piece| (*at, Event::Output(piece.to_vec())))
                    .collect(),
                other => vec![(*at, other.clone())],
            })
            .collect();
        let (found, _) = extract(&pieces, false);
        let same = |a: &Command, b: &Command| a.text == b.text && a.output == b.output && a.exit == b.exit;
        if found.len() != commands.len() || !found.iter().zip(&commands).all(|(a, b)| same(a, b)) {
            wrong.push(format!(
                "{} {how}: chunks of {size} change what is found: {:?}\n",
                scenario.name,
                found.iter().map(|c| (&c.text, &c.output)).collect::<Vec<_>>()
            ));
        }
    }
    // Every command is started once, before it ends, and ends after it started.
    for command in &commands {
        let started = events.iter().position(|event| matches!(event, CommandEvent::Started { number, at_us, .. } if *number == command.number && *at_us == command.started_us));
        let ended = events
            .iter()
            .position(|event| matches!(event, CommandEvent::Ended(ended) if ended.number == command.number));
        if started.is_none_or(|started| Some(started) >= ended)
            || command.ended_us.is_some_and(|ended| ended < command.started_us)
        {
            wrong.push(format!(
                "{} {how}: command {} out of order\n",
                scenario.name, command.number
            ));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.concat())
    }
}

fn report(results: impl IntoIterator<Item = Result<(), String>>) {
    let wrong: String = results.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn recorded_shells_give_their_commands() {
    report(SCENARIOS.iter().map(|scenario| {
        check(
            scenario,
            &Recording::load(&fixture(&format!("{}.cast", scenario.name))),
            "recorded",
        )
    }));
}

/// With `RECORD` set, what is recorded replaces the fixtures.
#[test]
fn live_shells_give_their_commands() {
    let only = std::env::var("ONLY").unwrap_or_default();
    let record = std::env::var_os("RECORD").is_some();
    report(
        SCENARIOS
            .iter()
            .filter(|scenario| scenario.name.contains(&only) && installed(scenario.argv[0]))
            .map(|scenario| {
                if ["vim", "tmux", "less", "python3"]
                    .iter()
                    .any(|program| format!("{:?}", scenario.steps).contains(program) && !installed(program))
                {
                    return Ok(());
                }
                let session = Session::start(scenario.argv, scenario.env, scenario.size.0, scenario.size.1);
                let recording = session.run(scenario.steps);
                if record {
                    recording.save(&fixture(&format!("{}.cast", scenario.name)));
                }
                check(scenario, &recording, "live")
            }),
    );
}
