//! The list of sessions: filters, defaults, pages.

use axum::http::StatusCode;
use serde_json::json;

use crate::Desk;

#[tokio::test]
async fn a_word_that_is_not_known_is_an_error_that_names_the_valid_ones() {
    let desk = Desk::open().await;
    let token = desk.token("ana").await;
    for (query, named) in [
        ("status=bogus", "connecting"),
        ("sort=shoe", "created_at"),
        ("client_interface=fax", "web_cli"),
        ("end_reason=boredom", "user_disconnect"),
        ("stauts=active", "status"),
        ("limit=0", "1 to 1000"),
        ("since=soon", "RFC 3339"),
        ("cursor=nonsense", "cursor"),
    ] {
        let got = desk.get(&format!("/v1/sessions?{query}"), &token).await;
        assert_eq!(
            got.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{query}: {}",
            got.body
        );
        assert!(
            got.body["detail"].as_str().unwrap().contains(named),
            "{query}: {}",
            got.body
        );
    }
}

#[tokio::test]
async fn without_a_status_only_running_sessions_are_listed() {
    let desk = Desk::open().await;
    let token = desk.token("root").await;
    let id = desk.session_of("ana").await;
    let ids = async |query: &str| {
        let got = desk.get(&format!("/v1/sessions{query}"), &token).await;
        let rows = got.body["sessions"].as_array().unwrap().iter();
        rows.map(|row| row["session_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(ids("").await.is_empty(), "an available session runs not yet");
    assert_eq!(ids("?status=all").await, std::slice::from_ref(&id));
    assert_eq!(ids("?status=pending").await, std::slice::from_ref(&id));
    assert_eq!(
        ids("?status=ready,failed&user=ana").await,
        std::slice::from_ref(&id)
    );
    assert!(ids("?status=all&user=ben").await.is_empty());
    assert_eq!(
        ids("?search=targ").await,
        std::slice::from_ref(&id),
        "a search looks at every state"
    );
}

#[tokio::test]
async fn a_session_is_found_by_a_unique_beginning_of_its_id() {
    let desk = Desk::open().await;
    let (token, other) = (desk.token("ana").await, desk.token("ben").await);
    let id = desk.session_of("ana").await;
    let got = desk.get(&format!("/v1/sessions/{}", &id[..30]), &token).await;
    assert_eq!(got.body["session_id"], json!(id));
    assert_eq!(
        desk.get(&format!("/v1/sessions/{}", &id[..7]), &token)
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        desk.get(&format!("/v1/sessions/{}", &id[..30]), &other)
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn pages_follow_one_another_without_gap_or_repeat() {
    let desk = Desk::open().await;
    let token = desk.token("root").await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(desk.session_of("ana").await);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let got = desk
            .get(
                &format!("/v1/sessions?status=all&limit=3&sort=user:asc{cursor}"),
                &token,
            )
            .await;
        let rows = got.body["sessions"].as_array().unwrap();
        seen.extend(
            rows.iter()
                .map(|row| row["session_id"].as_str().unwrap().to_owned()),
        );
        match got.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    seen.sort();
    made.sort();
    assert_eq!(seen, made);
}

#[tokio::test]
async fn answers_of_the_api_are_hardened_and_never_kept() {
    let desk = Desk::open().await;
    let got = desk.get("/v1/health", "").await;
    assert_eq!(got.headers["cache-control"], "no-store");
    assert_eq!(got.headers["x-content-type-options"], "nosniff");
    let page = desk.get("/sessions/anything", "").await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    assert_eq!(desk.get("/v1/nonsense", "").await.status, StatusCode::NOT_FOUND);
}
