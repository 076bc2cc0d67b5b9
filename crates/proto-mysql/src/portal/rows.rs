//! Results out of a stream of the server's packets, in pieces: a value passes through and is never held.
//!
//! What both ends have agreed on is not known where a recording is read, and need not be: how the end of the definitions and the end of
//! the rows look can be told from their lengths.

use engine::statements::{Column, Piece, ResultReader, Spelling, Unreadable};
use proto_database::value::push_hex;

use super::kinds;
use crate::{
    value::{Width, binary, bit, width},
    wire::{self, Body, FULL, Fault, Okay, column, eof_status, fault, has_metadata, okay, prepared, status},
};

/// The longest packet that is held to be read as a whole; of others the beginning is read.
const HELD: usize = 64 << 10;

/// How many columns a result has at most; servers have fewer.
const COLUMNS: u64 = 4096;

/// Bytes that are written in hexadecimal at once.
const HEX_AT_ONCE: usize = 4096;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As texts, which is how statements are answered.
    Text,
    /// As the types of the columns say, which is how prepared ones are.
    Binary,
}

/// What was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A statement was done that has no rows.
    Okay(Okay),
    /// A row is whole.
    Row,
    /// The rows are over.
    End { warnings: u16, bits: u16 },
    /// It failed.
    Fault(Fault),
    /// A statement was prepared.
    Prepared(u32),
    /// The server wants a file.
    WantsFile,
}

/// Which packet comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The first one of an answer.
    Head,
    /// So many definitions of columns.
    Columns(u64),
    /// The end of the definitions, or what follows where they have none.
    ColumnsEnd,
    Rows,
    /// The answer to a wish to prepare.
    Preparing,
    /// So many packets of what is prepared, which are of no interest.
    Definitions(u32, u32),
}

/// Reads packets of the server in pieces of any size, from the answer to one statement on.
#[derive(Debug)]
pub(super) struct Rows {
    spelling: Spelling,
    form: Form,
    stage: Stage,
    /// The head of the packet, as far as it is known.
    head: [u8; 4],
    known: usize,
    /// How much of this part is still to come; a packet of the greatest length goes on in the next.
    left: usize,
    /// Some of the packet was seen, and it is a row.
    begun: bool,
    is_row: bool,
    held: Vec<u8>,
    columns: Vec<wire::Column>,
    row: Row,
    /// A result was read to its end: those behind it are not shown.
    shown: bool,
}

/// Where in a row the next byte is.
#[derive(Debug, Default)]
struct Row {
    /// What stands before the values of a row in binary form: a zero, and which of them are null.
    nulls: Vec<u8>,
    /// The number of the next value, from 0.
    at: usize,
    /// The bytes of a length that is not whole yet.
    number: Vec<u8>,
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
    /// Spelt when all are there.
    Small,
    /// In hexadecimal.
    Hex,
}

impl Rows {
    pub(super) fn new(spelling: Spelling, form: Form) -> Self {
        Self {
            spelling,
            form,
            stage: Stage::Head,
            head: [0; 4],
            known: 0,
            left: 0,
            begun: false,
            is_row: false,
            held: Vec::new(),
            columns: Vec::new(),
            row: Row::default(),
            shown: false,
        }
    }

    /// Begins with the answer to a wish to prepare a statement.
    pub(super) fn prepared() -> Self {
        Self {
            stage: Stage::Preparing,
            ..Self::new(Spelling::Readable, Form::Binary)
        }
    }

    /// Gives the number of the packet that was read last.
    pub(super) fn sequence(&self) -> u8 {
        let [.., sequence] = self.head;
        sequence
    }

    /// Takes bytes up to the end of what is worth knowing; [`None`] when all are taken.
    pub(super) fn hear(
        &mut self,
        bytes: &mut &[u8],
        each: &mut dyn FnMut(Piece<'_>),
    ) -> Result<Option<Heard>, Unreadable> {
        loop {
            if self.known < self.head.len() && !self.begin(bytes) {
                return Ok(None);
            }
            let (here, rest) = bytes.split_at(self.left.min(bytes.len()));
            if let Some(first) = here.first() {
                if !self.begun {
                    self.begun = true;
                    self.is_row = self.begins_row(*first);
                    if self.is_row {
                        self.stage = Stage::Rows;
                        self.row = Row::default();
                        self.give(Piece::Row, each);
                    }
                }
                if self.is_row {
                    self.row(here, each)?;
                } else {
                    let room = HELD.saturating_sub(self.held.len());
                    self.held.extend_from_slice(here.get(..room).unwrap_or(here));
                }
            }
            *bytes = rest;
            self.left -= here.len();
            if self.left > 0 {
                return Ok(None);
            }
            self.known = 0;
            if self.part() == FULL {
                continue;
            }
            self.begun = false;
            let heard = if std::mem::take(&mut self.is_row) {
                self.row_ends(each)?;
                Some(Heard::Row)
            } else {
                let held = std::mem::take(&mut self.held);
                self.packet(&held, each)?
            };
            if heard.is_some() {
                return Ok(heard);
            }
        }
    }

    /// Reads of the head what there is; tells whether it is whole.
    fn begin(&mut self, bytes: &mut &[u8]) -> bool {
        for place in self.head.iter_mut().skip(self.known) {
            let Some((first, rest)) = bytes.split_first() else {
                return false;
            };
            *place = *first;
            *bytes = rest;
            self.known += 1;
        }
        self.left = self.part();
        true
    }

    fn part(&self) -> usize {
        let [a, b, c, _] = self.head;
        u32::from_le_bytes([a, b, c, 0]) as usize
    }

    /// Tells whether a packet with this first byte is a row.
    fn begins_row(&self, first: u8) -> bool {
        match (self.stage, first) {
            (Stage::ColumnsEnd | Stage::Rows, 0xff) => false,
            (Stage::ColumnsEnd | Stage::Rows, 0xfe) => self.part() == FULL,
            (Stage::ColumnsEnd | Stage::Rows, _) => true,
            _ => false,
        }
    }

    /// Gives a piece, where it is one of the result that is shown.
    fn give(&self, piece: Piece<'_>, each: &mut dyn FnMut(Piece<'_>)) {
        if !self.shown {
            each(piece);
        }
    }

    /// Takes a packet that is no row.
    fn packet(&mut self, body: &[u8], each: &mut dyn FnMut(Piece<'_>)) -> Result<Option<Heard>, Unreadable> {
        let tag = body.first().copied().unwrap_or(0);
        Ok(match self.stage {
            _ if tag == 0xff => {
                self.stage = Stage::Head;
                Some(Heard::Fault(fault(body)))
            }
            Stage::Head => match tag {
                0x00 => {
                    self.shown = true;
                    Some(Heard::Okay(okay(body, false)))
                }
                0xfb => Some(Heard::WantsFile),
                _ => {
                    let count = Body(body).encoded().filter(|count| *count <= COLUMNS);
                    self.columns.clear();
                    self.stage = Stage::Columns(count.ok_or(Unreadable)?);
                    None
                }
            },
            Stage::Columns(left) => {
                let column = column(body, has_metadata(body)).ok_or(Unreadable)?;
                self.columns.push(column);
                self.stage = if left > 1 {
                    Stage::Columns(left - 1)
                } else {
                    let drawn: Vec<Column> = self.columns.iter().map(kinds::drawn).collect();
                    self.give(Piece::Columns(drawn), each);
                    Stage::ColumnsEnd
                };
                None
            }
            // An end of the definitions is shorter than any end of rows that comes without one.
            Stage::ColumnsEnd if body.len() == 5 => {
                self.stage = Stage::Rows;
                None
            }
            Stage::ColumnsEnd | Stage::Rows => {
                let (warnings, bits) = if body.len() == 5 {
                    eof_status(body)
                } else {
                    let okay = okay(body, false);
                    (okay.warnings, okay.status)
                };
                // Rows of a cursor go on when the client asks for more.
                if bits & status::CURSOR != 0 && bits & status::LAST_ROW == 0 {
                    self.stage = Stage::Rows;
                    None
                } else {
                    self.stage = Stage::Head;
                    self.shown = true;
                    Some(Heard::End { warnings, bits })
                }
            }
            Stage::Preparing => {
                let (id, columns, places) = prepared(body).ok_or(Unreadable)?;
                // Each kind of definitions has an end.
                let packets = [columns, places].map(|count| u32::from(count) + u32::from(count > 0));
                self.definitions(packets.iter().sum(), id)
            }
            Stage::Definitions(left, id) => self.definitions(left - 1, id),
        })
    }

    fn definitions(&mut self, left: u32, id: u32) -> Option<Heard> {
        if left == 0 {
            self.stage = Stage::Head;
            return Some(Heard::Prepared(id));
        }
        self.stage = Stage::Definitions(left, id);
        None
    }

    fn row(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(Piece<'_>)) -> Result<(), Unreadable> {
        // A zero, and a bit for each column behind two that are free.
        let before = match self.form {
            Form::Text => 0,
            Form::Binary => 1 + (self.columns.len() + 9) / 8,
        };
        while !bytes.is_empty() {
            if self.row.left > 0 {
                let (here, rest) = bytes.split_at(self.row.left.min(bytes.len()));
                bytes = rest;
                self.row.left -= here.len();
                self.value(here, each);
            } else if self.row.nulls.len() < before {
                let missing = before - self.row.nulls.len();
                let (here, rest) = bytes.split_at(missing.min(bytes.len()));
                bytes = rest;
                self.row.nulls.extend_from_slice(here);
            } else {
                self.next_value(&mut bytes, each)?;
            }
            if self.row.left == 0 && self.row.nulls.len() == before {
                self.pass_nulls(each);
            }
        }
        Ok(())
    }

    /// Goes over values of a row in binary form of which the row has no bytes.
    fn pass_nulls(&mut self, each: &mut dyn FnMut(Piece<'_>)) {
        let nulls = self.row.nulls.get(1..).unwrap_or_default();
        while self.row.at < self.columns.len() && bit(nulls, self.row.at + 2) {
            if !self.shown {
                each(Piece::Value(None));
            }
            self.row.at += 1;
        }
    }

    /// Reads what stands before the bytes of the next value.
    fn next_value(&mut self, bytes: &mut &[u8], each: &mut dyn FnMut(Piece<'_>)) -> Result<(), Unreadable> {
        let column = self.columns.get(self.row.at).ok_or(Unreadable)?;
        let width = match self.form {
            Form::Text => Width::Encoded,
            Form::Binary => width(column.kind),
        };
        if let Width::Fixed(len) = width {
            self.open_small(len, each);
            return Ok(());
        }
        let Some((first, rest)) = bytes.split_first() else {
            return Ok(());
        };
        *bytes = rest;
        self.row.number.push(*first);
        if width == Width::Counted {
            self.row.number.clear();
            self.row.small.clear();
            self.row.small.push(*first);
            self.open_counted((*first).into(), each);
            return Ok(());
        }
        let lead = self.row.number.first().copied().unwrap_or(0);
        let needed = match lead {
            0xfb if self.form == Form::Text => {
                self.row.number.clear();
                self.row.at += 1;
                self.give(Piece::Value(None), each);
                return Ok(());
            }
            0xfb | 0xff => return Err(Unreadable),
            0xfc => 3,
            0xfd => 4,
            0xfe => 9,
            _ => 1,
        };
        if self.row.number.len() < needed {
            return Ok(());
        }
        let len = Body(&self.row.number).encoded().ok_or(Unreadable)?;
        self.row.number.clear();
        let len = usize::try_from(len).ok().filter(|len| *len <= 1 << 31);
        self.open(len.ok_or(Unreadable)?, each);
        Ok(())
    }

    /// A value of so many bytes begins.
    fn open(&mut self, len: usize, each: &mut dyn FnMut(Piece<'_>)) {
        let hex =
            self.spelling == Spelling::Readable && self.columns.get(self.row.at).is_some_and(kinds::is_hex);
        self.row.at += 1;
        self.row.left = len;
        if hex && len > 0 {
            self.row.way = Way::Hex;
            self.give(Piece::Value(Some(2 + 2 * len as u64)), each);
            self.give(Piece::Bytes(b"0x"), each);
        } else {
            self.row.way = Way::AsTheyAre;
            self.give(Piece::Value(Some(len as u64)), each);
        }
    }

    /// A number of so many bytes begins.
    fn open_small(&mut self, len: usize, each: &mut dyn FnMut(Piece<'_>)) {
        self.row.small.clear();
        self.open_counted(len, each);
    }

    /// A value begins that is spelt when its bytes are there.
    fn open_counted(&mut self, len: usize, each: &mut dyn FnMut(Piece<'_>)) {
        self.row.at += 1;
        self.row.left = len;
        if self.spelling == Spelling::AsRecorded {
            self.row.way = Way::AsTheyAre;
            self.give(Piece::Value(Some(len as u64)), each);
            return;
        }
        self.row.way = Way::Small;
        if len == 0 {
            self.spell(each);
        }
    }

    fn value(&mut self, here: &[u8], each: &mut dyn FnMut(Piece<'_>)) {
        match self.row.way {
            Way::AsTheyAre => self.give(Piece::Bytes(here), each),
            Way::Small => {
                self.row.small.extend_from_slice(here);
                if self.row.left == 0 {
                    self.spell(each);
                }
            }
            Way::Hex => {
                for part in here.chunks(HEX_AT_ONCE) {
                    let mut hex = String::with_capacity(part.len() * 2);
                    for byte in part {
                        push_hex(&mut hex, *byte);
                    }
                    self.give(Piece::Bytes(hex.as_bytes()), each);
                }
            }
        }
    }

    /// Spells the value whose bytes are there.
    fn spell(&self, each: &mut dyn FnMut(Piece<'_>)) {
        let column = self.row.at.checked_sub(1).and_then(|at| self.columns.get(at));
        let (kind, unsigned) = column.map_or((0, false), |column| (column.kind, column.unsigned));
        let spelt = binary(&mut Body(&self.row.small), kind, unsigned);
        let text = spelt
            .as_ref()
            .and_then(|value| value.as_str())
            .unwrap_or_default();
        self.give(Piece::Value(Some(text.len() as u64)), each);
        if !text.is_empty() {
            self.give(Piece::Bytes(text.as_bytes()), each);
        }
    }

    fn row_ends(&mut self, each: &mut dyn FnMut(Piece<'_>)) -> Result<(), Unreadable> {
        let whole = self.row.at == self.columns.len() && self.row.left == 0 && self.row.number.is_empty();
        if !whole {
            return Err(Unreadable);
        }
        self.give(Piece::RowEnd, each);
        Ok(())
    }
}

impl ResultReader for Rows {
    fn about(&mut self, statement: &serde_json::Value) {
        let prepared = statement.get("prepared").and_then(serde_json::Value::as_bool);
        self.form = if prepared == Some(true) {
            Form::Binary
        } else {
            Form::Text
        };
    }

    fn feed(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(Piece<'_>)) -> Result<(), Unreadable> {
        while self.hear(&mut bytes, each)?.is_some() {}
        Ok(())
    }

    fn is_between(&self) -> bool {
        self.known == 0 && !self.begun
    }
}

#[cfg(test)]
mod tests;
