//! Compares what crates import with the table of [`crate::rooms`], and what the whole is made of with the list of banned crates.

use std::{collections::BTreeSet, path::Path, process::Command};

use anyhow::{Context, ensure};
use serde::Deserialize;

use super::Finding;
use crate::rooms::{self, ROOMS};

/// What the binary is built for; other systems may bring other crates.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// Second libraries for cryptography and TLS, as in `deny.toml`.
const BANNED: [&str; 4] = ["ring", "openssl-sys", "openssl", "native-tls"];

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Clone, Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Clone, Deserialize)]
struct Dependency {
    name: String,
    /// `dev`, `build`, or nothing for an ordinary one.
    kind: Option<String>,
}

/// Reads the manifests and checks them.
pub(crate) fn check(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let json = cargo(root, &["metadata", "--no-deps", "--format-version", "1"])?;
    let metadata: Metadata = serde_json::from_str(&json).context("cannot read cargo metadata")?;
    let mut findings = compare(&metadata.packages);
    // Metadata lists also what no feature asks for; the tree is what is built.
    let tree = [
        "tree",
        "--workspace",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--target",
        PLATFORM,
    ];
    findings.extend(banned(&cargo(root, &tree)?));
    Ok(findings)
}

fn cargo(root: &Path, words: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(words)
        .current_dir(root)
        .output()
        .context("cannot run cargo")?;
    ensure!(
        output.status.success(),
        "cargo {}: {}",
        words.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn banned(tree: &str) -> Vec<Finding> {
    let names: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let banned = BANNED.iter().filter(|name| names.contains(**name));
    banned
        .map(|name| Finding::of(name, "is banned (deny.toml says why)"))
        .collect()
}

fn compare(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let ours = |name: &str| packages.iter().any(|package| package.name == name);
    for package in packages {
        let Some(room) = rooms::find(&package.name) else {
            findings.push(Finding::of(
                &package.name,
                "is not in the import table (xtask/src/rooms.rs)",
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            let for_tests = dependency.kind.as_deref() == Some("dev");
            if ours(name) && !rooms::may_import(room, name, for_tests) {
                findings.push(Finding::of(&package.name, format!("may not import {name}")));
            }
            if room.pure && !for_tests && name.starts_with("tokio") {
                findings.push(Finding::of(
                    &package.name,
                    format!("is without I/O and may not import {name}"),
                ));
            }
        }
    }
    let gone = ROOMS.iter().filter(|room| !ours(room.name));
    findings
        .extend(gone.map(|room| Finding::of(room.name, "is in the import table and not in the workspace")));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Vec<Package> {
        ROOMS.iter().map(|room| package(room.name)).collect()
    }

    fn package(name: &str) -> Package {
        Package {
            name: name.to_owned(),
            dependencies: Vec::new(),
        }
    }

    fn with(package: &str, name: &str, kind: Option<&str>) -> Vec<String> {
        let mut packages = workspace();
        for one in packages.iter_mut().filter(|one| one.name == package) {
            one.dependencies.push(Dependency {
                name: name.to_owned(),
                kind: kind.map(str::to_owned),
            });
        }
        compare(&packages).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_the_table_allows_passes() {
        assert!(with("engine", "store", None).is_empty());
        assert!(with("gateway", "proto-ssh", None).is_empty());
        assert!(with("engine", "tokio", None).is_empty());
    }

    #[test]
    fn what_the_table_does_not_allow_is_found() {
        assert_eq!(with("api", "proto-ssh", None), ["api: may not import proto-ssh"]);
        assert_eq!(
            with("proto-ssh", "store", None),
            ["proto-ssh: may not import store"]
        );
        assert_eq!(
            with("engine", "gateway", None),
            ["engine: may not import gateway"]
        );
    }

    #[test]
    fn only_tests_import_the_testkit() {
        assert!(with("proto-ssh", "testkit", Some("dev")).is_empty());
        assert!(with("proto-ssh", "store", Some("dev")).is_empty());
        assert_eq!(
            with("proto-ssh", "proto-tcp", Some("dev")),
            ["proto-ssh: may not import proto-tcp"]
        );
        assert_eq!(
            with("proto-ssh", "testkit", None),
            ["proto-ssh: may not import testkit"]
        );
    }

    #[test]
    fn a_pure_crate_has_no_runtime() {
        assert_eq!(
            with("tape", "tokio", None),
            ["tape: is without I/O and may not import tokio"]
        );
        assert!(with("tape", "tokio", Some("dev")).is_empty());
    }

    #[test]
    fn a_second_cryptographic_library_is_found() {
        assert!(banned("gateway v0.1.0 (/a)\nstring-ring v1.0.0\n").is_empty());
        assert_eq!(
            banned("gateway v0.1.0 (/a)\nring v0.17.14\nring v0.17.14 (*)\n").len(),
            1
        );
    }

    #[test]
    fn a_crate_that_nobody_wrote_down_is_found() {
        let mut packages = workspace();
        packages.push(package("utils"));
        assert_eq!(compare(&packages).len(), 1);
    }
}
