//! The three keys of a tape: its data key, and the node's signing key with its public half.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest::{Context, SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use thiserror::Error;

/// Bytes of an Ed25519 signature (RFC 8032 §5.1.6).
pub const SIGNATURE_LEN: usize = 64;
/// Bytes of a GCM tag (NIST SP 800-38D).
pub const TAG_LEN: usize = 16;
/// Bytes of a SHA-256 value.
pub const HASH_LEN: usize = 32;

/// A SHA-256 value.
pub type Hash = [u8; HASH_LEN];

/// The DER that stands before the 32 bytes of an Ed25519 public key (RFC 8410 §4).
const SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// Why a key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The bytes are no Ed25519 seed.
    #[error("not an ed25519 seed")]
    Seed,
    /// The text is neither PEM, base64 nor hex of an Ed25519 public key.
    #[error("not an ed25519 public key")]
    Public,
    /// The data key could not be set up.
    #[error("not a data key")]
    Data,
}

/// The key of one tape's records (AES-256). Cheap to clone; prints as `***`.
#[derive(Clone)]
pub struct DataKey(Arc<LessSafeKey>);

impl DataKey {
    /// Takes the key's bytes. Every tape needs its own: block numbers are the nonces.
    pub fn new(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| KeyError::Data)?;
        Ok(Self(Arc::new(LessSafeKey::new(key))))
    }

    /// Encrypts a block in place and gives its tag.
    pub(crate) fn seal(&self, sequence: u32, aad: &[u8], bytes: &mut [u8]) -> Option<[u8; TAG_LEN]> {
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce(sequence), Aad::from(aad), bytes)
            .ok()?;
        tag.as_ref().try_into().ok()
    }

    /// Decrypts a block with its tag in place and gives the plaintext's length.
    pub(crate) fn open(&self, sequence: u32, aad: &[u8], bytes: &mut [u8]) -> Option<usize> {
        self.0
            .open_in_place(nonce(sequence), Aad::from(aad), bytes)
            .ok()
            .map(|plain| plain.len())
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(***)")
    }
}

fn nonce(sequence: u32) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    for (to, from) in bytes.iter_mut().zip(sequence.to_le_bytes()) {
        *to = from;
    }
    Nonce::assume_unique_for_key(bytes)
}

/// The key that signs tapes. Cheap to clone; prints its public half only.
#[derive(Clone)]
pub struct SigningKey(Arc<Ed25519KeyPair>);

impl SigningKey {
    /// Takes an Ed25519 seed (RFC 8032 §5.1.5).
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        Ed25519KeyPair::from_seed_unchecked(seed)
            .map(|pair| Self(Arc::new(pair)))
            .map_err(|_| KeyError::Seed)
    }

    /// Gives the public half, with which anybody can verify.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(self.0.public_key().as_ref()) {
            *to = *from;
        }
        PublicKey(bytes)
    }

    pub(crate) fn sign(&self, what: Signed, hash: &Hash) -> Option<[u8; SIGNATURE_LEN]> {
        self.0
            .try_sign(&what.message(hash))
            .ok()?
            .as_ref()
            .try_into()
            .ok()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public())
    }
}

/// The public half of a signing key. Prints as base64; reads PEM (RFC 8410), base64 and hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// Gives the short name of the key: the first eight bytes of its SHA-256, in hex.
    #[must_use]
    pub fn id(&self) -> String {
        HEXLOWER.encode(sha256(&self.0).get(..8).unwrap_or_default())
    }

    /// Writes the key as PEM, as `openssl pkey -pubin` reads it.
    #[must_use]
    pub fn pem(&self) -> String {
        let der = [SPKI.as_slice(), self.0.as_slice()].concat();
        format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            STANDARD.encode(der)
        )
    }

    /// Reads every key of a file: one or more PEM blocks, or lines of base64 or hex; `#` begins a comment line.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, KeyError> {
        let lines = text.lines().map(str::trim);
        let keys: Vec<&str> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("-----"))
            .collect();
        if keys.is_empty() {
            return Err(KeyError::Public);
        }
        keys.into_iter().map(str::parse).collect()
    }

    pub(crate) fn verify(&self, what: Signed, hash: &Hash, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0)
            .verify(&what.message(hash), signature)
            .is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.starts_with("-----") {
            return match Self::parse_all(text)?.as_slice() {
                [key] => Ok(*key),
                _ => Err(KeyError::Public),
            };
        }
        let bytes = if text.len() == 64 {
            HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()
        } else {
            STANDARD.decode(text).ok()
        };
        let bytes = bytes.ok_or(KeyError::Public)?;
        let key = bytes.strip_prefix(&SPKI).unwrap_or(&bytes);
        key.try_into().map(Self).map_err(|_| KeyError::Public)
    }
}

/// What a signature is over. Each has its own first line, so that none can stand for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    Head,
    Block,
    Seal,
}

impl Signed {
    fn message(self, hash: &Hash) -> Vec<u8> {
        let line: &[u8] = match self {
            Self::Head => b"doorward tape head 1\n",
            Self::Block => b"doorward tape block 1\n",
            Self::Seal => b"doorward tape seal 1\n",
        };
        [line, hash].concat()
    }
}

/// Hashes the pieces as if they were one.
pub(crate) fn sha256_of(pieces: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    for piece in pieces {
        context.update(piece);
    }
    to_hash(context.finish().as_ref())
}

pub(crate) fn sha256(bytes: &[u8]) -> Hash {
    to_hash(digest(&SHA256, bytes).as_ref())
}

fn to_hash(bytes: &[u8]) -> Hash {
    let mut hash = [0; HASH_LEN];
    for (to, from) in hash.iter_mut().zip(bytes) {
        *to = *from;
    }
    hash
}
