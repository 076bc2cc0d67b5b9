//! A disk that is full: sessions end, nothing passes unrecorded, and the gateway lives on.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::json;

use crate::{
    gateway::{Gateway, text},
    house::house,
    program::{PATIENCE, Program, run, until},
    sshd::Sshd,
};

/// A small file system of its own; unmounted when this is dropped, whatever still holds it.
struct SmallDisk {
    place: PathBuf,
}

impl SmallDisk {
    fn mount(place: PathBuf, size: &str) -> Self {
        std::fs::create_dir_all(&place).unwrap();
        let options = format!("size={size},mode=0700");
        let mounted = run(
            Command::new("mount")
                .args(["-t", "tmpfs", "-o", &options, "doorward-test"])
                .arg(&place),
            "",
        );
        assert_eq!(
            mounted.code, 0,
            "this test mounts a small tmpfs, which only root with the right to mount may do; `mount` said: {}",
            mounted.err
        );
        Self { place }
    }

    /// Takes all the room that is left but for so much, with a file of this name.
    fn fill(&self, name: &str, leave: u64) {
        let free = run(
            Command::new("stat").args(["-f", "-c", "%a %S"]).arg(&self.place),
            "",
        )
        .out;
        let (blocks, size) = free.trim().split_once(' ').unwrap();
        let free = blocks.parse::<u64>().unwrap() * size.parse::<u64>().unwrap();
        let ballast = self.place.join(name);
        let length = (free - leave).to_string();
        let filled = run(Command::new("fallocate").args(["-l", &length]).arg(&ballast), "");
        assert_eq!(filled.code, 0, "{filled:?}");
    }

    /// Takes the last bit of room, with a file of this name.
    fn fill_up(&self, name: &str) {
        let full = run(
            Command::new("dd")
                .args(["if=/dev/zero", "bs=4k"])
                .arg(format!("of={}", self.place.join(name).display())),
            "",
        );
        assert!(full.err.contains("No space left"), "{full:?}");
    }

    fn free(&self, name: &str) {
        std::fs::remove_file(self.place.join(name)).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _gone = Command::new("umount").arg("-l").arg(&self.place).status();
    }
}

/// Sends what does not compress well, line by line, until somebody ends it.
fn upload(gateway: &Gateway, log: &Path) -> Program {
    let ssh = gateway.ssh(&[], "box");
    let words: Vec<_> = ssh
        .get_args()
        .map(|word| format!("'{}'", word.to_string_lossy()))
        .collect();
    let line = format!(
        "base64 -w 76 /dev/urandom | ssh {} 'cat > {}'",
        words.join(" "),
        log.display()
    );
    Program::start(Command::new("bash").args(["-o", "pipefail", "-c", &line]))
}

#[test]
fn a_full_disk_ends_sessions_with_nothing_delivered_unrecorded_and_the_gateway_lives_on() {
    let server = Sshd::start();
    let dir = tempfile::tempdir().unwrap();
    let disk = SmallDisk::mount(dir.path().join("small"), "64m");
    let data = disk.place.join("data");
    let gateway = Gateway::start_in(dir, data, &[]);
    gateway.furnish(&server, &json!({}));
    let pid = gateway.pid();
    // A terminal that is open before, and goes on for as long as it can.
    let mut shell = gateway.shell("box");
    let quiet = gateway.running();
    let fresh = gateway.post("/v1/tokens", &json!({ "name": "fresh" })).ok();
    disk.fill("ballast", 6 << 20);

    let log = server.folder().join("uploaded.log");
    let client = upload(&gateway, &log);
    client.out.wait_closed();
    assert!(
        client.err.text().contains("no space is left for the recording"),
        "the user is told why: {}",
        client.err.text()
    );
    drop(client);

    // No room at all, also not what the recording gave back: nobody comes in, and those who look are answered.
    disk.fill_up("rest");
    let refused = run(gateway.ssh(&[], "box").arg("echo in"), "");
    assert!(
        refused.code != 0 && refused.out.is_empty(),
        "nothing starts that cannot be recorded: {refused:?}"
    );
    for token in [&gateway.admin, &text(&fresh["token"])] {
        let page = gateway
            .ask_as(token, "GET", "/v1/sessions?status=all", None)
            .answer();
        assert_eq!(page.status, 200, "the list is answered: {}", page.text());
    }
    assert_eq!(gateway.pid(), pid);

    disk.free("rest");
    disk.free("ballast");
    let inside = run(gateway.ssh(&[], "box").arg("echo in"), "");
    assert_eq!(inside.out, "in\n", "it serves again: {inside:?}");
    let uploaded = until(
        PATIENCE,
        "the session that uploads is over, also on record",
        || {
            let mut rows = gateway.sessions("status=ended").into_iter();
            rows.find(|row| {
                let reason = row["end_reason"].as_str().unwrap_or_default();
                let full = ["storage_full", "recorder_failed"].contains(&reason);
                full && row["bytes_up"].as_i64().unwrap() > 1_000_000
            })
        },
    );
    let id = text(&uploaded["session_id"]);
    let tape = gateway.tape(&id);
    let verified = gateway.run(&["verify", tape.to_str().unwrap()]);
    assert_eq!(verified.code, 0, "{verified:?}");
    let recorded = gateway.recorded(&id).input;
    let delivered = std::fs::read_to_string(&log).unwrap();
    println!(
        "the target got {} bytes, the recording has {}; ended by {}, {}",
        delivered.len(),
        recorded.len(),
        uploaded["end_reason"],
        verified.out.trim()
    );
    assert!(delivered.len() > 1_000_000, "{}", delivered.len());
    assert!(
        recorded.starts_with(&delivered),
        "something was delivered that is not recorded"
    );

    // The quiet terminal either lives or was ended; if it lives, it is recorded on.
    if gateway.session(&quiet)["ended_at"].is_null() {
        shell.say("echo still-$((40+2))\n");
        shell.out.wait_for("still-42");
    }
    assert_eq!(gateway.get("/v1/audit/verify")["intact"], true);
    drop(gateway);
    drop(disk);
}

/// Changes the gateway's database behind its back.
fn in_the_store(gateway: &Gateway, statement: &str) {
    const CHANGE: &str =
        "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=30).executescript(sys.argv[2])";
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", CHANGE]).arg(gateway.data().join("meta.db"));
    let changed = run(python.arg(statement), "");
    assert_eq!(changed.code, 0, "{changed:?}");
}

#[test]
fn what_a_connection_has_carried_is_stored_as_soon_as_the_store_takes_it_again() {
    let (_server, gateway) = house(&json!({}));
    let mut shell = gateway.shell("box");
    let id = gateway.running();
    in_the_store(
        &gateway,
        "CREATE TRIGGER away BEFORE UPDATE OF close_reason ON connections BEGIN SELECT RAISE(ABORT, 'away'); END",
    );
    shell.say("exit\n");
    shell.out.wait_closed();
    until(PATIENCE, "the store has refused the end", || {
        gateway
            .log()
            .contains("the end of a connection is stored later")
            .then_some(())
    });
    in_the_store(&gateway, "DROP TRIGGER away");
    let session = gateway.ended(&id);
    assert_eq!(session["state"], "completed", "{session:#}");
    assert!(session["bytes_up"].as_i64().unwrap() > 0, "{session:#}");
    assert!(!session["connections"][0]["closed_at"].is_null(), "{session:#}");
}
