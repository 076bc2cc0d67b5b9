//! As much of the lexical rules of MySQL and MariaDB as is needed to tell statements apart and to find passwords.

use std::borrow::Cow;

use proto_database::sql::{Kind, Token};

/// In which of several ways a text is read: sessions may be set otherwise, and a server takes comments for statements by its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading<'a> {
    /// `\\` escapes in literals; it does not with `NO_BACKSLASH_ESCAPES`.
    pub(crate) escapes: bool,
    /// `"` quotes names; it does with `ANSI_QUOTES`.
    pub(crate) names: bool,
    /// Beginnings of comments, such as `/*!80000`, that the server does not execute.
    pub(crate) unexecuted: &'a [&'a str],
}

impl Reading<'_> {
    /// As a session is that nobody has set otherwise, and everything in comments that may be executed is.
    pub(crate) const USUAL: Self = Self {
        escapes: true,
        names: false,
        unexecuted: &[],
    };
}

/// Gives the tokens of a text, one after the other. What stands in `/*! … */` is executed and is no comment.
pub(crate) struct Tokens<'a> {
    sql: &'a str,
    at: usize,
    reading: Reading<'a>,
    /// It is within a comment that is executed.
    inside: bool,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip();
        let from = self.at;
        let rest = self.sql.as_bytes().get(from..)?;
        let first = *rest.first()?;
        let (kind, end) = match first {
            b'"' if self.reading.names => (Kind::Other, self.quoted(from + 1, b'"', false)),
            b'\'' | b'"' => (Kind::Literal, self.quoted(from + 1, first, self.reading.escapes)),
            b'`' => (Kind::Other, self.quoted(from + 1, b'`', false)),
            b'0'..=b'9' => {
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let word = rest.get(digits).is_some_and(|byte| is_word(*byte));
                let len = rest.iter().take_while(|byte| is_word(**byte)).count();
                (
                    if word { Kind::Word } else { Kind::Number },
                    from + len.max(digits),
                )
            }
            _ if is_word(first) => {
                let len = rest.iter().take_while(|byte| is_word(**byte)).count();
                (Kind::Word, from + len)
            }
            _ => (Kind::Other, from + 1),
        };
        self.at = end.min(self.sql.len());
        // Every end is behind an ASCII byte, or at the end of the text.
        let text = self.sql.get(from..self.at)?;
        Some(Token { kind, text, at: from })
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// Finds the beginning of a comment that a server may execute, by its version: `/*!`, `/*!50100`, `/*M!100100`.
fn executable(sql: &[u8]) -> Option<usize> {
    let head = match sql {
        [b'/', b'*', b'!', ..] => 3,
        [b'/', b'*', b'M', b'!', ..] => 4,
        _ => return None,
    };
    Some(head + digits(sql.get(head..).unwrap_or_default()))
}

/// Lists the beginnings of comments that one server executes and another does not, each once, up to so many and one more.
pub(crate) fn conditions(sql: &str, most: usize) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = sql.get(from..).and_then(|rest| rest.find("/*")) {
        from += at;
        let len = executable(sql.as_bytes().get(from..).unwrap_or_default());
        if let Some(head) = len.and_then(|len| sql.get(from..from + len))
            && head != "/*!"
            && !found.contains(&head)
        {
            found.push(head);
            if found.len() > most {
                break;
            }
        }
        from += 2;
    }
    found
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(sql: &'a str) -> Self {
        Self::read(sql, Reading::USUAL)
    }

    pub(crate) fn read(sql: &'a str, reading: Reading<'a>) -> Self {
        Self {
            sql,
            at: 0,
            reading,
            inside: false,
        }
    }

    /// Goes over spaces and comments.
    fn skip(&mut self) {
        loop {
            let rest = self.sql.as_bytes().get(self.at..).unwrap_or_default();
            let line = || rest.iter().take_while(|byte| **byte != b'\n').count();
            if let Some(len) = executable(rest) {
                let head = self.sql.get(self.at..self.at + len).unwrap_or_default();
                if self.reading.unexecuted.contains(&head) {
                    // Comments may stand in it.
                    self.at += comment(rest, 1);
                } else {
                    self.at += len;
                    self.inside = true;
                }
                continue;
            }
            self.at += match rest {
                [byte, ..] if byte.is_ascii_whitespace() || *byte == 0x0b => 1,
                [b'#', ..] => line(),
                [b'-', b'-', space, ..] if space.is_ascii_whitespace() || space.is_ascii_control() => line(),
                [b'-', b'-'] => 2,
                [b'*', b'/', ..] if self.inside => {
                    self.inside = false;
                    2
                }
                [b'/', b'*', ..] => comment(rest, 0),
                _ => return,
            };
        }
    }

    /// Finds the end of a quoted text; a doubled quote is part of it.
    fn quoted(&self, from: usize, quote: u8, escapes: bool) -> usize {
        let bytes = self.sql.as_bytes();
        let mut at = from;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' if escapes => at += 2,
                byte if *byte == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
                byte if *byte == quote => return at + 1,
                _ => at += 1,
            }
        }
        bytes.len()
    }
}

/// Measures a comment, in which others may stand this deep.
fn comment(bytes: &[u8], nested: u32) -> usize {
    let (mut at, mut depth) = (2, 0);
    loop {
        match bytes.get(at..) {
            Some([b'/', b'*', ..]) if depth < nested => {
                depth += 1;
                at += 2;
            }
            Some([b'*', b'/', ..]) => {
                at += 2;
                if depth == 0 {
                    return at;
                }
                depth -= 1;
            }
            Some([_, ..]) => at += 1,
            _ => return bytes.len(),
        }
    }
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// A statement of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Statement<'a> {
    pub(crate) text: &'a str,
    /// It may give several results, and ends with one without rows: `CALL`.
    pub(crate) calls: bool,
}

/// Tells the statements of a text apart, as the server does; empty ones are left out. A text that makes a routine with a body is one
/// statement up to its end: the server alone knows where the body ends.
pub(crate) fn statements(sql: &str) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let (mut from, mut last, mut calls, mut makes) = (None, 0, false, false);
    let mut body = false;
    for token in Tokens::new(sql) {
        if token.text == ";" && !body {
            if let Some(from) = from.take() {
                found.extend(sql.get(from..last).map(|text| Statement { text, calls }));
            }
            (calls, makes) = (false, false);
            continue;
        }
        if from.is_none() {
            calls = token.is("call");
            makes = token.is_any(&["create", "alter"]);
            // MariaDB's compound statements.
            body = token.is("begin") && followed_by(sql, token, "not");
        }
        body |= makes && token.is("begin");
        from.get_or_insert(token.at);
        last = token.at + token.text.len();
    }
    if let Some(from) = from {
        found.extend(sql.get(from..last).map(|text| Statement { text, calls }));
    }
    found
}

fn followed_by(sql: &str, token: Token<'_>, word: &str) -> bool {
    let mut behind = Tokens::new(sql);
    behind.at = token.at + token.text.len();
    behind.next().is_some_and(|next| next.is(word))
}

/// Counts the places of parameters.
pub(crate) fn places(sql: &str) -> usize {
    Tokens::new(sql).filter(|token| token.text == "?").count()
}

/// A statement as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Masked<'a> {
    /// The text, with stars in the place of passwords.
    pub(crate) text: Cow<'a, str>,
    /// Which parameters are passwords.
    pub(crate) parameters: Vec<usize>,
}

impl Masked<'_> {
    /// Tells whether there was a password.
    pub(crate) fn is_secret(&self) -> bool {
        matches!(self.text, Cow::Owned(_)) || !self.parameters.is_empty()
    }
}

/// Where a password may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Nothing,
    /// Behind `PASSWORD`, `OLD_PASSWORD`, `MASTER_PASSWORD`: a literal, mostly behind `=` or `(`.
    Next,
    /// In `SET PASSWORD [FOR user] =`: behind the sign.
    Equals,
    /// In `IDENTIFIED …`: every literal that does not name a plugin.
    Identified,
}

/// Puts stars in the place of passwords: behind `IDENTIFIED`, `PASSWORD`, `…_PASSWORD`, and in addresses inside literals.
pub(crate) fn masked(sql: &str) -> Masked<'_> {
    let mut shown = String::new();
    let mut parameters = Vec::new();
    let (mut copied, mut expect, mut place) = (0, Expect::Nothing, 0);
    let mut before = "";
    for token in Tokens::new(sql) {
        let secret = match expect {
            Expect::Nothing => false,
            Expect::Next => true,
            Expect::Equals => before == "=",
            // `WITH plugin` and `VIA plugin` may quote the plugin's name.
            Expect::Identified => !["with", "via", "or"]
                .iter()
                .any(|word| before.eq_ignore_ascii_case(word)),
        };
        let hidden = match token.kind {
            Kind::Literal if secret => Some("'***'".to_owned()),
            Kind::Literal => without_password(token.text),
            _ if token.text == "?" => {
                if secret {
                    parameters.push(place);
                }
                place += 1;
                None
            }
            _ => None,
        };
        expect = after(expect, token, before, hidden.is_some() || token.text == "?");
        if let Some(hidden) = hidden {
            shown.push_str(sql.get(copied..token.at).unwrap_or_default());
            shown.push_str(&hidden);
            copied = token.at + token.text.len();
        }
        before = token.text;
    }
    let text = if copied == 0 {
        Cow::Borrowed(sql)
    } else {
        shown.push_str(sql.get(copied..).unwrap_or_default());
        Cow::Owned(shown)
    };
    Masked { text, parameters }
}

/// Says what is expected behind a token.
fn after(expect: Expect, token: Token<'_>, before: &str, hidden: bool) -> Expect {
    let ends_in_password = |word: &str| {
        let tail = word.len().checked_sub(8).and_then(|at| word.get(at..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case("password"))
    };
    match token.kind {
        Kind::Word if token.is("identified") => Expect::Identified,
        Kind::Word if expect == Expect::Identified => {
            // What may follow the password in `CREATE USER` and `GRANT`.
            let over = [
                "require",
                "account",
                "default",
                "comment",
                "attribute",
                "resource",
                "lock",
            ];
            if token.is_any(&over) || (token.is("with") && before.ends_with(['\'', '"'])) {
                Expect::Nothing
            } else {
                Expect::Identified
            }
        }
        Kind::Word if token.is("password") && before.eq_ignore_ascii_case("set") => Expect::Equals,
        Kind::Word if expect == Expect::Equals && token.is_any(&["for", "to"]) => Expect::Equals,
        Kind::Word if ends_in_password(token.text) => Expect::Next,
        Kind::Word if expect == Expect::Equals => Expect::Equals,
        Kind::Other if token.text == ";" => Expect::Nothing,
        Kind::Other if expect == Expect::Next => match token.text {
            "=" | "(" | ":" => Expect::Next,
            _ => Expect::Nothing,
        },
        Kind::Other if matches!(expect, Expect::Identified | Expect::Equals) => expect,
        Kind::Literal if matches!(expect, Expect::Identified) => expect,
        Kind::Literal if expect == Expect::Equals && !hidden => expect,
        _ => Expect::Nothing,
    }
}

/// Finds the password of an address (`mysql://user:password@host`) in a literal.
fn without_password(literal: &str) -> Option<String> {
    let begin = literal.find("://")? + 3;
    let tail = literal.get(begin..)?;
    let end = tail.find(['/', ' ', '?']).unwrap_or(tail.len());
    let at = tail.get(..end)?.rfind('@')?;
    let colon = tail.get(..at)?.find(':')?;
    let (kept, rest) = (literal.get(..=begin + colon)?, literal.get(begin + at..)?);
    Some(format!("{kept}***{rest}"))
}

/// A statement that ends another connection, or what it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kill<'a> {
    /// The text up to the number, and after it.
    pub(crate) around: (&'a str, &'a str),
    /// The connection.
    pub(crate) thread: u32,
}

/// Reads `KILL [HARD | SOFT] [CONNECTION | QUERY] number`; [`None`] for every other statement.
pub(crate) fn kill(sql: &str) -> Option<Kill<'_>> {
    let mut tokens = Tokens::new(sql);
    if !tokens.next()?.is("kill") {
        return None;
    }
    let number = loop {
        let token = tokens.next()?;
        match token.kind {
            Kind::Number => break token,
            Kind::Word if token.is_any(&["hard", "soft", "connection", "query"]) => {}
            _ => return None,
        }
    };
    if tokens.any(|token| token.text != ";") {
        return None;
    }
    let end = number.at + number.text.len();
    Some(Kill {
        around: (sql.get(..number.at)?, sql.get(end..)?),
        thread: number.text.parse().ok()?,
    })
}

/// Reads `USE database`; [`None`] for every other statement.
pub(crate) fn chosen(sql: &str) -> Option<String> {
    let mut tokens = Tokens::new(sql);
    if !tokens.next()?.is("use") {
        return None;
    }
    let name = tokens.next()?.text;
    if tokens.any(|token| token.text != ";") {
        return None;
    }
    let quoted = name.strip_prefix('`').and_then(|name| name.strip_suffix('`'));
    Some(quoted.map_or_else(|| name.to_owned(), |name| name.replace("``", "`")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn statements_end_where_the_server_ends_them() {
        for (sql, expected) in [
            ("select 1; select 2", vec!["select 1", "select 2"]),
            ("select ';' ; ", vec!["select ';'"]),
            (";;", vec![]),
            (
                "-- a; b\nselect 1 /* ; */ + 2; # c;\nselect 3--4;",
                vec!["select 1 /* ; */ + 2", "select 3--4"],
            ),
            (
                r#"select 'it\';s', "a;""b", `c;d`; x"#,
                vec![r#"select 'it\';s', "a;""b", `c;d`"#, "x"],
            ),
            (
                "/*!40101 set names utf8 */; select 1",
                vec!["set names utf8", "select 1"],
            ),
            (
                "create procedure p() begin select 1; select 2; end",
                vec!["create procedure p() begin select 1; select 2; end"],
            ),
            // The sign of a product before a comment is no end of one.
            ("select 1*/*'*/2; x -- '", vec!["select 1*/*'*/2", "x"]),
            ("begin; select 1; commit", vec!["begin", "select 1", "commit"]),
            (
                "begin not atomic select 1; end",
                vec!["begin not atomic select 1; end"],
            ),
        ] {
            let found: Vec<_> = statements(sql).iter().map(|one| one.text).collect();
            assert_eq!(found, expected, "{sql}");
        }
        assert!(statements("call p()").iter().all(|one| one.calls));
    }

    #[test]
    fn passwords_are_starred() {
        for (sql, expected) in [
            (
                "create user a identified by 'geheim'",
                "create user a identified by '***'",
            ),
            (
                "CREATE USER a@'%' IDENTIFIED BY PASSWORD '*94BD'",
                "CREATE USER a@'%' IDENTIFIED BY PASSWORD '***'",
            ),
            (
                "create user a identified via 'ed25519' using password('geheim') or unix_socket",
                "create user a identified via 'ed25519' using password('***') or unix_socket",
            ),
            (
                "grant all on *.* to a identified by 'geheim' with grant option",
                "grant all on *.* to a identified by '***' with grant option",
            ),
            (
                "alter user a identified with mysql_native_password by 'geheim' replace 'old' require ssl comment 'x'",
                "alter user a identified with mysql_native_password by '***' replace '***' require ssl comment 'x'",
            ),
            (r#"set password = "geheim""#, "set password = '***'"),
            (
                "set password for 'a'@'%' = password('geheim')",
                "set password for 'a'@'%' = password('***')",
            ),
            ("select old_password('geheim')", "select old_password('***')"),
            (
                "change master to master_user='r', master_password='geheim'",
                "change master to master_user='r', master_password='***'",
            ),
            (
                "create server s foreign data wrapper mysql options (user 'u', password 'geheim')",
                "create server s foreign data wrapper mysql options (user 'u', password '***')",
            ),
            (
                "create table t (a int) engine=federated connection='mysql://u:geheim@h/d/t'",
                "create table t (a int) engine=federated connection='mysql://u:***@h/d/t'",
            ),
            (
                "select password from users where name = 'a'",
                "select password from users where name = 'a'",
            ),
            ("select 'identified by', 'x'", "select 'identified by', 'x'"),
        ] {
            assert_eq!(masked(sql).text, expected);
        }
    }

    #[test]
    fn parameters_that_are_passwords_are_known() {
        assert_eq!(masked("set password = ?").parameters, [0]);
        assert_eq!(masked("select ?, password(?), ?").parameters, [1]);
        assert_eq!(masked("select ? from t").parameters, [] as [usize; 0]);
    }

    #[test]
    fn a_kill_is_read() {
        let read = |sql| kill(sql).map(|kill| (kill.around, kill.thread));
        assert_eq!(read("KILL QUERY 7"), Some((("KILL QUERY ", ""), 7)));
        assert_eq!(read("kill 12;"), Some((("kill ", ";"), 12)));
        for sql in [
            "kill query id 7",
            "kill user a",
            "select 7",
            "kill",
            "kill 7 + 1",
            "",
        ] {
            assert_eq!(read(sql), None, "{sql}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(sql in "[ -~é\n$';\"\\\\/*!`?#-]{0,80}") {
            let _ = (statements(&sql), masked(&sql), kill(&sql), places(&sql));
        }

        #[test]
        fn no_password_literal_is_shown(password in "[a-zA-Z0-9 ;$\"-]{4,20}") {
            let sql = format!("create user x identified by '{password}'; select 1");
            prop_assert_eq!(masked(&sql).text, "create user x identified by '***'; select 1");
        }
    }
}
