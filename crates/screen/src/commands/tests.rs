#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]
use super::*;
use TerminalEvent::{Input, MaskedInput, Output, Resize};
use proptest::prelude::*;

fn events(steps: &[TerminalEvent<'_>], limit: usize) -> Vec<CommandEvent> {
    let mut extractor = CommandExtractor::new(80, 24, CommandLimits { output_bytes: limit });
    let mut events = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        events.extend(extractor.push(number as u64, *step));
    }
    events.extend(extractor.finish());
    events
}

fn commands(steps: &[TerminalEvent<'_>]) -> Vec<Command> {
    let ended = |event| {
        if let CommandEvent::Ended(command) = event {
            Some(command)
        } else {
            None
        }
    };
    events(steps, 1000).into_iter().filter_map(ended).collect()
}

fn texts(steps: &[TerminalEvent<'_>]) -> Vec<(String, String)> {
    commands(steps)
        .into_iter()
        .map(|command| (command.text, command.output))
        .collect()
}

fn pair(text: &str, output: &str) -> (String, String) {
    (text.to_owned(), output.to_owned())
}

#[test]
fn a_command_starts_at_enter_and_ends_at_the_next_prompt() {
    let found = events(
        &[
            Output(b"$ "),
            Input(b"ls\r"),
            Output(b"ls\r\n"),
            Output(b"a b\r\n$ "),
        ],
        1000,
    );
    let [
        CommandEvent::Started {
            number: 0,
            at_us: 2,
            text,
        },
        CommandEvent::Ended(command),
    ] = found.as_slice()
    else {
        panic!("{found:?}")
    };
    assert_eq!(text, "ls");
    assert_eq!(
        (
            command.started_us,
            command.ended_us,
            command.output_bytes,
            command.truncated
        ),
        (2, Some(3), 3, false)
    );
    assert_eq!(
        (command.text.as_str(), command.output.as_str(), command.exit),
        ("ls", "a b", None)
    );
}

#[test]
fn a_command_that_still_runs_at_the_end_has_no_end() {
    let found = commands(&[Output(b"$ "), Input(b"top\r"), Output(b"top\r\nload\r\n")]);
    assert_eq!((found[0].ended_us, found[0].output.as_str()), (None, "load"));
}

#[test]
fn input_that_is_not_echoed_is_no_command() {
    assert_eq!(
        texts(&[
            Output(b"tok> "),
            Input(b"sesame\r"),
            Output(b"\r\n$ "),
            Input(b"w\r"),
            Output(b"w\r\n")
        ]),
        [pair("w", "")]
    );
    let masked = MaskedInput { id: 0, len: 6 };
    assert_eq!(
        texts(&[Output(b"$ "), masked, Input(b"\r"), Output(b"\r\nwelcome\r\n$ ")]),
        []
    );
}

#[test]
fn output_is_cut_and_its_length_is_known() {
    let long = "x".repeat(70).repeat(100);
    let output = format!("cat f\r\n{long}\r\nend\r\n$ ");
    let found = events(
        &[Output(b"$ "), Input(b"cat f\r"), Output(output.as_bytes())],
        100,
    );
    let Some(CommandEvent::Ended(command)) = found.last() else {
        panic!("{found:?}")
    };
    assert_eq!(
        (command.output.len(), command.output_bytes, command.truncated),
        (100, 7004, true)
    );
    assert!(long.starts_with(&command.output));
}

#[test]
fn output_that_scrolls_away_is_kept_whole() {
    let lines: Vec<String> = (0..200).map(|n| format!("line {n}")).collect();
    let output = format!("seq\r\n{}\r\n$ ", lines.join("\r\n"));
    let mut steps = vec![Output(b"motd\r\n$ "), Input(b"seq\r")];
    steps.extend(output.as_bytes().chunks(11).map(Output));
    let found = events(&steps, 100_000);
    let Some(CommandEvent::Ended(command)) = found.last() else {
        panic!("{found:?}")
    };
    assert_eq!(command.output, lines.join("\n"));
}

#[test]
fn a_cleared_screen_does_not_lose_what_was_shown_before() {
    assert_eq!(
        texts(&[
            Output(b"$ "),
            Input(b"x\r"),
            Output(b"x\r\none\r\n\x1b[H\x1b[2Jtwo\r\n$ ")
        ]),
        [pair("x", "one\ntwo")]
    );
}

#[test]
fn marks_of_vs_code_give_text_and_status() {
    let steps = [
        Output(b"\x1b]633;A\x07\xe2\x9d\xaf \x1b]633;B\x07"),
        Input(b"l\r"),
        Output(b"l\r\n\x1b]633;E;ls -l\\x3b true;nonce\x07\x1b]633;C\x07out\r\n\x1b]633;D;7\x07\x1b]633;A\x07> \x1b]633;B\x07"),
    ];
    let found = commands(&steps);
    assert_eq!(
        (found[0].text.as_str(), found[0].output.as_str(), found[0].exit),
        ("ls -l; true", "out", Some(7))
    );
}

#[test]
fn prompts_that_are_rewritten_when_the_line_is_sent_do_not_hide_it() {
    // A transient prompt: the shell replaces the long prompt by a short one.
    let steps = [
        Output(b"\x1b[?2004h~/src main > "),
        Input(b"ls\r"),
        Output(b"ls"),
        Output(b"\r\x1b[K> ls\r\n\x1b[?2004l\rout\r\n\x1b[?2004h~/src main > "),
    ];
    let found = texts(&steps);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1, "out");
}

#[test]
fn an_answer_to_a_question_belongs_to_the_command_that_asked() {
    let steps = [
        Output(b"$ "),
        Input(b"rm -i f\r"),
        Output(b"rm -i f\r\nrm: remove 'f'? "),
        Input(b"y\r"),
        Output(b"y\r\n$ "),
    ];
    assert_eq!(texts(&steps), [pair("rm -i f", "rm: remove 'f'? y")]);
}

#[test]
fn nothing_is_found_on_the_alternate_screen() {
    let steps = [
        Output(b"$ "),
        Input(b"tmux\r"),
        Output(b"tmux\r\n\x1b[?1049h\x1b[H$ "),
        Input(b"ls\r"),
        Output(b"ls\r\nfile\r\n$ "),
        Input(b"exit\r"),
        Output(b"exit\x1b[?1049l[exited]\r\n$ "),
    ];
    let found = texts(&steps);
    assert_eq!(found.len(), 1);
    assert!(found[0].0 == "tmux" && found[0].1.starts_with("[exited]") && found[0].1.contains("file"));
}

#[test]
fn a_resize_in_the_middle_of_a_line_does_not_lose_it() {
    let long = "echo aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd";
    let steps = [
        Output(b"one\r\ntwo\r\n$ "),
        Input(long.as_bytes()),
        Output(long.as_bytes()),
        Resize { cols: 20, rows: 24 },
        Input(b"\r"),
        Output(b"\r\nok\r\n$ "),
    ];
    assert_eq!(texts(&steps), [pair(long, "ok")]);
}

proptest! {
    #[test]
    fn any_stream_is_survived_and_sleep_changes_nothing(
        steps in prop::collection::vec(
            (0u8..12, prop_oneof![
                "[ -~]{0,20}".prop_map(String::into_bytes),
                prop::collection::vec(any::<u8>(), 0..20),
                prop_oneof![
                    Just("$ "), Just("> "), Just("\r\n"), Just("\r"), Just("\x03"), Just("\x1b[?2004h"), Just("\x1b[?2004l"), Just("\x1b[?1049h"),
                    Just("\x1b[?1049l"), Just("\x1b[2J"), Just("\x1b[H"), Just("\x1b[J"), Just("\x1b]133;A\x07"), Just("\x1b]133;B\x07"),
                    Just("\x1b]133;C\x07"), Just("\x1b]133;D;1\x07"), Just("\x1b[200~"), Just("\x1b[201~"),
                ].prop_map(|text| text.as_bytes().to_vec()),
            ]),
            0..60,
        )
    ) {
        let mut awake = CommandExtractor::new(20, 5, CommandLimits { output_bytes: 64 });
        let mut slept = CommandExtractor::new(20, 5, CommandLimits { output_bytes: 64 });
        let mut running = None;
        for (number, (kind, bytes)) in steps.iter().enumerate() {
            let event = match kind {
                0..=3 => Input(bytes),
                4 => MaskedInput { id: number as u64, len: bytes.len() },
                5 => Resize { cols: 5 + bytes.len() as u16, rows: 1 + bytes.len() as u16 % 7 },
                _ => Output(bytes),
            };
            let found = awake.push(number as u64, event);
            let same = slept.push(number as u64, event);
            prop_assert_eq!(&found, &same);
            slept = CommandExtractor::wake(serde_json::from_str(&serde_json::to_string(&slept.sleep()).unwrap()).unwrap());
            for event in found {
                match event {
                    CommandEvent::Started { number, text, .. } => {
                        prop_assert!(running.is_none() && !text.is_empty());
                        running = Some(number);
                    }
                    CommandEvent::Changed { number, .. } => prop_assert_eq!(running, Some(number)),
                    CommandEvent::Withdrawn { number } => prop_assert_eq!(running.take(), Some(number)),
                    CommandEvent::Ended(command) => {
                        prop_assert_eq!(running.take(), Some(command.number));
                        prop_assert!(command.output.len() <= 64 && command.ended_us.is_none_or(|end| end >= command.started_us));
                    }
                }
            }
        }
    }
}
