//! One command or statement as a session: what it prints and how it ends are those of the resource.

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, text},
    mysql,
    pghouse::House,
    program::{PATIENCE, run, until},
    redishouse,
    sshd::Sshd,
};

/// Waits for what the last session has turned out to be.
fn last_is(gateway: &Gateway, verb: &str) -> Value {
    until(PATIENCE, &format!("the last session is `{verb}`"), || {
        let last = gateway.sessions("status=all&limit=1").into_iter().next()?;
        (last["verb"] == verb).then_some(last)
    })
}

#[test]
fn a_command_on_a_host_has_its_input_both_outputs_and_its_status() {
    let (gateway, server) = (Gateway::start(), Sshd::start());
    gateway.furnish(&server, &json!({}));
    let token = gateway.token("ann");
    let exec = |words: &[&str], input: &str| {
        let words = [&["exec", "box", "--"], words].concat();
        run(&mut gateway.cli_as(&token, &words), input)
    };
    let all = exec(&["cat; echo 'to err' >&2; exit 7"], "from in\n");
    assert_eq!(
        (all.code, all.out.as_str(), all.err.as_str()),
        (7, "from in\n", "to err\n"),
        "{all:?}"
    );
    let last = last_is(&gateway, "exec");
    assert_eq!(text(&last["client_interface"]), "cli");
    let shown = gateway.print(&["sessions", "show", &text(&last["session_id"])]);
    assert!(
        shown
            .lines()
            .any(|line| line.split_whitespace().eq(["Verb", "exec"])),
        "{shown}"
    );
    assert_eq!(exec(&["true"], "").code, 0);
    let nowhere = run(
        &mut gateway.cli_as(&token, &["exec", "nowhere", "--", "true"]),
        "",
    );
    assert_eq!(nowhere.code, 255, "{nowhere:?}");
    assert!(nowhere.err.contains("no resource `nowhere`"), "{nowhere:?}");
}

#[test]
fn a_native_command_is_exec_and_a_shell_is_not() {
    let (gateway, server) = (Gateway::start(), Sshd::start());
    gateway.furnish(&server, &json!({}));
    assert_eq!(run(gateway.ssh(&[], "box").arg("exit 3"), "").code, 3);
    let last = last_is(&gateway, "exec");
    let events = gateway.get(&format!(
        "/v1/audit?session={}&limit=100",
        text(&last["session_id"])
    ));
    let events = events["events"].as_array().unwrap();
    let told: Vec<_> = events
        .iter()
        .filter(|event| event["kind"] == "session.verb")
        .collect();
    assert_eq!(told.len(), 1, "{events:?}");
    assert_eq!(run(&mut gateway.ssh(&["-T"], "box"), "exit 4\n").code, 4);
    let shell = gateway.sessions("status=all&limit=1").remove(0);
    assert_ne!(shell["session_id"], last["session_id"]);
    gateway.ended(&text(&shell["session_id"]));
    assert_eq!(gateway.session(&text(&shell["session_id"]))["verb"], "connect");
}

#[test]
fn a_statement_gives_its_result_in_every_form_and_fails_with_the_servers_words() {
    let house = House::open();
    house.direct(
        "create table t (a int, b text); insert into t select n, 'row ' || n from generate_series(1, 1200) n",
    );
    let token = house.gateway.token("ann");
    let exec = |options: &[&str], sql: &str| {
        let words = [options, &["exec", "db", "--database", "postgres", "--", sql]].concat();
        run(&mut house.gateway.cli_as(&token, &words), "")
    };
    let two = "select a, b, null as none from t where a < 3 order by a";
    let table = exec(&[], two);
    assert_eq!(table.out, "a  b      none\n1  row 1\n2  row 2\n", "{table:?}");
    assert_eq!(
        exec(&["-o", "csv"], two).out,
        "a,b,none\r\n1,row 1,\r\n2,row 2,\r\n"
    );
    assert_eq!(
        exec(&["-o", "jsonl"], two).out,
        "{\"a\":1,\"b\":\"row 1\",\"none\":null}\n{\"a\":2,\"b\":\"row 2\",\"none\":null}\n"
    );
    let json: Value = serde_json::from_str(&exec(&["-o", "json"], two).out).unwrap();
    assert_eq!(
        (&json["rows"][1]["a"], &json["tag"]),
        (&json!(2), &json!("SELECT 2"))
    );
    let last = last_is(&house.gateway, "exec");
    assert_eq!(text(&last["client_interface"]), "cli");
    // More than a page.
    let all = exec(&["-o", "csv"], "select a from t order by a");
    assert_eq!(all.out.lines().count(), 1201);
    assert!(all.out.ends_with("1199\r\n1200\r\n"));
    let changed = exec(&[], "delete from t where a > 1000");
    assert_eq!(
        (changed.code, changed.out.as_str(), changed.err.trim()),
        (0, "", "DELETE 200")
    );
    let failed = exec(&[], "select nothing from t");
    assert_eq!((failed.code, failed.out.as_str()), (1, ""), "{failed:?}");
    assert!(
        failed
            .err
            .contains("ERROR 42703: column \"nothing\" does not exist"),
        "{failed:?}"
    );
    let log = house.log(&text(
        &house.gateway.sessions("status=all&limit=1")[0]["session_id"],
    ));
    assert!(log.iter().any(|entry| entry["text"] == "select nothing from t"));
}

#[test]
fn a_statement_on_mariadb_gives_its_result_and_fails_with_the_servers_words() {
    let house = mysql::House::open();
    house.direct(
        "create table t (a int, b text); insert into t select seq, concat('row ', seq) from seq_1_to_1200",
    );
    let token = house.gateway.token("ann");
    let exec = |options: &[&str], sql: &str| {
        let words = [options, &["exec", "db", "--database", &house.name, "--", sql]].concat();
        run(&mut house.gateway.cli_as(&token, &words), "")
    };
    let table = exec(&[], "select a, b, null as none from t where a < 3 order by a");
    assert_eq!(table.out, "a  b      none\n1  row 1\n2  row 2\n", "{table:?}");
    let all = exec(&["-o", "csv"], "select a from t order by a");
    assert_eq!((all.code, all.out.lines().count()), (0, 1201));
    let changed = exec(&[], "delete from t where a > 1000");
    assert_eq!((changed.code, changed.out.as_str()), (0, ""), "{changed:?}");
    assert!(changed.err.contains("200"), "{changed:?}");
    let failed = exec(&[], "select nothing from t");
    assert_eq!((failed.code, failed.out.as_str()), (1, ""), "{failed:?}");
    assert!(
        failed.err.contains("1054") && failed.err.contains("nothing"),
        "{failed:?}"
    );
    let last = last_is(&house.gateway, "exec");
    let log = house.log(&text(&last["session_id"]));
    assert!(log.iter().any(|entry| entry["text"] == "select nothing from t"));
}

#[test]
fn on_redis_one_command_is_refused_with_what_to_do_instead() {
    let house = redishouse::House::open();
    let token = house.gateway.token("ann");
    let refused = run(
        &mut house.gateway.cli_as(&token, &["exec", "db", "--", "get a"]),
        "",
    );
    assert_eq!((refused.code, refused.out.as_str()), (255, ""), "{refused:?}");
    assert!(
        refused.err.contains("`db` takes no single commands") && refused.err.contains("doorward connect db"),
        "{refused:?}"
    );
}
