//! Recordings that are no longer kept, and those that a legal hold keeps.

use domain::{
    ConnectionId, Micros, SessionId,
    audit::Change,
    recording::RecordingState,
    session::{Refusal, ResourceRef},
};

use crate::{
    Cause, Error, StepError, Store,
    audit::append,
    connection::summarise_recordings,
    db::{Row, sql},
    session::{self, row},
};

/// A recording that has a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its connection.
    pub tape: ConnectionId,
    /// When it ended.
    pub ended_at: Micros,
    /// The file's name on the shelf.
    pub file: String,
    /// Of what it is a recording.
    pub resource: ResourceRef,
}

impl Store {
    /// Lists recordings on a node's shelf that ended before a time and that nothing holds, oldest first, after the one given; at most `limit`.
    pub async fn kept_recordings(
        &self,
        node: &str,
        before: Micros,
        after: Option<(Micros, ConnectionId)>,
        limit: u32,
    ) -> Result<Vec<Kept>, Error> {
        let (from, id) = after.map_or((Micros(1), uuid::Uuid::nil()), |(at, id)| (at, id.0));
        let rows = self
            .rows(sql!(
                "SELECT c.id, c.closed_at, c.file, s.resource_id, s.resource_name, s.resource_type, s.host \
                 FROM connections c JOIN sessions s ON s.sid = c.sid \
                 WHERE c.node = ? AND c.file <> '' AND c.closed_at < ? AND (c.closed_at > ? OR (c.closed_at = ? AND c.id > ?)) \
                 AND c.recording = ? ORDER BY c.closed_at, c.id LIMIT ?",
                node,
                before.0,
                from.0,
                from.0,
                id,
                row::recording_code(RecordingState::Available),
                i64::from(limit),
            ))
            .await?;
        rows.into_iter().map(|mut row| read(&mut row)).collect()
    }

    /// Lists recordings of a node that have expired and whose files could not be removed yet, with the files' names; at most `limit`.
    pub async fn left_recordings(
        &self,
        node: &str,
        limit: u32,
    ) -> Result<Vec<(ConnectionId, String)>, Error> {
        let rows = self
            .rows(sql!(
                "SELECT id, file FROM connections WHERE node = ? AND recording = 5 AND file <> '' LIMIT ?",
                node,
                i64::from(limit),
            ))
            .await?;
        rows.into_iter()
            .map(|mut row| Ok((ConnectionId(row.uuid()?), row.text()?)))
            .collect()
    }

    /// Notes that a recording is no longer kept, and why, before its file is removed. Tells whether it was; one that is held meanwhile
    /// stays. Writes `recording.expired` with the cause's detail.
    pub async fn expire_recording(&self, tape: ConnectionId, cause: Cause) -> Result<bool, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let (old, new) = (RecordingState::Available, RecordingState::Expired);
                let session = crate::connection::session_of(tx, tape).await?;
                session::lock(tx, session)
                    .await?
                    .ok_or(Error::NotFound("session"))?;
                let changed = tx
                    .exec(sql!(
                        "UPDATE connections SET recording = ? WHERE id = ? AND recording = ?",
                        row::recording_code(new),
                        tape.0,
                        row::recording_code(old),
                    ))
                    .await?;
                if changed == 0 {
                    return Ok(false);
                }
                summarise_recordings(tx, session).await?;
                let event = cause
                    .event("recording.expired")
                    .on(session)
                    .with_changes(Change::between("recording", &old, &new));
                append(tx, &event).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Forgets the file of an expired recording once it is removed.
    pub async fn forget_file(&self, tape: ConnectionId) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                tx.exec(sql!(
                    "UPDATE connections SET file = '' WHERE id = ? AND recording = ?",
                    tape.0,
                    row::recording_code(RecordingState::Expired),
                ))
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Keeps the recordings of a session whatever the rules say, or lets them go by the rules again. Holding twice changes nothing. Only
    /// finished recordings are held: a session that still runs, or that has none, is refused. Writes `recording.held` or
    /// `recording.released`.
    pub async fn hold_recordings(
        &self,
        session: SessionId,
        hold: bool,
        cause: Cause,
    ) -> Result<RecordingState, StepError> {
        self.write(move |tx| {
            Box::pin(async move {
                let known = session::lock(tx, session).await?.ok_or(StepError::NotFound)?;
                if hold && !known.life.state.is_terminal() {
                    let state = known.life.state;
                    return Err(Refusal::Illegal { state, done: "held" }.into());
                }
                let (old, new, kind) = if hold {
                    (RecordingState::Available, RecordingState::Held, "recording.held")
                } else {
                    (
                        RecordingState::Held,
                        RecordingState::Available,
                        "recording.released",
                    )
                };
                let changed = tx
                    .exec(sql!(
                        "UPDATE connections SET recording = ? WHERE sid = ? AND recording = ?",
                        row::recording_code(new),
                        session.sid(),
                        row::recording_code(old),
                    ))
                    .await?;
                let now = summarise_recordings(tx, session).await?;
                if changed > 0 {
                    let event =
                        cause
                            .event(kind)
                            .on(session)
                            .with_changes(Change::between("recording", &old, &new));
                    append(tx, &event).await?;
                } else if hold && now != RecordingState::Held {
                    return Err(Refusal::NothingToHold.into());
                }
                Ok(now)
            })
        })
        .await
    }
}

fn read(row: &mut Row) -> Result<Kept, Error> {
    Ok(Kept {
        tape: ConnectionId(row.uuid()?),
        ended_at: Micros(row.int()?),
        file: row.text()?,
        resource: ResourceRef {
            id: domain::ObjectId(row.uuid()?),
            name: row.text()?,
            protocol: row.text()?,
            host: row.text()?,
        },
    })
}
