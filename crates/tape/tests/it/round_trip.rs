//! What goes in comes out.

use std::io::Cursor;

use domain::Micros;
use proptest::prelude::*;
use tape::{DataKey, Next, ReadError, Reader, Record, SealState, Verdict, verify_contents};

use crate::make::{key, label, made, rows, sample, signer, verdict};

pub(crate) fn read_all(file: &[u8]) -> (Vec<Record>, tape::Seal) {
    let mut reader = Reader::open(Cursor::new(file)).unwrap();
    reader.unlock(key());
    let mut records = Vec::new();
    loop {
        match reader.next_block().unwrap() {
            Next::Block(block) => records.extend(block.records().map(Result::unwrap)),
            Next::Seal(seal) => return (records, *seal),
            Next::NotYet => panic!("a sealed tape has an end"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn records_come_out_as_they_went_in(rows in rows()) {
        let made = made(1, &rows);
        let (records, seal) = read_all(&made.file());
        let all = rows.concat();
        for (info, row) in made.infos.iter().zip(&rows) {
            let has = row.iter().any(|record| matches!(record.kind, tape::Kind::Keyframe(_)));
            prop_assert_eq!(info.header.has_keyframe(), has);
        }
        prop_assert_eq!(seal.records, all.len() as u64);
        prop_assert_eq!(seal.blocks as usize, made.blocks.len());
        prop_assert_eq!(seal.last_time, all.last().map_or(Micros::NEVER, |record| record.at));
        let traffic = all.iter().map(|record| record.kind.traffic()).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        prop_assert_eq!((seal.to_target, seal.from_target), traffic);
        prop_assert_eq!(records, all);
        prop_assert_eq!(verdict(&made.file()), Verdict::Intact);
        let report = verify_contents(Cursor::new(made.file()), &[signer().public()], &key()).unwrap();
        prop_assert_eq!(report.verdict, Verdict::Intact);
    }

    #[test]
    fn seeking_finds_the_block_that_holds_a_time_or_record(rows in rows(), ms in -1000..80_000_i64, record in 0..60_u64) {
        let made = made(1, &rows);
        let at = Micros(crate::make::START.0 + ms * 1000);
        // With the index of the seal, and without while the tape is still written.
        for file in [made.file(), [made.head.clone(), made.blocks.concat()].concat()] {
            let mut reader = Reader::open(Cursor::new(&file)).unwrap();
            let first = reader.offset();
            reader.seek_time(at).unwrap();
            let want = made.infos.iter().rev().find(|info| info.header.first_time <= at).or(made.infos.first());
            prop_assert_eq!(reader.offset(), want.map_or(first, |info| info.offset));
            reader.seek_record(record).unwrap();
            let want = made.infos.iter().rev().find(|info| info.header.first_record <= record);
            prop_assert_eq!(reader.offset(), want.map_or(first, |info| info.offset));
            reader.seek_keyframe(at).unwrap();
            let want = made.infos.iter().rev().find(|info| info.header.has_keyframe() && info.header.first_time <= at);
            prop_assert_eq!(reader.offset(), want.map_or(first, |info| info.offset));
        }
    }
}

#[test]
fn the_head_names_the_keys_and_the_session() {
    let file = sample(1).file();
    let reader = Reader::open(Cursor::new(&file)).unwrap();
    assert_eq!(reader.head().label, label(1));
    assert_eq!(reader.head().signing_key, signer().public());
}

#[test]
fn a_wrong_key_or_no_key_reads_nothing() {
    let file = sample(1).file();
    let mut reader = Reader::open(Cursor::new(&file)).unwrap();
    assert!(matches!(reader.next_block(), Err(ReadError::Locked)));
    reader.unlock(DataKey::new(&[1; 32]).unwrap());
    assert!(matches!(reader.next_block(), Err(ReadError::Damaged { .. })));
}

#[test]
fn nothing_recorded_can_be_read_in_the_file() {
    let file = sample(1).file();
    for word in [b"line 3".as_slice(), b"total 48", b"tick"] {
        assert!(!file.windows(word.len()).any(|window| window == word));
    }
}

#[test]
fn an_empty_tape_is_a_tape() {
    let made = made(1, &[]);
    let (records, seal) = read_all(&made.file());
    assert!(records.is_empty() && seal.state == SealState::Finished && seal.blocks == 0);
    assert_eq!(verdict(&made.file()), Verdict::Intact);
}
