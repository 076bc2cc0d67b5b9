//! Standing locks: they keep new sessions of a user or on a resource out.

use domain::{
    ObjectId,
    audit::Change,
    policy::StandingLock,
    session::{Lock, LockScope, Named},
};

use super::{lock_directory, set_directory};
use crate::{
    Cause, Error, Store,
    audit::append,
    db::{Row, Tx, sql},
};

impl Store {
    /// Puts a standing lock on a user or a resource; a repeated one replaces the words. Writes `user.locked` or `resource.locked`.
    pub async fn put_lock(&self, lock: StandingLock, cause: Cause) -> Result<(), Error> {
        let scope = word(lock.scope)?;
        self.write(move |tx| {
            Box::pin(async move {
                let directory = lock_directory(tx).await?;
                let before = find(tx, scope, lock.subject.id).await?;
                let text = serde_json::to_string(&lock.lock).map_err(|_| Error::Invalid("the lock"))?;
                tx.exec(sql!(
                    "INSERT INTO standing_locks(scope, subject_id, subject_name, at, lock) VALUES (?, ?, ?, ?, ?) \
                     ON CONFLICT(scope, subject_id) DO UPDATE SET lock = excluded.lock",
                    scope,
                    lock.subject.id.0,
                    &lock.subject.name,
                    lock.lock.at.0,
                    text,
                ))
                .await?;
                set_directory(tx, directory + 1).await?;
                let change = Change::between("lock", &before.map(|before| before.lock), &Some(lock.lock));
                let event = cause
                    .event(format!("{scope}.locked"))
                    .about(format!("{scope}/{}", lock.subject.name))
                    .with_changes(change);
                append(tx, &event).await?;
                Ok(())
            })
        })
        .await
    }

    /// Takes a standing lock away; tells whether there was one. Writes `user.unlocked` or `resource.unlocked`.
    pub async fn remove_lock(
        &self,
        scope: LockScope,
        subject: ObjectId,
        cause: Cause,
    ) -> Result<bool, Error> {
        let scope = word(scope)?;
        self.write(move |tx| {
            Box::pin(async move {
                let directory = lock_directory(tx).await?;
                let Some(before) = find(tx, scope, subject).await? else {
                    return Ok(false);
                };
                tx.exec(sql!(
                    "DELETE FROM standing_locks WHERE scope = ? AND subject_id = ?",
                    scope,
                    subject.0
                ))
                .await?;
                set_directory(tx, directory + 1).await?;
                let event = cause
                    .event(format!("{scope}.unlocked"))
                    .about(format!("{scope}/{}", before.subject.name))
                    .with_changes(Change::between("lock", &Some(before.lock), &None));
                append(tx, &event).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Lists the standing locks, oldest first.
    pub async fn locks(&self) -> Result<Vec<StandingLock>, Error> {
        let query =
            "SELECT scope, subject_id, subject_name, lock FROM standing_locks ORDER BY at, scope, subject_id";
        let rows = self.rows(sql!(query)).await?;
        rows.into_iter().map(|mut row| read(&mut row)).collect()
    }
}

async fn find(tx: &mut Tx, scope: &str, subject: ObjectId) -> Result<Option<StandingLock>, Error> {
    let query =
        "SELECT scope, subject_id, subject_name, lock FROM standing_locks WHERE scope = ? AND subject_id = ?";
    let row = tx.row(sql!(query, scope, subject.0)).await?;
    row.map(|mut row| read(&mut row)).transpose()
}

fn word(scope: LockScope) -> Result<&'static str, Error> {
    match scope {
        LockScope::User => Ok("user"),
        LockScope::Resource => Ok("resource"),
        LockScope::Session => Err(Error::Invalid("a lock of one session is no standing lock")),
    }
}

fn read(row: &mut Row) -> Result<StandingLock, Error> {
    let scope = match row.text()?.as_str() {
        "user" => LockScope::User,
        "resource" => LockScope::Resource,
        _ => return Err(Error::Corrupt("scope of a lock")),
    };
    let subject = Named {
        id: ObjectId(row.uuid()?),
        name: row.text()?,
    };
    let lock: Lock = serde_json::from_value(row.json()?).map_err(|_| Error::Corrupt("lock"))?;
    Ok(StandingLock { scope, subject, lock })
}
