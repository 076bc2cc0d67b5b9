//! Which arguments of a command are passwords, and which answers hold some.

use crate::wire::Command;

/// What of a command is on no record.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Secrets {
    /// Arguments that are masked, and how many bytes of each stay.
    masked: Vec<(usize, usize)>,
    /// There are, or may be, some.
    asked: bool,
    /// The answer holds some.
    pub(crate) answered: bool,
}

impl Secrets {
    /// Finds those of a command.
    pub(crate) fn of(command: &Command<'_>) -> Self {
        let mut secrets = Self::default();
        secrets.find(command, 0);
        secrets
    }

    /// Tells whether the command holds passwords, so that its bytes are on no record, nor what the server says about it.
    pub(crate) fn are_asked(&self) -> bool {
        self.asked
    }

    /// Tells whether an argument is masked, and how many bytes of it stay.
    pub(crate) fn mask(&self, at: usize) -> Option<usize> {
        let mask = self.masked.iter().find(|(masked, _)| *masked == at);
        mask.map(|(_, stay)| *stay)
    }

    /// Looks at the command whose name is this argument.
    fn find(&mut self, command: &Command<'_>, from: usize) {
        let word = |at: usize| command.word(from + at);
        let count = command.kept().saturating_sub(from);
        let mut mask = Vec::new();
        let mut holds = true;
        match (word(0).as_str(), word(1).as_str()) {
            ("AUTH", _) if command.count == from as u64 + 3 => mask.push((2, 0)),
            ("AUTH", _) => mask.extend((1..count).map(|at| (at, 0))),
            ("HELLO", _) => {
                // Without a user what stands there may be the password.
                let behind = (1..count).find(|at| word(*at) == "AUTH");
                mask.extend(behind.map(|at| (if at + 2 < count { at + 2 } else { at + 1 }, 0)));
            }
            ("CONFIG", "SET") => {
                let pairs = (2..count).step_by(2).filter(|at| is_secret(&word(*at)));
                mask.extend(pairs.map(|at| (at + 1, 0)));
            }
            ("CONFIG", "GET") => {
                holds = false;
                self.answered = (2..count).any(|at| {
                    let name = word(at);
                    is_secret(&name) || name.contains(['*', '?', '['])
                });
            }
            ("ACL", "SETUSER") => {
                let is_password =
                    |at: &usize| matches!(command.argument(from + at), Some([b'>' | b'<' | b'#' | b'!', ..]));
                mask.extend((3..count).filter(is_password).map(|at| (at, 1)));
            }
            ("ACL", "GETUSER" | "LIST" | "GENPASS") => (holds, self.answered) = (false, true),
            ("MIGRATE", _) => {
                for at in 5..count {
                    match word(at).as_str() {
                        "AUTH" => mask.push((at + 1, 0)),
                        "AUTH2" => mask.push((at + 2, 0)),
                        "KEYS" => break,
                        _ => {}
                    }
                }
            }
            ("SENTINEL", "SET" | "CONFIG") | ("MODULE", "LOADEX") => {
                let names = (2..count).filter(|at| is_secret(&word(*at)));
                mask.extend(names.map(|at| (at + 1, 0)));
            }
            ("COMMAND", "GETKEYS" | "GETKEYSANDFLAGS") if from == 0 => return self.find(command, 2),
            _ => holds = false,
        }
        // What is not kept may be one.
        self.asked = !mask.is_empty() || (holds && !command.is_kept_whole());
        self.masked = mask.into_iter().map(|(at, stay)| (from + at, stay)).collect();
    }
}

/// Tells whether the name of a setting, in capitals, is that of a secret.
fn is_secret(name: &str) -> bool {
    ["PASS", "AUTH", "SECRET", "TOKEN"]
        .iter()
        .any(|word| name.contains(word))
}
