//! A gateway in a temporary folder, with a host behind it and clients before it.

mod host;
mod programs;
mod taped;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use domain::Micros;
use domain::audit::Actor;
use domain::object::{
    AccessRule, Account, Capability, Profile, Resource, Secret, SecretForm, SecretText, Selector, Spec, User,
};
use domain::session::{ClientInterface, Event};
use engine::playback::Played;
use engine::{Arrival, Config, Door, DoorConfig, Engine, Protocol};
use proto_ssh::wire::Limits;
use proto_ssh::{HostKey, SigningKey, Ssh, SshKeys};
use store::{
    Cause, ContentKey, Options, PasswordHash, Put, Scope, Sealed, SealedSecret, SessionQuery, SessionRow,
    Store,
};
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use vault::{HostKeys, MasterSource, Vault};

pub(crate) use host::Host;
use host::start_host;
use programs::{PATIENCE, generate};
pub(crate) use programs::{errors, finish, text};
pub(crate) use taped::Taped;

/// How a house is built.
pub(crate) struct Plan {
    /// What the profile allows.
    pub(crate) allow: Vec<Capability>,
    /// More for the profile.
    pub(crate) profile: Profile,
    /// The host behind the gateway.
    pub(crate) host: Host,
    /// Lines added to the host's configuration.
    pub(crate) host_config: String,
    /// The port of the resource, when it is not that of the host.
    pub(crate) port: Option<u16>,
    /// Options of the resource.
    pub(crate) options: serde_json::Value,
    /// The account's secret; [`None`] for what the user supplies.
    pub(crate) secret: Option<(SecretForm, String)>,
    /// The login on the resource; the user of this process when empty.
    pub(crate) login: String,
    /// What each connection to the host waits for.
    pub(crate) door: Option<Arc<Semaphore>>,
    /// When the gateway wants new keys of clients.
    pub(crate) limits: Limits,
}

/// Everything that a profile can allow.
pub(crate) const EVERYTHING: [Capability; 10] = [
    Capability::Shell,
    Capability::Exec,
    Capability::Subsystem,
    Capability::FileUpload,
    Capability::FileDownload,
    Capability::ForwardLocal,
    Capability::ForwardRemote,
    Capability::ForwardAgent,
    Capability::ForwardX11,
    Capability::Stream,
];

impl Default for Plan {
    fn default() -> Self {
        Self {
            allow: EVERYTHING.to_vec(),
            profile: Profile::default(),
            host: Host::Sshd,
            host_config: String::new(),
            port: None,
            options: serde_json::json!({}),
            secret: None,
            login: String::new(),
            door: None,
            limits: Limits {
                held: 8 << 20,
                ..Limits::default()
            },
        }
    }
}

impl Plan {
    /// Allows everything but some.
    pub(crate) fn without(refused: &[Capability]) -> Self {
        let allow = EVERYTHING
            .into_iter()
            .filter(|one| !refused.contains(one))
            .collect();
        Self {
            allow,
            ..Self::default()
        }
    }
}

/// A running gateway.
pub(crate) struct House {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) engine: Arc<Engine>,
    pub(crate) port: u16,
    pub(crate) host: Host,
    pub(crate) host_port: u16,
    stop: CancellationToken,
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::build(Plan::default()).await
    }

    pub(crate) async fn build(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["client", "account", "host"] {
            generate(&folder.path().join(name)).await;
        }
        let host_port = match plan.port {
            Some(port) => port,
            None => start_host(folder.path(), plan.host, &plan.host_config, plan.door.clone()).await,
        };
        let vault = Vault::open(&folder.path().join("keys"), &MasterSource::Own, HostKeys::Ed25519).unwrap();
        let vault = Arc::new(vault);
        let options = Options::new(ContentKey::new(vault.content_key()));
        let url = format!("sqlite://{}", folder.path().join("meta.db").display());
        let store = Store::open(&url, options).await.unwrap();
        declare(&store, &vault, folder.path(), host_port, &plan).await;
        let mut config = Config::new("node", folder.path());
        config.limits.grace = Duration::from_secs(1);
        let ssh: Arc<dyn Protocol> = Arc::new(Ssh::new(ssh_keys(&vault, plan.limits)));
        let engine = Engine::start(config, store, vault, vec![Arc::clone(&ssh)])
            .await
            .unwrap();
        let door = Door::bind("127.0.0.1:0".parse().unwrap(), DoorConfig::default())
            .await
            .unwrap();
        let port = door.address().unwrap().port();
        let stop = CancellationToken::new();
        let welcoming = Arc::clone(&engine);
        tokio::spawn(door.serve(stop.clone(), move |socket, peer| {
            let (engine, ssh) = (Arc::clone(&welcoming), Arc::clone(&ssh));
            async move {
                let arrival = Arrival {
                    peer,
                    interface: ClientInterface::Cli,
                    carried: None,
                };
                engine.welcome(Box::new(socket), arrival, ssh).await;
            }
        }));
        let house = Self {
            folder,
            engine,
            port,
            host: plan.host,
            host_port,
            stop,
        };
        house.write_client_config();
        house
    }

    fn write_client_config(&self) {
        let (path, port, host_port) = (self.folder.path().display(), self.port, self.host_port);
        let text = format!(
            "Host *\n  HostName 127.0.0.1\n  StrictHostKeyChecking no\n  UserKnownHostsFile {path}/known\n  LogLevel ERROR\n  \
             IdentityFile {path}/client\n  IdentitiesOnly yes\n  ControlPath none\n  BatchMode yes\n\
             Host direct\n  Port {host_port}\n  User {}\n  IdentityFile {path}/account\n\
             Host gw\n  Port {port}\n  User alice%web1\nHost lobby\n  Port {port}\n  User alice\n",
            whoami()
        );
        std::fs::write(self.path("config"), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Makes a program that speaks SSH, with the house's configuration.
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.arg("-F").arg(self.path("config")).kill_on_drop(true);
        command
    }

    /// Runs a program of OpenSSH to its end.
    pub(crate) async fn run<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
        &self,
        program: &str,
        arguments: I,
    ) -> Output {
        let mut command = self.program(program);
        command.args(arguments);
        finish(command, b"").await
    }

    /// Runs `ssh`.
    pub(crate) async fn ssh<const N: usize>(&self, arguments: [&str; N]) -> Output {
        self.run("ssh", arguments).await
    }

    /// Runs `ssh` with input.
    pub(crate) async fn ssh_with<const N: usize>(&self, arguments: [&str; N], input: &[u8]) -> Output {
        let mut command = self.program("ssh");
        command.args(arguments);
        finish(command, input).await
    }

    /// Waits until every session is over, and gives them, oldest first.
    pub(crate) async fn sessions(&self) -> Vec<SessionRow> {
        self.sessions_when(|rows| rows.iter().all(|row| row.life.state.is_terminal()))
            .await
    }

    /// Waits until the sessions are as wanted.
    pub(crate) async fn sessions_when(&self, wanted: impl Fn(&[SessionRow]) -> bool) -> Vec<SessionRow> {
        let mut changed = self.engine.store().audit_changed();
        let look = async {
            loop {
                let query = SessionQuery {
                    now: Micros::now(),
                    limit: 1000,
                    ..SessionQuery::default()
                };
                let mut rows = self.engine.store().list(&query, &Scope::All).await.unwrap().rows;
                rows.reverse();
                if wanted(&rows) {
                    return rows;
                }
                changed.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, look)
            .await
            .expect("the sessions do not become as they should")
    }

    /// Lets an administrator order something of a session.
    pub(crate) async fn order(&self, row: &SessionRow, event: Event) {
        self.engine
            .order(row.session.id, event, cause(), None)
            .await
            .unwrap();
    }

    /// Waits until all sessions are over and reads the tapes of the last one.
    pub(crate) async fn tape(&self) -> Taped {
        let rows = self.sessions().await;
        self.tape_of(rows.last().expect("a session")).await
    }

    pub(crate) async fn tape_of(&self, row: &SessionRow) -> Taped {
        let mut taped = Taped::default();
        for row in self.engine.store().connections(row.session.id).await.unwrap() {
            let mut reader = self.engine.playback().open(row.connection.id, "").await.unwrap();
            while let Played::Records(mut records) = reader.next().await.unwrap() {
                taped.records.append(&mut records);
            }
        }
        taped
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub(crate) fn cause() -> Cause {
    Cause::new(Micros::now(), Actor::user("admin"))
}

pub(crate) fn whoami() -> String {
    let output = std::process::Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Gives bytes that no compressor can shorten, the same every time.
pub(crate) fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut bytes = Vec::with_capacity(count + 8);
    while bytes.len() < count {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(count);
    bytes
}

/// Declares who may do what.
async fn declare(store: &Store, vault: &Vault, folder: &Path, port: u16, plan: &Plan) {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let hash = vault::Passwords::with_cost(1024, 1)
        .unwrap()
        .hash("open sesame")
        .unwrap();
    let user = User {
        ssh_keys: vec![read("client.pub")],
        ..User::default()
    };
    let mut puts = vec![
        Put::new("alice", Spec::User(user)).with_sealed(Sealed::Password(PasswordHash(hash.clone()))),
        Put::new("mallory", Spec::User(User::default())).with_sealed(Sealed::Password(PasswordHash(hash))),
    ];
    let everything = Selector {
        names: vec!["*".into()],
        ..Selector::default()
    };
    let secret = match &plan.secret {
        Some((form, value)) => Some((*form, value.clone())),
        None if plan.login.is_empty() => Some((SecretForm::PrivateKey, read("account"))),
        None => None,
    };
    if let Some((form, value)) = &secret {
        let sealed = vault
            .seal_secret("key", &SecretText::new(value.as_str()))
            .unwrap();
        let spec = Spec::Secret(Secret {
            form: *form,
            ..Secret::default()
        });
        puts.push(Put::new("key", spec).with_sealed(Sealed::Secret(SealedSecret(sealed))));
    }
    let login = if plan.login.is_empty() {
        whoami()
    } else {
        plan.login.clone()
    };
    let account = Account {
        login,
        resources: everything.clone(),
        secret: secret.map(|_| "key".to_owned()),
    };
    let resource = Resource {
        protocol: "ssh".into(),
        host: "127.0.0.1".into(),
        port: Some(port),
        labels: std::collections::BTreeMap::default(),
        description: "a host".into(),
        options: plan.options.as_object().unwrap().clone(),
    };
    let profile = Profile {
        allow: plan.allow.clone(),
        ..plan.profile.clone()
    };
    let rule = AccessRule {
        users: vec!["alice".into()],
        resources: everything,
        accounts: vec!["me".into()],
        profile: Some("p".into()),
        ..AccessRule::default()
    };
    puts.extend([
        Put::new("me", Spec::Account(account)),
        Put::new("web1", Spec::Resource(resource)),
        Put::new("p", Spec::Profile(profile)),
        Put::new("r", Spec::AccessRule(rule)),
    ]);
    store.apply(puts, cause()).await.unwrap();
}

fn ssh_keys(vault: &Arc<Vault>, limits: Limits) -> SshKeys {
    let own = SigningKey::from_private_key(&vault.ssh_host_keys()[0]).unwrap();
    let vault = Arc::clone(vault);
    let inner = move |resource: &str| {
        let key = &vault.ssh_host_keys()[0];
        let now = Micros::now();
        let until = now.plus(domain::Span::secs(3600));
        let certificate = vault
            .issue_host_certificate(
                key.public_key().key_data(),
                &[resource.to_owned()],
                Micros(now.0 - 60_000_000),
                until,
            )
            .map_err(|error| error.to_string())?;
        let key = SigningKey::from_private_key(key).map_err(|error| error.to_string())?;
        Ok(HostKey {
            key,
            certificate: Some(certificate.blob().to_vec()),
        })
    };
    SshKeys::new(
        "test",
        vec![HostKey {
            key: own,
            certificate: None,
        }],
        inner,
    )
    .with_limits(limits)
}
