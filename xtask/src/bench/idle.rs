//! What a session costs that does nothing.

use std::{
    io::Read,
    process::{Child, Stdio},
    thread,
    time::Duration,
};

use anyhow::Context;

use super::{
    Plan, proc,
    rig::{Rig, Route},
    stats::{median, verdict},
};

/// Clients that log in at once.
const AT_ONCE: usize = 20;

/// How long sessions are left alone before they are looked at: emulators are packed up after some seconds of silence.
const REST: Duration = Duration::from_secs(20);

/// KiB of a session, at most.
const GOAL: f64 = 64.0;

/// What is given back of what sessions took, at least, in percent.
const BACK: f64 = 80.0;

/// How often memory is looked at after the rest; the median counts.
const LOOKS: usize = 5;

/// Measures and prints.
pub(crate) fn run(rig: &Rig, plan: &Plan) -> anyhow::Result<()> {
    // What is allocated once for all is not the cost of a session.
    close(open(rig, AT_ONCE)?)?;
    let before = rested(rig)?;
    let clients = open(rig, plan.sessions)?;
    let during = rested(rig)?;
    close(clients)?;
    let after = rested(rig)?;
    let each = (during - before) / plan.sessions as f64;
    println!("\nmemory of the gateway with idle terminals, KiB resident, medians of {LOOKS} looks");
    println!(
        "  before {before:.0}, with {} sessions {during:.0}, after {after:.0}",
        plan.sessions
    );
    println!("  each session {each:.1}, goal {GOAL}: {}", verdict(each, GOAL));
    let kept = (after - before) / plan.sessions as f64;
    let back = 100.0 * (during - after) / (during - before);
    // What is missing counts, as the other goals do.
    let verdict = verdict(100.0 - back, 100.0 - BACK);
    println!("  kept after close, each {kept:.1}; given back {back:.0} %, goal {BACK}: {verdict}");
    Ok(())
}

fn open(rig: &Rig, count: usize) -> anyhow::Result<Vec<Child>> {
    let mut clients = Vec::with_capacity(count);
    let numbers: Vec<usize> = (0..count).collect();
    for batch in numbers.chunks(AT_ONCE) {
        let mut started = Vec::new();
        for number in batch {
            let child = rig
                .ssh_as(Route::Full, *number, &["-tt"])
                .arg("printf ready; exec cat")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()?;
            started.push(child);
        }
        for child in &mut started {
            let output = child.stdout.as_mut().context("no output")?;
            output.read_exact(&mut [0; 5]).context("a session did not open")?;
        }
        clients.extend(started);
    }
    Ok(clients)
}

fn close(clients: Vec<Child>) -> anyhow::Result<()> {
    for mut client in clients {
        client.kill()?;
        client.wait()?;
    }
    Ok(())
}

/// Leaves the gateway alone, and gives its memory then.
fn rested(rig: &Rig) -> anyhow::Result<f64> {
    thread::sleep(REST);
    proc::settle(rig.gateway())?;
    let mut looks = Vec::with_capacity(LOOKS);
    for _ in 0..LOOKS {
        looks.push(proc::resident(rig.gateway())?);
        thread::sleep(Duration::from_secs(1));
    }
    Ok(median(&looks))
}
