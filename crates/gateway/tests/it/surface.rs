//! The command line and the API as scripts and fingers know them: forms, exit codes, lists, errors.

use std::process::Command;

use serde_json::{Value, json};

use crate::{
    gateway::{DOORWARD, Gateway, text},
    program::{Program, run},
    sshd::{Sshd, free_port},
};

/// A gateway with a few sessions: three that are over, and one that runs.
struct Office {
    gateway: Gateway,
    _server: Sshd,
    _running: Program,
    running: String,
}

impl Office {
    fn open() -> Self {
        let server = Sshd::start();
        let gateway = Gateway::start();
        gateway.furnish(&server, &json!({}));
        for number in 0..3 {
            let said = run(
                gateway
                    .ssh(&[], "box")
                    .arg(format!("echo {number}; exit {number}")),
                "",
            );
            assert_eq!(said.code, number, "{said:?}");
        }
        // What is over for the client may not be for the gateway yet.
        for row in gateway.sessions("status=all") {
            gateway.ended(&text(&row["session_id"]));
        }
        let program = Program::start(gateway.ssh(&[], "box").arg("cat"));
        let running = gateway.running();
        Self {
            gateway,
            _server: server,
            _running: program,
            running,
        }
    }
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_list_is_written_in_every_form() {
    let office = Office::open();
    let (gateway, id) = (&office.gateway, &office.running);
    let list = |words: &[&str]| gateway.print(&[&["sessions", "list"], words].concat());

    // What runs, unless more is asked for.
    assert_eq!(list(&["-o", "id"]), format!("{id}\n"));
    assert_eq!(list(&["--all", "-o", "id"]).lines().count(), 4);
    let whole = json_of(&list(&["-o", "json"]));
    for key in [
        "sessions",
        "next_cursor",
        "total",
        "total_is_capped",
        "visible_gateways",
        "as_of",
    ] {
        assert!(whole.get(key).is_some(), "no `{key}`: {whole:#}");
    }
    let session = &whole["sessions"][0];
    for key in [
        "session_id",
        "id",
        "state",
        "end_reason",
        "failure_stage",
        "user",
        "account",
        "resource",
        "access_rule",
        "activity",
        "gateway",
        "client_interface",
        "client_ip",
        "secret_name",
        "verb",
        "created_at",
        "started_at",
        "first_logon_at",
        "expires_at",
        "ended_at",
        "duration_ms",
        "bytes_up",
        "bytes_down",
        "login_via",
        "lock",
        "hold",
        "review",
        "recording",
        "connections",
        "error",
        "ticket",
        "correlation_id",
        "rerun_of",
        "risk",
        "authorized_actions",
    ] {
        assert!(session.get(key).is_some(), "no `{key}`: {session:#}");
    }
    assert_eq!(
        (&session["user"]["name"], &session["resource"]["name"]),
        (&json!("ann"), &json!("box"))
    );
    assert_eq!(json_of(&list(&["--json"]))["sessions"][0]["id"], session["id"]);
    let lines = list(&["--all", "-o", "jsonl"]);
    assert_eq!(
        lines
            .lines()
            .map(json_of)
            .filter(|row| row["session_id"].is_string())
            .count(),
        4,
        "{lines}"
    );
    let yaml = list(&["-o", "yaml"]);
    let yaml: Value = serde_saphyr::from_str(&yaml).unwrap_or_else(|error| panic!("{error}: {yaml}"));
    assert_eq!(yaml["sessions"][0]["session_id"], session["session_id"]);
    let csv = list(&["-o", "csv"]);
    assert!(
        csv.starts_with("id,user,target,type,status,started,duration,client_ip,"),
        "{csv}"
    );
    assert!(
        csv.ends_with("\r\n") && csv.contains(&format!("{id},ann,box,ssh,active,")),
        "{csv}"
    );
    let table = list(&["-o", "table"]);
    let head: Vec<_> = table
        .lines()
        .next()
        .unwrap()
        .split("  ")
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect();
    assert_eq!(
        head,
        [
            "ID",
            "USER",
            "TARGET",
            "TYPE",
            "STATUS",
            "STARTED",
            "DURATION",
            "CLIENT IP"
        ]
    );
    assert!(table.contains(id.as_str()), "ids are never cut: {table}");
    assert!(
        list(&["-o", "wide"])
            .lines()
            .next()
            .unwrap()
            .contains("END REASON")
    );
    assert_eq!(
        list(&["--fields", "state", "-o", "jsonl"]).trim(),
        format!("{{\"session_id\":\"{id}\",\"state\":\"active\"}}")
    );
    let by_environment = run(gateway.cli(&["sessions", "ls"]).env("DOORWARD_FORMAT", "id"), "");
    assert_eq!(by_environment.out, format!("{id}\n"));
    let utc = gateway.print(&["sessions", "list", "--utc"]);
    assert!(utc.contains(&text(&session["started_at"])[..10]), "{utc}");

    // Nothing found is a success.
    let none = gateway.run(&["sessions", "list", "--user", "nobody-of-that-name"]);
    assert_eq!((none.code, none.out.as_str()), (0, ""), "{none:?}");
    assert!(none.err.contains("No sessions found"), "{none:?}");
    let none = gateway.print(&["sessions", "list", "--user", "nobody-of-that-name", "-o", "json"]);
    assert_eq!(json_of(&none)["sessions"], json!([]));
}

#[test]
fn filters_narrow_and_an_unknown_word_is_an_error_that_names_the_known_ones() {
    let office = Office::open();
    let gateway = &office.gateway;
    let count = |words: &[&str]| {
        gateway
            .print(&[&["sessions", "list", "-o", "id"], words].concat())
            .lines()
            .count()
    };
    assert_eq!(count(&["--status", "completed"]), 3);
    assert_eq!(
        count(&["--status", "COMPLETED,active"]),
        4,
        "enums are read in any case"
    );
    assert_eq!(count(&["-s", "completed", "-s", "terminated"]), 3);
    assert_eq!(count(&["--status-type", "connected"]), 1);
    assert_eq!(
        count(&["--all", "--user", "ann", "--target", "box", "--type", "ssh"]),
        4
    );
    assert_eq!(count(&["--all", "--user", "bob"]), 0);
    assert_eq!(count(&["--all", "--client-ip", "127.0.0.0/8"]), 4);
    assert_eq!(count(&["--all", "--client-ip", "10.0.0.0/8"]), 0);
    assert_eq!(count(&["--all", "--last", "1h"]), 4);
    assert_eq!(count(&["--all", "--until", "now-1h"]), 0);
    assert_eq!(count(&["--all", "--since", "yesterday", "--has-recording"]), 4);
    assert_eq!(
        count(&["--all", "--end-reason", "user_disconnect,target_closed"]),
        3
    );
    assert_eq!(count(&["--locked"]), 0);
    assert_eq!(count(&["--search", "box"]), 4);
    for (words, known) in [
        (["--status", "sleeping"], "awaiting_approval"),
        (["--end-reason", "boredom"], "idle_timeout"),
        (["--client-interface", "fax"], "web_cli"),
        (["--sort", "colour"], "started_at"),
        (["--since", "someday"], "RFC 3339"),
        (["--client-ip", "here"], "address"),
        (["--count", "many"], "exact"),
        (["--limit", "0"], "1000"),
        (["--cursor", "nonsense"], "cursor"),
        (["-o", "xml"], "jsonl"),
    ] {
        let refused = gateway.run(&[&["sessions", "list"], &words[..]].concat());
        assert!(
            refused.code == 2 && refused.err.contains(known),
            "{words:?}: {refused:?}"
        );
        assert_eq!(refused.out, "");
    }
    let refused = gateway.ask("GET", "/v1/sessions?stauts=active", None).answer();
    assert_eq!(
        refused.status,
        422,
        "a misspelt filter does not widen a list: {}",
        refused.text()
    );
}

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
fn list_sra_sessions_has_its_own_defaults_and_shape() {
    let office = Office::open();
    let (gateway, id) = (&office.gateway, &office.running);
    let list = |words: &[&str]| json_of(&gateway.print(&[&["list-sra-sessions"], words].concat()));
    let running = list(&[]);
    assert_eq!(running["next_page"], "");
    assert_eq!(
        running["allowed_gateways"],
        json!([{ "cluster_name": "test", "cluster_display_name": "test" }])
    );
    let sessions = running["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 1, "{running:#}");
    for key in [
        "session_id",
        "status",
        "client_type",
        "user_identifier",
        "target_type",
        "secret_name",
        "start_time",
        "end_time",
        "ttl",
        "error_msg",
    ] {
        assert!(sessions[0].get(key).is_some(), "no `{key}`: {running:#}");
    }
    assert_eq!(
        (&sessions[0]["session_id"], &sessions[0]["status"]),
        (&json!(id), &json!("connected"))
    );
    assert_eq!(sessions[0]["user_identifier"], "ann");
    let over = list(&[
        "--status-type",
        "completed",
        "--status-type",
        "terminated",
        "--resource-type",
        "ssh",
    ]);
    assert_eq!(over["sessions"].as_array().unwrap().len(), 3, "{over:#}");
    let refused = gateway.run(&["list-sra-sessions", "--status-type", "sleeping"]);
    assert!(
        refused.code == 2
            && refused
                .err
                .contains("connecting, connected, failed, completed, terminated"),
        "{refused:?}"
    );
    let own = json_of(
        &run(
            &mut gateway.cli_as(&gateway.token("ann"), &["list-sra-sessions"]),
            "",
        )
        .out,
    );
    assert!(
        own.get("allowed_gateways").is_none(),
        "of one's own alone: {own:#}"
    );
}

#[test]
fn pages_follow_each_other_without_a_gap_or_a_repetition() {
    let server = Sshd::start();
    let gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    let mut ids: Vec<String> = Vec::new();
    for _ in 0..7 {
        assert_eq!(run(gateway.ssh(&[], "box").arg("true"), "").code, 0);
    }
    for sort in ["started_at:desc", "started_at:asc", "duration:desc", "user:asc"] {
        let (mut found, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
        loop {
            let mut words = vec![
                "sessions", "list", "--all", "--limit", "3", "--sort", sort, "-o", "json",
            ];
            if let Some(cursor) = &cursor {
                words.extend(["--cursor", cursor]);
            }
            let page = json_of(&gateway.print(&words));
            found.extend(
                page["sessions"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|row| text(&row["session_id"])),
            );
            pages += 1;
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => break,
            }
        }
        assert_eq!((pages, found.len()), (3, 7), "{sort}");
        let mut sorted = found.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), 7, "{sort}: {found:?}");
        if ids.is_empty() {
            ids.clone_from(&sorted);
        }
        assert_eq!(sorted, ids);
        if sort == "started_at:asc" {
            assert_eq!(found, sorted, "ids grow with time");
        }
    }
    // A cursor belongs to its query.
    let page = json_of(&gateway.print(&["sessions", "list", "--all", "--limit", "3", "-o", "json"]));
    let cursor = text(&page["next_cursor"]);
    let other = gateway.run(&[
        "sessions", "list", "--all", "--sort", "user:asc", "--cursor", &cursor,
    ]);
    assert_eq!(other.code, 2, "{other:?}");
    let counted = json_of(&gateway.print(&[
        "sessions", "list", "--all", "--limit", "2", "--count", "exact", "-o", "json",
    ]));
    assert_eq!(counted["total"], 7);
}

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
    for form in ["asciicast", "asciicast2", "txt", "json", "csv", "tape"] {
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

#[test]
fn documents_are_applied_whole_or_not_at_all_and_twice_is_once() {
    let gateway = Gateway::start();
    let folder = gateway.folder();
    let file = folder.join("all.yaml");
    let documents = "\
kind: user\nname: carl\nspec:\n  display_name: Carl\n  password: a-long-password\n---\n\
kind: group\nname: operators\nspec:\n  members: [carl]\n---\n\
kind: resource\nname: mill\nspec:\n  type: ssh\n  host: mill.example\n  labels: {env: prod}\n---\n\
kind: secret\nname: mill-password\nspec:\n  value: the-mill-turns\n---\n\
kind: account\nname: miller\nspec:\n  resources: {names: [mill]}\n  secret: mill-password\n---\n\
kind: profile\nname: short\nspec:\n  max_duration_secs: 600\n---\n\
kind: access_rule\nname: mill\nspec:\n  groups: [operators]\n  resources: {labels: {env: prod}}\n  accounts: [miller]\n  profile: short\n";
    std::fs::write(&file, documents).unwrap();
    let apply = |words: &[&str], input: &str| {
        let path = if input.is_empty() {
            file.to_str().unwrap()
        } else {
            "-"
        };
        run(gateway.cli(&["apply", "-f", path]).args(words), input)
    };
    let actions = |outcome: &crate::program::Outcome| -> Vec<String> {
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let results = json_of(&outcome.out)["results"].clone();
        results
            .as_array()
            .unwrap()
            .iter()
            .map(|result| text(&result["action"]))
            .collect()
    };
    let tried = apply(&["--dry-run"], "");
    assert!(
        tried.code == 0 && tried.out.contains("resource/mill would be created"),
        "{tried:?}"
    );
    assert!(
        tried.out.contains("+ ") && tried.out.contains("mill.example"),
        "it says what: {tried:?}"
    );
    assert_eq!(
        gateway.run(&["get", "resources", "mill"]).code,
        5,
        "nothing was done"
    );
    assert_eq!(actions(&apply(&["-o", "json"], "")), ["created"; 7]);
    assert_eq!(
        actions(&apply(&["-o", "json"], "")),
        ["unchanged"; 7],
        "also the password and the secret"
    );
    let changed = documents.replace("max_duration_secs: 600", "max_duration_secs: 900");
    let tried = apply(&["--dry-run"], &changed);
    assert!(tried.out.contains("profile/short would be changed"), "{tried:?}");
    assert!(
        tried.out.contains("- max_duration_secs: 600") && tried.out.contains("+ max_duration_secs: 900"),
        "{tried:?}"
    );
    assert!(
        !tried.out.contains("the-mill-turns") && !tried.out.contains("a-long-password"),
        "{tried:?}"
    );
    assert_eq!(
        gateway.get("/v1/objects/profile/short")["spec"]["max_duration_secs"],
        600
    );

    // One that is wrong: none is applied. The error names the place.
    let wrong = "kind: resource\nname: kiln\nspec: {type: ssh, host: kiln.example}\n---\nkind: profile\nname: bad\nspec: {max_duration: 3}\n";
    let refused = apply(&[], wrong);
    assert!(
        refused.code == 2 && refused.err.contains("profile/bad") && refused.err.contains("max_duration"),
        "{refused:?}"
    );
    assert_eq!(gateway.run(&["get", "resource", "kiln"]).code, 5);
    let dangling = "kind: account\nname: lost\nspec: {secret: no-such-secret}\n";
    let refused = apply(&[], dangling);
    assert!(
        refused.code == 2 && refused.err.contains("no-such-secret"),
        "{refused:?}"
    );
    for (document, named) in [
        ("kind: resource\nname: 'a b'\nspec: {type: ssh, host: x}\n", "a b"),
        (
            "kind: resource\nname: gopher\nspec: {type: gopher, host: x}\n",
            "gopher",
        ),
        ("kind: user\nname: u\nspec: {password: short}\n", "password"),
        ("kind: user\nname: u\nspec: {ssh_keys: [nonsense]}\n", "user/u"),
        (
            "kind: secret\nname: s\nspec: {form: private_key, value: nonsense}\n",
            "secret/s",
        ),
        ("kind: castle\nname: s\nspec: {}\n", "castle"),
        ("kind: [unclosed\n", "valid"),
        ("", "-"),
    ] {
        let refused = apply(&[], if document.is_empty() { "\n" } else { document });
        assert!(
            refused.code == 2 && refused.err.contains(named),
            "{document}: {refused:?}"
        );
    }

    // What is read can be applied again, and holds no secret.
    for (kind, name) in [
        ("resources", "mill"),
        ("users", "carl"),
        ("access-rules", "mill"),
        ("secret", "mill-password"),
    ] {
        let document = gateway.print(&["get", kind, name]);
        assert!(
            !document.contains("the-mill-turns") && !document.contains("argon2"),
            "{document}"
        );
        assert_eq!(
            actions(&apply(&["-o", "json"], &document)),
            ["unchanged"],
            "{document}"
        );
    }
    let listed = gateway.print(&["get", "accounts", "-o", "id"]);
    assert_eq!(listed.trim(), "miller");
    assert_eq!(gateway.run(&["get", "castles"]).code, 2);

    // What others name stays; what nobody names goes.
    for (kind, name) in [
        ("secret", "mill-password"),
        ("account", "miller"),
        ("profile", "short"),
        ("group", "operators"),
    ] {
        let refused = gateway.run(&["delete", kind, name, "-y"]);
        assert!(
            refused.code == 6 && refused.err.contains(name),
            "{kind}/{name}: {refused:?}"
        );
    }
    for (kind, name) in [
        ("access_rule", "mill"),
        ("account", "miller"),
        ("secret", "mill-password"),
        ("profile", "short"),
    ] {
        assert_eq!(
            gateway.run(&["delete", kind, name, "-y"]).code,
            0,
            "{kind}/{name}"
        );
        assert_eq!(
            gateway.run(&["delete", kind, name, "-y"]).code,
            5,
            "{kind}/{name}"
        );
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
