//! What administrators do to sessions that run: from the command line and the API, as the people at both ends see it.

use std::{
    net::TcpListener,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, AtomicU8, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, PASSWORD, text},
    program::{PATIENCE, Program, run, until},
    sshd::{Sshd, make_key},
};

const LOCK: Duration = Duration::from_millis(200);
const CUT: Duration = Duration::from_secs(1);
const BEHIND: Duration = Duration::from_secs(1);

fn house(profile: &Value) -> (Sshd, Gateway) {
    let server = Sshd::start();
    let gateway = Gateway::start_with(&[("DOORWARD_GRACE_SECS", "1")]);
    gateway.furnish(&server, profile);
    (server, gateway)
}

/// Waits until a session is in a state.
fn in_state(gateway: &Gateway, id: &str, state: &str) -> Value {
    until(PATIENCE, &format!("the session is {state}"), || {
        let session = gateway.session(id);
        (session["state"] == state).then_some(session)
    })
}

/// Types a letter every few milliseconds until it is told to stop; which one, is told meanwhile.
fn type_letters(program: &mut Program, letter: &AtomicU8, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        program.say(&char::from(letter.load(Ordering::Relaxed)).to_string());
        thread::sleep(Duration::from_millis(5));
    }
}

fn size(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |file| file.len())
}

/// Gives when a file last grew, as seen for a while.
fn last_growth(file: &Path, watch: Duration) -> Instant {
    let (mut known, mut grew) = (size(file), Instant::now());
    let end = Instant::now() + watch;
    while Instant::now() < end {
        let now = size(file);
        if now != known {
            (known, grew) = (now, Instant::now());
        }
        thread::sleep(Duration::from_millis(1));
    }
    grew
}

#[test]
fn a_lock_stops_typing_within_200_ms_keeps_the_connection_and_tells_the_user() {
    let (server, gateway) = house(&json!({}));
    let log = server.folder().join("keys.log");
    let mut shell = gateway.shell("box");
    let id = gateway.running();
    shell.say(&format!("stty -icanon -echo; cat > {}\n", log.display()));
    let (letter, stop) = (AtomicU8::new(b'a'), AtomicBool::new(false));
    let heard = shell.out.clone();
    let latency = thread::scope(|scope| {
        let typing = scope.spawn(|| type_letters(&mut shell, &letter, &stop));
        until(PATIENCE, "what is typed arrives", || {
            (size(&log) > 20).then_some(())
        });
        let lock = gateway.cli(&[
            "sessions",
            "lock",
            &id,
            "--title",
            "Stop",
            "--message",
            "the auditors are here",
        ]);
        let ordered = Instant::now();
        // By the API, so that the start of a program is not measured.
        let body = json!({ "title": "Stop", "message": "the auditors are here" });
        gateway.post(&format!("/v1/sessions/{id}:lock"), &body).ok();
        let latency = last_growth(&log, Duration::from_millis(600)).saturating_duration_since(ordered);
        heard.wait_for("*** session locked by admin: Stop: the auditors are here ***");
        // Twice is as good as once; the words may change.
        let mut lock = lock;
        let again = run(lock.args(["-o", "json"]), "");
        assert_eq!(again.code, 0, "{again:?}");
        assert_eq!(gateway.session(&id)["state"], "locked");
        assert_eq!(gateway.session(&id)["lock"]["by"], "admin");
        letter.store(b'b', Ordering::Relaxed);
        let held = size(&log);
        thread::sleep(Duration::from_millis(300));
        assert_eq!(size(&log), held, "nothing passes while it is locked");
        letter.store(b'c', Ordering::Relaxed);
        gateway.print(&["sessions", "unlock", &id]);
        heard.wait_for("*** session unlocked; what you typed meanwhile was discarded ***");
        until(PATIENCE, "what is typed arrives again", || {
            (size(&log) > held).then_some(())
        });
        stop.store(true, Ordering::Relaxed);
        typing.join().unwrap();
        latency
    });
    println!("a lock stops typing after {latency:?}");
    assert!(latency < LOCK, "{latency:?}");
    let typed = std::fs::read_to_string(&log).unwrap();
    assert!(
        typed.starts_with("aaa") && typed.ends_with('c') && !typed.contains('b'),
        "{typed}"
    );
    assert_eq!(gateway.running(), id, "it is the same session");
    let events = gateway.print(&["sessions", "events", &id]);
    assert!(events.contains("locked") && events.contains("admin"), "{events}");
}

#[test]
fn a_lock_holds_what_a_command_is_fed_and_an_unlock_delivers_all_of_it() {
    let (server, gateway) = house(&json!({}));
    let log = server.folder().join("fed.log");
    let mut feed = Program::start(gateway.ssh(&[], "box").arg(format!("exec tee {}", log.display())));
    let id = gateway.running();
    feed.say("one\n");
    feed.out.wait_for("one\n");
    gateway.print(&["sessions", "lock", &id]);
    feed.say("two\n");
    feed.say("three\n");
    thread::sleep(Duration::from_millis(300));
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "one\n");
    assert_eq!(feed.out.text(), "one\n");
    gateway.print(&["sessions", "unlock", &id]);
    feed.out.wait_for("three\n");
    feed.close_input();
    assert!(feed.ended().success());
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "one\ntwo\nthree\n");
    assert_eq!(feed.out.text(), "one\ntwo\nthree\n");
}

#[test]
fn a_lock_of_a_resource_or_a_user_covers_all_their_sessions_and_refuses_new_ones() {
    let (server, gateway) = house(&json!({}));
    let other = Sshd::start();
    make_key(&gateway.folder().join("bob"));
    let bob_key = std::fs::read_to_string(gateway.folder().join("bob.pub")).unwrap();
    gateway.apply(&json!([
        { "kind": "user", "name": "bob", "spec": { "ssh_keys": [bob_key.trim()] } },
        { "kind": "resource", "name": "shed", "spec": { "type": "ssh", "host": "127.0.0.1", "port": server.port } },
    ]));
    drop(other);
    let as_bob = |resource: &str| {
        let mut command = Command::new("ssh");
        let words = gateway
            .ssh_options()
            .into_iter()
            .map(|word| word.replace("/client", "/bob"));
        command.args(words).args([
            "-p",
            &gateway.ssh_port.to_string(),
            &format!("bob:{resource}@127.0.0.1"),
        ]);
        command
    };
    let mut of_ann = Program::start(gateway.ssh(&[], "box").arg("cat"));
    let ann = gateway.running();
    let mut of_bob = Program::start(as_bob("box").arg("cat"));
    let states = |expected: &str| {
        until(PATIENCE, "both sessions follow", || {
            (gateway.in_state(expected).len() == 2).then_some(())
        });
    };
    states("active");

    gateway.print(&[
        "sessions",
        "lock",
        &ann,
        "--scope",
        "resource",
        "--message",
        "box is in repair",
    ]);
    states("locked");
    for mut refused in [gateway.ssh(&[], "box"), as_bob("box")] {
        let refused = run(refused.arg("true"), "");
        assert!(
            refused.code == 255 && refused.err.contains("box is in repair"),
            "{refused:?}"
        );
    }
    let elsewhere = run(gateway.ssh(&[], "shed").arg("echo open"), "");
    assert_eq!(elsewhere.out, "open\n", "{elsewhere:?}");
    gateway.print(&["sessions", "unlock", &ann, "--scope", "resource"]);
    states("active");
    let back = run(gateway.ssh(&[], "box").arg("echo open"), "");
    assert_eq!(back.out, "open\n", "{back:?}");

    gateway.print(&[
        "sessions",
        "lock",
        &ann,
        "--scope",
        "user",
        "--message",
        "ann, please call",
    ]);
    in_state(&gateway, &ann, "locked");
    assert_eq!(gateway.in_state("active").len(), 1, "bob goes on");
    for resource in ["box", "shed"] {
        let refused = run(gateway.ssh(&[], resource).arg("true"), "");
        assert!(
            refused.code == 255 && refused.err.contains("ann, please call"),
            "{refused:?}"
        );
    }
    assert_eq!(run(as_bob("box").arg("echo open"), "").out, "open\n");
    gateway.print(&["sessions", "unlock", &ann, "--scope", "user"]);
    in_state(&gateway, &ann, "active");
    for program in [&mut of_ann, &mut of_bob] {
        program.say("alive\n");
        program.out.wait_for("alive\n");
    }
}

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

#[test]
fn orders_to_many_are_done_or_fail_one_by_one() {
    let (_server, gateway) = house(&json!({}));
    let mut clients: Vec<_> = (0..4)
        .map(|_| Program::start(gateway.ssh(&[], "box").arg("cat")))
        .collect();
    for client in &mut clients {
        client.say("here\n");
        client.out.wait_for("here");
    }
    let ids = gateway.active(4);
    let all = |state: &str| {
        until(PATIENCE, &format!("all are {state}"), || {
            (gateway.in_state(state).len() == 4).then_some(())
        });
    };
    let locked = gateway
        .post(
            "/v1/sessions:lock",
            &json!({ "ids": ids, "message": "all of you" }),
        )
        .ok();
    assert_eq!(locked["failed"], 0, "{locked:#}");
    all("locked");
    // A number that does not fit: nothing is done.
    let body = json!({ "filter": "user=ann", "expected_count": 3 });
    let surprised = gateway.post("/v1/sessions:unlock", &body);
    assert_eq!(surprised.status, 409, "{}", surprised.text());
    all("locked");
    let body = json!({ "filter": "user=ann", "expected_count": 4 });
    let unlocked = gateway.post("/v1/sessions:unlock", &body).ok();
    assert_eq!(unlocked["failed"], 0, "{unlocked:#}");
    all("active");
    gateway.print(&["sessions", "lock", "--user", "ann", "--message", "by filter"]);
    all("locked");

    let unknown = "01234567-89ab-7cde-8f01-23456789abcd";
    let partly = gateway.run(&["sessions", "terminate", &ids[0], unknown, "--yes"]);
    assert_eq!(partly.code, 8, "{partly:?}");
    assert!(
        partly.out.contains(&ids[0]) && partly.err.contains(unknown),
        "{partly:?}"
    );
    let alone = gateway.run(&["sessions", "terminate", unknown]);
    assert_eq!(alone.code, 5, "{alone:?}");
    let listed = gateway.print(&["sessions", "list", "--user", "ann", "-o", "id"]);
    assert_eq!(listed.lines().count(), 3, "{listed}");
    let piped = run(
        gateway
            .cli(&["sessions", "terminate", "-", "-o", "id"])
            .args(["--reason", "closing time"]),
        &listed,
    );
    assert_eq!(
        (piped.code, piped.out.as_str()),
        (0, listed.as_str()),
        "{piped:?}"
    );
    for client in &mut clients {
        client.out.wait_closed();
    }
    let nothing = run(&mut gateway.cli(&["sessions", "terminate", "-"]), "");
    assert_eq!(nothing.code, 0, "{nothing:?}");
    assert_eq!(gateway.run(&["sessions", "terminate"]).code, 2, "nobody is meant");
}

#[test]
fn only_administrators_give_orders_and_others_do_not_see_the_session() {
    let (_server, gateway) = house(&json!({}));
    gateway.apply(&json!([
        { "kind": "user", "name": "bob", "spec": { "password": PASSWORD } },
        { "kind": "user", "name": "eve", "spec": { "password": PASSWORD, "roles": ["auditor"] } },
    ]));
    let (ann, bob, eve) = (gateway.token("ann"), gateway.token("bob"), gateway.token("eve"));
    let shell = gateway.shell("box");
    let id = gateway.running();
    for verb in ["lock", "unlock", "terminate", "cancel", "extend"] {
        let order = |token: &str| {
            let body = json!({ "by_secs": 60 });
            let body = if verb == "extend" { body } else { json!({}) };
            gateway
                .ask_as(token, "POST", &format!("/v1/sessions/{id}:{verb}"), Some(&body))
                .answer()
        };
        let refused = order(&bob);
        assert_eq!(refused.status, 404, "{verb} by a stranger: {}", refused.text());
        let refused = order(&eve);
        assert_eq!(refused.status, 403, "{verb} by an auditor: {}", refused.text());
        if matches!(verb, "lock" | "unlock" | "terminate") {
            let refused = order(&ann);
            assert_eq!(refused.status, 403, "{verb} by the owner: {}", refused.text());
            assert_eq!(refused.header("content-type"), Some("application/problem+json"));
        }
        let mut words = vec!["sessions", verb, &id];
        if verb == "extend" {
            words.extend(["--by", "1m"]);
        }
        assert_eq!(run(&mut gateway.cli_as(&bob, &words), "").code, 5, "{verb}");
        assert_eq!(run(&mut gateway.cli_as(&eve, &words), "").code, 4, "{verb}");
    }
    for path in [
        "",
        "/stream",
        "/events",
        "/activity",
        "/player",
        "/export",
        "/timeline",
        "/files",
    ] {
        let refused = gateway
            .ask_as(&bob, "GET", &format!("/v1/sessions/{id}{path}"), None)
            .answer();
        assert_eq!(refused.status, 404, "{path}: {}", refused.text());
    }
    assert_eq!(gateway.session(&id)["state"], "active", "nothing was done");
    drop(shell);
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

#[test]
fn a_watch_begins_with_the_present_screen_and_is_at_most_a_second_behind() {
    let (_server, gateway) = house(&json!({}));
    let mut shell = gateway.shell("box");
    let id = gateway.running();
    shell.say("echo gone-by\n");
    shell.out.wait_for("gone-by\r\n% ");
    shell.say("clear; echo on-the-$((1))-screen\n");
    shell.out.wait_for("on-the-1-screen\r\n% ");
    let watch = Program::start(&mut gateway.cli(&["sessions", "watch", &id]));
    watch.out.wait_for("on-the-1-screen");
    let mut worst = Duration::ZERO;
    for number in 0..10 {
        let word = format!("later-{number}.");
        shell.say(&format!("printf 'later-%s.\\n' {number}\n"));
        let told = shell.out.wait_for(&word);
        let watched = watch.out.wait_for(&word);
        worst = worst.max(watched.saturating_duration_since(told));
    }
    println!("a watch by the command line is {worst:?} behind");
    assert!(worst < BEHIND, "{worst:?}");
    // Leaving a watch ends nothing.
    drop(watch);
    assert_eq!(gateway.running(), id);
    let mut watch = Program::start(&mut gateway.cli(&["sessions", "watch", &id]));
    watch.out.wait_for("later-9.");
    shell.say("exit\n");
    shell.ended();
    assert!(watch.ended().success(), "a watch ends with its session");
    let log = gateway.print(&["sessions", "events", &id]);
    assert!(log.contains("watched"), "who watches is on record: {log}");
}
