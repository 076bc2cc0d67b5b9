//! Reading whole messages while both sides still talk to the gateway itself.

use std::io;

use bytes::{Bytes, BytesMut};
use engine::Stream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// A stream with what was read of it too early.
pub(crate) struct Link {
    pub(crate) stream: Stream,
    pub(crate) read: BytesMut,
}

impl Link {
    pub(crate) fn new(stream: Stream) -> Self {
        Self {
            stream,
            read: BytesMut::new(),
        }
    }

    /// Reads a message with a tag; one whose body is longer than `most` is an error.
    pub(crate) async fn message(&mut self, most: usize) -> io::Result<(u8, Bytes)> {
        self.fill(1).await?;
        let body = self.sized(1, most).await?;
        Ok((body.0, body.1))
    }

    /// Reads a client's first message, which has no tag.
    pub(crate) async fn untagged(&mut self, most: usize) -> io::Result<Bytes> {
        Ok(self.sized(0, most).await?.1)
    }

    /// Writes and flushes.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    async fn sized(&mut self, tag: usize, most: usize) -> io::Result<(u8, Bytes)> {
        self.fill(tag + 4).await?;
        let head = self.read.split_to(tag + 4);
        let len = head.get(tag..).and_then(|len| len.first_chunk());
        let len = len.map_or(0, |len| u32::from_be_bytes(*len)) as usize;
        let body = len.checked_sub(4).filter(|body| *body <= most);
        let body = body.ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "a message has an impossible length")
        })?;
        self.fill(body).await?;
        Ok((
            head.first().copied().unwrap_or(0),
            self.read.split_to(body).freeze(),
        ))
    }

    async fn fill(&mut self, wanted: usize) -> io::Result<()> {
        while self.read.len() < wanted {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }
}
