//! The stream of changes that consoles follow: nothing is lost between two connections.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, PASSWORD, text},
    http::Request,
    program::{PATIENCE, run},
    sshd::Sshd,
};

/// A follower of the stream, as a browser is one: it remembers the last id, and comes back with it.
struct Follower<'a> {
    gateway: &'a Gateway,
    token: String,
    last: Option<String>,
    /// Ids and kinds of all events so far, in order.
    seen: Vec<(i64, String, String)>,
}

impl Follower<'_> {
    fn connect(&self) -> Request {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("Authorization", bearer.as_str())];
        if let Some(last) = &self.last {
            headers.push(("Last-Event-ID", last));
        }
        let mut request = crate::http::send(&self.gateway.http, "GET", "/v1/sessions/stream", &headers, None);
        let (status, headers) = request.head();
        assert_eq!(status, 200);
        assert!(
            headers
                .iter()
                .any(|(key, value)| key.eq_ignore_ascii_case("content-type") && value == "text/event-stream")
        );
        request
    }

    /// Reads events until one satisfies, or until there are as many; then hangs up in the middle of things.
    fn read(&mut self, mut enough: impl FnMut(&str, &Value) -> bool) {
        let mut request = self.connect();
        let (mut id, mut event, mut data) = (String::new(), String::new(), String::new());
        let began = Instant::now();
        loop {
            assert!(
                began.elapsed() < PATIENCE,
                "what is waited for does not come: {:#?}",
                self.seen
            );
            let line = request.line(PATIENCE).expect("the stream goes on");
            match line.split_once(": ").or_else(|| line.split_once(':')) {
                Some(("id", value)) => value.clone_into(&mut id),
                Some(("event", value)) => value.clone_into(&mut event),
                Some(("data", value)) => value.clone_into(&mut data),
                _ if line.is_empty() && !id.is_empty() => {
                    assert_ne!(event, "resync", "little was missed");
                    self.last = Some(std::mem::take(&mut id));
                    let value: Value = serde_json::from_str(&data).unwrap();
                    if event == "session" {
                        let number = self.last.as_ref().unwrap().parse().unwrap();
                        self.seen.push((
                            number,
                            text(&value["kind"]),
                            text(&value["session"]["session_id"]),
                        ));
                    }
                    if enough(&event, &value) {
                        return;
                    }
                }
                _ => {}
            }
        }
    }
}

#[test]
fn a_follower_that_comes_back_has_missed_nothing_and_sees_only_what_is_its_own() {
    let server = Sshd::start();
    let gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    gateway.apply(&json!([{ "kind": "user", "name": "bob", "spec": { "password": PASSWORD } }]));
    let mut follower = Follower {
        gateway: &gateway,
        token: gateway.admin.clone(),
        last: None,
        seen: Vec::new(),
    };
    let mut stranger = Follower {
        gateway: &gateway,
        token: gateway.token("bob"),
        last: None,
        seen: Vec::new(),
    };
    // The first event of all tells where to continue from.
    follower.read(|event, _| event == "hello");
    stranger.read(|event, _| event == "hello");
    for round in 0..4 {
        // While nobody listens.
        assert_eq!(run(gateway.ssh(&[], "box").arg("true"), "").code, 0);
        if round % 2 == 0 {
            // Hangs up after two events, with more on their way.
            let mut count = 0;
            follower.read(|_, _| {
                count += 1;
                count == 2
            });
        }
    }
    let ids: BTreeSet<String> = gateway
        .sessions("status=all")
        .iter()
        .map(|row| text(&row["session_id"]))
        .collect();
    assert_eq!(ids.len(), 4);
    for id in &ids {
        gateway.ended(id);
    }
    let mut ended = follower
        .seen
        .iter()
        .filter(|(_, kind, _)| kind == "session.ended")
        .count();
    follower.read(|_, value| {
        ended += usize::from(value["kind"] == "session.ended");
        ended == ids.len()
    });
    // Against the audit log: every line about a session, once, in order.
    let mut logged: Vec<(i64, String)> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = gateway.get(&format!("/v1/audit?limit=100{cursor}"));
        for event in page["events"].as_array().unwrap() {
            let kind = text(&event["kind"]);
            if kind.starts_with("session.") && event["session_id"].is_string() {
                logged.push((event["seq"].as_i64().unwrap(), kind));
            }
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    logged.sort();
    let last = follower.seen.last().unwrap().0;
    let logged: Vec<_> = logged.into_iter().filter(|(seq, _)| *seq <= last).collect();
    let seen: Vec<_> = follower
        .seen
        .iter()
        .map(|(seq, kind, _)| (*seq, kind.clone()))
        .collect();
    assert_eq!(seen, logged);
    assert!(seen.len() >= 12, "{seen:?}");
    // Somebody else's sessions pass unseen; the stream itself lives.
    let mut stream = stranger.connect();
    let line = stream
        .line(Duration::from_secs(15))
        .expect("a sign of life within 15 s");
    assert!(line.starts_with(':') || line.is_empty(), "{line}");
}
