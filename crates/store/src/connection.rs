//! Connections of sessions, and where their recordings stand.

use domain::{
    ConnectionId, Micros, SessionId, Span, recording::RecordingState, session::Connection, stop::EndReason,
};

use crate::{Error, Lease, Store};

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
    /// Its size in bytes.
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

impl Store {
    /// Notes a connection of a session and takes a lease on the session for the node that carries it.
    /// The state of the session is changed by [`Store::step`], not here.
    pub async fn open_connection(&self, connection: Connection, lease: Lease) -> Result<(), Error> {
        todo!()
    }

    /// Notes the end of a connection and adds its bytes to the session's. Closing twice changes nothing.
    pub async fn close_connection(&self, id: ConnectionId, closing: Closing) -> Result<(), Error> {
        todo!()
    }

    /// Notes where a recording stands; the session's own facet follows from its connections.
    pub async fn set_recording(
        &self,
        id: ConnectionId,
        state: RecordingState,
        meta: Option<RecordingMeta>,
    ) -> Result<(), Error> {
        todo!()
    }

    /// Gives one connection.
    pub async fn connection(&self, id: ConnectionId) -> Result<Option<ConnectionRow>, Error> {
        todo!()
    }

    /// Lists the connections of a session in the order in which they were opened.
    pub async fn connections(&self, session: SessionId) -> Result<Vec<ConnectionRow>, Error> {
        todo!()
    }

    /// Lists the connections of a node that are not closed or whose recording is not finished: what a start has to tidy up.
    pub async fn unfinished_connections(&self, node: &str) -> Result<Vec<ConnectionRow>, Error> {
        todo!()
    }
}
