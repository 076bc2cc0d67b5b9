//! When connecting is allowed: parts of the week as the clock on a wall somewhere shows them.
//!
//! A moment is within a window when that clock shows a time within it. Nothing else is needed for the days on which clocks are changed: an
//! hour that is skipped is in no window, and one that comes twice is in its window both times.

use std::fmt;

use jiff::{SignedDuration, Timestamp, civil, civil::Weekday, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::Micros;

/// How far it is looked ahead for the end of windows that follow one another: in a year every change of clocks comes by.
const FARTHEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// A part of some days of the week. It belongs to the day on which it begins, and may go over midnight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Window {
    days: Vec<Day>,
    from: TimeOfDay,
    to: TimeOfDay,
    zone: Zone,
}

/// A [`Window`] as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// On which days it begins; empty for every day.
    #[serde(default)]
    days: Vec<Day>,
    from: TimeOfDay,
    /// The end is not part of it.
    to: TimeOfDay,
    /// Whose clock is looked at.
    zone: Zone,
}

impl TryFrom<Written> for Window {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let Written { days, from, to, zone } = written;
        if from == to {
            return Err("`from` and `to` are the same; a whole day is from 00:00 to 24:00");
        }
        if from == TimeOfDay::END {
            return Err("`from` is before 24:00");
        }
        Ok(Self { days, from, to, zone })
    }
}

impl From<Window> for Written {
    fn from(window: Window) -> Self {
        let Window { days, from, to, zone } = window;
        Self { days, from, to, zone }
    }
}

impl Window {
    /// Gives when it ends for the clock that shows this; [`None`] outside of it.
    fn end(&self, shown: civil::DateTime) -> Option<civil::DateTime> {
        let today = shown.date();
        [today.yesterday().ok(), Some(today)]
            .into_iter()
            .flatten()
            .find_map(|day| {
                let begins = Day::of(day.weekday());
                let at = |time: TimeOfDay| {
                    day.to_datetime(civil::Time::midnight())
                        .saturating_add(time.since_midnight())
                };
                let end = if self.from < self.to {
                    at(self.to)
                } else {
                    at(self.to).saturating_add(TimeOfDay::END.since_midnight())
                };
                let within = at(self.from) <= shown && shown < end;
                (within && (self.days.is_empty() || self.days.contains(&begins))).then_some(end)
            })
    }

    /// Gives until when it is open without a break, as far as its own clock is not changed; [`None`] when it is not open.
    fn open_until(&self, at: Timestamp) -> Option<Timestamp> {
        let zone = &self.zone.0;
        let end = self.end(zone.to_datetime(at))?;
        let end = zone.to_offset(at).to_timestamp(end).ok()?;
        let changed = zone.following(at).next().map(|change| change.timestamp());
        Some(changed.map_or(end, |changed| changed.min(end)))
    }
}

/// Finds the first window that is open at a moment.
#[must_use]
pub fn open(windows: &[Window], at: Micros) -> Option<&Window> {
    let at = Timestamp::from_microsecond(at.0).ok()?;
    windows.iter().find(|window| window.open_until(at).is_some())
}

/// Gives when none of the windows is open any more, from a moment on. [`None`] when that is not so within a year.
#[must_use]
pub fn closes(windows: &[Window], at: Micros) -> Option<Micros> {
    let begin = Timestamp::from_microsecond(at.0).ok()?;
    let mut now = begin;
    while now.duration_since(begin) < FARTHEST {
        match windows.iter().filter_map(|window| window.open_until(now)).max() {
            Some(later) => now = later,
            None => return Some(Micros(now.as_microsecond())),
        }
    }
    None
}

/// Writes windows for people.
#[must_use]
pub fn words(windows: &[Window]) -> String {
    let words: Vec<_> = windows.iter().map(Window::to_string).collect();
    words.join(" or ")
}

impl fmt::Display for Window {
    /// Writes `weekdays 08:00–18:00 Europe/Berlin`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}–{} {}",
            Day::words(&self.days),
            self.from,
            self.to,
            self.zone
        )
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Day {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Mon, "Mon"),
        (Self::Tue, "Tue"),
        (Self::Wed, "Wed"),
        (Self::Thu, "Thu"),
        (Self::Fri, "Fri"),
        (Self::Sat, "Sat"),
        (Self::Sun, "Sun"),
    ];

    fn of(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Mon,
            Weekday::Tuesday => Self::Tue,
            Weekday::Wednesday => Self::Wed,
            Weekday::Thursday => Self::Thu,
            Weekday::Friday => Self::Fri,
            Weekday::Saturday => Self::Sat,
            Weekday::Sunday => Self::Sun,
        }
    }

    fn words(days: &[Self]) -> String {
        let chosen = Self::ALL.iter().filter(|(day, _)| days.contains(day));
        let names: Vec<_> = chosen.map(|(_, name)| *name).collect();
        match names.as_slice() {
            [] | [_, _, _, _, _, _, _] => "every day".to_owned(),
            ["Mon", "Tue", "Wed", "Thu", "Fri"] => "weekdays".to_owned(),
            ["Sat", "Sun"] => "weekends".to_owned(),
            names => names.join(", "),
        }
    }
}

/// What a clock shows, from 00:00 to 24:00, in seconds. Written `HH:MM` or `HH:MM:SS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u32);

impl TimeOfDay {
    /// The end of the day.
    pub const END: Self = Self(24 * 3600);

    /// Reads the written form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = |part: &str| {
            let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse::<u32>().ok()).flatten()
        };
        let parts: Option<Vec<_>> = text.split(':').map(number).collect();
        let (hour, minute, second) = match *parts?.as_slice() {
            [hour, minute] => (hour, minute, 0),
            [hour, minute, second] => (hour, minute, second),
            _ => return None,
        };
        let time = Self(hour * 3600 + minute * 60 + second);
        (minute < 60 && second < 60 && time <= Self::END).then_some(time)
    }

    /// Gives what a clock in UTC shows.
    #[must_use]
    pub fn utc(at: Micros) -> Self {
        Self(at.0.div_euclid(1_000_000).rem_euclid(24 * 3600) as u32)
    }

    fn since_midnight(self) -> SignedDuration {
        SignedDuration::from_secs(self.0.into())
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is no time of day such as 08:00"))
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute, second) = (self.0 / 3600, self.0 / 60 % 60, self.0 % 60);
        write!(f, "{hour:02}:{minute:02}")?;
        if second > 0 {
            write!(f, ":{second:02}")?;
        }
        Ok(())
    }
}

/// A time zone of the IANA database, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Zone(TimeZone);

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let zone = TimeZone::get(&name).ok().filter(|zone| !zone.is_unknown());
        zone.map(Self)
            .ok_or_else(|| format!("`{name}` is no time zone such as Europe/Berlin or UTC"))
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.to_string()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

#[cfg(test)]
mod tests;
