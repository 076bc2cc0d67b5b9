//! The lines of the protocol.

/// A line that the sending side begins something with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Record<'a> {
    /// `T<mtime> 0 <atime> 0`: times of what follows.
    Times,
    /// `C<mode> <size> <name>`
    File { size: u64, name: &'a [u8] },
    /// `D<mode> 0 <name>`
    Folder { name: &'a [u8] },
    /// `E`: the end of the folder.
    Leave,
    /// Byte 1 or 2 and a text: the sender could not read something, and goes on.
    Error { text: &'a [u8] },
}

/// Reads a line, without its line feed.
pub(super) fn read(line: &[u8]) -> Option<Record<'_>> {
    let (first, rest) = line.split_first()?;
    match first {
        b'T' => Some(Record::Times),
        b'E' if rest.is_empty() => Some(Record::Leave),
        b'C' => named(rest).map(|(size, name)| Record::File { size, name }),
        b'D' => named(rest).map(|(_, name)| Record::Folder { name }),
        1 | 2 => Some(Record::Error { text: rest }),
        _ => None,
    }
}

/// `<four octal digits> <decimal size> <name>`
fn named(rest: &[u8]) -> Option<(u64, &[u8])> {
    let (mode, rest) = rest.split_at_checked(4)?;
    let rest = rest.strip_prefix(b" ")?;
    let space = rest.iter().position(|byte| *byte == b' ')?;
    let (size, name) = rest.split_at_checked(space)?;
    let name = name.strip_prefix(b" ")?;
    let octal = mode.iter().all(|digit| (b'0'..=b'7').contains(digit));
    if !octal || name.is_empty() || size.is_empty() || !size.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some((std::str::from_utf8(size).ok()?.parse().ok()?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_openssh_writes_them() {
        assert_eq!(
            read(b"C0644 12 a b.txt"),
            Some(Record::File {
                size: 12,
                name: b"a b.txt"
            })
        );
        assert_eq!(read(b"D0755 0 dir"), Some(Record::Folder { name: b"dir" }));
        assert_eq!(read(b"T1183828267 0 1183828267 0"), Some(Record::Times));
        assert_eq!(read(b"E"), Some(Record::Leave));
        assert_eq!(
            read(b"\x01scp: x: No such file"),
            Some(Record::Error {
                text: b"scp: x: No such file"
            })
        );
    }

    #[test]
    fn other_lines_are_not_records() {
        for line in [
            &b""[..],
            b"C0644 x a",
            b"C0644 1",
            b"C064 1 a",
            b"C0999 1 a",
            b"Welcome",
            b"Ex",
            b"C0644 -1 a",
        ] {
            assert_eq!(read(line), None, "{line:?}");
        }
    }
}
