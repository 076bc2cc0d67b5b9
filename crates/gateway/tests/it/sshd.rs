//! An OpenSSH server on a free port, as a resource.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::program::{Program, run, until};

/// The server; ends with this.
pub(crate) struct Sshd {
    program: Program,
    pub(crate) port: u16,
    dir: tempfile::TempDir,
}

/// Makes a key pair without a passphrase.
pub(crate) fn make_key(path: &Path) {
    let made = run(
        Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
            .arg(path),
        "",
    );
    assert_eq!(made.code, 0, "{}", made.err);
}

/// Gives a port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Gives the name of whoever runs the tests.
pub(crate) fn whoami() -> String {
    run(Command::new("id").arg("-un"), "").out.trim().to_owned()
}

impl Sshd {
    pub(crate) fn start() -> Self {
        Self::start_with("")
    }

    /// Starts one with more lines in its configuration.
    pub(crate) fn start_with(more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        make_key(&path("host"));
        make_key(&path("account"));
        if whoami() == "root" {
            // Where Debian's sshd sheds its rights.
            std::fs::create_dir_all("/run/sshd").unwrap();
        }
        // An empty home: tests do not hang on what somebody's shell does at its start.
        std::fs::create_dir(path("home")).unwrap();
        // Another program may take the port before sshd does: then the next one is tried.
        for _ in 0..10 {
            let port = free_port();
            let config = format!(
                "SetEnv HOME={home}\nPort {port}\nListenAddress 127.0.0.1\nHostKey {host}\nPidFile none\nUsePAM no\nStrictModes no\n\
                 AuthorizedKeysFile {keys} %h/.ssh/authorized_keys\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n\
                 MaxStartups 200\nMaxSessions 100\nSubsystem sftp internal-sftp\nPrintMotd no\nPrintLastLog no\n{more}\n",
                home = path("home").display(),
                host = path("host").display(),
                keys = path("account.pub").display(),
            );
            std::fs::write(path("config"), config).unwrap();
            let mut program = Program::start(
                Command::new("/usr/sbin/sshd")
                    .args(["-D", "-e", "-f"])
                    .arg(path("config")),
            );
            let up = until(Duration::from_secs(20), "sshd is up or gone", || {
                let said = program.err.text();
                let up = said.contains("Server listening on");
                (up || said.contains("Cannot bind")).then_some(up)
            });
            if up {
                return Self { program, port, dir };
            }
            program.kill();
        }
        panic!("sshd finds no free port");
    }

    /// Gives what the server has logged.
    pub(crate) fn log(&self) -> String {
        self.program.err.text()
    }

    /// Gives the private key of the account on this server.
    pub(crate) fn account_key(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("account")).unwrap()
    }

    /// Gives the server's public key.
    pub(crate) fn host_key(&self) -> String {
        let line = std::fs::read_to_string(self.dir.path().join("host.pub")).unwrap();
        line.split(' ').take(2).collect::<Vec<_>>().join(" ")
    }

    /// Gives a folder for files of commands that run here.
    pub(crate) fn folder(&self) -> PathBuf {
        self.dir.path().to_owned()
    }
}
