//! Browsers: cookies, forged requests, lock-out, and the first administrator.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::{Value, json};
use testkit::PASSWORD;

use crate::{Desk, Got};

async fn login(desk: &Desk, name: &str, password: &str) -> Got {
    let body = json!({ "name": name, "password": password }).to_string();
    let request = Request::post("/v1/login")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body));
    desk.send(request.unwrap()).await
}

fn cookie(got: &Got) -> String {
    got.headers[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned()
}

async fn with_cookie(desk: &Desk, method: Method, path: &str, cookie: &str, csrf: Option<&str>) -> Got {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::COOKIE, cookie);
    if let Some(csrf) = csrf {
        request = request.header("x-csrf-token", csrf);
    }
    let request = request
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(r#"{"name":"t"}"#));
    desk.send(request.unwrap()).await
}

#[tokio::test]
async fn a_browser_signs_in_and_out() {
    let desk = Desk::open().await;
    let signed_in = login(&desk, "ana", PASSWORD).await;
    assert_eq!(signed_in.status, StatusCode::OK);
    let set = signed_in.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Strict") && !set.contains("Secure"),
        "{set}"
    );
    let cookie = cookie(&signed_in);
    let me = with_cookie(&desk, Method::GET, "/v1/me", &cookie, None).await;
    assert_eq!(me.body["person"]["name"], "ana");
    assert_eq!(me.body["csrf"], signed_in.body["csrf"]);
    let csrf = me.body["csrf"].as_str().unwrap();
    let out = with_cookie(&desk, Method::POST, "/v1/logout", &cookie, Some(csrf)).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    let after = with_cookie(&desk, Method::GET, "/v1/me", &cookie, None).await;
    assert_eq!(after.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_request_from_another_page_changes_nothing() {
    let desk = Desk::open().await;
    let cookie = cookie(&login(&desk, "ana", PASSWORD).await);
    for csrf in [None, Some("wrong")] {
        let forged = with_cookie(&desk, Method::POST, "/v1/tokens", &cookie, csrf).await;
        assert_eq!(
            (forged.status, forged.body["code"].clone()),
            (StatusCode::FORBIDDEN, json!("csrf"))
        );
    }
    let me = with_cookie(&desk, Method::GET, "/v1/me", &cookie, None).await;
    let made = with_cookie(
        &desk,
        Method::POST,
        "/v1/tokens",
        &cookie,
        me.body["csrf"].as_str(),
    )
    .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let listed = with_cookie(&desk, Method::GET, "/v1/tokens", &cookie, None).await;
    assert_eq!(listed.body["tokens"].as_array().unwrap().len(), 1);
    assert_eq!(
        listed.body["tokens"][0].get("token"),
        None,
        "the text of a token is shown once"
    );
}

#[tokio::test]
async fn who_fails_too_often_has_to_wait() {
    let desk = Desk::open().await;
    let mut last = StatusCode::OK;
    for _ in 0..40 {
        let got = login(&desk, "ana", "wrong password").await;
        last = got.status;
        if last == StatusCode::TOO_MANY_REQUESTS {
            assert!(got.headers.contains_key(header::RETRY_AFTER));
            break;
        }
        assert_eq!(last, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let right = login(&desk, "ana", PASSWORD).await;
    assert_eq!(
        right.status,
        StatusCode::TOO_MANY_REQUESTS,
        "the right password waits as well"
    );
    assert!(!desk.house.audited("login.failed").await.is_empty());
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_read_alike() {
    let desk = Desk::open().await;
    let strip = |mut body: Value| {
        body["request_id"] = json!("");
        body
    };
    let unknown = login(&desk, "nobody", "wrong password").await;
    let wrong = login(&desk, "ana", "wrong password").await;
    assert_eq!(
        (unknown.status, strip(unknown.body)),
        (wrong.status, strip(wrong.body))
    );
}
