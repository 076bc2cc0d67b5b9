//! The folder of tapes that are being written on this node, and what all recorders share.

use std::{
    collections::HashSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use domain::{ConnectionId, Micros};
use parking_lot::Mutex;
use tape::{Label, Scratch, Writer};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use super::{
    Title,
    commit::BUDGET_MIN,
    deck::{Deck, Fault},
    disk::Disks,
    space::Space,
};
use crate::keys::Keys;

/// How many jobs of recorders run at once: more would not make a disk faster, and each holds about 1 MiB of scratch memory.
const BUSY: usize = 8;

/// How long working memory is kept for the next block: after a burst it is not needed again.
const SPARE: Duration = Duration::from_secs(5);

/// The name that a tape has until it is sealed.
const SUFFIX: &str = ".tape.part";

/// See the module.
#[derive(Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    keys: Arc<Keys>,
    scratches: Mutex<Vec<(Scratch, Instant)>>,
    busy: Arc<Semaphore>,
    /// Tapes that a recorder has, or somebody who moves them.
    claimed: Arc<Mutex<HashSet<ConnectionId>>>,
    pub(super) disks: Disks,
    /// Locked for as long as the process lives: a second one would take running tapes for left ones.
    _lock: File,
}

/// A tape that somebody has for themselves.
#[derive(Debug)]
pub(crate) struct Claimed {
    tape: ConnectionId,
    all: Arc<Mutex<HashSet<ConnectionId>>>,
}

impl Drop for Claimed {
    fn drop(&mut self) {
        self.all.lock().remove(&self.tape);
    }
}

impl Spool {
    /// Opens the folder; makes it when there is none.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when another process has it.
    pub(crate) fn open(folder: PathBuf, keys: Arc<Keys>) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("lock"))?;
        rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
        Ok(Self {
            claimed: Arc::default(),
            disks: Disks(Box::new(|file| Arc::new(file))),
            _lock: lock,
            folder,
            keys,
            scratches: Mutex::default(),
            busy: Arc::new(Semaphore::new(BUSY)),
        })
    }

    /// Gives where a tape is while it is written.
    pub(crate) fn path(&self, id: ConnectionId) -> PathBuf {
        self.folder.join(format!("{id}{SUFFIX}"))
    }

    /// Lists the tapes in the folder.
    pub(crate) fn list(&self) -> io::Result<Vec<ConnectionId>> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
            ids.extend(id.and_then(|id| id.parse::<ConnectionId>().ok()));
        }
        Ok(ids)
    }

    /// Takes a tape for oneself, until the answer is dropped; [`None`] when somebody of this process has it.
    pub(crate) fn claim(&self, tape: ConnectionId) -> Option<Claimed> {
        let fresh = self.claimed.lock().insert(tape);
        fresh.then(|| Claimed {
            tape,
            all: Arc::clone(&self.claimed),
        })
    }

    /// Tells whether somebody of this process has a tape.
    pub(crate) fn is_claimed(&self, tape: ConnectionId) -> bool {
        self.claimed.lock().contains(&tape)
    }

    pub(super) fn signer(&self) -> tape::SigningKey {
        self.keys.signer()
    }

    /// Makes the file of a tape with its head, durable in its folder. Blocks.
    pub(super) fn begin(&self, title: Title) -> Result<Box<Deck>, Fault> {
        let path = self.path(title.tape);
        let fresh = self.keys.fresh(title.tape)?;
        let label = Label {
            tape: title.tape,
            session: title.session,
            node: title.node,
            protocol: title.protocol,
            started_at: Micros::now(),
            master_key: fresh.master_key,
            data_key: fresh.wrapped,
        };
        let mut out = Vec::new();
        let writer = Writer::begin(label, &fresh.key, &self.keys.signer(), &mut out)?;
        let file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        let mut deck = Box::new(Deck {
            writer,
            disk: (self.disks.0)(file),
            space: Space::new(),
            out,
            written: 0,
        });
        let begun = deck
            .begin(u64::from(BUDGET_MIN))
            .and_then(|()| Ok(sync_folder(&self.folder)?));
        if let Err(fault) = begun {
            // A head without a session would only be tidied away later.
            drop(fs::remove_file(&path));
            return Err(fault);
        }
        Ok(deck)
    }

    /// Waits for a turn among the recorders of the node.
    pub(super) async fn busy(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        Arc::clone(&self.busy).acquire_owned().await.ok()
    }

    /// Takes every turn.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) async fn hold(&self) -> Option<OwnedSemaphorePermit> {
        let all = u32::try_from(BUSY).unwrap_or(u32::MAX);
        Arc::clone(&self.busy).acquire_many_owned(all).await.ok()
    }

    /// Lends working memory to a job; as many are kept as jobs may run at once.
    pub(super) fn with_scratch<T>(
        &self,
        work: impl FnOnce(&mut Scratch) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let kept = self.scratches.lock().pop();
        let mut scratch = match kept {
            Some((scratch, _)) => scratch,
            None => Scratch::new()?,
        };
        let result = work(&mut scratch);
        let mut kept = self.scratches.lock();
        if kept.len() < BUSY {
            kept.push((scratch, Instant::now()));
        }
        result
    }

    /// Gives working memory back that nobody has used for a while. Called now and then.
    pub(crate) fn tidy(&self) {
        self.scratches.lock().retain(|(_, used)| used.elapsed() < SPARE);
    }

    #[cfg(test)]
    pub(super) fn spare(&self) -> usize {
        self.scratches.lock().len()
    }
}

/// Makes names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
