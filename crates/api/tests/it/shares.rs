//! Sessions that are shared: what the chosen see, and that others see nothing.

use axum::http::{Method, StatusCode};
use domain::{Micros, Span, audit::Actor, object::Group, object::Spec};
use serde_json::{Value, json};
use store::{Cause, Put, Share};

use crate::Desk;

impl Desk {
    async fn share(&self, id: &str, token: &str, with: Value) -> Value {
        let path = format!("/v1/sessions/{id}/shares");
        let got = self.call(Method::POST, &path, token, Some(with)).await;
        assert_eq!(got.status, StatusCode::CREATED, "{}", got.body);
        got.body
    }

    async fn open_share(&self, share: &Value, token: &str) -> (StatusCode, Value) {
        let id = share["id"].as_str().unwrap();
        let path = format!("/v1/shares/{id}/open");
        let got = self.call(Method::POST, &path, token, None).await;
        (got.status, got.body)
    }

    async fn status(&self, path: &str, token: &str) -> u16 {
        self.get(path, token).await.status.as_u16()
    }
}

#[tokio::test]
async fn a_share_shows_details_and_replay_to_the_chosen_and_takes_nothing_out() {
    let desk = Desk::open().await;
    desk.house.user("eve").await;
    let (ana, ben, eve) = (
        desk.token("ana").await,
        desk.token("ben").await,
        desk.token("eve").await,
    );
    let (id, other) = (
        desk.ended_session_of("ana").await,
        desk.ended_session_of("ana").await,
    );
    let share = desk
        .share(
            &id,
            &ana,
            json!({ "users": ["ben"], "note": "please look at the end" }),
        )
        .await;
    assert_eq!(
        share["link"],
        json!(format!("/shared/{}", share["id"].as_str().unwrap()))
    );
    let session = format!("/v1/sessions/{id}");
    // The link has to be opened first, and only the chosen can.
    assert_eq!(desk.status(&session, &ben).await, 404);
    let (refused, body) = desk.open_share(&share, &eve).await;
    let (missing, nothing) = desk.open_share(&json!({ "id": uuid::Uuid::nil() }), &eve).await;
    assert_eq!((refused, &body["detail"]), (missing, &nothing["detail"]));
    assert_eq!(desk.house.audited("session.share_opened").await, []);
    let (opened, body) = desk.open_share(&share, &ben).await;
    assert_eq!(
        (opened, &body["session_id"], &body["shared_by"], &body["note"]),
        (
            StatusCode::OK,
            &json!(id),
            &json!("ana"),
            &json!("please look at the end")
        )
    );
    let shown = desk.get(&session, &ben).await;
    assert_eq!(
        shown.body["authorized_actions"],
        json!(["play"]),
        "{}",
        shown.body
    );
    // The file of this recording is gone, which is more than a stranger hears.
    for (path, wanted) in [
        ("/timeline", 200),
        ("/events", 200),
        ("/activity", 200),
        ("/player", 410),
        ("/stream", 410),
        ("/export?as=json", 403),
        ("/export?as=tape", 403),
        ("/results/n1/file", 403),
        ("/shares", 403),
    ] {
        assert_eq!(
            desk.status(&format!("{session}{path}"), &ben).await,
            wanted,
            "{path}"
        );
        assert_eq!(
            desk.status(&format!("{session}{path}"), &eve).await,
            404,
            "{path}"
        );
    }
    assert_eq!(
        desk.status(&format!("/v1/query-log?session={id}"), &ben).await,
        403
    );
    assert_eq!(desk.status(&format!("/v1/sessions/{other}"), &ben).await, 404);
    // It is reached by its id only.
    let list = desk.get("/v1/sessions?status=all&count=exact", &ben).await;
    assert_eq!(
        (&list.body["sessions"], &list.body["total"]),
        (&json!([]), &json!(0))
    );
    assert_eq!(
        desk.get("/v1/facets?column=user", &ben).await.body["values"],
        json!([])
    );
    // Who shared it with whom, and who looked, is on record and on the page.
    let told = desk.house.audited("session.shared").await;
    assert_eq!((told.len(), told[0].actor.name()), (1, "ana"));
    assert_eq!(told[0].detail["with"], json!({ "users": ["ben"], "groups": [] }));
    let looked = desk.house.audited("session.share_opened").await;
    assert_eq!((looked.len(), looked[0].actor.name()), (1, "ben"));
    assert_eq!(looked[0].session_id.unwrap().to_string(), id);
    let shares = desk.get(&format!("{session}/shares"), &ana).await.body;
    assert_eq!(shares["shares"][0]["openings"][0]["user"], json!("ben"));
    assert_eq!(shares["shares"][0]["live"], json!(true));
    // Taken back, it is as if it had never been.
    let path = format!("{session}/shares/{}", share["id"].as_str().unwrap());
    let taken = desk.call(Method::DELETE, &path, &ana, None).await;
    assert_eq!(taken.status, StatusCode::NO_CONTENT);
    assert_eq!(desk.status(&session, &ben).await, 404);
    assert_eq!(desk.open_share(&share, &ben).await.0, StatusCode::NOT_FOUND);
    assert_eq!(desk.house.audited("session.share_revoked").await.len(), 1);
}

#[tokio::test]
async fn a_share_with_a_group_is_for_whoever_is_in_it_now() {
    let desk = Desk::open().await;
    let group = |members: &[&str]| {
        let members = members.iter().map(|name| (*name).to_owned()).collect();
        let group = Group {
            members,
            ..Group::default()
        };
        vec![Put::new("reviewers", Spec::Group(group))]
    };
    desk.house.apply(group(&["ben"])).await;
    let (root, ben) = (desk.token("root").await, desk.token("ben").await);
    let id = desk.session_of("ana").await;
    let share = desk.share(&id, &root, json!({ "groups": ["reviewers"] })).await;
    assert_eq!(desk.open_share(&share, &ben).await.0, StatusCode::OK);
    let session = format!("/v1/sessions/{id}");
    assert_eq!(desk.status(&session, &ben).await, 200);
    desk.house.apply(group(&[])).await;
    assert_eq!(desk.status(&session, &ben).await, 404);
}

#[tokio::test]
async fn a_share_ends_by_itself() {
    let desk = Desk::open().await;
    let ben = desk.token("ben").await;
    let id = desk.session_of("ana").await;
    let person = desk.house.engine.directory().person("ben").unwrap();
    let now = Micros::now();
    let share = Share {
        id: uuid::Uuid::new_v4(),
        session: id.parse().unwrap(),
        users: vec![person.id],
        groups: Vec::new(),
        note: String::new(),
        created_by: "ana".to_owned(),
        created_at: now.plus(Span::secs(-10)),
        expires_at: now.plus(Span::secs(-1)),
        revoked_by: String::new(),
        revoked_at: Micros::NEVER,
    };
    let cause = Cause::new(now, Actor::user("ana"));
    let store = &desk.house.store;
    store
        .create_share(share.clone(), Value::Null, cause.clone())
        .await
        .unwrap();
    store.open_share(share.clone(), person, cause).await.unwrap();
    assert_eq!(desk.status(&format!("/v1/sessions/{id}"), &ben).await, 404);
    let (status, _) = desk.open_share(&json!({ "id": share.id }), &ben).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_wish_to_share_that_makes_no_sense_is_refused() {
    let desk = Desk::open().await;
    let ana = desk.token("ana").await;
    let id = desk.session_of("ana").await;
    let path = format!("/v1/sessions/{id}/shares");
    for wish in [
        json!({}),
        json!({ "users": ["nobody-of-that-name"] }),
        json!({ "users": ["ben"], "expires_in_secs": 0 }),
        json!({ "users": ["ben"], "expires_in_secs": 91 * 86_400 }),
        json!({ "users": ["ben"], "for": "ever" }),
    ] {
        let got = desk.call(Method::POST, &path, &ana, Some(wish.clone())).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{wish}");
    }
    assert_eq!(desk.house.audited("session.shared").await, []);
}
