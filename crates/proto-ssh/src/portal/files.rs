//! Operations on files, over SFTP channels of one connection.
//!
//! Every operation has a channel to itself while it runs, and puts it back when it has ended in order. An operation that is given up drops
//! its channel: the resource then closes what was open, and the file log says that it was not finished.

mod folder;
#[cfg(test)]
mod tests;
mod transfer;

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use engine::portal::{
    Depth, Download, Existing, FileClient, FileError, FileKind, Incoming, Listing, PortalError, Written,
};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::sftp::{Request, Sftp};
use super::trunk::{Handle, Start};

/// Channels of one connection, and so operations at a time; hosts allow ten as a rule.
const MOST_CHANNELS: usize = 4;

/// The client for files.
pub(super) struct FilesOverSftp {
    pool: Arc<Pool>,
}

/// Channels that nobody uses now, and the right to open more.
struct Pool {
    handle: Handle,
    /// Locked for moments only.
    idle: Mutex<Vec<Sftp>>,
    places: Arc<Semaphore>,
}

/// A channel in use.
struct Lease {
    sftp: Sftp,
    pool: Arc<Pool>,
    _place: OwnedSemaphorePermit,
}

impl Lease {
    /// Puts the channel back, if nothing is under way on it.
    fn put_back(self) {
        if self.sftp.is_free() {
            self.pool.idle.lock().push(self.sftp);
        }
    }
}

impl Pool {
    async fn lease(self: &Arc<Self>) -> Result<Lease, FileError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| FileError::Ended)?;
        let idle = self.idle.lock().pop();
        let sftp = match idle {
            Some(sftp) => sftp,
            None => self.open().await?,
        };
        Ok(Lease {
            sftp,
            pool: Arc::clone(self),
            _place: place,
        })
    }

    async fn open(&self) -> Result<Sftp, FileError> {
        let opened = self.handle.open(Start::Sftp).await.map_err(|error| match error {
            PortalError::Ended => FileError::Ended,
            PortalError::Refused(text) => FileError::Refused(text),
        })?;
        Sftp::greet(opened.pipe).await
    }

    /// Tells the end of a channel from that of the session.
    fn explained(&self, error: FileError) -> FileError {
        if error == FileError::Ended && !self.handle.is_over() {
            FileError::Failed("it closed the transfer of files".to_owned())
        } else {
            error
        }
    }
}

impl FilesOverSftp {
    /// Opens the first channel, so that it is known whether there may be any.
    pub(super) async fn open(handle: Handle) -> Result<Self, PortalError> {
        let pool = Arc::new(Pool {
            handle,
            idle: Mutex::default(),
            places: Arc::new(Semaphore::new(MOST_CHANNELS)),
        });
        pool.lease().await?.put_back();
        Ok(Self { pool })
    }

    /// Does something on a channel.
    async fn on<T>(&self, work: impl AsyncFnOnce(&mut Sftp) -> Result<T, FileError>) -> Result<T, FileError> {
        let mut lease = self.pool.lease().await?;
        let done = work(&mut lease.sftp).await;
        lease.put_back();
        done.map_err(|error| self.pool.explained(error))
    }
}

#[async_trait]
impl FileClient for FilesOverSftp {
    async fn home(&self) -> Result<String, FileError> {
        self.on(async |sftp| sftp.name(&Request::RealPath { path: "." }).await)
            .await
    }

    async fn list(&self, path: &str, after: Option<&str>, most: usize) -> Result<Listing, FileError> {
        self.on(async |sftp| folder::list(sftp, path, after, most).await)
            .await
    }

    async fn read(&self, path: &str) -> Result<Download, FileError> {
        let lease = self.pool.lease().await?;
        let pool = Arc::clone(&self.pool);
        let begun = transfer::read(lease, path).await;
        begun.map_err(|error| pool.explained(error))
    }

    async fn write(
        &self,
        path: &str,
        existing: Existing,
        content: Pin<&mut Incoming>,
    ) -> Result<Written, FileError> {
        self.on(async |sftp| transfer::write(sftp, path, existing, content).await)
            .await
    }

    async fn mkdir(&self, path: &str) -> Result<(), FileError> {
        self.on(async |sftp| {
            let made = sftp.change(&Request::Mkdir { path }).await;
            taken_or(sftp, path, made).await
        })
        .await
    }

    async fn rename(&self, path: &str, to: &str) -> Result<(), FileError> {
        self.on(async |sftp| {
            let renamed = sftp.change(&Request::Rename { from: path, to }).await;
            taken_or(sftp, to, renamed).await
        })
        .await
    }

    async fn remove(&self, path: &str, depth: Depth) -> Result<(), FileError> {
        self.on(async |sftp| {
            let is_folder = sftp.look(&Request::Lstat { path }).await?.kind() == Some(FileKind::Folder);
            match depth {
                _ if !is_folder => sftp.change(&Request::Remove { path }).await,
                Depth::Empty => folder::remove_empty(sftp, path).await,
                Depth::All => folder::remove_all(sftp, path).await,
            }
        })
        .await
    }
}

/// Finds out whether something failed because the name is taken: version 3 has no word for that.
async fn taken_or<T>(sftp: &mut Sftp, path: &str, done: Result<T, FileError>) -> Result<T, FileError> {
    match done {
        Err(FileError::Failed(text)) => match sftp.look(&Request::Lstat { path }).await {
            Ok(_) => Err(FileError::Exists),
            Err(_) => Err(FileError::Failed(text)),
        },
        done => done,
    }
}
