//! A caller who may come in when reviewers agree: told where, held at the door, then let in or sent away.

use std::time::Duration;

use domain::{
    ConnectionId, Micros, Span,
    approval::ApprovalRule,
    audit::Actor,
    policy::{self, Grant},
    session::{Event, Life, State, Terms},
    sight::Scope,
    stop::{EndReason, FailureStage, Stop},
};
use store::{Cause, SessionQuery, StepError};
use tokio::time::{Instant, interval_at, sleep};

use super::{Wish, draw_up};
use crate::{
    conduct::stop_of,
    engine::Engine,
    protocol::{Notice, Visit},
    roster::{Running, Seat},
    run::{Asked, caught, unstored},
    sessions::{is_prepared_so, logins},
};

/// How often a caller hears that the decision is still open. It also shows whether they are still there.
const REMINDER: Duration = Duration::from_mins(4);

impl Engine {
    /// Gives a caller a place on the roster in a session that waits for approval: in the one that they have asked for already, or in a
    /// new one.
    pub(crate) async fn admit_to_wait(
        &self,
        asked: &Asked<'_>,
        grant: &Grant,
        rule: &ApprovalRule,
    ) -> Result<Seat, Stop> {
        if let Some(seat) = self.admit_waiting(asked, grant).await? {
            return Ok(seat);
        }
        if rule.wants_words() {
            let resource = &grant.resource.name;
            let what = match &rule.ticket {
                Some(form) => format!("a reason and a ticket number ({form})"),
                None => "a reason".to_owned(),
            };
            let why = format!(
                "access to `{resource}` needs {what}; ask with `doorward request {resource} --reason ...` or in the console, then connect again"
            );
            return Err(self.refuse(asked, resource, &grant.rule, why).await);
        }
        let now = Micros::now();
        let session = self.granted(&asked.entered.person, grant, &asked.origin(), now);
        let approval = draw_up(&session, grant, rule, &Wish::default(), now);
        let terms = Terms {
            starts_at: Micros::NEVER,
            lasts: approval.lasts,
            entitlement: rule.covers_secs > 0,
        };
        let life = Life::on_terms(now, terms, Some(approval.deadline));
        self.plan(&session, grant)
            .await
            .map_err(|error| unstored(&error))?;
        let cause = asked.cause(now);
        let seat = self
            .roster
            .seat(Running::new(session.clone(), ConnectionId::fresh(), life.clone()));
        let requester = session.user.id;
        self.store
            .create_session_to_approve(session, life, approval, Some(self.lease()), cause.clone())
            .await
            .map_err(|error| unstored(&error))?;
        if let Some(why) = self.nobody_to_ask(&rule.review, requester) {
            let failed = Event::ApprovalFailed(why.clone());
            let stepped = self.step(seat.running().session.id, failed, cause, None).await;
            stepped.map_err(|error| unstored(&error))?;
            return Err(Stop::failed(EndReason::ReviewDenied, FailureStage::Approval, why));
        }
        Ok(seat)
    }

    /// Joins the session that the caller has asked for and that is not decided.
    async fn admit_waiting(&self, asked: &Asked<'_>, grant: &Grant) -> Result<Option<Seat>, Stop> {
        let person = &asked.entered.person;
        let now = Micros::now();
        let query = SessionQuery {
            states: vec![State::AwaitingApproval],
            users: vec![person.id.to_string()],
            resources: vec![grant.resource.id.to_string()],
            accounts: logins(grant),
            limit: 20,
            now,
            ..SessionQuery::default()
        };
        let page = self.store.list(&query, &Scope::Own(person.id)).await;
        let rows = page.map_err(|error| unstored(&error))?.rows;
        let Some(row) = rows
            .into_iter()
            .filter(|row| is_prepared_so(&row.session, grant))
            .find(|row| row.life.entitlement && row.life.starts_at <= now && row.life.expires_at > now)
        else {
            return Ok(None);
        };
        let id = row.session.id;
        let seat = self
            .roster
            .seat(Running::new(row.session, ConnectionId::fresh(), row.life));
        // Decisions that came between the look and the seat.
        self.learn(id).await;
        Ok(Some(seat))
    }

    /// Holds a caller until the session may begin, and opens their connection in it.
    pub(crate) async fn hold_at_door(
        &self,
        seat: &Seat,
        visit: &mut dyn Visit,
        asked: &Asked<'_>,
        grant: &Grant,
    ) -> Result<Grant, Stop> {
        let running = seat.running();
        if let Some(reporter) = asked.arrival.reporter() {
            reporter.admitted(running.session.id, running.life.subscribe());
        }
        let opened = async {
            self.wait_for_decision(seat, visit).await?;
            // Hours may have passed: the rules of now hold.
            let (directory, person) = (self.directory(), &asked.entered.person);
            let grant = policy::decide(&directory, person, &grant.resource.name, Some(&grant.account));
            let grant = match grant {
                Ok(grant) => grant,
                Err(refused) => return Err(self.turn_away(running, refused.to_string()).await),
            };
            if let Err(kept_out) = grant.admits(Micros::now(), asked.arrival.peer.ip()) {
                return Err(self.turn_away(running, kept_out.to_string()).await);
            }
            if !is_prepared_so(&running.session, &grant) {
                let why = "the rules have changed meanwhile; connect again";
                return Err(self.turn_away(running, why.to_owned()).await);
            }
            self.open(seat, asked).await?;
            Ok(grant)
        }
        .await;
        if opened.is_err() {
            self.abandon(seat, asked).await;
        }
        opened
    }

    /// Sends a caller away whom the rules do not let in any more. A session that was for this connection only ends with it.
    async fn turn_away(&self, running: &Running, why: String) -> Stop {
        let session = running.session.id;
        if !running.life.borrow().entitlement {
            let cause = Cause::new(Micros::now(), Actor::system("policy"));
            let refused = Event::Terminate(EndReason::PolicyViolation, why.clone());
            // Otherwise it is withdrawn.
            if let Err(error) = self.order(session, refused, cause, None).await {
                tracing::error!(%session, %error, "a refusal could not be stored");
            }
        }
        Stop::new(EndReason::PolicyViolation).with_message(why)
    }

    /// Waits until the session has been decided, for as long as the caller does.
    async fn wait_for_decision(&self, seat: &Seat, visit: &mut dyn Visit) -> Result<(), Stop> {
        let running = seat.running();
        let mut lives = running.life.subscribe();
        let prepared = lives.borrow().state == State::Provisioning;
        let waiting = if prepared {
            format!("waiting until `{}` is prepared", running.session.resource.name)
        } else {
            self.words(running).await
        };
        // What is prepared is so in a moment.
        if !prepared {
            caught(visit.tell(&Notice::Text(waiting.clone()))).await??;
        }
        let mut reminders = interval_at(Instant::now() + REMINDER, REMINDER);
        loop {
            let life = lives.borrow_and_update().clone();
            match life.state {
                // What is being prepared is so on another node, or in another task.
                State::AwaitingApproval | State::Provisioning => {}
                State::Scheduled => return Err(not_yet(&life)),
                _ if life.is_over() => return Err(stop_of(&life)),
                _ => return Ok(()),
            }
            tokio::select! {
                biased;
                stop = running.cut_off() => return Err(stop),
                () = self.cutting.cancelled() => return Err(Stop::new(EndReason::GatewayShutdown)),
                changed = lives.changed() => {
                    if changed.is_err() {
                        std::future::pending::<()>().await;
                    }
                }
                left = caught(visit.idle()) => return Err(left.unwrap_or_else(|stop| stop)),
                () = sleep(left_until(life.expires_at)) => self.time_out(running).await?,
                _ = reminders.tick() => {
                    caught(visit.tell(&Notice::Text(format!("still {waiting}")))).await??;
                }
            }
        }
    }

    /// Says what is waited for, and where it is decided.
    async fn words(&self, running: &Running) -> String {
        let session = running.session.id;
        let approvals = self.store.approvals_of(session).await.unwrap_or_default();
        let Some(approval) = approvals.first() else {
            return format!("waiting for approval; session {session}");
        };
        let who = approval.waits_for();
        let link = self.approval_link(approval.id);
        let place = if link.is_empty() {
            String::new()
        } else {
            format!(", {link}")
        };
        format!("waiting for approval by {who}; session {session}{place}")
    }

    /// Ends a request that nobody has decided in time.
    async fn time_out(&self, running: &Running) -> Result<(), Stop> {
        let session = running.session.id;
        if self
            .expire_review(session)
            .await
            .map_err(|error| unstored(&error))?
        {
            return Ok(());
        }
        // It was decided in the last moment.
        self.learn(session).await;
        // Where clocks or the store are slow, not in a busy loop.
        sleep(Duration::from_millis(50)).await;
        Ok(())
    }

    /// Takes down that no reviewer answered in time; tells whether that is so.
    pub(crate) async fn expire_review(&self, session: domain::SessionId) -> Result<bool, StepError> {
        let cause = Cause::new(Micros::now(), Actor::system("limits"));
        let late = Event::ReviewRefused(EndReason::ReviewTimeout, String::new());
        match self.step(session, late, cause, None).await {
            Ok(_) => Ok(true),
            Err(StepError::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Opens the caller's connection in the session that is ready for them.
    async fn open(&self, seat: &Seat, asked: &Asked<'_>) -> Result<(), Stop> {
        let running = seat.running();
        let cause = asked.cause(Micros::now());
        match self
            .step(running.session.id, Event::ConnectionOpened, cause, None)
            .await
        {
            Ok(_) => Ok(()),
            Err(StepError::Refused(refusal)) => {
                self.learn(running.session.id).await;
                let life = running.life.borrow().clone();
                Err(if life.is_over() {
                    stop_of(&life)
                } else {
                    Stop::new(EndReason::PolicyViolation).with_message(refusal.to_string())
                })
            }
            Err(error) => Err(unstored(&error)),
        }
    }

    /// Takes back what nobody waits for any more: an undecided request, or an approval that was good for this connection only.
    async fn abandon(&self, seat: &Seat, asked: &Asked<'_>) {
        let running = seat.running();
        let session = running.session.id;
        if self.roster.of(session).len() > 1 {
            return;
        }
        // A decision may come meanwhile; then the answer is another one.
        for _ in 0..3 {
            let now = Micros::now();
            let row = match self.store.session(session, now).await {
                Ok(Some(row)) => row,
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(%session, %error, "an abandoned request is left to the reaper");
                    return;
                }
            };
            let waits = row.life.state == State::AwaitingApproval;
            let left = !row.life.entitlement && row.life.open_connections == 0;
            if row.life.is_over() || !(waits || left) {
                return;
            }
            let withdrawn = Event::Cancel(EndReason::RequesterCancel, String::new());
            let ordered = self
                .order(session, withdrawn, asked.cause(now), Some(row.life.version))
                .await;
            match ordered {
                Ok(_) => return,
                Err(StepError::Stale { .. }) => {}
                Err(error) => {
                    tracing::error!(%session, %error, "an abandoned request could not be withdrawn");
                    return;
                }
            }
        }
    }
}

/// Says that the time of an approved session lies ahead.
fn not_yet(life: &Life) -> Stop {
    let secs = life.starts_at.since(Micros::now()).0 / 1_000_000;
    let message = format!("approved; your access begins in {} minutes", secs.max(0) / 60 + 1);
    Stop::new(EndReason::PolicyViolation).with_message(message)
}

fn left_until(at: Micros) -> Duration {
    let left: Span = at.since(Micros::now());
    Duration::from_micros(left.0.max(0).unsigned_abs())
}
