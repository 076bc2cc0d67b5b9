//! The profile's rules, in the way of what a client sends: messages with statements are kept until they are whole, and judged.
//!
//! What is refused never reaches the server. A message goes in its place that the server cannot run, so that server and client agree on
//! what follows: an open transaction has failed, the rest of a pipeline is left out, and the connection goes on.

use bytes::{Buf as _, Bytes, BytesMut};
use domain::{
    Micros,
    statement::{StatementFacts, StatementKind, StatementRule},
};
use postgres_protocol::message::frontend;
use proto_database::{Judge, Refused};

use crate::{
    facts::facts,
    ledger::STATEMENT,
    wire::{Broken, parse, text},
};

/// What the server gets in place of a statement that is refused; it cannot be read as SQL, and names itself in the server's log.
const CANNOT_RUN: &str = "doorward refuses this statement";

/// Holds messages until they are judged.
pub(crate) struct Rules {
    judge: Judge,
    /// A message that is not whole yet, from its beginning.
    held: BytesMut,
    /// How many bytes of a message that is not judged are still to come.
    passing: usize,
    /// How many bytes of a refused message that is too long to be kept are still to come.
    dropping: usize,
}

/// A piece of what a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Goes on.
    On(Bytes),
    /// A whole message, or the head of one that is too long to be judged.
    Refused {
        /// The message, from its tag on.
        message: Bytes,
        /// Why.
        why: Refused,
    },
}

impl Rules {
    /// Takes rules; [`None`] when there are none.
    pub(crate) fn new(rules: &[StatementRule]) -> Option<Self> {
        Judge::new(rules).map(|judge| Self {
            judge,
            held: BytesMut::new(),
            passing: 0,
            dropping: 0,
        })
    }

    /// Takes a chunk; gives its pieces in order. `now` is when it is sent.
    pub(crate) fn take(&mut self, chunk: Bytes, now: Micros) -> Result<Vec<Piece>, Broken> {
        let mut bytes = if self.held.is_empty() {
            chunk
        } else {
            self.held.extend_from_slice(&chunk);
            self.held.split().freeze()
        };
        let mut pieces = Vec::new();
        while !bytes.is_empty() {
            if self.dropping > 0 {
                let here = self.dropping.min(bytes.len());
                bytes.advance(here);
                self.dropping -= here;
                continue;
            }
            if self.passing == 0 {
                let Some((tag, len)) = head(&bytes)? else {
                    self.held.extend_from_slice(&bytes);
                    break;
                };
                let whole = len + 5;
                if !matches!(tag, b'Q' | b'P' | b'F') {
                    self.passing = whole;
                } else if len > STATEMENT {
                    // Bounded, and not judged: refused, whatever it is.
                    let here = bytes.split_to(bytes.len().min(STATEMENT));
                    self.dropping = whole - here.len();
                    pieces.push(Piece::Refused {
                        message: here,
                        why: Refused::too_long(len),
                    });
                    continue;
                } else if bytes.len() < whole {
                    self.held.extend_from_slice(&bytes);
                    break;
                } else {
                    let message = bytes.split_to(whole);
                    pieces.push(self.judged(tag, message, now));
                    continue;
                }
            }
            let here = bytes.split_to(self.passing.min(bytes.len()));
            self.passing -= here.len();
            pieces.push(Piece::On(here));
        }
        Ok(pieces)
    }

    fn judged(&self, tag: u8, message: Bytes, now: Micros) -> Piece {
        let body = message.get(5..).unwrap_or_default();
        let facts = match tag {
            b'Q' => facts(&text(body)),
            b'P' => facts(&parse(body).1),
            _ => StatementFacts {
                kinds: vec![StatementKind::Code],
                unclear: true,
                ..StatementFacts::default()
            },
        };
        match self.judge.refuses(&facts, now) {
            None => Piece::On(message),
            Some(why) => Piece::Refused { message, why },
        }
    }
}

/// Reads the head of a message: its tag, and the length of its body. [`None`] when it is not whole.
fn head(bytes: &[u8]) -> Result<Option<(u8, usize)>, Broken> {
    let Some([tag, len @ ..]) = bytes.first_chunk::<5>() else {
        return Ok(None);
    };
    Broken::body(*tag, u32::from_be_bytes(*len)).map(|len| Some((*tag, len)))
}

/// Writes what the server gets in place of a refused message.
pub(crate) fn in_place_of(tag: u8, out: &mut BytesMut) {
    // Fails only for texts with a zero in them.
    let _written = if tag == b'P' {
        frontend::parse("", CANNOT_RUN, [], out)
    } else {
        frontend::query(CANNOT_RUN, out)
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn rules() -> Rules {
        let rule = json!({ "name": "no ddl", "deny": ["ddl"], "message": "ask the owners" });
        Rules::new(&[serde_json::from_value(rule).expect("a rule")]).expect("there is one")
    }

    fn message(tag: u8, body: &[u8]) -> Vec<u8> {
        let len = (body.len() as u32 + 4).to_be_bytes();
        [&[tag][..], &len, body].concat()
    }

    /// Gives what goes on, and how many messages were refused.
    fn taken(stream: &[u8], at_once: usize) -> (Vec<u8>, usize) {
        let (mut rules, mut on, mut refused) = (rules(), Vec::new(), 0);
        for chunk in stream.chunks(at_once) {
            for piece in rules
                .take(Bytes::copy_from_slice(chunk), Micros(0))
                .expect("valid")
            {
                match piece {
                    Piece::On(bytes) => on.extend_from_slice(&bytes),
                    Piece::Refused {
                        why: Refused { words, .. },
                        ..
                    } => {
                        assert!(
                            words.contains("ask the owners") || words.contains("too long"),
                            "{words}"
                        );
                        refused += 1;
                    }
                }
            }
        }
        (on, refused)
    }

    #[test]
    fn what_is_refused_is_taken_out_however_the_stream_is_cut() {
        let parts = [
            message(b'Q', b"select 1\0"),
            message(b'Q', b"drop table t\0"),
            message(b'P', b"s\0create table x ()\0\0\0"),
            message(b'd', &[b'x'; 3000]),
            message(b'P', b"s\0select 'drop table t'\0\0\0"),
            message(b'S', b""),
        ];
        let stream = parts.concat();
        let kept = [&parts[0][..], &parts[3], &parts[4], &parts[5]].concat();
        for at_once in [1, 3, 5, 64, 1000, stream.len()] {
            assert_eq!(taken(&stream, at_once), (kept.clone(), 2), "{at_once}");
        }
    }

    #[test]
    fn what_is_too_long_to_be_judged_is_refused_and_not_kept() {
        let long = message(b'Q', &vec![b'x'; (1 << 20) + 1]);
        let stream = [&long[..], &message(b'S', b"")].concat();
        for at_once in [4096, 1 << 20, stream.len()] {
            assert_eq!(taken(&stream, at_once), (message(b'S', b""), 1), "{at_once}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), at_once in 1_usize..50) {
            let mut rules = rules();
            for chunk in bytes.chunks(at_once) {
                if rules.take(Bytes::copy_from_slice(chunk), Micros(0)).is_err() {
                    break;
                }
            }
        }
    }
}
