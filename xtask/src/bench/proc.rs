//! What the kernel knows of processes.

use std::{fs, time::Duration};

use anyhow::Context;

/// The kernel's ticks in a second (`CLK_TCK`), the same on all systems that this runs on.
const TICKS: f64 = 100.0;

/// Gives the seconds of processor time that a process has used, with its children that have ended.
pub(crate) fn cpu(pid: u32) -> anyhow::Result<f64> {
    let fields = stat(&pid.to_string())?;
    Ok(fields.iter().skip(11).take(4).sum::<f64>() / TICKS)
}

/// Gives the seconds of this process's children that have ended.
pub(crate) fn cpu_of_own_children() -> anyhow::Result<f64> {
    let fields = stat("self")?;
    Ok(fields.iter().skip(13).take(2).sum::<f64>() / TICKS)
}

/// Reads the numbers of a `stat` file behind the name: the first is the state (read as 0), the 12th the user time.
fn stat(pid: &str) -> anyhow::Result<Vec<f64>> {
    let text =
        fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
    let (_, behind) = text.rsplit_once(')').context("a stat file without a name")?;
    Ok(behind
        .split_whitespace()
        .map(|field| field.parse().unwrap_or(0.0))
        .collect())
}

/// Gives the resident memory of a process in KiB.
pub(crate) fn resident(pid: u32) -> anyhow::Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    let number = line.split_whitespace().next().context("no number of VmRSS")?;
    Ok(number.parse()?)
}

/// Waits until a process has no children and uses no processor time.
pub(crate) fn settle(pid: u32) -> anyhow::Result<()> {
    let children = || fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let mut last = cpu(pid)?;
    for _ in 0..100 {
        std::thread::sleep(Duration::from_millis(100));
        let now = cpu(pid)?;
        if children().trim().is_empty() && now - last < 0.005 {
            return Ok(());
        }
        last = now;
    }
    Ok(())
}

/// Gives the machine's load.
pub(crate) fn load() -> anyhow::Result<String> {
    Ok(fs::read_to_string("/proc/loadavg")?.trim().to_owned())
}
