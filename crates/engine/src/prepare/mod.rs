//! Resources are prepared for sessions and put back afterwards: the steps of activities.
//!
//! What is to be done is noted with the session (`plan`), each step before it is begun (`work`). One chore of each node looks for what is
//! due: it is woken by steps of sessions, and looks by itself every few seconds, so that what a dead node has left is found by another
//! one or by its own next start. A claim in the store keeps two from working on the same session.

mod work;

pub(crate) use work::administers;

use std::{sync::Arc, time::Duration};

use domain::{
    ConnectionId, Micros, Span,
    audit::Actor,
    object::SecretForm,
    policy::Grant,
    session::{Event, Life, Session, Terms},
    stop::{EndReason, FailureStage, Stop},
};
use store::{Cause, Error, Lease, SealedSecret, StepError};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::{
    engine::Engine,
    identity::PinnedKeys,
    protocol::{Way, WaySecret},
    provisioner::{Administrator, Fault},
    roster::{Running, Seat},
    run::{Asked, unstored},
    secrets::{is_kept, uses_secret},
};

/// How long one step may take.
const STEP: Duration = Duration::from_secs(45);

/// How long a claim holds; renewed before each step.
const CLAIM: Span = Span::secs(60);

impl Engine {
    /// Does what is due until the engine closes, and then once more: sessions that were ended by the shutdown are put back before it is over.
    pub(crate) async fn prepare_sessions(self: Arc<Self>) {
        let mut turns = interval(self.limits.reap);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let woken = async {
                tokio::select! {
                    _ = turns.tick() => {}
                    () = self.preparing.notified() => {}
                }
            };
            let closing = self.closing.run_until_cancelled(woken).await.is_none();
            match self.store.due_preparations(Micros::now()).await {
                Ok(due) => {
                    for session in due {
                        self.chores.spawn(Arc::clone(&self).work_on(session));
                    }
                }
                Err(error) => tracing::error!(%error, "sessions to be prepared could not be looked for"),
            }
            if closing {
                return;
            }
        }
    }

    /// Notes what is to be done for a session. To be called before the session is stored.
    pub(crate) async fn plan(&self, session: &Session, grant: &Grant) -> Result<(), Error> {
        let Some(plan) = grant.plan(session) else {
            return Ok(());
        };
        let proof = plan
            .makes_account()
            .then(|| self.fresh_proof(&own(session), self.proof_form(grant)));
        self.store
            .plan_preparation(session.id, &plan, proof.transpose()?)
            .await
    }

    /// Makes a password or a private key that nobody is told, sealed for a secret's name.
    fn fresh_proof(&self, name: &str, form: SecretForm) -> Result<SealedSecret, Error> {
        let made = match form {
            SecretForm::Password => vault::password::generate(),
            SecretForm::PrivateKey => vault::ssh_keys::generate_text("doorward"),
        };
        let sealed = made.and_then(|proof| self.vault.seal_secret(name, &proof));
        sealed.map(SealedSecret).map_err(|error| {
            tracing::error!(%error, "a secret could not be made");
            Error::Invalid("a new secret")
        })
    }

    /// Gives what proves the accounts that are made on a grant's resource.
    fn proof_form(&self, grant: &Grant) -> SecretForm {
        let protocol = self.protocol(&grant.target.protocol);
        protocol
            .and_then(|protocol| protocol.provisioner())
            .map_or(SecretForm::Password, |provisioner| provisioner.proof())
    }

    /// Gives what proves the account that was made for a session.
    pub(crate) async fn own_proof(&self, session: &Session, grant: &Grant) -> Result<WaySecret, Stop> {
        let failed = |why: String| Stop::failed(EndReason::AuthFailed, FailureStage::Connect, why);
        let found = self.store.preparation(session.id).await;
        let sealed = found
            .map_err(|error| unstored(&error))?
            .and_then(|one| one.sealed);
        let sealed = sealed.ok_or_else(|| failed("the session's account has no secret".to_owned()))?;
        let opened = self.vault.open_secret(&own(session), &sealed.0);
        let value =
            opened.map_err(|error| failed(format!("the secret of the session's account: {error}")))?;
        Ok(WaySecret {
            form: self.proof_form(grant),
            value,
        })
    }

    /// Gives a caller a place on the roster in a new session that is prepared first.
    pub(crate) async fn admit_to_prepare(&self, asked: &Asked<'_>, grant: &Grant) -> Result<Seat, Stop> {
        let now = Micros::now();
        let session = self.granted(&asked.entered.person, grant, &asked.origin(), now);
        let terms = Terms {
            starts_at: Micros::NEVER,
            lasts: grant.lasts_from(now),
            entitlement: false,
        };
        let life = Life::on_terms(now, terms, None);
        self.plan(&session, grant)
            .await
            .map_err(|error| unstored(&error))?;
        let seat = self
            .roster
            .seat(Running::new(session.clone(), ConnectionId::fresh(), life.clone()));
        let created = self
            .store
            .create_session(session, life, Some(self.lease()), asked.cause(now))
            .await;
        created.map_err(|error| unstored(&error))?;
        self.preparing.notify_one();
        Ok(seat)
    }

    /// Says that a session for which nothing is to be done is ready. Whoever is second finds it done.
    pub(crate) async fn make_ready(&self, session: &Session, cause: Cause) -> Result<(), StepError> {
        if session.activity.is_some() {
            self.preparing.notify_one();
            return Ok(());
        }
        match self.step(session.id, Event::Provisioned, cause, None).await {
            Ok(_) | Err(StepError::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Ends a session that nobody is connected to any more, at once or when what was done for it is taken back.
    pub(crate) async fn finish(&self, session: &Session) -> Option<store::Stepped> {
        // Without a note of what is done, such as of a session that was kept elsewhere before, nothing is to be taken back.
        let noted = match session.activity {
            Some(_) => !matches!(self.store.preparation(session.id).await, Ok(None)),
            None => false,
        };
        if noted {
            self.preparing.notify_one();
            return None;
        }
        self.insist(session.id, &Event::CleanedUp(None)).await
    }

    /// Signs in to the resource of a session for the gateway itself, with what a grant says.
    pub(crate) async fn administer(
        &self,
        session: &Session,
        grant: Grant,
    ) -> Result<Box<dyn Administrator>, Fault> {
        let protocol = self.protocol(&grant.target.protocol);
        let protocol = protocol.ok_or_else(|| Fault::new("there is no such type of resource any more"))?;
        let provisioner = protocol
            .provisioner()
            .ok_or_else(|| Fault::new("nothing can be done on this type of resource"))?;
        let port = grant.target.port.or(protocol.spec().default_port);
        let secret = match &grant.secret {
            Some(name) => {
                let directory = self.directory();
                let used = uses_secret(name, session, &grant.login, Actor::system("activities"));
                if is_kept(&directory, name) {
                    let noted = self.store.audit_append(used.clone()).await;
                    noted.map_err(|error| Fault::new(error.to_string()))?;
                }
                Some(self.secret(&directory, name, used).await?)
            }
            None => None,
        };
        let login = grant.login.clone();
        let way = Way {
            identity: Arc::new(PinnedKeys::new(self.store.clone(), session.clone(), &grant)),
            grant: Arc::new(grant),
            port: port.ok_or_else(|| Fault::new("the resource has no port"))?,
            secret,
        };
        match timeout(STEP, provisioner.sign_in(&way)).await {
            Ok(signed_in) => {
                signed_in.map_err(|stop| Fault::new(format!("`{login}`: {}", Fault::from(stop))))
            }
            Err(_elapsed) => Err(late()),
        }
    }

    /// Gives this node's claim on a preparation, from now on.
    fn claim(&self) -> Lease {
        Lease {
            until: Micros::now().plus(CLAIM),
            ..self.lease()
        }
    }
}

/// Names the secret of a session's own account in the vault: as no declared secret can be called.
fn own(session: &Session) -> String {
    format!("session/{}", session.id)
}

fn late() -> Fault {
    Fault::new(format!("no answer within {} seconds", STEP.as_secs()))
}
