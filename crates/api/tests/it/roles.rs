//! Who may call what, and who sees which session: every operation of the document, by every sort of person, in one table.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use axum::http::{Method, StatusCode};
use domain::object::{AdministrativeRule, RemoteAccess, Selector, Spec};
use serde_json::Value;
use store::Put;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::Desk;

/// An administrator, an auditor, the owner `ana`, then by administrative rules: `mo` moderates the gateway, `pia` plays the resource,
/// `lia` lists it, `zoe` has a rule for another gateway, and `ben` has nothing.
const PEOPLE: [&str; 8] = ["root", "olga", "ana", "mo", "pia", "lia", "zoe", "ben"];

/// What each of [`PEOPLE`] gets.
type Cells = [u16; 8];

const ALL: Cells = [200; 8];
const WIDE: Cells = [200, 200, 403, 403, 403, 403, 403, 403];
const ADMIN: Cells = [200, 403, 403, 403, 403, 403, 403, 403];
const SEE: Cells = [200, 200, 200, 200, 200, 200, 404, 404];
const PLAY: Cells = [200, 200, 200, 403, 200, 403, 404, 404];
const MODERATE: Cells = [200, 403, 403, 200, 403, 403, 404, 404];
/// The right to play is there, the file is not.
const PLAY_GONE: Cells = [410, 410, 410, 403, 410, 403, 404, 404];
/// The right to play is there, the thing within the session is not.
const PLAY_NOTHING: Cells = [404, 404, 404, 403, 404, 403, 404, 404];
/// Something of one's own that is not there.
const MISSING: Cells = [404; 8];

/// The same answer for everybody.
const fn each(status: u16) -> Cells {
    [status; 8]
}

/// Those who have proven nothing get 401 everywhere but here.
const OPEN: [(&str, &str, u16); 11] = [
    ("GET", "/v1/health", 200),
    ("GET", "/v1/recording-key", 200),
    ("GET", "/v1/setup", 200),
    ("POST", "/v1/login/device", 200),
    ("POST", "/v1/login/service", 401),
    ("POST", "/v1/login/device/token", 400),
    ("POST", "/v1/login/passkey/begin", 200),
    ("POST", "/v1/login/passkey", 422),
    ("GET", "/v1/login/oidc", 404),
    ("GET", "/v1/login/oidc/callback", 404),
    ("POST", "/v1/setup", 403),
];

/// What cannot be read as a passkey.
const NO_PASSKEY: &str = r#"{"id":"!","client_data":"","authenticator_data":"","signature":""}"#;

/// Method, address, body, and the cells. `{id}` is a running session of ana's, `{ended}` one that ended and whose recording is gone.
type Row = (&'static str, &'static str, &'static str, Cells);

const TABLE: &[Row] = &[
    ("GET", "/v1/sessions", "", ALL),
    ("GET", "/v1/approvals", "", ALL),
    (
        "GET",
        "/v1/approvals/01990000-0000-7000-8000-000000000000",
        "",
        MISSING,
    ),
    (
        "POST",
        "/v1/approvals/01990000-0000-7000-8000-000000000000:approve",
        "{}",
        MISSING,
    ),
    (
        "POST",
        "/v1/approvals:approve",
        r#"{"ids":["01990000-0000-7000-8000-000000000000"]}"#,
        ALL,
    ),
    ("POST", "/v1/requests", r#"{"resource":"nowhere"}"#, MISSING),
    ("GET", "/v1/sessions/stream", "", ALL),
    ("GET", "/v1/sessions/{id}", "", SEE),
    ("GET", "/v1/sessions/{id}/timeline", "", SEE),
    ("GET", "/v1/sessions/{id}/events", "", SEE),
    ("GET", "/v1/sessions/{id}/activity", "", PLAY),
    ("GET", "/v1/sessions/{id}/files", "", PLAY),
    ("GET", "/v1/sessions/{ended}/player", "", PLAY_GONE),
    ("GET", "/v1/sessions/{ended}/player/index.json", "", PLAY_GONE),
    ("GET", "/v1/sessions/{ended}/player/timemap", "", PLAY_GONE),
    (
        "GET",
        "/v1/sessions/{ended}/player/segments/0.json",
        "",
        PLAY_GONE,
    ),
    ("GET", "/v1/sessions/{ended}/live", "", PLAY_GONE),
    ("GET", "/v1/sessions/{ended}/stream", "", PLAY_GONE),
    ("GET", "/v1/sessions/{ended}/export?as=tape", "", PLAY_GONE),
    ("GET", "/v1/sessions/{ended}/export?as=asciicast", "", PLAY_GONE),
    ("GET", "/v1/sessions/{id}/export?as=json", "", PLAY),
    ("GET", "/v1/sessions/{id}/export?as=csv", "", PLAY),
    ("GET", "/v1/sessions/{ended}/results/n1", "", PLAY_NOTHING),
    ("GET", "/v1/sessions/{ended}/results/n1/file", "", PLAY_NOTHING),
    (
        "GET",
        "/v1/sessions/{ended}/results/n1/value?row=0&column=0",
        "",
        PLAY_NOTHING,
    ),
    (
        "GET",
        "/v1/compare?left={ended}/n1&right={ended}/n1",
        "",
        PLAY_NOTHING,
    ),
    ("POST", "/v1/sessions/{id}/activity/99/rerun", "{}", PLAY_NOTHING),
    ("POST", "/v1/sessions/{id}:lock", "{}", MODERATE),
    (
        "POST",
        "/v1/sessions/{id}:lock",
        r#"{"scope":"user"}"#,
        [200, 403, 403, 403, 403, 403, 404, 404],
    ),
    ("POST", "/v1/sessions/{id}:unlock", "{}", MODERATE),
    (
        "POST",
        "/v1/sessions/{id}:extend",
        r#"{"by_secs":60}"#,
        [200, 403, 200, 403, 403, 403, 404, 404],
    ),
    (
        "POST",
        "/v1/sessions/{id}:cancel",
        "{}",
        [200, 403, 200, 200, 403, 403, 404, 404],
    ),
    ("POST", "/v1/sessions/{id}:terminate", "{}", MODERATE),
    (
        "POST",
        "/v1/sessions/{ended}:hold",
        "{}",
        [200, 403, 403, 403, 403, 403, 404, 404],
    ),
    (
        "POST",
        "/v1/sessions/{id}/shares",
        r#"{"users":["zoe"]}"#,
        [201, 403, 201, 403, 403, 403, 404, 404],
    ),
    (
        "GET",
        "/v1/sessions/{id}/shares",
        "",
        [200, 403, 200, 403, 403, 403, 404, 404],
    ),
    (
        "DELETE",
        "/v1/sessions/{id}/shares/01a00000-0000-7000-8000-000000000000",
        "",
        [404, 403, 404, 403, 403, 403, 404, 404],
    ),
    (
        "POST",
        "/v1/shares/01a00000-0000-7000-8000-000000000000/open",
        "",
        MISSING,
    ),
    // Each session of many is answered for by itself, in the body.
    ("POST", "/v1/sessions:lock", r#"{"ids":["{id}"]}"#, ALL),
    ("GET", "/v1/files", "", ALL),
    ("GET", "/v1/query-log", "", ALL),
    ("GET", "/v1/query-log?session={id}", "", PLAY),
    ("GET", "/v1/search?q=x", "", ALL),
    ("GET", "/v1/facets?column=user", "", ALL),
    ("GET", "/v1/audit", "", WIDE),
    ("GET", "/v1/audit?session={id}", "", WIDE),
    ("GET", "/v1/audit/verify", "", WIDE),
    ("GET", "/v1/audit/export", "", WIDE),
    ("GET", "/v1/audit/checkpoint", "", WIDE),
    ("GET", "/v1/nodes", "", WIDE),
    ("GET", "/v1/settings", "", WIDE),
    ("GET", "/v1/me", "", ALL),
    ("GET", "/v1/tokens", "", ALL),
    ("GET", "/v1/factors", "", ALL),
    // With a token nobody changes by what they sign in.
    ("POST", "/v1/factors/totp", "", each(403)),
    (
        "POST",
        "/v1/factors/totp/confirm",
        r#"{"code":"000000"}"#,
        each(403),
    ),
    (
        "POST",
        "/v1/factors/totp/remove",
        r#"{"code":"000000"}"#,
        each(403),
    ),
    (
        "POST",
        "/v1/factors/recovery-codes",
        r#"{"code":"000000"}"#,
        each(403),
    ),
    ("POST", "/v1/factors/passkeys/begin", "", each(403)),
    (
        "POST",
        "/v1/factors/passkeys",
        r#"{"name":"n","client_data":"","attestation":""}"#,
        each(403),
    ),
    ("DELETE", "/v1/factors/passkeys/AAAA", "", each(403)),
    ("GET", "/v1/users/ana/factors", "", WIDE),
    (
        "DELETE",
        "/v1/users/ana/factors",
        "",
        [404, 403, 403, 403, 403, 403, 403, 403],
    ),
    ("GET", "/v1/sign-ins", "", ALL),
    ("POST", "/v1/login/service", r#"{"key":"none"}"#, each(401)),
    (
        "GET",
        "/v1/users/ana/keys",
        "",
        [404, 404, 403, 403, 403, 403, 403, 403],
    ),
    (
        "POST",
        "/v1/users/ana/keys",
        r#"{"name":"of a person"}"#,
        [422, 403, 403, 403, 403, 403, 403, 403],
    ),
    ("POST", "/v1/login/device", r#"{"client":"a program"}"#, ALL),
    (
        "POST",
        "/v1/login/device/token",
        r#"{"device_code":"none"}"#,
        each(400),
    ),
    ("GET", "/v1/login/device/BCDF-GHJK", "", each(403)),
    ("POST", "/v1/login/device/BCDF-GHJK/confirm", "", each(403)),
    ("POST", "/v1/login/device/BCDF-GHJK/refuse", "", each(403)),
    ("POST", "/v1/login/passkey/begin", "", ALL),
    ("POST", "/v1/login/passkey", NO_PASSKEY, each(422)),
    ("GET", "/v1/login/oidc", "", MISSING),
    ("GET", "/v1/login/oidc/callback", "", MISSING),
    ("POST", "/v1/tokens", r#"{"name":"of mine"}"#, each(201)),
    (
        "DELETE",
        "/v1/tokens/01a00000-0000-7000-8000-000000000000",
        "",
        MISSING,
    ),
    (
        "POST",
        "/v1/database-passwords",
        r#"{"resource":"nowhere"}"#,
        MISSING,
    ),
    (
        "POST",
        "/v1/ssh-certificates",
        r#"{"public_key":"no key"}"#,
        each(422),
    ),
    ("GET", "/v1/connect", "", ALL),
    ("GET", "/v1/connect/nowhere", "", MISSING),
    ("GET", "/v1/connect/nowhere/terminal", "", MISSING),
    ("GET", "/v1/resource-types", "", ALL),
    ("GET", "/v1/objects/users", "", WIDE),
    ("GET", "/v1/objects/users/ana", "", WIDE),
    ("GET", "/v1/objects/administrative_rule/lists", "", WIDE),
    ("PUT", "/v1/objects/groups/g", r#"{"spec":{}}"#, ADMIN),
    (
        "PUT",
        "/v1/objects/administrative_rule/mine",
        r#"{"spec":{"users":["*"],"remote_access":"none"}}"#,
        ADMIN,
    ),
    (
        "DELETE",
        "/v1/objects/groups/none",
        "",
        [404, 403, 403, 403, 403, 403, 403, 403],
    ),
    ("POST", "/v1/apply?dry_run=true", r#"{"documents":[]}"#, ADMIN),
    (
        "POST",
        "/v1/policy/test",
        r#"{"user":"ann","resource":"box"}"#,
        ADMIN,
    ),
    ("POST", "/v1/policy/replay", r#"{"since":"1h"}"#, ADMIN),
    ("GET", "/v1/views", "", ALL),
    ("PUT", "/v1/views/sessions/mine", r#"{"query":"status=all"}"#, ALL),
    (
        "PUT",
        "/v1/views/sessions/ours",
        r#"{"query":"status=all","shared":true}"#,
        ADMIN,
    ),
    ("DELETE", "/v1/views/sessions/none", "", MISSING),
    ("POST", "/v1/portal/files", r#"{"resource":"nowhere"}"#, MISSING),
    ("GET", "/v1/portal/files/{id}", "", MISSING),
    ("DELETE", "/v1/portal/files/{id}", "", MISSING),
    ("GET", "/v1/portal/files/{id}/state", "", MISSING),
    ("GET", "/v1/portal/files/{id}/content?path=/x", "", MISSING),
    ("PUT", "/v1/portal/files/{id}/content?path=/x", "{}", MISSING),
    ("POST", "/v1/portal/files/{id}/mkdir", r#"{"path":"/x"}"#, MISSING),
    ("POST", "/v1/portal/sql", r#"{"resource":"nowhere"}"#, MISSING),
    ("GET", "/v1/portal/sql/{id}", "", MISSING),
    ("DELETE", "/v1/portal/sql/{id}", "", MISSING),
    (
        "POST",
        "/v1/portal/sql/{id}/run",
        r#"{"text":"select 1"}"#,
        MISSING,
    ),
    ("POST", "/v1/portal/sql/{id}/more", "", MISSING),
    ("POST", "/v1/portal/sql/{id}/rest", "", MISSING),
    ("POST", "/v1/portal/sql/{id}/cancel", "", MISSING),
    ("GET", "/v1/portal/sql/{id}/names", "", MISSING),
    ("GET", "/v1/health", "", ALL),
    ("GET", "/v1/recording-key", "", ALL),
    ("GET", "/v1/setup", "", ALL),
    (
        "POST",
        "/v1/setup",
        r#"{"token":"wrong","name":"second","password":"a long one, really"}"#,
        each(403),
    ),
    (
        "POST",
        "/v1/login",
        r#"{"name":"ana","password":"wrong"}"#,
        each(401),
    ),
    ("POST", "/v1/logout", "", each(204)),
];

fn target() -> Selector {
    Selector {
        names: vec!["target".to_owned()],
        ..Selector::default()
    }
}

/// A desk with everybody at it.
async fn desk() -> Desk {
    let desk = Desk::open().await;
    for user in ["mo", "pia", "lia", "zoe"] {
        desk.house.user(user).await;
    }
    let rule = |name: &str, user: &str, more: fn(&mut AdministrativeRule)| {
        let mut rule = AdministrativeRule {
            users: vec![user.to_owned()],
            remote_access: RemoteAccess::Selected,
            ..AdministrativeRule::default()
        };
        more(&mut rule);
        Put::new(name, Spec::AdministrativeRule(rule))
    };
    let rules = vec![
        rule("moderates", "mo", |rule| {
            rule.gateways = vec!["gate-1".to_owned()];
            rule.moderate = true;
        }),
        rule("plays", "pia", |rule| {
            rule.resources = target();
            rule.play_recordings = true;
        }),
        rule("lists", "lia", |rule| rule.resources = target()),
        rule("elsewhere", "zoe", |rule| {
            rule.gateways = vec!["gate-2".to_owned()];
            rule.play_recordings = true;
        }),
    ];
    desk.house.apply(rules).await;
    desk
}

/// The desk on a socket: for answers that have no end, and for connections that become something else.
struct Wire(SocketAddr);

impl Wire {
    async fn of(desk: &Desk) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = desk.service.clone();
        let service = service.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self(address)
    }

    /// Asks, and reads the status of the answer only.
    async fn status(&self, path: &str, token: &str) -> u16 {
        let mut stream = TcpStream::connect(self.0).await.unwrap();
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut line = [0; 12];
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read_exact(&mut line));
        read.await.expect("an answer").unwrap();
        let line = String::from_utf8_lossy(&line).into_owned();
        line.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

fn is_endless(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    path == "/v1/sessions/stream"
        || path.ends_with("/live")
        || path.ends_with("/terminal")
        || path.starts_with("/v1/connect/")
}

impl Desk {
    async fn cell(
        &self,
        wire: &Wire,
        (method, path, body, _): Row,
        ids: (&str, &str),
        token: &str,
    ) -> (u16, Value) {
        let fill = |text: &str| text.replace("{id}", ids.0).replace("{ended}", ids.1);
        let path = fill(path);
        if is_endless(&path) {
            return (wire.status(&path, token).await, Value::Null);
        }
        let body = (!body.is_empty()).then(|| serde_json::from_str(&fill(body)).unwrap());
        let got = self.call(method.parse().unwrap(), &path, token, body).await;
        (got.status.as_u16(), got.body)
    }
}

/// The row's address as the document has it.
fn documented(path: &str) -> Vec<String> {
    let bare = path.split('?').next().unwrap_or_default();
    let segments: Vec<_> = bare.split('/').collect();
    let document = api::openapi::document();
    let fits = |template: &&String| {
        let wanted: Vec<_> = template.split('/').collect();
        wanted.len() == segments.len()
            && wanted
                .iter()
                .zip(&segments)
                .all(|(want, is)| match want.split_once(":{") {
                    Some((head, _)) => is
                        .split_once(':')
                        .is_some_and(|(front, _)| head.starts_with('{') || head == front),
                    None => (want.starts_with('{') && !is.contains(':')) || want == is,
                })
    };
    let paths = document["paths"].as_object().unwrap();
    let found: Vec<String> = paths.keys().filter(fits).cloned().collect();
    // A word beats a placeholder.
    let words = |path: &str| path.split('/').filter(|part| !part.starts_with('{')).count();
    let most = found.iter().map(|path| words(path)).max().unwrap_or_default();
    found.into_iter().filter(|path| words(path) == most).collect()
}

#[test]
fn every_operation_of_the_document_has_a_row() {
    let rows: BTreeSet<(String, String)> = TABLE
        .iter()
        .flat_map(|(method, path, ..)| {
            let found = documented(path);
            assert_eq!(found.len(), 1, "{method} {path} is {found:?}");
            found.into_iter().map(|path| ((*method).to_owned(), path))
        })
        .collect();
    let document = api::openapi::document();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let key = (method.to_uppercase(), path.clone());
            assert!(
                rows.contains(&key),
                "{} {path} is new: who may call it? It needs a row.",
                key.0
            );
        }
    }
}

#[tokio::test]
async fn each_person_gets_what_the_table_says() {
    let desk = desk().await;
    let wire = Wire::of(&desk).await;
    let mut tokens = Vec::new();
    for user in PEOPLE {
        tokens.push(desk.token(user).await);
    }
    let ended = desk.ended_session_of("ana").await;
    let mut id = desk.session_of("ana").await;
    let mut wrong = Vec::new();
    for row in TABLE {
        let (method, path, body, wanted) = *row;
        // Those that may do least first, so that an order that works does not change what they get.
        for (at, user) in PEOPLE.iter().enumerate().rev() {
            if path.contains(':') {
                id = desk.session_of("ana").await;
            }
            if path.ends_with(":unlock") {
                desk.house.lock(id.parse().unwrap()).await;
            }
            let (status, said) = desk.cell(&wire, *row, (&id, &ended), &tokens[at]).await;
            if status != wanted[at] {
                wrong.push(format!(
                    "{method} {path} {body} by {user}: {status}, not {}: {said}",
                    wanted[at]
                ));
            }
        }
        if body.contains("scope") {
            let unlock = format!("/v1/sessions/{id}:unlock");
            let order = serde_json::from_str(body).unwrap();
            desk.call(Method::POST, &unlock, &tokens[0], Some(order)).await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn nobody_gets_anything_without_proof() {
    let desk = Desk::open().await;
    let wire = Wire::of(&desk).await;
    let missing = "01a00000-0000-7000-8000-000000000000";
    for row in TABLE {
        let (method, path, ..) = *row;
        let open = OPEN.iter().find(|(open, at, _)| (*open, *at) == (method, path));
        let wanted = open.map_or(401, |(_, _, status)| *status);
        let (status, said) = desk
            .cell(&wire, *row, (missing, missing), "dw_00000000_wrong")
            .await;
        assert_eq!(status, wanted, "{method} {path}: {said}");
    }
}

#[tokio::test]
async fn what_one_may_not_see_answers_like_what_is_not_there() {
    let desk = desk().await;
    let wire = Wire::of(&desk).await;
    let (hidden, ended) = (desk.session_of("ana").await, desk.ended_session_of("ana").await);
    let missing = "01a00000-0000-7000-8000-000000000000";
    for user in ["ben", "zoe"] {
        let token = desk.token(user).await;
        for row in TABLE.iter().filter(|(_, path, body, _)| {
            [path, body]
                .iter()
                .any(|text| text.contains("{id}") || text.contains("{ended}"))
        }) {
            let (method, path, ..) = *row;
            let there = desk.cell(&wire, *row, (&hidden, &ended), &token).await;
            let nowhere = desk.cell(&wire, *row, (missing, missing), &token).await;
            let blind = |(status, said): (u16, Value)| {
                let text = said.to_string();
                let text = text
                    .replace(&hidden, "ID")
                    .replace(&ended, "ID")
                    .replace(missing, "ID");
                let mut said: Value = serde_json::from_str(&text).unwrap();
                if let Some(said) = said.as_object_mut() {
                    said.remove("request_id");
                }
                (status, said)
            };
            assert_eq!(blind(there), blind(nowhere), "{method} {path} by {user}");
        }
        // Nor by the beginning of its id.
        let got = desk.get(&format!("/v1/sessions/{}", &hidden[..30]), &token).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND);
    }
}
