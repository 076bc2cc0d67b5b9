//! The store: sessions, connections, audit log, declared objects, credentials and activity, in SQLite or PostgreSQL.
//!
//! There is one code path for both databases. [`Store::open`] picks one by the URL; `db` holds the little that differs.
//! Start reading at [`Store`], then [`Store::step`], which is how every change of a session is made: the state machine of
//! [`domain::session::Life`], the row and the audit event in one transaction.
//!
//! This crate imports `domain` only. It reads no clock: callers pass the time. It never sees a secret in the clear: passwords come
//! hashed, secrets sealed, tokens as keyed hashes. What was typed in sessions ([`Entry`]) is encrypted with the [`ContentKey`].

mod approval;
mod audit;
mod connection;
mod credential;
mod db;
mod direct;
mod entry;
mod error;
mod node;
mod object;
mod preparation;
mod retention;
mod session;
mod share;
mod store;
mod view;

pub use approval::{ApprovalPage, ApprovalQuery, ApprovalScope, VoteError, Voted};
pub use audit::{
    AuditPage, AuditQuery, AuditRow, Break, Chain, Checkpoint, RawLine, SignedVerification, Verification,
    verify_export,
};
pub use connection::{Closing, ConnectionRow, RecordingMeta};
pub use credential::{
    Asked, DatabaseLogin, DeviceLogin, FactorsHeld, Failures, HostKey, HostKeyMatch, Link, Login, Passkey,
    PasswordHash, Polled, Room, SealedSecret, Token, TokenForm, TokenHash, TotpKept,
};
pub use direct::{DirectCheck, DirectLogin};
pub use entry::{
    Completion, ContentKey, Entry, EntryKey, EntryKind, EntryPage, EntryQuery, Hit, Outcome, SessionEntries,
    TapePlace,
};
pub use error::{DbError, Error, ObjectError, StepError};
pub use node::{Beat, Lease, Node, NodeLoad, Orphan, Why};
pub use object::{Applied, Put, Sealed, Verdict};
pub use preparation::{DeedRow, FoundSo, LeftTo, LetGo, Preparation};
pub use retention::Kept;
pub use session::{
    Count, Direction, Facet, FacetCounts, FacetQuery, Group, HoldRow, Imported, Page, Scope, SessionQuery,
    SessionRow, Sort, SortColumn, StatRow, Stepped,
};
pub use share::{Opening, Share};
pub use store::{Cause, Options, Store};
pub use view::View;
