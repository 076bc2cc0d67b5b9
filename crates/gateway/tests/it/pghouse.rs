//! A gateway in front of a PostgreSQL server, and what the tests of databases ask of both.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, PASSWORD, text},
    pgserver::{SECRET, Server, client},
    program::{Outcome, PATIENCE, Program, run, until},
};

/// A gateway in front of a server: `ann` may use the resource `db`.
pub(crate) struct House {
    pub(crate) server: Server,
    pub(crate) gateway: Gateway,
    /// Where the gateway listens for PostgreSQL.
    pub(crate) port: u16,
    /// The certificate that clients of the gateway want to see, once it speaks TLS.
    cert: Option<String>,
}

impl House {
    pub(crate) fn open() -> Self {
        let server = Server::start();
        let gateway = Gateway::start_with(&[("DOORWARD_POSTGRES", "127.0.0.1:0")]);
        gateway.apply(&json!([
            { "kind": "user", "name": "ann", "spec": { "password": PASSWORD } },
            { "kind": "secret", "name": "app", "spec": { "form": "password", "value": SECRET } },
            { "kind": "resource", "name": "db", "spec": { "type": "postgres", "host": "127.0.0.1", "port": server.port } },
            { "kind": "account", "name": "app", "spec": {
                "login": "app", "resources": { "names": ["db"] }, "secret": "app" } },
            { "kind": "profile", "name": "usual", "spec": {} },
            { "kind": "access_rule", "name": "all", "spec": {
                "users": ["ann"], "resources": { "names": ["db"] }, "accounts": ["app"], "profile": "usual" } },
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

    /// Prepares a client that goes through the gateway as `ann`.
    pub(crate) fn client(&self, program: &str) -> Command {
        let mut client = client(program, self.port, "ann:db", PASSWORD);
        if let Some(cert) = &self.cert {
            client.env("PGSSLMODE", "verify-ca").env("PGSSLROOTCERT", cert);
        }
        client
    }

    pub(crate) fn psql(&self, sql: &str) -> Outcome {
        run(self.client("psql").args(["-XAtc", sql]), "")
    }

    /// Asks the server itself.
    pub(crate) fn direct(&self, sql: &str) -> String {
        let outcome = run(self.server.client("psql").args(["-XAtc", sql]), "");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        outcome.out.trim().to_owned()
    }

    /// Starts `psql` that reads statements from its input.
    pub(crate) fn prompt(&self) -> Program {
        let mut psql = Program::start(self.client("psql").args(["-XAtq"]));
        psql.say("select 'ready';\n");
        psql.out.wait_for("ready");
        psql
    }

    /// Gives the statements of the sessions that ended, the oldest session first: text, outcome, rows, detail.
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
            .filter(|entry| entry["kind"] == "statement")
            .collect()
    }

    /// Counts the statements that sleep on the server.
    pub(crate) fn sleeping(&self) -> u32 {
        let running =
            "select count(*) from pg_stat_activity where state = 'active' and query like 'select pg_sleep%'";
        self.direct(running).parse().unwrap()
    }

    pub(crate) fn last_session(&self) -> String {
        text(&self.gateway.sessions("status=all&limit=1")[0]["session_id"])
    }
}

/// Gives the port of the gateway's PostgreSQL listener.
pub(crate) fn listening(gateway: &Gateway) -> u16 {
    let log = gateway.log();
    let up = log
        .lines()
        .find(|line| line.contains("the gateway is up"))
        .unwrap();
    let up: Value = serde_json::from_str(up).unwrap();
    let address = text(&up["fields"]["postgres"]);
    address.rsplit(':').next().unwrap().parse().unwrap()
}

/// Gives what matters of a run.
pub(crate) fn said(outcome: Outcome) -> (i32, String, String) {
    (outcome.code, outcome.out, outcome.err)
}

/// Starts a gateway anew whose listeners speak TLS, that of the API as well; gives the file of the certificate.
pub(crate) fn encrypt(gateway: &mut Gateway) -> String {
    let extensions = ["basicConstraints=critical,CA:TRUE", "subjectAltName=IP:127.0.0.1"];
    let (cert, key) = certificate_with(gateway.folder(), &extensions);
    gateway.environment("DOORWARD_TLS_CERT", &cert);
    gateway.environment("DOORWARD_TLS_KEY", &key);
    gateway.stop();
    gateway.restart();
    cert
}

/// Makes a certificate that signs itself, with extensions as `openssl -addext` takes them.
pub(crate) fn certificate_with(folder: &Path, extensions: &[&str]) -> (String, String) {
    let path = |name: &str| -> PathBuf { folder.join(name) };
    let (cert, key) = (path("cert.pem"), path("key.pem"));
    let mut openssl = Command::new("openssl");
    let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=gateway";
    openssl.args(words.split(' '));
    openssl.args(extensions.iter().flat_map(|extension| ["-addext", extension]));
    openssl.arg("-keyout").arg(&key).arg("-out").arg(&cert);
    let made = run(&mut openssl, "");
    assert_eq!(made.code, 0, "{made:?}");
    (cert.display().to_string(), key.display().to_string())
}
