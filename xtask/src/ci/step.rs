//! One step of CI: a program, what it prints, and how long it may take.

use std::{
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;

use super::{minutes, postgres, second, tally::Tally};

/// One step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// What `cargo xtask ci` calls it.
    pub(crate) name: &'static str,
    /// What it checks.
    pub(crate) title: &'static str,
    pub(crate) run: Run,
    /// How long it may take; longer is a failure.
    pub(crate) limit: Duration,
}

/// What a step runs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Run {
    /// The rules of the house, in this process.
    Tidy,
    /// Cargo with these words.
    Cargo(&'static [&'static str]),
    /// npm with these words, in the console's folder.
    Npm(&'static [&'static str]),
    /// A program that not every machine has; without it the step is skipped and says so.
    Optional(&'static str, &'static [&'static str]),
    /// Every test of the workspace.
    Tests,
    /// Some of them once more, on PostgreSQL.
    OnPostgres,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    /// Some tests failed, and passed when they ran again alone.
    Unsteady,
    Failed,
    Skipped,
}

impl Outcome {
    pub(crate) fn of(passed: bool) -> Self {
        if passed { Self::Passed } else { Self::Failed }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Passed => "ok",
            Self::Unsteady => "unsteady",
            Self::Failed => "FAILED",
            Self::Skipped => "skipped",
        }
    }
}

impl Step {
    pub(crate) const fn cargo(
        name: &'static str,
        title: &'static str,
        words: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            title,
            run: Run::Cargo(words),
            limit: minutes(25),
        }
    }

    pub(crate) const fn npm(name: &'static str, title: &'static str, words: &'static [&'static str]) -> Self {
        Self {
            name,
            title,
            run: Run::Npm(words),
            limit: minutes(10),
        }
    }

    pub(crate) const fn optional(
        name: &'static str,
        title: &'static str,
        program: &'static str,
        words: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            title,
            run: Run::Optional(program, words),
            limit: minutes(5),
        }
    }

    /// Runs the step's program. A few tests that fail get a second look: those that pass then are named, and fail nothing.
    pub(crate) fn execute(&self, root: &Path) -> anyhow::Result<Watched> {
        let first = self.once(root, &[])?;
        let again = second::words(self.run, &first.failed);
        if first.outcome != Outcome::Failed || again.is_empty() || first.timed_out {
            return Ok(first);
        }
        println!("\n--- {}: a second look, at what failed alone", self.name);
        let looked = self.once(root, &again)?;
        Ok(first.after(&looked))
    }

    fn once(&self, root: &Path, more: &[String]) -> anyhow::Result<Watched> {
        let cargo = || std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = match self.run {
            Run::Tidy => anyhow::bail!("the rules of the house are no program"),
            Run::Cargo(words) => {
                let mut command = Command::new(cargo());
                command.args(words).env("RUSTDOCFLAGS", "-D warnings");
                command
            }
            Run::Npm(words) => {
                let mut command = Command::new("npm");
                command.args(words).current_dir(root.join("console"));
                command.env("DOORWARD_BIN", binary(root)).env("NO_COLOR", "1");
                if let Some(browser) = browser() {
                    command.env("CHROMIUM", browser);
                }
                command
            }
            Run::Optional(program, words) => {
                if !installed(root, program) {
                    println!("{program} is not installed");
                    return Ok(Watched::of(Outcome::Skipped));
                }
                let mut command = Command::new(program);
                command.args(words);
                command
            }
            Run::Tests => {
                let mut command = Command::new(cargo());
                command.args(TESTS).arg("--no-fail-fast");
                command
            }
            Run::OnPostgres => return self.on_postgres(root, Command::new(cargo()), more),
        };
        command.args(more);
        if !matches!(self.run, Run::Npm(_)) {
            command.current_dir(root);
        }
        command.env("PATH", std::env::join_paths(search_path(root))?);
        watch(command, self.limit)
    }
}

/// The words for every test of the workspace: the same ones in each step, so that nothing is built twice.
const TESTS: [&str; 6] = ["test", "--workspace", "--locked", "--lib", "--bins", "--tests"];

impl Step {
    /// Runs suites again with a server that lasts as long as the step.
    fn on_postgres(&self, root: &Path, mut cargo: Command, more: &[String]) -> anyhow::Result<Watched> {
        cargo.args(TESTS).args(["--no-run", "--message-format=json"]);
        let built = cargo
            .current_dir(root)
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo")?;
        let messages = String::from_utf8_lossy(&built.stdout);
        let server = match postgres::Server::start() {
            Ok(server) => server,
            Err(error) => {
                println!("{error:#}");
                return Ok(Watched::of(Outcome::Failed));
            }
        };
        let mut total = Watched::of(Outcome::Passed);
        for (source, names) in postgres::SUITES {
            println!("\n{source}");
            let Some(program) = postgres::program(&messages, source) else {
                println!("it was not built");
                total.outcome = Outcome::Failed;
                continue;
            };
            let mut command = Command::new(program);
            let home = source.split("/tests/").next().unwrap_or_default();
            if more.is_empty() {
                command.args(names);
            }
            command.args(more).current_dir(root.join(home));
            command.env(postgres::VARIABLE, &server.url);
            command.env("PATH", std::env::join_paths(search_path(root))?);
            total.add(watch(command, self.limit)?);
        }
        Ok(total)
    }
}

/// Gives the search path with the clients in front that `scripts/install-tools` put into the repository.
fn search_path(root: &Path) -> Vec<PathBuf> {
    let own = root.join(".venv").join("bin");
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::iter::once(own)
        .chain(std::env::split_paths(&paths))
        .collect()
}

/// Gives where cargo has put the binary.
fn binary(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    root.join(target).join("debug/doorward")
}

/// Finds a browser, by the names that distributions give it.
fn browser() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&paths).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}

/// Tells whether a program can be found.
fn installed(root: &Path, program: &str) -> bool {
    search_path(root)
        .iter()
        .any(|folder| folder.join(program).is_file())
}

/// What was seen of a program that ran tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Watched {
    pub(crate) outcome: Outcome,
    pub(crate) tally: Tally,
    /// The tests that failed, as their runner names them.
    pub(crate) failed: Vec<String>,
    timed_out: bool,
}

impl Watched {
    /// Of what ran no test.
    pub(crate) fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            tally: Tally::default(),
            failed: Vec::new(),
            timed_out: false,
        }
    }

    /// Adds another program of the same step.
    fn add(&mut self, other: Self) {
        if other.outcome == Outcome::Failed {
            self.outcome = Outcome::Failed;
        }
        self.tally.add(other.tally);
        self.failed.extend(other.failed);
        self.timed_out |= other.timed_out;
    }

    /// What a first run comes to after a second look at what failed in it.
    fn after(mut self, second: &Self) -> Self {
        // As many have to pass as had failed: a second run that finds nothing to do shows nothing.
        if second.outcome == Outcome::Passed && second.tally.passed >= self.tally.failed {
            self.outcome = Outcome::Unsteady;
            self.tally.passed += self.tally.failed;
            self.tally.failed = 0;
        }
        self
    }
}

/// Runs a program, shows what it prints as it prints it, and counts the tests in it.
fn watch(mut command: Command, limit: Duration) -> anyhow::Result<Watched> {
    let name = command.get_program().to_string_lossy().into_owned();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot run {name}"))?;
    let seen = Arc::new(Mutex::new(Watched::of(Outcome::Failed)));
    let stdout = child.stdout.take().map(|pipe| follow(pipe, Arc::clone(&seen)));
    let stderr = child.stderr.take().map(|pipe| follow(pipe, Arc::clone(&seen)));
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if began.elapsed() > limit {
            child.kill().context("cannot end a program that takes too long")?;
            child.wait()?;
            println!("{name} took longer than {} s and was ended", limit.as_secs());
            break None;
        }
        thread::sleep(Duration::from_millis(20));
    };
    // What a killed program started may hold the pipes open: only one that ended by itself is read to the end.
    if status.is_some() {
        for reader in [stdout, stderr].into_iter().flatten() {
            reader
                .join()
                .map_err(|_| anyhow::anyhow!("cannot read what {name} prints"))?;
        }
    }
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    seen.outcome = Outcome::of(status.is_some_and(|status| status.success()));
    seen.timed_out = status.is_none();
    Ok(seen)
}

fn follow(pipe: impl Read + Send + 'static, seen: Arc<Mutex<Watched>>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line);
            print!("{text}");
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(counted) = Tally::of_line(&text) {
                seen.tally.add(counted);
            }
            if let Some(failed) = second::failed_in(&text)
                && !seen.failed.contains(&failed)
            {
                seen.failed.push(failed);
            }
            drop(seen);
            line.clear();
        }
    })
}
