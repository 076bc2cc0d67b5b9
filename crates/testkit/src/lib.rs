//! What tests of the engine and of protocols share.
//!
//! [`House`] is a whole gateway in a temporary folder. [`conformance!`] is the suite that every protocol passes: the protocol brings a
//! [`Subject`], which knows how to be called and what a target looks like. [`toy`] is the smallest protocol that understands statements.
//!
//! Only tests depend on this crate.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "tests"
)]

pub mod authenticator;
pub mod caller;
pub mod conformance;
pub mod database;
mod house;
mod recording;
pub mod script;
pub mod target;
pub mod tools;
pub mod toy;

pub use caller::{Caller, StreamCaller};
pub use conformance::{Habits, Subject};
pub use house::{CONSOLE, House, Login, PASSWORD};
pub use recording::Recording;
pub use target::{Log, Manner, Target};
