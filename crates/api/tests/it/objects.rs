//! Declared objects: applied, shown, refused.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::Desk;

fn documents() -> Value {
    json!({ "documents": [
        { "kind": "group", "name": "dba", "spec": { "members": ["ana", "cleo"] } },
        { "kind": "user", "name": "cleo", "spec": { "password": "long enough", "display_name": "Cleo" } },
        { "kind": "secret", "name": "db-root", "spec": { "value": "s3cret-value" } },
    ] })
}

#[tokio::test]
async fn applying_twice_changes_nothing_the_second_time() {
    let desk = Desk::open().await;
    let admin = desk.token("root").await;
    let actions = |body: &Value| {
        let results = body["results"].as_array().unwrap().iter();
        results
            .map(|one| one["action"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let dry = desk
        .call(Method::POST, "/v1/apply?dry_run=true", &admin, Some(documents()))
        .await;
    assert_eq!(
        (actions(&dry.body), dry.body["dry_run"].clone()),
        (vec!["created".to_owned(); 3], json!(true))
    );
    assert_eq!(
        desk.get("/v1/objects/user/cleo", &admin).await.status,
        StatusCode::NOT_FOUND
    );
    let first = desk
        .call(Method::POST, "/v1/apply", &admin, Some(documents()))
        .await;
    assert_eq!(actions(&first.body), ["created"; 3]);
    let second = desk
        .call(Method::POST, "/v1/apply", &admin, Some(documents()))
        .await;
    assert_eq!(actions(&second.body), ["unchanged"; 3], "{}", second.body);
}

#[tokio::test]
async fn secrets_never_come_back() {
    let desk = Desk::open().await;
    let admin = desk.token("root").await;
    let applied = desk
        .call(Method::POST, "/v1/apply", &admin, Some(documents()))
        .await;
    let mut seen = applied.body.to_string();
    for path in [
        "/v1/objects/users",
        "/v1/objects/secrets",
        "/v1/objects/secret/db-root",
        "/v1/audit?limit=1000",
    ] {
        seen.push_str(&desk.get(path, &admin).await.body.to_string());
    }
    assert!(seen.contains("db-root") && seen.contains("Cleo"));
    assert!(!seen.contains("s3cret-value") && !seen.contains("long enough") && !seen.contains("argon2"));
}

#[tokio::test]
async fn bad_documents_are_refused_as_a_whole_with_the_reason() {
    let desk = Desk::open().await;
    let admin = desk.token("root").await;
    let cases = [
        (json!({"kind": "user", "name": "a b", "spec": {}}), "a b"),
        (
            json!({"kind": "resource", "name": "r", "spec": {"type": "gopher", "host": "h"}}),
            "gopher",
        ),
        (
            json!({"kind": "user", "name": "u", "spec": {"shoe_size": 1}}),
            "shoe_size",
        ),
        (
            json!({"kind": "group", "name": "g", "spec": {"members": ["nobody"]}}),
            "nobody",
        ),
        (
            json!({"kind": "user", "name": "u", "spec": {"password": "short"}}),
            "8 to 1024",
        ),
        (
            json!({"kind": "user", "name": "u", "spec": {"ssh_keys": ["not a key"]}}),
            "user/u",
        ),
    ];
    for (document, named) in cases {
        let good = json!({"kind": "group", "name": "fine", "spec": {}});
        let body = json!({ "documents": [good, document] });
        let got = desk.call(Method::POST, "/v1/apply", &admin, Some(body)).await;
        assert_eq!(
            got.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{named}: {}",
            got.body
        );
        assert!(
            got.body["detail"].as_str().unwrap().contains(named),
            "{}",
            got.body
        );
    }
    assert_eq!(
        desk.get("/v1/objects/group/fine", &admin).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_change_of_what_somebody_else_has_changed_is_refused() {
    let desk = Desk::open().await;
    let admin = desk.token("root").await;
    desk.call(Method::POST, "/v1/apply", &admin, Some(documents()))
        .await;
    let put = |version: &'static str| {
        axum::http::Request::put("/v1/objects/group/dba")
            .header("authorization", format!("Bearer {admin}"))
            .header("content-type", "application/json")
            .header("if-match", version)
            .body(axum::body::Body::from(
                json!({"spec": {"members": [], "description": version}}).to_string(),
            ))
            .unwrap()
    };
    assert_eq!(desk.send(put("\"1\"")).await.status, StatusCode::OK);
    assert_eq!(
        desk.send(put("\"1\"")).await.status,
        StatusCode::PRECONDITION_FAILED
    );
}

#[tokio::test]
async fn what_others_name_is_not_deleted() {
    let desk = Desk::open().await;
    let admin = desk.token("root").await;
    desk.call(Method::POST, "/v1/apply", &admin, Some(documents()))
        .await;
    let refused = desk
        .call(Method::DELETE, "/v1/objects/user/cleo", &admin, None)
        .await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body["detail"].as_str().unwrap().contains("group/dba"));
    assert_eq!(
        desk.call(Method::DELETE, "/v1/objects/groups/dba", &admin, None)
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        desk.call(Method::DELETE, "/v1/objects/user/cleo", &admin, None)
            .await
            .status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn a_refusal_names_the_field() {
    let desk = Desk::open().await;
    let admin = desk.token("root").await;
    for (path, spec, field) in [
        ("access_rule/r", json!({"profile": "no-such"}), "profile"),
        ("group/g", json!({"members": ["nobody"]}), "members"),
        ("user/u", json!({"password": "short"}), "password"),
        ("user/u", json!({"ssh_keys": ["no key"]}), "ssh_keys"),
        ("resource/r", json!({"type": "no-such", "host": "h"}), "type"),
        ("group/not%20a%20name", json!({}), "name"),
    ] {
        let got = desk
            .call(
                Method::PUT,
                &format!("/v1/objects/{path}"),
                &admin,
                Some(json!({ "spec": spec })),
            )
            .await;
        assert_eq!(
            got.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path}: {}",
            got.body
        );
        assert_eq!(got.body["field"], field, "{path}: {}", got.body);
    }
}

#[tokio::test]
async fn who_signs_in_learns_the_keys_of_the_gateway() {
    let desk = Desk::open().await;
    let me = desk.get("/v1/me", &desk.token("ben").await).await.body;
    let key = &me["ssh_host_keys"][0];
    assert_eq!(key["algorithm"], "ssh-ed25519");
    assert!(
        key["fingerprint"].as_str().unwrap().starts_with("SHA256:"),
        "{key}"
    );
    assert!(me["ssh_authority"].as_str().unwrap().starts_with("ssh-"), "{me}");
    assert!(!me.to_string().contains("PRIVATE"));
}
