//! The one path that every session takes.
//!
//! `claim → login → decide → (review) → seat → open tape → connect → relay → farewell → seal → ended`: `run` is that path on
//! one page. A protocol brings a [`Protocol`] and a [`Visit`] and nothing else; authentication, policy, recording, limits, locks,
//! watching and ending are here, once.
//!
//! Start reading at [`protocol`] (what a protocol brings) and [`tap`] (what it gets).
//! This crate never imports a protocol, the API or the console.

pub mod approvals;
mod archive;
mod checkpoints;
mod chores;
mod conduct;
mod direct;
mod directory;
pub mod door;
mod engine;
mod follow;
mod gate;
mod host;
mod identity;
mod indexer;
mod keys;
mod limits;
mod lobby;
mod login;
pub mod marks;
mod mask;
mod name;
mod notices;
mod orders;
pub mod playback;
pub mod portal;
mod prepare;
pub mod protocol;
pub mod provisioner;
mod reaper;
mod recorder;
mod retention;
mod roster;
mod run;
mod secrets;
mod sessions;
pub mod shelf;
pub mod statements;
mod strand;
pub mod tap;
mod traffic;

pub use approvals::{Decision, Declined, Held, ToHold, Wish};
pub use checkpoints::CheckpointError;
pub use door::{Door, DoorConfig};
pub use engine::{Config, Engine, Limits, StartError};
pub use gate::Gate;
pub use host::Pending;
pub use login::{
    DEVICE_PAUSE, DatabasePassword, DeviceCodes, Existing, External, ExternalRefused, Hasher, PasswordSource,
    SecondProof, SignInRefused, SourceAway,
};
pub use name::LoginName;
pub use playback::{Growth, Playback, PlaybackError, Played, TapeReader};
pub use portal::{Entrance, News, Portal, Purpose};
pub use protocol::{
    Answer, Arrival, Carried, Claim, Identity, Lobby, LobbyResource, Medium, NativeCommand, Notice, Offer,
    Protocol, Question, Socket, Spec, StatementJudge, Stream, Visit, Way, WaySecret,
};
pub use provisioner::{Administrator, Fault, Provisioner, Task};
pub use secrets::{Fetched, NotFetched, OfferedSource, SecretSources};
pub use shelf::{Folder, Shelf};
pub use tap::{Direction, Pass, Passed, Strand, StrandKind, StrandOpen, StrandOutcome, Tap};
pub use traffic::Traffic;
pub use vault::{Scram, Tokens, Verifiers};
