//! Declared objects and standing locks.

use domain::{
    ObjectId,
    audit::Change,
    object::{Kind, Object, Spec},
    policy::StandingLock,
    session::LockScope,
};

use crate::{Cause, Error, ObjectError, PasswordHash, SealedSecret, Store};

/// An object as somebody wishes it to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Put {
    /// The unique name within its kind.
    pub name: String,
    /// What it says. A password or secret value in it is never stored; it must come in `sealed` too.
    pub spec: Spec,
    /// What belongs to it and is secret.
    pub sealed: Sealed,
    /// The version that the caller has seen; 0 means that it must be new, [`None`] means any.
    pub expected: Option<i64>,
}

impl Put {
    /// Wishes an object without a secret part, of any version.
    pub fn new(name: impl Into<String>, spec: Spec) -> Self {
        Self {
            name: name.into(),
            spec,
            sealed: Sealed::Nothing,
            expected: None,
        }
    }

    /// Adds the secret part.
    #[must_use]
    pub fn with_sealed(mut self, sealed: Sealed) -> Self {
        self.sealed = sealed;
        self
    }

    /// Demands a version.
    #[must_use]
    pub fn expecting(mut self, version: i64) -> Self {
        self.expected = Some(version);
        self
    }
}

/// The secret part of an object, made safe by the caller. A wish with a secret part always counts as a change: a caller who
/// wants to apply twice without a change compares with [`Store::password`] or [`Store::secret`] first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Sealed {
    /// Leave what there is.
    #[default]
    Nothing,
    /// The password of a user.
    Password(PasswordHash),
    /// The value of a secret.
    Secret(SealedSecret),
}

/// What became, or would become, of a wish.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The kind.
    pub kind: Kind,
    /// The name.
    pub name: String,
    /// The lasting name; of a dry run that would create one it is not kept.
    pub id: ObjectId,
    /// Created, changed or neither.
    pub verdict: Verdict,
    /// The version after.
    pub version: i64,
    /// The fields that differ; secret ones as `***`.
    pub changes: Vec<Change>,
}

/// What became of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is new.
    Created,
    /// It differs.
    Changed,
    /// It was so already.
    Unchanged,
}

impl Store {
    /// Lists objects by kind and name; [`None`] for every kind.
    pub async fn objects(&self, kind: Option<Kind>) -> Result<Vec<Object>, Error> {
        todo!()
    }

    /// Gives an object by name.
    pub async fn object(&self, kind: Kind, name: &str) -> Result<Option<Object>, Error> {
        todo!()
    }

    /// Creates or changes one object; see [`Store::apply`].
    pub async fn put_object(&self, put: Put, cause: Cause) -> Result<Applied, ObjectError> {
        todo!()
    }

    /// Creates or changes objects, all or none. What they name must exist afterwards. Writes one audit event for each that changes.
    pub async fn apply(&self, puts: Vec<Put>, cause: Cause) -> Result<Vec<Applied>, ObjectError> {
        todo!()
    }

    /// Says what [`Store::apply`] would do, and does nothing.
    pub async fn dry_run(&self, puts: Vec<Put>) -> Result<Vec<Applied>, ObjectError> {
        todo!()
    }

    /// Deletes an object that no other names, with its credentials, tokens, logins, locks and pinned keys. History is kept.
    pub async fn delete_object(
        &self,
        kind: Kind,
        name: &str,
        expected: Option<i64>,
        cause: Cause,
    ) -> Result<(), ObjectError> {
        todo!()
    }

    /// Gives all objects, standing locks and their common version, read at one moment: what a directory is built from.
    pub async fn directory(&self) -> Result<(Vec<Object>, Vec<StandingLock>, i64), Error> {
        todo!()
    }

    /// Puts a standing lock on a user or a resource; a repeated one replaces the words.
    pub async fn put_lock(&self, lock: StandingLock, cause: Cause) -> Result<(), Error> {
        todo!()
    }

    /// Takes a standing lock away; tells whether there was one.
    pub async fn remove_lock(
        &self,
        scope: LockScope,
        subject: ObjectId,
        cause: Cause,
    ) -> Result<bool, Error> {
        todo!()
    }

    /// Lists the standing locks, oldest first.
    pub async fn locks(&self) -> Result<Vec<StandingLock>, Error> {
        todo!()
    }
}
