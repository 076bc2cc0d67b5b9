//! Words that may not stand where they stand.

use super::Finding;
use crate::{
    rooms::{MIDDLE, PROTOCOLS},
    tree::{Line, Source, Tree},
};

/// Words that no Rust file may hold, and why. Written in two parts, so that this file does not hold them.
const NEVER: [(&[&str], &str); 6] = [
    (&["unbounded", "_channel"], "every queue is bounded"),
    (&["mpsc", "::channel()"], "every queue is bounded"),
    (&["#[", "ignore"], "a test that does not run protects nothing"),
    (&["to", "do!("], "what is not built is not there"),
    (&["un", "implemented!("], "what is not built is not there"),
    (&["db", "g!("], "left over from looking for a fault"),
];

/// Checks every file.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.rust() {
        findings.extend(never(file));
        findings.extend(runtime_in_wire(file));
        findings.extend(protocol_outside(file));
    }
    let home = std::env::var("HOME").unwrap_or_default();
    let places = own_places(&tree.root.to_string_lossy(), &home);
    for file in &tree.files {
        findings.extend(machine_paths(file, &places));
    }
    findings
}

/// What an ignored test says that is a process of its own, started by the test that needs it.
const STARTED: &str = "its parent starts it";

fn never(file: &Source) -> Vec<Finding> {
    let words: Vec<_> = NEVER.iter().map(|(parts, why)| (parts.concat(), *why)).collect();
    let lines = file
        .lines()
        .filter(|line| !line.is_comment && !line.text.contains(STARTED));
    let found = lines.flat_map(|line| {
        let here = words
            .iter()
            .filter(move |(word, _)| line.text.contains(word.as_str()));
        here.map(move |(word, why)| Finding::at(&file.path, line.number, format!("`{word}`: {why}")))
    });
    found.collect()
}

/// A protocol's wire format is read and written without I/O, so that it can be tested byte by byte.
fn runtime_in_wire(file: &Source) -> Vec<Finding> {
    if !file.path.contains("/src/wire/") {
        return Vec::new();
    }
    let found = file
        .lines()
        .filter(|line| !line.is_comment && holds_word(line.text, "tokio"));
    found
        .map(|line| Finding::at(&file.path, line.number, "tokio in a wire folder"))
        .collect()
}

/// A protocol is known in its own crate and in the gateway's list; elsewhere code speaks of media.
fn protocol_outside(file: &Source) -> Vec<Finding> {
    let Some((krate, _)) = file
        .path
        .strip_prefix("crates/")
        .and_then(|rest| rest.split_once('/'))
    else {
        return Vec::new();
    };
    let listed = file.path == "crates/gateway/src/protocols.rs" || krate == "testkit";
    let mut findings = Vec::new();
    for protocol in PROTOCOLS {
        let own = krate == format!("proto-{protocol}");
        let name = format!("proto_{protocol}");
        let id = format!("\"{protocol}\"");
        for line in file.lines().filter(|line: &Line<'_>| !line.is_comment) {
            if !own && !listed && holds_word(line.text, &name) {
                findings.push(Finding::at(
                    &file.path,
                    line.number,
                    format!("`{name}` outside its crate"),
                ));
            }
            if MIDDLE.contains(&krate) && !line.is_test && line.text.contains(&id) {
                let what = format!("{id}: {krate} knows media, never protocols");
                findings.push(Finding::at(&file.path, line.number, what));
            }
        }
    }
    findings
}

/// Gives the folders of this machine that no file may name: the checkout's, the one around it, and the home folder.
fn own_places(root: &str, home: &str) -> Vec<String> {
    let around = root.rsplit_once('/').map_or("", |(around, _)| around);
    let mut places: Vec<String> = [root, around, home]
        .iter()
        .map(|place| place.trim_end_matches('/').to_owned())
        .collect();
    // Places that everybody has say nothing about this machine.
    places.retain(|place| {
        place.len() > 1 && !["/tmp", "/src", "/home", "/usr/src", "/opt"].contains(&place.as_str())
    });
    places.sort();
    places.dedup();
    places
}

fn machine_paths(file: &Source, places: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (text, number) in file.text.lines().zip(1..) {
        for place in places {
            if names_folder(text, place) {
                findings.push(Finding::at(
                    &file.path,
                    number,
                    format!("names a folder of this machine ({place})"),
                ));
            }
        }
    }
    findings
}

/// Tells whether a text holds the path of a folder or of something in it, and not only the end of a longer path.
fn names_folder(text: &str, place: &str) -> bool {
    let with_slash = format!("{place}/");
    text.match_indices(&with_slash).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '~' | '}' | '*'))
    })
}

/// Tells whether a text holds a word that is not part of a longer one.
fn holds_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> Source {
        Source {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_forbidden_word_is_found_but_not_in_a_comment() {
        let word = ["mpsc::unbounded", "_channel()"].concat();
        assert_eq!(never(&file("a.rs", &format!("let (a, b) = {word};\n"))).len(), 1);
        assert!(never(&file("a.rs", &format!("// never {word}\n"))).is_empty());
    }

    #[test]
    fn a_wire_folder_knows_no_runtime() {
        let text = "use tokio::net::TcpStream;\n// tokio\n";
        assert_eq!(
            runtime_in_wire(&file("crates/proto-x/src/wire/frame.rs", text)).len(),
            1
        );
        assert!(runtime_in_wire(&file("crates/proto-x/src/caller.rs", text)).is_empty());
    }

    #[test]
    fn a_protocol_is_known_in_its_crate_and_the_list_only() {
        let text = "use proto_ssh::Ssh;\n";
        assert_eq!(protocol_outside(&file("crates/api/src/lib.rs", text)).len(), 1);
        assert!(protocol_outside(&file("crates/proto-ssh/tests/it.rs", text)).is_empty());
        assert!(protocol_outside(&file("crates/gateway/src/protocols.rs", text)).is_empty());
        assert_eq!(
            protocol_outside(&file("crates/gateway/src/serve.rs", text)).len(),
            1
        );
    }

    #[test]
    fn the_middle_does_not_ask_which_protocol_it_is() {
        let text = "if protocol == \"ssh\" {}\n";
        assert_eq!(protocol_outside(&file("crates/engine/src/run.rs", text)).len(), 1);
        assert!(protocol_outside(&file("crates/engine/src/run/tests.rs", text)).is_empty());
        assert!(protocol_outside(&file("crates/gateway/src/commands/demo.rs", text)).is_empty());
    }

    #[test]
    fn paths_of_the_machine_are_found() {
        let places = own_places("/srv/build/doorward", "/home/alice");
        assert_eq!(places, ["/home/alice", "/srv/build", "/srv/build/doorward"]);
        assert_eq!(
            machine_paths(&file("a.md", "see /srv/build/notes"), &places).len(),
            1
        );
        assert!(machine_paths(&file("a.md", "see https://example.org/srv/build/notes"), &places).is_empty());
        assert!(machine_paths(&file("a.md", "see /srv/builder/notes"), &places).is_empty());
    }
}
