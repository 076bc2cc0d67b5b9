//! The audit log as evidence: taken out, checked offline, and missed when somebody has cut it.

use std::process::Command;

use serde_json::json;

use crate::{gateway::Gateway, program::run};

/// Works on the stopped gateway's database, as somebody with access to the machine's disk would.
fn tamper(gateway: &Gateway, statements: &str) {
    let code =
        "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()";
    let mut python = Command::new("python3");
    python
        .args(["-c", code])
        .arg(gateway.data().join("meta.db"))
        .arg(statements);
    let said = run(&mut python, "");
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn the_audit_log_is_checked_online_and_offline_and_a_cut_tail_is_missed() {
    let mut gateway = Gateway::start();
    gateway.apply(&json!([{ "kind": "group", "name": "evidence", "spec": {} }]));
    let online = gateway.run(&["audit", "verify"]);
    assert!(
        online.code == 0 && online.out.starts_with("intact: "),
        "{online:?}"
    );
    let kept = gateway.folder().join("kept.json");
    std::fs::write(&kept, gateway.print(&["audit", "checkpoint"])).unwrap();
    let file = gateway.folder().join("audit.jsonl");
    let name = file.display().to_string();
    gateway.print(&["audit", "export", "-O", &name]);
    let key = gateway.data().join("keys").join("recording.pub");
    let key = key.display().to_string();
    let kept = kept.display().to_string();
    let offline = gateway.run(&["audit", "verify", &name, "-k", &key, "--checkpoint", &kept]);
    assert!(
        offline.code == 0 && offline.out.starts_with("intact: "),
        "{offline:?}"
    );
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.contains("group/evidence") && text.contains("audit.exported"),
        "{text}"
    );
    // Somebody works on the file.
    let changed = text.replacen("group/evidence", "group/innocent", 1);
    let removed: String = text.split_inclusive('\n').skip(1).collect();
    for (work, wrong) in [(changed, "altered"), (removed, "missing")] {
        std::fs::write(&file, work).unwrap();
        let said = gateway.run(&["audit", "verify", &name, "-k", &key]);
        assert!(said.code == 9 && said.out.contains(wrong), "{wrong}: {said:?}");
    }
    let table = gateway.print(&["audit", "export", "--as", "csv", "--kind", "group."]);
    assert!(table.starts_with("seq,at,kind,"), "{table}");
    // And on the database: the tail goes with its signatures, and the head is made to fit.
    gateway.stop();
    tamper(
        &gateway,
        "DROP TRIGGER audit_events_keep_delete; DROP TRIGGER audit_checkpoints_keep_delete; \
         DELETE FROM audit_events WHERE seq > 2; DELETE FROM audit_checkpoints WHERE seq > 2; \
         UPDATE audit_heads SET seq = 2, hash = (SELECT hash FROM audit_events WHERE seq = 2)",
    );
    gateway.restart();
    let online = gateway.run(&["audit", "verify"]);
    assert_eq!(online.code, 9, "{online:?}");
    // What was cut away is not signed over.
    let refused = gateway.run(&["audit", "checkpoint"]);
    assert_eq!(refused.code, 6, "{refused:?}");
}
