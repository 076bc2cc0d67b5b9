//! Everything that CI checks, step by step, cheapest first. The same here and there.

mod postgres;
mod second;
mod step;
mod tally;

use std::time::{Duration, Instant};

use crate::{tidy, tree};
use step::{Run, Step};
use tally::Tally;

/// The steps in their order. Names are what `cargo xtask ci STEP` takes.
const STEPS: [Step; 14] = [
    Step::cargo("fmt", "formatting", &["fmt", "--all", "--check"]),
    Step {
        name: "tidy",
        title: "rules of the house",
        run: Run::Tidy,
        limit: minutes(1),
    },
    Step::optional("typos", "spelling", "typos", &["--config", "typos.toml"]),
    Step::optional(
        "deny",
        "licences and banned crates",
        "cargo-deny",
        &["deny", "--locked", "check", "bans", "licenses", "sources"],
    ),
    Step::npm(
        "web-install",
        "console: packages",
        &["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    ),
    Step::npm("web-check", "console: types, lint, unit tests", &["run", "check"]),
    Step::npm("web-build", "console: build", &["run", "build"]),
    Step::cargo(
        "clippy",
        "lints",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
    ),
    Step::cargo(
        "doc",
        "documentation builds",
        &["doc", "--workspace", "--no-deps", "--locked"],
    ),
    Step::cargo(
        "build",
        "binaries",
        &["build", "--workspace", "--bins", "--locked"],
    ),
    Step {
        name: "test",
        title: "tests",
        run: Run::Tests,
        limit: minutes(30),
    },
    Step {
        name: "test-postgres",
        title: "the same tests on PostgreSQL",
        run: Run::OnPostgres,
        limit: minutes(10),
    },
    Step::cargo(
        "doctest",
        "examples in documentation",
        &["test", "--workspace", "--doc", "--locked"],
    ),
    Step {
        limit: minutes(25),
        ..Step::npm(
            "web-e2e",
            "console: in a browser, against a gateway",
            &["run", "e2e"],
        )
    },
];

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// Runs all steps, or those named, and prints what each took and at the very end how many tests passed and failed.
pub(crate) fn run(names: &[&str]) -> anyhow::Result<bool> {
    if let Some(unknown) = names
        .iter()
        .find(|name| !STEPS.iter().any(|step| step.name == **name))
    {
        let known: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        anyhow::bail!("there is no step `{unknown}`; there are: {}", known.join(", "));
    }
    let root = tree::root()?;
    let chosen = STEPS
        .iter()
        .filter(|step| names.is_empty() || names.contains(&step.name));
    let began = Instant::now();
    let mut total = Tally::default();
    let mut lines = Vec::new();
    let mut unsteady = Vec::new();
    for step in chosen {
        println!("\n=== {}: {}", step.name, step.title);
        let start = Instant::now();
        let step::Watched {
            outcome,
            tally,
            failed,
            ..
        } = match step.run {
            Run::Tidy => step::Watched::of(step::Outcome::of(tidy::run(tidy::Detail::Findings)?)),
            _ => step.execute(&root)?,
        };
        if outcome == step::Outcome::Unsteady {
            unsteady.extend(failed.iter().map(|name| format!("{}: {name}", step.name)));
        }
        // A step that fails without a failed test (a lint, a build) counts as one failure.
        let silent = u64::from(outcome == step::Outcome::Failed && tally.failed == 0);
        total.add(Tally {
            failed: tally.failed + silent,
            ..tally
        });
        let line = format!(
            "{:<8} {:>7.1} s  {:<12} {}",
            outcome.word(),
            start.elapsed().as_secs_f64(),
            step.name,
            tally.shown()
        );
        println!("--- {line}");
        lines.push(line);
    }
    println!("\n{}", lines.join("\n"));
    println!("took {:.0} s", began.elapsed().as_secs_f64());
    for name in &unsteady {
        println!("unsteady, passed only when run again: {name}");
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(total.failed == 0)
}
