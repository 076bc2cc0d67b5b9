//! What the gateway itself says in the server's role. (In the client's role it speaks by the `postgres-protocol` crate.)

use bytes::{BufMut as _, BytesMut};

/// `AuthenticationOk`.
pub(crate) fn authenticated(out: &mut BytesMut) {
    message(out, b'R', |out| out.put_i32(0));
}

/// `AuthenticationCleartextPassword`.
pub(crate) fn ask_password(out: &mut BytesMut) {
    message(out, b'R', |out| out.put_i32(3));
}

/// `AuthenticationSASL`: the mechanisms, the preferred one first.
pub(crate) fn ask_sasl(out: &mut BytesMut, mechanisms: &[&str]) {
    message(out, b'R', |out| {
        out.put_i32(10);
        for name in mechanisms {
            text(out, name);
        }
        out.put_u8(0);
    });
}

/// `AuthenticationSASLContinue`.
pub(crate) fn sasl_continue(out: &mut BytesMut, data: &str) {
    message(out, b'R', |out| {
        out.put_i32(11);
        out.put_slice(data.as_bytes());
    });
}

/// `AuthenticationSASLFinal`.
pub(crate) fn sasl_final(out: &mut BytesMut, data: &str) {
    message(out, b'R', |out| {
        out.put_i32(12);
        out.put_slice(data.as_bytes());
    });
}

/// `BackendKeyData`: what the client sends to cancel.
pub(crate) fn key(out: &mut BytesMut, process: u32, secret: u32) {
    message(out, b'K', |out| {
        out.put_u32(process);
        out.put_u32(secret);
    });
}

/// `ReadyForQuery`, outside a transaction.
pub(crate) fn ready(out: &mut BytesMut) {
    message(out, b'Z', |out| out.put_u8(b'I'));
}

/// `NegotiateProtocolVersion`: 3.0, and none of these options.
pub(crate) fn oldest_version<'a>(out: &mut BytesMut, unknown: impl Iterator<Item = &'a str>) {
    let unknown: Vec<_> = unknown.collect();
    message(out, b'v', |out| {
        out.put_i32(0);
        out.put_i32(unknown.len() as i32);
        for name in unknown {
            text(out, name);
        }
    });
}

/// `ErrorResponse` that ends the connection.
pub(crate) fn fatal(out: &mut BytesMut, code: &str, words: &str, hint: Option<&str>) {
    message(out, b'E', |out| fields(out, "FATAL", code, words, hint));
}

/// `ErrorResponse` of a statement.
pub(crate) fn error(out: &mut BytesMut, code: &str, words: &str) {
    message(out, b'E', |out| fields(out, "ERROR", code, words, None));
}

/// `NoticeResponse`.
pub(crate) fn notice(out: &mut BytesMut, words: &str) {
    message(out, b'N', |out| fields(out, "NOTICE", "00000", words, None));
}

fn fields(out: &mut BytesMut, severity: &str, code: &str, words: &str, hint: Option<&str>) {
    for (field, value) in [(b'S', severity), (b'V', severity), (b'C', code), (b'M', words)] {
        out.put_u8(field);
        text(out, value);
    }
    if let Some(hint) = hint {
        out.put_u8(b'H');
        text(out, hint);
    }
    out.put_u8(0);
}

fn text(out: &mut BytesMut, text: &str) {
    out.extend(text.bytes().filter(|byte| *byte != 0));
    out.put_u8(0);
}

fn message(out: &mut BytesMut, tag: u8, body: impl FnOnce(&mut BytesMut)) {
    out.put_u8(tag);
    let at = out.len();
    out.put_u32(0);
    body(out);
    let len = (out.len() - at) as u32;
    if let Some(place) = out.get_mut(at..at + 4) {
        place.copy_from_slice(&len.to_be_bytes());
    }
}
