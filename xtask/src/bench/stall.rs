//! What a peer that never reads costs: 3 GiB offered to a target, and by a target to a client.

use std::{
    io::Write,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;

use super::{
    proc,
    rig::{Rig, Route},
    stats::verdict,
};

/// Bytes that are offered.
const OFFERED: u64 = 3 << 30;

/// How long the sender pushes against the one that does not read.
const PUSH: Duration = Duration::from_secs(20);

/// How long the gateway is left alone after a close.
const REST: Duration = Duration::from_secs(20);

/// KiB by which the gateway may grow.
const GOAL: f64 = 16.0 * 1024.0;

/// Measures and prints.
pub(crate) fn run(rig: &Rig) -> anyhow::Result<()> {
    println!("\nmemory of the gateway with 3 GiB offered to one that never reads, KiB resident");
    // What is allocated once for all is not the cost of a stall.
    rig.ssh(Route::Full).arg("head -c 64M /dev/zero").output()?;
    stall(rig, "a target that never reads", &|| {
        let mut client = rig
            .ssh(Route::Full)
            .arg("exec sleep 1000")
            .stdin(Stdio::piped())
            .spawn()?;
        let mut stdin = client.stdin.take().context("no input")?;
        // Ends with the client, which takes the other end of the pipe with it.
        thread::spawn(move || {
            let zeros = vec![0; 1 << 20];
            for _ in 0..OFFERED >> 20 {
                if stdin.write_all(&zeros).is_err() {
                    return;
                }
            }
        });
        Ok(client)
    })?;
    stall(rig, "a client that never reads", &|| {
        Ok(rig
            .ssh(Route::Full)
            .arg(format!("exec head -c {OFFERED} /dev/zero"))
            .stdout(Stdio::piped())
            .spawn()?)
    })
}

fn stall(rig: &Rig, who: &str, start: &dyn Fn() -> anyhow::Result<Child>) -> anyhow::Result<()> {
    let before = rested(rig)?;
    let mut client = start()?;
    let began = Instant::now();
    let mut most = before;
    while began.elapsed() < PUSH {
        most = f64::max(most, proc::resident(rig.gateway())?);
        thread::sleep(Duration::from_millis(50));
    }
    let running = client.try_wait()?.is_none();
    client.kill()?;
    client.wait()?;
    let after = rested(rig)?;
    anyhow::ensure!(
        running,
        "{who}: the connection did not live as long as it was watched"
    );
    let grown = most - before;
    println!("  {who}: before {before:.0}, at most {most:.0}, after close {after:.0}");
    println!(
        "    grown by {grown:.0}, goal {GOAL:.0}: {}",
        verdict(grown, GOAL)
    );
    Ok(())
}

/// Leaves the gateway alone, and gives its memory then.
fn rested(rig: &Rig) -> anyhow::Result<f64> {
    thread::sleep(REST);
    proc::settle(rig.gateway())?;
    proc::resident(rig.gateway())
}
