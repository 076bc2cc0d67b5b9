//! Shells and commands, run by OpenSSH's client.

use std::path::Path;
use std::process::Stdio;

use super::support::{PASSWORD, config, finish, place, text};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

#[tokio::test]
async fn exit_codes_and_streams_are_those_of_the_command() {
    let place = place().await;
    for code in [0, 1, 42, 254] {
        let ran = place
            .run(
                &["127.0.0.1", &format!("echo out; echo err >&2; exit {code}")],
                b"",
            )
            .await;
        assert_eq!(ran.status.code(), Some(code));
        assert_eq!(
            (text(&ran.stdout).as_str(), text(&ran.stderr).as_str()),
            ("out\n", "err\n")
        );
    }
    let ran = place.run(&["127.0.0.1", "no-such-command"], b"").await;
    assert_eq!(ran.status.code(), Some(127));
    place.host.shutdown().await;
}

#[tokio::test]
async fn a_command_sees_the_end_of_its_input() {
    let place = place().await;
    let input = vec![b'x'; 3_000_000];
    let ran = place.run(&["127.0.0.1", "wc -c"], &input).await;
    assert_eq!(text(&ran.stdout).trim(), "3000000");
    // One that does not read it ends all the same.
    let ran = place.run(&["127.0.0.1", "exec <&-; echo done"], &input).await;
    assert_eq!(
        (text(&ran.stdout).as_str(), ran.status.code()),
        ("done\n", Some(0))
    );
    place.host.shutdown().await;
}

#[tokio::test]
async fn a_signal_that_ended_the_command_is_reported() {
    let place = place().await;
    let mut command = place.ssh(&["-o", "LogLevel=DEBUG1", "127.0.0.1", "kill -TERM $$"]);
    command.stdin(Stdio::null());
    let ran = command.output().await.unwrap();
    assert_eq!(ran.status.code(), Some(255));
    assert!(text(&ran.stderr).contains("exit-signal"), "{}", text(&ran.stderr));
    place.host.shutdown().await;
}

#[tokio::test]
async fn the_environment_is_clean_and_at_home() {
    let place = place().await;
    let ran = place
        .run(
            &["-o", "SetEnv=LC_DEMO=fine SECRET=no", "127.0.0.1", "env; pwd"],
            b"",
        )
        .await;
    let scratch = place.path("scratch").canonicalize().unwrap();
    let scratch = scratch.to_str().unwrap();
    let all = text(&ran.stdout);
    let lines: Vec<&str> = all.lines().collect();
    for expected in [
        "LC_DEMO=fine",
        &format!("HOME={scratch}"),
        &format!("PWD={scratch}"),
        scratch,
    ] {
        assert!(lines.contains(&expected), "{expected} in {all}");
    }
    let known = [
        "PATH",
        "LANG",
        "HOME",
        "SHELL",
        "USER",
        "LOGNAME",
        "SSH_CLIENT",
        "SSH_CONNECTION",
        "PWD",
        "SHLVL",
        "_",
    ];
    for line in &lines {
        let name = line.split('=').next().unwrap();
        assert!(
            known.contains(&name)
                || name.starts_with("LC_")
                || name.starts_with("DOORWARD_DEMO")
                || *line == scratch,
            "{line}"
        );
    }
    place.host.shutdown().await;
}

#[tokio::test]
async fn a_shell_runs_on_a_terminal() {
    let place = place().await;
    let typed = "tty; echo $((6*7))-$TERM; ls; exit 7\n";
    let mut command = place.ssh(&["-tt", "127.0.0.1"]);
    command.env("TERM", "xterm-256color");
    let ran = finish(command, typed.as_bytes()).await;
    let screen = text(&ran.stdout);
    assert_eq!(ran.status.code(), Some(7), "{screen}");
    for expected in [
        "/dev/pts/",
        "42-xterm-256color",
        "README.txt",
        "Welcome to the Doorward demo host",
        "demo",
    ] {
        assert!(screen.contains(expected), "{expected} in {screen}");
    }
    place.host.shutdown().await;
}

#[tokio::test]
async fn the_end_of_input_ends_a_program_on_a_terminal() {
    let place = place().await;
    let ran = place.run(&["-tt", "127.0.0.1", "wc -l"], b"one\ntwo\n").await;
    assert!(
        text(&ran.stdout).trim().ends_with('2') && ran.status.success(),
        "{}",
        text(&ran.stdout)
    );
    // A shell, once it reads keys.
    let mut ssh = place.ssh(&["-tt", "127.0.0.1"]).spawn().unwrap();
    let mut screen = BufReader::new(ssh.stdout.take().unwrap());
    let mut seen = Vec::new();
    while !seen.ends_with(b"$ ") && !seen.ends_with(b"# ") {
        seen.push(screen.read_u8().await.unwrap());
    }
    drop(ssh.stdin.take());
    assert_eq!(ssh.wait().await.unwrap().code(), Some(0));
    place.host.shutdown().await;
}

#[tokio::test]
async fn only_the_right_login_gets_in() {
    let place = place().await;
    let by_password = |user: &str, password: &str| {
        let user = format!("User={user}");
        let options = [
            "-o",
            "PubkeyAuthentication=no",
            "-o",
            "BatchMode=no",
            "-o",
            "NumberOfPasswordPrompts=1",
        ];
        // The first value of an option counts.
        let mut command = tokio::process::Command::new("ssh");
        command
            .args(options)
            .args(["-o", &user])
            .args(place.options())
            .args(["127.0.0.1", "echo in"]);
        command
            .env("SSH_ASKPASS", place.askpass(password))
            .env("SSH_ASKPASS_REQUIRE", "force")
            .stdin(Stdio::null());
        command
    };
    assert_eq!(
        text(&by_password("demo", PASSWORD).output().await.unwrap().stdout),
        "in\n"
    );
    for (user, password) in [("demo", "wrong"), ("root", PASSWORD), ("demo", "")] {
        let ran = by_password(user, password).output().await.unwrap();
        assert_eq!(
            (ran.status.code(), text(&ran.stdout).as_str()),
            (Some(255), ""),
            "{user}"
        );
    }
    // Another key.
    let other = place.path("other");
    let mut make = tokio::process::Command::new("ssh-keygen");
    assert!(
        make.args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(&other)
            .status()
            .await
            .unwrap()
            .success()
    );
    std::fs::rename(&other, place.path("key")).unwrap();
    let ran = place.run(&["127.0.0.1", "echo in"], b"").await;
    assert_eq!((ran.status.code(), text(&ran.stdout).as_str()), (Some(255), ""));
    place.host.shutdown().await;
}

#[tokio::test]
async fn the_host_key_is_kept_and_start_checks_its_configuration() {
    let place = place().await;
    let key = place.host.host_public_key().to_owned();
    place.host.shutdown().await;
    let again = demo_host::DemoHost::start(config(&place.folder, &place.folder.path().join("key")))
        .await
        .unwrap();
    assert_eq!(again.host_public_key(), key);
    again.shutdown().await;

    let mut open = config(&place.folder, &place.folder.path().join("key"));
    open.bind = ([0, 0, 0, 0], 0).into();
    assert!(
        demo_host::DemoHost::start(open)
            .await
            .unwrap_err()
            .to_string()
            .contains("loopback")
    );
    let mut nobody = config(&place.folder, &place.folder.path().join("key"));
    nobody.authorized_keys.clear();
    nobody.password = None;
    assert!(demo_host::DemoHost::start(nobody).await.is_err());
}

/// Reads a line of numbers.
async fn numbers(from: &mut (impl AsyncBufReadExt + Unpin)) -> Vec<u32> {
    let mut line = String::new();
    from.read_line(&mut line).await.unwrap();
    line.split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect()
}

fn runs(pid: u32) -> bool {
    // A process that nobody has waited for yet is still listed, without a command line.
    std::fs::read(Path::new("/proc").join(pid.to_string()).join("cmdline")).is_ok_and(|line| !line.is_empty())
}

#[tokio::test]
async fn nothing_keeps_running_after_its_connection() {
    for terminal in ["-T", "-tt"] {
        let place = place().await;
        let script = "stty -onlcr 2>/dev/null; trap '' HUP TERM; sleep 1000 & a=$!; setsid sleep 1001 & \
                      (nohup setsid sleep 1002 >/dev/null 2>&1 & echo $a $$ $!); wait";
        let mut ssh = place.ssh(&[terminal, "127.0.0.1", script]).spawn().unwrap();
        let pids = numbers(&mut BufReader::new(ssh.stdout.take().unwrap())).await;
        assert_eq!(pids.len(), 3);
        // A process that starts its program just now has no command line yet.
        while !pids.iter().all(|pid| runs(*pid)) {
            tokio::task::yield_now().await;
        }
        ssh.kill().await.unwrap();
        place.host.shutdown().await;
        assert!(!pids.iter().any(|pid| runs(*pid)), "{terminal} {pids:?}");
    }
}

#[tokio::test]
async fn what_a_command_leaves_behind_ends_with_its_channel() {
    let place = place().await;
    let ran = place
        .run(&["127.0.0.1", "setsid sleep 1000 >/dev/null 2>&1 & echo $!"], b"")
        .await;
    let pid = text(&ran.stdout).trim().parse().unwrap();
    place.host.shutdown().await;
    assert!(!runs(pid));
}

#[tokio::test]
async fn shutdown_ends_sessions_that_are_idle_or_busy() {
    let place = place().await;
    let mut idle = place
        .ssh(&["127.0.0.1", "echo ready; sleep 1000"])
        .spawn()
        .unwrap();
    let mut busy = place.ssh(&["127.0.0.1", "yes"]).spawn().unwrap();
    for child in [&mut idle, &mut busy] {
        let mut one = [0];
        child.stdout.as_mut().unwrap().read_exact(&mut one).await.unwrap();
    }
    place.host.shutdown().await;
    drop(busy.stdout.take());
    assert_eq!(idle.wait().await.unwrap().code(), Some(255));
    busy.wait().await.unwrap();
}

#[tokio::test]
async fn an_echo_whose_reader_pauses_loses_nothing_and_does_not_hang() {
    const SIZE: usize = 64 << 20;
    let place = place().await;
    let mut ssh = place.ssh(&["127.0.0.1", "cat"]).spawn().unwrap();
    let (mut stdin, mut stdout) = (ssh.stdin.take().unwrap(), ssh.stdout.take().unwrap());
    // All of it is sent before anything is read.
    let block = vec![7; 1 << 20];
    for _ in 0..SIZE / block.len() {
        stdin.write_all(&block).await.unwrap();
    }
    drop(stdin);
    let (mut total, mut buffer) = (0, vec![0; 1 << 20]);
    loop {
        match stdout.read(&mut buffer).await.unwrap() {
            0 => break,
            len => total += len,
        }
    }
    assert_eq!((total, ssh.wait().await.unwrap().code()), (SIZE, Some(0)));
    place.host.shutdown().await;
}

#[tokio::test]
async fn a_stalled_channel_does_not_stop_another() {
    let place = place().await;
    let control = format!("ControlPath={}", place.path("control").display());
    let master = ["-o", "ControlMaster=yes", "-o", &control, "127.0.0.1"];
    // One channel whose output nobody reads, and whose input nobody reads either.
    let mut stalled = place
        .ssh(&[&master[..], &["echo ready; sleep 1000 | cat /dev/zero"]].concat())
        .spawn()
        .unwrap();
    let mut ready = [0; 6];
    stalled
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut ready)
        .await
        .unwrap();
    let mut input = stalled.stdin.take().unwrap();
    let block = vec![7; 1 << 20];
    for _ in 0..24 {
        input.write_all(&block).await.unwrap();
    }
    for round in 0..3 {
        let ran = place
            .run(
                &["-o", &control, "127.0.0.1", &format!("cat; echo {round}")],
                b"through ",
            )
            .await;
        assert_eq!(text(&ran.stdout), format!("through {round}\n"));
    }
    stalled.kill().await.unwrap();
    place.host.shutdown().await;
}
