//! Passwords for clients of databases: proven by the client, never sent.

use std::net::IpAddr;

use domain::{Micros, Span, object::SecretText, person::Person};
use store::{DatabaseLogin, SealedSecret, Token, TokenForm, TokenHash};
use vault::{Issued, Place, TokenKind, Tokens, Verifiers};

use super::passwords::{SCOPE, SignInRefused};
use crate::engine::Engine;

/// What verifiers are sealed for.
const PURPOSE: &str = "database password";

/// What a client is asked to prove, and whom it proves to be.
pub(crate) struct Challenge {
    pub(crate) verifiers: Verifiers,
    /// Whose password it is; [`None`] when it is nobody's, or not for this, and no proof helps.
    pub(crate) owner: Option<(Token, Person)>,
    /// The resource that it is for, where it is for one and the caller has named none.
    pub(crate) resource: Option<String>,
}

/// A password for clients of databases that was just made.
#[derive(Debug)]
pub struct DatabasePassword {
    /// What is kept of it.
    pub token: Token,
    /// The login name that goes with it, to which the resource is added as to a user's.
    pub login: String,
    /// The password itself: shown to its owner once.
    pub text: SecretText,
}

impl Engine {
    /// Makes a password for clients of databases: for one resource, or for all that its owner may use. One that is made with a token is
    /// taken away with it, and lasts no longer. Nothing is kept yet: that is [`store::Store::create_token`]'s.
    pub fn new_database_password(
        &self,
        person: &Person,
        name: &str,
        resource: Option<&str>,
        lasts: Span,
        made_with: Option<&Token>,
    ) -> Result<DatabasePassword, vault::Error> {
        let Issued { text, hash, hint } = self.vault.tokens().issue(TokenKind::Database)?;
        let verifiers = Verifiers::of(text.expose())?;
        let sealed = self
            .vault
            .keyring()
            .seal(Place::new(PURPOSE, &hint), &verifiers.to_bytes())?;
        let now = Micros::now();
        let parent = made_with.filter(|token| token.expires_at != Micros::NEVER);
        let expires_at = now.plus(lasts);
        let scope = resource.map_or_else(|| SCOPE.to_owned(), |resource| format!("{SCOPE}:{resource}"));
        let token = Token {
            id: uuid::Uuid::now_v7(),
            user: person.id,
            name: name.to_owned(),
            hash: TokenHash(hash),
            scopes: vec![scope],
            created_at: now,
            expires_at: parent.map_or(expires_at, |token| expires_at.min(token.expires_at)),
            last_used_at: Micros::NEVER,
            factors: person.factors,
            database: Some(DatabaseLogin {
                name: hint.clone(),
                verifiers: SealedSecret(sealed),
            }),
            form: TokenForm::Api,
            parent: made_with.map(|token| token.id),
        };
        Ok(DatabasePassword {
            token,
            login: hint,
            text,
        })
    }

    /// Gives what a login name is to prove; [`None`] when it is a user's, who is asked for a password.
    pub(super) async fn challenge(
        &self,
        login: &str,
        resource: Option<&str>,
        ip: IpAddr,
    ) -> Result<Option<Challenge>, SignInRefused> {
        if !Tokens::is_database_login(login) {
            return Ok(None);
        }
        let found = self.store.database_login(login, Micros::now()).await?;
        let known = found.and_then(|token| Some((token.database.clone()?.verifiers, token)));
        let Some((sealed, token)) = known else {
            let verifiers = self.vault.tokens().verifiers_of_nobody(login);
            return Ok(Some(Challenge {
                verifiers,
                owner: None,
                resource: None,
            }));
        };
        let opened = self
            .vault
            .keyring()
            .unseal(Place::new(PURPOSE, login), &sealed.0)?;
        let verifiers = Verifiers::from_bytes(opened.expose())
            .ok_or_else(|| SignInRefused::Unavailable("verifiers cannot be read".to_owned()))?;
        let paused = match self.may_try(login, ip).await {
            Ok(_) => false,
            Err(SignInRefused::LockedOut { .. }) => true,
            Err(other) => return Err(other),
        };
        let person = self.directory().person_by_id(token.user);
        let own = resource.is_none().then(|| only_resource(&token.scopes)).flatten();
        let fits = allows(&token.scopes, resource.or(own.as_deref())) && !paused;
        let owner = person
            .filter(|_| fits)
            .map(|person| person.by(token.factors))
            .map(|person| (token, person));
        Ok(Some(Challenge {
            verifiers,
            owner,
            resource: own,
        }))
    }
}

/// Gives the resource of a token that is for one only.
fn only_resource(scopes: &[String]) -> Option<String> {
    let [scope] = scopes else { return None };
    let resource = scope.strip_prefix(SCOPE)?.strip_prefix(':')?;
    Some(resource.to_owned())
}

/// Tells whether a token may be used for a resource.
fn allows(scopes: &[String], resource: Option<&str>) -> bool {
    scopes.iter().any(|scope| match scope.strip_prefix(SCOPE) {
        Some("") => true,
        Some(rest) => rest.strip_prefix(':') == resource && resource.is_some(),
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_for_one_resource_is_for_that_one_only() {
        let one = ["connect:db".to_owned()];
        let all = ["connect".to_owned()];
        assert!(allows(&one, Some("db")) && !allows(&one, Some("db2")) && !allows(&one, None));
        assert!(allows(&all, Some("db")) && !allows(&[], Some("db")));
        assert!(!allows(&["sessions:read".to_owned()], Some("db")));
        // A client that can say a password only need not name the resource.
        assert_eq!(only_resource(&one).as_deref(), Some("db"));
        assert_eq!(only_resource(&all), None);
    }
}
