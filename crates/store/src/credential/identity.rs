//! Who somebody is to an identity provider.

use domain::ObjectId;

use super::label;
use crate::{Cause, Error, Store, audit::append, db::sql};

impl Store {
    /// Gives the user that somebody of a provider is.
    pub async fn identity(&self, provider: &str, subject: &str) -> Result<Option<ObjectId>, Error> {
        let query = sql!(
            "SELECT user_id FROM identities WHERE provider = ? AND subject = ?",
            provider,
            subject
        );
        let row = self.row(query).await?;
        row.map(|mut row| row.uuid().map(ObjectId)).transpose()
    }

    /// Says which user somebody of a provider is; writes `identity.linked`. Tells whether nobody had said so before.
    pub async fn link_identity(
        &self,
        provider: &str,
        subject: &str,
        user: ObjectId,
        cause: Cause,
    ) -> Result<bool, Error> {
        let (provider, subject) = (provider.to_owned(), subject.to_owned());
        self.write(move |tx| {
            Box::pin(async move {
                let linked = tx
                    .exec(sql!(
                        "INSERT INTO identities(provider, subject, user_id) VALUES (?, ?, ?) \
                         ON CONFLICT(provider, subject) DO NOTHING",
                        &provider,
                        &subject,
                        user.0
                    ))
                    .await?;
                if linked > 0 {
                    let detail = serde_json::json!({ "provider": provider, "subject": subject });
                    let event = cause.event("identity.linked").about(label(tx, user).await?);
                    append(tx, &event.with_detail(detail)).await?;
                }
                Ok(linked > 0)
            })
        })
        .await
    }
}
