//! Bytes that are never printed and wiped when dropped.

use std::fmt;

use domain::object::SecretText;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// A secret in the open, for as short as possible. Prints as `***`, cannot be serialised, is wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes bytes over.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    pub(crate) fn from_wiped(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// Gives the secret itself; the caller must not print, log or store it.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Gives the secret as text; [`None`] when it is not UTF-8.
    #[must_use]
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Gives the secret as the domain's text; [`None`] when it is not UTF-8.
    #[must_use]
    pub fn to_text(&self) -> Option<SecretText> {
        self.expose_text().map(SecretText::new)
    }
}

impl PartialEq for Secret {
    /// Compares in time that depends on the lengths only.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<&SecretText> for Secret {
    fn from(text: &SecretText) -> Self {
        Self::new(text.expose())
    }
}
