//! The client's side until it is let in: encryption, and its password.

use std::sync::Arc;

use aws_lc_rs::{
    constant_time,
    digest::{SHA256, digest},
};
use domain::{
    object::SecretText,
    stop::{EndReason, FailureStage, Stop},
};
use engine::{Arrival, LoginName, Stream, Tokens};
use proto_database::{
    Link, accept,
    fault::{broken, left},
    is_private,
};
use tokio::io::AsyncReadExt as _;

use crate::{
    link::Messages as _,
    wire::{Command, OK, error, status},
};

/// The first byte of a client that encrypts (RFC 8446 §5.1: a record of the handshake). No command begins with it.
const ENCRYPTS: u8 = 22;

/// A client that has said who it is.
pub(crate) struct Caller {
    pub(crate) link: Link,
    pub(crate) name: LoginName,
    pub(crate) login: Login,
    privacy: Privacy,
    /// Its password has not been looked at.
    fresh: bool,
}

/// How a client signs in.
pub(crate) struct Login {
    /// [`None`] when that was proven elsewhere.
    pub(crate) credentials: Option<Credentials>,
    /// What else it said with a `HELLO`.
    pub(crate) hello: Option<Hello>,
}

/// The version of the protocol that a client wants, and its own name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hello {
    pub(crate) version: u8,
    pub(crate) name: Option<Vec<u8>>,
}

/// A login name and a password.
#[derive(Clone)]
pub(crate) struct Credentials {
    user: String,
    password: SecretText,
}

/// Who could overhear a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Privacy {
    /// Nobody: it is encrypted, never leaves this machine, or another transport carries it.
    Private,
    /// The network; encryption was offered.
    Refused,
    /// The network; the gateway has no certificate.
    Impossible,
}

impl Credentials {
    /// Reads those of an `AUTH`: a password, or a user and a password.
    pub(crate) fn of_auth(command: &Command<'_>) -> Option<Self> {
        match command.count {
            2 => Self::of(Some(b"default"), command.argument(1)),
            3 => Self::of(command.argument(1), command.argument(2)),
            _ => None,
        }
    }

    /// Reads both.
    pub(crate) fn of(user: Option<&[u8]>, password: Option<&[u8]>) -> Option<Self> {
        let text = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        Some(Self {
            user: text(user)?,
            password: SecretText::new(text(password)?),
        })
    }

    /// Tells whether others are the same, in constant time.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let hash = |one: &Self| digest(&SHA256, one.password.expose().as_bytes());
        let same = constant_time::verify_slices_are_equal(hash(self).as_ref(), hash(other).as_ref()).is_ok();
        same && self.user == other.user
    }

    /// Gives the login name: of passwords for databases it is a part of them, and need not be said.
    fn name(&self) -> LoginName {
        let of_password = Tokens::database_login_of(self.password.expose());
        let name = match (self.user.as_str(), of_password) {
            ("" | "default", Some(login)) => login,
            (user, _) => user,
        };
        LoginName::parse(name)
    }
}

impl Caller {
    /// Reads until the client signs in.
    pub(crate) async fn welcome(
        stream: Stream,
        arrival: &Arrival,
        tls: Option<&Arc<rustls::ServerConfig>>,
    ) -> Result<Self, Stop> {
        let mut link = Link::new(stream);
        let mut privacy = match (is_private(arrival), tls) {
            (true, _) => Privacy::Private,
            (false, Some(_)) => Privacy::Refused,
            (false, None) => Privacy::Impossible,
        };
        if arrival.carried.is_some() {
            // Who it is was proven; the client may have nothing to say.
            return Ok(Self {
                link,
                name: LoginName::parse(""),
                login: Login {
                    credentials: None,
                    hello: None,
                },
                privacy,
                fresh: false,
            });
        }
        link.fill(1).await.map_err(|error| left(&error))?;
        if link.read.first() == Some(&ENCRYPTS) {
            let config =
                tls.ok_or_else(|| broken("the client encrypts, and the gateway has no certificate"))?;
            link = encrypt(link, config).await?;
            privacy = Privacy::Private;
        }
        let (credentials, hello) = signs_in(&mut link).await?;
        Ok(Self {
            link,
            name: credentials.name(),
            login: Login {
                credentials: Some(credentials),
                hello,
            },
            privacy,
            fresh: true,
        })
    }

    /// Gives the client's password; that of another attempt, when the one before was wrong. Refuses where it could be overheard.
    pub(crate) async fn password(&mut self) -> Result<Option<SecretText>, Stop> {
        let words = match self.privacy {
            Privacy::Private => None,
            Privacy::Refused => {
                Some("this gateway takes passwords over TLS only: connect with --tls, or by rediss://")
            }
            Privacy::Impossible => Some(
                "this gateway has no TLS certificate and takes no passwords over a network: use `doorward connect`",
            ),
        };
        if let Some(words) = words {
            let stop = Stop::failed(EndReason::PolicyViolation, FailureStage::Connect, words);
            return Err(stop.with_message(words));
        }
        while !std::mem::take(&mut self.fresh) {
            self.say(&error(
                "WRONGPASS",
                "invalid username-password pair or user is disabled.",
            ))
            .await?;
            let (credentials, hello) = signs_in(&mut self.link).await?;
            // Who it is was said, and stays so.
            self.fresh = credentials.name() == self.name;
            self.login = Login {
                credentials: Some(credentials),
                hello,
            };
        }
        let credentials = self.login.credentials.as_ref();
        Ok(credentials.map(|credentials| credentials.password.clone()))
    }

    /// Says something to the client.
    pub(crate) async fn say(&mut self, words: &[u8]) -> Result<(), Stop> {
        self.link.write(words).await.map_err(|error| left(&error))
    }
}

/// Encrypts what has begun to be encrypted.
async fn encrypt(link: Link, config: &Arc<rustls::ServerConfig>) -> Result<Link, Stop> {
    let Link { stream, read } = link;
    let (from, to) = tokio::io::split(stream);
    let again = std::io::Cursor::new(read).chain(from);
    let whole = Link::new(Box::new(tokio::io::join(again, to)));
    accept(whole, Arc::clone(config)).await
}

/// Reads commands until one signs in; answers the others as a server does.
async fn signs_in(link: &mut Link) -> Result<(Credentials, Option<Hello>), Stop> {
    loop {
        let requests = match link.command().await {
            Ok(requests) => requests,
            Err(error) => return Err(unread(link, &error).await),
        };
        let command = requests.command();
        let said = match command.word(0).as_str() {
            "" if command.count == 0 => continue,
            "AUTH" => match Credentials::of_auth(&command) {
                Some(credentials) => return Ok((credentials, None)),
                None if command.count < 2 => error("ERR", "wrong number of arguments for 'auth' command"),
                None => error("ERR", "syntax error"),
            },
            "HELLO" => match hello(&command) {
                Ok((hello, Some(credentials))) => return Ok((credentials, Some(hello))),
                Ok((_, None)) => error(
                    "NOAUTH",
                    "HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
                ),
                Err(error) => error,
            },
            "RESET" => status("RESET"),
            "QUIT" => {
                link.write(OK).await.map_err(|error| left(&error))?;
                return Err(Stop::new(EndReason::UserDisconnect));
            }
            // What a browser says that was led here by somebody else.
            "POST" | "HOST:" => return Err(broken("the client speaks HTTP")),
            _ => error("NOAUTH", "Authentication required."),
        };
        link.write(&said).await.map_err(|error| left(&error))?;
    }
}

/// Says what cannot be read, as a server does.
async fn unread(link: &mut Link, why: &std::io::Error) -> Stop {
    if why.kind() == std::io::ErrorKind::InvalidData {
        // It ends in any case.
        let _heard = link.write(&error("ERR", &why.to_string())).await;
    }
    left(why)
}

/// Reads a `HELLO`; the error is what a server answers.
fn hello(command: &Command<'_>) -> Result<(Hello, Option<Credentials>), bytes::Bytes> {
    let mut hello = Hello {
        version: 2,
        name: None,
    };
    let mut credentials = None;
    if let Some(version) = command.argument(1) {
        hello.version = match std::str::from_utf8(version)
            .ok()
            .and_then(|text| text.parse::<i64>().ok())
        {
            Some(2) => 2,
            Some(3) => 3,
            Some(_) => return Err(error("NOPROTO", "unsupported protocol version")),
            None => return Err(error("ERR", "Protocol version is not an integer or out of range")),
        };
    }
    let mut at = 2;
    while at < command.kept() {
        let (word, left) = (command.word(at), command.kept() - at - 1);
        match word.as_str() {
            "AUTH" if left >= 2 => {
                credentials = Credentials::of(command.argument(at + 1), command.argument(at + 2));
                at += 3;
            }
            "SETNAME" if left >= 1 => {
                hello.name = command.argument(at + 1).map(<[u8]>::to_vec);
                at += 2;
            }
            _ => return Err(error("ERR", "Syntax error in HELLO option")),
        }
    }
    Ok((hello, credentials))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::tests::with;

    #[test]
    fn every_form_of_a_login_is_read() {
        for (line, user, password) in [("AUTH ann:db p", "ann:db", "p"), ("AUTH p", "default", "p")] {
            let read = with(line, Credentials::of_auth).expect("a login");
            assert_eq!((read.user.as_str(), read.password.expose()), (user, password));
        }
        let (greeting, login) = with("HELLO 3 SETNAME me AUTH ann:db p", hello).expect("a greeting");
        assert_eq!(
            (greeting.version, greeting.name.as_deref()),
            (3, Some(&b"me"[..]))
        );
        assert!(login.is_some_and(|login| login.user == "ann:db"));
        for (line, word) in [
            ("HELLO x", "integer"),
            ("HELLO 4", "NOPROTO"),
            ("HELLO 3 AUTH x", "Syntax"),
        ] {
            let said = with(line, hello).err().expect("an error");
            assert!(String::from_utf8_lossy(&said).contains(word), "{line}");
        }
    }

    #[test]
    fn a_password_for_databases_names_its_login() {
        let text = format!("dwp_0123abcd_{}", "x".repeat(43));
        let name =
            |user: &[u8]| Credentials::of(Some(user), Some(text.as_bytes())).map(|login| login.name().user);
        assert_eq!(name(b"default").as_deref(), Some("dwp_0123abcd"));
        assert_eq!(name(b"ann:db").as_deref(), Some("ann"));
    }
}
