//! Messages in a stream of bytes: one byte that says what it is, four that say how long, and the rest.
//!
//! The scanner looks at heads only. Of a body it keeps what was asked for, without a copy when the body lies in one chunk.

/// The longest body that is believed; PostgreSQL itself ends there.
const LONGEST_BODY: usize = 1 << 30;

/// A message, when its last byte was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// Which message it is.
    pub(crate) tag: u8,
    /// How many bytes the body has.
    pub(crate) len: usize,
    /// The first bytes of the body: as many as were asked for.
    pub(crate) body: &'a [u8],
    /// Where in the chunk it ends.
    pub(crate) end: usize,
}

impl Frame<'_> {
    /// Tells whether all of the body is here.
    pub(crate) fn is_whole(&self) -> bool {
        self.body.len() == self.len
    }
}

/// What a length that cannot be means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message `{}` of {len} bytes cannot be", char::from(*tag).escape_default())]
pub(crate) struct Broken {
    tag: u8,
    len: u32,
}

impl Broken {
    /// Gives the length of a body from the one in its head, which counts itself.
    pub(crate) fn body(tag: u8, len: u32) -> Result<usize, Self> {
        let body = (len as usize).checked_sub(4).filter(|body| *body <= LONGEST_BODY);
        body.ok_or(Self { tag, len })
    }
}

/// Finds messages in chunks of any size.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    head: [u8; 5],
    /// How many bytes of the head are known.
    known: usize,
    /// The length of the body, and how much of it is still to come.
    len: usize,
    left: usize,
    /// How much of this body is kept, and what is kept of a body that lies in several chunks.
    keep: usize,
    kept: Vec<u8>,
}

impl Scanner {
    /// Looks at a chunk. `wanted` says how much of a message's body is kept, by its tag; `each` is called at the end of every message.
    pub(crate) fn scan(
        &mut self,
        whole: &[u8],
        wanted: impl Fn(u8) -> usize,
        mut each: impl FnMut(Frame<'_>),
    ) -> Result<(), Broken> {
        let mut chunk = whole;
        while !chunk.is_empty() {
            if self.known < self.head.len() {
                self.begin(&mut chunk, &wanted)?;
                if self.known < self.head.len() {
                    return Ok(());
                }
            }
            let here = self.left.min(chunk.len());
            let (body, rest) = chunk.split_at(here);
            chunk = rest;
            let whole_here = self.left == self.len && here == self.len;
            self.left -= here;
            if !whole_here {
                let room = self.keep - self.kept.len();
                self.kept
                    .extend_from_slice(body.get(..room.min(here)).unwrap_or(body));
            }
            if self.left == 0 {
                let body = if whole_here {
                    body.get(..self.keep).unwrap_or(body)
                } else {
                    &self.kept
                };
                let [tag, ..] = self.head;
                each(Frame {
                    tag,
                    len: self.len,
                    body,
                    end: whole.len() - chunk.len(),
                });
                self.known = 0;
                self.kept.clear();
                // What one large statement needed is not kept for ever.
                self.kept.shrink_to(4096);
            }
        }
        Ok(())
    }

    /// Tells whether the next byte begins a message.
    pub(crate) fn is_between(&self) -> bool {
        self.known == 0
    }

    /// Gives the message that has begun and not ended: its tag, and the length of its body.
    pub(crate) fn begun(&self) -> Option<(u8, usize)> {
        let [tag, ..] = self.head;
        (self.known == self.head.len()).then_some((tag, self.len))
    }

    fn begin(&mut self, chunk: &mut &[u8], wanted: &impl Fn(u8) -> usize) -> Result<(), Broken> {
        let missing = (self.head.len() - self.known).min(chunk.len());
        let (head, rest) = chunk.split_at(missing);
        if let Some(place) = self.head.get_mut(self.known..self.known + missing) {
            place.copy_from_slice(head);
        }
        self.known += missing;
        *chunk = rest;
        if self.known < self.head.len() {
            return Ok(());
        }
        let [tag, a, b, c, d] = self.head;
        self.len = Broken::body(tag, u32::from_be_bytes([a, b, c, d]))?;
        self.left = self.len;
        self.keep = wanted(tag).min(self.len);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(messages: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (tag, body) in messages {
            bytes.push(*tag);
            bytes.extend_from_slice(&(body.len() as u32 + 4).to_be_bytes());
            bytes.extend_from_slice(body);
        }
        bytes
    }

    fn read(chunks: &[&[u8]], keep: usize) -> Vec<(u8, usize, Vec<u8>)> {
        let mut scanner = Scanner::default();
        let mut found = Vec::new();
        for chunk in chunks {
            let each = |frame: Frame<'_>| found.push((frame.tag, frame.len, frame.body.to_vec()));
            scanner.scan(chunk, |_| keep, each).expect("valid");
        }
        assert!(scanner.is_between());
        found
    }

    proptest! {
        #[test]
        fn messages_are_found_however_they_are_cut(
            messages in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..40)), 0..20),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
            keep in 0_usize..50,
        ) {
            let bytes = written(&messages);
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut from = 0;
            for cut in cuts {
                chunks.push(&bytes[from..cut]);
                from = cut;
            }
            chunks.push(&bytes[from..]);
            let expected: Vec<_> = messages
                .iter()
                .map(|(tag, body)| (*tag, body.len(), body[..keep.min(body.len())].to_vec()))
                .collect();
            prop_assert_eq!(read(&chunks, keep), expected);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut scanner = Scanner::default();
            // Broken or not: no panic, and never more kept than was asked for.
            let _seen = scanner.scan(&bytes, |_| 16, |frame| assert!(frame.body.len() <= 16));
            prop_assert!(scanner.kept.len() <= 16);
        }
    }

    #[test]
    fn lengths_that_cannot_be_are_refused() {
        for len in [0_u32, 3, u32::MAX] {
            let mut bytes = vec![b'Q'];
            bytes.extend_from_slice(&len.to_be_bytes());
            assert!(Scanner::default().scan(&bytes, |_| 0, |_| ()).is_err());
        }
    }
}
