//! Names of things that never change: sortable where time order helps.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Micros;

/// 2020-01-01T00:00:00Z in microseconds: sids count from here so that 51 bits of time last until 2091.
const SID_EPOCH: i64 = 1_577_836_800_000_000;

/// The name of a session: a UUID version 7 (RFC 9562 §5.7) that also carries the store's integer key.
///
/// Layout of the 128 bits: 48 bits milliseconds, version, 12 bits microseconds within the millisecond (method 3 of
/// RFC 9562 §6.2), variant, 12 bits tail (the node's slot and counter), 50 random bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(Uuid);

impl SessionId {
    /// Makes an id from a creation time, a 12-bit tail that is unique within the microsecond, and random bits.
    #[must_use]
    pub fn new(created: Micros, tail: u16, random: u64) -> Self {
        let us = created.0.max(SID_EPOCH) as u64;
        let (ms, rest) = (u128::from(us / 1000), u128::from(us % 1000));
        let bits = (ms << 80)
            | (0x7 << 76)
            | (rest << 64)
            | (0b10 << 62)
            | (u128::from(tail & 0xfff) << 50)
            | u128::from(random & ((1 << 50) - 1));
        Self(Uuid::from_u128(bits))
    }

    /// Gives the store's key: `(created - 2020 in µs) << 12 | tail`; time-ordered.
    #[must_use]
    pub fn sid(self) -> i64 {
        let bits = self.0.as_u128();
        let tail = ((bits >> 50) & 0xfff) as i64;
        ((self.created().0 - SID_EPOCH) << 12) | tail
    }

    /// Gives the creation time that the id carries.
    #[must_use]
    pub fn created(self) -> Micros {
        let bits = self.0.as_u128();
        let ms = (bits >> 80) as i64;
        let rest = ((bits >> 64) & 0xfff) as i64;
        Micros(ms * 1000 + rest)
    }

    /// Gives the lowest store key of a point in time; for windows over the primary key.
    #[must_use]
    pub fn sid_at(at: Micros) -> i64 {
        at.0.saturating_sub(SID_EPOCH).clamp(0, i64::MAX >> 12) << 12
    }

    /// Gives the 16 bytes that are stored.
    #[must_use]
    pub fn uuid(self) -> Uuid {
        self.0
    }

    /// Takes a stored UUID back.
    #[must_use]
    pub fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for SessionId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

macro_rules! uuid_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Makes a new, time-ordered name.
            #[must_use]
            pub fn fresh() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_name!(
    /// The name of one connection within a session.
    ConnectionId
);
uuid_name!(
    /// The lasting name of an object (user, resource, …); survives renames.
    ObjectId
);
uuid_name!(
    /// The name of a request that reviewers decide.
    ApprovalId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_id_carries_its_time_and_key() {
        let at = Micros(1_790_000_000_123_456);
        let id = SessionId::new(at, 0xabc, u64::MAX);
        assert_eq!(id.created(), at);
        assert_eq!(id.sid(), SessionId::sid_at(at) | 0xabc);
        assert_eq!(id.uuid().get_version_num(), 7);
        assert_eq!(id.to_string().parse::<SessionId>().ok(), Some(id));
    }

    #[test]
    fn later_sessions_sort_later() {
        let early = SessionId::new(Micros(1_790_000_000_000_999), 0xfff, u64::MAX);
        let late = SessionId::new(Micros(1_790_000_000_001_000), 0, 0);
        assert!(early < late && early.sid() < late.sid());
    }
}
