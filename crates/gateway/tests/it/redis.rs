//! Redis through the gateway, against a real server: the log, locks, ends, rules, logins.

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    approvals,
    gateway::{PASSWORD, text},
    program::{PATIENCE, Program, run, until},
    redishouse::{self, House, SECRET, client, said},
};

#[test]
fn every_command_of_a_script_is_on_the_log_in_order() {
    let house = House::open();
    let mut script = String::new();
    let mut expected = Vec::new();
    let mut add = |line: String, outcome: &'static str, rows: i64| {
        writeln!(script, "{line}").unwrap();
        expected.push((line, outcome.to_owned(), rows));
    };
    for number in 0..40 {
        add(format!("RPUSH l {number}"), "ok", 1);
        add("LRANGE l 0 -1".to_owned(), "ok", number + 1);
        add(format!("SET k:{number} v"), "ok", 0);
        add(format!("INCR k:{number}"), "failed", 0);
        add(format!("GET none:{number}"), "ok", 0);
    }
    let outcome = run(&mut house.client(), &script);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let log = house.log(&house.last_session());
    let seen: Vec<_> = log
        .iter()
        .map(|entry| {
            let rows = entry["rows"].as_i64().unwrap();
            (text(&entry["text"]), text(&entry["outcome"]), rows)
        })
        .collect();
    assert_eq!(expected.len(), 200);
    assert_eq!(seen, expected);
    assert_eq!(log[6]["detail"]["preview"], json!([["0"], ["1"]]));
    assert_eq!(log[3]["detail"]["error"]["code"], "ERR");
    assert!(log.iter().all(|entry| entry["duration_ms"].is_number()));
}

/// Sends bytes on a connection of its own; gives what is read until the words come, or the end.
fn raw(port: u16, bytes: &[u8], words: &str) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.write_all(bytes).unwrap();
    let (mut said, mut some) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&said).into_owned();
        if !words.is_empty() && text.contains(words) {
            return text;
        }
        match socket.read(&mut some) {
            Ok(0) => return text,
            Ok(count) => said.extend_from_slice(&some[..count]),
            Err(error) => panic!("{error}; so far {text}"),
        }
    }
}

#[test]
fn before_the_login_there_is_none_and_after_it_no_other() {
    let house = House::open();
    let login = format!("AUTH ann:db {PASSWORD}\r\n");
    let said = raw(
        house.port,
        format!("GET a\r\nHELLO 3\r\nHELLO 9\r\nAUTH\r\n{login}SET a 1\r\nAUTH app {SECRET}\r\nAUTH ann:db {PASSWORD}\r\nCLIENT REPLY SKIP\r\nGET b\r\nGET a\r\nQUIT\r\n").as_bytes(),
        "",
    );
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "-NOAUTH Authentication required.");
    assert!(
        lines[1].starts_with("-NOAUTH HELLO") && lines[2].starts_with("-NOPROTO"),
        "{said}"
    );
    assert_eq!(lines[3], "-ERR wrong number of arguments for 'auth' command");
    assert_eq!(lines[4..6], ["+OK", "+OK"], "{said}");
    assert!(
        lines[6].starts_with("-NOPERM doorward: this connection is signed in already"),
        "{said}"
    );
    assert_eq!(lines[7..], ["+OK", "$1", "1", "+OK"], "{said}");
    let broken = raw(house.port, format!("{login}*1\r\n$x\r\n").as_bytes(), "");
    assert!(
        broken.ends_with("-ERR Protocol error: invalid bulk length\r\n"),
        "{broken}"
    );
    let early = raw(house.port, b"*1\r\n!\r\n", "");
    assert!(early.starts_with("-ERR Protocol error: expected '$'"), "{early}");
}

#[test]
fn a_command_that_waits_when_the_server_is_killed_is_marked_as_unanswered() {
    let mut house = House::open();
    let mut waits = Program::start(house.client().args(["blpop", "q", "0"]));
    until(PATIENCE, "the client waits", || {
        house
            .direct(&["info", "clients"])
            .contains("blocked_clients:1")
            .then_some(())
    });
    let id = house.gateway.running();
    house.server.crash();
    waits.ended();
    let log = house.log(&id);
    let last = log.last().unwrap();
    assert_eq!(
        (text(&last["text"]).as_str(), &last["outcome"]),
        ("blpop q 0", &Value::Null),
        "{log:?}"
    );
}

#[test]
fn a_lock_in_the_middle_of_a_bulk_load_loses_nothing() {
    let house = House::open();
    let lines = |from: u32, to: u32| -> String {
        (from..to).fold(String::new(), |mut all, number| {
            writeln!(
                all,
                "SET key:{number} {}\r",
                "v".repeat(number as usize % 500 + 1)
            )
            .unwrap();
            all
        })
    };
    let loaded = run(house.itself().args(["--pipe"]), &lines(0, 20_000));
    assert_eq!(loaded.code, 0, "{loaded:?}");
    let wanted = house.direct(&["debug", "digest"]);
    house.direct(&["flushall"]);
    let mut load = Program::start(house.client().args(["--pipe"]));
    load.say(&lines(0, 10_000));
    until(PATIENCE, "a half is there", || {
        (house.direct(&["dbsize"]) == "10000").then_some(())
    });
    let id = house.lock();
    load.say(&lines(10_000, 20_000));
    load.close_input();
    assert_eq!(house.direct(&["dbsize"]), "10000");
    house.gateway.print(&["sessions", "unlock", &id, "-y"]);
    assert!(load.ended().success(), "{}", load.err.text());
    assert!(
        load.out.text().contains("errors: 0, replies: 20000"),
        "{}",
        load.out.text()
    );
    assert_eq!(house.direct(&["debug", "digest"]), wanted);
}

#[test]
fn terminate_tells_the_client_why() {
    let house = House::open();
    let mut waits = Program::start(house.client().args(["-e", "blpop", "q", "0"]));
    until(PATIENCE, "the client waits", || {
        house
            .direct(&["info", "clients"])
            .contains("blocked_clients:1")
            .then_some(())
    });
    let id = house.gateway.running();
    house
        .gateway
        .print(&["sessions", "terminate", &id, "-y", "--reason", "enough"]);
    assert!(!waits.ended().success());
    let words = format!("{}{}", waits.out.text(), waits.err.text());
    assert!(
        words.contains("ERR doorward: an administrator terminated the session: enough"),
        "{words}"
    );
    until(PATIENCE, "nothing waits at the server", || {
        house
            .direct(&["info", "clients"])
            .contains("blocked_clients:0")
            .then_some(())
    });
    assert_eq!(house.log(&id).last().unwrap()["outcome"], Value::Null);
}

#[test]
fn what_a_rule_refuses_is_an_error_and_fails_a_transaction() {
    let house = House::with(&json!([
        { "name": "flush", "deny": ["write_all"], "message": "ask the owners" },
        { "name": "server", "deny": ["admin", "server_file", "grant", "code"] },
        { "name": "pay", "tables": ["pay:*"] },
    ]));
    let script = "set a 1\nflushall\nconfig set dir /tmp\neval \"return 1\" 0\nget pay:1\nmget a pay:2\nmulti\nset a 2\ndel pay:3\nexec\nget a\nshutdown nosave\nping\n";
    let outcome = run(&mut house.client(), script);
    let lines: Vec<_> = outcome.out.lines().filter(|line| !line.is_empty()).collect();
    let (server, pay) = ("NOPERM doorward: server", "NOPERM doorward: pay");
    assert_eq!(
        lines,
        [
            "OK",
            "NOPERM doorward: ask the owners",
            server,
            server,
            pay,
            pay,
            "OK",
            "QUEUED",
            pay,
            "EXECABORT Transaction discarded because of previous errors.",
            "1",
            server,
            "PONG",
        ]
    );
    let log = house.log(&house.last_session());
    let refused = log.iter().filter(|entry| !entry["detail"]["refused"].is_null());
    assert_eq!(refused.count(), 7);
    assert_eq!(log[1]["detail"]["refused"], "flush");
    assert_eq!(house.direct(&["get", "a"]), "1");
}

#[test]
fn passwords_in_commands_of_redis_are_nowhere() {
    let house = House::open();
    let hidden = "planted-password-5e1";
    let script = format!(
        "config set masterauth {hidden}\nconfig get masterauth\nconfig get *\nacl setuser bob on >{hidden} ~*\nacl getuser bob\nacl list\n\
         config set nonsense x requirepass {hidden}\nmigrate 127.0.0.1 1 nokey 0 50 AUTH2 bob {hidden}\nauth bob {hidden}\nhello 3 auth bob {hidden}\n\
         command getkeys migrate 127.0.0.1 1 nokey 0 50 AUTH {hidden}\nmulti\nconfig set masterauth {hidden}\nconfig get masterauth\nexec\n"
    );
    let outcome = run(&mut house.client(), &script);
    assert!(
        outcome.out.contains(hidden),
        "the client reads what the server says"
    );
    let wrong = run(client(house.port, "ann:db", hidden).args(["ping"]), "");
    assert!(wrong.err.contains("WRONGPASS"), "{wrong:?}");
    let sessions = house.gateway.sessions("status=all&limit=5");
    let id = text(&sessions[0]["session_id"]);
    let log = house.log(&id);
    assert_eq!(log[0]["text"], "config set masterauth ***");
    let tape = house
        .gateway
        .print(&["sessions", "export", &id, "--as", "json", "-O", "-"]);
    let all = format!("{tape}{log:?}{}", house.gateway.log());
    assert!(!all.contains(hidden) && !all.contains(SECRET) && !all.contains(PASSWORD));
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
fn a_password_for_databases_works_with_and_without_its_name() {
    let house = House::open();
    let ann = house.gateway.token("ann");
    let wish = json!({ "resource": "db" });
    let made = house
        .gateway
        .ask_as(&ann, "POST", "/v1/database-passwords", Some(&wish));
    let made = made.answer().ok();
    let (login, password) = (text(&made["login"]), text(&made["password"]));
    let named = run(
        client(house.port, &format!("{login}:db"), &password).arg("ping"),
        "",
    );
    assert_eq!(said(named), (0, "PONG\n".to_owned(), String::new()));
    let alone = |password: &str| {
        let mut command = Command::new("redis-cli");
        command.env("REDISCLI_AUTH", password);
        said(run(
            command.args(["-h", "127.0.0.1", "-p", &house.port.to_string(), "ping"]),
            "",
        ))
    };
    assert_eq!(alone(&password), (0, "PONG\n".to_owned(), String::new()));
    assert_ne!(
        alone(&format!("{}x", &password[..password.len() - 1])).1,
        "PONG\n"
    );
    // One that is for every database names none.
    let made = house
        .gateway
        .ask_as(&ann, "POST", "/v1/database-passwords", Some(&json!({})));
    assert_ne!(alone(&text(&made.answer().ok()["password"])).1, "PONG\n");
    let words = house
        .gateway
        .cli_as(&ann, &["db", "login", "db"])
        .output()
        .unwrap();
    let line = String::from_utf8(words.stdout).unwrap();
    let (command, address) = line.trim().split_once('\n').unwrap();
    let shell = run(Command::new("sh").args(["-c", &format!("{command} echo 3")]), "");
    assert_eq!(said(shell), (0, "3\n".to_owned(), String::new()), "{line}");
    let by_address = run(
        Command::new("redis-cli").args(["--no-auth-warning", "-u", address, "echo", "4"]),
        "",
    );
    assert_eq!(said(by_address), (0, "4\n".to_owned(), String::new()), "{line}");
}

#[test]
fn wrong_passwords_and_strangers_reach_no_server() {
    let house = House::open();
    for (user, password) in [
        ("ann:db", "wrong"),
        ("nobody:db", PASSWORD),
        ("ann:other", PASSWORD),
        ("ann", PASSWORD),
        ("default", SECRET),
    ] {
        let outcome = run(client(house.port, user, password).args(["get", "a"]), "");
        let all = format!("{}{}", outcome.out, outcome.err);
        assert!(all.contains("AUTH failed: "), "{user}: {outcome:?}");
        assert!(
            !all.contains("app") && !all.contains("PONG"),
            "{user}: {outcome:?}"
        );
    }
    let as_account = house.direct(&["client", "list"]);
    assert_eq!(as_account.matches("user=app").count(), 1, "{as_account}");
}

#[test]
fn both_ways_are_encrypted_where_they_can_be() {
    let mut house = House::open();
    house.encrypt();
    for user in ["ann:db", "ann:sealed", "ann:usual@db"] {
        for protocol in ["-2", "-3"] {
            let mut cli = client(house.port, user, PASSWORD);
            let outcome = run(cli.args(house.tls()).args([protocol, "acl", "whoami"]), "");
            let account = if user.contains("usual") { "default" } else { "app" };
            assert_eq!(
                said(outcome),
                (0, format!("{account}\n"), String::new()),
                "{user}"
            );
        }
    }
    // On the machine's own loopback it need not be.
    let plain = run(client(house.port, "ann:db", PASSWORD).arg("ping"), "");
    assert_eq!(plain.out, "PONG\n");
}

#[test]
fn redis_cli_waits_for_approval_and_goes_on_within_a_second_or_reads_why_not() {
    let house = House::open();
    let profile = approvals::reviewed(&house.gateway, &json!({}));
    house
        .gateway
        .apply(&json!([{ "kind": "profile", "name": "usual", "spec": profile }]));
    let client = Program::start(house.client().args(["set", "through", "1"]));
    let id = approvals::asked(&house.gateway);
    assert_eq!(house.direct(&["exists", "through"]).trim(), "0");
    let decided = approvals::decide(&house.gateway, &id, "approve", "");
    let through = client.out.wait_for("OK");
    assert!(through.saturating_duration_since(decided).as_secs_f64() < 1.0);
    let client = Program::start(house.client().args(["get", "through"]));
    let id = approvals::asked(&house.gateway);
    approvals::decide(&house.gateway, &id, "deny", "not at night");
    client.err.wait_for("a reviewer denied the request: not at night");
}

#[test]
fn with_downloads_switched_off_no_log_of_redis_leaves_and_the_preview_stays() {
    let mut house = House::open();
    house.gateway.environment("DISABLE_SESSIONS_DOWNLOAD", "true");
    house.gateway.stop();
    house.gateway.restart();
    let port = redishouse::listening(&house.gateway);
    let outcome = run(
        &mut client(port, "ann:db", PASSWORD),
        "rpush l to-be-seen\nlrange l 0 -1\n",
    );
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let id = house.last_session();
    let log = house.log(&id);
    assert_eq!(log[1]["detail"]["preview"], json!([["to-be-seen"]]));
    for path in [
        format!("/v1/query-log?session={id}"),
        format!("/v1/query-log?as=csv&session={id}"),
        "/v1/query-log".to_owned(),
        format!("/v1/sessions/{id}/export?as=json"),
        format!("/v1/sessions/{id}/export?as=tape"),
    ] {
        let refused = house.gateway.ask("GET", &path, None).answer();
        assert_eq!(refused.status, 403, "{path}: {}", refused.text());
        assert!(refused.text().contains("DISABLE_SESSIONS_DOWNLOAD"), "{path}");
    }
    let refused = house.gateway.run(&["sessions", "queries", &id]);
    assert!(refused.code == 4 && refused.out.is_empty(), "{refused:?}");
}
