//! What an `exec` request starts, read from its command line.

use super::op::text;
use super::{Direction, ScpCommand};

/// A file transfer program on the target, recognised by its command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExecKind {
    /// `scp -t` or `scp -f`: to be watched by a [`super::ScpObserver`].
    Scp(ScpCommand),
    /// An SFTP server started by name: to be watched by a [`super::SftpObserver`].
    Sftp,
    /// `rsync --server`. Only the command line is understood.
    Rsync {
        /// `Download` when the target is the sender.
        direction: Direction,
        /// The paths on the target; the first may be relative to the login folder.
        paths: Vec<String>,
    },
    /// A git service. Only the command line is understood.
    Git {
        /// `Download` for `git-upload-pack` and `git-upload-archive`, `Upload` for `git-receive-pack`.
        direction: Direction,
        /// The repository.
        path: String,
    },
    /// Anything else, also a transfer that is part of a larger shell command.
    Other,
}

impl ExecKind {
    /// The way that content travels, where the command line alone decides it.
    pub fn direction(&self) -> Option<Direction> {
        match self {
            Self::Scp(command) => Some(command.direction),
            Self::Rsync { direction, .. } | Self::Git { direction, .. } => Some(*direction),
            Self::Sftp | Self::Other => None,
        }
    }
}

/// Recognises what an `exec` request starts. Commands over 64 KiB, or with anything that makes the shell do more than
/// start one program (pipes, lists, substitutions, redirections, variables), are [`ExecKind::Other`].
pub fn recognise(command: &[u8]) -> ExecKind {
    const MAX_COMMAND: usize = 64 << 10;

    let words = if command.len() > MAX_COMMAND {
        None
    } else {
        split(command)
    };
    words.and_then(|words| program(&words)).unwrap_or(ExecKind::Other)
}

fn program(words: &[String]) -> Option<ExecKind> {
    let (first, args) = words.split_first()?;
    match first.rsplit('/').next()? {
        "scp" => scp(args).map(ExecKind::Scp),
        "sftp-server" | "internal-sftp" => Some(ExecKind::Sftp),
        "sudo" | "doas" => {
            let rest = args.get(args.iter().position(|arg| !arg.starts_with('-'))?..)?;
            matches!(program(rest), Some(ExecKind::Sftp)).then_some(ExecKind::Sftp)
        }
        "rsync" => rsync(args),
        "git" => git(&format!("git-{}", args.first()?), args.get(1..)?),
        name => git(name, args),
    }
}

fn scp(args: &[String]) -> Option<ScpCommand> {
    let mut command = ScpCommand {
        direction: Direction::Upload,
        path: String::new(),
        recursive: false,
        preserve: false,
        into_folder: false,
    };
    let mut direction = None;
    let mut paths = Vec::new();
    let mut options = true;
    for arg in args {
        match arg.strip_prefix('-').filter(|flags| options && !flags.is_empty()) {
            Some("-") => options = false,
            None => {
                options = false;
                paths.push(arg.as_str());
            }
            Some(flags) => {
                for flag in flags.chars() {
                    match flag {
                        't' => direction = Some(Direction::Upload),
                        'f' => direction = Some(Direction::Download),
                        'r' => command.recursive = true,
                        'p' => command.preserve = true,
                        'd' => command.into_folder = true,
                        'v' | 'q' | 'C' | 'B' | '1' | '2' | '4' | '6' => {}
                        _ => return None,
                    }
                }
            }
        }
    }
    command.direction = direction?;
    if paths.is_empty() || (command.direction == Direction::Upload && paths.len() > 1) {
        return None;
    }
    command.path = paths.join(" ");
    Some(command)
}

/// `rsync --server [--sender] -flags… [--options…] . path…`
fn rsync(args: &[String]) -> Option<ExecKind> {
    if args.first()? != "--server" {
        return None;
    }
    let sender = args
        .iter()
        .take_while(|arg| *arg != ".")
        .any(|arg| arg == "--sender");
    let dot = args.iter().position(|arg| arg == ".")?;
    let direction = if sender {
        Direction::Download
    } else {
        Direction::Upload
    };
    Some(ExecKind::Rsync {
        direction,
        paths: args.get(dot + 1..)?.to_vec(),
    })
}

fn git(service: &str, args: &[String]) -> Option<ExecKind> {
    let direction = match service {
        "git-upload-pack" | "git-upload-archive" => Direction::Download,
        "git-receive-pack" => Direction::Upload,
        _ => return None,
    };
    let path = args.iter().find(|arg| !arg.starts_with("--"))?;
    Some(ExecKind::Git {
        direction,
        path: path.clone(),
    })
}

/// Splits a command line as a POSIX shell does, without expanding anything; `None` if it does more than start a program.
fn split(command: &[u8]) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut bytes = command.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b' ' | b'\t' => words.extend(word.take().map(|word| text(&word))),
            b'\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match bytes.next()? {
                        b'\'' => break,
                        byte => word.push(byte),
                    }
                }
            }
            b'"' => quoted(&mut bytes, word.get_or_insert_default())?,
            b'\\' => match bytes.next()? {
                b'\n' => {}
                byte => word.get_or_insert_default().push(byte),
            },
            b'|' | b'&' | b';' | b'<' | b'>' | b'(' | b')' | b'$' | b'`' | b'\n' | b'\r' | 0 => return None,
            b'#' if word.is_none() => return None,
            byte => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word.map(|word| text(&word)));
    Some(words)
}

/// Reads the rest of a double-quoted part.
fn quoted(bytes: &mut impl Iterator<Item = u8>, word: &mut Vec<u8>) -> Option<()> {
    loop {
        match bytes.next()? {
            b'"' => return Some(()),
            b'$' | b'`' => return None,
            b'\\' => match bytes.next()? {
                b'\n' => {}
                byte @ (b'$' | b'`' | b'"' | b'\\') => word.push(byte),
                byte => word.extend([b'\\', byte]),
            },
            byte => word.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]

    use super::*;

    fn scp(command: &str) -> ScpCommand {
        match recognise(command.as_bytes()) {
            ExecKind::Scp(command) => command,
            other => panic!("{command}: {other:?}"),
        }
    }

    #[test]
    fn scp_command_lines_are_recognised() {
        let up = scp("scp -v -r -p -d -t -- '/tmp/a folder'");
        assert_eq!(
            (up.direction, up.path.as_str()),
            (Direction::Upload, "/tmp/a folder")
        );
        assert!(up.recursive && up.preserve && up.into_folder);
        let down = scp("/usr/bin/scp -rf /var/log/*.log");
        assert_eq!(
            (down.direction, down.path.as_str()),
            (Direction::Download, "/var/log/*.log")
        );
        assert_eq!(scp("scp -t it\\'s").path, "it's");
    }

    #[test]
    fn a_transfer_inside_a_larger_command_is_not_taken_for_one() {
        for command in [
            "scp -t /tmp; rm -rf /",
            "scp -t $(id)",
            "scp -t \"`id`\"",
            "scp -f /etc/passwd | cat",
            "scp -f a\nid",
            "scp -t 'open",
            "scp -S x -t /tmp",
            "scp a host:b",
            "scp",
            "",
        ] {
            assert_eq!(recognise(command.as_bytes()), ExecKind::Other, "{command}");
        }
    }

    #[test]
    fn rsync_and_git_give_direction_and_path() {
        assert_eq!(
            recognise(b"rsync --server --sender -logDtpre.iLsfxCIvu . /data/a /data/b"),
            ExecKind::Rsync {
                direction: Direction::Download,
                paths: vec!["/data/a".into(), "/data/b".into()]
            }
        );
        assert_eq!(
            recognise(b"rsync --server -e.LsfxCIvu --delete . dst/"),
            ExecKind::Rsync {
                direction: Direction::Upload,
                paths: vec!["dst/".into()]
            }
        );
        for (command, direction) in [
            ("git-upload-pack '/srv/a b.git'", Direction::Download),
            ("git upload-pack '/srv/a b.git'", Direction::Download),
            ("git-receive-pack '/srv/a b.git'", Direction::Upload),
        ] {
            assert_eq!(
                recognise(command.as_bytes()),
                ExecKind::Git {
                    direction,
                    path: "/srv/a b.git".into()
                }
            );
        }
        assert_eq!(recognise(b"rsync -a x y"), ExecKind::Other);
        assert_eq!(recognise(b"git status"), ExecKind::Other);
    }

    #[test]
    fn an_sftp_server_started_by_name_is_recognised() {
        assert_eq!(recognise(b"/usr/lib/openssh/sftp-server"), ExecKind::Sftp);
        assert_eq!(
            recognise(b"sudo -n /usr/lib/openssh/sftp-server -e"),
            ExecKind::Sftp
        );
    }
}
