#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "tests"
)]
use super::*;
use proptest::prelude::*;
use serde_json::Value;

/// The checks of asciinema-player 3.17, `validateIndex` and `normalizeSegment`.
fn accepted_by_the_player(index: &Value, segments: &[Value]) {
    let time = |value: &Value| {
        let time = value.as_f64().expect("a time");
        assert!(time.is_finite() && time >= 0.0);
        time
    };
    let size =
        |value: &Value| assert!(value["cols"].as_u64().unwrap() > 0 && value["rows"].as_u64().unwrap() > 0);
    assert_eq!(index["version"], 1);
    let duration = time(&index["duration"]);
    size(&index["term"]);
    let starts: Vec<f64> = index["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| time(&entry["start"]))
        .collect();
    assert_eq!(starts[0], 0.0);
    assert!(
        starts
            .windows(2)
            .all(|pair| pair[0] < pair[1] && pair[1] < duration)
    );
    let mut last = -1.0;
    for marker in index["markers"].as_array().unwrap() {
        let at = time(&marker[0]);
        assert!(at >= last && at <= duration && marker[1].is_string());
        last = at;
    }
    assert_eq!(starts.len(), segments.len());
    for (number, segment) in segments.iter().enumerate() {
        size(&segment["snapshot"]);
        assert!(segment["snapshot"]["init"].is_string());
        let events = segment["events"].as_array().unwrap();
        assert!(!events.is_empty());
        let end = starts.get(number + 1).copied().unwrap_or(duration);
        let mut previous = starts[number];
        for event in events {
            let at = time(&event[0]);
            assert!(event[1].is_string() && at >= previous);
            assert!(at < end || number + 1 == segments.len() && at <= end);
            previous = at;
        }
        if number > 0 {
            assert_eq!(time(&events[0][0]), starts[number]);
        }
    }
    assert_eq!(
        time(
            &segments.last().unwrap()["events"]
                .as_array()
                .unwrap()
                .last()
                .unwrap()[0]
        ),
        duration
    );
}

/// Cuts as a server does: plans, draws the pictures, writes each segment by itself.
fn cut(length_us: u64, end_us: u64, events: &[(u64, SegmentEvent<'_>)]) -> (Vec<Segment>, SegmentIndex) {
    let size = Size { cols: 20, rows: 5 };
    let mut plan = SegmentPlan::new(length_us);
    let mut begins = vec![(0, Carry::default())];
    for (number, (at, event)) in events.iter().enumerate() {
        begins.extend(plan.push(*at, *event).map(|carry| (number, carry)));
    }
    let end_us = events.iter().map(|(at, _)| *at).max().unwrap_or(0).max(end_us);
    let map = plan.time_map(None, end_us);
    let mut terminal = Terminal::new(size.cols, size.rows);
    let mut pictures = Vec::new();
    for (number, (_, event)) in events.iter().enumerate() {
        if begins.iter().any(|(first, _)| *first == number && number > 0) {
            pictures.push(Snapshot::of(&terminal));
        }
        match event {
            SegmentEvent::Output(bytes) => terminal.feed(bytes),
            SegmentEvent::Resize { cols, rows } => terminal.resize(*cols, *rows),
            _ => {}
        }
    }
    pictures.insert(0, Snapshot::empty(size));
    let mut segments = Vec::new();
    for (number, (first, carry)) in begins.iter().enumerate() {
        let mut writer = SegmentWriter::new(pictures[number].clone(), carry.clone());
        let last = begins.get(number + 1).map_or(events.len(), |(next, _)| *next);
        for (at, event) in &events[*first..last] {
            writer.push(map.player(*at), *event);
        }
        segments.push(match begins.get(number + 1) {
            Some(_) => writer.finish(),
            None => writer.finish_last(plan.duration(&map, end_us)),
        });
    }
    (
        segments,
        plan.index(size, &map, end_us, |number| format!("{number}.json")),
    )
}

fn check(segments: &[Segment], index: &SegmentIndex) {
    let values: Vec<Value> = segments
        .iter()
        .map(|segment| serde_json::to_value(segment).unwrap())
        .collect();
    accepted_by_the_player(&serde_json::to_value(index).unwrap(), &values);
}

#[test]
fn a_segment_starts_with_the_picture_so_far() {
    let euro = "€".as_bytes();
    let (segments, index) = cut(
        3_500_000,
        70_000_000,
        &[
            (1_000_000, SegmentEvent::Output(b"one\r\n\x1b[31mtwo")),
            (2_000_000, SegmentEvent::Marker("here")),
            (29_000_000, SegmentEvent::Output(&euro[..1])),
            (31_000_000, SegmentEvent::Output(&euro[1..])),
            (31_000_000, SegmentEvent::Resize { cols: 30, rows: 6 }),
            (40_000_000, SegmentEvent::Input(b"y")),
            (65_000_000, SegmentEvent::Input(b"x")),
        ],
    );
    check(&segments, &index);
    assert_eq!(index.segments.len(), 3);
    assert_eq!(index.markers, [(Seconds(2_000_000), "here".to_owned())]);
    let second = Terminal::restore(20, 5, &segments[1].snapshot.init);
    assert_eq!(second.lines()[..2], ["one", "two"]);
    assert_eq!(segments[1].events[0], (Seconds(31_000_000), "o", "€".to_owned()));
    assert_eq!(
        segments[1].events[1],
        (Seconds(31_000_000), "r", "30x6".to_owned())
    );
    assert_eq!((segments[2].snapshot.cols, segments[2].snapshot.rows), (30, 6));
    assert_eq!(
        Terminal::restore(30, 6, &segments[2].snapshot.init).lines()[1],
        "two€"
    );
    assert_eq!(segments[2].events.last().unwrap().0, Seconds(70_000_000));
}

#[test]
fn a_growing_recording_keeps_the_segments_that_it_had() {
    let events: Vec<(u64, String)> = (0..50u64)
        .map(|n| (n * 700_000, format!("line {n}\r\n")))
        .collect();
    let pushed: Vec<_> = events
        .iter()
        .map(|(at, text)| (*at, SegmentEvent::Output(text.as_bytes())))
        .collect();
    let (early, _) = cut(5_000_000, pushed[29].0, &pushed[..30]);
    let (late, index) = cut(5_000_000, pushed[49].0, &pushed);
    assert!(early.len() > 2 && late.len() > early.len());
    assert_eq!(early[..early.len() - 1], late[..early.len() - 1]);
    assert_eq!(index.segments.len(), late.len());
}

#[test]
fn hours_without_events_need_no_segments() {
    let hour = 3_600_000_000;
    let (segments, index) = cut(
        30_000_000,
        9 * hour,
        &[
            (0, SegmentEvent::Output(b"a")),
            (8 * hour, SegmentEvent::Output(b"b")),
        ],
    );
    check(&segments, &index);
    assert_eq!(segments.len(), 1);
}

#[test]
fn an_empty_recording_is_still_one_the_player_takes() {
    let (segments, index) = cut(30_000_000, 0, &[]);
    check(&segments, &index);
    let (segments, index) = cut(30_000_000, 5_000_000, &[]);
    check(&segments, &index);
}

proptest! {
    #[test]
    fn the_player_takes_every_cut_and_sees_the_same_screen(
        steps in prop::collection::vec((prop_oneof![Just(0u64), 0u64..3_000_000], 0u8..8, "[a-z\r\n€]{0,12}"), 0..60),
        length in 1u64..5_000_000,
        extra in 0u64..2_000_000,
    ) {
        let mut at = 0;
        let mut events = Vec::new();
        for (step, kind, text) in &steps {
            at += step;
            events.push((at, match kind {
                0 => SegmentEvent::Marker(text),
                1 => SegmentEvent::Resize { cols: 10 + text.len() as u16, rows: 5 },
                2 => SegmentEvent::Input(text.as_bytes()),
                3 => SegmentEvent::Output(&text.as_bytes()[..text.len() / 2]),
                _ => SegmentEvent::Output(text.as_bytes()),
            }));
        }
        let (segments, index) = cut(length, at.saturating_sub(1_000_000) + extra, &events);
        check(&segments, &index);
        // Whoever starts at any segment sees at its end what the next one starts with.
        for pair in segments.windows(2) {
            let mut terminal = Terminal::restore(pair[0].snapshot.cols, pair[0].snapshot.rows, &pair[0].snapshot.init);
            for (_, code, data) in &pair[0].events {
                match *code {
                    "o" => terminal.feed(data.as_bytes()),
                    "r" => {
                        let (cols, rows) = data.split_once('x').unwrap();
                        terminal.resize(cols.parse().unwrap(), rows.parse().unwrap());
                    }
                    _ => {}
                }
            }
            let next = Terminal::restore(pair[1].snapshot.cols, pair[1].snapshot.rows, &pair[1].snapshot.init);
            prop_assert_eq!(terminal.lines(), next.lines());
            prop_assert_eq!(terminal.cursor(), next.cursor());
        }
    }
}
