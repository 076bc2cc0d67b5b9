//! Writes a bundle, file by file, as it goes out.

use std::io;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use futures_util::{Stream, StreamExt as _};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::Line;

/// What the format counts in, in bytes.
const BLOCK: usize = 512;

const ZEROS: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// A tar archive that goes out as it is made.
pub(crate) struct Archive<W> {
    out: W,
    /// What every file in it says of its time, in seconds since 1970.
    mtime: u64,
    lines: Vec<Line>,
}

impl<W: AsyncWrite + Unpin> Archive<W> {
    pub(crate) fn new(out: W, mtime: u64) -> Self {
        Self {
            out,
            mtime,
            lines: Vec::new(),
        }
    }

    /// Gives the files so far.
    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Puts a file in, which has to be as long as is said here.
    pub(crate) async fn put(
        &mut self,
        name: &str,
        bytes: u64,
        mut content: impl Stream<Item = io::Result<Bytes>> + Unpin,
    ) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_path(name)?;
        header.set_size(bytes);
        header.set_mode(0o644);
        header.set_mtime(self.mtime);
        header.set_cksum();
        self.out.write_all(header.as_bytes()).await?;
        let (mut hash, mut left) = (Context::new(&SHA256), bytes);
        while let Some(piece) = content.next().await {
            let piece = piece?;
            left = left.checked_sub(piece.len() as u64).ok_or_else(changed)?;
            hash.update(&piece);
            self.out.write_all(&piece).await?;
        }
        if left != 0 {
            return Err(changed());
        }
        let over = usize::try_from(bytes % BLOCK as u64).unwrap_or_default();
        if over != 0 {
            self.out
                .write_all(ZEROS.get(..BLOCK - over).unwrap_or_default())
                .await?;
        }
        self.lines.push(Line {
            name: name.to_owned(),
            bytes,
            sha256: HEXLOWER.encode(hash.finish().as_ref()),
        });
        Ok(())
    }

    /// Writes the end.
    pub(crate) async fn close(mut self) -> io::Result<()> {
        self.out.write_all(&ZEROS).await?;
        self.out.shutdown().await
    }
}

fn changed() -> io::Error {
    io::Error::other("the session changed while it was taken out")
}
