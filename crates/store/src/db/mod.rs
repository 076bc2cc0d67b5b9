//! The little that differs between the databases: placeholders, a few words of SQL, and how a transaction is run.
//!
//! Only three types cross the border: 64-bit integers, text and bytes. Statements are written with `?` and are the same text in
//! both databases wherever possible.

mod conn;
mod migrate;
mod news;
mod pool;
mod sql;
mod writer;

pub(crate) use conn::Tx;
pub(crate) use news::{Board, News, follow};
pub(crate) use pool::Pool;
pub(crate) use sql::{Row, Sql, Value, sql};
pub(crate) use writer::{BoxFuture, Writer};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Locks the rows that a query reads until the end of the transaction; `SQLite` has one writer anyway.
    pub(crate) fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// Stands before a column whose condition is to be checked row by row, without the column's index. `PostgreSQL` weighs it itself.
    pub(crate) fn row_by_row(self) -> &'static str {
        match self {
            Self::Sqlite => "+",
            Self::Postgres => "",
        }
    }

    /// Stands behind a table's name to have it read by an index.
    pub(crate) fn by_index(self, index: &str) -> String {
        match self {
            Self::Sqlite => format!(" INDEXED BY {index}"),
            Self::Postgres => String::new(),
        }
    }
}
