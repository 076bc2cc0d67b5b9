//! What a text of PostgreSQL's SQL does; see [`proto_database::facts`].

use domain::statement::{StatementFacts, StatementKind};
use proto_database::{
    facts::{Dialect, Statement, read},
    sql::{Kind, Token},
};

use crate::sql::Tokens;

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

/// Statements in which `ON` is followed by the name of a table.
const OF_RIGHTS: [&str; 9] = [
    "create", "alter", "drop", "grant", "revoke", "comment", "reindex", "cluster", "refresh",
];

/// What the statement inside of `EXPLAIN`, `PREPARE` or `DECLARE` begins with.
const BEGINNINGS: [&str; 15] = [
    "select", "with", "values", "table", "insert", "update", "delete", "merge", "create", "refresh",
    "execute", "copy", "truncate", "call", "do",
];

/// Finds out what a text of one or several statements does.
pub(crate) fn facts(sql: &str) -> StatementFacts {
    let mut facts = StatementFacts::default();
    read::<Postgres>(Tokens::new(sql), &mut facts);
    // A session may have set that `\` escapes in plain literals as well; then they end elsewhere.
    if sql.contains('\\') {
        read::<Postgres>(Tokens::with_escapes(sql), &mut facts);
    }
    facts
}

struct Postgres;

impl Dialect for Postgres {
    const FILLERS: &'static [&'static str] = &[
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
    const ENDS: &'static [&'static str] = &[
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
    const WRAPPERS: &'static [&'static str] = &["explain", "prepare", "declare"];
    const FUNCTIONS: &'static [(&'static [&'static str], StatementKind)] = &[
        (
            &[
                "pg_read_file",
                "pg_read_binary_file",
                "pg_ls_dir",
                "pg_stat_file",
                "pg_ls_logdir",
                "pg_ls_waldir",
                "lo_import",
                "lo_export",
                "pg_file_write",
            ],
            StatementKind::ServerFile,
        ),
        // They run statements which they are given as text.
        (
            &[
                "dblink",
                "dblink_exec",
                "query_to_xml",
                "query_to_xmlschema",
                "query_to_xml_and_xmlschema",
                "cursor_to_xml",
                "ts_stat",
            ],
            StatementKind::Code,
        ),
        (
            &[
                "pg_cancel_backend",
                "pg_terminate_backend",
                "pg_reload_conf",
                "pg_rotate_logfile",
                "pg_promote",
                "pg_switch_wal",
            ],
            StatementKind::Admin,
        ),
    ];

    fn first(statement: &Statement<'_, Self>, at: usize, facts: &mut StatementFacts) {
        use StatementKind::{Admin, Code, Ddl, Grant, Other, Read, ServerFile, Write, WriteAll};
        let word = statement.word(at).unwrap_or_default();
        let second = statement.word(at + 1).unwrap_or_default();
        match word.as_str() {
            "explain" | "prepare" | "declare" => {
                if !statement.inner(at, &BEGINNINGS, facts) {
                    facts.add(Other);
                }
            }
            "select" | "with" | "values" | "table" | "show" | "fetch" => facts.add(Read),
            "insert" | "update" | "delete" | "merge" => facts.add(Write),
            "truncate" => {
                facts.add(Write);
                facts.add(WriteAll);
            }
            "copy" => copy(statement, at, facts),
            "create" | "alter" | "drop" | "comment" | "reindex" | "cluster" | "refresh" | "import"
            | "security" => {
                facts.add(Ddl);
                let of_rights = ["role", "user", "group", "default", "owned", "policy"];
                if of_rights.contains(&second.as_str()) || statement.has("owner") {
                    facts.add(Grant);
                }
                if second == "system" {
                    facts.add(ServerFile);
                    facts.add(Admin);
                }
            }
            "grant" | "revoke" | "reassign" => facts.add(Grant),
            "set" | "reset" if statement.has("role") || statement.has("authorization") => {
                facts.add(Grant);
                facts.add(Other);
            }
            "do" | "call" => {
                facts.add(Code);
                facts.unclear = true;
            }
            "load" => facts.add(ServerFile),
            "checkpoint" => facts.add(Admin),
            _ => facts.add(Other),
        }
    }

    fn introduces(statement: &Statement<'_, Self>, _at: usize, word: &str) -> bool {
        BEFORE_TABLES.contains(&word)
            || (matches!(word, "on" | "view" | "cluster" | "reindex") && statement.is_any(0, &OF_RIGHTS))
    }

    /// It makes a table.
    fn into(_statement: &Statement<'_, Self>, _at: usize, facts: &mut StatementFacts) {
        facts.add(StatementKind::Ddl);
    }

    /// Gives a name in lower case, unless it is quoted.
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

    /// An identifier with escapes in it (`U&"…"`) is not read.
    fn each(statement: &Statement<'_, Self>, at: usize, facts: &mut StatementFacts) {
        let escaped =
            statement.is(at, "u") && statement.text(at + 1) == "&" && statement.text(at + 2).starts_with('"');
        facts.unclear |= escaped;
    }
}

fn copy(statement: &Statement<'_, Postgres>, at: usize, facts: &mut StatementFacts) {
    let depth = statement.depth(at);
    for here in at + 1..statement.tokens().len() {
        let (from, to) = (statement.is(here, "from"), statement.is(here, "to"));
        if statement.depth(here) != depth || !(from || to) {
            continue;
        }
        facts.add(if from {
            StatementKind::Write
        } else {
            StatementKind::Read
        });
        if statement.is_literal(here + 1) || statement.is(here + 1, "program") {
            facts.add(StatementKind::ServerFile);
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::statement::StatementKind::{
        Admin, Code, Ddl, Grant, Other, Read, ServerFile, Write, WriteAll,
    };
    use proptest::prelude::*;
    use proto_database::facts::TABLES;

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
            ("alter system set work_mem = '1GB'", vec![Ddl, ServerFile, Admin]),
            ("select pg_terminate_backend(1)", vec![Read, Admin]),
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
            (
                "select * from (a join (b.c cross join d) on true), e",
                "a b.c d e",
            ),
            ("select * from only (a) where b in (c, d)", "a"),
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
        assert!(!facts("select a.* from a").unclear);
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
