//! Reading tapes: from the spool while they grow, from the shelf afterwards.
//!
//! Watching is following the tape. A viewer reads what is on disk and waits for more; it never slows the session and sees
//! nothing that is not recorded.

use std::{collections::HashMap, fs::File, io, os::unix::fs::FileExt as _, path::PathBuf, sync::Arc};

use domain::{ConnectionId, Micros};
use parking_lot::Mutex;
use tape::{DataKey, Follower, Head, Part, Record, Seal};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    sync::watch,
};
use vault::Keyring;

use crate::shelf::Shelf;

/// How much is read from a file at once.
const CHUNK: usize = 256 << 10;

/// How much is passed over at once.
const SKIP: usize = 2 << 20;

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PlaybackError {
    /// There is no file: it never existed, or retention removed it.
    #[error("the recording's file is gone")]
    Gone,
    /// The file could not be read.
    #[error("the recording could not be read")]
    Read(#[source] io::Error),
    /// The file is not what was written.
    #[error("the recording is damaged")]
    Damaged(#[source] tape::ReadError),
    /// A block is authentic and cannot be read: its writer was faulty.
    #[error("the recording was written wrongly")]
    Broken(#[source] tape::DecodeError),
    /// The key that opens it is not in the keyring.
    #[error("the recording's key could not be opened")]
    Key(#[source] vault::Error),
}

/// How far a growing tape is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Growth {
    /// Bytes of the file that are on disk.
    pub durable: u64,
    /// Nothing more will come.
    pub finished: bool,
    /// From here to `durable` there are whole blocks of nothing but bulk: bytes of commands, forwards and transfers beyond what is shown
    /// of them. Who makes lists and not pictures may pass over it.
    pub bulk_from: Option<u64>,
}

/// Finds tapes by the connection that they record.
#[derive(Debug)]
pub struct Playback {
    spool: PathBuf,
    shelf: Arc<dyn Shelf>,
    keyring: Arc<Keyring>,
    growing: Mutex<HashMap<ConnectionId, watch::Receiver<Growth>>>,
}

impl Playback {
    pub(crate) fn new(spool: PathBuf, shelf: Arc<dyn Shelf>, keyring: Arc<Keyring>) -> Self {
        Self {
            spool,
            shelf,
            keyring,
            growing: Mutex::default(),
        }
    }

    /// Announces a tape that this node begins to write.
    pub(crate) fn begin(&self, id: ConnectionId, growth: watch::Receiver<Growth>) {
        self.growing.lock().insert(id, growth);
    }

    /// Forgets a tape that has left the spool.
    pub(crate) fn end(&self, id: ConnectionId) {
        self.growing.lock().remove(&id);
    }

    /// Tells how many bytes of a tape that this node writes are on disk.
    pub(crate) fn durable(&self, id: ConnectionId) -> Option<u64> {
        self.growing.lock().get(&id).map(|growth| growth.borrow().durable)
    }

    /// Names the spool file of a tape.
    pub(crate) fn spool_file(&self, id: ConnectionId) -> PathBuf {
        self.spool.join(format!("{id}.tape.part"))
    }

    /// Opens a tape. `file` is its name on the shelf, when it has one.
    pub async fn open(&self, id: ConnectionId, file: &str) -> Result<TapeReader, PlaybackError> {
        let growth = self.growing.lock().get(&id).cloned();
        // A tape moves from the spool to the shelf while it is looked for: look twice.
        for _ in 0..2 {
            match open_spooled(self.spool_file(id)).await {
                Ok(file) => return TapeReader::new(Source::Spool(file), growth, &self.keyring).await,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(PlaybackError::Read(error)),
            }
            let name = if file.is_empty() {
                self.shelf.find(id).await
            } else {
                Ok(Some(file.to_owned()))
            };
            let Some(name) = name.map_err(PlaybackError::Read)? else {
                continue;
            };
            match self.shelf.open(&name).await {
                Ok(file) => return TapeReader::new(Source::Shelf(file), None, &self.keyring).await,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(PlaybackError::Read(error)),
            }
        }
        Err(PlaybackError::Gone)
    }

    /// Opens the raw file of a finished tape, to be handed out as it is.
    pub async fn raw(&self, file: &str) -> Result<Box<dyn AsyncRead + Send + Unpin>, PlaybackError> {
        self.shelf.open(file).await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => PlaybackError::Gone,
            _ => PlaybackError::Read(error),
        })
    }
}

/// Where a tape is read from.
enum Source {
    /// A file of this node, read at any place and with no buffer of its own.
    Spool(Arc<File>),
    Shelf(Box<dyn AsyncRead + Send + Unpin>),
}

impl Source {
    /// Reads at most so many bytes. Cancel-safe for the spool; a shelf is read by one who does not give up.
    async fn read(&mut self, at: u64, most: usize) -> Result<Vec<u8>, PlaybackError> {
        let read = match self {
            Self::Spool(file) => {
                let file = Arc::clone(file);
                let job = tokio::task::spawn_blocking(move || {
                    let mut bytes = vec![0; most];
                    let count = file.read_at(&mut bytes, at)?;
                    bytes.truncate(count);
                    Ok(bytes)
                });
                job.await.unwrap_or_else(|lost| Err(io::Error::other(lost)))
            }
            Self::Shelf(file) => {
                let mut bytes = vec![0; most];
                file.read(&mut bytes).await.map(|count| {
                    bytes.truncate(count);
                    bytes
                })
            }
        };
        read.map_err(PlaybackError::Read)
    }
}

async fn open_spooled(path: PathBuf) -> io::Result<Arc<File>> {
    let job = tokio::task::spawn_blocking(move || File::open(path));
    job.await
        .unwrap_or_else(|lost| Err(io::Error::other(lost)))
        .map(Arc::new)
}

/// What comes next on a tape.
#[derive(Debug)]
pub enum Played {
    /// Records of one block, in order; never empty.
    Records(Vec<Record>),
    /// All that is on disk was read; the session goes on. Ask again to wait for more.
    CaughtUp,
    /// The end. [`None`] when the file ends without a seal: its gateway was lost.
    End(Option<Box<Seal>>),
}

/// Reads one tape from its beginning, also while it grows.
pub struct TapeReader {
    source: Source,
    follower: Follower,
    key: DataKey,
    head: Head,
    growth: Option<watch::Receiver<Growth>>,
    read: u64,
    /// The number of the record that was given last as the first of a block, and the place of that block.
    first: u64,
    place: u64,
    seal: Option<Box<Seal>>,
    told: bool,
    skims: bool,
}

impl std::fmt::Debug for TapeReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TapeReader")
            .field("tape", &self.head.label.tape)
            .finish_non_exhaustive()
    }
}

impl TapeReader {
    async fn new(
        mut source: Source,
        growth: Option<watch::Receiver<Growth>>,
        keyring: &Keyring,
    ) -> Result<Self, PlaybackError> {
        let mut follower = Follower::new();
        let mut read = 0;
        let head = loop {
            let bytes = source.read(read, 4096).await?;
            if bytes.is_empty() {
                return Err(PlaybackError::Gone);
            }
            read += bytes.len() as u64;
            follower.feed(&bytes);
            match follower.next_part().map_err(PlaybackError::Damaged)? {
                Some(Part::Head(head)) => break *head,
                Some(_) => return Err(PlaybackError::Damaged(tape::ReadError::NotATape)),
                None => {}
            }
        };
        let key = keyring
            .open_data_key(&head.label.data_key, head.label.tape)
            .map_err(PlaybackError::Key)?;
        let key = DataKey::new(key.expose()).map_err(|_| PlaybackError::Key(vault::Error::Crypto))?;
        follower.unlock(key.clone());
        Ok(Self {
            source,
            follower,
            key,
            head,
            growth,
            read,
            first: 0,
            place: 0,
            seal: None,
            told: false,
            skims: false,
        })
    }

    /// Passes over bulk while the tape grows, see [`Growth::bulk_from`].
    #[must_use]
    pub(crate) fn skimming(mut self) -> Self {
        self.skims = true;
        self
    }

    /// Gives the tape's head.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Tells when the tape began.
    #[must_use]
    pub fn started_at(&self) -> Micros {
        self.head.label.started_at
    }

    /// Gives the number within the tape, from 0, of the first of the records that were given last.
    #[must_use]
    pub fn first_record(&self) -> u64 {
        self.first
    }

    /// Gives where in the file the block stands whose records were given last.
    #[must_use]
    pub fn place(&self) -> u64 {
        self.place
    }

    /// Goes on at a block whose place is known; only forward, and not back to what was read already. Nothing that lies between is
    /// decrypted. What is given next may still begin before the place, where that much had been read to find the head.
    pub async fn skip_to(&mut self, place: u64) -> Result<(), PlaybackError> {
        if place <= self.read {
            return Ok(());
        }
        while self.read < place && matches!(self.source, Source::Shelf(_)) {
            let most = usize::try_from(place - self.read).map_or(SKIP, |gap| gap.min(SKIP));
            let passed = self.source.read(self.read, most).await?.len();
            if passed == 0 {
                return Err(PlaybackError::Gone);
            }
            self.read += passed as u64;
        }
        self.go_on_at(place);
        Ok(())
    }

    fn go_on_at(&mut self, place: u64) {
        self.follower = Follower::resume(&self.head, self.key.clone(), place);
        self.read = place;
    }

    /// Gives what comes next. Waits only after it has answered [`Played::CaughtUp`]. Cancel-safe.
    pub async fn next(&mut self) -> Result<Played, PlaybackError> {
        loop {
            if let Some(seal) = self.seal.take() {
                return Ok(Played::End(Some(seal)));
            }
            self.skim();
            match self.follower.next_part().map_err(PlaybackError::Damaged)? {
                Some(Part::Block(block)) => {
                    let records = block.records().collect::<Result<Vec<_>, _>>();
                    let records = records.map_err(PlaybackError::Broken)?;
                    if !records.is_empty() {
                        self.place = block.offset;
                        self.first = block.header.first_record;
                        return Ok(Played::Records(records));
                    }
                }
                Some(Part::Seal(seal)) => self.seal = Some(seal),
                Some(Part::Head(_)) => {}
                None => {
                    if let Some(played) = self.more().await? {
                        return Ok(played);
                    }
                }
            }
        }
    }

    /// Goes on behind the bulk that lies before it, if there is any.
    fn skim(&mut self) {
        let Some(growth) = self.growth.as_ref().filter(|_| self.skims) else {
            return;
        };
        let at = self.follower.offset();
        let Growth {
            durable, bulk_from, ..
        } = *growth.borrow();
        if bulk_from.is_some_and(|from| from <= at) && at < durable {
            self.go_on_at(durable);
        }
    }

    /// Reads the next bytes of the file, or says that there are none now.
    async fn more(&mut self) -> Result<Option<Played>, PlaybackError> {
        let Some(growth) = &mut self.growth else {
            return Ok(if self.fill(CHUNK as u64).await? == 0 {
                Some(Played::End(None))
            } else {
                None
            });
        };
        let now = *growth.borrow_and_update();
        if now.durable > self.read {
            let most = (now.durable - self.read).min(CHUNK as u64);
            self.told = false;
            self.fill(most).await?;
            return Ok(None);
        }
        if now.finished {
            // Sealed: what is left of the file is complete.
            self.growth = None;
            return Ok(None);
        }
        if !self.told {
            self.told = true;
            return Ok(Some(Played::CaughtUp));
        }
        if growth.changed().await.is_err() {
            self.growth = None;
        }
        Ok(None)
    }

    /// Feeds at most so many bytes of the file; gives how many. Only durable bytes are asked for while the tape grows.
    async fn fill(&mut self, most: u64) -> Result<usize, PlaybackError> {
        let most = usize::try_from(most).unwrap_or(CHUNK);
        let bytes = self.source.read(self.read, most).await?;
        self.follower.feed(&bytes);
        self.read += bytes.len() as u64;
        Ok(bytes.len())
    }
}
