//! `doorward demo`: a gateway to look at, with a host and databases to connect to, on loopback only.

mod databases;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Context;
use api::{Api, routes};
use clap::Args;
use demo_host::DemoHost;
use domain::{
    Micros, Span,
    audit::Actor,
    object::{Document, Kind},
};
use ipnet::IpNet;
use serde::Serialize;
use serde_json::json;
use ssh_key::{LineEnding, PrivateKey};
use store::Cause;

use crate::{
    config::Settings,
    serve::{self, Gateway},
};

/// How long the tokens of a demo last.
const TOKENS_LAST: Span = Span::secs(7 * 86_400);

/// The account on the demo host.
const HOST_LOGIN: &str = "demo";

/// The account on the databases, and its secret.
const DATABASE_ACCOUNT: &str = "demo-database";

/// Starts a gateway with a demo host, databases that are installed, a demo administrator and a demo user, on loopback only.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Folder for the gateway; the demo host's is beside it, with `-host` behind its name [default: doorward/demo in your data folder]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// First of the ports to use (console, SSH, PostgreSQL, MySQL, Redis) [default: free ones]
    #[arg(long, value_name = "PORT")]
    port_base: Option<u16>,
    /// Where to write addresses, logins and tokens as JSON once everything is up
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Start no database servers, also where they are installed
    #[arg(long, env = "DOORWARD_DEMO_NO_DATABASES")]
    no_databases: bool,
    /// Database to use instead of SQLite in the data folder
    #[arg(
        long,
        env = "DOORWARD_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    database_url: Option<String>,
    /// Networks of load balancers that send a PROXY header before SSH
    #[arg(
        long,
        env = "DOORWARD_PROXY_PROTOCOL_FROM",
        value_name = "NETWORK",
        value_delimiter = ','
    )]
    proxy_protocol_from: Vec<IpNet>,
}

/// What the ready file says.
#[derive(Debug, Serialize)]
struct Ready {
    console_url: String,
    api_url: String,
    ssh: Listener,
    #[serde(skip_serializing_if = "Option::is_none")]
    postgres: Option<Listener>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mysql: Option<Listener>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redis: Option<Listener>,
    users: Vec<DemoUser>,
    resources: Vec<DemoResource>,
    data_dir: PathBuf,
    known_hosts: PathBuf,
    pid: u32,
}

#[derive(Debug, Serialize)]
struct Listener {
    host: String,
    port: u16,
}

#[derive(Serialize)]
struct DemoUser {
    name: &'static str,
    password: String,
    token: String,
    roles: Vec<&'static str>,
}

impl std::fmt::Debug for DemoUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DemoUser")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Serialize)]
struct DemoResource {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
}

impl Demo {
    /// Runs until it is told to stop.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        serve::start_logging("warn");
        let data = self.data.clone().map_or_else(default_folder, Ok)?;
        serve::make_private(&data)?;
        let data = data.canonicalize()?;
        let databases = self.start_databases(&data).await?;
        let gateway = Gateway::start(&self.settings(&data, &databases)).await?;
        let key = vault::ssh_keys::generate_ed25519("doorward demo account")?;
        let host = start_host(&key, &data).await?;
        let ready = furnish(&gateway, &host, &key, &databases).await?;
        let stopped = serve::asked_to_stop()?;
        if let Some(file) = &self.ready_file {
            write_whole(file, &serde_json::to_vec_pretty(&ready)?)?;
        }
        print(&ready, &databases.lacking);
        stopped.await;
        eprintln!("stopping …");
        gateway.stop().await;
        host.shutdown().await;
        for database in databases.running {
            database.stop().await;
        }
        Ok(())
    }

    /// Starts what is installed; what is not, or does not come up, is told.
    async fn start_databases(&self, data: &Path) -> anyhow::Result<Databases> {
        let mut databases = Databases {
            password: password()?,
            ..Databases::default()
        };
        if self.no_databases {
            return Ok(databases);
        }
        let starts = databases::SERVERS.iter().map(|server| {
            let password = databases.password.as_str();
            async move {
                if !server.is_installed() {
                    return Err(format!(
                        "{} is not installed; with it (on Debian: apt install {}) there is a database to try",
                        server.title, server.package
                    ));
                }
                server
                    .start(data, password)
                    .await
                    .map_err(|error| error.to_string())
            }
        });
        for started in futures_util::future::join_all(starts).await {
            match started {
                Ok(running) => databases.running.push(running),
                Err(why) => databases.lacking.push(why),
            }
        }
        Ok(databases)
    }

    fn settings(&self, data: &Path, databases: &Databases) -> Settings {
        let port = |nth: u16| self.port_base.map_or(0, |base| base.saturating_add(nth));
        let loopback = |nth| Some(SocketAddr::from(([127, 0, 0, 1], port(nth))));
        Settings {
            data: Some(data.to_owned()),
            database_url: self.database_url.clone(),
            node: Some("demo-gateway".to_owned()),
            http: loopback(0),
            ssh: loopback(1),
            proxy_protocol_from: self.proxy_protocol_from.clone(),
            postgres: loopback(2).filter(|_| databases.has("postgres")),
            mysql: loopback(3).filter(|_| databases.has("mysql")),
            redis: loopback(4).filter(|_| databases.has("redis")),
            ..Settings::default()
        }
    }
}

/// The database servers of a demo.
#[derive(Default)]
struct Databases {
    running: Vec<databases::Running>,
    /// The account's password on all of them.
    password: String,
    /// What is not there, and why.
    lacking: Vec<String>,
}

impl Databases {
    fn has(&self, kind: &str) -> bool {
        self.running.iter().any(|running| running.server.kind == kind)
    }

    /// Declares the servers, and the account on them.
    fn documents(&self) -> Vec<Document> {
        if self.running.is_empty() {
            return Vec::new();
        }
        let names: Vec<_> = self.running.iter().map(|one| one.server.resource).collect();
        let mut documents = vec![
            document(
                Kind::Secret,
                DATABASE_ACCOUNT,
                json!({"form": "password", "value": self.password, "description": "Password of the account on the demo's databases"}),
            ),
            document(
                Kind::Account,
                DATABASE_ACCOUNT,
                json!({"login": databases::LOGIN, "resources": {"names": names}, "secret": DATABASE_ACCOUNT}),
            ),
        ];
        documents.extend(self.running.iter().map(|running| {
            let spec = json!({
                "type": running.server.kind, "host": "127.0.0.1", "port": running.port, "labels": {"env": "demo"},
                "description": format!("{} with {}", running.server.title, running.server.holds),
                "options": running.server.options(),
            });
            document(Kind::Resource, running.server.resource, spec)
        }));
        documents
    }
}

fn document(kind: Kind, name: &str, spec: serde_json::Value) -> Document {
    Document {
        kind,
        name: name.to_owned(),
        spec,
    }
}

/// The demo host's own folder, beside the gateway's: what a shell writes down there, such as its history, is the host's.
fn scratch(data: &Path) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push("-host");
    name.into()
}

fn default_folder() -> anyhow::Result<PathBuf> {
    let base = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    let base = base
        .or_else(home)
        .context("there is no home folder; name one with --data")?;
    Ok(base.join("doorward").join("demo"))
}

async fn start_host(key: &PrivateKey, data: &Path) -> anyhow::Result<DemoHost> {
    let config = demo_host::Config {
        bind: SocketAddr::from(([127, 0, 0, 1], 0)),
        scratch: scratch(data),
        // Declared anew at each start, like the account's key: no key lies in the data folder unsealed.
        host_key_file: None,
        user: HOST_LOGIN.to_owned(),
        authorized_keys: vec![key.public_key().to_openssh()?],
        password: None,
    };
    DemoHost::start(config)
        .await
        .context("cannot start the demo host")
}

/// Declares the demo's objects. Passwords and tokens are made anew at each start, because nothing of them is kept in the clear.
async fn furnish(
    gateway: &Gateway,
    host: &DemoHost,
    key: &PrivateKey,
    databases: &Databases,
) -> anyhow::Result<Ready> {
    let (admin_password, user_password) = (password()?, password()?);
    let key = key.to_openssh(LineEnding::LF)?;
    let mut documents = documents(gateway, host, &key, &admin_password, &user_password, databases);
    documents.extend(databases.documents());
    let cause = || Cause::new(Micros::now(), Actor::system("demo"));
    routes::objects::apply_documents(&gateway.api, documents, false, cause())
        .await
        .map_err(|problem| anyhow::anyhow!("the demo's objects are refused: {}", problem.detail))?;
    let known_hosts = gateway.data.join("known_hosts");
    write_whole(&known_hosts, known_hosts_text(gateway)?.as_bytes())?;
    Ok(Ready {
        console_url: gateway.url.clone(),
        api_url: format!("{}/v1", gateway.url),
        ssh: listener(gateway.ssh),
        postgres: gateway.postgres.map(listener),
        mysql: gateway.mysql.map(listener),
        redis: gateway.redis.map(listener),
        users: vec![
            DemoUser {
                name: "admin",
                password: admin_password,
                token: token(&gateway.api, "admin").await?,
                roles: vec!["admin"],
            },
            DemoUser {
                name: "demo",
                password: user_password,
                token: token(&gateway.api, "demo").await?,
                roles: Vec::new(),
            },
        ],
        resources: [("demo-host", "ssh"), ("demo-web", "tcp")]
            .into_iter()
            .chain(
                databases
                    .running
                    .iter()
                    .map(|one| (one.server.resource, one.server.kind)),
            )
            .map(|(name, kind)| DemoResource { name, kind })
            .collect(),
        data_dir: gateway.data.clone(),
        known_hosts,
        pid: std::process::id(),
    })
}

/// The objects of the demo.
fn documents(
    gateway: &Gateway,
    host: &DemoHost,
    key: &str,
    admin_password: &str,
    user_password: &str,
    databases: &Databases,
) -> Vec<Document> {
    let web = gateway.http;
    let mut accounts = vec!["demo-account", "plain"];
    accounts.extend((!databases.running.is_empty()).then_some(DATABASE_ACCOUNT));
    vec![
        document(
            Kind::Secret,
            "demo-key",
            json!({"form": "private_key", "value": key, "description": "Key of the demo account"}),
        ),
        document(
            Kind::User,
            "admin",
            json!({"display_name": "Demo Administrator", "roles": ["admin"], "password": admin_password}),
        ),
        document(
            Kind::User,
            "demo",
            json!({"display_name": "Demo User", "password": user_password}),
        ),
        document(Kind::Group, "everyone", json!({"members": ["admin", "demo"]})),
        document(
            Kind::Resource,
            "demo-host",
            json!({
                "type": "ssh", "host": "127.0.0.1", "port": host.addr().port(), "labels": {"env": "demo"},
                "description": "A host with a shell and files, in a scratch folder",
                "options": {"host_keys": [host.host_public_key()]},
            }),
        ),
        document(
            Kind::Resource,
            "demo-web",
            json!({
                "type": "tcp", "host": "127.0.0.1", "port": web.port(), "labels": {"env": "demo"},
                "description": "A plain TCP service: this very console",
            }),
        ),
        document(
            Kind::Account,
            "demo-account",
            json!({"login": HOST_LOGIN, "resources": {"names": ["demo-host"]}, "secret": "demo-key"}),
        ),
        document(
            Kind::Account,
            "plain",
            json!({"resources": {"names": ["demo-web"]}}),
        ),
        document(
            Kind::Profile,
            "demo",
            json!({
                "max_duration_secs": 3600, "idle_timeout_secs": 900,
                "allow": ["shell", "exec", "subsystem", "file_upload", "file_download", "forward_local", "forward_remote", "forward_agent", "stream", "query"],
            }),
        ),
        document(
            Kind::AccessRule,
            "demo",
            json!({
                "groups": ["everyone"], "resources": {"labels": {"env": "demo"}}, "accounts": accounts, "profile": "demo",
                "description": "Everybody may use what is labelled env=demo",
            }),
        ),
    ]
}

fn listener(address: SocketAddr) -> Listener {
    Listener {
        host: address.ip().to_string(),
        port: address.port(),
    }
}

async fn token(api: &Api, user: &str) -> anyhow::Result<String> {
    let person = api
        .engine()
        .directory()
        .person(user)
        .context("the demo's user is not there")?;
    let cause = Cause::new(Micros::now(), Actor::system("demo"));
    let issued = routes::tokens::issue(
        api,
        &person,
        routes::tokens::Wish::named("demo", Some(TOKENS_LAST)),
        cause,
    )
    .await;
    issued
        .map(|(_, text)| text)
        .map_err(|problem| anyhow::anyhow!("no token for {user}: {}", problem.detail))
}

/// The gateway's host keys, and the authority that certifies hosts behind it, as `ssh` reads them.
fn known_hosts_text(gateway: &Gateway) -> anyhow::Result<String> {
    let mut lines = Vec::new();
    for key in gateway.vault.ssh_host_keys() {
        lines.push(format!(
            "[127.0.0.1]:{} {}\n",
            gateway.ssh.port(),
            key.public_key().to_openssh()?
        ));
    }
    let authority = gateway.vault.ssh_ca().public_key().to_openssh()?;
    lines.push(format!("@cert-authority demo-* {authority}\n"));
    Ok(lines.concat())
}

/// Makes a password that can be typed.
fn password() -> anyhow::Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("no random bytes"))?;
    let letters = bytes.iter().map(|byte| {
        LETTERS
            .get(usize::from(byte % 32))
            .copied()
            .map_or('x', char::from)
    });
    let text: Vec<char> = letters.collect();
    Ok(text
        .chunks(4)
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join("-"))
}

/// Writes a file for its owner only, whole or not at all.
fn write_whole(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let partial = path.with_extension("part");
    let written = (|| {
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .open(&partial)?;
        file.write_all(content)?;
        file.sync_all()?;
        std::fs::rename(&partial, path)
    })();
    written.with_context(|| format!("cannot write {}", path.display()))
}

fn print(ready: &Ready, lacking: &[String]) {
    let (hosts, port) = (ready.known_hosts.display(), ready.ssh.port);
    println!("Doorward demo is up (data in {}).\n", ready.data_dir.display());
    println!("  Console   {}", ready.console_url);
    for user in &ready.users {
        let roles = if user.roles.is_empty() {
            "user".to_owned()
        } else {
            user.roles.join(", ")
        };
        println!(
            "  Login     {:<6} password {}   ({roles})",
            user.name, user.password
        );
    }
    println!("\nConnect with a native client as `demo`, with that password:\n");
    println!("  ssh  -p {port} -o UserKnownHostsFile={hosts} demo:demo-host@127.0.0.1");
    println!("  sftp -P {port} -o UserKnownHostsFile={hosts} demo%demo-host@127.0.0.1");
    if let Some(postgres) = &ready.postgres {
        println!(
            "  psql 'host=127.0.0.1 port={} user=demo:demo-postgres dbname=demo'",
            postgres.port
        );
    }
    if let Some(mysql) = &ready.mysql {
        println!(
            "  mariadb -h 127.0.0.1 -P {} -u demo:demo-mariadb -p demo",
            mysql.port
        );
    }
    if let Some(redis) = &ready.redis {
        println!(
            "  redis-cli -h 127.0.0.1 -p {} --user demo:demo-redis --askpass hgetall order:1",
            redis.port
        );
    }
    for why in lacking {
        println!("  ({why})");
    }
    println!("\nUse the command line as `admin`:\n");
    if let Some(admin) = ready.users.first() {
        println!(
            "  export DOORWARD_ADDR={} DOORWARD_TOKEN={}",
            ready.console_url, admin.token
        );
    }
    println!("  {} sessions list\n\nCtrl-C stops it.", own_name());
}

/// Gives what this program is called by in the shell that started it: its name where that finds it, else its path.
fn own_name() -> String {
    let name = "doorward".to_owned();
    let Ok(program) = std::env::current_exe() else {
        return name;
    };
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let first = std::env::split_paths(&paths)
        .map(|folder| folder.join(&name))
        .find(|path| path.is_file());
    if first.and_then(|path| path.canonicalize().ok()).as_ref() == Some(&program) {
        return name;
    }
    let here = std::env::current_dir().unwrap_or_default();
    match program.strip_prefix(&here) {
        Ok(path) => format!("./{}", path.display()),
        Err(_) => program.display().to_string(),
    }
}
