//! Browsers that are signed in.

use domain::{Micros, ObjectId};

use super::{
    Login, TOUCH, TokenHash,
    factor::{factors, number},
    label,
};
use crate::{
    Cause, Error, Store,
    audit::append,
    db::{Row, sql},
};

const COLUMNS: &str = "hash, user_id, factors, csrf, client_ip, user_agent, created_at, seen_at, expires_at";

impl Store {
    /// Stores a browser's login; writes `login.succeeded`.
    pub async fn create_login(&self, login: Login, cause: Cause) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                tx.exec(sql!(
                    "INSERT INTO logins(hash, user_id, factors, csrf, client_ip, user_agent, created_at, seen_at, expires_at) \
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    login.hash.0.as_slice(),
                    login.user.0,
                    number(login.factors),
                    login.csrf.0.as_slice(),
                    &login.client_ip,
                    &login.user_agent,
                    login.created_at.0,
                    login.seen_at.0,
                    login.expires_at.0,
                ))
                .await?;
                let event = cause.event("login.succeeded").about(label(tx, login.user).await?);
                    append(tx, &event).await?;
                Ok(())
            })
        })
        .await
    }

    /// Finds a login that has not ended.
    pub async fn login(&self, hash: &TokenHash, now: Micros) -> Result<Option<Login>, Error> {
        let query = format!("SELECT {COLUMNS} FROM logins WHERE hash = ? AND expires_at > ?");
        self.row(sql!(query, hash.0.as_slice(), now.0))
            .await?
            .map(|mut row| read(&mut row))
            .transpose()
    }

    /// Lists the logins of a user that have not ended, oldest first.
    pub async fn logins(&self, user: ObjectId, now: Micros) -> Result<Vec<Login>, Error> {
        let query = format!(
            "SELECT {COLUMNS} FROM logins WHERE user_id = ? AND expires_at > ? ORDER BY created_at, hash"
        );
        self.rows(sql!(query, user.0, now.0))
            .await?
            .into_iter()
            .map(|mut row| read(&mut row))
            .collect()
    }

    /// Notes that a login was seen and moves its end; writes at most once a minute.
    pub async fn touch_login(&self, login: &Login, now: Micros, expires_at: Micros) -> Result<(), Error> {
        if now.since(login.seen_at) < TOUCH {
            return Ok(());
        }
        let hash = login.hash.0.clone();
        self.write(move |tx| {
            Box::pin(async move {
                tx.exec(sql!(
                    "UPDATE logins SET seen_at = ?, expires_at = ? WHERE hash = ? AND seen_at < ?",
                    now.0,
                    expires_at.0,
                    hash,
                    now.0
                ))
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Ends a login; writes `login.ended`. Tells whether there was one.
    pub async fn end_login(&self, hash: &TokenHash, cause: Cause) -> Result<bool, Error> {
        let hash = hash.0.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let deleted = tx
                    .row(sql!("DELETE FROM logins WHERE hash = ? RETURNING user_id", hash))
                    .await?;
                let Some(mut row) = deleted else {
                    return Ok(false);
                };
                let user = ObjectId(row.uuid()?);
                let event = cause.event("login.ended").about(label(tx, user).await?);
                append(tx, &event).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Ends every login of a user; writes one `login.ended` when there were any. Gives how many there were.
    pub async fn end_logins(&self, user: ObjectId, cause: Cause) -> Result<u64, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let ended = tx
                    .exec(sql!("DELETE FROM logins WHERE user_id = ?", user.0))
                    .await?;
                if ended > 0 {
                    let event = cause.event("login.ended").about(label(tx, user).await?);
                    append(tx, &event).await?;
                }
                Ok(ended)
            })
        })
        .await
    }
}

fn read(row: &mut Row) -> Result<Login, Error> {
    Ok(Login {
        hash: TokenHash(row.bytes()?),
        user: ObjectId(row.uuid()?),
        factors: factors(row.int()?),
        csrf: TokenHash(row.bytes()?),
        client_ip: row.text()?,
        user_agent: row.text()?,
        created_at: Micros(row.int()?),
        seen_at: Micros(row.int()?),
        expires_at: Micros(row.int()?),
    })
}
