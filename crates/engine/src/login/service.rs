//! Service accounts: a long key, which an administrator has made, is worth short tokens and nothing else.

use std::net::IpAddr;

use domain::{Micros, Span, object::SecretText, person::Person};
use store::{Token, TokenForm, TokenHash};
use vault::TokenKind;

use super::passwords::SignInRefused;
use crate::engine::Engine;

/// Letters of a key by which it is told from others; no secret.
const HINT: usize = "dwk_".len() + 8;

impl Engine {
    /// Gives whose a key is, and the key. Failures count like those of passwords, by the key and by the address.
    pub async fn check_key(&self, key: &SecretText, ip: IpAddr) -> Result<(Person, Token), SignInRefused> {
        let hint: String = key.expose().chars().take(HINT).collect();
        // No user's: names hold no space.
        let name = format!("key {hint}");
        self.may_try(&name, ip).await?;
        let now = Micros::now();
        if let Some(hash) = self.vault.tokens().hash(TokenKind::Key, key.expose())
            && let Some(token) = self.store.token(&TokenHash(hash), now).await?
            && token.form == TokenForm::Key
            && let Some(person) = self.directory().person_by_id(token.user)
            && self.directory().is_service(&person.name)
        {
            self.store.touch_token(&token, now).await?;
            return Ok((person.by(token.factors), token));
        }
        self.count_failure(&name, ip, "key of a service account").await?;
        Err(SignInRefused::WrongKey)
    }

    /// Gives how long a token lasts that a key is exchanged for: no longer than the key.
    #[must_use]
    pub fn outlived_by(&self, key: &Token, wanted: Span) -> Span {
        if key.expires_at == Micros::NEVER {
            return wanted;
        }
        wanted.min(key.expires_at.since(Micros::now()))
    }
}
