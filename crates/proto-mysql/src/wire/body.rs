//! Reading a body from its beginning. Bodies may be cut at the end: what is there is read, and never more than is there.

use super::command::STMT_EXECUTE;

/// What is left of a body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Body<'a>(pub(crate) &'a [u8]);

impl<'a> Body<'a> {
    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// Reads a number of so many bytes, at most eight.
    pub(crate) fn number(&mut self, bytes: usize) -> Option<u64> {
        let taken = self.take(bytes)?;
        Some(
            taken
                .iter()
                .rev()
                .fold(0, |number, byte| number << 8 | u64::from(*byte)),
        )
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.number(1).map(|byte| byte as u8)
    }

    pub(crate) fn short(&mut self) -> Option<u16> {
        self.number(2).map(|short| short as u16)
    }

    pub(crate) fn long(&mut self) -> Option<u32> {
        self.number(4).map(|long| long as u32)
    }

    /// Reads a length-encoded number; [`None`] also for the sign of NULL.
    pub(crate) fn encoded(&mut self) -> Option<u64> {
        match self.byte()? {
            0xfc => self.number(2),
            0xfd => self.number(3),
            0xfe => self.number(8),
            0xfb | 0xff => None,
            small => Some(small.into()),
        }
    }

    /// Reads length-encoded bytes; of those of a cut body the beginning.
    pub(crate) fn sized(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.encoded()?).unwrap_or(usize::MAX);
        self.take(len.min(self.0.len()))
    }

    /// Reads up to a zero, or up to the end.
    pub(crate) fn text(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == 0);
        let text = self.0.get(..end.unwrap_or(self.0.len())).unwrap_or_default();
        self.0 = end.and_then(|end| self.0.get(end + 1..)).unwrap_or_default();
        text
    }
}

/// Writes a length-encoded number.
pub(crate) fn encode(out: &mut Vec<u8>, number: u64) {
    let bytes = number.to_le_bytes();
    let (mark, count) = match number {
        0..=0xfa => (None, 1),
        0xfb..=0xffff => (Some(0xfc), 2),
        0x1_0000..=0xff_ffff => (Some(0xfd), 3),
        _ => (Some(0xfe), 8),
    };
    out.extend(mark);
    out.extend(bytes.iter().take(count));
}

/// Writes what a client says about itself.
pub(crate) fn attributes(words: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    for word in words.iter().flat_map(|(name, value)| [name, value]) {
        encode(&mut out, word.len() as u64);
        out.extend(word.as_bytes());
    }
    out
}

/// Writes `COM_STMT_EXECUTE` with texts as parameters, which the server reads as what it needs.
pub(crate) fn with_parameters(id: u32, parameters: &[Option<String>]) -> Vec<u8> {
    let mut out = vec![STMT_EXECUTE];
    out.extend(id.to_le_bytes());
    // Without a cursor; once.
    out.extend([0, 1, 0, 0, 0]);
    for eight in parameters.chunks(8) {
        let nulls = eight.iter().enumerate();
        out.push(nulls.fold(0, |bits, (at, one)| bits | u8::from(one.is_none()) << at));
    }
    out.push(1);
    // MYSQL_TYPE_VAR_STRING
    out.extend(parameters.iter().flat_map(|_| [0xfd, 0]));
    for text in parameters.iter().flatten() {
        encode(&mut out, text.len() as u64);
        out.extend(text.as_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(number: u64) {
            let mut out = Vec::new();
            encode(&mut out, number);
            prop_assert_eq!(Body(&out).encoded(), Some(number));
        }
    }
}
