//! What passes between client and server: heads are scanned, the ledger reads what it asks for, and bytes go on as they are.

use std::cell::RefCell;

use bytes::{Bytes, BytesMut};
use domain::{
    Micros,
    statement::StatementRule,
    stop::{EndReason, Stop},
};
use postgres_protocol::message::frontend;
use proto_database::{Broken, Content, Flow, Hold, Refused, Verdict};
use serde_json::Value;

use crate::{
    ledger::{self, Entry, Ledger},
    rules::{self, Piece, Rules},
    wire::{self, Frame, Scanner, backend},
};

/// Both directions of one connection.
#[derive(Default)]
pub(crate) struct Dialogue {
    ledger: Ledger,
    questions: Scanner,
    /// Where the server's messages begin and end: the gateway's own go in between.
    answers: Scanner,
    /// Judges what the client sends; [`None`] when there are no rules, and nothing is kept back.
    rules: Option<Rules>,
    /// The beginning of an error of the server that may have to be replaced.
    kept: BytesMut,
}

impl Dialogue {
    /// Begins under the rules of a profile.
    pub(crate) fn new(rules: &[StatementRule]) -> Self {
        Self {
            rules: Rules::new(rules),
            ..Self::default()
        }
    }

    /// Sends bytes of the client on.
    fn on(&mut self, mut chunk: Bytes, flow: &mut Flow) -> Result<(), Broken> {
        let (entries, runs) = look(&mut self.questions, &mut self.ledger, &chunk)?;
        flow.entries.extend(entries);
        for run in runs {
            let bytes = chunk.split_to(run.len.min(chunk.len()));
            flow.send(bytes, Content::recorded_if(run.content));
        }
        Ok(())
    }

    /// Sends the pieces of what was taken, up to one that is held.
    fn proceed(&mut self, flow: &mut Flow) -> Result<(), Broken> {
        while let Some(rules) = &mut self.rules
            && let Some(piece) = rules.next(Micros::now())?
        {
            self.piece(piece, flow)?;
        }
        Ok(())
    }

    fn piece(&mut self, piece: Piece, flow: &mut Flow) -> Result<(), Broken> {
        match piece {
            Piece::On(bytes) => self.on(bytes, flow)?,
            Piece::Refused { message, why } => self.refuse(&message, why, flow),
            Piece::Held {
                message,
                rule,
                review,
            } => {
                let frame = frame(&message);
                let parameters = match (frame.tag, &self.rules) {
                    (b'P', Some(rules)) => {
                        let (name, _, types) = wire::parse(frame.body);
                        rules.bound(&name, |bind| ledger::parameters(bind, &types))
                    }
                    _ => None,
                };
                flow.hold(Hold {
                    rule,
                    review,
                    text: Ledger::texts(frame).join(";\n"),
                    parameters: parameters.unwrap_or_default(),
                    number: self.ledger.next_id(),
                });
            }
        }
        Ok(())
    }

    /// Sends in place of a message one that the server cannot run.
    fn refuse(&mut self, message: &[u8], why: Refused, flow: &mut Flow) {
        let frame = frame(message);
        self.ledger.refuse(frame, why, &mut flow.entries);
        let mut out = BytesMut::new();
        rules::in_place_of(frame.tag, &mut out);
        flow.send(out.freeze(), Content::Counted);
    }

    /// Takes bytes of the server while the client waits to read why something was refused: errors are replaced, so they are sent
    /// whole or not at all.
    fn answer_refused(&mut self, chunk: &Bytes, flow: &mut Flow) -> Result<(), Broken> {
        let before = self.kept.len();
        // Where the message begins that goes on in this chunk; unknown when its beginning was sent already.
        let mut from = (before > 0 || self.answers.is_between()).then_some(0);
        let mut replaced = Vec::new();
        let ledger = RefCell::new(&mut self.ledger);
        self.answers.scan(
            chunk,
            |tag| ledger.borrow().wanted_of_server(tag),
            |frame| {
                let mut ledger = ledger.borrow_mut();
                let end = before + frame.end;
                let mut error = BytesMut::new();
                if let (b'E', Some(_), Some((code, words))) = (frame.tag, from, ledger.refusal()) {
                    backend::error(&mut error, code, words);
                }
                ledger.answer(frame, &mut flow.entries);
                if let (Some(from), false) = (from, error.is_empty()) {
                    ledger.replaced(frame, error.len());
                    replaced.push((from, end, error.freeze()));
                }
                from = Some(end);
            },
        )?;
        self.kept.extend_from_slice(chunk);
        let mut all = self.kept.split().freeze();
        // An error that is not whole waits for its end; of other messages nothing is kept.
        let may_be_error = self.answers.begun().is_none_or(|(tag, _)| tag == b'E');
        if let Some(from) = from.filter(|from| *from < all.len() && may_be_error) {
            self.kept.extend_from_slice(&all.split_off(from));
        }
        let mut at = 0;
        for (from, end, error) in replaced {
            flow.send(all.split_to(from - at), Content::Recorded);
            drop(all.split_to(end - from));
            flow.send(error, Content::Recorded);
            at = end;
        }
        flow.send(all, Content::Recorded);
        Ok(())
    }
}

impl proto_database::Dialogue for Dialogue {
    fn ask(&mut self, chunk: Bytes, flow: &mut Flow) -> Result<(), Broken> {
        let Some(rules) = &mut self.rules else {
            return self.on(chunk, flow);
        };
        rules.put(chunk);
        self.proceed(flow)
    }

    fn decided(&mut self, verdict: Verdict, flow: &mut Flow) -> Result<(), Broken> {
        if let Some((piece, note)) = self.rules.as_mut().and_then(|rules| rules.decided(verdict)) {
            self.ledger.note(note);
            self.piece(piece, flow)?;
            self.ledger.note(Value::Null);
        }
        self.proceed(flow)
    }

    fn answer(&mut self, chunk: Bytes, flow: &mut Flow) -> Result<(), Broken> {
        if self.ledger.has_refused() || !self.kept.is_empty() {
            return self.answer_refused(&chunk, flow);
        }
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

/// Reads a message, or the beginning of one.
fn frame(message: &[u8]) -> Frame<'_> {
    let body = message.get(5..).unwrap_or_default();
    let len = message.get(1..5).and_then(|len| len.first_chunk::<4>());
    Frame {
        tag: message.first().copied().unwrap_or(b'Q'),
        len: len.map_or(body.len(), |len| {
            (u32::from_be_bytes(*len) as usize).saturating_sub(4)
        }),
        body,
        end: 0,
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

    use crate::ledger::REFUSED;

    /// Plays both directions, in chunks of a size; gives what the server and the client get, and the entries as JSON.
    fn play(asked: &[u8], answered: &[u8], at_once: usize) -> (Vec<u8>, Vec<u8>, String) {
        let rule = serde_json::json!({ "name": "no ddl", "deny": ["ddl"], "message": "ask the owners" });
        let mut dialogue = Dialogue::new(&[serde_json::from_value(rule).expect("a rule")]);
        let (mut server, mut client, mut entries) = (Vec::new(), Vec::new(), String::new());
        let mut done = |mut flow: Flow, to: &mut Vec<u8>| {
            for (bytes, _) in flow.take_pieces() {
                to.extend_from_slice(&bytes);
            }
            for entry in flow.entries {
                let _written = std::fmt::Write::write_fmt(&mut entries, format_args!("{entry:?}"));
            }
        };
        for chunk in asked.chunks(at_once) {
            let mut flow = Flow::default();
            proto_database::Dialogue::ask(&mut dialogue, Bytes::copy_from_slice(chunk), &mut flow)
                .expect("valid");
            done(flow, &mut server);
        }
        for chunk in answered.chunks(at_once) {
            let mut flow = Flow::default();
            proto_database::Dialogue::answer(&mut dialogue, Bytes::copy_from_slice(chunk), &mut flow)
                .expect("valid");
            done(flow, &mut client);
        }
        assert!(!proto_database::Dialogue::is_busy(&dialogue));
        (server, client, entries)
    }

    #[test]
    fn the_client_reads_why_and_the_server_and_it_agree_on_what_follows() {
        let asked = [
            message(b'P', b"\0select 1\0\0\0"),
            message(b'B', b"\0\0\0\0\0\0\0\0"),
            message(b'E', b"\0\0\0\0\0"),
            message(b'P', b"\0drop table t\0\0\0"),
            message(b'B', b"\0\0\0\0\0\0\0\0"),
            message(b'E', b"\0\0\0\0\0"),
            message(b'S', b""),
            message(b'Q', b"drop table u\0"),
            message(b'Q', b"select 2\0"),
        ]
        .concat();
        let syntax = message(b'E', b"SERROR\0C42601\0Msyntax error at or near \"doorward\"\0\0");
        let ready = message(b'Z', b"I");
        let first = [
            message(b'1', b""),
            message(b'2', b""),
            message(b'C', b"SELECT 1\0"),
        ]
        .concat();
        let last = [message(b'C', b"SELECT 1\0"), ready.clone()].concat();
        let answered = [&first[..], &syntax, &ready, &syntax, &ready, &last].concat();
        let mut refused = BytesMut::new();
        backend::error(&mut refused, REFUSED, "doorward: ask the owners");
        let expected = [&first[..], &refused, &ready, &refused, &ready, &last].concat();
        for at_once in [1, 4, 7, 30, 4096] {
            let (server, client, entries) = play(&asked, &answered, at_once);
            assert_eq!(client, expected, "{at_once}");
            assert!(!server.windows(10).any(|window| window == b"drop table"));
            assert!(server.windows(8).any(|window| window == b"select 2"));
            assert_eq!(entries.matches("refused").count(), 2, "{entries}");
            assert_eq!(entries.matches("drop table").count(), 2, "{entries}");
        }
    }

    /// Sends what the client asks; gives what goes to the server and what is held.
    fn ask(dialogue: &mut Dialogue, asked: &[u8]) -> (Vec<u8>, Option<Hold>) {
        let mut flow = Flow::default();
        let chunk = Bytes::copy_from_slice(asked);
        proto_database::Dialogue::ask(dialogue, chunk, &mut flow).expect("valid");
        let sent = flow.take_pieces().into_iter().flat_map(|(bytes, _)| bytes);
        (sent.collect(), flow.take_hold())
    }

    fn decide(dialogue: &mut Dialogue, verdict: Verdict) -> (Vec<u8>, Option<Hold>) {
        let mut flow = Flow::default();
        proto_database::Dialogue::decided(dialogue, verdict, &mut flow).expect("valid");
        let sent = flow.take_pieces().into_iter().flat_map(|(bytes, _)| bytes);
        (sent.collect(), flow.take_hold())
    }

    #[test]
    fn nothing_of_what_is_held_and_nothing_behind_it_is_sent_before_the_decision() {
        let rule = serde_json::json!({ "name": "ask", "hold": ["write"], "review": { "admins": true } });
        let rules = [serde_json::from_value(rule).expect("a rule")];
        let first = message(b'Q', b"select 1\0");
        let waiting = [
            message(b'P', b"\0delete from t where a = $1\0\0\x01\0\0\0\x17"),
            message(b'B', b"\0\0\0\0\0\x01\0\0\0\x0242\0\0"),
            message(b'E', b"\0\0\0\0\0"),
            message(b'S', b""),
        ]
        .concat();
        let second = message(b'Q', b"delete from u\0");
        let stream = [&first[..], &waiting, &second, &first].concat();

        let mut dialogue = Dialogue::new(&rules);
        let (sent, hold) = ask(&mut dialogue, &stream);
        assert_eq!(sent, first);
        let hold = hold.expect("it is held");
        assert_eq!(
            (hold.text.as_str(), hold.number),
            ("delete from t where a = $1", 2)
        );
        assert_eq!(hold.parameters, serde_json::json!(["42"]));
        let (sent, hold) = decide(&mut dialogue, Verdict::Send(Value::Null));
        assert_eq!(sent, waiting);
        assert_eq!(hold.expect("the second as well").text, "delete from u");
        let no = Refused::by("ask", "doorward: denied by bob".to_owned());
        let (sent, hold) = decide(&mut dialogue, Verdict::Refuse(no));
        assert!(hold.is_none() && sent.ends_with(&first));
        assert!(!sent.windows(6).any(|window| window == b"delete"));
    }

    #[test]
    fn what_is_too_long_for_its_entry_is_content() {
        let long = [&b"select 1 -- "[..], &vec![b'x'; 1 << 20], b"\n; drop table t\0"].concat();
        let stream = message(b'Q', &long);
        let content = content(&stream, 64 << 10);
        assert!(content.windows(12).any(|window| window == b"drop table t"));
    }
}
