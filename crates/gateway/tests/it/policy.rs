//! Rules tried before they are in force: one question at a time, and a draft held against what was done.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{
    approvals::{asked, decide, reviewed},
    house::json_of,
    pghouse::House,
    program::{PATIENCE, Program, run, until},
};

/// Statements of each script.
const STATEMENTS: usize = 10_000;

/// Statements of all sorts, of which some would be refused and some would have to wait. No two are the same.
fn script() -> String {
    let mut script = String::new();
    for at in 0..STATEMENTS {
        let statement = match at % 40 {
            7 => format!("delete from t /* {at} */"),
            13 => format!("create table if not exists made_{at} (a int)"),
            19 => format!("select a, {at} from hr.pay"),
            23 => format!("update t set a = {at}"),
            31 => format!("update t set a = {at} where a = 1"),
            _ => format!("select {at}"),
        };
        writeln!(script, "{statement};").unwrap();
    }
    script
}

fn rules() -> Value {
    json!([
        { "name": "no ddl", "deny": ["ddl"], "message": "ask the owners" },
        { "name": "where", "deny": ["write_all"] },
        { "name": "pay", "tables": ["hr.pay"] },
    ])
}

#[test]
fn a_draft_says_of_ten_thousand_recorded_statements_what_it_says_while_they_are_sent() {
    let house = House::open();
    house.direct("create schema hr; create table hr.pay (a int); create table t (a int)");
    let gateway = &house.gateway;
    let draft = json!([{ "kind": "profile", "name": "usual", "spec": { "statements": rules() } }]);
    let file = gateway.folder().join("draft.json");
    std::fs::write(&file, draft.to_string()).unwrap();
    let file = file.display().to_string();
    let send = || run(house.client("psql").args(["-XAtq", "-o", "/dev/null"]), &script());
    let replay = |more: &[&str]| {
        let words = [&["policy", "replay", "--since", "1h", "-o", "json"], more].concat();
        json_of(&gateway.print(&words))
    };
    let plain = send();
    assert_eq!((plain.code, plain.err.as_str()), (0, ""), "{}", plain.err);
    // What went through is refused by the draft, one by one, with the rule and the place.
    let foreseen = replay(&["-f", &file, "--limit", "1000"]);
    let refused = STATEMENTS / 40 * 4;
    assert_eq!(
        foreseen["statements"],
        json!({ "allow": STATEMENTS - refused, "deny": refused, "hold": 0, "changed": refused })
    );
    assert_eq!(foreseen["sessions"]["changed"], 0);
    let changes = foreseen["changes"].as_array().unwrap();
    assert_eq!(changes.len(), refused);
    let newest = &changes[0];
    assert_eq!(
        (&newest["before"]["effect"], &newest["after"]["effect"]),
        (&json!("allow"), &json!("deny"))
    );
    let ddl = changes
        .iter()
        .find(|one| one["after"]["rule"] == "no ddl")
        .unwrap();
    assert_eq!(ddl["after"]["words"], "ask the owners");
    assert!(
        ddl["statement"].as_str().unwrap().starts_with("create table"),
        "{ddl}"
    );
    assert!(ddl["link"].as_str().unwrap().contains("/replay?t="), "{ddl}");
    // And while they are sent: the same ones are refused, so that replaying the second run finds nothing otherwise.
    gateway.apply(&draft);
    let live = send();
    let errors = live.err.lines().filter(|line| line.starts_with("ERROR:")).count();
    assert_eq!(errors, refused, "{}", live.err);
    let again = replay(&[]);
    assert_eq!(
        again["statements"],
        json!({ "allow": 2 * (STATEMENTS - refused), "deny": 2 * refused, "hold": 0, "changed": refused }),
        "those of the first run, and of the second none"
    );
    let first = changes[0]["session_id"].as_str().unwrap();
    let others = replay(&["--limit", "1000"])["changes"].clone();
    assert!(
        others
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["session_id"] == first)
    );
    let told = gateway.get("/v1/audit?kind=policy.replayed&limit=1").to_string();
    assert!(told.contains("\"sessions\":2"), "{told}");
}

#[test]
fn a_question_is_answered_with_the_rule_that_decides() {
    let house = House::open();
    let gateway = &house.gateway;
    let draft = json!([
        { "kind": "profile", "name": "usual", "spec": { "statements": [
            { "name": "no ddl", "deny": ["ddl"], "message": "ask the owners" },
            { "name": "ask", "hold": ["write_all"] },
        ] } },
    ]);
    let file = gateway.folder().join("draft.json");
    std::fs::write(&file, draft.to_string()).unwrap();
    let file = file.display().to_string();
    let ask = |statement: &str| {
        gateway.run(&[
            "policy",
            "test",
            "ann",
            "db",
            "--statement",
            statement,
            "-f",
            &file,
        ])
    };
    let said = ask("drop table t");
    assert_eq!(said.code, 7, "{said:?}");
    assert!(said.out.contains("session    allow by rule"), "{said:?}");
    assert!(
        said.out
            .contains("statement  deny by rule no ddl: ask the owners"),
        "{said:?}"
    );
    let said = ask("delete from t");
    assert!(
        said.code == 0 && said.out.contains("statement  hold by rule ask"),
        "{said:?}"
    );
    // Without the draft nothing stands against it; nothing was applied by asking.
    let said = gateway.run(&["policy", "test", "ann", "db", "--statement", "drop table t"]);
    assert!(
        said.code == 0 && said.out.contains("statement  allow"),
        "{said:?}"
    );
    let said = gateway.run(&["policy", "test", "nobody", "db"]);
    assert!(
        said.code == 7 && said.out.contains("no user `nobody`"),
        "{said:?}"
    );
    let said = gateway.run(&["policy", "test", "ann", "elsewhere"]);
    assert!(
        said.code == 7 && said.out.contains("no resource `elsewhere`"),
        "{said:?}"
    );
}

#[test]
fn what_reviewers_denied_is_what_the_rule_that_held_it_says() {
    let house = House::open();
    house.direct("create table t (a int)");
    let gateway = &house.gateway;
    reviewed(gateway, &json!({}));
    let review = json!({ "tiers": [{ "groups": ["leads"] }] });
    let rules = json!([{ "name": "ask", "hold": ["write_all"], "review": review }]);
    gateway.apply(&json!([{ "kind": "profile", "name": "usual", "spec": { "statements": rules } }]));
    let mut psql = Program::start(house.client("psql").args(["-XAtc", "delete from t"]));
    let id = asked(gateway);
    decide(gateway, &id, "deny", "not today");
    assert_eq!(psql.ended().code(), Some(1));
    let said = until(PATIENCE, "the statement is on record", || {
        let said = json_of(&gateway.print(&["policy", "replay", "--since", "1h", "-o", "json"]));
        (said["statements"]["hold"] == 1).then_some(said)
    });
    assert_eq!(said["statements"]["changed"], 0, "{said}");
    // Without the rule it would go on.
    gateway.apply(&json!([{ "kind": "profile", "name": "usual", "spec": {} }]));
    let said = json_of(&gateway.print(&["policy", "replay", "--since", "1h", "-o", "json"]));
    let change = &said["changes"][0];
    assert_eq!(
        (
            &change["before"]["effect"],
            &change["before"]["rule"],
            &change["after"]["effect"]
        ),
        (&json!("deny"), &json!("ask"), &json!("allow")),
        "{said}"
    );
}
