//! Messages in well-formed packets, so that what is inside is reached: offers, values, chatter.
//!
//! The input is a row of payloads, each after its length in two bytes. A length above `0x8000` sends our own offer.
#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Instant;

use bytes::{BufMut, BytesMut};
use libfuzzer_sys::fuzz_target;
use proto_ssh::wire::keys::SigningKey;
use proto_ssh::wire::{ClientConfig, Event, HostKey, Limits, Profile, ServerConfig, Transport};

static SERVER: LazyLock<Arc<ServerConfig>> = LazyLock::new(|| {
    let key = SigningKey::ed25519(&[1; 32]).expect("a seed is a key");
    Arc::new(ServerConfig {
        identification: "SSH-2.0-Doorward_fuzz".into(),
        profile: Profile::client(),
        host_keys: vec![HostKey {
            key,
            certificate: None,
        }],
        limits: Limits::default(),
    })
});

static CLIENT: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    Arc::new(ClientConfig {
        identification: "SSH-2.0-Doorward_fuzz".into(),
        profile: Profile::client(),
        limits: Limits::default(),
    })
});

/// Identification line and offer of a real transport of the other role.
fn opening(mut transport: Transport, now: Instant) -> Vec<u8> {
    transport.inbound().extend_from_slice(b"SSH-2.0-other\r\n");
    let _quiet = transport.next(now);
    transport.outbound().to_vec()
}

fn packet(payload: &[u8], out: &mut BytesMut) {
    let padding = 4 + (8 - (payload.len() + 9) % 8) % 8;
    out.put_u32((1 + payload.len() + padding) as u32);
    out.put_u8(padding as u8);
    out.put_slice(payload);
    out.put_bytes(0, padding);
}

fuzz_target!(|data: &[u8]| {
    let now = Instant::now();
    let server = || Transport::server(SERVER.clone(), now).expect("a good configuration");
    let client = || Transport::client(CLIENT.clone(), now).expect("a good configuration");
    for (mut transport, other) in [
        (server(), opening(client(), now)),
        (client(), opening(server(), now)),
    ] {
        let line = other.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
        let (line, offer) = other.split_at(line);
        transport.inbound().extend_from_slice(line);
        let mut rest = data;
        while let Some((length, after)) = rest.split_first_chunk::<2>() {
            let length = u16::from_be_bytes(*length);
            let mut bytes = BytesMut::new();
            if length >= 0x8000 {
                bytes.put_slice(offer);
                rest = after;
            } else {
                let (payload, after) = after.split_at(usize::from(length).min(after.len()));
                packet(payload, &mut bytes);
                rest = after;
            }
            transport.inbound().extend_from_slice(&bytes);
            loop {
                match transport.next(now) {
                    Ok(Some(Event::HostKey(_))) => panic!("nobody signed anything"),
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(_) => {
                        rest = &[];
                        break;
                    }
                }
            }
        }
    }
});
