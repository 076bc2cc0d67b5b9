//! The values of declared secrets, as the store keeps them.

use domain::object::SecretText;

use crate::{Error, Place, Vault};

/// What a declared secret's value is sealed for.
const PURPOSE: &str = "secret";

impl Vault {
    /// Seals the value of a declared secret under its name; it opens under that name only.
    pub fn seal_secret(&self, name: &str, value: &SecretText) -> Result<Vec<u8>, Error> {
        self.keyring().seal(Place::new(PURPOSE, name), value.expose().as_bytes())
    }

    /// Opens the value of a declared secret.
    pub fn open_secret(&self, name: &str, sealed: &[u8]) -> Result<SecretText, Error> {
        let value = self.keyring().unseal(Place::new(PURPOSE, name), sealed)?;
        value.to_text().ok_or(Error::Crypto)
    }
}
