//! `doorward`: the gateway and its command line in one binary.

mod client;
mod commands;
mod config;
mod feed;
mod protocols;
mod serve;

use std::process::ExitCode;

use clap::Parser;

/// Gives memory back when sessions have ended; how it compares with others is in `docs/performance.md`.
#[global_allocator]
static MEMORY: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // One cryptographic library for everything; it can be installed once, and this is the first line that runs.
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    commands::Doorward::parse_from(commands::words(std::env::args_os())).run()
}
