//! Keeps what is typed at prompts that do not echo off the tape.

use std::collections::VecDeque;

use bytes::Bytes;
use screen::{EchoMask, InputId, InputSegment, Reveal};
use tape::{Direction, Kind};
use tokio::time::Instant;

/// The size of a terminal when nobody said one.
const SIZE: (u16, u16) = (80, 24);

/// How many pieces are remembered: the mask itself holds no more characters than this.
const PIECES: usize = 8192;

/// Output is handed to the emulator and to the tape in pieces of at most this much.
const PIECE: usize = 64 << 10;

/// Turns traffic of one terminal into records.
#[derive(Debug)]
pub(crate) struct Mask {
    echo: EchoMask,
    born: Instant,
    /// Bytes that were masked so far: each has a number of its own on the tape, so that a part of a piece can be named.
    bytes: u64,
    /// Pieces that may still be revealed: their number in the mask, and that of their first byte on the tape.
    pieces: VecDeque<(InputId, u64)>,
}

impl Mask {
    pub(crate) fn new(cols: u32, rows: u32) -> Self {
        Self {
            echo: EchoMask::new(side(cols, SIZE.0), side(rows, SIZE.1)),
            born: Instant::now(),
            bytes: 0,
            pieces: VecDeque::new(),
        }
    }

    pub(crate) fn resize(&mut self, cols: u32, rows: u32) {
        self.echo.resize(side(cols, SIZE.0), side(rows, SIZE.1));
    }

    /// Gives the records of bytes that pass: input whole or by its length, output with what it reveals of earlier input.
    pub(crate) fn records(
        &mut self,
        direction: Direction,
        bytes: &Bytes,
    ) -> impl Iterator<Item = Kind> + use<> {
        let at = u64::try_from(self.born.elapsed().as_micros()).unwrap_or(u64::MAX);
        let mut records = Vec::with_capacity(1);
        if direction == Direction::ToTarget {
            for segment in self.echo.typed(at, bytes) {
                records.push(match segment {
                    InputSegment::Clear(range) => Kind::Data(direction, bytes.slice(range)),
                    InputSegment::Masked(id, range) => self.withheld(id, range.len()),
                });
            }
            return records.into_iter();
        }
        let mut rest = bytes.clone();
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(PIECE));
            for reveal in self.echo.shown(at, &piece) {
                records.extend(self.revealed(reveal));
            }
            records.push(Kind::Data(direction, piece));
        }
        records.into_iter()
    }

    fn withheld(&mut self, id: InputId, len: usize) -> Kind {
        let first = self.bytes;
        self.bytes += len as u64;
        if self.pieces.len() >= PIECES {
            self.pieces.pop_front();
        }
        self.pieces.push_back((id, first));
        Kind::MaskedInput {
            id: first,
            len: u32::try_from(len).unwrap_or(u32::MAX),
        }
    }

    fn revealed(&mut self, reveal: Reveal) -> Option<Kind> {
        let (_, first) = self.pieces.iter().rev().find(|(id, _)| *id == reveal.id)?;
        Some(Kind::Reveal {
            id: first + reveal.offset as u64,
            bytes: reveal.bytes.into(),
        })
    }
}

fn side(asked: u32, default: u16) -> u16 {
    match u16::try_from(asked) {
        Ok(0) | Err(_) => default,
        Ok(side) => side,
    }
}
