//! A running demo host, and OpenSSH's programs that visit it.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use demo_host::{Config, DemoHost, Password};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

pub(crate) const PASSWORD: &str = "correct horse";

pub(crate) struct Place {
    pub(crate) host: DemoHost,
    pub(crate) folder: TempDir,
}

/// Starts a host with a key and a password.
pub(crate) async fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key)
        .status()
        .await;
    assert!(made.unwrap().success());
    let host = DemoHost::start(config(&folder, &key)).await.unwrap();
    let known = format!("[127.0.0.1]:{} {}\n", host.addr().port(), host.host_public_key());
    fs::write(folder.path().join("known_hosts"), known).unwrap();
    Place { host, folder }
}

pub(crate) fn config(folder: &TempDir, key: &Path) -> Config {
    Config {
        bind: ([127, 0, 0, 1], 0).into(),
        scratch: folder.path().join("scratch"),
        host_key_file: Some(folder.path().join("host_key")),
        user: "demo".into(),
        authorized_keys: vec![fs::read_to_string(key.with_extension("pub")).unwrap()],
        password: Some(Password::new(PASSWORD)),
    }
}

impl Place {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A path in the scratch folder.
    pub(crate) fn scratch(&self, name: &str) -> PathBuf {
        self.path("scratch").join(name)
    }

    /// Options that every OpenSSH program takes.
    pub(crate) fn options(&self) -> Vec<String> {
        let known = format!("UserKnownHostsFile={}", self.path("known_hosts").display());
        let port = format!("Port={}", self.host.addr().port());
        let key = format!("IdentityFile={}", self.path("key").display());
        let fixed = [
            "StrictHostKeyChecking=yes",
            "IdentitiesOnly=yes",
            "BatchMode=yes",
            "User=demo",
        ];
        let all = fixed.iter().map(ToString::to_string).chain([known, port, key]);
        ["-F".to_owned(), "none".to_owned()]
            .into_iter()
            .chain(all.flat_map(|option| ["-o".to_owned(), option]))
            .collect()
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .args(self.options())
            .current_dir(self.folder.path())
            .kill_on_drop(true);
        command
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn ssh(&self, args: &[&str]) -> Command {
        let mut command = self.command("ssh");
        command.args(args);
        command
    }

    /// Runs `ssh` to its end.
    pub(crate) async fn run(&self, args: &[&str], input: &[u8]) -> Output {
        finish(self.ssh(args), input).await
    }

    pub(crate) async fn sftp(&self, batch: &str) -> Output {
        let mut command = self.command("sftp");
        command.args(["-b", "-", "127.0.0.1"]);
        finish(command, batch.as_bytes()).await
    }

    /// A program that gives the password to `ssh`.
    pub(crate) fn askpass(&self, password: &str) -> PathBuf {
        let path = self.path("askpass");
        let mut file = fs::File::create(&path).unwrap();
        writeln!(file, "#!/bin/sh\necho '{password}'").unwrap();
        file.set_permissions(fs::Permissions::from_mode(0o700)).unwrap();
        path
    }
}

/// Runs a command to its end, with everything it says.
pub(crate) async fn finish(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let work = async {
        tokio::join!(
            async {
                // A program may end without reading all of it.
                stdin.write_all(input).await.ok();
                drop(stdin);
            },
            child.wait_with_output()
        )
    };
    let ((), output) = tokio::time::timeout(Duration::from_mins(1), work)
        .await
        .expect("the program hangs");
    output.unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) async fn sha256sum(path: &Path) -> String {
    let output = Command::new("sha256sum").arg(path).output().await.unwrap();
    assert!(output.status.success(), "{}", path.display());
    text(&output.stdout)[..64].to_owned()
}

/// Writes a file whose content never repeats.
pub(crate) fn random_file(path: &Path, len: usize) {
    let mut seed = len as u64 | 1;
    let mut content = Vec::with_capacity(len + 8);
    while content.len() < len {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        content.extend_from_slice(&seed.to_le_bytes());
    }
    content.truncate(len);
    fs::write(path, content).unwrap();
}
