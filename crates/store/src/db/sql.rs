//! Statements with their values, and rows.

use std::borrow::Cow;

use super::Dialect;
use crate::Error;

/// A value that goes into or comes out of the database.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl From<uuid::Uuid> for Value {
    fn from(value: uuid::Uuid) -> Self {
        Self::Bytes(value.into_bytes().to_vec())
    }
}

/// A statement and its values. The text holds `?` for each value and no other question mark; it never holds what a caller gave.
#[derive(Clone)]
pub(crate) struct Sql {
    text: Cow<'static, str>,
    pub(super) values: Vec<Value>,
}

/// Writes a statement: `sql!("… a = ? AND b = ?", a, b)`.
macro_rules! sql {
    ($text:expr $(, $value:expr)* $(,)?) => {
        $crate::db::Sql::new($text)$(.bind($value))*
    };
}
pub(crate) use sql;

impl Sql {
    pub(crate) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            text: text.into(),
            values: Vec::new(),
        }
    }

    /// Adds the value of the next placeholder.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Appends text of the program.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.to_mut().push_str(text);
        self
    }

    /// Appends a placeholder and its value.
    pub(crate) fn push_value(&mut self, value: impl Into<Value>) -> &mut Self {
        self.text.to_mut().push('?');
        self.values.push(value.into());
        self
    }

    /// Appends another statement with its values.
    pub(crate) fn push_sql(&mut self, other: &Self) -> &mut Self {
        self.text.to_mut().push_str(&other.text);
        self.values.extend(other.values.iter().cloned());
        self
    }

    /// Appends `(?, ?, …)`.
    pub(crate) fn push_list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        self.push("(");
        for (at, value) in values.into_iter().enumerate() {
            if at > 0 {
                self.push(", ");
            }
            self.push_value(value);
        }
        self.push(")")
    }

    /// Tells whether the text was written in the program as a whole: worth keeping prepared.
    pub(super) fn is_fixed(&self) -> bool {
        matches!(self.text, Cow::Borrowed(_))
    }

    /// Writes the text in a dialect.
    pub(super) fn text(&self, dialect: Dialect) -> String {
        match dialect {
            Dialect::Sqlite => self.text.clone().into_owned(),
            Dialect::Postgres => {
                let mut out = String::with_capacity(self.text.len() + 16);
                let mut number = 0;
                for part in self.text.split_inclusive('?') {
                    if let Some(before) = part.strip_suffix('?') {
                        number += 1;
                        out.push_str(before);
                        out.push('$');
                        out.push_str(&number.to_string());
                    } else {
                        out.push_str(part);
                    }
                }
                out
            }
        }
    }
}

/// A row: its values are taken from left to right.
pub(crate) struct Row(std::vec::IntoIter<Value>);

impl Row {
    pub(super) fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    pub(crate) fn int(&mut self) -> Result<i64, Error> {
        match self.0.next() {
            Some(Value::Int(value)) => Ok(value),
            _ => Err(Error::Corrupt("number")),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, Error> {
        match self.0.next() {
            Some(Value::Text(value)) => Ok(value),
            _ => Err(Error::Corrupt("text")),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, Error> {
        match self.0.next() {
            Some(Value::Bytes(value)) => Ok(value),
            _ => Err(Error::Corrupt("byte string")),
        }
    }

    pub(crate) fn uuid(&mut self) -> Result<uuid::Uuid, Error> {
        uuid::Uuid::from_slice(&self.bytes()?).map_err(|_| Error::Corrupt("id"))
    }

    /// Takes text that is empty for nothing.
    pub(crate) fn json(&mut self) -> Result<serde_json::Value, Error> {
        let text = self.text()?;
        if text.is_empty() {
            return Ok(serde_json::Value::Null);
        }
        serde_json::from_str(&text).map_err(|_| Error::Corrupt("JSON value"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered_for_postgres() {
        let sql = sql!("SELECT a FROM t WHERE b = ? AND c IN (?, ?) LIMIT ?", 1, 2, 3, 4);
        assert_eq!(
            sql.text(Dialect::Postgres),
            "SELECT a FROM t WHERE b = $1 AND c IN ($2, $3) LIMIT $4"
        );
        assert_eq!(
            sql.text(Dialect::Sqlite),
            "SELECT a FROM t WHERE b = ? AND c IN (?, ?) LIMIT ?"
        );
        assert_eq!(sql.values.len(), 4);
    }
}
