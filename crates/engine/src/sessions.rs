//! The rows of a session: made when it begins, ended when it ends.

use std::{sync::Arc, time::Duration};

use domain::{
    ConnectionId, Micros, ObjectId, SessionId,
    audit::{Actor, AuditEvent},
    person::Person,
    policy::Grant,
    recording::RecordingState,
    session::{ClientInterface, Connection, Event, Life, Named, ResourceRef, Session, SessionVerb, State},
    stop::{EndReason, Stop},
};
use store::{Cause, Closing, Scope, SessionQuery, StepError, Stepped};
use tokio::{task::JoinHandle, time::timeout};

use crate::{
    engine::Engine,
    recorder::{Recorded, RecordedState},
    roster::{Running, Seat},
    run::{Asked, unstored},
};

/// A resource's name longer than this names nothing, and is cut in the row of the refusal.
const LONGEST_NAME: usize = 128;

/// How often the end of a session is tried to be stored before it is left to the reaper.
const TRIES: u32 = 6;

/// How long the store is left alone, at most, before what it did not take is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

impl Engine {
    /// Puts a refusal on record and gives its account.
    pub(crate) async fn refuse(&self, asked: &Asked<'_>, resource: &str, rule: &str, why: String) -> Stop {
        let now = Micros::now();
        let directory = self.directory();
        let name: String = resource.chars().take(LONGEST_NAME).collect();
        let known = directory.resources.get(resource);
        let resource = ResourceRef {
            id: known.map_or(ObjectId(uuid::Uuid::nil()), |known| known.id),
            name,
            protocol: known.map_or_else(
                || asked.protocol.spec().id.to_owned(),
                |known| known.spec.protocol.clone(),
            ),
            host: String::new(),
        };
        let account: String = asked
            .entered
            .account
            .iter()
            .flat_map(|name| name.chars())
            .take(LONGEST_NAME)
            .collect();
        let session = Session {
            access_rule: rule.to_owned(),
            account,
            ..self.session(&asked.entered.person, resource, &asked.origin(), now)
        };
        let life = Life::refused(now, &why);
        if let Err(error) = self
            .store
            .create_session(session, life, None, asked.cause(now))
            .await
        {
            tracing::error!(%error, "a refusal could not be stored");
        }
        Stop::new(EndReason::PolicyViolation).with_message(why)
    }

    /// Gives a caller a place on the roster: in their session that is ready for the resource, in one that waits for approval where that
    /// is needed, or in a new one.
    pub(crate) async fn admit(&self, asked: &Asked<'_>, grant: &Grant) -> Result<(Seat, Place), Stop> {
        if let Some(seat) = self.admit_ready(asked, grant).await? {
            return Ok((seat, Place::Inside));
        }
        if let Some(rule) = &grant.profile.approval {
            let seat = self.admit_to_wait(asked, grant, rule).await?;
            return Ok((seat, Place::Door));
        }
        if grant.activity.is_some() {
            let seat = self.admit_to_prepare(asked, grant).await?;
            return Ok((seat, Place::Door));
        }
        let now = Micros::now();
        let session = self.granted(&asked.entered.person, grant, &asked.origin(), now);
        let life = Life::direct(now, grant.lasts_from(now));
        // On the roster before it is stored: an order that comes as soon as it can be seen must find it.
        let seat = self
            .roster
            .seat(Running::new(session.clone(), ConnectionId::fresh(), life.clone()));
        let created = self
            .store
            .create_session(session, life, Some(self.lease()), asked.cause(now))
            .await;
        created
            .map(|_| (seat, Place::Inside))
            .map_err(|error| unstored(&error))
    }

    /// Joins the caller's session that they may use more than once, if there is one.
    async fn admit_ready(&self, asked: &Asked<'_>, grant: &Grant) -> Result<Option<Seat>, Stop> {
        let person = &asked.entered.person;
        let now = Micros::now();
        let query = SessionQuery {
            states: vec![State::Available, State::Connecting, State::Active],
            users: vec![person.id.to_string()],
            resources: vec![grant.resource.id.to_string()],
            accounts: logins(grant),
            limit: 100,
            now,
            ..SessionQuery::default()
        };
        let page = self
            .store
            .list(&query, &Scope::Own(person.id))
            .await
            .map_err(|error| unstored(&error))?;
        let Some(row) = page
            .rows
            .into_iter()
            .find(|row| row.life.entitlement && is_prepared_so(&row.session, grant))
        else {
            return Ok(None);
        };
        let stepped = match self
            .step(row.session.id, Event::ConnectionOpened, asked.cause(now), None)
            .await
        {
            Ok(stepped) => stepped,
            // Used up, locked or ended meanwhile: a new one is made, if the rules still give it.
            Err(StepError::Refused(_) | StepError::NotFound) => return Ok(None),
            Err(error) => return Err(unstored(&error)),
        };
        let seat = self.roster.seat(Running::new(
            stepped.session,
            ConnectionId::fresh(),
            stepped.after,
        ));
        // Orders that came between the step and the seat.
        self.learn(row.session.id).await;
        Ok(Some(seat))
    }

    /// Makes the session that a grant gives to a person.
    pub(crate) fn granted(&self, person: &Person, grant: &Grant, origin: &Origin, now: Micros) -> Session {
        let spec = self
            .protocol(&grant.target.protocol)
            .map(|protocol| protocol.spec());
        let port = grant.target.port.or(spec.and_then(|spec| spec.default_port));
        let host = port.map_or_else(
            || grant.target.host.clone(),
            |port| format!("{}:{port}", grant.target.host),
        );
        let resource = ResourceRef {
            id: grant.resource.id,
            name: grant.resource.name.clone(),
            protocol: grant.target.protocol.clone(),
            host,
        };
        let session = Session {
            access_rule: grant.rule.clone(),
            profile: grant.profile_name.clone(),
            activity: grant.activity.as_ref().map(|template| template.named.clone()),
            secret_name: grant.secret.clone().unwrap_or_default(),
            ..self.session(person, resource, origin, now)
        };
        Session {
            account: grant.login_of(&session),
            ..session
        }
    }

    fn session(&self, person: &Person, resource: ResourceRef, origin: &Origin, now: Micros) -> Session {
        Session {
            id: self.fresh_session(now),
            created_at: now,
            user: Named {
                id: person.id,
                name: person.name.clone(),
            },
            account: String::new(),
            resource,
            access_rule: String::new(),
            profile: String::new(),
            activity: None,
            gateway: self.node.clone(),
            client_interface: origin.interface,
            client_ip: origin.ip,
            secret_name: String::new(),
            verb: origin.verb,
            ticket: String::new(),
            correlation_id: String::new(),
            rerun_of: origin.rerun_of,
        }
    }

    /// Stores a connection, and the node's claim on its session.
    pub(crate) async fn note_connection(
        &self,
        running: &Running,
        client_ip: std::net::IpAddr,
        client_version: &str,
        uses: Option<AuditEvent>,
    ) -> Result<(), Stop> {
        let connection = Connection {
            id: running.connection,
            session_id: running.session.id,
            node: self.node.clone(),
            opened_at: Micros::now(),
            closed_at: Micros::NEVER,
            client_ip,
            client_interface: running.session.client_interface,
            client_version: client_version.to_owned(),
            bytes_up: 0,
            bytes_down: 0,
            close_reason: None,
            recording: RecordingState::Recording,
        };
        self.store
            .open_connection_using(connection, self.lease(), uses)
            .await
            .map_err(|error| unstored(&error))
    }

    /// Ends a connection in the store, waits for its seal, and sends its recording to the shelf.
    pub(crate) async fn close(
        self: &Arc<Self>,
        running: &Running,
        reason: EndReason,
        closed: Event,
        mut sealing: JoinHandle<Recorded>,
    ) {
        let session = running.session.id;
        let stepped = self.insist(session, &closed).await;
        let sealed = timeout(self.limits.seal, &mut sealing).await.ok();
        let recorded = sealed.map(|sealed| sealed.unwrap_or_else(|_panicked| Recorded::broken()));
        let broken = recorded
            .as_ref()
            .is_some_and(|recorded| recorded.state == RecordedState::Broken);
        let closing = Closing {
            at: Micros::now(),
            bytes_up: i64::try_from(running.traffic.up()).unwrap_or(i64::MAX),
            bytes_down: i64::try_from(running.traffic.down()).unwrap_or(i64::MAX),
            reason,
            recording: if broken {
                RecordingState::Failed
            } else {
                RecordingState::Finalising
            },
        };
        let told = self.store.close_connection(running.connection, closing).await;
        if stepped.is_some_and(|stepped| is_clean(&stepped.after)) {
            self.finish(&running.session).await;
        }
        let (engine, connection) = (Arc::clone(self), running.connection);
        self.chores.spawn(async move {
            // Before the shelf says where the recording stands, which this would take back.
            if let Err(error) = told {
                engine.close_connection_later(connection, closing, error).await;
            }
            let recorded = match recorded {
                Some(recorded) => recorded,
                None => sealing.await.unwrap_or_else(|_panicked| Recorded::broken()),
            };
            engine.shelve(connection, &recorded).await;
        });
    }

    /// Stores what a connection has carried and how it ended, again and again while the store is away, until the engine closes; then it is
    /// left to the reaper.
    async fn close_connection_later(
        &self,
        connection: ConnectionId,
        closing: Closing,
        mut error: store::Error,
    ) {
        let mut pause = Duration::from_millis(100);
        loop {
            tracing::warn!(%connection, %error, "the end of a connection is stored later");
            if self
                .closing
                .run_until_cancelled(tokio::time::sleep(pause))
                .await
                .is_none()
            {
                return;
            }
            match self.store.close_connection(connection, closing).await {
                Ok(()) => return,
                Err(again) => error = again,
            }
            pause = (pause * 3).min(LONGEST_PAUSE);
        }
    }

    /// Lets an event of the gateway's own happen, again and again while the store is away. [`None`] when it had to be left to the reaper.
    pub(crate) async fn insist(&self, session: SessionId, event: &Event) -> Option<Stepped> {
        let mut pause = Duration::from_millis(100);
        for _ in 0..TRIES {
            let cause = Cause::new(Micros::now(), Actor::system("gateway"));
            match self.step(session, event.clone(), cause, None).await {
                Ok(stepped) => return Some(stepped),
                Err(error @ (StepError::Refused(_) | StepError::NotFound | StepError::Stale { .. })) => {
                    tracing::error!(%session, ?event, %error, "a session could not take the gateway's step");
                    return None;
                }
                Err(StepError::Db(error)) => {
                    tracing::warn!(%session, %error, "a session's step is tried again");
                }
            }
            tokio::time::sleep(pause).await;
            pause *= 3;
        }
        None
    }
}

/// How far a caller has come who has a place on the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Their connection is open in the session.
    Inside,
    /// The session has to begin first.
    Door,
}

/// From where, by what and how a session is asked for.
pub(crate) struct Origin {
    pub(crate) ip: std::net::IpAddr,
    pub(crate) interface: ClientInterface,
    pub(crate) verb: SessionVerb,
    pub(crate) rerun_of: Option<SessionId>,
}

/// Gives the login names by which sessions of a grant are found; none where each session has an account of its own.
pub(crate) fn logins(grant: &Grant) -> Vec<String> {
    if grant.makes_account() {
        Vec::new()
    } else {
        vec![grant.login.clone()]
    }
}

/// Tells whether what was done on the resource for a session is what a grant gives.
pub(crate) fn is_prepared_so(session: &Session, grant: &Grant) -> bool {
    let given = grant.activity.as_ref().map(|template| template.named.id);
    session.activity.as_ref().map(|activity| activity.id) == given
}

/// Tells whether nothing is left to be done but to say so.
pub(crate) fn is_clean(life: &Life) -> bool {
    life.state == State::Ending && life.open_connections == 0
}
