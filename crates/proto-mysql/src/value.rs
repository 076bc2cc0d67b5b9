//! Values as people read them: rows of both protocols, and parameters.

use std::fmt::Write as _;

use proto_database::value::{cut, hex, lossy, readable};
use serde_json::Value;

use crate::wire::{Body, Column};

/// The types whose binary form is read ("`Protocol::ColumnType`").
mod kind {
    pub(super) const TINY: u8 = 0x01;
    pub(super) const SHORT: u8 = 0x02;
    pub(super) const LONG: u8 = 0x03;
    pub(super) const FLOAT: u8 = 0x04;
    pub(super) const DOUBLE: u8 = 0x05;
    pub(super) const NULL: u8 = 0x06;
    pub(super) const TIMESTAMP: u8 = 0x07;
    pub(super) const LONGLONG: u8 = 0x08;
    pub(super) const INT24: u8 = 0x09;
    pub(super) const DATE: u8 = 0x0a;
    pub(super) const TIME: u8 = 0x0b;
    pub(super) const DATETIME: u8 = 0x0c;
    pub(super) const YEAR: u8 = 0x0d;
    pub(super) const BIT: u8 = 0x10;
    pub(super) const GEOMETRY: u8 = 0xff;
}

/// Spells bytes of a text column or parameter.
pub(crate) fn spelt(bytes: Option<&[u8]>) -> Value {
    let Some(bytes) = bytes else { return Value::Null };
    let shown = bytes.get(..proto_database::value::SHOWN).unwrap_or(bytes);
    // The end of what is shown may lie within a sign.
    let text = match std::str::from_utf8(shown) {
        Ok(_) => readable(shown).unwrap_or_else(|| hex("0x", bytes)),
        Err(error) if error.error_len().is_none() => lossy(bytes).trim_end_matches('\u{fffd}').to_owned(),
        Err(_) => hex("0x", bytes),
    };
    Value::String(cut(text, bytes.len()))
}

/// How long a value in binary form is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// Always so many bytes.
    Fixed(usize),
    /// A byte says how many follow.
    Counted,
    /// A length-encoded number says how many follow.
    Encoded,
}

/// Gives how values of a type are written in binary form.
pub(crate) fn width(kind: u8) -> Width {
    match kind {
        kind::NULL => Width::Fixed(0),
        kind::TINY => Width::Fixed(1),
        kind::SHORT | kind::YEAR => Width::Fixed(2),
        kind::LONG | kind::INT24 | kind::FLOAT => Width::Fixed(4),
        kind::LONGLONG | kind::DOUBLE => Width::Fixed(8),
        kind::DATE | kind::DATETIME | kind::TIMESTAMP | kind::TIME => Width::Counted,
        _ => Width::Encoded,
    }
}

/// Tells whether values of a type are bytes and never text.
pub(crate) fn is_bytes(kind: u8) -> bool {
    matches!(kind, kind::BIT | kind::GEOMETRY)
}

/// Reads one value in binary form; [`None`] when the body ends before it.
pub(crate) fn binary(body: &mut Body<'_>, kind: u8, unsigned: bool) -> Option<Value> {
    let whole = |body: &mut Body<'_>, bytes: usize| {
        let number = body.number(bytes)?;
        let shift = 64 - 8 * bytes as u32;
        Some(if unsigned {
            number.to_string()
        } else {
            ((number << shift).cast_signed() >> shift).to_string()
        })
    };
    let text = match kind {
        kind::NULL => return Some(Value::Null),
        kind::TINY => whole(body, 1)?,
        kind::SHORT | kind::YEAR => whole(body, 2)?,
        kind::LONG | kind::INT24 => whole(body, 4)?,
        kind::LONGLONG => whole(body, 8)?,
        kind::FLOAT => f32::from_bits(body.long()?).to_string(),
        kind::DOUBLE => f64::from_bits(body.number(8)?).to_string(),
        kind::DATE | kind::DATETIME | kind::TIMESTAMP => date(body, kind)?,
        kind::TIME => time(body)?,
        kind::BIT | kind::GEOMETRY => {
            let bytes = body.sized()?;
            cut(hex("0x", bytes), bytes.len())
        }
        _ => return Some(spelt(Some(body.sized()?))),
    };
    Some(Value::String(text))
}

fn date(body: &mut Body<'_>, kind: u8) -> Option<String> {
    let len = body.byte()?;
    let mut body = Body(body.take(len.into())?);
    let (year, month, day) = (
        body.short().unwrap_or(0),
        body.byte().unwrap_or(0),
        body.byte().unwrap_or(0),
    );
    let mut text = format!("{year:04}-{month:02}-{day:02}");
    if kind != kind::DATE {
        let mut next = || body.byte().unwrap_or(0);
        let (hour, minute, second) = (next(), next(), next());
        let _infallible = write!(text, " {hour:02}:{minute:02}:{second:02}");
        if let Some(micros) = body.long() {
            let _infallible = write!(text, ".{micros:06}");
        }
    }
    Some(text)
}

fn time(body: &mut Body<'_>) -> Option<String> {
    let len = body.byte()?;
    let mut body = Body(body.take(len.into())?);
    let sign = if body.byte() == Some(1) { "-" } else { "" };
    let days = body.long().unwrap_or(0);
    let mut next = || body.byte().unwrap_or(0);
    let (hour, minute, second) = (next(), next(), next());
    let hours = u64::from(days) * 24 + u64::from(hour);
    let mut text = format!("{sign}{hours:02}:{minute:02}:{second:02}");
    if let Some(micros) = body.long() {
        let _infallible = write!(text, ".{micros:06}");
    }
    Some(text)
}

/// Reads a row in binary form: as many values as there are.
pub(crate) fn binary_row(body: &[u8], columns: &[Column]) -> Vec<Value> {
    let mut body = Body(body.get(1..).unwrap_or_default());
    // The first two bits are kept free.
    let Some(nulls) = body.take((columns.len() + 9) / 8) else {
        return Vec::new();
    };
    let each = columns.iter().enumerate().map_while(|(at, column)| {
        if bit(nulls, at + 2) {
            Some(Value::Null)
        } else {
            binary(&mut body, column.kind, column.unsigned)
        }
    });
    each.collect()
}

/// Tells whether a bit is set.
pub(crate) fn bit(bytes: &[u8], at: usize) -> bool {
    bytes.get(at / 8).is_some_and(|byte| byte & (1 << (at % 8)) != 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_spelt_as_the_client_does() {
        for (kind, unsigned, bytes, expected) in [
            (1, false, &[0xff][..], "-1"),
            (1, true, &[0xff][..], "255"),
            (3, false, &[0xfe, 0xff, 0xff, 0xff][..], "-2"),
            (8, true, &[0xff; 8][..], "18446744073709551615"),
            (5, false, &1.5_f64.to_le_bytes()[..], "1.5"),
            (10, false, &[4, 0xea, 0x07, 11, 22][..], "2026-11-22"),
            (
                12,
                false,
                &[7, 0xea, 0x07, 11, 22, 6, 5, 4][..],
                "2026-11-22 06:05:04",
            ),
            (11, false, &[8, 1, 1, 0, 0, 0, 2, 3, 4][..], "-26:03:04"),
            (0xfd, false, &[2, b'h', b'i'][..], "hi"),
            (0xfc, false, &[2, 0, 0xff][..], "0x00ff"),
            (16, false, &[1, 1][..], "0x01"),
        ] {
            let value = binary(&mut Body(bytes), kind, unsigned);
            assert_eq!(value, Some(Value::String(expected.to_owned())), "{kind}");
        }
    }

    #[test]
    fn long_values_are_cut_and_say_so() {
        let long = "é".repeat(2000);
        for from in [0, 1] {
            let text = format!("{}{long}", "x".repeat(from));
            let Value::String(shown) = spelt(Some(text.as_bytes())) else {
                panic!("no text");
            };
            assert!(shown.ends_with("é…"), "{shown}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..100), kinds in prop::collection::vec(any::<(u8, bool)>(), 0..9)) {
            let columns: Vec<_> = kinds
                .iter()
                .map(|(kind, unsigned)| Column { name: String::new(), kind: *kind, unsigned: *unsigned, binary: false })
                .collect();
            prop_assert!(binary_row(&bytes, &columns).len() <= columns.len());
        }
    }
}
