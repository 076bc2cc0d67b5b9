//! What a password is verified by when the client proves that it knows it, and does not send it.

use std::{fmt, num::NonZeroU32};

use aws_lc_rs::{
    digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest},
    hmac::{self, HMAC_SHA256},
    pbkdf2,
};
use subtle::ConstantTimeEq as _;

use crate::{Error, keyring::random};

/// How often SCRAM hashes the password (RFC 7677 asks for 4096). More would slow every connection of a client down, and adds nothing
/// to a password of 256 random bits.
const ITERATIONS: NonZeroU32 = NonZeroU32::MIN.saturating_add(4095);

/// The first byte of [`Verifiers::to_bytes`].
const VERSION: u8 = 1;

const SALT: usize = 16;
const SHA1_LEN: usize = 20;
const SHA256_LEN: usize = 32;

/// The verifiers of one password, for every way in which clients prove one. Prints as `***`.
///
/// Whoever reads them cannot find the password, for it is random and long (see [`crate::TokenKind::Database`]): that is why the
/// unsalted ones are no danger. They are sealed all the same, as some of them are enough to play the server, or the client.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifiers {
    /// For SCRAM-SHA-256.
    pub scram: Scram,
    /// `SHA1(SHA1(password))`.
    pub sha1_twice: [u8; SHA1_LEN],
    /// `SHA256(SHA256(password))`.
    pub sha256_twice: [u8; SHA256_LEN],
}

/// What a server keeps for SCRAM-SHA-256 (RFC 5802, RFC 7677).
#[derive(Clone, PartialEq, Eq)]
pub struct Scram {
    /// Tells the client how to hash; no secret.
    pub salt: [u8; SALT],
    /// How often it hashes.
    pub iterations: u32,
    /// `SHA256(ClientKey)`: what the client's proof is compared with.
    pub stored_key: [u8; SHA256_LEN],
    /// What the server proves itself with.
    pub server_key: [u8; SHA256_LEN],
}

impl Verifiers {
    /// Makes the verifiers of a password, with a fresh salt.
    pub fn of(password: &str) -> Result<Self, Error> {
        let salt = random()?;
        let mut salted = [0; SHA256_LEN];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            ITERATIONS,
            &salt,
            password.as_bytes(),
            &mut salted,
        );
        Ok(Self {
            scram: Scram {
                salt,
                iterations: ITERATIONS.get(),
                stored_key: sha256(&mac(&salted, b"Client Key")),
                server_key: mac(&salted, b"Server Key"),
            },
            sha1_twice: sha1(&sha1(password.as_bytes())),
            sha256_twice: sha256(&sha256(password.as_bytes())),
        })
    }

    /// Makes verifiers that no password fits, always the same for a name, so that a name nobody has looks like one that somebody has.
    pub(crate) fn of_nobody(key: &hmac::Key, name: &str) -> Self {
        let piece = |what: &[u8]| -> [u8; SHA256_LEN] {
            let mut context = hmac::Context::with_key(key);
            context.update(b"doorward verifier of nobody 1\0");
            context.update(what);
            context.update(name.as_bytes());
            prefix(context.sign().as_ref())
        };
        Self {
            scram: Scram {
                salt: prefix(&piece(b"salt\0")),
                iterations: ITERATIONS.get(),
                stored_key: piece(b"stored\0"),
                server_key: piece(b"server\0"),
            },
            sha1_twice: prefix(&piece(b"sha1\0")),
            sha256_twice: piece(b"sha256\0"),
        }
    }

    /// Verifies a password that the client did send, in constant time.
    #[must_use]
    pub fn accepts(&self, password: &str) -> bool {
        let hash = sha256(&sha256(password.as_bytes()));
        hash.ct_eq(&self.sha256_twice).into()
    }

    /// Writes them down, to be sealed: version 1, iterations 4 (big-endian), salt 16, stored key 32, server key 32, SHA-1 20, SHA-256 32.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        [
            &[VERSION][..],
            &self.scram.iterations.to_be_bytes(),
            &self.scram.salt,
            &self.scram.stored_key,
            &self.scram.server_key,
            &self.sha1_twice,
            &self.sha256_twice,
        ]
        .concat()
    }

    /// Reads what [`Verifiers::to_bytes`] wrote; [`None`] when it is something else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (version, mut rest) = bytes.split_first()?;
        let read = Self {
            scram: Scram {
                iterations: u32::from_be_bytes(take(&mut rest)?),
                salt: take(&mut rest)?,
                stored_key: take(&mut rest)?,
                server_key: take(&mut rest)?,
            },
            sha1_twice: take(&mut rest)?,
            sha256_twice: take(&mut rest)?,
        };
        (*version == VERSION && rest.is_empty()).then_some(read)
    }
}

impl Scram {
    /// Verifies a client's proof over the messages of the exchange, in constant time; gives the server's own proof when it is right.
    #[must_use]
    pub fn verify(&self, messages: &[u8], proof: &[u8; SHA256_LEN]) -> Option<[u8; SHA256_LEN]> {
        let signature = mac(&self.stored_key, messages);
        let mut client_key = *proof;
        for (byte, mask) in client_key.iter_mut().zip(signature) {
            *byte ^= mask;
        }
        let right: bool = sha256(&client_key).ct_eq(&self.stored_key).into();
        right.then(|| mac(&self.server_key, messages))
    }
}

impl fmt::Debug for Verifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifiers(***)")
    }
}

impl fmt::Debug for Scram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scram(***)")
    }
}

fn mac(key: &[u8], data: &[u8]) -> [u8; SHA256_LEN] {
    prefix(hmac::sign(&hmac::Key::new(HMAC_SHA256, key), data).as_ref())
}

fn sha256(data: &[u8]) -> [u8; SHA256_LEN] {
    prefix(digest(&SHA256, data).as_ref())
}

fn sha1(data: &[u8]) -> [u8; SHA1_LEN] {
    prefix(digest(&SHA1_FOR_LEGACY_USE_ONLY, data).as_ref())
}

/// Gives the first bytes; all callers have as many.
fn prefix<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    /// The exchange of RFC 7677 §3: password `pencil`.
    #[test]
    fn the_example_of_the_standard_is_verified() {
        let salt = prefix(&STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap());
        let mut salted = [0; SHA256_LEN];
        pbkdf2::derive(
            pbkdf2::PBKDF2_HMAC_SHA256,
            ITERATIONS,
            &salt,
            b"pencil",
            &mut salted,
        );
        let scram = Scram {
            salt,
            iterations: 4096,
            stored_key: sha256(&mac(&salted, b"Client Key")),
            server_key: mac(&salted, b"Server Key"),
        };
        let messages = b"n=user,r=rOprNGfwEbeRWgbNEkqO,\
            r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
            c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let proof = prefix(
            &STANDARD
                .decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
                .unwrap(),
        );
        let own = scram.verify(messages, &proof).unwrap();
        assert_eq!(
            STANDARD.encode(own),
            "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
        );
        let mut wrong = proof;
        wrong[31] ^= 1;
        assert_eq!(scram.verify(messages, &wrong), None);
    }

    #[test]
    fn what_was_written_is_read_again_and_nothing_else() {
        let verifiers = Verifiers::of("a password").unwrap();
        let bytes = verifiers.to_bytes();
        assert_eq!(Verifiers::from_bytes(&bytes), Some(verifiers.clone()));
        assert_eq!(Verifiers::from_bytes(&bytes[1..]), None);
        assert_eq!(Verifiers::from_bytes(&[&[2], &bytes[1..]].concat()), None);
        assert!(verifiers.accepts("a password") && !verifiers.accepts("another"));
        assert_ne!(
            Verifiers::of("a password").unwrap().scram.salt,
            verifiers.scram.salt
        );
    }

    #[test]
    fn a_name_that_nobody_has_keeps_its_salt() {
        let key = hmac::Key::new(HMAC_SHA256, b"key");
        let (one, again) = (Verifiers::of_nobody(&key, "a"), Verifiers::of_nobody(&key, "a"));
        assert_eq!(one.to_bytes(), again.to_bytes());
        assert_ne!(one.scram.salt, Verifiers::of_nobody(&key, "b").scram.salt);
        assert!(format!("{one:?}{:?}", one.scram).contains("***"));
    }
}
