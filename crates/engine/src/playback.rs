//! Reading tapes: from the spool while they grow, from the shelf afterwards.
//!
//! Watching is following the tape. A viewer reads what is on disk and waits for more; it never slows the session and sees
//! nothing that is not recorded.

use std::{
    collections::{HashMap, VecDeque},
    io,
    path::PathBuf,
    sync::Arc,
};

use domain::{ConnectionId, Micros};
use parking_lot::Mutex;
use tape::{Block, Follower, Head, Part, Record, Seal};
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
            match tokio::fs::File::open(self.spool_file(id)).await {
                Ok(file) => return TapeReader::new(Box::new(file), growth, &self.keyring).await,
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
                Ok(file) => return TapeReader::new(file, None, &self.keyring).await,
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
    file: Box<dyn AsyncRead + Send + Unpin>,
    follower: Follower,
    head: Head,
    growth: Option<watch::Receiver<Growth>>,
    read: u64,
    ready: VecDeque<Block>,
    seal: Option<Box<Seal>>,
    told: bool,
    buffer: Vec<u8>,
    key: tape::DataKey,
    place: u64,
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
        mut file: Box<dyn AsyncRead + Send + Unpin>,
        growth: Option<watch::Receiver<Growth>>,
        keyring: &Keyring,
    ) -> Result<Self, PlaybackError> {
        let mut follower = Follower::new();
        let mut buffer = vec![0; 4096];
        let mut read = 0;
        let head = loop {
            let count = file.read(&mut buffer).await.map_err(PlaybackError::Read)?;
            if count == 0 {
                return Err(PlaybackError::Gone);
            }
            read += count as u64;
            follower.feed(buffer.get(..count).unwrap_or_default());
            match follower.next_part().map_err(PlaybackError::Damaged)? {
                Some(Part::Head(head)) => break *head,
                Some(_) => return Err(PlaybackError::Damaged(tape::ReadError::NotATape)),
                None => {}
            }
        };
        let key = keyring
            .open_data_key(&head.label.data_key, head.label.tape)
            .map_err(PlaybackError::Key)?;
        let key = tape::DataKey::new(key.expose()).map_err(|_| PlaybackError::Key(vault::Error::Crypto))?;
        follower.unlock(key.clone());
        buffer = Vec::new();
        Ok(Self {
            file,
            follower,
            head,
            growth,
            read,
            ready: VecDeque::new(),
            seal: None,
            told: false,
            buffer,
            key,
            place: 0,
        })
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
        while self.read < place {
            let most = usize::try_from(place - self.read).map_or(SKIP, |gap| gap.min(SKIP));
            self.buffer.resize(most, 0);
            match self.file.read(&mut self.buffer).await {
                Ok(0) => return Err(PlaybackError::Gone),
                Ok(count) => self.read += count as u64,
                Err(error) => return Err(PlaybackError::Read(error)),
            }
        }
        self.buffer = Vec::new();
        self.follower = Follower::resume(&self.head, self.key.clone(), place);
        self.ready.clear();
        Ok(())
    }

    /// Gives what comes next. Waits only after it has answered [`Played::CaughtUp`]. Cancel-safe.
    pub async fn next(&mut self) -> Result<Played, PlaybackError> {
        loop {
            if let Some(block) = self.ready.pop_front() {
                self.place = block.offset;
                let records = block.records().collect::<Result<Vec<_>, _>>();
                let records = records.map_err(PlaybackError::Broken)?;
                if !records.is_empty() {
                    return Ok(Played::Records(records));
                }
                continue;
            }
            if let Some(seal) = self.seal.take() {
                return Ok(Played::End(Some(seal)));
            }
            match self.follower.next_part().map_err(PlaybackError::Damaged)? {
                Some(Part::Block(block)) => self.ready.push_back(block),
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
        self.buffer.resize(usize::try_from(most).unwrap_or(CHUNK), 0);
        let count = self
            .file
            .read(&mut self.buffer)
            .await
            .map_err(PlaybackError::Read)?;
        self.follower.feed(self.buffer.get(..count).unwrap_or_default());
        self.read += count as u64;
        if self.growth.is_some() {
            // Following is mostly waiting: hold nothing meanwhile.
            self.buffer = Vec::new();
        }
        Ok(count)
    }
}
