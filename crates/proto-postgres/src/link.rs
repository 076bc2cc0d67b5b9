//! Reading whole messages while both sides still talk to the gateway itself.

use std::io;

use bytes::Bytes;
pub(crate) use proto_database::Link;

/// Messages of the protocol on a [`Link`].
pub(crate) trait Messages {
    /// Reads a message with a tag; one whose body is longer than `most` is an error.
    async fn message(&mut self, most: usize) -> io::Result<(u8, Bytes)>;

    /// Reads a client's first message, which has no tag.
    async fn untagged(&mut self, most: usize) -> io::Result<Bytes>;
}

impl Messages for Link {
    async fn message(&mut self, most: usize) -> io::Result<(u8, Bytes)> {
        self.fill(1).await?;
        sized(self, 1, most).await
    }

    async fn untagged(&mut self, most: usize) -> io::Result<Bytes> {
        Ok(sized(self, 0, most).await?.1)
    }
}

async fn sized(link: &mut Link, tag: usize, most: usize) -> io::Result<(u8, Bytes)> {
    link.fill(tag + 4).await?;
    let head = link.read.split_to(tag + 4);
    let len = head.get(tag..).and_then(|len| len.first_chunk());
    let len = len.map_or(0, |len| u32::from_be_bytes(*len)) as usize;
    let body = len.checked_sub(4).filter(|body| *body <= most);
    let body =
        body.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a message has an impossible length"))?;
    link.fill(body).await?;
    Ok((
        head.first().copied().unwrap_or(0),
        link.read.split_to(body).freeze(),
    ))
}
