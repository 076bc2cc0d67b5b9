//! Public keys in the form of COSE (RFC 9053), with the three algorithms that authenticators have.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

use super::cbor::{self, Value};

/// The algorithms, as COSE numbers them, the preferred one first: ES256, `EdDSA`, RS256.
pub const ALGORITHMS: [i32; 3] = [ES256, EDDSA, RS256];

const ES256: i32 = -7;
const EDDSA: i32 = -8;
const RS256: i32 = -257;

/// Labels of a key (RFC 9052 §7).
const KIND: i64 = 1;
const ALGORITHM: i64 = 3;
/// The curve, or the modulus of an RSA key; the point's x, or the exponent; the point's y.
const FIRST: i64 = -1;
const SECOND: i64 = -2;
const THIRD: i64 = -3;

/// A public key.
pub(super) enum Key<'a> {
    /// An uncompressed point on P-256.
    Es256([u8; 65]),
    Ed25519(&'a [u8]),
    Rs256 {
        modulus: &'a [u8],
        exponent: &'a [u8],
    },
}

impl<'a> Key<'a> {
    /// Reads a key; [`None`] when it is none of these, or something follows it.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (value, rest) = cbor::read(bytes)?;
        rest.is_empty().then(|| Self::of(&value)).flatten()
    }

    /// Reads a key that was taken apart.
    pub(super) fn of(value: &Value<'a>) -> Option<Self> {
        let number = |label| value.at(label).and_then(Value::int);
        let bytes = |label| value.at(label).and_then(Value::bytes);
        let algorithm = i32::try_from(number(ALGORITHM)?).ok()?;
        match (number(KIND)?, algorithm) {
            (2, ES256) if number(FIRST) == Some(1) => {
                let mut point = [4; 65];
                let (x, y) = point.get_mut(1..)?.split_at_mut(32);
                x.copy_from_slice(bytes(SECOND).filter(|part| part.len() == 32)?);
                y.copy_from_slice(bytes(THIRD).filter(|part| part.len() == 32)?);
                Some(Self::Es256(point))
            }
            (1, EDDSA) if number(FIRST) == Some(6) => {
                bytes(SECOND).filter(|part| part.len() == 32).map(Self::Ed25519)
            }
            (3, RS256) => Some(Self::Rs256 {
                modulus: bytes(FIRST)?,
                exponent: bytes(SECOND)?,
            }),
            _ => None,
        }
    }

    /// Tells whether a signature is this key's.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Self::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::Ed25519(point) => UnparsedPublicKey::new(&ED25519, point).verify(message, signature),
            Self::Rs256 { modulus, exponent } => RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
        };
        verified.is_ok()
    }
}
