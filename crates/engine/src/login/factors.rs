//! Second factors: codes of authenticator apps, and recovery codes in their place. Each is taken once.

use std::net::IpAddr;

use domain::{Micros, audit::Actor, object::SecretText, person::Person};
use store::{Cause, FactorsHeld, SealedSecret, TokenHash, TotpKept};
use vault::{Place, Totp};

use super::passwords::SignInRefused;
use crate::engine::Engine;

/// What secrets of apps are sealed for.
const PURPOSE: &str = "totp";

/// How many recovery codes somebody has.
const RECOVERY_CODES: usize = 10;

/// By what somebody has shown a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondProof {
    /// A code of an authenticator app.
    Totp,
    /// A recovery code.
    RecoveryCode,
}

impl SecondProof {
    /// Gives the word of the audit log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery code",
        }
    }
}

impl Engine {
    /// Gives what somebody can prove who they are with, beside a password.
    pub async fn factors_held(&self, person: &Person) -> Result<FactorsHeld, store::Error> {
        self.store.factors_held(person.id).await
    }

    /// Draws a secret for an authenticator app, which has to show a code before it counts; [`None`] while there is an app that counts.
    pub async fn begin_totp(&self, person: &Person) -> Result<Option<Totp>, SignInRefused> {
        let totp = Totp::fresh()?;
        let place = person.id.to_string();
        let sealed = self
            .vault
            .keyring()
            .seal(Place::new(PURPOSE, &place), totp.secret().expose())?;
        let begun = self.store.begin_totp(person.id, SealedSecret(sealed)).await?;
        Ok(begun.then_some(totp))
    }

    /// Takes an app in that shows its first code, for the login that this is done with; gives recovery codes when it is
    /// their first second factor.
    pub async fn confirm_totp(
        &self,
        person: &Person,
        code: &SecretText,
        login: TokenHash,
        ip: IpAddr,
    ) -> Result<Vec<SecretText>, SignInRefused> {
        self.may_try(&person.name, ip).await?;
        let now = Micros::now();
        let waits = self.store.totp(person.id).await?;
        if let Some(kept) = waits.filter(|kept| kept.confirmed_at == Micros::NEVER)
            && let Some(step) = self.open_totp(person, &kept)?.step_of(digits(code).expose(), now)
        {
            let (texts, hashes) = self.first_recovery_codes(person).await?;
            let cause = Cause::new(now, Actor::user(&person.name)).from_ip(ip.to_string());
            let store = &self.store;
            if store
                .confirm_totp(person.id, kept, step, hashes, login, cause)
                .await?
            {
                return Ok(texts);
            }
        }
        Err(self.wrong_code(person, ip, "verification code").await?)
    }

    /// Replaces the recovery codes; gives the new ones.
    pub async fn new_recovery_codes(
        &self,
        person: &Person,
        ip: IpAddr,
    ) -> Result<Vec<SecretText>, SignInRefused> {
        let (texts, hashes) = self.fresh_recovery_codes(person)?;
        let cause = Cause::new(Micros::now(), Actor::user(&person.name)).from_ip(ip.to_string());
        self.store.set_recovery_codes(person.id, hashes, cause).await?;
        Ok(texts)
    }

    /// Checks a code of an authenticator app, or a recovery code, and uses it up. Failures count like those of passwords.
    pub async fn check_code(
        &self,
        person: &Person,
        code: &SecretText,
        ip: IpAddr,
    ) -> Result<SecondProof, SignInRefused> {
        self.may_try(&person.name, ip).await?;
        let digits = digits(code);
        let proof = if Totp::is_code(digits.expose()) {
            self.use_totp(person, &digits).await?
        } else {
            self.use_recovery_code(person, code, ip).await?
        };
        match proof {
            Ok(proof) => {
                self.store.forget_failures(&person.name, None).await?;
                Ok(proof)
            }
            Err(method) => Err(self.wrong_code(person, ip, method).await?),
        }
    }

    async fn use_totp(
        &self,
        person: &Person,
        digits: &SecretText,
    ) -> Result<Result<SecondProof, &'static str>, SignInRefused> {
        let kept = self.store.totp(person.id).await?;
        let Some(kept) = kept.filter(|kept| kept.confirmed_at != Micros::NEVER) else {
            return Ok(Err("verification code"));
        };
        let step = self
            .open_totp(person, &kept)?
            .step_of(digits.expose(), Micros::now());
        Ok(match step {
            Some(step) if self.store.use_totp(person.id, step).await? => Ok(SecondProof::Totp),
            Some(_) => Err("verification code that was used before"),
            None => Err("verification code"),
        })
    }

    async fn use_recovery_code(
        &self,
        person: &Person,
        code: &SecretText,
        ip: IpAddr,
    ) -> Result<Result<SecondProof, &'static str>, SignInRefused> {
        let hash = TokenHash(self.vault.tokens().recovery_hash(person.id, code.expose()));
        let cause = Cause::new(Micros::now(), Actor::user(&person.name)).from_ip(ip.to_string());
        let used = self.store.use_recovery_code(person.id, hash, cause).await?;
        Ok(if used {
            Ok(SecondProof::RecoveryCode)
        } else {
            Err("recovery code")
        })
    }

    fn open_totp(&self, person: &Person, kept: &TotpKept) -> Result<Totp, SignInRefused> {
        let place = person.id.to_string();
        let keyring = self.vault.keyring();
        let secret = keyring.unseal(Place::new(PURPOSE, &place), &kept.sealed.0)?;
        Ok(Totp::of(secret))
    }

    /// Draws recovery codes for who has no second factor yet.
    pub(super) async fn first_recovery_codes(
        &self,
        person: &Person,
    ) -> Result<(Vec<SecretText>, Vec<TokenHash>), SignInRefused> {
        if self.factors_held(person).await?.any() {
            return Ok((Vec::new(), Vec::new()));
        }
        self.fresh_recovery_codes(person)
    }

    fn fresh_recovery_codes(
        &self,
        person: &Person,
    ) -> Result<(Vec<SecretText>, Vec<TokenHash>), SignInRefused> {
        let tokens = self.vault.tokens();
        let codes = (0..RECOVERY_CODES).map(|_| tokens.recovery_code(person.id));
        let codes = codes.collect::<Result<Vec<_>, _>>()?;
        Ok(codes
            .into_iter()
            .map(|(text, hash)| (text, TokenHash(hash)))
            .unzip())
    }

    async fn wrong_code(
        &self,
        person: &Person,
        ip: IpAddr,
        method: &str,
    ) -> Result<SignInRefused, SignInRefused> {
        self.count_failure(&person.name, ip, method).await?;
        Ok(SignInRefused::WrongCode)
    }
}

/// Takes the spaces out of a code, with which apps show it.
fn digits(code: &SecretText) -> SecretText {
    SecretText::new(code.expose().split_whitespace().collect::<String>())
}
