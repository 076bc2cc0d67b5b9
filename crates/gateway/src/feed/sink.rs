//! Where events go.

use anyhow::Context;
use domain::Micros;
use serde_json::Value;
use tokio::{io::AsyncWriteExt as _, net::TcpStream, time::timeout};

use super::{PATIENCE, webhook::Webhook};

/// A receiver.
pub(super) enum Sink {
    /// A POST with a list of events, taken when the answer is a success.
    Webhook(Webhook),
    /// RFC 5424 over TCP, a message for each event, framed by counting (RFC 6587 §3.4.1).
    Syslog {
        address: String,
        node: String,
        stream: Option<TcpStream>,
    },
}

impl Sink {
    pub(super) fn syslog(address: &str, node: String) -> Self {
        Self::Syslog {
            address: address.to_owned(),
            node,
            stream: None,
        }
    }

    /// Sends events in one delivery.
    pub(super) async fn send(&mut self, events: &[Value]) -> anyhow::Result<()> {
        match self {
            Self::Webhook(webhook) => webhook.post(&events).await,
            Self::Syslog {
                address,
                node,
                stream,
            } => {
                let sent = timeout(PATIENCE, write(stream, address, node, events)).await;
                let sent = sent.context("the receiver takes nothing").and_then(|sent| sent);
                if sent.is_err() {
                    *stream = None;
                }
                sent
            }
        }
    }
}

async fn write(
    stream: &mut Option<TcpStream>,
    address: &str,
    node: &str,
    events: &[Value],
) -> anyhow::Result<()> {
    // A receiver that has hung up is noticed here: it never says anything else.
    let closed = stream
        .as_ref()
        .is_some_and(|stream| !matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock));
    if closed {
        *stream = None;
    }
    let stream = if let Some(stream) = stream {
        stream
    } else {
        let fresh = TcpStream::connect(address).await;
        stream.insert(fresh.with_context(|| format!("cannot reach {address}"))?)
    };
    let mut out = Vec::new();
    for event in events {
        let message = message(event, node);
        out.extend_from_slice(format!("{} {message}", message.len()).as_bytes());
    }
    stream.write_all(&out).await?;
    stream.flush().await?;
    Ok(())
}

/// Writes a message of RFC 5424: facility 13 (log audit), the event as its text.
fn message(event: &Value, node: &str) -> String {
    let of = |path: &str| event.pointer(path);
    let severity = match of("/severity_id").and_then(Value::as_u64) {
        Some(4) => 3,
        Some(3) => 4,
        Some(2) => 5,
        _ => 6,
    };
    let priority = 13 * 8 + severity;
    let time = Micros(of("/time").and_then(Value::as_i64).unwrap_or_default() * 1000).rfc3339();
    let name: String = node.chars().filter(char::is_ascii_graphic).take(255).collect();
    let kind = of("/metadata/event_code").and_then(Value::as_str).unwrap_or("-");
    let kind: String = kind.chars().filter(char::is_ascii_graphic).take(32).collect();
    format!(
        "<{priority}>1 {time} {name} doorward {} {kind} - {event}",
        std::process::id()
    )
}
