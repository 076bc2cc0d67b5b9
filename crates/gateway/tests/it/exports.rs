//! Content that leaves as a file, and the switch that forbids it.

use serde_json::json;

use crate::{gateway::Gateway, program::run, sshd::Sshd};

#[test]
fn downloads_can_be_switched_off_and_replay_stays() {
    let server = Sshd::start();
    let mut gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    let said = run(gateway.ssh(&["-tt"], "box").arg("echo to-be-seen"), "");
    assert_eq!(said.code, 0, "{said:?}");
    let id = gateway
        .print(&["sessions", "list", "--all", "-o", "id"])
        .trim()
        .to_owned();
    gateway.ended(&id);
    assert!(gateway.print(&["sessions", "export", &id]).contains("to-be-seen"));
    gateway.stop();
    gateway.environment("DISABLE_SESSIONS_DOWNLOAD", "true");
    gateway.restart();
    for form in ["asciicast", "asciicast2", "txt", "json", "csv", "tape", "bundle"] {
        let refused = gateway
            .ask("GET", &format!("/v1/sessions/{id}/export?as={form}"), None)
            .answer();
        assert_eq!(refused.status, 403, "{form}: {}", refused.text());
    }
    let refused = gateway.run(&["sessions", "export", &id]);
    assert!(refused.code == 4 && refused.out.is_empty(), "{refused:?}");
    assert_eq!(gateway.get("/v1/me")["downloads_enabled"], false);
    assert!(gateway.print(&["sessions", "play", &id]).contains("to-be-seen"));
    let index = gateway.get(&format!("/v1/sessions/{id}/player/index.json"));
    assert!(index.is_object(), "{index}");
    let segment = gateway
        .ask("GET", &format!("/v1/sessions/{id}/player/segments/0.json"), None)
        .answer();
    assert!(
        segment.status == 200 && segment.text().contains("to-be-seen"),
        "{}",
        segment.text()
    );
    let log = gateway.get("/v1/audit?limit=50").to_string();
    assert!(log.contains("recording.played"), "who looks is on record: {log}");
}
