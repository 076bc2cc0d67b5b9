#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::os::unix::fs::PermissionsExt as _;

use super::*;

const PLACE: Place<'_> = Place::new("secret", "web-1");

fn ring(keys: &[u8]) -> Keyring {
    let text: Vec<String> = keys.iter().map(|&byte| STANDARD.encode([byte; 32])).collect();
    Keyring::open(
        Path::new("/nowhere"),
        &MasterSource::Value(Secret::new(text.join(" "))),
    )
    .unwrap()
}

fn tape(n: u8) -> ConnectionId {
    format!("00000000-0000-7000-8000-0000000000{n:02x}")
        .parse()
        .unwrap()
}

#[test]
fn a_sealed_value_opens_in_its_place_only() {
    let ring = ring(&[1]);
    let sealed = ring.seal(PLACE, b"hunter2").unwrap();
    assert_eq!(ring.unseal(PLACE, &sealed).unwrap().expose(), b"hunter2");
    assert!(!sealed.windows(7).any(|window| window == b"hunter2"));
    assert_ne!(
        ring.seal(PLACE, b"hunter2").unwrap(),
        sealed,
        "never the same twice"
    );
    for place in [
        Place::new("secret", "web-2"),
        Place::new("own key", "web-1"),
        Place::new("secretw", "eb-1"),
    ] {
        assert!(matches!(ring.unseal(place, &sealed), Err(Error::Unseal)));
    }
}

#[test]
fn a_changed_or_cut_value_does_not_open() {
    let ring = ring(&[1]);
    let sealed = ring.seal(PLACE, b"hunter2").unwrap();
    for at in 0..sealed.len() {
        let mut bad = sealed.clone();
        bad[at] ^= 1;
        assert!(ring.unseal(PLACE, &bad).is_err(), "byte {at}");
        assert!(ring.unseal(PLACE, &sealed[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn after_rotation_the_old_still_opens_and_the_new_seals() {
    let old = ring(&[1]);
    let sealed = old.seal(PLACE, b"hunter2").unwrap();
    let both = ring(&[1, 2]);
    assert_eq!(both.unseal(PLACE, &sealed).unwrap().expose(), b"hunter2");
    assert!(both.is_stale(&sealed) && !old.is_stale(&sealed));
    let again = both.seal(PLACE, b"hunter2").unwrap();
    assert!(!both.is_stale(&again));
    assert!(
        matches!(old.unseal(PLACE, &again), Err(Error::UnknownMasterKey(id)) if id == both.newest().to_string())
    );
}

#[test]
fn a_data_key_opens_for_its_tape_only() {
    let ring = ring(&[1]);
    let (key, wrapped) = ring.new_data_key(tape(1)).unwrap();
    assert_eq!(
        ring.open_data_key(&wrapped, tape(1)).unwrap().expose(),
        key.expose()
    );
    assert!(matches!(
        ring.open_data_key(&wrapped, tape(2)),
        Err(Error::Unseal)
    ));
    assert_ne!(ring.new_data_key(tape(1)).unwrap().0.expose(), key.expose());
    // A value sealed for another use does not pass for a data key, though the master key is the same.
    let sealed = ring.seal(PLACE, key.expose()).unwrap();
    assert!(ring.open_data_key(&sealed, tape(1)).is_err());
}

#[test]
fn the_own_master_key_is_made_once_and_belongs_to_its_owner() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("keys");
    let ring = Keyring::open(&dir, &MasterSource::Own).unwrap();
    let path = dir.join("master.key");
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        std::fs::metadata(&dir).unwrap().permissions().mode() & 0o777,
        0o700
    );
    assert_eq!(
        Keyring::open(&dir, &MasterSource::Own).unwrap().newest(),
        ring.newest()
    );
    assert_eq!(
        Keyring::open(&dir, &MasterSource::File(path.clone()))
            .unwrap()
            .newest(),
        ring.newest()
    );
    assert_eq!(
        std::fs::read_dir(&dir).unwrap().count(),
        1,
        "no temporary file is left"
    );
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(
        Keyring::open(&dir, &MasterSource::Own),
        Err(Error::Exposed { .. })
    ));
}

#[test]
fn processes_that_start_at_once_share_one_master_key() {
    let dir = tempfile::tempdir().unwrap();
    let rings: Vec<KeyId> = std::thread::scope(|scope| {
        let open = || Keyring::open(dir.path(), &MasterSource::Own).unwrap().newest();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(rings.iter().all(|id| *id == rings[0]));
}

#[test]
fn rotation_adds_a_key_to_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let first = Keyring::open(dir.path(), &MasterSource::Own).unwrap();
    let sealed = first.seal(PLACE, b"x").unwrap();
    let second = Keyring::rotate(dir.path()).unwrap();
    assert_ne!(second.newest(), first.newest());
    let read = Keyring::open(dir.path(), &MasterSource::Own).unwrap();
    assert_eq!(read.newest(), second.newest());
    assert_eq!(read.unseal(PLACE, &sealed).unwrap().expose(), b"x");
}

#[test]
fn what_is_no_master_key_is_refused_without_being_shown() {
    for text in [
        "",
        "# only a comment",
        "c2hvcnQ=",
        "not base64 at all, but secret",
    ] {
        let source = MasterSource::Value(Secret::new(text));
        let error = Keyring::open(Path::new("/nowhere"), &source).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no master key of 32 bytes in base64 is in the given value"
        );
        assert!(!format!("{error:?} {source:?}").contains("secret"));
    }
}

#[test]
fn keys_are_never_printed() {
    let ring = ring(&[0x41]);
    let (key, _) = ring.new_data_key(tape(1)).unwrap();
    let printed = format!(
        "{ring:?} {key:?} {:?} {}",
        Secret::new("hunter2"),
        Secret::new("hunter2")
    );
    assert!(
        !printed.contains("AAAA") && !printed.contains("65, 65") && !printed.contains("hunter2"),
        "{printed}"
    );
    assert!(!printed.contains(&format!("{:?}", key.expose())));
}
