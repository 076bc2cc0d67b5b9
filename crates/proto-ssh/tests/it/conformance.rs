//! The rules that every protocol keeps, held for SSH: a client and a host made of the wire.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use async_trait::async_trait;
use bytes::{Buf as _, Bytes};
use domain::session::ClientInterface;
use engine::{Arrival, Protocol};
use proto_ssh::wire::auth::{
    CONNECTION_SERVICE, Method, Request, Secret, ServiceAccept, ServiceRequest, Success as LetIn,
    USERAUTH_SERVICE,
};
use proto_ssh::wire::connection::{
    Ask, ChannelRequest, Close, Data, Eof, Message, Open, OpenConfirmation, Success, WindowAdjust,
};
use proto_ssh::wire::{
    ClientConfig, DisconnectReason, Encode, Event, HostKey, Limits, Profile, ServerConfig, Transport, number,
};
use proto_ssh::{SigningKey, Ssh, SshKeys};
use testkit::{Caller, Habits, House, Log, Login, Manner, StreamCaller, Subject, Target};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};
use tokio_util::io::{poll_read_buf, poll_write_buf};

const WINDOW: u32 = 256 << 10;

/// A transport on a stream.
struct Driver<S> {
    transport: Transport,
    stream: S,
    ended: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Driver<S> {
    fn new(transport: Transport, stream: S) -> Self {
        Self {
            transport,
            stream,
            ended: false,
        }
    }

    fn send<M: Encode + ?Sized>(&mut self, message: &M) {
        // A connection that is over takes nothing; the end is seen by who reads.
        drop(self.transport.send(message));
    }

    /// Writes and reads once; ready when something has come or the stream is at its end.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.transport.outbound().is_empty() {
            match poll_write_buf(Pin::new(&mut self.stream), cx, self.transport.outbound()) {
                Poll::Ready(Ok(1..)) => {}
                Poll::Ready(_) => {
                    self.transport.outbound().clear();
                }
                Poll::Pending => break,
            }
        }
        match poll_read_buf(Pin::new(&mut self.stream), cx, self.transport.inbound()) {
            Poll::Ready(Ok(1..)) => Poll::Ready(()),
            Poll::Ready(_) => {
                self.ended = true;
                Poll::Ready(())
            }
            Poll::Pending => Poll::Pending,
        }
    }

    /// The next message; [`None`] at the end.
    async fn message(&mut self) -> Result<Bytes, String> {
        loop {
            match self
                .transport
                .next(Instant::now())
                .map_err(|error| error.to_string())?
            {
                Some(Event::Message(payload)) => return Ok(payload),
                Some(Event::HostKey(_)) => self.transport.accept_host_key().unwrap(),
                Some(Event::Disconnected(bye)) => return Err(bye.description),
                Some(Event::Ready) => {}
                None if self.ended => return Err(String::new()),
                None => poll_fn(|cx| self.poll_turn(cx)).await,
            }
        }
    }
}

/// SSH, as the suite calls it: a shell without a terminal.
struct Shell {
    protocol: Arc<dyn Protocol>,
}

impl Shell {
    fn new() -> Self {
        let key = || HostKey {
            key: SigningKey::ed25519(&[7; 32]).unwrap(),
            certificate: None,
        };
        let keys = SshKeys::new("test", vec![key()], move |_| Ok(key()));
        Self {
            protocol: Arc::new(Ssh::new(keys)),
        }
    }
}

#[async_trait]
impl Subject for Shell {
    fn protocol(&self) -> Arc<dyn Protocol> {
        Arc::clone(&self.protocol)
    }

    fn habits(&self) -> Habits {
        Habits {
            content: true,
            words: true,
            holds: true,
            handshake: true,
        }
    }

    async fn target(&self, manner: Manner) -> Target {
        if manner == Manner::Mute {
            return Target::start(manner).await;
        }
        Target::speaking(|socket, log| async move { host(socket, log).await }).await
    }

    async fn call(&self, house: &House, login: &Login<'_>) -> Box<dyn Caller> {
        let (ours, theirs) = tokio::io::duplex(16 << 10);
        let (engine, protocol) = (Arc::clone(&house.engine), self.protocol());
        let arrival = Arrival {
            peer: testkit::conformance::peer(),
            interface: ClientInterface::Cli,
            carried: None,
        };
        tokio::spawn(async move { engine.welcome(Box::new(theirs), arrival, protocol).await });
        let (script, typed) = tokio::io::duplex(16 << 10);
        let (user, password) = (
            format!("{}:{}", login.user, login.resource),
            login.password.to_owned(),
        );
        tokio::spawn(async move {
            let mut typed = typed;
            let mut client = Client::new(ours);
            let last_words = client.run(&user, &password, &mut typed).await;
            // The script may have gone.
            drop(typed.write_all(last_words.as_bytes()).await);
            drop(typed.shutdown().await);
        });
        Box::new(StreamCaller::new(script))
    }
}

/// A client that runs a shell and shows all that it is told.
struct Client {
    driver: Driver<DuplexStream>,
    host_number: u32,
    /// What may be sent on the channel.
    window: usize,
    max_packet: usize,
    /// What was typed and not sent, and what came and was not shown.
    typed: bytes::BytesMut,
    shown: bytes::BytesMut,
    /// Bytes that were shown and not granted again.
    taken: u32,
    /// The script has hung up, and the host's shell has ended.
    hung_up: bool,
    done: bool,
}

impl Client {
    fn new(stream: DuplexStream) -> Self {
        let config = ClientConfig {
            identification: "SSH-2.0-Script".into(),
            profile: Profile::client(),
            limits: Limits::default(),
        };
        let transport = Transport::client(Arc::new(config), Instant::now()).unwrap();
        Self {
            driver: Driver::new(transport, stream),
            host_number: 0,
            window: 0,
            max_packet: 0,
            typed: bytes::BytesMut::new(),
            shown: bytes::BytesMut::new(),
            taken: 0,
            hung_up: false,
            done: false,
        }
    }

    /// Gives the last words of the gateway.
    async fn run(&mut self, user: &str, password: &str, script: &mut DuplexStream) -> String {
        let entered = self.enter(user, password, script).await;
        let carried = match entered {
            Ok(()) => self.carry(script).await,
            Err(words) => Err(words),
        };
        let words = String::from_utf8_lossy(&self.shown).into_owned();
        words + &carried.err().unwrap_or_default()
    }

    /// The next message of the login. Whoever was told to wait leaves when the script hangs up; a proof that is on its way is seen through.
    async fn login_message(&mut self, script: &mut DuplexStream) -> Result<Bytes, String> {
        loop {
            tokio::select! {
                payload = self.driver.message() => return payload,
                read = script.read_buf(&mut self.typed), if !self.shown.is_empty() => {
                    if !matches!(read, Ok(1..)) {
                        return Err("hung up".into());
                    }
                }
            }
        }
    }

    async fn enter(&mut self, user: &str, password: &str, script: &mut DuplexStream) -> Result<(), String> {
        // Both wait inside until there are keys.
        self.driver.send(&ServiceRequest {
            service: USERAUTH_SERVICE,
        });
        let method = Method::Password {
            password: Secret(password),
            new: None,
        };
        self.driver.send(&Request {
            user,
            service: CONNECTION_SERVICE,
            method,
        });
        loop {
            let payload = self.login_message(script).await?;
            match payload.first() {
                Some(&number::USERAUTH_SUCCESS) => break,
                Some(&number::USERAUTH_BANNER) => self.shown.extend_from_slice(&payload[5..]),
                Some(&number::USERAUTH_FAILURE) => return Err("not let in".into()),
                _ => {}
            }
        }
        self.driver.send(&Open {
            kind: "session",
            sender: 0,
            window: WINDOW,
            max_packet: 32 << 10,
            rest: &[],
        });
        loop {
            let payload = self.driver.message().await?;
            if let Ok(Some(Message::OpenConfirmation(open))) = Message::parse(&payload) {
                (self.host_number, self.window) = (open.sender, open.window as usize);
                self.max_packet = open.max_packet as usize;
                break;
            }
        }
        self.driver.send(&ChannelRequest {
            channel: self.host_number,
            kind: "shell",
            want_reply: true,
            rest: &[],
        });
        Ok(())
    }

    async fn carry(&mut self, script: &mut DuplexStream) -> Result<(), String> {
        loop {
            while let Some(event) = self
                .driver
                .transport
                .next(Instant::now())
                .map_err(|error| error.to_string())?
            {
                match event {
                    Event::Message(payload) => self.message(&payload),
                    Event::Disconnected(bye) => return Err(bye.description),
                    Event::HostKey(_) | Event::Ready => {}
                }
            }
            if self.driver.ended || (self.done && self.driver.transport.outbound().is_empty()) {
                return Ok(());
            }
            self.send_typed();
            poll_fn(|cx| self.poll_both(cx, script)).await;
        }
    }

    fn message(&mut self, payload: &Bytes) {
        match Message::parse(payload).unwrap() {
            Some(Message::Data(data)) => self.shown.extend_from_slice(data.data),
            Some(Message::ExtendedData(data)) => self.shown.extend_from_slice(data.data),
            Some(Message::WindowAdjust(adjust)) => self.window += adjust.bytes as usize,
            Some(Message::Close(_)) => {
                self.driver.send(&Close {
                    channel: self.host_number,
                });
                self.driver
                    .transport
                    .disconnect(DisconnectReason::BY_APPLICATION, "bye");
                self.done = true;
            }
            _ => {}
        }
    }

    fn send_typed(&mut self) {
        while !self.typed.is_empty() && self.window > 0 {
            let piece = self
                .typed
                .split_to(self.typed.len().min(self.window).min(self.max_packet));
            self.window -= piece.len();
            self.driver.send(&Data {
                channel: self.host_number,
                data: &piece,
            });
        }
        if self.taken > WINDOW / 2 {
            self.driver.send(&WindowAdjust {
                channel: self.host_number,
                bytes: self.taken,
            });
            self.taken = 0;
        }
    }

    /// Moves bytes between the script and the channel, and the wire and its stream.
    fn poll_both(&mut self, cx: &mut Context<'_>, script: &mut DuplexStream) -> Poll<()> {
        let mut woken = Poll::Pending;
        while !self.shown.is_empty() {
            let shown = poll_write_buf(Pin::new(&mut *script), cx, &mut self.shown);
            match shown {
                Poll::Ready(Ok(count)) => {
                    self.taken += count as u32;
                    woken = Poll::Ready(());
                }
                Poll::Ready(Err(_)) => self.shown.clear(),
                Poll::Pending => break,
            }
        }
        // What is typed waits outside while the channel takes nothing.
        if self.typed.is_empty() && !self.hung_up {
            match poll_read_buf(Pin::new(&mut *script), cx, &mut self.typed) {
                Poll::Ready(Ok(1..)) => woken = Poll::Ready(()),
                // The end of its input ends the shell, which ends the channel.
                Poll::Ready(_) => {
                    self.hung_up = true;
                    self.driver.send(&Eof {
                        channel: self.host_number,
                    });
                    woken = Poll::Ready(());
                }
                Poll::Pending => {}
            }
        }
        if self.driver.poll_turn(cx).is_ready() {
            woken = Poll::Ready(());
        }
        woken
    }
}

/// A host that lets everybody in and sends back what it gets.
async fn host(socket: tokio::net::TcpStream, log: Log) {
    let config = ServerConfig {
        identification: "SSH-2.0-Echo".into(),
        profile: Profile::server(),
        host_keys: vec![HostKey {
            key: SigningKey::ed25519(&[8; 32]).unwrap(),
            certificate: None,
        }],
        limits: Limits::default(),
    };
    let transport = Transport::server(Arc::new(config), Instant::now()).unwrap();
    let mut driver = Driver::new(transport, socket);
    let (mut caller, mut window, mut waiting, mut over) = (0, 0, bytes::BytesMut::new(), false);
    while let Ok(payload) = driver.message().await {
        match payload.first() {
            Some(&number::SERVICE_REQUEST) => driver.send(&ServiceAccept {
                service: USERAUTH_SERVICE,
            }),
            Some(&number::USERAUTH_REQUEST) => driver.send(&LetIn),
            _ => {}
        }
        let Ok(Some(message)) = Message::parse(&payload) else {
            continue;
        };
        match message {
            Message::Open(open) => {
                (caller, window) = (open.sender, open.window as usize);
                let confirmation = OpenConfirmation {
                    channel: caller,
                    sender: 0,
                    window: WINDOW,
                    max_packet: 32 << 10,
                    rest: &[],
                };
                driver.send(&confirmation);
            }
            Message::Request(request) => {
                assert!(matches!(request.ask(), Ok(Ask::Shell)), "{request:?}");
                driver.send(&Success { channel: caller });
            }
            Message::Data(data) => {
                log.add(data.data);
                waiting.extend_from_slice(data.data);
            }
            Message::WindowAdjust(adjust) => window += adjust.bytes as usize,
            Message::Eof(_) => over = true,
            _ => {}
        }
        while !waiting.is_empty() && window > 0 {
            let count = waiting.len().min(window).min(32 << 10);
            driver.send(&Data {
                channel: caller,
                data: &waiting[..count],
            });
            driver.send(&WindowAdjust {
                channel: caller,
                bytes: count as u32,
            });
            waiting.advance(count);
            window -= count;
        }
        if over && waiting.is_empty() {
            over = false;
            let status = ChannelRequest {
                channel: caller,
                kind: "exit-status",
                want_reply: false,
                rest: &[0; 4],
            };
            driver.send(&status);
            driver.send(&Close { channel: caller });
        }
    }
}

testkit::conformance!(Shell::new());
