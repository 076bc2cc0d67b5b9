//! Connections to loopback ports (`ssh -L`, `ssh -W`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use russh::ChannelOpenFailure;
use russh::server::ChannelOpenHandle;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::feed::{AtEnd, Fed, Input, feed};
use crate::pump::{Out, pump};

/// Finds the addresses of a loopback host; `None` for any other, which is never looked up.
pub(crate) fn loopback(host: &str, port: u32) -> Option<Vec<SocketAddr>> {
    let port = u16::try_from(port).ok()?;
    let ips = if host.eq_ignore_ascii_case("localhost") {
        vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]
    } else {
        vec![host.parse::<IpAddr>().ok().filter(IpAddr::is_loopback)?]
    };
    Some(ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect())
}

/// Connects, answers the open request, and carries both ways until both have ended.
pub(crate) async fn forward(
    to: Vec<SocketAddr>,
    reply: ChannelOpenHandle,
    inbox: mpsc::Receiver<Input>,
    out: Out,
    folder: &Path,
) {
    let connected = tokio::time::timeout(Duration::from_secs(10), TcpStream::connect(to.as_slice())).await;
    let Ok(Ok(stream)) = connected else {
        return reply.reject(ChannelOpenFailure::ConnectFailed).await;
    };
    reply.accept().await;
    let (from, into) = stream.into_split();
    let down = async {
        pump(from, &out, None).await;
        // If this cannot be said the channel is gone, and the inbox tells.
        out.eof().await.ok();
    };
    let up = feed(inbox, into, folder, AtEnd::CloseAndReturn, |_| {});
    tokio::pin!(up, down);
    let both = tokio::select! {
        () = &mut down => up.await,
        fed = &mut up => match fed {
            Fed::Delivered => {
                down.await;
                Fed::Delivered
            }
            other => other,
        },
    };
    if let Fed::Lost(error) = &both {
        tracing::warn!(%error, "a forwarded connection of the demo host lost input");
    }
    if !matches!(both, Fed::Gone) {
        out.close().await.ok();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn only_loopback_is_reached() {
        assert_eq!(loopback("127.0.0.1", 80).unwrap().len(), 1);
        assert_eq!(loopback("::1", 80).unwrap().len(), 1);
        assert_eq!(loopback("localhost", 80).unwrap().len(), 2);
        for host in [
            "10.0.0.1",
            "example.com",
            "0.0.0.0",
            "::",
            "",
            "127.0.0.1.example.com",
            "169.254.169.254",
        ] {
            assert_eq!(loopback(host, 80), None, "{host}");
        }
        assert_eq!(loopback("127.0.0.1", 65_536 + 80), None);
    }
}
