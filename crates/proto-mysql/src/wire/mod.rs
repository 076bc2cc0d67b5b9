//! The client/server protocol of MySQL and MariaDB (MySQL internals, "Client/Server Protocol"; MariaDB knowledge base, "Clients &
//! Servers protocol"), as far as a relay reads it. No I/O.

mod body;
pub(crate) mod command;
mod handshake;
mod packet;
mod result;

#[cfg(test)]
pub(crate) use body::encode;
pub(crate) use body::{Body, attributes, with_parameters};
pub(crate) use handshake::{Capabilities, Greeting, LONGEST, Response, capability, extended};
pub(crate) use packet::{Broken, FULL, Packet, Scanner, framed};
pub(crate) use result::{
    Column, Fault, Okay, column, eof_status, error, fault, has_metadata, okay, prepared, status, text_row,
};
