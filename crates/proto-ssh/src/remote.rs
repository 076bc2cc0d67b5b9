//! Commands that the gateway itself runs on a host, one after the other.

use std::time::Duration;

use bytes::BytesMut;

use crate::link::{Link, LinkError};
use crate::wire::Malformed;
use crate::wire::codec::Put as _;
use crate::wire::connection::{
    Ask, ChannelRequest, Close, Data, Eof, Failure, Message, Open, OpenFailure, OpenFailureReason,
    WindowAdjust,
};

/// What the host may send before it is granted more.
const WINDOW: u32 = 64 << 10;
/// Bytes of output that are kept of each stream.
const MOST: usize = 16 << 10;
/// How long a host may be silent.
const PATIENCE: Duration = Duration::from_secs(40);

/// A host that has let us in.
pub(crate) struct Remote {
    link: Link,
    next: u32,
}

/// How a command ended.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    /// Its exit status; [`None`] when it ended by a signal, or without a word.
    pub(crate) code: Option<u32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: Vec<u8>,
}

impl Remote {
    pub(crate) fn new(link: Link) -> Self {
        Self { link, next: 0 }
    }

    /// Runs a command with an input, which is small.
    pub(crate) async fn run(&mut self, command: &str, input: &str) -> Result<Finished, LinkError> {
        let own = self.next;
        self.next = self.next.wrapping_add(1);
        self.link.send(&Open {
            kind: "session",
            sender: own,
            window: WINDOW,
            max_packet: WINDOW,
            rest: &[],
        })?;
        let mut finished = Finished::default();
        let mut peer = 0;
        let mut ended = false;
        loop {
            let payload = self.link.message(PATIENCE).await?;
            let parsed = Message::parse(&payload).map_err(|error| LinkError::Wire(error.into()))?;
            match parsed {
                Some(Message::OpenConfirmation(opened)) if opened.channel == own => {
                    peer = opened.sender;
                    self.begin(peer, command, input)?;
                }
                Some(Message::OpenFailure(_)) => return Err(refused("the host opens no channel")),
                Some(Message::Failure(failure)) if failure.channel == own => {
                    return Err(refused("the host runs no commands"));
                }
                Some(Message::Data(data)) if data.channel == own => {
                    self.take(peer, data.data, &mut finished.out)?;
                }
                Some(Message::ExtendedData(data)) if data.channel == own => {
                    self.take(peer, data.data, &mut finished.err)?;
                }
                Some(Message::Request(request)) if request.channel == own => {
                    if let Ok(Ask::ExitStatus { code }) = request.ask() {
                        finished.code = Some(code);
                    }
                    if request.want_reply {
                        self.link.send(&Failure { channel: peer })?;
                    }
                }
                Some(Message::Close(close)) if close.channel == own => {
                    self.link.send(&Close { channel: peer })?;
                    ended = true;
                }
                Some(Message::GlobalRequest(request)) if request.want_reply => {
                    self.link.send(&Message::RequestFailure)?;
                }
                Some(Message::Open(open)) => self.link.send(&OpenFailure {
                    channel: open.sender,
                    reason: OpenFailureReason::PROHIBITED,
                    description: "nothing is opened towards the gateway",
                })?,
                None => self.link.transport.send_unimplemented()?,
                Some(_) => {}
            }
            self.link.flush().await?;
            if ended {
                return Ok(finished);
            }
        }
    }

    fn begin(&mut self, channel: u32, command: &str, input: &str) -> Result<(), LinkError> {
        let mut rest = BytesMut::with_capacity(command.len() + 4);
        rest.put_string(command);
        self.link.send(&ChannelRequest {
            channel,
            kind: "exec",
            want_reply: true,
            rest: &rest,
        })?;
        if !input.is_empty() {
            self.link.send(&Data {
                channel,
                data: input.as_bytes(),
            })?;
        }
        self.link.send(&Eof { channel })
    }

    fn take(&mut self, channel: u32, data: &[u8], into: &mut Vec<u8>) -> Result<(), LinkError> {
        let room = MOST.saturating_sub(into.len()).min(data.len());
        into.extend_from_slice(data.get(..room).unwrap_or_default());
        let bytes = u32::try_from(data.len()).unwrap_or(WINDOW);
        self.link.send(&WindowAdjust { channel, bytes })
    }
}

fn refused(what: &'static str) -> LinkError {
    LinkError::Wire(Malformed(what).into())
}
