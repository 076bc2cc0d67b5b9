//! Where a page of the list ended.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::Micros;
use serde::{Deserialize, Serialize};

use super::{Direction, Sort, SortColumn};
use crate::{Error, db::Value};

/// A place between two rows of an ordered list. It holds nothing that its reader has not seen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cursor {
    pub(super) sort: Sort,
    /// The column's value in the last row.
    pub(super) value: Key,
    /// The tie-breaker of the last row.
    pub(super) sid: i64,
    /// When running sessions were measured on the first page.
    pub(super) as_of: Micros,
}

/// A value that rows are ordered by. The variants of one column are the same, and their order is that of both databases.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Key {
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<Key> for Value {
    fn from(key: Key) -> Self {
        match key {
            Key::Int(value) => Self::Int(value),
            Key::Text(value) => Self::Text(value),
            Key::Bytes(value) => Self::Bytes(value),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Wire(String, bool, Key, i64, i64);

impl Cursor {
    pub(super) fn write(self) -> String {
        let ascending = self.sort.direction == Direction::Ascending;
        let wire = Wire(
            self.sort.column.word().to_owned(),
            ascending,
            self.value,
            self.sid,
            self.as_of.0,
        );
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&wire).unwrap_or_default())
    }

    /// Reads a cursor back; it must have been made in the same order.
    pub(super) fn read(text: &str, sort: Sort) -> Result<Self, Error> {
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::Cursor)?;
        let Wire(column, ascending, value, sid, as_of) =
            serde_json::from_slice(&json).map_err(|_| Error::Cursor)?;
        let direction = if ascending {
            Direction::Ascending
        } else {
            Direction::Descending
        };
        let made = Sort {
            column: SortColumn::parse(&column).ok_or(Error::Cursor)?,
            direction,
        };
        let fits = match sort.column.key() {
            KeyType::Int => matches!(value, Key::Int(_)),
            KeyType::Text => matches!(value, Key::Text(_)),
            KeyType::Bytes => matches!(value, Key::Bytes(_)),
        };
        if made != sort || !fits {
            return Err(Error::Cursor);
        }
        Ok(Self {
            sort,
            value,
            sid,
            as_of: Micros(as_of),
        })
    }
}

/// What a column's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyType {
    Int,
    Text,
    Bytes,
}

impl SortColumn {
    pub(super) fn key(self) -> KeyType {
        match self {
            Self::ClientIp => KeyType::Bytes,
            Self::EndReason
            | Self::User
            | Self::Account
            | Self::Resource
            | Self::ResourceType
            | Self::Gateway
            | Self::Secret
            | Self::AccessRule
            | Self::Profile
            | Self::Ticket => KeyType::Text,
            _ => KeyType::Int,
        }
    }

    /// Gives the column of `sessions`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Created => "sid",
            Self::Started => "started_at",
            Self::FirstLogon => "first_logon_at",
            Self::Expires => "expires_at",
            Self::Ended => "ended_at",
            Self::Duration => "duration",
            Self::BytesUp => "bytes_up",
            Self::BytesDown => "bytes_down",
            Self::State => "state",
            Self::EndReason => "end_reason",
            Self::User => "user_name",
            Self::Account => "account",
            Self::Resource => "resource_name",
            Self::ResourceType => "resource_type",
            Self::Gateway => "gateway",
            Self::ClientInterface => "client_if",
            Self::ClientIp => "client_ip",
            Self::Secret => "secret_name",
            Self::AccessRule => "access_rule",
            Self::Profile => "profile",
            Self::Ticket => "ticket",
            Self::Recording => "recording",
        }
    }

    /// Tells whether rows in this order are nearly in the order of their creation.
    pub(super) fn follows_creation(self) -> bool {
        matches!(
            self,
            Self::Created | Self::Started | Self::FirstLogon | Self::Expires | Self::Ended
        )
    }

    /// Tells whether running sessions have a value that is not in their row.
    pub(super) fn is_live(self) -> bool {
        matches!(self, Self::Duration | Self::BytesUp | Self::BytesDown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_fits_only_the_order_that_made_it() {
        let sort = Sort {
            column: SortColumn::User,
            direction: Direction::Ascending,
        };
        let cursor = Cursor {
            sort,
            value: Key::Text("anna".into()),
            sid: 7,
            as_of: Micros(9),
        };
        let text = cursor.clone().write();
        assert_eq!(Cursor::read(&text, sort).ok(), Some(cursor));
        assert!(Cursor::read(&text, Sort::default()).is_err());
        assert!(Cursor::read("nonsense", sort).is_err());
    }
}
