//! One-time codes of authenticator apps: RFC 6238 with SHA-1, six digits and steps of thirty seconds, which is what every app speaks.

use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY};
use data_encoding::BASE32_NOPAD;
use domain::{Micros, object::SecretText};
use subtle::ConstantTimeEq as _;

use crate::{Error, Secret, keyring::random};

/// How long one code is shown.
const STEP_SECS: i64 = 30;

/// The bits that the RFC advises (RFC 4226 §4).
const SECRET_LEN: usize = 20;

const DIGITS: usize = 6;

/// The secret that an authenticator app shares with the gateway.
#[derive(Debug, Clone)]
pub struct Totp(Secret);

impl Totp {
    /// Draws a secret.
    pub fn fresh() -> Result<Self, Error> {
        random::<SECRET_LEN>().map(|bytes| Self(Secret::new(bytes)))
    }

    /// Takes a secret that was kept.
    #[must_use]
    pub fn of(secret: Secret) -> Self {
        Self(secret)
    }

    /// Gives the secret, to be sealed.
    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.0
    }

    /// Writes the secret as people type it.
    #[must_use]
    pub fn text(&self) -> SecretText {
        SecretText::new(BASE32_NOPAD.encode(self.0.expose()))
    }

    /// Writes the address that apps read from a picture. `issuer` and `account` are only shown there.
    #[must_use]
    pub fn address(&self, issuer: &str, account: &str) -> SecretText {
        let (issuer, account) = (escaped(issuer), escaped(account));
        let secret = BASE32_NOPAD.encode(self.0.expose());
        SecretText::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}"
        ))
    }

    /// Finds the step that a code belongs to: that of `now`, the one before it or the one after, as clocks differ. Whoever takes the code
    /// must see to it that no code of this step or an earlier one is taken again. Takes as long whether a code is right or wrong.
    #[must_use]
    pub fn step_of(&self, code: &str, now: Micros) -> Option<i64> {
        let step = step_at(now);
        let mut found = None;
        for step in [step - 1, step, step + 1] {
            if bool::from(self.code_at(step).as_bytes().ct_eq(code.as_bytes())) {
                found = Some(step);
            }
        }
        found
    }

    /// Gives the code that an app shows at a moment.
    #[must_use]
    pub fn code(&self, now: Micros) -> SecretText {
        SecretText::new(self.code_at(step_at(now)))
    }

    /// Tells whether a text has the form of a code.
    #[must_use]
    pub fn is_code(text: &str) -> bool {
        text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Computes the code of a step (RFC 4226 §5.3).
    fn code_at(&self, step: i64) -> String {
        let key = hmac::Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.0.expose());
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag.last().copied().unwrap_or_default() & 0xf);
        let word = tag
            .get(offset..offset + 4)
            .and_then(|bytes| bytes.try_into().ok())
            .map_or(0, u32::from_be_bytes);
        format!("{:0DIGITS$}", (word & 0x7fff_ffff) % 10_u32.pow(DIGITS as u32))
    }
}

fn step_at(now: Micros) -> i64 {
    now.0.div_euclid(STEP_SECS * 1_000_000)
}

/// Escapes what has a meaning in addresses.
fn escaped(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    let written = text.bytes().map(|byte| {
        if plain(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    written.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn at(secs: i64) -> Micros {
        Micros(secs * 1_000_000)
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B: the last six of eight digits.
        let totp = Totp::of(Secret::new(b"12345678901234567890"));
        for (secs, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp.step_of(code, at(secs)), Some(secs / 30), "{secs}");
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_no_more() {
        let totp = Totp::of(Secret::new(b"12345678901234567890"));
        let (code, step) = ("005924", 1_234_567_890 / 30);
        for early in [-30, 0, 30] {
            assert_eq!(totp.step_of(code, at(1_234_567_890 + early)), Some(step));
        }
        for early in [-60, 60] {
            assert_eq!(totp.step_of(code, at(1_234_567_890 + early)), None);
        }
        assert_eq!(totp.step_of("", at(0)), None);
        assert!(Totp::is_code(code) && !Totp::is_code("00592") && !Totp::is_code("00592a"));
    }

    #[test]
    fn a_secret_is_written_for_people_and_for_apps_and_never_printed() {
        let totp = Totp::fresh().unwrap();
        let text = totp.text();
        assert_eq!(text.expose().len(), 32);
        let address = totp.address("Doorward gate", "ann&co");
        assert_eq!(
            address.expose(),
            format!(
                "otpauth://totp/Doorward%20gate:ann%26co?secret={}&issuer=Doorward%20gate",
                text.expose()
            )
        );
        assert!(!format!("{totp:?}").contains(text.expose()));
    }
}
