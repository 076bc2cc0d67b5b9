//! The recording facet of a session: it outlives the session.

use serde::{Deserialize, Serialize};

/// Where a recording stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingState {
    /// Nothing was recorded (the session never connected).
    #[default]
    None,
    /// Being written.
    Recording,
    /// Ended; on its way to the shelf.
    Finalising,
    /// Sealed, on the shelf, can be played.
    Available,
    /// Could not be written or sealed.
    Failed,
    /// Purged by retention.
    Expired,
    /// Deleted by a person.
    Deleted,
    /// Kept by a legal hold.
    Held,
}
