//! The life of a connection on one page:
//! `claim → login → decide → seat → open tape → connect → relay → farewell → seal → ended`.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use domain::{
    Micros,
    audit::{Actor, AuditEvent},
    person::Person,
    policy::{self, Directory, Grant},
    session::{ClientInterface, Event, SessionVerb},
    stop::{EndReason, FailureStage, Stop},
};
use futures_util::FutureExt as _;
use store::{Cause, StepError, Stepped};
use tokio::{task::JoinHandle, time::timeout};

use crate::{
    conduct::Conductor,
    engine::Engine,
    gate::GateKeeper,
    host::Host,
    identity::PinnedKeys,
    lobby::Foyer,
    login::{Entered, login},
    marks::{self, Mark},
    notices::Notices,
    protocol::{Arrival, Protocol, Stream, Visit, Way},
    recorder::{Finish, Recorder, Title},
    roster::Seat,
    secrets::{is_kept, uses_secret},
    sessions::{Origin, Place},
    tap::Tap,
};

/// How far a connection has come; says what its end means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reached {
    /// The resource has not accepted it yet.
    Connecting,
    /// The resource has accepted it.
    Relay,
}

/// A connection with everything that it holds.
struct Ride<'a> {
    engine: &'a Arc<Engine>,
    protocol: &'a Arc<dyn Protocol>,
    person: Person,
    grant: Arc<Grant>,
    seat: Seat,
    ip: std::net::IpAddr,
    reached: Reached,
    /// The step into [`domain::session::State::Active`], which runs beside the relay.
    logged_in: Option<JoinHandle<Result<Stepped, StepError>>>,
}

impl Engine {
    /// Serves one caller from the first byte to the last. Returns when it has ended; a panic inside ends this caller only.
    pub async fn welcome(self: &Arc<Self>, stream: Stream, arrival: Arrival, protocol: Arc<dyn Protocol>) {
        let _visiting = self.visits.token();
        let visit = protocol.visit(stream, arrival.clone());
        // On the heap, as every phase is: what an idle connection keeps is its relay and not room for its login.
        let life = Box::pin(live(self, &protocol, &arrival, visit));
        if AssertUnwindSafe(life).catch_unwind().await.is_err() {
            tracing::error!(protocol = protocol.spec().id, peer = %arrival.peer, "serving a caller panicked");
        }
    }
}

async fn live(
    engine: &Arc<Engine>,
    protocol: &Arc<dyn Protocol>,
    arrival: &Arrival,
    mut visit: Box<dyn Visit>,
) {
    let entered = tokio::select! {
        biased;
        stop = engine.drained() => Err(stop),
        entered = timeout(engine.limits.login, caught(Box::pin(login(engine, &mut *visit, arrival)))) =>
            entered.unwrap_or_else(|_elapsed| Err(late())).and_then(|entered| entered),
    };
    let entered = match entered {
        Ok(entered) => entered,
        Err(stop) => return leave(arrival, visit, &stop, engine.limits.farewell).await,
    };
    let Some(resource) = entered.resource.clone() else {
        if !engine.takes(&entered.person, None) {
            let why = engine.lacks_factor(&entered.person, "this gateway").await;
            let stop = Stop::new(EndReason::PolicyViolation).with_message(why);
            return leave(arrival, visit, &stop, engine.limits.farewell).await;
        }
        let stop = Box::pin(lobby(engine, protocol, arrival, entered, &mut visit)).await;
        return leave(arrival, visit, &stop, engine.limits.farewell).await;
    };
    let asked = Asked {
        protocol,
        arrival,
        entered: &entered,
        verb: arrival.verb().unwrap_or_else(|| visit.verb()),
    };
    let boarded = Box::pin(board(engine, &asked, &resource, &mut *visit)).await;
    match boarded {
        Ok(mut ride) => ride.run(visit, arrival, entered.client_version.clone()).await,
        Err(stop) => leave(arrival, visit, &stop, engine.limits.farewell).await,
    }
}

async fn lobby(
    engine: &Arc<Engine>,
    protocol: &Arc<dyn Protocol>,
    arrival: &Arrival,
    entered: Entered,
    visit: &mut Box<dyn Visit>,
) -> Stop {
    let foyer = Foyer {
        engine: Arc::clone(engine),
        person: entered.person,
        arrival: arrival.clone(),
        outer: Arc::clone(protocol),
    };
    tokio::select! {
        biased;
        stop = crate::protocol::Lobby::closed(&foyer) => stop,
        stop = caught(async { visit.lobby(&foyer).await }) => stop.unwrap_or_else(|stop| stop),
    }
}

/// Decides, waits for reviewers where they are asked, and gives the caller a session and a seat. A refusal is on record when this
/// returns.
async fn board<'a>(
    engine: &'a Arc<Engine>,
    asked: &Asked<'a>,
    resource: &str,
    visit: &mut dyn Visit,
) -> Result<Ride<'a>, Stop> {
    let Asked {
        protocol,
        arrival,
        entered,
        ..
    } = *asked;
    let directory = engine.directory();
    let account = entered.account.as_deref();
    let grant = match decided(&directory, &entered.person, resource, account, arrival) {
        Ok(grant) if grant.target.protocol == protocol.spec().id => grant,
        Ok(grant) => {
            let why = format!(
                "`{resource}` is reached by {}, not by {}",
                grant.target.protocol,
                protocol.spec().id
            );
            return Err(engine.refuse(asked, resource, &grant.rule, why).await);
        }
        Err(refused) => {
            return Err(engine
                .refuse(asked, resource, refused.rule(), refused.to_string())
                .await);
        }
    };
    if !engine.takes(&entered.person, Some(&grant)) {
        let why = engine
            .lacks_factor(&entered.person, &format!("`{resource}`"))
            .await;
        return Err(engine.refuse(asked, resource, &grant.rule, why).await);
    }
    if let Err(kept_out) = grant.admits(Micros::now(), arrival.peer.ip()) {
        return Err(engine
            .refuse(asked, resource, &grant.rule, kept_out.to_string())
            .await);
    }
    let (all, own) = engine.roster.count(entered.person.id);
    if all >= engine.limits.connections || own >= engine.limits.connections_per_user {
        let why = "no connection is free; try again later".to_owned();
        return Err(engine.refuse(asked, resource, &grant.rule, why).await);
    }
    let (seat, place) = engine.admit(asked, &grant).await?;
    let grant = match place {
        Place::Door => engine.hold_at_door(&seat, visit, asked, &grant).await?,
        Place::Inside => grant,
    };
    Ok(Ride {
        engine,
        protocol,
        person: entered.person.clone(),
        grant: Arc::new(grant.within(&seat.running().session)),
        seat,
        ip: arrival.peer.ip(),
        reached: Reached::Connecting,
        logged_in: None,
    })
}

/// Decides what somebody gets who came in this way.
pub(crate) fn decided(
    directory: &Directory,
    person: &Person,
    resource: &str,
    account: Option<&str>,
    arrival: &Arrival,
) -> Result<Grant, policy::Refused> {
    match policy::decide(directory, person, resource, account) {
        // Behind a transport that named the resource the login name is mostly the native client's own default (`ssh -J gateway web1`
        // sends the name on the caller's machine): a wish, and the rule's first account when it is none of them.
        Err(policy::Refused::NoAccount { .. })
            if arrival.carried.is_some() && arrival.interface == ClientInterface::Cli =>
        {
            policy::decide(directory, person, resource, None)
        }
        decided => decided,
    }
}

/// What a caller asks for: what a session is made of.
pub(crate) struct Asked<'a> {
    pub(crate) protocol: &'a Arc<dyn Protocol>,
    pub(crate) arrival: &'a Arrival,
    pub(crate) entered: &'a Entered,
    pub(crate) verb: SessionVerb,
}

impl Asked<'_> {
    pub(crate) fn origin(&self) -> Origin {
        Origin {
            ip: self.arrival.peer.ip(),
            interface: self.arrival.interface,
            verb: self.verb,
            rerun_of: self.arrival.rerun_of(),
        }
    }

    /// What the caller does, they do from where they are.
    pub(crate) fn cause(&self, now: Micros) -> Cause {
        let actor = Actor::user(&self.entered.person.name);
        Cause::new(now, actor).from_ip(self.arrival.peer.ip().to_string())
    }
}

impl Ride<'_> {
    async fn run(&mut self, mut visit: Box<dyn Visit>, arrival: &Arrival, client_version: String) {
        let running = Arc::clone(self.seat.running());
        if let Some(reporter) = arrival.reporter() {
            reporter.admitted(running.session.id, running.life.subscribe());
        }
        let recorder = Recorder::start(&self.engine.spool, self.title(), &self.grant.profile);
        self.engine.playback.begin(running.connection, recorder.growth());
        let (keeper, gate) = GateKeeper::new();
        let notices = Arc::<Notices>::default();
        let tap = Tap::new(
            Arc::clone(&self.grant),
            arrival.interface,
            recorder.intake(),
            gate,
            Arc::clone(&running.traffic),
            Arc::clone(&notices),
            Host::new(Arc::clone(self.engine), Arc::clone(&running), self.ip),
        );
        let engine = Arc::clone(self.engine);
        let grant = Arc::clone(&self.grant);
        let conductor = Conductor {
            engine: &engine,
            running: &running,
            recorder: &recorder,
            gate: &keeper,
            notices: &notices,
            profile: &grant.profile,
        };
        let stop = tokio::select! {
            biased;
            stop = conductor.conduct() => stop,
            stop = self.phases(&mut *visit, &recorder, &tap, &client_version) => stop,
        };
        let patience = match stop.reason {
            EndReason::AdminTerminate | EndReason::ModeratorLeft | EndReason::PolicyViolation => {
                self.engine.limits.farewell_cut
            }
            _ => self.engine.limits.farewell,
        };
        leave(arrival, visit, &stop, patience).await;
        drop(tap);
        Box::pin(self.end(&stop, recorder)).await;
    }

    fn title(&self) -> Title {
        let running = self.seat.running();
        Title {
            tape: running.connection,
            session: running.session.id,
            node: self.engine.node.clone(),
            protocol: self.protocol.spec().id.to_owned(),
        }
    }

    async fn phases(&mut self, visit: &mut dyn Visit, recorder: &Recorder, tap: &Tap, client: &str) -> Stop {
        let connected = caught(Box::pin(self.connect(visit, recorder, client))).await;
        if let Err(stop) = connected.and_then(|connected| connected) {
            return stop;
        }
        self.reached = Reached::Relay;
        self.logged_in = Some(self.log_in());
        caught(async { visit.relay(tap).await })
            .await
            .unwrap_or_else(|stop| stop)
    }

    async fn connect(&self, visit: &mut dyn Visit, recorder: &Recorder, client: &str) -> Result<(), Stop> {
        let directory = self.engine.directory();
        let kept = self
            .grant
            .secret
            .as_ref()
            .filter(|name| is_kept(&directory, name));
        let used = kept.map(|name| self.uses(name));
        self.engine
            .note_connection(self.seat.running(), self.ip, client, used)
            .await?;
        // INVARIANT: no target is dialled before the tape has a durable head.
        recorder.begun().await?;
        self.engine.index(self.seat.running().connection);
        let way = self.way(&directory).await?;
        match timeout(self.engine.limits.connect, visit.connect(&way)).await {
            Ok(connected) => connected,
            Err(_elapsed) => Err(Stop::failed(
                EndReason::TargetUnreachable,
                FailureStage::Connect,
                format!("no login within {} seconds", self.engine.limits.connect.as_secs()),
            )),
        }
    }

    /// Says that the connection is going to use a secret.
    fn uses(&self, name: &str) -> AuditEvent {
        let actor = Actor::user(&self.person.name);
        let event = uses_secret(name, &self.seat.running().session, &self.grant.login, actor);
        event.from_ip(self.ip.to_string())
    }

    async fn way(&self, directory: &Directory) -> Result<Way, Stop> {
        let secret = match &self.grant.secret {
            _ if self.grant.makes_account() => {
                let session = &self.seat.running().session;
                Some(self.engine.own_proof(session, &self.grant).await?)
            }
            Some(name) => Some(self.engine.secret(directory, name, self.uses(name)).await?),
            None => None,
        };
        let default = self.protocol.spec().default_port;
        let port = self.grant.target.port.or(default).ok_or_else(|| {
            Stop::failed(
                EndReason::TargetUnreachable,
                FailureStage::Connect,
                "the resource has no port",
            )
        })?;
        let session = self.seat.running().session.clone();
        let keys = PinnedKeys::new(self.engine.store.clone(), session, &self.grant);
        Ok(Way {
            identity: Arc::new(if self.grant.profile.direct_check_secs > 0 {
                keys.noting(self.seat.running().connection)
            } else {
                keys
            }),
            grant: Arc::clone(&self.grant),
            port,
            secret,
        })
    }

    /// Takes down that the resource has accepted the login, while bytes flow already.
    fn log_in(&self) -> JoinHandle<Result<Stepped, StepError>> {
        let (engine, session) = (Arc::clone(self.engine), self.seat.running().session.id);
        let cause = self.cause();
        let running = Arc::clone(self.seat.running());
        tokio::spawn(async move {
            let stepped = engine.step(session, Event::LoggedIn, cause, None).await;
            if let Err(error) = &stepped {
                // What is not on record must not go on.
                running.cut(unstored(error));
            }
            stepped
        })
    }

    fn cause(&self) -> Cause {
        Cause::new(Micros::now(), Actor::user(&self.person.name)).from_ip(self.ip.to_string())
    }

    /// Everything after the last byte: the states, the seal, the shelf.
    async fn end(&mut self, stop: &Stop, recorder: Recorder) {
        let running = Arc::clone(self.seat.running());
        if let Some(logged_in) = self.logged_in.take()
            && let Ok(Err(error)) = logged_in.await
        {
            tracing::warn!(session = %running.session.id, %error, "the login was not stored");
        }
        let last = Finish {
            reason: stop.to_string(),
            note: Some(marks::body(&Mark::from(stop))),
        };
        let sealing = recorder.finish(last);
        let closed = match (self.reached, stop.stage) {
            (Reached::Connecting, None | Some(FailureStage::Connect)) => {
                Event::ConnectFailed(stop.reason, stop.detail.clone())
            }
            (_, stage) => Event::ConnectionClosed(stop.reason, stage, stop.detail.clone()),
        };
        self.engine.close(&running, stop.reason, closed, sealing).await;
    }
}

/// Says why, to whoever follows the visit from within and to the caller, and lets go of both sockets.
async fn leave(arrival: &Arrival, visit: Box<dyn Visit>, stop: &Stop, patience: Duration) {
    if let Some(reporter) = arrival.reporter() {
        reporter.stopped(stop);
    }
    farewell(visit, stop, patience).await;
}

/// Says why, for as long as it is given, and lets go of both sockets.
async fn farewell(mut visit: Box<dyn Visit>, stop: &Stop, patience: Duration) {
    let said = timeout(patience, caught(async { visit.farewell(stop).await })).await;
    if let Ok(Err(panicked)) = said {
        tracing::error!(%panicked, "a farewell failed");
    }
    // Whatever was not said in time stays unsaid: the sockets close with the visit.
    if AssertUnwindSafe(async move { drop(visit) })
        .catch_unwind()
        .await
        .is_err()
    {
        tracing::error!("a visit panicked as it was dropped");
    }
}

/// Keeps a panic of the protocol within its connection, so that the session is ended and sealed like any other.
///
/// No `async fn`: that would keep its argument beside the copy that runs.
pub(crate) fn caught<T>(work: impl Future<Output = T>) -> impl Future<Output = Result<T, Stop>> {
    let caught = AssertUnwindSafe(work).catch_unwind();
    caught.map(|outcome| outcome.map_err(|panic| panicked(&*panic)))
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Stop {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(panic = text, "a protocol panicked");
    Stop::failed(
        EndReason::ProtocolError,
        FailureStage::Runtime,
        "the protocol's code panicked",
    )
}

fn late() -> Stop {
    Stop::new(EndReason::PolicyViolation).with_message("the login took too long")
}

/// Fails closed: what cannot be stored does not happen.
pub(crate) fn unstored(error: &dyn std::error::Error) -> Stop {
    Stop::failed(
        EndReason::RecorderFailed,
        FailureStage::Recorder,
        format!("the session could not be stored: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size<A, B, C, D, F>(_: impl Fn(A, B, C, D) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn an_idle_connection_keeps_no_room_for_its_login() {
        let life = size(
            |engine: &'static Arc<Engine>,
             protocol: &'static Arc<dyn Protocol>,
             arrival: &'static Arrival,
             visit| { live(engine, protocol, arrival, visit) },
        );
        assert!(life <= 3 << 10, "{life} bytes");
    }
}
