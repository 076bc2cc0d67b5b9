//! How many tests passed and failed, read from what the test runners print.

/// A count of tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds another count.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Reads a line that sums up a run: of `cargo test`, `cargo nextest`, vitest, or `N passed, N failed` alone.
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let line = without_colours(line);
        let line = line.trim();
        let sums_up = ["test result:", "Summary [", "Tests "]
            .iter()
            .any(|start| line.starts_with(start));
        let plain = line.ends_with(" failed") && line.starts_with(|c: char| c.is_ascii_digit());
        if !sums_up && !plain {
            return None;
        }
        let words: Vec<&str> = line
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        let mut tally = Self::default();
        for pair in words.windows(2) {
            let [count, word] = pair else { continue };
            let Ok(count) = count.parse::<u64>() else { continue };
            match *word {
                "passed" => tally.passed += count,
                // A test that was killed for taking too long has failed.
                "failed" | "timed" => tally.failed += count,
                _ => {}
            }
        }
        Some(tally)
    }

    /// Writes the count for people; nothing when no test ran.
    pub(crate) fn shown(self) -> String {
        match self {
            Self { passed: 0, failed: 0 } => String::new(),
            Self { passed, failed } => format!("{passed} passed, {failed} failed"),
        }
    }
}

/// Takes the colours out that a runner puts into a line.
pub(crate) fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut pieces = line.split('\u{1b}');
    plain.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        plain.push_str(piece.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_of_every_runner_are_read() {
        let cargo = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(
            Tally::of_line(cargo),
            Some(Tally {
                passed: 12,
                failed: 3
            })
        );
        let nextest =
            "     Summary [   5.123s] 48 tests run: 45 passed (1 slow), 2 failed, 1 timed out, 2 skipped";
        assert_eq!(
            Tally::of_line(nextest),
            Some(Tally {
                passed: 45,
                failed: 3
            })
        );
        assert_eq!(
            Tally::of_line("      Tests  1 failed | 11 passed (12)"),
            Some(Tally {
                passed: 11,
                failed: 1
            })
        );
        assert_eq!(
            Tally::of_line("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m12 passed\u{1b}[39m (12)"),
            Some(Tally {
                passed: 12,
                failed: 0
            })
        );
        assert_eq!(
            Tally::of_line("7 passed, 1 failed"),
            Some(Tally { passed: 7, failed: 1 })
        );
    }

    #[test]
    fn other_lines_count_nothing() {
        for line in [
            " Test Files  3 passed (3)",
            "test a_login_failed ... ok",
            "2 attempts failed",
            "it has 3 passed",
        ] {
            assert!(
                Tally::of_line(line).unwrap_or_default() == Tally::default(),
                "{line}"
            );
        }
    }
}
