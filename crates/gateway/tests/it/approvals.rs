//! Reviews as people meet them: real clients wait, and go on by themselves or read why not.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, PASSWORD, text},
    house::{in_state, json_of},
    pghouse::House,
    program::{PATIENCE, Program, run, until},
    sshd::Sshd,
};

/// From the decision until the client has what it waits for.
const SOON: Duration = Duration::from_secs(1);

/// A profile under which one of `leads` has to agree; `rev` is one.
pub(crate) fn reviewed(gateway: &Gateway, more: &Value) -> Value {
    gateway.apply(&json!([
        { "kind": "user", "name": "rev", "spec": { "password": PASSWORD } },
        { "kind": "group", "name": "leads", "spec": { "members": ["rev"] } },
    ]));
    let mut approval = json!({ "review": { "tiers": [{ "groups": ["leads"] }] } });
    for (key, value) in more.as_object().unwrap() {
        approval[key] = value.clone();
    }
    json!({ "approval": approval })
}

fn house(more: &Value) -> (Sshd, Gateway) {
    let server = Sshd::start_with("LogLevel VERBOSE");
    let gateway = Gateway::start();
    let profile = reviewed(&gateway, more);
    gateway.furnish(&server, &profile);
    (server, gateway)
}

/// Gives the id of the only request that waits, once there is one.
pub(crate) fn asked(gateway: &Gateway) -> String {
    until(PATIENCE, "a request waits", || {
        let page = gateway.get("/v1/approvals");
        Some(text(&page["approvals"].as_array()?.first()?["id"]))
    })
}

/// Decides by the API, so that the start of a program is not measured; gives when.
pub(crate) fn decide(gateway: &Gateway, id: &str, verb: &str, comment: &str) -> Instant {
    let token = gateway.token("rev");
    let path = format!("/v1/approvals/{id}:{verb}");
    let asked = gateway.ask_as(&token, "POST", &path, Some(&json!({ "comment": comment })));
    asked.answer().ok();
    Instant::now()
}

#[test]
fn ssh_waits_for_approval_and_goes_on_within_a_second() {
    let (server, gateway) = house(&json!({}));
    let ssh = Program::start(gateway.ssh(&[], "box").arg("echo through; cat"));
    ssh.err.wait_for("waiting for approval by group leads; session ");
    let id = asked(&gateway);
    ssh.err.wait_for(&format!("/approvals/{id}"));
    assert!(!server.log().contains("Connection from"), "{}", server.log());
    let decided = decide(&gateway, &id, "approve", "");
    let through = ssh.out.wait_for("through");
    assert!(through.saturating_duration_since(decided) < SOON);
    let session = gateway.session(&gateway.running());
    let approval = &session["review"]["approvals"][0];
    assert_eq!(session["review"]["state"], "approved");
    assert_eq!(
        (&approval["requester"]["name"], &approval["votes"][0]["by"]),
        (&json!("ann"), &json!("rev"))
    );
    let of_approved = gateway.sessions("review=approved");
    assert_eq!(of_approved.len(), 1);
    assert!(gateway.sessions("review=pending").is_empty());
}

#[test]
fn ssh_reads_why_it_was_denied_and_what_waits_can_be_left() {
    let (server, gateway) = house(&json!({}));
    let mut ssh = Program::start(gateway.ssh(&[], "box").arg("echo through"));
    let id = asked(&gateway);
    decide(&gateway, &id, "deny", "use the staging host");
    assert_eq!(ssh.ended().code(), Some(255));
    ssh.err
        .wait_for("a reviewer denied the request: use the staging host");
    let session = text(&gateway.get(&format!("/v1/approvals/{id}"))["session_id"]);
    let denied = in_state(&gateway, &session, "denied");
    assert_eq!(
        (&denied["end_reason"], &denied["ended_by"]),
        (&json!("review_denied"), &json!("rev"))
    );
    // Whoever leaves takes the request back.
    let mut ssh = Program::start(gateway.ssh(&[], "box").arg("echo through"));
    let id = asked(&gateway);
    ssh.kill();
    let revoked = until(PATIENCE, "the request is withdrawn", || {
        let approval = gateway.get(&format!("/v1/approvals/{id}"));
        (approval["state"] == "revoked").then_some(approval)
    });
    let session = in_state(&gateway, &text(&revoked["session_id"]), "canceled");
    assert_eq!(session["end_reason"], "withdrawn");
    assert!(!server.log().contains("Connection from"), "{}", server.log());
}

#[test]
fn approval_is_a_matter_of_each_resource() {
    let (server, gateway) = house(&json!({}));
    gateway.apply(&json!([
        { "kind": "resource", "name": "free", "spec": {
            "type": "ssh", "host": "127.0.0.1", "port": server.port, "options": { "host_keys": [server.host_key()] } } },
        { "kind": "profile", "name": "free", "spec": {} },
        { "kind": "access_rule", "name": "a-free", "spec": {
            "users": ["*"], "resources": { "names": ["free"] }, "accounts": ["login"], "profile": "free" } },
    ]));
    let _waiting = Program::start(gateway.ssh(&[], "box").arg("echo through"));
    asked(&gateway);
    let said = run(gateway.ssh(&[], "free").arg("echo through"), "");
    assert_eq!((said.code, said.out.as_str()), (0, "through\n"), "{said:?}");
    let reach = gateway
        .ask_as(&gateway.token("ann"), "GET", "/v1/connect", None)
        .answer()
        .ok();
    let approval = |at: usize| reach["resources"][at]["accounts"][0]["approval"].clone();
    assert_eq!(approval(0)["reviewers"], json!(["group leads"]));
    assert_eq!(
        (&reach["resources"][1]["name"], approval(1)),
        (&json!("free"), Value::Null)
    );
}

#[test]
fn psql_shows_what_it_waits_for_and_goes_on_within_a_second() {
    let house = House::open();
    let profile = reviewed(&house.gateway, &json!({}));
    house
        .gateway
        .apply(&json!([{ "kind": "profile", "name": "usual", "spec": profile }]));
    let psql = Program::start(house.client("psql").args(["-XAtc", "select 'th' || 'rough'"]));
    psql.err
        .wait_for("NOTICE:  doorward: waiting for approval by group leads; session ");
    let id = asked(&house.gateway);
    let backends = "select count(*) from pg_stat_activity where backend_type = 'client backend'";
    assert_eq!(
        house.direct(backends),
        "1",
        "but for the one that asks, nobody is connected"
    );
    let decided = decide(&house.gateway, &id, "approve", "");
    let through = psql.out.wait_for("through");
    assert!(through.saturating_duration_since(decided) < SOON);
    let mut psql = Program::start(house.client("psql").args(["-XAtc", "select 1"]));
    let id = asked(&house.gateway);
    decide(&house.gateway, &id, "deny", "not at night");
    assert_eq!(psql.ended().code(), Some(2));
    psql.err.wait_for("FATAL:");
    psql.err.wait_for("a reviewer denied the request: not at night");
}

#[test]
fn access_is_asked_for_decided_and_used_on_the_command_line() {
    let (_server, gateway) = house(&json!({ "reason": true, "covers_secs": 600 }));
    // ssh has no place for a reason, and says where there is one.
    let refused = run(gateway.ssh(&[], "box").arg("true"), "");
    assert!(
        refused.err.contains("doorward request box --reason"),
        "{refused:?}"
    );
    let (ann, rev) = (gateway.token("ann"), gateway.token("rev"));
    let usage = run(&mut gateway.cli_as(&ann, &["request", "box"]), "");
    assert_eq!(
        (usage.code, usage.err.contains("a reason is needed")),
        (2, true),
        "{usage:?}"
    );
    let words = [
        "request",
        "box",
        "--reason",
        "disk full",
        "--duration",
        "5m",
        "--wait",
        "-o",
        "json",
    ];
    let mut waiting = Program::start(&mut gateway.cli_as(&ann, &words));
    let id = asked(&gateway);
    // Who it is no concern of does not see it.
    gateway.apply(&json!([{ "kind": "user", "name": "eve", "spec": { "password": PASSWORD } }]));
    let eve = gateway.token("eve");
    let gone = run(&mut gateway.cli_as(&eve, &["approvals", "show", &id]), "");
    assert_eq!(gone.code, 5, "{gone:?}");
    let nothing = run(
        &mut gateway.cli_as(&eve, &["approvals", "list", "--state", "all", "-o", "id"]),
        "",
    );
    assert_eq!((nothing.code, nothing.out.as_str()), (0, ""));
    let own = run(&mut gateway.cli_as(&ann, &["approvals", "approve", &id]), "");
    assert_eq!(
        (own.code, own.err.contains("nobody decides their own request")),
        (4, true),
        "{own:?}"
    );
    let listed = run(
        &mut gateway.cli_as(&rev, &["reviews", "ls", "--decidable", "-o", "id"]),
        "",
    );
    assert_eq!(listed.out.trim(), id);
    let shown = run(&mut gateway.cli_as(&rev, &["approvals", "show", &id]), "");
    assert!(
        shown.out.contains("disk full") && shown.out.contains("5m00s"),
        "{shown:?}"
    );
    let approved = run(
        &mut gateway.cli_as(&rev, &["sessions", "approve", &id, "--comment", "go on"]),
        "",
    );
    assert_eq!(approved.out.trim(), format!("{id}  approved"), "{approved:?}");
    let twice = run(&mut gateway.cli_as(&rev, &["approvals", "deny", &id]), "");
    assert_eq!(twice.code, 6, "{twice:?}");
    assert_eq!(waiting.ended().code(), Some(0));
    let session = json_of(&waiting.out.text());
    assert_eq!(session["state"], "available");
    for _ in 0..2 {
        let said = run(gateway.ssh(&[], "box").arg("echo in"), "");
        assert_eq!((said.code, said.out.as_str()), (0, "in\n"), "{said:?}");
    }
    let session = in_state(&gateway, &text(&session["session_id"]), "available");
    assert_eq!(session["connections"].as_array().unwrap().len(), 2);
    let shown = gateway.print(&[
        "sessions",
        "list",
        "--review-status",
        "approved",
        "--status",
        "available",
        "-o",
        "id",
    ]);
    assert_eq!(shown.trim(), text(&session["session_id"]));
    let kinds: Vec<_> = gateway.get(&format!(
        "/v1/audit?session={}&limit=100",
        text(&session["session_id"])
    ))["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| text(&event["kind"]))
        .collect();
    for kind in ["approval.requested", "approval.approved", "session.approved"] {
        assert!(kinds.iter().any(|one| one == kind), "{kind}: {kinds:?}");
    }
}

/// Gives the text of the next message that a chat got.
fn told(deliveries: &std::sync::mpsc::Receiver<crate::evidence::Delivery>) -> Value {
    let (_, _, body) = deliveries
        .recv_timeout(crate::evidence::PATIENCE)
        .expect("a message");
    serde_json::from_slice(&body).unwrap()
}

#[test]
fn a_chat_is_told_who_asks_and_what_was_decided_also_when_it_was_away() {
    let (url, deliveries) = crate::evidence::webhook(1);
    let server = Sshd::start();
    let gateway = Gateway::start_with(&[
        ("DOORWARD_APPROVAL_WEBHOOK", &url),
        ("DOORWARD_APPROVAL_WEBHOOK_SHAPE", "slack"),
    ]);
    let profile = reviewed(&gateway, &json!({}));
    gateway.furnish(&server, &profile);
    let ssh = Program::start(gateway.ssh(&[], "box").arg("echo through; cat"));
    let id = asked(&gateway);
    // The first time it is refused; it comes again.
    let first = told(&deliveries);
    assert_eq!(first, told(&deliveries));
    let words = text(&first["text"]);
    for part in [
        "*ann asks for a session on box*",
        "Asked: group leads",
        &format!("/approvals/{id}|Open the request>"),
    ] {
        assert!(words.contains(part), "{words}");
    }
    decide(&gateway, &id, "approve", "go on");
    ssh.out.wait_for("through");
    let words = text(&told(&deliveries)["text"]);
    assert!(
        words.contains("*rev has approved a session on box for ann*") && words.contains("Comment: go on"),
        "{words}"
    );
    // Nothing else is said of it, and whoever looks at the settings does not see where it is said.
    let settings = gateway.get("/v1/settings").to_string();
    let path = url.rsplit('/').next().unwrap();
    assert!(
        settings.contains("/***") && !settings.contains(&format!("/{path}")),
        "{settings}"
    );
    drop(ssh);
}
