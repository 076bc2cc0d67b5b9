//! The keys of tapes, out of the vault.

use std::sync::Arc;

use domain::ConnectionId;
use tape::{DataKey, KeyError, PublicKey, SigningKey};
use vault::Vault;

/// Why a tape gets no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeysError {
    /// The vault.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// The key does not fit.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Keys {
    vault: Arc<Vault>,
    signer: SigningKey,
}

/// A key for a new tape.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) key: DataKey,
    pub(crate) wrapped: Vec<u8>,
    /// The name of the master key that wraps it.
    pub(crate) master_key: String,
}

impl Keys {
    pub(crate) fn new(vault: Arc<Vault>) -> Result<Self, KeysError> {
        let signer = SigningKey::from_seed(vault.recording_key().expose_seed())?;
        Ok(Self { vault, signer })
    }

    /// Makes the key of a new tape.
    pub(crate) fn fresh(&self, tape: ConnectionId) -> Result<Fresh, KeysError> {
        let keyring = self.vault.keyring();
        let (key, wrapped) = keyring.new_data_key(tape)?;
        Ok(Fresh {
            key: DataKey::new(key.expose())?,
            wrapped,
            master_key: keyring.newest().to_string(),
        })
    }

    /// Gives the key that signs new tapes.
    pub(crate) fn signer(&self) -> SigningKey {
        self.signer.clone()
    }

    /// Gives the key that a tape was begun under, also an older one.
    pub(crate) fn signer_for(&self, public: &PublicKey) -> Option<SigningKey> {
        let key = self.vault.recording_key_for(&public.0)?;
        SigningKey::from_seed(key.expose_seed()).ok()
    }
}
