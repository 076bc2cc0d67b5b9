//! Sessions that are shared: shown to chosen people for a time, though nothing else lets them see these.
//!
//! A share is seen by nobody until one of the chosen has opened it, which is on record with their name.

use domain::{Micros, ObjectId, SessionId, audit::Change, person::Person};
use serde_json::json;
use uuid::Uuid;

use crate::{
    Cause, Error, Store,
    audit::append,
    db::{Row, Sql, Tx, sql},
};

/// The most shares that one session keeps.
const MOST: i64 = 100;

const COLUMNS: &str = "s.id, s.session_id, s.user_ids, s.group_ids, s.note, s.created_by, s.created_at, s.expires_at, \
     s.revoked_by, s.revoked_at";

/// A session that is shown to chosen people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Its lasting name, which its link holds.
    pub id: Uuid,
    /// The session.
    pub session: SessionId,
    /// To whom.
    pub users: Vec<ObjectId>,
    /// To members of which groups.
    pub groups: Vec<ObjectId>,
    /// What the one who shares it has to say.
    pub note: String,
    /// Who shares it, by login name.
    pub created_by: String,
    /// Since when.
    pub created_at: Micros,
    /// Until when.
    pub expires_at: Micros,
    /// Who took it back; empty when nobody did.
    pub revoked_by: String,
    /// When.
    pub revoked_at: Micros,
}

/// That somebody has opened a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The share.
    pub share: Uuid,
    /// Who, by login name at the time.
    pub user: String,
    /// When for the first time.
    pub first_at: Micros,
    /// When last.
    pub last_at: Micros,
}

impl Share {
    /// Tells whether the share lets anybody see anything at a moment.
    #[must_use]
    pub fn is_live(&self, now: Micros) -> bool {
        self.revoked_by.is_empty() && now < self.expires_at
    }

    /// Tells whether a person is among the chosen; `groups` are those that they are in.
    #[must_use]
    pub fn is_for(&self, person: &Person, groups: &[ObjectId]) -> bool {
        self.users.contains(&person.id) || groups.iter().any(|group| self.groups.contains(group))
    }
}

impl Store {
    /// Shares a session and writes `session.shared`. `names` says with whom, for the audit log.
    ///
    /// Fails with [`Error::Invalid`] when the session has 100 shares already.
    pub async fn create_share(
        &self,
        share: Share,
        names: serde_json::Value,
        cause: Cause,
    ) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let query = sql!("SELECT count(*) FROM shares WHERE sid = ?", share.session.sid());
                let count = tx.row(query).await?;
                if count.ok_or(Error::Corrupt("count"))?.int()? >= MOST {
                    return Err(Error::Invalid("the session has been shared 100 times already"));
                }
                tx.exec(sql!(
                    "INSERT INTO shares(id, sid, session_id, user_ids, group_ids, note, created_by, created_at, expires_at) \
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    share.id,
                    share.session.sid(),
                    share.session.uuid(),
                    json!(share.users).to_string(),
                    json!(share.groups).to_string(),
                    &share.note,
                    &share.created_by,
                    share.created_at.0,
                    share.expires_at.0,
                ))
                .await?;
                let event = cause
                    .event("session.shared")
                    .on(share.session)
                    .about(about(share.id))
                    .with_detail(json!({ "with": names, "note": share.note, "expires_at": share.expires_at.rfc3339() }));
                append(tx, &event).await?;
                Ok(())
            })
        })
        .await
    }

    /// Lists the shares of a session, newest first, each with those who have opened it.
    pub async fn shares(&self, session: SessionId) -> Result<Vec<(Share, Vec<Opening>)>, Error> {
        let query = format!(
            "SELECT {COLUMNS} FROM shares s WHERE s.sid = ? AND s.session_id = ? ORDER BY s.created_at DESC, s.id"
        );
        let mut shares = Vec::new();
        for mut row in self.rows(sql!(query, session.sid(), session.uuid())).await? {
            shares.push((read(&mut row)?, Vec::new()));
        }
        let query = sql!(
            "SELECT o.share_id, o.user_name, o.first_at, o.last_at FROM share_openings o JOIN shares s ON s.id = o.share_id \
             WHERE s.sid = ? AND s.session_id = ? ORDER BY o.first_at, o.user_name",
            session.sid(),
            session.uuid()
        );
        for mut row in self.rows(query).await? {
            let opening = Opening {
                share: row.uuid()?,
                user: row.text()?,
                first_at: Micros(row.int()?),
                last_at: Micros(row.int()?),
            };
            if let Some((_, openings)) = shares.iter_mut().find(|(share, _)| share.id == opening.share) {
                openings.push(opening);
            }
        }
        Ok(shares)
    }

    /// Gives one share.
    pub async fn share(&self, id: Uuid) -> Result<Option<Share>, Error> {
        let row = self.row(by_id(id)).await?;
        row.map(|mut row| read(&mut row)).transpose()
    }

    /// Lists what a person has opened and may still see at a moment, as far as the shares themselves know.
    pub async fn opened_shares(&self, person: ObjectId, now: Micros) -> Result<Vec<Share>, Error> {
        let query = format!(
            "SELECT {COLUMNS} FROM share_openings o JOIN shares s ON s.id = o.share_id \
             WHERE o.user_id = ? AND s.expires_at > ? AND s.revoked_by = ''"
        );
        let rows = self.rows(sql!(query, person.0, now.0)).await?;
        rows.into_iter().map(|mut row| read(&mut row)).collect()
    }

    /// Notes that a person opens a share, and writes `session.share_opened`.
    pub async fn open_share(&self, share: Share, person: Person, cause: Cause) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                tx.exec(sql!(
                    "INSERT INTO share_openings(share_id, user_id, user_name, first_at, last_at) VALUES (?, ?, ?, ?, ?) \
                     ON CONFLICT(user_id, share_id) DO UPDATE SET last_at = excluded.last_at, user_name = excluded.user_name",
                    share.id,
                    person.id.0,
                    &person.name,
                    cause.at.0,
                    cause.at.0,
                ))
                .await?;
                let event = cause
                    .event("session.share_opened")
                    .on(share.session)
                    .about(about(share.id))
                    .with_detail(json!({ "shared_by": share.created_by }));
                append(tx, &event).await?;
                Ok(())
            })
        })
        .await
    }

    /// Takes a share of a session back and writes `session.share_revoked`; tells whether there is such a share. A second time nothing
    /// happens.
    pub async fn revoke_share(
        &self,
        session: SessionId,
        id: Uuid,
        by: String,
        cause: Cause,
    ) -> Result<bool, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let Some(share) = find(tx, id).await?.filter(|share| share.session == session) else {
                    return Ok(false);
                };
                if !share.revoked_by.is_empty() {
                    return Ok(true);
                }
                tx.exec(sql!(
                    "UPDATE shares SET revoked_by = ?, revoked_at = ? WHERE id = ?",
                    &by,
                    cause.at.0,
                    id
                ))
                .await?;
                let event = cause
                    .event("session.share_revoked")
                    .on(session)
                    .about(about(id))
                    .with_changes(Change::between("revoked_by", &"", &by.as_str()));
                append(tx, &event).await?;
                Ok(true)
            })
        })
        .await
    }
}

fn about(id: Uuid) -> String {
    format!("share/{id}")
}

fn by_id(id: Uuid) -> Sql {
    sql!(format!("SELECT {COLUMNS} FROM shares s WHERE s.id = ?"), id)
}

async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Share>, Error> {
    let row = tx.row(by_id(id)).await?;
    row.map(|mut row| read(&mut row)).transpose()
}

fn read(row: &mut Row) -> Result<Share, Error> {
    let (id, session) = (row.uuid()?, SessionId::from_uuid(row.uuid()?));
    let ids = |value: serde_json::Value| serde_json::from_value(value).map_err(|_| Error::Corrupt("share"));
    Ok(Share {
        id,
        session,
        users: ids(row.json()?)?,
        groups: ids(row.json()?)?,
        note: row.text()?,
        created_by: row.text()?,
        created_at: Micros(row.int()?),
        expires_at: Micros(row.int()?),
        revoked_by: row.text()?,
        revoked_at: Micros(row.int()?),
    })
}
