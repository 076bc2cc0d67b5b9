//! What the protocol of a connection can have done beside its bytes: reviewers are asked, and the verb of the session is taken down.

use std::{net::IpAddr, sync::Arc};

use domain::{Micros, audit::Actor, session::SessionVerb, stop::Stop};
use store::Cause;

use crate::{
    approvals::{Decision, Held, ToHold},
    engine::Engine,
    roster::Running,
    run::unstored,
    tap::{StrandKind, StrandOpen},
};

/// The engine, as a tap knows it.
pub(crate) struct Host {
    engine: Arc<Engine>,
    running: Arc<Running>,
    ip: IpAddr,
    /// The verb that is to be stored. Held by whoever stores it, so that the last one stays.
    verb: Arc<tokio::sync::Mutex<SessionVerb>>,
}

impl Host {
    pub(crate) fn new(engine: Arc<Engine>, running: Arc<Running>, ip: IpAddr) -> Self {
        Self {
            verb: Arc::new(tokio::sync::Mutex::new(running.session.verb)),
            engine,
            running,
            ip,
        }
    }

    fn cause(&self) -> Cause {
        Cause::new(Micros::now(), Actor::user(&self.running.session.user.name)).from_ip(self.ip.to_string())
    }

    /// See [`crate::Tap::hold`].
    pub(crate) async fn hold(&self, to_hold: ToHold) -> Result<Pending, Stop> {
        let held = self
            .engine
            .hold(&self.running.session, to_hold, self.cause())
            .await;
        let held = held.map_err(|error| unstored(&error))?;
        Ok(Pending {
            engine: Arc::clone(&self.engine),
            by: Actor::user(&self.running.session.user.name),
            held: Some(held),
        })
    }

    pub(crate) fn stay(&self) {
        self.running.traffic.touch();
    }

    /// Takes down what the session turns out to be, now that a strand opens: one command, as long as there is no second strand. Of
    /// statements it is known from the beginning.
    pub(crate) fn opens(&self, number: u32, strand: &StrandOpen) {
        match number {
            _ if strand.kind == StrandKind::Statements => {}
            1 if strand.verb != self.running.session.verb => self.turns_out(strand.verb),
            2 => self.turns_out(SessionVerb::Connect),
            _ => {}
        }
    }

    /// Bytes do not wait for it.
    fn turns_out(&self, verb: SessionVerb) {
        let (engine, session, cause) = (Arc::clone(&self.engine), self.running.session.id, self.cause());
        let known = Arc::clone(&self.verb);
        self.engine.look_after(async move {
            let mut known = known.lock().await;
            if *known == verb {
                return;
            }
            match engine.store().set_verb(session, verb, cause).await {
                Ok(()) => *known = verb,
                Err(error) => tracing::warn!(%session, %error, "the verb of a session could not be stored"),
            }
        });
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host")
            .field("session", &self.running.session.id)
            .finish_non_exhaustive()
    }
}

/// Something that waits for reviewers. Dropped undecided, it is withdrawn.
#[derive(Debug)]
pub struct Pending {
    engine: Arc<Engine>,
    by: Actor,
    held: Option<Held>,
}

impl Pending {
    /// Says to the caller in one line what waits, for whom, and where it is decided.
    #[must_use]
    pub fn to_caller(&self) -> String {
        let Some(held) = &self.held else {
            return String::new();
        };
        let who = match held.approval().waits_for() {
            nobody if nobody.is_empty() => "a reviewer".to_owned(),
            who => who,
        };
        let link = match held.link() {
            none if none.is_empty() => none,
            link => format!(" at {link}"),
        };
        format!(
            "held by rule `{}` until {who} approves it{link}",
            held.approval().rule
        )
    }

    /// Waits for the decision. Cancel-safe.
    pub async fn decided(&mut self) -> Decision {
        let decision = match &mut self.held {
            Some(held) => held.decided().await,
            None => std::future::pending().await,
        };
        self.held = None;
        decision
    }

    /// Takes it back.
    pub async fn withdraw(mut self) {
        if let Some(held) = self.held.take() {
            held.withdraw(self.by.clone()).await;
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(held) = self.held.take() {
            let by = self.by.clone();
            self.engine.look_after(async move {
                held.withdraw(by).await;
            });
        }
    }
}
