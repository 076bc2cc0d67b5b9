//! A tape can be read while it is written.

use std::io::Cursor;

use proptest::prelude::*;
use tape::{Follower, Next, Part, ReadError, Reader, Record};

use crate::make::{key, made, rows, sample};
use crate::round_trip::read_all;

fn drain(follower: &mut Follower, records: &mut Vec<Record>) -> bool {
    while let Some(part) = follower.next_part().unwrap() {
        match part {
            Part::Head(_) => follower.unlock(key()),
            Part::Block(block) => records.extend(block.records().map(Result::unwrap)),
            Part::Seal(_) => return true,
        }
    }
    false
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_follower_gets_the_same_in_pieces_of_any_size(rows in rows(), sizes in prop::collection::vec(1..3000_usize, 1..20)) {
        let file = made(1, &rows).file();
        let mut follower = Follower::new();
        let (mut records, mut rest, mut ended) = (Vec::new(), file.as_slice(), false);
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, behind) = rest.split_at((*size).min(rest.len()));
            follower.feed(piece);
            ended = drain(&mut follower, &mut records);
            rest = behind;
        }
        prop_assert!(ended);
        prop_assert_eq!(follower.offset(), file.len() as u64);
        prop_assert_eq!(records, rows.concat());
    }
}

#[test]
fn a_reader_waits_at_a_block_that_is_partly_written() {
    let made = sample(1);
    let file = made.file();
    let whole = read_all(&file).0;
    for len in made.head.len()..file.len() {
        let mut reader = Reader::open(Cursor::new(file[..len].to_vec())).unwrap();
        reader.unlock(key());
        let mut records = Vec::new();
        loop {
            match reader.next_block().unwrap() {
                Next::Block(block) => records.extend(block.records().map(Result::unwrap)),
                Next::Seal(_) => panic!("not sealed yet"),
                Next::NotYet => break,
            }
        }
        let blocks = made
            .infos
            .iter()
            .filter(|info| info.offset as usize + info.len <= len)
            .count();
        assert_eq!(records, whole[..blocks * 3], "at {len}");
        assert!(reader.seal().unwrap().is_none());
    }
}

#[test]
fn a_reader_goes_on_when_the_file_has_grown() {
    use std::io::Write as _;
    let made = sample(1);
    let path = std::env::temp_dir().join(format!("tape-grows-{}", std::process::id()));
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(&made.head).unwrap();
    let mut reader = Reader::open(std::fs::File::open(&path).unwrap()).unwrap();
    std::fs::remove_file(&path).unwrap();
    reader.unlock(key());
    for block in &made.blocks {
        assert!(matches!(reader.next_block().unwrap(), Next::NotYet));
        file.write_all(&block[..50]).unwrap();
        assert!(matches!(reader.next_block().unwrap(), Next::NotYet));
        file.write_all(&block[50..]).unwrap();
        assert!(matches!(reader.next_block().unwrap(), Next::Block(_)));
    }
    file.write_all(&made.seal).unwrap();
    assert!(matches!(reader.next_block().unwrap(), Next::Seal(_)));
}

#[test]
fn a_follower_can_start_in_the_middle() {
    let made = sample(1);
    let mut head = Follower::new();
    head.feed(&made.head);
    let Some(Part::Head(head)) = head.next_part().unwrap() else {
        panic!("a head")
    };
    let mut follower = Follower::resume(&head, key(), made.infos[3].offset);
    follower.feed(&made.file()[made.infos[3].offset as usize..]);
    let mut records = Vec::new();
    assert!(drain(&mut follower, &mut records));
    assert_eq!(records, read_all(&made.file()).0[9..]);
}

#[test]
fn no_block_is_read_out_of_order() {
    let made = sample(1);
    let mut reader = Reader::open(Cursor::new(made.file_of(&[0, 2]))).unwrap();
    reader.unlock(key());
    assert!(matches!(reader.next_block(), Ok(Next::Block(_))));
    assert!(matches!(reader.next_block(), Err(ReadError::Damaged { .. })));
    let mut follower = Follower::new();
    follower.feed(&made.file_of(&[0, 2]));
    follower.unlock(key());
    assert!(matches!(follower.next_part(), Ok(Some(Part::Head(_)))));
    assert!(matches!(follower.next_part(), Ok(Some(Part::Block(_)))));
    assert!(matches!(follower.next_part(), Err(ReadError::Damaged { .. })));
}
