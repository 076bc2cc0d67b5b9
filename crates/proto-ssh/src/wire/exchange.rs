//! The mathematics of a key exchange: shared secret, exchange hash, keys.

use aws_lc_rs::agreement::{self, ECDH_P256, ECDH_P384, PrivateKey, UnparsedPublicKey, X25519};
use aws_lc_rs::digest::{self, SHA256, SHA384, SHA512};
use zeroize::Zeroizing;

use super::algorithms::{Cipher, Kex, Mac, Negotiated};
use super::cipher::{KeySizes, Opener, Sealer};
use super::codec::Put;
use super::error::WireError;
use super::kem::{Kem, KemKey};
use super::kexinit::Role;

/// The shared secret `K` as it goes into hashes: an `mpint`, or a `string` for hybrid methods.
pub(super) type SharedSecret = Zeroizing<Vec<u8>>;

/// The client's half between its two messages.
pub(super) enum Ephemeral {
    Hybrid { kem: KemKey, x25519: PrivateKey },
    Curve(PrivateKey),
}

fn failed<E>(_: E) -> WireError {
    WireError::Agreement
}

fn curve(kex: Kex) -> &'static agreement::Algorithm {
    match kex {
        Kex::EcdhNistP256 => &ECDH_P256,
        Kex::EcdhNistP384 => &ECDH_P384,
        _ => &X25519,
    }
}

fn hash(kex: Kex) -> &'static digest::Algorithm {
    match kex {
        Kex::EcdhNistP384 => &SHA384,
        Kex::Sntrup761X25519Sha512 | Kex::Sntrup761X25519Sha512Openssh => &SHA512,
        _ => &SHA256,
    }
}

/// What stands beside the curve in a hybrid method.
fn kem(kex: Kex) -> Option<Kem> {
    match kex {
        Kex::MlKem768X25519Sha256 => Some(Kem::MlKem768),
        Kex::Sntrup761X25519Sha512 | Kex::Sntrup761X25519Sha512Openssh => Some(Kem::Sntrup761),
        _ => None,
    }
}

/// Client role: makes the ephemeral keys; returns them with the public value to send.
pub(super) fn begin(kex: Kex) -> Result<(Ephemeral, Vec<u8>), WireError> {
    let key = PrivateKey::generate(curve(kex)).map_err(failed)?;
    let public = key.compute_public_key().map_err(failed)?;
    let Some(kem) = kem(kex) else {
        return Ok((Ephemeral::Curve(key), public.as_ref().to_vec()));
    };
    let (kem, mut init) = kem.generate()?;
    init.extend_from_slice(public.as_ref());
    Ok((Ephemeral::Hybrid { kem, x25519: key }, init))
}

/// Server role: answers the client's public value; returns ours and the secret.
pub(super) fn respond(kex: Kex, client: &[u8]) -> Result<(Vec<u8>, SharedSecret), WireError> {
    let key = PrivateKey::generate(curve(kex)).map_err(failed)?;
    let public = key.compute_public_key().map_err(failed)?;
    let Some(kem) = kem(kex) else {
        return Ok((public.as_ref().to_vec(), curve_secret(kex, &key, client)?));
    };
    let (theirs, x25519) = kem.split_public(client)?;
    let (mut reply, kem_secret) = kem.encapsulate(theirs)?;
    reply.extend_from_slice(public.as_ref());
    Ok((reply, hybrid_secret(kex, &kem_secret, &key, x25519)?))
}

/// Client role: the secret from the server's public value.
pub(super) fn finish(kex: Kex, ephemeral: &Ephemeral, server: &[u8]) -> Result<SharedSecret, WireError> {
    match ephemeral {
        Ephemeral::Curve(key) => curve_secret(kex, key, server),
        Ephemeral::Hybrid { kem, x25519 } => {
            let (secret, public) = kem.decapsulate(server)?;
            hybrid_secret(kex, &secret, x25519, public)
        }
    }
}

/// RFC 5656 §4 and RFC 8731 §3: the agreed number as an `mpint`.
fn curve_secret(kex: Kex, key: &PrivateKey, public: &[u8]) -> Result<SharedSecret, WireError> {
    // Points on NIST curves are taken uncompressed only.
    if kex != Kex::Curve25519Sha256 && kex != Kex::Curve25519Sha256Libssh && public.first() != Some(&4) {
        return Err(WireError::Agreement);
    }
    let public = UnparsedPublicKey::new(curve(kex), public);
    agreement::agree(key, public, WireError::Agreement, |shared| {
        let mut secret = Zeroizing::new(Vec::with_capacity(shared.len() + 5));
        secret.put_magnitude(shared);
        Ok(secret)
    })
}

/// draft-ietf-sshm-mlkem-hybrid-kex §2.4 and draft-ietf-sshm-ntruprime-ssh §3: the hash of both secrets as a `string`.
fn hybrid_secret(kex: Kex, kem: &[u8], key: &PrivateKey, public: &[u8]) -> Result<SharedSecret, WireError> {
    let public = UnparsedPublicKey::new(&X25519, public);
    agreement::agree(key, public, WireError::Agreement, |shared| {
        let mut context = digest::Context::new(hash(kex));
        context.update(kem);
        context.update(shared);
        let mut secret = Zeroizing::new(Vec::with_capacity(4 + digest::MAX_OUTPUT_LEN));
        secret.put_string(context.finish());
        Ok(secret)
    })
}

/// What the exchange hash covers, besides the secret.
pub(super) struct Transcript<'a> {
    pub(super) client_version: &'a str,
    pub(super) server_version: &'a str,
    pub(super) client_init: &'a [u8],
    pub(super) server_init: &'a [u8],
    pub(super) host_key: &'a [u8],
    pub(super) client_public: &'a [u8],
    pub(super) server_public: &'a [u8],
}

impl Transcript<'_> {
    /// The exchange hash `H`, RFC 5656 §4.
    pub(super) fn hash(&self, kex: Kex, secret: &SharedSecret) -> Vec<u8> {
        let mut context = digest::Context::new(hash(kex));
        for field in [
            self.client_version.as_bytes(),
            self.server_version.as_bytes(),
            self.client_init,
            self.server_init,
            self.host_key,
            self.client_public,
            self.server_public,
        ] {
            context.update(&(field.len() as u32).to_be_bytes());
            context.update(field);
        }
        context.update(secret);
        context.finish().as_ref().to_vec()
    }
}

/// The result of an exchange, from which keys are derived.
pub(super) struct Outcome<'a> {
    pub(super) negotiated: &'a Negotiated,
    pub(super) secret: &'a SharedSecret,
    pub(super) hash: &'a [u8],
    pub(super) session_id: &'a [u8],
}

/// A way the packets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    ToServer,
    ToClient,
}

impl Outcome<'_> {
    /// The keys for what we send.
    pub(super) fn sealer(&self, role: Role) -> Result<Sealer, WireError> {
        let direction = if role == Role::Client {
            Direction::ToServer
        } else {
            Direction::ToClient
        };
        let (cipher, mac, iv, key, mac_key) = self.keys(direction);
        Sealer::new(cipher, mac, &iv, &key, &mac_key)
    }

    /// The keys for what we receive.
    pub(super) fn opener(&self, role: Role) -> Result<Opener, WireError> {
        let direction = if role == Role::Client {
            Direction::ToClient
        } else {
            Direction::ToServer
        };
        let (cipher, mac, iv, key, mac_key) = self.keys(direction);
        Opener::new(cipher, mac, &iv, &key, &mac_key)
    }

    #[expect(
        clippy::type_complexity,
        reason = "three keys and what they are for, used twice above"
    )]
    fn keys(
        &self,
        direction: Direction,
    ) -> (
        Cipher,
        Option<Mac>,
        Zeroizing<Vec<u8>>,
        Zeroizing<Vec<u8>>,
        Zeroizing<Vec<u8>>,
    ) {
        let negotiated = self.negotiated;
        let (cipher, mac, letters) = match direction {
            Direction::ToServer => (negotiated.client_cipher, negotiated.client_mac, *b"ACE"),
            Direction::ToClient => (negotiated.server_cipher, negotiated.server_mac, *b"BDF"),
        };
        let sizes = KeySizes::of(cipher, mac);
        let [iv, key, mac_key] = letters;
        (
            cipher,
            mac,
            self.derive(iv, sizes.iv),
            self.derive(key, sizes.key),
            self.derive(mac_key, sizes.mac),
        )
    }

    /// RFC 4253 §7.2.
    fn derive(&self, letter: u8, size: usize) -> Zeroizing<Vec<u8>> {
        let algorithm = hash(self.negotiated.kex);
        // Room for whole hashes, so that no copy of key material is left behind by growing.
        let mut key = Zeroizing::new(Vec::with_capacity(size + digest::MAX_OUTPUT_LEN));
        while key.len() < size {
            let mut context = digest::Context::new(algorithm);
            context.update(self.secret);
            context.update(self.hash);
            if key.is_empty() {
                context.update(&[letter]);
                context.update(self.session_id);
            } else {
                context.update(&key);
            }
            key.extend_from_slice(context.finish().as_ref());
        }
        key.truncate(size);
        key
    }
}
