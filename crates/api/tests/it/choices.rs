//! What lists and pages offer to choose from: accounts, classes, groups, facets, saved views, gateways.

use axum::http::{Method, StatusCode};
use domain::object::{AccessRule, Account, Effect, Group, Selector, Spec};
use serde_json::{Value, json};
use store::Put;

use crate::Desk;

fn ids(got: &Value) -> Vec<String> {
    let rows = got["sessions"].as_array().unwrap().iter();
    rows.map(|row| row["session_id"].as_str().unwrap().to_owned())
        .collect()
}

async fn group(desk: &Desk, name: &str, members: &[&str]) {
    let group = Group {
        members: members.iter().map(|one| (*one).to_owned()).collect(),
        description: String::new(),
    };
    desk.house.apply(vec![Put::new(name, Spec::Group(group))]).await;
}

#[tokio::test]
async fn every_account_that_one_may_use_is_offered_with_its_command() {
    let desk = Desk::open().await;
    let selects = |name: &str| Selector {
        names: vec![name.to_owned()],
        ..Selector::default()
    };
    let account = |login: &str| {
        Spec::Account(Account {
            login: login.to_owned(),
            resources: selects("target"),
            secret: None,
        })
    };
    let rule = |effect, users: &[&str], accounts: &[&str]| {
        Spec::AccessRule(AccessRule {
            effect,
            users: users.iter().map(|one| (*one).to_owned()).collect(),
            resources: selects("target"),
            accounts: accounts.iter().map(|one| (*one).to_owned()).collect(),
            ..AccessRule::default()
        })
    };
    let puts = vec![
        Put::new("deployer", account("deploy")),
        Put::new("reader", account("")),
        Put::new("owner", account("root")),
        Put::new(
            "z1",
            rule(Effect::Allow, &["ana"], &["deployer", "reader", "owner"]),
        ),
        Put::new("z2", rule(Effect::Deny, &["ana"], &["owner"])),
    ];
    desk.house.apply(puts).await;
    let reach = async |user: &str| {
        let token = desk.token(user).await;
        let got = desk.get("/v1/connect", &token).await;
        let one = got.body["resources"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == "target");
        one.cloned().unwrap()
    };
    let ana = reach("ana").await;
    let names = |reach: &Value| -> Vec<String> {
        let accounts = reach["accounts"].as_array().unwrap().iter();
        accounts
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    };
    // What everybody may use comes first; what is denied is not offered.
    let (first, more) = (names(&ana)[0].clone(), names(&ana)[1..].to_vec());
    assert_eq!(names(&reach("ben").await), [first]);
    assert_eq!(more, ["deployer", "reader"]);
    assert_eq!(ana["accounts"][1]["login"], "deploy");
    assert_eq!(ana["accounts"][2]["login"], "reader");
    assert_eq!(ana["accounts"][1]["rule"], "z1");
    assert_eq!(ana["account"], ana["accounts"][0]["login"]);
}

#[tokio::test]
async fn a_list_takes_groups_and_classes_of_types() {
    let desk = Desk::open().await;
    let token = desk.token("root").await;
    let (ana, ben) = (desk.session_of("ana").await, desk.session_of("ben").await);
    group(&desk, "ops", &["ana"]).await;
    group(&desk, "nobody", &[]).await;
    let list = async |query: &str| {
        ids(&desk
            .get(&format!("/v1/sessions?status=all&{query}"), &token)
            .await
            .body)
    };
    assert_eq!(list("group=ops").await, std::slice::from_ref(&ana));
    assert!(list("group=nobody").await.is_empty());
    assert!(list("group=ops&user=ben").await.is_empty());
    group(&desk, "ops", &["ana", "ben"]).await;
    assert_eq!(
        list("group=ops").await,
        [ben.clone(), ana.clone()],
        "who joins a group is in its list"
    );
    // `lines` is a protocol of the tests, drawn as a terminal.
    assert_eq!(list("type=lines").await.len(), 2);
    let classes = ["terminal", "database", "desktop", "web", "cluster", "network"];
    let mut found = 0;
    for class in classes {
        found += list(&format!("type={class}")).await.len();
    }
    assert_eq!(found, 2, "each type is in one class");
    assert_eq!(list(&format!("type={}", classes.join(","))).await.len(), 2);
    for (query, named) in [("group=ghosts", "ghosts"), ("type=carrier-pigeon", "database")] {
        let got = desk.get(&format!("/v1/sessions?{query}"), &token).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            got.body["detail"].as_str().unwrap().contains(named),
            "{}",
            got.body
        );
    }
}

#[tokio::test]
async fn facets_count_what_the_other_filters_select() {
    let desk = Desk::open().await;
    let token = desk.token("root").await;
    for user in ["ana", "ana", "ben"] {
        desk.session_of(user).await;
    }
    let facets = async |query: &str| {
        let got = desk.get(&format!("/v1/facets?{query}"), &token).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        let values = got.body["values"].as_array().unwrap().iter();
        values
            .map(|one| {
                (
                    one["value"].as_str().unwrap().to_owned(),
                    one["sessions"].as_u64().unwrap(),
                )
            })
            .collect::<Vec<_>>()
    };
    let is = |value: &str, count| (value.to_owned(), count);
    assert_eq!(facets("column=user").await, [is("ana", 2), is("ben", 1)]);
    assert_eq!(facets("column=user&q=b").await, [is("ben", 1)]);
    // The column's own filter is left out, the others count; who has none of these sessions comes last.
    assert_eq!(facets("column=user&user=ben").await, [is("ana", 2), is("ben", 1)]);
    assert_eq!(
        facets("column=user&status=failed").await,
        [is("ana", 0), is("ben", 0)]
    );
    assert_eq!(facets("column=resource&user=ben").await, [is("target", 1)]);
    assert_eq!(facets("column=status&limit=1").await, [is("available", 3)]);
    assert_eq!(
        desk.get("/v1/facets?column=shoe", &token).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let own = desk.token("ben").await;
    let got = desk.get("/v1/facets?column=user", &own).await;
    assert_eq!(
        (&got.body["values"][0]["value"], &got.body["counted"]),
        (&json!("ben"), &json!(1))
    );
    assert_eq!(got.body["values"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_saved_view_lists_what_it_was_saved_for() {
    let desk = Desk::open().await;
    let (root, ana, ben) = (
        desk.token("root").await,
        desk.token("ana").await,
        desk.token("ben").await,
    );
    let id = desk.session_of("ana").await;
    let put = async |token: &str, name: &str, body: Value| {
        desk.call(
            Method::PUT,
            &format!("/v1/views/sessions/{name}"),
            token,
            Some(body),
        )
        .await
    };
    let mine = json!({"query": "status=pending&sort=user:asc&columns=a", "shared": false});
    assert_eq!(put(&ana, "waiting%20ones", mine).await.status, StatusCode::OK);
    let shared = json!({"query": "user=ana", "shared": true});
    assert_eq!(
        put(&ana, "of-ana", shared.clone()).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(put(&root, "of-ana", shared).await.status, StatusCode::OK);
    let names = async |token: &str| {
        let got = desk.get("/v1/views?page=sessions", token).await;
        let views = got.body["views"].as_array().unwrap().iter();
        views
            .map(|view| view["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&ana).await, ["waiting ones", "of-ana"]);
    assert_eq!(names(&ben).await, ["of-ana"]);

    let list = async |token: &str, query: &str| desk.get(&format!("/v1/sessions?{query}"), token).await;
    assert_eq!(
        ids(&list(&ana, "view=waiting%20ones").await.body),
        std::slice::from_ref(&id)
    );
    assert_eq!(
        ids(&list(&root, "view=of-ana").await.body),
        std::slice::from_ref(&id),
        "a view without a status shows every state"
    );
    assert!(
        ids(&list(&root, "view=of-ana&user=ben").await.body).is_empty(),
        "what is asked for wins over the view"
    );
    assert!(
        ids(&list(&ben, "view=of-ana").await.body).is_empty(),
        "a view gives nobody more to see"
    );
    assert_eq!(
        list(&ben, "view=waiting%20ones").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );

    // What everybody sees is audited, one's own is one's own business.
    let told = desk.house.audited("view.shared").await;
    assert_eq!((told.len(), told[0].object.as_str()), (1, "view/sessions/of-ana"));
    let gone = desk
        .call(Method::DELETE, "/v1/views/sessions/of-ana", &ana, None)
        .await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "it is not hers");
    let gone = desk
        .call(
            Method::DELETE,
            "/v1/views/sessions/of-ana?shared=true",
            &root,
            None,
        )
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(desk.house.audited("view.deleted").await.len(), 1);
    assert!(names(&ben).await.is_empty());
    let long = json!({"query": "x".repeat(5000), "shared": false});
    assert_eq!(
        put(&ana, "long", long).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn gateways_say_what_they_carry() {
    let desk = Desk::open().await;
    let token = desk.token("olga").await;
    let got = desk.get("/v1/nodes", &token).await;
    let this = got
        .body
        .as_array()
        .unwrap()
        .iter()
        .find(|node| node["is_this"] == true)
        .unwrap();
    assert_eq!((&this["alive"], &this["sessions"]), (&json!(true), &json!(0)));
    assert!(this["lease_until"].is_string() && this["started_at"].is_string() && this["version"].is_string());
}

#[tokio::test]
async fn many_sessions_are_locked_with_everything_of_their_users() {
    let desk = Desk::open().await;
    let admin = desk.token("root").await;
    let all = [
        desk.session_of("ana").await,
        desk.session_of("ana").await,
        desk.session_of("ben").await,
    ];
    let state = async |id: &str| desk.get(&format!("/v1/sessions/{id}"), &admin).await.body["state"].clone();
    let body = json!({"ids": [all[0], all[2], all[0]], "scope": "user", "message": "stop please"});
    let got = desk
        .call(Method::POST, "/v1/sessions:lock", &admin, Some(body))
        .await;
    assert_eq!(
        (&got.body["failed"], &got.body["results"][2]["state"]),
        (&json!(0), &json!("locked"))
    );
    for id in &all {
        assert_eq!(
            state(id).await,
            "locked",
            "the other session of a user is locked as well"
        );
    }
    assert_eq!(
        desk.house.audited("user.locked").await.len(),
        2,
        "once for each user"
    );
    let body = json!({"ids": all, "scope": "user"});
    desk.call(Method::POST, "/v1/sessions:unlock", &admin, Some(body))
        .await;
    for id in &all {
        assert_eq!(state(id).await, "available");
    }
    assert!(desk.house.engine.directory().locks.is_empty());
}
