//! Nodes, their leases on sessions, and the sessions that lost their node.

use std::collections::{HashMap, HashSet};

use domain::{Micros, SessionId, session::State};
use uuid::Uuid;

use crate::{
    ConnectionRow, Error, Store,
    db::{Tx, sql},
};

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

/// What a node carries now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NodeLoad {
    /// Sessions that are connected through it.
    pub sessions: u64,
    /// Their bytes from callers to resources.
    pub bytes_up: i64,
    /// Their bytes from resources to callers.
    pub bytes_down: i64,
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
        self.write(move |tx| {
            Box::pin(async move {
                tx.exec(sql!(
                    "INSERT INTO nodes(name, instance, started_at, lease_until, version) VALUES (?, ?, ?, ?, ?) \
                     ON CONFLICT(name) DO UPDATE SET instance = excluded.instance, started_at = excluded.started_at, \
                     lease_until = excluded.lease_until, version = excluded.version",
                    node.name,
                    node.instance,
                    node.started_at.0,
                    node.lease_until.0,
                    node.version,
                ))
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Lists the nodes that ever joined, by name.
    pub async fn nodes(&self) -> Result<Vec<Node>, Error> {
        let query = sql!("SELECT name, instance, started_at, lease_until, version FROM nodes ORDER BY name");
        let rows = self.rows(query).await?;
        rows.into_iter()
            .map(|mut row| {
                Ok(Node {
                    name: row.text()?,
                    instance: row.uuid()?,
                    started_at: Micros(row.int()?),
                    lease_until: Micros(row.int()?),
                    version: row.text()?,
                })
            })
            .collect()
    }

    /// Gives what each node carries now, by its name: sessions that are connected and their bytes as of the last heartbeat. A node that
    /// carries nothing is left out.
    pub async fn node_loads(&self) -> Result<HashMap<String, NodeLoad>, Error> {
        let query = sql!(
            "SELECT node, count(*), CAST(SUM(bytes_up) AS BIGINT), CAST(SUM(bytes_down) AS BIGINT) FROM session_live GROUP BY node"
        );
        let rows = self.rows(query).await?;
        rows.into_iter()
            .map(|mut row| {
                let node = row.text()?;
                let load = NodeLoad {
                    sessions: row.int()?.unsigned_abs(),
                    bytes_up: row.int()?,
                    bytes_down: row.int()?,
                };
                Ok((node, load))
            })
            .collect()
    }

    /// Renews the lease of a node and of its sessions, and stores their counters. Gives the sessions on which this start of the node
    /// no longer holds a lease (ended or reaped elsewhere): it has to cut them.
    pub async fn heartbeat(
        &self,
        lease: Lease,
        at: Micros,
        beats: Vec<Beat>,
    ) -> Result<Vec<SessionId>, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut kept = HashSet::new();
                for beats in beats.chunks(BEATS) {
                    kept.extend(renew(tx, &lease, at, beats).await?);
                }
                tx.exec(sql!(
                    "UPDATE nodes SET lease_until = ? WHERE name = ? AND instance = ?",
                    lease.until.0,
                    lease.node,
                    lease.instance
                ))
                .await?;
                let lost = beats
                    .iter()
                    .map(|beat| beat.session)
                    .filter(|id| !kept.contains(&id.sid()));
                Ok(lost.collect())
            })
        })
        .await
    }

    /// Lists the sessions that are not over and whose lease ran out or whose node has started anew, oldest first.
    /// The caller ends them with [`domain::session::Event::Lost`].
    pub async fn orphans(&self, now: Micros) -> Result<Vec<Orphan>, Error> {
        // A node that has closed its connections of a session may go, unless it still cleans up behind the last one.
        let query = sql!(
            "SELECT s.id, l.node, CASE WHEN n.instance <> l.instance THEN 1 ELSE 0 END \
             FROM session_live l JOIN sessions s ON s.sid = l.sid LEFT JOIN nodes n ON n.name = l.node \
             WHERE (l.lease_until < ? OR n.instance <> l.instance) AND s.ended_at = 9223372036854775807 AND (s.state = ? \
               OR NOT EXISTS (SELECT 1 FROM connections c WHERE c.sid = l.sid AND c.node = l.node) \
               OR EXISTS (SELECT 1 FROM connections c WHERE c.sid = l.sid AND c.node = l.node AND c.closed_at = 0)) \
             ORDER BY l.sid, l.node",
            now.0,
            i64::from(State::Ending.code()),
        );
        let mut orphans = Vec::new();
        for mut row in self.rows(query).await? {
            let (session, node) = (SessionId::from_uuid(row.uuid()?), row.text()?);
            let why = if row.int()? == 1 {
                Why::NodeRestarted
            } else {
                Why::LeaseRanOut
            };
            let connections = self.open_connections(session, &node).await?;
            orphans.push(Orphan {
                session,
                node,
                why,
                connections,
            });
        }
        Ok(orphans)
    }
}

/// Sessions in one statement: SQLite takes 32 766 values and PostgreSQL 65 535.
const BEATS: usize = 500;

/// Renews leases; gives the keys of the sessions that still had one.
async fn renew(tx: &mut Tx, lease: &Lease, at: Micros, beats: &[Beat]) -> Result<Vec<i64>, Error> {
    let mut query = sql!("WITH beat(sid, up, down) AS (VALUES ");
    for (number, beat) in beats.iter().enumerate() {
        if number > 0 {
            query.push(", ");
        }
        query.push_list([beat.session.sid(), beat.bytes_up, beat.bytes_down]);
    }
    query
        .push(") UPDATE session_live SET lease_until = ")
        .push_value(lease.until.0);
    query.push(", seen_at = ").push_value(at.0);
    query.push(", bytes_up = beat.up, bytes_down = beat.down FROM beat WHERE session_live.sid = beat.sid AND node = ");
    query
        .push_value(&lease.node)
        .push(" AND instance = ")
        .push_value(lease.instance);
    query.push(" RETURNING session_live.sid");
    let rows = tx.rows(query).await?;
    rows.into_iter().map(|mut row| row.int()).collect()
}

/// Lets a node carry a session.
pub(crate) async fn take_lease(tx: &mut Tx, session: SessionId, lease: &Lease) -> Result<(), Error> {
    tx.exec(sql!(
        "INSERT INTO session_live(sid, node, instance, lease_until, bytes_up, bytes_down, seen_at) \
         VALUES (?, ?, ?, ?, 0, 0, 0) ON CONFLICT(sid, node) DO UPDATE SET instance = excluded.instance, \
         lease_until = excluded.lease_until",
        session.sid(),
        &lease.node,
        lease.instance,
        lease.until.0,
    ))
    .await?;
    Ok(())
}

/// Takes a session from every node.
pub(crate) async fn drop_leases(tx: &mut Tx, session: SessionId) -> Result<(), Error> {
    tx.exec(sql!("DELETE FROM session_live WHERE sid = ?", session.sid()))
        .await?;
    Ok(())
}
