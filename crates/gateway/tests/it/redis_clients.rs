//! Clients of Redis that people have: through the gateway they print what they print without it, encrypted and plain.

use std::process::Command;

use testkit::tools;

use crate::{
    gateway::PASSWORD,
    program::{Outcome, run},
    redishouse::{House, SECRET, said},
};

#[test]
fn redis_cli_prints_the_same_and_fails_the_same_as_without_a_gateway() {
    let mut house = House::open();
    prints_the_same(&house);
    house.encrypt();
    prints_the_same(&house);
}

fn prints_the_same(house: &House) {
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

/// Runs a program of redis-py; [`None`] where there is none.
fn python(house: &House, direct: bool, protocol: u8, program: &str) -> Option<Outcome> {
    let (port, user, password) = if direct {
        (house.server.port, "app", SECRET)
    } else {
        (house.port, "ann:db", PASSWORD)
    };
    let tls = match house.tls()[..] {
        [.., cert] if !direct => format!("ssl=True, ssl_ca_certs='{cert}'"),
        _ => String::new(),
    };
    let head = format!(
        "import redis, threading, time\n\
         def connect():\n    return redis.Redis(host='127.0.0.1', port={port}, username='{user}', password='{password}', protocol={protocol}, decode_responses=True, {tls})\n\
         c = connect()\nc.flushall()\n"
    );
    let mut command = Command::new(tools::python(&["redis"])?);
    Some(run(command.args(["-c", &format!("{head}{program}")]), ""))
}

#[test]
fn redis_py_gets_the_same() {
    let mut house = House::open();
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
    for (protocol, encrypted) in [(2, false), (3, false), (2, true), (3, true)] {
        if encrypted && house.tls().is_empty() {
            house.encrypt();
        }
        let Some(through) = python(&house, false, protocol, program) else {
            return;
        };
        let direct = python(&house, true, protocol, program).unwrap();
        assert_eq!(through.code, 0, "{through:?}");
        assert_eq!(said(through), said(direct), "RESP{protocol}");
    }
}

/// Runs `redis-benchmark`; gives its status, and which of its tests it has done.
fn bench(port: u16, user: &str, password: &str, tls: &[&str]) -> (i32, Vec<String>) {
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
    command
        .args(tls)
        .args(["-c", "8", "-P", "16", "--csv", "-r", "1000", "-n", "4000"]);
    let outcome = run(
        command.args(["-t", "set,get,incr,lpush,mset,lrange_100,zadd"]),
        "",
    );
    let tests = outcome.out.lines().map(|line| line.split(',').next().unwrap());
    (outcome.code, tests.map(ToOwned::to_owned).collect())
}

#[test]
fn redis_benchmark_does_the_same_plain_and_over_tls() {
    let mut house = House::open();
    let direct = bench(house.server.port, "app", SECRET, &[]);
    assert!(direct.0 == 0 && direct.1.len() >= 8, "{direct:?}");
    assert_eq!(bench(house.port, "ann:db", PASSWORD, &[]), direct);
    house.encrypt();
    assert_eq!(bench(house.port, "ann:db", PASSWORD, &house.tls()), direct);
    assert_eq!(
        house.direct(&["llen", "mylist"]),
        "24000",
        "what three runs have pushed"
    );
}
