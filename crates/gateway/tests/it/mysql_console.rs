//! The SQL console on MariaDB: what a page would do, what the log then has, and a second run of what a native client did.

use std::thread;

use serde_json::{Value, json};

use crate::{
    gateway::text,
    mysql::{House, python},
    program::{is_full_size, run},
    sql_console::Tab,
};

/// What the console itself asks.
fn is_its_own(text: &str) -> bool {
    text.contains("doorward: names")
        || text == "select database()"
        || text.starts_with("set net_write_timeout")
}

#[test]
fn a_console_answers_as_the_server_does_and_is_on_the_log_as_a_client_is() {
    let house = House::open();
    let tab = Tab::of(&house.gateway, &house.name);
    let said =
        tab.run("select 1 as one, null as none, 'ü' as text, 2.5 as d, x'00ff' as b; select 'b' -- the end");
    let kinds: Vec<_> = said.iter().map(|said| text(&said["type"])).collect();
    assert_eq!(kinds, ["statement", "result", "statement", "result", "end"]);
    assert_eq!(said[1]["rows"], json!([["1", null, "ü", "2.5", "0x00ff"]]));
    assert_eq!(
        said[1]["columns"][0],
        json!({ "name": "one", "type": "int", "nature": "whole" })
    );
    assert_eq!(said[1]["columns"][4]["type"], "varbinary");
    assert_eq!(said[1]["tag"], "1 row in set");

    // A failure says why, and stops what comes behind it.
    let said =
        tab.run("create table t (a int primary key, b varchar(20)); select nothing from t; drop table t");
    let kinds: Vec<_> = said.iter().map(|said| text(&said["type"])).collect();
    assert_eq!(kinds, ["statement", "result", "statement", "result", "end"]);
    assert_eq!(said[3]["error"]["code"], "1054");

    // Transactions are the person's own.
    let said = tab.run("begin; insert into t values (1, 'x'), (2, 'y')");
    assert_eq!(said.last().unwrap()["transaction"], "open");
    assert_eq!(
        said[3]["tag"],
        "Query OK, 2 rows affected; Records: 2  Duplicates: 0  Warnings: 0"
    );
    assert_eq!(tab.run("rollback").last().unwrap()["transaction"], "none");
    assert_eq!(tab.one("select count(*) from t")["rows"], json!([["0"]]));

    // Of several results the first is shown, and the connection goes on.
    let called = tab.run("create procedure two() begin select 1 as first; select 2 as second; end");
    assert_eq!(called[1]["error"], Value::Null, "{called:?}");
    assert_eq!(tab.one("call two()")["rows"], json!([["1"]]));
    let file = house.gateway.folder().join("rows");
    let load = tab.one(&format!(
        "load data local infile '{}' into table t",
        file.display()
    ));
    assert!(load["error"]["message"].is_string(), "{load}");

    let names = tab.ask("GET", "/names", None).ok();
    let tables = names["tables"].as_array().unwrap();
    assert_eq!(
        (&tables[0]["schema"], &tables[0]["name"], &tables[0]["columns"]),
        (&json!(house.name), &json!("t"), &json!(["a", "b"])),
        "{names}"
    );
    for (way, word) in [("plan", "table_name"), ("analyze", "r_total_time_ms")] {
        let wish = json!({ "text": "select * from t where b = 'x'", "explain": way });
        let plan = tab.ask("POST", "/run", Some(&wish)).text();
        assert!(plan.contains("query_block") && plan.contains(word), "{plan}");
    }

    tab.close();
    let log: Vec<_> = house
        .log(&tab.session)
        .into_iter()
        .map(|entry| {
            (
                text(&entry["text"]),
                text(&entry["outcome"]),
                entry["rows"].as_i64().unwrap(),
            )
        })
        .filter(|(text, ..)| !is_its_own(text))
        .collect();
    let expected = [
        (
            "select 1 as one, null as none, 'ü' as text, 2.5 as d, x'00ff' as b",
            "ok",
            1,
        ),
        ("select 'b'", "ok", 1),
        ("create table t (a int primary key, b varchar(20))", "ok", 0),
        ("select nothing from t", "failed", 0),
        ("begin", "ok", 0),
        ("insert into t values (1, 'x'), (2, 'y')", "ok", 2),
        ("rollback", "ok", 0),
        ("select count(*) from t", "ok", 1),
        (
            "create procedure two() begin select 1 as first; select 2 as second; end",
            "ok",
            0,
        ),
        ("call two()", "ok", 2),
    ];
    let expected = expected.map(|(text, outcome, rows)| (text.to_owned(), outcome.to_owned(), rows));
    assert_eq!(log[..expected.len()], expected);
    assert_eq!(log.len(), expected.len() + 3);
}

#[test]
fn a_result_of_mariadb_is_read_page_by_page_and_leaves_as_a_whole() {
    let house = House::open();
    let tab = Tab::of(&house.gateway, &house.name);
    let rows = if is_full_size() { 5_000_000 } else { 30_000 };
    let first = tab.one(&format!(
        "select seq as n, concat('row ', seq) as t from seq_1_to_{rows}"
    ));
    assert_eq!(first["rows"].as_array().unwrap().len(), 500);
    assert_eq!((&first["more"], &first["tag"]), (&json!(true), &Value::Null));
    let second = tab.ask("POST", "/more?rows=10", None).ok();
    assert_eq!(
        (&second["first"], &second["rows_so_far"]),
        (&json!(500), &json!(510))
    );
    assert_eq!(second["rows"][0], json!(["501", "row 501"]));
    let rest = tab.ask("POST", "/rest", None).ok();
    assert_eq!(
        (&rest["rows_so_far"], &rest["tag"]),
        (&json!(rows), &json!(format!("{rows} rows in set")))
    );
    let csv = tab.content(&first["which"], "/file?as=csv").text();
    let expected = (1..=rows).fold("n,t\r\n".to_owned(), |text, n| text + &format!("{n},row {n}\r\n"));
    assert!(csv == expected, "{} and {} bytes", csv.len(), expected.len());
    let lines = tab.content(&first["which"], "/file?as=jsonl").text();
    assert_eq!(
        lines.lines().last().unwrap(),
        format!(r#"{{"n":{rows},"t":"row {rows}"}}"#)
    );

    // A result that is given up in the middle is stopped at the server, and the log has the rows that came.
    let open = tab.one("select seq, repeat('x', 200) from seq_1_to_4000000");
    assert_eq!(open["more"], true);
    assert_eq!(tab.one("select 'next'")["rows"], json!([["next"]]));
    tab.close();
    let log = house.log(&tab.session);
    let of = |part: &str| {
        let found = log.iter().find(|entry| text(&entry["text"]).contains(part));
        found.unwrap_or_else(|| panic!("no {part} in {log:?}")).clone()
    };
    let given_up = of("4000000");
    let rows = given_up["rows"].as_i64().unwrap();
    assert!((500..3_000_000).contains(&rows), "{given_up}");
    assert_eq!(given_up["detail"]["error"]["code"], "1317");
    // The entry leads to the same rows.
    let by_entry = json!(of("as t from")["seq"].to_string());
    assert!(tab.content(&by_entry, "/file?as=csv").text() == csv);
}

#[test]
fn a_huge_value_of_mariadb_is_cut_alone_and_its_file_is_byte_identical() {
    let house = House::open();
    let tab = Tab::of(&house.gateway, &house.name);
    // Longer than a packet of the protocol.
    let times = if is_full_size() { 12_500_000 } else { 1_200_000 };
    let sql = format!("select 'before' as a, repeat('0123456789abcdef', {times}) as b, unhex('00ff41') as c");
    let result = tab.one(&sql);
    let total = 16 * times;
    let row = &result["rows"][0];
    assert_eq!((&row[0], &row[2]), (&json!("before"), &json!("0x00ff41")));
    assert_eq!(
        (&row[1]["total"], &row[1]["cut"]),
        (&json!(total), &json!("value"))
    );
    let file = tab.content(&result["which"], "/value?row=0&column=1");
    assert_eq!(file.status, 200, "{}", file.text());
    assert!(file.body == "0123456789abcdef".repeat(times).into_bytes());
    assert_eq!(
        tab.content(&result["which"], "/value?row=0&column=2").body,
        b"\x00\xffA"
    );
    tab.close();

    // The same for a native client, from its entry in the log.
    let words = ["--max-allowed-packet=1G", "-BN", "-e", &sql];
    let printed = run(house.client("mariadb").args(words).arg(&house.name), "");
    assert_eq!(printed.code, 0, "{}", printed.err);
    let session = house.last_session();
    let log = house.log(&session);
    let entry = log.iter().find(|entry| text(&entry["text"]) == sql).unwrap();
    let path = format!(
        "/v1/sessions/{session}/results/{}/value?row=0&column=1",
        entry["seq"]
    );
    let file = house.gateway.ask("GET", &path, None).answer();
    assert!(file.body == "0123456789abcdef".repeat(times).into_bytes());
}

#[test]
fn a_statement_on_mariadb_is_cancelled_and_the_connection_goes_on() {
    let house = House::open();
    let tab = Tab::of(&house.gateway, &house.name);
    let result = thread::scope(|scope| {
        let running = scope.spawn(|| tab.one("select sleep(600), count(*) from information_schema.columns"));
        house.wait_for_sleep();
        assert_eq!(tab.ask("POST", "/cancel", None).status, 204);
        running.join().unwrap()
    });
    assert_eq!(result["error"]["code"], "1317", "{result}");
    assert_eq!(tab.one("select 'on'")["rows"], json!([["on"]]));
}

#[test]
fn a_second_run_on_mariadb_shows_the_planted_differences_and_nothing_else() {
    let house = House::open();
    house.direct("create table stock (id int primary key, count int, note varchar(60)); insert into stock select seq, seq, repeat('n', 50) from seq_1_to_5000");
    // Not in the database that the connection began with.
    let asked = format!("use {}; select * from stock where id > 0 order by id", house.name);
    let first = run(house.client("mariadb").args(["-BN", "-e", &asked, "mysql"]), "");
    assert_eq!(first.code, 0, "{first:?}");
    let session = house.last_session();
    let log = house.log(&session);
    let asked = log
        .iter()
        .find(|entry| text(&entry["text"]).starts_with("select *"))
        .unwrap();
    assert_eq!(asked["detail"]["database"], json!(house.name));
    let seq = &asked["seq"];
    house.direct("update stock set count = 100 where id = 3; delete from stock where id = 5; insert into stock values (5001, 1, 'new')");
    let ann = house.gateway.token("ann");
    let again = |session: &str, seq: &Value| {
        let path = format!("/v1/sessions/{session}/activity/{seq}/rerun");
        house
            .gateway
            .ask_as(&ann, "POST", &path, Some(&json!({})))
            .answer()
    };
    let ran = again(&session, seq).ok();
    assert_eq!((&ran["rows"], &ran["error"]), (&json!(5000), &Value::Null));
    let new = text(&ran["session"]);
    assert_eq!(house.gateway.ended(&new)["rerun_of"], json!(session));
    let compared = |left: &str, right: &str| {
        let path = format!("/v1/compare?left={left}&right={right}");
        house.gateway.ask_as(&ann, "GET", &path, None).answer().ok()
    };
    let found = compared(
        &format!("{session}/{seq}"),
        &format!("{new}/{}", text(&ran["which"])),
    );
    let counts = ["rows_same", "rows_added", "rows_removed", "rows_changed"];
    assert_eq!(counts.map(|key| found[key].as_u64().unwrap()), [4998, 1, 1, 1]);
    assert_eq!(found["added"][0]["values"], json!(["5001", "1", "new"]));
    assert_eq!(found["changed"][0]["right"]["values"][1], "100");

    // A person without rights finds nothing.
    let path = format!("/v1/sessions/{session}/activity/{seq}/rerun");
    let refused = house.gateway.post(&path, &json!({}));
    assert_eq!(refused.status, 404, "{}", refused.text());

    // Prepared statements are run again with their parameters, where the log has them as they were.
    let program = r"
k.execute('select 1')
import struct
from pymysql.constants import COMMAND
def prepared(sql, types, values):
    c._execute_command(COMMAND.COM_STMT_PREPARE, sql)
    head = c._read_packet(); head.advance(1); number = head.read_uint32()
    columns, places = head.read_uint16(), head.read_uint16()
    for count in (places, columns):
        for _ in range(count + (count > 0)): c._read_packet()
    c._execute_command(COMMAND.COM_STMT_EXECUTE, struct.pack('<IBIBB', number, 0, 1, 0, 1) + types + values)
    packets = 0
    while packets < 2:
        packets += c._read_packet().is_eof_packet()
prepared('select id, note from stock where id < ? and note > ? order by id', b'\x08\0\xfd\0', struct.pack('<q', 4) + b'\x01a')
prepared('select ? = note from stock where id < 3', b'\xfc\0', b'\x02\0\xff')
";
    let Some(outcome) = python(&house, false, program) else {
        return;
    };
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let session = house.last_session();
    let log = house.log(&session);
    let with = |what: &str| {
        log.iter()
            .find(|entry| text(&entry["text"]).contains(what))
            .unwrap()
    };
    let numbers = with("note > ?");
    assert_eq!(numbers["detail"]["parameters"], json!(["4", "a"]));
    let ran = again(&session, &numbers["seq"]).ok();
    assert_eq!((&ran["rows"], &ran["error"]), (&json!(3), &Value::Null), "{ran}");
    let same = compared(
        &format!("{session}/{}", numbers["seq"]),
        &format!("{}/{}", text(&ran["session"]), text(&ran["which"])),
    );
    assert_eq!(
        (&same["same"], &same["rows_same"]),
        (&json!(true), &json!(3)),
        "{same}"
    );
    let bytes = again(&session, &with("= note")["seq"]);
    assert_eq!((bytes.status, &bytes.json()["code"]), (422, &json!("not_whole")));
}

#[test]
fn with_downloads_switched_off_no_result_of_mariadb_leaves_and_the_preview_stays() {
    let mut house = House::open();
    house.gateway.environment("DISABLE_SESSIONS_DOWNLOAD", "true");
    house.gateway.stop();
    house.gateway.restart();
    let tab = Tab::of(&house.gateway, &house.name);
    let result = tab.one("select repeat('x', 100000)");
    assert_eq!(result["rows"][0][0]["total"], 100_000);
    for path in ["/file?as=csv", "/file?as=jsonl", "/value?row=0&column=0"] {
        let refused = tab.content(&result["which"], path);
        assert_eq!(refused.status, 403);
        assert!(refused.text().contains("DISABLE_SESSIONS_DOWNLOAD"), "{path}");
    }
    let preview = tab.content(&result["which"], "").ok();
    assert_eq!(preview["rows"][0][0]["total"], 100_000);
}
