//! A fresh database for each test.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    sync::atomic::{AtomicU32, Ordering},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use store::{ContentKey, Options, Store};

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
    Options { connections: 4, ..Options::new(ContentKey::new([7; 32])) }
}

impl Db {
    pub(crate) async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/meta.db", dir.path().display());
        Self { store: Store::open(&url, options()).await.unwrap(), url, _dir: Some(dir) }
    }

    pub(crate) async fn postgres() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let socket = cluster().to_owned();
        let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let url = |name: &str| format!("postgres://postgres@localhost/{name}?host={}", socket.display());
        let mut admin = PgConnection::connect(&url("postgres")).await.unwrap();
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
        let url = url(&name);
        Self { store: Store::open(&url, options()).await.unwrap(), url, _dir: None }
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

/// The server that all tests of this process share.
fn cluster() -> &'static PathBuf {
    static CLUSTER: OnceLock<(Child, PathBuf)> = OnceLock::new();
    &CLUSTER.get_or_init(start_cluster).1
}

/// Starts a PostgreSQL server on a Unix socket in a folder of its own. A shell holds it: when this process ends, its end of
/// the pipe closes, and the shell stops the server and removes the folder.
fn start_cluster() -> (Child, PathBuf) {
    let bin = find_binaries();
    let script = r#"
        set -e
        dir=$(mktemp -d)
        "$0/initdb" -D "$dir/data" -A trust -U postgres -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1
        "$0/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-k $dir -c listen_addresses= -c fsync=off \
            -c full_page_writes=off -c max_connections=300" start >/dev/null 2>&1 || { cat "$dir/log" >&2; exit 1; }
        echo "$dir"
        read -r _ || true
        "$0/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
        rm -rf "$dir"
    "#;
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    let mut command = if root {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    let mut child = command
        .args(["-c", script])
        .arg(&bin)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(!line.trim().is_empty(), "PostgreSQL in {} did not start; see above", bin.display());
    (child, PathBuf::from(line.trim()))
}

fn find_binaries() -> PathBuf {
    if let Some(bin) = std::env::var_os("PG_BIN") {
        return bin.into();
    }
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut bins: Vec<_> = installed.map(|entry| entry.path().join("bin")).collect();
    bins.sort();
    let paths = std::env::var_os("PATH").unwrap_or_default();
    bins.extend(std::env::split_paths(&paths));
    bins.into_iter().rfind(|bin| bin.join("initdb").exists()).expect(
        "PostgreSQL is missing: install it (Debian: `apt install postgresql`) or set PG_BIN to the folder of `initdb`",
    )
}
