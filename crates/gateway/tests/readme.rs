//! The lines of the README's table "Connect" are typed as they stand there, but for addresses, against a running demo.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

const DOORWARD: &str = env!("CARGO_BIN_EXE_doorward");

/// A demo, and a folder in front of the search path whose `ssh` knows the demo's host keys.
struct Demo {
    child: Child,
    dir: tempfile::TempDir,
    ready: Value,
}

impl Demo {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ready = dir.path().join("ready.json");
        let mut child = Command::new(DOORWARD)
            .args(["demo", "--no-databases", "--data"])
            .arg(dir.path().join("data"))
            .arg("--ready-file")
            .arg(&ready)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap);
        assert!(
            lines.any(|line| line.contains("Ctrl-C")),
            "the demo ended before it was up"
        );
        let ready = serde_json::from_slice(&fs::read(ready).unwrap()).unwrap();
        let demo = Self { child, dir, ready };
        demo.furnish();
        demo
    }

    /// Programs take the demo's host keys from a configuration file, and the password from a program.
    fn furnish(&self) {
        let here = self.dir.path().display();
        let config = format!(
            "Host *\n  UserKnownHostsFile {}\n  StrictHostKeyChecking yes\n  PubkeyAuthentication no\n",
            self.ready["known_hosts"].as_str().unwrap()
        );
        fs::write(self.dir.path().join("config"), config).unwrap();
        for program in ["ssh", "scp", "sftp"] {
            self.script(
                program,
                &format!("exec /usr/bin/{program} -F {here}/config \"$@\""),
            );
        }
        self.script("askpass", &format!("echo '{}'", self.password()));
        self.script("doorward", &format!("exec {DOORWARD} \"$@\""));
    }

    fn script(&self, name: &str, body: &str) {
        let folder = self.dir.path().join("bin");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn password(&self) -> &str {
        self.ready["users"][1]["password"].as_str().unwrap()
    }

    fn shell(&self, program: &[&str], line: &str) -> Command {
        let path = format!(
            "{}/bin:{}",
            self.dir.path().display(),
            std::env::var("PATH").unwrap()
        );
        let mut shell = Command::new(program[0]);
        shell
            .args(&program[1..])
            .args(["bash", "-c", line])
            .current_dir(self.dir.path())
            .env("PATH", path)
            .env("SSH_ASKPASS", self.dir.path().join("bin/askpass"))
            .env("SSH_ASKPASS_REQUIRE", "force")
            .env("DOORWARD_ADDR", self.ready["console_url"].as_str().unwrap())
            .env(
                "DOORWARD_TOKEN",
                self.ready["users"][1]["token"].as_str().unwrap(),
            )
            .stdin(Stdio::null());
        shell
    }

    /// Runs a line; gives what it prints.
    fn run(&self, line: &str) -> String {
        let output = self.shell(&["timeout", "60"], line).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{line}\n{}\n{printed}\n{errors}",
            output.status
        );
        printed
    }

    /// Runs a line that stays, and asks the console through the port that it opens.
    fn answers_through(&self, line: &str, port: u16) {
        let mut child = self
            .shell(&["env"], &format!("exec {line}"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        let answer = loop {
            assert!(
                child.try_wait().unwrap().is_none() && began.elapsed() < Duration::from_secs(30),
                "{line}"
            );
            match health(port) {
                Some(answer) => break answer,
                None => std::thread::sleep(Duration::from_millis(50)),
            }
        };
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(answer.contains("\"ok\""), "{line}: {answer}");
    }

    /// Puts the demo's addresses where the README has examples.
    fn put(&self, line: &str) -> String {
        let port = self.ready["ssh"]["port"].to_string();
        let line = line.replace("@gateway:2222", &format!("@127.0.0.1:{port}"));
        line.replace("2222", &port).replace("@gateway", "@127.0.0.1")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Asks the console for its health at a port.
fn health(port: u16) -> Option<String> {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let request = "GET /v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    socket.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).ok()?;
    (!answer.is_empty()).then_some(answer)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Gives the commands of the table's row that begins with these words.
fn commands(title: &str) -> Vec<String> {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md")).unwrap();
    let start = format!("| {title} |");
    let row = readme
        .lines()
        .find(|line| line.starts_with(&start))
        .unwrap_or_else(|| panic!("no row {title}"));
    row.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_way_to_connect_of_the_readme_works() {
    let demo = Demo::start();
    let first = |title: &str| demo.put(&commands(title)[0]);

    for title in [
        "ssh",
        "as a certain account",
        "ssh, jumping",
        "without remembering any of it",
    ] {
        let line = format!("{} 'echo reached-$((6*7))'", first(title));
        // `doorward ssh` runs the machine's ssh, whose first line is the same.
        assert_eq!(demo.run(&line), "reached-42\n", "{line}");
    }

    let [sftp, scp] = [0, 1].map(|at| demo.put(&commands("sftp, scp")[at]));
    assert!(
        demo.run(&format!("echo 'ls' | {sftp} -b -").replace(" -b -", ""))
            .contains("README.txt")
    );
    demo.run("echo through the gateway > file");
    demo.run(&scp);
    assert_eq!(
        demo.run(&format!("{} cat file", first("ssh"))),
        "through the gateway\n"
    );

    demo.run("mkdir folder && echo synchronised > folder/one");
    demo.run(&first("rsync"));
    assert_eq!(
        demo.run(&format!("{} cat folder/one", first("ssh"))),
        "synchronised\n"
    );

    let made = "'git init -q project.git && cd project.git && git -c user.name=d -c user.email=d@d commit -q --allow-empty -m begun'";
    demo.run(&format!("{} {made}", first("ssh")));
    demo.run(&first("git"));
    assert!(demo.run("git -C project log --format=%s").contains("begun"));

    let (port, web) = (
        free_port(),
        demo.ready["console_url"]
            .as_str()
            .unwrap()
            .rsplit(':')
            .next()
            .unwrap()
            .to_owned(),
    );
    demo.answers_through(
        &first("forwards").replace("8080:localhost:80", &format!("{port}:127.0.0.1:{web}")),
        port,
    );

    let tcp = commands("any TCP client");
    for line in &tcp {
        let port = free_port();
        let line = demo
            .put(line)
            .replace("127.0.0.1:5000", &format!("127.0.0.1:{port}"));
        demo.answers_through(&line.replace("5000:demo-web", &format!("{port}:demo-web")), port);
    }

    // PuTTY asks on its own; a host key that it has not seen is named to it.
    let key = demo.run(&format!(
        "ssh-keygen -lf {} | head -1 | cut -d' ' -f2",
        demo.ready["known_hosts"].as_str().unwrap()
    ));
    let plink = first("PuTTY").replacen(
        "plink",
        &format!("plink -batch -hostkey {} -pw {}", key.trim(), demo.password()),
        1,
    );
    assert_eq!(
        demo.run(&format!("{plink} 'echo reached-$((6*7))'")),
        "reached-42\n"
    );
}
