//! What a gateway costs clients of a database, beside a direct connection and other programs in between: runs alternate, and medians are
//! shown. Routes whose program is not installed are left out, with a word.
//!
//! A database brings its server and its clients as a [`Bench`].

pub(super) mod ways;

use std::{
    io::Read as _,
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, bail, ensure};

use super::{build, proc, stats};
use ways::{Route, Ways};

/// What is measured, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Seconds of one run of transactions.
    pub(super) seconds: u32,
    /// Runs for each route and way of asking.
    rounds: usize,
    /// Connections at once.
    pub(super) clients: u32,
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

/// One run of transactions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// Transactions each second.
    pub(super) rate: f64,
    /// How many there were.
    pub(super) count: f64,
    /// The latency that 99 of 100 transactions keep below, in milliseconds.
    pub(super) slow: f64,
}

/// A run, and the microseconds of the process in between for each transaction.
type Measured = (Run, f64);

/// What a database brings of its own.
pub(super) trait Bench {
    /// Gives the ways to the server.
    fn ways(&self) -> &Ways;

    /// Gives the ways in which clients ask.
    fn manners(&self) -> &'static [&'static str] {
        &["simple", "prepared"]
    }

    /// Runs transactions, each of which reads one row by its key.
    fn transactions(&self, route: Route, plan: &Plan, way: &str) -> anyhow::Result<Run>;

    /// Prepares a client that prints a result of so many rows with a text of so many characters.
    fn prints(&self, route: Route, width: u32, rows: u64) -> Command;
}

/// Runs a bench and prints its tables; false when a goal is missed. `title` says what a transaction is.
pub(super) fn run<B: Bench>(
    plan: &Plan,
    title: &str,
    start: impl FnOnce(&std::path::Path) -> anyhow::Result<B>,
) -> anyhow::Result<bool> {
    let binary = match &plan.binary {
        Some(binary) => binary.clone(),
        None => build()?,
    };
    println!("load before: {}", proc::load()?);
    let bench = start(&binary)?;
    let mut met = true;
    for way in bench.manners() {
        met &= transactions(&bench, plan, title, way)?;
    }
    for (title, width, rows) in [
        ("short rows", 0, plan.rows[0]),
        ("rows of 1 kB", 1000, plan.rows[1]),
    ] {
        met &= bulk(&bench, plan, title, width, rows)?;
    }
    println!("\nload after: {}", proc::load()?);
    Ok(met)
}

fn transactions(bench: &impl Bench, plan: &Plan, title: &str, way: &str) -> anyhow::Result<bool> {
    let routes = bench.ways().routes();
    let mut runs: Vec<Vec<Measured>> = vec![Vec::new(); routes.len()];
    for _ in 0..plan.rounds {
        for (route, runs) in routes.iter().zip(&mut runs) {
            let process = bench.ways().process(*route);
            let before = process.map(proc::cpu).transpose()?.unwrap_or(0.0);
            let run = bench.transactions(*route, plan, way)?;
            let after = process.map(proc::cpu).transpose()?.unwrap_or(0.0);
            runs.push((run, (after - before) * 1e6 / run.count.max(1.0)));
        }
    }
    println!(
        "\n{title}, {} clients, {way}, medians of {} alternating runs of {} s",
        plan.clients, plan.rounds, plan.seconds
    );
    println!(
        "  {:<12} {:>9} {:>9} {:>11} {:>9}",
        "", "TPS", "/ direct", "CPU us / tx", "p99 ms"
    );
    let middle =
        |runs: &[Measured], of: fn(&Measured) -> f64| stats::median(&runs.iter().map(of).collect::<Vec<_>>());
    let rates: Vec<_> = runs.iter().map(|runs| middle(runs, |run| run.0.rate)).collect();
    let direct = rates.first().copied().unwrap_or(1.0);
    for ((route, runs), rate) in routes.iter().zip(&runs).zip(&rates) {
        println!(
            "  {:<12} {rate:>9.0} {:>9.2} {:>11.1} {:>9.2}",
            route.name(),
            rate / direct,
            middle(runs, |run| run.1),
            middle(runs, |run| run.0.slow)
        );
    }
    // At least 0.95 of haproxy's, and no less than pgbouncer's.
    Ok(goal(bench, &rates, Route::Haproxy, 0.95) & goal(bench, &rates, Route::Pgbouncer, 1.0))
}

/// Compares the gateway with another route; true when there is no such route.
fn goal(bench: &impl Bench, rates: &[f64], other: Route, least: f64) -> bool {
    let of = |wanted: Route| {
        let place = bench.ways().routes().iter().position(|route| *route == wanted)?;
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

/// A large result, printed by a client.
fn bulk(bench: &impl Bench, plan: &Plan, title: &str, width: u32, rows: u64) -> anyhow::Result<bool> {
    let routes = bench.ways().routes();
    let mut rates: Vec<Vec<f64>> = vec![Vec::new(); routes.len()];
    let mut sizes = Vec::new();
    for _ in 0..plan.rounds {
        for (route, rates) in routes.iter().zip(&mut rates) {
            let began = Instant::now();
            let bytes = printed(bench.prints(*route, width, rows))
                .with_context(|| format!("{} does not print it", route.name()))?;
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
    for (route, rate) in routes.iter().zip(&rates) {
        println!("  {:<12} {rate:>9.0}", route.name());
    }
    Ok(goal(bench, &rates, Route::Haproxy, 0.8))
}

/// Counts what a client prints.
fn printed(mut client: Command) -> anyhow::Result<u64> {
    let mut child = client.stdout(Stdio::piped()).spawn()?;
    let mut output = child.stdout.take().context("no output")?;
    let (mut buffer, mut bytes) = (vec![0; 256 << 10], 0);
    loop {
        match output.read(&mut buffer)? {
            0 => break,
            count => bytes += count as u64,
        }
    }
    ensure!(child.wait()?.success(), "the client failed");
    Ok(bytes)
}

/// Finds the number behind a label that begins a line, where spaces, `=` and brackets stand between.
pub(super) fn number_behind(said: &str, label: &str) -> anyhow::Result<f64> {
    let line = said
        .lines()
        .find_map(|line| line.trim_start().strip_prefix(label));
    let word = line.and_then(|line| line.split([' ', '/', '(']).find(|word| !word.is_empty()));
    let word = word.with_context(|| format!("nothing says `{label}`"))?;
    Ok(word.parse()?)
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
