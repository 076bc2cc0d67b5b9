//! When and from where people may connect, as real clients meet it.

use std::time::Duration;

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    approvals::{asked, decide, reviewed},
    gateway::{Gateway, text},
    house::{house, in_state, json_of},
    pghouse::House,
    program::{Program, run},
};

const LATE: &str = "not allowed at this hour: ";
const ELSEWHERE: &str = "not allowed from this address";

/// Hours in which it is never now: the day after tomorrow.
fn closed() -> Value {
    let day = Timestamp::now() + 48.hours();
    let day = day
        .to_zoned(TimeZone::UTC)
        .strftime("%a")
        .to_string()
        .to_lowercase();
    json!([{ "days": [day], "from": "08:00", "to": "18:00", "zone": "UTC" }])
}

/// Hours that began an hour ago and end in some seconds.
fn closes_in(secs: i64) -> Value {
    let shown = |at: Timestamp| at.to_zoned(TimeZone::UTC).strftime("%H:%M:%S").to_string();
    let now = Timestamp::now();
    json!([{ "from": shown(now - 1.hour()), "to": shown(now + secs.seconds()), "zone": "UTC" }])
}

fn profile(gateway: &Gateway, spec: &Value) {
    gateway.apply(&json!([{ "kind": "profile", "name": "usual", "spec": spec }]));
}

/// Gives the newest session, which was refused.
fn denied(gateway: &Gateway) -> Value {
    let last = gateway.sessions("status=all&limit=1").remove(0);
    assert_eq!(
        (&last["state"], &last["end_reason"], &last["access_rule"]),
        (&json!("denied"), &json!("policy_violation"), &json!("all")),
        "{last:#}"
    );
    last
}

#[test]
fn outside_of_its_hours_no_way_leads_to_a_host() {
    let (server, gateway) = house(&json!({ "hours": closed() }));
    let ann = gateway.token("ann");
    let refused = run(gateway.ssh(&[], "box").arg("true"), "");
    assert_eq!(refused.code, 255, "{refused:?}");
    assert!(
        refused.err.contains(LATE) && refused.err.contains(" 08:00–18:00 UTC"),
        "{refused:?}"
    );
    let record = gateway.session(&text(&denied(&gateway)["session_id"]));
    assert!(text(&record["error"]["message"]).starts_with(LATE), "{record:#}");
    let exec = run(&mut gateway.cli_as(&ann, &["exec", "box", "--", "true"]), "");
    assert!(exec.code == 255 && exec.err.contains(LATE), "{exec:?}");
    denied(&gateway);
    let wish = json!({ "resource": "box" });
    let files = gateway.ask_as(&ann, "POST", "/v1/portal/files", Some(&wish));
    let files = files.answer();
    assert!(
        files.status == 403 && files.text().contains(LATE),
        "{}",
        files.text()
    );
    assert_eq!(denied(&gateway)["client_interface"], "web");
    assert!(!server.log().contains("Connection from"), "{}", server.log());
    // What is declared now counts, for whoever comes next.
    profile(
        &gateway,
        &json!({ "hours": [{ "from": "00:00", "to": "24:00", "zone": "Asia/Kathmandu" }] }),
    );
    assert_eq!(run(gateway.ssh(&[], "box").arg("true"), "").code, 0);
}

#[test]
fn outside_of_its_networks_no_way_leads_to_a_host() {
    let (_server, gateway) = house(&json!({ "networks": ["127.0.0.2/32", "2001:db8::/32"] }));
    let refused = run(gateway.ssh(&[], "box").arg("true"), "");
    assert!(
        refused.code == 255 && refused.err.contains(ELSEWHERE),
        "{refused:?}"
    );
    assert!(
        !refused.err.contains("127.0.0.2"),
        "the networks are not told: {refused:?}"
    );
    denied(&gateway);
    for within in ["127.0.0.0/8", "::ffff:127.0.0.0/104", "127.0.0.1"] {
        profile(&gateway, &json!({ "networks": ["127.0.0.2/32", within] }));
        assert_eq!(run(gateway.ssh(&[], "box").arg("true"), "").code, 0, "{within}");
    }
}

#[test]
fn a_database_has_hours_and_networks_too() {
    let house = House::open();
    let gateway = &house.gateway;
    let ann = gateway.token("ann");
    assert_eq!(house.psql("select 1").out, "1\n");
    let first = house.last_session();
    let seq = house.log(&first)[0]["seq"].clone();
    for (spec, words) in [
        (json!({ "hours": closed() }), LATE),
        (json!({ "networks": ["127.0.0.2/32"] }), ELSEWHERE),
    ] {
        profile(gateway, &spec);
        let refused = house.psql("select 1");
        assert!(
            refused.code == 2 && refused.err.contains("FATAL") && refused.err.contains(words),
            "{refused:?}"
        );
        denied(gateway);
        let exec = run(&mut gateway.cli_as(&ann, &["exec", "db", "--", "select 1"]), "");
        assert!(exec.code != 0 && exec.err.contains(words), "{exec:?}");
        for (path, wish) in [
            ("/v1/portal/sql".to_owned(), json!({ "resource": "db" })),
            (format!("/v1/sessions/{first}/activity/{seq}/rerun"), json!({})),
        ] {
            let said = gateway.ask_as(&ann, "POST", &path, Some(&wish)).answer();
            assert!(
                said.status == 403 && said.text().contains(words),
                "{path}: {} {}",
                said.status,
                said.text()
            );
            denied(gateway);
        }
    }
}

#[test]
fn a_session_ends_with_its_hours_after_a_warning_and_is_not_extended_past_them() {
    let (_server, gateway) = house(&json!({}));
    profile(&gateway, &json!({ "hours": closes_in(12), "warning_secs": 4 }));
    let mut shell = gateway.shell("box");
    let id = gateway.running();
    let closes = text(&gateway.session(&id)["expires_at"])
        .parse::<Timestamp>()
        .unwrap();
    let refused = gateway.run(&["sessions", "extend", &id, "--by", "1h"]);
    assert!(
        refused.code == 4 && refused.err.contains("not extended past them"),
        "{refused:?}"
    );
    shell.out.wait_for(
        "*** this session ends in 4 seconds: the session reached its maximum duration: allowed every day ",
    );
    shell.out.wait_closed();
    let late = Timestamp::now().duration_since(closes).as_secs_f64();
    assert!((0.0..2.0).contains(&late), "closed {late} s after its hours");
    shell.ended();
    let session = in_state(&gateway, &id, "completed");
    assert_eq!(session["end_reason"], "max_duration", "{session:#}");
    let refused = run(gateway.ssh(&[], "box").arg("true"), "");
    assert!(refused.err.contains(LATE), "{refused:?}");
}

#[test]
fn a_statement_under_way_ends_with_the_hours() {
    let house = House::open();
    profile(
        &house.gateway,
        &json!({ "hours": closes_in(9), "warning_secs": 0 }),
    );
    let cut = house.psql("select pg_sleep(60)");
    assert!(
        cut.code == 2 && cut.err.contains("maximum duration: allowed every day"),
        "{cut:?}"
    );
    let session = in_state(&house.gateway, &house.last_session(), "completed");
    assert_eq!(session["end_reason"], "max_duration", "{session:#}");
}

#[test]
fn an_approval_opens_no_hours_and_outlives_them() {
    let (_server, gateway) = house(&json!({}));
    let approval = reviewed(&gateway, &json!({ "covers_secs": 3600 }));
    let declare = |hours: Value| {
        let mut spec = approval.clone();
        spec["hours"] = hours;
        profile(&gateway, &spec);
    };
    declare(closed());
    let ann = gateway.token("ann");
    let words = ["request", "box", "--wait", "-o", "json"];
    let mut waiting = Program::start(&mut gateway.cli_as(&ann, &words));
    decide(&gateway, &asked(&gateway), "approve", "");
    assert_eq!(waiting.ended().code(), Some(0));
    let id = text(&json_of(&waiting.out.text())["session_id"]);
    let refused = run(gateway.ssh(&[], "box").arg("true"), "");
    assert!(refused.code == 255 && refused.err.contains(LATE), "{refused:?}");
    denied(&gateway);
    in_state(&gateway, &id, "available");
    // Its connections end with the hours, and it can be used again on another day.
    declare(closes_in(9));
    let mut ssh = Program::start(gateway.ssh(&[], "box").arg("echo through; cat"));
    ssh.out.wait_for("through");
    ssh.err.wait_for("maximum duration: allowed every day");
    assert_eq!(ssh.ended().code(), Some(255));
    let session = in_state(&gateway, &id, "available");
    let connection = &session["connections"][0];
    assert_eq!(connection["close_reason"], "max_duration", "{session:#}");
    declare(json!([]));
    assert_eq!(run(gateway.ssh(&[], "box").arg("true"), "").code, 0);
}

#[test]
fn whoever_waits_for_an_approval_until_the_hours_are_over_is_not_let_in() {
    let (server, gateway) = house(&json!({}));
    let mut spec = reviewed(&gateway, &json!({}));
    spec["hours"] = closes_in(7);
    profile(&gateway, &spec);
    let mut ssh = Program::start(gateway.ssh(&[], "box").arg("true"));
    let id = asked(&gateway);
    std::thread::sleep(Duration::from_secs(8));
    decide(&gateway, &id, "approve", "");
    ssh.err.wait_for(LATE);
    assert_eq!(ssh.ended().code(), Some(255));
    let session = text(&gateway.get(&format!("/v1/approvals/{id}"))["session_id"]);
    let session = in_state(&gateway, &session, "terminated");
    assert_eq!(session["end_reason"], "policy_violation", "{session:#}");
    assert!(!server.log().contains("Connection from"), "{}", server.log());
}

#[test]
fn a_question_names_the_hours_and_the_network_that_decide() {
    let house = House::open();
    let gateway = &house.gateway;
    let office = json!({ "days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "18:00", "zone": "Europe/Berlin" });
    profile(gateway, &json!({ "hours": [office], "networks": ["10.0.0.0/8"] }));
    let ask = |more: &[&str]| gateway.run(&[&["policy", "test", "ann", "db"], more].concat());
    let monday = "2026-12-07T09:00:00+01:00";
    let said = ask(&["--at", monday, "--from", "10.1.2.3"]);
    assert!(
        said.code == 0
            && said.out.contains("under profile usual")
            && said.out.contains("hours      weekdays 08:00–18:00 Europe/Berlin")
            && said.out.contains("from       10.0.0.0/8"),
        "{said:?}"
    );
    let said = ask(&["--at", "2026-12-06T09:00:00+01:00", "--statement", "select 1"]);
    assert!(
        said.code == 7
            && said.out.contains(
                "session    deny by rule all: not allowed at this hour: weekdays 08:00–18:00 Europe/Berlin"
            )
            && said.out.contains("under profile usual")
            && said.out.contains("statement  not judged"),
        "{said:?}"
    );
    let said = ask(&["--at", monday, "--from", "::ffff:192.0.2.1"]);
    assert!(said.code == 7 && said.out.contains(ELSEWHERE), "{said:?}");
    assert_eq!(ask(&["--from", "home"]).code, 2);
    // What was done is held against the hours at which it was done, and the address it came from.
    profile(gateway, &json!({}));
    assert_eq!(house.psql("select 1").code, 0);
    for (draft, words) in [
        (json!({ "hours": closed() }), LATE),
        (json!({ "networks": ["10.0.0.0/8"] }), ELSEWHERE),
    ] {
        let file = gateway.folder().join("draft.json");
        let draft = json!([{ "kind": "profile", "name": "usual", "spec": draft }]);
        std::fs::write(&file, draft.to_string()).unwrap();
        let file = file.display().to_string();
        let said = json_of(&gateway.print(&["policy", "replay", "--since", "1h", "-o", "json", "-f", &file]));
        assert_eq!(
            said["sessions"],
            json!({ "allow": 0, "deny": 1, "hold": 0, "changed": 1 }),
            "{said}"
        );
        assert!(
            text(&said["changes"][0]["after"]["words"]).starts_with(words),
            "{said}"
        );
    }
    // Nonsense is refused with its place.
    let wrong =
        "kind: profile\nname: bad\nspec: {hours: [{from: '08:00', to: '18:00', zone: Mars/Olympus}]}\n";
    let refused = run(&mut gateway.cli(&["apply", "-f", "-"]), wrong);
    assert!(
        refused.code == 2
            && refused
                .err
                .contains("profile/bad: hours[0].zone: `Mars/Olympus` is no time zone"),
        "{refused:?}"
    );
}
