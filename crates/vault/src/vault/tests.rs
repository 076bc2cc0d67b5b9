#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::os::unix::fs::PermissionsExt as _;

use ssh_key::{HashAlg, PublicKey};

use super::*;
use crate::Place;
use crate::TokenKind;

fn open(dir: &Path) -> Vault {
    Vault::open(dir, &MasterSource::Own, HostKeys::Ed25519).unwrap()
}

#[test]
fn keys_are_made_once_and_stay_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (open(dir.path()), open(dir.path()));
    assert_eq!(first.recording_key().public(), second.recording_key().public());
    assert_eq!(first.content_key(), second.content_key());
    assert_ne!(first.content_key(), [0; 32]);
    assert_eq!(
        first.ssh_host_keys()[0].public_key(),
        second.ssh_host_keys()[0].public_key()
    );
    assert_eq!(first.ssh_ca().public_key(), second.ssh_ca().public_key());
    let issued = first.tokens().issue(TokenKind::Api).unwrap();
    assert!(
        second
            .tokens()
            .verify(TokenKind::Api, issued.text.expose(), &issued.hash)
    );
}

#[test]
fn private_files_are_their_owners_and_hold_nothing_in_the_open() {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), &MasterSource::Own, HostKeys::Ed25519AndRsa).unwrap();
    let pem = vault.ssh_host_keys()[0]
        .to_openssh(ssh_key::LineEnding::LF)
        .unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let private = entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "key");
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, if private { 0o600 } else { 0o644 }, "{name}");
        let text = std::fs::read_to_string(entry.path()).unwrap();
        assert!(
            !text.contains("PRIVATE KEY") && !text.contains(pem.lines().nth(2).unwrap()),
            "{name}"
        );
        names.push(name);
    }
    names.sort();
    let want = [
        "content.key",
        "master.key",
        "recording.key",
        "recording.pub",
        "ssh_ca.key",
        "ssh_ca.pub",
        "ssh_host_ed25519.key",
        "ssh_host_ed25519.pub",
        "ssh_host_rsa.key",
        "ssh_host_rsa.pub",
        "ssh_user_ca.key",
        "ssh_user_ca.pub",
        "token.key",
    ];
    assert_eq!(names, want);
}

#[test]
fn the_public_files_say_what_the_keys_are() {
    let dir = tempfile::tempdir().unwrap();
    let vault = open(dir.path());
    assert_eq!(
        std::fs::read_to_string(vault.recording_pub_path()).unwrap(),
        vault.recording_key().public_pem()
    );
    let text = std::fs::read_to_string(dir.path().join("ssh_ca.pub")).unwrap();
    assert_eq!(
        PublicKey::from_openssh(text.trim()).unwrap(),
        *vault.ssh_ca().public_key()
    );
}

#[test]
fn a_lost_public_file_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let pem = open(dir.path()).recording_key().public_pem();
    let path = dir.path().join("recording.pub");
    std::fs::remove_file(&path).unwrap();
    open(dir.path());
    assert_eq!(std::fs::read_to_string(path).unwrap(), pem);
}

#[test]
fn without_the_master_key_nothing_opens() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path());
    std::fs::remove_file(dir.path().join("master.key")).unwrap();
    let error = Vault::open(dir.path(), &MasterSource::Own, HostKeys::Ed25519).unwrap_err();
    assert!(
        matches!(error, Error::UnknownMasterKey(_)),
        "and no key is replaced by a new one: {error}"
    );
}

#[test]
fn a_key_file_in_the_place_of_another_does_not_open() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path());
    std::fs::copy(dir.path().join("content.key"), dir.path().join("token.key")).unwrap();
    let error = Vault::open(dir.path(), &MasterSource::Own, HostKeys::Ed25519).unwrap_err();
    assert!(matches!(error, Error::Unseal));
}

#[test]
fn a_new_recording_key_signs_and_the_old_one_stays() {
    let dir = tempfile::tempdir().unwrap();
    let old = open(dir.path());
    let new = old.rotate_recording_key().unwrap();
    assert_ne!(new.recording_key().public(), old.recording_key().public());
    assert!(new.recording_key_for(old.recording_key().public()).is_some());
    let again = open(dir.path());
    assert_eq!(again.recording_key().public(), new.recording_key().public());
    let text = std::fs::read_to_string(again.recording_pub_path()).unwrap();
    assert_eq!(
        text,
        format!(
            "{}{}",
            old.recording_key().public_pem(),
            new.recording_key().public_pem()
        )
    );
    assert_eq!(again.recording_publics().count(), 2);
}

#[test]
fn a_new_master_key_seals_the_own_keys_again() {
    let dir = tempfile::tempdir().unwrap();
    let old = open(dir.path());
    let place = Place::new("secret", "web-1");
    let sealed = old.keyring().seal(place, b"hunter2").unwrap();
    let new = old.rotate_master_key().unwrap();
    assert_ne!(new.keyring().newest(), old.keyring().newest());
    assert_eq!(new.content_key(), old.content_key());
    assert_eq!(new.recording_key().public(), old.recording_key().public());
    assert_eq!(new.keyring().unseal(place, &sealed).unwrap().expose(), b"hunter2");
    let key = std::fs::read_to_string(dir.path().join("master.key")).unwrap();
    let newest = key.lines().last().unwrap().to_owned();
    let only = MasterSource::Value(crate::Secret::new(newest.rsplit(' ').next().unwrap()));
    let opened = Vault::open(dir.path(), &only, HostKeys::Ed25519).unwrap();
    assert_eq!(
        opened.content_key(),
        old.content_key(),
        "the older master key is not needed for the own keys"
    );
}

#[test]
fn a_host_certificate_is_good_for_its_names_while_it_lasts() {
    let dir = tempfile::tempdir().unwrap();
    let vault = open(dir.path());
    let host = vault.ssh_host_keys()[0].public_key().key_data();
    let (from, until) = (Micros(1_790_000_000_000_000), Micros(1_790_003_600_000_000));
    let names = [String::from("web-1"), String::from("web-1.corp")];
    let issued = vault.issue_host_certificate(host, &names, from, until).unwrap();
    let certificate = issued.certificate();
    assert_eq!(certificate.valid_principals(), names);
    assert_eq!(
        (certificate.valid_after(), certificate.valid_before()),
        (1_790_000_000, 1_790_003_600)
    );
    assert!(certificate.cert_type().is_host());
    let ca = vault.ssh_ca().public_key().fingerprint(HashAlg::Sha256);
    assert!(certificate.validate_at(1_790_000_001, [&ca]).is_ok());
    assert!(certificate.validate_at(1_790_003_601, [&ca]).is_err());
    let stranger = vault.ssh_host_keys()[0].fingerprint(HashAlg::Sha256);
    assert!(certificate.validate_at(1_790_000_001, [&stranger]).is_err());
    assert_eq!(issued.blob(), certificate.to_bytes().unwrap());
    assert!(
        vault.issue_host_certificate(host, &[], from, until).is_err(),
        "no name is not every name"
    );
}

#[test]
fn a_vault_is_never_printed() {
    let dir = tempfile::tempdir().unwrap();
    let vault = open(dir.path());
    let printed = format!("{vault:?} {:?}", vault.recording_key());
    let seed = format!("{:?}", vault.recording_key().expose_seed());
    assert!(!printed.contains(&seed) && !printed.contains(&format!("{:?}", vault.content_key())));
}
