//! One PostgreSQL server, and the ways of a client to it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Context;

use super::super::database::ways::{Resource, Route, Ways, as_user, find, free_port, listens, run};

/// Everything that runs; ends with this.
pub(super) struct Rig {
    bin: PathBuf,
    pub(super) ways: Ways,
}

impl Rig {
    /// Starts everything in a folder of its own, with the tables of `pgbench`.
    pub(super) fn start(binary: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut rig = Self {
            bin: binaries()?,
            ways: Ways::new("postgres", port)?,
        };
        rig.server(port)?;
        run(rig
            .client(Route::Direct, "pgbench")
            .args(["-i", "-q", "-s", "10"])
            .stderr(Stdio::null()))?;
        rig.ways.haproxy(port)?;
        rig.pgbouncer(port)?;
        rig.ways.gateway(
            binary,
            Resource {
                kind: "postgres",
                port,
                password: None,
            },
        )?;
        for route in rig.ways.routes() {
            run(rig
                .client(*route, "psql")
                .args(["-XAtqc", "select 1"])
                .stdout(Stdio::null()))
            .with_context(|| format!("{} does not work", route.name()))?;
        }
        Ok(rig)
    }

    /// Prepares a client of PostgreSQL.
    pub(super) fn client(&self, route: Route, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.ways.port(route).to_string())
            .env("PGUSER", self.ways.user(route))
            .env("PGPASSWORD", self.ways.password(route))
            .env("PGDATABASE", "postgres")
            .env("PGSSLMODE", "disable")
            .env("PSQLRC", "/dev/null")
            .stdin(Stdio::null());
        command
    }

    fn server(&self, port: u16) -> anyhow::Result<()> {
        let script = r#"
            set -e
            "$0/initdb" -D "$1/server" -A trust -U bench --locale=C --no-sync >"$1/initdb.log" 2>&1
            "$0/pg_ctl" -D "$1/server" -l "$1/server.log" -w -o "-k $1 -p $2 -c listen_addresses=127.0.0.1 -c fsync=off \
                -c shared_buffers=256MB -c max_connections=200" start >/dev/null 2>&1
        "#;
        let mut command = as_user("postgres", "bash");
        command
            .args(["-c", script])
            .arg(&self.bin)
            .arg(self.ways.folder());
        run(command.arg(port.to_string()))
            .with_context(|| format!("no server; its logs are in {}", self.ways.folder().display()))
    }

    fn pgbouncer(&mut self, server: u16) -> anyhow::Result<()> {
        let Some(program) = find("pgbouncer") else {
            return Ok(());
        };
        let (port, config, users) = (
            free_port()?,
            self.ways.folder().join("pgbouncer.ini"),
            self.ways.folder().join("users.txt"),
        );
        fs::write(&users, "\"bench\" \"\"\n")?;
        fs::write(
            &config,
            format!(
                "[databases]\n* = host=127.0.0.1 port={server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
                 unix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = session\ndefault_pool_size = 200\n\
                 max_client_conn = 500\nignore_startup_parameters = extra_float_digits\n",
                users.display()
            ),
        )?;
        let mut command = as_user("postgres", &program.display().to_string());
        // `setpriv` and `exec` keep the process id the one that is measured.
        let child = command.arg("-q").arg(&config).stderr(Stdio::null()).spawn()?;
        listens(port, "pgbouncer")?;
        self.ways.add(Route::Pgbouncer, port, Some(child));
        Ok(())
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.ways.stop();
        let mut stop = as_user("postgres", "bash");
        stop.args([
            "-c",
            r#""$0/pg_ctl" -D "$1/server" -m immediate stop >/dev/null 2>&1"#,
        ])
        .arg(&self.bin)
        .arg(self.ways.folder());
        let _stopped = run(&mut stop);
    }
}

/// Gives the folder of the newest PostgreSQL's programs.
fn binaries() -> anyhow::Result<PathBuf> {
    let all = fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed")?;
    let mut all: Vec<_> = all.flatten().map(|entry| entry.path().join("bin")).collect();
    all.sort();
    all.into_iter()
        .rfind(|bin| bin.join("pgbench").exists())
        .context("pgbench is not installed")
}
