//! What peers must not be able to do.

use std::time::{Duration, Instant};

use bytes::BufMut;
use proptest::prelude::*;
use proto_ssh::wire::connection::{Data, Message};
use proto_ssh::wire::{Event, Limits, Profile, Transport, WireError, number};

use crate::pair::{Pair, client_config, server_config};

fn server() -> Transport {
    Transport::server(
        server_config(Profile::server(), Limits::default()),
        Instant::now(),
    )
    .unwrap()
}

fn client() -> Transport {
    Transport::client(
        client_config(Profile::client(), Limits::default()),
        Instant::now(),
    )
    .unwrap()
}

/// Feeds bytes in pieces until an error or the end.
fn feed(transport: &mut Transport, bytes: &[u8], piece: usize) -> Result<Vec<Event>, WireError> {
    let mut events = Vec::new();
    for piece in bytes.chunks(piece.max(1)) {
        transport.inbound().extend_from_slice(piece);
        while let Some(event) = transport.next(Instant::now())? {
            events.push(event);
        }
    }
    Ok(events)
}

/// A packet as it goes before the first exchange.
fn plain(payload: &[u8]) -> Vec<u8> {
    let padding = 4 + (8 - (payload.len() + 9) % 8) % 8;
    let mut packet = Vec::new();
    packet.put_u32((1 + payload.len() + padding) as u32);
    packet.put_u8(padding as u8);
    packet.put_slice(payload);
    packet.put_bytes(0, padding);
    packet
}

const VERSION: &[u8] = b"SSH-2.0-test\r\n";

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..2000), piece in 1_usize..300) {
        for mut transport in [server(), client()] {
            let _outcome = feed(&mut transport, &bytes, piece);
        }
    }

    #[test]
    fn any_packets_before_keys_are_survived(
        payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..200), 0..8),
        piece in 1_usize..300,
    ) {
        let bytes: Vec<u8> = VERSION.iter().copied().chain(payloads.iter().flat_map(|payload| plain(payload))).collect();
        for mut transport in [server(), client()] {
            let _outcome = feed(&mut transport, &bytes, piece);
        }
    }

    #[test]
    fn a_changed_offer_is_survived(at in 30_usize..1600, with in any::<u8>(), piece in 1_usize..300) {
        for name in ["openssh-9.2-client-offer", "dropbear-2022.83-client-offer"] {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/golden/offers");
            let mut bytes = std::fs::read(format!("{folder}/{name}.bin")).unwrap();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = with;
            }
            let _outcome = feed(&mut server(), &bytes, piece);
        }
    }

    #[test]
    fn any_payload_is_survived_after_the_first_exchange(
        payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..300), 1..6),
    ) {
        let mut pair = Pair::default();
        pair.run().unwrap();
        for payload in &payloads {
            pair.client.send(&payload[..]).unwrap();
            pair.server.send(&payload[..]).unwrap();
        }
        let _outcome = pair.run();
    }

    #[test]
    fn messages_do_not_depend_on_how_bytes_arrive(
        sizes in proptest::collection::vec(0_usize..70_000, 1..6),
        chunk in 1_usize..5_000,
    ) {
        let mut pair = Pair::default();
        pair.chunk = chunk;
        pair.run().unwrap();
        for (number, size) in (0_u32..).zip(&sizes) {
            pair.client.send(&Data { channel: number, data: &vec![number as u8; *size] }).unwrap();
        }
        pair.run().unwrap();
        let (_, arrived) = pair.take_messages();
        prop_assert_eq!(arrived.len(), sizes.len());
        for ((number, size), payload) in (0_u32..).zip(&sizes).zip(&arrived) {
            let data = vec![number as u8; *size];
            prop_assert_eq!(Message::parse(payload).unwrap(), Some(Message::Data(Data { channel: number, data: &data })));
        }
    }
}

#[test]
fn a_changed_bit_ends_the_connection() {
    for cipher in proto_ssh::wire::Cipher::ALL {
        for bit in [0, 40, 300, 799] {
            let profile = Profile {
                ciphers: vec![*cipher],
                ..Profile::client()
            };
            let limits = Limits::default();
            let mut pair = Pair::ready(
                client_config(profile.clone(), limits.clone()),
                server_config(profile, limits),
            );
            pair.client
                .send(&Data {
                    channel: 0,
                    data: &[0; 100],
                })
                .unwrap();
            // What follows is needed where the length was changed.
            pair.client
                .send(&Data {
                    channel: 0,
                    data: &vec![0; 200_000],
                })
                .unwrap();
            pair.client
                .send(&Data {
                    channel: 0,
                    data: &vec![0; 200_000],
                })
                .unwrap();
            pair.client.outbound()[bit / 8] ^= 1 << (bit % 8);
            let outcome = pair.run();
            let is_refused = matches!(outcome, Err(WireError::Integrity | WireError::PacketLength(_)));
            assert!(is_refused, "{cipher:?} {bit}: {outcome:?}");
            assert!(pair.take_messages().1.is_empty());
        }
    }
}

#[test]
fn a_message_before_the_offer_breaks_the_strict_order() {
    // What a man in the middle does to shift the sequence numbers.
    let offer = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/wire/golden/offers/putty-0.78-client-offer.bin"
    ))
    .unwrap();
    let line = offer.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut bytes = offer[..line].to_vec();
    bytes.extend(plain(&[number::IGNORE, 0, 0, 0, 0]));
    bytes.extend(&offer[line..]);
    let outcome = feed(&mut server(), &bytes, usize::MAX);
    assert!(
        matches!(
            outcome,
            Err(WireError::Unexpected {
                number: number::KEXINIT,
                ..
            })
        ),
        "{outcome:?}"
    );

    let mut bytes = offer;
    bytes.extend(plain(&[number::IGNORE, 0, 0, 0, 0]));
    let outcome = feed(&mut server(), &bytes, usize::MAX);
    assert!(
        matches!(
            outcome,
            Err(WireError::Unexpected {
                number: number::IGNORE,
                ..
            })
        ),
        "{outcome:?}"
    );
}

#[test]
fn nothing_is_asked_for_before_there_are_keys() {
    for early in [
        number::SERVICE_REQUEST,
        number::USERAUTH_REQUEST,
        number::CHANNEL_OPEN,
        number::PING,
        200,
    ] {
        let bytes = [VERSION, &plain(&[early, 0, 0, 0, 0])].concat();
        let outcome = feed(&mut server(), &bytes, usize::MAX);
        assert!(
            matches!(outcome, Err(WireError::Unexpected { number, .. }) if number == early),
            "{outcome:?}"
        );
    }
}

#[test]
fn chatter_before_the_keys_is_bounded() {
    let chatter = plain(&[number::IGNORE, 0, 0, 0, 0]).repeat(1002);
    let bytes = [VERSION, &chatter].concat();
    assert!(matches!(
        feed(&mut server(), &bytes, usize::MAX),
        Err(WireError::Unexpected { .. })
    ));
}

#[test]
fn an_endless_identification_is_refused() {
    let endless = [b'x'; 300];
    assert!(matches!(
        feed(&mut server(), &endless, 10),
        Err(WireError::Version(_))
    ));
    let lines = b"please wait\r\n".repeat(2000);
    assert!(matches!(
        feed(&mut client(), &lines, 1000),
        Err(WireError::Version(_))
    ));
    let before = [b"welcome\nto this host\r\n".as_slice(), VERSION].concat();
    let mut patient = client();
    feed(&mut patient, &before, 3).unwrap();
    assert_eq!(patient.peer_version(), "SSH-2.0-test");
    for bad in [
        &b"SSH-1.5-old\r\n"[..],
        b"GET / HTTP/1.1\r\n",
        b"SSH-2.0-\xff\r\n",
        b"SSH-2.0-a\0b\r\n",
    ] {
        assert!(
            matches!(feed(&mut server(), bad, 4), Err(WireError::Version(_))),
            "{bad:?}"
        );
    }
}

#[test]
fn a_length_out_of_bounds_is_refused_at_once() {
    for length in [0_u32, 3, 5, 13, 256 * 1024 + 4, u32::MAX] {
        let bytes = [VERSION, &length.to_be_bytes()].concat();
        let outcome = feed(&mut server(), &bytes, usize::MAX);
        assert!(
            matches!(outcome, Err(WireError::PacketLength(bad)) if bad == length),
            "{length}: {outcome:?}"
        );
    }
}

#[test]
fn a_peer_without_common_algorithms_is_told() {
    let config = client_config(
        Profile {
            ciphers: vec![proto_ssh::wire::Cipher::Aes128Ctr],
            ..Profile::client()
        },
        Limits::default(),
    );
    let only_gcm = Profile {
        ciphers: vec![proto_ssh::wire::Cipher::Aes128Gcm],
        ..Profile::server()
    };
    let mut pair = Pair::new(config, server_config(only_gcm, Limits::default()));
    let error = pair.run().unwrap_err();
    let said = error.to_string();
    assert!(
        matches!(error, WireError::NoCommonAlgorithm { role: "cipher", .. }),
        "{said}"
    );
    assert!(said.contains("aes128-"), "{said}");
}

#[test]
fn pings_and_unknown_messages_are_answered() {
    let mut pair = Pair::default();
    pair.run().unwrap();
    let mut ping = vec![number::PING];
    ping.put_slice(&[0, 0, 0, 2, b'h', b'i']);
    pair.client.send(&ping[..]).unwrap();
    pair.client.send(&[210_u8][..]).unwrap();
    pair.run().unwrap();
    assert!(
        pair.take_messages().1.is_empty(),
        "the layers above see none of it"
    );

    // Twice as much again: the answers themselves are seen by the peer's transport only.
    pair.client.send(&ping[..]).unwrap();
    while !pair.client.outbound().is_empty() {
        let bytes = pair.client.outbound().split();
        pair.server.inbound().extend_from_slice(&bytes);
        assert_eq!(pair.server.next(pair.now).unwrap(), None);
    }
    // Length, padding length, "PONG hi", padding, tag.
    assert_eq!(pair.server.outbound().len(), 4 + 16 + 16);
}

#[test]
fn a_goodbye_is_told_and_nothing_comes_after_it() {
    let mut pair = Pair::default();
    pair.run().unwrap();
    pair.client
        .disconnect(proto_ssh::wire::DisconnectReason::BY_APPLICATION, "bye");
    assert!(matches!(pair.client.send(&[80_u8][..]), Err(WireError::Ended)));
    pair.run().unwrap();
    let Some(Event::Disconnected(bye)) = pair.at_server.pop() else {
        panic!()
    };
    assert_eq!((bye.reason.0, bye.description.as_str()), (11, "bye"));
    assert!(matches!(pair.server.send(&[80_u8][..]), Err(WireError::Ended)));
}

#[test]
fn memory_is_given_back_when_the_traffic_is_over() {
    let mut pair = Pair::default();
    pair.run().unwrap();
    for _ in 0..50 {
        pair.client
            .send(&Data {
                channel: 0,
                data: &vec![0; 32768],
            })
            .unwrap();
        while !pair.client.outbound().is_empty() {
            let room = {
                let inbound = pair.server.inbound();
                inbound.capacity() - inbound.len()
            };
            let count = room.min(pair.client.outbound().len());
            let bytes = pair.client.outbound().split_to(count);
            pair.server.inbound().extend_from_slice(&bytes);
            while pair.server.next(pair.now).unwrap().is_some() {}
        }
    }
    for transport in [&mut pair.client, &mut pair.server] {
        let quiet = transport.deadline().expect("something to give back");
        assert!(quiet <= pair.now + Duration::from_secs(1));
        assert_eq!(transport.next(quiet).unwrap(), None);
        assert_eq!(transport.deadline(), None);
        assert!(transport.outbound().capacity() <= 4096);
        assert_eq!(transport.inbound().capacity(), 4096);
    }
}

#[test]
fn transports_may_move_between_threads() {
    fn may_move<T: Send + Sync + 'static>() {}
    may_move::<Transport>();
}
