//! What people and the gateway itself order of sessions: one way for all of them.
//!
//! An order is a step of the stored session, published to the session's connections. Other nodes learn it from the audit feed, as this
//! node learns theirs: see [`crate::follow`].

use domain::{
    Micros, SessionId,
    audit::AuditEvent,
    policy::StandingLock,
    session::{Event, Life, LockOrder, LockScope, Named, State},
};
use store::{Cause, Error, Scope, SessionQuery, SessionRow, StepError, Stepped};

use crate::{engine::Engine, follow::CUT, sessions::is_clean};

/// Rows that are read at once.
const PAGE: u32 = 500;

impl Engine {
    /// Lets an event happen to a session, and tells its connections. `expected` is the version that the caller has seen.
    ///
    /// A lock with a wider scope stands for the whole resource or user and covers all of its sessions; its answer is that of this one.
    pub async fn order(
        &self,
        session: SessionId,
        event: Event,
        cause: Cause,
        expected: Option<i64>,
    ) -> Result<Stepped, StepError> {
        if let Event::Lock(order) = &event
            && order.scope != LockScope::Session
        {
            let row = self
                .store
                .session(session, cause.at)
                .await?
                .ok_or(StepError::NotFound)?;
            // Refused before anything stands: a session that is over cannot lock a whole resource.
            row.life.apply(&event, &cause.actor, cause.at)?;
            let subject = subject(&row, order.scope);
            let stepped = self.step(session, event.clone(), cause.clone(), expected).await?;
            self.lock_all(subject, order.clone(), cause).await?;
            return Ok(stepped);
        }
        let stepped = self.step(session, event, cause, expected).await?;
        if !is_clean(&stepped.after) {
            return Ok(stepped);
        }
        // Nobody is connected: nobody else would say that it is over.
        let done = self.finish(&stepped.session).await;
        Ok(Stepped {
            after: done.map_or(stepped.after, |done| done.after),
            ..stepped
        })
    }

    /// Lets sessions go on: this one, or with a wider scope every session of its resource or user, with the standing lock taken away.
    pub async fn unlock(
        &self,
        session: SessionId,
        scope: LockScope,
        cause: Cause,
        expected: Option<i64>,
    ) -> Result<Stepped, StepError> {
        if scope == LockScope::Session {
            return self.step(session, Event::Unlock, cause, expected).await;
        }
        let row = self
            .store
            .session(session, cause.at)
            .await?
            .ok_or(StepError::NotFound)?;
        let before = row.life.clone();
        self.unlock_all(scope, subject(&row, scope), cause.clone())
            .await?;
        let after = self
            .store
            .session(session, cause.at)
            .await?
            .ok_or(StepError::NotFound)?;
        Ok(Stepped {
            session: row.session,
            before,
            after: after.life,
            audit_seq: None,
        })
    }

    /// Cuts a session's connections and keeps the session when it is an entitlement: its owner may come back.
    pub async fn cut(&self, session: SessionId, cause: Cause) -> Result<(), StepError> {
        let row = self
            .store
            .session(session, cause.at)
            .await?
            .ok_or(StepError::NotFound)?;
        let event = AuditEvent::new(cause.at, CUT, cause.actor)
            .on(row.session.id)
            .from_ip(cause.client_ip)
            .with_detail(cause.detail);
        self.store.audit_append(event).await?;
        self.cut_here(Some(session));
        Ok(())
    }

    /// Puts a standing lock on a user or a resource and locks all of its sessions; gives how many there were.
    ///
    /// `order.scope` must not be [`LockScope::Session`].
    pub async fn lock_all(&self, subject: Named, order: LockOrder, cause: Cause) -> Result<usize, StepError> {
        let standing = StandingLock {
            scope: order.scope,
            subject: subject.clone(),
            lock: order.by(&cause.actor, cause.at),
        };
        // First the standing lock, so that no session slips in between.
        self.store.put_lock(standing, cause.clone()).await?;
        self.refresh_directory().await?;
        let states = [State::Available, State::Connecting, State::Active, State::Locked];
        let mut locked = 0;
        for row in self.covered(order.scope, &subject, &states).await? {
            match self
                .step(row.session.id, Event::Lock(order.clone()), cause.clone(), None)
                .await
            {
                Ok(_) => locked += 1,
                // It ended meanwhile.
                Err(StepError::Refused(_) | StepError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(locked)
    }

    /// Takes a standing lock away and unlocks the sessions that it held; gives how many there were. A session that another standing
    /// lock covers stays locked by that one.
    pub async fn unlock_all(
        &self,
        scope: LockScope,
        subject: Named,
        cause: Cause,
    ) -> Result<usize, StepError> {
        self.store.remove_lock(scope, subject.id, cause.clone()).await?;
        self.refresh_directory().await?;
        let mut unlocked = 0;
        for row in self.covered(scope, &subject, &[State::Locked]).await? {
            if row.life.lock.as_ref().is_none_or(|lock| lock.scope != scope) {
                continue;
            }
            let event = self.other_lock(&row).map_or(Event::Unlock, Event::Lock);
            match self.step(row.session.id, event, cause.clone(), None).await {
                Ok(_) => unlocked += 1,
                Err(StepError::Refused(_) | StepError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(unlocked)
    }

    /// Finds a standing lock that covers a session.
    fn other_lock(&self, row: &SessionRow) -> Option<LockOrder> {
        let directory = self.directory();
        let standing = directory.locks.iter().find(|standing| match standing.scope {
            LockScope::User => standing.subject.id == row.session.user.id,
            LockScope::Resource => standing.subject.id == row.session.resource.id,
            LockScope::Session => false,
        })?;
        Some(LockOrder {
            title: standing.lock.title.clone(),
            message: standing.lock.message.clone(),
            scope: standing.scope,
        })
    }

    /// Lists the sessions of a user or a resource that are in one of the states.
    async fn covered(
        &self,
        scope: LockScope,
        subject: &Named,
        states: &[State],
    ) -> Result<Vec<SessionRow>, Error> {
        let id = vec![subject.id.to_string()];
        let (users, resources) = match scope {
            LockScope::User => (id, Vec::new()),
            LockScope::Resource | LockScope::Session => (Vec::new(), id),
        };
        let query = SessionQuery {
            states: states.to_vec(),
            users,
            resources,
            ..SessionQuery::default()
        };
        self.every(query).await
    }

    /// Lists every session that a query selects; for states that few sessions are in at once.
    pub(crate) async fn every(&self, query: SessionQuery) -> Result<Vec<SessionRow>, Error> {
        let mut query = SessionQuery {
            limit: PAGE,
            now: Micros::now(),
            ..query
        };
        let mut rows = Vec::new();
        loop {
            let page = self.store.list(&query, &Scope::All).await?;
            rows.extend(page.rows);
            match page.next_cursor {
                Some(cursor) => query.cursor = Some(cursor),
                None => return Ok(rows),
            }
        }
    }

    /// One step of the stored session, and the news of it.
    pub(crate) async fn step(
        &self,
        session: SessionId,
        event: Event,
        cause: Cause,
        expected: Option<i64>,
    ) -> Result<Stepped, StepError> {
        let stepped = self.store.step(session, event, cause, expected).await?;
        self.publish(session, &stepped.after);
        if stepped.session.activity.is_some() {
            self.preparing.notify_one();
        }
        Ok(stepped)
    }

    /// Tells a session's connections on this node what its life has come to.
    pub(crate) fn publish(&self, session: SessionId, life: &Life) {
        self.roster.publish(session, life);
    }
}

/// Names what a wide lock of a session covers.
fn subject(row: &SessionRow, scope: LockScope) -> Named {
    match scope {
        LockScope::User => row.session.user.clone(),
        LockScope::Resource | LockScope::Session => Named {
            id: row.session.resource.id,
            name: row.session.resource.name.clone(),
        },
    }
}
