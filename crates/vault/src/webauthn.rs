//! Passkeys: what browsers and authenticators sign, verified as Web Authentication Level 2 says (§7.1 and §7.2).
//!
//! Verified here and not by a library: the ones there are bring a second cryptographic library along, and of the standard a gateway
//! needs little: no attestation (which tells makers of authenticators apart), one origin, and a signature over it.

mod cbor;
mod key;

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use cbor::Value;
use key::Key;

pub use key::ALGORITHMS;

/// The longest name of a key (§4, credential ID).
const LONGEST_ID: usize = 1023;

/// Bits of the flags (§6.1).
const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const HAS_KEY: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

/// Why a passkey is not taken. For the log: callers learn that it was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// It cannot be read.
    #[error("passkey that cannot be read")]
    Malformed,
    /// It was made for another purpose.
    #[error("passkey of another ceremony")]
    Ceremony,
    /// It was made for another challenge.
    #[error("passkey for another challenge")]
    Challenge,
    /// It was made on another site.
    #[error("passkey of another origin")]
    Origin,
    /// The authenticator did not verify who touches it.
    #[error("passkey without user verification")]
    Unverified,
    /// The algorithm is none of ours.
    #[error("passkey of an unknown algorithm")]
    Algorithm,
    /// The signature is not the key's.
    #[error("passkey with a wrong signature")]
    Signature,
}

/// The site that passkeys are made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The host's name.
    pub id: String,
    /// The address as browsers write it: scheme, host and port.
    pub origin: String,
}

/// A key that an authenticator has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPasskey {
    /// As the authenticator calls it.
    pub id: Vec<u8>,
    /// The public key, in the form of COSE.
    pub public_key: Vec<u8>,
    /// How often it has signed, where it counts.
    pub sign_count: u32,
}

/// What an authenticator signs to prove that it holds a key.
#[derive(Debug, Clone, Copy)]
pub struct Assertion<'a> {
    /// What the browser says (JSON).
    pub client_data: &'a [u8],
    /// What the authenticator says.
    pub authenticator_data: &'a [u8],
    /// Over both.
    pub signature: &'a [u8],
}

/// What the browser says (§5.8.1).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    ceremony: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// What the authenticator says (§6.1).
struct AuthenticatorData<'a> {
    flags: u8,
    sign_count: u32,
    rest: &'a [u8],
}

/// Gives the challenge that the browser says it was given; it proves nothing yet.
#[must_use]
pub fn claimed_challenge(client_data: &[u8]) -> Option<Vec<u8>> {
    let said: ClientData = serde_json::from_slice(client_data).ok()?;
    URL_SAFE_NO_PAD.decode(said.challenge).ok()
}

impl RelyingParty {
    /// Makes the site of an address such as `https://gateway.example.org:8443`. [`None`] when there can be no passkeys for it: the host is
    /// a number, or the address is not encrypted and not this machine's.
    #[must_use]
    pub fn of(address: &str) -> Option<Self> {
        let (scheme, rest) = address.split_once("://")?;
        let authority = rest.split('/').next()?.to_ascii_lowercase();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse::<u16>().ok()?)),
            None => (authority.as_str(), None),
        };
        let is_name = host.parse::<std::net::IpAddr>().is_err() && !host.starts_with('[') && !host.is_empty();
        let (safe, usual) = match scheme {
            "https" => (true, 443),
            "http" => (host == "localhost" || host.ends_with(".localhost"), 80),
            _ => return None,
        };
        let port = port.filter(|port| *port != usual);
        (is_name && safe).then(|| Self {
            id: host.to_owned(),
            origin: format!(
                "{scheme}://{host}{}",
                port.map(|port| format!(":{port}")).unwrap_or_default()
            ),
        })
    }

    /// Takes in a key that was made for a challenge (§7.1). What the authenticator is, is not asked.
    pub fn take_in(
        &self,
        challenge: &[u8],
        client_data: &[u8],
        attestation: &[u8],
    ) -> Result<NewPasskey, PasskeyError> {
        self.check_client("webauthn.create", challenge, client_data)?;
        let (object, rest) = cbor::read(attestation).ok_or(PasskeyError::Malformed)?;
        let data = object.named("authData").and_then(Value::bytes);
        let data = data.filter(|_| rest.is_empty()).ok_or(PasskeyError::Malformed)?;
        let said = self.check_authenticator(data)?;
        read_new(&said)
            .ok_or(PasskeyError::Malformed)
            .and_then(|(new, known)| {
                if known {
                    Ok(new)
                } else {
                    Err(PasskeyError::Algorithm)
                }
            })
    }

    /// Verifies that somebody holds a key (§7.2); gives how often the key has signed. Whether that is more than before is for the caller to
    /// see.
    pub fn verify(
        &self,
        challenge: &[u8],
        assertion: Assertion<'_>,
        public_key: &[u8],
    ) -> Result<u32, PasskeyError> {
        self.check_client("webauthn.get", challenge, assertion.client_data)?;
        let said = self.check_authenticator(assertion.authenticator_data)?;
        let key = Key::read(public_key).ok_or(PasskeyError::Algorithm)?;
        let hash = digest(&SHA256, assertion.client_data);
        let message = [assertion.authenticator_data, hash.as_ref()].concat();
        if key.has_signed(&message, assertion.signature) {
            Ok(said.sign_count)
        } else {
            Err(PasskeyError::Signature)
        }
    }

    fn check_client(&self, ceremony: &str, challenge: &[u8], client_data: &[u8]) -> Result<(), PasskeyError> {
        let said: ClientData =
            serde_json::from_slice(client_data).map_err(|_unreadable| PasskeyError::Malformed)?;
        if said.ceremony != ceremony {
            return Err(PasskeyError::Ceremony);
        }
        let wanted = URL_SAFE_NO_PAD.encode(challenge);
        if !bool::from(wanted.as_bytes().ct_eq(said.challenge.as_bytes())) {
            return Err(PasskeyError::Challenge);
        }
        if said.origin != self.origin || said.cross_origin {
            return Err(PasskeyError::Origin);
        }
        Ok(())
    }

    fn check_authenticator<'a>(&self, data: &'a [u8]) -> Result<AuthenticatorData<'a>, PasskeyError> {
        let malformed = PasskeyError::Malformed;
        let (site, rest) = data.split_first_chunk::<32>().ok_or(malformed)?;
        let (&[flags], rest) = rest.split_first_chunk::<1>().ok_or(malformed)?;
        let (count, rest) = rest.split_first_chunk::<4>().ok_or(malformed)?;
        if digest(&SHA256, self.id.as_bytes()).as_ref() != site {
            return Err(PasskeyError::Origin);
        }
        // Without it whoever finds the key could use it: it would be one factor, and not two.
        if flags & PRESENT == 0 || flags & VERIFIED == 0 {
            return Err(PasskeyError::Unverified);
        }
        Ok(AuthenticatorData {
            flags,
            sign_count: u32::from_be_bytes(*count),
            rest,
        })
    }
}

/// Reads the key that was made (§6.5.1), and whether we can verify with it.
fn read_new(said: &AuthenticatorData<'_>) -> Option<(NewPasskey, bool)> {
    if said.flags & HAS_KEY == 0 {
        return None;
    }
    let (_maker, rest) = said.rest.split_first_chunk::<16>()?;
    let (len, rest) = rest.split_first_chunk::<2>()?;
    let (id, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
    let (key, behind) = cbor::read(rest)?;
    let public_key = rest.get(..rest.len() - behind.len())?;
    let behind = if said.flags & HAS_EXTENSIONS == 0 {
        behind
    } else {
        cbor::read(behind)?.1
    };
    let sound = behind.is_empty() && !id.is_empty() && id.len() <= LONGEST_ID;
    let new = NewPasskey {
        id: id.to_vec(),
        public_key: public_key.to_vec(),
        sign_count: said.sign_count,
    };
    sound.then(|| (new, Key::of(&key).is_some()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_a_name_that_nobody_can_overhear() {
        let origin = |address| RelyingParty::of(address).map(|site| (site.id, site.origin));
        let named = |id: &str, origin: &str| Some((id.to_owned(), origin.to_owned()));
        assert_eq!(
            origin("https://Gate.example.org:8443/"),
            named("gate.example.org", "https://gate.example.org:8443")
        );
        assert_eq!(
            origin("https://gate.example.org:443"),
            named("gate.example.org", "https://gate.example.org")
        );
        assert_eq!(
            origin("http://localhost:80"),
            named("localhost", "http://localhost")
        );
        for address in [
            "https://127.0.0.1:8443",
            "https://[::1]:8443",
            "http://gate.example.org",
            "ftp://localhost",
            "https://",
            "the console",
        ] {
            assert_eq!(origin(address), None, "{address}");
        }
    }
}
