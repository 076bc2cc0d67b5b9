//! Locks: what they hold, how soon, and what they cover.

use std::{
    path::Path, process::Command, sync::atomic::AtomicBool, sync::atomic::AtomicU8, sync::atomic::Ordering,
    thread, time::Duration, time::Instant,
};

use serde_json::json;

use crate::{
    house::{house, in_state},
    program::{PATIENCE, Program, run, until},
    sshd::{Sshd, make_key},
};

const LOCK: Duration = Duration::from_millis(200);

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
