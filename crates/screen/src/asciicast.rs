//! Recordings as asciicast files, line by line.
//!
//! Formats: <https://docs.asciinema.org/manual/asciicast/v3/> and `…/v2/`. One header line, then one line an event;
//! v3 writes the time since the line before, v2 the time since the start.

use std::fmt::Write as _;

use serde::Serialize;

use crate::utf8::Utf8Stream;

/// Which asciicast a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CastVersion {
    /// For players of before 2025; knows no exit events.
    V2,
    /// What asciinema writes since 3.0.
    #[default]
    V3,
}

/// What the first line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CastHeader<'a> {
    /// Columns at the start.
    pub cols: u16,
    /// Rows at the start.
    pub rows: u16,
    /// When the session started, in seconds since 1970.
    pub timestamp: Option<u64>,
    /// A title for lists.
    pub title: Option<&'a str>,
    /// `$TERM` of the session.
    pub term_type: Option<&'a str>,
}

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CastEvent<'a> {
    /// Bytes that the target wrote, in any chunking.
    Output(&'a [u8]),
    /// Bytes that the caller typed and that may be shown.
    Input(&'a [u8]),
    /// The window has a new size.
    Resize {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// A place worth jumping to.
    Marker(&'a str),
    /// The program ended with this status; v2 has no such event and leaves it out.
    Exit(i32),
}

/// Writes an asciicast: every call returns the line to append, line feed included.
///
/// A character that is cut between two events is written with the second one.
#[derive(Debug)]
pub struct CastWriter {
    version: CastVersion,
    output: Utf8Stream,
    input: Utf8Stream,
    last_us: u64,
}

#[derive(Serialize)]
struct HeaderV3<'a> {
    version: u8,
    term: TermV3<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
}

#[derive(Serialize)]
struct TermV3<'a> {
    cols: u16,
    rows: u16,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
}

#[derive(Serialize)]
struct HeaderV2<'a> {
    version: u8,
    width: u16,
    height: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    env: Option<EnvV2<'a>>,
}

#[derive(Serialize)]
struct EnvV2<'a> {
    #[serde(rename = "TERM")]
    term: &'a str,
}

impl CastWriter {
    /// Starts a file; returns the writer and the header line.
    pub fn new(version: CastVersion, header: &CastHeader<'_>) -> (Self, String) {
        let CastHeader {
            cols,
            rows,
            timestamp,
            title,
            term_type,
        } = *header;
        let mut line = match version {
            CastVersion::V2 => {
                let env = term_type.map(|term| EnvV2 { term });
                json(&HeaderV2 {
                    version: 2,
                    width: cols,
                    height: rows,
                    timestamp,
                    title,
                    env,
                })
            }
            CastVersion::V3 => json(&HeaderV3 {
                version: 3,
                term: TermV3 {
                    cols,
                    rows,
                    kind: term_type,
                },
                timestamp,
                title,
            }),
        };
        line.push('\n');
        let writer = Self {
            version,
            output: Utf8Stream::new(),
            input: Utf8Stream::new(),
            last_us: 0,
        };
        (writer, line)
    }

    /// Returns the line for an event `at_us` microseconds after the start; empty if there is nothing to write yet.
    ///
    /// Times before the last line's count as that line's time.
    pub fn event(&mut self, at_us: u64, event: CastEvent<'_>) -> String {
        match event {
            CastEvent::Output(bytes) => {
                let text = self.output.decode(bytes);
                self.text(at_us, 'o', &text)
            }
            CastEvent::Input(bytes) => {
                let text = self.input.decode(bytes);
                self.text(at_us, 'i', &text)
            }
            CastEvent::Resize { cols, rows } => self.line(at_us, 'r', &format!("{cols}x{rows}")),
            CastEvent::Marker(label) => self.line(at_us, 'm', label),
            CastEvent::Exit(status) => match self.version {
                CastVersion::V2 => String::new(),
                CastVersion::V3 => self.line(at_us, 'x', &status.to_string()),
            },
        }
    }

    /// Ends the file: lines for characters that stayed unfinished, usually none.
    pub fn finish(&mut self, at_us: u64) -> String {
        let (output, input) = (self.output.finish(), self.input.finish());
        let mut lines = self.text(at_us, 'o', output);
        lines.push_str(&self.text(at_us, 'i', input));
        lines
    }

    fn text(&mut self, at_us: u64, code: char, text: &str) -> String {
        if text.is_empty() {
            String::new()
        } else {
            self.line(at_us, code, text)
        }
    }

    fn line(&mut self, at_us: u64, code: char, data: &str) -> String {
        let at_us = at_us.max(self.last_us);
        // Whole microseconds are subtracted before they become decimals: intervals add up exactly.
        let time = match self.version {
            CastVersion::V2 => at_us,
            CastVersion::V3 => at_us - self.last_us,
        };
        self.last_us = at_us;
        let mut line = String::with_capacity(data.len() + 32);
        // Writing to a String cannot fail.
        let _ok = write!(
            line,
            "[{}.{:06}, \"{code}\", ",
            time / 1_000_000,
            time % 1_000_000
        );
        line.push_str(&json(&data));
        line.push_str("]\n");
        line
    }
}

#[expect(
    clippy::expect_used,
    reason = "strings and structs of strings and numbers always have a JSON form"
)]
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a JSON form")
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests"
    )]
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    const HEADER: CastHeader<'_> = CastHeader {
        cols: 80,
        rows: 24,
        timestamp: Some(1_700_000_000),
        title: Some("a \"b\""),
        term_type: Some("xterm"),
    };

    #[test]
    fn headers_are_those_of_their_version() {
        let (_, v3) = CastWriter::new(CastVersion::V3, &HEADER);
        assert_eq!(
            v3,
            "{\"version\":3,\"term\":{\"cols\":80,\"rows\":24,\"type\":\"xterm\"},\"timestamp\":1700000000,\"title\":\"a \\\"b\\\"\"}\n"
        );
        let (_, v2) = CastWriter::new(CastVersion::V2, &HEADER);
        assert_eq!(
            v2,
            "{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1700000000,\"title\":\"a \\\"b\\\"\",\"env\":{\"TERM\":\"xterm\"}}\n"
        );
    }

    #[test]
    fn version_three_counts_from_the_line_before() {
        let (mut writer, _) = CastWriter::new(CastVersion::V3, &HEADER);
        assert_eq!(
            writer.event(1_500_000, CastEvent::Output(b"a\x1b[1m\r\n")),
            "[1.500000, \"o\", \"a\\u001b[1m\\r\\n\"]\n"
        );
        assert_eq!(
            writer.event(1_500_001, CastEvent::Resize { cols: 100, rows: 30 }),
            "[0.000001, \"r\", \"100x30\"]\n"
        );
        assert_eq!(
            writer.event(1_400_000, CastEvent::Input(b"x")),
            "[0.000000, \"i\", \"x\"]\n"
        );
        assert_eq!(
            writer.event(62_000_000, CastEvent::Marker("here")),
            "[60.499999, \"m\", \"here\"]\n"
        );
        assert_eq!(
            writer.event(62_000_000, CastEvent::Exit(3)),
            "[0.000000, \"x\", \"3\"]\n"
        );
    }

    #[test]
    fn version_two_counts_from_the_start_and_has_no_exit() {
        let (mut writer, _) = CastWriter::new(CastVersion::V2, &HEADER);
        assert_eq!(
            writer.event(1_500_000, CastEvent::Output(b"a")),
            "[1.500000, \"o\", \"a\"]\n"
        );
        assert_eq!(
            writer.event(2_500_000, CastEvent::Output(b"b")),
            "[2.500000, \"o\", \"b\"]\n"
        );
        assert_eq!(writer.event(2_600_000, CastEvent::Exit(0)), "");
    }

    #[test]
    fn a_cut_character_moves_to_the_next_line() {
        let (mut writer, _) = CastWriter::new(CastVersion::V3, &HEADER);
        let euro = "€".as_bytes();
        assert_eq!(writer.event(1, CastEvent::Output(&euro[..2])), "");
        assert_eq!(
            writer.event(2, CastEvent::Input(b"i")),
            "[0.000002, \"i\", \"i\"]\n"
        );
        assert_eq!(
            writer.event(3, CastEvent::Output(&euro[2..])),
            "[0.000001, \"o\", \"€\"]\n"
        );
        assert_eq!(writer.event(4, CastEvent::Output(&euro[..1])), "");
        assert_eq!(writer.finish(5), "[0.000002, \"o\", \"\u{fffd}\"]\n");
    }

    proptest! {
        #[test]
        fn every_line_is_json_and_nothing_is_lost(chunks in prop::collection::vec((0u64..5_000_000, prop::collection::vec(any::<u8>(), 0..40)), 0..20)) {
            for version in [CastVersion::V2, CastVersion::V3] {
                let (mut writer, _) = CastWriter::new(version, &HEADER);
                let (mut at, mut bytes, mut text, mut clock) = (0u64, Vec::new(), String::new(), 0.0f64);
                let mut lines = String::new();
                for (step, chunk) in &chunks {
                    at += step;
                    bytes.extend_from_slice(chunk);
                    lines += &writer.event(at, CastEvent::Output(chunk));
                }
                lines += &writer.finish(at);
                for line in lines.lines() {
                    let Value::Array(event) = serde_json::from_str(line).unwrap() else { panic!("no array") };
                    prop_assert_eq!(event.len(), 3);
                    let time = event[0].as_f64().unwrap();
                    clock = if version == CastVersion::V2 { prop_assert!(time >= clock); time } else { clock + time };
                    prop_assert_eq!(&event[1], "o");
                    text += event[2].as_str().unwrap();
                }
                prop_assert_eq!(text, String::from_utf8_lossy(&bytes).into_owned());
                prop_assert!(clock <= at as f64 / 1e6 + 1e-6);
            }
        }
    }
}
