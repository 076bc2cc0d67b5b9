//! The protocol's own part of a relay: [`Dialogue`] looks at what passes, [`Flow`] is what it gives back.

use bytes::Bytes;
use domain::stop::Stop;

use crate::{Hold, Verdict};

/// Both directions of one connection, after the login. No I/O: bytes in, bytes and entries out.
///
/// A chunk holds whatever was read at once: the end of one message, several, the beginning of another. Mostly it is sent on as it is:
/// `flow.send(chunk, …)`. A message that is to be judged before it goes on is kept by the dialogue until it is whole.
pub trait Dialogue: Send {
    /// Takes bytes of the client, which go to the server. Entries are recorded before anything is sent.
    fn ask(&mut self, chunk: Bytes, flow: &mut Flow) -> Result<(), Broken>;

    /// Takes bytes of the server, which go to the client. Entries are recorded before anything is sent.
    fn answer(&mut self, chunk: Bytes, flow: &mut Flow) -> Result<(), Broken>;

    /// Goes on after a decision about what was held. Everything that the client sent behind it comes in its turn now.
    fn decided(&mut self, _verdict: Verdict, _flow: &mut Flow) -> Result<(), Broken> {
        Ok(())
    }

    /// Gives what the gateway itself has to say to the client, such as why a statement was refused, once that is in order: behind
    /// the answers to what was asked before. Called between two chunks of the server after [`Flow::speak`].
    fn speak(&mut self, _flow: &mut Flow) {}

    /// Tells whether the gateway may write messages of its own to the client now: the server is between two of its.
    fn is_between(&self) -> bool;

    /// Tells whether something was asked and is not answered yet.
    fn is_busy(&self) -> bool;

    /// Writes a line for the person at the client, where the protocol has a message for that.
    fn notice(&self, words: &str) -> Option<Bytes>;

    /// Says to the client why it ends; asked for only between two messages of the server.
    fn last_words(&self, stop: &Stop) -> Bytes;

    /// Says goodbye to the server.
    fn goodbye(&self) -> Bytes;
}

/// What a peer said that cannot be; ends the connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub String);

/// Something for the recording. Bodies are JSON; ids are unique within the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A statement was sent: `text`, and `parameters` where it has some.
    Statement {
        /// Its number.
        id: u64,
        /// JSON.
        body: Bytes,
    },
    /// It was answered: `tag`, `rows`, `bytes`, `error`, `columns`, `preview`.
    Outcome {
        /// The statement's number.
        id: u64,
        /// JSON.
        body: Bytes,
    },
}

/// What is recorded of bytes that pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// The bytes, where the profile records in full.
    Recorded,
    /// How many they are: entries say what they hold, or they hold what is on no record.
    Counted,
}

impl Content {
    /// Gives [`Content::Recorded`] when something holds.
    #[must_use]
    pub fn recorded_if(holds: bool) -> Self {
        if holds { Self::Recorded } else { Self::Counted }
    }
}

/// What a dialogue gives back.
#[derive(Debug, Default)]
pub struct Flow {
    /// For the recording, in order.
    pub entries: Vec<Entry>,
    pieces: Vec<(Bytes, Content)>,
    speak: bool,
    hold: Option<Hold>,
}

impl Flow {
    /// Sends bytes to the other side, behind those that were sent before.
    pub fn send(&mut self, bytes: Bytes, content: Content) {
        if !bytes.is_empty() {
            self.pieces.push((bytes, content));
        }
    }

    /// Says that [`Dialogue::speak`] has something for the client.
    pub fn speak(&mut self) {
        self.speak = true;
    }

    /// Says that a statement waits for reviewers. The dialogue keeps it, and what comes behind it, until [`Dialogue::decided`].
    pub fn hold(&mut self, hold: Hold) {
        self.hold = Some(hold);
    }

    /// Takes what is to be held.
    pub fn take_hold(&mut self) -> Option<Hold> {
        self.hold.take()
    }

    /// Takes what is to be sent.
    pub fn take_pieces(&mut self) -> Vec<(Bytes, Content)> {
        std::mem::take(&mut self.pieces)
    }

    pub(crate) fn wants_to_speak(&self) -> bool {
        self.speak
    }
}
