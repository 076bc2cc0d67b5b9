//! Reading the entries of one session.

use domain::{ConnectionId, Micros, ObjectId, SessionId, Span};

use super::{Entry, EntryKey, EntryKind, Outcome, SessionEntries, TapePlace, month::Month, seal::open};
use crate::{
    ContentKey, Error, Store,
    db::{Row, Sql, sql},
};

/// The columns that [`read`] reads, in its order.
pub(super) const COLUMNS: &str = "session_id, seq, t, connection, kind, outcome, nrows, bytes, duration, user_id, resource_id, \
     gateway, resource_type, tape_record, tape_time, sealed";

/// Rows that are read at once when a text is looked for.
const CHUNK: usize = 500;

impl Store {
    /// Lists the entries of a session in their order.
    pub async fn entries(&self, session: SessionId, query: &SessionEntries) -> Result<Vec<Entry>, Error> {
        let limit = if query.limit == 0 {
            200
        } else {
            query.limit.min(1000) as usize
        };
        let text = query.text.as_deref().unwrap_or_default().to_lowercase();
        let first = Month::of(session.created());
        let mut found = Vec::new();
        let mut after = query.after;
        for month in self.months().await?.into_iter().filter(|month| *month >= first) {
            loop {
                let wanted = if text.is_empty() {
                    limit - found.len()
                } else {
                    CHUNK
                };
                let rows = self
                    .rows(select(month, session, after, &query.kinds, wanted))
                    .await?;
                let more = rows.len() == wanted;
                for mut row in rows {
                    let entry = open_entry(&mut row, self.content_key())?;
                    after = entry.key.seq;
                    if holds(&entry, &text) {
                        found.push(entry);
                    }
                    if found.len() == limit {
                        return Ok(found);
                    }
                }
                if !more {
                    break;
                }
            }
        }
        Ok(found)
    }
}

fn select(month: Month, session: SessionId, after: i64, kinds: &[EntryKind], limit: usize) -> Sql {
    let query = format!(
        "SELECT {COLUMNS} FROM {} WHERE sid = ? AND session_id = ? AND seq > ?",
        month.table()
    );
    let mut query = sql!(query, session.sid(), session.uuid(), after);
    if !kinds.is_empty() {
        query
            .push(" AND kind IN ")
            .push_list(kinds.iter().map(|kind| kind.code()));
    }
    query.push(" ORDER BY seq LIMIT ").push_value(limit as i64);
    query
}

/// Looks for lower-case text in what was encrypted.
fn holds(entry: &Entry, text: &str) -> bool {
    text.is_empty()
        || entry.body.to_lowercase().contains(text)
        || (!entry.detail.is_null() && entry.detail.to_string().to_lowercase().contains(text))
}

/// Reads [`COLUMNS`] and decrypts.
pub(super) fn open_entry(row: &mut Row, content_key: &ContentKey) -> Result<Entry, Error> {
    let (mut entry, sealed) = read(row)?;
    let content = open(content_key, &entry.key, &sealed)?;
    entry.body = content.body;
    entry.detail = content.detail;
    Ok(entry)
}

/// Reads [`COLUMNS`]; gives the entry without its content, and the sealed content.
pub(super) fn read(row: &mut Row) -> Result<(Entry, Vec<u8>), Error> {
    let entry = Entry {
        key: EntryKey {
            session: SessionId::from_uuid(row.uuid()?),
            seq: row.int()?,
            at: Micros(row.int()?),
        },
        connection: ConnectionId(row.uuid()?),
        kind: EntryKind::from_code(row.int()?).ok_or(Error::Corrupt("kind of entry"))?,
        outcome: Outcome::from_code(row.int()?).ok_or(Error::Corrupt("outcome"))?,
        rows: row.int()?,
        bytes: row.int()?,
        duration: Span(row.int()?),
        user: ObjectId(row.uuid()?),
        resource: ObjectId(row.uuid()?),
        gateway: row.text()?,
        resource_type: row.text()?,
        place: TapePlace {
            record: row.int()?,
            time: Span(row.int()?),
        },
        body: String::new(),
        detail: serde_json::Value::Null,
        indexed: String::new(),
    };
    Ok((entry, row.bytes()?))
}
