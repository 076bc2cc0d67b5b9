//! PostgreSQL through the gateway, with the clients that people have, against a real server.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, PASSWORD, text},
    postgres::binaries,
    program::{Outcome, PATIENCE, Program, run, until},
    sshd::whoami,
};

/// The password of the account on the server; nothing but the vault may hold it.
const SECRET: &str = "account-secret-55";

/// A server that wants passwords (SCRAM-SHA-256) and speaks TLS; ends with this.
struct Server {
    program: Program,
    port: u16,
}

impl Server {
    fn start() -> Self {
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
                    echo "port=$port;"
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
        let port = said.trim().trim_start_matches("port=").trim_end_matches(';');
        Self {
            port: port.parse().unwrap(),
            program,
        }
    }

    /// Prepares a client that goes to the server itself.
    fn client(&self, program: &str) -> Command {
        client(program, self.port, "app", SECRET)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The shell stops the server and removes the folder when it reads the end of its input.
        self.program.close_input();
        self.program.ended();
    }
}

/// Prepares a client by its environment, so that both ways are run by the same words.
fn client(program: &str, port: u16, user: &str, password: &str) -> Command {
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

struct House {
    server: Server,
    gateway: Gateway,
    port: u16,
}

impl House {
    fn open() -> Self {
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
        }
    }

    /// Prepares a client that goes through the gateway as `ann`.
    fn client(&self, program: &str) -> Command {
        client(program, self.port, "ann:db", PASSWORD)
    }

    fn psql(&self, sql: &str) -> Outcome {
        run(self.client("psql").args(["-XAtc", sql]), "")
    }

    /// Asks the server itself.
    fn direct(&self, sql: &str) -> String {
        let outcome = run(self.server.client("psql").args(["-XAtc", sql]), "");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        outcome.out.trim().to_owned()
    }

    /// Starts `psql` that reads statements from its input.
    fn prompt(&self) -> Program {
        let mut psql = Program::start(self.client("psql").args(["-XAtq"]));
        psql.say("select 'ready';\n");
        psql.out.wait_for("ready");
        psql
    }

    /// Gives the statements of the sessions that ended, the oldest session first: text, outcome, rows, detail.
    fn log(&self, id: &str) -> Vec<Value> {
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

    fn last_session(&self) -> String {
        text(&self.gateway.sessions("status=all&limit=1")[0]["session_id"])
    }
}

/// Gives the port of the gateway's PostgreSQL listener.
fn listening(gateway: &Gateway) -> u16 {
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
fn said(outcome: Outcome) -> (i32, String, String) {
    (outcome.code, outcome.out, outcome.err)
}

#[test]
fn psql_prints_the_same_and_fails_the_same_as_without_a_gateway() {
    let house = House::open();
    house.direct("create table t (a int primary key, b text); insert into t select g, 'row ' || g from generate_series(1, 500) g");
    let scripts: [(&[&str], &str); 9] = [
        (&["-c", "select 1 as one, null as none, 'ü' as text"], ""),
        (&["-c", "gibberish 1"], ""),
        (&["-c", "select 1/0; select 2"], ""),
        (
            &["-v", "ON_ERROR_STOP=1", "-f", "-"],
            "begin;\nselect count(*) from t;\nselect nothing;\n",
        ),
        (&["-c", r"\copy (select * from t order by a) to stdout"], ""),
        (&["-c", r"\copy t from stdin"], "501\tmore\n502\tand more\n\\.\n"),
        (&["-c", r"\copy t from stdin"], "1\ttwice\n\\.\n"),
        (&["-c", r"\d t"], ""),
        (&["-c", "do $$ begin raise notice 'a notice'; end $$"], ""),
    ];
    for (words, input) in scripts {
        let through = said(run(house.client("psql").arg("-X").args(words), input));
        // What a script changed is taken back, so that both find the same.
        house.direct("delete from t where a > 500");
        let direct = said(run(house.server.client("psql").arg("-X").args(words), input));
        house.direct("delete from t where a > 500");
        assert_eq!(through, direct, "{words:?}");
    }
}

#[test]
fn dumps_copies_and_benchmarks_of_a_database_go_through() {
    let house = House::open();
    let folder = house.gateway.folder();
    let init = run(house.client("pgbench").args(["-i", "-q", "-s", "1"]), "");
    assert_eq!(init.code, 0, "{init:?}");
    for protocol in ["simple", "extended", "prepared"] {
        let bench = run(
            house
                .client("pgbench")
                .args(["-n", "-c", "3", "-t", "20", "-M", protocol]),
            "",
        );
        assert_eq!(bench.code, 0, "{bench:?}");
        assert!(
            bench
                .out
                .contains("number of transactions actually processed: 60/60"),
            "{}",
            bench.out
        );
    }
    let dump = |mut client: Command, name: &str| {
        let path = folder.join(name);
        let outcome = run(client.args(["-Fd", "-j", "2", "-f"]).arg(&path), "");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let list = run(
            Command::new(binaries().join("pg_restore"))
                .args(["-f", "-"])
                .arg(&path),
            "",
        );
        // The guard of a dump is a random word.
        let lines = list.out.lines().filter(|line| !line.contains("restrict "));
        lines.collect::<Vec<_>>().join("\n")
    };
    let (through, direct) = (
        dump(house.client("pg_dump"), "a"),
        dump(house.server.client("pg_dump"), "b"),
    );
    assert!(through.contains("pgbench_accounts") && through.len() > 10_000);
    assert!(through == direct, "the dumps differ");
    let backup = folder.join("backup");
    let copied = run(
        house
            .client("pg_basebackup")
            .args(["-X", "stream", "-c", "fast", "-D"])
            .arg(&backup),
        "",
    );
    assert_eq!(copied.code, 0, "{copied:?}");
    let verified = run(Command::new(binaries().join("pg_verifybackup")).arg(&backup), "");
    assert_eq!(verified.code, 0, "{verified:?}");
}

#[test]
fn every_statement_is_on_the_log_with_its_outcome() {
    let house = House::open();
    let script = "create table t (a int);\ninsert into t select generate_series(1, 7);\nselect a from t order by a;\n\
                  select 1/0;\nselect 'x' where false;\n";
    run(house.client("psql").args(["-Xq"]), script);
    let log = house.log(&house.last_session());
    let seen: Vec<_> = log
        .iter()
        .map(|entry| {
            (
                text(&entry["text"]),
                text(&entry["outcome"]),
                entry["rows"].as_i64().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("create table t (a int)", "ok", 0),
        ("insert into t select generate_series(1, 7)", "ok", 7),
        ("select a from t order by a", "ok", 7),
        ("select 1/0", "failed", 0),
        ("select 'x' where false", "ok", 0),
    ];
    assert_eq!(
        seen,
        expected.map(|(sql, outcome, rows)| (sql.to_owned(), outcome.to_owned(), rows))
    );
    assert_eq!(log[2]["detail"]["columns"], json!(["a"]));
    assert_eq!(log[2]["detail"]["preview"][6], json!(["7"]));
    assert_eq!(log[3]["detail"]["error"]["code"], "22012");
    let found = house.gateway.get("/v1/search?q=generate_series");
    assert_eq!(found["hits"].as_array().map(Vec::len), Some(1), "{found}");
}

#[test]
fn parameters_are_on_the_log() {
    let house = House::open();
    let script = house.gateway.folder().join("script.sql");
    std::fs::write(&script, "\\set n 4711\nselect :n + 1;\n").unwrap();
    let bench = run(
        house
            .client("pgbench")
            .args(["-n", "-t", "2", "-M", "prepared", "-f"])
            .arg(&script),
        "",
    );
    assert_eq!(bench.code, 0, "{bench:?}");
    let log = house.log(&house.last_session());
    let asked: Vec<_> = log
        .iter()
        .filter(|entry| text(&entry["text"]).contains("+ 1"))
        .collect();
    assert_eq!(asked.len(), 2, "{log:?}");
    for entry in asked {
        assert_eq!(
            (&entry["detail"]["parameters"], &entry["rows"]),
            (&json!(["4711"]), &json!(1)),
            "{entry}"
        );
    }
}

#[test]
fn a_copy_that_is_sent_in_one_go_with_what_follows_arrives_whole() {
    let house = House::open();
    house.direct("create table t (b text)");
    // One write: the query, rows before the server has asked for them, their end, and another query behind it.
    let mut socket = TcpStream::connect(("127.0.0.1", house.port)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let message = |tag: u8, body: &[u8]| {
        let len = (body.len() as u32 + 4).to_be_bytes();
        [&[tag][..], &len, body].concat()
    };
    let startup = [
        &196_608_u32.to_be_bytes()[..],
        b"user\0ann:db\0database\0postgres\0\0",
    ]
    .concat();
    let startup = [&(startup.len() as u32 + 4).to_be_bytes()[..], &startup].concat();
    socket.write_all(&startup).unwrap();
    socket
        .write_all(&message(b'p', format!("{PASSWORD}\0").as_bytes()))
        .unwrap();
    let all = [
        message(b'Q', b"copy t from stdin\0"),
        message(b'd', b"a row\n"),
        message(b'c', b""),
        message(b'Q', b"select count(*) || ' row' from t\0"),
        message(b'X', b""),
    ];
    socket.write_all(&all.concat()).unwrap();
    let mut said = Vec::new();
    socket.read_to_end(&mut said).unwrap();
    assert!(
        String::from_utf8_lossy(&said).contains("1 row"),
        "{}",
        String::from_utf8_lossy(&said)
    );
    let id = house.last_session();
    let log = house.log(&id);
    assert_eq!(log[0]["rows"], 1, "{log:?}");
    assert_eq!(
        house.gateway.session(&id)["bytes_up"].as_u64().unwrap(),
        all.concat().len() as u64
    );
}

#[test]
fn a_request_to_cancel_reaches_its_statement() {
    let house = House::open();
    let psql = Program::start(house.client("psql").args(["-XAtc", "select pg_sleep(600)"]));
    until(PATIENCE, "the statement runs", || {
        (house.sleeping() == 1).then_some(())
    });
    let interrupted = run(Command::new("kill").arg("-INT").arg(psql.pid().to_string()), "");
    assert_eq!(interrupted.code, 0);
    psql.err.wait_for("canceling statement due to user request");
    assert_eq!(house.sleeping(), 0);
}

impl House {
    /// Counts the statements that sleep on the server.
    fn sleeping(&self) -> u32 {
        let running =
            "select count(*) from pg_stat_activity where state = 'active' and query like 'select pg_sleep%'";
        self.direct(running).parse().unwrap()
    }
}

#[test]
fn a_lock_holds_statements_and_an_unlock_lets_them_go() {
    let house = House::open();
    house.direct("create table t (a int)");
    let mut psql = house.prompt();
    let id = house.gateway.running();
    house
        .gateway
        .print(&["sessions", "lock", &id, "-y", "--message", "wait"]);
    psql.say("insert into t values (1);\nselect 'done';\n");
    // The notice is shown when the next answer comes; that the statement does not arrive can only be watched.
    until(PATIENCE, "the session is locked", || {
        (house.gateway.session(&id)["state"] == "locked").then_some(())
    });
    assert_eq!(house.direct("select count(*) from t"), "0");
    house.gateway.print(&["sessions", "unlock", &id, "-y"]);
    psql.out.wait_for("done");
    assert_eq!(house.direct("select count(*) from t"), "1");
    assert!(
        psql.err.text().contains("session locked by admin: wait"),
        "{}",
        psql.err.text()
    );
}

#[test]
fn terminate_cuts_the_client_and_stops_its_statement() {
    let house = House::open();
    let mut psql = Program::start(house.client("psql").args(["-XAtc", "select pg_sleep(600)"]));
    until(PATIENCE, "the statement runs", || {
        (house.sleeping() == 1).then_some(())
    });
    let id = house.gateway.running();
    house
        .gateway
        .print(&["sessions", "terminate", &id, "-y", "--reason", "enough"]);
    assert!(!psql.ended().success());
    let words = psql.err.text();
    assert!(
        words.contains("an administrator terminated the session: enough"),
        "{words}"
    );
    until(PATIENCE, "the statement is stopped", || {
        (house.sleeping() == 0).then_some(())
    });
    let log = house.log(&id);
    assert_eq!((log.len(), &log[0]["outcome"]), (1, &Value::Null), "{log:?}");
}

#[test]
fn passwords_in_statements_and_of_accounts_are_nowhere() {
    let house = House::open();
    let hidden = "planted-password-9d2";
    let made = house.psql(&format!("create role other login password '{hidden}'"));
    assert_eq!(made.code, 0, "{made:?}");
    let id = house.last_session();
    let log = house.log(&id);
    assert_eq!(log[0]["text"], "create role other login password '***'");
    let tape = house
        .gateway
        .print(&["sessions", "export", &id, "--as", "json", "-O", "-"]);
    let all = format!("{tape}{log:?}{}", house.gateway.log());
    assert!(!all.contains(hidden) && !all.contains(SECRET));
    for file in crate::gateway::files(house.gateway.data()) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        let holds = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        assert!(
            !holds(hidden) && !holds(SECRET) && !holds(PASSWORD),
            "{}",
            file.display()
        );
    }
}

#[test]
fn wrong_passwords_and_strangers_learn_nothing_and_reach_nothing() {
    let house = House::open();
    for (user, password) in [
        ("ann:db", "wrong"),
        ("nobody:db", PASSWORD),
        ("ann:other", PASSWORD),
        ("ann", PASSWORD),
    ] {
        let outcome = run(
            client("psql", house.port, user, password).args(["-XAtc", "select 1"]),
            "",
        );
        assert_eq!(outcome.code, 2, "{user}: {outcome:?}");
        assert!(outcome.err.contains("FATAL"), "{}", outcome.err);
        assert!(!outcome.err.contains("app"), "{}", outcome.err);
    }
    let reached = house.direct(
        "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    );
    assert_eq!(reached, "0");
}

#[test]
fn both_ways_are_encrypted_where_they_can_be() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(folder.path());
    let mut house = House::open();
    // From here on the API speaks TLS as well; what this test needs of it is done.
    house.gateway.environment("DOORWARD_TLS_CERT", &cert);
    house.gateway.environment("DOORWARD_TLS_KEY", &key);
    house.gateway.stop();
    house.gateway.restart();
    house.port = listening(&house.gateway);
    let mut psql = house.client("psql");
    psql.env("PGSSLMODE", "verify-ca").env("PGSSLROOTCERT", &cert);
    let outcome = run(
        psql.args([
            "-XAtc",
            "\\conninfo",
            "-c",
            "select ssl from pg_stat_ssl where pid = pg_backend_pid()",
        ]),
        "",
    );
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.out.contains("SSL connection"), "{}", outcome.out);
    assert_eq!(outcome.out.lines().last(), Some("t"), "{}", outcome.out);
}

pub(crate) fn certificate(folder: &Path) -> (String, String) {
    let path = |name: &str| -> PathBuf { folder.join(name) };
    let (cert, key) = (path("cert.pem"), path("key.pem"));
    let mut openssl = Command::new("openssl");
    openssl
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args([
            "-subj",
            "/CN=gateway",
            "-addext",
            "basicConstraints=critical,CA:TRUE",
            "-keyout",
        ])
        .arg(&key)
        .arg("-out")
        .arg(&cert);
    let made = run(&mut openssl, "");
    assert_eq!(made.code, 0, "{made:?}");
    (cert.display().to_string(), key.display().to_string())
}
