//! Statements that wait for reviewers: nothing of them reaches the server before, and the client goes on when they are decided.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, text},
    mysql, pghouse,
    program::{PATIENCE, Program, hold_lasts, until},
    redishouse,
};

/// Rules that hold what changes rows, for administrators to decide.
fn rules(timeout_secs: u32) -> Value {
    json!([{
        "name": "four eyes", "hold": ["write"], "review": { "admins": true, "timeout_secs": timeout_secs }
    }])
}

fn hold(gateway: &Gateway, rules: &Value) {
    gateway.apply(&json!([{ "kind": "profile", "name": "usual", "spec": { "statements": rules } }]));
}

/// Waits for the request about a statement.
pub(crate) fn pending(gateway: &Gateway) -> Value {
    until(PATIENCE, "a statement is held", || {
        let list = gateway.get("/v1/approvals?kind=statement");
        list["approvals"].as_array().unwrap().first().cloned()
    })
}

pub(crate) fn vote(gateway: &Gateway, approval: &Value, ballot: &str, comment: &str) {
    let path = format!("/v1/approvals/{}:{ballot}", text(&approval["id"]));
    gateway.post(&path, &json!({ "comment": comment })).ok();
}

/// Gives where a request stands.
pub(crate) fn state(gateway: &Gateway, approval: &Value) -> String {
    text(&gateway.get(&format!("/v1/approvals/{}", text(&approval["id"])))["state"])
}

/// Presses Ctrl-C.
fn interrupt(program: &Program) {
    let kill = Command::new("kill")
        .args(["-INT", &program.pid().to_string()])
        .status();
    assert!(kill.unwrap().success());
}

fn pg() -> pghouse::House {
    let house = pghouse::House::open();
    house.direct("create table t (a int); insert into t values (1), (2), (3)");
    hold(&house.gateway, &rules(600));
    house
}

fn psql(house: &pghouse::House) -> Program {
    Program::start(house.client("psql").args(["-XAtq", "-v", "VERBOSITY=verbose"]))
}

#[test]
fn a_held_delete_of_psql_goes_on_within_a_second_of_its_approval() {
    let house = pg();
    let mut client = psql(&house);
    client.say("delete from t where a = 1;\nselect count(*) from t;\n");
    let approval = pending(&house.gateway);
    assert_eq!(
        (
            text(&approval["content"]),
            &approval["detail"]["statement"],
            text(&approval["rule"])
        ),
        (
            "delete from t where a = 1".to_owned(),
            &json!(1),
            "four eyes".to_owned()
        )
    );
    client
        .err
        .wait_for("doorward: held by rule `four eyes` until an administrator approves it");
    // The session says so, in the list as well; other connections go on.
    let session = text(&approval["session_id"]);
    for shown in [
        house.gateway.session(&session)["hold"].clone(),
        house.gateway.sessions("status=active")[0]["hold"].clone(),
    ] {
        assert_eq!(
            (text(&shown["state"]), &shown["approval_id"], &shown["statement"]),
            ("awaiting_action_approval".to_owned(), &approval["id"], &json!(1))
        );
        assert!(!shown["since"].is_null());
    }
    let shown = house.gateway.print(&["sessions", "show", &session]);
    assert!(shown.contains("four eyes"), "{shown}");
    assert_eq!(house.psql("select 'another'").out.trim(), "another");
    hold_lasts();
    assert_eq!(house.direct("select count(*) from t"), "3");
    vote(&house.gateway, &approval, "approve", "go on");
    let voted = Instant::now();
    let answered = client.out.wait_for("2\n");
    assert!(answered.saturating_duration_since(voted) < Duration::from_secs(1));
    client.close_input();
    assert!(client.ended().success());
    assert!(house.gateway.session(&session)["hold"].is_null());
    let log = house.log(&session);
    assert_eq!(text(&log[0]["text"]), "delete from t where a = 1");
    assert_eq!(log[0]["detail"]["approved"]["rule"], "four eyes", "{}", log[0]);
    assert!(!text(&log[0]["detail"]["approved"]["by"]).is_empty());
}

#[test]
fn a_denial_a_time_out_and_ctrl_c_are_errors_that_leave_the_connection_usable() {
    let house = pg();
    let mut client = psql(&house);
    client.say("delete from t;\nselect 'after the denial';\n");
    vote(
        &house.gateway,
        &pending(&house.gateway),
        "deny",
        "not on a Monday",
    );
    client.out.wait_for("after the denial\n");
    let said = client.err.text();
    assert!(
        said.contains("ERROR:  42501: doorward: denied by ")
            && said.contains("not on a Monday (rule `four eyes`)"),
        "{said}"
    );
    client.say("update t set a = 4;\n");
    let approval = pending(&house.gateway);
    interrupt(&client);
    client
        .err
        .wait_for("57014: doorward: canceling statement due to user request");
    assert_eq!(state(&house.gateway, &approval), "revoked");
    // A script ends with it.
    client.ended();

    hold(&house.gateway, &rules(1));
    let mut client = psql(&house);
    client.say("delete from t;\nselect 'after the time';\n");
    client.out.wait_for("after the time\n");
    let said = client.err.text();
    assert!(
        said.contains("42501: doorward: no reviewer answered in time"),
        "{said}"
    );
    assert_eq!(house.direct("select count(*) from t"), "3");
}

#[test]
fn what_is_held_is_withdrawn_when_its_client_or_its_session_goes() {
    let house = pg();
    let mut client = psql(&house);
    client.say("delete from t;\n");
    let approval = pending(&house.gateway);
    client.kill();
    until(PATIENCE, "the request is withdrawn", || {
        (state(&house.gateway, &approval) == "revoked").then_some(())
    });
    let mut client = psql(&house);
    client.say("delete from t;\n");
    let approval = pending(&house.gateway);
    let path = format!("/v1/sessions/{}:terminate", text(&approval["session_id"]));
    house.gateway.post(&path, &json!({})).ok();
    client.out.wait_closed();
    assert!(client.err.text().contains("57P01"), "{}", client.err.text());
    assert_eq!(state(&house.gateway, &approval), "revoked");
    assert_eq!(house.direct("select count(*) from t"), "3");
}

#[test]
fn what_is_approved_during_a_lock_is_sent_when_it_is_lifted() {
    let house = pg();
    let mut client = psql(&house);
    client.say("delete from t where a = 2;\nselect 'done';\n");
    let approval = pending(&house.gateway);
    let order = |verb: &str| {
        let path = format!("/v1/sessions/{}:{verb}", text(&approval["session_id"]));
        house.gateway.post(&path, &json!({})).ok();
    };
    order("lock");
    vote(&house.gateway, &approval, "approve", "");
    assert_eq!(house.direct("select count(*) from t"), "3");
    order("unlock");
    client.out.wait_for("done\n");
    assert_eq!(house.direct("select count(*) from t"), "2");
}

#[test]
fn a_held_delete_of_mysql_goes_on_or_is_an_error_and_kill_takes_it_back() {
    let house = mysql::House::open();
    house.direct("create table t (a int); insert into t values (1), (2), (3)");
    hold(&house.gateway, &rules(600));
    let mut client = Program::start(house.client("mariadb").args(["-n", "-f", "-BN", &house.name]));
    client.say("delete from t where a = 1;\nselect count(*) from t;\n");
    let approval = pending(&house.gateway);
    assert_eq!(text(&approval["content"]), "delete from t where a = 1");
    hold_lasts();
    assert_eq!(house.direct("select count(*) from t"), "3");
    vote(&house.gateway, &approval, "approve", "");
    let voted = Instant::now();
    let answered = client.out.wait_for("2\n");
    assert!(answered.saturating_duration_since(voted) < Duration::from_secs(1));
    client.say("delete from t;\nselect 'after the denial';\n");
    vote(&house.gateway, &pending(&house.gateway), "deny", "never");
    client.out.wait_for("after the denial\n");
    let said = client.err.text();
    assert!(
        said.contains("ERROR 1227 (42000)")
            && said.contains("doorward: denied by ")
            && said.contains("never (rule `four eyes`)"),
        "{said}"
    );
    client.say("select connection_id() is not null;\ndelete from t;\nselect 'after the interrupt';\n");
    let approval = pending(&house.gateway);
    interrupt(&client);
    client.err.wait_for("ERROR 1317 (70100)");
    client.out.wait_for("after the interrupt\n");
    assert_eq!(state(&house.gateway, &approval), "revoked");
    client.close_input();
    client.ended();
    assert_eq!(house.direct("select count(*) from t"), "2");
}

#[test]
fn a_held_command_of_redis_goes_on_or_is_an_error_and_is_withdrawn_when_its_client_goes() {
    let house = redishouse::House::with(&rules(600));
    house.direct(&["mset", "a", "1", "b", "1"]);
    let mut client = Program::start(&mut house.client());
    client.say("get a\ndel a\nexists a b\n");
    let approval = pending(&house.gateway);
    let asked = (text(&approval["content"]), &approval["detail"]["statement"]);
    assert_eq!(
        asked,
        ("del a".to_owned(), &json!(3)),
        "behind `COMMAND DOCS` and `get a`"
    );
    let session = text(&approval["session_id"]);
    let shown = house.gateway.session(&session)["hold"].clone();
    assert_eq!(
        (text(&shown["state"]), &shown["approval_id"]),
        ("awaiting_action_approval".to_owned(), &approval["id"])
    );
    hold_lasts();
    assert_eq!(house.direct(&["exists", "a", "b"]), "2");
    vote(&house.gateway, &approval, "approve", "go on");
    let voted = Instant::now();
    let answered = client.out.wait_for("1\n1\n1\n");
    assert!(answered.saturating_duration_since(voted) < Duration::from_secs(1));
    client.say("multi\nget b\ndel b\n");
    vote(
        &house.gateway,
        &pending(&house.gateway),
        "deny",
        "not on a Monday",
    );
    client.out.wait_for("not on a Monday (rule `four eyes`)");
    client.say("exec\nget b\n");
    client.out.wait_for("EXECABORT");
    client.say("set c 1\n");
    let approval = pending(&house.gateway);
    client.kill();
    until(PATIENCE, "the request is withdrawn", || {
        (state(&house.gateway, &approval) == "revoked").then_some(())
    });
    assert_eq!(house.direct(&["exists", "b", "c"]), "1");
    let log = house.log(&session);
    let of = |command: &str| log.iter().find(|entry| entry["text"] == command).unwrap();
    assert_eq!(of("del a")["detail"]["approved"]["rule"], "four eyes", "{log:?}");
    assert_eq!(of("del b")["detail"]["refused"], "four eyes", "{log:?}");
    assert!(!log.iter().any(|entry| entry["text"] == "set c 1"), "{log:?}");
}
