//! The front door: real clients, the real engine with SQLite, real hosts behind it.
//!
//! Needs OpenSSH (client and server) and `git`; dropbear, PuTTY, rsync and curl are used where they are installed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

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
mod login;
mod peers;
mod supervision;
