//! What the gateway costs a client of MySQL or MariaDB, beside a direct connection and haproxy in TCP mode.
//!
//! `sysbench` and `mariadb` are the clients (Debian: `haproxy`, `mariadb-server`, `sysbench`).

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};

use super::database::{
    self, Bench, Plan, Run, number_behind,
    ways::{PASSWORD, Resource, Route, Ways, as_user, free_port, run as must},
};

/// Rows of the table that transactions read.
const ROWS: &str = "--table-size=100000";

/// Runs the bench and prints its tables; false when a goal is missed.
pub(crate) fn run(plan: &Plan) -> anyhow::Result<bool> {
    database::run(plan, "sysbench oltp_point_select", Rig::start)
}

/// Everything that runs; ends with this.
struct Rig {
    ways: Ways,
    server: Child,
}

impl Rig {
    /// Starts everything in a folder of its own, with the table of `sysbench`.
    fn start(binary: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let ways = Ways::new("mysql", port)?;
        let server = server(ways.folder(), port)?;
        let mut rig = Self { ways, server };
        must(
            rig.sysbench(Route::Direct)
                .args([ROWS, "prepare"])
                .stdout(Stdio::null()),
        )?;
        rig.ways.haproxy(port)?;
        rig.ways.gateway(
            binary,
            Resource {
                kind: "mysql",
                port,
                password: Some(PASSWORD),
            },
        )?;
        for route in rig.ways.routes() {
            must(rig.mariadb(*route).args(["-e", "select 1"]).stdout(Stdio::null()))
                .with_context(|| format!("{} does not work", route.name()))?;
        }
        Ok(rig)
    }

    fn sysbench(&self, route: Route) -> Command {
        let mut command = Command::new("sysbench");
        command
            .args([
                "oltp_point_select",
                "--db-driver=mysql",
                "--mysql-host=127.0.0.1",
                "--tables=1",
            ])
            .arg(format!("--mysql-port={}", self.ways.port(route)))
            .arg(format!("--mysql-user={}", self.ways.user(route)))
            .arg(format!("--mysql-password={}", self.ways.password(route)))
            .arg("--mysql-db=bench");
        command
    }

    fn mariadb(&self, route: Route) -> Command {
        let mut command = Command::new("mariadb");
        command
            .args(["--no-defaults", "--skip-ssl", "--quick", "-BN", "-h", "127.0.0.1"])
            .args([
                "-P",
                &self.ways.port(route).to_string(),
                "-u",
                self.ways.user(route),
            ])
            .arg(format!("-p{}", self.ways.password(route)))
            .arg("bench")
            .stdin(Stdio::null());
        command
    }
}

impl Bench for Rig {
    fn ways(&self) -> &Ways {
        &self.ways
    }

    fn transactions(&self, route: Route, plan: &Plan, way: &str) -> anyhow::Result<Run> {
        let prepared = if way == "prepared" { "auto" } else { "disable" };
        let output = self
            .sysbench(route)
            .args([ROWS, "--percentile=99", "--skip-trx=on"])
            .arg(format!("--db-ps-mode={prepared}"))
            .arg(format!("--threads={}", plan.clients))
            .arg(format!("--time={}", plan.seconds))
            .args(["--events=0", "run"])
            .output()?;
        ensure!(
            output.status.success(),
            "sysbench failed ({}): {}",
            route.name(),
            String::from_utf8_lossy(&output.stdout)
        );
        let said = String::from_utf8_lossy(&output.stdout);
        let count = number_behind(&said, "transactions:")?;
        Ok(Run {
            rate: count / number_behind(&said, "total time:").unwrap_or_else(|_| f64::from(plan.seconds)),
            count,
            slow: number_behind(&said, "99th percentile:")?,
        })
    }

    fn prints(&self, route: Route, width: u32, rows: u64) -> Command {
        let mut mariadb = self.mariadb(route);
        mariadb.args([
            "-e",
            &format!("select seq, repeat('x', {width}) from seq_1_to_{rows}"),
        ]);
        mariadb
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.ways.stop();
        let _gone = self.server.kill();
        let _status = self.server.wait();
    }
}

/// Starts a server with the database and the user of the bench.
fn server(folder: &Path, port: u16) -> anyhow::Result<Child> {
    let data = folder.join("server");
    let socket = folder.join("socket");
    let mut install = as_user("mysql", "mariadb-install-db");
    install
        .args([
            "--no-defaults",
            "--skip-test-db",
            "--auth-root-authentication-method=normal",
        ])
        .arg(format!("--datadir={}", data.display()));
    must(install.stdout(Stdio::null()).stderr(Stdio::null())).context("no server can be made")?;
    // Found where Debian has it, also by users without it on their path; `exec` keeps the process id.
    let start = "PATH=$PATH:/usr/sbin; exec mariadbd \"$@\"";
    let mut server = as_user("mysql", "bash")
        .args([
            "-c",
            start,
            "mariadbd",
            "--no-defaults",
            "--skip-log-bin",
            "--bind-address=127.0.0.1",
        ])
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--socket={}", socket.display()))
        .arg(format!("--pid-file={}", folder.join("server.pid").display()))
        .arg(format!("--port={port}"))
        .args([
            "--innodb-flush-log-at-trx-commit=0",
            "--innodb-use-native-aio=0",
            "--max-connections=200",
        ])
        .stderr(std::fs::File::create(folder.join("server.log"))?)
        .spawn()
        .context("cannot run mariadbd")?;
    let statements = format!(
        "create database bench; create user bench identified by '{PASSWORD}'; grant all on *.* to bench"
    );
    let began = Instant::now();
    loop {
        let made = Command::new("mariadb")
            .args(["--no-defaults", "-u", "root", "-e", &statements, "-S"])
            .arg(&socket)
            .stderr(Stdio::null())
            .status()?;
        if made.success() {
            return Ok(server);
        }
        let goes_on = began.elapsed() < Duration::from_secs(30) && server.try_wait()?.is_none();
        if !goes_on {
            let _gone = server.kill();
            anyhow::bail!(
                "the server does not start; see {}",
                folder.join("server.log").display()
            );
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
