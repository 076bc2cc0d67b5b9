//! The channels of one connection, in the client role: each is a byte stream for whoever opened it.
//!
//! One task serves all of them. What may wait is bounded: towards us by the windows that we grant as bytes are read, away from us by the
//! pipes and by the link's write buffer.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::{BufMut as _, Bytes, BytesMut};
use engine::portal::{Exit, PortalError, Size};
use tokio::sync::{mpsc, oneshot};

use crate::link::{Link, LinkError};
use crate::pipe::{Pipe, PipeEnd, pipe};
use crate::wire::codec::Put as _;
use crate::wire::connection::{
    Ask, ChannelRequest, Close, Data, Eof, Failure, Message, Open, OpenConfirmation, OpenFailure,
    OpenFailureReason, WindowAdjust,
};
use crate::wire::{DisconnectReason, Event, Malformed};

/// What the visit may send on a terminal before it is read: little, so that an interrupt is seen soon.
const TERMINAL_WINDOW: u32 = 128 << 10;
/// What it may send on a channel of files.
const FILES_WINDOW: u32 = 2 << 20;
const MAX_PACKET: u32 = 32 << 10;
/// The visit is not sent more while this much waits to be written.
const MOST_WAITING: usize = 256 << 10;
/// The visit is not read while this much waits.
const MOST_ANSWERS: usize = 1 << 20;
/// Orders that wait.
const MOST_ORDERS: usize = 16;
/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_millis(300);

/// What a channel is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// A shell on a terminal.
    Shell(Size),
    /// SFTP.
    Sftp,
}

/// When a trunk ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lasts {
    /// When the channels that were opened are closed.
    WithItsChannels,
    /// When nobody can open another one and all are closed.
    WithItsHandles,
}

/// A channel that is open.
pub(super) struct Channel {
    pub(super) number: u32,
    /// Its bytes; dropped, it is closed.
    pub(super) pipe: Pipe,
    /// How the program ended.
    pub(super) exit: oneshot::Receiver<Exit>,
}

/// Opens channels of a trunk.
#[derive(Clone)]
pub(super) struct Handle(mpsc::Sender<Order>);

impl Handle {
    /// Opens a channel. The trunk must run meanwhile.
    pub(super) async fn open(&self, start: Start) -> Result<Channel, PortalError> {
        let (answer, opened) = oneshot::channel();
        let order = Order::Open(start, answer);
        self.0.send(order).await.map_err(|_| PortalError::Ended)?;
        opened.await.map_err(|_| PortalError::Ended)?
    }

    /// Makes one that opens nothing.
    #[cfg(test)]
    pub(super) fn of_nothing() -> Self {
        Self(mpsc::channel(1).0)
    }

    /// Sets the size of a terminal.
    pub(super) async fn resize(&self, channel: u32, size: Size) {
        // A trunk that has ended has no terminal any more.
        let _ended = self.0.send(Order::Resize(channel, size)).await;
    }

    /// Tells whether the trunk has ended.
    pub(super) fn is_over(&self) -> bool {
        self.0.is_closed()
    }
}

type Opened = oneshot::Sender<Result<Channel, PortalError>>;

enum Order {
    Open(Start, Opened),
    Resize(u32, Size),
}

/// One end of a channel, by our number.
struct Line {
    /// The visit's number.
    number: u32,
    /// Bytes that the visit takes, and the most in a message.
    window: u64,
    max_packet: usize,
    /// Bytes that the visit may send.
    granted: u64,
    /// What was granted at first; granted again in quarters.
    own_window: u32,
    end: PipeEnd,
    stage: Stage,
    exit: Option<oneshot::Sender<Exit>>,
    sent_eof: bool,
    sent_close: bool,
}

/// How far a channel has come.
enum Stage {
    /// Something is not answered yet.
    Opening {
        start: Start,
        /// Answers to requests that are still owed.
        owed: u8,
        opened: Opened,
        ours: Box<(Pipe, oneshot::Receiver<Exit>)>,
    },
    /// Bytes flow.
    Open,
}

/// See the module.
pub(super) struct Trunk {
    link: Link,
    lines: BTreeMap<u32, Line>,
    orders: mpsc::Receiver<Order>,
    next: u32,
    lasts: Lasts,
}

impl Trunk {
    /// Takes a connection that is let in.
    pub(super) fn new(link: Link, lasts: Lasts) -> (Self, Handle) {
        let (handle, orders) = mpsc::channel(MOST_ORDERS);
        let trunk = Self {
            link,
            lines: BTreeMap::new(),
            orders,
            next: 0,
            lasts,
        };
        (trunk, Handle(handle))
    }

    /// Moves bytes until either side ends.
    pub(super) async fn run(mut self) {
        if let Err(error) = self.turns().await {
            tracing::debug!(%error, "the gateway's own client was cut");
        }
        self.link
            .transport
            .disconnect(DisconnectReason::BY_APPLICATION, "the browser has left");
        let said = tokio::time::timeout(GOODBYE, self.link.flush()).await;
        tracing::trace!(?said, "goodbye");
    }

    async fn turns(&mut self) -> Result<(), LinkError> {
        let mut timer = pin!(tokio::time::sleep(Duration::ZERO));
        let mut handles = true;
        loop {
            let now = Instant::now();
            while self.link.waiting() <= MOST_ANSWERS {
                match self.link.transport.next(now)? {
                    None => break,
                    Some(Event::Message(payload)) => self.message(&payload)?,
                    Some(Event::HostKey(_)) => self.link.transport.accept_host_key()?,
                    Some(Event::Ready) => {}
                    Some(Event::Disconnected(bye)) => return Err(LinkError::Disconnected(bye)),
                }
            }
            self.serve()?;
            let over = match self.lasts {
                Lasts::WithItsChannels => self.next > 0,
                Lasts::WithItsHandles => !handles,
            };
            if over && self.lines.is_empty() {
                return Ok(());
            }
            let hour = now + Duration::from_hours(1);
            timer
                .as_mut()
                .reset(self.link.transport.deadline().unwrap_or(hour).into());
            let order = tokio::select! {
                order = self.orders.recv(), if handles => order,
                ready = poll_fn(|cx| poll_work(&mut self.link, &self.lines, cx)) => {
                    ready?;
                    continue;
                }
                () = &mut timer => continue,
            };
            match order {
                Some(order) => self.order(order)?,
                None => handles = false,
            }
        }
    }

    fn order(&mut self, order: Order) -> Result<(), LinkError> {
        match order {
            Order::Open(start, opened) => self.open(start, opened),
            Order::Resize(number, size) => match self.lines.get(&number) {
                Some(line) if !line.sent_close => {
                    let mut rest = BytesMut::with_capacity(16);
                    put_size(&mut rest, size);
                    request(&mut self.link, line.number, "window-change", false, &rest)
                }
                _ => Ok(()),
            },
        }
    }

    fn open(&mut self, start: Start, opened: Opened) -> Result<(), LinkError> {
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        let own_window = match start {
            Start::Shell(_) => TERMINAL_WINDOW,
            Start::Sftp => FILES_WINDOW,
        };
        let (ours, end) = pipe();
        let (exit, ended) = oneshot::channel();
        let line = Line {
            number: 0,
            window: 0,
            max_packet: 0,
            granted: own_window.into(),
            own_window,
            end,
            stage: Stage::Opening {
                start,
                owed: 0,
                opened,
                ours: Box::new((ours, ended)),
            },
            exit: Some(exit),
            sent_eof: false,
            sent_close: false,
        };
        self.lines.insert(number, line);
        self.link.send(&Open {
            kind: "session",
            sender: number,
            window: own_window,
            max_packet: MAX_PACKET,
            rest: &[],
        })
    }

    /// Moves what the pipes have for the visit, and grants what was read from them.
    fn serve(&mut self) -> Result<(), LinkError> {
        let link = &mut self.link;
        for line in self.lines.values_mut() {
            if line.sent_close || matches!(line.stage, Stage::Opening { .. }) {
                continue;
            }
            let channel = line.number;
            if let Some(bytes) = line.end.take_read(line.step()) {
                line.granted += u64::from(bytes);
                link.send(&WindowAdjust { channel, bytes })?;
            }
            while link.waiting() <= MOST_WAITING && !link.transport.is_rekeying() {
                let window = usize::try_from(line.window).unwrap_or(usize::MAX);
                let data = line.end.take(window.min(line.max_packet));
                if data.is_empty() {
                    break;
                }
                line.window -= data.len() as u64;
                link.send(&Data { channel, data: &data })?;
            }
            if line.end.is_spent() && !line.sent_eof {
                (line.sent_eof, line.sent_close) = (true, true);
                link.send(&Eof { channel })?;
                link.send(&Close { channel })?;
            }
        }
        Ok(())
    }

    fn message(&mut self, payload: &Bytes) -> Result<(), LinkError> {
        let Some(message) = Message::parse(payload).map_err(broken)? else {
            return Ok(self.link.transport.send_unimplemented()?);
        };
        match message {
            Message::OpenConfirmation(confirmation) => self.confirmed(&confirmation),
            Message::OpenFailure(failure) => self.refused(failure.channel, failure.description),
            Message::Success(success) => self.granted(success.channel),
            Message::Failure(failure) => {
                let text = "it is not allowed in this session, or the resource does not offer it";
                self.refused(failure.channel, text)
            }
            Message::Data(data) => self.data(data.channel, payload.slice_ref(data.data)),
            Message::ExtendedData(data) => self.data(data.channel, payload.slice_ref(data.data)),
            Message::WindowAdjust(adjust) => {
                let line = self.line(adjust.channel)?;
                line.window = (line.window + u64::from(adjust.bytes)).min(u32::MAX.into());
                Ok(())
            }
            Message::Eof(eof) => {
                self.line(eof.channel)?.end.end();
                Ok(())
            }
            Message::Close(close) => self.closed(close.channel),
            Message::Request(request) => self.told(&request),
            Message::GlobalRequest(request) if request.want_reply => self.link.send(&Message::RequestFailure),
            // Nothing may be opened towards a browser.
            Message::Open(open) => self.link.send(&OpenFailure {
                channel: open.sender,
                reason: OpenFailureReason::PROHIBITED,
                description: "a browser takes no channels",
            }),
            Message::GlobalRequest(_) | Message::RequestSuccess { .. } | Message::RequestFailure => Ok(()),
        }
    }

    /// The channel is there: says what it is for.
    fn confirmed(&mut self, confirmation: &OpenConfirmation<'_>) -> Result<(), LinkError> {
        let line = self.lines.get_mut(&confirmation.channel).ok_or_else(unknown)?;
        line.number = confirmation.sender;
        line.window = confirmation.window.into();
        line.max_packet = confirmation.max_packet.clamp(1, MAX_PACKET) as usize;
        let channel = line.number;
        let Stage::Opening { start, owed, .. } = &mut line.stage else {
            return Err(unknown());
        };
        let mut rest = BytesMut::with_capacity(64);
        match start {
            Start::Shell(size) => {
                *owed = 2;
                // RFC 4254 §6.2; no modes, so that the resource uses its own.
                rest.put_string("xterm-256color");
                put_size(&mut rest, *size);
                rest.put_string([0]);
                request(&mut self.link, channel, "pty-req", true, &rest)?;
                request(&mut self.link, channel, "shell", true, &[])
            }
            Start::Sftp => {
                *owed = 1;
                rest.put_string("sftp");
                request(&mut self.link, channel, "subsystem", true, &rest)
            }
        }
    }

    /// A request has succeeded; after the last one the channel is handed over.
    fn granted(&mut self, channel: u32) -> Result<(), LinkError> {
        let line = self.line(channel)?;
        if let Stage::Opening { owed, .. } = &mut line.stage {
            *owed = owed.saturating_sub(1);
            if *owed == 0 {
                line.hand_over(channel);
            }
        }
        Ok(())
    }

    /// The channel, or what it was to be for, was refused.
    fn refused(&mut self, channel: u32, text: &str) -> Result<(), LinkError> {
        let line = self.line(channel)?;
        let number = line.number;
        if let Stage::Opening { opened, start, .. } = std::mem::replace(&mut line.stage, Stage::Open) {
            let text = match start {
                Start::Shell(_) => format!("no terminal: {text}"),
                Start::Sftp => format!("no transfer of files: {text}"),
            };
            // Whoever asked may have gone.
            let _gone = opened.send(Err(PortalError::Refused(text)));
        }
        // A channel that never was has no number of the visit's.
        if line.max_packet == 0 {
            self.lines.remove(&channel);
            return Ok(());
        }
        (line.sent_eof, line.sent_close) = (true, true);
        self.link.send(&Close { channel: number })
    }

    fn data(&mut self, channel: u32, bytes: Bytes) -> Result<(), LinkError> {
        let line = self.line(channel)?;
        let left = line.granted.checked_sub(bytes.len() as u64);
        line.granted = left.ok_or_else(|| broken(Malformed("window: more data than it allows")))?;
        line.end.push(bytes);
        Ok(())
    }

    fn closed(&mut self, channel: u32) -> Result<(), LinkError> {
        let mut line = self.lines.remove(&channel).ok_or_else(unknown)?;
        // What runs was refused with a word on the channel: whoever asked reads it there.
        line.hand_over(channel);
        line.end.end();
        if !line.sent_close {
            self.link.send(&Close { channel: line.number })?;
        }
        Ok(())
    }

    /// Something is told about a channel.
    fn told(&mut self, request: &ChannelRequest<'_>) -> Result<(), LinkError> {
        let line = self.line(request.channel)?;
        let (channel, closed) = (line.number, line.sent_close);
        let exit = match request.ask().map_err(broken)? {
            Ask::ExitStatus { code } => Some(Exit {
                code: Some(code),
                signal: None,
            }),
            Ask::ExitSignal { name, .. } => Some(Exit {
                code: None,
                signal: Some(name.chars().filter(|c| !c.is_control()).take(32).collect()),
            }),
            _ => None,
        };
        if let Some((exit, sender)) = exit.and_then(|exit| Some((exit, line.exit.take()?))) {
            // Whoever opened the channel may have gone.
            let _gone = sender.send(exit);
        }
        if request.want_reply && !closed {
            self.link.send(&Failure { channel })?;
        }
        Ok(())
    }

    fn line(&mut self, channel: u32) -> Result<&mut Line, LinkError> {
        self.lines.get_mut(&channel).ok_or_else(unknown)
    }
}

impl Line {
    /// Grants below this wait for more.
    fn step(&self) -> usize {
        (self.own_window / 4) as usize
    }

    /// Gives the channel to whoever asked for it, if that was not done.
    fn hand_over(&mut self, number: u32) {
        if let Stage::Opening { opened, ours, .. } = std::mem::replace(&mut self.stage, Stage::Open) {
            let (pipe, exit) = *ours;
            // Whoever asked may have gone: the pipe is dropped then, and so the channel is closed.
            let _gone = opened.send(Ok(Channel { number, pipe, exit }));
        }
    }
}

/// Ready when the visit has sent something, or a pipe has something for it.
fn poll_work(
    link: &mut Link,
    lines: &BTreeMap<u32, Line>,
    cx: &mut Context<'_>,
) -> Poll<Result<(), LinkError>> {
    let was_full = link.waiting() > MOST_WAITING;
    if let Poll::Ready(Err(error)) = link.poll_flush(cx) {
        return Poll::Ready(Err(error.into()));
    }
    let can_send = link.waiting() <= MOST_WAITING && !link.transport.is_rekeying();
    let mut woken = if was_full && can_send {
        Poll::Ready(Ok(()))
    } else {
        Poll::Pending
    };
    for line in lines.values() {
        if line.sent_close || matches!(line.stage, Stage::Opening { .. }) {
            continue;
        }
        let open = can_send && line.window > 0;
        let work = line.end.poll_work(cx, open, line.step(), line.sent_eof);
        if work.is_ready() && can_send {
            woken = Poll::Ready(Ok(()));
        }
    }
    if link.waiting() <= MOST_ANSWERS {
        match link.poll_read(cx) {
            Poll::Ready(Ok(0)) => return Poll::Ready(Err(LinkError::Closed)),
            Poll::Ready(Ok(_)) => woken = Poll::Ready(Ok(())),
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
            Poll::Pending => {}
        }
    }
    woken
}

fn request(
    link: &mut Link,
    channel: u32,
    kind: &str,
    want_reply: bool,
    rest: &[u8],
) -> Result<(), LinkError> {
    let request = ChannelRequest {
        channel,
        kind,
        want_reply,
        rest,
    };
    link.send(&request)
}

/// Columns, rows, and no pixels: RFC 4254 §6.2 and §6.7.
fn put_size(out: &mut BytesMut, size: Size) {
    out.put_u32(size.cols.into());
    out.put_u32(size.rows.into());
    out.put_u32(0);
    out.put_u32(0);
}

fn broken(error: Malformed) -> LinkError {
    LinkError::Wire(error.into())
}

fn unknown() -> LinkError {
    broken(Malformed("channel number"))
}
