//! When blocks are compressed, and the memory that many tapes share for it.

use std::io;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::{CParameter, ParamSwitch};

/// The zstd level of quiet tapes: one. Higher levels cost several times as much and save little on terminal text.
const LEVEL: i32 = 1;
/// What differs for busy tapes: a table that fits into the processor's first cache, steps of five bytes where nothing repeats, and
/// literals packed all the same, which zstd leaves out at its own fast levels. Two thirds of the time of level 1 for about a tenth more
/// bytes.
const BRISK: [CParameter; 5] = [
    CParameter::CompressionLevel(-1),
    CParameter::HashLog(12),
    CParameter::MinMatch(6),
    CParameter::TargetLength(4),
    CParameter::LiteralCompressionMode(ParamSwitch::Enable),
];
/// Blocks smaller than this are stored as they are: zstd's own frame would eat what it saves.
const WORTH: usize = 64;
/// How many bytes of a block are looked at to tell whether it is noise, in slices spread over the block.
const SLICES: usize = 16;
const SLICE: usize = 256;

/// How much time compression may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// As small as is reasonable: what people type and read.
    #[default]
    Calm,
    /// Fast: blocks that are full before their time is up.
    Brisk,
}

/// Working memory for closing blocks (about 1 MiB once used). One per recorder thread: tapes borrow it, so that an idle tape holds none.
pub struct Scratch {
    calm: Compressor<'static>,
    brisk: Compressor<'static>,
    pace: Pace,
    packed: Vec<u8>,
}

impl Scratch {
    /// Makes working memory.
    ///
    /// # Errors
    /// When memory runs out.
    pub fn new() -> io::Result<Self> {
        let mut brisk = Compressor::default();
        for parameter in BRISK {
            brisk.set_parameter(parameter)?;
        }
        Ok(Self {
            calm: Compressor::new(LEVEL)?,
            brisk,
            pace: Pace::default(),
            packed: Vec::new(),
        })
    }

    /// Says how the blocks that follow are compressed.
    pub fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// Compresses, or says that the bytes are better stored as they are.
    pub(crate) fn pack(&mut self, plain: &[u8]) -> Option<&[u8]> {
        if plain.len() < WORTH || looks_random(plain) {
            return None;
        }
        self.packed.clear();
        self.packed.reserve(zstd::zstd_safe::compress_bound(plain.len()));
        let zstd = match self.pace {
            Pace::Calm => &mut self.calm,
            Pace::Brisk => &mut self.brisk,
        };
        let len = zstd.compress_to_buffer(plain, &mut self.packed).ok()?;
        // A saving below 1/64 is not worth the reader's time.
        (len < plain.len() - plain.len() / 64).then_some(self.packed.as_slice())
    }
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scratch")
    }
}

/// Unpacks one zstd frame of at most `plain_len` bytes.
pub(crate) fn unpack(packed: &[u8], plain_len: usize) -> Option<Vec<u8>> {
    Decompressor::new().ok()?.decompress(packed, plain_len).ok()
}

/// Tells from a sample whether the bytes are noise (encrypted, compressed): their values are spread as chance spreads them.
///
/// Compared are squares of counts: for `n` random bytes the sum is near `n²/256 + n`, for text many times that. Small blocks are
/// never noise, for there is nothing to save in deciding.
fn looks_random(plain: &[u8]) -> bool {
    if plain.len() < 4 * SLICES * SLICE {
        return false;
    }
    let mut counts = [0_u32; 256];
    let stride = plain.len() / SLICES;
    for chunk in plain.chunks_exact(stride) {
        // The middle of each part: its beginning may be a record's front.
        for &byte in chunk.iter().skip(stride / 2).take(SLICE) {
            if let Some(count) = counts.get_mut(usize::from(byte)) {
                *count += 1;
            }
        }
    }
    let n = (SLICES * SLICE) as u64;
    let squares: u64 = counts
        .iter()
        .map(|&count| u64::from(count) * u64::from(count))
        .sum();
    squares < (n * n / 256 + n) * 11 / 10
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    fn noise(len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        aws_lc_rs::rand::fill(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn noise_is_stored_as_it_is_and_text_is_packed() {
        let mut scratch = Scratch::new().unwrap();
        assert!(scratch.pack(&noise(200_000)).is_none());
        assert!(
            scratch.pack(&noise(1000)).is_none(),
            "also where no sample is taken"
        );
        let text = "drwxr-xr-x  2 root root  4096 Nov 21 23:09 src\r\n".repeat(4000);
        let packed = scratch.pack(text.as_bytes()).unwrap().to_vec();
        assert!(packed.len() < text.len() / 20);
        scratch.set_pace(Pace::Brisk);
        let brisk = scratch.pack(text.as_bytes()).unwrap();
        assert!(brisk.len() < text.len() / 10, "{} of {}", brisk.len(), text.len());
        assert_eq!(unpack(brisk, text.len()).unwrap(), text.as_bytes());
        assert_eq!(unpack(&packed, text.len()).unwrap(), text.as_bytes());
        assert!(
            unpack(&packed, text.len() - 1).is_none(),
            "never more than was announced"
        );
    }

    #[test]
    fn base64_of_noise_still_packs() {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(noise(150_000));
        let mut scratch = Scratch::new().unwrap();
        assert!(scratch.pack(text.as_bytes()).unwrap().len() < text.len() * 8 / 10);
    }
}
