//! The lines with which clients connect: the login name, and the address for libraries.

use domain::object::SecretText;
use engine::NativeCommand;

/// Gives the name with which a client signs in.
#[must_use]
pub fn login(with: &NativeCommand<'_>) -> String {
    let account = with.account.map(|account| format!("{account}@"));
    format!("{}:{}{}", with.user, account.unwrap_or_default(), with.resource)
}

/// Writes an address: `scheme://login[:password]@host:port/database`; [`None`] without a listener.
#[must_use]
pub fn address(
    scheme: &str,
    with: &NativeCommand<'_>,
    password: Option<&SecretText>,
    database: &str,
) -> Option<SecretText> {
    let password = password.map(|password| format!(":{}", escaped(password.expose())));
    Some(SecretText::new(format!(
        "{scheme}://{}{}@{}:{}/{database}",
        escaped(&login(with)),
        password.unwrap_or_default(),
        with.host,
        with.port?
    )))
}

/// Escapes a part of an address (RFC 3986 §2.1).
fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _infallible = write!(out, "%{byte:02X}");
        }
        out
    })
}
