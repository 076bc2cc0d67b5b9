//! Why a connection cannot go on.

use super::codec::Malformed;

/// Why a transport cannot go on; after one of these the connection is over.
///
/// The transport has already written a fitting `SSH_MSG_DISCONNECT` to its outbound buffer where the peer can still
/// read one; the driver writes what is there and closes the socket. Messages hold no secrets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The peer's first line is not an SSH 2.0 identification.
    #[error("bad identification line: {0}")]
    Version(&'static str),
    /// No common algorithm for one of the roles (`key exchange`, `host key`, `cipher` or `mac`).
    #[error("no common {role} algorithm; the peer offers {theirs}")]
    NoCommonAlgorithm {
        /// What the algorithm would be for.
        role: &'static str,
        /// The peer's list, cut to 500 bytes.
        theirs: String,
    },
    /// No host key of ours serves the algorithms of the profile.
    #[error("no host key for the offered algorithms")]
    NoHostKey,
    /// A packet longer than 256 KiB, shorter than its own header, or not a multiple of the block.
    #[error("bad packet length {0}")]
    PacketLength(u32),
    /// A packet whose authentication code does not match.
    #[error("packet failed its integrity check")]
    Integrity,
    /// A message that does not follow its RFC.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A message that has no place in the current state of the exchange.
    #[error("unexpected message {number} {during}")]
    Unexpected {
        /// The number of the message.
        number: u8,
        /// What the transport was doing.
        during: &'static str,
    },
    /// The peer's public value of the key exchange is not valid.
    #[error("key agreement failed")]
    Agreement,
    /// The server's signature of the exchange is wrong.
    #[error("the server's host key signature does not verify")]
    HostKeySignature,
    /// The key exchange was not finished in time.
    #[error("key exchange took too long")]
    ExchangeTimeout,
    /// More application data was queued during a key exchange than [`Limits::held`](super::Limits::held) allows.
    #[error("too much data queued during a key exchange")]
    HeldTooMuch,
    /// A message to send is larger than a packet may be (256 KiB).
    #[error("message of {0} bytes does not fit a packet")]
    MessageTooLong(usize),
    /// The keys have carried all the packets they may and the peer did not agree to new ones.
    #[error("keys are used up")]
    KeysUsedUp,
    /// The library of primitives refused; no reason is given by it.
    #[error("cryptographic operation failed: {0}")]
    Crypto(&'static str),
    /// The transport was ended before by an error or a disconnect.
    #[error("the connection has already ended")]
    Ended,
}
