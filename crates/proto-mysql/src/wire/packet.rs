//! Packets in a stream of bytes: three bytes that say how long, one that counts, and the rest. A packet of the greatest length goes on
//! in the next one.
//!
//! The scanner looks at heads only. Of a body it keeps what was asked for, without a copy when the body lies in one chunk.

use bytes::{BufMut as _, Bytes, BytesMut};

/// The greatest length of one packet; what is longer goes on in the next.
pub(crate) const FULL: usize = 0xff_ffff;

/// The longest body that is believed: the greatest `max_allowed_packet`.
const LONGEST_BODY: usize = 1 << 30;

/// A whole packet, with those that it goes on in, when its last byte was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    /// The number of its last part.
    pub(crate) sequence: u8,
    /// How many bytes the body has.
    pub(crate) len: usize,
    /// The first bytes of the body: as many as were asked for.
    pub(crate) body: &'a [u8],
    /// Where in the chunk it ends.
    pub(crate) end: usize,
}

impl Packet<'_> {
    /// Tells whether all of the body is here.
    pub(crate) fn is_whole(&self) -> bool {
        self.body.len() == self.len
    }

    /// Gives how many bytes it has with its heads.
    pub(crate) fn with_heads(&self) -> u64 {
        (self.len + 4 * (self.len / FULL + 1)) as u64
    }

    /// Gives the first byte of the body; zero when it has none.
    pub(crate) fn tag(&self) -> u8 {
        self.body.first().copied().unwrap_or(0)
    }
}

/// A packet that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a packet of more than {LONGEST_BODY} bytes cannot be")]
pub(crate) struct Broken;

/// Finds packets in chunks of any size.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    head: [u8; 4],
    /// How many bytes of the head are known.
    known: usize,
    /// How much of this part is still to come.
    left: usize,
    /// How long this part is.
    part: usize,
    /// A packet has begun: its head or an earlier part of it was seen.
    begun: bool,
    /// The body's first byte.
    first: Option<u8>,
    /// How many bytes of the body were seen.
    seen: usize,
    /// How much of this body is kept, and what is kept of a body that lies in several chunks.
    keep: usize,
    kept: Vec<u8>,
}

impl Scanner {
    /// Looks at a chunk. `wanted` says how much of a packet's body is kept, by its first byte and the length of its first part; `each` is
    /// called at the end of every packet.
    pub(crate) fn scan(
        &mut self,
        whole: &[u8],
        wanted: impl Fn(u8, usize) -> usize,
        mut each: impl FnMut(Packet<'_>),
    ) -> Result<(), Broken> {
        let mut chunk = whole;
        while !chunk.is_empty() {
            if self.known < self.head.len() && !self.begin(&mut chunk) {
                return Ok(());
            }
            if self.left > 0 && chunk.is_empty() {
                return Ok(());
            }
            if let (None, Some(first)) = (self.first, chunk.first().filter(|_| self.left > 0)) {
                self.first = Some(*first);
                self.keep = wanted(*first, self.part);
            }
            let here = self.left.min(chunk.len());
            let (body, rest) = chunk.split_at(here);
            chunk = rest;
            let at_once = self.seen == 0 && here == self.part && self.part < FULL;
            self.seen += here;
            self.left -= here;
            if self.seen > LONGEST_BODY {
                return Err(Broken);
            }
            if !at_once {
                let room = self.keep.saturating_sub(self.kept.len());
                self.kept
                    .extend_from_slice(body.get(..room.min(here)).unwrap_or(body));
            }
            if self.left > 0 {
                return Ok(());
            }
            self.known = 0;
            if self.part == FULL {
                continue;
            }
            let [.., sequence] = self.head;
            each(Packet {
                sequence,
                len: self.seen,
                body: if at_once {
                    body.get(..self.keep).unwrap_or(body)
                } else {
                    &self.kept
                },
                end: whole.len() - chunk.len(),
            });
            self.begun = false;
            self.kept.clear();
            // What one large statement needed is not kept for ever.
            self.kept.shrink_to(4096);
        }
        Ok(())
    }

    /// Tells whether the next byte begins a packet.
    pub(crate) fn is_between(&self) -> bool {
        self.known == 0 && !self.begun
    }

    /// Gives the first byte of the packet that has begun and not ended, and the length of its part; [`None`] when that byte was not seen.
    pub(crate) fn unfinished(&self) -> Option<(u8, usize)> {
        self.first.filter(|_| self.begun).map(|first| (first, self.part))
    }

    /// Reads of the head what there is; tells whether it is whole.
    fn begin(&mut self, chunk: &mut &[u8]) -> bool {
        let missing = (self.head.len() - self.known).min(chunk.len());
        let (head, rest) = chunk.split_at(missing);
        if let Some(place) = self.head.get_mut(self.known..self.known + missing) {
            place.copy_from_slice(head);
        }
        self.known += missing;
        *chunk = rest;
        if self.known < self.head.len() {
            return false;
        }
        let [a, b, c, _] = self.head;
        self.part = u32::from_le_bytes([a, b, c, 0]) as usize;
        self.left = self.part;
        if !self.begun {
            (self.begun, self.first, self.seen, self.keep) = (true, None, 0, 0);
        }
        // A packet without a body ends with its head, also when the chunk does.
        true
    }
}

/// Writes a body as packets, the first of which has this number.
pub(crate) fn framed(mut sequence: u8, body: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(body.len() + 8);
    let mut rest = body;
    loop {
        let (part, tail) = rest.split_at(rest.len().min(FULL));
        out.put_uint_le(part.len() as u64, 3);
        out.put_u8(sequence);
        out.put_slice(part);
        if part.len() < FULL {
            return out.freeze();
        }
        rest = tail;
        sequence = sequence.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(chunks: &[&[u8]], keep: usize) -> Vec<(u8, usize, Vec<u8>)> {
        let mut scanner = Scanner::default();
        let mut found = Vec::new();
        for chunk in chunks {
            let each = |packet: Packet<'_>| found.push((packet.sequence, packet.len, packet.body.to_vec()));
            scanner.scan(chunk, |_, _| keep, each).expect("valid");
        }
        assert!(scanner.is_between());
        found
    }

    proptest! {
        #[test]
        fn packets_are_found_however_they_are_cut(
            bodies in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..40)), 0..20),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
            keep in 0_usize..50,
        ) {
            let bytes: Vec<u8> = bodies.iter().flat_map(|(number, body)| framed(*number, body)).collect();
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut from = 0;
            for cut in cuts {
                chunks.push(&bytes[from..cut]);
                from = cut;
            }
            chunks.push(&bytes[from..]);
            let expected: Vec<_> = bodies
                .iter()
                .map(|(number, body)| (*number, body.len(), body[..keep.min(body.len())].to_vec()))
                .collect();
            prop_assert_eq!(read(&chunks, keep), expected);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut scanner = Scanner::default();
            let _seen = scanner.scan(&bytes, |_, _| 16, |packet| assert!(packet.body.len() <= 16));
            prop_assert!(scanner.kept.len() <= 16);
        }
    }

    #[test]
    fn a_packet_of_the_greatest_length_goes_on_in_the_next() {
        for len in [FULL - 1, FULL, FULL + 1, 2 * FULL] {
            let mut body = vec![7; len];
            body[0] = 3;
            let bytes = framed(0, &body);
            let parts = len / FULL;
            for cut in [3, 4, 5, FULL, FULL + 4, FULL + 5] {
                let (a, b) = bytes.split_at(cut.min(bytes.len()));
                assert_eq!(read(&[a, b], 2), [(parts as u8, len, vec![3, 7])], "{len} {cut}");
            }
        }
    }
}
