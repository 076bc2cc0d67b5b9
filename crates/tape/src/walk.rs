//! Steps through a tape's frames and checks each signature; what the order means is for `verify` and `salvage` to say.

use std::io::{self, Read, Seek, SeekFrom};

use crate::block::{self, BlockHeader, HEADER_LEN};
use crate::crypt::{Hash, PublicKey, SIGNATURE_LEN, Signed, sha256};
use crate::frame::{
    END, FOOTER_LEN, FRONT_LEN, Frame, HEAD_TAG, MAGIC, PEEK_LEN, Peek, SEAL_TAG, footer, json_parts, peek,
};
use crate::head::{self, Head};
use crate::reader::{read_at, read_frame};
use crate::seal::{self, Seal};

/// What the beginning of a file is.
pub(crate) enum Begin<R> {
    /// A head with a good signature: what it says, the walk behind it, the first hash of the chain.
    Sound(Box<Head>, Box<Walk<R>>, Hash),
    /// A head whose own key has signed it, which is none of ours.
    ForeignKey(PublicKey),
    /// A tape whose head is not what was written.
    Changed,
    /// The file ends within the head.
    Torn,
    /// Something else.
    NotATape,
}

/// What stands at the walker's place.
#[derive(Debug)]
pub(crate) enum Found {
    /// A block with a good signature.
    Block { header: BlockHeader, chain: Hash },
    /// A seal with a good signature and a sound footer.
    Seal(Box<Seal>),
    /// Something that is not as it was written. The next step goes behind it, if its length is still what it was.
    Changed,
    /// A frame that the file's end cuts off.
    Torn,
    /// The file ends here.
    End,
}

/// Walks over the frames of a tape. Memory is bounded by one frame.
pub(crate) struct Walk<R> {
    input: R,
    key: PublicKey,
    tape: [u8; 16],
    end: u64,
    seal_at: Option<u64>,
    /// Where the frame found last begins, and where the next does.
    pub(crate) offset: u64,
    next: u64,
    frame: Vec<u8>,
}

/// Reads the head.
pub(crate) fn begin<R: Read + Seek>(mut input: R, keys: &[PublicKey]) -> io::Result<Begin<R>> {
    let end = input.seek(SeekFrom::End(0))?;
    let seal_at = find_seal(&mut input, end)?;
    let start = MAGIC.len() as u64;
    let mut magic = [0; MAGIC.len()];
    let read = read_at(&mut input, 0, &mut magic)?;
    let mut front = [0; FRONT_LEN];
    let front_len = read_at(&mut input, start, &mut front)?;
    if magic.get(..read) != MAGIC.get(..read) || read == 0 {
        // One wrong byte in the magic does not make a tape something else, when all the rest says that it is one.
        let tape = seal_at.is_some() && front.starts_with(&HEAD_TAG);
        return Ok(if tape { Begin::Changed } else { Begin::NotATape });
    }
    let torn = || {
        if seal_at.is_some() {
            Begin::Changed
        } else {
            Begin::Torn
        }
    };
    let json = match peek(front.get(..front_len).unwrap_or_default()) {
        Peek::Known(Frame::Head { json }) => json,
        Peek::Short => return Ok(torn()),
        Peek::Known(_) | Peek::Foreign => return Ok(Begin::Changed),
    };
    let frame = Frame::Head { json };
    let Some(bytes) = read_frame(&mut input, start, frame.len())? else {
        return Ok(torn());
    };
    let Some((json, signature)) = json_parts(&bytes, json) else {
        return Ok(Begin::Changed);
    };
    let Some(head) = Head::parse(json) else {
        return Ok(Begin::Changed);
    };
    if !head::is_signed(json, signature, &head.signing_key) {
        return Ok(Begin::Changed);
    }
    if !keys.contains(&head.signing_key) {
        return Ok(Begin::ForeignKey(head.signing_key));
    }
    let walk = Walk {
        input,
        key: head.signing_key,
        tape: *head.label.tape.0.as_bytes(),
        end,
        seal_at,
        offset: start,
        next: start + frame.len() as u64,
        frame: Vec::new(),
    };
    let chain = head::hash(json);
    Ok(Begin::Sound(Box::new(head), Box::new(walk), chain))
}

/// Asks the file's last bytes where the seal begins.
fn find_seal<R: Read + Seek>(input: &mut R, end: u64) -> io::Result<Option<u64>> {
    let Some(from) = end.checked_sub(FOOTER_LEN as u64) else {
        return Ok(None);
    };
    let mut last = [0; FOOTER_LEN];
    let read = read_at(input, from, &mut last)?;
    Ok(last
        .get(..read)
        .and_then(footer)
        .and_then(|len| end.checked_sub(len as u64)))
}

impl<R: Read + Seek> Walk<R> {
    /// Looks at the next frame.
    pub(crate) fn step(&mut self) -> io::Result<Found> {
        self.offset = self.next;
        if self.offset >= self.end {
            return Ok(Found::End);
        }
        let mut front = [0; PEEK_LEN];
        let len = read_at(&mut self.input, self.offset, &mut front)?;
        let frame = match peek(front.get(..len).unwrap_or_default()) {
            Peek::Known(frame) => frame,
            Peek::Short if self.seal_at.is_none() => return Ok(Found::Torn),
            Peek::Short | Peek::Foreign => return Ok(Found::Changed),
        };
        self.next = self.offset + frame.len() as u64;
        if self.next > self.end {
            return self.overrun();
        }
        let Some(bytes) = read_frame(&mut self.input, self.offset, frame.len())? else {
            return Ok(Found::Torn);
        };
        self.frame = bytes;
        Ok(match frame {
            Frame::Block(header) => self.block(header),
            Frame::Seal { json } => self
                .seal(json)
                .map_or(Found::Changed, |seal| Found::Seal(seal.into())),
            Frame::Head { .. } => Found::Changed,
        })
    }

    /// A frame that is longer than the file: cut off, or its length was changed. The latter when the file goes on behind it.
    fn overrun(&mut self) -> io::Result<Found> {
        let rest = (self.end - self.offset) as usize;
        let goes_on = self.seal_at.is_some()
            || read_frame(&mut self.input, self.offset, rest)?.is_some_and(|rest| self.holds_block(&rest));
        Ok(if goes_on { Found::Changed } else { Found::Torn })
    }

    /// Tells whether the bytes, after their first, hold what looks like a block of this tape.
    fn holds_block(&self, bytes: &[u8]) -> bool {
        bytes.windows(HEADER_LEN).skip(1).any(|window| {
            window.starts_with(&block::TAG)
                && window
                    .first_chunk()
                    .and_then(BlockHeader::parse)
                    .is_some_and(|header| header.tape == self.tape)
        })
    }

    fn block(&self, header: BlockHeader) -> Found {
        let Some((body, signature)) = self.frame.split_last_chunk::<SIGNATURE_LEN>() else {
            return Found::Changed;
        };
        let chain = sha256(body);
        if self.key.verify(Signed::Block, &chain, signature) {
            Found::Block { header, chain }
        } else {
            Found::Changed
        }
    }

    fn seal(&self, json: usize) -> Option<Seal> {
        let (front, end) = self.frame.split_last_chunk::<8>()?;
        let (_, len) = front.split_last_chunk::<4>()?;
        let (json, signature) = json_parts(&self.frame, json)?;
        let sound = *end == END
            && u32::from_le_bytes(*len) as usize == self.frame.len()
            && seal::is_signed(json, signature, &self.key);
        if sound { Seal::parse(json) } else { None }
    }

    /// Tells whether the frame found last stands where the seal is.
    pub(crate) fn at_seal(&mut self) -> io::Result<bool> {
        let mut tag = [0; 4];
        let read = read_at(&mut self.input, self.offset, &mut tag)?;
        Ok(self.seal_at == Some(self.offset) || (read == tag.len() && tag == SEAL_TAG))
    }

    /// Gives the stored bytes (ciphertext and tag) of the block found last.
    pub(crate) fn stored(&self) -> Option<&[u8]> {
        self.frame
            .get(HEADER_LEN..self.frame.len().checked_sub(SIGNATURE_LEN)?)
    }

    /// Gives the bytes from the end of the frame found last to the file's end.
    pub(crate) fn bytes_behind(&self) -> u64 {
        self.end.saturating_sub(self.next)
    }

    /// Gives the bytes from the begin of the frame found last to the file's end.
    pub(crate) fn bytes_from_here(&self) -> u64 {
        self.end.saturating_sub(self.offset)
    }

    /// Gives the tape's name as blocks carry it.
    pub(crate) fn tape(&self) -> &[u8; 16] {
        &self.tape
    }
}
