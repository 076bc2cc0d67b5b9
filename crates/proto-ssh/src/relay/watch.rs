//! What looks into the data of a channel, and the lines of the file log that come of it.

use bytes::Bytes;
use domain::object::Capability;
use domain::session::ClientInterface;
use engine::{StrandOutcome, Tap};
use serde_json::{Value, json};

use super::channels::Side;
use crate::files::{
    Class, Direction, FileOp, FileProtocol, FileResult, FileRules, Hashing, Permission, Scan, ScpObserver,
    SftpObserver,
};

/// What looks into a channel.
pub(super) enum Watch {
    /// Nothing: all of it is recorded.
    Nothing,
    /// SFTP.
    Sftp(Box<(SftpObserver, Scan)>, FileRules),
    /// SCP.
    Scp(Box<(ScpObserver, Scan)>),
    /// A transfer of which only the command line is understood.
    Opaque(Box<Opaque>),
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Sftp(..) => "Sftp",
            Self::Scp(_) => "Scp",
            Self::Opaque(_) => "Opaque",
        })
    }
}

/// A transfer by a program of its own, such as rsync.
pub(super) struct Opaque {
    /// The program.
    pub(super) program: &'static str,
    pub(super) direction: Direction,
    pub(super) paths: Vec<String>,
    /// Bytes that travelled the transfer's way.
    bytes: u64,
    started_us: u64,
}

/// What a look at a chunk says.
#[derive(Default)]
pub(super) struct Look {
    /// What goes on, in order.
    pub(super) pieces: Vec<(Class, Bytes)>,
    /// What goes back to the sender.
    pub(super) reply: Bytes,
    /// Lines for the file log.
    pub(super) ops: Vec<Value>,
    /// By how much the bytes that are kept back grew.
    pub(super) kept_back: i64,
    /// The stream cannot be judged any further, and must be for the rules' sake.
    pub(super) is_lost: Option<String>,
}

impl Watch {
    /// Watches SFTP by the rules of the session.
    pub(super) fn sftp(tap: &Tap) -> Self {
        let rules = file_rules(tap);
        let scan = match tap.interface() {
            ClientInterface::Web => Scan::carried_by(FileProtocol::Web),
            ClientInterface::Cli | ClientInterface::WebCli | ClientInterface::Desktop => Scan::new(),
        };
        Self::Sftp(Box::new((SftpObserver::new(rules, Hashing::On), scan)), rules)
    }

    /// Watches SCP.
    pub(super) fn scp(command: crate::files::ScpCommand) -> Self {
        Self::Scp(Box::new((ScpObserver::new(command, Hashing::On), Scan::new())))
    }

    /// Counts a transfer by another program.
    pub(super) fn opaque(
        program: &'static str,
        direction: Direction,
        paths: Vec<String>,
        now_us: u64,
    ) -> Self {
        Self::Opaque(Box::new(Opaque {
            program,
            direction,
            paths,
            bytes: 0,
            started_us: now_us,
        }))
    }

    /// Looks at a chunk of standard input or output; [`None`] when it goes on as it is, as `class`.
    pub(super) fn look(&mut self, from: Side, chunk: &Bytes, now_us: u64) -> Result<Look, Class> {
        let (scan, is_lost) = match self {
            Self::Nothing => return Err(Class::Meta),
            Self::Opaque(opaque) => {
                let way = if from == Side::Client {
                    Direction::Upload
                } else {
                    Direction::Download
                };
                if way == opaque.direction {
                    opaque.bytes += chunk.len() as u64;
                }
                return Err(Class::Bulk);
            }
            Self::Sftp(both, rules) => {
                let (observer, scan) = both.as_mut();
                match from {
                    Side::Client => observer.from_caller(chunk, now_us, scan),
                    Side::Target => observer.from_target(chunk, now_us, scan),
                }
                let fault = observer.fault().filter(|_| rules.restrict());
                (scan, fault.map(|fault| fault.to_string()))
            }
            Self::Scp(both) => {
                let (observer, scan) = both.as_mut();
                match from {
                    Side::Client => observer.from_caller(chunk, now_us, scan),
                    Side::Target => observer.from_target(chunk, now_us, scan),
                }
                (scan, None)
            }
        };
        let pieces: Vec<_> = scan.forwarded(chunk).collect();
        let gone = pieces.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() + scan.refused_bytes();
        Ok(Look {
            kept_back: if from == Side::Client {
                chunk.len() as i64 - gone as i64
            } else {
                0
            },
            pieces,
            reply: Bytes::copy_from_slice(scan.reply()),
            ops: scan.take_ops().map(|op| line(&op)).collect(),
            is_lost,
        })
    }

    /// Ends the watch: what is still to be written into the file log.
    pub(super) fn end(&mut self, outcome: &StrandOutcome, now_us: u64) -> Vec<Value> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Sftp(both, _) => {
                let (observer, scan) = both.as_mut();
                observer.end(now_us, scan);
                scan.take_ops().map(|op| line(&op)).collect()
            }
            Self::Scp(both) => {
                let (observer, scan) = both.as_mut();
                observer.end(now_us, scan);
                scan.take_ops().map(|op| line(&op)).collect()
            }
            Self::Opaque(opaque) => vec![opaque.line(outcome, now_us)],
        }
    }
}

impl Opaque {
    fn line(&self, outcome: &StrandOutcome, now_us: u64) -> Value {
        let done = outcome.exit_code == Some(0);
        json!({
            "protocol": self.program,
            "op": if self.direction == Direction::Upload { "upload" } else { "download" },
            "path": self.paths.join(" "),
            "bytes": self.bytes,
            "complete": done,
            "result": if done { "done" } else if outcome.exit_code.is_some() { "failed" } else { "unfinished" },
            "duration_us": now_us.saturating_sub(self.started_us),
        })
    }
}

/// Gives what the session allows with files.
fn file_rules(tap: &Tap) -> FileRules {
    let permission = |capability| {
        if tap.allows(capability) {
            Permission::Allowed
        } else {
            Permission::Refused
        }
    };
    FileRules {
        uploads: permission(Capability::FileUpload),
        downloads: permission(Capability::FileDownload),
        changes: permission(Capability::FileUpload),
    }
}

/// Writes a line of the file log.
fn line(op: &FileOp) -> Value {
    let (result, error) = match &op.result {
        FileResult::Done => ("done", None),
        FileResult::Failed(text) => ("failed", Some(text)),
        FileResult::Refused(text) => ("refused", Some(text)),
        FileResult::Unfinished => ("unfinished", None),
    };
    let mut line = json!({
        "protocol": op.protocol.as_str(),
        "op": op.kind.as_str(),
        "path": op.path,
        "bytes": op.bytes,
        "complete": op.complete,
        "result": result,
        "duration_us": op.ended_us.saturating_sub(op.started_us),
    });
    let more = [
        ("to", op.to.clone().map(Value::from)),
        ("name", op.name.clone().map(Value::from)),
        ("sha256", op.sha256.map(|sum| Value::from(sum.to_string()))),
        ("entries", (op.entries > 0).then(|| op.entries.into())),
        ("ranges", (op.ranges > 1).then(|| op.ranges.into())),
        ("error", error.cloned().map(Value::from)),
    ];
    if let Some(line) = line.as_object_mut() {
        line.extend(
            more.into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?))),
        );
    }
    line
}
