use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::wire::framed;

/// Rows with their values, and the names and types of the columns.
type Table = (Vec<(String, String)>, Vec<Vec<Option<Vec<u8>>>>);

fn definition(name: &str, kind: u8, set: u16, flags: u16, metadata: Option<&str>) -> Vec<u8> {
    let mut body = Vec::new();
    for word in ["def", "d", "t", "t", name, name].into_iter().chain(metadata) {
        body.push(word.len() as u8);
        body.extend(word.as_bytes());
    }
    body.push(12);
    body.extend(set.to_le_bytes());
    body.extend(255_u32.to_le_bytes());
    body.push(kind);
    body.extend(flags.to_le_bytes());
    body.extend([0, 0, 0]);
    body
}

fn text_row(values: &[Option<&[u8]>]) -> Vec<u8> {
    let mut body = Vec::new();
    for value in values {
        match value {
            None => body.push(0xfb),
            Some(value) => {
                wire::encode(&mut body, value.len() as u64);
                body.extend_from_slice(value);
            }
        }
    }
    body
}

/// How the ends of definitions and of rows look.
#[derive(Clone, Copy)]
enum Ends {
    Old,
    New,
}

fn answer(ends: Ends, definitions: &[Vec<u8>], rows: &[Vec<u8>], bits: u16) -> Vec<u8> {
    let mut out = framed(1, &[definitions.len() as u8]).to_vec();
    let [low, high] = bits.to_le_bytes();
    for body in definitions {
        out.extend(framed(2, body));
    }
    match ends {
        Ends::Old => out.extend(framed(3, &[0xfe, 0, 0, 2, 0])),
        Ends::New => {}
    }
    for body in rows {
        out.extend(framed(4, body));
    }
    out.extend(match ends {
        Ends::Old => framed(5, &[0xfe, 0, 0, low, high]),
        Ends::New => framed(5, &[0xfe, 0, 0, low, high, 0, 0]),
    });
    out
}

fn read(mut rows: Rows, bytes: &[u8], at_once: usize) -> Table {
    let (mut names, mut table) = (Vec::new(), Vec::<Vec<Option<Vec<u8>>>>::new());
    for piece in bytes.chunks(at_once) {
        let each = &mut |piece: Piece<'_>| match piece {
            Piece::Columns(columns) => {
                names = columns.into_iter().map(|one| (one.name, one.kind)).collect();
            }
            Piece::Row => table.push(Vec::new()),
            Piece::Value(len) => table.last_mut().unwrap().push(len.map(|_| Vec::new())),
            Piece::Bytes(bytes) => {
                let value = table.last_mut().unwrap().last_mut().unwrap();
                value.as_mut().unwrap().extend_from_slice(bytes);
            }
            Piece::RowEnd => {}
        };
        rows.feed(piece, each).unwrap();
    }
    assert!(rows.is_between());
    (names, table)
}

#[test]
fn rows_are_the_same_however_they_are_cut_and_whatever_was_agreed() {
    let long = vec![b'x'; 100_000];
    let rows = [
        text_row(&[Some(b"one"), None]),
        text_row(&[Some(&long), Some(b"")]),
        text_row(&[Some(b""), Some(b"\xfe\0\0\0")]),
    ];
    for (ends, metadata) in [
        (Ends::Old, None),
        (Ends::New, None),
        (Ends::New, Some("\0\u{1}json")),
    ] {
        let definitions = [
            definition("a", 0xfd, 45, 0, metadata),
            definition("b", 0x03, 63, 0x20, metadata),
        ];
        let stream = answer(ends, &definitions, &rows, 2);
        for at_once in [1, 2, 3, 5, 7, 1000, stream.len()] {
            let reader = Rows::new(Spelling::Readable, Form::Text);
            let (names, table) = read(reader, &stream, at_once);
            assert_eq!(names[0], ("a".to_owned(), "varchar".to_owned()));
            assert_eq!(names[1], ("b".to_owned(), "int unsigned".to_owned()));
            assert_eq!(table.len(), 3, "{at_once}");
            assert_eq!(table[0], [Some(b"one".to_vec()), None]);
            assert_eq!(table[1], [Some(long.clone()), Some(Vec::new())]);
            assert_eq!(table[2], [Some(Vec::new()), Some(b"\xfe\0\0\0".to_vec())]);
        }
    }
}

#[test]
fn a_value_of_more_than_a_packet_is_one_value() {
    let long = vec![b'y'; FULL + 10];
    let definitions = [definition("a", 0xfc, 45, 0, None)];
    let stream = answer(
        Ends::New,
        &definitions,
        &[text_row(&[Some(&long)]), text_row(&[Some(b"z")])],
        2,
    );
    let (_, table) = read(Rows::new(Spelling::Readable, Form::Text), &stream, 1 << 20);
    assert!(table == [[Some(long)], [Some(b"z".to_vec())]]);
}

#[test]
fn binary_rows_are_spelt_for_people_and_left_alone_for_files() {
    let definitions = [
        definition("n", 0x03, 63, 0, None),
        definition("gone", 0x08, 63, 0, None),
        definition("d", 0x0c, 63, 0, None),
        definition("t", 0xfd, 45, 0, None),
        definition("b", 0xfc, 63, 0, None),
        definition("last", 0xfd, 45, 0, None),
    ];
    let mut row = vec![0, 0b1000_1000];
    row.extend((-2_i32).to_le_bytes());
    row.extend([4, 0xea, 0x07, 11, 30]);
    row.extend(b"\x04text\x02\x00\xff");
    let without = vec![0, 0b1111_1100];
    for ends in [Ends::Old, Ends::New] {
        let stream = answer(ends, &definitions, &[row.clone(), without.clone()], 2);
        for at_once in [1, 2, 3, 5, stream.len()] {
            let (names, table) = read(Rows::new(Spelling::Readable, Form::Binary), &stream, at_once);
            assert_eq!(names[4].1, "blob");
            let shown: Vec<_> = table[0]
                .iter()
                .map(|value| {
                    value
                        .as_ref()
                        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
                })
                .collect();
            assert_eq!(
                shown,
                ["-2", "", "2026-11-30 00:00:00", "text", "0x00ff", ""]
                    .map(|word| Some(word.to_owned()).filter(|word| !word.is_empty()))
            );
            assert_eq!(table[1], vec![None; 6]);
            let mut reader = Rows::new(Spelling::AsRecorded, Form::Text);
            reader.about(&json!({ "prepared": true }));
            let (_, table) = read(reader, &stream, at_once);
            assert_eq!(table[0][4].as_deref(), Some(&b"\x00\xff"[..]));
            assert_eq!(table[0][0].as_deref(), Some(&(-2_i32).to_le_bytes()[..]));
        }
    }
}

#[test]
fn of_several_results_the_first_is_read() {
    let definitions = [definition("a", 0xfd, 45, 0, None)];
    let first = answer(
        Ends::Old,
        &definitions,
        &[text_row(&[Some(b"1")])],
        status::MORE_RESULTS,
    );
    let second = answer(
        Ends::Old,
        &definitions,
        &[text_row(&[Some(b"2")])],
        status::MORE_RESULTS,
    );
    let stream = [&first[..], &second, &framed(9, &[0, 0, 0, 2, 0, 0, 0])].concat();
    let (_, table) = read(Rows::new(Spelling::Readable, Form::Text), &stream, 4);
    assert_eq!(table, [[Some(b"1".to_vec())]]);
}

#[test]
fn what_fails_and_what_is_prepared_is_heard() {
    let mut rows = Rows::new(Spelling::Readable, Form::Text);
    let failed = framed(1, &wire::error(1064, "42000", "no"));
    let heard = rows.hear(&mut &failed[..], &mut |_| panic!("no rows")).unwrap();
    assert!(matches!(heard, Some(Heard::Fault(fault)) if fault.code == 1064));
    let mut rows = Rows::prepared();
    let mut stream = framed(1, &[0, 7, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0]).to_vec();
    for _ in 0..5 {
        stream.extend(framed(2, b"\x03def"));
    }
    let mut bytes = &stream[..];
    let heard = rows.hear(&mut bytes, &mut |_| panic!("no rows")).unwrap();
    assert_eq!((heard, bytes.len()), (Some(Heard::Prepared(7)), 0));
}

proptest! {
    #[test]
    fn any_bytes_are_survived(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        columns in prop::collection::vec((any::<u8>(), any::<u16>()), 1..5),
        bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..30), 0..6),
        at_once in 1_usize..50,
        binary: bool,
    ) {
        let form = if binary { Form::Binary } else { Form::Text };
        let definitions: Vec<_> = columns.iter().map(|(kind, flags)| definition("c", *kind, 63, *flags, None)).collect();
        for stream in [bytes, answer(Ends::New, &definitions, &bodies, 2)] {
            let mut reader = Rows::new(Spelling::Readable, form);
            for piece in stream.chunks(at_once) {
                if reader.feed(piece, &mut |_| ()).is_err() {
                    break;
                }
            }
            prop_assert!(reader.held.capacity() <= 2 * HELD);
        }
    }
}
