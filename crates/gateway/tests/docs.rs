//! What the documents show is tried: settings against `--help`, examples against a running demo.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

const DOORWARD: &str = env!("CARGO_BIN_EXE_doorward");

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Gives the fenced blocks of a document that stand behind a mark.
fn blocks(text: &str, mark: &str) -> Vec<String> {
    let mark = format!("<!-- {mark} -->");
    let behind = text.split(mark.as_str()).skip(1);
    let fenced = behind.map(|rest| rest.split("```").nth(1).expect("a fenced block behind the mark"));
    fenced
        .map(|block| {
            block
                .split_once('\n')
                .expect("the language, then lines")
                .1
                .to_owned()
        })
        .collect()
}

/// A demo that runs for as long as this lives.
struct Demo {
    child: Child,
    dir: tempfile::TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Demo {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ready = dir.path().join("ready.json");
        let mut child = Command::new(DOORWARD)
            .args(["demo", "--no-databases", "--data"])
            .arg(dir.path().join("data"))
            .arg("--ready-file")
            .arg(&ready)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // The demo prints once everything is up.
        let last = lines.map(Result::unwrap).find(|line| line.contains("Ctrl-C"));
        assert!(last.is_some(), "the demo ended before it was up");
        let ready: serde_json::Value = serde_json::from_slice(&std::fs::read(ready).unwrap()).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let folder = Path::new(DOORWARD).parent().unwrap().to_owned();
        let paths = std::env::var_os("PATH").unwrap();
        let paths: Vec<PathBuf> = std::iter::once(folder)
            .chain(std::env::split_paths(&paths))
            .collect();
        let environment = vec![
            (
                "PATH",
                std::env::join_paths(paths).unwrap().into_string().unwrap(),
            ),
            ("DOORWARD_ADDR", text(&ready["console_url"])),
            ("DOORWARD_TOKEN", text(&ready["users"][0]["token"])),
        ];
        Self {
            child,
            dir,
            environment,
        }
    }

    fn run(&self, command: &str) -> Output {
        let mut shell = Command::new("bash");
        shell
            .args(["-c", command])
            .current_dir(self.dir.path())
            .envs(self.environment.clone());
        shell.stdin(Stdio::null()).output().unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

/// A command of a console block, what it should print, and with which code it should end.
#[derive(Debug, Default)]
struct Example {
    command: String,
    printed: Vec<String>,
    code: i32,
}

fn examples(block: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            examples.push(Example {
                command: command.to_owned(),
                ..Example::default()
            });
            continue;
        }
        let example = examples.last_mut().expect("a command first");
        let code = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']')?.parse().ok());
        match code {
            Some(code) => example.code = code,
            None => example.printed.push(line.to_owned()),
        }
    }
    examples
}

/// Compares a line; `…` at its end stands for anything.
fn agrees(shown: &str, printed: &str) -> bool {
    shown
        .strip_suffix('…')
        .map_or(shown == printed, |start| printed.starts_with(start))
}

#[test]
fn every_setting_is_documented_and_exists() {
    let help = Command::new(DOORWARD).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let own = help.split("Client options:").next().unwrap();
    let mut real = BTreeMap::new();
    let mut option = String::new();
    for line in own.lines().map(str::trim) {
        if let Some(at) = line.find("--").filter(|at| line.starts_with('-') && *at <= 4) {
            option = line[at..].split([' ', '[', '=']).next().unwrap().to_owned();
        } else if let Some(variable) = line.strip_prefix("[env: ") {
            let variable = variable.split(['=', ']']).next().unwrap();
            real.insert(option.clone(), variable.to_owned());
        }
    }
    let text = document("docs/operating.md");
    let table = text
        .split("<!-- settings: doorward serve -->\n")
        .nth(1)
        .expect("the table of settings");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let written: BTreeMap<String, String> = rows
        .map(|row| {
            let cells: Vec<_> = row
                .split('|')
                .map(|cell| cell.trim().trim_matches('`').to_owned())
                .collect();
            (cells[1].clone(), cells[2].clone())
        })
        .collect();
    assert!(real.len() > 10, "{real:?}");
    assert_eq!(written, real);
}

#[test]
fn the_switch_for_downloads_is_documented() {
    let text = document("docs/operating.md");
    let row = text
        .lines()
        .find(|line| line.starts_with("| `DISABLE_SESSIONS_DOWNLOAD`"));
    let row = row.expect("a row for the switch");
    assert!(
        row.contains("`true`") && row.contains("Off unless set") && row.contains("403"),
        "{row}"
    );
}

#[test]
fn every_example_prints_what_it_shows() {
    let demo = Demo::start();
    let mut tried = 0;
    for name in ["docs/cli.md", "docs/api.md"] {
        for example in blocks(&document(name), "checked: demo")
            .iter()
            .flat_map(|block| examples(block))
        {
            let output = demo.run(&format!("{{ {}\n}} 2>&1", example.command));
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            let lines: Vec<_> = printed.lines().collect();
            let same = lines.len() == example.printed.len()
                && example
                    .printed
                    .iter()
                    .zip(&lines)
                    .all(|(shown, printed)| agrees(shown, printed));
            let code = output.status.code();
            assert!(
                same && code == Some(example.code),
                "{name}: {example:?}\nprinted, with {code:?}:\n{printed}"
            );
            tried += 1;
        }
    }
    assert!(tried >= 5, "only {tried} examples");
}

#[test]
fn the_example_objects_can_be_applied_twice_and_read_back() {
    let demo = Demo::start();
    let block = blocks(&document("docs/objects.md"), "checked: apply")
        .pop()
        .expect("an example");
    std::fs::write(demo.dir.path().join("objects.yaml"), &block).unwrap();
    let run = |command: &str| {
        let output = demo.run(command);
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.status.success(), "{command}: {text}");
        text
    };
    run("doorward apply -f objects.yaml --dry-run");
    let before = run("doorward get resources -o id");
    assert!(
        !before.contains("web1"),
        "a dry run must not change anything: {before}"
    );
    run("doorward apply -f objects.yaml");
    assert!(
        run("doorward get resources -o id")
            .lines()
            .any(|name| name == "web1")
    );
    let version = |text: String| {
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["version"]
            .as_i64()
            .unwrap()
    };
    let first = version(run("doorward get resource web1 -o json"));
    run("doorward apply -f objects.yaml");
    assert_eq!(
        version(run("doorward get resource web1 -o json")),
        first,
        "applying again changes nothing"
    );
    // What `get` shows is a document that can be applied.
    run("doorward get resource web1 > web1.yaml && doorward apply -f web1.yaml");
    assert_eq!(version(run("doorward get resource web1 -o json")), first);
    // Secrets go in and never come out.
    for command in [
        "doorward get secret web-root-key -o json",
        "doorward get user alice -o json",
    ] {
        let shown = run(command);
        assert!(
            !shown.contains("correct horse") && !shown.contains("passphrase of hers"),
            "{shown}"
        );
    }
    // Every kind is in the example.
    for kind in [
        "user",
        "group",
        "resource",
        "account",
        "secret",
        "profile",
        "access_rule",
    ] {
        assert!(block.contains(&format!("kind: {kind}\n")), "{kind}");
    }
}
