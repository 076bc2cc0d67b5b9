//! Log-ins past the gateway, with the account of a session: found by looking at the resource, and shown.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, text},
    pghouse::House,
    program::{PATIENCE, Program, until},
    sshd::{Sshd, whoami},
};

/// How often it is looked, and how much later a log-in may be shown.
const EVERY: u64 = 2;
const LATER: Duration = Duration::from_secs(10);

/// Waits until a log-in is shown; gives how long that took.
fn shown(gateway: &Gateway, id: &str, is_it: impl Fn(&str) -> bool) -> Duration {
    let since = Instant::now();
    until(Duration::from_secs(EVERY) + LATER, "the log-in is shown", || {
        let session = gateway.session(id);
        let logins = session["direct"]["logins"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let found = logins.iter().any(|login| is_it(&text(&login["from"])));
        (found && session["login_via"] == "direct" && session["direct"]["violation"] == true).then_some(())
    });
    since.elapsed()
}

fn audited(gateway: &Gateway, id: &str) -> usize {
    let page = gateway.get(&format!("/v1/audit?session={id}&kind=session.direct_login"));
    page["events"].as_array().unwrap().len()
}

#[test]
fn a_direct_psql_is_found_and_shown() {
    let house = House::open();
    house.gateway.apply(&json!([
        { "kind": "profile", "name": "usual", "spec": { "direct_check_secs": EVERY } },
    ]));
    let mut through = house.prompt();
    let id = house.gateway.running();
    // Two looks see nobody but the gateway.
    let looked = |after: &Value| {
        until(PATIENCE, "it was looked", || {
            let at = house.gateway.session(&id)["direct"]["checked_at"].clone();
            (at.is_string() && at != *after).then_some(at)
        })
    };
    let first = looked(&Value::Null);
    let second = looked(&first);
    assert_ne!(first, second);
    let session = house.gateway.session(&id);
    assert_eq!(session["direct"]["error"], Value::Null, "{session:#}");
    assert_eq!(
        (&session["direct"]["logins"], &session["login_via"]),
        (&json!([]), &json!("proxy")),
        "{session:#}"
    );
    let mut past = Program::start(house.server.client("psql").args(["-XAtq"]));
    past.say("select 'past';\n");
    past.out.wait_for("past");
    println!(
        "a direct psql was shown after {:?}",
        shown(&house.gateway, &id, |_| true)
    );
    assert_eq!(audited(&house.gateway, &id), 1);
    past.close_input();
    past.ended();
    until(PATIENCE, "nobody is past the gateway any more", || {
        (house.gateway.session(&id)["login_via"] == "proxy").then_some(())
    });
    let session = house.gateway.session(&id);
    assert_eq!(
        session["direct"]["logins"].as_array().map(Vec::len),
        Some(1),
        "it stays on record: {session:#}"
    );
    through.close_input();
    through.ended();
}

#[test]
fn a_direct_ssh_is_found_and_shown() {
    let server = Sshd::start();
    let gateway = Gateway::start();
    gateway.furnish(&server, &json!({ "direct_check_secs": EVERY }));
    // Each says the port from which it has come.
    let says = "echo \"port=$(echo $SSH_CONNECTION | cut -d' ' -f2);\"; exec sleep 1000";
    let port = |program: &Program| {
        program.out.wait_for(";");
        let said = program.out.text();
        said.trim()
            .trim_start_matches("port=")
            .trim_end_matches(';')
            .to_owned()
    };
    let through = Program::start(gateway.ssh(&[], "box").arg(says));
    let own = port(&through);
    let id = gateway.running();
    let key = server.folder().join("account");
    let mut ssh = Command::new("ssh");
    ssh.args([
        "-F",
        "/dev/null",
        "-o",
        "BatchMode=yes",
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
    ]);
    ssh.args(["-o", "IdentitiesOnly=yes", "-i"])
        .arg(&key)
        .arg("-p")
        .arg(server.port.to_string());
    let past = Program::start(ssh.arg(format!("{}@127.0.0.1", whoami())).arg(says));
    let direct = port(&past);
    let after = shown(&gateway, &id, |from| from.ends_with(&format!(":{direct}")));
    println!("a direct ssh was shown after {after:?}");
    // Other tests may be signed in to this machine as well; the gateway's own connection is none of them.
    let session = gateway.session(&id);
    let logins = session["direct"]["logins"].as_array().unwrap();
    let is_own = |login: &Value| text(&login["from"]).ends_with(&format!(":{own}"));
    assert!(!logins.iter().any(is_own), "{session:#}");
}
