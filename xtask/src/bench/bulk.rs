//! How fast bytes go through in either direction, and what they cost each party.

use std::{
    fs,
    io::{Read, Write},
    process::Stdio,
    time::Instant,
};

use anyhow::{Context, ensure};

use super::{
    Plan, proc,
    rig::{Rig, Route},
    stats::{median, verdict},
};

/// The file that is sent again and again.
const FILE: u64 = 64 << 20;

/// The gateway's share of what client and server spend on a direct transfer, at most: recorded, and only counted.
const GOALS: [(Route, f64); 2] = [(Route::Full, 1.0), (Route::Interactive, 0.7)];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Lines as programs log them.
    Text,
    /// What compresses best.
    Zeros,
    /// What does not compress.
    Noise,
}

impl Content {
    pub(crate) fn read(word: &str) -> anyhow::Result<Self> {
        match word {
            "text" => Ok(Self::Text),
            "zeros" => Ok(Self::Zeros),
            "noise" => Ok(Self::Noise),
            other => anyhow::bail!("`{other}` is none of text, zeros, noise"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "log text",
            Self::Zeros => "zeros",
            Self::Noise => "noise",
        }
    }

    fn block(self) -> Vec<u8> {
        match self {
            Self::Text => text(),
            Self::Zeros => vec![0; usize::try_from(FILE).unwrap_or(0)],
            Self::Noise => {
                let mut next = numbers();
                (0..FILE / 8).flat_map(|_| next().to_le_bytes()).collect()
            }
        }
    }
}

/// One transfer: MiB each second, and seconds of processor time for each GiB.
#[derive(Debug, Clone, Copy)]
struct Run {
    rate: f64,
    client: f64,
    server: f64,
    gateway: f64,
}

/// Measures and prints.
pub(crate) fn run(rig: &Rig, plan: &Plan) -> anyhow::Result<()> {
    let block = plan.content.block();
    let path = rig.folder().join("bulk");
    fs::write(&path, &block)?;
    for (way, title) in [(Way::Up, "client to server"), (Way::Down, "server to client")] {
        let mut runs: Vec<Vec<Run>> = vec![Vec::new(); Route::ALL.len()];
        for _ in 0..plan.bulk_rounds {
            for (route, runs) in Route::ALL.into_iter().zip(&mut runs) {
                runs.push(transfer(rig, route, way, plan.bulk_bytes, &block)?);
            }
        }
        print(title, plan, &runs);
    }
    Ok(())
}

fn print(title: &str, plan: &Plan, runs: &[Vec<Run>]) {
    let middle = |runs: &[Run], of: fn(&Run) -> f64| median(&runs.iter().map(of).collect::<Vec<_>>());
    println!(
        "\nbulk, {title}: {} MiB of {}, medians of {} alternating runs; processor seconds for each GiB",
        plan.bulk_bytes >> 20,
        plan.content.name(),
        plan.bulk_rounds
    );
    println!(
        "  {:<22} {:>8} {:>8} {:>8} {:>8} {:>10}",
        "", "MiB/s", "client", "sshd", "gateway", "gw / direct"
    );
    let mut direct = 0.0;
    for (route, runs) in Route::ALL.into_iter().zip(runs) {
        let (client, server) = (middle(runs, |run| run.client), middle(runs, |run| run.server));
        let gateway = middle(runs, |run| run.gateway);
        if route == Route::Direct {
            direct = client + server;
        }
        let goal = GOALS.iter().find(|(of, _)| *of == route);
        let share = goal.map_or(String::new(), |(_, goal)| {
            let share = gateway / direct;
            format!("{share:>10.2}  goal {goal:.1}: {}", verdict(share, *goal))
        });
        println!(
            "  {:<22} {:>8.0} {client:>8.2} {server:>8.2} {gateway:>8.2} {share}",
            route.name(),
            middle(runs, |run| run.rate),
        );
    }
}

fn transfer(rig: &Rig, route: Route, way: Way, bytes: u64, block: &[u8]) -> anyhow::Result<Run> {
    proc::settle(rig.sshd())?;
    proc::settle(rig.gateway())?;
    let before = (
        proc::cpu_of_own_children()?,
        proc::cpu(rig.sshd())?,
        proc::cpu(rig.gateway())?,
    );
    let began = Instant::now();
    let moved = match way {
        Way::Up => up(rig, route, bytes, block)?,
        Way::Down => down(rig, route, bytes)?,
    };
    let took = began.elapsed().as_secs_f64();
    ensure!(
        moved == bytes,
        "{moved} of {bytes} bytes arrived ({})",
        route.name()
    );
    proc::settle(rig.sshd())?;
    proc::settle(rig.gateway())?;
    let gib = bytes as f64 / f64::from(1 << 30);
    Ok(Run {
        rate: bytes as f64 / f64::from(1 << 20) / took,
        client: (proc::cpu_of_own_children()? - before.0) / gib,
        server: (proc::cpu(rig.sshd())? - before.1) / gib,
        gateway: (proc::cpu(rig.gateway())? - before.2) / gib,
    })
}

/// Sends, and has the server count.
fn up(rig: &Rig, route: Route, bytes: u64, block: &[u8]) -> anyhow::Result<u64> {
    let mut child = rig
        .ssh(route)
        .arg("wc -c")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().context("no input")?;
    let mut left = usize::try_from(bytes)?;
    while left > 0 {
        for chunk in block.chunks(256 << 10) {
            let chunk = chunk.get(..left.min(chunk.len())).unwrap_or(chunk);
            input.write_all(chunk)?;
            left -= chunk.len();
        }
    }
    drop(input);
    let mut said = String::new();
    child
        .stdout
        .take()
        .context("no output")?
        .read_to_string(&mut said)?;
    ensure!(child.wait()?.success(), "ssh failed ({})", route.name());
    Ok(said.trim().parse()?)
}

/// Fetches, and counts.
fn down(rig: &Rig, route: Route, bytes: u64) -> anyhow::Result<u64> {
    let file = rig.folder().join("bulk");
    let times = bytes.div_ceil(FILE);
    let names = vec![file.display().to_string(); usize::try_from(times)?].join(" ");
    let command = if bytes.is_multiple_of(FILE) {
        format!("cat {names}")
    } else {
        format!("cat {names} | head -c {bytes}")
    };
    let mut child = rig.ssh(route).arg(command).stdout(Stdio::piped()).spawn()?;
    let mut output = child.stdout.take().context("no output")?;
    let (mut buffer, mut moved) = (vec![0; 256 << 10], 0);
    loop {
        let read = output.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        moved += read as u64;
    }
    ensure!(child.wait()?.success(), "ssh failed ({})", route.name());
    Ok(moved)
}

/// Makes lines as programs log them.
fn text() -> Vec<u8> {
    let size = usize::try_from(FILE).unwrap_or(usize::MAX);
    let mut text = Vec::with_capacity(size + 256);
    let mut next = numbers();
    while text.len() < size {
        let (a, b) = (next(), next());
        let line = format!(
            "2026-01-01T{:02}:{:02}:{:02}.{:06}Z INFO request id={a:016x} path=/api/v1/items/{} status={} took_us={}\n",
            a % 24,
            a % 60,
            b % 60,
            b % 1_000_000,
            b % 10_000,
            200 + (a % 5) * 100,
            b % 50_000
        );
        text.extend_from_slice(line.as_bytes());
    }
    text.truncate(size);
    text
}

/// Gives numbers that look random and are the same in every run.
fn numbers() -> impl FnMut() -> u64 {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}
