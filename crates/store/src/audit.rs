//! The audit log: append-only and hash-chained.

use domain::{Micros, SessionId, audit::AuditEvent};

use crate::{Error, Store};

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    /// Its place in the log: 1, 2, 3 … without gaps.
    pub seq: i64,
    /// What it says.
    pub event: AuditEvent,
    /// SHA-256 over the line before and this one.
    pub hash: [u8; 32],
}

/// Which lines of the audit log to list, newest first. Empty lists select everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuditQuery {
    /// Of one session.
    pub session: Option<SessionId>,
    /// Of these kinds; an entry that ends in `.` selects a whole noun, such as `session.`.
    pub kinds: Vec<String>,
    /// By one of these actors, by name.
    pub actors: Vec<String>,
    /// About this object, as `kind/name`.
    pub object: Option<String>,
    /// Not earlier than.
    pub since: Option<Micros>,
    /// Earlier than.
    pub until: Option<Micros>,
    /// Text that the line holds, in any case (ASCII); over every field.
    pub text: Option<String>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Lines of a page; 1 to 1000, 0 stands for 50.
    pub limit: u32,
}

/// A page of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// The lines, newest first.
    pub rows: Vec<AuditRow>,
    /// Where the next page starts; [`None`] at the end.
    pub next_cursor: Option<String>,
}

/// What [`Store::audit_verify`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// Every line is there and unchanged.
    Intact {
        /// How many lines were checked.
        lines: i64,
        /// The last one.
        last: i64,
    },
    /// The first line that is not as it was written.
    Broken {
        /// Its number.
        seq: i64,
        /// What is wrong.
        what: Break,
    },
}

/// How the audit log is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The line is missing.
    Missing,
    /// The line's text or one of its columns was changed.
    Altered,
    /// The line does not follow from the one before it.
    Unchained,
}

impl Store {
    /// Appends an event that belongs to no session step; gives its sequence number.
    pub async fn audit_append(&self, event: AuditEvent) -> Result<i64, Error> {
        todo!()
    }

    /// Lists the audit log, newest first.
    pub async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, Error> {
        todo!()
    }

    /// Lists what came after a sequence number, oldest first; at most `limit` (1000). Feeds streams that continue.
    pub async fn audit_since(&self, seq: i64, limit: u32) -> Result<Vec<AuditRow>, Error> {
        todo!()
    }

    /// Reads the lines `from ..= to` (1 and [`i64::MAX`] for all) and checks text, columns, order and chain; names the first broken line.
    pub async fn audit_verify(&self, from: i64, to: i64) -> Result<Verification, Error> {
        todo!()
    }
}
