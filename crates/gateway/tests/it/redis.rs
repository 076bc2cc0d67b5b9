//! Redis through the gateway, with the clients that people have, against a real server.

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
};

use serde_json::{Value, json};
use testkit::tools;

use crate::{
    approvals,
    gateway::{PASSWORD, text},
    pghouse::certificate,
    program::{Outcome, PATIENCE, Program, run, until},
    redishouse::{House, SECRET, client, listening, said},
};

#[test]
fn redis_cli_prints_the_same_and_fails_the_same_as_without_a_gateway() {
    let house = House::open();
    let script = "set a 1\nget a\nincr a\nlpush a x\nmset k:1 x k:2 \"y z\"\nmget k:1 k:2 k:3\nmulti\nincr a\nlpush a x\nget a\nexec\n\
        multi\nnonsense\nincr a\nexec\nget a\nhset h f v g w\nhgetall h\neval \"return {1,'two',{3}}\" 0\neval \"return redis.error_reply('MY error')\" 0\n\
        xadd s 1-1 f v\nxrange s - +\nsetrange bin 0 \"\\x00\\xff\"\nget bin\nobject encoding a\ntype nothing\nblpop nothing 0.05\n\
        config get maxmemory-policy\nsetex q 100 z\ngeoadd g 13.36 38.11 p\ngeopos g p none\nselect 1\nget a\nselect 0\nreset\nping\nhello 3\nhgetall h\n";
    for words in [
        &[][..],
        &["-3"],
        &["--json"],
        &["-n", "2"],
        &["--no-raw"],
        &["-e"],
    ] {
        let both = [house.client(), house.itself()].map(|mut client| {
            house.direct(&["flushall"]);
            said(run(client.args(words), script))
        });
        assert!(both[0].1.len() > 200, "{both:?}");
        // After a `RESET` the server itself wants another login, and the gateway does not. Numbers of connections differ.
        let comparable = |text: &str| text.split("RESET").next().unwrap().to_owned();
        assert_eq!(both[0].0, both[1].0, "{words:?} {both:?}");
        assert_eq!(comparable(&both[0].1), comparable(&both[1].1), "{words:?}");
        assert_eq!(both[0].2, both[1].2, "{words:?}");
        assert!(both[0].1.contains("PONG"), "{}", both[0].1);
    }
    for words in [
        &["get", "a"][..],
        &["-e", "lpush", "a", "x"],
        &["nonsense", "1"],
        &["-r", "3", "incr", "n"],
        &["--scan", "--pattern", "k:*"],
        &["--eval", "/dev/null"],
    ] {
        let both = [house.client(), house.itself()].map(|mut client| {
            house.direct(&["del", "n"]);
            said(run(client.args(words), ""))
        });
        assert_eq!(both[0], both[1], "{words:?}");
    }
    let value = "x".repeat(20_000_000);
    let both = [house.client(), house.itself()]
        .map(|mut client| said(run(client.args(["-x", "set", "big"]), &value)));
    assert_eq!(both[0], both[1]);
    let fetched = run(house.client().args(["--raw", "get", "big"]), "");
    assert!(fetched.out.trim_end() == value, "the value came back changed");
}

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

/// Runs a program of redis-py; [`None`] where there is none.
fn python(house: &House, direct: bool, protocol: u8, program: &str) -> Option<Outcome> {
    let (port, user, password) = if direct {
        (house.server.port, "app", SECRET)
    } else {
        (house.port, "ann:db", PASSWORD)
    };
    let head = format!(
        "import redis, threading, time\n\
         def connect():\n    return redis.Redis(port={port}, username='{user}', password='{password}', protocol={protocol}, decode_responses=True)\n\
         c = connect()\nc.flushall()\n"
    );
    let mut command = Command::new(tools::python(&["redis"])?);
    Some(run(command.args(["-c", &format!("{head}{program}")]), ""))
}

#[test]
fn redis_py_gets_the_same() {
    let house = House::open();
    let program = r"
with c.pipeline(transaction=False) as p:
    for n in range(500):
        p.set(f'k:{n}', n).get(f'k:{n}').lpush(f'k:{n}', 1)
    print([str(x) for x in p.execute(raise_on_error=False)][-6:])
with c.pipeline() as p:
    p.watch('k:1'); p.multi(); p.incr('k:1'); p.hset('h', mapping={'a': 1, 'b': 2}); p.hgetall('h')
    print(p.execute())
with c.pipeline() as p:
    p.watch('k:1'); connect().incr('k:1'); p.multi(); p.incr('k:1')
    try:
        p.execute()
    except redis.WatchError as error:
        print(error)
s = c.pubsub(); s.subscribe('news', 'more'); s.psubscribe('n*')
print([s.get_message(timeout=5)['type'] for _ in range(3)])
print(connect().publish('news', 'hello'))
print(sorted((m['type'], m['data']) for m in [s.get_message(timeout=5) for _ in range(2)]))
s.unsubscribe(); s.punsubscribe()
print([s.get_message(timeout=5)['type'] for _ in range(3)]); s.close()
threading.Timer(0.3, lambda: connect().rpush('q', 'late')).start()
print(c.blpop('q', timeout=10))
print(c.register_script('return {KEYS[1], ARGV[1], redis.call(\'incr\', KEYS[1])}')(keys=['n'], args=['x']))
m = connect().monitor()
with m:
    c.set('seen', 1)
    print(next(m.listen())['command'])
try:
    c.lpush('k:1', 1)
except redis.ResponseError as error:
    print(error)
c.set('bytes', bytes(range(256))); print(c.strlen('bytes'))
print(c.xadd('x', {'f': 1}, id='1-1'), c.xread({'x': '0'}), c.zadd('z', {'a': 1.5}), c.zrange('z', 0, -1, withscores=True))
print(c.client_setname('me'), c.client_getname(), c.scan_iter and sorted(c.scan_iter('k:49?'))[:2])
";
    for protocol in [2, 3] {
        let Some(through) = python(&house, false, protocol, program) else {
            return;
        };
        let direct = python(&house, true, protocol, program).unwrap();
        assert_eq!(through.code, 0, "{through:?}");
        assert_eq!(said(through), said(direct), "RESP{protocol}");
    }
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
fn a_burst_of_redis_benchmark_is_on_the_log_whole() {
    let house = House::open();
    let each = if std::env::var_os("DOORWARD_FULL_SIZE").is_some() {
        200_000
    } else {
        4_000
    };
    let bench = |port: u16, user: &str, password: &str| {
        let mut command = Command::new("redis-benchmark");
        command.args([
            "-h",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "--user",
            user,
            "-a",
            password,
        ]);
        let outcome = run(
            command.args([
                "-c",
                "8",
                "-P",
                "16",
                "--csv",
                "-r",
                "1000",
                "-n",
                &each.to_string(),
                "-t",
                "set,get,mset,lrange_100",
            ]),
            "",
        );
        let tests: Vec<_> = outcome
            .out
            .lines()
            .map(|line| line.split(',').next().unwrap().to_owned())
            .collect();
        (outcome.code, tests)
    };
    let through = bench(house.port, "ann:db", PASSWORD);
    assert_eq!(through, bench(house.server.port, "app", SECRET));
    assert!(through.0 == 0 && through.1.len() >= 5, "{through:?}");
    let sessions = house.gateway.sessions("status=all&limit=200");
    let counted = || -> usize {
        let count = |id: &str| {
            let (mut count, mut cursor) = (0, String::new());
            loop {
                let path = format!("/v1/sessions/{id}/activity?limit=1000&kind=statement{cursor}");
                let page = house.gateway.get(&path);
                let entries = page["entries"].as_array().unwrap();
                let asked = |entry: &&Value| {
                    let name = text(&entry["text"]);
                    ["SET ", "GET ", "MSET "]
                        .iter()
                        .any(|word| name.starts_with(word))
                        && entry["outcome"] == "ok"
                };
                count += entries.iter().filter(asked).count();
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => return count,
                }
            }
        };
        sessions.iter().map(|row| count(&text(&row["session_id"]))).sum()
    };
    until(PATIENCE * 4, "every command is on the log", || {
        (counted() >= 3 * each).then_some(())
    });
    assert_eq!(counted(), 3 * each);
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
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = certificate(folder.path());
    let mut house = House::open();
    // From here on the API speaks TLS as well; what this test needs of it is done.
    house.gateway.environment("DOORWARD_TLS_CERT", &cert);
    house.gateway.environment("DOORWARD_TLS_KEY", &key);
    house.gateway.stop();
    house.gateway.restart();
    house.port = listening(&house.gateway);
    for user in ["ann:db", "ann:sealed", "ann:usual@db"] {
        for protocol in ["-2", "-3"] {
            let mut cli = client(house.port, user, PASSWORD);
            cli.args(["--tls", "--cacert", &cert, protocol]);
            let outcome = run(cli.args(["acl", "whoami"]), "");
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
