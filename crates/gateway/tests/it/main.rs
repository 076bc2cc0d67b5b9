//! The gateway as its users meet it: the real program, with real clients and real servers, from the outside only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tests"
)]

mod audit;
mod crash;
mod disk;
mod feed;
mod flow;
mod gateway;
mod http;
mod login;
mod portal;
mod postgres;
mod program;
mod secrets;
mod spine;
mod sql;
mod sshd;
mod supervision;
mod surface;
mod verify;
