//! Replies of a server, found in a stream of bytes that is cut anywhere. Their heads are scanned, and values kept as far as they are
//! shown.

use memchr::memchr;

use super::{Broken, line::Line};

/// How deep values may be nested.
const DEPTH: usize = 512;
/// How many bytes of one value are kept.
const CELL: usize = proto_database::value::SHOWN;
/// The most elements of one value.
const ELEMENTS: i64 = i32::MAX as i64;

/// What is wanted of the next reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Wanted {
    /// How many bytes of values are kept.
    pub(crate) room: usize,
    /// Each element of an array counts as a reply of its own: what a transaction gives.
    pub(crate) each: bool,
}

/// How far a reply has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Not to its end.
    Part,
    /// To the end of an element, where these are wanted; `last`: the reply is whole as well.
    Element {
        /// It is the last one.
        last: bool,
    },
    /// It is whole.
    Whole,
}

/// A value that is kept, or the beginning of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    /// Which element of the reply it is in.
    pub(crate) row: u64,
    /// It is null.
    pub(crate) null: bool,
    /// Its length.
    pub(crate) len: u64,
    from: usize,
    to: usize,
}

/// What a reply holds, as far as it is kept.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// The byte that says what it is.
    pub(crate) kind: u8,
    /// It is null.
    pub(crate) null: bool,
    /// How many elements it has; pairs of a map count once.
    pub(crate) elements: u64,
    /// How many bytes it has.
    pub(crate) bytes: u64,
    pub(crate) cells: Vec<Cell>,
    kept: Vec<u8>,
    /// Elements that are whole; keys and values of a map count each.
    done: u64,
}

impl Given {
    /// Gives the bytes of a value, as far as they are kept.
    pub(crate) fn text(&self, cell: &Cell) -> &[u8] {
        self.kept.get(cell.from..cell.to).unwrap_or_default()
    }

    /// Gives the bytes of the first value.
    pub(crate) fn first(&self) -> &[u8] {
        self.cells.first().map_or(&[], |cell| self.text(cell))
    }

    /// Tells whether it is a value with elements.
    pub(crate) fn is_aggregate(&self) -> bool {
        matches!(self.kind, b'*' | b'%' | b'~' | b'>') && !self.null
    }

    /// Tells whether it is an error.
    pub(crate) fn is_error(&self) -> bool {
        matches!(self.kind, b'-' | b'!')
    }

    fn clear(&mut self) {
        (self.kind, self.null, self.elements, self.bytes, self.done) = (0, false, 0, 0, 0);
        self.cells.clear();
        self.kept.clear();
    }

    fn row(&self) -> u64 {
        if self.kind == b'%' {
            self.done / 2
        } else {
            self.done
        }
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Replies {
    stage: Stage,
    line: Line,
    stack: Vec<Level>,
    given: Given,
    /// How deep the values lie that count as replies: at the outside, or within an array.
    base: usize,
    room: usize,
    /// The last byte of a line that is not whole was a carriage return.
    returned: bool,
    /// What was given was looked at.
    stale: bool,
}

/// A value with elements, of which so many are to come.
#[derive(Debug, Clone, Copy)]
struct Level {
    left: u64,
    /// It stands beside what follows it, and is none of the elements.
    attribute: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    /// A value begins.
    #[default]
    Kind,
    /// A line of text, of a value that is kept or not.
    Text(bool),
    /// The length of bytes.
    Size,
    /// The number of elements.
    Count(u8),
    /// So many bytes are to come, and so many of them are kept.
    Bytes(u64, usize),
    /// The end behind bytes: which byte of two comes next.
    End(u8),
}

impl Replies {
    /// Takes bytes up to the end of a reply, or of an element where these are wanted; gives how many.
    pub(crate) fn feed(&mut self, bytes: &[u8], wanted: Wanted) -> Result<(usize, Seen), Broken> {
        if std::mem::take(&mut self.stale) {
            self.given.clear();
            self.room = wanted.room;
        }
        if self.is_between() {
            self.base = 0;
            self.room = wanted.room;
        }
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let (used, ended) = self.step(rest, wanted)?;
            at += used;
            self.given.bytes += used as u64;
            if ended && let Some(seen) = self.value_ended() {
                self.stale = true;
                return Ok((at, seen));
            }
        }
        Ok((at, Seen::Part))
    }

    /// Gives what has come of the reply.
    pub(crate) fn given(&self) -> &Given {
        &self.given
    }

    /// Takes what has come of the reply.
    pub(crate) fn into_given(self) -> Given {
        self.given
    }

    /// Tells whether no reply has begun.
    pub(crate) fn is_between(&self) -> bool {
        self.stage == Stage::Kind && self.stack.is_empty()
    }

    fn step(&mut self, bytes: &[u8], wanted: Wanted) -> Result<(usize, bool), Broken> {
        match self.stage {
            Stage::Kind => {
                let Some(kind) = bytes.first().copied() else {
                    return Ok((0, false));
                };
                self.begin(kind)?;
                Ok((1, false))
            }
            Stage::Text(kept) => self.text(bytes, kept),
            Stage::Size => {
                let (used, size) = self.line.number(bytes, "invalid length of a value")?;
                let Some(size) = size else {
                    return Ok((used, false));
                };
                if size == -1 {
                    self.null();
                    self.stage = Stage::Kind;
                    return Ok((used, true));
                }
                let size = u64::try_from(size).map_err(|_negative| Broken("invalid length of a value"))?;
                let room = self.cell(size).unwrap_or(0);
                self.stage = if size == 0 {
                    Stage::End(b'\r')
                } else {
                    Stage::Bytes(size, room)
                };
                Ok((used, false))
            }
            Stage::Count(kind) => {
                let (used, count) = self.line.number(bytes, "invalid number of elements")?;
                let Some(count) = count else {
                    return Ok((used, false));
                };
                self.stage = Stage::Kind;
                if count == -1 && kind == b'*' {
                    self.null();
                    return Ok((used, true));
                }
                if !(0..=ELEMENTS).contains(&count) {
                    return Err(Broken("invalid number of elements"));
                }
                Ok((used, self.aggregate(kind, count as u64, wanted)?))
            }
            Stage::Bytes(left, room) => {
                let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                self.keep(bytes.get(..here.min(room)).unwrap_or_default());
                let left = left - here as u64;
                self.stage = match left {
                    0 => Stage::End(b'\r'),
                    _ => Stage::Bytes(left, room.saturating_sub(here)),
                };
                Ok((here, false))
            }
            Stage::End(wanted) => {
                if bytes.first() != Some(&wanted) {
                    return Err(Broken("a value is longer than was said"));
                }
                if wanted == b'\r' {
                    self.stage = Stage::End(b'\n');
                    return Ok((1, false));
                }
                self.stage = Stage::Kind;
                Ok((1, true))
            }
        }
    }

    fn begin(&mut self, kind: u8) -> Result<(), Broken> {
        self.stage = match kind {
            b'_' => {
                self.returned = false;
                Stage::Text(false)
            }
            b'+' | b'-' | b':' | b',' | b'(' | b'#' => {
                self.returned = false;
                Stage::Text(self.cell(0).is_some())
            }
            b'$' | b'!' | b'=' => Stage::Size,
            b'*' | b'%' | b'~' | b'>' | b'|' => Stage::Count(kind),
            _ => return Err(Broken("a value of a kind that the protocol does not have")),
        };
        if self.stack.len() == self.base && kind != b'|' {
            self.given.kind = kind;
        }
        if kind == b'_' {
            self.null();
        }
        Ok(())
    }

    fn text(&mut self, bytes: &[u8], kept: bool) -> Result<(usize, bool), Broken> {
        let end = memchr(b'\n', bytes);
        let here = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        let returned = here.last().map_or(self.returned, |last| *last == b'\r');
        if kept && let Some(cell) = self.given.cells.last() {
            let room = CELL.saturating_sub(cell.to - cell.from).min(self.room);
            let news = here.get(..room).unwrap_or(here);
            self.room -= news.len();
            self.given.kept.extend_from_slice(news);
            let end = self.given.kept.len();
            if let Some(cell) = self.given.cells.last_mut() {
                cell.len += here.len() as u64;
                cell.to = end;
            }
        }
        if end.is_none() {
            self.returned = returned;
            return Ok((here.len(), false));
        }
        if !returned {
            return Err(Broken("a line does not end as it should"));
        }
        if kept && let Some(cell) = self.given.cells.last_mut() {
            cell.len -= 1;
            // The carriage return is kept when nothing was cut.
            cell.to = cell
                .to
                .min(cell.from + usize::try_from(cell.len).unwrap_or(usize::MAX));
        }
        self.stage = Stage::Kind;
        Ok((here.len() + 1, true))
    }

    /// Begins a value with elements; tells whether it is at its end.
    fn aggregate(&mut self, kind: u8, count: u64, wanted: Wanted) -> Result<bool, Broken> {
        let attribute = kind == b'|';
        let left = if matches!(kind, b'%' | b'|') {
            count * 2
        } else {
            count
        };
        if self.stack.len() == self.base && !attribute {
            self.given.elements = count;
            if wanted.each && kind == b'*' && self.base == 0 && count > 0 {
                self.base = 1;
                self.stale = true;
            }
        }
        if left == 0 {
            return Ok(!attribute);
        }
        if self.stack.len() >= DEPTH {
            return Err(Broken("values are nested too deep"));
        }
        self.stack.push(Level { left, attribute });
        if std::mem::take(&mut self.stale) {
            // What follows are replies of their own.
            self.given.clear();
            self.room = wanted.room;
        }
        Ok(false)
    }

    /// A value has ended, and with it those whose last element it is.
    fn value_ended(&mut self) -> Option<Seen> {
        loop {
            let depth = self.stack.len();
            let Some(level) = self.stack.last_mut() else {
                return Some(Seen::Whole);
            };
            level.left -= 1;
            let Level { left, attribute } = *level;
            if depth == self.base + 1 && !attribute {
                self.given.done += 1;
            }
            if left == 0 {
                self.stack.pop();
            }
            if self.base == 1 && depth == 1 && !attribute {
                return Some(Seen::Element { last: left == 0 });
            }
            if left > 0 || attribute {
                return None;
            }
        }
    }

    /// Makes room for a value that is to be shown; gives how much of its bytes is kept.
    fn cell(&mut self, len: u64) -> Option<usize> {
        let row = self.given.row();
        if self.room == 0 || row >= proto_database::Preview::ROWS as u64 || self.is_beside() {
            return None;
        }
        let (from, to) = (self.given.kept.len(), self.given.kept.len());
        self.given.cells.push(Cell {
            row,
            null: false,
            len,
            from,
            to,
        });
        // Many small values are bounded as well.
        self.room = self.room.saturating_sub(8);
        let kept = CELL
            .min(usize::try_from(len).unwrap_or(usize::MAX))
            .min(self.room);
        self.room -= kept;
        Some(kept)
    }

    /// What begins is null.
    fn null(&mut self) {
        if self.stack.len() == self.base {
            self.given.null = true;
        }
        let shown = self.cell(0).is_some();
        if let Some(cell) = self.given.cells.last_mut().filter(|_| shown) {
            cell.null = true;
        }
    }

    /// Tells whether what comes is part of an attribute.
    fn is_beside(&self) -> bool {
        self.stack.iter().any(|level| level.attribute)
    }

    fn keep(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.given.kept.extend_from_slice(bytes);
        if let Some(last) = self.given.cells.last_mut() {
            last.to = self.given.kept.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a stream in pieces; writes each reply and element as kind, elements, bytes and values.
    fn read(stream: &[u8], at_once: usize, each: bool) -> Result<Vec<String>, Broken> {
        let (mut replies, mut found) = (Replies::default(), Vec::new());
        let wanted = Wanted { room: 4096, each };
        for chunk in stream.chunks(at_once) {
            let mut at = 0;
            while at < chunk.len() {
                let (used, seen) = replies.feed(&chunk[at..], wanted)?;
                at += used;
                let mark = match seen {
                    Seen::Part => continue,
                    Seen::Element { last: false } => "-",
                    Seen::Element { last: true } => "=",
                    Seen::Whole => "",
                };
                let given = replies.given();
                let values = given.cells.iter().map(|cell| {
                    let text = if cell.null {
                        "null".into()
                    } else {
                        String::from_utf8_lossy(given.text(cell))
                    };
                    format!("{}{text}", cell.row)
                });
                let values: Vec<_> = values.collect();
                let elements = if given.is_aggregate() { given.elements } else { 0 };
                found.push(format!(
                    "{mark}{}{elements} {}",
                    char::from(given.kind),
                    values.join(",")
                ));
            }
        }
        Ok(found)
    }

    #[test]
    fn replies_are_found_however_the_stream_is_cut() {
        let stream = b"+OK\r\n-ERR no\r\n:12\r\n$-1\r\n$3\r\na\r\n\r\n*-1\r\n*0\r\n*2\r\n$0\r\n\r\n*2\r\n:1\r\n$-1\r\n\
            _\r\n%2\r\n+a\r\n:1\r\n+b\r\n#t\r\n>2\r\n+x\r\n+y\r\n|1\r\n+ttl\r\n:9\r\n,1.5\r\n=7\r\ntxt:abc\r\n~1\r\n(12\r\n";
        let expected = [
            "+0 0OK",
            "-0 0ERR no",
            ":0 012",
            "$0 0null",
            "$0 0a\r\n",
            "*0 0null",
            "*0 ",
            "*2 0,11,1null",
            "_0 0null",
            "%2 0a,01,1b,1t",
            ">2 0x,1y",
            ",0 01.5",
            "=0 0txt:abc",
            "~1 012",
        ];
        for at_once in 1..=stream.len() {
            let found = read(stream, at_once, false).unwrap();
            assert_eq!(found, expected, "{at_once}");
        }
    }

    #[test]
    fn the_elements_of_a_transaction_are_replies_of_their_own() {
        let stream = b"*4\r\n+OK\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n-ERR x\r\n%1\r\n+k\r\n*1\r\n:1\r\n*-1\r\n*0\r\n-EXECABORT no\r\n";
        let expected = [
            "-+0 0OK",
            "-*2 0a,1b",
            "--0 0ERR x",
            "=%1 0k,01",
            "*0 0null",
            "*0 ",
            "-0 0EXECABORT no",
        ];
        for at_once in 1..=stream.len() {
            let found = read(stream, at_once, true).unwrap();
            assert_eq!(found, expected, "{at_once}");
        }
    }

    #[test]
    fn what_cannot_be_is_broken() {
        for stream in [
            &b"?\r\n"[..],
            b"$-2\r\n",
            b"*x\r\n",
            b"+a\n",
            b"$1\r\nab\r\n",
            b"$?\r\n",
        ] {
            for at_once in [1, stream.len()] {
                assert!(read(stream, at_once, false).is_err(), "{stream:?}");
            }
        }
        assert!(read(&b"*1\r\n".repeat(DEPTH + 1), 1000, false).is_err());
    }

    #[test]
    fn little_is_kept_of_much() {
        let mut stream = format!("*3\r\n${}\r\n", 1 << 20).into_bytes();
        stream.extend(vec![b'x'; 1 << 20]);
        stream.extend(b"\r\n+");
        stream.extend(vec![b'y'; 1 << 20]);
        stream.extend(b"\r\n:1\r\n");
        let found = read(&stream, 4096, false).unwrap();
        assert!(found[0].len() < 3000, "{}", found[0].len());
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), at_once in 1_usize..50, each: bool) {
            let _read = read(&bytes, at_once, each);
        }
    }
}
