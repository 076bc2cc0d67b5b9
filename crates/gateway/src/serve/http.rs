//! The HTTP listener, plain or by TLS.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use axum::{
    Router,
    extract::{ConnectInfo, Request, connect_info::Connected},
    serve::IncomingStream,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;

use crate::config::Settings;

/// How long a client may take for its TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How many handshakes may be finished and not yet served.
const WAITING: usize = 64;

/// A listener that is bound.
pub(crate) struct Bound {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
}

impl Bound {
    /// Gives the address that is bound.
    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Binds an address, and reads the certificate when there is one.
pub(crate) async fn bind(address: SocketAddr, settings: &Settings) -> anyhow::Result<Bound> {
    let tls = server_config(settings, &[b"http/1.1"])?.map(TlsAcceptor::from);
    let listener = TcpListener::bind(address).await;
    Ok(Bound {
        listener: listener.with_context(|| format!("cannot listen for HTTP on {address}"))?,
        tls,
    })
}

/// Reads the certificate when there is one, for listeners of the protocols that are named as in ALPN (RFC 7301).
pub(crate) fn server_config(
    settings: &Settings,
    protocols: &[&[u8]],
) -> anyhow::Result<Option<Arc<ServerConfig>>> {
    let (Some(cert), Some(key)) = (&settings.tls_cert, &settings.tls_key) else {
        return Ok(None);
    };
    let chain = chain(cert)?;
    let key = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("cannot read the certificate's key {}", key.display()))?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Ok(Some(Arc::new(config)))
}

/// Reads the certificate itself, without those that have signed it.
pub(crate) fn certificate(settings: &Settings) -> anyhow::Result<Option<CertificateDer<'static>>> {
    let chain = settings.tls_cert.as_deref().map(chain).transpose()?;
    Ok(chain.and_then(|chain| chain.into_iter().next()))
}

fn chain(file: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read the certificate {}", file.display()))
}

/// Serves until it is told to stop.
pub(crate) async fn serve(bound: Bound, service: Router, stop: CancellationToken) {
    let service = service
        .layer(axum::middleware::map_request(|request| {
            std::future::ready(Peer::name(request))
        }))
        .into_make_service_with_connect_info::<Peer>();
    let stopped = stop.clone().cancelled_owned();
    let served = match bound.tls {
        None => {
            axum::serve(bound.listener, service)
                .with_graceful_shutdown(stopped)
                .await
        }
        Some(tls) => match TlsListener::start(bound.listener, tls, stop) {
            Ok(listener) => {
                axum::serve(listener, service)
                    .with_graceful_shutdown(stopped)
                    .await
            }
            Err(error) => Err(error),
        },
    };
    if let Err(error) = served {
        tracing::error!(%error, "the HTTP listener ended");
    }
}

/// The address of a client, of either listener.
#[derive(Debug, Clone, Copy)]
struct Peer(SocketAddr);

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

impl Peer {
    /// Puts the address where the API looks for it.
    fn name(mut request: Request) -> Request {
        if let Some(ConnectInfo(Self(address))) = request.extensions().get::<ConnectInfo<Self>>().copied() {
            request.extensions_mut().insert(ConnectInfo(address));
        }
        request
    }
}

/// Handshakes beside each other, so that a slow client does not keep others out.
struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl TlsListener {
    fn start(listener: TcpListener, tls: TlsAcceptor, stop: CancellationToken) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (done, ready) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
                let (socket, peer) = match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        tracing::warn!(%error, "a web client could not be accepted");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        continue;
                    }
                };
                let (tls, done) = (tls.clone(), done.clone());
                tokio::spawn(async move {
                    match tokio::time::timeout(HANDSHAKE, tls.accept(socket)).await {
                        // Nobody takes it any more when the listener has stopped.
                        Ok(Ok(stream)) => drop(done.send((stream, peer)).await),
                        Ok(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
                        Err(_elapsed) => tracing::debug!(%peer, "a TLS handshake took too long"),
                    }
                });
            }
        });
        Ok(Self { ready, address })
    }
}

impl axum::serve::Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(accepted) => accepted,
            // Stopped: there will be nobody any more, and the graceful end is on its way.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}
