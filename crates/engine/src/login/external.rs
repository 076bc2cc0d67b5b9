//! People whom an identity provider vouches for: users are made when they first come, and follow what the provider says.

use std::net::IpAddr;

use domain::{
    Micros,
    audit::Actor,
    object::{Spec, User, UserKind, is_name},
    person::Person,
};
use store::{Cause, ObjectError, Put};

use crate::engine::Engine;

/// What a provider says of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// The provider, by its own lasting name.
    pub provider: String,
    /// Who it is there, by a lasting name.
    pub subject: String,
    /// The login name.
    pub name: String,
    /// The name shown to others.
    pub display_name: String,
    /// An address for notices.
    pub email: String,
    /// Names of groups; those that are not declared here mean nothing.
    pub groups: Vec<String>,
}

/// What becomes of somebody who is new, and whose name a user has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// They are refused: a provider where people choose their names must not hand out those of others.
    #[default]
    Refuse,
    /// They are that user.
    Link,
}

/// Why somebody whom a provider vouches for does not come in.
#[derive(Debug, thiserror::Error)]
pub enum ExternalRefused {
    /// The name is none that a user can have.
    #[error("`{0}` cannot be a user's name")]
    Name(String),
    /// A user has the name already.
    #[error("there is a user `{0}` already")]
    Taken(String),
    /// The user is disabled.
    #[error("the user is disabled")]
    Disabled,
    /// The user is a program.
    #[error("the user is a service account")]
    Service,
    /// The store.
    #[error("the user cannot be stored")]
    Store(#[from] store::Error),
    /// The user cannot be stored.
    #[error("the user cannot be stored")]
    Object(#[from] ObjectError),
}

impl Engine {
    /// Lets somebody in whom a provider vouches for: makes the user when they are new, and takes over what the provider says of them.
    pub async fn enter_external(
        &self,
        who: &External,
        existing: Existing,
        ip: IpAddr,
    ) -> Result<Person, ExternalRefused> {
        let known = self.store.identity(&who.provider, &who.subject).await?;
        let directory = self.directory();
        let found = known.and_then(|id| {
            let (name, user) = directory.users.iter().find(|(_, user)| user.id == id)?;
            Some((name.clone(), user.spec.clone()))
        });
        let is_linked = found.is_some();
        let (name, user) = if let Some(found) = found {
            found
        } else {
            if !is_name(&who.name) {
                return Err(ExternalRefused::Name(who.name.clone()));
            }
            let declared = directory.users.get(&who.name);
            if declared.is_some() && existing == Existing::Refuse {
                return Err(ExternalRefused::Taken(who.name.clone()));
            }
            let user = declared.map(|user| user.spec.clone()).unwrap_or_default();
            (who.name.clone(), user)
        };
        if user.disabled {
            return Err(ExternalRefused::Disabled);
        }
        if user.kind == UserKind::Service {
            return Err(ExternalRefused::Service);
        }
        let cause = || Cause::new(Micros::now(), Actor::system("identity provider")).from_ip(ip.to_string());
        let said = follows(&user, who);
        let is_new = !directory.users.contains_key(&name);
        if is_new || said != user {
            let put = Put::new(&name, Spec::User(said));
            let put = if is_new { put.expecting(0) } else { put };
            self.store.put_object(put, cause()).await?;
            self.refresh_directory().await?;
        }
        let person = self.directory().person(&name).ok_or(ExternalRefused::Disabled)?;
        if !is_linked {
            self.store
                .link_identity(&who.provider, &who.subject, person.id, cause())
                .await?;
        }
        Ok(person)
    }
}

/// Gives a user as the provider says; what it does not say stays.
fn follows(user: &User, who: &External) -> User {
    let or = |said: &str, was: &str| if said.is_empty() { was } else { said }.to_owned();
    let mut groups = who.groups.clone();
    groups.sort();
    groups.dedup();
    User {
        display_name: or(&who.display_name, &user.display_name),
        email: or(&who.email, &user.email),
        provider_groups: groups,
        ..user.clone()
    }
}
