//! What a recorder knows of the strands of its tape: which are open, what is withheld of them, and what is only bulk.

use std::collections::BTreeMap;

use domain::Micros;
use tape::{Direction, Kind, Record};

use crate::{
    marks::{self, CloseMark, OpenMark},
    mask::Mask,
    tap::StrandKind,
};

/// How much of a strand's output is looked at by the indexer; what comes after it is bulk.
pub(crate) const SHOWN: u64 = 64 << 10;

/// Whether a record matters to who makes lists of what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    Reading,
    /// More bytes of a strand that has shown enough of them.
    Skipping,
}

/// What is to be written for a record.
#[derive(Debug)]
pub(super) enum Sorted {
    /// The record as it came.
    Whole(Worth),
    /// These instead: some of what was typed is withheld.
    Masked(Vec<Kind>),
}

/// The strands of one tape.
#[derive(Debug)]
pub(super) struct Book {
    /// Terminals are masked.
    masking: bool,
    strands: BTreeMap<u32, Box<Page>>,
}

#[derive(Debug, Default)]
struct Page {
    /// [`None`] when its opening could not be read; then all of it matters.
    kind: Option<StrandKind>,
    up: u64,
    down: u64,
    mask: Option<Mask>,
}

impl Book {
    pub(super) fn new(masking: bool) -> Self {
        Self {
            masking,
            strands: BTreeMap::new(),
        }
    }

    /// Keeps book of a record, and says what is to be written for it.
    pub(super) fn sort(&mut self, record: &Record) -> Sorted {
        match &record.kind {
            Kind::Open(body) => self.open(record.strand, body),
            Kind::Close(_) => {
                self.strands.remove(&record.strand);
            }
            Kind::Resize { cols, rows } => {
                let page = self.strands.get_mut(&record.strand);
                if let Some(mask) = page.and_then(|page| page.mask.as_mut()) {
                    mask.resize(*cols, *rows);
                }
            }
            Kind::Data(direction, bytes) => {
                let Some(page) = self.strands.get_mut(&record.strand) else {
                    return Sorted::Whole(Worth::Reading);
                };
                let worth = page.worth(*direction);
                page.count(*direction, bytes.len());
                if let Some(mask) = &mut page.mask {
                    return Sorted::Masked(mask.records(record.at, *direction, bytes));
                }
                return Sorted::Whole(worth);
            }
            _ => {}
        }
        Sorted::Whole(Worth::Reading)
    }

    fn open(&mut self, strand: u32, body: &[u8]) {
        let mut page = Box::<Page>::default();
        if let Ok(mark) = serde_json::from_slice::<OpenMark>(body) {
            page.kind = Some(mark.kind);
            page.mask =
                (self.masking && mark.kind == StrandKind::Terminal).then(|| Mask::new(mark.cols, mark.rows));
        }
        self.strands.insert(strand, page);
    }

    /// Packs up what quiet terminals do not need.
    pub(super) fn doze(&mut self) {
        for page in self.strands.values_mut() {
            if let Some(mask) = &mut page.mask {
                mask.doze();
            }
        }
    }

    /// Gives the ends of strands that nobody has closed.
    pub(super) fn cut(&mut self, now: Micros) -> Vec<Record> {
        let strands = std::mem::take(&mut self.strands);
        let cut = strands.into_iter().map(|(strand, page)| {
            let mark = CloseMark {
                cut: true,
                bytes_up: page.up,
                bytes_down: page.down,
                ..CloseMark::default()
            };
            Record::new(now, strand, Kind::Close(marks::body(&mark)))
        });
        cut.collect()
    }
}

impl Page {
    fn worth(&self, direction: Direction) -> Worth {
        let bulky = matches!(
            self.kind,
            Some(StrandKind::Command | StrandKind::Forward | StrandKind::Files)
        );
        let shown = direction == Direction::ToTarget || self.down >= SHOWN;
        if bulky && shown {
            Worth::Skipping
        } else {
            Worth::Reading
        }
    }

    fn count(&mut self, direction: Direction, bytes: usize) {
        match direction {
            Direction::ToTarget => self.up += bytes as u64,
            Direction::FromTarget | Direction::FromTargetErr => self.down += bytes as u64,
        }
    }
}
