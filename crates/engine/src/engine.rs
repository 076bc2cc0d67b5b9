//! The engine of one node: everything that its sessions share.

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use domain::{Micros, SessionId, object::SecondFactor, policy::Directory};
use store::{Lease, Store};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;
use vault::{Keyring, Vault};

use crate::{
    approvals::Desk,
    checkpoints::{CheckpointError, Pinned},
    directory::Snapshot,
    keys::{Keys, KeysError},
    login::{Hasher, PasswordSource},
    playback::Playback,
    protocol::Protocol,
    recorder::Spool,
    roster::Roster,
    secrets::SecretSources,
    shelf::{Folder, Shelf},
};

/// How an engine is set up.
#[derive(Debug)]
pub struct Config {
    /// The node's name; sessions call it their gateway. Unique among the nodes that share a database.
    pub node: String,
    /// The software's version.
    pub version: String,
    /// The folder that holds `spool/` and, unless `shelf` says otherwise, `recordings/`.
    pub data_dir: PathBuf,
    /// Where people find the console, such as `https://gateway.example.org:8443`; empty for nowhere.
    pub console_url: String,
    /// Where finished recordings go; [`None`] for the folder `recordings/`.
    pub shelf: Option<Arc<dyn Shelf>>,
    /// Times and numbers.
    pub limits: Limits,
    /// Whether everybody needs a second factor, whatever the profiles say.
    pub second_factor: SecondFactor,
    /// Who else knows passwords, of those who have none here.
    pub password_source: Option<Arc<dyn PasswordSource>>,
    /// What reads secrets that are kept elsewhere; [`None`] where none may be.
    pub secret_sources: Option<Arc<dyn SecretSources>>,
}

impl Config {
    /// Sets up a node with the default limits and a folder for everything.
    pub fn new(node: impl Into<String>, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            node: node.into(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            data_dir: data_dir.into(),
            console_url: String::new(),
            shelf: None,
            limits: Limits::default(),
            second_factor: SecondFactor::Optional,
            password_source: None,
            secret_sources: None,
        }
    }
}

/// Times and numbers that hold for every session of a node.
#[derive(Debug, Clone)]
pub struct Limits {
    /// From the first byte until the caller has proven who they are.
    pub login: Duration,
    /// Proofs that may fail in one conversation.
    pub login_attempts: u32,
    /// Failed passwords after which a user's passwords are refused for a while.
    pub user_failures: u32,
    /// Failed passwords after which an address's passwords are refused for a while.
    pub address_failures: u32,
    /// How long failures are remembered, and the longest pause that they cause.
    pub failure_memory: Duration,
    /// Dialling and logging in to the resource, with the time that a user takes to type a password of their own.
    pub connect: Duration,
    /// Between the notice of a soft end and the cut.
    pub grace: Duration,
    /// Saying why it ends, after a soft end and after a cut.
    pub farewell: Duration,
    /// See [`Limits::farewell`].
    pub farewell_cut: Duration,
    /// How long the end of a session waits for its recording to be sealed, and for the shelf to take it.
    pub seal: Duration,
    /// See [`Limits::seal`].
    pub shelf: Duration,
    /// Connections on this node at once.
    pub connections: usize,
    /// Connections of one user on this node at once.
    pub connections_per_user: usize,
    /// How often leases are renewed; they hold three times as long.
    pub heartbeat: Duration,
    /// How often lost sessions and left tapes are looked for.
    pub reap: Duration,
    /// How often recordings are looked for that are no longer kept.
    pub retention: Duration,
    /// How often what was added to the audit log is signed.
    pub checkpoint: Duration,
    /// How often tokens, logins and links are removed that have ended.
    pub sweep: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            login: Duration::from_mins(2),
            login_attempts: 6,
            user_failures: 10,
            address_failures: 50,
            failure_memory: Duration::from_mins(15),
            connect: Duration::from_secs(150),
            grace: Duration::from_secs(5),
            farewell: Duration::from_secs(2),
            farewell_cut: Duration::from_millis(400),
            seal: Duration::from_secs(5),
            shelf: Duration::from_mins(1),
            connections: 4096,
            connections_per_user: 256,
            heartbeat: Duration::from_secs(5),
            reap: Duration::from_secs(5),
            retention: Duration::from_hours(1),
            checkpoint: Duration::from_secs(10),
            sweep: Duration::from_mins(1),
        }
    }
}

/// Why an engine does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The spool folder could not be opened.
    #[error("the spool folder cannot be used: {0}")]
    Spool(#[source] io::Error),
    /// The folder of recordings could not be opened.
    #[error("the recordings folder cannot be used: {0}")]
    Shelf(#[source] io::Error),
    /// The store.
    #[error("the store cannot be used: {0}")]
    Store(#[from] store::Error),
    /// The vault has no keys that recordings can use.
    #[error("the vault cannot be used: {0}")]
    Vault(#[source] vault::Error),
    /// See [`StartError::Vault`].
    #[error("the vault's recording key cannot be used: {0}")]
    Key(#[source] tape::KeyError),
    /// What the last run has signed of the audit log.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl From<KeysError> for StartError {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Vault(error) => Self::Vault(error),
            KeysError::Key(error) => Self::Key(error),
        }
    }
}

/// See the module. One for each process; shared by everybody.
#[derive(Debug)]
pub struct Engine {
    pub(crate) node: String,
    pub(crate) instance: Uuid,
    pub(crate) limits: Limits,
    pub(crate) second_factor: SecondFactor,
    pub(crate) password_source: Option<Arc<dyn PasswordSource>>,
    pub(crate) secret_sources: Option<Arc<dyn SecretSources>>,
    pub(crate) store: Store,
    pub(crate) vault: Arc<Vault>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) snapshot: Snapshot,
    pub(crate) console_url: String,
    pub(crate) roster: Arc<Roster>,
    pub(crate) desk: Desk,
    pub(crate) spool: Arc<Spool>,
    pub(crate) shelf: Arc<dyn Shelf>,
    pub(crate) playback: Arc<Playback>,
    pub(crate) hasher: Hasher,
    pub(crate) pinned: Pinned,
    protocols: Protocols,
    /// No new callers, and whoever is not in a session yet is sent away.
    pub(crate) draining: CancellationToken,
    /// Whoever is still here is cut.
    pub(crate) cutting: CancellationToken,
    /// The engine's own tasks end.
    pub(crate) closing: CancellationToken,
    /// Visits, from the first byte to the last.
    pub(crate) visits: TaskTracker,
    /// What runs behind: heartbeat, reaper, recordings on their way to the shelf.
    pub(crate) chores: TaskTracker,
    /// Something is to be prepared or put back.
    pub(crate) preparing: Notify,
    next_tail: AtomicU16,
}

/// The protocols of the gateway, by id.
struct Protocols(Vec<Arc<dyn Protocol>>);

impl std::fmt::Debug for Protocols {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|protocol| protocol.spec().id))
            .finish()
    }
}

impl Engine {
    /// Starts the engine: joins the nodes of the store, takes up what an earlier start has left, and begins its chores.
    pub async fn start(
        config: Config,
        store: Store,
        vault: Arc<Vault>,
        protocols: Vec<Arc<dyn Protocol>>,
    ) -> Result<Arc<Self>, StartError> {
        let keys = Arc::new(Keys::new(Arc::clone(&vault))?);
        let spool_folder = config.data_dir.join("spool");
        let spool = Spool::open(spool_folder.clone(), Arc::clone(&keys)).map_err(StartError::Spool)?;
        let shelf: Arc<dyn Shelf> = match config.shelf {
            Some(shelf) => shelf,
            None => Arc::new(Folder::open(config.data_dir.join("recordings")).map_err(StartError::Shelf)?),
        };
        let playback = Arc::new(Playback::new(
            spool_folder,
            Arc::clone(&shelf),
            Arc::clone(vault.keyring()),
        ));
        let snapshot = Snapshot::load(&store).await?;
        let engine = Arc::new(Self {
            node: config.node,
            instance: Uuid::now_v7(),
            limits: config.limits,
            second_factor: config.second_factor,
            password_source: config.password_source,
            secret_sources: config.secret_sources,
            hasher: Hasher::new().map_err(StartError::Vault)?,
            pinned: Pinned::open(&config.data_dir)?,
            vault,
            keys,
            snapshot,
            console_url: config.console_url,
            roster: Arc::default(),
            desk: Desk::default(),
            spool: Arc::new(spool),
            shelf,
            playback,
            protocols: Protocols(protocols),
            draining: CancellationToken::new(),
            cutting: CancellationToken::new(),
            closing: CancellationToken::new(),
            visits: TaskTracker::new(),
            chores: TaskTracker::new(),
            preparing: Notify::new(),
            next_tail: AtomicU16::new(Uuid::new_v4().as_u128() as u16),
            store,
        });
        engine.join(&config.version).await?;
        engine.begin_chores();
        Ok(engine)
    }

    async fn join(&self, version: &str) -> Result<(), store::Error> {
        let lease = self.lease();
        let node = store::Node {
            name: lease.node,
            instance: lease.instance,
            started_at: Micros::now(),
            lease_until: lease.until,
            version: version.to_owned(),
        };
        self.store.join(node).await
    }

    /// Gives the store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Gives the vault.
    #[must_use]
    pub fn vault(&self) -> &Arc<Vault> {
        &self.vault
    }

    /// Gives the master keys.
    #[must_use]
    pub fn keyring(&self) -> &Arc<Keyring> {
        self.vault.keyring()
    }

    /// Gives the declared objects as they are now.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        self.snapshot.get()
    }

    /// Gives what reads recordings, finished and running ones.
    #[must_use]
    pub fn playback(&self) -> &Arc<Playback> {
        &self.playback
    }

    /// Gives the node's name.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Gives the limits of the node.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Tells whether everybody needs a second factor.
    #[must_use]
    pub fn second_factor(&self) -> SecondFactor {
        self.second_factor
    }

    /// Gives where people find the console; empty for nowhere.
    #[must_use]
    pub fn console_url(&self) -> &str {
        &self.console_url
    }

    /// Names the console to people.
    pub(crate) fn console(&self) -> &str {
        if self.console_url.is_empty() {
            "the console"
        } else {
            &self.console_url
        }
    }

    /// Lists the protocols.
    #[must_use]
    pub fn protocols(&self) -> &[Arc<dyn Protocol>] {
        &self.protocols.0
    }

    /// Gives a protocol by id.
    #[must_use]
    pub fn protocol(&self, id: &str) -> Option<&Arc<dyn Protocol>> {
        self.protocols.0.iter().find(|protocol| protocol.spec().id == id)
    }

    /// Gives the node's claim on sessions, from now on.
    pub(crate) fn lease(&self) -> Lease {
        let lasts = i64::try_from(self.limits.heartbeat.as_micros())
            .unwrap_or(i64::MAX)
            .saturating_mul(3);
        Lease {
            node: self.node.clone(),
            instance: self.instance,
            until: Micros::now().plus(domain::Span(lasts)),
        }
    }

    /// Makes a new session's name.
    pub(crate) fn fresh_session(&self, now: Micros) -> SessionId {
        let tail = self.next_tail.fetch_add(1, Ordering::Relaxed) & 0xfff;
        SessionId::new(now, tail, Uuid::new_v4().as_u128() as u64)
    }

    /// Gives what is cancelled when the node begins to stop: streams to viewers end with it.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.draining.clone()
    }

    /// Keeps every recorder from writing until the answer is dropped, as a disk that hangs would.
    #[cfg(feature = "testing")]
    pub async fn hold_recorders(&self) -> impl Send + Sync + use<> {
        self.spool.hold().await
    }

    /// Waits until the node wants to stop.
    pub(crate) async fn drained(&self) -> domain::stop::Stop {
        self.draining.cancelled().await;
        domain::stop::Stop::new(domain::stop::EndReason::GatewayShutdown)
    }
}
