//! What to do with a tape whose recorder was lost: keep what is whole, cut the rest, seal it as unfinished.

use std::io::{self, Read, Seek};

use domain::Micros;
use thiserror::Error;

use crate::crypt::SigningKey;
use crate::index::Index;
use crate::seal::{Seal, SealState};
use crate::walk::{Begin, Found, begin};
use crate::writer::WriteError;

/// How to end a torn tape: truncate the file to `keep` bytes, append `tail`, sync.
#[derive(Debug, Clone)]
pub struct Salvage {
    /// How many bytes are whole.
    pub keep: u64,
    /// The seal to append.
    pub tail: Vec<u8>,
    /// What the seal says: records, times, index.
    pub seal: Seal,
    /// Bytes that are cut away: at most what was in flight. More than the recorder ever has in flight means damage, not a crash; keep a
    /// copy then.
    pub torn_bytes: u64,
}

/// The reason in the seal of a tape that had lost its end before it was sealed: whoever sealed it knew of more that had been on disk.
/// Verification calls such a tape cut.
pub const CUT: &str = "cut before it was sealed";

/// Why a tape cannot be sealed.
#[derive(Debug, Error)]
pub enum SalvageError {
    /// The file could not be read.
    #[error("tape could not be read")]
    Io(#[from] io::Error),
    /// The recorder was lost before the head had reached the disk, so nothing was recorded; or the head is damaged.
    #[error("tape has no whole head")]
    NoHead,
    /// Another key has signed the head: seal with that one.
    #[error("tape was begun under another signing key ({0})")]
    ForeignKey(String),
    /// The tape has its seal and needs nothing.
    #[error("tape is sealed already")]
    Sealed(Box<Seal>),
    /// The seal could not be made.
    #[error("seal could not be written")]
    Write(#[from] WriteError),
}

/// Finds the last whole block of a tape that has no seal, and makes the seal that ends it there.
pub fn salvage<R: Read + Seek>(
    input: R,
    signer: &SigningKey,
    at: Micros,
    reason: &str,
) -> Result<Salvage, SalvageError> {
    let (head, mut walk, chain) = match begin(input, &[signer.public()])? {
        Begin::Sound(head, walk, chain) => (head, walk, chain),
        Begin::ForeignKey(key) => return Err(SalvageError::ForeignKey(key.id())),
        Begin::Changed | Begin::Torn | Begin::NotATape => return Err(SalvageError::NoHead),
    };
    let mut index = Index::new();
    let mut seal = Seal {
        state: SealState::Unfinished,
        tape: head.label.tape,
        chain,
        blocks: 0,
        records: 0,
        to_target: 0,
        from_target: 0,
        first_time: Micros::NEVER,
        last_time: Micros::NEVER,
        sealed_at: at,
        reason: reason.to_owned(),
        torn_bytes: 0,
        index: Vec::new(),
    };
    loop {
        match walk.step()? {
            Found::Block { header, chain }
                if header.sequence == seal.blocks && header.previous == seal.chain =>
            {
                if seal.blocks == 0 {
                    seal.first_time = header.first_time;
                }
                index.add(&header, walk.offset);
                seal.chain = chain;
                seal.blocks += 1;
                seal.records = header.end_record();
                (seal.to_target, seal.from_target) = (header.to_target, header.from_target);
                seal.last_time = header.last_time;
            }
            // What may stand behind a good seal was not put there by a crash: verifying names it.
            Found::Seal(found) if found.chain == seal.chain => {
                return Err(SalvageError::Sealed(found));
            }
            _ => break,
        }
    }
    seal.torn_bytes = walk.bytes_from_here();
    seal.index = index.entries();
    let mut tail = Vec::new();
    seal.write(signer, &mut tail)?;
    Ok(Salvage {
        keep: walk.offset,
        tail,
        torn_bytes: seal.torn_bytes,
        seal,
    })
}
