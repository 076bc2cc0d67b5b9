//! MySQL through the gateway, with the clients that people have, against a real MariaDB server.

use std::{
    fmt::Write as _,
    process::Command,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Instant,
};

use serde_json::{Value, json};
use testkit::tools;

use crate::{
    approvals,
    gateway::{Gateway, PASSWORD, text},
    pghouse,
    program::{Outcome, PATIENCE, Program, lock_lasts, run, until},
    sshd::whoami,
};

/// The password of the account on the server; nothing but the vault may hold it.
pub(crate) const SECRET: &str = "account-secret-77";

/// The server of all these tests: one takes seconds to make. It ends when its input does, with the program of the tests.
static SERVER: LazyLock<Server> = LazyLock::new(Server::start);

/// Numbers for databases and accounts, one of each for every test.
static NEXT: AtomicU32 = AtomicU32::new(1);

/// A server that wants passwords and speaks TLS.
struct Server {
    /// Holds the server's input open.
    _program: Program,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let script = r#"
            set -e
            PATH=$PATH:/usr/sbin
            dir=$(mktemp -d)
            trap 'rm -rf "$dir"' EXIT
            mariadb-install-db --no-defaults --datadir="$dir/data" --auth-root-authentication-method=normal \
                --skip-test-db >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=db \
                -keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null
            # A free port: the first of some that the server can take.
            for try in 1 2 3 4 5 6 7 8 9; do
                port=$((20000 + RANDOM % 12000))
                mariadbd --no-defaults --datadir="$dir/data" --socket="$dir/s" --pid-file="$dir/pid" --port=$port \
                    --bind-address=127.0.0.1 --plugin-load-add=auth_ed25519 --skip-log-bin --local-infile=1 \
                    --innodb-flush-log-at-trx-commit=0 --innodb-buffer-pool-size=32M --innodb-use-native-aio=0 \
                    --ssl-cert="$dir/cert.pem" --ssl-key="$dir/key.pem" >"$dir/log" 2>&1 &
                server=$!
                while kill -0 $server 2>/dev/null; do
                    if mariadb --no-defaults -S "$dir/s" -u root -e "
                        create user maker identified by '$0'; grant all on *.* to maker with grant option;
                        create user signed identified via ed25519 using password('$0'); grant all on *.* to signed;
                        set global max_allowed_packet = 1 << 30" 2>/dev/null; then
                        echo "up: port=$port;"
                        read -r _ || true
                        kill -9 $server
                        exit 0
                    fi
                    sleep 0.1
                done
            done
            cat "$dir/log"
            exit 1
        "#;
        let mut command = if whoami() == "root" {
            let mut command = Command::new("runuser");
            command.args(["-u", "mysql", "--", "bash"]);
            command
        } else {
            Command::new("bash")
        };
        command.args(["-c", script]).arg(SECRET).current_dir("/");
        let program = Program::start(&mut command);
        let (_, from) = program.out.wait_from(0, "up: port=");
        let (_, end) = program.out.wait_from(from, ";");
        let said = program.out.bytes();
        let port = String::from_utf8_lossy(&said[from..end - 1]).into_owned();
        Self {
            port: port.parse().unwrap(),
            _program: program,
        }
    }
}

/// Prepares a client so that both ways are run by the same words.
pub(crate) fn client(program: &str, port: u16, user: &str, password: &str) -> Command {
    let mut command = Command::new(program);
    command
        .arg("--no-defaults")
        .args(["-h", "127.0.0.1", "-P", &port.to_string(), "-u", user])
        .arg(format!("-p{password}"));
    command
}

/// Prepares `sysbench`; its test and what more it needs come behind.
pub(crate) fn sysbench(port: u16, user: &str, password: &str, database: &str) -> Command {
    let mut command = Command::new("sysbench");
    command.args(["--db-driver=mysql", "--mysql-host=127.0.0.1"]);
    command.args([
        format!("--mysql-port={port}"),
        format!("--mysql-user={user}"),
        format!("--mysql-password={password}"),
        format!("--mysql-db={database}"),
    ]);
    command
}

pub(crate) struct House {
    pub(crate) gateway: Gateway,
    pub(crate) port: u16,
    /// The database of this test, and of its account.
    pub(crate) name: String,
}

impl House {
    pub(crate) fn open() -> Self {
        let name = format!("base{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let made = format!(
            "create database {name}; create user {name} identified by '{SECRET}'; grant all on *.* to {name} with grant option"
        );
        let made = run(
            client("mariadb", SERVER.port, "maker", SECRET).args(["-e", &made]),
            "",
        );
        assert_eq!(made.code, 0, "{made:?}");
        let gateway = Gateway::start_with(&[("DOORWARD_MYSQL", "127.0.0.1:0")]);
        gateway.apply(&json!([
            { "kind": "user", "name": "ann", "spec": { "password": PASSWORD } },
            { "kind": "secret", "name": "app", "spec": { "form": "password", "value": SECRET } },
            { "kind": "resource", "name": "db", "spec": { "type": "mysql", "host": "127.0.0.1", "port": SERVER.port } },
            { "kind": "account", "name": "app", "spec": {
                "login": name, "resources": { "names": ["db"] }, "secret": "app" } },
            { "kind": "account", "name": "signed", "spec": {
                "login": "signed", "resources": { "names": ["db"] }, "secret": "app" } },
            { "kind": "profile", "name": "usual", "spec": {} },
            { "kind": "access_rule", "name": "all", "spec": {
                "users": ["ann"], "resources": { "names": ["db"] }, "accounts": ["app", "signed"], "profile": "usual" } },
        ]));
        let house = Self {
            port: listening(&gateway),
            gateway,
            name,
        };
        // What the server looks like is known from here on.
        house.asks("select 1");
        house
    }

    /// Starts the gateway anew, with TLS; gives the file of the certificate. The API speaks it as well from then on.
    pub(crate) fn encrypt(&mut self) -> String {
        let cert = pghouse::encrypt(&mut self.gateway);
        self.port = listening(&self.gateway);
        self.asks("select 1");
        cert
    }

    /// Gives the port of the server itself.
    pub(crate) fn server_port() -> u16 {
        SERVER.port
    }

    /// Prepares a client that goes through the gateway as `ann`.
    pub(crate) fn client(&self, program: &str) -> Command {
        client(program, self.port, "ann:db", PASSWORD)
    }

    /// Prepares a client that goes through the gateway with a login name.
    pub(crate) fn client_as(&self, login: &str) -> Command {
        client("mariadb", self.port, login, PASSWORD)
    }

    /// Prepares a client that goes to the server itself.
    pub(crate) fn itself(&self, program: &str) -> Command {
        client(program, SERVER.port, &self.name, SECRET)
    }

    fn asks(&self, sql: &str) -> Outcome {
        let outcome = run(self.client("mariadb").args(["-BN", "-e", sql, &self.name]), "");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        outcome
    }

    /// Asks the server itself.
    pub(crate) fn direct(&self, sql: &str) -> String {
        let outcome = run(self.itself("mariadb").args(["-BN", "-e", sql, &self.name]), "");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        outcome.out.trim().to_owned()
    }

    /// Gives the statements of a session that ended.
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

    pub(crate) fn last_session(&self) -> String {
        text(&self.gateway.sessions("status=all&limit=1")[0]["session_id"])
    }

    /// Counts the statements that sleep on the server.
    fn sleeping(&self) -> u32 {
        self.direct(&format!("select count(*) from information_schema.processlist where db = '{}' and info like 'select sleep%'", self.name))
            .parse()
            .unwrap()
    }

    /// Makes another database.
    fn copy(&self) -> String {
        let name = format!("{}_copy", self.name);
        self.direct(&format!("create database {name}"));
        name
    }

    /// Gives the checksum of the table `t` of a database.
    fn sum(&self, database: &str) -> String {
        let said = self.direct(&format!("checksum table {database}.t"));
        said.rsplit('\t').next().unwrap().to_owned()
    }

    pub(crate) fn wait_for_sleep(&self) {
        until(PATIENCE, "the statement runs", || {
            (self.sleeping() == 1).then_some(())
        });
    }
}

/// Gives the port of the gateway's MySQL listener.
pub(crate) fn listening(gateway: &Gateway) -> u16 {
    let log = gateway.log();
    let up = log
        .lines()
        .rfind(|line| line.contains("the gateway is up"))
        .unwrap();
    let up: Value = serde_json::from_str(up).unwrap();
    let address = text(&up["fields"]["mysql"]);
    address.rsplit(':').next().unwrap().parse().unwrap()
}

/// Gives what matters of a run.
fn said(outcome: Outcome) -> (i32, String, String) {
    (outcome.code, outcome.out, outcome.err)
}

#[test]
fn the_client_prints_the_same_and_fails_the_same_as_without_a_gateway() {
    let house = House::open();
    house.direct("create table t (a int primary key, b varchar(40)); insert into t select seq, concat('row ', seq) from seq_1_to_500");
    let rows = house.gateway.folder().join("rows");
    std::fs::write(&rows, "501\tmore\n502\tand more\n").unwrap();
    let load = format!("load data local infile '{}' into table t", rows.display());
    let missing = "load data local infile '/nowhere' into table t";
    let scripts: [(&[&str], &str); 12] = [
        (&["-e", "select 1 as one, null as none, 'ü' as text"], ""),
        (
            &[
                "-t",
                "-e",
                "select * from t order by a limit 3; select count(*) from t",
            ],
            "",
        ),
        (&["-e", "gibberish 1"], ""),
        (&["-e", "select 1; select nothing; select 2"], ""),
        (&["-f"], "select 1; select nothing; select 2;"),
        (&[], "begin;\nselect count(*) from t;\nselect nothing;\n"),
        (&["--local-infile=1", "-e", &load], ""),
        (&["--local-infile=1", "-e", missing], ""),
        (&["-vv", "-e", "insert into t values (1, 'twice')"], ""),
        (
            &["-vvv", "-e", "update t set b = 'x' where a < 4; show warnings"],
            "",
        ),
        (
            &[
                "-e",
                "delimiter //\ncreate or replace procedure p() begin select 1; select 2; end//\ncall p()//\n",
            ],
            "",
        ),
        (
            &[
                "--comments",
                "-e",
                "select repeat('x', 20000000) as big into @x; select length(@x); do sleep(0)",
            ],
            "",
        ),
    ];
    for (words, input) in scripts {
        let both = [house.client("mariadb"), house.itself("mariadb")].map(|mut client| {
            let outcome = said(run(client.args(words).arg(&house.name), input));
            // What a script changed is taken back, so that both find the same.
            house.direct("delete from t where a > 500; update t set b = concat('row ', a)");
            let timeless = |text: String| {
                let lines = text
                    .lines()
                    .map(|line| line.split(" (0.").next().unwrap_or(line).to_owned());
                lines.collect::<Vec<_>>().join("\n")
            };
            (outcome.0, timeless(outcome.1), timeless(outcome.2))
        });
        assert_eq!(both[0], both[1], "{words:?}");
    }
    let missing = [house.client("mariadb"), house.itself("mariadb")]
        .map(|mut client| said(run(client.args(["-e", "select 1", "nowhere"]), "")));
    assert_eq!(missing[0], missing[1]);
    assert!(missing[0].2.contains("ERROR 1049 (42000)"), "{}", missing[0].2);
}

#[test]
fn a_packet_of_more_than_16_mebibytes_goes_both_ways() {
    let house = House::open();
    house.direct("create table t (b longtext)");
    let big = "x".repeat(17 << 20);
    let sql = format!("insert into t values ('{big}'); select length(b), md5(b) from t; select b from t;");
    let both = [house.client("mariadb"), house.itself("mariadb")].map(|mut client| {
        let outcome = run(
            client.args(["--max-allowed-packet=64M", "-BN", &house.name]),
            &sql,
        );
        house.direct("delete from t");
        said(outcome)
    });
    assert_eq!(both[0].0, 0, "{}", both[0].2);
    assert!(both[0] == both[1] && both[0].1.len() > big.len());
}

#[test]
fn a_dump_is_the_same_and_is_restored_to_the_same() {
    let house = House::open();
    house.direct(
        "create table t (a int primary key auto_increment, b varchar(80), c blob, d datetime(3), index (b));
         insert into t (b, c, d) select md5(seq), unhex(sha1(seq)), '2026-11-22 06:07:08.123' from seq_1_to_3000;
         create view v as select a, b from t; create trigger before_t before insert on t for each row set new.b = upper(new.b)",
    );
    let words = [
        "--routines",
        "--triggers",
        "--skip-dump-date",
        "--hex-blob",
        &house.name,
    ];
    let through = run(house.client("mariadb-dump").args(words), "");
    let direct = run(house.itself("mariadb-dump").args(words), "");
    assert_eq!(through.code, 0, "{}", through.err);
    assert!(through.out.len() > 100_000);
    assert!(through.out == direct.out, "the dumps differ");
    let copy = house.copy();
    let restored = run(house.client("mariadb").arg(&copy), &through.out);
    assert_eq!(restored.code, 0, "{restored:?}");
    assert_eq!(
        house.direct("checksum table d.t, e.t").split_whitespace().nth(1),
        house.direct("checksum table e.t").split_whitespace().nth(1)
    );
}

#[test]
fn every_statement_of_a_script_is_on_the_log_in_order_with_its_outcome() {
    let house = House::open();
    let mut script = String::from("create table t (a int primary key, b text);\n");
    let mut expected = vec![("create table t (a int primary key, b text)".to_owned(), "ok", 0)];
    for number in 1..=66 {
        writeln!(script, "insert into t values ({number}, 'row {number}');").unwrap();
        expected.push((
            format!("insert into t values ({number}, 'row {number}')"),
            "ok",
            1,
        ));
        script.push_str("select a, b from t order by a;\n");
        expected.push(("select a, b from t order by a".to_owned(), "ok", number));
        writeln!(script, "select nothing_{number};").unwrap();
        expected.push((format!("select nothing_{number}"), "failed", 0));
    }
    script.push_str("update t set b = 'all';\n");
    expected.push(("update t set b = 'all'".to_owned(), "ok", 66));
    run(house.client("mariadb").args(["-f", &house.name]), &script);
    let log = house.log(&house.last_session());
    let seen: Vec<_> = log
        .iter()
        .filter(|entry| text(&entry["text"]) != "select @@version_comment limit 1")
        .map(|entry| {
            (
                text(&entry["text"]),
                text(&entry["outcome"]),
                entry["rows"].as_i64().unwrap(),
            )
        })
        .collect();
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(sql, outcome, rows)| (sql, outcome.to_owned(), rows))
        .collect();
    assert_eq!(expected.len(), 200);
    assert_eq!(seen, expected);
    let row = log
        .iter()
        .find(|entry| text(&entry["text"]).starts_with("select a"))
        .unwrap();
    assert_eq!(row["detail"]["columns"], json!(["a", "b"]));
    assert_eq!(row["detail"]["preview"], json!([["1", "row 1"]]));
    let failed = log.iter().find(|entry| entry["outcome"] == "failed").unwrap();
    assert_eq!(failed["detail"]["error"]["code"], "1054");
}

/// Runs a program of PyMySQL; [`None`] where there is none.
pub(crate) fn python(house: &House, direct: bool, program: &str) -> Option<Outcome> {
    let (port, user, password) = if direct {
        (SERVER.port, house.name.as_str(), SECRET)
    } else {
        (house.port, "ann:db", PASSWORD)
    };
    let head = format!(
        "import pymysql\nc = pymysql.connect(host='127.0.0.1', port={port}, user='{user}', password='{password}', database='{}', \
         client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS, local_infile=True)\nk = c.cursor()\n",
        house.name
    );
    let mut command = Command::new(tools::python(&["pymysql"])?);
    Some(run(command.args(["-c", &format!("{head}{program}")]), ""))
}

#[test]
fn a_driver_gets_the_same_and_several_statements_have_an_entry_each() {
    let house = House::open();
    let program = r"
k.execute('create or replace table p (a int, b blob)')
k.executemany('insert into p values (%s, %s)', [(n, bytes([n, 255])) for n in range(9)])
c.commit()
k.execute('select 1 as x; select a, b from p where a < 2; insert into p values (100, null)')
print(k.fetchall(), k.nextset(), k.fetchall(), k.nextset(), k.rowcount, k.nextset())
try:
    k.execute('select nothing')
except pymysql.err.OperationalError as error:
    print(error)
c.ping(); c.select_db('mysql'); print(c.open)
k.execute('select database()'); print(k.fetchall())
c.close()
";
    let Some(through) = python(&house, false, program) else {
        return;
    };
    let direct = python(&house, true, program).unwrap();
    assert_eq!(through.code, 0, "{through:?}");
    assert_eq!(said(through), said(direct));
    let log = house.log(&house.last_session());
    let texts: Vec<_> = log.iter().map(|entry| text(&entry["text"])).collect();
    let at = texts.iter().position(|text| text == "select 1 as x").unwrap();
    assert_eq!(
        texts[at + 1..at + 3],
        [
            "select a, b from p where a < 2",
            "insert into p values (100, null)"
        ]
    );
    assert_eq!(log[at + 1]["rows"], 2);
    assert_eq!(
        log[at + 1]["detail"]["preview"],
        json!([["0", "0x00ff"], ["1", "0x01ff"]])
    );
    assert_eq!(log[at + 2]["rows"], 1);
    assert!(texts.contains(&"USE `mysql`".to_owned()), "{texts:?}");
}

#[test]
fn prepared_statements_have_their_parameters_on_the_log() {
    let house = House::open();
    let bench = |words: &[&str]| {
        let mut command = sysbench(house.port, "ann:db", PASSWORD, &house.name);
        // Of two threads that log in at once one may fail within the client's library, which then loads a plugin twice.
        command.args(["oltp_read_write", "--tables=1", "--table-size=200", "--threads=1"]);
        let outcome = run(command.args(words), "");
        assert!(outcome.code == 0 && !outcome.out.contains("FATAL"), "{outcome:?}");
    };
    bench(&["prepare"]);
    bench(&["--events=20", "--time=0", "run"]);
    let ids = house.gateway.sessions("status=all&limit=3");
    let asked = ids
        .iter()
        .flat_map(|session| house.log(&text(&session["session_id"])))
        .find(|entry| {
            text(&entry["text"]).starts_with("SELECT c FROM sbtest1 WHERE id=?") && entry["outcome"] == "ok"
        });
    let asked = asked.expect("a prepared statement");
    assert_eq!(
        asked["detail"]["parameters"].as_array().map(Vec::len),
        Some(1),
        "{asked}"
    );
    assert_eq!(asked["detail"]["columns"], json!(["c"]));
    assert_eq!(asked["rows"], 1);
}

#[test]
fn an_interrupt_ends_the_statement_within_two_seconds() {
    let house = House::open();
    let client = Program::start(
        house
            .client("mariadb")
            .args(["-e", "select sleep(600)", &house.name]),
    );
    house.wait_for_sleep();
    let before = Instant::now();
    let interrupted = run(Command::new("kill").arg("-INT").arg(client.pid().to_string()), "");
    assert_eq!(interrupted.code, 0);
    until(PATIENCE, "the statement is ended", || {
        (house.sleeping() == 0).then_some(())
    });
    let took = before.elapsed();
    assert!(took.as_millis() < 2000, "{took:?}");
    let sessions = house.gateway.sessions("status=all&limit=1");
    let log = house.log(&text(&sessions[0]["session_id"]));
    let kill = log
        .iter()
        .find(|entry| text(&entry["text"]).starts_with("KILL QUERY"))
        .unwrap();
    assert!(
        text(&kill["detail"]["sent_as"]).starts_with("KILL QUERY "),
        "{kill}"
    );
}

#[test]
fn a_change_of_the_user_is_refused_and_the_connection_stays() {
    let house = House::open();
    let program = r"
import struct
from pymysql.constants import COMMAND
c._execute_command(COMMAND.COM_CHANGE_USER, b'root\0\0d\0')
try:
    c._read_ok_packet()
except pymysql.err.MySQLError as error:
    print(error)
k.execute('select 7'); print(k.fetchall())
";
    let Some(outcome) = python(&house, false, program) else {
        return;
    };
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(
        outcome.out.contains("keeps its user") && outcome.out.contains("((7,),)"),
        "{}",
        outcome.out
    );
}

#[test]
fn a_lock_in_the_middle_of_a_dump_loses_nothing() {
    let house = House::open();
    house.direct("create table t (a int primary key, b varchar(255)); insert into t select seq, repeat(md5(seq), 6) from seq_1_to_60000");
    let direct = run(
        house
            .itself("mariadb-dump")
            .args(["--skip-dump-date", &house.name]),
        "",
    );
    let copy = house.copy();
    let restore = house.gateway.folder().join("dump.sql");
    std::fs::write(&restore, &direct.out).unwrap();
    let mut client = Program::start(
        Command::new("bash")
            .args(["-c", "exec \"$@\" <\"$0\""])
            .arg(&restore)
            .arg("mariadb")
            .args(house.client("mariadb").arg(&copy).get_args()),
    );
    let rows = format!("select count(*) from information_schema.tables where table_schema = '{copy}'");
    until(PATIENCE, "the restore has begun", || {
        (house.direct(&rows) == "1").then_some(())
    });
    let id = house.gateway.running();
    house.gateway.print(&["sessions", "lock", &id, "-y"]);
    until(PATIENCE, "the session is locked", || {
        (house.gateway.session(&id)["state"] == "locked").then_some(())
    });
    lock_lasts();
    house.gateway.print(&["sessions", "unlock", &id, "-y"]);
    assert!(client.ended().success(), "{}", client.err.text());
    assert_eq!(house.sum(&house.name), house.sum(&copy));
}

#[test]
fn a_lock_holds_statements_and_an_unlock_lets_them_go() {
    let house = House::open();
    house.direct("create table t (a int)");
    let mut client = Program::start(house.client("mariadb").args(["-BNn", &house.name]));
    client.say("select 'ready';\n");
    client.out.wait_for("ready");
    let id = house.gateway.running();
    house.gateway.print(&["sessions", "lock", &id, "-y"]);
    until(PATIENCE, "the session is locked", || {
        (house.gateway.session(&id)["state"] == "locked").then_some(())
    });
    client.say("insert into t values (1);\nselect 'done';\n");
    assert_eq!(house.direct("select count(*) from t"), "0");
    lock_lasts();
    house.gateway.print(&["sessions", "unlock", &id, "-y"]);
    client.out.wait_for("done");
    assert_eq!(house.direct("select count(*) from t"), "1");
}

#[test]
fn terminate_cuts_the_client_and_stops_its_statement() {
    let house = House::open();
    let mut client = Program::start(
        house
            .client("mariadb")
            .args(["-e", "select sleep(600)", &house.name]),
    );
    house.wait_for_sleep();
    let id = house.gateway.running();
    house
        .gateway
        .print(&["sessions", "terminate", &id, "-y", "--reason", "enough"]);
    assert!(!client.ended().success());
    let words = client.err.text();
    assert!(
        words.contains("an administrator terminated the session: enough"),
        "{words}"
    );
    until(PATIENCE, "the statement is stopped", || {
        (house.sleeping() == 0).then_some(())
    });
    let log = house.log(&id);
    let asked = log
        .iter()
        .find(|entry| text(&entry["text"]).contains("sleep"))
        .unwrap();
    assert_eq!(asked["outcome"], Value::Null, "{log:?}");
}

#[test]
fn passwords_in_statements_and_of_accounts_are_nowhere() {
    let house = House::open();
    let hidden = "planted-password-9d2";
    house.asks(&format!(
        "create user {0}o identified by '{hidden}'; set password for {0}o = password('{hidden}')",
        house.name
    ));
    run(
        house
            .client("mariadb")
            .args(["-e", &format!("create user x identified by '{hidden}' gibberish")]),
        "",
    );
    let id = house.last_session();
    let log = house.log(&id);
    let made = log
        .iter()
        .find(|entry| text(&entry["text"]).starts_with("create user"))
        .unwrap();
    assert_eq!(made["text"], "create user x identified by '***' gibberish");
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
fn a_password_for_databases_is_proven_and_not_sent() {
    let house = House::open();
    let ann = house.gateway.token("ann");
    let wish = json!({ "resource": "db" });
    let made = house
        .gateway
        .ask_as(&ann, "POST", "/v1/database-passwords", Some(&wish));
    let made = made.answer().ok();
    let login = format!("{}:db", text(&made["login"]));
    let password = text(&made["password"]);
    for plugin in ["mysql_native_password", "caching_sha2_password"] {
        let ask = |password: &str| {
            let mut mariadb = client("mariadb", house.port, &login, password);
            mariadb.arg(format!("--default-auth={plugin}")).arg("--skip-ssl");
            said(run(mariadb.args(["-BN", "-e", "select 1 + 1"]), ""))
        };
        assert_eq!(ask(&password), (0, "2\n".to_owned(), String::new()), "{plugin}");
        assert_eq!(ask("wrong").0, 1, "{plugin}");
    }
    let words = house
        .gateway
        .cli_as(&ann, &["db", "login", "db"])
        .output()
        .unwrap();
    let line = String::from_utf8(words.stdout).unwrap();
    let (command, address) = line.split_once('\n').unwrap();
    assert!(address.starts_with("mysql://dwp_"), "{line}");
    let shell = run(
        Command::new("sh").args(["-c", &format!("{command} -BNe 'select 3'")]),
        "",
    );
    assert_eq!(said(shell), (0, "3\n".to_owned(), String::new()), "{line}");
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
            client("mariadb", house.port, user, password).args(["-e", "select 1"]),
            "",
        );
        assert_eq!(outcome.code, 1, "{user}: {outcome:?}");
        assert!(outcome.err.contains("ERROR 1045 (28000)"), "{}", outcome.err);
        assert!(!outcome.err.contains(&house.name), "{}", outcome.err);
    }
    assert_eq!(
        house.direct(&format!(
            "select count(*) from information_schema.processlist where user = '{}'",
            house.name
        )),
        "1"
    );
}

#[test]
fn both_ways_are_encrypted_where_they_can_be_and_ed25519_is_known() {
    let mut house = House::open();
    let cert = house.encrypt();
    for (user, login) in [
        ("ann:db", format!("{}@", house.name)),
        ("ann:signed@db", "signed@".to_owned()),
    ] {
        let mut mariadb = client("mariadb", house.port, user, PASSWORD);
        mariadb.arg(format!("--ssl-ca={cert}"));
        let outcome = run(
            mariadb.args([
                "-BN",
                "-e",
                "\\s",
                "-e",
                "select user(); show status like 'ssl_version'",
            ]),
            "",
        );
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert!(outcome.out.contains("Cipher in use is TLS"), "{}", outcome.out);
        assert!(
            outcome.out.contains("TLSv1.3") && outcome.out.contains(&login),
            "{}",
            outcome.out
        );
    }
}

#[test]
fn a_client_waits_for_approval_and_goes_on_within_a_second_or_reads_why_not() {
    let house = House::open();
    let profile = approvals::reviewed(&house.gateway, &json!({}));
    house
        .gateway
        .apply(&json!([{ "kind": "profile", "name": "usual", "spec": profile }]));
    let connected = || {
        house.direct(&format!(
            "select count(*) from information_schema.processlist where user = '{}'",
            house.name
        ))
    };
    let client = Program::start(
        house
            .client("mariadb")
            .args(["-BN", "-e", "select concat('th', 'rough')"]),
    );
    let id = approvals::asked(&house.gateway);
    assert_eq!(connected(), "1", "but for the one that asks, nobody is connected");
    let decided = approvals::decide(&house.gateway, &id, "approve", "");
    let through = client.out.wait_for("through");
    assert!(through.saturating_duration_since(decided).as_secs_f64() < 1.0);
    let mut client = Program::start(house.client("mariadb").args(["-e", "select 1"]));
    let id = approvals::asked(&house.gateway);
    approvals::decide(&house.gateway, &id, "deny", "not at night");
    assert_eq!(client.ended().code(), Some(1));
    client.err.wait_for("a reviewer denied the request: not at night");
}
