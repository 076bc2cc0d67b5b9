//! The longest files and functions: where to look for a second idea. Length breaks no rule.

use crate::tree::{Source, Tree};

/// How many of each are shown.
const SHOWN: usize = 15;

/// Prints both lists.
pub(crate) fn print(tree: &Tree) {
    let mut files: Vec<_> = tree
        .rust()
        .map(|file| (file.text.lines().count(), file.path.clone()))
        .collect();
    let mut functions: Vec<_> = tree.rust().flat_map(functions).collect();
    for (title, list) in [("files", &mut files), ("functions", &mut functions)] {
        list.sort_by(|a, b| b.cmp(a));
        println!("\nlongest {title}");
        for (lines, name) in list.iter().take(SHOWN) {
            println!("{lines:>6}  {name}");
        }
    }
    println!();
}

/// Gives the functions of a formatted file: each ends at the first brace that stands as far in as it began.
fn functions(file: &Source) -> Vec<(usize, String)> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let Some(name) = function_name(code) else { continue };
        // A declaration in a trait ends with a semicolon and has no body.
        let opened = lines.iter().skip(at).find(|line| line.ends_with(['{', ';', '}']));
        if opened.is_none_or(|line| !line.ends_with('{')) {
            continue;
        }
        let end = format!("{}}}", " ".repeat(line.len() - code.len()));
        if let Some(length) = lines.iter().skip(at).position(|line| *line == end) {
            found.push((length + 1, format!("{}:{} {name}", file.path, at + 1)));
        }
    }
    found
}

fn function_name(code: &str) -> Option<&str> {
    let mut words = code.split(' ');
    let keyword =
        words.find(|word| !matches!(*word, "pub" | "pub(crate)" | "pub(super)" | "async" | "const"))?;
    let name = words.next().filter(|_| keyword == "fn")?;
    name.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_ends_at_its_own_brace() {
        let text = "impl A {\n    pub(crate) async fn go<T>(t: T) {\n        if x {\n        }\n    }\n}\ntrait T {\n    fn c();\n}\nfn b() {\n}\n";
        let file = Source {
            path: "a.rs".to_owned(),
            text: text.to_owned(),
        };
        assert_eq!(
            functions(&file),
            [(4, "a.rs:2 go".to_owned()), (2, "a.rs:10 b".to_owned())]
        );
    }
}
