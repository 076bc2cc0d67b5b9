//! Real time and player time, where long pauses are shortened.

use serde::{Deserialize, Serialize};

/// Translates between a session's real clock and a player's clock on which no pause is longer than a limit.
///
/// Built by telling it the time of every event, in order. Both directions are monotonic, equal at the start, and
/// `player(real(t)) == t` for every `t` that the player can show. Times are microseconds since the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeMap {
    limit_us: Option<u64>,
    last_us: u64,
    cuts: Vec<Cut>,
}

/// A pause that was shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Real time of the event that ended the pause.
    pub until_us: u64,
    /// What this cut took out of the player's time.
    pub removed_us: u64,
    /// What all cuts up to this one took out.
    pub total_us: u64,
}

impl TimeMap {
    /// Starts a map; without a limit both clocks are the same.
    pub fn new(limit_us: Option<u64>) -> Self {
        Self {
            limit_us,
            last_us: 0,
            cuts: Vec::new(),
        }
    }

    /// Makes the map of a recording whose pauses are known: the real time at which each ended, and how long it was.
    pub fn of_pauses(limit_us: Option<u64>, pauses: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let mut map = Self::new(limit_us);
        for (until_us, pause_us) in pauses {
            map.last_us = until_us.saturating_sub(pause_us);
            map.push(until_us);
        }
        map
    }

    /// Takes the next event's real time and returns its player time. Times that go back count as the last one.
    pub fn push(&mut self, real_us: u64) -> u64 {
        let real_us = real_us.max(self.last_us);
        let pause = real_us - self.last_us;
        let before = self.cuts.last().map_or(0, |cut| cut.total_us);
        if let Some(removed_us) = self
            .limit_us
            .and_then(|limit| pause.checked_sub(limit))
            .filter(|removed| *removed > 0)
        {
            self.cuts.push(Cut {
                until_us: real_us,
                removed_us,
                total_us: before + removed_us,
            });
        }
        self.last_us = real_us;
        self.player(real_us)
    }

    /// Player time of a real time. Inside a shortened pause the player's clock runs to the limit, then waits.
    pub fn player(&self, real_us: u64) -> u64 {
        let passed = self.cuts.partition_point(|cut| cut.until_us <= real_us);
        let removed = self
            .cuts
            .get(..passed)
            .and_then(<[Cut]>::last)
            .map_or(0, |cut| cut.total_us);
        let shown = real_us - removed;
        match self.cuts.get(passed) {
            Some(next) => shown.min(next.until_us - next.total_us),
            None => shown,
        }
    }

    /// Real time of a player time; where a pause was cut, the moment at which it ended.
    pub fn real(&self, player_us: u64) -> u64 {
        let passed = self
            .cuts
            .partition_point(|cut| cut.until_us - cut.total_us <= player_us);
        player_us
            + self
                .cuts
                .get(..passed)
                .and_then(<[Cut]>::last)
                .map_or(0, |cut| cut.total_us)
    }

    /// The pauses that were shortened, in order.
    pub fn cuts(&self) -> &[Cut] {
        &self.cuts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_long_pause_lasts_as_long_as_the_limit() {
        let mut map = TimeMap::new(Some(2_000_000));
        assert_eq!(map.push(1_000_000), 1_000_000);
        assert_eq!(map.push(61_000_000), 3_000_000);
        assert_eq!(map.push(62_000_000), 4_000_000);
        assert_eq!(map.player(2_000_000), 2_000_000);
        assert_eq!(
            map.player(30_000_000),
            3_000_000,
            "inside the pause the player waits"
        );
        assert_eq!(map.real(2_999_999), 2_999_999);
        assert_eq!(map.real(3_000_000), 61_000_000);
        assert_eq!(map.real(4_000_000), 62_000_000);
    }

    proptest! {
        #[test]
        fn both_directions_agree(steps in prop::collection::vec(0u64..10_000_000, 1..40), limit in prop::option::of(0u64..5_000_000), probes in prop::collection::vec(0u64..400_000_000, 1..20)) {
            let mut map = TimeMap::new(limit);
            let (mut real, mut last) = (0, 0);
            let mut shown = Vec::new();
            for step in steps {
                real += step;
                let player = map.push(real);
                prop_assert!(player >= last && limit.is_none_or(|limit| player - last <= limit));
                last = player;
                shown.push((real, player));
            }
            for (real, player) in shown {
                prop_assert_eq!(map.player(real), player);
            }
            let mut sorted = probes;
            sorted.sort_unstable();
            for pair in sorted.windows(2) {
                let (Some(a), Some(b)) = (pair.first(), pair.last()) else { continue };
                prop_assert!(map.player(*a) <= map.player(*b));
                prop_assert!(map.real(*a) <= map.real(*b));
            }
            for probe in sorted {
                prop_assert_eq!(map.player(map.real(probe)), probe);
            }
        }
    }
}
