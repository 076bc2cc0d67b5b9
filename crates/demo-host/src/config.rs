//! What the host needs to start.

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey, key::safe_rng};

/// What the host needs to start.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; must be a loopback address. Port 0 takes a free one.
    pub bind: SocketAddr,
    /// The folder that visitors work in. It is made, with a few sample files, where it does not exist.
    pub scratch: PathBuf,
    /// The file with the host's private key in OpenSSH's format, made where it does not exist; [`None`] for a new key that is kept
    /// nowhere.
    pub host_key_file: Option<PathBuf>,
    /// The name to log in with.
    pub user: String,
    /// Public keys that may log in, as lines of `authorized_keys` without options.
    pub authorized_keys: Vec<String>,
    /// The password that may log in.
    pub password: Option<Password>,
}

/// A password; prints as `***`.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Takes the password.
    pub fn new(password: impl Into<String>) -> Self {
        Self(password.into())
    }

    /// Compares in a time that does not depend on where the difference is.
    pub(crate) fn matches(&self, offered: &str) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.0.as_bytes(), offered.as_bytes()).into()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why the host did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It serves the own machine only.
    #[error("the demo host listens on loopback addresses only, not on {0}")]
    NotLoopback(SocketAddr),
    /// Neither a key nor a password may log in.
    #[error("the demo host has neither a key nor a password to log in with")]
    NoLogin,
    /// A line is not a public key.
    #[error("cannot read an authorized key")]
    AuthorizedKey(#[source] russh::keys::ssh_key::Error),
    /// The key file is there but is not readable, or could not be written.
    #[error("cannot use the host key file {path}")]
    HostKeyFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No key could be made.
    #[error("cannot make a host key")]
    NewHostKey(#[source] russh::keys::ssh_key::Error),
    /// The key file does not hold a private key.
    #[error("the host key file {path} does not hold an openssh private key")]
    HostKey {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: russh::keys::ssh_key::Error,
    },
    /// The scratch folder could not be made.
    #[error("cannot prepare the scratch folder {path}")]
    Scratch {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The address is taken.
    #[error("cannot listen on {addr}")]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Reads the host key, or makes one and keeps it for next time where there is a place for it.
pub(crate) fn host_key(file: Option<&Path>) -> Result<PrivateKey, StartError> {
    let new = || PrivateKey::random(&mut safe_rng(), Algorithm::Ed25519).map_err(StartError::NewHostKey);
    let Some(path) = file else { return new() };
    let in_file = |source| StartError::HostKeyFile {
        path: path.to_owned(),
        source,
    };
    let not_a_key = |source| StartError::HostKey {
        path: path.to_owned(),
        source,
    };
    match std::fs::read(path) {
        Ok(text) => PrivateKey::from_openssh(text).map_err(not_a_key),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = new()?;
            let text = key.to_openssh(LineEnding::LF).map_err(not_a_key)?;
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .map_err(in_file)?;
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
                .map_err(in_file)?;
            Ok(key)
        }
        Err(error) => Err(in_file(error)),
    }
}
