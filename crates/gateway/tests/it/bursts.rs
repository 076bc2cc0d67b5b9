//! Bursts of statements from eight clients: all of them are on the log, and what they took of memory is given back.

use std::process::Command;

use crate::{
    gateway::{Gateway, PASSWORD, text},
    mysql, pghouse,
    program::{PATIENCE, Program, is_full_size, run, until},
    redishouse,
};

const CLIENTS: usize = 8;

/// What each client sends before memory is measured: what is always there is there after that.
const WARM_UP: usize = 50;

/// By how much memory may be above what it was, in KiB.
const MORE: u64 = 24 << 10;

/// Gives a figure of how much memory the gateway uses, in KiB.
fn memory(gateway: &Gateway, figure: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with(figure)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Counts the statements of a session that begin with a text and are on the log with their outcome.
fn statements(gateway: &Gateway, id: &str, beginning: &str) -> usize {
    let (mut count, mut cursor) = (0, String::new());
    loop {
        let path = format!("/v1/sessions/{id}/activity?limit=1000&kind=statement{cursor}");
        let page = gateway.get(&path);
        let entries = page["entries"].as_array().unwrap().iter();
        count += entries
            .filter(|entry| entry["outcome"] == "ok" && text(&entry["text"]).starts_with(beginning))
            .count();
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return count,
        }
    }
}

/// Has clients send statements, so many each, and looks at the log and at memory before and after.
fn burst(gateway: &Gateway, beginning: &str, send: impl Fn(usize)) {
    let full = is_full_size();
    let each = if full { 25_000 } else { 1_000 };
    let limit = PATIENCE * if full { 10 } else { 2 };
    let are_logged = |wanted: usize| {
        let counted = || -> usize {
            let sessions = gateway.sessions("status=all&limit=200");
            let ids = sessions.iter().map(|row| text(&row["session_id"]));
            ids.map(|id| statements(gateway, &id, beginning)).sum()
        };
        until(limit, "every statement is on the log", || {
            (counted() >= wanted).then_some(())
        });
        assert_eq!(counted(), wanted);
    };
    send(WARM_UP);
    are_logged(CLIENTS * WARM_UP);
    let before = memory(gateway, "VmRSS");
    send(each);
    are_logged(CLIENTS * (WARM_UP + each));
    until(limit, "memory is back", || {
        (memory(gateway, "VmRSS") <= before + MORE).then_some(())
    });
    let (after, most) = (memory(gateway, "VmRSS"), memory(gateway, "VmHWM"));
    println!(
        "{} statements; KiB resident: {before} before, {most} at most, {after} after",
        CLIENTS * each
    );
}

#[test]
fn a_burst_of_eight_clients_is_on_the_log_whole_and_memory_comes_back() {
    let house = pghouse::House::open();
    let script = house.gateway.folder().join("one.sql");
    std::fs::write(&script, "\\set n random(1, 1000000)\nselect :n;\n").unwrap();
    burst(&house.gateway, "select ", |each| {
        let mut bench = house.client("pgbench");
        bench.args([
            "-n",
            "-c",
            "8",
            "-j",
            "2",
            "-M",
            "prepared",
            "-t",
            &each.to_string(),
            "-f",
        ]);
        let outcome = run(bench.arg(&script), "");
        assert_eq!(outcome.code, 0, "{outcome:?}");
    });
}

#[test]
fn a_burst_on_mariadb_is_on_the_log_whole_and_memory_comes_back() {
    let house = mysql::House::open();
    house.direct(
        "create table sbtest1 (id int primary key, c varchar(120));
         insert into sbtest1 select seq, md5(seq) from seq_1_to_1000",
    );
    burst(&house.gateway, "SELECT c FROM sbtest1 WHERE id=", |each| {
        // One of several threads that log in at once may fail within the client's library, which then loads a plugin twice.
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let mut bench = mysql::sysbench(house.port, "ann:db", PASSWORD, &house.name);
                bench.args([
                    "oltp_point_select",
                    "--table-size=1000",
                    "--db-ps-mode=disable",
                    "--time=0",
                ]);
                Program::start(bench.args([&format!("--events={each}"), "run"]))
            })
            .collect();
        for mut client in clients {
            assert!(client.ended().success(), "{}", client.out.text());
        }
    });
}

#[test]
fn a_burst_on_redis_is_on_the_log_whole_and_memory_comes_back() {
    let house = redishouse::House::open();
    burst(&house.gateway, "GET ", |each| {
        let mut bench = Command::new("redis-benchmark");
        bench.args(["-p", &house.port.to_string(), "--user", "ann:db", "-a", PASSWORD]);
        bench.args(["-c", "8", "-P", "10", "-r", "1000", "-t", "get", "--csv"]);
        let outcome = run(bench.args(["-n", &(CLIENTS * each).to_string()]), "");
        assert_eq!(outcome.code, 0, "{outcome:?}");
    });
}
