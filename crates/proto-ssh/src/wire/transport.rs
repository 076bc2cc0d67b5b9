//! One end of one connection: RFC 4253 as a machine without I/O.

mod config;
mod handshake;
mod housekeeping;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::algorithms::{Negotiated, Profile};
use super::codec::{Encode, Put, Reader};
use super::error::WireError;
use super::kexinit::Role;
use super::limits::Limits;
use super::number;
use super::packet::{Inbound, LONGEST_PAYLOAD, Outbound};
use super::version;

pub use config::{
    ClientConfig, Disconnect, DisconnectReason, Event, HostKey, PresentedHostKey, ServerConfig,
};
use handshake::Exchange;

/// Buffers are given back after this time without traffic.
const QUIET: Duration = Duration::from_secs(1);
/// What a peer may send before the first exchange is over; it keeps sequence numbers from coming round.
const MOST_PACKETS_BEFORE_KEYS: u64 = 1000;
/// How often a stranger may begin an exchange: each one costs us signatures. Clients do it at most once an hour.
const MOST_EARLY_EXCHANGES: u32 = 3;

/// One end of one SSH connection, in the server or the client role.
///
/// The driver owns the socket and the clock. Its loop:
///
/// 1. read the socket into [`inbound`](Self::inbound) (`read_buf`),
/// 2. call [`next`](Self::next) until it returns `None`, and act on the events,
/// 3. write [`outbound`](Self::outbound) to the socket (`write_buf`, or `write` and `advance`); it holds many packets,
/// 4. wait for the socket, or for [`deadline`](Self::deadline), and begin again.
///
/// A driver that relays calls `next` of both transports in every turn: new keys are begun there. It does not read from
/// a peer whose `outbound` has grown past a bound of the driver's: answers to pings and unknown messages land there.
///
/// Key exchanges, first and later ones, by either side, happen inside; so do `IGNORE`, `DEBUG`, `EXT_INFO`, pings and
/// answers to unknown messages. While [`is_rekeying`](Self::is_rekeying) says so, messages to be sent wait inside, up
/// to [`Limits::held`], so a relay stops reading the other side.
///
/// Memory: an idle transport keeps its keys, no buffer, and nothing of a key exchange. Buffers grow with the traffic and
/// are given back after a second without it, when `next` is called at `deadline`. A driver that waits for readiness
/// before it calls `inbound` needs no read buffer while it waits.
pub struct Transport {
    config: Config,
    phase: Phase,
    inbound: Inbound,
    outbound: Outbound,
    exchange: Exchange,
    /// Messages to be sent after the exchange, each with its length.
    held: BytesMut,
    own_version: String,
    peer_version: String,
    /// Bytes of lines before a server's identification.
    skipped: usize,
    session_id: Vec<u8>,
    host_key: Bytes,
    negotiated: Option<Negotiated>,
    /// Whether the user is in; before that OpenSSH takes no new keys.
    authenticated: bool,
    /// Exchanges that the peer began before that.
    early_exchanges: u32,
    rekey_wanted: bool,
    /// When the exchange under way was first seen by `next`.
    exchange_since: Option<Instant>,
    keys_since: Instant,
    last_traffic: Instant,
    signature_algorithms: Option<String>,
    host_bound: bool,
}

/// What each role needs to know.
enum Config {
    Server(Arc<ServerConfig>),
    Client(Arc<ClientConfig>),
}

impl Config {
    fn role(&self) -> Role {
        match self {
            Self::Server(_) => Role::Server,
            Self::Client(_) => Role::Client,
        }
    }

    fn limits(&self) -> &Limits {
        match self {
            Self::Server(config) => &config.limits,
            Self::Client(config) => &config.limits,
        }
    }

    fn profile(&self) -> &Profile {
        match self {
            Self::Server(config) => &config.profile,
            Self::Client(config) => &config.profile,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The peer's identification line is awaited.
    Version,
    /// Packets.
    Packets,
    /// One of the ends said goodbye.
    Closed,
    /// An error was returned.
    Failed,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("role", &self.config.role())
            .field("phase", &self.phase)
            .field("exchange", &self.exchange.name())
            .field("peer_version", &self.peer_version)
            .field("negotiated", &self.negotiated)
            .finish_non_exhaustive()
    }
}

impl Transport {
    /// Starts the server role; the identification line is written to `outbound` at once.
    ///
    /// Fails if the configured line is no identification or no host key serves the profile.
    pub fn server(config: Arc<ServerConfig>, now: Instant) -> Result<Self, WireError> {
        let mut served = config.profile.host_keys.iter();
        if !served.any(|algorithm| config.host_keys.iter().any(|key| key.serves(*algorithm))) {
            return Err(WireError::NoHostKey);
        }
        let line = config.identification.clone();
        Self::new(Config::Server(config), line, now)
    }

    /// Starts the client role; the identification line is written to `outbound` at once.
    ///
    /// Fails if the configured line is no identification.
    pub fn client(config: Arc<ClientConfig>, now: Instant) -> Result<Self, WireError> {
        let line = config.identification.clone();
        Self::new(Config::Client(config), line, now)
    }

    fn new(config: Config, own_version: String, now: Instant) -> Result<Self, WireError> {
        version::check_own(&own_version)?;
        let mut outbound = Outbound::new();
        outbound.buffer.put_slice(own_version.as_bytes());
        outbound.buffer.put_slice(b"\r\n");
        Ok(Self {
            inbound: Inbound::new(config.limits().read_buffer),
            config,
            phase: Phase::Version,
            outbound,
            exchange: Exchange::Idle,
            held: BytesMut::new(),
            own_version,
            peer_version: String::new(),
            skipped: 0,
            session_id: Vec::new(),
            host_key: Bytes::new(),
            negotiated: None,
            authenticated: false,
            early_exchanges: 0,
            rekey_wanted: false,
            exchange_since: Some(now),
            keys_since: now,
            last_traffic: now,
            signature_algorithms: None,
            host_bound: false,
        })
    }

    /// The buffer to read the socket into, with room for what is expected.
    pub fn inbound(&mut self) -> &mut BytesMut {
        self.inbound.room()
    }

    /// What to write to the socket; what was written is taken off its front (`advance`).
    pub fn outbound(&mut self) -> &mut BytesMut {
        &mut self.outbound.buffer
    }

    /// The next event, or `None` if more input is needed (or the host key awaits [`accept_host_key`](Self::accept_host_key)).
    ///
    /// Fails once; then the connection is over, `outbound` may hold a last message for the peer, and every further
    /// call fails with [`WireError::Ended`]. After [`Event::Disconnected`] or [`disconnect`](Self::disconnect) it
    /// returns `None` for ever.
    pub fn next(&mut self, now: Instant) -> Result<Option<Event>, WireError> {
        match self.phase {
            Phase::Failed => return Err(WireError::Ended),
            Phase::Closed => return Ok(None),
            Phase::Version | Phase::Packets => {}
        }
        let event = self.keep_house(now).and_then(|()| self.advance(now));
        event.map_err(|error| self.fail(error))
    }

    fn advance(&mut self, now: Instant) -> Result<Option<Event>, WireError> {
        loop {
            if self.phase == Phase::Version {
                let from = match self.config.role() {
                    Role::Server => version::From::Client,
                    Role::Client => version::From::Server,
                };
                let Some(line) = version::take(&mut self.inbound.buffer, from, &mut self.skipped)? else {
                    return Ok(None);
                };
                self.peer_version = line;
                self.phase = Phase::Packets;
                self.start_exchange()?;
            }
            if matches!(self.exchange, Exchange::Asking(_)) {
                return Ok(None);
            }
            let Some(payload) = self.inbound.next()? else {
                return Ok(None);
            };
            if let Some(event) = self.dispatch(payload, now)? {
                return Ok(Some(event));
            }
        }
    }

    /// Handles one message, or finds that it is for the layers above.
    fn dispatch(&mut self, payload: Bytes, now: Instant) -> Result<Option<Event>, WireError> {
        let number = payload.first().copied().unwrap_or_default();
        if number == number::DISCONNECT {
            self.phase = Phase::Closed;
            self.end_exchange();
            return Ok(Some(Event::Disconnected(Disconnect::parse(&payload)?)));
        }
        if (number::KEXINIT..50).contains(&number) {
            return self.on_exchange_message(number, payload, now);
        }
        self.check_order(number)?;
        match number {
            number::IGNORE | number::UNIMPLEMENTED | number::DEBUG | number::PONG => {}
            number::EXT_INFO => self.on_ext_info(&payload)?,
            number::PING => {
                let data = Reader::new(&payload, "ping").skip_number()?.string()?;
                let mut pong = BytesMut::with_capacity(data.len() + 5);
                pong.put_u8(number::PONG);
                pong.put_string(data);
                self.send(&pong.freeze())?;
            }
            number::SERVICE_REQUEST | number::SERVICE_ACCEPT | 50..=127 => {
                if number == number::USERAUTH_SUCCESS && self.config.role() == Role::Client {
                    self.authenticated = true;
                }
                return Ok(Some(Event::Message(payload)));
            }
            _ => self.send_unimplemented()?,
        }
        Ok(None)
    }

    /// Refuses messages that have no place in or before a key exchange.
    fn check_order(&self, number: u8) -> Result<(), WireError> {
        let is_chatter = matches!(number, number::IGNORE | number::UNIMPLEMENTED | number::DEBUG);
        let during = if self.session_id.is_empty() || self.exchange.is_first() {
            // What the peer may say is settled by its offer; before it, chatter is judged when the offer comes.
            let strict = self.negotiated.is_some_and(|negotiated| negotiated.strict);
            if is_chatter && !strict && self.inbound.used().packets <= MOST_PACKETS_BEFORE_KEYS {
                return Ok(());
            }
            "before the first key exchange is over"
        } else if self.exchange.peer_is_bound() && !is_chatter {
            "during a key exchange"
        } else {
            return Ok(());
        };
        Err(WireError::Unexpected { number, during })
    }

    /// RFC 8308 §2.3: what the server knows; what is unknown is skipped.
    fn on_ext_info(&mut self, payload: &[u8]) -> Result<(), WireError> {
        let mut reader = Reader::new(payload, "extension info").skip_number()?;
        for _ in 0..reader.u32()? {
            let (name, value) = (reader.string()?, reader.string()?);
            match name {
                b"server-sig-algs" => {
                    self.signature_algorithms =
                        Some(String::from_utf8_lossy(value).chars().take(4096).collect());
                }
                b"publickey-hostbound@openssh.com" => self.host_bound = value == b"0",
                _ => {}
            }
        }
        Ok(())
    }

    /// Sends one message of the layers above, encrypted in place in `outbound`, or held until a key exchange ends.
    ///
    /// A message that does not fit a packet is refused and leaves the connection as it was.
    pub fn send<M: Encode + ?Sized>(&mut self, message: &M) -> Result<(), WireError> {
        if matches!(self.phase, Phase::Closed | Phase::Failed) {
            return Err(WireError::Ended);
        }
        if self.is_rekeying() {
            return self.hold(message);
        }
        let number = self.outbound.write(message)?;
        if number == number::USERAUTH_SUCCESS && self.config.role() == Role::Server {
            self.authenticated = true;
        }
        Ok(())
    }

    fn hold<M: Encode + ?Sized>(&mut self, message: &M) -> Result<(), WireError> {
        let start = self.held.len();
        self.held.put_u32(0);
        message.encode(&mut self.held);
        let length = self.held.len().saturating_sub(start + 4) as u32;
        if let Some(prefix) = self.held.get_mut(start..start + 4) {
            prefix.copy_from_slice(&length.to_be_bytes());
        }
        let refused = if length == 0 || length as usize > LONGEST_PAYLOAD {
            WireError::MessageTooLong(length as usize)
        } else if self.held.len() > self.config.limits().held {
            WireError::HeldTooMuch
        } else {
            return Ok(());
        };
        self.held.truncate(start);
        Err(refused)
    }

    /// Sends what waited for the exchange to end.
    fn release_held(&mut self) -> Result<(), WireError> {
        let mut held = std::mem::take(&mut self.held);
        while held.len() >= 4 {
            let length = held.get_u32() as usize;
            let message = held.split_to(length.min(held.len()));
            self.send(&message[..])?;
        }
        Ok(())
    }

    /// Answers the message that `next` returned last with `SSH_MSG_UNIMPLEMENTED`, RFC 4253 §11.4.
    pub fn send_unimplemented(&mut self) -> Result<(), WireError> {
        let mut message = [number::UNIMPLEMENTED, 0, 0, 0, 0];
        let (_, sequence) = message.split_at_mut(1);
        sequence.copy_from_slice(&self.inbound.last_sequence().to_be_bytes());
        self.send(&message[..])
    }

    /// Says goodbye: the last message to the peer. Messages held are dropped; nothing can be sent after it.
    pub fn disconnect(&mut self, reason: DisconnectReason, description: &str) {
        if matches!(self.phase, Phase::Closed | Phase::Failed) {
            return;
        }
        self.say_goodbye(reason, description);
        self.phase = Phase::Closed;
    }

    fn say_goodbye(&mut self, reason: DisconnectReason, description: &str) {
        // Before the peer's identification nobody reads packets.
        if self.phase == Phase::Packets {
            let description = description.to_owned();
            if self.outbound.write(&Disconnect { reason, description }).is_err() {
                // There is nothing left to say it with.
                self.outbound.shrink();
            }
        }
        self.end_exchange();
    }

    fn end_exchange(&mut self) {
        self.exchange = Exchange::Idle;
        self.exchange_since = None;
        self.held = BytesMut::new();
    }

    fn fail(&mut self, error: WireError) -> WireError {
        let reason = match &error {
            WireError::NoCommonAlgorithm { .. }
            | WireError::Agreement
            | WireError::HostKeySignature
            | WireError::ExchangeTimeout => DisconnectReason::KEY_EXCHANGE_FAILED,
            WireError::Integrity => DisconnectReason::MAC_ERROR,
            _ => DisconnectReason::PROTOCOL_ERROR,
        };
        self.say_goodbye(reason, &error.to_string());
        self.phase = Phase::Failed;
        error
    }

    /// Begins to agree on new keys at the next call of [`next`](Self::next); put off until authentication is over.
    pub fn request_rekey(&mut self) {
        self.rekey_wanted = true;
    }

    /// Whether messages to be sent are held back by a key exchange (also true before the first one is over).
    pub fn is_rekeying(&self) -> bool {
        self.session_id.is_empty() || self.exchange.holds_messages()
    }

    /// The exchange hash of the first key exchange; empty before.
    pub fn session_id(&self) -> &[u8] {
        &self.session_id
    }

    /// What the ends agreed on in the latest exchange.
    pub fn negotiated(&self) -> Option<&Negotiated> {
        self.negotiated.as_ref()
    }

    /// The peer's identification line; empty before it came.
    pub fn peer_version(&self) -> &str {
        &self.peer_version
    }

    /// The host key (or certificate) of the latest exchange in the wire's form; empty before.
    pub fn host_key(&self) -> &[u8] {
        &self.host_key
    }

    /// Client role: the server's `server-sig-algs` (RFC 8308 §3.1), if it sent them; cut to 4096 characters.
    pub fn signature_algorithms(&self) -> Option<&str> {
        self.signature_algorithms.as_deref()
    }

    /// Client role: whether the server knows host-bound public key authentication.
    pub fn host_bound(&self) -> bool {
        self.host_bound
    }
}
