//! Reading whole packets while both sides still talk to the gateway itself.

use std::io;

use bytes::Bytes;
pub(crate) use proto_database::Link;

use crate::wire::{LONGEST, framed};

/// Packets on a [`Link`], during a login.
pub(crate) trait Packets {
    /// Reads a packet: its number and its body.
    async fn packet(&mut self) -> io::Result<(u8, Bytes)>;

    /// Writes a body as a packet with this number.
    async fn send(&mut self, sequence: u8, body: &[u8]) -> io::Result<()>;
}

impl Packets for Link {
    async fn packet(&mut self) -> io::Result<(u8, Bytes)> {
        self.fill(4).await?;
        let head = self.read.split_to(4);
        let [a, b, c, sequence] = *head.first_chunk().unwrap_or(&[0; 4]);
        let len = u32::from_le_bytes([a, b, c, 0]) as usize;
        if len > LONGEST {
            let why = "a packet of the login has an impossible length";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        self.fill(len).await?;
        Ok((sequence, self.read.split_to(len).freeze()))
    }

    async fn send(&mut self, sequence: u8, body: &[u8]) -> io::Result<()> {
        self.write(&framed(sequence, body)).await
    }
}
