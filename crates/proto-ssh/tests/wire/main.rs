//! The SSH wire against itself and against the programs people use.

#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod audit;
mod driver;
mod golden;
mod hostile;
mod interop;
mod pair;
mod pairs;
