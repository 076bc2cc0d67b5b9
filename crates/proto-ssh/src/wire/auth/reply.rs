//! What a server answers.

use bytes::{BufMut, BytesMut};

use super::Method;
use crate::wire::codec::{Encode, Malformed, Put, Reader};
use crate::wire::number;

/// Any answer to an authentication request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply<'a> {
    /// In; the connection protocol follows.
    Success,
    /// Not in, or not yet.
    Failure(Failure<'a>),
    /// Text to be shown to the person, at any time.
    Banner(Banner<'a>),
    /// The key asked about would do.
    PublicKeyOk(PublicKeyOk<'a>),
    /// The password must be changed first.
    PasswordChange(PasswordChange<'a>),
    /// Prompts to be answered.
    InfoRequest(InfoRequest<'a>),
}

impl<'a> Reply<'a> {
    /// Decodes a payload; `None` if it is another message.
    ///
    /// `asked` is the method of the request that is open: number 60 means something else for each.
    pub fn parse(payload: &'a [u8], asked: &Method<'_>) -> Result<Option<Self>, Malformed> {
        let mut reader = Reader::new(payload, "authentication reply");
        let reply = match (reader.byte()?, asked) {
            (number::USERAUTH_SUCCESS, _) => Self::Success,
            (number::USERAUTH_FAILURE, _) => Self::Failure(Failure {
                methods: reader.text()?,
                partial: reader.boolean()?,
            }),
            (number::USERAUTH_BANNER, _) => Self::Banner(Banner {
                text: reader.prose()?,
            }),
            (number::USERAUTH_METHOD_60, Method::PublicKey(_)) => Self::PublicKeyOk(PublicKeyOk {
                algorithm: reader.text()?,
                key: reader.string()?,
            }),
            (number::USERAUTH_METHOD_60, Method::Password { .. }) => Self::PasswordChange(PasswordChange {
                prompt: reader.prose()?,
            }),
            (number::USERAUTH_METHOD_60, Method::KeyboardInteractive { .. }) => {
                Self::InfoRequest(InfoRequest::read(reader)?)
            }
            _ => return Ok(None),
        };
        Ok(Some(reply))
    }
}

/// `SSH_MSG_USERAUTH_SUCCESS`, RFC 4252 §5.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Success;

impl Encode for Success {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::USERAUTH_SUCCESS);
    }
}

/// `SSH_MSG_USERAUTH_FAILURE`, RFC 4252 §5.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure<'a> {
    /// The methods that can continue, with commas.
    pub methods: &'a str,
    /// Whether the request was right but more is needed.
    pub partial: bool,
}

impl Encode for Failure<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::USERAUTH_FAILURE);
        out.put_string(self.methods);
        out.put_boolean(self.partial);
    }
}

/// `SSH_MSG_USERAUTH_BANNER`, RFC 4252 §5.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Banner<'a> {
    /// Lines end with CR LF; the sender is not to be trusted with control characters.
    pub text: &'a str,
}

impl Encode for Banner<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::USERAUTH_BANNER);
        out.put_string(self.text);
        out.put_string("");
    }
}

/// `SSH_MSG_USERAUTH_PK_OK`, RFC 4252 §7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKeyOk<'a> {
    /// As in the request.
    pub algorithm: &'a str,
    /// As in the request.
    pub key: &'a [u8],
}

impl Encode for PublicKeyOk<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::USERAUTH_METHOD_60);
        out.put_string(self.algorithm);
        out.put_string(self.key);
    }
}

/// `SSH_MSG_USERAUTH_PASSWD_CHANGEREQ`, RFC 4252 §8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordChange<'a> {
    /// For the person.
    pub prompt: &'a str,
}

impl Encode for PasswordChange<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::USERAUTH_METHOD_60);
        out.put_string(self.prompt);
        out.put_string("");
    }
}

/// `SSH_MSG_USERAUTH_INFO_REQUEST`, RFC 4256 §3.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InfoRequest<'a> {
    /// A title.
    pub name: &'a str,
    /// A text above the prompts.
    pub instruction: &'a str,
    /// May be empty: then an empty answer is expected at once.
    pub prompts: Vec<Prompt<'a>>,
}

/// One question of an [`InfoRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prompt<'a> {
    /// The question.
    pub text: &'a str,
    /// Whether the answer may be seen while it is typed.
    pub echo: bool,
}

impl<'a> InfoRequest<'a> {
    fn read(mut reader: Reader<'a>) -> Result<Self, Malformed> {
        let name = reader.prose()?;
        let instruction = reader.prose()?;
        let _language = reader.string()?;
        let count = reader.u32()? as usize;
        // Each takes five bytes at least, so the packet bounds what is reserved.
        if count > reader.remaining() / 5 {
            return Err(reader.malformed());
        }
        let prompts = (0..count)
            .map(|_| {
                Ok(Prompt {
                    text: reader.prose()?,
                    echo: reader.boolean()?,
                })
            })
            .collect::<Result<_, Malformed>>()?;
        Ok(Self {
            name,
            instruction,
            prompts,
        })
    }
}

impl Encode for InfoRequest<'_> {
    fn encode(&self, out: &mut BytesMut) {
        out.put_u8(number::USERAUTH_METHOD_60);
        out.put_string(self.name);
        out.put_string(self.instruction);
        out.put_string("");
        out.put_u32(self.prompts.len() as u32);
        for prompt in &self.prompts {
            out.put_string(prompt.text);
            out.put_boolean(prompt.echo);
        }
    }
}
