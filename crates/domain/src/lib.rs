//! The nouns of Doorward and the rules between them.
//!
//! Nothing here does I/O, reads a clock or is async: time is passed in, decisions are pure functions, and every type can be
//! serialised. Start reading at [`session`], which holds the one state machine that every protocol shares.
//!
//! This crate imports no other crate of the workspace.

pub mod activity;
pub mod approval;
pub mod audit;
pub mod command;
pub mod ids;
pub mod network;
pub mod object;
pub mod person;
pub mod policy;
pub mod recording;
pub mod retention;
pub mod session;
pub mod sight;
pub mod statement;
pub mod stop;
pub mod time;
pub mod window;

pub use ids::{ApprovalId, ConnectionId, ObjectId, SessionId};
pub use time::{Micros, Span};
