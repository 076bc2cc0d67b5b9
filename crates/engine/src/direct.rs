//! Log-ins past the gateway: resources are looked at for sessions whose profile says so, with the administrator of the activity or
//! else with the session's own account. What came from where no gateway came from is direct, and on record.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    Micros,
    audit::{Actor, AuditEvent},
    object::Profile,
    policy::{self, Grant},
    session::{Event, LoginVia, State},
};
use store::{Cause, DirectCheck, DirectLogin, Error, SessionQuery, SessionRow, StepError};
use tokio::{
    sync::Semaphore,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

use crate::{engine::Engine, provisioner::Fault};

/// How often it is looked whether a look is due.
const TURN: Duration = Duration::from_secs(1);
/// How long a look may take.
const LOOK: Duration = Duration::from_secs(30);
/// Looks at once.
const AT_ONCE: usize = 8;
/// Log-ins that are kept of a session; older ones stay in the audit log.
const MOST: usize = 100;

impl Engine {
    /// Looks until the engine closes.
    pub(crate) async fn look_for_direct_logins(self: Arc<Self>) {
        let mut turns = interval(TURN);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let looks = Arc::new(Semaphore::new(AT_ONCE));
        let mut last = HashMap::new();
        while self.closing.run_until_cancelled(turns.tick()).await.is_some() {
            let wanted = |profile: &Profile| profile.direct_check_secs > 0;
            if !self
                .directory()
                .profiles
                .values()
                .any(|profile| wanted(&profile.spec))
            {
                continue;
            }
            let rows = match self.reached().await {
                Ok(rows) => rows,
                Err(error) => {
                    tracing::error!(%error, "sessions could not be looked at for direct log-ins");
                    continue;
                }
            };
            last.retain(|id, _| rows.iter().any(|row| row.session.id == *id));
            for row in rows {
                let directory = self.directory();
                let Some(profile) = directory.profiles.get(&row.session.profile) else {
                    continue;
                };
                let every = Duration::from_secs(profile.spec.direct_check_secs.into());
                let due = last
                    .get(&row.session.id)
                    .is_none_or(|at: &Instant| at.elapsed() >= every);
                if every.is_zero() || !due {
                    continue;
                }
                let Ok(permit) = Arc::clone(&looks).try_acquire_owned() else {
                    break;
                };
                last.insert(row.session.id, Instant::now());
                let engine = Arc::clone(&self);
                self.beside(async move {
                    let _permit = permit;
                    if let Err(error) = engine.look_at(&row).await {
                        tracing::error!(session = %row.session.id, %error, "what a look has found could not be stored");
                    }
                });
            }
        }
    }

    /// Lists the sessions of this node whose account can be used.
    async fn reached(&self) -> Result<Vec<SessionRow>, Error> {
        let query = SessionQuery {
            states: vec![State::Available, State::Connecting, State::Active, State::Locked],
            gateways: vec![self.node.clone()],
            ..SessionQuery::default()
        };
        self.every(query).await
    }

    /// Looks at the resource of a session, and keeps what is found.
    async fn look_at(&self, row: &SessionRow) -> Result<(), Error> {
        let id = row.session.id;
        let seen = timeout(LOOK, self.logins(row)).await;
        let seen = seen.unwrap_or_else(|_elapsed| Err(Fault::new("the resource did not answer in time")));
        let now = Micros::now();
        let known = row.direct.clone().unwrap_or_default();
        let mut check = DirectCheck {
            checked_at: now,
            ..known
        };
        let seen = match seen {
            Ok(seen) => seen,
            Err(fault) => {
                check.error = fault.to_string();
                return self.store.keep_direct_check(id, check).await;
            }
        };
        check.error.clear();
        let own = self.store.upstreams(id).await?;
        let direct: Vec<_> = seen.into_iter().filter(|from| !is_own(from, &own)).collect();
        for from in &direct {
            if let Some(login) = check.logins.iter_mut().find(|login| login.from == *from) {
                login.last_seen_at = now;
            } else {
                self.tell_direct(row, from, now).await?;
                check.logins.push(DirectLogin {
                    from: from.clone(),
                    first_seen_at: now,
                    last_seen_at: now,
                });
            }
        }
        let over = check.logins.len().saturating_sub(MOST);
        check.logins.drain(..over);
        self.store.keep_direct_check(id, check).await?;
        let seen = !direct.is_empty();
        if seen != (row.life.login_via == LoginVia::Direct) {
            let cause = Cause::new(now, Actor::system("direct log-ins"));
            match self.step(id, Event::DirectSeen(seen), cause, None).await {
                // It has ended meanwhile.
                Ok(_) | Err(StepError::Refused(_) | StepError::NotFound | StepError::Stale { .. }) => {}
                Err(StepError::Db(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Puts a log-in on record that nobody has recorded.
    async fn tell_direct(&self, row: &SessionRow, from: &str, at: Micros) -> Result<(), Error> {
        tracing::warn!(session = %row.session.id, account = row.session.account, from, "a log-in has passed the gateway by");
        let event = AuditEvent::new(at, "session.direct_login", Actor::system("direct log-ins"))
            .on(row.session.id)
            .with_detail(serde_json::json!({
                "user": row.session.user.name,
                "account": row.session.account,
                "resource": row.session.resource.name,
                "from": from,
                "violation": true,
            }));
        self.store.audit_append(event).await.map(drop)
    }

    /// Asks the resource who is signed in with the session's account.
    async fn logins(&self, row: &SessionRow) -> Result<Vec<String>, Fault> {
        let session = &row.session;
        let planned = self.store.preparation(session.id).await;
        let planned = planned.map_err(|error| Fault::new(error.to_string()))?;
        let grant = match planned {
            Some(planned) => crate::prepare::administers(&planned.plan),
            None => self.own_grant(row)?,
        };
        let mut administrator = self.administer(session, grant).await?;
        administrator.logins(&session.account).await
    }

    /// Gives the grant of a session's own account, as it is now.
    fn own_grant(&self, row: &SessionRow) -> Result<Grant, Fault> {
        let directory = self.directory();
        let session = &row.session;
        let person = directory.person_by_id(session.user.id);
        let person = person.ok_or_else(|| Fault::new("the user is gone"))?;
        policy::decide(
            &directory,
            &person,
            &session.resource.name,
            Some(&session.account),
        )
        .map_err(|refused| Fault::new(refused.to_string()))
    }
}

/// Tells whether a log-in came from where a gateway came from. Ports are compared and not addresses, which differ with the side that
/// looks at them.
fn is_own(from: &str, own: &[String]) -> bool {
    let port = |place: &str| place.rsplit_once(':').map(|(_, port)| port.to_owned());
    let wanted = port(from);
    wanted.is_some() && own.iter().any(|place| port(place) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_from_a_port_of_the_gateway_is_its_own() {
        let own = ["10.0.0.1:4242".to_owned()];
        assert!(is_own("127.0.0.1:4242", &own));
        assert!(!is_own("127.0.0.1:4243", &own));
        assert!(!is_own("local", &own));
    }
}
