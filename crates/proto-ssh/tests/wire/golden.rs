//! Bytes of real programs; `golden/README.md` says where they come from.

use std::path::Path;
use std::time::Instant;

use bytes::BytesMut;
use proto_ssh::wire::auth::{Method, Reply, Request, ServiceAccept, ServiceRequest};
use proto_ssh::wire::connection::{
    Ask, Close, Data, Eof, ExtendedData, Message, Opening, STDERR, Success, WindowAdjust, Wish,
};
use proto_ssh::wire::{Cipher, Encode, Kex, Limits, Mac, Profile, Transport};

use crate::pair::{client_config, server_config};

fn golden(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire/golden");
    std::fs::read(folder.join(format!("{name}.bin"))).unwrap()
}

/// Decodes a payload and checks that it is encoded to the same bytes.
#[track_caller]
fn message(payload: &[u8]) -> Message<'_> {
    let message = Message::parse(payload).unwrap().unwrap();
    assert_eq!(encoded(&message), payload);
    message
}

fn encoded(message: &impl Encode) -> BytesMut {
    let mut out = BytesMut::new();
    message.encode(&mut out);
    out
}

#[test]
fn requests_of_openssh_on_a_channel() {
    let ask = |name: &str, check: &dyn Fn(Ask<'_>)| {
        let payload = golden(&format!("client/{name}"));
        let Message::Request(request) = message(&payload) else {
            panic!("{name}")
        };
        assert_eq!(request.channel, 3);
        let ask = request.ask().unwrap();
        let mut rest = Vec::new();
        ask.put(&mut rest);
        assert_eq!(rest, request.rest);
        check(ask);
    };
    ask("exec", &|ask| {
        assert_eq!(
            ask,
            Ask::Exec {
                command: b"echo hello"
            }
        );
    });
    ask("env", &|ask| {
        assert_eq!(
            ask,
            Ask::Env {
                name: b"LANG",
                value: b"C.UTF-8"
            }
        );
    });
    ask("pty-req", &|ask| {
        let Ask::Pty(pty) = ask else { panic!("{ask:?}") };
        assert_eq!(
            (pty.term, pty.columns, pty.rows, pty.modes),
            ("xterm", 0, 0, &[0][..])
        );
    });
    ask("x11-req", &|ask| {
        let Ask::X11 {
            single,
            protocol,
            cookie,
            screen,
        } = ask
        else {
            panic!("{ask:?}")
        };
        assert_eq!(
            (single, protocol, cookie.len(), screen),
            (false, "MIT-MAGIC-COOKIE-1", 32, 0)
        );
    });
}

#[test]
fn other_messages_of_an_openssh_client() {
    let payload = golden("client/open-session");
    let Message::Open(open) = message(&payload) else {
        panic!()
    };
    assert_eq!((open.sender, open.window, open.max_packet), (0, 1 << 20, 16384));
    assert_eq!(open.opening().unwrap(), Opening::Session);

    let payload = golden("client/tcpip-forward");
    let Message::GlobalRequest(request) = message(&payload) else {
        panic!()
    };
    assert!(request.want_reply);
    assert_eq!(
        request.wish().unwrap(),
        Wish::TcpipForward {
            address: "127.0.0.1",
            port: 8080
        }
    );

    assert_eq!(message(&golden("client/eof")), Message::Eof(Eof { channel: 3 }));
    assert_eq!(
        message(&golden("client/close")),
        Message::Close(Close { channel: 3 })
    );

    let payload = golden("client/service-request");
    assert_eq!(
        ServiceRequest::parse(&payload).unwrap().unwrap().service,
        "ssh-userauth"
    );
    let payload = golden("client/auth-none");
    let request = Request::parse(&payload).unwrap().unwrap();
    assert_eq!((request.user, request.method), ("someone", Method::None));
    let payload = golden("client/auth-publickey-query");
    let request = Request::parse(&payload).unwrap().unwrap();
    let Method::PublicKey(method) = request.method else {
        panic!()
    };
    assert_eq!(
        (method.algorithm, method.key.len(), method.signed),
        ("ssh-ed25519", 51, None)
    );
    assert_eq!(encoded(&request), payload);
}

#[test]
fn messages_of_an_openssh_server() {
    let payload = golden("target/open-confirmation");
    let Message::OpenConfirmation(confirmation) = message(&payload) else {
        panic!()
    };
    assert_eq!(
        (confirmation.channel, confirmation.sender, confirmation.max_packet),
        (5, 0, 32768)
    );
    let adjust = WindowAdjust {
        channel: 5,
        bytes: 0x0020_0000,
    };
    assert_eq!(
        message(&golden("target/window-adjust")),
        Message::WindowAdjust(adjust)
    );
    assert_eq!(
        message(&golden("target/channel-success")),
        Message::Success(Success { channel: 5 })
    );
    assert_eq!(
        message(&golden("target/data")),
        Message::Data(Data {
            channel: 5,
            data: b"hello\n"
        })
    );
    let stderr = ExtendedData {
        channel: 5,
        code: STDERR,
        data: b"oops\n",
    };
    assert_eq!(message(&golden("target/stderr")), Message::ExtendedData(stderr));

    let payload = golden("target/exit-signal");
    let Message::Request(request) = message(&payload) else {
        panic!()
    };
    let signal = Ask::ExitSignal {
        name: "TERM",
        core_dumped: false,
        message: b"",
    };
    assert_eq!(request.ask().unwrap(), signal);
    let payload = golden("target/hostkeys");
    let Message::GlobalRequest(request) = message(&payload) else {
        panic!()
    };
    assert!(matches!(request.wish().unwrap(), Wish::HostKeys { keys } if keys.len() == 55));

    let payload = golden("target/service-accept");
    assert_eq!(
        ServiceAccept::parse(&payload).unwrap().unwrap().service,
        "ssh-userauth"
    );
    let query = golden("client/auth-publickey-query");
    let asked = Request::parse(&query).unwrap().unwrap().method;
    let payload = golden("target/pk-ok");
    let Some(Reply::PublicKeyOk(ok)) = Reply::parse(&payload, &asked).unwrap() else {
        panic!()
    };
    assert_eq!(ok.algorithm, "ssh-ed25519");
    assert_eq!(
        Reply::parse(&golden("target/success"), &asked).unwrap(),
        Some(Reply::Success)
    );
}

#[test]
fn proofs_of_openssh_verify_and_nothing_else_does() {
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let file = |name: &str| golden(&format!("proofs/{kind}-{name}"));
        let (session, host, payload) = (file("session"), file("host"), file("signed"));
        let check = |session: &[u8], host: &[u8], payload: &[u8]| {
            let Ok(Some(Request {
                method: Method::PublicKey(method),
                ..
            })) = Request::parse(payload)
            else {
                return false;
            };
            method.verify(session, host).is_ok()
        };
        assert!(check(&session, &host, &payload), "{kind}");
        let request = Request::parse(&payload).unwrap().unwrap();
        assert_eq!(encoded(&request), payload);

        let other = |bytes: &[u8], at: usize| {
            let mut bytes = bytes.to_vec();
            bytes[at] ^= 1;
            bytes
        };
        assert!(!check(&other(&session, 0), &host, &payload));
        assert!(!check(&session, &other(&host, 40), &payload));
        for at in 1..payload.len() {
            assert!(
                !check(&session, &host, &other(&payload, at)),
                "{kind}: byte {at} is not signed"
            );
        }
    }
}

#[test]
fn offers_of_real_clients_lead_to_the_best_common_algorithms() {
    for (name, kex, cipher, mac) in [
        (
            "openssh-9.2",
            Kex::Sntrup761X25519Sha512,
            Cipher::ChaCha20Poly1305,
            None,
        ),
        (
            "dropbear-2022.83",
            Kex::Curve25519Sha256,
            Cipher::ChaCha20Poly1305,
            None,
        ),
        (
            "putty-0.78",
            Kex::Sntrup761X25519Sha512Openssh,
            Cipher::Aes256Ctr,
            Some(Mac::HmacSha256Etm),
        ),
    ] {
        let config = server_config(Profile::server(), Limits::default());
        let mut server = Transport::server(config, Instant::now()).unwrap();
        server
            .inbound()
            .extend_from_slice(&golden(&format!("offers/{name}-client-offer")));
        assert_eq!(server.next(Instant::now()).unwrap(), None);
        let negotiated = server.negotiated().unwrap();
        assert_eq!(
            (negotiated.kex, negotiated.client_cipher),
            (kex, cipher),
            "{name}"
        );
        assert_eq!(negotiated.client_mac, mac);
        assert!(negotiated.strict);
    }
}

#[test]
fn offers_of_real_servers_lead_to_our_first_choice() {
    for (name, kex, cipher) in [
        ("openssh-9.2", Kex::Sntrup761X25519Sha512, Cipher::Aes128Gcm),
        (
            "dropbear-2022.83",
            Kex::Curve25519Sha256,
            Cipher::ChaCha20Poly1305,
        ),
    ] {
        let config = client_config(Profile::client(), Limits::default());
        let mut client = Transport::client(config, Instant::now()).unwrap();
        client
            .inbound()
            .extend_from_slice(&golden(&format!("offers/{name}-server-offer")));
        assert_eq!(client.next(Instant::now()).unwrap(), None);
        let negotiated = client.negotiated().unwrap();
        assert_eq!(
            (negotiated.kex, negotiated.server_cipher),
            (kex, cipher),
            "{name}"
        );
    }
}
