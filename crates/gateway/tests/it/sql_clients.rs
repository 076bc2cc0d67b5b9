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

/// Runs a script with the environment that libpq knows, through the gateway and without it.
fn alike(
    house: &House,
    cert: Option<&str>,
    program: &Path,
    script: &str,
    environment: &[(&str, &str)],
) -> String {
    let way = |through: bool| {
        let client = if through {
            house.client("psql")
        } else {
            house.server.client("psql")
        };
        // The same environment, another program.
        let mut command = with_environment(program, client);
        command
            .arg(scripts().join(script))
            .envs(environment.iter().copied());
        if let (true, Some(cert)) = (through, cert) {
            command.env("PGSSLMODE", "verify-ca").env("PGSSLROOTCERT", cert);
        }
        run(&mut command, "")
    };
    let (through, direct) = (way(true), way(false));
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
    let out = alike(&house, None, &python, "use_psycopg.py", &[]);
    assert!(out.contains("cancelled ('57014', True)"), "{out}");
    let folder = tempfile::tempdir().unwrap();
    let cert = house.encrypt(folder.path());
    let out = alike(&house, Some(&cert), &python, "use_psycopg.py", &[]);
    assert!(out.contains("heard [('news', 'piece 0')"), "{out}");
}

#[test]
fn node_postgres_does_the_same_as_without_a_gateway() {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/node/node_modules");
    if !tools::have(&["node"]) || !tools::can(modules.join("pg").is_dir(), "node-postgres is not installed") {
        return;
    }
    let house = House::open();
    let modules = modules.display().to_string();
    let out = alike(
        &house,
        None,
        &tools::path("node"),
        "use_pg.cjs",
        &[("NODE_PATH", &modules)],
    );
    assert!(out.contains(r#"heard "from node""#), "{out}");
}

#[test]
fn a_dump_that_is_restored_through_the_gateway_is_the_same() {
    let house = House::open();
    let folder = house.gateway.folder();
    house.direct(
        "create table t (a serial primary key, b text, c bytea);
         insert into t (b, c) select 'row ' || g, sha256(g::text::bytea) from generate_series(1, 20000) g;
         create index on t (b); create view v as select count(*) from t;
         create table u (a int references t, b jsonb); insert into u select g, '{\"x\": 1}' from generate_series(1, 500) g;
         select lo_from_bytea(4711, sha256('large'))",
    );
    house.direct("create database through");
    house.direct("create database direct");
    let dump = folder.join("dump");
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
