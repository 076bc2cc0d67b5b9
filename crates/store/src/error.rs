//! What can go wrong, by operation.

use domain::session::Refusal;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL is none of SQLite or PostgreSQL, or cannot be read. The URL may hold a password and is not repeated.
    #[error("the database URL cannot be used: {0}")]
    Url(&'static str),
    /// The database could not be opened.
    #[error("the database cannot be opened")]
    Open(#[source] DbError),
    /// The tables could not be brought up to date.
    #[error("the database cannot be migrated")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A statement failed.
    #[error("the database refused a statement")]
    Sql(#[source] DbError),
    /// The transaction that carried the change was not committed; nothing of it was kept.
    #[error("the change could not be committed: {0}")]
    Commit(String),
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
    /// A stored value cannot be read: the database was changed by hand or is from a newer version.
    #[error("a stored {0} cannot be read")]
    Corrupt(&'static str),
    /// What was given cannot be stored.
    #[error("cannot be stored: {0}")]
    Invalid(&'static str),
    /// The cursor was not made by the same kind of query.
    #[error("the cursor does not fit this query")]
    Cursor,
    /// There is no such thing.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The sealed text could not be opened: another key, or it was changed.
    #[error("stored content cannot be decrypted")]
    Content,
}

/// What the database or the way to it says. Values are left out: `PostgreSQL` repeats those that it refuses.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct DbError {
    text: String,
    code: Option<String>,
}

impl DbError {
    /// Gives the database's code for it, such as SQLSTATE `23505` or SQLite's `2067`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(database) => Self {
                text: database.message().to_owned(),
                code: database.code().map(std::borrow::Cow::into_owned),
            },
            None => Self {
                text: error.to_string(),
                code: None,
            },
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolClosed => Self::Closed,
            other => Self::Sql(other.into()),
        }
    }
}

/// Why a session did not take a step.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// There is no such session.
    #[error("there is no such session")]
    NotFound,
    /// The state machine refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody else changed the session meanwhile.
    #[error("the session has changed: version {found}, not {expected}")]
    Stale {
        /// The version that the caller had seen.
        expected: i64,
        /// The version now.
        found: i64,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] Error),
}

/// Why objects were not changed.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// There is no such object.
    #[error("there is no {0}")]
    NotFound(String),
    /// Somebody else changed the object meanwhile.
    #[error("{object} has changed: version {found}, not {expected}")]
    Stale {
        /// The object, as `kind/name`.
        object: String,
        /// The version that the caller had seen; 0 when it expected none.
        expected: i64,
        /// The version now; 0 when there is none.
        found: i64,
    },
    /// A document cannot be taken as it is.
    #[error("{object}: {field}: {why}")]
    Invalid {
        /// The document, as `kind/name`.
        object: String,
        /// The field, as a path such as `resources.names`.
        field: String,
        /// What is wrong, such as ``there is no profile `x` ``.
        why: String,
    },
    /// Other objects still name it.
    #[error("{object} is still named by {}", by.join(", "))]
    Referenced {
        /// The object, as `kind/name`.
        object: String,
        /// Those that name it, as `kind/name`.
        by: Vec<String>,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] Error),
}
