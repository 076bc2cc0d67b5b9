//! Encryption of what was typed, and blinding of the words that search finds it by.
//!
//! A sealed text is a version byte (1), a random 96-bit nonce, and AES-256-GCM ciphertext with its tag. Each session has its own
//! key, HMAC-SHA256 of the content key over `doorward entry 1` and the session's id, so that random nonces never run out; the
//! session's id and the entry's place are authenticated, so that texts cannot be swapped.
//!
//! A blinded word is the first 64 bits of HMAC-SHA256 over the word, in hexadecimal. Equal words stay equal: who has the database but
//! not the key learns how often words repeat, not what they are.

use std::sync::Arc;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::EntryKey;
use crate::Error;

const VERSION: u8 = 1;

/// Encrypts what was typed and blinds its search index: 256 random bits from the vault.
#[derive(Clone)]
pub struct ContentKey(Arc<Zeroizing<[u8; 32]>>);

impl ContentKey {
    /// Takes 256 random bits.
    #[must_use]
    pub fn new(bits: [u8; 32]) -> Self {
        Self(Arc::new(Zeroizing::new(bits)))
    }

    fn derive(&self, purpose: &[u8], of: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice()));
        context.update(purpose);
        context.update(of);
        context.sign()
    }
}

impl std::fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// What of an entry is encrypted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Content {
    #[serde(rename = "b")]
    pub(crate) body: String,
    #[serde(rename = "d", default, skip_serializing_if = "serde_json::Value::is_null")]
    pub(crate) detail: serde_json::Value,
}

fn key(content_key: &ContentKey, entry: &EntryKey) -> Result<LessSafeKey, Error> {
    let bits = content_key.derive(b"doorward entry 1", entry.session.uuid().as_bytes());
    UnboundKey::new(&AES_256_GCM, bits.as_ref())
        .map(LessSafeKey::new)
        .map_err(|_| Error::Content)
}

fn bound_to(entry: &EntryKey) -> Aad<[u8; 24]> {
    let mut bytes = [0; 24];
    let (session, seq) = bytes.split_at_mut(16);
    session.copy_from_slice(entry.session.uuid().as_bytes());
    seq.copy_from_slice(&entry.seq.to_be_bytes());
    Aad::from(bytes)
}

pub(crate) fn seal(content_key: &ContentKey, entry: &EntryKey, content: &Content) -> Result<Vec<u8>, Error> {
    let mut nonce = [0; NONCE_LEN];
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_| Error::Content)?;
    let mut text = serde_json::to_vec(content).map_err(|_| Error::Invalid("the entry"))?;
    key(content_key, entry)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound_to(entry), &mut text)
        .map_err(|_| Error::Content)?;
    let mut sealed = Vec::with_capacity(1 + NONCE_LEN + text.len());
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    sealed.append(&mut text);
    Ok(sealed)
}

pub(crate) fn open(content_key: &ContentKey, entry: &EntryKey, sealed: &[u8]) -> Result<Content, Error> {
    let Some((&VERSION, rest)) = sealed.split_first() else {
        return Err(Error::Content);
    };
    let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(Error::Content)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Error::Content)?;
    let mut text = text.to_vec();
    let clear = key(content_key, entry)?
        .open_in_place(nonce, bound_to(entry), &mut text)
        .map_err(|_| Error::Content)?;
    serde_json::from_slice(clear).map_err(|_| Error::Content)
}

/// Blinds words.
pub(super) struct Blinds(hmac::Key);

impl Blinds {
    pub(super) fn new(content_key: &ContentKey) -> Self {
        let bits = content_key.derive(b"doorward words 1", b"");
        Self(hmac::Key::new(hmac::HMAC_SHA256, bits.as_ref()))
    }

    pub(super) fn blind(&self, word: &str) -> String {
        let tag = hmac::sign(&self.0, word.as_bytes());
        let first = tag.as_ref().first_chunk().copied().unwrap_or_default();
        format!("{:016x}", u64::from_be_bytes(first))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use domain::{Micros, SessionId};

    use super::*;

    fn entry(seq: i64) -> EntryKey {
        let at = Micros(1_790_000_000_000_000);
        EntryKey {
            session: SessionId::new(at, 1, 2),
            seq,
            at,
        }
    }

    #[test]
    fn a_sealed_text_opens_only_where_it_belongs() {
        let ours = ContentKey::new([7; 32]);
        let content = Content {
            body: "sudo reboot".into(),
            detail: serde_json::json!({"output": "ok"}),
        };
        let sealed = seal(&ours, &entry(1), &content).unwrap();
        assert_eq!(open(&ours, &entry(1), &sealed).unwrap(), content);
        assert!(!sealed.windows(4).any(|window| window == b"sudo"));
        assert!(open(&ours, &entry(2), &sealed).is_err());
        assert!(open(&ContentKey::new([8; 32]), &entry(1), &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&ours, &entry(1), &changed).is_err(), "byte {at}");
        }
        assert!(open(&ours, &entry(1), &[]).is_err());
    }

    #[test]
    fn blinded_words_are_equal_when_the_words_are() {
        let blinds = Blinds::new(&ContentKey::new([7; 32]));
        assert_eq!(blinds.blind("shadow"), blinds.blind("shadow"));
        assert_ne!(blinds.blind("shadow"), blinds.blind("shadows"));
        assert_eq!(blinds.blind("shadow").len(), 16);
        assert_eq!(format!("{:?}", ContentKey::new([7; 32])), "***");
    }
}
