//! Examples of what is sent and answered, by the name of the schema.

use serde_json::{Value, json};

/// Gives an example of a schema.
pub(super) fn of(schema: &str) -> Option<Value> {
    Some(match schema {
        "Problem" => json!({
            "type": "/problems/invalid", "title": "invalid", "status": 422,
            "detail": "no parameter `stauts`; there are: status, user, …", "code": "invalid", "hint": "",
            "request_id": "0198c5de7d2c7b1a8c3e001122334455",
        }),
        "Order" => json!({ "reason": "the change window is over" }),
        "BulkOrder" => json!({
            "filter": "user=bob&status=active", "expected_count": 2, "title": "Hold on",
            "message": "call the desk, please", "scope": "user",
        }),
        "BulkOutcome" => json!({
            "results": [
                { "id": "0198c5de-7d2c-7b1a-8c3e-001122334455", "ok": true, "state": "locked", "error": null },
                { "id": "0198c5de-9999-7b1a-8c3e-001122334455", "ok": false, "state": null, "error": "there is nothing here that you may see" },
            ],
            "failed": 1,
        }),
        "ObjectBody" => json!({ "spec": { "type": "ssh", "host": "10.0.0.7", "labels": { "env": "prod" } } }),
        "Documents" => json!({
            "documents": [{ "kind": "group", "name": "ops", "spec": { "members": ["ana", "ben"] } }],
        }),
        "ViewBody" => json!({ "query": "status=failed&last=24h&sort=created_at:desc", "shared": false }),
        "NewToken" => json!({ "name": "nightly report", "expires_in_secs": 2_592_000 }),
        "NewDatabasePassword" => json!({ "resource": "shop-db", "lasts": "8h" }),
        "Change" => json!({
            "field": "expires_at", "old": "2026-11-21T20:00:00.000000Z", "new": "2026-11-21T20:30:00.000000Z",
        }),
        "FacetList" => json!({
            "values": [{ "value": "ana", "title": "ana", "sessions": 1204 }, { "value": "ben", "title": "ben", "sessions": 3 }],
            "counted": 1207, "is_capped": false,
        }),
        "Reach" => json!({
            "name": "web-1", "type": "ssh", "description": "the shop", "account": "deploy", "profile": "default",
            "command": "ssh -p 2222 ana%web-1@gateway.example.org",
            "accounts": [{
                "name": "deployer", "login": "deploy", "rule": "ops", "profile": "default", "has_secret": true,
                "command": "ssh -p 2222 ana%web-1@gateway.example.org",
            }],
            "medium": "terminal",
        }),
        _ => return None,
    })
}
