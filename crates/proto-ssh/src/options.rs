//! The options of an SSH resource.

use std::time::Duration;

use serde::Deserialize;

use crate::wire::{HostKeyAlgorithm, Kex, Mac, Profile};

/// The JSON schema of [`Options`]; the console draws its form from it.
pub(crate) const SCHEMA: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "host_keys": {
      "type": "array", "items": {"type": "string"},
      "title": "Host keys",
      "description": "Public keys of the host, each as in known_hosts (type and base64). Empty: the first key seen is pinned."
    },
    "host_authorities": {
      "type": "array", "items": {"type": "string"},
      "title": "Host certificate authorities",
      "description": "Public keys whose host certificates for this host are trusted."
    },
    "legacy_algorithms": {
      "type": "boolean", "default": false,
      "title": "Older algorithms",
      "description": "Also offer NIST-curve key exchange and MACs over the plaintext, for hosts that know nothing newer."
    },
    "connect_timeout_secs": {
      "type": "integer", "minimum": 1, "maximum": 120, "default": 15,
      "title": "Connect timeout",
      "description": "Seconds to wait for the host to answer."
    }
  }
}"#;

/// What a resource's document may say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Options {
    /// Keys that the host may have, as in `known_hosts` without the name. Compared by the engine's [`engine::Identity`].
    pub(crate) host_keys: Vec<String>,
    /// Keys that may certify this host.
    pub(crate) host_authorities: Vec<String>,
    /// Offer what hosts of the last decade need.
    pub(crate) legacy_algorithms: bool,
    /// Bounds the dialling and each step of the handshake.
    pub(crate) connect_timeout_secs: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host_keys: Vec::new(),
            host_authorities: Vec::new(),
            legacy_algorithms: false,
            connect_timeout_secs: 15,
        }
    }
}

impl Options {
    /// Reads and checks the options; the error names the one that is wrong.
    pub(crate) fn read(options: &serde_json::Map<String, serde_json::Value>) -> Result<Self, String> {
        let options: Self =
            serde_json::from_value(options.clone().into()).map_err(|error| error.to_string())?;
        for (name, keys) in [
            ("host_keys", &options.host_keys),
            ("host_authorities", &options.host_authorities),
        ] {
            for (at, key) in keys.iter().enumerate() {
                key_blob(key)
                    .ok_or_else(|| format!("{name}[{at}] is not a public key such as `ssh-ed25519 AAAA…`"))?;
            }
        }
        if !(1..=120).contains(&options.connect_timeout_secs) {
            return Err("connect_timeout_secs must be between 1 and 120".to_owned());
        }
        Ok(options)
    }

    /// Gives the longest wait for the host.
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout_secs.into())
    }

    /// Tells whether a key, in the wire's form, may certify this host.
    pub(crate) fn trusts(&self, authority: &[u8]) -> bool {
        self.host_authorities
            .iter()
            .filter_map(|key| key_blob(key))
            .any(|key| key == authority)
    }

    /// Gives what is offered to the host: kinds of keys that are pinned come first, so that a host with several shows one of those.
    pub(crate) fn profile(&self, known: &[String]) -> Profile {
        let mut profile = Profile::client();
        if !self.legacy_algorithms {
            profile
                .kex
                .retain(|kex| !matches!(kex, Kex::EcdhNistP256 | Kex::EcdhNistP384));
            profile
                .macs
                .retain(|mac| !matches!(mac, Mac::HmacSha256 | Mac::HmacSha512));
        }
        if self.host_authorities.is_empty() {
            profile
                .host_keys
                .retain(|algorithm| *algorithm != HostKeyAlgorithm::Ed25519Certificate);
        }
        let is_known = |algorithm: &HostKeyAlgorithm| {
            let kind = match algorithm {
                HostKeyAlgorithm::RsaSha256 | HostKeyAlgorithm::RsaSha512 => "ssh-rsa",
                other => other.name(),
            };
            known.iter().any(|name| name == kind || name == algorithm.name())
        };
        profile.host_keys.sort_by_key(|algorithm| {
            *algorithm != HostKeyAlgorithm::Ed25519Certificate && !is_known(algorithm)
        });
        profile
    }
}

/// Reads the key of a line such as `ssh-ed25519 AAAA… comment` into the wire's form.
fn key_blob(line: &str) -> Option<Vec<u8>> {
    ssh_key::PublicKey::from_openssh(line.trim())
        .ok()?
        .to_bytes()
        .ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGu5eIJQ1kIJsXBmJzbS4tDaJpQ7uzoAmdcdVnSGZDKk host";

    fn read(json: &serde_json::Value) -> Result<Options, String> {
        Options::read(json.as_object().unwrap())
    }

    #[test]
    fn a_wrong_option_is_named() {
        for (json, word) in [
            (serde_json::json!({"legacy": true}), "legacy"),
            (serde_json::json!({"host_keys": ["AAAA"]}), "host_keys[0]"),
            (
                serde_json::json!({"connect_timeout_secs": 0}),
                "connect_timeout_secs",
            ),
        ] {
            assert!(read(&json).unwrap_err().contains(word), "{word}");
        }
        assert!(read(&serde_json::json!({"host_keys": [KEY], "legacy_algorithms": true})).is_ok());
    }

    #[test]
    fn kinds_of_keys_that_are_pinned_are_asked_for_first() {
        let profile = Options::default().profile(&["ssh-rsa".into()]);
        assert_eq!(
            profile.host_keys[..2],
            [HostKeyAlgorithm::RsaSha512, HostKeyAlgorithm::RsaSha256]
        );
        assert!(!profile.kex.contains(&Kex::EcdhNistP256));
    }

    #[test]
    fn the_schema_is_json_and_knows_every_option() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let names: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(names.len(), 4);
    }
}
