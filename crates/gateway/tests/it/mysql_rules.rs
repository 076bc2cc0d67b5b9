//! Rules on statements of MySQL: refused ones never reach the server, the client reads why, and the connection goes on.

use serde_json::{Value, json};

use crate::{
    gateway::text,
    mysql::{House, python},
    program::run,
};

/// Opens a house whose profile has these rules.
fn house(rules: &Value) -> House {
    let house = House::open();
    house.direct(
        "create table pay (a int); create table t (a int primary key); insert into t values (1), (2)",
    );
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
        { "name": "pay", "tables": ["pay"] },
        { "name": "files", "deny": ["server_file"] },
    ]));
    let rows = house.gateway.folder().join("rows");
    std::fs::write(&rows, "7\n").unwrap();
    let load = |local: &str, table: &str| {
        format!(
            "load data {local} infile '{}' into table {table};\n",
            rows.display()
        )
    };
    let script = format!(
        "drop table t;\ndelete from t;\nselect * from `Pay`;\ndelimiter //\nselect 1; create table x (a int)//\ndelimiter ;\n\
         {}{}select count(*) from t;\ndelete from t where a = 1;\n{}select 'still here';\n",
        load("", "t"),
        load("local", "pay"),
        load("local", "t"),
    );
    let mut client = house.client("mariadb");
    let outcome = run(
        client.args(["-f", "-BN", "--local-infile=1", &house.name]),
        &script,
    );
    assert_eq!(outcome.out, "2\nstill here\n", "{outcome:?}");
    let errors: Vec<_> = outcome
        .err
        .lines()
        .filter(|line| line.contains("ERROR"))
        .collect();
    let refused = [
        "ask the owners of the database",
        "where",
        "pay",
        "ask the owners of the database",
        "files",
        "pay",
    ];
    assert_eq!(errors.len(), refused.len(), "{outcome:?}");
    for (error, words) in errors.iter().zip(refused) {
        assert!(
            error.contains("ERROR 1227 (42000)") && error.ends_with(&format!("doorward: {words}")),
            "{error}"
        );
    }
    assert_eq!(house.direct("select group_concat(a order by a) from t"), "2,7");
    let log = house.log(&house.last_session());
    let refused: Vec<_> = log
        .iter()
        .filter(|entry| !entry["detail"]["refused"].is_null())
        .collect();
    assert_eq!(refused.len(), 7, "{log:?}");
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
fn pymysql_reads_refusals_of_statements_of_prepared_ones_and_of_commands() {
    let house = house(&json!([{ "name": "no ddl", "deny": ["ddl", "admin"] }]));
    let program = r"
from pymysql.constants import COMMAND
def refused(what):
    try:
        what()
    except pymysql.err.MySQLError as error:
        print(error.args)
def command(number, body):
    c._execute_command(number, body)
    c._read_packet()
k.execute('begin'); k.execute('insert into t values (3)')
refused(lambda: k.execute('drop table t'))
refused(lambda: k.execute('select 1; drop table t'))
refused(lambda: command(COMMAND.COM_STMT_PREPARE, b'drop table t'))
refused(lambda: command(COMMAND.COM_DROP_DB, b'nothing'))
refused(lambda: command(COMMAND.COM_SHUTDOWN, b''))
k.execute('select count(*) from t'); print(k.fetchall()); c.commit()
";
    let Some(outcome) = python(&house, false, program) else {
        return;
    };
    let expected = "(1227, 'doorward: no ddl')\n".repeat(5) + "((3,),)\n";
    assert_eq!(outcome.out, expected, "{outcome:?}");
    assert_eq!(house.direct("select count(*) from t"), "3");
}
