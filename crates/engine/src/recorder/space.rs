//! Room on the disk that is set aside before anything is accepted, so that a full disk is found out while everything that has passed can
//! still be written.

use std::io;

use super::disk::Disk;

/// Room for the seal: its index is bounded (1024 entries).
const SEAL: u64 = 96 << 10;

/// What a file has been promised by its file system.
#[derive(Debug)]
pub(super) struct Space {
    end: u64,
    /// The file system cannot promise; then a full disk may cost what was in flight, and the recording says so.
    supported: bool,
}

impl Space {
    pub(super) fn new() -> Self {
        Self {
            end: 0,
            supported: true,
        }
    }

    /// Makes sure of `ahead` bytes after `written`, and the seal behind them; takes `slack` more when there is plenty.
    ///
    /// # Errors
    /// [`io::ErrorKind::StorageFull`] when there is not so much; what was promised before still holds.
    pub(super) fn ensure(&mut self, disk: &dyn Disk, written: u64, ahead: u64, slack: u64) -> io::Result<()> {
        let want = written + ahead + SEAL;
        if !self.supported || self.end >= want {
            return Ok(());
        }
        match self.extend(disk, want + slack) {
            Err(error) if is_full(&error) => self.extend(disk, want),
            other => other,
        }
    }

    fn extend(&mut self, disk: &dyn Disk, until: u64) -> io::Result<()> {
        match disk.reserve(self.end, until - self.end) {
            Ok(()) => self.end = until,
            Err(error) if error.kind() == io::ErrorKind::Unsupported => self.supported = false,
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Tells whether an error means that there is no room.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}
