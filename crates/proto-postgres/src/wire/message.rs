//! The bodies that a relay reads: statements, their parameters, and what came of them.
//!
//! Bodies may be cut at the end (see [`super::Frame::is_whole`]): what is there is read, and never more than is there.

/// Reads a body from its beginning.
struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn short(&mut self) -> Option<i16> {
        Some(i16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn long(&mut self) -> Option<i32> {
        Some(i32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A text up to its zero, or up to the end of a body that was cut.
    fn text(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == 0);
        let text = self.0.get(..end.unwrap_or(self.0.len())).unwrap_or_default();
        self.0 = end.and_then(|end| self.0.get(end + 1..)).unwrap_or_default();
        text
    }
}

fn owned(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// Reads a body that is one text: `Query`, `CommandComplete`, `CopyFail`.
pub(crate) fn text(body: &[u8]) -> String {
    owned(Body(body).text())
}

/// Reads `Parse`: name, statement, types of its parameters.
pub(crate) fn parse(body: &[u8]) -> (String, String, Vec<u32>) {
    let mut body = Body(body);
    let (name, statement) = (owned(body.text()), owned(body.text()));
    let count = body.short().unwrap_or(0);
    let types = (0..count)
        .map_while(|_| body.long().map(i32::cast_unsigned))
        .collect();
    (name, statement, types)
}

/// A value of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter<'a> {
    /// Its bytes; [`None`] for NULL.
    pub(crate) value: Option<&'a [u8]>,
    /// It is in the type's binary form.
    pub(crate) binary: bool,
}

/// `Bind`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bind<'a> {
    pub(crate) portal: String,
    pub(crate) statement: String,
    pub(crate) parameters: Vec<Parameter<'a>>,
    /// How many parameters there are; more than are listed when the body was cut.
    pub(crate) count: usize,
}

/// Reads `Bind`.
pub(crate) fn bind(bytes: &[u8]) -> Bind<'_> {
    let mut body = Body(bytes);
    let (portal, statement) = (owned(body.text()), owned(body.text()));
    let formats = body.short().unwrap_or(0);
    let formats: Vec<i16> = (0..formats).map_while(|_| body.short()).collect();
    let count = usize::try_from(body.short().unwrap_or(0)).unwrap_or(0);
    let format = |at: usize| match formats.as_slice() {
        [] => 0,
        [all] => *all,
        each => each.get(at).copied().unwrap_or(0),
    };
    let parameters = (0..count).map_while(|at| {
        let value = match body.long()? {
            -1 => None,
            len => {
                let len = usize::try_from(len).ok()?;
                // Of the last value of a cut body the beginning is shown.
                let len = len.min(body.0.len());
                Some(body.take(len)?)
            }
        };
        Some(Parameter {
            value,
            binary: format(at) == 1,
        })
    });
    Bind {
        portal,
        statement,
        parameters: parameters.collect(),
        count,
    }
}

/// Reads `Execute`: the portal's name.
pub(crate) fn execute(body: &[u8]) -> String {
    owned(Body(body).text())
}

/// Reads `Close` and `Describe`: `S`tatement or `P`ortal, and its name.
pub(crate) fn named(body: &[u8]) -> (u8, String) {
    let mut body = Body(body);
    (body.byte().unwrap_or(0), owned(body.text()))
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// The type's object id.
    pub(crate) kind: u32,
    /// Its values are in the type's binary form.
    pub(crate) binary: bool,
}

/// Reads `RowDescription`.
pub(crate) fn columns(body: &[u8]) -> Vec<Column> {
    let mut body = Body(body);
    let count = body.short().unwrap_or(0);
    let read = |_| {
        let name = owned(body.text());
        // The table, the column's number in it.
        body.take(6)?;
        let kind = body.long()?.cast_unsigned();
        // The type's size and modifier.
        body.take(6)?;
        let binary = body.short()? == 1;
        Some(Column { name, kind, binary })
    };
    (0..count).map_while(read).collect()
}

/// Reads the values of a `DataRow`; each may be cut together with the body.
pub(crate) fn values(body: &[u8]) -> Vec<Option<&[u8]>> {
    let mut body = Body(body);
    let count = body.short().unwrap_or(0);
    let read = |_| match body.long()? {
        -1 => Some(None),
        len => {
            let len = usize::try_from(len).ok()?.min(body.0.len());
            Some(Some(body.take(len)?))
        }
    };
    (0..count).map_while(read).collect()
}

/// Reads the tag of `CommandComplete`: what was done, and to how many rows.
pub(crate) fn command_tag(body: &[u8]) -> (String, u64) {
    let tag = text(body);
    let rows = tag.rsplit(' ').next().and_then(|last| last.parse().ok());
    (tag, rows.unwrap_or(0))
}

/// An error or a notice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fault {
    /// In English, whatever the server's language.
    pub(crate) severity: String,
    /// The SQLSTATE.
    pub(crate) code: String,
    pub(crate) message: String,
}

/// Reads `ErrorResponse` and `NoticeResponse`.
pub(crate) fn fault(body: &[u8]) -> Fault {
    let mut body = Body(body);
    let mut fault = Fault::default();
    while let Some(field) = body.byte().filter(|field| *field != 0) {
        let value = owned(body.text());
        match field {
            b'V' => fault.severity = value,
            b'S' if fault.severity.is_empty() => fault.severity = value,
            b'C' => fault.code = value,
            b'M' => fault.message = value,
            _ => {}
        }
    }
    fault
}

/// Reads all that `ErrorResponse` and `NoticeResponse` say to a person.
pub(crate) fn faults(body: &[u8]) -> engine::statements::Message {
    let Fault {
        severity,
        code,
        message,
    } = fault(body);
    let mut all = engine::statements::Message {
        severity,
        code,
        message,
        ..engine::statements::Message::default()
    };
    let mut body = Body(body);
    while let Some(field) = body.byte().filter(|field| *field != 0) {
        let value = owned(body.text());
        match field {
            b'D' => all.detail = value,
            b'H' => all.hint = value,
            b'P' => all.position = value.parse().ok(),
            _ => {}
        }
    }
    all
}

/// Reads an `Authentication…` message: its kind, and what follows.
pub(crate) fn authentication(body: &[u8]) -> Option<(i32, &[u8])> {
    let mut body = Body(body);
    Some((body.long()?, body.0))
}

/// Reads `SASLInitialResponse`: the mechanism, and its first message.
pub(crate) fn sasl_initial(body: &[u8]) -> Option<(String, &[u8])> {
    let mut body = Body(body);
    let mechanism = owned(body.text());
    let len = usize::try_from(body.long()?).ok()?;
    Some((mechanism, body.take(len)?))
}

/// Reads `BackendKeyData`.
pub(crate) fn backend_key(body: &[u8]) -> Option<(i32, i32)> {
    let mut body = Body(body);
    Some((body.long()?, body.long()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = (text(&bytes), parse(&bytes), bind(&bytes), execute(&bytes), named(&bytes));
            let _ = (columns(&bytes), values(&bytes), command_tag(&bytes), fault(&bytes));
            let _ = (authentication(&bytes), sasl_initial(&bytes), backend_key(&bytes));
        }
    }

    #[test]
    fn parameters_are_read_with_their_formats() {
        let mut body = b"p1\0s1\0".to_vec();
        body.extend_from_slice(&[0, 2, 0, 0, 0, 1, 0, 3]);
        body.extend_from_slice(&[0, 0, 0, 2, b'h', b'i']);
        body.extend_from_slice(&[0, 0, 0, 4, 0, 0, 0, 7]);
        body.extend_from_slice(&[0xff; 4]);
        let bind = bind(&body);
        assert_eq!(
            (bind.portal.as_str(), bind.statement.as_str(), bind.count),
            ("p1", "s1", 3)
        );
        let expected = [
            (Some(&b"hi"[..]), false),
            (Some(&[0, 0, 0, 7][..]), true),
            (None, false),
        ];
        let read: Vec<_> = bind
            .parameters
            .iter()
            .map(|one| (one.value, one.binary))
            .collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn tags_give_their_rows() {
        for (tag, rows) in [
            ("SELECT 5", 5),
            ("INSERT 0 3", 3),
            ("CREATE TABLE", 0),
            ("COPY 12", 12),
        ] {
            assert_eq!(command_tag(format!("{tag}\0").as_bytes()), (tag.to_owned(), rows));
        }
    }
}
