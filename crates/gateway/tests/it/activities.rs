//! Activities: what is done on a resource for a session is there exactly while the session is.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, PASSWORD, text},
    mysql,
    pghouse::House,
    pgserver::client,
    program::{Outcome, PATIENCE, Program, run, until},
    sshd::{Sshd, whoami},
};

/// What a session of the activity `reader` begins with.
fn steps() -> Value {
    json!([
        { "do": "create_account" },
        { "do": "grant", "privileges": ["select"], "on": "tables public" },
        { "do": "join_group", "group": "readers" },
        { "do": "run", "command": "COMMENT ON ROLE {account} IS {user}" },
    ])
}

/// A house whose `ann` gets a role of her own: `ann:reader@db`.
fn house(before: &Value, more: &Value) -> House {
    let house = House::open();
    house.direct("CREATE TABLE orders AS SELECT 42 AS number; CREATE ROLE readers");
    let mut spec = json!({ "type": "postgres", "administrator": "app", "before": before });
    for (key, value) in more.as_object().unwrap() {
        spec[key] = value.clone();
    }
    house.gateway.apply(&json!([
        { "kind": "activity", "name": "reader", "spec": spec },
        { "kind": "access_rule", "name": "temporary", "spec": {
            "users": ["ann"], "resources": { "names": ["db"] }, "activity": "reader" } },
    ]));
    house
}

/// Runs a statement as `ann` with the role of her session.
fn ask(house: &House, sql: &str) -> Outcome {
    run(as_reader(house).args(["-XAtc", sql]), "")
}

fn as_reader(house: &House) -> Command {
    client("psql", house.port, "ann:reader@db", PASSWORD)
}

/// Counts the roles that sessions have.
fn roles(house: &House) -> String {
    house.direct("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'dw\\_%'")
}

fn gone(house: &House) {
    until(PATIENCE, "the role is gone", || {
        (roles(house) == "0").then_some(())
    });
}

/// Lists the kinds of a session's audit events, oldest first.
fn audit(gateway: &Gateway, session: &str) -> Vec<String> {
    let page = gateway.get(&format!("/v1/audit?session={session}&limit=200"));
    let events = page["events"].as_array().unwrap().iter().rev();
    events.map(|event| text(&event["kind"])).collect()
}

#[test]
fn a_database_role_exists_exactly_while_its_session_does() {
    let house = house(&steps(), &json!({ "description": "Reads orders" }));
    let outcome = ask(
        &house,
        "SELECT current_user, number, pg_has_role('readers', 'MEMBER'), \
         shobj_description(current_user::regrole, 'pg_authid') FROM orders",
    );
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let row: Vec<_> = outcome.out.trim().split('|').collect();
    assert!(row[0].starts_with("dw_ann_"), "{row:?}");
    assert_eq!(row[1..], ["42", "t", "ann"]);
    let id = house.last_session();
    let session = house.gateway.ended(&id);
    assert_eq!(
        roles(&house),
        "0",
        "the session is over when what was done for it is taken back"
    );
    assert_eq!(session["state"], "completed", "{session:#}");
    assert_eq!(
        (&session["account"], &session["activity"]["name"]),
        (&json!(row[0]), &json!("reader"))
    );
    let kinds = audit(&house.gateway, &id);
    let of = |kind: &str| kinds.iter().filter(|one| *one == kind).count();
    assert_eq!((of("step.done"), of("step.undone")), (4, 4), "{kinds:?}");
    // The administrator's secret was taken out twice, and that is on record.
    assert_eq!(of("secret.used"), 2, "{kinds:?}");
    // What the role may not do it cannot: it is no administrator.
    let outcome = ask(&house, "DELETE FROM orders");
    assert!(outcome.err.contains("permission denied"), "{outcome:?}");
    gone(&house);
    // The password is in no log, here or on the server.
    let log = house.gateway.log();
    assert!(!log.contains("SCRAM-SHA-256$"), "{log}");
}

#[test]
fn a_role_goes_when_the_gateway_was_killed() {
    let mut house = house(&steps(), &json!({}));
    let mut psql = Program::start(as_reader(&house).args(["-XAtq"]));
    psql.say("select 'ready';\n");
    psql.out.wait_for("ready");
    assert_eq!(roles(&house), "1");
    let id = house.last_session();
    house.gateway.kill();
    assert_eq!(roles(&house), "1", "nobody was there to take it back");
    let restarted = Instant::now();
    house.gateway.restart();
    gone(&house);
    println!("the role was gone {:?} after the restart", restarted.elapsed());
    let session = house.gateway.session(&id);
    assert_eq!(
        (&session["state"], &session["end_reason"]),
        (&json!("failed"), &json!("gateway_lost"))
    );
    assert_eq!(session["cleanup_error"], Value::Null, "{session:#}");
}

#[test]
fn terminate_takes_the_role_with_it() {
    let house = house(&steps(), &json!({}));
    let mut psql = Program::start(as_reader(&house).args(["-XAtq"]));
    psql.say("create temporary table mine(a int); select 'ready';\n");
    psql.out.wait_for("ready");
    let id = house.gateway.running();
    house.gateway.print(&["sessions", "terminate", &id, "--yes"]);
    gone(&house);
    assert_eq!(house.gateway.session(&id)["state"], "terminated");
}

#[test]
fn a_session_that_is_terminated_while_it_is_prepared_leaves_nothing() {
    let mut before = steps();
    before
        .as_array_mut()
        .unwrap()
        .push(json!({ "do": "run", "command": "SELECT pg_sleep(2)" }));
    let house = house(&before, &json!({}));
    let mut psql = Program::start(as_reader(&house).args(["-XAtc", "select 'never'"]));
    let id = until(PATIENCE, "the session is being prepared", || {
        let rows = house.gateway.sessions("status=provisioning");
        rows.first().map(|row| text(&row["session_id"]))
    });
    house.gateway.print(&["sessions", "terminate", &id, "--yes"]);
    psql.ended();
    gone(&house);
    let session = house.gateway.session(&id);
    assert_eq!(session["state"], "terminated", "{session:#}");
    assert!(!psql.out.text().contains("never"));
}

#[test]
fn a_step_that_fails_fails_the_session_and_the_others_are_taken_back() {
    let mut before = steps();
    before
        .as_array_mut()
        .unwrap()
        .push(json!({ "do": "join_group", "group": "nobody_knows" }));
    let house = house(&before, &json!({}));
    let outcome = ask(&house, "SELECT 1");
    assert_eq!(outcome.code, 2, "{outcome:?}");
    let id = house.last_session();
    gone(&house);
    let session = house.gateway.session(&id);
    assert_eq!(
        (&session["state"], &session["failure_stage"]),
        (&json!("failed"), &json!("provision")),
        "{session:#}"
    );
    let why = text(&session["error"]["message"]);
    assert!(why.contains("nobody_knows"), "{why}");
}

#[test]
fn what_cannot_be_taken_back_is_shown_tried_again_and_alarmed() {
    let mut before = steps();
    // It fails for as long as somebody keeps the table empty.
    let undo = "SELECT 1 / count(*) FROM ready";
    before
        .as_array_mut()
        .unwrap()
        .push(json!({ "do": "run", "command": "SELECT 1", "undo": undo }));
    let house = house(&before, &json!({}));
    house.direct("CREATE TABLE ready(a int)");
    assert_eq!(ask(&house, "SELECT 1").code, 0);
    let id = house.last_session();
    let session = until(PATIENCE, "the failed clean-up is shown", || {
        let session = house.gateway.session(&id);
        session["cleanup_error"].is_string().then_some(session)
    });
    assert_eq!(session["state"], "completed");
    assert!(
        text(&session["cleanup_error"]).contains("division by zero"),
        "{session:#}"
    );
    assert!(audit(&house.gateway, &id).contains(&"session.cleanup_failed".to_owned()));
    assert_eq!(roles(&house), "0", "what can be taken back is");
    house.direct("INSERT INTO ready VALUES (1)");
    until(Duration::from_secs(40), "it was tried again", || {
        house.gateway.session(&id)["cleanup_error"]
            .is_null()
            .then_some(())
    });
    assert!(audit(&house.gateway, &id).contains(&"session.cleaned_up".to_owned()));
}

#[test]
fn an_entitlement_keeps_its_role_from_one_connection_to_the_next() {
    let house = house(&steps(), &json!({}));
    let token = house.gateway.token("ann");
    let words = [
        "request",
        "db",
        "--account",
        "reader",
        "--reason",
        "orders",
        "-o",
        "json",
    ];
    let asked = run(&mut house.gateway.cli_as(&token, &words), "");
    assert_eq!(asked.code, 0, "{asked:?}");
    let id = until(PATIENCE, "the session is available", || {
        house
            .gateway
            .sessions("status=available")
            .first()
            .map(|row| text(&row["session_id"]))
    });
    assert_eq!(roles(&house), "1");
    let who = |_| ask(&house, "SELECT current_user").out;
    let [first, second] = [0, 1].map(who);
    assert!(first.starts_with("dw_ann_"), "{first}");
    assert_eq!(first, second, "the same role both times");
    until(PATIENCE, "it can be used again", || {
        (house.gateway.session(&id)["state"] == "available").then_some(())
    });
    assert_eq!(roles(&house), "1");
    house.gateway.print(&["sessions", "cancel", &id, "--yes"]);
    gone(&house);
}

#[test]
fn what_two_sessions_on_one_account_need_stays_until_the_last_of_them_ends() {
    let house = House::open();
    house.direct(
        "CREATE TABLE orders AS SELECT 42 AS number; CREATE ROLE shared LOGIN PASSWORD 'known-to-somebody-1'",
    );
    house.gateway.apply(&json!([
        { "kind": "secret", "name": "shared", "spec": { "value": "known-to-somebody-1" } },
        { "kind": "account", "name": "shared", "spec": { "secret": "shared", "resources": { "names": ["db"] } } },
        { "kind": "activity", "name": "reads", "spec": {
            "type": "postgres", "administrator": "app", "account": "shared",
            "before": [{ "do": "grant", "privileges": ["select"], "on": "tables public" }] } },
        { "kind": "access_rule", "name": "temporary", "spec": {
            "users": ["ann"], "resources": { "names": ["db"] }, "activity": "reads" } },
    ]));
    let may = || house.direct("SELECT has_table_privilege('shared', 'orders', 'select')");
    let begin = || {
        let mut psql = client("psql", house.port, "ann:shared@db", PASSWORD);
        let mut session = Program::start(psql.args(["-XAtq"]));
        session.say("select 'in ' || number from orders;\n");
        session.out.wait_for("in 42");
        session
    };
    let left = |session: &str| audit(&house.gateway, session).contains(&"step.left".to_owned());
    assert_eq!(may(), "f");
    let mut sessions = Vec::new();
    for count in 1..=3 {
        sessions.push(begin());
        house.gateway.active(count);
    }
    // Newest first: the first session made the grant, the others found it.
    let ids = house.gateway.active(3);
    let end = |session: &mut Program, id: &str| {
        session.close_input();
        session.ended();
        house.gateway.ended(id);
    };
    let (first, second, third) = (&ids[2], &ids[1], &ids[0]);
    end(&mut sessions[0], first);
    assert!(left(first), "{:?}", audit(&house.gateway, first));
    assert_eq!(may(), "t", "two sessions need it");
    sessions[2].say("select 'still ' || number from orders;\n");
    sessions[2].out.wait_for("still 42");
    // One of those two has it to take back now, and leaves it to the other, whichever ends first.
    end(&mut sessions[2], third);
    assert_eq!(may(), "t", "one session needs it");
    sessions[1].say("select 'still ' || number from orders;\n");
    sessions[1].out.wait_for("still 42");
    end(&mut sessions[1], second);
    assert_eq!(may(), "f", "nobody needs it");
    assert!(
        audit(&house.gateway, second).contains(&"step.undone".to_owned()),
        "{:?}",
        audit(&house.gateway, second)
    );
}

#[test]
fn a_password_is_rotated_after_its_session() {
    let house = House::open();
    house.direct("CREATE ROLE shared LOGIN PASSWORD 'known-to-somebody-1'");
    house.gateway.apply(&json!([
        { "kind": "secret", "name": "shared", "spec": { "value": "known-to-somebody-1" } },
        { "kind": "account", "name": "shared", "spec": { "secret": "shared", "resources": { "names": ["db"] } } },
        { "kind": "activity", "name": "rotates", "spec": {
            "type": "postgres", "administrator": "app", "account": "shared", "after": [{ "do": "rotate_password" }] } },
        { "kind": "access_rule", "name": "temporary", "spec": {
            "users": ["ann"], "resources": { "names": ["db"] }, "activity": "rotates" } },
    ]));
    let direct = || {
        let mut psql = client("psql", house.server.port, "shared", "known-to-somebody-1");
        run(psql.args(["-XAtc", "select 1"]), "").code
    };
    assert_eq!(direct(), 0);
    for _ in 0..2 {
        let mut psql = client("psql", house.port, "ann:shared@db", PASSWORD);
        let outcome = run(psql.args(["-XAtc", "select current_user"]), "");
        assert_eq!((outcome.code, outcome.out.trim()), (0, "shared"), "{outcome:?}");
        house.gateway.ended(&house.last_session());
        assert_eq!(direct(), 2, "what somebody knew fits no more");
    }
}

#[test]
fn an_activity_that_cannot_be_done_is_refused_where_it_is_declared() {
    let house = house(&steps(), &json!({}));
    let refused = |spec: Value| {
        let spec = json!({ "spec": spec });
        let answer = house
            .gateway
            .ask("PUT", "/v1/objects/activity/bad", Some(&spec))
            .answer();
        assert_eq!(answer.status, 422, "{}", answer.text());
        answer.text()
    };
    let spec = |before: Value| json!({ "type": "postgres", "administrator": "app", "before": before });
    assert!(
        refused(spec(
            json!([{ "do": "grant", "privileges": ["select; drop"], "on": "tables public" }])
        ))
        .contains("privilege")
    );
    assert!(refused(spec(json!([{ "do": "rotate_password" }]))).contains("after the session"));
    assert!(refused(json!({ "type": "tcp", "administrator": "app" })).contains("valid are"));
    assert!(refused(json!({ "type": "postgres", "administrator": "nobody" })).contains("nobody"));
}

#[test]
fn a_user_of_mariadb_exists_exactly_while_its_session_does() {
    let mut house = mysql::House::open();
    let name = house.name.clone();
    house.direct(&format!("create table {name}.orders select 42 as number"));
    house.gateway.apply(&json!([
        { "kind": "account", "name": "maker", "spec": {
            "login": "maker", "resources": { "names": ["db"] }, "secret": "app" } },
        { "kind": "activity", "name": "reader", "spec": { "type": "mysql", "administrator": "maker", "before": [
            { "do": "create_account" },
            { "do": "grant", "privileges": ["select"], "on": format!("{name}.*") },
        ] } },
        { "kind": "access_rule", "name": "temporary", "spec": {
            "users": ["ann"], "resources": { "names": ["db"] }, "activity": "reader" } },
    ]));
    let users =
        |house: &mysql::House| house.direct("select count(*) from mysql.user where user like 'dw\\\\_%'");
    let before = users(&house);
    let sql = format!("select current_user(), number from {name}.orders");
    let outcome = run(house.client_as("ann:reader@db").args(["-N", "-e", &sql]), "");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(
        outcome.out.starts_with("dw_ann_") && outcome.out.trim().ends_with("42"),
        "{outcome:?}"
    );
    let id = text(&house.gateway.sessions("status=all&limit=1")[0]["session_id"]);
    house.gateway.ended(&id);
    assert_eq!(users(&house), before, "the user is gone with the session");
    // It goes as well when the gateway is killed.
    let mut client = Program::start(house.client_as("ann:reader@db").args(["-N", "-n"]));
    client.say("select 'ready';\n");
    client.out.wait_for("ready");
    assert_ne!(users(&house), before);
    house.gateway.kill();
    house.gateway.restart();
    until(PATIENCE, "the user is gone", || {
        (users(&house) == before).then_some(())
    });
}

/// Removes an account of this machine, whatever has become of the test.
struct Removed(String);

impl Drop for Removed {
    fn drop(&mut self) {
        let _gone = run(Command::new("userdel").args(["-r", "-f", &self.0]), "");
    }
}

#[test]
fn a_unix_account_exists_exactly_while_its_session_does() {
    if whoami() != "root" {
        println!("left out: accounts of this machine are made by root only");
        return;
    }
    let server = Sshd::start();
    let mut gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    let group = format!("dwtest{}", std::process::id());
    assert_eq!(run(Command::new("groupadd").arg(&group), "").code, 0);
    let _group = RemovedGroup(group.clone());
    gateway.apply(&json!([
        { "kind": "activity", "name": "operator", "spec": { "type": "ssh", "administrator": "login", "before": [
            { "do": "create_account" },
            { "do": "join_group", "group": group },
            { "do": "run", "command": "echo {user} > /tmp/{account}", "undo": "rm /tmp/{account}" },
        ] } },
        { "kind": "access_rule", "name": "temporary", "spec": {
            "users": ["ann"], "resources": { "names": ["box"] }, "activity": "operator" } },
    ]));
    let exists = |account: &str| run(Command::new("id").arg(account), "").code == 0;
    let said = run(gateway.ssh(&[], "operator@box").arg("id -un; id -nG"), "");
    assert_eq!(said.code, 0, "{said:?}");
    let account = said.out.lines().next().unwrap().to_owned();
    let _account = Removed(account.clone());
    assert!(account.starts_with("dw_ann_"), "{said:?}");
    assert!(said.out.contains(&group), "{said:?}");
    let id = text(&gateway.sessions("status=all&limit=1")[0]["session_id"]);
    let session = gateway.ended(&id);
    assert_eq!(session["cleanup_error"], Value::Null, "{session:#}");
    assert!(!exists(&account), "the account is gone with the session");
    // It goes as well when the gateway is killed.
    let program = Program::start(gateway.ssh(&[], "operator@box").arg("id -un; exec sleep 1000"));
    program.out.wait_for("\n");
    let account = program.out.text().trim().to_owned();
    let _left = Removed(account.clone());
    assert!(exists(&account), "{account}");
    gateway.kill();
    assert!(exists(&account));
    gateway.restart();
    until(PATIENCE, "the account is gone", || {
        (!exists(&account)).then_some(())
    });
}

struct RemovedGroup(String);

impl Drop for RemovedGroup {
    fn drop(&mut self) {
        let _gone = run(Command::new("groupdel").arg(&self.0), "");
    }
}
