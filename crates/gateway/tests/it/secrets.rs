//! What must never be read by whoever gets hold of the data folder, of an exported file, or of the log.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use crate::{
    gateway::{DOORWARD, Gateway, PASSWORD, files, text},
    mysql, pghouse, pgserver,
    program::{PATIENCE, Program, run, until},
    redishouse,
    sshd::Sshd,
};

/// Typed in a terminal, and seen in its output.
const TYPED: &str = "marker-typed-8d1f";
/// In the output only, where it is put together.
const SHOWN: &str = "marker-shown-77ac";
/// The command line of a session without a terminal.
const COMMAND: &str = "marker-command-51b0";
/// Fed to a command without a terminal.
const FED: &str = "marker-fed-e39c";
/// The name and the content of a file.
const FILE_NAME: &str = "marker-name-20aa";
const FILE_CONTENT: &str = "marker-content-b6d2";
/// Typed where nothing is echoed.
const HIDDEN: &str = "hidden-word-4c1e";

/// Asserts that none of some texts is anywhere in a folder: in a file, as it is or in base64 or hex, or in the name of one.
pub(crate) fn assert_nowhere(folder: &Path, texts: &[(&str, &str)]) {
    let all = files(folder);
    assert!(all.len() > 5, "the folder is not what was meant: {all:?}");
    for (what, text) in texts {
        assert!(text.len() >= 12, "`{what}` is too short to tell anything");
        let base64 = base64(text.as_bytes());
        let hex = text
            .bytes()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        for file in &all {
            let name = file.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            assert!(!name.contains(text), "{what} is in the name {name}");
            let Ok(bytes) = std::fs::read(file) else { continue };
            for (form, needle) in [
                ("plain", text.as_bytes()),
                ("base64", base64.as_bytes()),
                ("hex", hex.as_bytes()),
            ] {
                assert!(!contains(&bytes, needle), "{what} is in {name} ({form})");
            }
        }
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Gives base64 without what depends on the bytes behind.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let whole = bytes
        .chunks_exact(3)
        .map(|three| u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]));
    let letters =
        whole.flat_map(|bits| [18, 12, 6, 0].map(|by| char::from(LETTERS[(bits >> by & 63) as usize])));
    letters.collect()
}

/// Gives the lines of a private key that are the key.
fn key_lines(pem: &str) -> Vec<String> {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    // The first line is the format's own, the same in every key.
    lines
        .skip(1)
        .filter(|line| line.len() >= 40)
        .map(str::to_owned)
        .collect()
}

/// Works in sessions of every kind, with every marker; gives the id of the one with a terminal.
fn work(gateway: &Gateway, server: &Sshd) -> String {
    let mut shell = gateway.shell("box");
    let id = gateway.running();
    shell.say(&format!("echo {TYPED}\n"));
    shell.out.wait_for(&format!("{TYPED}\r\n% "));
    let (head, tail) = SHOWN.split_at(8);
    shell.say(&format!("printf '%s%s.\\n' {head} {tail}\n"));
    shell.out.wait_for(&format!("{SHOWN}."));
    let from = shell.out.here();
    shell.say("tty\n");
    let (_, from) = shell.out.wait_from(from, "/dev/");
    let (_, to) = shell.out.wait_from(from, "\r\n");
    let terminal = format!("/dev/{}", shell.out.text()[from..to].trim());
    let from = shell.out.here();
    shell.say("read -rs word; echo \"got ${#word} letters\"\n");
    // The line is echoed, and then `read` waits without an echo.
    shell.out.wait_from(from, "letters\"\r\n");
    wait_for_silence(&terminal);
    shell.say(&format!("{HIDDEN}\n"));
    shell.out.wait_for(&format!("got {} letters", HIDDEN.len()));
    shell.say("exit\n");
    assert!(shell.ended().success(), "{}", shell.err.text());

    let ran = run(gateway.ssh(&[], "box").arg(format!("echo {COMMAND}; cat")), FED);
    assert_eq!(ran.out, format!("{COMMAND}\n{FED}"), "{ran:?}");
    let local = gateway.folder().join(FILE_NAME);
    std::fs::write(&local, FILE_CONTENT.repeat(1000)).unwrap();
    let batch = format!(
        "put {} {}\n",
        local.display(),
        server.folder().join(format!("{FILE_NAME}.up")).display()
    );
    let mut sftp = Command::new("sftp");
    sftp.args(gateway.ssh_options()).args([
        "-b",
        "-",
        "-P",
        &gateway.ssh_port.to_string(),
        "ann%box@127.0.0.1",
    ]);
    let sent = run(&mut sftp, &batch);
    assert_eq!(sent.code, 0, "{sent:?}");
    id
}

/// Waits until a terminal of the target reads a line without echoing it.
fn wait_for_silence(terminal: &str) {
    until(PATIENCE, "`read -s` has turned the echo off", || {
        let said = run(Command::new("stty").args(["-F", terminal, "-a"]), "").out;
        let words: Vec<_> = said.split([' ', ';', '\n']).collect();
        // The shell's own line editor has no echo either, but reads letter by letter.
        (words.contains(&"-echo") && words.contains(&"icanon")).then_some(())
    });
}

#[test]
fn nothing_typed_no_password_and_no_key_is_in_the_data_folder_or_the_log() {
    let server = Sshd::start();
    let mut gateway = Gateway::start_with(&[("DOORWARD_LOG", "debug")]);
    let setup = gateway.setup_token();
    gateway.furnish(&server, &json!({}));
    gateway.apply(&json!([
        { "kind": "secret", "name": "word", "spec": { "form": "password", "value": "a-password-of-a-resource" } },
    ]));
    let token = gateway.token("ann");
    let id = work(&gateway, &server);
    gateway.ended(&id);
    // The password is tried as a password as well, right and wrong.
    let mut by_password = Command::new("sshpass");
    by_password.args([
        "-p",
        PASSWORD,
        "ssh",
        "-F",
        "/dev/null",
        "-o",
        "PubkeyAuthentication=no",
        "-o",
        "HostKeyAlias=gateway",
    ]);
    let hosts = format!("UserKnownHostsFile={}/known_hosts", gateway.folder().display());
    by_password.args([
        "-o",
        &hosts,
        "-p",
        &gateway.ssh_port.to_string(),
        "ann:box@127.0.0.1",
        "true",
    ]);
    let entered = run(&mut by_password, "");
    assert_eq!(entered.code, 0, "{entered:?}");
    let admin = gateway.admin.clone();
    let account_key = server.account_key();
    let mut secrets = vec![
        ("what was typed", TYPED),
        ("what was shown", SHOWN),
        ("the command", COMMAND),
        ("what was fed to a command", FED),
        ("the name of a file", FILE_NAME),
        ("the content of a file", FILE_CONTENT),
        ("the hidden word", HIDDEN),
        ("the user's password", PASSWORD),
        ("the resource's password", "a-password-of-a-resource"),
        ("the administrator's token", admin.as_str()),
        ("the user's token", token.as_str()),
        ("the set-up link", setup.as_str()),
        ("a private key", "PRIVATE KEY-----"),
    ];
    let lines = key_lines(&account_key);
    assert!(lines.len() > 2, "{account_key}");
    secrets.extend(lines.iter().map(|line| ("the account's key", line.as_str())));
    assert_nowhere(gateway.data(), &secrets);
    // The set-up link goes to the operator's terminal between the lines of the log.
    let log: String = gateway
        .log()
        .lines()
        .filter(|line| line.starts_with('{'))
        .collect();
    assert!(log.contains("\"level\":\"DEBUG\""), "the log says much");
    for (what, secret) in &secrets {
        assert!(!log.contains(secret), "{what} is in the log");
    }
    gateway.stop();
    assert_nowhere(gateway.data(), &secrets);
}

#[test]
fn a_planted_secret_is_nowhere_after_fifty_mixed_sessions() {
    let (server, postgres, redis) = (
        Sshd::start(),
        pgserver::Server::start(),
        redishouse::Server::start(),
    );
    let any = "127.0.0.1:0";
    let gateway = Gateway::start_with(&[
        ("DOORWARD_LOG", "debug"),
        ("DOORWARD_POSTGRES", any),
        ("DOORWARD_MYSQL", any),
        ("DOORWARD_REDIS", any),
    ]);
    gateway.furnish(&server, &json!({}));
    let mut documents = Vec::new();
    for (name, kind, port, login, secret) in [
        ("pg", "postgres", postgres.port, "app", pgserver::SECRET),
        ("my", "mysql", mysql::House::server_port(), "maker", mysql::SECRET),
        ("re", "redis", redis.port, "app", redishouse::SECRET),
    ] {
        documents.extend([
            json!({ "kind": "secret", "name": name, "spec": { "value": secret } }),
            json!({ "kind": "resource", "name": name, "spec": { "type": kind, "host": "127.0.0.1", "port": port } }),
            json!({ "kind": "account", "name": name, "spec": { "login": login, "secret": name, "resources": { "names": [name] } } }),
            json!({ "kind": "access_rule", "name": name, "spec": { "users": ["ann"], "resources": { "names": [name] }, "accounts": [name] } }),
        ]);
    }
    documents.extend([
        json!({ "kind": "activity", "name": "reader", "spec": {
            "type": "postgres", "administrator": "pg", "before": [{ "do": "create_account" }] } }),
        json!({ "kind": "access_rule", "name": "temporary", "spec": {
            "users": ["ann"], "resources": { "names": ["pg"] }, "activity": "reader" } }),
    ]);
    gateway.apply(&documents.into());
    let (pg, my, re) = (
        pghouse::listening(&gateway),
        mysql::listening(&gateway),
        redishouse::listening(&gateway),
    );
    for number in 0..50 {
        let said = match number % 5 {
            0 => run(gateway.ssh(&[], "box").arg("echo seen"), ""),
            1 => run(
                pgserver::client("psql", pg, "ann:pg@pg", PASSWORD).args(["-XAtc", "select 'seen'"]),
                "",
            ),
            2 => run(
                mysql::client("mariadb", my, "ann:my@my", PASSWORD).args(["-BN", "-e", "select 'seen'"]),
                "",
            ),
            3 => run(
                redishouse::client(re, "ann:re@re", PASSWORD).args(["echo", "seen"]),
                "",
            ),
            _ => run(
                pgserver::client("psql", pg, "ann:reader@pg", PASSWORD).args(["-XAtc", "select 'seen'"]),
                "",
            ),
        };
        assert!(
            said.code == 0 && said.out.contains("seen"),
            "session {number}: {said:?}"
        );
    }
    let sessions = until(PATIENCE, "fifty sessions are over", || {
        let sessions = gateway.sessions("status=completed&limit=100");
        (sessions.len() == 50).then_some(sessions)
    });
    for session in sessions {
        gateway.ended(&text(&session["session_id"]));
    }
    let account_key = server.account_key();
    let lines = key_lines(&account_key);
    let mut secrets = vec![
        ("the password of the account on PostgreSQL", pgserver::SECRET),
        ("the password of the account on MariaDB", mysql::SECRET),
        ("the password of the account on Redis", redishouse::SECRET),
        ("the user's password", PASSWORD),
        ("a private key", "PRIVATE KEY-----"),
    ];
    secrets.extend(lines.iter().map(|line| ("the account's key", line.as_str())));
    assert_nowhere(gateway.data(), &secrets);
    let log = gateway.log();
    for (what, secret) in &secrets {
        assert!(!log.contains(secret), "{what} is in the log");
    }
}

#[test]
fn what_is_typed_without_an_echo_is_in_no_export_and_commands_are() {
    let server = Sshd::start();
    let gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    let id = work(&gateway, &server);
    gateway.ended(&id);
    for form in ["asciicast", "asciicast2", "txt", "json", "csv"] {
        let file = gateway.print(&["sessions", "export", &id, "--as", form]);
        assert!(!file.contains(HIDDEN), "{form} has the hidden word: {file}");
        assert!(file.contains(TYPED), "{form} has the command: {file}");
        assert!(file.contains("letters"), "{form} goes on behind the prompt");
    }
    let stream = gateway.recorded(&id);
    assert!(
        !stream.input.contains(HIDDEN) && !stream.output.contains(HIDDEN),
        "{stream:?}"
    );
    assert!(stream.input.contains(&format!("echo {TYPED}")), "{stream:?}");
    let activity = gateway.get(&format!("/v1/sessions/{id}/activity"));
    assert!(!activity.to_string().contains(HIDDEN), "{activity:#}");
    let commands: Vec<_> = activity["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| text(&entry["text"]))
        .collect();
    assert!(commands.contains(&format!("echo {TYPED}")), "{commands:?}");
    let found = gateway.get(&format!("/v1/search?q={TYPED}"));
    assert!(!found["hits"].as_array().unwrap().is_empty(), "{found:#}");
    let found = gateway.get(&format!("/v1/search?q={HIDDEN}"));
    assert!(found["hits"].as_array().unwrap().is_empty(), "{found:#}");
}

#[test]
fn the_demo_keeps_no_password_no_token_and_no_key_in_the_clear() {
    let dir = tempfile::tempdir().unwrap();
    let (data, ready) = (dir.path().join("data"), dir.path().join("ready.json"));
    let mut command = Command::new(DOORWARD);
    command
        .args(["demo", "--no-databases", "--data"])
        .arg(&data)
        .arg("--ready-file")
        .arg(&ready)
        .env_remove("DOORWARD_DATABASE_URL");
    let demo = Program::start(&mut command);
    demo.out.wait_for("Ctrl-C stops it");
    let ready: Value = serde_json::from_slice(&std::fs::read(ready).unwrap()).unwrap();
    let users = ready["users"].as_array().unwrap();
    assert_eq!(users.len(), 2, "{ready:#}");
    let secrets: Vec<_> = users
        .iter()
        .flat_map(|user| [text(&user["password"]), text(&user["token"])])
        .collect();
    let mut secrets: Vec<_> = secrets
        .iter()
        .map(|secret| ("a password or token of the demo", secret.as_str()))
        .collect();
    secrets.push(("a private key", "PRIVATE KEY-----"));
    assert_nowhere(&data, &secrets);
    for (what, secret) in secrets {
        assert!(!demo.err.text().contains(secret), "{what} is in the log");
    }
}
