//! Carries what a client sends on a channel to whoever reads it.

use std::io;
use std::path::Path;

use bytes::Bytes;
use russh::Sig;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use crate::spool::Spool;
use crate::terminal::Window;

/// Messages that a channel's task may be behind. It takes them at once, so few are enough.
pub(crate) const BACKLOG: usize = 16;

/// What a client sends on a running channel.
pub(crate) enum Input {
    Data(Bytes),
    Eof,
    Resize(Window),
    Signal(Sig),
}

/// Requests that are not content.
pub(crate) enum Control {
    Resize(Window),
    Signal(Sig),
}

/// What the end of the input means to its reader.
pub(crate) enum AtEnd {
    /// Close the sink and go on for requests.
    Close,
    /// Close the sink and return.
    CloseAndReturn,
    /// Write this byte, as a terminal does, and go on.
    Type(u8),
}

/// Why feeding ended.
#[derive(Debug)]
pub(crate) enum Fed {
    /// The channel or the connection is closed.
    Gone,
    /// Everything was delivered, or nobody reads any more.
    Delivered,
    /// Input could not be kept.
    Lost(io::Error),
}

/// Feeds `sink` from the inbox until the channel is closed. It always takes the next message at once.
pub(crate) async fn feed(
    mut inbox: mpsc::Receiver<Input>,
    sink: impl AsyncWrite + Unpin,
    folder: &Path,
    at_end: AtEnd,
    mut control: impl FnMut(Control),
) -> Fed {
    let mut spool = Spool::new(folder);
    let mut sink = Some(sink);
    let mut ended = false;
    loop {
        if let Err(error) = spool.refill().await {
            return Fed::Lost(error);
        }
        if ended && spool.is_empty() {
            match (&at_end, &mut sink) {
                (AtEnd::Type(byte), Some(_)) => {
                    // What is typed has its turn like everything else, once.
                    let typed = spool.push(Bytes::copy_from_slice(&[*byte])).await;
                    if let Err(error) = typed {
                        return Fed::Lost(error);
                    }
                }
                (_, Some(open)) => {
                    // The reader may be gone already, which is as good.
                    open.shutdown().await.ok();
                    sink = None;
                }
                (_, None) => {}
            }
            ended = false;
            if matches!(at_end, AtEnd::CloseAndReturn) {
                return Fed::Delivered;
            }
        }
        // Cancelling a write that is not ready loses nothing.
        let write = async {
            match (&mut sink, spool.front()) {
                (Some(sink), Some(front)) => sink.write(front).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            written = write => match written {
                Ok(len) if len > 0 => spool.advance(len),
                _ => {
                    // Nobody reads any more; what else comes is taken and forgotten.
                    sink = None;
                    spool.clear();
                    if matches!(at_end, AtEnd::CloseAndReturn) {
                        return Fed::Delivered;
                    }
                }
            },
            message = inbox.recv() => match message {
                None => return Fed::Gone,
                Some(Input::Data(bytes)) => {
                    if sink.is_some() && let Err(error) = spool.push(bytes).await {
                        return Fed::Lost(error);
                    }
                }
                Some(Input::Eof) => ended = true,
                Some(Input::Resize(window)) => control(Control::Resize(window)),
                Some(Input::Signal(signal)) => control(Control::Signal(signal)),
            },
        }
    }
}
