//! Signatures checked against public keys.

use aws_lc_rs::digest;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};

use super::{Certificate, KeyError, SignatureAlgorithm, certificate};
use crate::wire::codec::{Malformed, Put, Reader};

impl From<Malformed> for KeyError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// Checks a signature over `data`.
///
/// `key` is a public key or certificate in the wire's form, `algorithm` the name that was negotiated or requested (the
/// certificate's name for a certificate), `signature` its wire form with the algorithm's own name inside. A
/// certificate is only a container here: who issued it is checked with [`Certificate`].
pub fn verify(key: &[u8], algorithm: &str, signature: &[u8], data: &[u8]) -> Result<(), KeyError> {
    let wanted = SignatureAlgorithm::from_name(algorithm).ok_or(KeyError::Algorithm)?;
    if algorithm != wanted.name_for(key) {
        return Err(KeyError::Algorithm);
    }
    let plain = plain_key(key)?;
    let mut signature = Reader::new(signature, "signature");
    if signature.text()? != wanted.name() {
        return Err(KeyError::Algorithm);
    }
    verify_plain(wanted, &plain, signature, data)
}

/// The key inside a certificate, or the key itself, in the wire's form.
pub fn plain_key(blob: &[u8]) -> Result<std::borrow::Cow<'_, [u8]>, KeyError> {
    if certificate::is_certificate(blob) {
        Ok(Certificate::parse(blob)
            .map_err(|_| KeyError::Malformed)?
            .public_key()
            .to_vec()
            .into())
    } else {
        Ok(blob.into())
    }
}

fn verify_plain(
    algorithm: SignatureAlgorithm,
    key: &[u8],
    mut signature: Reader<'_>,
    data: &[u8],
) -> Result<(), KeyError> {
    let mut key = Reader::new(key, "public key");
    let kind = key.text()?;
    match (algorithm, kind) {
        (SignatureAlgorithm::Ed25519, "ssh-ed25519") => {
            let point = key.string()?;
            let bytes = signature.string()?;
            signature.end()?;
            check(&ED25519, point, data, bytes)
        }
        (SignatureAlgorithm::EcdsaP256, "ecdsa-sha2-nistp256") => {
            let point = curve_point(&mut key, "nistp256")?;
            let der = ecdsa_der(signature.string()?)?;
            signature.end()?;
            check(&ECDSA_P256_SHA256_ASN1, point, data, &der)
        }
        (SignatureAlgorithm::EcdsaP384, "ecdsa-sha2-nistp384") => {
            let point = curve_point(&mut key, "nistp384")?;
            let der = ecdsa_der(signature.string()?)?;
            signature.end()?;
            check(&ECDSA_P384_SHA384_ASN1, point, data, &der)
        }
        (SignatureAlgorithm::RsaSha256 | SignatureAlgorithm::RsaSha512, "ssh-rsa") => {
            verify_rsa(algorithm, key, signature, data)
        }
        (SignatureAlgorithm::SkEd25519, "sk-ssh-ed25519@openssh.com") => {
            let point = key.string()?;
            let application = key.string()?;
            let bytes = signature.string()?;
            let signed = security_key_data(application, signature, data)?;
            check(&ED25519, point, &signed, bytes)
        }
        (SignatureAlgorithm::SkEcdsaP256, "sk-ecdsa-sha2-nistp256@openssh.com") => {
            let point = curve_point(&mut key, "nistp256")?;
            let application = key.string()?;
            let der = ecdsa_der(signature.string()?)?;
            let signed = security_key_data(application, signature, data)?;
            check(&ECDSA_P256_SHA256_ASN1, point, &signed, &der)
        }
        _ => Err(KeyError::Algorithm),
    }
}

fn check(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    data: &[u8],
    signature: &[u8],
) -> Result<(), KeyError> {
    UnparsedPublicKey::new(algorithm, key)
        .verify(data, signature)
        .map_err(|_| KeyError::Signature)
}

fn curve_point<'a>(key: &mut Reader<'a>, curve: &str) -> Result<&'a [u8], KeyError> {
    if key.text()? == curve {
        Ok(key.string()?)
    } else {
        Err(KeyError::Malformed)
    }
}

/// RFC 8332 §3, with the sizes of key that are accepted.
fn verify_rsa(
    algorithm: SignatureAlgorithm,
    mut key: Reader<'_>,
    mut signature: Reader<'_>,
    data: &[u8],
) -> Result<(), KeyError> {
    let e = key.magnitude()?;
    let n = key.magnitude()?;
    let first = n.first().ok_or(KeyError::Malformed)?;
    let bits = n.len() * 8 - first.leading_zeros() as usize;
    if !(2048..=8192).contains(&bits) {
        return Err(KeyError::RsaSize(bits));
    }
    let bytes = signature.string()?;
    signature.end()?;
    // Old signers drop leading zeros, RFC 8332 allows no such thing but OpenSSH pads too.
    let short = n.len().checked_sub(bytes.len()).ok_or(KeyError::Signature)?;
    let mut padded = vec![0; short];
    padded.extend_from_slice(bytes);
    let parameters = match algorithm {
        SignatureAlgorithm::RsaSha512 => &RSA_PKCS1_2048_8192_SHA512,
        _ => &RSA_PKCS1_2048_8192_SHA256,
    };
    PublicKeyComponents { n, e }
        .verify(parameters, data, &padded)
        .map_err(|_| KeyError::Signature)
}

/// What a security key signs: hash of the application, flags, counter, hash of the message. OpenSSH `PROTOCOL.u2f`.
///
/// A signature made without a touch is refused, as sshd does by default.
fn security_key_data(
    application: &[u8],
    mut signature: Reader<'_>,
    data: &[u8],
) -> Result<Vec<u8>, KeyError> {
    const USER_PRESENT: u8 = 1;
    let flags = signature.byte()?;
    let counter = signature.u32()?;
    signature.end()?;
    if flags & USER_PRESENT == 0 {
        return Err(KeyError::Signature);
    }
    let mut signed = Vec::with_capacity(69);
    signed.extend_from_slice(digest::digest(&digest::SHA256, application).as_ref());
    signed.push(flags);
    signed.extend_from_slice(&counter.to_be_bytes());
    signed.extend_from_slice(digest::digest(&digest::SHA256, data).as_ref());
    Ok(signed)
}

/// Turns the two `mpint` of RFC 5656 §3.1.2 into the DER sequence that the library verifies.
fn ecdsa_der(signature: &[u8]) -> Result<Vec<u8>, KeyError> {
    let mut reader = Reader::new(signature, "signature");
    let mut numbers = Vec::with_capacity(104);
    for _ in 0..2 {
        let magnitude = reader.magnitude()?;
        // A P-384 scalar has 48 bytes, so every length below fits one byte of DER.
        if magnitude.is_empty() || magnitude.len() > 48 {
            return Err(KeyError::Signature);
        }
        let mut mpint = Vec::with_capacity(53);
        mpint.put_magnitude(magnitude);
        let digits = mpint.get(4..).unwrap_or_default();
        numbers.extend_from_slice(&[0x02, digits.len() as u8]);
        numbers.extend_from_slice(digits);
    }
    reader.end()?;
    let mut der = Vec::with_capacity(numbers.len() + 2);
    der.extend_from_slice(&[0x30, numbers.len() as u8]);
    der.extend_from_slice(&numbers);
    Ok(der)
}
