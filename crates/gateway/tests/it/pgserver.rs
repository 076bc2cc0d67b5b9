//! A PostgreSQL server of a test: resource behind the gateway, or the gateway's own store.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    program::{Program, run},
    sshd::whoami,
};

/// The password of the account on the server; nothing but the vault may hold it.
pub(crate) const SECRET: &str = "account-secret-55";

/// A server that wants passwords (SCRAM-SHA-256) and speaks TLS; ends with this.
pub(crate) struct Server {
    program: Program,
    pub(crate) port: u16,
    /// The folder of its Unix socket.
    socket: PathBuf,
}

impl Server {
    pub(crate) fn start() -> Self {
        let script = r#"
            set -e
            dir=$(mktemp -d)
            trap 'rm -rf "$dir"' EXIT
            echo "$1" >"$dir/password"
            "$0/initdb" -D "$dir/data" -A scram-sha-256 --pwfile="$dir/password" -U app -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 \
                || { cat "$dir/log" >&2; exit 1; }
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=db \
                -keyout "$dir/data/server.key" -out "$dir/data/server.crt" 2>/dev/null
            chmod 600 "$dir/data/server.key"
            # A free port: the first of some that the server can take.
            for try in 1 2 3 4 5 6 7 8 9; do
                port=$((20000 + RANDOM % 12000))
                if "$0/pg_ctl" -D "$dir/data" -l "$dir/log" -w \
                    -o "-k $dir -p $port -c listen_addresses=127.0.0.1 -c fsync=off -c ssl=on" start >/dev/null 2>&1; then
                    echo "$port $dir;"
                    read -r _ || true
                    "$0/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
                    exit 0
                fi
            done
            cat "$dir/log" >&2
            exit 1
        "#;
        let mut command = if whoami() == "root" {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--", "bash"]);
            command
        } else {
            Command::new("bash")
        };
        command
            .args(["-c", script])
            .arg(binaries())
            .arg(SECRET)
            .current_dir("/");
        let program = Program::start(&mut command);
        program.out.wait_for(";");
        let said = program.out.text();
        let (port, socket) = said.trim().trim_end_matches(';').split_once(' ').unwrap();
        Self {
            port: port.parse().unwrap(),
            socket: socket.into(),
            program,
        }
    }

    /// Makes an empty database for the gateway's own store; gives its URL.
    pub(crate) fn database(&self, name: &str) -> String {
        let sql = format!("CREATE DATABASE {name}");
        let made = run(self.client("psql").args(["-qc", &sql]), "");
        assert_eq!(made.code, 0, "{made:?}");
        let (socket, port) = (self.socket.display(), self.port);
        format!("postgres://app:{SECRET}@localhost:{port}/{name}?host={socket}")
    }

    /// Ends the server at once, as a crash does.
    pub(crate) fn crash(&mut self) {
        self.program.close_input();
        self.program.ended();
    }

    /// Prepares a client that goes to the server itself.
    pub(crate) fn client(&self, program: &str) -> Command {
        client(program, self.port, "app", SECRET)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The shell stops the server and removes the folder when it reads the end of its input.
        self.crash();
    }
}

/// Prepares a client by its environment, so that both ways are run by the same words.
pub(crate) fn client(program: &str, port: u16, user: &str, password: &str) -> Command {
    let mut command = Command::new(binaries().join(program));
    command
        .env("PGHOST", "127.0.0.1")
        .env("PGPORT", port.to_string())
        .env("PGUSER", user)
        .env("PGPASSWORD", password)
        .env("PGDATABASE", "postgres")
        .env("PSQLRC", "/dev/null")
        .env_remove("PGSSLMODE");
    command
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
