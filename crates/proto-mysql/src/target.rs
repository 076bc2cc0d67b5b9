//! Our side towards the server: dialling, encryption and the login in the client's role.

use std::{io, sync::Arc};

use bytes::Bytes;
use domain::{object::SecretForm, stop::Stop};
use engine::{Identity, Way, WaySecret};
use proto_database::{
    Encryption,
    fault::{auth_failed, broken, refused, unreachable},
};

use crate::{
    faces::Face,
    link::{Link, Packets as _},
    options::Options,
    scramble,
    wire::{Capabilities, Fault, Greeting, Response, capability, command, fault},
};

/// How many packets a login may have.
const ROUNDS: usize = 16;

/// `ER_ACCESS_DENIED_ERROR` and its kin: who failed here learns no more than that.
const DENIED: [u16; 3] = [1045, 1698, 1251];

/// How the account is reached, more than once: by the caller's connection, and by one that ends what it runs.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) host: String,
    pub(crate) port: u16,
    login: String,
    secret: Option<WaySecret>,
    identity: Arc<dyn Identity>,
    pub(crate) options: Options,
}

/// Why a server did not let us in.
pub(crate) struct Refusal {
    pub(crate) stop: Stop,
    /// What it said, unless that tells about the account.
    pub(crate) fault: Option<Fault>,
}

impl From<Stop> for Refusal {
    fn from(stop: Stop) -> Self {
        Self { stop, fault: None }
    }
}

/// A server that has let us in.
pub(crate) struct Target {
    pub(crate) link: Link,
    /// What both ends have agreed on.
    pub(crate) capabilities: Capabilities,
    pub(crate) extended: u32,
    /// The body of the packet with which it let us in.
    pub(crate) welcome: Bytes,
    /// The number of the connection there.
    pub(crate) thread: u32,
}

/// What a client wants of a connection.
pub(crate) struct Wish<'a> {
    pub(crate) response: &'a Response,
    pub(crate) database: Option<&'a str>,
}

impl Account {
    /// Reads a way.
    pub(crate) fn new(way: &Way) -> Result<Self, Stop> {
        let options = Options::read(&way.grant.target.options)
            .map_err(|error| refused(format!("options of the resource: {error}")))?;
        Ok(Self {
            host: way.grant.target.host.clone(),
            port: way.port,
            login: way.grant.login.clone(),
            secret: way.secret.clone(),
            identity: Arc::clone(&way.identity),
            options,
        })
    }

    /// Gives the server, as numbers of connections are kept for it.
    pub(crate) fn server(&self) -> (String, u16) {
        (self.host.clone(), self.port)
    }

    /// Dials the server and makes sure of it. `seen` learns what it looks like before anything else happens.
    pub(crate) async fn connect(
        &self,
        wish: Wish<'_>,
        seen: impl FnOnce(Face) -> Result<(), Stop>,
    ) -> Result<Target, Refusal> {
        let reach = &self.options.reach;
        let socket = reach.dial(&self.host, self.port).await?;
        if let Ok(from) = socket.local_addr() {
            self.identity.came_from(from).await?;
        }
        // The greeting comes in the clear, and nothing behind it before it was answered.
        let mut plain = Link::new(Box::new(socket));
        let (mut sequence, body) = reach.patiently("greet", plain.packet()).await?;
        if body.first() == Some(&0xff) {
            return Err(not_let_in(fault(&body)));
        }
        let greeting = Greeting::read(&body).ok_or_else(|| broken("this is no MySQL server"))?;
        seen(Face::of(&greeting))?;
        let (capabilities, extended) = agreed(&greeting, wish.response);
        let mut response = Response {
            capabilities,
            extended,
            max_packet: wish.response.max_packet.max(1 << 24),
            charset: wish.response.charset,
            user: self.login.clone(),
            proof: Vec::new(),
            database: wish.database.unwrap_or_default().to_owned(),
            plugin: greeting.plugin.clone(),
            attributes: wish.response.attributes.clone(),
        };
        if wish.database.is_some() {
            response.capabilities |= capability::CONNECT_WITH_DB;
        }
        let encrypts = greeting.capabilities & capability::SSL != 0;
        let (mut link, encrypted) = match (reach.tls, encrypts) {
            (Encryption::Off, _) | (Encryption::Prefer, false) => (plain, false),
            (Encryption::Require, false) => {
                return Err(refused("the server does not encrypt, and the resource requires it").into());
            }
            (Encryption::Prefer | Encryption::Require, true) => {
                if !plain.read.is_empty() {
                    return Err(broken("the server sent on before it was encrypted").into());
                }
                response.capabilities |= capability::SSL;
                sequence = sequence.wrapping_add(1);
                plain
                    .send(sequence, &response.head())
                    .await
                    .map_err(|error| unreachable(&error))?;
                let (stream, key) = reach.encrypt(&self.host, plain.stream).await?;
                reach.trust(&self.identity, Some(&key)).await?;
                (Link::new(stream), true)
            }
        };
        let mut login = Login {
            account: self,
            plugin: greeting.plugin.clone(),
            nonce: greeting.nonce.clone(),
            encrypted,
        };
        response.proof = login.proof().unwrap_or_default();
        link.send(sequence.wrapping_add(1), &response.write())
            .await
            .map_err(|error| unreachable(&error))?;
        let welcome = login.lead(&mut link).await?;
        Ok(Target {
            link,
            capabilities,
            extended,
            welcome,
            thread: greeting.thread,
        })
    }

    /// Ends a connection of this account at the server, with what it runs.
    pub(crate) async fn kill(&self, thread: u32) -> Result<(), Stop> {
        self.ask(&format!("KILL {thread}")).await
    }

    /// Stops what a connection of this account runs.
    pub(crate) async fn stop(&self, thread: u32) -> Result<(), Stop> {
        self.ask(&format!("KILL QUERY {thread}")).await
    }

    /// Has the server do something on a connection of its own.
    async fn ask(&self, text: &str) -> Result<(), Stop> {
        let mut target = self.sign_in(|_| Ok(())).await?;
        let body = [&[command::QUERY][..], text.as_bytes()].concat();
        let asked: io::Result<()> = async {
            target.link.send(0, &body).await?;
            target.link.packet().await?;
            target.link.send(0, &[command::QUIT]).await
        }
        .await;
        asked.map_err(|error| unreachable(&error))
    }

    /// Signs in for the gateway itself, on a connection of its own: what it says is read in the oldest form.
    pub(crate) async fn sign_in(&self, seen: impl FnOnce(Face) -> Result<(), Stop>) -> Result<Target, Stop> {
        let response = Response {
            capabilities: capability::MYSQL
                | capability::PROTOCOL_41
                | capability::TRANSACTIONS
                | capability::LOGIN,
            charset: 45,
            ..Response::default()
        };
        let wish = Wish {
            response: &response,
            database: None,
        };
        let connected = self.connect(wish, seen).await;
        connected.map_err(|refusal| refusal.stop)
    }
}

/// Gives what both ends can, of what the client has said.
fn agreed(greeting: &Greeting, response: &Response) -> (Capabilities, u32) {
    let both = greeting.capabilities & response.capabilities & (capability::SHARED | capability::MYSQL);
    let login = capability::LOGIN & !capability::CONNECT_WITH_DB & greeting.capabilities;
    // A client without the bit knows what MariaDB can more.
    let mysql = (greeting.capabilities | response.capabilities) & capability::MYSQL;
    let extended = if mysql == 0 {
        greeting.extended & response.extended
    } else {
        0
    };
    (both | login | mysql, extended)
}

/// Tells whether a client reads packets otherwise than this server writes them.
pub(crate) fn differs(face: &Face, response: &Response) -> bool {
    let assumed = response.capabilities & capability::LAYOUT & !face.capabilities;
    let extended = response.extended & crate::wire::extended::SHARED & !face.extended;
    assumed != 0 || extended != 0
}

/// The client's half of the login.
struct Login<'a> {
    account: &'a Account,
    plugin: String,
    nonce: Vec<u8>,
    encrypted: bool,
}

impl Login<'_> {
    /// Answers until the server lets us in; gives the packet with which it does.
    async fn lead(&mut self, link: &mut Link) -> Result<Bytes, Refusal> {
        let mut key_asked = false;
        for _ in 0..ROUNDS {
            let reach = &self.account.options.reach;
            let (sequence, body) = reach.patiently("answer the login", link.packet()).await?;
            let answer = match body.first() {
                Some(0x00) => return Ok(body),
                Some(0xff) => return Err(not_let_in(fault(&body))),
                Some(0xfe) => {
                    let mut rest = crate::wire::Body(body.get(1..).unwrap_or_default());
                    self.plugin = String::from_utf8_lossy(rest.text()).into_owned();
                    self.nonce = rest.0.to_vec();
                    // The zero behind it does not count; the nonce of Ed25519 has 32 bytes, and may end with one of its own.
                    if self.nonce.len() == 21 {
                        self.nonce.truncate(20);
                    }
                    self.proof()?
                }
                Some(0x01) => match body.get(1..).unwrap_or_default() {
                    // It knows the password already.
                    [3] => continue,
                    [4] if self.encrypted => self.clear()?,
                    [4] if !key_asked => {
                        key_asked = true;
                        vec![2]
                    }
                    pem if key_asked => {
                        let password = self.password()?;
                        scramble::encrypted(password.as_bytes(), &self.nonce, pem).map_err(broken)?
                    }
                    _ => return Err(broken("the login is out of order").into()),
                },
                _ => return Err(broken("the login cannot be read").into()),
            };
            link.send(sequence.wrapping_add(1), &answer)
                .await
                .map_err(|error| unreachable(&error))?;
        }
        Err(broken("the server does not come to the point").into())
    }

    /// Proves the password in the way that the server wants.
    fn proof(&self) -> Result<Vec<u8>, Stop> {
        match self.plugin.as_str() {
            scramble::NATIVE => Ok(scramble::native(self.password()?.as_bytes(), &self.nonce)),
            scramble::CACHING_SHA2 => Ok(scramble::caching_sha2(self.password()?.as_bytes(), &self.nonce)),
            scramble::ED25519 => Ok(scramble::ed25519(self.password()?.as_bytes(), &self.nonce)),
            scramble::CLEAR if self.encrypted => self.clear(),
            other => Err(refused(format!(
                "the server asks for the login `{other}`, which the gateway does not know{}",
                if other == scramble::CLEAR {
                    " without TLS"
                } else {
                    ""
                }
            ))),
        }
    }

    fn clear(&self) -> Result<Vec<u8>, Stop> {
        let mut password = self.password()?.as_bytes().to_vec();
        password.push(0);
        Ok(password)
    }

    fn password(&self) -> Result<&str, Stop> {
        match &self.account.secret {
            Some(secret) if secret.form == SecretForm::Password => Ok(secret.value.expose()),
            // An account without a password.
            None => Ok(""),
            _ => Err(auth_failed(
                "the server asks for a password, and the account has none",
            )),
        }
    }
}

/// What the server answered when it did not let us in. Of logins that failed the caller learns no more than that.
fn not_let_in(fault: Fault) -> Refusal {
    let detail = format!("the server said {}: {}", fault.code, fault.message);
    if DENIED.contains(&fault.code) {
        return auth_failed(detail).into();
    }
    Refusal {
        stop: refused(detail).with_message(fault.message.clone()),
        fault: Some(fault),
    }
}
