//! Sessions: making them, stepping them, finding them.

mod query;

use domain::{
    SessionId, Span,
    recording::RecordingState,
    session::{Event, Life, Session},
};

pub use query::{
    Count, Direction, Facet, FacetQuery, Group, Page, Scope, SessionQuery, Sort, SortColumn, StatRow,
};

use crate::{Cause, ConnectionRow, Error, Lease, StepError, Store};

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionRow {
    /// What never changes.
    pub session: Session,
    /// What changes.
    pub life: Life,
    /// Bytes from the caller to the resource; of running sessions as of the last heartbeat.
    pub bytes_up: i64,
    /// Bytes from the resource to the caller; of running sessions as of the last heartbeat.
    pub bytes_down: i64,
    /// From its start to its end, or until now.
    pub duration: Span,
    /// Where its recordings stand, taken together.
    pub recording: RecordingState,
    /// The nodes that hold a lease on it; empty when nobody is connected.
    pub nodes: Vec<String>,
    /// Its connections; filled by [`Store::session`], empty in lists.
    pub connections: Vec<ConnectionRow>,
}

/// What a step did.
#[derive(Debug, Clone, PartialEq)]
pub struct Stepped {
    /// What never changes.
    pub session: Session,
    /// The life before.
    pub before: Life,
    /// The life after; equal to `before` when the event changed nothing.
    pub after: Life,
    /// The audit event; [`None`] when nothing changed.
    pub audit_seq: Option<i64>,
}

impl Store {
    /// Stores a new session with its audit event `session.created` (or `session.denied` when it begins denied); gives the event's
    /// number. `lease` is given when a node carries it from the start (a direct connect).
    pub async fn create_session(
        &self,
        session: Session,
        life: Life,
        lease: Option<Lease>,
        cause: Cause,
    ) -> Result<i64, Error> {
        todo!()
    }

    /// Lets an event happen to a session: loads and locks the row, asks [`Life::apply`], writes the row and one audit event with the
    /// old and new values, all in one transaction. Nothing is written when nothing changes.
    ///
    /// `expected` is the version that the caller has seen (`If-Match`); [`None`] means any.
    pub async fn step(
        &self,
        id: SessionId,
        event: Event,
        cause: Cause,
        expected: Option<i64>,
    ) -> Result<Stepped, StepError> {
        todo!()
    }

    /// Gives a session with its connections.
    pub async fn session(&self, id: SessionId) -> Result<Option<SessionRow>, Error> {
        todo!()
    }

    /// Lists the sessions whose id begins with at least 8 characters of its text, at most 10; more than one means that it is ambiguous.
    pub async fn find_by_prefix(&self, prefix: &str) -> Result<Vec<SessionRow>, Error> {
        todo!()
    }

    /// Lists sessions.
    pub async fn list(&self, query: &SessionQuery, scope: &Scope) -> Result<Page, Error> {
        todo!()
    }

    /// Lists the distinct values that a filter can take, deleted users and resources included.
    pub async fn facets(&self, query: &FacetQuery, scope: &Scope) -> Result<Vec<String>, Error> {
        todo!()
    }

    /// Counts sessions, bytes and time by a group. Cursor, limit and sort of the query are ignored.
    pub async fn stats(
        &self,
        group: Group,
        query: &SessionQuery,
        scope: &Scope,
    ) -> Result<Vec<StatRow>, Error> {
        todo!()
    }
}
