//! How much later the echo of a key arrives.

use std::{
    io::{Read, Write},
    process::{Child, ChildStdin, ChildStdout, Stdio},
    time::Instant,
};

use anyhow::Context;

use super::{
    Plan,
    rig::{Rig, Route},
    stats::{quantile, verdict},
};

/// Keys in a row before it is the other route's turn.
const BATCH: usize = 50;

/// What Doorward may add, in milliseconds, at the median and at the 99th percentile.
const GOALS: [(&str, f64, f64); 2] = [("p50", 0.5, 0.1), ("p99", 0.99, 0.3)];

/// A terminal at the other end that echoes each key.
struct Terminal {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
}

impl Terminal {
    fn open(rig: &Rig, route: Route) -> anyhow::Result<Self> {
        let mut child = rig
            .ssh_as(route, 0, &["-tt"])
            .arg("stty raw echo; printf ready; exec cat > /dev/null")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().context("no input")?;
        let output = child.stdout.take().context("no output")?;
        let mut terminal = Self { child, input, output };
        let mut seen = Vec::new();
        while !seen.ends_with(b"ready") {
            seen.push(terminal.read()?);
        }
        Ok(terminal)
    }

    fn read(&mut self) -> anyhow::Result<u8> {
        let mut byte = [0];
        self.output
            .read_exact(&mut byte)
            .context("the terminal was closed")?;
        Ok(byte[0])
    }

    /// Types a key and waits for its echo; gives milliseconds.
    fn key(&mut self) -> anyhow::Result<f64> {
        let began = Instant::now();
        self.input.write_all(b"x")?;
        self.input.flush()?;
        self.read()?;
        Ok(began.elapsed().as_secs_f64() * 1000.0)
    }

    fn close(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

/// Measures and prints.
pub(crate) fn run(rig: &Rig, plan: &Plan) -> anyhow::Result<()> {
    let mut terminals = Vec::new();
    for route in Route::ALL {
        terminals.push((route, Terminal::open(rig, route)?, Vec::new()));
    }
    for (_, terminal, _) in &mut terminals {
        for _ in 0..BATCH {
            terminal.key()?;
        }
    }
    for _ in 0..plan.keys.div_ceil(BATCH) {
        for (_, terminal, times) in &mut terminals {
            for _ in 0..BATCH {
                times.push(terminal.key()?);
            }
        }
    }
    println!(
        "\nround trip of a key, ms, of {} in alternating batches of {BATCH}; added by Doorward behind it",
        plan.keys
    );
    let direct: Vec<f64> = terminals
        .first()
        .map(|(_, _, times)| times.clone())
        .unwrap_or_default();
    for (route, _, times) in &terminals {
        let cells = GOALS.map(|(name, part, goal)| {
            let value = quantile(times, part);
            let added = value - quantile(&direct, part);
            let goal = if *route == Route::Direct {
                String::new()
            } else {
                format!("{added:+.3}, goal {goal}: {}", verdict(added, goal))
            };
            format!("{name} {value:.3}  {goal:<26}")
        });
        println!("  {:<22} {}", route.name(), cells.join(" "));
    }
    terminals
        .into_iter()
        .try_for_each(|(_, terminal, _)| terminal.close())
}
