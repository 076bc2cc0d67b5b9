//! Payloads of authentication, in both directions.
#![no_main]

use bytes::BytesMut;
use libfuzzer_sys::fuzz_target;
use proto_ssh::wire::Encode;
use proto_ssh::wire::auth::{
    InfoResponse, Method, PublicKeyMethod, Reply, Request, Secret, ServiceAccept, ServiceRequest,
};

fuzz_target!(|payload: &[u8]| {
    let _services = (ServiceRequest::parse(payload), ServiceAccept::parse(payload));
    if let Ok(Some(response)) = InfoResponse::parse(payload) {
        let mut again = BytesMut::new();
        response.encode(&mut again);
        assert_eq!(InfoResponse::parse(&again).expect("well-formed"), Some(response));
    }
    if let Ok(Some(request)) = Request::parse(payload) {
        let mut again = BytesMut::new();
        request.encode(&mut again);
        match request.method {
            Method::PublicKey(method) => {
                assert!(
                    method.verify(b"session", b"host").is_err(),
                    "nobody signed anything"
                );
            }
            // Their further fields are not kept.
            Method::Other { .. } => {}
            _ => assert_eq!(Request::parse(&again), Ok(Some(request))),
        }
    }
    let key = PublicKeyMethod {
        algorithm: "ssh-ed25519",
        key: b"",
        host_key: None,
        signed: None,
    };
    for asked in [
        Method::PublicKey(key),
        Method::Password {
            password: Secret(""),
            new: None,
        },
        Method::KeyboardInteractive { submethods: "" },
    ] {
        let _reply = Reply::parse(payload, &asked);
    }
});
