//! Documents: what they show must be there.

use std::collections::BTreeSet;

use super::Finding;
use crate::{
    rooms,
    tree::{Source, Tree},
};

/// The list of requirements and how many there are.
const REQUIREMENTS: (&str, usize) = ("docs/requirements.md", 183);

/// Checks every document.
pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings: Vec<_> = tree.markdown().flat_map(|file| links(tree, file)).collect();
    match tree.file("ARCHITECTURE.md") {
        Some(file) if !file.text.contains(&rooms::table()) => {
            findings.push(Finding::of(
                &file.path,
                "shows another import table than `cargo xtask rooms` prints",
            ));
        }
        Some(file) => findings.extend(named_tests(tree, file)),
        None => findings.push(Finding::of("ARCHITECTURE.md", "is missing")),
    }
    match tree.file(REQUIREMENTS.0) {
        Some(file) => {
            findings.extend(rows(file));
            findings.extend(named_tests(tree, file));
        }
        None => findings.push(Finding::of(REQUIREMENTS.0, "is missing")),
    }
    findings
}

/// A link to a file of the repository leads to one.
fn links(tree: &Tree, file: &Source) -> Vec<Finding> {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut findings = Vec::new();
    for (text, number) in file.text.lines().zip(1..) {
        for part in text.split("](").skip(1) {
            let target = part.split([')', '#', ' ']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            if !tree.root.join(folder).join(target).exists() {
                findings.push(Finding::at(&file.path, number, format!("there is no `{target}`")));
            }
        }
    }
    findings
}

/// A test that a document names, as `crate: name_of_the_test` in backticks, is there.
fn named_tests(tree: &Tree, file: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (text, number) in file.text.lines().zip(1..) {
        // Every second piece stands between backticks.
        for quoted in text.split('`').skip(1).step_by(2) {
            let Some((room, name)) = quoted.split_once(": ") else {
                continue;
            };
            let known = room == "console" || rooms::find(room).is_some();
            if known && !is_there(tree, room, name) {
                findings.push(Finding::at(
                    &file.path,
                    number,
                    format!("there is no test `{quoted}`"),
                ));
            }
        }
    }
    findings
}

fn is_there(tree: &Tree, room: &str, name: &str) -> bool {
    let folder = match room {
        "console" | "xtask" => format!("{room}/"),
        _ => format!("crates/{room}/"),
    };
    let function = format!("fn {name}(");
    let mut files = tree.files.iter().filter(|file| file.path.starts_with(&folder));
    if room == "console" {
        // There a test's name is a sentence.
        return files.any(|file| file.text.contains(name));
    }
    files.any(|file| file.text.contains(&function))
}

/// Each requirement has one row.
fn rows(file: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    for (text, number) in file.text.lines().zip(1..) {
        let Some(row) = text.strip_prefix("| R") else {
            continue;
        };
        let cells: Vec<_> = row.trim_end_matches('|').split(" | ").map(str::trim).collect();
        let id = cells.first().and_then(|id| id.parse::<usize>().ok()).unwrap_or(0);
        if !(1..=REQUIREMENTS.1).contains(&id) || !seen.insert(id) {
            findings.push(Finding::at(&file.path, number, "no such row, or a second one"));
        }
        let check = cells.get(2).copied().unwrap_or_default();
        if cells.len() != 3 || !(check == "open" || check.contains('`')) {
            findings.push(Finding::at(
                &file.path,
                number,
                "says neither `open` nor which test or command shows it",
            ));
        }
    }
    if seen.len() < REQUIREMENTS.1 {
        findings.push(Finding::of(
            &file.path,
            format!("has {} of {} rows", seen.len(), REQUIREMENTS.1),
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_dead_link_is_found() {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let file = source(
            "a.md",
            "[here](Cargo.toml) [gone](gone.md) [far](https://example.org/gone)\n",
        );
        let tree = Tree {
            root,
            files: Vec::new(),
        };
        let found: Vec<_> = links(&tree, &file).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["a.md:1: there is no `gone.md`"]);
    }

    #[test]
    fn a_test_that_nobody_wrote_is_found() {
        let test = source(
            "crates/engine/tests/locks.rs",
            "async fn a_lock_holds_the_caller() {}\n",
        );
        let tree = Tree {
            root: PathBuf::new(),
            files: vec![test],
        };
        let file = source(
            "a.md",
            "`engine: a_lock_holds_the_caller` and `engine: nothing_at_all` and `a: b c`\n",
        );
        assert_eq!(named_tests(&tree, &file).len(), 1);
    }

    #[test]
    fn a_row_says_open_or_names_its_check() {
        let row = |id: usize, check: &str| format!("| R{id:03} | words | {check} |\n");
        let all: String = (1..=REQUIREMENTS.1).map(|id| row(id, "open")).collect();
        assert!(rows(&source("r.md", &all)).is_empty());
        assert_eq!(rows(&source("r.md", &all.replacen("open", "yes", 1))).len(), 1);
        assert_eq!(
            rows(&source("r.md", &format!("{all}{}", row(7, "open")))).len(),
            1
        );
        assert_eq!(rows(&source("r.md", &row(1, "`engine: a_rule`"))).len(), 1);
    }
}
