//! What a protocol gets: a [`Tap`] that every byte goes through on its way.
//!
//! Only what has [`Passed`] may be sent on, and only the tap makes a [`Passed`]: forwarding what was not recorded, or what a lock
//! holds, does not compile.

use bytes::Bytes;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the caller to the resource.
    ToTarget,
    /// From the resource to the caller.
    FromTarget,
    /// From the resource to the caller, as error output.
    FromTargetErr,
}

/// Bytes that were recorded (or counted, where the profile says so) and that no lock holds.
///
/// ```compile_fail
/// let forged = engine::Passed(bytes::Bytes::from_static(b"rm -rf /"));
/// ```
#[derive(Debug)]
#[must_use = "bytes that passed are to be sent on"]
pub struct Passed(Bytes);

impl Passed {
    /// Gives the bytes to be sent; empty when a lock discarded them.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }
}
