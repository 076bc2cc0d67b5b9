//! Getting in, on both sides of the gateway.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;

use domain::object::SecretForm;
use domain::stop::EndReason;

use crate::house::{Host, House, Plan, errors, finish, text};
use crate::peers::Picky;

/// Runs `ssh` with a program that answers its prompts, one answer for each.
async fn answering(house: &House, answers: &[&str], arguments: &[&str]) -> Output {
    let left = house.path("answers");
    std::fs::write(&left, answers.join("\n") + "\n").unwrap();
    let script = house.path("ask");
    let text = format!(
        "#!/bin/sh\necho \"$1\" >> {asked}\nhead -n 1 {left}\nsed -i 1d {left}\n",
        asked = house.file("asked"),
        left = left.display()
    );
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = house.program("ssh");
    command
        .env("SSH_ASKPASS", script)
        .env("SSH_ASKPASS_REQUIRE", "force");
    command
        .args(["-o", "BatchMode=no", "-o", "NumberOfPasswordPrompts=2"])
        .args(arguments);
    finish(command, b"").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_and_prompts_let_in() {
    let house = House::new().await;
    for method in ["password", "keyboard-interactive"] {
        let preferred = format!("PreferredAuthentications={method}");
        let arguments = ["-o", "PubkeyAuthentication=no", "-o", &preferred, "gw", "echo in"];
        let output = answering(&house, &["open sesame"], &arguments).await;
        assert_eq!(text(&output), "in\n", "{method}: {}", errors(&output));
        let output = answering(&house, &["wrong", "open sesame"], &arguments).await;
        assert_eq!(text(&output), "in\n", "{method}, second try: {}", errors(&output));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_proves_nothing_reaches_no_host() {
    let house = House::new().await;
    let arguments = ["-o", "PubkeyAuthentication=no", "gw", "echo in"];
    let output = answering(&house, &["wrong", "wrong", "wrong", "wrong"], &arguments).await;
    assert_eq!(output.status.code(), Some(255));
    // The key of somebody else.
    let (port, key) = (house.port.to_string(), house.file("account"));
    let mut command = tokio::process::Command::new("ssh");
    command.args([
        "-F",
        "/dev/null",
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
    ]);
    command.args([
        "-o",
        "BatchMode=yes",
        "-o",
        "IdentitiesOnly=yes",
        "-i",
        &key,
        "-p",
        &port,
    ]);
    command.args(["-l", "alice%web1", "127.0.0.1", "echo in"]);
    let output = finish(command, b"").await;
    assert_eq!(output.status.code(), Some(255), "{}", text(&output));
    let output = house.ssh(["-l", "mallory%web1", "gw", "echo in"]).await;
    assert_eq!(output.status.code(), Some(255));
    assert!(house.sessions().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_of_the_name_leads_to_the_account() {
    let house = House::new().await;
    for name in [
        "alice:web1",
        "alice%web1",
        "alice:me@web1",
        "alice%me@web1",
        "alice@me@web1",
    ] {
        let output = house.ssh(["-l", name, "gw", "echo in"]).await;
        assert_eq!(text(&output), "in\n", "{name}: {}", errors(&output));
    }
    for name in ["alice%nowhere", "alice%nobody@web1"] {
        let output = house
            .ssh(["-l", name, "-o", "LogLevel=INFO", "gw", "echo in"])
            .await;
        assert_eq!(output.status.code(), Some(255), "{name}");
        assert!(
            errors(&output).contains("rule does not allow"),
            "{name}: {}",
            errors(&output)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_without_a_resource_is_shown_what_there_is() {
    let house = House::new().await;
    let output = house.ssh(["lobby", "ls"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(
        errors(&output).contains("web1  ssh  a host"),
        "{}",
        errors(&output)
    );
    let output = house.ssh_with(["-tt", "lobby"], b"").await;
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output).contains("alice%web1@"), "{}", text(&output));
    assert!(house.sessions().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_not_there_is_told_to_the_caller_and_in_full_to_the_console() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let house = House::build(Plan {
        port: Some(port),
        ..Plan::default()
    })
    .await;
    let output = house.ssh(["-o", "LogLevel=INFO", "gw", "true"]).await;
    assert_eq!(output.status.code(), Some(255));
    let said = errors(&output);
    assert!(said.contains("the resource could not be reached"), "{said}");
    assert!(
        !said.contains(&port.to_string()),
        "where it is, is not the caller's business: {said}"
    );
    let rows = house.sessions().await;
    assert_eq!(rows[0].life.end_reason, Some(EndReason::TargetUnreachable));
    assert!(
        rows[0].life.error.contains(&format!("127.0.0.1:{port}")),
        "{}",
        rows[0].life.error
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_key_that_is_not_the_listed_one_is_refused() {
    let other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGu5eIJQ1kIJsXBmJzbS4tDaJpQ7uzoAmdcdVnSGZDKk";
    let house = House::build(Plan {
        options: serde_json::json!({"host_keys": [other]}),
        ..Plan::default()
    })
    .await;
    let output = house.ssh(["gw", "true"]).await;
    assert_eq!(output.status.code(), Some(255));
    let rows = house.sessions().await;
    assert_eq!(rows[0].life.end_reason, Some(EndReason::AuthFailed));
    assert!(rows[0].life.error.contains("host key"), "{}", rows[0].life.error);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_with_a_password_logs_in_by_every_method_that_takes_one() {
    for methods in [
        &["password"][..],
        &["keyboard-interactive"],
        &["publickey", "keyboard-interactive"],
    ] {
        let host = Picky::start("secret", methods).await;
        let plan = Plan {
            host: Host::None,
            port: Some(host.port),
            login: "someone".into(),
            secret: Some((SecretForm::Password, "secret".into())),
            ..Plan::default()
        };
        let house = House::build(plan).await;
        let output = house.ssh(["gw", "anything"]).await;
        assert_eq!(
            text(&output),
            "someone is in\n",
            "{methods:?}: {}",
            errors(&output)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_without_a_secret_is_asked_of_the_user() {
    for methods in [&["password"][..], &["keyboard-interactive"]] {
        let host = Picky::start("their own", methods).await;
        let plan = Plan {
            host: Host::None,
            port: Some(host.port),
            login: "someone".into(),
            ..Plan::default()
        };
        let house = House::build(plan).await;
        let output = answering(&house, &["their own"], &["gw", "anything"]).await;
        assert_eq!(
            text(&output),
            "someone is in\n",
            "{methods:?}: {}",
            errors(&output)
        );
        let asked = std::fs::read_to_string(house.path("asked")).unwrap();
        assert!(asked.to_lowercase().contains("password"), "{methods:?}: {asked}");
        // What was typed is nowhere.
        let output = answering(&house, &["wrong", "wrong", "wrong"], &["gw", "anything"]).await;
        assert_eq!(output.status.code(), Some(255));
        let rows = house.sessions().await;
        assert_eq!(rows.last().unwrap().life.end_reason, Some(EndReason::AuthFailed));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_hangs_up_after_the_command_does_not_fail_it() {
    let host = Picky::start("secret", &["password"]).await;
    let plan = Plan {
        host: Host::None,
        port: Some(host.port),
        login: "someone".into(),
        secret: Some((SecretForm::Password, "secret".into())),
        ..Plan::default()
    };
    let house = House::build(plan).await;
    for _ in 0..10 {
        let output = house.ssh(["gw", "and go"]).await;
        assert_eq!(
            (text(&output).as_str(), output.status.code()),
            ("someone is in\n", Some(0)),
            "{}",
            errors(&output)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_secret_of_an_account_is_said_without_it() {
    let host = Picky::start("right", &["password"]).await;
    let plan = Plan {
        host: Host::None,
        port: Some(host.port),
        login: "someone".into(),
        secret: Some((SecretForm::Password, "not-this-one".into())),
        ..Plan::default()
    };
    let house = House::build(plan).await;
    let output = house.ssh(["-o", "LogLevel=INFO", "gw", "anything"]).await;
    assert!(
        errors(&output).contains("the gateway could not log in to the resource"),
        "{}",
        errors(&output)
    );
    let rows = house.sessions().await;
    assert_eq!(rows[0].life.end_reason, Some(EndReason::AuthFailed));
    assert!(rows[0].life.error.contains("someone") && !rows[0].life.error.contains("not-this-one"));
}
