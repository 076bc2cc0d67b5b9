//! OpenSSH certificates, `PROTOCOL.certkeys`.

use bytes::Bytes;
use ssh_key::Certificate as Parsed;
use ssh_key::certificate::CertType;

use super::{KeyError, verify};
use crate::wire::codec::{Put, Reader};

/// Whether a blob names itself a certificate.
pub(super) fn is_certificate(blob: &[u8]) -> bool {
    Reader::new(blob, "public key")
        .text()
        .is_ok_and(|kind| kind.ends_with("-cert-v01@openssh.com"))
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateKind {
    /// It lets a person in.
    User,
    /// It proves a server.
    Host,
}

/// Why a certificate is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// It does not follow the format.
    #[error("malformed certificate")]
    Malformed,
    /// Its signature is wrong, or made by an algorithm that is not accepted.
    #[error("certificate signature: {0}")]
    Signature(KeyError),
    /// It was issued by a key nobody trusts for this.
    #[error("certificate issued by an unknown authority")]
    UnknownAuthority,
    /// A user's where a host's is wanted, or the other way.
    #[error("certificate is of the wrong kind")]
    WrongKind,
    /// Not valid yet, or no longer.
    #[error("certificate is not valid at this time")]
    Time,
    /// Issued for other names.
    #[error("certificate does not name {0}")]
    Principal(&'static str),
    /// It has a critical option that is not understood.
    #[error("certificate has an unknown critical option")]
    CriticalOption,
}

/// A certificate that was parsed, not yet trusted.
#[derive(Debug, Clone)]
pub struct Certificate {
    parsed: Parsed,
    public_key: Bytes,
    authority: Bytes,
    signature: Bytes,
    signed: Bytes,
}

impl Certificate {
    /// Parses the wire's form.
    pub fn parse(blob: &[u8]) -> Result<Self, CertificateError> {
        const BAD: CertificateError = CertificateError::Malformed;
        let parsed = Parsed::from_bytes(blob).map_err(|_| BAD)?;
        let mut public_key = Vec::new();
        ssh_encoding::Encode::encode(parsed.public_key(), &mut public_key).map_err(|_| BAD)?;
        let mut authority = Vec::new();
        ssh_encoding::Encode::encode(parsed.signature_key(), &mut authority).map_err(|_| BAD)?;
        let mut signature = Vec::new();
        ssh_encoding::Encode::encode(parsed.signature(), &mut signature).map_err(|_| BAD)?;
        // The signature is the last field; all before it is what was signed.
        let mut tail = Vec::with_capacity(signature.len() + 4);
        tail.put_string(&signature);
        let signed = blob.strip_suffix(tail.as_slice()).ok_or(BAD)?;
        Ok(Self {
            signed: Bytes::copy_from_slice(signed),
            public_key: public_key.into(),
            authority: authority.into(),
            signature: signature.into(),
            parsed,
        })
    }

    /// The certified key in the wire's form.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// The key that issued it, in the wire's form.
    pub fn authority(&self) -> &[u8] {
        &self.authority
    }

    /// All other fields: principals, times, options, serial number.
    pub fn fields(&self) -> &Parsed {
        &self.parsed
    }

    /// Checks kind, issuer, signature, time and name of a certificate.
    ///
    /// `trusted` says whether an authority (in the wire's form) may issue such certificates, `unix_secs` is the time,
    /// and `principal` the name it must be for: the host's name, or the account. A host certificate without names is
    /// good for every host, as in OpenSSH; a user certificate without names is good for nobody. Host certificates have
    /// no known critical options; for users `critical_options` says whether each one is understood and enforced.
    pub fn check(
        &self,
        kind: CertificateKind,
        principal: &str,
        unix_secs: u64,
        trusted: impl Fn(&[u8]) -> bool,
        critical_option: impl Fn(&str, &str) -> bool,
    ) -> Result<(), CertificateError> {
        let wanted = match kind {
            CertificateKind::User => CertType::User,
            CertificateKind::Host => CertType::Host,
        };
        if self.parsed.cert_type() != wanted {
            return Err(CertificateError::WrongKind);
        }
        if !trusted(&self.authority) {
            return Err(CertificateError::UnknownAuthority);
        }
        self.verify()?;
        if unix_secs < self.parsed.valid_after() || unix_secs >= self.parsed.valid_before() {
            return Err(CertificateError::Time);
        }
        let names = self.parsed.valid_principals();
        let for_all = names.is_empty() && kind == CertificateKind::Host;
        if !for_all && !names.iter().any(|name| name == principal) {
            return Err(CertificateError::Principal(match kind {
                CertificateKind::User => "this account",
                CertificateKind::Host => "this host",
            }));
        }
        if self
            .parsed
            .critical_options()
            .iter()
            .any(|(name, value)| !critical_option(name, value))
        {
            return Err(CertificateError::CriticalOption);
        }
        Ok(())
    }

    /// Checks the authority's signature; it must not be a certificate's.
    fn verify(&self) -> Result<(), CertificateError> {
        if is_certificate(&self.authority) {
            return Err(CertificateError::Signature(KeyError::Algorithm));
        }
        let algorithm = Reader::new(&self.signature, "signature")
            .text()
            .map_err(|_| CertificateError::Malformed)?;
        verify(&self.authority, algorithm, &self.signature, &self.signed).map_err(CertificateError::Signature)
    }
}
