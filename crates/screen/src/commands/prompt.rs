//! What the start of a line says about who asks.

use crate::secret::asks_for_secret;

/// Characters a prompt for commands ends with, blanks aside.
const ENDS: [char; 16] = [
    '$', '#', '%', '>', '❯', '»', '➜', 'λ', '▶', '⟩', '›', '→', '⮞', '\u{e0b0}', '┃', '│',
];

/// What zsh calls the constructs it waits for the end of.
const ZSH: [&str; 27] = [
    "for",
    "while",
    "until",
    "if",
    "then",
    "elif",
    "else",
    "case",
    "select",
    "repeat",
    "foreach",
    "function",
    "quote",
    "dquote",
    "bquote",
    "cmdsubst",
    "cmdand",
    "cmdor",
    "pipe",
    "heredoc",
    "heredocd",
    "braceparam",
    "math",
    "subsh",
    "cursh",
    "array",
    "mathsubst",
];

/// Whether the text before the cursor looks like a prompt for commands, judged by its last character.
pub(super) fn looks_like_prompt(before: &str) -> bool {
    before.trim_end().ends_with(ENDS) && !asks_for_secret(before)
}

/// Whether `prompt` asks for more of the command that was typed at `first`: bash's `> `, Python's `... `, …
pub(super) fn asks_for_more(prompt: &str, first: &str) -> bool {
    if prompt == first {
        return false;
    }
    let words = prompt.trim();
    match words {
        ">" | "->" | "'>" | "\">" | "`>" | "/*>" | "..." | "...>" | "...:" | "?>" => return true,
        "" => return false,
        _ => {}
    }
    let zsh = words.strip_suffix('>').is_some_and(|states| {
        !states.is_empty() && states.split_whitespace().all(|state| ZSH.contains(&state))
    });
    zsh || psql(prompt, first)
}

/// psql writes what it waits for in the place of the first prompt's `=`.
fn psql(prompt: &str, first: &str) -> bool {
    let (prompt, first) = (prompt.trim_end(), first.trim_end());
    if prompt.chars().count() != first.chars().count() {
        return false;
    }
    let mut differing = prompt
        .chars()
        .zip(first.chars())
        .filter(|(now, before)| now != before);
    matches!(
        differing.next(),
        Some(('-' | '*' | '\'' | '"' | '$' | '(' | '^' | '!', '='))
    ) && differing.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continuation_prompts_are_told_from_prompts() {
        for (prompt, first) in [
            ("> ", "root@vm:~# "),
            ("heredoc> ", "vm% "),
            ("for then> ", "vm% "),
            ("... ", ">>> "),
            ("    -> ", "mysql> "),
            ("db-# ", "db=# "),
            ("db(# ", "db=# "),
        ] {
            assert!(asks_for_more(prompt, first), "{prompt:?} after {first:?}");
        }
        for (prompt, first) in [
            ("> ", "> "),
            ("ftp> ", "$ "),
            ("$ ", "$ "),
            ("db=# ", "db=# "),
            ("", "$ "),
        ] {
            assert!(!asks_for_more(prompt, first), "{prompt:?} after {first:?}");
        }
    }

    #[test]
    fn answers_and_secrets_are_not_asked_by_prompts() {
        assert!(looks_like_prompt("router(config)# "));
        assert!(looks_like_prompt("~/src main ❯ "));
        for before in ["Continue? [y/N] ", "Name: ", "", "PIN> ", "Password> "] {
            assert!(!looks_like_prompt(before), "{before:?}");
        }
    }
}
