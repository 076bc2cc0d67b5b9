//! Links that work once.

use std::net::IpAddr;

use domain::{Micros, ObjectId};
use uuid::Uuid;

use super::{Link, TokenHash, failure::address_subject};
use crate::{
    Error, Store,
    db::{Sql, Tx, sql},
};

/// How many rows strangers may leave that have not ended: whoever has not signed in must not fill the store.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// From one network, as failures count it.
    pub of_one: u32,
    /// From everywhere.
    pub of_all: u32,
}

impl Store {
    /// Stores a link that a stranger asks for, if there is room for one more of its purpose. Tells whether there was.
    pub async fn create_link_within(&self, link: Link, from: IpAddr, room: Room) -> Result<bool, Error> {
        let origin = address_subject(from);
        self.write(move |tx| {
            Box::pin(async move {
                let counted = sql!(
                    "SELECT COUNT(*), COUNT(CASE WHEN origin = ? THEN 1 END) FROM links \
                     WHERE purpose = ? AND expires_at > ?",
                    &origin,
                    &link.purpose,
                    link.created_at.0
                );
                if !has_room(tx, counted, room).await? {
                    return Ok(false);
                }
                write(tx, &link, &origin).await?;
                Ok(true)
            })
        })
        .await
    }

    /// Stores a link.
    pub async fn create_link(&self, link: Link) -> Result<(), Error> {
        self.write(move |tx| Box::pin(async move { write(tx, &link, "").await }))
            .await
    }

    /// Uses a link up: gives it once, and [`None`] ever after or when it has ended.
    pub async fn use_link(&self, hash: &TokenHash, now: Micros) -> Result<Option<Link>, Error> {
        let hash = hash.0.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let deleted = tx
                    .row(sql!(
                        "DELETE FROM links WHERE hash = ? AND expires_at > ? \
                         RETURNING hash, purpose, user_id, detail, created_at, expires_at",
                        hash,
                        now.0
                    ))
                    .await?;
                let Some(mut row) = deleted else {
                    return Ok(None);
                };
                Ok(Some(Link {
                    hash: TokenHash(row.bytes()?),
                    purpose: row.text()?,
                    user: Uuid::from_slice(&row.bytes()?).ok().map(ObjectId),
                    detail: row.json()?,
                    created_at: Micros(row.int()?),
                    expires_at: Micros(row.int()?),
                }))
            })
        })
        .await
    }
}

async fn write(tx: &mut Tx, link: &Link, origin: &str) -> Result<(), Error> {
    let detail = serde_json::to_string(&link.detail).map_err(|_| Error::Invalid("the link"))?;
    tx.exec(sql!(
        "INSERT INTO links(hash, purpose, user_id, detail, created_at, expires_at, origin) VALUES (?, ?, ?, ?, ?, ?, ?)",
        link.hash.0.as_slice(),
        &link.purpose,
        link.user.map_or_else(Vec::new, |user| user.0.into_bytes().to_vec()),
        detail,
        link.created_at.0,
        link.expires_at.0,
        origin,
    ))
    .await?;
    Ok(())
}

/// Tells whether there is room, by a query that counts all rows and those of one network.
pub(super) async fn has_room(tx: &mut Tx, counted: Sql, room: Room) -> Result<bool, Error> {
    let mut row = tx.row(counted).await?.ok_or(Error::Corrupt("count"))?;
    let (all, one) = (row.int()?, row.int()?);
    Ok(all < i64::from(room.of_all) && one < i64::from(room.of_one))
}
