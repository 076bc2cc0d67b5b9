//! PostgreSQL through the gateway, with the clients that people have, against a real server.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    time::Instant,
};

use serde_json::{Value, json};

use crate::{
    gateway::{PASSWORD, text},
    pghouse::{House, said},
    pgserver::{SECRET, binaries, client},
    program::{PATIENCE, Program, run, until},
};

#[test]
fn psql_prints_the_same_and_fails_the_same_as_without_a_gateway() {
    let mut house = House::open();
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
    let ways = |house: &House| {
        for (words, input) in scripts {
            let through = said(run(house.client("psql").arg("-X").args(words), input));
            // What a script changed is taken back, so that both find the same.
            house.direct("delete from t where a > 500");
            let direct = said(run(house.server.client("psql").arg("-X").args(words), input));
            house.direct("delete from t where a > 500");
            assert_eq!(through, direct, "{words:?}");
        }
    };
    ways(&house);
    house.encrypt();
    ways(&house);
}

#[test]
fn dumps_copies_and_benchmarks_of_a_database_go_through() {
    let mut house = House::open();
    go_through(&house, "plain");
    house.encrypt();
    go_through(&house, "encrypted");
}

/// Fills, measures, dumps and copies a database; `name` is that of the folder for it.
fn go_through(house: &House, name: &str) {
    let folder = house.gateway.folder().join(name);
    std::fs::create_dir(&folder).unwrap();
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
    let before = Instant::now();
    let interrupted = run(Command::new("kill").arg("-INT").arg(psql.pid().to_string()), "");
    assert_eq!(interrupted.code, 0);
    let heard = psql.err.wait_for("canceling statement due to user request");
    let took = heard.saturating_duration_since(before);
    assert!(took.as_millis() < 2000, "{took:?}");
    assert_eq!(house.sleeping(), 0);
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
    let mut house = House::open();
    house.encrypt();
    let outcome = run(
        house.client("psql").args([
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
