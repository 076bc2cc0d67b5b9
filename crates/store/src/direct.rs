//! What looks at the resources of sessions have found: log-ins with the account of a session that did not come through a gateway.

use std::collections::HashMap;

use domain::{ConnectionId, Micros, SessionId};
use serde::{Deserialize, Serialize};

use crate::{
    Error, SessionRow, Store,
    db::{Row, sql},
};

/// What the last look has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DirectCheck {
    /// When it was.
    pub checked_at: Micros,
    /// Why nothing could be seen; empty when it could.
    pub error: String,
    /// Every log-in that was seen since the session began.
    pub logins: Vec<DirectLogin>,
}

/// A log-in past the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectLogin {
    /// From where, as the resource says it: mostly `address:port`.
    pub from: String,
    /// When it was first seen.
    pub first_seen_at: Micros,
    /// When it was last seen.
    pub last_seen_at: Micros,
}

impl Store {
    /// Keeps what a look has found.
    pub async fn keep_direct_check(&self, session: SessionId, check: DirectCheck) -> Result<(), Error> {
        let logins = serde_json::to_string(&check.logins).map_err(|_| Error::Invalid("the log-ins"))?;
        let keep = sql!(
            "INSERT INTO direct_checks(sid, checked_at, error, logins) VALUES (?, ?, ?, ?) ON CONFLICT(sid) DO UPDATE SET \
             checked_at = excluded.checked_at, error = excluded.error, logins = excluded.logins",
            session.sid(),
            check.checked_at.0,
            check.error,
            logins,
        );
        self.write(move |tx| {
            Box::pin(async move {
                tx.exec(keep).await?;
                Ok(())
            })
        })
        .await
    }

    /// Notes from where the gateway came to the resource of a connection.
    pub async fn note_upstream(&self, connection: ConnectionId, from: String) -> Result<(), Error> {
        let note = sql!(
            "UPDATE connections SET upstream = ? WHERE id = ?",
            from,
            connection.0
        );
        self.write(move |tx| {
            Box::pin(async move {
                tx.exec(note).await?;
                Ok(())
            })
        })
        .await
    }

    /// Lists from where gateways have come to the resource of a session.
    pub async fn upstreams(&self, session: SessionId) -> Result<Vec<String>, Error> {
        let rows = self
            .rows(sql!(
                "SELECT upstream FROM connections WHERE sid = ? AND upstream <> ''",
                session.sid()
            ))
            .await?;
        rows.into_iter().map(|mut row| row.text()).collect()
    }

    /// Fills in what the last looks have found.
    pub(crate) async fn add_direct(&self, rows: &mut [SessionRow]) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut query = sql!("SELECT sid, checked_at, error, logins FROM direct_checks WHERE sid IN ");
        query.push_list(rows.iter().map(|row| row.session.id.sid()));
        let mut found = HashMap::new();
        for mut row in self.rows(query).await? {
            found.insert(row.int()?, read(&mut row)?);
        }
        for row in rows {
            row.direct = found.remove(&row.session.id.sid());
        }
        Ok(())
    }
}

fn read(row: &mut Row) -> Result<DirectCheck, Error> {
    Ok(DirectCheck {
        checked_at: Micros(row.int()?),
        error: row.text()?,
        logins: serde_json::from_str(&row.text()?).map_err(|_| Error::Corrupt("log-ins of a session"))?,
    })
}
