//! One running gateway: its keys, store, engine, listeners and API, started in order and stopped in reverse.

mod http;
mod ldap;
mod logging;
mod oidc;
mod secrets;

use std::{
    collections::BTreeMap,
    fs::DirBuilder,
    net::SocketAddr,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use api::{Api, egress::Egress, routes::meta::Listener};
use domain::{Micros, Span, session::ClientInterface};
use engine::{Arrival, Door, DoorConfig, Engine};
use store::{ContentKey, Link, Options, Store, TokenHash};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use vault::{HostKeys, MasterSource, TokenKind, Vault};

use crate::{
    config::{self, Settings},
    feed, protocols,
};

pub(crate) use http::{certificate, server_config};
pub(crate) use logging::start as start_logging;

/// How long a set-up link works.
const SETUP_LASTS: Span = Span::secs(24 * 3600);

/// How long sessions may take to end when the gateway is stopped.
const SHUTDOWN: Duration = Duration::from_secs(20);

/// A gateway that runs.
pub(crate) struct Gateway {
    pub(crate) api: Api,
    pub(crate) http: SocketAddr,
    pub(crate) ssh: SocketAddr,
    pub(crate) postgres: Option<SocketAddr>,
    pub(crate) mysql: Option<SocketAddr>,
    pub(crate) redis: Option<SocketAddr>,
    pub(crate) data: PathBuf,
    /// Where the console is, as callers know it.
    pub(crate) url: String,
    pub(crate) vault: Arc<Vault>,
    engine: Arc<Engine>,
    store: Store,
    stop: CancellationToken,
    listeners: TaskTracker,
}

impl Gateway {
    /// Starts a gateway; every listener is up when this returns.
    pub(crate) async fn start(settings: &Settings) -> anyhow::Result<Self> {
        let data = settings.data();
        let vault = open_vault(settings)?;
        let options = Options::new(ContentKey::new(vault.content_key()));
        let store = Store::open(&settings.database_url(), options)
            .await
            .context("cannot open the database")?;
        let ssh_address = settings.ssh.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 2222)));
        let ssh_door = open_door("SSH", ssh_address, settings).await?;
        let ssh = ssh_door.address()?;
        let mut doors = vec![("ssh", ssh_door)];
        if let Some(address) = settings.postgres {
            doors.push(("postgres", open_door("PostgreSQL", address, settings).await?));
        }
        if let Some(address) = settings.mysql {
            doors.push(("mysql", open_door("MySQL", address, settings).await?));
        }
        if let Some(address) = settings.redis {
            doors.push(("redis", open_door("Redis", address, settings).await?));
        }
        let host = |address: SocketAddr| settings.public_host.clone().unwrap_or_else(|| reachable(address));
        let mut known = BTreeMap::new();
        for (protocol, door) in &doors {
            let address = door.address()?;
            let listener = Listener {
                host: host(address),
                port: address.port(),
            };
            known.insert((*protocol).to_owned(), listener);
        }
        let ssh_listener = known.get("ssh").context("there is no SSH listener")?;
        let opened = |wanted: &str| {
            let door = doors.iter().find(|(protocol, _)| *protocol == wanted);
            door.map(|(_, door)| door.address()).transpose()
        };
        let (postgres, mysql, redis) = (opened("postgres")?, opened("mysql")?, opened("redis")?);
        let address = settings.http.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8443)));
        let listener = http::bind(address, settings).await?;
        let http = listener.address()?;
        let tls = settings.tls_cert.is_some();
        let scheme = if tls { "https" } else { "http" };
        let usual = || format!("{scheme}://{}:{}", host(http), http.port());
        let said = settings.console_url.as_deref();
        let url = said.map_or_else(usual, |url| url.trim_end_matches('/').to_owned());
        let mut config = engine::Config::new(settings.node(), &data);
        config.second_factor = settings.second_factor.unwrap_or_default().into();
        if let Some(secs) = settings.grace_secs {
            config.limits.grace = Duration::from_secs(secs);
        }
        config.password_source = ldap::directory(settings)?;
        config.secret_sources = Some(secrets::sources(settings)?);
        config.console_url.clone_from(&url);
        let protocols = protocols::all(&vault, ssh_listener, settings)?;
        let engine = Engine::start(config, store.clone(), Arc::clone(&vault), protocols).await?;

        let api_config = api::Config {
            listeners: known,
            trusted_proxies: settings.trusted_proxies.clone(),
            settings: config::tell(settings),
            provider: oidc::provider(settings)?.map(Arc::new),
            tls: tls || settings.behind_tls.unwrap_or(false),
        };
        let api = Api::new(Arc::clone(&engine), Egress::from_env(), api_config);

        let (stop, listeners) = (CancellationToken::new(), TaskTracker::new());
        for (protocol, door) in doors {
            let spoken = engine.protocol(protocol).cloned();
            let spoken = spoken.with_context(|| format!("`{protocol}` is not among the protocols"))?;
            let welcoming = Arc::clone(&engine);
            listeners.spawn(door.serve(stop.clone(), move |socket, peer| {
                let (engine, protocol) = (Arc::clone(&welcoming), Arc::clone(&spoken));
                async move {
                    let arrival = Arrival {
                        peer,
                        interface: ClientInterface::Cli,
                        carried: None,
                    };
                    engine.welcome(Box::new(socket), arrival, protocol).await;
                }
            }));
        }
        listeners.spawn(http::serve(listener, api.clone().service(), stop.clone()));
        feed::start(settings, &url, &store, &stop, &listeners).await?;
        Ok(Self {
            api,
            http,
            ssh,
            postgres,
            mysql,
            redis,
            data,
            url,
            vault,
            engine,
            store,
            stop,
            listeners,
        })
    }

    /// Makes a link with which the first administrator is made; [`None`] when there is one already.
    pub(crate) async fn setup_link(&self) -> anyhow::Result<Option<String>> {
        if !api::routes::login::needs_setup(&self.api) {
            return Ok(None);
        }
        let issued = self.vault.tokens().issue(TokenKind::Link)?;
        let now = Micros::now();
        let link = Link {
            hash: TokenHash(issued.hash),
            purpose: api::routes::login::SETUP.to_owned(),
            user: None,
            detail: serde_json::Value::Null,
            created_at: now,
            expires_at: now.plus(SETUP_LASTS),
        };
        self.store.create_link(link).await?;
        Ok(Some(format!("{}/setup?token={}", self.url, issued.text.expose())))
    }

    /// Stops: nobody new, sessions end softly, then everything is closed.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.engine.shutdown(SHUTDOWN).await;
        self.listeners.close();
        if tokio::time::timeout(SHUTDOWN, self.listeners.wait())
            .await
            .is_err()
        {
            tracing::warn!("some callers did not leave in time");
        }
        self.store.close().await;
    }
}

/// Listens for whoever asks the process to stop, from now on: before anybody is told that it is up, so that nobody stops it so early that
/// it dies of the signal.
pub(crate) fn asked_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

async fn open_door(name: &str, address: SocketAddr, settings: &Settings) -> anyhow::Result<Door> {
    let config = DoorConfig {
        trusted_proxies: settings.proxy_protocol_from.clone(),
        ..DoorConfig::default()
    };
    let door = Door::bind(address, config).await;
    door.with_context(|| format!("cannot listen for {name} on {address}"))
}

fn open_vault(settings: &Settings) -> anyhow::Result<Arc<Vault>> {
    let source = match &settings.master_key_file {
        Some(file) => MasterSource::File(file.clone()),
        None => MasterSource::Own,
    };
    let host_keys = if settings.rsa_host_key.unwrap_or(false) {
        HostKeys::Ed25519AndRsa
    } else {
        HostKeys::Ed25519
    };
    let dir = settings.data().join("keys");
    make_private(&settings.data())?;
    let vault =
        Vault::open(&dir, &source, host_keys).with_context(|| format!("cannot open {}", dir.display()))?;
    Ok(Arc::new(vault))
}

/// Makes a folder that only its owner can look into; one that is there already stays as it is.
pub(crate) fn make_private(folder: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("cannot make the folder {}", folder.display()))
}

/// Gives a host name by which this machine reaches one of its own addresses.
fn reachable(address: SocketAddr) -> String {
    match address.ip() {
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        ip if ip.is_ipv6() => format!("[{ip}]"),
        ip => ip.to_string(),
    }
}
