//! The values of declared secrets, as the store keeps them.

use domain::object::SecretText;

use ssh_key::LineEnding;

use crate::{Error, Place, Secret, Vault, ssh_keys};

/// What a declared secret's value is sealed for.
const PURPOSE: &str = "secret";

impl Vault {
    /// Seals the value of a declared secret under its name; it opens under that name only.
    pub fn seal_secret(&self, name: &str, value: &SecretText) -> Result<Vec<u8>, Error> {
        self.keyring()
            .seal(Place::new(PURPOSE, name), value.expose().as_bytes())
    }

    /// Opens the value of a declared secret.
    pub fn open_secret(&self, name: &str, sealed: &[u8]) -> Result<SecretText, Error> {
        let value = self.keyring().unseal(Place::new(PURPOSE, name), sealed)?;
        value.to_text().ok_or(Error::Crypto)
    }

    /// Opens a declared secret that is a private key, in whichever form it was given, and gives it in `OpenSSH`'s.
    pub fn open_private_key(&self, name: &str, sealed: &[u8]) -> Result<SecretText, Error> {
        let value = self.keyring().unseal(Place::new(PURPOSE, name), sealed)?;
        private_key_text(&value)
    }
}

/// Gives a private key, in whichever form it is written, in `OpenSSH`'s.
pub fn private_key_text(value: &Secret) -> Result<SecretText, Error> {
    let key = ssh_keys::parse_private(value, None)?;
    let text = key.to_openssh(LineEnding::LF).map_err(|_| Error::Crypto)?;
    Ok(SecretText::new(text.as_str()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::{HostKeys, MasterSource};

    /// Made by `openssl genpkey -algorithm ed25519` for this test.
    const PKCS8: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

    #[test]
    fn a_key_in_pem_form_is_handed_on_in_the_form_of_openssh() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(dir.path(), &MasterSource::Own, HostKeys::Ed25519).unwrap();
        let sealed = vault.seal_secret("key", &SecretText::new(PKCS8)).unwrap();
        let opened = vault.open_private_key("key", &sealed).unwrap();
        assert!(opened.expose().starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"));
        assert!(
            vault.open_private_key("other", &sealed).is_err(),
            "a secret opens under its own name only"
        );
        let word = vault
            .seal_secret("key", &SecretText::new("no key at all"))
            .unwrap();
        assert!(vault.open_private_key("key", &word).is_err());
    }
}
