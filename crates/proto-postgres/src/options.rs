//! The options of a PostgreSQL resource.

use std::time::Duration;

use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde::Deserialize;

/// The JSON schema of [`Options`]; the console draws its form from it.
pub(crate) const SCHEMA: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "database": {
      "type": "string",
      "title": "Database",
      "description": "Taken when the client names none. Empty: that of the account's name."
    },
    "tls": {
      "type": "string", "enum": ["prefer", "require", "off"], "default": "prefer",
      "title": "Encryption",
      "description": "Towards the server. Without an authority the server's key is pinned at its first use."
    },
    "authorities": {
      "type": "string", "format": "multiline",
      "title": "Certificate authorities",
      "description": "In PEM form. When given, the server's certificate must be one of theirs and name its host."
    },
    "connect_timeout_secs": {
      "type": "integer", "minimum": 1, "maximum": 120, "default": 15,
      "title": "Connect timeout",
      "description": "Seconds to wait for the server to answer."
    }
  }
}"#;

/// Whether the way to the server is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Encryption {
    /// Where the server can.
    #[default]
    Prefer,
    /// Always.
    Require,
    /// Never.
    Off,
}

/// What a resource's document may say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Options {
    /// The database of clients that name none.
    pub(crate) database: String,
    /// Whether the way to the server is encrypted.
    pub(crate) tls: Encryption,
    /// Who may have signed the server's certificate, in PEM form.
    pub(crate) authorities: String,
    /// Bounds the dialling and each step of the login.
    pub(crate) connect_timeout_secs: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            database: String::new(),
            tls: Encryption::default(),
            authorities: String::new(),
            connect_timeout_secs: 15,
        }
    }
}

impl Options {
    /// Reads and checks the options; the error names the one that is wrong.
    pub(crate) fn read(options: &serde_json::Map<String, serde_json::Value>) -> Result<Self, String> {
        let options: Self =
            serde_json::from_value(options.clone().into()).map_err(|error| error.to_string())?;
        if !(1..=120).contains(&options.connect_timeout_secs) {
            return Err("connect_timeout_secs must be between 1 and 120".to_owned());
        }
        if !options.authorities.is_empty() && options.roots()?.is_empty() {
            return Err("authorities holds no certificate in PEM form".to_owned());
        }
        if options.tls == Encryption::Off && !options.authorities.is_empty() {
            return Err("authorities are of no use while tls is off".to_owned());
        }
        Ok(options)
    }

    /// Gives the longest wait for the server.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout_secs.into())
    }

    /// Gives the certificates of the authorities.
    pub(crate) fn roots(&self) -> Result<rustls::RootCertStore, String> {
        let mut roots = rustls::RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(self.authorities.as_bytes()) {
            let certificate = certificate.map_err(|error| format!("authorities: {error}"))?;
            roots
                .add(certificate)
                .map_err(|error| format!("authorities: {error}"))?;
        }
        Ok(roots)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (options, word) in [
            (json!({"data_base": "x"}), "data_base"),
            (json!({"tls": "maybe"}), "maybe"),
            (json!({"authorities": "no pem"}), "authorities"),
            (json!({"connect_timeout_secs": 0}), "connect_timeout_secs"),
        ] {
            let read = Options::read(options.as_object().expect("an object"));
            assert!(read.is_err_and(|error| error.contains(word)), "{word}");
        }
        assert!(Options::read(&serde_json::Map::new()).is_ok());
    }
}
