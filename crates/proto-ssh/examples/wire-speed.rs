//! Prints how much processor time the wire takes by itself, for each cipher: run it optimised.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a measurement, not a program"
)]

#[path = "../tests/wire/pair.rs"]
mod pair;

use std::time::Instant;

use bytes::Buf;
use proto_ssh::wire::connection::Data;
use proto_ssh::wire::{Cipher, Event, Limits, Mac, Profile};

use pair::{Pair, client_config, server_config};

fn main() {
    const TOTAL: usize = 1 << 30;
    const CHUNK: usize = 32 << 10;
    for cipher in Cipher::ALL {
        let profile = Profile {
            ciphers: vec![*cipher],
            macs: vec![Mac::HmacSha256Etm],
            ..Profile::client()
        };
        let limits = Limits {
            rekey_bytes: u64::MAX,
            ..Limits::default()
        };
        let mut pair = Pair::ready(
            client_config(profile.clone(), limits.clone()),
            server_config(profile, limits),
        );
        let data = vec![7; CHUNK];
        let (mut sealing, mut carrying, mut opening) = (0.0, 0.0, 0.0);
        let mut received = 0;
        for _ in 0..TOTAL / CHUNK / 4 {
            let start = Instant::now();
            for _ in 0..4 {
                pair.client
                    .send(&Data {
                        channel: 1,
                        data: &data,
                    })
                    .unwrap();
            }
            sealing += start.elapsed().as_secs_f64();
            while !pair.client.outbound().is_empty() {
                let start = Instant::now();
                let outbound = pair.client.outbound();
                let inbound = pair.server.inbound();
                // As a socket would: never more than there is room for.
                let count = outbound.len().min(inbound.capacity() - inbound.len());
                inbound.extend_from_slice(&outbound[..count]);
                outbound.advance(count);
                carrying += start.elapsed().as_secs_f64();
                let start = Instant::now();
                while let Some(event) = pair.server.next(pair.now).unwrap() {
                    let Event::Message(payload) = event else { panic!() };
                    received += payload.len() - 9;
                }
                opening += start.elapsed().as_secs_f64();
            }
        }
        assert_eq!(received, TOTAL);
        println!(
            "{:30} seal {sealing:.3} s/GiB, open {opening:.3} s/GiB (copying between: {carrying:.3})",
            cipher.name()
        );
    }
}
