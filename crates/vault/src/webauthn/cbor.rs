//! The part of CBOR (RFC 8949) that authenticators write: definite lengths, no floats, no tags (CTAP 2.1 §8).

/// Deeper nesting is nobody's.
const DEEPEST: usize = 8;

/// A value, borrowed from what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Array(Vec<Value<'a>>),
    Map(Vec<(Value<'a>, Value<'a>)>),
    Simple(u8),
}

impl<'a> Value<'a> {
    /// Gives what a map has under a number.
    pub(super) fn at(&self, key: i64) -> Option<&Value<'a>> {
        self.find(&Value::Int(key))
    }

    /// Gives what a map has under a word.
    pub(super) fn named(&self, key: &'a str) -> Option<&Value<'a>> {
        self.find(&Value::Text(key))
    }

    fn find(&self, key: &Value<'a>) -> Option<&Value<'a>> {
        let Self::Map(pairs) = self else { return None };
        pairs
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value)
    }

    pub(super) fn int(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            _ => None,
        }
    }

    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// Reads one value from the front; gives what comes behind it. [`None`] when it is none of these.
pub(super) fn read(bytes: &[u8]) -> Option<(Value<'_>, &[u8])> {
    let mut reader = Reader(bytes);
    let value = reader.value(DEEPEST)?;
    Some((value, reader.0))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, low: u8) -> Option<u64> {
        let len = match low {
            0..=23 => return Some(u64::from(low)),
            24..=27 => 1 << (low - 24),
            _ => return None,
        };
        let bytes = self.take(len)?;
        Some(
            bytes
                .iter()
                .fold(0, |number, byte| number << 8 | u64::from(*byte)),
        )
    }

    fn value(&mut self, depth: usize) -> Option<Value<'a>> {
        let depth = depth.checked_sub(1)?;
        let &[first] = self.take(1)? else { return None };
        let (major, low) = (first >> 5, first & 31);
        let number = self.number(low)?;
        Some(match major {
            0 => Value::Int(i64::try_from(number).ok()?),
            1 => Value::Int(-1 - i64::try_from(number).ok()?),
            2 => Value::Bytes(self.take(usize::try_from(number).ok()?)?),
            3 => Value::Text(std::str::from_utf8(self.take(usize::try_from(number).ok()?)?).ok()?),
            4 => Value::Array(
                (0..self.count(number, 1)?)
                    .map(|_| self.value(depth))
                    .collect::<Option<_>>()?,
            ),
            5 => {
                let pairs =
                    (0..self.count(number, 2)?).map(|_| Some((self.value(depth)?, self.value(depth)?)));
                Value::Map(pairs.collect::<Option<_>>()?)
            }
            7 if low < 24 => Value::Simple(low),
            _ => return None,
        })
    }

    /// Reads how many values follow: each takes a byte at least, so what is there bounds what is reserved.
    fn count(&self, number: u64, each: usize) -> Option<usize> {
        let count = usize::try_from(number).ok()?;
        (count.checked_mul(each)? <= self.0.len()).then_some(count)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_those_of_the_rfc() {
        // RFC 8949, appendix A.
        let one = |bytes: &'static [u8]| read(bytes).map(|(value, _)| value);
        assert_eq!(one(&[0x18, 0x64]), Some(Value::Int(100)));
        assert_eq!(one(&[0x1a, 0x00, 0x0f, 0x42, 0x40]), Some(Value::Int(1_000_000)));
        assert_eq!(one(&[0x39, 0x03, 0xe7]), Some(Value::Int(-1000)));
        assert_eq!(one(&[0x44, 1, 2, 3, 4]), Some(Value::Bytes(&[1, 2, 3, 4])));
        assert_eq!(one(b"\x64IETF"), Some(Value::Text("IETF")));
        assert_eq!(one(&[0xf5]), Some(Value::Simple(21)));
        let (map, rest) = read(&[0xa2, 0x01, 0x02, 0x61, 0x61, 0x82, 0x03, 0x04, 0xff]).unwrap();
        assert_eq!(map.at(1).unwrap().int(), Some(2));
        let array = Value::Array(vec![Value::Int(3), Value::Int(4)]);
        assert_eq!((map.named("a"), rest), (Some(&array), &[0xff][..]));
        assert_eq!((map.at(2), map.bytes()), (None, None));
    }

    #[test]
    fn what_authenticators_do_not_write_is_refused() {
        for bytes in [
            &[][..],
            // An array of unknown length, a float, a tag, a length without its bytes, an endless nesting, a number beyond 63 bits.
            &[0x9f, 0xff],
            &[0xf9, 0x3c, 0x00],
            &[0xc1, 0x00],
            &[0x44, 1],
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0x81; 40],
            &[0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ] {
            assert_eq!(read(bytes), None, "{bytes:02x?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Some((_, rest)) = read(&bytes) {
                prop_assert!(rest.len() < bytes.len());
            }
        }
    }
}
