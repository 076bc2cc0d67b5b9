//! Signing in with a browser, and who may not.

use std::{process::Command, time::Duration};

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, PASSWORD, text},
    http::{self, Answer},
    program::run,
    sshd::Sshd,
};

fn login(gateway: &Gateway, name: &str, password: &str) -> Answer {
    let body = json!({ "name": name, "password": password });
    http::send(&gateway.http, "POST", "/v1/login", &[], Some(&body)).answer()
}

fn cookie_of(answer: &Answer) -> String {
    answer.header("set-cookie").expect("a cookie").to_owned()
}

fn pair(cookie: &str) -> &str {
    cookie.split(';').next().unwrap()
}

#[test]
fn a_set_up_link_makes_one_administrator_once() {
    let mut gateway = Gateway::bare(&[]);
    assert_eq!(
        http::send(&gateway.http, "GET", "/v1/setup", &[], None)
            .answer()
            .ok()["needed"],
        true
    );
    let token = gateway.setup_token();
    let setup = |gateway: &Gateway, token: &str, name: &str, password: &str| {
        let body = json!({ "token": token, "name": name, "password": password });
        http::send(&gateway.http, "POST", "/v1/setup", &[], Some(&body)).answer()
    };
    // What is refused for its own sake does not use the link up.
    assert_eq!(setup(&gateway, &token, "root user", PASSWORD).status, 422);
    assert_eq!(setup(&gateway, &token, "first", "short").status, 422);
    assert_eq!(
        setup(&gateway, "dwl_00000000_nonsense", "first", PASSWORD).status,
        403
    );
    // A link that was never used is replaced by another start; each works.
    gateway.stop();
    gateway.restart();
    let newer = gateway.setup_token();
    assert_ne!(newer, token);
    let made = setup(&gateway, &newer, "first", PASSWORD);
    assert_eq!(made.status, 200, "{}", made.text());
    assert_eq!(made.json()["person"]["roles"], json!(["admin"]));
    for token in [&newer, &token] {
        let again = setup(&gateway, token, "second", PASSWORD);
        assert_eq!(again.status, 403, "{}", again.text());
    }
    assert_eq!(
        http::send(&gateway.http, "GET", "/v1/setup", &[], None)
            .answer()
            .ok()["needed"],
        false
    );
    gateway.stop();
    gateway.restart();
    assert!(
        !gateway.log().contains("setup?token="),
        "there is an administrator: {}",
        gateway.log()
    );
    assert_eq!(login(&gateway, "first", PASSWORD).status, 200);
}

#[test]
fn a_gateway_that_is_stopped_the_moment_it_is_up_stops_in_order() {
    let mut gateway = Gateway::bare(&[]);
    for _ in 0..3 {
        gateway.stop();
        gateway.restart();
    }
}

#[test]
fn a_cookie_is_out_of_reach_of_scripts_and_of_other_sites() {
    let mut gateway = Gateway::start();
    let answer = login(&gateway, "admin", PASSWORD);
    let cookie = cookie_of(&answer);
    for flag in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    assert!(
        !cookie.contains("Secure"),
        "without TLS a browser would drop it: {cookie}"
    );
    let csrf = text(&answer.json()["csrf"]);
    let me = |gateway: &Gateway, cookie: &str| {
        http::send(&gateway.http, "GET", "/v1/me", &[("Cookie", pair(cookie))], None).answer()
    };
    assert_eq!(me(&gateway, &cookie).ok()["csrf"], json!(csrf));

    // Reading needs the cookie alone, changing also the token that no other site can read.
    let change = |headers: &[(&str, &str)]| {
        let body = json!({ "documents": [{ "kind": "group", "name": "g", "spec": {} }] });
        http::send(&gateway.http, "POST", "/v1/apply", headers, Some(&body))
            .answer()
            .status
    };
    let bare = ("Cookie", pair(&cookie));
    assert_eq!(change(&[bare]), 403);
    assert_eq!(change(&[bare, ("X-CSRF-Token", "guessed")]), 403);
    let other = text(&login(&gateway, "admin", PASSWORD).json()["csrf"]);
    assert_eq!(
        change(&[bare, ("X-CSRF-Token", &other)]),
        403,
        "that of another login"
    );
    assert_eq!(change(&[bare, ("X-CSRF-Token", &csrf)]), 200);
    assert_eq!(
        change(&[("Cookie", "doorward_session=forged"), ("X-CSRF-Token", &csrf)]),
        401
    );
    let bearer = format!("Bearer {}", gateway.admin);
    assert_eq!(change(&[("Authorization", &bearer)]), 200, "API tokens need none");

    // A websocket of another site's page is refused although the browser sends the cookie along.
    let upgrade = |origin: &str| {
        let id = "01234567-89ab-7cde-8f01-23456789abcd";
        let headers = [
            bare,
            ("Origin", origin),
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        http::send_upgrade(&gateway.http, &format!("/v1/sessions/{id}/live"), &headers)
            .head()
            .0
    };
    assert_eq!(upgrade("http://evil.example"), 403);
    assert_eq!(
        upgrade(&format!("http://{}", gateway.http)),
        404,
        "its own page may ask: there is no such session"
    );

    // Signed out: the cookie is worth nothing any more, wherever a copy of it is.
    let headers = [bare, ("X-CSRF-Token", csrf.as_str())];
    let out = http::send(&gateway.http, "POST", "/v1/logout", &headers, None).answer();
    assert_eq!(out.status, 204, "{}", out.text());
    assert!(cookie_of(&out).contains("Max-Age=0"), "{:?}", out.headers);
    assert_eq!(me(&gateway, &cookie).status, 401);

    gateway.stop();
    gateway.environment("DOORWARD_BEHIND_TLS", "true");
    gateway.restart();
    let cookie = cookie_of(&login(&gateway, "admin", PASSWORD));
    assert!(cookie.contains("Secure"), "{cookie}");
}

#[test]
fn a_login_lasts_over_a_restart_and_a_revoked_token_does_not() {
    let mut gateway = Gateway::start();
    let cookie = cookie_of(&login(&gateway, "admin", PASSWORD));
    let token = gateway.token("admin");
    gateway.stop();
    gateway.restart();
    let me = http::send(&gateway.http, "GET", "/v1/me", &[("Cookie", pair(&cookie))], None).answer();
    assert_eq!(me.status, 200, "{}", me.text());
    let tokens = gateway.ask_as(&token, "GET", "/v1/tokens", None).answer().ok();
    assert!(
        !tokens.to_string().contains(&token),
        "a token is shown once: {tokens}"
    );
    let newest = text(&tokens["tokens"].as_array().unwrap().last().unwrap()["id"]);
    let revoked = gateway
        .ask("DELETE", &format!("/v1/tokens/{newest}"), None)
        .answer();
    assert_eq!(revoked.status, 204, "{}", revoked.text());
    assert_eq!(gateway.ask_as(&token, "GET", "/v1/me", None).answer().status, 401);
    // A token with an end.
    let made = gateway
        .post("/v1/tokens", &json!({ "name": "short", "expires_in_secs": 1 }))
        .ok();
    let short = text(&made["token"]);
    assert_eq!(gateway.ask_as(&short, "GET", "/v1/me", None).answer().status, 200);
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(gateway.ask_as(&short, "GET", "/v1/me", None).answer().status, 401);
}

#[test]
fn failures_lock_a_name_out_in_the_browser_and_by_ssh_and_tell_nothing_about_it() {
    let server = Sshd::start();
    let gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    let (wrong, unknown) = (
        login(&gateway, "ann", "not-her-password"),
        login(&gateway, "nobody", "not-her-password"),
    );
    let told = |answer: &Answer| {
        let mut problem = answer.json();
        problem.as_object_mut().unwrap().remove("request_id");
        (answer.status, problem)
    };
    assert_eq!(
        told(&wrong),
        told(&unknown),
        "a name that exists answers like one that does not"
    );
    assert_eq!(wrong.status, 401);
    let mut last = wrong;
    for _ in 0..12 {
        last = login(&gateway, "ann", "not-her-password");
        if last.status == 429 {
            break;
        }
    }
    assert_eq!(last.status, 429, "{}", last.text());
    let wait: u64 = last.header("retry-after").expect("says when").parse().unwrap();
    assert!(wait > 0 && last.json()["retry_after"] == wait, "{}", last.text());
    assert_eq!(
        login(&gateway, "ann", PASSWORD).status,
        429,
        "the right password is refused as well"
    );
    let mut by_password = Command::new("sshpass");
    by_password.args([
        "-p",
        PASSWORD,
        "ssh",
        "-F",
        "/dev/null",
        "-o",
        "PubkeyAuthentication=no",
        "-o",
        "StrictHostKeyChecking=no",
    ]);
    by_password.args([
        "-o",
        "UserKnownHostsFile=/dev/null",
        "-o",
        "NumberOfPasswordPrompts=1",
    ]);
    by_password.args(["-p", &gateway.ssh_port.to_string(), "ann:box@127.0.0.1", "true"]);
    assert_ne!(run(&mut by_password, "").code, 0, "by SSH too");
    let by_key = run(gateway.ssh(&[], "box").arg("echo in"), "");
    assert_eq!(by_key.out, "in\n", "a key cannot be guessed: {by_key:?}");
    assert_eq!(
        login(&gateway, "admin", PASSWORD).status,
        200,
        "others are not affected"
    );
    let log = gateway.get("/v1/audit?limit=200").to_string();
    assert!(
        log.contains("login") && !log.contains("not-her-password"),
        "{log}"
    );
    let events: Value = gateway.get("/v1/audit?limit=200");
    assert!(events["events"].as_array().unwrap().len() > 5, "{events:#}");
}
