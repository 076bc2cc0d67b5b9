//! Opening a channel.

use bytes::{BufMut, BytesMut};

use crate::wire::codec::{Encode, Malformed, Put, Reader};
use crate::wire::number;

/// `SSH_MSG_CHANNEL_OPEN`, RFC 4254 §5.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open<'a> {
    /// `session`, `direct-tcpip`, …
    pub kind: &'a str,
    /// The sender's number for the channel.
    pub sender: u32,
    /// Bytes the sender is ready to receive.
    pub window: u32,
    /// The largest data message the sender takes.
    pub max_packet: u32,
    /// Fields of this kind, undecoded.
    pub rest: &'a [u8],
}

impl<'a> Open<'a> {
    pub(super) fn read(mut reader: Reader<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            kind: reader.text()?,
            sender: reader.u32()?,
            window: reader.u32()?,
            max_packet: reader.u32()?,
            rest: reader.rest(),
        })
    }

    /// Decodes the kinds a rule may care about.
    pub fn opening(&self) -> Result<Opening<'a>, Malformed> {
        let mut reader = Reader::new(self.rest, "channel open");
        Ok(match self.kind {
            "session" => Opening::Session,
            "direct-tcpip" => Opening::DirectTcpip {
                host: reader.text()?,
                port: reader.u32()?,
                origin: Origin::read(&mut reader)?,
            },
            "forwarded-tcpip" => Opening::ForwardedTcpip {
                address: reader.text()?,
                port: reader.u32()?,
                origin: Origin::read(&mut reader)?,
            },
            "direct-streamlocal@openssh.com" => Opening::DirectStreamlocal { path: reader.text()? },
            "forwarded-streamlocal@openssh.com" => Opening::ForwardedStreamlocal { path: reader.text()? },
            "x11" => Opening::X11 {
                origin: Origin::read(&mut reader)?,
            },
            "auth-agent@openssh.com" => Opening::Agent,
            "tun@openssh.com" => Opening::Tunnel,
            _ => Opening::Other,
        })
    }
}

impl Encode for Open<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::CHANNEL_OPEN);
        out.put_string(self.kind);
        out.put_u32(self.sender);
        out.put_u32(self.window);
        out.put_u32(self.max_packet);
        out.put_slice(self.rest);
    }
}

/// Where a forwarded connection comes from, as the sender says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'a> {
    /// An address, usually numeric.
    pub address: &'a str,
    /// A TCP port.
    pub port: u32,
}

impl<'a> Origin<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            address: reader.text()?,
            port: reader.u32()?,
        })
    }

    fn put(&self, out: &mut impl BufMut) {
        out.put_string(self.address);
        out.put_u32(self.port);
    }
}

/// What a channel is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening<'a> {
    /// `session`, RFC 4254 §6.1.
    Session,
    /// `direct-tcpip`, RFC 4254 §7.2.
    DirectTcpip {
        /// Where to connect.
        host: &'a str,
        /// The port to connect to.
        port: u32,
        /// Who asked at the sender's side.
        origin: Origin<'a>,
    },
    /// `forwarded-tcpip`, RFC 4254 §7.2.
    ForwardedTcpip {
        /// The address that was connected to, as in the `tcpip-forward` request.
        address: &'a str,
        /// The port that was connected to.
        port: u32,
        /// Who connected.
        origin: Origin<'a>,
    },
    /// `direct-streamlocal@openssh.com`, OpenSSH `PROTOCOL` §2.4.
    DirectStreamlocal {
        /// The socket to connect to.
        path: &'a str,
    },
    /// `forwarded-streamlocal@openssh.com`, OpenSSH `PROTOCOL` §2.4.
    ForwardedStreamlocal {
        /// The socket that was connected to.
        path: &'a str,
    },
    /// `x11`, RFC 4254 §6.3.2.
    X11 {
        /// The X client.
        origin: Origin<'a>,
    },
    /// `auth-agent@openssh.com`.
    Agent,
    /// `tun@openssh.com`, OpenSSH `PROTOCOL` §2.3.
    Tunnel,
    /// Anything else.
    Other,
}

impl Opening<'_> {
    /// Appends the fields, to be the `rest` of an [`Open`]; [`Other`](Self::Other) has none.
    pub fn put(&self, out: &mut impl BufMut) {
        match *self {
            Self::DirectTcpip {
                host: address,
                port,
                origin,
            }
            | Self::ForwardedTcpip {
                address,
                port,
                origin,
            } => {
                out.put_string(address);
                out.put_u32(port);
                origin.put(out);
            }
            Self::DirectStreamlocal { path } => {
                out.put_string(path);
                out.put_string("");
                out.put_u32(0);
            }
            Self::ForwardedStreamlocal { path } => {
                out.put_string(path);
                out.put_string("");
            }
            Self::X11 { origin } => origin.put(out),
            Self::Session | Self::Agent | Self::Tunnel | Self::Other => {}
        }
    }
}

/// `SSH_MSG_CHANNEL_OPEN_CONFIRMATION`, RFC 4254 §5.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenConfirmation<'a> {
    /// The recipient's channel.
    pub channel: u32,
    /// The sender's number for the channel.
    pub sender: u32,
    /// Bytes the sender is ready to receive.
    pub window: u32,
    /// The largest data message the sender takes.
    pub max_packet: u32,
    /// Fields of this kind of channel.
    pub rest: &'a [u8],
}

impl<'a> OpenConfirmation<'a> {
    pub(super) fn read(mut reader: Reader<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            channel: reader.u32()?,
            sender: reader.u32()?,
            window: reader.u32()?,
            max_packet: reader.u32()?,
            rest: reader.rest(),
        })
    }
}

impl Encode for OpenConfirmation<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::CHANNEL_OPEN_CONFIRMATION);
        out.put_u32(self.channel);
        out.put_u32(self.sender);
        out.put_u32(self.window);
        out.put_u32(self.max_packet);
        out.put_slice(self.rest);
    }
}

/// A reason code of `SSH_MSG_CHANNEL_OPEN_FAILURE`, RFC 4254 §5.1; peers may use others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFailureReason(pub u32);

impl OpenFailureReason {
    /// The administrator does not allow it.
    pub const PROHIBITED: Self = Self(1);
    /// The connection could not be made.
    pub const CONNECT_FAILED: Self = Self(2);
    /// The kind of channel is unknown.
    pub const UNKNOWN_KIND: Self = Self(3);
    /// Too many channels.
    pub const RESOURCE_SHORTAGE: Self = Self(4);
}

/// `SSH_MSG_CHANNEL_OPEN_FAILURE`, RFC 4254 §5.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFailure<'a> {
    /// The recipient's channel.
    pub channel: u32,
    /// Why, for programs.
    pub reason: OpenFailureReason,
    /// Why, for people.
    pub description: &'a str,
}

impl<'a> OpenFailure<'a> {
    pub(super) fn read(mut reader: Reader<'a>) -> Result<Self, Malformed> {
        let message = Self {
            channel: reader.u32()?,
            reason: OpenFailureReason(reader.u32()?),
            description: reader.prose()?,
        };
        Ok(message) // The language tag is left out by some peers and of no use.
    }
}

impl Encode for OpenFailure<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::CHANNEL_OPEN_FAILURE);
        out.put_u32(self.channel);
        out.put_u32(self.reason.0);
        out.put_string(self.description);
        out.put_string("");
    }
}
