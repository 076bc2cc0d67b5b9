//! What the gateway itself says, to either side.

use bytes::{BufMut as _, Bytes, BytesMut};

/// The answer to what was done.
pub(crate) const OK: &[u8] = b"+OK\r\n";

/// Writes a command.
pub(crate) fn command<'a>(words: impl IntoIterator<Item = &'a [u8], IntoIter: ExactSizeIterator>) -> Bytes {
    let words = words.into_iter();
    let mut out = BytesMut::new();
    out.put_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        out.put_slice(format!("${}\r\n", word.len()).as_bytes());
        out.put_slice(word);
        out.put_slice(b"\r\n");
    }
    out.freeze()
}

/// Writes an error. Its first word is the code that clients look at.
pub(crate) fn error(code: &str, words: &str) -> Bytes {
    let words = words.replace(['\r', '\n'], " ");
    format!("-{code} {words}\r\n").into()
}

/// Writes a word that says how it went.
pub(crate) fn status(word: &str) -> Bytes {
    format!("+{word}\r\n").into()
}
