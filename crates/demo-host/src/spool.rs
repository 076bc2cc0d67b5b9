//! Input that its reader has not taken yet.
//!
//! russh grants window for input as soon as it arrives, and it waits for whoever takes that input before it reads the
//! next packet of any channel. If it had to wait for a program that does not read, the window adjustments that let
//! the program's output go would wait too, and both for ever. So input is always taken at once: a little is kept in
//! memory, the rest in a file that has no name and is gone with the channel.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Buf, Bytes};

/// Bytes kept in memory before the file is used.
const MEMORY: usize = 1 << 20;
/// Bytes read back from the file at a time.
const READ_BACK: usize = 256 << 10;
/// The most that the file may hold; a program that leaves more unread loses its input.
const MAX_FILE: u64 = 16 << 30;

/// A queue of bytes with bounded memory.
pub(crate) struct Spool {
    folder: PathBuf,
    memory: VecDeque<Bytes>,
    held: usize,
    file: Option<Overflow>,
}

struct Overflow {
    file: Arc<File>,
    read: u64,
    written: u64,
}

impl Spool {
    /// Makes an empty one, whose file would be in `folder`.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            memory: VecDeque::new(),
            held: 0,
            file: None,
        }
    }

    /// Adds to the end.
    pub(crate) async fn push(&mut self, bytes: Bytes) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if self.file.is_none() && self.held + bytes.len() <= MEMORY {
            self.held += bytes.len();
            self.memory.push_back(bytes);
            return Ok(());
        }
        let overflow = match &mut self.file {
            Some(overflow) => overflow,
            none => {
                let folder = self.folder.clone();
                let file = blocking(move || tempfile::tempfile_in(folder)).await?;
                none.insert(Overflow {
                    file: Arc::new(file),
                    read: 0,
                    written: 0,
                })
            }
        };
        if overflow.written + bytes.len() as u64 > MAX_FILE {
            return Err(io::Error::other("too much input waits to be read"));
        }
        let (file, at) = (Arc::clone(&overflow.file), overflow.written);
        overflow.written += bytes.len() as u64;
        blocking(move || file.write_all_at(&bytes, at)).await
    }

    /// Makes sure that [`Spool::front`] has something if there is anything.
    pub(crate) async fn refill(&mut self) -> io::Result<()> {
        let Some(overflow) = self.file.as_mut().filter(|_| self.memory.is_empty()) else {
            return Ok(());
        };
        let (file, at) = (Arc::clone(&overflow.file), overflow.read);
        let len = usize::try_from(overflow.written - at)
            .unwrap_or(READ_BACK)
            .min(READ_BACK);
        let bytes = blocking(move || {
            let mut bytes = vec![0; len];
            file.read_exact_at(&mut bytes, at).map(|()| Bytes::from(bytes))
        })
        .await?;
        overflow.read += len as u64;
        if overflow.read == overflow.written {
            self.file = None;
        }
        self.held = bytes.len();
        self.memory.push_back(bytes);
        Ok(())
    }

    /// The next bytes, if they are in memory.
    pub(crate) fn front(&self) -> Option<&[u8]> {
        self.memory.front().map(|bytes| &**bytes)
    }

    /// Takes `len` bytes of the front away.
    pub(crate) fn advance(&mut self, len: usize) {
        if let Some(front) = self.memory.front_mut() {
            let len = len.min(front.len());
            front.advance(len);
            self.held -= len;
            if front.is_empty() {
                self.memory.pop_front();
            }
        }
    }

    /// Whether nothing is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.memory.is_empty() && self.file.is_none()
    }

    /// Throws everything away.
    pub(crate) fn clear(&mut self) {
        self.memory.clear();
        self.held = 0;
        self.file = None;
    }
}

/// Does work on files where it does not hold up the runtime.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    #[tokio::test]
    async fn what_does_not_fit_in_memory_comes_back_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(folder.path());
        let mut expected = Vec::new();
        let mut got = Vec::new();
        for round in 0..100_u32 {
            let piece: Vec<u8> = (0..50_000_u32).map(|at| (at * 7 + round) as u8).collect();
            expected.extend_from_slice(&piece);
            spool.push(Bytes::from(piece)).await.unwrap();
            assert!(spool.held <= MEMORY);
            // A slow reader.
            let some = spool.front().unwrap().to_vec();
            got.extend_from_slice(&some[..some.len().min(1000)]);
            spool.advance(some.len().min(1000));
            spool.refill().await.unwrap();
        }
        assert!(spool.file.is_some());
        while !spool.is_empty() {
            spool.refill().await.unwrap();
            let all = spool.front().unwrap().to_vec();
            got.extend_from_slice(&all);
            spool.advance(all.len());
        }
        assert!(got == expected);
        assert!(spool.file.is_none());
    }
}
