//! Real OpenSSH clients and servers with an observer in between.
//!
//! The client starts a small script in place of `ssh`, which joins its standard streams to two named pipes; threads of the
//! test carry bytes between these and the server program, and show them to the observer.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use bytes::Bytes;

use super::super::{
    Class, ExecKind, FileOp, FileRules, Hashing, Scan, ScpObserver, SftpObserver, Sha256, recognise,
};

const SERVER: &str = "/usr/lib/openssh/sftp-server";

/// Either observer.
pub(super) enum Observer {
    Sftp(Box<SftpObserver>),
    Scp(Box<ScpObserver>),
}

impl Observer {
    fn look(&mut self, from_caller: bool, chunk: &[u8], scan: &mut Scan) {
        match (self, from_caller) {
            (Self::Sftp(observer), true) => observer.from_caller(chunk, 1, scan),
            (Self::Sftp(observer), false) => observer.from_target(chunk, 1, scan),
            (Self::Scp(observer), true) => observer.from_caller(chunk, 1, scan),
            (Self::Scp(observer), false) => observer.from_target(chunk, 1, scan),
        }
    }

    fn end(&mut self, scan: &mut Scan) {
        match self {
            Self::Sftp(observer) => observer.end(1, scan),
            Self::Scp(observer) => observer.end(1, scan),
        }
    }

    fn faulty(&self) -> bool {
        match self {
            Self::Sftp(observer) => observer.fault().is_some(),
            Self::Scp(observer) => observer.fault().is_some(),
        }
    }
}

/// What a run gave.
pub(super) struct Run {
    pub(super) client: Output,
    /// The command that the client asked the target to run, or the subsystem.
    pub(super) command: String,
    pub(super) ops: Vec<FileOp>,
    pub(super) bulk: u64,
    pub(super) meta: u64,
    /// Every chunk as it came, and whether it came from the caller.
    pub(super) chunks: Vec<(bool, Vec<u8>)>,
}

impl Run {
    /// Gives the only operation on a path.
    pub(super) fn op(&self, path: &Path) -> &FileOp {
        let path = path.to_str().unwrap();
        let found: Vec<_> = self.ops.iter().filter(|op| op.path == path).collect();
        assert_eq!(found.len(), 1, "{path} in {:#?}", self.ops);
        found[0]
    }
}

struct Middle {
    observer: Observer,
    scan: Scan,
    ops: Vec<FileOp>,
    bulk: u64,
    meta: u64,
    chunks: Vec<(bool, Vec<u8>)>,
    to_target: Option<Sender<Bytes>>,
    to_caller: Option<Sender<Bytes>>,
}

impl Middle {
    fn carry(&mut self, from_caller: bool, chunk: &Bytes) {
        self.observer.look(from_caller, chunk, &mut self.scan);
        let out = if from_caller {
            &self.to_target
        } else {
            &self.to_caller
        };
        for (class, bytes) in self.scan.forwarded(chunk) {
            let count = if class == Class::Bulk {
                &mut self.bulk
            } else {
                &mut self.meta
            };
            *count += bytes.len() as u64;
            if let Some(out) = out {
                out.send(bytes).ok();
            }
        }
        if let (Some(out), false) = (&self.to_caller, self.scan.reply().is_empty()) {
            out.send(Bytes::copy_from_slice(self.scan.reply())).ok();
        }
        self.ops.extend(self.scan.take_ops());
        self.chunks.push((from_caller, chunk.to_vec()));
    }
}

/// Runs `client`, whose arguments hold `BRIDGE` where the program to start goes, with an observer in the middle.
pub(super) fn run(rules: FileRules, folder: &Path, client: &[&str], input: &str) -> Run {
    let (bridge, up, down, asked) = bridge(folder);
    let args: Vec<String> = client
        .iter()
        .map(|arg| arg.replace("BRIDGE", bridge.to_str().unwrap()))
        .collect();
    let (program, args) = args.split_first().unwrap();
    let mut child = Command::new(program)
        .args(args)
        .env("LC_ALL", "C")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let (from_caller, to_caller) = (
        File::open(up).unwrap(),
        File::options().write(true).open(down).unwrap(),
    );
    let command = fs::read_to_string(asked).unwrap();
    let (observer, mut server) = serve(&command, rules, folder);
    let (caller_in, target_in) = (writer(to_caller), writer(server.stdin.take().unwrap()));
    let middle = Arc::new(Mutex::new(Middle {
        observer,
        scan: Scan::new(),
        ops: Vec::new(),
        bulk: 0,
        meta: 0,
        chunks: Vec::new(),
        to_target: Some(target_in),
        to_caller: Some(caller_in),
    }));
    let pumps = [
        pump(from_caller, true, Arc::clone(&middle)),
        pump(server.stdout.take().unwrap(), false, Arc::clone(&middle)),
    ];
    let client = child.wait_with_output().unwrap();
    for pump in pumps {
        pump.join().unwrap();
    }
    server.wait().unwrap();
    let mut middle = Arc::into_inner(middle).unwrap().into_inner().unwrap();
    assert!(!middle.observer.faulty());
    middle.observer.end(&mut middle.scan);
    middle.ops.extend(middle.scan.take_ops());
    let Middle {
        ops,
        bulk,
        meta,
        chunks,
        ..
    } = middle;
    Run {
        client,
        command,
        ops,
        bulk,
        meta,
        chunks,
    }
}

/// Writes the script that stands for `ssh`, and its pipes.
fn bridge(folder: &Path) -> (PathBuf, PathBuf, PathBuf, PathBuf) {
    let place = |name: &str| folder.join(name);
    let (script, up, down, asked) = (place("bridge"), place("up"), place("down"), place("asked"));
    for pipe in [&up, &down] {
        fs::remove_file(pipe).ok();
        assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
    }
    let text = format!(
        "#!/bin/sh\nlast=sftp\nfor last; do :; done\nprintf %s \"$last\" > {asked:?}\nexec 3<&0\ncat <&3 >{up:?} &\nexec 3<&-\ncat <{down:?}\nkill $! 2>/dev/null\nexit 0\n"
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    (script, up, down, asked)
}

fn serve(command: &str, rules: FileRules, folder: &Path) -> (Observer, Child) {
    let (observer, mut server) = match recognise(command.as_bytes()) {
        ExecKind::Scp(scp) => {
            let mut shell = Command::new("/bin/sh");
            shell.args(["-c", command]);
            (Observer::Scp(Box::new(ScpObserver::new(scp, Hashing::On))), shell)
        }
        _ => (
            Observer::Sftp(Box::new(SftpObserver::new(rules, Hashing::On))),
            Command::new(SERVER),
        ),
    };
    server
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    (observer, server.spawn().unwrap())
}

fn pump(
    mut from: impl Read + Send + 'static,
    caller: bool,
    middle: Arc<Mutex<Middle>>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut buffer = vec![0; 32_768];
        loop {
            let len = from.read(&mut buffer).unwrap_or(0);
            let mut middle = middle.lock().unwrap();
            if len == 0 {
                let closed = if caller {
                    &mut middle.to_target
                } else {
                    &mut middle.to_caller
                };
                *closed = None;
                return;
            }
            middle.carry(caller, &Bytes::copy_from_slice(&buffer[..len]));
        }
    })
}

fn writer(mut to: impl Write + Send + 'static) -> Sender<Bytes> {
    let (sender, receiver) = channel::<Bytes>();
    thread::spawn(move || {
        for bytes in receiver {
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
    });
    sender
}

/// Asks `sha256sum`.
pub(super) fn sha256sum(path: &Path) -> Option<Sha256> {
    let output = Command::new("sha256sum").arg(path).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let hex = text.trim_start_matches('\\').get(..64)?;
    let bytes: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    bytes.try_into().ok().map(Sha256)
}

/// Writes a file whose content never repeats.
pub(super) fn random_file(path: &Path, len: usize) {
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
