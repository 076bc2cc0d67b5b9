//! Connections for reading.

use std::{str::FromStr, time::Duration};

use sqlx::{
    Connection, PgPool, SqliteConnection, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    Dialect, Row, Sql,
    conn::{postgres, postgres_row, sqlite, sqlite_row},
    migrate,
};
use crate::{Error, Options};

/// The connections of a store. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// The one connection that writes to a `SQLite` file.
pub(crate) type SqliteWriter = Box<SqliteConnection>;

impl Pool {
    /// Opens the database that a URL names and brings its tables up to date. For `SQLite` also gives the writing connection.
    pub(crate) async fn open(url: &str, options: &Options) -> Result<(Self, Option<SqliteWriter>), Error> {
        if url.starts_with("sqlite:") {
            let (pool, writer) = open_sqlite(url, options).await?;
            Ok((Self::Sqlite(pool), Some(writer)))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok((Self::Postgres(open_postgres(url, options).await?), None))
        } else {
            Err(Error::Url("it must begin with sqlite: or postgres:"))
        }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a query and gives all rows.
    pub(crate) async fn rows(&self, sql: Sql) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite(pool) => {
                let rows = sqlite(sql).fetch_all(pool).await?;
                rows.iter().map(sqlite_row).collect()
            }
            Self::Postgres(pool) => {
                let rows = postgres(sql).fetch_all(pool).await?;
                rows.iter().map(postgres_row).collect()
            }
        }
    }

    /// Runs a query and gives its first row.
    pub(crate) async fn row(&self, sql: Sql) -> Result<Option<Row>, Error> {
        Ok(self.rows(sql).await?.into_iter().next())
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

fn open(error: sqlx::Error) -> Error {
    Error::Open(error.into())
}

async fn open_sqlite(url: &str, options: &Options) -> Result<(SqlitePool, SqliteWriter), Error> {
    let base = SqliteConnectOptions::from_str(url)
        .map_err(|_| Error::Url("it is no SQLite URL"))?
        .page_size(8192)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit survives a loss of power; costs about 3 ms a group against NORMAL.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        .pragma("temp_store", "MEMORY")
        .optimize_on_close(false, None);
    let write = base
        .clone()
        .create_if_missing(true)
        .foreign_keys(true)
        .pragma("cache_size", "-65536");
    let mut writer = SqliteConnection::connect_with(&write).await.map_err(open)?;
    migrate::sqlite(&mut writer).await?;
    let read = base
        .create_if_missing(false)
        .pragma("query_only", "ON")
        .pragma("cache_size", "-65536")
        .pragma("mmap_size", "1073741824");
    let pool = SqlitePoolOptions::new()
        .max_connections(options.connections.max(1))
        .acquire_timeout(options.patience)
        .connect_with(read)
        .await
        .map_err(open)?;
    Ok((pool, Box::new(writer)))
}

async fn open_postgres(url: &str, options: &Options) -> Result<PgPool, Error> {
    let connect = PgConnectOptions::from_str(url)
        .map_err(|_| Error::Url("it is no PostgreSQL URL"))?
        .application_name("doorward")
        // A plan made without the values walks the wrong index for rare ones.
        .options([("plan_cache_mode", "force_custom_plan"), ("jit", "off")]);
    let pool = PgPoolOptions::new()
        .max_connections(options.connections.max(2))
        .acquire_timeout(options.patience)
        .connect_with(connect)
        .await
        .map_err(open)?;
    migrate::postgres(&pool).await?;
    Ok(pool)
}
