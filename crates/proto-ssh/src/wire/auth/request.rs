//! What a client says to be let in.

use bytes::{BufMut, BytesMut};

use super::Secret;
use crate::wire::codec::{Encode, Malformed, Put, Reader};
use crate::wire::number;

/// The name of the method that binds a signature to the server's host key, OpenSSH `PROTOCOL` §1.
const HOST_BOUND: &str = "publickey-hostbound-v00@openssh.com";

/// `SSH_MSG_USERAUTH_REQUEST`, RFC 4252 §5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// Who wants in.
    pub user: &'a str,
    /// The service to be started, [`CONNECTION_SERVICE`](super::CONNECTION_SERVICE).
    pub service: &'a str,
    /// How.
    pub method: Method<'a>,
}

/// A method of authentication, with its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method<'a> {
    /// `none`, RFC 4252 §5.2: asks for the methods that can continue.
    None,
    /// `password`, RFC 4252 §8.
    Password {
        /// The current one.
        password: Secret<'a>,
        /// The one to change to, after a [`PasswordChange`](super::PasswordChange).
        new: Option<Secret<'a>>,
    },
    /// `publickey`, RFC 4252 §7, and its host-bound form.
    PublicKey(PublicKeyMethod<'a>),
    /// `keyboard-interactive`, RFC 4256 §3.1.
    KeyboardInteractive {
        /// A hint, usually empty.
        submethods: &'a str,
    },
    /// Any other, such as `hostbased` or `gssapi-with-mic`.
    Other {
        /// The method's name.
        name: &'a str,
    },
}

/// The fields of `publickey` and `publickey-hostbound-v00@openssh.com`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKeyMethod<'a> {
    /// The signature algorithm, such as `rsa-sha2-512`.
    pub algorithm: &'a str,
    /// The public key or certificate, in the wire's form.
    pub key: &'a [u8],
    /// The host key the client saw, if the method is the host-bound one.
    pub host_key: Option<&'a [u8]>,
    /// `None` only asks whether this key would do.
    pub signed: Option<Signed<'a>>,
}

/// A signature and what it was made over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed<'a> {
    /// In the wire's form: algorithm and signature.
    pub signature: &'a [u8],
    /// The request up to the signature; the session identifier, as a `string`, comes before it.
    pub request: &'a [u8],
}

impl<'a> Request<'a> {
    /// Decodes a payload; `None` if it is another message.
    pub fn parse(payload: &'a [u8]) -> Result<Option<Self>, Malformed> {
        let mut reader = Reader::new(payload, "authentication request");
        if reader.byte()? != number::USERAUTH_REQUEST {
            return Ok(None);
        }
        let user = reader.text()?;
        let service = reader.text()?;
        let method = match reader.text()? {
            "none" => Method::None,
            "password" => {
                let change = reader.boolean()?;
                let password = Secret(reader.text()?);
                let new = if change {
                    Some(Secret(reader.text()?))
                } else {
                    None
                };
                Method::Password { password, new }
            }
            "publickey" => Method::PublicKey(PublicKeyMethod::read(payload, reader, false)?),
            HOST_BOUND => Method::PublicKey(PublicKeyMethod::read(payload, reader, true)?),
            "keyboard-interactive" => {
                let _language = reader.string()?;
                Method::KeyboardInteractive {
                    submethods: reader.text()?,
                }
            }
            name => Method::Other { name },
        };
        Ok(Some(Self {
            user,
            service,
            method,
        }))
    }
}

impl<'a> PublicKeyMethod<'a> {
    fn read(payload: &'a [u8], mut reader: Reader<'a>, host_bound: bool) -> Result<Self, Malformed> {
        let has_signature = reader.boolean()?;
        let algorithm = reader.text()?;
        let key = reader.string()?;
        let host_key = if host_bound { Some(reader.string()?) } else { None };
        let signed = if has_signature {
            let request = payload
                .len()
                .checked_sub(reader.remaining())
                .and_then(|end| payload.get(..end));
            let request = request.ok_or(reader.malformed())?;
            Some(Signed {
                signature: reader.string()?,
                request,
            })
        } else {
            None
        };
        reader.end()?;
        Ok(Self {
            algorithm,
            key,
            host_key,
            signed,
        })
    }

    /// The method's name in requests.
    fn name(&self) -> &'static str {
        if self.host_key.is_some() {
            HOST_BOUND
        } else {
            "publickey"
        }
    }

    /// Appends the fields up to the signature, with the flag that says whether one follows.
    pub(super) fn put_unsigned(&self, out: &mut impl BufMut, signature_follows: bool) {
        out.put_boolean(signature_follows);
        out.put_string(self.algorithm);
        out.put_string(self.key);
        if let Some(host_key) = self.host_key {
            out.put_string(host_key);
        }
    }
}

impl Request<'_> {
    /// Appends the message up to the fields of the method.
    pub(super) fn put_head(&self, out: &mut impl BufMut) {
        let name = match &self.method {
            Method::None => "none",
            Method::Password { .. } => "password",
            Method::PublicKey(method) => method.name(),
            Method::KeyboardInteractive { .. } => "keyboard-interactive",
            Method::Other { name } => name,
        };
        out.put_u8(number::USERAUTH_REQUEST);
        out.put_string(self.user);
        out.put_string(self.service);
        out.put_string(name);
    }
}

impl Encode for Request<'_> {
    fn encode(&self, out: &mut BytesMut) {
        self.put_head(out);
        match &self.method {
            Method::None | Method::Other { .. } => {}
            Method::Password { password, new } => {
                out.put_boolean(new.is_some());
                out.put_string(password.0);
                if let Some(new) = new {
                    out.put_string(new.0);
                }
            }
            Method::PublicKey(method) => {
                method.put_unsigned(out, method.signed.is_some());
                if let Some(signed) = &method.signed {
                    out.put_string(signed.signature);
                }
            }
            Method::KeyboardInteractive { submethods } => {
                out.put_string("");
                out.put_string(submethods);
            }
        }
    }
}

/// `SSH_MSG_USERAUTH_INFO_RESPONSE`, RFC 4256 §3.4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InfoResponse<'a> {
    /// One for each prompt, in their order.
    pub answers: Vec<Secret<'a>>,
}

impl<'a> InfoResponse<'a> {
    /// Decodes a payload; `None` if it is another message.
    ///
    /// The count of answers is for the caller to compare with the count of prompts.
    pub fn parse(payload: &'a [u8]) -> Result<Option<Self>, Malformed> {
        let mut reader = Reader::new(payload, "authentication answers");
        if reader.byte()? != number::USERAUTH_INFO_RESPONSE {
            return Ok(None);
        }
        let count = reader.u32()? as usize;
        // Each takes four bytes at least, so the packet bounds what is reserved.
        if count > reader.remaining() / 4 {
            return Err(reader.malformed());
        }
        let answers = (0..count)
            .map(|_| reader.text().map(Secret))
            .collect::<Result<_, _>>()?;
        Ok(Some(Self { answers }))
    }
}

impl Encode for InfoResponse<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::USERAUTH_INFO_RESPONSE);
        out.put_u32(self.answers.len() as u32);
        for answer in &self.answers {
            out.put_string(answer.0);
        }
    }
}
