//! Clients of PostgreSQL that people have: through the gateway they print what they print without it, encrypted and plain.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use testkit::tools;

use crate::{
    pghouse::House,
    program::{PATIENCE, Program, lock_lasts, run, until},
};

/// Gives the folder of this file's scripts.
pub(crate) fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/clients")
}

/// Gives the environment with which a client finds its server.
fn environment(mut client: Command) -> Vec<(OsString, Option<OsString>)> {
    client
        .env("PGCONNECT_TIMEOUT", "30")
        .get_envs()
        .map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned)))
        .collect()
}

/// Prepares another program with the environment of a client.
pub(crate) fn with_environment(program: &Path, client: Command) -> Command {
    let mut command = Command::new(program);
    for (name, value) in environment(client) {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// Gives Python when it has psycopg.
pub(crate) fn psycopg() -> Option<PathBuf> {
    let python = tools::path("python3");
    let has = run(Command::new(&python).args(["-c", "import psycopg"]), "").code == 0;
    tools::can(has, "psycopg is not installed").then_some(python)
}

/// Runs a script with the environment that libpq knows, through the gateway and without it; gives what it printed both times.
fn alike(house: &House, program: &Path, script: &str, environment: &[(&str, &str)]) -> String {
    let way = |client: Command| {
        // The same environment, another program.
        let mut command = with_environment(program, client);
        command
            .arg(scripts().join(script))
            .envs(environment.iter().copied());
        run(&mut command, "")
    };
    let (through, direct) = (way(house.client("psql")), way(house.server.client("psql")));
    // Remarks on standard error have addresses in them.
    assert_eq!(
        (through.code, &through.out),
        (direct.code, &direct.out),
        "{script}"
    );
    assert_eq!(through.code, 0, "{script}: {}", through.err);
    through.out
}

#[test]
fn psycopg_does_the_same_as_without_a_gateway() {
    let Some(python) = psycopg() else { return };
    let mut house = House::open();
    let out = alike(&house, &python, "use_psycopg.py", &[]);
    assert!(out.contains("cancelled ('57014', True)"), "{out}");
    house.encrypt();
    let out = alike(&house, &python, "use_psycopg.py", &[]);
    assert!(
        out.contains("cancelled ('57014', True)") && out.contains("heard [('news', 'piece 0')"),
        "{out}"
    );
}

#[test]
fn node_postgres_does_the_same_as_without_a_gateway() {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/node/node_modules");
    if !tools::have(&["node"]) || !tools::can(modules.join("pg").is_dir(), "node-postgres is not installed") {
        return;
    }
    let (modules, node) = (modules.display().to_string(), tools::path("node"));
    let mut house = House::open();
    let out = alike(&house, &node, "use_pg.cjs", &[("NODE_PATH", &modules)]);
    assert!(out.contains(r#"heard "from node""#), "{out}");
    let cert = house.encrypt();
    let environment = [("NODE_PATH", modules.as_str()), ("NODE_EXTRA_CA_CERTS", &cert)];
    let out = alike(&house, &node, "use_pg.cjs", &environment);
    assert!(out.contains(r#"heard "from node""#), "{out}");
}

/// Fills a table by `sysbench`, changes it one by one and by four at once, and removes it; gives what was done one by one, and how many
/// rows there were at the end.
fn benched(house: &House, client: &Command) -> (Vec<String>, String) {
    let variable = |name: &str| {
        let found = client.get_envs().find(|(one, _)| *one == name);
        found.unwrap().1.unwrap().to_str().unwrap().to_owned()
    };
    let bench = |words: &[&str]| {
        let mut command = Command::new("sysbench");
        command.args([
            "--db-driver=pgsql",
            "--pgsql-host=127.0.0.1",
            "--pgsql-db=postgres",
        ]);
        command.args([
            format!("--pgsql-port={}", variable("PGPORT")),
            format!("--pgsql-user={}", variable("PGUSER")),
            format!("--pgsql-password={}", variable("PGPASSWORD")),
        ]);
        // What it has no option for, it takes from there: how it encrypts.
        command.envs(client.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.args(["oltp_read_write", "--table-size=500", "--rand-seed=7", "--time=0"]);
        let outcome = run(command.args(words), "");
        assert!(outcome.code == 0 && !outcome.out.contains("FATAL"), "{outcome:?}");
        performed(&outcome.out)
    };
    bench(&["prepare"]);
    let one = bench(&["--threads=1", "--events=60", "run"]);
    bench(&["--threads=4", "--events=200", "--skip-trx", "run"]);
    let rows = house.direct("select count(*) from sbtest1");
    bench(&["cleanup"]);
    (one, rows)
}

#[test]
fn sysbench_on_postgresql_does_the_same_as_without_a_gateway() {
    let mut house = House::open();
    let direct = benched(&house, &house.server.client("psql"));
    assert!(
        direct.0.iter().any(|line| line.starts_with("total: 1200")),
        "{direct:?}"
    );
    assert_eq!(benched(&house, &house.client("psql")), direct);
    house.encrypt();
    assert_eq!(benched(&house, &house.client("psql")), direct);
}

/// Gives what `sysbench` says that it has done: reads, writes, the rest, and all of them.
pub(crate) fn performed(said: &str) -> Vec<String> {
    let lines = said
        .lines()
        .skip_while(|line| !line.contains("queries performed"));
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    lines.skip(1).take(4).map(words).collect()
}

#[test]
fn a_dump_that_is_restored_through_the_gateway_is_the_same() {
    let mut house = House::open();
    house.direct(
        "create table t (a serial primary key, b text, c bytea);
         insert into t (b, c) select 'row ' || g, sha256(g::text::bytea) from generate_series(1, 20000) g;
         create index on t (b); create view v as select count(*) from t;
         create table u (a int references t, b jsonb); insert into u select g, '{\"x\": 1}' from generate_series(1, 500) g;
         select lo_from_bytea(4711, sha256('large'))",
    );
    restored(&house, "plain");
    house.encrypt();
    restored(&house, "encrypted");
}

/// Dumps the database, and restores it through the gateway and without it; `name` is that of the dump.
fn restored(house: &House, name: &str) {
    for database in ["through", "direct"] {
        house.direct(&format!("drop database if exists {database}"));
        house.direct(&format!("create database {database}"));
    }
    let dump = house.gateway.folder().join(name);
    let dumped = run(
        house.client("pg_dump").args(["-Fd", "-j", "2", "-f"]).arg(&dump),
        "",
    );
    assert_eq!(dumped.code, 0, "{dumped:?}");
    let restore = |mut client: Command, database: &str| {
        let outcome = run(client.args(["-j", "2", "-d", database]).arg(&dump), "");
        assert_eq!(outcome.code, 0, "{outcome:?}");
    };
    restore(house.client("pg_restore"), "through");
    restore(house.server.client("pg_restore"), "direct");
    let content = |database: &str| {
        let outcome = run(house.server.client("pg_dump").args(["-d", database]), "");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        // The guard of a dump is a random word.
        let lines = outcome.out.lines().filter(|line| !line.contains("restrict "));
        lines.collect::<Vec<_>>().join("\n")
    };
    let (through, direct) = (content("through"), content("direct"));
    assert!(through.contains("row 20000") && through.contains("4711"));
    assert!(through == direct, "what was restored differs");
}

#[test]
fn a_lock_in_the_middle_of_a_copy_loses_nothing() {
    let house = House::open();
    let sum = "select count(*), md5(string_agg(a || b, ',' order by a)) from ";
    house.direct("create table a (a int, b text); create table b (a int, b text)");
    let mut psql = Program::start(house.client("psql").args(["-XAtq"]));
    psql.say("select 'ready';\n");
    psql.out.wait_for("ready");
    let id = house.gateway.running();
    let rows = |from: u32, to: u32| -> String {
        (from..to).fold(String::new(), |text, n| text + &format!("{n}\trow number {n}\n"))
    };
    psql.say("copy a from stdin;\n");
    psql.say(&rows(0, 5000));
    let locked = |state: &str| {
        until(PATIENCE, state, || {
            (house.gateway.session(&id)["state"] == state).then_some(())
        });
    };
    house.gateway.print(&["sessions", "lock", &id, "-y"]);
    locked("locked");
    let up = || house.gateway.session(&id)["bytes_up"].as_u64().unwrap();
    psql.say(&rows(5000, 60_000));
    psql.say("\\.\nselect 'copied';\n");
    // Its pipe is full, or psql is: it stands still, and the table is not there yet.
    assert_eq!(house.direct("select count(*) from a"), "0");
    let before = up();
    lock_lasts();
    assert!(!psql.out.text().contains("copied"));
    assert_eq!(up(), before);
    house.gateway.print(&["sessions", "unlock", &id, "-y"]);
    psql.out.wait_for("copied");
    let direct = run(
        house.server.client("psql").args(["-Xc", r"\copy b from stdin"]),
        &(rows(0, 60_000) + "\\.\n"),
    );
    assert_eq!(direct.code, 0, "{direct:?}");
    assert_eq!(
        house.direct(&format!("{sum} a")),
        house.direct(&format!("{sum} b"))
    );
}
