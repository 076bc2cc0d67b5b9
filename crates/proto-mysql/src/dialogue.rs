//! What passes between client and server: heads are scanned, the ledger reads what it asks for, and bytes go on as they are.
//!
//! Commands that may not go on as they are wait until they are whole; everything else is sent as it comes.

use std::cell::RefCell;

use bytes::{Bytes, BytesMut};
use domain::stop::{EndReason, Stop};
use proto_database::{Broken, Content, Flow, Verdict};

use crate::{
    ledger::{Fate, Ledger},
    wire::{self, Scanner, command, error, framed},
};

/// Both directions of one connection.
pub(crate) struct Dialogue {
    ledger: Ledger,
    questions: Scanner,
    answers: Scanner,
    /// The beginning of a command that is not sent before all of it is known.
    held: BytesMut,
    /// A command that waits for reviewers, and what came behind it.
    waiting: Option<(Bytes, Bytes)>,
    /// The number of the server's last packet.
    sequence: u8,
}

impl Dialogue {
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self {
            ledger,
            questions: Scanner::default(),
            answers: Scanner::default(),
            held: BytesMut::new(),
            waiting: None,
            sequence: 0,
        }
    }
}

/// What becomes of a part of a chunk.
enum Piece {
    Bytes(Content),
    Other(Bytes),
    Gone,
}

impl proto_database::Dialogue for Dialogue {
    fn ask(&mut self, chunk: Bytes, flow: &mut Flow) -> Result<(), Broken> {
        if self.held.is_empty() {
            return self.ask_behind(chunk, 0, flow);
        }
        // INVARIANT: the scanner has seen what is held, and it is less than a statement and a head.
        let mut whole = std::mem::take(&mut self.held);
        let seen = whole.len();
        whole.extend_from_slice(&chunk);
        self.ask_behind(whole.freeze(), seen, flow)
    }

    fn decided(&mut self, verdict: Verdict, flow: &mut Flow) -> Result<(), Broken> {
        let Some((command, behind)) = self.waiting.take() else {
            return Ok(());
        };
        let entries = &mut flow.entries;
        let decided = RefCell::new(&mut self.ledger);
        let mut fate = Fate::Refuse;
        let mut verdict = Some(verdict);
        Scanner::default().scan(
            &command,
            |first, _| decided.borrow().wanted_of_client(first),
            |packet| {
                fate = match verdict.take() {
                    Some(Verdict::Send(by)) => decided.borrow_mut().send(packet, by, entries),
                    Some(Verdict::Refuse(why)) => decided.borrow_mut().refuse_by_rule(packet, &why, entries),
                    None => Fate::Refuse,
                };
            },
        )?;
        match fate {
            Fate::Pass(content) => flow.send(command, content),
            Fate::Replace(other) => flow.send(other, Content::Counted),
            Fate::Refuse | Fate::Hold(_) => flow.speak(),
        }
        if behind.is_empty() {
            return Ok(());
        }
        self.ask_behind(behind, 0, flow)
    }

    fn answer(&mut self, mut chunk: Bytes, flow: &mut Flow) -> Result<(), Broken> {
        let ledger = RefCell::new(&mut self.ledger);
        let sequence = &mut self.sequence;
        let mut pieces: Vec<(usize, Piece)> = Vec::new();
        let mut from = 0;
        self.answers.scan(
            &chunk,
            |first, len| ledger.borrow().wanted_of_server(first, len),
            |packet| {
                *sequence = packet.sequence;
                let mut ledger = ledger.borrow_mut();
                let content = ledger.answer(packet, &mut flow.entries);
                grow(&mut pieces, packet.end - from, content);
                from = packet.end;
                while let Some(words) = (!ledger.is_answering()).then(|| ledger.speak()).flatten() {
                    pieces.push((0, Piece::Other(words)));
                }
            },
        )?;
        grow(&mut pieces, chunk.len() - from, Content::Recorded);
        send(&mut chunk, pieces, flow);
        Ok(())
    }

    fn speak(&mut self, flow: &mut Flow) {
        while let Some(words) = (!self.ledger.is_answering())
            .then(|| self.ledger.speak())
            .flatten()
        {
            flow.send(words, Content::Counted);
        }
    }

    fn is_between(&self) -> bool {
        self.answers.is_between() && !self.ledger.takes_file()
    }

    fn is_busy(&self) -> bool {
        self.ledger.is_busy()
    }

    /// There is no message for that.
    fn notice(&self, _words: &str) -> Option<Bytes> {
        None
    }

    /// An error takes the place of the rest of an answer; without a question it is what the client finds when it asks next.
    fn last_words(&self, stop: &Stop) -> Bytes {
        let sequence = if self.ledger.is_answering() {
            self.sequence.wrapping_add(1)
        } else {
            1
        };
        let (code, state) = code(stop.reason);
        framed(
            sequence,
            &error(code, state, &format!("doorward: {}", stop.to_caller())),
        )
    }

    fn goodbye(&self) -> Bytes {
        framed(0, &[command::QUIT])
    }
}

impl Dialogue {
    /// Looks at a chunk whose first bytes were seen before, and are not sent.
    fn ask_behind(&mut self, mut whole: Bytes, seen: usize, flow: &mut Flow) -> Result<(), Broken> {
        let mut pieces: Vec<(usize, Piece)> = Vec::new();
        let mut from = 0;
        let mut spoke = false;
        let mut hold: Option<(Box<proto_database::Hold>, usize)> = None;
        let news = whole.slice(seen..);
        let ledger = RefCell::new(&mut self.ledger);
        self.questions.scan(
            &news,
            |first, _| ledger.borrow().wanted_of_client(first),
            |packet| {
                // What is behind it comes in its turn.
                if hold.is_some() {
                    return;
                }
                let mut ledger = ledger.borrow_mut();
                let len = seen + packet.end - from;
                from = seen + packet.end;
                if ledger.takes_file() {
                    if packet.len == 0 {
                        ledger.file_ended();
                    }
                    grow(&mut pieces, len, Content::Recorded);
                    return;
                }
                match ledger.ask(packet, &mut flow.entries) {
                    Fate::Pass(content) => grow(&mut pieces, len, content),
                    Fate::Replace(other) => pieces.push((len, Piece::Other(other))),
                    Fate::Refuse => {
                        spoke = true;
                        pieces.push((len, Piece::Gone));
                    }
                    Fate::Hold(asked) => {
                        hold = Some((asked, len));
                        from -= len;
                    }
                }
            },
        )?;
        if spoke {
            flow.speak();
        }
        if let Some((hold, len)) = hold {
            let mut kept = whole.split_off(from);
            self.waiting = Some((kept.split_to(len), kept));
            // What is kept begins with a packet, and is looked at again.
            self.questions = Scanner::default();
            flow.hold(*hold);
            send(&mut whole, pieces, flow);
            return Ok(());
        }
        let rest = whole.len() - from;
        let file = self.ledger.takes_file();
        match self.questions.unfinished() {
            _ if file => grow(&mut pieces, rest, Content::Recorded),
            Some((first, len)) if self.ledger.is_dropped(first, len) => pieces.push((rest, Piece::Gone)),
            Some((first, len)) if !self.ledger.is_judged(first, len) => {
                grow(&mut pieces, rest, Ledger::content_of(first, len));
            }
            // Its kind is not known yet, or it is to be judged.
            _ => self.held.extend_from_slice(whole.get(from..).unwrap_or_default()),
        }
        send(&mut whole, pieces, flow);
        Ok(())
    }
}

/// Cuts a chunk into its pieces and sends them.
fn send(chunk: &mut Bytes, pieces: Vec<(usize, Piece)>, flow: &mut Flow) {
    for (len, piece) in pieces {
        let bytes = chunk.split_to(len.min(chunk.len()));
        match piece {
            Piece::Bytes(content) => flow.send(bytes, content),
            Piece::Other(other) => flow.send(other, Content::Counted),
            Piece::Gone => {}
        }
    }
}

/// Adds bytes to the last piece, or as a new one.
fn grow(pieces: &mut Vec<(usize, Piece)>, len: usize, content: Content) {
    match pieces.last_mut() {
        _ if len == 0 => {}
        Some((last, Piece::Bytes(same))) if *same == content => *last += len,
        _ => pieces.push((len, Piece::Bytes(content))),
    }
}

/// Gives the error that clients know for an end.
pub(crate) fn code(reason: EndReason) -> (u16, &'static str) {
    match reason {
        // ER_ACCESS_DENIED_ERROR
        EndReason::AuthFailed | EndReason::PolicyViolation => (1045, "28000"),
        // ER_CONNECT_TO_FOREIGN_DATA_SOURCE
        EndReason::TargetUnreachable => (1429, "HY000"),
        // ER_MALFORMED_PACKET
        EndReason::ProtocolError => (1835, "HY000"),
        // ER_SERVER_SHUTDOWN
        _ => (1053, "08S01"),
    }
}

impl From<wire::Broken> for Broken {
    fn from(broken: wire::Broken) -> Self {
        Self(broken.to_string())
    }
}

#[cfg(test)]
mod tests;
