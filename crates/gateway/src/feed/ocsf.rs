//! Audit events in the Open Cybersecurity Schema Framework, version 1.5.0 (schema.ocsf.io).
//!
//! | Kind | Class | Activities |
//! |---|---|---|
//! | `login.` | Authentication (3002) | 1 logon, 2 logoff |
//! | `session.` that changes its state | Network Activity (4001) | 1 open, 2 close, 4 fail, 5 refuse, 99 other |
//! | `recording.`, `activity.` of a session, `audit.`, and who looked at a session or shared it | API Activity (6003) | 2 read, 4 delete, 99 other |
//! | everything else: objects, tokens, views, host keys | Entity Management (3004) | 1 create, 3 update, 4 delete |

use data_encoding::HEXLOWER;
use domain::audit::{Actor, AuditEvent};
use serde_json::{Value, json};
use store::AuditRow;

/// The version of the schema.
const VERSION: &str = "1.5.0";

/// A class with its category.
struct Class {
    id: u32,
    category: u32,
}

const AUTHENTICATION: Class = Class {
    id: 3002,
    category: 3,
};
const ENTITY: Class = Class {
    id: 3004,
    category: 3,
};
const NETWORK: Class = Class {
    id: 4001,
    category: 4,
};
const API: Class = Class {
    id: 6003,
    category: 6,
};

/// Other: the kind itself says what.
const OTHER: u32 = 99;

/// What the severity is called by number.
const INFORMATIONAL: u32 = 1;
const LOW: u32 = 2;
const MEDIUM: u32 = 3;
const HIGH: u32 = 4;

/// Writes an event of the log.
pub(super) fn event(row: &AuditRow) -> Value {
    let event = &row.event;
    let (noun, verb) = event.kind.split_once('.').unwrap_or((event.kind.as_str(), ""));
    let (class, activity) = class(noun, verb);
    let failed = is_failure(verb);
    let mut out = json!({
        "metadata": {
            "version": VERSION,
            "product": { "name": "Doorward", "vendor_name": "Doorward", "version": env!("CARGO_PKG_VERSION") },
            "uid": row.seq.to_string(),
            "sequence": row.seq,
            "event_code": event.kind,
            "correlation_uid": event.session_id.map(|id| id.to_string()),
        },
        "time": event.at.0 / 1000,
        "class_uid": class.id,
        "category_uid": class.category,
        "activity_id": activity,
        "activity_name": verb,
        "type_uid": class.id * 100 + activity,
        "severity_id": severity(noun, verb),
        "status_id": if failed { 2 } else { 1 },
        "message": event.kind.replace(['.', '_'], " "),
        "actor": actor(&event.actor),
        "unmapped": { "changes": event.changes, "detail": event.detail, "object": event.object, "hash": HEXLOWER.encode(&row.hash) },
    });
    let mut put = |key: &str, value: Value| {
        if let Some(fields) = out.as_object_mut() {
            fields.insert(key.to_owned(), value);
        }
    };
    if !event.client_ip.is_empty() {
        put("src_endpoint", json!({ "ip": event.client_ip }));
    }
    match class.id {
        3002 => put("user", json!({ "name": event.actor.name() })),
        3004 => put("entity", entity(event)),
        6003 => put("api", json!({ "operation": event.kind })),
        _ => put("connection_info", json!({ "direction_id": 1 })),
    }
    if let Some(session) = event.session_id {
        put("session", json!({ "uid": session.to_string() }));
    }
    out
}

fn class(noun: &str, verb: &str) -> (Class, u32) {
    match (noun, verb) {
        ("login", "ended") => (AUTHENTICATION, 2),
        ("login", _) => (AUTHENTICATION, 1),
        ("session", "watched" | "viewed" | "shared" | "share_opened" | "share_revoked")
        | ("recording" | "activity" | "audit", "played" | "exported" | "searched") => (API, 2),
        ("session", "started" | "connection_opened") => (NETWORK, 1),
        (
            "session",
            "ended" | "expired" | "canceled" | "terminated" | "cut" | "connection_closed" | "completed",
        ) => (NETWORK, 2),
        ("session", "denied") => (NETWORK, 5),
        ("session", verb) if is_failure(verb) => (NETWORK, 4),
        ("session", _) => (NETWORK, OTHER),
        ("activity", "created") => (ENTITY, 1),
        ("activity", "changed") => (ENTITY, 3),
        ("activity", "deleted") => (ENTITY, 4),
        ("recording" | "activity" | "audit", "expired") => (API, 4),
        ("recording" | "activity" | "audit", _) => (API, OTHER),
        // What else there is happens to an entity.
        (_, "created" | "pinned") => (ENTITY, 1),
        (_, "changed" | "shared") => (ENTITY, 3),
        (_, "deleted" | "revoked") => (ENTITY, 4),
        _ => (ENTITY, OTHER),
    }
}

fn is_failure(verb: &str) -> bool {
    matches!(verb, "failed" | "denied" | "refused" | "lost") || verb.ends_with("_failed")
}

fn severity(noun: &str, verb: &str) -> u32 {
    match (noun, verb) {
        ("host_key", "refused" | "changed") | ("session", "cleanup_failed" | "direct_login") => HIGH,
        (_, verb) if is_failure(verb) => MEDIUM,
        ("session", "locked" | "terminated" | "cut") | ("recording", "cut") => LOW,
        _ => INFORMATIONAL,
    }
}

fn actor(actor: &Actor) -> Value {
    match actor {
        Actor::User { name } => json!({ "user": { "name": name, "type_id": 1 } }),
        Actor::System { part } => json!({ "app_name": part }),
        // Nobody has proven this name.
        Actor::Unknown { claimed } => json!({ "user": { "name": claimed, "type_id": 0 } }),
    }
}

fn entity(event: &AuditEvent) -> Value {
    let (kind, name) = event
        .object
        .split_once('/')
        .unwrap_or(("", event.object.as_str()));
    json!({ "type": kind, "name": name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Micros;

    fn written(kind: &str) -> Value {
        let event_of = AuditEvent::new(Micros(1_795_262_400_123_456), kind, Actor::user("ana"));
        event(&AuditRow {
            seq: 7,
            event: event_of.about("group/night"),
            hash: [1; 32],
        })
    }

    #[test]
    fn each_kind_has_the_class_that_the_table_says() {
        for (kind, class, activity, status) in [
            ("login.succeeded", 3002, 1, 1),
            ("login.failed", 3002, 1, 2),
            ("login.ended", 3002, 2, 1),
            ("session.started", 4001, 1, 1),
            ("session.terminated", 4001, 2, 1),
            ("session.denied", 4001, 5, 2),
            ("session.connect_failed", 4001, 4, 2),
            ("session.locked", 4001, 99, 1),
            ("session.share_opened", 6003, 2, 1),
            ("recording.exported", 6003, 2, 1),
            ("recording.expired", 6003, 4, 1),
            ("group.created", 3004, 1, 1),
            ("user.changed", 3004, 3, 1),
            ("activity.exported", 6003, 2, 1),
            ("activity.created", 3004, 1, 1),
            ("step.failed", 3004, 99, 2),
            ("session.cleanup_failed", 4001, 4, 2),
            ("token.revoked", 3004, 4, 1),
        ] {
            let out = written(kind);
            assert_eq!(out["class_uid"], class, "{kind}");
            assert_eq!(out["activity_id"], activity, "{kind}");
            assert_eq!(out["type_uid"], class * 100 + activity, "{kind}");
            assert_eq!(out["category_uid"], class / 1000, "{kind}");
            assert_eq!(out["status_id"], status, "{kind}");
        }
    }

    #[test]
    fn an_event_says_who_what_and_when_and_its_place() {
        let out = written("group.created");
        assert_eq!(out["time"], 1_795_262_400_123_i64);
        assert_eq!(out["metadata"]["uid"], "7");
        assert_eq!(out["actor"]["user"]["name"], "ana");
        assert_eq!(out["entity"], json!({ "type": "group", "name": "night" }));
    }
}
