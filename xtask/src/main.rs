//! The project's own tools: what CI runs, the rules that no compiler holds, and the benches.
//!
//! Everything is a command of `cargo xtask`, the same here and in CI. Start reading at [`ci`], which lists the steps.

mod bench;
mod ci;
mod rooms;
mod tidy;
mod tree;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  ci [STEP...]     everything that CI checks, or only the steps named
  tidy             the import table, the rules of the house, documents
  tidy --longest   also the longest files and functions
  rooms            the import table, as ARCHITECTURE.md has it
  bench ssh [bulk|login|typing|idle|stall]... [--quick] [--binary FILE]
                 [--sessions N] [--data text|zeros|noise]
                   what the gateway costs, beside direct connections
  bench postgres|mysql|redis [--quick] [--binary FILE] [--clients N]
                   the same of databases, also beside haproxy and pgbouncer
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["ci", steps @ ..] => ci::run(steps),
        ["tidy"] => tidy::run(tidy::Detail::Findings),
        ["tidy", "--longest"] => tidy::run(tidy::Detail::Longest),
        ["bench", "ssh", words @ ..] => bench::Plan::read(words).and_then(|plan| bench::ssh(&plan)),
        ["bench", "postgres", words @ ..] => {
            bench::database::Plan::read(words).and_then(|plan| bench::postgres::run(&plan))
        }
        ["bench", "mysql", words @ ..] => {
            bench::database::Plan::read(words).and_then(|plan| bench::mysql::run(&plan))
        }
        ["bench", "redis", words @ ..] => {
            bench::database::Plan::read(words).and_then(|plan| bench::redis::run(&plan))
        }
        ["rooms"] => {
            print!("{}", rooms::table());
            Ok(true)
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
