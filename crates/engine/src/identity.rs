//! Knowing the far end by its key: the keys that a resource lists, else the key of its first use.

use std::net::SocketAddr;

use async_trait::async_trait;
use domain::{
    ConnectionId, Micros,
    audit::{Actor, AuditEvent},
    policy::Grant,
    session::Session,
    stop::{EndReason, FailureStage, Stop},
};
use store::{Cause, HostKey, HostKeyMatch, Store};

use crate::{protocol::Identity, run::unstored};

/// The option of a resource that lists its keys: strings of the form `algorithm base64 [comment]`.
const OPTION: &str = "host_keys";

/// Knows the far end of one session.
pub(crate) struct PinnedKeys {
    store: Store,
    session: Session,
    listed: Option<Vec<(String, Vec<u8>)>>,
    /// The connection whose origin is taken down.
    connection: Option<ConnectionId>,
}

impl PinnedKeys {
    /// Reads the keys that the resource lists. A list that cannot be read trusts nobody.
    pub(crate) fn new(store: Store, session: Session, grant: &Grant) -> Self {
        let listed = grant.target.options.get(OPTION).map(|list| {
            let lines = list
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|line| line.as_str());
            lines.filter_map(read_line).collect()
        });
        Self {
            store,
            session,
            listed,
            connection: None,
        }
    }

    /// Takes down from where a connection comes to the resource.
    pub(crate) fn noting(mut self, connection: ConnectionId) -> Self {
        self.connection = Some(connection);
        self
    }

    fn refused(detail: String) -> Stop {
        Stop::failed(EndReason::AuthFailed, FailureStage::Connect, detail)
    }

    async fn audit_refusal(&self, algorithm: &str, why: &str) {
        let event = AuditEvent::new(Micros::now(), "host_key.refused", Actor::system("host keys"))
            .on(self.session.id)
            .about(format!("resource/{}", self.session.resource.name))
            .with_detail(serde_json::json!({ "algorithm": algorithm, "reason": why }));
        if let Err(error) = self.store.audit_append(event).await {
            tracing::error!(%error, "a refused host key could not be audited");
        }
    }
}

/// Reads `algorithm base64 [comment]`.
fn read_line(line: &str) -> Option<(String, Vec<u8>)> {
    let mut words = line.split_whitespace();
    let algorithm = words.next()?;
    let key = vault::ssh_keys::PublicKeyLine::parse(line).ok()?;
    Some((algorithm.to_owned(), key.blob().to_vec()))
}

#[async_trait]
impl Identity for PinnedKeys {
    async fn accept(&self, algorithm: &str, key: &[u8]) -> Result<(), Stop> {
        if let Some(listed) = &self.listed {
            if listed.iter().any(|(_, known)| known == key) {
                return Ok(());
            }
            let why = format!("the resource's {algorithm} host key is none of those that it lists");
            self.audit_refusal(algorithm, &why).await;
            return Err(Self::refused(why));
        }
        let now = Micros::now();
        let seen = HostKey {
            resource: self.session.resource.id,
            algorithm: algorithm.to_owned(),
            key: key.to_vec(),
            first_seen: now,
            pinned_by: "first use".to_owned(),
        };
        let cause = Cause::new(now, Actor::system("host keys"))
            .with_detail(serde_json::json!({ "session_id": self.session.id, "algorithm": algorithm }));
        match self.store.trust_on_first_use(seen, cause).await {
            Ok(HostKeyMatch::Known | HostKeyMatch::Pinned) => Ok(()),
            Ok(HostKeyMatch::Differs(_)) => {
                let why = format!(
                    "the resource's {algorithm} host key differs from the one pinned at its first use"
                );
                self.audit_refusal(algorithm, &why).await;
                Err(Self::refused(why))
            }
            // Fail closed: who cannot be looked up is not trusted.
            Err(error) => Err(Self::refused(format!(
                "the pinned host keys could not be read: {error}"
            ))),
        }
    }

    async fn came_from(&self, from: SocketAddr) -> Result<(), Stop> {
        let Some(connection) = self.connection else {
            return Ok(());
        };
        let noted = self.store.note_upstream(connection, from.to_string()).await;
        noted.map_err(|error| unstored(&error))
    }

    async fn known_algorithms(&self) -> Vec<String> {
        if let Some(listed) = &self.listed {
            return listed.iter().map(|(algorithm, _)| algorithm.clone()).collect();
        }
        match self.store.host_keys(self.session.resource.id).await {
            Ok(keys) => keys.into_iter().map(|key| key.algorithm).collect(),
            Err(error) => {
                tracing::warn!(%error, "the pinned host keys could not be listed");
                Vec::new()
            }
        }
    }
}
