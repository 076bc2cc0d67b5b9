//! Ends that somebody orders: soft ones, cuts, and what follows when a user is shut out.

use std::{net::TcpListener, process::Command, time::Duration, time::Instant};

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, text},
    house::{house, in_state},
    program::{PATIENCE, Program, run, until},
};

const CUT: Duration = Duration::from_secs(1);

#[test]
fn a_cancelled_session_is_told_and_has_a_moment_left() {
    let (_server, gateway) = house(&json!({}));
    let ann = gateway.token("ann");
    for (token, words, state, reason) in [
        (
            gateway.admin.clone(),
            "an administrator ended the session: go home",
            "canceled",
            "admin_cancel",
        ),
        (
            ann,
            "you ended the session: go home",
            "completed",
            "requester_cancel",
        ),
    ] {
        let mut shell = gateway.shell("box");
        let id = gateway.running();
        let ordered = Instant::now();
        let done = run(
            gateway
                .cli_as(&token, &["sessions", "cancel", &id])
                .args(["--reason", "go home"]),
            "",
        );
        assert_eq!(done.code, 0, "{done:?}");
        shell.out.wait_for(&format!("*** session is ending: {words} ***"));
        shell.say("echo still-$((40+2))\n");
        shell.out.wait_for("still-42");
        let closed = shell.out.wait_closed();
        let took = closed - ordered;
        assert!(
            took >= Duration::from_millis(950),
            "there is a second of grace, not {took:?}"
        );
        let session = in_state(&gateway, &id, state);
        assert_eq!(session["end_reason"], reason, "{session:#}");
        assert_eq!(session["end_message"], "go home");
        let again = run(
            &mut gateway.cli_as(&token, &["sessions", "end", &id, "-o", "json"]),
            "",
        );
        assert_eq!(again.code, 0, "{again:?}");
        let again: Value = serde_json::from_str(&again.out).unwrap();
        assert_eq!(
            (&again["state"], &again["ended_at"]),
            (&session["state"], &session["ended_at"])
        );
        println!("cancelled with 1 s of grace: closed after {took:?}");
    }
}

/// Terminates a session by the API; gives how long it took until its client had ended.
fn terminate(gateway: &Gateway, id: &str, client: &mut Program) -> Duration {
    let ordered = Instant::now();
    gateway
        .post(
            &format!("/v1/sessions/{id}:terminate"),
            &json!({ "reason": "enough" }),
        )
        .ok();
    let took = client.out.wait_closed().saturating_duration_since(ordered);
    client.ended();
    let session = in_state(gateway, id, "terminated");
    assert_eq!(session["end_reason"], "admin_terminate", "{session:#}");
    assert_eq!(session["ended_by"], "admin");
    took
}

#[test]
fn a_terminated_session_is_cut_within_a_second_from_every_phase() {
    let (_server, gateway) = house(&json!({}));
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    gateway.apply(&json!([
        { "kind": "resource", "name": "silent", "spec": { "type": "ssh", "host": "127.0.0.1", "port": port } },
    ]));
    let check = |phase: &str, took: Duration| {
        println!("terminated while {phase}: closed after {took:?}");
        assert!(took < CUT, "while {phase}: {took:?}");
    };

    let mut shell = gateway.shell("box");
    let id = gateway.running();
    check("active", terminate(&gateway, &id, &mut shell));
    shell
        .out
        .wait_for("an administrator terminated the session: enough");
    // Once more: nothing changes, also not who was first.
    let before = gateway.session(&id);
    let second = gateway
        .post(
            &format!("/v1/sessions/{id}:terminate"),
            &json!({ "reason": "again" }),
        )
        .ok();
    assert_eq!(
        (&second["ended_at"], &second["end_message"]),
        (&before["ended_at"], &before["end_message"])
    );

    // A client that floods and reads nothing is cut as well.
    let mut flood = Program::start(gateway.ssh(&[], "box").arg("cat /dev/zero"));
    let id = gateway.running();
    flood.out.wait_for("\0");
    check("carrying a flood", terminate(&gateway, &id, &mut flood));

    let mut shell = gateway.shell("box");
    let id = gateway.running();
    gateway.print(&["sessions", "lock", &id]);
    in_state(&gateway, &id, "locked");
    check("locked", terminate(&gateway, &id, &mut shell));

    let mut shell = gateway.shell("box");
    let id = gateway.running();
    gateway.print(&["sessions", "cancel", &id]);
    in_state(&gateway, &id, "ending");
    check("ending", terminate(&gateway, &id, &mut shell));

    let mut waiting = Program::start(gateway.ssh(&[], "silent").arg("true"));
    let id = until(PATIENCE, "it is connecting", || {
        gateway
            .sessions("status=connecting")
            .first()
            .map(|row| text(&row["session_id"]))
    });
    check(
        "connecting to a silent resource",
        terminate(&gateway, &id, &mut waiting),
    );

    // By way of the lobby: the outer connection is the user's own, the inner one a session.
    let jump = format!(
        "ssh {} -p {} -W %h:%p ann@127.0.0.1",
        gateway.ssh_options().join(" "),
        gateway.ssh_port
    );
    let mut inner = Command::new("ssh");
    inner.args(gateway.ssh_options()).args([
        "-o",
        "HostKeyAlias=box",
        "-o",
        &format!("ProxyCommand={jump}"),
        "ann@box",
    ]);
    let mut inner = Program::start(inner.arg("cat"));
    let id = gateway.running();
    inner.say("through\n");
    inner.out.wait_for("through\n");
    check("reached by a jump", terminate(&gateway, &id, &mut inner));

    // The command line cuts as well, and takes the verb that fingers know from elsewhere.
    let shell = gateway.shell("box");
    let id = gateway.running();
    gateway.print(&["sessions", "kill", &id, "-y"]);
    shell.out.wait_closed();
    in_state(&gateway, &id, "terminated");
}

#[test]
fn a_user_who_is_disabled_loses_sessions_and_the_lobby_at_once() {
    let (_server, gateway) = house(&json!({}));
    let shell = gateway.shell("box");
    let id = gateway.running();
    // Signed in, with no resource named: where jumps begin.
    let mut lobby = Command::new("ssh");
    lobby.args(["-v", "-N"]).args(gateway.ssh_options());
    lobby.args(["-p", &gateway.ssh_port.to_string(), "ann@127.0.0.1"]);
    lobby.env("LC_ALL", "C");
    let lobby = Program::start(&mut lobby);
    lobby.err.wait_for("Authenticated to ");
    let key = std::fs::read_to_string(gateway.folder().join("client.pub")).unwrap();
    let ordered = Instant::now();
    gateway.apply(
        &json!([{ "kind": "user", "name": "ann", "spec": { "ssh_keys": [key.trim()], "disabled": true } }]),
    );
    let lobby = lobby.out.wait_closed().saturating_duration_since(ordered);
    let shell = shell.out.wait_closed().saturating_duration_since(ordered);
    let session = until(PATIENCE, "the session is over", || {
        let session = gateway.session(&id);
        (!session["ended_at"].is_null()).then_some(session)
    });
    assert_eq!(session["end_reason"], "access_revoked", "{session:#}");
    println!("disabled: the lobby closed after {lobby:?}, the session (with 1 s of grace) after {shell:?}");
    assert!(lobby < CUT, "{lobby:?}");
    assert!(shell < CUT + Duration::from_secs(2), "{shell:?}");
    let refused = run(gateway.ssh(&[], "box").arg("true"), "");
    assert_eq!(refused.code, 255, "{refused:?}");
}
