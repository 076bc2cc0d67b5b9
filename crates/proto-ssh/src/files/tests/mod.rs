#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod openssh;
mod packets;
mod real_scp;
mod real_sftp;
mod sftp_rules;
mod sftp_streams;
