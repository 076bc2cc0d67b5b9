//! What a text of SQL does, as far as its tokens tell: for the rules of the profile.
//!
//! It is not a parser: where something can be read in two ways, both are taken, so that a rule may refuse too much and not too little.
//! What functions and views do inside is not seen; the rights of the account are what protects a database.

use std::cell::Cell;

use domain::statement::{StatementFacts, StatementKind, TableName};

use crate::sql::{Kind, Token, Tokens};

/// How many tokens of a statement are looked at again and again: more than any that is meant well needs. What would need more counts as
/// everything that it may be.
const LOOKS: u32 = 1_000_000;

/// How many tables are kept of one text.
const TABLES: usize = 1000;

/// Words behind which the name of a table stands, or a list of names.
const BEFORE_TABLES: [&str; 10] = [
    "from",
    "join",
    "into",
    "update",
    "table",
    "using",
    "truncate",
    "lock",
    "copy",
    "references",
];
/// Words between those and the name.
const FILLERS: [&str; 12] = [
    "only",
    "lateral",
    "table",
    "if",
    "not",
    "exists",
    "temp",
    "temporary",
    "unlogged",
    "foreign",
    "concurrently",
    "recursive",
];
/// Words that end a list of tables.
const ENDS: [&str; 18] = [
    "where",
    "group",
    "order",
    "having",
    "limit",
    "offset",
    "fetch",
    "union",
    "intersect",
    "except",
    "returning",
    "set",
    "window",
    "for",
    "values",
    "select",
    "to",
    "with",
];
/// Functions that read or write the server's files.
const FILE_FUNCTIONS: [&str; 9] = [
    "pg_read_file",
    "pg_read_binary_file",
    "pg_ls_dir",
    "pg_stat_file",
    "pg_ls_logdir",
    "pg_ls_waldir",
    "lo_import",
    "lo_export",
    "pg_file_write",
];
/// Functions that run statements which they are given as text.
const CODE_FUNCTIONS: [&str; 7] = [
    "dblink",
    "dblink_exec",
    "query_to_xml",
    "query_to_xmlschema",
    "query_to_xml_and_xmlschema",
    "cursor_to_xml",
    "ts_stat",
];

/// Finds out what a text of one or several statements does.
pub(crate) fn facts(sql: &str) -> StatementFacts {
    let mut facts = StatementFacts::default();
    read_as(Tokens::new(sql), &mut facts);
    // A session may have set that `\` escapes in plain literals as well; then they end elsewhere.
    if sql.contains('\\') {
        read_as(Tokens::with_escapes(sql), &mut facts);
    }
    facts
}

fn read_as<'a>(tokens: Tokens<'a>, facts: &mut StatementFacts) {
    let all: Vec<Token<'a>> = tokens.collect();
    for statement in all.split(|token| token.text == ";") {
        Statement::new(statement).read(facts);
    }
}

/// The tokens of one statement, each with how deep in parentheses it is.
struct Statement<'a> {
    tokens: &'a [Token<'a>],
    depths: Vec<u32>,
    /// How often it may still be looked ahead.
    looks: Cell<u32>,
}

impl<'a> Statement<'a> {
    fn new(tokens: &'a [Token<'a>]) -> Self {
        let mut depth = 0_u32;
        let depths = tokens.iter().map(|token| match token.text {
            "(" => {
                depth += 1;
                depth - 1
            }
            ")" => {
                depth = depth.saturating_sub(1);
                depth
            }
            _ => depth,
        });
        let depths = depths.collect();
        let looks = Cell::new(LOOKS);
        Self {
            tokens,
            depths,
            looks,
        }
    }

    /// Counts a look ahead; tells whether it may still be taken.
    fn may_look(&self) -> bool {
        let left = self.looks.get().saturating_sub(1);
        self.looks.set(left);
        left > 0
    }

    fn word(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at).filter(|token| token.kind == Kind::Word)?;
        Some(token.text.to_ascii_lowercase())
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.kind == Kind::Word && token.text.eq_ignore_ascii_case(word))
    }

    fn text(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    fn depth(&self, at: usize) -> u32 {
        self.depths.get(at).copied().unwrap_or(0)
    }

    fn has(&self, word: &str) -> bool {
        (0..self.tokens.len()).any(|at| self.is(at, word))
    }

    fn read(&self, facts: &mut StatementFacts) {
        let first = self.tokens.iter().position(|token| token.text != "(");
        let Some(first) = first else { return };
        self.first(first, facts);
        for at in 0..self.tokens.len() {
            self.changes(at, facts);
            self.names(at, facts);
            self.functions(at, facts);
        }
    }

    /// Tells by the words that a statement begins with.
    fn first(&self, at: usize, facts: &mut StatementFacts) {
        use StatementKind::{Code, Ddl, Grant, Other, Read, ServerFile, Write, WriteAll};
        let word = self.word(at).unwrap_or_default();
        let second = self.word(at + 1).unwrap_or_default();
        match word.as_str() {
            "explain" | "prepare" | "declare" => self.inner(at, facts),
            "select" | "with" | "values" | "table" | "show" | "fetch" => facts.add(Read),
            "insert" | "update" | "delete" | "merge" => facts.add(Write),
            "truncate" => {
                facts.add(Write);
                facts.add(WriteAll);
            }
            "copy" => self.copy(at, facts),
            "create" | "alter" | "drop" | "comment" | "reindex" | "cluster" | "refresh" | "import"
            | "security" => {
                facts.add(Ddl);
                let of_rights = ["role", "user", "group", "default", "owned", "policy"];
                if of_rights.contains(&second.as_str()) || self.has("owner") {
                    facts.add(Grant);
                }
                if second == "system" {
                    facts.add(ServerFile);
                }
            }
            "grant" | "revoke" | "reassign" => facts.add(Grant),
            "set" | "reset" if self.has("role") || self.has("authorization") => {
                facts.add(Grant);
                facts.add(Other);
            }
            "do" | "call" => {
                facts.add(Code);
                facts.unclear = true;
            }
            "load" => facts.add(ServerFile),
            _ => facts.add(Other),
        }
    }

    /// Goes on with the statement inside of another: `EXPLAIN …`, `PREPARE … AS …`, `DECLARE … FOR …`.
    fn inner(&self, at: usize, facts: &mut StatementFacts) {
        const BEGINNINGS: [&str; 15] = [
            "select", "with", "values", "table", "insert", "update", "delete", "merge", "create", "refresh",
            "execute", "copy", "truncate", "call", "do",
        ];
        let depth = self.depth(at);
        let begins = |at: &usize| {
            self.depth(*at) == depth
                && self
                    .word(*at)
                    .is_some_and(|word| BEGINNINGS.contains(&word.as_str()))
        };
        match (at + 1..self.tokens.len()).find(begins) {
            Some(inner) => self.first(inner, facts),
            None => facts.add(StatementKind::Other),
        }
    }

    fn copy(&self, at: usize, facts: &mut StatementFacts) {
        let depth = self.depth(at);
        for here in at + 1..self.tokens.len() {
            let (from, to) = (self.is(here, "from"), self.is(here, "to"));
            if self.depth(here) != depth || !(from || to) {
                continue;
            }
            facts.add(if from {
                StatementKind::Write
            } else {
                StatementKind::Read
            });
            let literal = self
                .tokens
                .get(here + 1)
                .is_some_and(|token| token.kind == Kind::Literal);
            if literal || self.is(here + 1, "program") {
                facts.add(StatementKind::ServerFile);
            }
        }
    }

    /// Looks for rows that are changed, by the statement itself or in a `WITH`; and for `SELECT … INTO`.
    fn changes(&self, at: usize, facts: &mut StatementFacts) {
        let Some(word) = self.word(at) else { return };
        let before = at.checked_sub(1);
        let begins = before.is_none_or(|before| {
            let first = self.word(0).unwrap_or_default();
            matches!(self.text(before), "(" | ")")
                || (matches!(first.as_str(), "explain" | "prepare" | "declare")
                    && !matches!(self.word(before).as_deref(), Some("for" | "do" | "then" | "key")))
        });
        match word.as_str() {
            "insert" | "merge" if begins => facts.add(StatementKind::Write),
            "update" | "delete" if begins => {
                facts.add(StatementKind::Write);
                let depth = self.depth(at);
                let mut rest = (at + 1..self.tokens.len())
                    .take_while(|here| self.depth(*here) >= depth && self.may_look());
                if !rest.any(|here| self.depth(here) == depth && self.is(here, "where")) {
                    facts.add(StatementKind::WriteAll);
                }
            }
            "into" if !before.is_some_and(|before| self.is(before, "insert") || self.is(before, "merge")) => {
                facts.add(StatementKind::Ddl);
            }
            _ => {}
        }
    }

    /// Collects the tables that are named behind a word.
    fn names(&self, at: usize, facts: &mut StatementFacts) {
        // An identifier with escapes in it (`U&"…"`) is not read.
        if self.is(at, "u") && self.text(at + 1) == "&" && self.text(at + 2).starts_with('"') {
            facts.unclear = true;
        }
        let Some(word) = self.word(at) else { return };
        let of_rights = matches!(
            self.word(0).as_deref(),
            Some(
                "create"
                    | "alter"
                    | "drop"
                    | "grant"
                    | "revoke"
                    | "comment"
                    | "reindex"
                    | "cluster"
                    | "refresh"
            )
        );
        let introduces = BEFORE_TABLES.contains(&word.as_str())
            || (of_rights && matches!(word.as_str(), "on" | "view" | "cluster" | "reindex"));
        if !introduces {
            return;
        }
        let depth = self.depth(at);
        let may_be_function = matches!(word.as_str(), "from" | "join" | "using");
        let mut here = at + 1;
        loop {
            here = self.name(here, may_be_function, facts);
            // On to the next name of the list, over aliases, conditions of joins and whole queries.
            loop {
                if here >= self.tokens.len() || self.depth(here) < depth {
                    return;
                }
                if !self.may_look() {
                    facts.unclear = true;
                    return;
                }
                let at_depth = self.depth(here) == depth;
                if at_depth && self.word(here).is_some_and(|word| ENDS.contains(&word.as_str())) {
                    return;
                }
                here += 1;
                if at_depth && self.text(here - 1) == "," {
                    break;
                }
            }
        }
    }

    /// Reads a name; gives where it ends.
    fn name(&self, mut at: usize, may_be_function: bool, facts: &mut StatementFacts) -> usize {
        while self.word(at).is_some_and(|word| FILLERS.contains(&word.as_str())) {
            at += 1;
        }
        // `FOR UPDATE OF`, `DO UPDATE SET`, `AFTER UPDATE ON`: no name follows.
        let none = ["of", "on", "or"];
        let follows = |word: String| ENDS.contains(&word.as_str()) || none.contains(&word.as_str());
        if self.word(at).is_some_and(follows) {
            return at;
        }
        let mut parts = Vec::new();
        while let Some(part) = self.tokens.get(at).and_then(identifier) {
            parts.push(part);
            at += 1;
            if self.text(at) != "." {
                break;
            }
            at += 1;
        }
        let is_function = may_be_function && self.text(at) == "(";
        if let (Some(table), false) = (parts.pop(), is_function) {
            let name = TableName {
                schema: parts.pop(),
                table,
            };
            if facts.tables.len() >= TABLES {
                facts.unclear = true;
            } else if !facts.tables.contains(&name) {
                facts.tables.push(name);
            }
        }
        at
    }

    fn functions(&self, at: usize, facts: &mut StatementFacts) {
        let called = self.text(at + 1) == "(";
        let Some(name) = self.tokens.get(at).and_then(identifier).filter(|_| called) else {
            return;
        };
        if FILE_FUNCTIONS.contains(&name.as_str()) {
            facts.add(StatementKind::ServerFile);
        }
        if CODE_FUNCTIONS.contains(&name.as_str()) {
            facts.add(StatementKind::Code);
            facts.unclear = true;
        }
    }
}

/// Gives a name as the server compares it: in lower case, unless it is quoted.
fn identifier(token: &Token<'_>) -> Option<String> {
    if token.kind == Kind::Word {
        let number = token
            .text
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_digit());
        return (!number).then(|| token.text.to_ascii_lowercase());
    }
    let quoted = token.text.strip_prefix('"')?.strip_suffix('"')?;
    Some(quoted.replace("\"\"", "\""))
}

#[cfg(test)]
mod tests {
    use domain::statement::StatementKind::{Code, Ddl, Grant, Other, Read, ServerFile, Write, WriteAll};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_statement_does_is_told_by_its_tokens() {
        for (sql, expected) in [
            ("select 1", vec![Read]),
            ("(select 1) union (select 2)", vec![Read]),
            (
                "select * from t where update = 'delete from t' for update",
                vec![Read],
            ),
            ("-- drop\rselect 1", vec![Read]),
            ("select 1 -- x\r; drop table t", vec![Ddl, Read]),
            ("\u{b}drop table t", vec![Ddl]),
            (
                "with d as (delete from t returning *) select * from d",
                vec![Read, Write, WriteAll],
            ),
            (
                "with d as (delete from t where a = 1) select 1",
                vec![Read, Write],
            ),
            (
                "with a as (select 1 where true) delete from t",
                vec![Read, Write, WriteAll],
            ),
            (
                "delete from t using (select 1 where true) x",
                vec![Write, WriteAll],
            ),
            ("update t set a = 1", vec![Write, WriteAll]),
            ("update t set a = (select 1 where true) where b", vec![Write]),
            (
                "insert into t values (1) on conflict do update set a = 1",
                vec![Write],
            ),
            (
                "merge into t using s on true when matched then delete",
                vec![Write],
            ),
            ("truncate t", vec![Write, WriteAll]),
            ("explain (analyze, verbose) delete from t", vec![Write, WriteAll]),
            ("explain analyze update t set a = 1 where b", vec![Write]),
            ("prepare x (int) as delete from t", vec![Write, WriteAll]),
            ("declare c cursor for select 1 for update", vec![Read]),
            ("select a into x from t", vec![Ddl, Read]),
            ("create table x as select 1", vec![Ddl]),
            (
                "create trigger a after insert or update on t execute function f()",
                vec![Ddl],
            ),
            ("create role x", vec![Ddl, Grant]),
            ("alter table t owner to x", vec![Ddl, Grant]),
            ("grant update (a) on t to x", vec![Grant]),
            ("set session authorization x", vec![Grant, Other]),
            ("copy t from stdin", vec![Write]),
            ("copy (select 1) to stdout", vec![Read]),
            ("copy t to program 'sh'", vec![Read, ServerFile]),
            ("copy t from '/etc/passwd'", vec![Write, ServerFile]),
            ("select pg_read_file('x')", vec![Read, ServerFile]),
            ("select \"pg_read_file\" ('x')", vec![Read, ServerFile]),
            ("do $$ begin delete from t; end $$", vec![Code]),
            ("begin; set a = 1; drop table t; commit", vec![Ddl, Other]),
            // Hidden from one of the two ways in which literals can end.
            (r"select '\'; -- '; drop table t", vec![Ddl, Read]),
            (r"select '\', '; drop table t; --'", vec![Ddl, Read]),
        ] {
            let mut kinds = facts(sql).kinds;
            kinds.sort();
            let mut expected = expected;
            expected.sort();
            assert_eq!(kinds, expected, "{sql}");
        }
    }

    #[test]
    fn tables_are_found_by_their_names() {
        for (sql, expected) in [
            (
                "select * from a, b.c x, (select 1 from d) y join only \"E e\" on true, g",
                "a b.c d E e g",
            ),
            ("select * from generate_series(1, 2) s, a", "a"),
            (
                "delete from HR.Pay using a, b where c in (select d from e)",
                "hr.pay a b e",
            ),
            ("update only t set a = 1, b = 2 from u", "t u"),
            ("insert into t (a, b) select c, d from u", "t u"),
            ("truncate table a, only s.b cascade", "a s.b"),
            ("drop table if exists a, b", "a b"),
            ("create index on s.t (a)", "s.t"),
            ("grant select on a, b to c", "a b"),
            ("copy s.t (a) to stdout", "s.t"),
            ("table s.t", "s.t"),
            ("with x as (select * from a) select * from x", "a x"),
            ("select 1 from \"HR\".\"pay\"", "HR.pay"),
            ("select * from a as b, c", "a c"),
        ] {
            let mut found: Vec<_> = facts(sql)
                .tables
                .into_iter()
                .map(|name| {
                    name.schema
                        .map_or(name.table.clone(), |schema| format!("{schema}.{}", name.table))
                })
                .collect();
            found.sort();
            let mut wanted: Vec<_> = expected
                .replace("E e", "E_e")
                .split(' ')
                .map(|name| name.replace('_', " "))
                .collect();
            wanted.sort();
            assert_eq!(found, wanted, "{sql}");
        }
        assert!(facts("select * from U&\"d\\0061ta\"").unclear);
    }

    #[test]
    fn a_text_that_is_made_to_be_slow_is_not() {
        for piece in [
            "from (",
            "from a ",
            "(delete ",
            "declare ",
            "explain ",
            "; from",
            "(",
            "U&\"",
            "prepare a as ",
        ] {
            let _facts = facts(&piece.repeat((1 << 20) / piece.len()));
        }
        let many = (0..150_000).fold(String::new(), |text, n| text + &format!("t{n},"));
        let facts = facts(&format!("select 1 from {many}x"));
        assert!(facts.unclear && facts.tables.len() <= TABLES);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(sql in "[ -~é\n$';\"\\\\/*(),eE-]{0,100}") {
            let _facts = facts(&sql);
        }

        #[test]
        fn a_drop_is_found_wherever_it_stands(before in "[a-z 0-9(),]{0,20}", literal in "[a-z ;\\\\-]{0,10}") {
            let sql = format!("select {before} '{literal}'; drop table t");
            prop_assert!(facts(&sql).kinds.contains(&Ddl), "{}", sql);
        }
    }
}
