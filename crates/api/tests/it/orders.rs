//! Orders to sessions through the API.

use axum::http::{Method, StatusCode};
use domain::{Micros, Span};
use serde_json::{Value, json};

use crate::Desk;

#[tokio::test]
async fn ordering_twice_is_harmless_and_keeps_the_first_actor() {
    let desk = Desk::open().await;
    let (admin, owner) = (desk.token("root").await, desk.token("ana").await);
    let id = desk.session_of("ana").await;
    let path = format!("/v1/sessions/{id}:terminate");
    let first = desk
        .call(Method::POST, &path, &admin, Some(json!({"reason": "enough"})))
        .await;
    assert_eq!(
        (first.status, first.body["state"].clone()),
        (StatusCode::OK, json!("terminated"))
    );
    let again = desk
        .call(Method::POST, &path, &admin, Some(json!({"reason": "other"})))
        .await;
    assert_eq!(
        (again.status, again.body["end_message"].clone()),
        (StatusCode::OK, json!("enough"))
    );
    let cancel = desk
        .call(
            Method::POST,
            &format!("/v1/sessions/{id}:cancel"),
            &owner,
            Some(json!({})),
        )
        .await;
    assert_eq!(
        (cancel.status, cancel.body["state"].clone()),
        (StatusCode::OK, json!("terminated"))
    );
    assert_eq!(cancel.body["ended_by"], "root");
    let lock = desk
        .call(
            Method::POST,
            &format!("/v1/sessions/{id}:lock"),
            &admin,
            Some(json!({})),
        )
        .await;
    assert_eq!(
        (lock.status, lock.body["code"].clone()),
        (StatusCode::CONFLICT, json!("illegal_state"))
    );
}

#[tokio::test]
async fn an_extension_that_saw_an_old_version_is_refused() {
    let desk = Desk::open().await;
    let admin = desk.token("root").await;
    let id = desk.session_of("ana").await;
    let version = desk.get(&format!("/v1/sessions/{id}"), &admin).await.body["version"]
        .as_i64()
        .unwrap();
    let extend = |version: i64| {
        axum::http::Request::post(format!("/v1/sessions/{id}:extend"))
            .header("authorization", format!("Bearer {admin}"))
            .header("content-type", "application/json")
            .header("if-match", version.to_string())
            .body(axum::body::Body::from(r#"{"by_secs":60}"#))
            .unwrap()
    };
    assert_eq!(desk.send(extend(version)).await.status, StatusCode::OK);
    assert_eq!(
        desk.send(extend(version)).await.status,
        StatusCode::PRECONDITION_FAILED
    );
}

#[tokio::test]
async fn an_owner_extends_no_further_than_the_profile_lets_them() {
    let desk = Desk::open().await;
    let owner = desk.token("ana").await;
    let path = format!("/v1/sessions/{}:extend", desk.session_of("ana").await);
    // The default profile gives an hour in total.
    for (by, status) in [
        (1800, StatusCode::OK),
        (1800, StatusCode::OK),
        (60, StatusCode::FORBIDDEN),
    ] {
        let got = desk
            .call(Method::POST, &path, &owner, Some(json!({"by_secs": by})))
            .await;
        assert_eq!(got.status, status, "{}", got.body);
    }
}

#[tokio::test]
async fn of_many_sessions_each_is_done_or_fails_by_itself() {
    let desk = Desk::open().await;
    let (admin, owner) = (desk.token("root").await, desk.token("ana").await);
    let (own, other) = (desk.session_of("ana").await, desk.session_of("ben").await);
    let body = json!({"ids": [own, other, "nonsense"], "reason": "tidy"});
    let got = desk
        .call(Method::POST, "/v1/sessions:cancel", &owner, Some(body))
        .await;
    let ok: Vec<_> = got.body["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["ok"].as_bool().unwrap())
        .collect();
    assert_eq!(
        (ok, got.body["failed"].clone()),
        (vec![true, false, false], json!(2))
    );

    let filter = json!({"filter": "user=ben&status=available", "expected_count": 2});
    let wrong = desk
        .call(Method::POST, "/v1/sessions:terminate", &admin, Some(filter))
        .await;
    assert_eq!(
        (wrong.status, wrong.body["code"].clone()),
        (StatusCode::CONFLICT, json!("unexpected_count"))
    );
    let filter = json!({"filter": "user=ben&status=available", "expected_count": 1});
    let right = desk
        .call(Method::POST, "/v1/sessions:terminate", &admin, Some(filter))
        .await;
    assert_eq!(right.body["results"][0]["state"], "terminated");
}

#[tokio::test]
async fn a_lock_on_a_user_keeps_new_sessions_out_until_it_is_taken_away() {
    let desk = Desk::open().await;
    let admin = desk.token("root").await;
    let (first, second) = (desk.session_of("ana").await, desk.session_of("ana").await);
    let lock = json!({"scope": "user", "message": "call me"});
    desk.call(
        Method::POST,
        &format!("/v1/sessions/{first}:lock"),
        &admin,
        Some(lock),
    )
    .await;
    let state = async |id: &str| desk.get(&format!("/v1/sessions/{id}"), &admin).await.body["state"].clone();
    assert_eq!(
        (state(&first).await, state(&second).await),
        (json!("locked"), json!("locked"))
    );
    let directory = desk.house.engine.directory();
    let ana = directory.person("ana").unwrap();
    let refused = domain::policy::decide(&directory, &ana, "target", None).unwrap_err();
    assert!(refused.to_string().contains("call me"));
    desk.call(
        Method::POST,
        &format!("/v1/sessions/{first}:unlock"),
        &admin,
        Some(json!({"scope": "user"})),
    )
    .await;
    assert_eq!(
        (state(&first).await, state(&second).await),
        (json!("available"), json!("available"))
    );
    assert!(domain::policy::decide(&desk.house.engine.directory(), &ana, "target", None).is_ok());
}

#[tokio::test]
async fn a_recording_can_be_held_by_an_administrator_only_and_says_until_when_it_is_kept() {
    let desk = Desk::open().await;
    let (admin, auditor) = (desk.token("root").await, desk.token("olga").await);
    let id = desk.ended_session_of("ana").await;
    let path = format!("/v1/sessions/{id}");
    let shown = desk.get(&path, &admin).await.body;
    assert_eq!(shown["recording"]["expires_at"], Value::Null, "{shown}");
    let rule =
        json!({ "spec": { "keep_secs": 86_400, "types": ["lines"], "resources": { "names": ["*"] } } });
    let put = desk
        .call(Method::PUT, "/v1/objects/retention/a-day", &admin, Some(rule))
        .await;
    assert!(put.status.is_success(), "{}", put.body);
    let shown = desk.get(&path, &admin).await.body;
    let ended: Micros =
        Micros::parse_rfc3339(shown["connections"][0]["closed_at"].as_str().unwrap()).unwrap();
    let until = Micros::parse_rfc3339(shown["recording"]["expires_at"].as_str().unwrap()).unwrap();
    assert_eq!(until.since(ended).0, 86_400_000_000);

    let refused = desk
        .call(Method::POST, &format!("{path}:hold"), &auditor, None)
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let words = json!({ "reason": "case 17" });
    let held = desk
        .call(Method::POST, &format!("{path}:hold"), &admin, Some(words))
        .await
        .body;
    assert_eq!(held["recording"]["state"], "held", "{held}");
    assert_eq!(held["recording"]["expires_at"], Value::Null);
    let may = |body: &Value, verb: &str| {
        body["authorized_actions"]
            .as_array()
            .unwrap()
            .contains(&json!(verb))
    };
    assert!(may(&held, "release") && !may(&held, "hold"));
    let released = desk
        .call(Method::POST, &format!("{path}:release"), &admin, None)
        .await
        .body;
    assert_eq!(released["recording"]["state"], "available", "{released}");

    desk.house
        .engine
        .purge(Micros::now().plus(Span::secs(90_000)))
        .await
        .unwrap();
    let gone = desk.get(&path, &auditor).await.body["recording"].clone();
    assert_eq!(gone["state"], "expired");
    assert_eq!(
        (&gone["removed"]["rule"], &gone["removed"]["keep_secs"]),
        (&json!("a-day"), &json!(86_400))
    );
}
