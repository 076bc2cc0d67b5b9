//! Writing: every change is a job that runs in a transaction and is answered after the commit.
//!
//! `SQLite` has one writer task. It commits jobs in groups, each under its own savepoint, so that many callers share one wait for
//! the disk and a job that fails takes nothing but itself back. `PostgreSQL` gives each job its own transaction.
//!
//! A job that was accepted runs to its end even when its caller goes away.
//!
//! Lock order, against deadlocks in `PostgreSQL`: sessions by sid, then other rows, then the directory's version, then the head of
//! the audit log.

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::PgPool;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use super::{
    News, Pool, Tx,
    conn::Conn,
    news::{Board, CHANNEL},
    pool::SqliteWriter,
    sql,
};
use crate::{DbError, Error};

pub(crate) type BoxFuture<'c, T> = Pin<Box<dyn Future<Output = T> + Send + 'c>>;

/// Jobs that may wait; the next caller waits with its job in hand.
const QUEUE: usize = 256;
/// A group is committed when it has so many jobs …
const GROUP: usize = 256;
/// … or is so old: who waits for the first job should not wait for a stream of others.
const GROUP_AGE: Duration = Duration::from_millis(25);
/// A writer with nothing to do for so long gives back the memory of the pages that it has written: the system still has them.
const QUIET: Duration = Duration::from_secs(2);

/// Where jobs are handed in.
pub(crate) enum Writer {
    Sqlite(mpsc::Sender<Order>),
    Postgres(PgPool, Arc<Board>),
}

pub(crate) enum Order {
    Run(Job),
    Close(oneshot::Sender<()>),
}

/// Runs in the transaction, or learns why there is none.
type Job = Box<dyn for<'c> FnOnce(Result<&'c mut Tx, String>) -> BoxFuture<'c, Ended> + Send>;

type Answer = Box<dyn FnOnce(Result<(), String>) + Send>;

/// A job that has run: whether its changes stay, and how its caller is answered once one knows whether they were committed.
pub(crate) struct Ended {
    keep: bool,
    answer: Answer,
}

impl Writer {
    /// Starts the writer; `conn` is the writing connection of a `SQLite` file.
    pub(crate) fn start(pool: &Pool, conn: Option<SqliteWriter>, board: Arc<Board>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        match (pool, conn) {
            (Pool::Postgres(pool), _) => return Self::Postgres(pool.clone(), board),
            (Pool::Sqlite(_), Some(conn)) => drop(tokio::spawn(write_groups(conn, receiver, board))),
            // Cannot come: without a receiver every job would be answered with "closed".
            (Pool::Sqlite(_), None) => {}
        }
        Self::Sqlite(sender)
    }

    /// Runs a job in a transaction. Its changes are kept when it gives `Ok`, and are durable when this returns.
    pub(crate) async fn run<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'c> FnOnce(&'c mut Tx) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match self {
            Self::Sqlite(sender) => {
                let (tell, answer) = oneshot::channel();
                let job: Job = Box::new(move |tx| {
                    Box::pin(async move {
                        let result = match tx {
                            Ok(tx) => job(tx).await,
                            Err(why) => Err(Error::Commit(why).into()),
                        };
                        Ended {
                            keep: result.is_ok(),
                            answer: Box::new(move |committed| {
                                let result = match committed {
                                    Ok(()) => result,
                                    Err(why) => result.and(Err(Error::Commit(why).into())),
                                };
                                // The caller may have gone away; the change stands all the same.
                                drop(tell.send(result));
                            }),
                        }
                    })
                });
                sender.send(Order::Run(job)).await.map_err(|_| Error::Closed)?;
                answer.await.map_err(|_| Error::Closed)?
            }
            Self::Postgres(pool, board) => {
                let (pool, board) = (pool.clone(), board.clone());
                let task = tokio::spawn(async move { run_postgres(&pool, &board, job).await });
                task.await.map_err(|why| Error::Commit(why.to_string()))?
            }
        }
    }

    /// Commits what was handed in and stops.
    pub(crate) async fn close(&self) {
        if let Self::Sqlite(sender) = self {
            let (done, wait) = oneshot::channel();
            if sender.send(Order::Close(done)).await.is_ok() {
                // An error means that the writer has stopped already.
                drop(wait.await);
            }
        }
    }
}

async fn run_postgres<T, E, F>(pool: &PgPool, board: &Board, job: F) -> Result<T, E>
where
    F: for<'c> FnOnce(&'c mut Tx) -> BoxFuture<'c, Result<T, E>> + Send,
    E: From<Error>,
{
    let begun = pool.begin().await.map_err(Error::from)?;
    let mut tx = Tx {
        conn: Conn::Postgres(begun),
        news: News::default(),
    };
    // On an error the transaction is dropped, which takes it back.
    let value = job(&mut tx).await?;
    if tx.news != News::default() {
        tx.rows(sql!("SELECT 1 FROM (SELECT pg_notify(?, '')) AS told", CHANNEL))
            .await?;
    }
    let Conn::Postgres(begun) = tx.conn else {
        return Err(Error::Closed.into());
    };
    begun
        .commit()
        .await
        .map_err(|error| Error::Commit(DbError::from(error).to_string()))?;
    board.post(tx.news);
    Ok(value)
}

async fn write_groups(conn: SqliteWriter, mut orders: mpsc::Receiver<Order>, board: Arc<Board>) {
    let mut tx = Tx {
        conn: Conn::Sqlite(conn),
        news: News::default(),
    };
    let mut closing = None;
    while closing.is_none() {
        let first = match timeout(QUIET, orders.recv()).await {
            Ok(first) => first,
            Err(_quiet) => {
                if let Err(error) = tx.exec(sql!("PRAGMA shrink_memory")).await {
                    tracing::debug!(%error, "the database keeps its pages");
                }
                orders.recv().await
            }
        };
        let Some(first) = first else { break };
        match first {
            Order::Run(job) => closing = write_group(&mut tx, job, &mut orders, &board).await,
            Order::Close(done) => closing = Some(done),
        }
    }
    orders.close();
    while let Ok(Order::Run(job)) = orders.try_recv() {
        write_group(&mut tx, job, &mut orders, &board).await;
    }
    if let Conn::Sqlite(conn) = tx.conn
        && let Err(error) = sqlx::Connection::close(*conn).await
    {
        tracing::warn!(%error, "cannot close the database");
    }
    if let Some(done) = closing {
        // Who asked may have gone away: nothing is left to tell.
        done.send(()).ok();
    }
}

/// Runs a job and those that wait behind it in one transaction, and answers them all.
async fn write_group(
    tx: &mut Tx,
    first: Job,
    orders: &mut mpsc::Receiver<Order>,
    board: &Board,
) -> Option<oneshot::Sender<()>> {
    if let Err(error) = tx.exec(sql!("BEGIN IMMEDIATE")).await {
        let ended = first(Err(cause(&error))).await;
        (ended.answer)(Ok(()));
        return None;
    }
    let begun = Instant::now();
    let mut closing = None;
    let mut answers = Vec::new();
    tx.news = News::default();
    let mut next = Some(first);
    let mut outcome = Ok(0);
    while let Some(job) = next.take() {
        let (ended, ran) = run_savepoint(tx, job).await;
        answers.push(ended);
        outcome = ran;
        if outcome.is_ok() && answers.len() < GROUP && begun.elapsed() < GROUP_AGE {
            match orders.try_recv() {
                Ok(Order::Run(job)) => next = Some(job),
                Ok(Order::Close(done)) => closing = Some(done),
                Err(_) => {}
            }
        }
    }
    if outcome.is_ok() {
        outcome = tx.exec(sql!("COMMIT")).await;
    }
    let result = outcome
        .map(|_| board.post(tx.news))
        .map_err(|error| cause(&error));
    if let Err(why) = &result {
        tracing::error!(%why, "a group of changes was not committed");
        // Fails when SQLite has rolled back by itself, which is as good.
        drop(tx.exec(sql!("ROLLBACK")).await);
    }
    for answer in answers {
        answer(result.clone());
    }
    closing
}

fn cause(error: &Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// Runs one job under a savepoint. An error means that the whole transaction is lost.
async fn run_savepoint(tx: &mut Tx, job: Job) -> (Answer, Result<u64, Error>) {
    if let Err(error) = tx.exec(sql!("SAVEPOINT job")).await {
        let ended = job(Err(cause(&error))).await;
        return (ended.answer, Err(error));
    }
    let before = tx.news;
    let ended = job(Ok(&mut *tx)).await;
    if !ended.keep {
        tx.news = before;
        if let Err(error) = tx.exec(sql!("ROLLBACK TO job")).await {
            return (ended.answer, Err(error));
        }
    }
    let released = tx.exec(sql!("RELEASE job")).await;
    (ended.answer, released)
}
