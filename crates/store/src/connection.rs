//! Connections of sessions, and where their recordings stand.

use domain::{
    ConnectionId, Micros, SessionId, Span,
    audit::AuditEvent,
    recording::RecordingState,
    session::{Connection, Session},
    stop::EndReason,
};

use crate::{
    Error, Lease, Store,
    audit::append,
    db::{Row, Sql, Tx, sql},
    node,
    session::{self, row},
};

/// A connection as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRow {
    /// The connection.
    pub connection: Connection,
    /// The recording's file; empty while there is none.
    pub recording: RecordingMeta,
}

/// What is known of a recording.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordingMeta {
    /// The file's name on the shelf.
    pub file: String,
    /// Its size in bytes; while it is being written, what was on disk at the last heartbeat.
    pub size: i64,
    /// The hash that seals it; empty while it is being written.
    pub hash: Vec<u8>,
    /// From the first record to the last.
    pub duration: Span,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// When.
    pub at: Micros,
    /// Bytes from the caller to the resource, in total.
    pub bytes_up: i64,
    /// Bytes from the resource to the caller, in total.
    pub bytes_down: i64,
    /// Why.
    pub reason: EndReason,
    /// Where its recording stands now.
    pub recording: RecordingState,
}

const COLUMNS: &str = "id, session_id, node, opened_at, closed_at, client_ip, client_if, client_version, bytes_up, bytes_down, \
     close_reason, recording, file, size, hash, duration";

impl Store {
    /// Notes a connection of a session and takes a lease on the session for the node that carries it.
    /// The state of the session is changed by [`Store::step`], not here. Fails when there is no such session.
    pub async fn open_connection(&self, connection: Connection, lease: Lease) -> Result<(), Error> {
        self.open_connection_using(connection, lease, None).await
    }

    /// Does what [`Store::open_connection`] does, and puts on record what the connection is about to use.
    pub async fn open_connection_using(
        &self,
        connection: Connection,
        lease: Lease,
        uses: Option<AuditEvent>,
    ) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let id = connection.session_id;
                let session = session::lock(tx, id).await?.ok_or(Error::NotFound("session"))?;
                tx.exec(insert(&connection)).await?;
                // A session that was ended meanwhile must not gain a lease that nobody would take away.
                if !session.life.state.is_terminal() {
                    node::take_lease(tx, id, &lease).await?;
                }
                if connection.recording != RecordingState::None {
                    summarise_recordings(tx, id).await?;
                }
                if let Some(uses) = uses {
                    append(tx, &uses).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Notes the end of a connection and adds its bytes to the session's. Closing twice changes nothing.
    pub async fn close_connection(&self, id: ConnectionId, closing: Closing) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let session = session_of(tx, id).await?;
                let row = session::lock(tx, session).await?.ok_or(Error::NotFound("session"))?;
                let changed = tx
                    .exec(sql!(
                        "UPDATE connections SET closed_at = ?, bytes_up = ?, bytes_down = ?, close_reason = ?, recording = ? \
                         WHERE id = ? AND closed_at = 0",
                        closing.at.0,
                        closing.bytes_up,
                        closing.bytes_down,
                        closing.reason.word(),
                        row::recording_code(closing.recording),
                        id.0,
                    ))
                    .await?;
                if changed > 0 {
                    keep_totals(tx, &row.session).await?;
                    summarise_recordings(tx, session).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Notes where a recording stands; the session's own facet follows from its connections. `meta` of [`None`] leaves what is known.
    pub async fn set_recording(
        &self,
        id: ConnectionId,
        state: RecordingState,
        meta: Option<RecordingMeta>,
    ) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let session = session_of(tx, id).await?;
                session::lock(tx, session)
                    .await?
                    .ok_or(Error::NotFound("session"))?;
                let state = row::recording_code(state);
                tx.exec(sql!(
                    "UPDATE connections SET recording = ? WHERE id = ?",
                    state,
                    id.0
                ))
                .await?;
                if let Some(meta) = meta {
                    tx.exec(sql!(
                        "UPDATE connections SET file = ?, size = ?, hash = ?, duration = ? WHERE id = ?",
                        meta.file,
                        meta.size,
                        meta.hash,
                        meta.duration.0,
                        id.0,
                    ))
                    .await?;
                }
                summarise_recordings(tx, session).await?;
                Ok(())
            })
        })
        .await
    }

    /// Gives one connection.
    pub async fn connection(&self, id: ConnectionId) -> Result<Option<ConnectionRow>, Error> {
        let query = format!("SELECT {COLUMNS} FROM connections WHERE id = ?");
        self.row(sql!(query, id.0))
            .await?
            .map(|mut row| read(&mut row))
            .transpose()
    }

    /// Notes how many bytes of recordings are on disk, of those that are still being written: a tape that is found shorter after a
    /// crash has been cut.
    pub async fn recordings_grew(&self, grown: Vec<(ConnectionId, i64)>) -> Result<(), Error> {
        if grown.is_empty() {
            return Ok(());
        }
        self.write(move |tx| {
            Box::pin(async move {
                for (id, size) in grown {
                    tx.exec(sql!(
                        "UPDATE connections SET size = ? WHERE id = ? AND recording = 1 AND size < ?",
                        size,
                        id.0,
                        size
                    ))
                    .await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Lists the connections of a session in the order in which they were opened.
    pub async fn connections(&self, session: SessionId) -> Result<Vec<ConnectionRow>, Error> {
        let query = format!("SELECT {COLUMNS} FROM connections WHERE sid = ? ORDER BY opened_at, id");
        read_all(self.rows(sql!(query, session.sid())).await?)
    }

    /// Lists the connections of a node that are not closed or whose recording is not finished, oldest first: what a start has to
    /// tidy up.
    pub async fn unfinished_connections(&self, node: &str) -> Result<Vec<ConnectionRow>, Error> {
        let query = format!(
            "SELECT {COLUMNS} FROM connections WHERE node = ? AND (closed_at = 0 OR recording = 1 OR recording = 2) \
             ORDER BY opened_at, id"
        );
        read_all(self.rows(sql!(query, node)).await?)
    }

    /// Lists the connections of a session that a node has not closed.
    pub(crate) async fn open_connections(
        &self,
        session: SessionId,
        node: &str,
    ) -> Result<Vec<ConnectionRow>, Error> {
        let query = format!(
            "SELECT {COLUMNS} FROM connections WHERE sid = ? AND node = ? AND closed_at = 0 ORDER BY opened_at, id"
        );
        read_all(self.rows(sql!(query, session.sid(), node)).await?)
    }
}

/// Raises the session's counters to what its closed connections and its nodes say together. Both are lower bounds of the truth.
/// The session's row is locked by the caller.
pub(crate) async fn keep_totals(tx: &mut Tx, session: &Session) -> Result<(), Error> {
    let mut totals = (0, 0);
    for table in ["connections", "session_live"] {
        let query = format!(
            "SELECT CAST(COALESCE(SUM(bytes_up), 0) AS BIGINT), CAST(COALESCE(SUM(bytes_down), 0) AS BIGINT) \
             FROM {table} WHERE sid = ?"
        );
        if let Some(mut row) = tx.row(sql!(query, session.id.sid())).await? {
            totals = (totals.0.max(row.int()?), totals.1.max(row.int()?));
        }
    }
    for (column, total) in [("bytes_up", totals.0), ("bytes_down", totals.1)] {
        let raise = format!("UPDATE sessions SET {column} = ? WHERE sid = ? AND {column} < ?");
        tx.exec(sql!(raise, total, session.id.sid(), total)).await?;
    }
    Ok(())
}

pub(crate) async fn session_of(tx: &mut Tx, id: ConnectionId) -> Result<SessionId, Error> {
    let found = tx
        .row(sql!("SELECT session_id FROM connections WHERE id = ?", id.0))
        .await?;
    let uuid = found.ok_or(Error::NotFound("connection"))?.uuid()?;
    Ok(SessionId::from_uuid(uuid))
}

/// Lets the session's facet follow from its connections; gives it.
pub(crate) async fn summarise_recordings(tx: &mut Tx, session: SessionId) -> Result<RecordingState, Error> {
    let states = tx
        .rows(sql!(
            "SELECT recording FROM connections WHERE sid = ?",
            session.sid()
        ))
        .await?;
    let states: Vec<_> = states
        .into_iter()
        .map(|mut row| row::recording(row.int()?))
        .collect::<Result<_, Error>>()?;
    let together = row::together(&states);
    let code = row::recording_code(together);
    tx.exec(sql!(
        "UPDATE sessions SET recording = ? WHERE sid = ? AND recording <> ?",
        code,
        session.sid(),
        code
    ))
    .await?;
    Ok(together)
}

fn insert(connection: &Connection) -> Sql {
    sql!(
        "INSERT INTO connections(id, sid, session_id, node, opened_at, closed_at, client_ip, client_if, client_version, \
         bytes_up, bytes_down, close_reason, recording, file, size, hash, duration) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, ?, 0)",
        connection.id.0,
        connection.session_id.sid(),
        connection.session_id.uuid(),
        &connection.node,
        connection.opened_at.0,
        connection.closed_at.0,
        row::ip_bytes(connection.client_ip),
        i64::from(connection.client_interface.code()),
        &connection.client_version,
        connection.bytes_up,
        connection.bytes_down,
        connection.close_reason.map_or("", EndReason::word),
        row::recording_code(connection.recording),
        Vec::new(),
    )
}

fn read_all(rows: Vec<Row>) -> Result<Vec<ConnectionRow>, Error> {
    rows.into_iter().map(|mut row| read(&mut row)).collect()
}

fn read(row: &mut Row) -> Result<ConnectionRow, Error> {
    let connection = Connection {
        id: ConnectionId(row.uuid()?),
        session_id: SessionId::from_uuid(row.uuid()?),
        node: row.text()?,
        opened_at: Micros(row.int()?),
        closed_at: Micros(row.int()?),
        client_ip: row::ip(&row.bytes()?)?,
        client_interface: row::client_interface(row)?,
        client_version: row.text()?,
        bytes_up: row.int()?,
        bytes_down: row.int()?,
        close_reason: row::end_reason_of(&row.text()?)?,
        recording: row::recording(row.int()?)?,
    };
    let recording = RecordingMeta {
        file: row.text()?,
        size: row.int()?,
        hash: row.bytes()?,
        duration: Span(row.int()?),
    };
    Ok(ConnectionRow {
        connection,
        recording,
    })
}
