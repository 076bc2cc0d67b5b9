//! How much and how long.

use std::time::Duration;

/// Limits of one transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// New keys are agreed after this many bytes in either direction. Default: 1 GiB.
    pub rekey_bytes: u64,
    /// New keys are agreed after this many packets in either direction. Default: 2³¹, RFC 4344 §3.1.
    pub rekey_packets: u64,
    /// New keys are agreed after this time. Default: one hour, RFC 4253 §9.
    pub rekey_after: Duration,
    /// A key exchange may take this long, and so may the identification line. Default: 60 seconds.
    ///
    /// The wait for [`Transport::accept_host_key`](super::Transport::accept_host_key) counts.
    pub exchange: Duration,
    /// Bytes of application messages to send that may wait for a key exchange to end. Default: 1 MiB.
    pub held: usize,
    /// The largest buffer a socket is read into, unless one packet needs more. Default: 128 KiB.
    pub read_buffer: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rekey_bytes: 1 << 30,
            rekey_packets: 1 << 31,
            rekey_after: Duration::from_hours(1),
            exchange: Duration::from_mins(1),
            held: 1 << 20,
            read_buffer: 128 << 10,
        }
    }
}
