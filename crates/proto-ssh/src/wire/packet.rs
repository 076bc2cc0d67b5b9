//! Packets in and out of buffers, RFC 4253 §6.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::cipher::{LENGTH, LONGEST_TAG, Opener, Sealer};
use super::codec::Encode;
use super::error::WireError;

/// The longest packet, as in OpenSSH; RFC 4253 §6.1 asks for 35000 bytes.
const LONGEST: u32 = 256 * 1024;
/// The longest payload: what is left for it with the most padding.
pub(super) const LONGEST_PAYLOAD: usize = LONGEST as usize - 256;
/// The least padding.
const LEAST_PADDING: usize = 4;
/// The smallest buffer.
const SMALL: usize = 4 * 1024;
/// Keys must be replaced before a sequence number comes again under them.
const MOST_PACKETS: u64 = u32::MAX as u64;

/// Takes the smallest packet: padding length, one byte of payload, padding.
const SHORTEST: u32 = 1 + 1 + LEAST_PADDING as u32;

/// What went through since the keys are in use.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Used {
    pub(super) bytes: u64,
    pub(super) packets: u64,
}

impl Used {
    fn count(&mut self, bytes: usize) -> Result<(), WireError> {
        if self.packets >= MOST_PACKETS {
            return Err(WireError::KeysUsedUp);
        }
        self.packets += 1;
        self.bytes += bytes as u64;
        Ok(())
    }
}

/// What comes from the peer.
pub(super) struct Inbound {
    pub(super) buffer: BytesMut,
    opener: Opener,
    sequence: u32,
    used: Used,
    /// Length of the packet whose beginning is in the buffer, once it is known.
    length: Option<u32>,
    /// How much to read at once: follows the traffic between `SMALL` and `most`.
    chunk: usize,
    most: usize,
    /// The size of the buffer when it was last allocated.
    allocated: usize,
    /// The length of the buffer when it was handed out to be read into.
    handed: Option<usize>,
}

impl Inbound {
    pub(super) fn new(most: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            opener: Opener::Plain,
            sequence: 0,
            used: Used::default(),
            length: None,
            chunk: SMALL,
            most: most.max(SMALL),
            allocated: 0,
            handed: None,
        }
    }

    /// Makes room for what is expected next.
    pub(super) fn room(&mut self) -> &mut BytesMut {
        self.learn();
        if self.buffer.is_empty() && self.allocated > 4 * self.chunk {
            self.forget();
        }
        let packet = self
            .length
            .map_or(0, |length| LENGTH + length as usize + self.opener.tag());
        let wanted = self.chunk.max(packet.saturating_sub(self.buffer.len()));
        let room = self.buffer.capacity() - self.buffer.len();
        // Half a chunk is worth a read: asking for more would move or allocate the buffer at each turn.
        if room
            < wanted
                .min(self.chunk / 2)
                .max(packet.saturating_sub(self.buffer.len()))
        {
            self.buffer.reserve(wanted);
            self.allocated = self.buffer.capacity().max(self.allocated);
        }
        self.handed = Some(self.buffer.len());
        &mut self.buffer
    }

    /// Adapts the size of reads to what the last one brought; says whether it brought anything.
    pub(super) fn learn(&mut self) -> bool {
        let Some(before) = self.handed.take() else {
            return false;
        };
        let read = self.buffer.len().saturating_sub(before);
        if read >= self.chunk / 2 {
            self.chunk = (self.chunk * 2).min(self.most);
        } else if read > 0 && read < self.chunk / 8 {
            self.chunk = (self.chunk / 2).max(SMALL);
        }
        read > 0
    }

    /// Whether memory is held that nothing is in.
    pub(super) fn is_spare(&self) -> bool {
        self.allocated > 0 && self.buffer.is_empty()
    }

    /// Gives memory back that nothing is in.
    pub(super) fn shrink(&mut self) {
        if self.is_spare() {
            self.chunk = SMALL;
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.buffer = BytesMut::new();
        self.allocated = 0;
    }

    pub(super) fn used(&self) -> Used {
        self.used
    }

    /// The sequence number of the packet taken last.
    pub(super) fn last_sequence(&self) -> u32 {
        self.sequence.wrapping_sub(1)
    }

    /// Puts new keys into use, after the peer's `NEWKEYS`.
    pub(super) fn use_keys(&mut self, opener: Opener, restart: bool) {
        self.opener = opener;
        self.used = Used::default();
        if restart {
            self.sequence = 0;
        }
    }

    /// The length of the packet whose beginning is in the buffer; `None` if more input is needed.
    fn length(&mut self) -> Result<Option<u32>, WireError> {
        if self.length.is_some() {
            return Ok(self.length);
        }
        let Some(head) = self.buffer.get_mut(..self.opener.head()) else {
            return Ok(None);
        };
        let length = self.opener.length(self.sequence, head)?;
        if !(SHORTEST..=LONGEST).contains(&length) || !self.opener.fits(length) {
            return Err(WireError::PacketLength(length));
        }
        self.length = Some(length);
        Ok(self.length)
    }

    /// Takes the payload of the next packet; `None` if more input is needed.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, WireError> {
        let Some(length) = self.length()? else {
            return Ok(None);
        };
        let tag = self.opener.tag();
        let size = LENGTH + length as usize;
        if self.buffer.len() < size + tag {
            return Ok(None);
        }
        self.used.count(size + tag)?;
        self.length = None;
        let mut packet = self.buffer.split_to(size + tag);
        let (body, tag) = packet
            .split_at_mut_checked(size)
            .ok_or(WireError::PacketLength(length))?;
        self.opener.open(self.sequence, body, tag)?;
        self.sequence = self.sequence.wrapping_add(1);

        let padding = body.get(LENGTH).copied().unwrap_or_default() as usize;
        let payload = (length as usize - 1).saturating_sub(padding);
        if padding < LEAST_PADDING || payload == 0 {
            return Err(WireError::PacketLength(length));
        }
        packet.advance(LENGTH + 1);
        packet.truncate(payload);
        Ok(Some(packet.freeze()))
    }
}

/// What goes to the peer.
pub(super) struct Outbound {
    pub(super) buffer: BytesMut,
    sealer: Sealer,
    sequence: u32,
    used: Used,
    /// The size the buffer has reached since memory was given back.
    allocated: usize,
}

impl Outbound {
    pub(super) fn new() -> Self {
        Self {
            buffer: BytesMut::new(),
            sealer: Sealer::Plain,
            sequence: 0,
            used: Used::default(),
            allocated: 0,
        }
    }

    pub(super) fn used(&self) -> Used {
        self.used
    }

    /// Puts new keys into use, after our `NEWKEYS`.
    pub(super) fn use_keys(&mut self, sealer: Sealer, restart: bool) {
        self.sealer = sealer;
        self.used = Used::default();
        if restart {
            self.sequence = 0;
        }
    }

    /// Whether memory is held that nothing is in.
    pub(super) fn is_spare(&self) -> bool {
        self.allocated > 0 && self.buffer.is_empty()
    }

    /// Gives memory back that nothing is in.
    pub(super) fn shrink(&mut self) {
        if self.is_spare() {
            self.buffer = BytesMut::new();
            self.allocated = 0;
        }
    }

    /// Appends one packet; returns the message's number.
    ///
    /// A message that is too long or empty is refused. On any error nothing is appended, so that no plaintext can be
    /// left where it would be written to the socket.
    pub(super) fn write<M: Encode + ?Sized>(&mut self, message: &M) -> Result<u8, WireError> {
        let start = self.buffer.len();
        let written = self.append(start, message);
        if written.is_err() {
            self.buffer.truncate(start);
        }
        self.allocated = self.allocated.max(self.buffer.capacity());
        written
    }

    fn append<M: Encode + ?Sized>(&mut self, start: usize, message: &M) -> Result<u8, WireError> {
        self.buffer.put_bytes(0, LENGTH + 1);
        message.encode(&mut self.buffer);
        let payload = self.buffer.len().saturating_sub(start + LENGTH + 1);
        let number = self.buffer.get(start + LENGTH + 1).copied();
        let number = number
            .filter(|_| payload <= LONGEST_PAYLOAD)
            .ok_or(WireError::MessageTooLong(payload))?;

        let block = self.sealer.block();
        let counted = payload
            + 1
            + if self.sealer.length_is_aligned() {
                LENGTH
            } else {
                0
            };
        let mut padding = block - counted % block;
        if padding < LEAST_PADDING {
            padding += block;
        }
        self.put_padding(padding)?;

        let packet = self.buffer.get_mut(start..).unwrap_or_default();
        if let Some((length, [padding_length, ..])) = packet.split_first_chunk_mut::<LENGTH>() {
            *length = ((1 + payload + padding) as u32).to_be_bytes();
            *padding_length = padding as u8;
        }
        self.used.count(packet.len())?;
        let mut tag = [0; LONGEST_TAG];
        let tag_length = self.sealer.seal(self.sequence, packet, &mut tag)?;
        self.buffer.put_slice(tag.get(..tag_length).unwrap_or_default());
        self.sequence = self.sequence.wrapping_add(1);
        Ok(number)
    }

    fn put_padding(&mut self, count: usize) -> Result<(), WireError> {
        let at = self.buffer.len();
        self.buffer.put_bytes(0, count);
        if self.sealer.is_plain() {
            return Ok(());
        }
        let padding = self.buffer.get_mut(at..).unwrap_or_default();
        aws_lc_rs::rand::fill(padding).map_err(|_| WireError::Crypto("no randomness"))
    }
}

#[cfg(test)]
mod tests;
