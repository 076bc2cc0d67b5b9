//! A websocket as a plain stream of bytes.

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use engine::Stream;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

/// The largest message that is taken.
pub(crate) const LARGEST: usize = 1 << 20;

/// How many bytes wait on their way; more make the sender wait.
const BUFFER: usize = 64 << 10;

/// Gives the stream, and what moves its bytes; the latter must be awaited beside whoever uses the stream.
pub(crate) fn open(socket: WebSocket) -> (Stream, impl Future<Output = ()> + Send) {
    let (ours, theirs) = tokio::io::duplex(BUFFER);
    (Box::new(theirs), pump(socket, ours))
}

async fn pump(socket: WebSocket, stream: DuplexStream) {
    let (mut out, mut inward) = socket.split();
    let (mut read, mut write) = tokio::io::split(stream);
    let inbound = async {
        while let Some(Ok(message)) = inward.next().await {
            let passed = match message {
                Message::Binary(bytes) => write.write_all(&bytes).await.is_ok(),
                Message::Close(_) => false,
                // Text has no meaning here; pings are answered by the library.
                _ => true,
            };
            if !passed {
                break;
            }
        }
        // The far side may be gone already; there is nobody to tell.
        let _gone = write.shutdown().await;
    };
    let outbound = async {
        let mut buffer = vec![0; 16 << 10];
        loop {
            match read.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(count) => {
                    let bytes = Bytes::copy_from_slice(buffer.get(..count).unwrap_or_default());
                    if out.send(Message::Binary(bytes)).await.is_err() {
                        break;
                    }
                }
            }
        }
        let _gone = out.send(Message::Close(None)).await;
    };
    tokio::join!(inbound, outbound);
}
