//! Listeners: bind, accept, and hand each socket to the engine with the caller's true address.

mod proxy;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use ipnet::IpNet;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long a trusted proxy may take to send its header.
const HEADER_TIME: Duration = Duration::from_secs(5);

/// How long to wait after an error of `accept`, such as "too many open files", before trying again.
const PAUSE: Duration = Duration::from_millis(100);

/// What all doors share.
#[derive(Debug, Clone)]
pub struct DoorConfig {
    /// Networks whose connections begin with a PROXY header; nobody else's header is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How many callers may be inside at once; more wait in the listen queue.
    pub most_callers: usize,
}

impl Default for DoorConfig {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            most_callers: 4096,
        }
    }
}

/// One listener.
#[derive(Debug)]
pub struct Door {
    listener: TcpListener,
    config: Arc<DoorConfig>,
    seats: Arc<Semaphore>,
}

impl Door {
    /// Binds an address; port 0 takes a free one.
    pub async fn bind(address: SocketAddr, config: DoorConfig) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let seats = Arc::new(Semaphore::new(config.most_callers));
        Ok(Self {
            listener,
            config: Arc::new(config),
            seats,
        })
    }

    /// Gives the address that is bound.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Accepts callers until it is told to stop, and runs `each` for every one of them, with the caller's true address. Returns
    /// when all of them have ended; ending them is the engine's business.
    pub async fn serve<F, Fut>(self, stop: CancellationToken, each: F)
    where
        F: Fn(TcpStream, SocketAddr) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let callers = TaskTracker::new();
        loop {
            let Some(seat) = stop
                .run_until_cancelled(Arc::clone(&self.seats).acquire_owned())
                .await
            else {
                break;
            };
            let Some(accepted) = stop.run_until_cancelled(self.listener.accept()).await else {
                break;
            };
            let (socket, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a caller could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            let (config, each) = (Arc::clone(&self.config), each.clone());
            callers.spawn(async move {
                let _seat = seat;
                if let Some((socket, peer)) = admit(socket, peer, &config).await {
                    each(socket, peer).await;
                }
            });
        }
        // Nobody new: the port is free for a successor while those inside finish.
        drop(self.listener);
        callers.close();
        callers.wait().await;
    }
}

/// Sets the socket up and reads the PROXY header of a trusted peer.
async fn admit(
    mut socket: TcpStream,
    peer: SocketAddr,
    config: &DoorConfig,
) -> Option<(TcpStream, SocketAddr)> {
    let address = peer.ip().to_canonical();
    if let Err(error) = prepare(&socket) {
        tracing::debug!(%peer, %error, "a caller's socket could not be set up");
        return None;
    }
    if !config
        .trusted_proxies
        .iter()
        .any(|network| network.contains(&address))
    {
        return Some((socket, SocketAddr::new(address, peer.port())));
    }
    match timeout(HEADER_TIME, proxy::read(&mut socket)).await {
        Ok(Ok(source)) => Some((socket, source.unwrap_or(peer))),
        Ok(Err(error)) => {
            tracing::warn!(%peer, %error, "a trusted proxy sent no valid PROXY header");
            None
        }
        Err(_elapsed) => {
            tracing::warn!(%peer, "a trusted proxy sent no PROXY header in time");
            None
        }
    }
}

/// Turns off delays and turns on keep-alive, so that a caller whose network is gone is noticed.
fn prepare(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let keepalive = socket2::TcpKeepalive::new()
        .with_time(Duration::from_secs(30))
        .with_interval(Duration::from_secs(10))
        .with_retries(3);
    socket2::SockRef::from(socket).set_tcp_keepalive(&keepalive)
}
