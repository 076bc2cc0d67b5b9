//! Values as people read them.

use proto_database::value::{cut, hex, lossy, push_hex, readable};
use serde_json::Value;

/// The object ids of the types whose binary form is spelt out (`pg_type.dat`).
mod oid {
    pub(super) const BOOL: u32 = 16;
    pub(super) const INT8: u32 = 20;
    pub(super) const INT2: u32 = 21;
    pub(super) const INT4: u32 = 23;
    pub(super) const OID: u32 = 26;
    pub(super) const FLOAT4: u32 = 700;
    pub(super) const FLOAT8: u32 = 701;
    pub(super) const UUID: u32 = 2950;
    pub(super) const JSONB: u32 = 3802;
    /// `name`, `text`, `json`, `bpchar`, `varchar`, and values whose type the client leaves open.
    pub(super) const TEXTS: [u32; 6] = [0, 19, 25, 114, 1042, 1043];
}

/// Spells a value: text, or null. `total` is its length where `bytes` is only its beginning.
pub(crate) fn spelt(bytes: Option<&[u8]>, kind: u32, binary: bool) -> Value {
    let Some(bytes) = bytes else { return Value::Null };
    let text = if binary {
        from_binary(bytes, kind).unwrap_or_else(|| hex("\\x", bytes))
    } else {
        lossy(bytes)
    };
    Value::String(cut(text, bytes.len()))
}

fn from_binary(bytes: &[u8], kind: u32) -> Option<String> {
    match kind {
        oid::BOOL => match bytes {
            [0] => Some("f".to_owned()),
            [1] => Some("t".to_owned()),
            _ => None,
        },
        oid::INT2 => Some(i16::from_be_bytes(bytes.try_into().ok()?).to_string()),
        oid::INT4 => Some(i32::from_be_bytes(bytes.try_into().ok()?).to_string()),
        oid::INT8 => Some(i64::from_be_bytes(bytes.try_into().ok()?).to_string()),
        oid::OID => Some(u32::from_be_bytes(bytes.try_into().ok()?).to_string()),
        oid::FLOAT4 => Some(f32::from_be_bytes(bytes.try_into().ok()?).to_string()),
        oid::FLOAT8 => Some(f64::from_be_bytes(bytes.try_into().ok()?).to_string()),
        oid::UUID => uuid(bytes),
        oid::JSONB => std::str::from_utf8(bytes.strip_prefix(&[1])?)
            .ok()
            .map(str::to_owned),
        kind if oid::TEXTS.contains(&kind) => readable(bytes),
        _ => None,
    }
}

fn uuid(bytes: &[u8]) -> Option<String> {
    let bytes: [u8; 16] = bytes.try_into().ok()?;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        push_hex(&mut text, *byte);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proto_database::value::SHOWN;

    use super::*;

    #[test]
    fn values_are_spelt_as_psql_does() {
        for (bytes, kind, binary, expected) in [
            (&b"abc"[..], 25, false, "abc"),
            (&[1][..], 16, true, "t"),
            (&[0xff, 0xff, 0xff, 0xfe][..], 23, true, "-2"),
            (&[1, b'{', b'}'][..], 3802, true, "{}"),
            (&[0, 255][..], 17, true, "\\x00ff"),
            (&b"open"[..], 0, true, "open"),
        ] {
            assert_eq!(
                spelt(Some(bytes), kind, binary),
                Value::String(expected.to_owned())
            );
        }
        assert_eq!(spelt(None, 25, false), Value::Null);
    }

    #[test]
    fn long_values_are_cut_and_say_so() {
        let long = "é".repeat(2000);
        let Value::String(shown) = spelt(Some(long.as_bytes()), 25, false) else {
            panic!("no text");
        };
        assert!(shown.ends_with('…') && shown.len() <= SHOWN + 3);
    }
}
