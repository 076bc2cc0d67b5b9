//! Rules on statements: refused ones never reach the server, the client reads why, and the connection goes on.

use serde_json::{Value, json};

use crate::{
    gateway::text,
    pghouse::House,
    program::run,
    sql_clients::{psycopg, with_environment},
};

/// Opens a house whose profile has these rules.
fn house(rules: &Value) -> House {
    let house = House::open();
    house.direct("create schema hr; create table hr.pay (a int); create table t (a int); insert into t values (1), (2)");
    house
        .gateway
        .apply(&json!([{ "kind": "profile", "name": "usual", "spec": { "statements": rules } }]));
    house
}

#[test]
fn a_refused_statement_is_an_error_that_leaves_the_connection_usable() {
    let house = house(&json!([
        { "name": "no ddl", "deny": ["ddl"], "message": "ask the owners of the database" },
        { "name": "where", "deny": ["write_all"] },
        { "name": "pay", "tables": ["hr.pay"] },
    ]));
    let script = "drop table t;\ndelete from t;\nselect * from hr.pay;\nselect 1 as one \\; create table x ();\n\
                  select count(*) from t;\ndelete from t where a = 1;\nselect 'still here';\n";
    let outcome = run(
        house.client("psql").args(["-XAtq", "-v", "VERBOSITY=verbose"]),
        script,
    );
    assert_eq!(outcome.out, "2\nstill here\n", "{outcome:?}");
    let errors: Vec<_> = outcome
        .err
        .lines()
        .filter(|line| line.starts_with("ERROR:"))
        .collect();
    let ddl = "ERROR:  42501: doorward: ask the owners of the database";
    let all = "ERROR:  42501: doorward: where";
    assert_eq!(
        errors,
        [ddl, all, "ERROR:  42501: doorward: pay", ddl],
        "{outcome:?}"
    );
    assert_eq!(house.direct("select count(*) from t"), "1");
    let log = house.log(&house.last_session());
    let refused: Vec<_> = log
        .iter()
        .filter(|entry| !entry["detail"]["refused"].is_null())
        .collect();
    assert_eq!(refused.len(), 5, "{log:?}");
    assert_eq!(
        (
            text(&refused[0]["text"]),
            text(&refused[0]["outcome"]),
            &refused[0]["detail"]["refused"]
        ),
        ("drop table t".to_owned(), "failed".to_owned(), &json!("no ddl"))
    );
}

#[test]
fn a_refusal_fails_the_transaction_as_any_error_does() {
    let house = house(&json!([{ "name": "no ddl", "deny": ["ddl"] }]));
    let script =
        "begin;\ninsert into t values (3);\ndrop table t;\nselect 1;\ncommit;\nselect count(*) from t;\n";
    let outcome = run(house.client("psql").args(["-XAtq"]), script);
    assert_eq!(outcome.out, "2\n", "{outcome:?}");
    assert!(
        outcome.err.contains("current transaction is aborted"),
        "{outcome:?}"
    );
}

#[test]
fn psycopg_reads_a_refusal_in_a_pipeline_and_goes_on() {
    let Some(python) = psycopg() else { return };
    let house = house(&json!([{ "name": "no ddl", "deny": ["ddl"] }]));
    let script = r#"
import psycopg
with psycopg.connect(autocommit=True) as c:
    try:
        with c.pipeline():
            c.execute("insert into t values (10)")
            c.execute("drop table t")
            c.execute("insert into t values (11)")
    except psycopg.errors.InsufficientPrivilege as error:
        print(error.diag.message_primary)
    print(c.execute("select count(*) from t where a >= 10").fetchone()[0], c.info.transaction_status.name)
"#;
    let mut client = with_environment(&python, house.client("psql"));
    let outcome = run(client.args(["-c", script]), "");
    // One implicit transaction: what stood before the refusal in the pipeline is taken back with it.
    assert_eq!(outcome.out, "doorward: no ddl\n0 IDLE\n", "{outcome:?}");
}
