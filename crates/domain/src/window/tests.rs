#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn windows(json: Value) -> Vec<Window> {
    serde_json::from_value(json).unwrap()
}

/// Reads a moment, such as `2026-03-29T02:30+01:00`.
fn at(text: &str) -> Micros {
    Micros::parse_rfc3339(text).unwrap()
}

fn is_open(windows: &[Window], text: &str) -> bool {
    open(windows, at(text)).is_some()
}

fn closing(windows: &[Window], text: &str) -> String {
    closes(windows, at(text))
        .unwrap()
        .rfc3339()
        .replace(".000000", "")
}

const WEEKDAYS: [&str; 5] = ["mon", "tue", "wed", "thu", "fri"];

#[test]
fn a_window_is_open_on_its_days_between_its_times() {
    let office =
        windows(json!([{ "days": WEEKDAYS, "from": "08:00", "to": "18:00", "zone": "Europe/Berlin" }]));
    // A Friday in winter and a Thursday in summer: an hour and two hours before UTC.
    for (time, expected) in [
        ("2026-12-04T06:59:59Z", false),
        ("2026-12-04T07:00:00Z", true),
        ("2026-12-04T16:59:59Z", true),
        ("2026-12-04T17:00:00Z", false),
        ("2026-07-02T06:00:00Z", true),
        ("2026-07-02T16:00:00Z", false),
        ("2026-12-05T10:00:00Z", false),
    ] {
        assert_eq!(is_open(&office, time), expected, "{time}");
    }
    assert_eq!(closing(&office, "2026-12-04T12:00:00Z"), "2026-12-04T17:00:00Z");
    assert_eq!(office[0].to_string(), "weekdays 08:00–18:00 Europe/Berlin");
}

#[test]
fn a_window_may_go_over_midnight_and_over_the_end_of_the_week() {
    let night = windows(json!([{ "days": ["sun"], "from": "22:00", "to": "06:00", "zone": "UTC" }]));
    // The 6th of December 2026 is a Sunday.
    assert!(is_open(&night, "2026-12-06T22:00:00Z"));
    assert!(is_open(&night, "2026-12-07T05:59:59Z"), "it belongs to Sunday");
    assert!(!is_open(&night, "2026-12-07T06:00:00Z"));
    assert!(!is_open(&night, "2026-12-07T22:00:00Z"));
    assert!(!is_open(&night, "2026-12-06T05:00:00Z"), "that is Saturday's");
    assert_eq!(closing(&night, "2026-12-06T23:00:00Z"), "2026-12-07T06:00:00Z");
    // Of a window that ends at midnight the next day has nothing.
    let evening = windows(json!([{ "days": ["sun"], "from": "22:00", "to": "00:00", "zone": "UTC" }]));
    assert!(is_open(&evening, "2026-12-06T23:59:59Z") && !is_open(&evening, "2026-12-07T00:00:00Z"));
}

#[test]
fn windows_that_follow_one_another_are_one() {
    let both = windows(json!([
        { "days": ["fri"], "from": "08:00", "to": "24:00", "zone": "UTC" },
        { "days": ["sat"], "from": "00:00", "to": "12:00", "zone": "UTC" },
    ]));
    assert_eq!(closing(&both, "2026-12-04T09:00:00Z"), "2026-12-05T12:00:00Z");
    let always = windows(json!([{ "from": "00:00", "to": "24:00", "zone": "America/New_York" }]));
    assert_eq!(closes(&always, at("2026-12-04T09:00:00Z")), None);
    // Two clocks that are not changed on the same day leave an hour between them.
    let around = windows(json!([
        { "from": "00:00", "to": "12:00", "zone": "Europe/Berlin" },
        { "from": "06:00", "to": "18:00", "zone": "America/New_York" },
    ]));
    assert_eq!(closing(&around, "2026-02-01T00:00:00Z"), "2026-03-08T22:00:00Z");
}

#[test]
fn an_hour_that_is_skipped_is_in_no_window() {
    // In Berlin the clocks go from 02:00 to 03:00 at 01:00 UTC of the 29th of March 2026.
    let within = windows(json!([{ "from": "02:15", "to": "02:45", "zone": "Europe/Berlin" }]));
    assert!(!is_open(&within, "2026-03-29T00:59:59Z") && !is_open(&within, "2026-03-29T01:00:00Z"));
    assert!(is_open(&within, "2026-03-30T00:15:00Z"), "the day after");
    let into = windows(json!([{ "from": "01:00", "to": "02:30", "zone": "Europe/Berlin" }]));
    assert_eq!(closing(&into, "2026-03-29T00:30:00Z"), "2026-03-29T01:00:00Z");
    let over = windows(json!([{ "from": "01:00", "to": "04:00", "zone": "Europe/Berlin" }]));
    assert_eq!(closing(&over, "2026-03-29T00:30:00Z"), "2026-03-29T02:00:00Z");
    let out_of = windows(json!([{ "from": "02:30", "to": "04:00", "zone": "Europe/Berlin" }]));
    assert!(is_open(&out_of, "2026-03-29T01:00:00Z"), "the clock shows 03:00");
}

#[test]
fn an_hour_that_comes_twice_is_in_its_window_both_times() {
    // In Berlin the clocks go from 03:00 back to 02:00 at 01:00 UTC of the 25th of October 2026.
    let within = windows(json!([{ "from": "02:15", "to": "02:45", "zone": "Europe/Berlin" }]));
    for (time, expected) in [
        ("2026-10-25T00:14:59Z", false),
        ("2026-10-25T00:15:00Z", true),
        ("2026-10-25T00:45:00Z", false),
        ("2026-10-25T01:15:00Z", true),
        ("2026-10-25T01:45:00Z", false),
    ] {
        assert_eq!(is_open(&within, time), expected, "{time}");
    }
    assert_eq!(closing(&within, "2026-10-25T00:20:00Z"), "2026-10-25T00:45:00Z");
    let over = windows(json!([{ "from": "01:00", "to": "04:00", "zone": "Europe/Berlin" }]));
    assert_eq!(closing(&over, "2026-10-24T23:30:00Z"), "2026-10-25T03:00:00Z");
    // The clock is set back to before the window.
    let late = windows(json!([{ "from": "02:30", "to": "04:00", "zone": "Europe/Berlin" }]));
    assert_eq!(closing(&late, "2026-10-25T00:40:00Z"), "2026-10-25T01:00:00Z");
    assert!(is_open(&late, "2026-10-25T01:30:00Z"));
}

#[test]
fn nonsense_is_refused_with_its_place() {
    let good = json!({ "days": ["mon"], "from": "08:00", "to": "18:00", "zone": "Europe/Berlin" });
    for (field, value, said) in [
        (
            "zone",
            json!("Mars/Olympus"),
            "hours[0].zone: `Mars/Olympus` is no time zone",
        ),
        ("zone", json!(""), "hours[0].zone: `` is no time zone"),
        ("from", json!("8:00"), "hours[0].from: `8:00` is no time of day"),
        ("to", json!("24:01"), "hours[0].to: `24:01` is no time of day"),
        ("from", json!("10:60"), "hours[0].from: `10:60` is no time of day"),
        ("to", json!("08:00"), "hours[0]: `from` and `to` are the same"),
        ("from", json!("24:00"), "hours[0]: `from` is before 24:00"),
        (
            "days",
            json!(["mon", "funday"]),
            "hours[0].days[1]: unknown variant `funday`",
        ),
        ("until", json!("18:00"), "hours[0].until: unknown field `until`"),
    ] {
        let mut window = good.clone();
        window[field] = value;
        let read = crate::object::Spec::read(crate::object::Kind::Profile, json!({ "hours": [window] }));
        let error = read.unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
    let window = windows(json!([good]));
    assert_eq!(
        serde_json::to_value(&window).unwrap(),
        json!([good]),
        "written as it was read"
    );
}

/// Zones with all sorts of changes of their clocks: by half an hour, at midnight, the other way round, never.
const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Asuncion",
    "Africa/Casablanca",
    "UTC",
];

proptest! {
    /// What the clock shows decides: minute by minute the same as looking at it, and open without a break until it closes.
    #[test]
    fn a_window_closes_at_the_first_moment_at_which_its_clock_shows_another_time(
        zone in 0..ZONES.len(), from in 0_u32..24 * 60, lasts in 1_u32..24 * 60, days in proptest::sample::subsequence(Day::ALL.map(|(day, _)| day).to_vec(), 0..=7),
        minute in 0_i64..2 * 366 * 24 * 60,
    ) {
        let (from, to) = (TimeOfDay(from * 60), TimeOfDay((from + lasts) % (24 * 60) * 60));
        let zone = Zone::try_from(ZONES[zone].to_owned()).unwrap();
        let window = Window { days: days.clone(), from, to, zone };
        let shows = |at: Micros| {
            let shown = window.zone.0.to_datetime(Timestamp::from_microsecond(at.0).unwrap());
            let time = u32::try_from(shown.hour()).unwrap() * 3600 + u32::try_from(shown.minute()).unwrap() * 60;
            let on = |date: civil::Date| days.is_empty() || days.contains(&Day::of(date.weekday()));
            if from < to {
                on(shown.date()) && (from.0..to.0).contains(&time)
            } else {
                on(shown.date()) && time >= from.0 || on(shown.date().yesterday().unwrap()) && time < to.0
            }
        };
        let at = |minutes: i64| Micros((1_767_225_600 + minutes * 60) * 1_000_000);
        let all = [window.clone()];
        prop_assert_eq!(open(&all, at(minute)).is_some(), shows(at(minute)));
        // Windows that follow one another make a long one; those of a day are looked at in full.
        let first_shut = (minute..minute + 26 * 60).find(|minute| !shows(at(*minute)));
        if let Some(shut) = first_shut {
            prop_assert_eq!(closes(&all, at(minute)), Some(at(shut)));
        }
    }
}
