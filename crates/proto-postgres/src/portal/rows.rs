//! Results out of a stream of the server's messages, in pieces: a value passes through and is never held.

use engine::statements::{Column, Piece, ResultReader, Spelling, Unreadable};

use super::kinds;
use crate::{
    value::spelt,
    wire::{self, columns},
};

/// The longest message that is held to be read as a whole; of others the beginning is read.
const HELD: usize = 512 << 10;

/// Binary values up to this length are spelt as people read them; longer ones are texts, or bytes in hexadecimal.
const SPELT: usize = 64;

/// Bytes that are written in hexadecimal at once.
const HEX_AT_ONCE: usize = 4096;

/// What was read.
#[derive(Debug)]
pub(super) enum Heard<'a> {
    /// A part of a result.
    Piece(Piece<'a>),
    /// A message that carries no rows: its tag, and its body.
    Message(u8, &'a [u8]),
}

/// Reads messages of the server in pieces of any size.
#[derive(Debug)]
pub(super) struct Rows {
    spelling: Spelling,
    /// The head of the message, as far as it is known.
    head: Vec<u8>,
    tag: u8,
    /// How much of the body is still to come.
    left: usize,
    /// What is held of the body.
    held: Vec<u8>,
    row: Row,
    columns: Vec<wire::Column>,
}

/// Where in a row the next byte is.
#[derive(Debug, Default)]
struct Row {
    /// The bytes of a number that is not whole yet.
    number: Vec<u8>,
    /// Values that are still to begin; [`None`] before their count.
    values: Option<usize>,
    /// The number of the value, from 0.
    at: usize,
    /// Bytes of the value that are still to come.
    left: usize,
    way: Way,
    small: Vec<u8>,
}

/// How the bytes of a value are given.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As they are.
    #[default]
    AsTheyAre,
    /// Without the first, which is the version of a `jsonb`.
    WithoutFirst,
    /// Spelt when all are there.
    Small,
    /// In hexadecimal.
    Hex,
}

impl Rows {
    pub(super) fn new(spelling: Spelling) -> Self {
        Self {
            spelling,
            head: Vec::with_capacity(5),
            tag: 0,
            left: 0,
            held: Vec::new(),
            row: Row::default(),
            columns: Vec::new(),
        }
    }

    /// Takes bytes.
    pub(super) fn hear(
        &mut self,
        mut bytes: &[u8],
        each: &mut dyn FnMut(Heard<'_>),
    ) -> Result<(), Unreadable> {
        while !bytes.is_empty() {
            if self.head.len() < 5 {
                let (head, rest) = bytes.split_at((5 - self.head.len()).min(bytes.len()));
                self.head.extend_from_slice(head);
                bytes = rest;
                if let Some((tag, len)) = self.head.split_first()
                    && let Ok(len) = <[u8; 4]>::try_from(len)
                {
                    self.begin(*tag, u32::from_be_bytes(len), each)?;
                }
                continue;
            }
            let (here, rest) = bytes.split_at(self.left.min(bytes.len()));
            bytes = rest;
            self.left -= here.len();
            match self.tag {
                b'D' => self.row(here, each)?,
                b'd' => each(Heard::Piece(Piece::Bytes(here))),
                _ => {
                    let room = HELD.saturating_sub(self.held.len());
                    self.held
                        .extend_from_slice(here.get(..room.min(here.len())).unwrap_or_default());
                }
            }
            if self.left == 0 {
                self.end(each)?;
            }
        }
        Ok(())
    }

    fn begin(&mut self, tag: u8, len: u32, each: &mut dyn FnMut(Heard<'_>)) -> Result<(), Unreadable> {
        self.tag = tag;
        self.left = (len as usize)
            .checked_sub(4)
            .filter(|len| *len <= 1 << 30)
            .ok_or(Unreadable)?;
        match tag {
            b'D' => {
                self.row = Row::default();
                each(Heard::Piece(Piece::Row));
            }
            // A line of `COPY … TO STDOUT` is a row of one value.
            b'd' => {
                each(Heard::Piece(Piece::Row));
                each(Heard::Piece(Piece::Value(Some(self.left as u64))));
            }
            _ => {}
        }
        if self.left == 0 { self.end(each) } else { Ok(()) }
    }

    fn end(&mut self, each: &mut dyn FnMut(Heard<'_>)) -> Result<(), Unreadable> {
        self.head.clear();
        match self.tag {
            b'D' if self.row.values != Some(0) || self.row.left > 0 => return Err(Unreadable),
            b'D' | b'd' => each(Heard::Piece(Piece::RowEnd)),
            b'T' => {
                self.columns = columns(&self.held);
                each(Heard::Piece(Piece::Columns(
                    self.columns.iter().map(drawn).collect(),
                )));
            }
            b'H' => {
                self.columns.clear();
                each(Heard::Piece(Piece::Columns(vec![Column {
                    name: "copy".to_owned(),
                    kind: "text".to_owned(),
                    nature: engine::statements::Nature::Text,
                }])));
                each(Heard::Message(b'H', &self.held));
            }
            tag => each(Heard::Message(tag, &self.held)),
        }
        self.held.clear();
        self.held.shrink_to(4096);
        Ok(())
    }

    fn row(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(Heard<'_>)) -> Result<(), Unreadable> {
        while !bytes.is_empty() {
            let Some(values) = self.row.values else {
                if let Some(count) = number(&mut self.row.number, &mut bytes, 2) {
                    self.row.values = Some(count as usize);
                }
                continue;
            };
            if self.row.left > 0 {
                let (here, rest) = bytes.split_at(self.row.left.min(bytes.len()));
                bytes = rest;
                self.row.left -= here.len();
                self.value(here, each);
                continue;
            }
            if values == 0 {
                return Err(Unreadable);
            }
            let Some(len) = number(&mut self.row.number, &mut bytes, 4) else {
                continue;
            };
            self.row.values = Some(values - 1);
            if len == u32::MAX {
                each(Heard::Piece(Piece::Value(None)));
                self.row.at += 1;
            } else {
                self.open(len as usize, each);
            }
        }
        Ok(())
    }

    /// A value begins.
    fn open(&mut self, len: usize, each: &mut dyn FnMut(Heard<'_>)) {
        let column = self.columns.get(self.row.at);
        self.row.at += 1;
        self.row.left = len;
        self.row.small.clear();
        let kind = column
            .filter(|column| column.binary && self.spelling == Spelling::Readable)
            .map(|column| column.kind);
        let (way, shown) = match kind {
            None => (Way::AsTheyAre, len),
            Some(kind) if kinds::is_text(kind) => (Way::AsTheyAre, len),
            Some(kinds::JSONB) if len > 0 => (Way::WithoutFirst, len - 1),
            Some(_) if len <= SPELT => (Way::Small, 0),
            Some(_) => (Way::Hex, 2 + 2 * len),
        };
        self.row.way = way;
        match way {
            Way::Small if len == 0 => each(Heard::Piece(Piece::Value(Some(0)))),
            Way::Small => {}
            Way::Hex => {
                each(Heard::Piece(Piece::Value(Some(shown as u64))));
                each(Heard::Piece(Piece::Bytes(b"\\x")));
            }
            _ => each(Heard::Piece(Piece::Value(Some(shown as u64)))),
        }
    }

    fn value(&mut self, here: &[u8], each: &mut dyn FnMut(Heard<'_>)) {
        match self.row.way {
            Way::AsTheyAre => each(Heard::Piece(Piece::Bytes(here))),
            Way::WithoutFirst => {
                self.row.way = Way::AsTheyAre;
                each(Heard::Piece(Piece::Bytes(here.get(1..).unwrap_or_default())));
            }
            Way::Small => {
                self.row.small.extend_from_slice(here);
                if self.row.left == 0 {
                    let kind = self.columns.get(self.row.at - 1).map_or(0, |column| column.kind);
                    let text = spelt(Some(&self.row.small), kind, true);
                    let text = text.as_str().unwrap_or_default();
                    each(Heard::Piece(Piece::Value(Some(text.len() as u64))));
                    each(Heard::Piece(Piece::Bytes(text.as_bytes())));
                }
            }
            Way::Hex => {
                for part in here.chunks(HEX_AT_ONCE) {
                    let mut hex = Vec::with_capacity(part.len() * 2);
                    for half in part.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
                        hex.push(if half < 10 { b'0' + half } else { b'a' + half - 10 });
                    }
                    each(Heard::Piece(Piece::Bytes(&hex)));
                }
            }
        }
    }
}

impl ResultReader for Rows {
    fn feed(&mut self, bytes: &[u8], each: &mut dyn FnMut(Piece<'_>)) -> Result<(), Unreadable> {
        self.hear(bytes, &mut |heard| {
            if let Heard::Piece(piece) = heard {
                each(piece);
            }
        })
    }

    fn is_between(&self) -> bool {
        self.head.is_empty()
    }
}

/// Reads a number of so many bytes, which may come one by one.
fn number(begun: &mut Vec<u8>, bytes: &mut &[u8], len: usize) -> Option<u32> {
    let (here, rest) = bytes.split_at(len.saturating_sub(begun.len()).min(bytes.len()));
    begun.extend_from_slice(here);
    *bytes = rest;
    if begun.len() < len {
        return None;
    }
    let number = begun.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
    begun.clear();
    Some(number)
}

fn drawn(column: &wire::Column) -> Column {
    let (kind, nature) = kinds::name(column.kind);
    Column {
        name: column.name.clone(),
        kind: kind.to_owned(),
        nature,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(tag: u8, body: &[u8]) -> Vec<u8> {
        let len = (body.len() as u32 + 4).to_be_bytes();
        [&[tag][..], &len, body].concat()
    }

    fn row(values: &[Option<&[u8]>]) -> Vec<u8> {
        let mut body = (values.len() as u16).to_be_bytes().to_vec();
        for value in values {
            match value {
                None => body.extend_from_slice(&[0xff; 4]),
                Some(value) => {
                    body.extend_from_slice(&(value.len() as u32).to_be_bytes());
                    body.extend_from_slice(value);
                }
            }
        }
        message(b'D', &body)
    }

    fn description(columns: &[(&str, u32, bool)]) -> Vec<u8> {
        let mut body = (columns.len() as u16).to_be_bytes().to_vec();
        for (name, kind, binary) in columns {
            body.extend_from_slice(name.as_bytes());
            body.extend_from_slice(&[0; 7]);
            body.extend_from_slice(&kind.to_be_bytes());
            body.extend_from_slice(&[0; 6]);
            body.extend_from_slice(&u16::from(*binary).to_be_bytes());
        }
        message(b'T', &body)
    }

    /// Rows with their values, and the names of the columns.
    type Table = (Vec<String>, Vec<Vec<Option<Vec<u8>>>>);

    fn read(bytes: &[u8], at_once: usize, spelling: Spelling) -> Table {
        let (mut names, mut rows) = (Vec::new(), Vec::<Vec<Option<Vec<u8>>>>::new());
        let mut reader = Rows::new(spelling);
        for piece in bytes.chunks(at_once) {
            let each = &mut |piece: Piece<'_>| match piece {
                Piece::Columns(columns) => names = columns.into_iter().map(|one| one.name).collect(),
                Piece::Row => rows.push(Vec::new()),
                Piece::Value(len) => rows.last_mut().unwrap().push(len.map(|_| Vec::new())),
                Piece::Bytes(bytes) => {
                    let value = rows.last_mut().unwrap().last_mut().unwrap();
                    value.as_mut().unwrap().extend_from_slice(bytes);
                }
                Piece::RowEnd => {}
            };
            reader.feed(piece, each).unwrap();
        }
        assert!(reader.is_between());
        (names, rows)
    }

    #[test]
    fn rows_are_the_same_however_they_are_cut() {
        let long = vec![b'x'; 100_000];
        let stream = [
            description(&[("a", 25, false), ("b", 23, false)]),
            row(&[Some(b"one"), None]),
            message(b'N', b"Mhello\0\0"),
            row(&[Some(&long), Some(b"")]),
            message(b'C', b"SELECT 2\0"),
        ]
        .concat();
        let (names, rows) = read(&stream, stream.len(), Spelling::Readable);
        assert_eq!(names, ["a", "b"]);
        assert_eq!(rows[0], [Some(b"one".to_vec()), None]);
        assert_eq!(rows[1], [Some(long), Some(Vec::new())]);
        for at_once in [1, 2, 3, 5, 7, 1000] {
            assert_eq!(read(&stream, at_once, Spelling::Readable).1, rows, "{at_once}");
        }
    }

    #[test]
    fn binary_values_are_spelt_for_people_and_left_alone_for_files() {
        let bytes: Vec<u8> = (0..200).collect();
        let stream = [
            description(&[
                ("n", 23, true),
                ("b", 17, true),
                ("t", 25, true),
                ("j", 3802, true),
            ]),
            row(&[
                Some(&[0xff, 0xff, 0xff, 0xfe]),
                Some(&bytes),
                Some(b"text"),
                Some(b"\x01{}"),
            ]),
        ]
        .concat();
        for at_once in [1, 3, stream.len()] {
            let (_, rows) = read(&stream, at_once, Spelling::Readable);
            assert_eq!(rows[0][0].as_deref(), Some(&b"-2"[..]));
            let hex = rows[0][1].as_ref().unwrap();
            assert!(hex.starts_with(b"\\x000102") && hex.len() == 402);
            assert_eq!(rows[0][2].as_deref(), Some(&b"text"[..]));
            assert_eq!(rows[0][3].as_deref(), Some(&b"{}"[..]));
            let (_, rows) = read(&stream, at_once, Spelling::AsRecorded);
            assert_eq!(rows[0][1].as_ref(), Some(&bytes));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), at_once in 1_usize..50) {
            let mut reader = Rows::new(Spelling::Readable);
            for piece in bytes.chunks(at_once) {
                if reader.feed(piece, &mut |_| ()).is_err() {
                    break;
                }
            }
            prop_assert!(reader.held.capacity() <= HELD + 4096);
        }
    }
}
