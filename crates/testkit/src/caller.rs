//! Somebody who calls the gateway, as a script sees them.

use std::time::Duration;

use async_trait::async_trait;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::{Instant, timeout_at},
};

/// How long a script waits for anything. Generous: the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A caller that is connected.
#[async_trait]
pub trait Caller: Send {
    /// Sends a line; what the target gets is this text and perhaps a line end.
    async fn send(&mut self, line: &str);

    /// Waits until a text has come, and forgets what came up to it.
    async fn expect(&mut self, text: &str);

    /// Waits for the end of the connection and gives what came before it.
    async fn closed(&mut self) -> String;

    /// Hangs up.
    async fn hang_up(self: Box<Self>);
}

/// A caller on a stream of text.
#[derive(Debug)]
pub struct StreamCaller<S> {
    stream: S,
    came: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> StreamCaller<S> {
    /// Takes a stream.
    pub fn new(stream: S) -> Self {
        Self {
            stream,
            came: Vec::new(),
        }
    }

    async fn more(&mut self, until: Instant, waiting_for: &str) -> usize {
        let mut buffer = [0; 4096];
        let read = timeout_at(until, self.stream.read(&mut buffer)).await;
        let read =
            read.unwrap_or_else(|_| panic!("waited in vain for {waiting_for}; came: {:?}", self.text()));
        // A reset is an end like any other.
        let count = read.unwrap_or(0);
        self.came.extend_from_slice(&buffer[..count]);
        count
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.came).into_owned()
    }
}

#[async_trait]
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Caller for StreamCaller<S> {
    async fn send(&mut self, line: &str) {
        // The other side may just have hung up; the script sees that when it reads.
        let _sent = self.stream.write_all(format!("{line}\n").as_bytes()).await;
    }

    async fn expect(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let found = self
                .came
                .windows(text.len())
                .position(|window| window == text.as_bytes());
            if let Some(at) = found {
                self.came.drain(..at + text.len());
                return;
            }
            assert!(
                self.more(until, text).await > 0,
                "closed before {text:?} came; came: {:?}",
                self.text()
            );
        }
    }

    async fn closed(&mut self) -> String {
        let until = Instant::now() + PATIENCE;
        while self.more(until, "the end").await > 0 {}
        self.text()
    }

    async fn hang_up(mut self: Box<Self>) {
        let _closed = self.stream.shutdown().await;
    }
}
