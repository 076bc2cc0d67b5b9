//! One PostgreSQL server, and the ways of a client to it.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

/// The password of the gateway's users.
const PASSWORD: &str = "bench-password-1";

/// How a client reaches the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Direct,
    /// haproxy in TCP mode.
    Haproxy,
    /// pgbouncer in session mode.
    Pgbouncer,
    /// Doorward, everything recorded.
    Doorward,
}

impl Route {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Haproxy => "haproxy",
            Self::Pgbouncer => "pgbouncer",
            Self::Doorward => "doorward",
        }
    }
}

/// Everything that runs; ends with this.
pub(super) struct Rig {
    folder: PathBuf,
    bin: PathBuf,
    routes: Vec<Route>,
    ways: Vec<(Route, u16, Option<Child>)>,
}

impl Rig {
    /// Starts everything in a folder of its own, with the tables of `pgbench`.
    pub(super) fn start(binary: &Path) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("doorward-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        // The server and pgbouncer run as another user.
        run(Command::new("chmod").arg("777").arg(&folder))?;
        let mut rig = Self {
            bin: binaries()?,
            folder,
            routes: Vec::new(),
            ways: Vec::new(),
        };
        let port = free_port()?;
        rig.server(port)?;
        rig.add(Route::Direct, port, None);
        run(rig
            .client(Route::Direct, "pgbench")
            .args(["-i", "-q", "-s", "10"])
            .stderr(Stdio::null()))?;
        rig.haproxy(port)?;
        rig.pgbouncer(port)?;
        let (own, child) = rig.gateway(binary, port)?;
        rig.add(Route::Doorward, own, Some(child));
        for route in rig.routes.clone() {
            run(rig
                .client(route, "psql")
                .args(["-XAtqc", "select 1"])
                .stdout(Stdio::null()))
            .with_context(|| format!("{} does not work", route.name()))?;
        }
        Ok(rig)
    }

    fn add(&mut self, route: Route, port: u16, child: Option<Child>) {
        self.routes.push(route);
        self.ways.push((route, port, child));
    }

    /// Gives the routes that there are, the direct one first.
    pub(super) fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Gives the folder for files.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives the process in between.
    pub(super) fn process(&self, route: Route) -> Option<u32> {
        let way = self.ways.iter().find(|(one, ..)| *one == route);
        way.and_then(|(_, _, child)| child.as_ref()).map(Child::id)
    }

    /// Prepares a client of PostgreSQL.
    pub(super) fn client(&self, route: Route, program: &str) -> Command {
        let port = self
            .ways
            .iter()
            .find(|(one, ..)| *one == route)
            .map_or(0, |(_, port, _)| *port);
        let user = if route == Route::Doorward {
            "bench:db"
        } else {
            "bench"
        };
        let mut command = Command::new(self.bin.join(program));
        command
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", port.to_string())
            .env("PGUSER", user)
            .env("PGPASSWORD", PASSWORD)
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
        let mut command = as_nobody_special("bash");
        command.args(["-c", script]).arg(&self.bin).arg(&self.folder);
        run(command.arg(port.to_string()))
            .with_context(|| format!("no server; its logs are in {}", self.folder.display()))
    }

    fn haproxy(&mut self, server: u16) -> anyhow::Result<()> {
        let Some(program) = find("haproxy") else {
            return Ok(());
        };
        let (port, config) = (free_port()?, self.folder.join("haproxy.cfg"));
        fs::write(
            &config,
            format!(
                "global\n  maxconn 500\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n\
                 listen pg\n  bind 127.0.0.1:{port}\n  server pg 127.0.0.1:{server}\n"
            ),
        )?;
        let child = Command::new(program)
            .arg("-f")
            .arg(&config)
            .arg("-db")
            .stderr(Stdio::null())
            .spawn()?;
        listens(port, "haproxy")?;
        self.add(Route::Haproxy, port, Some(child));
        Ok(())
    }

    fn pgbouncer(&mut self, server: u16) -> anyhow::Result<()> {
        let Some(program) = find("pgbouncer") else {
            return Ok(());
        };
        let (port, config, users) = (
            free_port()?,
            self.folder.join("pgbouncer.ini"),
            self.folder.join("users.txt"),
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
        let mut command = as_nobody_special(&program.display().to_string());
        // `setpriv` and `exec` keep the process id the one that is measured.
        let child = command.arg("-q").arg(&config).stderr(Stdio::null()).spawn()?;
        listens(port, "pgbouncer")?;
        self.add(Route::Pgbouncer, port, Some(child));
        Ok(())
    }

    /// Starts the gateway, makes its administrator and declares the server.
    fn gateway(&self, binary: &Path, server: u16) -> anyhow::Result<(u16, Child)> {
        let log = self.folder.join("gateway.log");
        let mut child = Command::new(binary)
            .args([
                "serve",
                "--http",
                "127.0.0.1:0",
                "--ssh",
                "127.0.0.1:0",
                "--postgres",
                "127.0.0.1:0",
                "--data",
            ])
            .arg(self.folder.join("data"))
            .env("DOORWARD_LOG_FORMAT", "json")
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log)?)
            .spawn()
            .with_context(|| format!("cannot run {}", binary.display()))?;
        let out = BufReader::new(child.stdout.take().context("no output of the gateway")?);
        let mut lines = out.lines().map_while(Result::ok);
        let link = lines.find_map(|line| Some(line.split_once("/setup?token=")?.1.trim().to_owned()));
        let link = link.with_context(|| format!("the gateway does not start; see {}", log.display()))?;
        let said = fs::read_to_string(&log)?;
        let up = said
            .lines()
            .find(|line| line.contains("the gateway is up"))
            .context("no line of the gateway")?;
        let up: Value = serde_json::from_str(up)?;
        let field = |name: &str| {
            let value = up.pointer(&format!("/fields/{name}")).and_then(Value::as_str);
            value
                .map(str::to_owned)
                .with_context(|| format!("the gateway does not say `{name}`"))
        };
        let (url, port) = (field("console")?, field("postgres")?);
        let token = self.sign_up(&url, &link)?;
        let documents = json!([
            { "kind": "user", "name": "bench", "spec": { "password": PASSWORD } },
            { "kind": "resource", "name": "db", "spec": { "type": "postgres", "host": "127.0.0.1", "port": server } },
            { "kind": "account", "name": "bench", "spec": { "login": "bench", "resources": { "names": ["db"] } } },
            { "kind": "profile", "name": "full", "spec": { "recording": "full" } },
            { "kind": "access_rule", "name": "all", "spec": {
                "users": ["bench"], "resources": { "names": ["db"] }, "accounts": ["bench"], "profile": "full" } },
        ]);
        let file = self.folder.join("objects.json");
        fs::write(&file, documents.to_string())?;
        let mut apply = Command::new(binary);
        apply
            .args(["--quiet", "apply", "-f"])
            .arg(&file)
            .env("DOORWARD_ADDR", &url)
            .env("DOORWARD_TOKEN", &token);
        run(apply.stdout(Stdio::null()))?;
        let port = port.rsplit(':').next().unwrap_or_default().parse()?;
        Ok((port, child))
    }

    /// Makes the administrator by the one-time link; gives a token.
    fn sign_up(&self, url: &str, link: &str) -> anyhow::Result<String> {
        let jar = self.folder.join("cookies").display().to_string();
        let post = |path: &str, csrf: &str, body: &Value| -> anyhow::Result<Value> {
            let output = Command::new("curl")
                .args([
                    "-sf",
                    "-b",
                    &jar,
                    "-c",
                    &jar,
                    "-H",
                    "content-type: application/json",
                ])
                .args(["-H", &format!("x-csrf-token: {csrf}"), "-d", &body.to_string()])
                .arg(format!("{url}{path}"))
                .output()?;
            ensure!(output.status.success(), "{path} failed");
            Ok(serde_json::from_slice(&output.stdout)?)
        };
        let text = |value: &Value, key: &str| {
            value
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let made = post(
            "/v1/setup",
            "",
            &json!({ "token": link, "name": "admin", "password": PASSWORD }),
        )?;
        let token = post("/v1/tokens", &text(&made, "csrf"), &json!({ "name": "bench" }))?;
        Ok(text(&token, "token"))
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        for child in self.ways.iter_mut().filter_map(|(_, _, child)| child.as_mut()) {
            let _gone = child.kill();
            let _status = child.wait();
        }
        let mut stop = as_nobody_special("bash");
        stop.args([
            "-c",
            r#""$0/pg_ctl" -D "$1/server" -m immediate stop >/dev/null 2>&1"#,
        ])
        .arg(&self.bin)
        .arg(&self.folder);
        let _stopped = run(&mut stop);
        let _removed = fs::remove_dir_all(&self.folder);
    }
}

/// Prepares a program that refuses to run as root.
fn as_nobody_special(program: &str) -> Command {
    let root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if root {
        let mut command = Command::new("setpriv");
        command.args([
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
            "--",
            program,
        ]);
        command.current_dir("/");
        command
    } else {
        Command::new(program)
    }
}

/// Finds a program; says so when it is missing.
fn find(program: &str) -> Option<PathBuf> {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found = folders
        .iter()
        .map(|folder| Path::new(folder).join(program))
        .find(|path| path.exists());
    if found.is_none() {
        println!("{program} is not installed: left out");
    }
    found
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

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn listens(port: u16, what: &str) -> anyhow::Result<()> {
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        ensure!(began.elapsed() < Duration::from_secs(10), "{what} does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status()?;
    ensure!(
        status.success(),
        "{} failed ({status})",
        command.get_program().to_string_lossy()
    );
    Ok(())
}
