//! Reading whole messages while both sides still talk to the gateway itself.

use std::io;

use bytes::BytesMut;
use engine::Stream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// What a peer may send before it was let in; the rest stays in its socket.
const AHEAD: usize = 64 << 10;

/// A stream with what was read of it too early.
pub struct Link {
    /// The stream.
    pub stream: Stream,
    /// What was read and is not taken yet.
    pub read: BytesMut,
}

impl Link {
    /// Begins with nothing read.
    #[must_use]
    pub fn new(stream: Stream) -> Self {
        Self {
            stream,
            read: BytesMut::new(),
        }
    }

    /// Writes and flushes.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// Waits until the peer leaves; what it sends meanwhile is kept, up to a bound. Cancel-safe.
    pub async fn left(&mut self) -> io::Error {
        while self.read.len() < AHEAD {
            match self.stream.read_buf(&mut self.read).await {
                Ok(0) => return io::ErrorKind::UnexpectedEof.into(),
                Ok(_) => {}
                Err(error) => return error,
            }
        }
        std::future::pending().await
    }

    /// Reads until at least `wanted` bytes are there. The end of the stream is an error. The caller bounds `wanted`.
    pub async fn fill(&mut self, wanted: usize) -> io::Result<()> {
        while self.read.len() < wanted {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }
}
