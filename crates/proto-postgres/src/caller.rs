//! The client's side until it is let in: its first messages, encryption and its password.

use std::{io, sync::Arc};

use aws_lc_rs::rand;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use domain::{
    object::SecretText,
    stop::{EndReason, FailureStage, Stop},
};
use engine::{Arrival, LoginName, Scram, Stream};
use proto_database::{accept, fault::left, is_private};

use crate::{
    Shared,
    link::{Link, Messages as _},
    wire::{
        LONGEST, Opening, Startup, backend, sasl_initial,
        scram::{self, Exchange},
        text,
    },
};

/// The longest password that is taken.
const LONGEST_PASSWORD: usize = 4096;

/// How often a client may ask for encryption of either kind before it comes to the point.
const OPENINGS: usize = 4;

/// A client that has said who it is.
pub(crate) struct Caller {
    pub(crate) link: Link,
    pub(crate) name: LoginName,
    pub(crate) startup: Startup,
    /// Its password cannot be overheard: it is encrypted, or never leaves this machine, or none is needed.
    private: bool,
    encryption_is_offered: bool,
    /// What its login can be bound to.
    binding: Option<Arc<[u8]>>,
    reached: Reached,
}

/// How far the login has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reached {
    /// The client has said who it is.
    Name,
    /// It was asked for a password. Clients give the same one again.
    Password,
    /// It knows that its login is over.
    End,
}

impl Caller {
    /// Reads the first messages. A request to cancel is carried out here, and ends the connection as it does with the server itself.
    pub(crate) async fn welcome(
        stream: Stream,
        arrival: &Arrival,
        shared: &Arc<Shared>,
    ) -> Result<Self, Stop> {
        let mut link = Link::new(stream);
        let mut encrypted = false;
        for _ in 0..OPENINGS {
            let body = link.untagged(LONGEST).await.map_err(|error| left(&error))?;
            match Opening::read(&body) {
                Ok(Opening::Ssl) if !encrypted && shared.tls.is_some() => {
                    link = encrypt(link, shared).await?;
                    encrypted = true;
                }
                Ok(Opening::Ssl | Opening::Gss) => link.write(b"N").await.map_err(|error| left(&error))?,
                Ok(Opening::Cancel { process, secret }) => {
                    match shared.cancels.find(process, secret) {
                        Some(running) => running.cancel().await,
                        None => {
                            tracing::debug!(peer = %arrival.peer, "a request to cancel has no key of this gateway");
                        }
                    }
                    return Err(Stop::new(EndReason::UserDisconnect));
                }
                Ok(Opening::Startup(startup)) => {
                    return Self::started(link, startup, arrival, encrypted, shared).await;
                }
                Err(why) => {
                    say_fatal(&mut link, "08P01", why, None).await;
                    return Err(Stop::failed(EndReason::ProtocolError, FailureStage::Connect, why));
                }
            }
        }
        Err(Stop::failed(
            EndReason::ProtocolError,
            FailureStage::Connect,
            "the client does not come to the point",
        ))
    }

    async fn started(
        mut link: Link,
        startup: Startup,
        arrival: &Arrival,
        encrypted: bool,
        shared: &Arc<Shared>,
    ) -> Result<Self, Stop> {
        if startup.minor > 0 || startup.unknown_options().next().is_some() {
            let mut out = BytesMut::new();
            backend::oldest_version(&mut out, startup.unknown_options());
            link.write(&out).await.map_err(|error| left(&error))?;
        }
        let name = LoginName::parse(startup.get("user").unwrap_or_default());
        Ok(Self {
            link,
            name,
            startup,
            private: encrypted || is_private(arrival),
            encryption_is_offered: shared.tls.is_some(),
            binding: shared.binding.clone().filter(|_| encrypted),
            reached: Reached::Name,
        })
    }

    /// Gives the database that the client names; [`None`] when it is only the login name again, as clients do by default.
    pub(crate) fn database(&self) -> Option<&str> {
        let user = self.startup.get("user");
        let named = self.startup.get("database");
        named.filter(|database| !database.is_empty() && Some(*database) != user)
    }

    /// Lists what the client sets for its session, for the server.
    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        let own = |name: &str| matches!(name, "user" | "database") || name.starts_with("_pq_.");
        let all = self.startup.parameters.iter();
        all.filter(|(name, _)| !own(name)).cloned().collect()
    }

    /// Writes that its login is over, once.
    pub(crate) fn let_in(&mut self, out: &mut BytesMut) {
        if std::mem::replace(&mut self.reached, Reached::End) != Reached::End {
            backend::authenticated(out);
        }
    }

    /// Asks for the password, once. Refuses where it could be overheard.
    pub(crate) async fn password(&mut self) -> Result<Option<SecretText>, Stop> {
        if std::mem::replace(&mut self.reached, Reached::Password) != Reached::Name {
            return Ok(None);
        }
        if !self.private {
            let (words, hint) = if self.encryption_is_offered {
                (
                    "this gateway takes passwords over TLS only",
                    "Connect with sslmode=require.",
                )
            } else {
                (
                    "this gateway has no TLS certificate and takes no passwords over a network",
                    "Use a password of `doorward db login`, which is not sent, or `doorward connect`.",
                )
            };
            return Err(self.refuse(words, hint).await);
        }
        let mut out = BytesMut::new();
        backend::ask_password(&mut out);
        self.link.write(&out).await.map_err(|error| left(&error))?;
        let body = self.response().await?;
        Ok(Some(SecretText::new(text(&body))))
    }

    /// Asks for a proof of the password, which is not sent; tells whether it is right.
    pub(crate) async fn prove(&mut self, scram: &Scram) -> Result<bool, Stop> {
        // The password is safe; what follows would not be.
        if !self.private && self.encryption_is_offered {
            let hint = "Connect with sslmode=require.";
            return Err(self.refuse("this gateway takes logins over TLS only", hint).await);
        }
        let binding = self.binding.clone();
        let mechanisms = [scram::PLUS, scram::PLAIN];
        let mut out = BytesMut::new();
        backend::ask_sasl(
            &mut out,
            mechanisms
                .get(usize::from(binding.is_none())..)
                .unwrap_or(&mechanisms),
        );
        self.link.write(&out).await.map_err(|error| left(&error))?;
        let body = self.response().await?;
        let (mechanism, first) =
            sasl_initial(&body).ok_or_else(|| misread("the first SCRAM message cannot be read"))?;
        let nonce = nonce()?;
        let (exchange, answer) =
            Exchange::begin(first, &mechanism, binding.as_deref(), scram, &nonce).map_err(misread)?;
        out.clear();
        backend::sasl_continue(&mut out, &answer);
        self.link.write(&out).await.map_err(|error| left(&error))?;
        let body = self.response().await?;
        let Some(last) = exchange.finish(&body, scram).map_err(misread)? else {
            return Ok(false);
        };
        out.clear();
        backend::sasl_final(&mut out, &last);
        self.link.write(&out).await.map_err(|error| left(&error))?;
        Ok(true)
    }

    /// Reads what the client answers to a request of its login.
    async fn response(&mut self) -> Result<Bytes, Stop> {
        match self.link.message(LONGEST_PASSWORD).await {
            Ok((b'p', body)) => Ok(body),
            Ok(_) => Err(misread(
                "the client was asked for a password and sent something else",
            )),
            Err(error) => Err(left(&error)),
        }
    }

    async fn refuse(&mut self, words: &'static str, hint: &str) -> Stop {
        say_fatal(&mut self.link, "28000", words, Some(hint)).await;
        Stop::failed(EndReason::PolicyViolation, FailureStage::Connect, words)
    }
}

/// Gives 144 random bits as text.
fn nonce() -> Result<String, Stop> {
    let mut bytes = [0; 18];
    rand::fill(&mut bytes).map_err(|_| misread("no random numbers"))?;
    Ok(STANDARD.encode(bytes))
}

fn misread(detail: &'static str) -> Stop {
    Stop::failed(EndReason::ProtocolError, FailureStage::Connect, detail)
}

/// Answers the client's wish for encryption.
async fn encrypt(mut link: Link, shared: &Arc<Shared>) -> Result<Link, Stop> {
    let config = shared
        .tls
        .clone()
        .ok_or_else(|| left(&io::ErrorKind::Unsupported.into()))?;
    link.write(b"S").await.map_err(|error| left(&error))?;
    accept(link, config).await
}

/// Says why it ends; whoever is gone already hears nothing.
pub(crate) async fn say_fatal(link: &mut Link, code: &str, words: &str, hint: Option<&str>) {
    let mut out = BytesMut::new();
    backend::fatal(&mut out, code, words, hint);
    if let Err(error) = link.write(&out).await {
        tracing::debug!(%error, "the last words were not heard");
    }
}
