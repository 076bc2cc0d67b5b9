//! What differs between two results. Pure: rows as numbers in, places of differences out.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
};

use engine::statements::{Column, Piece};

/// Rows of each result that are compared at most.
pub(crate) const MOST: usize = 500_000;

/// Differences of each sort that are shown.
pub(crate) const SHOWN: usize = 50;

/// What a value, a key or a row stands for: the same number only for the same content. Two keyed hashes of 64 bits, made anew for each
/// comparison, so that nobody can make two rows that look alike.
type Print = u128;

/// Makes prints.
#[derive(Default)]
pub(crate) struct Printer([RandomState; 2]);

impl Printer {
    fn of(&self, value: &[u8]) -> Print {
        let [one, other] = &self.0;
        Print::from(one.hash_one(value)) << 64 | Print::from(other.hash_one(value))
    }
}

/// Reads a result into prints: of each row, its key and all of it.
pub(crate) struct Prints<'a> {
    printer: &'a Printer,
    /// The columns that count, and those that are the key, by their places in this result.
    all: Vec<usize>,
    key: Vec<usize>,
    rows: Vec<(Print, Print)>,
    /// There were more rows than are compared.
    pub(crate) more: bool,
    row: Vec<Print>,
    value: Option<(u64, Running)>,
}

/// A value of which a part was read, in bounded memory.
#[derive(Default)]
struct Running {
    held: Vec<u8>,
    print: Print,
}

/// Bytes of a value that are printed at once.
const AT_ONCE: usize = 64 << 10;

impl<'a> Prints<'a> {
    pub(crate) fn new(printer: &'a Printer, all: Vec<usize>, key: Vec<usize>) -> Self {
        Self {
            printer,
            all,
            key,
            rows: Vec::new(),
            more: false,
            row: Vec::new(),
            value: None,
        }
    }

    /// Gives how many rows were read.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn take(&mut self, piece: &Piece<'_>) {
        match piece {
            Piece::Columns(_) => {}
            Piece::Row => self.row.clear(),
            Piece::Value(None) => self.row.push(0),
            Piece::Value(Some(len)) => {
                self.value = Some((*len, Running::default()));
                self.close();
            }
            Piece::Bytes(bytes) => {
                if let Some((left, running)) = &mut self.value {
                    *left = left.saturating_sub(bytes.len() as u64);
                    running.take(self.printer, bytes);
                }
                self.close();
            }
            Piece::RowEnd => {
                if self.rows.len() >= MOST {
                    self.more = true;
                    return;
                }
                let of = |places: &[usize]| {
                    let prints = places.iter().map(|at| self.row.get(*at).copied().unwrap_or(0));
                    let bytes: Vec<u8> = prints.flat_map(Print::to_be_bytes).collect();
                    self.printer.of(&bytes)
                };
                self.rows.push((of(&self.key), of(&self.all)));
            }
        }
    }

    fn close(&mut self) {
        if let Some((_, running)) = self.value.take_if(|(left, _)| *left == 0) {
            self.row.push(running.done(self.printer));
        }
    }
}

impl Running {
    fn take(&mut self, printer: &Printer, bytes: &[u8]) {
        // Cut at fixed lengths, so that the print does not depend on how the bytes came.
        let mut bytes = bytes;
        while !bytes.is_empty() {
            let (here, rest) = bytes.split_at((AT_ONCE - self.held.len()).min(bytes.len()));
            self.held.extend_from_slice(here);
            bytes = rest;
            if self.held.len() == AT_ONCE {
                self.fold(printer);
            }
        }
    }

    fn fold(&mut self, printer: &Printer) {
        self.held.extend_from_slice(&self.print.to_be_bytes());
        self.print = printer.of(&self.held);
        self.held.clear();
    }

    fn done(mut self, printer: &Printer) -> Print {
        // A null is 0, and no value is.
        self.fold(printer);
        self.print.max(1)
    }
}

/// What differs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Rows that both have.
    pub(crate) same: u64,
    pub(crate) added: u64,
    pub(crate) removed: u64,
    pub(crate) changed: u64,
    /// Rows are told apart by a key: one with the same key and another content is changed, and not removed and added.
    pub(crate) keyed: bool,
    /// Places of the first differences: in the right result, in the left one, in both.
    pub(crate) added_at: Vec<usize>,
    pub(crate) removed_at: Vec<usize>,
    pub(crate) changed_at: Vec<(usize, usize)>,
}

/// Compares. Rows are told apart by their keys when those are unique on both sides, and else by all that they hold.
pub(crate) fn compare(left: &Prints<'_>, right: &Prints<'_>) -> Difference {
    let keyed = !left.key.is_empty() && unique(&left.rows) && unique(&right.rows);
    let name = |row: &(Print, Print)| if keyed { row.0 } else { row.1 };
    // Places of rows of the left, by name; the same row may be there several times.
    let mut known: HashMap<Print, Vec<usize>> = HashMap::with_capacity(left.rows.len());
    for (at, row) in left.rows.iter().enumerate().rev() {
        known.entry(name(row)).or_default().push(at);
    }
    let mut difference = Difference {
        keyed,
        ..Difference::default()
    };
    for (at, row) in right.rows.iter().enumerate() {
        match known.get_mut(&name(row)).and_then(Vec::pop) {
            None => {
                difference.added += 1;
                if difference.added_at.len() < SHOWN {
                    difference.added_at.push(at);
                }
            }
            Some(before) if left.rows.get(before).is_some_and(|old| old.1 == row.1) => difference.same += 1,
            Some(before) => {
                difference.changed += 1;
                if difference.changed_at.len() < SHOWN {
                    difference.changed_at.push((before, at));
                }
            }
        }
    }
    let mut removed: Vec<usize> = known.into_values().flatten().collect();
    difference.removed = removed.len() as u64;
    removed.sort_unstable();
    removed.truncate(SHOWN);
    difference.removed_at = removed;
    difference
}

fn unique(rows: &[(Print, Print)]) -> bool {
    let mut keys: Vec<Print> = rows.iter().map(|row| row.0).collect();
    keys.sort_unstable();
    keys.windows(2).all(|two| two.first() != two.last())
}

/// Finds the columns that both have, by name: their places on each side. Of those of the same name the first counts.
pub(crate) fn common(left: &[Column], right: &[Column]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, column) in left.iter().enumerate() {
        let taken = |there: usize| found.iter().any(|(_, other)| *other == there);
        let there = right
            .iter()
            .enumerate()
            .position(|(there, other)| other.name == column.name && !taken(there));
        found.extend(there.map(|there| (at, there)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prints<'a>(
        printer: &'a Printer,
        key: &[usize],
        rows: &[&[Option<&str>]],
        at_once: usize,
    ) -> Prints<'a> {
        let columns = rows.first().map_or(0, |row| row.len());
        let mut prints = Prints::new(printer, (0..columns).collect(), key.to_vec());
        for row in rows {
            prints.take(&Piece::Row);
            for value in *row {
                prints.take(&Piece::Value(value.map(|value| value.len() as u64)));
                for piece in value.unwrap_or_default().as_bytes().chunks(at_once) {
                    prints.take(&Piece::Bytes(piece));
                }
            }
            prints.take(&Piece::RowEnd);
        }
        prints
    }

    #[test]
    fn planted_differences_are_found_and_nothing_else() {
        let printer = Printer::default();
        let left: [&[Option<&str>]; 4] = [
            &[Some("1"), Some("a")],
            &[Some("2"), Some("b")],
            &[Some("3"), None],
            &[Some("4"), Some("d")],
        ];
        let right: [&[Option<&str>]; 4] = [
            &[Some("4"), Some("d")],
            &[Some("1"), Some("a")],
            &[Some("3"), Some("")],
            &[Some("5"), Some("e")],
        ];
        let found = compare(
            &prints(&printer, &[0], &left, 1),
            &prints(&printer, &[0], &right, 7),
        );
        assert_eq!(
            found,
            Difference {
                same: 2,
                added: 1,
                removed: 1,
                changed: 1,
                keyed: true,
                added_at: vec![3],
                removed_at: vec![1],
                changed_at: vec![(2, 2)],
            }
        );
    }

    #[test]
    fn without_a_key_rows_count_as_often_as_they_are_there() {
        let printer = Printer::default();
        let left: [&[Option<&str>]; 3] = [&[Some("a")], &[Some("a")], &[Some("b")]];
        let right: [&[Option<&str>]; 3] = [&[Some("a")], &[Some("b")], &[Some("b")]];
        let found = compare(
            &prints(&printer, &[0], &left, 9),
            &prints(&printer, &[0], &right, 9),
        );
        assert!(!found.keyed);
        assert_eq!(
            (found.same, found.added, found.removed, found.changed),
            (2, 1, 1, 0)
        );
        assert_eq!((found.added_at, found.removed_at), (vec![2], vec![1]));
    }

    #[test]
    fn long_values_are_told_apart_by_every_byte() {
        let printer = Printer::default();
        let long = "x".repeat(200_000);
        let mut other = long.clone();
        other.replace_range(150_000..150_001, "y");
        let one: [&[Option<&str>]; 1] = [&[Some(&long)]];
        let two: [&[Option<&str>]; 1] = [&[Some(&other)]];
        let of = |rows, at_once| prints(&printer, &[], rows, at_once).rows[0].1;
        assert_eq!(of(&one, 1000), of(&one, 77));
        assert_ne!(of(&one, 1000), of(&two, 1000));
    }
}
