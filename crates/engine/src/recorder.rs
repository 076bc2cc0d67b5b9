//! Writes the tape of one connection.

mod intake;

pub(crate) use intake::{Intake, Slot};
