//! Listening, and the connections that come of it.

use std::io;
use std::net::{Shutdown, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::{PublicKey, ssh_key};
use russh::{Disconnect, MethodKind, MethodSet, SshId};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Config, Password, StartError, host_key};
use crate::leftovers;
use crate::scratch;
use crate::visitor::Visitor;

const MAX_CONNECTIONS: usize = 64;
/// How long a connection may take to say good-bye.
const FAREWELL: Duration = Duration::from_secs(1);

/// A running demo host. Dropping it ends it too, but without waiting.
#[derive(Debug)]
pub struct DemoHost {
    addr: SocketAddr,
    public_key: String,
    stop: CancellationToken,
    accepting: Option<JoinHandle<()>>,
}

/// What all connections share.
pub(crate) struct Premises {
    pub(crate) scratch: PathBuf,
    pub(crate) user: String,
    pub(crate) keys: Vec<ssh_key::public::KeyData>,
    pub(crate) password: Option<Password>,
    /// Every task of a channel.
    pub(crate) tasks: TaskTracker,
}

impl DemoHost {
    /// Starts to listen; returns when logins are possible.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        if !config.bind.ip().is_loopback() {
            return Err(StartError::NotLoopback(config.bind));
        }
        let keys = config
            .authorized_keys
            .iter()
            .map(|line| PublicKey::from_openssh(line));
        let keys = keys.map(|key| key.map(|key| key.key_data().clone()));
        let keys: Vec<_> = keys
            .collect::<Result<_, _>>()
            .map_err(StartError::AuthorizedKey)?;
        if keys.is_empty() && config.password.is_none() {
            return Err(StartError::NoLogin);
        }
        let host_key = host_key(config.host_key_file.as_deref())?;
        let public_key = host_key
            .public_key()
            .to_openssh()
            .map_err(StartError::NewHostKey)?;
        let scratch = scratch::prepare(&config.scratch).map_err(|source| StartError::Scratch {
            path: config.scratch.clone(),
            source,
        })?;
        let cannot_bind = |source| StartError::Bind {
            addr: config.bind,
            source,
        };
        let listener = TcpListener::bind(config.bind).await.map_err(cannot_bind)?;
        let addr = listener.local_addr().map_err(cannot_bind)?;

        leftovers::sweep_orphans().await;
        let premises = Premises {
            scratch,
            user: config.user,
            keys,
            password: config.password,
            tasks: TaskTracker::new(),
        };
        let stop = CancellationToken::new();
        let accepting = tokio::spawn(accept(
            listener,
            protocol(host_key),
            Arc::new(premises),
            stop.clone(),
        ));
        Ok(Self {
            addr,
            public_key,
            stop,
            accepting: Some(accepting),
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The public half of the host key, as a line of `known_hosts` without the host.
    pub fn host_public_key(&self) -> &str {
        &self.public_key
    }

    /// Ends all connections and their programs, and returns when they are gone.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        if let Some(accepting) = self.accepting.take()
            && let Err(error) = accepting.await
        {
            tracing::warn!(%error, "the demo host did not end cleanly");
        }
    }
}

impl Drop for DemoHost {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn protocol(host_key: russh::keys::PrivateKey) -> russh::server::Config {
    russh::server::Config {
        server_id: SshId::Standard("SSH-2.0-DoorwardDemo".into()),
        methods: MethodSet::from(&[MethodKind::PublicKey, MethodKind::Password][..]),
        auth_rejection_time: Duration::from_millis(500),
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![host_key],
        inactivity_timeout: None,
        keepalive_interval: Some(Duration::from_secs(30)),
        keepalive_max: 3,
        nodelay: true,
        ..russh::server::Config::default()
    }
}

/// Takes connections until the stop, then waits for all of them and their channels.
async fn accept(
    listener: TcpListener,
    protocol: russh::server::Config,
    premises: Arc<Premises>,
    stop: CancellationToken,
) {
    let protocol = Arc::new(protocol);
    let seats = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: the listener stays ready, so give others the time to close some.
                tracing::warn!(%error, "the demo host cannot accept");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(seat) = Arc::clone(&seats).try_acquire_owned() else {
            tracing::warn!(%peer, "the demo host is full");
            continue;
        };
        let (protocol, premises, stop) = (Arc::clone(&protocol), Arc::clone(&premises), stop.clone());
        connections.spawn(async move {
            if let Err(error) = serve(stream, peer, protocol, premises, stop, seat).await {
                tracing::debug!(%peer, %error, "a connection to the demo host ended");
            }
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
    premises.tasks.close();
    premises.tasks.wait().await;
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    protocol: Arc<russh::server::Config>,
    premises: Arc<Premises>,
    stop: CancellationToken,
    _seat: OwnedSemaphorePermit,
) -> Result<(), russh::Error> {
    stream.set_nodelay(true)?;
    // A second handle of the socket: a session that does not end by itself ends when its socket does.
    let stream = stream.into_std()?;
    let socket = stream.try_clone()?;
    let local = stream.local_addr()?;
    let stream = TcpStream::from_std(stream)?;
    let starting = russh::server::run_stream(protocol, stream, Visitor::new(premises, peer, local));
    let mut session = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        session = tokio::time::timeout(Duration::from_secs(30), starting) => session.map_err(io::Error::from)??,
    };
    tokio::select! {
        ended = &mut session => return ended,
        () = stop.cancelled() => {}
    }
    let farewell = async {
        let said = "the demo host is shutting down".to_owned();
        session
            .handle()
            .disconnect(Disconnect::ByApplication, said, String::new())
            .await?;
        (&mut session).await
    };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        socket.shutdown(Shutdown::Both)?;
        return session.await;
    }
    Ok(())
}
