//! What proves who somebody is: never in the clear.

mod device;
mod factor;
mod failure;
mod host_key;
mod identity;
mod link;
mod login;
mod passkey;
mod password;
mod token;

use domain::{Micros, ObjectId, Span, person::Factors};
use uuid::Uuid;

use crate::{
    Error, Store,
    db::{Tx, sql},
};

pub use device::{Asked, DeviceLogin, Polled};
pub use factor::{FactorsHeld, TotpKept};
pub use link::Room;
pub use passkey::Passkey;
pub(crate) use password::write_password;

/// How often use is noted: a row is not written at every request.
const TOUCH: Span = Span::secs(60);

macro_rules! opaque {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(pub $inner);

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("***")
            }
        }
    };
}

opaque!(
    /// A password's argon2 hash in PHC form.
    PasswordHash(String)
);
opaque!(
    /// A secret's value as the vault sealed it; opaque here.
    SealedSecret(Vec<u8>)
);
opaque!(
    /// The keyed hash of a token, cookie or link.
    TokenHash(Vec<u8>)
);

/// An API token, or a password for clients of databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its lasting name.
    pub id: Uuid,
    /// Whose it is.
    pub user: ObjectId,
    /// What its owner calls it.
    pub name: String,
    /// The keyed hash of its text.
    pub hash: TokenHash,
    /// What it may be used for; empty means all that its owner may.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Micros,
    /// When it ends; [`Micros::NEVER`] for never.
    pub expires_at: Micros,
    /// When it was last used, to the minute.
    pub last_used_at: Micros,
    /// By how many factors its owner had signed in when it was made.
    pub factors: Factors,
    /// With what clients of databases sign in; [`None`] for an API token.
    pub database: Option<DatabaseLogin>,
    /// How it came about.
    pub form: TokenForm,
    /// The token that it was made with, and is taken away with.
    pub parent: Option<Uuid>,
}

/// How a token came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenForm {
    /// Its owner has made it.
    #[default]
    Api,
    /// A program has it because its owner let it in with a browser; ends with `doorward logout`.
    Login,
    /// A long key of a service account, which is worth nothing but short tokens.
    Key,
    /// A short token of a service account.
    Service,
}

impl TokenForm {
    /// Gives the word of the store, the API and the audit log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Login => "login",
            Self::Key => "key",
            Self::Service => "service",
        }
    }

    fn read(word: &str) -> Result<Self, Error> {
        [Self::Api, Self::Login, Self::Key, Self::Service]
            .into_iter()
            .find(|form| form.word() == word)
            .ok_or(Error::Corrupt("form of a token"))
    }
}

/// The other half of a password for clients of databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseLogin {
    /// The login name that goes with it; no two have the same.
    pub name: String,
    /// What proofs are verified by, as the vault sealed it.
    pub verifiers: SealedSecret,
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The keyed hash of its cookie.
    pub hash: TokenHash,
    /// Whose it is.
    pub user: ObjectId,
    /// By how many factors they have signed in.
    pub factors: Factors,
    /// The keyed hash of the token that changing requests carry.
    pub csrf: TokenHash,
    /// From where it signed in.
    pub client_ip: String,
    /// What the browser calls itself; not verified.
    pub user_agent: String,
    /// When it signed in.
    pub created_at: Micros,
    /// When it was last seen, to the minute.
    pub seen_at: Micros,
    /// When it ends.
    pub expires_at: Micros,
}

/// A link that works once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The keyed hash of its text.
    pub hash: TokenHash,
    /// What it is for, such as `setup` or `web_open`.
    pub purpose: String,
    /// For whom; [`None`] when for nobody in particular.
    pub user: Option<ObjectId>,
    /// What the purpose needs; holds no secret.
    pub detail: serde_json::Value,
    /// When it was made.
    pub created_at: Micros,
    /// When it stops working.
    pub expires_at: Micros,
}

/// Failed attempts to sign in, of a user or from an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failures {
    /// How many since the last success or the last pause.
    pub count: u32,
    /// The first of them.
    pub first_at: Micros,
    /// The last of them.
    pub last_at: Micros,
}

/// A host key of a resource that is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKey {
    /// The resource.
    pub resource: ObjectId,
    /// The key's algorithm, such as `ssh-ed25519`.
    pub algorithm: String,
    /// The public key in its wire form.
    pub key: Vec<u8>,
    /// When it was first seen.
    pub first_seen: Micros,
    /// Who pinned it; `first use` when nobody looked.
    pub pinned_by: String,
}

/// How a host key compares with those that are trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostKeyMatch {
    /// It is one of them.
    Known,
    /// There were none; it is trusted from now on.
    Pinned,
    /// There are others.
    Differs(Vec<HostKey>),
}

impl Store {
    /// Removes what has ended: tokens, logins, links, programs that wait, failures older than `memory`. Gives how many rows.
    pub async fn sweep_credentials(&self, now: Micros, memory: Span) -> Result<u64, Error> {
        self.write(move |tx| {
            Box::pin(async move {
                let mut gone = tx
                    .exec(sql!(
                        "DELETE FROM tokens WHERE expires_at > 0 AND expires_at <= ?",
                        now.0
                    ))
                    .await?;
                gone += tx
                    .exec(sql!("DELETE FROM logins WHERE expires_at <= ?", now.0))
                    .await?;
                gone += tx
                    .exec(sql!("DELETE FROM links WHERE expires_at <= ?", now.0))
                    .await?;
                gone += tx
                    .exec(sql!("DELETE FROM device_logins WHERE expires_at <= ?", now.0))
                    .await?;
                let forgotten = now.0.saturating_sub(memory.0);
                gone += tx
                    .exec(sql!("DELETE FROM login_failures WHERE last_at < ?", forgotten))
                    .await?;
                Ok(gone)
            })
        })
        .await
    }
}

/// Gives an object as the audit log calls it: `kind/name`, or its id when it is gone.
async fn label(tx: &mut Tx, id: ObjectId) -> Result<String, Error> {
    match tx
        .row(sql!("SELECT kind, name FROM objects WHERE id = ?", id.0))
        .await?
    {
        Some(mut row) => Ok(format!("{}/{}", row.text()?, row.text()?)),
        None => Ok(id.to_string()),
    }
}
