//! What passes between client and server: heads are scanned, the ledger reads what it asks for, and bytes go on as they are.

use std::cell::RefCell;

use bytes::{Bytes, BytesMut};
use domain::stop::{EndReason, Stop};
use postgres_protocol::message::frontend;
use proto_database::{Broken, Content, Flow};

use crate::{
    ledger::{Entry, Ledger},
    wire::{self, Scanner, backend},
};

/// Both directions of one connection.
#[derive(Default)]
pub(crate) struct Dialogue {
    ledger: Ledger,
    questions: Scanner,
    /// Where the server's messages begin and end: the gateway's own go in between.
    answers: Scanner,
}

impl proto_database::Dialogue for Dialogue {
    fn ask(&mut self, mut chunk: Bytes, flow: &mut Flow) -> Result<(), Broken> {
        let (entries, runs) = look(&mut self.questions, &mut self.ledger, &chunk)?;
        flow.entries.extend(entries);
        for run in runs {
            let bytes = chunk.split_to(run.len.min(chunk.len()));
            flow.send(bytes, Content::recorded_if(run.content));
        }
        Ok(())
    }

    fn answer(&mut self, chunk: Bytes, flow: &mut Flow) -> Result<(), Broken> {
        let ledger = RefCell::new(&mut self.ledger);
        self.answers.scan(
            &chunk,
            |tag| ledger.borrow().wanted_of_server(tag),
            |frame| ledger.borrow_mut().answer(frame, &mut flow.entries),
        )?;
        flow.send(chunk, Content::Recorded);
        Ok(())
    }

    fn is_between(&self) -> bool {
        self.answers.is_between()
    }

    fn is_busy(&self) -> bool {
        self.ledger.is_busy()
    }

    fn notice(&self, words: &str) -> Option<Bytes> {
        let mut out = BytesMut::new();
        backend::notice(&mut out, words);
        Some(out.freeze())
    }

    fn last_words(&self, stop: &Stop) -> Bytes {
        let mut out = BytesMut::new();
        let words = format!("doorward: {}", stop.to_caller());
        backend::fatal(&mut out, code(stop.reason), &words, None);
        out.freeze()
    }

    fn goodbye(&self) -> Bytes {
        let mut out = BytesMut::new();
        frontend::terminate(&mut out);
        out.freeze()
    }
}

/// Gives the SQLSTATE that clients know for an end.
pub(crate) fn code(reason: EndReason) -> &'static str {
    match reason {
        EndReason::AuthFailed | EndReason::PolicyViolation => "28000",
        EndReason::TargetUnreachable => "08001",
        EndReason::ProtocolError => "08P01",
        EndReason::IdleTimeout => "57P05",
        _ => "57P01",
    }
}

impl From<wire::Broken> for Broken {
    fn from(broken: wire::Broken) -> Self {
        Self(broken.to_string())
    }
}

/// Finds the statements of a client's chunk, and which of its bytes are content.
fn look(
    scanner: &mut Scanner,
    ledger: &mut Ledger,
    chunk: &[u8],
) -> Result<(Vec<Entry>, Vec<Run>), wire::Broken> {
    let mut entries = Vec::new();
    let mut runs = Vec::new();
    let mut from = 0;
    scanner.scan(chunk, Ledger::wanted_of_client, |frame| {
        grow(
            &mut runs,
            frame.end - from,
            Ledger::is_content(frame.tag, frame.len),
        );
        from = frame.end;
        ledger.ask(frame, &mut entries);
    })?;
    // A head that is not whole says nothing yet, and holds nothing.
    let content = scanner
        .begun()
        .is_some_and(|(tag, len)| Ledger::is_content(tag, len));
    grow(&mut runs, chunk.len() - from, content);
    Ok((entries, runs))
}

/// Bytes of a chunk that are all content, or all not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    len: usize,
    content: bool,
}

/// Adds bytes to the last run, or as a new one.
fn grow(runs: &mut Vec<Run>, len: usize, content: bool) {
    match runs.last_mut() {
        _ if len == 0 => {}
        Some(last) if last.content == content => last.len += len,
        _ => runs.push(Run { len, content }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(tag: u8, body: &[u8]) -> Vec<u8> {
        let len = (body.len() as u32 + 4).to_be_bytes();
        [&[tag][..], &len, body].concat()
    }

    /// Gives the bytes that are recorded as content, however the stream is cut.
    fn content(bytes: &[u8], at_once: usize) -> Vec<u8> {
        let (mut scanner, mut ledger) = (Scanner::default(), Ledger::default());
        let mut content = Vec::new();
        for mut chunk in bytes.chunks(at_once) {
            let (_, runs) = look(&mut scanner, &mut ledger, chunk).expect("valid");
            assert_eq!(runs.iter().map(|run| run.len).sum::<usize>(), chunk.len());
            for run in runs {
                let (here, rest) = chunk.split_at(run.len);
                chunk = rest;
                if run.content {
                    content.extend_from_slice(here);
                }
            }
        }
        content
    }

    #[test]
    fn rows_are_content_also_between_statements_and_statements_are_not() {
        let stream = [
            message(b'Q', b"alter role a password 'geheim'\0"),
            message(b'Q', b"copy t from stdin\0"),
            message(b'd', b"first row\n"),
            message(b'd', b"second row\n"),
            message(b'c', b""),
            message(b'Q', b"alter role b password 'geheim'\0"),
            message(b'F', b"\0\0\x03\xbblarge object"),
        ]
        .concat();
        for at_once in [1, 2, 3, 7, 40, stream.len()] {
            let content = content(&stream, at_once);
            let holds = |words: &[u8]| content.windows(words.len()).any(|window| window == words);
            assert!(
                holds(b"first row") && holds(b"second row") && holds(b"large object"),
                "{at_once}"
            );
            assert!(!holds(b"geheim"), "{at_once}");
        }
    }

    #[test]
    fn what_is_too_long_for_its_entry_is_content() {
        let long = [&b"select 1 -- "[..], &vec![b'x'; 1 << 20], b"\n; drop table t\0"].concat();
        let stream = message(b'Q', &long);
        let content = content(&stream, 64 << 10);
        assert!(content.windows(12).any(|window| window == b"drop table t"));
    }
}
