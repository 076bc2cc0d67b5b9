//! How long sessions may last: the maximum, idleness, extensions.

use std::{time::Duration, time::Instant};

use serde_json::{Value, json};

use crate::{
    gateway::text,
    house::{house, in_state},
    program::run,
};

#[test]
fn a_session_is_extended_by_its_owner_up_to_a_limit_and_by_an_administrator_beyond() {
    let (_server, gateway) = house(&json!({ "max_duration_secs": 600, "owner_extension_secs": 300 }));
    let ann = gateway.token("ann");
    let mut shell = gateway.shell("box");
    let id = gateway.running();
    let end = |session: &Value| text(&session["expires_at"]).parse::<jiff::Timestamp>().unwrap();
    let extend = |token: &str, words: &[&str]| {
        let mut command = gateway.cli_as(token, &["sessions", "extend", &id]);
        run(command.args(words).args(["-o", "json"]), "")
    };
    let before = gateway.session(&id);
    let done = extend(&ann, &["--by", "4m"]);
    assert_eq!(done.code, 0, "{done:?}");
    // 14 minutes, less the moments that have passed.
    shell.out.wait_for("*** session extended; it ends in 1");
    let after = gateway.session(&id);
    assert_eq!(end(&after).duration_since(end(&before)).as_secs(), 240);
    let refused = extend(&ann, &["--by", "61s"]);
    assert!(
        refused.code == 4 && refused.err.contains("60"),
        "says what is left: {refused:?}"
    );
    assert_eq!(extend(&ann, &["--by", "60s"]).code, 0);
    assert_eq!(extend(&ann, &["--by", "1s"]).code, 4);
    assert_eq!(extend(&gateway.admin, &["--by", "2h"]).code, 0);
    let version = gateway.session(&id)["version"].as_i64().unwrap();
    let stale = extend(
        &gateway.admin,
        &["--by", "1m", "--if-version", &(version - 1).to_string()],
    );
    assert_eq!(stale.code, 6, "{stale:?}");
    let problem: Value = serde_json::from_str(stale.err.trim()).unwrap();
    assert_eq!(problem["status"], 412, "{problem}");
    assert_eq!(
        end(&gateway.session(&id)).duration_since(end(&before)).as_secs(),
        300 + 7200
    );
    assert_eq!(
        extend(
            &gateway.admin,
            &["--by", "1m", "--if-version", &version.to_string()]
        )
        .code,
        0
    );
    assert_eq!(extend(&gateway.admin, &["--by", "soon"]).code, 2);
    assert_eq!(extend(&gateway.admin, &["--by", "0s"]).code, 2);
    let shown = gateway.session(&id);
    assert!(
        shown["authorized_actions"]
            .as_array()
            .unwrap()
            .contains(&json!("extend")),
        "{shown:#}"
    );
    shell.say("exit\n");
    shell.ended();
    in_state(&gateway, &id, "completed");
    assert_eq!(
        extend(&gateway.admin, &["--by", "1m"]).code,
        6,
        "what is over is not extended"
    );
}

#[test]
fn the_maximum_duration_and_idleness_are_warned_of_and_then_end_a_session() {
    let (server, gateway) =
        house(&json!({ "max_duration_secs": 4, "warning_secs": 2, "idle_timeout_secs": 0 }));
    let started = Instant::now();
    let mut shell = gateway.shell("box");
    let id = gateway.running();
    let warned = shell
        .out
        .wait_for("*** this session ends in 2 seconds: the session reached its maximum duration ***");
    let closed = shell.out.wait_closed();
    assert!(
        closed - warned > Duration::from_millis(1500),
        "{:?}",
        closed - warned
    );
    println!(
        "a maximum of 4 s: warned after {:?}, closed after {:?}",
        warned - started,
        closed - started
    );
    shell.ended();
    let session = in_state(&gateway, &id, "completed");
    assert_eq!(session["end_reason"], "max_duration", "{session:#}");

    let profile = json!({ "max_duration_secs": 600, "warning_secs": 2, "idle_timeout_secs": 4 });
    gateway.apply(&json!([{ "kind": "profile", "name": "usual", "spec": profile }]));
    let mut shell = gateway.shell("box");
    let id = gateway.running();
    let warning = "*** this session ends in 2 seconds: the session was idle for too long ***";
    let (_, seen) = shell.out.wait_from(0, warning);
    // A sign of life, and the clock starts anew.
    shell.say("echo here\n");
    let alive = Instant::now();
    shell.out.wait_from(seen, warning);
    let closed = shell.out.wait_closed();
    let idle = closed.saturating_duration_since(alive);
    assert!(idle > Duration::from_millis(3800), "{idle:?}");
    println!("an idle timeout of 4 s: closed {idle:?} after the last key");
    let session = in_state(&gateway, &id, "completed");
    assert_eq!(session["end_reason"], "idle_timeout", "{session:#}");
    drop(server);
}
