//! Public keys, signatures and certificates in the wire's form; the mathematics is aws-lc-rs'.

mod certificate;
mod signing;
#[cfg(test)]
mod tests;
mod verifying;

pub use certificate::{Certificate, CertificateError, CertificateKind};
pub use signing::SigningKey;
pub use verifying::{plain_key, verify};

/// Why a key or a signature is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The blob is not a key or signature of its kind.
    #[error("malformed key or signature")]
    Malformed,
    /// The algorithm is unknown, too weak, or not one of this key.
    #[error("algorithm not supported for this key")]
    Algorithm,
    /// RSA with less than 2048 or more than 8192 bits.
    #[error("rsa key of {0} bits is not accepted")]
    RsaSize(usize),
    /// The signature is wrong.
    #[error("signature does not verify")]
    Signature,
    /// The private key cannot be used: encrypted, inconsistent, or of an unsupported kind.
    #[error("private key cannot be used: {0}")]
    Private(&'static str),
}

/// A way to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// RFC 8709.
    Ed25519,
    /// RFC 5656.
    EcdsaP256,
    /// RFC 5656.
    EcdsaP384,
    /// RFC 8332.
    RsaSha512,
    /// RFC 8332.
    RsaSha256,
    /// Ed25519 in a security key, OpenSSH `PROTOCOL.u2f`; verified only.
    SkEd25519,
    /// ECDSA P-256 in a security key, OpenSSH `PROTOCOL.u2f`; verified only.
    SkEcdsaP256,
}

impl SignatureAlgorithm {
    /// All that [`verify`] takes from users, with those of certificates, as `server-sig-algs` lists them.
    pub const FOR_USERS: &'static str = "ssh-ed25519,sk-ssh-ed25519@openssh.com,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,\
         sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256";

    /// The name on the wire, as it stands in a signature.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::EcdsaP256 => "ecdsa-sha2-nistp256",
            Self::EcdsaP384 => "ecdsa-sha2-nistp384",
            Self::RsaSha512 => "rsa-sha2-512",
            Self::RsaSha256 => "rsa-sha2-256",
            Self::SkEd25519 => "sk-ssh-ed25519@openssh.com",
            Self::SkEcdsaP256 => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    /// The name that goes with a certificate of such a key.
    pub const fn certificate_name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519-cert-v01@openssh.com",
            Self::EcdsaP256 => "ecdsa-sha2-nistp256-cert-v01@openssh.com",
            Self::EcdsaP384 => "ecdsa-sha2-nistp384-cert-v01@openssh.com",
            Self::RsaSha512 => "rsa-sha2-512-cert-v01@openssh.com",
            Self::RsaSha256 => "rsa-sha2-256-cert-v01@openssh.com",
            Self::SkEd25519 => "sk-ssh-ed25519-cert-v01@openssh.com",
            Self::SkEcdsaP256 => "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
        }
    }

    const ALL: [Self; 7] = [
        Self::Ed25519,
        Self::EcdsaP256,
        Self::EcdsaP384,
        Self::RsaSha512,
        Self::RsaSha256,
        Self::SkEd25519,
        Self::SkEcdsaP256,
    ];

    /// Finds an algorithm by its name, also the one that goes with certificates.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|known| known.name() == name || known.certificate_name() == name)
    }

    /// The name to use in a request with this public key or certificate.
    pub fn name_for(self, public: &[u8]) -> &'static str {
        if certificate::is_certificate(public) {
            self.certificate_name()
        } else {
            self.name()
        }
    }
}
