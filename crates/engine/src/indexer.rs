//! From tapes to the activity log: one task follows each tape and writes what was done.
//!
//! Entries are a cache of the tape. Their numbers follow from the tape alone, so that a tape can be indexed again at any time, after a
//! crash for instance, without an entry appearing twice.

mod strand;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use domain::{ConnectionId, Micros, Span, session::Session};
use store::{Completion, Entry, EntryKey, EntryKind, Outcome, SessionRow, TapePlace};
use tape::{Kind, Record};

use crate::{
    engine::Engine,
    marks::{CloseMark, Mark, OpenMark},
    playback::{PlaybackError, Played, TapeReader},
};
use strand::StrandIndex;

/// After how long without records the emulators of a tape are packed up.
const DOZE: Duration = Duration::from_secs(10);

/// Records that are read in one go: the emulator takes its time, and sockets on this thread are looked at in between.
const STRETCH: usize = 32;

/// How many entries a connection can have before its numbers would meet those of the next.
const PER_CONNECTION: i64 = 1 << 32;

/// Why a tape was not indexed to its end.
#[derive(Debug, thiserror::Error)]
enum IndexError {
    #[error("the connection is not on record")]
    Unknown,
    #[error(transparent)]
    Playback(#[from] PlaybackError),
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Engine {
    /// Follows a tape to its end and writes its entries; runs behind. Indexing a tape again changes nothing.
    pub(crate) fn index(self: &Arc<Self>, connection: ConnectionId) {
        let engine = Arc::clone(self);
        self.chores.spawn(async move {
            let closing = engine.closing.clone();
            // On the heap: the wait for the end would keep a second copy of it.
            let indexing = Box::pin(index(&engine, connection));
            if let Some(Err(error)) = closing.run_until_cancelled(indexing).await {
                tracing::warn!(%connection, %error, "a tape was not indexed");
            }
        });
    }
}

async fn index(engine: &Engine, connection: ConnectionId) -> Result<(), IndexError> {
    let (mut reader, mut indexer) = Box::pin(open(engine, connection)).await?;
    follow(engine, &mut reader, &mut indexer).await
}

async fn open(engine: &Engine, connection: ConnectionId) -> Result<(TapeReader, Indexer), IndexError> {
    let row = engine
        .store
        .connection(connection)
        .await?
        .ok_or(IndexError::Unknown)?;
    let session = engine
        .store
        .session(row.connection.session_id, Micros::now())
        .await?
        .ok_or(IndexError::Unknown)?;
    let reader = engine.playback.open(connection, &row.recording.file).await?;
    let reader = reader.skimming();
    let indexer = Indexer::new(&session, connection, reader.started_at());
    Ok((reader, indexer))
}

/// Most of its time this waits for more of the tape: what is done beside that is boxed, and takes no room meanwhile.
async fn follow(engine: &Engine, reader: &mut TapeReader, indexer: &mut Indexer) -> Result<(), IndexError> {
    loop {
        let Ok(played) = tokio::time::timeout(DOZE, reader.next()).await else {
            indexer.doze();
            continue;
        };
        let ended = match played? {
            Played::Records(records) => {
                indexer.goto(reader.first_record());
                for (at, record) in records.into_iter().enumerate() {
                    if at % STRETCH == STRETCH - 1 {
                        tokio::task::yield_now().await;
                    }
                    indexer.take(record);
                }
                false
            }
            Played::CaughtUp => false,
            Played::End(_) => {
                indexer.finish();
                true
            }
        };
        let (entries, completions) = indexer.drain();
        if !entries.is_empty() || !completions.is_empty() {
            Box::pin(write(engine, entries, completions)).await?;
        }
        if ended {
            return Ok(());
        }
    }
}

async fn write(engine: &Engine, mut entries: Vec<Entry>, completions: Completions) -> Result<(), IndexError> {
    let (settled, later) = settle(&mut entries, completions);
    let there = engine.store.append_entries(entries).await?;
    // A tape that is indexed again finds its entries as they were, which may be before they were completed.
    let there: HashSet<_> = there.into_iter().map(|key| key.seq).collect();
    let settled = settled.into_iter().filter(|(key, _)| there.contains(&key.seq));
    for (key, completion) in settled.chain(later) {
        engine.store.complete_entry(key, completion).await?;
    }
    Ok(())
}

/// What came of entries, by their keys.
type Completions = Vec<(EntryKey, Completion)>;

/// Completes the entries that are not written yet in their place, so that they are written once. Gives the completions of those, and the
/// others.
fn settle(entries: &mut [Entry], completions: Completions) -> (Completions, Completions) {
    let first = entries.first().map_or(i64::MAX, |entry| entry.key.seq);
    completions.into_iter().partition(|(key, completion)| {
        // Numbers are given without a gap.
        let place = key.seq.checked_sub(first).and_then(|at| usize::try_from(at).ok());
        let entry = place
            .and_then(|at| entries.get_mut(at))
            .filter(|entry| entry.key == *key);
        entry.map(|entry| completion.apply(entry)).is_some()
    })
}

/// What is shared by all entries of a tape.
struct Source {
    session: Session,
    connection: ConnectionId,
    started: Micros,
    base: i64,
}

/// Reads the records of one tape.
struct Indexer {
    source: Source,
    next: i64,
    record: i64,
    now: Micros,
    strands: HashMap<u32, Box<StrandIndex>>,
    entries: Vec<Entry>,
    completions: Completions,
}

impl Indexer {
    fn new(row: &SessionRow, connection: ConnectionId, started: Micros) -> Self {
        let place = row
            .connections
            .iter()
            .position(|one| one.connection.id == connection)
            .unwrap_or(0);
        let base = i64::try_from(place).unwrap_or(0) * PER_CONNECTION;
        let source = Source {
            session: row.session.clone(),
            connection,
            started,
            base,
        };
        Self {
            source,
            next: 1,
            record: -1,
            now: started,
            strands: HashMap::new(),
            entries: Vec::new(),
            completions: Vec::new(),
        }
    }

    /// Says which number the next record has: some may have been passed over.
    fn goto(&mut self, number: u64) {
        self.record = i64::try_from(number).unwrap_or(i64::MAX) - 1;
    }

    fn take(&mut self, record: Record) {
        self.record += 1;
        self.now = record.at;
        match record.kind {
            Kind::Open(body) => self.open(record.strand, &body),
            Kind::Close(body) => self.close(record.strand, &body),
            Kind::File(body) => self.file(&body),
            Kind::Note(body) => self.note(&body),
            Kind::Statement { id, body } => self.statement(record.strand, id, &body),
            Kind::Outcome { id, body } => self.outcome(record.strand, id, &body),
            kind => {
                let at = self.elapsed();
                if let Some(mut strand) = self.strands.remove(&record.strand) {
                    let events = strand.take(at, &kind);
                    self.commands(&mut strand, events);
                    self.strands.insert(record.strand, strand);
                }
            }
        }
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.now.since(self.source.started).0).unwrap_or(0)
    }

    fn open(&mut self, strand: u32, body: &[u8]) {
        let Ok(mark) = serde_json::from_slice::<OpenMark>(body) else {
            return;
        };
        let mut index = Box::new(StrandIndex::new(&mark, self.now));
        if let Some(kind) = index.whole_kind() {
            let detail = serde_json::json!({ "strand": strand, "kind": mark.kind });
            index.whole = Some(self.begin(kind, self.now, mark.title, detail));
        }
        self.strands.insert(strand, index);
    }

    fn close(&mut self, strand: u32, body: &[u8]) {
        let mark: CloseMark = serde_json::from_slice(body).unwrap_or_default();
        let Some(mut index) = self.strands.remove(&strand) else {
            return;
        };
        let events = index.finish();
        self.commands(&mut index, events);
        if let Some(key) = index.whole {
            let completion = index.completion(strand, &mark, self.now);
            self.completions.push((key, completion));
        }
    }

    /// Ends what the tape leaves open: its gateway was lost, or the strand was cut.
    fn finish(&mut self) {
        for strand in self.strands.keys().copied().collect::<Vec<_>>() {
            let cut = CloseMark {
                cut: true,
                ..CloseMark::default()
            };
            self.close(strand, &serde_json::to_vec(&cut).unwrap_or_default());
        }
    }

    fn doze(&mut self) {
        for strand in self.strands.values_mut() {
            strand.doze();
        }
    }

    fn drain(&mut self) -> (Vec<Entry>, Completions) {
        (
            std::mem::take(&mut self.entries),
            std::mem::take(&mut self.completions),
        )
    }

    fn begin(&mut self, kind: EntryKind, at: Micros, body: String, detail: serde_json::Value) -> EntryKey {
        let Source {
            session,
            connection,
            started,
            base,
        } = &self.source;
        let key = EntryKey {
            session: session.id,
            seq: base + self.next,
            at,
        };
        self.next += 1;
        self.entries.push(Entry {
            key,
            connection: *connection,
            kind,
            outcome: Outcome::Unknown,
            rows: 0,
            bytes: 0,
            duration: Span(0),
            user: session.user.id,
            resource: session.resource.id,
            gateway: session.gateway.clone(),
            resource_type: session.resource.protocol.clone(),
            body,
            detail,
            indexed: String::new(),
            place: TapePlace {
                record: self.record,
                time: at.since(*started),
            },
        });
        key
    }

    fn commands(&mut self, strand: &mut StrandIndex, events: Vec<screen::CommandEvent>) {
        use screen::CommandEvent;
        for event in events {
            match event {
                CommandEvent::Started { number, at_us, text } => {
                    let at = self
                        .source
                        .started
                        .plus(Span(i64::try_from(at_us).unwrap_or(i64::MAX)));
                    let key = self.begin(EntryKind::Command, at, text, serde_json::Value::Null);
                    strand.typed.insert(number, key);
                }
                CommandEvent::Changed { number, text } => {
                    let Some(key) = strand.typed.get(&number) else {
                        continue;
                    };
                    // Mostly the entry is still at hand; else its text grows in the detail.
                    if let Some(entry) = self.entries.iter_mut().find(|entry| entry.key == *key) {
                        entry.body = text;
                    } else {
                        self.completions.push((*key, strand::grown(text)));
                    }
                }
                CommandEvent::Withdrawn { number } => {
                    let Some(key) = strand.typed.remove(&number) else {
                        continue;
                    };
                    self.completions.push((key, strand::withdrawn()));
                }
                CommandEvent::Ended(command) => {
                    let Some(key) = strand.typed.remove(&command.number) else {
                        continue;
                    };
                    self.completions
                        .push((key, strand::completed(&command, self.elapsed())));
                }
            }
        }
    }

    fn file(&mut self, body: &[u8]) {
        let Ok(detail) = serde_json::from_slice::<serde_json::Value>(body) else {
            return;
        };
        let number = |key: &str| detail.get(key).and_then(serde_json::Value::as_i64).unwrap_or(0);
        let text = |key: &str| {
            detail
                .get(key)
                .and_then(|value| value.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        let outcome = match text("result").as_str() {
            "done" => Outcome::Ok,
            "refused" => Outcome::Refused,
            _ => Outcome::Failed,
        };
        let lasted = Span(number("duration_us"));
        let began = Micros(self.now.0 - lasted.0.max(0));
        let (path, to, bytes) = (text("path"), text("to"), number("bytes"));
        self.begin(EntryKind::File, began.max(self.source.started), path, detail);
        if let Some(entry) = self.entries.last_mut() {
            entry.outcome = outcome;
            entry.bytes = bytes;
            entry.duration = lasted;
            entry.indexed = to;
        }
    }

    fn note(&mut self, body: &[u8]) {
        let Ok(detail) = serde_json::from_slice::<serde_json::Value>(body) else {
            return;
        };
        let Ok(mark) = serde_json::from_value::<Mark>(detail.clone()) else {
            return;
        };
        let text = match &mark {
            Mark::Locked { lock } => format!("locked by {}", lock.by),
            Mark::Unlocked => "unlocked".to_owned(),
            Mark::Extended { expires_at } => format!("extended to {}", expires_at.rfc3339()),
            Mark::Warned { secs, why } => {
                format!("warned {secs} seconds before the end: {}", why.to_caller())
            }
            Mark::Stopped { reason, .. } => reason.to_caller().to_owned(),
            Mark::Protocol { body } => body
                .get("text")
                .and_then(|text| text.as_str())
                .unwrap_or("noted by the protocol")
                .to_owned(),
        };
        let refused = matches!(&mark, Mark::Protocol { body } if body.get("refused").is_some());
        self.begin(EntryKind::Note, self.now, text, detail);
        if let Some(entry) = self.entries.last_mut().filter(|_| refused) {
            entry.outcome = Outcome::Refused;
        }
    }

    fn statement(&mut self, strand: u32, id: u64, body: &[u8]) {
        let (text, detail) = strand::statement(body);
        let key = self.begin(EntryKind::Statement, self.now, text, detail.clone());
        if let Some(index) = self.strands.get_mut(&strand) {
            index.statements.insert(id, (key, detail));
        }
    }

    fn outcome(&mut self, strand: u32, id: u64, body: &[u8]) {
        let Some((key, asked)) = self
            .strands
            .get_mut(&strand)
            .and_then(|index| index.statements.remove(&id))
        else {
            return;
        };
        let mut detail: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        // What was known with the statement, such as its parameters, stays beside what came of it.
        if let (Some(fields), serde_json::Value::Object(asked)) = (detail.as_object_mut(), asked) {
            fields.extend(asked);
        }
        let number = |key: &str| detail.get(key).and_then(serde_json::Value::as_i64).unwrap_or(0);
        let failed = detail.get("error").is_some_and(|error| !error.is_null());
        let completion = Completion {
            outcome: if failed { Outcome::Failed } else { Outcome::Ok },
            rows: number("rows"),
            bytes: number("bytes"),
            duration: self.now.since(key.at),
            indexed: String::new(),
            detail: Some(detail),
        };
        self.completions.push((key, completion));
    }
}

#[cfg(test)]
mod tests;
