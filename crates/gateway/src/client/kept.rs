//! What `doorward login` keeps between commands: a token for each gateway, and SSH keys beside them, for their owner's eyes only.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use domain::Micros;
use serde::{Deserialize, Serialize};

use super::{Exit, Failure};

/// The logins of a person on this machine, by the gateway's address.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Logins {
    /// The gateway that commands go to when nothing else is said: the one of the last login.
    #[serde(default)]
    pub(crate) current: String,
    /// Each login.
    #[serde(default)]
    pub(crate) logins: BTreeMap<String, Kept>,
}

/// One login.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The token.
    pub(crate) token: String,
    /// Whom it acts for.
    pub(crate) user: String,
    /// When it ends.
    pub(crate) expires_at: String,
}

impl Kept {
    /// Tells whether it still counts. Whoever cannot read when it ends lets the gateway say so.
    pub(crate) fn is_good(&self) -> bool {
        Micros::parse_rfc3339(&self.expires_at).is_none_or(|end| end > Micros::now())
    }
}

impl Logins {
    /// Reads them; none where nobody has signed in yet.
    pub(crate) fn read() -> Result<Self, Failure> {
        // Whoever has no place for settings has kept nothing there.
        let Ok(folder) = folder() else {
            return Ok(Self::default());
        };
        let file = folder.join("logins.json");
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(of_file(&file, &error)),
        };
        let mode = fs::metadata(&file)
            .map_err(|error| of_file(&file, &error))?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            let text = format!("{} can be read by others: its mode must be 0600", file.display());
            return Err(Failure::new(Exit::Error, text));
        }
        serde_json::from_str(&text).map_err(|error| of_file(&file, &error))
    }

    /// Writes them.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let folder = folder()?;
        make_private(&folder)?;
        let text = serde_json::to_string_pretty(self).map_err(|error| of_file(&folder, &error))?;
        let file = folder.join("logins.json");
        replace(&file, &format!("{text}\n")).map_err(|error| of_file(&file, &error))
    }
}

/// The SSH key of a login, and its certificate.
#[derive(Debug)]
pub(crate) struct SshFiles {
    /// The private key.
    pub(crate) key: PathBuf,
    /// The certificate.
    pub(crate) certificate: PathBuf,
}

impl SshFiles {
    /// Says where those for a gateway are.
    pub(crate) fn of(addr: &str) -> Result<Self, Failure> {
        let host = addr.split_once("://").map_or(addr, |(_, rest)| rest);
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() || c == '.' || c == '-' {
                c
            } else {
                '_'
            }
        };
        let folder = folder()?
            .join("ssh")
            .join(host.chars().map(plain).collect::<String>());
        Ok(Self {
            key: folder.join("id"),
            certificate: folder.join("id-cert.pub"),
        })
    }

    /// Tells whether both are there.
    pub(crate) fn are_there(&self) -> bool {
        self.key.is_file() && self.certificate.is_file()
    }

    /// Writes both.
    pub(crate) fn write(&self, key: &str, certificate: &str) -> Result<(), Failure> {
        if let Some(folder) = self.key.parent() {
            make_private(folder)?;
        }
        replace(&self.key, key).map_err(|error| of_file(&self.key, &error))?;
        let line = format!("{certificate}\n");
        replace(&self.certificate, &line).map_err(|error| of_file(&self.certificate, &error))
    }

    /// Removes both.
    pub(crate) fn remove(&self) -> Result<(), Failure> {
        for file in [&self.key, &self.certificate] {
            match fs::remove_file(file) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(of_file(file, &error)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Writes a file that only its owner reads: beside it and then in its place, so that it is never half a file.
pub(crate) fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let beside = file.with_extension("doorward-new");
    // One that was left behind may be open to others.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut out = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(&beside, file)
}

/// Gives the folder in which the command line keeps things.
fn folder() -> Result<PathBuf, Failure> {
    let set = |name| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let config = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")));
    config
        .map(|config| config.join("doorward"))
        .ok_or_else(|| Failure::new(Exit::Error, "neither XDG_CONFIG_HOME nor HOME is set"))
}

fn make_private(folder: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| of_file(folder, &error))
}

fn of_file(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Error, format!("{}: {error}", path.display()))
}
