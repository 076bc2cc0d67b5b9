//! A second look at a few tests that failed, alone. Real programs on a shared machine now and then make one fail that is right; what
//! passes the second time is reported by name as unsteady, so that it is seen and mended, and what fails twice has failed.

use std::{collections::BTreeSet, path::Path};

use super::{step::Run, tally::without_colours};

/// With more failures than this something is broken, and once is enough to see it. In the browser a failure is a file: what a test does
/// there builds on what those before it did, so that one failure brings others.
const FEW: usize = 3;

/// Reads the name of a test that failed from a line that a runner prints: libtest's whole name, vitest's file and title.
pub(crate) fn failed_in(line: &str) -> Option<String> {
    let line = without_colours(line);
    let line = line.trim();
    if let Some(name) = line
        .strip_prefix("test ")
        .and_then(|rest| rest.strip_suffix(" ... FAILED"))
    {
        return Some(name.trim_end_matches(" - should panic").to_owned());
    }
    let rest = line.strip_prefix("FAIL ")?.trim_start();
    let rest = rest
        .strip_prefix('|')
        .and_then(|rest| rest.split_once('|'))
        .map_or(rest, |(_, rest)| rest.trim_start());
    let file = rest.split_whitespace().next()?;
    Path::new(file)
        .extension()
        .is_some_and(|ending| ending == "ts" || ending == "tsx")
        .then(|| rest.to_owned())
}

/// Gives the words with which a step runs only what failed in it; none when it gets no second look.
pub(crate) fn words(run: Run, failed: &[String]) -> Vec<String> {
    let few = |names: &[String]| (1..=FEW).contains(&names.len());
    let exact = |before: &[&str]| -> Vec<String> {
        let words = before.iter().chain(&["--exact"]).map(|word| (*word).to_owned());
        words.chain(failed.iter().cloned()).collect()
    };
    match run {
        Run::Tests if few(failed) => exact(&["--"]),
        Run::OnPostgres if few(failed) => exact(&[]),
        Run::Npm(_) => {
            let files = failed.iter().filter_map(|name| name.split_whitespace().next());
            let files: BTreeSet<String> = files.map(str::to_owned).collect();
            let files = Vec::from_iter(files);
            if !few(&files) {
                return Vec::new();
            }
            std::iter::once("--".to_owned()).chain(files).collect()
        }
        Run::Tests | Run::OnPostgres | Run::Tidy | Run::Cargo(_) | Run::Optional(..) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_read_from_what_runners_print() {
        let name = |line| failed_in(line);
        assert_eq!(name("test a::b ... FAILED").as_deref(), Some("a::b"));
        assert_eq!(
            name("test a::b - should panic ... FAILED").as_deref(),
            Some("a::b")
        );
        assert_eq!(name("test a::b ... ok"), None);
        let vitest = "\u{1b}[41m FAIL \u{1b}[49m |pairs| objects.e2e.ts > forms > make";
        assert_eq!(name(vitest).as_deref(), Some("objects.e2e.ts > forms > make"));
        assert_eq!(
            name(" FAIL  src/a.test.ts > b").as_deref(),
            Some("src/a.test.ts > b")
        );
        let hook = " FAIL  |pairs| wall.e2e.ts [ wall.e2e.ts ]";
        assert_eq!(name(hook).as_deref(), Some("wall.e2e.ts [ wall.e2e.ts ]"));
        assert_eq!(name("FAIL is a word"), None);
    }

    #[test]
    fn only_a_few_are_looked_at_again_and_only_they() {
        let failed = |count: usize| (0..count).map(|n| format!("{n}.e2e.ts > a")).collect::<Vec<_>>();
        assert!(words(Run::Tests, &failed(0)).is_empty());
        assert!(words(Run::Tests, &failed(4)).is_empty());
        assert!(words(Run::Cargo(&["clippy"]), &failed(1)).is_empty());
        let e2e = Run::Npm(&["run", "e2e"]);
        assert_eq!(words(e2e, &failed(2)), ["--", "0.e2e.ts", "1.e2e.ts"]);
        assert!(words(e2e, &failed(4)).is_empty());
        let of_one: Vec<String> = (0..9).map(|n| format!("one.e2e.ts > {n}")).collect();
        assert_eq!(words(e2e, &of_one), ["--", "one.e2e.ts"]);
        assert_eq!(words(Run::Tests, &["a::b".to_owned()]), ["--", "--exact", "a::b"]);
        assert_eq!(words(Run::OnPostgres, &["a::b".to_owned()]), ["--exact", "a::b"]);
    }
}
