//! What each sort of person sees of sessions: rows, counts, choices, search and logs, which all have to say the same.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use domain::{
    ConnectionId, ObjectId, SessionId, Span,
    object::{AdministrativeRule, Resource, Spec},
};
use serde_json::{Value, json};
use store::{Entry, EntryKey, EntryKind, Outcome, Put, TapePlace};

use crate::Desk;

/// A session by its letter in the table: user, resource and gateway.
type Stored = (char, &'static str, &'static str, &'static str);

const SESSIONS: [Stored; 6] = [
    ('a', "ana", "target", "gate-1"),
    ('b', "ana", "target", "gate-2"),
    ('c', "ana", "vault-db", "gate-1"),
    ('d', "ben", "target", "gate-1"),
    ('e', "ben", "vault-db", "gate-2"),
    ('f', "root", "vault-db", "gate-3"),
];

/// A column that has choices, and what a session has in it.
type Column = (&'static str, fn(&Stored) -> String);

/// Who sees which sessions, the content of which, and which gateways as such.
const TABLE: [(&str, &str, &str, &[&str]); 9] = [
    ("root", "abcdef", "abcdef", &["gate-1"]),
    ("olga", "abcdef", "abcdef", &["gate-1"]),
    ("ana", "abc", "abc", &[]),
    ("ben", "de", "de", &[]),
    ("nobody", "", "", &[]),
    // All, without playing.
    ("lists-all", "abcdef", "", &["gate-1"]),
    // gate-1, with playing.
    ("of-a-gateway", "acd", "acd", &["gate-1"]),
    // What has the label, without playing.
    ("of-a-label", "cef", "", &[]),
    // gate-2 without playing, and target with it.
    ("of-both", "abde", "abd", &[]),
];

async fn desk() -> (Desk, Vec<(char, SessionId)>) {
    let desk = Desk::open().await;
    let database = Resource {
        protocol: "lines".to_owned(),
        host: "127.0.0.1".to_owned(),
        port: Some(1),
        labels: [("env".to_owned(), "vault".to_owned())].into(),
        description: String::new(),
        options: serde_json::Map::default(),
    };
    desk.house
        .apply(vec![Put::new("vault-db", Spec::Resource(database))])
        .await;
    let mut rules = Vec::new();
    for (user, rule) in [
        ("lists-all", json!({ "remote_access": "all" })),
        (
            "of-a-gateway",
            json!({ "gateways": ["gate-1"], "play_recordings": true }),
        ),
        (
            "of-a-label",
            json!({ "resources": { "labels": { "env": "vault" } } }),
        ),
        ("of-both", json!({ "gateways": ["gate-2"] })),
        (
            "of-both",
            json!({ "resources": { "names": ["target"] }, "play_recordings": true }),
        ),
        (
            "nobody",
            json!({ "remote_access": "none", "gateways": ["gate-1"], "play_recordings": true }),
        ),
    ] {
        desk.house.user(user).await;
        let mut spec = json!({ "users": [user], "remote_access": "selected" });
        spec.as_object_mut()
            .unwrap()
            .extend(rule.as_object().unwrap().clone());
        let rule: AdministrativeRule = serde_json::from_value(spec).unwrap();
        rules.push(Put::new(
            format!("rule {}", rules.len()),
            Spec::AdministrativeRule(rule),
        ));
    }
    desk.house.apply(rules).await;
    let directory = desk.house.engine.directory();
    let mut all = Vec::new();
    for (letter, user, resource, gateway) in SESSIONS {
        let id = desk
            .session_with(user, |session| {
                session.resource.id = directory.resources[resource].id;
                resource.clone_into(&mut session.resource.name);
                gateway.clone_into(&mut session.gateway);
                session.account = format!("account-{letter}");
                session.secret_name = format!("secret-{letter}");
            })
            .await;
        let (user, resource) = (directory.users[user].id, directory.resources[resource].id);
        let entries = [EntryKind::Statement, EntryKind::File]
            .into_iter()
            .zip(1..)
            .map(|(kind, seq)| entry(id, seq, kind, letter, (user, resource), gateway));
        desk.house.store.append_entries(entries.collect()).await.unwrap();
        all.push((letter, id));
    }
    (desk, all)
}

fn entry(
    session: SessionId,
    seq: i64,
    kind: EntryKind,
    letter: char,
    (user, resource): (ObjectId, ObjectId),
    gateway: &str,
) -> Entry {
    Entry {
        key: EntryKey {
            session,
            seq,
            at: session.created().plus(Span::secs(seq)),
        },
        connection: ConnectionId::fresh(),
        kind,
        outcome: Outcome::Ok,
        rows: 0,
        bytes: 5,
        duration: Span::secs(1),
        user,
        resource,
        gateway: gateway.to_owned(),
        resource_type: "lines".to_owned(),
        body: format!("sought in {letter}"),
        detail: json!({ "op": "upload", "path": format!("/srv/{letter}") }),
        indexed: String::new(),
        place: TapePlace::default(),
    }
}

/// The letters of the sessions that are named in a list, in their order.
fn letters<'v>(all: &[(char, SessionId)], rows: impl IntoIterator<Item = &'v Value>) -> String {
    let found: BTreeSet<char> = rows
        .into_iter()
        .map(|row| {
            let id = row["session_id"].as_str().unwrap();
            all.iter().find(|(_, one)| one.to_string() == id).unwrap().0
        })
        .collect();
    found.into_iter().collect()
}

/// Somebody at the desk who looks.
struct Looker<'d> {
    desk: &'d Desk,
    all: &'d [(char, SessionId)],
    user: &'static str,
    token: String,
}

impl Looker<'_> {
    async fn get(&self, path: &str) -> Value {
        let got = self.desk.get(path, &self.token).await;
        assert_eq!(
            got.status,
            StatusCode::OK,
            "{path} for {}: {}",
            self.user,
            got.body
        );
        got.body
    }

    async fn array(&self, path: &str, key: &str) -> Vec<Value> {
        self.get(path).await[key].as_array().unwrap().clone()
    }

    /// Rows and totals, whatever is asked for, and page by page.
    async fn sees_rows(&self, listed: &str, gateways: &[&str]) {
        let user = self.user;
        for filter in [
            "",
            "&search=target",
            "&search=gate",
            "&gateway=gate-1,gate-2,gate-3",
            "&sort=user:asc",
            "&sort=duration:asc",
        ] {
            let page = self
                .get(&format!("/v1/sessions?status=all&count=exact{filter}"))
                .await;
            let found = letters(self.all, page["sessions"].as_array().unwrap());
            let wanted: String = match filter {
                "&search=target" => listed.chars().filter(|one| "abd".contains(*one)).collect(),
                _ => listed.to_owned(),
            };
            assert_eq!(found, wanted, "{user} {filter}");
            assert_eq!(page["total"], json!(wanted.len()), "{user} {filter}");
            assert_eq!(page["visible_gateways"], json!(gateways), "{user}");
        }
        // The last page says so, though there are sessions that are not seen.
        let mut seen = 0;
        let mut cursor = String::new();
        loop {
            let page = self
                .get(&format!("/v1/sessions?status=all&limit=1&count=capped{cursor}"))
                .await;
            assert_eq!(page["total"], json!(listed.len()), "{user}");
            seen += page["sessions"].as_array().unwrap().len();
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, listed.len(), "{user}");
    }

    /// What filters offer, how often, and what is offered while typing.
    async fn is_offered(&self, listed: &str) {
        let user = self.user;
        let columns: [Column; 5] = [
            ("user", |session| session.1.to_owned()),
            ("resource", |session| session.2.to_owned()),
            ("gateway", |session| session.3.to_owned()),
            ("account", |session| format!("account-{}", session.0)),
            ("secret_name", |session| format!("secret-{}", session.0)),
        ];
        for (column, value) in columns {
            let mut wanted = BTreeMap::<String, u64>::new();
            for session in SESSIONS.iter().filter(|session| listed.contains(session.0)) {
                *wanted.entry(value(session)).or_default() += 1;
            }
            let whole = self.get(&format!("/v1/facets?column={column}")).await;
            let found: BTreeMap<_, _> = whole["values"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| {
                    let value = one["value"].as_str().unwrap().to_owned();
                    (value, one["sessions"].as_u64().unwrap())
                })
                .collect();
            assert_eq!(found, wanted, "{column} for {user}");
            assert_eq!(whole["counted"], json!(listed.len()), "{column} for {user}");
            for (typed, letters) in [
                ("account-e", "e"),
                ("gate-3", "f"),
                ("roo", "f"),
                ("vault", "cef"),
            ] {
                let path = format!("/v1/facets?column={column}&q={typed}");
                let found = self.array(&path, "values").await.len();
                let seen = letters.chars().any(|one| listed.contains(one));
                assert!(seen || found == 0, "{typed} of {column} for {user}: {found}");
            }
        }
        let states = self.array("/v1/facets?column=status", "values").await;
        let counted: u64 = states.iter().map(|one| one["sessions"].as_u64().unwrap()).sum();
        assert_eq!(counted, listed.len() as u64, "states for {user}");
    }

    /// What was done, over all sessions: of those that may be played only.
    async fn finds(&self, played: &str) {
        let user = self.user;
        let hits = self.get("/v1/search?q=sought&kind=statement").await;
        let found = letters(self.all, hits["hits"].as_array().unwrap());
        assert_eq!(found, played, "search for {user}");
        assert_eq!(hits["next_cursor"], Value::Null, "{user}");
        let files = self.array("/v1/files", "files").await;
        assert_eq!(letters(self.all, &files), played, "files for {user}");
        let lines: Vec<Value> = match self.get("/v1/query-log").await {
            Value::String(text) => text
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
            Value::Null => Vec::new(),
            one => vec![one],
        };
        assert_eq!(letters(self.all, &lines), played, "query log for {user}");
    }

    /// One by one.
    async fn opens(&self, listed: &str, played: &str) {
        for (letter, id) in self.all {
            let (seen, may) = (listed.contains(*letter), played.contains(*letter));
            let (row, content) = match (seen, may) {
                (false, _) => (404, 404),
                (true, false) => (200, 403),
                (true, true) => (200, 200),
            };
            for (path, wanted) in [
                ("", row),
                ("/events", row),
                ("/activity", content),
                ("/export?as=csv", content),
            ] {
                let got = self
                    .desk
                    .get(&format!("/v1/sessions/{id}{path}"), &self.token)
                    .await;
                assert_eq!(got.status.as_u16(), wanted, "{letter}{path} for {}", self.user);
            }
        }
    }
}

#[tokio::test]
async fn rows_counts_choices_and_search_show_the_scope_and_nothing_else() {
    let (desk, all) = desk().await;
    for (user, listed, played, gateways) in TABLE {
        let looker = Looker {
            desk: &desk,
            all: &all,
            user,
            token: desk.token(user).await,
        };
        looker.sees_rows(listed, gateways).await;
        looker.is_offered(listed).await;
        looker.finds(played).await;
        looker.opens(listed, played).await;
    }
}

#[tokio::test]
async fn names_that_one_may_not_know_are_not_confirmed() {
    let (desk, _) = desk().await;
    let token = desk.token("of-a-label").await;
    for known in ["user=ana", "user=no-such", "resource=target", "resource=no-such"] {
        let got = desk.get(&format!("/v1/query-log?{known}"), &token).await;
        assert_eq!((got.status, &got.body), (StatusCode::OK, &json!("")), "{known}");
    }
    for group in ["no-such", "hidden"] {
        let got = desk
            .get(&format!("/v1/sessions?status=all&group={group}"), &token)
            .await;
        assert_eq!(got.status, StatusCode::OK);
        assert_eq!(got.body["sessions"], json!([]));
    }
    let wide = desk.token("olga").await;
    let got = desk.get("/v1/sessions?status=all&group=no-such", &wide).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_rule_that_is_taken_away_takes_the_sight_with_it() {
    let (desk, all) = desk().await;
    let token = desk.token("lists-all").await;
    let address = format!("/v1/sessions/{}", all[0].1);
    assert_eq!(desk.get(&address, &token).await.status, StatusCode::OK);
    let admin = desk.token("root").await;
    let gone = desk
        .call(
            axum::http::Method::DELETE,
            "/v1/objects/administrative_rule/rule%200",
            &admin,
            None,
        )
        .await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    assert_eq!(desk.get(&address, &token).await.status, StatusCode::NOT_FOUND);
    let list = desk.get("/v1/sessions?status=all&count=exact", &token).await;
    assert_eq!(
        (&list.body["sessions"], &list.body["total"]),
        (&json!([]), &json!(0))
    );
}
