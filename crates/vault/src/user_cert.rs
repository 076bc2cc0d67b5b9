//! Certificates of users' SSH keys, by which the gateway knows at its own door who it has let in (OpenSSH, PROTOCOL.certkeys).

use domain::Micros;
use ssh_key::PrivateKey;
use ssh_key::certificate::{Builder, CertType};

use crate::Error;
use crate::keyring::random;
use crate::ssh_keys::PublicKeyLine;

/// The critical option that names the networks from which a certificate is good.
pub const SOURCE_ADDRESS: &str = "source-address";

/// What a certificate is to say.
#[derive(Debug, Clone, Copy)]
pub struct UserWish<'a> {
    /// The key that it is for.
    pub key: &'a PublicKeyLine,
    /// The login name.
    pub user: &'a str,
    /// What it is called in logs; see [`UserCertificate::key_id`].
    pub key_id: &'a str,
    /// The networks from which it is good, separated by commas; empty for everywhere.
    pub sources: &'a str,
    /// From when it is good.
    pub from: Micros,
    /// Until when.
    pub until: Micros,
}

/// An issued certificate.
#[derive(Debug, Clone)]
pub struct UserCertificate {
    /// The line of a `-cert.pub` file.
    pub line: String,
    /// Its number.
    pub serial: u64,
    /// What it is called in logs.
    pub key_id: String,
}

/// Certifies a key. There are no extensions in it: what may be done is the profile's business.
pub(crate) fn issue(ca: &PrivateKey, wish: &UserWish<'_>) -> Result<UserCertificate, Error> {
    let secs = |at: Micros| u64::try_from(at.0 / 1_000_000).unwrap_or(0);
    let make = || {
        let nonce = random::<32>().map_err(|_| ssh_key::Error::Crypto)?;
        // Within 63 bits, as databases and logs have them.
        let serial = u64::from_le_bytes(random().map_err(|_| ssh_key::Error::Crypto)?) >> 1;
        let key = wish.key.key().key_data().clone();
        let mut builder = Builder::new(nonce.to_vec(), key, secs(wish.from), secs(wish.until))?;
        builder.serial(serial)?.cert_type(CertType::User)?;
        builder.key_id(wish.key_id)?;
        builder.valid_principal(wish.user)?;
        if !wish.sources.is_empty() {
            builder.critical_option(SOURCE_ADDRESS, wish.sources)?;
        }
        builder.comment(wish.key_id)?;
        let line = builder.sign(ca)?.to_openssh()?;
        Ok(UserCertificate {
            line,
            serial,
            key_id: wish.key_id.to_owned(),
        })
    };
    make().map_err(Error::Certificate)
}
