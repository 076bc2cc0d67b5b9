//! Reading a tape as it comes: fed with bytes, gives parts; for files that still grow and for streams.

use bytes::{Buf, BytesMut};

use crate::block::{Block, HEADER_LEN};
use crate::crypt::{DataKey, SIGNATURE_LEN};
use crate::frame::{Frame, MAGIC, Peek, json_parts, peek};
use crate::head::Head;
use crate::reader::ReadError;
use crate::seal::Seal;

/// A part of a tape.
#[derive(Debug, Clone)]
pub enum Part {
    /// The head; comes first. The key must be given before the next part is asked for.
    Head(Box<Head>),
    /// A block.
    Block(Block),
    /// The end.
    Seal(Box<Seal>),
}

/// Reads a tape from pieces of any size. Holds at most one frame besides what it was fed last.
#[derive(Debug)]
pub struct Follower {
    buffer: BytesMut,
    offset: u64,
    begun: bool,
    key: Option<DataKey>,
    tape: Option<[u8; 16]>,
    next_block: Option<u32>,
}

impl Follower {
    /// Starts at the beginning of a tape.
    #[must_use]
    pub fn new() -> Self {
        Self {
            buffer: BytesMut::new(),
            offset: 0,
            begun: false,
            key: None,
            tape: None,
            next_block: Some(0),
        }
    }

    /// Starts at a block of a tape whose head is known; `offset` is where the first byte fed stands in the file.
    #[must_use]
    pub fn resume(head: &Head, key: DataKey, offset: u64) -> Self {
        let tape = Some(*head.label.tape.0.as_bytes());
        Self {
            buffer: BytesMut::new(),
            offset,
            begun: true,
            key: Some(key),
            tape,
            next_block: None,
        }
    }

    /// Gives the key, after the head has told which one it is.
    pub fn unlock(&mut self, key: DataKey) {
        self.key = Some(key);
    }

    /// Takes the next bytes of the file.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Gives where the next part begins in the file.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Gives the next whole part; [`None`] when more bytes must come first. After an error, nothing more is to be expected.
    pub fn next_part(&mut self) -> Result<Option<Part>, ReadError> {
        if !self.begun {
            let Some(magic) = self.buffer.first_chunk::<8>() else {
                return if MAGIC.starts_with(&self.buffer) {
                    Ok(None)
                } else {
                    Err(ReadError::NotATape)
                };
            };
            if *magic != MAGIC {
                return Err(ReadError::NotATape);
            }
            self.skip(MAGIC.len());
            self.begun = true;
        }
        let frame = match peek(&self.buffer) {
            Peek::Known(frame) if self.buffer.len() >= frame.len() => frame,
            Peek::Known(_) | Peek::Short => return Ok(None),
            Peek::Foreign => return Err(self.damaged()),
        };
        let part = self.part(frame)?;
        self.skip(frame.len());
        Ok(Some(part))
    }

    fn part(&mut self, frame: Frame) -> Result<Part, ReadError> {
        match frame {
            Frame::Head { json } if self.tape.is_none() => {
                let (json, _) = json_parts(&self.buffer, json).ok_or_else(|| self.damaged())?;
                let head = Head::parse(json).ok_or_else(|| self.damaged())?;
                if !head.is_supported() {
                    return Err(ReadError::Unsupported);
                }
                self.tape = Some(*head.label.tape.0.as_bytes());
                Ok(Part::Head(Box::new(head)))
            }
            Frame::Block(header) if self.tape == Some(header.tape) => {
                if self.next_block.is_some_and(|next| next != header.sequence) {
                    return Err(self.damaged());
                }
                let key = self.key.as_ref().ok_or(ReadError::Locked)?;
                let stored = self.buffer.get(HEADER_LEN..header.frame_len() - SIGNATURE_LEN);
                let stored = stored.ok_or_else(|| self.damaged())?.to_vec();
                let block = Block::open(header, self.offset, stored, key)?;
                self.next_block = header.sequence.checked_add(1);
                Ok(Part::Block(block))
            }
            Frame::Seal { json } if self.tape.is_some() => {
                let (json, _) = json_parts(&self.buffer, json).ok_or_else(|| self.damaged())?;
                Seal::parse(json)
                    .map(|seal| Part::Seal(Box::new(seal)))
                    .ok_or_else(|| self.damaged())
            }
            _ => Err(self.damaged()),
        }
    }

    fn skip(&mut self, len: usize) {
        self.buffer.advance(len);
        self.offset += len as u64;
        // A burst must not leave its memory behind.
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }

    fn damaged(&self) -> ReadError {
        ReadError::Damaged { offset: self.offset }
    }
}

impl Default for Follower {
    fn default() -> Self {
        Self::new()
    }
}
