//! Storing entries, and what comes of them.

use std::collections::{BTreeMap, HashMap};

use super::{
    Completion, Entry, EntryKey,
    month::{Month, ensure},
    read::{COLUMNS, read},
    seal::{Blinds, Content, open, seal},
    words::{blinded, facet, tsvector},
};
use crate::{
    ContentKey, Error, Store,
    db::{Dialect, Tx, Value, sql},
};

/// Rows of one statement: `SQLite` takes 32 766 values, `PostgreSQL` 65 535.
const ROWS: usize = 500;
/// The longest body, in bytes.
const BODY: usize = 1 << 20;

/// An entry made ready: encrypted and cut into words, outside of the writer.
struct Ready {
    key: EntryKey,
    values: Vec<Value>,
    words: Vec<String>,
    facets: String,
}

impl Store {
    /// Appends entries and waits until they are durable: a full writer slows the caller. An entry that is there already is left as
    /// it is; gives the keys of those. Up to some thousand entries at once do best.
    pub async fn append_entries(&self, entries: Vec<Entry>) -> Result<Vec<EntryKey>, Error> {
        let blinds = Blinds::new(self.content_key());
        let mut months = BTreeMap::<Month, Vec<Ready>>::new();
        for entry in entries {
            let ready = make_ready(entry, self.content_key(), &blinds)?;
            months.entry(Month::of(ready.key.at)).or_default().push(ready);
        }
        if months.is_empty() {
            return Ok(Vec::new());
        }
        self.write(move |tx| {
            Box::pin(async move {
                let mut there = Vec::new();
                for (month, entries) in months {
                    ensure(tx, month).await?;
                    for entries in entries.chunks(ROWS) {
                        insert(tx, month, entries, &mut there).await?;
                    }
                }
                Ok(there)
            })
        })
        .await
    }

    /// Notes what came of an entry; tells whether there was one.
    pub async fn complete_entry(&self, key: EntryKey, completion: Completion) -> Result<bool, Error> {
        let content_key = self.content_key().clone();
        self.write(move |tx| Box::pin(complete(tx, content_key, key, completion)))
            .await
    }
}

fn make_ready(entry: Entry, content_key: &ContentKey, blinds: &Blinds) -> Result<Ready, Error> {
    if entry.body.len() > BODY {
        return Err(Error::Invalid("an entry's body has more than 1 MiB"));
    }
    let words = blinded(blinds, &entry.body, &entry.indexed);
    let facets = facets(&entry);
    let key = entry.key;
    let sealed = seal(
        content_key,
        &key,
        &Content {
            body: entry.body,
            detail: entry.detail,
        },
    )?;
    let values = vec![
        key.session.sid().into(),
        key.session.uuid().into(),
        key.seq.into(),
        key.at.0.into(),
        entry.connection.0.into(),
        entry.kind.code().into(),
        entry.outcome.code().into(),
        entry.rows.into(),
        entry.bytes.into(),
        entry.duration.0.into(),
        entry.user.0.into(),
        entry.resource.0.into(),
        entry.gateway.into(),
        entry.resource_type.into(),
        entry.place.record.into(),
        entry.place.time.0.into(),
        sealed.into(),
    ];
    Ok(Ready {
        key,
        values,
        words,
        facets,
    })
}

fn facets(entry: &Entry) -> String {
    [
        facet::user(entry.user),
        facet::resource(entry.resource),
        facet::gateway(&entry.gateway),
        facet::resource_type(&entry.resource_type),
        facet::kind(entry.kind),
    ]
    .join(" ")
}

/// Inserts entries; adds the keys of those that are there already to `there`.
async fn insert(
    tx: &mut Tx,
    month: Month,
    entries: &[Ready],
    there: &mut Vec<EntryKey>,
) -> Result<(), Error> {
    let (table, postgres) = (month.table(), tx.dialect() == Dialect::Postgres);
    let terms = if postgres { ", terms" } else { "" };
    let mut query = sql!(format!(
        "INSERT INTO {table}(sid, session_id, seq, t, connection, kind, outcome, nrows, bytes, duration, user_id, \
         resource_id, gateway, resource_type, tape_record, tape_time, sealed{terms}) VALUES "
    ));
    for (number, entry) in entries.iter().enumerate() {
        query.push(if number > 0 { ", (" } else { "(" });
        for (at, value) in entry.values.iter().enumerate() {
            query
                .push(if at > 0 { ", " } else { "" })
                .push_value(value.clone());
        }
        if postgres {
            query
                .push(", ")
                .push_value(tsvector(&entry.words, &entry.facets))
                .push("::tsvector");
        }
        query.push(")");
    }
    query.push(" ON CONFLICT(sid, seq) DO NOTHING RETURNING eid, sid, seq");
    let made = tx.rows(query).await?;
    let mut by_key: HashMap<_, _> = entries
        .iter()
        .map(|entry| ((entry.key.session.sid(), entry.key.seq), entry))
        .collect();
    let mut query = sql!(format!("INSERT INTO {table}_f(rowid, words, facets) VALUES "));
    let any = !made.is_empty();
    for (number, mut row) in made.into_iter().enumerate() {
        let (eid, sid, seq) = (row.int()?, row.int()?, row.int()?);
        let entry = by_key.remove(&(sid, seq)).ok_or(Error::Corrupt("entry"))?;
        query.push(if number > 0 { ", (" } else { "(" });
        query
            .push_value(eid)
            .push(", ")
            .push_value(entry.words.join(" "))
            .push(", ")
            .push_value(&entry.facets);
        query.push(")");
    }
    // What was not made was there.
    there.extend(by_key.into_values().map(|entry| entry.key));
    if any && !postgres {
        tx.exec(query).await?;
    }
    Ok(())
}

async fn complete(
    tx: &mut Tx,
    content_key: ContentKey,
    key: EntryKey,
    done: Completion,
) -> Result<bool, Error> {
    let month = Month::of(key.at);
    let known = tx
        .row(sql!(
            "SELECT month FROM entry_months WHERE month = ?",
            month.number()
        ))
        .await?;
    if known.is_none() {
        return Ok(false);
    }
    let (table, lock) = (month.table(), tx.dialect().for_update());
    let found = format!("SELECT eid, {COLUMNS} FROM {table} WHERE sid = ? AND seq = ?{lock}");
    let Some(mut row) = tx.row(sql!(found, key.session.sid(), key.seq)).await? else {
        return Ok(false);
    };
    let eid = row.int()?;
    let (mut entry, sealed) = read(&mut row)?;
    let content = open(&content_key, &entry.key, &sealed)?;
    entry.body = content.body;
    entry.detail = done.detail.unwrap_or(content.detail);
    let words = blinded(&Blinds::new(&content_key), &entry.body, &done.indexed);
    let facets = facets(&entry);
    let sealed = seal(
        &content_key,
        &entry.key,
        &Content {
            body: entry.body,
            detail: entry.detail,
        },
    )?;
    let mut update = sql!(
        format!("UPDATE {table} SET outcome = ?, nrows = ?, bytes = ?, duration = ?, sealed = ?"),
        done.outcome.code(),
        done.rows,
        done.bytes,
        done.duration.0,
        sealed,
    );
    if tx.dialect() == Dialect::Postgres {
        update
            .push(", terms = ")
            .push_value(tsvector(&words, &facets))
            .push("::tsvector");
    }
    update.push(" WHERE eid = ").push_value(eid);
    tx.exec(update).await?;
    if tx.dialect() == Dialect::Sqlite {
        tx.exec(sql!(format!("DELETE FROM {table}_f WHERE rowid = ?"), eid))
            .await?;
        let again = format!("INSERT INTO {table}_f(rowid, words, facets) VALUES (?, ?, ?)");
        tx.exec(sql!(again, eid, words.join(" "), facets)).await?;
    }
    Ok(true)
}
