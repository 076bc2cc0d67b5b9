//! Running statements on a connection of either database.

use sqlx::{AssertSqlSafe, Column, Decode, Postgres, Row as _, Sqlite, TypeInfo, ValueRef};

use super::{Dialect, News, Row, Sql, Value};
use crate::Error;

/// A transaction that is open for writing.
pub(crate) struct Tx {
    pub(super) conn: Conn,
    /// What others will want to know once it is committed.
    pub(crate) news: News,
}

pub(super) enum Conn {
    Sqlite(Box<sqlx::SqliteConnection>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Tx {
    pub(crate) fn dialect(&self) -> Dialect {
        match self.conn {
            Conn::Sqlite(_) => Dialect::Sqlite,
            Conn::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement; gives how many rows it changed.
    pub(crate) async fn exec(&mut self, sql: Sql) -> Result<u64, Error> {
        match &mut self.conn {
            Conn::Sqlite(conn) => {
                let done = sqlite(sql).execute(&mut **conn).await?;
                Ok(done.rows_affected())
            }
            Conn::Postgres(tx) => {
                let done = postgres(sql).execute(&mut **tx).await?;
                Ok(done.rows_affected())
            }
        }
    }

    /// Runs a query and gives all rows.
    pub(crate) async fn rows(&mut self, sql: Sql) -> Result<Vec<Row>, Error> {
        match &mut self.conn {
            Conn::Sqlite(conn) => {
                let rows = sqlite(sql).fetch_all(&mut **conn).await?;
                rows.iter().map(sqlite_row).collect()
            }
            Conn::Postgres(tx) => {
                let rows = postgres(sql).fetch_all(&mut **tx).await?;
                rows.iter().map(postgres_row).collect()
            }
        }
    }

    /// Runs a query and gives its first row.
    pub(crate) async fn row(&mut self, sql: Sql) -> Result<Option<Row>, Error> {
        Ok(self.rows(sql).await?.into_iter().next())
    }
}

type Query<DB> = sqlx::query::Query<'static, DB, <DB as sqlx::Database>::Arguments>;

pub(super) fn sqlite(sql: Sql) -> Query<Sqlite> {
    let (text, fixed) = (sql.text(Dialect::Sqlite), sql.is_fixed());
    // The text comes from this crate alone; what callers give is bound.
    let mut query = sqlx::query(AssertSqlSafe(text)).persistent(fixed);
    for value in sql.values {
        query = match value {
            Value::Int(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        };
    }
    query
}

pub(super) fn postgres(sql: Sql) -> Query<Postgres> {
    let (text, fixed) = (sql.text(Dialect::Postgres), sql.is_fixed());
    let mut query = sqlx::query(AssertSqlSafe(text)).persistent(fixed);
    for value in sql.values {
        query = match value {
            Value::Int(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        };
    }
    query
}

pub(super) fn sqlite_row(row: &sqlx::sqlite::SqliteRow) -> Result<Row, Error> {
    let mut values = Vec::with_capacity(row.len());
    for at in 0..row.len() {
        let raw = row.try_get_raw(at)?;
        let kind = raw.type_info().name().to_owned();
        let value = match kind.as_str() {
            "INTEGER" | "NUMERIC" => <i64 as Decode<Sqlite>>::decode(raw).map(Value::Int),
            "TEXT" => <String as Decode<Sqlite>>::decode(raw).map(Value::Text),
            "BLOB" => <Vec<u8> as Decode<Sqlite>>::decode(raw).map(Value::Bytes),
            _ => return Err(Error::Corrupt("value of an unknown type")),
        };
        values.push(value.map_err(sqlx::Error::Decode)?);
    }
    Ok(Row::new(values))
}

pub(super) fn postgres_row(row: &sqlx::postgres::PgRow) -> Result<Row, Error> {
    let mut values = Vec::with_capacity(row.len());
    for (at, column) in row.columns().iter().enumerate() {
        let raw = row.try_get_raw(at)?;
        let value = match column.type_info().name() {
            "INT8" => <i64 as Decode<Postgres>>::decode(raw).map(Value::Int),
            "INT4" => <i32 as Decode<Postgres>>::decode(raw).map(|value| Value::Int(value.into())),
            "TEXT" | "VARCHAR" | "NAME" => <String as Decode<Postgres>>::decode(raw).map(Value::Text),
            "BYTEA" => <Vec<u8> as Decode<Postgres>>::decode(raw).map(Value::Bytes),
            _ => return Err(Error::Corrupt("value of an unknown type")),
        };
        values.push(value.map_err(sqlx::Error::Decode)?);
    }
    Ok(Row::new(values))
}
