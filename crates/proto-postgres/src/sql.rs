//! As much of SQL's lexical rules as is needed to tell statements apart and to find passwords: literals, identifiers, comments
//! (PostgreSQL's documentation, chapter 4.1).

use proto_database::sql::{Kind, Token};

/// Gives the tokens of a text, one after the other.
pub(crate) struct Tokens<'a> {
    sql: &'a str,
    at: usize,
    /// `\\` escapes in plain literals, as it did before `standard_conforming_strings`.
    escapes: bool,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip();
        let from = self.at;
        let bytes = self.sql.as_bytes();
        let first = *bytes.get(from)?;
        let second = bytes.get(from + 1).copied().unwrap_or(0);
        let (kind, end) = match (first, second) {
            (b'\'', _) => (Kind::Literal, self.quoted(from + 1, b'\'', self.escapes)),
            (b'"', _) => (Kind::Other, self.quoted(from + 1, b'"', false)),
            (b'e' | b'E', b'\'') => (Kind::Literal, self.quoted(from + 2, b'\'', true)),
            (b'b' | b'B' | b'x' | b'X' | b'n' | b'N', b'\'') => {
                (Kind::Literal, self.quoted(from + 2, b'\'', false))
            }
            (b'$', _) => self.dollar(from),
            _ if is_word(first) => {
                let rest = bytes.get(from..).unwrap_or_default();
                let len = rest
                    .iter()
                    .take_while(|byte| is_word(**byte) || **byte == b'$')
                    .count();
                (Kind::Word, from + len)
            }
            _ => (Kind::Other, from + 1),
        };
        self.at = end.min(bytes.len());
        // Every end is behind an ASCII byte, or at the end of the text.
        let text = self.sql.get(from..self.at)?;
        Some(Token { kind, text, at: from })
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(sql: &'a str) -> Self {
        Self {
            sql,
            at: 0,
            escapes: false,
        }
    }

    /// Reads as a session does that has switched `standard_conforming_strings` off.
    pub(crate) fn with_escapes(sql: &'a str) -> Self {
        Self {
            escapes: true,
            ..Self::new(sql)
        }
    }

    /// Goes over spaces and comments; comments of PostgreSQL nest.
    fn skip(&mut self) {
        let bytes = self.sql.as_bytes();
        let mut depth = 0_u32;
        while let Some(byte) = bytes.get(self.at) {
            match (byte, bytes.get(self.at + 1)) {
                (b'/', Some(b'*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', Some(b'/')) if depth > 0 => {
                    depth -= 1;
                    self.at += 2;
                }
                _ if depth > 0 => self.at += 1,
                (b'-', Some(b'-')) => {
                    let rest = bytes.get(self.at..).unwrap_or_default();
                    self.at += rest
                        .iter()
                        .take_while(|byte| !matches!(byte, b'\n' | b'\r'))
                        .count();
                }
                (byte, _) if byte.is_ascii_whitespace() || *byte == 0x0b => self.at += 1,
                _ => return,
            }
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

    /// Reads `$tag$ … $tag$`; anything else that begins so is a parameter or a lone sign.
    fn dollar(&self, from: usize) -> (Kind, usize) {
        let rest = self.sql.get(from..).unwrap_or_default();
        let inner = rest.get(1..).unwrap_or_default();
        let name = inner.bytes().take_while(|byte| is_word(*byte)).count();
        let begins_with_digit = inner.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        if begins_with_digit || inner.as_bytes().get(name) != Some(&b'$') {
            return (Kind::Other, from + 1);
        }
        let tag = rest.get(..name + 2).unwrap_or_default();
        let body = rest.get(tag.len()..).unwrap_or_default();
        let end = body
            .find(tag)
            .map_or(rest.len(), |end| tag.len() + end + tag.len());
        (Kind::Literal, from + end)
    }
}

/// Tells the statements of a text apart, as the server does; empty ones are left out, as it does not answer them.
///
/// The body of a routine in standard form (`BEGIN ATOMIC … END`) is part of its statement.
pub(crate) fn statements(sql: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut from, mut last, mut depth, mut atomic) = (None, 0, 0_u32, false);
    let mut before = "";
    for token in Tokens::new(sql) {
        if token.text == ";" && depth == 0 {
            if let Some(from) = from.take() {
                found.extend(sql.get(from..last));
            }
            (atomic, before) = (false, "");
            continue;
        }
        if token.kind == Kind::Word {
            let is = |word: &str| token.text.eq_ignore_ascii_case(word);
            if is("atomic") && before.eq_ignore_ascii_case("begin") {
                (atomic, depth) = (true, depth + 1);
            } else if atomic && is("case") {
                depth += 1;
            } else if atomic && is("end") {
                depth = depth.saturating_sub(1);
            }
        }
        before = token.text;
        from.get_or_insert(token.at);
        last = token.at + token.text.len();
    }
    if let Some(from) = from {
        found.extend(sql.get(from..last));
    }
    found
}

/// Puts stars in the place of passwords: literals behind `PASSWORD`, and `password=…` inside literals, as connection strings have it.
pub(crate) fn masked(sql: &str) -> String {
    let mut shown = String::with_capacity(sql.len());
    let (mut copied, mut expected) = (0, false);
    for token in Tokens::new(sql) {
        let hidden = match token.kind {
            Kind::Word => {
                expected = token.text.eq_ignore_ascii_case("password");
                continue;
            }
            Kind::Literal if expected => "'***'".to_owned(),
            Kind::Literal => match without_password(token.text) {
                Some(hidden) => hidden,
                None => continue,
            },
            // `password = '…'` and `password => '…'`.
            Kind::Number | Kind::Other => {
                expected = expected && matches!(token.text, "=" | ">" | "(" | ":");
                continue;
            }
        };
        expected = false;
        shown.push_str(sql.get(copied..token.at).unwrap_or_default());
        shown.push_str(&hidden);
        copied = token.at + token.text.len();
    }
    shown.push_str(sql.get(copied..).unwrap_or_default());
    shown
}

fn without_password(literal: &str) -> Option<String> {
    const KEY: &str = "password";
    let lower = literal.to_ascii_lowercase();
    let mut shown = String::new();
    let (mut from, mut copied) = (0, 0);
    while let Some(found) = lower.get(from..)?.find(KEY) {
        let after = from + found + KEY.len();
        from = after;
        let rest = literal.get(after..)?;
        let spaces = |text: &str| text.len() - text.trim_start().len();
        let equals = spaces(rest);
        if rest.as_bytes().get(equals) != Some(&b'=') {
            continue;
        }
        let value = equals + 1 + spaces(rest.get(equals + 1..)?);
        let tail = rest.get(value..)?;
        // A quoted value inside a literal has doubled quotes.
        let len = match tail.strip_prefix("''") {
            Some(quoted) => quoted.find("''").map_or(tail.len(), |end| end + 4),
            None => tail.find([' ', '\'', '&', '$', '\n']).unwrap_or(tail.len()),
        };
        shown.push_str(literal.get(copied..after + value)?);
        shown.push_str("***");
        copied = after + value + len;
        from = copied;
    }
    if copied == 0 {
        return None;
    }
    shown.push_str(literal.get(copied..)?);
    Some(shown)
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
                "-- a; b\nselect 1 /* ; /* ; */ ; */ + 2;",
                vec!["select 1 /* ; /* ; */ ; */ + 2"],
            ),
            (
                "select $$a;b$$, $x$;$$;$x$; select $1",
                vec!["select $$a;b$$, $x$;$$;$x$", "select $1"],
            ),
            (
                r"select E'\';', 'it''s;', U&'d;'; x",
                vec![r"select E'\';', 'it''s;', U&'d;'", "x"],
            ),
            (r#"select "a;b"; y"#, vec![r#"select "a;b""#, "y"]),
            (
                "create function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3",
                vec![
                    "create function f() returns int begin atomic select case when true then 1 end; select 2; end",
                    "select 3",
                ],
            ),
            ("begin; select 1; end;", vec!["begin", "select 1", "end"]),
        ] {
            assert_eq!(statements(sql), expected, "{sql}");
        }
    }

    #[test]
    fn passwords_are_starred() {
        for (sql, expected) in [
            ("ALTER ROLE a PASSWORD 'geheim'", "ALTER ROLE a PASSWORD '***'"),
            (
                "create user a encrypted password E'ge\\'heim' login",
                "create user a encrypted password '***' login",
            ),
            (
                "create role a password $q$geheim$q$",
                "create role a password '***'",
            ),
            (
                "options (user 'u', password 'geheim')",
                "options (user 'u', password '***')",
            ),
            (
                "create subscription s connection 'host=h password=geheim user=u' publication p",
                "create subscription s connection 'host=h password=*** user=u' publication p",
            ),
            ("select 'password = ''ge heim'' x'", "select 'password = *** x'"),
            (
                "select password from users where name = 'a'",
                "select password from users where name = 'a'",
            ),
            ("alter role a password null", "alter role a password null"),
        ] {
            assert_eq!(masked(sql), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(sql in "[ -~é\n$';\"\\\\/*eE-]{0,80}") {
            let _ = statements(&sql);
            let _ = masked(&sql);
        }

        #[test]
        fn no_password_literal_is_shown(password in "[a-zA-Z0-9 ;$\"-]{4,20}") {
            let sql = format!("alter role x password '{password}'; select 1");
            prop_assert_eq!(masked(&sql), "alter role x password '***'; select 1");
        }
    }
}
