//! The index of a tape: some of its blocks, so that seeking needs few steps however long the tape is.

use domain::Micros;
use serde::{Deserialize, Serialize};

use crate::block::BlockHeader;

/// Entries that a tape keeps at most (32 KiB while it is written); beyond, every second one is dropped.
pub(crate) const MAX_ENTRIES: usize = 1024;

/// One block of the index; in the seal an array of five numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u32, u64, u64, i64, u8)", into = "(u32, u64, u64, i64, u8)")]
pub struct IndexEntry {
    /// The block's number.
    pub block: u32,
    /// Where it begins in the file.
    pub offset: u64,
    /// Its first record.
    pub first_record: u64,
    /// The time of its first record.
    pub first_time: Micros,
    /// Whether it holds a keyframe.
    pub keyframe: bool,
}

impl IndexEntry {
    pub(crate) fn of(header: &BlockHeader, offset: u64) -> Self {
        Self {
            block: header.sequence,
            offset,
            first_record: header.first_record,
            first_time: header.first_time,
            keyframe: header.has_keyframe(),
        }
    }
}

impl From<(u32, u64, u64, i64, u8)> for IndexEntry {
    fn from((block, offset, first_record, first_time, flags): (u32, u64, u64, i64, u8)) -> Self {
        Self {
            block,
            offset,
            first_record,
            first_time: Micros(first_time),
            keyframe: flags & 1 != 0,
        }
    }
}

impl From<IndexEntry> for (u32, u64, u64, i64, u8) {
    fn from(entry: IndexEntry) -> Self {
        (
            entry.block,
            entry.offset,
            entry.first_record,
            entry.first_time.0,
            u8::from(entry.keyframe),
        )
    }
}

/// The index while it grows: every `stride`-th block, the stride doubling as the tape gets long.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    entries: Vec<IndexEntry>,
    stride: u32,
}

impl Index {
    pub(crate) fn new() -> Self {
        Self {
            entries: Vec::new(),
            stride: 1,
        }
    }

    pub(crate) fn add(&mut self, header: &BlockHeader, offset: u64) {
        if !header.sequence.is_multiple_of(self.stride) {
            return;
        }
        if self.entries.len() >= MAX_ENTRIES {
            self.stride = self.stride.saturating_mul(2);
            let stride = self.stride;
            self.entries.retain(|entry| entry.block.is_multiple_of(stride));
            if !header.sequence.is_multiple_of(stride) {
                return;
            }
        }
        self.entries.push(IndexEntry::of(header, offset));
    }

    pub(crate) fn entries(self) -> Vec<IndexEntry> {
        self.entries
    }
}
