//! Removes recordings that are no longer kept.
//!
//! The store is told first, with the rule as the reason, and the file is removed afterwards: after a crash in between, the file is found
//! again by its row. What is in the list, the audit log and the activity log of a session stays.

use std::{sync::Arc, time::Instant};

use domain::{ConnectionId, Micros, Span, audit::Actor, policy::Directory, retention};
use serde_json::json;
use store::{Cause, Error, Kept};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::engine::Engine;

/// Recordings that are looked at at once.
const PAGE: u32 = 500;

/// By how much the wall clock may run ahead of the time that has passed. Beyond it nothing is removed: what a wrong clock destroys does not
/// come back.
const AHEAD: Span = Span::secs(86_400);

impl Engine {
    /// Looks at once and then every hour, until the engine closes.
    pub(crate) async fn keep_no_longer(self: Arc<Self>) {
        let (began, wall) = (Instant::now(), Micros::now());
        let mut turns = interval(self.limits.retention);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.closing.run_until_cancelled(turns.tick()).await.is_some() {
            let now = Micros::now();
            let passed = i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX);
            if now.since(wall).0.saturating_sub(passed) > AHEAD.0 {
                tracing::error!(
                    "the clock has jumped ahead; no recording is removed until the gateway is started again"
                );
                continue;
            }
            match self.purge(now).await {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, "recordings removed that are no longer kept"),
                Err(error) => {
                    tracing::error!(%error, "recordings that are no longer kept could not be looked for");
                }
            }
        }
    }

    /// Removes the recordings on this node's shelf that no rule keeps at a time; gives how many.
    pub async fn purge(&self, now: Micros) -> Result<u64, Error> {
        let mut removed = 0;
        // Whatever the rules are now: it is said of these that they are gone.
        for (tape, file) in self.store.left_recordings(&self.node, PAGE).await? {
            removed += u64::from(self.remove(tape, &file).await?);
        }
        let directory = self.directory();
        let Some(shortest) = retention::shortest(&directory) else {
            return Ok(removed);
        };
        let before = Micros(now.0.saturating_sub(shortest.0));
        let mut after = None;
        loop {
            let page = self
                .store
                .kept_recordings(&self.node, before, after, PAGE)
                .await?;
            let Some(last) = page.last() else {
                return Ok(removed);
            };
            after = Some((last.ended_at, last.tape));
            for kept in page {
                if self.closing.is_cancelled() {
                    return Ok(removed);
                }
                removed += u64::from(self.purge_one(&directory, kept, now).await?);
            }
        }
    }

    async fn purge_one(&self, directory: &Directory, kept: Kept, now: Micros) -> Result<bool, Error> {
        let due = retention::due(directory, &kept.resource, kept.ended_at);
        let Some(due) = due.filter(|due| due.at <= now) else {
            return Ok(false);
        };
        let detail = json!({ "connection": kept.tape, "rule": due.rule, "keep_secs": due.keep_secs });
        let cause = Cause::new(now, Actor::system("retention")).with_detail(detail);
        if !self.store.expire_recording(kept.tape, cause).await? {
            return Ok(false);
        }
        self.remove(kept.tape, &kept.file).await
    }

    async fn remove(&self, tape: ConnectionId, file: &str) -> Result<bool, Error> {
        match timeout(self.limits.shelf, self.shelf.remove(file)).await {
            Ok(Ok(_there_or_not)) => {
                self.store.forget_file(tape).await?;
                return Ok(true);
            }
            Ok(Err(error)) => tracing::error!(%tape, %error, "a recording could not be removed"),
            Err(_elapsed) => tracing::error!(%tape, "a recording could not be removed in time"),
        }
        Ok(false)
    }
}
