//! The store on both databases: every test runs on SQLite and on PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_lossless,
    clippy::too_many_lines,
    reason = "tests"
)]

mod approvals;
mod audit;
mod cluster;
mod crash;
mod credentials;
mod db;
mod entries;
mod lists;
mod make;
mod nodes;
mod objects;
mod preparations;
mod sessions;
mod views;
