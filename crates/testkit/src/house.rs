//! A whole gateway in a temporary folder.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use domain::{
    Micros, SessionId,
    audit::{Actor, AuditEvent},
    object::{AccessRule, Account, Profile, Resource, Selector, Spec, User},
    session::{Event, LockOrder, Named, State},
    stop::EndReason,
};
use engine::{Config, Engine, Limits, Protocol, Shelf};
use store::{
    AuditQuery, Cause, ContentKey, Options, PasswordHash, Put, Scope, Sealed, SessionQuery, SessionRow, Store,
};
use vault::{HostKeys, MasterSource, Passwords, Vault};

use crate::{caller::PATIENCE, database, recording::Recording};

/// The password of every user.
pub const PASSWORD: &str = "correct horse";

/// Where the console is, as people are told.
pub const CONSOLE: &str = "http://localhost:8443";

/// Who calls, and what for.
#[derive(Debug, Clone, Copy)]
pub struct Login<'a> {
    /// The login name.
    pub user: &'a str,
    /// The password that is given.
    pub password: &'a str,
    /// The resource.
    pub resource: &'a str,
}

impl Login<'static> {
    /// `ana`, with the right password, to `target`.
    pub const ANA: Self = Self {
        user: "ana",
        password: PASSWORD,
        resource: "target",
    };
}

/// See the module.
#[derive(Debug)]
pub struct House {
    /// The engine.
    pub engine: Arc<Engine>,
    /// Its store.
    pub store: Store,
    /// Its vault.
    pub vault: Arc<Vault>,
    dir: tempfile::TempDir,
}

impl House {
    /// Opens a house with a user `ana` and nothing else.
    pub async fn open(protocols: Vec<Arc<dyn Protocol>>) -> Self {
        Self::with(protocols, Self::limits()).await
    }

    /// Short times, so that tests are.
    pub fn limits() -> Limits {
        Limits {
            grace: Duration::from_millis(300),
            reap: Duration::from_millis(200),
            heartbeat: Duration::from_secs(1),
            ..Limits::default()
        }
    }

    /// Opens a house with other limits.
    pub async fn with(protocols: Vec<Arc<dyn Protocol>>, limits: Limits) -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::start(dir, protocols, limits, None).await
    }

    /// Opens a house on a folder that another one has left.
    pub async fn at(dir: tempfile::TempDir, protocols: Vec<Arc<dyn Protocol>>) -> Self {
        Self::start(dir, protocols, Self::limits(), None).await
    }

    /// Opens a house with a shelf of its own.
    pub async fn with_shelf(
        dir: tempfile::TempDir,
        protocols: Vec<Arc<dyn Protocol>>,
        limits: Limits,
        shelf: Arc<dyn Shelf>,
    ) -> Self {
        Self::start(dir, protocols, limits, Some(shelf)).await
    }

    async fn start(
        dir: tempfile::TempDir,
        protocols: Vec<Arc<dyn Protocol>>,
        limits: Limits,
        shelf: Option<Arc<dyn Shelf>>,
    ) -> Self {
        let keys = dir.path().join("keys");
        let vault = Arc::new(Vault::open(&keys, &MasterSource::Own, HostKeys::Ed25519).unwrap());
        let url = database::url(dir.path()).await;
        let store = Store::open(&url, Options::new(ContentKey::new(vault.content_key())))
            .await
            .unwrap();
        let config = Config {
            limits,
            shelf,
            console_url: CONSOLE.to_owned(),
            ..Config::new("gate-1", dir.path())
        };
        let engine = Engine::start(config, store.clone(), Arc::clone(&vault), protocols)
            .await
            .unwrap();
        let house = Self {
            engine,
            store,
            vault,
            dir,
        };
        if house.engine.directory().users.is_empty() {
            house.user("ana").await;
        }
        house
    }

    /// Lets go of everything but the folder, for the next house.
    pub fn into_dir(self) -> tempfile::TempDir {
        self.dir
    }

    /// The folder of everything.
    pub fn path(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    /// Declares objects.
    pub async fn apply(&self, puts: Vec<Put>) {
        let cause = Cause::new(Micros::now(), Actor::user("admin"));
        self.store.apply(puts, cause).await.unwrap();
        self.engine.refresh_directory().await.unwrap();
    }

    /// Declares a user with [`PASSWORD`].
    pub async fn user(&self, name: &str) {
        let hash = Passwords::with_cost(64, 1).unwrap().hash(PASSWORD).unwrap();
        let put = Put::new(name, Spec::User(User::default()));
        self.apply(vec![put.with_sealed(Sealed::Password(PasswordHash(hash)))])
            .await;
    }

    /// Declares a resource `target` that everybody may use under the profile.
    pub async fn target(&self, protocol: &str, address: SocketAddr, profile: Profile) {
        let everything = Selector {
            names: vec!["*".to_owned()],
            ..Selector::default()
        };
        let resource = Resource {
            protocol: protocol.to_owned(),
            host: address.ip().to_string(),
            port: Some(address.port()),
            labels: std::collections::BTreeMap::default(),
            description: String::new(),
            options: serde_json::Map::default(),
        };
        let account = Account {
            resources: everything.clone(),
            ..Account::default()
        };
        let rule = AccessRule {
            users: vec!["*".to_owned()],
            resources: everything,
            accounts: vec!["app".to_owned()],
            profile: Some("short".to_owned()),
            ..AccessRule::default()
        };
        self.apply(vec![
            Put::new("target", Spec::Resource(resource)),
            Put::new("app", Spec::Account(account)),
            Put::new("short", Spec::Profile(profile)),
            Put::new("everybody", Spec::AccessRule(rule)),
        ])
        .await;
    }

    /// Gives all sessions, newest first.
    pub async fn sessions(&self) -> Vec<SessionRow> {
        let query = SessionQuery {
            now: Micros::now(),
            ..SessionQuery::default()
        };
        self.store.list(&query, &Scope::All).await.unwrap().rows
    }

    /// Waits until the newest session is as wished, and gives it with its connections.
    pub async fn newest(&self, what: &str, wished: impl Fn(&SessionRow) -> bool) -> SessionRow {
        let mut changed = self.store.audit_changed();
        let wait = async {
            loop {
                changed.borrow_and_update();
                if let Some(row) = self.sessions().await.into_iter().next() {
                    let row = self.session(row.session.id).await;
                    if wished(&row) {
                        return row;
                    }
                }
                // Facets of recordings change without an audit event: look now and then as well.
                let _changed = tokio::time::timeout(Duration::from_millis(50), changed.changed()).await;
            }
        };
        let Ok(row) = tokio::time::timeout(PATIENCE, wait).await else {
            panic!(
                "waited in vain for {what}; there are {:#?}",
                self.sessions().await
            )
        };
        row
    }

    /// Waits until the newest session is in a state.
    pub async fn in_state(&self, state: State) -> SessionRow {
        self.newest(state.word(), |row| row.life.state == state).await
    }

    /// Waits until the newest session has ended and its recording can be played.
    pub async fn ended(&self) -> SessionRow {
        use domain::recording::RecordingState;
        self.newest("an ended session with its recording", |row| {
            let kept = |state| matches!(state, RecordingState::Available | RecordingState::Failed);
            row.life.state.is_terminal() && row.connections.iter().all(|one| kept(one.connection.recording))
        })
        .await
    }

    /// Gives one session.
    pub async fn session(&self, id: SessionId) -> SessionRow {
        self.store.session(id, Micros::now()).await.unwrap().unwrap()
    }

    /// Lets an administrator order something.
    pub async fn order(&self, session: SessionId, event: Event) {
        let cause = Cause::new(Micros::now(), Actor::user("root"));
        self.engine.order(session, event, cause, None).await.unwrap();
    }

    /// Terminates a session.
    pub async fn terminate(&self, session: SessionId) {
        self.order(
            session,
            Event::Terminate(EndReason::AdminTerminate, "enough".to_owned()),
        )
        .await;
    }

    /// Locks a session.
    pub async fn lock(&self, session: SessionId) {
        let order = LockOrder {
            title: "hold on".to_owned(),
            ..LockOrder::default()
        };
        self.order(session, Event::Lock(order)).await;
    }

    /// Names the user of a session.
    pub fn named(row: &SessionRow) -> Named {
        row.session.user.clone()
    }

    /// Reads the recording of a session's first connection, and checks it.
    pub async fn recording(&self, row: &SessionRow) -> Recording {
        Recording::read(self, row).await
    }

    /// Lists audit events of a kind, newest first.
    pub async fn audited(&self, kind: &str) -> Vec<AuditEvent> {
        let query = AuditQuery {
            kinds: vec![kind.to_owned()],
            ..AuditQuery::default()
        };
        self.store
            .audit(&query)
            .await
            .unwrap()
            .rows
            .into_iter()
            .map(|row| row.event)
            .collect()
    }
}
