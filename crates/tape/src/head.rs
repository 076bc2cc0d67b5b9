//! The head of a tape: whose recording it is, and under which keys.

use domain::{ConnectionId, Micros, SessionId};
use serde::{Deserialize, Serialize};

use crate::crypt::{Hash, PublicKey, SIGNATURE_LEN, Signed, SigningKey, sha256_of};
use crate::frame::{HEAD_TAG, MAGIC, MAX_HEAD};
use crate::writer::WriteError;

/// What the recorder says of a new tape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The connection that is recorded; the tape's name.
    pub tape: ConnectionId,
    /// The session that owns the connection.
    pub session: SessionId,
    /// The node that records.
    pub node: String,
    /// The protocol's name.
    pub protocol: String,
    /// When recording began.
    pub started_at: Micros,
    /// The name of the master key that wraps the data key.
    pub master_key: String,
    /// The data key, wrapped by the vault; opaque here.
    #[serde(with = "base64_bytes")]
    pub data_key: Vec<u8>,
}

/// The head of a tape, as JSON in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Version of the format: 1.
    pub format: u32,
    /// Whose recording it is.
    #[serde(flatten)]
    pub label: Label,
    /// The key that signs head, blocks and seal (base64).
    #[serde(with = "public_key")]
    pub signing_key: PublicKey,
    /// `zstd`.
    pub compression: String,
    /// `aes-256-gcm`.
    pub cipher: String,
    /// `sha-256`.
    pub hash: String,
    /// `ed25519`.
    pub signature: String,
}

impl Head {
    pub(crate) fn new(label: Label, signing_key: PublicKey) -> Self {
        Self {
            format: 1,
            label,
            signing_key,
            compression: String::from("zstd"),
            cipher: String::from("aes-256-gcm"),
            hash: String::from("sha-256"),
            signature: String::from("ed25519"),
        }
    }

    /// Tells whether this crate can read tapes with such a head.
    #[must_use]
    pub fn is_supported(&self) -> bool {
        *self == Self::new(self.label.clone(), self.signing_key)
    }

    /// Writes the magic and the head, and gives the first hash of the chain.
    pub(crate) fn write(&self, signer: &SigningKey, out: &mut Vec<u8>) -> Result<Hash, WriteError> {
        let json = serde_json::to_vec(self).map_err(|_| WriteError::Label)?;
        if json.len() > MAX_HEAD {
            return Err(WriteError::Label);
        }
        let hash = hash(&json);
        let signature = signer.sign(Signed::Head, &hash).ok_or(WriteError::Crypto)?;
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&HEAD_TAG);
        out.extend_from_slice(&(json.len() as u32).to_le_bytes());
        out.extend_from_slice(&json);
        out.extend_from_slice(&signature);
        Ok(hash)
    }

    /// Reads the JSON; [`None`] when it is not that of a head.
    pub(crate) fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

/// The first hash of the chain: over the magic, the tag, the length and the JSON.
pub(crate) fn hash(json: &[u8]) -> Hash {
    sha256_of(&[&MAGIC, &HEAD_TAG, &(json.len() as u32).to_le_bytes(), json])
}

/// Checks the signature of a head.
pub(crate) fn is_signed(json: &[u8], signature: &[u8; SIGNATURE_LEN], key: &PublicKey) -> bool {
    key.verify(Signed::Head, &hash(json), signature)
}

pub(crate) mod base64_bytes {
    //! Bytes as base64 text.
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD
            .decode(String::deserialize(deserializer)?)
            .map_err(D::Error::custom)
    }
}

mod public_key {
    //! A public key as base64 text.
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::crypt::PublicKey;

    pub(crate) fn serialize<S: Serializer>(key: &PublicKey, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(key)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PublicKey, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}
