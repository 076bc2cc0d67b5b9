//! API tokens, and passwords for clients of databases.

use domain::{Micros, ObjectId};
use uuid::Uuid;

use super::{
    DatabaseLogin, SealedSecret, TOUCH, Token, TokenForm, TokenHash,
    factor::{factors, number},
    label,
};
use crate::{
    Cause, Error, Store,
    audit::append,
    db::{Row, sql},
};

const COLUMNS: &str = "id, user_id, name, hash, scopes, created_at, expires_at, last_used_at, factors, login, verifiers, form, parent";

impl Store {
    /// Stores a token; writes `token.created`.
    pub async fn create_token(&self, token: Token, cause: Cause) -> Result<(), Error> {
        let scopes = serde_json::to_string(&token.scopes).map_err(|_| Error::Invalid("the scopes"))?;
        self.write(move |tx| {
            Box::pin(async move {
                let (login, verifiers) = match &token.database {
                    Some(database) => (database.name.as_str(), database.verifiers.0.as_slice()),
                    None => ("", &[][..]),
                };
                tx.exec(sql!(
                    "INSERT INTO tokens(id, user_id, name, hash, scopes, created_at, expires_at, last_used_at, factors, \
                     login, verifiers, form, parent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    token.id,
                    token.user.0,
                    &token.name,
                    token.hash.0.as_slice(),
                    scopes,
                    token.created_at.0,
                    token.expires_at.0,
                    token.last_used_at.0,
                    number(token.factors),
                    login,
                    verifiers,
                    token.form.word(),
                    token.parent.map_or_else(Vec::new, |parent| parent.into_bytes().to_vec()),
                ))
                .await?;
                let mut event = cause.event("token.created").about(label(tx, token.user).await?);
                if event.detail.is_null() {
                    event.detail = described(&token);
                }
                append(tx, &event).await?;
                Ok(())
            })
        })
        .await
    }

    /// Finds a token that has not ended.
    pub async fn token(&self, hash: &TokenHash, now: Micros) -> Result<Option<Token>, Error> {
        let query =
            format!("SELECT {COLUMNS} FROM tokens WHERE hash = ? AND (expires_at = 0 OR expires_at > ?)");
        self.row(sql!(query, hash.0.as_slice(), now.0))
            .await?
            .map(|mut row| read(&mut row))
            .transpose()
    }

    /// Finds a token by its lasting name, unless it has ended.
    pub async fn token_by_id(&self, id: Uuid, now: Micros) -> Result<Option<Token>, Error> {
        let query =
            format!("SELECT {COLUMNS} FROM tokens WHERE id = ? AND (expires_at = 0 OR expires_at > ?)");
        self.row(sql!(query, id, now.0))
            .await?
            .map(|mut row| read(&mut row))
            .transpose()
    }

    /// Finds the password for clients of databases that a login name goes with, unless it has ended.
    pub async fn database_login(&self, login: &str, now: Micros) -> Result<Option<Token>, Error> {
        if login.is_empty() {
            return Ok(None);
        }
        let query =
            format!("SELECT {COLUMNS} FROM tokens WHERE login = ? AND (expires_at = 0 OR expires_at > ?)");
        self.row(sql!(query, login, now.0))
            .await?
            .map(|mut row| read(&mut row))
            .transpose()
    }

    /// Lists the tokens of a user, oldest first; [`None`] for everybody's.
    pub async fn tokens(&self, user: Option<ObjectId>) -> Result<Vec<Token>, Error> {
        let mut query = sql!(format!("SELECT {COLUMNS} FROM tokens"));
        if let Some(user) = user {
            query.push(" WHERE user_id = ").push_value(user.0);
        }
        query.push(" ORDER BY created_at, id");
        self.rows(query)
            .await?
            .into_iter()
            .map(|mut row| read(&mut row))
            .collect()
    }

    /// Notes that a token was used; writes at most once a minute.
    pub async fn touch_token(&self, token: &Token, now: Micros) -> Result<(), Error> {
        if now.since(token.last_used_at) < TOUCH {
            return Ok(());
        }
        let id = token.id;
        self.write(move |tx| {
            Box::pin(async move {
                tx.exec(sql!(
                    "UPDATE tokens SET last_used_at = ? WHERE id = ? AND last_used_at < ?",
                    now.0,
                    id,
                    now.0
                ))
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Takes a token away, and what was made with it; writes `token.revoked`. Tells whether there was one.
    pub async fn revoke_token(&self, id: Uuid, cause: Cause) -> Result<bool, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let query = format!("DELETE FROM tokens WHERE id = ? RETURNING {COLUMNS}");
                let Some(mut row) = tx.row(sql!(query, id)).await? else {
                    return Ok(false);
                };
                let token = read(&mut row)?;
                let made_with = sql!("DELETE FROM tokens WHERE parent = ?", id.into_bytes().to_vec());
                tx.exec(made_with).await?;
                let mut event = cause.event("token.revoked").about(label(tx, token.user).await?);
                if event.detail.is_null() {
                    event.detail = described(&token);
                }
                append(tx, &event).await?;
                Ok(true)
            })
        })
        .await
    }
}

/// Says in the audit log which token it is.
fn described(token: &Token) -> serde_json::Value {
    let mut detail = serde_json::json!({ "token": token.id, "name": token.name });
    if let (true, Some(fields)) = (token.form != TokenForm::Api, detail.as_object_mut()) {
        fields.insert("form".to_owned(), token.form.word().into());
    }
    if let (Some(database), Some(fields)) = (&token.database, detail.as_object_mut()) {
        fields.insert("login".to_owned(), database.name.as_str().into());
        fields.insert("scopes".to_owned(), token.scopes.as_slice().into());
    }
    detail
}

fn read(row: &mut Row) -> Result<Token, Error> {
    Ok(Token {
        id: row.uuid()?,
        user: ObjectId(row.uuid()?),
        name: row.text()?,
        hash: TokenHash(row.bytes()?),
        scopes: serde_json::from_value(row.json()?).map_err(|_| Error::Corrupt("scopes"))?,
        created_at: Micros(row.int()?),
        expires_at: Micros(row.int()?),
        last_used_at: Micros(row.int()?),
        factors: factors(row.int()?),
        database: {
            let (name, verifiers) = (row.text()?, SealedSecret(row.bytes()?));
            (!name.is_empty()).then_some(DatabaseLogin { name, verifiers })
        },
        form: TokenForm::read(&row.text()?)?,
        parent: Uuid::from_slice(&row.bytes()?).ok(),
    })
}
