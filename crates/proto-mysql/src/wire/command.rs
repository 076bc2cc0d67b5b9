//! The first bytes of a client's packets: what it wants (MySQL internals, "Command Phase").

pub(crate) const QUIT: u8 = 0x01;
pub(crate) const INIT_DB: u8 = 0x02;
pub(crate) const QUERY: u8 = 0x03;
pub(crate) const FIELD_LIST: u8 = 0x04;
pub(crate) const CREATE_DB: u8 = 0x05;
pub(crate) const DROP_DB: u8 = 0x06;
pub(crate) const REFRESH: u8 = 0x07;
pub(crate) const SHUTDOWN: u8 = 0x08;
pub(crate) const STATISTICS: u8 = 0x09;
pub(crate) const PROCESS_INFO: u8 = 0x0a;
pub(crate) const PROCESS_KILL: u8 = 0x0c;
pub(crate) const DEBUG: u8 = 0x0d;
pub(crate) const PING: u8 = 0x0e;
pub(crate) const CHANGE_USER: u8 = 0x11;
pub(crate) const BINLOG_DUMP: u8 = 0x12;
pub(crate) const REGISTER_SLAVE: u8 = 0x15;
pub(crate) const STMT_PREPARE: u8 = 0x16;
pub(crate) const STMT_EXECUTE: u8 = 0x17;
pub(crate) const STMT_SEND_LONG_DATA: u8 = 0x18;
pub(crate) const STMT_CLOSE: u8 = 0x19;
pub(crate) const STMT_RESET: u8 = 0x1a;
pub(crate) const SET_OPTION: u8 = 0x1b;
pub(crate) const STMT_FETCH: u8 = 0x1c;
pub(crate) const BINLOG_DUMP_GTID: u8 = 0x1e;
pub(crate) const RESET_CONNECTION: u8 = 0x1f;
/// MariaDB: a prepared statement with many rows of parameters.
pub(crate) const STMT_BULK_EXECUTE: u8 = 0xfa;
