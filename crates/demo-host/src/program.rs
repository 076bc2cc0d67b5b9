//! Shells and commands.

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use russh::server::Handle;
use russh::{Pty, Sig};
use rustix::process::{Pid, Signal, getuid, kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;

use crate::feed::{AtEnd, Control, Fed, Input, feed};
use crate::leftovers::Mark;
use crate::pump::{Out, STDERR, pump};
use crate::terminal::{Window, end_of_input, set_modes};

/// How long a program may take to end after its channel was closed.
const GRACE: Duration = Duration::from_millis(300);

/// What to run.
pub(crate) enum Task {
    /// A login shell.
    Shell,
    /// A command line for the shell.
    Command(Vec<u8>),
}

/// A terminal that a client asked for.
pub(crate) struct Wish {
    pub(crate) term: String,
    pub(crate) window: Window,
    pub(crate) modes: Vec<(Pty, u32)>,
}

/// What a program is started with.
pub(crate) struct Setting<'a> {
    pub(crate) scratch: &'a Path,
    /// `LANG` and `LC_*` as the client has them.
    pub(crate) language: &'a [(String, String)],
    pub(crate) client: SocketAddr,
    pub(crate) server: SocketAddr,
}

/// A program that was started.
pub(crate) struct Program {
    child: Child,
    /// The process group of the program, which has the number of its first process.
    group: Pid,
    mark: Mark,
    scratch: PathBuf,
    streams: Streams,
}

enum Streams {
    Terminal {
        pty: pty_process::Pty,
        /// For its size and modes.
        control: OwnedFd,
    },
    Pipes {
        stdin: ChildStdin,
        stdout: ChildStdout,
        stderr: ChildStderr,
    },
}

impl Program {
    /// Starts a program, on a terminal if one is wished.
    pub(crate) fn start(task: Task, wish: Option<&Wish>, setting: &Setting<'_>) -> io::Result<Self> {
        let mark = Mark::new();
        let shell = shell();
        let args: Vec<OsString> = match task {
            Task::Shell => vec!["-l".into()],
            Task::Command(line) => vec!["-c".into(), OsString::from_vec(line)],
        };
        let environment = environment(shell, wish, setting, &mark);
        let (mut child, terminal) = if let Some(wish) = wish {
            let (pty, pts) = pty_process::open().map_err(io::Error::other)?;
            set_modes(&pty, &wish.modes)?;
            wish.window.apply(&pty)?;
            let control = pty.as_fd().try_clone_to_owned()?;
            let command = pty_process::Command::new(shell)
                .args(args)
                .env_clear()
                .envs(environment);
            let command = command.current_dir(setting.scratch).kill_on_drop(true);
            (
                command.spawn(pts).map_err(io::Error::other)?,
                Some(Streams::Terminal { pty, control }),
            )
        } else {
            let mut command = Command::new(shell);
            command
                .args(args)
                .env_clear()
                .envs(environment)
                .current_dir(setting.scratch)
                .kill_on_drop(true);
            command
                .process_group(0)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            (command.spawn()?, None)
        };
        let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        let streams = terminal.or_else(|| {
            let (stdin, stdout, stderr) = (child.stdin.take()?, child.stdout.take()?, child.stderr.take()?);
            Some(Streams::Pipes {
                stdin,
                stdout,
                stderr,
            })
        });
        let (Some(group), Some(streams)) = (group, streams) else {
            return Err(io::Error::other("the program ended before it began"));
        };
        Ok(Self {
            child,
            group,
            mark,
            scratch: setting.scratch.to_owned(),
            streams,
        })
    }

    /// Carries the program's streams until it or the channel ends, says how it ended, and leaves nothing running.
    pub(crate) async fn serve(self, inbox: mpsc::Receiver<Input>, out: Out, handle: Handle) {
        let Self {
            mut child,
            group,
            mark,
            scratch,
            streams,
        } = self;
        let ended = match streams {
            Streams::Terminal { mut pty, control } => {
                let at_end = AtEnd::Type(end_of_input(&control));
                let (from, into) = pty.split();
                let input = feed(inbox, into, &scratch, at_end, |request| {
                    obey(&request, group, Some(&control));
                });
                let output = async {
                    let ended = async {
                        let status = child.wait().await;
                        // What is left would keep the terminal open, and the client waiting.
                        mark.sweep().await;
                        status
                    };
                    tokio::join!(pump(from, &out, None), ended).1
                };
                until_ended(input, output).await
            }
            Streams::Pipes {
                stdin,
                stdout,
                stderr,
            } => {
                let input = feed(inbox, stdin, &scratch, AtEnd::Close, |request| {
                    obey(&request, group, None);
                });
                let output = async {
                    tokio::join!(
                        pump(stdout, &out, None),
                        pump(stderr, &out, Some(STDERR)),
                        child.wait()
                    )
                    .2
                };
                until_ended(input, output).await
            }
        };
        if let Some(ended) = ended {
            // If it cannot be said the connection is gone.
            report(ended, &out, &handle).await.ok();
        }
        end(child, group, &mark).await;
    }
}

/// Leaves nothing running.
async fn end(mut child: Child, group: Pid, mark: &Mark) {
    if child.id().is_some() {
        // Not waited for, so that the number still belongs to it.
        kill_process_group(group, Signal::HUP).ok();
        if tokio::time::timeout(GRACE, child.wait()).await.is_err()
            && let Err(error) = child.kill().await
        {
            tracing::warn!(%error, "cannot end a program of the demo host");
        }
    }
    mark.sweep().await;
}

/// Waits for the program to end; `None` when the channel is closed before.
async fn until_ended(
    input: impl Future<Output = Fed>,
    output: impl Future<Output = io::Result<ExitStatus>>,
) -> Option<io::Result<ExitStatus>> {
    tokio::select! {
        status = output => Some(status),
        fed = input => match fed {
            Fed::Gone | Fed::Delivered => None,
            Fed::Lost(error) => Some(Err(error)),
        },
    }
}

/// Tells the client how the program ended, and closes the channel.
async fn report(ended: io::Result<ExitStatus>, out: &Out, handle: &Handle) -> Result<(), russh::Error> {
    match ended {
        Ok(status) => match (status.code(), status.signal()) {
            (Some(code), _) => out.exit_status(code as u32).await?,
            (None, signal) => {
                let (name, core) = (signal_name(signal.unwrap_or(0)), status.core_dumped());
                let said = handle
                    .exit_signal_request(out.id(), name, core, String::new(), String::new())
                    .await;
                said.map_err(|()| russh::Error::SendError)?;
            }
        },
        Err(error) => {
            out.extended_data_bytes(STDERR, format!("demo host: {error}\r\n"))
                .await?;
            out.exit_status(255).await?;
        }
    }
    out.eof().await?;
    out.close().await
}

/// Does what a client asks of a running program. A request that comes too late has nobody to hear it.
fn obey(request: &Control, group: Pid, terminal: Option<&OwnedFd>) {
    match request {
        Control::Resize(window) => {
            if let Some(terminal) = terminal {
                window.apply(terminal).ok();
            }
        }
        Control::Signal(name) => {
            if let Some(signal) = signal(name) {
                kill_process_group(group, signal).ok();
            }
        }
    }
}

/// The whole environment of a program.
fn environment(
    shell: &str,
    wish: Option<&Wish>,
    setting: &Setting<'_>,
    mark: &Mark,
) -> Vec<(OsString, OsString)> {
    let user = login_name();
    let (client, server) = (setting.client, setting.server);
    let mut all: Vec<(OsString, OsString)> = vec![
        (
            "PATH".into(),
            "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin".into(),
        ),
        ("LANG".into(), "C.UTF-8".into()),
        ("HOME".into(), setting.scratch.into()),
        ("SHELL".into(), shell.into()),
        ("USER".into(), user.clone().into()),
        ("LOGNAME".into(), user.into()),
        (
            "SSH_CLIENT".into(),
            format!("{} {} {}", client.ip(), client.port(), server.port()).into(),
        ),
        (
            "SSH_CONNECTION".into(),
            format!(
                "{} {} {} {}",
                client.ip(),
                client.port(),
                server.ip(),
                server.port()
            )
            .into(),
        ),
    ];
    let (name, value) = mark.variable();
    all.push((name.into(), value.into()));
    if let Some(wish) = wish {
        all.push(("TERM".into(), wish.term.clone().into()));
    }
    all.extend(
        setting
            .language
            .iter()
            .map(|(name, value)| (name.into(), value.into())),
    );
    all
}

fn shell() -> &'static str {
    if Path::new("/bin/bash").exists() {
        "/bin/bash"
    } else {
        "/bin/sh"
    }
}

/// The name of the user that runs this, who is also the user of all programs.
fn login_name() -> String {
    let id = getuid().as_raw().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let mine = users.lines().find(|line| line.split(':').nth(2) == Some(&id));
    mine.and_then(|line| line.split(':').next())
        .map_or(id.clone(), str::to_owned)
}

/// Finds the signal of a request.
fn signal(name: &Sig) -> Option<Signal> {
    Some(match name {
        Sig::ABRT => Signal::ABORT,
        Sig::ALRM => Signal::ALARM,
        Sig::FPE => Signal::FPE,
        Sig::HUP => Signal::HUP,
        Sig::ILL => Signal::ILL,
        Sig::INT => Signal::INT,
        Sig::KILL => Signal::KILL,
        Sig::PIPE => Signal::PIPE,
        Sig::QUIT => Signal::QUIT,
        Sig::SEGV => Signal::SEGV,
        Sig::TERM => Signal::TERM,
        Sig::USR1 => Signal::USR1,
        Sig::Custom(name) => match name.as_str() {
            "USR2" => Signal::USR2,
            "WINCH" => Signal::WINCH,
            "STOP" => Signal::STOP,
            "TSTP" => Signal::TSTP,
            "CONT" => Signal::CONT,
            _ => return None,
        },
    })
}

/// Names the signal that ended a program.
fn signal_name(number: i32) -> Sig {
    match Signal::from_named_raw(number) {
        Some(Signal::ABORT) => Sig::ABRT,
        Some(Signal::ALARM) => Sig::ALRM,
        Some(Signal::FPE) => Sig::FPE,
        Some(Signal::HUP) => Sig::HUP,
        Some(Signal::ILL) => Sig::ILL,
        Some(Signal::INT) => Sig::INT,
        Some(Signal::KILL) => Sig::KILL,
        Some(Signal::PIPE) => Sig::PIPE,
        Some(Signal::QUIT) => Sig::QUIT,
        Some(Signal::SEGV) => Sig::SEGV,
        Some(Signal::TERM) => Sig::TERM,
        Some(Signal::USR1) => Sig::USR1,
        Some(Signal::USR2) => Sig::Custom("USR2".to_owned()),
        _ => Sig::Custom(format!("SIG{number}@doorward")),
    }
}
