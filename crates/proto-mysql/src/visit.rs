//! One caller: the phases of [`engine::Visit`] put together from the parts.

use std::sync::Arc;

use async_trait::async_trait;
use domain::stop::{EndReason, Stop};
use engine::{Answer, Arrival, Claim, Notice, Offer, Question, Stream, Tap, Visit, Way};
use proto_database::{
    Relay, claim,
    fault::{left, refused},
    may_query, out_of_order,
    relay::{LAST_WORDS, is_over},
};
use tokio::{io::AsyncWriteExt as _, time::timeout};

use crate::{
    Shared,
    caller::Caller,
    dialogue::{Dialogue, code},
    faces::User,
    ledger::Ledger,
    link::Packets as _,
    target::{Account, Wish, differs},
    threads::Thread,
    wire::Fault,
};

/// See the module.
pub(crate) struct MysqlVisit {
    shared: Arc<Shared>,
    arrival: Arrival,
    stage: Stage,
    /// What the server said when it did not let us in.
    fault: Option<Fault>,
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
    account: Arc<Account>,
    /// The number of the connection at the server.
    at_server: u32,
    /// The number that the client was given.
    _thread: Thread,
}

impl MysqlVisit {
    pub(crate) fn new(shared: Arc<Shared>, stream: Stream, arrival: Arrival) -> Self {
        Self {
            shared,
            arrival,
            stage: Stage::New(stream),
            fault: None,
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
impl Visit for MysqlVisit {
    async fn claim(&mut self) -> Result<Claim, Stop> {
        let Stage::New(stream) = std::mem::replace(&mut self.stage, Stage::Gone) else {
            return Err(out_of_order());
        };
        let caller = Caller::welcome(stream, &self.arrival, &self.shared).await?;
        let said = |name| caller.response.attribute(name).unwrap_or_default();
        let program = [
            said("program_name"),
            said("_client_name"),
            said("_client_version"),
        ];
        let program: Vec<_> = program.into_iter().filter(|word| !word.is_empty()).collect();
        let name = caller.name.clone();
        self.stage = Stage::Login(Box::new(caller));
        Ok(claim(&self.arrival, name, program.join(" ")))
    }

    async fn ask(&mut self, question: &Question<'_>) -> Result<Option<Answer>, Stop> {
        match question {
            Question::Another { password: true, .. } => {
                let shared = Arc::clone(&self.shared);
                let password = self.caller()?.password(&shared).await?;
                Ok(password.map(|password| Answer::Offer(Offer::Password(password))))
            }
            Question::Challenge(verifiers) => {
                let (sha1, sha256) = (verifiers.sha1_twice, verifiers.sha256_twice);
                let right = self.caller()?.prove(&sha1, &sha256).await?;
                Ok(Some(Answer::Offer(Offer::Answered { right })))
            }
            // A login has one question.
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
        let account = Arc::new(Account::new(way)?);
        let shared = Arc::clone(&self.shared);
        let caller = self.caller()?;
        let own = Some(account.options.database.as_str()).filter(|name| !name.is_empty());
        let wish = Wish {
            response: &caller.response,
            database: caller.database().or(own),
        };
        let database = wish.database.unwrap_or_default().to_owned();
        let mut users = caller.users.clone();
        users.extend(caller.name.resource.clone().map(User::Resource));
        let seen = |face| {
            shared.faces.remember(&users, &face);
            if differs(&face, &caller.response) {
                let words = "this server is older than the gateway has told the client; it is known now: connect again";
                return Err(refused(words).with_message(words));
            }
            Ok(())
        };
        let target = match account.connect(wish, seen).await {
            Ok(target) => target,
            Err(refusal) => {
                self.fault = refusal.fault;
                return Err(refusal.stop);
            }
        };
        let caller = self.caller()?;
        caller
            .thread
            .stands_for(account.server(), target.thread, Arc::downgrade(&account));
        let next = caller.next();
        let told = caller.link.send(next, &target.welcome).await;
        told.map_err(|error| left(&error))?;
        let ledger = Ledger::new(
            target.capabilities,
            target.extended,
            Arc::clone(&self.shared.threads),
            account.server(),
            &way.grant.profile.statements,
        );
        if let Stage::Login(caller) = std::mem::replace(&mut self.stage, Stage::Gone) {
            self.stage = Stage::Relay(Box::new(Riding {
                relay: Relay::new(caller.link, target.link, Dialogue::new(ledger))
                    .interrupted_by(Arc::clone(&caller.thread.interrupt)),
                database,
                account,
                at_server: target.thread,
                _thread: caller.thread,
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
                    let words = format!("doorward: {}", stop.to_caller());
                    let (code, state) = code(stop.reason);
                    // Clients know what to make of the server's own errors.
                    let (code, state, words) = match &self.fault {
                        Some(fault) => (fault.code, fault.state.as_str(), fault.message.as_str()),
                        None => (code, state, words.as_str()),
                    };
                    let said = caller.refuse((code, state), words);
                    let _heard = timeout(LAST_WORDS, said).await;
                }
                let _closed = timeout(LAST_WORDS, caller.link.stream.shutdown()).await;
            }
            Stage::Relay(mut riding) => {
                let busy = riding.relay.is_busy();
                riding.relay.leave(stop).await;
                // A statement outlives its connection until the server has something to say.
                if busy && !is_over(stop) {
                    let killed = timeout(4 * LAST_WORDS, riding.account.kill(riding.at_server)).await;
                    if let Ok(Err(stop)) = killed {
                        tracing::debug!(detail = stop.detail, "a statement could not be ended");
                    }
                }
            }
            Stage::New(_) | Stage::Gone => {}
        }
    }
}
