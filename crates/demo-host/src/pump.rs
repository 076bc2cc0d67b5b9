//! Carries output to a client, as fast as the client takes it.

use bytes::BytesMut;
use russh::ChannelWriteHalf;
use russh::server::Msg;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes read at a time, which is also all that one direction of a channel keeps in memory here.
const CHUNK: usize = 32 << 10;

/// The extended data type of standard error (RFC 4254 §5.2).
pub(crate) const STDERR: u32 = 1;

/// The sending side of a channel.
pub(crate) type Out = ChannelWriteHalf<Msg>;

/// Sends everything that `from` has to say. It waits for the client's window before it reads more. A terminal whose
/// program ended says so with an error, so errors end it like the end of a file.
pub(crate) async fn pump(mut from: impl AsyncRead + Unpin, out: &Out, extended: Option<u32>) {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(CHUNK);
        match (&mut from).take(CHUNK as u64).read_buf(&mut buffer).await {
            Ok(len) if len > 0 => {}
            _ => return,
        }
        let bytes = buffer.split().freeze();
        let sent = match extended {
            None => out.data_bytes(bytes).await,
            Some(kind) => out.extended_data_bytes(kind, bytes).await,
        };
        if sent.is_err() {
            return;
        }
    }
}
