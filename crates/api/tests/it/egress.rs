//! The gate through which content leaves as a file, and that there is no other.

use api::egress::Egress;
use axum::http::StatusCode;

use crate::Desk;

/// Addresses that hand out content to be looked at, never as a file: pieces for the player, the live view, cut previews.
const LOOKED_AT: [&str; 17] = [
    // The statements that wait for a reviewer.
    "/v1/approvals",
    "/v1/approvals/{id}",
    "/v1/approvals/{id}:{verb}",
    "/v1/approvals:{verb}",
    "/v1/compare",
    "/v1/policy/replay",
    "/v1/sessions/{id}/activity/{seq}/rerun",
    "/v1/sessions/{id}/activity",
    "/v1/sessions/{id}/results/{which}",
    "/v1/sessions/{id}/files",
    "/v1/sessions/{id}/player",
    "/v1/sessions/{id}/player/index.json",
    "/v1/sessions/{id}/player/segments/{number}",
    "/v1/sessions/{id}/player/timemap",
    "/v1/sessions/{id}/live",
    "/v1/sessions/{id}/stream",
    "/v1/search",
];

/// Addresses that hand out no content of sessions at all.
const NO_CONTENT: [&str; 59] = [
    "/v1/apply",
    "/v1/audit",
    "/v1/audit/checkpoint",
    "/v1/audit/export",
    "/v1/audit/verify",
    "/v1/connect",
    "/v1/connect/{resource}",
    "/v1/database-passwords",
    "/v1/facets",
    "/v1/files",
    "/v1/health",
    "/v1/login",
    "/v1/login/device",
    "/v1/login/device/token",
    "/v1/login/device/{code}",
    "/v1/login/device/{code}/confirm",
    "/v1/login/device/{code}/refuse",
    "/v1/login/oidc",
    "/v1/login/oidc/callback",
    "/v1/login/passkey",
    "/v1/login/passkey/begin",
    "/v1/login/service",
    "/v1/logout",
    "/v1/me",
    "/v1/nodes",
    "/v1/policy/test",
    "/v1/objects/{kind}",
    "/v1/objects/{kind}/{name}",
    "/v1/recording-key",
    "/v1/requests",
    "/v1/resource-types",
    "/v1/sessions",
    "/v1/sessions/stream",
    "/v1/sessions/{id}",
    "/v1/sessions/{id}/events",
    "/v1/sessions/{id}/timeline",
    "/v1/sessions/{id}:{verb}",
    "/v1/sessions:{verb}",
    "/v1/sessions/{id}/shares",
    "/v1/sessions/{id}/shares/{share}",
    "/v1/shares/{share}/open",
    "/v1/settings",
    "/v1/setup",
    "/v1/ssh-certificates",
    "/v1/sign-ins",
    "/v1/factors",
    "/v1/factors/passkeys",
    "/v1/factors/passkeys/begin",
    "/v1/factors/passkeys/{id}",
    "/v1/factors/recovery-codes",
    "/v1/factors/totp",
    "/v1/factors/totp/confirm",
    "/v1/factors/totp/remove",
    "/v1/tokens",
    "/v1/tokens/{id}",
    "/v1/users/{name}/factors",
    "/v1/users/{name}/keys",
    "/v1/views",
    "/v1/views/{page}/{name}",
];

/// Addresses through which users reach resources themselves. What they fetch there is no content of a recorded session: it is their own
/// transfer, which the profile's rules allow or refuse and the file log names, exactly as if a native client had made it. The switch is
/// about taking recordings out, so it has no say here.
const OWN_TRANSFERS: [&str; 13] = [
    "/v1/connect/{resource}/terminal",
    "/v1/portal/files",
    "/v1/portal/files/{session}",
    "/v1/portal/files/{session}/content",
    "/v1/portal/files/{session}/state",
    "/v1/portal/files/{session}/{verb}",
    "/v1/portal/sql",
    "/v1/portal/sql/{session}",
    "/v1/portal/sql/{session}/run",
    "/v1/portal/sql/{session}/more",
    "/v1/portal/sql/{session}/rest",
    "/v1/portal/sql/{session}/cancel",
    "/v1/portal/sql/{session}/names",
];

/// Addresses that hand out content as a file; each asks the gate.
const GATED: [&str; 4] = [
    "/v1/query-log",
    "/v1/sessions/{id}/export",
    "/v1/sessions/{id}/results/{which}/file",
    "/v1/sessions/{id}/results/{which}/value",
];

#[test]
fn every_address_is_known_to_the_gate() {
    let document = api::openapi::document();
    for path in document["paths"].as_object().unwrap().keys() {
        let lists: [&[&str]; 3] = [&LOOKED_AT, &NO_CONTENT, &OWN_TRANSFERS];
        let known = lists.iter().any(|list| list.contains(&path.as_str()));
        let gated = GATED.contains(&path.as_str());
        assert!(
            known || gated,
            "{path} is new: does content leave through it as a file? Then it needs a permit."
        );
    }
}

#[tokio::test]
async fn the_switch_closes_every_form_and_names_itself() {
    let desk = Desk::with(Egress::Closed).await;
    let admin = desk.token("root").await;
    let id = desk.session_of("ana").await;
    for form in ["asciicast", "asciicast2", "txt", "json", "csv", "tape", "bundle"] {
        let got = desk
            .get(&format!("/v1/sessions/{id}/export?as={form}"), &admin)
            .await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{form}");
        assert_eq!(got.body["code"], "downloads_disabled");
        assert!(
            got.body["detail"]
                .as_str()
                .unwrap()
                .contains("DISABLE_SESSIONS_DOWNLOAD")
        );
    }
    for path in [
        format!("/v1/sessions/{id}/results/n1/file"),
        format!("/v1/sessions/{id}/results/n1/value?row=0&column=0"),
        format!("/v1/query-log?session={id}"),
        "/v1/query-log?as=csv".to_owned(),
    ] {
        let got = desk.get(&path, &admin).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(got.body["code"], "downloads_disabled", "{path}");
    }
    assert_eq!(desk.get("/v1/me", &admin).await.body["downloads_enabled"], false);
    // Looking is not taking.
    let activity = desk.get(&format!("/v1/sessions/{id}/activity"), &admin).await;
    assert_eq!(activity.status, StatusCode::OK);
}

#[tokio::test]
async fn what_leaves_is_on_record_first() {
    let desk = Desk::open().await;
    let admin = desk.token("root").await;
    let id = desk.session_of("ana").await;
    let got = desk
        .get(&format!("/v1/sessions/{id}/export?as=json"), &admin)
        .await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(
        got.headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    let exported = desk.house.audited("recording.exported").await;
    assert_eq!(exported.len(), 1);
    assert_eq!(exported[0].session_id.unwrap().to_string(), id);
    assert_eq!(exported[0].actor.name(), "root");
}
