//! Ends the processes that a program leaves behind.
//!
//! Every program of a channel gets a mark in its environment, which its children inherit, wherever they move in the
//! tree of processes. Only a process that clears its environment gets away.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::{Pid, Signal, getpid, kill_process};

use crate::spool::blocking;

/// The environment variable.
const NAME: &str = "DOORWARD_DEMO_CHANNEL";
/// Rounds of looking; each finds what was started, or has not ended yet, since the one before.
const ROUNDS: usize = 200;
/// Rounds without a find after which there is nothing left.
const CLEAN_ROUNDS: usize = 2;
/// Time between rounds.
const PAUSE: Duration = Duration::from_millis(5);

/// The mark of one channel.
#[derive(Clone, Debug)]
pub(crate) struct Mark(String);

impl Mark {
    /// Makes one that no process has.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_nanos();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self(format!("{}-{now}-{count}", getpid().as_raw_nonzero()))
    }

    /// The variable and its value.
    pub(crate) fn variable(&self) -> (String, String) {
        (NAME.to_owned(), self.0.clone())
    }

    /// Kills every process with this mark.
    pub(crate) async fn sweep(&self) {
        let mine = self.0.clone();
        sweep(move |mark| mark == mine.as_bytes()).await;
    }
}

/// Kills what hosts left behind that were killed themselves.
pub(crate) async fn sweep_orphans() {
    sweep(|mark| {
        let host = mark
            .split(|byte| *byte == b'-')
            .next()
            .and_then(|pid| std::str::from_utf8(pid).ok());
        host.is_some_and(|pid| pid.parse::<u32>().is_ok() && !Path::new("/proc").join(pid).exists())
    })
    .await;
}

async fn sweep(chosen: impl Fn(&[u8]) -> bool + Send + 'static) {
    let swept = blocking(move || {
        let mut clean = 0;
        for _ in 0..ROUNDS {
            // A process that starts another program just now has no environment to read, so one look is not enough.
            clean = if kill_marked(&chosen)? == 0 { clean + 1 } else { 0 };
            if clean == CLEAN_ROUNDS {
                return Ok(true);
            }
            std::thread::sleep(PAUSE);
        }
        Ok(false)
    });
    match swept.await {
        Ok(true) => {}
        Ok(false) => tracing::warn!("a program of the demo host keeps starting processes"),
        Err(error) => tracing::warn!(%error, "cannot look for processes that the demo host started"),
    }
}

/// Kills what has a chosen mark in its environment; says how many that were.
fn kill_marked(chosen: impl Fn(&[u8]) -> bool) -> io::Result<usize> {
    let mut killed = 0;
    for process in fs::read_dir("/proc")? {
        let process = process?;
        let pid = process
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
            .and_then(Pid::from_raw);
        // Processes of others cannot be read, and those that ended meanwhile have nothing to read.
        let (Some(pid), Ok(environment)) = (pid, fs::read(process.path().join("environ"))) else {
            continue;
        };
        let mut variables = environment.split(|byte| *byte == 0);
        let mark = variables.find_map(|variable| variable.strip_prefix(NAME.as_bytes())?.strip_prefix(b"="));
        if pid != getpid() && mark.is_some_and(&chosen) {
            killed += usize::from(kill_process(pid, Signal::KILL).is_ok());
        }
    }
    Ok(killed)
}
