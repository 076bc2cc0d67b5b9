//! What is done on resources for sessions, and where it stands: written before it is done.

use std::collections::BTreeMap;

use domain::{
    Micros, SessionId,
    activity::{Deed, DeedState, Plan},
    audit::AuditEvent,
    session::State,
};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Lease, SealedSecret, Store,
    audit::append,
    db::{Row, Sql, Tx, sql},
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

impl Preparation {
    /// Lists the steps that are to be taken back, by number.
    pub fn to_take_back(&self) -> impl Iterator<Item = (u32, &Deed)> {
        let state = |number: &u32| self.deeds.get(number).map(|row| row.state);
        (0..)
            .zip(&self.plan.before)
            .filter(move |(number, _)| matches!(state(number), Some(DeedState::Begun | DeedState::Done)))
    }

    fn owes(&self) -> bool {
        self.to_take_back().next().is_some()
    }
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

/// What became of a step that a session was to take back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftTo {
    /// It is the session's own to take back, which is noted as begun.
    Nobody,
    /// Another session on the same account needs it, and takes it back when it ends.
    Other(SessionId),
    /// The claim holds no more.
    Lost,
}

/// How a step that was found done can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundSo {
    /// It is noted.
    Noted,
    /// Another session is about to do it, or to take it back: ask again.
    Busy,
    /// The claim holds no more.
    Lost,
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
                let noted = note(tx, read(&mut row)?, number, state, Some(&lease), at).await?;
                if let Some(event) = event.filter(|_| noted) {
                    append(tx, &event).await?;
                }
                Ok(noted)
            })
        })
        .await
    }

    /// Leaves a step to another session on the same account that needs it, with the event in the audit log; else notes that it is
    /// being taken back.
    pub async fn leave_deed(
        &self,
        session: SessionId,
        number: u32,
        lease: Lease,
        at: Micros,
        event: AuditEvent,
    ) -> Result<LeftTo, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let Some((own, others)) = same_step(tx, session, number).await? else {
                    return Ok(LeftTo::Lost);
                };
                let heir = others
                    .into_iter()
                    .find(|(_, _, state)| *state != DeedState::Undone);
                let state = if heir.is_some() {
                    DeedState::Undone
                } else {
                    DeedState::Begun
                };
                if !note(tx, own, number, state, Some(&lease), at).await? {
                    return Ok(LeftTo::Lost);
                }
                let Some((other, number, state)) = heir else {
                    return Ok(LeftTo::Nobody);
                };
                let id = other.session;
                if state == DeedState::WasSo {
                    note(tx, other, number, DeedState::Done, None, at).await?;
                }
                let mut event = event;
                if let Some(detail) = event.detail.as_object_mut() {
                    detail.insert("to".to_owned(), id.to_string().into());
                }
                append(tx, &event).await?;
                Ok(LeftTo::Other(id))
            })
        })
        .await
    }

    /// Notes that a step was found done, unless another session on the same account is just at it.
    pub async fn find_deed_so(
        &self,
        session: SessionId,
        number: u32,
        lease: Lease,
        at: Micros,
    ) -> Result<FoundSo, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let Some((own, others)) = same_step(tx, session, number).await? else {
                    return Ok(FoundSo::Lost);
                };
                if others.iter().any(|(_, _, state)| *state == DeedState::Begun) {
                    return Ok(FoundSo::Busy);
                }
                let noted = note(tx, own, number, DeedState::WasSo, Some(&lease), at).await?;
                Ok(if noted { FoundSo::Noted } else { FoundSo::Lost })
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

    /// Ends a node's work on a preparation. A password that was made for the session goes with the last of it. What another session has
    /// left to this one in the last moment keeps it open.
    pub async fn let_preparation_go(
        &self,
        session: SessionId,
        lease: Lease,
        how: LetGo,
    ) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let lock = tx.dialect().for_update();
                let row = tx.row(select(session, lock)).await?;
                let owes = row
                    .map(|mut row| read(&mut row))
                    .transpose()?
                    .is_some_and(|one| one.owes());
                let mut update = sql!("UPDATE preparations SET claimed_until = 0");
                match how {
                    LetGo::ForNow => {}
                    LetGo::Done if owes => {}
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

/// A preparation, and where one of its steps stands, by number.
type StepOf = (Preparation, u32, DeedState);

/// Locks what is being done on resources; gives a session's preparation, and where the same step on the same account stands for others.
async fn same_step(
    tx: &mut Tx,
    session: SessionId,
    number: u32,
) -> Result<Option<(Preparation, Vec<StepOf>)>, Error> {
    let lock = tx.dialect().for_update();
    // In one order, so that two that ask wait for each other and not both.
    let open = format!("SELECT {COLUMNS} FROM preparations WHERE done = 0 ORDER BY sid{lock}");
    let rows = tx.rows(sql!(open)).await?;
    let mut open: Vec<_> = rows
        .into_iter()
        .map(|mut row| read(&mut row))
        .collect::<Result<_, _>>()?;
    let Some(own) = open.iter().position(|one| one.session == session) else {
        return Ok(None);
    };
    let own = open.swap_remove(own);
    let deed = usize::try_from(number)
        .ok()
        .and_then(|number| own.plan.before.get(number));
    let others = open.into_iter().filter_map(|other| {
        let same = other.plan.resource.id == own.plan.resource.id && other.plan.account == own.plan.account;
        let at = other
            .plan
            .before
            .iter()
            .position(|one| same && Some(one) == deed)?;
        let at = u32::try_from(at).ok()?;
        let state = other.deeds.get(&at)?.state;
        Some((other, at, state))
    });
    let others = others.collect();
    Ok(Some((own, others)))
}

/// Notes where a step stands; with a lease only while its claim holds, which is renewed. Tells whether it is noted.
async fn note(
    tx: &mut Tx,
    mut of: Preparation,
    number: u32,
    state: DeedState,
    lease: Option<&Lease>,
    at: Micros,
) -> Result<bool, Error> {
    of.deeds.insert(number, DeedRow { state, at });
    let deeds = serde_json::to_string(&of.deeds).map_err(|_| Error::Invalid("the activity"))?;
    let mut update = sql!("UPDATE preparations SET deeds = ?", deeds);
    if let Some(lease) = lease {
        update.push(", claimed_until = ").push_value(lease.until.0);
    }
    update.push(" WHERE sid = ").push_value(of.session.sid());
    if let Some(lease) = lease {
        update.push(" AND claimed_by = ").push_value(lease.instance);
    }
    Ok(tx.exec(update).await? > 0)
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
