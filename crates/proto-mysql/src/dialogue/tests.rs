use std::sync::Arc;

use proptest::prelude::*;
use proto_database::{Content, Dialogue as _, Entry, Flow, Hold, Refused, Verdict};
use serde_json::Value;

use super::*;
use crate::{
    threads::Threads,
    wire::{capability, command},
};

const MODERN: u32 = capability::PROTOCOL_41
    | capability::DEPRECATE_EOF
    | capability::SESSION_TRACK
    | capability::MULTI_STATEMENTS;

fn dialogue() -> (Dialogue, Arc<Threads>) {
    under(&serde_json::json!([]))
}

/// Gives a dialogue under rules.
fn under(rules: &Value) -> (Dialogue, Arc<Threads>) {
    let threads = Arc::new(Threads::default());
    let rules: Vec<_> = serde_json::from_value(rules.clone()).expect("rules");
    let server = ("db".to_owned(), 3306);
    let ledger = Ledger::new(MODERN, 0, Arc::clone(&threads), server, &rules);
    (Dialogue::new(ledger), threads)
}

fn prepare(text: &str) -> Vec<u8> {
    framed(0, &[&[command::STMT_PREPARE], text.as_bytes()].concat()).to_vec()
}

fn spoken(dialogue: &mut Dialogue) -> Vec<u8> {
    let mut flow = Flow::default();
    dialogue.speak(&mut flow);
    let pieces = flow.take_pieces().into_iter();
    pieces.flat_map(|(bytes, _)| bytes).collect()
}

fn asked(text: &str) -> Vec<u8> {
    framed(0, &[&[command::QUERY], text.as_bytes()].concat()).to_vec()
}

fn okay() -> Bytes {
    framed(1, &[0, 0, 0, 2, 0, 0, 0])
}

/// Sends bytes in pieces; gives what goes on, what of it is content, and the texts of statements.
fn ask(dialogue: &mut Dialogue, bytes: &[u8], at_once: usize) -> (Vec<u8>, Vec<u8>, Vec<String>) {
    let (mut sent, mut content, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for chunk in bytes.chunks(at_once) {
        let mut flow = Flow::default();
        dialogue
            .ask(Bytes::copy_from_slice(chunk), &mut flow)
            .expect("valid");
        for (bytes, kind) in flow.take_pieces() {
            sent.extend_from_slice(&bytes);
            if kind == Content::Recorded {
                content.extend_from_slice(&bytes);
            }
        }
        for entry in flow.entries {
            if let Entry::Statement { body, .. } = entry {
                let body: Value = serde_json::from_slice(&body).expect("JSON");
                texts.push(body["text"].as_str().expect("a text").to_owned());
            }
        }
    }
    (sent, content, texts)
}

fn answers(dialogue: &mut Dialogue, bytes: &[u8]) -> Vec<u8> {
    let mut flow = Flow::default();
    dialogue
        .answer(Bytes::copy_from_slice(bytes), &mut flow)
        .expect("valid");
    flow.take_pieces()
        .into_iter()
        .flat_map(|(bytes, _)| bytes)
        .collect()
}

#[test]
fn what_passes_is_unchanged_however_it_is_cut() {
    let stream = [
        asked("create user a identified by 'geheim'"),
        framed(0, &[command::PING]).to_vec(),
        asked("select 2"),
        framed(0, &[command::STMT_CLOSE, 1, 0, 0, 0]).to_vec(),
    ]
    .concat();
    for at_once in [1, 2, 3, 4, 5, 6, 7, 20, stream.len()] {
        let (sent, content, texts) = ask(&mut dialogue().0, &stream, at_once);
        assert_eq!(sent, stream, "{at_once}");
        assert_eq!(
            texts,
            ["create user a identified by '***'", "select 2"],
            "{at_once}"
        );
        assert!(!content.windows(6).any(|window| window == b"geheim"), "{at_once}");
    }
}

#[test]
fn a_statement_that_is_too_long_for_its_entry_passes_as_it_comes_and_is_content() {
    let long = format!("select 1 -- {}\n; drop table t", "x".repeat(1 << 20));
    let stream = asked(&long);
    let (sent, content, texts) = ask(&mut dialogue().0, &stream, 64 << 10);
    assert_eq!(
        (sent.len(), content.len(), texts.len()),
        (stream.len(), stream.len(), 1)
    );
}

#[test]
fn a_change_of_the_user_is_refused_and_the_connection_goes_on() {
    for at_once in [1, 3, 4096] {
        let (mut dialogue, _) = dialogue();
        let change = framed(0, &[&[command::CHANGE_USER], &b"root\0"[..]].concat());
        let (sent, ..) = ask(&mut dialogue, &change, at_once);
        assert!(sent.is_empty());
        let mut flow = Flow::default();
        dialogue.speak(&mut flow);
        let words: Vec<u8> = flow
            .take_pieces()
            .into_iter()
            .flat_map(|(bytes, _)| bytes)
            .collect();
        assert_eq!((words[3], words[4]), (1, 0xff));
        let (sent, ..) = ask(&mut dialogue, &asked("select 1"), at_once);
        assert_eq!(sent, asked("select 1"));
        assert!(dialogue.is_busy());
    }
}

#[test]
fn a_refusal_waits_for_the_answers_to_what_was_asked_before() {
    let (mut dialogue, _) = dialogue();
    let stream = [
        asked("set @a = 1"),
        framed(0, &[0x77]).to_vec(),
        asked("set @b = 1"),
    ]
    .concat();
    let (sent, ..) = ask(&mut dialogue, &stream, 4096);
    assert_eq!(sent, [asked("set @a = 1"), asked("set @b = 1")].concat());
    let mut flow = Flow::default();
    dialogue.speak(&mut flow);
    assert!(flow.take_pieces().is_empty());
    let told = answers(&mut dialogue, &[okay(), okay()].concat());
    let first = okay().len();
    assert_eq!(told[..first], okay()[..]);
    assert_eq!(told[first + 4], 0xff);
    assert!(told.ends_with(&okay()));
    assert!(!dialogue.is_busy());
}

#[test]
fn what_a_rule_refuses_is_taken_out_however_the_stream_is_cut() {
    let rules = serde_json::json!([
        { "name": "no ddl", "deny": ["ddl", "admin"], "message": "ask the owners" },
        { "name": "pay", "tables": ["Hr.Pay"] },
    ]);
    let kept = [
        asked("select 'drop table t'"),
        framed(0, &[command::PING]).to_vec(),
        prepare("select * from people"),
    ];
    let stream = [
        &kept[0][..],
        &asked("drop table t"),
        &asked("select 1; create table x (a int)"),
        &kept[1],
        &prepare("select * from HR.pay where a = ?"),
        &framed(0, &[&[command::DROP_DB], &b"hr"[..]].concat()),
        &framed(0, &[command::SHUTDOWN]),
        &kept[2],
    ]
    .concat();
    for at_once in [1, 2, 3, 4, 5, 6, 7, 20, stream.len()] {
        let (mut dialogue, _) = under(&rules);
        let (sent, content, texts) = ask(&mut dialogue, &stream, at_once);
        assert_eq!(sent, kept.concat(), "{at_once}");
        assert!(!content.windows(4).any(|window| window == b"drop"), "{at_once}");
        assert_eq!(
            texts,
            [
                "select 'drop table t'",
                "drop table t",
                "select 1",
                "create table x (a int)",
                "select * from HR.pay where a = ?",
                "DROP DATABASE `hr`",
                "SHUTDOWN"
            ],
            "{at_once}"
        );
    }
}

fn decide(dialogue: &mut Dialogue, verdict: Verdict) -> (Vec<u8>, Option<Hold>) {
    let mut flow = Flow::default();
    dialogue.decided(verdict, &mut flow).expect("valid");
    let sent = flow.take_pieces().into_iter().flat_map(|(bytes, _)| bytes);
    (sent.collect(), flow.take_hold())
}

#[test]
fn nothing_of_what_is_held_and_nothing_behind_it_is_sent_before_the_decision() {
    let rules = serde_json::json!([{ "name": "ask", "hold": ["write"], "review": { "admins": true } }]);
    let (mut dialogue, _) = under(&rules);
    let first = asked("select 1");
    let (second, third) = (asked("delete from t"), asked("delete from u"));
    let stream = [&first[..], &second, &third, &first].concat();
    let mut flow = Flow::default();
    dialogue.ask(Bytes::from(stream), &mut flow).expect("valid");
    let sent: Vec<u8> = flow
        .take_pieces()
        .into_iter()
        .flat_map(|(bytes, _)| bytes)
        .collect();
    assert_eq!(sent, first);
    let hold = flow.take_hold().expect("it is held");
    assert_eq!((hold.text.as_str(), hold.number), ("delete from t", 2));
    let (sent, hold) = decide(&mut dialogue, Verdict::Send(Value::Null));
    assert_eq!(sent, second);
    assert_eq!(hold.expect("the next as well").text, "delete from u");
    let no = Refused::by("ask", "doorward: denied by bob".to_owned());
    let (sent, hold) = decide(&mut dialogue, Verdict::Refuse(no));
    assert!(hold.is_none());
    assert_eq!(sent, first);
    let told = answers(&mut dialogue, &[okay(), okay()].concat());
    assert!(told.windows(13).any(|window| window == b"denied by bob"));
}

#[test]
fn a_statement_that_is_too_long_to_be_judged_is_refused_and_not_kept() {
    let rules = serde_json::json!([{ "name": "no ddl", "deny": ["ddl"] }]);
    let long = format!("select 1 -- {}", "x".repeat(1 << 20));
    let stream = [asked(&long), framed(0, &[command::PING]).to_vec()].concat();
    for at_once in [4096, 64 << 10, stream.len()] {
        let (mut dialogue, _) = under(&rules);
        let (sent, content, texts) = ask(&mut dialogue, &stream, at_once);
        assert_eq!(sent, framed(0, &[command::PING]).to_vec(), "{at_once}");
        assert!(content.len() < 100 && texts.len() == 1, "{at_once}");
        assert!(
            spoken(&mut dialogue)
                .windows(8)
                .any(|window| window == b"too long")
        );
    }
}

#[test]
fn what_was_to_be_prepared_and_was_refused_is_not_executed_either() {
    let (mut dialogue, _) = under(&serde_json::json!([{ "name": "no ddl", "deny": ["ddl"] }]));
    let newest = |command| framed(0, &[&[command][..], &[0xff; 4], &[0, 1, 0, 0, 0]].concat()).to_vec();
    let stream = [
        prepare("drop table t"),
        newest(command::STMT_EXECUTE),
        newest(command::STMT_CLOSE),
    ]
    .concat();
    let (sent, ..) = ask(&mut dialogue, &stream, 4096);
    assert!(sent.is_empty());
    let words = spoken(&mut dialogue);
    assert_eq!(words.split(|byte| *byte == 0xff).count(), 3, "two errors");
    assert!(!dialogue.is_busy());
    let good = [prepare("select 1"), newest(command::STMT_EXECUTE)].concat();
    assert_eq!(ask(&mut dialogue, &good, 4096).0, good);
}

#[test]
fn a_kill_of_a_connection_is_translated_for_its_server() {
    let (mut dialogue, threads) = dialogue();
    let thread = threads.issue();
    thread.stands_for(("db".to_owned(), 3306), 42, std::sync::Weak::new());
    let kill = format!("KILL QUERY {}", thread.number);
    for at_once in [1, 5, 4096] {
        let (sent, _, texts) = ask(&mut dialogue, &asked(&kill), at_once);
        assert_eq!((sent, texts), (asked("KILL QUERY 42"), vec![kill.clone()]));
    }
    let (sent, ..) = ask(&mut dialogue, &asked("KILL QUERY 7"), 4096);
    assert_eq!(sent, asked("KILL QUERY 7"));
    let number = thread.number.to_le_bytes();
    let process_kill = framed(0, &[&[command::PROCESS_KILL][..], &number].concat());
    let (sent, ..) = ask(&mut dialogue, &process_kill, 2);
    assert_eq!(sent, framed(0, &[command::PROCESS_KILL, 42, 0, 0, 0]));
}

#[test]
fn a_file_that_the_server_wants_is_no_command() {
    // The file's first byte is that of a change of the user.
    let file = [framed(2, b"\x11 a row\n"), framed(3, b"")].concat();
    for at_once in [1, 4, 5, file.len()] {
        let (mut dialogue, _) = dialogue();
        ask(
            &mut dialogue,
            &asked("load data local infile 'x' into table t"),
            4096,
        );
        answers(&mut dialogue, &framed(1, b"\xfbx"));
        assert!(!dialogue.is_between());
        let (sent, content, texts) = ask(&mut dialogue, &file, at_once);
        assert_eq!((&sent, &content, texts.len()), (&file, &file, 0), "{at_once}");
        answers(&mut dialogue, &framed(4, &[0, 2, 0, 2, 0, 0, 0]));
        assert!(!dialogue.is_busy() && dialogue.is_between());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(
        steps in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..60)), 0..12),
    ) {
        let (mut dialogue, _) = dialogue();
        for (of_client, bytes) in steps {
            let mut flow = Flow::default();
            let bytes = Bytes::from(bytes);
            let _looked = if of_client { dialogue.ask(bytes, &mut flow) } else { dialogue.answer(bytes, &mut flow) };
        }
    }

    #[test]
    fn any_packets_are_survived_and_the_servers_pass_unchanged(
        steps in prop::collection::vec((any::<bool>(), any::<u8>(), prop::collection::vec(any::<u8>(), 0..40)), 0..40),
    ) {
        let (mut dialogue, _) = dialogue();
        let firsts = [0, 1, 3, 0xfe, 0xff, 0xfb, 0x16, 0x17, 0x18, 0x1c];
        for (of_client, first, rest) in steps {
            let first = if first < 200 { firsts[usize::from(first) % firsts.len()] } else { first };
            let packet = framed(1, &[&[first][..], &rest].concat());
            let mut flow = Flow::default();
            if of_client {
                dialogue.ask(packet, &mut flow).expect("valid");
            } else {
                dialogue.answer(packet.clone(), &mut flow).expect("valid");
                let sent: Vec<u8> = flow.take_pieces().into_iter().flat_map(|(bytes, _)| bytes).collect();
                prop_assert!(sent.starts_with(&packet));
            }
        }
    }
}
