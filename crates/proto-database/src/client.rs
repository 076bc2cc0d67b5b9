//! The gateway's own client for statements, as far as it is the same for every database: one connection, used by one at a time.

use std::{
    ops::Range,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use engine::statements::{Analyze, GaveUp, Names, Part, Share, StatementClient, Transaction};
use tokio::{sync::Mutex, time::timeout};

/// How long leaving may take.
const LEAVING: Duration = Duration::from_secs(1);

/// The client's half of a connection that is in. An operation that fails with [`GaveUp::Ended`] is the last one.
#[async_trait]
pub trait Conversation: Send + 'static {
    /// Runs one statement and reads the first part of its result. A result that was still open is given up.
    async fn run(
        &mut self,
        statement: &str,
        parameters: &[Option<String>],
        most: Share,
    ) -> Result<Part, GaveUp>;

    /// Goes on with the open result.
    async fn more(&mut self, most: Share) -> Result<Part, GaveUp>;

    /// Tells since when a result is open that nobody reads.
    fn open_since(&self) -> Option<Instant>;

    /// Gives the open result up.
    async fn give_up(&mut self) -> Result<(), GaveUp>;

    /// Reads the names that an editor can complete.
    async fn names(&mut self) -> Result<Names, GaveUp>;

    /// Takes leave in the protocol's own way.
    async fn close(&mut self);
}

/// What is known of a connection while it is used.
#[async_trait]
pub trait Beside: Send + Sync + 'static {
    /// Tells the statements of a text apart: where each of them is.
    fn split(&self, text: &str) -> Vec<Range<usize>>;

    /// Writes the statement that shows how another one would be run, or with `analyze` was run.
    fn explain(&self, statement: &str, analyze: Analyze) -> String;

    /// Asks the server to stop what runs.
    async fn cancel(&self);

    /// Tells how the transaction stands.
    fn transaction(&self) -> Transaction;
}

/// A client for statements that is in.
pub struct Client<C, B> {
    database: String,
    beside: B,
    /// Taken out while it is used: whoever drops an operation halfway drops the connection with it.
    conversation: Mutex<Option<C>>,
}

impl<C: Conversation, B: Beside> Client<C, B> {
    /// Begins with a connection that is in.
    pub fn new(database: String, beside: B, conversation: C) -> Self {
        Self {
            database,
            beside,
            conversation: Mutex::new(Some(conversation)),
        }
    }
}

/// Takes the connection, does something with it, and puts it back when that has answered.
macro_rules! with {
    ($client:expr, $conversation:ident => $work:expr) => {{
        let mut slot = $client.conversation.try_lock().map_err(|_| GaveUp::Busy)?;
        let mut $conversation = slot.take().ok_or(GaveUp::Ended)?;
        let done = $work.await;
        if !matches!(done, Err(GaveUp::Ended)) {
            *slot = Some($conversation);
        }
        done
    }};
}

#[async_trait]
impl<C: Conversation, B: Beside> StatementClient for Client<C, B> {
    fn database(&self) -> String {
        self.database.clone()
    }

    fn split(&self, text: &str) -> Vec<Range<usize>> {
        self.beside.split(text)
    }

    fn explain(&self, statement: &str, analyze: Analyze) -> String {
        self.beside.explain(statement, analyze)
    }

    async fn run(&self, statement: &str, parameters: &[Option<String>], most: Share) -> Result<Part, GaveUp> {
        with!(self, conversation => conversation.run(statement, parameters, most))
    }

    async fn more(&self, most: Share) -> Result<Part, GaveUp> {
        with!(self, conversation => conversation.more(most))
    }

    async fn let_go(&self, after: Duration) {
        let idle = async {
            with!(self, conversation => async {
                match conversation.open_since() {
                    Some(since) if since.elapsed() >= after => conversation.give_up().await,
                    _ => Ok(()),
                }
            })
        };
        // Busy or gone: nothing is open for want of use.
        if let Err(why) = idle.await {
            tracing::trace!(%why, "no result was given up");
        }
    }

    async fn cancel(&self) {
        self.beside.cancel().await;
    }

    async fn names(&self) -> Result<Names, GaveUp> {
        with!(self, conversation => conversation.names())
    }

    fn transaction(&self) -> Transaction {
        self.beside.transaction()
    }

    async fn close(&self) {
        let leave = async {
            let taken = self.conversation.lock().await.take();
            if let Some(mut conversation) = taken {
                conversation.close().await;
            }
        };
        // What does not listen any more is dropped.
        let _left = timeout(LEAVING, leave).await;
    }
}

/// Gives where parts of a text are in it.
#[must_use]
pub fn places<'a>(text: &str, parts: impl Iterator<Item = &'a str>) -> Vec<Range<usize>> {
    let from = text.as_ptr().addr();
    parts
        .map(|one| {
            let start = one.as_ptr().addr() - from;
            start..start + one.len()
        })
        .collect()
}

/// Gives rows of whole texts, at most so many.
pub fn texts(part: Part, most: usize) -> impl Iterator<Item = Vec<String>> {
    part.rows.into_iter().take(most).map(|row| {
        let cells = row.into_iter().map(|cell| cell.map(|cell| cell.text));
        cells.map(Option::unwrap_or_default).collect()
    })
}
