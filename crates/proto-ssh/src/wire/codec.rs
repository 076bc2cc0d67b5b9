//! The data types of RFC 4251 §5: read from a borrowed slice, written to a buffer.

use bytes::{BufMut, BytesMut};

/// A message or field that does not follow its RFC; carries what was being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed {0}")]
pub struct Malformed(pub &'static str);

/// Something that can be written as the payload of one SSH packet.
///
/// [`Transport::send`](super::Transport::send) writes it straight into the outbound buffer, so an implementation
/// appends only and never reads what is already there. Raw payloads (`[u8]`) are written as they are.
pub trait Encode {
    /// Appends the whole payload, message number first.
    fn encode(&self, out: &mut BytesMut);
}

impl Encode for [u8] {
    fn encode(&self, out: &mut BytesMut) {
        out.extend_from_slice(self);
    }
}

impl Encode for bytes::Bytes {
    fn encode(&self, out: &mut BytesMut) {
        out.extend_from_slice(self);
    }
}

/// Reads the fields of one message; every length is checked against what is left.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte of `bytes`; `what` names the message in errors.
    pub fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    /// Drops the message number.
    pub fn skip_number(mut self) -> Result<Self, Malformed> {
        self.byte()?;
        Ok(self)
    }

    /// The error for a field of this message which makes no sense.
    pub fn malformed(&self) -> Malformed {
        Malformed(self.what)
    }

    /// Takes exactly `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Malformed(self.what))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(Malformed(self.what))?;
        self.rest = rest;
        Ok(*taken)
    }

    /// `byte`.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// `boolean`: all non-zero values are true.
    pub fn boolean(&mut self) -> Result<bool, Malformed> {
        Ok(self.byte()? != 0)
    }

    /// `uint32`.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    /// `uint64`.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_be_bytes)
    }

    /// `string`, as bytes.
    pub fn string(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.u32()?;
        self.take(length as usize)
    }

    /// `string` which must be UTF-8: names that programs compare.
    pub fn text(&mut self) -> Result<&'a str, Malformed> {
        let bytes = self.string()?;
        std::str::from_utf8(bytes).map_err(|_| Malformed(self.what))
    }

    /// `string` for people, which old peers do not always write in UTF-8: it is cut where it stops being that.
    pub fn prose(&mut self) -> Result<&'a str, Malformed> {
        let bytes = self.string()?;
        Ok(bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid()))
    }

    /// `mpint`, not negative, as its magnitude without leading zeros.
    pub fn magnitude(&mut self) -> Result<&'a [u8], Malformed> {
        let bytes = self.string()?;
        if bytes.first().is_some_and(|first| first & 0x80 != 0) {
            return Err(Malformed(self.what));
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        Ok(bytes.get(zeros..).unwrap_or_default())
    }

    /// All that is left, which may be nothing.
    pub fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// The number of bytes left.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Fails if anything is left.
    pub fn end(self) -> Result<(), Malformed> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Malformed(self.what))
        }
    }
}

/// Appends the data types of RFC 4251 §5 to a buffer.
pub trait Put {
    /// `boolean`.
    fn put_boolean(&mut self, value: bool);
    /// `string`.
    fn put_string(&mut self, bytes: impl AsRef<[u8]>);
    /// `mpint` of a big-endian magnitude, leading zeros allowed.
    fn put_magnitude(&mut self, magnitude: &[u8]);
}

impl<B: BufMut> Put for B {
    fn put_boolean(&mut self, value: bool) {
        self.put_u8(u8::from(value));
    }

    fn put_string(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.put_u32(bytes.len() as u32);
        self.put_slice(bytes);
    }

    fn put_magnitude(&mut self, magnitude: &[u8]) {
        let zeros = magnitude.iter().take_while(|byte| **byte == 0).count();
        let digits = magnitude.get(zeros..).unwrap_or_default();
        let sign = usize::from(digits.first().is_some_and(|first| first & 0x80 != 0));
        self.put_u32((digits.len() + sign) as u32);
        self.put_bytes(0, sign);
        self.put_slice(digits);
    }
}
