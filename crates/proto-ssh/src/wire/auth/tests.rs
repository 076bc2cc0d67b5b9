//! Tests.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::wire::keys::SigningKey;

fn encoded(message: &impl Encode) -> Vec<u8> {
    let mut out = BytesMut::new();
    message.encode(&mut out);
    out.to_vec()
}

fn key_method<'a>(key: &'a [u8], host_key: Option<&'a [u8]>) -> Method<'a> {
    Method::PublicKey(PublicKeyMethod {
        algorithm: "ssh-ed25519",
        key,
        host_key,
        signed: None,
    })
}

proptest! {
    #[test]
    fn a_request_survives_the_wire(user in "\\PC{0,30}", text in "\\PC{0,30}", bytes: Vec<u8>, change: bool) {
        let new = change.then_some(Secret(text.as_str()));
        for method in [
            Method::None,
            Method::Password { password: Secret(&user), new },
            Method::KeyboardInteractive { submethods: &text },
            key_method(&bytes, None),
            key_method(&bytes, Some(&bytes)),
        ] {
            let request = Request { user: &user, service: CONNECTION_SERVICE, method };
            let payload = encoded(&request);
            prop_assert_eq!(Request::parse(&payload).unwrap(), Some(request));
        }
    }

    #[test]
    fn a_dialogue_survives_the_wire(texts in proptest::collection::vec("\\PC{0,30}", 0..5), echo: bool) {
        let prompts = texts.iter().map(|text| Prompt { text, echo }).collect();
        let request = InfoRequest { name: "name", instruction: "do", prompts };
        let asked = Method::KeyboardInteractive { submethods: "" };
        let payload = encoded(&request);
        prop_assert_eq!(Reply::parse(&payload, &asked).unwrap(), Some(Reply::InfoRequest(request)));
        let response = InfoResponse { answers: texts.iter().map(|text| Secret(text)).collect() };
        let payload = encoded(&response);
        prop_assert_eq!(InfoResponse::parse(&payload).unwrap(), Some(response.clone()));
    }

    #[test]
    fn any_payload_is_survived(number in 1_u8..80, rest in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut payload = vec![number];
        payload.extend(rest);
        let _outcomes = (ServiceRequest::parse(&payload), ServiceAccept::parse(&payload));
        drop(InfoResponse::parse(&payload));
        if let Ok(Some(Request { method: Method::PublicKey(method), .. })) = Request::parse(&payload) {
            drop(method.verify(b"session", b"host"));
        }
        for asked in [key_method(b"", None), Method::KeyboardInteractive { submethods: "" }, Method::None] {
            drop(Reply::parse(&payload, &asked));
        }
    }
}

#[test]
fn answers_of_a_server_survive_the_wire() {
    let asked = key_method(b"key", None);
    let parse = |payload: &[u8]| format!("{:?}", Reply::parse(payload, &asked).unwrap().unwrap());
    let failure = Failure {
        methods: "publickey,password",
        partial: true,
    };
    assert_eq!(
        parse(&encoded(&failure)),
        format!("{:?}", Reply::Failure(failure))
    );
    let banner = Banner { text: "hello\r\n" };
    assert_eq!(parse(&encoded(&banner)), format!("{:?}", Reply::Banner(banner)));
    let ok = PublicKeyOk {
        algorithm: "ssh-ed25519",
        key: b"key",
    };
    assert_eq!(parse(&encoded(&ok)), format!("{:?}", Reply::PublicKeyOk(ok)));
    assert_eq!(parse(&encoded(&Success)), "Success");

    let asked = Method::Password {
        password: Secret("old"),
        new: None,
    };
    let change = PasswordChange { prompt: "a new one" };
    let payload = encoded(&change);
    assert_eq!(
        Reply::parse(&payload, &asked).unwrap(),
        Some(Reply::PasswordChange(change))
    );
}

#[test]
fn a_count_cannot_reserve_more_than_the_packet_holds() {
    let mut payload = vec![number::USERAUTH_INFO_RESPONSE];
    payload.put_u32(u32::MAX);
    payload.put_slice(&[0; 100]);
    assert!(InfoResponse::parse(&payload).is_err());
}

#[test]
fn a_proof_is_bound_to_session_key_and_host() {
    let key = SigningKey::generate_ed25519().unwrap();
    let algorithm = key.algorithm_for(None).unwrap();
    for host in [None, Some(&b"host"[..])] {
        let request = sign_request(
            b"session",
            "ann",
            CONNECTION_SERVICE,
            &key,
            key.public(),
            algorithm,
            host,
        )
        .unwrap();
        let parsed = Request::parse(&request).unwrap().unwrap();
        let Method::PublicKey(method) = parsed.method else {
            unreachable!()
        };
        assert_eq!((parsed.user, method.key), ("ann", &key.public()[..]));
        assert!(method.verify(b"session", b"host").is_ok());
        assert!(matches!(
            method.verify(b"another", b"host"),
            Err(ProofError::Key(_))
        ));
        assert_eq!(method.verify(b"session", b"other host").is_ok(), host.is_none());
        let unsigned = PublicKeyMethod {
            signed: None,
            ..method
        };
        assert!(matches!(
            unsigned.verify(b"session", b"host"),
            Err(ProofError::Unsigned)
        ));
    }
}

#[test]
fn secrets_are_not_printed() {
    let method = Method::Password {
        password: Secret("hunter2"),
        new: Some(Secret("hunter3")),
    };
    let request = Request {
        user: "ann",
        service: CONNECTION_SERVICE,
        method,
    };
    assert!(!format!("{request:?}").contains("hunter"));
}

#[test]
fn a_banner_in_an_old_encoding_does_not_keep_anybody_out() {
    let mut payload = vec![number::USERAUTH_BANNER];
    payload.put_string(b"Zugang f\xfcr alle\r\n");
    payload.put_string("");
    let reply = Reply::parse(&payload, &Method::None).unwrap();
    assert_eq!(reply, Some(Reply::Banner(Banner { text: "Zugang f" })));
}
