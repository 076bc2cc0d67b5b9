//! Reading whole packets while both sides still talk to the gateway itself.

use std::io;

use bytes::Bytes;
pub(crate) use proto_database::Link;
use tokio::io::AsyncReadExt as _;

use crate::wire::{LONGEST, framed};

/// Packets on a [`Link`], during a login.
pub(crate) trait Packets {
    /// Reads a packet: its number and its body.
    async fn packet(&mut self) -> io::Result<(u8, Bytes)>;

    /// Reads a packet and not one byte more: a client begins with encryption right behind its request, without an answer.
    async fn packet_alone(&mut self) -> io::Result<(u8, Bytes)>;

    /// Writes a body as a packet with this number.
    async fn send(&mut self, sequence: u8, body: &[u8]) -> io::Result<()>;
}

impl Packets for Link {
    async fn packet(&mut self) -> io::Result<(u8, Bytes)> {
        self.fill(4).await?;
        let head = self.read.split_to(4);
        let (len, sequence) = head_of(*head.first_chunk().unwrap_or(&[0; 4]))?;
        self.fill(len).await?;
        Ok((sequence, self.read.split_to(len).freeze()))
    }

    async fn packet_alone(&mut self) -> io::Result<(u8, Bytes)> {
        let mut head = [0; 4];
        self.stream.read_exact(&mut head).await?;
        let (len, sequence) = head_of(head)?;
        let mut body = vec![0; len];
        self.stream.read_exact(&mut body).await?;
        Ok((sequence, body.into()))
    }

    async fn send(&mut self, sequence: u8, body: &[u8]) -> io::Result<()> {
        self.write(&framed(sequence, body)).await
    }
}

/// Reads the length and the number of a packet.
fn head_of(head: [u8; 4]) -> io::Result<(usize, u8)> {
    let [a, b, c, sequence] = head;
    let len = u32::from_le_bytes([a, b, c, 0]) as usize;
    if len > LONGEST {
        let why = "a packet of the login has an impossible length";
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    Ok((len, sequence))
}
