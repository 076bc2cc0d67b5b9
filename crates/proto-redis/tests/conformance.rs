//! The conformance suite, for Redis.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use async_trait::async_trait;
use bytes::{Buf as _, BytesMut};
use domain::session::ClientInterface;
use engine::{Arrival, Protocol};
use proto_redis::Redis;
use testkit::{Caller, Habits, House, Log, Login, Manner, StreamCaller, Subject, Target};
use tokio::{
    io::{
        AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
        DuplexStream, ReadBuf,
    },
    net::TcpStream,
};

/// More than the entry of a command shows, so that the command is recorded as it is.
const MORE: &[u8] = &[b'.'; 1100];

fn command(words: &[&[u8]]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        out.extend(format!("${}\r\n", word.len()).bytes());
        out.extend(*word);
        out.extend(b"\r\n");
    }
    out
}

struct RedisSubject;

#[async_trait]
impl Subject for RedisSubject {
    fn protocol(&self) -> Arc<dyn Protocol> {
        Arc::new(Redis::new(None))
    }

    fn habits(&self) -> Habits {
        Habits {
            content: true,
            // A server of this protocol speaks when it is asked.
            words: false,
            holds: true,
            handshake: true,
        }
    }

    async fn target(&self, manner: Manner) -> Target {
        match manner {
            Manner::Mute => Target::start(manner).await,
            _ => {
                Target::speaking(|socket, log| async move {
                    let _ended = serve(socket, &log).await;
                })
                .await
            }
        }
    }

    async fn call(&self, house: &House, login: &Login<'_>) -> Box<dyn Caller> {
        let (mut ours, theirs) = tokio::io::duplex(16 << 10);
        let (engine, protocol) = (Arc::clone(&house.engine), self.protocol());
        // On the gateway's own machine: there a password may come in the clear.
        let arrival = Arrival {
            peer: ([127, 0, 0, 1], 50_000).into(),
            interface: ClientInterface::Cli,
            carried: None,
        };
        tokio::spawn(async move { engine.welcome(Box::new(theirs), arrival, protocol).await });
        let user = format!("{}:{}", login.user, login.resource);
        let auth = command(&[b"AUTH", user.as_bytes(), login.password.as_bytes()]);
        ours.write_all(&auth).await.unwrap();
        Box::new(StreamCaller::new(Echoes {
            stream: ours,
            pending: BytesMut::new(),
        }))
    }
}

/// A server that lets everybody in and answers what it is asked to repeat.
async fn serve(socket: TcpStream, log: &Log) -> io::Result<()> {
    let mut socket = BufReader::new(socket);
    loop {
        let mut words = Vec::new();
        for _ in 0..number(&mut socket).await? {
            let mut word = vec![0; number(&mut socket).await? + 2];
            socket.read_exact(&mut word).await?;
            word.truncate(word.len() - 2);
            words.push(word);
        }
        let answer = match words.first().map(Vec::as_slice) {
            Some(b"ECHO") => {
                let words: Vec<_> = words.iter().map(Vec::as_slice).collect();
                log.add(&command(&words));
                [format!("${}\r\n", words[1].len()).as_bytes(), words[1], b"\r\n"].concat()
            }
            Some(b"PING") => b"+PONG\r\n".to_vec(),
            _ => b"+OK\r\n".to_vec(),
        };
        socket.write_all(&answer).await?;
    }
}

/// Reads a line that holds a number behind its first byte.
async fn number(socket: &mut BufReader<TcpStream>) -> io::Result<usize> {
    let mut line = String::new();
    if socket.read_line(&mut line).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    line[1..].trim().parse().map_err(io::Error::other)
}

/// A client that asks for what is written to be repeated, each command whole even when the writer gave up waiting.
struct Echoes {
    stream: DuplexStream,
    pending: BytesMut,
}

impl Echoes {
    fn drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, &self.pending))?;
            self.pending.advance(sent);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Echoes {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.drain(context))?;
        self.pending.extend_from_slice(&command(&[b"ECHO", bytes, MORE]));
        // What does not go now goes with the next read or write.
        match self.drain(context) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(bytes.len())),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.drain(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.drain(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl AsyncRead for Echoes {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Whether it goes or not: the answer may be there already.
        let _drained = self.drain(context);
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

testkit::conformance!(RedisSubject);
