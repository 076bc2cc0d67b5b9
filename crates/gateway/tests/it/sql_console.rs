//! The SQL console's API against a real server: what a page would do, and what the log then has.

use std::{thread, time::Duration};

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, text},
    http::Answer,
    pghouse::House,
    program::{PATIENCE, is_full_size, until},
};

/// A tab of the console.
pub(crate) struct Tab<'a> {
    gateway: &'a Gateway,
    token: String,
    pub(crate) session: String,
}

impl<'a> Tab<'a> {
    pub(crate) fn open(house: &'a House) -> Self {
        Self::of(&house.gateway, "postgres")
    }

    /// Opens a tab of `ann` on the resource `db`.
    pub(crate) fn of(gateway: &'a Gateway, database: &str) -> Self {
        let token = gateway.token("ann");
        let wish = json!({ "resource": "db", "database": database });
        let opened = gateway
            .ask_as(&token, "POST", "/v1/portal/sql", Some(&wish))
            .answer()
            .ok();
        assert_eq!(opened["database"], database);
        Self {
            gateway,
            token,
            session: text(&opened["session"]),
        }
    }

    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let path = format!("/v1/portal/sql/{}{path}", self.session);
        self.gateway.ask_as(&self.token, method, &path, body).answer()
    }

    /// Runs a text; gives the documents that were said.
    pub(crate) fn run(&self, sql: &str) -> Vec<Value> {
        let said = self.ask("POST", "/run", Some(&json!({ "text": sql })));
        assert_eq!(said.status, 200, "{}", said.text());
        let text = said.text();
        let lines = text.lines().filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Runs a text of one statement; gives what came of it.
    pub(crate) fn one(&self, sql: &str) -> Value {
        let said = self.run(sql);
        let mut results = said.into_iter().filter(|said| said["type"] == "result");
        let result = results.next().expect("a result");
        assert!(results.next().is_none(), "one result");
        result
    }

    pub(crate) fn content(&self, which: &Value, rest: &str) -> Answer {
        let which = which.as_str().unwrap();
        let path = format!("/v1/sessions/{}/results/{which}{rest}", self.session);
        self.gateway.ask_as(&self.token, "GET", &path, None).answer()
    }

    pub(crate) fn close(&self) {
        assert_eq!(self.ask("DELETE", "", None).status, 204);
        self.gateway.ended(&self.session);
    }
}

#[test]
fn a_console_answers_as_the_server_does_and_is_on_the_log_as_psql_is() {
    let house = House::open();
    let tab = Tab::open(&house);
    let record = until(PATIENCE, "the session is active", || {
        Some(house.gateway.session(&tab.session)).filter(|record| record["state"] == "active")
    });
    assert_eq!(record["client_interface"], "web");
    let said = tab.run("select 1 as one, null as none, 'ü' as text, true as yes; select 'b'; -- the end");
    let kinds: Vec<_> = said.iter().map(|said| text(&said["type"])).collect();
    assert_eq!(kinds, ["statement", "result", "statement", "result", "end"]);
    assert_eq!(said[1]["rows"], json!([["1", null, "ü", "t"]]));
    assert_eq!(
        said[1]["columns"][0],
        json!({ "name": "one", "type": "integer", "nature": "whole" })
    );
    assert_eq!(said[1]["tag"], "SELECT 1");
    assert_eq!((&said[2]["from"], &said[2]["to"]), (&json!(57), &json!(67)));
    let end = said.last().unwrap();
    assert_eq!(
        (&end["transaction"], &end["ended"]),
        (&json!("none"), &Value::Null)
    );

    // A failure says where, and stops what comes behind it.
    let said = tab.run("create table t (a int); select nothing from t; drop table t");
    let kinds: Vec<_> = said.iter().map(|said| text(&said["type"])).collect();
    assert_eq!(kinds, ["statement", "result", "statement", "result", "end"]);
    assert_eq!(said[3]["error"]["code"], "42703");
    assert_eq!(said[3]["error"]["position"], 8);
    assert_eq!(
        house.direct("select count(*) from pg_tables where tablename = 't'"),
        "1"
    );

    let notice = tab.one("do $$ begin raise notice 'a % notice', 'small'; end $$");
    assert_eq!(notice["notices"][0]["message"], "a small notice");

    // Transactions are the person's own.
    let said = tab.run("begin; insert into t values (1), (2)");
    assert_eq!(said.last().unwrap()["transaction"], "open");
    assert_eq!(said[3]["tag"], "INSERT 0 2");
    let said = tab.run("gibberish");
    assert_eq!(said.last().unwrap()["transaction"], "failed");
    assert_eq!(tab.run("rollback").last().unwrap()["transaction"], "none");
    assert_eq!(tab.one("select count(*) from t")["rows"], json!([["0"]]));

    let copy = tab.one("copy t from stdin");
    assert!(
        text(&copy["error"]["message"]).contains("use a native client"),
        "{copy}"
    );
    assert_eq!(
        tab.one("copy (select 1, 2) to stdout")["rows"],
        json!([["1\t2\n"]])
    );

    let names = tab.ask("GET", "/names", None).ok();
    let tables = names["tables"].as_array().unwrap();
    assert!(
        tables
            .iter()
            .any(|table| table["name"] == "t" && table["columns"] == json!(["a"])),
        "{names}"
    );
    let plan = tab.ask(
        "POST",
        "/run",
        Some(&json!({ "text": "select * from t", "explain": "plan" })),
    );
    assert!(plan.text().contains("Seq Scan"), "{}", plan.text());

    tab.close();
    let log: Vec<_> = house
        .log(&tab.session)
        .into_iter()
        .map(|entry| {
            (
                text(&entry["text"]),
                entry["outcome"].clone(),
                entry["rows"].clone(),
            )
        })
        .filter(|(text, ..)| !text.contains("doorward: names") && !text.contains("current_database"))
        .collect();
    let expected = [
        ("select 1 as one, null as none, 'ü' as text, true as yes", "ok", 1),
        ("select 'b'", "ok", 1),
        ("create table t (a int)", "ok", 0),
        ("select nothing from t", "failed", 0),
        ("do $$ begin raise notice 'a % notice', 'small'; end $$", "ok", 0),
        ("begin", "ok", 0),
        ("insert into t values (1), (2)", "ok", 2),
        ("gibberish", "failed", 0),
        ("rollback", "ok", 0),
        ("select count(*) from t", "ok", 1),
        ("copy t from stdin", "failed", 0),
        ("copy (select 1, 2) to stdout", "ok", 1),
        ("EXPLAIN (FORMAT JSON) select * from t", "ok", 1),
    ];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(text, outcome, rows)| (text.to_owned(), json!(outcome), json!(rows)))
        .collect();
    assert_eq!(log, expected);
}

#[test]
fn a_result_of_any_length_is_read_page_by_page_and_leaves_as_a_whole() {
    let house = House::open();
    let tab = Tab::open(&house);
    let rows = if is_full_size() { 5_000_000 } else { 30_000 };
    let first = tab.one(&format!(
        "select g as n, 'row ' || g as t from generate_series(1, {rows}) g"
    ));
    assert_eq!(first["rows"].as_array().unwrap().len(), 500);
    assert_eq!((&first["more"], &first["tag"]), (&json!(true), &Value::Null));
    let second = tab.ask("POST", "/more?rows=10", None).ok();
    assert_eq!(
        (&second["first"], &second["rows_so_far"]),
        (&json!(500), &json!(510))
    );
    assert_eq!(second["rows"][0], json!(["501", "row 501"]));
    // What was read is on the recording already, while the rest is still to come.
    let recorded = tab.content(&first["which"], "?from=505&limit=3").ok();
    assert_eq!(
        recorded["rows"],
        json!([["506", "row 506"], ["507", "row 507"], ["508", "row 508"]])
    );
    let rest = tab.ask("POST", "/rest", None).ok();
    assert_eq!(
        (&rest["rows_so_far"], &rest["tag"]),
        (&json!(rows), &json!(format!("SELECT {}", rows - 510)))
    );
    assert_eq!(rest["rows"], json!([]));
    let again = tab.ask("POST", "/more", None);
    assert_eq!(
        (again.status, &again.json()["code"]),
        (409, &json!("nothing_open"))
    );

    let csv = tab.content(&first["which"], "/file?as=csv");
    assert_eq!(csv.status, 200, "{}", csv.text());
    assert!(
        csv.header("content-disposition")
            .unwrap()
            .starts_with("attachment")
    );
    let csv = csv.text();
    let expected = (1..=rows).fold("n,t\r\n".to_owned(), |text, n| text + &format!("{n},row {n}\r\n"));
    assert!(csv == expected, "{} and {} bytes", csv.len(), expected.len());
    let lines = tab.content(&first["which"], "/file?as=jsonl").text();
    assert_eq!(lines.lines().count(), rows);
    assert_eq!(
        lines.lines().last().unwrap(),
        format!(r#"{{"n":{rows},"t":"row {rows}"}}"#)
    );

    // A result that is given up in the middle is answered in the log, with the rows that came.
    let open = tab.one("select generate_series(1, 100000)");
    assert_eq!(open["more"], true);
    assert_eq!(tab.one("select 'next'")["rows"], json!([["next"]]));
    tab.close();
    let log = house.log(&tab.session);
    let of = |part: &str| {
        let found = log.iter().find(|entry| text(&entry["text"]).contains(part));
        found.unwrap_or_else(|| panic!("no {part} in {log:?}")).clone()
    };
    let whole = of("as t from");
    assert_eq!(whole["rows"], rows);
    let given_up = of("100000");
    assert_eq!(
        (&given_up["rows"], &given_up["outcome"]),
        (&json!(500), &json!("ok"))
    );
    assert_eq!(given_up["detail"]["suspended"], true);
    // The entry leads to the same rows.
    let by_entry = json!(whole["seq"].to_string());
    assert!(tab.content(&by_entry, "/file?as=csv").text() == csv);
}

#[test]
fn a_huge_value_is_cut_alone_and_its_file_is_byte_identical() {
    let house = House::open();
    let tab = Tab::open(&house);
    let times = if is_full_size() { 12_000_000 } else { 2_000_000 };
    let result = tab.one(&format!(
        "select 'before' as a, repeat('0123456789abcdéf', {times}) as b, 'after' as c union all select 'x', 'y', 'z'"
    ));
    let total = 17 * times;
    assert_eq!(result["rows"][0][0], "before");
    assert_eq!(result["rows"][0][2], "after");
    assert_eq!(result["rows"][1], json!(["x", "y", "z"]));
    let cut = &result["rows"][0][1];
    assert_eq!((&cut["total"], &cut["cut"]), (&json!(total), &json!("value")));
    let shown = text(&cut["text"]);
    assert!(shown.len() <= 4096 && shown.len() > 4000, "{}", shown.len());
    let file = tab.content(&result["which"], "/value?row=0&column=1");
    assert_eq!(file.status, 200, "{}", file.text());
    assert_eq!(file.header("content-length"), Some(total.to_string().as_str()));
    assert!(
        file.body == "0123456789abcdéf".repeat(times).into_bytes(),
        "byte by byte"
    );
    let missing = tab.content(&result["which"], "/value?row=7&column=1");
    assert_eq!(missing.status, 404);
    tab.close();

    // The same for a native client, from its entry in the log.
    let printed = house.psql("select 1; select repeat('xy', 3000000) as long, 2 as n");
    assert_eq!(printed.code, 0, "{printed:?}");
    let session = house.last_session();
    let log = house.log(&session);
    let entry = &log[1];
    let path = format!("/v1/sessions/{session}/results/{}", entry["seq"]);
    let rows = house.gateway.get(&path);
    assert_eq!(rows["rows"][0][0]["total"], 6_000_000);
    assert_eq!(rows["rows"][0][1], "2");
    let file = house
        .gateway
        .ask("GET", &format!("{path}/value?row=0&column=0"), None)
        .answer();
    assert!(file.body == "xy".repeat(3_000_000).into_bytes());
    let exported = house.gateway.get("/v1/audit?kind=recording.exported&limit=10");
    assert!(!exported["events"].as_array().unwrap().is_empty(), "{exported}");
}

#[test]
fn with_downloads_switched_off_no_result_leaves_and_the_preview_stays() {
    let mut house = House::open();
    house.gateway.environment("DISABLE_SESSIONS_DOWNLOAD", "true");
    house.gateway.stop();
    house.gateway.restart();
    let tab = Tab::open(&house);
    let result = tab.one("select repeat('x', 100000)");
    assert_eq!(result["rows"][0][0]["total"], 100_000);
    for path in ["/file?as=csv", "/file?as=jsonl", "/value?row=0&column=0"] {
        let refused = tab.content(&result["which"], path);
        assert_eq!(
            (refused.status, &refused.json()["code"]),
            (403, &json!("downloads_disabled"))
        );
        assert!(refused.text().contains("DISABLE_SESSIONS_DOWNLOAD"), "{path}");
    }
    assert_eq!(
        tab.content(&result["which"], "").ok()["rows"][0][0]["total"],
        100_000
    );
}

#[test]
fn a_statement_of_the_console_is_cancelled_and_the_connection_goes_on() {
    let house = House::open();
    let tab = Tab::open(&house);
    let began = std::time::Instant::now();
    let result = thread::scope(|scope| {
        let running = scope.spawn(|| tab.one("select pg_sleep(60)"));
        until(PATIENCE, "it runs", || {
            let running = house.direct("select count(*) from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'");
            (running == "1").then_some(())
        });
        let busy = tab.ask("POST", "/run", Some(&json!({ "text": "select 1" })));
        assert!(
            busy.text().contains("a statement is running already"),
            "{}",
            busy.text()
        );
        assert_eq!(tab.ask("POST", "/cancel", None).status, 204);
        running.join().unwrap()
    });
    assert!(began.elapsed() < Duration::from_secs(40));
    assert_eq!(result["error"]["code"], "57014");
    assert_eq!(tab.one("select 'on'")["rows"], json!([["on"]]));
}

#[test]
fn only_who_opened_it_uses_a_tab_and_rules_hold_for_it() {
    let house = House::open();
    let tab = Tab::open(&house);
    let other = house.gateway.token("ann");
    for token in [&other, &house.gateway.admin] {
        let path = format!("/v1/portal/sql/{}", tab.session);
        assert_eq!(
            house.gateway.ask_as(token, "GET", &path, None).answer().status,
            404
        );
    }
    // Who has no rule for the resource does not see that there is one.
    let wish = json!({ "resource": "db", "database": "postgres" });
    let refused = house.gateway.ask("POST", "/v1/portal/sql", Some(&wish)).answer();
    assert_eq!(refused.status, 404);
    house.gateway.apply(&json!([
        { "kind": "profile", "name": "usual", "spec": { "allow": ["shell"] } }
    ]));
    let refused = house
        .gateway
        .ask_as(&other, "POST", "/v1/portal/sql", Some(&wish))
        .answer();
    assert_eq!(refused.status, 403, "{}", refused.text());
    // An end from outside is told in the answer.
    let ended = house.gateway.post(
        &format!("/v1/sessions/{}:terminate", tab.session),
        &json!({ "reason": "enough" }),
    );
    assert!(ended.status < 300, "{}", ended.text());
    house.gateway.ended(&tab.session);
    let gone = tab.ask("POST", "/run", Some(&json!({ "text": "select 1" })));
    assert_eq!(
        (gone.status, &gone.json()["code"]),
        (410, &json!("session_ended"))
    );
}

#[test]
fn a_second_run_shows_the_planted_differences_and_nothing_else() {
    let house = House::open();
    house.direct("create table stock (id int, count int, note text); insert into stock select g, g, repeat('n', 50) from generate_series(1, 5000) g");
    // The first run is that of a native client, with a parameter.
    let first = house.psql("select * from stock where id > 0 order by id");
    assert_eq!(first.code, 0, "{first:?}");
    let session = house.last_session();
    let seq = house.log(&session)[0]["seq"].clone();
    house.direct("update stock set count = 100 where id = 3; delete from stock where id = 5; insert into stock values (5001, 1, 'new')");
    let ann = house.gateway.token("ann");
    let path = format!("/v1/sessions/{session}/activity/{seq}/rerun");
    let again = house
        .gateway
        .ask_as(&ann, "POST", &path, Some(&json!({})))
        .answer()
        .ok();
    assert_eq!((&again["rows"], &again["error"]), (&json!(5000), &Value::Null));
    let new = text(&again["session"]);
    let record = house.gateway.ended(&new);
    assert_eq!(
        (&record["rerun_of"], &record["user"]["name"]),
        (&json!(session), &json!("ann"))
    );
    let compared = house.gateway.ask_as(
        &ann,
        "GET",
        &format!(
            "/v1/compare?left={session}/{seq}&right={new}/{}",
            text(&again["which"])
        ),
        None,
    );
    let found = compared.answer().ok();
    let counts = [
        "rows_left",
        "rows_right",
        "rows_same",
        "rows_added",
        "rows_removed",
        "rows_changed",
    ];
    let counts: Vec<_> = counts.iter().map(|key| found[*key].as_u64().unwrap()).collect();
    assert_eq!(counts, [5000, 5000, 4998, 1, 1, 1]);
    assert_eq!(
        (&found["same"], &found["complete"], &found["key"]),
        (&json!(false), &json!(true), &json!(["id"]))
    );
    assert_eq!(found["added"][0]["values"], json!(["5001", "1", "new"]));
    assert_eq!(found["removed"][0]["values"][0], "5");
    assert_eq!(found["changed"][0]["left"]["values"][1], "3");
    assert_eq!(found["changed"][0]["right"]["values"][1], "100");
    let same = house
        .gateway
        .get(&format!("/v1/compare?left={session}/{seq}&right={session}/{seq}"));
    assert_eq!(same["same"], true);

    // The audit log says whose statement it was.
    let created = house
        .gateway
        .get("/v1/audit?kind=session.created&limit=50")
        .to_string();
    assert!(
        created.contains(&format!("\"rerun_of\":\"{session}\"")),
        "{created}"
    );

    // Who may see the entry and not use the resource runs nothing; who may not see it finds nothing.
    let refused = house.gateway.post(&path, &json!({}));
    assert_eq!(refused.status, 404, "{}", refused.text());
    house.gateway.apply(&json!([
        { "kind": "user", "name": "bob", "spec": { "password": crate::gateway::PASSWORD } }
    ]));
    let bob = house.gateway.token("bob");
    let hidden = house
        .gateway
        .ask_as(&bob, "POST", &path, Some(&json!({})))
        .answer();
    assert_eq!(hidden.status, 404);
}

#[test]
fn the_query_log_leaves_as_lines_and_as_a_table() {
    let house = House::open();
    for sql in ["select 1; select 'two'", "select \"nothing\""] {
        house.psql(sql);
        let session = house.last_session();
        house.log(&session);
    }
    let session = house.last_session();
    let lines = |words: &[&str]| -> Vec<Value> {
        let printed = house.gateway.print(words);
        printed
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let one = lines(&["sessions", "queries", &session]);
    assert_eq!(one.len(), 1);
    assert_eq!(
        (&one[0]["statement"], &one[0]["outcome"]),
        (&json!("select \"nothing\""), &json!("failed"))
    );
    assert_eq!(one[0]["error"]["code"], "42703");
    let all = lines(&["sessions", "queries", "--user", "ann", "--resource", "db"]);
    assert_eq!(all.len(), 3);
    assert!(
        all.iter()
            .all(|line| line["user"] == "ann" && line["resource"] == "db")
    );
    let table = house.gateway.print(&["sessions", "queries", "--as", "csv"]);
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(
        table.contains("\"select \"\"nothing\"\"\"") && table.contains(",42703,"),
        "{table}"
    );
    let result = house.gateway.run(&["sessions", "result", &session, "1"]);
    assert_eq!(result.code, 5, "a statement that failed has no rows: {result:?}");
}

#[test]
fn a_statement_whose_rows_are_not_recorded_has_none_to_show() {
    let house = House::open();
    house.gateway.apply(&json!([
        { "kind": "profile", "name": "usual", "spec": { "recording": "interactive" } }
    ]));
    assert_eq!(house.psql("select 4711").code, 0);
    let session = house.last_session();
    let seq = house.log(&session)[0]["seq"].clone();
    let path = format!("/v1/sessions/{session}/results/{seq}");
    let none = house.gateway.ask("GET", &path, None).answer();
    assert_eq!((none.status, &none.json()["code"]), (404, &json!("no_result")));
}
