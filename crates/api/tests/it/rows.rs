//! What a row of the list says, what selects it, and what is on record about it.

use axum::http::{Method, StatusCode};
use domain::{
    Micros, ObjectId, SessionId, Span,
    audit::Actor,
    session::{Event, Life, Session, State},
    stop::EndReason,
};
use serde_json::{Value, json};
use store::{Cause, Entry, EntryKey, EntryKind, Outcome, TapePlace};

use crate::Desk;

impl Desk {
    /// Stores a session of ana's that is changed first, with its life.
    async fn store_session(&self, change: impl FnOnce(&mut Session), life: Life) -> SessionId {
        let model: SessionId = self.session_of("ana").await.parse().unwrap();
        let row = self
            .house
            .store
            .session(model, Micros::now())
            .await
            .unwrap()
            .unwrap();
        let mut session = row.session;
        session.created_at = Micros::now();
        session.id = SessionId::new(session.created_at, 2, uuid::Uuid::new_v4().as_u128() as u64);
        change(&mut session);
        if session.created_at != session.id.created() {
            session.id = SessionId::new(session.created_at, 2, uuid::Uuid::new_v4().as_u128() as u64);
        }
        let (id, cause) = (session.id, Cause::new(session.created_at, Actor::user("ana")));
        let store = &self.house.store;
        store.create_session(session, life, None, cause).await.unwrap();
        // Only this one is left to be found.
        let gone = Event::Cancel(EndReason::RequesterCancel, String::new());
        let cause = Cause::new(Micros::now(), Actor::user("ana"));
        self.house.engine.order(model, gone, cause, None).await.unwrap();
        id
    }

    async fn step(&self, id: SessionId, event: Event) {
        let cause = Cause::new(Micros::now(), Actor::user("root"));
        self.house.store.step(id, event, cause, None).await.unwrap();
    }

    async fn listed(&self, query: &str) -> Vec<String> {
        let token = self.token("root").await;
        let got = self.get(&format!("/v1/sessions?{query}"), &token).await;
        assert_eq!(got.status, StatusCode::OK, "{query}: {}", got.body);
        let rows = got.body["sessions"].as_array().unwrap().iter();
        rows.map(|row| row["session_id"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn shown(&self, id: SessionId) -> Value {
        let token = self.token("root").await;
        self.get(&format!("/v1/sessions/{id}"), &token).await.body
    }
}

fn ahead(secs: i64) -> Micros {
    Micros::now().plus(Span::secs(secs))
}

#[tokio::test]
async fn a_row_names_the_person_and_the_account_and_all_that_carried_it() {
    let desk = Desk::open().await;
    let id = desk
        .store_session(
            |session| {
                session.account = "svc_dba".to_owned();
                session.secret_name = "vault/prod/dba".to_owned();
                session.client_ip = [192, 0, 2, 77].into();
                session.resource.host = "10.1.2.3:22".to_owned();
            },
            Life::requested(State::Provisioning, ahead(3600)),
        )
        .await;
    let row = desk.shown(id).await;
    assert_eq!(
        (&row["user"]["name"], &row["account"]),
        (&json!("ana"), &json!("svc_dba"))
    );
    assert_eq!(
        (&row["resource"]["name"], &row["resource"]["type"]),
        (&json!("target"), &json!("lines"))
    );
    assert_eq!(
        (&row["resource"]["host"], &row["secret_name"]),
        (&json!("10.1.2.3:22"), &json!("vault/prod/dba"))
    );
    assert_eq!(
        (&row["gateway"]["name"], &row["client_ip"]),
        (&json!("gate-1"), &json!("192.0.2.77"))
    );
    assert_eq!((&row["bytes_up"], &row["bytes_down"]), (&json!(0), &json!(0)));
    assert_eq!(row["open_connections"], 0);
    let id = id.to_string();
    let found = |query: &'static str| {
        let (desk, id) = (&desk, &id);
        async move { desk.listed(&format!("status=all&{query}")).await.contains(id) }
    };
    // The person is not found by the account's name, nor the account by the person's.
    assert!(found("user=ana").await && !found("user=svc_dba").await);
    assert!(found("account=svc_dba").await && !found("account=ana").await);
    assert!(found("client_ip=192.0.2.0/24").await && !found("client_ip=192.0.3.0/24").await);
    assert!(found("secret_name=vault/prod/dba").await && found("profile=short").await);
    assert!(found("gateway=gate-1&client_interface=cli,web").await && !found("client_interface=web").await);
}

#[tokio::test]
async fn names_of_deleted_users_and_resources_stay_and_can_be_chosen() {
    let desk = Desk::open().await;
    let token = desk.token("root").await;
    let id = desk.session_of("ben").await;
    for path in ["/v1/objects/users/ben", "/v1/objects/resources/target"] {
        let gone = desk.call(Method::DELETE, path, &token, None).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    }
    assert_eq!(
        desk.listed("status=all&user=ben&resource=target").await,
        std::slice::from_ref(&id)
    );
    let row = desk.get(&format!("/v1/sessions/{id}"), &token).await.body;
    assert_eq!(
        (&row["user"]["name"], &row["resource"]["name"]),
        (&json!("ben"), &json!("target"))
    );
    for (column, value) in [("user", "ben"), ("resource", "target")] {
        let got = desk.get(&format!("/v1/facets?column={column}"), &token).await;
        assert_eq!(
            got.body["values"],
            json!([{ "value": value, "title": value, "sessions": 1 }])
        );
    }
}

#[tokio::test]
async fn the_five_times_of_a_session_are_kept_apart() {
    let desk = Desk::open().await;
    let until = ahead(3600);
    let id = desk
        .store_session(|_| {}, Life::requested(State::Provisioning, until))
        .await;
    let row = desk.shown(id).await;
    assert!(row["created_at"].is_string());
    assert_eq!(
        (&row["started_at"], &row["first_logon_at"], &row["ended_at"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    desk.step(id, Event::Provisioned).await;
    let ready = desk.shown(id).await;
    assert!(
        ready["started_at"].as_str() > row["created_at"].as_str(),
        "it started when it was prepared"
    );
    assert_eq!(
        (&ready["first_logon_at"], &ready["expires_at"]),
        (&Value::Null, &json!(until.rfc3339()))
    );
    desk.step(id, Event::ConnectionOpened).await;
    desk.step(id, Event::LoggedIn).await;
    let used = desk.shown(id).await;
    assert!(used["first_logon_at"].as_str() > ready["started_at"].as_str());
    assert_eq!(used["started_at"], ready["started_at"], "a logon moves no start");

    let token = desk.token("root").await;
    let path = format!("/v1/sessions/{id}:extend");
    let longer = desk
        .call(Method::POST, &path, &token, Some(json!({"by_secs": 1800})))
        .await;
    let later = until.plus(Span::secs(1800)).rfc3339();
    assert_eq!(longer.body["expires_at"], json!(later));
    let log = desk
        .get(&format!("/v1/audit?session={id}&kind=session.extended"), &token)
        .await;
    let changes = log.body["events"][0]["changes"].as_array().unwrap();
    let moved = changes
        .iter()
        .find(|change| change["field"] == "expires_at")
        .unwrap();
    assert_eq!(
        (&moved["old"], &moved["new"]),
        (&json!(until.rfc3339()), &json!(later))
    );

    desk.step(
        id,
        Event::Terminate(EndReason::AdminTerminate, "enough".to_owned()),
    )
    .await;
    let over = desk.shown(id).await;
    assert!(
        over["ended_at"].as_str() < over["expires_at"].as_str(),
        "both ends are shown"
    );
    assert_eq!(
        (&over["end_reason"], &over["ended_by"]),
        (&json!("admin_terminate"), &json!("root"))
    );
    let lasted = |key: &str| Micros::parse_rfc3339(over[key].as_str().unwrap()).unwrap();
    let duration = lasted("ended_at").since(lasted("started_at")).millis();
    assert_eq!(over["duration_ms"], json!(duration));
    // All five leave with an export.
    let export = desk
        .get(&format!("/v1/sessions/{id}/export?as=json"), &token)
        .await
        .body;
    for key in [
        "created_at",
        "started_at",
        "first_logon_at",
        "expires_at",
        "ended_at",
    ] {
        assert_eq!(export["session"][key], over[key], "{key}");
        assert!(over[key].as_str().unwrap().ends_with('Z'), "{key}");
    }
}

#[tokio::test]
async fn words_of_states_select_what_they_say() {
    let desk = Desk::open().await;
    let denied = desk
        .store_session(|_| {}, Life::refused(Micros::now(), "no, says ops"))
        .await
        .to_string();
    let pending = desk
        .store_session(|_| {}, Life::requested(State::AwaitingApproval, ahead(60)))
        .await
        .to_string();
    let preparing = desk
        .store_session(|_| {}, Life::requested(State::Provisioning, ahead(60)))
        .await
        .to_string();
    let direct = || Life::direct(Micros::now(), Span::secs(60));
    let connecting = desk.store_session(|_| {}, direct()).await.to_string();
    let failed = desk.store_session(|_| {}, direct()).await;
    desk.step(
        failed,
        Event::ConnectFailed(EndReason::TargetUnreachable, "nobody answers".to_owned()),
    )
    .await;
    let failed = failed.to_string();
    let active = desk.store_session(|_| {}, direct()).await;
    desk.step(active, Event::LoggedIn).await;
    let active = active.to_string();
    let list = async |status: &str| {
        let mut all = desk.listed(&format!("status={status}&user=ana")).await;
        all.sort();
        all
    };
    let sorted = |ids: &[&String]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
        ids.sort();
        ids
    };
    // The models of the fixture were withdrawn.
    let closed = list("closed").await;
    assert!(closed.len() == 6 && closed == list("completed,canceled").await);
    assert_eq!(list("denied").await, sorted(&[&denied]));
    assert_eq!(
        list("failed").await,
        sorted(&[&failed]),
        "who was refused has not failed"
    );
    assert_eq!(
        list("pending").await,
        sorted(&[&pending, &preparing, &connecting])
    );
    assert_eq!(list("connecting").await, sorted(&[&connecting]));
    assert_eq!(list("connected").await, sorted(&[&active]));
    // What runs is the default, and a state that is asked for replaces it.
    assert_eq!(
        {
            let mut all = desk.listed("").await;
            all.sort();
            all
        },
        sorted(&[&connecting, &active])
    );
    assert_eq!(list("provisioning").await, sorted(&[&preparing]));
    assert_eq!(list("awaiting_approval").await, sorted(&[&pending]));
    assert_eq!(
        desk.listed("status=connected&type=lines").await,
        std::slice::from_ref(&active)
    );
    assert!(desk.listed("status=connected&type=rdp").await.is_empty());
    let everything = list("all").await;
    assert!(
        [&denied, &pending, &preparing, &connecting, &failed, &active]
            .iter()
            .all(|id| everything.contains(id))
    );
    let row = desk.shown(failed.parse().unwrap()).await;
    assert_eq!(
        (&row["error"]["message"], &row["state"]),
        (&json!("nobody answers"), &json!("failed"))
    );
}

#[tokio::test]
async fn thirty_days_are_listed_unless_more_is_asked_for() {
    let desk = Desk::open().await;
    let days = |days: i64| Micros::now().plus(Span::secs(-days * 86_400));
    let mut ids = Vec::new();
    for age in [29, 31] {
        let id = desk
            .store_session(
                |session| {
                    session.created_at = days(age);
                    session.user.name = "old".to_owned();
                },
                Life::refused(days(age), "no"),
            )
            .await;
        ids.push(id.to_string());
    }
    assert_eq!(desk.listed("status=all&user=old").await, ids[..1]);
    assert_eq!(desk.listed("status=all&user=old&last=40d").await, ids);
    assert_eq!(desk.listed("status=all&user=old&last=all").await, ids);
}

#[tokio::test]
async fn types_that_no_chip_has_are_listed_and_can_be_chosen() {
    let desk = Desk::open().await;
    for kind in ["vnc", "tcp", "vpn", "postgres"] {
        desk.store_session(
            |session| {
                session.resource.protocol = kind.to_owned();
                session.user.name = "dora".to_owned();
            },
            Life::requested(State::Provisioning, ahead(60)),
        )
        .await;
    }
    assert_eq!(desk.listed("status=all&user=dora").await.len(), 4);
    for (kind, count) in [
        ("vnc", 1),
        ("network", 2),
        ("database", 1),
        ("desktop,db", 2),
        ("web", 0),
    ] {
        assert_eq!(
            desk.listed(&format!("status=all&user=dora&type={kind}"))
                .await
                .len(),
            count,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn the_audit_log_of_a_session_is_its_whole_life_and_who_looked() {
    let desk = Desk::open().await;
    let token = desk.token("root").await;
    let id = desk.session_of("ana").await;
    for (verb, body) in [
        ("lock", json!({"message": "wait"})),
        ("unlock", json!({})),
        ("terminate", json!({"reason": "over"})),
    ] {
        desk.call(
            Method::POST,
            &format!("/v1/sessions/{id}:{verb}"),
            &token,
            Some(body),
        )
        .await;
    }
    desk.get(&format!("/v1/sessions/{id}/export?as=csv"), &token)
        .await;
    desk.get("/v1/search?q=anything", &token).await;
    let log = desk.get(&format!("/v1/audit?session={id}"), &token).await;
    let events = log.body["events"].as_array().unwrap();
    let mut kinds: Vec<_> = events
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    kinds.reverse();
    assert_eq!(
        kinds,
        [
            "session.created",
            "session.provisioned",
            "session.locked",
            "session.unlocked",
            "session.terminated",
            "recording.exported"
        ]
    );
    let every = |key: &str, value: Value| events.iter().all(|event| event[key] == value);
    assert!(every("session_id", json!(id)));
    let state = |at: usize| {
        let changes = events[events.len() - 1 - at]["changes"].as_array().unwrap();
        let change = changes.iter().find(|change| change["field"] == "state").unwrap();
        (change["old"].clone(), change["new"].clone())
    };
    assert_eq!(state(2), (json!("available"), json!("locked")));
    assert_eq!(state(4), (json!("available"), json!("terminated")));
    let searched = desk.house.audited("activity.searched").await;
    assert_eq!((searched.len(), searched[0].actor.name()), (1, "root"));
    assert!(
        !format!("{searched:?}").contains("anything"),
        "the words are not written down"
    );
}

fn entry(session: SessionId, seq: i64, kind: EntryKind, body: &str, detail: Value) -> Entry {
    Entry {
        key: EntryKey {
            session,
            seq,
            at: session.created().plus(Span::secs(seq)),
        },
        connection: domain::ConnectionId::fresh(),
        kind,
        outcome: Outcome::Ok,
        rows: 0,
        bytes: 5,
        duration: Span::secs(1),
        user: ObjectId::fresh(),
        resource: ObjectId::fresh(),
        gateway: "gate-1".to_owned(),
        resource_type: "lines".to_owned(),
        body: body.to_owned(),
        detail,
        indexed: String::new(),
        place: TapePlace::default(),
    }
}

#[tokio::test]
async fn the_file_log_is_filtered_in_a_session_and_over_all() {
    let desk = Desk::open().await;
    let token = desk.token("root").await;
    let (one, two): (SessionId, SessionId) = (
        desk.session_of("ana").await.parse().unwrap(),
        desk.session_of("ben").await.parse().unwrap(),
    );
    let file = |session, seq, op: &str, protocol: &str, path: &str| {
        entry(
            session,
            seq,
            EntryKind::File,
            path,
            json!({"op": op, "protocol": protocol, "path": path}),
        )
    };
    let mut all = vec![
        entry(one, 1, EntryKind::Command, "ls", Value::Null),
        file(one, 2, "upload", "sftp", "/srv/a.txt"),
        file(one, 3, "download", "scp", "/srv/B.txt"),
        file(one, 4, "delete", "sftp", "/tmp/c"),
        file(two, 1, "upload", "sftp", "/srv/d.txt"),
    ];
    all[3].outcome = Outcome::Failed;
    desk.house.store.append_entries(all).await.unwrap();
    let paths = async |address: &str| {
        let got = desk.get(address, &token).await;
        assert_eq!(got.status, StatusCode::OK, "{address}: {}", got.body);
        let files = got.body["files"].as_array().unwrap().iter();
        let mut paths: Vec<_> = files
            .map(|file| file["path"].as_str().unwrap().to_owned())
            .collect();
        paths.sort();
        (paths, got.body["next_cursor"].clone())
    };
    let at = one.created().plus(Span::secs(3)).rfc3339();
    for (filter, of_one, of_all) in [
        ("op=upload", vec!["/srv/a.txt"], vec!["/srv/a.txt", "/srv/d.txt"]),
        ("protocol=scp", vec!["/srv/B.txt"], vec!["/srv/B.txt"]),
        ("path=b.TX", vec!["/srv/B.txt"], vec!["/srv/B.txt"]),
        ("ok=false", vec!["/tmp/c"], vec!["/tmp/c"]),
        (
            "op=upload,delete&path=/srv",
            vec!["/srv/a.txt"],
            vec!["/srv/a.txt", "/srv/d.txt"],
        ),
    ] {
        assert_eq!(
            paths(&format!("/v1/sessions/{one}/files?{filter}")).await.0,
            of_one,
            "{filter}"
        );
        assert_eq!(paths(&format!("/v1/files?{filter}")).await.0, of_all, "{filter}");
    }
    let late = format!("/v1/sessions/{one}/files?since={at}");
    assert_eq!(paths(&late).await.0, ["/srv/B.txt", "/tmp/c"]);
    // A page is filled with what was asked for, however far apart that is.
    let (first, next) = paths(&format!("/v1/sessions/{one}/files?op=delete&limit=1")).await;
    assert_eq!(first, ["/tmp/c"]);
    let (rest, _) = paths(&format!(
        "/v1/sessions/{one}/files?op=delete&limit=1&cursor={}",
        next.as_str().unwrap_or("9")
    ))
    .await;
    assert!(rest.is_empty());
    // Who may not see a session does not see its files.
    let own = desk.token("ben").await;
    let got = desk.get("/v1/files", &own).await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(
        got.body["files"]
            .as_array()
            .unwrap()
            .iter()
            .all(|file| file["session_id"] != json!(one))
    );
}

#[tokio::test]
async fn logs_leave_as_text_csv_and_json_for_those_who_may() {
    let desk = Desk::open().await;
    let id: SessionId = desk.session_of("ana").await.parse().unwrap();
    let output =
        json!({"output": {"preview": "total 0", "truncated": false, "total_bytes": 7}, "exit_code": 0});
    let all = vec![
        entry(id, 1, EntryKind::Command, "ls -l", output),
        entry(id, 2, EntryKind::Command, "=cmd|' /C calc'!A0", Value::Null),
    ];
    desk.house.store.append_entries(all).await.unwrap();
    for user in ["ana", "olga", "root"] {
        let token = desk.token(user).await;
        let export = async |form: &str| {
            let got = desk
                .get(&format!("/v1/sessions/{id}/export?as={form}"), &token)
                .await;
            assert_eq!(got.status, StatusCode::OK, "{form} for {user}");
            got
        };
        let text = export("txt").await;
        assert!(
            text.body.as_str().unwrap().contains("$ ls -l\ntotal 0\n"),
            "{}",
            text.body
        );
        let csv = export("csv").await;
        let csv = csv.body.as_str().unwrap();
        assert!(
            csv.starts_with("seq,at,") && csv.contains(",ls -l,ok,0,1000,"),
            "{csv}"
        );
        assert!(
            csv.contains("\"'=cmd"),
            "a spreadsheet runs no formula of a session: {csv}"
        );
        let json = export("json").await;
        assert_eq!(json.body["entries"][0]["text"], "ls -l");
        assert_eq!(json.body["session"]["session_id"], json!(id));
    }
    let stranger = desk.token("ben").await;
    let got = desk
        .get(&format!("/v1/sessions/{id}/export?as=txt"), &stranger)
        .await;
    assert_eq!(got.status, StatusCode::NOT_FOUND);
    assert_eq!(desk.house.audited("recording.exported").await.len(), 9);
}
