//! Passwords for clients of databases: made by the command line, proven and never sent.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, text},
    pghouse::House,
    pgserver::{binaries, client},
    program::{Outcome, PATIENCE, run},
};

/// Runs `doorward` as `ann`; gives its answer as JSON.
fn doorward(gateway: &Gateway, words: &[&str]) -> Value {
    let words = [words, &["-o", "json"]].concat();
    let outcome = run(&mut gateway.cli_as(&gateway.token("ann"), &words), "");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    serde_json::from_str(&outcome.out).unwrap()
}

/// What a server asks a client for: `AuthenticationCleartextPassword` and `AuthenticationSASL`.
const PASSWORD: i32 = 3;
const PROOF: i32 = 10;

/// Asks to be let in by a name; gives what is asked for.
fn asked(port: u16, user: &str) -> i32 {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let startup = [
        &196_608_u32.to_be_bytes()[..],
        b"user\0",
        user.as_bytes(),
        b"\0\0",
    ]
    .concat();
    let len = (startup.len() as u32 + 4).to_be_bytes();
    socket.write_all(&[&len[..], &startup].concat()).unwrap();
    let mut head = [0; 9];
    socket.read_exact(&mut head).unwrap();
    assert_eq!(head[0], b'R');
    i32::from_be_bytes(head[5..].try_into().unwrap())
}

/// Connects with a login name and a password.
fn prove(house: &House, user: &str, password: &str, environment: &[(&str, &str)]) -> Outcome {
    let mut psql = client("psql", house.port, user, password);
    psql.envs(environment.iter().copied());
    run(psql.args(["-XAtc", "select current_user"]), "")
}

#[test]
fn a_database_password_is_proven_and_never_sent() {
    let house = House::open();
    let made = doorward(&house.gateway, &["db", "login", "db"]);
    let (login, password) = (text(&made["login"]), text(&made["password"]));
    let one = &made["connections"][0];
    assert_eq!(
        (text(&one["user"]), &one["port"]),
        (format!("{login}:db"), &json!(house.port))
    );
    for user in [format!("{login}:db"), format!("{login}:app@db")] {
        let outcome = prove(&house, &user, &password, &[]);
        assert_eq!((outcome.code, outcome.out.trim()), (0, "app"), "{outcome:?}");
    }
    // The address that is printed is enough for a client.
    let outcome = run(
        Command::new(binaries().join("psql")).args(["-XAtc", "select 7", &text(&one["address"])]),
        "",
    );
    assert_eq!((outcome.code, outcome.out.trim()), (0, "7"), "{outcome:?}");
    let session = house.gateway.session(&house.last_session());
    assert_eq!(session["user"]["name"], "ann");
    // A user's own password is asked for as before; a name that nobody was given, for a proof like the others.
    let wanted = [
        (format!("{login}:db"), PROOF),
        ("dwp_00000000:db".to_owned(), PROOF),
    ];
    let wanted = wanted.into_iter().chain([
        ("ann:db".to_owned(), PASSWORD),
        ("nobody:db".to_owned(), PASSWORD),
    ]);
    for (user, kind) in wanted {
        assert_eq!(asked(house.port, &user), kind, "{user}");
    }
}

#[test]
fn a_database_password_is_for_its_resource_and_for_no_longer_than_it_lives() {
    let house = House::open();
    house.gateway.apply(&json!([
        { "kind": "resource", "name": "other", "spec": { "type": "postgres", "host": "127.0.0.1", "port": house.server.port } },
        { "kind": "account", "name": "app", "spec": {
            "login": "app", "resources": { "names": ["db", "other"] }, "secret": "app" } },
        { "kind": "access_rule", "name": "all", "spec": {
            "users": ["ann"], "resources": { "names": ["db", "other"] }, "accounts": ["app"], "profile": "usual" } },
    ]));
    let one = doorward(&house.gateway, &["db", "login", "db"]);
    let all = doorward(&house.gateway, &["db", "login", "--lasts", "8h"]);
    let attempt = |made: &Value, resource: &str| {
        let user = format!("{}:{resource}", text(&made["login"]));
        prove(&house, &user, &text(&made["password"]), &[])
    };
    assert_eq!(attempt(&one, "db").code, 0);
    assert_eq!(attempt(&one, "other").code, 2);
    assert_eq!(all["connections"].as_array().map(Vec::len), Some(2));
    assert_eq!((attempt(&all, "db").code, attempt(&all, "other").code), (0, 0));
    // What is wrong, unknown or over reads alike.
    let mut wrong = all.clone();
    wrong["password"] = one["password"].clone();
    let mut unknown = all.clone();
    unknown["login"] = json!("dwp_00000000");
    let token = house.gateway.token("ann");
    let id = text(&all["id"]);
    let listed = house
        .gateway
        .ask_as(&token, "GET", "/v1/tokens", None)
        .answer()
        .ok();
    let mine = listed["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == all["id"]);
    assert_eq!(
        (&mine.unwrap()["kind"], &mine.unwrap()["login"]),
        (&json!("database"), &all["login"])
    );
    let words = |outcome: &Outcome| {
        outcome
            .err
            .lines()
            .last()
            .unwrap_or_default()
            .replace("other", "db")
    };
    let refused = words(&attempt(&wrong, "db"));
    assert!(refused.contains("no proof of identity was accepted"), "{refused}");
    assert_eq!(words(&attempt(&unknown, "db")), refused);
    let gone = house
        .gateway
        .ask_as(&token, "DELETE", &format!("/v1/tokens/{id}"), None);
    assert_eq!(gone.answer().status, 204);
    assert_eq!(words(&attempt(&all, "db")), refused);
    assert_eq!(words(&attempt(&one, "other")), refused);
    let log = house.gateway.get("/v1/audit?limit=200").to_string();
    for event in [
        "token.created",
        "token.revoked",
        "login.failed",
        "database password",
    ] {
        assert!(log.contains(event), "{event}");
    }
    assert!(!log.contains(&text(&all["password"])));
}

#[test]
fn nothing_of_a_database_password_is_on_the_disk_unless_that_was_asked_for() {
    let house = House::open();
    let token = house.gateway.token("ann");
    let file = house.gateway.folder().join("pgpass");
    let made = doorward(
        &house.gateway,
        &["db", "login", "db", "--pgpass", &file.display().to_string()],
    );
    let password = text(&made["password"]);
    for file in crate::gateway::files(house.gateway.data()) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        let holds = bytes
            .windows(password.len())
            .any(|window| window == password.as_bytes());
        assert!(!holds, "{}", file.display());
    }
    assert!(!house.gateway.log().contains(&password));
    // libpq finds it in the file, by the login name.
    let user = format!("{}:db", text(&made["login"]));
    let mut psql = client("psql", house.port, &user, "");
    psql.env_remove("PGPASSWORD").env("PGPASSFILE", &file);
    let outcome = run(psql.args(["-XAtc", "select 8"]), "");
    assert_eq!((outcome.code, outcome.out.trim()), (0, "8"), "{outcome:?}");
    // For people a line that can be pasted into a shell.
    let said = run(&mut house.gateway.cli_as(&token, &["db", "login", "db"]), "");
    let line = said.out.lines().next().unwrap();
    assert!(
        line.starts_with("PGPASSWORD=dwp_") && line.contains(" psql 'host="),
        "{line}"
    );
    let pasted = run(
        Command::new("sh")
            .arg("-c")
            .arg(format!("{line} -XAtc 'select 9'")),
        "",
    );
    assert_eq!((pasted.code, pasted.out.trim()), (0, "9"), "{pasted:?}");
}

#[test]
fn a_login_can_be_bound_to_the_encrypted_connection() {
    let mut house = House::open();
    let made = doorward(&house.gateway, &["db", "login", "db"]);
    let cert = house.encrypt();
    let user = format!("{}:db", text(&made["login"]));
    let password = text(&made["password"]);
    let bound = [
        ("PGSSLMODE", "verify-ca"),
        ("PGSSLROOTCERT", cert.as_str()),
        ("PGCHANNELBINDING", "require"),
    ];
    let outcome = prove(&house, &user, &password, &bound);
    assert_eq!((outcome.code, outcome.out.trim()), (0, "app"), "{outcome:?}");
    let wrong = prove(&house, &user, "wrong", &bound);
    assert_eq!(wrong.code, 2, "{wrong:?}");
}
