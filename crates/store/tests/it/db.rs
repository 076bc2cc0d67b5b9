//! A fresh database for each test.

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use store::{ContentKey, Options, Store};

use crate::cluster;

/// A store on a database of its own.
pub(crate) struct Db {
    pub(crate) store: Store,
    pub(crate) url: String,
    /// Removed with the test.
    _dir: Option<tempfile::TempDir>,
}

/// Declares a test for each database.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name($crate::db::Db::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name($crate::db::Db::postgres().await).await;
            }
        }
    )*};
}
pub(crate) use on_both;

pub(crate) fn options() -> Options {
    Options {
        connections: 4,
        ..Options::new(ContentKey::new([7; 32]))
    }
}

impl Db {
    pub(crate) async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/meta.db", dir.path().display());
        Self {
            store: Store::open(&url, options()).await.unwrap(),
            url,
            _dir: Some(dir),
        }
    }

    pub(crate) async fn postgres() -> Self {
        let url = cluster::database().await;
        Self {
            store: Store::open(&url, options()).await.unwrap(),
            url,
            _dir: None,
        }
    }

    /// Opens the same database once more, as another node would.
    pub(crate) async fn again(&self) -> Store {
        Store::open(&self.url, options()).await.unwrap()
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite")
    }

    /// Runs a statement past the store, as somebody with access to the database would.
    pub(crate) async fn tamper(&self, sqlite: &str, postgres: &str) -> Result<u64, sqlx::Error> {
        if self.is_sqlite() {
            let mut conn = SqliteConnection::connect(&self.url).await?;
            let done = sqlx::raw_sql(AssertSqlSafe(sqlite)).execute(&mut conn).await?;
            conn.close().await?;
            Ok(done.rows_affected())
        } else {
            let mut conn = PgConnection::connect(&self.url).await?;
            let done = sqlx::raw_sql(AssertSqlSafe(postgres)).execute(&mut conn).await?;
            conn.close().await?;
            Ok(done.rows_affected())
        }
    }
}
