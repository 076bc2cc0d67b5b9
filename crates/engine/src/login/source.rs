//! A directory elsewhere that knows people's passwords: asked for those who have none here.

use std::net::IpAddr;

use async_trait::async_trait;
use domain::{object::SecretText, person::Person};

use super::{
    external::{Existing, External, ExternalRefused},
    passwords::SignInRefused,
};
use crate::engine::Engine;

/// The directory could not say whether a password is right.
#[derive(Debug, thiserror::Error)]
#[error("the directory of people cannot be asked")]
pub struct SourceAway(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A directory elsewhere that knows people's passwords.
#[async_trait]
pub trait PasswordSource: std::fmt::Debug + Send + Sync {
    /// Checks a name and a password; gives who it is, or [`None`] when they are wrong. An empty password is always wrong.
    async fn check(&self, name: &str, password: &SecretText) -> Result<Option<External>, SourceAway>;

    /// Says what becomes of somebody who is new, and whose name a user has already.
    fn existing(&self) -> Existing;
}

impl Engine {
    /// Lets somebody in whom the directory knows; else gives why not, for the log.
    pub(super) async fn enter_by_source(
        &self,
        name: &str,
        password: &SecretText,
        ip: IpAddr,
    ) -> Result<Result<Person, String>, SignInRefused> {
        let Some(source) = &self.password_source else {
            return Ok(Err("password".to_owned()));
        };
        let asked = source.check(name, password).await;
        let found = asked.map_err(|error| SignInRefused::Away(chain(&error)))?;
        let Some(who) = found else {
            return Ok(Err("password".to_owned()));
        };
        match self.enter_external(&who, source.existing(), ip).await {
            Ok(person) => Ok(Ok(person)),
            Err(ExternalRefused::Store(error)) => Err(error.into()),
            Err(ExternalRefused::Object(error)) => Err(SignInRefused::Unavailable(error.to_string())),
            Err(refused) => Ok(Err(format!("password of the directory: {refused}"))),
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        text = format!("{text}: {deeper}");
        cause = deeper.source();
    }
    text
}
