//! A transport and its socket: what the sans-I/O wire leaves to its driver.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use engine::Stream;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio_util::io::{poll_read_buf, poll_write_buf};

use crate::wire::{Disconnect, Encode, Event, Transport, WireError};

/// A quiet socket is first read into this much of the stack, so that waiting for it needs no buffer.
const PROBE: usize = 2048;

/// Why a link cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    /// The peer broke the protocol, or no agreement was found.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The socket failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The peer closed the socket.
    #[error("the connection was closed")]
    Closed,
    /// The peer said goodbye.
    #[error("disconnected: {}", .0.description)]
    Disconnected(Disconnect),
    /// The peer took too long.
    #[error("no answer within {} seconds", .0.as_secs())]
    Timeout(Duration),
}

/// One end of one SSH connection with its socket.
pub(crate) struct Link {
    /// The wire.
    pub(crate) transport: Transport,
    stream: Stream,
    /// The last read filled the probe: read into the transport's own buffer.
    busy: bool,
    /// Bytes were written that the stream may still hold.
    unflushed: bool,
    /// The stream's read side has ended.
    ended: bool,
}

impl Link {
    /// Puts a transport on a stream.
    pub(crate) fn new(transport: Transport, stream: Stream) -> Self {
        Self {
            transport,
            stream,
            busy: true,
            unflushed: false,
            ended: false,
        }
    }

    /// Reads what has come. Gives the number of bytes; zero when the peer has closed.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.ended {
            return Poll::Ready(Ok(0));
        }
        let read = if self.busy {
            let read = poll_read_buf(Pin::new(&mut self.stream), cx, self.transport.inbound());
            self.busy = read.is_ready();
            read
        } else {
            let mut space = [MaybeUninit::uninit(); PROBE];
            let mut probe = ReadBuf::uninit(&mut space);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut probe))?;
            let filled = probe.filled();
            self.busy = filled.len() == PROBE;
            if !filled.is_empty() {
                self.transport.inbound().extend_from_slice(filled);
            }
            Poll::Ready(Ok(filled.len()))
        };
        if matches!(read, Poll::Ready(Ok(0))) {
            self.ended = true;
        }
        read
    }

    /// Writes what waits; ready when nothing waits any more.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.transport.outbound().is_empty() {
            let wrote = ready!(poll_write_buf(
                Pin::new(&mut self.stream),
                cx,
                self.transport.outbound()
            ))?;
            if wrote == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unflushed = true;
        }
        if self.unflushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Gives the number of bytes that wait to be written.
    pub(crate) fn waiting(&mut self) -> usize {
        self.transport.outbound().len()
    }

    /// Sends one message; it is written with the next flush.
    pub(crate) fn send<M: Encode + ?Sized>(&mut self, message: &M) -> Result<(), LinkError> {
        Ok(self.transport.send(message)?)
    }

    /// Writes all that waits.
    pub(crate) async fn flush(&mut self) -> Result<(), LinkError> {
        Ok(poll_fn(|cx| self.poll_flush(cx)).await?)
    }

    /// Waits for the next event while nothing else goes on (handshake, login), at most `limit`. Cancel-safe.
    pub(crate) async fn event(&mut self, limit: Duration) -> Result<Event, LinkError> {
        let end = Instant::now() + limit;
        loop {
            let now = Instant::now();
            let event = self.transport.next(now);
            if let Err(error) = event {
                // The transport left a last word for the peer.
                let said = tokio::time::timeout(Duration::from_millis(200), self.flush()).await;
                tracing::trace!(?said, "last word of a failed transport");
                return Err(error.into());
            }
            if let Some(event) = event? {
                return match event {
                    Event::Disconnected(bye) => Err(LinkError::Disconnected(bye)),
                    event => Ok(event),
                };
            }
            if now >= end {
                return Err(LinkError::Timeout(limit));
            }
            let wake = self
                .transport
                .deadline()
                .map_or(end, |deadline| deadline.min(end));
            let turn = poll_fn(|cx| {
                if let Poll::Ready(Err(error)) = self.poll_flush(cx) {
                    return Poll::Ready(Err(error));
                }
                self.poll_read(cx)
            });
            match tokio::time::timeout_at(wake.into(), turn).await {
                Ok(Ok(0)) => return Err(LinkError::Closed),
                Ok(Ok(_)) | Err(_) => {}
                Ok(Err(error)) => return Err(error.into()),
            }
        }
    }

    /// Waits for the next message of the layers above, at most `limit`. Cancel-safe.
    pub(crate) async fn message(&mut self, limit: Duration) -> Result<Bytes, LinkError> {
        loop {
            match self.event(limit).await? {
                Event::Message(payload) => return Ok(payload),
                Event::Ready => {}
                Event::HostKey(_) | Event::Disconnected(_) => return Err(LinkError::Closed),
            }
        }
    }

    /// Waits until the peer closes; what it still sends is dropped. For telling a peer something before we close: a socket that is
    /// closed with unread input is reset, and the peer may lose our last words.
    pub(crate) async fn linger(&mut self) {
        loop {
            let mut space = [MaybeUninit::uninit(); PROBE];
            let read = poll_fn(|cx| {
                let mut probe = ReadBuf::uninit(&mut space);
                Pin::new(&mut self.stream)
                    .poll_read(cx, &mut probe)
                    .map_ok(|()| probe.filled().len())
            });
            if !matches!(read.await, Ok(1..)) {
                return;
            }
        }
    }

    /// Closes the write side.
    pub(crate) async fn shutdown(&mut self) -> io::Result<()> {
        poll_fn(|cx| Pin::new(&mut self.stream).poll_shutdown(cx)).await
    }
}
