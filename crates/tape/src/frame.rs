//! Where a head, a block or a seal begins and ends; shared by everything that reads tapes.

use crate::block::{self, BlockHeader, HEADER_LEN};
use crate::crypt::SIGNATURE_LEN;

/// What every tape begins with; the digit is the version.
pub(crate) const MAGIC: [u8; 8] = *b"DWTAPE1\n";
/// What every sealed tape ends with.
pub(crate) const END: [u8; 8] = *b"DWTAPEND";

pub(crate) const HEAD_TAG: [u8; 4] = *b"HEAD";
pub(crate) const SEAL_TAG: [u8; 4] = *b"SEAL";

/// Bytes of JSON that a head may have.
pub(crate) const MAX_HEAD: usize = 64 << 10;
/// Bytes of JSON that a seal may have.
pub(crate) const MAX_SEAL: usize = 1 << 20;

/// Bytes before the JSON of a head or seal: tag and length.
pub(crate) const FRONT_LEN: usize = 8;
/// Bytes after a seal's signature: the length of the whole seal, then [`END`].
pub(crate) const FOOTER_LEN: usize = 12;
/// Bytes that are always enough to tell what a frame is and how long.
pub(crate) const PEEK_LEN: usize = HEADER_LEN;

/// A frame, as its first bytes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    /// `HEAD`, length of the JSON, JSON, signature.
    Head { json: usize },
    /// See [`BlockHeader`].
    Block(BlockHeader),
    /// `SEAL`, length of the JSON, JSON, signature, length of all this and what follows, [`END`].
    Seal { json: usize },
}

impl Frame {
    /// Gives the bytes of the whole frame.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Head { json } => FRONT_LEN + json + SIGNATURE_LEN,
            Self::Block(header) => header.frame_len(),
            Self::Seal { json } => FRONT_LEN + json + SIGNATURE_LEN + FOOTER_LEN,
        }
    }
}

/// What the next bytes of a tape are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peek {
    /// Enough to know the frame.
    Known(Frame),
    /// The beginning of a frame, or nothing at all: more bytes must come.
    Short,
    /// Not how a frame begins.
    Foreign,
}

/// Looks at the beginning of a frame.
pub(crate) fn peek(bytes: &[u8]) -> Peek {
    let Some((tag, rest)) = bytes.split_first_chunk::<4>() else {
        let fits = [HEAD_TAG, block::TAG, SEAL_TAG]
            .iter()
            .any(|tag| tag.starts_with(bytes));
        return if fits { Peek::Short } else { Peek::Foreign };
    };
    match *tag {
        block::TAG => match bytes.first_chunk::<HEADER_LEN>() {
            None => Peek::Short,
            Some(header) => {
                BlockHeader::parse(header).map_or(Peek::Foreign, |header| Peek::Known(Frame::Block(header)))
            }
        },
        HEAD_TAG => json_len(rest, MAX_HEAD, |json| Frame::Head { json }),
        SEAL_TAG => json_len(rest, MAX_SEAL, |json| Frame::Seal { json }),
        _ => Peek::Foreign,
    }
}

fn json_len(rest: &[u8], max: usize, frame: impl FnOnce(usize) -> Frame) -> Peek {
    match rest
        .first_chunk::<4>()
        .map(|len| u32::from_le_bytes(*len) as usize)
    {
        None => Peek::Short,
        Some(len) if len <= max => Peek::Known(frame(len)),
        Some(_) => Peek::Foreign,
    }
}

/// Splits a head or seal into JSON and signature.
pub(crate) fn json_parts(frame: &[u8], json: usize) -> Option<(&[u8], &[u8; SIGNATURE_LEN])> {
    let rest = frame.get(FRONT_LEN..)?;
    let (json, rest) = rest.split_at_checked(json)?;
    Some((json, rest.first_chunk()?))
}

/// Reads the last twelve bytes of a tape: how long the seal is that they end; [`None`] when they end none.
pub(crate) fn footer(last: &[u8]) -> Option<usize> {
    let (rest, end) = last.split_last_chunk::<8>()?;
    let len = u32::from_le_bytes(*rest.last_chunk()?) as usize;
    let min = FRONT_LEN + SIGNATURE_LEN + FOOTER_LEN;
    (*end == END && (min..=min + MAX_SEAL).contains(&len)).then_some(len)
}
