//! The gateway's own client, for people who have only a browser (see [`engine::portal`]).
//!
//! It speaks to an ordinary visit over a stream within the process: [`connection`] runs statements, [`rows`] takes results apart, which are gathered as far as they are shown. The same [`rows`] read
//! results out of recordings.

mod connection;
mod kinds;
mod names;
mod rows;

use std::{
    ops::Range,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::BytesMut;
use engine::{
    Stream,
    portal::{Echo, Face, Portal, PortalError},
    statements::{
        Analyze, GaveUp, Names, Part, ResultReader, Share, Spelling, StatementClient, Statements, Transaction,
    },
};
use parking_lot::Mutex;
use postgres_protocol::message::frontend;
use tokio::time::timeout;

use crate::{
    Shared,
    link::{Link, Messages as _},
    sql,
    wire::{authentication, backend_key, fault},
};
use connection::Connection;

/// What the client calls itself, to the gateway and to the server.
const NAME: &str = "doorward console";

/// The longest message while it signs in.
const LONGEST: usize = 64 << 10;

/// How long leaving may take.
const LEAVING: Duration = Duration::from_secs(1);

/// Gives what reads results out of recordings.
pub(crate) fn results(spelling: Spelling) -> Box<dyn ResultReader> {
    Box::new(rows::Rows::new(spelling))
}

/// The client.
pub(crate) struct PostgresPortal {
    pub(crate) shared: Arc<Shared>,
}

#[async_trait]
impl Portal for PostgresPortal {
    async fn statements(
        &self,
        stream: Stream,
        account: Option<&str>,
        database: Option<&str>,
        person: &mut dyn Face,
    ) -> Result<Statements, PortalError> {
        let mut link = Link::new(stream);
        // Who and where is known already; only the account is a wish. See `engine::LoginName`.
        let user = account.map_or_else(
            || "console".to_owned(),
            |account| format!("console:{account}@here"),
        );
        let settings = [
            ("user", user.as_str()),
            ("application_name", NAME),
            ("client_encoding", "UTF8"),
        ];
        let database = database.map(|database| ("database", database));
        let mut out = BytesMut::new();
        frontend::startup_message(settings.into_iter().chain(database), &mut out)
            .map_err(|_| PortalError::Refused("a name holds a zero byte".to_owned()))?;
        let key = enter(&mut link, &out, person).await?;
        let transaction = Arc::new(Mutex::new(Transaction::None));
        let mut connection = Connection::new(link.stream, link.read, Arc::clone(&transaction));
        let said = connection
            .run(
                "select pg_catalog.current_database()",
                &[],
                Share {
                    rows: 1,
                    value: 256,
                    bytes: 1024,
                },
            )
            .await
            .map_err(|_| PortalError::Ended)?;
        let database = said.rows.into_iter().flatten().flatten().next();
        Ok(Arc::new(Client {
            shared: Arc::clone(&self.shared),
            key,
            database: database.map(|cell| cell.text).unwrap_or_default(),
            transaction,
            connection: tokio::sync::Mutex::new(Some(connection)),
        }))
    }
}

/// Signs in; gives the key with which statements are cancelled.
async fn enter(link: &mut Link, hello: &[u8], person: &mut dyn Face) -> Result<(u32, u32), PortalError> {
    link.write(hello).await.map_err(|_| PortalError::Ended)?;
    let mut key = (0, 0);
    loop {
        let (tag, body) = link.message(LONGEST).await.map_err(|_| PortalError::Ended)?;
        match tag {
            b'R' => match authentication(&body) {
                Some((0, _)) => {}
                Some((3, _)) => {
                    let secret = person.ask("Password: ", Echo::Hidden).await;
                    let secret = secret.ok_or(PortalError::Ended)?;
                    let mut out = BytesMut::new();
                    let written = frontend::password_message(secret.expose().as_bytes(), &mut out);
                    written.map_err(|_| PortalError::Ended)?;
                    link.write(&out).await.map_err(|_| PortalError::Ended)?;
                }
                _ => return Err(PortalError::Ended),
            },
            b'K' => {
                if let Some((process, secret)) = backend_key(&body) {
                    key = (process.cast_unsigned(), secret.cast_unsigned());
                }
            }
            b'N' => person.tell(&fault(&body).message).await,
            b'Z' => return Ok(key),
            // The news say why.
            b'E' => return Err(PortalError::Ended),
            _ => {}
        }
    }
}

/// A client that is in.
struct Client {
    shared: Arc<Shared>,
    key: (u32, u32),
    database: String,
    transaction: Arc<Mutex<Transaction>>,
    /// Taken out while it is used: whoever drops an operation halfway drops the connection with it.
    connection: tokio::sync::Mutex<Option<Connection>>,
}

/// Takes the connection, does something with it, and puts it back when that has answered.
macro_rules! with {
    ($client:expr, $connection:ident => $work:expr) => {{
        let mut slot = $client.connection.try_lock().map_err(|_| GaveUp::Busy)?;
        let mut $connection = slot.take().ok_or(GaveUp::Ended)?;
        let done = $work.await;
        if !matches!(done, Err(GaveUp::Ended)) {
            *slot = Some($connection);
        }
        done
    }};
}

#[async_trait]
impl StatementClient for Client {
    fn database(&self) -> String {
        self.database.clone()
    }

    fn split(&self, text: &str) -> Vec<Range<usize>> {
        let from = text.as_ptr().addr();
        let statements = sql::statements(text).into_iter();
        statements
            .map(|one| {
                let start = one.as_ptr().addr() - from;
                start..start + one.len()
            })
            .collect()
    }

    fn explain(&self, statement: &str, analyze: Analyze) -> String {
        match analyze {
            Analyze::No => format!("EXPLAIN (FORMAT JSON) {statement}"),
            Analyze::Yes => format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"),
        }
    }

    async fn run(&self, statement: &str, parameters: &[Option<String>], most: Share) -> Result<Part, GaveUp> {
        with!(self, connection => connection.run(statement, parameters, most))
    }

    async fn more(&self, most: Share) -> Result<Part, GaveUp> {
        with!(self, connection => connection.more(most))
    }

    async fn let_go(&self, after: Duration) {
        let idle = async {
            with!(self, connection => async {
                let now = Instant::now();
                match connection.open_since() {
                    Some(since) if now.duration_since(since) >= after => connection.give_up().await,
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
        let (process, secret) = self.key;
        if let Some(running) = self.shared.cancels.find(process, secret) {
            running.cancel().await;
        }
    }

    async fn names(&self) -> Result<Names, GaveUp> {
        with!(self, connection => names::read(&mut connection))
    }

    fn transaction(&self) -> Transaction {
        *self.transaction.lock()
    }

    async fn close(&self) {
        let leave = async {
            let taken = self.connection.lock().await.take();
            if let Some(connection) = taken {
                connection.close().await;
            }
        };
        // What does not listen any more is dropped.
        let _left = timeout(LEAVING, leave).await;
    }
}
