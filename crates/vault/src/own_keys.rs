//! The gateway's own keys: each in a file, sealed under the master key.

use std::fmt;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use ssh_key::{LineEnding, PrivateKey};
use zeroize::Zeroizing;

use crate::files::{self, Access};
use crate::keyring::{Keyring, Place, random};
use crate::{Error, Secret, ssh_keys};

/// What stands before each sealed key in its file.
const LINE: &str = "doorward-sealed-key-1 ";
/// What the sealed keys are sealed as.
const PURPOSE: &str = "own key";
/// The DER before the 32 bytes of an Ed25519 public key (RFC 8410 §4).
const SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// A file of keys, the newest last; each line is a sealed value.
pub(crate) struct KeyFile<'a> {
    pub(crate) keyring: &'a Keyring,
    pub(crate) dir: &'a Path,
    /// The file's name, which the values are also bound to.
    pub(crate) name: &'static str,
}

impl KeyFile<'_> {
    /// Reads the keys, oldest first; makes one when there is no file. Seals again what is sealed under an older master key.
    pub(crate) fn load(&self, make: impl FnOnce() -> Result<Secret, Error>) -> Result<Vec<Secret>, Error> {
        if let Some(keys) = self.read()? {
            return Ok(keys);
        }
        let key = make()?;
        files::create(&self.path(), &self.text(std::slice::from_ref(&key))?)?;
        // Read back, for another process may have been first.
        self.read()?.ok_or_else(|| Error::OwnKey { path: self.path() })
    }

    /// Adds a key, which becomes the newest.
    pub(crate) fn add(&self, mut keys: Vec<Secret>, key: Secret) -> Result<Vec<Secret>, Error> {
        keys.push(key);
        files::replace(&self.path(), &self.text(&keys)?, Access::Private)?;
        Ok(keys)
    }

    fn read(&self) -> Result<Option<Vec<Secret>>, Error> {
        let path = self.path();
        let Some(text) = files::read(&path)? else {
            return Ok(None);
        };
        files::check_private(&path)?;
        let wrong = || Error::OwnKey { path: path.clone() };
        let (mut keys, mut stale) = (Vec::new(), false);
        for line in text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        {
            let sealed = line
                .strip_prefix(LINE)
                .and_then(|line| STANDARD.decode(line.trim()).ok());
            let sealed = sealed.ok_or_else(wrong)?;
            stale |= self.keyring.is_stale(&sealed);
            keys.push(self.keyring.unseal(self.place(), &sealed)?);
        }
        if keys.is_empty() {
            return Err(wrong());
        }
        if stale {
            files::replace(&path, &self.text(&keys)?, Access::Private)?;
        }
        Ok(Some(keys))
    }

    fn text(&self, keys: &[Secret]) -> Result<String, Error> {
        let mut text =
            String::from("# A key of this gateway, sealed under its master key; the newest last.\n");
        for key in keys {
            let sealed = self.keyring.seal(self.place(), key.expose())?;
            text.push_str(LINE);
            text.push_str(&STANDARD.encode(sealed));
            text.push('\n');
        }
        Ok(text)
    }

    fn place(&self) -> Place<'static> {
        Place::new(PURPOSE, self.name)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.join(self.name)
    }
}

/// A key that signs recordings (Ed25519). Prints its public half only.
#[derive(Clone)]
pub struct RecordingKey {
    seed: Zeroizing<[u8; 32]>,
    public: [u8; 32],
}

impl RecordingKey {
    pub(crate) fn new(seed: &[u8]) -> Result<Self, Error> {
        let seed: &[u8; 32] = seed.try_into().map_err(|_| Error::Crypto)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| Error::Crypto)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| Error::Crypto)?;
        Ok(Self {
            seed: Zeroizing::new(*seed),
            public,
        })
    }

    pub(crate) fn fresh_seed() -> Result<Secret, Error> {
        random::<32>().map(Secret::new)
    }

    /// Gives the seed (RFC 8032 §5.1.5), for the tape's signing key.
    #[must_use]
    pub fn expose_seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// Signs a message (RFC 8032 §5.1.6), which says in its first bytes what it is: the key signs recordings and the audit log.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&*self.seed).map_err(|_| Error::Crypto)?;
        Ok(pair.sign(message).as_ref().to_vec())
    }

    /// Gives the public key.
    #[must_use]
    pub fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Gives the short name: the first eight bytes of the public key's SHA-256, in hex.
    #[must_use]
    pub fn id(&self) -> String {
        HEXLOWER.encode(
            digest(&SHA256, &self.public)
                .as_ref()
                .get(..8)
                .unwrap_or_default(),
        )
    }

    /// Writes the public key as PEM.
    #[must_use]
    pub fn public_pem(&self) -> String {
        let der = STANDARD.encode([SPKI.as_slice(), &self.public].concat());
        format!("-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n")
    }
}

impl fmt::Debug for RecordingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordingKey({})", self.id())
    }
}

/// Loads an SSH key of the gateway, or makes one; writes its public half beside it.
pub(crate) fn ssh_key(
    file: &KeyFile<'_>,
    make: impl FnOnce() -> Result<PrivateKey, Error>,
) -> Result<PrivateKey, Error> {
    let keys = file.load(|| {
        let text = make()?.to_openssh(LineEnding::LF).map_err(|_| Error::Crypto)?;
        Ok(Secret::new(text.as_bytes()))
    })?;
    let newest = keys.last().ok_or_else(|| Error::OwnKey { path: file.path() })?;
    let key = ssh_keys::parse_private(newest, None)?;
    let line = key.public_key().to_openssh().map_err(|_| Error::Crypto)?;
    write_public(&file.path().with_extension("pub"), &format!("{line}\n"))?;
    Ok(key)
}

/// Writes a public file, if it does not say so already.
pub(crate) fn write_public(path: &Path, text: &str) -> Result<(), Error> {
    if files::read(path)?.is_some_and(|there| *there == text) {
        return Ok(());
    }
    files::replace(path, text, Access::Public)
}
