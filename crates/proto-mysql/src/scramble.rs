//! What a client answers to prove that it knows a password, and what takes a password in.

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512, digest},
    rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use curve25519_dalek::{EdwardsPoint, Scalar};

pub(crate) const NATIVE: &str = "mysql_native_password";
pub(crate) const CACHING_SHA2: &str = "caching_sha2_password";
pub(crate) const CLEAR: &str = "mysql_clear_password";
pub(crate) const ED25519: &str = "client_ed25519";

/// `mysql_native_password`: SHA1(password) xor SHA1(nonce, SHA1(SHA1(password))). Nothing for no password.
pub(crate) fn native(password: &[u8], nonce: &[u8]) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    let sha1 = |bytes: &[u8]| digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes);
    let once = sha1(password);
    let twice = sha1(once.as_ref());
    let salted = sha1(&[nonce, twice.as_ref()].concat());
    xor(once.as_ref(), salted.as_ref())
}

/// Writes a password as a server stores it for `mysql_native_password`: SHA1(SHA1(password)) in hexadecimal, behind a `*`.
pub(crate) fn native_stored(password: &[u8]) -> String {
    let sha1 = |bytes: &[u8]| digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes);
    let twice = sha1(sha1(password).as_ref());
    let hex = twice.as_ref().iter().map(|byte| format!("{byte:02X}"));
    std::iter::once("*".to_owned()).chain(hex).collect()
}

/// `caching_sha2_password`: SHA256(password) xor SHA256(SHA256(SHA256(password)), nonce). Nothing for no password.
pub(crate) fn caching_sha2(password: &[u8], nonce: &[u8]) -> Vec<u8> {
    if password.is_empty() {
        return Vec::new();
    }
    let sha256 = |bytes: &[u8]| digest(&SHA256, bytes);
    let once = sha256(password);
    let twice = sha256(once.as_ref());
    let salted = sha256(&[twice.as_ref(), nonce].concat());
    xor(once.as_ref(), salted.as_ref())
}

/// Verifies an answer of [`native`] by SHA1(SHA1(password)), in constant time.
pub(crate) fn native_is_right(answer: &[u8], nonce: &[u8], twice: &[u8; 20]) -> bool {
    let sha1 = |bytes: &[u8]| digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes);
    let salted = sha1(&[nonce, twice].concat());
    let once = xor(answer, salted.as_ref());
    answer.len() == twice.len() && verify_slices_are_equal(sha1(&once).as_ref(), twice).is_ok()
}

/// Verifies an answer of [`caching_sha2`] by SHA256(SHA256(password)), in constant time.
pub(crate) fn caching_sha2_is_right(answer: &[u8], nonce: &[u8], twice: &[u8; 32]) -> bool {
    let sha256 = |bytes: &[u8]| digest(&SHA256, bytes);
    let salted = sha256(&[twice, nonce].concat());
    let once = xor(answer, salted.as_ref());
    answer.len() == twice.len() && verify_slices_are_equal(sha256(&once).as_ref(), twice).is_ok()
}

/// `client_ed25519` of MariaDB: a signature of the nonce, by the key that SHA512(password) expands to. It is Ed25519 (RFC 8032 §5.1.6)
/// but for the seed, which is the password and has any length.
pub(crate) fn ed25519(password: &[u8], nonce: &[u8]) -> Vec<u8> {
    let sha512 = |parts: &[&[u8]]| {
        let mut bytes = [0; 64];
        let hash = digest(&SHA512, &parts.concat());
        bytes
            .iter_mut()
            .zip(hash.as_ref())
            .for_each(|(to, from)| *to = *from);
        bytes
    };
    let expanded = sha512(&[password]);
    let (low, prefix) = expanded.split_at(32);
    let mut secret = [0; 32];
    secret.iter_mut().zip(low).for_each(|(to, from)| *to = *from);
    let secret = Scalar::from_bytes_mod_order(curve25519_dalek::scalar::clamp_integer(secret));
    let public = EdwardsPoint::mul_base(&secret).compress();
    let once = Scalar::from_bytes_mod_order_wide(&sha512(&[prefix, nonce]));
    let point = EdwardsPoint::mul_base(&once).compress();
    let challenge = sha512(&[point.as_bytes(), public.as_bytes(), nonce]);
    let answer = once + Scalar::from_bytes_mod_order_wide(&challenge) * secret;
    [point.as_bytes().as_slice(), answer.as_bytes()].concat()
}

/// Gives a password for a server's RSA key in PEM form: with its zero, xor the nonce, by OAEP.
pub(crate) fn encrypted(password: &[u8], nonce: &[u8], pem: &[u8]) -> Result<Vec<u8>, String> {
    let cannot = |_| "the server's RSA key cannot be used".to_owned();
    let pem = String::from_utf8_lossy(pem);
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    let der = STANDARD
        .decode(lines.collect::<String>().trim())
        .map_err(|_| "the server's RSA key cannot be read".to_owned())?;
    let key =
        PublicEncryptingKey::from_der(&der).map_err(|_| "the server's RSA key cannot be read".to_owned())?;
    let key = OaepPublicEncryptingKey::new(key).map_err(cannot)?;
    let mut plain = password.to_vec();
    plain.push(0);
    let mut out = vec![0; key.ciphertext_size()];
    let hidden = xor(&plain, &cycled(nonce, plain.len()));
    let written = key
        .encrypt(&OAEP_SHA1_MGF1SHA1, &hidden, &mut out, None)
        .map_err(cannot)?
        .len();
    out.truncate(written);
    Ok(out)
}

/// Repeats bytes up to a length.
pub(crate) fn cycled(bytes: &[u8], len: usize) -> Vec<u8> {
    bytes.iter().copied().cycle().take(len).collect()
}

pub(crate) fn xor(a: &[u8], b: &[u8]) -> Vec<u8> {
    a.iter().zip(b).map(|(a, b)| a ^ b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twice<const LEN: usize>(
        algorithm: &'static aws_lc_rs::digest::Algorithm,
        password: &[u8],
    ) -> [u8; LEN] {
        let once = digest(algorithm, password);
        digest(algorithm, once.as_ref())
            .as_ref()
            .try_into()
            .expect("its length")
    }

    #[test]
    fn the_right_answer_is_verified_and_no_other() {
        let nonce: Vec<u8> = (1..=20).collect();
        let sha1 = twice(&SHA1_FOR_LEGACY_USE_ONLY, b"right");
        let sha256 = twice(&SHA256, b"right");
        for (password, right) in [(&b"right"[..], true), (b"wrong", false), (b"", false)] {
            assert_eq!(native_is_right(&native(password, &nonce), &nonce, &sha1), right);
            assert_eq!(
                caching_sha2_is_right(&caching_sha2(password, &nonce), &nonce, &sha256),
                right
            );
        }
        assert!(!native_is_right(
            &native(b"right", &nonce),
            b"another nonce",
            &sha1
        ));
        assert!(!caching_sha2_is_right(
            &caching_sha2(b"right", &nonce),
            b"another nonce",
            &sha256
        ));
    }
}
