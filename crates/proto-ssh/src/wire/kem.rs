//! Key encapsulation: the half of a hybrid key exchange that a quantum computer does not break.
//!
//! ML-KEM comes from the library that everything else comes from. That library has no Streamlined NTRU Prime, which is what OpenSSH
//! 8.5 to 9.8 and PuTTY since 0.78 know: that one comes from a small crate, without its hand-written vector code. Its secret is hashed
//! together with that of X25519, so that a fault in it leaves what X25519 alone would give.

use aws_lc_rs::kem::{Ciphertext, DecapsulationKey, EncapsulationKey, ML_KEM_768};
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use super::error::WireError;

/// A method of encapsulation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kem {
    /// FIPS 203.
    MlKem768,
    /// Streamlined NTRU Prime with its smallest parameters.
    Sntrup761,
}

/// The secret half of a key that was made for one exchange.
pub(super) enum KemKey {
    MlKem768(DecapsulationKey),
    Sntrup761(Box<sntrup761::DecapsulationKey>),
}

type Secret = Zeroizing<Vec<u8>>;

fn failed<E>(_: E) -> WireError {
    WireError::Agreement
}

fn split(bytes: &[u8], at: usize) -> Result<(&[u8], &[u8]), WireError> {
    bytes.split_at_checked(at).ok_or(WireError::Agreement)
}

fn seed() -> Result<Zeroizing<[u8; 32]>, WireError> {
    let mut seed = Zeroizing::new([0; 32]);
    rand::fill(seed.as_mut()).map_err(failed)?;
    Ok(seed)
}

impl Kem {
    /// Makes a key; gives its secret and its public half.
    pub(super) fn generate(self) -> Result<(KemKey, Vec<u8>), WireError> {
        match self {
            Self::MlKem768 => {
                let key = DecapsulationKey::generate(&ML_KEM_768).map_err(failed)?;
                let public = key
                    .encapsulation_key()
                    .and_then(|key| key.key_bytes())
                    .map_err(failed)?;
                let public = public.as_ref().to_vec();
                Ok((KemKey::MlKem768(key), public))
            }
            Self::Sntrup761 => {
                let (public, key) = sntrup761::generate_key_from_seed(*seed()?);
                Ok((KemKey::Sntrup761(Box::new(key)), public.as_ref().to_vec()))
            }
        }
    }

    /// Splits what a client sent into the public half of its key and what follows.
    pub(super) fn split_public(self, bytes: &[u8]) -> Result<(&[u8], &[u8]), WireError> {
        match self {
            Self::MlKem768 => split(bytes, 1184),
            Self::Sntrup761 => split(bytes, sntrup761::PUBLIC_KEY_SIZE),
        }
    }

    /// Makes a secret for whoever has the other half of a public key; gives it with what tells it to them.
    pub(super) fn encapsulate(self, public: &[u8]) -> Result<(Vec<u8>, Secret), WireError> {
        match self {
            Self::MlKem768 => {
                let public = EncapsulationKey::new(&ML_KEM_768, public).map_err(failed)?;
                let (ciphertext, secret) = public.encapsulate().map_err(failed)?;
                Ok((
                    ciphertext.as_ref().to_vec(),
                    Zeroizing::new(secret.as_ref().to_vec()),
                ))
            }
            Self::Sntrup761 => {
                let public = sntrup761::EncapsulationKey::try_from(public).map_err(failed)?;
                let (ciphertext, secret) = public.encapsulate_deterministic(*seed()?);
                Ok((
                    ciphertext.as_ref().to_vec(),
                    Zeroizing::new(secret.as_ref().to_vec()),
                ))
            }
        }
    }
}

impl KemKey {
    /// Opens what a server sent; gives the secret and what follows it.
    pub(super) fn decapsulate<'a>(&self, bytes: &'a [u8]) -> Result<(Secret, &'a [u8]), WireError> {
        match self {
            Self::MlKem768(key) => {
                let (ciphertext, rest) = split(bytes, 1088)?;
                let secret = key.decapsulate(Ciphertext::from(ciphertext)).map_err(failed)?;
                Ok((Zeroizing::new(secret.as_ref().to_vec()), rest))
            }
            Self::Sntrup761(key) => {
                let (ciphertext, rest) = split(bytes, sntrup761::CIPHERTEXT_SIZE)?;
                let ciphertext = sntrup761::Ciphertext::try_from(ciphertext).map_err(failed)?;
                let secret = key.decapsulate(&ciphertext);
                Ok((Zeroizing::new(secret.as_ref().to_vec()), rest))
            }
        }
    }
}
