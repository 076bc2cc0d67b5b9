//! Clients that no program is: what they send goes on in order, or ends the connection.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use domain::object::Capability::{ForwardAgent, ForwardX11};
use domain::stop::EndReason;
use proto_ssh::SigningKey;
use proto_ssh::wire::auth::{CONNECTION_SERVICE, ServiceRequest, USERAUTH_SERVICE, sign_request};
use proto_ssh::wire::connection::{ChannelRequest, Data, Message, Open, PtyRequest};
use proto_ssh::wire::keys::SignatureAlgorithm;
use proto_ssh::wire::{ClientConfig, Limits, Profile, Transport, number};

use crate::driver::Driver;
use crate::house::{House, Plan};

/// A client that has signed in.
struct Client(Driver<TcpStream>);

impl Client {
    async fn enter(house: &House) -> Self {
        let (port, key) = (house.port, std::fs::read_to_string(house.path("client")).unwrap());
        tokio::task::spawn_blocking(move || Self::sign_in(port, &key))
            .await
            .unwrap()
    }

    fn sign_in(port: u16, key: &str) -> Self {
        let key = SigningKey::from_openssh(key).unwrap();
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let config = ClientConfig {
            identification: "SSH-2.0-Nobody".into(),
            profile: Profile::client(),
            limits: Limits::default(),
        };
        let transport = Transport::client(Arc::new(config), Instant::now()).unwrap();
        let mut driver = Driver::new(transport, stream);
        driver.handshake();
        driver.send(&ServiceRequest {
            service: USERAUTH_SERVICE,
        });
        let session = driver.transport.session_id().to_vec();
        let algorithm = SignatureAlgorithm::Ed25519;
        let request = sign_request(
            &session,
            "alice%web1",
            CONNECTION_SERVICE,
            &key,
            key.public(),
            algorithm,
            None,
        )
        .unwrap();
        driver.send(&request);
        while driver.message().expect("to be let in").first() != Some(&number::USERAUTH_SUCCESS) {}
        Self(driver)
    }

    /// Opens a session channel; gives the gateway's number.
    fn open(&mut self) -> u32 {
        self.0.send(&Open {
            kind: "session",
            sender: 0,
            window: 1 << 20,
            max_packet: 32 << 10,
            rest: &[],
        });
        loop {
            let payload = self.0.message().expect("an answer");
            if let Some(Message::OpenConfirmation(confirmation)) = Message::parse(&payload).unwrap() {
                return confirmation.sender;
            }
        }
    }

    fn request(&mut self, channel: u32, kind: &str, rest: &[u8]) {
        self.0.send(&ChannelRequest {
            channel,
            kind,
            want_reply: true,
            rest,
        });
    }

    fn exec(&mut self, channel: u32, command: &str) {
        let mut rest = (command.len() as u32).to_be_bytes().to_vec();
        rest.extend_from_slice(command.as_bytes());
        self.request(channel, "exec", &rest);
    }

    /// Reads so many answers to requests on channels.
    fn answers(&mut self, count: usize) -> Vec<bool> {
        let mut answers = Vec::new();
        while answers.len() < count {
            let payload = self.0.message().expect("an answer");
            match Message::parse(&payload).unwrap() {
                Some(Message::Success(_)) => answers.push(true),
                Some(Message::Failure(_)) => answers.push(false),
                _ => {}
            }
        }
        answers
    }

    /// Reads until the gateway has closed.
    fn read_to_end(&mut self) -> Vec<Bytes> {
        std::iter::from_fn(|| self.0.message()).collect()
    }
}

async fn blocking<T: Send + 'static>(client: Client, work: impl FnOnce(Client) -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(move || work(client)).await.unwrap()
}

async fn ends_as_a_breach(house: &House) {
    let rows = house.sessions().await;
    assert_eq!(
        rows[0].life.end_reason,
        Some(EndReason::ProtocolError),
        "{}",
        rows[0].life.error
    );
    assert!(
        rows[0].life.error.starts_with("client: "),
        "{}",
        rows[0].life.error
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_come_in_the_order_of_the_requests() {
    let house = House::build(Plan::without(&[ForwardAgent, ForwardX11])).await;
    let client = Client::enter(&house).await;
    let answers = blocking(client, |mut client| {
        let channel = client.open();
        let pty = PtyRequest {
            term: "vt100",
            columns: 80,
            rows: 24,
            width: 0,
            height: 0,
            modes: &[0],
        };
        let mut rest = BytesMut::new();
        pty.put(&mut rest);
        // The host answers some of these, and the gateway refuses the others at once: still in their order.
        client.request(channel, "pty-req", &rest);
        client.request(channel, "auth-agent-req@openssh.com", &[]);
        client.request(channel, "env", b"\0\0\0\x04LC_X\0\0\0\x01y");
        client.request(channel, "x11-req", b"\x01\0\0\0\x01a\0\0\0\x01b\0\0\0\0");
        client.request(channel, "nobody-knows-this@example.com", b"anything");
        client.exec(channel, "sleep 1");
        client.request(channel, "break", &[0, 0, 0, 1]);
        client.exec(channel, "a second purpose");
        client.answers(8)
    });
    assert_eq!(
        answers.await,
        [true, false, true, false, false, true, true, false]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_the_window_ends_the_connection() {
    let house = House::new().await;
    let client = Client::enter(&house).await;
    blocking(client, |mut client| {
        let channel = client.open();
        client.exec(channel, "kill -STOP $$");
        client.answers(1);
        let data = vec![0; 32 << 10];
        // Hosts grant 2 MiB once the command runs, and again the little of it that a pipe takes.
        for _ in 0..(6 << 20) / data.len() {
            client.0.send(&Data { channel, data: &data });
        }
        let all = client.0.transport.outbound().split();
        // The gateway may hang up in the middle of it.
        let written = client.0.stream.write_all(&all);
        drop(written);
        client.read_to_end();
    })
    .await;
    ends_as_a_breach(&house).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_without_a_command_ends_the_connection() {
    let house = House::new().await;
    let client = Client::enter(&house).await;
    blocking(client, |mut client| {
        let channel = client.open();
        client.0.send(&Data {
            channel,
            data: b"id\n",
        });
        client.read_to_end();
    })
    .await;
    ends_as_a_breach(&house).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_nobody_opened_ends_the_connection() {
    let house = House::new().await;
    let client = Client::enter(&house).await;
    blocking(client, |mut client| {
        client.0.send(&Data {
            channel: 5,
            data: b"id\n",
        });
        client.read_to_end();
    })
    .await;
    ends_as_a_breach(&house).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tunnels_and_sessions_from_nowhere_are_refused() {
    let house = House::new().await;
    let client = Client::enter(&house).await;
    let refused = blocking(client, |mut client| {
        for kind in ["tun@openssh.com", "x11", "auth-agent@openssh.com"] {
            let rest = b"\0\0\0\x01a\0\0\0\x01";
            client.0.send(&Open {
                kind,
                sender: 0,
                window: 1,
                max_packet: 1,
                rest,
            });
        }
        let mut refused = 0;
        while refused < 3 {
            let payload = client.0.message().expect("an answer");
            match Message::parse(&payload).unwrap() {
                Some(Message::OpenFailure(_)) => refused += 1,
                Some(Message::OpenConfirmation(_)) => panic!("opened"),
                _ => {}
            }
        }
        refused
    });
    assert_eq!(refused.await, 3);
}
