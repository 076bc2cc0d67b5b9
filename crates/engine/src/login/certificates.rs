//! Certificates of users' keys: made for who has signed in, good as long as the token that they were made with.

use domain::{Micros, Span, person::Person};
use store::Token;
use vault::{UserCertificate, UserWish, ssh_keys::PublicKeyLine};

use crate::{engine::Engine, protocol::CertificateOffer};

/// Clocks of clients may be behind.
const BEFORE: Span = Span::secs(120);

impl Engine {
    /// Certifies a key of somebody who is signed in with a token, for a time, but no longer than the token lasts. `sources` lists the
    /// networks from which it is good, separated by commas; empty for everywhere. Gives also when it ends.
    pub fn certify(
        &self,
        person: &Person,
        token: &Token,
        key: &PublicKeyLine,
        sources: &str,
        lasts: Span,
    ) -> Result<(UserCertificate, Micros), vault::Error> {
        let now = Micros::now();
        let wanted = now.plus(lasts);
        let until = if token.expires_at == Micros::NEVER {
            wanted
        } else {
            wanted.min(token.expires_at)
        };
        let issued = self.vault.issue_user_certificate(&UserWish {
            key,
            user: &person.name,
            key_id: &format!("doorward {} {}", person.name, token.id),
            sources,
            from: Micros(now.0 - BEFORE.0),
            until,
        })?;
        Ok((issued, until))
    }

    /// Gives whom a certificate that a visit has found in order stands for, and its token; else what is wrong with it.
    pub(super) async fn certified(
        &self,
        user: &str,
        offered: &CertificateOffer,
    ) -> Result<Result<(Person, Token), String>, store::Error> {
        if let Some(fault) = &offered.fault {
            return Ok(Err(fault.clone()));
        }
        let id = offered.key_id.rsplit(' ').next().and_then(|id| id.parse().ok());
        let token = match id {
            Some(id) => self.store.token_by_id(id, Micros::now()).await?,
            None => None,
        };
        let Some(token) = token else {
            return Ok(Err("it was taken back, or its login has ended".to_owned()));
        };
        let person = self.directory().person(user);
        let owner = person.filter(|person| person.id == token.user);
        Ok(owner
            .map(|person| (person.by(token.factors), token))
            .ok_or_else(|| "its user may not sign in".to_owned()))
    }
}
