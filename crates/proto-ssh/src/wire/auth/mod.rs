//! The authentication protocol's messages (RFC 4252, RFC 4256, OpenSSH's host-bound public keys), as pure codecs.
//!
//! In the server role a payload is decoded with [`ServiceRequest::parse`], then [`Request::parse`] and, while a
//! keyboard-interactive dialogue is open, [`InfoResponse::parse`]; answers are [`Failure`], [`Success`], [`Banner`],
//! [`PublicKeyOk`], [`PasswordChange`] and [`InfoRequest`]. A signed request is checked with
//! [`PublicKeyMethod::verify`].
//! In the client role a [`Request`] (or [`sign_request`]) is sent and the answer decoded with [`Reply::parse`].

mod proof;
mod reply;
mod request;
#[cfg(test)]
mod tests;

use std::fmt;

use bytes::{BufMut, BytesMut};

use super::codec::{Encode, Malformed, Put, Reader};
use super::number;

pub use proof::{ProofError, sign_request};
pub use reply::{Banner, Failure, InfoRequest, PasswordChange, Prompt, PublicKeyOk, Reply, Success};
pub use request::{InfoResponse, Method, PublicKeyMethod, Request, Signed};

/// The service that authentication runs as.
pub const USERAUTH_SERVICE: &str = "ssh-userauth";
/// The service that authentication leads to.
pub const CONNECTION_SERVICE: &str = "ssh-connection";

/// A password or an answer to a prompt, borrowed from its message; prints as `***`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secret<'a>(pub &'a str);

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// `SSH_MSG_SERVICE_REQUEST`, RFC 4253 §10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceRequest<'a> {
    /// [`USERAUTH_SERVICE`] in practice.
    pub service: &'a str,
}

impl<'a> ServiceRequest<'a> {
    /// Decodes a payload; `None` if it is another message.
    pub fn parse(payload: &'a [u8]) -> Result<Option<Self>, Malformed> {
        let mut reader = Reader::new(payload, "service request");
        if reader.byte()? != number::SERVICE_REQUEST {
            return Ok(None);
        }
        Ok(Some(Self {
            service: reader.text()?,
        }))
    }
}

impl Encode for ServiceRequest<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::SERVICE_REQUEST);
        out.put_string(self.service);
    }
}

/// `SSH_MSG_SERVICE_ACCEPT`, RFC 4253 §10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceAccept<'a> {
    /// As in the request.
    pub service: &'a str,
}

impl<'a> ServiceAccept<'a> {
    /// Decodes a payload; `None` if it is another message.
    pub fn parse(payload: &'a [u8]) -> Result<Option<Self>, Malformed> {
        let mut reader = Reader::new(payload, "service accept");
        if reader.byte()? != number::SERVICE_ACCEPT {
            return Ok(None);
        }
        // Some old servers leave the name out.
        let service = if reader.remaining() == 0 {
            ""
        } else {
            reader.text()?
        };
        Ok(Some(Self { service }))
    }
}

impl Encode for ServiceAccept<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::SERVICE_ACCEPT);
        out.put_string(self.service);
    }
}
