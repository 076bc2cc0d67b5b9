use proptest::prelude::*;

use super::*;

/// Rows, and the error's words.
type Answer = (u64, Option<String>);

/// A conversation: what the client sent, what the server answered, and what was noted.
#[derive(Default)]
struct Talk {
    ledger: Ledger,
    entries: Vec<Entry>,
}

impl Talk {
    fn client(&mut self, tag: u8, body: &[u8]) -> &mut Self {
        let frame = Frame {
            tag,
            len: body.len(),
            body: &body[..body.len().min(Ledger::wanted_of_client(tag))],
            end: 0,
        };
        self.ledger.ask(frame, &mut self.entries);
        self
    }

    fn server(&mut self, tag: u8, body: &[u8]) -> &mut Self {
        let frame = Frame {
            tag,
            len: body.len(),
            body: &body[..body.len().min(self.ledger.wanted_of_server(tag))],
            end: 0,
        };
        self.ledger.answer(frame, &mut self.entries);
        self
    }

    /// Gives each statement with its outcome, in the order of the statements: text, rows, error.
    fn log(&self) -> Vec<(String, Option<Answer>)> {
        let json = |body: &bytes::Bytes| serde_json::from_slice::<Value>(body).expect("JSON");
        let statements = self.entries.iter().filter_map(|entry| match entry {
            Entry::Statement { id, body } => Some((*id, json(body)["text"].as_str()?.to_owned())),
            Entry::Outcome { .. } => None,
        });
        let outcome = |wanted: u64| {
            let mut found = self.entries.iter().filter_map(|entry| match entry {
                Entry::Outcome { id, body } if *id == wanted => Some(json(body)),
                _ => None,
            });
            let outcome = found.next()?;
            assert!(found.next().is_none(), "two outcomes of {wanted}");
            let error = outcome["error"]["message"].as_str().map(str::to_owned);
            Some((outcome["rows"].as_u64().unwrap_or(0), error))
        };
        statements.map(|(id, text)| (text, outcome(id))).collect()
    }

    /// Gives the outcomes of the statements, all of which were answered.
    fn outcomes(&self) -> Vec<Answer> {
        let log = self.log().into_iter();
        log.map(|(text, outcome)| outcome.unwrap_or_else(|| panic!("no outcome of {text}")))
            .collect()
    }
}

fn error(message: &str) -> Vec<u8> {
    format!("SERROR\0C42601\0M{message}\0\0").into_bytes()
}

fn prepare(name: &str, sql: &str) -> Vec<u8> {
    [name.as_bytes(), b"\0", sql.as_bytes(), b"\0\0\0"].concat()
}

fn bound(statement: &str) -> Vec<u8> {
    [b"\0", statement.as_bytes(), b"\0\0\0\0\0\0\0"].concat()
}

fn ok(rows: u64) -> Answer {
    (rows, None)
}

fn bad(words: &str) -> Answer {
    (0, Some(words.to_owned()))
}

const NOT_RUN: &str = "not run: an earlier statement failed";

#[test]
fn each_statement_of_a_query_has_its_own_outcome() {
    let mut talk = Talk::default();
    talk.client(
        b'Q',
        b"create table t(); insert into t values (1),(2); gibberish 1; select 4\0",
    );
    talk.server(b'C', b"CREATE TABLE\0").server(b'C', b"INSERT 0 2\0");
    talk.server(b'E', &error("syntax error")).server(b'Z', b"I");
    let log = talk.log();
    assert_eq!(talk.outcomes(), [ok(0), ok(2), bad("syntax error"), bad(NOT_RUN)]);
    assert_eq!(log[1].0, "insert into t values (1),(2)");
    assert!(!talk.ledger.is_busy());
}

#[test]
fn a_pipeline_after_an_error_is_not_run_up_to_the_sync() {
    let mut talk = Talk::default();
    for sql in ["select 1", "select 1/0", "select 3"] {
        talk.client(b'P', &prepare("", sql))
            .client(b'B', &bound(""))
            .client(b'E', b"\0\0\0\0\0");
    }
    talk.client(b'S', b"");
    talk.client(b'P', &prepare("", "select 4"))
        .client(b'B', &bound(""))
        .client(b'E', b"\0\0\0\0\0");
    talk.client(b'S', b"");
    talk.server(b'1', b"")
        .server(b'2', b"")
        .server(b'D', b"\0\0")
        .server(b'C', b"SELECT 1\0");
    talk.server(b'1', b"")
        .server(b'2', b"")
        .server(b'E', &error("division by zero"))
        .server(b'Z', b"I");
    talk.server(b'1', b"")
        .server(b'2', b"")
        .server(b'C', b"SELECT 1\0")
        .server(b'Z', b"I");
    assert_eq!(
        talk.outcomes(),
        [ok(1), bad("division by zero"), bad(NOT_RUN), ok(1)]
    );
}

#[test]
fn what_fails_while_it_is_prepared_is_on_the_log() {
    let mut talk = Talk::default();
    talk.client(b'P', &prepare("a", "gibberish 1"))
        .client(b'D', b"Sa\0")
        .client(b'S', b"");
    talk.server(b'E', &error("syntax error")).server(b'Z', b"I");
    assert_eq!(
        talk.log(),
        [("gibberish 1".to_owned(), Some(bad("syntax error")))]
    );
}

#[test]
fn a_portal_that_is_fetched_in_parts_is_one_statement() {
    let mut talk = Talk::default();
    talk.client(b'P', &prepare("s", "select n"))
        .client(b'B', &bound("s"));
    talk.server(b'1', b"").server(b'2', b"");
    for _ in 0..2 {
        talk.client(b'E', b"\0\0\0\0\x02").client(b'S', b"");
        talk.server(b'D', b"\0\0")
            .server(b'D', b"\0\0")
            .server(b's', b"")
            .server(b'Z', b"T");
    }
    talk.client(b'E', b"\0\0\0\0\x02").client(b'S', b"");
    talk.server(b'D', b"\0\0")
        .server(b'C', b"SELECT 1\0")
        .server(b'Z', b"T");
    assert_eq!(talk.log(), [("select n".to_owned(), Some(ok(5)))]);
}

#[test]
fn what_is_in_flight_has_no_outcome() {
    let mut talk = Talk::default();
    talk.client(b'Q', b"select pg_sleep(10)\0");
    assert_eq!(talk.log(), [("select pg_sleep(10)".to_owned(), None)]);
    assert!(talk.ledger.is_busy());
}

#[test]
fn passwords_are_on_no_entry() {
    let mut talk = Talk::default();
    talk.client(b'Q', b"alter role a password 'geheim'\0");
    talk.client(b'P', &prepare("", "alter role a password 'geheim'"));
    talk.server(b'E', &error("syntax error in password 'geheim'"))
        .server(b'Z', b"I");
    assert!(!format!("{:?}", talk.entries).contains("geheim"));
}

#[test]
fn an_error_out_of_the_blue_belongs_to_nothing() {
    let mut talk = Talk::default();
    talk.server(b'E', &error("terminating connection"));
    assert!(talk.entries.is_empty());
}

#[test]
fn a_large_result_is_counted_and_shown_in_part() {
    let mut talk = Talk::default();
    talk.client(b'Q', b"select x\0");
    talk.server(b'T', b"\0\x01x\0\0\0\0\0\0\0\0\0\0\x19\0\0\0\0\0\0\0\0");
    for _ in 0..1000 {
        talk.server(b'D', b"\0\x01\0\0\0\x02hi");
    }
    talk.server(b'C', b"SELECT 1000\0").server(b'Z', b"I");
    let Some(Entry::Outcome { body, .. }) = talk.entries.last() else {
        panic!("no outcome");
    };
    let outcome: Value = serde_json::from_slice(body).expect("JSON");
    assert_eq!(
        (outcome["rows"].as_u64(), outcome["bytes"].as_u64()),
        (Some(1000), Some(8000))
    );
    assert_eq!(outcome["columns"], json!(["x"]));
    assert_eq!(outcome["preview"].as_array().map(Vec::len), Some(Preview::ROWS));
    assert_eq!(
        (&outcome["preview"][0], &outcome["preview_truncated"]),
        (&json!(["hi"]), &json!(true))
    );
}

/// What a client does, and what a server that obeys the protocol answers.
#[derive(Debug, Clone)]
enum Step {
    Query(Vec<bool>),
    Executes(Vec<bool>),
}

proptest! {
    #[test]
    fn every_statement_gets_the_answer_that_the_server_gave(
        steps in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(prop::bool::weighted(0.8), 1..5).prop_map(Step::Query),
                prop::collection::vec(prop::bool::weighted(0.8), 1..5).prop_map(Step::Executes),
            ],
            1..12,
        ),
        pipelined in any::<bool>(),
    ) {
        let mut talk = Talk::default();
        let mut answers: Vec<(u8, Vec<u8>)> = Vec::new();
        let mut expected = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            let (Step::Query(results) | Step::Executes(results)) = step;
            let failed = results.iter().position(|ok| !ok);
            for (number, _) in results.iter().enumerate() {
                expected.push(match failed {
                    Some(failed) if number == failed => bad("no"),
                    Some(failed) if number > failed => bad(NOT_RUN),
                    _ => ok(number as u64),
                });
            }
            let ran = failed.unwrap_or(results.len());
            match step {
                Step::Query(_) => {
                    let sql: Vec<_> = (0..results.len()).map(|number| format!("select {at}, {number}")).collect();
                    talk.client(b'Q', format!("{};\0", sql.join(";")).as_bytes());
                }
                Step::Executes(_) => {
                    for number in 0..results.len() {
                        let name = format!("s{number}");
                        talk.client(b'P', &prepare(&name, &format!("select {at}, {number}")));
                        talk.client(b'B', &bound(&name)).client(b'E', b"\0\0\0\0\0");
                    }
                    talk.client(b'S', b"");
                }
            }
            for number in 0..ran {
                if matches!(step, Step::Executes(_)) {
                    answers.extend([(b'1', vec![]), (b'2', vec![])]);
                }
                answers.push((b'C', format!("INSERT 0 {number}\0").into_bytes()));
            }
            if failed.is_some() {
                answers.push((b'E', error("no")));
            }
            answers.push((b'Z', b"I".to_vec()));
            if !pipelined {
                for (tag, body) in answers.drain(..) {
                    talk.server(tag, &body);
                }
            }
        }
        for (tag, body) in answers {
            talk.server(tag, &body);
        }
        let outcomes = talk.outcomes();
        prop_assert_eq!(outcomes, expected);
        prop_assert!(!talk.ledger.is_busy());
    }

    #[test]
    fn any_messages_are_survived(messages in prop::collection::vec((any::<bool>(), any::<u8>(), prop::collection::vec(any::<u8>(), 0..40)), 0..60)) {
        let mut talk = Talk::default();
        for (client, tag, body) in messages {
            if client {
                talk.client(tag, &body);
            } else {
                talk.server(tag, &body);
            }
        }
        let _ = talk.log();
    }
}
