//! What a tape promises, seen from outside.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod faults;
mod follow;
mod format;
mod hostile;
mod make;
mod round_trip;
mod torn;
mod writing;
