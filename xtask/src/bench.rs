//! What a gateway costs: alternating runs of one client against one server, direct and through Doorward with recording on.
//!
//! Everything is done with the machine's own `ssh` and `sshd`. On a machine that does other things trust the ratios and the seconds of
//! processor time, not the wall clock.

mod bulk;
pub(crate) mod database;
mod idle;
pub(crate) mod mysql;
pub(crate) mod postgres;
mod proc;
pub(crate) mod redis;
mod rig;
mod stall;
mod stats;
mod typing;

use std::{path::PathBuf, process::Command};

use anyhow::{Context, bail, ensure};

use crate::tree;
use rig::{Rig, Route};

/// What is measured, and how much of it.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Bytes of one transfer.
    pub(crate) bulk_bytes: u64,
    /// Transfers for each route and direction.
    pub(crate) bulk_rounds: usize,
    /// Connections for each route.
    pub(crate) logins: usize,
    /// Keystrokes for each route.
    pub(crate) keys: usize,
    /// Idle sessions.
    pub(crate) sessions: usize,
    /// The binary; built when it is not named.
    pub(crate) binary: Option<PathBuf>,
    /// What bulk transfers carry.
    pub(crate) content: bulk::Content,
    /// The parts that are run.
    pub(crate) parts: Vec<String>,
}

/// The parts, in their order.
const PARTS: [&str; 5] = ["bulk", "login", "typing", "idle", "stall"];

impl Plan {
    /// Reads the words of the command line.
    pub(crate) fn read(words: &[&str]) -> anyhow::Result<Self> {
        let mut plan = Self {
            bulk_bytes: 1 << 30,
            bulk_rounds: 5,
            logins: 30,
            keys: 4000,
            sessions: 500,
            binary: None,
            content: bulk::Content::Text,
            parts: Vec::new(),
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--quick" => {
                    (plan.bulk_bytes, plan.bulk_rounds, plan.logins) = (128 << 20, 3, 8);
                    (plan.keys, plan.sessions) = (600, 50);
                }
                "--binary" => plan.binary = Some(words.next().context("--binary takes a path")?.into()),
                "--sessions" => plan.sessions = words.next().context("--sessions takes a number")?.parse()?,
                "--data" => plan.content = bulk::Content::read(words.next().copied().unwrap_or_default())?,
                part if PARTS.contains(&part) => plan.parts.push(part.to_owned()),
                other => bail!(
                    "`{other}` is none of --quick, --binary FILE, --sessions N, --data text|zeros|noise, {}",
                    PARTS.join(", ")
                ),
            }
        }
        Ok(plan)
    }

    fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|one| one == part)
    }
}

/// Runs the bench and prints its tables.
pub(crate) fn ssh(plan: &Plan) -> anyhow::Result<bool> {
    let binary = match &plan.binary {
        Some(binary) => binary.clone(),
        None => build()?,
    };
    println!("load before: {}", proc::load()?);
    let rig = Rig::start(&binary)?;
    if plan.wants("bulk") {
        bulk::run(&rig, plan)?;
    }
    if plan.wants("login") {
        logins(&rig, plan)?;
    }
    if plan.wants("typing") {
        typing::run(&rig, plan)?;
    }
    if plan.wants("idle") {
        idle::run(&rig, plan)?;
    }
    if plan.wants("stall") {
        stall::run(&rig)?;
    }
    println!("\nload after: {}", proc::load()?);
    rig.stop()?;
    Ok(true)
}

/// Builds the binary as it is shipped.
fn build() -> anyhow::Result<PathBuf> {
    let root = tree::root()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([
            "build",
            "--release",
            "--locked",
            "--package",
            "gateway",
            "--bin",
            "doorward",
        ])
        .current_dir(&root)
        .status()?;
    ensure!(status.success(), "the gateway does not build");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(root.join(target).join("release/doorward"))
}

/// How long it takes until a command has run and its connection is closed.
fn logins(rig: &Rig, plan: &Plan) -> anyhow::Result<()> {
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); Route::ALL.len()];
    for _ in 0..plan.logins {
        for (route, times) in Route::ALL.into_iter().zip(&mut times) {
            let began = std::time::Instant::now();
            let status = rig.ssh(route).arg("true").status()?;
            ensure!(status.success(), "a login failed ({})", route.name());
            times.push(began.elapsed().as_secs_f64() * 1000.0);
        }
    }
    println!(
        "\nconnection set-up, command `true` and close; ms, median of {} (p90)",
        plan.logins
    );
    let direct = stats::median(times.first().map_or(&[], Vec::as_slice));
    for (route, times) in Route::ALL.into_iter().zip(&times) {
        let median = stats::median(times);
        println!(
            "  {:<22} {median:>8.1}  ({:>6.1})  {:+.1}",
            route.name(),
            stats::quantile(times, 0.9),
            median - direct
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_is_read() {
        let plan = Plan::read(&[
            "--quick",
            "typing",
            "--binary",
            "/bin/doorward",
            "--sessions",
            "7",
        ])
        .ok();
        let plan = plan.map(|plan| {
            (
                plan.sessions,
                plan.wants("typing"),
                plan.wants("bulk"),
                plan.binary,
            )
        });
        assert_eq!(plan, Some((7, true, false, Some("/bin/doorward".into()))));
        assert!(Plan::read(&["--fast"]).is_err());
    }
}
