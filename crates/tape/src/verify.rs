//! Whether a tape is what was recorded, told from the file and the public key alone.

use std::fmt;
use std::io::{self, Read, Seek};

use domain::Micros;

use crate::block::{Block, BlockHeader};
use crate::crypt::{DataKey, Hash, PublicKey};
use crate::head::Head;
use crate::seal::{Seal, SealState};
use crate::walk::{Begin, Found, Walk, begin};

/// What was found out about a tape.
#[derive(Debug, Clone)]
pub struct Report {
    /// The first fault, or that there is none.
    pub verdict: Verdict,
    /// The head, when its signature is good.
    pub head: Option<Head>,
    /// The seal, when its signature is good.
    pub seal: Option<Seal>,
    /// How many blocks are proven, up to the first fault.
    pub blocks: u64,
    /// How many records are proven, up to the first fault.
    pub records: u64,
    /// The time of the last proven record.
    pub last_time: Option<Micros>,
}

/// The first fault of a tape, or that there is none. Displays as one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that was recorded is here, unchanged.
    Intact,
    /// The recorder was lost; what had reached the disk by then is here, unchanged, and was sealed afterwards.
    Unfinished {
        /// How many records there are.
        records: u64,
        /// The time of the last one.
        until: Option<Micros>,
    },
    /// Something is not as it was written.
    Changed(Place),
    /// Blocks were taken out: these records are missing.
    Missing {
        /// The first missing record.
        from: u64,
        /// The first record after them.
        to: u64,
    },
    /// Blocks were exchanged, moved or repeated.
    OrderChanged {
        /// The first record that does not stand where it belongs.
        record: u64,
    },
    /// The end is missing: no seal follows. A tape that is still being written looks the same.
    Cut {
        /// How many records are left.
        records: u64,
        /// The time of the last one.
        after: Option<Micros>,
    },
    /// The tape is signed, by a key that was not given.
    ForeignKey(PublicKey),
    /// The file is no tape.
    NotATape,
}

/// Where a tape was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the head.
    Head,
    /// In a block. Blocks are the unit of proof: any of its records may be meant.
    Block {
        /// The block's number.
        block: u64,
        /// Its first record.
        from: u64,
        /// The first record after it, when that can be told.
        to: Option<u64>,
    },
    /// A block of another tape stands where this record belongs.
    OtherTape {
        /// The record that belongs here.
        record: u64,
    },
    /// In the seal.
    Seal,
    /// Behind the seal: bytes were added.
    Behind {
        /// How many.
        bytes: u64,
    },
}

impl Verdict {
    /// Gives the verdict as one word, for programs.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Unfinished { .. } => "unfinished",
            Self::Changed(_) => "changed",
            Self::Missing { .. } => "missing",
            Self::OrderChanged { .. } => "order_changed",
            Self::Cut { .. } => "cut",
            Self::ForeignKey(_) => "foreign_key",
            Self::NotATape => "not_a_tape",
        }
    }

    /// Tells whether nothing was altered: intact, or unfinished as the gateway left it.
    #[must_use]
    pub fn is_genuine(&self) -> bool {
        matches!(self, Self::Intact | Self::Unfinished { .. })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intact => f.write_str("intact"),
            Self::Unfinished {
                records,
                until: Some(until),
            } => {
                write!(
                    f,
                    "unfinished: intact up to {} ({records} records)",
                    until.rfc3339()
                )
            }
            Self::Unfinished { .. } => f.write_str("unfinished: intact, with no records"),
            Self::Changed(place) => write!(f, "changed {place}"),
            Self::Missing { from, to } if from + 1 == *to => write!(f, "records missing: {from}"),
            Self::Missing { from, to } => write!(f, "records missing: {from} to {}", to.saturating_sub(1)),
            Self::OrderChanged { record } => write!(f, "order changed at record {record}"),
            Self::Cut {
                records,
                after: Some(after),
            } => {
                write!(
                    f,
                    "cut after {} (record {})",
                    after.rfc3339(),
                    records.saturating_sub(1)
                )
            }
            Self::Cut { .. } => f.write_str("cut before the first record"),
            Self::ForeignKey(key) => write!(f, "not signed by this key, but by {}", key.id()),
            Self::NotATape => f.write_str("not a tape"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head => f.write_str("in the head"),
            Self::Block {
                block,
                from,
                to: Some(to),
            } => {
                write!(
                    f,
                    "at record {from} (block {block}, records {from} to {})",
                    to.saturating_sub(1)
                )
            }
            Self::Block {
                block,
                from,
                to: None,
            } => write!(f, "at record {from} (block {block})"),
            Self::OtherTape { record } => write!(f, "at record {record} (a block of another tape)"),
            Self::Seal => f.write_str("in the seal"),
            Self::Behind { bytes } => write!(f, "behind the seal ({bytes} bytes added)"),
        }
    }
}

/// Verifies a tape with public keys alone, without decrypting; the head tells which of them it is. Memory is bounded by one block.
///
/// # Errors
/// Only when the file cannot be read; whatever it holds gets a verdict.
pub fn verify<R: Read + Seek>(input: R, keys: &[PublicKey]) -> io::Result<Report> {
    Check::run(input, keys, None)
}

/// Verifies a tape and also that its blocks decrypt to the records that they announce.
pub fn verify_contents<R: Read + Seek>(input: R, keys: &[PublicKey], key: &DataKey) -> io::Result<Report> {
    Check::run(input, keys, Some(key))
}

/// Blocks that have not been seen where they belong.
#[derive(Debug, Clone, Copy)]
struct Gap {
    blocks: (u64, u64),
    records: (u64, u64),
}

/// The state of a verification: what must come next.
struct Check<'k> {
    data_key: Option<&'k DataKey>,
    block: u64,
    record: u64,
    chain: Hash,
    last_time: Option<Micros>,
    gap: Option<Gap>,
    proven: (u64, u64, Option<Micros>),
    seal: Option<Seal>,
}

impl<'k> Check<'k> {
    fn run<R: Read + Seek>(
        input: R,
        keys: &[PublicKey],
        data_key: Option<&'k DataKey>,
    ) -> io::Result<Report> {
        let mut check = Self {
            data_key,
            block: 0,
            record: 0,
            chain: [0; 32],
            last_time: None,
            gap: None,
            proven: (0, 0, None),
            seal: None,
        };
        let (head, verdict) = match begin(input, keys)? {
            Begin::Sound(head, mut walk, chain) => {
                check.chain = chain;
                (Some(*head), check.walk(&mut walk)?)
            }
            Begin::ForeignKey(key) => (None, Verdict::ForeignKey(key)),
            Begin::Changed => (None, Verdict::Changed(Place::Head)),
            Begin::Torn => (
                None,
                Verdict::Cut {
                    records: 0,
                    after: None,
                },
            ),
            Begin::NotATape => (None, Verdict::NotATape),
        };
        let (blocks, records, last_time) = check.proven;
        Ok(Report {
            verdict,
            head,
            seal: check.seal,
            blocks,
            records,
            last_time,
        })
    }

    fn walk<R: Read + Seek>(&mut self, walk: &mut Walk<R>) -> io::Result<Verdict> {
        loop {
            let fault = match walk.step()? {
                Found::Block { header, chain } => match self.block(walk, &header, chain) {
                    None => continue,
                    Some(fault) => fault,
                },
                Found::Seal(seal) => {
                    let verdict = self.end(&seal, walk);
                    self.seal = Some(*seal);
                    return Ok(verdict);
                }
                Found::Changed if walk.at_seal()? => Verdict::Changed(Place::Seal),
                Found::Changed => Verdict::Changed(self.place(walk)?),
                Found::Torn | Found::End => Verdict::Cut {
                    records: self.record,
                    after: self.last_time,
                },
            };
            return Ok(self.missing().unwrap_or(fault));
        }
    }

    /// Takes a block with a good signature; gives the fault when it does not belong here.
    fn block<R: Read + Seek>(
        &mut self,
        walk: &Walk<R>,
        header: &BlockHeader,
        chain: Hash,
    ) -> Option<Verdict> {
        let sequence = u64::from(header.sequence);
        if header.tape != *walk.tape() {
            return Some(Verdict::Changed(Place::OtherTape { record: self.record }));
        }
        if sequence < self.block {
            return Some(match self.gap {
                // The block that a gap was left for.
                Some(gap) if (gap.blocks.0..gap.blocks.1).contains(&sequence) => {
                    self.gap = None;
                    Verdict::OrderChanged {
                        record: gap.records.0,
                    }
                }
                // The gap is the first fault, and is named by the caller; without one, a block comes twice.
                _ => Verdict::OrderChanged {
                    record: header.first_record,
                },
            });
        }
        let whole = Place::Block {
            block: sequence,
            from: header.first_record,
            to: Some(header.end_record()),
        };
        if sequence == self.block {
            if header.previous != self.chain || header.first_record != self.record {
                return Some(Verdict::Changed(whole));
            }
        } else if self.gap.is_none() {
            self.gap = Some(Gap {
                blocks: (self.block, sequence),
                records: (self.record, header.first_record),
            });
        }
        if let Some(key) = self.data_key
            && !decrypts(walk, header, key)
        {
            return Some(Verdict::Changed(whole));
        }
        self.block = sequence + 1;
        self.record = header.end_record();
        self.chain = chain;
        self.last_time = Some(header.last_time);
        if self.gap.is_none() {
            self.proven = (self.block, self.record, self.last_time);
        }
        None
    }

    fn end<R: Read + Seek>(&self, seal: &Seal, walk: &Walk<R>) -> Verdict {
        if let Some(missing) = self.missing() {
            return missing;
        }
        if seal.tape.0.as_bytes() != walk.tape() {
            return Verdict::Changed(Place::Seal);
        }
        if u64::from(seal.blocks) > self.block && seal.records > self.record {
            return Verdict::Missing {
                from: self.record,
                to: seal.records,
            };
        }
        if u64::from(seal.blocks) != self.block || seal.records != self.record || seal.chain != self.chain {
            return Verdict::Changed(Place::Seal);
        }
        if walk.bytes_behind() > 0 {
            return Verdict::Changed(Place::Behind {
                bytes: walk.bytes_behind(),
            });
        }
        match seal.state {
            SealState::Finished => Verdict::Intact,
            SealState::Unfinished if seal.reason == crate::CUT => Verdict::Cut {
                records: self.record,
                after: self.last_time,
            },
            SealState::Unfinished => Verdict::Unfinished {
                records: self.record,
                until: self.last_time,
            },
        }
    }

    fn missing(&self) -> Option<Verdict> {
        self.gap.map(|gap| Verdict::Missing {
            from: gap.records.0,
            to: gap.records.1,
        })
    }

    /// Names the place of a changed block. Its own header may be what was changed, so what follows says where it ends.
    fn place<R: Read + Seek>(&self, walk: &mut Walk<R>) -> io::Result<Place> {
        let next = self.block + 1;
        let to = match walk.step()? {
            Found::Block { header, .. } if u64::from(header.sequence) == next => Some(header.first_record),
            Found::Seal(seal) if u64::from(seal.blocks) == next => Some(seal.records),
            _ => None,
        };
        Ok(Place::Block {
            block: self.block,
            from: self.record,
            to: to.filter(|to| *to > self.record),
        })
    }
}

fn decrypts<R: Read + Seek>(walk: &Walk<R>, header: &BlockHeader, key: &DataKey) -> bool {
    let Some(stored) = walk.stored() else { return false };
    Block::open(*header, walk.offset, stored.to_vec(), key)
        .is_ok_and(|block| block.records().all(|record| record.is_ok()))
}
