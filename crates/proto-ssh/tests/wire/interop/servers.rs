//! The client role against real servers.

use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use proto_ssh::wire::auth::{self, Method, Reply, Request, Secret, ServiceAccept, ServiceRequest};
use proto_ssh::wire::codec::Put;
use proto_ssh::wire::connection::{Ask, ChannelRequest, Close, Data, Eof, Message, Open, WindowAdjust};
use proto_ssh::wire::keys::SigningKey;
use proto_ssh::wire::{Cipher, ClientConfig, HostKeyAlgorithm, Kex, Limits, Mac, Profile, Transport, number};

use super::Keys;
use crate::driver::{Driver, Turn};
use testkit::tools;

/// Ends a program with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _status = self.0.wait();
    }
}

/// Starts a server on one end of a connection.
fn serve(program: &Path, arguments: &[String]) -> (Running, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    ours.set_nodelay(true).unwrap();
    let (theirs, _) = listener.accept().unwrap();
    let theirs = OwnedFd::from(theirs);
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::from(theirs.try_clone().unwrap()))
        .stdout(Stdio::from(theirs))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    (Running(child), ours)
}

fn sshd(keys: &Keys, options: &[&str]) -> (Running, TcpStream) {
    let mut arguments = vec!["-i".to_owned(), "-f".into(), "/dev/null".into()];
    let file = |name: &str| keys.path(name).display().to_string();
    let mut lines = vec![
        format!("AuthorizedKeysFile={}", file("authorized")),
        "StrictModes=no".into(),
        "UsePAM=no".into(),
        "PermitRootLogin=yes".into(),
        "PidFile=none".into(),
    ];
    if !options.iter().any(|option| option.starts_with("HostKey=")) {
        lines.push(format!("HostKey={}", file("host")));
    }
    lines.extend(options.iter().map(|option| (*option).to_owned()));
    for line in lines {
        arguments.extend(["-o".to_owned(), line]);
    }
    serve(&tools::path("sshd"), &arguments)
}

fn client(profile: Profile, stream: TcpStream) -> Driver<TcpStream> {
    client_with(profile, Limits::default(), stream)
}

pub fn client_with(profile: Profile, limits: Limits, stream: TcpStream) -> Driver<TcpStream> {
    let config = ClientConfig {
        identification: "SSH-2.0-Doorward_test".into(),
        profile,
        limits,
    };
    Driver::new(
        Transport::client(Arc::new(config), Instant::now()).unwrap(),
        stream,
    )
}

fn account() -> String {
    let id = Command::new(tools::path("id")).arg("-un").output().unwrap();
    String::from_utf8(id.stdout).unwrap().trim().to_owned()
}

/// Gets in with a public key, first asking whether it would do.
fn log_in(driver: &mut Driver<TcpStream>, key: &SigningKey) {
    driver.handshake();
    driver.send(&ServiceRequest {
        service: auth::USERAUTH_SERVICE,
    });
    assert!(
        ServiceAccept::parse(&driver.message().unwrap())
            .unwrap()
            .is_some()
    );
    let user = account();
    let algorithm = key
        .algorithm_for(driver.transport.signature_algorithms())
        .unwrap();
    let method = Method::PublicKey(auth::PublicKeyMethod {
        algorithm: algorithm.name(),
        key: key.public(),
        host_key: None,
        signed: None,
    });
    driver.send(&Request {
        user: &user,
        service: auth::CONNECTION_SERVICE,
        method,
    });
    let payload = driver.message().unwrap();
    let reply = Reply::parse(&payload, &method).unwrap();
    assert!(matches!(reply, Some(Reply::PublicKeyOk(_))), "{reply:?}");

    let host_key = driver.transport.host_key().to_vec();
    let bound = driver.transport.host_bound().then_some(host_key.as_slice());
    let request = auth::sign_request(
        driver.transport.session_id(),
        &user,
        auth::CONNECTION_SERVICE,
        key,
        key.public(),
        algorithm,
        bound,
    );
    driver.send(&request.unwrap());
    let payload = driver.message().unwrap();
    assert_eq!(Reply::parse(&payload, &method).unwrap(), Some(Reply::Success));
}

/// Executes a command; returns its output and exit status.
fn execute(driver: &mut Driver<TcpStream>, command: &str, input: &[u8]) -> (Vec<u8>, u32) {
    const WINDOW: u32 = 1 << 20;
    driver.send(&Open {
        kind: "session",
        sender: 5,
        window: WINDOW,
        max_packet: 32768,
        rest: &[],
    });
    let (mut output, mut status, mut sent) = (Vec::new(), u32::MAX, 0_usize);
    let (mut channel, mut window, mut granted) = (0, 0_usize, WINDOW);
    loop {
        let payload = match driver.message_turn() {
            Turn::Some(payload) => payload,
            Turn::Nothing => Bytes::from_static(&[number::REQUEST_FAILURE]),
            Turn::End => break,
        };
        match Message::parse(&payload).unwrap().unwrap() {
            Message::OpenConfirmation(confirmation) => {
                assert_eq!(confirmation.channel, 5);
                channel = confirmation.sender;
                window = confirmation.window as usize;
                let mut rest = BytesMut::new();
                rest.put_string(command);
                driver.send(&ChannelRequest {
                    channel,
                    kind: "exec",
                    want_reply: true,
                    rest: &rest,
                });
            }
            Message::WindowAdjust(adjust) => window += adjust.bytes as usize,
            Message::Data(data) => {
                output.extend_from_slice(data.data);
                granted -= data.data.len() as u32;
                if granted < WINDOW / 2 {
                    driver.send(&WindowAdjust {
                        channel,
                        bytes: WINDOW - granted,
                    });
                    granted = WINDOW;
                }
            }
            Message::Request(request) => {
                if let Ask::ExitStatus { code } = request.ask().unwrap() {
                    status = code;
                }
            }
            Message::Close(_) => {
                driver.send(&Close { channel });
                break;
            }
            Message::Success(_)
            | Message::Eof(_)
            | Message::ExtendedData(_)
            | Message::GlobalRequest(_)
            | Message::RequestFailure => {}
            other => panic!("{other:?}"),
        }
        let count = window.min(input.len() - sent).min(32768);
        if count > 0 && !driver.transport.is_rekeying() {
            driver.send(&Data {
                channel,
                data: &input[sent..sent + count],
            });
            window -= count;
            sent += count;
            if sent == input.len() {
                driver.send(&Eof { channel });
            }
        }
    }
    (output, status)
}

#[test]
fn the_client_role_works_with_sshd_over_every_algorithm() {
    if !tools::have(&["sshd"]) {
        return;
    }
    let keys = Keys::new("ed25519");
    keys.generate("host", "ed25519");
    let key = keys.signing("user");
    let known = [
        Kex::Sntrup761X25519Sha512Openssh,
        Kex::Curve25519Sha256,
        Kex::Curve25519Sha256Libssh,
        Kex::EcdhNistP256,
        Kex::EcdhNistP384,
    ];
    for kex in known {
        let (_server, stream) = sshd(&keys, &[]);
        let mut driver = client(
            Profile {
                kex: vec![kex],
                ..Profile::client()
            },
            stream,
        );
        log_in(&mut driver, &key);
        assert_eq!(driver.transport.negotiated().unwrap().kex, kex);
        assert_eq!(
            execute(&mut driver, "echo hello; exit 3", b""),
            (b"hello\n".to_vec(), 3)
        );
    }
    for cipher in Cipher::ALL {
        for mac in if cipher.is_authenticated() {
            &Mac::ALL[..1]
        } else {
            Mac::ALL
        } {
            let (_server, stream) = sshd(&keys, &[]);
            let profile = Profile {
                ciphers: vec![*cipher],
                macs: vec![*mac],
                ..Profile::client()
            };
            let mut driver = client(profile, stream);
            log_in(&mut driver, &key);
            assert_eq!(
                execute(&mut driver, "echo hello; exit 3", b""),
                (b"hello\n".to_vec(), 3),
                "{cipher:?}"
            );
        }
    }
}

#[test]
fn the_client_role_knows_every_kind_of_host_key() {
    if !tools::have(&["sshd"]) {
        return;
    }
    let keys = Keys::new("ed25519");
    let key = keys.signing("user");
    for (name, kind, algorithms) in [
        ("h-ed25519", "ed25519", &[HostKeyAlgorithm::Ed25519][..]),
        ("h-ecdsa", "ecdsa", &[HostKeyAlgorithm::EcdsaP256]),
        (
            "h-rsa",
            "rsa",
            &[HostKeyAlgorithm::RsaSha512, HostKeyAlgorithm::RsaSha256],
        ),
    ] {
        keys.generate(name, kind);
        for algorithm in algorithms {
            let file = keys.path(name);
            let (_server, stream) = sshd(&keys, &[&format!("HostKey={}", file.display())]);
            let mut driver = client(
                Profile {
                    host_keys: vec![*algorithm],
                    ..Profile::client()
                },
                stream,
            );
            log_in(&mut driver, &key);
            assert_eq!(driver.transport.host_key(), keys.signing(name).public());
        }
    }
}

#[test]
fn the_client_role_signs_with_every_kind_of_user_key() {
    if !tools::have(&["sshd"]) {
        return;
    }
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let keys = Keys::new(kind);
        keys.generate("host", "ed25519");
        let (_server, stream) = sshd(&keys, &[]);
        let mut driver = client(Profile::client(), stream);
        log_in(&mut driver, &keys.signing("user"));
    }
}

#[test]
fn both_ends_renew_keys_during_a_transfer_to_sshd() {
    if !tools::have(&["sshd"]) {
        return;
    }
    let keys = Keys::new("ed25519");
    keys.generate("host", "ed25519");
    let input: Vec<u8> = (0..12 << 20).map(|at: u32| (at / 251) as u8).collect();
    for (option, ours) in [
        ("RekeyLimit=1M", 1 << 30),
        ("RekeyLimit=default none", 1 << 20),
        ("RekeyLimit=1M", 1 << 20),
    ] {
        let (_server, stream) = sshd(&keys, &[option]);
        let limits = Limits {
            rekey_bytes: ours,
            ..Limits::default()
        };
        let mut driver = client_with(Profile::client(), limits, stream);
        log_in(&mut driver, &keys.signing("user"));
        let (output, status) = execute(&mut driver, "cat; exit 4", &input);
        assert_eq!(status, 4);
        assert!(
            output == input,
            "{option} {ours}: {} of {}",
            output.len(),
            input.len()
        );
    }
}

#[test]
fn the_client_role_works_with_dropbear() {
    if !tools::have(&["dropbear"]) {
        return;
    }
    let keys = Keys::new("ed25519");
    let host = keys.path("dropbear");
    let made = Command::new(tools::path("dropbearkey"))
        .args(["-t", "ed25519", "-f"])
        .arg(&host)
        .output()
        .unwrap();
    assert!(made.status.success());
    let arguments = ["-i", "-s", "-r"].map(str::to_owned);
    let arguments: Vec<String> = arguments
        .into_iter()
        .chain([host.display().to_string()])
        .collect();
    let (_server, stream) = serve(&tools::path("dropbear"), &arguments);
    let mut driver = client(Profile::client(), stream);
    driver.handshake();
    driver.send(&ServiceRequest {
        service: auth::USERAUTH_SERVICE,
    });
    assert!(
        ServiceAccept::parse(&driver.message().unwrap())
            .unwrap()
            .is_some()
    );
    // Its keys are looked for in the account's home, which is not ours to change: asking must do.
    let method = Method::Password {
        password: Secret("wrong"),
        new: None,
    };
    driver.send(&Request {
        user: &account(),
        service: auth::CONNECTION_SERVICE,
        method,
    });
    let payload = driver.message().unwrap();
    let reply = Reply::parse(&payload, &method).unwrap();
    assert!(matches!(reply, Some(Reply::Failure(_))), "{reply:?}");
}
