//! What proves who somebody is: never in the clear.

use std::net::IpAddr;

use domain::{Micros, ObjectId, Span};
use uuid::Uuid;

use crate::{Cause, Error, Store};

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

/// An API token.
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
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The keyed hash of its cookie.
    pub hash: TokenHash,
    /// Whose it is.
    pub user: ObjectId,
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
    /// Gives the hash of a user's password.
    pub async fn password(&self, user: ObjectId) -> Result<Option<PasswordHash>, Error> {
        todo!()
    }

    /// Changes a user's password; writes `user.password_changed`.
    pub async fn set_password(&self, user: ObjectId, hash: PasswordHash, cause: Cause) -> Result<(), Error> {
        todo!()
    }

    /// Gives the sealed value of a secret, by the secret's name, and how often it was changed.
    pub async fn secret(&self, name: &str) -> Result<Option<(SealedSecret, i64)>, Error> {
        todo!()
    }

    /// Stores a token; writes `token.created`.
    pub async fn create_token(&self, token: Token, cause: Cause) -> Result<(), Error> {
        todo!()
    }

    /// Finds a token that has not ended.
    pub async fn token(&self, hash: &TokenHash, now: Micros) -> Result<Option<Token>, Error> {
        todo!()
    }

    /// Lists the tokens of a user; [`None`] for everybody's.
    pub async fn tokens(&self, user: Option<ObjectId>) -> Result<Vec<Token>, Error> {
        todo!()
    }

    /// Notes that a token was used; writes at most once a minute.
    pub async fn touch_token(&self, token: &Token, now: Micros) -> Result<(), Error> {
        todo!()
    }

    /// Takes a token away; writes `token.revoked`. Tells whether there was one.
    pub async fn revoke_token(&self, id: Uuid, cause: Cause) -> Result<bool, Error> {
        todo!()
    }

    /// Stores a browser's login; writes `login.succeeded`.
    pub async fn create_login(&self, login: Login, cause: Cause) -> Result<(), Error> {
        todo!()
    }

    /// Finds a login that has not ended.
    pub async fn login(&self, hash: &TokenHash, now: Micros) -> Result<Option<Login>, Error> {
        todo!()
    }

    /// Notes that a login was seen and moves its end; writes at most once a minute.
    pub async fn touch_login(&self, login: &Login, now: Micros, expires_at: Micros) -> Result<(), Error> {
        todo!()
    }

    /// Ends a login; writes `login.ended`. Tells whether there was one.
    pub async fn end_login(&self, hash: &TokenHash, cause: Cause) -> Result<bool, Error> {
        todo!()
    }

    /// Ends every login of a user; gives how many there were.
    pub async fn end_logins(&self, user: ObjectId, cause: Cause) -> Result<u64, Error> {
        todo!()
    }

    /// Stores a link.
    pub async fn create_link(&self, link: Link) -> Result<(), Error> {
        todo!()
    }

    /// Uses a link up: gives it once, and [`None`] ever after or when it has ended.
    pub async fn use_link(&self, hash: &TokenHash, now: Micros) -> Result<Option<Link>, Error> {
        todo!()
    }

    /// Counts a failed attempt for a name and an address. Counts start anew when the last failure is older than `memory`.
    pub async fn login_failed(
        &self,
        user: &str,
        address: IpAddr,
        at: Micros,
        memory: Span,
    ) -> Result<(Failures, Failures), Error> {
        todo!()
    }

    /// Gives the failures of a name and of an address; zero when the last is older than `memory`.
    pub async fn login_failures(
        &self,
        user: &str,
        address: IpAddr,
        now: Micros,
        memory: Span,
    ) -> Result<(Failures, Failures), Error> {
        todo!()
    }

    /// Forgets the failures of a name and, when given, of an address.
    pub async fn forget_failures(&self, user: &str, address: Option<IpAddr>) -> Result<(), Error> {
        todo!()
    }

    /// Lists the trusted host keys of a resource.
    pub async fn host_keys(&self, resource: ObjectId) -> Result<Vec<HostKey>, Error> {
        todo!()
    }

    /// Compares a key with the trusted ones and trusts it when there are none; writes `host_key.pinned` then.
    pub async fn trust_on_first_use(&self, key: HostKey, cause: Cause) -> Result<HostKeyMatch, Error> {
        todo!()
    }

    /// Replaces the trusted host keys of a resource, with none to trust on next use; writes `host_key.changed`.
    pub async fn set_host_keys(
        &self,
        resource: ObjectId,
        keys: Vec<HostKey>,
        cause: Cause,
    ) -> Result<(), Error> {
        todo!()
    }

    /// Removes what has ended: tokens, logins, links, counted failures. Gives how many rows.
    pub async fn sweep_credentials(&self, now: Micros, memory: Span) -> Result<u64, Error> {
        todo!()
    }
}
