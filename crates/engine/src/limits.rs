//! The clocks of a connection: how long it may last, at which hours, how long it may be silent, and when to warn before either.

use std::time::Duration;

use domain::{Micros, object::Profile, session::Life};
use tokio::time::Instant;

/// A time that does not come.
const FAR: Duration = Duration::from_hours(30 * 365 * 24);

/// What a clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ring {
    /// The end is near.
    Warn {
        /// Seconds that are left.
        secs: u32,
        /// Why it would end.
        why: End,
    },
    /// Time is up.
    Over(End),
}

/// Which clock ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The session may not last longer.
    MaxDuration,
    /// The hours of the profile are over.
    Hours,
    /// Both sides were silent for too long.
    Idle,
}

/// The clocks. Moments are passed in.
#[derive(Debug)]
pub(crate) struct Clock {
    warning: Duration,
    idle: Option<Duration>,
    /// When the hours of the profile are over.
    closes: Option<Instant>,
    end: Instant,
    ends_by: End,
    warned_end: bool,
    /// The last sign of life before the warning that was given.
    warned_idle: Option<Instant>,
}

impl Clock {
    pub(crate) fn new(
        profile: &Profile,
        closes: Option<Micros>,
        life: &Life,
        now: Instant,
        wall: Micros,
    ) -> Self {
        let warning = Duration::from_secs(u64::from(profile.warning_secs));
        let idle = Duration::from_secs(u64::from(profile.idle_timeout_secs));
        let mut clock = Self {
            warning,
            idle: (!idle.is_zero()).then_some(idle),
            closes: closes.map(|at| now + at.since(wall).duration()),
            end: now,
            ends_by: End::MaxDuration,
            warned_end: false,
            warned_idle: None,
        };
        clock.moved(life, now, wall);
        clock
    }

    /// Takes a new end; gives the seconds that are left.
    pub(crate) fn moved(&mut self, life: &Life, now: Instant, wall: Micros) -> u32 {
        // Anchored once: later jumps of the wall clock do not cut a session short.
        self.end = now + life.expires_at.since(wall).duration().min(FAR);
        self.ends_by = End::MaxDuration;
        // A session that was given no longer than the hours ends with both.
        if let Some(closes) = self.closes.filter(|closes| *closes <= self.end) {
            (self.end, self.ends_by) = (closes, End::Hours);
        }
        let left = self.end.saturating_duration_since(now);
        // A session that is shorter than the warning is not warned at its very beginning.
        self.warned_end = left <= self.warning;
        secs(left)
    }

    /// Gives when to look again.
    pub(crate) fn alarm(&self, last_seen: Option<Instant>) -> Instant {
        let end = if self.warned_end {
            self.end
        } else {
            self.end - self.warning.min(FAR)
        };
        let Some((idle, last)) = self.idle.zip(last_seen) else {
            return end;
        };
        let idle_alarm = if self.warns_idle(idle, last) {
            last + idle - self.warning
        } else {
            last + idle
        };
        end.min(idle_alarm)
    }

    fn warns_idle(&self, idle: Duration, last: Instant) -> bool {
        self.warning < idle && self.warned_idle != Some(last)
    }

    /// Says what it is time for; nothing when there was a sign of life meanwhile.
    pub(crate) fn ring(&mut self, now: Instant, last_seen: Option<Instant>) -> Option<Ring> {
        if now >= self.end {
            return Some(Ring::Over(self.ends_by));
        }
        if let Some((idle, last)) = self.idle.zip(last_seen) {
            if now >= last + idle {
                return Some(Ring::Over(End::Idle));
            }
            if self.warns_idle(idle, last) && now >= last + idle - self.warning {
                self.warned_idle = Some(last);
                let why = End::Idle;
                return Some(Ring::Warn {
                    secs: secs(last + idle - now),
                    why,
                });
            }
        }
        if !self.warned_end && now >= self.end - self.warning.min(FAR) {
            self.warned_end = true;
            return Some(Ring::Warn {
                secs: secs(self.end - now),
                why: self.ends_by,
            });
        }
        None
    }
}

fn secs(left: Duration) -> u32 {
    // Rounded, so that "60 seconds" is said and not 59.
    u32::try_from((left + Duration::from_millis(500)).as_secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Span;

    const WALL: Micros = Micros(1_800_000_000_000_000);

    fn clock(max: u32, idle: u32, warning: u32) -> (Clock, Instant, Life) {
        let profile = Profile {
            max_duration_secs: max,
            idle_timeout_secs: idle,
            warning_secs: warning,
            ..Profile::default()
        };
        let life = Life::direct(WALL, Span::secs(i64::from(max)));
        let now = Instant::now();
        (Clock::new(&profile, None, &life, now, WALL), now, life)
    }

    fn after(start: Instant, secs: u64) -> Instant {
        start + Duration::from_secs(secs)
    }

    #[test]
    fn the_end_is_warned_of_once_and_then_comes() {
        let (mut clock, start, _) = clock(600, 0, 60);
        assert_eq!(clock.alarm(Some(start)), after(start, 540));
        assert_eq!(clock.ring(after(start, 539), Some(start)), None);
        let warn = Ring::Warn {
            secs: 60,
            why: End::MaxDuration,
        };
        assert_eq!(clock.ring(after(start, 540), Some(start)), Some(warn));
        assert_eq!(clock.ring(after(start, 541), Some(start)), None);
        assert_eq!(clock.alarm(Some(start)), after(start, 600));
        assert_eq!(
            clock.ring(after(start, 600), Some(start)),
            Some(Ring::Over(End::MaxDuration))
        );
    }

    #[test]
    fn an_extension_moves_the_end_and_its_warning() {
        let (mut clock, start, mut life) = clock(600, 0, 60);
        let _warned = clock.ring(after(start, 540), Some(start));
        life.expires_at = life.expires_at.plus(Span::secs(300));
        assert_eq!(
            clock.moved(&life, after(start, 550), WALL.plus(Span::secs(550))),
            350
        );
        assert_eq!(clock.ring(after(start, 600), Some(start)), None);
        assert_eq!(clock.alarm(Some(start)), after(start, 840));
    }

    #[test]
    fn the_hours_end_it_before_its_time_and_no_extension_moves_them() {
        let profile = Profile {
            warning_secs: 60,
            idle_timeout_secs: 0,
            ..Profile::default()
        };
        let mut life = Life::direct(WALL, Span::secs(600));
        let start = Instant::now();
        let mut clock = Clock::new(&profile, Some(WALL.plus(Span::secs(300))), &life, start, WALL);
        let warn = Ring::Warn {
            secs: 60,
            why: End::Hours,
        };
        assert_eq!(clock.ring(after(start, 240), Some(start)), Some(warn));
        life.expires_at = life.expires_at.plus(Span::secs(3600));
        let left = clock.moved(&life, after(start, 250), WALL.plus(Span::secs(250)));
        assert_eq!(left, 50);
        assert_eq!(clock.ring(after(start, 299), Some(start)), None);
        assert_eq!(
            clock.ring(after(start, 300), Some(start)),
            Some(Ring::Over(End::Hours))
        );
    }

    #[test]
    fn silence_is_warned_of_once_and_a_sign_of_life_starts_it_anew() {
        let (mut clock, start, _) = clock(10_000, 300, 60);
        let warn = Ring::Warn {
            secs: 60,
            why: End::Idle,
        };
        assert_eq!(clock.alarm(Some(start)), after(start, 240));
        assert_eq!(clock.ring(after(start, 240), Some(start)), Some(warn));
        assert_eq!(clock.ring(after(start, 250), Some(start)), None);
        let alive = after(start, 260);
        assert_eq!(clock.ring(after(start, 300), Some(alive)), None);
        assert_eq!(
            clock.ring(after(start, 500), Some(alive)),
            Some(warn),
            "warned again"
        );
        assert_eq!(
            clock.ring(after(start, 560), Some(alive)),
            Some(Ring::Over(End::Idle))
        );
    }

    #[test]
    fn a_session_shorter_than_the_warning_is_not_warned_at_its_beginning() {
        let (mut clock, start, _) = clock(30, 0, 60);
        assert_eq!(clock.ring(start, Some(start)), None);
        assert_eq!(clock.alarm(Some(start)), after(start, 30));
    }
}
