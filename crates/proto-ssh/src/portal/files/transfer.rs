//! The content of files, both ways, with several blocks under way at a time.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use aws_lc_rs::digest;
use bytes::Bytes;
use engine::portal::{Download, Existing, FileError, FileKind, Incoming, Written};
use futures_util::StreamExt as _;
use futures_util::stream::try_unfold;

use super::super::sftp::{Answer, CREATE, EXCLUSIVE, READ, Request, Sftp, TRUNCATE, WRITE, nonsense};
use super::{Lease, taken_or};

/// Bytes of a block: what every server takes (draft §3).
const BLOCK: usize = 32 << 10;
/// Blocks that are asked for ahead of their reader, or sent ahead of their answers.
const AHEAD: usize = 16;

/// Opens a file for reading. Its blocks are asked for as they are taken.
pub(super) async fn read(mut lease: Lease, path: &str) -> Result<Download, FileError> {
    let opened = begin(&mut lease.sftp, path).await;
    let (handle, size) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            lease.put_back();
            return Err(error);
        }
    };
    let reading = Reading {
        lease,
        handle,
        size,
        asked: 0,
        given: 0,
        blocks: VecDeque::with_capacity(AHEAD),
    };
    let content = try_unfold(Some(reading), |reading| async move {
        match reading {
            Some(reading) => reading.step().await,
            None => Ok(None),
        }
    });
    Ok(Download {
        size,
        content: Box::pin(content),
    })
}

/// Opens a file and looks at it. Files of a kernel say that they are empty and are not: those have no size.
async fn begin(sftp: &mut Sftp, path: &str) -> Result<(Bytes, Option<u64>), FileError> {
    let handle = sftp.open(&Request::Open { path, flags: READ }).await?;
    let found = sftp.look(&Request::Fstat { handle: &handle }).await?;
    match found.kind() {
        Some(FileKind::Folder) => {
            sftp.change(&Request::Close { handle: &handle }).await?;
            Err(FileError::Invalid("it is a folder".to_owned()))
        }
        Some(FileKind::File) => Ok((handle, found.size.filter(|size| *size > 0))),
        _ => Ok((handle, None)),
    }
}

/// A file that is being read.
struct Reading {
    lease: Lease,
    handle: Bytes,
    size: Option<u64>,
    /// Where the next block begins that is asked for.
    asked: u64,
    /// Bytes that were given on.
    given: u64,
    /// What was asked for and not given on, in the file's order.
    blocks: VecDeque<Block>,
}

/// A part of the file that was asked for.
struct Block {
    id: u32,
    offset: u64,
    len: u32,
    answer: Option<Answer>,
}

impl Reading {
    /// Gives the next bytes in order, with what is left to do after them.
    async fn step(mut self) -> Result<Option<(Bytes, Option<Self>)>, FileError> {
        let pool = Arc::clone(&self.lease.pool);
        let stepped = async {
            let block = self.next().await?;
            // Whoever knows the length asks for nothing behind the last byte: the file is closed before it is given.
            let is_last = block.is_none() || self.size == Some(self.given);
            if is_last {
                self.finish().await?;
                return Ok(block.map(|block| (block, None)));
            }
            Ok(block.map(|block| (block, Some(self))))
        };
        stepped.await.map_err(|error| pool.explained(error))
    }

    /// Gives the next bytes in order; [`None`] at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, FileError> {
        loop {
            self.ask_ahead().await?;
            let Some(block) = self.blocks.front_mut() else {
                return Ok(None);
            };
            let Some(answer) = block.answer.take() else {
                let (id, answer) = self.lease.sftp.answer().await?;
                let asked = self.blocks.iter_mut().find(|block| block.id == id);
                let asked = asked.ok_or_else(nonsense)?;
                asked.answer = Some(answer);
                continue;
            };
            match answer {
                Answer::Data(data) if !data.is_empty() && data.len() <= block.len as usize => {
                    let (offset, missing) = (
                        block.offset + data.len() as u64,
                        block.len.saturating_sub(data.len() as u32),
                    );
                    self.blocks.pop_front();
                    if missing > 0 {
                        let block = self.ask(offset, missing);
                        self.blocks.push_front(block);
                        self.lease.sftp.flush().await?;
                    }
                    self.given += data.len() as u64;
                    return Ok(Some(data));
                }
                end if end.is_end() => {
                    if self.size.is_some() {
                        return Err(FileError::Failed("the file became shorter".to_owned()));
                    }
                    // What was asked beyond the end is answered as well, and the channel is only of use after that.
                    self.blocks.clear();
                    self.size = Some(self.given);
                    self.asked = self.given;
                    return Ok(None);
                }
                other => return Err(other.error()),
            }
        }
    }

    /// Keeps as many blocks asked for as may be. Of a file whose size is not known one at a time: its end is found by reading.
    async fn ask_ahead(&mut self) -> Result<(), FileError> {
        let ahead = if self.size.is_some() { AHEAD } else { 1 };
        let before = self.asked;
        while self.blocks.len() < ahead {
            let left = self.size.map_or(u64::MAX, |size| size.saturating_sub(self.asked));
            let len = left.min(BLOCK as u64) as u32;
            if len == 0 {
                break;
            }
            let block = self.ask(self.asked, len);
            self.blocks.push_back(block);
            self.asked += u64::from(len);
        }
        if self.asked > before {
            self.lease.sftp.flush().await?;
        }
        Ok(())
    }

    fn ask(&mut self, offset: u64, len: u32) -> Block {
        let handle = &self.handle;
        let id = self.lease.sftp.ask(&Request::Read { handle, offset, len });
        Block {
            id,
            offset,
            len,
            answer: None,
        }
    }

    /// Closes the file and puts the channel back.
    async fn finish(self) -> Result<(), FileError> {
        let Self {
            mut lease, handle, ..
        } = self;
        lease.sftp.change(&Request::Close { handle: &handle }).await?;
        lease.put_back();
        Ok(())
    }
}

/// Writes a file. When the content breaks off, the channel is left with the file open on it, so that the log says what happened.
pub(super) async fn write(
    sftp: &mut Sftp,
    path: &str,
    existing: Existing,
    mut content: Pin<&mut Incoming>,
) -> Result<Written, FileError> {
    let flags = match existing {
        Existing::Keep => WRITE | CREATE | EXCLUSIVE,
        Existing::Replace => WRITE | CREATE | TRUNCATE,
    };
    let opened = sftp.open(&Request::Open { path, flags }).await;
    let handle = match existing {
        Existing::Keep => taken_or(sftp, path, opened).await?,
        Existing::Replace => opened?,
    };
    let mut sum = digest::Context::new(&digest::SHA256);
    let mut size = 0;
    let mut owed = 0_usize;
    while let Some(piece) = content.next().await {
        let piece = piece?;
        sum.update(&piece);
        for data in piece.chunks(BLOCK) {
            sftp.ask(&Request::Write {
                handle: &handle,
                offset: size,
                data,
            });
            sftp.flush().await?;
            size += data.len() as u64;
            owed += 1;
            while owed >= AHEAD {
                sftp.answer().await?.1.done()?;
                owed -= 1;
            }
        }
    }
    for _ in 0..owed {
        sftp.answer().await?.1.done()?;
    }
    sftp.change(&Request::Close { handle: &handle }).await?;
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(sum.finish().as_ref());
    Ok(Written { size, sha256 })
}
