//! Nodes, their leases on sessions, and the sessions that lost their node.

use domain::{Micros, SessionId};
use uuid::Uuid;

use crate::{ConnectionRow, Error, Store};

/// A process that carries sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name; what sessions call their gateway.
    pub name: String,
    /// Which start of it; new with every start.
    pub instance: Uuid,
    /// When it started.
    pub started_at: Micros,
    /// Until when it counts as alive.
    pub lease_until: Micros,
    /// Its software version.
    pub version: String,
}

/// The claim of a node's start on a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The node's name.
    pub node: String,
    /// Which start of it.
    pub instance: Uuid,
    /// Until when it holds.
    pub until: Micros,
}

/// What a node knows of a running session: totals of all connections that it carries or carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// The session.
    pub session: SessionId,
    /// Bytes from the caller to the resource.
    pub bytes_up: i64,
    /// Bytes from the resource to the caller.
    pub bytes_down: i64,
}

/// A session that is not over and whose node is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// The session.
    pub session: SessionId,
    /// The node that carried it.
    pub node: String,
    /// How one knows.
    pub why: Why,
    /// Its connections on that node that are not closed.
    pub connections: Vec<ConnectionRow>,
}

/// How one knows that a node is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The lease was not renewed.
    LeaseRanOut,
    /// The node has started anew.
    NodeRestarted,
}

impl Store {
    /// Announces a start of a node; from then on sessions of its earlier starts are orphans.
    pub async fn join(&self, node: Node) -> Result<(), Error> {
        todo!()
    }

    /// Lists the nodes that ever joined.
    pub async fn nodes(&self) -> Result<Vec<Node>, Error> {
        todo!()
    }

    /// Renews the lease of a node and of its sessions, and stores their counters. Gives the sessions on which the node no longer
    /// holds a lease (ended or reaped elsewhere): it has to cut them.
    pub async fn heartbeat(
        &self,
        lease: Lease,
        at: Micros,
        beats: Vec<Beat>,
    ) -> Result<Vec<SessionId>, Error> {
        todo!()
    }

    /// Lists the sessions that are not over and whose lease ran out or whose node has started anew, oldest first.
    /// The caller ends them with [`domain::session::Event::Lost`].
    pub async fn orphans(&self, now: Micros) -> Result<Vec<Orphan>, Error> {
        todo!()
    }
}
