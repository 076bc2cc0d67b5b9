//! Commands and values as people read them: as `redis-cli` takes and prints them.

use std::fmt::Write as _;

use proto_database::{
    Preview,
    value::{cut, readable},
};
use serde_json::Value;

use crate::{
    secrets::Secrets,
    wire::{Command, Given},
};

/// Writes a command on one line, without its passwords. Tells also whether it holds all of it.
pub(crate) fn command(command: &Command<'_>, secrets: &Secrets) -> (String, bool) {
    let mut text = String::new();
    for at in 0..command.kept() {
        if at > 0 {
            text.push(' ');
        }
        let bytes = command.argument(at).unwrap_or_default();
        match secrets.mask(at) {
            Some(stay) => {
                text.push_str(&String::from_utf8_lossy(bytes.get(..stay).unwrap_or_default()));
                text.push_str("***");
            }
            None => word(&mut text, bytes, !command.has_whole(at)),
        }
    }
    if command.count > command.kept() as u64 {
        text.push_str(" …");
    }
    (text, command.is_kept_whole())
}

/// Writes an argument, in quotes where it has to be.
fn word(text: &mut String, bytes: &[u8], cut: bool) {
    let plain = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\');
    if !bytes.is_empty() && bytes.iter().all(plain) {
        text.push_str(&String::from_utf8_lossy(bytes));
    } else {
        text.push('"');
        escape(text, bytes);
        text.push('"');
    }
    if cut {
        text.push('…');
    }
}

/// Writes bytes with escapes for what is no text.
fn escape(text: &mut String, bytes: &[u8]) {
    for piece in bytes.utf8_chunks() {
        for sign in piece.valid().chars() {
            match sign {
                '"' | '\\' => text.extend(['\\', sign]),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                sign if sign.is_control() => {
                    for byte in sign.to_string().bytes() {
                        hex(text, byte);
                    }
                }
                sign => text.push(sign),
            }
        }
        for byte in piece.invalid() {
            hex(text, *byte);
        }
    }
}

fn hex(text: &mut String, byte: u8) {
    // Writing to a string cannot fail.
    let _infallible = write!(text, "\\x{byte:02x}");
}

/// Writes a value of which these bytes are the beginning.
fn value(bytes: &[u8], len: u64) -> String {
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    // The end of what is kept may lie within a sign.
    let valid = match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() && len > bytes.len() => {
            bytes.get(..error.valid_up_to()).unwrap_or(bytes)
        }
        _ => bytes,
    };
    let text = readable(valid).unwrap_or_else(|| {
        let mut text = String::new();
        escape(&mut text, valid);
        text
    });
    cut(text, len)
}

/// Makes the preview of a reply: a row for each element, and the names of its columns.
pub(crate) fn preview(given: &Given) -> (Preview, Vec<&'static str>) {
    let mut preview = Preview::default();
    let mut rows: Vec<(u64, Vec<Value>)> = Vec::new();
    for cell in &given.cells {
        let shown = if cell.null {
            Value::Null
        } else {
            Value::String(value(given.text(cell), cell.len))
        };
        match rows.last_mut() {
            Some((row, values)) if *row == cell.row => values.push(shown),
            _ => rows.push((cell.row, vec![shown])),
        }
    }
    let widest = rows.iter().map(|(_, values)| values.len()).max().unwrap_or(1);
    for (_, values) in rows {
        preview.push(values.into(), 0);
    }
    let mut columns = if given.kind == b'%' {
        vec!["field", "value"]
    } else {
        vec!["value"]
    };
    columns.resize(widest.clamp(columns.len(), 16), "");
    (preview, columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::tests::with;

    #[test]
    fn commands_are_written_without_their_passwords() {
        for (line, expected) in [
            ("SET a b", "SET a b"),
            ("SET k  x", "SET k \"\" x"),
            ("SET k a\"b", "SET k \"a\\\"b\""),
            ("SET k ü\u{1}", "SET k \"ü\\x01\""),
            ("AUTH p4ss", "AUTH ***"),
            ("auth ann p4ss", "auth ann ***"),
            ("AUTH p4ss p4ss p4ss", "AUTH *** *** ***"),
            (
                "HELLO 3 AUTH ann p4ss SETNAME x",
                "HELLO 3 AUTH ann *** SETNAME x",
            ),
            ("HELLO 3 AUTH p4ss", "HELLO 3 AUTH ***"),
            (
                "CONFIG SET maxmemory 1 requirepass p4ss",
                "CONFIG SET maxmemory 1 requirepass ***",
            ),
            ("config set masterauth p4ss", "config set masterauth ***"),
            (
                "ACL SETUSER bob on >p4ss ~* +@all",
                "ACL SETUSER bob on >*** ~* +@all",
            ),
            (
                "ACL SETUSER bob #p4ss <p4ss !p4ss",
                "ACL SETUSER bob #*** <*** !***",
            ),
            (
                "MIGRATE h 1 k 0 9 COPY AUTH p4ss",
                "MIGRATE h 1 k 0 9 COPY AUTH ***",
            ),
            (
                "MIGRATE h 1 k 0 9 AUTH2 ann p4ss KEYS AUTH",
                "MIGRATE h 1 k 0 9 AUTH2 ann *** KEYS AUTH",
            ),
            ("SENTINEL SET m auth-pass p4ss", "SENTINEL SET m auth-pass ***"),
            (
                "SENTINEL CONFIG SET sentinel-pass p4ss",
                "SENTINEL CONFIG SET sentinel-pass ***",
            ),
            ("COMMAND GETKEYS AUTH p4ss", "COMMAND GETKEYS AUTH ***"),
        ] {
            with(line, |asked| {
                let secrets = Secrets::of(asked);
                assert_eq!(command(asked, &secrets).0, expected);
                assert_eq!(secrets.are_asked(), line.contains("p4ss"), "{line}");
            });
        }
        for (line, answered) in [
            ("CONFIG GET *", true),
            ("CONFIG GET requirepass", true),
            ("CONFIG GET maxmemory", false),
            ("ACL LIST", true),
            ("GET requirepass", false),
        ] {
            with(line, |asked| {
                assert_eq!(Secrets::of(asked).answered, answered, "{line}");
            });
        }
    }
}
