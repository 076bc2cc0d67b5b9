//! What a text of the SQL of MySQL and MariaDB does; see [`proto_database::facts`].
//!
//! Where literals and comments end depends on how a session is set and on the server's version. A text is read in every way that it may
//! be meant; one with too many ways counts as everything that it may be.

use domain::statement::{StatementFacts, StatementKind};
use proto_database::{
    facts::{Dialect, Statement, read},
    sql::{Kind, Token},
};

use crate::sql::{Reading, Tokens, conditions};

/// How many kinds of conditional comments are read in every way.
const CONDITIONS: usize = 3;

/// In how many ways one text is read.
const READINGS: usize = 16;

/// How deep texts are looked into that statements hold as literals.
const DEPTH: u32 = 2;

/// Words behind which the name of a table stands, or a list of names.
const BEFORE_TABLES: [&str; 10] = [
    "from",
    "join",
    "straight_join",
    "into",
    "table",
    "tables",
    "using",
    "truncate",
    "references",
    "view",
];

/// Words that stand before a table where a statement begins with them.
const FIRST: [&str; 6] = ["insert", "replace", "describe", "desc", "explain", "handler"];

/// What the statement inside of `EXPLAIN` begins with.
const BEGINNINGS: [&str; 8] = [
    "select", "with", "values", "table", "insert", "replace", "update", "delete",
];

/// Finds out what a text of one or several statements does.
pub(crate) fn facts(sql: &str) -> StatementFacts {
    let mut facts = StatementFacts::default();
    add(sql, DEPTH, &mut facts);
    facts
}

/// What may be anything.
pub(crate) fn anything() -> StatementFacts {
    use StatementKind::{Admin, Code, Ddl, Grant, Other, Read, ServerFile, Write, WriteAll};
    StatementFacts {
        kinds: vec![Read, Write, WriteAll, Ddl, Grant, ServerFile, Code, Admin, Other],
        unclear: true,
        ..StatementFacts::default()
    }
}

fn add(sql: &str, depth: u32, facts: &mut StatementFacts) {
    let conditions = conditions(sql, CONDITIONS);
    let escapes: &[bool] = if sql.contains('\\') {
        &[true, false]
    } else {
        &[true]
    };
    let names: &[bool] = if sql.contains('"') {
        &[false, true]
    } else {
        &[false]
    };
    let subsets = 1_usize << conditions.len();
    if conditions.len() > CONDITIONS || subsets * escapes.len() * names.len() > READINGS {
        return facts.merge(anything());
    }
    for subset in 0..subsets {
        let of_subset = conditions.iter().enumerate();
        let unexecuted: Vec<_> = of_subset
            .filter_map(|(at, head)| (subset & (1 << at) != 0).then_some(*head))
            .collect();
        for (escapes, names) in escapes
            .iter()
            .flat_map(|one| names.iter().map(|two| (*one, *two)))
        {
            let reading = Reading {
                escapes,
                names,
                unexecuted: &unexecuted,
            };
            read::<Mysql>(Tokens::read(sql, reading), facts);
            texts(sql, reading, depth, facts);
        }
    }
}

/// Looks into the texts that statements hold and the server runs: `PREPARE … FROM '…'`, `EXECUTE IMMEDIATE '…'`.
fn texts(sql: &str, reading: Reading<'_>, depth: u32, facts: &mut StatementFacts) {
    let tokens: Vec<_> = Tokens::read(sql, reading).collect();
    for statement in tokens.split(|token| token.text == ";") {
        let from = match statement {
            [first, _, from, rest @ ..] if first.is("prepare") && from.is("from") => rest,
            [first, immediate, rest @ ..] if first.is("execute") && immediate.is("immediate") => rest,
            _ => continue,
        };
        match from {
            [text, rest @ ..]
                if text.kind == Kind::Literal
                    && depth > 0
                    && rest.first().is_none_or(|next| next.is("using")) =>
            {
                let text = text
                    .text
                    .get(1..text.text.len().saturating_sub(1))
                    .unwrap_or_default();
                add(text, depth - 1, facts);
                add(&unescaped(text), depth - 1, facts);
            }
            // It is in a variable, or put together.
            _ => {
                facts.add(StatementKind::Code);
                facts.unclear = true;
            }
        }
    }
}

/// Reads what is inside of a literal's quotes.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut all = text.chars().peekable();
    while let Some(one) = all.next() {
        match (one, all.peek()) {
            ('\\', Some(next)) => {
                out.push(match next {
                    'n' | 'r' | 't' | '0' | 'Z' | 'b' => ' ',
                    other => *other,
                });
                all.next();
            }
            ('\'', Some('\'')) | ('"', Some('"')) => {
                out.push(one);
                all.next();
            }
            _ => out.push(one),
        }
    }
    out
}

struct Mysql;

impl Dialect for Mysql {
    const FILLERS: &'static [&'static str] = &[
        "low_priority",
        "high_priority",
        "delayed",
        "ignore",
        "into",
        "table",
        "tables",
        "if",
        "not",
        "exists",
        "lateral",
        "extended",
        "partitions",
        "analyze",
    ];
    const ENDS: &'static [&'static str] = &[
        "where",
        "group",
        "order",
        "having",
        "limit",
        "union",
        "intersect",
        "except",
        "minus",
        "returning",
        "set",
        "window",
        "for",
        "values",
        "value",
        "select",
        "with",
    ];
    const WRAPPERS: &'static [&'static str] = &["explain", "describe", "desc", "analyze"];
    const FUNCTIONS: &'static [(&'static [&'static str], StatementKind)] =
        &[(&["load_file", "sys_exec", "sys_eval"], StatementKind::ServerFile)];

    fn first(statement: &Statement<'_, Self>, at: usize, facts: &mut StatementFacts) {
        use StatementKind::{Admin, Code, Ddl, Grant, Other, Read, ServerFile, Write, WriteAll};
        let word = statement.word(at).unwrap_or_default();
        match word.as_str() {
            "explain" | "describe" | "desc" => {
                if !statement.inner(at, &BEGINNINGS, facts) {
                    facts.add(Read);
                }
            }
            // MariaDB runs what it explains so.
            "analyze" => {
                if statement.is_any(at + 1, &["table", "local", "no_write_to_binlog"])
                    || !statement.inner(at, &BEGINNINGS, facts)
                {
                    facts.add(Other);
                }
            }
            "select" | "with" | "values" | "table" | "show" | "handler" | "check" | "checksum" => {
                facts.add(Read);
            }
            // Expressions, in which functions may be.
            "do" => facts.add(Read),
            "insert" | "replace" | "update" | "delete" => facts.add(Write),
            "load" => load(statement, at, facts),
            "truncate" => {
                facts.add(Write);
                facts.add(WriteAll);
            }
            "create" | "alter" | "drop" | "rename" | "optimize" | "repair" | "import" => {
                made(statement, at, facts);
            }
            "install" | "uninstall" => {
                facts.add(Ddl);
                facts.add(ServerFile);
                facts.add(Admin);
            }
            "grant" | "revoke" => facts.add(Grant),
            "set" => {
                facts.add(Other);
                if statement.is_any(at + 1, &["role", "password", "default"]) {
                    facts.add(Grant);
                }
                if ["global", "persist", "persist_only"]
                    .iter()
                    .any(|word| statement.has(word))
                {
                    facts.add(Admin);
                }
            }
            "call" | "if" | "case" | "loop" | "while" | "repeat" | "for" | "declare" => {
                facts.add(Code);
                facts.unclear = true;
            }
            // MariaDB's compound statements.
            "begin" if statement.is(at + 1, "not") => {
                facts.add(Code);
                facts.unclear = true;
            }
            "change" | "start" | "stop" | "reset" | "purge" | "flush" | "kill" | "shutdown" | "restart"
            | "clone" | "binlog" | "cache" => {
                // `START TRANSACTION`.
                let own = word == "start" && statement.is(at + 1, "transaction");
                facts.add(if own { Other } else { Admin });
            }
            _ => facts.add(Other),
        }
    }

    fn introduces(statement: &Statement<'_, Self>, at: usize, word: &str) -> bool {
        let begins = at == 0;
        match word {
            // `ON DUPLICATE KEY UPDATE`, `FOR UPDATE`, `ON UPDATE`.
            "update" => begins || !statement.is_any(at - 1, &["key", "for", "on"]),
            "on" | "like" => statement.is_any(0, &["create", "drop", "grant", "revoke"]),
            "to" => statement.is_any(0, &["rename", "alter"]),
            "in" => statement.is(0, "show"),
            _ => BEFORE_TABLES.contains(&word) || (begins && FIRST.contains(&word)),
        }
    }

    /// It writes a file of the server, or variables.
    fn into(statement: &Statement<'_, Self>, at: usize, facts: &mut StatementFacts) {
        if statement.is_any(at + 1, &["outfile", "dumpfile"]) {
            facts.add(StatementKind::ServerFile);
        }
    }

    /// Gives a name in lower case: whether case matters depends on the server, and is left out of account.
    fn identifier(token: &Token<'_>) -> Option<String> {
        if matches!(token.kind, Kind::Word | Kind::Number) {
            return Some(token.text.to_lowercase());
        }
        let quote = token
            .text
            .chars()
            .next()
            .filter(|first| matches!(first, '`' | '"'))?;
        if token.kind == Kind::Literal || token.text.len() < 2 {
            return None;
        }
        let quoted = token.text.get(1..)?.strip_suffix(quote)?;
        let doubled = [quote, quote].iter().collect::<String>();
        Some(quoted.replace(&doubled, &quote.to_string()).to_lowercase())
    }

    /// `@@GLOBAL.name =` sets for the server as a whole.
    fn each(statement: &Statement<'_, Self>, at: usize, facts: &mut StatementFacts) {
        if statement.is(0, "set")
            && statement.text(at) == "@"
            && statement.is_any(at + 1, &["global", "persist", "persist_only"])
        {
            facts.add(StatementKind::Admin);
        }
    }
}

/// `LOAD DATA`: from a file of the client or of the server.
fn load(statement: &Statement<'_, Mysql>, at: usize, facts: &mut StatementFacts) {
    if !statement.is_any(at + 1, &["data", "xml"]) {
        return facts.add(StatementKind::Admin);
    }
    facts.add(StatementKind::Write);
    let local = (at + 2..statement.tokens().len())
        .take_while(|here| !statement.is(*here, "infile"))
        .any(|here| statement.is(here, "local"));
    if !local {
        facts.add(StatementKind::ServerFile);
    }
}

/// `CREATE`, `ALTER`, `DROP`, `RENAME` and the like.
fn made(statement: &Statement<'_, Mysql>, at: usize, facts: &mut StatementFacts) {
    facts.add(StatementKind::Ddl);
    // `CREATE OR REPLACE USER`.
    let next = if statement.is(at + 1, "or") {
        at + 3
    } else {
        at + 1
    };
    if statement.is_any(next, &["user", "role", "default"]) {
        facts.add(StatementKind::Grant);
    }
    if statement.is_any(next, &["instance", "server", "logfile"]) {
        facts.add(StatementKind::Admin);
    }
    // Functions out of libraries; files of tables at places of their own.
    if ["soname", "datafile", "directory"]
        .iter()
        .any(|word| statement.has(word))
    {
        facts.add(StatementKind::ServerFile);
    }
}

#[cfg(test)]
mod tests {
    use domain::statement::StatementKind::{
        Admin, Code, Ddl, Grant, Other, Read, ServerFile, Write, WriteAll,
    };
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_statement_does_is_told_by_its_tokens() {
        for (sql, expected) in [
            ("select 1", vec![Read]),
            ("select * from t for update", vec![Read]),
            ("select 'delete from t', `drop`, \"x\" from t", vec![Read]),
            ("-- drop\nselect 1", vec![Read]),
            ("select 1--drop table t", vec![Read]),
            ("# x\ndrop table t", vec![Ddl]),
            ("select a into @x from t", vec![Read]),
            ("select * from t into outfile '/tmp/x'", vec![Read, ServerFile]),
            ("select load_file('/etc/passwd')", vec![Read, ServerFile]),
            (
                "with x as (select 1) delete from t where a in (select * from x)",
                vec![Read, Write],
            ),
            ("delete a from a join b where a.x = b.x", vec![Write]),
            ("delete from t", vec![Write, WriteAll]),
            (
                "update a, b set a.x = (select 1 from c where true)",
                vec![Write, WriteAll],
            ),
            (
                "insert into t values (1) on duplicate key update a = 1",
                vec![Write],
            ),
            ("replace t set a = replace('a', 'b', 'c')", vec![Write]),
            ("truncate t", vec![Write, WriteAll]),
            ("explain delete from t", vec![Write, WriteAll]),
            ("analyze format=json update t set a = 1 where b", vec![Write]),
            ("analyze table t", vec![Other]),
            ("describe t", vec![Read]),
            ("load data local infile 'x' ignore into table t", vec![Write]),
            ("load data infile 'local' into table t", vec![Write, ServerFile]),
            ("create or replace user a identified by 'x'", vec![Ddl, Grant]),
            ("rename table a to b", vec![Ddl]),
            (
                "create function f returns string soname 'x.so'",
                vec![Ddl, ServerFile],
            ),
            ("grant select on *.* to a", vec![Grant]),
            ("set password = 'x'", vec![Grant, Other]),
            ("set global general_log = 1", vec![Admin, Other]),
            ("set @@global.general_log = 1", vec![Admin, Other]),
            ("set names utf8mb4", vec![Other]),
            ("kill 7", vec![Admin]),
            ("start transaction read only", vec![Other]),
            ("call p()", vec![Code]),
            ("begin not atomic delete from t", vec![Code]),
            ("begin; drop table t; commit", vec![Ddl, Other]),
            ("prepare s from 'drop table t'", vec![Ddl, Other]),
            ("prepare s from @text", vec![Code, Other]),
            (
                "execute immediate 'delete from t where a = ''x'''",
                vec![Other, Write],
            ),
            ("execute immediate concat('drop ', 'table t')", vec![Code, Other]),
            // Hidden from one of the ways in which a text can be read.
            (r"select '\'; -- '; drop table t", vec![Ddl, Read]),
            (r#"select "`"; drop table t; -- `"#, vec![Ddl, Read]),
            ("/*!50000 drop table t */", vec![Ddl]),
            ("select 1 /*!99999 ' */; drop table t -- '", vec![Ddl, Read]),
            (
                "delete from t /*!99999 where a = 1 */ /*!50000 limit 3 */",
                vec![Write, WriteAll],
            ),
            ("select 1*/*'*/2; drop table t; -- '", vec![Ddl, Read]),
        ] {
            let mut kinds = facts(sql).kinds;
            kinds.sort();
            let mut expected = expected;
            expected.sort();
            // What is not executed may leave nothing behind, which does nothing.
            kinds.retain(|kind| expected.contains(kind) || *kind != Other || sql.contains("set"));
            assert_eq!(kinds, expected, "{sql}");
        }
        let many = "/*!40001 a */ /*!40002 b */ /*!40003 c */ /*!40004 d */";
        assert_eq!(facts(many), anything());
    }

    #[test]
    fn tables_are_found_by_their_names() {
        for (sql, expected) in [
            (
                "select * from a, `B`.`c d` x join (e, f.g) on true where h in (1)",
                "a b.c_d e f.g",
            ),
            ("select * from { oj a left outer join b on true }", "a b"),
            ("select * from .a", "a"),
            ("insert hr.pay values (1)", "hr.pay"),
            ("insert ignore into HR.Pay (a) select b from c", "c hr.pay"),
            ("update low_priority a join b using (id) set a.x = 1", "a b"),
            ("delete a, b from a join b", "a b"),
            ("lock tables a read, b write", "a b"),
            ("rename table a to b, c to s.d", "a b c s.d"),
            ("create table a like b", "a b"),
            ("create index i on s.t (a)", "s.t"),
            ("load data local infile 'x' into table s.t", "s.t"),
            ("show columns in t", "t"),
            ("select a.* from a", "a"),
            ("select * from \"hr\".\"pay\"", "hr.pay"),
            ("table a", "a"),
            ("truncate table a", "a"),
        ] {
            let mut found: Vec<_> = facts(sql)
                .tables
                .into_iter()
                .map(|name| {
                    let schema = name.schema.map(|schema| format!("{schema}.")).unwrap_or_default();
                    format!("{schema}{}", name.table.replace(' ', "_"))
                })
                .collect();
            found.sort();
            assert_eq!(found.join(" "), expected, "{sql}");
        }
        assert!(facts("grant all on hr.* to a").unclear);
        assert!(!facts("select a.* from a").unclear);
    }

    #[test]
    fn a_text_that_is_made_to_be_slow_is_not() {
        for piece in [
            "from (",
            "from a ",
            "explain ",
            "; from",
            "(",
            "/*!1 ",
            "\\\" from ( ",
        ] {
            let _facts = facts(&piece.repeat((1 << 18) / piece.len()));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(sql in "[ -~é\n$';\"\\\\/*!M,`eE-]{0,100}") {
            let _facts = facts(&sql);
        }

        #[test]
        fn a_drop_is_found_wherever_it_stands(before in "[a-z 0-9(),]{0,20}", literal in "[a-z ;\\\\-]{0,10}") {
            let sql = format!("select {before} '{literal}'; drop table t");
            prop_assert!(facts(&sql).kinds.contains(&Ddl), "{}", sql);
        }
    }
}
