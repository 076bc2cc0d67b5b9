//! A recording, read back and verified as anybody would.

use engine::{
    Played,
    marks::{CloseMark, Mark, OpenMark},
};
use store::SessionRow;
use tape::{Direction, Kind, Record};

use crate::house::House;

/// Everything on a tape.
#[derive(Debug)]
pub struct Recording {
    /// The records.
    pub records: Vec<Record>,
    /// Whether the recorder itself sealed it.
    pub finished: bool,
}

impl Recording {
    pub(crate) async fn read(house: &House, row: &SessionRow) -> Self {
        let connection = row.connections.first().expect("a connection");
        let file = &connection.recording.file;
        let path = house.path().join("recordings").join(file);
        let keys: Vec<_> = house
            .vault
            .recording_publics()
            .map(|key| tape::PublicKey(*key))
            .collect();
        let report = tape::verify(std::fs::File::open(&path).unwrap(), &keys).unwrap();
        assert!(
            matches!(
                report.verdict,
                tape::Verdict::Intact | tape::Verdict::Unfinished { .. }
            ),
            "the recording does not verify: {}",
            report.verdict
        );
        let mut reader = house
            .engine
            .playback()
            .open(connection.connection.id, file)
            .await
            .unwrap();
        let mut all = Self {
            records: Vec::new(),
            finished: report.verdict == tape::Verdict::Intact,
        };
        loop {
            match reader.next().await.unwrap() {
                Played::Records(records) => all.records.extend(records),
                Played::CaughtUp => {}
                Played::End(_) => return all,
            }
        }
    }

    /// Gives the bytes of one direction, errors with output; revealed input counts.
    pub fn bytes(&self, to_target: bool) -> Vec<u8> {
        let mut all = Vec::new();
        for record in &self.records {
            match &record.kind {
                Kind::Data(direction, bytes) if (*direction == Direction::ToTarget) == to_target => {
                    all.extend_from_slice(bytes);
                }
                Kind::Reveal { bytes, .. } if to_target => all.extend_from_slice(bytes),
                _ => {}
            }
        }
        all
    }

    /// Tells whether a text passed in one direction.
    pub fn has(&self, to_target: bool, text: &str) -> bool {
        self.bytes(to_target)
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    }

    /// Gives the notes that the engine wrote.
    pub fn notes(&self) -> Vec<Mark> {
        self.bodies(|kind| {
            if let Kind::Note(body) = kind {
                Some(body)
            } else {
                None
            }
        })
    }

    /// Gives how strands began.
    pub fn opened(&self) -> Vec<OpenMark> {
        self.bodies(|kind| {
            if let Kind::Open(body) = kind {
                Some(body)
            } else {
                None
            }
        })
    }

    /// Gives how strands ended.
    pub fn closed(&self) -> Vec<CloseMark> {
        self.bodies(|kind| {
            if let Kind::Close(body) = kind {
                Some(body)
            } else {
                None
            }
        })
    }

    fn bodies<T: serde::de::DeserializeOwned>(
        &self,
        pick: impl Fn(&Kind) -> Option<&bytes::Bytes>,
    ) -> Vec<T> {
        let bodies = self.records.iter().filter_map(|record| pick(&record.kind));
        bodies.map(|body| serde_json::from_slice(body).unwrap()).collect()
    }
}
