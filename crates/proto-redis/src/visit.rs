//! One caller: the phases of [`engine::Visit`] put together from the parts.

use std::sync::Arc;

use async_trait::async_trait;
use domain::stop::{EndReason, Stop};
use engine::{Answer, Arrival, Claim, Notice, Offer, Question, Stream, Tap, Visit, Way};
use proto_database::{Relay, claim, fault::left, may_query, out_of_order, relay::LAST_WORDS};
use tokio::{io::AsyncWriteExt as _, time::timeout};

use crate::{
    caller::Caller,
    dialogue::{Dialogue, Own, code},
    target,
    wire::error,
};

/// See the module.
pub(crate) struct RedisVisit {
    tls: Option<Arc<rustls::ServerConfig>>,
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
}

impl RedisVisit {
    pub(crate) fn new(tls: Option<Arc<rustls::ServerConfig>>, stream: Stream, arrival: Arrival) -> Self {
        Self {
            tls,
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
impl Visit for RedisVisit {
    async fn claim(&mut self) -> Result<Claim, Stop> {
        let Stage::New(stream) = std::mem::replace(&mut self.stage, Stage::Gone) else {
            return Err(out_of_order());
        };
        let caller = Caller::welcome(stream, &self.arrival, self.tls.as_ref()).await?;
        let program = caller
            .login
            .hello
            .as_ref()
            .and_then(|hello| hello.name.as_deref());
        let program = String::from_utf8_lossy(program.unwrap_or_default()).into_owned();
        let name = caller.name.clone();
        self.stage = Stage::Login(Box::new(caller));
        Ok(claim(&self.arrival, name, program))
    }

    async fn ask(&mut self, question: &Question<'_>) -> Result<Option<Answer>, Stop> {
        match question {
            Question::Another { password: true, .. } => {
                let password = self.caller()?.password().await?;
                Ok(password.map(|password| Answer::Offer(Offer::Password(password))))
            }
            // Clients of this protocol send their password.
            Question::Challenge(verifiers) => {
                let password = self.caller()?.password().await?;
                let right = password.is_some_and(|password| verifiers.accepts(password.expose()));
                Ok(Some(Answer::Offer(Offer::Answered { right })))
            }
            _ => Ok(None),
        }
    }

    /// There is no message for that.
    async fn tell(&mut self, _notice: &Notice) -> Result<(), Stop> {
        Ok(())
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
        let target = target::connect(way, caller.login.hello.as_ref()).await?;
        let caller = self.caller()?;
        if caller.login.credentials.is_some() {
            caller.say(&target.welcome).await?;
        }
        if let Stage::Login(caller) = std::mem::replace(&mut self.stage, Stage::Gone) {
            let own = Own {
                login: target.login,
                credentials: caller.login.credentials,
            };
            let dialogue = Dialogue::new(&way.grant.profile.statements, own, target.resp3);
            self.stage = Stage::Relay(Box::new(Riding {
                relay: Relay::new(caller.link, target.link, dialogue),
                database: target.database.to_string(),
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
                    let words = error(code(stop.reason), &format!("doorward: {}", stop.to_caller()));
                    let _heard = timeout(LAST_WORDS, caller.link.write(&words)).await;
                }
                let _closed = timeout(LAST_WORDS, caller.link.stream.shutdown()).await;
            }
            // What waits at the server ends with its connection.
            Stage::Relay(mut riding) => riding.relay.leave(stop).await,
            Stage::New(_) | Stage::Gone => {}
        }
    }
}
