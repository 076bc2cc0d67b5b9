//! The log of statements: whole and in order.

use serde_json::{Value, json};

use crate::{
    gateway::text,
    pghouse::House,
    program::{PATIENCE, Program, run, until},
    sql_clients::{psycopg, scripts, with_environment},
};

/// A statement as it is expected on the log: text, outcome, rows.
type Expected = (String, &'static str, i64);

/// Gives what `two_hundred.py` does.
fn two_hundred() -> Vec<Expected> {
    let mut expected: Vec<Expected> =
        vec![("create table t (a int primary key, b text)".to_owned(), "ok", 0)];
    for n in 0..33 {
        let at = n * 10;
        expected.extend([
            (
                format!("insert into t select g, 'row' from generate_series({at}, {at} + 2) g"),
                "ok",
                3,
            ),
            (
                "select a from t where a >= $1 order by a limit 2".to_owned(),
                "ok",
                2,
            ),
            (format!("insert into t values ({at}, 'twice')"), "failed", 0),
            (format!("update t set b = 'b' where a = {at}"), "ok", 1),
            (format!("select {n} where false"), "ok", 0),
            (format!("selekt {n}"), "failed", 0),
        ]);
    }
    expected.push(("select count(*) from t".to_owned(), "ok", 1));
    expected
}

#[test]
fn a_script_of_two_hundred_statements_is_on_the_log_and_nothing_else_is() {
    let Some(python) = psycopg() else { return };
    let house = House::open();
    let expected = two_hundred();
    assert_eq!(expected.len(), 200);
    let mut client = with_environment(&python, house.client("psql"));
    let outcome = run(client.arg(scripts().join("two_hundred.py")), "");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let id = house.last_session();
    let log = house.log(&id);
    let seen: Vec<_> = log
        .iter()
        .map(|entry| {
            let outcome = text(&entry["outcome"]);
            (text(&entry["text"]), outcome, entry["rows"].as_i64().unwrap())
        })
        .collect();
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(text, outcome, rows)| (text, outcome.to_owned(), rows))
        .collect();
    assert_eq!(seen, expected);
    let bound = log.iter().filter(|entry| text(&entry["text"]).contains("$1"));
    let parameters: Vec<_> = bound.map(|entry| entry["detail"]["parameters"].clone()).collect();
    let wanted: Vec<_> = (0..33).map(|n| json!([format!("{}", n * 10)])).collect();
    assert_eq!(parameters, wanted);
    for entry in &log {
        let error = &entry["detail"]["error"]["code"];
        match text(&entry["text"]) {
            sql if sql.contains("twice") => assert_eq!(error, "23505"),
            sql if sql.starts_with("selekt") => assert_eq!(error, "42601"),
            _ => assert_eq!(error, &Value::Null),
        }
        assert!(entry["duration_ms"].is_number(), "{entry}");
    }
}

#[test]
fn the_time_of_a_statement_is_known_to_a_millisecond() {
    let house = House::open();
    let before = jiff::Timestamp::now();
    let slept = house.psql("select pg_sleep(0.25)");
    assert_eq!(slept.code, 0, "{slept:?}");
    let after = jiff::Timestamp::now();
    let log = house.log(&house.last_session());
    let at: jiff::Timestamp = text(&log[0]["at"]).parse().unwrap();
    assert!(before <= at && at <= after, "{before} {at} {after}");
    assert!(text(&log[0]["at"]).contains('.'), "{}", log[0]["at"]);
    let took = log[0]["duration_ms"].as_i64().unwrap();
    let whole = after.duration_since(before).as_millis();
    assert!(took >= 250 && i128::from(took) <= whole, "{took} of {whole} ms");
}

#[test]
fn a_statement_that_runs_when_the_server_is_killed_is_marked_as_unanswered() {
    let mut house = House::open();
    let mut psql =
        Program::start(
            house
                .client("psql")
                .args(["-XAtc", "select 1", "-c", "select pg_sleep(600)"]),
        );
    until(PATIENCE, "the statement runs", || {
        (house.sleeping() == 1).then_some(())
    });
    let id = house.gateway.running();
    house.server.crash();
    assert!(!psql.ended().success());
    let log = house.log(&id);
    assert_eq!(log.len(), 2);
    assert_eq!((&log[0]["outcome"], &log[0]["rows"]), (&json!("ok"), &json!(1)));
    assert_eq!(
        (&log[1]["outcome"], &log[1]["detail"]),
        (&Value::Null, &Value::Null),
        "{}",
        log[1]
    );
}
