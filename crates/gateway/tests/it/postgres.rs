//! The gateway on PostgreSQL: the same rules as on the default database.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    crash::{Durability, crash},
    gateway::Gateway,
    program::{Program, run},
    spine::from_end_to_end,
    sshd::whoami,
};

/// A server on a Unix socket in a folder of its own; ends with this.
struct Cluster {
    program: Program,
    socket: PathBuf,
}

impl Cluster {
    fn start() -> Self {
        let script = r#"
            set -e
            dir=$(mktemp -d)
            trap 'rm -rf "$dir"' EXIT
            "$0/initdb" -D "$dir/data" -A trust -U postgres -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
            "$0/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-k $dir -c listen_addresses= -c fsync=off" start >/dev/null 2>&1 \
                || { cat "$dir/log" >&2; exit 1; }
            echo "socket=$dir;"
            read -r _ || true
            "$0/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
        "#;
        let mut command = if whoami() == "root" {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "bash"]);
            command
        } else {
            Command::new("bash")
        };
        let program = Program::start(command.args(["-c", script]).arg(binaries()).current_dir("/"));
        program.out.wait_for(";");
        let said = program.out.text();
        let socket = said
            .trim()
            .trim_start_matches("socket=")
            .trim_end_matches(';')
            .into();
        Self { program, socket }
    }

    /// Makes an empty database; gives its URL.
    fn database(&self, name: &str) -> String {
        let socket = self.socket.display();
        let mut psql = Command::new(binaries().join("psql"));
        psql.args([
            "-h",
            &socket.to_string(),
            "-U",
            "postgres",
            "-qc",
            &format!("CREATE DATABASE {name}"),
        ]);
        let made = run(&mut psql, "");
        assert_eq!(made.code, 0, "{made:?}");
        format!("postgres://postgres@localhost/{name}?host={socket}")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The shell stops the server and removes the folder when it reads the end of its input.
        self.program.close_input();
        self.program.ended();
    }
}

/// Gives the folder of PostgreSQL's programs.
pub(crate) fn binaries() -> PathBuf {
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut bins: Vec<_> = installed.map(|entry| entry.path().join("bin")).collect();
    bins.sort();
    let paths = std::env::var_os("PATH").unwrap_or_default();
    bins.extend(std::env::split_paths(&paths));
    let found = bins
        .into_iter()
        .rfind(|bin: &PathBuf| bin.join("initdb").exists() && Path::new(bin).join("psql").exists());
    found.expect("PostgreSQL is missing: install it (Debian: `apt install postgresql`)")
}

#[test]
fn a_session_goes_from_end_to_end_on_postgresql() {
    let cluster = Cluster::start();
    let url = cluster.database("spine");
    let gateway = Gateway::start_with(&[("DOORWARD_DATABASE_URL", &url)]);
    from_end_to_end(&gateway);
    assert!(
        !gateway.data().join("meta.db").exists(),
        "everything is in PostgreSQL"
    );
}

#[test]
fn a_killed_gateway_on_postgresql_ends_its_sessions_and_keeps_its_recordings() {
    let cluster = Cluster::start();
    let url = cluster.database("crash");
    crash(
        &mut Gateway::start_with(&[("DOORWARD_DATABASE_URL", &url)]),
        Durability::Group,
        5,
    );
}
