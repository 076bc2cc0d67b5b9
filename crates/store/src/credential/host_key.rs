//! Host keys of resources that are trusted.

use domain::{Micros, ObjectId, audit::Change};

use super::{HostKey, HostKeyMatch, label};
use crate::{
    Cause, Error, Store,
    audit::append,
    db::{Row, Sql, Tx, sql},
};

impl Store {
    /// Lists the trusted host keys of a resource.
    pub async fn host_keys(&self, resource: ObjectId) -> Result<Vec<HostKey>, Error> {
        read_all(self.rows(select(resource)).await?)
    }

    /// Compares a key with the trusted ones and trusts it when there are none; writes `host_key.pinned` then.
    pub async fn trust_on_first_use(&self, key: HostKey, cause: Cause) -> Result<HostKeyMatch, Error> {
        // Almost always it is known: no need for the writer.
        if self
            .host_keys(key.resource)
            .await?
            .iter()
            .any(|known| known.key == key.key)
        {
            return Ok(HostKeyMatch::Known);
        }
        self.write(move |tx| {
            Box::pin(async move {
                // Two first connections at once must not trust two keys.
                crate::object::lock_directory(tx).await?;
                let known = read_all(tx.rows(select(key.resource)).await?)?;
                if known.iter().any(|known| known.key == key.key) {
                    return Ok(HostKeyMatch::Known);
                }
                if !known.is_empty() {
                    return Ok(HostKeyMatch::Differs(known));
                }
                insert(tx, &key).await?;
                let change = change(&[], std::slice::from_ref(&key));
                let event = cause
                    .event("host_key.pinned")
                    .about(label(tx, key.resource).await?);
                append(tx, &event.with_changes(change)).await?;
                Ok(HostKeyMatch::Pinned)
            })
        })
        .await
    }

    /// Replaces the trusted host keys of a resource, with none to trust on next use; writes `host_key.changed`.
    pub async fn set_host_keys(
        &self,
        resource: ObjectId,
        keys: Vec<HostKey>,
        cause: Cause,
    ) -> Result<(), Error> {
        if keys.iter().any(|key| key.resource != resource) {
            return Err(Error::Invalid("the host key of another resource"));
        }
        self.write(move |tx| {
            Box::pin(async move {
                crate::object::lock_directory(tx).await?;
                let before = read_all(tx.rows(select(resource)).await?)?;
                tx.exec(sql!("DELETE FROM host_keys WHERE resource_id = ?", resource.0))
                    .await?;
                for key in &keys {
                    insert(tx, key).await?;
                }
                if let Some(change) = change(&before, &keys) {
                    let event = cause.event("host_key.changed").about(label(tx, resource).await?);
                    append(tx, &event.with_changes([change])).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

fn select(resource: ObjectId) -> Sql {
    sql!(
        "SELECT resource_id, algorithm, key, first_seen, pinned_by FROM host_keys WHERE resource_id = ? \
         ORDER BY algorithm, key",
        resource.0
    )
}

async fn insert(tx: &mut Tx, key: &HostKey) -> Result<(), Error> {
    tx.exec(sql!(
        "INSERT INTO host_keys(resource_id, algorithm, key, first_seen, pinned_by) VALUES (?, ?, ?, ?, ?)",
        key.resource.0,
        &key.algorithm,
        key.key.as_slice(),
        key.first_seen.0,
        &key.pinned_by,
    ))
    .await?;
    Ok(())
}

/// Says which keys changed, by their fingerprints as OpenSSH writes them.
fn change(before: &[HostKey], after: &[HostKey]) -> Option<Change> {
    let words = |keys: &[HostKey]| keys.iter().map(fingerprint).collect::<Vec<_>>();
    Change::between("host_keys", &words(before), &words(after))
}

fn fingerprint(key: &HostKey) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &key.key);
    format!("{} SHA256:{}", key.algorithm, STANDARD_NO_PAD.encode(hash))
}

fn read_all(rows: Vec<Row>) -> Result<Vec<HostKey>, Error> {
    rows.into_iter()
        .map(|mut row| {
            Ok(HostKey {
                resource: ObjectId(row.uuid()?),
                algorithm: row.text()?,
                key: row.bytes()?,
                first_seen: Micros(row.int()?),
                pinned_by: row.text()?,
            })
        })
        .collect()
}
