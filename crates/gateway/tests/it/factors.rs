//! Second factors, with an authenticator that is somebody else's program.

use std::{os::unix::fs::PermissionsExt as _, process::Command};

use serde_json::{Value, json};
use testkit::tools;

use crate::{
    gateway::{Gateway, PASSWORD, files, text},
    http::{self, Answer},
    pghouse::House,
    pgserver::client,
    program::{Outcome, run},
    sshd::Sshd,
};

/// A browser that is signed in.
struct Browser<'a> {
    gateway: &'a Gateway,
    cookie: String,
    csrf: String,
}

impl<'a> Browser<'a> {
    /// Takes a cookie that an answer sets.
    fn of(gateway: &'a Gateway, answer: Answer) -> Self {
        let cookie = answer.header("set-cookie").expect("a cookie").to_owned();
        Self {
            gateway,
            cookie: cookie.split(';').next().unwrap().to_owned(),
            csrf: text(&answer.ok()["csrf"]),
        }
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let headers = [
            ("Cookie", self.cookie.as_str()),
            ("X-CSRF-Token", self.csrf.as_str()),
        ];
        http::send(&self.gateway.http, method, path, &headers, body).answer()
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body))
    }

    /// Makes an API token.
    fn token(&self) -> String {
        text(&self.post("/v1/tokens", &json!({ "name": "test" })).ok()["token"])
    }

    /// Sets an authenticator app up; gives its secret and the recovery codes.
    fn enrol(&self) -> (String, Vec<String>) {
        let begun = self.post("/v1/factors/totp", &json!({}));
        assert_eq!(begun.status, 201, "{}", begun.text());
        let begun = begun.json();
        let secret = text(&begun["secret"]);
        assert!(text(&begun["address"]).contains(&secret));
        assert!(begun["picture"]["size"].as_u64().unwrap() > 20);
        let confirm = |code: &str| self.post("/v1/factors/totp/confirm", &json!({ "code": code }));
        assert_eq!(confirm("000000").status, 422, "a wrong code turns nothing on");
        let made = confirm(&oath(&secret, "now")).ok();
        let codes: Vec<_> = made["codes"].as_array().unwrap().iter().map(text).collect();
        assert_eq!(codes.len(), 10);
        (secret, codes)
    }
}

/// Computes the code of a moment as `oathtool` does.
fn oath(secret: &str, moment: &str) -> String {
    let mut oathtool = Command::new(tools::path("oathtool"));
    let outcome = run(oathtool.args(["--totp", "-b", "--now", moment, secret]), "");
    assert_eq!(outcome.code, 0, "{outcome:?}");
    outcome.out.trim().to_owned()
}

fn login(gateway: &Gateway, name: &str, code: Option<&str>) -> Answer {
    let body = json!({ "name": name, "password": PASSWORD, "code": code });
    http::send(&gateway.http, "POST", "/v1/login", &[], Some(&body)).answer()
}

fn code_of(answer: &Answer) -> (u16, String) {
    (answer.status, text(&answer.json()["code"]))
}

/// Runs `ssh` as `ann` with a program that answers its prompts, one answer for each; gives also what was asked.
fn ssh(gateway: &Gateway, options: &[&str], answers: &[&str]) -> (Outcome, String) {
    let folder = gateway.folder();
    let (left, asked, script) = (folder.join("answers"), folder.join("asked"), folder.join("ask"));
    std::fs::write(&left, answers.join("\n") + "\n").unwrap();
    std::fs::write(&asked, "").unwrap();
    let text = format!(
        "#!/bin/sh\necho \"$1\" >> {asked}\nhead -n 1 {left}\nsed -i 1d {left}\n",
        asked = asked.display(),
        left = left.display()
    );
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let options = [&["-o", "BatchMode=no"], options].concat();
    let mut command = Command::new("ssh");
    // The first of an option counts.
    command.args(&options).args(gateway.ssh_options());
    command.args([
        "-p",
        &gateway.ssh_port.to_string(),
        "ann:box@127.0.0.1",
        "echo in",
    ]);
    command
        .env("SSH_ASKPASS", script)
        .env("SSH_ASKPASS_REQUIRE", "force");
    let outcome = run(&mut command, "");
    (outcome, std::fs::read_to_string(asked).unwrap())
}

#[test]
fn a_code_is_asked_for_in_the_browser_and_by_ssh_and_taken_once() {
    if !tools::have(&["oathtool"]) {
        return;
    }
    let server = Sshd::start();
    let gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    let elsewhere = Browser::of(&gateway, login(&gateway, "ann", None));
    let browser = Browser::of(&gateway, login(&gateway, "ann", None));
    let (secret, codes) = browser.enrol();
    assert_eq!(
        elsewhere.send("GET", "/v1/me", None).status,
        401,
        "other logins end"
    );
    assert_eq!(browser.send("GET", "/v1/factors", None).ok()["shown"], true);

    let told = |code: Option<&str>| code_of(&login(&gateway, "ann", code));
    assert_eq!(told(None), (401, "second_factor_needed".to_owned()));
    let now = oath(&secret, "now");
    assert_eq!(
        told(Some(&now)),
        (401, "wrong_code".to_owned()),
        "the code of the set-up"
    );
    let next = oath(&secret, "+30 seconds");
    assert_eq!(login(&gateway, "ann", Some(&next)).status, 200);
    assert_eq!(
        told(Some(&next)),
        (401, "wrong_code".to_owned()),
        "a code that was taken"
    );
    let wrong = json!({ "name": "ann", "password": "not-her-password", "code": &codes[0] });
    let wrong = http::send(&gateway.http, "POST", "/v1/login", &[], Some(&wrong)).answer();
    assert_eq!(code_of(&wrong), (401, "wrong_credentials".to_owned()));

    // By SSH: after the password in one dialogue, after the method `password` in another, and not after a key.
    let no_key = ["-o", "PubkeyAuthentication=no"];
    let (outcome, asked) = ssh(&gateway, &no_key, &[PASSWORD, "123456", &codes[0]]);
    assert_eq!(outcome.out, "in\n", "{outcome:?} {asked}");
    assert_eq!(asked.matches("Verification code:").count(), 2, "{asked}");
    let by_password = [
        &no_key[..],
        &["-o", "PreferredAuthentications=password,keyboard-interactive"],
    ]
    .concat();
    let (outcome, asked) = ssh(&gateway, &by_password, &[PASSWORD, &codes[0], &codes[1]]);
    assert_eq!(
        outcome.out, "in\n",
        "a recovery code works once: {outcome:?} {asked}"
    );
    let (outcome, asked) = ssh(&gateway, &[], &[]);
    assert_eq!(
        (outcome.out.as_str(), asked.as_str()),
        ("in\n", ""),
        "{outcome:?}"
    );

    // Where the profile needs one, after a key as well.
    gateway.apply(&json!([{ "kind": "profile", "name": "usual", "spec": { "second_factor": "required" } }]));
    let (outcome, asked) = ssh(&gateway, &[], &[&codes[2]]);
    assert_eq!(outcome.out, "in\n", "{outcome:?} {asked}");
    assert!(asked.contains("Verification code:"), "{asked}");
    let by_key = run(&mut gateway.ssh(&[], "box"), "");
    assert_ne!(by_key.code, 0, "who cannot be asked does not come in: {by_key:?}");

    let shown = gateway.print(&["factors", "show", "ann", "-o", "json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["recovery_codes"], 7);
    let log = gateway.get("/v1/audit?limit=300").to_string();
    for kind in [
        "factor.added",
        "recovery_code.used",
        "verification code that was used before",
    ] {
        assert!(log.contains(kind), "{kind}: {log}");
    }
    // Nothing of it lies anywhere in the clear.
    let secrets = [&secret, &next, &codes[0], &codes[1], &codes[9]];
    let kept = files(gateway.data())
        .into_iter()
        .map(|file| std::fs::read(file).unwrap_or_default());
    for bytes in kept.chain([gateway.log().into_bytes(), log.into_bytes()]) {
        for secret in secrets.into_iter().filter(|secret| secret.len() > 6) {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
        }
    }

    // Lost: an administrator takes it away, which signs its owner out.
    gateway.print(&["factors", "reset", "ann", "--yes"]);
    assert_eq!(browser.send("GET", "/v1/me", None).status, 401);
    assert_eq!(login(&gateway, "ann", None).status, 200);
    let own = gateway.run(&["factors", "reset", "admin", "--yes"]);
    assert_eq!(own.code, 4, "{own:?}");
    assert!(
        gateway
            .get("/v1/audit?limit=300")
            .to_string()
            .contains("factor.reset")
    );
}

#[test]
fn clients_of_databases_need_a_password_that_was_made_after_a_second_factor() {
    if !tools::have(&["oathtool"]) {
        return;
    }
    let house = House::open();
    let gateway = &house.gateway;
    gateway.apply(&json!([{ "kind": "profile", "name": "usual", "spec": { "second_factor": "required" } }]));
    let psql = |user: &str, password: &str| {
        let mut psql = client("psql", house.port, user, password);
        run(psql.args(["-XAtc", "select 7"]), "")
    };
    let made = |token: &str| {
        let outcome = run(
            &mut gateway.cli_as(token, &["db", "login", "db", "-o", "json"]),
            "",
        );
        let made: Value = serde_json::from_str(&outcome.out).unwrap();
        (format!("{}:db", text(&made["login"])), text(&made["password"]))
    };
    let refused = psql("ann:db", PASSWORD);
    assert!(
        refused.code != 0 && refused.err.contains("a second factor is needed for `db`"),
        "{refused:?}"
    );
    let denied = gateway.session(&house.last_session());
    assert_eq!(
        (&denied["state"], &denied["access_rule"]),
        (&json!("denied"), &json!("all"))
    );

    let browser = Browser::of(gateway, login(gateway, "ann", None));
    let before = browser.token();
    browser.enrol();
    let after = browser.token();
    let refused = psql("ann:db", PASSWORD);
    assert!(
        refused.code != 0 && refused.err.contains("a password alone is not enough"),
        "{refused:?}"
    );
    let (user, password) = made(&before);
    let refused = psql(&user, &password);
    assert!(
        refused.code != 0 && refused.err.contains("none was shown"),
        "a password of a token from before: {refused:?}"
    );
    let (user, password) = made(&after);
    let outcome = psql(&user, &password);
    assert_eq!((outcome.code, outcome.out.trim()), (0, "7"), "{outcome:?}");
}

#[test]
fn where_everybody_needs_a_second_factor_nothing_else_works_before_it_is_set_up() {
    if !tools::have(&["oathtool"]) {
        return;
    }
    let server = Sshd::start();
    let mut gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    gateway.stop();
    gateway.environment("DOORWARD_SECOND_FACTOR", "required");
    gateway.restart();
    let problem = |answer: Answer| code_of(&answer);
    let required = (403, "second_factor_required".to_owned());
    let old = gateway.ask("GET", "/v1/sessions", None).answer();
    assert_eq!(problem(old), required, "a token from before");
    let browser = Browser::of(&gateway, login(&gateway, "ann", None));
    assert_eq!(
        browser.send("GET", "/v1/me", None).ok()["second_factor_missing"],
        true
    );
    assert_eq!(problem(browser.send("GET", "/v1/connect", None)), required);
    assert_eq!(
        problem(browser.post("/v1/tokens", &json!({ "name": "t" }))),
        required
    );
    let by_key = run(gateway.ssh(&[], "box").arg("echo in"), "");
    assert!(
        by_key.code != 0 && by_key.err.contains("you have none yet: set one up at http"),
        "{by_key:?}"
    );
    let lobby = run(
        Command::new("ssh").args(gateway.ssh_options()).args([
            "-p",
            &gateway.ssh_port.to_string(),
            "ann@127.0.0.1",
        ]),
        "",
    );
    assert!(
        lobby.err.contains("a second factor is needed for this gateway"),
        "{lobby:?}"
    );

    let (secret, codes) = browser.enrol();
    assert_eq!(
        browser.send("GET", "/v1/me", None).ok()["second_factor_missing"],
        false
    );
    let token = browser.token();
    assert_eq!(
        gateway.ask_as(&token, "GET", "/v1/connect", None).answer().status,
        200
    );
    // With a token nobody changes it, and in the browser only with a code.
    let by_token = gateway.ask_as(
        &token,
        "POST",
        "/v1/factors/totp/remove",
        Some(&json!({ "code": &codes[0] })),
    );
    assert_eq!(by_token.answer().status, 403);
    let remove = |code: &str| {
        browser
            .post("/v1/factors/totp/remove", &json!({ "code": code }))
            .status
    };
    assert_eq!(remove("000000"), 422);
    let fresh = browser
        .post("/v1/factors/recovery-codes", &json!({ "code": &codes[0] }))
        .ok();
    assert_eq!(remove(&codes[1]), 422, "the older codes stop working");
    assert_eq!(remove(&oath(&secret, "+30 seconds")), 204);
    assert_eq!(fresh["codes"].as_array().unwrap().len(), 10);
}
