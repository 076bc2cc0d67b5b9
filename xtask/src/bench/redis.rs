//! What the gateway costs a client of Redis, beside a direct connection and haproxy in TCP mode.
//!
//! `redis-benchmark` and `redis-cli` are the clients (Debian: `haproxy`, `redis-server`).

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, ensure};

use super::database::{
    self, Bench, Plan, Run,
    ways::{PASSWORD, Resource, Route, Ways, free_port, listens, run as must},
};

/// Commands of a run for each of its seconds: about as many as a server answers in one.
const ONE_BY_ONE: u32 = 20_000;
const PIPELINED: u32 = 100_000;

/// Elements of the lists that are printed; they are read as often as it takes.
const ELEMENTS: u64 = 1000;

/// Runs the bench and prints its tables; false when a goal is missed.
pub(crate) fn run(plan: &Plan) -> anyhow::Result<bool> {
    database::run(plan, "redis-benchmark -t get", Rig::start)
}

/// Everything that runs; ends with this.
struct Rig {
    ways: Ways,
    server: Child,
}

impl Rig {
    /// Starts everything in a folder of its own, with two lists.
    fn start(binary: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let ways = Ways::new("redis", port)?;
        let server = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string()])
            .arg("--dir")
            .arg(ways.folder())
            .args(["--requirepass", PASSWORD])
            .args([
                "--user",
                "bench",
                "on",
                &format!(">{PASSWORD}"),
                "~*",
                "&*",
                "+@all",
            ])
            .stdout(Stdio::null())
            .spawn()
            .context("redis-server cannot be run")?;
        let mut rig = Self { ways, server };
        listens(port, "redis-server")?;
        for width in [0, 1000] {
            let script =
                "for n = 1, ARGV[1] do redis.call('rpush', KEYS[1], n .. string.rep('x', ARGV[2])) end";
            must(
                rig.cli(Route::Direct)
                    .args(["eval", script, "1", &list(width)])
                    .args([ELEMENTS.to_string(), width.to_string()])
                    .stdout(Stdio::null()),
            )?;
        }
        rig.ways.haproxy(port)?;
        rig.ways.gateway(
            binary,
            Resource {
                kind: "redis",
                port,
                password: Some(PASSWORD),
            },
        )?;
        for route in rig.ways.routes() {
            must(rig.cli(*route).args(["-e", "ping"]).stdout(Stdio::null()))
                .with_context(|| format!("{} does not work", route.name()))?;
        }
        Ok(rig)
    }

    fn cli(&self, route: Route) -> Command {
        let mut command = Command::new("redis-cli");
        command
            .env("REDISCLI_AUTH", self.ways.password(route))
            .args([
                "-p",
                &self.ways.port(route).to_string(),
                "--user",
                self.ways.user(route),
            ])
            .stdin(Stdio::null());
        command
    }
}

/// Gives the key of the list whose elements are so wide.
fn list(width: u32) -> String {
    format!("rows:{width}")
}

impl Bench for Rig {
    fn ways(&self) -> &Ways {
        &self.ways
    }

    fn manners(&self) -> &'static [&'static str] {
        &["one by one", "in pipelines of 16"]
    }

    fn transactions(&self, route: Route, plan: &Plan, way: &str) -> anyhow::Result<Run> {
        let (depth, each) = if way == "one by one" {
            ("1", ONE_BY_ONE)
        } else {
            ("16", PIPELINED)
        };
        let count = each * plan.seconds;
        let output = Command::new("redis-benchmark")
            .args([
                "-p",
                &self.ways.port(route).to_string(),
                "--user",
                self.ways.user(route),
            ])
            .args([
                "-a",
                self.ways.password(route),
                "-t",
                "get",
                "-r",
                "100000",
                "--csv",
                "-P",
                depth,
            ])
            .args(["-c", &plan.clients.to_string(), "-n", &count.to_string()])
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(
            output.status.success(),
            "redis-benchmark failed ({}): {said}",
            route.name()
        );
        // "test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"
        let line = said.lines().find(|line| line.starts_with("\"GET\""));
        let line = line.context("redis-benchmark says nothing of GET")?;
        let number = |at: usize| -> anyhow::Result<f64> {
            let word = line.split(',').nth(at).context("a column is missing")?;
            Ok(word.trim_matches('"').parse()?)
        };
        Ok(Run {
            rate: number(1)?,
            count: f64::from(count),
            slow: number(6)?,
        })
    }

    fn prints(&self, route: Route, width: u32, rows: u64) -> Command {
        let mut cli = self.cli(route);
        cli.args(["--raw", "-r", &(rows / ELEMENTS).to_string()])
            .args(["lrange", &list(width), "0", "-1"]);
        cli
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.ways.stop();
        let _gone = self.server.kill();
        let _status = self.server.wait();
    }
}
