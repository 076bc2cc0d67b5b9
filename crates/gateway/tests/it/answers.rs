//! The command line as scripts and fingers know it: exit codes, errors, names, help.

use std::process::Command;

use crate::{
    gateway::DOORWARD,
    house::{Office, json_of},
    program::run,
    sshd::free_port,
};

#[test]
fn every_failure_has_its_exit_code() {
    let office = Office::open();
    let (gateway, id) = (&office.gateway, office.running.as_str());
    let code = |token: &str, words: &[&str]| run(&mut gateway.cli_as(token, words), "").code;
    let admin = gateway.admin.as_str();
    let ann = gateway.token("ann");
    assert_eq!(code(admin, &["sessions", "show", id]), 0);
    assert_eq!(code(admin, &["sessions", "frobnicate"]), 2);
    assert_eq!(code(admin, &["sessions", "show"]), 2);
    assert_eq!(code("", &["sessions", "list"]), 3);
    assert_eq!(code("dwt_00000000_wrong", &["sessions", "list"]), 3);
    let signed_out = run(
        gateway.cli(&["sessions", "list"]).env_remove("DOORWARD_TOKEN"),
        "",
    );
    assert_eq!(signed_out.code, 3, "{signed_out:?}");
    assert_eq!(code(&ann, &["get", "users"]), 4);
    assert_eq!(code(&ann, &["sessions", "terminate", id]), 4);
    assert_eq!(
        code(
            admin,
            &["sessions", "show", "01234567-89ab-7cde-8f01-23456789abcd"]
        ),
        5
    );
    assert_eq!(code(admin, &["get", "users", "nobody"]), 5);
    assert_eq!(code(admin, &["sessions", "unlock", id]), 6, "it is not locked");
    assert_eq!(
        code(admin, &["delete", "secret", "key"]),
        6,
        "an account names it"
    );
    let mut nobody = gateway.cli(&["sessions", "list"]);
    nobody.env("DOORWARD_ADDR", format!("http://127.0.0.1:{}", free_port()));
    let unreached = run(&mut nobody, "");
    assert_eq!(unreached.code, 10, "{unreached:?}");

    // Every error of the API is a problem document.
    let bearer = format!("Bearer {}", gateway.admin);
    let raw = |method: &str, path: &str, kind: &str, body: &str| {
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", kind)];
        crate::http::send_raw(&gateway.http, method, path, &headers, body).answer()
    };
    for (method, path, kind, body, status) in [
        ("POST", "/v1/apply", "application/json", "{\"documents\": [", 400),
        ("POST", "/v1/apply", "application/json", "{\"documents\": 3}", 422),
        ("POST", "/v1/apply", "text/plain", "{}", 415),
        ("POST", "/v1/tokens", "application/json", "{\"nme\": \"x\"}", 422),
        ("POST", "/v1/login", "application/json", "[]", 422),
        ("POST", "/v1/sessions:lock", "application/json", "{}", 422),
        ("POST", "/v1/sessions:dance", "application/json", "{}", 404),
        ("GET", "/v1/nowhere", "text/plain", "", 404),
        ("GET", "/v1/sessions/not-an-id", "text/plain", "", 404),
        ("GET", "/v1/sessions?limit=abc", "text/plain", "", 422),
        ("DELETE", "/v1/tokens/not-an-id", "text/plain", "", 404),
        ("PATCH", "/v1/sessions", "text/plain", "", 405),
    ] {
        let refused = raw(method, path, kind, body);
        assert_eq!(
            refused.status,
            status,
            "{method} {path} {body}: {}",
            refused.text()
        );
        assert_eq!(
            refused.header("content-type"),
            Some("application/problem+json"),
            "{method} {path} {body}: {}",
            refused.text()
        );
        assert_eq!(refused.json()["status"], status);
    }

    // With -o json an error is an object on standard error.
    let refused = gateway.run(&[
        "sessions",
        "show",
        "01234567-89ab-7cde-8f01-23456789abcd",
        "-o",
        "json",
    ]);
    let problem = json_of(refused.err.trim());
    for key in ["type", "title", "status", "detail", "code", "hint", "request_id"] {
        assert!(problem.get(key).is_some(), "no `{key}`: {problem:#}");
    }
    assert_eq!(refused.out, "");
}

#[test]
fn a_session_is_named_by_a_unique_beginning_of_its_id_and_by_old_habits() {
    let office = Office::open();
    let (gateway, id) = (&office.gateway, office.running.as_str());
    let all: Vec<_> = gateway
        .print(&["sessions", "list", "--all", "-o", "id"])
        .lines()
        .map(str::to_owned)
        .collect();
    let unique = (8..36)
        .find(|len| all.iter().filter(|other| other[..*len] == id[..*len]).count() == 1)
        .expect("ids differ");
    let shown = gateway.print(&["sessions", "show", &id[..unique], "-o", "id"]);
    assert_eq!(shown.trim(), id);
    for words in [
        vec!["sessions", "get", id],
        vec!["sessions", "read", "-id", id],
        vec!["session", "describe", id],
        vec!["sess", "inspect", "--id", id],
        vec!["sessions", "show", id, "--json"],
    ] {
        let shown = gateway.run(&words);
        assert!(shown.code == 0 && shown.out.contains(id), "{words:?}: {shown:?}");
    }
    // The first characters are a time: sessions of the same minute share them.
    let several = gateway.run(&["sessions", "show", &id[..8]]);
    assert!(
        several.code == 2 && several.err.contains("more than one"),
        "{several:?}"
    );
    assert_eq!(
        gateway.run(&["sessions", "show", &id[..7]]).code,
        5,
        "too short to mean one"
    );
    let printed = gateway.print(&["ssh", "box", "--print"]);
    assert!(
        printed.starts_with("ssh -p ") && printed.contains("-l admin:box 127.0.0.1"),
        "{printed}"
    );
    for shell in ["bash", "zsh", "fish"] {
        assert!(gateway.print(&["completion", shell]).contains("doorward"));
    }
}

#[test]
fn help_and_version_need_no_gateway() {
    for words in [
        &["--help"][..],
        &["sessions", "--help"],
        &["sessions", "list", "--help"],
        &["serve", "--help"],
        &["--version"],
    ] {
        let shown = run(Command::new(DOORWARD).args(words), "");
        assert!(
            shown.code == 0 && shown.out.contains("doorward") || shown.out.contains("Usage"),
            "{words:?}: {shown:?}"
        );
        assert!(
            !shown.out.contains("list-sra-sessions"),
            "habits of elsewhere stay out of the help: {shown:?}"
        );
    }
}
