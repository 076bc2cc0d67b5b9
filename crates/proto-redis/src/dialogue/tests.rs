use domain::stop::Stop;
use proptest::prelude::*;
use proto_database::{Dialogue as _, Entry};
use serde_json::{Value, json};

use super::*;

/// A connection, and what both ends and the recording got of it.
struct Play {
    dialogue: Dialogue,
    at_once: usize,
    server: Vec<u8>,
    client: Vec<u8>,
    entries: Vec<Entry>,
    recorded: Vec<u8>,
}

fn secret(words: &[&str]) -> Vec<SecretText> {
    words
        .iter()
        .map(|word| SecretText::new((*word).to_owned()))
        .collect()
}

impl Play {
    fn new(rules: &Value, at_once: usize) -> Self {
        let rules: Vec<StatementRule> = serde_json::from_value(rules.clone()).unwrap();
        let own = Own {
            login: vec![secret(&["AUTH", "account-secret"])],
            credentials: Credentials::of(Some(b"ann:db"), Some(b"hers")),
        };
        Self {
            dialogue: Dialogue::new(&rules, own, false),
            at_once,
            server: Vec::new(),
            client: Vec::new(),
            entries: Vec::new(),
            recorded: Vec::new(),
        }
    }

    fn take(&mut self, mut flow: Flow, of_client: bool) {
        for (bytes, content) in flow.take_pieces() {
            if content == Content::Recorded {
                self.recorded.extend_from_slice(&bytes);
            }
            let to = if of_client {
                &mut self.server
            } else {
                &mut self.client
            };
            to.extend_from_slice(&bytes);
        }
        self.entries.append(&mut flow.entries);
        let mut spoken = Flow::default();
        self.dialogue.speak(&mut spoken);
        for (bytes, _) in spoken.take_pieces() {
            self.client.extend_from_slice(&bytes);
        }
    }

    /// The client sends bytes.
    fn ask(&mut self, bytes: &[u8]) -> &mut Self {
        for piece in bytes.chunks(self.at_once) {
            let mut flow = Flow::default();
            self.dialogue
                .ask(Bytes::copy_from_slice(piece), &mut flow)
                .unwrap();
            self.take(flow, true);
        }
        self
    }

    /// The client sends lines as commands.
    fn say(&mut self, lines: &str) -> &mut Self {
        for line in lines.lines() {
            let words: Vec<_> = line.split(' ').map(str::as_bytes).collect();
            self.ask(&command(words));
        }
        self
    }

    /// The server sends bytes.
    fn answer(&mut self, bytes: &str) -> &mut Self {
        for piece in bytes.as_bytes().chunks(self.at_once) {
            let mut flow = Flow::default();
            self.dialogue
                .answer(Bytes::copy_from_slice(piece), &mut flow)
                .unwrap();
            self.take(flow, false);
        }
        self
    }

    /// Lists the commands with what came of each: rows, tag, error or preview; nothing where there is no answer.
    fn log(&self) -> Vec<(String, String)> {
        let mut log: Vec<(u64, String, String)> = Vec::new();
        for entry in &self.entries {
            match entry {
                Entry::Statement { id, body } => {
                    let body: Value = serde_json::from_slice(body).unwrap();
                    log.push((*id, body["text"].as_str().unwrap().to_owned(), String::new()));
                }
                Entry::Outcome { id, body } => {
                    let body: Value = serde_json::from_slice(body).unwrap();
                    let of = log.iter_mut().find(|(one, ..)| one == id).unwrap();
                    assert!(of.2.is_empty(), "two outcomes: {body}");
                    of.2 = match (&body["error"]["message"], &body["tag"], &body["preview"]) {
                        (Value::String(error), ..) => format!("! {error}"),
                        (_, Value::String(tag), _) => tag.clone(),
                        (.., Value::Null) => format!("{} rows", body["rows"]),
                        (.., preview) => format!("{} {preview}", body["rows"]),
                    };
                }
            }
        }
        log.into_iter()
            .map(|(_, text, outcome)| (text, outcome))
            .collect()
    }

    fn expect_log(&self, expected: &[(&str, &str)]) {
        let log = self.log();
        let log: Vec<_> = log
            .iter()
            .map(|(text, outcome)| (text.as_str(), outcome.as_str()))
            .collect();
        assert_eq!(log, expected, "at once {}", self.at_once);
    }

    fn heard(&self) -> String {
        String::from_utf8_lossy(&self.client).into_owned()
    }

    fn sent(&self) -> String {
        String::from_utf8_lossy(&self.server).into_owned()
    }
}

const CUTS: [usize; 5] = [1, 3, 7, 50, 1 << 20];

/// Plays a conversation in pieces of every size.
fn each_cut(rules: &Value, play: impl Fn(&mut Play)) {
    for at_once in CUTS {
        play(&mut Play::new(rules, at_once));
    }
}

#[test]
fn every_command_of_a_pipeline_gets_its_answer() {
    each_cut(&json!([]), |play| {
        let replies = "+OK\r\n$1\r\n1\r\n-WRONGTYPE no list\r\n*2\r\n$1\r\na\r\n$-1\r\n:3\r\n$-1\r\n";
        play.say("SET a 1\nGET a\nLPUSH a 1\nMGET a b\nDEL a b c\nGET b")
            .answer(replies);
        play.expect_log(&[
            ("SET a 1", "OK"),
            ("GET a", r#"1 [["1"]]"#),
            ("LPUSH a 1", "! no list"),
            ("MGET a b", r#"2 [["a"],[null]]"#),
            ("DEL a b c", r#"1 [["3"]]"#),
            ("GET b", r"0 [[null]]"),
        ]);
        assert_eq!(play.heard(), replies);
        assert!(!play.dialogue.is_busy());
    });
}

#[test]
fn bytes_pass_as_they_are_and_large_values_are_not_kept() {
    let value = vec![b'x'; 300_000];
    for at_once in [1000, 8192, 1 << 20] {
        let mut play = Play::new(&json!([]), at_once);
        let asked = [&command([&b"SET"[..], b"k", &value])[..], b"get k\r\n"].concat();
        play.ask(&asked);
        assert_eq!(play.server, asked);
        assert!(play.dialogue.held.capacity() < 64 << 10 || at_once > 8192);
        // What its entry does not show is recorded as it is.
        assert!(play.recorded.len() > value.len());
        let log = play.log();
        assert!(log[0].0.starts_with("SET k xxx") && log[0].0.ends_with("x…") && log[0].0.len() < 1100);
    }
}

/// Takes a decision; gives what the server got because of it, and what is held then.
fn decide(play: &mut Play, verdict: proto_database::Verdict) -> (String, Option<String>) {
    let mut flow = Flow::default();
    play.dialogue.decided(verdict, &mut flow).unwrap();
    let held = flow.take_hold().map(|hold| hold.text);
    let before = play.server.len();
    play.take(flow, true);
    (String::from_utf8_lossy(&play.server[before..]).into_owned(), held)
}

#[test]
fn nothing_of_what_is_held_and_nothing_behind_it_is_sent_before_the_decision() {
    let mut play = Play::new(&json!([{ "name": "ask", "hold": ["write"] }]), 1 << 20);
    let stream = b"get a\r\nset a 1\r\ndel b\r\nget b\r\n";
    let mut flow = Flow::default();
    play.dialogue.ask(Bytes::from_static(stream), &mut flow).unwrap();
    let first = flow.take_hold().unwrap();
    assert_eq!((first.text.as_str(), first.number), ("set a 1", 2));
    play.take(flow, true);
    assert_eq!(play.sent(), "get a\r\n");
    let by = json!({ "rule": "ask", "by": "bob" });
    let (sent, held) = decide(&mut play, proto_database::Verdict::Send(by.clone()));
    assert_eq!((sent.as_str(), held.as_deref()), ("set a 1\r\n", Some("del b")));
    let no = Refused::by("ask", "doorward: denied by bob".to_owned());
    let (sent, held) = decide(&mut play, proto_database::Verdict::Refuse(no));
    assert!(
        sent.ends_with("DOORWARD.REFUSED\r\nget b\r\n") && held.is_none(),
        "{sent}"
    );
    play.answer("$-1\r\n+OK\r\n-ERR unknown command\r\n$1\r\n1\r\n");
    assert_eq!(
        play.heard(),
        "$-1\r\n+OK\r\n-NOPERM doorward: denied by bob\r\n$1\r\n1\r\n"
    );
    play.expect_log(&[
        ("get a", "0 [[null]]"),
        ("set a 1", "OK"),
        ("del b", "! doorward: denied by bob"),
        ("get b", r#"1 [["1"]]"#),
    ]);
    let Entry::Statement { body, .. } = &play.entries[1] else {
        panic!("{:?}", play.entries)
    };
    let body: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(body["approved"], by);
}

#[test]
fn what_reviewers_could_not_see_whole_is_refused_and_not_kept() {
    let mut play = Play::new(&json!([{ "name": "ask", "hold": ["write"] }]), 8192);
    let value = vec![b'x'; 3 << 20];
    play.ask(&[&command([&b"SET"[..], b"k", &value])[..], b"get k\r\n"].concat());
    assert!(play.sent().ends_with("DOORWARD.REFUSED\r\nget k\r\n") && play.server.len() < 100);
    play.answer("-ERR unknown command\r\n$-1\r\n");
    assert!(
        play.heard().contains("too long to be held (rule `ask`)"),
        "{}",
        play.heard()
    );
}

#[test]
fn a_transaction_gives_each_of_its_commands_an_outcome() {
    each_cut(&json!([]), |play| {
        play.say("MULTI\nINCR a\nLPUSH s 1\nLRANGE l 0 1\nEXEC\nPING").answer(
            "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n:1\r\n-WRONGTYPE no\r\n*2\r\n+x\r\n+y\r\n+PONG\r\n",
        );
        play.expect_log(&[
            ("MULTI", "OK"),
            ("INCR a", r#"1 [["1"]]"#),
            ("LPUSH s 1", "! no"),
            ("LRANGE l 0 1", r#"2 [["x"],["y"]]"#),
            ("EXEC", "3 rows"),
            ("PING", "PONG"),
        ]);
    });
    each_cut(&json!([]), |play| {
        play.say("MULTI\nINCR a\nNONSENSE\nEXEC\nMULTI\nINCR b\nDISCARD\nMULTI\nINCR c\nEXEC").answer(
            "+OK\r\n+QUEUED\r\n-ERR unknown\r\n-EXECABORT no\r\n+OK\r\n+QUEUED\r\n+OK\r\n+OK\r\n+QUEUED\r\n*-1\r\n",
        );
        play.expect_log(&[
            ("MULTI", "OK"),
            ("INCR a", "! not run: an earlier command was refused"),
            ("NONSENSE", "! unknown"),
            ("EXEC", "! no"),
            ("MULTI", "OK"),
            ("INCR b", "! not run: the transaction was discarded"),
            ("DISCARD", "OK"),
            ("MULTI", "OK"),
            ("INCR c", "! not run: a watched key was changed"),
            ("EXEC", r"0 [[null]]"),
        ]);
    });
}

#[test]
fn messages_of_channels_are_no_answers() {
    let sub = |word: &str, channel: &str, count: u8| {
        format!(
            "*3\r\n${}\r\n{word}\r\n${}\r\n{channel}\r\n:{count}\r\n",
            word.len(),
            channel.len()
        )
    };
    let message = "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n";
    each_cut(&json!([]), |play| {
        let said = [
            "$1\r\n1\r\n",
            &sub("subscribe", "a", 1),
            &sub("subscribe", "b", 2),
            message,
            "*2\r\n$4\r\npong\r\n$0\r\n\r\n",
            message,
            &sub("unsubscribe", "a", 1),
            message,
            &sub("unsubscribe", "b", 0),
            // With nothing subscribed, what looks like a message is an answer.
            message,
        ]
        .concat();
        play.say("GET x\nSUBSCRIBE a b\nPING\nUNSUBSCRIBE\nLRANGE l 0 2")
            .answer(&said);
        play.expect_log(&[
            ("GET x", r#"1 [["1"]]"#),
            ("SUBSCRIBE a b", "subscribe"),
            ("PING", r#"2 [["pong"],[""]]"#),
            ("UNSUBSCRIBE", "unsubscribe"),
            ("LRANGE l 0 2", r#"3 [["message"],["a"],["hi"]]"#),
        ]);
        assert_eq!(play.heard(), said);
    });
}

#[test]
fn pushes_of_resp3_are_no_answers() {
    each_cut(&json!([]), |play| {
        let said = "%1\r\n+proto\r\n:3\r\n>2\r\n+invalidate\r\n*1\r\n+k\r\n>3\r\n+subscribe\r\n+a\r\n:1\r\n>3\r\n+message\r\n+a\r\n+hi\r\n\
                    %1\r\n+f\r\n,1.5\r\n_\r\n";
        play.say("HELLO 3\nSUBSCRIBE a\nHGETALL h\nGET k").answer(said);
        play.expect_log(&[
            ("HELLO 3", r#"1 [["proto","3"]]"#),
            ("SUBSCRIBE a", "subscribe"),
            ("HGETALL h", r#"1 [["f","1.5"]]"#),
            ("GET k", r"0 [[null]]"),
        ]);
        assert_eq!(play.heard(), said);
    });
}

#[test]
fn replies_that_the_client_does_not_want_are_on_the_log_and_nowhere_else() {
    each_cut(&json!([]), |play| {
        play.say("CLIENT REPLY OFF\nSET a 1\nGET a\nCLIENT REPLY ON\nCLIENT REPLY SKIP\nGET b\nGET c");
        play.answer("+OK\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\nc\r\n");
        assert_eq!(play.heard(), "+OK\r\n$1\r\nc\r\n");
        assert!(!play.sent().contains("REPLY"));
        let log = play.log();
        assert_eq!(log[2], ("GET a".to_owned(), r#"1 [["1"]]"#.to_owned()));
        assert_eq!(log.len(), 7);
    });
}

#[test]
fn a_monitor_sees_lines_and_gets_answers() {
    each_cut(&json!([]), |play| {
        let said = "+OK\r\n+1700000000.123456 [0 127.0.0.1:1] \"get\" \"a\"\r\n+PONG\r\n+1700000000.123456 [0 lua] \"x\"\r\n";
        play.say("MONITOR\nPING").answer(said);
        play.expect_log(&[("MONITOR", "OK"), ("PING", "PONG")]);
        assert_eq!(play.heard(), said);
    });
}

#[test]
fn what_a_replica_gets_passes_and_an_error_in_its_place_is_an_answer() {
    each_cut(&json!([]), |play| {
        let said = "-ERR not now\r\n+PONG\r\n+FULLRESYNC x 0\r\n$3\r\nabc*1\r\n$4\r\nPING\r\n";
        play.say("PSYNC ? -1\nPING\nPSYNC ? -1").answer(said);
        play.expect_log(&[("PSYNC ? -1", "! not now"), ("PING", "PONG"), ("PSYNC ? -1", "")]);
        assert_eq!(play.heard(), said);
    });
}

#[test]
fn another_login_is_refused_and_the_same_one_does_no_harm() {
    each_cut(&json!([]), |play| {
        play.say("GET a\nAUTH other word\nAUTH ann:db hers\nHELLO 3 AUTH ann:db wrong\nHELLO 3 AUTH ann:db hers SETNAME me\nPING");
        play.answer("$1\r\n1\r\n-ERR unknown\r\n-ERR unknown\r\n%0\r\n+PONG\r\n");
        let refused = format!("-NOPERM {SIGNED_IN}\r\n");
        assert_eq!(
            play.heard(),
            format!("$1\r\n1\r\n{refused}+OK\r\n{refused}%0\r\n+PONG\r\n")
        );
        let sent = play.sent();
        for word in ["AUTH", "other", "hers", "wrong"] {
            assert!(!sent.contains(word), "{sent}");
        }
        assert!(sent.contains("HELLO") && sent.contains("me"));
        assert_eq!(play.log()[1].0, "AUTH other ***");
    });
}

#[test]
fn after_a_reset_the_connection_is_one_of_the_account_again() {
    each_cut(&json!([]), |play| {
        play.say("MULTI\nGET a\nRESET\nPING")
            .answer("+OK\r\n+QUEUED\r\n+RESET\r\n+OK\r\n+PONG\r\n");
        assert_eq!(play.heard(), "+OK\r\n+QUEUED\r\n+RESET\r\n+PONG\r\n");
        assert!(play.sent().contains("account-secret"));
        play.expect_log(&[
            ("MULTI", "OK"),
            ("GET a", "! not run: the connection was reset"),
            ("RESET", "RESET"),
            ("PING", "PONG"),
        ]);
        assert!(!String::from_utf8_lossy(&play.recorded).contains("account-secret"));
    });
}

#[test]
fn what_a_rule_refuses_is_an_error_in_its_place() {
    let rules = json!([
        { "name": "no flush", "deny": ["write_all"], "message": "ask first" },
        { "name": "pay", "tables": ["pay:*"] },
    ]);
    each_cut(&rules, |play| {
        play.say("SET a 1\nFLUSHALL\nGET pay:7\nMGET a pay:8\nGET a");
        play.answer("+OK\r\n-ERR unknown\r\n-ERR unknown\r\n-ERR unknown\r\n$1\r\n1\r\n");
        let pay = "-NOPERM doorward: pay\r\n";
        assert_eq!(
            play.heard(),
            format!("+OK\r\n-NOPERM doorward: ask first\r\n{pay}{pay}$1\r\n1\r\n")
        );
        assert!(!play.sent().contains("FLUSHALL") && !play.sent().contains("pay:"));
        let refused = |entry: &&Entry| matches!(entry, Entry::Outcome { body, .. } if body.windows(9).any(|part| part == b"\"refused\""));
        assert_eq!(play.entries.iter().filter(refused).count(), 3);
    });
}

#[test]
fn passwords_are_on_no_entry_and_in_no_content() {
    each_cut(&json!([]), |play| {
        play.say(
            "CONFIG SET requirepass hidden-1\nACL SETUSER bob >hidden-1\nCONFIG GET *\nAUTH hidden-1\nGET a",
        );
        play.answer("-ERR hidden-1\r\n+OK\r\n*2\r\n+requirepass\r\n+hidden-1\r\n-ERR unknown\r\n+x\r\n");
        let entries = format!("{:?}{}", play.entries, String::from_utf8_lossy(&play.recorded));
        assert!(!entries.contains("hidden-1"), "{entries}");
        assert!(play.heard().contains("hidden-1"));
    });
}

#[test]
fn what_cannot_be_read_ends_the_connection_with_the_words_of_a_server() {
    let mut play = Play::new(&json!([]), 100);
    let mut flow = Flow::default();
    let broken = play
        .dialogue
        .ask(Bytes::from_static(b"*1\r\n$4\r\nPING\r\n*1\r\n!"), &mut flow);
    assert!(broken.is_err() && flow.entries.is_empty());
    let words = play.dialogue.last_words(&Stop::new(EndReason::ProtocolError));
    assert!(
        words.starts_with(b"-ERR Protocol error: expected '$'"),
        "{words:?}"
    );
}

proptest! {
    #[test]
    fn any_bytes_are_survived(pieces in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..40)), 0..20)) {
        let mut play = Play::new(&json!([{ "deny": ["write"], "tables": ["a*"] }]), 1);
        for (of_client, bytes) in pieces {
            let mut flow = Flow::default();
            let bytes = Bytes::from(bytes);
            let looked = if of_client { play.dialogue.ask(bytes, &mut flow) } else { play.dialogue.answer(bytes, &mut flow) };
            if looked.is_err() {
                break;
            }
        }
    }
}

/// What either side may say, well-formed and nearly so.
const SAID: [&str; 48] = [
    "*2\r\n$3\r\nGET\r\n$1\r\na\r\n",
    "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nvalue\r\n",
    "*1\r\n$5\r\nMULTI\r\n",
    "*1\r\n$4\r\nEXEC\r\n",
    "*1\r\n$7\r\nDISCARD\r\n",
    "*3\r\n$9\r\nSUBSCRIBE\r\n$1\r\na\r\n$1\r\nb\r\n",
    "*1\r\n$11\r\nUNSUBSCRIBE\r\n",
    "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n",
    "*1\r\n$5\r\nRESET\r\n",
    "*1\r\n$7\r\nMONITOR\r\n",
    "*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$4\r\nSKIP\r\n",
    "*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$3\r\nOFF\r\n",
    "*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$2\r\nON\r\n",
    "*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n",
    "*3\r\n$5\r\nPSYNC\r\n$1\r\n?\r\n$2\r\n-1\r\n",
    "*1\r\n$8\r\nFLUSHALL\r\n",
    "*4\r\n$6\r\nCONFIG\r\n$3\r\nSET\r\n$11\r\nrequirepass\r\n$1\r\nx\r\n",
    "PING\r\n",
    "set a \"b c\"\r\n",
    "\r\n",
    "*0\r\n",
    "*-1\r\n",
    "*99\r\n",
    "$9999\r\n",
    "+OK\r\n",
    "+QUEUED\r\n",
    "-ERR unknown\r\n",
    "-EXECABORT x\r\n",
    ":1\r\n",
    "$-1\r\n",
    "$2\r\nab\r\n",
    "*2\r\n",
    "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n",
    "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n",
    "*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n",
    ">3\r\n+message\r\n+a\r\n+x\r\n",
    ">3\r\n+subscribe\r\n+a\r\n:18446744073709551615\r\n",
    "%1\r\n+k\r\n:1\r\n",
    "|1\r\n+t\r\n:9\r\n",
    "%2147483647\r\n",
    "*2147483647\r\n",
    "_\r\n",
    "#t\r\n",
    ",1.5\r\n",
    "~2\r\n",
    "+1700000000.123456 [0 x] \"get\"\r\n",
    "+FULLRESYNC x 0\r\n",
    "!3\r\nERR\r\n",
];

proptest! {
    #[test]
    fn whatever_is_said_in_any_order_is_survived(
        said in prop::collection::vec((any::<bool>(), 0..SAID.len(), 0_usize..12, any::<bool>()), 0..60),
        at_once in 1_usize..64,
        rules: bool,
        resp3: bool,
    ) {
        let rules = if rules { json!([{ "deny": ["write_all"] }, { "tables": ["a"] }]) } else { json!([]) };
        let mut play = Play::new(&rules, at_once);
        play.dialogue.ledger = Ledger::new(resp3);
        'all: for (of_client, which, cut, whole) in said {
            let text = SAID[which];
            let text = if whole { text } else { text.get(cut..).unwrap_or(text) };
            for piece in text.as_bytes().chunks(at_once) {
                let mut flow = Flow::default();
                let bytes = Bytes::copy_from_slice(piece);
                let looked = if of_client { play.dialogue.ask(bytes, &mut flow) } else { play.dialogue.answer(bytes, &mut flow) };
                if looked.is_err() {
                    break 'all;
                }
                play.take(flow, of_client);
            }
        }
        // Whatever was said, no command has two outcomes.
        let _one_for_each = play.log();
    }
}
