//! What the gateway costs a PostgreSQL client, beside a direct connection, haproxy in TCP mode and pgbouncer in session mode.
//!
//! `pgbench` and `psql` are the clients (Debian: `haproxy`, `pgbouncer`).

mod rig;

use std::{fs, process::Command};

use anyhow::ensure;

use super::{
    database::{
        self, Bench, Plan, Run, number_behind,
        ways::{Route, Ways},
    },
    stats,
};
use rig::Rig;

/// Runs the bench and prints its tables; false when a goal is missed.
pub(crate) fn run(plan: &Plan) -> anyhow::Result<bool> {
    database::run(plan, "pgbench -S", Rig::start)
}

impl Bench for Rig {
    fn ways(&self) -> &Ways {
        &self.ways
    }

    fn transactions(&self, route: Route, plan: &Plan, way: &str) -> anyhow::Result<Run> {
        let prefix = self.ways.folder().join("latency");
        let output = self
            .client(route, "pgbench")
            .args(["-n", "-S", "-j", "2", "-M", way])
            .args(["-c", &plan.clients.to_string(), "-T", &plan.seconds.to_string()])
            .arg("-l")
            .arg(format!("--log-prefix={}", prefix.display()))
            .output()?;
        ensure!(
            output.status.success(),
            "pgbench failed ({}): {}",
            route.name(),
            String::from_utf8_lossy(&output.stderr)
        );
        let said = String::from_utf8_lossy(&output.stdout);
        Ok(Run {
            rate: number_behind(&said, "tps =")?,
            count: number_behind(&said, "number of transactions actually processed:")?,
            slow: stats::quantile(&latencies(self)?, 0.99),
        })
    }

    fn prints(&self, route: Route, width: u32, rows: u64) -> Command {
        let sql =
            format!("copy (select g, repeat('x', {width}) from generate_series(1, {rows}) g) to stdout");
        let mut psql = self.client(route, "psql");
        psql.args(["-XAtqc", &sql]);
        psql
    }
}

/// Reads the latencies that `pgbench` has logged, in milliseconds, and removes them.
fn latencies(rig: &Rig) -> anyhow::Result<Vec<f64>> {
    let mut times = Vec::new();
    for entry in fs::read_dir(rig.ways.folder())? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.starts_with("latency.") {
            let text = fs::read_to_string(&path)?;
            let third = text
                .lines()
                .filter_map(|line| line.split(' ').nth(2)?.parse::<f64>().ok());
            times.extend(third.map(|us| us / 1000.0));
            fs::remove_file(path)?;
        }
    }
    Ok(times)
}
