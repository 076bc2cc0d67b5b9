//! Recordings as the player sees them: where segments begin, and the picture each begins with.
//!
//! Reading a tape without drawing it takes a few milliseconds for each ten megabytes, so that an index is given at once. Pictures are drawn
//! behind it, from the beginning on; a segment is read from its place on the tape when it is asked for. What is kept is small.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use domain::{ConnectionId, Micros};
use engine::{Played, TapeReader};
use parking_lot::Mutex;
use screen::{Carry, SegmentEvent, SegmentPlan, SegmentWriter, Size, Snapshot, Terminal, TimeMap};
use store::SessionRow;
use tape::Record;
use tokio::sync::watch;

use crate::{
    Api,
    problem::{Answer, Problem},
    replay::{Seat, Shown, StrandView, Track},
    routes::player::open_tape,
};

/// How much time in which something happens one segment covers.
const SEGMENT_US: u64 = 30_000_000;
/// How much memory films may take, in bytes.
const MOST_BYTES: usize = 64 << 20;
/// How many films are kept.
const MOST_FILMS: usize = 64;
/// How long a segment waits for its picture.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where a segment begins on the tape, and what must be known to go on from there.
#[derive(Debug, Clone, Default)]
struct Place {
    block: u64,
    record: usize,
    carry: Carry,
    seat: Seat,
}

impl Place {
    fn at(&self) -> (u64, usize) {
        (self.block, self.record)
    }
}

/// One strand of one recording, as far as it was read.
#[derive(Debug)]
pub(crate) struct Film {
    pub(crate) started: Micros,
    pub(crate) strands: Vec<StrandView>,
    /// When its last record was, in microseconds since the recording began.
    pub(crate) elapsed_us: u64,
    /// Nothing more will come.
    pub(crate) ended: bool,
    pub(crate) size: Size,
    pub(crate) plan: SegmentPlan,
    strand: Option<u32>,
    places: Vec<Place>,
    pictures: Pictures,
}

impl Film {
    /// Reads a tape up to what is there now, and draws nothing.
    async fn read(reader: &mut TapeReader, strand: Option<u32>) -> Answer<Self> {
        let started = reader.started_at();
        let mut track = Track::new(started, strand);
        let mut plan = SegmentPlan::new(SEGMENT_US);
        let mut places = vec![Place::default()];
        let ended = loop {
            let records = match reader.next().await.map_err(Problem::of_playback)? {
                Played::Records(records) => records,
                Played::CaughtUp => break false,
                Played::End(_) => break true,
            };
            for (number, record) in records.into_iter().enumerate() {
                let seat = track.seat();
                let Some((at, shown)) = track.take(record) else {
                    continue;
                };
                if let Some(carry) = event(&shown).and_then(|event| plan.push(at, event)) {
                    places.push(Place {
                        block: reader.place(),
                        record: number,
                        carry,
                        seat,
                    });
                }
            }
            // A long tape must not keep a worker for itself.
            tokio::task::yield_now().await;
        };
        let (cols, rows) = track.size();
        let size = Size { cols, rows };
        Ok(Self {
            started,
            strands: track.strands().to_vec(),
            elapsed_us: track.elapsed_us(),
            ended,
            size,
            plan,
            strand,
            places,
            pictures: Pictures::new(Snapshot::empty(size)),
        })
    }

    /// Gives the player's clock up to `end_us`.
    pub(crate) fn time_map(&self, idle_ms: Option<u64>, end_us: u64) -> TimeMap {
        self.plan
            .time_map(idle_ms.map(|ms| ms.saturating_mul(1000)), end_us)
    }

    /// Reads one segment of the recording up to `end_us`; [`None`] when there is no such segment.
    pub(crate) async fn segment(
        &self,
        reader: TapeReader,
        number: usize,
        idle_ms: Option<u64>,
        end_us: u64,
    ) -> Answer<Option<Bytes>> {
        let count = self.plan.count(end_us);
        let Some(place) = self.places.get(number).filter(|_| number < count) else {
            return Ok(None);
        };
        let next = self.places.get(number + 1).filter(|_| number + 1 < count);
        let snapshot = self.pictures.get(number).await?;
        let map = self.time_map(idle_ms, end_us);
        let mut writer = SegmentWriter::new(Snapshot::clone(&snapshot), place.carry.clone());
        let mut walk = Walk::begin(reader, self.strand, place).await?;
        walk.go(next, |at, shown| {
            if let Some(event) = event(shown).filter(|_| at <= end_us) {
                writer.push(map.player(at), event);
            }
        })
        .await?;
        let segment = match next {
            Some(_) => writer.finish(),
            None => writer.finish_last(self.plan.duration(&map, end_us)),
        };
        let body = serde_json::to_vec(&segment).map_err(Problem::internal)?;
        Ok(Some(body.into()))
    }

    /// Draws the pictures that are still missing.
    async fn draw(&self, reader: TapeReader) -> Answer<()> {
        let done = self.pictures.count();
        let mut place = self.places.get(done - 1).ok_or_else(Problem::not_found)?;
        let picture = self.pictures.get(done - 1).await?;
        let mut terminal = Terminal::restore(picture.cols, picture.rows, &picture.init);
        terminal.feed(place.carry.held());
        let mut walk = Walk::begin(reader, self.strand, place).await?;
        for next in self.places.iter().skip(done) {
            place = next;
            walk.go(Some(place), |_, shown| match shown {
                Shown::Output(bytes) => terminal.feed(bytes),
                Shown::Resize(cols, rows) => terminal.resize(*cols, *rows),
                _ => {}
            })
            .await?;
            self.pictures.add(Snapshot::of(&terminal));
        }
        Ok(())
    }

    /// Tells about how much memory it takes, in bytes.
    fn weight(&self) -> usize {
        self.pictures.weight() + self.plan.weight() + self.places.len() * size_of::<Place>()
    }
}

/// What the player is told of what is shown.
fn event(shown: &Shown) -> Option<SegmentEvent<'_>> {
    Some(match shown {
        Shown::Output(bytes) => SegmentEvent::Output(bytes),
        Shown::Resize(cols, rows) => SegmentEvent::Resize {
            cols: *cols,
            rows: *rows,
        },
        Shown::Marker(text) => SegmentEvent::Marker(text),
        Shown::Input(_) | Shown::Exit(_) => return None,
    })
}

/// Reads a tape from one place to the next.
struct Walk {
    reader: TapeReader,
    track: Track,
    block: u64,
    records: VecDeque<(usize, Record)>,
}

impl Walk {
    async fn begin(mut reader: TapeReader, strand: Option<u32>, place: &Place) -> Answer<Self> {
        reader.skip_to(place.block).await.map_err(Problem::of_playback)?;
        let mut walk = Self {
            track: Track::resume(reader.started_at(), strand, place.seat),
            reader,
            block: 0,
            records: VecDeque::new(),
        };
        while walk.fill().await? && walk.block < place.block {
            walk.records.clear();
        }
        while walk
            .records
            .front()
            .is_some_and(|(number, _)| (walk.block, *number) < place.at())
        {
            walk.records.pop_front();
        }
        Ok(walk)
    }

    /// Reads the next block once all records of the one before are gone; `false` when there is none.
    async fn fill(&mut self) -> Answer<bool> {
        if !self.records.is_empty() {
            return Ok(true);
        }
        match self.reader.next().await.map_err(Problem::of_playback)? {
            Played::Records(records) => {
                self.block = self.reader.place();
                self.records = records.into_iter().enumerate().collect();
                Ok(true)
            }
            Played::CaughtUp | Played::End(_) => Ok(false),
        }
    }

    /// Hands over what is shown up to a place, or to the end.
    async fn go(&mut self, until: Option<&Place>, mut each: impl FnMut(u64, &Shown)) -> Answer<()> {
        while self.fill().await? {
            while let Some((number, _)) = self.records.front() {
                if until.is_some_and(|place| (self.block, *number) >= place.at()) {
                    return Ok(());
                }
                let Some((_, record)) = self.records.pop_front() else {
                    break;
                };
                if let Some((at, shown)) = self.track.take(record) {
                    each(at, &shown);
                }
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

/// The pictures that segments begin with, drawn one after another.
#[derive(Debug)]
struct Pictures {
    drawn: Mutex<Vec<Arc<Snapshot>>>,
    /// How many there are; [`usize::MAX`] when no more will come.
    count: watch::Sender<usize>,
}

impl Pictures {
    fn new(first: Snapshot) -> Self {
        Self {
            drawn: Mutex::new(vec![Arc::new(first)]),
            count: watch::Sender::new(1),
        }
    }

    /// Takes over what was drawn of the same recording when it was shorter.
    fn adopt(&self, old: &Self) {
        let drawn = old.drawn.lock().clone();
        self.count.send_replace(drawn.len());
        *self.drawn.lock() = drawn;
    }

    fn add(&self, picture: Snapshot) {
        let mut drawn = self.drawn.lock();
        drawn.push(Arc::new(picture));
        self.count.send_replace(drawn.len());
    }

    fn give_up(&self) {
        self.count.send_replace(usize::MAX);
    }

    fn count(&self) -> usize {
        self.drawn.lock().len()
    }

    fn weight(&self) -> usize {
        self.drawn
            .lock()
            .iter()
            .map(|picture| picture.init.len() + 64)
            .sum()
    }

    /// Gives a picture, as soon as it is drawn.
    async fn get(&self, number: usize) -> Answer<Arc<Snapshot>> {
        let mut count = self.count.subscribe();
        let waited = tokio::time::timeout(PATIENCE, count.wait_for(|count| *count > number)).await;
        let found = self.drawn.lock().get(number).cloned();
        found.ok_or_else(|| match waited {
            Ok(_) => Problem::internal("the recording could not be drawn"),
            Err(_) => Problem::internal("the recording was not drawn in time"),
        })
    }
}

type Key = (ConnectionId, Option<u32>);
type Slot = Arc<tokio::sync::Mutex<Option<Arc<Film>>>>;

/// The films that were used last.
#[derive(Debug, Default)]
pub(crate) struct Films(Mutex<VecDeque<(Key, Slot)>>);

impl Films {
    /// Gives the place of a film, where those who want the same one wait for each other.
    fn slot(&self, key: Key) -> Slot {
        let mut kept = self.0.lock();
        let at = kept.iter().position(|(one, _)| *one == key);
        let slot = at.and_then(|at| kept.remove(at)).map(|(_, slot)| slot);
        let slot = slot.unwrap_or_default();
        kept.push_back((key, Arc::clone(&slot)));
        let weight = |kept: &VecDeque<(Key, Slot)>| -> usize {
            let films = kept.iter().filter_map(|(_, slot)| slot.try_lock().ok());
            films
                .filter_map(|film| film.as_ref().map(|film| film.weight()))
                .sum()
        };
        while kept.len() > 1 && (kept.len() > MOST_FILMS || weight(&kept) > MOST_BYTES) {
            kept.pop_front();
        }
        slot
    }
}

/// Gives the film of a recording: of the named connection, or of the first that has a tape. While the recording grows, what was read
/// before is enough only when it covers `least_us`.
pub(crate) async fn film_of(
    api: &Api,
    row: &SessionRow,
    connection: Option<ConnectionId>,
    strand: Option<u32>,
    least_us: Option<u64>,
) -> Answer<(ConnectionId, TapeReader, Arc<Film>)> {
    // Opened also when the film is known: a recording that was removed is gone at once.
    let (id, reader) = open_tape(api, row, connection).await?;
    let slot = api.films().slot((id, strand));
    let mut kept = slot.lock().await;
    if let Some(film) = &*kept
        && (film.ended || least_us.is_some_and(|least| least <= film.elapsed_us))
    {
        return Ok((id, reader, Arc::clone(film)));
    }
    let (_, mut fresh) = open_tape(api, row, Some(id)).await?;
    let film = Film::read(&mut fresh, strand).await?;
    if let Some(old) = kept.take() {
        film.pictures.adopt(&old.pictures);
    }
    let film = Arc::new(film);
    *kept = Some(Arc::clone(&film));
    if film.pictures.count() < film.places.len() {
        let (_, reader) = open_tape(api, row, Some(id)).await?;
        let film = Arc::clone(&film);
        api.engine().beside(async move {
            if let Err(problem) = film.draw(reader).await {
                tracing::warn!(connection = %id, problem = problem.code, "a recording could not be drawn");
                film.pictures.give_up();
            }
        });
    }
    Ok((id, reader, film))
}
