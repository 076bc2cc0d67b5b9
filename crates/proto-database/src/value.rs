//! Values as people read them, whatever the database.

/// How much of one value is shown, in bytes; the recording has all of it.
pub const SHOWN: usize = 1024;

/// Shows a text. `total` is its length in bytes where `text` is only its beginning.
#[must_use]
pub fn cut(mut text: String, total: usize) -> String {
    if text.len() > SHOWN || total > text.len().max(SHOWN) {
        text.truncate(text.floor_char_boundary(SHOWN));
        text.push('…');
    }
    text
}

/// Gives the beginning of bytes as text; what is none is replaced.
#[must_use]
pub fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..SHOWN).unwrap_or(bytes)).into_owned()
}

/// Gives bytes as text when that is what they look like.
#[must_use]
pub fn readable(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let printable = text
        .chars()
        .all(|sign| !sign.is_control() || sign.is_whitespace());
    printable.then(|| text.to_owned())
}

/// Writes the beginning of bytes as digits behind a prefix.
#[must_use]
pub fn hex(prefix: &str, bytes: &[u8]) -> String {
    let mut text = String::from(prefix);
    for byte in bytes.get(..SHOWN / 2).unwrap_or(bytes) {
        push_hex(&mut text, *byte);
    }
    text
}

/// Adds the two digits of a byte.
pub fn push_hex(text: &mut String, byte: u8) {
    for half in [byte >> 4, byte & 15] {
        text.extend(char::from_digit(half.into(), 16));
    }
}
