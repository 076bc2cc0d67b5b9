//! Gathers what is shown of a result, and lets the rest go by.

use super::{Cell, Cut, Part, Piece, Share};

/// What is shown of a result: fed with its pieces, it holds no more than the [`Share`].
#[derive(Debug)]
pub struct Gathered {
    share: Share,
    used: usize,
    part: Part,
    row: Vec<Option<Cell>>,
    value: Option<Value>,
}

/// A value of which bytes are still to come.
#[derive(Debug)]
struct Value {
    bytes: Vec<u8>,
    most: usize,
    why: Cut,
    total: u64,
    seen: u64,
}

impl Gathered {
    /// Begins with what is known of the statement.
    #[must_use]
    pub fn new(share: Share, part: Part) -> Self {
        Self {
            share,
            used: 0,
            part,
            row: Vec::new(),
            value: None,
        }
    }

    /// Gives how many rows more are wanted now; [`None`] when it is enough.
    #[must_use]
    pub fn wanted(&self, at_once: usize) -> Option<usize> {
        if self.share == Share::NOTHING {
            return Some(0);
        }
        let rows = self.share.rows.saturating_sub(self.part.rows.len());
        (rows > 0 && self.used < self.share.bytes).then(|| rows.min(at_once))
    }

    /// Gives what may still be said of the statement.
    pub fn part(&mut self) -> &mut Part {
        &mut self.part
    }

    /// Ends, and gives what was gathered.
    #[must_use]
    pub fn done(self) -> Part {
        self.part
    }

    /// Takes the next piece of the result.
    pub fn take(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Columns(columns) => self.part.columns = columns,
            Piece::Row => self.row = Vec::new(),
            Piece::RowEnd => {
                self.part.rows_so_far += 1;
                let row = std::mem::take(&mut self.row);
                if self.part.rows.len() < self.share.rows && self.share != Share::NOTHING {
                    self.part.rows.push(row);
                }
            }
            _ if self.share == Share::NOTHING || self.part.rows.len() >= self.share.rows => {}
            Piece::Value(None) => self.row.push(None),
            Piece::Value(Some(total)) => {
                let (most, why) = if self.used >= self.share.bytes {
                    (Share::STUB.min(self.share.value), Cut::Share)
                } else {
                    (self.share.value, Cut::Value)
                };
                self.value = Some(Value {
                    bytes: Vec::new(),
                    most,
                    why,
                    total,
                    seen: 0,
                });
                self.close();
            }
            Piece::Bytes(bytes) => {
                if let Some(value) = &mut self.value {
                    value.seen += bytes.len() as u64;
                    let room = value.most.saturating_sub(value.bytes.len());
                    let shown = bytes.get(..room.min(bytes.len())).unwrap_or_default();
                    value.bytes.extend_from_slice(shown);
                }
                self.close();
            }
        }
    }

    /// Ends a value that has all of its bytes.
    fn close(&mut self) {
        let Some(value) = self.value.take_if(|value| value.seen >= value.total) else {
            return;
        };
        let cut = (value.total > value.bytes.len() as u64).then_some(value.why);
        let text = text(&value.bytes, cut.is_some());
        self.used += value.bytes.len();
        self.row.push(Some(Cell {
            text,
            total: value.total,
            cut,
        }));
    }
}

/// Reads bytes as text. A character that is cut at the end is left out.
fn text(bytes: &[u8], cut: bool) -> String {
    let whole = match std::str::from_utf8(bytes) {
        Err(error) if cut && error.error_len().is_none() => {
            bytes.get(..error.valid_up_to()).unwrap_or_default()
        }
        _ => bytes,
    };
    String::from_utf8_lossy(whole).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(share: Share, rows: &[&[&str]]) -> Part {
        let mut gathered = Gathered::new(share, Part::default());
        for row in rows {
            gathered.take(Piece::Row);
            for value in *row {
                gathered.take(Piece::Value(Some(value.len() as u64)));
                for piece in value.as_bytes().chunks(3) {
                    gathered.take(Piece::Bytes(piece));
                }
            }
            gathered.take(Piece::RowEnd);
        }
        gathered.done()
    }

    #[test]
    fn a_long_value_is_cut_and_hides_no_other() {
        let share = Share {
            rows: 10,
            value: 5,
            bytes: 1000,
        };
        let part = gathered(share, &[&["0123456789", "b"], &["ééé", ""]]);
        let cell = |text: &str, total, cut| {
            Some(Cell {
                text: text.to_owned(),
                total,
                cut,
            })
        };
        assert_eq!(
            part.rows[0],
            [cell("01234", 10, Some(Cut::Value)), cell("b", 1, None)]
        );
        // No half characters.
        assert_eq!(part.rows[1], [cell("éé", 6, Some(Cut::Value)), cell("", 0, None)]);
    }

    #[test]
    fn values_behind_the_share_are_stubs_and_say_so() {
        let long = "x".repeat(100);
        let share = Share {
            rows: 10,
            value: 100,
            bytes: 100,
        };
        let part = gathered(share, &[&[&long], &[&long]]);
        let cut: Vec<_> = part
            .rows
            .iter()
            .flatten()
            .flatten()
            .map(|cell| (cell.text.len(), cell.cut))
            .collect();
        assert_eq!(cut, [(100, None), (Share::STUB, Some(Cut::Share))]);
    }

    #[test]
    fn what_is_only_counted_is_not_held() {
        let part = gathered(Share::NOTHING, &[&["a"], &["b"]]);
        assert_eq!((part.rows.len(), part.rows_so_far), (0, 2));
    }
}
