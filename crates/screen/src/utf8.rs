//! UTF-8 that arrives in pieces.

/// Turns a stream of bytes into text, whatever the boundaries of its chunks.
///
/// A character cut by a chunk boundary waits for its other half (three bytes at most are kept). Bytes that are
/// not UTF-8 become U+FFFD, one per maximal subpart as Unicode 16, §3.9 recommends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Utf8Stream {
    held: Vec<u8>,
}

impl Utf8Stream {
    /// Starts with nothing held.
    pub fn new() -> Self {
        Self::default()
    }

    /// Hands the text that is complete after `bytes` to `each`, piece by piece and without copying whole chunks.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(&str)) {
        let mut rest = bytes;
        // The held start of a character is completed byte by byte: at most three steps.
        while !self.held.is_empty() {
            let Some((first, tail)) = rest.split_first() else {
                return;
            };
            self.held.push(*first);
            match std::str::from_utf8(&self.held) {
                Ok(text) => {
                    each(text);
                    self.held.clear();
                    rest = tail;
                }
                Err(error) if error.error_len().is_none() => rest = tail,
                Err(_) => {
                    // The new byte does not continue the character: it is looked at again on its own.
                    each("\u{fffd}");
                    self.held.clear();
                }
            }
        }
        let mut chunks = rest.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            if !chunk.valid().is_empty() {
                each(chunk.valid());
            }
            let invalid = chunk.invalid();
            if invalid.is_empty() {
                continue;
            }
            let cut = std::str::from_utf8(invalid)
                .err()
                .is_some_and(|error| error.error_len().is_none());
            if chunks.peek().is_none() && cut {
                self.held.extend_from_slice(invalid);
            } else {
                each("\u{fffd}");
            }
        }
    }

    /// Returns `bytes` decoded as a string; what is incomplete waits for the next call.
    pub fn decode(&mut self, bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len());
        self.push(bytes, |piece| text.push_str(piece));
        text
    }

    /// Ends the stream: an unfinished character becomes U+FFFD.
    pub fn finish(&mut self) -> &'static str {
        let unfinished = !self.held.is_empty();
        self.held.clear();
        if unfinished { "\u{fffd}" } else { "" }
    }

    /// The start of a character that waits for its other bytes.
    pub fn held(&self) -> &[u8] {
        &self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_chunking_decodes_like_the_whole(bytes in prop::collection::vec(any::<u8>(), 0..200), cuts in prop::collection::vec(0usize..200, 0..8)) {
            let mut stream = Utf8Stream::new();
            let mut text = String::new();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            let mut from = 0;
            for cut in cuts.into_iter().chain([bytes.len()]) {
                text += &stream.decode(bytes.get(from..cut).unwrap_or_default());
                from = cut;
            }
            text += stream.finish();
            prop_assert_eq!(text, String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn characters_survive_being_cut(text in "\\PC{0,40}", size in 1usize..4) {
            let mut stream = Utf8Stream::new();
            let decoded: String = text.as_bytes().chunks(size).map(|chunk| stream.decode(chunk)).collect();
            prop_assert_eq!(decoded, text);
            prop_assert!(stream.held().is_empty());
        }
    }
}
