//! Database servers of a demo: those that are installed are started on loopback, in folders of their own beside the gateway's.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::Context;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// How long a server may take to come up; the first time it makes its folder.
const START: Duration = Duration::from_mins(2);

/// How long a server may take to stop.
const STOP: Duration = Duration::from_secs(10);

/// The account on the servers, and the database.
pub(super) const LOGIN: &str = "demo";

/// A kind of server.
#[derive(Debug)]
pub(super) struct Server {
    /// The resource's name.
    pub(super) resource: &'static str,
    /// The resource's type.
    pub(super) kind: &'static str,
    pub(super) title: &'static str,
    /// What there is to look at.
    pub(super) holds: &'static str,
    /// How it is installed on Debian and Ubuntu.
    pub(super) package: &'static str,
    /// The program that tells that it is installed.
    program: &'static str,
    /// Makes its folder (`$1`) unless it is there, runs it on a port (`$2`) with the password that is the first line of the input, says `up` or why
    /// not, and stops when the input ends.
    script: &'static str,
}

/// Every kind that there is.
pub(super) const SERVERS: [Server; 3] = [
    Server {
        resource: "demo-postgres",
        kind: "postgres",
        title: "PostgreSQL",
        holds: "a table of orders",
        package: "postgresql",
        program: "initdb",
        script: r#"
            read -r password
            [ "$(id -u)" != 0 ] || { echo 'does not run as root'; exit 1; }
            [ -e "$1/data/PG_VERSION" ] ||
                initdb -D "$1/data" --auth-local=trust --auth-host=scram-sha-256 -U demo -E UTF8 --no-sync >"$1/log" 2>&1 || exit 1
            pg_ctl -D "$1/data" -l "$1/log" -w -o "-k $1 -p $2 -c listen_addresses=127.0.0.1" start >/dev/null 2>&1 || exit 1
            psql -qX -h "$1" -p "$2" -U demo -d postgres -v ON_ERROR_STOP=1 >"$1/log.sql" 2>&1 <<SQL || exit 1
                alter role demo password '$password';
                select 'create database demo' where not exists (select from pg_database where datname = 'demo') \gexec
                \c demo
                create table if not exists orders (id int primary key, customer text, total numeric(9, 2));
                insert into orders select n, 'customer ' || n % 7, n * 3.5 from generate_series(1, 500) n on conflict do nothing;
SQL
            echo up
            read -r _
            pg_ctl -D "$1/data" -m fast stop >/dev/null 2>&1
        "#,
    },
    Server {
        resource: "demo-mariadb",
        kind: "mysql",
        title: "MariaDB",
        holds: "a table of orders",
        package: "mariadb-server",
        program: "mariadbd",
        script: r#"
            read -r password
            me=$(id -un)
            [ -e "$1/data/mysql" ] || mariadb-install-db --no-defaults --user="$me" --datadir="$1/data" --skip-test-db \
                --auth-root-authentication-method=socket --auth-root-socket-user="$me" >"$1/log" 2>&1 || exit 1
            mariadbd --no-defaults --user="$me" --datadir="$1/data" --socket="$1/socket" --pid-file="$1/pid" --port="$2" \
                --bind-address=127.0.0.1 --skip-log-bin --skip-name-resolve --innodb-buffer-pool-size=32M >"$1/log" 2>&1 &
            server=$!
            until mariadb --no-defaults -S "$1/socket" -u "$me" -e 'select 1' >/dev/null 2>&1; do
                kill -0 $server 2>/dev/null || exit 1
                sleep 0.1
            done
            mariadb --no-defaults -S "$1/socket" -u "$me" >"$1/log.sql" 2>&1 <<SQL || exit 1
                create database if not exists demo;
                create user if not exists demo@'127.0.0.1';
                alter user demo@'127.0.0.1' identified by '$password';
                grant all on demo.* to demo@'127.0.0.1';
                create table if not exists demo.orders (id int primary key, customer varchar(40), total decimal(9, 2));
                insert ignore into demo.orders select seq, concat('customer ', seq % 7), seq * 3.5 from demo.seq_1_to_500;
SQL
            echo up
            read -r _
            kill $server
            wait $server
        "#,
    },
    Server {
        resource: "demo-redis",
        kind: "redis",
        title: "Redis",
        holds: "orders by number",
        package: "redis-server",
        program: "redis-server",
        script: r#"
            read -r password
            # Not as an argument, where everybody on the machine could read it.
            redis-server - >"$1/log" 2>&1 <<CONF &
                port $2
                bind 127.0.0.1
                dir $1
                unixsocket $1/socket
                unixsocketperm 700
                user default off
                user demo on >$password ~* &* +@all -@admin -debug
                user maker on >$password ~* &* +@all
CONF
            server=$!
            until printf 'AUTH maker %s\nPING\n' "$password" | redis-cli -s "$1/socket" 2>/dev/null | grep -q PONG; do
                kill -0 $server 2>/dev/null || exit 1
                sleep 0.1
            done
            { echo "AUTH maker $password"; n=0; while [ $n -lt 500 ]; do n=$((n + 1)); echo "HSET order:$n customer customer-$((n % 7)) total $((n * 7 / 2))"; done; } |
                redis-cli -s "$1/socket" >"$1/log.made" 2>&1 || exit 1
            echo up
            read -r _
            kill $server
            wait $server
        "#,
    },
];

/// A server that runs.
pub(super) struct Running {
    pub(super) server: &'static Server,
    pub(super) port: u16,
    child: Child,
}

impl Server {
    /// Gives the options of the resource.
    pub(super) fn options(&self) -> serde_json::Value {
        match self.kind {
            // It has databases by number only.
            "redis" => serde_json::json!({"tls": "off"}),
            _ => serde_json::json!({"database": LOGIN, "tls": "off"}),
        }
    }

    /// Tells whether it is installed.
    pub(super) fn is_installed(&self) -> bool {
        search_path()
            .iter()
            .any(|folder| folder.join(self.program).is_file())
    }

    /// Starts it in its folder. The account gets this password.
    pub(super) async fn start(&'static self, data: &Path, password: &str) -> anyhow::Result<Running> {
        let folder = self.folder(data);
        crate::serve::make_private(&folder)?;
        let port = free_port()?;
        let mut child = Command::new("sh")
            .args(["-c", self.script, self.resource])
            .arg(&folder)
            .arg(port.to_string())
            .env("PATH", std::env::join_paths(search_path())?)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C is for the gateway: it stops its servers in order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("{} cannot be started", self.title))?;
        let input = child.stdin.as_mut().context("there is no input")?;
        input.write_all(format!("{password}\n").as_bytes()).await?;
        let output = child.stdout.take().context("there is no output")?;
        let said = timeout(START, BufReader::new(output).lines().next_line()).await;
        let said = said.unwrap_or(Ok(None)).context("its output")?;
        match said.as_deref() {
            Some("up") => {}
            Some(why) => anyhow::bail!("{} {why}", self.title),
            None => anyhow::bail!(
                "{} did not come up; {} says why",
                self.title,
                folder.join("log").display()
            ),
        }
        Ok(Running {
            server: self,
            port,
            child,
        })
    }

    fn folder(&self, data: &Path) -> PathBuf {
        let mut name = data.as_os_str().to_owned();
        name.push("-");
        name.push(self.kind);
        name.into()
    }
}

impl Running {
    /// Stops it. Should this program end without doing so, it stops by itself, as its input ends.
    pub(super) async fn stop(mut self) {
        drop(self.child.stdin.take());
        match timeout(STOP, self.child.wait()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => eprintln!("{}: {error}", self.server.title),
            Err(_elapsed) => eprintln!("{} does not stop", self.server.title),
        }
    }
}

/// The search path, and where administrators' programs and those of PostgreSQL are.
fn search_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    let mut versions: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path().join("bin")))
        .collect();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    folders
}

/// Finds a port that nobody listens on; the server takes it a moment later.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
