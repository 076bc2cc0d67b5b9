//! Records as bytes: `kind, strand, delta, length, payload`, numbers as LEB128.

use bytes::{Buf, Bytes};
use domain::Micros;
use thiserror::Error;

use crate::record::{Direction, Kind, Record};

const OPEN: u8 = 0;
const CLOSE: u8 = 1;
const TO_TARGET: u8 = 2;
const FROM_TARGET: u8 = 3;
const FROM_TARGET_ERR: u8 = 4;
const MASKED_INPUT: u8 = 5;
const REVEAL: u8 = 6;
const RESIZE: u8 = 7;
const STATEMENT: u8 = 8;
const OUTCOME: u8 = 9;
const PICTURE: u8 = 10;
const KEYFRAME: u8 = 11;
const FILE: u8 = 12;
const NOTE: u8 = 13;

/// The longest LEB128 number: ten bytes carry 64 bits.
const MAX_VARINT: usize = 10;

/// Why the plaintext of a block is not a row of records. An authentic block never is: this means a faulty writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The bytes end within a record.
    #[error("record is cut short")]
    Short,
    /// A number has more than 64 bits, or more than its field takes.
    #[error("number out of range")]
    Number,
    /// The kind is not one of this format version.
    #[error("unknown record kind {0}")]
    Kind(u8),
    /// The block holds more or fewer records than its header says.
    #[error("record count differs from the block header")]
    Count,
}

/// A payload in up to three pieces, so that it is copied once only: into the block.
pub(crate) struct Payload<'a> {
    code: u8,
    numbers: [u8; 2 * MAX_VARINT],
    numbers_len: usize,
    body: &'a [u8],
}

impl Kind {
    pub(crate) fn payload(&self) -> Payload<'_> {
        match self {
            Self::Open(body) => Payload::plain(OPEN, body),
            Self::Close(body) => Payload::plain(CLOSE, body),
            Self::Data(direction, body) => Payload::plain(direction.code(), body),
            Self::MaskedInput { id, len } => Payload::numbered(MASKED_INPUT, &[*id, u64::from(*len)], &[]),
            Self::Reveal { id, bytes } => Payload::numbered(REVEAL, &[*id], bytes),
            Self::Resize { cols, rows } => {
                Payload::numbered(RESIZE, &[u64::from(*cols), u64::from(*rows)], &[])
            }
            Self::Statement { id, body } => Payload::numbered(STATEMENT, &[*id], body),
            Self::Outcome { id, body } => Payload::numbered(OUTCOME, &[*id], body),
            Self::Picture(body) => Payload::plain(PICTURE, body),
            Self::Keyframe(body) => Payload::plain(KEYFRAME, body),
            Self::File(body) => Payload::plain(FILE, body),
            Self::Note(body) => Payload::plain(NOTE, body),
        }
    }
}

impl Direction {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::ToTarget => TO_TARGET,
            Self::FromTarget => FROM_TARGET,
            Self::FromTargetErr => FROM_TARGET_ERR,
        }
    }
}

impl<'a> Payload<'a> {
    fn plain(code: u8, body: &'a [u8]) -> Self {
        Self {
            code,
            numbers: [0; 2 * MAX_VARINT],
            numbers_len: 0,
            body,
        }
    }

    fn numbered(code: u8, numbers: &[u64], body: &'a [u8]) -> Self {
        let mut payload = Self::plain(code, body);
        for &number in numbers {
            let (bytes, len) = varint(number);
            for (to, from) in payload
                .numbers
                .iter_mut()
                .skip(payload.numbers_len)
                .zip(bytes.iter().take(len))
            {
                *to = *from;
            }
            payload.numbers_len += len;
        }
        payload
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers_len + self.body.len()
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>, strand: u32, delta: u64) {
        put_front(out, self.code, strand, delta, self.len());
        out.extend(self.numbers.iter().take(self.numbers_len));
        out.extend_from_slice(self.body);
    }
}

/// Writes what stands before a payload.
pub(crate) fn put_front(out: &mut Vec<u8>, code: u8, strand: u32, delta: u64, len: usize) {
    out.push(code);
    put_varint(out, u64::from(strand));
    put_varint(out, delta);
    put_varint(out, len as u64);
}

/// Bytes that [`put_front`] writes at most.
pub(crate) const FRONT_MAX: usize = 1 + 3 * MAX_VARINT;

fn varint(mut number: u64) -> ([u8; MAX_VARINT], usize) {
    let mut bytes = [0; MAX_VARINT];
    let mut len = 0;
    for byte in &mut bytes {
        *byte = (number & 0x7f) as u8;
        len += 1;
        number >>= 7;
        if number == 0 {
            break;
        }
        *byte |= 0x80;
    }
    (bytes, len)
}

fn put_varint(out: &mut Vec<u8>, number: u64) {
    if number < 0x80 {
        out.push(number as u8);
    } else {
        let (bytes, len) = varint(number);
        out.extend(bytes.iter().take(len));
    }
}

fn take_varint(bytes: &mut Bytes) -> Result<u64, DecodeError> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = take_byte(bytes)?;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && bits > 1 {
            return Err(DecodeError::Number);
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(DecodeError::Number)
}

fn take_u32(bytes: &mut Bytes) -> Result<u32, DecodeError> {
    u32::try_from(take_varint(bytes)?).map_err(|_| DecodeError::Number)
}

fn take_byte(bytes: &mut Bytes) -> Result<u8, DecodeError> {
    bytes.try_get_u8().map_err(|_| DecodeError::Short)
}

/// The records of one block, in order. Payloads share the block's memory.
#[derive(Debug, Clone)]
pub struct Records {
    rest: Bytes,
    at: Micros,
    left: u32,
    broken: bool,
}

impl Records {
    /// Reads the records of a block's plaintext; `first` and `count` are in the block's header.
    #[must_use]
    pub fn new(plain: Bytes, first: Micros, count: u32) -> Self {
        Self {
            rest: plain,
            at: first,
            left: count,
            broken: false,
        }
    }

    fn take(&mut self) -> Result<Record, DecodeError> {
        let code = take_byte(&mut self.rest)?;
        let strand = take_u32(&mut self.rest)?;
        let delta = take_varint(&mut self.rest)?;
        let len = usize::try_from(take_varint(&mut self.rest)?).map_err(|_| DecodeError::Number)?;
        if len > self.rest.len() {
            return Err(DecodeError::Short);
        }
        let kind = kind(code, self.rest.split_to(len))?;
        let delta = i64::try_from(delta).map_err(|_| DecodeError::Number)?;
        self.at = Micros(self.at.0.checked_add(delta).ok_or(DecodeError::Number)?);
        self.left -= 1;
        Ok(Record::new(self.at, strand, kind))
    }
}

impl Iterator for Records {
    type Item = Result<Record, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = match (self.broken, self.left, self.rest.is_empty()) {
            (true, ..) | (_, 0, true) => return None,
            (_, 0, false) | (_, 1.., true) => Err(DecodeError::Count),
            (_, 1.., false) => self.take(),
        };
        self.broken = result.is_err();
        Some(result)
    }
}

fn kind(code: u8, mut body: Bytes) -> Result<Kind, DecodeError> {
    let kind = match code {
        OPEN => Kind::Open(body),
        CLOSE => Kind::Close(body),
        TO_TARGET => Kind::Data(Direction::ToTarget, body),
        FROM_TARGET => Kind::Data(Direction::FromTarget, body),
        FROM_TARGET_ERR => Kind::Data(Direction::FromTargetErr, body),
        MASKED_INPUT => Kind::MaskedInput {
            id: take_varint(&mut body)?,
            len: take_u32(&mut body)?,
        },
        REVEAL => Kind::Reveal {
            id: take_varint(&mut body)?,
            bytes: body,
        },
        RESIZE => Kind::Resize {
            cols: take_u32(&mut body)?,
            rows: take_u32(&mut body)?,
        },
        STATEMENT => Kind::Statement {
            id: take_varint(&mut body)?,
            body,
        },
        OUTCOME => Kind::Outcome {
            id: take_varint(&mut body)?,
            body,
        },
        PICTURE => Kind::Picture(body),
        KEYFRAME => Kind::Keyframe(body),
        FILE => Kind::File(body),
        NOTE => Kind::Note(body),
        _ => return Err(DecodeError::Kind(code)),
    };
    Ok(kind)
}
