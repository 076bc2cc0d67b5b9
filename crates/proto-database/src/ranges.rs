//! Where the rows of a result stand among the bytes of the server that are on the recording.

use serde_json::{Map, Value, json};

/// How many pieces of a result are remembered, where statements take turns.
const MOST: usize = 64;

/// See the module. Places count from the first byte of the relay on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// Notes where a message of the result stands. What lies between it and the one before is no row of another statement's.
    pub fn stands(&mut self, from: u64, to: u64) {
        match self.0.last_mut() {
            Some(last) => last.1 = to,
            None => self.0.push((from, to)),
        }
    }

    /// Adds what came later. In less than `gap` bytes between two pieces there is no row of anything.
    pub fn append(&mut self, later: Self, gap: u64) {
        for (from, to) in later.0 {
            let full = self.0.len() >= MOST;
            match self.0.last_mut() {
                Some(last) if from - last.1 <= gap => last.1 = to,
                // The rest is on the recording, and not found from here.
                _ if full => {}
                _ => self.0.push((from, to)),
            }
        }
    }

    /// Writes `result`, where there is one: the statement's number and its places.
    pub fn write(&self, number: u64, fields: &mut Map<String, Value>) {
        if !self.0.is_empty() {
            fields.insert("result".to_owned(), json!({ "number": number, "ranges": self.0 }));
        }
    }
}
