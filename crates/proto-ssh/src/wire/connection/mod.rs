//! The connection protocol's messages (RFC 4254), as pure codecs that borrow from the payload.
//!
//! [`Message::parse`] decodes the envelope only: numbers, names and flags that a relay needs. What is inside an open,
//! a request or a global request stays in `rest` and is decoded on demand by [`Open::opening`],
//! [`ChannelRequest::ask`] and [`GlobalRequest::wish`]. To pass a message on with nothing changed but the channel's
//! number, send [`Renumbered`]. `payload.slice_ref(data)` turns a borrowed field of a `Bytes` payload into `Bytes`.

mod global;
mod open;
mod request;
#[cfg(test)]
mod tests;

use bytes::{BufMut, BytesMut};

use super::codec::{Encode, Malformed, Put, Reader};
use super::number;

pub use global::{GlobalRequest, Wish};
pub use open::{Open, OpenConfirmation, OpenFailure, OpenFailureReason, Opening, Origin};
pub use request::{Ask, ChannelRequest, PtyRequest};

/// The `data_type_code` of standard error, RFC 4254 §5.2.
pub const STDERR: u32 = 1;

/// Any message of the connection protocol (numbers 80 to 100).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message<'a> {
    /// RFC 4254 §4.
    GlobalRequest(GlobalRequest<'a>),
    /// RFC 4254 §4; `rest` is specific to the request, which is the oldest unanswered one.
    RequestSuccess {
        /// What the request's answer carries.
        rest: &'a [u8],
    },
    /// RFC 4254 §4.
    RequestFailure,
    /// RFC 4254 §5.1.
    Open(Open<'a>),
    /// RFC 4254 §5.1.
    OpenConfirmation(OpenConfirmation<'a>),
    /// RFC 4254 §5.1.
    OpenFailure(OpenFailure<'a>),
    /// RFC 4254 §5.2.
    WindowAdjust(WindowAdjust),
    /// RFC 4254 §5.2.
    Data(Data<'a>),
    /// RFC 4254 §5.2.
    ExtendedData(ExtendedData<'a>),
    /// RFC 4254 §5.3.
    Eof(Eof),
    /// RFC 4254 §5.3.
    Close(Close),
    /// RFC 4254 §5.4.
    Request(ChannelRequest<'a>),
    /// RFC 4254 §5.4.
    Success(Success),
    /// RFC 4254 §5.4.
    Failure(Failure),
}

impl<'a> Message<'a> {
    /// Decodes a payload; `None` if its number is not one of the connection protocol.
    pub fn parse(payload: &'a [u8]) -> Result<Option<Self>, Malformed> {
        let mut reader = Reader::new(payload, "connection message");
        let message = match reader.byte()? {
            number::GLOBAL_REQUEST => Self::GlobalRequest(GlobalRequest::read(reader)?),
            number::REQUEST_SUCCESS => Self::RequestSuccess { rest: reader.rest() },
            number::REQUEST_FAILURE => Self::RequestFailure,
            number::CHANNEL_OPEN => Self::Open(Open::read(reader)?),
            number::CHANNEL_OPEN_CONFIRMATION => Self::OpenConfirmation(OpenConfirmation::read(reader)?),
            number::CHANNEL_OPEN_FAILURE => Self::OpenFailure(OpenFailure::read(reader)?),
            number::CHANNEL_WINDOW_ADJUST => Self::WindowAdjust(WindowAdjust {
                channel: reader.u32()?,
                bytes: reader.u32()?,
            }),
            number::CHANNEL_DATA => Self::Data(Data {
                channel: reader.u32()?,
                data: reader.string()?,
            }),
            number::CHANNEL_EXTENDED_DATA => Self::ExtendedData(ExtendedData {
                channel: reader.u32()?,
                code: reader.u32()?,
                data: reader.string()?,
            }),
            number::CHANNEL_EOF => Self::Eof(Eof {
                channel: reader.u32()?,
            }),
            number::CHANNEL_CLOSE => Self::Close(Close {
                channel: reader.u32()?,
            }),
            number::CHANNEL_REQUEST => Self::Request(ChannelRequest::read(reader)?),
            number::CHANNEL_SUCCESS => Self::Success(Success {
                channel: reader.u32()?,
            }),
            number::CHANNEL_FAILURE => Self::Failure(Failure {
                channel: reader.u32()?,
            }),
            _ => return Ok(None),
        };
        Ok(Some(message))
    }

    /// The channel the message is for, as its receiver numbered it; `None` for global messages and opens.
    pub fn channel(&self) -> Option<u32> {
        match self {
            Self::GlobalRequest(_) | Self::RequestSuccess { .. } | Self::RequestFailure | Self::Open(_) => {
                None
            }
            Self::OpenConfirmation(message) => Some(message.channel),
            Self::OpenFailure(message) => Some(message.channel),
            Self::WindowAdjust(message) => Some(message.channel),
            Self::Data(message) => Some(message.channel),
            Self::ExtendedData(message) => Some(message.channel),
            Self::Eof(message) => Some(message.channel),
            Self::Close(message) => Some(message.channel),
            Self::Request(message) => Some(message.channel),
            Self::Success(message) => Some(message.channel),
            Self::Failure(message) => Some(message.channel),
        }
    }
}

impl Encode for Message<'_> {
    fn encode(&self, out: &mut BytesMut) {
        match self {
            Self::GlobalRequest(message) => message.encode(out),
            Self::RequestSuccess { rest } => {
                out.put_u8(number::REQUEST_SUCCESS);
                out.put_slice(rest);
            }
            Self::RequestFailure => out.put_u8(number::REQUEST_FAILURE),
            Self::Open(message) => message.encode(out),
            Self::OpenConfirmation(message) => message.encode(out),
            Self::OpenFailure(message) => message.encode(out),
            Self::WindowAdjust(message) => message.encode(out),
            Self::Data(message) => message.encode(out),
            Self::ExtendedData(message) => message.encode(out),
            Self::Eof(message) => message.encode(out),
            Self::Close(message) => message.encode(out),
            Self::Request(message) => message.encode(out),
            Self::Success(message) => message.encode(out),
            Self::Failure(message) => message.encode(out),
        }
    }
}

/// A payload passed on unchanged but for its channel.
///
/// For the messages 91 to 100, whose first field is the recipient's channel. Anything shorter than that field is
/// written as it is; [`Message::parse`] has refused it before.
#[derive(Debug, Clone, Copy)]
pub struct Renumbered<'a> {
    /// The payload as it came.
    pub payload: &'a [u8],
    /// The channel's number at the peer which will receive it.
    pub channel: u32,
}

impl Encode for Renumbered<'_> {
    fn encode(&self, out: &mut BytesMut) {
        if let ([number], Some(rest)) = (self.payload.get(..1).unwrap_or_default(), self.payload.get(5..)) {
            out.put_u8(*number);
            out.put_u32(self.channel);
            out.put_slice(rest);
        } else {
            out.put_slice(self.payload);
        }
    }
}

/// `SSH_MSG_CHANNEL_WINDOW_ADJUST`, RFC 4254 §5.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowAdjust {
    /// The recipient's channel.
    pub channel: u32,
    /// Bytes to add to the window.
    pub bytes: u32,
}

impl Encode for WindowAdjust {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::CHANNEL_WINDOW_ADJUST);
        out.put_u32(self.channel);
        out.put_u32(self.bytes);
    }
}

/// `SSH_MSG_CHANNEL_DATA`, RFC 4254 §5.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Data<'a> {
    /// The recipient's channel.
    pub channel: u32,
    /// At most the peer's maximum packet size and window.
    pub data: &'a [u8],
}

impl Encode for Data<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::CHANNEL_DATA);
        out.put_u32(self.channel);
        out.put_string(self.data);
    }
}

/// `SSH_MSG_CHANNEL_EXTENDED_DATA`, RFC 4254 §5.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtendedData<'a> {
    /// The recipient's channel.
    pub channel: u32,
    /// [`STDERR`], or something unknown.
    pub code: u32,
    /// Counts against the window as data does.
    pub data: &'a [u8],
}

impl Encode for ExtendedData<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::CHANNEL_EXTENDED_DATA);
        out.put_u32(self.channel);
        out.put_u32(self.code);
        out.put_string(self.data);
    }
}

/// Declares a message whose only field is the recipient's channel.
macro_rules! channel_only {
    ($(#[$doc:meta])* $name:ident = $number:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name {
            /// The recipient's channel.
            pub channel: u32,
        }

        impl Encode for $name {
            fn encode(&self, out: &mut BytesMut) {
                out.put_u8(number::$number);
                out.put_u32(self.channel);
            }
        }
    };
}

channel_only! {
    /// `SSH_MSG_CHANNEL_EOF`, RFC 4254 §5.3.
    Eof = CHANNEL_EOF
}
channel_only! {
    /// `SSH_MSG_CHANNEL_CLOSE`, RFC 4254 §5.3.
    Close = CHANNEL_CLOSE
}
channel_only! {
    /// `SSH_MSG_CHANNEL_SUCCESS`, RFC 4254 §5.4.
    Success = CHANNEL_SUCCESS
}
channel_only! {
    /// `SSH_MSG_CHANNEL_FAILURE`, RFC 4254 §5.4.
    Failure = CHANNEL_FAILURE
}
