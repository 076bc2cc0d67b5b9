//! A session as one file that can be checked offline: a tar archive of what is known about it, with a signed list of what is in it.
//!
//! `docs/formats/bundle.md` describes the file. `parts` writes it, [`check()`] reads it, and both keep to what is here.

mod archive;
mod check;
mod parts;

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use tape::PublicKey;

pub use check::{Fault, Report, Verdict, check};
pub(crate) use parts::body;

/// What a manifest says it is, and what stands before it when it is signed.
pub const FORMAT: &str = "doorward bundle 1";

/// The name of the manifest in the archive.
pub const MANIFEST: &str = "manifest.json";

/// The name of its signature.
pub const SIGNATURE: &str = "manifest.sig.json";

/// The folder of the recordings.
pub const RECORDINGS: &str = "recordings/";

/// What is in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// The session.
    pub session_id: String,
    /// When it was taken out (RFC 3339).
    pub made_at: String,
    /// Who took it out.
    pub made_by: String,
    /// The name of the gateway.
    pub gateway: String,
    /// Every other file in the archive, in its order.
    pub files: Vec<Line>,
}

/// A file in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its path in the archive.
    pub name: String,
    /// How long it is.
    pub bytes: u64,
    /// The SHA-256 of its content in hexadecimal.
    pub sha256: String,
}

/// Who signed a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The public key in base64: of the pair that signs recordings.
    pub key: String,
    /// The signature (RFC 8032) over [`message`] in base64.
    pub signature: String,
}

/// Gives the bytes that are signed: [`FORMAT`], a zero byte, and the manifest as it is in the archive.
#[must_use]
pub fn message(manifest: &[u8]) -> Vec<u8> {
    [FORMAT.as_bytes(), b"\0", manifest].concat()
}

impl Signature {
    pub(crate) fn new(key: &[u8; 32], signature: &[u8]) -> Self {
        Self {
            key: STANDARD.encode(key),
            signature: STANDARD.encode(signature),
        }
    }

    /// Gives the key that it names.
    fn key(&self) -> Option<PublicKey> {
        PublicKey::parse_all(&self.key).ok()?.first().copied()
    }

    /// Tells whether that key has signed the manifest.
    fn holds(&self, key: &PublicKey, manifest: &[u8]) -> bool {
        STANDARD.decode(&self.signature).is_ok_and(|signature| {
            UnparsedPublicKey::new(&ED25519, key.0)
                .verify(&message(manifest), &signature)
                .is_ok()
        })
    }
}
