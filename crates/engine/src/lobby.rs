//! Serves callers who named no resource: shows what there is, and carries them on.

use std::{net::SocketAddr, sync::Arc};

use async_trait::async_trait;
use domain::{
    person::Person,
    policy,
    session::ClientInterface,
    stop::{EndReason, Stop},
};

use crate::{
    engine::Engine,
    protocol::{Arrival, Carried, Lobby, LobbyResource, Protocol, Stream},
};

impl Engine {
    /// Carries a stream of somebody who is signed in to a resource, as a visit of the resource's protocol; returns when it has ended.
    /// A name that no protocol knows closes the stream.
    pub async fn carry(
        self: &Arc<Self>,
        person: Person,
        resource: &str,
        peer: SocketAddr,
        interface: ClientInterface,
        stream: Stream,
    ) {
        let Some(protocol) = self.protocol_of(resource) else {
            return;
        };
        let carried = Carried {
            person,
            resource: resource.to_owned(),
            reporter: None,
            rerun_of: None,
            verb: None,
        };
        let arrival = Arrival {
            peer,
            interface,
            carried: None,
        };
        self.carry_by(protocol, carried, &arrival, stream).await;
    }

    pub(crate) fn protocol_of(&self, resource: &str) -> Option<Arc<dyn Protocol>> {
        let directory = self.directory();
        let known = directory.resources.get(resource)?;
        self.protocol(&known.spec.protocol).cloned()
    }

    async fn carry_by(
        self: &Arc<Self>,
        protocol: Arc<dyn Protocol>,
        carried: Carried,
        outer: &Arrival,
        stream: Stream,
    ) {
        let arrival = Arrival {
            carried: Some(carried),
            ..outer.clone()
        };
        // A task of its own: when the outer connection goes, this one sees the end of its stream and ends like any other, with all
        // that is owed to its session. Dropped halfway it would leave that to the reaper.
        let engine = Arc::clone(self);
        let visit = self
            .visits
            .spawn(async move { engine.welcome(stream, arrival, protocol).await });
        if let Err(error) = visit.await {
            tracing::error!(%error, "a carried visit failed");
        }
    }
}

/// The lobby of one caller.
pub(crate) struct Foyer {
    pub(crate) engine: Arc<Engine>,
    pub(crate) person: Person,
    pub(crate) arrival: Arrival,
    /// The protocol that the caller came by: it refuses what no protocol knows.
    pub(crate) outer: Arc<dyn Protocol>,
}

#[async_trait]
impl Lobby for Foyer {
    fn person(&self) -> &Person {
        &self.person
    }

    fn resources(&self) -> Vec<LobbyResource> {
        let directory = self.engine.directory();
        let reachable = directory.reachable(&self.person);
        let named = reachable.into_iter().filter_map(|name| {
            let resource = &directory.resources.get(&name)?.spec;
            Some(LobbyResource {
                protocol: resource.protocol.clone(),
                description: resource.description.clone(),
                name,
            })
        });
        named.collect()
    }

    async fn carry(&self, resource: &str, stream: Stream) {
        let carried = Carried {
            person: self.person.clone(),
            resource: resource.to_owned(),
            reporter: None,
            rerun_of: None,
            verb: None,
        };
        let protocol = self
            .engine
            .protocol_of(resource)
            .unwrap_or_else(|| Arc::clone(&self.outer));
        self.engine
            .carry_by(protocol, carried, &self.arrival, stream)
            .await;
    }

    fn may_reach(&self, resource: &str) -> bool {
        let directory = self.engine.directory();
        // Asked anew each time: groups and rules may have changed since the caller came.
        let person = directory.person_by_id(self.person.id);
        person.is_some_and(|person| policy::decide(&directory, &person, resource, None).is_ok())
    }

    async fn closed(&self) -> Stop {
        let mut changed = self.engine.store().directory_changed();
        loop {
            let directory = self.engine.directory();
            if directory.person_by_id(self.person.id).is_none() {
                return Stop::new(EndReason::AccessRevoked);
            }
            tokio::select! {
                stop = self.engine.drained() => return stop,
                changed = changed.changed() => {
                    if changed.is_err() {
                        return Stop::new(EndReason::GatewayShutdown);
                    }
                    // The snapshot is read by another task; read it here too, so that this one cannot look too early.
                    if let Err(error) = self.engine.refresh_directory().await {
                        tracing::error!(%error, "the declared objects could not be read");
                    }
                }
            }
        }
    }
}
