//! Signs the audit log.
//!
//! Every few seconds in which the log has grown, its head is signed with the key that signs recordings, after the lines since the last signature have
//! been checked: what does not follow from what was signed before gets no signature. The newest signature is also kept in a file of the
//! data folder, out of reach of whoever can write to the database only: a tail that is cut off together with its signatures is
//! missed by it.

use std::{io, path::PathBuf, sync::Arc};

use domain::Micros;
use store::{Break, Checkpoint, SignedVerification};
use tokio::{
    sync::Mutex,
    time::{MissedTickBehavior, interval},
};

use crate::engine::Engine;

/// The file with the newest signature.
const FILE: &str = "audit-checkpoint.json";

/// Why the log is not signed.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The file in the data folder.
    #[error("{FILE} in the data folder cannot be used: {0}")]
    File(#[source] io::Error),
    /// The file holds something else.
    #[error("{FILE} in the data folder holds no signature")]
    Unreadable,
    /// The log is not what was signed, or is broken behind it.
    #[error("the audit log is broken at line {seq} ({})", what.word())]
    Broken {
        /// The line.
        seq: i64,
        /// How.
        what: Break,
    },
    /// The key.
    #[error("the key cannot sign")]
    Key,
}

/// The newest signature of this node.
#[derive(Debug)]
pub(crate) struct Pinned {
    path: PathBuf,
    newest: Mutex<Option<Checkpoint>>,
}

impl Pinned {
    /// Reads the file that the last run has left.
    pub(crate) fn open(folder: &std::path::Path) -> Result<Self, CheckpointError> {
        let path = folder.join(FILE);
        let newest = match std::fs::read_to_string(&path) {
            Ok(text) => Some(Checkpoint::read(&text).ok_or(CheckpointError::Unreadable)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(CheckpointError::File(error)),
        };
        Ok(Self {
            path,
            newest: Mutex::new(newest),
        })
    }

    async fn keep(&self, checkpoint: &Checkpoint) -> io::Result<()> {
        let fresh = self.path.with_extension("json.new");
        tokio::fs::write(&fresh, checkpoint.write()).await?;
        tokio::fs::rename(&fresh, &self.path).await
    }
}

impl Engine {
    /// Signs what has been added, now and then and at the end.
    pub(crate) async fn sign_audit_log(self: Arc<Self>) {
        let mut turns = interval(self.limits.checkpoint);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let open = self.closing.run_until_cancelled(turns.tick()).await.is_some();
            if let Err(error) = self.checkpoint().await {
                tracing::error!(%error, "the audit log was not signed");
            }
            if !open {
                return;
            }
        }
    }

    /// Signs the head of the audit log, unless it is signed already; gives the signature, or [`None`] for an empty log.
    pub async fn checkpoint(&self) -> Result<Option<Checkpoint>, CheckpointError> {
        let mut newest = self.pinned.newest.lock().await;
        let from = newest
            .as_ref()
            .map_or((0, [0; 32]), |newest| (newest.seq, newest.hash));
        let (seq, hash) = self
            .store
            .audit_follow(from)
            .await?
            .map_err(|(seq, what)| CheckpointError::Broken { seq, what })?;
        if seq == from.0 {
            return Ok(newest.clone());
        }
        let (at, key) = (Micros::now(), self.vault.recording_key());
        let signature = key
            .sign(&Checkpoint::message(seq, at, &hash))
            .map_err(|_| CheckpointError::Key)?;
        let checkpoint = Checkpoint {
            seq,
            at,
            hash,
            key: *key.public(),
            signature,
        };
        self.store.add_checkpoint(checkpoint.clone()).await?;
        self.pinned
            .keep(&checkpoint)
            .await
            .map_err(CheckpointError::File)?;
        *newest = Some(checkpoint.clone());
        Ok(Some(checkpoint))
    }

    /// Checks the whole audit log, with all of its signatures and the one in the data folder.
    pub async fn verify_audit_log(&self) -> Result<SignedVerification, store::Error> {
        let keys: Vec<_> = self.vault.recording_publics().copied().collect();
        let newest = self.pinned.newest.lock().await.clone();
        self.store.audit_verify_signed(&keys, newest.as_ref()).await
    }
}
