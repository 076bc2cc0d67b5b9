//! A session: a time-boxed right to use one resource, with no, one or many connections.
//!
//! [`Session`] says who, what and from where, and never changes. [`Life`] is what changes, and [`Life::apply`] is the only way
//! in which it does: a pure function from an event to the next life or a refusal. The store runs it inside one transaction and
//! writes the audit event beside it; the engine watches the result.

mod event;
mod life;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use event::{Event, LockOrder, Refusal, Step, Verb};
pub use life::{Life, Terms};

use crate::{ConnectionId, Micros, ObjectId, SessionId, recording::RecordingState, stop::EndReason};

/// The state of a session. See the diagram in `docs/sessions.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Approved or needing none; its start lies ahead.
    Scheduled,
    /// Waiting for reviewers.
    AwaitingApproval,
    /// Pre-session steps run.
    Provisioning,
    /// Ready, nobody connected.
    Available,
    /// The gateway dials and logs in to the resource.
    Connecting,
    /// At least one connection is up.
    Active,
    /// Input is frozen by an administrator; connections are kept.
    Locked,
    /// Connections close and post-session steps run.
    Ending,
    /// Ended as planned or by its owner.
    Completed,
    /// Withdrawn before it was ready, or ended softly by an administrator.
    Canceled,
    /// Cut by an administrator, a moderator or a rule.
    Terminated,
    /// A reviewer or a rule said no.
    Denied,
    /// Something broke.
    Failed,
}

impl State {
    /// Every state, in the order of a life.
    pub const ALL: [Self; 13] = [
        Self::Scheduled,
        Self::AwaitingApproval,
        Self::Provisioning,
        Self::Available,
        Self::Connecting,
        Self::Active,
        Self::Locked,
        Self::Ending,
        Self::Completed,
        Self::Canceled,
        Self::Terminated,
        Self::Denied,
        Self::Failed,
    ];

    /// The states of a session that uses a resource now: what a list shows when it is not asked for more.
    pub const RUNNING: [Self; 3] = [Self::Connecting, Self::Active, Self::Locked];

    /// Tells whether the state is final.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Canceled | Self::Terminated | Self::Denied | Self::Failed
        )
    }

    /// Gives the word that is shown, filtered by and written in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Provisioning => "provisioning",
            Self::Available => "available",
            Self::Connecting => "connecting",
            Self::Active => "active",
            Self::Locked => "locked",
            Self::Ending => "ending",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
            Self::Terminated => "terminated",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }

    /// Gives the small number that the store keeps; never reused.
    #[must_use]
    pub fn code(self) -> i16 {
        self as i16
    }

    /// Reads the store's number back.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        usize::try_from(code)
            .ok()
            .and_then(|at| Self::ALL.get(at).copied())
    }

    /// Reads a word of a filter: one state, or one of the words that other products taught people's fingers.
    #[must_use]
    pub fn parse_filter(word: &str) -> Option<Vec<Self>> {
        let word = word.to_ascii_lowercase().replace('-', "_");
        if let Some(state) = Self::ALL
            .into_iter()
            .find(|state| state.word() == word && word != "active")
        {
            return Some(vec![state]);
        }
        Some(match word.as_str() {
            "active" | "open" => Self::RUNNING.to_vec(),
            "connected" => vec![Self::Active, Self::Locked],
            "pending" | "waiting" => vec![
                Self::Scheduled,
                Self::AwaitingApproval,
                Self::Provisioning,
                Self::Available,
                Self::Connecting,
            ],
            "closed" => vec![Self::Completed, Self::Canceled],
            "ready" => vec![Self::Available],
            "done" | "ended" => Self::ALL
                .into_iter()
                .filter(|state| state.is_terminal())
                .collect(),
            "logged_in" => vec![Self::Active],
            "canceling" | "cancelling" => vec![Self::Ending],
            "cancelled" => vec![Self::Canceled],
            _ => return None,
        })
    }

    /// Words besides the states that [`State::parse_filter`] takes; for usage errors.
    pub const FILTER_ALIASES: [&'static str; 9] = [
        "open",
        "connected",
        "pending",
        "closed",
        "ready",
        "done",
        "ended",
        "logged_in",
        "canceling",
    ];
}

/// How the user reaches the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientInterface {
    /// A native client of the protocol, such as `ssh` or `psql`.
    Cli,
    /// A terminal in the console.
    WebCli,
    /// A page in the console.
    Web,
    /// A desktop application.
    Desktop,
}

impl ClientInterface {
    /// Every interface.
    pub const ALL: [Self; 4] = [Self::Cli, Self::WebCli, Self::Web, Self::Desktop];

    /// Gives the words shown in lists.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Cli => "CLI",
            Self::WebCli => "Web Portal - CLI",
            Self::Web => "Web Portal - Web",
            Self::Desktop => "Desktop Application",
        }
    }

    /// Gives the word of filters and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::WebCli => "web_cli",
            Self::Web => "web",
            Self::Desktop => "desktop",
        }
    }

    /// Gives the store's number.
    #[must_use]
    pub fn code(self) -> i16 {
        self as i16
    }

    /// Reads the store's number back.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        usize::try_from(code)
            .ok()
            .and_then(|at| Self::ALL.get(at).copied())
    }

    /// Reads the word or the title, in any case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|one| one.word().eq_ignore_ascii_case(word) || one.title().eq_ignore_ascii_case(word))
    }
}

/// Whether a session is one command or a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionVerb {
    /// One command or statement, then the end.
    Exec,
    /// Interactive.
    Connect,
}

/// A thing by its lasting name and by the name it had when the session was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The lasting name.
    pub id: ObjectId,
    /// The name at the time.
    pub name: String,
}

/// The resource of a session as it was when the session was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceRef {
    /// The lasting name.
    pub id: ObjectId,
    /// The name at the time.
    pub name: String,
    /// The protocol's id.
    #[serde(rename = "type")]
    pub protocol: String,
    /// `host:port` at the time.
    pub host: String,
}

/// What of a session never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its name for ever.
    pub id: SessionId,
    /// When it was asked for.
    pub created_at: Micros,
    /// Who.
    pub user: Named,
    /// The login name used on the resource; may be empty where a protocol has none.
    pub account: String,
    /// What.
    pub resource: ResourceRef,
    /// The access rule that decided, by name; empty when no rule matched.
    pub access_rule: String,
    /// The profile in force, by name.
    pub profile: String,
    /// What is done on the resource for it; [`None`] for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<Named>,
    /// The gateway (node) that carries it, by name.
    pub gateway: String,
    /// How it is reached.
    pub client_interface: ClientInterface,
    /// The address of the user's client.
    pub client_ip: std::net::IpAddr,
    /// The name of the secret that was used; empty when the user supplied their own, and for an account that is made for the session.
    pub secret_name: String,
    /// One-shot or interactive.
    pub verb: SessionVerb,
    /// A ticket number; may be empty.
    pub ticket: String,
    /// Groups sessions of one piece of work; may be empty.
    pub correlation_id: String,
    /// The session that this one runs again.
    pub rerun_of: Option<SessionId>,
}

/// One transport of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Its name; also the name of its tape.
    pub id: ConnectionId,
    /// The session that owns it.
    pub session_id: SessionId,
    /// The node that carries it.
    pub node: String,
    /// When it was opened.
    pub opened_at: Micros,
    /// When it was closed.
    pub closed_at: Micros,
    /// From where.
    pub client_ip: std::net::IpAddr,
    /// By what.
    pub client_interface: ClientInterface,
    /// What the client calls itself, such as an SSH version line; not verified.
    pub client_version: String,
    /// Bytes from the caller to the resource.
    pub bytes_up: i64,
    /// Bytes from the resource to the caller.
    pub bytes_down: i64,
    /// Why it was closed.
    pub close_reason: Option<EndReason>,
    /// Where its recording stands.
    pub recording: RecordingState,
}

/// Who froze a session, and what they said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Who, by login name.
    pub by: String,
    /// When.
    pub at: Micros,
    /// A short title; may be empty.
    pub title: String,
    /// What the user is told; may be empty.
    pub message: String,
    /// What it covers.
    pub scope: LockScope,
}

/// What a lock covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockScope {
    /// This session.
    #[default]
    Session,
    /// Every session on the resource, and no new ones.
    Resource,
    /// Every session of the user, and no new ones.
    User,
}

/// How a person was seen on the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginVia {
    /// Nobody yet.
    #[default]
    None,
    /// Through the gateway.
    Proxy,
    /// Past the gateway, found by looking at the resource.
    Direct,
}
