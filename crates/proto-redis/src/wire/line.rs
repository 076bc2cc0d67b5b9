//! Lines that hold one number, and may come in pieces.

use super::Broken;

/// The longest line of a number: a sign, 19 digits, and the end.
const LONGEST: usize = 24;

/// The beginning of a line that is not whole yet.
#[derive(Debug, Default)]
pub(super) struct Line(Vec<u8>);

impl Line {
    /// Takes bytes up to the end of the line; gives how many they are, and the number once the line is whole.
    pub(super) fn number(
        &mut self,
        bytes: &[u8],
        wrong: &'static str,
    ) -> Result<(usize, Option<i64>), Broken> {
        let near = bytes.get(..LONGEST).unwrap_or(bytes);
        let Some(end) = near.iter().position(|byte| *byte == b'\n') else {
            if self.0.len() + near.len() > LONGEST || near.len() < bytes.len() {
                return Err(Broken(wrong));
            }
            self.0.extend_from_slice(near);
            return Ok((near.len(), None));
        };
        let here = near.get(..end).unwrap_or_default();
        let number = if self.0.is_empty() {
            number(here)
        } else {
            self.0.extend_from_slice(here);
            let number = number(&self.0);
            self.0.clear();
            number
        };
        let number = number.ok_or(Broken(wrong))?;
        Ok((end + 1, Some(number)))
    }
}

/// Reads a number as servers do: no sign but a minus, no zeros in front, and a carriage return behind it.
fn number(line: &[u8]) -> Option<i64> {
    let digits = line.strip_suffix(b"\r")?;
    let unsigned = digits.strip_prefix(b"-").unwrap_or(digits);
    let plain =
        unsigned.iter().all(u8::is_ascii_digit) && (unsigned.first() != Some(&b'0') || digits == b"0");
    let text = std::str::from_utf8(digits).ok().filter(|_| plain)?;
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_servers_do() {
        for (line, expected) in [
            ("0\r", Some(0)),
            ("-1\r", Some(-1)),
            ("9223372036854775807\r", Some(i64::MAX)),
            ("9223372036854775808\r", None),
            ("007\r", None),
            ("+7\r", None),
            ("-0\r", None),
            ("-\r", None),
            ("\r", None),
            ("7", None),
            (" 7\r", None),
        ] {
            assert_eq!(number(line.as_bytes()), expected, "{line:?}");
        }
    }
}
