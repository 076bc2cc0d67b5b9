//! The audit log as a live stream to whoever collects logs: events in the OCSF schema, by webhook or by syslog.
//!
//! A sender follows the log by number and keeps in the data folder how far the receiver has taken it, so that it goes on there after a restart.
//! What was not taken is sent again: an event may arrive twice and never not at all; `metadata.uid` tells them apart. Nothing is kept in
//! memory but the events of one delivery: the log itself is the queue.

mod ocsf;
mod sink;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use store::Store;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::config::Settings;
use sink::Sink;

/// Events of one delivery.
const BATCH: u32 = 100;

/// The pause after the first failure; doubled with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Starts a sender for each receiver that the settings name.
pub(crate) async fn start(
    settings: &Settings,
    store: &Store,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> anyhow::Result<()> {
    let mut sinks = Vec::new();
    if let Some(url) = &settings.audit_webhook {
        let secret = settings
            .audit_webhook_secret_file
            .as_deref()
            .map(secret)
            .transpose()?;
        sinks.push(("webhook", Sink::webhook(url, secret)?));
    }
    if let Some(address) = &settings.audit_syslog {
        sinks.push(("syslog", Sink::syslog(address, settings.node())));
    }
    for (name, sink) in sinks {
        let place = Place::open(settings.data().join(format!("audit-{name}.position")), store).await?;
        let sender = Sender {
            name,
            store: store.clone(),
            sink,
            place,
        };
        let stop = stop.clone();
        tasks.spawn(async move {
            let _stopped = stop.run_until_cancelled(sender.run()).await;
        });
    }
    Ok(())
}

fn secret(path: &Path) -> anyhow::Result<Vec<u8>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = text.trim();
    anyhow::ensure!(
        text.len() >= 16,
        "the secret in {} has less than 16 characters",
        path.display()
    );
    Ok(text.as_bytes().to_vec())
}

/// How far a receiver has taken the log.
struct Place {
    path: PathBuf,
    seq: i64,
}

impl Place {
    /// Reads where the last run has left; a new receiver begins with what happens from now on.
    async fn open(path: PathBuf, store: &Store) -> anyhow::Result<Self> {
        let seq = match std::fs::read_to_string(&path) {
            Ok(text) => text
                .trim()
                .parse()
                .with_context(|| format!("{} holds no number", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => store.audit_head().await?.0,
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let mut place = Self { path, seq };
        place.advance(seq).await?;
        Ok(place)
    }

    async fn advance(&mut self, seq: i64) -> anyhow::Result<()> {
        let fresh = self.path.with_extension("position.new");
        tokio::fs::write(&fresh, format!("{seq}\n")).await?;
        tokio::fs::rename(&fresh, &self.path).await?;
        self.seq = seq;
        Ok(())
    }
}

struct Sender {
    name: &'static str,
    store: Store,
    sink: Sink,
    place: Place,
}

impl Sender {
    async fn run(mut self) {
        let mut news = self.store.audit_changed();
        let mut pause = FIRST_PAUSE;
        loop {
            news.borrow_and_update();
            match self.deliver().await {
                Ok(true) => pause = FIRST_PAUSE,
                Ok(false) => {
                    pause = FIRST_PAUSE;
                    if news.changed().await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(
                        receiver = self.name,
                        error = format!("{error:#}"),
                        "audit events were not taken; tried again"
                    );
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Delivers what comes next; tells whether there was anything.
    async fn deliver(&mut self) -> anyhow::Result<bool> {
        let rows = self.store.audit_since(self.place.seq, BATCH).await?;
        let Some(last) = rows.last().map(|row| row.seq) else {
            return Ok(false);
        };
        let events: Vec<_> = rows.iter().map(ocsf::event).collect();
        self.sink.send(&events).await?;
        self.place
            .advance(last)
            .await
            .context("cannot note how far it is")?;
        Ok(true)
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
