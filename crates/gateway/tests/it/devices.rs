//! `doorward login`: a program that is let in with a browser, and what it brings to `ssh` and clients of databases.

use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use testkit::tools;

use crate::{
    gateway::{DOORWARD, Gateway, PASSWORD, text},
    http::{self, Answer},
    pghouse::House,
    pgserver::client,
    program::{Outcome, PATIENCE, Program, run, until},
    sshd::Sshd,
};

/// Somebody's computer with a folder for the settings of programs, and a browser.
struct Computer<'a> {
    gateway: &'a Gateway,
    config: PathBuf,
    cookie: String,
    csrf: String,
}

impl<'a> Computer<'a> {
    fn of(gateway: &'a Gateway, user: &str) -> Self {
        let body = json!({ "name": user, "password": PASSWORD });
        let signed_in = http::send(&gateway.http, "POST", "/v1/login", &[], Some(&body)).answer();
        let cookie = signed_in.header("set-cookie").expect("a cookie");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self {
            gateway,
            config: gateway.folder().join(format!("config of {user}")),
            cookie,
            csrf: text(&signed_in.ok()["csrf"]),
        }
    }

    /// Prepares the command line, which knows neither address nor token but those that it has kept.
    fn cli(&self, words: &[&str]) -> Command {
        let mut command = Command::new(DOORWARD);
        command.args(words).env("XDG_CONFIG_HOME", &self.config);
        for name in [
            "DOORWARD_ADDR",
            "DOORWARD_TOKEN",
            "DOORWARD_FORMAT",
            "SSH_AUTH_SOCK",
        ] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, words: &[&str]) -> Outcome {
        run(&mut self.cli(words), "")
    }

    fn browse(&self, method: &str, path: &str) -> Answer {
        let headers = [
            ("Cookie", self.cookie.as_str()),
            ("X-CSRF-Token", self.csrf.as_str()),
        ];
        http::send(&self.gateway.http, method, path, &headers, None).answer()
    }

    /// Begins a login; gives the program, and the code that it shows.
    fn begin(&self, words: &[&str]) -> (Program, String) {
        let url = format!("http://{}", self.gateway.http);
        let program = Program::start(&mut self.cli(&[&["login", "--url", &url], words].concat()));
        let (_, from) = program.err.wait_from(0, "/device?code=");
        program.err.wait_from(from, "minutes.");
        let code = program.err.text()[from..from + 9].to_owned();
        (program, code)
    }

    /// Signs the command line in.
    fn login(&self, words: &[&str]) -> Outcome {
        let (mut program, code) = self.begin(words);
        let confirmed = self.browse("POST", &format!("/v1/login/device/{code}/confirm"));
        assert_eq!(confirmed.status, 204, "{}", confirmed.text());
        let code = program.ended().code().unwrap();
        program.err.wait_closed();
        let outcome = Outcome {
            code,
            out: program.out.text(),
            err: program.err.text(),
        };
        assert_eq!(outcome.code, 0, "{outcome:?}");
        outcome
    }

    fn kept(&self) -> PathBuf {
        self.config.join("doorward/logins.json")
    }

    /// Gives the SSH key of the login.
    fn key(&self) -> PathBuf {
        let folder = self.gateway.http.replace(':', "_");
        self.config.join("doorward/ssh").join(folder).join("id")
    }
}

/// Runs plain `ssh` with a key and a certificate and nothing else.
fn ssh(gateway: &Gateway, user: &str, key: &Path, certificate: &Path) -> Outcome {
    let options = gateway.ssh_options();
    // All but the key that the gateway's own tests use.
    let options = &options[..options.len() - 2];
    let mut command = Command::new("ssh");
    command
        .args(options)
        .arg("-i")
        .arg(key)
        .arg("-o")
        .arg(format!("CertificateFile=\"{}\"", certificate.display()));
    command.args([
        "-p",
        &gateway.ssh_port.to_string(),
        &format!("{user}:box@127.0.0.1"),
        "echo in",
    ]);
    run(&mut command, "")
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_login_by_browser_signs_the_command_line_in_until_it_signs_out() {
    let gateway = Gateway::start();
    let computer = Computer::of(&gateway, "admin");
    let before = computer.run(&["sessions", "list", "--addr", &format!("http://{}", gateway.http)]);
    assert_eq!(before.code, 3, "{before:?}");

    let (mut program, code) = computer.begin(&["-o", "json"]);
    let seen = computer
        .browse("GET", &format!("/v1/login/device/{}", code.to_lowercase()))
        .ok();
    assert!(text(&seen["client"]).starts_with("doorward on "), "{seen}");
    assert_eq!(
        (&seen["client_ip"], &seen["is_elsewhere"]),
        (&json!("127.0.0.1"), &json!(false))
    );
    assert_eq!(seen["lasts_secs"], 12 * 3600);
    // A program that has a token lets no other in, and another site's page does neither.
    let confirm = format!("/v1/login/device/{code}/confirm");
    assert_eq!(gateway.ask("POST", &confirm, None).answer().status, 403);
    let cookie = [("Cookie", computer.cookie.as_str())];
    assert_eq!(
        http::send(&gateway.http, "POST", &confirm, &cookie, None)
            .answer()
            .status,
        403
    );
    assert_eq!(computer.browse("POST", &confirm).status, 204);
    assert_eq!(computer.browse("POST", &confirm).status, 404, "a code works once");
    assert!(program.ended().success(), "{}", program.err.text());
    let told: Value = serde_json::from_str(&program.out.text()).unwrap();
    assert_eq!(told["user"], "admin");

    let kept = std::fs::read_to_string(computer.kept()).unwrap();
    let token = text(&serde_json::from_str::<Value>(&kept).unwrap()["logins"][text(&told["addr"])]["token"]);
    assert_eq!((mode(&computer.kept()), mode(&computer.key())), (0o600, 0o600));
    assert!(!program.out.text().contains(&token) && !program.err.text().contains(&token));
    let listed = computer.run(&["sessions", "list", "-o", "json"]);
    assert_eq!(listed.code, 0, "no address and no token are needed: {listed:?}");
    let elsewhere = computer.run(&["sessions", "list", "--addr", "http://127.0.0.1:1"]);
    assert!(
        elsewhere.code == 10 && !elsewhere.err.contains("dw_"),
        "{elsewhere:?}"
    );

    // Whoever can read the file could act as its owner.
    std::fs::set_permissions(computer.kept(), std::fs::Permissions::from_mode(0o644)).unwrap();
    let exposed = computer.run(&["sessions", "list"]);
    assert!(
        exposed.code == 1 && exposed.err.contains("must be 0600"),
        "{exposed:?}"
    );
    std::fs::set_permissions(computer.kept(), std::fs::Permissions::from_mode(0o600)).unwrap();

    let out = computer.run(&["logout"]);
    assert_eq!(out.code, 0, "{out:?}");
    assert!(!computer.key().exists());
    assert_eq!(gateway.ask_as(&token, "GET", "/v1/me", None).answer().status, 401);
    let after = computer.run(&["sessions", "list", "--addr", &format!("http://{}", gateway.http)]);
    assert_eq!(after.code, 3, "{after:?}");
    let log = gateway.get("/v1/audit?limit=300").to_string();
    for kind in [
        "device_login.confirmed",
        "confirmed in the browser",
        "certificate.issued",
        "token.revoked",
    ] {
        assert!(log.contains(kind), "{kind}: {log}");
    }
    assert!(!log.contains(&token) && !log.contains(&code) && !gateway.log().contains(&token));
}

#[test]
fn codes_of_programs_are_refused_guessed_and_asked_for_in_bounds() {
    let gateway = Gateway::start();
    let computer = Computer::of(&gateway, "admin");
    let (mut program, code) = computer.begin(&["--no-ssh"]);
    assert_eq!(
        computer
            .browse("POST", &format!("/v1/login/device/{code}/refuse"))
            .status,
        204
    );
    assert_eq!(program.ended().code(), Some(7), "{}", program.err.text());
    assert!(
        program.err.text().contains("refused in the browser"),
        "{}",
        program.err.text()
    );
    assert!(!computer.kept().exists());

    let ask = |path: &str, body: Value| http::send(&gateway.http, "POST", path, &[], Some(&body)).answer();
    let begun = ask("/v1/login/device", json!({ "client": "a script" })).ok();
    let question = json!({ "device_code": begun["device_code"] });
    let code_of = |answer: Answer| (answer.status, text(&answer.json()["code"]));
    let told = || code_of(ask("/v1/login/device/token", question.clone()));
    assert_eq!(told(), (400, "authorization_pending".to_owned()));
    assert_eq!(told(), (400, "slow_down".to_owned()));
    let none = json!({ "device_code": begun["user_code"] });
    assert_eq!(
        code_of(ask("/v1/login/device/token", none)),
        (400, "expired_token".to_owned()),
        "what people type is not what programs ask with"
    );

    let mut full = Vec::new();
    for _ in 0..60 {
        full.push(ask("/v1/login/device", json!({ "client": "a flood" })));
    }
    let last = full.pop().unwrap();
    assert_eq!(code_of(last), (429, "busy".to_owned()));
    assert!(
        full.iter()
            .any(|answer| answer.status == 200 && answer.header("retry-after").is_none())
    );

    // Whoever is signed in does not find the codes of others.
    let mut guess = Vec::new();
    for _ in 0..12 {
        guess.push(computer.browse("GET", "/v1/login/device/BBBB-BBBB").status);
    }
    assert_eq!((guess[0], guess[11]), (404, 429), "{guess:?}");
    let typed = text(&begun["user_code"]);
    assert_eq!(
        computer
            .browse("POST", &format!("/v1/login/device/{typed}/confirm"))
            .status,
        429
    );
    let again = http::send(
        &gateway.http,
        "POST",
        "/v1/login",
        &[],
        Some(&json!({ "name": "admin", "password": PASSWORD })),
    );
    assert_eq!(
        again.answer().status,
        200,
        "guessing codes locks nobody out of their password"
    );
}

#[test]
fn plain_ssh_comes_in_with_the_certificate_of_a_login_and_with_no_other() {
    let server = Sshd::start();
    let gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    gateway.apply(&json!([{ "kind": "user", "name": "bob", "spec": { "password": PASSWORD } }]));
    let bob = Computer::of(&gateway, "bob");
    bob.login(&[]);
    let (key, certificate) = (bob.key(), bob.key().with_file_name("id-cert.pub"));
    let shown = run(Command::new("ssh-keygen").arg("-Lf").arg(&certificate), "").out;
    assert!(
        shown.contains("user certificate") && shown.contains("bob"),
        "{shown}"
    );
    let outcome = ssh(&gateway, "bob", &key, &certificate);
    assert_eq!(outcome.out, "in\n", "{outcome:?}");

    // By the lines that are printed, and by the command line.
    let config = gateway.folder().join("ssh_config");
    let written = bob.run(&["ssh-config", "--write", &config.display().to_string()]);
    assert_eq!(written.code, 0, "{written:?}");
    assert_eq!(
        bob.run(&["ssh-config"]).out,
        std::fs::read_to_string(&config).unwrap()
    );
    let hosts = format!("UserKnownHostsFile={}/known_hosts", gateway.folder().display());
    let own = [
        "-o",
        "StrictHostKeyChecking=accept-new",
        "-o",
        &hosts,
        "-o",
        "IdentityAgent=none",
    ];
    let mut by_config = Command::new("ssh");
    by_config.arg("-F").arg(&config).args(own);
    let outcome = run(
        by_config.args(["-o", "BatchMode=yes", "bob:box@127.0.0.1", "echo in"]),
        "",
    );
    assert_eq!(outcome.out, "in\n", "{outcome:?}");
    let joined = [
        "-F/dev/null".to_owned(),
        "-oBatchMode=yes".to_owned(),
        "-oIdentityAgent=none".to_owned(),
    ];
    let hosts = [
        "-oStrictHostKeyChecking=accept-new".to_owned(),
        format!("-o{hosts}"),
    ];
    let mut by_doorward = bob.cli(&["ssh", "box"]);
    let outcome = run(
        by_doorward.args(joined).args(hosts).args(["--", "echo", "in"]),
        "",
    );
    assert_eq!(outcome.out, "in\n", "{outcome:?}");

    // Another's name, and a certificate that was changed.
    let refused = |outcome: Outcome, why: &str| {
        assert!(outcome.code != 0 && outcome.out.is_empty(), "{outcome:?}");
        assert!(outcome.err.contains(why), "{why}: {outcome:?}");
    };
    refused(ssh(&gateway, "ann", &key, &certificate), "it is for another user");
    // OpenSSH looks at the signature itself and never sends such a certificate; another client does.
    let tampered = gateway.folder().join("tampered-cert.pub");
    let line = std::fs::read_to_string(&certificate).unwrap();
    std::fs::write(&tampered, renamed(&line, "bob", "ann")).unwrap();
    refused(ssh(&gateway, "ann", &key, &tampered), "Permission denied");
    if let Some(python) = tools::python(&["paramiko"]) {
        let said = |user: &str, certificate: &Path| {
            let mut command = Command::new(&python);
            command.args(["-c", PARAMIKO, &gateway.ssh_port.to_string(), user]);
            run(command.arg(&key).arg(certificate), "").out
        };
        assert_eq!(said("bob:box", &certificate), "in\n");
        let told = said("ann:box", &tampered);
        assert!(told.contains("its signature is wrong"), "{told}");
    }

    // For a place, for a moment, and by another authority.
    let mine = text(
        &serde_json::from_str::<Value>(&std::fs::read_to_string(bob.kept()).unwrap()).unwrap()["logins"]
            [format!("http://{}", gateway.http)]["token"],
    );
    let public = run(Command::new("ssh-keygen").arg("-yf").arg(&key), "").out;
    let certify = |more: Value| {
        let mut wish = json!({ "public_key": public });
        wish.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let made = gateway
            .ask_as(&mine, "POST", "/v1/ssh-certificates", Some(&wish))
            .answer();
        assert_eq!(made.status, 201, "{}", made.text());
        let file = gateway.folder().join("other-cert.pub");
        std::fs::write(&file, text(&made.json()["certificate"]) + "\n").unwrap();
        file
    };
    let elsewhere = certify(json!({ "sources": ["192.0.2.0/24"] }));
    refused(ssh(&gateway, "bob", &key, &elsewhere), "it is not for 127.0.0.1");
    let here = certify(json!({ "sources": ["192.0.2.0/24", "127.0.0.0/8"] }));
    assert_eq!(ssh(&gateway, "bob", &key, &here).out, "in\n");
    let mut other = Command::new("ssh-keygen");
    let ca = gateway.folder().join("client");
    let plain = gateway.folder().join("plain.pub");
    std::fs::write(&plain, &public).unwrap();
    other
        .args(["-q", "-I", "bob", "-n", "bob", "-s"])
        .arg(&ca)
        .arg(&plain);
    assert_eq!(run(&mut other, "").code, 0);
    let foreign = gateway.folder().join("plain-cert.pub");
    refused(ssh(&gateway, "bob", &key, &foreign), "Permission denied");

    // Disabled, and signed out.
    let bobs = |disabled: bool| json!([{ "kind": "user", "name": "bob", "spec": { "disabled": disabled } }]);
    gateway.apply(&bobs(true));
    refused(
        ssh(&gateway, "bob", &key, &certificate),
        "its user may not sign in",
    );
    gateway.apply(&bobs(false));
    assert_eq!(ssh(&gateway, "bob", &key, &certificate).out, "in\n");
    let (copied, copied_certificate) = (
        gateway.folder().join("copy"),
        gateway.folder().join("copy-cert.pub"),
    );
    std::fs::copy(&key, &copied).unwrap();
    std::fs::copy(&certificate, &copied_certificate).unwrap();
    assert_eq!(bob.run(&["logout"]).code, 0);
    refused(
        ssh(&gateway, "bob", &copied, &copied_certificate),
        "it was taken back",
    );
    let failed = gateway.get("/v1/audit?kind=login.failed&limit=100").to_string();
    for why in ["it is for another user", "it was taken back"] {
        assert!(failed.contains(&format!("certificate: {why}")), "{why}: {failed}");
    }
    let used = gateway
        .get("/v1/audit?kind=login.succeeded&limit=100")
        .to_string();
    assert!(used.contains(r#""method":"certificate""#), "{used}");
}

#[test]
fn an_agent_holds_the_certificate_of_a_login() {
    let server = Sshd::start();
    let gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    let ann = Computer::of(&gateway, "ann");
    let socket = gateway.folder().join("agent");
    let _agent = Program::start(Command::new("ssh-agent").arg("-D").arg("-a").arg(&socket));
    until(PATIENCE, "the agent listens", || socket.exists().then_some(()));
    let url = format!("http://{}", gateway.http);
    let mut login = ann.cli(&["login", "--url", &url, "--agent"]);
    let mut program = Program::start(login.env("SSH_AUTH_SOCK", &socket));
    let (_, from) = program.err.wait_from(0, "/device?code=");
    program.err.wait_from(from, "minutes.");
    let code = program.err.text()[from..from + 9].to_owned();
    assert_eq!(
        ann.browse("POST", &format!("/v1/login/device/{code}/confirm"))
            .status,
        204
    );
    assert!(program.ended().success(), "{}", program.err.text());
    let listed = run(
        Command::new("ssh-add").arg("-l").env("SSH_AUTH_SOCK", &socket),
        "",
    );
    assert!(listed.out.contains("CERT"), "{listed:?}");
    let mut by_agent = Command::new("ssh");
    by_agent.args([
        "-F",
        "/dev/null",
        "-o",
        "BatchMode=yes",
        "-o",
        "StrictHostKeyChecking=no",
    ]);
    by_agent.args([
        "-o",
        "UserKnownHostsFile=/dev/null",
        "-p",
        &gateway.ssh_port.to_string(),
    ]);
    by_agent
        .args(["ann:box@127.0.0.1", "echo in"])
        .env("SSH_AUTH_SOCK", &socket);
    let outcome = run(&mut by_agent, "");
    assert_eq!(outcome.out, "in\n", "{outcome:?}");
    let method = gateway.get("/v1/audit?kind=login.succeeded&limit=1").to_string();
    assert!(method.contains(r#""method":"certificate""#), "{method}");
}

#[test]
fn a_certificate_ends_when_it_says_so() {
    let server = Sshd::start();
    let gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    let ann = Computer::of(&gateway, "ann");
    ann.login(&["--lasts", "15s"]);
    let (key, certificate) = (ann.key(), ann.key().with_file_name("id-cert.pub"));
    assert_eq!(ssh(&gateway, "ann", &key, &certificate).out, "in\n");
    let ended = until(PATIENCE, "the certificate ends", || {
        let outcome = ssh(&gateway, "ann", &key, &certificate);
        (outcome.code != 0).then_some(outcome)
    });
    assert!(
        ended.err.contains("it ended at 20") && ended.err.contains("`doorward login`"),
        "{ended:?}"
    );
    // The certificate counts whole seconds, and ends up to one before the login.
    until(PATIENCE, "the login ends", || {
        let listed = ann.run(&["sessions", "list"]);
        (listed.code == 3).then_some(())
    });
}

#[test]
fn clients_of_databases_come_in_by_the_same_login() {
    let house = House::open();
    let gateway = &house.gateway;
    let ann = Computer::of(gateway, "ann");
    ann.login(&["--no-ssh", "--lasts", "30m"]);
    let made = ann.run(&["db", "login", "db", "--lasts", "8h", "-o", "json"]);
    let made: Value = serde_json::from_str(&made.out).unwrap_or_else(|_| panic!("{made:?}"));
    let ends = domain::Micros::parse_rfc3339(&text(&made["expires_at"])).unwrap();
    let left = ends.since(domain::Micros::now()).duration().as_secs();
    assert!(left <= 1800, "no longer than the login: {left}");
    let psql = || {
        let mut psql = client(
            "psql",
            house.port,
            &format!("{}:db", text(&made["login"])),
            &text(&made["password"]),
        );
        run(psql.args(["-XAtc", "select 7"]), "")
    };
    let outcome = psql();
    assert_eq!((outcome.code, outcome.out.trim()), (0, "7"), "{outcome:?}");
    assert_eq!(ann.run(&["logout"]).code, 0);
    let after = psql();
    assert_ne!(after.code, 0, "it is taken away with the login: {after:?}");
}

/// Signs in with a key and a certificate, and says how that went.
const PARAMIKO: &str = r#"
import sys, paramiko
port, user, key, certificate = sys.argv[1:]
key = paramiko.Ed25519Key.from_private_key_file(key)
key.load_certificate(certificate)
transport = paramiko.Transport(("127.0.0.1", int(port)))
transport.start_client(timeout=30)
try:
    transport.auth_publickey(user, key)
    print("in")
except paramiko.SSHException as error:
    print("out", error, transport.get_banner())
transport.close()
"#;

/// Changes a name in a certificate, and leaves its signature.
fn renamed(line: &str, from: &str, to: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let mut words = line.split(' ');
    let (kind, body) = (words.next().unwrap(), words.next().unwrap());
    let mut blob = STANDARD.decode(body.trim()).unwrap();
    // As the only principal: a list of one string.
    let principal = |name: &str| [&[0, 0, 0, 7, 0, 0, 0, 3], name.as_bytes()].concat();
    let (old, new) = (principal(from), principal(to));
    let at = blob
        .windows(old.len())
        .position(|part| part == old)
        .expect("the principal");
    blob[at..at + new.len()].copy_from_slice(&new);
    format!("{kind} {} changed\n", STANDARD.encode(blob))
}
