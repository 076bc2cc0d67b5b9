//! The profile's rules, in the way of what a client sends: messages with statements are kept until they are whole, and judged. One that
//! is held stays here, with everything behind it, until it is decided.
//!
//! What is refused never reaches the server. A message goes in its place that the server cannot run, so that server and client agree on
//! what follows: an open transaction has failed, the rest of a pipeline is left out, and the connection goes on.

use bytes::{Buf as _, Bytes, BytesMut};
use domain::{
    Micros,
    approval::Review,
    statement::{StatementFacts, StatementKind, StatementRule},
};
use postgres_protocol::message::frontend;
use proto_database::{Judge, Judgement, Refused, Verdict};

use serde_json::Value;

use crate::{
    facts::facts,
    ledger::STATEMENT,
    wire::{Bind, Broken, bind, parse, text},
};

/// What the server gets in place of a statement that is refused; it cannot be read as SQL, and names itself in the server's log.
const CANNOT_RUN: &str = "doorward refuses this statement";

/// Holds messages until they are judged.
pub(crate) struct Rules {
    judge: Judge,
    /// What was not looked at yet.
    chunk: Bytes,
    /// A message that is not whole yet, from its beginning.
    begun: BytesMut,
    /// A message that waits for its decision.
    held: Option<Bytes>,
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
    /// A whole message waits for reviewers; nothing comes behind it before [`Rules::decided`].
    Held {
        /// The message, from its tag on.
        message: Bytes,
        /// The rule's name.
        rule: String,
        /// Who has to agree.
        review: Review,
    },
}

impl Rules {
    /// Takes rules; [`None`] when there are none.
    pub(crate) fn new(rules: &[StatementRule]) -> Option<Self> {
        Judge::new(rules).map(|judge| Self {
            judge,
            chunk: Bytes::new(),
            begun: BytesMut::new(),
            held: None,
            passing: 0,
            dropping: 0,
        })
    }

    /// Takes a chunk.
    pub(crate) fn put(&mut self, chunk: Bytes) {
        self.chunk = if self.begun.is_empty() {
            chunk
        } else {
            self.begun.extend_from_slice(&chunk);
            self.begun.split().freeze()
        };
    }

    /// Gives the next piece of what was taken. `now` is when it is sent.
    pub(crate) fn next(&mut self, now: Micros) -> Result<Option<Piece>, Broken> {
        while !self.chunk.is_empty() && self.held.is_none() {
            if self.dropping > 0 {
                let here = self.dropping.min(self.chunk.len());
                self.chunk.advance(here);
                self.dropping -= here;
                continue;
            }
            if self.passing == 0 {
                let Some((tag, len)) = head(&self.chunk)? else {
                    return Ok(self.keep());
                };
                let whole = len + 5;
                if !matches!(tag, b'Q' | b'P' | b'F') {
                    self.passing = whole;
                } else if len > STATEMENT {
                    // Bounded, and not judged: refused, whatever it is.
                    let here = self.chunk.split_to(self.chunk.len().min(STATEMENT));
                    self.dropping = whole - here.len();
                    return Ok(Some(Piece::Refused {
                        message: here,
                        why: Refused::too_long(len),
                    }));
                } else if self.chunk.len() < whole {
                    return Ok(self.keep());
                } else {
                    let message = self.chunk.split_to(whole);
                    return Ok(Some(self.judged(tag, message, now)));
                }
            }
            let here = self.chunk.split_to(self.passing.min(self.chunk.len()));
            self.passing -= here.len();
            return Ok(Some(Piece::On(here)));
        }
        Ok(None)
    }

    /// Keeps the beginning of a message.
    fn keep(&mut self) -> Option<Piece> {
        self.begun.extend_from_slice(&std::mem::take(&mut self.chunk));
        None
    }

    /// Gives the message that was held, as it was decided; what is behind it comes next.
    pub(crate) fn decided(&mut self, verdict: Verdict) -> Option<(Piece, Value)> {
        let message = self.held.take()?;
        Some(match verdict {
            Verdict::Send(note) => (Piece::On(message), note),
            Verdict::Refuse(why) => (Piece::Refused { message, why }, Value::Null),
        })
    }

    /// Reads the values with which a statement is bound right behind the message that prepares it.
    pub(crate) fn bound<T>(&self, statement: &str, read: impl FnOnce(&Bind<'_>) -> T) -> Option<T> {
        let (tag, len) = head(&self.chunk).ok()??;
        let body = self.chunk.get(5..len.checked_add(5)?).filter(|_| tag == b'B')?;
        let bind = bind(body);
        (bind.statement == statement).then(|| read(&bind))
    }

    fn judged(&mut self, tag: u8, message: Bytes, now: Micros) -> Piece {
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
        match self.judge.judge(&facts, now) {
            None => Piece::On(message),
            Some(Judgement::Refuse(why)) => Piece::Refused { message, why },
            Some(Judgement::Hold { rule, review }) => {
                self.held = Some(message.clone());
                Piece::Held {
                    message,
                    rule,
                    review,
                }
            }
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
        let ask = json!({ "name": "ask", "hold": ["write_all"] });
        let rules = [rule, ask].map(|rule| serde_json::from_value(rule).expect("a rule"));
        Rules::new(&rules).expect("there are some")
    }

    fn message(tag: u8, body: &[u8]) -> Vec<u8> {
        let len = (body.len() as u32 + 4).to_be_bytes();
        [&[tag][..], &len, body].concat()
    }

    /// Gives what goes on, and how many messages were refused.
    fn taken(stream: &[u8], at_once: usize) -> (Vec<u8>, usize) {
        let (mut rules, mut on, mut refused) = (rules(), Vec::new(), 0);
        for chunk in stream.chunks(at_once) {
            rules.put(Bytes::copy_from_slice(chunk));
            while let Some(piece) = rules.next(Micros(0)).expect("valid") {
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
                    Piece::Held { message, rule, .. } => {
                        assert_eq!((message[0], rule.as_str()), (b'Q', "ask"));
                        assert_eq!(rules.next(Micros(0)), Ok(None));
                        let (piece, _) = rules.decided(Verdict::Send(Value::Null)).expect("held");
                        assert_eq!(piece, Piece::On(message.clone()));
                        on.extend_from_slice(&message);
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
            message(b'Q', b"delete from t\0"),
            message(b'P', b"s\0select 'drop table t'\0\0\0"),
            message(b'S', b""),
        ];
        let stream = parts.concat();
        let kept = [&parts[0][..], &parts[3], &parts[4], &parts[5], &parts[6]].concat();
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
                rules.put(Bytes::copy_from_slice(chunk));
                loop {
                    match rules.next(Micros(0)) {
                        Err(_) => return Ok(()),
                        Ok(None) => break,
                        Ok(Some(Piece::Held { .. })) => drop(rules.decided(Verdict::Send(Value::Null))),
                        Ok(Some(_)) => {}
                    }
                }
            }
        }
    }
}
