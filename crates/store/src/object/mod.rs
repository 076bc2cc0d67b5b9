//! Declared objects and standing locks.

mod lock;
mod plan;
mod references;

use domain::{
    Micros, ObjectId,
    audit::Change,
    object::{Kind, Object, Spec},
    policy::StandingLock,
};

use crate::{
    Cause, Error, ObjectError, PasswordHash, SealedSecret, Store,
    audit::append,
    db::{Row, Sql, Tx, sql},
};

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

const COLUMNS: &str = "kind, name, id, version, created_at, updated_at, spec";

impl Store {
    /// Lists objects by kind and name; [`None`] for every kind.
    pub async fn objects(&self, kind: Option<Kind>) -> Result<Vec<Object>, Error> {
        read_all(self.rows(select(kind)).await?)
    }

    /// Gives an object by name.
    pub async fn object(&self, kind: Kind, name: &str) -> Result<Option<Object>, Error> {
        let query = sql!(
            format!("SELECT {COLUMNS} FROM objects WHERE kind = ? AND name = ?"),
            kind.word(),
            name
        );
        self.row(query).await?.map(|mut row| read(&mut row)).transpose()
    }

    /// Creates or changes one object; see [`Store::apply`].
    pub async fn put_object(&self, put: Put, cause: Cause) -> Result<Applied, ObjectError> {
        let applied = self.apply(vec![put], cause).await?;
        applied
            .into_iter()
            .next()
            .ok_or(ObjectError::Db(Error::Corrupt("object")))
    }

    /// Creates or changes objects, all or none. What they name must exist afterwards. Writes one audit event for each that changes,
    /// `user.created` or `user.changed`, with the fields that differ.
    pub async fn apply(&self, puts: Vec<Put>, cause: Cause) -> Result<Vec<Applied>, ObjectError> {
        self.write(move |tx| Box::pin(apply(tx, puts, cause))).await
    }

    /// Says what [`Store::apply`] would do, and does nothing.
    pub async fn dry_run(&self, puts: Vec<Put>) -> Result<Vec<Applied>, ObjectError> {
        let plan = plan::plan(&self.objects(None).await?, puts, Micros::NEVER)?;
        Ok(plan.into_iter().map(|step| step.applied).collect())
    }

    /// Deletes an object that no other names, with its credentials, tokens, logins, locks and pinned keys. History is kept.
    pub async fn delete_object(
        &self,
        kind: Kind,
        name: &str,
        expected: Option<i64>,
        cause: Cause,
    ) -> Result<(), ObjectError> {
        let name = name.to_owned();
        self.write(move |tx| Box::pin(delete(tx, kind, name, expected, cause)))
            .await
    }

    /// Gives all objects, standing locks and their common version: what a directory is built from.
    pub async fn directory(&self) -> Result<(Vec<Object>, Vec<StandingLock>, i64), Error> {
        let mut version = self.directory_version().await?;
        let mut tries = 0;
        loop {
            let (objects, locks) = (self.objects(None).await?, self.locks().await?);
            let after = self.directory_version().await?;
            tries += 1;
            // Under a storm of changes the older version is given: its reader looks again when it sees the newer one.
            if after == version || tries == 5 {
                return Ok((objects, locks, version));
            }
            version = after;
        }
    }

    /// Gives the version of the objects and standing locks.
    pub async fn directory_version(&self) -> Result<i64, Error> {
        let row = self
            .row(sql!("SELECT version FROM directory WHERE id = 1"))
            .await?;
        row.ok_or(Error::Corrupt("version of the directory"))?.int()
    }
}

async fn apply(tx: &mut Tx, puts: Vec<Put>, cause: Cause) -> Result<Vec<Applied>, ObjectError> {
    let directory = lock_directory(tx).await?;
    let present = read_all(tx.rows(select(None)).await?)?;
    let plan = plan::plan(&present, puts, cause.at)?;
    if plan.iter().all(|step| step.applied.verdict == Verdict::Unchanged) {
        return Ok(plan.into_iter().map(|step| step.applied).collect());
    }
    set_directory(tx, directory + 1).await?;
    let mut all = Vec::new();
    for step in &plan {
        let verb = match step.applied.verdict {
            Verdict::Unchanged => continue,
            Verdict::Created => "created",
            Verdict::Changed => "changed",
        };
        let (kind, object) = (step.applied.kind.word(), &step.object);
        tx.exec(write(object)?).await?;
        write_sealed(tx, object.id, &step.sealed, cause.at).await?;
        if matches!(&object.spec, Spec::Secret(secret) if secret.from.is_some()) {
            // What is kept elsewhere from now on is not kept here as well.
            tx.exec(sql!("DELETE FROM secret_values WHERE secret_id = ?", object.id.0))
                .await?;
        }
        let about = format!("{kind}/{}", object.name);
        let changes = step.applied.changes.clone();
        all.push(
            cause
                .event(format!("{kind}.{verb}"))
                .about(about)
                .with_changes(changes),
        );
    }
    // The head of the audit log comes last: it is held until the commit.
    for event in &all {
        append(tx, event).await?;
    }
    Ok(plan.into_iter().map(|step| step.applied).collect())
}

async fn delete(
    tx: &mut Tx,
    kind: Kind,
    name: String,
    expected: Option<i64>,
    cause: Cause,
) -> Result<(), ObjectError> {
    let directory = lock_directory(tx).await?;
    let about = format!("{}/{name}", kind.word());
    let present = read_all(tx.rows(select(None)).await?)?;
    let found = present
        .iter()
        .find(|object| object.spec.kind() == kind && object.name == name);
    let object = found.ok_or_else(|| ObjectError::NotFound(about.clone()))?;
    if let Some(expected) = expected.filter(|expected| *expected != object.version) {
        return Err(ObjectError::Stale {
            object: about,
            expected,
            found: object.version,
        });
    }
    let by = references::referrers(&present, kind, &name);
    if !by.is_empty() {
        return Err(ObjectError::Referenced { object: about, by });
    }
    tx.exec(sql!("DELETE FROM objects WHERE id = ?", object.id.0))
        .await?;
    for (table, column) in [
        ("passwords", "user_id"),
        ("secret_values", "secret_id"),
        ("tokens", "user_id"),
        ("logins", "user_id"),
        ("totp", "user_id"),
        ("recovery_codes", "user_id"),
        ("passkeys", "user_id"),
        ("identities", "user_id"),
        ("links", "user_id"),
        ("standing_locks", "subject_id"),
        ("host_keys", "resource_id"),
        ("views", "owner_id"),
    ] {
        tx.exec(sql!(
            format!("DELETE FROM {table} WHERE {column} = ?"),
            object.id.0
        ))
        .await?;
    }
    set_directory(tx, directory + 1).await?;
    let changes = plan::fields(&object.spec).into_iter().map(|(field, old)| Change {
        field,
        old,
        new: serde_json::Value::Null,
    });
    append(
        tx,
        &cause
            .event(format!("{}.deleted", kind.word()))
            .about(about)
            .with_changes(changes),
    )
    .await?;
    Ok(())
}

/// Keeps others from changing objects and standing locks until the transaction ends; gives their version.
pub(crate) async fn lock_directory(tx: &mut Tx) -> Result<i64, Error> {
    let query = format!(
        "SELECT version FROM directory WHERE id = 1{}",
        tx.dialect().for_update()
    );
    tx.row(sql!(query))
        .await?
        .ok_or(Error::Corrupt("version of the directory"))?
        .int()
}

pub(crate) async fn set_directory(tx: &mut Tx, version: i64) -> Result<(), Error> {
    tx.exec(sql!("UPDATE directory SET version = ? WHERE id = 1", version))
        .await?;
    tx.news.directory = version;
    Ok(())
}

fn write(object: &Object) -> Result<Sql, Error> {
    let spec = serde_json::to_string(&object.spec.value()).map_err(|_| Error::Invalid("the object"))?;
    Ok(sql!(
        "INSERT INTO objects(kind, name, id, version, created_at, updated_at, spec) VALUES (?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT(kind, name) DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at, \
         spec = excluded.spec",
        object.spec.kind().word(),
        &object.name,
        object.id.0,
        object.version,
        object.created_at.0,
        object.updated_at.0,
        spec,
    ))
}

async fn write_sealed(tx: &mut Tx, id: ObjectId, sealed: &Sealed, at: Micros) -> Result<(), Error> {
    match sealed {
        Sealed::Nothing => Ok(()),
        Sealed::Password(hash) => crate::credential::write_password(tx, id, hash, at).await,
        Sealed::Secret(SealedSecret(value)) => {
            tx.exec(sql!(
                "INSERT INTO secret_values(secret_id, version, sealed, changed_at) VALUES (?, 1, ?, ?) \
                 ON CONFLICT(secret_id) DO UPDATE SET version = secret_values.version + 1, sealed = excluded.sealed, \
                 changed_at = excluded.changed_at",
                id.0,
                value.as_slice(),
                at.0,
            ))
            .await?;
            Ok(())
        }
    }
}

fn select(kind: Option<Kind>) -> Sql {
    match kind {
        Some(kind) => {
            sql!(
                format!("SELECT {COLUMNS} FROM objects WHERE kind = ? ORDER BY name"),
                kind.word()
            )
        }
        None => sql!(format!("SELECT {COLUMNS} FROM objects ORDER BY kind, name")),
    }
}

fn read_all(rows: Vec<Row>) -> Result<Vec<Object>, Error> {
    rows.into_iter().map(|mut row| read(&mut row)).collect()
}

fn read(row: &mut Row) -> Result<Object, Error> {
    let kind = Kind::parse(&row.text()?).ok_or(Error::Corrupt("kind of object"))?;
    let name = row.text()?;
    let (id, version) = (ObjectId(row.uuid()?), row.int()?);
    let (created_at, updated_at) = (Micros(row.int()?), Micros(row.int()?));
    let spec = Spec::read(kind, row.json()?).map_err(|_| Error::Corrupt("object"))?;
    Ok(Object {
        id,
        name,
        version,
        created_at,
        updated_at,
        spec,
    })
}
