//! The relay: the connection protocol (RFC 4254) carried between two transports, through the tap.
//!
//! One task serves both sockets, with no queue between them. A turn reads what has come, decodes it in place, shows it to the tap,
//! encrypts it into the other side's write buffer, and writes that once. What bounds memory:
//!
//! - a window that one side grants is what the other side is granted (see [`channels`]);
//! - a side is not read while the other side's write buffer is full, or is agreeing on new keys.
//!
//! Neither can hang: a side's own key exchange and the writing of both sides go on whatever the other side does.

mod channels;
mod data;
mod forwards;
mod globals;
mod notices;
mod requests;
mod reviews;
mod screen;
mod typing;
mod watch;

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::stop::{EndReason, FailureStage, Stop};
use engine::Tap;

pub(crate) use channels::Side;
use channels::{Both, Table};
use globals::GlobalOwed;
pub(crate) use requests::exit_status;
use reviews::{Answered, Asked};

use crate::link::{Link, LinkError};
use crate::wire::connection::Message;
use crate::wire::{Disconnect, DisconnectReason, Encode, Event, Malformed, number};

/// A side is not read while this much waits to be written to the other one.
const MOST_WAITING: usize = 256 << 10;
/// A side is not read while this much waits to be written to itself: a peer that asks and never reads the answers.
const MOST_ANSWERS: usize = 4 * MOST_WAITING;
/// A side is not read while this much waits in queues for the other one: a lock holds it.
const MOST_QUEUED: u64 = 8 << 20;
/// What a lock may hold beside what is in channels, with what it costs to hold a message.
const MOST_HELD: usize = 256 << 10;
const COST_OF_HOLDING: usize = 64;
/// How long the last bytes for one side may take after the other side has gone.
const DRAIN: Duration = Duration::from_secs(5);
/// How long a client may take to leave when nothing is left to be done.
const LEAVE: Duration = Duration::from_secs(1);
/// How often a connection of which a command waits for reviewers shows that it is not idle.
const ALIVE: Duration = Duration::from_secs(5);

/// A running relay.
pub(crate) struct Relay {
    links: Both<Link>,
    table: Table,
    /// Global requests of each side that wait for their answers, in order.
    global_owed: Both<VecDeque<GlobalOwed>>,
    /// The last turn stopped in the middle of what a side had sent.
    paused: Both<bool>,
    /// A lock holds something that is to be offered again.
    holds: bool,
    /// Forwards and requests to listen that a lock holds, in order.
    held: VecDeque<(Side, Bytes)>,
    /// Commands that wait for reviewers.
    asked: Vec<Asked>,
    /// Lines of terminals are not drawn yet, and looked at again.
    settles: bool,
    /// What was said of the lock that is in force; empty when none is.
    lock_text: String,
    /// Until when notices wait for a place between two bytes.
    notices_until: Option<Instant>,
    started: Instant,
}

impl Relay {
    /// Joins two connections whose logins are over.
    pub(crate) fn new(client: Link, target: Link) -> Self {
        Self {
            links: Both { client, target },
            table: Table::default(),
            global_owed: Both::default(),
            paused: Both::default(),
            holds: false,
            held: VecDeque::new(),
            asked: Vec::new(),
            settles: false,
            lock_text: String::new(),
            notices_until: None,
            started: Instant::now(),
        }
    }

    /// Carries until either side ends.
    pub(crate) async fn run(&mut self, tap: &Tap) -> Stop {
        match self.turns(tap).await {
            Err(stop) => stop,
            Ok(never) => match never {},
        }
    }

    async fn turns(&mut self, tap: &Tap) -> Result<Infallible, Stop> {
        let mut timer = pin!(tokio::time::sleep(Duration::ZERO));
        loop {
            let now = Instant::now();
            self.pump(Side::Client, tap, now).await?;
            self.pump(Side::Target, tap, now).await?;
            let latest = if self.asked.is_empty() {
                now + Duration::from_hours(1)
            } else {
                tap.stay();
                now + ALIVE
            };
            let wake = self.deadline().map_or(latest, |deadline| deadline.min(latest));
            if timer.deadline().into_std() != wake {
                timer.as_mut().reset(wake.into());
            }
            tokio::select! {
                biased;
                notice = tap.notice() => Box::pin(self.notice(&notice, tap)).await?,
                () = tap.gate().opened(), if self.holds => Box::pin(self.release(tap)).await?,
                ready = poll_fn(|cx| self.poll_sockets(cx)) => match ready? {
                    Woken::Ready => {}
                    Woken::Answered(answered) => Box::pin(self.decided(*answered, tap)).await?,
                    Woken::Ended(side) => return Err(Box::pin(self.ended(side, &LinkError::Closed)).await),
                },
                () = &mut timer => {
                    self.show_late()?;
                    Box::pin(self.type_late(tap)).await?;
                }
            }
        }
    }

    /// Handles what a side has sent, until nothing is left or the other side has had enough.
    async fn pump(&mut self, side: Side, tap: &Tap, now: Instant) -> Result<(), Stop> {
        loop {
            *self.paused.of_mut(side) = self.is_full(side);
            if *self.paused.of(side) {
                return Ok(());
            }
            match self.links.of_mut(side).transport.next(now) {
                Ok(None) => return Ok(()),
                Ok(Some(Event::Message(payload))) => self.message(side, &payload, tap).await?,
                Ok(Some(Event::Ready)) => {}
                Ok(Some(Event::HostKey(_))) => {
                    let text = "the resource changed its host key during the session";
                    return Err(Stop::failed(EndReason::AuthFailed, FailureStage::Runtime, text));
                }
                Ok(Some(Event::Disconnected(bye))) => {
                    return Err(Box::pin(self.ended(side, &LinkError::Disconnected(bye))).await);
                }
                Err(error) => return Err(Box::pin(self.ended(side, &error.into())).await),
            }
        }
    }

    /// Tells whether nothing more is taken from a side for now.
    ///
    /// A side that is agreeing on keys is read on: it sends no data meanwhile, but for what was under way.
    fn is_full(&mut self, side: Side) -> bool {
        let own = self.links.of_mut(side);
        let (own_rekeys, own_waiting) = (own.transport.is_rekeying(), own.waiting());
        let across = self.links.of_mut(side.other());
        let (across_rekeys, across_waiting) = (across.transport.is_rekeying(), across.waiting());
        if own_rekeys {
            return across_waiting > 2 * MOST_ANSWERS || own_waiting > 2 * MOST_ANSWERS;
        }
        across_rekeys
            || across_waiting > MOST_WAITING
            || own_waiting > MOST_ANSWERS
            || (self.holds && self.table.queued(side.other()) > MOST_QUEUED)
    }

    fn deadline(&mut self) -> Option<Instant> {
        let settles_at = self.settles_at();
        [Side::Client, Side::Target]
            .into_iter()
            .filter(|side| !self.paused.of(*side))
            .filter_map(|side| self.links.of(side).transport.deadline())
            .chain(self.notices_until)
            .chain(settles_at)
            .min()
    }

    /// Writes and reads what the sockets take and give now.
    fn poll_sockets(&mut self, cx: &mut Context<'_>) -> Poll<Result<Woken, Stop>> {
        let mut woken = Poll::Pending;
        if let Poll::Ready(answered) = self.poll_reviews(cx) {
            return Poll::Ready(Ok(Woken::Answered(Box::new(answered))));
        }
        for side in [Side::Client, Side::Target] {
            if let Poll::Ready(Err(error)) = self.links.of_mut(side).poll_flush(cx) {
                return Poll::Ready(Err(lost(side, &error.into())));
            }
        }
        for side in [Side::Client, Side::Target] {
            if self.is_full(side) {
                continue;
            }
            if *self.paused.of(side) {
                woken = Poll::Ready(Ok(Woken::Ready));
            }
            match self.links.of_mut(side).poll_read(cx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Ok(Woken::Ended(side))),
                Poll::Ready(Ok(_)) => woken = Poll::Ready(Ok(Woken::Ready)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(lost(side, &error.into()))),
                Poll::Pending => {}
            }
        }
        woken
    }

    /// Says how it ended when a side has gone, after the other side was given what it is owed.
    async fn ended(&mut self, side: Side, error: &LinkError) -> Stop {
        let drained = tokio::time::timeout(DRAIN, self.links.of_mut(side.other()).flush()).await;
        tracing::trace!(?drained, "last bytes");
        // Some hosts close as soon as a command is over. The client leaves by itself then; told that the connection was lost, it would
        // take the command for failed.
        if side == Side::Target
            && self
                .table
                .channels()
                .all(|channel| channel.ends.client.closed_out)
        {
            let left = tokio::time::timeout(LEAVE, async {
                while self.links.client.message(LEAVE).await.is_ok() {}
            });
            let left = left.await.is_ok();
            tracing::trace!(left, "the client leaves");
        }
        lost(side, error)
    }

    async fn message(&mut self, from: Side, payload: &Bytes, tap: &Tap) -> Result<(), Stop> {
        let parsed = Message::parse(payload).map_err(|error| malformed(from, error))?;
        let Some(message) = parsed else {
            // RFC 4252 §5.1: requests to be let in are ignored once one has succeeded.
            let is_login = payload.first() == Some(&number::USERAUTH_REQUEST);
            if !(is_login && from == Side::Client) {
                let link = self.links.of_mut(from);
                link.transport
                    .send_unimplemented()
                    .map_err(|error| lost(from, &error.into()))?;
            }
            return Ok(());
        };
        // All but data and windows is rare, and boxed: an idle session keeps no room for it.
        match message {
            Message::GlobalRequest(request) => {
                Box::pin(self.global_request(from, &request, payload, tap)).await
            }
            Message::RequestSuccess { .. } | Message::RequestFailure => {
                Box::pin(self.global_reply(from, payload, tap)).await
            }
            Message::Open(open) => Box::pin(self.channel_open(from, &open, payload, tap)).await,
            Message::OpenConfirmation(confirmation) => self.channel_confirmed(from, &confirmation),
            Message::OpenFailure(failure) => Box::pin(self.channel_failed(from, &failure)).await,
            Message::WindowAdjust(adjust) => self.window_adjust(from, adjust, tap).await,
            Message::Data(data) => {
                let bytes = payload.slice_ref(data.data);
                self.data(from, data.channel, None, bytes, tap).await
            }
            Message::ExtendedData(data) => {
                let bytes = payload.slice_ref(data.data);
                self.data(from, data.channel, Some(data.code), bytes, tap).await
            }
            Message::Eof(eof) => self.end_of_data(from, eof.channel, payload, tap),
            Message::Close(close) => Box::pin(self.channel_close(from, close.channel, payload)).await,
            Message::Request(request) => Box::pin(self.channel_request(from, &request, payload, tap)).await,
            Message::Success(success) => {
                Box::pin(self.channel_reply(from, success.channel, Verdict::Success)).await
            }
            Message::Failure(failure) => {
                Box::pin(self.channel_reply(from, failure.channel, Verdict::Failure)).await
            }
        }
    }

    /// Keeps a message until no lock is in force; [`None`] when too much is kept.
    fn hold(&mut self, from: Side, payload: &Bytes) -> Option<()> {
        let cost = |payload: &Bytes| payload.len() + COST_OF_HOLDING;
        let held: usize = self.held.iter().map(|(_, payload)| cost(payload)).sum();
        if held + cost(payload) > MOST_HELD {
            return None;
        }
        self.holds = true;
        self.held.push_back((from, Bytes::copy_from_slice(payload)));
        Some(())
    }

    fn send<M: Encode + ?Sized>(&mut self, to: Side, message: &M) -> Result<(), Stop> {
        self.links
            .of_mut(to)
            .send(message)
            .map_err(|error| lost(to, &error))
    }

    fn now_us(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Says goodbye to both sides and closes, within about half a second.
    pub(crate) async fn farewell(&mut self, stop: &Stop) {
        self.last_words(stop).await;
        let client = &mut self.links.client;
        client
            .transport
            .disconnect(DisconnectReason::BY_APPLICATION, &stop.to_caller());
        self.links
            .target
            .transport
            .disconnect(DisconnectReason::BY_APPLICATION, "the session has ended");
        let (client, target) = (&mut self.links.client, &mut self.links.target);
        tokio::join!(crate::visit::hang_up(client), crate::visit::hang_up(target));
    }
}

/// What woke a turn.
enum Woken {
    Ready,
    Ended(Side),
    Answered(Box<Answered>),
}

/// What a peer answers to a request on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Success,
    Failure,
}

fn malformed(from: Side, error: Malformed) -> Stop {
    broken(from, &error.to_string())
}

/// Says that a side broke the protocol.
fn broken(side: Side, what: &str) -> Stop {
    Stop::failed(
        EndReason::ProtocolError,
        FailureStage::Runtime,
        format!("{}: {what}", side.name()),
    )
}

/// Says how a side was lost.
fn lost(side: Side, error: &LinkError) -> Stop {
    let detail = match error {
        LinkError::Disconnected(Disconnect { description, .. }) => {
            let text: String = description
                .chars()
                .filter(|c| !c.is_control())
                .take(200)
                .collect();
            format!("{}: {text}", side.name())
        }
        error => format!("{}: {error}", side.name()),
    };
    if let LinkError::Wire(_) = error {
        return Stop::failed(EndReason::ProtocolError, FailureStage::Runtime, detail);
    }
    let reason = match side {
        Side::Client => EndReason::UserDisconnect,
        Side::Target => EndReason::TargetClosed,
    };
    Stop {
        detail,
        ..Stop::new(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size<A, B, F>(_: impl Fn(A, B) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn an_idle_session_keeps_room_for_data_and_nothing_else() {
        let run = size(|relay: &'static mut Relay, tap: &'static Tap| relay.run(tap));
        let (relay, channel) = (size_of::<Relay>(), size_of::<channels::Channel>());
        assert!(
            run + relay + channel <= 4 << 10,
            "{run} bytes to run, {relay} of links, {channel} for each channel"
        );
    }
}
