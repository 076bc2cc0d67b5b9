//! A block: a plain header of fixed size, encrypted records, a signature.

use bytes::{Buf, BufMut, Bytes};
use domain::Micros;

use crate::crypt::{DataKey, HASH_LEN, Hash, SIGNATURE_LEN, TAG_LEN};
use crate::encode::Records;
use crate::reader::ReadError;
use crate::{MAX_PLAIN, compress};

/// What a block begins with.
pub(crate) const TAG: [u8; 4] = *b"BLCK";
/// Bytes of a block's header.
pub const HEADER_LEN: usize = 112;

/// Flag: the records are one zstd frame (RFC 8878); without it they are stored as they are.
pub(crate) const COMPRESSED: u32 = 1;
/// Flag: one of the records is a keyframe.
pub(crate) const KEYFRAME: u32 = 2;

/// The plain header of a block; little-endian, in this order, 112 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockHeader {
    /// u32 after the tag `BLCK`: the block's number, from 0; also the nonce.
    pub sequence: u32,
    /// u64: the number of the first record within the tape, from 0.
    pub first_record: u64,
    /// u32: how many records; at least one.
    pub records: u32,
    /// u32: bit 0 compressed, bit 1 holds a keyframe; all others are zero.
    pub flags: u32,
    /// i64: time of the first record.
    pub first_time: Micros,
    /// i64: time of the last record.
    pub last_time: Micros,
    /// u32: bytes of the records before compression.
    pub plain_len: u32,
    /// u32: bytes that are stored after the header, with the tag of 16 bytes and without the signature.
    pub stored_len: u32,
    /// u64: bytes of traffic to the target in this tape up to the block's end.
    pub to_target: u64,
    /// u64: bytes of traffic from the target in this tape up to the block's end.
    pub from_target: u64,
    /// 16 bytes: the name of the tape.
    pub tape: [u8; 16],
    /// 32 bytes: the chain hash of the block before, or of the head.
    pub previous: Hash,
}

impl BlockHeader {
    /// Writes the 112 bytes.
    pub(crate) fn encode(&self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        let mut out = bytes.as_mut_slice();
        out.put_slice(&TAG);
        out.put_u32_le(self.sequence);
        out.put_u64_le(self.first_record);
        out.put_u32_le(self.records);
        out.put_u32_le(self.flags);
        out.put_i64_le(self.first_time.0);
        out.put_i64_le(self.last_time.0);
        out.put_u32_le(self.plain_len);
        out.put_u32_le(self.stored_len);
        out.put_u64_le(self.to_target);
        out.put_u64_le(self.from_target);
        out.put_slice(&self.tape);
        out.put_slice(&self.previous);
        bytes
    }

    /// Reads the 112 bytes; [`None`] when they cannot begin a block.
    pub(crate) fn parse(bytes: &[u8; HEADER_LEN]) -> Option<Self> {
        let mut input = bytes.strip_prefix(&TAG)?;
        let mut header = Self {
            sequence: input.try_get_u32_le().ok()?,
            first_record: input.try_get_u64_le().ok()?,
            records: input.try_get_u32_le().ok()?,
            flags: input.try_get_u32_le().ok()?,
            first_time: Micros(input.try_get_i64_le().ok()?),
            last_time: Micros(input.try_get_i64_le().ok()?),
            plain_len: input.try_get_u32_le().ok()?,
            stored_len: input.try_get_u32_le().ok()?,
            to_target: input.try_get_u64_le().ok()?,
            from_target: input.try_get_u64_le().ok()?,
            tape: [0; 16],
            previous: [0; HASH_LEN],
        };
        input.try_copy_to_slice(&mut header.tape).ok()?;
        input.try_copy_to_slice(&mut header.previous).ok()?;
        header.is_sound().then_some(header)
    }

    /// Holds the bounds that every reader relies on: nothing larger than [`MAX_PLAIN`], no empty block, no unknown flag.
    fn is_sound(&self) -> bool {
        let (plain, stored) = (self.plain_len as usize, self.stored_len as usize);
        let stored_ok = if self.flags & COMPRESSED == 0 {
            stored == plain + TAG_LEN
        } else {
            stored > TAG_LEN && stored < plain + TAG_LEN
        };
        stored_ok
            && self.flags & !(COMPRESSED | KEYFRAME) == 0
            && self.records > 0
            && plain > 0
            && plain <= MAX_PLAIN
            && self.first_time <= self.last_time
            && self.first_record.checked_add(u64::from(self.records)).is_some()
    }

    /// Gives the number after the block's last record.
    #[must_use]
    pub fn end_record(&self) -> u64 {
        self.first_record.saturating_add(u64::from(self.records))
    }

    /// Tells whether one of the records is a keyframe.
    #[must_use]
    pub fn has_keyframe(&self) -> bool {
        self.flags & KEYFRAME != 0
    }

    /// Gives the bytes of the whole block: header, stored bytes, signature.
    #[must_use]
    pub fn frame_len(&self) -> usize {
        HEADER_LEN + self.stored_len as usize + SIGNATURE_LEN
    }
}

/// A block whose records have been decrypted.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its plain header.
    pub header: BlockHeader,
    /// Where it begins in the file.
    pub offset: u64,
    /// The records, uncompressed.
    pub plain: Bytes,
}

impl Block {
    /// Gives the records in order. They share this block's memory.
    #[must_use]
    pub fn records(&self) -> Records {
        Records::new(self.plain.clone(), self.header.first_time, self.header.records)
    }

    /// Decrypts and unpacks what follows a header (ciphertext and tag).
    pub(crate) fn open(
        header: BlockHeader,
        offset: u64,
        mut stored: Vec<u8>,
        key: &DataKey,
    ) -> Result<Self, ReadError> {
        let damaged = || ReadError::Damaged { offset };
        let len = key
            .open(header.sequence, &header.encode(), &mut stored)
            .ok_or_else(damaged)?;
        stored.truncate(len);
        let plain = if header.flags & COMPRESSED == 0 {
            stored
        } else {
            compress::unpack(&stored, header.plain_len as usize).ok_or_else(damaged)?
        };
        if plain.len() != header.plain_len as usize {
            return Err(damaged());
        }
        Ok(Self {
            header,
            offset,
            plain: Bytes::from(plain),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> BlockHeader {
        BlockHeader {
            sequence: 3,
            first_record: 7,
            records: 2,
            flags: KEYFRAME,
            first_time: Micros(10),
            last_time: Micros(20),
            plain_len: 100,
            stored_len: 116,
            to_target: 5,
            from_target: 6,
            tape: [1; 16],
            previous: [2; 32],
        }
    }

    #[test]
    fn a_header_is_read_as_it_was_written() {
        assert_eq!(BlockHeader::parse(&header().encode()), Some(header()));
    }

    #[test]
    fn a_header_that_breaks_a_rule_is_none() {
        let rules: [fn(&mut BlockHeader); 10] = [
            |header| header.flags = 4,
            |header| header.records = 0,
            |header| header.first_time = Micros(21),
            |header| header.first_record = u64::MAX,
            |header| header.stored_len = 115,
            |header| header.flags = COMPRESSED,
            |header| (header.plain_len, header.stored_len) = (0, 16),
            |header| (header.plain_len, header.stored_len) = (MAX_PLAIN as u32 + 1, MAX_PLAIN as u32 + 17),
            |header| (header.flags, header.stored_len) = (COMPRESSED, 16),
            |header| (header.plain_len, header.stored_len) = (u32::MAX, 15),
        ];
        for (n, break_rule) in rules.iter().enumerate() {
            let mut header = header();
            break_rule(&mut header);
            assert_eq!(BlockHeader::parse(&header.encode()), None, "rule {n}");
        }
    }
}
