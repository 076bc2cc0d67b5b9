//! The ways of a client to one server: straight, through haproxy and others, and through Doorward.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

/// The password of the gateway's users, and of accounts that have one.
pub(crate) const PASSWORD: &str = "bench-password-1";

/// How a client reaches the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Direct,
    /// haproxy in TCP mode.
    Haproxy,
    /// pgbouncer in session mode.
    Pgbouncer,
    /// Doorward, everything recorded.
    Doorward,
}

impl Route {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Haproxy => "haproxy",
            Self::Pgbouncer => "pgbouncer",
            Self::Doorward => "doorward",
        }
    }
}

/// The processes in between, and a folder for all of them; they end with this.
pub(crate) struct Ways {
    folder: PathBuf,
    routes: Vec<Route>,
    between: Vec<(Route, u16, Option<Child>)>,
    /// The login name and the password that the gateway has made for clients.
    made: (String, String),
}

/// What the gateway is told of the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resource {
    /// Its type, which is also the name of the gateway's listener for it.
    pub(crate) kind: &'static str,
    pub(crate) port: u16,
    /// The account's password, where it has one.
    pub(crate) password: Option<&'static str>,
}

impl Ways {
    /// Begins with a folder that everybody may enter, and the direct way to a port.
    pub(crate) fn new(kind: &str, port: u16) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("doorward-bench-{kind}-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o777))?;
        let mut ways = Self {
            folder,
            routes: Vec::new(),
            between: Vec::new(),
            made: <_>::default(),
        };
        ways.add(Route::Direct, port, None);
        Ok(ways)
    }

    pub(crate) fn add(&mut self, route: Route, port: u16, child: Option<Child>) {
        self.routes.push(route);
        self.between.push((route, port, child));
    }

    /// Gives the routes that there are, the direct one first.
    pub(crate) fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Gives the folder for files.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives the process in between.
    pub(crate) fn process(&self, route: Route) -> Option<u32> {
        let way = self.between.iter().find(|(one, ..)| *one == route);
        way.and_then(|(_, _, child)| child.as_ref()).map(Child::id)
    }

    /// Gives the port on which a route begins.
    pub(crate) fn port(&self, route: Route) -> u16 {
        let way = self.between.iter().find(|(one, ..)| *one == route);
        way.map_or(0, |(_, port, _)| *port)
    }

    /// Gives the user name with which a client goes this way.
    pub(crate) fn user(&self, route: Route) -> &str {
        if route == Route::Doorward {
            &self.made.0
        } else {
            "bench"
        }
    }

    /// Gives the password with which a client goes this way.
    pub(crate) fn password(&self, route: Route) -> &str {
        if route == Route::Doorward {
            &self.made.1
        } else {
            PASSWORD
        }
    }

    /// Stops what runs in between, before the server is.
    pub(crate) fn stop(&mut self) {
        for child in self.between.iter_mut().filter_map(|(_, _, child)| child.as_mut()) {
            let _gone = child.kill();
            let _status = child.wait();
        }
    }

    /// Starts haproxy in TCP mode, where it is installed.
    pub(crate) fn haproxy(&mut self, server: u16) -> anyhow::Result<()> {
        let Some(program) = find("haproxy") else {
            return Ok(());
        };
        let (port, config) = (free_port()?, self.folder.join("haproxy.cfg"));
        fs::write(
            &config,
            format!(
                "global\n  maxconn 500\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n\
                 listen database\n  bind 127.0.0.1:{port}\n  server database 127.0.0.1:{server}\n"
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

    /// Starts the gateway, makes its administrator and declares the server.
    pub(crate) fn gateway(&mut self, binary: &Path, server: Resource) -> anyhow::Result<()> {
        let log = self.folder.join("gateway.log");
        let mut child = Command::new(binary)
            .args(["serve", "--http", "127.0.0.1:0", "--ssh", "127.0.0.1:0"])
            .args([&format!("--{}", server.kind), "127.0.0.1:0", "--data"])
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
        let (url, port) = (field("console")?, field(server.kind)?);
        let token = self.sign_up(&url, &link)?;
        let secret = server.password.map(|_| "bench");
        let mut documents = json!([
            { "kind": "resource", "name": "db", "spec": { "type": server.kind, "host": "127.0.0.1", "port": server.port } },
            { "kind": "account", "name": "bench", "spec": {
                "login": "bench", "resources": { "names": ["db"] }, "secret": secret } },
            { "kind": "profile", "name": "full", "spec": { "recording": "full" } },
            { "kind": "access_rule", "name": "all", "spec": {
                "users": ["admin"], "resources": { "names": ["db"] }, "accounts": ["bench"], "profile": "full" } },
        ]);
        if let (Some(password), Some(all)) = (server.password, documents.as_array_mut()) {
            all.push(json!({ "kind": "secret", "name": "bench", "spec": { "form": "password", "value": password } }));
        }
        let file = self.folder.join("objects.json");
        fs::write(&file, documents.to_string())?;
        let doorward = || {
            let mut command = Command::new(binary);
            command.env("DOORWARD_ADDR", &url).env("DOORWARD_TOKEN", &token);
            command
        };
        run(doorward()
            .args(["--quiet", "apply", "-f"])
            .arg(&file)
            .stdout(Stdio::null()))?;
        // A password of its own for databases: every client takes it by a challenge, and none of the time goes into hashing a person's.
        let made = doorward().args(["db", "login", "db", "-o", "json"]).output()?;
        let made: Value = serde_json::from_slice(&made.stdout).context("the gateway makes no password")?;
        let said = |name: &str| made.get(name).and_then(Value::as_str).unwrap_or_default();
        self.made = (format!("{}:db", said("login")), said("password").to_owned());
        let port = port.rsplit(':').next().unwrap_or_default().parse()?;
        self.add(Route::Doorward, port, Some(child));
        Ok(())
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

impl Drop for Ways {
    fn drop(&mut self) {
        self.stop();
        let _removed = fs::remove_dir_all(&self.folder);
    }
}

/// Prepares a program of a server that refuses to run as root.
pub(crate) fn as_user(user: &str, program: &str) -> Command {
    let root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if root {
        let mut command = Command::new("setpriv");
        command
            .arg(format!("--reuid={user}"))
            .arg(format!("--regid={user}"))
            .args(["--clear-groups", "--", program]);
        command.current_dir("/");
        command
    } else {
        Command::new(program)
    }
}

/// Finds a program; says so when it is missing.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
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

/// Gives a port that is free.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Waits until a port is listened on.
pub(crate) fn listens(port: u16, what: &str) -> anyhow::Result<()> {
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        ensure!(began.elapsed() < Duration::from_secs(10), "{what} does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Runs a command that has to succeed.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status()?;
    ensure!(
        status.success(),
        "{} failed ({status})",
        command.get_program().to_string_lossy()
    );
    Ok(())
}
