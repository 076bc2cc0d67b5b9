//! What a recorder asks of its file; in tests, the place where disks are slow.

use std::{
    fmt,
    fs::File,
    io::{self, Write as _},
    sync::Arc,
};

use rustix::fs::FallocateFlags;

/// A file that is written at its end. Everything blocks.
pub(crate) trait Disk: Send + Sync + std::fmt::Debug {
    /// Writes all bytes at the end.
    fn append(&self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when what was written survives a power cut.
    fn sync(&self) -> io::Result<()>;

    /// Sets room aside without changing the size.
    fn reserve(&self, from: u64, bytes: u64) -> io::Result<()>;

    /// Gives the file itself: to be cut, sealed and read.
    fn file(&self) -> &File;
}

impl Disk for File {
    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut file = self;
        file.write_all(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn reserve(&self, from: u64, bytes: u64) -> io::Result<()> {
        Ok(rustix::fs::fallocate(
            self,
            FallocateFlags::KEEP_SIZE,
            from,
            bytes,
        )?)
    }

    fn file(&self) -> &File {
        self
    }
}

/// Makes the disk of a tape from its file.
pub(super) struct Disks(pub(super) Box<dyn Fn(File) -> Arc<dyn Disk> + Send + Sync>);

impl fmt::Debug for Disks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disks")
    }
}
