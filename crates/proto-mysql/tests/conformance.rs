//! The conformance suite, for MySQL.
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
use proto_mysql::Mysql;
use testkit::{Caller, Habits, House, Log, Login, Manner, StreamCaller, Subject, Target};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf},
    net::TcpStream,
};

/// Protocol 4.1, passwords by plugins, and what a login has since then.
const CAPABILITIES: u32 = 1 << 9 | 1 << 15 | 1 << 19 | 1 << 21 | 1;
/// `COM_STMT_SEND_LONG_DATA`: content that has no answer, so that lines go both ways as they like.
const LONG_DATA: u8 = 0x18;

fn packet(sequence: u8, body: &[u8]) -> Vec<u8> {
    let [a, b, c, _] = (body.len() as u32).to_le_bytes();
    [&[a, b, c, sequence], body].concat()
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    let mut body = vec![0; u32::from_le_bytes([head[0], head[1], head[2], 0]) as usize];
    stream.read_exact(&mut body).await?;
    Ok((head[3], body))
}

struct MysqlSubject;

#[async_trait]
impl Subject for MysqlSubject {
    fn protocol(&self) -> Arc<dyn Protocol> {
        Arc::new(Mysql::new(None))
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
        let (_, greeting) = read(&mut ours).await.unwrap();
        assert_eq!(greeting[0], 10);
        let mut response = CAPABILITIES.to_le_bytes().to_vec();
        response.extend([0, 0, 0, 1, 45]);
        response.extend([0; 23]);
        response.extend(format!("{}:{}\0", login.user, login.resource).bytes());
        response.extend(b"\0mysql_native_password\0");
        ours.write_all(&packet(1, &response)).await.unwrap();
        let (sequence, switch) = read(&mut ours).await.unwrap();
        assert!(switch.starts_with(b"\xfemysql_clear_password\0"));
        let password = [login.password.as_bytes(), b"\0"].concat();
        ours.write_all(&packet(sequence + 1, &password)).await.unwrap();
        Box::new(StreamCaller::new(Packets {
            stream: ours,
            pending: BytesMut::new(),
        }))
    }
}

/// A server that lets everybody in and answers each packet with what it holds.
async fn serve(mut socket: TcpStream, log: &Log) -> io::Result<()> {
    let mut greeting = b"\x0a8.0.11\0\x07\0\0\0abcdefgh\0".to_vec();
    let [a, b, c, d] = CAPABILITIES.to_le_bytes();
    greeting.extend([a, b, 45, 2, 0, c, d, 21]);
    greeting.extend([0; 10]);
    greeting.extend(b"ijklmnopqrst\0mysql_native_password\0");
    socket.write_all(&packet(0, &greeting)).await?;
    let (sequence, _) = read(&mut socket).await?;
    socket
        .write_all(&packet(sequence + 1, &[0, 0, 0, 2, 0, 0, 0]))
        .await?;
    loop {
        let (sequence, body) = read(&mut socket).await?;
        if body[0] != LONG_DATA {
            return Ok(());
        }
        log.add(&packet(sequence, &body));
        let answer = [&[0, 0, 0, 2, 0, 0, 0], &body[7..]].concat();
        socket.write_all(&packet(1, &answer)).await?;
    }
}

/// A client that sends what is written as packets, each of them whole even when the writer gave up waiting.
struct Packets {
    stream: DuplexStream,
    pending: BytesMut,
}

impl Packets {
    fn drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.pending.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, &self.pending))?;
            self.pending.advance(sent);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Packets {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.drain(context))?;
        let body = [&[LONG_DATA, 1, 0, 0, 0, 0, 0], bytes].concat();
        self.pending.extend_from_slice(&packet(0, &body));
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

impl AsyncRead for Packets {
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

testkit::conformance!(MysqlSubject);
