//! Reading a tape from a file: from the start, from a point in time, and on while the file still grows.

use std::io::{self, Read, Seek, SeekFrom};

use domain::Micros;
use thiserror::Error;

use crate::block::{Block, BlockHeader, HEADER_LEN};
use crate::crypt::{DataKey, SIGNATURE_LEN};
use crate::frame::{FOOTER_LEN, Frame, MAGIC, PEEK_LEN, Peek, footer, json_parts, peek};
use crate::head::Head;
use crate::seal::Seal;

/// Why a tape cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file could not be read.
    #[error("tape could not be read")]
    Io(#[from] io::Error),
    /// The file does not begin as tapes do.
    #[error("not a tape")]
    NotATape,
    /// The head names a format that this version does not know.
    #[error("unsupported tape format")]
    Unsupported,
    /// The head has not been written to its end.
    #[error("tape has no whole head yet")]
    NoHead,
    /// No key has been given.
    #[error("tape is locked")]
    Locked,
    /// What stands at this offset is not what was written, or the key is another tape's.
    #[error("tape is damaged at byte {offset}")]
    Damaged {
        /// Where in the file.
        offset: u64,
    },
}

/// What comes next in a tape.
#[derive(Debug, Clone)]
pub enum Next {
    /// A block.
    Block(Block),
    /// The end.
    Seal(Box<Seal>),
    /// The file ends before the next part does: nothing new, or a block that is only partly written. Ask again later.
    NotYet,
}

/// A tape in a file. Decryption proves that what is read was written by the holder of the data key; [`crate::verify`] proves more.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    head: Head,
    key: Option<DataKey>,
    begin: u64,
    offset: u64,
    next_block: Option<u32>,
}

impl<R: Read + Seek> Reader<R> {
    /// Reads the head.
    pub fn open(mut input: R) -> Result<Self, ReadError> {
        let mut magic = [0; MAGIC.len()];
        let len = read_at(&mut input, 0, &mut magic)?;
        if magic.get(..len) != MAGIC.get(..len) || len == 0 {
            return Err(ReadError::NotATape);
        }
        let begin = MAGIC.len() as u64;
        let mut front = [0; PEEK_LEN];
        let len = read_at(&mut input, begin, &mut front)?;
        let damaged = ReadError::Damaged { offset: begin };
        let frame = match peek(front.get(..len).unwrap_or_default()) {
            Peek::Known(frame @ Frame::Head { .. }) => frame,
            Peek::Short => return Err(ReadError::NoHead),
            Peek::Known(_) | Peek::Foreign => return Err(damaged),
        };
        let Frame::Head { json } = frame else {
            return Err(damaged);
        };
        let bytes = read_frame(&mut input, begin, frame.len())?.ok_or(ReadError::NoHead)?;
        let head = json_parts(&bytes, json)
            .and_then(|(json, _)| Head::parse(json))
            .ok_or(damaged)?;
        if !head.is_supported() {
            return Err(ReadError::Unsupported);
        }
        let begin = begin + frame.len() as u64;
        Ok(Self {
            input,
            head,
            key: None,
            begin,
            offset: begin,
            next_block: Some(0),
        })
    }

    /// Gives the head: which key to unwrap, whose recording it is.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Gives the key.
    pub fn unlock(&mut self, key: DataKey) {
        self.key = Some(key);
    }

    /// Gives where the next part begins in the file.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads and decrypts the next block.
    pub fn next_block(&mut self) -> Result<Next, ReadError> {
        let Some(frame) = self.peek()? else {
            return Ok(Next::NotYet);
        };
        let Some(mut bytes) = read_frame(&mut self.input, self.offset, frame.len())? else {
            return Ok(Next::NotYet);
        };
        match frame {
            Frame::Block(header) => {
                self.check(&header)?;
                let key = self.key.as_ref().ok_or(ReadError::Locked)?;
                bytes.truncate(bytes.len() - SIGNATURE_LEN);
                let block = Block::open(header, self.offset, bytes.split_off(HEADER_LEN), key)?;
                self.step(&header);
                Ok(Next::Block(block))
            }
            Frame::Seal { json } => {
                let seal = json_parts(&bytes, json).and_then(|(json, _)| Seal::parse(json));
                Ok(Next::Seal(Box::new(
                    seal.ok_or(ReadError::Damaged { offset: self.offset })?,
                )))
            }
            Frame::Head { .. } => Err(ReadError::Damaged { offset: self.offset }),
        }
    }

    /// Reads the header of the next block and steps over it; [`None`] at the seal or where the file ends. Needs no key.
    pub fn skip_block(&mut self) -> Result<Option<BlockHeader>, ReadError> {
        let Some(Frame::Block(header)) = self.peek()? else {
            return Ok(None);
        };
        self.check(&header)?;
        if self.input.seek(SeekFrom::End(0))? < self.offset + header.frame_len() as u64 {
            return Ok(None);
        }
        self.step(&header);
        Ok(Some(header))
    }

    /// Reads the seal, wherever reading stands; [`None`] while there is none.
    pub fn seal(&mut self) -> Result<Option<Seal>, ReadError> {
        let end = self.input.seek(SeekFrom::End(0))?;
        let Some(from) = end.checked_sub(FOOTER_LEN as u64) else {
            return Ok(None);
        };
        let mut last = [0; FOOTER_LEN];
        let read = read_at(&mut self.input, from, &mut last)?;
        let Some(len) = last.get(..read).and_then(footer) else {
            return Ok(None);
        };
        let Some(offset) = end.checked_sub(len as u64) else {
            return Ok(None);
        };
        let Some(bytes) = read_frame(&mut self.input, offset, len)? else {
            return Ok(None);
        };
        let Peek::Known(frame @ Frame::Seal { json }) = peek(&bytes) else {
            return Ok(None);
        };
        if frame.len() != len {
            return Ok(None);
        }
        Ok(json_parts(&bytes, json).and_then(|(json, _)| Seal::parse(json)))
    }

    /// Goes back to the first block.
    pub fn rewind(&mut self) {
        self.offset = self.begin;
        self.next_block = Some(0);
    }

    /// Goes to the block that holds the screen at a time: the last one that begins at or before it, or the first of all.
    pub fn seek_time(&mut self, at: Micros) -> Result<(), ReadError> {
        self.seek(|entry| entry.first_time <= at, |header| header.first_time <= at)
    }

    /// Goes to the block that holds a record, or to the end.
    pub fn seek_record(&mut self, number: u64) -> Result<(), ReadError> {
        self.seek(
            |entry| entry.first_record <= number,
            |header| header.first_record <= number,
        )
    }

    /// Goes to the last block with a keyframe that begins at or before a time, or to the first block.
    ///
    /// Replay that starts here has the whole state. Costs one small read per block after the nearest index entry with a keyframe.
    pub fn seek_keyframe(&mut self, at: Micros) -> Result<(), ReadError> {
        self.rewind();
        let index = self.seal()?.map(|seal| seal.index).unwrap_or_default();
        let near = index
            .iter()
            .rev()
            .find(|entry| entry.keyframe && entry.first_time <= at);
        if let Some(entry) = near {
            self.go(entry.offset, Some(entry.block));
        }
        let mut best = (self.offset, self.next_block);
        loop {
            let here = (self.offset, self.next_block);
            match self.skip_block()? {
                Some(header) if header.first_time > at => break,
                Some(header) if header.has_keyframe() => best = here,
                Some(_) => {}
                None => break,
            }
        }
        self.go(best.0, best.1);
        Ok(())
    }

    fn seek(
        &mut self,
        entry_fits: impl Fn(&crate::IndexEntry) -> bool,
        header_fits: impl Fn(&BlockHeader) -> bool,
    ) -> Result<(), ReadError> {
        self.rewind();
        let index = self.seal()?.map(|seal| seal.index).unwrap_or_default();
        let after = index.partition_point(entry_fits);
        if let Some(entry) = after.checked_sub(1).and_then(|at| index.get(at)) {
            self.go(entry.offset, Some(entry.block));
        }
        let mut best = (self.offset, self.next_block);
        loop {
            let here = (self.offset, self.next_block);
            match self.skip_block()? {
                Some(header) if header_fits(&header) => best = here,
                _ => break,
            }
        }
        self.go(best.0, best.1);
        Ok(())
    }

    fn go(&mut self, offset: u64, block: Option<u32>) {
        self.offset = offset;
        self.next_block = block;
    }

    fn peek(&mut self) -> Result<Option<Frame>, ReadError> {
        let mut front = [0; PEEK_LEN];
        let len = read_at(&mut self.input, self.offset, &mut front)?;
        match peek(front.get(..len).unwrap_or_default()) {
            Peek::Known(frame) => Ok(Some(frame)),
            Peek::Short => Ok(None),
            Peek::Foreign => Err(ReadError::Damaged { offset: self.offset }),
        }
    }

    fn check(&self, header: &BlockHeader) -> Result<(), ReadError> {
        let ours = header.tape == *self.head.label.tape.0.as_bytes();
        let next = self.next_block.is_none_or(|next| next == header.sequence);
        if ours && next {
            Ok(())
        } else {
            Err(ReadError::Damaged { offset: self.offset })
        }
    }

    fn step(&mut self, header: &BlockHeader) {
        self.offset += header.frame_len() as u64;
        self.next_block = header.sequence.checked_add(1);
    }
}

/// Reads as many bytes as there are, at most the buffer's length.
pub(crate) fn read_at<R: Read + Seek>(input: &mut R, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    input.seek(SeekFrom::Start(offset))?;
    let mut len = 0;
    while let Some(rest) = buffer.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

/// Reads a whole frame; [`None`] when the file ends before. Memory grows with what is there, not with what is announced.
pub(crate) fn read_frame<R: Read + Seek>(
    input: &mut R,
    offset: u64,
    len: usize,
) -> io::Result<Option<Vec<u8>>> {
    input.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::with_capacity(len.min(1 << 20));
    input.take(len as u64).read_to_end(&mut bytes)?;
    Ok((bytes.len() == len).then_some(bytes))
}
