//! The one path that every session takes.
//!
//! `claim → login → decide → (review) → seat → open tape → connect → relay → farewell → seal → ended`: [`run`] is that path on
//! one page. A protocol brings a [`Protocol`] and a [`Visit`] and nothing else; authentication, policy, recording, limits, locks,
//! watching and ending are here, once.
//!
//! Start reading at [`protocol`] (what a protocol brings) and [`tap`] (what it gets).
//! This crate never imports a protocol, the API or the console.

pub mod protocol;
pub mod tap;

pub use protocol::{
    Answer, Arrival, Carried, Claim, Lobby, Medium, Notice, Offer, Protocol, Question, Spec, Stream, Visit, Way,
};
pub use tap::{Direction, Gate, Passed, Strand, StrandKind, StrandOpen, Tap};
