//! Secrets that a program prints.

use std::{collections::BTreeMap, path::PathBuf, process::Stdio};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{io::AsyncReadExt as _, process::Command};
use zeroize::Zeroizing;

use crate::{Fault, MAX_LEN};

/// What a program is given of the gateway's environment, which may hold secrets of its own.
const ENVIRONMENT: [&str; 3] = ["PATH", "HOME", "LANG"];

/// The programs that may be run, by name.
#[derive(Debug)]
pub(crate) struct Commands(BTreeMap<String, PathBuf>);

impl Commands {
    pub(crate) fn new(programs: BTreeMap<String, PathBuf>) -> Result<Self, Fault> {
        match programs.values().find(|path| !path.is_absolute()) {
            Some(path) => Err(Fault::Program(path.display().to_string())),
            None => Ok(Self(programs)),
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    pub(crate) fn program(&self, name: &str) -> Result<&PathBuf, Fault> {
        if self.0.is_empty() {
            return Err(Fault::NotAllowed("programs", "--secret-command"));
        }
        let program = self.0.get(name);
        program.ok_or_else(|| Fault::NoProgram(name.to_owned()))
    }

    /// Runs a program with a secret's name as its only word; gives what it prints. Dropping the future kills it and what it has started.
    /// What it says of errors is not looked at, as secrets may be in it.
    pub(crate) async fn run(&self, name: &str, secret: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let unrun = |source| Fault::Run {
            name: name.to_owned(),
            source,
        };
        let mut command = Command::new(self.program(name)?);
        command
            .arg(secret)
            .env_clear()
            .envs(
                ENVIRONMENT
                    .iter()
                    .filter_map(|key| Some((key, std::env::var_os(key)?))),
            )
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(unrun)?;
        let mut group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
        // Room for all of it at once: what is moved while it grows would not be wiped.
        let mut text = Zeroizing::new(Vec::with_capacity(MAX_LEN + 64));
        if let Some(output) = child.stdout.take() {
            let read = output.take(MAX_LEN as u64 + 1).read_to_end(&mut text).await;
            read.map_err(unrun)?;
        }
        if text.len() > MAX_LEN {
            return Err(Fault::TooLong);
        }
        let status = child.wait().await.map_err(unrun)?;
        group.0 = None;
        if status.success() {
            Ok(text)
        } else {
            Err(Fault::Failed {
                name: name.to_owned(),
                status,
            })
        }
    }
}

/// A program that runs, with what it has started: all of them are killed when this is dropped before it has ended.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // It may have ended this moment, which is as good.
            kill_process_group(leader, Signal::KILL).ok();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_by_name_and_whole_path() {
        let named = |path: &str| Commands::new([("pass".to_owned(), path.into())].into());
        assert!(named("pass").is_err() && named("./pass").is_err());
        let commands = named("/usr/bin/pass").unwrap();
        assert!(commands.program("pass").is_ok());
        assert!(commands.program("/usr/bin/pass").is_err());
    }
}
