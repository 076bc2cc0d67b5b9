//! Orders to sessions: who may give them, to one or to many.

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, PASSWORD, text},
    house::{house, in_state},
    program::{PATIENCE, Program, run, until},
};

#[test]
fn orders_to_many_are_done_or_fail_one_by_one() {
    let (_server, gateway) = house(&json!({}));
    let mut clients: Vec<_> = (0..4)
        .map(|_| Program::start(gateway.ssh(&[], "box").arg("cat")))
        .collect();
    for client in &mut clients {
        client.say("here\n");
        client.out.wait_for("here");
    }
    let ids = gateway.active(4);
    let all = |state: &str| {
        until(PATIENCE, &format!("all are {state}"), || {
            (gateway.in_state(state).len() == 4).then_some(())
        });
    };
    let locked = gateway
        .post(
            "/v1/sessions:lock",
            &json!({ "ids": ids, "message": "all of you" }),
        )
        .ok();
    assert_eq!(locked["failed"], 0, "{locked:#}");
    all("locked");
    // A number that does not fit: nothing is done.
    let body = json!({ "filter": "user=ann", "expected_count": 3 });
    let surprised = gateway.post("/v1/sessions:unlock", &body);
    assert_eq!(surprised.status, 409, "{}", surprised.text());
    all("locked");
    let body = json!({ "filter": "user=ann", "expected_count": 4 });
    let unlocked = gateway.post("/v1/sessions:unlock", &body).ok();
    assert_eq!(unlocked["failed"], 0, "{unlocked:#}");
    all("active");
    gateway.print(&["sessions", "lock", "--user", "ann", "--message", "by filter"]);
    all("locked");

    let unknown = "01234567-89ab-7cde-8f01-23456789abcd";
    let partly = gateway.run(&["sessions", "terminate", &ids[0], unknown, "--yes"]);
    assert_eq!(partly.code, 8, "{partly:?}");
    assert!(
        partly.out.contains(&ids[0]) && partly.err.contains(unknown),
        "{partly:?}"
    );
    let alone = gateway.run(&["sessions", "terminate", unknown]);
    assert_eq!(alone.code, 5, "{alone:?}");
    let listed = gateway.print(&["sessions", "list", "--user", "ann", "-o", "id"]);
    assert_eq!(listed.lines().count(), 3, "{listed}");
    let piped = run(
        gateway
            .cli(&["sessions", "terminate", "-", "-o", "id"])
            .args(["--reason", "closing time"]),
        &listed,
    );
    assert_eq!(
        (piped.code, piped.out.as_str()),
        (0, listed.as_str()),
        "{piped:?}"
    );
    for client in &mut clients {
        client.out.wait_closed();
    }
    let nothing = run(&mut gateway.cli(&["sessions", "terminate", "-"]), "");
    assert_eq!(nothing.code, 0, "{nothing:?}");
    assert_eq!(gateway.run(&["sessions", "terminate"]).code, 2, "nobody is meant");
}

#[test]
fn only_administrators_give_orders_and_others_do_not_see_the_session() {
    let (_server, gateway) = house(&json!({}));
    gateway.apply(&json!([
        { "kind": "user", "name": "bob", "spec": { "password": PASSWORD } },
        { "kind": "user", "name": "eve", "spec": { "password": PASSWORD, "roles": ["auditor"] } },
    ]));
    let (ann, bob, eve) = (gateway.token("ann"), gateway.token("bob"), gateway.token("eve"));
    let shell = gateway.shell("box");
    let id = gateway.running();
    for verb in ["lock", "unlock", "terminate", "cancel", "extend"] {
        let order = |token: &str| {
            let body = json!({ "by_secs": 60 });
            let body = if verb == "extend" { body } else { json!({}) };
            gateway
                .ask_as(token, "POST", &format!("/v1/sessions/{id}:{verb}"), Some(&body))
                .answer()
        };
        let refused = order(&bob);
        assert_eq!(refused.status, 404, "{verb} by a stranger: {}", refused.text());
        let refused = order(&eve);
        assert_eq!(refused.status, 403, "{verb} by an auditor: {}", refused.text());
        if matches!(verb, "lock" | "unlock" | "terminate") {
            let refused = order(&ann);
            assert_eq!(refused.status, 403, "{verb} by the owner: {}", refused.text());
            assert_eq!(refused.header("content-type"), Some("application/problem+json"));
        }
        let mut words = vec!["sessions", verb, &id];
        if verb == "extend" {
            words.extend(["--by", "1m"]);
        }
        assert_eq!(run(&mut gateway.cli_as(&bob, &words), "").code, 5, "{verb}");
        assert_eq!(run(&mut gateway.cli_as(&eve, &words), "").code, 4, "{verb}");
    }
    for path in [
        "",
        "/stream",
        "/events",
        "/activity",
        "/player",
        "/export",
        "/timeline",
        "/files",
    ] {
        let refused = gateway
            .ask_as(&bob, "GET", &format!("/v1/sessions/{id}{path}"), None)
            .answer();
        assert_eq!(refused.status, 404, "{path}: {}", refused.text());
    }
    assert_eq!(gateway.session(&id)["state"], "active", "nothing was done");
    drop(shell);
}

/// How an order is given.
#[derive(Debug, Clone, Copy)]
enum Way {
    Api,
    CommandLine,
}

impl Way {
    /// Gives an order that must be carried out; `words` are fields of the API, and options of the command line.
    fn order(self, gateway: &Gateway, verb: &str, id: &str, words: &Value) {
        match self {
            Self::Api => {
                gateway.post(&format!("/v1/sessions/{id}:{verb}"), words).ok();
            }
            Self::CommandLine => {
                let fields = words.as_object().unwrap().iter();
                let options = fields.map(|(key, value)| match (key.as_str(), value) {
                    ("by_secs", seconds) => format!("--by={seconds}s"),
                    (key, value) => format!("--{key}={}", text(value)),
                });
                let options: Vec<_> = options.collect();
                let options = options.iter().map(String::as_str);
                let words: Vec<_> = ["sessions", verb, id, "--yes"]
                    .into_iter()
                    .chain(options)
                    .collect();
                gateway.print(&words);
            }
        }
    }
}

#[test]
fn every_order_does_the_same_by_the_api_and_by_the_command_line() {
    let (_server, gateway) = house(&json!({ "max_duration_secs": 3600 }));
    for way in [Way::Api, Way::CommandLine] {
        let mut shell = gateway.shell("box");
        let id = gateway.running();
        let told = |text: &str| {
            shell.out.wait_for(text);
        };
        way.order(
            &gateway,
            "lock",
            &id,
            &json!({ "title": "Pause", "message": "a moment" }),
        );
        told("*** session locked by admin: Pause: a moment ***");
        let locked = in_state(&gateway, &id, "locked");
        assert_eq!(locked["lock"]["message"], "a moment", "{way:?}: {locked:#}");
        let end = |session: &Value| text(&session["expires_at"]).parse::<jiff::Timestamp>().unwrap();
        way.order(&gateway, "extend", &id, &json!({ "by_secs": 600 }));
        let later = end(&gateway.session(&id)).duration_since(end(&locked));
        assert_eq!(later.as_secs(), 600, "{way:?}: also while it is locked");
        way.order(&gateway, "unlock", &id, &json!({}));
        told("*** session unlocked");
        in_state(&gateway, &id, "active");
        shell.say("echo goes-$((1))-on\n");
        shell.out.wait_for("goes-1-on");
        way.order(&gateway, "cancel", &id, &json!({ "reason": "go home" }));
        shell
            .out
            .wait_for("*** session is ending: an administrator ended the session: go home ***");
        shell.ended();
        let canceled = in_state(&gateway, &id, "canceled");
        assert_eq!(canceled["end_reason"], "admin_cancel", "{way:?}: {canceled:#}");

        let mut shell = gateway.shell("box");
        let id = gateway.running();
        way.order(&gateway, "terminate", &id, &json!({ "reason": "enough" }));
        shell
            .out
            .wait_for("an administrator terminated the session: enough");
        shell.ended();
        let terminated = in_state(&gateway, &id, "terminated");
        assert_eq!(
            (&terminated["end_reason"], &terminated["ended_by"]),
            (&json!("admin_terminate"), &json!("admin")),
            "{way:?}: {terminated:#}"
        );
    }
}

#[test]
fn all_orders_can_be_given_to_many_and_each_failure_is_told() {
    let (_server, gateway) = house(&json!({ "max_duration_secs": 3600 }));
    let mut clients: Vec<_> = (0..2)
        .map(|_| Program::start(gateway.ssh(&[], "box").arg("cat")))
        .collect();
    for client in &mut clients {
        client.say("here\n");
        client.out.wait_for("here");
    }
    let ids = gateway.active(2);
    let unknown = "01234567-89ab-7cde-8f01-23456789abcd";
    let three = [ids[0].as_str(), unknown, ids[1].as_str()];
    let ends = || -> Vec<jiff::Timestamp> {
        let ends = ids.iter().map(|id| text(&gateway.session(id)["expires_at"]));
        ends.map(|end| end.parse().unwrap()).collect()
    };
    let before = ends();
    for (verb, words, state) in [
        ("extend", json!({ "by_secs": 300 }), "active"),
        (
            "lock",
            json!({ "message": "all of you", "scope": "session" }),
            "locked",
        ),
        ("unlock", json!({}), "active"),
        ("lock", json!({ "scope": "user" }), "locked"),
        ("unlock", json!({ "scope": "user" }), "active"),
    ] {
        let mut body = words.clone();
        body["ids"] = json!(three);
        let outcome = gateway.post(&format!("/v1/sessions:{verb}"), &body).ok();
        let done: Vec<_> = outcome["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["ok"])
            .collect();
        // What covers a user was taken away with the first of the two sessions: the second one is not locked any more.
        if (verb, &words["scope"]) != ("unlock", &json!("user")) {
            assert_eq!(done, [true, false, true], "{verb}: {outcome:#}");
            assert_eq!(outcome["failed"], 1);
        }
        assert!(outcome["results"][1]["error"].is_string(), "{outcome:#}");
        for id in &ids {
            in_state(&gateway, id, state);
        }
    }
    let partly = gateway.run(&["sessions", "extend", three[0], three[1], three[2], "--by", "5m"]);
    assert!(partly.code == 8 && partly.err.contains(unknown), "{partly:?}");
    for (before, after) in before.iter().zip(ends()) {
        assert_eq!(after.duration_since(*before).as_secs(), 600);
    }
    let stale = gateway.run(&[
        "sessions",
        "extend",
        &ids[0],
        &ids[1],
        "--by",
        "5m",
        "--if-version",
        "1",
    ]);
    assert_eq!(stale.code, 2, "{stale:?}");

    // By what they are instead of by name: a resource, then a user.
    for filter in [["--resource", "box"], ["--user", "ann"]] {
        let order = |verb: &str| gateway.print(&["sessions", verb, filter[0], filter[1], "-o", "id"]);
        assert_eq!(order("lock").lines().count(), 2);
        assert_eq!(gateway.in_state("locked").len(), 2);
        assert_eq!(order("unlock").lines().count(), 2);
        assert_eq!(gateway.in_state("active").len(), 2);
    }
    let canceled = gateway.run(&[
        "sessions",
        "cancel",
        three[0],
        three[1],
        three[2],
        "--reason",
        "closing time",
    ]);
    assert!(
        canceled.code == 8 && canceled.out.lines().count() == 2,
        "{canceled:?}"
    );
    for client in &mut clients {
        client.ended();
    }
    for id in &ids {
        let session = in_state(&gateway, id, "canceled");
        assert_eq!(session["end_message"], "closing time");
    }
}
