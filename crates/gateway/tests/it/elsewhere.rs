//! Secrets that are kept elsewhere: in Vault, in files, in the environment and behind programs.

use std::{
    fs::Permissions,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    gateway::{Gateway, PASSWORD, text},
    kvserver::{self, TOKEN, Vault},
    pghouse,
    pgserver::{SECRET, Server, client},
    program::{Outcome, PATIENCE, run, until},
    secrets::assert_nowhere,
    sshd::Sshd,
};

/// The longest that a secret may take, as the documentation says.
const LIMIT: Duration = Duration::from_secs(10);

/// A database whose accounts are proven by secrets that are kept elsewhere: `ann:NAME@db` uses the secret NAME.
struct House {
    folder: TempDir,
    vault: Vault,
    server: Server,
    gateway: Gateway,
    port: u16,
}

impl House {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (vault, server) = (Vault::start(folder.path(), SECRET), Server::start());
        let at = |name: &str| folder.path().join(name).display().to_string();
        std::fs::create_dir_all(at("files/app")).unwrap();
        std::fs::write(at("files/app/password"), format!("{SECRET}\n")).unwrap();
        std::fs::write(at("outside"), "outside").unwrap();
        symlink("../outside", at("files/out")).unwrap();
        std::fs::write(at("token"), format!("{TOKEN}\n")).unwrap();
        let program = |name: &str, lines: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
            format!("{name}={}", path.display())
        };
        let commands = [
            program(
                "pass",
                &format!("[ \"$#-$1\" = 1-by-command ] && [ -z \"$TEST_SECRET_APP\" ] && echo '{SECRET}'"),
            ),
            program(
                "hangs",
                &format!("echo $$ >{0}; sleep 600 & echo $! >>{0}; wait", at("pids")),
            ),
            program("fails", &format!("echo '{SECRET}'; echo '{SECRET}' >&2; exit 3")),
            program("floods", "exec yes"),
        ];
        let gateway = Gateway::start_with(&[
            ("DOORWARD_LOG", "debug"),
            ("DOORWARD_POSTGRES", "127.0.0.1:0"),
            ("DOORWARD_SECRET_FILES", &at("files")),
            ("DOORWARD_SECRET_ENV", "TEST_SECRET_"),
            ("TEST_SECRET_APP", SECRET),
            ("DOORWARD_SECRET_COMMAND", &commands.join(",")),
            ("DOORWARD_SECRET_VAULT_URL", &vault.url()),
            ("DOORWARD_SECRET_VAULT_TOKEN_FILE", &at("token")),
            ("DOORWARD_SECRET_VAULT_CA_FILE", &vault.authority()),
            ("DOORWARD_SECRET_VAULT_NAMESPACE", kvserver::NAMESPACE),
        ]);
        gateway.apply(&json!([
            { "kind": "user", "name": "ann", "spec": { "password": PASSWORD } },
            { "kind": "resource", "name": "db", "spec": { "type": "postgres", "host": "127.0.0.1", "port": server.port } },
        ]));
        Self {
            port: pghouse::listening(&gateway),
            folder,
            vault,
            server,
            gateway,
        }
    }

    /// Declares a secret, with an account and a rule of its name.
    fn declare(&self, name: &str, from: &Value) {
        self.gateway.apply(&json!([
            { "kind": "secret", "name": name, "spec": { "from": from } },
            { "kind": "account", "name": name, "spec": {
                "login": "app", "resources": { "names": ["db"] }, "secret": name } },
            { "kind": "access_rule", "name": name, "spec": {
                "users": ["ann"], "resources": { "names": ["db"] }, "accounts": [name] } },
        ]));
    }

    fn ask(&self, name: &str) -> Outcome {
        let user = format!("ann:{name}@db");
        run(
            client("psql", self.port, &user, PASSWORD).args(["-XAtc", "select 'in'"]),
            "",
        )
    }

    /// Signs in with a secret.
    fn enters(&self, name: &str) {
        let outcome = self.ask(name);
        assert_eq!(
            (outcome.code, outcome.out.as_str()),
            (0, "in\n"),
            "{name}: {outcome:?}"
        );
    }

    /// Tries to sign in with a secret that cannot be read; gives what the session says of it.
    fn fails(&self, name: &str) -> String {
        let outcome = self.ask(name);
        assert_ne!(outcome.code, 0, "{name}: {outcome:?}");
        let id = text(&self.gateway.sessions("status=all&limit=1")[0]["session_id"]);
        let session = self.gateway.ended(&id);
        assert_eq!(
            (&session["state"], &session["failure_stage"]),
            (&json!("failed"), &json!("connect")),
            "{session:#}"
        );
        text(&session["error"]["message"])
    }

    fn refused(&self, from: &Value) -> String {
        let document = json!({ "kind": "secret", "name": "refused", "spec": { "from": from } });
        refused(&self.gateway, &document)
    }

    /// Gives what is on record of the uses of a secret, the oldest first.
    fn uses(&self, name: &str) -> Vec<Value> {
        let page = self.gateway.get("/v1/audit?limit=500");
        let events = page["events"].as_array().unwrap().iter().rev();
        let object = format!("secret/{name}");
        events
            .filter(|event| event["kind"] == "secret.used" && event["object"] == object.as_str())
            .map(|event| event["detail"].clone())
            .collect()
    }
}

fn refused(gateway: &Gateway, document: &Value) -> String {
    let answer = gateway.post("/v1/apply", &json!({ "documents": [document] }));
    assert_eq!(answer.status, 422, "{}", answer.text());
    text(&answer.json()["detail"])
}

fn in_vault(more: &Value) -> Value {
    let mut from = json!({ "source": "vault", "mount": "kv", "path": "app/db", "field": "password" });
    for (key, value) in more.as_object().unwrap() {
        from[key] = value.clone();
    }
    from
}

#[test]
fn each_source_proves_an_account_and_what_it_gave_is_kept_nowhere() {
    let house = House::open();
    house.declare("by-vault", &in_vault(&json!({})));
    house.declare("by-version", &in_vault(&json!({ "version": 2 })));
    house.declare(
        "by-old-vault",
        &in_vault(&json!({ "mount": "old/kv", "kv": "v1" })),
    );
    house.declare("by-file", &json!({ "source": "file", "path": "app/password" }));
    house.declare("by-env", &json!({ "source": "env", "name": "TEST_SECRET_APP" }));
    house.declare("by-command", &json!({ "source": "command", "name": "pass" }));
    for (name, source, version) in [
        ("by-vault", "vault", json!(2)),
        ("by-version", "vault", json!(2)),
        ("by-old-vault", "vault", Value::Null),
        ("by-file", "file", Value::Null),
        ("by-env", "env", Value::Null),
        ("by-command", "command", Value::Null),
    ] {
        house.enters(name);
        let uses = house.uses(name);
        assert_eq!(uses.len(), 1, "{uses:?}");
        assert_eq!(
            (&uses[0]["source"], &uses[0]["version"], &uses[0]["user"]),
            (&json!(source), &version, &json!("ann")),
            "{uses:?}"
        );
    }
    // Read anew each time, and so is the token: whoever renews either does not tell the gateway.
    std::fs::write(house.folder.path().join("token"), "wrong").unwrap();
    let said = house.fails("by-vault");
    assert!(said.contains("(403)") && !said.contains("wrong"), "{said}");
    std::fs::write(house.folder.path().join("token"), TOKEN).unwrap();
    house.enters("by-vault");
    std::fs::write(house.folder.path().join("files/app/password"), "another").unwrap();
    house.fails("by-file");
    assert_eq!(house.uses("by-vault").len(), 2, "what was not read was not used");
    // What is applied and shown says where it is, and nothing of what it is.
    let shown = house.gateway.print(&["get", "secret", "by-vault", "-o", "json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["spec"]["from"], in_vault(&json!({})), "{shown:#}");
    let document = json!({ "kind": "secret", "name": "by-vault", "spec": shown["spec"] });
    let file = house.folder.path().join("again.json");
    std::fs::write(&file, document.to_string()).unwrap();
    let applied = house.gateway.print(&["apply", "-f", &file.display().to_string()]);
    assert!(applied.contains("unchanged"), "{applied}");
    let secrets = [("the account's password", SECRET), ("Vault's token", TOKEN)];
    assert_nowhere(house.gateway.data(), &secrets);
    let log = house.gateway.log();
    assert!(log.contains("\"level\":\"DEBUG\""), "the log says much");
    for (what, secret) in &secrets {
        assert!(!log.contains(secret), "{what} is in the log");
    }
    drop((house.server, house.vault));
}

#[test]
fn a_secret_that_cannot_be_read_fails_the_session_and_says_why() {
    let house = House::open();
    let cases = [
        ("no-field", in_vault(&json!({ "field": "absent" })), "`absent`"),
        ("no-text", in_vault(&json!({ "field": "ttl" })), "`ttl`"),
        ("no-path", in_vault(&json!({ "path": "app/none" })), "kv/app/none"),
        ("no-version", in_vault(&json!({ "version": 9 })), "version"),
        (
            "other-engine",
            in_vault(&json!({ "mount": "old/kv" })),
            "old/kv/app/db",
        ),
        ("link-out", json!({ "source": "file", "path": "out" }), "`out`"),
        ("no-file", json!({ "source": "file", "path": "none" }), "`none`"),
        ("folder", json!({ "source": "file", "path": "app" }), "regular"),
        (
            "no-variable",
            json!({ "source": "env", "name": "TEST_SECRET_NONE" }),
            "TEST_SECRET_NONE",
        ),
        (
            "program-fails",
            json!({ "source": "command", "name": "fails" }),
            "exit status: 3",
        ),
        (
            "program-floods",
            json!({ "source": "command", "name": "floods" }),
            "64 KiB",
        ),
    ];
    for (name, from, named) in cases {
        house.declare(name, &from);
        let said = house.fails(name);
        assert!(said.contains(named) && !said.contains(SECRET), "{name}: {said}");
        assert!(house.uses(name).is_empty(), "{name}");
    }
    house.declare("hangs", &json!({ "source": "command", "name": "hangs" }));
    let begun = Instant::now();
    let said = house.fails("hangs");
    assert!(said.contains("10 seconds"), "{said}");
    assert!(
        (LIMIT..LIMIT * 2).contains(&begun.elapsed()),
        "{:?}",
        begun.elapsed()
    );
    let pids = std::fs::read_to_string(house.folder.path().join("pids")).unwrap();
    assert_eq!(pids.lines().count(), 2, "{pids}");
    until(PATIENCE, "the program and what it has started are gone", || {
        let runs = |pid: &str| {
            let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            !status.is_empty() && !status.contains(") Z ")
        };
        (!pids.lines().any(runs)).then_some(())
    });
    assert_nowhere(house.gateway.data(), &[("the account's password", SECRET)]);
    let log = house.gateway.log();
    assert!(!log.contains(SECRET) && !log.contains(TOKEN), "{log}");
}

#[test]
fn what_the_operator_does_not_allow_is_refused_and_names_the_setting() {
    let mut house = House::open();
    for (from, named) in [
        (json!({ "source": "file", "path": "../outside" }), "`../outside`"),
        (
            json!({ "source": "file", "path": "/etc/shadow" }),
            "`/etc/shadow`",
        ),
        (
            json!({ "source": "env", "name": "DOORWARD_DATABASE_URL" }),
            "--secret-env",
        ),
        (
            json!({ "source": "command", "name": "/bin/sh" }),
            "--secret-command",
        ),
        (in_vault(&json!({ "path": "../sys/seal" })), "`../sys/seal`"),
        (in_vault(&json!({ "kv": "v1", "version": 2 })), "kv: v2"),
        (json!({ "source": "clipboard" }), "clipboard"),
    ] {
        let said = house.refused(&from);
        assert!(said.contains(named), "{said}");
    }
    let both = json!({ "value": "here", "from": { "source": "file", "path": "app/password" } });
    let both = json!({ "kind": "secret", "name": "both", "spec": both });
    assert!(refused(&house.gateway, &both).contains("not both"));
    // What was allowed when it was declared is looked at again when it is used.
    house.declare("by-env", &json!({ "source": "env", "name": "TEST_SECRET_APP" }));
    house.enters("by-env");
    house.gateway.environment("DOORWARD_SECRET_ENV", "OTHER_");
    house.gateway.stop();
    house.gateway.restart();
    house.port = pghouse::listening(&house.gateway);
    let said = house.fails("by-env");
    assert!(said.contains("--secret-env"), "{said}");
    let bare = Gateway::start();
    for (from, setting) in [
        (in_vault(&json!({})), "--secret-vault-url"),
        (json!({ "source": "file", "path": "app" }), "--secret-files"),
        (json!({ "source": "env", "name": "HOME" }), "--secret-env"),
        (json!({ "source": "command", "name": "pass" }), "--secret-command"),
    ] {
        let document = json!({ "kind": "secret", "name": "s", "spec": { "from": from } });
        let said = refused(&bare, &document);
        assert!(said.contains(setting), "{said}");
    }
}

#[test]
fn a_password_that_is_kept_elsewhere_does_its_steps_and_is_not_rotated() {
    let house = House::open();
    house.declare("by-file", &json!({ "source": "file", "path": "app/password" }));
    house.declare("by-env", &json!({ "source": "env", "name": "TEST_SECRET_APP" }));
    let rotates = |account: Option<&str>| {
        json!({ "kind": "activity", "name": "turns", "spec": {
            "type": "postgres", "administrator": "by-env", "account": account, "after": [{ "do": "rotate_password" }] } })
    };
    let said = refused(&house.gateway, &rotates(Some("by-file")));
    assert!(said.contains("`by-file` is kept elsewhere (file)"), "{said}");
    // Where the access rule says which account it is, that is known when it is done.
    house.gateway.apply(&json!([
        rotates(None),
        { "kind": "access_rule", "name": "by-file", "spec": {
            "users": ["ann"], "resources": { "names": ["db"] }, "accounts": ["by-file"], "activity": "turns" } },
    ]));
    house.enters("by-file");
    let id = text(&house.gateway.sessions("status=all&limit=1")[0]["session_id"]);
    let session = until(PATIENCE, "it is known that nothing was rotated", || {
        let session = house.gateway.session(&id);
        session["cleanup_error"].is_string().then_some(session)
    });
    let said = text(&session["cleanup_error"]);
    assert!(said.contains("`by-file` is kept elsewhere (file)"), "{said}");
    assert_eq!(house.uses("by-env")[0]["source"], "env");
    let kept = std::fs::read_to_string(house.folder.path().join("files/app/password")).unwrap();
    assert_eq!(kept, format!("{SECRET}\n"));
}

#[test]
fn a_private_key_in_a_file_opens_a_host_and_what_was_kept_here_is_gone() {
    let (server, folder) = (Sshd::start(), tempfile::tempdir().unwrap());
    let path: PathBuf = Path::new(folder.path()).join("key");
    let gateway = Gateway::start_with(&[("DOORWARD_SECRET_FILES", &folder.path().display().to_string())]);
    gateway.furnish(&server, &json!({}));
    let from = json!({ "source": "file", "path": "key" });
    gateway.apply(&json!([
        { "kind": "secret", "name": "key", "spec": { "form": "private_key", "from": from } },
    ]));
    std::fs::write(&path, server.account_key()).unwrap();
    let outcome = run(gateway.ssh(&[], "box").arg("echo in"), "");
    assert_eq!((outcome.code, outcome.out.as_str()), (0, "in\n"), "{outcome:?}");
    std::fs::write(&path, "no key at all").unwrap();
    let outcome = run(gateway.ssh(&[], "box").arg("echo in"), "");
    assert_ne!(outcome.code, 0, "{outcome:?}");
    // Without `from` it is the vault's again, which has nothing any more.
    gateway.apply(&json!([{ "kind": "secret", "name": "key", "spec": { "form": "private_key" } }]));
    assert_ne!(run(gateway.ssh(&[], "box").arg("echo in"), "").code, 0);
}
