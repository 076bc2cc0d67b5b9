//! Secrets that are kept elsewhere: in `HashiCorp` Vault, in files, in the environment, or behind a program.
//!
//! [`Allowed`] is the [`SecretSources`] of the engine. What may be read is for the operator of the machine and not for whoever edits
//! objects: each source has a setting, and without it nothing is read there. Secrets are read anew for each use, within bounds of time and
//! size, and neither kept nor logged. There is one file for each source; start reading at [`Allowed`].

mod command;
mod env;
mod fault;
mod file;
mod kv;

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use async_trait::async_trait;
use domain::object::SecretOrigin;
use engine::{Fetched, NotFetched, OfferedSource, SecretSources};
use tokio::time::timeout;
use zeroize::Zeroizing;

use command::Commands;
use env::Env;
use fault::Fault;
use file::Files;
use kv::Kv;

pub use kv::VaultSettings;

/// How long one secret may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// More than any password or key has.
const MAX_LEN: usize = 64 << 10;

/// What the operator allows.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The folder below which files may be read.
    pub files: Option<PathBuf>,
    /// How the names of variables begin that may be read.
    pub env: Option<String>,
    /// Programs that may be run, by name.
    pub commands: BTreeMap<String, PathBuf>,
    /// The Vault that may be asked.
    pub vault: Option<VaultSettings>,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct SettingsError(#[from] Fault);

/// See the module.
#[derive(Debug)]
pub struct Allowed {
    files: Option<Files>,
    env: Option<Env>,
    commands: Commands,
    vault: Option<Kv>,
}

impl Allowed {
    /// Takes the settings in; a source that is away is no error yet.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        Ok(Self {
            files: settings.files.map(Files::new),
            env: settings.env.map(Env::new).transpose()?,
            commands: Commands::new(settings.commands)?,
            vault: settings.vault.map(Kv::new).transpose()?,
        })
    }

    fn files(&self) -> Result<&Files, Fault> {
        let fault = Fault::NotAllowed("files", "--secret-files");
        self.files.as_ref().ok_or(fault)
    }

    fn env(&self) -> Result<&Env, Fault> {
        let fault = Fault::NotAllowed("variables of its environment", "--secret-env");
        self.env.as_ref().ok_or(fault)
    }

    fn vault(&self) -> Result<&Kv, Fault> {
        let fault = Fault::NotAllowed("a Vault", "--secret-vault-url");
        self.vault.as_ref().ok_or(fault)
    }

    fn check(&self, from: &SecretOrigin) -> Result<(), Fault> {
        match from {
            SecretOrigin::Vault { .. } => self.vault()?.address(from).map(drop),
            SecretOrigin::File { path } => self.files().and_then(|_| file::check(path)),
            SecretOrigin::Env { name } => self.env()?.check(name),
            SecretOrigin::Command { name } => self.commands.program(name).map(drop),
        }
    }

    async fn read(&self, name: &str, from: &SecretOrigin) -> Result<Read, Fault> {
        match from {
            SecretOrigin::Vault { .. } => self.vault()?.read(from).await,
            SecretOrigin::File { path } => {
                let text = self.files()?.read(path).await?;
                Ok(Read::unversioned(without_newline(text)))
            }
            SecretOrigin::Env { name } => self.env()?.read(name).map(Read::unversioned),
            SecretOrigin::Command { name: program } => {
                let text = self.commands.run(program, name).await?;
                Ok(Read::unversioned(without_newline(text)))
            }
        }
    }
}

#[async_trait]
impl SecretSources for Allowed {
    fn check(&self, from: &SecretOrigin) -> Result<(), NotFetched> {
        self.check(from).map_err(|fault| NotFetched(fault.to_string()))
    }

    async fn fetch(&self, name: &str, from: &SecretOrigin) -> Result<Fetched, NotFetched> {
        let read = timeout(PATIENCE, self.read(name, from)).await;
        let read = read.unwrap_or(Err(Fault::Late(PATIENCE)));
        let sized = read.and_then(|read| match read.value.len() {
            0 => Err(Fault::Empty),
            len if len > MAX_LEN => Err(Fault::TooLong),
            _ => Ok(read),
        });
        let mut read = sized.map_err(|fault| NotFetched(fault.to_string()))?;
        Ok(Fetched {
            value: vault::Secret::new(std::mem::take(&mut *read.value)),
            version: read.version,
        })
    }

    fn offered(&self) -> Vec<OfferedSource> {
        let commands: Vec<_> = self.commands.names().cloned().collect();
        let prefix = self.env.as_ref().map(|env| vec![env.prefix().to_owned()]);
        let all = [
            ("vault", self.vault.as_ref().map(|_| Vec::new())),
            ("file", self.files.as_ref().map(|_| Vec::new())),
            ("env", prefix),
            ("command", Some(commands).filter(|names| !names.is_empty())),
        ];
        let offered = all.into_iter();
        offered
            .filter_map(|(source, names)| names.map(|names| OfferedSource { source, names }))
            .collect()
    }
}

/// What a source gave.
struct Read {
    value: Zeroizing<Vec<u8>>,
    version: Option<u64>,
}

impl Read {
    fn unversioned(value: Zeroizing<Vec<u8>>) -> Self {
        Self { value, version: None }
    }
}

/// Cuts the newline at the end, one at most: editors and programs write it, and it is no part of a password.
fn without_newline(mut text: Zeroizing<Vec<u8>>) -> Zeroizing<Vec<u8>> {
    if text.ends_with(b"\n") {
        text.pop();
        if text.ends_with(b"\r") {
            text.pop();
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_newline_at_the_end_is_cut() {
        for (text, left) in [
            ("word", "word"),
            ("word\n", "word"),
            ("word\r\n", "word"),
            ("word\n\n", "word\n"),
            ("word \n", "word "),
            ("\n", ""),
        ] {
            let cut = without_newline(Zeroizing::new(text.into()));
            assert_eq!(cut.as_slice(), left.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_allowed_names_the_setting() {
        let nothing = Allowed::new(Settings::default());
        let said = |from: &SecretOrigin| {
            let checked = nothing.as_ref().map(|nothing| nothing.check(from));
            checked.map(|checked| checked.map_err(|fault| fault.to_string()))
        };
        let name = || "x".to_owned();
        let vault = SecretOrigin::Vault {
            mount: name(),
            path: name(),
            field: name(),
            version: None,
            kv: domain::object::KvEngine::V2,
        };
        for (from, setting) in [
            (vault, "--secret-vault-url"),
            (SecretOrigin::File { path: name() }, "--secret-files"),
            (SecretOrigin::Env { name: name() }, "--secret-env"),
            (SecretOrigin::Command { name: name() }, "--secret-command"),
        ] {
            assert!(
                said(&from).is_ok_and(|said| said.is_err_and(|said| said.contains(setting))),
                "{from:?}"
            );
        }
    }
}
