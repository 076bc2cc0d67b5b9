use serde_json::Value;

use super::*;
use crate::wire::Scanner;

const OLD: u32 = capability::PROTOCOL_41 | capability::MULTI_STATEMENTS;
const MODERN: u32 = OLD | capability::DEPRECATE_EOF | capability::SESSION_TRACK;

/// A ledger that is fed with bodies of packets.
struct Book {
    ledger: Ledger,
    entries: Vec<Entry>,
    capabilities: u32,
}

impl Book {
    fn open(capabilities: u32) -> Self {
        let ledger = Ledger::new(capabilities, 0, Arc::default(), ("db".to_owned(), 3306), &[]);
        Self {
            ledger,
            entries: Vec::new(),
            capabilities,
        }
    }

    fn ask(&mut self, body: &[u8]) -> Fate {
        let mut fates = Vec::new();
        let (ledger, entries) = (&mut self.ledger, &mut self.entries);
        Scanner::default()
            .scan(
                &wire::framed(0, body),
                |_, _| STATEMENT,
                |packet| fates.push(ledger.ask(packet, entries)),
            )
            .expect("valid");
        fates.pop().expect("a fate")
    }

    fn query(&mut self, text: &str) {
        self.ask(&[&[command::QUERY], text.as_bytes()].concat());
    }

    fn answer(&mut self, body: &[u8]) {
        let (ledger, entries) = (&mut self.ledger, &mut self.entries);
        let bytes = wire::framed(1, body);
        let ledger = std::cell::RefCell::new(ledger);
        Scanner::default()
            .scan(
                &bytes,
                |first, len| ledger.borrow().wanted_of_server(first, len),
                |packet| {
                    ledger.borrow_mut().answer(packet, entries);
                },
            )
            .expect("valid");
    }

    fn okay(&mut self, affected: u8, bits: u16) {
        let [low, high] = bits.to_le_bytes();
        self.answer(&[0, affected, 0, low, high, 0, 0]);
    }

    fn column(&mut self, name: &str, kind: u8) {
        let mut body = Vec::new();
        for word in ["def", "d", "t", "t", name, name] {
            body.push(word.len() as u8);
            body.extend(word.as_bytes());
        }
        body.extend([12, 45, 0, 255, 0, 0, 0, kind, 0, 0, 0, 0, 0]);
        self.answer(&body);
    }

    /// The end of columns, where there is one.
    fn columns_end(&mut self, bits: u16) {
        if self.capabilities & capability::DEPRECATE_EOF == 0 {
            let [low, high] = bits.to_le_bytes();
            self.answer(&[0xfe, 0, 0, low, high]);
        }
    }

    fn end(&mut self, bits: u16) {
        let [low, high] = bits.to_le_bytes();
        if self.capabilities & capability::DEPRECATE_EOF == 0 {
            self.answer(&[0xfe, 1, 0, low, high]);
        } else {
            self.answer(&[0xfe, 0, 0, low, high, 1, 0]);
        }
    }

    fn rows(&mut self, name: &str, values: &[&str], bits: u16) {
        self.answer(&[1]);
        self.column(name, 0xfd);
        self.columns_end(0);
        for value in values {
            let mut row = vec![value.len() as u8];
            row.extend(value.as_bytes());
            self.answer(&row);
        }
        self.end(bits);
    }

    fn error(&mut self, code: u16, message: &str) {
        self.answer(&error(code, "42000", message));
    }

    /// Gives statements with what came of them, in the order of the statements.
    fn read(&self) -> Vec<(String, Value)> {
        let mut found: Vec<(u64, String, Value)> = Vec::new();
        for entry in &self.entries {
            match entry {
                Entry::Statement { id, body } => {
                    let body: Value = serde_json::from_slice(body).expect("JSON");
                    let text = body["text"].as_str().expect("a text").to_owned();
                    found.push((*id, text, json!({ "asked": body })));
                }
                Entry::Outcome { id, body } => {
                    let body: Value = serde_json::from_slice(body).expect("JSON");
                    let place = found
                        .iter_mut()
                        .find(|(known, ..)| known == id)
                        .expect("was asked");
                    assert!(place.2.get("told").is_none(), "{id} was answered twice");
                    place.2["told"] = body;
                }
            }
        }
        found.into_iter().map(|(_, text, told)| (text, told)).collect()
    }

    fn told(&self) -> Vec<Value> {
        self.read()
            .into_iter()
            .map(|(_, told)| told["told"].clone())
            .collect()
    }
}

#[test]
fn every_statement_gets_its_answer_with_and_without_eof() {
    for capabilities in [OLD, MODERN] {
        let mut book = Book::open(capabilities);
        book.query("insert into t values (1), (2)");
        book.okay(2, 2);
        book.query("select a from t");
        book.rows("a", &["1", "2"], 2);
        book.query("gibberish");
        book.error(1064, "no");
        book.query("select 1");
        let read = book.read();
        assert_eq!(read.len(), 4);
        assert_eq!(read[0].1["told"]["rows"], 2);
        assert_eq!(read[1].1["told"]["preview"], json!([["1"], ["2"]]));
        assert_eq!(read[1].1["told"]["columns"], json!(["a"]));
        assert_eq!(read[1].1["told"]["warnings"], 1);
        assert_eq!(read[2].1["told"]["error"]["code"], "1064");
        assert_eq!(read[3].1["told"], Value::Null);
        assert!(book.ledger.is_busy());
    }
}

#[test]
fn each_statement_of_a_text_has_an_entry_of_its_own() {
    for capabilities in [OLD, MODERN] {
        let mut book = Book::open(capabilities);
        book.query("set @a = 1; select @a; call p(); select 3; select 4");
        book.okay(0, status::MORE_RESULTS);
        book.rows("@a", &["1"], status::MORE_RESULTS);
        book.rows("x", &["in p"], status::MORE_RESULTS);
        book.rows("y", &["also", "in p"], status::MORE_RESULTS);
        book.okay(7, status::MORE_RESULTS);
        book.rows("3", &["3"], status::MORE_RESULTS);
        book.error(1146, "no table");
        let read = book.read();
        let texts: Vec<_> = read.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(
            texts,
            ["set @a = 1", "select @a", "call p()", "select 3", "select 4"]
        );
        let told = book.told();
        assert_eq!(told[1]["preview"], json!([["1"]]));
        assert_eq!(
            (&told[2]["rows"], &told[2]["preview"], &told[2]["columns"]),
            (&json!(3), &json!([["in p"]]), &json!(["x"]))
        );
        assert_eq!(told[3]["rows"], 1);
        assert_eq!(told[4]["error"]["code"], "1146");
        assert!(!book.ledger.is_busy());
    }
}

#[test]
fn what_an_error_leaves_out_says_so() {
    let mut book = Book::open(MODERN);
    book.query("select nothing; select 2");
    book.error(1054, "no column");
    let told = book.told();
    assert_eq!(told[0]["error"]["code"], "1054");
    assert!(
        told[1]["error"]["message"]
            .as_str()
            .expect("a text")
            .contains("not run")
    );
}

fn prepare(book: &mut Book, sql: &str, columns: u8, places: u8) {
    book.ask(&[&[command::STMT_PREPARE], sql.as_bytes()].concat());
    book.answer(&[0, 9, 0, 0, 0, columns, 0, places, 0, 0, 0, 0]);
    for count in [places, columns] {
        for _ in 0..count {
            book.column("?", 0xfd);
        }
        if count > 0 {
            book.columns_end(0);
        }
    }
}

fn execute(types: &[u8], values: &[u8]) -> Vec<u8> {
    let mut body = vec![command::STMT_EXECUTE, 9, 0, 0, 0, 0, 1, 0, 0, 0];
    body.push(0);
    body.push(u8::from(!types.is_empty()));
    body.extend(types);
    body.extend(values);
    body
}

#[test]
fn prepared_statements_have_their_parameters_and_rows() {
    for capabilities in [OLD, MODERN] {
        let mut book = Book::open(capabilities);
        prepare(&mut book, "select a from t where a = ? and b = ?", 1, 2);
        assert!(!book.ledger.is_busy());
        book.ask(&execute(&[3, 0, 0xfd, 0], b"\x07\0\0\0\x02hi"));
        book.answer(&[1]);
        book.column("a", 3);
        book.columns_end(0);
        book.answer(&[0, 0, 7, 0, 0, 0]);
        book.answer(&[0, 4]);
        book.end(2);
        // The types are known the second time.
        book.ask(&execute(&[], b"\x08\0\0\0\x02ho"));
        book.error(1317, "interrupted");
        let read = book.read();
        assert_eq!(read[0].0, "select a from t where a = ? and b = ?");
        assert_eq!(read[0].1["asked"]["parameters"], json!(["7", "hi"]));
        assert_eq!(read[0].1["told"]["preview"], json!([["7"], [null]]));
        assert_eq!(read[1].1["asked"]["parameters"], json!(["8", "ho"]));
        assert_eq!(read[1].1["told"]["error"]["code"], "1317");
    }
}

#[test]
fn a_prepared_statement_that_fails_is_a_statement() {
    let mut book = Book::open(MODERN);
    book.ask(&[&[command::STMT_PREPARE], &b"selec 1"[..]].concat());
    book.error(1064, "no");
    assert_eq!(book.read()[0].0, "selec 1");
    assert_eq!(book.told()[0]["error"]["code"], "1064");
}

#[test]
fn values_that_are_sent_ahead_are_parameters() {
    let mut book = Book::open(MODERN);
    prepare(&mut book, "insert into t values (?, ?)", 0, 2);
    let ahead = |part: &[u8]| [&[command::STMT_SEND_LONG_DATA, 9, 0, 0, 0, 1, 0], part].concat();
    book.ask(&ahead(b"long "));
    book.ask(&ahead(b"value"));
    book.ask(&execute(&[3, 0, 0xfc, 0], &[1, 0, 0, 0]));
    book.okay(1, 2);
    assert_eq!(
        book.read()[0].1["asked"]["parameters"],
        json!(["1", "long value"])
    );
}

#[test]
fn rows_of_a_cursor_belong_to_its_statement() {
    for capabilities in [OLD, MODERN] {
        let mut book = Book::open(capabilities);
        prepare(&mut book, "select a from t", 1, 0);
        book.ask(&[command::STMT_EXECUTE, 9, 0, 0, 0, 1, 1, 0, 0, 0]);
        book.answer(&[1]);
        book.column("a", 3);
        if capabilities == OLD {
            book.columns_end(status::CURSOR);
        } else {
            book.end(status::CURSOR);
        }
        assert_eq!(book.told(), [Value::Null]);
        for bits in [status::CURSOR, status::CURSOR | status::LAST_ROW] {
            book.ask(&[command::STMT_FETCH, 9, 0, 0, 0, 1, 0, 0, 0]);
            book.answer(&[0, 0, 7, 0, 0, 0]);
            book.end(bits);
        }
        assert_eq!(book.told()[0]["rows"], 2);
        assert_eq!(book.told()[0]["preview"], json!([["7"], ["7"]]));
        assert!(!book.ledger.is_busy());
    }
}

#[test]
fn passwords_are_on_no_entry() {
    let mut book = Book::open(MODERN);
    book.query("create user a identified by 'geheim'");
    book.error(1064, "syntax error near ''geheim''");
    prepare(&mut book, "set password = ?", 0, 1);
    book.ask(&execute(&[0xfd, 0], b"\x06geheim"));
    book.okay(0, 2);
    let all = format!("{:?}", book.entries);
    assert!(!all.contains("geheim"), "{all}");
    assert_eq!(book.read()[1].1["asked"]["parameters"], json!(["***"]));
}

#[test]
fn a_large_result_is_counted_and_shown_in_part() {
    let mut book = Book::open(MODERN);
    book.query("select a from t");
    let many = vec!["0123456789"; 5000];
    book.rows("a", &many, 2);
    let told = book.told();
    assert_eq!(
        (told[0]["rows"].as_u64(), told[0]["bytes"].as_u64()),
        (Some(5000), Some(55_000))
    );
    assert_eq!(told[0]["preview"].as_array().map(Vec::len), Some(Preview::ROWS));
    assert_eq!(told[0]["preview_truncated"], true);
}

#[test]
fn commands_without_statements_are_answered_too() {
    let mut book = Book::open(MODERN);
    for command in [command::PING, command::DEBUG] {
        book.ask(&[command]);
        book.okay(0, 2);
    }
    book.ask(&[command::STATISTICS]);
    book.answer(b"Uptime: 5");
    book.ask(&[command::FIELD_LIST, b't', 0]);
    book.column("a", 3);
    book.column("b", 3);
    book.end(2);
    book.ask(&[&[command::INIT_DB], &b"app"[..]].concat());
    book.okay(0, 2);
    book.ask(&[command::RESET_CONNECTION]);
    book.okay(0, 2);
    assert!(!book.ledger.is_busy());
    let texts: Vec<_> = book.read().into_iter().map(|(text, _)| text).collect();
    assert_eq!(texts, ["USE `app`", "-- reset of the connection"]);
    assert_eq!(book.ask(&[0x20]), Fate::Refuse);
}

#[test]
fn the_database_that_a_statement_was_run_in_is_known() {
    let mut book = Book::open(OLD);
    book.query("select 1");
    book.rows("1", &["1"], 2);
    book.ask(b"\x02shop");
    book.okay(0, 2);
    book.query("select 2; use `other``one`; select 3");
    book.rows("2", &["2"], 2 | status::MORE_RESULTS);
    book.okay(0, 2 | status::MORE_RESULTS);
    book.rows("3", &["3"], 2);
    book.query("use nowhere");
    book.error(1049, "unknown database");
    book.query("select 4");
    let read = book.read();
    let databases: Vec<_> = read
        .iter()
        .map(|(_, told)| told["asked"]["database"].clone())
        .collect();
    assert_eq!(
        databases,
        [
            Value::Null,
            Value::Null,
            json!("shop"),
            json!("shop"),
            json!("other`one"),
            json!("other`one"),
            json!("other`one")
        ]
    );
}

#[test]
fn where_a_result_stands_is_known() {
    for capabilities in [OLD, MODERN] {
        let mut book = Book::open(capabilities);
        book.query("do 0");
        book.okay(0, 2);
        book.query("select a");
        book.rows("a", &["1", "2"], 2);
        book.query("call p()");
        book.rows("a", &["1"], 2 | status::MORE_RESULTS);
        book.rows("b", &["2"], 2 | status::MORE_RESULTS);
        book.okay(0, 2);
        let told = book.told();
        assert_eq!(told[0]["result"], Value::Null);
        // Heads have four bytes, definitions 27, rows two; ends are of two kinds.
        let ends = if capabilities == OLD { [9, 9] } else { [0, 11] };
        let definitions = (4 + 1) + (4 + 14 + 13) + ends[0];
        let first = (11, 11 + definitions + 2 * 6 + ends[1]);
        assert_eq!(told[1]["result"], json!({ "number": 2, "ranges": [first] }));
        let second = (first.1, first.1 + definitions + 6 + ends[1]);
        assert_eq!(told[2]["result"], json!({ "number": 3, "ranges": [second] }));
    }
}
