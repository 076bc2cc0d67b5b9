//! The frontend/backend protocol 3.0 of PostgreSQL (its documentation, chapter 55), as far as a relay reads it. No I/O.

pub(crate) mod backend;
mod end_point;
mod frame;
mod message;
pub(crate) mod scram;
mod startup;

pub(crate) use end_point::end_point;
pub(crate) use frame::{Broken, Frame, Scanner};
pub(crate) use message::{
    Bind, Column, Fault, authentication, backend_key, bind, columns, command_tag, execute, fault, faults,
    named, parse, sasl_initial, text, values,
};
pub(crate) use startup::{LONGEST, Opening, Startup};
