//! What the gateway costs a PostgreSQL client, beside a direct connection, haproxy in TCP mode and pgbouncer in session mode.
//!
//! `pgbench` and `psql` are the clients; runs alternate, and medians are shown. Routes whose program is not installed are left out, with
//! a word (Debian: `haproxy`, `pgbouncer`).

mod rig;

use std::{fs, io::Read, path::PathBuf, process::Stdio, time::Instant};

use anyhow::{Context, bail, ensure};

use super::{build, proc, stats};
use rig::{Rig, Route};

/// What is measured, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Seconds of one run of `pgbench`.
    seconds: u32,
    /// Runs for each route and way of asking.
    rounds: usize,
    /// Connections at once.
    clients: u32,
    /// Rows of the two large results: short ones, and ones of 1 kB.
    rows: [u64; 2],
    /// The binary; built when it is not named.
    binary: Option<PathBuf>,
}

impl Plan {
    /// Reads the words of the command line.
    pub(crate) fn read(words: &[&str]) -> anyhow::Result<Self> {
        let mut plan = Self {
            seconds: 10,
            rounds: 5,
            clients: 8,
            rows: [5_000_000, 200_000],
            binary: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--quick" => (plan.seconds, plan.rounds, plan.rows) = (2, 3, [500_000, 20_000]),
                "--binary" => plan.binary = Some(words.next().context("--binary takes a path")?.into()),
                "--clients" => plan.clients = words.next().context("--clients takes a number")?.parse()?,
                other => bail!("`{other}` is none of --quick, --binary FILE, --clients N"),
            }
        }
        Ok(plan)
    }
}

/// One run of `pgbench`.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Transactions each second.
    rate: f64,
    /// Microseconds of the process in between for each transaction.
    cpu: f64,
    /// The latency that 99 of 100 transactions keep below, in milliseconds.
    slow: f64,
}

/// Runs the bench and prints its tables; false when a goal is missed.
pub(crate) fn run(plan: &Plan) -> anyhow::Result<bool> {
    let binary = match &plan.binary {
        Some(binary) => binary.clone(),
        None => build()?,
    };
    println!("load before: {}", proc::load()?);
    let rig = Rig::start(&binary)?;
    let mut met = true;
    for way in ["simple", "prepared"] {
        met &= transactions(&rig, plan, way)?;
    }
    for (title, width, rows) in [
        ("short rows", 0, plan.rows[0]),
        ("rows of 1 kB", 1000, plan.rows[1]),
    ] {
        met &= bulk(&rig, plan, title, width, rows)?;
    }
    println!("\nload after: {}", proc::load()?);
    Ok(met)
}

/// `pgbench -S`: one row by its key.
fn transactions(rig: &Rig, plan: &Plan, way: &str) -> anyhow::Result<bool> {
    let mut runs: Vec<Vec<Run>> = vec![Vec::new(); rig.routes().len()];
    for _ in 0..plan.rounds {
        for (route, runs) in rig.routes().iter().zip(&mut runs) {
            runs.push(pgbench(rig, *route, plan, way)?);
        }
    }
    println!(
        "\npgbench -S -c {} -M {way}, medians of {} alternating runs of {} s",
        plan.clients, plan.rounds, plan.seconds
    );
    println!(
        "  {:<12} {:>9} {:>9} {:>11} {:>9}",
        "", "TPS", "/ direct", "CPU us / tx", "p99 ms"
    );
    let middle = |runs: &[Run], of: fn(&Run) -> f64| stats::median(&runs.iter().map(of).collect::<Vec<_>>());
    let rates: Vec<_> = runs.iter().map(|runs| middle(runs, |run| run.rate)).collect();
    let direct = rates.first().copied().unwrap_or(1.0);
    for ((route, runs), rate) in rig.routes().iter().zip(&runs).zip(&rates) {
        println!(
            "  {:<12} {rate:>9.0} {:>9.2} {:>11.1} {:>9.2}",
            route.name(),
            rate / direct,
            middle(runs, |run| run.cpu),
            middle(runs, |run| run.slow)
        );
    }
    // At least 0.95 of haproxy's, and no less than pgbouncer's.
    Ok(goal(rig, &rates, Route::Haproxy, 0.95) & goal(rig, &rates, Route::Pgbouncer, 1.0))
}

/// Compares the gateway with another route; true when there is no such route.
fn goal(rig: &Rig, rates: &[f64], other: Route, least: f64) -> bool {
    let of = |wanted: Route| {
        let place = rig.routes().iter().position(|route| *route == wanted)?;
        rates.get(place).copied()
    };
    let (Some(own), Some(other_rate)) = (of(Route::Doorward), of(other)) else {
        return true;
    };
    let share = own / other_rate;
    println!(
        "  doorward / {}: {share:.2}  goal {least}: {}",
        other.name(),
        stats::verdict(-share, -least)
    );
    share >= least
}

fn pgbench(rig: &Rig, route: Route, plan: &Plan, way: &str) -> anyhow::Result<Run> {
    let prefix = rig.folder().join("latency");
    let before = rig.process(route).map(proc::cpu).transpose()?;
    let output = rig
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
    let after = rig.process(route).map(proc::cpu).transpose()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let number = |label: &str| -> anyhow::Result<f64> {
        let line = said.lines().find_map(|line| line.strip_prefix(label));
        let word = line.and_then(|line| line.split([' ', '/']).find(|word| !word.is_empty()));
        Ok(word
            .with_context(|| format!("pgbench does not say `{label}`"))?
            .parse()?)
    };
    let count = number("number of transactions actually processed:")?;
    Ok(Run {
        rate: number("tps =")?,
        cpu: (after.unwrap_or(0.0) - before.unwrap_or(0.0)) * 1e6 / count.max(1.0),
        slow: stats::quantile(&latencies(rig)?, 0.99),
    })
}

/// Reads the latencies that `pgbench` has logged, in milliseconds, and removes them.
fn latencies(rig: &Rig) -> anyhow::Result<Vec<f64>> {
    let mut times = Vec::new();
    for entry in fs::read_dir(rig.folder())? {
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

/// A large result, fetched by `psql`.
fn bulk(rig: &Rig, plan: &Plan, title: &str, width: u32, rows: u64) -> anyhow::Result<bool> {
    let sql = format!("copy (select g, repeat('x', {width}) from generate_series(1, {rows}) g) to stdout");
    let mut rates: Vec<Vec<f64>> = vec![Vec::new(); rig.routes().len()];
    let mut sizes = Vec::new();
    for _ in 0..plan.rounds {
        for (route, rates) in rig.routes().iter().zip(&mut rates) {
            let began = Instant::now();
            let bytes = fetch(rig, *route, &sql)?;
            rates.push(bytes as f64 / 1e6 / began.elapsed().as_secs_f64());
            sizes.push(bytes);
        }
    }
    let same = sizes.iter().all(|size| Some(size) == sizes.first());
    ensure!(same, "results differ in size");
    println!(
        "\na result of {rows} {title}, MB/s, medians of {} alternating runs",
        plan.rounds
    );
    let rates: Vec<_> = rates.iter().map(|rates| stats::median(rates)).collect();
    for (route, rate) in rig.routes().iter().zip(&rates) {
        println!("  {:<12} {rate:>9.0}", route.name());
    }
    Ok(goal(rig, &rates, Route::Haproxy, 0.8))
}

fn fetch(rig: &Rig, route: Route, sql: &str) -> anyhow::Result<u64> {
    let mut child = rig
        .client(route, "psql")
        .args(["-XAtqc", sql])
        .stdout(Stdio::piped())
        .spawn()?;
    let mut output = child.stdout.take().context("no output")?;
    let (mut buffer, mut bytes) = (vec![0; 256 << 10], 0);
    loop {
        match output.read(&mut buffer)? {
            0 => break,
            count => bytes += count as u64,
        }
    }
    ensure!(child.wait()?.success(), "psql failed ({})", route.name());
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_is_read() {
        let plan = Plan::read(&["--quick", "--clients", "3"]).ok();
        assert_eq!(plan.map(|plan| (plan.clients, plan.rounds)), Some((3, 3)));
        assert!(Plan::read(&["--fast"]).is_err());
    }
}
