//! A gateway in front of a Redis server, and what the tests of Redis ask of both.

use std::process::Command;

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, PASSWORD, text},
    pghouse::encrypt,
    program::{Outcome, PATIENCE, Program, run, until},
};

/// The password of the account on the server; nothing but the vault may hold it.
pub(crate) const SECRET: &str = "account-secret-88";

/// A server that wants passwords, and speaks TLS on a second port.
pub(crate) struct Server {
    /// Holds the server's input open.
    program: Program,
    pub(crate) port: u16,
    pub(crate) tls: u16,
}

impl Server {
    pub(crate) fn start() -> Self {
        let script = r#"
            set -e
            dir=$(mktemp -d)
            trap 'rm -rf "$dir"' EXIT
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=db \
                -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
            # Free ports: the first of some that the server can take.
            for try in 1 2 3 4 5 6 7 8 9; do
                port=$((20000 + RANDOM % 12000))
                redis-server --port $port --bind 127.0.0.1 --dir "$dir" --save "" --requirepass "$0" --enable-debug-command yes \
                    --tls-port $((port + 1)) --tls-cert-file "$dir/cert.pem" --tls-key-file "$dir/key.pem" --tls-auth-clients no \
                    --user app on ">$0" "~*" "&*" +@all >"$dir/log" 2>&1 &
                server=$!
                while kill -0 $server 2>/dev/null; do
                    if REDISCLI_AUTH="$0" redis-cli -p $port ping 2>/dev/null | grep -q PONG; then
                        echo "up: port=$port;"
                        read -r _ || true
                        kill -9 $server
                        exit 0
                    fi
                    sleep 0.05
                done
            done
            cat "$dir/log"
            exit 1
        "#;
        let program = Program::start(Command::new("bash").args(["-c", script]).arg(SECRET));
        let (_, from) = program.out.wait_from(0, "up: port=");
        let (_, end) = program.out.wait_from(from, ";");
        let said = program.out.bytes();
        let port: u16 = String::from_utf8_lossy(&said[from..end - 1]).parse().unwrap();
        Self {
            program,
            port,
            tls: port + 1,
        }
    }

    /// Ends the server at once, as a crash does.
    pub(crate) fn crash(&mut self) {
        self.program.close_input();
        self.program.ended();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The shell stops the server and removes the folder when it reads the end of its input.
        self.crash();
    }
}

/// Prepares `redis-cli` so that both ways are run by the same words.
pub(crate) fn client(port: u16, user: &str, password: &str) -> Command {
    let mut command = Command::new("redis-cli");
    command
        .env("REDISCLI_AUTH", password)
        .args(["-h", "127.0.0.1", "-p", &port.to_string(), "--user", user]);
    command
}

pub(crate) struct House {
    pub(crate) server: Server,
    pub(crate) gateway: Gateway,
    pub(crate) port: u16,
    /// The certificate that clients of the gateway want to see, once it speaks TLS.
    cert: Option<String>,
}

impl House {
    pub(crate) fn open() -> Self {
        Self::with(&json!([]))
    }

    /// Opens a house whose profile has these rules on statements.
    pub(crate) fn with(rules: &Value) -> Self {
        let server = Server::start();
        let gateway = Gateway::start_with(&[("DOORWARD_REDIS", "127.0.0.1:0")]);
        gateway.apply(&json!([
            { "kind": "user", "name": "ann", "spec": { "password": PASSWORD } },
            { "kind": "secret", "name": "app", "spec": { "form": "password", "value": SECRET } },
            { "kind": "resource", "name": "db", "spec": { "type": "redis", "host": "127.0.0.1", "port": server.port } },
            { "kind": "resource", "name": "sealed", "spec": {
                "type": "redis", "host": "127.0.0.1", "port": server.tls, "options": { "tls": "require" } } },
            { "kind": "account", "name": "app", "spec": {
                "login": "app", "resources": { "names": ["db", "sealed"] }, "secret": "app" } },
            { "kind": "account", "name": "usual", "spec": {
                "login": "default", "resources": { "names": ["db"] }, "secret": "app" } },
            { "kind": "profile", "name": "usual", "spec": { "statements": rules } },
            { "kind": "access_rule", "name": "all", "spec": {
                "users": ["ann"], "resources": { "names": ["db", "sealed"] }, "accounts": ["app", "usual"], "profile": "usual" } },
        ]));
        Self {
            port: listening(&gateway),
            server,
            gateway,
            cert: None,
        }
    }

    /// Starts the gateway anew, with TLS; its clients speak it from then on. So does the API: what tests need of it is done before.
    pub(crate) fn encrypt(&mut self) -> String {
        let cert = encrypt(&mut self.gateway);
        self.port = listening(&self.gateway);
        self.cert = Some(cert.clone());
        cert
    }

    /// Gives the words by which Redis's own programs encrypt, if the gateway does.
    pub(crate) fn tls(&self) -> Vec<&str> {
        let cert = self.cert.iter().flat_map(|cert| ["--tls", "--cacert", cert]);
        cert.collect()
    }

    /// Prepares `redis-cli` through the gateway, as `ann`.
    pub(crate) fn client(&self) -> Command {
        let mut client = client(self.port, "ann:db", PASSWORD);
        client.args(self.tls());
        client
    }

    /// Prepares `redis-cli` to the server itself.
    pub(crate) fn itself(&self) -> Command {
        client(self.server.port, "app", SECRET)
    }

    /// Asks the server itself.
    pub(crate) fn direct(&self, words: &[&str]) -> String {
        let outcome = run(self.itself().args(words), "");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        outcome.out.trim().to_owned()
    }

    /// Gives the commands of a session that ended, but for what `redis-cli` asks before it reads any.
    pub(crate) fn log(&self, id: &str) -> Vec<Value> {
        self.gateway.ended(id);
        let entries = until(PATIENCE, "the log is whole", || {
            let page = self
                .gateway
                .get(&format!("/v1/sessions/{id}/activity?limit=1000"));
            let entries = page["entries"].as_array().unwrap().clone();
            let over = entries.iter().any(|entry| entry["kind"] == "note");
            over.then_some(entries)
        });
        entries
            .into_iter()
            .filter(|entry| entry["kind"] == "statement" && entry["text"] != "COMMAND DOCS")
            .collect()
    }

    pub(crate) fn last_session(&self) -> String {
        text(&self.gateway.sessions("status=all&limit=1")[0]["session_id"])
    }

    /// Locks the session that runs; gives its id.
    pub(crate) fn lock(&self) -> String {
        let id = self.gateway.running();
        self.gateway.print(&["sessions", "lock", &id, "-y"]);
        until(PATIENCE, "the session is locked", || {
            (self.gateway.session(&id)["state"] == "locked").then_some(())
        });
        id
    }
}

/// Gives the port of the gateway's Redis listener.
pub(crate) fn listening(gateway: &Gateway) -> u16 {
    let log = gateway.log();
    let up = log
        .lines()
        .rfind(|line| line.contains("the gateway is up"))
        .unwrap();
    let up: Value = serde_json::from_str(up).unwrap();
    let address = text(&up["fields"]["redis"]);
    address.rsplit(':').next().unwrap().parse().unwrap()
}

/// Gives what matters of a run.
pub(crate) fn said(outcome: Outcome) -> (i32, String, String) {
    (outcome.code, outcome.out, outcome.err)
}
