//! The work on one session: its steps are done, or taken back. A step is noted before it is begun and after it is done.

use std::{sync::Arc, time::Duration};

use domain::{
    Micros, SessionId, Span,
    activity::{Deed, DeedState, Plan},
    audit::{Actor, AuditEvent},
    object::{Profile, SecretForm, SecretText, Spec},
    policy::Grant,
    session::{Event, Session, State},
};
use store::{Cause, FoundSo, LeftTo, LetGo, Preparation, Put, Sealed, SessionRow};
use tokio::time::{sleep, timeout};

use super::{STEP, late, own};
use crate::{
    engine::Engine,
    provisioner::{Administrator, Fault, Task},
};

/// How long after a failure taking back is tried again; twice as long each time.
const FIRST_PAUSE: Span = Span::secs(5);
/// The longest pause.
const LONGEST_PAUSE: Span = Span::secs(600);

/// How long to wait before looking again at what another session is at.
const BUSY: Duration = Duration::from_millis(100);

/// Why preparing has stopped.
enum Halt {
    /// A step failed.
    Failed(Fault),
    /// The session is to be prepared no more, or by somebody else.
    Over,
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

impl From<store::Error> for Halt {
    fn from(error: store::Error) -> Self {
        Self::Failed(Fault::new(error.to_string()))
    }
}

/// Gives the grant with which a plan's administrator signs in.
pub(crate) fn administers(plan: &Plan) -> Grant {
    Grant {
        rule: String::new(),
        resource: plan.resource.clone(),
        target: plan.target.clone(),
        account: plan.administrator.clone(),
        login: plan.administrator.clone(),
        secret: plan.administrator_secret.clone(),
        activity: None,
        profile_name: String::new(),
        profile: Profile::default(),
        directory_version: 0,
    }
}

/// A session with what is done for it.
struct Work<'a> {
    engine: &'a Engine,
    preparation: Preparation,
    session: Session,
}

impl Engine {
    /// Does what is due for a session, unless another one is at it.
    pub(super) async fn work_on(self: Arc<Self>, id: SessionId) {
        let worked = async {
            let Some(preparation) = self
                .store
                .claim_preparation(id, self.claim(), Micros::now())
                .await?
            else {
                return Ok(());
            };
            let how = self.work(id, preparation).await?;
            self.store.let_preparation_go(id, self.claim(), how).await
        };
        let worked: Result<(), store::Error> = worked.await;
        if let Err(error) = worked {
            tracing::error!(session = %id, %error, "the work on a session was interrupted; it is taken up again");
        }
    }

    async fn work(&self, id: SessionId, preparation: Preparation) -> Result<LetGo, store::Error> {
        let Some(row) = self.store.session(id, Micros::now()).await? else {
            return Ok(LetGo::Done);
        };
        let mut work = Work {
            engine: self,
            preparation,
            session: row.session.clone(),
        };
        let row = if row.life.state == State::Provisioning {
            let told = match work.prepare().await {
                Ok(()) => Some(Event::Provisioned),
                Err(Halt::Failed(fault)) => Some(Event::ProvisionFailed(fault.to_string())),
                Err(Halt::Over) => None,
            };
            if let Some(event) = told {
                // Refused where the session was ended meanwhile: what was done is then taken back.
                let cause = Cause::new(Micros::now(), Actor::system("activities"));
                let stepped = self.step(id, event, cause, None).await;
                if let Err(store::StepError::Db(error)) = stepped {
                    return Err(error);
                }
            }
            let row = self.store.session(id, Micros::now()).await?;
            row.ok_or(store::Error::NotFound("session"))?
        } else {
            row
        };
        let life = &row.life;
        let over = life.state.is_terminal() || (life.state == State::Ending && life.open_connections == 0);
        if !over {
            return Ok(LetGo::ForNow);
        }
        Ok(work.clean_up(&row).await)
    }
}

impl Work<'_> {
    /// Does the steps that come before the session.
    async fn prepare(&mut self) -> Result<(), Halt> {
        let mut administrator = self.sign_in().await?;
        let proof = self.proof(&own(&self.session))?;
        for (number, deed) in (0..).zip(self.preparation.plan.before.clone()) {
            let state = self.preparation.deeds.get(&number).map(|row| row.state);
            if matches!(state, Some(DeedState::Done | DeedState::WasSo)) {
                continue;
            }
            if !self.goes_on().await? {
                return Err(Halt::Over);
            }
            let plan = self.preparation.plan.clone();
            let id = self.session.id.to_string();
            let task = task(&plan, &id, &deed, proof.as_ref());
            if state == Some(DeedState::Begun) {
                // A gateway was lost in the middle of it.
                patiently(administrator.take_back(&task)).await?;
            } else if self.is_so(&mut *administrator, number, &task).await? {
                continue;
            }
            // INVARIANT: nothing is done on a resource that is not noted.
            self.note(number, DeedState::Begun, None).await?;
            let done = patiently(administrator.carry_out(&task)).await;
            if let Err(fault) = done {
                self.tell("step.failed", &deed, Some(&fault)).await;
                return Err(Fault::new(format!("{}: {fault}", deed.words())).into());
            }
            let event = self.event("step.done", &deed);
            self.note(number, DeedState::Done, Some(event)).await?;
        }
        Ok(())
    }

    /// Tells whether a step is done already, which is noted then. Waits for another session on the same account that is just at it.
    async fn is_so(
        &self,
        administrator: &mut dyn Administrator,
        number: u32,
        task: &Task<'_>,
    ) -> Result<bool, Halt> {
        let looked = timeout(STEP, async {
            while administrator.is_so(task).await? {
                if *task.deed == (Deed::CreateAccount {}) {
                    return Err(Fault::new(format!("there is an account `{}` already", task.account)).into());
                }
                let (store, at) = (&self.engine.store, Micros::now());
                match store
                    .find_deed_so(self.session.id, number, self.engine.claim(), at)
                    .await?
                {
                    FoundSo::Noted => return Ok(true),
                    FoundSo::Lost => return Err(Halt::Over),
                    FoundSo::Busy => sleep(BUSY).await,
                }
            }
            Ok(false)
        });
        looked.await.unwrap_or_else(|_elapsed| Err(late().into()))
    }

    /// Leaves a step to another session on the same account that needs it; tells whether there is one.
    async fn leave(&mut self, number: u32, deed: &Deed) -> Result<bool, Halt> {
        if !deed.is_shared() || self.preparation.plan.makes_account() {
            return Ok(false);
        }
        let event = self.event("step.left", deed);
        let (store, at) = (&self.engine.store, Micros::now());
        let left = store
            .leave_deed(self.session.id, number, self.engine.claim(), at, event)
            .await?;
        match left {
            LeftTo::Nobody => Ok(false),
            LeftTo::Other(_) => Ok(true),
            LeftTo::Lost => Err(Halt::Over),
        }
    }

    /// Does the steps that come after the session, and takes back those that came before it.
    async fn clean_up(&mut self, row: &SessionRow) -> LetGo {
        let id = self.session.id;
        match self.put_back(row.life.started_at.is_set()).await {
            Ok(()) => {
                let said = if row.life.state == State::Ending {
                    self.engine.insist(id, &Event::CleanedUp(None)).await.is_some()
                } else if row.life.cleanup_error.is_empty() {
                    true
                } else {
                    self.engine.insist(id, &Event::Tidied).await.is_some()
                };
                // What could not be said is said by the next turn.
                if said { LetGo::Done } else { LetGo::ForNow }
            }
            Err(Halt::Over) => LetGo::ForNow,
            Err(Halt::Failed(fault)) => {
                let attempts = self.preparation.attempts;
                tracing::error!(session = %id, account = self.session.account, resource = self.session.resource.name, attempts,
                    %fault, "what was done for a session could not be taken back; it is tried again");
                let _told = self
                    .engine
                    .insist(id, &Event::CleanedUp(Some(fault.to_string())))
                    .await;
                let pause = FIRST_PAUSE.0.saturating_mul(1 << attempts.min(20));
                let pause = Span(pause.min(LONGEST_PAUSE.0));
                LetGo::Failed(fault.to_string(), Micros::now().plus(pause))
            }
        }
    }

    async fn put_back(&mut self, was_ready: bool) -> Result<(), Halt> {
        // Others may have left steps to this session since.
        if let Some(now) = self.engine.store.preparation(self.session.id).await? {
            self.preparation = now;
        }
        let plan = self.preparation.plan.clone();
        let first_after = u32::try_from(plan.before.len()).unwrap_or(u32::MAX);
        let state = |work: &Self, number: u32| work.preparation.deeds.get(&number).map(|row| row.state);
        let after: Vec<_> = (first_after..).zip(&plan.after).filter(|_| was_ready).collect();
        let left: Vec<_> = after
            .into_iter()
            .filter(|(number, _)| state(self, *number) != Some(DeedState::Done))
            .collect();
        let back = self.preparation.to_take_back();
        let back: Vec<_> = back.map(|(number, deed)| (number, deed.clone())).collect();
        if left.is_empty() && back.is_empty() {
            return Ok(());
        }
        let mut administrator = self.sign_in().await?;
        let id = self.session.id.to_string();
        // One that fails keeps no other from being tried.
        let mut failed = None;
        for (number, deed) in left {
            if let Err(halt) = self.do_after(&mut *administrator, number, deed).await {
                failed.get_or_insert(halt);
            }
        }
        for (number, deed) in back.into_iter().rev() {
            let deed = &deed;
            if self.leave(number, deed).await? {
                continue;
            }
            let task = task(&plan, &id, deed, None);
            let halt = match patiently(administrator.take_back(&task)).await {
                Ok(()) => {
                    let event = self.event("step.undone", deed);
                    self.note(number, DeedState::Undone, Some(event)).await.err()
                }
                Err(fault) => {
                    // Still done, as far as anybody knows: another session that needs it may have it.
                    self.note(number, DeedState::Done, None).await?;
                    self.tell("step.failed", deed, Some(&fault)).await;
                    Some(Fault::new(format!("taking back `{}`: {fault}", deed.words())).into())
                }
            };
            if let Some(halt) = halt {
                failed.get_or_insert(halt);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn do_after(
        &mut self,
        administrator: &mut dyn Administrator,
        number: u32,
        deed: &Deed,
    ) -> Result<(), Halt> {
        let plan = self.preparation.plan.clone();
        let rotates = *deed == (Deed::RotatePassword {});
        let password = if rotates {
            Some(self.next_password().await?)
        } else {
            None
        };
        self.note(number, DeedState::Begun, None).await?;
        let id = self.session.id.to_string();
        let task = task(&plan, &id, deed, password.as_ref());
        if let Err(fault) = patiently(administrator.carry_out(&task)).await {
            self.tell("step.failed", deed, Some(&fault)).await;
            return Err(Fault::new(format!("{}: {fault}", deed.words())).into());
        }
        if rotates {
            self.take_over_password().await?;
        }
        let event = self.event("step.done", deed);
        self.note(number, DeedState::Done, Some(event)).await
    }

    /// Gives the password that a rotation sets: made and kept before it is set, so that a gateway that is lost in between loses nothing.
    async fn next_password(&mut self) -> Result<SecretText, Halt> {
        let plan = &self.preparation.plan;
        let directory = self.engine.directory();
        let secret = plan
            .secret
            .as_ref()
            .and_then(|name| directory.secrets.get_key_value(name));
        let password = secret.filter(|(_, secret)| secret.spec.form == SecretForm::Password);
        if let Some((name, Some(from))) = password.map(|(name, secret)| (name, &secret.spec.from)) {
            let word = from.word();
            return Err(Fault::new(format!(
                "the secret `{name}` is kept elsewhere ({word}): its password cannot be rotated from here"
            ))
            .into());
        }
        let Some((name, _)) = password else {
            return Err(Fault::new(format!(
                "the account `{}` has no password in the vault",
                plan.account
            ))
            .into());
        };
        if self.preparation.sealed.is_none() {
            let sealed = self.engine.fresh_proof(name, SecretForm::Password)?;
            let kept = self
                .engine
                .store
                .keep_made_password(self.session.id, sealed.clone());
            kept.await?;
            self.preparation.sealed = Some(sealed);
        }
        self.proof(name)?
            .ok_or_else(|| Fault::new("the new password is gone").into())
    }

    /// Makes the password that was set the value of the account's secret.
    async fn take_over_password(&self) -> Result<(), Halt> {
        let (Some(name), Some(sealed)) = (&self.preparation.plan.secret, &self.preparation.sealed) else {
            return Ok(());
        };
        let directory = self.engine.directory();
        let Some(secret) = directory.secrets.get(name) else {
            return Err(Fault::new(format!("there is no secret `{name}`")).into());
        };
        let put =
            Put::new(name, Spec::Secret(secret.spec.clone())).with_sealed(Sealed::Secret(sealed.clone()));
        let cause = Cause::new(Micros::now(), Actor::system("activities"))
            .with_detail(serde_json::json!({ "session_id": self.session.id, "rotated": true }));
        let put = self.engine.store.put_object(put, cause).await;
        put.map(drop)
            .map_err(|error| Fault::new(format!("the secret `{name}`: {error}")).into())
    }

    /// Opens what was made to prove the account, if anything was.
    fn proof(&self, name: &str) -> Result<Option<SecretText>, Fault> {
        let opened = self.preparation.sealed.as_ref().map(|sealed| {
            let opened = self.engine.vault.open_secret(name, &sealed.0);
            opened.map_err(|error| Fault::new(format!("the password that was made: {error}")))
        });
        opened.transpose()
    }

    async fn sign_in(&self) -> Result<Box<dyn Administrator>, Fault> {
        let grant = administers(&self.preparation.plan);
        self.engine.administer(&self.session, grant).await
    }

    /// Tells whether the session is still to be prepared.
    async fn goes_on(&self) -> Result<bool, Halt> {
        let row = self.engine.store.session(self.session.id, Micros::now()).await?;
        Ok(row.is_some_and(|row| row.life.state == State::Provisioning))
    }

    /// Notes where a step stands; who has lost the claim may do nothing more.
    async fn note(&mut self, number: u32, state: DeedState, event: Option<AuditEvent>) -> Result<(), Halt> {
        let at = Micros::now();
        let held = self
            .engine
            .store
            .note_deed(self.session.id, number, state, self.engine.claim(), at, event)
            .await?;
        if !held {
            return Err(Halt::Over);
        }
        self.preparation
            .deeds
            .insert(number, store::DeedRow { state, at });
        Ok(())
    }

    fn event(&self, kind: &str, deed: &Deed) -> AuditEvent {
        let plan = &self.preparation.plan;
        AuditEvent::new(Micros::now(), kind, Actor::system("activities"))
            .on(self.session.id)
            .about(format!("activity/{}", plan.activity.name))
            .with_detail(serde_json::json!({
                "step": deed.words(),
                "resource": plan.resource.name,
                "account": plan.account,
                "user": plan.user,
            }))
    }

    async fn tell(&self, kind: &str, deed: &Deed, fault: Option<&Fault>) {
        let mut event = self.event(kind, deed);
        if let (Some(fault), Some(detail)) = (fault, event.detail.as_object_mut()) {
            detail.insert("error".to_owned(), fault.to_string().into());
        }
        if let Err(error) = self.engine.store.audit_append(event).await {
            tracing::error!(%error, "a step of an activity could not be audited");
        }
    }
}

fn task<'a>(plan: &'a Plan, session: &'a str, deed: &'a Deed, proof: Option<&'a SecretText>) -> Task<'a> {
    Task {
        deed,
        account: &plan.account,
        proof,
        values: [
            ("account", &plan.account),
            ("user", &plan.user),
            ("resource", &plan.resource.name),
            ("session", session),
        ],
    }
}

/// Waits for a step no longer than one may take.
async fn patiently<T>(step: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    timeout(STEP, step).await.unwrap_or_else(|_elapsed| Err(late()))
}
