//! A host behind the gateway.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use testkit::tools;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use super::programs::finish;
use super::whoami;

/// What stands behind the gateway.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    Sshd,
    Dropbear,
    None,
}

impl Host {
    /// Tells whether this machine can run it, see [`tools`].
    pub(crate) fn can_run(self) -> bool {
        match self {
            Self::None => true,
            Self::Sshd => tools::have(&["sshd"]),
            // It reads keys from the home folder of the account only, which root can put another one over.
            Self::Dropbear => {
                tools::have(&["dropbear", "dropbearconvert", "unshare"])
                    && tools::can(
                        whoami() == "root",
                        "only root can give dropbear a home of its own",
                    )
            }
        }
    }
}

/// Starts a host that serves each connection with a process of its own; gives its port. With a door, each connection waits for a permit.
pub(crate) async fn start_host(folder: &Path, host: Host, config: &str, door: Option<Arc<Semaphore>>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let file = |name: &str| folder.join(name).display().to_string();
    std::fs::copy(folder.join("account.pub"), folder.join("authorized_keys")).unwrap();
    let mut command = match host {
        Host::None => return port,
        Host::Sshd => {
            // An empty home: tests do not hang on what somebody's shell does at its start.
            let home = file("home");
            std::fs::create_dir_all(&home).unwrap();
            let fixed = format!(
                "SetEnv HOME={home}\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nPidFile none\n\
                 Subsystem sftp internal-sftp\nAcceptEnv LANG LC_*\nPrintMotd no\nPrintLastLog no\nMaxSessions 100\n{config}\n",
                file("host"),
                file("authorized_keys")
            );
            std::fs::write(folder.join("sshd_config"), fixed).unwrap();
            if whoami() == "root" {
                std::fs::create_dir_all("/run/sshd").unwrap();
            }
            let mut command = Command::new(tools::path("sshd"));
            command.args(["-i", "-e", "-f"]).arg(folder.join("sshd_config"));
            command
        }
        Host::Dropbear => {
            let mut convert = Command::new("dropbearconvert");
            convert
                .args(["openssh", "dropbear"])
                .arg(folder.join("host"))
                .arg(folder.join("host.db"));
            assert!(finish(convert, b"").await.status.success());
            let keys = folder.join("home/.ssh");
            std::fs::create_dir_all(&keys).unwrap();
            std::fs::copy(folder.join("account.pub"), keys.join("authorized_keys")).unwrap();
            let mut command = Command::new("unshare");
            let script = format!(
                "mount --bind {} $HOME && exec {} -i -r {}",
                file("home"),
                tools::path("dropbear").display(),
                file("host.db")
            );
            command.args(["-m", "sh", "-c", &script]);
            command
        }
    };
    command.stderr(Stdio::null()).kill_on_drop(true);
    tokio::spawn(async move {
        let mut children: Vec<Child> = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            if let Some(door) = &door {
                door.acquire().await.unwrap().forget();
            }
            socket.set_nodelay(true).unwrap();
            let socket = socket.into_std().unwrap();
            socket.set_nonblocking(false).unwrap();
            let socket = OwnedFd::from(socket);
            command
                .stdin(Stdio::from(socket.try_clone().unwrap()))
                .stdout(Stdio::from(socket));
            children.push(command.spawn().unwrap());
            // The command must not keep the socket open.
            command.stdin(Stdio::null()).stdout(Stdio::null());
            children.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
        }
    });
    port
}
