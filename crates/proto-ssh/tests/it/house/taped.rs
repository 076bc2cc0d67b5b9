//! What is on a tape, as tests ask for it.

use engine::Direction;
use tape::{Kind, Record};

/// What is on the tape of a connection, gathered by strand.
#[derive(Debug, Default)]
pub(crate) struct Taped {
    pub(crate) records: Vec<Record>,
}

impl Taped {
    /// Lists how the strands begin.
    pub(crate) fn opens(&self) -> Vec<serde_json::Value> {
        self.json(|kind| {
            if let Kind::Open(body) = kind {
                Some(body)
            } else {
                None
            }
        })
    }

    /// Lists how the strands end.
    pub(crate) fn closes(&self) -> Vec<serde_json::Value> {
        self.json(|kind| {
            if let Kind::Close(body) = kind {
                Some(body)
            } else {
                None
            }
        })
    }

    /// Lists the lines of the file log.
    pub(crate) fn files(&self) -> Vec<serde_json::Value> {
        self.json(|kind| {
            if let Kind::File(body) = kind {
                Some(body)
            } else {
                None
            }
        })
    }

    /// Lists the notes.
    pub(crate) fn notes(&self) -> Vec<serde_json::Value> {
        self.json(|kind| {
            if let Kind::Note(body) = kind {
                Some(body)
            } else {
                None
            }
        })
    }

    fn json(&self, pick: impl Fn(&Kind) -> Option<&bytes::Bytes>) -> Vec<serde_json::Value> {
        let bodies = self.records.iter().filter_map(|record| pick(&record.kind));
        bodies.map(|body| serde_json::from_slice(body).unwrap()).collect()
    }

    /// Gives all bytes of a direction, of all strands.
    pub(crate) fn bytes(&self, direction: Direction) -> Vec<u8> {
        let mut all = Vec::new();
        for record in &self.records {
            match &record.kind {
                Kind::Data(of, bytes) if *of == direction => all.extend_from_slice(bytes),
                Kind::Reveal { bytes, .. } if direction == Direction::ToTarget => {
                    all.extend_from_slice(bytes);
                }
                _ => {}
            }
        }
        all
    }

    pub(crate) fn text(&self, direction: Direction) -> String {
        String::from_utf8_lossy(&self.bytes(direction)).into_owned()
    }
}
