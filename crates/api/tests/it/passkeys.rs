//! Passkeys, with an authenticator that can be told to do it wrongly.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use testkit::{CONSOLE, PASSWORD, authenticator::Authenticator};

use crate::{Desk, Got};

/// A browser that is signed in, or not yet.
#[derive(Clone, Default)]
struct Browser {
    cookie: String,
    csrf: String,
}

impl Browser {
    async fn call(&self, desk: &Desk, method: &str, path: &str, body: Value) -> Got {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::COOKIE, &self.cookie)
            .header("x-csrf-token", &self.csrf)
            .body(Body::from(body.to_string()));
        desk.send(request.unwrap()).await
    }

    async fn post(&self, desk: &Desk, path: &str, body: Value) -> Got {
        self.call(desk, "POST", path, body).await
    }

    fn of(got: &Got) -> Self {
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        let cookie = got.headers[header::SET_COOKIE].to_str().unwrap();
        Self {
            cookie: cookie.split(';').next().unwrap().to_owned(),
            csrf: got.body["csrf"].as_str().unwrap().to_owned(),
        }
    }

    async fn by_password(desk: &Desk, name: &str) -> Self {
        let body = json!({ "name": name, "password": PASSWORD });
        Self::of(&Self::default().post(desk, "/v1/login", body).await)
    }

    /// Adds a passkey.
    async fn add(&self, desk: &Desk, key: &Authenticator) -> Got {
        let wanted = self.post(desk, "/v1/factors/passkeys/begin", json!({})).await;
        assert_eq!(wanted.status, StatusCode::OK, "{}", wanted.body);
        assert_eq!(wanted.body["site"], "localhost");
        self.send_new(desk, key.create(wanted.body["challenge"].as_str().unwrap()))
            .await
    }

    async fn send_new(&self, desk: &Desk, mut made: Value) -> Got {
        made["name"] = json!("laptop");
        self.post(desk, "/v1/factors/passkeys", made).await
    }
}

async fn challenge(desk: &Desk) -> String {
    let asked = Browser::default()
        .post(desk, "/v1/login/passkey/begin", json!({}))
        .await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.body);
    asked.body["challenge"].as_str().unwrap().to_owned()
}

async fn sign_in(desk: &Desk, answer: Value) -> Got {
    Browser::default().post(desk, "/v1/login/passkey", answer).await
}

/// Why sign-ins were refused, newest first.
async fn reasons(desk: &Desk) -> Vec<String> {
    let failed = desk.house.audited("login.failed").await;
    let methods = failed
        .iter()
        .map(|event| event.detail["method"].as_str().unwrap().to_owned());
    methods.collect()
}

#[tokio::test]
async fn a_passkey_stands_for_password_and_second_factor() {
    let desk = Desk::open().await;
    let browser = Browser::by_password(&desk, "ana").await;
    let elsewhere = Browser::by_password(&desk, "ana").await;
    let mut key = Authenticator::at(CONSOLE);
    let added = browser.add(&desk, &key).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.body);
    assert_eq!(
        added.body["codes"].as_array().unwrap().len(),
        10,
        "its owner's first second factor"
    );
    let me = elsewhere.call(&desk, "GET", "/v1/me", Value::Null).await;
    assert_eq!(me.status, StatusCode::UNAUTHORIZED, "other logins end");

    let alone = json!({ "name": "ana", "password": PASSWORD });
    let alone = Browser::default().post(&desk, "/v1/login", alone).await;
    assert_eq!(alone.body["code"], "second_factor_needed");
    let got = sign_in(&desk, key.get(&challenge(&desk).await)).await;
    let browser = Browser::of(&got);
    assert_eq!(got.body["person"]["name"], "ana");
    let factors = browser.call(&desk, "GET", "/v1/factors", Value::Null).await.body;
    assert_eq!(
        (&factors["shown"], &factors["passkeys"][0]["name"]),
        (&json!(true), &json!("laptop"))
    );

    let log = browser.call(&desk, "GET", "/v1/sign-ins", Value::Null).await.body;
    let newest = &log["sign_ins"][0];
    assert_eq!(
        (&newest["method"], &newest["succeeded"]),
        (&json!("passkey"), &json!(true))
    );
    assert_eq!(log["sign_ins"].as_array().unwrap().len(), 3);
    let others = Browser::by_password(&desk, "ben").await;
    let log = others.call(&desk, "GET", "/v1/sign-ins", Value::Null).await.body;
    assert_eq!(log["sign_ins"].as_array().unwrap().len(), 1, "nobody else's");

    // A second one brings no new codes; the same one cannot be added twice.
    let second = browser.add(&desk, &Authenticator::at(CONSOLE)).await;
    assert_eq!(
        (second.status, &second.body["codes"]),
        (StatusCode::CREATED, &json!([]))
    );
    assert_eq!(
        browser.add(&desk, &key).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let id = factors["passkeys"][0]["id"].as_str().unwrap();
    let stranger = Browser::by_password(&desk, "ben").await;
    let path = format!("/v1/factors/passkeys/{id}");
    let removed = stranger.call(&desk, "DELETE", &path, Value::Null).await;
    assert_eq!(removed.status, StatusCode::NOT_FOUND);
    let removed = browser.call(&desk, "DELETE", &path, Value::Null).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    let got = sign_in(&desk, key.get(&challenge(&desk).await)).await;
    assert_eq!(got.body["code"], "wrong_passkey");
    assert_eq!(desk.house.audited("factor.added").await.len(), 2);
    assert_eq!(desk.house.audited("factor.removed").await.len(), 1);
}

#[tokio::test]
async fn passkeys_that_were_not_made_here_and_now_are_refused() {
    let desk = Desk::open().await;
    let browser = Browser::by_password(&desk, "ana").await;
    let refused = |got: Got| assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.body);
    refused(
        browser
            .add(&desk, &Authenticator::at("http://localhost.evil.example:8443"))
            .await,
    );
    let mut blind = Authenticator::at(CONSOLE);
    blind.verifies = false;
    refused(browser.add(&desk, &blind).await);
    let mut lookalike = Authenticator::at(CONSOLE);
    lookalike.origin = "http://localhost:9443".to_owned();
    refused(browser.add(&desk, &lookalike).await);
    // A challenge is its owner's, for its purpose, and works once.
    let key = Authenticator::at(CONSOLE);
    refused(browser.send_new(&desk, key.create(&challenge(&desk).await)).await);
    let wanted = browser.post(&desk, "/v1/factors/passkeys/begin", json!({})).await;
    let made = key.create(wanted.body["challenge"].as_str().unwrap());
    let stranger = Browser::by_password(&desk, "ben").await;
    refused(stranger.send_new(&desk, made.clone()).await);
    refused(browser.send_new(&desk, made).await);
    assert!(desk.house.audited("factor.added").await.is_empty());
}

#[tokio::test]
async fn a_wrong_origin_a_replay_and_a_cloned_counter_sign_nobody_in() {
    let desk = Desk::open().await;
    let browser = Browser::by_password(&desk, "ana").await;
    let mut key = Authenticator::at(CONSOLE);
    browser.add(&desk, &key).await;
    let answer = key.get(&challenge(&desk).await);
    assert_eq!(sign_in(&desk, answer.clone()).await.status, StatusCode::OK);

    let mut answers = vec![("passkey for another challenge", answer)];
    key.origin = "https://evil.example".to_owned();
    answers.push(("passkey of another origin", key.get(&challenge(&desk).await)));
    key.origin = CONSOLE.to_owned();
    key.site = "evil.example".to_owned();
    answers.push(("passkey of another origin", key.get(&challenge(&desk).await)));
    key.site = "localhost".to_owned();
    key.verifies = false;
    answers.push((
        "passkey without user verification",
        key.get(&challenge(&desk).await),
    ));
    key.verifies = true;
    let mut other = Authenticator::at(CONSOLE).get(&challenge(&desk).await);
    answers.push(("passkey of nobody", other.clone()));
    let mut forged = key.get(&challenge(&desk).await);
    other["signature"].clone_into(&mut forged["signature"]);
    answers.push(("passkey with a wrong signature", forged));
    other["client_data"] = json!("e30");
    other["id"] = key.get("")["id"].clone();
    answers.push(("passkey for another challenge", other));
    for (why, answer) in answers {
        let got = sign_in(&desk, answer).await;
        assert_eq!(
            (got.status, &got.body["code"]),
            (StatusCode::UNAUTHORIZED, &json!("wrong_passkey")),
            "{why}"
        );
        assert_eq!(reasons(&desk).await[0], why);
    }

    assert_eq!(
        sign_in(&desk, key.get(&challenge(&desk).await)).await.status,
        StatusCode::OK
    );
    key.count -= 1;
    let cloned = sign_in(&desk, key.get(&challenge(&desk).await)).await;
    assert_eq!(cloned.status, StatusCode::UNAUTHORIZED, "{}", cloned.body);
    assert!(reasons(&desk).await[0].contains("counter went back"));
    // All of it counts towards the pause.
    let mut last = cloned.status;
    for _ in 0..12 {
        key.count -= 1;
        last = sign_in(&desk, key.get(&challenge(&desk).await)).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn whoever_has_not_signed_in_begins_only_so_many_sign_ins() {
    let desk = Desk::open().await;
    let begin = async || {
        let browser = Browser::default();
        browser.post(&desk, "/v1/login/passkey/begin", json!({})).await
    };
    for _ in 0..100 {
        assert_eq!(begin().await.status, StatusCode::OK);
    }
    let full = begin().await;
    assert_eq!(
        (full.status, &full.body["code"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("busy"))
    );
    assert!(full.headers.contains_key(header::RETRY_AFTER));
    let browser = Browser::by_password(&desk, "ana").await;
    let adding = browser.post(&desk, "/v1/factors/passkeys/begin", json!({})).await;
    assert_eq!(adding.status, StatusCode::OK, "who has signed in is not counted");
}
