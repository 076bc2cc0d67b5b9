//! One end of one connection: RFC 4253 as a machine without I/O.

use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};

use super::algorithms::{HostKeyAlgorithm, Negotiated, Profile};
use super::codec::Encode;
use super::error::WireError;
use super::keys::SigningKey;
use super::limits::Limits;

/// What a server needs for all its connections.
#[derive(Debug)]
pub struct ServerConfig {
    /// The identification line without its end, such as `SSH-2.0-Doorward_0.1`.
    pub identification: String,
    /// What is offered.
    pub profile: Profile,
    /// One for each kind of key; at least one.
    pub host_keys: Vec<HostKey>,
    /// How much and how long.
    pub limits: Limits,
}

/// What a client needs for a connection.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// The identification line without its end, such as `SSH-2.0-Doorward_0.1`.
    pub identification: String,
    /// What is offered; put the kind of host key which is known for this server first.
    pub profile: Profile,
    /// How much and how long.
    pub limits: Limits,
}

/// A server's key, with or without a certificate.
#[derive(Debug)]
pub struct HostKey {
    /// The private key.
    pub key: SigningKey,
    /// A host certificate for it, in the wire's form.
    pub certificate: Option<Vec<u8>>,
}

/// What [`Transport::next`] has for its driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Client role: is this the server we want? Nothing else comes until [`Transport::accept_host_key`];
    /// [`Transport::disconnect`] says no. Its signature has been verified. Comes again when the key changes at a
    /// later exchange, never while it stays the same.
    HostKey(PresentedHostKey),
    /// The first key exchange is over: services may be requested.
    Ready,
    /// A message for the layers above: numbers 5, 6 and 50 to 127, as a view of the inbound buffer.
    Message(Bytes),
    /// The peer said goodbye; nothing comes after it.
    Disconnected(Disconnect),
}

/// The key or certificate a server has proven to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentedHostKey {
    /// The algorithm that was negotiated.
    pub algorithm: HostKeyAlgorithm,
    /// The public key or certificate in the wire's form.
    pub blob: Bytes,
}

/// `SSH_MSG_DISCONNECT`, RFC 4253 §11.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disconnect {
    /// Why, for programs.
    pub reason: DisconnectReason,
    /// Why, for people; not to be trusted with control characters.
    pub description: String,
}

/// A reason code of `SSH_MSG_DISCONNECT`, RFC 4253 §11.1; peers may use others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisconnectReason(pub u32);

impl DisconnectReason {
    /// The peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(2);
    /// No agreement on keys.
    pub const KEY_EXCHANGE_FAILED: Self = Self(3);
    /// A packet failed its check.
    pub const MAC_ERROR: Self = Self(5);
    /// The service asked for is not available.
    pub const SERVICE_NOT_AVAILABLE: Self = Self(7);
    /// The host key is not the one expected.
    pub const HOST_KEY_NOT_VERIFIABLE: Self = Self(9);
    /// The connection to the other side was lost.
    pub const CONNECTION_LOST: Self = Self(10);
    /// The usual end.
    pub const BY_APPLICATION: Self = Self(11);
    /// Too many connections.
    pub const TOO_MANY_CONNECTIONS: Self = Self(12);
    /// Nobody was let in.
    pub const NO_MORE_AUTH_METHODS: Self = Self(14);
}

/// One end of one SSH connection, in the server or the client role.
///
/// The driver owns the socket and the clock. Its loop:
///
/// 1. read the socket into [`inbound`](Self::inbound) (`read_buf`),
/// 2. call [`next`](Self::next) until it returns `None`, and act on the events,
/// 3. write [`outbound`](Self::outbound) to the socket (`write_buf`, or `write` and `advance`); it holds many packets,
/// 4. wait for the socket, or for [`deadline`](Self::deadline), and begin again.
///
/// Key exchanges, first and later ones, by either side, happen inside; so do `IGNORE`, `DEBUG`, `EXT_INFO`, pings and
/// answers to unknown messages. While [`is_rekeying`](Self::is_rekeying) says so, messages to be sent wait inside, up
/// to [`Limits::held`], so a relay stops reading the other side.
///
/// Memory: an idle transport keeps a few KiB, and nothing of a key exchange. Buffers grow with the traffic and shrink
/// after it. A driver that waits for readiness before it calls `inbound` keeps no read buffer while it waits.
#[derive(Debug)]
pub struct Transport {
    config: Arc<ServerConfig>,
}

#[expect(clippy::todo, unused_variables, reason = "the shape of the interface comes first")]
impl Transport {
    /// Starts the server role; the identification line and the offer are written to `outbound` at once.
    pub fn server(config: Arc<ServerConfig>, now: Instant) -> Result<Self, WireError> {
        todo!()
    }

    /// Starts the client role; the identification line is written to `outbound` at once.
    pub fn client(config: Arc<ClientConfig>, now: Instant) -> Result<Self, WireError> {
        todo!()
    }

    /// The buffer to read the socket into, with room for what is expected.
    pub fn inbound(&mut self) -> &mut BytesMut {
        todo!()
    }

    /// What to write to the socket; what was written is taken off its front (`advance`).
    pub fn outbound(&mut self) -> &mut BytesMut {
        todo!()
    }

    /// The next event, or `None` if more input is needed (or the host key awaits [`accept_host_key`](Self::accept_host_key)).
    ///
    /// Fails once; then the connection is over, `outbound` may hold a last message for the peer, and every further
    /// call fails with [`WireError::Ended`]. After [`Event::Disconnected`] it returns `None` for ever.
    pub fn next(&mut self, now: Instant) -> Result<Option<Event>, WireError> {
        todo!()
    }

    /// When [`next`](Self::next) should be called at the latest, even if nothing comes in.
    pub fn deadline(&self) -> Option<Instant> {
        todo!()
    }

    /// Client role: the presented host key is the server's.
    pub fn accept_host_key(&mut self) -> Result<(), WireError> {
        todo!()
    }

    /// Sends one message of the layers above, encrypted in place in `outbound`, or held until a key exchange ends.
    pub fn send<M: Encode + ?Sized>(&mut self, message: &M) -> Result<(), WireError> {
        todo!()
    }

    /// Answers the message that `next` returned last with `SSH_MSG_UNIMPLEMENTED`.
    pub fn send_unimplemented(&mut self) -> Result<(), WireError> {
        todo!()
    }

    /// Says goodbye: the last message to the peer. Messages held are dropped; nothing can be sent after it.
    pub fn disconnect(&mut self, reason: DisconnectReason, description: &str) {
        todo!()
    }

    /// Begins to agree on new keys; put off until authentication is over, done at once if under way.
    pub fn request_rekey(&mut self) -> Result<(), WireError> {
        todo!()
    }

    /// Whether messages to be sent are held back by a key exchange (also true before the first one is over).
    pub fn is_rekeying(&self) -> bool {
        todo!()
    }

    /// The exchange hash of the first key exchange; empty before.
    pub fn session_id(&self) -> &[u8] {
        todo!()
    }

    /// What the ends agreed on in the latest exchange.
    pub fn negotiated(&self) -> Option<&Negotiated> {
        todo!()
    }

    /// The peer's identification line; empty before it came.
    pub fn peer_version(&self) -> &str {
        todo!()
    }

    /// The host key (or certificate) of the latest exchange in the wire's form; empty before.
    pub fn host_key(&self) -> &[u8] {
        todo!()
    }

    /// Client role: the server's `server-sig-algs` (RFC 8308 §3.1), if it sent them.
    pub fn signature_algorithms(&self) -> Option<&str> {
        todo!()
    }

    /// Client role: whether the server knows host-bound public key authentication.
    pub fn host_bound(&self) -> bool {
        todo!()
    }
}
