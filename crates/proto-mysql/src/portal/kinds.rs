//! Types of columns as people know them.

use engine::statements::{Column, Nature};

use crate::{value::is_bytes, wire};

/// Draws a column.
pub(super) fn drawn(column: &wire::Column) -> Column {
    let (name, nature) = named(column);
    let sign = if column.unsigned && nature == Nature::Whole {
        " unsigned"
    } else {
        ""
    };
    Column {
        name: column.name.clone(),
        kind: format!("{name}{sign}"),
        nature,
    }
}

/// Gives the name of a type ("`Protocol::ColumnType`"), and how its values are drawn.
fn named(column: &wire::Column) -> (&'static str, Nature) {
    let either = |text, bytes| (if column.binary { bytes } else { text }, Nature::Text);
    match column.kind {
        0x00 | 0xf6 => ("decimal", Nature::Number),
        0x01 => ("tinyint", Nature::Whole),
        0x02 => ("smallint", Nature::Whole),
        0x03 => ("int", Nature::Whole),
        0x04 => ("float", Nature::Number),
        0x05 => ("double", Nature::Number),
        0x06 => ("null", Nature::Text),
        0x07 => ("timestamp", Nature::Text),
        0x08 => ("bigint", Nature::Whole),
        0x09 => ("mediumint", Nature::Whole),
        0x0a => ("date", Nature::Text),
        0x0b => ("time", Nature::Text),
        0x0c => ("datetime", Nature::Text),
        0x0d => ("year", Nature::Whole),
        0x0f | 0xfd => either("varchar", "varbinary"),
        0x10 => ("bit", Nature::Text),
        0xf5 => ("json", Nature::Text),
        0xf7 => ("enum", Nature::Text),
        0xf8 => ("set", Nature::Text),
        0xf9..=0xfc => either("text", "blob"),
        0xfe => either("char", "binary"),
        0xff => ("geometry", Nature::Text),
        _ => ("", Nature::Text),
    }
}

/// Tells whether values are bytes that are no text, which are written in hexadecimal for people.
pub(super) fn is_hex(column: &wire::Column) -> bool {
    is_bytes(column.kind) || (column.binary && matches!(column.kind, 0x0f | 0xf9..=0xfe))
}
