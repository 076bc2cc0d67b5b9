//! What holds for sessions of every protocol, from the first byte to the sealed recording.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, text},
    house::{house, in_state},
    program::{PATIENCE, Program, run, until},
    sshd::Sshd,
};

/// Starts a server that sends back what it gets, as the resource `echo`.
pub(crate) fn echo(gateway: &Gateway) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            thread::spawn(move || std::io::copy(&mut socket.try_clone().unwrap(), &mut socket));
        }
    });
    gateway.apply(&json!([
        { "kind": "resource", "name": "echo", "spec": { "type": "tcp", "host": "127.0.0.1", "port": port } },
    ]));
}

/// Begins a session of `ann` with [`echo`].
fn stream(gateway: &Gateway) -> Program {
    let mut program = Program::start(&mut gateway.cli_as(&gateway.token("ann"), &["connect", "echo"]));
    program.say("here\n");
    program.out.wait_for("here\n");
    program
}

#[test]
fn every_session_is_recorded_without_being_asked_to() {
    // A profile that says nothing at all.
    let (server, gateway) = house(&json!({}));
    echo(&gateway);
    let mut shell = gateway.shell("box");
    shell.say("exit\n");
    shell.ended();
    assert_eq!(run(gateway.ssh(&[], "box").arg("echo one"), "").out, "one\n");
    let file = server.folder().join("config").display().to_string();
    let port = gateway.ssh_port.to_string();
    let mut sftp = std::process::Command::new("sftp");
    sftp.args(gateway.ssh_options())
        .args(["-q", "-P", &port, "-b", "-", "ann%box@127.0.0.1"]);
    let got = run(
        &mut sftp,
        &format!("get {file} {}\n", gateway.folder().join("got").display()),
    );
    assert_eq!(got.code, 0, "{got:?}");
    let mut tcp = stream(&gateway);
    tcp.close_input();
    let status = tcp.ended();
    assert!(status.success(), "{status}: {}", tcp.err.text());

    let rows = gateway.sessions("status=all");
    let mut kinds: Vec<_> = rows.iter().map(|row| text(&row["resource"]["type"])).collect();
    kinds.sort();
    assert_eq!(kinds, ["ssh", "ssh", "ssh", "tcp"], "{rows:#?}");
    for row in rows {
        let id = text(&row["session_id"]);
        let tape = gateway.tape(&id);
        let verified = gateway.run(&["verify", tape.to_str().unwrap()]);
        assert!(
            verified.code == 0 && verified.out.trim().ends_with(": intact"),
            "{verified:?}"
        );
        let about = gateway.get(&format!("/v1/sessions/{id}/player"));
        assert!(!about["strands"].as_array().unwrap().is_empty(), "{about:#}");
    }
}

#[test]
fn a_recording_begins_before_the_resource_hears_anything_and_ends_after_the_caller_has() {
    let (_server, gateway) = house(&json!({}));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    gateway.apply(&json!([
        { "kind": "resource", "name": "log", "spec": { "type": "tcp", "host": "127.0.0.1", "port": port } },
    ]));
    // The resource knows when it was called first and when it was told something first.
    let resource = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let called = Timestamp::now();
        let mut byte = [0];
        socket.read_exact(&mut byte).unwrap();
        socket.write_all(b"last\n").unwrap();
        socket.read_to_end(&mut Vec::new()).unwrap();
        called
    });
    let mut caller = Program::start(&mut gateway.cli_as(&gateway.token("ann"), &["connect", "log"]));
    caller.say("x");
    caller.out.wait_for("last\n");
    let heard = Timestamp::now();
    let id = gateway.running();
    caller.close_input();
    caller.ended();
    let dialled = resource.join().unwrap();
    gateway.ended(&id);
    let about = gateway.get(&format!("/v1/sessions/{id}/player"));
    let started: Timestamp = about["started_at"].as_str().unwrap().parse().unwrap();
    let length = Duration::from_millis(about["duration_ms"].as_u64().unwrap() + 1);
    assert!(
        started <= dialled,
        "recorded from {started}, dialled at {dialled}"
    );
    assert!(
        started + length >= heard,
        "recorded for {length:?} from {started}, heard at {heard}"
    );
}

#[test]
fn a_resource_sees_the_gateway_only_and_the_record_names_it_and_the_client() {
    let (server, gateway) = house(&json!({}));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    gateway.apply(&json!([
        { "kind": "resource", "name": "log", "spec": { "type": "tcp", "host": "127.0.0.1", "port": port } },
    ]));
    let resource = thread::spawn(move || {
        let (mut socket, peer) = listener.accept().unwrap();
        socket.read_to_end(&mut Vec::new()).unwrap();
        peer.ip().to_string()
    });
    // The client has an address of its own, which nobody but the gateway sees.
    let from_afar = ["-b", "127.0.0.2"];
    let seen = run(gateway.ssh(&from_afar, "box").arg("echo $SSH_CONNECTION"), "");
    assert!(seen.out.starts_with("127.0.0.1 "), "{seen:?}");
    let mut plain = std::process::Command::new("ssh");
    plain.args(gateway.ssh_options()).args(from_afar);
    plain.args([
        "-p",
        &gateway.ssh_port.to_string(),
        "-W",
        "log:1",
        "ann@127.0.0.1",
    ]);
    let carried = run(&mut plain, "hello\n");
    assert_eq!(carried.code, 0, "{carried:?}");
    assert_eq!(resource.join().unwrap(), "127.0.0.1");
    let log = server.log();
    assert!(
        log.contains("from 127.0.0.1 port") && !log.contains("127.0.0.2"),
        "{log}"
    );
    let rows = gateway.sessions("status=all");
    assert_eq!(rows.len(), 2, "{rows:#?}");
    for row in rows {
        assert_eq!(
            (text(&row["gateway"]["name"]), text(&row["client_ip"])),
            ("test".to_owned(), "127.0.0.2".to_owned())
        );
    }
}

#[test]
fn a_plain_connection_is_on_record_with_peer_target_times_bytes_and_the_cause_of_its_close() {
    let (_server, gateway) = house(&json!({}));
    echo(&gateway);
    let port = gateway.get("/v1/objects/resource/echo")["spec"]["port"].clone();
    let before = Timestamp::now();
    let mut caller = stream(&gateway);
    let id = gateway.running();
    caller.say("and seventeen more");
    caller.out.wait_for("and seventeen more");
    caller.close_input();
    caller.ended();
    let session = gateway.ended(&id);
    assert_eq!(session["resource"]["host"], json!(format!("127.0.0.1:{port}")));
    let connections = session["connections"].as_array().unwrap();
    assert_eq!(connections.len(), 1, "{session:#}");
    let connection = &connections[0];
    let time = |key: &str| -> Timestamp { connection[key].as_str().unwrap().parse().unwrap() };
    assert!(
        before <= time("opened_at") && time("opened_at") <= time("closed_at"),
        "{connection:#}"
    );
    assert!(time("closed_at") <= Timestamp::now(), "{connection:#}");
    assert_eq!(connection["client_ip"], "127.0.0.1");
    let sent = "here\nand seventeen more".len();
    assert_eq!(
        (&connection["bytes_up"], &connection["bytes_down"]),
        (&json!(sent), &json!(sent))
    );
    assert_eq!(connection["close_reason"], "user_disconnect", "{connection:#}");
}

#[test]
fn a_terminated_session_of_any_kind_is_cut_within_a_second_and_sealed_within_ten() {
    let (_server, gateway) = house(&json!({}));
    echo(&gateway);
    let begin: [(&str, &dyn Fn() -> Program); 2] =
        [("ssh", &|| gateway.shell("box")), ("tcp", &|| stream(&gateway))];
    for (kind, begin) in begin {
        let mut client = begin();
        let id = gateway.running();
        let ordered = Instant::now();
        gateway
            .post(&format!("/v1/sessions/{id}:terminate"), &json!({}))
            .ok();
        let cut = client.out.wait_closed().saturating_duration_since(ordered);
        assert!(cut < Duration::from_secs(1), "{kind}: {cut:?}");
        let session: Value = gateway.ended(&id);
        let sealed = ordered.elapsed();
        println!("{kind}: closed after {cut:?}, sealed after {sealed:?}");
        assert!(sealed < Duration::from_secs(10), "{kind}: {sealed:?}");
        assert_eq!(session["end_reason"], "admin_terminate", "{session:#}");
        client.ended();
    }
}

#[test]
fn a_list_gives_the_states_and_types_that_were_asked_for_and_nothing_else() {
    let server = Sshd::start();
    let gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    echo(&gateway);
    assert_eq!(run(gateway.ssh(&[], "box").arg("true"), "").code, 0);
    let mut tcp = stream(&gateway);
    tcp.close_input();
    tcp.ended();
    let over = || (gateway.sessions("status=completed").len() == 2).then_some(());
    until(PATIENCE, "what is over for the callers is over", over);
    let mut cut = Program::start(gateway.ssh(&[], "box").arg("cat"));
    let cut_id = gateway.running();
    gateway.print(&["sessions", "terminate", &cut_id]);
    cut.ended();
    let _ssh = Program::start(gateway.ssh(&[], "box").arg("cat"));
    gateway.running();
    let _tcp = stream(&gateway);
    gateway.active(2);
    in_state(&gateway, &cut_id, "terminated");

    // What each of them is, told by the sessions themselves.
    let everything = gateway.sessions("status=all");
    assert_eq!(everything.len(), 5, "{everything:#?}");
    let chosen = |states: &[&str], kinds: &[&str]| -> Vec<String> {
        let one_of =
            |value: &Value, words: &[&str]| words.is_empty() || words.iter().any(|word| value == word);
        let rows = everything
            .iter()
            .filter(|row| one_of(&row["state"], states) && one_of(&row["resource"]["type"], kinds));
        let mut ids: Vec<_> = rows.map(|row| text(&row["session_id"])).collect();
        ids.sort();
        ids
    };
    let running = ["connecting", "active", "locked"];
    for (words, query, expected, count) in [
        (&[][..], "", chosen(&running, &[]), 2),
        (
            &["--status-type", "completed"],
            "status=completed",
            chosen(&["completed"], &[]),
            2,
        ),
        (
            &["--status-type", "terminated"],
            "status=terminated",
            chosen(&["terminated"], &[]),
            1,
        ),
        (
            &["--status-type", "completed", "--status-type", "terminated"],
            "status=completed&status=terminated",
            chosen(&["completed", "terminated"], &[]),
            3,
        ),
        (
            &["--status-type", "connected", "--resource-type", "ssh"],
            "status=connected&type=ssh",
            chosen(&["active", "locked"], &["ssh"]),
            1,
        ),
        (
            &["--status-type", "completed", "--resource-type", "tcp"],
            "status=completed&type=tcp",
            chosen(&["completed"], &["tcp"]),
            1,
        ),
        (
            &["--all", "--resource-type", "ssh,tcp"],
            "status=all&type=ssh,tcp",
            chosen(&[], &[]),
            5,
        ),
    ] {
        assert_eq!(expected.len(), count, "{words:?}");
        let listed = gateway.print(&[&["sessions", "list", "-o", "id"], words].concat());
        let mut listed: Vec<_> = listed.lines().map(str::to_owned).collect();
        listed.sort();
        assert_eq!(listed, expected, "the command line: {words:?}");
        let mut rows: Vec<_> = gateway
            .sessions(query)
            .iter()
            .map(|row| text(&row["session_id"]))
            .collect();
        rows.sort();
        assert_eq!(rows, expected, "the API, which the console asks: {query}");
    }
}
