//! Clients of MySQL over TLS: through the gateway they do what they do without it.

use std::process::Command;

use testkit::tools;

use crate::{
    gateway::PASSWORD,
    mysql::{House, SECRET, sysbench},
    program::{Outcome, run},
    sql_clients::performed,
};

/// Runs a client both ways, through the gateway encrypted; gives what it printed, which is the same.
fn alike(cert: &str, mut both: [Command; 2]) -> String {
    both[0].arg(format!("--ssl-ca={cert}"));
    let [through, direct]: [Outcome; 2] = both.map(|mut client| run(&mut client, ""));
    assert_eq!(through.code, 0, "{}", through.err);
    assert_eq!((direct.code, &direct.err), (0, &through.err));
    assert!(through.out == direct.out, "what was printed differs");
    through.out
}

#[test]
fn clients_of_mysql_do_the_same_over_tls() {
    let mut house = House::open();
    house.direct(
        "create table t (a int primary key auto_increment, b varchar(80), c blob);
         insert into t (b, c) select md5(seq), unhex(sha1(seq)) from seq_1_to_3000",
    );
    let cert = house.encrypt();
    let ways = |program: &str, words: &[&str]| {
        [house.client(program), house.itself(program)].map(|mut client| {
            client.args(words);
            client
        })
    };
    let dump = alike(
        &cert,
        ways("mariadb-dump", &["--skip-dump-date", "--hex-blob", &house.name]),
    );
    assert!(dump.len() > 100_000);
    let rows = alike(
        &cert,
        ways(
            "mariadb",
            &["-BN", "-e", "select * from t order by a", &house.name],
        ),
    );
    assert_eq!(rows.lines().count(), 3000);

    let Some(python) = tools::python(&["pymysql"]) else {
        return;
    };
    let program = r"
import sys, pymysql
port, user, password, database, cert = sys.argv[1:]
tls = {'ssl': {'ca': cert, 'check_hostname': False}} if cert else {}
c = pymysql.connect(host='127.0.0.1', port=int(port), user=user, password=password, database=database, **tls)
k = c.cursor()
k.execute('select a, b, c from t where a < %s order by a', (5,))
print(k.fetchall())
k.executemany('replace into t (a, b) values (%s, %s)', [(n, 'row') for n in range(4000, 4100)])
print(k.rowcount); c.rollback()
try: k.execute('select nothing')
except pymysql.err.OperationalError as error: print(error)
k.execute('select count(*) from t'); print(k.fetchall())
";
    let ask = |port: u16, user: &str, password: &str, cert: &str| {
        let mut command = Command::new(&python);
        command.args([
            "-c",
            program,
            &port.to_string(),
            user,
            password,
            &house.name,
            cert,
        ]);
        let outcome = run(&mut command, "");
        assert_eq!(outcome.code, 0, "{}", outcome.err);
        outcome.out
    };
    let through = ask(house.port, "ann:db", PASSWORD, &cert);
    assert_eq!(through, ask(House::server_port(), &house.name, SECRET, ""));
}

/// Fills a table by `sysbench`, changes it in prepared statements and in texts, and removes it; gives what was done, and how many rows
/// there were then.
fn benched(house: &House, client: &Command) -> (Vec<String>, Vec<String>, String) {
    let bench = |words: &[&str]| {
        let mut command = Command::new(client.get_program());
        command.args(client.get_args());
        // It takes the files of TLS from where it is.
        command.current_dir(house.gateway.folder());
        // Of two threads that log in at once one may fail within the client's library, which then loads a plugin twice.
        command.args([
            "oltp_read_write",
            "--table-size=500",
            "--rand-seed=7",
            "--threads=1",
        ]);
        let outcome = run(command.args(words), "");
        assert!(outcome.code == 0 && !outcome.out.contains("FATAL"), "{outcome:?}");
        performed(&outcome.out)
    };
    bench(&["prepare"]);
    let prepared = bench(&["--events=60", "--time=0", "run"]);
    let texts = bench(&["--events=60", "--time=0", "--db-ps-mode=disable", "run"]);
    let rows = house.direct("select count(*) from sbtest1");
    bench(&["cleanup"]);
    (prepared, texts, rows)
}

#[test]
fn sysbench_does_the_same_plain_and_over_tls() {
    let mut house = House::open();
    let direct = benched(
        &house,
        &sysbench(House::server_port(), &house.name, SECRET, &house.name),
    );
    assert!(
        direct.0.iter().any(|line| line.starts_with("total: 1200")),
        "{direct:?}"
    );
    let through = |house: &House| sysbench(house.port, "ann:db", PASSWORD, &house.name);
    assert_eq!(benched(&house, &through(&house)), direct);
    let cert = house.encrypt();
    for (name, file) in [
        ("cacert.pem", &*cert),
        ("client-cert.pem", &*cert),
        ("client-key.pem", "key.pem"),
    ] {
        let folder = house.gateway.folder();
        std::fs::copy(folder.join(file), folder.join(name)).unwrap();
    }
    assert_eq!(benched(&house, through(&house).arg("--mysql-ssl=on")), direct);
}
