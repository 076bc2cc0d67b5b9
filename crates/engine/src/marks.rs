//! The JSON that the engine writes into a tape: how a strand opens and closes, and notes. Players and the indexer read it back.

use domain::stop::Stop;
use serde::{Deserialize, Serialize};

use crate::tap::StrandKind;

/// The body of [`tape::Kind::Open`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenMark {
    /// What kind of strand it is.
    pub kind: StrandKind,
    /// The command line, the subsystem, or `host:port`; empty for a login shell.
    pub title: String,
    /// Columns of a terminal, pixels of a display; zero when it has no size.
    pub cols: u32,
    /// Rows of a terminal, pixels of a display; zero when it has no size.
    pub rows: u32,
    /// Its bytes are counted and not stored.
    #[serde(default)]
    pub counted: bool,
    /// More that the protocol knows.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub detail: serde_json::Value,
}

/// The body of [`tape::Kind::Close`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CloseMark {
    /// The exit status of the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<u32>,
    /// The signal that ended the command, such as `KILL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<String>,
    /// What went wrong; empty when nothing did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
    /// It was cut: nobody closed it.
    #[serde(default)]
    pub cut: bool,
    /// Bytes from the caller to the resource.
    pub bytes_up: u64,
    /// Bytes from the resource to the caller.
    pub bytes_down: u64,
    /// Bytes of input that a lock discarded.
    #[serde(default)]
    pub discarded: u64,
    /// More that the protocol knows.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub detail: serde_json::Value,
}

/// The body of a [`tape::Kind::Note`] that the engine writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Mark {
    /// Input was frozen.
    Locked {
        /// Who, when and with what words.
        lock: domain::session::Lock,
    },
    /// Input passes again.
    Unlocked,
    /// The end moved to this time.
    Extended {
        /// The new end.
        expires_at: domain::Micros,
    },
    /// The caller was told that the end is near.
    Warned {
        /// Seconds that were left.
        secs: u32,
        /// Why it would end.
        why: domain::stop::EndReason,
    },
    /// The connection ended.
    Stopped {
        /// Why.
        reason: domain::stop::EndReason,
        /// More, for the console and the log.
        detail: String,
        /// What a person wrote for the user.
        message: String,
    },
    /// Something that the protocol wrote, such as a forward that was refused.
    Protocol {
        /// Its own words.
        body: serde_json::Value,
    },
}

impl From<&Stop> for Mark {
    fn from(stop: &Stop) -> Self {
        Self::Stopped {
            reason: stop.reason,
            detail: stop.detail.clone(),
            message: stop.message.clone(),
        }
    }
}

/// Writes a mark as the bytes of a record.
pub(crate) fn body(mark: &impl Serialize) -> bytes::Bytes {
    // Every mark is made of strings, numbers and JSON: nothing in it can fail to serialise.
    serde_json::to_vec(mark).unwrap_or_default().into()
}
