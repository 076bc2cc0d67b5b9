//! Which directory, and how people and groups are found in it.

use std::{net::IpAddr, path::PathBuf, sync::Arc};

use domain::object::SecretText;
use engine::Existing;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::names::NAME;

/// Which directory, and how people and groups are found in it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `ldaps://HOST` or `ldap://HOST`, with a port where it is another one.
    pub url: String,
    /// `ldap://` becomes TLS before anything is said (RFC 4511 §4.14).
    pub start_tls: bool,
    /// File of the authorities that certify it, in PEM form; those of the system when [`None`].
    pub ca_file: Option<PathBuf>,
    /// How a person's entry is found.
    pub find: Find,
    /// Attribute that is the login name.
    pub name_attribute: String,
    /// Attribute that is the lasting name of an entry.
    pub id_attribute: String,
    /// Where groups come from.
    pub groups: Groups,
    /// What becomes of somebody who is new, and whose name a user has already.
    pub existing: Existing,
}

/// How a person's entry is found.
#[derive(Debug, Clone)]
pub enum Find {
    /// By a search, with an account of the gateway's own or, when that is empty, as nobody.
    Search {
        /// The account's entry.
        account: String,
        /// Its password.
        password: SecretText,
        /// Below which entry.
        base: String,
        /// A filter with `{name}` in it.
        filter: String,
    },
    /// By its name, which has `{name}` in it: the directory is only ever asked as the person.
    Template(String),
}

/// Where groups come from.
#[derive(Debug, Clone)]
pub enum Groups {
    /// Nowhere.
    None,
    /// An attribute of the person's entry lists them.
    Attribute(String),
    /// Their entries list their members.
    Search {
        /// Below which entry.
        base: String,
        /// A filter with `{dn}` or `{name}` in it.
        filter: String,
        /// Attribute that is the name of a group.
        name: String,
    },
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The address.
    #[error("the directory's address must begin with ldaps:// or ldap://")]
    Address,
    /// Passwords would go over a network in the clear.
    #[error("a directory on another machine is asked by ldaps:// or with StartTLS only")]
    Clear,
    /// TLS within TLS.
    #[error("ldaps:// is TLS already: leave StartTLS out")]
    Twice,
    /// A filter or a template says nothing of the person.
    #[error("`{0}` has no {{name}} in it")]
    NoName(String),
    /// The file of authorities.
    #[error("{0} has no certificate that can be read")]
    Authorities(PathBuf),
}

impl Settings {
    pub(crate) fn check(&self) -> Result<(), SettingsError> {
        let (scheme, rest) = self.url.split_once("://").ok_or(SettingsError::Address)?;
        match (scheme, self.start_tls) {
            ("ldaps", true) => return Err(SettingsError::Twice),
            ("ldaps", false) | ("ldap", true) => {}
            ("ldap", false) if is_near(rest) => {}
            ("ldap", false) => return Err(SettingsError::Clear),
            _ => return Err(SettingsError::Address),
        }
        let template = match &self.find {
            Find::Search { filter, .. } => filter,
            Find::Template(template) => template,
        };
        if template.contains(NAME) {
            Ok(())
        } else {
            Err(SettingsError::NoName(template.clone()))
        }
    }

    /// Reads the authorities of a file; [`None`] for those of the system.
    pub(crate) fn tls(&self) -> Result<Option<Arc<ClientConfig>>, SettingsError> {
        let Some(file) = &self.ca_file else {
            return Ok(None);
        };
        let wrong = || SettingsError::Authorities(file.clone());
        let mut trusted = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(file).map_err(|_| wrong())? {
            let certificate = certificate.map_err(|_| wrong())?;
            trusted.add(certificate).map_err(|_| wrong())?;
        }
        if trusted.is_empty() {
            return Err(wrong());
        }
        let config = ClientConfig::builder().with_root_certificates(trusted);
        Ok(Some(Arc::new(config.with_no_client_auth())))
    }

    /// Gives the attributes that are read of a person.
    pub(crate) fn attributes(&self) -> Vec<&str> {
        let mut all = vec![
            self.name_attribute.as_str(),
            self.id_attribute.as_str(),
            "displayName",
            "mail",
        ];
        if let Groups::Attribute(groups) = &self.groups {
            all.push(groups);
        }
        all
    }
}

/// Tells whether a host is this machine.
fn is_near(rest: &str) -> bool {
    let host = rest.split('/').next().unwrap_or_default();
    if let Some(six) = host.strip_prefix("[::1]") {
        return six.is_empty() || six.starts_with(':');
    }
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(url: &str, start_tls: bool) -> Result<(), SettingsError> {
        let settings = Settings {
            url: url.to_owned(),
            start_tls,
            ca_file: None,
            find: Find::Template("uid={name},dc=x".to_owned()),
            name_attribute: "uid".to_owned(),
            id_attribute: "entryUUID".to_owned(),
            groups: Groups::None,
            existing: Existing::Refuse,
        };
        settings.check()
    }

    #[test]
    fn passwords_leave_the_machine_encrypted_only() {
        for (url, start_tls) in [
            ("ldaps://ldap.example.org", false),
            ("ldap://ldap.example.org", true),
            ("ldap://127.0.0.1:389", false),
            ("ldap://[::1]:1389", false),
            ("ldap://localhost", false),
        ] {
            assert!(checked(url, start_tls).is_ok(), "{url}");
        }
        for (url, start_tls) in [
            ("ldap://ldap.example.org", false),
            ("ldap://127.0.0.1.example.org", false),
            ("ldap://10.0.0.1:389", false),
            ("ldaps://ldap.example.org", true),
            ("http://127.0.0.1", false),
            ("127.0.0.1", false),
        ] {
            assert!(checked(url, start_tls).is_err(), "{url}");
        }
    }
}
