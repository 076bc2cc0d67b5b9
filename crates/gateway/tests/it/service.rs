//! Service accounts: applications and machines, with keys that are worth short tokens.

use std::process::Command;

use serde_json::{Value, json};

use crate::{
    gateway::{DOORWARD, Gateway, PASSWORD, text},
    http::{self, Answer},
    program::run,
    sshd::Sshd,
};

fn exchange(gateway: &Gateway, key: &str, lasts: Option<&str>) -> Answer {
    let body = json!({ "key": key, "lasts": lasts });
    http::send(&gateway.http, "POST", "/v1/login/service", &[], Some(&body)).answer()
}

fn code_of(answer: &Answer) -> (u16, String) {
    (answer.status, text(&answer.json()["code"]))
}

#[test]
fn a_service_account_works_by_short_tokens_and_never_in_the_console() {
    let server = Sshd::start();
    let gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    let with_password = json!({ "documents": [{ "kind": "user", "name": "ci", "spec": { "kind": "service", "password": PASSWORD } }] });
    assert_eq!(gateway.post("/v1/apply", &with_password).status, 422);
    // A password from when it was a person counts no more, nor does its login in the browser.
    gateway.apply(&json!([{ "kind": "user", "name": "ci", "spec": { "password": PASSWORD } }]));
    let body = json!({ "name": "ci", "password": PASSWORD });
    let login = || http::send(&gateway.http, "POST", "/v1/login", &[], Some(&body)).answer();
    let cookie = login()
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    gateway.apply(&json!([{ "kind": "user", "name": "ci", "spec": { "kind": "service" } }]));
    assert_eq!(code_of(&login()), (401, "wrong_credentials".to_owned()));
    let me = http::send(&gateway.http, "GET", "/v1/me", &[("Cookie", &cookie)], None).answer();
    assert_eq!(me.status, 401);

    let made = gateway.print(&["keys", "create", "ci", "--name", "runner 7", "-o", "json"]);
    let made: Value = serde_json::from_str(&made).unwrap();
    let (id, key) = (text(&made["id"]), text(&made["token"]));
    assert_eq!((text(&made["kind"]), &key[..4]), ("key".to_owned(), "dwk_"));
    let listed = gateway.print(&["keys", "ls", "ci", "-o", "json"]);
    assert!(listed.contains("runner 7") && !listed.contains(&key), "{listed}");
    assert_eq!(
        gateway.run(&["keys", "create", "ann"]).code,
        2,
        "people make tokens by themselves"
    );

    // The key is no token; what it is exchanged for is, for a while.
    assert_eq!(gateway.ask_as(&key, "GET", "/v1/me", None).answer().status, 401);
    let answer = exchange(&gateway, &key, None).ok();
    assert_eq!(
        (&answer["expires_in"], &answer["user"]),
        (&json!(900), &json!("ci"))
    );
    let token = text(&answer["access_token"]);
    assert_eq!(
        gateway.ask_as(&token, "GET", "/v1/me", None).answer().ok()["person"]["name"],
        "ci"
    );
    assert_eq!(exchange(&gateway, &key, Some("2h")).status, 422);
    let more = gateway
        .ask_as(&token, "POST", "/v1/tokens", Some(&json!({ "name": "for ever" })))
        .answer();
    assert_eq!(more.status, 403, "{}", more.text());

    // A job: the command line with the key in a file, whose session is the account's.
    let file = gateway.folder().join("key");
    std::fs::write(&file, format!("{key}\n")).unwrap();
    let mut job = Command::new(DOORWARD);
    job.args(["exec", "box", "--", "echo built"])
        .env("DOORWARD_ADDR", format!("http://{}", gateway.http))
        .env("DOORWARD_KEY_FILE", &file)
        .env_remove("DOORWARD_TOKEN");
    let outcome = run(&mut job, "");
    assert_eq!(
        (outcome.code, outcome.out.as_str()),
        (0, "built\n"),
        "{outcome:?}"
    );
    let own = gateway.sessions("status=all&user=ci");
    assert_eq!((own.len(), &own[0]["user"]["name"]), (1, &json!("ci")), "{own:?}");

    // Taken away: the key, and what it was exchanged for.
    gateway.print(&["keys", "delete", &id, "--yes"]);
    assert_eq!(gateway.ask_as(&token, "GET", "/v1/me", None).answer().status, 401);
    let mut last = (0, String::new());
    for _ in 0..12 {
        last = code_of(&exchange(&gateway, &key, None));
    }
    assert_eq!(last, (429, "locked_out".to_owned()));
    let other = gateway
        .post(
            "/v1/users/ci/keys",
            &json!({ "name": "another", "expires_in_secs": 60 }),
        )
        .ok();
    let short = exchange(&gateway, &text(&other["token"]), Some("30m")).ok();
    assert!(
        short["expires_in"].as_u64().unwrap() <= 60,
        "no longer than the key: {short}"
    );
    gateway
        .apply(&json!([{ "kind": "user", "name": "ci", "spec": { "kind": "service", "disabled": true } }]));
    assert_eq!(
        code_of(&exchange(&gateway, &text(&other["token"]), None)),
        (401, "wrong_key".to_owned())
    );
    let log = gateway.get("/v1/audit?limit=300").to_string();
    assert!(
        log.contains(r#""method":"key of a service account""#) && !log.contains(&key),
        "{log}"
    );
}
