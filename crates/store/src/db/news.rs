//! Telling those who wait that something was committed.

use std::{sync::Arc, time::Duration};

use sqlx::postgres::PgListener;
use tokio::{sync::watch, task::JoinHandle};

use super::{Pool, sql};
use crate::Error;

/// The channel on which nodes that share a `PostgreSQL` database wake each other.
pub(super) const CHANNEL: &str = "doorward_news";

/// What a transaction made known: 0 for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct News {
    /// The newest audit event.
    pub(crate) audit: i64,
    /// The newest version of the directory.
    pub(crate) directory: i64,
}

/// The newest committed numbers.
pub(crate) struct Board {
    pub(crate) audit: watch::Sender<i64>,
    pub(crate) directory: watch::Sender<i64>,
}

impl Board {
    pub(crate) async fn read(pool: &Pool) -> Result<Arc<Self>, Error> {
        let news = heads(pool).await?;
        Ok(Arc::new(Self {
            audit: watch::Sender::new(news.audit),
            directory: watch::Sender::new(news.directory),
        }))
    }

    /// Makes numbers known; older ones change nothing, so that the order of calls does not matter.
    pub(crate) fn post(&self, news: News) {
        let raise = |sender: &watch::Sender<i64>, to: i64| {
            sender.send_if_modified(|now| {
                let grows = to > *now;
                *now = to.max(*now);
                grows
            });
        };
        raise(&self.audit, news.audit);
        raise(&self.directory, news.directory);
    }
}

async fn heads(pool: &Pool) -> Result<News, Error> {
    let heads =
        sql!("SELECT h.seq, d.version FROM audit_heads h, directory d WHERE h.org_id = 1 AND d.id = 1");
    let mut row = pool
        .row(heads)
        .await?
        .ok_or(Error::Corrupt("head of the audit log"))?;
    Ok(News {
        audit: row.int()?,
        directory: row.int()?,
    })
}

/// Follows what other nodes commit: woken by them, and looking every second in case a wake-up was lost. The caller aborts it.
/// Gives [`None`] where there are no other nodes.
pub(crate) fn follow(pool: &Pool, board: Arc<Board>) -> Option<JoinHandle<()>> {
    let Pool::Postgres(connections) = pool.clone() else {
        return None;
    };
    let pool = pool.clone();
    Some(tokio::spawn(async move {
        let mut listener = None;
        let mut every = tokio::time::interval(Duration::from_secs(1));
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            if listener.is_none() {
                listener = listen(&connections).await;
            }
            tokio::select! {
                heard = hear(&mut listener) => if !heard { listener = None },
                _ = every.tick() => {}
            }
            match heads(&pool).await {
                Ok(news) => board.post(news),
                Err(Error::Closed) => return,
                Err(error) => tracing::warn!(%error, "cannot look for changes of other nodes"),
            }
        }
    }))
}

async fn listen(connections: &sqlx::PgPool) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(connections).await.ok()?;
    listener.listen(CHANNEL).await.ok()?;
    Some(listener)
}

/// Waits for a wake-up; false when the connection was lost. Without a listener it waits for ever.
async fn hear(listener: &mut Option<PgListener>) -> bool {
    match listener {
        Some(listener) => matches!(listener.try_recv().await, Ok(Some(_))),
        None => std::future::pending().await,
    }
}
