//! What can go wrong with secrets; no message ever holds one.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a secret could not be kept or opened.
#[derive(Debug, Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("{path} could not be used")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A key file can be read by others than its owner.
    #[error("{path} can be read by others: its mode must be 0600")]
    Exposed {
        /// Which file.
        path: PathBuf,
    },
    /// The master key is not 32 bytes of base64 (or none is in its file).
    #[error("no master key of 32 bytes in base64 is in {place}")]
    MasterKey {
        /// Where it was looked for.
        place: String,
    },
    /// It was sealed under a master key that is not in the keyring.
    #[error("sealed under master key {0}, which is not in the keyring")]
    UnknownMasterKey(String),
    /// It was altered, belongs to another place, or is nothing that a keyring has sealed.
    #[error("sealed value is damaged or belongs elsewhere")]
    Unseal,
    /// A key file of the gateway holds something else.
    #[error("{path} does not hold a sealed key of the gateway")]
    OwnKey {
        /// Which file.
        path: PathBuf,
    },
    /// The system gave no random bytes, or a primitive failed.
    #[error("cryptography failed")]
    Crypto,
    /// A password is longer than 1024 bytes.
    #[error("password is too long")]
    PasswordTooLong,
    /// A stored password hash is no PHC string of argon2.
    #[error("stored password hash is malformed")]
    PasswordHash,
    /// The text is no public key, or one of a kind that is not accepted.
    #[error("not an acceptable ssh public key: {0}")]
    PublicKey(&'static str),
    /// The text is no private key, or one of a kind that is not accepted.
    #[error("not an acceptable ssh private key: {0}")]
    PrivateKey(&'static str),
    /// The private key is encrypted and no or a wrong passphrase was given.
    #[error("ssh private key is encrypted and the passphrase does not open it")]
    Passphrase,
    /// A certificate could not be issued.
    #[error("certificate could not be issued")]
    Certificate(#[source] ssh_key::Error),
}

impl Error {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
