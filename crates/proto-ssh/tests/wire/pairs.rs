//! What two of our own transports do with each other.

use proto_ssh::wire::connection::Data;
use proto_ssh::wire::{Cipher, HostKeyAlgorithm, Kex, Limits, Mac, Profile, WireError};

use crate::pair::{Pair, client_config, server_config};

#[test]
fn every_combination_of_algorithms_carries_messages_both_ways() {
    let combinations = Kex::ALL
        .iter()
        .flat_map(|kex| Cipher::ALL.iter().map(move |cipher| (*kex, *cipher)));
    for (kex, cipher) in combinations {
        for mac in if cipher.is_authenticated() {
            &Mac::ALL[..1]
        } else {
            Mac::ALL
        } {
            let profile = Profile {
                kex: vec![kex],
                host_keys: vec![HostKeyAlgorithm::Ed25519],
                ciphers: vec![cipher],
                macs: vec![*mac],
            };
            let limits = Limits::default();
            let mut pair = Pair::ready(
                client_config(profile.clone(), limits.clone()),
                server_config(profile, limits),
            );
            let negotiated = *pair.client.negotiated().unwrap();
            assert_eq!(Some(&negotiated), pair.server.negotiated());
            assert_eq!((negotiated.kex, negotiated.client_cipher), (kex, cipher));
            assert_eq!(
                negotiated.server_mac,
                (!cipher.is_authenticated()).then_some(*mac)
            );
            assert!(negotiated.strict);
            assert_eq!(pair.client.session_id(), pair.server.session_id());

            for length in [0, 1, 15, 16, 17, 1000, 32768, 200_000] {
                let data = vec![length as u8; length];
                pair.client
                    .send(&Data {
                        channel: 1,
                        data: &data,
                    })
                    .unwrap();
                pair.server
                    .send(&Data {
                        channel: 2,
                        data: &data,
                    })
                    .unwrap();
                pair.run().unwrap();
                let (at_client, at_server) = pair.take_messages();
                assert_eq!(at_server.len(), 1, "{kex:?} {cipher:?} {mac:?} {length}");
                assert_eq!(at_server[0][9..], data);
                assert_eq!(at_client[0][9..], data);
            }
        }
    }
}

#[test]
fn new_keys_are_agreed_in_the_midst_of_traffic() {
    let limits = Limits {
        rekey_bytes: 20_000,
        ..Limits::default()
    };
    let mut pair = Pair::ready(
        client_config(Profile::client(), limits.clone()),
        server_config(Profile::server(), limits),
    );
    pair.chunk = 777;
    let (mut to_server, mut to_client) = (0_u32, 0_u32);
    for round in 0..200_u32 {
        for _ in 0..3 {
            pair.client
                .send(&Data {
                    channel: to_server,
                    data: &[1; 500],
                })
                .unwrap();
            to_server += 1;
            pair.server
                .send(&Data {
                    channel: to_client,
                    data: &[2; 700],
                })
                .unwrap();
            to_client += 1;
        }
        if round % 7 == 0 {
            pair.client.request_rekey();
        }
        if round % 5 == 0 {
            pair.server.request_rekey();
        }
        pair.run().unwrap();
    }
    assert!(!pair.client.is_rekeying());
    let (at_client, at_server) = pair.take_messages();
    let numbers = |messages: &[bytes::Bytes]| -> Vec<u32> {
        messages
            .iter()
            .map(|message| u32::from_be_bytes(message[1..5].try_into().unwrap()))
            .collect()
    };
    assert_eq!(numbers(&at_server), (0..to_server).collect::<Vec<_>>());
    assert_eq!(numbers(&at_client), (0..to_client).collect::<Vec<_>>());
}

#[test]
fn messages_wait_for_a_key_exchange_up_to_a_bound() {
    let limits = Limits {
        held: 10_000,
        ..Limits::default()
    };
    let mut pair = Pair::ready(
        client_config(Profile::client(), limits.clone()),
        server_config(Profile::server(), limits),
    );
    pair.client.request_rekey();
    assert!(!pair.client.is_rekeying(), "it begins with the next turn");
    assert!(pair.client.next(pair.now).unwrap().is_none());
    assert!(pair.client.is_rekeying());
    let offer = pair.client.outbound().len();
    pair.client
        .send(&Data {
            channel: 0,
            data: &[0; 9000],
        })
        .unwrap();
    assert_eq!(pair.client.outbound().len(), offer, "nothing is sent meanwhile");
    let refused = pair.client.send(&Data {
        channel: 0,
        data: &[0; 2000],
    });
    assert!(matches!(refused, Err(WireError::HeldTooMuch)), "{refused:?}");
    pair.run().unwrap();
    assert_eq!(pair.take_messages().1.len(), 1);
}

#[test]
fn a_key_exchange_that_hangs_ends_the_connection() {
    let mut pair = Pair::default();
    let limit = Limits::default().exchange;
    assert_eq!(pair.server.deadline(), Some(pair.now + limit));
    assert!(pair.server.next(pair.now + limit / 2).is_ok());
    let late = pair.server.next(pair.now + limit);
    assert!(matches!(late, Err(WireError::ExchangeTimeout)), "{late:?}");
    assert_eq!(pair.server.deadline(), None);
    assert!(matches!(pair.server.next(pair.now), Err(WireError::Ended)));
}
