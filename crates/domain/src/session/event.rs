//! What can happen to a session, and what comes of it.

use serde::{Deserialize, Serialize};

use super::{Life, Lock, LockScope, State};
use crate::{
    Micros, Span,
    audit::{Actor, Change},
    stop::{EndReason, FailureStage},
};

/// What happens to a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The start time of a scheduled session has come.
    StartTimeReached,
    /// All reviewers that are needed said yes.
    Approved,
    /// A reviewer said no, with what they wrote for the user, or none answered in time.
    ReviewRefused(EndReason, String),
    /// The approval mechanism itself broke.
    ApprovalFailed(String),
    /// Pre-session steps are done.
    Provisioned,
    /// A pre-session step broke.
    ProvisionFailed(String),
    /// A client arrived.
    ConnectionOpened,
    /// The resource accepted the login of a connection.
    LoggedIn,
    /// Somebody was seen on the resource who came past the gateway, or is not seen any more.
    DirectSeen(bool),
    /// A connection did not come up.
    ConnectFailed(EndReason, String),
    /// A connection that was up has closed; the stage is given when it broke.
    ConnectionClosed(EndReason, Option<FailureStage>, String),
    /// An administrator freezes or refreezes the session.
    Lock(LockOrder),
    /// An administrator lets go.
    Unlock,
    /// The end moves by this much; the flag says whether the owner does it, within this limit in total.
    Extend {
        /// By how much.
        by: Span,
        /// The limit for the owner in total; [`None`] for an administrator.
        owner_limit: Option<Span>,
        /// When the hours of the profile are over, past which nobody extends it; [`None`] when that is nowhere near.
        closes: Option<Micros>,
    },
    /// A soft end: by the owner, an administrator, or the gateway (revoked access, shutdown).
    Cancel(EndReason, String),
    /// Time is up: the maximum duration, the hours of the profile or the idle timeout; with words for the user.
    Expire(EndReason, String),
    /// A hard end by an administrator, a moderator or a rule.
    Terminate(EndReason, String),
    /// Post-session steps are done; an error is kept.
    CleanedUp(Option<String>),
    /// What a clean-up had left behind is gone.
    Tidied,
    /// The node that carried it is gone.
    Lost,
}

impl Event {
    /// Gives the kind of the audit event.
    #[must_use]
    pub fn audit_kind(&self) -> &'static str {
        match self {
            Self::StartTimeReached => "session.started",
            Self::Approved => "session.approved",
            Self::ReviewRefused(..) => "session.denied",
            Self::ApprovalFailed(_) => "session.approval_failed",
            Self::Provisioned => "session.provisioned",
            Self::ProvisionFailed(_) => "session.provision_failed",
            Self::ConnectionOpened => "session.connection_opened",
            Self::LoggedIn => "session.logged_in",
            Self::DirectSeen(_) => "session.login_via",
            Self::ConnectFailed(..) => "session.connect_failed",
            Self::ConnectionClosed(..) => "session.connection_closed",
            Self::Lock(_) => "session.locked",
            Self::Unlock => "session.unlocked",
            Self::Extend { .. } => "session.extended",
            Self::Cancel(..) => "session.canceled",
            Self::Expire(..) => "session.expired",
            Self::Terminate(..) => "session.terminated",
            Self::CleanedUp(None) => "session.ended",
            Self::CleanedUp(Some(_)) => "session.cleanup_failed",
            Self::Tidied => "session.cleaned_up",
            Self::Lost => "session.lost",
        }
    }
}

/// What an administrator orders with a lock.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LockOrder {
    /// A short title.
    pub title: String,
    /// What the user is told.
    pub message: String,
    /// What it covers.
    pub scope: LockScope,
}

impl LockOrder {
    /// Makes the lock that a session keeps.
    #[must_use]
    pub fn by(&self, actor: &Actor, at: Micros) -> Lock {
        Lock {
            by: actor.name().to_owned(),
            at,
            title: self.title.clone(),
            message: self.message.clone(),
            scope: self.scope,
        }
    }
}

/// What a person can order; the words of `authorized_actions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Look at it as it runs.
    Watch,
    /// Play its recording.
    Play,
    /// End it softly.
    Cancel,
    /// Cut it.
    Terminate,
    /// Freeze its input.
    Lock,
    /// Let it go on.
    Unlock,
    /// Move its end.
    Extend,
    /// Take content out as a file.
    Export,
    /// Show it to others.
    Share,
    /// Keep its recording whatever the rules of retention say.
    Hold,
    /// Let its recording go by the rules of retention again.
    Release,
}

/// What comes of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The life after it.
    pub life: Life,
    /// Every field that changed, with the old and the new value; empty when nothing did.
    pub changes: Vec<Change>,
}

/// Why an event is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The state does not allow it.
    #[error("a session that is {} cannot be {done}", state.word())]
    Illegal {
        /// The state now.
        state: State,
        /// What was tried, as a participle.
        done: &'static str,
    },
    /// Its time is over.
    #[error("the session has expired")]
    Expired,
    /// It is locked.
    #[error("the session is locked")]
    Locked,
    /// The owner may not extend it so far.
    #[error("the profile lets you extend by {left_secs} more seconds at most")]
    BeyondLimit {
        /// What is left, in seconds.
        left_secs: i64,
    },
    /// It would go past the hours in which it is allowed.
    #[error("the hours of the profile end in {left_secs} seconds; a session is not extended past them")]
    PastHours {
        /// How much later than now they end, in seconds.
        left_secs: i64,
    },
    /// There is no finished recording that could be kept.
    #[error("the session has no recording that could be held")]
    NothingToHold,
}
