//! Programs of others that tests run, and what a test does without one.
//!
//! `scripts/install-tools test` installs all of them. Without one a test is left out with a word; where `CI` is set it fails, so that
//! nothing counts as checked that was not.

use std::path::{Path, PathBuf};

/// Where programs are that distributions keep out of the search path.
const ELSEWHERE: [&str; 3] = ["/usr/sbin", "/sbin", "/usr/lib/dropbear"];

/// Finds a program by its name: in the repository's own folder of clients, in the search path, and where administrators' programs are.
pub fn find(program: &str) -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::iter::once(own)
        .chain(std::env::split_paths(&path))
        .chain(ELSEWHERE.map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Gives where a program is that [`have`] has found.
pub fn path(program: &str) -> PathBuf {
    find(program).unwrap_or_else(|| panic!("{program} is not installed"))
}

/// Tells whether all of these programs are there; says so when one is not, and fails in CI.
pub fn have(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| find(program).is_none());
    missing.is_none_or(|program| can(false, &format!("{program} is not installed")))
}

/// Gives back whether something else that a test needs is there; says what is not, and fails in CI.
pub fn can(is_there: bool, lacking: &str) -> bool {
    let ci = std::env::var("CI").unwrap_or_default();
    let must = !matches!(ci.as_str(), "" | "0" | "false");
    assert!(is_there || !must, "{lacking}: run `scripts/install-tools test`");
    if !is_there {
        eprintln!("skipped: {lacking}");
    }
    is_there
}

/// Gives the Python of the repository's own folder of clients, when it has these libraries; [`None`] otherwise, and fails in CI.
pub fn python(libraries: &[&str]) -> Option<PathBuf> {
    let python = find("python").unwrap_or_default();
    let import = format!("import {}", libraries.join(", "));
    let tried = std::process::Command::new(&python).args(["-c", &import]).output();
    let works = tried.is_ok_and(|output| output.status.success());
    can(
        works,
        &format!("Python with {} is not installed", libraries.join(", ")),
    )
    .then_some(python)
}
