//! The gateway's own client, for people who have only a browser (see [`engine::portal`]).
//!
//! It speaks to an ordinary visit over a stream within the process: [`connection`] runs statements, [`rows`] takes results apart. The
//! same [`rows`] read results out of recordings.

mod connection;
mod kinds;
mod names;
mod rows;

use std::{ops::Range, sync::Arc};

use async_trait::async_trait;
use engine::{
    Stream,
    portal::{Face, Portal, PortalError},
    statements::{Analyze, ResultReader, Share, Spelling, Statements, Transaction},
};
use parking_lot::Mutex;
use proto_database::client::{self, Client, Conversation as _};

use crate::{
    Shared,
    link::{Link, Packets as _},
    scramble, sql,
    threads::Threads,
    wire::{Greeting, Response, attributes, capability},
};
use connection::Connection;

/// What the client calls itself, to the gateway and to the server.
const NAME: &str = "doorward console";

/// An open result is not read on before somebody asks for it; the server waits for that as long as the gateway keeps it open, and longer.
const PATIENCE: &str = "set net_write_timeout = 600";

/// Gives what reads results out of recordings.
pub(crate) fn results(spelling: Spelling) -> Box<dyn ResultReader> {
    Box::new(rows::Rows::new(spelling, rows::Form::Text))
}

/// The client.
pub(crate) struct MysqlPortal {
    pub(crate) shared: Arc<Shared>,
}

#[async_trait]
impl Portal for MysqlPortal {
    async fn statements(
        &self,
        stream: Stream,
        account: Option<&str>,
        database: Option<&str>,
        _person: &mut dyn Face,
    ) -> Result<Statements, PortalError> {
        let mut link = Link::new(stream);
        // Who and where is known already; only the account is a wish. See `engine::LoginName`.
        let user = account.map_or_else(
            || "console".to_owned(),
            |account| format!("console:{account}@here"),
        );
        let greeting = enter(&mut link, user, database).await?;
        let running = Running {
            threads: Arc::clone(&self.shared.threads),
            number: greeting.thread,
        };
        let transaction = Arc::new(Mutex::new(Transaction::None));
        let mut connection =
            Connection::new(link.stream, link.read, running.clone(), Arc::clone(&transaction));
        let little = Share {
            rows: 1,
            value: 256,
            bytes: 1024,
        };
        let ran = async {
            connection.run(PATIENCE, &[], little).await?;
            connection.run("select database()", &[], little).await
        };
        let said = ran.await.map_err(|_| PortalError::Ended)?;
        let database = said.rows.into_iter().flatten().flatten().next();
        let database = database.map(|cell| cell.text).unwrap_or_default();
        let beside = Beside {
            running,
            transaction,
            is_mariadb: greeting.version.contains("MariaDB"),
        };
        Ok(Arc::new(Client::new(database, beside, connection)))
    }
}

/// Signs in; gives the greeting.
async fn enter(link: &mut Link, user: String, database: Option<&str>) -> Result<Greeting, PortalError> {
    let (sequence, body) = link.packet().await.map_err(|_| PortalError::Ended)?;
    let greeting = Greeting::read(&body).ok_or(PortalError::Ended)?;
    let named = database.map_or(0, |_| capability::CONNECT_WITH_DB);
    let response = Response {
        // Nothing that changes how packets look, so that every server that is there will do.
        capabilities: capability::MYSQL
            | capability::LONG_FLAG
            | capability::PROTOCOL_41
            | capability::TRANSACTIONS
            | capability::MULTI_RESULTS
            | capability::PS_MULTI_RESULTS
            | (capability::LOGIN & !capability::CONNECT_WITH_DB)
            | named,
        max_packet: 1 << 30,
        // utf8mb4_general_ci
        charset: 45,
        user,
        plugin: scramble::CACHING_SHA2.to_owned(),
        database: database.unwrap_or_default().to_owned(),
        attributes: attributes(&[("_client_name", "doorward"), ("program_name", NAME)]),
        ..Response::default()
    };
    let said = link.send(sequence.wrapping_add(1), &response.write()).await;
    said.map_err(|_| PortalError::Ended)?;
    let (_, body) = link.packet().await.map_err(|_| PortalError::Ended)?;
    match body.first() {
        Some(0x00) => Ok(greeting),
        // The news say why.
        _ => Err(PortalError::Ended),
    }
}

/// What runs on the connection, as far as it can be stopped.
#[derive(Clone)]
struct Running {
    threads: Arc<Threads>,
    number: u32,
}

impl Running {
    /// Asks the server to stop the statement. Another one that has begun meanwhile is none of this.
    async fn stop(&self) {
        if self.threads.interrupt(self.number) {
            return;
        }
        if let Some((account, thread)) = self.threads.running(self.number)
            && let Err(stop) = account.stop(thread).await
        {
            tracing::debug!(detail = stop.detail, "a statement could not be stopped");
        }
    }
}

/// What is known of a connection while it is used.
struct Beside {
    running: Running,
    transaction: Arc<Mutex<Transaction>>,
    is_mariadb: bool,
}

#[async_trait]
impl client::Beside for Beside {
    fn split(&self, text: &str) -> Vec<Range<usize>> {
        let statements = sql::statements(text).into_iter();
        client::places(text, statements.map(|one| one.text))
    }

    fn explain(&self, statement: &str, analyze: Analyze) -> String {
        match (analyze, self.is_mariadb) {
            (Analyze::No, _) => format!("EXPLAIN FORMAT=JSON {statement}"),
            (Analyze::Yes, true) => format!("ANALYZE FORMAT=JSON {statement}"),
            // MySQL knows this as a text only.
            (Analyze::Yes, false) => format!("EXPLAIN ANALYZE {statement}"),
        }
    }

    async fn cancel(&self) {
        self.running.stop().await;
    }

    fn transaction(&self) -> Transaction {
        *self.transaction.lock()
    }
}
