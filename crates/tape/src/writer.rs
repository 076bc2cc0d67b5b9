//! Writing a tape: records in, blocks out.

use bytes::Bytes;
use domain::{Micros, Span};
use thiserror::Error;

use crate::block::{self, BlockHeader, HEADER_LEN};
use crate::compress::Scratch;
use crate::crypt::{DataKey, Hash, SIGNATURE_LEN, Signed, SigningKey, TAG_LEN, sha256};
use crate::encode::{FRONT_MAX, put_front};
use crate::head::{Head, Label};
use crate::index::Index;
use crate::record::{Direction, Kind, Record};
use crate::seal::{Ending, Seal};
use crate::{BLOCK_TARGET, MAX_PAYLOAD, MAX_PLAIN};

/// How long a record may wait for its block to be closed, unless the caller says otherwise (150 ms; with the disk's own time below 250).
pub const GROUP_COMMIT: Span = Span(150_000);

/// Memory of a block that fills up: its records and the last one over the target, its header, tag and signature.
const ROOM: usize = BLOCK_TARGET + BLOCK_TARGET / 4;

/// Why a tape cannot be written on. After [`WriteError::Crypto`] the tape is over: sealing it is refused as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WriteError {
    /// The label does not fit into a head (64 KiB of JSON).
    #[error("label does not fit into the head")]
    Label,
    /// The record's payload is over [`MAX_PAYLOAD`].
    #[error("record is too large")]
    TooLarge,
    /// The block is full: close it, then push again.
    #[error("block is full")]
    Full,
    /// The tape has the most blocks that its numbers can name (2³²).
    #[error("tape is full")]
    TapeFull,
    /// Encrypting or signing failed.
    #[error("block could not be encrypted and signed")]
    Crypto,
    /// The seal is too large (the reason has more than some hundred KiB).
    #[error("seal is too large")]
    Seal,
}

/// What became of a closed block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockInfo {
    /// Its header.
    pub header: BlockHeader,
    /// Where it begins in the file.
    pub offset: u64,
    /// Its bytes in the file.
    pub len: usize,
}

/// A tape that is being written. Idle, it holds a few hundred bytes and its index.
///
/// The caller stores what is appended to `out`, in order, and nothing else: offsets are counted here.
#[derive(Debug)]
pub struct Writer {
    tape: [u8; 16],
    id: domain::ConnectionId,
    key: DataKey,
    signer: SigningKey,
    /// [`HEADER_LEN`] bytes of room, then the records of the open block; empty when there are none.
    open: Vec<u8>,
    pending: u32,
    has_keyframe: bool,
    first_pending: Micros,
    /// When the open block's first record was pushed.
    max_wait: Span,
    last_time: Micros,
    first_time: Micros,
    records: u64,
    blocks: u32,
    to_target: u64,
    from_target: u64,
    offset: u64,
    chain: Hash,
    index: Index,
    failed: bool,
}

impl Writer {
    /// Begins a tape: appends its head to `out`.
    pub fn begin(
        label: Label,
        key: &DataKey,
        signer: &SigningKey,
        out: &mut Vec<u8>,
    ) -> Result<Self, WriteError> {
        let before = out.len();
        let id = label.tape;
        let chain = Head::new(label, signer.public()).write(signer, out)?;
        Ok(Self {
            tape: *id.0.as_bytes(),
            id,
            key: key.clone(),
            signer: signer.clone(),
            open: Vec::new(),
            pending: 0,
            has_keyframe: false,
            first_pending: Micros::NEVER,
            max_wait: GROUP_COMMIT,
            last_time: Micros(i64::MIN),
            first_time: Micros::NEVER,
            records: 0,
            blocks: 0,
            to_target: 0,
            from_target: 0,
            offset: (out.len() - before) as u64,
            chain,
            index: Index::new(),
            failed: false,
        })
    }

    /// Sets how long a record may wait for its block to be closed; zero for every record at once.
    #[must_use]
    pub fn with_max_wait(mut self, wait: Span) -> Self {
        self.max_wait = wait;
        self
    }

    /// Adds a record and gives its number. Data over [`MAX_PAYLOAD`] becomes several records; the last one's number is given.
    pub fn push(&mut self, record: &Record) -> Result<u64, WriteError> {
        if let Kind::Data(direction, bytes) = &record.kind {
            return self.push_data(record.at, record.strand, *direction, std::slice::from_ref(bytes));
        }
        let payload = record.kind.payload();
        if payload.len() > MAX_PAYLOAD {
            return Err(WriteError::TooLarge);
        }
        let (to_target, from_target) = record.kind.traffic();
        let delta = self.prepare(record.at, payload.len())?;
        payload.write(&mut self.open, record.strand, delta);
        self.has_keyframe |= matches!(record.kind, Kind::Keyframe(_));
        Ok(self.count(to_target, from_target))
    }

    /// Adds bytes that passed, given in pieces, as one record (as several when they are over [`MAX_PAYLOAD`] together). The bytes
    /// are copied once, into the open block.
    pub fn push_data(
        &mut self,
        at: Micros,
        strand: u32,
        direction: Direction,
        pieces: &[Bytes],
    ) -> Result<u64, WriteError> {
        let total: usize = pieces.iter().map(Bytes::len).sum();
        if total <= MAX_PAYLOAD {
            return self.push_pieces(at, strand, direction, pieces, total);
        }
        // All or nothing: half a chunk must not be on the tape when the other half is refused.
        let fronts = pieces.len() * FRONT_MAX + total / MAX_PAYLOAD * FRONT_MAX;
        if self.open.len().max(HEADER_LEN) + total + fronts > HEADER_LEN + MAX_PLAIN {
            return Err(if self.pending == 0 {
                WriteError::TooLarge
            } else {
                WriteError::Full
            });
        }
        let mut number = self.records;
        for piece in pieces {
            let mut rest = piece.clone();
            while !rest.is_empty() {
                let part = rest.split_to(rest.len().min(MAX_PAYLOAD));
                number = self.push_pieces(at, strand, direction, std::slice::from_ref(&part), part.len())?;
            }
        }
        Ok(number)
    }

    fn push_pieces(
        &mut self,
        at: Micros,
        strand: u32,
        direction: Direction,
        pieces: &[Bytes],
        total: usize,
    ) -> Result<u64, WriteError> {
        let delta = self.prepare(at, total)?;
        put_front(&mut self.open, direction.code(), strand, delta, total);
        for piece in pieces {
            self.open.extend_from_slice(piece);
        }
        let total = total as u64;
        Ok(match direction {
            Direction::ToTarget => self.count(total, 0),
            Direction::FromTarget | Direction::FromTargetErr => self.count(0, total),
        })
    }

    /// Makes room for a record, and gives its distance from the one before within the block.
    fn prepare(&mut self, at: Micros, payload: usize) -> Result<u64, WriteError> {
        if self.failed {
            return Err(WriteError::Crypto);
        }
        let len = self.open.len().max(HEADER_LEN) + payload + FRONT_MAX;
        if len > HEADER_LEN + MAX_PLAIN || self.pending == u32::MAX {
            return Err(WriteError::Full);
        }
        if self.open.is_empty() {
            self.open.resize(HEADER_LEN, 0);
        }
        self.make_room(payload + FRONT_MAX);
        let at = at.max(self.last_time);
        let delta = if self.pending == 0 {
            0
        } else {
            at.since(self.last_time).0 as u64
        };
        if self.pending == 0 {
            self.first_pending = at;
        }
        if self.records == 0 {
            self.first_time = at;
        }
        self.last_time = at;
        Ok(delta)
    }

    /// Gives a block that has begun to fill up the memory of a whole one at once: growing by halves, it would be copied again and again.
    fn make_room(&mut self, more: usize) {
        let len = self.open.len() + more;
        if len > self.open.capacity() && (BLOCK_TARGET / 8..ROOM).contains(&len) {
            self.open.reserve_exact(ROOM - self.open.len());
        }
    }

    fn count(&mut self, to_target: u64, from_target: u64) -> u64 {
        let number = self.records;
        self.pending += 1;
        self.records += 1;
        self.to_target += to_target;
        self.from_target += from_target;
        number
    }

    /// Gives how many records wait for their block to be closed.
    #[must_use]
    pub fn pending(&self) -> u32 {
        self.pending
    }

    /// Gives the bytes that wait for their block to be closed, before compression.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        self.open.len().saturating_sub(HEADER_LEN)
    }

    /// Gives when the open block is to be closed at the latest; [`None`] when nothing waits.
    #[must_use]
    pub fn deadline(&self) -> Option<Micros> {
        (self.pending > 0).then(|| self.first_pending.plus(self.max_wait))
    }

    /// Tells whether the open block is to be closed: it is full or its first record has waited long enough.
    #[must_use]
    pub fn should_close(&self, now: Micros) -> bool {
        self.pending_bytes() >= BLOCK_TARGET || self.deadline().is_some_and(|deadline| deadline <= now)
    }

    /// Gives the number of records so far, pending ones included: the number that the next will have.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Gives the bytes of traffic so far: to the target, from the target.
    #[must_use]
    pub fn traffic(&self) -> (u64, u64) {
        (self.to_target, self.from_target)
    }

    /// Gives the length of the tape up to the last closed block.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Closes the open block: compresses, encrypts, chains, signs and appends it to `out`; [`None`] when nothing was pending.
    ///
    /// An empty `out` is exchanged for the block's own memory, which spares a copy; it should come back empty for the next block.
    pub fn close_block(
        &mut self,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<Option<BlockInfo>, WriteError> {
        if self.failed {
            return Err(WriteError::Crypto);
        }
        if self.pending == 0 {
            return Ok(None);
        }
        if self.blocks == u32::MAX {
            return Err(WriteError::TapeFull);
        }
        // From here until the end, leaving means failing: a block number is a nonce and must never be used twice.
        self.failed = true;
        let info = self.close(scratch, out).ok_or(WriteError::Crypto)?;
        self.failed = false;
        Ok(Some(info))
    }

    fn close(&mut self, scratch: &mut Scratch, out: &mut Vec<u8>) -> Option<BlockInfo> {
        let start = out.len();
        let plain_len = self.pending_bytes();
        let mut flags = if self.has_keyframe { block::KEYFRAME } else { 0 };
        if let Some(packed) = scratch.pack(self.open.get(HEADER_LEN..)?) {
            flags |= block::COMPRESSED;
            out.reserve(HEADER_LEN + packed.len() + TAG_LEN + SIGNATURE_LEN);
            out.resize(start + HEADER_LEN, 0);
            out.extend_from_slice(packed);
        } else if out.is_empty() {
            std::mem::swap(out, &mut self.open);
        } else {
            out.extend_from_slice(&self.open);
        }
        let header = BlockHeader {
            sequence: self.blocks,
            first_record: self.records - u64::from(self.pending),
            records: self.pending,
            flags,
            first_time: self.first_pending,
            last_time: self.last_time,
            plain_len: plain_len as u32,
            stored_len: (out.len() - start - HEADER_LEN + TAG_LEN) as u32,
            to_target: self.to_target,
            from_target: self.from_target,
            tape: self.tape,
            previous: self.chain,
        };
        let (front, body) = out.get_mut(start..)?.split_first_chunk_mut::<HEADER_LEN>()?;
        *front = header.encode();
        let tag = self.key.seal(header.sequence, front, body)?;
        out.extend_from_slice(&tag);
        let chain = sha256(out.get(start..)?);
        out.extend_from_slice(&self.signer.sign(Signed::Block, &chain)?);

        let info = BlockInfo {
            header,
            offset: self.offset,
            len: out.len() - start,
        };
        self.index.add(&header, self.offset);
        self.offset += info.len as u64;
        self.chain = chain;
        self.blocks += 1;
        self.pending = 0;
        self.has_keyframe = false;
        self.open.clear();
        // Memory stays only with a tape that is likely to fill it again at once.
        if plain_len < BLOCK_TARGET / 2 {
            self.open = Vec::new();
        }
        Some(info)
    }

    /// Gives memory back that is kept for the next block; for a tape that has gone quiet after much traffic.
    pub fn release(&mut self) {
        if self.pending == 0 {
            self.open = Vec::new();
        }
    }

    /// Ends the tape: closes the open block and appends the seal.
    pub fn seal(
        mut self,
        ending: Ending,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> Result<Seal, WriteError> {
        self.close_block(scratch, out)?;
        let last_time = if self.records == 0 {
            Micros::NEVER
        } else {
            self.last_time
        };
        let seal = Seal {
            state: ending.state,
            tape: self.id,
            chain: self.chain,
            blocks: self.blocks,
            records: self.records,
            to_target: self.to_target,
            from_target: self.from_target,
            first_time: self.first_time,
            last_time,
            sealed_at: ending.at,
            reason: ending.reason,
            torn_bytes: 0,
            index: self.index.entries(),
        };
        seal.write(&self.signer, out)?;
        Ok(seal)
    }
}
