//! What an auditor says about the server role's default offer.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use bytes::Buf;
use proto_ssh::wire::{Limits, Profile, ServerConfig, Transport};
use testkit::tools;

use crate::pair::server_config;

/// Answers one of the auditor's probes, which may break off or send nonsense.
fn answer(mut stream: TcpStream, config: Arc<ServerConfig>) -> Option<()> {
    let mut transport = Transport::server(config, Instant::now()).unwrap();
    loop {
        let event = transport.next(Instant::now());
        let outbound = transport.outbound();
        let written = stream.write_all(outbound);
        outbound.advance(outbound.len());
        written.ok()?;
        if event.ok()?.is_none() {
            let mut chunk = [0; 4096];
            let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
            transport.inbound().extend_from_slice(&chunk[..count]);
        }
    }
}

/// Runs the auditor; `None` if it is not installed.
fn audit(profile: Profile) -> Option<String> {
    if !tools::have(&["ssh-audit"]) {
        return None;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let config = server_config(profile, Limits::default());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let config = config.clone();
            std::thread::spawn(move || answer(stream.unwrap(), config));
        }
    });
    let said = Command::new(tools::path("ssh-audit"))
        .args(["--no-colors", "--skip-rate-test", "-p", &port, "127.0.0.1"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("mlkem768x25519-sha256"), "{said}");
    Some(said)
}

#[test]
fn an_auditor_warns_about_nothing_but_classic_key_exchange() {
    let Some(said) = audit(Profile::server()) else {
        return;
    };
    for line in said
        .lines()
        .filter(|line| line.contains("[fail]") || line.contains("[warn]"))
    {
        let is_known = line.starts_with("(kex) curve25519-sha256")
            && line.ends_with("does not provide protection against post-quantum attacks");
        assert!(is_known, "{said}");
    }
}

#[test]
fn an_auditor_has_nothing_to_say_about_the_post_quantum_profile() {
    let Some(said) = audit(Profile::post_quantum()) else {
        return;
    };
    assert!(!said.contains("[fail]") && !said.contains("[warn]"), "{said}");
}
