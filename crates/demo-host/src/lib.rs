//! The SSH host that `doorward demo` offers as its first resource.
//!
//! It serves a shell on a real terminal, commands, SFTP and connections to loopback ports, all as the current user of
//! the system and in a scratch folder, and it listens on a loopback address only. It stands on russh, on purpose another
//! implementation of SSH than the gateway's own.
//!
//! It is a host to try things on, not a place to keep apart people who do not trust each other: who can log in can do
//! what the current user can.
//!
//! Start reading with [`DemoHost::start`], then `visitor.rs`, which answers the requests of a connection.

mod config;
mod feed;
mod forward;
mod host;
mod leftovers;
mod program;
mod pump;
mod scratch;
mod sftp;
mod spool;
mod terminal;
mod visitor;

pub use config::{Config, Password, StartError};
pub use host::DemoHost;
