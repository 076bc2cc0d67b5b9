//! Keeps `docs/formats/tape.md` true: its example is made here, byte for byte.

use std::fmt::Write as _;
use std::path::Path;

use bytes::Bytes;
use tape::{Direction, Kind, Record};

use crate::make::{Made, START, made};

fn example() -> Made {
    let at = |ms: i64| domain::Micros(START.0 + ms * 1000);
    let first = vec![
        Record::new(at(0), 1, Kind::Open(Bytes::from_static(br#"{"kind":"shell"}"#))),
        Record::new(at(5), 1, Kind::Resize { cols: 80, rows: 24 }),
    ];
    let second = vec![Record::new(
        at(2000),
        1,
        Kind::Data(Direction::FromTarget, Bytes::from_static(b"$ ")),
    )];
    made(1, &[first, second])
}

fn dump(text: &mut String, title: &str, bytes: &[u8]) {
    writeln!(text, "{title}").unwrap();
    for (row, line) in bytes.chunks(16).enumerate() {
        let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let printable = |byte: &u8| {
            if (0x20..0x7f).contains(byte) {
                char::from(*byte)
            } else {
                '.'
            }
        };
        let ascii: String = line.iter().map(printable).collect();
        writeln!(text, "  {:04x}  {:<47}  {ascii}", row * 16, hex.join(" ")).unwrap();
    }
}

fn block(text: &mut String, name: &str, bytes: &[u8]) {
    let parts = [
        ("tag", 4),
        ("sequence", 4),
        ("first record", 8),
        ("records", 4),
        ("flags", 4),
        ("first time", 8),
        ("last time", 8),
        ("plain length", 4),
        ("stored length", 4),
        ("bytes to the target", 8),
        ("bytes from the target", 8),
        ("tape", 16),
        ("previous chain hash", 32),
    ];
    let mut rest = bytes;
    for (title, len) in parts {
        let (part, behind) = rest.split_at(len);
        dump(text, &format!("{name}, {title}"), part);
        rest = behind;
    }
    let (body, signature) = rest.split_at(rest.len() - 64);
    let (cipher, tag) = body.split_at(body.len() - 16);
    dump(text, &format!("{name}, ciphertext"), cipher);
    dump(text, &format!("{name}, GCM tag"), tag);
    dump(text, &format!("{name}, signature"), signature);
}

fn json(text: &mut String, name: &str, bytes: &[u8]) {
    let (tag, rest) = bytes.split_at(4);
    let (len, rest) = rest.split_at(4);
    let (json, rest) = rest.split_at(u32::from_le_bytes(len.try_into().unwrap()) as usize);
    dump(text, &format!("{name}, tag"), tag);
    dump(text, &format!("{name}, length of the JSON"), len);
    dump(text, &format!("{name}, JSON"), json);
    let (signature, rest) = rest.split_at(64);
    dump(text, &format!("{name}, signature"), signature);
    if !rest.is_empty() {
        dump(text, &format!("{name}, length of the whole seal"), &rest[..4]);
        dump(text, &format!("{name}, end mark"), &rest[4..]);
    }
}

#[test]
fn the_example_of_the_format_description_is_true() {
    let made = example();
    let mut text = String::new();
    dump(&mut text, "magic", &made.head[..8]);
    json(&mut text, "head", &made.head[8..]);
    for (n, bytes) in made.blocks.iter().enumerate() {
        block(&mut text, &format!("block {n}"), bytes);
    }
    json(&mut text, "seal", &made.seal);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/tape.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- example begins -->\n```text\n", "```\n<!-- example ends -->");
    let (before, rest) = page.split_once(begin).unwrap();
    let (old, after) = rest.split_once(end).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, [before, begin, &text, end, after].concat()).unwrap();
    } else {
        assert_eq!(
            old, text,
            "run this test with UPDATE_DOCS=1 and look at the difference"
        );
    }
}

#[test]
fn records_are_coded_as_described() {
    let made = example();
    let mut reader = tape::Reader::open(std::io::Cursor::new(made.file())).unwrap();
    reader.unlock(crate::make::key());
    let tape::Next::Block(block) = reader.next_block().unwrap() else {
        panic!("a block")
    };
    // kind, strand, time since the record before (5000 = 0x88 0x27), payload length, payload
    let want = [
        b"\x00\x01\x00\x10{\"kind\":\"shell\"}".as_slice(),
        b"\x07\x01\x88\x27\x02\x50\x18",
    ]
    .concat();
    assert_eq!(block.plain, want);
}
