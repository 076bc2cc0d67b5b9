//! The front door: real clients, the real engine with SQLite, real hosts behind it.
//!
//! Needs OpenSSH (client and server) and `git`; for other programs see [`testkit::tools`].

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod clients;
mod commands;
mod conformance;
#[allow(unreachable_pub, reason = "shared with the tests of the wire")]
#[path = "../wire/driver.rs"]
mod driver;
mod files;
mod flow;
mod forwards;
mod hostile;
mod house;
mod jump;
mod locks;
mod login;
mod peers;
mod supervision;
