//! The client/server protocol of MySQL and MariaDB (MySQL internals, "Client/Server Protocol"; MariaDB knowledge base, "Clients &
//! Servers protocol"), as far as a relay reads it. No I/O.

mod body;
pub(crate) mod command;
mod handshake;
mod packet;
mod result;

pub(crate) use body::Body;
pub(crate) use handshake::{Capabilities, Greeting, LONGEST, Response, capability, extended};
pub(crate) use packet::{Broken, Packet, Scanner, framed};
pub(crate) use result::{
    Column, Fault, Okay, column, eof_status, error, fault, okay, prepared, status, text_row,
};
