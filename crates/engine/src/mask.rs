//! Keeps what is typed at prompts that do not echo off the tape.

use bytes::Bytes;
use screen::{EchoMask, InputSegment};
use tape::{Direction, Kind};
use tokio::time::Instant;

/// The size of a terminal when nobody said one.
const SIZE: (u16, u16) = (80, 24);

/// Output is handed to the emulator and to the tape in pieces of at most this much.
const PIECE: usize = 64 << 10;

/// Turns traffic of one terminal into records.
#[derive(Debug)]
pub(crate) struct Mask {
    echo: EchoMask,
    born: Instant,
}

impl Mask {
    pub(crate) fn new(cols: u32, rows: u32) -> Self {
        Self {
            echo: EchoMask::new(side(cols, SIZE.0), side(rows, SIZE.1)),
            born: Instant::now(),
        }
    }

    pub(crate) fn resize(&mut self, cols: u32, rows: u32) {
        self.echo.resize(side(cols, SIZE.0), side(rows, SIZE.1));
    }

    /// Gives the records of bytes that pass: input whole or by its length, output with what it reveals of earlier input.
    pub(crate) fn records(&mut self, direction: Direction, bytes: &Bytes) -> impl Iterator<Item = Kind> + use<> {
        let at = u64::try_from(self.born.elapsed().as_micros()).unwrap_or(u64::MAX);
        let mut records = Vec::with_capacity(1);
        if direction == Direction::ToTarget {
            for segment in self.echo.typed(at, bytes) {
                records.push(match segment {
                    InputSegment::Clear(range) => Kind::Data(direction, bytes.slice(range)),
                    InputSegment::Masked(id, range) => Kind::MaskedInput {
                        id: id.0,
                        len: u32::try_from(range.len()).unwrap_or(u32::MAX),
                    },
                });
            }
            return records.into_iter();
        }
        let mut rest = bytes.clone();
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(PIECE));
            for reveal in self.echo.shown(at, &piece) {
                records.push(Kind::Reveal {
                    id: reveal.id.0,
                    bytes: reveal.bytes.into(),
                });
            }
            records.push(Kind::Data(direction, piece));
        }
        records.into_iter()
    }
}

fn side(asked: u32, default: u16) -> u16 {
    match u16::try_from(asked) {
        Ok(0) | Err(_) => default,
        Ok(side) => side,
    }
}
