//! Sessions: making them, stepping them, finding them.

mod cursor;
mod facets;
mod filter;
mod list;
mod names;
mod plan;
mod query;
pub(crate) mod row;

use domain::{
    ApprovalId, Micros, SessionId, Span,
    approval::{Approval, ApprovalState},
    audit::Change,
    recording::RecordingState,
    session::{Event, Life, Session, SessionVerb, State},
};

pub use domain::sight::Scope;
pub(crate) use filter::scope_condition;
pub use query::{
    Count, Direction, Facet, FacetCounts, FacetQuery, Group, Page, SessionQuery, Sort, SortColumn, StatRow,
};

use crate::{
    Cause, ConnectionRow, DirectCheck, Error, Lease, StepError, Store, approval,
    audit::append,
    connection,
    db::{Tx, sql},
    node,
};

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
    /// Where its approval stands; [`None`] when it needed none. Filled as `connections` is, and in lists.
    pub review: Option<ApprovalState>,
    /// The statement in it that waits for reviewers. Filled as `review` is.
    pub hold: Option<HoldRow>,
    /// What the last look for direct log-ins has found; [`None`] when there was none. Filled as `review` is.
    pub direct: Option<DirectCheck>,
    /// Its connections; filled by [`Store::session`], empty in lists.
    pub connections: Vec<ConnectionRow>,
}

/// Something in a session that waits for reviewers.
#[derive(Debug, Clone, PartialEq)]
pub struct HoldRow {
    /// The request.
    pub approval: ApprovalId,
    /// The rule that holds it.
    pub rule: String,
    /// Since when.
    pub since: Micros,
    /// The number of the statement within its connection.
    pub statement: Option<u64>,
}

/// A session that was kept elsewhere before.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// What never changes.
    pub session: Session,
    /// Where it stands; with a state that is not terminal it has no lease, and the next reaper ends it when it has connections.
    pub life: Life,
    /// Bytes from the caller to the resource.
    pub bytes_up: i64,
    /// Bytes from the resource to the caller.
    pub bytes_down: i64,
    /// Where its recordings stand.
    pub recording: RecordingState,
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
    /// Stores a new session with its audit event `session.created` (`session.denied` when it begins denied); gives the event's
    /// number. `lease` is given when a node carries it from the start (a direct connect).
    pub async fn create_session(
        &self,
        session: Session,
        life: Life,
        lease: Option<Lease>,
        cause: Cause,
    ) -> Result<i64, Error> {
        let insert = row::insert(&session, &life, &row::Beside::default())?;
        self.write(move |tx| {
            Box::pin(async move {
                tx.exec(insert).await?;
                names::note(tx, &names::of(&session, &life)).await?;
                if let Some(lease) = lease.filter(|_| !life.state.is_terminal()) {
                    node::take_lease(tx, session.id, &lease).await?;
                }
                let kind = if life.state == State::Denied {
                    "session.denied"
                } else {
                    "session.created"
                };
                let mut event = cause.event(kind).on(session.id);
                if event.detail.is_null() {
                    event.detail = created(&session, &life);
                }
                append(tx, &event).await
            })
        })
        .await
    }

    /// Stores a new session together with the request that it waits for, or that was decided as it was made. Writes `session.created`
    /// and then `approval.requested`; gives the latter's number. `lease` is given when a node carries it from the start.
    pub async fn create_session_to_approve(
        &self,
        session: Session,
        life: Life,
        approval: Approval,
        lease: Option<Lease>,
        cause: Cause,
    ) -> Result<i64, Error> {
        let insert = row::insert(&session, &life, &row::Beside::default())?;
        let key = self.content_key().clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.exec(insert).await?;
                names::note(tx, &names::of(&session, &life)).await?;
                if let Some(lease) = lease {
                    node::take_lease(tx, session.id, &lease).await?;
                }
                approval::insert(tx, &key, &approval).await?;
                let mut event = cause.event("session.created").on(session.id);
                event.detail = created(&session, &life);
                append(tx, &event).await?;
                approval::tell_requested(tx, &cause, &approval).await
            })
        })
        .await
    }

    /// Takes sessions over that were kept elsewhere, all or none, with one audit event `sessions.imported`. A thousand at once do best.
    pub async fn import_sessions(&self, sessions: Vec<Imported>, cause: Cause) -> Result<i64, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut all = std::collections::BTreeSet::new();
                for Imported {
                    session,
                    life,
                    bytes_up,
                    bytes_down,
                    recording,
                } in &sessions
                {
                    let beside = row::Beside {
                        bytes_up: *bytes_up,
                        bytes_down: *bytes_down,
                        recording: *recording,
                    };
                    tx.exec(row::insert(session, life, &beside)?).await?;
                    all.extend(names::of(session, life));
                }
                for names in all.into_iter().collect::<Vec<_>>().chunks(500) {
                    names::note(tx, names).await?;
                }
                let mut event = cause.event("sessions.imported");
                if event.detail.is_null() {
                    event.detail = serde_json::json!({ "sessions": sessions.len() });
                }
                append(tx, &event).await
            })
        })
        .await
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
        self.write(move |tx| Box::pin(step(tx, id, event, cause, expected)))
            .await
    }

    /// Takes down what a session has turned out to be, with one audit event `session.verb`.
    pub async fn set_verb(&self, id: SessionId, verb: SessionVerb, cause: Cause) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let Some(row) = lock(tx, id).await? else {
                    return Err(Error::NotFound("session"));
                };
                let change = Change::between("verb", &row.session.verb, &verb);
                let changes: Vec<_> = change.into_iter().collect();
                if changes.is_empty() {
                    return Ok(());
                }
                tx.exec(row::set_verb(id, verb)).await?;
                append(tx, &cause.event("session.verb").on(id).with_changes(changes)).await?;
                Ok(())
            })
        })
        .await
    }

    /// Gives a session with its connections.
    pub async fn session(&self, id: SessionId, now: Micros) -> Result<Option<SessionRow>, Error> {
        let query = format!("SELECT {} FROM sessions WHERE sid = ? AND id = ?", row::COLUMNS);
        let Some(mut found) = self.row(sql!(query, id.sid(), id.uuid())).await? else {
            return Ok(None);
        };
        let mut found = row::read(&mut found, now)?;
        self.add_live(std::slice::from_mut(&mut found)).await?;
        found.connections = self.connections(id).await?;
        Ok(Some(found))
    }

    /// Lists the sessions whose id begins with at least 8 characters of its text, newest first, at most 10; more than one means that
    /// it is ambiguous.
    pub async fn find_by_prefix(
        &self,
        prefix: &str,
        scope: &Scope,
        now: Micros,
    ) -> Result<Vec<SessionRow>, Error> {
        let Some((low, high)) = filter::id_range(prefix) else {
            return Ok(Vec::new());
        };
        let query = format!(
            "SELECT {} FROM sessions WHERE sid >= ? AND sid <= ? AND id >= ? AND id <= ?",
            row::COLUMNS
        );
        let mut query = sql!(query, low.sid(), high.sid(), low.uuid(), high.uuid());
        if let Some(scope) = scope_condition(scope) {
            query.push(" AND ").push_sql(&scope);
        }
        query.push(" ORDER BY sid DESC LIMIT 10");
        let found = self.rows(query).await?;
        let mut found: Vec<_> = found
            .into_iter()
            .map(|mut found| row::read(&mut found, now))
            .collect::<Result<_, _>>()?;
        self.add_live(&mut found).await?;
        Ok(found)
    }

    /// Fills in what lies beside the rows: what the nodes last said of running sessions, and where approvals stand.
    pub(crate) async fn add_live(&self, rows: &mut [SessionRow]) -> Result<(), Error> {
        self.add_reviews(rows).await?;
        self.add_direct(rows).await?;
        let running = |row: &&SessionRow| !row.life.state.is_terminal();
        let sids: Vec<i64> = rows
            .iter()
            .filter(running)
            .map(|row| row.session.id.sid())
            .collect();
        if sids.is_empty() {
            return Ok(());
        }
        let mut query = sql!("SELECT sid, node, bytes_up, bytes_down FROM session_live WHERE sid IN ");
        query.push_list(sids).push(" ORDER BY sid, node");
        let mut live = std::collections::HashMap::<i64, (Vec<String>, i64, i64)>::new();
        for mut row in self.rows(query).await? {
            let of = live.entry(row.int()?).or_default();
            of.0.push(row.text()?);
            of.1 += row.int()?;
            of.2 += row.int()?;
        }
        for row in rows {
            if let Some((nodes, up, down)) = live.remove(&row.session.id.sid()) {
                row.nodes = nodes;
                row.bytes_up = row.bytes_up.max(up);
                row.bytes_down = row.bytes_down.max(down);
            }
        }
        Ok(())
    }
}

/// Says what was created, for the audit log.
fn created(session: &Session, life: &Life) -> serde_json::Value {
    let mut detail = serde_json::json!({
        "user": session.user.name,
        "resource": session.resource.name,
        "account": session.account,
        "state": life.state,
    });
    if let (Some(of), Some(detail)) = (session.rerun_of, detail.as_object_mut()) {
        detail.insert("rerun_of".to_owned(), of.to_string().into());
    }
    detail
}

/// Reads a session's row and keeps others from changing it until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, id: SessionId) -> Result<Option<SessionRow>, Error> {
    let query = format!(
        "SELECT {} FROM sessions WHERE sid = ? AND id = ?{}",
        row::COLUMNS,
        tx.dialect().for_update()
    );
    let found = tx.row(sql!(query, id.sid(), id.uuid())).await?;
    found
        .map(|mut found| row::read(&mut found, Micros::NEVER))
        .transpose()
}

pub(crate) async fn step(
    tx: &mut Tx,
    id: SessionId,
    event: Event,
    cause: Cause,
    expected: Option<i64>,
) -> Result<Stepped, StepError> {
    let row = lock(tx, id).await?.ok_or(StepError::NotFound)?;
    let (session, before) = (row.session, row.life);
    if let Some(expected) = expected.filter(|expected| *expected != before.version) {
        return Err(StepError::Stale {
            expected,
            found: before.version,
        });
    }
    let next = before.apply(&event, &cause.actor, cause.at)?;
    if next.changes.is_empty() {
        return Ok(Stepped {
            session,
            after: before.clone(),
            before,
            audit_seq: None,
        });
    }
    let after = next.life;
    tx.exec(row::update(&session, &after)?).await?;
    if let (None, Some(reason)) = (before.end_reason, after.end_reason) {
        names::note(tx, &[(names::Kind::EndReason, reason.word())]).await?;
    }
    if after.state.is_terminal() && !before.state.is_terminal() {
        connection::keep_totals(tx, &session).await?;
    }
    approval::follow(tx, &session, &before, &after, cause.at).await?;
    let at_rest = after.open_connections == 0 && after.state != State::Ending;
    if after.state.is_terminal() || at_rest {
        node::drop_leases(tx, id).await?;
    }
    let event = cause.event(event.audit_kind()).on(id).with_changes(next.changes);
    let seq = append(tx, &event).await?;
    Ok(Stepped {
        session,
        before,
        after,
        audit_seq: Some(seq),
    })
}
