//! What is done on resources for sessions, and where it stands: written before it is done.

use std::collections::BTreeMap;

use domain::{
    Micros, SessionId,
    activity::{DeedState, Plan},
    audit::AuditEvent,
    session::State,
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Lease, SealedSecret, Store,
    audit::append,
    db::{Row, Sql, sql},
};

/// What is done for one session.
#[derive(Debug, Clone, PartialEq)]
pub struct Preparation {
    /// The session.
    pub session: SessionId,
    /// What is done, where and by whom.
    pub plan: Plan,
    /// Where the steps stand that have begun, by number.
    pub deeds: BTreeMap<u32, DeedRow>,
    /// A password that was made for the session.
    pub sealed: Option<SealedSecret>,
    /// Nothing is left to be done.
    pub done: bool,
    /// How often taking back has failed.
    pub attempts: u32,
    /// Why it failed the last time; holds no secret.
    pub error: String,
    /// When it is tried again.
    pub next_at: Micros,
}

/// Where a step stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeedRow {
    /// Where.
    pub state: DeedState,
    /// Since when.
    pub at: Micros,
}

/// How work on a preparation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LetGo {
    /// For now: more is to be done when the session is over.
    ForNow,
    /// Something could not be taken back: why, and when it is tried again.
    Failed(String, Micros),
    /// Nothing is left to be done.
    Done,
}

const COLUMNS: &str = "session_id, plan, deeds, sealed, done, attempts, error, next_at";

impl Store {
    /// Notes what is to be done for a session. To be called before the session is stored: one that nobody prepares must not be seen.
    pub async fn plan_preparation(
        &self,
        session: SessionId,
        plan: &Plan,
        sealed: Option<SealedSecret>,
    ) -> Result<(), Error> {
        let plan = serde_json::to_string(plan).map_err(|_| Error::Invalid("the activity"))?;
        let insert = sql!(
            "INSERT INTO preparations(sid, session_id, plan, deeds, sealed, done, attempts, error, next_at, claimed_by, \
             claimed_until) VALUES (?, ?, ?, '{}', ?, 0, 0, '', 0, ?, 0)",
            session.sid(),
            session.uuid(),
            plan,
            sealed.map_or_else(Vec::new, |sealed| sealed.0),
            Vec::<u8>::new(),
        );
        self.write(move |tx| {
            Box::pin(async move {
                tx.exec(insert).await?;
                Ok(())
            })
        })
        .await
    }

    /// Gives what is done for a session.
    pub async fn preparation(&self, session: SessionId) -> Result<Option<Preparation>, Error> {
        self.row(select(session, ""))
            .await?
            .map(|mut row| read(&mut row))
            .transpose()
    }

    /// Lists sessions for which something may be to be done now: those that are being prepared, and those that are over or ending and
    /// have left something.
    pub async fn due_preparations(&self, now: Micros) -> Result<Vec<SessionId>, Error> {
        let rows = self
            .rows(sql!(
                "SELECT p.session_id FROM preparations p JOIN sessions s ON s.sid = p.sid \
                 WHERE p.done = 0 AND p.next_at <= ? AND (s.state = ? OR s.state = ? OR s.ended_at < 9223372036854775807) \
                 AND (p.claimed_until < ? OR p.claimed_by NOT IN (SELECT instance FROM nodes)) ORDER BY p.next_at LIMIT 100",
                now.0,
                i64::from(State::Provisioning.code()),
                i64::from(State::Ending.code()),
                now.0,
            ))
            .await?;
        rows.into_iter()
            .map(|mut row| Ok(SessionId::from_uuid(row.uuid()?)))
            .collect()
    }

    /// Lets a start of a node work on a preparation until its lease runs out; [`None`] when another one does, or nothing is to be done.
    pub async fn claim_preparation(
        &self,
        session: SessionId,
        lease: Lease,
        now: Micros,
    ) -> Result<Option<Preparation>, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let claimed = tx
                    .exec(sql!(
                        "UPDATE preparations SET claimed_by = ?, claimed_until = ? WHERE sid = ? AND done = 0 \
                         AND (claimed_until < ? OR claimed_by NOT IN (SELECT instance FROM nodes))",
                        lease.instance,
                        lease.until.0,
                        session.sid(),
                        now.0,
                    ))
                    .await?;
                if claimed == 0 {
                    return Ok(None);
                }
                let row = tx.row(select(session, "")).await?;
                row.map(|mut row| read(&mut row)).transpose()
            })
        })
        .await
    }

    /// Notes where a step stands, renews the claim, and writes the event into the audit log when there is one. Tells whether the claim
    /// still holds; when it does not, nothing is noted and nothing may be done.
    pub async fn note_deed(
        &self,
        session: SessionId,
        number: u32,
        state: DeedState,
        lease: Lease,
        at: Micros,
        event: Option<AuditEvent>,
    ) -> Result<bool, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let Some(mut row) = tx.row(select(session, tx.dialect().for_update())).await? else {
                    return Err(Error::NotFound("preparation"));
                };
                let mut deeds = read(&mut row)?.deeds;
                deeds.insert(number, DeedRow { state, at });
                let deeds = serde_json::to_string(&deeds).map_err(|_| Error::Invalid("the activity"))?;
                let noted = tx
                    .exec(sql!(
                        "UPDATE preparations SET deeds = ?, claimed_until = ? WHERE sid = ? AND claimed_by = ?",
                        deeds,
                        lease.until.0,
                        session.sid(),
                        lease.instance,
                    ))
                    .await?;
                if let Some(event) = event.filter(|_| noted > 0) {
                    append(tx, &event).await?;
                }
                Ok(noted > 0)
            })
        })
        .await
    }

    /// Keeps a password that was made, before it is used.
    pub async fn keep_made_password(&self, session: SessionId, sealed: SealedSecret) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                tx.exec(sql!(
                    "UPDATE preparations SET sealed = ? WHERE sid = ?",
                    sealed.0.as_slice(),
                    session.sid()
                ))
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Ends a node's work on a preparation. A password that was made for the session goes with the last of it.
    pub async fn let_preparation_go(
        &self,
        session: SessionId,
        lease: Lease,
        how: LetGo,
    ) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut update = sql!("UPDATE preparations SET claimed_until = 0");
                match how {
                    LetGo::ForNow => {}
                    LetGo::Failed(why, next_at) => {
                        update.push(", attempts = attempts + 1, error = ").push_value(why);
                        update.push(", next_at = ").push_value(next_at.0);
                    }
                    LetGo::Done => {
                        update
                            .push(", done = 1, error = '', sealed = ")
                            .push_value(Vec::<u8>::new());
                    }
                }
                update.push(" WHERE sid = ").push_value(session.sid());
                update.push(" AND claimed_by = ").push_value(lease.instance);
                tx.exec(update).await?;
                Ok(())
            })
        })
        .await
    }
}

fn select(session: SessionId, lock: &str) -> Sql {
    sql!(
        format!("SELECT {COLUMNS} FROM preparations WHERE sid = ?{lock}"),
        session.sid()
    )
}

fn read(row: &mut Row) -> Result<Preparation, Error> {
    let corrupt = |_| Error::Corrupt("activity of a session");
    let session = SessionId::from_uuid(row.uuid()?);
    let plan = serde_json::from_str(&row.text()?).map_err(corrupt)?;
    let deeds = serde_json::from_str(&row.text()?).map_err(corrupt)?;
    Ok(Preparation {
        session,
        plan,
        deeds,
        sealed: Some(row.bytes()?)
            .filter(|sealed| !sealed.is_empty())
            .map(SealedSecret),
        done: row.int()? != 0,
        attempts: u32::try_from(row.int()?).unwrap_or(u32::MAX),
        error: row.text()?,
        next_at: Micros(row.int()?),
    })
}
