//! One caller: the phases of [`engine::Visit`] put together from the parts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::stop::{EndReason, FailureStage, Stop};
use engine::protocol::{Answer, Arrival, Claim, Lobby, Notice, Offer, Question, Stream, Way};
use engine::{Tap, Visit};

use crate::caller::Caller;
use crate::keys::SshKeys;
use crate::link::Link;
use crate::lobby::LobbyServer;
use crate::relay::Relay;
use crate::target;
use crate::wire::{DisconnectReason, Transport};
use engine::LoginName;

/// How long last words may take to be written, and how long the peer may take to read them.
const LAST_WORDS: Duration = Duration::from_millis(300);
const LAST_READ: Duration = Duration::from_millis(100);

/// A caller's connection.
pub(crate) struct SshVisit {
    keys: Arc<SshKeys>,
    arrival: Arrival,
    stage: Stage,
}

/// How far it has come.
enum Stage {
    /// Nothing was read or written.
    New(Stream),
    /// The client signs in.
    Login(Box<Caller>),
    /// Both logins are over.
    Ready(Box<(Link, Link)>),
    /// Bytes go both ways.
    Relay(Box<Relay>),
    /// No resource was named.
    Lobby(Box<LobbyServer>),
    /// It is closed.
    Gone,
}

impl SshVisit {
    pub(crate) fn new(keys: Arc<SshKeys>, stream: Stream, arrival: Arrival) -> Self {
        Self {
            keys,
            arrival,
            stage: Stage::New(stream),
        }
    }

    fn caller(&mut self) -> Result<&mut Caller, Stop> {
        match &mut self.stage {
            Stage::Login(caller) => Ok(caller),
            _ => Err(out_of_order()),
        }
    }
}

fn out_of_order() -> Stop {
    Stop::failed(
        EndReason::ProtocolError,
        FailureStage::Runtime,
        "the login was asked for out of its order",
    )
}

#[async_trait]
impl Visit for SshVisit {
    async fn claim(&mut self) -> Result<Claim, Stop> {
        let Stage::New(stream) = std::mem::replace(&mut self.stage, Stage::Gone) else {
            return Err(out_of_order());
        };
        let config = match &self.arrival.carried {
            None => self.keys.outer(),
            Some(carried) => self.keys.inner(&carried.resource)?,
        };
        let transport = Transport::server(config, Instant::now()).map_err(|error| {
            Stop::failed(
                EndReason::ProtocolError,
                FailureStage::Connect,
                format!("host key of the gateway: {error}"),
            )
        })?;
        let authority = self.keys.authority(self.arrival.peer.ip());
        let carried = self.arrival.carried.is_some();
        let caller = Caller::new(Link::new(transport, stream), carried, authority);
        self.stage = Stage::Login(Box::new(caller));
        let caller = self.caller()?;
        let (name, offer) = caller.claim().await?;
        let client_version = caller.link.transport.peer_version().to_owned();
        if let Some(carried) = &self.arrival.carried {
            return Ok(Claim {
                user: carried.person.name.clone(),
                resource: Some(carried.resource.clone()),
                account: LoginName::account_wish(&name),
                offer: Offer::Carried,
                client_version,
            });
        }
        let LoginName {
            user,
            resource,
            account,
        } = LoginName::parse(&name);
        Ok(Claim {
            user,
            resource,
            account,
            offer,
            client_version,
        })
    }

    async fn ask(&mut self, question: &Question<'_>) -> Result<Option<Answer>, Stop> {
        self.caller()?.ask(question).await
    }

    async fn tell(&mut self, notice: &Notice) -> Result<(), Stop> {
        match &mut self.stage {
            Stage::Login(caller) => caller.banner(&notice.text()).await,
            _ => Ok(()),
        }
    }

    async fn idle(&mut self) -> Stop {
        match self.caller() {
            Ok(caller) => caller.idle().await,
            Err(stop) => stop,
        }
    }

    async fn connect(&mut self, way: &Way) -> Result<(), Stop> {
        let identification = self.keys.identification().to_owned();
        let caller = self.caller()?;
        let target = target::connect(way, &identification, Some(caller)).await?;
        caller.succeed().await?;
        if let Stage::Login(caller) = std::mem::replace(&mut self.stage, Stage::Gone) {
            self.stage = Stage::Ready(Box::new((caller.link, target)));
        }
        Ok(())
    }

    async fn relay(&mut self, tap: &Tap) -> Stop {
        match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Ready(links) => {
                let (client, target) = *links;
                self.stage = Stage::Relay(Box::new(Relay::new(client, target)));
            }
            other => self.stage = other,
        }
        match &mut self.stage {
            Stage::Relay(relay) => relay.run(tap).await,
            _ => out_of_order(),
        }
    }

    async fn lobby(&mut self, lobby: &dyn Lobby) -> Stop {
        match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Login(mut caller) => {
                let entered = caller.succeed().await;
                let server = LobbyServer::new(caller.link, self.keys.address());
                self.stage = Stage::Lobby(Box::new(server));
                if let Err(stop) = entered {
                    return stop;
                }
            }
            other => self.stage = other,
        }
        match &mut self.stage {
            Stage::Lobby(server) => server.run(lobby).await,
            _ => out_of_order(),
        }
    }

    async fn farewell(&mut self, stop: &Stop) {
        // Taken out, so that both sockets close even when this is cut short.
        match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Login(mut caller) => {
                let text = format!("*** {} ***", stop.to_caller());
                if !caller.is_in() && stop.reason != EndReason::UserDisconnect {
                    let told = tokio::time::timeout(LAST_WORDS, caller.banner(&text)).await;
                    tracing::trace!(?told, "last banner");
                }
                goodbye(&mut caller.link, stop).await;
            }
            Stage::Ready(mut links) => {
                let (client, target) = &mut *links;
                let left = Stop::new(EndReason::UserDisconnect);
                tokio::join!(goodbye(client, stop), goodbye(target, &left));
            }
            Stage::Relay(mut relay) => relay.farewell(stop).await,
            Stage::Lobby(mut server) => goodbye(server.link(), stop).await,
            Stage::New(_) | Stage::Gone => {}
        }
    }
}

async fn goodbye(link: &mut Link, stop: &Stop) {
    link.transport
        .disconnect(DisconnectReason::BY_APPLICATION, &stop.to_caller());
    hang_up(link).await;
}

/// Writes what waits and closes, within a moment.
pub(crate) async fn hang_up(link: &mut Link) {
    let written = tokio::time::timeout(LAST_WORDS, async {
        link.flush().await?;
        link.shutdown().await?;
        Ok::<_, crate::link::LinkError>(())
    });
    if matches!(written.await, Ok(Ok(()))) {
        let read = tokio::time::timeout(LAST_READ, link.linger()).await;
        tracing::trace!(?read, "the peer has closed");
    }
}
