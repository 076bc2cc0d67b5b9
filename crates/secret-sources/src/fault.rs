//! Why a secret was not read; no message ever holds anything of what was read.

use std::{io, time::Duration};

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The operator allows no such source: what, and the setting that would.
    #[error("this gateway reads no secrets from {0}: its operator allows that with `{1}`")]
    NotAllowed(&'static str, &'static str),
    /// A path that is none, or leads out of the folder.
    #[error("`{0}` is no path of a file below the folder of secrets")]
    Path(String),
    /// The file could not be opened or read.
    #[error("the file `{path}` cannot be read: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A folder, a device, a pipe.
    #[error("`{0}` is no regular file")]
    NoFile(String),
    /// Another name than the operator allows.
    #[error("`{name}` does not begin with `{prefix}`, as `--secret-env` wants it")]
    Variable {
        /// The name.
        name: String,
        /// How names begin.
        prefix: String,
    },
    /// The variable is not there, or is no text.
    #[error("the environment has no `{0}`")]
    NoVariable(String),
    /// `--secret-env` allows everything.
    #[error("the beginning of variables' names is empty: every variable would be a secret")]
    EveryVariable,
    /// No program of this name.
    #[error("`--secret-command` names no program `{0}`")]
    NoProgram(String),
    /// A program that depends on where the gateway was started.
    #[error("the program `{0}` is not named by its whole path")]
    Program(String),
    /// The program could not be started, or its output not be read.
    #[error("the program `{name}` cannot be run: {source}")]
    Run {
        /// Which.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// The program said that it failed.
    #[error("the program `{name}` failed: {status}")]
    Failed {
        /// Which.
        name: String,
        /// What it said.
        status: std::process::ExitStatus,
    },
    /// The address of Vault is none, or the token would go in the clear.
    #[error("the address of Vault is no `https://` address")]
    Address,
    /// A file of the settings cannot be used.
    #[error("{path} cannot be used: {why}")]
    Setting {
        /// Which.
        path: String,
        /// Why.
        why: String,
    },
    /// The client for Vault could not be made.
    #[error("Vault cannot be asked: {0}")]
    Client(String),
    /// A mount or a path that Vault cannot have.
    #[error("`{0}` is no path in Vault")]
    VaultPath(String),
    /// KV 1 has no versions.
    #[error("`version` is for `kv: v2`")]
    Version,
    /// Vault refuses the token, or what it may.
    #[error("Vault does not let the gateway's token read `{0}` (403)")]
    Refused(String),
    /// Vault has no such secret, or no such version.
    #[error("Vault has no `{0}`, or not this version")]
    Missing(String),
    /// The secret has no such field, or one that is no text.
    #[error("`{path}` in Vault has no text in the field `{field}`")]
    Field {
        /// The secret's path.
        path: String,
        /// The field.
        field: String,
    },
    /// Another answer.
    #[error("Vault answered {0}")]
    Answer(u16),
    /// An answer that is not one of KV's.
    #[error("Vault answered something that is no secret of the engine `kv: {0}`")]
    Unreadable(&'static str),
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is longer than any secret.
    #[error("it is longer than 64 KiB")]
    TooLong,
    /// It took too long.
    #[error("it was not there within {} seconds", .0.as_secs())]
    Late(Duration),
}
