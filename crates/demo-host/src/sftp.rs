//! The SFTP subsystem: version 3, in the scratch folder only.

mod handler;
mod root;

use std::path::Path;

use russh_sftp::server::Config;
use tokio::sync::{mpsc, oneshot};

use crate::feed::{AtEnd, Fed, Input, feed};
use crate::pump::{Out, pump};
use handler::Service;
use root::Root;

/// Bytes between the channel and the server, in each direction.
const BETWEEN: usize = 256 << 10;
/// Longest packet that is taken; OpenSSH has the same limit.
const MAX_PACKET: u32 = 256 << 10;

/// Serves one channel until the client ends it.
pub(crate) async fn serve(inbox: mpsc::Receiver<Input>, out: Out, scratch: &Path) {
    let root = match Root::open(scratch) {
        Ok(root) => root,
        Err(error) => {
            tracing::warn!(%error, "the demo host cannot open its scratch folder");
            out.close().await.ok();
            return;
        }
    };
    // The server runs in a task of its own that nobody can await or end; it ends when this stream does, and its service
    // tells.
    let (ours, theirs) = tokio::io::duplex(BETWEEN);
    let (gone, ended) = oneshot::channel();
    let config = Config {
        max_client_packet_len: MAX_PACKET,
    };
    russh_sftp::server::run_with_config(theirs, Service::new(root, gone), config).await;
    let (from, into) = tokio::io::split(ours);
    let closed = {
        let input = feed(inbox, into, scratch, AtEnd::Close, |_| {});
        let output = pump(from, &out, None);
        tokio::select! {
            () = output => None,
            fed = input => Some(fed),
        }
    };
    match closed {
        Some(Fed::Gone | Fed::Delivered) => {}
        Some(Fed::Lost(error)) => {
            tracing::warn!(%error, "the demo host lost input of an sftp channel");
            out.close().await.ok();
        }
        None => {
            // If it cannot be said the connection is gone.
            let said = async {
                out.exit_status(0).await?;
                out.eof().await?;
                out.close().await
            };
            said.await.ok();
        }
    }
    // Both halves of the stream are dropped, so it comes to an end; an error is how it tells.
    ended.await.ok();
}
