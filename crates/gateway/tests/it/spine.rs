//! A session from end to end: what a newcomer does with a gateway on the first day.

use std::process::Command;

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, text},
    program::{PATIENCE, Program, run, until},
    sshd::Sshd,
};

/// Works in sessions, watches over them, and looks at what is left; on whatever database the gateway has.
pub(crate) fn from_end_to_end(gateway: &Gateway) {
    let server = Sshd::start();
    gateway.furnish(&server, &json!({}));

    // A terminal that is seen while it runs.
    let mut shell = gateway.shell("box");
    let id = gateway.running();
    shell.say("echo first-$((40+2)); false\n");
    shell.out.wait_for("first-42");
    let session = gateway.session(&id);
    assert_eq!(
        (&session["state"], &session["account"]),
        (&json!("active"), &json!(crate::sshd::whoami())),
        "{session:#}"
    );
    let watch = Program::start(&mut gateway.cli(&["sessions", "watch", &id]));
    watch.out.wait_for("first-42");
    gateway.print(&["sessions", "lock", &id, "--message", "wait a moment"]);
    shell.out.wait_for("wait a moment");
    gateway.print(&["sessions", "unlock", &id]);
    shell.out.wait_for("session unlocked");
    gateway.print(&["sessions", "extend", &id, "--by", "10m"]);
    shell.out.wait_for("session extended");
    shell.say("echo second-$((40+3))\n");
    shell.out.wait_for("second-43");
    watch.out.wait_for("second-43");
    shell.say("exit 7\n");
    assert_eq!(shell.ended().code(), Some(7));
    drop(watch);

    // What was done there.
    let ended = gateway.ended(&id);
    assert_eq!(ended["state"], "completed", "{ended:#}");
    let entries = until(PATIENCE, "the activity is written", || {
        let page = gateway.get(&format!("/v1/sessions/{id}/activity"));
        let commands = page["entries"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["kind"] == "command")
            .count();
        (commands >= 3).then_some(page)
    });
    let texts: Vec<_> = entries["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| text(&entry["text"]))
        .collect();
    assert!(
        texts.iter().any(|text| text == "echo second-$((40+3))"),
        "{texts:?}"
    );
    let found = gateway.get("/v1/search?q=second-43");
    assert!(!found["hits"].as_array().unwrap().is_empty(), "{found:#}");
    assert!(gateway.print(&["sessions", "play", &id]).contains("second-43"));
    assert!(
        gateway
            .print(&["sessions", "export", &id])
            .starts_with("{\"version\":3")
    );
    let tape = gateway.tape(&id);
    let verified = gateway.run(&["verify", tape.to_str().unwrap()]);
    assert!(
        verified.code == 0 && verified.out.trim().ends_with(": intact"),
        "{verified:?}"
    );
    let timeline = gateway.get(&format!("/v1/sessions/{id}/timeline")).to_string();
    for word in ["created", "lock", "extend"] {
        assert!(timeline.contains(word), "{word}: {timeline}");
    }

    // Files, by name and hash.
    let local = gateway.folder().join("upload.bin");
    std::fs::write(&local, "doorward ".repeat(10_000)).unwrap();
    let there = server.folder().join("arrived.bin");
    let mut scp = Command::new("scp");
    scp.arg("-q")
        .args(gateway.ssh_options())
        .args(["-P", &gateway.ssh_port.to_string()]);
    let sent = run(
        scp.arg(&local)
            .arg(format!("ann%box@127.0.0.1:{}", there.display())),
        "",
    );
    assert_eq!(sent.code, 0, "{sent:?}");
    assert_eq!(std::fs::read(&there).unwrap(), std::fs::read(&local).unwrap());
    let sum = run(Command::new("sha256sum").arg(&local), "").out;
    let files = until(PATIENCE, "the upload is on record", || {
        let page = gateway.get("/v1/files?limit=10");
        (!page["files"].as_array().unwrap().is_empty()).then_some(page)
    });
    let upload = files["files"]
        .as_array()
        .unwrap()
        .iter()
        .find(|file| file["op"] == "upload")
        .unwrap_or_else(|| panic!("{files:#}"));
    assert_eq!(
        (upload["sha256"].as_str(), &upload["bytes"]),
        (sum.split(' ').next(), &json!(90_000)),
        "{upload:#}"
    );

    // A few more, ended in other ways; then everything is in the list.
    let failed = run(gateway.ssh(&[], "box").arg("exit 3"), "");
    assert_eq!(failed.code, 3);
    let mut cut = Program::start(gateway.ssh(&[], "box").arg("cat"));
    cut.say("here\n");
    cut.out.wait_for("here");
    let running = gateway.running();
    gateway.print(&["sessions", "terminate", &running]);
    cut.out.wait_closed();
    cut.ended();
    let refused = run(gateway.ssh(&[], "nowhere").arg("true"), "");
    assert_eq!(refused.code, 255);
    let rows = until(PATIENCE, "all of them are over", || {
        let rows = gateway.sessions("status=all");
        (rows.len() == 5 && rows.iter().all(|row| !row["ended_at"].is_null())).then_some(rows)
    });
    let mut states: Vec<_> = rows.iter().map(|row: &Value| text(&row["state"])).collect();
    states.sort();
    assert_eq!(
        states,
        ["completed", "completed", "completed", "denied", "terminated"],
        "{rows:#?}"
    );
    for sort in ["started_at", "user", "resource", "duration", "state"] {
        assert_eq!(
            gateway.sessions(&format!("status=all&sort={sort}:asc")).len(),
            5,
            "{sort}"
        );
    }
    assert_eq!(
        gateway.sessions("status=all&search=box&type=ssh&user=ann").len(),
        4
    );
    let facets = gateway.get("/v1/facets?column=user");
    assert!(facets.to_string().contains("\"ann\""), "{facets}");
    assert_eq!(gateway.get("/v1/audit/verify")["intact"], true);
}

#[test]
fn a_session_goes_from_end_to_end() {
    from_end_to_end(&Gateway::start());
}
