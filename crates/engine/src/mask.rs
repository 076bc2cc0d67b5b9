//! Keeps what is typed at prompts that do not echo off the tape.
//!
//! This runs in the recorder and not on the way of the bytes: an emulator over the output must not slow a keystroke.

use std::collections::VecDeque;

use bytes::Bytes;
use domain::Micros;
use screen::{EchoMask, InputId, InputSegment, Reveal};
use tape::{Direction, Kind};

/// The size of a terminal when nobody said one.
const SIZE: (u16, u16) = (80, 24);

/// How many pieces are remembered: the mask itself holds no more characters than this.
const PIECES: usize = 8192;

/// Turns traffic of one terminal into records.
#[derive(Debug)]
pub(crate) struct Mask {
    echo: Echo,
    size: (u16, u16),
    /// The newest time; the emulator's clock does not go back.
    at: u64,
    /// Bytes that were masked so far: each has a number of its own on the tape, so that a part of a piece can be named.
    bytes: u64,
    /// Pieces that may still be revealed: their number in the mask, and that of their first byte on the tape.
    pieces: VecDeque<(InputId, u64)>,
}

#[derive(Debug)]
enum Echo {
    Awake(Box<EchoMask>),
    /// What draws the screen again.
    Asleep(Box<[u8]>),
}

impl Mask {
    pub(crate) fn new(cols: u32, rows: u32) -> Self {
        let size = (side(cols, SIZE.0), side(rows, SIZE.1));
        Self {
            echo: Echo::Awake(Box::new(EchoMask::new(size.0, size.1))),
            size,
            at: 0,
            bytes: 0,
            pieces: VecDeque::new(),
        }
    }

    pub(crate) fn resize(&mut self, cols: u32, rows: u32) {
        self.awake();
        self.size = (side(cols, SIZE.0), side(rows, SIZE.1));
        if let Echo::Awake(echo) = &mut self.echo {
            echo.resize(self.size.0, self.size.1);
        }
    }

    /// Packs the emulator up: an idle terminal takes a few KiB. What was typed and not echoed until now stays masked.
    pub(crate) fn doze(&mut self) {
        if let Echo::Awake(echo) = &self.echo {
            let terminal = echo.terminal();
            let mut dump = terminal.dump().into_bytes();
            dump.extend_from_slice(terminal.held());
            self.echo = Echo::Asleep(dump.into());
            self.pieces = VecDeque::new();
        }
    }

    fn awake(&mut self) -> Option<&mut EchoMask> {
        if let Echo::Asleep(dump) = &self.echo {
            let mut echo = EchoMask::new(self.size.0, self.size.1);
            // Nothing is held, so nothing can be revealed by it.
            echo.shown(self.at, dump);
            self.echo = Echo::Awake(Box::new(echo));
        }
        match &mut self.echo {
            Echo::Awake(echo) => Some(echo),
            Echo::Asleep(_) => None,
        }
    }

    /// Gives the records of bytes that pass: input whole or by its length, output with what it reveals of earlier input.
    pub(crate) fn records(&mut self, at: Micros, direction: Direction, bytes: &Bytes) -> Vec<Kind> {
        self.at = self.at.max(u64::try_from(at.0).unwrap_or(0));
        let now = self.at;
        let mut records = Vec::with_capacity(1);
        if direction == Direction::ToTarget {
            let segments = self
                .awake()
                .map(|echo| echo.typed(now, bytes))
                .unwrap_or_default();
            for segment in segments {
                records.push(match segment {
                    InputSegment::Clear(range) => Kind::Data(direction, bytes.slice(range)),
                    InputSegment::Masked(id, range) => self.withheld(id, range.len()),
                });
            }
        } else {
            let reveals = self
                .awake()
                .map(|echo| echo.shown(now, bytes))
                .unwrap_or_default();
            for reveal in reveals {
                records.extend(self.revealed(reveal));
            }
            records.push(Kind::Data(direction, bytes.clone()));
        }
        records
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

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(mask: &mut Mask, text: &'static str) -> Vec<Kind> {
        mask.records(
            Micros(1),
            Direction::ToTarget,
            &Bytes::from_static(text.as_bytes()),
        )
    }

    fn shown(mask: &mut Mask, text: &'static str) -> Vec<Kind> {
        mask.records(
            Micros(1),
            Direction::FromTarget,
            &Bytes::from_static(text.as_bytes()),
        )
    }

    fn reveals(records: &[Kind]) -> Vec<(u64, &[u8])> {
        let reveal = |kind| match kind {
            &Kind::Reveal { id, ref bytes } => Some((id, bytes.as_ref())),
            _ => None,
        };
        records.iter().filter_map(reveal).collect()
    }

    #[test]
    fn every_masked_byte_has_its_own_number() {
        let mut mask = Mask::new(80, 24);
        shown(&mut mask, "$ ");
        assert_eq!(typed(&mut mask, "ls"), [Kind::MaskedInput { id: 0, len: 2 }]);
        assert_eq!(reveals(&shown(&mut mask, "l")), [(0, b"l".as_slice())]);
        assert_eq!(typed(&mut mask, "x"), [Kind::MaskedInput { id: 2, len: 1 }]);
        assert_eq!(
            reveals(&shown(&mut mask, "sx")),
            [(1, b"s".as_slice()), (2, b"x".as_slice())]
        );
    }

    #[test]
    fn after_a_nap_the_screen_is_the_same() {
        let mut mask = Mask::new(80, 24);
        shown(&mut mask, "login: ana\r\nPassword: ");
        mask.doze();
        assert!(matches!(mask.echo, Echo::Asleep(_)));
        typed(&mut mask, "s3cret");
        assert!(
            reveals(&shown(&mut mask, "s3cret")).is_empty(),
            "the prompt is still known"
        );
        shown(&mut mask, "\r\n$ ");
        mask.doze();
        typed(&mut mask, "w");
        assert_eq!(
            reveals(&shown(&mut mask, "w")),
            [(6, b"w".as_slice())],
            "and the cursor's place"
        );
    }
}
