//! The gateway's own client, for people who have only a browser (see [`engine::portal`]).
//!
//! It speaks to an ordinary visit over a stream within the process: [`connection`] runs statements, [`rows`] takes results apart, which are gathered as far as they are shown. The same [`rows`] read
//! results out of recordings.

mod connection;
mod kinds;
mod names;
mod rows;

use std::{ops::Range, sync::Arc};

use async_trait::async_trait;
use bytes::BytesMut;
use engine::{
    Stream,
    portal::{Echo, Face, Portal, PortalError},
    statements::{Analyze, ResultReader, Share, Spelling, Statements, Transaction},
};
use parking_lot::Mutex;
use postgres_protocol::message::frontend;
use proto_database::client::{self, Client, Conversation as _};

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
        let beside = Beside {
            shared: Arc::clone(&self.shared),
            key,
            transaction,
        };
        let database = database.map(|cell| cell.text).unwrap_or_default();
        Ok(Arc::new(Client::new(database, beside, connection)))
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

/// What is known of a connection while it is used.
struct Beside {
    shared: Arc<Shared>,
    key: (u32, u32),
    transaction: Arc<Mutex<Transaction>>,
}

#[async_trait]
impl client::Beside for Beside {
    fn split(&self, text: &str) -> Vec<Range<usize>> {
        client::places(text, sql::statements(text).into_iter())
    }

    fn explain(&self, statement: &str, analyze: Analyze) -> String {
        match analyze {
            Analyze::No => format!("EXPLAIN (FORMAT JSON) {statement}"),
            Analyze::Yes => format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"),
        }
    }

    async fn cancel(&self) {
        let (process, secret) = self.key;
        if let Some(running) = self.shared.cancels.find(process, secret) {
            running.cancel().await;
        }
    }

    fn transaction(&self) -> Transaction {
        *self.transaction.lock()
    }
}
