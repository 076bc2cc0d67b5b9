//! Requests that OpenSSH's client sends only for a person at a terminal, sent by another client.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use russh::client::{Config, Handle, Handler, Msg, connect};
use russh::keys::PublicKeyOrCertificate;
use russh::{Channel, ChannelMsg, Sig};
use tokio::io::{AsyncBufReadExt, BufReader};

use super::support::{PASSWORD, Place, place};

struct Trusting;

impl Handler for Trusting {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

async fn session(place: &Place) -> (Handle<Trusting>, Channel<Msg>) {
    let mut client = connect(Arc::new(Config::default()), place.host.addr(), Trusting)
        .await
        .unwrap();
    assert!(
        client
            .authenticate_password("demo", PASSWORD)
            .await
            .unwrap()
            .success()
    );
    let channel = client.channel_open_session().await.unwrap();
    (client, channel)
}

/// Reads output until it contains a text.
async fn until(channel: &mut Channel<Msg>, text: &str) {
    let mut seen = String::new();
    while !seen.contains(text) {
        match channel.wait().await {
            Some(ChannelMsg::Data { data }) => seen.push_str(&String::from_utf8_lossy(&data)),
            Some(_) => {}
            None => panic!("no {text} in {seen}"),
        }
    }
}

#[tokio::test]
async fn a_program_hears_of_the_new_size_of_its_window() {
    let place = place().await;
    let (_client, mut channel) = session(&place).await;
    channel
        .request_pty(true, "xterm", 80, 24, 0, 0, &[])
        .await
        .unwrap();
    let script = "trap 'stty size' WINCH; stty size; while :; do sleep 0.05; done";
    channel.exec(true, script).await.unwrap();
    until(&mut channel, "24 80").await;
    channel.window_change(132, 50, 0, 0).await.unwrap();
    until(&mut channel, "50 132").await;
    place.host.shutdown().await;
}

#[tokio::test]
async fn modes_of_the_terminal_are_set() {
    let place = place().await;
    let (_client, mut channel) = session(&place).await;
    let modes = [(russh::Pty::ECHO, 0), (russh::Pty::VERASE, 8)];
    channel
        .request_pty(true, "xterm", 80, 24, 0, 0, &modes)
        .await
        .unwrap();
    channel
        .exec(true, "stty -a | tr '\\n' ' '; echo; echo end")
        .await
        .unwrap();
    let mut seen = String::new();
    while !seen.contains("end") {
        if let ChannelMsg::Data { data } = channel.wait().await.unwrap() {
            seen.push_str(&String::from_utf8_lossy(&data));
        }
    }
    assert!(seen.contains(" -echo ") && seen.contains("erase = ^H"), "{seen}");
    place.host.shutdown().await;
}

#[tokio::test]
async fn signals_reach_the_program_and_its_end_is_told() {
    let place = place().await;
    for (script, signal, caught) in [
        (
            "trap 'exit 3' USR1; echo ready; while :; do sleep 0.01; done",
            Sig::USR1,
            true,
        ),
        ("echo ready; sleep 1000", Sig::TERM, false),
        ("echo ready; exec sleep 1000", Sig::KILL, false),
    ] {
        let (_client, mut channel) = session(&place).await;
        channel.exec(true, script).await.unwrap();
        until(&mut channel, "ready").await;
        channel.signal(signal.clone()).await.unwrap();
        loop {
            match channel.wait().await.expect("the end of the program") {
                ChannelMsg::ExitStatus { exit_status } => break assert!(caught && exit_status == 3),
                ChannelMsg::ExitSignal { signal_name, .. } => {
                    break assert!(!caught && format!("{signal_name:?}") == format!("{signal:?}"));
                }
                _ => {}
            }
        }
    }
    place.host.shutdown().await;
}

#[tokio::test]
async fn a_program_whose_output_nobody_reads_is_held() {
    let place = place().await;
    let mut ssh = place
        .ssh(&["127.0.0.1", "echo $$; exec cat /dev/zero"])
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(ssh.stdout.take().unwrap());
    let mut pid = String::new();
    stdout.read_line(&mut pid).await.unwrap();
    let written = || {
        let io = fs::read_to_string(format!("/proc/{}/io", pid.trim())).unwrap();
        let line = io.lines().find_map(|line| line.strip_prefix("wchar: ")).unwrap();
        line.parse::<u64>().unwrap()
    };
    // It has come to rest when it has written nothing for a while; nobody tells.
    let mut last = 0;
    let mut quiet = 0;
    while quiet < 5 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = written();
        quiet = if now == last && now > 1_000_000 {
            quiet + 1
        } else {
            0
        };
        last = now;
        assert!(now < 32 << 20, "{now}");
    }
    ssh.kill().await.unwrap();
    place.host.shutdown().await;
}
