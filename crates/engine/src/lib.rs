//! The one path that every session takes.
//!
//! `claim → login → decide → (review) → seat → open tape → connect → relay → farewell → seal → ended`: [`run`] is that path on
//! one page. A protocol brings a [`Protocol`] and a [`Visit`] and nothing else; authentication, policy, recording, limits, locks,
//! watching and ending are here, once.
//!
//! Start reading at [`protocol`] (what a protocol brings) and [`tap`] (what it gets).
//! This crate never imports a protocol, the API or the console.

mod gate;
pub mod marks;
mod notices;
pub mod protocol;
mod recorder;
mod strand;
pub mod tap;
mod traffic;

pub use gate::Gate;
pub use protocol::{
    Answer, Arrival, Carried, Claim, Identity, Lobby, LobbyResource, Medium, NativeCommand, Notice, Offer,
    Protocol, Question, Socket, Spec, Stream, Visit, Way, WaySecret,
};
pub use tap::{Direction, Pass, Passed, Strand, StrandKind, StrandOpen, StrandOutcome, Tap};
pub use traffic::Traffic;
