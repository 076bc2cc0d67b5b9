//! Rules on commands of SSH: what is refused or held does not run before reviewers agree, whether it is typed or not.

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, text},
    holds::{pending, state, vote},
    program::{PATIENCE, Program, hold_lasts, run, until},
    sshd::Sshd,
};

/// A gateway in front of a host where `sudo` is a program that runs what is behind it, and a file that commands make.
struct House {
    gateway: Gateway,
    server: Sshd,
    made: PathBuf,
}

impl House {
    fn open() -> Self {
        let (gateway, server) = (Gateway::start(), Sshd::start());
        let rules = json!([
            { "name": "root", "hold": ["sudo"], "review": { "admins": true, "timeout_secs": 600 } },
            { "name": "no reboots", "deny": ["reboot", "systemctl reboot"], "message": "ask the owners of the host" },
        ]);
        gateway.furnish(&server, &json!({ "commands": rules }));
        let sudo = gateway.folder().join("sudo");
        std::fs::write(&sudo, "#!/bin/sh\nexec \"$@\"\n").unwrap();
        assert_eq!(run(Command::new("chmod").arg("+x").arg(&sudo), "").code, 0);
        let made = gateway.folder().join("made");
        Self {
            gateway,
            server,
            made,
        }
    }

    /// Writes a line that makes the file by `sudo`.
    fn sudo(&self) -> String {
        format!(
            "PATH={}:$PATH sudo touch {}",
            self.gateway.folder().display(),
            self.made.display()
        )
    }

    fn is_made(&self) -> bool {
        self.made.exists()
    }

    /// Waits for a request to be withdrawn.
    fn withdrawn(&self, approval: &Value) {
        until(PATIENCE, "the request is withdrawn", || {
            (state(&self.gateway, approval) == "revoked").then_some(())
        });
    }
}

#[test]
fn a_held_sudo_command_runs_within_a_second_of_its_approval() {
    let house = House::open();
    assert_eq!(run(house.gateway.ssh(&[], "box").arg("exit 3"), "").code, 3);
    let line = format!("{}; cat; exit 4", house.sudo());
    let mut client = Program::start(house.gateway.ssh(&[], "box").arg(&line));
    client.say("from in\n");
    client.close_input();
    let approval = pending(&house.gateway);
    assert_eq!(
        (text(&approval["content"]), text(&approval["rule"])),
        (line, "root".to_owned())
    );
    client
        .err
        .wait_for("held by rule `root` until an administrator approves it");
    let session = text(&approval["session_id"]);
    let shown = house.gateway.session(&session)["hold"].clone();
    assert_eq!(
        (text(&shown["state"]), &shown["approval_id"]),
        ("awaiting_action_approval".to_owned(), &approval["id"])
    );
    hold_lasts();
    assert!(!house.is_made());
    vote(&house.gateway, &approval, "approve", "go on");
    let voted = Instant::now();
    let heard = client.out.wait_for("from in\n");
    assert!(heard.saturating_duration_since(voted) < Duration::from_secs(1));
    assert_eq!(client.ended().code(), Some(4));
    assert!(house.is_made());
}

#[test]
fn a_command_that_is_refused_or_denied_fails_with_readable_words() {
    let house = House::open();
    let refused = run(house.gateway.ssh(&[], "box").arg("true && /sbin/reboot now"), "");
    assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{refused:?}");
    assert!(
        refused.err.contains("doorward: ask the owners of the host"),
        "{refused:?}"
    );
    let mut client = Program::start(house.gateway.ssh(&[], "box").arg(house.sudo()));
    vote(
        &house.gateway,
        &pending(&house.gateway),
        "deny",
        "not on a Monday",
    );
    client.err.wait_for("not on a Monday (rule `root`)");
    assert_eq!(client.ended().code(), Some(1));
    // Sent through `doorward exec`, it is the same.
    let token = house.gateway.token("ann");
    let mut exec = Program::start(
        &mut house
            .gateway
            .cli_as(&token, &["exec", "box", "--", &house.sudo()]),
    );
    vote(&house.gateway, &pending(&house.gateway), "deny", "nor there");
    exec.err.wait_for("nor there (rule `root`)");
    assert_eq!(exec.ended().code(), Some(1));
    assert!(!house.is_made());
}

#[test]
fn a_held_command_is_withdrawn_by_ctrl_c_and_when_its_client_goes() {
    let house = House::open();
    let mut client = Program::start(house.gateway.ssh(&[], "box").arg(house.sudo()));
    let approval = pending(&house.gateway);
    client.kill();
    house.withdrawn(&approval);
    let mut client = Program::start(house.gateway.ssh(&["-tt"], "box").arg(house.sudo()));
    let approval = pending(&house.gateway);
    client.out.wait_for("held by rule `root`");
    client.say("\x03");
    assert_eq!(client.ended().code(), Some(1));
    house.withdrawn(&approval);
    assert!(!house.is_made());
}

#[test]
fn a_typed_sudo_is_held_at_its_enter_and_goes_on_denied_or_taken_back() {
    let house = House::open();
    let mut shell = house.gateway.shell("box");
    shell.say("echo fr''ee\n");
    shell.out.wait_for("free\r\n");
    shell.say(&format!("{}; echo ra''n\n", house.sudo()));
    let approval = pending(&house.gateway);
    assert_eq!(
        text(&approval["content"]),
        format!("{}; echo ra''n", house.sudo())
    );
    shell
        .out
        .wait_for("held by rule `root` until an administrator approves it");
    hold_lasts();
    assert!(!house.is_made());
    vote(&house.gateway, &approval, "approve", "");
    let voted = Instant::now();
    let heard = shell.out.wait_for("ran\r\n");
    assert!(heard.saturating_duration_since(voted) < Duration::from_secs(1));
    assert!(house.is_made());
    std::fs::remove_file(&house.made).unwrap();
    // Out of the history, and denied.
    shell.say("\x1b[A\n");
    vote(&house.gateway, &pending(&house.gateway), "deny", "once is enough");
    let (_, denied) = shell.out.wait_from(0, "once is enough (rule `root`)");
    // The shell forgets the line first.
    shell.out.wait_from(denied, "% ");
    shell.say("echo st''ill\n");
    shell.out.wait_for("still\r\n");
    // Pasted in front of something that was edited, and taken back.
    shell.say(" ignored\x01");
    shell.say(&house.sudo());
    shell.say("\n");
    let approval = pending(&house.gateway);
    shell.say("\x03");
    house.withdrawn(&approval);
    let (_, back) = shell.out.wait_from(0, "you have taken the command back");
    shell.out.wait_from(back, "% ");
    shell.say("systemctl reboot\n");
    let (_, refused) = shell.out.wait_from(0, "ask the owners of the host");
    shell.out.wait_from(refused, "% ");
    shell.say("echo the''n; exit 5\n");
    shell.out.wait_for("then\r\n");
    assert_eq!(shell.ended().code(), Some(5));
    assert!(!house.is_made());
}

#[test]
fn a_password_is_no_command_and_is_shown_to_nobody() {
    let house = House::open();
    let mut shell = house.gateway.shell("box");
    shell.say("read -rs -p 'Password: ' word; echo; echo ${#word} si''gns\n");
    shell.out.wait_for("Password: ");
    shell.say("sudo\n");
    shell.out.wait_for("4 signs");
    let list = house.gateway.get("/v1/approvals?kind=statement");
    assert_eq!(list["approvals"], json!([]));
    shell.say("exit\n");
    shell.ended();
    drop(house.server);
}
