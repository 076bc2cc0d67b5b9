//! A channel as a byte stream: one end is a [`Pipe`], which a visit reads and writes like a socket, the other end a [`PipeEnd`] in
//! the hands of the task that speaks SSH. Bounded both ways: by the channel's window inwards, by [`MOST_OUT`] outwards.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that may wait to be sent.
const MOST_OUT: usize = 128 << 10;

/// What both ends share. The lock is held for copies between buffers only.
#[derive(Default)]
struct Shared {
    /// What the peer has sent and the visit has not read.
    inwards: VecDeque<Bytes>,
    /// The peer sends no more.
    no_more_in: bool,
    /// Bytes that were read since they were last asked for.
    read: usize,
    /// What the visit has written and was not sent.
    outwards: BytesMut,
    /// The visit writes no more.
    no_more_out: bool,
    /// One of the ends is gone.
    gone: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
    /// The task that speaks SSH.
    carrier: Option<Waker>,
}

impl Shared {
    fn wake(waker: &mut Option<Waker>) {
        if let Some(waker) = waker.take() {
            waker.wake();
        }
    }
}

/// The end for the visit.
pub(crate) struct Pipe(Arc<Mutex<Shared>>);

/// The end for the task that speaks SSH.
pub(crate) struct PipeEnd(Arc<Mutex<Shared>>);

/// Makes both ends.
pub(crate) fn pipe() -> (Pipe, PipeEnd) {
    let shared = Arc::<Mutex<Shared>>::default();
    (Pipe(Arc::clone(&shared)), PipeEnd(shared))
}

impl PipeEnd {
    /// Gives bytes to the visit; the channel's window bounds how many wait.
    pub(crate) fn push(&self, bytes: Bytes) {
        let mut shared = self.0.lock();
        if !shared.gone {
            shared.inwards.push_back(bytes);
            Shared::wake(&mut shared.reader);
        }
    }

    /// Says that the peer sends no more.
    pub(crate) fn end(&self) {
        let mut shared = self.0.lock();
        shared.no_more_in = true;
        Shared::wake(&mut shared.reader);
    }

    /// Takes the count of bytes that were read, if it is at least `step`.
    pub(crate) fn take_read(&self, step: usize) -> Option<u32> {
        let mut shared = self.0.lock();
        if shared.read == 0 || shared.read < step {
            return None;
        }
        Some(std::mem::take(&mut shared.read) as u32)
    }

    /// Takes at most `most` bytes that are to be sent.
    pub(crate) fn take(&self, most: usize) -> Bytes {
        let mut shared = self.0.lock();
        let count = shared.outwards.len().min(most);
        let taken = shared.outwards.split_to(count).freeze();
        if count > 0 {
            if shared.outwards.is_empty() {
                shared.outwards = BytesMut::new();
            }
            Shared::wake(&mut shared.writer);
        }
        taken
    }

    /// Tells whether the visit has written its last, and all of it was taken.
    pub(crate) fn is_spent(&self) -> bool {
        let shared = self.0.lock();
        (shared.no_more_out || shared.gone) && shared.outwards.is_empty()
    }

    /// Ready when there is something to send (if `open` says that the window takes any), to ask for, or to end.
    pub(crate) fn poll_work(&self, cx: &Context<'_>, open: bool, step: usize, ended: bool) -> Poll<()> {
        let mut shared = self.0.lock();
        let spent = (shared.no_more_out || shared.gone) && shared.outwards.is_empty();
        if (open && !shared.outwards.is_empty()) || shared.read >= step || (spent && !ended) {
            return Poll::Ready(());
        }
        shared.carrier = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for PipeEnd {
    fn drop(&mut self) {
        let mut shared = self.0.lock();
        shared.gone = true;
        Shared::wake(&mut shared.reader);
        Shared::wake(&mut shared.writer);
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let mut shared = self.0.lock();
        shared.gone = true;
        shared.inwards = VecDeque::new();
        Shared::wake(&mut shared.carrier);
    }
}

impl AsyncRead for Pipe {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut shared = self.0.lock();
        let before = buf.remaining();
        while let Some(front) = shared.inwards.front_mut().filter(|_| buf.remaining() > 0) {
            let count = front.len().min(buf.remaining());
            buf.put_slice(front.get(..count).unwrap_or_default());
            front.advance(count);
            if front.is_empty() {
                shared.inwards.pop_front();
            }
        }
        let count = before - buf.remaining();
        if count > 0 {
            shared.read += count;
            Shared::wake(&mut shared.carrier);
            return Poll::Ready(Ok(()));
        }
        if shared.no_more_in || shared.gone || before == 0 {
            return Poll::Ready(Ok(()));
        }
        shared.reader = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut shared = self.0.lock();
        if shared.gone || shared.no_more_out {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = MOST_OUT.saturating_sub(shared.outwards.len());
        if room == 0 {
            shared.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let bytes = bytes.get(..room).unwrap_or(bytes);
        shared.outwards.extend_from_slice(bytes);
        Shared::wake(&mut shared.carrier);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut shared = self.0.lock();
        shared.no_more_out = true;
        Shared::wake(&mut shared.carrier);
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn what_is_read_is_asked_for_again() {
        let (mut pipe, end) = pipe();
        end.push(Bytes::from_static(b"hello"));
        let mut buffer = [0; 3];
        pipe.read_exact(&mut buffer).await.unwrap();
        assert_eq!(end.take_read(4), None);
        assert_eq!(end.take_read(3), Some(3));
        end.end();
        let mut rest = Vec::new();
        pipe.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"lo");
    }

    #[tokio::test]
    async fn a_writer_waits_when_nothing_is_taken() {
        let (mut pipe, end) = pipe();
        pipe.write_all(&vec![1; MOST_OUT]).await.unwrap();
        let more = pipe.write_all(b"more");
        let more = std::pin::pin!(more);
        assert!(futures_util::poll!(more).is_pending());
        assert_eq!(end.take(10).len(), 10);
        assert_eq!(pipe.write(b"0123456789abc").await.unwrap(), 10);
    }

    #[tokio::test]
    async fn each_end_learns_that_the_other_is_gone() {
        let (mut pipe, end) = pipe();
        pipe.write_all(b"last").await.unwrap();
        assert!(!end.is_spent());
        drop(pipe);
        assert_eq!(end.take(100), "last");
        assert!(end.is_spent());

        let (mut pipe, end) = super::pipe();
        drop(end);
        assert!(pipe.write_all(b"x").await.is_err());
        assert_eq!(pipe.read(&mut [0; 1]).await.unwrap(), 0);
    }
}
