//! What a client binds its login to: the hash of the certificate (RFC 5929 §4, `tls-server-end-point`). No I/O.

use aws_lc_rs::digest::{Algorithm, SHA256, SHA384, SHA512, digest};

/// The tag of a sequence, and of an object identifier, in DER.
const SEQUENCE: u8 = 0x30;
const OID: u8 = 0x06;

/// `sha…WithRSAEncryption` (RFC 8017), without the last number.
const RSA: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
/// `ecdsa-with-SHA2` (RFC 5758), without the last number, and `ecdsa-with-SHA1`.
const ECDSA: [u8; 7] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
const ECDSA_SHA1: [u8; 7] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01];

/// Hashes a certificate in DER form by the hash of its signature, or SHA-256 where that is MD5 or SHA-1. [`None`] for signatures that have no
/// such hash, such as Ed25519: clients cannot bind to them either.
pub(crate) fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let (SEQUENCE, body, _) = item(certificate)? else {
        return None;
    };
    let (SEQUENCE, _to_be_signed, rest) = item(body)? else {
        return None;
    };
    let (SEQUENCE, algorithm, _) = item(rest)? else {
        return None;
    };
    let (OID, name, _) = item(algorithm)? else {
        return None;
    };
    Some(digest(hash_of(name)?, certificate).as_ref().to_vec())
}

fn hash_of(name: &[u8]) -> Option<&'static Algorithm> {
    if name == ECDSA_SHA1 {
        return Some(&SHA256);
    }
    match (name.strip_prefix(&RSA), name.strip_prefix(&ECDSA)) {
        (Some([4 | 5 | 11]), _) | (_, Some([2])) => Some(&SHA256),
        (Some([12]), _) | (_, Some([3])) => Some(&SHA384),
        (Some([13]), _) | (_, Some([4])) => Some(&SHA512),
        _ => None,
    }
}

/// Reads an item of DER: its tag, its content, and what follows.
fn item(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (len, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (len, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        // Longer ones would be no certificates.
        if len.len() > 3 {
            return None;
        }
        let len = len.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        (len, rest)
    };
    let (body, rest) = rest.split_at_checked(len)?;
    Some((*tag, body, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn certificate(algorithm: &[u8]) -> Vec<u8> {
        let wrap = |tag: u8, body: &[u8]| [&[tag, body.len() as u8][..], body].concat();
        let algorithm = wrap(SEQUENCE, &wrap(OID, algorithm));
        wrap(
            SEQUENCE,
            &[wrap(SEQUENCE, b"to be signed"), algorithm, wrap(3, b"\0")].concat(),
        )
    }

    #[test]
    fn the_hash_is_that_of_the_signature() {
        let rsa = |last: u8| certificate(&[&RSA[..], &[last]].concat());
        let ecdsa = |last: u8| certificate(&[&ECDSA[..], &[last]].concat());
        for (certificate, len) in [
            (rsa(5), Some(32)),
            (rsa(11), Some(32)),
            (rsa(12), Some(48)),
            (rsa(13), Some(64)),
            // PSS names its hash elsewhere.
            (rsa(10), None),
            (ecdsa(2), Some(32)),
            (ecdsa(3), Some(48)),
            (ecdsa(4), Some(64)),
            (certificate(&ECDSA_SHA1), Some(32)),
            // Ed25519.
            (certificate(&[0x2b, 0x65, 0x70]), None),
            (Vec::new(), None),
        ] {
            assert_eq!(
                end_point(&certificate).map(|hash| hash.len()),
                len,
                "{certificate:x?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _hash = end_point(&bytes);
        }
    }
}
