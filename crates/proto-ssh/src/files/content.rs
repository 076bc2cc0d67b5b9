//! Follows the content of one file while it passes in pieces, in whatever order.

use std::collections::BTreeMap;

use aws_lc_rs::digest;

use super::{Hashing, Sha256};

/// Separate ranges followed per file; a file touched in more places is not hashed.
const MAX_RANGES: usize = 64;
/// What a piece that waits for its turn costs besides its bytes.
const PIECE_COST: usize = 64;

/// Bytes that all transfers of one observer together may keep while they wait for earlier ones.
pub(super) const REORDER_BYTES: usize = 2 << 20;

/// What it means when a range passes a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// Nothing: it was read again.
    Same,
    /// The file changed under the hash: it was written again.
    Changed,
}

/// Hash and coverage of one file in one direction. Memory: 64 ranges, plus what `room` grants for pieces out of order.
pub(super) struct Content {
    again: Again,
    hash: Hash,
    /// Everything below this offset is in the hash.
    next: u64,
    bytes: u64,
    ranges: Ranges,
    ahead: BTreeMap<u64, Vec<u8>>,
}

enum Hash {
    /// No byte yet.
    Empty,
    Running(Box<digest::Context>),
    /// The order or a bound made it impossible, or nobody wants it.
    Lost,
}

impl Content {
    pub(super) fn new(again: Again, hashing: Hashing) -> Self {
        let hash = if hashing == Hashing::On {
            Hash::Empty
        } else {
            Hash::Lost
        };
        Self {
            again,
            hash,
            next: 0,
            bytes: 0,
            ranges: Ranges::default(),
            ahead: BTreeMap::new(),
        }
    }

    /// Takes the bytes of the file at `offset`. `room` is what may still be kept in memory for later.
    pub(super) fn feed(&mut self, offset: u64, data: &[u8], room: &mut usize) {
        if data.is_empty() {
            return;
        }
        self.bytes = self.bytes.saturating_add(data.len() as u64);
        let Some(end) = offset.checked_add(data.len() as u64) else {
            return self.lose(room);
        };
        let added = self.ranges.add(offset, end);
        if matches!(self.hash, Hash::Lost) {
            return;
        }
        if added == Added::Full || (added == Added::Overlaps && self.again == Again::Changed) {
            return self.lose(room);
        }
        if offset > self.next {
            return self.keep(offset, data, room);
        }
        self.update_from(offset, data);
        self.catch_up(room);
    }

    /// Gives up the hash, because something passed that was not seen in full.
    pub(super) fn lose(&mut self, room: &mut usize) {
        self.hash = Hash::Lost;
        for piece in std::mem::take(&mut self.ahead).into_values() {
            *room += piece.len() + PIECE_COST;
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn ranges(&self) -> u32 {
        self.ranges.count()
    }

    /// Where the content ends, when it is one run from the start of the file (0 for none at all).
    pub(super) fn run(&self) -> Option<u64> {
        self.ranges.run()
    }

    /// Gives the hash of the content, when it is one run from the start of the file.
    pub(super) fn sha256(&self) -> Option<Sha256> {
        if self.run() != Some(self.next) {
            return None;
        }
        let sum = match &self.hash {
            Hash::Empty => digest::digest(&digest::SHA256, &[]),
            Hash::Running(context) => context.as_ref().clone().finish(),
            Hash::Lost => return None,
        };
        sum.as_ref().try_into().ok().map(Sha256)
    }

    /// Hashes the part of `data` that is not in the hash yet; `offset` is at most `next`.
    fn update_from(&mut self, offset: u64, data: &[u8]) {
        let known = usize::try_from(self.next.saturating_sub(offset)).unwrap_or(usize::MAX);
        let Some(fresh) = data.get(known..).filter(|fresh| !fresh.is_empty()) else {
            return;
        };
        if matches!(self.hash, Hash::Empty) {
            self.hash = Hash::Running(Box::new(digest::Context::new(&digest::SHA256)));
        }
        if let Hash::Running(context) = &mut self.hash {
            context.update(fresh);
            self.next += fresh.len() as u64;
        }
    }

    /// Keeps a piece whose turn has not come, joined to the one it continues.
    fn keep(&mut self, offset: u64, data: &[u8], room: &mut usize) {
        if data.len() + PIECE_COST > *room {
            return self.lose(room);
        }
        if let Some((start, piece)) = self.ahead.range_mut(..=offset).next_back() {
            if start.saturating_add(piece.len() as u64) == offset {
                piece.extend_from_slice(data);
                *room -= data.len();
                return;
            }
            if *start == offset {
                // The same place again; the longer piece serves both.
                if data.len() > piece.len() {
                    *room -= data.len() - piece.len();
                    *piece = data.to_vec();
                }
                return;
            }
        }
        *room -= data.len() + PIECE_COST;
        self.ahead.insert(offset, data.to_vec());
    }

    /// Hashes the kept pieces whose turn has come.
    fn catch_up(&mut self, room: &mut usize) {
        while let Some(entry) = self.ahead.first_entry() {
            if *entry.key() > self.next {
                return;
            }
            let (offset, piece) = entry.remove_entry();
            *room += piece.len() + PIECE_COST;
            self.update_from(offset, &piece);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Added {
    Fresh,
    Overlaps,
    /// There are too many ranges to follow this one.
    Full,
}

/// The ranges of a file that were touched: sorted, apart, not empty, at most [`MAX_RANGES`].
#[derive(Default)]
struct Ranges {
    list: Vec<(u64, u64)>,
    overflowed: bool,
}

impl Ranges {
    fn add(&mut self, start: u64, end: u64) -> Added {
        if let Some(last) = self.list.last_mut()
            && last.1 == start
        {
            last.1 = end;
            return Added::Fresh;
        }
        let first = self.list.partition_point(|range| range.1 < start);
        let after = self.list.partition_point(|range| range.0 <= end);
        let touched = self.list.get(first..after).unwrap_or_default();
        let overlaps = touched.iter().any(|range| range.0 < end && start < range.1);
        if touched.is_empty() && self.list.len() >= MAX_RANGES {
            self.overflowed = true;
            return Added::Full;
        }
        let low = touched.first().map_or(start, |range| range.0.min(start));
        let high = touched.last().map_or(end, |range| range.1.max(end));
        self.list.splice(first..after.max(first), [(low, high)]);
        if overlaps { Added::Overlaps } else { Added::Fresh }
    }

    fn count(&self) -> u32 {
        self.list.len() as u32
    }

    fn run(&self) -> Option<u64> {
        match self.list.as_slice() {
            _ if self.overflowed => None,
            [] => Some(0),
            [(0, end)] => Some(*end),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn sum(data: &[u8]) -> Sha256 {
        Sha256(digest::digest(&digest::SHA256, data).as_ref().try_into().unwrap())
    }

    #[test]
    fn no_content_has_the_hash_of_nothing() {
        let content = Content::new(Again::Same, Hashing::On);
        assert_eq!(content.sha256(), Some(sum(b"")));
        assert_eq!(content.run(), Some(0));
    }

    #[test]
    fn what_is_written_twice_has_no_hash() {
        let mut room = REORDER_BYTES;
        let mut content = Content::new(Again::Changed, Hashing::On);
        content.feed(0, b"abc", &mut room);
        content.feed(1, b"x", &mut room);
        assert_eq!(content.sha256(), None);
        assert_eq!(content.run(), Some(3));
        assert_eq!(content.bytes(), 4);
    }

    #[test]
    fn more_disorder_than_there_is_room_loses_the_hash_and_gives_the_room_back() {
        let mut room = 1000;
        let mut content = Content::new(Again::Same, Hashing::On);
        content.feed(5000, &[1; 800], &mut room);
        assert!(room < 200);
        content.feed(9000, &[1; 800], &mut room);
        assert_eq!(room, 1000);
        content.feed(0, &[1; 5000], &mut room);
        assert_eq!(content.sha256(), None);
        assert_eq!(content.ranges(), 2);
    }

    #[test]
    fn a_file_touched_everywhere_counts_to_the_bound() {
        let mut room = REORDER_BYTES;
        let mut content = Content::new(Again::Same, Hashing::On);
        for n in 0..1000 {
            content.feed(n * 100, b"x", &mut room);
        }
        assert_eq!(
            (content.ranges(), content.run(), content.sha256()),
            (64, None, None)
        );
        assert_eq!(room, REORDER_BYTES);
    }

    proptest! {
        #[test]
        fn any_order_of_reads_gives_the_hash_of_the_file(
            data in prop::collection::vec(any::<u8>(), 1..2000),
            cuts in prop::collection::vec((any::<prop::sample::Index>(), 1_usize..300), 0..60),
            order in any::<u64>(),
        ) {
            let mut pieces: Vec<(usize, usize)> = (0..data.len()).step_by(97).map(|at| (at, (at + 97).min(data.len()))).collect();
            // Overlapping re-reads of any place.
            pieces.extend(cuts.iter().map(|(at, len)| {
                let start = at.index(data.len());
                (start, (start + len).min(data.len()))
            }));
            let mut seed = order;
            for n in (1..pieces.len()).rev() {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                pieces.swap(n, (seed >> 33) as usize % (n + 1));
            }
            let mut room = REORDER_BYTES;
            let mut content = Content::new(Again::Same, Hashing::On);
            for (start, end) in pieces {
                content.feed(start as u64, &data[start..end], &mut room);
            }
            prop_assert_eq!(content.run(), Some(data.len() as u64));
            prop_assert_eq!(content.sha256(), Some(sum(&data)));
            prop_assert_eq!(room, REORDER_BYTES);
        }

        #[test]
        fn the_ranges_are_the_union(touched in prop::collection::vec((0_u64..400, 1_u64..20), 0..40)) {
            let mut ranges = Ranges::default();
            let mut bitmap = [false; 440];
            for (start, len) in touched {
                let before = bitmap[start as usize..(start + len) as usize].iter().any(|bit| *bit);
                prop_assert_eq!(ranges.add(start, start + len) == Added::Overlaps, before);
                bitmap[start as usize..(start + len) as usize].fill(true);
            }
            let runs = (0..440).filter(|at| bitmap[*at] && (*at == 0 || !bitmap[at - 1])).count();
            prop_assert_eq!(ranges.count() as usize, runs);
        }
    }
}
