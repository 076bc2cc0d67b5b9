//! Our side towards the server: dialling, encryption and the login in the client's role.

use std::{io, net::SocketAddr, sync::Arc};

use bytes::{Bytes, BytesMut};
use domain::{
    object::SecretForm,
    stop::{EndReason, FailureStage, Stop},
};
use engine::Way;
use postgres_protocol::{
    authentication::{
        md5_hash,
        sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256},
    },
    message::frontend,
};
use proto_database::{
    Encryption, Reach,
    fault::{auth_failed, broken, refused, unreachable},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    cancel::Running,
    link::{Link, Messages as _},
    options::Options,
    wire::{Fault, authentication, backend_key, fault},
};

/// The longest message of a login.
const LONGEST: usize = 64 << 10;
/// How much the server may say before it is ready: its settings, mostly.
const MOST_SETTINGS: usize = 256 << 10;

/// A server that has let us in.
pub(crate) struct Target {
    pub(crate) link: Link,
    /// Its `ParameterStatus` messages, as it sent them.
    pub(crate) settings: Bytes,
    /// Whom to ask when a statement is to be cancelled.
    pub(crate) running: Arc<Running>,
    /// The database, as it is known to the server.
    pub(crate) database: String,
}

/// Dials the server, makes sure of it and logs in. `parameters` are the client's own, but for user and database.
pub(crate) async fn connect(
    way: &Way,
    database: Option<&str>,
    parameters: &[(String, String)],
) -> Result<Target, Stop> {
    let options = Options::read(&way.grant.target.options)
        .map_err(|error| refused(format!("options of the resource: {error}")))?;
    let host = &way.grant.target.host;
    let (mut link, server_key, from) = dial(host, way.port, &options.reach).await?;
    if let Some(from) = from {
        way.identity.came_from(from).await?;
    }
    options.reach.trust(&way.identity, server_key.as_deref()).await?;
    let user = way.grant.login.as_str();
    let database = database
        .or(Some(options.database.as_str()).filter(|database| !database.is_empty()))
        .unwrap_or(user)
        .to_owned();
    let own = [("user", user), ("database", database.as_str())];
    let passed = parameters
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let mut out = BytesMut::new();
    frontend::startup_message(own.into_iter().chain(passed), &mut out)
        .map_err(|error| broken(error.to_string()))?;
    link.write(&out).await.map_err(|error| unreachable(&error))?;

    let mut login = Login {
        way,
        user,
        scram: None,
    };
    let mut settings = BytesMut::new();
    let mut key = (0, 0);
    loop {
        let (tag, body) = options
            .reach
            .patiently("answer the login", link.message(LONGEST))
            .await?;
        match tag {
            b'R' => {
                if let Some(answer) = login.answer(&body)? {
                    link.write(&answer).await.map_err(|error| unreachable(&error))?;
                }
            }
            b'S' => {
                settings.extend_from_slice(&[tag]);
                settings.extend_from_slice(&(body.len() as u32 + 4).to_be_bytes());
                settings.extend_from_slice(&body);
                if settings.len() > MOST_SETTINGS {
                    return Err(broken("the server has too many settings"));
                }
            }
            b'K' => key = backend_key(&body).ok_or_else(|| broken("the server's key cannot be read"))?,
            b'E' => return Err(not_let_in(&fault(&body))),
            b'Z' => break,
            // A notice, or what a later version adds.
            _ => {}
        }
    }
    let running = Running {
        interrupt: Arc::default(),
        host: host.clone(),
        port: way.port,
        reach: options.reach,
        server_key,
        process: key.0,
        secret: key.1,
    };
    Ok(Target {
        link,
        settings: settings.freeze(),
        running: Arc::new(running),
        database,
    })
}

/// A connection, the server's public key when it is encrypted, and from where we have come.
type Dialled = (Link, Option<Vec<u8>>, Option<SocketAddr>);

/// Connects, and encrypts as the options say.
pub(crate) async fn dial(host: &str, port: u16, reach: &Reach) -> Result<Dialled, Stop> {
    let mut socket = reach.dial(host, port).await?;
    let from = socket.local_addr().ok();
    if reach.tls == Encryption::Off {
        return Ok((Link::new(Box::new(socket)), None, from));
    }
    let answer = reach
        .patiently("say whether it encrypts", ask_to_encrypt(&mut socket))
        .await?;
    match answer {
        b'S' => {}
        b'N' if reach.tls == Encryption::Prefer => return Ok((Link::new(Box::new(socket)), None, from)),
        b'N' => {
            return Err(refused(
                "the server does not encrypt, and the resource requires it",
            ));
        }
        _ => return Err(broken("this is no PostgreSQL server")),
    }
    let (stream, key) = reach.encrypt(host, socket).await?;
    Ok((Link::new(stream), Some(key), from))
}

/// Asks for encryption; gives the answer.
async fn ask_to_encrypt(socket: &mut TcpStream) -> io::Result<u8> {
    let mut request = BytesMut::new();
    frontend::ssl_request(&mut request);
    socket.write_all(&request).await?;
    // Exactly one byte: whatever came behind it in the clear must not be taken for what is encrypted.
    socket.read_u8().await
}

/// The client's half of the login.
struct Login<'a> {
    way: &'a Way,
    user: &'a str,
    scram: Option<ScramSha256>,
}

impl Login<'_> {
    /// Answers an `Authentication…` message; [`None`] when there is nothing to say.
    fn answer(&mut self, body: &[u8]) -> Result<Option<BytesMut>, Stop> {
        let (kind, data) = authentication(body).ok_or_else(|| broken("the login cannot be read"))?;
        let mut out = BytesMut::new();
        let written = match kind {
            0 => return Ok(None),
            3 => frontend::password_message(self.password()?.as_bytes(), &mut out),
            5 => {
                let salt = data
                    .first_chunk::<4>()
                    .ok_or_else(|| broken("the login cannot be read"))?;
                let hash = md5_hash(self.user.as_bytes(), self.password()?.as_bytes(), *salt);
                frontend::password_message(hash.as_bytes(), &mut out)
            }
            10 => {
                let offered = data
                    .split(|byte| *byte == 0)
                    .any(|name| name == SCRAM_SHA_256.as_bytes());
                if !offered {
                    return Err(refused("the server offers no login that the gateway knows"));
                }
                let password = self.password()?;
                let scram = ScramSha256::new(password.as_bytes(), ChannelBinding::unsupported());
                let written = frontend::sasl_initial_response(SCRAM_SHA_256, scram.message(), &mut out);
                self.scram = Some(scram);
                written
            }
            11 => {
                let scram = self
                    .scram
                    .as_mut()
                    .ok_or_else(|| broken("the login is out of order"))?;
                scram.update(data).map_err(|error| broken(error.to_string()))?;
                frontend::sasl_response(scram.message(), &mut out)
            }
            12 => {
                // The server proves that it knows the password as well.
                let scram = self
                    .scram
                    .as_mut()
                    .ok_or_else(|| broken("the login is out of order"))?;
                let proven = scram.finish(data);
                return proven
                    .map(|()| None)
                    .map_err(|_| auth_failed("the server could not prove itself"));
            }
            other => {
                return Err(refused(format!(
                    "the server asks for login {other}, which the gateway does not know"
                )));
            }
        };
        written.map_err(|error| broken(error.to_string()))?;
        Ok(Some(out))
    }

    fn password(&self) -> Result<&str, Stop> {
        match &self.way.secret {
            Some(secret) if secret.form == SecretForm::Password => Ok(secret.value.expose()),
            _ => Err(auth_failed(
                "the server asks for a password, and the account has none",
            )),
        }
    }
}

/// What the server answered when it did not let us in. Of logins that failed the caller learns no more than that.
fn not_let_in(fault: &Fault) -> Stop {
    let detail = format!("the server said {}: {}", fault.code, fault.message);
    if fault.code.starts_with("28") {
        return auth_failed(detail);
    }
    Stop::failed(EndReason::TargetUnreachable, FailureStage::Connect, detail)
        .with_message(fault.message.clone())
}
