//! What becomes of a tape after its last record: sealed, put on the shelf, and known to the store.

use std::{fs, io, sync::Arc};

use domain::{
    ConnectionId, Micros,
    audit::{Actor, AuditEvent},
    recording::RecordingState,
};
use serde_json::json;
use store::RecordingMeta;
use tokio::time::timeout;

use crate::{
    engine::Engine,
    keys::Keys,
    recorder::{Ended, Recorded, RecordedState, Spool, salvage},
};

/// More torn bytes than a recorder ever has on their way mean damage and not a crash: a copy is kept then.
const TORN_MAX: u64 = 34 << 20;

/// What an old file of the spool is.
enum Found {
    /// Sealed, now or before.
    Sealed(Recorded),
    /// Sealed now, and less was there than had been on disk: so many bytes.
    Cut(Recorded, u64),
    /// It has not even a head: nothing was recorded.
    Empty,
    /// There is no file.
    Gone,
}

impl Engine {
    /// Puts a sealed tape on the shelf. When that fails it stays in the spool, and the reaper tries again.
    pub(crate) async fn shelve(&self, tape: ConnectionId, recorded: &Recorded) {
        if recorded.state == RecordedState::Broken {
            self.playback.end(tape);
            return;
        }
        let Some(_claim) = self.spool.claim(tape) else {
            return;
        };
        self.put(tape, recorded).await;
    }

    async fn put(&self, tape: ConnectionId, recorded: &Recorded) {
        let mut meta = RecordingMeta {
            file: String::new(),
            size: i64::try_from(recorded.size).unwrap_or(i64::MAX),
            hash: recorded.hash.clone(),
            duration: recorded.duration,
        };
        // Before it moves: after a crash in between, only the name has to be found again.
        self.tell_recording(tape, RecordingState::Finalising, Some(meta.clone()))
            .await;
        let path = self.spool.path(tape);
        match timeout(self.limits.shelf, self.shelf.put(tape, &path)).await {
            Ok(Ok(file)) => {
                meta.file = file;
                self.tell_recording(tape, RecordingState::Available, Some(meta))
                    .await;
                self.playback.end(tape);
            }
            Ok(Err(error)) => tracing::error!(%tape, %error, "the shelf did not take a recording"),
            Err(_elapsed) => tracing::error!(%tape, "the shelf did not take a recording in time"),
        }
    }

    async fn tell_recording(&self, tape: ConnectionId, state: RecordingState, meta: Option<RecordingMeta>) {
        if let Err(error) = self.store.set_recording(tape, state, meta).await {
            tracing::error!(%tape, %error, "the state of a recording could not be stored");
        }
    }

    /// Takes care of a tape that no recorder has: seals it if need be, and puts it on the shelf. `known` is what the store has of it.
    pub(crate) async fn tidy(self: &Arc<Self>, tape: ConnectionId, known: &RecordingMeta) {
        let Some(_claim) = self.spool.claim(tape) else {
            return;
        };
        let (spool, keys) = (Arc::clone(&self.spool), Arc::clone(&self.keys));
        let durable = u64::try_from(known.size).unwrap_or_default();
        let found = tokio::task::spawn_blocking(move || find(&spool, &keys, tape, durable)).await;
        match found.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok(Found::Sealed(recorded)) => {
                self.put(tape, &recorded).await;
                // Its entries may have been left behind with it.
                self.index(tape);
            }
            Ok(Found::Cut(recorded, left)) => {
                tracing::error!(%tape, durable, left, "a left recording had lost its end before it was sealed");
                self.tell_cut(tape, durable, left).await;
                self.put(tape, &recorded).await;
                self.index(tape);
            }
            Ok(Found::Empty) => self.tell_recording(tape, RecordingState::Failed, None).await,
            Ok(Found::Gone) => self.tidy_gone(tape, known).await,
            Err(error) => {
                tracing::error!(%tape, %error, "a left recording could not be sealed");
                self.tell_recording(tape, RecordingState::Failed, None).await;
            }
        }
    }

    /// Writes down that a tape was cut: a crash loses nothing that was on disk.
    async fn tell_cut(&self, tape: ConnectionId, durable: u64, left: u64) {
        let told = match self.store.connection(tape).await {
            Ok(None) => return,
            Ok(Some(row)) => {
                let detail = json!({ "connection": tape, "bytes_known": durable, "bytes_left": left });
                let event = AuditEvent::new(Micros::now(), "recording.cut", Actor::system("reaper"))
                    .on(row.connection.session_id)
                    .with_detail(detail);
                self.store.audit_append(event).await.map(drop)
            }
            Err(error) => Err(error),
        };
        if let Err(error) = told {
            tracing::error!(%tape, %error, "a cut recording could not be written down");
        }
    }

    /// The file has left the spool: it is on the shelf and the store was not told, or nowhere.
    async fn tidy_gone(&self, tape: ConnectionId, known: &RecordingMeta) {
        match timeout(self.limits.shelf, self.shelf.find(tape)).await {
            Ok(Ok(Some(file))) => {
                let meta = RecordingMeta {
                    file,
                    ..known.clone()
                };
                self.tell_recording(tape, RecordingState::Available, Some(meta))
                    .await;
            }
            Ok(Ok(None)) => self.tell_recording(tape, RecordingState::Failed, None).await,
            Ok(Err(error)) => tracing::error!(%tape, %error, "the shelf could not be asked"),
            Err(_elapsed) => tracing::error!(%tape, "the shelf did not answer"),
        }
    }
}

/// Looks at a file of the spool, and ends it when nobody did. Blocks.
fn find(spool: &Spool, keys: &Keys, tape: ConnectionId, durable: u64) -> io::Result<Found> {
    let path = spool.path(tape);
    let file = match fs::File::options().read(true).write(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Gone),
        Err(error) => return Err(error),
    };
    let signing_key = match tape::Reader::open(&file) {
        Ok(reader) => reader.head().signing_key,
        Err(tape::ReadError::Io(error)) => return Err(error),
        Err(_headless) => return set_aside(&path),
    };
    let signer = keys.signer_for(&signing_key);
    let signer =
        signer.ok_or_else(|| io::Error::other("the key that signed its head is not in the vault"))?;
    match salvage(&file, &signer, "gateway_lost", durable) {
        Ok(Ended { seal, size, cut_to }) => {
            if seal.torn_bytes > TORN_MAX {
                tracing::error!(%tape, torn = seal.torn_bytes, "a left recording was damaged");
            }
            let recorded = Recorded::sealed(&seal, size);
            Ok(match cut_to {
                Some(left) => Found::Cut(recorded, left),
                None => Found::Sealed(recorded),
            })
        }
        Err(tape::SalvageError::NoHead) => set_aside(&path),
        Err(error) => Err(io::Error::other(error)),
    }
}

/// A file without a head holds no record; it is kept under another name when it holds anything.
fn set_aside(path: &std::path::Path) -> io::Result<Found> {
    if fs::metadata(path)?.len() == 0 {
        fs::remove_file(path)?;
    } else {
        let aside = path.with_extension(format!("headless-{}", Micros::now().0));
        fs::rename(path, aside)?;
    }
    Ok(Found::Empty)
}
