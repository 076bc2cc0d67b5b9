//! The tables of the months.

use domain::Micros;

use crate::{
    Error, Store,
    db::{Dialect, Sql, Tx, sql},
};

/// A month as a number: 202611. Its tables are `entries_202611` and, in `SQLite`, `entries_202611_f`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Month(i64);

impl Month {
    /// Gives the month of a time, in UTC.
    pub(super) fn of(at: Micros) -> Self {
        let date = jiff::Timestamp::from_microsecond(at.0)
            .unwrap_or_default()
            .to_zoned(jiff::tz::TimeZone::UTC);
        Self(i64::from(date.year()) * 100 + i64::from(date.month()))
    }

    pub(super) fn from_number(number: i64) -> Self {
        Self(number)
    }

    pub(super) fn number(self) -> i64 {
        self.0
    }

    /// Gives the name of its table.
    pub(super) fn table(self) -> String {
        format!("entries_{}", self.0)
    }
}

impl Store {
    /// Lists the months that have a table, oldest first.
    pub(super) async fn months(&self) -> Result<Vec<Month>, Error> {
        let rows = self
            .rows(sql!("SELECT month FROM entry_months ORDER BY month"))
            .await?;
        rows.into_iter().map(|mut row| row.int().map(Month)).collect()
    }
}

/// Makes the tables of a month when there are none.
pub(super) async fn ensure(tx: &mut Tx, month: Month) -> Result<(), Error> {
    if tx
        .row(sql!("SELECT month FROM entry_months WHERE month = ?", month.0))
        .await?
        .is_some()
    {
        return Ok(());
    }
    // Another node that does the same waits here until the tables are there.
    let made = tx
        .exec(sql!(
            "INSERT INTO entry_months(month) VALUES (?) ON CONFLICT DO NOTHING",
            month.0
        ))
        .await?;
    if made > 0 {
        for statement in tables(tx.dialect(), &month.table()) {
            tx.exec(Sql::new(statement)).await?;
        }
    }
    Ok(())
}

fn tables(dialect: Dialect, table: &str) -> [String; 3] {
    let (int, bytes, text, id, strict, terms) = match dialect {
        Dialect::Sqlite => ("INTEGER", "BLOB", "TEXT", "INTEGER PRIMARY KEY", " STRICT", ""),
        Dialect::Postgres => (
            "BIGINT",
            "BYTEA",
            "TEXT COLLATE \"C\"",
            "BIGINT PRIMARY KEY GENERATED ALWAYS AS IDENTITY",
            "",
            ", terms TSVECTOR NOT NULL",
        ),
    };
    let rows = format!(
        "CREATE TABLE {table}(eid {id}, sid {int} NOT NULL, session_id {bytes} NOT NULL, seq {int} NOT NULL, \
         t {int} NOT NULL, connection {bytes} NOT NULL, kind {int} NOT NULL, outcome {int} NOT NULL, \
         nrows {int} NOT NULL, bytes {int} NOT NULL, duration {int} NOT NULL, user_id {bytes} NOT NULL, \
         resource_id {bytes} NOT NULL, gateway {text} NOT NULL, resource_type {text} NOT NULL, \
         tape_record {int} NOT NULL, tape_time {int} NOT NULL, sealed {bytes} NOT NULL{terms}){strict}"
    );
    let by_session = format!("CREATE UNIQUE INDEX {table}_s ON {table}(sid, seq)");
    let by_words = match dialect {
        Dialect::Sqlite => format!(
            "CREATE VIRTUAL TABLE {table}_f USING fts5(words, facets, content='', contentless_delete=1, tokenize='ascii')"
        ),
        Dialect::Postgres => format!(
            "CREATE INDEX {table}_f ON {table} USING gin(terms) WITH (fastupdate = on, gin_pending_list_limit = 4096)"
        ),
    };
    [rows, by_session, by_words]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_utc() {
        let month = |text: &str| Micros::parse_rfc3339(text).map(|at| Month::of(at).table());
        assert_eq!(
            month("2026-11-30T23:59:59.999999Z").as_deref(),
            Some("entries_202611")
        );
        assert_eq!(month("2026-12-01T00:00:00Z").as_deref(), Some("entries_202612"));
        assert_eq!(
            month("2026-12-01T00:30:00+01:00").as_deref(),
            Some("entries_202611")
        );
    }
}
