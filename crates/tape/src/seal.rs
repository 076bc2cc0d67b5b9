//! The seal: the signed end of a tape.

use domain::{ConnectionId, Micros};
use serde::{Deserialize, Serialize};

use crate::crypt::{Hash, PublicKey, SIGNATURE_LEN, Signed, SigningKey, sha256_of};
use crate::frame::{END, FOOTER_LEN, FRONT_LEN, MAX_SEAL, SEAL_TAG};
use crate::index::IndexEntry;
use crate::writer::WriteError;

/// Whether the recorder itself ended the tape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SealState {
    /// Everything that was recorded is here.
    Finished,
    /// The recorder was lost; what had reached the disk was sealed afterwards.
    Unfinished,
}

/// Why and when a tape is sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Whether the recorder itself ended it.
    pub state: SealState,
    /// When it is sealed.
    pub at: Micros,
    /// Why recording ended; a short code or sentence.
    pub reason: String,
}

/// The seal, as JSON in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Whether the recorder itself ended the tape.
    pub state: SealState,
    /// The tape's name, as in the head.
    pub tape: ConnectionId,
    /// The last hash of the chain (hex).
    #[serde(with = "hex_hash")]
    pub chain: Hash,
    /// How many blocks there are.
    pub blocks: u32,
    /// How many records there are.
    pub records: u64,
    /// Bytes of traffic to the target.
    pub to_target: u64,
    /// Bytes of traffic from the target.
    pub from_target: u64,
    /// Time of the first record; zero when there is none.
    pub first_time: Micros,
    /// Time of the last record; zero when there is none.
    pub last_time: Micros,
    /// When the seal was made.
    pub sealed_at: Micros,
    /// Why recording ended.
    pub reason: String,
    /// Bytes of a torn last block that were cut away before an unfinished tape was sealed.
    #[serde(default)]
    pub torn_bytes: u64,
    /// Some blocks, for seeking.
    pub index: Vec<IndexEntry>,
}

impl Seal {
    pub(crate) fn write(&self, signer: &SigningKey, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let json = serde_json::to_vec(self).map_err(|_| WriteError::Seal)?;
        if json.len() > MAX_SEAL {
            return Err(WriteError::Seal);
        }
        let signature = signer
            .sign(Signed::Seal, &hash(&json))
            .ok_or(WriteError::Crypto)?;
        out.extend_from_slice(&SEAL_TAG);
        out.extend_from_slice(&(json.len() as u32).to_le_bytes());
        out.extend_from_slice(&json);
        out.extend_from_slice(&signature);
        let len = FRONT_LEN + json.len() + SIGNATURE_LEN + FOOTER_LEN;
        out.extend_from_slice(&(len as u32).to_le_bytes());
        out.extend_from_slice(&END);
        Ok(())
    }

    /// Reads the JSON; [`None`] when it is not that of a seal.
    pub(crate) fn parse(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

/// What the signature of a seal is over: tag, length and JSON.
fn hash(json: &[u8]) -> Hash {
    sha256_of(&[&SEAL_TAG, &(json.len() as u32).to_le_bytes(), json])
}

/// Checks the signature of a seal.
pub(crate) fn is_signed(json: &[u8], signature: &[u8; SIGNATURE_LEN], key: &PublicKey) -> bool {
    key.verify(Signed::Seal, &hash(json), signature)
}

mod hex_hash {
    //! A hash as hex text.
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

    use super::Hash;

    pub(super) fn serialize<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(hash))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(deserializer)?;
        HEXLOWER_PERMISSIVE
            .decode(text.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| D::Error::custom("not a hash"))
    }
}
