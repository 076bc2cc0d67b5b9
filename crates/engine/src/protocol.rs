//! What a protocol brings: [`Protocol`], one value for each, and [`Visit`], one for each connection of a caller.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    Micros, SessionId,
    object::SecretText,
    person::Person,
    policy::Grant,
    session::{ClientInterface, Lock, SessionVerb},
    statement::StatementRule,
    stop::Stop,
};
use tokio::io::{AsyncRead, AsyncWrite};
use vault::Verifiers;

use crate::{
    portal::{Portal, Reporter},
    provisioner::Provisioner,
    statements::{ResultReader, Spelling},
    tap::Tap,
};

/// A byte stream to a caller: a socket, a channel of another protocol, or a websocket.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

/// A boxed [`Socket`].
pub type Stream = Box<dyn Socket>;

/// How a session is drawn; lists, viewers and players know media, never protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// A terminal.
    Terminal,
    /// Statements and their outcomes.
    Statements,
    /// Pictures of a desktop.
    Display,
    /// Bytes without a picture: only the connection log.
    Raw,
}

/// What is fixed about a protocol.
#[derive(Debug)]
pub struct Spec {
    /// The id in documents, lists and paths, such as `tcp`.
    pub id: &'static str,
    /// The name shown to people.
    pub title: &'static str,
    /// The port of the far end when a resource names none.
    pub default_port: Option<u16>,
    /// How its sessions are drawn.
    pub medium: Medium,
    /// A JSON schema of the resource's `options`, as text; the console draws its form from it.
    pub options_schema: &'static str,
}

/// A protocol: one static value, registered in the gateway's list.
pub trait Protocol: Send + Sync + 'static {
    /// Gives what is fixed.
    fn spec(&self) -> &'static Spec;

    /// Checks the options of a resource; the error names the option.
    fn check(&self, options: &serde_json::Map<String, serde_json::Value>) -> Result<(), String>;

    /// Takes a caller's stream. Does no I/O yet.
    fn visit(&self, stream: Stream, arrival: Arrival) -> Box<dyn Visit>;

    /// Writes the command with which a native client reaches a resource through the gateway; [`None`] when only the
    /// `doorward connect` tunnel does.
    fn native_command(&self, with: &NativeCommand<'_>) -> Option<String>;

    /// Writes the address under which native clients and their libraries know a resource, with the password in it where there is one;
    /// the default has none.
    fn address(&self, _with: &NativeCommand<'_>, _password: Option<&SecretText>) -> Option<SecretText> {
        None
    }

    /// Gives the client that the gateway runs for people with a browser; the default has none.
    fn portal(&self) -> Option<Arc<dyn Portal>> {
        None
    }

    /// Gives what does the steps of activities on its resources; the default has none.
    fn provisioner(&self) -> Option<Arc<dyn Provisioner>> {
        None
    }

    /// Gives what judges statements by the text that the log has of them; the default has none.
    fn judge(&self, _rules: &[StatementRule]) -> Option<Box<dyn StatementJudge>> {
        None
    }

    /// Gives what reads results of statements out of recordings; the default has none.
    fn results(&self, _spelling: Spelling) -> Option<Box<dyn ResultReader>> {
        None
    }
}

/// Judges statements by the text that the log has of them, as they are judged while they are sent.
pub trait StatementJudge: Send + Sync {
    /// Finds the rule that decides about a statement; [`None`] when it may go on.
    fn rule_for(&self, statement: &str, at: Micros) -> Option<&StatementRule>;
}

/// What [`Protocol::native_command`] needs.
#[derive(Debug)]
pub struct NativeCommand<'a> {
    /// The person's login name, or that of a password for clients of databases.
    pub user: &'a str,
    /// The resource's name.
    pub resource: &'a str,
    /// The account, when it is not the rule's first one.
    pub account: Option<&'a str>,
    /// The gateway's host name as callers know it.
    pub host: &'a str,
    /// The protocol's listening port on the gateway; [`None`] when it has none of its own.
    pub port: Option<u16>,
}

/// How a caller came.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The caller's address (after a PROXY header from a trusted peer, the address that it names).
    pub peer: SocketAddr,
    /// By which interface.
    pub interface: ClientInterface,
    /// Who and what is already known because another, authenticated transport carries this stream.
    pub carried: Option<Carried>,
}

/// What an outer transport has already proven.
#[derive(Debug, Clone)]
pub struct Carried {
    /// Who it is.
    pub person: Person,
    /// What they want.
    pub resource: String,
    /// Where it is written how the visit goes, for a caller within the gateway.
    pub(crate) reporter: Option<Reporter>,
    /// The session of which a statement is run again.
    pub(crate) rerun_of: Option<SessionId>,
    /// What the session is for, where whoever carries it knows.
    pub(crate) verb: Option<SessionVerb>,
}

impl Arrival {
    pub(crate) fn reporter(&self) -> Option<&Reporter> {
        self.carried.as_ref()?.reporter.as_ref()
    }

    pub(crate) fn verb(&self) -> Option<SessionVerb> {
        self.carried.as_ref()?.verb
    }

    pub(crate) fn rerun_of(&self) -> Option<SessionId> {
        self.carried.as_ref()?.rerun_of
    }
}

/// Who a caller claims to be, and what they want.
#[derive(Debug)]
pub struct Claim {
    /// The login name that is claimed.
    pub user: String,
    /// The resource; [`None`] when the caller names none (see [`Visit::lobby`]).
    pub resource: Option<String>,
    /// The account on the resource; [`None`] for the rule's first one.
    pub account: Option<String>,
    /// The first proof.
    pub offer: Offer,
    /// What the client calls itself; not verified.
    pub client_version: String,
}

/// A proof that a caller offers.
#[derive(Debug, Clone)]
pub enum Offer {
    /// None yet: the caller asks which are accepted.
    Nothing,
    /// A public key, as an SSH wire blob, without proof of possession yet: "would this one do?".
    Key(Vec<u8>),
    /// A public key whose signature over this very handshake the visit has verified.
    Signed(Vec<u8>),
    /// A certificate of the gateway's own authority for users.
    Certificate(CertificateOffer),
    /// A password or an API token.
    Password(SecretText),
    /// The answer to [`Question::Challenge`], as the visit has verified it.
    Answered {
        /// It is right.
        right: bool,
    },
    /// The caller is ready to be asked with prompts.
    Prompts,
    /// The transport that carries this stream has proven it; only valid with [`Arrival::carried`].
    Carried,
}

/// A certificate that the gateway's own authority for users has signed, or that says so, as a visit has read it.
#[derive(Debug, Clone)]
pub struct CertificateOffer {
    /// The certificate, as an SSH wire blob.
    pub blob: Vec<u8>,
    /// What it is called, which says what it was made with.
    pub key_id: String,
    /// Its number.
    pub serial: u64,
    /// What is wrong with its signature, time, name or place; [`None`] when all of them are in order.
    pub fault: Option<String>,
    /// Its key has signed this very handshake.
    pub held: bool,
}

/// What login asks of a caller.
#[derive(Debug)]
pub enum Question<'a> {
    /// "Not that; offer another proof." With what is accepted.
    Another {
        /// Public keys may be offered.
        keys: bool,
        /// A password (or token) may be offered.
        password: bool,
        /// Prompts may be asked.
        prompts: bool,
    },
    /// "That key would do: prove that you hold it." Answered by [`Offer::Signed`] or another offer.
    Prove(&'a [u8]),
    /// "Prove that you know the password that these verify, without sending it." Answered by [`Offer::Answered`]. They may be nobody's;
    /// then no proof is right, and the caller must not see a difference.
    Challenge(&'a Verifiers),
    /// A prompt whose answer is hidden as it is typed, such as the password of an account on the resource.
    Secret {
        /// What to write before the answer.
        prompt: &'a str,
    },
}

/// What a caller answers.
#[derive(Debug)]
pub enum Answer {
    /// The next proof.
    Offer(Offer),
    /// The text typed at a prompt.
    Text(SecretText),
}

/// Something that a caller is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A line of text, such as where an approval is waited for.
    Text(String),
    /// Input is frozen.
    Locked(Lock),
    /// Input passes again.
    Unlocked,
    /// The session ends in this many seconds, for this reason.
    EndsIn {
        /// Seconds that are left.
        secs: u32,
        /// Why.
        why: Stop,
    },
    /// The end moved: seconds that are left now.
    Extended {
        /// Seconds that are left.
        secs: u32,
    },
    /// The session is ending softly for this reason; connections are cut after a short grace.
    Ending(Stop),
}

impl Notice {
    /// Says it in one line.
    #[must_use]
    pub fn text(&self) -> String {
        let spell = |secs: u32| {
            if secs >= 120 {
                format!("{} minutes", secs / 60)
            } else {
                format!("{secs} seconds")
            }
        };
        match self {
            Self::Text(text) => text.clone(),
            Self::Locked(lock) => {
                let words = [lock.title.as_str(), lock.message.as_str()];
                let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
                let tail = if words.is_empty() {
                    String::new()
                } else {
                    format!(": {}", words.join(": "))
                };
                format!("session locked by {}{tail}", lock.by)
            }
            Self::Unlocked => "session unlocked; what you typed meanwhile was discarded".to_owned(),
            Self::EndsIn { secs, why } => {
                format!("this session ends in {}: {}", spell(*secs), why.to_caller())
            }
            Self::Extended { secs } => format!("session extended; it ends in {}", spell(*secs)),
            Self::Ending(stop) => format!("session is ending: {}", stop.to_caller()),
        }
    }
}

/// The way to a resource: all that [`Visit::connect`] needs.
pub struct Way {
    /// What was decided.
    pub grant: Arc<Grant>,
    /// The port to dial (the resource's, or the protocol's default).
    pub port: u16,
    /// The secret's value and form, from the vault; [`None`] when the user supplies their own.
    pub secret: Option<WaySecret>,
    /// Knows the far end by its key.
    pub identity: Arc<dyn Identity>,
}

/// A secret from the vault.
#[derive(Clone)]
pub struct WaySecret {
    /// What it is.
    pub form: domain::object::SecretForm,
    /// Its value.
    pub value: SecretText,
}

/// Knows far ends by their keys: those pinned in the resource's options or on first use.
#[async_trait]
pub trait Identity: Send + Sync {
    /// Accepts the far end's public key or refuses it. `algorithm` is the key's type, `key` its wire blob.
    ///
    /// The first key of a resource is pinned and audited unless the resource lists its keys; another key later is an error with
    /// [`domain::stop::EndReason::AuthFailed`].
    async fn accept(&self, algorithm: &str, key: &[u8]) -> Result<(), Stop>;

    /// Takes down from where the gateway has come to the far end, before it logs in there: a log-in from elsewhere is not its own.
    async fn came_from(&self, _from: SocketAddr) -> Result<(), Stop> {
        Ok(())
    }

    /// Lists the algorithms of the keys that are pinned, so that the handshake can ask for those first.
    async fn known_algorithms(&self) -> Vec<String>;
}

/// What a person who named no resource may do: see what there is, and be carried to a resource through their transport.
#[async_trait]
pub trait Lobby: Send + Sync {
    /// Gives who is in the lobby.
    fn person(&self) -> &Person;

    /// Lists the resources that the person may use: name, protocol id, description.
    fn resources(&self) -> Vec<LobbyResource>;

    /// Carries a stream to a resource as a visit of that resource's protocol; returns when it has ended.
    ///
    /// An unknown or forbidden name is refused inside, in the protocol's own words.
    async fn carry(&self, resource: &str, stream: Stream);

    /// Tells whether the person may use a resource of this name at all; decides whether a stream is opened.
    fn may_reach(&self, resource: &str) -> bool;

    /// Waits until the person loses the right to be here (disabled, locked, shutdown).
    async fn closed(&self) -> Stop;
}

/// A line of the lobby's list.
#[derive(Debug, Clone)]
pub struct LobbyResource {
    /// The resource's name.
    pub name: String,
    /// The protocol's id.
    pub protocol: String,
    /// What it is.
    pub description: String,
}

/// One caller, from the first byte to the last.
///
/// The engine calls the methods in order. Any of the futures may be dropped when the session is cut; state that
/// [`Visit::farewell`] needs lives in the visit and not in the future.
#[async_trait]
pub trait Visit: Send {
    /// Reads who it is and what they want, with the first proof.
    async fn claim(&mut self) -> Result<Claim, Stop>;

    /// Asks for more. [`None`] when the protocol has no way to ask that.
    async fn ask(&mut self, question: &Question<'_>) -> Result<Option<Answer>, Stop>;

    /// Tells the caller something before the relay runs. A protocol that cannot show it does nothing.
    async fn tell(&mut self, notice: &Notice) -> Result<(), Stop>;

    /// Waits beside a decision that others make, until the caller leaves. What they send meanwhile is kept, within bounds. Cancel-safe.
    /// The default never notices.
    async fn idle(&mut self) -> Stop {
        std::future::pending().await
    }

    /// Dials the resource, proves the account there and finishes both handshakes. No byte of the caller's may reach the resource
    /// before this.
    async fn connect(&mut self, way: &Way) -> Result<(), Stop>;

    /// Gives the verb of the session as far as it is known after [`Visit::claim`].
    fn verb(&self) -> SessionVerb {
        SessionVerb::Connect
    }

    /// Carries bytes both ways through the tap until either side ends; watches [`Tap::notice`].
    ///
    /// Returns how it ended; never "because it was stopped": the engine drops the future for that.
    async fn relay(&mut self, tap: &Tap) -> Stop;

    /// Serves a caller who named no resource. The default refuses.
    async fn lobby(&mut self, _lobby: &dyn Lobby) -> Stop {
        Stop::failed(
            domain::stop::EndReason::PolicyViolation,
            domain::stop::FailureStage::Connect,
            "no resource was named",
        )
    }

    /// Says why it ends, in the protocol's own words, and closes both sides. The engine bounds it to two seconds.
    async fn farewell(&mut self, stop: &Stop);
}
