//! Host certificates for inner hosts, so that `ssh -J` trusts what the gateway shows (OpenSSH, PROTOCOL.certkeys).

use domain::Micros;
use ssh_key::certificate::{Builder, CertType, Certificate};
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PrivateKey};

use crate::Error;
use crate::keyring::random;

/// An issued host certificate.
#[derive(Debug, Clone)]
pub struct HostCertificate {
    certificate: Certificate,
    blob: Vec<u8>,
}

impl HostCertificate {
    /// Gives the certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Gives the certificate as it stands in a key exchange.
    #[must_use]
    pub fn blob(&self) -> &[u8] {
        &self.blob
    }
}

/// Certifies a host key for names, from one time until another.
pub(crate) fn issue(
    ca: &PrivateKey,
    key: &KeyData,
    names: &[String],
    from: Micros,
    until: Micros,
) -> Result<HostCertificate, Error> {
    let secs = |at: Micros| u64::try_from(at.0 / 1_000_000).unwrap_or(0);
    let make = || {
        let nonce = random::<32>().map_err(|_| ssh_key::Error::Crypto)?;
        let serial = u64::from_le_bytes(random().map_err(|_| ssh_key::Error::Crypto)?);
        let mut builder = Builder::new(nonce.to_vec(), key.clone(), secs(from), secs(until))?;
        builder.serial(serial)?.cert_type(CertType::Host)?;
        builder.key_id(format!("doorward {}", key.fingerprint(HashAlg::Sha256)))?;
        // Without a name the certificate would stand for every host.
        if names.is_empty() {
            return Err(ssh_key::Error::FormatEncoding);
        }
        for name in names {
            builder.valid_principal(name)?;
        }
        let certificate = builder.sign(ca)?;
        let blob = certificate.to_bytes()?;
        Ok(HostCertificate { certificate, blob })
    };
    make().map_err(Error::Certificate)
}
