//! A PostgreSQL server for the tests of one process.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Makes an empty database; gives its URL.
pub(crate) async fn database() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let url = |name: &str| {
        format!(
            "postgres://postgres@localhost/{name}?host={}",
            cluster().display()
        )
    };
    let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut admin = PgConnection::connect(&url("postgres")).await.unwrap();
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut admin)
        .await
        .unwrap();
    admin.close().await.unwrap();
    url(&name)
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
    let root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|id| id.stdout == b"0\n");
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
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(
        !line.trim().is_empty(),
        "PostgreSQL in {} did not start; see above",
        bin.display()
    );
    (child, PathBuf::from(line.trim()))
}

fn find_binaries() -> PathBuf {
    if let Some(bin) = std::env::var_os("PG_BIN") {
        return bin.into();
    }
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut bins: Vec<_> = installed.map(|entry| entry.path().join("bin")).collect();
    bins.sort();
    let paths = std::env::var_os("PATH").unwrap_or_default();
    bins.extend(std::env::split_paths(&paths));
    bins.into_iter().rfind(|bin| bin.join("initdb").exists()).expect(
        "PostgreSQL is missing: install it (Debian: `apt install postgresql`) or set PG_BIN to the folder of `initdb`",
    )
}
