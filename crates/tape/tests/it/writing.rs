//! How a tape is written: when blocks close, what is refused, what memory stays.

use bytes::Bytes;
use domain::{Micros, Span};
use tape::{BLOCK_TARGET, Direction, Kind, MAX_PAYLOAD, Record, Scratch, WriteError, Writer};

use crate::make::{START, ending, key, label, signer, verdict};
use crate::round_trip::read_all;

fn writer(out: &mut Vec<u8>) -> Writer {
    Writer::begin(label(1), &key(), &signer(), out).unwrap()
}

fn note(at: i64) -> Record {
    Record::new(Micros(START.0 + at), 0, Kind::Note(Bytes::from_static(b"{}")))
}

#[test]
fn a_block_closes_when_its_first_record_has_waited_or_it_is_full() {
    let mut file = Vec::new();
    let mut writer = writer(&mut file).with_max_wait(Span(100_000));
    assert_eq!(
        (writer.deadline(), writer.should_close(Micros(i64::MAX))),
        (None, false)
    );
    writer.push(&note(0)).unwrap();
    writer.push(&note(90_000)).unwrap();
    assert_eq!(writer.deadline(), Some(Micros(START.0 + 100_000)));
    assert!(!writer.should_close(Micros(START.0 + 99_999)));
    assert!(writer.should_close(Micros(START.0 + 100_000)));
    let mut scratch = Scratch::new().unwrap();
    let info = writer.close_block(&mut scratch, &mut file).unwrap().unwrap();
    assert_eq!(
        (info.header.records, info.header.last_time),
        (2, Micros(START.0 + 90_000))
    );
    assert_eq!(writer.offset(), file.len() as u64);
    assert!(
        writer.close_block(&mut scratch, &mut file).unwrap().is_none(),
        "nothing pending, nothing written"
    );
    let chunk = Bytes::from(vec![7; BLOCK_TARGET]);
    writer
        .push_data(START, 1, Direction::FromTarget, &[chunk])
        .unwrap();
    assert!(writer.should_close(START));
}

#[test]
fn pieces_become_one_record_and_large_data_several() {
    let mut file = Vec::new();
    let mut writer = writer(&mut file);
    let pieces = [Bytes::from_static(b"ab"), Bytes::new(), Bytes::from_static(b"cd")];
    assert_eq!(
        writer.push_data(START, 3, Direction::FromTargetErr, &pieces),
        Ok(0)
    );
    let large = Bytes::from(vec![b'x'; MAX_PAYLOAD + 10]);
    assert_eq!(
        writer.push(&Record::new(
            START,
            3,
            Kind::Data(Direction::ToTarget, large.clone())
        )),
        Ok(2)
    );
    assert_eq!(writer.traffic(), (MAX_PAYLOAD as u64 + 10, 4));
    writer
        .seal(ending(), &mut Scratch::new().unwrap(), &mut file)
        .unwrap();
    let records = read_all(&file).0;
    assert_eq!(
        records[0].kind,
        Kind::Data(Direction::FromTargetErr, Bytes::from_static(b"abcd"))
    );
    let data = |record: &Record| match &record.kind {
        Kind::Data(Direction::ToTarget, bytes) => bytes.clone(),
        _ => panic!("data"),
    };
    assert_eq!([data(&records[1]), data(&records[2])].concat(), large);
}

#[test]
fn what_does_not_fit_is_refused_whole() {
    let mut file = Vec::new();
    let mut writer = writer(&mut file);
    let huge = Bytes::from(vec![0; MAX_PAYLOAD + 1]);
    assert_eq!(
        writer.push(&Record::new(START, 0, Kind::Note(huge))),
        Err(WriteError::TooLarge)
    );
    let most = Bytes::from(vec![0; MAX_PAYLOAD]);
    writer
        .push_data(START, 1, Direction::ToTarget, std::slice::from_ref(&most))
        .unwrap();
    assert_eq!(
        writer.push_data(START, 1, Direction::ToTarget, std::slice::from_ref(&most)),
        Err(WriteError::Full)
    );
    let pieces = [most.clone(), most.clone(), most];
    assert_eq!(
        writer.push_data(START, 1, Direction::ToTarget, &pieces[..2]),
        Err(WriteError::Full)
    );
    assert_eq!(writer.records(), 1);
    writer
        .close_block(&mut Scratch::new().unwrap(), &mut file)
        .unwrap();
    assert_eq!(
        writer.push_data(START, 1, Direction::ToTarget, &pieces),
        Err(WriteError::TooLarge)
    );
    writer
        .seal(ending(), &mut Scratch::new().unwrap(), &mut file)
        .unwrap();
    assert_eq!(read_all(&file).0.len(), 1);
}

#[test]
fn time_never_runs_backwards() {
    let mut file = Vec::new();
    let mut writer = writer(&mut file);
    for at in [500, 100, 700, 600] {
        writer.push(&note(at)).unwrap();
    }
    writer
        .seal(ending(), &mut Scratch::new().unwrap(), &mut file)
        .unwrap();
    let times: Vec<i64> = read_all(&file)
        .0
        .iter()
        .map(|record| record.at.0 - START.0)
        .collect();
    assert_eq!(times, [500, 500, 700, 700]);
}

#[test]
fn a_long_tape_keeps_a_short_index_that_covers_it() {
    let mut file = Vec::new();
    let mut writer = writer(&mut file);
    let mut scratch = Scratch::new().unwrap();
    for n in 0..5000 {
        writer.push(&note(n * 1000)).unwrap();
        writer.close_block(&mut scratch, &mut file).unwrap();
    }
    let seal = writer.seal(ending(), &mut scratch, &mut file).unwrap();
    assert!(
        seal.index.len() <= 1024 && seal.index.len() >= 512,
        "{}",
        seal.index.len()
    );
    let gap = seal
        .index
        .windows(2)
        .map(|pair| pair[1].block - pair[0].block)
        .max()
        .unwrap();
    assert_eq!(gap, 8);
    assert_eq!(verdict(&file), tape::Verdict::Intact);
}

#[test]
fn a_block_that_does_not_compress_takes_over_the_buffer() {
    let mut noise = vec![0; BLOCK_TARGET];
    aws_lc_rs::rand::fill(&mut noise).unwrap();
    let mut head = Vec::new();
    let mut writer = writer(&mut head);
    let (mut scratch, mut out) = (Scratch::new().unwrap(), Vec::new());
    let mut file = head;
    for n in 0..5 {
        writer
            .push_data(START, n, Direction::FromTarget, &[Bytes::from(noise.clone())])
            .unwrap();
        out.clear();
        let info = writer.close_block(&mut scratch, &mut out).unwrap().unwrap();
        assert_eq!(info.len, out.len());
        file.extend_from_slice(&out);
    }
    writer.seal(ending(), &mut scratch, &mut file).unwrap();
    let records = read_all(&file).0;
    assert_eq!(records.len(), 5);
    assert!(
        records
            .iter()
            .all(|record| record.kind == Kind::Data(Direction::FromTarget, noise.clone().into()))
    );
}
