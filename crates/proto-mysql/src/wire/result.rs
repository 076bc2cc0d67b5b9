//! What a server answers: OK, error, columns, rows.

use super::Body;

/// Bits of the status that an OK packet has.
pub(crate) mod status {
    pub(crate) const IN_TRANSACTION: u16 = 0x0001;
    pub(crate) const MORE_RESULTS: u16 = 0x0008;
    pub(crate) const CURSOR: u16 = 0x0040;
    pub(crate) const LAST_ROW: u16 = 0x0080;
}

fn owned(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// An OK packet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Okay {
    pub(crate) affected: u64,
    pub(crate) insert_id: u64,
    pub(crate) status: u16,
    pub(crate) warnings: u16,
    /// What the server says for people, such as how many rows matched.
    pub(crate) info: String,
}

/// Reads an OK packet after its first byte. `tracked`: changes of the session follow, so that the text has a length.
pub(crate) fn okay(body: &[u8], tracked: bool) -> Okay {
    let mut body = Body(body.get(1..).unwrap_or_default());
    let mut read = || {
        let affected = body.encoded()?;
        let insert_id = body.encoded()?;
        Some((affected, insert_id, body.short()?, body.short()?))
    };
    let (affected, insert_id, status, warnings) = read().unwrap_or_default();
    // The documentation has no length before it where nothing is tracked; servers write one all the same.
    let bare = body.0;
    let whole = body
        .encoded()
        .is_some_and(|len| usize::try_from(len) == Ok(body.0.len()));
    let info = match (whole, tracked) {
        (true, _) => body.0,
        (false, true) => Body(bare).sized().unwrap_or_default(),
        (false, false) => bare,
    };
    Okay {
        affected,
        insert_id,
        status,
        warnings,
        info: owned(info),
    }
}

/// Reads the warnings and the status of an EOF packet.
pub(crate) fn eof_status(body: &[u8]) -> (u16, u16) {
    let mut body = Body(body.get(1..).unwrap_or_default());
    (body.short().unwrap_or(0), body.short().unwrap_or(0))
}

/// An error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: u16,
    /// The SQLSTATE; empty before the login.
    pub(crate) state: String,
    pub(crate) message: String,
}

/// Reads an error packet.
pub(crate) fn fault(body: &[u8]) -> Fault {
    let mut body = Body(body.get(1..).unwrap_or_default());
    let code = body.short().unwrap_or(0);
    let mut state = String::new();
    if body.0.first() == Some(&b'#') && body.0.len() >= 6 {
        state = body
            .take(6)
            .map(|taken| owned(taken.get(1..).unwrap_or_default()))
            .unwrap_or_default();
    }
    Fault {
        code,
        state,
        message: owned(body.0),
    }
}

/// Writes an error packet's body.
pub(crate) fn error(code: u16, state: &str, message: &str) -> Vec<u8> {
    let [low, high] = code.to_le_bytes();
    [&[0xff, low, high, b'#'], state.as_bytes(), message.as_bytes()].concat()
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: u8,
    pub(crate) unsigned: bool,
    /// The character set is `binary`: bytes, and no text.
    pub(crate) binary: bool,
}

/// Reads a column's definition. `extended`: MariaDB's metadata stand in it.
pub(crate) fn column(body: &[u8], extended: bool) -> Option<Column> {
    let mut body = Body(body);
    // Catalogue, schema, table, table's own name.
    for _ in 0..4 {
        body.sized()?;
    }
    let name = owned(body.sized()?);
    body.sized()?;
    if extended {
        body.sized()?;
    }
    body.encoded()?;
    let set = body.short()?;
    let _length = body.long()?;
    let kind = body.byte()?;
    let flags = body.short()?;
    Some(Column {
        name,
        kind,
        unsigned: flags & 0x20 != 0,
        binary: set == 63,
    })
}

/// Tells whether MariaDB's metadata stand in the definition of a column, which has to be whole.
pub(crate) fn has_metadata(body: &[u8]) -> bool {
    let mut body = Body(body);
    for _ in 0..6 {
        body.sized();
    }
    // The rest is of a fixed length, behind one byte that says so.
    body.0.len() != 13
}

/// Reads the values of a row in the text protocol; the last may be cut together with the body.
pub(crate) fn text_row(body: &[u8]) -> Vec<Option<&[u8]>> {
    let mut body = Body(body);
    let mut values = Vec::new();
    while let Some(first) = body.0.first() {
        if *first == 0xfb {
            body.take(1);
            values.push(None);
            continue;
        }
        match body.sized() {
            Some(value) => values.push(Some(value)),
            None => break,
        }
    }
    values
}

/// Reads what a prepared statement is: its number, how many columns and parameters it has.
pub(crate) fn prepared(body: &[u8]) -> Option<(u32, u16, u16)> {
    let mut body = Body(body.get(1..)?);
    Some((body.long()?, body.short()?, body.short()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), flag: bool) {
            let _ = (okay(&bytes, flag), eof_status(&bytes), fault(&bytes), column(&bytes, flag));
            let _ = (text_row(&bytes), prepared(&bytes));
        }
    }

    #[test]
    fn what_the_server_says_for_people_is_read_with_and_without_a_length() {
        for (tail, tracked, info) in [
            (&b"\x08Rows: 12"[..], false, "Rows: 12"),
            (b"Rows: 12", false, "Rows: 12"),
            (b"\x08Rows: 12\x02\0\0", true, "Rows: 12"),
            (b"", false, ""),
        ] {
            let body = [&[0, 1, 0, 2, 0, 0, 0][..], tail].concat();
            assert_eq!(okay(&body, tracked).info, info, "{tail:?}");
        }
    }

    #[test]
    fn errors_come_back() {
        let fault = fault(&error(1064, "42000", "no"));
        assert_eq!(
            (fault.code, fault.state.as_str(), fault.message.as_str()),
            (1064, "42000", "no")
        );
    }
}
