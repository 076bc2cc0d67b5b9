//! Points in time and lengths of time, in whole microseconds.

use serde::{Deserialize, Serialize};

/// A point in time: microseconds since 1970-01-01T00:00:00Z. Zero means "not yet".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(pub i64);

/// A length of time in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Micros {
    /// The value of a time that has not come yet.
    pub const NEVER: Self = Self(0);

    /// Reads the system's clock. The only place of the workspace's pure crates that does; callers in pure code pass it in.
    #[must_use]
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_microsecond())
    }

    /// Tells whether this is a time at all.
    #[must_use]
    pub fn is_set(self) -> bool {
        self.0 != 0
    }

    /// Gives the time as an option, [`None`] for "not yet".
    #[must_use]
    pub fn set(self) -> Option<Self> {
        self.is_set().then_some(self)
    }

    /// Adds a length, stopping at the ends of the range.
    #[must_use]
    pub fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// Gives the length since an earlier time; negative when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// Writes the time as RFC 3339 in UTC with microseconds.
    #[must_use]
    pub fn rfc3339(self) -> String {
        jiff::Timestamp::from_microsecond(self.0)
            .map_or_else(|_| String::from("out of range"), |at| format!("{at:.6}"))
    }

    /// Reads an RFC 3339 time.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>()
            .ok()
            .map(|at| Self(at.as_microsecond()))
    }
}

impl Span {
    /// Makes a length of whole seconds.
    #[must_use]
    pub const fn secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// Gives the length in whole milliseconds, rounded towards zero.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0 / 1_000
    }

    /// Gives the length as a [`std::time::Duration`]; zero when negative.
    #[must_use]
    pub fn duration(self) -> std::time::Duration {
        std::time::Duration::from_micros(u64::try_from(self.0).unwrap_or(0))
    }
}
