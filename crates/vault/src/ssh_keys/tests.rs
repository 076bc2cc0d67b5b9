#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use aws_lc_rs::encoding::EcPrivateKeyRfc5915Der;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use ssh_key::{Cipher, Kdf, LineEnding};

use super::*;

fn pem(label: &str, der: &[u8]) -> Secret {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    Secret::new(format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    ))
}

fn ed25519() -> PrivateKey {
    generate_ed25519("alice@laptop").unwrap()
}

#[test]
fn a_public_key_line_is_read_and_written_as_it_was() {
    let line = ed25519().public_key().to_openssh().unwrap();
    let read = PublicKeyLine::parse(&format!("  {line}\n")).unwrap();
    assert_eq!(read.to_string(), line);
    assert_eq!(
        (read.algorithm().as_str(), read.comment().as_str()),
        ("ssh-ed25519", "alice@laptop")
    );
    assert_eq!(read.fingerprint(), fingerprint_of_blob(read.blob()));
    assert!(read.fingerprint().starts_with("SHA256:"));
    assert_eq!(
        PublicKeyLine::parse_all(&format!("# my keys\n\n{line}\n{line}\n"))
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn what_would_not_be_honoured_is_refused() {
    let line = ed25519().public_key().to_openssh().unwrap();
    for bad in [
        String::new(),
        String::from("ssh-ed25519"),
        String::from("ssh-ed25519 AAAA"),
        format!("command=\"ls\" {line}"),
        format!("{line}\n{line}"),
        String::from(
            "ssh-dss AAAAB3NzaC1kc3MAAACBAP1/U4EddRIpUt9KnC7s5Of2EbdSPO9EAMMeP4C2USZpRV1AIlH7WT2NWPq",
        ),
    ] {
        assert!(PublicKeyLine::parse(&bad).is_err(), "{bad}");
    }
}

#[test]
fn an_openssh_key_is_read_with_its_passphrase_only() {
    let key = ed25519();
    let plain = Secret::new(key.to_openssh(LineEnding::LF).unwrap().as_bytes());
    assert_eq!(
        parse_private(&plain, None).unwrap().public_key(),
        key.public_key()
    );
    let kdf = Kdf::Bcrypt {
        salt: vec![7; 16],
        rounds: 4,
    };
    let locked = key
        .encrypt_with(Cipher::Aes256Ctr, kdf, 77, "open sesame")
        .unwrap();
    let locked = Secret::new(locked.to_openssh(LineEnding::LF).unwrap().as_bytes());
    let passphrase = Secret::new("open sesame");
    assert_eq!(
        parse_private(&locked, Some(&passphrase)).unwrap().public_key(),
        key.public_key()
    );
    assert!(matches!(parse_private(&locked, None), Err(Error::Passphrase)));
    assert!(matches!(
        parse_private(&locked, Some(&Secret::new("wrong"))),
        Err(Error::Passphrase)
    ));
}

#[test]
fn pem_forms_of_all_accepted_kinds_are_read() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let key = parse_private(&pem("PRIVATE KEY", pair.to_pkcs8v1().unwrap().as_ref()), None).unwrap();
    assert_eq!(
        key.public_key().key_data().ed25519().unwrap().0,
        pair.public_key().as_ref()
    );

    let rsa = generate_rsa("gateway").unwrap();
    assert_eq!(
        (
            rsa.comment().to_string().as_str(),
            rsa.algorithm().to_string().as_str()
        ),
        ("gateway", "ssh-rsa")
    );
    let plain = rsa::RsaPrivateKey::try_from(rsa.key_data().rsa().unwrap()).unwrap();
    let der = plain.to_pkcs1_der().unwrap();
    let key = parse_private(&pem("RSA PRIVATE KEY", der.as_bytes()), None).unwrap();
    assert_eq!(key.public_key().key_data(), rsa.public_key().key_data());

    for (algorithm, name) in [
        (&ECDSA_P256_SHA256_FIXED_SIGNING, "ecdsa-sha2-nistp256"),
        (&ECDSA_P384_SHA384_FIXED_SIGNING, "ecdsa-sha2-nistp384"),
    ] {
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        let sec1: EcPrivateKeyRfc5915Der<'_> = pair.private_key().as_der().unwrap();
        let forms = [
            pem("PRIVATE KEY", pair.to_pkcs8v1().unwrap().as_ref()),
            pem("EC PRIVATE KEY", sec1.as_ref()),
        ];
        for form in forms {
            let key = parse_private(&form, None).unwrap();
            assert_eq!(key.algorithm().to_string(), name);
            let KeyData::Ecdsa(public) = key.public_key().key_data() else {
                panic!("ecdsa")
            };
            assert_eq!(public.as_sec1_bytes(), pair.public_key().as_ref());
        }
    }
}

#[test]
fn what_is_no_private_key_is_refused_without_being_shown() {
    for text in [
        "",
        "hunter2",
        "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nhunter2\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nhunter2\n-----END ENCRYPTED PRIVATE KEY-----",
    ] {
        let error = parse_private(&Secret::new(text), None).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }
}

#[test]
fn a_short_rsa_key_is_refused() {
    // 1024 bits: long enough to look like a key.
    let number = |len: usize| [vec![0, 0, 0, len as u8 + 1, 0], vec![0xc1; len]].concat();
    let blob = [
        b"\0\0\0\x07ssh-rsa".to_vec(),
        b"\0\0\0\x03\x01\x00\x01".to_vec(),
        number(128),
    ]
    .concat();
    let line = format!("ssh-rsa {}", STANDARD.encode(blob));
    assert!(matches!(
        PublicKeyLine::parse(&line),
        Err(Error::PublicKey("rsa below 2048 bits is not accepted"))
    ));
}

#[test]
fn a_host_key_is_compared_with_every_form_it_may_be_known_in() {
    let line = |key: &PrivateKey| PublicKeyLine::parse(&key.public_key().to_openssh().unwrap()).unwrap();
    let (shown, other) = (line(&ed25519()), line(&ed25519()));
    let compare = |known: &[String]| compare_host_key(known, shown.blob());
    assert_eq!(compare(&[]).unwrap(), HostKeyMatch::Nothing);
    assert_eq!(compare(&[other.to_string()]).unwrap(), HostKeyMatch::Differs);
    for known in [
        shown.to_string(),
        shown.fingerprint(),
        format!("web-1,10.0.0.7 {shown}"),
    ] {
        assert_eq!(compare(&[other.to_string(), known]).unwrap(), HostKeyMatch::Known);
    }
    assert_eq!(
        compare(&[other.fingerprint(), format!("web-1 {other}")]).unwrap(),
        HostKeyMatch::Differs
    );
    assert!(compare(&[String::from("web-1 nonsense")]).is_err());
}

#[test]
fn private_keys_are_never_printed() {
    let key = ed25519();
    let seed = key.key_data().ed25519().unwrap().private.to_bytes();
    let printed = format!("{key:?}");
    assert!(
        !printed.contains(&format!("{:?}", &seed[..4])[1..14]),
        "{printed}"
    );
}
