//! Programs that a person lets in with a browser (RFC 8628): asked for by a program, decided by a person, taken once.

use std::net::IpAddr;

use domain::{Micros, ObjectId, Span, person::Factors};

use super::{
    Room, TokenHash,
    factor::{factors, number},
    failure::address_subject,
    label,
    link::has_room,
};
use crate::{
    Cause, Error, Store,
    audit::append,
    db::{Row, sql},
};

const COLUMNS: &str = "hash, code, client, client_ip, lasts, created_at, expires_at";

/// What stands in `state`.
const WAITS: i64 = 0;
const LET_IN: i64 = 1;
const REFUSED: i64 = 2;

/// A program that asks to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceLogin {
    /// The keyed hash of what it asks with.
    pub hash: TokenHash,
    /// The keyed hash of the code that the person types.
    pub code: TokenHash,
    /// What it calls itself; not verified.
    pub client: String,
    /// From where it asks.
    pub client_ip: String,
    /// How long its token will last.
    pub lasts: Span,
    /// When it began to ask.
    pub created_at: Micros,
    /// When it is too late.
    pub expires_at: Micros,
}

/// What a person says of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// It acts as them from now on; by how many factors they have signed in.
    LetIn(Factors),
    /// It is none of theirs.
    Refused,
}

/// What a program is told that asks again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Polled {
    /// Nobody knows it, or no longer.
    Unknown,
    /// Nobody has decided yet.
    Waits,
    /// It asks too often.
    TooOften,
    /// It was refused.
    Refused,
    /// It was let in; it is told so once.
    LetIn {
        /// Who has let it in.
        user: ObjectId,
        /// By how many factors they had signed in.
        factors: Factors,
        /// What it had asked for.
        login: DeviceLogin,
    },
}

impl Store {
    /// Stores that a program asks, if there is room for one more. Tells whether there was.
    pub async fn begin_device_login(
        &self,
        login: DeviceLogin,
        from: IpAddr,
        room: Room,
    ) -> Result<bool, Error> {
        let origin = address_subject(from);
        self.write(move |tx| {
            Box::pin(async move {
                let counted = sql!(
                    "SELECT COUNT(*), COUNT(CASE WHEN origin = ? THEN 1 END) FROM device_logins WHERE expires_at > ?",
                    &origin,
                    login.created_at.0
                );
                if !has_room(tx, counted, room).await? {
                    return Ok(false);
                }
                tx.exec(sql!(
                    "INSERT INTO device_logins(hash, code, client, client_ip, lasts, created_at, expires_at, polled_at, state, \
                     user_id, factors, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    login.hash.0.as_slice(),
                    login.code.0.as_slice(),
                    &login.client,
                    &login.client_ip,
                    login.lasts.0,
                    login.created_at.0,
                    login.expires_at.0,
                    0,
                    WAITS,
                    Vec::<u8>::new(),
                    number(Factors::One),
                    origin,
                ))
                .await?;
                Ok(true)
            })
        })
        .await
    }

    /// Finds the program that waits behind a code.
    pub async fn device_login(&self, code: &TokenHash, now: Micros) -> Result<Option<DeviceLogin>, Error> {
        let query =
            format!("SELECT {COLUMNS} FROM device_logins WHERE code = ? AND state = 0 AND expires_at > ?");
        self.row(sql!(query, code.0.as_slice(), now.0))
            .await?
            .map(|mut row| read(&mut row))
            .transpose()
    }

    /// Decides about the program behind a code, once; writes `device_login.confirmed` or `device_login.refused`. Tells whether one waited.
    pub async fn decide_device_login(
        &self,
        code: TokenHash,
        user: ObjectId,
        said: Asked,
        cause: Cause,
    ) -> Result<bool, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let (state, by, kind) = match said {
                    Asked::LetIn(factors) => (LET_IN, factors, "device_login.confirmed"),
                    Asked::Refused => (REFUSED, Factors::One, "device_login.refused"),
                };
                let query = format!(
                    "UPDATE device_logins SET state = ?, user_id = ?, factors = ? \
                     WHERE code = ? AND state = 0 AND expires_at > ? RETURNING {COLUMNS}"
                );
                let decided = sql!(query, state, user.0, number(by), code.0.as_slice(), cause.at.0);
                let Some(mut row) = tx.row(decided).await? else {
                    return Ok(false);
                };
                let login = read(&mut row)?;
                let detail = serde_json::json!({ "client": login.client, "asked_from": login.client_ip });
                let event = cause.event(kind).about(label(tx, user).await?);
                append(tx, &event.with_detail(detail)).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Answers a program that asks whether it is let in; whoever asks again within `pause` is told to wait.
    pub async fn poll_device_login(
        &self,
        hash: TokenHash,
        now: Micros,
        pause: Span,
    ) -> Result<Polled, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let query = format!(
                    "SELECT {COLUMNS}, polled_at, state, user_id, factors FROM device_logins WHERE hash = ? AND expires_at > ?"
                );
                let found = tx.row(sql!(query, hash.0.as_slice(), now.0)).await?;
                let Some(mut row) = found else {
                    return Ok(Polled::Unknown);
                };
                let login = read(&mut row)?;
                let (polled_at, state) = (Micros(row.int()?), row.int()?);
                if state == WAITS {
                    tx.exec(sql!(
                        "UPDATE device_logins SET polled_at = ? WHERE hash = ?",
                        now.0,
                        hash.0.as_slice()
                    ))
                    .await?;
                    let waited = now.since(polled_at) >= pause;
                    return Ok(if waited { Polled::Waits } else { Polled::TooOften });
                }
                let taken = sql!("DELETE FROM device_logins WHERE hash = ?", hash.0.as_slice());
                // Of two that ask at once, one has it.
                if tx.exec(taken).await? == 0 {
                    return Ok(Polled::Unknown);
                }
                if state != LET_IN {
                    return Ok(Polled::Refused);
                }
                Ok(Polled::LetIn {
                    user: ObjectId(row.uuid()?),
                    factors: factors(row.int()?),
                    login,
                })
            })
        })
        .await
    }
}

fn read(row: &mut Row) -> Result<DeviceLogin, Error> {
    Ok(DeviceLogin {
        hash: TokenHash(row.bytes()?),
        code: TokenHash(row.bytes()?),
        client: row.text()?,
        client_ip: row.text()?,
        lasts: Span(row.int()?),
        created_at: Micros(row.int()?),
        expires_at: Micros(row.int()?),
    })
}
