//! One caller: the phases of [`engine::Visit`] put together from the parts.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::BytesMut;
use domain::stop::{EndReason, Stop};
use engine::{Answer, Arrival, Claim, Notice, Offer, Question, Stream, Tap, Visit, Way};
use proto_database::{
    Relay, claim,
    fault::left,
    may_query, out_of_order,
    relay::{LAST_WORDS, is_over},
};
use tokio::{io::AsyncWriteExt as _, time::timeout};

use crate::{
    Shared,
    caller::{Caller, say_fatal},
    cancel::{Running, Ticket},
    dialogue::{Dialogue, code},
    target,
    wire::backend,
};

/// See the module.
pub(crate) struct PostgresVisit {
    shared: Arc<Shared>,
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
    Relay(Box<Riding>),
    /// It is closed.
    Gone,
}

/// A relay with what stands around it.
struct Riding {
    relay: Relay<Dialogue>,
    database: String,
    running: Arc<Running>,
    /// The key that the client can cancel with.
    _ticket: Ticket,
}

impl PostgresVisit {
    pub(crate) fn new(shared: Arc<Shared>, stream: Stream, arrival: Arrival) -> Self {
        Self {
            shared,
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

#[async_trait]
impl Visit for PostgresVisit {
    async fn claim(&mut self) -> Result<Claim, Stop> {
        let Stage::New(stream) = std::mem::replace(&mut self.stage, Stage::Gone) else {
            return Err(out_of_order());
        };
        let caller = Caller::welcome(stream, &self.arrival, &self.shared).await?;
        let client_version = caller
            .startup
            .get("application_name")
            .unwrap_or_default()
            .to_owned();
        let name = caller.name.clone();
        self.stage = Stage::Login(Box::new(caller));
        Ok(claim(&self.arrival, name, client_version))
    }

    async fn ask(&mut self, question: &Question<'_>) -> Result<Option<Answer>, Stop> {
        match question {
            Question::Another { password: true, .. } => {
                let password = self.caller()?.password().await?;
                Ok(password.map(|password| Answer::Offer(Offer::Password(password))))
            }
            Question::Challenge(verifiers) => {
                let right = self.caller()?.prove(&verifiers.scram).await?;
                Ok(Some(Answer::Offer(Offer::Answered { right })))
            }
            // Clients answer every question with the same password.
            _ => Ok(None),
        }
    }

    async fn tell(&mut self, notice: &Notice) -> Result<(), Stop> {
        let caller = self.caller()?;
        let mut out = BytesMut::new();
        // Clients take no notice before they know that their login is over.
        caller.let_in(&mut out);
        backend::notice(&mut out, &format!("doorward: {}", notice.text()));
        let told = caller.link.write(&out).await;
        told.map_err(|_gone| Stop::new(EndReason::UserDisconnect))
    }

    async fn idle(&mut self) -> Stop {
        match self.caller() {
            Ok(caller) => left(&caller.link.left().await),
            Err(stop) => stop,
        }
    }

    async fn connect(&mut self, way: &Way) -> Result<(), Stop> {
        may_query(way)?;
        let caller = self.caller()?;
        let target = target::connect(way, caller.database(), &caller.parameters()).await?;
        let ticket = self.shared.cancels.issue(Arc::clone(&target.running))?;
        let mut out = BytesMut::new();
        self.caller()?.let_in(&mut out);
        out.extend_from_slice(&target.settings);
        backend::key(&mut out, ticket.key.0, ticket.key.1);
        backend::ready(&mut out);
        let written = self.caller()?.link.write(&out).await;
        written.map_err(|_gone| Stop::new(EndReason::UserDisconnect))?;
        if let Stage::Login(caller) = std::mem::replace(&mut self.stage, Stage::Gone) {
            self.stage = Stage::Relay(Box::new(Riding {
                relay: Relay::new(
                    caller.link,
                    target.link,
                    Dialogue::new(&way.grant.profile.statements),
                )
                .interrupted_by(Arc::clone(&target.running.interrupt)),
                database: target.database,
                running: target.running,
                _ticket: ticket,
            }));
        }
        Ok(())
    }

    async fn relay(&mut self, tap: &Tap) -> Stop {
        match &mut self.stage {
            Stage::Relay(riding) => riding.relay.run(tap, &riding.database).await,
            _ => out_of_order(),
        }
    }

    async fn farewell(&mut self, stop: &Stop) {
        // Taken out, so that both sockets close even when this is cut short.
        match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Login(mut caller) => {
                if stop.reason != EndReason::UserDisconnect {
                    let code = code(stop.reason);
                    let words = stop.to_caller();
                    let said = say_fatal(&mut caller.link, code, &words, None);
                    let _heard = timeout(LAST_WORDS, said).await;
                }
                let _closed = timeout(LAST_WORDS, caller.link.stream.shutdown()).await;
            }
            Stage::Relay(mut riding) => {
                let busy = riding.relay.is_busy();
                riding.relay.leave(stop).await;
                // A statement outlives its connection until the server has something to say.
                if busy && !is_over(stop) {
                    let _asked = timeout(LAST_WORDS, riding.running.cancel()).await;
                }
            }
            Stage::New(_) | Stage::Gone => {}
        }
    }
}
