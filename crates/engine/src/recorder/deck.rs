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
use tape::{Ending, Scratch, Seal, WriteError, Writer};

use super::space::{Space, is_full};

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
    pub(super) file: Arc<File>,
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
        self.space.ensure(&self.file, head, ahead, 0)?;
        self.write()?;
        self.file.sync_all()?;
        Ok(())
    }

    /// Closes the open block and writes it.
    pub(super) fn flush(&mut self, scratch: &mut Scratch) -> Result<(), Fault> {
        self.writer.close_block(scratch, &mut self.out)?;
        self.write()
    }

    fn write(&mut self) -> Result<(), Fault> {
        (&*self.file).write_all(&self.out)?;
        self.written += self.out.len() as u64;
        self.out.clear();
        // The writer exchanges its own memory for ours; neither may keep a burst's.
        if self.out.capacity() > tape::BLOCK_TARGET * 2 {
            self.out = Vec::new();
        }
        Ok(())
    }

    /// Seals the tape and gives room back that was set aside for more.
    pub(super) fn seal(mut self, ending: Ending, scratch: &mut Scratch) -> Result<Seal, Fault> {
        self.writer.close_block(scratch, &mut self.out)?;
        (&*self.file).write_all(&self.out)?;
        self.written += self.out.len() as u64;
        let mut out = Vec::new();
        let seal = self.writer.seal(ending, scratch, &mut out)?;
        (&*self.file).write_all(&out)?;
        self.written += out.len() as u64;
        self.file.set_len(self.written)?;
        self.file.sync_data()?;
        Ok(seal)
    }
}

/// Ends a tape whose writer is gone, at its last whole block.
pub(crate) fn salvage(
    file: &File,
    signer: &tape::SigningKey,
    reason: &str,
) -> Result<(Seal, u64), tape::SalvageError> {
    let salvage = match tape::salvage(file, signer, Micros::now(), reason) {
        Ok(salvage) => salvage,
        Err(tape::SalvageError::Sealed(seal)) => return Ok((*seal, file.metadata()?.len())),
        Err(error) => return Err(error),
    };
    file.set_len(salvage.keep)?;
    let mut file = file;
    io::Seek::seek(&mut file, io::SeekFrom::End(0))?;
    file.write_all(&salvage.tail)?;
    file.sync_all()?;
    Ok((salvage.seal, salvage.keep + salvage.tail.len() as u64))
}
