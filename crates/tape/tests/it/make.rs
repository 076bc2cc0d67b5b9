//! Tapes for tests.

use std::io::Cursor;

use bytes::Bytes;
use domain::{ConnectionId, Micros, SessionId};
use proptest::prelude::*;
use tape::{
    BlockInfo, DataKey, Direction, Ending, Kind, Label, PublicKey, Record, Report, Scratch, SealState,
    SigningKey, Verdict, Writer, verify,
};

pub(crate) const START: Micros = Micros(1_790_000_000_000_000);

pub(crate) fn key() -> DataKey {
    DataKey::new(&[0x42; 32]).unwrap()
}

pub(crate) fn signer() -> SigningKey {
    SigningKey::from_seed(&[0x17; 32]).unwrap()
}

pub(crate) fn label(name: u8) -> Label {
    let id = format!("00000000-0000-7000-8000-0000000000{name:02x}");
    Label {
        tape: id.parse::<ConnectionId>().unwrap(),
        session: SessionId::new(START, 1, 2),
        node: String::from("node-1"),
        protocol: String::from("ssh"),
        started_at: START,
        master_key: String::from("mk-1"),
        data_key: vec![0xda; 60],
    }
}

pub(crate) fn ending() -> Ending {
    Ending {
        state: SealState::Finished,
        at: START.plus(domain::Span::secs(60)),
        reason: String::from("closed"),
    }
}

/// A tape with a block for each row of records.
pub(crate) struct Made {
    pub(crate) head: Vec<u8>,
    pub(crate) blocks: Vec<Vec<u8>>,
    pub(crate) infos: Vec<BlockInfo>,
    pub(crate) seal: Vec<u8>,
}

impl Made {
    pub(crate) fn file(&self) -> Vec<u8> {
        self.file_of(&(0..self.blocks.len()).collect::<Vec<_>>())
    }

    /// The file with these blocks in this order.
    pub(crate) fn file_of(&self, order: &[usize]) -> Vec<u8> {
        let blocks: Vec<u8> = order.iter().flat_map(|&n| self.blocks[n].clone()).collect();
        [self.head.clone(), blocks, self.seal.clone()].concat()
    }
}

pub(crate) fn made(name: u8, rows: &[Vec<Record>]) -> Made {
    made_by(&signer(), name, rows)
}

pub(crate) fn made_by(signer: &SigningKey, name: u8, rows: &[Vec<Record>]) -> Made {
    let mut scratch = Scratch::new().unwrap();
    let mut head = Vec::new();
    let mut writer = Writer::begin(label(name), &key(), signer, &mut head).unwrap();
    let (mut blocks, mut infos) = (Vec::new(), Vec::new());
    for row in rows {
        for record in row {
            writer.push(record).unwrap();
        }
        let mut block = Vec::new();
        infos.extend(writer.close_block(&mut scratch, &mut block).unwrap());
        if !block.is_empty() {
            blocks.push(block);
        }
    }
    let mut seal = Vec::new();
    writer.seal(ending(), &mut scratch, &mut seal).unwrap();
    Made {
        head,
        blocks,
        infos,
        seal,
    }
}

/// Five blocks of three records each, one of them compressed.
pub(crate) fn sample(name: u8) -> Made {
    let row = |n: u32| {
        let at = |ms: i64| Micros(START.0 + i64::from(n) * 1_000_000 + ms * 1000);
        let text = if n == 2 {
            "total 48\r\n".repeat(40)
        } else {
            format!("line {n}\r\n")
        };
        vec![
            Record::new(
                at(0),
                1,
                Kind::Data(Direction::ToTarget, Bytes::from(format!("{n}"))),
            ),
            Record::new(at(20), 1, Kind::Data(Direction::FromTarget, Bytes::from(text))),
            Record::new(at(40), 0, Kind::Note(Bytes::from_static(br#"{"what":"tick"}"#))),
        ]
    };
    made(name, &(0..5).map(row).collect::<Vec<_>>())
}

pub(crate) fn report(file: &[u8]) -> Report {
    verify(Cursor::new(file), &[signer().public()]).unwrap()
}

pub(crate) fn verdict(file: &[u8]) -> Verdict {
    report(file).verdict
}

pub(crate) fn other_key() -> PublicKey {
    SigningKey::from_seed(&[0x18; 32]).unwrap().public()
}

fn body() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 0..80).prop_map(Bytes::from),
        1 => (any::<u8>(), 0..30_000_usize).prop_map(|(byte, len)| Bytes::from(vec![byte; len])),
    ]
}

pub(crate) fn kind() -> impl Strategy<Value = Kind> {
    let direction = prop_oneof![
        Just(Direction::ToTarget),
        Just(Direction::FromTarget),
        Just(Direction::FromTargetErr)
    ];
    prop_oneof![
        body().prop_map(Kind::Open),
        body().prop_map(Kind::Close),
        (direction, body()).prop_map(|(direction, bytes)| Kind::Data(direction, bytes)),
        (any::<u64>(), any::<u32>()).prop_map(|(id, len)| Kind::MaskedInput { id, len }),
        (any::<u64>(), body()).prop_map(|(id, bytes)| Kind::Reveal { id, bytes }),
        (any::<u32>(), any::<u32>()).prop_map(|(cols, rows)| Kind::Resize { cols, rows }),
        (any::<u64>(), body()).prop_map(|(id, body)| Kind::Statement { id, body }),
        (any::<u64>(), body()).prop_map(|(id, body)| Kind::Outcome { id, body }),
        body().prop_map(Kind::Picture),
        body().prop_map(Kind::Keyframe),
        body().prop_map(Kind::File),
        body().prop_map(Kind::Note),
    ]
}

/// Rows of records with times that never run backwards.
pub(crate) fn rows() -> impl Strategy<Value = Vec<Vec<Record>>> {
    let record = (0..5_000_000_i64, prop_oneof![0..4_u32, any::<u32>()], kind());
    prop::collection::vec(prop::collection::vec(record, 1..6), 0..8).prop_map(|rows| {
        let mut at = START.0;
        let mut record = |(delta, strand, kind)| {
            at += delta;
            Record::new(Micros(at), strand, kind)
        };
        rows.into_iter()
            .map(|row| row.into_iter().map(&mut record).collect())
            .collect()
    })
}
