//! What a reader passes over, and what never.

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;
use domain::{ConnectionId, object::Durability};
use tape::{Direction, Kind, Record};

use super::{Studio, bytes_of, data, seal, soon};
use crate::{
    marks::{self, OpenMark},
    playback::{Playback, Played, TapeReader},
    recorder::{Recorder, SHOWN},
    shelf::Folder,
    tap::StrandKind,
};

const CHUNK: usize = 16 << 10;

fn open(kind: StrandKind) -> Kind {
    Kind::Open(marks::body(&OpenMark {
        kind,
        title: "cat".to_owned(),
        cols: 80,
        rows: 24,
        counted: false,
        detail: serde_json::Value::Null,
    }))
}

async fn reader(studio: &Studio, recorder: &Recorder, tape: ConnectionId) -> TapeReader {
    let shelf = Arc::new(Folder::open(studio.dir.path().join("shelf")).unwrap());
    let spool: PathBuf = studio.dir.path().join("spool");
    let playback = Playback::new(spool, shelf, Arc::clone(studio.vault.keyring()));
    playback.begin(tape, recorder.growth());
    playback.open(tape, "").await.unwrap().skimming()
}

/// Reads on to the end of what is there.
async fn read(reader: &mut TapeReader) -> Vec<(u64, Record)> {
    let mut all = Vec::new();
    loop {
        match soon(reader.next()).await.unwrap() {
            Played::Records(records) => all.extend((reader.first_record()..).zip(records)),
            Played::CaughtUp | Played::End(_) => return all,
        }
    }
}

fn bytes(records: &[(u64, Record)]) -> usize {
    let records: Vec<Record> = records.iter().map(|(_, record)| record.clone()).collect();
    bytes_of(&records)
}

/// Records a command with much output, one record in each block.
async fn much(studio: &Studio, kind: StrandKind) -> (Recorder, ConnectionId) {
    let (recorder, tape) = studio.record(Durability::Strict).await;
    recorder.intake().put(1, open(kind)).await.unwrap();
    for _ in 0..20 {
        recorder.intake().put(1, data(vec![b'x'; CHUNK])).await.unwrap();
    }
    (recorder, tape)
}

#[tokio::test]
async fn bulk_is_passed_over_and_what_follows_keeps_its_number() {
    let studio = Studio::open();
    let (recorder, tape) = much(&studio, StrandKind::Command).await;
    let mut reader = reader(&studio, &recorder, tape).await;
    let first = read(&mut reader).await;
    assert_eq!(bytes(&first) as u64, SHOWN, "as much as is shown, and no more");
    let close = Kind::Close(Bytes::from_static(b"{}"));
    recorder.intake().put(1, close.clone()).await.unwrap();
    let then = read(&mut reader).await;
    assert_eq!(then.len(), 1);
    assert_eq!((then[0].0, &then[0].1.kind), (21, &close));
    seal(recorder).await;
    let end = read(&mut reader).await;
    assert_eq!(end.len(), 1, "the last words, and no bulk");
}

#[tokio::test]
async fn a_block_with_more_than_bulk_is_read() {
    let studio = Studio::open();
    let (recorder, tape) = much(&studio, StrandKind::Command).await;
    let mut reader = reader(&studio, &recorder, tape).await;
    read(&mut reader).await;
    let note = Kind::Note(Bytes::from_static(b"{}"));
    let input = Kind::Data(Direction::ToTarget, Bytes::from_static(b"more"));
    for kind in [note.clone(), input, data("bulk")] {
        recorder.intake().put(1, kind).await.unwrap();
    }
    let then = read(&mut reader).await;
    assert_eq!((then[0].0, &then[0].1.kind), (21, &note));
    seal(recorder).await;
}

#[tokio::test]
async fn terminals_and_strands_that_nobody_knows_are_read_whole() {
    for kind in [Some(StrandKind::Terminal), None] {
        let studio = Studio::open();
        let (recorder, tape) = if let Some(kind) = kind {
            much(&studio, kind).await
        } else {
            let (recorder, tape) = studio.record(Durability::Strict).await;
            for _ in 0..20 {
                recorder.intake().put(1, data(vec![b'x'; CHUNK])).await.unwrap();
            }
            (recorder, tape)
        };
        let mut reader = reader(&studio, &recorder, tape).await;
        assert_eq!(bytes(&read(&mut reader).await), 20 * CHUNK);
        seal(recorder).await;
    }
}

#[tokio::test]
async fn a_tape_that_is_finished_is_read_whole() {
    let studio = Studio::open();
    let (recorder, tape) = much(&studio, StrandKind::Command).await;
    let mut reader = reader(&studio, &recorder, tape).await;
    seal(recorder).await;
    assert_eq!(bytes(&read(&mut reader).await), 20 * CHUNK);
}
