//! The audit log as evidence: taken out, checked offline, and missed when somebody has cut it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::Command,
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    gateway::Gateway,
    program::{run, until as until_some},
};

/// How long an event may take to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

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

/// What a webhook got: its signature, its time and its body.
pub(crate) type Delivery = (String, String, Vec<u8>);

/// Reads a request and answers it.
fn answer(stream: TcpStream, status: &str) -> Option<Delivery> {
    let mut reader = BufReader::new(stream);
    let (mut signature, mut time, mut length) = (String::new(), String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim().split_once(": ") else {
            if line.trim().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "x-doorward-signature" => value.clone_into(&mut signature),
            "x-doorward-timestamp" => value.clone_into(&mut time),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    reader.get_mut().write_all(head.as_bytes()).ok()?;
    Some((signature, time, body))
}

/// A receiver of webhooks that takes nothing at first; gives its address, and what comes.
pub(crate) fn webhook(refusals: usize) -> (String, Receiver<Delivery>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/events", listener.local_addr().unwrap());
    let (sender, deliveries) = channel();
    std::thread::spawn(move || {
        for (at, stream) in listener.incoming().enumerate() {
            let status = if at < refusals {
                "503 Service Unavailable"
            } else {
                "204 No Content"
            };
            if let Some(delivery) = answer(stream.unwrap(), status)
                && sender.send(delivery).is_err()
            {
                return;
            }
        }
    });
    (address, deliveries)
}

/// Collects events until one of a kind has come.
fn until(deliveries: &Receiver<Delivery>, kind: &str) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let (_, _, body) = deliveries.recv_timeout(PATIENCE).expect(kind);
        let events: Vec<Value> = serde_json::from_slice(&body).unwrap();
        all.extend(events);
        if all.iter().any(|event| event["metadata"]["event_code"] == kind) {
            return all;
        }
    }
}

#[test]
fn audit_events_reach_a_webhook_signed_again_after_a_refusal_and_on_after_a_restart() {
    let (url, deliveries) = webhook(1);
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("secret");
    std::fs::write(&secret, "a secret of the house\n").unwrap();
    let secret = secret.display().to_string();
    let mut gateway = Gateway::start_with(&[
        ("DOORWARD_AUDIT_WEBHOOK", &url),
        ("DOORWARD_AUDIT_WEBHOOK_SECRET_FILE", &secret),
    ]);
    let group = |name: &str| json!([{ "kind": "group", "name": name, "spec": {} }]);
    gateway.apply(&group("first"));
    let (signature, time, body) = deliveries.recv_timeout(PATIENCE).unwrap();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"a secret of the house");
    let message = [time.as_bytes(), b".", &body].concat();
    let tag = aws_lc_rs::hmac::sign(&key, &message);
    let tag = tag
        .as_ref()
        .iter()
        .fold(String::new(), |tag, byte| tag + &format!("{byte:02x}"));
    assert_eq!(signature, format!("sha256={tag}"));
    // That was refused: it comes again.
    let refused: Vec<Value> = serde_json::from_slice(&body).unwrap();
    let events = until(&deliveries, "group.created");
    assert_eq!(events[0]["metadata"]["uid"], refused[0]["metadata"]["uid"]);
    let created = events
        .iter()
        .find(|event| event["metadata"]["event_code"] == "group.created")
        .unwrap();
    assert_eq!(
        (&created["class_uid"], &created["entity"]),
        (&json!(3004), &json!({ "type": "group", "name": "first" }))
    );
    // Every number once, in order, also over a restart that comes after it was noted what was taken.
    let taken = events.last().unwrap()["metadata"]["sequence"].as_i64().unwrap();
    let position = gateway.data().join("audit-webhook.position");
    until_some(PATIENCE, "what was taken is noted", || {
        let noted = std::fs::read_to_string(&position).ok()?;
        (noted.trim() == taken.to_string()).then_some(())
    });
    gateway.stop();
    gateway.restart();
    gateway.apply(&group("second"));
    let later = until(&deliveries, "group.created");
    let numbers: Vec<i64> = events
        .iter()
        .chain(&later)
        .map(|event| event["metadata"]["sequence"].as_i64().unwrap())
        .collect();
    let first = numbers[0];
    let mut seen: Vec<i64> = numbers;
    seen.dedup();
    let last = *seen.last().unwrap();
    assert_eq!(seen, (first..=last).collect::<Vec<_>>());
}

#[test]
fn audit_events_reach_a_syslog_receiver_framed_and_in_order() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let gateway = Gateway::start_with(&[("DOORWARD_AUDIT_SYSLOG", &address)]);
    gateway.apply(&json!([{ "kind": "group", "name": "first", "spec": {} }]));
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = Vec::new();
        reader.read_until(b' ', &mut length).unwrap();
        let length: usize = String::from_utf8(length).unwrap().trim().parse().unwrap();
        let mut message = vec![0; length];
        reader.read_exact(&mut message).unwrap();
        let message = String::from_utf8(message).unwrap();
        let (head, event) = message.split_once(" - {").unwrap();
        let event: Value = serde_json::from_str(&format!("{{{event}")).unwrap();
        let words: Vec<_> = head.split(' ').collect();
        assert!(words[0].starts_with("<1") && words[0].ends_with(">1"), "{head}");
        assert_eq!(
            (words[2], words[3], words.len()),
            ("test", "doorward", 6),
            "{head}"
        );
        assert_eq!(event["metadata"]["event_code"], words[5]);
        if words[5] == "group.created" {
            break;
        }
    }
}
