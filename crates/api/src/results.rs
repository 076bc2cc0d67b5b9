//! Results of statements, read out of recordings.
//!
//! A result is never held: it passes through here from the tape to whoever asked, in pieces. Where on the tape it stands is known in two
//! ways: from the entry of the activity log, which names the places, or, for clients that wait for each answer as the console's does,
//! from the order of the tape.

pub(crate) mod table;

use std::time::Duration;

use domain::ConnectionId;
use engine::{
    Played, TapeReader,
    statements::{Piece, ResultReader, Spelling},
};
use store::{EntryKind, SessionEntries, SessionRow};
use tape::{Direction, Kind, Record};

use crate::{
    Api,
    problem::{Answer, Problem},
    routes::player::open_tape,
};

/// How long a recording that goes on is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Which result of a session.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    connection: Option<ConnectionId>,
    place: Place,
}

/// Where it stands on the tape.
#[derive(Debug, Clone)]
enum Place {
    /// Behind the statement of this number, up to its outcome.
    Behind(u64),
    /// At these places among the bytes that the resource sent.
    At(Vec<(u64, u64)>, serde_json::Value),
}

/// A statement of the activity log.
pub(crate) struct Logged {
    pub(crate) entry: store::Entry,
    pub(crate) wanted: Option<Wanted>,
}

/// Reads a name: `17` is the entry of that number in the activity log, `n3` the third statement of a console's connection.
pub(crate) async fn find(
    api: &Api,
    row: &SessionRow,
    which: &str,
    connection: Option<ConnectionId>,
) -> Answer<Wanted> {
    if let Some(number) = which.strip_prefix('n') {
        let number = number.parse().map_err(|_| Problem::not_found())?;
        return Ok(Wanted {
            connection,
            place: Place::Behind(number),
        });
    }
    let seq = which.parse().map_err(|_| Problem::not_found())?;
    logged(api, row, seq).await?.wanted.ok_or_else(no_result)
}

/// Finds a statement of the activity log.
pub(crate) async fn logged(api: &Api, row: &SessionRow, seq: i64) -> Answer<Logged> {
    let query = SessionEntries {
        after: seq.saturating_sub(1),
        kinds: vec![EntryKind::Statement],
        limit: 1,
        ..SessionEntries::default()
    };
    let entries = api.store().entries(row.session.id, &query).await;
    let entry = entries.map_err(Problem::of_store)?.into_iter().next();
    let entry = entry
        .filter(|entry| entry.key.seq == seq)
        .ok_or_else(Problem::not_found)?;
    let ranges = entry.detail.get("result").and_then(|result| result.get("ranges"));
    let ranges: Option<Vec<(u64, u64)>> =
        ranges.and_then(|ranges| serde_json::from_value(ranges.clone()).ok());
    let wanted = ranges.map(|ranges| Wanted {
        connection: Some(entry.connection),
        place: Place::At(ranges, entry.detail.clone()),
    });
    Ok(Logged { entry, wanted })
}

pub(crate) fn no_result() -> Problem {
    Problem::new(
        axum::http::StatusCode::NOT_FOUND,
        "no_result",
        "this statement has no rows on the recording",
    )
    .hint("profiles that record metadata only keep no rows")
}

/// Reads one result from its beginning.
pub(crate) struct Results {
    reader: TapeReader,
    pieces: Box<dyn ResultReader>,
    place: Place,
    /// Bytes of the resource that were seen.
    seen: u64,
    /// The statement's own answer is being read.
    inside: bool,
    over: bool,
}

impl Results {
    pub(crate) async fn open(
        api: &Api,
        row: &SessionRow,
        wanted: &Wanted,
        spelling: Spelling,
    ) -> Answer<Self> {
        let protocol = api.engine().protocol(&row.session.resource.protocol);
        let mut pieces = protocol
            .and_then(|protocol| protocol.results(spelling))
            .ok_or_else(no_result)?;
        if let Place::At(_, statement) = &wanted.place {
            pieces.about(statement);
        }
        let (_, reader) = open_tape(api, row, wanted.connection).await?;
        Ok(Self {
            reader,
            pieces,
            place: wanted.place.clone(),
            seen: 0,
            inside: false,
            over: false,
        })
    }

    /// Gives the next pieces; tells whether there may be more. A recording that ends within the result is an error.
    pub(crate) async fn next(&mut self, each: &mut (dyn FnMut(Piece<'_>) + Send)) -> Answer<bool> {
        if self.over {
            return Ok(false);
        }
        let played = tokio::time::timeout(PATIENCE, self.reader.next()).await;
        match played {
            Ok(Ok(Played::Records(records))) => {
                for record in records {
                    if !self.over {
                        self.take(&record, each)?;
                    }
                }
                Ok(!self.over)
            }
            Ok(Ok(Played::CaughtUp)) => Ok(true),
            Ok(Ok(Played::End(_))) | Err(_) => {
                self.over = true;
                // What is behind a statement that goes on ends where the recording does; places that are named have to be there.
                match self.place {
                    Place::Behind(_) if self.pieces.is_between() => Ok(false),
                    Place::At(..) if self.seen == 0 => Err(no_result()),
                    _ => Err(Problem::internal("the recording ends within the result")),
                }
            }
            Ok(Err(error)) => Err(Problem::of_playback(error)),
        }
    }

    fn take(&mut self, record: &Record, each: &mut (dyn FnMut(Piece<'_>) + Send)) -> Answer<()> {
        match (&record.kind, &self.place) {
            (Kind::Statement { id, body }, Place::Behind(number)) => {
                self.inside = id == number;
                if self.inside
                    && let Ok(statement) = serde_json::from_slice(body)
                {
                    self.pieces.about(&statement);
                }
            }
            (Kind::Outcome { id, .. }, Place::Behind(number)) if id == number => self.over = true,
            // Whoever waits for each answer has all of one before the next statement.
            (Kind::Data(Direction::FromTarget, bytes), Place::Behind(_)) if self.inside => {
                self.pieces.feed(bytes, each).map_err(Problem::internal)?;
            }
            (Kind::Data(Direction::FromTarget, bytes), Place::At(ranges, _)) => {
                let (from, to) = (self.seen, self.seen + bytes.len() as u64);
                self.seen = to;
                for (start, end) in ranges {
                    let (start, end) = ((*start).max(from), (*end).min(to));
                    let part = usize::try_from(start.saturating_sub(from))
                        .ok()
                        .zip(usize::try_from(end.saturating_sub(from)).ok())
                        .filter(|_| start < end)
                        .and_then(|(start, end)| bytes.get(start..end));
                    if let Some(part) = part {
                        self.pieces.feed(part, each).map_err(Problem::internal)?;
                    }
                }
                self.over = ranges.last().is_none_or(|(_, end)| *end <= to);
            }
            _ => {}
        }
        Ok(())
    }
}
