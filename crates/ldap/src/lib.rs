//! LDAP: a directory elsewhere that knows people's passwords, by its bind operation (RFC 4511 §4.2, RFC 4513 §5.1).
//!
//! [`Ldap`] is a [`PasswordSource`] of the engine. Who somebody is comes from their entry; what becomes of it is the engine's business, as
//! for any other provider. Start reading at [`Ldap::check`]; `entry` reads what the directory answers, `names` writes what it is asked.

mod entry;
mod names;
mod settings;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{object::SecretText, object::is_name};
use engine::{Existing, External, PasswordSource, SourceAway};
use ldap3::{LdapConnAsync, LdapConnSettings, LdapError, Scope, SearchEntry, SearchOptions, drive};
use rustls::ClientConfig;

use entry::Person;

pub use settings::{Find, Groups, Settings, SettingsError};

/// How long the directory may take to answer a connection, and for all that one login needs.
const CONNECT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(12);

/// Results of a bind that say no to this person (RFC 4511 §4.1.9): inappropriate authentication, invalid credentials, constraint violation
/// (a lock of the directory's own), unwilling to perform. Some directories say that there is no such object.
const NO: [u32; 5] = [19, 32, 48, 49, 53];

/// The filter that every entry passes, for reading one by its name.
const ANY: &str = "(objectClass=*)";

/// See the module.
#[derive(Debug)]
pub struct Ldap {
    settings: Settings,
    tls: Option<Arc<ClientConfig>>,
}

/// Why one login was not decided.
#[derive(Debug, thiserror::Error)]
enum Failed {
    /// The connection, or an answer that was none.
    #[error("the directory did not answer as it should")]
    Directory(#[from] LdapError),
    /// It takes too long.
    #[error("the directory did not answer in time")]
    Late,
    /// The gateway's own account was refused.
    #[error("the directory refused the account that looks people up, with result {0}")]
    Account(u32),
    /// It knows somebody, and would not say whether the password is right.
    #[error("the directory answered a login with result {0}")]
    Result(u32),
}

impl Ldap {
    /// Takes the settings in; a directory that is away is no error yet.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let tls = settings.tls()?;
        Ok(Self { settings, tls })
    }

    async fn ask(&self, name: &str, password: &str) -> Result<Option<Person>, Failed> {
        let mut known = LdapConnSettings::new()
            .set_conn_timeout(CONNECT)
            .set_starttls(self.settings.start_tls);
        if let Some(tls) = &self.tls {
            known = known.set_config(Arc::clone(tls));
        }
        let (connection, mut ldap) = LdapConnAsync::with_settings(known, &self.settings.url).await?;
        drive!(connection);
        let person = self.converse(&mut ldap, name, password).await;
        // Whatever became of it, the connection is not kept: it is bound to this person.
        if let Err(error) = ldap.unbind().await {
            tracing::debug!(%error, "the directory did not take its leave");
        }
        person
    }

    async fn converse(
        &self,
        ldap: &mut ldap3::Ldap,
        name: &str,
        password: &str,
    ) -> Result<Option<Person>, Failed> {
        match &self.settings.find {
            Find::Search {
                account,
                password: own,
                base,
                filter,
            } => {
                if !account.is_empty() {
                    let bound = ldap.simple_bind(account, own.expose()).await?;
                    if bound.rc != 0 {
                        return Err(Failed::Account(bound.rc));
                    }
                }
                let filter = names::in_filter(filter, name, "");
                let Some(mut person) = self.read(ldap, base, Scope::Subtree, &filter).await? else {
                    return Ok(None);
                };
                person.groups.extend(self.groups(ldap, &person.dn, name).await?);
                Ok(bind(ldap, &person.dn, password).await?.then_some(person))
            }
            Find::Template(template) => {
                let dn = names::in_dn(template, name);
                if !bind(ldap, &dn, password).await? {
                    return Ok(None);
                }
                let Some(mut person) = self.read(ldap, &dn, Scope::Base, ANY).await? else {
                    return Ok(None);
                };
                person.groups.extend(self.groups(ldap, &person.dn, name).await?);
                Ok(Some(person))
            }
        }
    }

    /// Reads the one entry that a filter finds; two are nobody.
    async fn read(
        &self,
        ldap: &mut ldap3::Ldap,
        base: &str,
        scope: Scope,
        filter: &str,
    ) -> Result<Option<Person>, Failed> {
        let wanted = self.settings.attributes();
        let found = ldap
            .with_search_options(SearchOptions::new().sizelimit(2))
            .search(base, scope, filter, wanted)
            .await?;
        // 4: more than that many; 32: the base, or the entry itself, is not there.
        if !matches!(found.1.rc, 0 | 4 | 32) {
            return Err(Failed::Result(found.1.rc));
        }
        let mut entries = found.0.into_iter().filter(|entry| !entry.is_ref());
        let (first, second) = (entries.next(), entries.next());
        if second.is_some() {
            tracing::warn!(
                filter,
                "the directory has more than one person of a name; nobody comes in by it"
            );
            return Ok(None);
        }
        Ok(first.map(|entry| Person::read(SearchEntry::construct(entry), &self.settings)))
    }

    /// Looks for the groups that list a person, where these are looked for.
    async fn groups(&self, ldap: &mut ldap3::Ldap, dn: &str, name: &str) -> Result<Vec<String>, Failed> {
        let Groups::Search {
            base,
            filter,
            name: naming,
        } = &self.settings.groups
        else {
            return Ok(Vec::new());
        };
        let filter = names::in_filter(filter, name, dn);
        let found = ldap
            .search(base, Scope::Subtree, &filter, vec![naming.as_str()])
            .await?;
        if !matches!(found.1.rc, 0 | 4 | 32) {
            return Err(Failed::Result(found.1.rc));
        }
        let entries = found.0.into_iter().filter(|entry| !entry.is_ref());
        Ok(entries
            .filter_map(|entry| entry::first(&SearchEntry::construct(entry), naming))
            .collect())
    }
}

/// Tells whether a password is right. An empty one is never sent: the directory would take it for a stranger's and say yes (RFC 4513
/// §5.1.2).
async fn bind(ldap: &mut ldap3::Ldap, dn: &str, password: &str) -> Result<bool, Failed> {
    if dn.is_empty() || password.is_empty() {
        return Ok(false);
    }
    match ldap.simple_bind(dn, password).await?.rc {
        0 => Ok(true),
        no if NO.contains(&no) => Ok(false),
        other => Err(Failed::Result(other)),
    }
}

#[async_trait]
impl PasswordSource for Ldap {
    async fn check(&self, name: &str, password: &SecretText) -> Result<Option<External>, SourceAway> {
        // What cannot be a user's name here is looked for nowhere.
        if !is_name(name) || password.expose().is_empty() {
            return Ok(None);
        }
        let asked = tokio::time::timeout(PATIENCE, self.ask(name, password.expose()));
        let found = asked.await.unwrap_or(Err(Failed::Late));
        let person = found.map_err(|error| SourceAway(Box::new(error)))?;
        // Directories compare names loosely. A name that is spelt in another way would be another's to all that counts by it.
        Ok(person
            .filter(|person| person.name.to_lowercase() == name.to_lowercase())
            .map(|person| External {
                provider: self.settings.url.clone(),
                subject: person.id,
                name: person.name,
                display_name: person.display_name,
                email: person.email,
                groups: person.groups,
            }))
    }

    fn existing(&self) -> Existing {
        self.settings.existing
    }
}
