//! Requests on a channel.

use bytes::{BufMut, BytesMut};

use crate::wire::codec::{Encode, Malformed, Put, Reader};
use crate::wire::number;

/// `SSH_MSG_CHANNEL_REQUEST`, RFC 4254 §5.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelRequest<'a> {
    /// The recipient's channel.
    pub channel: u32,
    /// `shell`, `exec`, …
    pub kind: &'a str,
    /// Whether the peer wants `CHANNEL_SUCCESS` or `CHANNEL_FAILURE`; answers come in the order of requests.
    pub want_reply: bool,
    /// Fields of this request, undecoded.
    pub rest: &'a [u8],
}

impl<'a> ChannelRequest<'a> {
    pub(super) fn read(mut reader: Reader<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            channel: reader.u32()?,
            kind: reader.text()?,
            want_reply: reader.boolean()?,
            rest: reader.rest(),
        })
    }

    /// Decodes the requests a rule may care about.
    pub fn ask(&self) -> Result<Ask<'a>, Malformed> {
        let mut reader = Reader::new(self.rest, "channel request");
        Ok(match self.kind {
            "pty-req" => Ask::Pty(PtyRequest::read(&mut reader)?),
            "env" => Ask::Env {
                name: reader.string()?,
                value: reader.string()?,
            },
            "shell" => Ask::Shell,
            "exec" => Ask::Exec {
                command: reader.string()?,
            },
            "subsystem" => Ask::Subsystem { name: reader.text()? },
            "window-change" => Ask::WindowChange {
                columns: reader.u32()?,
                rows: reader.u32()?,
                width: reader.u32()?,
                height: reader.u32()?,
            },
            "signal" => Ask::Signal { name: reader.text()? },
            "exit-status" => Ask::ExitStatus { code: reader.u32()? },
            "exit-signal" => Ask::ExitSignal {
                name: reader.text()?,
                core_dumped: reader.boolean()?,
                message: reader.string()?,
            },
            "x11-req" => Ask::X11 {
                single: reader.boolean()?,
                protocol: reader.text()?,
                cookie: reader.string()?,
                screen: reader.u32()?,
            },
            "auth-agent-req@openssh.com" | "auth-agent-req" => Ask::Agent,
            "break" => Ask::Break {
                millis: reader.u32()?,
            },
            "xon-xoff" => Ask::FlowControl {
                client_can_do: reader.boolean()?,
            },
            "eow@openssh.com" => Ask::EndOfWrite,
            "keepalive@openssh.com" => Ask::KeepAlive,
            _ => Ask::Other,
        })
    }
}

impl Encode for ChannelRequest<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::CHANNEL_REQUEST);
        out.put_u32(self.channel);
        out.put_string(self.kind);
        out.put_boolean(self.want_reply);
        out.put_slice(self.rest);
    }
}

/// What a request on a channel asks for, or tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask<'a> {
    /// `pty-req`, RFC 4254 §6.2.
    Pty(PtyRequest<'a>),
    /// `env`, RFC 4254 §6.4; any bytes.
    Env {
        /// Name of the variable.
        name: &'a [u8],
        /// Its value.
        value: &'a [u8],
    },
    /// `shell`, RFC 4254 §6.5.
    Shell,
    /// `exec`, RFC 4254 §6.5.
    Exec {
        /// The command line, in the peer's encoding.
        command: &'a [u8],
    },
    /// `subsystem`, RFC 4254 §6.5, such as `sftp`.
    Subsystem {
        /// Its name.
        name: &'a str,
    },
    /// `window-change`, RFC 4254 §6.7.
    WindowChange {
        /// Width in characters.
        columns: u32,
        /// Height in characters.
        rows: u32,
        /// Width in pixels, or zero.
        width: u32,
        /// Height in pixels, or zero.
        height: u32,
    },
    /// `signal`, RFC 4254 §6.9.
    Signal {
        /// Without `SIG`.
        name: &'a str,
    },
    /// `exit-status`, RFC 4254 §6.10.
    ExitStatus {
        /// Zero for success.
        code: u32,
    },
    /// `exit-signal`, RFC 4254 §6.10.
    ExitSignal {
        /// Without `SIG`.
        name: &'a str,
        /// Whether a core was written.
        core_dumped: bool,
        /// For people.
        message: &'a [u8],
    },
    /// `x11-req`, RFC 4254 §6.3.1.
    X11 {
        /// Only one connection.
        single: bool,
        /// The authentication protocol.
        protocol: &'a str,
        /// A secret for the X server.
        cookie: &'a [u8],
        /// The screen's number.
        screen: u32,
    },
    /// `auth-agent-req@openssh.com`.
    Agent,
    /// `break`, RFC 4335.
    Break {
        /// Zero for the device's default.
        millis: u32,
    },
    /// `xon-xoff`, RFC 4254 §6.8.
    FlowControl {
        /// Whether the client may do it.
        client_can_do: bool,
    },
    /// `eow@openssh.com`, OpenSSH `PROTOCOL` §2.1: the reader has gone, write no more.
    EndOfWrite,
    /// `keepalive@openssh.com`: any answer will do.
    KeepAlive,
    /// Anything else.
    Other,
}

impl Ask<'_> {
    /// Appends the fields, to be the `rest` of a [`ChannelRequest`]; [`Other`](Self::Other) has none.
    pub fn put(&self, out: &mut impl BufMut) {
        match *self {
            Self::Pty(pty) => pty.put(out),
            Self::Env { name, value } => {
                out.put_string(name);
                out.put_string(value);
            }
            Self::Exec { command } => out.put_string(command),
            Self::Subsystem { name } | Self::Signal { name } => out.put_string(name),
            Self::WindowChange {
                columns,
                rows,
                width,
                height,
            } => {
                for number in [columns, rows, width, height] {
                    out.put_u32(number);
                }
            }
            Self::ExitStatus { code } => out.put_u32(code),
            Self::ExitSignal {
                name,
                core_dumped,
                message,
            } => {
                out.put_string(name);
                out.put_boolean(core_dumped);
                out.put_string(message);
                out.put_string("");
            }
            Self::X11 {
                single,
                protocol,
                cookie,
                screen,
            } => {
                out.put_boolean(single);
                out.put_string(protocol);
                out.put_string(cookie);
                out.put_u32(screen);
            }
            Self::Break { millis } => out.put_u32(millis),
            Self::FlowControl { client_can_do } => out.put_boolean(client_can_do),
            Self::Shell | Self::Agent | Self::EndOfWrite | Self::KeepAlive | Self::Other => {}
        }
    }
}

/// The fields of `pty-req`, RFC 4254 §6.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PtyRequest<'a> {
    /// The value of `TERM`.
    pub term: &'a str,
    /// Width in characters.
    pub columns: u32,
    /// Height in characters.
    pub rows: u32,
    /// Width in pixels, or zero.
    pub width: u32,
    /// Height in pixels, or zero.
    pub height: u32,
    /// Encoded terminal modes, RFC 4254 §8.
    pub modes: &'a [u8],
}

impl<'a> PtyRequest<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        Ok(Self {
            term: reader.text()?,
            columns: reader.u32()?,
            rows: reader.u32()?,
            width: reader.u32()?,
            height: reader.u32()?,
            modes: reader.string()?,
        })
    }

    /// Appends the fields, to be the `rest` of a [`ChannelRequest`].
    pub fn put(&self, out: &mut impl BufMut) {
        out.put_string(self.term);
        out.put_u32(self.columns);
        out.put_u32(self.rows);
        out.put_u32(self.width);
        out.put_u32(self.height);
        out.put_string(self.modes);
    }
}
