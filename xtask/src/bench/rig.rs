//! One `sshd`, one gateway, and the ways of a client to them.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

/// One cipher everywhere, so that its cost is the same.
const CIPHER: &str = "aes128-gcm@openssh.com";

/// The users of the gateway: each may have 256 connections.
const USERS: usize = 4;

/// How a client reaches the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Direct,
    /// Through Doorward, every byte recorded.
    Full,
    /// Through Doorward, bulk bytes counted.
    Interactive,
}

impl Route {
    /// Every route, the direct one first.
    pub(crate) const ALL: [Self; 3] = [Self::Direct, Self::Full, Self::Interactive];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Full => "doorward, full",
            Self::Interactive => "doorward, interactive",
        }
    }
}

/// Everything that runs.
#[derive(Debug)]
pub(crate) struct Rig {
    folder: PathBuf,
    user: String,
    sshd: Child,
    sshd_port: u16,
    gateway: Child,
    gateway_port: u16,
}

impl Rig {
    /// Starts both in a folder of their own.
    pub(crate) fn start(binary: &Path) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("doorward-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        for key in ["host", "id"] {
            run(Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(folder.join(key)))?;
        }
        fs::copy(folder.join("id.pub"), folder.join("authorized_keys"))?;
        let user = text(Command::new("id").arg("-un"))?;
        let (sshd, sshd_port) = start_sshd(&folder)?;
        let (gateway, ready) = start_gateway(binary, &folder)?;
        let port = ready
            .pointer("/ssh/port")
            .and_then(Value::as_u64)
            .context("no SSH port in the ready file")?;
        let rig = Self {
            folder,
            user,
            sshd,
            sshd_port,
            gateway,
            gateway_port: u16::try_from(port)?,
        };
        rig.declare(binary, &ready)?;
        for route in Route::ALL {
            run(rig.ssh(route).arg("true")).with_context(|| format!("{} does not work", route.name()))?;
        }
        Ok(rig)
    }

    /// Declares the server as a resource twice, under a profile each.
    fn declare(&self, binary: &Path, ready: &Value) -> anyhow::Result<()> {
        let read = |name: &str| fs::read_to_string(self.folder.join(name));
        let (key, public, host) = (read("id")?, read("id.pub")?, read("host.pub")?);
        let users: Vec<String> = (0..USERS).map(|number| format!("bench{number}")).collect();
        let mut documents = vec![
            json!({"kind": "secret", "name": "bench", "spec": {"form": "private_key", "value": key}}),
            json!({"kind": "account", "name": "bench", "spec":
                {"login": self.user, "secret": "bench", "resources": {"names": ["full", "interactive"]}}}),
        ];
        documents.extend(
            users
                .iter()
                .map(|name| json!({"kind": "user", "name": name, "spec": {"ssh_keys": [public.trim()]}})),
        );
        for name in ["full", "interactive"] {
            documents.push(
                json!({"kind": "resource", "name": name, "spec": {"type": "ssh", "host": "127.0.0.1",
                "port": self.sshd_port, "options": {"host_keys": [host.trim()]}}}),
            );
            documents.push(json!({"kind": "profile", "name": name, "spec": {"recording": name}}));
            documents.push(
                json!({"kind": "access_rule", "name": name, "spec": {"users": users,
                "resources": {"names": [name]}, "accounts": ["bench"], "profile": name}}),
            );
        }
        let file = self.folder.join("objects.json");
        fs::write(&file, serde_json::to_vec(&Value::Array(documents))?)?;
        let setting = |path: &str| {
            ready
                .pointer(path)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        run(Command::new(binary)
            .args(["--quiet", "apply", "-f"])
            .arg(&file)
            .env("DOORWARD_ADDR", setting("/console_url"))
            .env("DOORWARD_TOKEN", setting("/users/0/token"))
            .stdout(Stdio::null()))
    }

    /// Gives the client's command for a route, up to the host.
    pub(crate) fn ssh(&self, route: Route) -> Command {
        self.ssh_as(route, 0, &[])
    }

    /// The same, as one of several users and with more options.
    pub(crate) fn ssh_as(&self, route: Route, number: usize, options: &[&str]) -> Command {
        let (port, name) = match route {
            Route::Direct => (self.sshd_port, self.user.clone()),
            Route::Full => (self.gateway_port, format!("bench{}%full", number % USERS)),
            Route::Interactive => (self.gateway_port, format!("bench{}%interactive", number % USERS)),
        };
        let mut command = Command::new("ssh");
        command
            .args(["-F", "none", "-p", &port.to_string(), "-l", &name, "-i"])
            .arg(self.folder.join("id"));
        for option in [
            "IdentitiesOnly=yes",
            "BatchMode=yes",
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "LogLevel=ERROR",
            "ControlMaster=no",
            // Clients of 2023 and later hide the rhythm of keys behind a beat of 20 ms.
            "IgnoreUnknown=ObscureKeystrokeTiming",
            "ObscureKeystrokeTiming=no",
        ] {
            command.args(["-o", option]);
        }
        command
            .args(["-c", CIPHER])
            .args(options)
            .arg("127.0.0.1")
            .stdin(Stdio::null());
        command
    }

    /// Gives the gateway's process.
    pub(crate) fn gateway(&self) -> u32 {
        self.gateway.id()
    }

    /// Gives the process of the server that listens.
    pub(crate) fn sshd(&self) -> u32 {
        self.sshd.id()
    }

    /// Gives the folder for files.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Ends both and removes the folder.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        for child in [&mut self.gateway, &mut self.sshd] {
            child.kill()?;
            child.wait()?;
        }
        fs::remove_dir_all(&self.folder)?;
        Ok(())
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        // After an error; `stop` has done it otherwise, and then there is nobody to end.
        for child in [&mut self.gateway, &mut self.sshd] {
            let _gone = child.kill();
            let _status = child.wait();
        }
    }
}

fn start_sshd(folder: &Path) -> anyhow::Result<(Child, u16)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let config = folder.join("sshd_config");
    // An empty home: what somebody's shell does at its start is not the cost of a connection.
    let place = folder.display();
    fs::write(
        &config,
        format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {place}/host\nPidFile none\nUsePAM no\nStrictModes no\n\
             AuthorizedKeysFile {place}/authorized_keys\nPasswordAuthentication no\nPermitRootLogin yes\n\
             MaxStartups 1000\nMaxSessions 100\nPrintMotd no\nPrintLastLog no\nUseDNS no\n\
             SetEnv HOME={place}\n"
        ),
    )?;
    // Its separate process for logins wants a folder that only packages make.
    if text(Command::new("id").arg("-u"))? == "0" {
        fs::create_dir_all("/run/sshd")?;
    }
    let mut child = Command::new("/usr/sbin/sshd")
        .args(["-D", "-e", "-f"])
        .arg(&config)
        .stderr(fs::File::create(folder.join("sshd.log"))?)
        .spawn()
        .context("cannot run sshd")?;
    let began = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        ensure!(
            child.try_wait()?.is_none() && began.elapsed() < Duration::from_secs(10),
            "sshd does not start"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok((child, port))
}

fn start_gateway(binary: &Path, folder: &Path) -> anyhow::Result<(Child, Value)> {
    let ready = folder.join("ready.json");
    let mut child = Command::new(binary)
        .args(["demo", "--no-databases", "--data"])
        .arg(folder.join("data"))
        .arg("--ready-file")
        .arg(&ready)
        .stdout(Stdio::piped())
        .stderr(fs::File::create(folder.join("gateway.log"))?)
        .spawn()
        .with_context(|| format!("cannot run {}", binary.display()))?;
    let stdout = child.stdout.take().context("no output of the gateway")?;
    let up = BufReader::new(stdout)
        .lines()
        .map_while(Result::ok)
        .any(|line| line.contains("Ctrl-C"));
    ensure!(
        up,
        "the gateway does not start; its log is in {}",
        folder.display()
    );
    let ready = serde_json::from_slice(&fs::read(ready)?)?;
    Ok((child, ready))
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status()?;
    ensure!(
        status.success(),
        "{} failed ({status})",
        command.get_program().to_string_lossy()
    );
    Ok(())
}

fn text(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
