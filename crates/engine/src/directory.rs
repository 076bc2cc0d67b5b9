//! The declared objects as they are now: one snapshot in memory, rebuilt whenever they change.

use std::sync::Arc;

use arc_swap::ArcSwap;
use domain::policy::Directory;
use store::Store;

/// Holds the newest snapshot. Reading is one atomic load.
#[derive(Debug)]
pub(crate) struct Snapshot {
    newest: ArcSwap<Directory>,
}

impl Snapshot {
    /// Reads the objects for the first time.
    pub(crate) async fn load(store: &Store) -> Result<Self, store::Error> {
        Ok(Self {
            newest: ArcSwap::from_pointee(read(store).await?),
        })
    }

    pub(crate) fn get(&self) -> Arc<Directory> {
        self.newest.load_full()
    }

    /// Reads the objects anew. Readings that overlap leave the newest.
    pub(crate) async fn refresh(&self, store: &Store) -> Result<(), store::Error> {
        let read = Arc::new(read(store).await?);
        self.newest.rcu(|known| {
            let newer = read.version > known.version;
            Arc::clone(if newer { &read } else { known })
        });
        Ok(())
    }
}

async fn read(store: &Store) -> Result<Directory, store::Error> {
    let (objects, locks, version) = store.directory().await?;
    Ok(Directory::of(objects, locks, version))
}
