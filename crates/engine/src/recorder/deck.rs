//! One tape and its file: everything here blocks, and runs on the threads for that.

use std::{
    fs::File,
    io::{self, Write as _},
    sync::Arc,
};

use domain::{
    Micros,
    stop::{EndReason, FailureStage, Stop},
};
use tape::{Ending, Pace, Scratch, Seal, WriteError, Writer};

use super::{
    disk::Disk,
    space::{Space, is_full},
};

/// What goes wrong while recording.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// There is no room for more; what was accepted is or can be written.
    #[error("no space left for the recording")]
    Full,
    /// The file could not be written or synced.
    #[error("recording could not be written: {0}")]
    Io(#[from] io::Error),
    /// The tape could not be encoded.
    #[error("recording could not be encoded: {0}")]
    Tape(#[from] WriteError),
    /// No key could be made for it.
    #[error("recording got no key: {0}")]
    Key(#[from] crate::keys::KeysError),
    /// The job that wrote did not come back.
    #[error("the recorder's job was lost")]
    Lost,
}

impl Fault {
    /// Gives the account of the end that the fault means for the session.
    pub(super) fn stop(&self) -> Stop {
        let full = match self {
            Self::Full => true,
            Self::Io(error) => is_full(error),
            Self::Tape(_) | Self::Key(_) | Self::Lost => false,
        };
        let reason = if full {
            EndReason::StorageFull
        } else {
            EndReason::RecorderFailed
        };
        Stop::failed(reason, FailureStage::Recorder, self.to_string())
    }
}

/// A tape and its file.
#[derive(Debug)]
pub(super) struct Deck {
    pub(super) writer: Writer,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) space: Space,
    /// What is closed and not yet written. Empty between jobs.
    pub(super) out: Vec<u8>,
    /// Bytes that are in the file.
    pub(super) written: u64,
}

impl Deck {
    /// Writes the head and sets room aside.
    pub(super) fn begin(&mut self, ahead: u64) -> Result<(), Fault> {
        let head = self.out.len() as u64;
        self.space.ensure(&*self.disk, head, ahead, 0)?;
        self.write()?;
        self.disk.file().sync_all()?;
        Ok(())
    }

    /// Closes the open block and writes it.
    pub(super) fn flush(&mut self, scratch: &mut Scratch, pace: Pace) -> Result<(), Fault> {
        scratch.set_pace(pace);
        self.writer.close_block(scratch, &mut self.out)?;
        self.write()
    }

    fn write(&mut self) -> Result<(), Fault> {
        self.disk.append(&self.out)?;
        self.written += self.out.len() as u64;
        // The writer exchanges its own memory for ours: neither keeps that of a burst, nor any when its tape is quiet.
        if self.out.len() < tape::BLOCK_TARGET / 8 || self.out.capacity() > tape::BLOCK_TARGET * 2 {
            self.out = Vec::new();
        } else {
            self.out.clear();
        }
        Ok(())
    }

    /// Seals the tape and gives room back that was set aside for more. Gives the bytes of the whole file as well.
    pub(super) fn seal(mut self, ending: Ending, scratch: &mut Scratch) -> Result<(Seal, u64), Fault> {
        scratch.set_pace(Pace::Calm);
        self.writer.close_block(scratch, &mut self.out)?;
        self.disk.append(&self.out)?;
        self.written += self.out.len() as u64;
        let mut out = Vec::new();
        let seal = self.writer.seal(ending, scratch, &mut out)?;
        self.disk.append(&out)?;
        self.written += out.len() as u64;
        self.disk.file().set_len(self.written)?;
        self.disk.sync()?;
        Ok((seal, self.written))
    }
}

/// A tape that was ended by somebody else than its writer.
pub(crate) struct Ended {
    /// The last words.
    pub(crate) seal: Seal,
    /// Bytes of the file.
    pub(crate) size: u64,
    /// Bytes of what was written that are left, when these are fewer than were known to be on disk: somebody has cut the file.
    pub(crate) cut_to: Option<u64>,
}

/// Ends a tape whose writer is gone, at its last whole block. `known` bytes of it are known to have been on disk.
pub(crate) fn salvage(
    file: &File,
    signer: &tape::SigningKey,
    reason: &str,
    known: u64,
) -> Result<Ended, tape::SalvageError> {
    let begun = match tape::salvage(file, signer, Micros::now(), reason) {
        Ok(salvage) => salvage,
        Err(tape::SalvageError::Sealed(seal)) => {
            let size = file.metadata()?.len();
            let (seal, cut_to) = (*seal, None);
            return Ok(Ended { seal, size, cut_to });
        }
        Err(error) => return Err(error),
    };
    // A crash leaves everything that was on disk. The seal has to tell the one from the other, for there will be no second.
    let cut_to = (begun.keep < known).then_some(begun.keep);
    let salvage = if cut_to.is_some() {
        tape::salvage(file, signer, Micros::now(), tape::CUT)?
    } else {
        begun
    };
    file.set_len(salvage.keep)?;
    let mut file = file;
    io::Seek::seek(&mut file, io::SeekFrom::End(0))?;
    file.write_all(&salvage.tail)?;
    file.sync_all()?;
    Ok(Ended {
        size: salvage.keep + salvage.tail.len() as u64,
        seal: salvage.seal,
        cut_to,
    })
}
