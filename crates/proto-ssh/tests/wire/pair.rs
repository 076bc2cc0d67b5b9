//! Two transports that talk to each other in memory.

use std::sync::Arc;
use std::time::Instant;

use bytes::Buf;
use proto_ssh::wire::keys::SigningKey;
use proto_ssh::wire::{ClientConfig, Event, HostKey, Limits, Profile, ServerConfig, Transport, WireError};

pub fn host_key() -> HostKey {
    HostKey {
        key: SigningKey::generate_ed25519().unwrap(),
        certificate: None,
    }
}

pub fn server_config(profile: Profile, limits: Limits) -> Arc<ServerConfig> {
    let identification = "SSH-2.0-Doorward_test".to_owned();
    Arc::new(ServerConfig {
        identification,
        profile,
        host_keys: vec![host_key()],
        limits,
    })
}

pub fn client_config(profile: Profile, limits: Limits) -> Arc<ClientConfig> {
    let identification = "SSH-2.0-Doorward_test".to_owned();
    Arc::new(ClientConfig {
        identification,
        profile,
        limits,
    })
}

pub struct Pair {
    pub client: Transport,
    pub server: Transport,
    pub now: Instant,
    pub at_client: Vec<Event>,
    pub at_server: Vec<Event>,
    /// The most bytes handed over at once.
    pub chunk: usize,
}

impl Pair {
    pub fn new(client: Arc<ClientConfig>, server: Arc<ServerConfig>) -> Self {
        let now = Instant::now();
        Self {
            client: Transport::client(client, now).unwrap(),
            server: Transport::server(server, now).unwrap(),
            now,
            at_client: Vec::new(),
            at_server: Vec::new(),
            chunk: usize::MAX,
        }
    }

    pub fn default() -> Self {
        let client = client_config(Profile::client(), Limits::default());
        Self::new(client, server_config(Profile::server(), Limits::default()))
    }

    /// A pair whose first exchange is over and whose user is let in.
    pub fn ready(client: Arc<ClientConfig>, server: Arc<ServerConfig>) -> Self {
        let mut pair = Self::new(client, server);
        pair.run().unwrap();
        pair.server.send(&proto_ssh::wire::auth::Success).unwrap();
        pair.run().unwrap();
        assert_eq!(pair.take_messages().0, [&[52][..]], "the client is in");
        pair
    }

    /// Moves bytes until both are quiet; host keys are accepted.
    pub fn run(&mut self) -> Result<(), WireError> {
        loop {
            while let Some(event) = self.client.next(self.now)? {
                if matches!(event, Event::HostKey(_)) {
                    self.client.accept_host_key()?;
                }
                self.at_client.push(event);
            }
            while let Some(event) = self.server.next(self.now)? {
                self.at_server.push(event);
            }
            let moved = carry(&mut self.client, &mut self.server, self.chunk)
                + carry(&mut self.server, &mut self.client, self.chunk);
            if moved == 0 {
                return Ok(());
            }
        }
    }

    /// The messages so far, at the client and at the server.
    pub fn take_messages(&mut self) -> (Vec<bytes::Bytes>, Vec<bytes::Bytes>) {
        (messages(&mut self.at_client), messages(&mut self.at_server))
    }
}

fn carry(from: &mut Transport, to: &mut Transport, most: usize) -> usize {
    let outbound = from.outbound();
    let count = outbound.len().min(most);
    to.inbound().extend_from_slice(&outbound[..count]);
    outbound.advance(count);
    count
}

fn messages(events: &mut Vec<Event>) -> Vec<bytes::Bytes> {
    let taken = std::mem::take(events).into_iter();
    taken
        .filter_map(|event| {
            if let Event::Message(payload) = event {
                Some(payload)
            } else {
                None
            }
        })
        .collect()
}
