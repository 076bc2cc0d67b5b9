//! Certificates of users' keys that the gateway's own authority has signed (OpenSSH, PROTOCOL.certkeys).

use std::net::IpAddr;
use std::sync::Arc;

use domain::Micros;
use engine::protocol::CertificateOffer;
use ipnet::IpNet;

use crate::wire::keys::{Certificate, CertificateError, CertificateKind};

/// The only critical option that is understood: the networks from which a certificate is good.
const SOURCE_ADDRESS: &str = "source-address";

/// Who certifies users' keys, as one visit asks.
#[derive(Debug)]
pub(crate) struct Authority {
    key: Option<Arc<[u8]>>,
    peer: IpAddr,
}

impl Authority {
    pub(crate) fn new(key: Option<Arc<[u8]>>, peer: IpAddr) -> Self {
        Self {
            key,
            peer: peer.to_canonical(),
        }
    }

    /// Reads a certificate that names this authority, for a login name; [`None`] when it is another's or none, which stands for no more
    /// than its key.
    pub(crate) fn read(&self, blob: &[u8], user: &str) -> Option<CertificateOffer> {
        let certificate = Certificate::parse(blob).ok()?;
        let own = self.key.as_deref()?;
        if certificate.authority() != own {
            return None;
        }
        let now = u64::try_from(Micros::now().0 / 1_000_000).unwrap_or(0);
        let trusted = |key: &[u8]| key == own;
        let option = |name: &str, value: &str| name == SOURCE_ADDRESS && self.is_from(value);
        let checked = certificate.check(CertificateKind::User, user, now, trusted, option);
        let fields = certificate.fields();
        Some(CertificateOffer {
            blob: blob.to_vec(),
            key_id: fields.key_id().to_owned(),
            serial: fields.serial(),
            fault: checked.err().map(|error| self.words(error, &certificate, now)),
            held: false,
        })
    }

    /// Tells whether the caller is in one of these networks; a list that cannot be read holds nobody.
    fn is_from(&self, networks: &str) -> bool {
        networks.split(',').any(|network| {
            let network = network.trim();
            let one = || network.parse::<IpAddr>().ok().map(IpNet::from);
            network
                .parse::<IpNet>()
                .ok()
                .or_else(one)
                .is_some_and(|network| network.contains(&self.peer))
        })
    }

    /// Says what is wrong, to people.
    fn words(&self, error: CertificateError, certificate: &Certificate, now: u64) -> String {
        let fields = certificate.fields();
        match error {
            CertificateError::Time if now >= fields.valid_before() => {
                let ended = Micros(
                    i64::try_from(fields.valid_before())
                        .unwrap_or(0)
                        .saturating_mul(1_000_000),
                );
                format!("it ended at {}", ended.rfc3339())
            }
            CertificateError::Time => "it is not valid yet: is a clock wrong?".to_owned(),
            CertificateError::Principal(_) => "it is for another user".to_owned(),
            CertificateError::CriticalOption
                if fields
                    .critical_options()
                    .iter()
                    .any(|(name, _)| name == SOURCE_ADDRESS) =>
            {
                format!("it is not for {}", self.peer)
            }
            CertificateError::Signature(_) => "its signature is wrong".to_owned(),
            other => other.to_string(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use ssh_key::certificate::{Builder, CertType};
    use ssh_key::private::Ed25519Keypair;

    use super::*;

    fn key(seed: u8) -> ssh_key::PrivateKey {
        Ed25519Keypair::from_seed(&[seed; 32]).into()
    }

    /// Makes a certificate of the authority `1` for `bob` that counts from one second until another, and changes it first.
    fn made(from: u64, until: u64, change: impl FnOnce(&mut Builder)) -> Vec<u8> {
        let subject = key(2).public_key().key_data().clone();
        let mut builder = Builder::new(vec![7; 32], subject, from, until).unwrap();
        builder.cert_type(CertType::User).unwrap().key_id("k").unwrap();
        builder.valid_principal("bob").unwrap();
        change(&mut builder);
        builder.sign(&key(1)).unwrap().to_bytes().unwrap()
    }

    #[test]
    fn a_certificate_is_refused_for_each_thing_that_is_wrong_with_it() {
        let own: Arc<[u8]> = key(1).public_key().to_bytes().unwrap().into();
        let authority = Authority::new(Some(own), "192.0.2.7".parse().unwrap());
        let now = u64::try_from(Micros::now().0 / 1_000_000).unwrap();
        let fault = |blob: &[u8], user: &str| authority.read(blob, user).unwrap().fault;
        let good = made(now - 60, now + 60, |_| {});
        assert_eq!(fault(&good, "bob"), None);
        assert_eq!(fault(&good, "ann").as_deref(), Some("it is for another user"));
        let ended = fault(&made(now - 60, now - 1, |_| {}), "bob").unwrap();
        assert!(ended.starts_with("it ended at "), "{ended}");
        let early = fault(&made(now + 30, now + 60, |_| {}), "bob").unwrap();
        assert!(early.starts_with("it is not valid yet"), "{early}");
        let option = |name: &'static str, value: &'static str| {
            made(now - 60, now + 60, |builder| {
                builder.critical_option(name, value).unwrap();
            })
        };
        assert_eq!(fault(&option("source-address", "192.0.2.0/24"), "bob"), None);
        let elsewhere = fault(&option("source-address", "198.51.100.0/24"), "bob");
        assert_eq!(elsewhere.as_deref(), Some("it is not for 192.0.2.7"));
        assert!(fault(&option("force-command", "true"), "bob").is_some());
        // Every byte that was signed counts. Some of them say that it is no certificate of this authority at all.
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] ^= 1;
            let read = authority.read(&changed, "bob");
            assert!(read.is_none_or(|offer| offer.fault.is_some()), "byte {at}");
        }
        let other = Authority::new(
            Some(key(3).public_key().to_bytes().unwrap().into()),
            "::1".parse().unwrap(),
        );
        assert!(
            other.read(&good, "bob").is_none()
                && Authority::new(None, "::1".parse().unwrap())
                    .read(&good, "bob")
                    .is_none()
        );
    }

    #[test]
    fn networks_are_read_with_and_without_a_length() {
        let from = |networks: &str| Authority::new(None, "192.0.2.7".parse().unwrap()).is_from(networks);
        for yes in [
            "192.0.2.7",
            "192.0.2.0/24",
            "2001:db8::/32, 192.0.2.7/32",
            "0.0.0.0/0",
        ] {
            assert!(from(yes), "{yes}");
        }
        for no in [
            "",
            "192.0.2.8",
            "198.51.100.0/24",
            "anywhere",
            "::/0",
            "192.0.2.7/33",
        ] {
            assert!(!from(no), "{no}");
        }
        let mapped = Authority::new(None, "::ffff:192.0.2.7".parse().unwrap());
        assert!(mapped.is_from("192.0.2.0/24"));
    }
}
