//! No bytes, however made, make a reader panic or take memory that is not bounded.

use std::io::Cursor;

use bytes::Bytes;
use domain::Micros;
use proptest::prelude::*;
use tape::{Follower, Next, Reader, Records};

use crate::make::{key, rows, sample, signer};

fn read_everything(file: &[u8]) {
    tape::verify(Cursor::new(file), &[signer().public()]).unwrap();
    tape::verify_contents(Cursor::new(file), &[signer().public()], &key()).unwrap();
    drop(tape::salvage(Cursor::new(file), &signer(), Micros(1), "test"));
    let mut follower = Follower::new();
    follower.unlock(key());
    follower.feed(file);
    while let Ok(Some(_)) = follower.next_part() {}
    let Ok(mut reader) = Reader::open(Cursor::new(file)) else {
        return;
    };
    reader.unlock(key());
    drop(reader.seal());
    drop(reader.seek_keyframe(Micros(i64::MAX)));
    drop(reader.seek_record(7));
    drop(reader.seek_time(Micros(i64::MIN)));
    while let Ok(Next::Block(block)) = reader.next_block() {
        block.records().for_each(drop);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn noise_is_read_without_panic(noise in prop::collection::vec(any::<u8>(), 0..600), tag in 0..4_usize) {
        let made = sample(1);
        read_everything(&noise);
        let tag = [b"BLCK".as_slice(), b"SEAL", b"HEAD", b""][tag];
        read_everything(&[b"DWTAPE1\n", tag, &noise].concat());
        read_everything(&[&made.head, tag, &noise].concat());
        read_everything(&[&made.head, &made.blocks[0], tag, &noise, &made.seal].map(<[u8]>::to_vec).concat());
    }

    #[test]
    fn damaged_tapes_are_read_without_panic(rows in rows(), edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut file = crate::make::made(1, &rows).file();
        for (at, byte) in edits {
            let at = at.index(file.len());
            file[at] = byte;
        }
        read_everything(&file);
    }

    #[test]
    fn noise_is_decoded_without_panic(noise in prop::collection::vec(any::<u8>(), 0..300), count in any::<u32>(), first in any::<i64>()) {
        let records = Records::new(Bytes::from(noise.clone()), Micros(first), count);
        prop_assert!(records.take(1000).count() <= noise.len() + 1, "each record takes bytes");
    }
}

#[test]
fn a_block_holds_as_many_records_as_it_says() {
    let plain = Bytes::from_static(b"\x0d\x00\x00\x00\x0d\x00\x00\x00");
    let read = |count| Records::new(plain.clone(), Micros(1), count).collect::<Vec<_>>();
    assert!(read(2).iter().all(Result::is_ok) && read(2).len() == 2);
    assert_eq!(read(1)[1..], [Err(tape::DecodeError::Count)]);
    assert_eq!(read(3)[2..], [Err(tape::DecodeError::Count)]);
}

#[test]
fn a_head_that_announces_gigabytes_takes_no_memory() {
    let mut file = b"DWTAPE1\nHEAD".to_vec();
    file.extend_from_slice(&u32::MAX.to_le_bytes());
    file.extend_from_slice(&[b'['; 100]);
    read_everything(&file);
    let deep = [
        b"DWTAPE1\nHEAD".as_slice(),
        &60_000_u32.to_le_bytes(),
        &vec![b'['; 60_064],
    ]
    .concat();
    read_everything(&deep);
}
