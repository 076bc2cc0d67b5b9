//! Tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::wire::algorithms::{Cipher, Mac};
use crate::wire::cipher::KeySizes;

/// Both ends of one direction with the same keys.
fn ends(cipher: Cipher, mac: Option<Mac>) -> (Outbound, Inbound) {
    let sizes = KeySizes::of(cipher, mac);
    let (iv, key, mac_key) = (vec![0xff; sizes.iv], vec![2; sizes.key], vec![3; sizes.mac]);
    let (mut outbound, mut inbound) = (Outbound::new(), Inbound::new(128 << 10));
    outbound.use_keys(Sealer::new(cipher, mac, &iv, &key, &mac_key).unwrap(), true);
    inbound.use_keys(Opener::new(cipher, mac, &iv, &key, &mac_key).unwrap(), true);
    (outbound, inbound)
}

#[test]
fn a_packet_is_found_at_its_last_byte() {
    for cipher in Cipher::ALL {
        let macs = if cipher.is_authenticated() {
            vec![None]
        } else {
            Mac::ALL.iter().copied().map(Some).collect()
        };
        for mac in macs {
            // The counters start at their end, so that they come round.
            let (mut outbound, mut inbound) = ends(*cipher, mac);
            for payload in [&b"x"[..], b"hello", &[9; 1000]] {
                outbound.write(payload).unwrap();
                let packet = outbound.buffer.split();
                for byte in &packet[..packet.len() - 1] {
                    inbound.buffer.put_u8(*byte);
                    assert_eq!(inbound.next().unwrap(), None);
                }
                inbound.buffer.put_u8(packet[packet.len() - 1]);
                assert_eq!(inbound.next().unwrap().unwrap(), payload, "{cipher:?} {mac:?}");
            }
        }
    }
}

#[test]
fn what_cannot_be_sent_leaves_nothing_behind() {
    let (mut outbound, _) = ends(Cipher::Aes128Gcm, None);
    outbound.write(&b"first"[..]).unwrap();
    let before = outbound.buffer.clone();
    let long = vec![1; LONGEST_PAYLOAD + 1];
    assert!(matches!(
        outbound.write(&long[..]),
        Err(WireError::MessageTooLong(_))
    ));
    assert!(matches!(
        outbound.write(&b""[..]),
        Err(WireError::MessageTooLong(0))
    ));
    outbound.used.packets = MOST_PACKETS;
    assert!(matches!(
        outbound.write(&b"second"[..]),
        Err(WireError::KeysUsedUp)
    ));
    assert_eq!(outbound.buffer, before);
}

#[test]
fn the_longest_message_fits() {
    for cipher in Cipher::ALL {
        let (mut outbound, mut inbound) = ends(*cipher, Some(Mac::HmacSha512));
        let payload = vec![1; LONGEST_PAYLOAD];
        outbound.write(&payload[..]).unwrap();
        inbound.buffer.unsplit(outbound.buffer.split());
        assert_eq!(inbound.next().unwrap().unwrap(), payload);
    }
}

#[test]
fn reads_grow_with_the_traffic_and_shrink_with_it() {
    let mut inbound = Inbound::new(64 << 10);
    let mut room = 0;
    for _ in 0..10 {
        let buffer = inbound.room();
        room = buffer.capacity() - buffer.len();
        buffer.put_bytes(0, room);
        assert!(inbound.learn());
        inbound.buffer.clear();
    }
    assert!(room >= 64 << 10, "{room}");
    assert!(room <= 128 << 10, "{room}");
    for _ in 0..20 {
        inbound.room().put_u8(0);
        assert!(inbound.learn());
        inbound.buffer.clear();
    }
    let buffer = inbound.room();
    assert!(buffer.capacity() <= 16 << 10, "{}", buffer.capacity());
}

#[test]
fn a_packet_under_way_is_given_room() {
    let mut inbound = Inbound::new(4096);
    inbound.room().put_u32(100_004);
    assert_eq!(inbound.next().unwrap(), None);
    let buffer = inbound.room();
    assert!(buffer.capacity() - buffer.len() >= 100_000);
}
