//! The files of the repository.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

/// Folders that hold nothing written by hand.
const SKIPPED: [&str; 5] = ["target", "node_modules", "dist", ".git", ".venv"];

/// A text file of the repository.
#[derive(Debug)]
pub(crate) struct Source {
    /// The path from the root, with `/`.
    pub(crate) path: String,
    /// What it says.
    pub(crate) text: String,
}

/// The repository.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Its root.
    pub(crate) root: PathBuf,
    /// Every text file in it, in order of their paths.
    pub(crate) files: Vec<Source>,
}

impl Tree {
    /// Reads every text file below the root.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let root = root()?;
        let mut files = Vec::new();
        collect(&root, &root, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { root, files })
    }

    /// Gives the Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &Source> {
        self.with_extension("rs")
    }

    /// Gives the Markdown files.
    pub(crate) fn markdown(&self) -> impl Iterator<Item = &Source> {
        self.with_extension("md")
    }

    fn with_extension(&self, extension: &'static str) -> impl Iterator<Item = &Source> {
        self.files.iter().filter(move |file| {
            Path::new(&file.path)
                .extension()
                .is_some_and(|found| found == extension)
        })
    }

    /// Finds a file by its path.
    pub(crate) fn file(&self, path: &str) -> Option<&Source> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl Source {
    /// Tells whether the file is read by tests only.
    pub(crate) fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs") || self.path.contains("/examples/")
    }

    /// Gives the lines with their numbers, and whether each is code that ships: not a comment, not behind `#[cfg(test)]`.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let mut tests = self.is_test();
        self.text.lines().zip(1..).map(move |(text, number)| {
            tests |= text.starts_with("#[cfg(test)]");
            Line {
                number,
                text,
                is_comment: text.trim_start().starts_with("//"),
                is_test: tests,
            }
        })
    }
}

/// A line of a Rust file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) number: usize,
    pub(crate) text: &'a str,
    pub(crate) is_comment: bool,
    /// Stands in a test file, or behind the first `#[cfg(test)]` of its file.
    pub(crate) is_test: bool,
}

/// Gives the root of the repository.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent()
        .map(Path::to_owned)
        .context("xtask has no parent folder")
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<Source>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let name = entry.file_name();
        if kind.is_dir() {
            if !SKIPPED.iter().any(|skipped| name == *skipped) {
                collect(root, &path, files)?;
            }
        } else if kind.is_file() {
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            // What is not text holds no rule to break.
            if let Ok(text) = String::from_utf8(bytes) {
                let path = path.strip_prefix(root)?.to_string_lossy().into_owned();
                files.push(Source { path, text });
            }
        }
    }
    Ok(())
}
