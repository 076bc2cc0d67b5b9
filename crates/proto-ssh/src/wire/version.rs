//! The identification line, RFC 4253 §4.2.

use bytes::{Buf, BytesMut};

use super::error::WireError;

/// The longest identification line, with its end.
const LONGEST: usize = 255;
/// What a server may write before its identification.
const MOST_BEFORE: usize = 16 * 1024;

/// Which lines are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    /// The first line must be the identification.
    Client,
    /// Other lines may come first.
    Server,
}

/// Takes the peer's identification off the buffer, without its line end; `None` if more input is needed.
///
/// `skipped` counts the bytes of other lines, over all calls.
pub(super) fn take(
    buffer: &mut BytesMut,
    from: From,
    skipped: &mut usize,
) -> Result<Option<String>, WireError> {
    loop {
        let Some(end) = buffer.iter().take(MOST_BEFORE).position(|byte| *byte == b'\n') else {
            let limit = if from == From::Server && !buffer.starts_with(b"SSH-") {
                MOST_BEFORE
            } else {
                LONGEST
            };
            return if buffer.len() >= limit {
                Err(WireError::Version("it is too long"))
            } else {
                Ok(None)
            };
        };
        let line = buffer.split_to(end);
        buffer.advance(1);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        if line.starts_with(b"SSH-") {
            return identification(line).map(Some);
        }
        *skipped += end + 1;
        if from == From::Client || *skipped > MOST_BEFORE {
            return Err(WireError::Version("it is not ssh"));
        }
    }
}

fn identification(line: &[u8]) -> Result<String, WireError> {
    if line.len() > LONGEST - 2 {
        return Err(WireError::Version("it is too long"));
    }
    // "1.99" is how RFC 4253 §5.1 marks a server which also knows the old protocol.
    if !line.starts_with(b"SSH-2.0-") && !line.starts_with(b"SSH-1.99-") {
        return Err(WireError::Version("it is not version 2.0"));
    }
    if line.iter().any(|byte| !(0x20..0x7f).contains(byte)) {
        return Err(WireError::Version("it has unprintable characters"));
    }
    String::from_utf8(line.to_vec()).map_err(|_| WireError::Version("it has unprintable characters"))
}

/// Checks what we would say ourselves.
pub(super) fn check_own(line: &str) -> Result<(), WireError> {
    if line.starts_with("SSH-2.0-") {
        identification(line.as_bytes()).map(|_| ())
    } else {
        Err(WireError::Version("ours does not begin with SSH-2.0-"))
    }
}
