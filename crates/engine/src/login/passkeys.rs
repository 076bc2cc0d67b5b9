//! Passkeys. One stands for two factors: the authenticator that holds it, and the finger or number by which it knows its owner.

use std::net::IpAddr;

use domain::{
    Micros, Span,
    audit::Actor,
    object::SecretText,
    person::{Factors, Person},
};
use store::{Cause, Link, Passkey, Room, TokenHash};
use vault::{
    TokenKind,
    webauthn::{Assertion, PasskeyError, RelyingParty, claimed_challenge},
};

use super::passwords::SignInRefused;
use crate::engine::Engine;

/// What challenges are for.
const ADDING: &str = "passkey";
const SIGNING_IN: &str = "passkey login";

/// How long a person may take at their authenticator.
const PATIENCE: Span = Span::secs(5 * 60);

/// How many challenges to sign in may be open at once.
const ROOM: Room = Room {
    of_one: 100,
    of_all: 10_000,
};

/// Whose failures those with passkeys that nobody has are counted as: no user's, as names are not empty.
const NOBODY: &str = "";

impl Engine {
    /// Gives the site that passkeys are made for; [`None`] when there can be none, because the console's address is a number.
    #[must_use]
    pub fn relying_party(&self) -> Option<RelyingParty> {
        RelyingParty::of(&self.console_url)
    }

    /// Draws a challenge with which somebody who is signed in adds a passkey. It works once.
    pub async fn challenge_to_add(&self, person: &Person) -> Result<SecretText, SignInRefused> {
        let (link, text) = self.new_challenge(ADDING, Some(person))?;
        self.store.create_link(link).await?;
        Ok(text)
    }

    /// Draws a challenge with which whoever it is signs in. It works once.
    pub async fn challenge_to_sign_in(&self, ip: IpAddr) -> Result<SecretText, SignInRefused> {
        let (link, text) = self.new_challenge(SIGNING_IN, None)?;
        if !self.store.create_link_within(link, ip, ROOM).await? {
            return Err(SignInRefused::busy(PATIENCE));
        }
        Ok(text)
    }

    fn new_challenge(
        &self,
        purpose: &str,
        person: Option<&Person>,
    ) -> Result<(Link, SecretText), SignInRefused> {
        let issued = self.vault.tokens().issue(TokenKind::Link)?;
        let now = Micros::now();
        let link = Link {
            hash: TokenHash(issued.hash),
            purpose: purpose.to_owned(),
            user: person.map(|person| person.id),
            detail: serde_json::Value::Null,
            created_at: now,
            expires_at: now.plus(PATIENCE),
        };
        Ok((link, issued.text))
    }

    /// Adds a passkey of somebody who is signed in; gives recovery codes when it is their first second factor.
    pub async fn add_passkey(
        &self,
        person: &Person,
        name: &str,
        (client_data, attestation): (&[u8], &[u8]),
        login: TokenHash,
        ip: IpAddr,
    ) -> Result<Vec<SecretText>, SignInRefused> {
        let site = self.relying_party().ok_or(SignInRefused::WrongPasskey)?;
        let challenge = self.used_challenge(client_data, ADDING).await?;
        let (challenge, _) = challenge
            .filter(|(_, link)| link.user == Some(person.id))
            .ok_or(SignInRefused::WrongPasskey)?;
        let new = site
            .take_in(challenge.expose().as_bytes(), client_data, attestation)
            .map_err(|error| {
                tracing::info!(%error, user = person.name, "a passkey was not taken in");
                SignInRefused::WrongPasskey
            })?;
        let (texts, hashes) = self.first_recovery_codes(person).await?;
        let now = Micros::now();
        let passkey = Passkey {
            id: new.id,
            user: person.id,
            name: name.to_owned(),
            public_key: new.public_key,
            sign_count: new.sign_count,
            created_at: now,
            last_used_at: Micros::NEVER,
        };
        let cause = Cause::new(now, Actor::user(&person.name)).from_ip(ip.to_string());
        if self.store.add_passkey(passkey, hashes, login, cause).await? {
            Ok(texts)
        } else {
            Err(SignInRefused::WrongPasskey)
        }
    }

    /// Checks a passkey; gives whose it is. Failures count like those of passwords.
    pub async fn check_passkey(
        &self,
        id: &[u8],
        assertion: Assertion<'_>,
        ip: IpAddr,
    ) -> Result<Person, SignInRefused> {
        let passkey = self.store.passkey(id).await?;
        let owner = passkey.and_then(|passkey| {
            let directory = self.directory();
            let person = directory.person_by_id(passkey.user)?;
            // One from when it was a person counts no more.
            (!directory.is_service(&person.name)).then_some((passkey, person))
        });
        let name = owner.as_ref().map_or(NOBODY, |(_, person)| person.name.as_str());
        self.may_try(name, ip).await?;
        let why = match self.used_challenge(assertion.client_data, SIGNING_IN).await? {
            None => PasskeyError::Challenge.to_string(),
            Some((challenge, _)) => match &owner {
                None => "passkey of nobody".to_owned(),
                Some((passkey, person)) => match self.verify_passkey(passkey, &challenge, assertion).await? {
                    Ok(()) => {
                        self.store.forget_failures(&person.name, None).await?;
                        return Ok(person.clone().by(Factors::Two));
                    }
                    Err(why) => why,
                },
            },
        };
        self.count_failure(name, ip, &why).await?;
        Err(SignInRefused::WrongPasskey)
    }

    async fn verify_passkey(
        &self,
        passkey: &Passkey,
        challenge: &SecretText,
        assertion: Assertion<'_>,
    ) -> Result<Result<(), String>, SignInRefused> {
        let Some(site) = self.relying_party() else {
            return Ok(Err(PasskeyError::Origin.to_string()));
        };
        let challenge = challenge.expose().as_bytes();
        Ok(match site.verify(challenge, assertion, &passkey.public_key) {
            Err(error) => Err(error.to_string()),
            Ok(count) if self.store.use_passkey(&passkey.id, count, Micros::now()).await? => Ok(()),
            Ok(_) => Err("passkey whose counter went back: there may be a copy of it".to_owned()),
        })
    }

    /// Uses the challenge up that a browser says it was given.
    async fn used_challenge(
        &self,
        client_data: &[u8],
        purpose: &str,
    ) -> Result<Option<(SecretText, Link)>, store::Error> {
        let claimed = claimed_challenge(client_data).and_then(|bytes| String::from_utf8(bytes).ok());
        let Some(text) = claimed else { return Ok(None) };
        let Some(hash) = self.vault.tokens().hash(TokenKind::Link, &text) else {
            return Ok(None);
        };
        let link = self.store.use_link(&TokenHash(hash), Micros::now()).await?;
        let link = link.filter(|link| link.purpose == purpose);
        Ok(link.map(|link| (SecretText::new(text), link)))
    }
}
