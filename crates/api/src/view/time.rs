//! Times as callers read them.

use domain::Micros;

/// Writes a time; [`None`] (JSON `null`) for "not yet".
#[must_use]
pub fn time(at: Micros) -> Option<String> {
    at.set().map(Micros::rfc3339)
}
