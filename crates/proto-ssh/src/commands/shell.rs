//! What a command line runs, read as shells of Unix read it. Where they differ, and where it cannot be told, more is found than there is.

use std::{iter::Peekable, str::Chars};

use domain::command::{CommandFacts, Word};

/// How deep commands within commands are looked into.
const DEEPEST: u8 = 8;
/// How many commands of a line are told apart; what is behind them may be anything.
const MOST: usize = 256;

/// Programs that run what is behind them. Any word there may be the one.
const RUNNERS: [&str; 24] = [
    "sudo", "doas", "su", "env", "nice", "ionice", "nohup", "time", "timeout", "exec", "command", "builtin",
    "xargs", "find", "setsid", "stdbuf", "watch", "chroot", "unshare", "nsenter", "runuser", "flock",
    "strace", "parallel",
];
/// Programs that run a text as a command line: the one behind `-c`.
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "zsh", "ksh", "fish", "su", "runuser"];
/// Words that stand before a command.
const BEFORE: [&str; 10] = [
    "if", "then", "else", "elif", "while", "until", "do", "!", "{", "coproc",
];
/// Words behind which no command comes, until the next end of one.
const NAMES: [&str; 4] = ["for", "case", "select", "function"];

/// Reads a command line.
pub(crate) fn read(line: &str) -> CommandFacts {
    let mut facts = CommandFacts::default();
    Reader::new(line, 0, &mut facts).run();
    facts
}

/// Reads every word of a text as if a command began there: for lines of which it is not known where they begin.
pub(crate) fn read_anywhere(text: &str) -> CommandFacts {
    let is_sign = |sign: char| sign.is_whitespace() || "`'\"();&|".contains(sign);
    let words: Vec<_> = text
        .split(is_sign)
        .filter(|word| !word.is_empty())
        .map(|word| Word {
            text: word.to_owned(),
            open: false,
        })
        .collect();
    let commands = (0..words.len().min(MOST)).filter_map(|at| Some(words.get(at..)?.to_vec()));
    CommandFacts {
        commands: commands.collect(),
    }
}

/// Reads one level of a line.
struct Reader<'a, 'f> {
    signs: Peekable<Chars<'a>>,
    depth: u8,
    facts: &'f mut CommandFacts,
    /// The words of the command under way.
    words: Vec<Word>,
    /// The word under way.
    word: Option<Word>,
    /// The next word is no part of the command: a file's name behind a redirection.
    aside: bool,
}

impl<'a, 'f> Reader<'a, 'f> {
    fn new(text: &'a str, depth: u8, facts: &'f mut CommandFacts) -> Self {
        Self {
            signs: text.chars().peekable(),
            depth,
            facts,
            words: Vec::new(),
            word: None,
            aside: false,
        }
    }

    fn run(&mut self) {
        while let Some(sign) = self.signs.next() {
            match sign {
                '\\' => match self.signs.next() {
                    Some('\n') | None => {}
                    Some(escaped) => self.push(escaped),
                },
                '\'' => {
                    self.word.get_or_insert_default();
                    while let Some(quoted) = self.signs.next().filter(|sign| *sign != '\'') {
                        self.push(quoted);
                    }
                }
                '"' => self.quoted(),
                '$' => self.dollar(),
                '`' => self.backticks(),
                '#' if self.word.is_none() => while self.signs.next_if(|sign| *sign != '\n').is_some() {},
                ' ' | '\t' | '\r' => self.end_word(),
                '\n' | ';' | '&' | '|' | ')' => self.end_command(),
                '(' => {
                    // A group, an array, or what `<(` and `>(` run.
                    self.aside = false;
                    self.end_command();
                }
                '<' | '>' => {
                    // Digits before it name a descriptor.
                    if self
                        .word
                        .as_ref()
                        .is_some_and(|word| word.text.bytes().all(|byte| byte.is_ascii_digit()))
                    {
                        self.word = None;
                    }
                    self.end_word();
                    while self
                        .signs
                        .next_if(|sign| matches!(sign, '<' | '>' | '&' | '|' | '-'))
                        .is_some()
                    {}
                    self.aside = self.signs.peek() != Some(&'(');
                }
                // History, and the forms of a word in braces, are filled in by the shell.
                '!' if self
                    .signs
                    .peek()
                    .is_some_and(|next| !next.is_whitespace() && *next != '=') =>
                {
                    self.push('!');
                    self.open();
                }
                ',' if self.word.as_ref().is_some_and(|word| word.text.contains('{')) => {
                    self.push(',');
                    self.open();
                }
                '^' if self.words.is_empty() && self.word.is_none() => {
                    self.push('^');
                    self.open();
                }
                _ => self.push(sign),
            }
        }
        self.end_command();
    }

    fn push(&mut self, sign: char) {
        self.word.get_or_insert_default().text.push(sign);
    }

    fn open(&mut self) {
        self.word.get_or_insert_default().open = true;
    }

    /// What is in double quotes.
    fn quoted(&mut self) {
        self.word.get_or_insert_default();
        while let Some(sign) = self.signs.next() {
            match sign {
                '"' => break,
                '\\' => match self.signs.next() {
                    Some('\n') | None => {}
                    Some(escaped @ ('"' | '\\' | '$' | '`')) => self.push(escaped),
                    Some(other) => {
                        self.push('\\');
                        self.push(other);
                    }
                },
                '$' => self.dollar(),
                '`' => self.backticks(),
                _ => self.push(sign),
            }
        }
    }

    /// What is behind a dollar sign: a variable, a command, or a quoted text with escapes.
    fn dollar(&mut self) {
        match self.signs.peek() {
            Some('(') => {
                self.signs.next();
                self.open();
                self.nested();
            }
            Some('\'') => {
                self.signs.next();
                self.open();
                while let Some(quoted) = self.signs.next().filter(|sign| *sign != '\'') {
                    if quoted == '\\' {
                        self.signs.next();
                    }
                }
            }
            Some('{') => {
                self.open();
                while self.signs.next().is_some_and(|sign| sign != '}') {}
            }
            Some('"') => {}
            Some(next) if next.is_alphanumeric() || "_@*#?!$-".contains(*next) => {
                self.open();
                if self
                    .signs
                    .next_if(|sign| !sign.is_alphabetic() && *sign != '_')
                    .is_none()
                {
                    while self
                        .signs
                        .next_if(|sign| sign.is_alphanumeric() || *sign == '_')
                        .is_some()
                    {}
                }
            }
            _ => self.push('$'),
        }
    }

    /// A command within this one, up to its bracket.
    fn nested(&mut self) {
        let mut text = String::new();
        let mut depth = 1;
        let mut quote = None;
        while let Some(sign) = self.signs.next() {
            match (sign, quote) {
                ('\\', None | Some('"')) => {
                    text.push(sign);
                    text.extend(self.signs.next());
                    continue;
                }
                ('\'' | '"', None) => quote = Some(sign),
                (_, Some(open)) if sign == open => quote = None,
                ('(', None) => depth += 1,
                (')', None) => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            text.push(sign);
        }
        self.within(&text);
    }

    fn backticks(&mut self) {
        self.open();
        let mut text = String::new();
        while let Some(sign) = self.signs.next().filter(|sign| *sign != '`') {
            match sign {
                '\\' => text.extend(self.signs.next()),
                _ => text.push(sign),
            }
        }
        self.within(&text);
    }

    /// Reads a line that is run as a part of this one.
    fn within(&mut self, text: &str) {
        if self.depth >= DEEPEST {
            self.found(&[anything()]);
        } else {
            Reader::new(text, self.depth + 1, self.facts).run();
        }
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        if std::mem::take(&mut self.aside) {
            return;
        }
        let first = self.words.is_empty();
        if first && !word.open && BEFORE.contains(&word.text.as_str()) {
            return;
        }
        if first && is_assignment(&word.text) {
            return;
        }
        self.words.push(word);
    }

    fn end_command(&mut self) {
        self.end_word();
        self.aside = false;
        let mut words = std::mem::take(&mut self.words);
        let Some(program) = words.first_mut() else { return };
        // A pattern of files stands for a program.
        let text = program.text.as_str();
        program.open |= text.contains(['*', '?']) || (text.contains('[') && text.len() > 2);
        let name = text.rsplit('/').next().unwrap_or_default().to_owned();
        if !program.open && NAMES.contains(&name.as_str()) {
            return;
        }
        self.found(&words);
        if RUNNERS.contains(&name.as_str()) {
            for at in 1..words.len() {
                self.found(words.get(at..).unwrap_or_default());
            }
        }
        if SHELLS.contains(&name.as_str()) {
            let runs = |word: &Word| {
                word.text.starts_with('-') && !word.text.starts_with("--") && word.text.ends_with('c')
            };
            let text = words.iter().skip_while(|word| !runs(word)).nth(1);
            if let Some(text) = text {
                self.text(std::slice::from_ref(text));
            }
        }
        if name == "eval" {
            self.text(words.get(1..).unwrap_or_default());
        }
    }

    /// Reads words that are run as a line.
    fn text(&mut self, words: &[Word]) {
        if words.iter().any(|word| word.open) {
            self.found(&[anything()]);
        }
        let text: Vec<_> = words.iter().map(|word| word.text.as_str()).collect();
        self.within(&text.join(" "));
    }

    fn found(&mut self, words: &[Word]) {
        match self.facts.commands.len() {
            0..MOST => self.facts.commands.push(words.to_vec()),
            MOST => self.facts.commands.push(vec![anything()]),
            _ => {}
        }
    }
}

/// Stands for a command of which nothing is known.
fn anything() -> Word {
    Word {
        text: String::new(),
        open: true,
    }
}

/// Tells whether a word sets a variable for the command behind it.
fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        let name = name.strip_suffix('+').unwrap_or(name);
        !name.is_empty()
            && !name.starts_with(|sign: char| sign.is_ascii_digit())
            && name
                .chars()
                .all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Writes what was found: a command for each, with `?` where something is open.
    fn found(line: &str) -> Vec<String> {
        let word = |word: &Word| match (word.open, word.text.as_str()) {
            (true, _) => "?".to_owned(),
            (false, text) => text.to_owned(),
        };
        let commands = read(line).commands;
        commands
            .iter()
            .map(|words| words.iter().map(word).collect::<Vec<_>>().join(" "))
            .collect()
    }

    #[test]
    fn commands_are_found_as_shells_find_them() {
        for (line, expected) in [
            ("", &[][..]),
            ("ls -l", &["ls -l"]),
            (
                "  ls;pwd&&id||true|cat & wait",
                &["ls", "pwd", "id", "true", "cat", "wait"],
            ),
            ("A=1 B='x y' rm -r \"a b\" c\\ d", &["rm -r a b c d"]),
            ("s'u'\"d\"\\o x", &["sudo x", "x"]),
            ("echo '$(rm x)' > sudo 2>&1 < in", &["echo $(rm x)"]),
            ("echo $(rm x)", &["rm x", "echo ?"]),
            ("echo \"a $(rm \"x y\" $(id)) b\"", &["id", "rm x y ?", "echo ?"]),
            ("echo `rm x`", &["rm x", "echo ?"]),
            ("$EDITOR x", &["? x"]),
            ("echo ${a} $1 $? \"$@\"", &["echo ? ? ? ?"]),
            (
                "if true; then rm x; else { id; }; fi",
                &["true", "rm x", "id", "}", "fi"],
            ),
            ("for x in a b; do rm $x; done", &["rm ?", "done"]),
            ("case $x in a) rm y;; esac", &["rm y", "esac"]),
            ("(cd /; rm x)", &["cd /", "rm x"]),
            ("diff <(rm a) b", &["diff", "rm a", "b"]),
            ("ls # rm x", &["ls"]),
            ("s\\\nudo id", &["sudo id", "id"]),
            ("bash -lc 'rm x; id'", &["bash -lc rm x; id", "rm x", "id"]),
            ("sh -c \"$x\"", &["sh -c ?", "?"]),
            ("eval rm x", &["eval rm x", "rm x"]),
            ("env A=1 rm x", &["env A=1 rm x", "A=1 rm x", "rm x", "x"]),
            ("sudo !!", &["sudo ?", "?"]),
            ("!!", &["?"]),
            ("^ls^rm", &["?"]),
            ("{rm,x}", &["?"]),
            ("[ a != b ]", &["[ a != b ]"]),
            ("/bin/r? x", &["? x"]),
            ("$'\\x72m' x", &["? x"]),
            ("echo {a} a,b", &["echo {a} a,b"]),
        ] {
            assert_eq!(found(line), expected, "{line}");
        }
    }

    #[test]
    fn what_is_too_deep_or_too_much_may_be_anything() {
        let deep = format!("{}id{}", "echo $(".repeat(20), ")".repeat(20));
        assert!(found(&deep).contains(&"?".to_owned()));
        let many = "id;".repeat(1000);
        assert_eq!(found(&many).len(), MOST + 1);
        assert_eq!(found(&many).last().unwrap(), "?");
    }

    #[test]
    fn a_line_without_a_beginning_is_read_at_every_word() {
        let facts = read_anywhere("(reverse-i-search)`su': sudo ls");
        let heads: Vec<_> = facts
            .commands
            .iter()
            .map(|words| words[0].text.as_str())
            .collect();
        assert_eq!(heads, ["reverse-i-search", "su", ":", "sudo", "ls"]);
    }

    proptest! {
        #[test]
        fn any_line_is_survived(line in "[ -~\\n]{0,200}") {
            let facts = read(&line);
            prop_assert!(facts.commands.len() <= MOST + 1);
        }
    }
}
