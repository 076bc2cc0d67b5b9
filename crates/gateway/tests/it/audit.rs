//! What auditors of SSH say about the gateway, and what an operator can do about it.

use std::process::Command;

use serde_json::json;
use testkit::tools;

use crate::{
    gateway::Gateway,
    program::{Outcome, run},
    sshd::Sshd,
};

/// Runs `ssh-audit` without its test of the connection rate, which is no question of algorithms.
fn audit(gateway: &Gateway) -> Option<Outcome> {
    if !tools::have(&["ssh-audit"]) {
        return None;
    }
    let mut audit = Command::new(tools::path("ssh-audit"));
    audit.args([
        "--no-colors",
        "--skip-rate-test",
        "-p",
        &gateway.ssh_port.to_string(),
    ]);
    let said = run(audit.arg("127.0.0.1"), "");
    assert!(said.out.contains("(kex) mlkem768x25519-sha256"), "{said:?}");
    Some(said)
}

fn complaints(said: &Outcome) -> Vec<&str> {
    let is_one = |line: &&str| line.contains("[fail]") || line.contains("[warn]");
    said.out.lines().filter(is_one).collect()
}

#[test]
fn an_auditor_warns_of_nothing_but_curve25519_by_default() {
    for rsa in ["false", "true"] {
        let gateway = Gateway::start_with(&[("DOORWARD_RSA_HOST_KEY", rsa)]);
        let Some(said) = audit(&gateway) else { return };
        // Once for each of its two names.
        let known: Vec<_> = complaints(&said)
            .into_iter()
            .map(|line| {
                let name = line.split_whitespace().nth(1).unwrap_or_default();
                let is_quantum = line.ends_with("does not provide protection against post-quantum attacks");
                (name, line.contains("[warn]") && is_quantum)
            })
            .collect();
        let expected = [
            ("curve25519-sha256", true),
            ("curve25519-sha256@libssh.org", true),
        ];
        assert_eq!(known, expected, "{}", said.out);
    }
}

const PARAMIKO: &str = "
import paramiko, sys
client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
client.connect('127.0.0.1', int(sys.argv[1]), 'ann:box', key_filename=sys.argv[2], allow_agent=False, look_for_keys=False)
print(client.exec_command('echo through')[1].read().decode(), end='')
";

#[test]
fn an_operator_may_insist_on_post_quantum_key_exchange() {
    let server = Sshd::start();
    let gateway = Gateway::start_with(&[("DOORWARD_SSH_KEY_EXCHANGE", "post-quantum")]);
    gateway.furnish(&server, &json!({}));
    if let Some(said) = audit(&gateway) {
        assert_eq!((said.code, complaints(&said)), (0, Vec::new()), "{}", said.out);
    }
    // A client that knows it is let in; one that is told to know X25519 only learns why it is not.
    if let Some(python) = tools::python(&["paramiko"]) {
        let mut client = Command::new(python);
        client.args(["-c", PARAMIKO, &gateway.ssh_port.to_string()]);
        let said = run(client.arg(gateway.folder().join("client")), "");
        assert_eq!((said.out.as_str(), said.code), ("through\n", 0), "{said:?}");
    }
    // OpenSSH knows a method from 8.5 on.
    let knows = run(Command::new("ssh").args(["-Q", "kex"]), "").out;
    if knows.contains("sntrup761x25519") || knows.contains("mlkem768x25519") {
        let said = run(gateway.ssh(&["-v"], "box").arg("echo through"), "");
        assert_eq!((said.out.as_str(), said.code), ("through\n", 0), "{said:?}");
        let agreed = said
            .err
            .lines()
            .find(|line| line.contains("kex: algorithm: "))
            .unwrap_or_default();
        assert!(
            agreed.contains("sntrup761") || agreed.contains("mlkem768"),
            "{agreed}"
        );
    }
    let refused = run(
        gateway
            .ssh(&["-o", "KexAlgorithms=curve25519-sha256"], "box")
            .arg("true"),
        "",
    );
    assert_eq!(refused.code, 255, "{refused:?}");
    assert!(
        refused.err.contains("no matching key exchange method found")
            && refused.err.contains("mlkem768x25519-sha256"),
        "{refused:?}"
    );
}

#[test]
fn a_key_exchange_that_does_not_exist_is_refused_at_the_start() {
    let mut serve = Command::new(crate::gateway::DOORWARD);
    serve.args(["serve", "--ssh-key-exchange", "quantum"]);
    let refused = run(&mut serve, "");
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("post-quantum"), "{refused:?}");
}
