//! The chain of the audit log and its signatures, without a database: what makes a line genuine, here and offline.

use aws_lc_rs::{
    digest,
    signature::{ED25519, UnparsedPublicKey},
};
use domain::{Micros, audit::AuditEvent};

/// A SHA-256.
pub(super) type Hash = [u8; 32];

/// What an Ed25519 signature says of the log: that up to this line it was so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The last line that is covered.
    pub seq: i64,
    /// When it was signed.
    pub at: Micros,
    /// The hash of that line, and so of all lines up to it.
    pub hash: Hash,
    /// The public key.
    pub key: [u8; 32],
    /// The signature over [`Checkpoint::message`].
    pub signature: Vec<u8>,
}

impl Checkpoint {
    /// Gives the bytes that are signed: `doorward audit checkpoint 1\0`, the number and the time in microseconds as 8 bytes
    /// big-endian each, and the hash.
    #[must_use]
    pub fn message(seq: i64, at: Micros, hash: &Hash) -> Vec<u8> {
        [
            b"doorward audit checkpoint 1\0".as_slice(),
            &seq.to_be_bytes(),
            &at.0.to_be_bytes(),
            hash,
        ]
        .concat()
    }

    /// Tells whether one of the keys has signed it.
    #[must_use]
    pub fn is_signed_by(&self, keys: &[[u8; 32]]) -> bool {
        let message = Self::message(self.seq, self.at, &self.hash);
        keys.contains(&self.key)
            && UnparsedPublicKey::new(&ED25519, self.key)
                .verify(&message, &self.signature)
                .is_ok()
    }
}

/// How the audit log is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The line is missing.
    Missing,
    /// The line's text or one of its columns was changed.
    Altered,
    /// The line does not follow from the one before it.
    Unchained,
    /// The chain is whole, but a signature says that it was another one up to here; or the signature is nobody's.
    Forged,
    /// Lines from here on were signed and are gone.
    Cut,
}

impl Break {
    /// Gives the word of the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Altered => "altered",
            Self::Unchained => "unchained",
            Self::Forged => "forged",
            Self::Cut => "cut",
        }
    }
}

/// What a verification found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// Every line is there and unchanged.
    Intact {
        /// How many lines were checked.
        lines: i64,
        /// The last one.
        last: i64,
    },
    /// The first line that is not as it was written.
    Broken {
        /// Its number.
        seq: i64,
        /// What is wrong.
        what: Break,
    },
}

/// What a verification with signatures found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedVerification {
    /// Of lines and signatures together.
    pub found: Verification,
    /// The last line that a signature covers; 0 for none.
    pub signed: i64,
    /// When it was signed.
    pub signed_at: Micros,
    /// How many signatures were checked.
    pub checkpoints: u64,
}

/// Follows the log from line to line.
#[derive(Debug, Clone)]
pub struct Chain {
    next: i64,
    before: Hash,
}

impl Chain {
    /// Begins before the first line.
    #[must_use]
    pub fn begin() -> Self {
        Self::behind(0, [0; 32])
    }

    /// Begins behind a line whose hash is known.
    #[must_use]
    pub fn behind(seq: i64, hash: Hash) -> Self {
        Self {
            next: seq + 1,
            before: hash,
        }
    }

    /// Gives the number of the last line, and its hash.
    #[must_use]
    pub fn head(&self) -> (i64, Hash) {
        (self.next - 1, self.before)
    }

    /// Takes the next line, if it is the one that has to come; otherwise says how it is broken.
    pub fn take(&mut self, seq: i64, payload: &str, stored: &[u8]) -> Result<AuditEvent, Break> {
        if seq > self.next {
            return Err(Break::Missing);
        }
        if seq < self.next {
            return Err(Break::Unchained);
        }
        let hash = hash(&self.before, seq, payload);
        let event = serde_json::from_str(payload).map_err(|_| Break::Altered)?;
        if hash != stored {
            return Err(Break::Altered);
        }
        self.next += 1;
        self.before = hash;
        Ok(event)
    }
}

/// Hashes a line, as the head of this module's parent says.
pub(super) fn hash(before: &[u8], seq: i64, payload: &str) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"doorward audit 1\0");
    context.update(before);
    context.update(&seq.to_be_bytes());
    context.update(payload.as_bytes());
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}
