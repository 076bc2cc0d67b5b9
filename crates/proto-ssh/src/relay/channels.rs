//! The channels of a session: each is two ends, one towards the client and one towards the resource.
//!
//! A channel has one number of ours, its place in the [`Table`], on both connections; the peers' own numbers are in its ends.
//!
//! INVARIANT, for each direction: what the sender was granted never exceeds what the receiver granted us, less what waits here. So
//! memory is bounded by the receiver's own window, and one channel that stalls stalls no other. The exception is [`TYPED`].

use std::collections::VecDeque;

use bytes::Bytes;
use engine::{Passed, Strand, StrandOutcome};

use super::screen::Tail;
use super::typing::Typing;
use super::watch::Watch;
use crate::files::Class;

/// The longest window that is granted, however much the receiver grants us: what a lock may have to hold for one direction.
pub(super) const MOST_WINDOW: u32 = 2 << 20;
/// The largest data message that is asked for.
pub(super) const MOST_PACKET: u32 = 64 << 10;
/// Channels of one connection.
const MOST_CHANNELS: usize = 1024;
/// Requests of one side that may wait for their answers.
const MOST_OWED: usize = 1024;
/// Grants below this wait for more, unless the receiver itself grants or the sender has little left.
const GRANT_STEP: u64 = 64 << 10;
/// What may be typed into a terminal during a lock at a time, whether or not the resource takes anything: it is discarded.
const TYPED: u64 = 4 << 10;

#[cfg(test)]
mod tests;

/// A side of the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The caller's client.
    Client,
    /// The resource.
    Target,
}

impl Side {
    /// Gives the side across.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Client => Self::Target,
            Self::Target => Self::Client,
        }
    }

    /// Names the side in texts for the console.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Target => "resource",
        }
    }
}

/// A pair of something, one for each side.
#[derive(Debug, Default)]
pub(crate) struct Both<T> {
    pub(crate) client: T,
    pub(crate) target: T,
}

impl<T> Both<T> {
    pub(crate) fn of(&self, side: Side) -> &T {
        match side {
            Side::Client => &self.client,
            Side::Target => &self.target,
        }
    }

    pub(crate) fn of_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Client => &mut self.client,
            Side::Target => &mut self.target,
        }
    }
}

/// One peer's end of a channel.
#[derive(Debug, Default)]
pub(super) struct End {
    /// The peer's number of the channel.
    pub(super) number: u32,
    /// Bytes that we may send to the peer.
    pub(super) window: u64,
    /// The largest data message that the peer takes.
    pub(super) max_packet: u32,
    /// Bytes that the peer may send to us.
    pub(super) granted: u64,
    /// What waits to be sent to the peer, in order.
    pub(super) queue: VecDeque<Waiting>,
    /// Bytes of data in the queue.
    pub(super) queued: u64,
    /// Requests of the peer that wait for their answers, in order.
    pub(super) owed: VecDeque<Owed>,
    /// The peer has sent its close.
    pub(super) closed_in: bool,
    /// A close was sent to the peer.
    pub(super) closed_out: bool,
}

/// Something that waits to be sent.
#[derive(Debug)]
pub(super) enum Waiting {
    /// A lock holds it; it has not passed.
    Offered {
        code: Option<u32>,
        class: Class,
        bytes: Bytes,
    },
    /// It has passed, and the peer's window was too small for what follows `sent`.
    Passed {
        code: Option<u32>,
        passed: Passed,
        sent: usize,
    },
    /// A message that must not overtake.
    Message(Bytes),
    /// A message that is input: it must not overtake, and a lock holds it.
    Input(Bytes),
}

impl Waiting {
    pub(super) fn data_len(&self) -> u64 {
        match self {
            Self::Offered { bytes, .. } => bytes.len() as u64,
            Self::Passed { passed, sent, .. } => passed.bytes().len().saturating_sub(*sent) as u64,
            Self::Message(_) | Self::Input(_) => 0,
        }
    }
}

/// An answer that is owed for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owed {
    /// The peer across will give it.
    Peer,
    /// The peer across will give it, and it decides whether the channel has found its purpose.
    Purpose,
    /// It was refused here; the refusal waits for its turn.
    Failure,
}

impl End {
    /// Adds to what waits.
    pub(super) fn push(&mut self, waiting: Waiting) {
        self.queued += waiting.data_len();
        self.queue.push_back(waiting);
    }

    /// Puts back what came from the front.
    pub(super) fn push_front(&mut self, waiting: Waiting) {
        self.queued += waiting.data_len();
        self.queue.push_front(waiting);
    }

    /// Takes what has waited longest.
    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let waiting = self.queue.pop_front()?;
        self.queued = self.queued.saturating_sub(waiting.data_len());
        if self.queue.is_empty() {
            self.queue.shrink_to(4);
        }
        Some(waiting)
    }

    /// Forgets what waits.
    pub(super) fn clear(&mut self) {
        self.queue = VecDeque::new();
        self.queued = 0;
    }

    /// Notes that an answer is owed; [`None`] when too many are.
    pub(super) fn owe(&mut self, owed: Owed) -> Option<()> {
        (self.owed.len() < MOST_OWED).then(|| self.owed.push_back(owed))
    }

    /// Takes bytes of the peer's grant; [`None`] when it sends more than it may.
    pub(super) fn spend(&mut self, bytes: usize) -> Option<()> {
        self.granted = self.granted.checked_sub(bytes as u64)?;
        Some(())
    }
}

/// What a session channel was opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Not known yet.
    Unknown,
    /// Asked for; the resource has not answered.
    Asked,
    /// It runs, or it is a channel that needs no request.
    Running,
}

/// Where notices can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    /// As lines on a terminal.
    Terminal,
    /// As lines on standard error.
    Stderr,
    /// Nowhere: a program reads all of it.
    Nowhere,
}

/// The terminal that was asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Pty {
    pub(super) term: String,
    pub(super) columns: u32,
    pub(super) rows: u32,
}

/// A channel.
#[derive(Debug)]
pub(super) struct Channel {
    /// Who opened it.
    pub(super) opener: Side,
    /// The other side has confirmed it.
    pub(super) open: bool,
    pub(super) ends: Both<End>,
    pub(super) purpose: Purpose,
    pub(super) pty: Option<Pty>,
    pub(super) strand: Option<Strand>,
    pub(super) watch: Watch,
    pub(super) shows: Shows,
    /// The end of what a terminal was sent.
    pub(super) tail: Tail,
    /// Notices that wait until one may stand there.
    pub(super) notices: String,
    pub(super) outcome: StrandOutcome,
    /// A lock discards what is typed here.
    pub(super) discards: bool,
    /// Bytes of the client's that are kept back until they can be judged.
    pub(super) kept_back: i64,
    /// What is to start it at the resource waits for reviewers.
    pub(super) asked: bool,
    /// Judges lines of a terminal before they are sent.
    pub(super) typing: Option<Box<Typing>>,
}

impl Channel {
    pub(super) fn new(opener: Side, number: u32, window: u32, max_packet: u32) -> Self {
        let mut ends = Both::<End>::default();
        *ends.of_mut(opener) = End {
            number,
            window: window.into(),
            max_packet,
            ..End::default()
        };
        ends.of_mut(opener.other()).granted = window.min(MOST_WINDOW).into();
        Self {
            opener,
            open: false,
            ends,
            purpose: Purpose::Unknown,
            pty: None,
            strand: None,
            watch: Watch::Nothing,
            shows: Shows::Nowhere,
            tail: Tail::default(),
            notices: String::new(),
            outcome: StrandOutcome::default(),
            discards: false,
            kept_back: 0,
            asked: false,
            typing: None,
        }
    }

    /// Tells whether nothing will be sent or received any more.
    pub(super) fn is_over(&self) -> bool {
        let over = |end: &End| end.closed_in && end.closed_out;
        over(&self.ends.client) && over(&self.ends.target)
    }

    /// Tells whether a side hears nothing of this channel any more.
    ///
    /// A client that has closed still listens until it is answered: the exit status may come after that. A resource that has closed has
    /// ended what ran there.
    pub(super) fn is_deaf(&self, side: Side) -> bool {
        let end = self.ends.of(side);
        end.closed_out || (side == Side::Target && end.closed_in)
    }

    /// Gives what may be granted to a sender now. `pressed`: the receiver has just granted us something.
    pub(super) fn grant(&mut self, sender: Side, pressed: bool) -> Option<u32> {
        let receiver = self.ends.of(sender.other());
        if !self.open || receiver.closed_in || receiver.closed_out || self.ends.of(sender).closed_in {
            return None;
        }
        let kept_back = if sender == Side::Client {
            self.kept_back.max(0) as u64
        } else {
            0
        };
        let room = receiver
            .window
            .min(MOST_WINDOW.into())
            .saturating_sub(receiver.queued)
            .saturating_sub(kept_back);
        // Keys that the client would keep for want of credit come when the lock is over. A host gives none before something runs: Ctrl-C
        // would not come as long as that waits for reviewers.
        let room = match sender {
            Side::Client if self.discards => room.max(TYPED),
            Side::Client if self.asked && self.typing.is_some() => room.max(TYPED.saturating_sub(kept_back)),
            _ => room,
        };
        let end = self.ends.of_mut(sender);
        let extra = room.saturating_sub(end.granted);
        if extra == 0 || !(pressed || extra >= GRANT_STEP || extra >= end.granted) {
            return None;
        }
        end.granted += extra;
        Some(extra as u32)
    }
}

/// The channels by our number.
#[derive(Debug, Default)]
pub(super) struct Table {
    places: Vec<Option<Box<Channel>>>,
    used: usize,
}

impl Table {
    /// Adds a channel; [`None`] when there are too many.
    pub(super) fn insert(&mut self, channel: Channel) -> Option<u32> {
        if self.used >= MOST_CHANNELS {
            return None;
        }
        self.used += 1;
        let channel = Some(Box::new(channel));
        if let Some(at) = self.places.iter().position(Option::is_none) {
            *self.places.get_mut(at)? = channel;
            return Some(at as u32);
        }
        self.places.push(channel);
        Some(self.places.len() as u32 - 1)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Channel> {
        self.places.get_mut(number as usize)?.as_deref_mut()
    }

    pub(super) fn remove(&mut self, number: u32) -> Option<Box<Channel>> {
        let channel = self.places.get_mut(number as usize)?.take()?;
        self.used -= 1;
        while matches!(self.places.last(), Some(None)) {
            self.places.pop();
        }
        self.places.shrink_to(4);
        Some(channel)
    }

    /// Counts the bytes that wait in queues for a side.
    pub(super) fn queued(&self, to: Side) -> u64 {
        self.places
            .iter()
            .flatten()
            .map(|channel| channel.ends.of(to).queued)
            .sum()
    }

    /// Lists the numbers in use.
    pub(super) fn numbers(&self) -> Vec<u32> {
        (0..)
            .zip(&self.places)
            .filter(|(_, place)| place.is_some())
            .map(|(number, _)| number)
            .collect()
    }

    pub(super) fn channels(&mut self) -> impl Iterator<Item = &mut Channel> {
        self.places.iter_mut().filter_map(Option::as_deref_mut)
    }
}
