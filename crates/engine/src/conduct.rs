//! Watches over one connection while it runs: carries out orders, keeps the clocks, and says when it is over.

use std::{sync::Arc, time::Duration};

use domain::{
    Micros,
    audit::Actor,
    object::Profile,
    session::{Event, Life, State},
    stop::{EndReason, Stop},
    window,
};
use store::Cause;
use tape::Kind;
use tokio::time::{Instant, sleep_until, timeout};

use crate::{
    engine::Engine,
    gate::GateKeeper,
    limits::{Clock, End, Ring},
    marks::{self, Mark},
    notices::Notices,
    protocol::Notice,
    recorder::Recorder,
    roster::Running,
};

/// How long the end of its time waits for the store to take it down.
const PATIENCE: Duration = Duration::from_secs(2);

/// See the module.
pub(crate) struct Conductor<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) running: &'a Running,
    pub(crate) recorder: &'a Recorder,
    pub(crate) gate: &'a GateKeeper,
    pub(crate) notices: &'a Arc<Notices>,
    pub(crate) profile: &'a Profile,
}

impl Conductor<'_> {
    /// Runs until the connection has to end, and says why. Cancel-safe in the sense that nothing it did is undone.
    pub(crate) async fn conduct(&self) -> Stop {
        let mut lives = self.running.life.subscribe();
        let mut life = lives.borrow_and_update().clone();
        let wall = Micros::now();
        let closes = self.profile.closes(wall);
        let mut clock = Clock::new(self.profile, closes, &life, Instant::now(), wall);
        let mut cut_at = None;
        if life.is_locked() {
            self.lock(&life);
        }
        if let Some(stop) = self.end(&life, &mut cut_at) {
            return stop;
        }
        loop {
            let last_seen = self.engine.roster.last_seen(self.running.session.id);
            let alarm = cut_at.unwrap_or_else(|| clock.alarm(last_seen));
            tokio::select! {
                biased;
                stop = self.running.cut_off() => return stop,
                () = self.engine.cutting.cancelled() => return Stop::new(EndReason::GatewayShutdown),
                changed = lives.changed() => {
                    if changed.is_err() {
                        std::future::pending::<()>().await;
                    }
                    let next = lives.borrow_and_update().clone();
                    self.tell(&life, &next, &mut clock);
                    life = next;
                    if let Some(stop) = self.end(&life, &mut cut_at) {
                        return stop;
                    }
                }
                stop = self.recorder.failed() => return stop,
                () = sleep_until(alarm) => {
                    if cut_at.is_some() {
                        return stop_of(&life);
                    }
                    let last_seen = self.engine.roster.last_seen(self.running.session.id);
                    match clock.ring(Instant::now(), last_seen) {
                        Some(Ring::Warn { secs, why }) => self.warn(secs, self.stop(why)),
                        // What may be connected to again on another day goes on.
                        Some(Ring::Over(End::Hours)) if life.entitlement => return self.stop(End::Hours),
                        Some(Ring::Over(why)) => {
                            // On the heap: it comes once, and every connection would keep room for it.
                            if let Some(stop) = Box::pin(self.expire(self.stop(why))).await {
                                return stop;
                            }
                        }
                        None => {}
                    }
                }
            }
        }
    }

    /// Carries out what has changed and is no end.
    fn tell(&self, known: &Life, next: &Life, clock: &mut Clock) {
        if next.lock != known.lock && next.is_locked() {
            self.lock(next);
        } else if known.is_locked() && !next.is_locked() && !next.is_over() {
            self.gate.set_locked(false);
            self.note(&Mark::Unlocked);
            self.notices.push(Notice::Unlocked);
        }
        if next.expires_at != known.expires_at {
            let secs = clock.moved(next, Instant::now(), Micros::now());
            self.note(&Mark::Extended {
                expires_at: next.expires_at,
            });
            self.notices.push(Notice::Extended { secs });
        }
    }

    fn lock(&self, life: &Life) {
        self.gate.set_locked(true);
        if let Some(lock) = &life.lock {
            self.note(&Mark::Locked { lock: lock.clone() });
            self.notices.push(Notice::Locked(lock.clone()));
        }
    }

    /// Tells whether it is over: at once, or after a grace that begins now.
    fn end(&self, life: &Life, cut_at: &mut Option<Instant>) -> Option<Stop> {
        if life.state.is_terminal() {
            return Some(stop_of(life));
        }
        if life.state != State::Ending {
            return None;
        }
        let stop = stop_of(life);
        // Whoever ran out of time was warned before.
        if matches!(stop.reason, EndReason::MaxDuration | EndReason::IdleTimeout) {
            return Some(stop);
        }
        if cut_at.is_none() {
            *cut_at = Some(Instant::now() + self.engine.limits.grace);
            self.notices.push(Notice::Ending(stop));
        }
        None
    }

    /// Says why a clock ends it.
    fn stop(&self, end: End) -> Stop {
        match end {
            End::Hours => Stop::new(EndReason::MaxDuration)
                .with_message(format!("allowed {}", window::words(&self.profile.hours))),
            End::MaxDuration => Stop::new(EndReason::MaxDuration),
            End::Idle => Stop::new(EndReason::IdleTimeout),
        }
    }

    fn warn(&self, secs: u32, why: Stop) {
        self.note(&Mark::Warned {
            secs,
            why: why.reason,
        });
        self.notices.push(Notice::EndsIn { secs, why });
    }

    /// Takes down that its time is over. The news comes back as its life; [`Some`] when the store could not be asked.
    async fn expire(&self, stop: Stop) -> Option<Stop> {
        let cause = Cause::new(Micros::now(), Actor::system("limits"));
        let over = Event::Expire(stop.reason, stop.message.clone());
        let order = self.engine.step(self.running.session.id, over, cause, None);
        match timeout(PATIENCE, order).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => {
                tracing::error!(%error, "the end of a session's time could not be stored");
                Some(stop)
            }
            Err(_elapsed) => Some(stop),
        }
    }

    fn note(&self, mark: &Mark) {
        self.recorder.intake().put_now(0, Kind::Note(marks::body(mark)));
    }
}

/// Says why a session that is over ended.
pub(crate) fn stop_of(life: &Life) -> Stop {
    Stop {
        reason: life.end_reason.unwrap_or(EndReason::GatewayLost),
        stage: life.failure_stage,
        detail: life.error.clone(),
        message: life.end_message.clone(),
    }
}
