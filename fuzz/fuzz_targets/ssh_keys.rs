//! Public keys, signatures and certificates: the key, after its length in two bytes, then the signature.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proto_ssh::wire::codec::Reader;
use proto_ssh::wire::keys::{Certificate, CertificateKind, SignatureAlgorithm, verify};

fuzz_target!(|data: &[u8]| {
    let Some((length, data)) = data.split_first_chunk::<2>() else {
        return;
    };
    let length = usize::from(u16::from_be_bytes(*length)).min(data.len());
    let (key, signature) = data.split_at(length);
    if let Ok(certificate) = Certificate::parse(key) {
        for kind in [CertificateKind::User, CertificateKind::Host] {
            let _outcome = certificate.check(kind, "name", 1, |_| true, |_, _| true);
        }
    }
    let Ok(name) = Reader::new(signature, "signature").text() else {
        return;
    };
    let Some(algorithm) = SignatureAlgorithm::from_name(name) else {
        return;
    };
    assert!(
        verify(key, algorithm.name_for(key), signature, b"data").is_err(),
        "nobody signed anything"
    );
});
