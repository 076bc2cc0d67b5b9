//! The audit log: append-only and hash-chained.
//!
//! A line is the JSON text of its event. Its hash is SHA-256 over `doorward audit 1\0`, the hash of the line before (32 zero
//! bytes before the first), its number as 8 bytes big-endian, and that text. The columns beside the text serve queries; they follow
//! from the text, and verification compares them with it.

mod chain;
mod export;
mod signed;

use chain::hash;
pub use chain::{Break, Chain, Checkpoint, SignedVerification, Verification};
use domain::{Micros, SessionId, audit::AuditEvent};
pub use export::{RawLine, verify_export};

use crate::{
    Error, Store,
    db::{Row, Sql, Tx, sql},
};

/// There is one organisation; the column is there so that each can have its own chain one day.
const ORG: i64 = 1;

/// Lines that are read at once.
const CHUNK: i64 = 1000;

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

impl Store {
    /// Appends an event that belongs to no session step; gives its sequence number.
    pub async fn audit_append(&self, event: AuditEvent) -> Result<i64, Error> {
        self.write(move |tx| Box::pin(async move { append(tx, &event).await }))
            .await
    }

    /// Lists the audit log, newest first.
    pub async fn audit(&self, query: &AuditQuery) -> Result<AuditPage, Error> {
        let limit = if query.limit == 0 {
            50
        } else {
            i64::from(query.limit.min(1000))
        };
        let mut sql = sql!(
            "SELECT seq, payload, hash FROM audit_events WHERE org_id = ?",
            ORG
        );
        narrow(&mut sql, query)?;
        sql.push(" ORDER BY seq DESC LIMIT ").push_value(limit + 1);
        let rows = self.rows(sql).await?;
        let mut rows: Vec<_> = rows
            .into_iter()
            .map(|mut row| read(&mut row))
            .collect::<Result<_, _>>()?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(|row| row.seq.to_string());
        Ok(AuditPage { rows, next_cursor })
    }

    /// Lists what came after a sequence number, oldest first; at most `limit` (1000). Feeds streams that continue.
    pub async fn audit_since(&self, seq: i64, limit: u32) -> Result<Vec<AuditRow>, Error> {
        let rows = self
            .rows(sql!(
                "SELECT seq, payload, hash FROM audit_events WHERE org_id = ? AND seq > ? ORDER BY seq LIMIT ?",
                ORG,
                seq,
                i64::from(limit).clamp(1, CHUNK)
            ))
            .await?;
        rows.into_iter().map(|mut row| read(&mut row)).collect()
    }

    /// Reads the lines `from ..= to` (1 and [`i64::MAX`] for all) and checks text, columns, order and chain; names the first broken
    /// line. Lines that are appended meanwhile are not checked.
    pub async fn audit_verify(&self, from: i64, to: i64) -> Result<Verification, Error> {
        let head = self
            .row(sql!("SELECT seq, hash FROM audit_heads WHERE org_id = ?", ORG))
            .await?;
        let mut head = head.ok_or(Error::Corrupt("head of the audit log"))?;
        let (head_seq, head_hash) = (head.int()?, head.bytes()?);
        let (from, to) = (from.max(1), to.min(head_seq));
        let mut before = vec![0; 32];
        if from > 1 {
            let query = sql!(
                "SELECT hash FROM audit_events WHERE org_id = ? AND seq = ?",
                ORG,
                from - 1
            );
            match self.row(query).await? {
                Some(mut row) => before = row.bytes()?,
                None if from <= to => {
                    return Ok(Verification::Broken {
                        seq: from - 1,
                        what: Break::Missing,
                    });
                }
                None => {}
            }
        }
        let mut next = from;
        while next <= to {
            let rows = self
                .rows(sql!(
                    "SELECT seq, at, kind, sid, actor, object, payload, prev_hash, hash FROM audit_events \
                     WHERE org_id = ? AND seq >= ? AND seq <= ? ORDER BY seq LIMIT ?",
                    ORG,
                    next,
                    to,
                    CHUNK
                ))
                .await?;
            if rows.is_empty() {
                return Ok(Verification::Broken {
                    seq: next,
                    what: Break::Missing,
                });
            }
            for mut row in rows {
                if let Some(what) = check(&mut row, next, &mut before)? {
                    return Ok(Verification::Broken { seq: next, what });
                }
                next += 1;
            }
        }
        if to == head_seq && head_seq >= from && before != head_hash {
            return Ok(Verification::Broken {
                seq: head_seq,
                what: Break::Unchained,
            });
        }
        Ok(Verification::Intact {
            lines: (next - from).max(0),
            last: next - 1,
        })
    }
}

/// Appends an event within a transaction. It comes last in it: the head of the log is held from here to the commit.
pub(crate) async fn append(tx: &mut Tx, event: &AuditEvent) -> Result<i64, Error> {
    let payload = serde_json::to_string(event).map_err(|_| Error::Invalid("the audit event"))?;
    let lock = tx.dialect().for_update();
    let head = tx
        .row(sql!(
            format!("SELECT seq, hash FROM audit_heads WHERE org_id = ?{lock}"),
            ORG
        ))
        .await?;
    let mut head = head.ok_or(Error::Corrupt("head of the audit log"))?;
    let seq = head.int()? + 1;
    let mut before = head.bytes()?;
    if before.is_empty() {
        before = vec![0; 32];
    }
    let hash = hash(&before, seq, &payload);
    tx.exec(sql!(
        "INSERT INTO audit_events(org_id, seq, at, kind, sid, actor, object, payload, prev_hash, hash) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ORG,
        seq,
        event.at.0,
        &event.kind,
        event.session_id.map_or(0, SessionId::sid),
        event.actor.name(),
        &event.object,
        payload,
        before,
        hash.as_slice(),
    ))
    .await?;
    tx.exec(sql!(
        "UPDATE audit_heads SET seq = ?, hash = ? WHERE org_id = ?",
        seq,
        hash.as_slice(),
        ORG
    ))
    .await?;
    tx.news.audit = seq;
    Ok(seq)
}

/// Checks one line against its number and the hash before it, which it replaces by its own.
fn check(row: &mut Row, number: i64, before: &mut Vec<u8>) -> Result<Option<Break>, Error> {
    if row.int()? != number {
        return Ok(Some(Break::Missing));
    }
    let (at, kind, sid, actor, object) = (row.int()?, row.text()?, row.int()?, row.text()?, row.text()?);
    let (payload, prev_hash, stored) = (row.text()?, row.bytes()?, row.bytes()?);
    if prev_hash != *before {
        return Ok(Some(Break::Unchained));
    }
    let Ok(event) = serde_json::from_str::<AuditEvent>(&payload) else {
        return Ok(Some(Break::Altered));
    };
    let agrees = hash(before, number, &payload) == *stored
        && event.at.0 == at
        && event.kind == kind
        && event.session_id.map_or(0, SessionId::sid) == sid
        && event.actor.name() == actor
        && event.object == object;
    *before = stored;
    Ok((!agrees).then_some(Break::Altered))
}

fn narrow(sql: &mut Sql, query: &AuditQuery) -> Result<(), Error> {
    if let Some(session) = query.session {
        // The text of the condition lets the partial index be used.
        sql.push(" AND sid <> 0 AND sid = ").push_value(session.sid());
    }
    if !query.kinds.is_empty() {
        sql.push(" AND (");
        for (at, kind) in query.kinds.iter().enumerate() {
            sql.push(if at > 0 { " OR " } else { "" });
            match kind.strip_suffix('.') {
                // `/` is the character after `.`
                Some(noun) => {
                    sql.push("(kind > ")
                        .push_value(kind)
                        .push(" AND kind < ")
                        .push_value(format!("{noun}/"))
                        .push(")");
                }
                None => {
                    sql.push("kind = ").push_value(kind);
                }
            }
        }
        sql.push(")");
    }
    if !query.actors.is_empty() {
        sql.push(" AND actor IN ").push_list(&query.actors);
    }
    if let Some(object) = &query.object {
        sql.push(" AND object <> '' AND object = ").push_value(object);
    }
    if let Some(since) = query.since {
        sql.push(" AND at >= ").push_value(since.0);
    }
    if let Some(until) = query.until {
        sql.push(" AND at < ").push_value(until.0);
    }
    if let Some(text) = query.text.as_deref().filter(|text| !text.is_empty()) {
        let json =
            serde_json::to_string(&text.to_ascii_lowercase()).map_err(|_| Error::Invalid("the text"))?;
        let bare = json.get(1..json.len() - 1).unwrap_or_default();
        sql.push(" AND lower(payload) LIKE ")
            .push_value(format!("%{}%", like(bare)))
            .push(" ESCAPE '!'");
    }
    if let Some(cursor) = &query.cursor {
        let seq: i64 = cursor.parse().map_err(|_| Error::Cursor)?;
        sql.push(" AND seq < ").push_value(seq);
    }
    Ok(())
}

/// Takes the meaning from the characters that LIKE … ESCAPE '!' gives one.
pub(crate) fn like(text: &str) -> String {
    text.chars()
        .flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c]))
        .collect()
}

fn read(row: &mut Row) -> Result<AuditRow, Error> {
    let seq = row.int()?;
    let event = serde_json::from_str(&row.text()?).map_err(|_| Error::Corrupt("audit event"))?;
    let hash = row.bytes()?.try_into().map_err(|_| Error::Corrupt("hash"))?;
    Ok(AuditRow { seq, event, hash })
}
