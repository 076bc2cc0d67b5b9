//! Who follows the audit log as it is written: collectors of logs, by webhook or syslog in the OCSF schema, and a chat that is told of approvals.
//!
//! A sender follows the log by number and keeps in the data folder how far the receiver has taken it, so that it goes on there after a restart.
//! What was not taken is sent again: an event may arrive twice and never not at all; `metadata.uid` tells them apart. Nothing is kept in
//! memory but the events of one delivery: the log itself is the queue.

mod notice;
mod ocsf;
mod sink;
mod webhook;

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use store::{AuditRow, Store};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::config::Settings;
use notice::Notifier;
use sink::Sink;
use webhook::Webhook;

/// Events of one delivery.
const BATCH: u32 = 100;

/// How long a delivery may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The pause after the first failure; doubled with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Starts a sender for each receiver that the settings name. `console` is the console's address, for links; it may be empty.
pub(crate) async fn start(
    settings: &Settings,
    console: &str,
    store: &Store,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> anyhow::Result<()> {
    let mut receivers = Vec::new();
    if let Some(url) = &settings.audit_webhook {
        let webhook = Webhook::new(url, settings.audit_webhook_secret_file.as_deref(), PATIENCE)?;
        receivers.push(("audit-webhook", Receiver::Log(Sink::Webhook(webhook))));
    }
    if let Some(address) = &settings.audit_syslog {
        receivers.push((
            "audit-syslog",
            Receiver::Log(Sink::syslog(address, settings.node())),
        ));
    }
    if let Some(url) = &settings.approval_webhook {
        let webhook = Webhook::new(url, settings.approval_webhook_secret_file.as_deref(), PATIENCE)?;
        let shape = settings.approval_webhook_shape.unwrap_or_default();
        let notifier = Notifier::new(webhook, shape, console.to_owned());
        receivers.push(("approval-webhook", Receiver::Chat(notifier)));
    }
    for (name, receiver) in receivers {
        let place = Place::open(settings.data().join(format!("{name}.position")), store).await?;
        let sender = Sender {
            name,
            store: store.clone(),
            receiver,
            place,
        };
        let stop = stop.clone();
        tasks.spawn(async move {
            let _stopped = stop.run_until_cancelled(sender.run()).await;
        });
    }
    Ok(())
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
        place.note(seq).await?;
        Ok(place)
    }

    async fn note(&mut self, seq: i64) -> anyhow::Result<()> {
        let fresh = self.path.with_extension("position.new");
        let written = async {
            tokio::fs::write(&fresh, format!("{seq}\n")).await?;
            tokio::fs::rename(&fresh, &self.path).await
        };
        written.await.context("cannot note how far it is")?;
        self.seq = seq;
        Ok(())
    }
}

struct Sender {
    name: &'static str,
    store: Store,
    receiver: Receiver,
    place: Place,
}

/// Who takes events, and in which form.
enum Receiver {
    /// All of them, many at once.
    Log(Sink),
    /// Those of approvals, one by one.
    Chat(Notifier),
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
                        "events were not taken; tried again"
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
        match &mut self.receiver {
            Receiver::Log(sink) => {
                let events: Vec<_> = rows.iter().map(ocsf::event).collect();
                sink.send(&events).await?;
            }
            Receiver::Chat(notifier) => {
                for AuditRow { seq, event, .. } in &rows {
                    // What was taken is noted at once: people are not told twice of what came before one that was refused.
                    if notifier.tell(event).await? {
                        self.place.note(*seq).await?;
                    }
                }
            }
        }
        self.place.note(last).await?;
        Ok(true)
    }
}
