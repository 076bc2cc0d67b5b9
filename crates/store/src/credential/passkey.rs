//! Passkeys: keys that authenticators and browsers hold for people.

use domain::{Micros, ObjectId};

use super::{
    TokenHash,
    factor::{forget_codes_without_factor, raise_login, write_codes},
    label,
};
use crate::{
    Cause, Error, Store,
    audit::append,
    db::{Row, sql},
};

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// As the authenticator calls it.
    pub id: Vec<u8>,
    /// Whose it is.
    pub user: ObjectId,
    /// What its owner calls it.
    pub name: String,
    /// The public key, in the form of COSE.
    pub public_key: Vec<u8>,
    /// How often it has signed, where it counts.
    pub sign_count: u32,
    /// When it was added.
    pub created_at: Micros,
    /// When it was last used.
    pub last_used_at: Micros,
}

const COLUMNS: &str = "id, user_id, name, public_key, sign_count, created_at, last_used_at";

impl Store {
    /// Adds a passkey, and recovery codes where it is the first second factor; writes `factor.added`. The login that it was done with then has
    /// two factors, and every other one of the user ends. Tells whether the key is new.
    pub async fn add_passkey(
        &self,
        passkey: Passkey,
        codes: Vec<TokenHash>,
        login: TokenHash,
        cause: Cause,
    ) -> Result<bool, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let added = tx
                    .exec(sql!(
                        "INSERT INTO passkeys(id, user_id, name, public_key, sign_count, created_at, last_used_at) \
                         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO NOTHING",
                        passkey.id.as_slice(),
                        passkey.user.0,
                        &passkey.name,
                        passkey.public_key.as_slice(),
                        i64::from(passkey.sign_count),
                        passkey.created_at.0,
                        passkey.last_used_at.0,
                    ))
                    .await?;
                if added == 0 {
                    return Ok(false);
                }
                if !codes.is_empty() {
                    write_codes(tx, passkey.user, &codes).await?;
                }
                raise_login(tx, passkey.user, &login).await?;
                let detail = serde_json::json!({ "factor": "passkey", "name": passkey.name });
                let event = cause.event("factor.added").about(label(tx, passkey.user).await?);
                append(tx, &event.with_detail(detail)).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Lists the passkeys of a user, oldest first.
    pub async fn passkeys(&self, user: ObjectId) -> Result<Vec<Passkey>, Error> {
        let query = format!("SELECT {COLUMNS} FROM passkeys WHERE user_id = ? ORDER BY created_at, id");
        let rows = self.rows(sql!(query, user.0)).await?;
        rows.into_iter().map(|mut row| read(&mut row)).collect()
    }

    /// Gives a passkey by the name that the authenticator has for it.
    pub async fn passkey(&self, id: &[u8]) -> Result<Option<Passkey>, Error> {
        let query = format!("SELECT {COLUMNS} FROM passkeys WHERE id = ?");
        let row = self.row(sql!(query, id)).await?;
        row.map(|mut row| read(&mut row)).transpose()
    }

    /// Notes that a passkey has signed so often. Tells whether that is more than before, or it does not count: otherwise there are two of it.
    pub async fn use_passkey(&self, id: &[u8], sign_count: u32, now: Micros) -> Result<bool, Error> {
        let (id, sign_count) = (id.to_vec(), i64::from(sign_count));
        self.write(move |tx| {
            Box::pin(async move {
                let used = tx
                    .exec(sql!(
                        "UPDATE passkeys SET sign_count = ?, last_used_at = ? \
                         WHERE id = ? AND (sign_count < ? OR (sign_count = 0 AND ? = 0))",
                        sign_count,
                        now.0,
                        id,
                        sign_count,
                        sign_count,
                    ))
                    .await?;
                Ok(used > 0)
            })
        })
        .await
    }

    /// Takes a passkey of a user away; writes `factor.removed`. Tells whether there was one.
    pub async fn remove_passkey(&self, user: ObjectId, id: &[u8], cause: Cause) -> Result<bool, Error> {
        let id = id.to_vec();
        self.write(move |tx| {
            Box::pin(async move {
                let removed = tx
                    .row(sql!(
                        "DELETE FROM passkeys WHERE user_id = ? AND id = ? RETURNING name",
                        user.0,
                        id
                    ))
                    .await?;
                let Some(mut row) = removed else {
                    return Ok(false);
                };
                forget_codes_without_factor(tx, user).await?;
                let detail = serde_json::json!({ "factor": "passkey", "name": row.text()? });
                let event = cause.event("factor.removed").about(label(tx, user).await?);
                append(tx, &event.with_detail(detail)).await?;
                Ok(true)
            })
        })
        .await
    }
}

fn read(row: &mut Row) -> Result<Passkey, Error> {
    Ok(Passkey {
        id: row.bytes()?,
        user: ObjectId(row.uuid()?),
        name: row.text()?,
        public_key: row.bytes()?,
        sign_count: u32::try_from(row.int()?).map_err(|_| Error::Corrupt("counter of a passkey"))?,
        created_at: Micros(row.int()?),
        last_used_at: Micros(row.int()?),
    })
}
