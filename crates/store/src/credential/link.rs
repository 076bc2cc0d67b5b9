//! Links that work once.

use domain::{Micros, ObjectId};
use uuid::Uuid;

use super::{Link, TokenHash};
use crate::{Error, Store, db::sql};

impl Store {
    /// Stores a link.
    pub async fn create_link(&self, link: Link) -> Result<(), Error> {
        let detail = serde_json::to_string(&link.detail).map_err(|_| Error::Invalid("the link"))?;
        self.write(move |tx| {
            Box::pin(async move {
                tx.exec(sql!(
                    "INSERT INTO links(hash, purpose, user_id, detail, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
                    link.hash.0.as_slice(),
                    &link.purpose,
                    link.user.map_or_else(Vec::new, |user| user.0.into_bytes().to_vec()),
                    detail,
                    link.created_at.0,
                    link.expires_at.0,
                ))
                .await?;
                Ok(())
            })
        })
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
