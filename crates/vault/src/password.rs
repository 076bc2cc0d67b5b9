//! Passwords: kept as argon2id hashes in PHC form, never otherwise.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};

use domain::object::SecretText;

use crate::Error;
use crate::keyring::random;

/// Longer passwords are refused, so that nobody makes the gateway hash megabytes.
const MAX_LEN: usize = 1024;

/// The letters of passwords that are made: none that a shell, a URL or a statement reads otherwise.
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Makes a password that no person has to type: 32 letters and digits, with 190 random bits.
pub fn generate() -> Result<SecretText, Error> {
    let mut text = String::with_capacity(32);
    while text.len() < 32 {
        // Bytes that would make some letters likelier than others are passed over.
        let fair = random::<64>()?
            .into_iter()
            .filter(|byte| usize::from(*byte) < 4 * LETTERS.len());
        let letters = fair.filter_map(|byte| LETTERS.get(usize::from(byte) % LETTERS.len()));
        text.extend(letters.map(|letter| char::from(*letter)).take(32 - text.len()));
    }
    Ok(SecretText::new(text))
}

/// What came of verifying a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// It is right.
    Right,
    /// It is right, and was hashed with other parameters than today's: hash it again.
    RightButOld,
    /// It is wrong, or there is nobody whose it could be.
    Wrong,
}

impl Verified {
    /// Tells whether the password is right.
    #[must_use]
    pub fn is_right(self) -> bool {
        self != Self::Wrong
    }
}

/// Hashes and verifies passwords. Each call takes some 20 ms of a processor and 19 MiB: call it where blocking is allowed, and not
/// more often at a time than there is memory.
#[derive(Debug, Clone)]
pub struct Passwords {
    params: Params,
    /// A hash of nothing anybody knows: verified when there is no user, so that the answer takes as long.
    dummy: String,
}

impl Passwords {
    /// Hashes as OWASP advises: argon2id with 19 MiB, two passes, one lane.
    pub fn new() -> Result<Self, Error> {
        Self::with_cost(19 * 1024, 2)
    }

    /// Hashes with other costs (KiB of memory, passes); for tests.
    pub fn with_cost(memory_kib: u32, passes: u32) -> Result<Self, Error> {
        let params = Params::new(memory_kib, passes, 1, None).map_err(|_| Error::Crypto)?;
        let dummy = hash(&params, &random::<32>()?)?;
        Ok(Self { params, dummy })
    }

    /// Hashes a password; gives a PHC string.
    pub fn hash(&self, password: &str) -> Result<String, Error> {
        if password.len() > MAX_LEN {
            return Err(Error::PasswordTooLong);
        }
        hash(&self.params, password.as_bytes())
    }

    /// Verifies a password. Give [`None`] when there is no such user or they have no password: that takes as long and is wrong.
    pub fn verify(&self, password: &str, stored: Option<&str>) -> Result<Verified, Error> {
        let phc = PasswordHash::new(stored.unwrap_or(&self.dummy)).map_err(|_| Error::PasswordHash)?;
        if password.len() > MAX_LEN {
            return Ok(Verified::Wrong);
        }
        let right = self.hasher().verify_password(password.as_bytes(), &phc).is_ok();
        if !right || stored.is_none() {
            return Ok(Verified::Wrong);
        }
        let today = Params::try_from(&phc).is_ok_and(|params| {
            (params.m_cost(), params.t_cost(), params.p_cost())
                == (self.params.m_cost(), self.params.t_cost(), self.params.p_cost())
        });
        let argon2id = phc.algorithm.as_str() == Algorithm::Argon2id.as_str();
        Ok(if today && argon2id {
            Verified::Right
        } else {
            Verified::RightButOld
        })
    }

    fn hasher(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }
}

fn hash(params: &Params, password: &[u8]) -> Result<String, Error> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let salt = random::<16>()?;
    argon2
        .hash_password_with_salt(password, &salt)
        .map(|phc| phc.to_string())
        .map_err(|_| Error::Crypto)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn cheap() -> Passwords {
        Passwords::with_cost(64, 1).unwrap()
    }

    #[test]
    fn only_the_right_password_is_right() {
        let passwords = cheap();
        let stored = passwords.hash("open sesame").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        assert_eq!(
            passwords.verify("open sesame", Some(&stored)).unwrap(),
            Verified::Right
        );
        assert_eq!(
            passwords.verify("open sesam", Some(&stored)).unwrap(),
            Verified::Wrong
        );
        assert_eq!(passwords.verify("", Some(&stored)).unwrap(), Verified::Wrong);
        assert_ne!(passwords.hash("open sesame").unwrap(), stored, "salted");
    }

    #[test]
    fn nobody_has_no_password_that_is_right() {
        let passwords = cheap();
        assert_eq!(passwords.verify("", None).unwrap(), Verified::Wrong);
        assert!(matches!(
            passwords.verify("x", Some("plain")),
            Err(Error::PasswordHash)
        ));
    }

    #[test]
    fn a_hash_of_other_costs_is_right_but_old() {
        let stored = cheap().hash("open sesame").unwrap();
        let passwords = Passwords::with_cost(128, 1).unwrap();
        assert_eq!(
            passwords.verify("open sesame", Some(&stored)).unwrap(),
            Verified::RightButOld
        );
        assert_eq!(passwords.verify("wrong", Some(&stored)).unwrap(), Verified::Wrong);
    }

    #[test]
    fn the_defaults_are_what_owasp_advises() {
        let stored = Passwords::new().unwrap().hash("x").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    #[test]
    fn endless_passwords_are_refused() {
        let passwords = cheap();
        let endless = "x".repeat(1025);
        assert!(matches!(passwords.hash(&endless), Err(Error::PasswordTooLong)));
        let stored = passwords.hash(&endless[..1024]).unwrap();
        assert_eq!(
            passwords.verify(&endless, Some(&stored)).unwrap(),
            Verified::Wrong
        );
    }
}
