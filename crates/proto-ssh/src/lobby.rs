//! Callers who named no resource: they are shown what there is, and carried to a resource through a channel of theirs
//! (`ssh -J gateway resource`, or `-L` and `-W` to any resource by its name).

mod help;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::stop::{EndReason, FailureStage, Stop};
use engine::protocol::Lobby;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use crate::caller::lost;
use crate::link::{Link, LinkError};
use crate::pipe::{Pipe, PipeEnd, pipe};
use crate::wire::connection::{
    Ask, ChannelRequest, Close, Data, Eof, ExtendedData, Failure, Message, Open, OpenConfirmation,
    OpenFailure, OpenFailureReason, Opening, STDERR, Success, WindowAdjust,
};
use crate::wire::{Encode, Event, number};

/// What a client may send on a channel before it is read.
const WINDOW: u32 = 1 << 20;
/// What was read is granted again in steps of this.
const GRANT_STEP: usize = (WINDOW / 4) as usize;
const MAX_PACKET: u32 = 32 << 10;
/// Channels of one connection.
const MOST_CHANNELS: usize = 256;
/// The client is not sent more while this much waits to be written.
const MOST_WAITING: usize = 256 << 10;
/// The client is not read while this much waits: it asks and never reads the answers.
const MOST_ANSWERS: usize = 1 << 20;

/// The server side of a connection without a resource.
pub(crate) struct LobbyServer {
    link: Link,
    channels: BTreeMap<u32, Channel>,
    /// How callers reach the gateway, for the lines that are shown.
    address: Option<(String, u16)>,
}

/// A channel of the client's.
struct Channel {
    /// The client's number.
    number: u32,
    /// Bytes that the client takes, and the most in a message.
    window: u64,
    max_packet: u32,
    /// Bytes that the client may send.
    granted: u64,
    role: Role,
    sent_eof: bool,
    sent_close: bool,
}

enum Role {
    /// Shows the help text.
    Session { pty: bool },
    /// Carries a stream to a resource.
    Carry(PipeEnd),
}

/// A stream that waits to be carried to a resource.
struct Carriage {
    resource: String,
    stream: Pipe,
}

impl LobbyServer {
    /// Takes a client that has just been let in.
    pub(crate) fn new(link: Link, address: Option<(String, u16)>) -> Self {
        Self {
            link,
            channels: BTreeMap::new(),
            address,
        }
    }

    /// Gives the connection, to say goodbye on it.
    pub(crate) fn link(&mut self) -> &mut Link {
        &mut self.link
    }

    /// Serves the client until it goes, or loses the right to be here.
    pub(crate) async fn run(&mut self, lobby: &dyn Lobby) -> Stop {
        match self.turns(lobby).await {
            Err(stop) => stop,
            Ok(never) => match never {},
        }
    }

    async fn turns(&mut self, lobby: &dyn Lobby) -> Result<std::convert::Infallible, Stop> {
        let mut carried = FuturesUnordered::new();
        let mut closed = pin!(lobby.closed());
        let mut timer = pin!(tokio::time::sleep(Duration::ZERO));
        loop {
            let now = Instant::now();
            while self.link.waiting() <= MOST_ANSWERS {
                let payload = match self.link.transport.next(now) {
                    Ok(None) => break,
                    Ok(Some(Event::Message(payload))) => payload,
                    Ok(Some(Event::Disconnected(bye))) => return Err(lost(&LinkError::Disconnected(bye))),
                    Ok(Some(Event::Ready | Event::HostKey(_))) => continue,
                    Err(error) => return Err(lost(&error.into())),
                };
                if let Some(Carriage { resource, stream }) = self.message(&payload, lobby)? {
                    carried.push(async move { lobby.carry(&resource, Box::new(stream)).await });
                }
            }
            self.serve()?;
            let hour = now + Duration::from_hours(1);
            timer
                .as_mut()
                .reset(self.link.transport.deadline().unwrap_or(hour).into());
            tokio::select! {
                () = carried.select_next_some(), if !carried.is_empty() => {}
                stop = &mut closed => return Err(stop),
                ready = poll_fn(|cx| self.poll_work(cx)) => ready.map_err(|error| lost(&error))?,
                () = &mut timer => {}
            }
        }
    }

    /// Ready when the client has sent something, or a stream has something for it.
    fn poll_work(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), LinkError>> {
        let was_full = self.link.waiting() > MOST_WAITING;
        if let Poll::Ready(Err(error)) = self.link.poll_flush(cx) {
            return Poll::Ready(Err(error.into()));
        }
        let waiting = self.link.waiting();
        let can_send = waiting <= MOST_WAITING && !self.link.transport.is_rekeying();
        let mut woken = if was_full && can_send {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        };
        for channel in self.channels.values() {
            let Role::Carry(end) = &channel.role else { continue };
            let open = can_send && channel.window > 0 && !channel.sent_eof;
            if end.poll_work(cx, open, GRANT_STEP, channel.sent_eof).is_ready() && can_send {
                woken = Poll::Ready(Ok(()));
            }
        }
        if waiting <= MOST_ANSWERS {
            match self.link.poll_read(cx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(LinkError::Closed)),
                Poll::Ready(Ok(_)) => woken = Poll::Ready(Ok(())),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
                Poll::Pending => {}
            }
        }
        woken
    }

    /// Moves what streams have for the client, and grants what they have read.
    fn serve(&mut self) -> Result<(), Stop> {
        for channel in self.channels.values_mut() {
            let Role::Carry(end) = &channel.role else { continue };
            if channel.sent_close {
                continue;
            }
            if let Some(bytes) = end.take_read(GRANT_STEP) {
                channel.granted += u64::from(bytes);
                send(
                    &mut self.link,
                    &WindowAdjust {
                        channel: channel.number,
                        bytes,
                    },
                )?;
            }
            while self.link.waiting() <= MOST_WAITING && !self.link.transport.is_rekeying() {
                let most = usize::try_from(channel.window)
                    .unwrap_or(usize::MAX)
                    .min(channel.max_packet as usize);
                let data = end.take(most);
                if data.is_empty() {
                    break;
                }
                channel.window -= data.len() as u64;
                send(
                    &mut self.link,
                    &Data {
                        channel: channel.number,
                        data: &data,
                    },
                )?;
            }
            if end.is_spent() && !channel.sent_eof {
                channel.sent_eof = true;
                send(
                    &mut self.link,
                    &Eof {
                        channel: channel.number,
                    },
                )?;
                channel.sent_close = true;
                send(
                    &mut self.link,
                    &Close {
                        channel: channel.number,
                    },
                )?;
            }
        }
        Ok(())
    }

    fn message(&mut self, payload: &Bytes, lobby: &dyn Lobby) -> Result<Option<Carriage>, Stop> {
        let parsed = Message::parse(payload).map_err(|error| broken(&error.to_string()))?;
        let Some(message) = parsed else {
            if payload.first() != Some(&number::USERAUTH_REQUEST) {
                self.link
                    .transport
                    .send_unimplemented()
                    .map_err(|error| lost(&error.into()))?;
            }
            return Ok(None);
        };
        match message {
            Message::Open(open) => return self.open(&open, lobby),
            Message::GlobalRequest(request) if request.want_reply => {
                send(&mut self.link, &Message::RequestFailure)?;
            }
            Message::WindowAdjust(adjust) => {
                let channel = self.channel(adjust.channel)?;
                channel.window = (channel.window + u64::from(adjust.bytes)).min(u32::MAX.into());
            }
            Message::Data(data) => {
                let bytes = payload.slice_ref(data.data);
                let channel = self.channel(data.channel)?;
                let granted = channel.granted.checked_sub(bytes.len() as u64);
                channel.granted = granted.ok_or_else(|| broken("more data than the window allows"))?;
                match &channel.role {
                    Role::Carry(end) => end.push(bytes),
                    // Whatever is typed into a help text is read and forgotten.
                    Role::Session { .. } => {
                        channel.granted += bytes.len() as u64;
                        let adjust = WindowAdjust {
                            channel: channel.number,
                            bytes: bytes.len() as u32,
                        };
                        if !channel.sent_close {
                            send(&mut self.link, &adjust)?;
                        }
                    }
                }
            }
            Message::Eof(eof) => {
                if let Role::Carry(end) = &self.channel(eof.channel)?.role {
                    end.end();
                }
            }
            Message::Close(close) => {
                let channel = self.channel(close.channel)?;
                let answer = (!channel.sent_close).then_some(Close {
                    channel: channel.number,
                });
                self.channels.remove(&close.channel);
                if let Some(answer) = answer {
                    send(&mut self.link, &answer)?;
                }
            }
            Message::Request(request) => self.request(&request, lobby)?,
            Message::GlobalRequest(_) | Message::ExtendedData(_) => {}
            Message::RequestSuccess { .. }
            | Message::RequestFailure
            | Message::OpenConfirmation(_)
            | Message::OpenFailure(_)
            | Message::Success(_)
            | Message::Failure(_) => return Err(broken("an answer that nobody asked for")),
        }
        Ok(None)
    }

    fn open(&mut self, open: &Open<'_>, lobby: &dyn Lobby) -> Result<Option<Carriage>, Stop> {
        let opening = open.opening().map_err(|error| broken(&error.to_string()))?;
        let refuse = |link: &mut Link, reason, description: &str| {
            send(
                link,
                &OpenFailure {
                    channel: open.sender,
                    reason,
                    description,
                },
            )
            .map(|()| None)
        };
        if self.channels.len() >= MOST_CHANNELS || open.max_packet == 0 {
            return refuse(
                &mut self.link,
                OpenFailureReason::RESOURCE_SHORTAGE,
                "too many channels",
            );
        }
        let (role, carriage) = match opening {
            Opening::Session => (Role::Session { pty: false }, None),
            Opening::DirectTcpip { host, .. } if lobby.may_reach(host) => {
                let (stream, end) = pipe();
                (
                    Role::Carry(end),
                    Some(Carriage {
                        resource: host.to_owned(),
                        stream,
                    }),
                )
            }
            Opening::DirectTcpip { host, .. } => {
                let host: String = host.chars().filter(|c| !c.is_control()).take(200).collect();
                let text = format!("no resource `{host}` that you may use");
                return refuse(&mut self.link, OpenFailureReason::PROHIBITED, &text);
            }
            _ => {
                let text = "name a resource to open this: user%resource";
                return refuse(&mut self.link, OpenFailureReason::PROHIBITED, text);
            }
        };
        let free = (0..)
            .zip(self.channels.keys())
            .find(|(at, used)| at != *used)
            .map(|(at, _)| at);
        let number = free.unwrap_or(self.channels.len() as u32);
        let channel = Channel {
            number: open.sender,
            window: open.window.into(),
            max_packet: open.max_packet.min(MAX_PACKET),
            granted: WINDOW.into(),
            role,
            sent_eof: false,
            sent_close: false,
        };
        self.channels.insert(number, channel);
        let confirmation = OpenConfirmation {
            channel: open.sender,
            sender: number,
            window: WINDOW,
            max_packet: MAX_PACKET,
            rest: &[],
        };
        send(&mut self.link, &confirmation)?;
        Ok(carriage)
    }

    fn request(&mut self, request: &ChannelRequest<'_>, lobby: &dyn Lobby) -> Result<(), Stop> {
        let ask = request.ask().map_err(|error| broken(&error.to_string()))?;
        let help = || help::text(lobby, self.address.as_ref());
        let help = if matches!(ask, Ask::Shell | Ask::Exec { .. }) {
            help()
        } else {
            String::new()
        };
        let channel = self.channel(request.channel)?;
        let recipient = channel.number;
        let Role::Session { pty } = &mut channel.role else {
            return self.answer(request, false);
        };
        let (text, status) = match ask {
            Ask::Pty(_) => {
                *pty = true;
                return self.answer(request, true);
            }
            Ask::Env { .. } | Ask::WindowChange { .. } | Ask::KeepAlive => return self.answer(request, true),
            Ask::Shell => (help, 0),
            Ask::Exec { .. } => (help, 1),
            _ => return self.answer(request, false),
        };
        let text = if *pty { text.replace('\n', "\r\n") } else { text };
        self.answer(request, true)?;
        let channel = self.channel(request.channel)?;
        if channel.sent_close {
            return Ok(());
        }
        let room = usize::try_from(channel.window)
            .unwrap_or(usize::MAX)
            .min(text.len());
        channel.window -= room as u64;
        (channel.sent_eof, channel.sent_close) = (true, true);
        let most = channel.max_packet as usize;
        for data in text
            .as_bytes()
            .get(..room)
            .unwrap_or_default()
            .chunks(most.max(1))
        {
            match status {
                0 => send(
                    &mut self.link,
                    &Data {
                        channel: recipient,
                        data,
                    },
                )?,
                _ => send(
                    &mut self.link,
                    &ExtendedData {
                        channel: recipient,
                        code: STDERR,
                        data,
                    },
                )?,
            }
        }
        send(&mut self.link, &crate::relay::exit_status(recipient, status))?;
        send(&mut self.link, &Eof { channel: recipient })?;
        send(&mut self.link, &Close { channel: recipient })
    }

    fn answer(&mut self, request: &ChannelRequest<'_>, yes: bool) -> Result<(), Stop> {
        let channel = self.channel(request.channel)?;
        let (channel, closed) = (channel.number, channel.sent_close);
        match (request.want_reply && !closed, yes) {
            (false, _) => Ok(()),
            (true, true) => send(&mut self.link, &Success { channel }),
            (true, false) => send(&mut self.link, &Failure { channel }),
        }
    }

    fn channel(&mut self, number: u32) -> Result<&mut Channel, Stop> {
        self.channels
            .get_mut(&number)
            .ok_or_else(|| broken("a message for a channel that is not open"))
    }
}

fn send<M: Encode + ?Sized>(link: &mut Link, message: &M) -> Result<(), Stop> {
    link.send(message).map_err(|error| lost(&error))
}

fn broken(what: &str) -> Stop {
    Stop::failed(
        EndReason::ProtocolError,
        FailureStage::Runtime,
        format!("client: {what}"),
    )
}
