//! Rules of the house that neither the compiler nor clippy holds.

mod docs;
mod imports;
mod longest;
mod patterns;

use std::fmt;

use crate::tree::Tree;

/// How much [`run`] tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What is wrong.
    Findings,
    /// Also the longest files and functions.
    Longest,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The file, and the line where there is one.
    pub(crate) place: String,
    /// What is wrong.
    pub(crate) what: String,
}

impl Finding {
    /// Notes something about a line of a file.
    pub(crate) fn at(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            place: format!("{path}:{line}"),
            what: what.into(),
        }
    }

    /// Notes something about a whole file or crate.
    pub(crate) fn of(place: &str, what: impl Into<String>) -> Self {
        Self {
            place: place.to_owned(),
            what: what.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Checks everything; tells whether all is well.
pub(crate) fn run(detail: Detail) -> anyhow::Result<bool> {
    let tree = Tree::read()?;
    let mut findings = imports::check(&tree.root)?;
    findings.extend(patterns::check(&tree));
    findings.extend(docs::check(&tree));
    for finding in &findings {
        println!("{finding}");
    }
    if detail == Detail::Longest {
        longest::print(&tree);
    }
    match findings.len() {
        0 => println!("tidy: {} files, nothing to say", tree.files.len()),
        count => println!("tidy: {count} to put right"),
    }
    Ok(findings.is_empty())
}
