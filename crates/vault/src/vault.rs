//! Everything the gateway keeps secret, opened once at start.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ssh_key::PrivateKey;
use ssh_key::public::KeyData;

use domain::Micros;

use crate::host_cert::{self, HostCertificate};
use crate::keyring::{Keyring, MasterSource, random};
use crate::own_keys::{KeyFile, RecordingKey, ssh_key, write_public};
use crate::token::Tokens;
use crate::user_cert::{self, UserCertificate, UserWish};
use crate::{Error, Secret, ssh_keys};

const RECORDING: &str = "recording.key";
const CONTENT: &str = "content.key";
const TOKEN: &str = "token.key";
const SSH_CA: &str = "ssh_ca.key";
const SSH_USER_CA: &str = "ssh_user_ca.key";
const SSH_ED25519: &str = "ssh_host_ed25519.key";
const SSH_RSA: &str = "ssh_host_rsa.key";

/// The gateway's keys. Opening blocks; everything after is memory. Share it behind an [`Arc`].
///
/// The folder holds, mode 0600: `master.key` (unless it comes from elsewhere) and, sealed under it, `recording.key`, `content.key`,
/// `token.key`, `ssh_ca.key`, `ssh_user_ca.key`, `ssh_host_ed25519.key`, `ssh_host_rsa.key`; and the public halves as `*.pub`.
#[derive(Debug)]
pub struct Vault {
    dir: PathBuf,
    keyring: Arc<Keyring>,
    recording: Vec<RecordingKey>,
    content: Secret,
    tokens: Tokens,
    ssh_host: Vec<PrivateKey>,
    ssh_ca: PrivateKey,
    ssh_user_ca: PrivateKey,
}

/// Which SSH host keys a gateway has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HostKeys {
    /// Ed25519: what all clients of the last ten years speak.
    #[default]
    Ed25519,
    /// Ed25519 and RSA of 3072 bits, for older ones.
    Ed25519AndRsa,
}

impl Vault {
    /// Opens the keys in a folder; makes the folder and whatever key is not there yet.
    pub fn open(dir: &Path, source: &MasterSource, host_keys: HostKeys) -> Result<Self, Error> {
        crate::files::make_dir(dir)?;
        let keyring = Keyring::open(dir, source)?;
        Self::with_keyring(dir, keyring, host_keys)
    }

    fn with_keyring(dir: &Path, keyring: Keyring, host_keys: HostKeys) -> Result<Self, Error> {
        let file = |name| KeyFile {
            keyring: &keyring,
            dir,
            name,
        };
        let seeds = file(RECORDING).load(RecordingKey::fresh_seed)?;
        let recording = recording_keys(dir, &seeds)?;
        let random_key = || random::<32>().map(Secret::new);
        let content = newest(file(CONTENT).load(random_key)?)?;
        let token = newest(file(TOKEN).load(random_key)?)?;
        let ssh_ca = ssh_key(&file(SSH_CA), || {
            ssh_keys::generate_ed25519("doorward inner hosts")
        })?;
        let ssh_user_ca = ssh_key(&file(SSH_USER_CA), || {
            ssh_keys::generate_ed25519("doorward users")
        })?;
        let mut ssh_host = vec![ssh_key(&file(SSH_ED25519), || {
            ssh_keys::generate_ed25519("doorward")
        })?];
        if host_keys == HostKeys::Ed25519AndRsa {
            ssh_host.push(ssh_key(&file(SSH_RSA), || ssh_keys::generate_rsa("doorward"))?);
        }
        let tokens = Tokens::new(&token);
        Ok(Self {
            dir: dir.to_owned(),
            keyring: Arc::new(keyring),
            recording,
            content,
            tokens,
            ssh_host,
            ssh_ca,
            ssh_user_ca,
        })
    }

    /// Gives the master keys: to seal and open secrets and the data keys of tapes.
    #[must_use]
    pub fn keyring(&self) -> &Arc<Keyring> {
        &self.keyring
    }

    /// Gives the key that signs new recordings.
    ///
    /// # Panics
    /// Never: opening has refused an empty list.
    #[must_use]
    pub fn recording_key(&self) -> &RecordingKey {
        #[expect(clippy::expect_used, reason = "recording_keys() refuses an empty list")]
        self.recording.last().expect("at least one recording key")
    }

    /// Gives the key with this public half, also one that signs no new recordings: to seal what was begun under it.
    #[must_use]
    pub fn recording_key_for(&self, public: &[u8; 32]) -> Option<&RecordingKey> {
        self.recording.iter().find(|key| key.public() == public)
    }

    /// Gives the public keys of all recordings ever made here, for verifying.
    pub fn recording_publics(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.recording.iter().map(RecordingKey::public)
    }

    /// Gives where the same public keys are, as PEM: what `doorward verify` takes.
    #[must_use]
    pub fn recording_pub_path(&self) -> PathBuf {
        self.dir.join(RECORDING).with_extension("pub")
    }

    /// Gives the 256 bits that encrypt and blind what the store keeps of sessions. Does not change when the master key does.
    #[must_use]
    pub fn content_key(&self) -> [u8; 32] {
        self.content.expose().try_into().unwrap_or_default()
    }

    /// Gives what issues and recognises API tokens, cookies and links.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// Gives the gateway's SSH host keys, the preferred one first.
    #[must_use]
    pub fn ssh_host_keys(&self) -> &[PrivateKey] {
        &self.ssh_host
    }

    /// Gives the key that certifies inner hosts; its public half goes into clients' `known_hosts` as `@cert-authority`.
    #[must_use]
    pub fn ssh_ca(&self) -> &PrivateKey {
        &self.ssh_ca
    }

    /// Certifies a host key for names (RFC-less; OpenSSH's PROTOCOL.certkeys): clients that trust the CA take it for each of them.
    pub fn issue_host_certificate(
        &self,
        key: &KeyData,
        names: &[String],
        from: Micros,
        until: Micros,
    ) -> Result<HostCertificate, Error> {
        host_cert::issue(&self.ssh_ca, key, names, from, until)
    }

    /// Gives the key that certifies users' keys, by which the gateway knows them at its own door.
    #[must_use]
    pub fn ssh_user_ca(&self) -> &PrivateKey {
        &self.ssh_user_ca
    }

    /// Certifies a user's key (OpenSSH's PROTOCOL.certkeys), for this gateway's own door.
    pub fn issue_user_certificate(&self, wish: &UserWish<'_>) -> Result<UserCertificate, Error> {
        user_cert::issue(&self.ssh_user_ca, wish)
    }

    /// Adds a recording key, which signs from now on, and opens the vault with it. Older keys stay, for what they have signed.
    pub fn rotate_recording_key(&self) -> Result<Self, Error> {
        let file = KeyFile {
            keyring: &self.keyring,
            dir: &self.dir,
            name: RECORDING,
        };
        let seeds = file.load(RecordingKey::fresh_seed)?;
        let seeds = file.add(seeds, RecordingKey::fresh_seed()?)?;
        Ok(Self {
            dir: self.dir.clone(),
            keyring: Arc::clone(&self.keyring),
            recording: recording_keys(&self.dir, &seeds)?,
            content: self.content.clone(),
            tokens: self.tokens.clone(),
            ssh_host: self.ssh_host.clone(),
            ssh_ca: self.ssh_ca.clone(),
            ssh_user_ca: self.ssh_user_ca.clone(),
        })
    }

    /// Adds a master key to the vault's own file and seals the gateway's own keys under it; gives the vault opened with it.
    ///
    /// Secrets in the store and data keys of tapes keep opening, for the older master keys stay.
    pub fn rotate_master_key(&self) -> Result<Self, Error> {
        let keyring = Keyring::rotate(&self.dir)?;
        let host_keys = if self.ssh_host.len() > 1 {
            HostKeys::Ed25519AndRsa
        } else {
            HostKeys::Ed25519
        };
        Self::with_keyring(&self.dir, keyring, host_keys)
    }
}

/// Reads the seeds and keeps the public file true.
fn recording_keys(dir: &Path, seeds: &[Secret]) -> Result<Vec<RecordingKey>, Error> {
    let path = dir.join(RECORDING);
    let keys: Vec<RecordingKey> = seeds
        .iter()
        .map(|seed| RecordingKey::new(seed.expose()))
        .collect::<Result<_, _>>()?;
    if keys.is_empty() {
        return Err(Error::OwnKey { path });
    }
    let text: String = keys.iter().map(RecordingKey::public_pem).collect();
    write_public(&path.with_extension("pub"), &text)?;
    Ok(keys)
}

fn newest(mut keys: Vec<Secret>) -> Result<Secret, Error> {
    let key = keys.pop().ok_or(Error::Unseal)?;
    if key.expose().len() == 32 {
        Ok(key)
    } else {
        Err(Error::Unseal)
    }
}

#[cfg(test)]
mod tests;
