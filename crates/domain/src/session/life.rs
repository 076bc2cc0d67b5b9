//! The state machine.

use serde::{Deserialize, Serialize};

use super::{Event, Lock, LoginVia, Refusal, State, Step};
use crate::{
    Micros, Span,
    audit::{Actor, Change},
    stop::{EndReason, FailureStage},
};

/// What of a session changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// Where it stands.
    pub state: State,
    /// The state that a lock remembers.
    pub resume: Option<State>,
    /// It goes on after its last connection closed, until it expires.
    pub entitlement: bool,
    /// Connections that are open or being opened.
    pub open_connections: u32,
    /// Connections that the resource has accepted, of those open.
    pub up_connections: u32,
    /// Why it ended, or is ending.
    pub end_reason: Option<EndReason>,
    /// Where it failed.
    pub failure_stage: Option<FailureStage>,
    /// What went wrong, for the console; holds no secret.
    pub error: String,
    /// What went wrong while cleaning up.
    pub cleanup_error: String,
    /// Who ended it, by name; empty when it ended by itself.
    pub ended_by: String,
    /// What they wrote for the user.
    pub end_message: String,
    /// The lock in force.
    pub lock: Option<Lock>,
    /// How someone was seen on the resource.
    pub login_via: LoginVia,
    /// When it started to run.
    pub started_at: Micros,
    /// When the resource first accepted a login.
    pub first_logon_at: Micros,
    /// When it is to begin to be usable; [`Micros::NEVER`] for as soon as it may.
    pub starts_at: Micros,
    /// For how long it is usable, from the time at which it may be; 0 when `expires_at` was fixed from the beginning.
    pub lasts: Span,
    /// When it has to end; while it waits for approval, when that has to be given.
    pub expires_at: Micros,
    /// When it ended.
    pub ended_at: Micros,
    /// By how much its owner has extended it so far.
    pub owner_extended: Span,
    /// Grows by one with every change.
    pub version: i64,
}

/// The terms of a session that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// When it is to begin; [`Micros::NEVER`] for as soon as it may.
    pub starts_at: Micros,
    /// For how long.
    pub lasts: Span,
    /// It may be connected to more than once.
    pub entitlement: bool,
}

/// How strong an order to end is: a stronger one replaces a weaker one that is being carried out.
fn strength(reason: EndReason) -> u8 {
    match reason {
        EndReason::MaxDuration | EndReason::IdleTimeout => 0,
        EndReason::AdminTerminate | EndReason::ModeratorLeft | EndReason::PolicyViolation => 2,
        _ => 1,
    }
}

impl Life {
    /// Begins the life of a session whose first connection makes it.
    #[must_use]
    pub fn direct(now: Micros, max_duration: Span) -> Self {
        Self {
            open_connections: 1,
            started_at: now,
            ..Self::begin(State::Connecting, now.plus(max_duration))
        }
    }

    /// Begins the life of a session that is asked for ahead of its use.
    ///
    /// `state` is [`State::Scheduled`], [`State::AwaitingApproval`] or [`State::Provisioning`].
    #[must_use]
    pub fn requested(state: State, expires_at: Micros) -> Self {
        Self {
            entitlement: true,
            ..Self::begin(state, expires_at)
        }
    }

    /// Begins the life of a session on terms: awaiting approval until a deadline, or scheduled or being prepared where none is needed.
    #[must_use]
    pub fn on_terms(now: Micros, terms: Terms, deadline: Option<Micros>) -> Self {
        let mut life = Self {
            entitlement: terms.entitlement,
            starts_at: terms.starts_at,
            lasts: terms.lasts,
            ..Self::begin(State::AwaitingApproval, deadline.unwrap_or(now))
        };
        if deadline.is_none() {
            life.clear(now);
        }
        life
    }

    /// Lets it go on: its time is fixed, and it waits for its start or is prepared.
    fn clear(&mut self, now: Micros) {
        self.state = if self.starts_at > now {
            State::Scheduled
        } else {
            State::Provisioning
        };
        if self.lasts > Span(0) {
            self.expires_at = self.starts_at.max(now).plus(self.lasts);
        }
    }

    /// Records a session that a rule refused: it is over before it began.
    #[must_use]
    pub fn refused(now: Micros, why: impl Into<String>) -> Self {
        Self {
            end_reason: Some(EndReason::PolicyViolation),
            error: why.into(),
            ended_at: now,
            ..Self::begin(State::Denied, now)
        }
    }

    fn begin(state: State, expires_at: Micros) -> Self {
        Self {
            state,
            resume: None,
            entitlement: false,
            open_connections: 0,
            up_connections: 0,
            end_reason: None,
            failure_stage: None,
            error: String::new(),
            cleanup_error: String::new(),
            ended_by: String::new(),
            end_message: String::new(),
            lock: None,
            login_via: LoginVia::None,
            started_at: Micros::NEVER,
            first_logon_at: Micros::NEVER,
            starts_at: Micros::NEVER,
            lasts: Span(0),
            expires_at,
            ended_at: Micros::NEVER,
            owner_extended: Span(0),
            version: 1,
        }
    }

    /// Tells whether input may pass.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.state == State::Locked
    }

    /// Tells whether connections have to close: softly in [`State::Ending`], at once in a terminal state.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state == State::Ending || self.state.is_terminal()
    }

    /// Gives the next life after an event, or says why it cannot happen. Applying an order twice changes nothing.
    pub fn apply(&self, event: &Event, actor: &Actor, now: Micros) -> Result<Step, Refusal> {
        let mut next = self.clone();
        next.step(event, actor, now)?;
        let changes = self.changes_to(&next);
        if !changes.is_empty() {
            next.version += 1;
        }
        Ok(Step { life: next, changes })
    }

    fn step(&mut self, event: &Event, actor: &Actor, now: Micros) -> Result<(), Refusal> {
        use State as S;
        match event {
            Event::StartTimeReached => self.only_from(S::Scheduled, S::Provisioning, "started"),
            Event::Approved => {
                self.require(&[S::AwaitingApproval], "approved")?;
                self.clear(now);
                Ok(())
            }
            Event::ReviewRefused(reason, words) => {
                self.require(&[S::AwaitingApproval], "denied")?;
                words.clone_into(&mut self.end_message);
                self.finish(S::Denied, *reason, actor, now);
                Ok(())
            }
            Event::ApprovalFailed(why) => {
                self.require(&[S::AwaitingApproval], "failed by its approval")?;
                self.fail(EndReason::ReviewDenied, FailureStage::Approval, why, now);
                Ok(())
            }
            Event::Provisioned => {
                self.require(&[S::Provisioning], "made available")?;
                self.state = S::Available;
                self.started_at = now;
                Ok(())
            }
            Event::ProvisionFailed(why) => {
                self.require(&[S::Provisioning], "failed by its provisioning")?;
                self.fail(EndReason::TargetUnreachable, FailureStage::Provision, why, now);
                Ok(())
            }
            Event::ConnectionOpened => self.open(now),
            Event::LoggedIn => self.log_in(now),
            Event::DirectSeen(seen) => self.see_direct(*seen, now),
            Event::ConnectFailed(reason, why) => self.connect_failed(*reason, why, actor, now),
            Event::ConnectionClosed(reason, stage, why) => self.close(*reason, *stage, why, actor, now),
            Event::Lock(order) => {
                self.require(&[S::Available, S::Connecting, S::Active, S::Locked], "locked")?;
                if self.state != S::Locked {
                    self.resume = Some(self.state);
                    self.state = S::Locked;
                }
                self.lock = Some(order.by(actor, now));
                Ok(())
            }
            Event::Unlock => self.unlock(now),
            Event::Extend {
                by,
                owner_limit,
                closes,
            } => self.extend(*by, *owner_limit, *closes, now),
            Event::Cancel(reason, message) => {
                self.cancel(*reason, message, actor, now);
                Ok(())
            }
            Event::Expire(reason, message) => {
                if !self.is_over() {
                    self.begin_ending(*reason, message, actor);
                }
                Ok(())
            }
            Event::Terminate(reason, message) => {
                if !self.state.is_terminal() {
                    message.clone_into(&mut self.end_message);
                    self.finish(S::Terminated, *reason, actor, now);
                }
                Ok(())
            }
            Event::CleanedUp(error) => {
                if let Some(error) = error {
                    error.clone_into(&mut self.cleanup_error);
                }
                if self.state == S::Ending && self.open_connections == 0 {
                    self.complete(now);
                }
                Ok(())
            }
            Event::Tidied => {
                self.cleanup_error.clear();
                Ok(())
            }
            Event::Lost => {
                self.open_connections = 0;
                self.up_connections = 0;
                if self.state == S::Ending {
                    "the gateway was lost before the clean-up was done".clone_into(&mut self.cleanup_error);
                    self.complete(now);
                } else if !self.state.is_terminal() {
                    self.fail(
                        EndReason::GatewayLost,
                        FailureStage::Runtime,
                        "the gateway was lost",
                        now,
                    );
                }
                Ok(())
            }
        }
    }

    fn unlock(&mut self, now: Micros) -> Result<(), Refusal> {
        self.require(&[State::Locked], "unlocked")?;
        if now >= self.expires_at {
            return Err(Refusal::Expired);
        }
        self.state = self.resume.take().unwrap_or(State::Available);
        self.lock = None;
        Ok(())
    }

    fn open(&mut self, now: Micros) -> Result<(), Refusal> {
        if self.state == State::Locked {
            return Err(Refusal::Locked);
        }
        self.require(
            &[State::Available, State::Connecting, State::Active],
            "connected to",
        )?;
        if now >= self.expires_at {
            return Err(Refusal::Expired);
        }
        if self.state == State::Available {
            self.state = State::Connecting;
        }
        self.open_connections += 1;
        Ok(())
    }

    fn log_in(&mut self, now: Micros) -> Result<(), Refusal> {
        self.require(&[State::Connecting, State::Active, State::Locked], "logged in to")?;
        match (self.state, self.resume) {
            (State::Locked, Some(State::Connecting)) => self.resume = Some(State::Active),
            (State::Connecting, _) => self.state = State::Active,
            _ => {}
        }
        self.up_connections = (self.up_connections + 1).min(self.open_connections);
        // Whoever has passed by is still there until a look says otherwise.
        if self.login_via == LoginVia::None {
            self.login_via = LoginVia::Proxy;
        }
        if !self.first_logon_at.is_set() {
            self.first_logon_at = now;
        }
        Ok(())
    }

    fn see_direct(&mut self, seen: bool, now: Micros) -> Result<(), Refusal> {
        use State as S;
        self.require(&[S::Available, S::Connecting, S::Active, S::Locked], "looked at")?;
        self.login_via = match (seen, self.up_connections) {
            (true, _) => LoginVia::Direct,
            (false, 0) => LoginVia::None,
            (false, _) => LoginVia::Proxy,
        };
        if seen && !self.first_logon_at.is_set() {
            self.first_logon_at = now;
        }
        Ok(())
    }

    fn connect_failed(
        &mut self,
        reason: EndReason,
        why: &str,
        actor: &Actor,
        now: Micros,
    ) -> Result<(), Refusal> {
        self.open_connections = self.open_connections.saturating_sub(1);
        self.up_connections = self.up_connections.min(self.open_connections);
        if self.is_over() {
            return Ok(());
        }
        self.require(
            &[State::Connecting, State::Active, State::Locked],
            "failed by a connection",
        )?;
        if self.open_connections > 0 {
            return Ok(());
        }
        if self.entitlement {
            self.rest();
            why.clone_into(&mut self.error);
        } else if matches!(reason, EndReason::UserDisconnect) {
            self.begin_ending(reason, "", actor);
        } else {
            self.fail(reason, FailureStage::Connect, why, now);
        }
        Ok(())
    }

    fn close(
        &mut self,
        reason: EndReason,
        stage: Option<FailureStage>,
        why: &str,
        actor: &Actor,
        now: Micros,
    ) -> Result<(), Refusal> {
        self.open_connections = self.open_connections.saturating_sub(1);
        self.up_connections = self.up_connections.saturating_sub(1);
        if self.is_over() {
            return Ok(());
        }
        self.require(
            &[State::Active, State::Connecting, State::Locked],
            "disconnected from",
        )?;
        if self.open_connections > 0 {
            return Ok(());
        }
        match (self.entitlement, stage) {
            (true, _) => self.rest(),
            (false, Some(stage)) => self.fail(reason, stage, why, now),
            (false, None) => self.begin_ending(reason, "", actor),
        }
        Ok(())
    }

    /// Goes back to waiting for a client, also under a lock.
    fn rest(&mut self) {
        if self.state == State::Locked {
            self.resume = Some(State::Available);
        } else {
            self.state = State::Available;
        }
    }

    fn extend(
        &mut self,
        by: Span,
        owner_limit: Option<Span>,
        closes: Option<Micros>,
        now: Micros,
    ) -> Result<(), Refusal> {
        self.require(&[State::Available, State::Active, State::Locked], "extended")?;
        // An extension never shortens: nobody can win room under the limit by going back.
        let by = by.max(Span(0));
        if now >= self.expires_at {
            return Err(Refusal::Expired);
        }
        let end = self.expires_at.plus(by);
        // What may be connected to again on another day is cut by each connection's own clock.
        if let Some(closes) = closes.filter(|closes| *closes < end && !self.entitlement) {
            return Err(Refusal::PastHours {
                left_secs: closes.since(now).0.max(0) / 1_000_000,
            });
        }
        if let Some(limit) = owner_limit {
            let left = Span(limit.0.saturating_sub(self.owner_extended.0).max(0));
            if by > left {
                return Err(Refusal::BeyondLimit {
                    left_secs: left.0 / 1_000_000,
                });
            }
            self.owner_extended = Span(self.owner_extended.0.saturating_add(by.0));
        }
        self.expires_at = end;
        Ok(())
    }

    fn cancel(&mut self, reason: EndReason, message: &str, actor: &Actor, now: Micros) {
        match self.state {
            state if state.is_terminal() => {}
            // Nothing was provisioned and nobody is connected: there is nothing to clean up.
            State::Scheduled | State::AwaitingApproval => {
                message.clone_into(&mut self.end_message);
                let reason = if reason == EndReason::RequesterCancel {
                    EndReason::Withdrawn
                } else {
                    reason
                };
                self.finish(State::Canceled, reason, actor, now);
            }
            State::Ending
                if self
                    .end_reason
                    .is_some_and(|now| strength(now) >= strength(reason)) => {}
            State::Provisioning if reason == EndReason::RequesterCancel => {
                self.begin_ending(EndReason::Withdrawn, message, actor);
            }
            _ => self.begin_ending(reason, message, actor),
        }
    }

    fn begin_ending(&mut self, reason: EndReason, message: &str, actor: &Actor) {
        self.state = State::Ending;
        self.resume = None;
        self.lock = None;
        self.end_reason = Some(reason);
        message.clone_into(&mut self.end_message);
        if let Actor::User { name } = actor {
            name.clone_into(&mut self.ended_by);
        }
    }

    /// Ends [`State::Ending`] in the terminal state that its cause asks for.
    fn complete(&mut self, now: Micros) {
        let canceled = matches!(
            self.end_reason,
            Some(
                EndReason::AdminCancel
                    | EndReason::Withdrawn
                    | EndReason::AccessRevoked
                    | EndReason::GatewayShutdown
            )
        );
        self.state = if canceled {
            State::Canceled
        } else {
            State::Completed
        };
        self.ended_at = now;
    }

    fn finish(&mut self, state: State, reason: EndReason, actor: &Actor, now: Micros) {
        self.state = state;
        self.resume = None;
        self.lock = None;
        self.end_reason = Some(reason);
        self.ended_at = now;
        if let Actor::User { name } = actor {
            name.clone_into(&mut self.ended_by);
        }
    }

    fn fail(&mut self, reason: EndReason, stage: FailureStage, why: &str, now: Micros) {
        self.state = State::Failed;
        self.resume = None;
        self.lock = None;
        self.end_reason = Some(reason);
        self.failure_stage = Some(stage);
        why.clone_into(&mut self.error);
        self.ended_at = now;
    }

    fn only_from(&mut self, from: State, to: State, done: &'static str) -> Result<(), Refusal> {
        self.require(&[from], done)?;
        self.state = to;
        Ok(())
    }

    fn require(&self, states: &[State], done: &'static str) -> Result<(), Refusal> {
        if states.contains(&self.state) {
            Ok(())
        } else {
            Err(Refusal::Illegal {
                state: self.state,
                done,
            })
        }
    }

    /// Lists every field that differs, for the audit log.
    fn changes_to(&self, next: &Self) -> Vec<Change> {
        [
            Change::between("state", &self.state, &next.state),
            Change::between("open_connections", &self.open_connections, &next.open_connections),
            Change::between("up_connections", &self.up_connections, &next.up_connections),
            Change::between("end_reason", &self.end_reason, &next.end_reason),
            Change::between("failure_stage", &self.failure_stage, &next.failure_stage),
            Change::between("error", &self.error, &next.error),
            Change::between("cleanup_error", &self.cleanup_error, &next.cleanup_error),
            Change::between("ended_by", &self.ended_by, &next.ended_by),
            Change::between("end_message", &self.end_message, &next.end_message),
            Change::between("lock", &self.lock, &next.lock),
            Change::between("login_via", &self.login_via, &next.login_via),
            Change::between("started_at", &self.started_at, &next.started_at),
            Change::between("first_logon_at", &self.first_logon_at, &next.first_logon_at),
            Change::between("expires_at", &self.expires_at, &next.expires_at),
            Change::between("ended_at", &self.ended_at, &next.ended_at),
            Change::between("resume", &self.resume, &next.resume),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
