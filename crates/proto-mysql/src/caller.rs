//! The client's side until it is let in: the greeting, encryption and its password.

use std::{io, sync::Arc};

use aws_lc_rs::rand;
use bytes::Bytes;
use domain::{
    object::SecretText,
    stop::{EndReason, FailureStage, Stop},
};
use engine::{Arrival, LoginName, Stream};
use proto_database::{
    accept,
    fault::{broken, left, refused},
    is_private,
};

use crate::{
    Shared,
    faces::User,
    link::{Link, Packets as _},
    scramble,
    threads::Thread,
    wire::{Body, Greeting, Response, capability, error},
};

/// `AuthMoreData` of `caching_sha2_password`: the proof is right.
const PROVEN: [u8; 2] = [1, 3];
/// `AuthMoreData` of `caching_sha2_password`: the password is wanted.
const FULL_LOGIN: [u8; 2] = [1, 4];
/// What a client sends that wants the key to encrypt its password with.
const KEY_WANTED: u8 = 2;

/// The longest password that is taken.
const LONGEST_PASSWORD: usize = 4096;

/// A client that has said who it is.
pub(crate) struct Caller {
    pub(crate) link: Link,
    pub(crate) name: LoginName,
    pub(crate) response: Response,
    pub(crate) users: Vec<User>,
    pub(crate) thread: Thread,
    nonce: Vec<u8>,
    /// The number of its last packet.
    sequence: u8,
    privacy: Privacy,
    asked: bool,
}

/// Who could overhear a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Privacy {
    /// Nobody: the connection is encrypted.
    Encrypted,
    /// Nobody: it never leaves this machine, or another transport carries it.
    Local,
    /// The network; encryption was offered.
    Refused,
    /// The network; the gateway has no certificate.
    Impossible,
}

impl Caller {
    /// Greets and reads the first packets.
    pub(crate) async fn welcome(
        stream: Stream,
        arrival: &Arrival,
        shared: &Arc<Shared>,
    ) -> Result<Self, Stop> {
        let mut link = Link::new(stream);
        let mut users = vec![User::Address(arrival.peer.ip()), User::Anybody];
        if let Some(carried) = &arrival.carried {
            users.insert(0, User::Resource(carried.resource.clone()));
        }
        let mut face = shared.faces.find(&users);
        if shared.tls.is_some() {
            face.capabilities |= capability::SSL;
        }
        let thread = shared.threads.issue();
        let nonce = nonce()?;
        let greeting = Greeting {
            version: face.version.clone(),
            thread: thread.number,
            nonce: nonce.clone(),
            capabilities: face.capabilities,
            extended: face.extended,
            charset: face.charset,
            // SERVER_STATUS_AUTOCOMMIT
            status: 2,
            plugin: scramble::CACHING_SHA2.to_owned(),
        };
        link.send(0, &greeting.write())
            .await
            .map_err(|error| left(&error))?;
        let (mut sequence, mut body) = link.packet_alone().await.map_err(|error| left(&error))?;
        let mut encrypted = false;
        if let (true, Some(config)) = (Response::asks_to_encrypt(&body), &shared.tls) {
            link = accept(link, Arc::clone(config)).await?;
            encrypted = true;
            (sequence, body) = link.packet().await.map_err(|error| left(&error))?;
        }
        let response = match Response::read(&body) {
            Ok(response) => response,
            Err(why) => {
                say(&mut link, sequence.wrapping_add(1), 1043, "08S01", why).await;
                return Err(broken(why));
            }
        };
        Ok(Self {
            link,
            name: LoginName::parse(&response.user),
            response,
            users,
            thread,
            nonce,
            sequence,
            privacy: match (encrypted, is_private(arrival), &shared.tls) {
                (true, ..) => Privacy::Encrypted,
                (_, true, _) => Privacy::Local,
                (.., Some(_)) => Privacy::Refused,
                (.., None) => Privacy::Impossible,
            },
            asked: false,
        })
    }

    /// Gives the number of the next packet to the client.
    pub(crate) fn next(&self) -> u8 {
        self.sequence.wrapping_add(1)
    }

    /// Gives the database that the client names.
    pub(crate) fn database(&self) -> Option<&str> {
        let named = self.response.capabilities & capability::CONNECT_WITH_DB != 0;
        Some(self.response.database.as_str()).filter(|name| named && !name.is_empty())
    }

    /// Asks for the password; [`None`] when it was asked before, as a client answers once. Refuses where it could be overheard.
    pub(crate) async fn password(&mut self, shared: &Shared) -> Result<Option<SecretText>, Stop> {
        if std::mem::replace(&mut self.asked, true) {
            return Ok(None);
        }
        let overheard = match self.privacy {
            Privacy::Encrypted | Privacy::Local => None,
            Privacy::Refused => {
                Some("this gateway takes passwords over TLS only: connect with --ssl or --ssl-mode=REQUIRED")
            }
            Privacy::Impossible => Some(
                "this gateway has no TLS certificate and takes no passwords over a network: use `doorward connect`",
            ),
        };
        if let Some(words) = overheard {
            let stop = Stop::failed(EndReason::PolicyViolation, FailureStage::Connect, words);
            return Err(stop.with_message(words));
        }
        let sha2 = self.response.plugin == scramble::CACHING_SHA2;
        let program = self.response.attribute("_client_name").unwrap_or_default();
        // The programs of MySQL send a password in the clear only when they are told to, but have a way to encrypt it.
        let of_mysql = program == "libmysql";
        let answer = if sha2 && (self.privacy == Privacy::Encrypted || of_mysql || !takes_clear(&program)) {
            self.exchange(&FULL_LOGIN).await?
        } else if of_mysql {
            let answer = self.switch(scramble::CACHING_SHA2).await?;
            if answer.is_empty() {
                answer
            } else {
                self.exchange(&FULL_LOGIN).await?
            }
        } else {
            self.switch(scramble::CLEAR).await?
        };
        let answer = if answer[..] == [KEY_WANTED] {
            let key = shared.key.public().await.map_err(refused)?;
            let mut body = vec![1];
            body.extend(key.as_bytes());
            let sealed = self.exchange(&body).await?;
            let opened = shared.key.open(&sealed, &self.nonce);
            Bytes::from(
                opened.ok_or_else(|| broken("the password was not encrypted with the gateway's key"))?,
            )
        } else {
            answer
        };
        let password = Body(&answer).text();
        if password.len() > LONGEST_PASSWORD {
            return Err(broken("the password is too long"));
        }
        Ok(Some(SecretText::new(
            String::from_utf8_lossy(password).into_owned(),
        )))
    }

    /// Asks for a proof that the client knows a password, which it does not send; tells whether it is right.
    pub(crate) async fn prove(
        &mut self,
        sha1_twice: &[u8; 20],
        sha256_twice: &[u8; 32],
    ) -> Result<bool, Stop> {
        self.asked = true;
        if self.response.plugin != scramble::CACHING_SHA2 {
            let answer = self.switch(scramble::NATIVE).await?;
            return Ok(scramble::native_is_right(&answer, &self.nonce, sha1_twice));
        }
        let right = scramble::caching_sha2_is_right(&self.response.proof, &self.nonce, sha256_twice);
        if right {
            self.sequence = self.next();
            let told = self.link.send(self.sequence, &PROVEN).await;
            told.map_err(|error| left(&error))?;
        }
        Ok(right)
    }

    /// Asks the client to log in by another plugin; gives its answer.
    async fn switch(&mut self, plugin: &str) -> Result<Bytes, Stop> {
        if self.response.capabilities & capability::PLUGIN_AUTH == 0 {
            let words = "the client is too old to be asked for its password";
            return Err(broken(words).with_message(words));
        }
        let mut body = vec![0xfe];
        body.extend(plugin.as_bytes());
        body.push(0);
        body.extend(&self.nonce);
        body.push(0);
        self.exchange(&body).await
    }

    async fn exchange(&mut self, body: &[u8]) -> Result<Bytes, Stop> {
        let next = self.next();
        self.link.send(next, body).await.map_err(|error| left(&error))?;
        let (sequence, body) = self.link.packet().await.map_err(|error| left(&error))?;
        self.sequence = sequence;
        Ok(body)
    }

    /// Says why it ends.
    pub(crate) async fn refuse(&mut self, code: (u16, &str), words: &str) {
        let next = self.next();
        say(&mut self.link, next, code.0, code.1, words).await;
    }
}

/// Tells whether a program sends its password in the clear when it is asked to.
fn takes_clear(program: &str) -> bool {
    matches!(program, "libmariadb" | "pymysql" | "mysqlclient")
}

/// Says why it ends; whoever is gone already hears nothing.
async fn say(link: &mut Link, sequence: u8, code: u16, state: &str, words: &str) {
    if let Err(error) = link.send(sequence, &error(code, state, words)).await {
        tracing::debug!(%error, "the last words were not heard");
    }
}

/// Draws twenty bytes without a zero, which clients would take for the end.
fn nonce() -> Result<Vec<u8>, Stop> {
    let mut bytes = vec![0; 20];
    rand::fill(&mut bytes).map_err(|_| refused(io::Error::other("no random numbers").to_string()))?;
    for byte in &mut bytes {
        *byte = *byte % 94 + 33;
    }
    Ok(bytes)
}
