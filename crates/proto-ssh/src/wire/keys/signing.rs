//! Private keys that sign.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512,
};
use bytes::Bytes;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use ssh_key::private::{EcdsaKeypair, KeypairData};
use zeroize::Zeroizing;

use super::{KeyError, SignatureAlgorithm};
use crate::wire::codec::Put;

/// A private key of a host or a user; prints as `***`.
pub struct SigningKey {
    pair: Pair,
    public: Bytes,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    EcdsaP256(EcdsaKeyPair),
    EcdsaP384(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

impl SigningKey {
    /// Makes a new Ed25519 key from the system's randomness.
    pub fn generate_ed25519() -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::Private("no randomness"))?;
        Ok(Self::from_ed25519(pair))
    }

    /// Takes an Ed25519 key from its seed.
    pub fn ed25519(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Private("bad seed"))?;
        Ok(Self::from_ed25519(pair))
    }

    fn from_ed25519(pair: Ed25519KeyPair) -> Self {
        let mut public = Vec::with_capacity(51);
        public.put_string("ssh-ed25519");
        public.put_string(pair.public_key());
        Self {
            pair: Pair::Ed25519(pair),
            public: public.into(),
        }
    }

    /// Reads an unencrypted private key in OpenSSH's file format.
    pub fn from_openssh(pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let key = ssh_key::PrivateKey::from_openssh(pem)
            .map_err(|_| KeyError::Private("not in openssh's format"))?;
        Self::from_private_key(&key)
    }

    /// Takes over an unencrypted private key.
    pub fn from_private_key(key: &ssh_key::PrivateKey) -> Result<Self, KeyError> {
        let pair = match key.key_data() {
            KeypairData::Ed25519(pair) => {
                let seed = Zeroizing::new(pair.private.to_bytes());
                let pair = Ed25519KeyPair::from_seed_and_public_key(&*seed, pair.public.as_ref());
                Pair::Ed25519(pair.map_err(|_| KeyError::Private("inconsistent ed25519 key"))?)
            }
            KeypairData::Ecdsa(EcdsaKeypair::NistP256 { public, private }) => {
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    algorithm,
                    private.as_slice(),
                    public.as_bytes(),
                );
                Pair::EcdsaP256(pair.map_err(|_| KeyError::Private("inconsistent ecdsa key"))?)
            }
            KeypairData::Ecdsa(EcdsaKeypair::NistP384 { public, private }) => {
                let algorithm = &ECDSA_P384_SHA384_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    algorithm,
                    private.as_slice(),
                    public.as_bytes(),
                );
                Pair::EcdsaP384(pair.map_err(|_| KeyError::Private("inconsistent ecdsa key"))?)
            }
            KeypairData::Rsa(pair) => Pair::Rsa(rsa_pair(pair)?),
            KeypairData::Encrypted(_) => return Err(KeyError::Private("it is encrypted")),
            _ => return Err(KeyError::Private("its kind is not supported")),
        };
        let public = key.public_key().to_bytes().map_err(|_| KeyError::Malformed)?;
        Ok(Self {
            pair,
            public: public.into(),
        })
    }

    /// The public key in the wire's form.
    pub fn public(&self) -> &Bytes {
        &self.public
    }

    /// The algorithms this key can sign with, best first.
    pub fn algorithms(&self) -> &'static [SignatureAlgorithm] {
        match self.pair {
            Pair::Ed25519(_) => &[SignatureAlgorithm::Ed25519],
            Pair::EcdsaP256(_) => &[SignatureAlgorithm::EcdsaP256],
            Pair::EcdsaP384(_) => &[SignatureAlgorithm::EcdsaP384],
            Pair::Rsa(_) => &[SignatureAlgorithm::RsaSha512, SignatureAlgorithm::RsaSha256],
        }
    }

    /// Chooses the algorithm for a server which announced `server-sig-algs`, or for one that did not.
    pub fn algorithm_for(&self, announced: Option<&str>) -> Option<SignatureAlgorithm> {
        let known = |algorithm: &&SignatureAlgorithm| {
            announced.is_none_or(|list| list.split(',').any(|name| name == algorithm.name()))
        };
        self.algorithms().iter().find(known).copied()
    }

    /// Signs `data`; the signature is in the wire's form, with its algorithm's name.
    pub fn sign(&self, algorithm: SignatureAlgorithm, data: &[u8]) -> Result<Vec<u8>, KeyError> {
        const FAILED: KeyError = KeyError::Private("signing failed");
        let random = SystemRandom::new();
        let mut blob = Vec::with_capacity(128);
        blob.put_string(algorithm.name());
        match (&self.pair, algorithm) {
            (Pair::Ed25519(pair), SignatureAlgorithm::Ed25519) => {
                blob.put_string(pair.try_sign(data).map_err(|_| FAILED)?);
            }
            (Pair::EcdsaP256(pair), SignatureAlgorithm::EcdsaP256)
            | (Pair::EcdsaP384(pair), SignatureAlgorithm::EcdsaP384) => {
                let signature = pair.sign(&random, data).map_err(|_| FAILED)?;
                let fixed = signature.as_ref();
                let (r, s) = fixed.split_at(fixed.len() / 2);
                let mut numbers = Vec::with_capacity(fixed.len() + 10);
                numbers.put_magnitude(r);
                numbers.put_magnitude(s);
                blob.put_string(numbers);
            }
            (Pair::Rsa(pair), SignatureAlgorithm::RsaSha256 | SignatureAlgorithm::RsaSha512) => {
                let encoding = if algorithm == SignatureAlgorithm::RsaSha512 {
                    &RSA_PKCS1_SHA512
                } else {
                    &RSA_PKCS1_SHA256
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &random, data, &mut signature)
                    .map_err(|_| FAILED)?;
                blob.put_string(signature);
            }
            _ => return Err(KeyError::Algorithm),
        }
        Ok(blob)
    }
}

/// Hands an RSA key from OpenSSH's form, which lacks two of the exponents, to the library that signs.
fn rsa_pair(pair: &ssh_key::private::RsaKeypair) -> Result<RsaKeyPair, KeyError> {
    const BAD: KeyError = KeyError::Private("inconsistent rsa key");
    let key = rsa::RsaPrivateKey::try_from(pair).map_err(|_| BAD)?;
    let bits = key.n().bits() as usize;
    if !(2048..=8192).contains(&bits) {
        return Err(KeyError::RsaSize(bits));
    }
    let (Some(d_p), Some(d_q)) = (key.dp(), key.dq()) else {
        return Err(BAD);
    };
    let trimmed = |number: &[u8]| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        Zeroizing::new(number.get(zeros..).unwrap_or_default().to_vec())
    };
    let positive = |number: &ssh_key::Mpint| number.as_positive_bytes().map(trimmed).ok_or(BAD);
    let components = KeyPairComponents {
        public_key: PublicKeyComponents {
            n: positive(pair.public().n())?,
            e: positive(pair.public().e())?,
        },
        d: positive(pair.private().d())?,
        p: positive(pair.private().p())?,
        q: positive(pair.private().q())?,
        dP: trimmed(&d_p.to_be_bytes()),
        dQ: trimmed(&d_q.to_be_bytes()),
        qInv: positive(pair.private().iqmp())?,
    };
    RsaKeyPair::from_components(&components).map_err(|_| BAD)
}
