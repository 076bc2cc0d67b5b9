//! Who may call what: every address of the document, by every role.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::Desk;

const OK: u16 = 200;
const NO: u16 = 403;
const GONE: u16 = 404;

/// Method, address, body, and what administrator, auditor, owner and stranger get. `{id}` is a session of the owner's.
type Row = (&'static str, &'static str, Option<&'static str>, [u16; 4]);

const TABLE: [Row; 25] = [
    ("GET", "/v1/sessions", None, [OK, OK, OK, OK]),
    ("GET", "/v1/sessions/{id}", None, [OK, OK, OK, GONE]),
    ("GET", "/v1/sessions/{id}/timeline", None, [OK, OK, OK, GONE]),
    ("GET", "/v1/sessions/{id}/events", None, [OK, OK, OK, GONE]),
    ("GET", "/v1/sessions/{id}/activity", None, [OK, OK, OK, GONE]),
    ("GET", "/v1/sessions/{id}/files", None, [OK, OK, OK, GONE]),
    ("GET", "/v1/files", None, [OK, OK, OK, OK]),
    ("GET", "/v1/search?q=x", None, [OK, OK, OK, OK]),
    ("GET", "/v1/facets?column=user", None, [OK, OK, OK, OK]),
    ("GET", "/v1/audit", None, [OK, OK, NO, NO]),
    ("GET", "/v1/audit/verify", None, [OK, OK, NO, NO]),
    ("GET", "/v1/nodes", None, [OK, OK, NO, NO]),
    ("GET", "/v1/settings", None, [OK, OK, NO, NO]),
    ("GET", "/v1/me", None, [OK, OK, OK, OK]),
    ("GET", "/v1/tokens", None, [OK, OK, OK, OK]),
    ("GET", "/v1/connect", None, [OK, OK, OK, OK]),
    ("GET", "/v1/resource-types", None, [OK, OK, OK, OK]),
    ("GET", "/v1/objects/users", None, [OK, OK, NO, NO]),
    ("GET", "/v1/objects/users/ana", None, [OK, OK, NO, NO]),
    (
        "PUT",
        "/v1/objects/groups/g",
        Some(r#"{"spec":{}}"#),
        [OK, NO, NO, NO],
    ),
    (
        "POST",
        "/v1/apply?dry_run=true",
        Some(r#"{"documents":[]}"#),
        [OK, NO, NO, NO],
    ),
    ("POST", "/v1/sessions/{id}:lock", Some("{}"), [OK, NO, NO, GONE]),
    ("POST", "/v1/sessions/{id}:unlock", Some("{}"), [OK, NO, NO, GONE]),
    (
        "POST",
        "/v1/sessions/{id}:extend",
        Some(r#"{"by_secs":60}"#),
        [OK, NO, OK, GONE],
    ),
    (
        "POST",
        "/v1/sessions/{id}:terminate",
        Some("{}"),
        [OK, NO, NO, GONE],
    ),
];

#[tokio::test]
async fn each_role_gets_what_the_table_says() {
    let desk = Desk::open().await;
    let people = ["root", "olga", "ana", "ben"];
    let mut tokens = Vec::new();
    for user in people {
        tokens.push(desk.token(user).await);
    }
    for (method, path, body, wanted) in TABLE {
        // Those that may do least first, so that an order that works does not change what they get.
        for (at, user) in people.iter().enumerate().rev() {
            let id = desk.session_of("ana").await;
            if path.ends_with(":unlock") {
                let locked = desk
                    .call(
                        Method::POST,
                        &format!("/v1/sessions/{id}:lock"),
                        &tokens[0],
                        Some(json!({})),
                    )
                    .await;
                assert_eq!(locked.status, StatusCode::OK);
            }
            let address = path.replace("{id}", &id);
            let body = body.map(|text| serde_json::from_str(text).unwrap());
            let got = desk
                .call(method.parse().unwrap(), &address, &tokens[at], body)
                .await;
            assert_eq!(
                got.status.as_u16(),
                wanted[at],
                "{method} {path} by {user}: {}",
                got.body
            );
        }
    }
}

#[tokio::test]
async fn nobody_gets_anything_without_proof() {
    let desk = Desk::open().await;
    for (method, path, body, _) in TABLE {
        let body = body.map(|text| serde_json::from_str(text).unwrap());
        let got = desk
            .call(
                method.parse().unwrap(),
                &path.replace("{id}", "x"),
                "dw_00000000_wrong",
                body,
            )
            .await;
        assert_eq!(got.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        assert_eq!(got.headers["content-type"], "application/problem+json");
    }
}

#[tokio::test]
async fn what_one_may_not_see_answers_like_what_is_not_there() {
    let desk = Desk::open().await;
    let stranger = desk.token("ben").await;
    let hidden = desk.session_of("ana").await;
    let missing = "01a00000-0000-7000-8000-000000000000";
    let strip = |mut body: serde_json::Value| {
        body["request_id"] = json!("");
        body
    };
    let (a, b) = (
        desk.get(&format!("/v1/sessions/{hidden}"), &stranger).await,
        desk.get(&format!("/v1/sessions/{missing}"), &stranger).await,
    );
    assert_eq!((a.status, strip(a.body)), (b.status, strip(b.body)));
    // Nor does it show in lists, counts and choices.
    let list = desk.get("/v1/sessions?status=all&count=exact", &stranger).await;
    assert_eq!(
        (list.body["sessions"].clone(), list.body["total"].clone()),
        (json!([]), json!(0))
    );
    assert_eq!(list.body["visible_gateways"], json!([]));
    let facets = desk.get("/v1/facets?column=user", &stranger).await;
    assert_eq!(facets.body["values"], json!([]));
}
