//! Password hashes of users and sealed values of secrets.

use domain::{Micros, ObjectId, audit::Change, object::Kind};

use super::{PasswordHash, SealedSecret, label};
use crate::{
    Cause, Error, Store,
    audit::append,
    db::{Tx, sql},
};

impl Store {
    /// Gives the hash of a user's password.
    pub async fn password(&self, user: ObjectId) -> Result<Option<PasswordHash>, Error> {
        let row = self
            .row(sql!("SELECT hash FROM passwords WHERE user_id = ?", user.0))
            .await?;
        row.map(|mut row| row.text().map(PasswordHash)).transpose()
    }

    /// Changes a user's password; writes `user.changed`.
    pub async fn set_password(&self, user: ObjectId, hash: PasswordHash, cause: Cause) -> Result<(), Error> {
        self.write(move |tx| {
            Box::pin(async move {
                write_password(tx, user, &hash, cause.at).await?;
                let change = Change {
                    field: "password".into(),
                    old: "***".into(),
                    new: "***".into(),
                };
                let event = cause
                    .event("user.changed")
                    .about(label(tx, user).await?)
                    .with_changes([change]);
                append(tx, &event).await?;
                Ok(())
            })
        })
        .await
    }

    /// Gives the sealed value of a secret, by the secret's name, and how often it was given.
    pub async fn secret(&self, name: &str) -> Result<Option<(SealedSecret, i64)>, Error> {
        let query = sql!(
            "SELECT v.sealed, v.version FROM secret_values v JOIN objects o ON o.id = v.secret_id \
             WHERE o.kind = ? AND o.name = ?",
            Kind::Secret.word(),
            name
        );
        let row = self.row(query).await?;
        row.map(|mut row| Ok((SealedSecret(row.bytes()?), row.int()?)))
            .transpose()
    }
}

pub(crate) async fn write_password(
    tx: &mut Tx,
    user: ObjectId,
    hash: &PasswordHash,
    at: Micros,
) -> Result<(), Error> {
    tx.exec(sql!(
        "INSERT INTO passwords(user_id, hash, changed_at) VALUES (?, ?, ?) \
         ON CONFLICT(user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at",
        user.0,
        hash.0.as_str(),
        at.0,
    ))
    .await?;
    Ok(())
}
