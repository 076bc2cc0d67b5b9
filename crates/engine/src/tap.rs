//! What a protocol gets: a [`Tap`] that every byte goes through on its way.
//!
//! Only what has [`Passed`] may be sent on, and only the tap makes a [`Passed`]: forwarding what was not recorded, or what a lock
//! holds, does not compile.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use domain::{
    object::Capability,
    policy::Grant,
    session::{ClientInterface, SessionVerb},
    stop::Stop,
};
use serde::{Deserialize, Serialize};

use crate::{
    approvals::ToHold,
    gate::Gate,
    host::{Host, Pending},
    marks::{self, Mark},
    notices::Notices,
    protocol::Notice,
    recorder::Intake,
    traffic::Traffic,
};

pub use crate::strand::Strand;
pub use tape::Direction;

/// Bytes that were recorded (or counted, where the profile says so) and that no lock holds.
///
/// ```compile_fail
/// let forged = engine::Passed(bytes::Bytes::from_static(b"rm -rf /"));
/// ```
#[derive(Debug)]
#[must_use = "bytes that passed are to be sent on"]
pub struct Passed(pub(crate) Bytes);

impl Passed {
    /// Gives the bytes to be sent.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// Takes the bytes to be sent.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

/// What became of bytes that were offered to a [`Strand`].
#[derive(Debug)]
#[must_use = "bytes that passed are to be sent on, and those that are held to be offered again"]
pub enum Pass {
    /// They were recorded: send them on.
    On(Passed),
    /// A lock holds them: keep them, read no more from that side, and offer them again after [`Notice::Unlocked`]
    /// (or after [`Gate::opened`]).
    Held(Bytes),
    /// A lock is in force and this is input of a terminal or a display: so many bytes are gone.
    Discarded(usize),
}

/// What kind of stream a strand is; decides what a lock does to it and how it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StrandKind {
    /// A terminal. While locked, input is discarded and output goes on; input that is not echoed is masked.
    Terminal,
    /// Bytes of a command without a terminal. While locked, both directions are held.
    Command,
    /// A transfer of files: content is hashed and not stored. While locked, both directions are held.
    Files,
    /// A connection that is forwarded. While locked, both directions are held.
    Forward,
    /// Statements and outcomes. While locked, input is held.
    Statements,
    /// A desktop. While locked, input is discarded.
    Display,
}

/// How a strand begins.
#[derive(Debug, Clone)]
pub struct StrandOpen {
    /// What kind of stream it is.
    pub kind: StrandKind,
    /// The command line, the subsystem, or `host:port`; empty for a login shell.
    pub title: String,
    /// Columns of a terminal, pixels of a display; zero when it has no size.
    pub cols: u32,
    /// Rows of a terminal, pixels of a display; zero when it has no size.
    pub rows: u32,
    /// [`SessionVerb::Exec`] for one command, after which the strand ends.
    pub verb: SessionVerb,
    /// More that the protocol knows, such as the terminal's type; goes on the tape.
    pub detail: serde_json::Value,
}

impl StrandOpen {
    /// Describes a strand without a size.
    pub fn new(kind: StrandKind, title: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.into(),
            cols: 0,
            rows: 0,
            verb: SessionVerb::Connect,
            detail: serde_json::Value::Null,
        }
    }
}

/// How a strand ended.
#[derive(Debug, Clone, Default)]
pub struct StrandOutcome {
    /// The exit status of the command.
    pub exit_code: Option<u32>,
    /// The signal that ended the command, without `SIG`.
    pub signal: Option<String>,
    /// What went wrong; empty when nothing did.
    pub error: String,
    /// More that the protocol knows; goes on the tape.
    pub detail: serde_json::Value,
}

/// The way of all traffic of one connection: one for each, shared by its strands.
#[derive(Debug)]
pub struct Tap {
    pub(crate) core: Arc<TapCore>,
}

/// What a tap and its strands share.
#[derive(Debug)]
pub(crate) struct TapCore {
    pub(crate) grant: Arc<Grant>,
    pub(crate) interface: ClientInterface,
    pub(crate) intake: Intake,
    pub(crate) gate: Gate,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) notices: Arc<Notices>,
    pub(crate) next_strand: AtomicU32,
    pub(crate) host: Host,
}

impl Tap {
    pub(crate) fn new(
        grant: Arc<Grant>,
        interface: ClientInterface,
        intake: Intake,
        gate: Gate,
        traffic: Arc<Traffic>,
        notices: Arc<Notices>,
        host: Host,
    ) -> Self {
        let core = TapCore {
            grant,
            interface,
            intake,
            gate,
            traffic,
            notices,
            // Zero is the connection itself.
            next_strand: AtomicU32::new(1),
            host,
        };
        Self { core: Arc::new(core) }
    }

    /// Gives what was decided for this session.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.core.grant
    }

    /// Gives how the caller came.
    #[must_use]
    pub fn interface(&self) -> ClientInterface {
        self.core.interface
    }

    /// Tells whether the user may do something inside the session.
    #[must_use]
    pub fn allows(&self, capability: Capability) -> bool {
        self.core.grant.allows(capability)
    }

    /// Gives the gate that a lock closes.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.core.gate
    }

    /// Opens a strand: a channel, a query stream, a display. It is on the tape before this returns.
    pub async fn strand(&self, open: StrandOpen) -> Result<Strand, Stop> {
        let id = self.core.next_strand.fetch_add(1, Ordering::Relaxed);
        self.core.host.opens(id, &open);
        Strand::open(Arc::clone(&self.core), id, open).await
    }

    /// Asks reviewers whether something may be sent. It must wait meanwhile, with everything behind it; what is not held goes on. Fails
    /// when the request cannot be stored.
    pub async fn hold(&self, to_hold: ToHold) -> Result<Pending, Stop> {
        self.core.host.hold(to_hold).await
    }

    /// Shows that the connection is not idle, although nothing passes.
    pub fn stay(&self) {
        self.core.host.stay();
    }

    /// Waits for the next notice to show to the caller. Cancel-safe; one reader at a time.
    pub async fn notice(&self) -> Notice {
        self.core.notices.next().await
    }

    /// Writes something that is no traffic, such as a forward that was refused, on the tape; from there it gets into the session's
    /// event log. Must hold no secret.
    pub async fn note(&self, body: serde_json::Value) -> Result<(), Stop> {
        let mark = marks::body(&Mark::Protocol { body });
        self.core.intake.put(0, tape::Kind::Note(mark)).await
    }
}
