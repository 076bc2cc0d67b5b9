//! Audit events: one for every change and every look.

use serde::{Deserialize, Serialize};

use crate::{Micros, SessionId};

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Actor {
    /// A person who signed in, by login name.
    User {
        /// The login name.
        name: String,
    },
    /// The gateway itself: a limit, the reaper, a rule.
    System {
        /// Which part.
        part: String,
    },
    /// Someone who has not (yet) proven who they are, by the name that was claimed.
    Unknown {
        /// The name that was claimed; not verified.
        claimed: String,
    },
}

impl Actor {
    /// Names a person.
    pub fn user(name: impl Into<String>) -> Self {
        Self::User { name: name.into() }
    }

    /// Names a part of the gateway.
    pub fn system(part: impl Into<String>) -> Self {
        Self::System { part: part.into() }
    }

    /// Gives the name alone, for lists.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::User { name } => name,
            Self::System { part } => part,
            Self::Unknown { claimed } => claimed,
        }
    }
}

/// One field that changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The field's name in the API.
    pub field: String,
    /// The value before.
    pub old: serde_json::Value,
    /// The value after.
    pub new: serde_json::Value,
}

impl Change {
    /// Compares two values of a field; [`None`] when they are equal.
    pub fn between<T: Serialize + PartialEq>(field: &str, old: &T, new: &T) -> Option<Self> {
        (old != new).then(|| Self {
            field: field.to_owned(),
            old: serde_json::to_value(old).unwrap_or_default(),
            new: serde_json::to_value(new).unwrap_or_default(),
        })
    }
}

/// One line of the audit log, as it is handed to the store; the store adds sequence, hash and chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// When.
    pub at: Micros,
    /// What, as `noun.verb`: `session.created`, `session.locked`, `recording.played`, `user.changed`, `login.failed` …
    pub kind: String,
    /// Who.
    pub actor: Actor,
    /// The session that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// The object that it is about, as `kind/name`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub object: String,
    /// From where, when a person did it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client_ip: String,
    /// What changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// More, such as a reason that a person gave; holds no secret.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub detail: serde_json::Value,
}

impl AuditEvent {
    /// Starts an event.
    pub fn new(at: Micros, kind: impl Into<String>, actor: Actor) -> Self {
        Self {
            at,
            kind: kind.into(),
            actor,
            session_id: None,
            object: String::new(),
            client_ip: String::new(),
            changes: Vec::new(),
            detail: serde_json::Value::Null,
        }
    }

    /// Says which session it is about.
    #[must_use]
    pub fn on(mut self, session: SessionId) -> Self {
        self.session_id = Some(session);
        self
    }

    /// Says which object it is about.
    #[must_use]
    pub fn about(mut self, object: impl Into<String>) -> Self {
        self.object = object.into();
        self
    }

    /// Says from where it was done.
    #[must_use]
    pub fn from_ip(mut self, ip: impl Into<String>) -> Self {
        self.client_ip = ip.into();
        self
    }

    /// Adds changes.
    #[must_use]
    pub fn with_changes(mut self, changes: impl IntoIterator<Item = Change>) -> Self {
        self.changes.extend(changes);
        self
    }

    /// Adds a detail.
    #[must_use]
    pub fn with_detail(mut self, detail: serde_json::Value) -> Self {
        self.detail = detail;
        self
    }
}
