//! The client's side until it is let in: its first messages, encryption and its password.

use std::{io, sync::Arc};

use bytes::BytesMut;
use domain::{
    object::SecretText,
    stop::{EndReason, FailureStage, Stop},
};
use engine::{Arrival, LoginName, Stream};
use proto_database::{accept, fault::left, is_private};

use crate::{
    Shared,
    link::{Link, Messages as _},
    wire::{LONGEST, Opening, Startup, backend, text},
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
                    return Self::started(link, startup, arrival, encrypted, shared.tls.is_some()).await;
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
        encryption_is_offered: bool,
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
            encryption_is_offered,
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

    /// Asks for the password. Refuses where it could be overheard.
    pub(crate) async fn password(&mut self) -> Result<SecretText, Stop> {
        if !self.private {
            let (words, hint) = if self.encryption_is_offered {
                (
                    "this gateway takes passwords over TLS only",
                    "Connect with sslmode=require.",
                )
            } else {
                (
                    "this gateway has no TLS certificate and takes no passwords over a network",
                    "Ask an administrator for a certificate, or use `doorward connect`.",
                )
            };
            say_fatal(&mut self.link, "28000", words, Some(hint)).await;
            return Err(Stop::failed(
                EndReason::PolicyViolation,
                FailureStage::Connect,
                words,
            ));
        }
        let mut out = BytesMut::new();
        backend::ask_password(&mut out);
        self.link.write(&out).await.map_err(|error| left(&error))?;
        match self
            .link
            .message(LONGEST_PASSWORD)
            .await
            .map_err(|error| left(&error))?
        {
            (b'p', body) => Ok(SecretText::new(text(&body))),
            _ => Err(Stop::failed(
                EndReason::ProtocolError,
                FailureStage::Connect,
                "the client was asked for a password and sent something else",
            )),
        }
    }
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
