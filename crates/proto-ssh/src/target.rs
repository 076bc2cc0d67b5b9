//! Our side towards the resource: dialling, its host key, and the login of RFC 4252 in the client role.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use domain::object::{SecretForm, SecretText};
use domain::stop::{EndReason, FailureStage, Stop};
use engine::protocol::{Answer, Question, Way};
use tokio::net::TcpStream;

use crate::caller::Caller;
use crate::link::{Link, LinkError};
use crate::options::Options;
use crate::wire::auth::{
    CONNECTION_SERVICE, InfoRequest, InfoResponse, Method, PublicKeyMethod, Reply, Request, Secret,
    ServiceAccept, ServiceRequest, USERAUTH_SERVICE, sign_request,
};
use crate::wire::keys::{Certificate, CertificateKind, SigningKey, plain_key};
use crate::wire::{ClientConfig, Event, Limits, PresentedHostKey, Transport};

/// How long the resource may think about one proof; some delay refusals.
const VERDICT: Duration = Duration::from_mins(1);
/// Passwords that a user may try, and rounds of a dialogue.
const MOST_TRIES: usize = 3;
const MOST_ROUNDS: usize = 10;
/// Bytes of a resource's banners that are shown.
const MOST_BANNER: usize = 16 << 10;
/// Keep-alive of the socket: a silent peer is noticed after about two minutes.
const KEEP_ALIVE: Duration = Duration::from_mins(1);

/// Dials the resource, verifies its host key and logs in. Questions of the resource go to the caller, if there is one.
pub(crate) async fn connect(
    way: &Way,
    identification: &str,
    caller: Option<&mut Caller>,
) -> Result<Link, Stop> {
    let options = Options::read(&way.grant.target.options).map_err(|error| {
        Stop::failed(
            EndReason::TargetUnreachable,
            FailureStage::Connect,
            format!("options of the resource: {error}"),
        )
    })?;
    let place = format!("{}:{}", way.grant.target.host, way.port);
    let stream = dial(way, &options, &place).await?;
    if let Ok(from) = stream.local_addr() {
        way.identity.came_from(from).await?;
    }
    let config = ClientConfig {
        identification: identification.to_owned(),
        profile: options.profile(&way.identity.known_algorithms().await),
        // Other limits than those towards callers: the two sides then never want new keys at the same moment.
        limits: Limits {
            rekey_bytes: 900 << 20,
            rekey_after: Duration::from_mins(55),
            held: 8 << 20,
            ..Limits::default()
        },
    };
    let transport = Transport::client(Arc::new(config), Instant::now())
        .map_err(|error| unreachable(&place, &error.into()))?;
    let mut link = Link::new(transport, Box::new(stream));
    handshake(&mut link, way, &options, &place).await?;
    let mut login = Login {
        link: &mut link,
        way,
        caller,
        name: &way.grant.login,
        place: &place,
        banner_left: MOST_BANNER,
    };
    login.run().await?;
    Ok(link)
}

async fn dial(way: &Way, options: &Options, place: &str) -> Result<TcpStream, Stop> {
    let failed = |text: String| Stop::failed(EndReason::TargetUnreachable, FailureStage::Connect, text);
    let dialling = TcpStream::connect((way.grant.target.host.as_str(), way.port));
    let stream = match tokio::time::timeout(options.timeout(), dialling).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(failed(format!("connecting to {place}: {error}"))),
        Err(_) => {
            let secs = options.timeout().as_secs();
            return Err(failed(format!(
                "connecting to {place}: no answer within {secs} seconds"
            )));
        }
    };
    let keep_alive = socket2::TcpKeepalive::new()
        .with_time(KEEP_ALIVE)
        .with_interval(KEEP_ALIVE / 4)
        .with_retries(4);
    let set = stream
        .set_nodelay(true)
        .and_then(|()| socket2::SockRef::from(&stream).set_tcp_keepalive(&keep_alive));
    if let Err(error) = set {
        tracing::debug!(%error, place, "options of the socket to a resource");
    }
    Ok(stream)
}

async fn handshake(link: &mut Link, way: &Way, options: &Options, place: &str) -> Result<(), Stop> {
    loop {
        match link.event(options.timeout()).await {
            Ok(Event::Ready) => return Ok(()),
            Ok(Event::HostKey(key)) => {
                accept(&key, way, options).await?;
                link.transport
                    .accept_host_key()
                    .map_err(|error| unreachable(place, &error.into()))?;
            }
            Ok(Event::Message(_) | Event::Disconnected(_)) => {
                return Err(unreachable(place, &LinkError::Closed));
            }
            Err(error) => return Err(unreachable(place, &error)),
        }
    }
}

/// Accepts a host key: by a certificate of an authority that the resource names, or as the engine's pinned key.
async fn accept(presented: &PresentedHostKey, way: &Way, options: &Options) -> Result<(), Stop> {
    let refused = |text: String| {
        Stop::failed(
            EndReason::AuthFailed,
            FailureStage::Connect,
            format!("host key: {text}"),
        )
    };
    let blob = presented.blob.as_ref();
    let key = plain_key(blob).map_err(|error| refused(error.to_string()))?;
    if key.as_ref() != blob {
        let certificate = Certificate::parse(blob).map_err(|error| refused(error.to_string()))?;
        let now = SystemTime::UNIX_EPOCH
            .elapsed()
            .map_or(0, |since| since.as_secs());
        let checked = certificate.check(
            CertificateKind::Host,
            &way.grant.target.host,
            now,
            |authority| options.trusts(authority),
            |_, _| false,
        );
        match checked {
            Ok(()) => return Ok(()),
            // The key inside may still be the pinned one.
            Err(error) => tracing::debug!(%error, resource = way.grant.resource.name, "host certificate"),
        }
    }
    let kind = crate::wire::codec::Reader::new(&key, "host key")
        .text()
        .map_err(|error| refused(error.to_string()))?;
    way.identity.accept(kind, &key).await
}

fn unreachable(place: &str, error: &LinkError) -> Stop {
    Stop::failed(
        EndReason::TargetUnreachable,
        FailureStage::Connect,
        format!("{place}: {error}"),
    )
}

/// The login conversation with the resource.
struct Login<'a> {
    link: &'a mut Link,
    way: &'a Way,
    caller: Option<&'a mut Caller>,
    name: &'a str,
    place: &'a str,
    banner_left: usize,
}

/// What became of one request.
enum Outcome {
    In,
    Refused { methods: String, partial: bool },
}

impl Login<'_> {
    async fn run(&mut self) -> Result<(), Stop> {
        self.send(&ServiceRequest {
            service: USERAUTH_SERVICE,
        })?;
        let payload = self.message().await?;
        if ServiceAccept::parse(&payload)
            .map_err(|error| self.broken(&error.to_string()))?
            .is_none()
        {
            return Err(self.broken("authentication is not offered"));
        }
        let outcome = match &self.way.secret {
            Some(secret) if secret.form == SecretForm::PrivateKey => self.with_key(&secret.value).await?,
            Some(secret) => self.with_password(&secret.value).await?,
            None => self.with_the_user().await?,
        };
        match outcome {
            Outcome::In => Ok(()),
            Outcome::Refused {
                partial: true,
                methods,
            } => self.second_factor(methods).await,
            Outcome::Refused { methods, .. } => Err(self.refused(&format!("it accepts: {methods}"))),
        }
    }

    async fn with_key(&mut self, value: &SecretText) -> Result<Outcome, Stop> {
        let key = SigningKey::from_openssh(value.expose())
            .map_err(|error| self.refused(&format!("the account's secret: {error}")))?;
        let announced = self.link.transport.signature_algorithms().map(str::to_owned);
        let Some(algorithm) = key.algorithm_for(announced.as_deref()) else {
            return Err(self.refused("it accepts no algorithm of the account's key"));
        };
        let host_key = self
            .link
            .transport
            .host_bound()
            .then(|| Bytes::copy_from_slice(self.link.transport.host_key()));
        let transport = &self.link.transport;
        let request = sign_request(
            transport.session_id(),
            self.name,
            CONNECTION_SERVICE,
            &key,
            key.public(),
            algorithm,
            host_key.as_deref(),
        )
        .map_err(|error| self.refused(&format!("the account's secret: {error}")))?;
        self.send(&request)?;
        let method = Method::PublicKey(PublicKeyMethod {
            algorithm: algorithm.name(),
            key: key.public(),
            host_key: None,
            signed: None,
        });
        self.verdict(&method).await
    }

    async fn with_password(&mut self, value: &SecretText) -> Result<Outcome, Stop> {
        let methods = match self.request(Method::None).await? {
            Outcome::In => return Ok(Outcome::In),
            Outcome::Refused { methods, .. } => methods,
        };
        if offers(&methods, "password") {
            return self
                .request(Method::Password {
                    password: Secret(value.expose()),
                    new: None,
                })
                .await;
        }
        if offers(&methods, "keyboard-interactive") {
            return self.dialogue(Some(value)).await;
        }
        Err(self.refused(&format!(
            "the account has a password, and it accepts only: {methods}"
        )))
    }

    /// Logs in with what the user supplies: asks as the resource asks.
    async fn with_the_user(&mut self) -> Result<Outcome, Stop> {
        let mut outcome = self.request(Method::None).await?;
        for _ in 0..MOST_TRIES {
            let Outcome::Refused {
                methods,
                partial: false,
            } = &outcome
            else {
                return Ok(outcome);
            };
            outcome = if offers(methods, "keyboard-interactive") {
                self.dialogue(None).await?
            } else if offers(methods, "password") {
                let prompt = format!("{}@{}'s password: ", self.name, self.way.grant.resource.name);
                let password = self.ask(&prompt).await?;
                self.request(Method::Password {
                    password: Secret(password.expose()),
                    new: None,
                })
                .await?
            } else {
                let text = format!("the account has no secret, and it accepts only: {methods}");
                return Err(self.refused(&text));
            };
        }
        Ok(outcome)
    }

    /// The first proof was right and the resource wants more: only the user can give that.
    async fn second_factor(&mut self, methods: String) -> Result<(), Stop> {
        if !offers(&methods, "keyboard-interactive") {
            return Err(self.refused(&format!("the secret was right, and it wants more: {methods}")));
        }
        match self.dialogue(None).await? {
            Outcome::In => Ok(()),
            Outcome::Refused { .. } => Err(self.refused("the second proof was not accepted")),
        }
    }

    /// A keyboard-interactive dialogue. A password answers the first hidden prompt; every other question goes to the user.
    async fn dialogue(&mut self, password: Option<&SecretText>) -> Result<Outcome, Stop> {
        let method = Method::KeyboardInteractive { submethods: "" };
        self.send(&Request {
            user: self.name,
            service: CONNECTION_SERVICE,
            method,
        })?;
        let mut password = password;
        for _ in 0..MOST_ROUNDS {
            let payload = self.message().await?;
            match self.reply(&payload, &method).await? {
                Some(Reply::InfoRequest(round)) => {
                    let answers = self.answers(&round, &mut password).await?;
                    let answers = answers.iter().map(|answer| Secret(answer.expose())).collect();
                    self.send(&InfoResponse { answers })?;
                }
                Some(reply) => {
                    if let Some(outcome) = self.outcome(&reply)? {
                        return Ok(outcome);
                    }
                }
                None => {}
            }
        }
        Err(self.refused("the dialogue does not end"))
    }

    async fn answers(
        &mut self,
        round: &InfoRequest<'_>,
        password: &mut Option<&SecretText>,
    ) -> Result<Vec<SecretText>, Stop> {
        let mut answers = Vec::with_capacity(round.prompts.len().min(16));
        if round.prompts.len() > 16 {
            return Err(self.refused("it asks too many questions at once"));
        }
        for prompt in &round.prompts {
            let answer = if let Some(password) = password.take_if(|_| !prompt.echo) {
                password.clone()
            } else {
                let text = [round.instruction, prompt.text]
                    .into_iter()
                    .filter(|text| !text.is_empty());
                self.ask(&text.collect::<Vec<_>>().join("\n")).await?
            };
            answers.push(answer);
        }
        Ok(answers)
    }

    async fn ask(&mut self, prompt: &str) -> Result<SecretText, Stop> {
        let Some(caller) = &mut self.caller else {
            return Err(self.refused("it asks more than the account's secret, and nobody is there to answer"));
        };
        match caller.ask(&Question::Secret { prompt }).await? {
            Some(Answer::Text(text)) => Ok(text),
            _ => Err(self.refused("the user did not answer")),
        }
    }

    async fn request(&mut self, method: Method<'_>) -> Result<Outcome, Stop> {
        self.send(&Request {
            user: self.name,
            service: CONNECTION_SERVICE,
            method,
        })?;
        self.verdict(&method).await
    }

    async fn verdict(&mut self, method: &Method<'_>) -> Result<Outcome, Stop> {
        loop {
            let payload = self.message().await?;
            if let Some(reply) = self.reply(&payload, method).await?
                && let Some(outcome) = self.outcome(&reply)?
            {
                return Ok(outcome);
            }
        }
    }

    /// Decodes a reply; banners are shown and give [`None`].
    async fn reply<'p>(&mut self, payload: &'p [u8], method: &Method<'_>) -> Result<Option<Reply<'p>>, Stop> {
        let reply = Reply::parse(payload, method).map_err(|error| self.broken(&error.to_string()))?;
        if let Some(Reply::Banner(banner)) = &reply {
            if let Some(left) = self.banner_left.checked_sub(banner.text.len()) {
                self.banner_left = left;
                if let Some(caller) = &mut self.caller {
                    let text = banner.text.trim_end_matches(['\r', '\n']);
                    caller.banner(text).await?;
                }
            }
            return Ok(None);
        }
        Ok(reply)
    }

    fn outcome(&self, reply: &Reply<'_>) -> Result<Option<Outcome>, Stop> {
        Ok(match reply {
            Reply::Success => Some(Outcome::In),
            Reply::Failure(failure) => Some(Outcome::Refused {
                methods: printable(failure.methods),
                partial: failure.partial,
            }),
            Reply::PasswordChange(_) => return Err(self.refused("the account's password has expired there")),
            Reply::Banner(_) | Reply::PublicKeyOk(_) | Reply::InfoRequest(_) => None,
        })
    }

    async fn message(&mut self) -> Result<Bytes, Stop> {
        self.link.message(VERDICT).await.map_err(|error| match error {
            LinkError::Disconnected(bye) => {
                self.refused(&format!("it said: {}", printable(&bye.description)))
            }
            error => unreachable(self.place, &error),
        })
    }

    fn send<M: crate::wire::Encode + ?Sized>(&mut self, message: &M) -> Result<(), Stop> {
        self.link
            .send(message)
            .map_err(|error| unreachable(self.place, &error))
    }

    fn refused(&self, why: &str) -> Stop {
        let text = format!("{} did not let `{}` in; {why}", self.place, self.name);
        Stop::failed(EndReason::AuthFailed, FailureStage::Connect, text)
    }

    fn broken(&self, why: &str) -> Stop {
        Stop::failed(
            EndReason::TargetUnreachable,
            FailureStage::Connect,
            format!("{}: {why}", self.place),
        )
    }
}

fn offers(methods: &str, wanted: &str) -> bool {
    methods.split(',').any(|method| method == wanted)
}

/// Takes what a peer wrote into a text of ours: short, and without control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
