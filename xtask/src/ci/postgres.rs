//! A PostgreSQL server for one step, and the tests that run on it a second time.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
};

use anyhow::Context;

/// Suites that have run on SQLite and keep the same rules on PostgreSQL, each with the tests that are meant (none: all). The store's
/// own tests and those of the whole program bring their servers along.
pub(crate) const SUITES: [(&str, &[&str]); 4] = [
    ("crates/engine/tests/it/main.rs", &[]),
    ("crates/proto-tcp/tests/conformance.rs", &[]),
    ("crates/proto-ssh/tests/it/main.rs", &["conformance"]),
    ("crates/api/tests/it/main.rs", &[]),
];

/// What tells the tests where the server is.
pub(crate) const VARIABLE: &str = "DOORWARD_TEST_POSTGRES";

/// Starts a server on a Unix socket. The shell ends it and removes its folder when its input ends, also when this program is killed.
const SCRIPT: &str = r#"
    set -e
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    "$0/initdb" -D "$dir/data" -A trust -U postgres -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
    "$0/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-k $dir -c listen_addresses= -c fsync=off -c full_page_writes=off \
        -c max_connections=300" start >/dev/null 2>&1 || { cat "$dir/log" >&2; exit 1; }
    echo "$dir"
    read -r _ || true
    "$0/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
"#;

/// A server that ends with this.
pub(crate) struct Server {
    shell: Child,
    input: Option<ChildStdin>,
    /// The address of its first database.
    pub(crate) url: String,
}

impl Server {
    /// Starts a server and waits until it is up.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let binaries = binaries().context("PostgreSQL is not installed")?;
        let root = Command::new("id").arg("-u").output()?.stdout == b"0\n";
        let mut command = Command::new(if root { "runuser" } else { "sh" });
        if root {
            command.args(["-u", "postgres", "--", "sh"]);
        }
        let mut shell = command
            .args(["-c", SCRIPT])
            .arg(binaries)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run a shell")?;
        let input = shell.stdin.take();
        let mut folder = String::new();
        if let Some(said) = shell.stdout.take() {
            BufReader::new(said).read_line(&mut folder)?;
        }
        let folder = folder.trim();
        let server = Self {
            shell,
            input,
            url: format!("postgres://postgres@localhost/postgres?host={folder}"),
        };
        anyhow::ensure!(!folder.is_empty(), "PostgreSQL did not start");
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.input = None;
        if let Err(error) = self.shell.wait() {
            println!("the PostgreSQL server was not waited for: {error}");
        }
    }
}

/// Finds the newest server that is installed.
fn binaries() -> Option<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut bins: Vec<_> = installed.map(|entry| entry.path().join("bin")).collect();
    bins.sort();
    let paths = std::env::var_os("PATH").unwrap_or_default();
    bins.extend(std::env::split_paths(&paths));
    bins.into_iter().rfind(|bin| bin.join("initdb").exists())
}

/// Finds the program of a suite in what `cargo test --no-run --message-format=json` prints.
pub(crate) fn program(messages: &str, source: &str) -> Option<PathBuf> {
    messages.lines().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let path = message.get("target")?.get("src_path")?.as_str()?;
        let program = message.get("executable")?.as_str()?;
        Path::new(path).ends_with(source).then(|| PathBuf::from(program))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_is_found_by_its_source() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"engine","src_path":"/h/crates/engine/src/lib.rs"},"executable":null}
            {"reason":"compiler-artifact","target":{"name":"it","src_path":"/h/crates/api/tests/it/main.rs"},"executable":"/t/it-1"}
            {"reason":"compiler-artifact","target":{"name":"it","src_path":"/h/crates/engine/tests/it/main.rs"},"executable":"/t/it-2"}
            {"reason":"build-finished","success":true}"#;
        let found = |source| program(messages, source).map(|path| path.display().to_string());
        assert_eq!(
            found("crates/engine/tests/it/main.rs").as_deref(),
            Some("/t/it-2")
        );
        assert_eq!(found("crates/engine/src/lib.rs"), None);
        assert_eq!(found("crates/vault/tests/it/main.rs"), None);
    }
}
