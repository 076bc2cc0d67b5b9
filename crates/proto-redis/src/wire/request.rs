//! Commands of a client, found in a stream of bytes that is cut anywhere. Arguments are kept as far as they are wanted, and no further.

use memchr::memchr;

use super::{Broken, line::Line};

/// The longest inline command, in bytes, as servers have it.
const INLINE: usize = 64 << 10;
/// The most arguments of one command, as servers have it.
const ARGUMENTS: i64 = i32::MAX as i64;
/// The longest argument; servers have a limit of their own below it.
const LONGEST: i64 = 1 << 40;

/// How much of a command is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keep {
    /// Of one argument, in bytes.
    pub(crate) argument: usize,
    /// Of all of them, in bytes.
    pub(crate) all: usize,
}

/// What each kept argument counts besides its bytes, so that many empty ones are bounded as well.
const OVERHEAD: usize = 16;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    stage: Stage,
    line: Line,
    /// An inline command that is not whole yet.
    inline: Vec<u8>,
    kept: Vec<u8>,
    arguments: Vec<Argument>,
    room: usize,
    count: u64,
    left: u64,
    len: u64,
    finished: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Stage {
    /// A command begins.
    #[default]
    Start,
    /// The number of its arguments.
    Count,
    /// An argument begins.
    Argument,
    /// The length of an argument.
    Size,
    /// So many bytes of an argument, and what of them is still to be kept.
    Bytes(u64, usize),
    /// The end behind an argument: which byte of two comes next.
    End(u8),
    /// A line of words.
    Inline,
}

#[derive(Debug, Clone, Copy)]
struct Argument {
    from: usize,
    to: usize,
    len: u64,
}

/// A command, as far as it has come and was kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Command<'a> {
    arguments: &'a [Argument],
    kept: &'a [u8],
    /// How many arguments it has, the name among them.
    pub(crate) count: u64,
    /// How many bytes of it have come.
    pub(crate) len: u64,
    /// All of it has come.
    pub(crate) whole: bool,
}

impl<'a> Command<'a> {
    /// Gives an argument, as far as it is kept; the name is the first.
    pub(crate) fn argument(&self, at: usize) -> Option<&'a [u8]> {
        let argument = self.arguments.get(at)?;
        self.kept.get(argument.from..argument.to)
    }

    /// How many arguments are kept, or the beginnings of them.
    pub(crate) fn kept(&self) -> usize {
        self.arguments.len()
    }

    /// Tells whether an argument is kept whole.
    pub(crate) fn has_whole(&self, at: usize) -> bool {
        let argument = self.arguments.get(at);
        argument.is_some_and(|argument| (argument.to - argument.from) as u64 == argument.len)
    }

    /// Tells whether everything is kept.
    pub(crate) fn is_kept_whole(&self) -> bool {
        self.whole && self.kept() as u64 == self.count && (0..self.kept()).all(|at| self.has_whole(at))
    }

    /// Gives an argument as a word in capitals, for commands and their options; empty when it is none.
    pub(crate) fn word(&self, at: usize) -> String {
        let bytes = self
            .argument(at)
            .filter(|_| self.has_whole(at))
            .unwrap_or_default();
        String::from_utf8_lossy(bytes.get(..64).unwrap_or(bytes)).to_ascii_uppercase()
    }
}

impl Requests {
    /// Takes bytes up to the end of a command. Gives how many, and whether the command is whole.
    pub(crate) fn feed(&mut self, bytes: &[u8], keep: Keep) -> Result<(usize, bool), Broken> {
        if std::mem::take(&mut self.finished) {
            self.kept.clear();
            self.arguments.clear();
            (self.count, self.len) = (0, 0);
        }
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let (used, whole) = self.step(rest, keep)?;
            at += used;
            self.len += used as u64;
            if whole {
                self.stage = Stage::Start;
                self.finished = true;
                return Ok((at, true));
            }
        }
        Ok((at, false))
    }

    /// Gives the command that is being read, or was read last.
    pub(crate) fn command(&self) -> Command<'_> {
        Command {
            arguments: &self.arguments,
            kept: &self.kept,
            count: self.count,
            len: self.len,
            whole: self.finished,
        }
    }

    /// Tells whether the first argument of a command that is not whole has come.
    pub(crate) fn has_name(&self) -> bool {
        self.arguments.len() > 1 || (self.arguments.len() == 1 && !matches!(self.stage, Stage::Bytes(..)))
    }

    fn step(&mut self, bytes: &[u8], keep: Keep) -> Result<(usize, bool), Broken> {
        match self.stage {
            Stage::Start => {
                self.room = keep.all;
                if bytes.first() == Some(&b'*') {
                    self.stage = Stage::Count;
                    return Ok((1, false));
                }
                self.stage = Stage::Inline;
                Ok((0, false))
            }
            Stage::Count => {
                let (used, count) = self.line.number(bytes, "invalid multibulk length")?;
                match count {
                    None => return Ok((used, false)),
                    // Servers take it for nothing.
                    Some(count) if count <= 0 => return Ok((used, true)),
                    Some(count) if count > ARGUMENTS => return Err(Broken("invalid multibulk length")),
                    Some(count) => (self.count, self.left) = (count as u64, count as u64),
                }
                self.stage = Stage::Argument;
                Ok((used, false))
            }
            Stage::Argument => {
                if bytes.first() != Some(&b'$') {
                    return Err(Broken("expected '$' before an argument"));
                }
                self.stage = Stage::Size;
                Ok((1, false))
            }
            Stage::Size => {
                let (used, size) = self.line.number(bytes, "invalid bulk length")?;
                let Some(size) = size else {
                    return Ok((used, false));
                };
                if !(0..=LONGEST).contains(&size) {
                    return Err(Broken("invalid bulk length"));
                }
                self.stage = Stage::Bytes(size as u64, self.begin(size as u64, keep));
                if size == 0 {
                    self.stage = Stage::End(b'\r');
                }
                Ok((used, false))
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
                    return Err(Broken("an argument is longer than was said"));
                }
                if wanted == b'\r' {
                    self.stage = Stage::End(b'\n');
                    return Ok((1, false));
                }
                self.left -= 1;
                self.stage = Stage::Argument;
                Ok((1, self.left == 0))
            }
            Stage::Inline => self.inline(bytes, keep),
        }
    }

    /// Makes room for an argument; gives how much of it is to be kept.
    fn begin(&mut self, len: u64, keep: Keep) -> usize {
        if self.room < OVERHEAD {
            return 0;
        }
        self.room -= OVERHEAD;
        let (from, to) = (self.kept.len(), self.kept.len());
        self.arguments.push(Argument { from, to, len });
        let kept = keep
            .argument
            .min(self.room)
            .min(usize::try_from(len).unwrap_or(usize::MAX));
        self.room -= kept;
        kept
    }

    fn keep(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.kept.extend_from_slice(bytes);
        if let Some(last) = self.arguments.last_mut() {
            last.to = self.kept.len();
        }
    }

    fn inline(&mut self, bytes: &[u8], keep: Keep) -> Result<(usize, bool), Broken> {
        let near = bytes.get(..INLINE).unwrap_or(bytes);
        let end = memchr(b'\n', near);
        let here = end.map_or(near.len(), |end| end + 1);
        self.inline
            .extend_from_slice(near.get(..here).unwrap_or_default());
        if self.inline.len() > INLINE {
            return Err(Broken("too big inline request"));
        }
        if end.is_none() {
            return Ok((here, false));
        }
        let line = std::mem::take(&mut self.inline);
        let words = words(line.trim_ascii_end())?;
        self.count = words.len() as u64;
        for word in words {
            let kept = self.begin(word.len() as u64, keep);
            self.keep(word.get(..kept).unwrap_or_default());
        }
        Ok((here, true))
    }
}

/// Splits an inline command as servers do.
fn words(line: &[u8]) -> Result<Vec<Vec<u8>>, Broken> {
    const UNBALANCED: Broken = Broken("unbalanced quotes in request");
    // Servers read no further than a zero.
    if line.contains(&0) {
        return Err(Broken("a zero in an inline request"));
    }
    let is_space = |byte: u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let mut words = Vec::new();
    let mut bytes = line.iter().copied().peekable();
    loop {
        while bytes.next_if(|byte| is_space(*byte)).is_some() {}
        if bytes.peek().is_none() {
            return Ok(words);
        }
        let mut word = Vec::new();
        let mut quote = None;
        loop {
            let Some(byte) = bytes.next() else {
                if quote.is_some() {
                    return Err(UNBALANCED);
                }
                break;
            };
            match (quote, byte) {
                (None, byte) if is_space(byte) => break,
                (None, b'"' | b'\'') => quote = Some(byte),
                (Some(open), byte) if byte == open => {
                    // Nothing but a space, or the end, may stand behind it.
                    if bytes.next_if(|byte| !is_space(*byte)).is_some() {
                        return Err(UNBALANCED);
                    }
                    break;
                }
                (Some(b'"'), b'\\') => match bytes.next() {
                    Some(b'x') => {
                        let mut ahead = bytes.clone();
                        let digits = (ahead.next().and_then(digit), ahead.next().and_then(digit));
                        if let (Some(high), Some(low)) = digits {
                            word.push(high << 4 | low);
                            bytes = ahead;
                        } else {
                            word.push(b'x');
                        }
                    }
                    Some(escaped) => word.push(match escaped {
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'b' => 8,
                        b'a' => 7,
                        other => other,
                    }),
                    None => return Err(UNBALANCED),
                },
                (Some(b'\''), b'\\') if bytes.peek() == Some(&b'\'') => {
                    bytes.next();
                    word.push(b'\'');
                }
                (_, byte) => word.push(byte),
            }
        }
        words.push(word);
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEEP: Keep = Keep {
        argument: 8,
        all: 400,
    };

    /// Reads a stream in pieces: each command's arguments as they are kept.
    fn read(stream: &[u8], at_once: usize) -> Result<Vec<Vec<Vec<u8>>>, Broken> {
        let (mut requests, mut found) = (Requests::default(), Vec::new());
        for chunk in stream.chunks(at_once) {
            let mut at = 0;
            while at < chunk.len() {
                let (used, whole) = requests.feed(&chunk[at..], KEEP)?;
                at += used;
                if whole {
                    let command = requests.command();
                    let arguments = (0..command.kept()).map(|at| command.argument(at).unwrap().to_vec());
                    found.push(arguments.collect());
                }
            }
        }
        Ok(found)
    }

    #[test]
    fn commands_are_found_however_the_stream_is_cut() {
        let stream = b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n*-1\r\nPING\r\n\r\n*3\r\n$3\r\nSET\r\n$0\r\n\r\n$12\r\n0123\r\n678901\r\nset \"a b\" '\\x41' \"\\x41\\n\"\n";
        let expected: Vec<Vec<&[u8]>> = vec![
            vec![b"GET", b"a"],
            vec![],
            vec![b"PING"],
            vec![],
            vec![b"SET", b"", b"0123\r\n67"],
            vec![b"set", b"a b", b"\\x41", b"A\n"],
        ];
        for at_once in 1..=stream.len() {
            let found = read(stream, at_once).unwrap();
            let found: Vec<Vec<&[u8]>> = found
                .iter()
                .map(|one| one.iter().map(Vec::as_slice).collect())
                .collect();
            assert_eq!(found, expected, "{at_once}");
        }
    }

    #[test]
    fn what_servers_do_not_read_is_broken() {
        for (stream, word) in [
            (&b"*2147483648\r\n"[..], "multibulk"),
            (b"*abc\r\n", "multibulk"),
            (b"*1\r\n:1\r\n", "expected '$'"),
            (b"*1\r\n$-1\r\n", "bulk length"),
            (b"*1\r\n$99999999999999999999\r\n", "bulk length"),
            (b"*1\r\n$2\r\nabc\r\n", "longer"),
            (b"get \"a\n", "unbalanced"),
            (b"get 'a'b\n", "unbalanced"),
            (b"get a\0b\n", "zero"),
        ] {
            for at_once in [1, stream.len()] {
                let error = read(stream, at_once).unwrap_err();
                assert!(error.to_string().contains(word), "{error}");
            }
        }
        assert!(read(&vec![b'a'; INLINE + 1], 1000).is_err());
    }

    #[test]
    fn little_is_kept_of_much() {
        let mut stream = b"*100000\r\n".to_vec();
        stream.extend(b"$0\r\n\r\n".repeat(100_000));
        let found = read(&stream, 4096).unwrap();
        assert_eq!(found[0].len(), 25);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), at_once in 1_usize..50) {
            let _read = read(&bytes, at_once);
            let _inline = words(&bytes);
        }
    }
}
