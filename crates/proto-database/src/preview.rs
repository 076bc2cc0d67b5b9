//! The first rows of a result, as they are shown beside a statement.

use serde_json::{Map, Value};

/// How much of a result is shown: rows, and bytes of the messages that hold them.
const ROWS: usize = 50;
const BYTES: usize = 32 << 10;

/// See the module.
#[derive(Debug, Default)]
pub struct Preview {
    rows: Vec<Value>,
    bytes: usize,
}

impl Preview {
    /// How many rows a preview has at most.
    pub const ROWS: usize = ROWS;
    /// How many bytes of messages a preview takes at most.
    pub const BYTES: usize = BYTES;

    /// Gives how many bytes of the next row are still to be shown.
    #[must_use]
    pub fn room(&self) -> usize {
        if self.rows.len() >= ROWS {
            return 0;
        }
        BYTES.saturating_sub(self.bytes)
    }

    /// Adds a row that had so many bytes.
    pub fn push(&mut self, row: Value, bytes: usize) {
        self.bytes += bytes;
        self.rows.push(row);
    }

    /// Adds what came later.
    pub fn append(&mut self, later: Self) {
        let room = ROWS.saturating_sub(self.rows.len());
        self.bytes += later.bytes;
        self.rows.extend(later.rows.into_iter().take(room));
    }

    /// Writes `columns`, `preview` and `preview_truncated`, where there is something to show.
    pub fn write(self, columns: Vec<&str>, rows: u64, fields: &mut Map<String, Value>) {
        if columns.is_empty() && self.rows.is_empty() {
            return;
        }
        fields.insert("columns".to_owned(), columns.into());
        let cut = rows > self.rows.len() as u64;
        fields.insert("preview".to_owned(), self.rows.into());
        fields.insert("preview_truncated".to_owned(), cut.into());
    }
}
