//! Our side towards the client: the handshake and the login conversation of RFC 4252 in the server role.

use std::time::Duration;

use bytes::Bytes;
use domain::object::SecretText;
use domain::stop::{EndReason, FailureStage, Stop};
use engine::LoginName;
use engine::protocol::{Answer, CertificateOffer, Offer, Question};

use crate::certificate::Authority;
use crate::link::{Link, LinkError};
use crate::wire::auth::{
    Banner, CONNECTION_SERVICE, Failure, InfoRequest, InfoResponse, Method, Prompt, PublicKeyMethod,
    PublicKeyOk, Request, ServiceAccept, ServiceRequest, Success, USERAUTH_SERVICE,
};
use crate::wire::keys::{SignatureAlgorithm, plain_key};
use crate::wire::{DisconnectReason, Event};

/// How long the handshake may take, and how long a person may think about one question.
const PATIENCE: Duration = Duration::from_mins(2);
/// Authentication requests of one connection, key queries included: an agent with many keys asks about each.
const MOST_REQUESTS: u32 = 30;
/// What is listed before the engine has said what it accepts.
const DEFAULT_METHODS: &str = "publickey,keyboard-interactive,password";

/// Our side towards the client, up to the end of its login.
pub(crate) struct Caller {
    /// The connection.
    pub(crate) link: Link,
    /// The transport that carries this one has proven who it is.
    carried: bool,
    /// Who certifies users' keys.
    authority: Authority,
    /// The name in the first request; it may not change.
    name: Option<String>,
    waits_for: WaitsFor,
    methods: String,
    requests: u32,
    let_in: bool,
}

/// What the client waits for.
enum WaitsFor {
    /// Nothing that a question could answer.
    Nothing,
    /// The answer to a request.
    Verdict,
    /// The answer to a key query.
    Key { algorithm: String, blob: Bytes },
    /// The next round of a keyboard-interactive dialogue, or its end.
    Dialogue,
}

impl Caller {
    /// Takes a connection whose handshake has not begun.
    pub(crate) fn new(link: Link, carried: bool, authority: Authority) -> Self {
        Self {
            link,
            carried,
            authority,
            name: None,
            waits_for: WaitsFor::Nothing,
            methods: DEFAULT_METHODS.to_owned(),
            requests: 0,
            let_in: false,
        }
    }

    /// Does the handshake and reads the first request: the login name and the first proof.
    pub(crate) async fn claim(&mut self) -> Result<(String, Offer), Stop> {
        loop {
            let event = self.link.event(PATIENCE).await.map_err(|error| lost(&error))?;
            if event == Event::Ready {
                break;
            }
        }
        let offer = self.offer().await?;
        Ok((self.name.clone().unwrap_or_default(), offer))
    }

    /// Asks a question and waits for the answer.
    pub(crate) async fn ask(&mut self, question: &Question<'_>) -> Result<Option<Answer>, Stop> {
        let answer = match question {
            Question::Another {
                keys,
                password,
                prompts,
            } => {
                let methods = [
                    (*keys, "publickey"),
                    (*prompts, "keyboard-interactive"),
                    (*password, "password"),
                ];
                let methods: Vec<_> = methods
                    .into_iter()
                    .filter(|(on, _)| *on)
                    .map(|(_, name)| name)
                    .collect();
                self.methods = methods.join(",");
                self.refuse(false)?;
                self.offer().await.map(Answer::Offer)?
            }
            Question::Prove(_) => {
                if let WaitsFor::Key { algorithm, blob } =
                    std::mem::replace(&mut self.waits_for, WaitsFor::Nothing)
                {
                    self.send(&PublicKeyOk {
                        algorithm: &algorithm,
                        key: &blob,
                    })?;
                } else {
                    self.refuse(false)?;
                }
                self.offer().await.map(Answer::Offer)?
            }
            Question::Secret { prompt } => self.secret(prompt).await.map(Answer::Text)?,
            // There is no such login here.
            Question::Challenge(_) => return Ok(None),
        };
        Ok(Some(answer))
    }

    /// Asks a hidden question. A client that waits for the verdict on a key or a password is told that this was right and more is
    /// needed (RFC 4252 §5.1), and comes back with a dialogue or, lacking that, a password.
    async fn secret(&mut self, prompt: &str) -> Result<SecretText, Stop> {
        if !matches!(self.waits_for, WaitsFor::Dialogue) {
            let usual = std::mem::replace(&mut self.methods, "keyboard-interactive,password".to_owned());
            self.refuse(true)?;
            let offer = self.offer().await;
            self.methods = usual;
            match offer? {
                Offer::Prompts => {}
                Offer::Password(text) => return Ok(text),
                _ => return self.no_prompts(),
            }
        }
        let prompts = vec![Prompt {
            text: prompt,
            echo: false,
        }];
        self.send(&InfoRequest {
            name: "",
            instruction: "",
            prompts,
        })?;
        let payload = self.link.message(PATIENCE).await.map_err(|error| lost(&error))?;
        let answers = InfoResponse::parse(&payload).map_err(|error| lost(&LinkError::Wire(error.into())))?;
        match answers.as_ref().map(|response| response.answers.as_slice()) {
            Some([answer]) => Ok(SecretText::new(answer.0)),
            Some(_) => Err(broken("the prompt was not answered")),
            None => self.no_prompts(),
        }
    }

    fn no_prompts(&mut self) -> Result<SecretText, Stop> {
        self.refuse(false)?;
        Err(Stop::failed(
            EndReason::AuthFailed,
            FailureStage::Connect,
            "the client can show no prompts, and a password had to be asked for",
        ))
    }

    /// Shows a line of text during the login; later there is no place for it.
    pub(crate) async fn banner(&mut self, text: &str) -> Result<(), Stop> {
        if self.let_in || self.link.transport.is_rekeying() || self.name.is_none() {
            return Ok(());
        }
        self.send(&Banner {
            text: &format!("{text}\r\n"),
        })?;
        self.link.flush().await.map_err(|error| lost(&error))
    }

    /// Waits until the client leaves. Requests that it has sent ahead come too late (RFC 4252 §5.3).
    pub(crate) async fn idle(&mut self) -> Stop {
        loop {
            match self.link.message(PATIENCE).await {
                Ok(_) if self.requests < MOST_REQUESTS => self.requests += 1,
                Ok(_) => return broken("it does not wait for the verdict on its login"),
                Err(LinkError::Timeout(_)) => {}
                Err(error) => return lost(&error),
            }
        }
    }

    /// Says that the client is in.
    pub(crate) async fn succeed(&mut self) -> Result<(), Stop> {
        if !self.let_in {
            self.send(&Success)?;
            self.let_in = true;
            self.link.flush().await.map_err(|error| lost(&error))?;
        }
        Ok(())
    }

    /// Tells whether the client is in.
    pub(crate) fn is_in(&self) -> bool {
        self.let_in
    }

    /// Reads requests until one is an offer for the engine to judge.
    async fn offer(&mut self) -> Result<Offer, Stop> {
        loop {
            let payload = self.link.message(PATIENCE).await.map_err(|error| lost(&error))?;
            let malformed = |error: crate::wire::Malformed| lost(&LinkError::Wire(error.into()));
            if let Some(request) = ServiceRequest::parse(&payload).map_err(malformed)? {
                if request.service != USERAUTH_SERVICE {
                    self.link.transport.disconnect(
                        DisconnectReason::SERVICE_NOT_AVAILABLE,
                        "only ssh-userauth comes first",
                    );
                    return Err(broken("another service than authentication was asked for"));
                }
                self.send(&ServiceAccept {
                    service: USERAUTH_SERVICE,
                })?;
                continue;
            }
            let Some(request) = Request::parse(&payload).map_err(malformed)? else {
                self.link
                    .transport
                    .send_unimplemented()
                    .map_err(|error| lost(&error.into()))?;
                continue;
            };
            self.count(&request)?;
            if let Some(offer) = self.read_offer(&payload, &request)? {
                return Ok(offer);
            }
        }
    }

    /// Bounds the conversation and holds its name still.
    fn count(&mut self, request: &Request<'_>) -> Result<(), Stop> {
        self.requests += 1;
        if self.requests > MOST_REQUESTS {
            self.link.transport.disconnect(
                DisconnectReason::NO_MORE_AUTH_METHODS,
                "too many authentication failures",
            );
            return Err(Stop::failed(
                EndReason::AuthFailed,
                FailureStage::Connect,
                "too many attempts to sign in",
            ));
        }
        if request.service != CONNECTION_SERVICE {
            return Err(broken("another service than the connection was asked for"));
        }
        match &self.name {
            None => self.name = Some(request.user.to_owned()),
            Some(name) if name == request.user => {}
            Some(_) => return Err(broken("the user name changed during the login")),
        }
        Ok(())
    }

    /// Makes an offer of a request; [`None`] when it was answered here.
    fn read_offer(&mut self, payload: &Bytes, request: &Request<'_>) -> Result<Option<Offer>, Stop> {
        self.waits_for = WaitsFor::Verdict;
        if self.carried {
            return self.read_carried(payload, request).map(Some);
        }
        Ok(Some(match &request.method {
            Method::None => Offer::Nothing,
            Method::Password { password, new: None } => Offer::Password(SecretText::new(password.0)),
            Method::KeyboardInteractive { .. } => {
                self.waits_for = WaitsFor::Dialogue;
                Offer::Prompts
            }
            Method::PublicKey(method) => return self.read_key(payload, method),
            Method::Password { .. } | Method::Other { .. } => {
                self.refuse(false)?;
                return Ok(None);
            }
        }))
    }

    /// Behind a proven transport any method will do; the dialogue is kept open for questions.
    fn read_carried(&mut self, payload: &Bytes, request: &Request<'_>) -> Result<Offer, Stop> {
        if self.requests > 1 {
            // A later request answers a question.
            return Ok(match &request.method {
                Method::KeyboardInteractive { .. } => {
                    self.waits_for = WaitsFor::Dialogue;
                    Offer::Prompts
                }
                Method::Password { password, new: None } => Offer::Password(SecretText::new(password.0)),
                Method::PublicKey(method) => self.read_key(payload, method)?.unwrap_or(Offer::Nothing),
                _ => Offer::Nothing,
            });
        }
        if matches!(request.method, Method::KeyboardInteractive { .. }) {
            self.waits_for = WaitsFor::Dialogue;
        }
        Ok(Offer::Carried)
    }

    fn read_key(&mut self, payload: &Bytes, method: &PublicKeyMethod<'_>) -> Result<Option<Offer>, Stop> {
        let known = SignatureAlgorithm::from_name(method.algorithm).is_some();
        let Some(key) = plain_key(method.key)
            .ok()
            .filter(|_| known)
            .map(std::borrow::Cow::into_owned)
        else {
            self.refuse(false)?;
            return Ok(None);
        };
        let user = LoginName::parse(self.name.as_deref().unwrap_or_default()).user;
        let certificate = self.authority.read(method.key, &user);
        if method.signed.is_none() {
            self.waits_for = WaitsFor::Key {
                algorithm: method.algorithm.to_owned(),
                blob: payload.slice_ref(method.key),
            };
            return Ok(Some(certificate.map_or(Offer::Key(key), Offer::Certificate)));
        }
        let transport = &self.link.transport;
        if let Err(error) = method.verify(transport.session_id(), transport.host_key()) {
            tracing::debug!(%error, "a public key proof was refused");
            self.refuse(false)?;
            return Ok(None);
        }
        Ok(Some(match certificate {
            Some(certificate) => Offer::Certificate(CertificateOffer {
                held: true,
                ..certificate
            }),
            None => Offer::Signed(key),
        }))
    }

    fn refuse(&mut self, partial: bool) -> Result<(), Stop> {
        self.waits_for = WaitsFor::Nothing;
        let methods = self.methods.clone();
        self.send(&Failure {
            methods: &methods,
            partial,
        })
    }

    fn send<M: crate::wire::Encode + ?Sized>(&mut self, message: &M) -> Result<(), Stop> {
        self.link.send(message).map_err(|error| lost(&error))
    }
}

/// Says how the client's connection was lost.
pub(crate) fn lost(error: &LinkError) -> Stop {
    match error {
        LinkError::Closed | LinkError::Disconnected(_) | LinkError::Io(_) => Stop {
            detail: format!("client: {error}"),
            ..Stop::new(EndReason::UserDisconnect)
        },
        LinkError::Timeout(_) => Stop::failed(
            EndReason::ProtocolError,
            FailureStage::Connect,
            format!("client: {error}"),
        ),
        LinkError::Wire(_) => Stop::failed(
            EndReason::ProtocolError,
            FailureStage::Runtime,
            format!("client: {error}"),
        ),
    }
}

fn broken(what: &str) -> Stop {
    Stop::failed(
        EndReason::ProtocolError,
        FailureStage::Connect,
        format!("client: {what}"),
    )
}
