//! Lists of sessions: forms, filters, pages, and the list that scripts for another product expect.

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, text},
    house::{Office, json_of},
    program::run,
    sshd::Sshd,
};

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
    // Columns by title, by key and by path, in the order in which they were named, and no others.
    assert_eq!(
        list(&["--fields", "state,client ip,USER,resource", "-o", "csv"]),
        "status,client_ip,user,target,type\r\nactive,127.0.0.1,ann,box,ssh\r\n"
    );
    assert_eq!(
        list(&["--fields", "user.name,profile"]),
        "USER  PROFILE\nann   usual\n"
    );
    let unknown = gateway.run(&["sessions", "list", "--fields", "colour"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(
        unknown.err.contains("`colour`") && unknown.err.contains("client_ip"),
        "{unknown:?}"
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
fn recordings_ls_lists_what_has_a_recording_ended_or_not() {
    let office = Office::open();
    let ids = |words: &[&str]| {
        let out = office.gateway.print(&[words, &["-o", "id"]].concat());
        let mut ids: Vec<_> = out.lines().map(str::to_owned).collect();
        ids.sort();
        ids
    };
    let recorded = ids(&["sessions", "list", "--all", "--has-recording"]);
    assert!(recorded.len() >= 3, "{recorded:?}");
    assert_eq!(ids(&["recordings", "ls"]), recorded);
    assert_eq!(
        ids(&["recordings", "ls", "--status", "active", "--from-utc", "2h"]),
        ids(&["sessions", "ls", "--has-recording"])
    );
    assert_eq!(ids(&["recordings", "ls", "--to-utc", "2020-01-01"]), [""; 0]);
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
