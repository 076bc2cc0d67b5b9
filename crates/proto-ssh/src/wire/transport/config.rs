//! What a transport is given, and what it tells.

use bytes::{BufMut, Bytes, BytesMut};

use crate::wire::algorithms::{HostKeyAlgorithm, Profile};
use crate::wire::codec::{Encode, Malformed, Put, Reader};
use crate::wire::keys::{SignatureAlgorithm, SigningKey};
use crate::wire::limits::Limits;
use crate::wire::number;

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

/// What [`Transport::next`](super::Transport::next) has for its driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Client role: is this the server we want? Nothing else comes until [`Transport::accept_host_key`](super::Transport::accept_host_key);
    /// [`Transport::disconnect`](super::Transport::disconnect) says no. Its signature has been verified. Comes again when the key changes at a
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

impl HostKey {
    /// Whether this key can serve an algorithm.
    pub(super) fn serves(&self, algorithm: HostKeyAlgorithm) -> bool {
        self.key.algorithms().contains(&signature_of(algorithm))
            && (algorithm != HostKeyAlgorithm::Ed25519Certificate || self.certificate.is_some())
    }

    /// What is shown to clients for an algorithm: the certificate, or the public key.
    pub(super) fn blob(&self, algorithm: HostKeyAlgorithm) -> Bytes {
        match &self.certificate {
            Some(certificate) if algorithm == HostKeyAlgorithm::Ed25519Certificate => {
                Bytes::copy_from_slice(certificate)
            }
            _ => self.key.public().clone(),
        }
    }
}

/// The signature that goes with a host key algorithm.
pub(super) fn signature_of(algorithm: HostKeyAlgorithm) -> SignatureAlgorithm {
    match algorithm {
        HostKeyAlgorithm::Ed25519 | HostKeyAlgorithm::Ed25519Certificate => SignatureAlgorithm::Ed25519,
        HostKeyAlgorithm::EcdsaP256 => SignatureAlgorithm::EcdsaP256,
        HostKeyAlgorithm::EcdsaP384 => SignatureAlgorithm::EcdsaP384,
        HostKeyAlgorithm::RsaSha512 => SignatureAlgorithm::RsaSha512,
        HostKeyAlgorithm::RsaSha256 => SignatureAlgorithm::RsaSha256,
    }
}

impl Disconnect {
    /// Decodes the payload; a missing description is taken for an empty one.
    pub(super) fn parse(payload: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(payload, "disconnect").skip_number()?;
        let reason = DisconnectReason(reader.u32()?);
        let description = reader.string().unwrap_or_default();
        Ok(Self {
            reason,
            description: String::from_utf8_lossy(description).into_owned(),
        })
    }
}

impl Encode for Disconnect {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::DISCONNECT);
        out.put_u32(self.reason.0);
        out.put_string(&self.description);
        out.put_string("");
    }
}
