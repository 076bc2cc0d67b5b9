//! Why sessions and connections end, with the words for each reader.

use serde::{Deserialize, Serialize};

/// Why a session or one of its connections ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The user disconnected.
    UserDisconnect,
    /// The requester ended it early.
    RequesterCancel,
    /// The requester took the request back before it was ready.
    Withdrawn,
    /// The maximum duration was reached.
    MaxDuration,
    /// Both sides were silent for too long.
    IdleTimeout,
    /// An administrator ended it softly.
    AdminCancel,
    /// An administrator cut it.
    AdminTerminate,
    /// The required moderator left.
    ModeratorLeft,
    /// A rule refused or cut it.
    PolicyViolation,
    /// The right to it was withdrawn.
    AccessRevoked,
    /// The resource closed the connection.
    TargetClosed,
    /// The resource could not be reached.
    TargetUnreachable,
    /// The account's secret could not be read, the resource refused it, or its host key did not match.
    AuthFailed,
    /// A reviewer said no.
    ReviewDenied,
    /// No reviewer answered in time.
    ReviewTimeout,
    /// The recording could not be written.
    RecorderFailed,
    /// No space was left for the recording.
    StorageFull,
    /// The gateway process died.
    GatewayLost,
    /// The gateway was shut down.
    GatewayShutdown,
    /// The client or the resource broke its protocol.
    ProtocolError,
}

impl EndReason {
    /// Every reason; for filters and documents.
    pub const ALL: [Self; 20] = [
        Self::UserDisconnect,
        Self::RequesterCancel,
        Self::Withdrawn,
        Self::MaxDuration,
        Self::IdleTimeout,
        Self::AdminCancel,
        Self::AdminTerminate,
        Self::ModeratorLeft,
        Self::PolicyViolation,
        Self::AccessRevoked,
        Self::TargetClosed,
        Self::TargetUnreachable,
        Self::AuthFailed,
        Self::ReviewDenied,
        Self::ReviewTimeout,
        Self::RecorderFailed,
        Self::StorageFull,
        Self::GatewayLost,
        Self::GatewayShutdown,
        Self::ProtocolError,
    ];

    /// Gives the word that is stored and filtered by.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::UserDisconnect => "user_disconnect",
            Self::RequesterCancel => "requester_cancel",
            Self::Withdrawn => "withdrawn",
            Self::MaxDuration => "max_duration",
            Self::IdleTimeout => "idle_timeout",
            Self::AdminCancel => "admin_cancel",
            Self::AdminTerminate => "admin_terminate",
            Self::ModeratorLeft => "moderator_left",
            Self::PolicyViolation => "policy_violation",
            Self::AccessRevoked => "access_revoked",
            Self::TargetClosed => "target_closed",
            Self::TargetUnreachable => "target_unreachable",
            Self::AuthFailed => "auth_failed",
            Self::ReviewDenied => "review_denied",
            Self::ReviewTimeout => "review_timeout",
            Self::RecorderFailed => "recorder_failed",
            Self::StorageFull => "storage_full",
            Self::GatewayLost => "gateway_lost",
            Self::GatewayShutdown => "gateway_shutdown",
            Self::ProtocolError => "protocol_error",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// Says it to the user whose session ended; safe to show to anyone.
    #[must_use]
    pub fn to_caller(self) -> &'static str {
        match self {
            Self::UserDisconnect => "you disconnected",
            Self::RequesterCancel => "you ended the session",
            Self::Withdrawn => "the request was withdrawn",
            Self::MaxDuration => "the session reached its maximum duration",
            Self::IdleTimeout => "the session was idle for too long",
            Self::AdminCancel => "an administrator ended the session",
            Self::AdminTerminate => "an administrator terminated the session",
            Self::ModeratorLeft => "the required moderator left",
            Self::PolicyViolation => "a rule does not allow this",
            Self::AccessRevoked => "access was revoked",
            Self::TargetClosed => "the resource closed the connection",
            Self::TargetUnreachable => "the resource could not be reached",
            Self::AuthFailed => "the gateway could not log in to the resource",
            Self::ReviewDenied => "a reviewer denied the request",
            Self::ReviewTimeout => "no reviewer answered in time",
            Self::RecorderFailed => "the session could not be recorded and was stopped",
            Self::StorageFull => "no space is left for the recording and the session was stopped",
            Self::GatewayLost => "the gateway was lost",
            Self::GatewayShutdown => "the gateway is shutting down",
            Self::ProtocolError => "the connection broke its protocol",
        }
    }

    /// Suggests what an operator can do about it; [`None`] where nothing is wrong.
    #[must_use]
    pub fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::TargetUnreachable => {
                "check the resource's host and port, and that this gateway may reach them"
            }
            Self::AuthFailed => {
                "check the account's login and its secret, also where that is kept, and the pinned host key of the resource"
            }
            Self::RecorderFailed => "check the recording folder's disk and permissions in the gateway's log",
            Self::StorageFull => "free space in the recording folder, or move it to a larger disk",
            Self::GatewayLost => "look for the gateway's crash or restart at this time",
            Self::PolicyViolation => "ask an administrator for an access rule that allows this",
            Self::ProtocolError => "look at the event log for the message that could not be read",
            _ => return None,
        })
    }
}

/// Where in its life a session failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureStage {
    /// The approval mechanism itself broke.
    Approval,
    /// A pre-session step broke.
    Provision,
    /// Dialling or logging in to the resource.
    Connect,
    /// While connected.
    Runtime,
    /// The recorder.
    Recorder,
    /// A post-session step broke.
    Cleanup,
}

/// The whole account of an end: the reason, who, and texts for the caller and the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{}", reason.word(), if detail.is_empty() { "" } else { ": " }, detail)]
pub struct Stop {
    /// Why.
    pub reason: EndReason,
    /// Where, when it is a failure.
    pub stage: Option<FailureStage>,
    /// More for the console and the log; holds no secret.
    pub detail: String,
    /// What a person who ended it wrote for the user; shown to the caller.
    pub message: String,
}

impl Stop {
    /// Makes an account of an ordinary end.
    #[must_use]
    pub fn new(reason: EndReason) -> Self {
        Self {
            reason,
            stage: None,
            detail: String::new(),
            message: String::new(),
        }
    }

    /// Makes an account of a failure.
    pub fn failed(reason: EndReason, stage: FailureStage, detail: impl Into<String>) -> Self {
        Self {
            reason,
            stage: Some(stage),
            detail: detail.into(),
            message: String::new(),
        }
    }

    /// Adds what a person wrote for the user.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }

    /// Says it to the caller in one line; holds nothing internal.
    #[must_use]
    pub fn to_caller(&self) -> String {
        let reason = match self.stage {
            Some(FailureStage::Approval) => "there is nobody who can approve the request",
            _ => self.reason.to_caller(),
        };
        if self.message.is_empty() {
            reason.to_owned()
        } else {
            format!("{reason}: {}", self.message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_json_form() {
        for reason in EndReason::ALL {
            assert_eq!(
                serde_json::to_value(reason).ok(),
                Some(serde_json::json!(reason.word()))
            );
            assert_eq!(EndReason::parse(reason.word()), Some(reason));
        }
    }

    #[test]
    fn the_caller_reads_no_detail() {
        let stop = Stop::failed(
            EndReason::TargetUnreachable,
            FailureStage::Connect,
            "10.1.2.3: refused",
        );
        assert!(!stop.to_caller().contains("10.1.2.3"));
        assert!(stop.to_string().contains("10.1.2.3"));
    }
}
