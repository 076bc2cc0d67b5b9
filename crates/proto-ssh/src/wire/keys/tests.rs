//! Tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use bytes::BufMut as _;
use proptest::prelude::*;
use ssh_key::certificate::{Builder, CertType};

use super::*;
use crate::wire::codec::Put;

fn ssh_key_of(seed: u8) -> ssh_key::PrivateKey {
    let pair = ssh_key::private::Ed25519Keypair::from_seed(&[seed; 32]);
    ssh_key::PrivateKey::from(pair)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn certificate(kind: CertType, name: Option<&str>, option: Option<&str>) -> (Vec<u8>, Vec<u8>) {
    let (subject, authority) = (ssh_key_of(1), ssh_key_of(2));
    let nonce = [7; 16];
    let subject = subject.public_key().key_data().clone();
    let mut builder = Builder::new(nonce, subject, now() - 60, now() + 60).unwrap();
    builder.cert_type(kind).unwrap().key_id("test").unwrap();
    match name {
        Some(name) => builder.valid_principal(name).unwrap(),
        None => builder.all_principals_valid().unwrap(),
    };
    if let Some(option) = option {
        builder.critical_option(option, "x").unwrap();
    }
    let certificate = builder.sign(&authority).unwrap();
    (
        certificate.to_bytes().unwrap(),
        authority.public_key().to_bytes().unwrap(),
    )
}

#[test]
fn a_signature_verifies_for_its_key_algorithm_and_data_only() {
    let key = SigningKey::ed25519(&[1; 32]).unwrap();
    assert_eq!(key.public(), &ssh_key_of(1).public_key().to_bytes().unwrap());
    let other = SigningKey::ed25519(&[2; 32]).unwrap();
    let signature = key.sign(SignatureAlgorithm::Ed25519, b"data").unwrap();
    assert_eq!(verify(key.public(), "ssh-ed25519", &signature, b"data"), Ok(()));
    assert_eq!(
        verify(key.public(), "ssh-ed25519", &signature, b"date"),
        Err(KeyError::Signature)
    );
    assert_eq!(
        verify(other.public(), "ssh-ed25519", &signature, b"data"),
        Err(KeyError::Signature)
    );
    for algorithm in ["rsa-sha2-256", "ssh-rsa", "ssh-ed25519-cert-v01@openssh.com", ""] {
        assert_eq!(
            verify(key.public(), algorithm, &signature, b"data"),
            Err(KeyError::Algorithm),
            "{algorithm}"
        );
    }
    assert_eq!(
        key.sign(SignatureAlgorithm::RsaSha256, b"data"),
        Err(KeyError::Algorithm)
    );
    assert_eq!(format!("{key:?}"), "SigningKey(***)");
}

#[test]
fn a_key_of_a_security_device_needs_a_touch() {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[3; 32]).unwrap();
    let mut key = Vec::new();
    key.put_string("sk-ssh-ed25519@openssh.com");
    key.put_string(pair.public_key());
    key.put_string("ssh:");
    let sign = |flags: u8| {
        let hash = |bytes: &[u8]| aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
        let mut signed = hash(b"ssh:").as_ref().to_vec();
        signed.put_u8(flags);
        signed.put_u32(9);
        signed.put_slice(hash(b"data").as_ref());
        let mut signature = Vec::new();
        signature.put_string("sk-ssh-ed25519@openssh.com");
        signature.put_string(pair.sign(&signed));
        signature.put_u8(flags);
        signature.put_u32(9);
        signature
    };
    let check = |flags, data| verify(&key, "sk-ssh-ed25519@openssh.com", &sign(flags), data);
    assert_eq!(check(1, b"data"), Ok(()));
    assert_eq!(check(5, b"data"), Ok(()));
    assert_eq!(check(0, b"data"), Err(KeyError::Signature));
    assert_eq!(check(1, b"date"), Err(KeyError::Signature));
}

#[test]
fn short_rsa_keys_are_refused() {
    let mut key = Vec::new();
    key.put_string("ssh-rsa");
    key.put_magnitude(&[1, 0, 1]);
    key.put_magnitude(&[0xff; 128]);
    let mut signature = Vec::new();
    signature.put_string("rsa-sha2-256");
    signature.put_string([1; 128]);
    assert_eq!(
        verify(&key, "rsa-sha2-256", &signature, b""),
        Err(KeyError::RsaSize(1024))
    );
}

#[test]
fn a_certificate_is_good_for_its_kind_name_time_and_authority() {
    let (blob, authority) = certificate(CertType::Host, Some("gateway"), None);
    let certificate = Certificate::parse(&blob).unwrap();
    assert_eq!(
        certificate.public_key(),
        ssh_key_of(1).public_key().to_bytes().unwrap()
    );
    let check = |kind, name, at, authority: &[u8]| {
        certificate.check(kind, name, at, |issuer| issuer == authority, |_, _| false)
    };
    let host = CertificateKind::Host;
    assert_eq!(check(host, "gateway", now(), &authority), Ok(()));
    assert_eq!(
        check(CertificateKind::User, "gateway", now(), &authority),
        Err(CertificateError::WrongKind)
    );
    assert_eq!(
        check(host, "other", now(), &authority),
        Err(CertificateError::Principal("this host"))
    );
    assert_eq!(
        check(host, "gateway", now() + 100, &authority),
        Err(CertificateError::Time)
    );
    assert_eq!(
        check(host, "gateway", now() - 100, &authority),
        Err(CertificateError::Time)
    );
    assert_eq!(
        check(host, "gateway", now(), b"else"),
        Err(CertificateError::UnknownAuthority)
    );
}

#[test]
fn a_certificate_without_names_is_for_all_hosts_and_for_no_user() {
    for (kind, wanted, expected) in [
        (CertType::Host, CertificateKind::Host, Ok(())),
        (
            CertType::User,
            CertificateKind::User,
            Err(CertificateError::Principal("this account")),
        ),
    ] {
        let (blob, _) = certificate(kind, None, None);
        let outcome = Certificate::parse(&blob)
            .unwrap()
            .check(wanted, "x", now(), |_| true, |_, _| false);
        assert_eq!(outcome, expected);
    }
}

#[test]
fn a_critical_option_must_be_understood() {
    let (blob, _) = certificate(CertType::User, Some("ann"), Some("force-command"));
    let certificate = Certificate::parse(&blob).unwrap();
    let check = |known: bool| certificate.check(CertificateKind::User, "ann", now(), |_| true, |_, _| known);
    assert_eq!(check(false), Err(CertificateError::CriticalOption));
    assert_eq!(check(true), Ok(()));
}

#[test]
fn a_changed_certificate_does_not_verify() {
    let (blob, _) = certificate(CertType::Host, Some("gateway"), None);
    for at in 0..blob.len() {
        let mut changed = blob.clone();
        changed[at] ^= 1;
        let outcome = Certificate::parse(&changed).and_then(|changed| {
            changed.check(CertificateKind::Host, "gateway", now(), |_| true, |_, _| false)
        });
        assert!(outcome.is_err(), "byte {at}");
    }
}

#[test]
fn a_certificate_signs_with_the_key_inside() {
    let (blob, _) = certificate(CertType::User, Some("ann"), None);
    let key = SigningKey::ed25519(&[1; 32]).unwrap();
    let name = SignatureAlgorithm::Ed25519.name_for(&blob);
    assert_eq!(name, "ssh-ed25519-cert-v01@openssh.com");
    let signature = key.sign(SignatureAlgorithm::Ed25519, b"data").unwrap();
    assert_eq!(verify(&blob, name, &signature, b"data"), Ok(()));
    assert_eq!(
        verify(&blob, "ssh-ed25519", &signature, b"data"),
        Err(KeyError::Algorithm)
    );
}

#[test]
fn the_announced_algorithms_decide() {
    let key = SigningKey::ed25519(&[1; 32]).unwrap();
    assert_eq!(key.algorithm_for(None), Some(SignatureAlgorithm::Ed25519));
    assert_eq!(
        key.algorithm_for(Some("rsa-sha2-512,ssh-ed25519")),
        Some(SignatureAlgorithm::Ed25519)
    );
    assert_eq!(key.algorithm_for(Some("rsa-sha2-512")), None);
    for name in SignatureAlgorithm::FOR_USERS.split(',') {
        assert!(SignatureAlgorithm::from_name(name).is_some(), "{name}");
    }
}

proptest! {
    #[test]
    fn any_key_and_signature_are_survived(
        kind in prop::sample::select(SignatureAlgorithm::ALL.to_vec()),
        certified: bool,
        key in proptest::collection::vec(prop_oneof![Just(0_u8), any::<u8>()], 0..200),
        bytes in proptest::collection::vec(prop_oneof![Just(0_u8), any::<u8>()], 0..200),
    ) {
        let name = if certified { kind.certificate_name() } else { kind.name() };
        let mut blob = Vec::new();
        blob.put_string(if name.starts_with("rsa") { "ssh-rsa" } else { name });
        blob.put_slice(&key);
        let mut signature = Vec::new();
        signature.put_string(kind.name());
        signature.put_slice(&bytes);
        prop_assert!(verify(&blob, name, &signature, b"data").is_err());
        drop(Certificate::parse(&blob));
    }
}
