//! Global requests.

use bytes::{BufMut, BytesMut};

use crate::wire::codec::{Encode, Malformed, Put, Reader};
use crate::wire::number;

/// `SSH_MSG_GLOBAL_REQUEST`, RFC 4254 §4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlobalRequest<'a> {
    /// What is asked for.
    pub name: &'a str,
    /// Whether the peer wants `REQUEST_SUCCESS` or `REQUEST_FAILURE`; answers come in the order of requests.
    pub want_reply: bool,
    /// Fields of this request, undecoded.
    pub rest: &'a [u8],
}

impl<'a> GlobalRequest<'a> {
    pub(super) fn read(mut reader: Reader<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            name: reader.text()?,
            want_reply: reader.boolean()?,
            rest: reader.rest(),
        })
    }

    /// Decodes the requests a rule may care about.
    pub fn wish(&self) -> Result<Wish<'a>, Malformed> {
        let mut reader = Reader::new(self.rest, "global request");
        Ok(match self.name {
            "tcpip-forward" => Wish::TcpipForward {
                address: reader.text()?,
                port: reader.u32()?,
            },
            "cancel-tcpip-forward" => Wish::CancelTcpipForward {
                address: reader.text()?,
                port: reader.u32()?,
            },
            "streamlocal-forward@openssh.com" => Wish::StreamlocalForward { path: reader.text()? },
            "cancel-streamlocal-forward@openssh.com" => {
                Wish::CancelStreamlocalForward { path: reader.text()? }
            }
            "keepalive@openssh.com" => Wish::KeepAlive,
            "no-more-sessions@openssh.com" => Wish::NoMoreSessions,
            "hostkeys-00@openssh.com" => Wish::HostKeys { keys: reader.rest() },
            "hostkeys-prove-00@openssh.com" => Wish::HostKeysProve { keys: reader.rest() },
            _ => Wish::Other,
        })
    }
}

impl Encode for GlobalRequest<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::GLOBAL_REQUEST);
        out.put_string(self.name);
        out.put_boolean(self.want_reply);
        out.put_slice(self.rest);
    }
}

/// What a global request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish<'a> {
    /// `tcpip-forward`, RFC 4254 §7.1: listen for me; with port 0 the success carries the port as `uint32`.
    TcpipForward {
        /// Where to listen.
        address: &'a str,
        /// Zero lets the peer choose.
        port: u32,
    },
    /// `cancel-tcpip-forward`, RFC 4254 §7.1.
    CancelTcpipForward {
        /// As in the request which is cancelled.
        address: &'a str,
        /// The port listened on.
        port: u32,
    },
    /// `streamlocal-forward@openssh.com`, OpenSSH `PROTOCOL` §2.4.
    StreamlocalForward {
        /// The socket to listen on.
        path: &'a str,
    },
    /// `cancel-streamlocal-forward@openssh.com`, OpenSSH `PROTOCOL` §2.4.
    CancelStreamlocalForward {
        /// As in the request which is cancelled.
        path: &'a str,
    },
    /// `keepalive@openssh.com`: any answer will do.
    KeepAlive,
    /// `no-more-sessions@openssh.com`, OpenSSH `PROTOCOL` §2.2.
    NoMoreSessions,
    /// `hostkeys-00@openssh.com`, OpenSSH `PROTOCOL` §2.5: the server's keys, each a `string`.
    HostKeys {
        /// The keys, undecoded.
        keys: &'a [u8],
    },
    /// `hostkeys-prove-00@openssh.com`, OpenSSH `PROTOCOL` §2.5: keys to be proven, each a `string`.
    HostKeysProve {
        /// The keys, undecoded.
        keys: &'a [u8],
    },
    /// Anything else.
    Other,
}

impl Wish<'_> {
    /// Appends the fields, to be the `rest` of a [`GlobalRequest`]; [`Other`](Self::Other) has none.
    pub fn put(&self, out: &mut impl BufMut) {
        match *self {
            Self::TcpipForward { address, port } | Self::CancelTcpipForward { address, port } => {
                out.put_string(address);
                out.put_u32(port);
            }
            Self::StreamlocalForward { path } | Self::CancelStreamlocalForward { path } => {
                out.put_string(path);
            }
            Self::HostKeys { keys } | Self::HostKeysProve { keys } => out.put_slice(keys),
            Self::KeepAlive | Self::NoMoreSessions | Self::Other => {}
        }
    }
}
